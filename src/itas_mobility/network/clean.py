"""Cleaning of networks: the largest strongly connected part, and chains of links merged into one."""

import dataclasses
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import RoadNetwork
from itas_mobility.core.columns import BoolArray, IntArray, LongArray
from itas_mobility.network.forward_star import (
    LINK_COLUMNS,
    frozen,
    junction_rows,
    keep_nodes,
    mixed_key,
    pointer,
    ragged_rows,
)

AGREEING: Final = (
    "free_speed_km_per_h", "lanes", "capacity_veh_per_h", "vdf", "vdf_alpha", "vdf_beta", "road_class", "modes",
    "access", "name_code",
)  # fmt: skip
"""Links are merged only where they are equal in these."""
SUMMED: Final = ("length_m", "free_time_s", "toll_eur")


def largest_component(roads: RoadNetwork) -> tuple[RoadNetwork, dict[str, int]]:
    """The largest strongly connected part (most nodes): from each of its nodes each other one can be reached.

    Parameters
    ----------
    roads : RoadNetwork
        Network that is not connected to zones.

    Returns
    -------
    roads : RoadNetwork
        Its largest part.
    dropped : dict of str to int
        What was left out, for the report.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if roads.n_nodes == 0:
        return roads, {}
    shape = (roads.n_nodes, roads.n_nodes)
    # a junction taken apart for its turns counts as one place
    place = junction_rows(roads.node_id)
    ends = (place[roads.tail], place[roads.head])
    graph = csr_array((np.ones(roads.n_links, np.int8), ends), shape=shape)
    _, label = connected_components(graph, directed=True, connection="strong")
    n_parts = len(np.unique(label[place]))
    # of parts of one size the one with the lowest node wins, so that the order in the file does not matter
    label = label[place]
    size = np.bincount(label)
    largest = label[np.flatnonzero(size[label] == size.max())[0]]
    mask = label == largest
    kept = keep_nodes(roads, mask)
    dropped_m = roads.length_m.sum() - kept.length_m.sum()
    return kept, {
        "strongly connected parts": int(n_parts),
        "nodes outside the largest part": int((~mask).sum()),
        "links outside the largest part": roads.n_links - kept.n_links,
        "metres of links outside the largest part": round(float(dropped_m)),
    }


def drop_bare_nodes(roads: RoadNetwork) -> RoadNetwork:
    """The network without nodes that no link touches.

    Parameters
    ----------
    roads : RoadNetwork
        Network that is not connected to zones.

    Returns
    -------
    RoadNetwork
        Network whose nodes all have a link.
    """
    touched = np.zeros(roads.n_nodes, bool)
    touched[roads.tail] = True
    touched[roads.head] = True
    return roads if touched.all() else keep_nodes(roads, touched)


def link_keys(way: LongArray, tail_id: LongArray, head_id: LongArray, tie: NDArray[Any]) -> LongArray:
    """Keys of links from what they are, not from where they stand.

    Parameters
    ----------
    way : int64 ndarray of shape (n_links,)
        First way of each link.
    tail_id, head_id : int64 ndarray of shape (n_links,)
        Ids of their nodes.
    tie : ndarray of shape (n_links,)
        Rank among links of the same way between the same nodes (parallel parts of one way).

    Returns
    -------
    int64 ndarray of shape (n_links,)
        Keys.
    """
    order = np.lexsort((tie, head_id, tail_id, way))
    columns = [values[order] for values in (way, tail_id, head_id)]
    is_new = np.ones(len(order), bool)
    if len(order) > 1:
        is_new[1:] = np.any([c[1:] != c[:-1] for c in columns], axis=0)
    start = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))
    counter = np.empty(len(order), np.int64)
    counter[order] = np.arange(len(order)) - start
    return mixed_key(way, tail_id, head_id, counter)


def _mergeable(roads: RoadNetwork, protected: BoolArray) -> tuple[BoolArray, IntArray]:
    """Nodes at which a chain runs through, and for each link into such a node the link that follows it (else -1)."""
    n, m = roads.n_nodes, roads.n_links
    tail, head = roads.tail, roads.head
    out_degree, in_degree = np.diff(roads.ptr), np.bincount(head, minlength=n)
    in_order = np.argsort(head, kind="stable")
    in_ptr = pointer(head[in_order], n)
    successor = np.full(m, -1, np.int32)
    ok = np.zeros(n, bool)

    def agree(before: NDArray[Any], after: NDArray[Any]) -> BoolArray:
        equal = [getattr(roads, name)[before] == getattr(roads, name)[after] for name in AGREEING]
        return np.asarray(np.all(equal, axis=0), bool)

    # one-way chain: one link in, one out, not back to where it came from
    nodes = np.flatnonzero((in_degree == 1) & (out_degree == 1) & ~protected)
    came, goes = in_order[in_ptr[nodes]], roads.ptr[nodes]
    fits = (tail[came] != head[goes]) & (tail[came] != nodes) & agree(came, goes)
    ok[nodes[fits]] = True
    successor[came[fits]] = goes[fits]

    # two-way chain: two links in and two out, to the same two neighbours
    nodes = np.flatnonzero((in_degree == 2) & (out_degree == 2) & ~protected)
    in1, in2 = in_order[in_ptr[nodes]], in_order[in_ptr[nodes] + 1]
    out1, out2 = roads.ptr[nodes], roads.ptr[nodes] + 1
    crossed = tail[in1] == head[out1]
    after1, after2 = np.where(crossed, out2, out1), np.where(crossed, out1, out2)
    fits = (
        (tail[in1] != tail[in2])
        & (head[after1] == tail[in2])
        & (head[after2] == tail[in1])
        & (tail[in1] != nodes)
        & (tail[in2] != nodes)
        & agree(in1, after1)
        & agree(in2, after2)
    )
    ok[nodes[fits]] = True
    successor[in1[fits]] = after1[fits]
    successor[in2[fits]] = after2[fits]
    return ok, successor


def _chains(successor: IntArray) -> tuple[IntArray, IntArray]:
    """First link of the chain each link lies in (-1 in a ring), and its position in it, by pointer doubling."""
    m = len(successor)
    before = np.arange(m, dtype=np.int32)
    followed = np.flatnonzero(successor >= 0)
    before[successor[followed]] = followed
    is_first = before == np.arange(m)
    rank = (~is_first).astype(np.int32)
    for _ in range(max(m, 2).bit_length() + 1):
        if is_first[before].all():
            break
        rank = rank + rank[before]
        before = before[before]
    return np.where(is_first[before], before, -1).astype(np.int32), rank


def simplify(roads: RoadNetwork, *, protected: BoolArray | None = None) -> RoadNetwork:
    """Merge chains of links through nodes where nothing branches and no attribute changes.

    Length, time and toll are summed, course and way ids joined. Rings keep a node in between, so that no link ends
    where it starts.

    Parameters
    ----------
    roads : RoadNetwork
        Network that is not connected to zones.
    protected : bool ndarray of shape (n_nodes,), optional
        Nodes that stay.

    Returns
    -------
    RoadNetwork
        Network without the merged nodes; links have new keys made from first way and end nodes.
    """
    if roads.n_links == 0:
        return roads
    fixed = np.zeros(roads.n_nodes, bool) if protected is None else np.array(protected, bool)
    while True:
        ok, successor = _mergeable(roads, fixed)
        first, rank = _chains(successor)
        ring = first < 0
        closed = ~ring
        last = successor < 0
        # a chain that returns to its start, or a ring, keeps its inner node of the lowest id
        ends = np.full(roads.n_links, -1, np.int64)
        ends[first[last & ~ring]] = roads.head[last & ~ring]
        closed &= ends[first] == roads.tail[first]
        inner = (successor >= 0) & (ring | closed)
        if not inner.any():
            break
        group = np.where(ring, -1, first)[inner]
        fixed[_lowest_per_group(group, roads.head[inner])] = True
    order = np.lexsort((rank, first))
    starts = np.flatnonzero(rank[order] == 0)
    row = (np.cumsum(~ok) - 1).astype(np.int32)
    node_id = roads.node_id[~ok]
    lead = order[starts]
    tail, head = row[roads.tail[lead]], row[roads.head[order[np.append(starts[1:], len(order)) - 1]]]
    first_way = (
        roads.way_id[roads.way_ptr[lead]] if roads.way_id.size and (np.diff(roads.way_ptr)[lead] > 0).all() else None
    )
    if first_way is None:
        way_ptr, way_id = _joined_ways(roads, order, starts)
        first_way = np.concatenate([way_id, [0]])[way_ptr[:-1]] if way_id.size else np.zeros(len(lead), np.int64)
    link_key = link_keys(first_way, node_id[tail], node_id[head], roads.link_key[lead])
    # chains are put into their final order before anything is copied, which spares a copy of a large network
    final = np.lexsort((link_key, head, tail))
    if not ok.any() and (final == np.arange(len(final))).all():
        return dataclasses.replace(roads, link_key=link_key)
    chain_ptr, at = ragged_rows(np.append(starts, len(order)), final)
    order, starts = order[at], chain_ptr[:-1]
    lead = lead[final]
    changes: dict[str, Any] = {
        name: frozen(getattr(roads, name)[lead])
        for name in LINK_COLUMNS
        if name not in ("tail", "head", "link_key", *SUMMED)
    }
    for name in SUMMED:
        changes[name] = frozen(np.add.reduceat(getattr(roads, name)[order], starts))
    changes["tail"], changes["head"], changes["link_key"] = tail[final], head[final], link_key[final]
    changes["shape_ptr"], at = _joined(roads.shape_ptr, order, starts, skip_first=rank[order] > 0)
    changes["shape_lon_deg"] = frozen(roads.shape_lon_deg[at])
    changes["shape_lat_deg"] = frozen(roads.shape_lat_deg[at])
    changes["way_ptr"], changes["way_id"] = _joined_ways(roads, order, starts)
    return dataclasses.replace(
        roads,
        **changes,
        ptr=pointer(changes["tail"], len(node_id)),
        node_id=node_id,
        node_lon_deg=roads.node_lon_deg[~ok],
        node_lat_deg=roads.node_lat_deg[~ok],
    )


def _lowest_per_group(group: NDArray[Any], node: IntArray) -> IntArray:
    order = np.lexsort((node, group))
    is_new = np.ones(len(order), bool)
    is_new[1:] = group[order][1:] != group[order][:-1]
    return node[order[is_new]]


def _joined(
    ptr: LongArray, order: NDArray[Any], starts: NDArray[Any], *, skip_first: BoolArray
) -> tuple[LongArray, LongArray]:
    """Pointer and positions of ragged values joined along chains; the first value of later links repeats the last."""
    part_ptr, at = ragged_rows(ptr, order)
    size = np.diff(part_ptr)
    is_skipped = skip_first & (size > 0)
    if is_skipped.any():
        keep = np.ones(len(at), bool)
        keep[part_ptr[:-1][is_skipped]] = False
        at = at[keep]
    joined = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(np.add.reduceat(size - is_skipped, starts), out=joined[1:])
    return joined, at


def _joined_ways(roads: RoadNetwork, order: NDArray[Any], starts: NDArray[Any]) -> tuple[LongArray, LongArray]:
    ptr, at = _joined(roads.way_ptr, order, starts, skip_first=np.zeros(len(order), bool))
    ways, chain = roads.way_id[at], np.repeat(np.arange(len(starts)), np.diff(ptr))
    keep = np.ones(len(ways), bool)
    keep[1:] = (ways[1:] != ways[:-1]) | (chain[1:] != chain[:-1])
    np.cumsum(np.bincount(chain[keep], minlength=len(starts)), out=ptr[1:])
    return ptr, ways[keep]
