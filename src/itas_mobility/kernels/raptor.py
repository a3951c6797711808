"""Earliest arrivals in a timetable for one departure (RAPTOR: Delling, Pajor, Werneck 2012)."""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import lower, mark, new_labels, new_space, note_touched, ride_round


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
