"""One-to-all shortest paths by Dijkstra's method with an indexed 4-ary heap (Johnson 1975 on d-ary heaps)."""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel
def shortest_tree(source, first_through, ptr, head, cost, dist, pred_link, heap, place, order):
    """Grow the shortest-path tree of `source`; the arrays from `dist` on are work space of n_nodes each and results.

    Parameters
    ----------
    source : int
        Root node.
    first_through : int
        Nodes below this are not passed through (the root is left all the same).
    ptr : int64[n_nodes + 1]
    head : int32[n_links]
        Forward star.
    cost : float64[n_links]
        Non-negative; inf closes a link.
    dist : float64[n_nodes]
        Out: cost from the root, inf where unreachable.
    pred_link : int32[n_nodes]
        Out: last link of the path, -1 at the root and where unreachable.
    heap, place : int32[n_nodes]
        Work space; `place` is -1 unseen, -2 settled, else the position in the heap.
    order : int32[n_nodes]
        Out: settled nodes by rising cost.

    Returns
    -------
    int
        Number of settled nodes.
    """
    for node in range(dist.size):
        dist[node] = np.inf
        pred_link[node] = -1
        place[node] = -1
    dist[source] = 0.0
    heap[0] = source
    place[source] = 0
    size = 1
    settled = 0
    while size > 0:
        node = heap[0]
        size -= 1
        place[node] = -2
        order[settled] = node
        settled += 1
        if size > 0:
            moved = heap[size]
            moved_dist = dist[moved]
            hole = 0
            while True:
                child = 4 * hole + 1
                if child >= size:
                    break
                best = child
                best_dist = dist[heap[child]]
                for other in range(child + 1, min(child + 4, size)):
                    other_dist = dist[heap[other]]
                    if other_dist < best_dist:
                        best = other
                        best_dist = other_dist
                if best_dist >= moved_dist:
                    break
                heap[hole] = heap[best]
                place[heap[hole]] = hole
                hole = best
            heap[hole] = moved
            place[moved] = hole
        if node < first_through and node != source:
            continue
        for link in range(ptr[node], ptr[node + 1]):
            to = head[link]
            reached = dist[node] + cost[link]
            if reached < dist[to]:
                if place[to] == -1:
                    hole = size
                    size += 1
                else:
                    hole = place[to]
                dist[to] = reached
                pred_link[to] = link
                while hole > 0:
                    parent = (hole - 1) >> 2
                    if dist[heap[parent]] <= reached:
                        break
                    heap[hole] = heap[parent]
                    place[heap[hole]] = hole
                    hole = parent
                heap[hole] = to
                place[to] = hole
    return settled
