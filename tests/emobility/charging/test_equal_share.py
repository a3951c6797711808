"""Equal share: what is free is divided evenly, and what one cannot take the others share."""

import numpy as np
import pytest

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge
from oracles.charging_cases import read_case, site_of


def test_each_has_the_same_in_case_07(shared_data):
    sessions, given, expected = read_case(shared_data, "07_limit_too_low")
    week = charge(sessions, site_of(given, limit_kw=given["limit_kw"]), strategy="equal_share")
    np.testing.assert_allclose(week.delivered_kwh, expected["equal_share_each_kwh"], atol=1e-9)
    assert week.unserved_kwh.sum() == pytest.approx(expected["min_unserved_kwh"])


def test_what_one_cannot_take_the_others_share():
    """18 kW: a car of 3.7 kW and one that needs 2 kWh take these, the two others half of the rest each."""
    sessions = ChargingSessions([0.0] * 4, [1.0] * 4, [99.0, 2.0, 99.0, 99.0], [3.7, 11.0, 11.0, 11.0])
    week = charge(sessions, ChargingSite(None, 11.0, 1.0, 18.0), strategy="equal_share", step_h=1.0, horizon_h=1.0)
    np.testing.assert_allclose(week.drawn_kwh, [3.7, 2.0, 6.15, 6.15])


def test_who_is_there_for_part_of_a_step_has_the_same_power_for_that_time():
    sessions = ChargingSessions([0.0, 0.75], [1.0, 1.0], [99.0, 99.0], 11.0, cars=[2.0, 2.0])
    week = charge(sessions, ChargingSite(None, 11.0, 1.0, 10.0), strategy="equal_share", step_h=1.0, horizon_h=1.0)
    np.testing.assert_allclose(week.drawn_kwh, [8.0, 2.0])
