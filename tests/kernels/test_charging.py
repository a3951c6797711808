"""Kernels of charging against their slow twins: the queue at the points, and mean power of the steps of a day."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.charging import Cars, Charging, Points, first_come_first_served, power_in_steps
from oracles import charging as oracle


def served(cars, points, day=86400.0, max_days=60):
    """Whether the queue settled, and when each car charges."""
    charging = Charging(*(np.full(len(cars.arrive), np.nan) for _ in range(3)))
    return first_come_first_served(cars, points, day, max_days, charging), charging


def made_cars(arrive, depart, need, power):
    return Cars(*(np.array(column, float) for column in (arrive, depart, need, power)))


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=100)
def test_points_are_taken_as_the_twin_says(seed, until_departure):
    rng = np.random.default_rng(seed)
    n, n_points = int(rng.integers(0, 9)), int(rng.integers(0, 4))
    # whole seconds and powers that divide the needs, so that the twin's second is no approximation
    arrive = np.sort(rng.integers(0, 300, n))
    depart = arrive + rng.integers(0, 600, n)
    car_power, point_power = rng.choice([1.0, 2.0, 4.0], n), rng.choice([1.0, 2.0, 4.0], n_points)
    need_s = 4 * rng.integers(0, 300, n)
    taken, charged, power = oracle.follow(arrive, depart, need_s, car_power, point_power, 1000, until_departure)
    settled, found = served(
        made_cars(arrive, depart, need_s / 3600, car_power), Points(point_power, True, until_departure, 1.0)
    )
    assert settled
    for i in range(n):
        if need_s[i] == 0:
            assert (found.start[i], found.end[i], found.power[i]) == (arrive[i], arrive[i], 0.0)
        elif taken[i] is None:
            assert (found.start[i], found.end[i], found.power[i]) == (depart[i], depart[i], 0.0)
        else:
            assert found.power[i] == power[i]
            assert found.start[i] == pytest.approx(taken[i], abs=1e-6)
            assert found.end[i] == pytest.approx(taken[i] + charged[i], abs=1e-6)


def test_unlimited_points_keep_nobody_waiting():
    cars = made_cars([0, 0, 10], [100, 100, 20], [1 / 3600, 0, 1], [2.0, 2.0, 50.0])
    settled, found = served(cars, Points(np.array([4.0]), False, True, 0.5))
    assert settled
    np.testing.assert_allclose(found.start, [0, 0, 10])
    np.testing.assert_allclose(found.end, [1, 0, 20])
    np.testing.assert_array_equal(found.power, [2.0, 0.0, 4.0])


def test_a_car_over_midnight_holds_its_point_against_the_next_morning():
    cars = made_cars([10, 90], [50, 130], [1, 1], [1.0, 1.0])
    points = Points(np.array([1.0]), True, True, 1.0)
    assert served(cars, points, day=100.0, max_days=1)[0] is False
    settled, found = served(cars, points, day=100.0)
    assert settled
    np.testing.assert_array_equal(found.start, [30, 90])


def test_days_that_never_repeat_are_told():
    # the car over midnight takes the strong point on every other day only
    cars = made_cars([3, 6, 8], [19, 22 + 24, 6 + 24], [26 / 3600, 6 / 3600, 10 / 3600], [4.0, 4.0, 4.0])
    assert not served(cars, Points(np.array([4.0, 1.0]), True, True, 1.0), day=24.0)[0]


@given(
    st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40), st.floats(0, 50)), max_size=8),
    st.sampled_from([0.5, 1.0, 6.0]),
)
def test_power_in_steps_is_the_overlap(intervals, step):
    start = np.array([one[0] for one in intervals], float)
    end = start + np.array([one[1] for one in intervals], float)
    power = np.array([one[2] for one in intervals], float)
    found = np.full(round(24.0 / step), np.nan)
    power_in_steps(start, end, power, step, found)
    np.testing.assert_allclose(found, oracle.power_in_steps(start, end, power, step, len(found)), atol=1e-9)
    assert found.sum() * step == pytest.approx(float((power * (end - start)).sum()), abs=1e-6)
