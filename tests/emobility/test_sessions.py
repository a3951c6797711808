"""Sessions of a site over a week: when cars come and go, what they need, and at which points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility import emobility
from itas_mobility.core import ChargingSite, IndustrialSites, ShiftPattern, SiteSupply
from itas_mobility.core.weekdays import days_in, weekday_mask
from itas_mobility.emobility import (
    ShiftCars,
    charging_site,
    clock_hours,
    commuter_groups,
    habits_from,
    week_series,
    week_sessions,
)
from itas_mobility.emobility.sessions import least_power_kw
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters

H = 3600.0
HABITS = habits_from(default_parameters())
EARLY = ((5.5 * H, 6 * H), (14 * H, 14.25 * H))
NIGHT = ((21.5 * H, 22 * H), (30 * H, 30.25 * H))


def cars_of(cars, driven):
    return commuter_groups(cars, driven, habits=HABITS, battery_kwh=50.0)


def week_of(*shifts):
    made = tuple(ShiftCars(cars_of(*cars), weekday_mask(days), *hours) for cars, days, hours in shifts)
    return week_sessions(made, power_kw=11.0, battery_kwh=50.0)


ONE = ([4.0], [10.0])


class TestWeek:
    @given(
        st.lists(st.tuples(st.floats(0, 20), st.floats(0, 60)), max_size=5),
        st.lists(
            st.tuples(st.floats(-2, 23), st.floats(0, 2), st.floats(3, 9), st.floats(0, 2), st.integers(1, 127)),
            max_size=3,
        ),
    )
    def test_cars_and_need_are_kept(self, homes, shifts):
        groups = cars_of([one[0] for one in homes], [one[1] for one in homes])
        made = [
            ShiftCars(groups, days, (start * H, (start + width) * H), ((start + stay) * H, (start + stay + out) * H))
            for start, width, stay, out, days in shifts
        ]
        week = week_sessions(made, power_kw=11.0, battery_kwh=50.0)
        n_days = sum(len(days_in(shift.days)) for shift in made)
        plugged = groups.cars * groups.at_work_share
        needing = plugged * (groups.work_need_kwh > 0)
        assert week.sessions.n_cars == pytest.approx(n_days * needing.sum())
        assert week.sessions.total_need_kwh == pytest.approx(n_days * (plugged * groups.work_need_kwh).sum())
        assert (week.sessions.arrive_h < 168).all()

    def test_cars_come_and_go_in_the_middles_of_quarters(self):
        week = week_of((ONE, "Di", EARLY)).sessions
        assert np.unique(week.arrive_h).tolist() == [24 + 5.625, 24 + 5.875]
        assert np.unique(week.depart_h).tolist() == [24 + 14.125]
        np.testing.assert_allclose([week.cars[week.arrive_h < 29.7].sum()], week.n_cars / 2)

    def test_quarters_have_the_mean_power_of_cars_that_come_evenly(self):
        """Against a hundred times as many moments, as long as all charge."""
        site = ChargingSite(None, 11.0, 0.94, standby_kw=0.2)
        few = week_of((([40.0], [40.0]), "Mo", EARLY)).sessions
        moments = (5.5 + (np.arange(200) + 0.5) / 400).tolist()
        parts = [week_of((([40.0 / 200], [40.0]), "Mo", ((at * H, at * H), EARLY[1]))).sessions for at in moments]
        power = emobility.charge(few, site).power_kw
        exact = sum(emobility.charge(part, site).power_kw for part in parts)
        np.testing.assert_allclose(power[20:26], exact[20:26], rtol=1e-9, atol=1e-9)

    def test_friday_night_runs_into_saturday_and_sunday_is_idle(self):
        week = week_of((ONE, "Mo-Fr", NIGHT))
        friday = week.sessions.arrive_h[week.day == 4]
        assert friday.min() == 4 * 24 + 21.625
        assert week.sessions.depart_h[week.day == 4].max() == 5 * 24 + 6.125
        load = emobility.charge(week.sessions, ChargingSite(None, 3.7, 0.94, standby_kw=0.2), is_repeating=True)
        assert load.power_kw[5 * 96 : 5 * 96 + 4].min() > 0
        assert (load.power_kw[6 * 96 :] == 0).all()

    def test_sunday_night_runs_into_monday(self):
        week = week_of((ONE, "So", NIGHT))
        assert week.sessions.depart_h.max() == 168 + 6.125
        site = ChargingSite(None, 0.9, 0.94, standby_kw=0.2)
        load = emobility.charge(week.sessions, site, is_repeating=True)
        assert load.power_kw[0] > 0
        assert load.energy_kwh == pytest.approx(load.drawn_kwh.sum())

    def test_cars_before_monday_midnight_come_at_the_end_of_the_week(self):
        week = week_of((ONE, "Mo", ((-0.5 * H, 0.0), (8 * H, 8.25 * H))))
        assert (week.sessions.arrive_h > 167.5).all()
        np.testing.assert_allclose(week.sessions.depart_h - week.sessions.arrive_h, [8.5, 8.25, 8.5, 8.25], atol=0.26)
        assert (week.day == 0).all()

    def test_no_shifts_and_no_cars(self):
        for week in (week_of(), week_of((([0.0], [np.inf]), "Mo-Fr", EARLY))):
            assert (len(week), week.sessions.n_cars, week.sessions.total_need_kwh) == (0, 0.0, 0.0)
        load = emobility.charge(week_of().sessions, ChargingSite(3, 11.0, 0.9, release="departure"))
        assert (load.power_kw == 0).all()

    def test_order_of_the_homes_makes_no_difference(self):
        rng = np.random.default_rng(5)
        cars, driven = rng.uniform(0, 9, 12), rng.uniform(0, 30, 12)
        site = ChargingSite(5, 11.0, 0.9, release="departure")
        one, other = (
            emobility.charge(week_of(((cars[i], driven[i]), "Mo-Mi", EARLY)).sessions, site)
            for i in (np.arange(12), np.arange(12)[::-1])
        )
        assert one.unserved_kwh.sum() > 1.0
        np.testing.assert_allclose(other.power_kw, one.power_kw, atol=1e-9)

    def test_groups_and_states_belong_to_their_shifts(self):
        week = week_of((ONE, "Mo", EARLY), (([2.0, 3.0], [10.0, 20.0]), "Mo", NIGHT))
        assert np.unique(week.group).tolist() == [0, 1, 2, 3, 4, 5]
        sessions = week.sessions
        np.testing.assert_allclose(50.0 * (1.0 - sessions.arrival_state_share), sessions.need_kwh)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"days": 200}, "days=200"),
            ({"arrival": (6 * H, 5 * H)}, "arrival=.* not end before it begins"),
            ({"departure": (np.nan, 1.0)}, "departure=.* must be finite"),
            ({"departure": (5 * H, 15 * H)}, "departure: begins before all have arrived"),
            ({"departure": (14 * H, 200 * H)}, "departure: more than a week"),
        ],
    )
    def test_refusals(self, changes, words):
        given = {"groups": cars_of(*ONE), "days": 31, "arrival": EARLY[0], "departure": EARLY[1]}
        with pytest.raises(InputError, match=words):
            ShiftCars(**(given | changes))


class TestClock:
    def test_who_departs_before_the_arrival_departs_the_next_day(self):
        arrive, depart = clock_hours([22 * H, 6 * H, 8 * H], [6 * H, 14 * H, 8 * H])
        assert arrive.tolist() == [22.0, 6.0, 8.0]
        assert depart.tolist() == [30.0, 14.0, 8.0]

    @pytest.mark.parametrize(("arrive", "depart", "words"), [
        ([0.0, 90000.0], [1.0, 1.0], r"arrive_s\[1\] = 90000.0 is no time of day"),
        ([0.0], [np.nan], r"depart_s\[0\] = nan"),
        ([0.0], [1.0, 2.0], r"depart_s: shape \(2,\)"),
    ])  # fmt: skip
    def test_refusals(self, arrive, depart, words):
        with pytest.raises(InputError, match=words):
            clock_hours(arrive, depart)


def test_least_power_is_six_amperes():
    assert least_power_kw(11.04) == least_power_kw(22.0) == pytest.approx(4.14)
    assert least_power_kw(3.68) == pytest.approx(1.38)
    assert least_power_kw(1.0) == 1.0


class TestSeries:
    def test_a_value_a_day_and_a_week(self):
        assert week_series([0.3], "price").tolist() == [0.3]
        day = week_series(np.arange(24.0), "price")
        assert day.shape == (672,)
        assert day[:9].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2]
        assert day[96 * 6 + 95] == 23
        assert week_series(np.arange(96.0), "price")[96 + 5] == 5
        assert week_series(np.arange(168.0), "price")[-1] == 167
        quarters = np.arange(672.0)
        np.testing.assert_array_equal(week_series(quarters, "price"), quarters)

    @pytest.mark.parametrize(("values", "words"), [
        ([1.0] * 25, r"price: 25 values; give 1 \(one value\), 24 \(a day by hours\)"),
        ([1.0] * 23 + [np.nan], r"price\[23\] = nan must be a number"),
    ])  # fmt: skip
    def test_refusals(self, values, words):
        with pytest.raises(InputError, match=words):
            week_series(values, "price")


SITES = {
    "site_id": ["a", "b"], "name": ["A", "B"], "zone": [0, 1], "gate_ptr": [0, 1, 2], "gate_name": ["1", "1"],
    "gate_lon_deg": [12.4, 12.5], "gate_lat_deg": [50.7, 50.8], "gate_stop_name": ["", ""],
    "stop_to_gate_m": [0.0, 0.0], "gate_to_workplace_m": [0.0, 0.0], "head_count": [9.0, 9.0],
    "attendance_share": [0.9, 0.9], "parking_spaces": [5.0, 5.0], "grid_connection_kw": [100.0, 50.0],
    "charging_points": [3, 0], "charging_point_kw": [11.0, 22.0],
    "shifts": (ShiftPattern(["day"], [8 * H], [16 * H], [1.0]),) * 2,
}  # fmt: skip


def test_the_charging_side_of_an_industrial_site():
    found = [charging_site(IndustrialSites(**SITES), row, HABITS) for row in range(2)]
    assert [site.points for site in found] == [3, 0]
    assert [site.point_power_kw.tolist() for site in found] == [[11.0] * 3, []]
    assert [site.free_kw(672)[0] for site in found] == [100.0, 50.0]
    assert {(site.efficiency, site.standby_kw) for site in found} == {(HABITS.efficiency, HABITS.standby_kw)}
    assert {site.release for site in found} == {"departure"}


def test_what_hangs_on_a_connection_is_told_of_its_site():
    supply = (SiteSupply(base_load_kw=30.0), SiteSupply(pv_kw=np.arange(672.0)))
    sites = IndustrialSites(
        **SITES, supply=supply, release=["fee", "full"], fee_after_h=[2.0, 0.0], charging_limit_kw=([60.0], [np.inf]),
        voltage_level="medium",
    )  # fmt: skip
    first, second = (charging_site(sites, row, HABITS) for row in range(2))
    assert (first.free_kw(672) == 60.0).all()
    assert (first.release, first.fee_after_h) == ("fee", 2.0)
    assert second.free_kw(672)[100] == 150.0
    assert sites.voltage_level.tolist() == ["medium", "medium"]


@pytest.mark.parametrize(("changes", "words"), [
    ({"release": ["departure", "never"]}, r"release\[1\] = 'never' is not known; known: full, departure, fee"),
    ({"voltage_level": "huge"}, r"voltage_level\[0\] = 'huge' is not known"),
    ({"work_charging_share": [0.5, 1.5]}, r"work_charging_share\[1\] = 1.5 is above 1"),
    ({"supply": (SiteSupply(),)}, "supply: 1 entries for 2 sites"),
    ({"supply": (SiteSupply(connection_kw=5.0), SiteSupply())}, r"supply\[0\].connection_kw = 5"),
    ({"charging_limit_kw": ([1.0], [-1.0])}, r"charging_limit_kw\[1\]: must not be negative"),
])  # fmt: skip
def test_faults_of_supplies_name_the_site(changes, words):
    with pytest.raises(InputError, match=words):
        IndustrialSites(**(SITES | changes))
