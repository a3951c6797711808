"""Exchange with networkx and OSMnx (graphs) and geopandas (tables); files have their own modules in `files`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import Access, Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.columns import ByteArray, FloatArray, GeometryArray, IntArray, LongArray
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.errors import NetworkError
from itas_mobility.network.clean import link_keys
from itas_mobility.network.forward_star import MIN_FREE_TIME_S, Nodes, Shapes, Ways, assemble, refuse_tables
from itas_mobility.network.tags import (
    LINK_DEFAULTS,
    OSM_VALUES,
    RELEVANT_KEYS,
    LinkDefaults,
    WayAttributes,
    free_speed_km_per_h,
    mode_bit,
    parse_way,
)
from itas_mobility.network.turns import expand_junctions
from itas_mobility.units import KM_PER_H_TO_M_PER_S

if TYPE_CHECKING:
    import geopandas
    import networkx as nx

_CRS: Final = "epsg:4326"
_KEPT_FLOATS: Final = ("lanes", "capacity_veh_per_h", "vdf_alpha", "vdf_beta", "toll_eur")
_HIGHWAY: Final[Mapping[int, str]] = {int(RoadClass.TURN): "turn", **OSM_VALUES}
"""What stands in ``highway`` of an edge; a movement through a junction has no value in OpenStreetMap."""


def link_geometry(roads: RoadNetwork) -> GeometryArray:
    """Courses of all links as shapely lines; a straight line where a link has no course, an empty one without places.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    ndarray of shapely LineString, shape (n_links,)
        Lines in WGS 84 degrees.
    """
    import shapely

    size = np.diff(roads.shape_ptr)
    result: GeometryArray = np.empty(roads.n_links, object)
    drawn, bare = size > 1, np.flatnonzero(size <= 1)
    points = np.column_stack([roads.shape_lon_deg, roads.shape_lat_deg])
    link = np.repeat(np.arange(roads.n_links), size)
    keep = drawn[link]
    if keep.any():
        position = np.cumsum(drawn) - 1
        result[drawn] = shapely.linestrings(points[keep], indices=position[link[keep]])
    if bare.size:
        ends = [
            np.column_stack([roads.node_lon_deg[node[bare]], roads.node_lat_deg[node[bare]]])
            for node in (roads.tail, roads.head)
        ]
        straight = np.stack(ends, axis=1)
        placed = np.isfinite(straight).all(axis=(1, 2))
        result[bare] = shapely.LineString()
        result[bare[placed]] = shapely.linestrings(straight[placed])
    return result


def to_networkx(roads: RoadNetwork) -> "nx.MultiDiGraph[int]":
    """The roads as a graph in the form of OSMnx, without centroids and connectors.

    A node that is cut at a barrier, or split so that turn restrictions hold, stands as its parts, with ids
    ``node_id`` plus a multiple of ``2**48`` and the same place; movements between them are edges with
    ``highway="turn"`` and no length. Any shortest path on the graph therefore obeys barriers and turns, weighted by
    ``travel_time`` or ``length``; a trip may begin and end at any part of its junction, that is at all nodes of one
    ``base_id`` (``networkx.multi_source_dijkstra`` takes them together). Links for trips that begin or end behind them
    only (``access_code`` 1) are ordinary edges; weigh them up where through traffic must not use them.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes are node ids with ``x`` and ``y`` (degrees), ``street_count`` and ``base_id`` (the OSM node); links have
        ``osmid``, ``highway``, ``oneway``, ``length`` (m), ``geometry``, ``name``, ``speed_kph``, ``travel_time`` (s),
        and what `from_networkx` needs to give the same network again. OSMnx functions accept it; speeds and times stand
        there already, so ``add_edge_speeds`` is not needed (and knows no speed of movements).

    Raises
    ------
    NetworkError
        If a link has a tabulated volume-delay function, which an edge cannot hold (the message names the first).
    """
    refuse_tables(roads, "networkx")
    import networkx as nx

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=_CRS, simplified=True, created_with="itas_mobility")
    ids, base = roads.node_id.tolist(), base_node_id(roads.node_id).tolist()
    lon, lat = roads.node_lon_deg.tolist(), roads.node_lat_deg.tolist()
    for row in range(roads.n_zones, roads.n_nodes):
        graph.add_node(ids[row], x=lon[row], y=lat[row], street_count=0, base_id=base[row])
    geometry, name = link_geometry(roads), roads.name
    tails, heads = roads.tail.tolist(), roads.head.tolist()
    there = set(zip(tails, heads, strict=True))
    streets: dict[int, set[int]] = defaultdict(set)
    for row, (tail, head) in enumerate(zip(tails, heads, strict=True)):
        if tail < roads.n_zones or head < roads.n_zones:
            continue
        ways = roads.way_id[roads.way_ptr[row] : roads.way_ptr[row + 1]].tolist()
        streets[tail].add(head)
        streets[head].add(tail)
        graph.add_edge(
            ids[tail],
            ids[head],
            osmid=ways[0] if len(ways) == 1 else ways,
            highway=_HIGHWAY[int(roads.road_class[row])],
            oneway=(head, tail) not in there,
            reversed=False,
            length=float(roads.length_m[row]),
            geometry=geometry[row],
            name=str(name[row]),
            speed_kph=float(roads.free_speed_km_per_h[row]),
            travel_time=float(roads.free_time_s[row]),
            road_class=int(roads.road_class[row]),
            modes=int(roads.modes[row]),
            access_code=int(roads.access[row]),
            link_key=int(roads.link_key[row]),
            vdf=int(roads.vdf[row]),
            **{column: float(getattr(roads, column)[row]) for column in _KEPT_FLOATS},
        )
    for tail, neighbours in streets.items():
        graph.nodes[ids[tail]]["street_count"] = len(neighbours)
    return graph


def _tags_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Tags of an edge as OSMnx keeps them; of merged edges with several values, the first class and lowest number."""
    tags: dict[str, str] = {}
    for key in RELEVANT_KEYS - {"oneway"}:  # a graph's edges are directed already
        value = data.get(key)
        if value is None or (isinstance(value, float) and np.isnan(value)):
            continue
        if isinstance(value, list | tuple | set):
            parts = [str(v) for v in value]
            if key.startswith("maxspeed"):
                tags[key] = ";".join(parts)  # the parser takes the lowest
            elif key.startswith("lanes"):
                tags[key] = min(parts, key=lambda v: (not v.isdigit(), len(v), v))
            else:
                tags[key] = parts[0]
        else:
            tags[key] = f"{value:g}" if isinstance(value, float) else str(value)
    return tags


