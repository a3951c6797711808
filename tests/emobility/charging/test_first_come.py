"""First come first served under a limit: full power in order of arrival."""

import numpy as np
import pytest

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge
from oracles.charging_cases import read_case, site_of


def test_the_order_of_case_07(shared_data):
    sessions, given, expected = read_case(shared_data, "07_limit_too_low")
    week = charge(sessions, site_of(given, limit_kw=given["limit_kw"]), strategy="first_come")
    np.testing.assert_allclose(week.delivered_kwh, expected["fcfs_delivered_kwh"], atol=1e-9)
    assert week.unserved_kwh.sum() == pytest.approx(expected["min_unserved_kwh"])
    assert (week.peak_kw, week.energy_kwh) == (expected["peak_kw"], pytest.approx(expected["grid_kwh"]))


def test_what_a_car_leaves_of_a_step_goes_to_the_next():
    """The first is full after a quarter of the hour; the second has the rest of the hour's 11 kWh."""
    sessions = ChargingSessions([0.0, 0.0], [1.0, 1.0], [2.75, 20.0], 11.0)
    week = charge(sessions, ChargingSite(None, 11.0, 1.0, 11.0), strategy="first_come", step_h=1.0, horizon_h=1.0)
    assert week.delivered_kwh.tolist() == [2.75, 8.25]


def test_groups_that_come_together_share_and_go_before_those_who_come_later():
    sessions = ChargingSessions([0.1, 0.0, 0.0], [2.0] * 3, [99.0] * 3, 10.0, cars=[1.0, 0.5, 1.5])
    week = charge(sessions, ChargingSite(None, 11.0, 1.0, 10.0), strategy="first_come", step_h=1.0, horizon_h=2.0)
    np.testing.assert_allclose(week.delivered_kwh, [0.0, 5.0, 15.0])
    one_by_one = charge(
        ChargingSessions([0.1, 0.0, 0.0], [2.0] * 3, [99.0] * 3, 10.0), ChargingSite(None, 11.0, 1.0, 15.0),
        strategy="first_come", step_h=1.0, horizon_h=2.0,
    )  # fmt: skip
    np.testing.assert_allclose(one_by_one.delivered_kwh, [0.0, 20.0, 10.0])
