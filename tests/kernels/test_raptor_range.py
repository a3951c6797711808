"""Range searches against one search for each departure at which a trip is just caught."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.kernels.raptor_range import departures_in_window, search_range
from itas_mobility.kernels.timetable_arrays import Limits
from oracles.kernel_arguments import legs, sources
from oracles.random_timetables import dense, timetables
from oracles.transit_networks import access
from oracles.transit_search import optimal_rides, pieces_of, walks_of

LOW, HIGH = 3.0, 20.0

starts = st.dictionaries(st.integers(0, 5), st.integers(0, 4).map(float), min_size=1, max_size=3)
ways = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 1)), st.integers(0, 5).map(float), max_size=5)


@settings(max_examples=80, deadline=None)
@given(timetables() | dense, starts)
def test_departures_are_those_of_trips_just_caught_the_last_one_first(table, begin):
    index = index_timetable(table, None)
    found = departures_in_window(sources(list(begin.items())), LOW, HIGH, index.table)
    expected = []
    for route in range(len(table.route_id)):
        places = range(table.stop_ptr[route], table.stop_ptr[route + 1] - 1)
        for trip in range(table.trip_ptr[route], table.trip_ptr[route + 1]):
            for position, place in enumerate(places):
                moment = table.departure_s[table.call_ptr[trip] + position] - begin.get(int(table.stop[place]), np.inf)
                if table.may_board[place] and LOW <= moment <= HIGH:
                    expected.append((moment, route, position, trip))
    assert sorted(zip(*(column.tolist() for column in found), strict=True)) == sorted(expected)
    assert (np.diff(found.moment) <= 0).all()


@settings(max_examples=80, deadline=None)
@given(timetables() | dense, starts, ways, st.sampled_from([0.0, 2.0]), st.sampled_from([12.0, np.inf]))
def test_journeys_are_those_that_none_dominates(table, begin, ends, slack, longest):
    index = index_timetable(table, access(1, 6, []))
    departures = departures_in_window(sources(list(begin.items())), LOW, HIGH, index.table)
    to = legs(6, 2, [(*way, time) for way, time in ends.items()])
    found, log = search_range(departures, Limits(longest, 3, slack), index.table, to)
    pieces, walks = pieces_of({0: table}), walks_of(table, [])
    for target in range(2):
        here = {stop: time for (stop, at), time in ends.items() if at == target}
        twin = optimal_rides(pieces, walks, table.change_s, begin, here, 3, slack, LOW, HIGH)
        of_target = found.target == target
        told = zip(found.moment[of_target], found.arrival[of_target], found.n_rides[of_target], strict=True)
        assert set(told) == {journey for journey in twin if journey[1] - journey[0] <= longest}
    for row, n_rides in zip(found.row, found.n_rides, strict=True):
        rides = 1
        while log.before[row] >= 0:
            row, rides = log.before[row], rides + 1
        assert rides == n_rides
