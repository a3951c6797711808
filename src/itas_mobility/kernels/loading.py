"""All-or-nothing loads and skims over many origins: trees in a fixed number of blocks, added in fixed order."""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.shortest_path import repair_tree, shortest_tree


@kernel(parallel=True)
def load_trees(
    origin, pair_ptr, destination, demand, first_through, ptr, tail, head, cost, keep, pred, order, settled, volume,
    sums,
):  # fmt: skip
    """Load each origin's demand on its shortest tree.

    Origin k belongs to block k mod n_blocks. The load of a link is added up per block, so that it does not depend on
    which thread does which block.

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
    keep : bool
        Whether `pred` and `order` hold a row per origin; trees of the last call are then repaired instead of grown.
    pred, order : int32[n_origins, n_nodes], or [0, n_nodes] without `keep`
        Trees, kept from call to call.
    settled : int32[n_origins]
        Nodes of each kept tree; 0 where there is none yet.
    volume : float64[n_blocks, n_links]
        Out: load of each block.
    sums : float64[n_blocks, 2]
        Out: demand x cost of the shortest path, and demand without a path.
    """
    n_nodes = ptr.size - 1
    n_blocks = volume.shape[0]
    for block in prange(n_blocks):
        dist = np.empty(n_nodes, np.float64)
        through = np.zeros(n_nodes, np.float64)
        heap = np.empty(n_nodes, np.int32)
        place = np.empty(n_nodes, np.int32)
        own = 0 if keep else n_nodes
        own_pred = np.empty(own, np.int32)
        own_order = np.empty(own, np.int32)
        load = volume[block]
        load[:] = 0.0
        total = 0.0
        lost = 0.0
        for k in range(block, origin.size, n_blocks):
            tree = pred[k] if keep else own_pred
            nodes = order[k] if keep else own_order
            if keep and settled[k] > 0:
                n = settled[k]
                repair_tree(origin[k], first_through, ptr, tail, head, cost, dist, tree, heap, place, nodes, n)
            else:
                n = shortest_tree(origin[k], first_through, ptr, head, cost, dist, tree, heap, place, nodes)
                settled[k] = n
            for pair in range(pair_ptr[k], pair_ptr[k + 1]):
                to = destination[pair]
                if dist[to] < np.inf:
                    through[to] += demand[pair]
                    total += demand[pair] * dist[to]
                else:
                    lost += demand[pair]
            for i in range(n - 1, 0, -1):
                node = nodes[i]
                amount = through[node]
                if amount > 0.0:
                    through[node] = 0.0
                    link = tree[node]
                    load[link] += amount
                    through[tail[link]] += amount
            through[origin[k]] = 0.0
        sums[block, 0] = total
        sums[block, 1] = lost


@kernel
def add_blocks(volume, out):
    """Sum of the rows of `volume` (float64[n_blocks, n_links]) in their order, into `out` (float64[n_links])."""
    for i in range(out.size):
        out[i] = volume[0, i]
    for block in range(1, volume.shape[0]):
        for i in range(out.size):
            out[i] += volume[block, i]


@kernel(parallel=True)
def skim_trees(first_through, ptr, tail, head, cost, attribute, n_blocks, least_cost, along):
    """Cost of the shortest path between all zones, and attributes added up along the same paths.

    Parameters
    ----------
    first_through : int
    ptr : int64[n_nodes + 1]
    tail, head : int32[n_links]
    cost : float64[n_links]
    attribute : float64[n_attributes, n_links]
    n_blocks : int
        Zones are cut into this many blocks.
    least_cost : float64[n_zones, n_zones]
        Out; inf where there is no path.
    along : float64[n_attributes, n_zones, n_zones]
        Out; inf where there is no path.
    """
    n_nodes = ptr.size - 1
    n_zones = least_cost.shape[0]
    for block in prange(n_blocks):
        dist = np.empty(n_nodes, np.float64)
        sum_along = np.empty(n_nodes, np.float64)
        pred = np.empty(n_nodes, np.int32)
        heap = np.empty(n_nodes, np.int32)
        place = np.empty(n_nodes, np.int32)
        order = np.empty(n_nodes, np.int32)
        for zone in range(block, n_zones, n_blocks):
            n = shortest_tree(zone, first_through, ptr, head, cost, dist, pred, heap, place, order)
            for to in range(n_zones):
                least_cost[zone, to] = dist[to]
            for a in range(attribute.shape[0]):
                sum_along[zone] = 0.0
                for i in range(1, n):
                    node = order[i]
                    link = pred[node]
                    sum_along[node] = sum_along[tail[link]] + attribute[a, link]
                for to in range(n_zones):
                    along[a, zone, to] = sum_along[to] if dist[to] < np.inf else np.inf