def from_networkx(
    graph: "nx.MultiDiGraph[Any]",
    *,
    mode: str = "car",
    link_defaults: Mapping[RoadClass, LinkDefaults] | None = None,
) -> RoadNetwork:
    """Make a network from an OSMnx graph, or from any directed graph with the attributes OSMnx gives.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        Nodes with ``x`` and ``y`` in degrees (an unprojected graph); edges with ``length`` in metres and OSM tags.
        ``speed_kph`` and ``travel_time`` are used where they stand, else speeds come from the tags.
    mode : str, default="car"
        Mode of the network; edges closed to it are left out.
    link_defaults : mapping of RoadClass to LinkDefaults, optional
        As in `read_osm`.

    Returns
    -------
    RoadNetwork
        One link per open edge; nodes sorted by id. Where tags close roads to through traffic, junctions are taken apart
        as in `read_osm`.

    Raises
    ------
    NetworkError
        If the graph is not directed, is projected, or a node or edge lacks what is needed; the message names it.
    """
    _check_form(graph)
    bit, defaults = mode_bit(mode), {**LINK_DEFAULTS, **(link_defaults or {})}
    ids, lon, lat = _nodes_of(graph)
    edges = _open_edges(graph, lon, lat, bit, defaults)
    if not edges.ways:
        raise NetworkError(f"from_networkx: the graph has no edge that is open for mode {mode!r}")
    order = np.argsort(ids, kind="stable")
    position = np.empty(len(ids), np.int32)
    position[order] = np.arange(len(ids))
    points = np.concatenate(edges.shapes)
    roads = assemble(
        nodes=Nodes(ids[order], lon[order], lat[order]),
        links=edges.links(position, ids[order]),
        shapes=Shapes(
            np.concatenate([[0], np.cumsum([len(shape) for shape in edges.shapes])]), points[:, 0], points[:, 1]
        ),
        ways=Ways(
            np.concatenate([[0], np.cumsum([len(ways) for ways in edges.ways])]),
            np.array([way for ways in edges.ways for way in ways], np.int64),
        ),
        mode=bit,
        report=ReadReport(
            "networkx graph",
            {"edges of the graph": graph.number_of_edges(), "links": len(edges.ways), "nodes": len(ids)},
        ),
    )
    # graphs of our own have their junctions taken apart already
    is_own = all("access_code" in data for _, _, data in graph.edges(data=True))
    return roads if is_own else expand_junctions(roads, [])


def _check_form(graph: "nx.MultiDiGraph[Any]") -> None:
    """Refuse a graph without directions, or not in degrees."""
    if not graph.is_directed():
        raise NetworkError("from_networkx: the graph is undirected; give a MultiDiGraph")
    crs = str(graph.graph.get("crs", _CRS)).lower()
    if crs not in {_CRS, "wgs84", "ogc:crs84"} and "4326" not in crs:
        raise NetworkError(f"from_networkx: the graph is projected ({crs[:40]}); give it in degrees (epsg:4326)")


