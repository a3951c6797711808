"""The street graph through the real stops, the main roads along it, and the motorways with their junctions.

A proximity graph (Gabriel 1969) joins the merged stops, the federal-road nodes and the interchanges; main roads are
not drawn beside it but along it, so that every crossing of two streets is a junction. Motorways are separate one-way
carriageways that meet the streets at interchange nodes only.
"""

from __future__ import annotations

import csv
import itertools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from scipy.spatial import Delaunay, cKDTree

from itas_mobility.regions.zwickau_data._geometry import Array, length_m, meander, parallel, smooth, to_plane
from itas_mobility.regions.zwickau_data._osm import OsmFile, Tags
from itas_mobility.regions.zwickau_data._stops import Stops
from itas_mobility.units import M_PER_S_TO_KM_PER_H

DETOUR = {"trunk": 1.12, "primary": 1.09, "secondary": 1.10}
DETOUR_STREET = 1.12
PREFERENCE = {"trunk": 0.80, "primary": 0.85, "secondary": 0.92}
URBAN_NEIGHBOURS = 8
URBAN_RADIUS_M = 1000.0
URBAN_LINK_M = 900.0
CARRIAGEWAY_M = 14.0
RAMP_M = 350.0
RURAL_SPEED = {"trunk": 100, "primary": 90, "secondary": 80, "tertiary": 80, "unclassified": 70}
RANK = {"trunk": 4, "primary": 3, "secondary": 2, "tertiary": 1}


@dataclass
class Roads:
    """Street nodes in the plane, their OSM node, street links with attributes, and where external zones are joined."""

    xy: Array
    graph: nx.Graph[int]
    named: dict[str, int]
    osm_node: list[int] = field(default_factory=list)
    way_of: dict[tuple[int, int], int] = field(default_factory=dict)
    gateways: dict[str, tuple[float, float]] = field(default_factory=dict)

    def path(self, via: list[int]) -> list[int]:
        """Shortest way through the street graph, preferring main roads."""
        nodes = [via[0]]
        for start, end in itertools.pairwise(via):
            if start != end:
                nodes += nx.dijkstra_path(self.graph, start, end, weight="preferred_m")[1:]
        return nodes


def gabriel_edges(xy: Array) -> list[tuple[int, int]]:
    """Pairs of points whose diametral circle holds no other point."""
    simplices = Delaunay(xy).simplices
    pairs = np.unique(
        np.sort(np.vstack([simplices[:, [0, 1]], simplices[:, [1, 2]], simplices[:, [0, 2]]]), axis=1), axis=0
    )
    middle = (xy[pairs[:, 0]] + xy[pairs[:, 1]]) / 2.0
    radius = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) / 2.0
    nearest, _ = cKDTree(xy).query(middle)
    return [(int(i), int(j)) for i, j in pairs[nearest >= radius * (1.0 - 1e-9)]]


def street_graph(
    stops: Stops, source: Path, main_roads: dict[str, Any], towns: list[tuple[str, float, float, int]]
) -> Roads:
    """Gabriel graph over stops, toll nodes and interchanges, classed by place and by the main roads along it."""
    points, named = [stops.cluster_xy], {}
    total = len(stops.cluster_xy)
    with (source / "bundesstrassen_maut_knoten_zwickau_region.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            xy = to_plane(np.array([float(row["lon"]), float(row["lat"])]))
            named[f"toll: {row['nr']}"] = total
            points.append(xy)
            total += 1
    for motorway in main_roads["motorway"]:
        axis = to_plane(np.array([[p["lon"], p["lat"]] for p in motorway["points"]]))
        for k, point in enumerate(motorway["points"]):
            if "junction" in point and _covered(axis[k], stops.cluster_xy):
                named[f"junction: {point['junction']}"] = total
                points.append((axis[k] + _right(axis, k) * 130.0)[None, :])
                total += 1
    xy = np.vstack(points)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(xy)))
    tree = cKDTree(xy)
    around = np.asarray(tree.query_ball_point(xy, URBAN_RADIUS_M, return_length=True)) - 1
    roads = Roads(xy, graph, named)
    for i, j in gabriel_edges(xy):
        near = float(np.hypot(*(xy[i] - xy[j]))) < URBAN_LINK_M
        _add_link(roads, i, j, urban=near and bool(min(around[i], around[j]) >= URBAN_NEIGHBOURS))
    for road in main_roads["road"]:
        via = _way_points(road["via"], roads, stops)
        if road.get("direct"):
            for i, j in itertools.pairwise(via):
                _add_link(roads, i, j, urban=False)
        _upgrade(roads, via if road.get("direct") else roads.path(via), road["class"], road)
    _join_towns(roads, towns)
    return roads


