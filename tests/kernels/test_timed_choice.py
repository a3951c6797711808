"""Mean logit over all wished moments against one logit per wish, closed forms, limits; loads against plain sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.timed_choice import choose_moments, load_calls, path_sizes
from oracles import timed_choice as oracle


def choose(moment, utility, trips, start, end, rate):
    """Persons on the journeys of one pair."""
    moment, utility = np.array(moment, float), np.array(utility, float)
    found = np.full(len(moment), np.nan)
    choose_moments(
        0, 1, np.array([0, len(moment)]), moment, utility, np.atleast_2d(np.array(trips, float)),
        np.atleast_1d(np.array(start, float)), np.atleast_1d(np.array(end, float)), rate,
        np.full((4, len(moment) + 1), np.nan), found,
    )  # fmt: skip
    return found


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-600, 4200), st.integers(0, 20)), min_size=1, max_size=6),
    st.integers(0, 1800),
    st.integers(60, 3600),
    st.sampled_from([0.0, 1e-9, 1e-4, 1e-3, 5e-3]),
)
def test_the_mean_over_wishes_equals_one_logit_per_wish(journeys, start, length, rate):
    journeys = sorted(journeys)
    moment, utility = [j[0] for j in journeys], [-0.3 * j[1] for j in journeys]
    found = choose(moment, utility, 7.0, start, start + length, rate)
    expected = oracle.persons(moment, utility, 7.0, start, start + length, rate, n_wishes=2000)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.sum() == pytest.approx(7.0, rel=1e-13)


def test_two_journeys_at_one_moment_split_by_the_plain_logit():
    first, second = choose([600.0, 600.0], [-1.0, -1.5], 10.0, 0.0, 3600.0, 0.01)
    assert first == pytest.approx(10.0 / (1.0 + np.exp(-0.5)), rel=1e-13)
    assert first + second == pytest.approx(10.0)


def test_two_journeys_have_a_closed_form():
    """Share of the later one: mean of a logistic curve between the two, constant outside."""
    rate, moments = 0.002, (600.0, 1800.0)
    gap = rate * 1200.0
    inside = (np.log1p(np.exp(gap)) - np.log1p(np.exp(-gap))) / (2.0 * rate)
    before, after = 600.0 / (1 + np.exp(gap)), 1800.0 / (1 + np.exp(-gap))
    _, later = choose(moments, [0.0, 0.0], 3600.0, 0.0, 3600.0, rate)
    assert later == pytest.approx(before + inside + after, rel=1e-12)


def test_a_large_scale_gives_everybody_the_best_journey():
    # costs 0, 300 and 0 s at 0, 600 and 1200 s: the middle one is best of nobody; wishes part at 600 s
    cost = np.array([0.0, 601.0, 0.0])
    for scale in (1.0, 1e3, 1e6):
        found = choose([0.0, 600.0, 1200.0], -scale * cost, 12.0, 0.0, 1200.0, scale)
        np.testing.assert_allclose(found, [6.0, 0.0, 6.0], atol=0.2 / scale)
    # a journey that is better by more than its shift takes all
    found = choose([0.0, 900.0], [-1e3 * 2000.0, -1e3 * 1000.0], 5.0, 0.0, 600.0, 1e3)
    np.testing.assert_allclose(found, [0.0, 5.0], atol=1e-12)


def test_periods_add_up_and_an_empty_one_changes_nothing():
    journeys = [0.0, 700.0, 1500.0, 1500.0], [-1.0, 0.0, -0.5, -0.2]
    parts = [choose(*journeys, 4.0, 0.0, 900.0, 0.001), choose(*journeys, 9.0, 900.0, 1200.0, 0.001)]
    both = choose(*journeys, [[4.0, 9.0, 0.0]], [0.0, 900.0, 0.0], [900.0, 1200.0, 10.0], 0.001)
    np.testing.assert_allclose(both, parts[0] + parts[1], rtol=1e-13)


def test_cutting_a_period_changes_nothing():
    journeys = [100.0, 700.0, 1500.0], [-1.0, 0.0, -0.5]
    whole = choose(*journeys, 12.0, 0.0, 1200.0, 0.003)
    cut = choose(*journeys, [[5.0, 7.0]], [0.0, 500.0], [500.0, 1200.0], 0.003)
    np.testing.assert_allclose(whole, cut, rtol=1e-12)


def test_loads_are_sums_over_the_rides():
    rng = np.random.default_rng(3)
    rides_of = []
    for _ in range(40):
        rides = []
        for trip in rng.choice(5, size=rng.integers(1, 4), replace=False):
            board, alight = np.sort(rng.choice(8, size=2, replace=False))
            rides.append((8 * trip + board, 8 * trip + alight))
        rides_of.append(rides)
    persons = rng.uniform(0, 3, 40)
    ride_ptr = np.cumsum([0, *map(len, rides_of)])
    board, alight = np.array([ride for rides in rides_of for ride in rides], dtype=np.int64).T.copy()
    loads = tuple(np.zeros(40) for _ in range(3))
    load_calls(persons, ride_ptr, board, alight, *loads)
    for found, expected in zip(loads, oracle.call_loads(rides_of, persons, 40), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_path_sizes_by_hand():
    # two journeys share a run of 300 s and then part for 300 and 100 s; a third is alone; another pair is not looked at
    board, alight = np.array([0, 0, 4, 6, 0]), np.array([2, 1, 5, 7, 1])
    run_time = np.array([300.0, 300.0, 0.0, 0.0, 100.0, 0.0, 50.0, 0.0])
    ride_ptr, journey_ptr = np.array([0, 1, 3, 4, 5]), np.array([0, 3, 4])
    uses, size = np.zeros(8, np.int32), np.zeros(4)
    path_sizes(journey_ptr, ride_ptr, board, alight, run_time, uses, size)
    np.testing.assert_allclose(size, [450 / 600, 250 / 400, 1.0, 1.0])
    assert not uses.any()
