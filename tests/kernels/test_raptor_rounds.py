"""What the rounds know at their end, and the rides that they note, against plain loops over all rides."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.kernels.raptor import search_rounds
from oracles.kernel_arguments import legs, sources
from oracles.random_timetables import dense, timetables
from oracles.transit_networks import access
from oracles.transit_search import earliest_by_rides, pieces_of, walks_of

MAX_RIDES = 3

starts = st.dictionaries(st.integers(0, 5), st.integers(0, 25).map(float), min_size=1, max_size=3)
ways = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 2)), st.integers(0, 5).map(float), max_size=6)


def searched(table, begin, ends, slack, limit=np.inf):
    index = index_timetable(table, access(1, 6, []))
    to = legs(6, 3, [(*way, time) for way, time in ends.items()])
    return index, search_rounds(sources(list(begin.items())), limit, MAX_RIDES, slack, index.table, to)


@settings(max_examples=80, deadline=None)
@given(timetables() | dense, starts, ways, st.sampled_from([0.0, 2.0]), st.sampled_from([20.0, np.inf]))
def test_targets_are_reached_when_the_twin_reaches_them(table, begin, ends, slack, limit):
    _, (*_, reach) = searched(table, begin, ends, slack, limit)
    for target in range(3):
        here = {stop: time for (stop, to), time in ends.items() if to == target}
        twin = earliest_by_rides(
            pieces_of({0: table}), walks_of(table, []), table.change_s, begin, here, MAX_RIDES, slack
        )
        np.testing.assert_array_equal(reach[:, target], [time if time <= limit else np.inf for time in twin])


@settings(max_examples=80, deadline=None)
@given(timetables() | dense, starts, st.sampled_from([0.0, 2.0]))
def test_the_log_tells_rides_that_can_be_made(table, begin, slack):
    index, (ride, ride_row, log, _) = searched(table, begin, {}, slack)
    walks, told = walks_of(table, []), 0
    for k in range(1, MAX_RIDES + 1):
        for stop in np.flatnonzero(np.isfinite(ride[k])):
            row, after, n_rides = ride_row[k, stop], None, 0
            while row >= 0:
                trip, board, alight = log.trip[row], log.board[row], log.alight[row]
                route = np.searchsorted(table.trip_ptr, trip, side="right") - 1
                assert table.stop_ptr[route] <= board < alight < table.stop_ptr[route + 1]
                assert table.may_board[board]
                assert table.may_alight[alight]
                first_call = index.call_ptr[trip] - table.stop_ptr[route]
                there, arrival = table.stop[alight], table.arrival_s[first_call + alight]
                if after is None:
                    assert (there, arrival) == (stop, ride[k, stop])
                else:
                    at, departure = after
                    staying = max(slack, table.change_s[there]) if there == at else np.inf
                    assert departure >= arrival + min(staying, walks.get((there, at), np.inf) + slack)
                after = table.stop[board], table.departure_s[first_call + board]
                row, n_rides = log.before[row], n_rides + 1
            assert 1 <= n_rides <= k
            assert after[1] >= begin[after[0]]
            told += 1
    assert told == np.isfinite(ride[1:]).sum()
