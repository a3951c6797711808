"""Optimal strategies on a transit graph (Spiess & Florian 1989, Transportation Research B 23(2)): search, skim, load.

Links that start at once have a wait of 0. A link that must be waited for has a mean wait w when it is the only one
taken; with several such links at a node the traveller boards the first that comes, so that the rates 1 / w add up: the
mean wait is 1 / sum(1 / w), and each link is taken with probability (1 / w) / sum(1 / w). Links lie sorted by head
(backward star).
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel


class StrategyGraph(NamedTuple):
    """Backward star of a transit graph."""

    first_through: int
    """Nodes below this (zones) may begin and end a journey, but are not passed through."""
    in_ptr: np.ndarray
    """int64[n_nodes + 1]: the links into node i are rows ``in_ptr[i]:in_ptr[i + 1]``."""
    tail: np.ndarray
    head: np.ndarray
    """int32[n_links]; `head` is the backward star spelt out."""
    cost: np.ndarray
    wait: np.ndarray
    """float64[n_links]: cost of the link, and mean wait if it were the only choice (0: starts at once); not
    negative."""


class Strategy(NamedTuple):
    """Strategy to one destination, and the work space in which it is found."""

    key: np.ndarray
    """float64[n_nodes + n_links]: the first n_nodes hold the expected cost to the destination, inf where there is no
    way."""
    wait_label: np.ndarray
    rate: np.ndarray
    """float64[n_nodes]: expected cost of waiting here, and sum of 1 / wait over the attractive set."""
    via: np.ndarray
    """int32[n_nodes]: link taken at once, or -1 where the strategy waits (and at the destination, and where there is no
    way)."""
    first_option: np.ndarray
    next_option: np.ndarray
    """int32[n_nodes], int32[n_links]: chain of the attractive set of each node, ended by -1."""
    heap: np.ndarray
    place: np.ndarray
    """int32[n_nodes + n_links]: work space."""
    order: np.ndarray
    """int32[n_nodes]: settled nodes by rising cost."""


@kernel(internal=True, allocates=True)
def _new_strategy(n_nodes, n_links):
    """Arrays that `find_strategy` fills."""
    return Strategy(
        key=np.empty(n_nodes + n_links),
        wait_label=np.empty(n_nodes),
        rate=np.empty(n_nodes),
        via=np.empty(n_nodes, np.int32),
        first_option=np.empty(n_nodes, np.int32),
        next_option=np.empty(n_links, np.int32),
        heap=np.empty(n_nodes + n_links, np.int32),
        place=np.empty(n_nodes + n_links, np.int32),
        order=np.empty(n_nodes, np.int32),
    )


@kernel
def _raise_up(item, hole, heap, place, key):
    """Move `item` from position `hole` of the 4-ary heap towards the root."""
    value = key[item]
    while hole > 0:
        parent = (hole - 1) >> 2
        if key[heap[parent]] <= value:
            break
        heap[hole] = heap[parent]
        place[heap[hole]] = hole
        hole = parent
    heap[hole] = item
    place[item] = hole


@kernel
def _take_first(size, heap, place, key):
    """Take the first of `size` items out of the heap and mark it as settled."""
    first = heap[0]
    place[first] = -2
    size -= 1
    if size > 0:
        moved = heap[size]
        value = key[moved]
        hole = 0
        while True:
            child = 4 * hole + 1
            if child >= size:
                break
            best = child
            for other in range(child + 1, min(child + 4, size)):
                if key[heap[other]] < key[heap[best]]:
                    best = other
            if key[heap[best]] >= value:
                break
            heap[hole] = heap[best]
            place[heap[hole]] = hole
            hole = best
        heap[hole] = moved
        place[moved] = hole
    return first


@kernel(internal=True)
def find_strategy(destination, graph, strategy):
    """Find the strategy of least expected cost from every node to one destination.

    Label-setting in the order of Spiess & Florian: a link that must be waited for is looked at when its own cost
    (cost of the link plus label of its head) is the smallest one left, and joins the attractive set if that is less
    than the label of its tail. Nodes and waiting links share one heap.

    Parameters
    ----------
    destination : int
        Node to which all travel.
    graph : StrategyGraph
        Where they travel.
    strategy : Strategy
        Filled.

    Returns
    -------
    int
        Number of settled nodes.
    """
    first_through, in_ptr, tail, _, cost, wait = graph
    key, wait_label, rate, via, first_option, next_option, heap, place, order = strategy
    n_nodes = in_ptr.size - 1
    for item in range(place.size):
        key[item] = np.inf
        place[item] = -1
    for node in range(n_nodes):
        wait_label[node] = np.inf
        rate[node] = 0.0
        via[node] = -1
        first_option[node] = -1
    key[destination] = 0.0
    heap[0] = destination
    place[destination] = 0
    size = 1
    settled = 0
    while size > 0:
        item = _take_first(size, heap, place, key)
        size -= 1
        if item < n_nodes:
            order[settled] = item
            settled += 1
            if wait_label[item] <= key[item]:
                via[item] = -1
            if item < first_through and item != destination:
                continue
            for link in range(in_ptr[item], in_ptr[item + 1]):
                node = tail[link]
                through = key[item] + cost[link]
                if through >= key[node]:
                    continue
                if wait[link] > 0.0:
                    entry = n_nodes + link
                    key[entry] = through
                    _raise_up(entry, size, heap, place, key)
                    size += 1
                else:
                    key[node] = through
                    via[node] = link
                    if place[node] == -1:
                        _raise_up(node, size, heap, place, key)
                        size += 1
                    else:
                        _raise_up(node, place[node], heap, place, key)
        else:
            link = item - n_nodes
            node = tail[link]
            through = key[item]
            if through >= key[node]:
                continue
            share = 1.0 / wait[link]
            if rate[node] == 0.0:
                wait_label[node] = wait[link] + through
            else:
                wait_label[node] = (rate[node] * wait_label[node] + share * through) / (rate[node] + share)
            rate[node] += share
            next_option[link] = first_option[node]
            first_option[node] = link
            if wait_label[node] < key[node]:
                key[node] = wait_label[node]
                if place[node] == -1:
                    _raise_up(node, size, heap, place, key)
                    size += 1
                else:
                    _raise_up(node, place[node], heap, place, key)
    return settled


@kernel(allocates=True)
def node_costs(destination, graph):
    """Expected cost of the best strategy from every node to one destination, float64[n_nodes] (see `find_strategy`)."""
    n_nodes = graph.in_ptr.size - 1
    strategy = _new_strategy(n_nodes, graph.tail.size)
    find_strategy(destination, graph, strategy)
    return strategy.key[:n_nodes].copy()


@kernel(allocates=True)
def _skim_some(low, high, destinations, graph, per_wait, attribute, total, sums):
    """Fill the columns `low` to `high` - 1 of the results of `skim_strategies`."""
    head, wait = graph.head, graph.wait
    n_nodes = graph.in_ptr.size - 1
    n_attr = attribute.shape[1]
    n_waits = per_wait.shape[1]
    n_origins = total.shape[0]
    strategy = _new_strategy(n_nodes, head.size)
    key, rate, via = strategy.key, strategy.rate, strategy.via
    expected = np.empty((n_nodes, n_attr))
    for row in range(low, high):
        destination = destinations[row]
        settled = find_strategy(destination, graph, strategy)
        for position in range(settled):
            node = strategy.order[position]
            link = via[node]
            if link >= 0:
                for a in range(n_attr):
                    expected[node, a] = expected[head[link], a] + attribute[link, a]
            else:
                for a in range(n_attr):
                    expected[node, a] = 0.0
                if node != destination:
                    for a in range(n_waits):
                        expected[node, a] = per_wait[node, a] / rate[node]
                    link = strategy.first_option[node]
                    while link >= 0:
                        share = 1.0 / (wait[link] * rate[node])
                        for a in range(n_attr):
                            expected[node, a] += share * (expected[head[link], a] + attribute[link, a])
                        link = strategy.next_option[link]
            if node < n_origins:
                total[node, row] = key[node]
                for a in range(n_attr):
                    sums[a, node, row] = expected[node, a]


@kernel(parallel=True)
def skim_strategies(destinations, graph, per_wait, attribute, n_origins, n_blocks):
    """Expected cost and sums of attributes of the best strategies between nodes.

    Parameters
    ----------
    destinations : int32[n_destinations]
    graph : StrategyGraph
        Where people travel.
    per_wait : float64[n_nodes, n_waits]
        What a unit of `wait` at the node adds to each of the first attributes, so that waits of several kinds are told
        apart.
    attribute : float64[n_links, n_attributes]
        What is summed along the strategy, the kinds of waits first, e.g. walking time, running time, boardings.
    n_origins : int
        Nodes 0 to n_origins - 1 are origins.
    n_blocks : int
        Fixed number of blocks of destinations worked in parallel.

    Returns
    -------
    total : float64[n_origins, n_destinations]
        Expected cost, inf where there is no way.
    sums : float64[n_attributes, n_origins, n_destinations]
        Expected sums of the attributes of links and of the waits at nodes; inf where there is no way.
    """
    n_dest = destinations.size
    n_attr = attribute.shape[1]
    total = np.full((n_origins, n_dest), np.inf)
    sums = np.full((n_attr, n_origins, n_dest), np.inf)
    for block in prange(n_blocks):
        low = block * n_dest // n_blocks
        high = (block + 1) * n_dest // n_blocks
        if low < high:
            _skim_some(low, high, destinations, graph, per_wait, attribute, total, sums)
    return total, sums


@kernel(allocates=True)
def _load_some(low, high, destinations, trips, graph, volume):
    """Add the trips to the destinations `low` to `high` - 1 to `volume`; return the lost ones and the sum of waits."""
    head, wait = graph.head, graph.wait
    n_nodes = graph.in_ptr.size - 1
    n_origins = trips.shape[0]
    lost = 0.0
    waited = 0.0
    strategy = _new_strategy(n_nodes, head.size)
    key, rate, via = strategy.key, strategy.rate, strategy.via
    through = np.empty(n_nodes)
    for row in range(low, high):
        demanded = 0.0
        for node in range(n_origins):
            demanded += trips[node, row]
        if demanded == 0.0:
            continue
        destination = destinations[row]
        settled = find_strategy(destination, graph, strategy)
        for node in range(n_nodes):
            through[node] = 0.0
        for node in range(n_origins):
            if node == destination or key[node] == np.inf:
                lost += trips[node, row]
            else:
                through[node] = trips[node, row]
        for back in range(settled):
            node = strategy.order[settled - 1 - back]
            if through[node] == 0.0 or node == destination:
                continue
            link = via[node]
            if link >= 0:
                volume[link] += through[node]
                through[head[link]] += through[node]
            else:
                waited += through[node] / rate[node]
                link = strategy.first_option[node]
                while link >= 0:
                    part = through[node] / (wait[link] * rate[node])
                    volume[link] += part
                    through[head[link]] += part
                    link = strategy.next_option[link]
    return lost, waited


@kernel(parallel=True)
def load_strategies(destinations, trips, graph, n_blocks):
    """Load trips on the links of the best strategies; blocks are added up in fixed order.

    Parameters
    ----------
    destinations : int32[n_destinations]
    trips : float64[n_origins, n_destinations]
        From node i to ``destinations[j]``.
    graph, n_blocks
        As in `skim_strategies`.

    Returns
    -------
    volume : float64[n_links]
    lost : float
        Trips without a way, and those from a destination to itself.
    waited : float
        Sum of the waits of all trips, in the unit of `wait`.
    """
    n_links = graph.tail.size
    n_dest = trips.shape[1]
    volumes = np.zeros((n_blocks, n_links))
    losses = np.zeros(n_blocks)
    waits = np.zeros(n_blocks)
    for block in prange(n_blocks):
        low = block * n_dest // n_blocks
        high = (block + 1) * n_dest // n_blocks
        if low < high:
            losses[block], waits[block] = _load_some(low, high, destinations, trips, graph, volumes[block])
    volume = np.zeros(n_links)
    lost = 0.0
    waited = 0.0
    for block in range(n_blocks):
        lost += losses[block]
        waited += waits[block]
        for link in range(n_links):
            volume[link] += volumes[block, link]
    return volume, lost, waited
