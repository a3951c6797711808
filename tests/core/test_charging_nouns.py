"""Charging sessions, sites and the fleet: read-only, told shortly, refused with all faults at once."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import ChargingSessions, ChargingSite, Fleet
from itas_mobility.emobility import fleet_from
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters

H = 3600.0


def sessions(**changes):
    columns = {"arrive_s": [6 * H, 22 * H], "depart_s": [14 * H, 6 * H], "need_kwh": [10.0, 20.0], "power_kw": 11.0}
    return ChargingSessions(**(columns | changes))


@pytest.fixture(scope="module")
def fleet():
    return fleet_from(default_parameters())


class TestSessions:
    def test_columns_are_read_only_copies(self):
        need = np.array([10.0, 20.0])
        made = sessions(need_kwh=need, cars=[0.5, 1.5], home_zone=[3, 0])
        need[0] = 99.0
        assert made.need_kwh[0] == 10.0
        for name in ("arrive_s", "depart_s", "need_kwh", "power_kw", "cars", "home_zone"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(made, name)[0] = 1

    def test_clock_times_are_put_on_one_day(self):
        made = sessions(arrive_s=[30 * H, -2 * H], depart_s=[38 * H, 6 * H])
        np.testing.assert_array_equal(made.arrive_s, [6 * H, 22 * H])
        np.testing.assert_array_equal(made.depart_s, [14 * H, 30 * H])
        again = replace(made, need_kwh=[1.0, 2.0])
        np.testing.assert_array_equal(again.depart_s, made.depart_s)
        assert sessions().depart_s[1] == 30 * H  # at six in the morning, after ten in the evening

    def test_cars_and_need(self):
        assert (len(sessions()), sessions().n_cars, sessions().total_need_kwh) == (2, 2.0, 30.0)
        groups = sessions(cars=[0.5, 1.5])
        assert (len(groups), groups.n_cars, groups.total_need_kwh) == (2, 2.0, 35.0)
        none = ChargingSessions([], [], [], 11.0)
        assert (len(none), none.n_cars, none.total_need_kwh) == (0, 0.0, 0.0)

    def test_shows_itself(self):
        made = sessions(cars=[0.5, 1.5])
        assert repr(made) == "ChargingSessions(2 sessions, 2 cars, 35 kWh)"
        assert "35.0 kWh" in made._repr_html_()
        assert made.to_dataframe()["cars"].tolist() == [0.5, 1.5]
        assert sessions().to_dataframe()["cars"].tolist() == [1.0, 1.0]
        assert sessions(home_zone=[4, 2]).to_dataframe()["home_zone"].tolist() == [4, 2]
        assert "home_zone" not in made.to_dataframe()

    def test_all_faults_are_told_at_once(self):
        with pytest.raises(InputError) as fault:
            sessions(
                arrive_s=[0.0, np.nan], need_kwh=[1.0, -2.0], power_kw=[11.0], cars=[1.0, np.inf], home_zone=[0.5, 1]
            )
        text = str(fault.value)
        assert "ChargingSessions: 5 faults" in text
        for words in (
            "arrive_s[1] = nan", "need_kwh[1] = -2.0", "power_kw: shape (1,)", "cars[1] = inf", "home_zone[0] = 0.5",
        ):  # fmt: skip
            assert words in text

    def test_each_stay_that_is_too_long_is_named(self):
        with pytest.raises(InputError) as fault:
            sessions(arrive_s=[0.0, H], depart_s=[25 * H, 30 * H])
        assert "session 0: stays 25.00 h" in str(fault.value)
        assert "session 1: stays 29.00 h" in str(fault.value)


class TestSite:
    def test_one_power_holds_for_all_points(self):
        assert ChargingSite(3, 11.0, 0.9).point_power_kw.tolist() == [11.0] * 3
        assert ChargingSite(None, 22.0, 0.9).point_power_kw.tolist() == [22.0]
        assert ChargingSite(0, 22.0, 0.9).point_power_kw.size == 0
        assert ChargingSite(np.int32(2), [11.0, 22.0], 1.0).points == 2

    def test_equal_points(self):
        assert ChargingSite(0, 22.0, 0.9).has_equal_points
        assert ChargingSite(2, [11.0, 11.0], 0.9).has_equal_points
        assert not ChargingSite(2, [11.0, 22.0], 0.9).has_equal_points

    def test_shows_itself(self):
        made = ChargingSite(2, [11.0, 22.0], 0.9, 30.0)
        assert repr(made) == "ChargingSite(2 points of 11 or 22 kW, grid limit 30 kW, release 'full')"
        assert "30.0 kW" in made._repr_html_()
        assert repr(ChargingSite(None, 11.0, 0.9)).startswith("ChargingSite(a point each of 11 kW, grid limit inf kW")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"points": -1}, "points: -1 must not be negative"),
            ({"points": 2.5}, "points: 2.5 must be a whole number"),
            ({"points": np.nan}, "points: nan must be a whole number"),
            ({"points": True}, "points: True must be a whole number"),
            ({"point_power_kw": [11.0]}, r"point_power_kw: shape \(1,\), expected \(2,\)"),
            ({"point_power_kw": [11.0, -1.0]}, r"point_power_kw\[1\] = -1.0"),
            ({"points": "2"}, "points: 2 must be a whole number"),
            ({"point_power_kw": "11"}, r"point_power_kw\[0\] = '11' is no number"),
            ({"efficiency": 1.1}, "efficiency=1.1 must be positive and at most 1"),
            ({"efficiency": np.nan}, "efficiency=nan"),
            ({"efficiency": "0.9"}, "efficiency = '0.9' is no number"),
            ({"grid_limit_kw": -1.0}, "grid_limit_kw=-1 must be not negative"),
            ({"grid_limit_kw": np.nan}, "grid_limit_kw=nan"),
            ({"grid_limit_kw": "much"}, "grid_limit_kw = 'much' is no number"),
            ({"grid_limit_kw": [1.0, 2.0]}, r"grid_limit_kw: shape \(2,\), expected one number"),
            ({"release": "never"}, "release 'never' is not known; known: full, departure"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(InputError, match=words):
            ChargingSite(**({"points": 2, "point_power_kw": 11.0, "efficiency": 0.9} | change))

    def test_all_faults_are_told_at_once(self):
        with pytest.raises(InputError, match="4 faults"):
            ChargingSite(points=-1, point_power_kw=11.0, efficiency=0.0, grid_limit_kw=-1.0, release="never")


class TestFleet:
    def test_shows_itself(self, fleet):
        assert "60 kWh" in fleet._repr_html_()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"battery_kwh": -1.0}, "battery_kwh=-1 must be not negative and finite"),
            ({"battery_kwh": "60"}, "battery_kwh = '60' is no number"),
            ({"charging_power_kw": np.inf}, "charging_power_kw=inf"),
            ({"charging_efficiency": 0.0}, "charging_efficiency=0 must be positive and at most 1"),
            ({"charging_efficiency": None}, "charging_efficiency = None is no number"),
            ({"work_charging_share": 1.5}, "work_charging_share=1.5 must be not negative and at most 1"),
            ({"work_charging_days": np.nan}, "work_charging_days=nan"),
        ],
    )
    def test_refusals(self, fleet, change, words):
        with pytest.raises(InputError, match=f"Fleet: {words}"):
            replace(fleet, **change)

    def test_all_faults_are_told_at_once(self, fleet):
        with pytest.raises(InputError, match="2 faults"):
            Fleet(fleet.traction, -60.0, 11.0, 1.2, 0.3, 2.0)