def _add_link(roads: Roads, i: int, j: int, *, urban: bool) -> None:
    if not roads.graph.has_edge(i, j):
        beeline = float(np.hypot(*(roads.xy[i] - roads.xy[j])))
        kind = "residential" if urban else "unclassified"
        roads.graph.add_edge(i, j, beeline_m=beeline, urban=urban, kind=kind, preferred_m=beeline)


def _covered(xy: Array, stop_xy: Array) -> bool:
    return bool(np.hypot(*(stop_xy - xy).T).min() < 4000.0)


def _right(axis: Array, k: int) -> Array:
    tangent = axis[min(k + 1, len(axis) - 1)] - axis[max(k - 1, 0)]
    tangent = tangent / np.hypot(*tangent)
    return np.array([tangent[1], -tangent[0]])


def _way_points(via: list[str], roads: Roads, stops: Stops) -> list[int]:
    nodes: list[int] = []
    for spec in via:
        if spec in roads.named:
            nodes.append(roads.named[spec])
        else:
            near = roads.xy[nodes[-1]] if nodes else None
            nodes.append(stops.cluster[stops.find(spec, near)])
    return nodes


def _upgrade(roads: Roads, nodes: list[int], kind: str, attributes: dict[str, Any]) -> None:
    for i, j in itertools.pairwise(nodes):
        edge = roads.graph.edges[i, j]
        if RANK.get(edge["kind"], 0) < RANK[kind]:
            edge["kind"] = kind
            edge["preferred_m"] = edge["beeline_m"] * PREFERENCE.get(kind, 0.97)
            for key in ("ref", "lanes", "maxspeed"):
                if key in attributes:
                    edge[key] = attributes[key]


def _join_towns(roads: Roads, towns: list[tuple[str, float, float, int]]) -> None:
    """State and district roads: neighbouring municipality centres are joined along the streets."""
    centres = to_plane(np.array([[lon, lat] for _, lon, lat, _ in towns]))
    distance, nearest = (np.atleast_1d(a) for a in cKDTree(roads.xy).query(centres))
    for i, j in gabriel_edges(centres):
        if max(distance[i], distance[j]) > 2000.0:
            continue
        kind = "secondary" if min(towns[i][3], towns[j][3]) >= 4500 else "tertiary"
        _upgrade(roads, roads.path([int(nearest[i]), int(nearest[j])]), kind, {})


def draw_streets(osm: OsmFile, roads: Roads, stops: Stops) -> None:
    """Street nodes with their stops and one way per street link, bent so that it has its stated length."""
    members: list[list[int]] = [[] for _ in range(len(roads.xy))]
    for row, node in enumerate(stops.cluster):
        members[node].append(row)
    labels = {node: name for name, node in roads.named.items()}
    for node, rows in enumerate(members):
        roads.osm_node.append(osm.node(roads.xy[node], _stop_tags(stops, rows) if rows else _point_tags(labels[node])))
    for i, j in sorted(roads.graph.edges):
        edge = roads.graph.edges[i, j]
        kind = edge["kind"]
        factor = DETOUR.get(kind, DETOUR_STREET)
        bends = [osm.node(p) for p in meander(roads.xy[i], roads.xy[j], factor)]
        tags = {"highway": kind, "source": "assumption"}
        speed = 50 if edge["urban"] else edge.get("maxspeed", RURAL_SPEED.get(kind, 50))
        if edge["urban"] and kind == "trunk":
            speed = 70
        if kind == "residential":
            speed = 30 if edge["beeline_m"] < 150.0 else 50
        tags["maxspeed"] = str(speed)
        if kind in RANK:
            tags["lanes"] = str(edge.get("lanes", 2))
        if "ref" in edge:
            tags["ref"] = edge["ref"]
        way = osm.way([roads.osm_node[i], *bends, roads.osm_node[j]], tags)
        roads.way_of[i, j] = roads.way_of[j, i] = way


