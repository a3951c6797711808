"""Dimming by the grid operator: the power that is left, and the limit over windows of time."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import charge, dimmed_limit, dimmed_power_kw
from itas_mobility.emobility.sourced import sourced_figures
from itas_mobility.errors import InputError


@pytest.mark.shared_data
def test_case_09(shared_data):
    case = json.loads((shared_data / "cases/emobility/09_dimming_14a.json").read_text(encoding="utf-8"))
    given, expected = case["input"], case["expected"]
    for control in given["control"]:
        got = [dimmed_power_kw(n, point_power_kw=given["point_power_kw"], control=control) for n in given["points"]]
        assert got == pytest.approx(expected[f"{control}_low_kw"], rel=1e-12)
        medium = [dimmed_power_kw(n, point_power_kw=11, control=control, voltage="medium") for n in given["points"]]
        assert medium == [11.0 * n for n in given["points"]]
    assert got[-1] / 60 == pytest.approx(expected["per_point_at_60_kw"])


def test_the_simultaneity_falls_evenly_and_every_figure_has_a_source():
    figures = sourced_figures("grid.toml")
    factors = [figures.value(f"simultaneity_{n}") for n in range(2, 10)]
    np.testing.assert_allclose(np.diff(factors), -0.05, atol=1e-12)
    assert (factors[0], factors[-1]) == (0.80, 0.45)
    assert all(
        figure.source and figure.year >= 2022 and figure.confidence == "published" for figure in figures.values()
    )


def test_points_too_weak_to_be_dimmed_are_not():
    assert dimmed_power_kw(10, point_power_kw=4.2, control="energy_management") == 42.0
    assert dimmed_power_kw(10, point_power_kw=3.7) == 37.0
    assert dimmed_power_kw(0, point_power_kw=11) == 0.0


@given(st.integers(1, 300), st.floats(0, 350), st.sampled_from(["direct", "energy_management"]))
def test_dimming_takes_and_more_points_keep_more(points, power, control):
    left = dimmed_power_kw(points, point_power_kw=power, control=control)
    assert left <= points * power * (1 + 1e-12)
    assert left <= dimmed_power_kw(points, point_power_kw=power, control="direct")
    assert dimmed_power_kw(points + 1, point_power_kw=power, control=control) >= left


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": 2.5}, "points: 2.5 must be a whole number"),
        ({"points": -1}, "points: -1"),
        ({"points": True}, "points: True"),
        ({"points": None}, "points: None"),
        ({"point_power_kw": -1}, "point_power_kw: -1"),
        ({"point_power_kw": np.nan}, "point_power_kw: nan"),
        ({"point_power_kw": "11"}, "point_power_kw"),
        ({"control": "none"}, "control: 'none' is not known; known: direct, energy_management"),
        ({"voltage": "middle"}, "voltage: 'middle' is not known; known: low, medium, high"),
    ],
)
def test_faults_of_dimming(changes, message):
    options = {"points": 3, "point_power_kw": 11.0} | changes
    with pytest.raises(InputError) as refused:
        dimmed_power_kw(options.pop("points"), **options)
    assert message in str(refused.value)


class TestLimit:
    def test_steps_that_a_window_touches_are_dimmed(self):
        got = dimmed_limit(50.0, [(1.0, 1.5), (2.1, 2.2)], dimmed_kw=20.0, n_steps=12)
        assert got.tolist() == [50.0] * 4 + [20.0] * 2 + [50.0] * 2 + [20.0] + [50.0] * 3

    def test_a_window_that_ends_with_a_step_touches_no_other(self):
        thirds = dimmed_limit(9.0, [(1 / 3, 2 / 3)], dimmed_kw=1.0, n_steps=3, step_h=1 / 3)
        assert thirds.tolist() == [9.0, 1.0, 9.0]

    def test_dimming_never_raises_a_limit(self):
        limit = [10.0, 30.0, 10.0, 30.0]
        assert dimmed_limit(limit, [(0, 0.5)], dimmed_kw=20.0, n_steps=4).tolist() == [10.0, 20.0, 10.0, 30.0]
        assert dimmed_limit(np.inf, [], dimmed_kw=20.0, n_steps=2).tolist() == [np.inf, np.inf]

    def test_a_site_at_medium_voltage_is_not_dimmed(self):
        sessions = ChargingSessions(arrive_h=[0.0, 0.0], depart_h=[4.0, 4.0], need_kwh=[22.0, 11.0], power_kw=11.0)
        weeks = []
        for voltage in ("low", "medium"):
            left = dimmed_power_kw(2, point_power_kw=11.0, control="energy_management", voltage=voltage)
            limit = dimmed_limit(np.inf, [(1.0, 3.0)], dimmed_kw=left, n_steps=16)
            site = ChargingSite(points=2, point_power_kw=11.0, efficiency=1.0, limit_kw=limit)
            weeks.append(charge(sessions, site, horizon_h=4.0))
        low, medium = weeks
        assert medium.over_limit_h == 0.0
        assert medium.power_kw.tolist() == [22.0] * 4 + [11.0] * 4 + [0.0] * 8
        assert low.over_limit_h == 1.0, "11 kW from 1 to 2 o'clock, where 7.56 kW are left"

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"windows_h": [(0, 1), (2, 1)]}, "windows_h[1]: 2 to 1 h"),
            ({"windows_h": [(1, 1)]}, "windows_h[0]"),
            ({"windows_h": [(-1, 1)]}, "windows_h[0]"),
            ({"windows_h": [(0, 1.1)]}, "within the horizon of 1 h"),
            ({"windows_h": [(np.nan, 1)]}, "windows_h[0]"),
            ({"dimmed_kw": -1}, "dimmed_kw: -1"),
            ({"dimmed_kw": np.inf}, "dimmed_kw: inf"),
            ({"limit_kw": [1, 2, 3]}, "limit_kw: shape (3,) for 4 steps"),
            ({"limit_kw": [1, 2, np.nan, 3]}, "limit_kw[2] = nan"),
            ({"limit_kw": -1}, "limit_kw[0] = -1"),
            ({"n_steps": 0}, "n_steps: 0"),
            ({"step_h": 0}, "no horizon"),
        ],
    )
    def test_faults(self, changes, message):
        options = {"limit_kw": 50.0, "windows_h": [(0, 1)], "dimmed_kw": 20.0, "n_steps": 4} | changes
        with pytest.raises(InputError) as refused:
            dimmed_limit(options.pop("limit_kw"), options.pop("windows_h"), **options)
        assert message in str(refused.value)
