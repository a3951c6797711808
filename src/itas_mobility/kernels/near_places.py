"""Ways between places that lie near each other, by Dijkstra's method cut off at a limit."""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.heap import pop, push


@kernel(allocates=True)
def ways_to_places(
    low, high, limit, ptr, head, cost, carried, leave_ptr, leave_node, leave_cost, leave_carried, arrive_ptr,
    arrive_place, arrive_cost, arrive_carried, n_places,
):  # fmt: skip
    """Least costs from origins `low` to `high` to all places within the limit, and a second value along the same way.

    Parameters
    ----------
    low, high : int
        Rows of origins.
    limit : float
        Ways that cost more are left out.
    ptr : int64[n_nodes + 1]
    head : int32[n_links]
        Forward star.
    cost, carried : float64[n_links]
        Non-negative cost (inf closes a link), and what is added up along the way of least cost.
    leave_ptr : int64[n_origins + 1]
    leave_node : int32[n]
    leave_cost, leave_carried : float64[n]
        Nodes at which each origin enters the network.
    arrive_ptr : int64[n_nodes + 1]
    arrive_place : int64[m]
    arrive_cost, arrive_carried : float64[m]
        Places that are reached from each node.
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
    n_nodes = ptr.size - 1
    room = 8
    for origin in range(low, high):
        room = max(room, leave_ptr[origin + 1] - leave_ptr[origin] + 8)
    room += head.size
    key = np.empty(room)
    item = np.empty(room, np.int64)
    dist = np.empty(n_nodes)
    along = np.empty(n_nodes)
    settled = np.empty(n_nodes, np.bool_)
    touched = np.empty(n_nodes, np.int64)
    for node in range(n_nodes):
        dist[node] = np.inf
        settled[node] = False
    place_cost = np.empty(n_places)
    place_carried = np.empty(n_places)
    found = np.empty(n_places, np.int64)
    for place in range(n_places):
        place_cost[place] = np.inf
    pair = np.empty(2048, np.int64)
    value = np.empty(2048)
    used = 0
    for origin in range(low, high):
        size = 0
        n_touched = 0
        n_found = 0
        for k in range(leave_ptr[origin], leave_ptr[origin + 1]):
            node = leave_node[k]
            if leave_cost[k] <= limit and leave_cost[k] < dist[node]:
                if dist[node] == np.inf:
                    touched[n_touched] = node
                    n_touched += 1
                dist[node] = leave_cost[k]
                along[node] = leave_carried[k]
                size = push(key, item, size, leave_cost[k], np.int64(node))
        while size > 0:
            node = item[0]
            size = pop(key, item, size)
            if settled[node]:
                continue
            settled[node] = True
            for k in range(arrive_ptr[node], arrive_ptr[node + 1]):
                place = arrive_place[k]
                reached = dist[node] + arrive_cost[k]
                if reached <= limit and reached < place_cost[place]:
                    if place_cost[place] == np.inf:
                        found[n_found] = place
                        n_found += 1
                    place_cost[place] = reached
                    place_carried[place] = along[node] + arrive_carried[k]
            for link in range(ptr[node], ptr[node + 1]):
                to = head[link]
                reached = dist[node] + cost[link]
                if reached <= limit and reached < dist[to]:
                    if dist[to] == np.inf:
                        touched[n_touched] = to
                        n_touched += 1
                    dist[to] = reached
                    along[to] = along[node] + carried[link]
                    size = push(key, item, size, reached, np.int64(to))
        if 2 * (used + n_found) > pair.size:
            longer_pair = np.empty(4 * (used + n_found), np.int64)
            longer_value = np.empty(4 * (used + n_found))
            for k in range(2 * used):
                longer_pair[k] = pair[k]
                longer_value[k] = value[k]
            pair = longer_pair
            value = longer_value
        for k in range(n_found):
            place = found[k]
            pair[2 * used] = origin
            pair[2 * used + 1] = place
            value[2 * used] = place_cost[place]
            value[2 * used + 1] = place_carried[place]
            place_cost[place] = np.inf
            used += 1
        for k in range(n_touched):
            dist[touched[k]] = np.inf
            settled[touched[k]] = False
    return pair, value, used
