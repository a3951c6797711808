"""Turn restrictions in terms of ways, and the sequences of links they forbid.

With a via way, ``only_*`` binds whoever has come along it from the ``from`` way, and leaves open to turn off before its
end.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import RoadNetwork
from itas_mobility.core.columns import BoolArray, LongArray
from itas_mobility.core.node_parts import base_node_id

_MAX_VIA_LINKS: Final = 64
"""A via way with more links than this is no connection of two turns but a fault of the file."""

LinkPath: TypeAlias = tuple[int, ...]
"""Rows of consecutive links."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One turn restriction, as far as it binds a mode."""

    relation_id: int
    kind: str
    """A value of OpenStreetMap's ``restriction``, beginning with ``no_`` or ``only_``."""
    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]

    @property
    def ways(self) -> tuple[int, ...]:
        """All ways it names."""
        return (*self.from_ways, *self.via_ways, *self.to_ways)


def restricted_nodes(roads: RoadNetwork, restrictions: Sequence[Restriction]) -> BoolArray:
    """Nodes that must stay nodes, because a way that a restriction names begins, ends or branches there.

    Parameters
    ----------
    roads : RoadNetwork
        Network that is not yet simplified.
    restrictions : sequence of Restriction
        Restrictions.

    Returns
    -------
    bool ndarray of shape (n_nodes,)
        Protected nodes.
    """
    protected = np.zeros(roads.n_nodes, bool)
    if restrictions:
        named = np.unique([way for restriction in restrictions for way in restriction.ways])
        link = np.repeat(np.arange(roads.n_links), np.diff(roads.way_ptr))[np.isin(roads.way_id, named)]
        protected[roads.tail[link]] = True
        protected[roads.head[link]] = True
    return protected


def twins(roads: RoadNetwork) -> LongArray:
    """For each link the one of the same piece of road in the other direction, -1 where there is none.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    int64 ndarray of shape (n_links,)
        Rows of links.
    """
    m = roads.n_links
    first = np.full(m, -1, np.int64)
    some = np.flatnonzero(np.diff(roads.way_ptr) > 0)
    first[some] = roads.way_id[roads.way_ptr[some]]
    last = first.copy()
    last[some] = roads.way_id[roads.way_ptr[some + 1] - 1]
    low, high = np.minimum(roads.tail, roads.head), np.maximum(roads.tail, roads.head)
    way, other = np.minimum(first, last), np.maximum(first, last)
    against = (roads.tail > roads.head).astype(np.int8)
    # pieces of one way between the same nodes, a loop cut in two, are told apart by their lengths and their order
    length = np.round(roads.length_m, 3)
    order = np.lexsort((np.arange(m), against, length, other, way, high, low))
    group = np.zeros(m, np.int64)
    if m > 1:
        changed = np.zeros(m - 1, bool)
        for column in (low, high, way, other, length):
            changed |= column[order][1:] != column[order][:-1]
        group[1:] = np.cumsum(changed)
    result = np.full(m, -1, np.int64)
    # within a group the k-th link with the way meets the k-th against it
    side = against[order]
    rank = np.arange(m) - np.maximum.accumulate(np.where(np.append(True, _steps(group, side)), np.arange(m), 0))
    match = np.lexsort((side, rank, group))
    a, b = match[:-1], match[1:]
    pair = (group[a] == group[b]) & (rank[a] == rank[b]) & (side[a] != side[b])
    result[order[a[pair]]], result[order[b[pair]]] = order[b[pair]], order[a[pair]]
    return result


def _steps(group: LongArray, side: NDArray[np.int8]) -> BoolArray:
    return np.asarray((group[1:] != group[:-1]) | (side[1:] != side[:-1]))


class _Around:
    """Links of a network by node and by way, for looking up single junctions."""

    def __init__(self, roads: RoadNetwork, restrictions: Sequence[Restriction]) -> None:
        self.roads = roads
        named = np.unique([way for restriction in restrictions for way in restriction.ways])
        link = np.repeat(np.arange(roads.n_links), np.diff(roads.way_ptr))
        hit = np.isin(roads.way_id, named)
        self.of_way: dict[int, list[int]] = defaultdict(list)
        for way, row in zip(roads.way_id[hit].tolist(), link[hit].tolist(), strict=True):
            self.of_way[way].append(row)
        self.junction = base_node_id(roads.node_id)

    def into(self, way: int, node: int) -> list[int]:
        """Links of a way that end at a node of the file."""
        return [row for row in self.of_way.get(way, ()) if self.junction[self.roads.head[row]] == node]

    def out_of(self, way: int, node: int) -> list[int]:
        """Links of a way that begin at a node of the file."""
        return [row for row in self.of_way.get(way, ()) if self.junction[self.roads.tail[row]] == node]

    def exits(self, link: int) -> range:
        """All links that begin where a link ends."""
        node = self.roads.head[link]
        return range(int(self.roads.ptr[node]), int(self.roads.ptr[node + 1]))


