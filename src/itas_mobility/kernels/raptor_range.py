"""All optimal journeys of a window of departures (range RAPTOR: Delling, Pajor, Werneck 2012).

Departures are worked off from the last to the first, and labels are kept: an earlier departure then finds only what no
later one gives, which is what makes a journey optimal.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import (
    IMPROVED,
    LOGGED,
    first_trip,
    new_labels,
    new_space,
    ride_along,
    ride_round,
    settle,
)
from itas_mobility.kernels.timetable_arrays import Found, Log


class Departures(NamedTuple):
    """Moments at which it is worth setting out, and the trip that is just caught then."""

    moment: np.ndarray
    """float64[n_departures]."""
    route: np.ndarray
    position: np.ndarray
    trip: np.ndarray
    """int32[n_departures]."""


@kernel(allocates=True)
def trips_just_caught(sources, begin, end, trip_ptr, call_ptr, departure, at_ptr, at_route, at_position):
    """Departures of a window in no order, see `departures_in_window`.

    A table handed over from Python takes long to compile, and most of it is of no use here.
    """
    n = 0
    for is_filled in range(2):
        size = n if is_filled == 1 else 0  # at first they are only counted
        moment, route = np.empty(size), np.empty(size, np.int32)
        position, trip = np.empty(size, np.int32), np.empty(size, np.int32)
        n = 0
        for i in range(sources.stop.size):
            s, lead = sources.stop[i], sources.time[i]
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


def departures_in_window(sources, begin, end, table):
    """Moments of a window at which it is worth setting out, because a trip is then just caught.

    Parameters
    ----------
    sources : Sources
        Stops to board at and the way there.
    begin, end : float
        First and last moment of setting out.
    table : Table
        Timetable.

    Returns
    -------
    Departures
        The last one first.
    """
    moment, route, position, trip = trips_just_caught(
        sources, begin, end, table.trip_ptr, table.call_ptr, table.departure, table.at_ptr, table.at_route,
        table.at_position,
    )  # fmt: skip
    order = np.lexsort((trip, -moment))
    return Departures(moment[order], route[order], position[order], trip[order])


@kernel(internal=True, allocates=True)
def _longer(column, n_used, size):
    """A longer copy of a column."""
    copy = np.empty(size, column.dtype)
    for i in range(n_used):
        copy[i] = column[i]
    return copy


@kernel(internal=True, allocates=True)
def _longer_log(log, n_used, size):
    """A longer copy of a log."""
    return Log(
        _longer(log.trip, n_used, size),
        _longer(log.board, n_used, size),
        _longer(log.alight, n_used, size),
        _longer(log.before, n_used, size),
    )


@kernel(internal=True, allocates=True)
def _longer_found(found, n_used, size):
    """A longer copy of the journeys found."""
    return Found(
        _longer(found.target, n_used, size),
        _longer(found.n_rides, n_used, size),
        _longer(found.row, n_used, size),
        _longer(found.moment, n_used, size),
        _longer(found.arrival, n_used, size),
    )


@kernel(internal=True)
def _note_found(now, k, n_found, found, reach, reach_row, improved, is_improved, counts):
    """Note the journeys to the targets that gain in round k, and clear their list; returns the number of journeys."""
    for i in range(counts[IMPROVED]):
        target = improved[i]
        is_improved[target] = False
        found.target[n_found] = target
        found.n_rides[n_found] = k
        found.row[n_found] = reach_row[target, k]
        found.moment[n_found] = now
        found.arrival[n_found] = reach[target, k]
        n_found += 1
    counts[IMPROVED] = 0
    return n_found


@kernel(allocates=True)
def search_range(departures, limits, table, legs):
    """All journeys of a window of which no other leaves later, arrives earlier and has fewer rides.

    Parameters
    ----------
    departures : Departures
        See `departures_in_window`.
    limits : Limits
        Longest journey, most rides and slack.
    table : Table
        Timetable.
    legs : Legs
        Ways from each stop to targets.

    Returns
    -------
    found : Found
        By falling departure, then rising rides.
    log : Log
        Their rides.
    """
    max_rides, slack = limits.max_rides, limits.slack
    n_stops, n_targets = table.at_ptr.size - 1, legs.n_targets
    labels = new_labels(max_rides, n_stops, n_targets)
    space = new_space(max_rides, n_stops, table.stop_ptr.size - 1, table.stop.size, n_targets)
    most = max_rides * n_stops
    log = Log(np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32))
    found = Found(
        np.empty(n_targets, np.int32), np.empty(n_targets, np.int32), np.empty(n_targets, np.int32),
        np.empty(n_targets), np.empty(n_targets),
    )  # fmt: skip
    moment = departures.moment
    n_found = 0
    first = 0
    while first < moment.size:
        now = moment[first]
        limit = now + limits.max_journey
        last = first + 1
        while last < moment.size and moment[last] == now:
            last += 1
        n_alighted = ride_along(
            1, first, last, departures.route, departures.position, departures.trip, limit, 0, table, labels, space
        )
        first = last
        k, n_marked = 0, 0
        while n_alighted > 0 or n_marked > 0:
            k += 1
            if space.counts[LOGGED] + n_stops > log.trip.size:
                log = _longer_log(log, space.counts[LOGGED], 2 * (space.counts[LOGGED] + n_stops))
            if k == 1:
                n_marked = settle(1, n_alighted, limit, slack, table, legs, log, labels, space)
                n_alighted = 0
            else:
                n_marked = ride_round(k, n_marked, limit, slack, table, legs, log, labels, space)
            n_more = space.counts[IMPROVED]
            if n_found + n_more > found.target.size:
                found = _longer_found(found, n_found, 2 * (n_found + n_more))
            n_found = _note_found(
                now, k, n_found, found, labels.reach, labels.reach_row, space.improved, space.is_improved, space.counts
            )
    n = space.counts[LOGGED]
    return (
        Found(
            found.target[:n_found], found.n_rides[:n_found], found.row[:n_found], found.moment[:n_found],
            found.arrival[:n_found],
        ),
        Log(log.trip[:n], log.board[:n], log.alight[:n], log.before[:n]),
    )  # fmt: skip
