"""What one more kilowatt, point or minute buys."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite, SiteSupply, StationaryBattery
from itas_mobility.emobility import charge
from itas_mobility.emobility.worth import marginal
from itas_mobility.errors import InputError

DAY = {"horizon_h": 24.0}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_the_dual_value_of_the_limit_is_the_slope_of_what_is_not_served(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 12)
    arrive = rng.integers(24, 60, n) / 4
    depart = arrive + rng.integers(2, 30, n) / 4
    sessions = ChargingSessions(arrive, depart, rng.uniform(2, 30, n), rng.choice([3.7, 11.0], n))
    site = ChargingSite(None, 11.0, 0.9, limit_kw=rng.uniform(3, 25))
    slope = marginal(sessions, site, **DAY).slope_unserved_kwh
    bit = 1e-5
    lost = [
        charge(
            sessions, replace(site, limit_kw=site.limit_kw + more), strategy="peak_minimal", **DAY
        ).unserved_kwh.sum()
        for more in (0.0, bit)
    ]
    assert (lost[1] - lost[0]) / bit == pytest.approx(slope, abs=1e-3)
    assert slope <= marginal(sessions, site, **DAY).connection.unserved_kwh + 1e-9 <= 1e-9


def test_ten_cars_under_forty_kilowatts():
    """Case by hand: 10 cars of 40 kWh over 8 h at 0.9; each kW brings 0.9 * 8 = 7.2 kWh more, also the first."""
    sessions = ChargingSessions([8.0] * 10, [16.0] * 10, [40.0] * 10, 11.0)
    supply = SiteSupply(connection_kw=40.0, price_eur_per_kwh=0.2, demand_charge_eur_per_kw=1.0)
    got = marginal(sessions, ChargingSite(None, 11.0, 0.9, supply=supply), strategy="cost_minimal", **DAY)
    assert got.slope_unserved_kwh == pytest.approx(-7.2)
    assert got.connection.unserved_kwh == pytest.approx(-7.2)
    assert got.connection.peak_kw == pytest.approx(1.0)
    assert got.connection.cost_eur == pytest.approx(8 * 0.2 + 1.0)
    assert (got.point.unserved_kwh, got.stagger) == (0.0, None)


def test_a_point_and_a_minute():
    sessions = ChargingSessions([6.0, 6.0, 13.5], [14.0, 14.0, 22.0], [18.0, 18.0, 9.0], 11.0)
    site = ChargingSite(2, 11.0, 1.0, release="departure")
    got = marginal(sessions, site, later=np.array([False, False, True]), **DAY)
    assert got.point.peak_kw == pytest.approx(0.0)
    assert got.point.unserved_kwh == 0.0
    one = marginal(sessions, replace(site, points=1, point_power_kw=[11.0]), **DAY)
    assert one.point.unserved_kwh == pytest.approx(-18.0)
    # two cars at the same time are twice 36 kWh in eight hours; a minute later is nothing to them
    assert got.stagger.peak_kw == pytest.approx(0.0, abs=1e-9)
    # 8 to 9 and 8:30 to 9:30 at 11 kW: 3.5 of 9 kWh of each must come in the shared half hour, 14 kW; with a minute
    # more after nine the second leaves 11 / 60 kWh of it
    tight = ChargingSessions([8.0, 8.5], [9.0, 9.5], [9.0, 9.0], 11.0)
    apart = marginal(tight, ChargingSite(None, 11.0, 1.0), later=np.array([False, True]), **DAY)
    assert apart.stagger.peak_kw == pytest.approx(-11 / 60 / 0.5)


def test_what_it_refuses_and_what_it_does_not_know():
    sessions = ChargingSessions([6.0], [14.0], [18.0], 11.0)
    site = ChargingSite(0, 11.0, 1.0)
    for options, message in (
        ({"strategy": "uncontrolled"}, "has no dual values"),
        ({}, "points: of a site without points"),
    ):
        with pytest.raises(InputError, match=message):
            marginal(sessions, site, **options, **DAY)
    with pytest.raises(InputError, match=r"later: shape \(2,\)"):
        marginal(sessions, ChargingSite(None, 11.0, 1.0), later=np.ones(2, bool), **DAY)
    stocked = ChargingSite(None, 11.0, 1.0, supply=SiteSupply(battery=StationaryBattery(4.0, 2.0)))
    assert np.isnan(marginal(sessions, stocked, **DAY).slope_unserved_kwh)
