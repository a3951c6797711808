"""Earliest arrivals in a timetable by rounds (RAPTOR: Delling, Pajor, Werneck 2012).

Round k finds the earliest arrivals with k rides from those with k - 1. Two labels are kept for each stop and round:
`ride` is the arrival by vehicle, `ready` the moment from which the next vehicle can be boarded (after changing at the
stop, or after one walk from another stop). Latest departures come from the same loop over the mirrored timetable (all
times negated, all sequences reversed), so there is one loop to trust.
"""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel


@kernel
def _first_trip(ready, position, low, high, call_ptr, departure):
    """First trip of [low, high) that leaves `position` at `ready` or later; `high` if there is none."""
    while low < high:
        middle = (low + high) >> 1
        if departure[call_ptr[middle] + position] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def search_rounds(
    source_stop, source_time, limit, slack, stop_ptr, stop, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route,
    at_position, walk_ptr, walk_to, walk_time, ride, ready, ride_trip, ride_from, ride_to, ready_from, best_ride,
    best_ready, marked, alighted, queue, first_position,
):  # fmt: skip
    """Earliest arrivals at all stops by number of rides, from several stops with their own starting times.

    Parameters
    ----------
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Where and from when on the first vehicle can be boarded.
    limit : float
        Arrivals after this are not looked for.
    slack : float
        Least time between alighting and boarding, walk not counted.
    stop_ptr : int64[n_routes + 1]
    stop : int32[n_positions]
        Stops of each route.
    trip_ptr : int64[n_routes + 1]
        Trips of each route, sorted by time, none overtaking another.
    call_ptr : int64[n_trips + 1]
    arrival, departure : float64[n_calls]
        Times of call k of trip t at ``call_ptr[t] + k``.
    at_ptr : int64[n_stops + 1]
    at_route, at_position : int32[n_positions]
        Routes that call at each stop, and where in the route.
    walk_ptr : int64[n_stops + 1]
    walk_to : int32[n_walks]
    walk_time : float64[n_walks]
        Walks from each stop to others.
    ride, ready : float64[max_rides + 1, n_stops]
        Out: arrival by vehicle, and when ready to board, after exactly that many rides; inf where not improved.
    ride_trip, ride_from, ride_to : int32[max_rides + 1, n_stops]
        Out: trip of the last ride and the positions of boarding and alighting.
    ready_from : int32[max_rides + 1, n_stops]
        Out: stop at which the traveller alighted before being ready here (the same stop, or the start of the walk); -1
        at sources.
    best_ride, best_ready : float64[n_stops]
    marked, alighted : int32[n_stops]
    queue, first_position : int32[n_routes]
        Work space.
    """
    max_rides = ride.shape[0] - 1
    n_stops = ride.shape[1]
    for k in range(max_rides + 1):
        for s in range(n_stops):
            ride[k, s] = np.inf
            ready[k, s] = np.inf
    for s in range(n_stops):
        best_ride[s] = np.inf
        best_ready[s] = np.inf
    for r in range(first_position.size):
        first_position[r] = -1
    n_marked = 0
    for i in range(source_stop.size):
        s = source_stop[i]
        if source_time[i] < ready[0, s]:
            if ready[0, s] == np.inf:
                marked[n_marked] = s
                n_marked += 1
            ready[0, s] = source_time[i]
            best_ready[s] = source_time[i]
            ready_from[0, s] = -1
    for k in range(1, max_rides + 1):
        n_queue = 0
        for i in range(n_marked):
            s = marked[i]
            for at in range(at_ptr[s], at_ptr[s + 1]):
                r = at_route[at]
                if first_position[r] == -1:
                    queue[n_queue] = r
                    n_queue += 1
                    first_position[r] = at_position[at]
                elif at_position[at] < first_position[r]:
                    first_position[r] = at_position[at]
        n_alighted = 0
        for i in range(n_queue):
            r = queue[i]
            begin = first_position[r]
            first_position[r] = -1
            n_positions = stop_ptr[r + 1] - stop_ptr[r]
            trip = -1
            board = -1
            for p in range(begin, n_positions):
                s = stop[stop_ptr[r] + p]
                if trip >= 0:
                    t = arrival[call_ptr[trip] + p]
                    if t <= limit and t < best_ride[s]:
                        if ride[k, s] == np.inf:
                            alighted[n_alighted] = s
                            n_alighted += 1
                        ride[k, s] = t
                        best_ride[s] = t
                        ride_trip[k, s] = trip
                        ride_from[k, s] = board
                        ride_to[k, s] = p
                t = ready[k - 1, s]
                if t < np.inf and p < n_positions - 1:
                    if trip < 0 or t <= departure[call_ptr[trip] + p]:
                        last = trip_ptr[r + 1] if trip < 0 else trip
                        found = _first_trip(t, p, trip_ptr[r], last, call_ptr, departure)
                        if found < last:
                            trip = found
                            board = p
        n_marked = 0
        for i in range(n_alighted):
            s = alighted[i]
            t = ride[k, s] + slack
            if t < best_ready[s]:
                if ready[k, s] == np.inf:
                    marked[n_marked] = s
                    n_marked += 1
                ready[k, s] = t
                best_ready[s] = t
                ready_from[k, s] = s
            for walk in range(walk_ptr[s], walk_ptr[s + 1]):
                to = walk_to[walk]
                t = ride[k, s] + walk_time[walk] + slack
                if t < best_ready[to]:
                    if ready[k, to] == np.inf:
                        marked[n_marked] = to
                        n_marked += 1
                    ready[k, to] = t
                    best_ready[to] = t
                    ready_from[k, to] = s
        if n_marked == 0:
            break


