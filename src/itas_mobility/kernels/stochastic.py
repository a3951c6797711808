"""Logit route choice over efficient links: route sets, loads, and how loads follow a change of costs.

Sources: Dial (1971), "A probabilistic multipath traffic assignment model which obviates path enumeration",
Transportation Research 5; Akamatsu (1997), "Decomposition of path choice entropy in general transport networks",
Transportation Science 31. Weights of nodes are kept as logarithms, so that any theta x cost is harmless.

What the arrays mean
--------------------
- ``level`` (int32[n_origins, n_nodes]): rank of a node by (least cost from the origin, links on the cheapest path that
  has fewest); -1 for nodes that do not lead to a destination. A link is *efficient* if its head has a higher level than
  its tail. So costs at a tie, or links without length, never cut a node off: the path of fewest links among the
  cheapest ones always rises.
- ``start`` (int64[n_origins + 1]), ``link`` (int32): efficient links of each origin, those into the same node side by
  side, nodes by rising level.
- ``share`` (float64, as long as ``link``): share of the trips through a link's head that come over this link.

Origin *k* belongs to block k mod n_blocks; loads are added up per block, so that they do not depend on the threads.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.shortest_path import shortest_tree


class OriginPairs(NamedTuple):
    """Demand by origin."""

    origin: np.ndarray
    """int32[n_origins]: nodes."""
    ptr: np.ndarray
    """int64[n_origins + 1]: demand of origin *k* stands from ``ptr[k]`` to ``ptr[k + 1]``."""
    destination: np.ndarray
    """int32[n_pairs]."""
    demand: np.ndarray
    """float64[n_pairs]."""


@kernel(parallel=True)
def find_levels(network, pairs, cost, n_blocks, level, order, n_useful, n_efficient):
    """Rank the nodes of each origin.

    Parameters
    ----------
    network, pairs : Stars, OriginPairs
    cost : float64[n_links]
        Costs that decide which links are efficient.
    n_blocks : int
    level : int32[n_origins, n_nodes]
        Out.
    order : int32[n_origins, n_nodes]
        Out: nodes that lead to a destination, by rising level.
    n_useful, n_efficient : int64[n_origins]
        Out: how many nodes stand in `order`, and how many efficient links lead to them.
    """
    first_through, ptr, tail, head, into_ptr, into = network
    origin, pair_ptr, destination = pairs.origin, pairs.ptr, pairs.destination
    n_nodes = ptr.size - 1
    for block in prange(n_blocks):
        dist = np.empty(n_nodes, np.float64)
        pred = np.empty(n_nodes, np.int32)
        heap = np.empty(n_nodes, np.int32)
        place = np.empty(n_nodes, np.int32)
        hops = np.empty(n_nodes, np.int32)
        leads = np.empty(n_nodes, np.uint8)
        for k in range(block, origin.size, n_blocks):
            root = origin[k]
            nodes = order[k]
            rank = level[k]
            n = shortest_tree(root, first_through, ptr, head, cost, dist, pred, heap, place, nodes)
            _count_hops(root, network, cost, dist, nodes, n, hops)
            _sort_ties(dist, hops, nodes, n)
            for node in range(n_nodes):
                rank[node] = -1
                leads[node] = 0
            for i in range(n):
                node = nodes[i]
                before = nodes[max(i - 1, 0)]
                farther = dist[node] > dist[before] or hops[node] > hops[before]
                rank[node] = rank[before] + 1 if farther or i == 0 else rank[before]
            for pair in range(pair_ptr[k], pair_ptr[k + 1]):
                if rank[destination[pair]] >= 0:
                    leads[destination[pair]] = 1
            count = 0
            useful = n
            for i in range(n - 1, -1, -1):
                node = nodes[i]
                if leads[node] == 0:
                    rank[node] = -1
                    continue
                for at in range(into_ptr[node], into_ptr[node + 1]):
                    if _is_efficient(into[at], root, first_through, tail, head, rank):
                        leads[tail[into[at]]] = 1
                        count += 1
                useful -= 1
                nodes[useful] = node
            for i in range(useful, n):
                nodes[i - useful] = nodes[i]
            n_useful[k] = n - useful
            n_efficient[k] = count


@kernel
def _is_efficient(link, root, first_through, tail, head, rank):
    """Whether a link leads farther from the origin and its tail may be passed."""
    at = tail[link]
    return 0 <= rank[at] < rank[head[link]] and (at >= first_through or at == root)


@kernel
def _count_hops(root, network, cost, dist, order, n, hops):
    """Fewest links of a cheapest path to each node; swept until nothing falls, twice unless links cost nothing."""
    first_through, ptr, head = network.first_through, network.ptr, network.head
    for i in range(n):
        hops[order[i]] = n
    hops[root] = 0
    falls = True
    while falls:
        falls = False
        for i in range(n):
            node = order[i]
            if node < first_through and node != root:
                continue
            for link in range(ptr[node], ptr[node + 1]):
                to = head[link]
                if hops[node] + 1 < hops[to] and dist[node] + cost[link] == dist[to]:
                    hops[to] = hops[node] + 1
                    falls = True


@kernel
def _sort_ties(dist, hops, order, n):
    """Sort nodes of equal cost by their links; `order` is sorted by cost."""
    for i in range(1, n):
        node = order[i]
        hole = i
        while hole > 0 and dist[order[hole - 1]] == dist[node] and hops[order[hole - 1]] > hops[node]:
            order[hole] = order[hole - 1]
            hole -= 1
        order[hole] = node


@kernel(parallel=True)
def list_links(network, origin, level, order, n_useful, start, n_blocks, link):
    """List the efficient links of each origin, into `link`; the other arrays are those of `find_levels`."""
    first_through, tail, head = network.first_through, network.tail, network.head
    into_ptr, into = network.into_ptr, network.into_link
    for block in prange(n_blocks):
        for k in range(block, origin.size, n_blocks):
            place = start[k]
            for i in range(n_useful[k]):
                node = order[k, i]
                for at in range(into_ptr[node], into_ptr[node + 1]):
                    if _is_efficient(into[at], origin[k], first_through, tail, head, level[k]):
                        link[place] = into[at]
                        place += 1


@kernel(parallel=True)
def load(network, pairs, start, link, theta, cost, share, volume, satisfaction):
    """Load all demand by logit route choice at given costs.

    Parameters
    ----------
    network, pairs : Stars, OriginPairs
        Demand without a path must be 0.
    start : int64[n_origins + 1]
    link : int32[n_listed]
    theta : float
        Per unit of cost.
    cost : float64[n_links]
    share : float64[n_listed]
        Out.
    volume : float64[n_blocks, n_links]
        Out: load of each block.
    satisfaction : float64[n_blocks]
        Out: demand x logarithm of the sum over routes of exp(-theta x cost), summed.
    """
    tail, head = network.tail, network.head
    origin, pair_ptr, destination, demand = pairs
    n_nodes = network.ptr.size - 1
    n_blocks = volume.shape[0]
    for block in prange(n_blocks):
        weight = np.empty(n_nodes, np.float64)  # logarithm of the sum over routes to the node
        through = np.empty(n_nodes, np.float64)
        own = volume[block]
        for i in range(own.size):
            own[i] = 0.0
        total = 0.0
        for k in range(block, origin.size, n_blocks):
            weight[origin[k]] = 0.0
            through[origin[k]] = 0.0
            end = start[k + 1]
            first = start[k]
            while first < end:
                node = head[link[first]]
                best = -np.inf
                after = first
                while after < end and head[link[after]] == node:
                    share[after] = weight[tail[link[after]]] - theta * cost[link[after]]
                    best = max(best, share[after])
                    after += 1
                through[node] = 0.0
                weight[node] = best
                if after == first + 1:
                    share[first] = 1.0
                else:
                    among = 0.0
                    for i in range(first, after):
                        share[i] = np.exp(share[i] - best)
                        among += share[i]
                    for i in range(first, after):
                        share[i] /= among
                    weight[node] += np.log(among)
                first = after
            for pair in range(pair_ptr[k], pair_ptr[k + 1]):
                if demand[pair] > 0.0:
                    through[destination[pair]] += demand[pair]
                    total += demand[pair] * weight[destination[pair]]
            for i in range(end - 1, start[k] - 1, -1):
                flow = share[i] * through[head[link[i]]]
                own[link[i]] += flow
                through[tail[link[i]]] += flow
        satisfaction[block] = total


@kernel(parallel=True)
def load_change(network, pairs, start, link, theta, share, cost_change, volume):
    """Derivative of the loads along a change of costs, at the costs of the last `load`.

    Its matrix is symmetric and has no positive eigenvalue: loads are the gradient of a concave function of the costs.

    Parameters
    ----------
    network, pairs, start, link, theta, share
        As in `load`; `share` is read.
    cost_change : float64[n_links]
    volume : float64[n_blocks, n_links]
        Out: change of each block's load.
    """
    tail, head = network.tail, network.head
    origin, pair_ptr, destination, demand = pairs
    n_nodes = network.ptr.size - 1
    n_blocks = volume.shape[0]
    for block in prange(n_blocks):
        gain = np.empty(n_nodes, np.float64)  # derivative of the weights of `load`
        through = np.empty(n_nodes, np.float64)
        through_change = np.empty(n_nodes, np.float64)
        own = volume[block]
        for i in range(own.size):
            own[i] = 0.0
        for k in range(block, origin.size, n_blocks):
            gain[origin[k]] = 0.0
            through[origin[k]] = 0.0
            through_change[origin[k]] = 0.0
            end = start[k + 1]
            i = start[k]
            while i < end:
                node = head[link[i]]
                mean = 0.0
                while i < end and head[link[i]] == node:
                    mean += share[i] * (gain[tail[link[i]]] - theta * cost_change[link[i]])
                    i += 1
                gain[node] = mean
                through[node] = 0.0
                through_change[node] = 0.0
            for pair in range(pair_ptr[k], pair_ptr[k + 1]):
                if demand[pair] > 0.0:
                    through[destination[pair]] += demand[pair]
            for i in range(end - 1, start[k] - 1, -1):
                at = tail[link[i]]
                to = head[link[i]]
                flow = share[i] * through[to]
                drawn = gain[at] - theta * cost_change[link[i]] - gain[to]
                change = share[i] * through_change[to] + flow * drawn
                own[link[i]] += change
                through[at] += flow
                through_change[at] += change
