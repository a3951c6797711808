"""Earliest departure first: full power in order of departure."""

import numpy as np
import pytest

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge

STEPS = {"step_h": 1.0, "horizon_h": 4.0}


def test_who_leaves_first_goes_first():
    sessions = ChargingSessions([0.0, 0.0, 1.0], [4.0, 3.0, 2.0], [20.0, 20.0, 10.0], 10.0)
    week = charge(sessions, ChargingSite(None, 10.0, 1.0, 10.0), strategy="earliest_departure", **STEPS)
    # hour by hour: the second, the third, the second, the first
    np.testing.assert_allclose(week.delivered_kwh, [10.0, 20.0, 10.0])
    assert week.start_h.tolist() == [3.0, 0.0, 1.0]
    by_arrival = charge(sessions, ChargingSite(None, 10.0, 1.0, 10.0), strategy="first_come", **STEPS)
    np.testing.assert_allclose(by_arrival.delivered_kwh, [20.0, 10.0, 0.0])


def test_those_who_leave_together_go_by_arrival_and_row_or_share():
    columns = ([0.5, 0.0, 0.0], [3.0] * 3, [99.0] * 3, 10.0)
    site = ChargingSite(None, 10.0, 1.0, 15.0)
    week = charge(ChargingSessions(*columns), site, strategy="earliest_departure", **STEPS)
    np.testing.assert_allclose(week.delivered_kwh, [0.0, 30.0, 15.0])
    groups = charge(ChargingSessions(*columns, cars=[1.0] * 3), site, strategy="earliest_departure", **STEPS)
    # in the first hour the first asks for 5 of 25 kWh, after that all for 10
    np.testing.assert_allclose(groups.delivered_kwh, [13.0, 16.0, 16.0])
    assert groups.energy_kwh == pytest.approx(45.0)
