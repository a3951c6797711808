"""Shortest routes in an OpenStreetMap file by others' code: pyosmium reads, OSMnx makes the graph, networkx searches.

Of the library under test only the ids of its ways come in, so that both search the same roads. Which way one may go
along them is OSMnx's own reading of ``oneway`` and ``junction``; barriers, access tags and turn restrictions are not
looked at here, because OSMnx knows none of them.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from itas_mobility import geo
from oracles.turn_search import Restriction

OSMNX_EARTH_RADIUS_M = 6371009.0
"""The sphere of ``osmnx.distance.great_circle``."""
OSMNX_KEYS = {"highway", "junction", "oneway"}
"""All tags of ways that decide anything in ``osmnx.graph_from_xml``; the others would only be carried along."""
TO_OURS = geo.EARTH_RADIUS_M / OSMNX_EARTH_RADIUS_M
"""Both lengths are haversines, so they differ by the ratio of the spheres and by nothing else."""


@dataclass(frozen=True)
class OsmFile:
    """What stands in a file, before anything is made of it."""

    path: Path
    place: Mapping[int, tuple[float, float]]
    """Longitude and latitude of each node."""
    node_tags: Mapping[int, Mapping[str, str]]
    """Of nodes that have tags."""
    refs: Mapping[int, tuple[int, ...]]
    """Nodes of each way, also such as the file does not hold."""
    tags: Mapping[int, Mapping[str, str]]
    relations: Mapping[int, tuple[Mapping[str, str], tuple[tuple[str, int, str], ...]]]
    """Tags and members (n, w or r; id; role) of relations whose type begins with ``restriction``."""


@dataclass(frozen=True)
class OracleGraph:
    """A graph by OSMnx, lengths on the sphere of the library under test."""

    graph: object
    """networkx.DiGraph of the shortest of parallel edges."""
    segments: Mapping[tuple[int, int, int], float]
    """(from node, to node, way) -> metres."""
    gaps: frozenset[tuple[int, int, int]]
    """Segments that jump over nodes which the file does not hold."""


def read_file(path: Path) -> OsmFile:
    """Read a file with pyosmium."""
    import osmium

    place, node_tags, refs, tags, relations = {}, {}, {}, {}, {}
    for thing in osmium.FileProcessor(str(path)):
        found = {tag.k: tag.v for tag in thing.tags} if len(thing.tags) else {}
        if thing.is_node():
            place[thing.id] = (thing.location.lon, thing.location.lat)
            if found:
                node_tags[thing.id] = found
        elif thing.is_way():
            refs[thing.id] = tuple(node.ref for node in thing.nodes)
            tags[thing.id] = found
        elif thing.is_relation() and found.get("type", "").startswith("restriction"):
            relations[thing.id] = found, tuple((member.type, member.ref, member.role) for member in thing.members)
    return OsmFile(path, place, node_tags, refs, tags, relations)


def write_clean(file: OsmFile, ways: Collection[int], path: Path) -> frozenset[tuple[int, int, int]]:
    """Write some ways so that OSMnx can read them: without nodes that the file lacks, without ways of one node.

    Returns the segments that jump over missing nodes.
    """
    gaps: set[tuple[int, int, int]] = set()
    kept: dict[int, list[int]] = {}
    for way in sorted(ways):
        refs = file.refs[way]
        held = [i for i, ref in enumerate(refs) if ref in file.place]
        if len(held) > 1:
            kept[way] = [refs[i] for i in held]
            for i, k in itertools.pairwise(held):
                if k > i + 1:
                    gaps |= {(refs[i], refs[k], way), (refs[k], refs[i], way)}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for node in sorted({ref for refs in kept.values() for ref in refs}):
        lon, lat = file.place[node]
        lines.append(f'<node id="{node}" lon="{lon!r}" lat="{lat!r}"/>')
    for way, refs in kept.items():
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inner += "".join(
            f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in file.tags[way].items() if k in OSMNX_KEYS
        )
        lines.append(f'<way id="{way}">{inner}</way>')
    path.write_text("\n".join([*lines, "</osm>", ""]), encoding="utf-8")
    return frozenset(gaps)


def osmnx_graph(file: OsmFile, ways: Collection[int], folder: Path, *, bidirectional: bool = False) -> OracleGraph:
    """The graph that OSMnx makes of some ways of a file, unsimplified.

    Parameters
    ----------
    file : OsmFile
        File.
    ways : collection of int
        Ids of ways.
    folder : Path
        The cleaned file is written here.
    bidirectional : bool, default=False
        OSMnx's own argument: walkers go both ways along one-way streets.

    Returns
    -------
    OracleGraph
        Graph.
    """
    import networkx as nx
    import osmnx

    clean = folder / "clean.osm"
    gaps = write_clean(file, ways, clean)
    edges = osmnx.graph_from_xml(clean, bidirectional=bidirectional, simplify=False, retain_all=True)
    clean.unlink()
    segments: dict[tuple[int, int, int], float] = {}
    graph = nx.DiGraph()
    graph.add_nodes_from(edges.nodes)
    for u, v, data in edges.edges(data=True):
        if u == v:
            continue
        length_m = float(data["length"]) * TO_OURS
        segments[u, v, data["osmid"]] = length_m
        if not graph.has_edge(u, v) or length_m < graph[u][v]["length_m"]:
            graph.add_edge(u, v, length_m=length_m, way=data["osmid"])
    return OracleGraph(graph, segments, gaps)


def shortest_paths(oracle: OracleGraph, source: int, targets: Iterable[int]) -> dict[int, tuple[float, list[int]]]:
    """Length and nodes of the shortest route from one node to each of some others that can be reached."""
    import networkx as nx

    before, distance = nx.dijkstra_predecessor_and_distance(oracle.graph, source, weight="length_m")
    found = {}
    for target in targets:
        if target in distance:
            nodes = [target]
            while nodes[-1] != source:
                nodes.append(before[nodes[-1]][0])
            found[target] = distance[target], nodes[::-1]
    return found


def largest_part(edges: Iterable[tuple[int, int]]) -> set[int]:
    """Nodes of the largest strongly connected part of a graph."""
    import networkx as nx

    return max(nx.strongly_connected_components(nx.DiGraph(edges)), key=lambda part: (len(part), -min(part)))


VEHICLE_KEYS = {
    "car": ("vehicle", "motor_vehicle", "motorcar"),
    "bike": ("vehicle", "bicycle"),
}
"""Keys that name a mode in relations, from the general to the special (OpenStreetMap wiki, Relation:restriction)."""


TURNS = {"left_turn", "right_turn", "straight_on", "u_turn", "entry", "exit"}
"""Second halves of values that forbid or command a turn; ``no_right_turn_on_red`` and the like leave it open."""


def turn_restrictions(
    file: OsmFile, segments: Collection[tuple[int, int, int]], mode: str
) -> dict[int, list[Restriction]]:
    """The relations of a file that bind a mode, each as one or several restrictions, by relation id.

    Conditional relations do not bind. Nor do such as the file holds in part only, whose ways do not meet, or whose
    exit is closed (an ``only_*`` would else close the road). A ``no_u_turn`` from a way onto itself does not forbid
    to go straight on along it.
    """
    keys = VEHICLE_KEYS.get(mode, ())
    ways: dict[int, set[int]] = {}
    leaving: set[tuple[int, int]] = set()
    for tail, head, way in segments:
        ways.setdefault(way, set()).update((tail, head))
        leaving.add((tail, way))
    found: dict[int, list[Restriction]] = {}
    for relation, (tags, members) in file.relations.items():
        value = next((tags[f"restriction:{key}"] for key in reversed(keys) if f"restriction:{key}" in tags), "")
        if keys and not value and tags["type"].partition(":")[2] in ("", *keys):
            value = tags.get("restriction", "")
        kind, _, turn = value.partition("_")
        exempt = tags.get("except", "").replace(" ", "").split(";")
        is_timed = not tags.keys().isdisjoint({"day_on", "day_off", "hour_on", "hour_off"})
        if kind not in ("no", "only") or turn not in TURNS or is_timed or not set(keys).isdisjoint(exempt):
            continue
        from_ways, to_ways = (
            [ref for letter, ref, at in members if at == role and letter == "w" and ref in ways]
            for role in ("from", "to")
        )
        via = [(letter, ref) for letter, ref, role in members if role == "via"]
        rows = []
        for from_way, to_way in itertools.product(from_ways, to_ways):
            if [letter for letter, _ in via] == ["n"]:
                node = via[0][1]
                ends = file.refs[from_way][0], file.refs[from_way][-1]
                is_straight_on = from_way == to_way and turn == "u_turn" and node not in ends
                if node in ways[from_way] and (node, to_way) in leaving and not is_straight_on:
                    rows.append(Restriction(from_way, to_way, kind, via_node=node))
            elif via and all(letter == "w" and ref in ways for letter, ref in via):
                chain = [from_way, *(ref for _, ref in via), to_way]
                if all(ways[a] & ways[b] for a, b in itertools.pairwise(chain)):
                    rows.append(Restriction(from_way, to_way, kind, via_ways=tuple(chain[1:-1])))
        if rows:
            found[relation] = rows
    return found
