"""The rounds of RAPTOR (Delling, Pajor, Werneck 2012), from which searches in timetables are made.

Three labels are kept for each number of rides k: `ride`, the earliest arrival by vehicle at each stop with at most k
rides; `ready`, the moment from which the next vehicle can be boarded there, after changing at the stop or after one
walk from another; `reach`, the earliest arrival at each target, to which legs lead from stops. A search that begins
earlier than the one before may keep the labels: it then improves only what leaving earlier improves.

Latest departures come from the same loops over the mirrored timetable (all times negated, all sequences reversed).

There are two such loops. These note how each label was met, so that journeys can be told; `kernels.raptor_window` keeps
nothing but times, in another layout, and searches a window in two thirds to three quarters of the time (measured on the
buses of Kuopio and of Porto Alegre). `tests/kernels/test_raptor_window.py` holds the two equal.

Where a function is called for each stop it takes the arrays that it needs and not all labels and space: arguments of
calls are copied array by array, which was a tenth of the time of a range search.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

_NO_TRIP = 2**31 - 1
"""Later than any trip."""

LOGGED = 0
TOUCHED = 1
IMPROVED = 2
"""Which of the counts of a space is which: rows of the log, stops in `touched`, targets in `improved`."""


class Labels(NamedTuple):
    """What a search knows; the last axis is the most rides, so that what is known of a stop lies side by side."""

    ride: np.ndarray
    ready: np.ndarray
    """float64[n_stops, max_rides + 1]."""
    reach: np.ndarray
    """float64[n_targets, max_rides + 1]."""
    ride_row: np.ndarray
    ready_row: np.ndarray
    reach_row: np.ndarray
    """int32, in the same shapes: row of the log that tells how; -1 where nothing does."""


class Space(NamedTuple):
    """Work space of a search. Marks are False and rides -1 between two rounds."""

    marked: np.ndarray
    is_marked: np.ndarray
    """int32[n_stops], bool[n_stops]: stops to board at."""
    alighted: np.ndarray
    """int32[n_stops]: stops at which somebody alighted in this round."""
    trip: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    """int32[n_stops]: the ride just found to each stop, with its places; trip -1: none."""
    touched: np.ndarray
    is_touched: np.ndarray
    """int32[n_stops], bool[n_stops]: stops whose labels are no longer as new."""
    improved: np.ndarray
    is_improved: np.ndarray
    """int32[n_targets], bool[n_targets]: targets that gain in this round."""
    queue: np.ndarray
    first: np.ndarray
    """int32[n_routes]: routes to ride along, and the position of each from which on."""
    first_of: np.ndarray
    """int32[n_routes]: the same by route while they are collected, else -1."""
    no_trip: np.ndarray
    """int32[n_routes]: all -1."""
    ridden: np.ndarray
    """int32[max_rides + 1, n_places]: earliest trip ridden on from each place with at most so many rides."""
    counts: np.ndarray
    """int64[3], see `LOGGED`, `TOUCHED`, `IMPROVED`."""


@kernel(internal=True)
def first_trip(ready, position, low, high, call_ptr, departure):
    """First trip of [low, high) that leaves `position` at `ready` or later; `high` if there is none."""
    while low < high:
        middle = (low + high) >> 1
        if departure[call_ptr[middle] + position] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@kernel(internal=True, allocates=True)
def new_labels(max_rides, n_stops, n_targets):
    """Labels of a search that has not begun."""
    of_stops, of_targets = (n_stops, max_rides + 1), (n_targets, max_rides + 1)
    return Labels(
        ride=np.full(of_stops, np.inf),
        ready=np.full(of_stops, np.inf),
        reach=np.full(of_targets, np.inf),
        ride_row=np.full(of_stops, np.int32(-1)),
        ready_row=np.full(of_stops, np.int32(-1)),
        reach_row=np.full(of_targets, np.int32(-1)),
    )


@kernel(internal=True, allocates=True)
def new_space(max_rides, n_stops, n_routes, n_places, n_targets):
    """Work space of a search that has not begun."""
    return Space(
        marked=np.empty(n_stops, np.int32),
        is_marked=np.zeros(n_stops, np.bool_),
        alighted=np.empty(n_stops, np.int32),
        trip=np.full(n_stops, np.int32(-1)),
        board=np.empty(n_stops, np.int32),
        alight=np.empty(n_stops, np.int32),
        touched=np.empty(n_stops, np.int32),
        is_touched=np.zeros(n_stops, np.bool_),
        improved=np.empty(n_targets, np.int32),
        is_improved=np.zeros(n_targets, np.bool_),
        queue=np.empty(n_routes, np.int32),
        first=np.empty(n_routes, np.int32),
        first_of=np.full(n_routes, np.int32(-1)),
        no_trip=np.full(n_routes, np.int32(-1)),
        ridden=np.full((max_rides + 1, n_places), np.int32(_NO_TRIP)),
        counts=np.zeros(3, np.int64),
    )


@kernel(internal=True)
def forget(labels, space):
    """Make labels and space as new; only what the searches touched is written."""
    ride, ready, reach, ride_row, ready_row, reach_row = labels
    touched, is_touched, ridden, counts = space.touched, space.is_touched, space.ridden, space.counts
    for i in range(counts[TOUCHED]):
        s = touched[i]
        is_touched[s] = False
        for k in range(ride.shape[1]):
            ride[s, k] = np.inf
            ready[s, k] = np.inf
            ride_row[s, k] = -1
            ready_row[s, k] = -1
    for target in range(reach.shape[0]):
        for k in range(reach.shape[1]):
            reach[target, k] = np.inf
            reach_row[target, k] = -1
    for k in range(ridden.shape[0]):
        for place in range(ridden.shape[1]):
            ridden[k, place] = _NO_TRIP
    for i in range(counts.size):
        counts[i] = 0


@kernel(internal=True)
def lower(label, rows, i, k, time, row):
    """Lower a label of i to `time` for k rides and more; `row` of the log tells how (-1: nothing is told)."""
    for j in range(k, label.shape[1]):
        if label[i, j] <= time:
            break
        label[i, j] = time
        if row >= 0:
            rows[i, j] = row


@kernel(internal=True)
def note_touched(s, touched, is_touched, counts):
    """Remember that labels of stop s are no longer as new."""
    if not is_touched[s]:
        is_touched[s] = True
        touched[counts[TOUCHED]] = s
        counts[TOUCHED] += 1


@kernel(internal=True)
def mark(s, n_marked, marked, is_marked):
    """Put stop s onto the list of stops to board at; returns its length."""
    if not is_marked[s]:
        is_marked[s] = True
        marked[n_marked] = s
        n_marked += 1
    return n_marked


@kernel(internal=True)
def collect_routes(n_marked, table, space):
    """Queue the routes that can be boarded at marked stops, each from the first of them on; returns their number."""
    at_ptr, at_route, at_position = table.at_ptr, table.at_route, table.at_position
    marked, queue, first, first_of = space.marked, space.queue, space.first, space.first_of
    n_queue = 0
    for i in range(n_marked):
        s = marked[i]
        for at in range(at_ptr[s], at_ptr[s + 1]):
            r = at_route[at]
            if first_of[r] == -1:
                queue[n_queue] = r
                n_queue += 1
                first_of[r] = at_position[at]
            elif at_position[at] < first_of[r]:
                first_of[r] = at_position[at]
    for i in range(n_queue):
        first[i] = first_of[queue[i]]
        first_of[queue[i]] = -1
    return n_queue


@kernel(internal=True)
def note_ridden(place, k, trip, ridden):
    """Note that a trip is ridden on from a place of its route with at most k rides; False if it was before."""
    if ridden[k, place] <= trip:
        return False
    for j in range(k, ridden.shape[0]):
        if ridden[j, place] <= trip:
            break
        ridden[j, place] = trip
    return True


@kernel(internal=True)
def note_alighted(s, n_alighted, alighted, trip):
    """Put stop s onto the list of stops alighted at, unless a ride to it has been noted; returns the list's length."""
    if trip[s] == -1:
        alighted[n_alighted] = s
        n_alighted += 1
    return n_alighted


