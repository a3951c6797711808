"""Travel times between many places over a window of departures, summed up without keeping journeys.

The rounds are those of `kernels.raptor_rounds`, written a second time: where journeys are not kept and millions of
searches are made, memory is what costs, and in this form they take two thirds to three quarters of the time (measured
on the buses of Kuopio and of Porto Alegre). `tests/kernels/test_raptor_window.py` holds both equal. So labels lie round
by round, with nothing beside them; departures lie stop by stop, where they are searched, and arrivals trip by trip,
along which one rides; and a route is looked at only where boarding it gives an earlier trip than has been ridden from
there before.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import mark

_NO_TRIP = 2**31 - 1
"""Later than any trip."""


class TableByPlace(NamedTuple):
    """Timetable by routes, on which no trip overtakes another, laid out by place: a stop of a route at its position."""

    stop_ptr: np.ndarray
    stop: np.ndarray
    """int64[n_routes + 1], int32[n_places]: stops of each route."""
    may_alight: np.ndarray
    """bool[n_places]: whether passengers get off there."""
    place_at: np.ndarray
    """int32[n_places]: row of the place in `at_place`; -1 where nobody can board."""
    time_ptr: np.ndarray
    arrival: np.ndarray
    departure: np.ndarray
    """int64[n_routes + 1], float64[n_calls]: times of the n trips and p places of route r are rows
    ``time_ptr[r]:time_ptr[r + 1]``, arrivals trip by trip (row ``trip * p + place``), departures place by place (row
    ``place * n + trip``)."""
    at_ptr: np.ndarray
    at_place: np.ndarray
    at_route: np.ndarray
    """int64[n_stops + 1], int32[n_boardings]: where each stop's routes can be boarded, as places, and the routes."""
    latest: np.ndarray
    """float64[n_boardings]: last departure there; -inf if there is none."""
    walk_ptr: np.ndarray
    walk_to: np.ndarray
    walk_time: np.ndarray
    change: np.ndarray
    """As in `kernels.timetable_arrays.Walks`."""


class _Labels(NamedTuple):
    """What the searches from an origin know; rows are the most rides, so that a round reads two of them."""

    ride: np.ndarray
    ready: np.ndarray
    """float64[max_rides + 1, n_stops]: earliest arrival at each stop, and from when on one can board there."""
    ridden: np.ndarray
    """int32[max_rides + 1, n_places]: earliest trip ridden from each place of a route."""
    until: np.ndarray
    """float64[max_rides + 1, n_boardings]: last moment at which a boarding gives an earlier one."""
    best: np.ndarray
    fewest: np.ndarray
    """float64[n_stops], int32[n_stops]: earliest arrival with any number of rides, and the fewest it takes."""


class _Space(NamedTuple):
    """Lists and their marks, which are False between two rounds."""

    marked: np.ndarray
    is_marked: np.ndarray
    """int32[n_stops], bool[n_stops]: stops to board at."""
    alighted: np.ndarray
    is_alighted: np.ndarray
    """int32[n_stops], bool[n_stops]: stops alighted at."""
    gained: np.ndarray
    is_gained: np.ndarray
    """int32[n_stops], bool[n_stops]: stops that gain, until the targets have been told."""
    queue: np.ndarray
    first: np.ndarray
    last: np.ndarray
    """int32[n_routes]: routes to ride along, and by route the first (else -1) and the last place to board at."""
    is_wanted: np.ndarray
    """bool[n_places]: places to board at."""


class _Sums(NamedTuple):
    """Statistics of an origin while its moments are worked off."""

    time: np.ndarray
    rides: np.ndarray
    """float64[n_targets], int32[n_targets]: earliest arrival and its fewest rides, of this and all later moments."""
    travel: np.ndarray
    """float64[n_moments, n_targets]: travel times; inf where they are too long."""
    total: np.ndarray
    n_reached: np.ndarray
    total_rides: np.ndarray
    """float64[n_targets]: sum of the travel times, how many there are, and sum of their rides."""


class WindowTimes(NamedTuple):
    """Statistics over the moments of a window, by origin and target."""

    at_rank: np.ndarray
    """float64[n_ranks, n_origins, n_targets]: travel times at some ranks; inf where so few moments lead there."""
    mean: np.ndarray
    """float64[n_origins, n_targets]: mean over all moments; inf where some do not lead to the target."""
    least: np.ndarray
    """float64[n_origins, n_targets]: least travel time; inf where there is none."""
    reached: np.ndarray
    """float64[n_origins, n_targets]: share of the moments that lead to the target."""
    mean_rides: np.ndarray
    """float64[n_origins, n_targets]: mean of the fewest rides with which the earliest arrival is met, over the moments
    that lead there; else 0."""


