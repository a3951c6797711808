"""Rules of charging in steps against their slow twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility.charging.by_step import in_steps
from itas_mobility.emobility.charging.strategy import Steps
from itas_mobility.kernels import charging_rules
from oracles.charging_rules import Car, follow

RULES = ("first_come", "earliest_departure", "least_laxity", "equal_share", "balanced")


@st.composite
def cases(draw):
    """Cars or groups at a site, on a clock of quarters of an hour or of any times."""
    n = draw(st.integers(0, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        arrive, stay = rng.integers(0, 16, n) / 4, rng.integers(0, 24, n) / 4
    else:
        arrive, stay = rng.uniform(0, 4, n), rng.uniform(0, 6, n)
    power = rng.choice([3.7, 11.0], n)
    least = rng.choice([0.0, 1.38, 3.5], n)
    need = rng.choice([0.0, 1.0, 8.0, 40.0], n) * rng.uniform(0.5, 1.0, n)
    number = rng.choice([0.0, 0.4, 1.0, 2.5], n) if draw(st.booleans()) else None
    points = draw(st.sampled_from([None, [], [11.0], [11.0, 11.0], [4.0, 11.0, 11.0]]))
    limit = rng.choice([0.0, 0.1, 4.0, 9.0, 30.0, np.inf], 48)
    sessions = ChargingSessions(arrive, arrive + stay, need, power, least_kw=least, cars=number)
    site = ChargingSite(
        points=None if points is None else len(points),
        point_power_kw=11.0 if points is None else points,
        efficiency=0.9,
        limit_kw=limit,
        standby_kw=draw(st.sampled_from([0.0, 0.2])),
        release=draw(st.sampled_from(["full", "departure", "fee"])),
        fee_after_h=0.4,
    )
    return sessions, site, points


@pytest.mark.parametrize("rule", RULES)
@given(case=cases())
@settings(max_examples=120)
def test_each_rule_goes_as_its_twin(rule, case):
    sessions, site, points = case
    columns = (sessions.arrive_h, sessions.depart_h, sessions.need_kwh, sessions.power_kw, sessions.least_kw)
    cars = [Car(*map(float, row)) for row in zip(*columns, sessions.each_cars, strict=True)]
    point_power = points
    if points is None:
        for car in cars:
            car.power = min(car.power, 11.0)
    power, delivered, drawn, charging, waiting = follow(
        rule, cars, point_power, 0.25, site.limit_kw.tolist(), one_by_one=sessions.cars is None,
        efficiency=0.9, standby=site.standby_kw, release=site.release, fee_after=site.fee_after_h,
    )  # fmt: skip
    found = in_steps(getattr(charging_rules, rule.upper()), sessions, site, Steps(0.25, 48))
    np.testing.assert_allclose(found.delivered_kwh, delivered, atol=1e-8)
    np.testing.assert_allclose(found.drawn_kwh, drawn, atol=1e-8)
    np.testing.assert_allclose(found.charging_h, charging, atol=1e-8)
    stood = found.waiting_h * sessions.each_cars
    np.testing.assert_allclose(stood, waiting, atol=1e-8)
    load = np.zeros(48)
    np.add.at(load, np.round(found.start_h / 0.25).astype(int), found.power_kw)
    np.testing.assert_allclose(load, power, atol=1e-8)
    np.testing.assert_allclose(found.delivered_kwh + found.unserved_kwh, sessions.need_of_all_kwh, atol=1e-9)