@kernel(internal=True)
def ride_along(k, low, high, route, first, trip_at_first, limit, n_alighted, table, labels, space):
    """Ride along routes ``route[low:high]``, boarding the earliest trips that can be caught after k - 1 rides.

    Route i is looked through from position ``first[i]`` on, where trip ``trip_at_first[i]`` has been boarded (-1:
    none). A trip is left where it, or an earlier one, has been ridden on from before: nothing new lies ahead (after
    Witt 2015, trip-based routing). Returns the number of stops at which somebody alighted in this round.
    """
    stop, may_board, may_alight, trip_ptr = table.stop, table.may_board, table.may_alight, table.trip_ptr
    call_ptr, arrival, departure = table.call_ptr, table.arrival, table.departure
    ride, ready, reach = labels.ride, labels.ready, labels.reach
    is_marked, ridden = space.is_marked, space.ridden
    # later than a lone target is reached already, nothing is of use
    bound = reach[0, k] if reach.shape[0] == 1 else np.inf
    for i in range(low, high):
        r, board, trip = route[i], first[i], trip_at_first[i]
        base = table.stop_ptr[r]
        n_positions = table.stop_ptr[r + 1] - base
        begin = trip_ptr[r]
        first_call = call_ptr[begin]  # all trips of a route have the same number of calls
        if trip >= 0 and not note_ridden(base + board, k, trip, ridden):
            continue
        for p in range(board if trip < 0 else board + 1, n_positions):
            s = stop[base + p]
            if trip >= 0:
                if may_alight[base + p]:
                    t = arrival[first_call + (trip - begin) * n_positions + p]
                    if t < ride[s, k] and t <= limit and t < bound:
                        ride[s, k] = t
                        n_alighted = note_alighted(s, n_alighted, space.alighted, space.trip)
                        space.trip[s] = trip
                        space.board[s] = base + board
                        space.alight[s] = base + p
                if ridden[k, base + p] <= trip:
                    trip = -1
            if is_marked[s] and may_board[base + p] and p < n_positions - 1:
                last = min(trip_ptr[r + 1], ridden[k, base + p])
                if trip >= 0:
                    last = min(last, trip)
                t = ready[s, k - 1]
                if last > begin and departure[first_call + (last - 1 - begin) * n_positions + p] >= t:
                    trip = first_trip(t, p, begin, last, call_ptr, departure)
                    board = p
            if trip >= 0:
                note_ridden(base + p, k, trip, ridden)
    return n_alighted


