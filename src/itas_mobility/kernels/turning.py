"""Where vehicles could turn round to get past a forbidden turn: searches over links, near single junctions."""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.heap import pop, push


@kernel(allocates=True)
def turning_points(begin, banned_ptr, banned, ptr, head, twin, time, through_time, reach, is_point):
    """Mark nodes at which turning round would beat the way round by legal turns.

    For each forbidden turn (from link ``begin[i]`` into one of its forbidden links) the legal way round is sought over
    links, without any U-turn. Then roads that can be driven out and back are followed from the junction as long as
    there and back is quicker; their ends are the points where one must not turn round, or the ban would be in vain.

    Parameters
    ----------
    begin : int64[n]
        Links whose turns are restricted.
    banned_ptr : int64[n + 1]
    banned : int64[k]
        Links that must not follow them; ragged.
    ptr : int64[n_nodes + 1]
    head : int32[n_links]
        Forward star.
    twin : int64[n_links]
        The same piece of road in the other direction, -1 where there is none.
    time : float64[n_links]
        Free-flow times.
    through_time : float64[n_links]
        The same for the legal way round: inf where a link is not for through traffic.
    reach : float
        Longest time out from the junction that is looked at.
    is_point : bool[n_nodes]
        Out: nodes are marked.
    """
    n_links = head.size
    dist = np.full(n_links, np.inf)
    touched = np.empty(n_links, np.int64)
    # a link is reached first from the end that is reached first, so that it enters the heap once
    key = np.empty(n_links + 1)
    item = np.empty(n_links + 1, np.int64)
    for i in range(begin.size):
        start = begin[i]
        longest = 0.0
        for k in range(banned_ptr[i], banned_ptr[i + 1]):
            if banned[k] == twin[start]:
                continue  # a forbidden U-turn: turning round at the next junction is what drivers are meant to do
            way_round = _way_round(
                start, banned[k], banned_ptr[i], banned_ptr[i + 1], banned, ptr, head, twin, through_time,
                2.0 * reach, dist, touched, key, item,
            )  # fmt: skip
            longest = max(longest, way_round)
        if longest > 0.0:
            _mark(
                start, banned_ptr[i], banned_ptr[i + 1], banned, longest, ptr, head, twin, time, reach, is_point, dist,
                touched, key, item,
            )  # fmt: skip


@kernel
def _is_banned(link, first, last, banned):
    for k in range(first, last):
        if banned[k] == link:
            return True
    return False


@kernel
def _way_round(start, goal, first, last, banned, ptr, head, twin, time, limit, dist, touched, key, item):
    """Least time from the end of `start` to the beginning of `goal` by legal turns, at most `limit`."""
    count = 0
    size = push(key, item, 0, 0.0, start)
    dist[start] = 0.0
    touched[count] = start
    count += 1
    found = limit
    while size > 0:
        here = key[0]
        link = item[0]
        size = pop(key, item, size)
        if here > dist[link]:
            continue
        if here >= found:
            break
        node = head[link]
        for onward in range(ptr[node], ptr[node + 1]):
            if onward == twin[link] or (link == start and _is_banned(onward, first, last, banned)):
                continue
            if onward == goal:
                found = here
                break
            reached = here + time[onward]
            if reached < dist[onward] and reached < found:
                if dist[onward] == np.inf:
                    touched[count] = onward
                    count += 1
                dist[onward] = reached
                size = push(key, item, size, reached, onward)
    for k in range(count):
        dist[touched[k]] = np.inf
    return found


@kernel
def _mark(start, first, last, banned, longest, ptr, head, twin, time, reach, is_point, dist, touched, key, item):
    """Mark the ends of roads that can be driven out and back in less than `longest`."""
    count = 0
    size = push(key, item, 0, 0.0, start)
    dist[start] = 0.0
    touched[count] = start
    count += 1
    while size > 0:
        here = key[0]
        link = item[0]
        size = pop(key, item, size)
        if here > dist[link]:
            continue
        node = head[link]
        if link != start:
            is_point[node] = True
        for onward in range(ptr[node], ptr[node + 1]):
            back = twin[onward]
            if back < 0 or onward == twin[link] or (link == start and _is_banned(onward, first, last, banned)):
                continue
            reached = here + time[onward] + time[back]
            if reached < longest and reached <= 2.0 * reach and reached < dist[onward]:
                if dist[onward] == np.inf:
                    touched[count] = onward
                    count += 1
                dist[onward] = reached
                size = push(key, item, size, reached, onward)
    for k in range(count):
        dist[touched[k]] = np.inf