def _point_tags(label: str) -> Tags:
    kind, _, name = label.partition(": ")
    if kind == "toll":
        return {"ref:toll_node": name, "source": "official toll text of the federal roads"}
    return {"highway": "motorway_junction", "name": name, "source": "assumption"}


def _stop_tags(stops: Stops, rows: list[int]) -> Tags:
    """Tags of a street node from the stops merged into it; tram and rail have their own nodes on their own ways."""
    bus = [r for r in rows if stops.bus[r]]
    if not bus:
        return {"note": "forecourt of " + stops.name[rows[0]], "source": "DB InfraGO; OpenStreetMap contributors"}
    names = list(dict.fromkeys(stops.name[r] for r in bus))
    tags = {
        "public_transport": "stop_position",
        "bus": "yes",
        "name": names[0],
        "ref:source_id": ";".join(stops.source_id[r] for r in rows),
        "source": "DB InfraGO; OpenStreetMap contributors",
    }
    if names[1:]:
        tags["alt_name"] = ";".join(names[1:])[:255]
    return tags


def draw_motorways(osm: OsmFile, roads: Roads, main_roads: dict[str, Any]) -> None:
    """Two carriageways per motorway, ramps at the junctions, the cross of A 4 and A 72, gateways at the ends."""
    ends: dict[str, list[tuple[int, int]]] = {}
    for motorway in main_roads["motorway"]:
        _draw_motorway(osm, roads, motorway, ends)
    for arms in ends.values():
        for leave, _ in arms:
            for k, (own_leave, join) in enumerate(arms):
                if leave == own_leave or _same_road(arms, leave, k):
                    continue
                _ramp(osm, leave, join, RAMP_M / 3.0, 60)


def _same_road(arms: list[tuple[int, int]], leave: int, other: int) -> bool:
    """Carriageways 2k and 2k + 1 belong to one motorway."""
    return next(k for k, arm in enumerate(arms) if arm[0] == leave) // 2 == other // 2


@dataclass(frozen=True)
class _Motorway:
    """A motorway's axis, cut so that ramps may begin `RAMP_M` before and end `RAMP_M` behind each junction."""

    points: list[dict[str, Any]]
    control: Array
    line: Array
    tapers: list[tuple[int, int, int]]
    """Row of the point of each junction, and the places on the line before and behind it."""

    @classmethod
    def of(cls, points: list[dict[str, Any]]) -> _Motorway:
        """Smooth the axis and put stations along it."""
        control = to_plane(np.array([[p["lon"], p["lat"]] for p in points]))
        axis = smooth(control, 400.0)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(axis, axis=0).T))])
        place = [float(along[np.hypot(*(axis - c).T).argmin()]) for c in control]
        tapers = [(k, place[k]) for k, p in enumerate(points) if "junction" in p or "interchange" in p]
        grid = {round(float(a), 3) for a in along}
        for _, at in tapers:
            grid = {a for a in grid if min(abs(a - at - d) for d in (-RAMP_M, RAMP_M)) > 60.0}
            grid |= {round(at - RAMP_M, 3), round(at + RAMP_M, 3)}
        station = np.array(sorted(grid))
        line = np.column_stack([np.interp(station, along, axis[:, d]) for d in (0, 1)])
        index = {round(float(a), 3): k for k, a in enumerate(station)}
        return cls(
            points,
            control,
            line,
            [(k, index[round(at - RAMP_M, 3)], index[round(at + RAMP_M, 3)]) for k, at in tapers],
        )


