"""All-or-nothing loads and skims over many origins: in a fixed number of parts, added in fixed order."""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.hierarchy import (
    LANES,
    ancestors,
    arrive,
    begin,
    clear,
    climb,
    descend,
    descend_paths,
    first_link,
    last_link,
    mark_begin,
    unpack,
)
from itas_mobility.kernels.shortest_path import shortest_tree

_NO_PATH = -1
_NO_LINK = -2
"""In place of the link by which a path enters a zone."""


def lowest_begin(h, source):
    """Lowest rank that each source reaches first; sources that are near each other in it share much of their climb.

    Parameters
    ----------
    h : Hierarchy
    source : int32[n_sources]

    Returns
    -------
    int32[n_sources]
    """
    rank = h.rank[h.head]
    lowest = h.rank.copy()
    lowest[: h.first_through] = h.node.size
    of_centroid = (h.tail < h.first_through) & (rank >= 0)
    np.minimum.at(lowest, h.tail[of_centroid], rank[of_centroid])
    return lowest[source]


@kernel(allocates=True)
def climbs(h, source):
    """Nodes that each block of `LANES` sources climbs over, rising: pointers int64[n_blocks + 1], nodes int32."""
    n_blocks = (source.size + LANES - 1) // LANES
    ptr = np.zeros(n_blocks + 1, np.int64)
    nodes = np.empty(h.node.size, np.int32)
    for block in range(n_blocks):
        marked = np.zeros(h.node.size, np.bool_)
        mark_begin(h, source[block * LANES : (block + 1) * LANES], marked)
        own = ancestors(h, marked)
        size = ptr[block]
        if size + own.size > nodes.size:
            more = np.empty(2 * nodes.size, np.int32)
            for i in range(size):
                more[i] = nodes[i]
            nodes = more
        for i in range(own.size):
            nodes[size + i] = own[i]
        ptr[block + 1] = size + own.size
    return ptr, nodes


@kernel(allocates=True)
def skim_costs(h, w, source, climb_ptr, climb_node, needed, first_block, step, label, below, least_cost):
    """Cost of the cheapest path from the zones of some blocks to all zones.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    source : int32[n_zones]
        All zones, in the order in which they are cut into blocks.
    climb_ptr, climb_node : int64[n_blocks + 1], int32
        See `climbs`.
    needed : int32[]
        Nodes whose labels lead to zones and all above them, rising.
    first_block, step : int
        Blocks `first_block`, `first_block` + `step`, ... are done, so that threads can share the work.
    label : float64[n, LANES]
    below : int32[n, LANES]
        Work space.
    least_cost : float64[n_zones, n_zones]
        Out; inf where there is no path.
    """
    for block in range(first_block, climb_ptr.size - 1, step):
        nodes = climb_node[climb_ptr[block] : climb_ptr[block + 1]]
        own = source[block * LANES : (block + 1) * LANES]
        clear(nodes, label, np.inf)
        clear(needed, label, np.inf)
        clear(nodes, below, 0)
        begin(h, w, own, label)
        climb(h, w, nodes, label, below)
        descend(h, w, needed, label)
        _write_costs(h, w, own, label, least_cost)


@kernel(allocates=True)
def _write_costs(h, w, source, label, least_cost):
    least = np.empty(LANES)
    for to in range(least_cost.shape[0]):
        arrive(h, w, source, to, label, least)
        for k in range(source.size):
            least_cost[source[k], to] = least[k]


@kernel(allocates=True)
def skim_along(
    h, w, source, climb_ptr, climb_node, needed, first_block, step, attribute, up_sum, down_sum, label, below, above,
    value, least_cost, along,
):  # fmt: skip
    """As `skim_costs`, and attributes added up along the same paths.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    source, climb_ptr, climb_node, needed, first_block, step
        As in `skim_costs`.
    attribute : float64[n_attributes, n_links]
    up_sum, down_sum : float64[n_attributes, m]
        See `hierarchy.add_along`.
    label, value : float64[n, LANES]
    below, above : int32[n, LANES]
        Work space.
    least_cost : float64[n_zones, n_zones]
        Out; inf where there is no path.
    along : float64[n_attributes, n_zones, n_zones]
        Out; inf where there is no path.
    """
    entry = np.empty((least_cost.shape[0], LANES), np.int32)
    for block in range(first_block, climb_ptr.size - 1, step):
        nodes = climb_node[climb_ptr[block] : climb_ptr[block + 1]]
        own = source[block * LANES : (block + 1) * LANES]
        _find_paths(h, w, own, nodes, needed, label, below, above)
        _write_costs(h, w, own, label, least_cost)
        _find_entries(h, w, own, label, entry)
        for a in range(attribute.shape[0]):
            _carry(h, w, own, nodes, needed, below, above, attribute[a], up_sum[a], down_sum[a], value)
            _write_along(h, own, entry, value, attribute[a], along[a])


