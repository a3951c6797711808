"""Least laxity first: full power in order of the time that each could still lose."""

import numpy as np

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge

STEPS = {"step_h": 1.0, "horizon_h": 4.0}
SITE = ChargingSite(None, 10.0, 1.0, 10.0)


def test_who_can_wait_least_goes_first():
    """The first leaves later but needs every hour of its stay; by departure it would lose one."""
    sessions = ChargingSessions([0.0, 0.0], [3.0, 2.0], [30.0, 10.0], 10.0)
    week = charge(sessions, SITE, strategy="least_laxity", **STEPS)
    # laxities 0 and 1, then 0 and 0: equals go by row
    np.testing.assert_allclose(week.delivered_kwh, [30.0, 0.0])
    by_departure = charge(sessions, SITE, strategy="earliest_departure", **STEPS)
    np.testing.assert_allclose(by_departure.delivered_kwh, [20.0, 10.0])


def test_laxity_counts_the_power_of_each_car_and_the_loss():
    """Needs of 9 kWh at 10 kW and 4.5 kWh at 5 kW take an hour each at an efficiency of 0.9: groups share."""
    sessions = ChargingSessions([0.0, 0.0], [2.0, 2.0], [9.0, 4.5], [10.0, 5.0], cars=[1.0, 1.0])
    site = ChargingSite(None, 10.0, 0.9, 7.5)
    week = charge(sessions, site, strategy="least_laxity", **STEPS)
    np.testing.assert_allclose(week.unserved_kwh, 0.0, atol=1e-9)
    first = charge(sessions, site, strategy="least_laxity", step_h=1.0, horizon_h=2.0)
    np.testing.assert_allclose(first.power_kw, [7.5, 7.5])
    # in one hour alone, each has half of what it asks for
    short = ChargingSessions([0.0, 0.0], [1.0, 1.0], [9.0, 4.5], [10.0, 5.0], cars=[1.0, 1.0])
    week = charge(short, site, strategy="least_laxity", **STEPS)
    np.testing.assert_allclose(week.delivered_kwh, [4.5, 2.25])


def test_a_car_that_is_served_becomes_less_urgent():
    sessions = ChargingSessions([0.0, 0.0], [4.0, 4.0], [20.0, 20.0], 10.0)
    week = charge(sessions, SITE, strategy="least_laxity", **STEPS)
    # the first, the second (it has waited), then equal again
    np.testing.assert_allclose(week.delivered_kwh, [20.0, 20.0])
    assert week.start_h.tolist() == [0.0, 1.0]
    assert week.stop_h.tolist() == [3.0, 4.0]
