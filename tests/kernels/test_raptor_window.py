"""The two loops that search by rounds give the same travel times, and both those of plain searches."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.transit.timetables.index import index_timetable
from itas_mobility.demand.transit.timetables.window_table import lay_out_window
from itas_mobility.kernels.raptor import search_rounds
from itas_mobility.kernels.raptor_window import window_travel_times
from itas_mobility.kernels.timetable_arrays import Limits
from oracles.kernel_arguments import legs, origins, sources
from oracles.random_timetables import dense, timetables
from oracles.transit_networks import access
from oracles.transit_search import earliest_by_rides, pieces_of, walks_of

MOMENTS = np.arange(21.0, 2.0, -3.0)
RANKS = np.array([0, 3, len(MOMENTS) - 1])
MAX_RIDES = 3

begins = st.lists(st.dictionaries(st.integers(0, 5), st.integers(0, 4).map(float), max_size=3), min_size=1, max_size=3)
ways = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 1)), st.integers(0, 5).map(float), max_size=5)


@settings(max_examples=40, deadline=None)
@given(timetables() | dense, begins, ways, st.sampled_from([0.0, 2.0]), st.sampled_from([8.0, 40.0]), st.integers(1, 4))
def test_the_window_search_agrees_with_the_rounds_and_with_plain_searches(table, begin, ends, slack, longest, n_blocks):
    index = index_timetable(table, access(1, 6, []))
    window = lay_out_window(index, MOMENTS[-1], MOMENTS[0] + longest)
    row = window.stop_row
    at_rank, mean, least, reached, mean_rides = window_travel_times(
        origins([[(row[stop], way) for stop, way in one.items()] for one in begin]), MOMENTS, RANKS,
        Limits(longest, MAX_RIDES, slack), window.table,
        legs(6, 2, [(row[stop], target, way) for (stop, target), way in ends.items()]), n_blocks,
    )  # fmt: skip
    by_stop = legs(6, 2, [(*way, time) for way, time in ends.items()])
    pieces, walks = pieces_of({0: table}), walks_of(table, [])
    for o, one in enumerate(begin):
        times, rides = np.empty((len(MOMENTS), 2)), np.zeros((len(MOMENTS), 2))
        for m, moment in enumerate(MOMENTS):
            starts = {stop: moment + way for stop, way in one.items()}
            *_, reach = search_rounds(
                sources(list(starts.items())), moment + longest, MAX_RIDES, slack, index.table, by_stop
            )
            times[m], rides[m] = reach[-1] - moment, (reach == reach[-1]).argmax(axis=0)
            for target in range(2):
                here = {stop: time for (stop, at), time in ends.items() if at == target}
                plain = earliest_by_rides(pieces, walks, table.change_s, starts, here, MAX_RIDES, slack)[-1] - moment
                assert times[m, target] == (plain if plain <= longest else np.inf)
        rising, found = np.sort(times, axis=0), np.isfinite(times)
        np.testing.assert_array_equal(at_rank[:, o], rising[RANKS])
        np.testing.assert_array_equal(least[o], rising[0])
        np.testing.assert_array_equal(reached[o], found.mean(axis=0))
        np.testing.assert_allclose(mean[o], times.mean(axis=0), rtol=1e-14)
        fewest = np.where(found, rides, 0.0).sum(axis=0) / np.maximum(found.sum(axis=0), 1)
        np.testing.assert_allclose(mean_rides[o], fewest, rtol=1e-14)