@kernel
def _find_paths(h, w, source, nodes, needed, label, below, above):
    clear(nodes, label, np.inf)
    clear(needed, label, np.inf)
    clear(nodes, below, 0)
    clear(needed, above, 0)
    begin(h, w, source, label)
    climb(h, w, nodes, label, below)
    descend_paths(h, w, needed, label, above)


@kernel
def _carry(h, w, source, nodes, needed, below, above, attribute, up_sum, down_sum, value):
    """Add an attribute up along the paths found, up to `value` (float64[n, LANES]) at each node."""
    for k in range(source.size):
        s = source[k]
        if s >= h.first_through:
            value[h.rank[s], k] = 0.0
            continue
        for link in range(h.link_ptr[s], h.link_ptr[s + 1]):
            v = h.rank[h.head[link]]
            if v >= 0:
                value[v, k] = attribute[first_link(h, w, s, v)]
    for i in range(nodes.size):
        v = nodes[i]
        for k in range(source.size):
            if below[v, k] > 0:
                arc = below[v, k] - 1
                value[v, k] = value[h.low[arc], k] + up_sum[arc]
    for i in range(needed.size - 1, -1, -1):
        v = needed[i]
        for k in range(source.size):
            if above[v, k] > 0:
                arc = above[v, k] - 1
                value[v, k] = value[h.up[arc], k] + down_sum[arc]


@kernel
def _find_entries(h, w, source, label, entry):
    """Link by which each path enters its zone; `_NO_LINK` where it ends with an arc, `_NO_PATH` where there is none."""
    for to in range(entry.shape[0]):
        for k in range(source.size):
            if to < h.first_through:
                entry[to, k] = last_link(h, w, source, k, to, label)
            else:
                entry[to, k] = _NO_LINK if label[h.rank[to], k] < np.inf else _NO_PATH


@kernel
def _write_along(h, source, entry, value, attribute, along):
    for to in range(along.shape[0]):
        for k in range(source.size):
            link = entry[to, k]
            total = np.inf
            if source[k] == to:
                total = 0.0
            elif link == _NO_LINK:
                total = value[h.rank[to], k]
            elif link != _NO_PATH:
                v = h.rank[h.tail[link]]
                total = attribute[link] + (value[v, k] if v >= 0 else 0.0)
            along[source[k], to] = total


@kernel
def load_part(
    h, w, source, row, climb_ptr, climb_node, needed, part, n_parts, pair_ptr, destination, demand, label, below,
    above, through, up_volume, down_volume, volume, sums,
):  # fmt: skip
    """Load the demand of one part of the blocks on cheapest paths; shortcuts are left packed.

    Block b belongs to part b mod n_parts; each part has volumes of its own, so that sums do not depend on which thread
    does which part.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    source : int32[n_origins]
        Origins in the order in which they are cut into blocks.
    row : int32[n_origins]
        Row of each in `pair_ptr`.
    climb_ptr, climb_node, needed
        As in `skim_costs`; `needed` leads to all destinations.
    part, n_parts : int
    pair_ptr : int64[n_origins + 1]
    destination : int32[n_pairs]
    demand : float64[n_pairs]
        Demand of row k stands from ``pair_ptr[k]`` to ``pair_ptr[k + 1]``.
    label : float64[n, LANES]
    below, above : int32[n, LANES]
        Work space.
    through : float64[n, LANES]
        Work space; 0 everywhere before and after.
    up_volume, down_volume : float64[m]
        Out: volume of each arc.
    volume : float64[n_links]
        Out: volume of links by which centroids are left and entered.
    sums : float64[2]
        Out: demand x cost of the cheapest path, and demand without a path.
    """
    for arc in range(up_volume.size):
        up_volume[arc] = 0.0
        down_volume[arc] = 0.0
    for link in range(volume.size):
        volume[link] = 0.0
    sums[0] = 0.0
    sums[1] = 0.0
    for block in range(part, climb_ptr.size - 1, n_parts):
        nodes = climb_node[climb_ptr[block] : climb_ptr[block + 1]]
        own = source[block * LANES : (block + 1) * LANES]
        own_row = row[block * LANES : (block + 1) * LANES]
        _find_paths(h, w, own, nodes, needed, label, below, above)
        _put_demand(h, w, own, own_row, pair_ptr, destination, demand, label, through, volume, sums)
        _sweep_volume(h, w, own, nodes, needed, below, above, through, up_volume, down_volume, volume)


