"""Travel times around a moment against one plain search for each moment."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.kernels.raptor_around import times_around
from itas_mobility.kernels.timetable_arrays import Limits
from oracles.kernel_arguments import legs, origins
from oracles.random_timetables import dense, timetables
from oracles.transit_networks import access, timetable
from oracles.transit_search import earliest_by_rides, pieces_of, walks_of

OFFSETS = np.arange(12.0, -13.0, -3.0)

ways = st.dictionaries(st.integers(0, 5), st.integers(0, 4).map(float), max_size=3)
queries = st.lists(st.tuples(ways, st.integers(5, 25).map(float)), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(
    timetables() | dense, queries, ways, st.sampled_from([0.0, 2.0]), st.sampled_from([8.0, 40.0]), st.integers(1, 4)
)
def test_times_rides_waits_and_shifts_are_those_of_single_searches(table, asked, ends, slack, longest, n_blocks):
    index = index_timetable(table, access(1, 6, []))
    time, rides, wait, shift = times_around(
        origins([list(begin.items()) for begin, _ in asked]), np.array([moment for _, moment in asked]), OFFSETS,
        Limits(longest, 3, slack), index.table, legs(6, 1, [(stop, 0, way) for stop, way in ends.items()]), n_blocks,
    )  # fmt: skip
    pieces, walks = pieces_of({0: table}), walks_of(table, [])
    for q, (begin, moment) in enumerate(asked):
        arrivals = {}
        for offset in OFFSETS:
            starts = {stop: moment + offset + way for stop, way in begin.items()}
            best = earliest_by_rides(pieces, walks, table.change_s, starts, ends, 3, slack)
            arrivals[offset] = [at if at - moment - offset <= longest else np.inf for at in best]
        now = arrivals[0.0]
        assert time[q, 0] == now[-1] - moment
        assert rides[q, 0] == (now.index(now[-1]) if np.isfinite(now[-1]) else 0)
        later = [offset for offset in OFFSETS if offset >= 0 and arrivals[offset][-1] == now[-1]]
        assert wait[q, 0] == (max(later) if np.isfinite(now[-1]) else 0.0)
        possible = [offset for offset in OFFSETS if np.isfinite(arrivals[offset][-1])]
        assert shift[q, 0] == min(possible, key=lambda offset: (abs(offset), -offset), default=np.inf)


def test_of_two_shifts_of_one_size_the_later_one_is_told():
    # trips of 8 s leave at 7 and 13, no journey may take longer: setting out at 10 has none, 3 s earlier or later has
    table = timetable("ABCDEF", [("r", "1", "AB", [("x", [(7, 7), (15, 15)]), ("y", [(13, 13), (21, 21)])])])
    time, *_, shift = times_around(
        origins([[(0, 0.0)]]), np.array([10.0]), OFFSETS, Limits(8.0, 1, 0.0), index_timetable(table, None).table,
        legs(6, 1, [(1, 0, 0.0)]), 1,
    )  # fmt: skip
    assert (time.item(), shift.item()) == (np.inf, 3.0)
