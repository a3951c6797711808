"""Travel times between many places over a window of departures, summed up without keeping journeys.

The rounds are those of `kernels.raptor_rounds`; where journeys are not kept and millions of searches are made, memory
is what costs. So labels lie round by round, with nothing beside them; departures lie stop by stop, where they are
searched, and arrivals trip by trip, along which one rides; and a route is looked at only where boarding it gives an
earlier trip than has been ridden from there before.
"""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import mark

_NO_TRIP = 2**31 - 1
"""Later than any trip."""


@kernel(internal=True, allocates=True)
def _new_labels(max_rides, n_stops, n_places, n_boardings):
    """Labels of an origin, see `_forget`; rows are numbers of rides, so that a round reads two of them."""
    shape = (max_rides + 1, n_stops)
    return (
        np.empty(shape), np.empty(shape), np.empty((max_rides + 1, n_places), np.int32),
        np.empty((max_rides + 1, n_boardings)), np.empty(n_stops), np.empty(n_stops, np.int32),
    )  # fmt: skip


@kernel(internal=True, allocates=True)
def _new_space(n_stops, n_routes, n_places):
    """Lists and marks: stops to board at, stops alighted at, routes, places to board at, stops that gain."""
    marked, alighted, gained = np.empty(n_stops, np.int32), np.empty(n_stops, np.int32), np.empty(n_stops, np.int32)
    is_marked, is_alighted = np.zeros(n_stops, np.bool_), np.zeros(n_stops, np.bool_)
    is_gained = np.zeros(n_stops, np.bool_)
    queue, first, last = np.empty(n_routes, np.int32), np.full(n_routes, np.int32(-1)), np.empty(n_routes, np.int32)
    return (
        marked, is_marked, alighted, is_alighted, queue, first, last, np.zeros(n_places, np.bool_), gained, is_gained,
    )  # fmt: skip


@kernel(internal=True)
def _forget(latest, labels):
    """Make labels as new.

    By rides at most: `ride`, the earliest arrival at each stop; `ready`, from when on one can board there; `ridden`,
    the earliest trip ridden from each place of a route; `until`, the last moment at which a boarding gives an earlier
    one. Over all rides: `best`, the earliest arrival at each stop, and `fewest`, the rides it takes.
    """
    ride, ready, ridden, until, best, fewest = labels
    for k in range(ride.shape[0]):
        for s in range(best.size):
            ride[k, s] = np.inf
            ready[k, s] = np.inf
        for place in range(ridden.shape[1]):
            ridden[k, place] = _NO_TRIP
        for at in range(latest.size):
            until[k, at] = latest[at]
    for s in range(best.size):
        best[s] = np.inf
        fewest[s] = 0


@kernel(internal=True)
def _lower(label, k, s, time):
    """Lower a label of stop s to `time` for k rides and more."""
    for j in range(k, label.shape[0]):
        if label[j, s] <= time:
            break
        label[j, s] = time


@kernel(internal=True)
def _set_out(now, stops, lead, ready, space):
    """Mark the stops at which one can board when setting out at `now`; returns their number."""
    marked, is_marked = space[0], space[1]
    n_marked = 0
    for i in range(stops.size):
        s = stops[i]
        t = now + lead[i]
        if t < ready[0, s]:
            _lower(ready, 0, s, t)
            n_marked = mark(s, n_marked, marked, is_marked)
    return n_marked


@kernel(internal=True)
def _collect_routes(k, n_marked, table, labels, space):
    """Queue the routes of which an earlier trip can be caught at marked stops, and note where; returns their number."""
    at_ptr, at_place, at_route = table[7], table[8], table[9]
    ready, until = labels[1], labels[3]
    marked, is_marked, queue, first, last, is_wanted = space[0], space[1], space[4], space[5], space[6], space[7]
    n_queue = 0
    for i in range(n_marked):
        s = marked[i]
        is_marked[s] = False
        t = ready[k - 1, s]
        for at in range(at_ptr[s], at_ptr[s + 1]):
            if t <= until[k, at]:
                r, place = at_route[at], at_place[at]
                is_wanted[place] = True
                if first[r] == -1:
                    queue[n_queue] = r
                    n_queue += 1
                    first[r] = place
                    last[r] = place
                first[r] = min(first[r], place)
                last[r] = max(last[r], place)
    return n_queue


