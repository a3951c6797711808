"""The queue at charging points: points held until departure, cars one by one and groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge
from itas_mobility.emobility.queue import cars_of, held_until_departure, points_of


def held(sessions, site):
    cars = cars_of(sessions, np.zeros(len(sessions), np.int64))
    return held_until_departure(cars, points_of(site), one_by_one=sessions.cars is None)


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60)
def test_points_are_taken_as_in_uncontrolled_charging(seed, is_group):
    rng = np.random.default_rng(seed)
    n, n_points = 8, int(rng.integers(0, 4))
    arrive = rng.choice([6.0, 6.5, 7.25, 9.0], n)
    sessions = ChargingSessions(
        arrive, arrive + rng.choice([0.0, 1.0, 2.5, 8.0], n), rng.choice([0.0, 5.0, 90.0], n),
        rng.choice([3.7, 50.0], n), cars=rng.uniform(0.0, 1.5, n) if is_group else None,
    )  # fmt: skip
    power = rng.choice([11.0, 22.0], n_points)
    found = held(sessions, ChargingSite(n_points, power, 0.9, release="full"))
    week = charge(sessions, ChargingSite(n_points, power, 0.9, release="departure"))
    wanting = np.where(sessions.need_kwh > 0, sessions.each_cars, 0.0)
    stay = sessions.depart_h - sessions.arrive_h
    stood = (wanting - np.bincount(found.row, found.cars, minlength=n)) * stay
    stood += np.bincount(found.row, found.cars * (found.start_h - sessions.arrive_h[found.row]), minlength=n)
    np.testing.assert_allclose(stood, week.waiting_h * sessions.each_cars, atol=1e-9)
    most = found.power_kw * (sessions.depart_h[found.row] - found.start_h)
    got = found.cars * np.minimum(most, sessions.need_kwh[found.row] / 0.9)
    np.testing.assert_allclose(np.bincount(found.row, got, minlength=n), week.drawn_kwh, atol=1e-9)


def test_kinds_of_points_and_who_takes_them():
    sessions = ChargingSessions([1.0, 2.0, 3.0, 0.0], [9.0] * 4, [50.0, 50.0, 50.0, 0.0], [30.0, 30.0, 7.0, 30.0])
    found = held(sessions, ChargingSite(3, [11.0, 22.0, 11.0], 0.9))
    assert found.row.tolist() == [0, 1, 2]
    assert found.power_kw.tolist() == [22.0, 11.0, 7.0]
    points = points_of(ChargingSite(3, [11.0, 22.0, 11.0], 0.9, release="fee", fee_after_h=2.0))
    assert (points.power.tolist(), points.amount.tolist(), points.fee_after) == ([22.0, 11.0], [1, 2], 2.0)


@pytest.mark.parametrize("points", [None, 30])
def test_where_there_is_a_point_for_each_nobody_waits(points):
    """Arrivals that differ by rounding come together, none before its own arrival."""
    arrive = np.full(30, 6.0) + np.linspace(0.0, 1e-10, 30)[::-1]
    sessions = ChargingSessions(arrive, np.full(30, 9.0), np.full(30, 50.0), 11.0, cars=np.full(30, 1.0))
    found = held(sessions, ChargingSite(points, 11.0, 0.9))
    assert sorted(found.row.tolist()) == list(range(30))
    assert np.unique(found.start_h).size == 1
    assert (found.start_h >= arrive[found.row]).all()
