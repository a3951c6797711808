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


@kernel
def repair_tree(source, first_through, ptr, tail, head, cost, dist, pred_link, heap, place, order, settled):
    """Turn the shortest-path tree of earlier costs into one of `cost`; quick where few paths change.

    Labels are first renewed along the old tree. Then nodes are swept in its order, which is nearly right, without
    a heap; only where a node turns out to be reached better from one after it, the improvement is followed as in
    Dijkstra's method. The set of reachable nodes must be the same (the same links have finite cost).

    Parameters
    ----------
    source, first_through, ptr, head, cost, heap, place
        As in `shortest_tree`.
    tail : int32[n_links]
    dist : float64[n_nodes]
        Out: cost from the root, inf where unreachable.
    pred_link : int32[n_nodes]
        In and out: last link of the path.
    order : int32[n_nodes]
        In and out: the first `settled` nodes, each after the node its path comes from (not sorted by cost).
    settled : int
        Number of reachable nodes, from `shortest_tree`.

    Returns
    -------
    bool
        Whether `order` has changed.
    """
    for node in range(dist.size):
        dist[node] = np.inf
        place[node] = -1  # not swept yet; -2: swept; else position in the heap
    dist[source] = 0.0
    pred_link[source] = -1
    for k in range(1, settled):
        link = pred_link[order[k]]
        dist[order[k]] = dist[tail[link]] + cost[link]
    size = 0
    swept = 0
    out_of_order = False
    while True:
        if swept < settled:
            node = order[swept]
            swept += 1
            place[node] = -2
        elif size > 0:
            out_of_order = True
            node = heap[0]
            place[node] = -2
            size -= 1
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
        else:
            break
        if node < first_through and node != source:
            continue
        from_here = dist[node]
        for link in range(ptr[node], ptr[node + 1]):
            to = head[link]
            reached = from_here + cost[link]
            if reached < dist[to]:
                dist[to] = reached
                pred_link[to] = link
                hole = place[to]
                if hole == -1:
                    continue
                if hole == -2:
                    hole = size
                    size += 1
                while hole > 0:
                    parent = (hole - 1) >> 2
                    if dist[heap[parent]] <= reached:
                        break
                    heap[hole] = heap[parent]
                    place[heap[hole]] = hole
                    hole = parent
                heap[hole] = to
                place[to] = hole
    if out_of_order:
        _restore_order(source, tail, pred_link, heap, order, settled)
    return out_of_order


@kernel
def _restore_order(source, tail, pred_link, emitted, order, settled):
    """Move each node behind the one its path comes from; the others keep their order. `emitted` is work space."""
    waiting = np.full(pred_link.size, -1, np.int32)  # first node that waits for this one; -2: nobody need wait any more
    next_waiting = np.empty(pred_link.size, np.int32)
    count = 0
    done = 0
    for k in range(settled):
        node = order[k]
        if node != source:
            parent = tail[pred_link[node]]
            if waiting[parent] != -2:
                next_waiting[node] = waiting[parent]
                waiting[parent] = node
                continue
        emitted[count] = node
        count += 1
        while done < count:
            freed = emitted[done]
            done += 1
            child = waiting[freed]
            waiting[freed] = -2
            while child >= 0:
                emitted[count] = child
                count += 1
                child = next_waiting[child]
    for k in range(settled):
        order[k] = emitted[k]
