"""Who is best around which wished moment, and percentiles of the least cost, against cutting wherever costs cross."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.wished_moments import best_stretches, cost_percentiles
from oracles.wished_moments import cost_at, share_up_to, stretches

BEGIN, END = 10.0, 50.0

one_set = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=6)
sets = st.lists(one_set, min_size=1, max_size=3)


def laid_out(drawn, weight):
    """Pointer, moments, costs and the stretches that the kernel finds."""
    journeys = [journey for one in drawn for journey in sorted(one)]
    moment, cost = (np.array([journey[i] for journey in journeys], dtype=float) for i in range(2))
    ptr, n = np.cumsum([0, *map(len, drawn)]), len(journeys)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    best_stretches(ptr, moment, cost, weight, BEGIN, END, np.empty(n, np.int64), low, high)
    return ptr, moment, cost, low, high


@settings(max_examples=100, deadline=None)
@given(sets, st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_stretches_fill_the_window_and_nobody_has_anything_better(drawn, weight):
    ptr, moment, cost, low, high = laid_out(drawn, weight)
    for s in range(len(drawn)):
        rows = np.arange(ptr[s], ptr[s + 1])
        used = rows[low[rows] < high[rows]]
        assert (high[rows] - low[rows]).sum() == pytest.approx(END - BEGIN if rows.size else 0.0)
        np.testing.assert_array_equal(low[used], [BEGIN, *high[used][:-1]][: used.size])
        for begin, end, _ in stretches(moment[rows], cost[rows], weight, BEGIN, END) if rows.size else ():
            wish = (begin + end) / 2
            of_wish = used[(low[used] <= wish) & (wish <= high[used])]
            least = cost_at(wish, moment[rows], cost[rows], weight).min()
            assert cost_at(wish, moment[of_wish], cost[of_wish], weight).min() == pytest.approx(least)


@settings(max_examples=100, deadline=None)
@given(sets, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_percentiles_are_costs_that_so_many_wishes_do_not_exceed(drawn, weight, share):
    ptr, moment, cost, low, high = laid_out(drawn, weight)
    value = np.empty((1, len(drawn)))
    cost_percentiles(ptr, moment, cost, weight, low, high, np.array([share]), value)
    for s in range(len(drawn)):
        rows = slice(ptr[s], ptr[s + 1])
        if ptr[s] == ptr[s + 1]:
            assert value[0, s] == np.inf
            continue
        told = moment[rows], cost[rows], weight, BEGIN, END
        assert share_up_to(value[0, s] + 1e-6, *told) >= share - 1e-9
        assert share_up_to(value[0, s] - 1e-6, *told) <= share + 1e-9