@kernel(internal=True, allocates=True)
def _new_labels(max_rides, n_stops, n_places, n_boardings):
    """Labels of an origin, to be made as new by `_forget`."""
    of_stops = (max_rides + 1, n_stops)
    return _Labels(
        ride=np.empty(of_stops),
        ready=np.empty(of_stops),
        ridden=np.empty((max_rides + 1, n_places), np.int32),
        until=np.empty((max_rides + 1, n_boardings)),
        best=np.empty(n_stops),
        fewest=np.empty(n_stops, np.int32),
    )


@kernel(internal=True, allocates=True)
def _new_space(n_stops, n_routes, n_places):
    """Work space of a search that has not begun."""
    return _Space(
        marked=np.empty(n_stops, np.int32),
        is_marked=np.zeros(n_stops, np.bool_),
        alighted=np.empty(n_stops, np.int32),
        is_alighted=np.zeros(n_stops, np.bool_),
        gained=np.empty(n_stops, np.int32),
        is_gained=np.zeros(n_stops, np.bool_),
        queue=np.empty(n_routes, np.int32),
        first=np.full(n_routes, np.int32(-1)),
        last=np.empty(n_routes, np.int32),
        is_wanted=np.zeros(n_places, np.bool_),
    )


@kernel(internal=True)
def _forget(latest, labels):
    """Make labels as new."""
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
    n_marked = 0
    for i in range(stops.size):
        s = stops[i]
        t = now + lead[i]
        if t < ready[0, s]:
            _lower(ready, 0, s, t)
            n_marked = mark(s, n_marked, space.marked, space.is_marked)
    return n_marked


@kernel(internal=True)
def _collect_routes(k, n_marked, table, labels, space):
    """Queue the routes of which an earlier trip can be caught at marked stops, and note where; returns their number."""
    at_ptr, at_place, at_route = table.at_ptr, table.at_place, table.at_route
    ready, until = labels.ready, labels.until
    queue, first, last, is_wanted = space.queue, space.first, space.last, space.is_wanted
    n_queue = 0
    for i in range(n_marked):
        s = space.marked[i]
        space.is_marked[s] = False
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
    stop_ptr, stop, may_alight, place_at = table.stop_ptr, table.stop, table.may_alight, table.place_at
    time_ptr, arrival, departure = table.time_ptr, table.arrival, table.departure
    ride, ready, ridden, until = labels.ride, labels.ready, labels.ridden, labels.until
    alighted, is_alighted, is_wanted = space.alighted, space.is_alighted, space.is_wanted
    queue, first, last = space.queue, space.first, space.last
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
    walk_ptr, walk_to, walk_time, change = table.walk_ptr, table.walk_to, table.walk_time, table.change
    ride, ready, best, fewest = labels.ride, labels.ready, labels.best, labels.fewest
    marked, is_marked, alighted, is_alighted = space.marked, space.is_marked, space.alighted, space.is_alighted
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
            n_gained = mark(s, n_gained, space.gained, space.is_gained)
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
def _search(now, stops, lead, limits, table, labels, space):
    """All rounds of setting out at `now`, after all later moments; returns the number of stops that gain."""
    limit = now + limits.max_journey
    n_marked, n_gained = _set_out(now, stops, lead, labels.ready, space), 0
    for k in range(1, labels.ride.shape[0]):
        if n_marked == 0:
            break
        n_queue = _collect_routes(k, n_marked, table, labels, space)
        n_alighted = _ride_along(k, n_queue, limit, table, labels, space)
        n_marked, n_gained = _settle(k, n_alighted, n_gained, limits.slack, table, labels, space)
    return n_gained


@kernel(internal=True)
def _reach_targets(n_gained, legs, labels, space, sums):
    """Go on to the targets from the stops that gain, and clear their list."""
    time, rides = sums.time, sums.rides
    for i in range(n_gained):
        s = space.gained[i]
        space.is_gained[s] = False
        for leg in range(legs.ptr[s], legs.ptr[s + 1]):
            target = legs.target[leg]
            t = labels.best[s] + legs.time[leg]
            if t < time[target] or (t == time[target] and labels.fewest[s] < rides[target]):
                time[target] = t
                rides[target] = labels.fewest[s]


