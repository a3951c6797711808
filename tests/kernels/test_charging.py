"""Kernels of charging against their slow twins: the queue at the points, and mean power of the steps of a horizon."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingTaper
from itas_mobility.emobility.charging.uncontrolled import taper_pieces
from itas_mobility.kernels.charging import (
    DEPARTURE,
    FEE,
    FULL,
    Cars,
    Charging,
    Points,
    Taper,
    count_pieces,
    cut_pieces,
    fill_from,
    first_come_first_served,
    hours_to_full,
    power_in_steps,
)
from oracles import charging as oracle

EVEN = Taper(np.zeros(0), np.zeros(0))
CURVE = ChargingTaper([0.0, 0.5, 1.0], [150.0, 150.0, 30.0])


def made_cars(arrive, depart, need, power, *, state=0.0, battery=np.inf):
    n = len(arrive)
    columns = (np.array(column, float) for column in (arrive, depart, need, power))
    return Cars(
        *columns, np.zeros(n), np.full(n, state), np.full(n, battery), np.ones(n), np.zeros(n, np.int64)
    )  # fmt: skip


def made_points(power, *, limited=True, release=FULL, fee_after=0.0, efficiency=1.0, standby=0.0):
    kinds, amount = np.unique(np.array(power, float), return_counts=True)
    return Points(kinds[::-1].copy(), amount[::-1].astype(np.int64), limited, release, fee_after, efficiency, standby)


def served(cars, points, taper=EVEN):
    charging = Charging(*np.full((5, len(cars.arrive)), np.nan))
    first_come_first_served(cars, np.argsort(cars.arrive, kind="stable"), points, taper, charging)
    return charging


@given(st.integers(0, 2**32 - 1), st.sampled_from([FULL, DEPARTURE, FEE]))
@settings(max_examples=100)
def test_points_are_taken_as_the_twin_says(seed, release):
    rng = np.random.default_rng(seed)
    n, n_points = int(rng.integers(0, 9)), int(rng.integers(0, 4))
    # whole seconds and powers that divide the needs, so that the twin's second is no approximation
    arrive = np.sort(rng.integers(0, 300, n))
    depart = arrive + rng.integers(0, 600, n)
    car_power, point_power = rng.choice([1.0, 2.0, 4.0], n), rng.choice([1.0, 2.0, 4.0], n_points)
    need_s = 4 * rng.integers(0, 300, n)
    hold = {FULL: 0, DEPARTURE: np.inf, FEE: 90}[release]
    taken, charged, power = oracle.follow(arrive, depart, need_s, car_power, point_power, 1000, hold)
    # of the same unit in time and energy, seconds do as well as hours
    found = served(
        made_cars(arrive, depart, need_s, car_power), made_points(point_power, release=release, fee_after=90.0)
    )
    for i in range(n):
        if need_s[i] == 0:
            assert (found.begin[i], found.end[i], found.power[i]) == (arrive[i], arrive[i], 0.0)
        elif taken[i] is None:
            assert (found.begin[i], found.end[i], found.power[i]) == (depart[i], depart[i], 0.0)
        else:
            assert found.power[i] == power[i]
            assert found.begin[i] == pytest.approx(taken[i], abs=1e-6)
            assert found.end[i] == pytest.approx(taken[i] + charged[i], abs=1e-6)
            assert found.delivered[i] == found.drawn[i] == pytest.approx(charged[i] * power[i], abs=1e-6)


def test_unlimited_points_keep_nobody_waiting():
    cars = made_cars([0, 0, 10], [100, 100, 20], [1, 0, 3600], [2.0, 2.0, 50.0])
    found = served(cars, made_points([4.0], limited=False, efficiency=0.5))
    np.testing.assert_allclose(found.begin, [0, 0, 10])
    np.testing.assert_allclose(found.end, [1, 0, 20])
    np.testing.assert_array_equal(found.power, [2.0, 0.0, 4.0])
    np.testing.assert_allclose(found.drawn, [2.0, 0.0, 40.0])


def test_control_takes_its_share_and_a_car_too_weak_for_it_takes_no_point():
    cars = made_cars([0, 1], [8, 8], [9.0, 9.0], [0.2, 10.2])
    found = served(cars, made_points([11.0], efficiency=0.9, standby=0.2))
    np.testing.assert_array_equal(found.power, [0.0, 10.2])
    assert (found.begin[1], found.end[1]) == (1.0, pytest.approx(2.0))
    assert (found.delivered[1], found.drawn[1]) == (9.0, pytest.approx(10.2))


@given(st.integers(0, 99), st.integers(1, 100), st.floats(5.0, 200.0), st.floats(0.0, 2.0))
def test_under_a_taper_time_is_the_integral_over_the_curve(percent, more, power, standby):
    """Against small steps of the state of charge, between whole percents of it."""
    battery, efficiency, state = 60.0, 0.9, percent / 100.0
    need = min(more, 100 - percent) / 100.0 * battery
    points = made_points([power], limited=False, efficiency=efficiency, standby=standby)
    taper = taper_pieces(CURVE, efficiency=efficiency, standby_kw=standby)
    cars = made_cars([0.0], [1000.0], [need], [300.0], state=state, battery=battery)
    n = 20_000
    middles = state + (np.arange(n) + 0.5) / n * need / battery
    held = np.minimum(power, np.interp(middles, CURVE.state_share, CURVE.power_kw))
    hours = (need / n / (efficiency * (held - standby))).sum()
    full = np.empty((1, 1))
    hours_to_full(cars, points, taper, full)
    is_cut = bool(((held[:-1] == power) & (held[1:] < power)).any())
    # in a piece that the power of the point cuts through, the lesser of two means is not the mean of the lesser
    assert full[0, 0] == pytest.approx(hours, rel=1e-2 if is_cut else 1e-6)
    charging = Charging(*np.empty((5, 1)))
    fill_from(cars, np.zeros(1, np.int64), np.array([2.0]), np.zeros(1, np.int64), points, taper, charging)
    assert charging.end[0] - charging.begin[0] == pytest.approx(full[0, 0])
    assert charging.delivered[0] == pytest.approx(need)
    assert efficiency * (charging.drawn[0] - standby * full[0, 0]) == pytest.approx(need)
    counts = np.zeros(1, np.int64)
    count_pieces(cars, np.zeros(1, np.int64), charging, taper, counts)
    start, end, kw = np.zeros((3, int(counts[0])))
    cut_pieces(cars, np.zeros(1, np.int64), charging, points, taper, start, end, kw)
    assert (kw * (end - start)).sum() == pytest.approx(charging.drawn[0])
    assert (start[0], end[-1]) == (2.0, pytest.approx(charging.end[0]))
    assert (np.diff(kw) <= 0).all()


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
