"""Ways between places that lie near each other, by Dijkstra's method cut off at a limit."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.heap import pop, push


class Graph(NamedTuple):
    """Forward star, with what links cost and carry."""

    ptr: np.ndarray
    """int64[n_nodes + 1]."""
    head: np.ndarray
    """int32[n_links]."""
    cost: np.ndarray
    carried: np.ndarray
    """float64[n_links]: cost, not negative (inf closes a link), and what is added up along the way of least cost."""


class Leaving(NamedTuple):
    """Nodes at which each origin enters the network."""

    ptr: np.ndarray
    """int64[n_origins + 1]."""
    node: np.ndarray
    """int32[n]."""
    cost: np.ndarray
    carried: np.ndarray
    """float64[n]."""


class Arriving(NamedTuple):
    """Places that are reached from each node."""

    ptr: np.ndarray
    """int64[n_nodes + 1]."""
    place: np.ndarray
    """int64[m]."""
    cost: np.ndarray
    carried: np.ndarray
    """float64[m]."""


class Found(NamedTuple):
    """What a search has found at its nodes or places."""

    cost: np.ndarray
    """float64[n]: least cost so far; inf everywhere before and after."""
    carried: np.ndarray
    """float64[n]."""
    listed: np.ndarray
    """int64[n]: those whose cost is not inf, in the order they were found in."""


class Heap(NamedTuple):
    """Nodes that wait, by cost."""

    key: np.ndarray
    item: np.ndarray
    """float64, int64."""


@kernel
def _reach(at, cost, carried, found, n_listed):
    """Note a better way to a node or place; returns how many are listed."""
    if found.cost[at] == np.inf:
        found.listed[n_listed] = at
        n_listed += 1
    found.cost[at] = cost
    found.carried[at] = carried
    return n_listed


@kernel
def _arrive(node, limit, arriving, nodes, places, n_places):
    """Reach the places at a node; returns how many are listed."""
    for k in range(arriving.ptr[node], arriving.ptr[node + 1]):
        place = arriving.place[k]
        reached = nodes.cost[node] + arriving.cost[k]
        if reached <= limit and reached < places.cost[place]:
            carried = nodes.carried[node] + arriving.carried[k]
            n_places = _reach(place, reached, carried, places, n_places)
    return n_places


@kernel
def _search(origin, limit, graph, leaving, arriving, heap, settled, nodes, places):
    """Find the places within reach of one origin; returns how many, and how many nodes have been reached."""
    size = 0
    n_nodes = np.int64(0)
    n_places = np.int64(0)
    for k in range(leaving.ptr[origin], leaving.ptr[origin + 1]):
        node = np.int64(leaving.node[k])
        if leaving.cost[k] <= limit and leaving.cost[k] < nodes.cost[node]:
            n_nodes = _reach(node, leaving.cost[k], leaving.carried[k], nodes, n_nodes)
            size = push(heap.key, heap.item, size, leaving.cost[k], node)
    while size > 0:
        node = heap.item[0]
        size = pop(heap.key, heap.item, size)
        if settled[node]:
            continue
        settled[node] = True
        n_places = _arrive(node, limit, arriving, nodes, places, n_places)
        for link in range(graph.ptr[node], graph.ptr[node + 1]):
            to = np.int64(graph.head[link])
            reached = nodes.cost[node] + graph.cost[link]
            if reached <= limit and reached < nodes.cost[to]:
                n_nodes = _reach(to, reached, nodes.carried[node] + graph.carried[link], nodes, n_nodes)
                size = push(heap.key, heap.item, size, reached, to)
    return n_places, n_nodes


@kernel(allocates=True)
def _nothing_found(n):
    found = Found(np.empty(n), np.empty(n), np.empty(n, np.int64))
    for i in range(n):
        found.cost[i] = np.inf
    return found


@kernel(allocates=True)
def ways_to_places(low, high, limit, graph, leaving, arriving, n_places):
    """Least costs from origins `low` to `high` to all places within the limit, and a second value along the same way.

    Parameters
    ----------
    low, high : int
        Rows of origins.
    limit : float
        Ways that cost more are left out.
    graph : Graph
    leaving, arriving : Leaving, Arriving
    n_places : int
        Number of places.

    Returns
    -------
    pair : int64[room]
    value : float64[room]
        Origin and place, and cost and second value, of the ways in turn; origins rise, places stand in the order they
        were found in.
    used : int
        How many ways there are; there is room for more.
    """
    n_nodes = graph.ptr.size - 1
    room = 8
    for origin in range(low, high):
        room = max(room, leaving.ptr[origin + 1] - leaving.ptr[origin] + 8)
    room += graph.head.size
    heap = Heap(np.empty(room), np.empty(room, np.int64))
    settled = np.zeros(n_nodes, np.bool_)
    nodes = _nothing_found(n_nodes)
    places = _nothing_found(n_places)
    pair = np.empty(2048, np.int64)
    value = np.empty(2048)
    used = 0
    for origin in range(low, high):
        n_found, n_touched = _search(origin, limit, graph, leaving, arriving, heap, settled, nodes, places)
        if 2 * (used + n_found) > pair.size:
            longer_pair = np.empty(4 * (used + n_found), np.int64)
            longer_value = np.empty(4 * (used + n_found))
            for k in range(2 * used):
                longer_pair[k] = pair[k]
                longer_value[k] = value[k]
            pair = longer_pair
            value = longer_value
        for k in range(n_found):
            place = places.listed[k]
            pair[2 * used] = origin
            pair[2 * used + 1] = place
            value[2 * used] = places.cost[place]
            value[2 * used + 1] = places.carried[place]
            places.cost[place] = np.inf
            used += 1
        for k in range(n_touched):
            nodes.cost[nodes.listed[k]] = np.inf
            settled[nodes.listed[k]] = False
    return pair, value, used