@kernel(internal=True)
def _first_trip(ready, low, high, departure):
    """First row of [low, high) that leaves at `ready` or later; `high` if there is none."""
    while low < high:
        middle = (low + high) >> 1
        if departure[middle] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@kernel(internal=True)
def _note_ridden(place, at, k, trip, before, ridden, until):
    """Note that a trip is ridden from a place, and that only who is there by `before` catches an earlier one."""
    for j in range(k, ridden.shape[0]):
        if ridden[j, place] <= trip:
            break
        ridden[j, place] = trip
        if at >= 0:
            until[j, at] = before


@kernel(internal=True)
def _ride_along(k, n_queue, limit, table, labels, space):
    """Ride along the queued routes from where they are boarded; returns the number of stops alighted at.

    A trip is left where it, or an earlier one, has been ridden on from before (after Witt 2015, trip-based routing).
    """
    stop_ptr, stop, may_alight, place_at, time_ptr, arrival, departure = table[:7]
    ride, ready, ridden, until = labels[0], labels[1], labels[2], labels[3]
    alighted, is_alighted, queue, first, last, is_wanted = space[2], space[3], space[4], space[5], space[6], space[7]
    n_alighted = 0
    for i in range(n_queue):
        r = queue[i]
        begin, end = stop_ptr[r], stop_ptr[r + 1]
        n_places = end - begin
        n_trips = (time_ptr[r + 1] - time_ptr[r]) // n_places
        trip = n_trips  # none
        call = np.int64(0)
        for place in range(first[r], end):
            if trip < n_trips:
                if may_alight[place]:
                    s, t = stop[place], arrival[call + place]
                    if t < ride[k, s] and t <= limit:
                        ride[k, s] = t
                        if not is_alighted[s]:
                            is_alighted[s] = True
                            alighted[n_alighted] = s
                            n_alighted += 1
                if ridden[k, place] <= trip:
                    trip = n_trips
            row = time_ptr[r] + (place - begin) * n_trips
            if is_wanted[place]:
                is_wanted[place] = False
                high = min(trip, np.int64(ridden[k, place]))
                caught = _first_trip(ready[k - 1, stop[place]], row, row + high, departure) - row
                if caught < high:
                    trip = caught
                    call = time_ptr[r] + trip * n_places - begin
            if trip < n_trips:
                before = departure[row + trip - 1] if trip > 0 else -np.inf
                _note_ridden(place, place_at[place], k, trip, before, ridden, until)
            elif place >= last[r]:
                break
        first[r] = -1
    return n_alighted


@kernel(internal=True)
def _settle(k, n_alighted, n_gained, slack, table, labels, space):
    """Make the arrivals of round k known to later ones, and walk on; returns the numbers of stops marked and gaining.

    A stop gains if one is there earlier than leaving later leads there, or as early with fewer rides.
    """
    walk_ptr, walk_to, walk_time, change = table[10:14]
    ride, ready, best, fewest = labels[0], labels[1], labels[4], labels[5]
    marked, is_marked, alighted, is_alighted, gained, is_gained = (
        space[0], space[1], space[2], space[3], space[8], space[9],
    )  # fmt: skip
    is_last = k == ride.shape[0] - 1
    n_marked = 0
    for i in range(n_alighted):
        s = alighted[i]
        is_alighted[s] = False
        t = ride[k, s]
        _lower(ride, k + 1, s, t)
        if t <= best[s]:
            best[s] = t
            fewest[s] = k
            n_gained = mark(s, n_gained, gained, is_gained)
        if is_last:
            continue
        changed = t + max(slack, change[s])
        if changed < ready[k, s]:
            _lower(ready, k, s, changed)
            n_marked = mark(s, n_marked, marked, is_marked)
        for walk in range(walk_ptr[s], walk_ptr[s + 1]):
            to = walk_to[walk]
            walked = t + walk_time[walk] + slack
            if walked < ready[k, to]:
                _lower(ready, k, to, walked)
                n_marked = mark(to, n_marked, marked, is_marked)
    return n_marked, n_gained


