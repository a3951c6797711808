"""Balanced charging: even power over each car's whole stay."""

import numpy as np
import pytest

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge
from oracles.charging_cases import read_case, site_of


def test_the_powers_of_case_05(shared_data):
    sessions, given, expected = read_case(shared_data, "05_balanced")
    week = charge(sessions, site_of(given), strategy="balanced")
    first, last = (round(hours / 0.25) for hours in expected["peak_from_to_h"])
    np.testing.assert_allclose(week.power_kw[first:last], expected["peak_kw"])
    np.testing.assert_allclose(week.drawn_kwh, np.multiply(expected["power_kw"], [8.0, 8.0, 8.5]))
    assert (week.peak_kw, week.energy_kwh) == (pytest.approx(17.0), pytest.approx(expected["grid_kwh"]))
    assert week.unserved_kwh.max() == expected["unserved_kwh"]
    assert week.stop_h.tolist() == [14.0, 14.0, 22.0]


def test_peaks_of_cases_01_02_and_24(shared_data):
    """Where shifts overlap, it needs twice the least peak; it may even be above uncontrolled charging."""
    for name, rows, key in (
        ("02_peak_minimal_11_kw", "sessions", "balanced_peak_kw"),
        ("24_managed_can_be_higher", "sessions_balanced", "balanced_peak_kw"),
    ):
        sessions, given, expected = read_case(shared_data, name, rows)
        assert charge(sessions, site_of(given), strategy="balanced").peak_kw == pytest.approx(expected[key])
    sessions, given, expected = read_case(shared_data, "01_two_shift_workplace_week")
    week = charge(sessions, site_of(given), strategy="balanced")
    assert week.peak_kw == pytest.approx(expected["balanced_own_points"]["peak_kw"], abs=1e-6)
    assert week.unserved_kwh.sum() == pytest.approx(0.0, abs=1e-9)


def test_where_the_limit_binds_all_have_the_same_share_of_their_plan_and_make_up_for_it():
    """Plans of 2 and 8 kW under 5 kW in the first of four hours; then 7/3 and 28/3 kW."""
    sessions = ChargingSessions([0.0, 0.0], [4.0, 4.0], [8.0, 32.0], 11.0)
    site = ChargingSite(None, 11.0, 1.0, limit_kw=[5.0, 99.0, 99.0, 99.0])
    week = charge(sessions, site, strategy="balanced", step_h=1.0, horizon_h=4.0)
    np.testing.assert_allclose(week.power_kw, [5.0, 35 / 3, 35 / 3, 35 / 3])
    np.testing.assert_allclose(week.delivered_kwh, [8.0, 32.0])


def test_control_is_planned_for():
    """Eight hours at 2 + 0.2 kW; with a least power of 4 kW, turns of 4 kW for 8 * 2 / 3.8 hours."""
    sessions = ChargingSessions([0.25], [8.25], [14.4], 11.0)
    site = ChargingSite(None, 11.0, 0.9, standby_kw=0.2)
    week = charge(sessions, site, strategy="balanced")
    np.testing.assert_allclose(week.power_kw[1:33], 2.2)
    turns = charge(ChargingSessions([0.25], [8.25], [14.4], 11.0, least_kw=4.0), site, strategy="balanced")
    np.testing.assert_allclose(turns.power_kw[1:33], 2.0 / (1.0 - 0.2 / 4.0))
    assert turns.unserved_kwh[0] == pytest.approx(0.0, abs=1e-12)
    assert turns.losses_kwh < week.losses_kwh


def test_a_car_that_cannot_be_filled_charges_at_full_power():
    sessions = ChargingSessions([0.0], [2.0], [50.0], 11.0)
    week = charge(sessions, ChargingSite(None, 11.0, 0.9), strategy="balanced")
    np.testing.assert_allclose(week.power_kw[:8], 11.0)
    assert week.unserved_kwh[0] == pytest.approx(50.0 - 0.9 * 22.0)
