"""What bushes say about trips: who passes given links, and how they turn at junctions.

All trips of a bush that come through a node have come into it in the same proportions, whatever their destination. So
the share of each way into a node, its flow over the flow of all ways in, is all that is needed to follow trips back
from their destination: one walk forwards gives probabilities of what lies upstream, one walk backwards loads them.

Bushes are given as in `core.result.Bushes`, without links that carry nothing: the links of bush k are
``link[ptr[k]:ptr[k + 1]]``, in topological order, those into the same node side by side.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel


class RouteUse(NamedTuple):
    """Bushes with the demand that they carry."""

    root: np.ndarray
    """int32[n_bushes]: origin (node) of each bush."""
    class_row: np.ndarray
    """uint8[n_bushes]."""
    ptr: np.ndarray
    """int64[n_bushes + 1]."""
    link: np.ndarray
    """int32[size]."""
    flow: np.ndarray
    share: np.ndarray
    """float64[size]: flow, positive, and its share among the ways into the same node."""
    pair_ptr: np.ndarray
    """int64[n_bushes + 1]: demand of bush k stands from ``pair_ptr[k]`` to ``pair_ptr[k + 1]``."""
    destination: np.ndarray
    """int32[n_pairs]: nodes of the bush."""
    demand: np.ndarray
    """float64[n_pairs]."""


@kernel
def shares(ptr, link, flow, head, share):
    """Share of each way into its node.

    Parameters
    ----------
    ptr : int64[n_bushes + 1]
    link : int32[size]
    flow : float64[size]
        Positive.
    head : int32[n_links]
    share : float64[size]
        Out.
    """
    for k in range(ptr.size - 1):
        e = ptr[k]
        while e < ptr[k + 1]:
            begin = e
            total = 0.0
            while e < ptr[k + 1] and head[link[e]] == head[link[begin]]:
                total += flow[e]
                e += 1
            for i in range(begin, e):
                share[i] = flow[i] / total


@kernel
def means(bushes, tail, head, value, mean, along):
    """Mean of link values, added up along the way, over all ways that the trips of a pair take.

    Trips come into a node in the same proportions whatever their destination, so one walk forwards gives the mean of
    what lies upstream of each node.

    Parameters
    ----------
    bushes : RouteUse
    tail, head : int32[n_links]
    value : float64[n_links, n_values]
        Finite on links of the bushes.
    mean : float64[n_nodes, n_values]
        Work space.
    along : float64[n_pairs, n_values]
        Out.
    """
    ptr, link, share, root, pair_ptr = bushes.ptr, bushes.link, bushes.share, bushes.root, bushes.pair_ptr
    n_values = value.shape[1]
    for k in range(root.size):
        for v in range(n_values):
            mean[root[k], v] = 0.0
        e = ptr[k]
        while e < ptr[k + 1]:
            node = head[link[e]]
            before = tail[link[e]]
            # most nodes have one way in; that its share is 1 does not tell, for that of another may be below rounding
            if e + 1 == ptr[k + 1] or head[link[e + 1]] != node:
                for v in range(n_values):
                    mean[node, v] = mean[before, v] + value[link[e], v]
                e += 1
                continue
            for v in range(n_values):
                mean[node, v] = share[e] * (mean[before, v] + value[link[e], v])
            e += 1
            while e < ptr[k + 1] and head[link[e]] == node:
                before = tail[link[e]]
                for v in range(n_values):
                    mean[node, v] += share[e] * (mean[before, v] + value[link[e], v])
                e += 1
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            for v in range(n_values):
                along[pair, v] = mean[bushes.destination[pair], v]


@kernel
def _n_nodes(tail, head):
    """Number of nodes that links begin or end at."""
    n_nodes = 0
    for row in range(tail.size):
        n_nodes = max(n_nodes, tail[row] + 1, head[row] + 1)
    return n_nodes


@kernel
def _collect(k, bushes, tail, head, mark, before):
    """Walk forwards: probability of the marks that the trips of bush k have collected on the way to each node."""
    n_states = before.shape[1]
    for state in range(n_states):
        before[bushes.root[k], state] = 0.0
    before[bushes.root[k], 0] = 1.0
    for e in range(bushes.ptr[k], bushes.ptr[k + 1]):
        row = bushes.link[e]
        node = head[row]
        if e == bushes.ptr[k] or head[bushes.link[e - 1]] != node:
            for state in range(n_states):
                before[node, state] = 0.0
        for state in range(n_states):
            before[node, state | mark[row]] += bushes.share[e] * before[tail[row], state]


@kernel
def _count_trips(k, bushes, wanted, before, behind, trips):
    """Count the trips of bush k by what they have collected, and put them on their destinations."""
    for pair in range(bushes.pair_ptr[k], bushes.pair_ptr[k + 1]):
        to = bushes.destination[pair]
        behind[to, 0] += bushes.demand[pair]
        for state in range(wanted.size):
            if wanted[state]:
                trips[bushes.class_row[k], bushes.root[k], to] += bushes.demand[pair] * before[to, state]


@kernel
def _load_back(k, bushes, tail, head, mark, wanted, before, behind, volume):
    """Walk back from the destinations, and load the trips that have what is wanted in the end on their links."""
    n_states = wanted.size
    for e in range(bushes.ptr[k + 1] - 1, bushes.ptr[k] - 1, -1):
        row = bushes.link[e]
        node = head[row]
        for state in range(n_states):
            if behind[node, state] > 0.0:
                amount = bushes.share[e] * behind[node, state]
                collected = state | mark[row]
                behind[tail[row], collected] += amount
                for earlier in range(n_states):
                    if wanted[earlier | collected]:
                        volume[bushes.class_row[k], row] += amount * before[tail[row], earlier]
        if e == bushes.ptr[k] or head[bushes.link[e - 1]] != node:
            for state in range(n_states):
                behind[node, state] = 0.0
    for state in range(n_states):
        behind[bushes.root[k], state] = 0.0


@kernel(allocates=True)
def passing(bushes, tail, head, mark, wanted, trips, volume):
    """Trips that pass marked links, by pair of zones, and what they load on all links.

    A trip collects the marks (bits) of the links that it passes; it counts if what it has in the end is wanted.

    Parameters
    ----------
    bushes : RouteUse
    tail, head : int32[n_links]
    mark : int64[n_links]
        Bits.
    wanted : bool[n_states]
        By the marks collected; ``n_states`` is two to the power of the number of bits.
    trips : float64[n_classes, n_zones, n_zones]
        In and out: trips that count are added.
    volume : float64[n_classes, n_links]
        In and out: likewise.
    """
    n_nodes = _n_nodes(tail, head)
    before = np.zeros((n_nodes, wanted.size), np.float64)  # probability of the marks collected on the way to a node
    behind = np.zeros((n_nodes, wanted.size), np.float64)  # trips through a node, by the marks they collect behind it
    for k in range(bushes.root.size):
        _collect(k, bushes, tail, head, mark, before)
        _count_trips(k, bushes, wanted, before, behind, trips)
        _load_back(k, bushes, tail, head, mark, wanted, before, behind, volume)


@kernel(allocates=True)
def movements(bushes, tail, head, within, to_ptr, to_link, volume):
    """Volume of each movement from one road link to the next, links within junctions left out in between.

    Parameters
    ----------
    bushes : RouteUse
    tail, head : int32[n_links]
    within : bool[n_links]
        Links within a junction.
    to_ptr : int64[n_links + 1]
    to_link : int32[n_movements]
        Links that may follow link a: rows ``to_ptr[a]`` to ``to_ptr[a + 1]``.
    volume : float64[n_classes, n_movements]
        In and out: volumes are added.
    """
    ptr, link, share, root = bushes.ptr, bushes.link, bushes.share, bushes.root
    n_nodes = _n_nodes(tail, head)
    n_within = 0
    for row in range(tail.size):
        n_within += within[row]
    begin = np.zeros(n_nodes, np.int64)
    end = np.zeros(n_nodes, np.int64)
    node_at = np.empty(n_within + 1, np.int32)
    amount_at = np.empty(n_within + 1, np.float64)
    for k in range(root.size):
        begin[root[k]] = 0
        end[root[k]] = 0  # trips begin here: nobody turns
        for e in range(ptr[k], ptr[k + 1]):
            node = head[link[e]]
            if e == ptr[k] or head[link[e - 1]] != node:
                begin[node] = e
            end[node] = e + 1
        for e in range(ptr[k], ptr[k + 1]):
            onto = link[e]
            if within[onto]:
                continue
            node_at[0] = tail[onto]
            amount_at[0] = bushes.flow[e]
            depth = 1
            while depth > 0:
                depth -= 1
                node = node_at[depth]
                amount = amount_at[depth]
                for i in range(begin[node], end[node]):
                    row = link[i]
                    if within[row]:
                        node_at[depth] = tail[row]
                        amount_at[depth] = amount * share[i]
                        depth += 1
                        continue
                    for place in range(to_ptr[row], to_ptr[row + 1]):
                        if to_link[place] == onto:
                            volume[bushes.class_row[k], place] += amount * share[i]
                            break