@kernel(internal=True)
def _search(now, max_journey, stops, lead, slack, table, labels, space):
    """All rounds of setting out at `now`, after all later moments; returns the number of stops that gain."""
    limit = now + max_journey
    n_marked, n_gained = _set_out(now, stops, lead, labels[1], space), 0
    for k in range(1, labels[0].shape[0]):
        if n_marked == 0:
            break
        n_queue = _collect_routes(k, n_marked, table, labels, space)
        n_alighted = _ride_along(k, n_queue, limit, table, labels, space)
        n_marked, n_gained = _settle(k, n_alighted, n_gained, slack, table, labels, space)
    return n_gained


@kernel(internal=True)
def _reach_targets(n_gained, legs, labels, space, time, rides):
    """Go on to the targets from the stops that gain, and clear their list."""
    leg_ptr, leg_target, leg_time = legs
    best, fewest, gained, is_gained = labels[4], labels[5], space[8], space[9]
    for i in range(n_gained):
        s = gained[i]
        is_gained[s] = False
        for leg in range(leg_ptr[s], leg_ptr[s + 1]):
            target = leg_target[leg]
            t = best[s] + leg_time[leg]
            if t < time[target] or (t == time[target] and fewest[s] < rides[target]):
                time[target] = t
                rides[target] = fewest[s]


@kernel(internal=True)
def _sum_up(time, rides, now, max_journey, travel, sums):
    """Add the travel times of the departure at `now` to the sums over moments: times, moments, rides by target."""
    for target in range(time.size):
        travel[target] = np.inf
        if time[target] - now <= max_journey:
            travel[target] = time[target] - now
            sums[0, target] += travel[target]
            sums[1, target] += 1.0
            sums[2, target] += rides[target]


@kernel(internal=True)
def _end_of_run(values, low):
    """End of the rising run that begins at `low`, or the number of values."""
    while low + 1 < values.size and values[low] <= values[low + 1]:
        low += 1
    return min(low + 1, values.size)


@kernel(internal=True)
def _sort_runs(values, other):
    """Sort by merging runs that rise already: with moments falling, times rise as long as the vehicle is the same.

    Both arrays are written to. Returns True if the sorted values end in `other`.
    """
    is_other = False
    while _end_of_run(values, 0) < values.size:
        low = 0
        while low < values.size:
            middle = _end_of_run(values, low)
            high = _end_of_run(values, middle)
            i, j = low, middle
            for to in range(low, high):
                if j == high or (i < middle and values[i] <= values[j]):
                    other[to] = values[i]
                    i += 1
                else:
                    other[to] = values[j]
                    j += 1
            low = high
        values, other = other, values
        is_other = not is_other
    return is_other


@kernel(internal=True, allocates=True)
def _finish(o, travel, sums, rank, at_rank, mean, least, reached, mean_rides):
    """Make statistics of the sums and of the travel times of each moment, shape (n_moments, n_targets)."""
    n_moments, n_targets = travel.shape
    times, other = np.empty(n_moments), np.empty(n_moments)
    for target in range(n_targets):
        n = sums[1, target]
        mean[o, target] = sums[0, target] / n_moments if n == n_moments else np.inf
        if n == 0:
            continue
        mean_rides[o, target] = sums[2, target] / n
        reached[o, target] = n / n_moments
        for m in range(n_moments):
            times[m] = travel[m, target]
        if _sort_runs(times, other):
            times, other = other, times
        least[o, target] = times[0]
        for i in range(rank.size):
            at_rank[i, o, target] = times[rank[i]]


