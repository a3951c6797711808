"""Nested dissection: a node order for contraction in which separators come last (George 1973).

No coordinates are needed. Two pairs of nodes that lie far apart span two axes through a part of the network; along
each axis and both diagonals, the outer nodes of either end are held apart by the fewest nodes that can do so, found as
a maximum flow (Dinic 1970) through nodes that each carry one path (Menger 1927). It is the inertial flow of Schild and
Sommer (2015, "On balanced separators in road networks") with counts of links in place of coordinates, and with
separators of nodes in place of cuts of links. The order depends on numbers and links alone.

Where a number is passed as ``np.int64(0)``, a plain 0 would have the callee compiled once more for that very number.
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


class Graph(NamedTuple):
    """An undirected graph: neighbours of node v are ``neighbour[ptr[v]:ptr[v + 1]]``."""

    ptr: np.ndarray
    neighbour: np.ndarray
    """int64[n + 1], int32."""


class Axes(NamedTuple):
    """Work space: where nodes lie along the axes of a part."""

    depth: np.ndarray
    """int32[4, n]: links from the ends of the two axes."""
    along: np.ndarray
    n_at: np.ndarray
    """int32[n], int32[4 n + 2]: nodes sorted by their place along an axis, and how many have each place."""


class Flow(NamedTuple):
    """Work space: paths that share no node, and a search over the residual graph for one more.

    Its states are 2 v (at v's entry) and 2 v + 1 (at its exit).
    """

    part: np.ndarray
    """int8[n]: where flow starts and ends."""
    before: np.ndarray
    after: np.ndarray
    """int32[n]: neighbours on the path through each node."""
    level: np.ndarray
    queue: np.ndarray
    stack: np.ndarray
    """int32[2 n]: of each state; states to be looked at; states on the path so far."""
    arc: np.ndarray
    """int64[n]: next neighbour to be tried."""


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
    ptr, near = neighbours(n_nodes, first_through, tail, head)
    n = n_nodes - first_through
    degree = np.diff(ptr)
    is_peeled = np.zeros(n, np.bool_)
    peeled = np.empty(n, np.int32)
    n_peeled = peel(ptr, near, degree, is_peeled, peeled)
    kept = np.flatnonzero(~is_peeled)
    core_ptr = np.concatenate(([0], np.cumsum(degree[kept])))
    at = np.repeat(ptr[kept] - core_ptr[:-1], degree[kept]) + np.arange(core_ptr[-1])
    core_neighbour = (np.cumsum(~is_peeled) - 1)[near[at]].astype(np.int32)
    core = _dissect_all(core_ptr, core_neighbour)
    return np.concatenate((peeled[:n_peeled], kept[core])).astype(np.int32)


def neighbours(n_nodes, first_through, tail, head):
    """Undirected graph of the nodes from `first_through` on, each neighbour once: pointers int64, neighbours int32."""
    n = n_nodes - first_through
    inner = (tail >= first_through) & (head >= first_through) & (tail != head)
    ends = np.column_stack((tail[inner], head[inner])).astype(np.int64) - first_through
    at, to = ends.ravel(), ends[:, ::-1].ravel()
    _, first = np.unique(at * n + to, return_index=True)
    first.sort()  # neighbours stand in the order of the links
    ptr = np.concatenate(([0], np.cumsum(np.bincount(at[first], minlength=n)))).astype(np.int64)
    return ptr, to[first][np.argsort(at[first], kind="stable")].astype(np.int32)


@kernel
def peel(ptr, near, degree, is_peeled, peeled):
    """Contract nodes of few neighbours.

    Parameters
    ----------
    ptr : int64[n + 1]
    near : int32[ptr[n]]
        Neighbours. In and out: the first ``degree[v]`` of node v are what is left; there are never more than at first.
    degree : int64[n]
        Number of neighbours, in and out.
    is_peeled : bool[n]
        In: False, out: set for contracted nodes.
    peeled : int32[n]
        Out: contracted nodes in their order.

    Returns
    -------
    int
        How many are contracted.
    """
    size = 0
    for v in range(degree.size):
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
    return size


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


def _dissect_all(ptr, neighbour):
    """Order of a graph's nodes, with work space for parts of up to all of them."""
    n = ptr.size - 1
    order = np.arange(n, dtype=np.int32)
    nodes, along, before, after = np.empty((4, n), np.int32)
    level, queue, stack = np.empty((3, 2 * n), np.int32)
    dissect(
        Graph(ptr, neighbour),
        order,
        np.empty((n + 2, 2), np.int64),
        nodes,
        np.full(n, -1, np.int32),
        Graph(np.empty(n + 1, np.int64), np.empty(neighbour.size, np.int32)),
        Axes(np.empty((4, n), np.int32), along, np.empty(4 * n + 2, np.int32)),
        Flow(np.empty(n, np.int8), before, after, level, queue, stack, np.empty(n, np.int64)),
        np.empty(n, np.bool_),
    )
    return order


@kernel
def dissect(graph, order, waiting, nodes, place, part, axes, flow, separates):
    """Put parts of a graph first, then what separates them; each part likewise.

    Parameters
    ----------
    graph : Graph
    order : int32[n]
        In: all nodes, out: their order.
    waiting : int64[n + 2, 2]
        Pieces of the order that are still to be separated. From here on: work space.
    nodes : int32[n]
        Nodes of a part.
    place : int32[n]
        Their places in it, -1 elsewhere, before and after too.
    part : Graph
        Graph of a part.
    axes : Axes
    flow : Flow
    separates : bool[n]
        The separator found.
    """
    waiting[0, 0] = 0
    waiting[0, 1] = order.size
    n_waiting = 1
    while n_waiting > 0:
        n_waiting -= 1
        low = waiting[n_waiting, 0]
        high = waiting[n_waiting, 1]
        n = high - low
        if n <= LEAF_NODES:
            continue
        for v in range(n):
            nodes[v] = order[low + v]
        _subgraph(graph, n, nodes, place, part)
        n_reached = _breadth_first(part, np.int32(0), n, np.int64(0), axes.depth, flow.queue)
        if n_reached < n:
            for v in range(n):
                separates[v] = axes.depth[0, v] < 0
            middle = low + n_reached
            waiting[n_waiting, 0] = middle
            waiting[n_waiting, 1] = high
            n_waiting += 1
        else:
            size = _separate(part, n, axes, flow, separates)
            middle = high - size
        first = low
        last = middle
        for v in range(n):
            if separates[v]:
                order[last] = nodes[v]
                last += 1
            else:
                order[first] = nodes[v]
                first += 1
        waiting[n_waiting, 0] = low
        waiting[n_waiting, 1] = middle
        n_waiting += 1


@kernel
def _subgraph(graph, n, nodes, place, part):
    """Graph of the first n of `nodes`, numbered by their place there; `place` is -1 everywhere before and after."""
    for k in range(n):
        place[nodes[k]] = k
    size = 0
    part.ptr[0] = 0
    for k in range(n):
        for i in range(graph.ptr[nodes[k]], graph.ptr[nodes[k] + 1]):
            if place[graph.neighbour[i]] >= 0:
                part.neighbour[size] = place[graph.neighbour[i]]
                size += 1
        part.ptr[k + 1] = size
    for k in range(n):
        place[nodes[k]] = -1


@kernel
def _breadth_first(graph, root, n, end, depth, queue):
    """Links from `root` to each node (-1: unreachable), in row `end` of `depth`.

    `queue` holds the reached nodes, the farthest last; returns their number.
    """
    ptr, neighbour = graph
    for v in range(n):
        depth[end, v] = -1
    depth[end, root] = 0
    queue[0] = root
    size = 1
    done = 0
    while done < size:
        v = queue[done]
        done += 1
        for i in range(ptr[v], ptr[v + 1]):
            if depth[end, neighbour[i]] < 0:
                depth[end, neighbour[i]] = depth[end, v] + 1
                queue[size] = neighbour[i]
                size += 1
    return size


@kernel
def _separate(graph, n, axes, flow, separates):
    """Find a small separator of a connected graph with sides alike; marks it, returns its size."""
    part, along, level = flow.part, axes.along, flow.level
    _span_axes(graph, n, axes.depth, flow.queue)
    n_ends = max(1, int(END_SHARE * n))
    best = n
    best_ratio = np.inf
    for axis in range(N_AXES):
        _sort_along(axis, n, axes)
        for v in range(n):
            part[v] = _BETWEEN
        for k in range(n_ends):
            part[along[k]] = _START
            part[along[n - 1 - k]] = _GOAL
        size = _flow(graph, n, best, flow)
        if size > best:
            continue
        # of all the smallest separators, flow shows the one nearest to the start and the one nearest to the goal
        for goal in (_GOAL, _START):
            if goal == _START:
                _residual_levels(
                    graph, n, part, np.int64(_GOAL), np.int64(_START), flow.after, flow.before, level, flow.queue
                )
            side = 0
            for v in range(n):
                if level[2 * v + 1] >= 0:
                    side += 1
            ratio = size / max(1.0, min(side, n - size - side))
            if ratio < best_ratio:
                best_ratio = ratio
                best = size
                for v in range(n):
                    separates[v] = level[2 * v] >= 0 and level[2 * v + 1] < 0
    return best


@kernel
def _span_axes(graph, n, depth, queue):
    """Depths from the ends of two axes: a far pair of nodes, and a pair begun as far off the first as can be.

    `queue` holds the nodes by their depth from any one.
    """
    for end in range(4):
        root = queue[n - 1]
        if end == 2:
            root = np.int32(0)
            for v in range(n):
                if min(depth[0, v], depth[1, v]) > min(depth[0, root], depth[1, root]):
                    root = np.int32(v)
        _breadth_first(graph, root, n, end, depth, queue)


@kernel
def _place_along(axis, v, depth):
    """Place of a node along an axis or a diagonal."""
    first = depth[0, v] - depth[1, v]
    second = depth[2, v] - depth[3, v]
    if axis == 0:
        return first
    if axis == 1:
        return second
    return first + second if axis == 2 else first - second


@kernel
def _sort_along(axis, n, axes):
    """Sort nodes by their place along an axis or a diagonal; nodes of one place by number."""
    depth, along, n_at = axes
    low = 0
    high = 0
    for v in range(n):
        place = _place_along(axis, v, depth)
        low = min(low, place)
        high = max(high, place)
    for place in range(high - low + 2):
        n_at[place] = 0
    for v in range(n):
        n_at[_place_along(axis, v, depth) - low + 1] += 1
    for place in range(high - low + 1):
        n_at[place + 1] += n_at[place]
    for v in range(n):
        place = _place_along(axis, v, depth) - low
        along[n_at[place]] = v
        n_at[place] += 1


@kernel
def _flow(graph, n, limit, flow):
    """Number of paths from start to goal that share no node; given up above `limit`."""
    part, before, after, level = flow.part, flow.before, flow.after, flow.level
    for v in range(n):
        before[v] = _FREE
        after[v] = _FREE
    size = 0
    while size <= limit:
        goal_level = _residual_levels(
            graph, n, part, np.int64(_START), np.int64(_GOAL), before, after, level, flow.queue
        )
        if goal_level < 0:
            break
        size += _augment(graph, n, goal_level, flow)
    return size


@kernel
def _residual_levels(graph, n, part, start, goal, before, after, level, queue):
    """Breadth-first levels of the states that one more path can reach; the level of the first goal, -1 if none.

    With start and goal, `before` and `after` exchanged, it searches backwards; 2 v is then v's exit.
    """
    ptr, neighbour = graph
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
def _augment(graph, n, goal_level, flow):
    """Add paths along rising levels until there is no more; returns their number."""
    part, before, after, level, stack, arc = flow.part, flow.before, flow.after, flow.level, flow.stack, flow.arc
    for v in range(n):
        arc[v] = graph.ptr[v]
    n_paths = 0
    for root in range(n):
        if level[2 * root] != 0 or before[root] == _TERMINAL:
            continue
        stack[0] = 2 * root
        top = 0
        while top >= 0:
            state = stack[top]
            if level[state] == goal_level and state & 1 == 1 and part[state >> 1] == _GOAL:
                break
            onward = _next_state(graph, state, before, after, level, arc)
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
def _next_state(graph, state, before, after, level, arc):
    """A state of the next level that can be entered from `state`, or -1."""
    ptr, neighbour = graph
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
