"""Earliest arrivals in a timetable for one departure (RAPTOR: Delling, Pajor, Werneck 2012)."""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import forget, lower, mark, new_labels, new_space, note_touched, ride_round


@kernel(internal=True)
def search_from(source_stop, source_time, limit, slack, table, legs, log, labels, space):
    """All rounds from sources; labels that are there already, from a later departure, stay and prune the search."""
    ready, ready_row = labels[1], labels[4]
    marked, touched, is_marked, is_touched, counts = space[0], space[2], space[3], space[4], space[12]
    n_marked = 0
    for i in range(source_stop.size):
        s = source_stop[i]
        if source_time[i] < ready[s, 0]:
            lower(ready, ready_row, s, 0, source_time[i], -1)
            n_marked = mark(s, n_marked, marked, is_marked)
            note_touched(s, touched, is_touched, counts)
    for k in range(1, ready.shape[1]):
        if n_marked == 0:
            break
        n_marked = ride_round(k, n_marked, limit, slack, table, legs, log, labels, space)


@kernel(allocates=True)
def search_rounds(
    source_stop, source_time, limit, max_rides, slack, stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr,
    arrival, departure, at_ptr, at_route, at_position, walk_ptr, walk_to, walk_time, change, leg_ptr, leg_target,
    leg_time, n_targets,
):  # fmt: skip
    """Earliest arrivals at all stops by number of rides, from several stops with their own starting times.

    Parameters
    ----------
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Where and from when on the first vehicle can be boarded.
    limit : float
        Arrivals after this are not looked for.
    max_rides : int
        Most rides (transfers + 1).
    slack : float
        Least time between alighting and boarding, walk not counted.
    stop_ptr : int64[n_routes + 1]
    stop : int32[n_positions]
        Stops of each route.
    may_board, may_alight : bool[n_positions]
        Whether passengers get on or off there.
    trip_ptr : int64[n_routes + 1]
        Trips of each route, sorted by time, none overtaking another.
    call_ptr : int64[n_trips + 1]
    arrival, departure : float64[n_calls]
        Times of call k of trip t at ``call_ptr[t] + k``.
    at_ptr : int64[n_stops + 1]
    at_route, at_position : int32[n_boardings]
        Routes that can be boarded at each stop, and where in the route.
    walk_ptr : int64[n_stops + 1]
    walk_to : int32[n_walks]
    walk_time : float64[n_walks]
        Walks from each stop to others.
    change : float64[n_stops]
        Least time between two vehicles at the same stop; the greater of it and `slack` counts.
    leg_ptr : int64[n_stops + 1]
    leg_target : int32[n_legs]
    leg_time : float64[n_legs]
        Ways from each stop to targets.
    n_targets : int
        Number of targets. If there is one only, what cannot improve the arrival there is not looked for.

    Returns
    -------
    ride : float64[max_rides + 1, n_stops]
        Arrival by vehicle with at most that many rides; inf where there is none.
    ride_row : int32[max_rides + 1, n_stops]
        Row of `log` that holds the last ride; -1 where there is none.
    log : int32[n_logged, 4]
        Rides: trip, places in `stop` of boarding and alighting, row of the ride before (-1: the first one).
    reach : float64[max_rides + 1, n_targets]
        Arrival at each target with at most that many rides; inf where there is none.
    """
    table = (
        stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position,
        walk_ptr, walk_to, walk_time, change,
    )  # fmt: skip
    n_stops = at_ptr.size - 1
    legs = (leg_ptr, leg_target, leg_time)
    labels = new_labels(max_rides, n_stops, n_targets)
    space = new_space(max_rides, n_stops, stop_ptr.size - 1, stop.size, n_targets)
    log = np.empty((max_rides * n_stops, 4), np.int32)  # a stop is noted at most once a round
    search_from(source_stop, source_time, limit, slack, table, legs, log, labels, space)
    return labels[0].T, labels[3].T, log[: space[12][0]], labels[2].T


@kernel(parallel=True)
def arrivals_at_zones(
    source_ptr, source_stop, source_time, limit, max_rides, slack, stop_ptr, stop, may_board, may_alight, trip_ptr,
    call_ptr, arrival, departure, at_ptr, at_route, at_position, walk_ptr, walk_to, walk_time, change, leg_ptr,
    leg_stop, leg_time, n_blocks,
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
    slack, stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position
        As in `search_rounds`.
    walk_ptr, walk_to, walk_time, change
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
            table = (
                stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route,
                at_position, walk_ptr, walk_to, walk_time, change,
            )  # fmt: skip
            legs = (np.zeros(n_stops + 1, np.int64), np.empty(0, np.int32), np.empty(0))
            labels = new_labels(max_rides, n_stops, 0)
            space = new_space(max_rides, n_stops, n_routes, stop.size, 0)
            log = np.empty((0, 4), np.int32)
            ride = labels[0]
            for q in range(low, high):
                search_from(
                    source_stop[source_ptr[q] : source_ptr[q + 1]], source_time[source_ptr[q] : source_ptr[q + 1]],
                    limit[q], slack, table, legs, log, labels, space,
                )  # fmt: skip
                for zone in range(n_zones):
                    for leg in range(leg_ptr[zone], leg_ptr[zone + 1]):
                        if ride[leg_stop[leg], max_rides] + leg_time[leg] <= min(limit[q], reached[q, zone]):
                            for k in range(1, max_rides + 1):
                                t = ride[leg_stop[leg], k] + leg_time[leg]
                                if t <= limit[q] and (
                                    t < reached[q, zone] or (t == reached[q, zone] and k < rides[q, zone])
                                ):
                                    reached[q, zone] = t
                                    rides[q, zone] = k
                forget(labels, space)
    return reached, rides
