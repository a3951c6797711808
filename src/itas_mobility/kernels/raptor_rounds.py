"""The rounds of RAPTOR (Delling, Pajor, Werneck 2012), from which all searches in timetables are made.

Three labels are kept for each number of rides k: `ride`, the earliest arrival by vehicle at each stop with at most k
rides; `ready`, the moment from which the next vehicle can be boarded there, after changing at the stop or after one
walk from another; `reach`, the earliest arrival at each target, to which legs lead from stops. A search that begins
earlier than the one before may keep the labels: it then improves only what leaving earlier improves.

Latest departures come from the same loops over the mirrored timetable (all times negated, all sequences reversed), so
there is one loop to trust. Arrays that belong together travel as tuples: `table` (the arguments of `search_rounds` from
`stop_ptr` to `change`), `legs` (pointer by stop, target, time), `labels` and `space`, made by `new_labels` and
`new_space`.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel

_NO_TRIP = 2**31 - 1
"""Later than any trip."""


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
    """Labels of a search that has not begun: times, and for each the row of the log that tells how it was met."""
    shape = (n_stops, max_rides + 1)  # what is known of a stop lies side by side
    ride, ready = np.full(shape, np.inf), np.full(shape, np.inf)
    ride_row, ready_row = np.full(shape, np.int32(-1)), np.full(shape, np.int32(-1))
    reach = np.full((n_targets, max_rides + 1), np.inf)
    reach_row = np.full((n_targets, max_rides + 1), np.int32(-1))
    return ride, ready, reach, ride_row, ready_row, reach_row


@kernel(internal=True, allocates=True)
def new_space(max_rides, n_stops, n_routes, n_places, n_targets):
    """Work space of a search: lists of stops, routes and targets, marks, the ride just found at each stop, counts.

    The last array holds for each number of rides and place of a route the earliest trip ridden on from there.
    """
    marked, alighted, touched = np.empty(n_stops, np.int32), np.empty(n_stops, np.int32), np.empty(n_stops, np.int32)
    is_marked, is_touched = np.zeros(n_stops, np.bool_), np.zeros(n_stops, np.bool_)
    trip, board, alight = np.full(n_stops, np.int32(-1)), np.empty(n_stops, np.int32), np.empty(n_stops, np.int32)
    queue, first, first_of = np.empty(n_routes, np.int32), np.empty(n_routes, np.int32), np.full(n_routes, np.int32(-1))
    no_trip = np.full(n_routes, np.int32(-1))
    improved, is_improved = np.empty(n_targets, np.int32), np.zeros(n_targets, np.bool_)
    counts = np.zeros(3, np.int64)  # rows of the log, touched stops, improved targets
    ridden = np.full((max_rides + 1, n_places), np.int32(_NO_TRIP))
    return (
        marked, alighted, touched, is_marked, is_touched, trip, board, alight, queue, first, improved, is_improved,
        counts, ridden, first_of, no_trip,
    )  # fmt: skip


@kernel(internal=True)
def forget(labels, space):
    """Make labels and space as new; only what the searches touched is written."""
    ride, ready, reach, ride_row, ready_row, reach_row = labels
    touched, is_touched, counts, ridden = space[2], space[4], space[12], space[13]
    for i in range(counts[1]):
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
        touched[counts[1]] = s
        counts[1] += 1


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
    at_ptr, at_route, at_position = table[8], table[9], table[10]
    marked, queue, first, first_of = space[0], space[8], space[9], space[14]
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
def ride_along(k, low, high, route, first, trip_at_first, limit, n_alighted, table, labels, space):
    """Ride along routes ``route[low:high]``, boarding the earliest trips that can be caught after k - 1 rides.

    Route i is looked through from position ``first[i]`` on, where trip ``trip_at_first[i]`` has been boarded (-1:
    none). A trip is left where it, or an earlier one, has been ridden on from before: nothing new lies ahead (after
    Witt 2015, trip-based routing). Returns the number of stops at which somebody alighted in this round.
    """
    stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure = table[:8]
    ride, ready, reach = labels[0], labels[1], labels[2]
    alighted, is_marked, new_trip, new_board, new_alight = space[1], space[3], space[5], space[6], space[7]
    ridden = space[13]
    # later than a lone target is reached already, nothing is of use
    bound = reach[0, k] if reach.shape[0] == 1 else np.inf
    for i in range(low, high):
        r, board, trip = route[i], first[i], trip_at_first[i]
        base = stop_ptr[r]
        n_positions = stop_ptr[r + 1] - base
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
                        if new_trip[s] == -1:
                            alighted[n_alighted] = s
                            n_alighted += 1
                        ride[s, k] = t
                        new_trip[s] = trip
                        new_board[s] = base + board
                        new_alight[s] = base + p
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
def write_log(s, k, log, table, labels, space):
    """Note the ride that ends at stop s: trip, positions of boarding and alighting, row of the ride before."""
    stop, ready_row = table[1], labels[4]
    new_trip, new_board, new_alight, counts = space[5], space[6], space[7], space[12]
    row = counts[0]
    counts[0] += 1
    log[row, 0] = new_trip[s]
    log[row, 1] = new_board[s]
    log[row, 2] = new_alight[s]
    log[row, 3] = ready_row[stop[new_board[s]], k - 1]
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
                improved[counts[2]] = target
                counts[2] += 1


@kernel(internal=True)
def settle(k, n_alighted, limit, slack, table, legs, log, labels, space):
    """Make the arrivals of round k known to later rounds, and walk on from them; returns the number of stops marked."""
    walk_ptr, walk_to, walk_time, change = table[11:]
    leg_ptr, leg_target, leg_time = legs
    ride, ready, reach, ride_row, ready_row, reach_row = labels
    marked, alighted, touched, is_marked, is_touched, new_trip = space[:6]
    improved, is_improved, counts = space[10], space[11], space[12]
    is_last = k == ride.shape[1] - 1
    n_marked = 0
    for i in range(n_alighted):
        s = alighted[i]
        t = ride[s, k]
        row = -1
        if log.shape[0] > 0:
            row = write_log(s, k, log, table, labels, space)
            ride_row[s, k] = row
        new_trip[s] = -1
        lower(ride, ride_row, s, k + 1, t, row)
        note_touched(s, touched, is_touched, counts)
        reach_targets(
            t, k, row, limit, leg_ptr[s], leg_ptr[s + 1], leg_target, leg_time, reach, reach_row, improved, is_improved,
            counts,
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
                note_touched(to, touched, is_touched, counts)
    return n_marked


@kernel(internal=True)
def ride_round(k, n_marked, limit, slack, table, legs, log, labels, space):
    """The k-th ride from all marked stops; returns the number of stops marked for the next round."""
    marked, is_marked, queue, first, no_trip = space[0], space[3], space[8], space[9], space[15]
    n_queue = collect_routes(n_marked, table, space)
    n_alighted = ride_along(k, 0, n_queue, queue, first, no_trip, limit, 0, table, labels, space)
    for i in range(n_marked):
        is_marked[marked[i]] = False
    return settle(k, n_alighted, limit, slack, table, legs, log, labels, space)