@kernel(internal=True)
def write_log(trip, board, alight, before, log, counts):
    """Note a ride, its places and the row of the ride before; returns the row of the log."""
    row = counts[LOGGED]
    counts[LOGGED] += 1
    log.trip[row] = trip
    log.board[row] = board
    log.alight[row] = alight
    log.before[row] = before
    return row


@kernel(internal=True)
def reach_targets(t, k, row, limit, first, last, leg_target, leg_time, reach, reach_row, improved, is_improved, counts):
    """Go on at t, after the k-th ride, by legs [first, last) to targets; those that gain are listed once a round."""
    for leg in range(first, last):
        target = leg_target[leg]
        there = t + leg_time[leg]
        if there <= limit and there < reach[target, k]:
            lower(reach, reach_row, target, k, there, row)
            if not is_improved[target]:
                is_improved[target] = True
                improved[counts[IMPROVED]] = target
                counts[IMPROVED] += 1


@kernel(internal=True)
def settle(k, n_alighted, limit, slack, table, legs, log, labels, space):
    """Make the arrivals of round k known to later rounds, and walk on from them; returns the number of stops marked."""
    walk_ptr, walk_to, walk_time, change = table.walk_ptr, table.walk_to, table.walk_time, table.change
    ride, ready, ride_row, ready_row = labels.ride, labels.ready, labels.ride_row, labels.ready_row
    marked, is_marked, touched, is_touched = space.marked, space.is_marked, space.touched, space.is_touched
    is_last = k == ride.shape[1] - 1
    n_marked = 0
    for i in range(n_alighted):
        s = space.alighted[i]
        t = ride[s, k]
        row = -1
        if log.trip.size > 0:
            board = space.board[s]
            before = ready_row[table.stop[board], k - 1]
            row = write_log(space.trip[s], board, space.alight[s], before, log, space.counts)
            ride_row[s, k] = row
        space.trip[s] = -1
        lower(ride, ride_row, s, k + 1, t, row)
        note_touched(s, touched, is_touched, space.counts)
        reach_targets(
            t, k, row, limit, legs.ptr[s], legs.ptr[s + 1], legs.target, legs.time, labels.reach, labels.reach_row,
            space.improved, space.is_improved, space.counts,
        )  # fmt: skip
        if is_last:
            continue
        changed = t + max(slack, change[s])
        if changed < ready[s, k]:
            lower(ready, ready_row, s, k, changed, row)
            n_marked = mark(s, n_marked, marked, is_marked)
        for walk in range(walk_ptr[s], walk_ptr[s + 1]):
            to = walk_to[walk]
            walked = t + walk_time[walk] + slack
            if walked < ready[to, k]:
                lower(ready, ready_row, to, k, walked, row)
                n_marked = mark(to, n_marked, marked, is_marked)
                note_touched(to, touched, is_touched, space.counts)
    return n_marked


@kernel(internal=True)
def ride_round(k, n_marked, limit, slack, table, legs, log, labels, space):
    """The k-th ride from all marked stops; returns the number of stops marked for the next round."""
    n_queue = collect_routes(n_marked, table, space)
    n_alighted = ride_along(k, 0, n_queue, space.queue, space.first, space.no_trip, limit, 0, table, labels, space)
    for i in range(n_marked):
        space.is_marked[space.marked[i]] = False
    return settle(k, n_alighted, limit, slack, table, legs, log, labels, space)
