"""Checks that fail the build: believable distances, one strongly connected road network, served places."""

from __future__ import annotations

import tomllib
from pathlib import Path

import networkx as nx
import numpy as np

from itas_mobility.regions.zwickau_data._geometry import Array, to_plane
from itas_mobility.regions.zwickau_data._osm import OsmFile
from itas_mobility.regions.zwickau_data._roads import drive_graph

TOLERANCE = 0.20
Distance = tuple[str, str, float, tuple[float, float], tuple[float, float]]


def read_distances(path: Path, place: dict[str, tuple[float, float]]) -> list[Distance]:
    """The hand-entered driving distances with the coordinates of both ends."""
    with path.open("rb") as file:
        pairs = tomllib.load(file)["pair"]
    return [(p["from"], p["to"], float(p["km"]), place[p["from"]], place[p["to"]]) for p in pairs]


def write_distances(path: Path, distances: list[Distance]) -> None:
    """distances.csv for the tests."""
    lines = ["from,to,true_km,from_lon,from_lat,to_lon,to_lat"]
    lines += [f"{a},{b},{km:g},{p[0]:.6f},{p[1]:.6f},{q[0]:.6f},{q[1]:.6f}" for a, b, km, p, q in distances]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check_roads(osm: OsmFile, distances: list[Distance], points: dict[str, Array]) -> list[str]:
    """Driving distances along the fastest path; returns a printable table or fails the build."""
    graph = drive_graph(osm)
    if nx.number_strongly_connected_components(graph) != 1:
        raise RuntimeError("the roads are not one strongly connected network")
    entries = sorted({n for n in graph if any(graph.edges[n, m]["street"] for m in graph.successors(n))})
    xy = osm.xy(entries)

    def snap(point: Array) -> int:
        return entries[int(np.hypot(*(xy - point).T).argmin())]

    table, bad = [], []
    for start, end, true_km, a, b in distances:
        first, last = (snap(to_plane(np.array(p))[0]) for p in (a, b))
        path = nx.dijkstra_path(graph, first, last, weight="time_s")
        km = nx.path_weight(graph, path, "length_m") / 1000.0
        line = f"{start} - {end}: {true_km:g} km, here {km:.1f} km ({km / true_km - 1.0:+.0%})"
        table.append(line)
        if abs(km / true_km - 1.0) > TOLERANCE:
            bad.append(line)
    for name, point in points.items():
        gap = float(np.hypot(*(osm.xy([snap(point)])[0] - point)))
        if gap > 1500.0:
            bad.append(f"zone {name} lies {gap:.0f} m from the next road")
    if bad:
        raise RuntimeError("not believable: " + "; ".join(bad))
    return table


def check_lines(osm: OsmFile, municipality_of: dict[str, str], wanted: set[str]) -> list[str]:
    """Every municipality is served, and the stops of a relation lie on its ways."""
    served: set[str] = set()
    for members, tags in osm.relations:
        on_ways = {n for kind, way, _ in members if kind == "way" for n in osm.ways[way][0]}
        halts = [n for kind, n, role in members if kind == "node" and role == "stop"]
        if len(halts) < 2 or not set(halts) <= on_ways:
            raise RuntimeError(f"line {tags['name']}: stops off its ways")
        for n in halts:
            served |= {municipality_of[i] for i in osm.node_tags[n]["ref:source_id"].split(";")}
    if wanted - served:
        raise RuntimeError(f"municipalities without a line: {sorted(wanted - served)}")
    return sorted(served)
