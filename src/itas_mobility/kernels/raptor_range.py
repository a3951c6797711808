"""All optimal journeys of a window of departures (range RAPTOR: Delling, Pajor, Werneck 2012).

Departures are worked off from the last to the first, and labels are kept: an earlier departure then finds only what no
later one gives, which is what makes a journey optimal.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import first_trip, new_labels, new_space, ride_along, ride_round, settle


@kernel(allocates=True)
def departures_in_window(
    source_stop, source_time, begin, end, trip_ptr, call_ptr, departure, at_ptr, at_route, at_position
):  # fmt: skip
    """Moments of a window at which it is worth setting out, because a trip is then just caught.

    Parameters
    ----------
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Stops to board at and the way there.
    begin, end : float
        First and last moment of setting out.
    trip_ptr, call_ptr, departure, at_ptr, at_route, at_position
        As in `kernels.raptor.search_rounds`.

    Returns
    -------
    moment : float64[n_departures]
    route, position, trip : int32[n_departures]
        When to set out, and the trip boarded; in no order.
    """
    n = 0
    for is_filled in range(2):
        if is_filled == 0:  # counted only
            moment, route, position, trip = (
                np.empty(0),
                np.empty(0, np.int32),
                np.empty(0, np.int32),
                np.empty(0, np.int32),
            )
        else:
            moment, route = np.empty(n), np.empty(n, np.int32)
            position, trip = np.empty(n, np.int32), np.empty(n, np.int32)
        n = 0
        for i in range(source_stop.size):
            s, lead = source_stop[i], source_time[i]
            for at in range(at_ptr[s], at_ptr[s + 1]):
                r, p = at_route[at], at_position[at]
                t = first_trip(begin + lead, p, trip_ptr[r], trip_ptr[r + 1], call_ptr, departure)
                while t < trip_ptr[r + 1] and departure[call_ptr[t] + p] - lead <= end:
                    if is_filled == 1:
                        moment[n] = departure[call_ptr[t] + p] - lead
                        route[n] = r
                        position[n] = p
                        trip[n] = t
                    n += 1
                    t += 1
    return moment, route, position, trip


@kernel(internal=True, allocates=True)
def _with_room(rows, n_used, n_more):
    """The array itself, or a longer copy if it has no room for more rows."""
    if n_used + n_more <= rows.shape[0]:
        return rows
    longer = np.empty((2 * (n_used + n_more), rows.shape[1]), rows.dtype)
    for i in range(n_used):
        for j in range(rows.shape[1]):
            longer[i, j] = rows[i, j]
    return longer


@kernel(allocates=True)
def search_range(
    moment, first_route, first_position, first_ride, max_journey, max_rides, slack, stop_ptr, stop, may_board,
    may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position, walk_ptr, walk_to, walk_time,
    change, leg_ptr, leg_target, leg_time, n_targets,
):  # fmt: skip
    """All journeys of a window of which no other leaves later, arrives earlier and has fewer rides.

    Parameters
    ----------
    moment : float64[n_departures]
        When to set out, the last one first.
    first_route, first_position, first_ride : int32[n_departures]
        The trip boarded then, see `departures_in_window`.
    max_journey : float
        Longest time from setting out to arriving.
    max_rides : int
        Most rides (transfers + 1).
    slack, stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position
        As in `kernels.raptor.search_rounds`.
    walk_ptr, walk_to, walk_time, change
        As in `kernels.raptor.search_rounds`.
    leg_ptr : int64[n_stops + 1]
    leg_target : int32[n_legs]
    leg_time : float64[n_legs]
        Ways from each stop to targets.
    n_targets : int
        Number of targets.

    Returns
    -------
    found : int32[n_journeys, 3]
        Target, number of rides and row of `log` of the last ride, by falling departure, then rising rides.
    time : float64[n_journeys, 2]
        When to set out, and arrival at the target.
    log : int32[n_logged, 4]
        As in `kernels.raptor.search_rounds`.
    """
    table = (
        stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position,
        walk_ptr, walk_to, walk_time, change,
    )  # fmt: skip
    legs = (leg_ptr, leg_target, leg_time)
    n_stops = at_ptr.size - 1
    labels = new_labels(max_rides, n_stops, n_targets)
    space = new_space(max_rides, n_stops, stop_ptr.size - 1, stop.size, n_targets)
    reach, reach_row, improved, is_improved, counts = labels[2], labels[5], space[10], space[11], space[12]
    log = np.empty((max_rides * n_stops, 4), np.int32)
    found, time = np.empty((n_targets, 3), np.int32), np.empty((n_targets, 2))
    n_found = 0
    first = 0
    while first < moment.size:
        now = moment[first]
        limit = now + max_journey
        last = first + 1
        while last < moment.size and moment[last] == now:
            last += 1
        n_alighted = ride_along(1, first, last, first_route, first_position, first_ride, limit, 0, table, labels, space)
        first = last
        k, n_marked = 0, 0
        while n_alighted > 0 or n_marked > 0:
            k += 1
            log = _with_room(log, counts[0], n_stops)
            if k == 1:
                n_marked = settle(1, n_alighted, limit, slack, table, legs, log, labels, space)
                n_alighted = 0
            else:
                n_marked = ride_round(k, n_marked, limit, slack, table, legs, log, labels, space)
            found = _with_room(found, n_found, counts[2])
            time = _with_room(time, n_found, counts[2])
            for i in range(counts[2]):
                target = improved[i]
                is_improved[target] = False
                found[n_found, 0] = target
                found[n_found, 1] = k
                found[n_found, 2] = reach_row[target, k]
                time[n_found, 0] = now
                time[n_found, 1] = reach[target, k]
                n_found += 1
            counts[2] = 0
    return found[:n_found], time[:n_found], log[: counts[0]]