@kernel
def _put_demand(h, w, source, row, pair_ptr, destination, demand, label, through, volume, sums):
    """Put the demand of a block on the nodes where its paths end, and on the links that lead from there into zones."""
    for k in range(source.size):
        for pair in range(pair_ptr[row[k]], pair_ptr[row[k] + 1]):
            to = destination[pair]
            if to >= h.first_through:
                v = h.rank[to]
                reached = label[v, k]
            else:
                link = last_link(h, w, source, k, to, label)
                if link < 0:
                    sums[1] += demand[pair]
                    continue
                v = h.rank[h.tail[link]]
                reached = w.cost[link] + (label[v, k] if v >= 0 else 0.0)
                volume[link] += demand[pair]
            if reached < np.inf:
                sums[0] += demand[pair] * reached
                if v >= 0:
                    through[v, k] += demand[pair]
            else:
                sums[1] += demand[pair]


@kernel
def _sweep_volume(h, w, source, nodes, needed, below, above, through, up_volume, down_volume, volume):
    """Follow paths back from their ends: up to where their descent began, then down to the source."""
    for i in range(needed.size):
        v = needed[i]
        for k in range(source.size):
            if through[v, k] > 0.0 and above[v, k] > 0:
                arc = above[v, k] - 1
                down_volume[arc] += through[v, k]
                through[h.up[arc], k] += through[v, k]
                through[v, k] = 0.0
    for i in range(nodes.size - 1, -1, -1):
        v = nodes[i]
        for k in range(source.size):
            if through[v, k] > 0.0:
                if below[v, k] > 0:
                    arc = below[v, k] - 1
                    up_volume[arc] += through[v, k]
                    through[h.low[arc], k] += through[v, k]
                elif source[k] < h.first_through:
                    volume[first_link(h, w, source[k], v)] += through[v, k]
                through[v, k] = 0.0


@kernel
def add_parts(h, w, up_volume, down_volume, volume, out):
    """Sum parts of a load in their order and unpack shortcuts; the first row of each array is changed.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    up_volume, down_volume : float64[n_parts, m]
    volume : float64[n_parts, n_links]
        One row per part, see `load_part`.
    out : float64[n_links]
        Takes the volumes.
    """
    for part in range(1, up_volume.shape[0]):
        for arc in range(up_volume.shape[1]):
            up_volume[0, arc] += up_volume[part, arc]
            down_volume[0, arc] += down_volume[part, arc]
    add_blocks(volume, out)
    unpack(h, w, up_volume[0], down_volume[0], out)


@kernel(allocates=True)
def load_trees(origin, pair_ptr, destination, demand, first_through, ptr, tail, head, cost, volume, sums):
    """Load each origin's demand on its shortest tree.

    Parameters
    ----------
    origin : int32[n_origins]
        Root nodes.
    pair_ptr : int64[n_origins + 1]
    destination : int32[n_pairs]
    demand : float64[n_pairs]
        Demand of origin k stands from ``pair_ptr[k]`` to ``pair_ptr[k + 1]``.
    first_through : int
    ptr : int64[n_nodes + 1]
    tail, head : int32[n_links]
    cost : float64[n_links]
    volume : float64[n_links]
        Out.
    sums : float64[2]
        Out: demand x cost of the shortest path, and demand without a path.
    """
    n_nodes = ptr.size - 1
    dist = np.empty(n_nodes, np.float64)
    through = np.zeros(n_nodes, np.float64)
    heap = np.empty(n_nodes, np.int32)
    place = np.empty(n_nodes, np.int32)
    pred = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int32)
    for link in range(volume.size):
        volume[link] = 0.0
    sums[0] = 0.0
    sums[1] = 0.0
    for k in range(origin.size):
        n = shortest_tree(origin[k], first_through, ptr, head, cost, dist, pred, heap, place, order)
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            to = destination[pair]
            if dist[to] < np.inf:
                through[to] += demand[pair]
                sums[0] += demand[pair] * dist[to]
            else:
                sums[1] += demand[pair]
        for i in range(n - 1, 0, -1):
            node = order[i]
            amount = through[node]
            if amount > 0.0:
                through[node] = 0.0
                link = pred[node]
                volume[link] += amount
                through[tail[link]] += amount
        through[origin[k]] = 0.0


@kernel
def add_blocks(volume, out):
    """Sum of the rows of `volume` (float64[n_blocks, n_links]) in their order, into `out` (float64[n_links])."""
    for i in range(out.size):
        out[i] = volume[0, i]
    for block in range(1, volume.shape[0]):
        for i in range(out.size):
            out[i] += volume[block, i]
