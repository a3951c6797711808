"""How far it is from stop to stop along a line's ways, and where these have a gap, along other streets or tracks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from itas_mobility import geo
from itas_mobility.core import TransitMode
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.network.osm.osm_file import OsmText, RawNodes, RawRelation, RawWays
from itas_mobility.network.tags.speed import parse_bus_limits, parse_limits
from itas_mobility.network.transit.members import WAY_KEYS, Place, Source
from itas_mobility.units import KM_PER_H_TO_M_PER_S

DETOUR: Final = 1.2
"""Length of a line between two stops over their beeline where its course is not in the file (assumption)."""
_ON_COURSE_M: Final = 100.0
"""Farthest distance of a stop from the line's course."""
_MAX_COURSE_DETOUR: Final = 4.0
"""A course longer than this many beelines (and a kilometre) has a gap."""
_SHORTEST_LIMIT_M: Final = 1000.0
_TREE_CELLS: Final = 1 << 21
"""Nodes times starts that are searched at once (24 MB)."""

_STREETS: Final = frozenset(
    {
        *("motorway", "trunk", "primary", "secondary", "tertiary"),
        *("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link"),
        "unclassified", "residential", "living_street", "service", "busway", "bus_guideway", "road",
    }
)  # fmt: skip
_CARRIERS: Final[Mapping[TransitMode, tuple[str, frozenset[str]]]] = MappingProxyType(
    {
        TransitMode.BUS: ("highway", _STREETS),
        TransitMode.TROLLEYBUS: ("highway", _STREETS),
        TransitMode.TRAM: ("railway", frozenset({"tram", "light_rail", "rail"})),
        TransitMode.LIGHT_RAIL: ("railway", frozenset({"light_rail", "rail", "tram", "subway"})),
        TransitMode.SUBWAY: ("railway", frozenset({"subway", "light_rail"})),
        TransitMode.TRAIN: ("railway", frozenset({"rail", "narrow_gauge"})),
    }
)
"""Key and values of the ways on which a vehicle can run, for gaps in a line's course."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """From each stop of a pattern to the next one; shape (n_stops - 1,)."""

    length_m: FloatArray
    limited_m: FloatArray
    """The part of it that has a speed limit."""
    limited_time_s: FloatArray
    """Time to run that part at the limit."""
    is_along_ways: BoolArray
    """Measured along the line's own ways."""
    is_repaired: BoolArray
    """Measured along other streets or tracks, over a gap of the line's course; elsewhere the beeline was taken."""


