"""Cars of a window: what a mixture of groups can draw is what the cars can, and the split gives all of it away."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels import charging_windows as kernels

STEP_H = 0.25


def window(rng, n_cars, n_steps, *, ends=True):
    """One window with its first and last step in part."""
    hours = np.full(n_steps, STEP_H)
    if ends:
        hours[0] = rng.uniform(0.01, STEP_H)
        hours[-1] = rng.uniform(0.01, STEP_H)
    need = np.sort(rng.uniform(0.01, 1.5 * hours.sum(), n_cars))[::-1]
    pointers = np.array([0, n_steps]), np.array([0, n_cars])
    return kernels.Windows(pointers[0], hours, pointers[1], need.copy(), rng.uniform(0.1, 2.0, n_cars))


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 7))
@settings(max_examples=60)
def test_few_groups_draw_in_any_set_of_steps_what_all_cars_do(seed, n_cars, n_steps):
    rng = np.random.default_rng(seed)
    one = window(rng, n_cars, n_steps)
    group, need, cars = np.zeros(2 * n_cars, np.int64), np.zeros(2 * n_cars), np.zeros(2 * n_cars)
    count = kernels.mixtures(one, STEP_H, group, need, cars)
    assert count <= min(2 * n_cars, 4 * (n_steps + 3))
    for size in range(1, n_steps + 1):
        for steps in combinations(range(n_steps), size):
            hours = one.hours[list(steps)].sum()
            wanted = (one.cars * np.minimum(one.need, hours)).sum()
            got = (cars[:count] * np.minimum(need[:count], hours)).sum()
            assert got == pytest.approx(wanted, rel=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 6))
@settings(max_examples=100)
def test_whatever_cars_can_draw_is_given_away(seed, n_cars, n_steps):
    """A profile that some split of its own made, is split again: caps and needs are kept, and nothing is left over."""
    rng = np.random.default_rng(seed)
    one = window(rng, n_cars, n_steps)
    given_ = np.zeros((n_cars, n_steps))
    left = one.need.copy()
    for i, t in rng.permutation([(i, t) for i in range(n_cars) for t in range(n_steps)]):
        given_[i, t] = min(left[i], one.hours[t]) * rng.choice([0.0, 0.5, 1.0, 1.0])
        left[i] -= given_[i, t]
    drawn = one.cars @ given_
    got, begin, end = np.zeros(n_cars), np.zeros(n_cars, np.int64), np.zeros(n_cars, np.int64)
    out = np.zeros(n_cars * n_steps)
    kernels.split(one, drawn, got, begin, end, np.zeros(1, np.int64), out)
    table = out.reshape(n_cars, n_steps)
    np.testing.assert_allclose(one.cars @ table, drawn, rtol=1e-9, atol=1e-12)
    assert (table <= one.hours * (1 + 1e-12)).all()
    assert (table.sum(axis=1) <= one.need * (1 + 1e-12)).all()
    np.testing.assert_allclose(table.sum(axis=1), got, rtol=1e-12)
    for i in range(n_cars):
        steps = np.flatnonzero(table[i] > 0)
        assert (begin[i], end[i]) == ((steps[0], steps[-1]) if steps.size else (-1, -1))
    short = np.zeros(0)
    again = np.zeros(n_cars)
    kernels.split(one, drawn, again, begin, end, np.zeros(1, np.int64), short)
    np.testing.assert_array_equal(again, got)
