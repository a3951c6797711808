"""All-or-nothing loads and skims over many origins: in a fixed number of parts, added in fixed order."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.hierarchy import (
    LANES,
    Hierarchy,
    Weights,
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
PAID, LOST = range(2)
"""Sums of a load: demand x cost of the cheapest path, and demand without a path."""


class Sweeps(NamedTuple):
    """What sweeps from some sources to some targets pass over, in blocks of `LANES` sources."""

    source: np.ndarray
    """int32[n_sources]: nodes of the network, those that begin near each other side by side."""
    climb_ptr: np.ndarray
    climb_node: np.ndarray
    """int64[n_blocks + 1], int32: nodes that each block climbs over, rising; see `climbs`."""
    needed: np.ndarray
    """int32: nodes that lead to a target, and all above them, rising."""


class PathSpace(NamedTuple):
    """Labels of a block, and the arcs by which they came."""

    label: np.ndarray
    """float64[n, LANES]."""
    below: np.ndarray
    above: np.ndarray
    """int32[n, LANES]: see `hierarchy.climb` and `hierarchy.descend_paths`."""


class Attributes(NamedTuple):
    """What is added up along paths."""

    of_link: np.ndarray
    """float64[n_attributes, n_links]."""
    up_sum: np.ndarray
    down_sum: np.ndarray
    """float64[n_attributes, m]: see `hierarchy.add_along`."""


class Demand(NamedTuple):
    """Demand by origin: that of row k stands from ``pair_ptr[k]`` to ``pair_ptr[k + 1]``."""

    pair_ptr: np.ndarray
    """int64[n_origins + 1]."""
    destination: np.ndarray
    """int32[n_pairs]: nodes of the network."""
    amount: np.ndarray
    """float64[n_pairs]."""


class PartVolumes(NamedTuple):
    """What one part of the sources loads (or all parts, with one row each)."""

    up: np.ndarray
    down: np.ndarray
    """float64[m]: volume of each arc by direction; shortcuts are left packed."""
    of_link: np.ndarray
    """float64[n_links]: volume of links by which centroids are left and entered."""


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
def skim_costs(h, w, over, first_block, step, label, below, least_cost):
    """Cost of the cheapest path from the zones of some blocks to all zones.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    over : Sweeps
        From all zones to all zones.
    first_block, step : int
        Blocks `first_block`, `first_block` + `step`, ... are done, so that threads can share the work.
    label : float64[n, LANES]
    below : int32[n, LANES]
        Work space.
    least_cost : float64[n_zones, n_zones]
        Out; inf where there is no path.
    """
    h, w, over = Hierarchy(*h), Weights(*w), Sweeps(*over)
    needed = over.needed
    for block in range(first_block, over.climb_ptr.size - 1, step):
        nodes = over.climb_node[over.climb_ptr[block] : over.climb_ptr[block + 1]]
        own = over.source[block * LANES : (block + 1) * LANES]
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
def skim_along(h, w, over, first_block, step, attributes, space, value, least_cost, along):
    """As `skim_costs`, and attributes added up along the same paths.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    over, first_block, step
        As in `skim_costs`.
    attributes : Attributes
    space : PathSpace
    value : float64[n, LANES]
        Work space.
    least_cost : float64[n_zones, n_zones]
        Out; inf where there is no path.
    along : float64[n_attributes, n_zones, n_zones]
        Out; inf where there is no path.
    """
    h, w, over = Hierarchy(*h), Weights(*w), Sweeps(*over)
    attributes, space = Attributes(*attributes), PathSpace(*space)
    entry = np.empty((least_cost.shape[0], LANES), np.int32)
    needed = over.needed
    for block in range(first_block, over.climb_ptr.size - 1, step):
        nodes = over.climb_node[over.climb_ptr[block] : over.climb_ptr[block + 1]]
        own = over.source[block * LANES : (block + 1) * LANES]
        _find_paths(h, w, own, nodes, needed, space)
        _write_costs(h, w, own, space.label, least_cost)
        _find_entries(h, w, own, space.label, entry)
        for a in range(attributes.of_link.shape[0]):
            _carry(h, w, own, nodes, needed, space, attributes, a, value)
            _write_along(h, own, entry, value, attributes.of_link[a], along[a])


@kernel
def _find_paths(h, w, source, nodes, needed, space):
    clear(nodes, space.label, np.inf)
    clear(needed, space.label, np.inf)
    clear(nodes, space.below, 0)
    clear(needed, space.above, 0)
    begin(h, w, source, space.label)
    climb(h, w, nodes, space.label, space.below)
    descend_paths(h, w, needed, space.label, space.above)


@kernel
def _carry(h, w, source, nodes, needed, space, attributes, a, value):
    """Add attribute `a` up along the paths found, up to `value` (float64[n, LANES]) at each node."""
    below, above = space.below, space.above
    attribute, up_sum, down_sum = attributes.of_link[a], attributes.up_sum[a], attributes.down_sum[a]
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
def load_part(h, w, over, row, part, n_parts, demand, space, through, volumes, sums):
    """Load the demand of one part of the blocks on cheapest paths; shortcuts are left packed.

    Block b belongs to part b mod n_parts; each part has volumes of its own, so that sums do not depend on which thread
    does which part.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    over : Sweeps
        From the origins to all destinations.
    row : int32[n_origins]
        Row of each of its sources in `demand`.
    part, n_parts : int
    demand : Demand
    space : PathSpace
    through : float64[n, LANES]
        Work space; 0 everywhere before and after.
    volumes : PartVolumes
        Out.
    sums : float64[2]
        Out: see `PAID`.
    """
    h, w, over = Hierarchy(*h), Weights(*w), Sweeps(*over)
    demand, space, volumes = Demand(*demand), PathSpace(*space), PartVolumes(*volumes)
    for arc in range(volumes.up.size):
        volumes.up[arc] = 0.0
        volumes.down[arc] = 0.0
    for link in range(volumes.of_link.size):
        volumes.of_link[link] = 0.0
    sums[PAID] = 0.0
    sums[LOST] = 0.0
    for block in range(part, over.climb_ptr.size - 1, n_parts):
        nodes = over.climb_node[over.climb_ptr[block] : over.climb_ptr[block + 1]]
        own = over.source[block * LANES : (block + 1) * LANES]
        own_row = row[block * LANES : (block + 1) * LANES]
        _find_paths(h, w, own, nodes, over.needed, space)
        _put_demand(h, w, own, own_row, demand, space.label, through, volumes.of_link, sums)
        _sweep_volume(h, w, own, nodes, over.needed, space, through, volumes)


@kernel
def _put_demand(h, w, source, row, demand, label, through, volume, sums):
    """Put the demand of a block on the nodes where its paths end, and on the links that lead from there into zones."""
    for k in range(source.size):
        for pair in range(demand.pair_ptr[row[k]], demand.pair_ptr[row[k] + 1]):
            to = demand.destination[pair]
            amount = demand.amount[pair]
            if to >= h.first_through:
                v = h.rank[to]
                reached = label[v, k]
            else:
                link = last_link(h, w, source, k, to, label)
                if link < 0:
                    sums[LOST] += amount
                    continue
                v = h.rank[h.tail[link]]
                reached = w.cost[link] + (label[v, k] if v >= 0 else 0.0)
                volume[link] += amount
            if reached < np.inf:
                sums[PAID] += amount * reached
                if v >= 0:
                    through[v, k] += amount
            else:
                sums[LOST] += amount


@kernel
def _sweep_volume(h, w, source, nodes, needed, space, through, volumes):
    """Follow paths back from their ends: up to where their descent began, then down to the source."""
    below, above = space.below, space.above
    for i in range(needed.size):
        v = needed[i]
        for k in range(source.size):
            if through[v, k] > 0.0 and above[v, k] > 0:
                arc = above[v, k] - 1
                volumes.down[arc] += through[v, k]
                through[h.up[arc], k] += through[v, k]
                through[v, k] = 0.0
    for i in range(nodes.size - 1, -1, -1):
        v = nodes[i]
        for k in range(source.size):
            if through[v, k] > 0.0:
                if below[v, k] > 0:
                    arc = below[v, k] - 1
                    volumes.up[arc] += through[v, k]
                    through[h.low[arc], k] += through[v, k]
                elif source[k] < h.first_through:
                    volumes.of_link[first_link(h, w, source[k], v)] += through[v, k]
                through[v, k] = 0.0


@kernel
def add_parts(h, w, volumes, out):
    """Sum parts of a load in their order and unpack shortcuts; the first row of each array is changed.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    volumes : PartVolumes
        One row per part.
    out : float64[n_links]
        Takes the volumes.
    """
    h, w, volumes = Hierarchy(*h), Weights(*w), PartVolumes(*volumes)
    up, down = volumes.up, volumes.down
    for part in range(1, up.shape[0]):
        for arc in range(up.shape[1]):
            up[0, arc] += up[part, arc]
            down[0, arc] += down[part, arc]
    add_blocks(volumes.of_link, out)
    unpack(h, w, up[0], down[0], out)


@kernel(allocates=True)
def load_trees(origin, demand, first_through, ptr, tail, head, cost, volume, sums):
    """Load each origin's demand on its shortest tree.

    Parameters
    ----------
    origin : int32[n_origins]
        Root nodes.
    demand : Demand
    first_through : int
    ptr : int64[n_nodes + 1]
    tail, head : int32[n_links]
    cost : float64[n_links]
    volume : float64[n_links]
        Out.
    sums : float64[2]
        Out: see `PAID`.
    """
    demand = Demand(*demand)
    n_nodes = ptr.size - 1
    dist = np.empty(n_nodes, np.float64)
    through = np.zeros(n_nodes, np.float64)
    heap = np.empty(n_nodes, np.int32)
    place = np.empty(n_nodes, np.int32)
    pred = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int32)
    for link in range(volume.size):
        volume[link] = 0.0
    sums[PAID] = 0.0
    sums[LOST] = 0.0
    for k in range(origin.size):
        n = shortest_tree(origin[k], first_through, ptr, head, cost, dist, pred, heap, place, order)
        for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
            to = demand.destination[pair]
            if dist[to] < np.inf:
                through[to] += demand.amount[pair]
                sums[PAID] += demand.amount[pair] * dist[to]
            else:
                sums[LOST] += demand.amount[pair]
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
