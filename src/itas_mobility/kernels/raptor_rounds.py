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
    shape = (max_rides + 1, n_stops)
    ride, ready = np.full(shape, np.inf), np.full(shape, np.inf)
    ride_row, ready_row = np.full(shape, np.int32(-1)), np.full(shape, np.int32(-1))
    reach = np.full((max_rides + 1, n_targets), np.inf)
    reach_row = np.full((max_rides + 1, n_targets), np.int32(-1))
    return ride, ready, reach, ride_row, ready_row, reach_row


@kernel(internal=True, allocates=True)
def new_space(n_stops, n_routes, n_targets):
    """Work space of a search: lists of stops, routes and targets, marks, the ride just found at each stop, counts."""
    marked, alighted, touched = np.empty(n_stops, np.int32), np.empty(n_stops, np.int32), np.empty(n_stops, np.int32)
    is_marked, is_touched = np.zeros(n_stops, np.bool_), np.zeros(n_stops, np.bool_)
    trip, board, alight = np.full(n_stops, np.int32(-1)), np.empty(n_stops, np.int32), np.empty(n_stops, np.int32)
    queue, begin = np.empty(n_routes, np.int32), np.full(n_routes, np.int32(-1))
    improved, is_improved = np.empty(n_targets, np.int32), np.zeros(n_targets, np.bool_)
    counts = np.zeros(3, np.int64)
    return (
        marked, alighted, touched, is_marked, is_touched, trip, board, alight, queue, begin, improved, is_improved,
        counts,
    )  # fmt: skip


@kernel(internal=True)
def forget(labels, space):
    """Make labels and space as new; only what the searches touched is written."""
    ride, ready, reach, ride_row, ready_row, reach_row = labels
    touched, is_touched, counts = space[2], space[4], space[12]
    for k in range(ride.shape[0]):
        for i in range(counts[1]):
            s = touched[i]
            ride[k, s] = np.inf
            ready[k, s] = np.inf
            ride_row[k, s] = -1
            ready_row[k, s] = -1
        for target in range(reach.shape[1]):
            reach[k, target] = np.inf
            reach_row[k, target] = -1
    for i in range(counts[1]):
        is_touched[touched[i]] = False
    counts[:] = 0


@kernel(internal=True)
def make_ready(s, k, time, row, n_marked, labels, space):
    """Let travellers board at stop s from `time` on after at most k rides; returns the number of stops marked."""
    ready, ready_row = labels[1], labels[4]
    marked, touched, is_marked, is_touched, counts = space[0], space[2], space[3], space[4], space[12]
    if time >= ready[k, s]:
        return n_marked
    for j in range(k, ready.shape[0]):
        if ready[j, s] <= time:
            break
        ready[j, s] = time
        ready_row[j, s] = row
    if not is_touched[s]:
        is_touched[s] = True
        touched[counts[1]] = s
        counts[1] += 1
    if not is_marked[s]:
        is_marked[s] = True
        marked[n_marked] = s
        n_marked += 1
    return n_marked


@kernel(internal=True)
def collect_routes(n_marked, table, space):
    """Queue the routes that can be boarded at marked stops, each from the first of them on; returns their number."""
    at_ptr, at_route, at_position = table[8], table[9], table[10]
    marked, is_marked, queue, begin = space[0], space[3], space[8], space[9]
    n_queue = 0
    for i in range(n_marked):
        s = marked[i]
        is_marked[s] = False
        for at in range(at_ptr[s], at_ptr[s + 1]):
            r = at_route[at]
            if begin[r] == -1:
                queue[n_queue] = r
                n_queue += 1
                begin[r] = at_position[at]
            elif at_position[at] < begin[r]:
                begin[r] = at_position[at]
    return n_queue


