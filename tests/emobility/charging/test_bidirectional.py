"""Cars that give energy back: by hand, and against a plain programme of cars and steps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite, SiteSupply, StationaryBattery
from itas_mobility.emobility import charge
from itas_mobility.emobility.charging import bidirectional
from itas_mobility.errors import InputError
from oracles.charging_programmes import least_bill_giving_back

STEP_H, N = 0.5, 10


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_no_plain_programme_has_a_lower_bill(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 5)
    arrive = rng.uniform(0, 3, n)
    depart = np.minimum(arrive + rng.uniform(0.4, 3, n), N * STEP_H)
    state, battery = rng.uniform(0.05, 0.7, n), rng.choice([10.0, 20.0], n)
    sessions = ChargingSessions(
        arrive, depart, rng.uniform(0.1, 1.0, n) * (1 - state) * battery, rng.choice([3.0, 11.0], n),
        battery_kwh=battery, arrival_state_share=state, cars=rng.uniform(0.5, 2, n) if rng.random() < 0.5 else None,
    )  # fmt: skip
    supply = SiteSupply(
        connection_kw=rng.choice([np.inf, 18.0]), base_load_kw=rng.uniform(0, 12, N), pv_kw=rng.choice([0.0, 8.0], N),
        price_eur_per_kwh=rng.choice([0.1, 0.2, 0.3, 0.5], N), feed_in_eur_per_kwh=rng.choice([0.0, 0.08]),
        demand_charge_eur_per_kw=rng.choice([0.0, 0.2]),
        battery=StationaryBattery(6.0, 3.0, 0.9) if rng.random() < 0.3 else None,
    )  # fmt: skip
    site = ChargingSite(None, 11.0, 0.9, supply=supply)
    week = charge(sessions, site, strategy="bidirectional", step_h=STEP_H, horizon_h=N * STEP_H)
    lost, bill = least_bill_giving_back(sessions, site, STEP_H, N, bidirectional.LEAST_STATE_SHARE)
    assert week.unserved_kwh.sum() == pytest.approx(lost, abs=1e-7)
    assert week._bill_eur(week.site_kw) == pytest.approx(bill, rel=1e-7, abs=1e-7)
    one_way = charge(sessions, site, strategy="cost_minimal", step_h=STEP_H, horizon_h=N * STEP_H)
    if one_way.unserved_kwh.sum() < lost + 1e-7:
        assert bill <= one_way._bill_eur(one_way.site_kw) + 1e-7


def test_one_car_between_two_dear_hours_by_hand():
    """25 of 50 kWh on arrival, 10 must stay: 15 are given at 0.50, after 39.6 came in at 0.10 and 14.6 left at 0.30."""
    sessions = ChargingSessions([0.0], [8.0], [10.0], 11.0, battery_kwh=50.0, arrival_state_share=0.5)
    price = np.array([0.3] * 2 + [0.1] * 4 + [0.5] * 2 + [0.3] * 16)
    site = ChargingSite(None, 11.0, 0.9, supply=SiteSupply(price_eur_per_kwh=price, base_load_kw=8.0))
    options = {"step_h": 1.0, "horizon_h": 24.0}
    week = charge(sessions, site, strategy="bidirectional", **options)
    np.testing.assert_allclose(week.power_kw[:8], [-6.57] * 2 + [11.0] * 4 + [-6.75] * 2, atol=1e-9)
    assert week.cost_eur == pytest.approx(44 * 0.1 - 13.14 * 0.3 - 13.5 * 0.5)
    assert (week.drawn_kwh[0], week.fed_back_kwh[0]) == (pytest.approx(44.0), pytest.approx(26.64))
    assert week.energy_kwh == pytest.approx(17.36)
    assert any("20%" in one for one in week.assumptions)


def test_what_it_needs_and_what_it_refuses():
    sessions = ChargingSessions([0.0], [8.0], [10.0], 11.0)
    with pytest.raises(InputError, match="battery_kwh and arrival_state_share"):
        charge(sessions, ChargingSite(None, 11.0, 0.9), strategy="bidirectional", horizon_h=24.0)
    known = replace(sessions, battery_kwh=50.0, arrival_state_share=0.5)
    price = np.full(96, 0.2)
    price[:8] = -0.05
    supply = SiteSupply(price_eur_per_kwh=price, feed_in_eur_per_kwh=0.0)
    site = ChargingSite(None, 11.0, 0.9, supply=supply)
    week = charge(known, site, strategy="bidirectional", horizon_h=24.0)
    assert week.site_kw[:8].min() >= -1e-9
    assert any("feed nothing in" in one for one in week.assumptions)
    sunny = replace(site, supply=replace(supply, pv_kw=4.0))
    with pytest.raises(InputError, match="photovoltaics leave some over"):
        charge(known, sunny, strategy="bidirectional", horizon_h=24.0)
    none = ChargingSessions(*np.zeros((4, 0)), battery_kwh=np.zeros(0), arrival_state_share=np.zeros(0))
    assert charge(none, site, strategy="bidirectional", horizon_h=24.0).peak_kw == 0.0


def test_needs_are_taken_together_where_there_are_too_many(monkeypatch):
    rng = np.random.default_rng(3)
    n = 40
    sessions = ChargingSessions(
        np.zeros(n), np.full(n, 8.0), rng.uniform(2, 20, n), 11.0, battery_kwh=40.0, arrival_state_share=0.3
    )
    price = np.array([0.1, 0.3, 0.15, 0.4] + [0.2] * 20)
    site = ChargingSite(None, 11.0, 0.9, limit_kw=150.0, supply=SiteSupply(price_eur_per_kwh=price))
    options = {"strategy": "bidirectional", "step_h": 1.0, "horizon_h": 24.0}
    exact = charge(sessions, site, **options)
    monkeypatch.setattr(bidirectional, "MOST_ENTRIES", 30)
    few = charge(sessions, site, **options)
    assert any("classes of need" in one for one in few.assumptions)
    assert not any("classes of need" in one for one in exact.assumptions)
    np.testing.assert_allclose(few.delivered_kwh, sessions.need_kwh)
    assert few._bill_eur(few.site_kw) == pytest.approx(exact._bill_eur(exact.site_kw), rel=0.02)


def test_days_that_are_alike_are_solved_once():
    offset = np.repeat(np.arange(3) * 24.0, 2)
    sessions = ChargingSessions(
        np.tile([6.0, 7.0], 3) + offset, np.tile([14.0, 15.0], 3) + offset, np.tile([10.0, 4.0], 3), 11.0,
        battery_kwh=40.0, arrival_state_share=0.4,
    )  # fmt: skip
    price = np.tile(np.repeat([0.3, 0.2, 0.4, 0.25], 24), 3)
    supply = SiteSupply(price_eur_per_kwh=price, base_load_kw=10.0, demand_charge_eur_per_kw=0.1)
    week = charge(sessions, ChargingSite(None, 11.0, 0.9, supply=supply), strategy="bidirectional", horizon_h=72.0)
    np.testing.assert_allclose(week.power_kw, np.tile(week.power_kw[:96], 3), atol=1e-9)
    np.testing.assert_allclose(week.fed_back_kwh, np.tile(week.fed_back_kwh[:2], 3))
    assert week.fed_back_kwh.min() > 1.0
