"""Nested dissection: a node order for contraction in which separators come last (George 1973).

No coordinates are needed. Two pairs of nodes that lie far apart span two axes through a part of the network; along
each axis and both diagonals, the outer nodes of either end are held apart by the fewest nodes that can do so, found as
a maximum flow (Dinic 1970) through nodes that each carry one path (Menger 1927). It is the inertial flow of Schild and
Sommer (2015, "On balanced separators in road networks") with counts of links in place of coordinates, and with
separators of nodes in place of cuts of links. The order depends on numbers and links alone.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

PEELED_DEGREE = 2
"""Nodes with so few neighbours go first, again and again: their contraction adds at most one link and drops as many."""
END_SHARE = 0.3
"""Share of the nodes at either end of an axis that are held apart; sides are never smaller than this allows (measured:
0.25 to 0.3 gives the fewest triangles on road networks and grids; 0.1 and 0.4 a third more)."""
N_AXES = 4
"""Directions tried for each separator: two axes and their diagonals."""
LEAF_NODES = 3
"""Parts of up to so many nodes are not separated further."""

_FREE = -1
"""No path runs through the node."""
_TERMINAL = -2
"""The path begins (ends) at this node."""
_BETWEEN, _START, _GOAL = 0, 1, 2
"""Parts of nodes in a flow."""


class Work(NamedTuple):
    """Work space for parts of up to n nodes."""

    depth_a: np.ndarray
    depth_b: np.ndarray
    depth_c: np.ndarray
    depth_d: np.ndarray
    """int32[n]: links from the ends of the two axes."""
    key: np.ndarray
    along: np.ndarray
    """int32[n]: place along an axis, and nodes sorted by it."""
    n_at: np.ndarray
    """int32[4 n + 2]: how many nodes have each place."""
    part: np.ndarray
    """int8[n]: where flow starts and ends."""
    before: np.ndarray
    after: np.ndarray
    """int32[n]: neighbours on the path through each node."""
    level: np.ndarray
    queue: np.ndarray
    stack: np.ndarray
    """int32[2 n]: search over the residual graph, whose states are 2 v (at v's entry) and 2 v + 1 (at its exit)."""
    arc: np.ndarray
    """int64[n]: next neighbour to be tried."""
    separates: np.ndarray
    """bool[n]: the separator found."""


@kernel
def nested_dissection(n_nodes, first_through, tail, head):
    """Order of the nodes that paths may pass through, from the first contracted to the last.

    Parameters
    ----------
    n_nodes : int
    first_through : int
        Nodes below this are left out: nothing passes through them, so they are never contracted.
    tail, head : int32[n_links]

    Returns
    -------
    int32[n_nodes - first_through]
        Numbers of nodes minus `first_through`.
    """
    ptr, neighbour = neighbours(n_nodes, first_through, tail, head)
    peeled, kept, core_ptr, core_neighbour = _peel(ptr, neighbour)
    core = _dissect(core_ptr, core_neighbour)
    order = np.empty(n_nodes - first_through, np.int32)
    for k in range(peeled.size):
        order[k] = peeled[k]
    for k in range(core.size):
        order[peeled.size + k] = kept[core[k]]
    return order


@kernel
def neighbours(n_nodes, first_through, tail, head):
    """Undirected graph of the nodes from `first_through` on, each neighbour once: pointers int64, neighbours int32."""
    n = n_nodes - first_through
    ptr = np.zeros(n + 1, np.int64)
    for link in range(tail.size):
        a = tail[link] - first_through
        b = head[link] - first_through
        if a >= 0 and b >= 0 and a != b:
            ptr[a + 1] += 1
            ptr[b + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place = ptr.copy()
    found = np.empty(ptr[n], np.int32)
    for link in range(tail.size):
        a = tail[link] - first_through
        b = head[link] - first_through
        if a >= 0 and b >= 0 and a != b:
            found[place[a]] = b
            found[place[b]] = a
            place[a] += 1
            place[b] += 1
    seen_by = np.full(n, -1, np.int32)
    size = 0
    begin = 0
    for v in range(n):
        end = ptr[v + 1]
        for i in range(begin, end):
            if seen_by[found[i]] != v:
                seen_by[found[i]] = v
                found[size] = found[i]
                size += 1
        ptr[v + 1] = size
        begin = end
    return ptr, found[:size].copy()


@kernel
def _peel(ptr, neighbour):
    """Contract nodes of few neighbours: their order, the nodes kept, and the graph that is left of these."""
    n = ptr.size - 1
    near = neighbour.copy()  # a node never has more neighbours than at first
    degree = np.empty(n, np.int64)
    peeled = np.empty(n, np.int32)
    is_peeled = np.zeros(n, np.bool_)
    size = 0
    for v in range(n):
        degree[v] = ptr[v + 1] - ptr[v]
        if degree[v] <= PEELED_DEGREE:
            is_peeled[v] = True
            peeled[size] = v
            size += 1
    done = 0
    while done < size:
        v = peeled[done]
        done += 1
        for i in range(degree[v]):
            end = near[ptr[v] + i]
            other = near[ptr[v] + 1 - i] if degree[v] == 2 else end
            _bypass(ptr, near, degree, end, v, other)
            if degree[end] <= PEELED_DEGREE and not is_peeled[end]:
                is_peeled[end] = True
                peeled[size] = end
                size += 1
    kept = np.empty(n - size, np.int32)
    place = np.empty(n, np.int32)
    core_ptr = np.zeros(n - size + 1, np.int64)
    k = 0
    for v in range(n):
        if not is_peeled[v]:
            kept[k] = v
            place[v] = k
            core_ptr[k + 1] = core_ptr[k] + degree[v]
            k += 1
    core = np.empty(core_ptr[k], np.int32)
    for j in range(k):
        for i in range(degree[kept[j]]):
            core[core_ptr[j] + i] = place[near[ptr[kept[j]] + i]]
    return peeled[:size].copy(), kept, core_ptr, core


@kernel
def _bypass(ptr, near, degree, end, gone, other):
    """Put `other` in the place of `gone` among the neighbours of `end`, or nothing if it is one already."""
    at = ptr[end]
    known = other == end
    for i in range(ptr[end], ptr[end] + degree[end]):
        if near[i] == gone:
            at = i
        if near[i] == other:
            known = True
    if known:
        degree[end] -= 1
        near[at] = near[ptr[end] + degree[end]]
    else:
        near[at] = other


@kernel
def _dissect(ptr, neighbour):
    """Order of a graph's nodes: parts of it first, then what separates them; each part likewise."""
    n_all = ptr.size - 1
    order = np.arange(n_all).astype(np.int32)
    work = _work_space(n_all)
    place = np.full(n_all, -1, np.int32)
    part_ptr = np.empty(n_all + 1, np.int64)
    part_neighbour = np.empty(neighbour.size, np.int32)
    waiting = np.empty((n_all + 2, 2), np.int64)
    waiting[0, 0] = 0
    waiting[0, 1] = n_all
    n_waiting = 1
    while n_waiting > 0:
        n_waiting -= 1
        low = waiting[n_waiting, 0]
        high = waiting[n_waiting, 1]
        n = high - low
        if n <= LEAF_NODES:
            continue
        nodes = order[low:high].copy()
        _subgraph(ptr, neighbour, nodes, place, part_ptr, part_neighbour)
        n_reached = _breadth_first(part_ptr, part_neighbour, 0, n, work.depth_a, work.queue)
        if n_reached < n:
            for v in range(n):
                work.separates[v] = work.depth_a[v] < 0
            middle = low + n_reached
            waiting[n_waiting, 0] = middle
            waiting[n_waiting, 1] = high
            n_waiting += 1
        else:
            middle = high - _separate(part_ptr, part_neighbour, n, work)
        first = low
        last = middle
        for v in range(n):
            if work.separates[v]:
                order[last] = nodes[v]
                last += 1
            else:
                order[first] = nodes[v]
                first += 1
        waiting[n_waiting, 0] = low
        waiting[n_waiting, 1] = middle
        n_waiting += 1
    return order


@kernel
def _work_space(n):
    return Work(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(4 * n + 2, np.int32),
        np.empty(n, np.int8),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(n, np.int64),
        np.empty(n, np.bool_),
    )


@kernel
def _subgraph(ptr, neighbour, nodes, place, part_ptr, part_neighbour):
    """Graph of some nodes, numbered by their place in `nodes`; `place` is -1 everywhere before and after."""
    for k in range(nodes.size):
        place[nodes[k]] = k
    size = 0
    part_ptr[0] = 0
    for k in range(nodes.size):
        for i in range(ptr[nodes[k]], ptr[nodes[k] + 1]):
            if place[neighbour[i]] >= 0:
                part_neighbour[size] = place[neighbour[i]]
                size += 1
        part_ptr[k + 1] = size
    for k in range(nodes.size):
        place[nodes[k]] = -1


@kernel
def _breadth_first(ptr, neighbour, root, n, depth, queue):
    """Links from `root` to each node (-1: unreachable); `queue` holds the reached nodes, the farthest last."""
    for v in range(n):
        depth[v] = -1
    depth[root] = 0
    queue[0] = root
    size = 1
    done = 0
    while done < size:
        v = queue[done]
        done += 1
        for i in range(ptr[v], ptr[v + 1]):
            if depth[neighbour[i]] < 0:
                depth[neighbour[i]] = depth[v] + 1
                queue[size] = neighbour[i]
                size += 1
    return size


@kernel
def _separate(ptr, neighbour, n, work):
    """Find a small separator of a connected graph with sides alike; marks it in `work`, returns its size."""
    _span_axes(ptr, neighbour, n, work)
    n_ends = max(1, int(END_SHARE * n))
    best = n
    best_ratio = np.inf
    for axis in range(N_AXES):
        _sort_along(axis, n, work)
        for v in range(n):
            work.part[v] = _BETWEEN
        for k in range(n_ends):
            work.part[work.along[k]] = _START
            work.part[work.along[n - 1 - k]] = _GOAL
        size = _flow(ptr, neighbour, n, best, work)
        if size > best:
            continue
        # of all the smallest separators, flow shows the one nearest to the start and the one nearest to the goal
        for goal in (_GOAL, _START):
            if goal == _START:
                _residual_levels(ptr, neighbour, n, work.part, _GOAL, _START, work.after, work.before, work)
            side = 0
            for v in range(n):
                if work.level[2 * v + 1] >= 0:
                    side += 1
            ratio = size / max(1.0, min(side, n - size - side))
            if ratio < best_ratio:
                best_ratio = ratio
                best = size
                for v in range(n):
                    work.separates[v] = work.level[2 * v] >= 0 and work.level[2 * v + 1] < 0
    return best


@kernel
def _span_axes(ptr, neighbour, n, work):
    """Depths from the ends of two axes: a far pair of nodes, and a pair begun as far off the first as can be."""
    _breadth_first(ptr, neighbour, 0, n, work.depth_a, work.queue)
    a = work.queue[n - 1]
    _breadth_first(ptr, neighbour, a, n, work.depth_a, work.queue)
    _breadth_first(ptr, neighbour, work.queue[n - 1], n, work.depth_b, work.queue)
    c = 0
    for v in range(n):
        if min(work.depth_a[v], work.depth_b[v]) > min(work.depth_a[c], work.depth_b[c]):
            c = v
    _breadth_first(ptr, neighbour, c, n, work.depth_c, work.queue)
    _breadth_first(ptr, neighbour, work.queue[n - 1], n, work.depth_d, work.queue)


@kernel
def _sort_along(axis, n, work):
    """Sort nodes by their place along an axis or a diagonal; nodes of one place by number."""
    low = 0
    high = 0
    for v in range(n):
        first = work.depth_a[v] - work.depth_b[v]
        second = work.depth_c[v] - work.depth_d[v]
        place = first
        if axis == 1:
            place = second
        elif axis == 2:
            place = first + second
        elif axis == 3:
            place = first - second
        work.key[v] = place
        low = min(low, place)
        high = max(high, place)
    for place in range(high - low + 2):
        work.n_at[place] = 0
    for v in range(n):
        work.n_at[work.key[v] - low + 1] += 1
    for place in range(high - low + 1):
        work.n_at[place + 1] += work.n_at[place]
    for v in range(n):
        place = work.key[v] - low
        work.along[work.n_at[place]] = v
        work.n_at[place] += 1


@kernel
def _flow(ptr, neighbour, n, limit, work):
    """Number of paths from start to goal that share no node; given up above `limit`."""
    for v in range(n):
        work.before[v] = _FREE
        work.after[v] = _FREE
    size = 0
    while size <= limit:
        goal_level = _residual_levels(ptr, neighbour, n, work.part, _START, _GOAL, work.before, work.after, work)
        if goal_level < 0:
            break
        size += _augment(ptr, neighbour, n, goal_level, work)
    return size


@kernel
def _residual_levels(ptr, neighbour, n, part, start, goal, before, after, work):
    """Breadth-first levels of the states that one more path can reach; the level of the first goal, -1 if none.

    With start and goal, `before` and `after` exchanged, it searches backwards; 2 v is then v's exit.
    """
    level = work.level
    queue = work.queue
    size = 0
    for v in range(n):
        level[2 * v] = -1
        level[2 * v + 1] = -1
        if part[v] == start:
            level[2 * v] = 0
            queue[size] = 2 * v
            size += 1
    done = 0
    while done < size:
        state = queue[done]
        done += 1
        v = state >> 1
        if state & 1 == 0:
            onward = _from_entry(v, before)
            if level[onward] < 0:
                level[onward] = level[state] + 1
                queue[size] = onward
                size += 1
            continue
        if part[v] == goal:
            return level[state]
        if before[v] != _FREE and level[2 * v] < 0:
            level[2 * v] = level[state] + 1
            queue[size] = 2 * v
            size += 1
        for i in range(ptr[v], ptr[v + 1]):
            onward = 2 * neighbour[i]
            if level[onward] < 0 and neighbour[i] != after[v]:
                level[onward] = level[state] + 1
                queue[size] = onward
                size += 1
    return -1


@kernel
def _from_entry(v, before):
    """The only state that follows the entry of v: its exit, or back along the path that runs through v."""
    if before[v] == _FREE:
        return 2 * v + 1
    if before[v] == _TERMINAL:
        return 2 * v
    return 2 * before[v] + 1


@kernel
def _augment(ptr, neighbour, n, goal_level, work):
    """Add paths along rising levels until there is no more; returns their number."""
    before = work.before
    after = work.after
    level = work.level
    arc = work.arc
    stack = work.stack
    for v in range(n):
        arc[v] = ptr[v]
    n_paths = 0
    for root in range(n):
        if level[2 * root] != 0 or before[root] == _TERMINAL:
            continue
        stack[0] = 2 * root
        top = 0
        while top >= 0:
            state = stack[top]
            if level[state] == goal_level and state & 1 == 1 and work.part[state >> 1] == _GOAL:
                break
            onward = _next_state(ptr, neighbour, state, before, after, level, arc)
            if onward < 0 or level[state] == goal_level:
                level[state] = -1
                top -= 1
            else:
                top += 1
                stack[top] = onward
        if top >= 0:
            n_paths += 1
            _lay_path(stack, top, before, after)
            for k in range(top + 1):
                level[stack[k]] = -1  # no second path passes here at this level
    return n_paths


@kernel
def _next_state(ptr, neighbour, state, before, after, level, arc):
    """A state of the next level that can be entered from `state`, or -1."""
    v = state >> 1
    wanted = level[state] + 1
    if state & 1 == 0:
        onward = _from_entry(v, before)
        return onward if level[onward] == wanted else -1
    while arc[v] < ptr[v + 1]:
        to = neighbour[arc[v]]
        if level[2 * to] == wanted and to != after[v]:
            return 2 * to
        arc[v] += 1
    if before[v] != _FREE and level[2 * v] == wanted:
        return 2 * v
    return -1


@kernel
def _lay_path(state, last, before, after):
    """Change the paths through nodes by one more: steps back take a piece of an earlier path away."""
    for k in range(last):
        if state[k] & 1 == 0 and state[k] >> 1 != state[k + 1] >> 1:
            after[state[k + 1] >> 1] = _FREE
    before[state[0] >> 1] = _TERMINAL
    for k in range(last):
        if state[k] & 1 == 1 and state[k] >> 1 != state[k + 1] >> 1:
            after[state[k] >> 1] = state[k + 1] >> 1
            before[state[k + 1] >> 1] = state[k] >> 1
    for k in range(last):
        if state[k] & 1 == 1 and state[k] >> 1 == state[k + 1] >> 1:
            before[state[k] >> 1] = _FREE
            after[state[k] >> 1] = _FREE
    after[state[last] >> 1] = _TERMINAL