@kernel(parallel=True)
def window_travel_times(
    source_ptr, source_stop, source_time, moment, rank, max_journey, max_rides, slack, stop_ptr, stop, may_alight,
    place_at, time_ptr, arrival, departure, at_ptr, at_place, at_route, walk_ptr, walk_to, walk_time, change, latest,
    leg_ptr, leg_target, leg_time, n_targets, n_blocks,
):  # fmt: skip
    """Statistics of the travel time from origins to targets over departures of a window, in parallel.

    Parameters
    ----------
    source_ptr : int64[n_origins + 1]
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Ways from origin o to stops are rows ``source_ptr[o]:source_ptr[o + 1]``.
    moment : float64[n_moments]
        When to set out, the last one first.
    rank : int64[n_ranks]
        Places in the travel times of all moments, in rising order, that are returned.
    max_journey : float
        Longer journeys are not looked for.
    max_rides : int
        Most rides (transfers + 1).
    slack : float
        Least time between alighting and boarding, walk not counted.
    stop_ptr : int64[n_routes + 1]
    stop : int32[n_places]
    may_alight : bool[n_places]
        Stops of each route, and whether passengers get off there.
    place_at : int32[n_places]
        Row of the place in `at_place`; -1 where nobody can board.
    time_ptr : int64[n_routes + 1]
    arrival, departure : float64[n_calls]
        Times of the n trips and p places of route r are rows ``time_ptr[r]:time_ptr[r + 1]``: arrivals trip by trip
        (row ``trip * p + place``), departures place by place (row ``place * n + trip``). No trip overtakes another.
    at_ptr : int64[n_stops + 1]
    at_place, at_route : int32[n_boardings]
        Where each stop's routes can be boarded, as places in `stop`, and the routes.
    walk_ptr, walk_to, walk_time, change
        As in `kernels.raptor.search_rounds`.
    latest : float64[n_boardings]
        Last departure there; -inf if there is none.
    leg_ptr, leg_target, leg_time
        As in `kernels.raptor_range.search_range`.
    n_targets : int
        Number of targets.
    n_blocks : int
        Fixed number of blocks of origins worked in parallel.

    Returns
    -------
    at_rank : float64[n_ranks, n_origins, n_targets]
        Travel times at these ranks; inf where so few moments lead to the target.
    mean : float64[n_origins, n_targets]
        Mean over all moments; inf where some do not lead to the target.
    least : float64[n_origins, n_targets]
        Least travel time; inf where there is none.
    reached : float64[n_origins, n_targets]
        Share of the moments that lead to the target.
    mean_rides : float64[n_origins, n_targets]
        Mean of the fewest rides with which the earliest arrival is met, over the moments that lead there; else 0.
    """
    n_origins = source_ptr.size - 1
    shape = (n_origins, n_targets)
    at_rank = np.full((rank.size, n_origins, n_targets), np.inf)
    mean, least, reached, mean_rides = np.empty(shape), np.full(shape, np.inf), np.zeros(shape), np.zeros(shape)
    for block in prange(n_blocks):
        low = block * n_origins // n_blocks
        high = (block + 1) * n_origins // n_blocks
        if low < high:
            table = (
                stop_ptr, stop, may_alight, place_at, time_ptr, arrival, departure, at_ptr, at_place, at_route,
                walk_ptr, walk_to, walk_time, change,
            )  # fmt: skip
            labels = _new_labels(max_rides, change.size, stop.size, latest.size)
            space = _new_space(change.size, stop_ptr.size - 1, stop.size)
            time, rides = np.empty(n_targets), np.empty(n_targets, np.int32)
            travel, sums = np.empty((moment.size, n_targets)), np.empty((3, n_targets))
            for o in range(low, high):
                _forget(latest, labels)
                time[:] = np.inf
                sums[:] = 0.0
                stops = source_stop[source_ptr[o] : source_ptr[o + 1]]
                lead = source_time[source_ptr[o] : source_ptr[o + 1]]
                for m in range(moment.size):
                    n_gained = _search(moment[m], max_journey, stops, lead, slack, table, labels, space)
                    _reach_targets(n_gained, (leg_ptr, leg_target, leg_time), labels, space, time, rides)
                    _sum_up(time, rides, moment[m], max_journey, travel[m], sums)
                _finish(o, travel, sums, rank, at_rank, mean, least, reached, mean_rides)
    return at_rank, mean, least, reached, mean_rides
