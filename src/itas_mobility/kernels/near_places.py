"""Ways between places that lie near each other, by Dijkstra's method cut off at a limit."""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.heap import pop, push


@kernel(allocates=True)
def _longer(values, used):
    """A copy of twice the room."""
    result = np.empty(2 * values.size, values.dtype)
    for i in range(used):
        result[i] = values[i]
    return result


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
    arrive_place : int32[m]
    arrive_cost, arrive_carried : float64[m]
        Places that are reached from each node.
    n_places : int
        Number of places.

    Returns
    -------
    origin, place : int32[k]
    way_cost, way_carried : float64[k]
        One row per pair; origins rise, places stand in the order they were found in.
    """
    n_nodes = ptr.size - 1
    room = head.size + 8
    for origin in range(low, high):
        room = max(room, head.size + leave_ptr[origin + 1] - leave_ptr[origin] + 8)
    key = np.empty(room)
    item = np.empty(room, np.int64)
    dist = np.full(n_nodes, np.inf)
    along = np.zeros(n_nodes)
    settled = np.zeros(n_nodes, np.bool_)
    touched = np.empty(n_nodes, np.int32)
    place_cost = np.full(n_places, np.inf)
    place_carried = np.zeros(n_places)
    found = np.empty(n_places, np.int32)
    out_origin = np.empty(1024, np.int32)
    out_place = np.empty(1024, np.int32)
    out_cost = np.empty(1024)
    out_carried = np.empty(1024)
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
        while used + n_found > out_place.size:
            out_origin = _longer(out_origin, used)
            out_place = _longer(out_place, used)
            out_cost = _longer(out_cost, used)
            out_carried = _longer(out_carried, used)
        for k in range(n_found):
            place = found[k]
            out_origin[used] = origin
            out_place[used] = place
            out_cost[used] = place_cost[place]
            out_carried[used] = place_carried[place]
            place_cost[place] = np.inf
            used += 1
        for k in range(n_touched):
            dist[touched[k]] = np.inf
            settled[touched[k]] = False
    return out_origin[:used], out_place[:used], out_cost[:used], out_carried[:used]
