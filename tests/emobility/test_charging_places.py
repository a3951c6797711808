"""Who plugs in where: shares, the steady state, and accounts that close."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility import emobility
from itas_mobility.core import ChargedWhere, ChargingHabits, ChargingSite
from itas_mobility.core.charging_places import all_together
from itas_mobility.core.weekdays import weekday_mask
from itas_mobility.emobility import (
    ShiftCars,
    charged_where,
    charged_with_points_for_all,
    commuter_groups,
    habits_from,
    steady_state,
    week_sessions,
    work_plug_in_shares,
)
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters
from oracles.charging_places import drawn_by_lot, lived_through

H = 3600.0
HABITS = habits_from(default_parameters())
LATE, OUT = (13.5 * H, 14 * H), (22 * H, 22.25 * H)
SHARES = st.floats(0.0, 1.0)


class TestShares:
    @given(SHARES, SHARES, st.floats(0.1, 20.0))
    def test_the_mean_is_kept_and_odds_stand_in_their_ratio(self, mean, home, ratio):
        habits = replace(HABITS, home_point_share=home, work_odds_ratio=ratio)
        with_point, without = work_plug_in_shares(mean, habits)
        assert 0.0 <= with_point <= 1.0
        assert 0.0 <= without <= 1.0
        assert home * with_point + (1.0 - home) * without == pytest.approx(mean, abs=1e-9)
        assert without * (1.0 - with_point) == pytest.approx(ratio * with_point * (1.0 - without), abs=1e-9)

    def test_the_parameters_give_what_their_note_says(self):
        with_point, without = work_plug_in_shares(HABITS.work_charging_share, HABITS)
        assert (float(with_point), float(without)) == (pytest.approx(0.24, abs=0.005), pytest.approx(0.80, abs=0.005))

    def test_a_share_above_one_is_refused(self):
        with pytest.raises(InputError, match=r"work_charging_share: 1.5 must lie between 0 and 1"):
            work_plug_in_shares([0.3, 1.5], HABITS)

    def test_losses_are_those_that_were_measured(self):
        """ADAC: 6.3 to 9.7 % at 11 kW, 12.7 to 24.2 % at 2.3 kW."""
        assert 0.063 <= 1.0 - HABITS.kept_share(11.0) <= 0.097
        assert 0.127 <= 1.0 - HABITS.kept_share(2.3) <= 0.242


class TestSteadyState:
    def test_by_hand(self):
        """Half the days at work, never at home: 10 + 10 + half of what was carried."""
        found = steady_state(20.0, 0.5, 0.0, 1000.0)
        assert (float(found.work_need_kwh), float(found.home_need_kwh)) == (pytest.approx(40.0), pytest.approx(30.0))
        always = steady_state(20.0, 1.0, 1.0, 1000.0)
        assert (float(always.work_need_kwh), float(always.home_need_kwh)) == (10.0, 10.0)

    @given(st.floats(0.0, 150.0), SHARES, SHARES, st.floats(1.0, 100.0))
    def test_what_is_driven_is_charged(self, driven, at_work, at_home, battery):
        found = steady_state(driven, at_work, at_home, battery)
        charged = at_work * found.work_need_kwh + at_home * found.home_need_kwh + found.on_the_way_kwh
        assert charged == pytest.approx(driven, rel=1e-9, abs=1e-9)
        assert found.work_need_kwh <= battery
        assert found.home_need_kwh <= battery

    @given(st.floats(0.1, 150.0), st.floats(0.05, 1.0), st.floats(0.05, 1.0), st.floats(5.0, 100.0))
    def test_it_is_where_days_lead(self, driven, at_work, at_home, battery):
        found = steady_state(driven, at_work, at_home, battery)
        told = [float(one) for one in (found.work_need_kwh, found.home_need_kwh, found.on_the_way_kwh)]
        assert told == pytest.approx(lived_through(driven, at_work, at_home, battery), rel=1e-6, abs=1e-6)

    def test_it_is_the_mean_of_drivers_who_plug_in_by_lot(self):
        found = steady_state(12.0, 0.32, 0.88, 1e6)
        assert (float(found.work_need_kwh), float(found.home_need_kwh)) == pytest.approx(
            drawn_by_lot(12.0, 0.32, 0.88), rel=0.01
        )

    def test_who_never_plugs_in_charges_in_public(self):
        found = steady_state([20.0, 0.0], 0.0, 0.0, 50.0)
        assert found.on_the_way_kwh.tolist() == pytest.approx([20.0, 0.0])


class TestGroups:
    def test_rows_without_cars_may_have_no_way(self):
        groups = commuter_groups([4.0, 0.0, 2.0], [10.0, np.inf, 30.0], habits=HABITS, battery_kwh=50.0)
        assert groups.home_zone.tolist() == [0, 2, 0, 2]
        assert groups.has_home_point.tolist() == [True, True, False, False]
        assert groups.cars.sum() == pytest.approx(6.0)
        assert (groups.at_home_share[2:] == 0).all()

    def test_points_at_home_and_at_work_by_row(self):
        groups = commuter_groups(
            [1.0, 1.0], [10.0, 10.0], habits=HABITS, battery_kwh=50.0, home_point_share=[1.0, np.nan],
            work_charging_share=[np.nan, 0.0], home_zone=[7, 3],
        )  # fmt: skip
        assert groups.home_zone.tolist() == [7, 3, 3]
        assert groups.cars.tolist() == pytest.approx([1.0, HABITS.home_point_share, 1.0 - HABITS.home_point_share])
        assert groups.at_work_share.tolist() == [pytest.approx(0.24, abs=0.005), 0.0, 0.0]
        # nobody plugs in anywhere: all in public
        assert groups.on_the_way_kwh.tolist() == pytest.approx([0.0, 0.0, 10.0])

    @pytest.mark.parametrize(
        ("cars", "driven", "words"),
        [
            ([1.0, -1.0], [1.0, 1.0], r"cars_by_home\[1\] = -1.0"),
            ([1.0, np.nan], [1.0, 1.0], r"cars_by_home\[1\] = nan"),
            ([1.0, 1.0], [1.0, np.nan], r"driven_kwh\[1\] = nan"),
            ([0.0, 1.0], [np.inf, np.inf], r"driven_kwh\[1\] = inf must be finite"),
            ([1.0, 1.0], [1.0], r"driven_kwh: shape \(1,\), expected \(2,\)"),
        ],
    )
    def test_refusals(self, cars, driven, words):
        with pytest.raises(InputError, match=words):
            commuter_groups(cars, driven, habits=HABITS, battery_kwh=50.0)


def charged(cars, driven, *, points, battery=50.0, habits=HABITS, days="Mo-Fr"):
    groups = commuter_groups(cars, driven, habits=habits, battery_kwh=battery)
    shifts = (ShiftCars(groups, weekday_mask(days), LATE, OUT),)
    week = week_sessions(shifts, power_kw=11.0, battery_kwh=battery)
    site = ChargingSite(points, 11.0, habits.efficiency, standby_kw=habits.standby_kw, release="departure")
    got = emobility.charge(week.sessions, site, is_repeating=True)
    return charged_where(shifts, week, got, habits=habits, car_kw=11.0, n_zones=len(cars)), got


class TestWhere:
    @given(
        st.lists(st.tuples(st.floats(0, 20), st.floats(0, 120)), min_size=1, max_size=4),
        st.integers(0, 8), st.floats(5, 80), SHARES, SHARES,
    )  # fmt: skip
    def test_the_account_closes(self, homes, points, battery, work, home):
        habits = replace(HABITS, work_charging_share=work, work_point_share=1.0, home_point_share=home)
        cars, driven = ([one[k] for one in homes] for k in range(2))
        where, got = charged(cars, driven, points=points, battery=battery, habits=habits)
        into = where.home_kwh + where.work_kwh + where.public_kwh - where.fed_back_kwh
        np.testing.assert_allclose(into, where.driven_kwh, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(where.driven_kwh, np.multiply(cars, driven), rtol=1e-9, atol=1e-9)
        assert where.total("work_grid_kwh") * 5 == pytest.approx(got.energy_kwh)
        assert where.losses_kwh >= -1e-9

    def test_points_for_all_are_as_many_points_as_cars(self):
        cars, driven = [3.0, 5.0], [12.0, 30.0]
        where, _ = charged(cars, driven, points=50)
        groups = commuter_groups(cars, driven, habits=HABITS, battery_kwh=50.0)
        other = charged_with_points_for_all(groups, habits=HABITS, car_kw=11.0, n_zones=2)
        for name in ("home_kwh", "work_kwh", "public_kwh", "work_grid_kwh", "home_grid_kwh"):
            np.testing.assert_allclose(getattr(where, name), getattr(other, name), rtol=1e-9)

    def test_who_finds_no_point_charges_at_home_or_in_public(self):
        """12 kWh a day: all get home; 79 % have a point there."""
        where, _ = charged([10.0], [12.0], points=0)
        with_point, without = work_plug_in_shares(HABITS.work_charging_share, HABITS)
        h = HABITS.home_point_share
        assert where.total("work_kwh") == where.total("stranded_cars") == 0.0
        assert where.total("unserved_home_cars") == pytest.approx(10 * h * with_point)
        assert where.total("unserved_public_cars") == pytest.approx(10 * (1 - h) * without)
        assert where.total("public_kwh") == pytest.approx(10 * (1 - h) * 12.0)
        assert where.total("home_kwh") == pytest.approx(10 * h * 12.0)

    def test_cars_that_cannot_get_home_are_stranded(self):
        """60 kWh a day and a battery of 50: on arrival at work without a point at home little is left."""
        where, _ = charged([10.0], [60.0], points=0)
        groups = commuter_groups([10.0], [60.0], habits=HABITS, battery_kwh=50.0)
        is_stranded = groups.is_stranded_uncharged
        assert is_stranded.tolist() == [True, True]  # 30 there, what is carried over besides, 30 back
        assert where.total("stranded_cars") == pytest.approx((groups.cars * groups.at_work_share).sum())
        assert where.total("unserved_home_cars") == where.total("unserved_public_cars") == 0.0

    def test_days_that_are_not_worked_count_in_the_mean(self):
        five, _ = charged([10.0], [12.0], points=50)
        four, _ = charged([10.0], [12.0], points=50, days="Mo-Do")
        six, _ = charged([10.0], [12.0], points=50, days="Mo-Sa")
        assert four.total("work_kwh") == pytest.approx(0.8 * five.total("work_kwh"))
        assert six.total("driven_kwh") == pytest.approx(five.total("driven_kwh"))

    def test_sums(self):
        one, _ = charged([3.0], [12.0], points=2)
        both = all_together([one, one], 1)
        assert both.driven_kwh.tolist() == pytest.approx([2 * one.driven_kwh[0]])
        assert all_together([], 3).driven_kwh.tolist() == [0.0] * 3

    def test_an_account_that_does_not_close_is_refused(self):
        one, _ = charged([3.0], [12.0], points=2)
        with pytest.raises(InputError, match=r"zone 0: 37 kWh are driven"):
            replace(one, driven_kwh=np.array([37.0]))
        assert isinstance(one, ChargedWhere)
        assert "losses" in one._repr_html_()


def test_habits_tell_all_faults_at_once():
    with pytest.raises(InputError) as fault:
        ChargingHabits(1.2, 0.7, 0.8, 0.0, 0.9, -1.0, 22.0, 1.1, 0.2)
    for words in ("work_charging_share=1.2", "work_odds_ratio=0 must be positive", "home_kw=-1", "efficiency=1.1"):
        assert words in str(fault.value)
    with pytest.raises(InputError, match=r"work_charging_share=0.8 is above work_point_share=0.7: more would plug in"):
        replace(HABITS, work_charging_share=0.8)
    with pytest.raises(InputError, match=r"home_kw=0.1 is not above standby_kw=0.2"):
        replace(HABITS, home_kw=0.1)