@dataclass(frozen=True, slots=True)
class _OpenEdges:
    """Edges that are open to the mode, in the order of the graph."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Columns of links; ``tail`` and ``head`` are places among the graph's nodes, ``rank`` that among its edges."""
    shapes: list[FloatArray] = field(default_factory=list)
    ways: list[list[int]] = field(default_factory=list)

    def links(self, position: IntArray, node_id: LongArray) -> dict[str, NDArray[Any]]:
        """Columns of links between nodes in their final order, each with a key of its own."""
        links = {name: np.array(values) for name, values in self.columns.items()}
        rank, keys = links.pop("rank"), links.pop("link_key")
        links["tail"], links["head"] = position[links["tail"]], position[links["head"]]
        if (keys == 0).any() or np.unique(keys).size != keys.size:
            first = np.array([ways[0] if ways else 0 for ways in self.ways], np.int64)
            keys = link_keys(first, node_id[links["tail"]], node_id[links["head"]], rank)
        links["link_key"] = keys
        return links


def _open_edges(
    graph: "nx.MultiDiGraph[Any]",
    lon_deg: FloatArray,
    lat_deg: FloatArray,
    bit: Mode,
    defaults: Mapping[RoadClass, LinkDefaults],
) -> _OpenEdges:
    row = {node: i for i, node in enumerate(graph.nodes)}
    edges = _OpenEdges()
    for number, (u, v, data) in enumerate(graph.edges(data=True)):
        edge = _edge_of(u, v, data)
        if edge is None or not edge.modes & bit:
            continue
        default = defaults[edge.road_class] if edge.road_class in defaults else defaults[RoadClass.OTHER]
        ends = {"tail": row[u], "head": row[v], "rank": number}
        for name, value in {**edge.values(bit, default), **ends}.items():
            edges.columns[name].append(value)
        osmid = data.get("osmid", 0)
        edges.ways.append([int(way) for way in (osmid if isinstance(osmid, list | tuple) else [osmid])])
        course = data.get("geometry")
        if course is None:
            edges.shapes.append(np.array([[lon_deg[end], lat_deg[end]] for end in (row[u], row[v])]))
        else:
            edges.shapes.append(np.asarray(course.coords, float).reshape(len(course.coords), -1)[:, :2])
    return edges


def _nodes_of(graph: "nx.MultiDiGraph[Any]") -> tuple[LongArray, FloatArray, FloatArray]:
    nodes = list(graph.nodes(data=True))
    for node, data in nodes:
        if "x" not in data or "y" not in data:
            raise NetworkError(f"from_networkx: node {node!r} has no x and y (degrees)")
    whole = all(isinstance(node, int | np.integer) for node, _ in nodes)
    ids = np.array([int(node) for node, _ in nodes] if whole else range(len(nodes)), np.int64)
    lon, lat = (np.array([float(data[key]) for _, data in nodes]) for key in ("x", "y"))
    return ids, lon, lat


@dataclass(frozen=True, slots=True)
class _Edge:
    """An edge of a graph: attributes of our own and of OSMnx where it has them, else what its tags say."""

    name: str
    """In messages."""
    data: Mapping[str, Any]
    way: WayAttributes | None
    side: int
    """0: along the way; 1: against it."""
    road_class: RoadClass
    modes: int

    def values(self, bit: Mode, default: LinkDefaults) -> dict[str, Any]:
        """Columns of the link for a mode."""
        name = self.data.get("name", "")
        return {
            **self._running(bit, default),
            **self._width(default),
            "vdf": int(self.data.get("vdf", VdfKind.BPR)),
            "vdf_alpha": float(self.data.get("vdf_alpha", default.vdf_alpha)),
            "vdf_beta": float(self.data.get("vdf_beta", default.vdf_beta)),
            "toll_eur": float(self.data.get("toll_eur", 0.0)),
            "road_class": int(self.road_class),
            "modes": self.modes,
            "access": self._access(bit),
            "name": str(name[0] if isinstance(name, list) and name else name or ""),
            "link_key": int(self.data.get("link_key", 0)),
        }

    def _running(self, bit: Mode, default: LinkDefaults) -> dict[str, float]:
        """Length, speed and time."""
        length = float(self.data["length"])
        if "speed_kph" in self.data:
            speed = float(self.data["speed_kph"])
        elif self.way is not None:
            speed = free_speed_km_per_h(self.way, self.side, bit, default)
        else:
            speed = default.speed_rural_km_per_h
        # a movement through a junction has no length, and what it costs is not a matter of speed
        standing = self.road_class == RoadClass.TURN and speed >= 0 and "travel_time" in self.data
        if not (np.isfinite(length) and length >= 0 and (speed > 0 or standing)):
            raise NetworkError(f"from_networkx: {self.name}: length {length} or speed {speed} is not usable")
        if "travel_time" in self.data:
            time_s = float(self.data["travel_time"])
        else:
            time_s = max(length / (speed * KM_PER_H_TO_M_PER_S), MIN_FREE_TIME_S)
        return {"length_m": length, "free_speed_km_per_h": speed, "free_time_s": time_s}

    def _width(self, default: LinkDefaults) -> dict[str, float]:
        """Lanes and capacity; lanes of our own count only beside a capacity of our own."""
        lanes = (self.way.lanes[self.side] if self.way is not None else 0.0) or default.lanes
        if "capacity_veh_per_h" in self.data:
            lanes = float(self.data.get("lanes", lanes))
        capacity = self.data.get("capacity_veh_per_h", lanes * default.capacity_per_lane_veh_per_h)
        return {"lanes": lanes, "capacity_veh_per_h": float(capacity)}

    def _access(self, bit: Mode) -> int:
        """Who may use it; by its tags where it comes without our own column."""
        if "access_code" in self.data:
            return int(self.data["access_code"])
        is_limited = self.way is not None and self.way.destination[self.side] & bit
        return int(Access.DESTINATION if is_limited else Access.OPEN)