def _draw_motorway(
    osm: OsmFile, roads: Roads, motorway: dict[str, Any], ends: dict[str, list[tuple[int, int]]]
) -> None:
    axis = _Motorway.of(motorway["points"])
    right, left = _carriageways(osm, axis, motorway)
    for k, before, after in axis.tapers:
        point = axis.points[k]
        arms = [(right[before], right[after]), (left[after], left[before])]
        if "interchange" in point:
            ends.setdefault(point["interchange"], []).extend(arms)
        else:
            _draw_junction(osm, roads, axis, k, arms)
    for k, here in ((0, (left[0], right[0])), (len(axis.points) - 1, (right[-1], left[-1]))):
        if "gateway" in axis.points[k]:
            _gateway(osm, roads, here[0], axis.points[k])
            osm.way(
                [here[0], here[1]],
                {"highway": "motorway_link", "oneway": "yes", "maxspeed": "60", "source": "assumption"},
            )


def _carriageways(osm: OsmFile, axis: _Motorway, motorway: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Both carriageways, cut where ramps begin and end; their nodes along the axis."""
    right = [osm.node(p) for p in parallel(axis.line, CARRIAGEWAY_M)]
    left = [osm.node(p) for p in parallel(axis.line, -CARRIAGEWAY_M)]
    cuts = [0, *(at for _, *both in axis.tapers for at in both), len(axis.line) - 1]
    tags = {
        "highway": "motorway", "ref": motorway["ref"], "oneway": "yes", "lanes": str(motorway["lanes"]),
        "maxspeed": "120", "source": "assumption",
    }  # fmt: skip
    for first, last in itertools.pairwise(cuts):
        osm.way(right[first : last + 1], tags)
    for first, last in zip(cuts[::-1], cuts[-2::-1], strict=False):
        osm.way(left[last : first + 1][::-1], tags)
    return right, left


def _draw_junction(osm: OsmFile, roads: Roads, axis: _Motorway, k: int, arms: list[tuple[int, int]]) -> None:
    """Ramps between both carriageways and the street at a junction, and its gateway if it has one."""
    point = axis.points[k]
    known = roads.named.get(f"junction: {point['junction']}")
    node = roads.osm_node[known] if known is not None else osm.node(axis.control[k] + _right(axis.control, k) * 130.0)
    for leave, join in arms:
        _ramp(osm, leave, node, 40.0, 60)
        _ramp(osm, node, join, 40.0, 60)
    if "gateway" in point:
        _gateway(osm, roads, node, point)


def _ramp(osm: OsmFile, tail: int, head: int, bend_m: float, speed: int) -> None:
    a, b = osm.xy([tail, head])
    along = (b - a) / max(float(np.hypot(*(b - a))), 1.0)
    bend = osm.node((a + b) / 2.0 + np.array([along[1], -along[0]]) * bend_m)
    osm.way(
        [tail, bend, head],
        {"highway": "motorway_link", "oneway": "yes", "lanes": "1", "maxspeed": str(speed), "source": "assumption"},
    )


def _gateway(osm: OsmFile, roads: Roads, node: int, point: dict[str, Any]) -> None:
    """A trunk road from the end of the stylised motorway to the place that stands for a far external zone."""
    start = osm.xy([node])[0]
    end = to_plane(np.array(point["spur"]))[0]
    bends = [osm.node(p) for p in meander(start, end, 1.12)]
    place = osm.node(end, {"note": point["gateway"], "source": "assumption"})
    osm.way(
        [node, *bends, place],
        {"highway": "trunk", "lanes": "4", "maxspeed": "80", "source": "assumption"},
    )
    roads.gateways[point["gateway"]] = (float(point["spur"][0]), float(point["spur"][1]))


def read_main_roads(path: Path) -> dict[str, Any]:
    """The hand-entered main roads."""
    with path.open("rb") as file:
        return tomllib.load(file)


def drive_graph(osm: OsmFile) -> nx.DiGraph[int]:
    """Directed car graph over OSM node indices with length and time, for the checks at the end of the build."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for nodes, tags in osm.ways:
        if "highway" not in tags:
            continue
        for tail, head in itertools.pairwise(nodes):
            metres = length_m(osm.xy([tail, head]))
            seconds = metres / float(tags["maxspeed"]) * M_PER_S_TO_KM_PER_H
            street = not tags["highway"].startswith("motorway")
            graph.add_edge(tail, head, length_m=metres, time_s=seconds, street=street)
            if tags.get("oneway") != "yes":
                graph.add_edge(head, tail, length_m=metres, time_s=seconds, street=street)
    return graph