def forbidden_sequences(
    roads: RoadNetwork, restrictions: Sequence[Restriction], counts: dict[str, int]
) -> list[LinkPath]:
    """What restrictions forbid, in terms of links.

    Parameters
    ----------
    roads : RoadNetwork
        Network, in which the nodes of `restricted_nodes` are nodes.
    restrictions : sequence of Restriction
        Restrictions.
    counts : dict
        How many have an effect, and how many cannot be understood, is added here.

    Returns
    -------
    list of tuple of int
        Rows of consecutive links; who has taken all but the last must not take the last. Sorted, each once.
    """
    if not restrictions:
        return []
    around, twin = _Around(roads, restrictions), twins(roads)
    found: set[LinkPath] = set()
    without_effect = doubtful = 0
    for restriction in restrictions:
        try:
            paths = _paths_through(around, restriction, twin)
        except _DoubtfulError:
            doubtful += 1
            continue
        is_only = restriction.kind.startswith("only_")
        banned: set[LinkPath] = set()
        for path in paths:
            others = {p[-1] for p in paths if p[:-1] == path[:-1]}
            if is_only:
                banned.update((*path[:-1], exit_) for exit_ in around.exits(path[-2]) if exit_ not in others)
            else:
                banned.add(path)
        without_effect += not banned
        found |= banned
    counts["turn restrictions without effect (their ways are closed or one-way)"] = without_effect
    key = "turn restrictions with missing or doubtful members (not obeyed)"
    counts[key] = counts.get(key, 0) + doubtful
    return sorted(found)


class _DoubtfulError(Exception):
    """A restriction does not say which of several turns it means."""


def _paths_through(around: _Around, restriction: Restriction, twin: LongArray) -> list[LinkPath]:
    """Sequences of links from a from way over via to a to way."""
    if restriction.via_node is None:
        return _paths_over_ways(around, restriction, twin)
    return _turns_at_node(around, restriction, restriction.via_node, twin)


def _turns_at_node(around: _Around, restriction: Restriction, node: int, twin: LongArray) -> list[LinkPath]:
    """Turns from a from way to a to way at a node."""
    begin = [row for way in restriction.from_ways for row in around.into(way, node)]
    end = [row for way in restriction.to_ways for row in around.out_of(way, node)]
    if restriction.from_ways == restriction.to_ways and restriction.kind.endswith("u_turn"):
        return [(row, int(twin[row])) for row in begin if twin[row] >= 0]
    paths = [(a, b) for a in begin for b in end if around.roads.head[a] == around.roads.tail[b]]
    several = len(begin) > len(restriction.from_ways) or len(end) > len(restriction.to_ways)
    if several and len(paths) > 1:
        raise _DoubtfulError
    return list(paths)


def _paths_over_ways(around: _Around, restriction: Restriction, twin: LongArray) -> list[LinkPath]:
    """Sequences from a from way over the via ways to a to way."""
    to_links = {row for way in restriction.to_ways for row in around.of_way.get(way, ())}
    begin = [row for way in restriction.from_ways for row in around.of_way.get(way, ())]
    paths = [path for row in begin for path in _along(around, (row,), restriction.via_ways, to_links, twin)]
    begins, ends = {path[0] for path in paths}, {path[-1] for path in paths}
    if len(begins) > len(restriction.from_ways) or len(ends) > len(restriction.to_ways):
        raise _DoubtfulError
    return paths


def _along(around: _Around, path: LinkPath, via: Sequence[int], to_links: set[int], twin: LongArray) -> list[LinkPath]:
    """Ways on from a path over the via ways, in their order, to the first link of the to way."""
    if not via:
        return [(*path, row) for row in around.exits(path[-1]) if row in to_links]
    roads = around.roads
    result: list[LinkPath] = []
    for row in around.of_way.get(via[0], ()):
        if roads.tail[row] != roads.head[path[-1]] or twin[row] == path[-1] or row in path:
            continue
        longer = (*path, row)
        if len(longer) > _MAX_VIA_LINKS:
            raise _DoubtfulError
        result.extend(_along(around, longer, via, to_links, twin))  # on along the same way
        result.extend(_along(around, longer, via[1:], to_links, twin))
    return result
