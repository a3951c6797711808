"""Whole cars drawn from groups of expected cars."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from itas_mobility.core import ChargingSessions, ChargingSite, ChargingTaper
from itas_mobility.emobility import charge, draw_cars
from itas_mobility.errors import InputError
from oracles.charging_cases import RULES


def groups():
    rng = np.random.default_rng(3)
    n = 40
    arrive = rng.choice([5.5, 5.75, 13.5], n)
    return ChargingSessions(
        arrive, arrive + 8.5, rng.uniform(1.0, 20.0, n), 11.0, cars=rng.uniform(0.0, 2.0, n),
        home_zone=np.arange(n, dtype=np.int32), battery_kwh=60.0, arrival_state_share=rng.uniform(0.0, 0.6, n),
        taper=ChargingTaper([0.0, 0.8, 1.0], [11.0, 11.0, 3.0]),
    )  # fmt: skip


def columns_of(sessions):
    names = [field.name for field in fields(sessions) if field.name not in ("cars", "taper")]
    return {name: getattr(sessions, name) for name in names}


def rows_of(sessions, rows):
    columns = {name: column[rows] for name, column in columns_of(sessions).items()}
    return replace(sessions, **columns, cars=sessions.cars[rows])


def test_the_mean_of_case_19_is_the_expectation(shared_data):
    case = json.loads((shared_data / "cases/emobility/19_expected_load.json").read_text(encoding="utf-8"))
    given, expected = case["input"], case["expected"]
    plugged = given["cars_per_zone"] * given["electric_share"] * given["plug_in_probability"]
    need = np.array(given["energy_kwh_by_zone"])
    sessions = ChargingSessions(np.full(50, 6.0), np.full(50, 14.0), need, 11.0, cars=np.full(50, plugged))
    site = ChargingSite(None, 11.0, 1.0)
    drawn = [draw_cars(sessions, seed) for seed in range(1000)]
    within = expected["mean_over_1000_seeds_within"]
    assert np.mean([len(one) for one in drawn]) == pytest.approx(expected["expected_sessions"], rel=within)
    energies = [charge(one, site, horizon_h=24.0).energy_kwh for one in drawn[:200]]
    np.testing.assert_allclose(energies, [one.total_need_kwh for one in drawn[:200]])
    assert np.mean([one.total_need_kwh for one in drawn]) == pytest.approx(expected["expected_kwh"], rel=within)
    # cars come independently of each other: the variance of their number is the mean
    assert np.var([len(one) for one in drawn]) == pytest.approx(expected["expected_sessions"], rel=0.15)


def test_the_order_of_the_rows_makes_no_difference():
    sessions = groups()
    for seed in range(5):
        one, other = draw_cars(sessions, seed), draw_cars(rows_of(sessions, np.arange(len(sessions))[::-1]), seed)
        assert len(one) > 10
        for name, column in columns_of(one).items():
            np.testing.assert_array_equal(column, getattr(other, name))


def test_cars_are_those_of_the_groups_one_by_one():
    sessions = groups()
    cars = draw_cars(sessions, 7)
    assert cars.cars is None
    assert cars.taper is sessions.taper
    assert (np.diff(cars.arrive_h) >= 0).all()
    for name, column in columns_of(sessions).items():
        np.testing.assert_array_equal(getattr(cars, name), column[cars.home_zone])
    again, other = draw_cars(sessions, 7), draw_cars(sessions, 8)
    np.testing.assert_array_equal(again.home_zone, cars.home_zone)
    assert len(other) != len(cars) or (other.home_zone != cars.home_zone).any()
    # those who come together are in no order of their need
    together = cars.need_kwh[cars.arrive_h == 5.5]
    assert (np.diff(together) < 0).any()
    assert (np.diff(together) > 0).any()


@pytest.mark.parametrize("strategy", ["uncontrolled", *RULES])
def test_at_points_and_limits_that_do_not_bind_the_mean_load_is_that_of_the_expectation(strategy):
    sessions = replace(groups(), taper=None)
    site = ChargingSite(None, 11.0, 0.9)
    expected = charge(sessions, site, strategy=strategy, horizon_h=24.0)
    n = 400
    mean = sum(charge(draw_cars(sessions, s), site, strategy=strategy, horizon_h=24.0).power_kw for s in range(n)) / n
    assert abs(mean - expected.power_kw).max() < 0.05 * expected.peak_kw


def test_no_cars():
    assert len(draw_cars(ChargingSessions([], [], [], 11.0, cars=[]), 1)) == 0
    assert len(draw_cars(replace(groups(), cars=np.zeros(40)), 1)) == 0


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True, None])
def test_refusals(seed):
    with pytest.raises(InputError, match=r"seed: .* must be a whole number"):
        draw_cars(groups(), seed)