class WayGraph:
    """Ways as a graph of nodes, both directions alike.

    Parameters
    ----------
    nodes : RawNodes
        Nodes with places.
    chains : sequence of ndarray
        Nodes of each way.
    limit_km_per_h : sequence of float
        Speed limit of each way, 0 if unknown.
    """

    def __init__(self, nodes: RawNodes, chains: Sequence[LongArray], limit_km_per_h: Sequence[float]) -> None:
        from scipy.sparse import csr_array

        pairs = [np.column_stack([chain[:-1], chain[1:]]) for chain in chains]
        ends = np.concatenate([*pairs, np.zeros((0, 2), np.int64)])
        limit = np.repeat(np.asarray(limit_km_per_h, float), [len(pair) for pair in pairs])
        rows = nodes.rows(ends.ravel()).reshape(-1, 2)
        placed = (rows >= 0).all(axis=1)
        rows, limit = rows[placed], limit[placed]
        self._row, local = np.unique(rows, return_inverse=True)
        self._node_id = nodes.node_id[self._row]
        self._lon, self._lat = nodes.lon_deg[self._row], nodes.lat_deg[self._row]
        a, b = np.sort(local.reshape(-1, 2), axis=1).T
        length = geo.haversine_m(self._lon[a], self._lat[a], self._lon[b], self._lat[b])
        # parallel pieces (a way that stands twice) must not add up: the shortest one is taken
        self._n = max(len(self._row), 1)
        key = a * self._n + b
        order = np.lexsort((length, key))
        order = order[np.append(True, np.diff(key[order]) > 0)] if order.size else order
        self._key, self._limit = key[order], limit[order]
        # zero would mean "no edge" to scipy
        self._length = np.maximum(length[order], 1e-6)
        a, b = a[order], b[order]
        both = (np.tile(self._length, 2), (np.append(a, b), np.append(b, a)))
        self._graph = csr_array(both, shape=(self._n, self._n))

    def at(self, place: Place) -> int:
        """Node a stop stands at, -1 where it lies too far off."""
        if self._row.size == 0:
            return -1
        at = int(np.searchsorted(self._node_id, place.node))
        if place.node and at < self._row.size and self._node_id[at] == place.node:
            return at
        metres = geo.haversine_m(place.lon, place.lat, self._lon, self._lat)
        nearest = int(np.argmin(metres))
        return nearest if metres[nearest] <= _ON_COURSE_M else -1

    def ways(
        self, start: LongArray, end: LongArray, limit_m: FloatArray
    ) -> Iterator[tuple[float, float, float] | None]:
        """Length from node to node, the length under a speed limit, and the time that takes at the limit.

        None for pairs with a node of -1, within one node, or beyond their limit.
        """
        ok = (start >= 0) & (end >= 0) & (start != end)
        trees = self._trees(np.unique(start[ok]), float(limit_m[ok].max(initial=0.0)))
        for i in range(len(start)):
            found = trees(int(start[i])) if ok[i] else None
            length = np.inf if found is None else float(found[0][end[i]])
            yield self._along(int(start[i]), int(end[i]), length, found[1]) if found and length <= limit_m[i] else None

    def _trees(self, starts: LongArray, limit_m: float) -> Callable[[int], tuple[FloatArray, IntArray]]:
        """Lengths and nodes before from several nodes; many are searched at once as long as memory is small."""
        from scipy.sparse.csgraph import dijkstra

        search: Any = dijkstra  # its answer has many forms, which types cannot tell apart
        many = max(_TREE_CELLS // self._n, 1)
        known: dict[int, tuple[FloatArray, IntArray]] = {}

        def tree(start: int) -> tuple[FloatArray, IntArray]:
            if start not in known:
                first = int(np.searchsorted(starts, start))
                some = starts[first : first + many]
                length, before = search(self._graph, indices=some, limit=limit_m, return_predecessors=True)
                if len(known) + len(some) > many:
                    known.clear()
                known.update({int(one): (length[k], before[k]) for k, one in enumerate(some)})
            return known[start]

        return tree

    def _along(self, start: int, end: int, length_m: float, before: IntArray) -> tuple[float, float, float]:
        path = [end]
        while path[-1] != start:
            path.append(int(before[path[-1]]))
        nodes = np.array(path)
        low, high = np.minimum(nodes[1:], nodes[:-1]), np.maximum(nodes[1:], nodes[:-1])
        edge = np.searchsorted(self._key, low * self._n + high)
        pieces, limit = self._length[edge], self._limit[edge]
        known = limit > 0.0
        return length_m, float(pieces[known].sum()), float((pieces[known] / limit[known]).sum() / KM_PER_H_TO_M_PER_S)


def own_ways(relation: RawRelation, source: Source, mode: TransitMode) -> WayGraph:
    """The ways of one relation.

    Parameters
    ----------
    relation : RawRelation
        Route.
    source : Source
        Its members.
    mode : TransitMode
        Vehicle, for the speed limits.

    Returns
    -------
    WayGraph
        Ways of the relation that the file holds, platforms left out.
    """
    ids = [
        ref
        for kind, ref, role in relation.members
        if kind == "w" and ref in source.way_row and not role.startswith(("platform", "stop"))
    ]
    limits = [_limit(source.ways, source.way_row[ref], mode) for ref in ids]
    return WayGraph(source.nodes, [source.refs(ref) for ref in ids], limits)


class Surroundings:
    """All streets or tracks of the file on which a vehicle can run, read when the first gap is met.

    Parameters
    ----------
    text : OsmText
        Open file.
    """

    def __init__(self, text: OsmText) -> None:
        self._text = text
        self._known: dict[tuple[str, frozenset[str]], WayGraph] = {}

    def of(self, mode: TransitMode) -> WayGraph | None:
        """Ways for a vehicle, None where it needs none (ferries)."""
        carrier = _CARRIERS.get(mode)
        if carrier is None:
            return None
        if carrier not in self._known:
            key, values = carrier
            ways = self._text.ways(keys=WAY_KEYS, name_keys=())
            fits = np.array([tags.get(key) in values for tags in ways.tag_sets] or [False])
            rows = np.flatnonzero(fits[ways.tag_row]) if len(ways.tag_row) else np.zeros(0, np.int64)
            chains = [ways.ref[ways.ptr[row] : ways.ptr[row + 1]] for row in rows]
            nodes = self._text.nodes(np.concatenate([*chains, np.zeros(0, np.int64)]))
            self._known[carrier] = WayGraph(nodes, chains, [_limit(ways, int(row), mode) for row in rows])
        return self._known[carrier]


def _limit(ways: RawWays, row: int, mode: TransitMode) -> float:
    """Speed limit of a way in km/h, the lower one of both directions; 0 where none is known."""
    tags = ways.tag_sets[int(ways.tag_row[row])]
    signed = min(parse_limits(tags))
    if signed == 0.0 or mode not in (TransitMode.BUS, TransitMode.TROLLEYBUS):
        return signed
    return min(signed, *parse_bus_limits(tags))


def measured_runs(places: Sequence[Place], own: WayGraph, mode: TransitMode, surroundings: Surroundings) -> Runs:
    """Measure a line from stop to stop.

    Parameters
    ----------
    places : sequence of Place
        Stops in order.
    own : WayGraph
        The line's own ways.
    mode : TransitMode
        Vehicle.
    surroundings : Surroundings
        Where a way is looked for over gaps.

    Returns
    -------
    Runs
        Along the line's ways; over gaps the shortest way along other streets or tracks; else the beeline times 1.2. No
        way counts that is longer than four beelines and a kilometre.
    """
    lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
    beeline = geo.haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    length, limited, time_s = beeline * DETOUR, np.zeros(len(beeline)), np.zeros(len(beeline))
    limit_m = np.maximum(beeline * _MAX_COURSE_DETOUR, _SHORTEST_LIMIT_M)

    def measure(graph: WayGraph, rows: LongArray) -> BoolArray:
        """Measure some runs; tell which have a way."""
        at = np.array([graph.at(place) for place in places], np.int64)
        is_found = np.zeros(len(beeline), bool)
        for i, found in zip(rows.tolist(), graph.ways(at[rows], at[rows + 1], limit_m[rows]), strict=True):
            if found is not None:
                # a course can be drawn shorter than the stops lie apart, by their distance from it
                length[i] = max(found[0], beeline[i])
                limited[i], time_s[i] = found[1], found[2]
                is_found[i] = True
        return is_found

    along = measure(own, np.arange(len(beeline)))
    gaps = np.flatnonzero(~along)
    other = surroundings.of(mode) if gaps.size else None
    repaired = np.zeros(len(beeline), bool) if other is None else measure(other, gaps)
    return Runs(length, limited, time_s, along, repaired)
