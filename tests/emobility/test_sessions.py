"""Sessions of a site: who plugs in and with what need, when they come and go, and at which points."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility import emobility
from itas_mobility.core import ChargingSite, IndustrialSites, ShiftPattern
from itas_mobility.emobility import PluggedIn, charging_site, fleet_from, plug_in, site_sessions
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters

H, MIN = 3600.0, 60.0
FLEET = replace(fleet_from(default_parameters()), battery_kwh=50.0, work_charging_share=0.25, work_charging_days=2.0)
EARLY = ((5.5 * H, 6 * H), (14 * H, 14.25 * H))
NIGHT = ((21.5 * H, 22 * H), (30 * H, 30.25 * H))


class TestPlugIn:
    def test_need_lasts_for_the_days_between_charges(self):
        plugged = plug_in([8.0, 0.0, 2.0], [10.0, 99.0, 20.0], FLEET)
        assert plugged.home_zone.tolist() == [0, 2]
        assert plugged.cars.tolist() == [2.0, 0.5]
        assert plugged.need_kwh.tolist() == [20.0, 40.0]
        assert (plugged.beyond_battery_kwh, plugged.beyond_battery_cars) == (0.0, 0.0)

    def test_what_no_battery_holds_is_told(self):
        plugged = plug_in([4.0, 4.0], [10.0, 35.0], FLEET)
        assert plugged.need_kwh.tolist() == [20.0, 50.0]
        assert (plugged.beyond_battery_kwh, plugged.beyond_battery_cars) == (20.0, 1.0)

    def test_a_home_without_cars_may_have_no_way_to_work(self):
        plugged = plug_in([4.0, 0.0], [10.0, np.inf], FLEET)
        assert (plugged.cars.tolist(), plugged.beyond_battery_kwh) == ([1.0], 0.0)

    @pytest.mark.parametrize(
        ("cars", "driven", "words"),
        [
            ([1.0, -1.0], [1.0, 1.0], r"\[1\] = -1.0"),
            ([1.0, 1.0], [1.0, np.nan], r"driven_kwh\[1\] = nan"),
            ([0.0, 1.0], [-1.0, -2.0], r"driven_kwh\[1\] = -2.0"),
            ([0.0, 1.0], [np.inf, np.inf], r"driven_kwh\[1\] = inf must be finite"),
            ([1.0, 1.0], [1.0], r"driven_kwh: shape \(1,\), expected \(2,\)"),
        ],
    )
    def test_refusals(self, cars, driven, words):
        with pytest.raises(InputError, match=words):
            plug_in(cars, driven, FLEET)


class TestPluggedIn:
    columns = {"home_zone": [3, 5], "cars": [1.0, 0.5], "need_kwh": [9.0, 20.0]}
    beyond = {"beyond_battery_kwh": 0.0, "beyond_battery_cars": 0.0}

    def test_never_changes(self):
        cars = np.array([1.0, 0.5])
        made = PluggedIn(**(self.columns | self.beyond | {"cars": cars}))
        cars[0] = 99.0
        assert made.cars.tolist() == [1.0, 0.5]
        for one in (made, plug_in([8.0, 2.0], [10.0, 20.0], FLEET)):
            for name in self.columns:
                with pytest.raises(ValueError, match="read-only"):
                    getattr(one, name)[0] = 1

    def test_all_faults_are_told_at_once(self):
        with pytest.raises(InputError) as fault:
            PluggedIn([-1, 5], [1.0, np.nan], [9.0], "much", -1.0)
        text = str(fault.value)
        for words in (
            "PluggedIn: 5 faults", "home_zone[0] = -1", "cars[1] = nan", "need_kwh: shape (1,), expected (2,)",
            "beyond_battery_kwh = 'much' is no number", "beyond_battery_cars=-1 must be not negative",
        ):  # fmt: skip
            assert words in text


class TestSiteSessions:
    @given(
        st.lists(st.tuples(st.floats(0, 20), st.floats(0, 60)), max_size=5),
        st.lists(st.tuples(st.floats(-2, 23), st.floats(0, 2), st.floats(3, 9), st.floats(0, 2)), max_size=3),
    )
    def test_cars_and_need_are_kept(self, homes, shifts):
        cars, driven = [one[0] for one in homes], [one[1] for one in homes]
        plugged = plug_in(cars, driven, FLEET)
        windows = [
            ((start * H, (start + width) * H), ((start + stay) * H, (start + stay + out) * H))
            for start, width, stay, out in shifts
        ]
        made = site_sessions([(plugged, *window) for window in windows], FLEET)
        assert made.n_cars == pytest.approx(len(shifts) * plugged.cars.sum())
        assert made.total_need_kwh == pytest.approx(len(shifts) * (plugged.cars * plugged.need_kwh).sum())
        assert (made.power_kw == FLEET.charging_power_kw).all()
        for row, home in enumerate(plugged.home_zone):
            of_home = made.cars[made.home_zone == home].sum()
            assert of_home == pytest.approx(len(shifts) * plugged.cars[row])

    def test_cars_come_and_go_evenly_in_the_middles_of_steps(self):
        made = site_sessions([(plug_in([4.0], [10.0], FLEET), *EARLY)], FLEET)
        arrive = np.unique(made.arrive_s)
        np.testing.assert_allclose(arrive, 5.5 * H + (np.arange(6) + 0.5) * 5 * MIN)
        np.testing.assert_allclose(np.unique(made.depart_s), 14 * H + (np.arange(3) + 0.5) * 5 * MIN)
        assert len(made) == 18
        np.testing.assert_allclose(made.cars, 1.0 / 18.0)
        np.testing.assert_allclose([made.cars[made.arrive_s == moment].sum() for moment in arrive], 1.0 / 6.0)

    def test_a_window_of_no_length_is_one_moment(self):
        made = site_sessions([(plug_in([4.0], [10.0], FLEET), (6 * H, 6 * H), (14 * H, 14 * H))], FLEET)
        assert (made.arrive_s.tolist(), made.depart_s.tolist(), made.cars.tolist()) == ([6 * H], [14 * H], [1.0])

    def test_shifts_over_midnight_stay_as_long(self):
        night = site_sessions([(plug_in([4.0], [10.0], FLEET), *NIGHT)], FLEET)
        early = site_sessions([(plug_in([4.0], [10.0], FLEET), *EARLY)], FLEET)
        np.testing.assert_allclose(night.depart_s - night.arrive_s, early.depart_s - early.arrive_s)
        before_midnight = site_sessions([(plug_in([4.0], [10.0], FLEET), (-0.5 * H, 0.0), (8 * H, 8.25 * H))], FLEET)
        assert (before_midnight.arrive_s > 23.5 * H).all()

    def test_no_shifts_and_no_cars(self):
        for shifts in ([], [(plug_in([0.0], [np.inf], FLEET), *EARLY)]):
            made = site_sessions(shifts, FLEET)
            assert (len(made), made.n_cars, made.total_need_kwh) == (0, 0.0, 0.0)

    def test_order_of_the_homes_makes_no_difference_to_the_load(self):
        rng = np.random.default_rng(5)
        cars, driven = rng.uniform(0, 9, 12), rng.uniform(0, 30, 12)
        site = ChargingSite(points=5, point_power_kw=11.0, efficiency=0.9, release="departure")
        one, other = (
            emobility.charge(site_sessions([(plug_in(cars[i], driven[i], FLEET), *EARLY)], FLEET), site)
            for i in (np.arange(12), np.arange(12)[::-1])
        )
        assert one.unserved_kwh.sum() > 1.0
        np.testing.assert_allclose(other.power_kw, one.power_kw, atol=1e-9)


def test_the_charging_side_of_an_industrial_site():
    sites = IndustrialSites(
        site_id=["a", "b"], name=["A", "B"], zone=[0, 1], gate_ptr=[0, 1, 2], gate_name=["1", "1"],
        gate_lon_deg=[12.4, 12.5], gate_lat_deg=[50.7, 50.8], gate_stop_name=["", ""], stop_to_gate_m=[0.0, 0.0],
        gate_to_workplace_m=[0.0, 0.0], head_count=[9.0, 9.0], attendance_share=[0.9, 0.9], parking_spaces=[5.0, 5.0],
        grid_connection_kw=[100.0, 50.0], charging_points=[3, 0], charging_point_kw=[11.0, 22.0],
        shifts=(ShiftPattern(["day"], [8 * H], [16 * H], [1.0]),) * 2,
    )  # fmt: skip
    found = [charging_site(sites, row, FLEET) for row in range(2)]
    assert [site.points for site in found] == [3, 0]
    assert [site.point_power_kw.tolist() for site in found] == [[11.0] * 3, []]
    assert [site.grid_limit_kw for site in found] == [100.0, 50.0]
    assert {site.efficiency for site in found} == {FLEET.charging_efficiency}
    assert {site.release for site in found} == {"departure"}