@kernel(parallel=True)
def arrivals_at_zones(
    source_ptr, source_stop, source_time, limit, max_rides, slack, stop_ptr, stop, trip_ptr, call_ptr, arrival,
    departure, at_ptr, at_route, at_position, walk_ptr, walk_to, walk_time, leg_ptr, leg_stop, leg_time, n_blocks,
):  # fmt: skip
    """Earliest arrivals at zones for many queries, each with its own sources and limit, in parallel.

    Parameters
    ----------
    source_ptr : int64[n_queries + 1]
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Sources of query q are rows ``source_ptr[q]:source_ptr[q + 1]``.
    limit : float64[n_queries]
        Latest arrival at the zone.
    max_rides : int
        Most rides (transfers + 1).
    slack, stop_ptr, stop, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position
        As in `search_rounds`.
    walk_ptr, walk_to, walk_time
        As in `search_rounds`.
    leg_ptr : int64[n_zones + 1]
    leg_stop : int32[n_legs]
    leg_time : float64[n_legs]
        Walks from stops to each zone.
    n_blocks : int
        Fixed number of blocks of queries worked in parallel.

    Returns
    -------
    reached : float64[n_queries, n_zones]
        Earliest arrival, inf where there is none by the limit.
    rides : int32[n_queries, n_zones]
        Fewest rides with which it is met; 0 where there is none.
    """
    n_queries = source_ptr.size - 1
    n_zones = leg_ptr.size - 1
    n_stops = at_ptr.size - 1
    n_routes = stop_ptr.size - 1
    reached = np.full((n_queries, n_zones), np.inf)
    rides = np.zeros((n_queries, n_zones), np.int32)
    for block in prange(n_blocks):
        low = block * n_queries // n_blocks
        high = (block + 1) * n_queries // n_blocks
        if low < high:
            ride = np.empty((max_rides + 1, n_stops))
            ready = np.empty((max_rides + 1, n_stops))
            ride_trip = np.empty((max_rides + 1, n_stops), np.int32)
            ride_from = np.empty((max_rides + 1, n_stops), np.int32)
            ride_to = np.empty((max_rides + 1, n_stops), np.int32)
            ready_from = np.empty((max_rides + 1, n_stops), np.int32)
            best_ride = np.empty(n_stops)
            best_ready = np.empty(n_stops)
            marked = np.empty(n_stops, np.int32)
            alighted = np.empty(n_stops, np.int32)
            queue = np.empty(n_routes, np.int32)
            first_position = np.empty(n_routes, np.int32)
            for q in range(low, high):
                search_rounds(
                    source_stop[source_ptr[q] : source_ptr[q + 1]], source_time[source_ptr[q] : source_ptr[q + 1]],
                    limit[q], slack, stop_ptr, stop, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route,
                    at_position, walk_ptr, walk_to, walk_time, ride, ready, ride_trip, ride_from, ride_to, ready_from,
                    best_ride, best_ready, marked, alighted, queue, first_position,
                )  # fmt: skip
                for zone in range(n_zones):
                    for leg in range(leg_ptr[zone], leg_ptr[zone + 1]):
                        if best_ride[leg_stop[leg]] + leg_time[leg] <= min(limit[q], reached[q, zone]):
                            for k in range(1, max_rides + 1):
                                t = ride[k, leg_stop[leg]] + leg_time[leg]
                                if t <= limit[q] and (
                                    t < reached[q, zone] or (t == reached[q, zone] and k < rides[q, zone])
                                ):
                                    reached[q, zone] = t
                                    rides[q, zone] = k
    return reached, rides