@kernel(internal=True)
def ride_along(r, k, first, trip, board, limit, n_alighted, table, labels, space):
    """Ride along route r from position `first`, changing to an earlier trip wherever one is caught after k - 1 rides.

    `trip`, boarded at position `board`, is the one ridden from the start on; -1 for none. Returns the number of stops
    at which somebody alighted in this round.
    """
    stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure = table[:8]
    ride, ready, reach = labels[0], labels[1], labels[2]
    alighted, new_trip, new_board, new_alight = space[1], space[5], space[6], space[7]
    # later than a lone target is reached already, nothing is of use
    bound = reach[k, 0] if reach.shape[1] == 1 else np.inf
    base = stop_ptr[r]
    n_positions = stop_ptr[r + 1] - base
    for p in range(first, n_positions):
        s = stop[base + p]
        if trip >= 0 and may_alight[base + p]:
            t = arrival[call_ptr[trip] + p]
            if t < ride[k, s] and t <= limit and t < bound:
                if new_trip[s] == -1:
                    alighted[n_alighted] = s
                    n_alighted += 1
                ride[k, s] = t
                new_trip[s] = trip
                new_board[s] = base + board
                new_alight[s] = base + p
        t = ready[k - 1, s]
        if t < np.inf and may_board[base + p] and p < n_positions - 1:
            if trip < 0 or t <= departure[call_ptr[trip] + p]:
                last = trip_ptr[r + 1] if trip < 0 else trip
                found = first_trip(t, p, trip_ptr[r], last, call_ptr, departure)
                if found < last:
                    trip = found
                    board = p
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
    log[row, 3] = ready_row[k - 1, stop[new_board[s]]]
    return row


@kernel(internal=True)
def reach_targets(s, k, row, limit, legs, labels, space):
    """Walk from stop s, reached by the k-th ride, to the targets; those that gain are listed once a round."""
    leg_ptr, leg_target, leg_time = legs
    ride, reach, reach_row = labels[0], labels[2], labels[5]
    improved, is_improved, counts = space[10], space[11], space[12]
    for leg in range(leg_ptr[s], leg_ptr[s + 1]):
        target = leg_target[leg]
        t = ride[k, s] + leg_time[leg]
        if t <= limit and t < reach[k, target]:
            for j in range(k, reach.shape[0]):
                if reach[j, target] <= t:
                    break
                reach[j, target] = t
                reach_row[j, target] = row
            if not is_improved[target]:
                is_improved[target] = True
                improved[counts[2]] = target
                counts[2] += 1


@kernel(internal=True)
def settle(k, n_alighted, limit, slack, table, legs, log, labels, space):
    """Make the arrivals of round k known to later rounds, and walk on from them; returns the number of stops marked."""
    walk_ptr, walk_to, walk_time, change = table[11:]
    ride, ride_row = labels[0], labels[3]
    alighted, touched, is_touched, new_trip, counts = space[1], space[2], space[4], space[5], space[12]
    last = ride.shape[0] - 1
    n_marked = 0
    for i in range(n_alighted):
        s = alighted[i]
        t = ride[k, s]
        row = write_log(s, k, log, table, labels, space) if log.shape[0] > 0 else -1
        new_trip[s] = -1
        ride_row[k, s] = row
        for j in range(k + 1, last + 1):
            if ride[j, s] <= t:
                break
            ride[j, s] = t
            ride_row[j, s] = row
        if not is_touched[s]:
            is_touched[s] = True
            touched[counts[1]] = s
            counts[1] += 1
        reach_targets(s, k, row, limit, legs, labels, space)
        if k < last:
            n_marked = make_ready(s, k, t + max(slack, change[s]), row, n_marked, labels, space)
            for walk in range(walk_ptr[s], walk_ptr[s + 1]):
                ready = t + walk_time[walk] + slack
                n_marked = make_ready(walk_to[walk], k, ready, row, n_marked, labels, space)
    return n_marked


@kernel(internal=True)
def ride_round(k, n_marked, limit, slack, table, legs, log, labels, space):
    """The k-th ride from all marked stops; returns the number of stops marked for the next round."""
    queue, begin = space[8], space[9]
    n_queue = collect_routes(n_marked, table, space)
    n_alighted = 0
    for i in range(n_queue):
        r = queue[i]
        first = begin[r]
        begin[r] = -1
        n_alighted = ride_along(r, k, first, -1, -1, limit, n_alighted, table, labels, space)
    return settle(k, n_alighted, limit, slack, table, legs, log, labels, space)