@kernel(internal=True)
def _sum_up(m, now, max_journey, sums):
    """Add the travel times of the departure at `now`, which is the m-th moment, to the sums over moments."""
    for target in range(sums.time.size):
        sums.travel[m, target] = np.inf
        if sums.time[target] - now <= max_journey:
            sums.travel[m, target] = sums.time[target] - now
            sums.total[target] += sums.travel[m, target]
            sums.n_reached[target] += 1.0
            sums.total_rides[target] += sums.rides[target]


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
def _finish(o, rank, sums, times):
    """Make the statistics of origin o from the sums and the travel times of each moment."""
    n_moments, n_targets = sums.travel.shape
    values, other = np.empty(n_moments), np.empty(n_moments)
    for target in range(n_targets):
        n = sums.n_reached[target]
        times.mean[o, target] = sums.total[target] / n_moments if n == n_moments else np.inf
        if n == 0:
            continue
        times.mean_rides[o, target] = sums.total_rides[target] / n
        times.reached[o, target] = n / n_moments
        for m in range(n_moments):
            values[m] = sums.travel[m, target]
        if _sort_runs(values, other):
            values, other = other, values
        times.least[o, target] = values[0]
        for i in range(rank.size):
            times.at_rank[i, o, target] = values[rank[i]]


@kernel(internal=True, allocates=True)
def _some_origins(low, high, origins, moment, rank, limits, table, legs, times):
    """Fill the rows `low` to `high` - 1 of the results of `window_travel_times`."""
    n_stops, n_places, n_targets = table.change.size, table.stop.size, legs.n_targets
    labels = _new_labels(limits.max_rides, n_stops, n_places, table.latest.size)
    space = _new_space(n_stops, table.stop_ptr.size - 1, n_places)
    sums = _Sums(
        time=np.empty(n_targets),
        rides=np.empty(n_targets, np.int32),
        travel=np.empty((moment.size, n_targets)),
        total=np.empty(n_targets),
        n_reached=np.empty(n_targets),
        total_rides=np.empty(n_targets),
    )
    for o in range(low, high):
        _forget(table.latest, labels)
        sums.time[:] = np.inf
        sums.total[:] = 0.0
        sums.n_reached[:] = 0.0
        sums.total_rides[:] = 0.0
        stops = origins.stop[origins.ptr[o] : origins.ptr[o + 1]]
        lead = origins.time[origins.ptr[o] : origins.ptr[o + 1]]
        for m in range(moment.size):
            n_gained = _search(moment[m], stops, lead, limits, table, labels, space)
            _reach_targets(n_gained, legs, labels, space, sums)
            _sum_up(m, moment[m], limits.max_journey, sums)
        _finish(o, rank, sums, times)


@kernel(parallel=True)
def window_travel_times(origins, moment, rank, limits, table, legs, n_blocks):
    """Statistics of the travel time from origins to targets over departures of a window, in parallel.

    Parameters
    ----------
    origins : Origins
        Ways from each origin to stops.
    moment : float64[n_moments]
        When to set out, the last one first.
    rank : int64[n_ranks]
        Places in the travel times of all moments, in rising order, that are returned.
    limits : Limits
        Longer journeys are not looked for.
    table : TableByPlace
        Timetable.
    legs : Legs
        Ways from each stop to targets.
    n_blocks : int
        Fixed number of blocks of origins worked in parallel.

    Returns
    -------
    at_rank, mean, least, reached, mean_rides
        As in `WindowTimes`.
    """
    n_origins = origins.ptr.size - 1
    shape = (n_origins, legs.n_targets)
    at_rank = np.full((rank.size, n_origins, legs.n_targets), np.inf)
    mean, least, reached, mean_rides = np.empty(shape), np.full(shape, np.inf), np.zeros(shape), np.zeros(shape)
    for block in prange(n_blocks):
        low = block * n_origins // n_blocks
        high = (block + 1) * n_origins // n_blocks
        if low < high:
            times = WindowTimes(at_rank, mean, least, reached, mean_rides)
            _some_origins(low, high, origins, moment, rank, limits, table, legs, times)
    return at_rank, mean, least, reached, mean_rides
