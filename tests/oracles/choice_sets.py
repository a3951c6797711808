"""Choice sets between zones the slow, obvious way, and what must be true of each journey in them."""

from itertools import pairwise

import numpy as np

from oracles.transit_search import backwards, optimal_rides


def choice_sets_twin(pieces, walks, change, out, home, n_zones, options, low, high, *, arrive_by):
    """{(origin, destination): sorted [(departure, arrival, rides)]}; `out` and `home` are legs (zone, stop, s).

    `options` are longest journey, most rides, least time between two vehicles; `low` and `high` bound the departures,
    or the arrivals.
    """
    longest, max_rides, slack = options
    back_pieces, back_walks = backwards(pieces, walks)
    found = {}
    for first in range(n_zones):
        for last in range(n_zones):
            starts, ends = quickest(out, first), quickest(home, last)
            if arrive_by:
                back = optimal_rides(back_pieces, back_walks, change, ends, starts, max_rides, slack, -high, -low)
                here = [(-until, -begin, rides) for begin, until, rides in back]
            else:
                here = optimal_rides(pieces, walks, change, starts, ends, max_rides, slack, low, high)
            here = sorted(journey for journey in here if journey[1] - journey[0] <= longest)
            if first != last and here:
                found[first, last] = here
    return found


def quickest(legs, zone):
    """Quickest ways {stop: s} of a zone."""
    ways = {}
    for of, stop, time in legs:
        if of == zone:
            ways[stop] = min(time, ways.get(stop, np.inf))
    return ways


def told_by_pair(sets):
    """Journeys of a noun as {(origin, destination): [(departure, arrival, rides)]}."""
    told = {}
    for p in range(sets.n_pairs):
        rows = range(sets.journey_ptr[p], sets.journey_ptr[p + 1])
        told[int(sets.origin[p]), int(sets.destination[p])] = [
            (sets.depart_s[j], sets.arrive_s[j], int(sets.boardings[j])) for j in rows
        ]
    return told


def assert_rides_make_the_journeys(sets, by_day, walks, change, out, home, slack):
    """Every journey can be made with its rides, and its parts are theirs."""
    for p in range(sets.n_pairs):
        starts, ends = quickest(out, sets.origin[p]), quickest(home, sets.destination[p])
        for j in range(sets.journey_ptr[p], sets.journey_ptr[p + 1]):
            rides = [ride(sets, by_day, k) for k in range(sets.ride_ptr[j], sets.ride_ptr[j + 1])]
            first, last = rides[0], rides[-1]
            walk_s, wait_s = starts[first[0]] + ends[last[2]], 0.0
            assert first[1] - starts[first[0]] == sets.depart_s[j]
            assert last[3] + ends[last[2]] == sets.arrive_s[j]
            for one, other in pairwise(rides):
                same = one[2] == other[0]
                needed = max(slack, change[one[2]]) if same else walks[one[2], other[0]] + slack
                assert other[1] - one[3] >= needed
                walk_s += 0.0 if same else walks[one[2], other[0]]
                wait_s += other[1] - one[3] - (0.0 if same else walks[one[2], other[0]])
            assert (sets.walk_s[j], sets.wait_s[j]) == (walk_s, wait_s)
            assert sets.in_vehicle_s[j] == sum(until - at for _, at, _, until in rides)


def ride(sets, by_day, k):
    """Stop and time of boarding and of alighting of a ride, which must be possible in its timetable."""
    day, trip = int(sets.ride_day[k]), int(sets.ride_trip[k])
    table = by_day[day]
    route = int(np.searchsorted(table.trip_ptr, trip, side="right")) - 1
    on, off = (table.stop_ptr[route] + position for position in (sets.board[k], sets.alight[k]))
    assert off < table.stop_ptr[route + 1]
    assert table.may_board[on]
    assert table.may_alight[off]
    departure = table.departure_s[table.call_ptr[trip] + sets.board[k]] + day * 86400.0
    arrival = table.arrival_s[table.call_ptr[trip] + sets.alight[k]] + day * 86400.0
    return int(table.stop[on]), departure, int(table.stop[off]), arrival
