"""Nouns of charging: read-only, told shortly, refused with all faults at once."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import (
    ChargingSessions,
    ChargingSite,
    ChargingTaper,
    ChargingWeek,
    Fleet,
    Plug,
    SiteSupply,
    StationaryBattery,
)
from itas_mobility.emobility import fleet_from
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters


def sessions(**changes):
    columns = {"arrive_h": [6.0, 22.0], "depart_h": [14.0, 30.0], "need_kwh": [10.0, 20.0], "power_kw": 11.0}
    return ChargingSessions(**(columns | changes))


@pytest.fixture(scope="module")
def fleet():
    return fleet_from(default_parameters())


class TestSessions:
    def test_columns_are_read_only_copies(self):
        need = np.array([10.0, 20.0])
        optional = {"cars": [0.5, 1.5], "home_zone": [3, 0], "battery_kwh": 60.0, "arrival_state_share": [0.1, 0.5]}
        made = sessions(need_kwh=need, **optional)
        need[0] = 99.0
        assert made.need_kwh[0] == 10.0
        for name in ("arrive_h", "depart_h", "need_kwh", "power_kw", "least_kw", *optional):
            assert getattr(made, name).shape == (2,)
            with pytest.raises(ValueError, match="read-only"):
                getattr(made, name)[0] = 1

    def test_hours_of_the_week_do_not_wrap(self):
        made = sessions(arrive_h=[30.0, 166.0], depart_h=[38.0, 174.0])
        assert (made.arrive_h.tolist(), made.depart_h.tolist()) == ([30.0, 166.0], [38.0, 174.0])
        assert replace(made, need_kwh=[1.0, 2.0]).depart_h.tolist() == [38.0, 174.0]

    def test_cars_and_need(self):
        assert (len(sessions()), sessions().n_cars, sessions().total_need_kwh) == (2, 2.0, 30.0)
        groups = sessions(cars=[0.5, 1.5])
        assert (len(groups), groups.n_cars, groups.total_need_kwh) == (2, 2.0, 35.0)
        assert (groups.each_cars.tolist(), sessions().each_cars.tolist()) == ([0.5, 1.5], [1.0, 1.0])
        assert groups.need_of_all_kwh.tolist() == [5.0, 30.0]
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
                arrive_h=[0.0, np.nan], need_kwh=[1.0, -2.0], power_kw=[11.0], cars=[1.0, np.inf], home_zone=[0.5, 1],
                arrival_state_share=[0.5, 1.5],
            )  # fmt: skip
        text = str(fault.value)
        assert "ChargingSessions: 6 faults" in text
        for words in (
            "arrive_h[1] = nan", "need_kwh[1] = -2.0", "power_kw: shape (1,)", "cars[1] = inf", "home_zone[0] = 0.5",
            "arrival_state_share[1] = 1.5",
        ):  # fmt: skip
            assert words in text

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"depart_h": [14.0, 6.0]}, r"session 1: departs at 6 h, before it arrives at 22 h$"),
            ({"depart_h": [1.0, 6.0]}, r"session 0: departs at 1 h, before it arrives at 6 h \(and 1 more\)"),
            ({"least_kw": [1.4, 12.0]}, "session 1: least_kw 12 is above its power_kw 11"),
            ({"battery_kwh": [60.0, 19.0]}, "session 1: need_kwh 20 is above its battery_kwh 19"),
            (
                {"battery_kwh": 60.0, "arrival_state_share": [0.5, 0.7]},
                "session 1: need_kwh 20 finds no room in battery_kwh 60 at state 0.7",
            ),
            ({"arrival_state_share": 0.5}, "arrival_state_share: says nothing without battery_kwh"),
            ({"taper": ChargingTaper([0.0, 1.0], [11.0, 2.0])}, "taper: needs arrival_state_share"),
        ],
    )
    def test_columns_must_fit_each_other(self, change, words):
        with pytest.raises(InputError, match=words):
            sessions(**change)


class TestTaper:
    def test_never_changes(self):
        state = np.array([0.0, 0.8, 1.0])
        made = ChargingTaper(state, [11.0, 11.0, 2.0])
        state[1] = 0.1
        assert made.state_share.tolist() == [0.0, 0.8, 1.0]
        with pytest.raises(ValueError, match="read-only"):
            made.power_kw[0] = 1.0

    @pytest.mark.parametrize(
        ("state", "power", "words"),
        [
            ([0.1, 1.0], [11.0, 2.0], "state_share: must reach from 0 to 1"),
            ([0.0, 0.9], [11.0, 2.0], "state_share: must reach from 0 to 1"),
            ([], [], "state_share: must reach from 0 to 1"),
            ([0.0, 0.5, 0.5, 1.0], [11.0, 9.0, 5.0, 2.0], r"state_share\[2\] = 0.5 must rise"),
            ([0.0, 1.0], [11.0, 0.0], r"power_kw\[1\] = 0.0 must be positive"),
            ([0.0, 1.0], [11.0], r"power_kw: shape \(1,\), expected \(2,\)"),
            ([0.0, 1.5], [11.0, np.nan], "2 faults"),
        ],
    )
    def test_refusals(self, state, power, words):
        with pytest.raises(InputError, match=words):
            ChargingTaper(state, power)


class TestPlug:
    def test_power_by_phases(self):
        assert Plug(3, 16).power_kw == pytest.approx(11.04)
        assert Plug(3, 32).power_kw == pytest.approx(22.08)
        assert Plug(1, 16).power_kw == pytest.approx(3.68)
        assert (Plug(1, 16).least_kw, Plug(3, 6).least_kw) == (pytest.approx(1.38), pytest.approx(4.14))

    @pytest.mark.parametrize(
        ("phases", "current", "words"),
        [
            (4, 16.0, "phases=4 must be 1, 2 or 3"),
            (3, 5.0, "current_a=5 is below 6 A"),
            (3, np.nan, "current_a=nan"),
            (0, "much", "2 faults"),
        ],
    )
    def test_refusals(self, phases, current, words):
        with pytest.raises(InputError, match=words):
            Plug(phases, current)


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

    def test_a_car_has_the_lesser_of_its_power_and_the_point_s(self):
        assert ChargingSite(2, [11.0, 22.0], 0.9).car_kw(np.array([3.7, 50.0])).tolist() == [3.7, 22.0]
        assert ChargingSite(0, 22.0, 0.9).car_kw(np.array([3.7])).tolist() == [0.0]

    def test_what_is_free_is_the_lesser_of_management_and_connection(self):
        supply = SiteSupply(connection_kw=100.0, base_load_kw=[40.0, 90.0, 40.0], pv_kw=[0.0, 20.0, 5.0])
        assert ChargingSite(2, 11.0, 0.9, supply=supply).free_kw(3).tolist() == [60.0, 30.0, 65.0]
        assert ChargingSite(2, 11.0, 0.9, 50.0, supply=supply).free_kw(3).tolist() == [50.0, 30.0, 50.0]
        assert ChargingSite(2, 11.0, 0.9, [70.0, 20.0, 0.0], supply=supply).free_kw(3).tolist() == [60.0, 20.0, 0.0]
        assert np.isinf(ChargingSite(2, 11.0, 0.9).free_kw(3)).all()
        with pytest.raises(InputError, match="limit_kw: 2 values for 3 steps"):
            ChargingSite(2, 11.0, 0.9, [70.0, 20.0]).free_kw(3)

    def test_shows_itself(self):
        made = ChargingSite(2, [11.0, 22.0], 0.9, 30.0)
        assert repr(made) == "ChargingSite(2 points of 11 or 22 kW, limit 30 kW, release 'full')"
        assert "30 kW" in made._repr_html_()
        assert repr(ChargingSite(None, 11.0, 0.9)).startswith("ChargingSite(a point each of 11 kW, limit inf kW")
        by_connection = ChargingSite(0, 11.0, 0.9, 30.0, supply=SiteSupply(connection_kw=20.0))
        assert repr(by_connection).startswith("ChargingSite(0 points of 0 kW, limit 20 kW")
        fee = ChargingSite(2, 11.0, 0.9, release="fee", fee_after_h=4.0)
        assert "4 h after full" in fee._repr_html_()

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
            ({"efficiency": True}, "efficiency: True is true or false, not a number"),
            ({"point_power_kw": [11.0, True]}, r"point_power_kw\[1\] is true or false, not a number"),
            ({"limit_kw": -1.0}, r"limit_kw\[0\] = -1.0 is below 0"),
            ({"limit_kw": [5.0, np.nan]}, r"limit_kw\[1\] = nan"),
            ({"limit_kw": "much"}, r"limit_kw\[0\] = 'much' is no number"),
            ({"standby_kw": -0.1}, "standby_kw=-0.1"),
            ({"fee_after_h": np.inf}, "fee_after_h=inf"),
            ({"release": "never"}, "release 'never' is not known; known: full, departure, fee"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(InputError, match=words):
            ChargingSite(**({"points": 2, "point_power_kw": 11.0, "efficiency": 0.9} | change))

    def test_all_faults_are_told_at_once(self):
        with pytest.raises(InputError, match="4 faults"):
            ChargingSite(points=-1, point_power_kw=11.0, efficiency=0.0, limit_kw=-1.0, release="never")


class TestSupply:
    def test_the_grid_gives_the_lesser_of_contract_and_transformer(self):
        assert SiteSupply().grid_kw == np.inf
        assert SiteSupply(connection_kw=300.0, transformer_kva=400.0, power_factor=0.9).grid_kw == 300.0
        assert SiteSupply(connection_kw=500.0, transformer_kva=400.0, power_factor=0.9).grid_kw == 360.0

    def test_one_number_holds_for_all_steps(self):
        supply = SiteSupply(base_load_kw=5.0, pv_kw=[1.0, 2.0])
        assert supply.series("base_load_kw", 2).tolist() == [5.0, 5.0]
        assert supply.series("pv_kw", 2).tolist() == [1.0, 2.0]
        with pytest.raises(InputError, match="pv_kw: 2 values for 3 steps"):
            supply.series("pv_kw", 3)
        for name in ("base_load_kw", "pv_kw", "price_eur_per_kwh", "mix_g_per_kwh"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(supply, name)[0] = 1.0

    def test_a_building_above_its_connection_is_named_with_the_first_step(self):
        load = [100.0, 180.0, 180.0, 100.0]
        with pytest.raises(InputError, match=r"connection_kw: 150 kW is below .* at step 1 .*180 kW.* 2 step"):
            SiteSupply(connection_kw=150.0, base_load_kw=load).free_kw(4)
        battery = StationaryBattery(100.0, 50.0)
        helped = SiteSupply(connection_kw=150.0, base_load_kw=load, battery=battery)
        assert helped.free_kw(4).tolist() == [50.0, -30.0, -30.0, 50.0]
        sun = SiteSupply(connection_kw=150.0, base_load_kw=load, pv_kw=[0.0, 40.0, 30.0, 0.0])
        assert sun.free_kw(4).tolist() == [50.0, 10.0, 0.0, 50.0]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"connection_kw": -1.0}, "connection_kw=-1"),
            ({"power_factor": 0.0}, "power_factor=0 must be positive and at most 1"),
            ({"base_load_kw": [1.0, -1.0]}, r"base_load_kw\[1\] = -1.0"),
            ({"pv_kw": [np.nan]}, r"pv_kw\[0\] = nan"),
            ({"mix_g_per_kwh": "green"}, r"mix_g_per_kwh\[0\] = 'green' is no number"),
            ({"mix_kind": "typical"}, "mix_kind 'typical': average or marginal"),
            ({"feed_in_eur_per_kwh": np.nan}, "feed_in_eur_per_kwh=nan must be finite"),
            ({"feed_in_eur_per_kwh": "dear"}, "feed_in_eur_per_kwh.*'dear' is no number"),
            ({"feed_in_eur_per_kwh": True}, "feed_in_eur_per_kwh: True is true or false"),
            ({"feed_in_eur_per_kwh": [0.1, 0.2]}, r"feed_in_eur_per_kwh: shape \(2,\), expected one number"),
            ({"demand_charge_eur_per_kw": -1.0, "pv_kw": -1.0}, "2 faults"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(InputError, match=words):
            SiteSupply(**change)

    def test_prices_may_be_negative(self):
        assert SiteSupply(price_eur_per_kwh=[-0.1, 0.2]).price_eur_per_kwh[0] == -0.1

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"energy_kwh": -1.0}, "energy_kwh=-1"),
            ({"power_kw": np.nan}, "power_kw=nan"),
            ({"efficiency": 0.0}, "efficiency=0"),
            ({"start_state_share": 1.1}, "start_state_share=1.1"),
        ],
    )
    def test_refusals_of_batteries(self, change, words):
        with pytest.raises(InputError, match=f"StationaryBattery: {words}"):
            StationaryBattery(**({"energy_kwh": 100.0, "power_kw": 50.0} | change))

    def test_shows_itself(self):
        shown = SiteSupply(connection_kw=300.0, battery=StationaryBattery(100.0, 50.0))._repr_html_()
        assert "300.0 kW" in shown
        assert "100 kWh" in shown


def week(**changes):
    """Two steps of half an hour, one session; 20 kW of building, sun in the second step."""
    supply = SiteSupply(
        connection_kw=50.0, base_load_kw=20.0, pv_kw=[0.0, 70.0], price_eur_per_kwh=[0.3, 0.1],
        feed_in_eur_per_kwh=0.05, demand_charge_eur_per_kw=2.0, mix_g_per_kwh=[400.0, 100.0],
    )  # fmt: skip
    columns = {
        "strategy": "told", "step_h": 0.5, "power_kw": [40.0, 10.0], "free_kw": [30.0, 100.0], "supply": supply,
        "delivered_kwh": [22.0], "unserved_kwh": [1.0], "drawn_kwh": [25.0], "fed_back_kwh": [0.0],
        "charging_h": [0.75], "waiting_h": [0.25], "start_h": [0.0], "stop_h": [1.0],
    }  # fmt: skip
    return ChargingWeek(**(columns | changes))


class TestWeek:
    def test_peak_energy_and_what_is_over_the_limit(self):
        made = week()
        assert (made.n_steps, made.horizon_h, made.time_h.tolist()) == (2, 1.0, [0.0, 0.5])
        assert (made.peak_kw, made.peak_time_h, made.energy_kwh, made.losses_kwh) == (40.0, 0.0, 25.0, 3.0)
        assert (made.over_limit_h, made.overload_kwh) == (0.5, 5.0)
        assert week(free_kw=[40.0 - 1e-12, np.inf]).over_limit_h == 0.0

    def test_the_site_draws_building_and_charging_less_the_sun(self):
        made = week()
        assert made.site_kw.tolist() == [60.0, -40.0]
        assert (made.site_peak_kw, made.import_kwh) == (60.0, 30.0)
        assert made.pv_used_kwh == 35.0 - 20.0
        assert week(storage_kw=[-10.0, 5.0]).site_kw.tolist() == [50.0, -35.0]

    def test_cost_and_emissions_are_what_charging_adds(self):
        # with: 0.3 * 30 - 0.05 * 20 + 2 * 60; without: 0.3 * 10 - 0.05 * 25 + 2 * 20
        assert week().cost_eur == pytest.approx((9.0 - 1.0 + 120.0) - (3.0 - 1.25 + 40.0))
        assert week().co2_kg == pytest.approx(0.4 * 20.0)

    def test_no_cars_make_a_flat_week_without_nan(self):
        names = (
            "delivered_kwh",
            "unserved_kwh",
            "drawn_kwh",
            "fed_back_kwh",
            "charging_h",
            "waiting_h",
            "start_h",
            "stop_h",
        )
        none = {name: np.zeros(0) for name in names}
        made = week(power_kw=[0.0, 0.0], **none)
        assert (made.peak_kw, made.energy_kwh, made.losses_kwh, made.cost_eur, made.co2_kg) == (0, 0, 0, 0, 0)

    def test_never_changes_and_shows_itself(self):
        made = week()
        with pytest.raises(ValueError, match="read-only"):
            made.power_kw[0] = 1.0
        assert "Charging, told" in made._repr_html_()
        assert "Mon 00.00 h" in made._repr_html_()
        table = made.to_dataframe()
        assert list(table.columns) == ["time_h", "power_kw", "free_kw", "site_kw"]
        assert table["site_kw"].tolist() == [60.0, -40.0]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"step_h": 0.0}, "step_h=0 must be positive"),
            ({"free_kw": [1.0]}, r"free_kw: shape \(1,\), expected \(2,\)"),
            ({"unserved_kwh": [-1.0]}, r"unserved_kwh\[0\] = -1.0"),
            ({"waiting_h": [np.nan]}, r"waiting_h\[0\] = nan"),
            ({"storage_kw": [1.0, 2.0, 3.0]}, "storage_kw: 3 values, not 2"),
            ({"drawn_kwh": [1.0, 2.0], "power_kw": [np.inf, 0.0]}, "2 faults"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(InputError, match=words):
            week(**change)


class TestFleet:
    def test_shows_itself(self, fleet):
        assert "60 kWh" in fleet._repr_html_()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"battery_kwh": -1.0}, "battery_kwh=-1 must be not negative and finite"),
            ({"battery_kwh": "60"}, "battery_kwh = '60' is no number"),
            ({"charging_power_kw": np.inf}, "charging_power_kw=inf"),
            ({"work_charging_share": 1.5}, "work_charging_share=1.5 must be not negative and at most 1"),
        ],
    )
    def test_refusals(self, fleet, change, words):
        with pytest.raises(InputError, match=f"Fleet: {words}"):
            replace(fleet, **change)

    def test_all_faults_are_told_at_once(self, fleet):
        with pytest.raises(InputError, match="2 faults"):
            Fleet(fleet.traction, -60.0, 11.0, 1.3)
