"""Rail, tram and bus lines: hand-entered way points become ways, stop nodes and route relations."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from itas_mobility.regions.zwickau_data._geometry import meander
from itas_mobility.regions.zwickau_data._osm import OsmFile, Tags
from itas_mobility.regions.zwickau_data._roads import Roads
from itas_mobility.regions.zwickau_data._stops import Stops, short

TRACK_DETOUR = {"train": 1.04, "tram": 1.05}
LABEL = {"train": "Zug", "tram": "Straßenbahn", "bus": "Bus"}
STOP_SOURCE = "DB InfraGO; OpenStreetMap contributors"


def read_lines(path: Path) -> dict[str, Any]:
    """The hand-entered lines and services."""
    with path.open("rb") as file:
        return tomllib.load(file)


def draw_lines(osm: OsmFile, roads: Roads, stops: Stops, data: dict[str, Any]) -> int:
    """Draw all lines, one relation per direction; returns the number of lines."""
    tracks = {mode: _Tracks(osm, stops, mode) for mode in ("train", "tram")}
    by_stops = sorted(range(len(data["line"])), key=lambda k: (-len(data["line"][k]["via"]), k))
    for k in by_stops:
        line = data["line"][k]
        if line["mode"] in tracks:
            tracks[line["mode"]].lay(line["via"], line["maxspeed"])
    for line in data["line"]:
        if line["mode"] in tracks:
            stop_nodes, ways = tracks[line["mode"]].route(line["via"])
        else:
            stop_nodes, ways = _bus_route(osm, roads, stops, line)
        tags = _service_tags(data["service"][line["service"]])
        for reverse in (False, True):
            _relation(osm, line, stop_nodes[::-1] if reverse else stop_nodes, ways[::-1] if reverse else ways, tags)
    return len(data["line"])


class _Tracks:
    """The rail or tram tracks: straight between neighbouring stations, except for a gentle bend."""

    def __init__(self, osm: OsmFile, stops: Stops, mode: str) -> None:
        self.osm, self.stops, self.mode = osm, stops, mode
        self.graph: nx.Graph[int] = nx.Graph()
        self.node: dict[int, int] = {}

    def row(self, spec: str) -> int:
        """The stop row of this mode, and its node on the track."""
        flag = self.stops.rail if self.mode == "train" else self.stops.tram
        rows = [r for r in self.stops.rows(spec) if flag[r]]
        if not rows:
            raise ValueError(f"stop {spec!r} is not served by {self.mode}")
        row = rows[0]
        if row not in self.node:
            tags = {
                "public_transport": "stop_position",
                self.mode: "yes",
                "railway": "stop" if self.mode == "train" else "tram_stop",
                "name": self.stops.name[row],
                "ref:source_id": ";".join(self.stops.source_id[r] for r in rows),
                "source": STOP_SOURCE,
            }
            self.node[row] = self.osm.node(self.stops.xy[row], tags)
        return row

    def lay(self, via: list[str], maxspeed: int) -> None:
        """Add the missing tracks of a line; a fast line uses the tracks of the slow one."""
        rows = [self.row(spec) for spec in via]
        for i, j in itertools.pairwise(rows):
            beeline = float(np.hypot(*(self.stops.xy[i] - self.stops.xy[j])))
            known = i in self.graph and j in self.graph and nx.has_path(self.graph, i, j)
            if known and nx.dijkstra_path_length(self.graph, i, j, weight="length_m") < 1.2 * beeline:
                continue
            bends = [self.osm.node(p) for p in meander(self.stops.xy[i], self.stops.xy[j], TRACK_DETOUR[self.mode])]
            tags = {
                "railway": "rail" if self.mode == "train" else "tram",
                "maxspeed": str(maxspeed),
                "source": "assumption",
            }
            way = self.osm.way([self.node[i], *bends, self.node[j]], tags)
            self.graph.add_edge(i, j, way=way, length_m=beeline)

    def route(self, via: list[str]) -> tuple[list[int], list[int]]:
        """Stop nodes and ways of a line."""
        rows = [self.row(spec) for spec in via]
        ways: list[int] = []
        for i, j in itertools.pairwise(rows):
            path = nx.dijkstra_path(self.graph, i, j, weight="length_m")
            ways += [self.graph.edges[a, b]["way"] for a, b in itertools.pairwise(path)]
        return [self.node[r] for r in rows], ways


def _bus_route(osm: OsmFile, roads: Roads, stops: Stops, line: dict[str, Any]) -> tuple[list[int], list[int]]:
    via: list[int] = []
    for spec in line["via"]:
        near = roads.xy[via[-1]] if via else None
        node = stops.cluster[stops.find(spec, near)]
        if not via or node != via[-1]:
            via.append(node)
    path = roads.path(via)
    served = set(via) if line.get("stops") == "listed" else set(path)
    halts: list[int] = []
    for node in path:
        tags = osm.node_tags.get(roads.osm_node[node], {})
        if node in served and tags.get("bus") == "yes" and node not in halts:
            halts.append(node)
    ways = [roads.way_of[i, j] for i, j in itertools.pairwise(path)]
    return [roads.osm_node[n] for n in halts], ways


def _service_tags(service: dict[str, Any]) -> Tags:
    tags = {
        "opening_hours": f"Mo-Fr {service['hours']}",
        "interval": str(service["interval"]),
        "source:interval": service["source"],
    }
    if "conditional" in service:
        tags["interval:conditional"] = service["conditional"]
    return tags


def _relation(osm: OsmFile, line: dict[str, Any], stop_nodes: list[int], ways: list[int], service: Tags) -> None:
    start, end = (_end(osm.node_tags[n]["name"]) for n in (stop_nodes[0], stop_nodes[-1]))
    tags = {
        "type": "route",
        "route": line["mode"],
        "ref": line["ref"],
        "name": f"{LABEL[line['mode']]} {line['ref']}: {start} => {end}",
        "from": start,
        "to": end,
        "public_transport:version": "2",
        "source": "assumption",
        **service,
    }
    osm.relation([("node", n, "stop") for n in stop_nodes] + [("way", w, "") for w in ways], tags)


def _end(name: str) -> str:
    town = name.partition(",")[2].strip()
    return f"{town}, {short(name)}" if town else name
