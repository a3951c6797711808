"""Ways cut into the pieces between nodes of a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import Mode
from itas_mobility.core.columns import BoolArray, IntArray, LongArray
from itas_mobility.core.node_parts import COPY_STRIDE
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.osm.osm_file import RawNodes


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of ways between nodes of the network; shape positions point into `node` (rows of the raw nodes)."""

    way: LongArray
    start_id: LongArray
    end_id: LongArray
    shape_ptr: LongArray
    shape_node: LongArray
    barrier_node: LongArray
    """Nodes at which a barrier closes a road, each once."""
    barrier_way: LongArray
    """A way that runs through each of them."""


def cut_ways(
    ptr: LongArray,
    ref: LongArray,
    way_id: LongArray,
    nodes: RawNodes,
    mode: Mode,
    *,
    inside: BoolArray | None = None,
    each_node: bool,
    counts: dict[str, int],
) -> Pieces:
    """Cut ways where roads meet, end, or are closed by a barrier, and where nodes are missing.

    Parameters
    ----------
    ptr, ref : int64 ndarray
        Node ids of the ways; ragged.
    way_id : int64 ndarray of shape (n_ways,)
        Ids of the ways.
    nodes : RawNodes
        Nodes of the file.
    mode : Mode
        One mode.
    inside : bool ndarray of shape (n_nodes,), optional
        Which nodes lie inside the clip; the others are left out, so that ways end at the last node inside.
    each_node : bool
        Whether each node of a way becomes a node of the network.
    counts : dict
        What was met is added here.

    Returns
    -------
    Pieces
        Parts of ways between nodes of the network.
    """
    # 32 bits hold rows of ways and nodes, and are half of what a large extract takes here
    way = np.repeat(np.arange(len(way_id), dtype=np.int32), np.diff(ptr))
    row = nodes.rows(ref).astype(np.int32)
    counts["node references missing from the file"] = int((row < 0).sum())
    present = row >= 0
    if inside is not None and inside.size:
        counts["nodes outside the clip"] = int((~inside).sum())
        present &= inside[np.maximum(row, 0)]
    # a way is broken where a node is missing: no straight line is invented across the gap
    run = np.cumsum(~present, dtype=np.int32)
    way, row, run = way[present], row[present], run[present]
    if len(row) > 1:
        same = (row[1:] == row[:-1]) & (way[1:] == way[:-1]) & (run[1:] == run[:-1])
        counts["repeated node references"] = int(same.sum())
        distinct = np.append(True, ~same)
        way, row, run = way[distinct], row[distinct], run[distinct]
    joined = np.zeros(len(row), bool)
    if len(row) > 1:
        joined[:-1] = (way[1:] == way[:-1]) & (run[1:] == run[:-1])
    has_before = np.append(False, joined[:-1])[: len(row)]
    used = joined | has_before
    uses = np.bincount(row[used], minlength=len(nodes.node_id))
    closed = np.array([i for i, found in nodes.tags.items() if not osm_tags.passes_node(found, mode)], np.int64)
    is_closed = np.zeros(len(nodes.node_id), bool)
    is_closed[nodes.rows(closed)] = True
    met = np.flatnonzero(used & is_closed[row])
    barrier_node, first = np.unique(row[met], return_index=True)
    counts["barriers that close the road"] = len(barrier_node)
    is_cut = used & (~joined | ~has_before | (uses[row] > 1) | is_closed[row])
    if each_node:
        is_cut = used
    n_cuts = int(is_cut.sum())
    is_cut = _without_loops(is_cut, row, way, run)
    counts["loops cut in two"] = int(is_cut.sum()) - n_cuts
    begin = np.flatnonzero(is_cut & joined)
    cuts = np.flatnonzero(is_cut)
    end = cuts[np.searchsorted(cuts, begin, side="right")] if begin.size else begin
    start_id = _part_ids(nodes, row, way_id[way], begin, end, is_closed)
    shape_ptr = np.zeros(len(begin) + 1, np.int64)
    np.cumsum(end - begin + 1, out=shape_ptr[1:])
    at = np.arange(shape_ptr[-1]) + np.repeat(begin - shape_ptr[:-1], end - begin + 1)
    shape_node, barrier_way = row[at].astype(np.int64), way[met[first]].astype(np.int64)
    return Pieces(
        way[begin].astype(np.int64), *start_id, shape_ptr, shape_node, barrier_node.astype(np.int64), barrier_way
    )


def _without_loops(is_cut: BoolArray, row: IntArray, way: NDArray[Any], run: NDArray[Any]) -> BoolArray:
    """Cut parts of ways that end where they start in the middle, so that no link is a loop."""
    cuts = np.flatnonzero(is_cut)
    if len(cuts) < 2:
        return is_cut
    a, b = cuts[:-1], cuts[1:]
    is_loop = (row[a] == row[b]) & (way[a] == way[b]) & (run[a] == run[b])
    is_cut = is_cut.copy()
    is_cut[(a[is_loop] + b[is_loop]) // 2] = True
    return is_cut


def _part_ids(
    nodes: RawNodes, row: IntArray, way_id: LongArray, begin: LongArray, end: LongArray, is_closed: BoolArray
) -> tuple[LongArray, LongArray]:
    """Ids of the pieces' end nodes; a closed barrier is cut into as many parts as pieces meet there."""
    at = np.concatenate([begin, end])
    ids = nodes.node_id[row[at]].copy()
    closed = np.flatnonzero(is_closed[row[at]])
    if closed.size:
        order = closed[np.lexsort((closed < len(begin), at[closed], way_id[at[closed]], ids[closed]))]
        is_new = np.append(True, ids[order][1:] != ids[order][:-1])
        start = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))
        ids[order] += (np.arange(len(order)) - start) * COPY_STRIDE
    return ids[: len(begin)], ids[len(begin) :]
