"""Where vehicles could turn round to get past a forbidden turn: searches over links, near single junctions."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.heap import pop, push


class Bans(NamedTuple):
    """Forbidden turns."""

    begin: np.ndarray
    """int64[n]: links whose turns are restricted."""
    ptr: np.ndarray
    end: np.ndarray
    """int64[n + 1], int64[k]: links that must not follow them; ragged."""


class TwoWayRoads(NamedTuple):
    """Forward star, with the way back along each link."""

    ptr: np.ndarray
    """int64[n_nodes + 1]."""
    head: np.ndarray
    """int32[n_links]."""
    twin: np.ndarray
    """int64[n_links]: the same piece of road in the other direction, -1 where there is none."""
    time: np.ndarray
    """float64[n_links]: free-flow times."""
    through_time: np.ndarray
    """float64[n_links]: the same for the legal way round; inf where a link is not for through traffic."""


class LinkSearch(NamedTuple):
    """Work space of a search over links."""

    dist: np.ndarray
    """float64[n_links]: least time to the end of each link; inf everywhere before and after."""
    touched: np.ndarray
    """int64[n_links]: links whose time is not inf."""
    key: np.ndarray
    item: np.ndarray
    """float64, int64: heap. A link is reached first from the end that is reached first, so that it enters once."""


@kernel(allocates=True)
def turning_points(bans, roads, reach, is_point):
    """Mark nodes at which turning round would beat the way round by legal turns.

    For each forbidden turn the legal way round is sought over links, without any U-turn. Then roads that can be driven
    out and back are followed from the junction as long as there and back is quicker; their ends are the points where
    one must not turn round, or the ban would be in vain.

    Parameters
    ----------
    bans : Bans
    roads : TwoWayRoads
    reach : float
        Longest time out from the junction that is looked at.
    is_point : bool[n_nodes]
        Out: nodes are marked.
    """
    n_links = roads.head.size
    search = LinkSearch(
        np.full(n_links, np.inf), np.empty(n_links, np.int64), np.empty(n_links + 1), np.empty(n_links + 1, np.int64)
    )
    for i in range(bans.begin.size):
        start = bans.begin[i]
        longest = 0.0
        for k in range(bans.ptr[i], bans.ptr[i + 1]):
            # a forbidden U-turn is passed over: turning round at the next junction is what drivers are meant to do
            if bans.end[k] != roads.twin[start]:
                longest = max(longest, _way_round(i, bans.end[k], bans, roads, 2.0 * reach, search))
        if longest > 0.0:
            _mark(i, bans, longest, roads, reach, is_point, search)


@kernel
def _is_banned(link, i, bans):
    for k in range(bans.ptr[i], bans.ptr[i + 1]):
        if bans.end[k] == link:
            return True
    return False


@kernel
def _begin(start, search):
    """Put a link on the empty heap; returns the size of the heap and how many links are touched."""
    search.dist[start] = 0.0
    search.touched[0] = start
    return push(search.key, search.item, np.int64(0), 0.0, start), np.int64(1)


@kernel
def _reach(link, time, size, count, search):
    """Note a quicker way to the end of a link; returns the size of the heap and how many links are touched."""
    if search.dist[link] == np.inf:
        search.touched[count] = link
        count += 1
    search.dist[link] = time
    return push(search.key, search.item, size, time, link), count


@kernel
def _clear(count, search):
    for k in range(count):
        search.dist[search.touched[k]] = np.inf


@kernel
def _way_round(i, goal, bans, roads, limit, search):
    """Least time from the end of the link of ban i to the beginning of `goal` by legal turns, at most `limit`."""
    start = bans.begin[i]
    size, count = _begin(start, search)
    found = limit
    while size > 0:
        here = search.key[0]
        link = search.item[0]
        size = pop(search.key, search.item, size)
        if here > search.dist[link]:
            continue
        if here >= found:
            break
        node = roads.head[link]
        for onward in range(roads.ptr[node], roads.ptr[node + 1]):
            if onward == roads.twin[link] or (link == start and _is_banned(onward, i, bans)):
                continue
            if onward == goal:
                found = here
                break
            reached = here + roads.through_time[onward]
            if reached < search.dist[onward] and reached < found:
                size, count = _reach(onward, reached, size, count, search)
    _clear(count, search)
    return found


@kernel
def _mark(i, bans, longest, roads, reach, is_point, search):
    """Mark the ends of roads that can be driven out and back in less than `longest`."""
    start = bans.begin[i]
    size, count = _begin(start, search)
    while size > 0:
        here = search.key[0]
        link = search.item[0]
        size = pop(search.key, search.item, size)
        if here > search.dist[link]:
            continue
        node = roads.head[link]
        if link != start:
            is_point[node] = True
        for onward in range(roads.ptr[node], roads.ptr[node + 1]):
            back = roads.twin[onward]
            if back < 0 or onward == roads.twin[link] or (link == start and _is_banned(onward, i, bans)):
                continue
            reached = here + roads.time[onward] + roads.time[back]
            if reached < longest and reached <= 2.0 * reach and reached < search.dist[onward]:
                size, count = _reach(onward, reached, size, count, search)
    _clear(count, search)
