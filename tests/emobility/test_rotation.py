"""Schedules that cars can follow, beside the bound of the programme."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite, SiteSupply, StationaryBattery
from itas_mobility.emobility.rotation import AIMS, realisable
from itas_mobility.errors import InputError

STEP_H, N = 0.25, 40


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(AIMS)))
@settings(max_examples=60)
def test_cars_are_off_or_between_least_and_greatest_and_no_limit_is_exceeded(seed, name):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 12)
    arrive = rng.uniform(0, 6, n)
    depart = np.minimum(arrive + rng.uniform(0.5, 6, n), N * STEP_H)
    power = rng.choice([3.7, 11.0], n)
    least = np.where(power > 4, 4.14, 1.38)
    sessions = ChargingSessions(arrive, depart, rng.uniform(0.2, 0.9, n) * power * (depart - arrive), power, least)
    supply = SiteSupply(
        connection_kw=rng.choice([np.inf, 60.0]), base_load_kw=rng.uniform(0, 20, N), pv_kw=rng.choice([0.0, 9.0], N),
        price_eur_per_kwh=rng.choice([0.1, 0.3], N), mix_g_per_kwh=rng.choice([100.0, 300.0], N),
        battery=StationaryBattery(9.0, 5.0) if rng.random() < 0.2 else None,
    )  # fmt: skip
    limit = rng.choice([np.inf, 30.0, 12.0])
    site = ChargingSite(
        rng.choice([None, 4]), 11.0, 0.9, limit_kw=limit, standby_kw=rng.choice([0.0, 0.2]), release="departure",
        supply=supply,
    )  # fmt: skip
    got = realisable(sessions, site, strategy=name, step_h=STEP_H, horizon_h=N * STEP_H)
    car = got.session
    taken = arrive + got.week.waiting_h
    hours = np.minimum(depart[car], (got.step + 1) * STEP_H) - np.maximum(taken[car], got.step * STEP_H)
    assert (hours > 0).all()
    assert (got.power_kw >= least[car] * (1 - 1e-9)).all()
    assert (got.power_kw <= power[car] * (1 + 1e-9)).all()
    assert len(set(zip(car.tolist(), got.step.tolist(), strict=True))) == car.size
    assert (got.week.power_kw <= limit * (1 + 1e-9)).all()
    assert (got.week.site_kw <= supply.connection_kw * (1 + 1e-9)).all()
    # at these powers for all the time, but for the last step of a car that gets full in it
    most = np.bincount(car, got.power_kw * hours, minlength=n)
    assert (got.week.drawn_kwh <= most * (1 + 1e-9) + 1e-9).all()
    last = np.zeros(n)
    np.maximum.at(last, car, got.step)
    before = np.where(got.step < last[car], got.power_kw * hours, 0.0)
    assert (got.week.drawn_kwh >= np.bincount(car, before, minlength=n) - 1e-9).all()
    # a bound is a bound
    assert got.unserved_loss_kwh >= -1e-7
    if got.unserved_loss_kwh < 1e-7:
        kept = {"peak_minimal": got.peak_loss_kw, "cost_minimal": got.cost_loss_eur}.get(name, 0.0)
        assert kept >= -1e-7
    assert got.bound.strategy == got.week.strategy == name


def test_the_two_shifts_lose_little(shared_data):
    """200 cars at 6 A or more: 158.14 kW are a bound, and turns of 15 minutes come close to it."""
    rows = json.loads((shared_data / "cases/emobility/01_two_shift_workplace_week.json").read_text())["input"][
        "sessions"
    ]
    columns = [[row[column] for row in rows] for column in ("arrive", "depart", "need_kwh", "power_kw")]
    sessions = ChargingSessions(*columns, 4.14)
    got = realisable(sessions, ChargingSite(None, 11.0, 0.9))
    assert got.unserved_loss_kwh == 0.0
    assert 0.0 < got.peak_loss_kw < 0.03 * got.bound.peak_kw
    whole = realisable(ChargingSessions(*columns), ChargingSite(None, 11.0, 0.9))
    assert whole.peak_loss_kw == pytest.approx(0.0, abs=1e-6)


def test_expected_cars_lose_nothing_and_other_strategies_have_no_plan():
    groups = ChargingSessions([6.0], [14.0], [12.0], 11.0, 4.14, cars=[0.4])
    got = realisable(groups, ChargingSite(None, 11.0, 0.9), horizon_h=24.0)
    assert (got.peak_loss_kw, got.cost_loss_eur, got.unserved_loss_kwh, got.step.size) == (0.0, 0.0, 0.0, 0)
    assert any("turns within each step" in one for one in got.week.assumptions)
    with pytest.raises(InputError, match="'bidirectional' has no plan to follow; those that do: peak_minimal"):
        realisable(groups, ChargingSite(None, 11.0, 0.9), strategy="bidirectional")


def test_a_horizon_that_repeats():
    sessions = ChargingSessions([20.0, 22.0], [30.0, 31.0], [20.0, 25.0], 11.0, 4.14)
    got = realisable(sessions, ChargingSite(None, 11.0, 0.9), horizon_h=24.0, is_repeating=True)
    assert got.unserved_loss_kwh == 0.0
    assert got.week.energy_kwh == pytest.approx(50.0)
    assert got.step.max() >= 96