def _edge_of(u: Any, v: Any, data: Mapping[str, Any]) -> _Edge | None:
    """An edge with its class and modes; None where its tags are those of no road or railway that is known."""
    name = f"edge {u!r} -> {v!r}"
    way = parse_way(_tags_of(data))
    if "length" not in data:
        raise NetworkError(f"from_networkx: {name} has no length")
    side = 1 if data.get("reversed") is True and not data.get("oneway") else 0
    if way is None and "road_class" not in data:
        if "highway" in data or "railway" in data:
            return None
        raise NetworkError(f"from_networkx: {name} has neither highway nor railway")
    road_class = RoadClass(int(data["road_class"])) if way is None or "road_class" in data else way.road_class
    modes = int(data["modes"]) if way is None or "modes" in data else int(way.modes[side])
    return _Edge(name, data, way, side, road_class, modes)


def to_geodataframe(roads: RoadNetwork) -> "geopandas.GeoDataFrame":
    """Links as a table with lines.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per link, in the network's order; node ids, attributes, way ids joined by ``;``, and lines in WGS 84.
    """
    import geopandas

    columns = {
        "link_key": roads.link_key,
        "from_node": roads.node_id[roads.tail],
        "to_node": roads.node_id[roads.head],
        "name": roads.name.astype(object),
        "road_class": names_of(RoadClass, roads.road_class),
        **{
            column: getattr(roads, column)
            for column in ("length_m", "free_speed_km_per_h", "free_time_s", "lanes", "capacity_veh_per_h", "toll_eur")
        },
        "modes": roads.modes,
        "access": names_of(Access, roads.access),
        "vdf": names_of(VdfKind, roads.vdf),
        "vdf_alpha": roads.vdf_alpha,
        "vdf_beta": roads.vdf_beta,
        "way_ids": np.array(way_texts(roads), object),
    }
    return geopandas.GeoDataFrame(columns, geometry=link_geometry(roads), crs=_CRS)


def names_of(kind: type[IntEnum], codes: NDArray[np.integer[Any]]) -> GeometryArray:
    """Names of codes in small letters, e.g. ``"motorway_link"``.

    Parameters
    ----------
    kind : type
        `RoadClass`, `Access` or `VdfKind`.
    codes : integer ndarray of shape (n,)
        Codes.

    Returns
    -------
    object ndarray of shape (n,)
        Texts.
    """
    names = np.array([kind(code).name.lower() if code in set(kind) else "" for code in range(max(kind) + 1)], object)
    return np.asarray(names[codes], object)


def codes_of(kind: type[IntEnum], names: Sequence[str]) -> tuple[ByteArray, int]:
    """The reverse of `names_of`.

    Parameters
    ----------
    kind : type
        `RoadClass`, `Access` or `VdfKind`.
    names : sequence of str
        Texts.

    Returns
    -------
    codes : uint8 ndarray of shape (n,)
        Codes.
    unknown : int
        Row of the first text that is no name, -1 if there is none.
    """
    known = {member.name.lower(): int(member) for member in kind}
    for row, name in enumerate(names):
        if name not in known:
            return np.zeros(len(names), np.uint8), row
    return np.array([known[name] for name in names], np.uint8), -1


def way_texts(roads: RoadNetwork) -> list[str]:
    """The ways of each link as one text, joined by ``;``.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    list of str
        One text per link; '' where it has no ways.
    """
    ways, ptr = roads.way_id.astype(str).tolist(), roads.way_ptr.tolist()
    return [";".join(ways[start:end]) for start, end in pairwise(ptr)]
