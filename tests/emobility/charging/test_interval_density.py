"""The densest interval is the least peak where no car is limited, and a bound where cars are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge
from itas_mobility.emobility.charging.peak_minimal import interval_density_kw
from itas_mobility.errors import InputError


def drawn(seed, power_kw):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 25)
    arrive = rng.integers(0, 40, n) / 4
    depart = arrive + rng.integers(1, 40, n) / 4
    need = rng.uniform(0.01, 0.8) * rng.uniform(0.1, 1.0, n) * 0.9 * 11.0 * (depart - arrive)
    return ChargingSessions(arrive, depart, need, power_kw, cars=rng.uniform(0.1, 2, n))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_it_is_the_least_peak_where_no_car_is_limited(seed):
    sessions = drawn(seed, 10_000.0)
    site = ChargingSite(None, 10_000.0, 0.9)
    least = interval_density_kw(sessions, site)
    pairs = [(a, d) for a in sessions.arrive_h for d in sessions.depart_h if d > a]
    energy = sessions.need_of_all_kwh / 0.9
    plain = max(energy[(sessions.arrive_h >= a) & (sessions.depart_h <= d)].sum() / (d - a) for a, d in pairs)
    assert least == pytest.approx(plain)
    assert charge(sessions, site, strategy="peak_minimal", horizon_h=24.0).peak_kw == pytest.approx(least, rel=1e-9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_no_limited_cars_are_below_it(seed):
    sessions = drawn(seed, 11.0)
    site = ChargingSite(None, 11.0, 0.9)
    week = charge(sessions, site, strategy="peak_minimal", horizon_h=24.0)
    assert week.unserved_kwh.sum() == 0.0
    assert week.peak_kw >= interval_density_kw(sessions, site) * (1 - 1e-9)


def test_ends():
    site = ChargingSite(None, 11.0, 0.9, standby_kw=0.2)
    assert interval_density_kw(ChargingSessions(*np.zeros((4, 0))), site) == 0.0
    with pytest.raises(InputError, match="session 1: needs energy, and cannot be charged here"):
        interval_density_kw(ChargingSessions([0.0, 1.0], [1.0, 1.0], [1.0, 1.0], 11.0), site)
    one = ChargingSessions([0.0], [2.0], [9.0], 11.0)
    assert interval_density_kw(one, site) == pytest.approx(9.0 / 0.9 / (1 - 0.2 / 11) / 2)
