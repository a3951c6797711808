"""What all rules of charging in steps keep: balance, limit, bounds, order of rows, points, tapers, repeating days."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ChargingSessions, ChargingSite, ChargingTaper, SiteSupply, StationaryBattery
from itas_mobility.emobility import charge
from itas_mobility.errors import InputError
from oracles.charging_cases import RULES, read_case, site_of, sites

TWO_DAYS = {"horizon_h": 48.0}
each_rule = pytest.mark.parametrize("rule", RULES)


@each_rule
@given(case=sites())
@settings(max_examples=60)
def test_the_account_of_each_session_comes_out_within_the_limit(rule, case):
    sessions, site = case
    week = charge(sessions, site, strategy=rule, **TWO_DAYS)
    np.testing.assert_allclose(week.delivered_kwh + week.unserved_kwh, sessions.need_of_all_kwh, atol=1e-9)
    assert week.energy_kwh == pytest.approx(week.drawn_kwh.sum(), abs=1e-9)
    assert (week.delivered_kwh <= 0.9 * week.drawn_kwh + 1e-9).all()
    if site.standby_kw == 0:
        np.testing.assert_allclose(week.delivered_kwh, 0.9 * week.drawn_kwh, atol=1e-9)
    assert (week.power_kw <= week.free_kw + 1e-9).all()
    assert (week.power_kw >= 0).all()
    if site.points is not None:
        assert week.peak_kw <= 11.0 * site.points + 1e-9
    # no car gets more than its power gives in its stay, and none charges outside it
    most = sessions.each_cars * np.minimum(sessions.power_kw, 11.0) * (sessions.depart_h - sessions.arrive_h)
    assert (week.drawn_kwh <= most + 1e-9).all()
    charged = week.drawn_kwh > 0
    assert (week.start_h[charged] >= sessions.arrive_h[charged] - 1e-9).all()
    assert (week.stop_h[charged] <= sessions.depart_h[charged] + 1e-9).all()
    assert np.isnan(week.start_h[~charged]).all()
    assert (week.waiting_h <= sessions.depart_h - sessions.arrive_h + 1e-9).all()


@each_rule
@given(case=sites(is_group=True), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_order_and_grouping_of_rows_make_no_difference(rule, case, seed):
    sessions, site = case
    order = np.random.default_rng(seed).permutation(len(sessions))
    one = charge(sessions, site, strategy=rule, **TWO_DAYS)
    other = charge(rows_of(sessions, order), site, strategy=rule, **TWO_DAYS)
    twice = rows_of(sessions, np.repeat(np.arange(len(sessions)), 2))
    halves = charge(replace(twice, cars=0.5 * twice.cars), site, strategy=rule, **TWO_DAYS)
    np.testing.assert_allclose(other.power_kw, one.power_kw, atol=1e-8)
    np.testing.assert_allclose(halves.power_kw, one.power_kw, atol=1e-8)
    for name in ("delivered_kwh", "unserved_kwh", "drawn_kwh"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[order], atol=1e-8)
        both = getattr(halves, name).reshape(-1, 2).sum(axis=1)
        np.testing.assert_allclose(both, getattr(one, name), atol=1e-8)


def rows_of(sessions, rows):
    names = ("arrive_h", "depart_h", "need_kwh", "power_kw", "least_kw", "cars")
    return ChargingSessions(*(getattr(sessions, name)[rows] for name in names[:4]), **{
        name: getattr(sessions, name)[rows] for name in names[4:]
    })  # fmt: skip


@each_rule
@given(case=sites(is_limited=False))
@settings(max_examples=40)
def test_without_a_limit_the_steps_make_no_difference(rule, case):
    """Points that are freed when full pass on at the end of a step; so all points are held, or none is scarce."""
    sessions, site = case
    site = replace(site, release="departure")
    weeks = [charge(sessions, site, strategy=rule, step_h=minutes / 60, **TWO_DAYS) for minutes in (5, 15, 60)]
    for week in weeks[1:]:
        np.testing.assert_allclose(week.delivered_kwh, weeks[0].delivered_kwh, atol=1e-9)
        np.testing.assert_allclose(week.drawn_kwh, weeks[0].drawn_kwh, atol=1e-9)
        assert week.energy_kwh == pytest.approx(weeks[0].energy_kwh, abs=1e-9)


@pytest.mark.parametrize("rule", RULES[:-1])
@given(case=sites(is_limited=False))
@settings(max_examples=40)
def test_without_a_limit_it_is_uncontrolled(rule, case):
    sessions, site = case
    site = replace(site, release="departure")
    one, other = (charge(sessions, site, strategy=name, **TWO_DAYS) for name in (rule, "uncontrolled"))
    for name in ("power_kw", "delivered_kwh", "drawn_kwh", "waiting_h", "start_h", "stop_h"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9)


@pytest.mark.parametrize(("limit", "key"), [(400.0, "fcfs_own_points_limit_400"), (150.0, "fcfs_limit_150")])
def test_nobody_serves_more_than_the_bound_of_case_01(shared_data, limit, key):
    sessions, given, expected = read_case(shared_data, "01_two_shift_workplace_week")
    weeks = {rule: charge(sessions, site_of(given, limit_kw=limit), strategy=rule) for rule in RULES}
    unserved = {rule: week.unserved_kwh.sum() for rule, week in weeks.items()}
    assert unserved["first_come"] == pytest.approx(expected[f"{key}_unserved_kwh"], abs=1e-6)
    bound = 0.0 if limit == 400.0 else expected["min_unserved_limit_150_kwh"]
    assert min(unserved.values()) >= bound - 1e-6
    assert all(week.peak_kw <= limit for week in weeks.values())


@each_rule
def test_a_building_under_the_same_connection(shared_data, rule):
    sessions, given, expected = read_case(shared_data, "08_base_load")
    supply = SiteSupply(connection_kw=given["connection_kw"], base_load_kw=given["base_load_kw"])
    week = charge(sessions, site_of(given, supply=supply), strategy=rule, step_h=1.0, horizon_h=24.0)
    assert week.unserved_kwh.sum() == pytest.approx(expected["min_unserved_kwh"], abs=1e-9)
    assert week.site_peak_kw == pytest.approx(expected["managed_site_peak_kw"])
    weak = replace(supply, connection_kw=150.0)
    with pytest.raises(InputError, match=r"connection_kw: 150 kW .* at step 6 "):
        charge(sessions, site_of(given, supply=weak), strategy=rule, step_h=1.0, horizon_h=24.0)


@each_rule
def test_the_sun_adds_to_what_is_free(rule):
    supply = SiteSupply(connection_kw=5.0, pv_kw=np.repeat([0.0, 4.0], 12))
    sessions = ChargingSessions([10.0], [14.0], [90.0], 11.0)
    week = charge(sessions, ChargingSite(1, 11.0, 1.0, supply=supply), strategy=rule, step_h=1.0, horizon_h=24.0)
    np.testing.assert_allclose(week.power_kw[10:14], [5.0, 5.0, 9.0, 9.0])


@each_rule
def test_a_stationary_battery_stands_idle_and_that_is_told(rule):
    """Where the building alone exceeds the connection, nothing is left for cars."""
    supply = SiteSupply(connection_kw=50.0, base_load_kw=[40.0, 60.0], battery=StationaryBattery(100.0, 50.0))
    sessions = ChargingSessions([0.0], [2.0], [90.0], 11.0)
    week = charge(sessions, ChargingSite(1, 11.0, 1.0, supply=supply), strategy=rule, step_h=1.0, horizon_h=2.0)
    assert week.power_kw.tolist() == [10.0, 0.0]
    assert week.assumptions == ("the stationary battery stands idle",)
    heedless = charge(sessions, ChargingSite(1, 11.0, 1.0, supply=supply), step_h=1.0, horizon_h=2.0)
    assert heedless.assumptions == week.assumptions
    assert heedless.over_limit_h == 2.0


class TestPoints:
    @each_rule
    @pytest.mark.parametrize(
        ("release", "begin_h"),
        [
            # full at 8:50, at the end of the step 9:00, when the fee begins half an hour after; else the departure
            ({"release": "full"}, 9.0),
            ({"release": "fee", "fee_after_h": 0.5}, 9.5),
            ({"release": "fee", "fee_after_h": 0.6}, 9.6),
            ({"release": "departure"}, 9.7),
            ({"release": "fee", "fee_after_h": 5.0}, 9.7),
        ],
    )
    @pytest.mark.parametrize("cars", [None, [1.0, 1.0]])
    def test_a_full_car_frees_its_point(self, rule, release, begin_h, cars):
        sessions = ChargingSessions([8.0, 8.1], [9.7, 16.0], [11.0 * 5 / 6, 11.0], 11.0, cars=cars)
        if rule == "balanced":  # even power lasts until departure, so the first car is made to need full power
            sessions = replace(sessions, depart_h=[8.0 + 5 / 6, 16.0])
            begin_h = 8.0 + 5 / 6
        week = charge(sessions, ChargingSite(1, 11.0, 1.0, **release), strategy=rule)
        assert week.start_h.tolist() == [8.0, pytest.approx(begin_h)]
        assert week.waiting_h.tolist() == [0.0, pytest.approx(begin_h - 8.1)]
        assert week.unserved_kwh.max() == pytest.approx(0.0)

    @each_rule
    def test_cars_that_take_no_point(self, rule):
        """No need, no stay, too weak for its own control: nobody waits behind them."""
        sessions = ChargingSessions([1.0, 1.0, 1.0, 1.5], [9.0, 1.0, 9.0, 9.0], [0.0, 5.0, 5.0, 5.0], [11, 11, 0.2, 11])
        week = charge(sessions, ChargingSite(1, 11.0, 0.9, standby_kw=0.2), strategy=rule)
        assert week.unserved_kwh.tolist() == [0.0, 5.0, 5.0, 0.0]
        assert week.waiting_h.tolist() == [0.0, 0.0, 8.0, 0.0]


class TestTapers:
    CURVE = ChargingTaper([0.0, 0.5, 1.0], [90.0, 60.0, 5.0])

    @pytest.mark.parametrize("rule", RULES[:-1])
    @given(seed=st.integers(0, 2**32 - 1))
    @settings(max_examples=20)
    def test_without_a_limit_it_is_uncontrolled(self, rule, seed):
        sessions = self.drawn(seed)
        site = ChargingSite(None, 50.0, 0.9, standby_kw=0.3)
        one, other = (charge(sessions, site, strategy=name, horizon_h=24.0) for name in (rule, "uncontrolled"))
        for name in ("power_kw", "delivered_kwh", "drawn_kwh", "stop_h"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-8)

    @each_rule
    @given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([20.0, 80.0, np.inf]))
    @settings(max_examples=20)
    def test_nobody_gets_more_than_the_curve_allows(self, rule, seed, limit):
        sessions = self.drawn(seed)
        site = ChargingSite(None, 50.0, 0.9, limit, standby_kw=0.3)
        week = charge(sessions, site, strategy=rule, horizon_h=24.0)
        most = charge(sessions, replace(site, limit_kw=np.inf), horizon_h=24.0)
        assert (week.delivered_kwh <= most.delivered_kwh + 1e-8).all()
        assert week.peak_kw <= limit
        np.testing.assert_allclose(week.delivered_kwh + week.unserved_kwh, sessions.need_kwh, atol=1e-9)

    def drawn(self, seed):
        rng = np.random.default_rng(seed)
        state, arrive = rng.uniform(0, 0.9, 5), rng.uniform(0, 5, 5)
        return ChargingSessions(
            arrive, arrive + rng.uniform(0, 3, 5), rng.random(5) * (1 - state) * 60.0, 100.0,
            battery_kwh=60.0, arrival_state_share=state, taper=self.CURVE,
        )  # fmt: skip


@each_rule
def test_days_that_repeat_hold_the_night_s_cars_in_the_morning(rule):
    """A car from 22:00 to 31:00 under a limit: what it draws in the morning is not there for the car of 6:00."""
    sessions = ChargingSessions([6.0, 22.0], [8.0, 31.0], [60.0, 60.0], 11.0)
    limit = np.repeat([11.0, 1.0], 12)
    site = ChargingSite(None, 11.0, 1.0, limit_kw=limit)
    day = charge(sessions, site, strategy=rule, step_h=1.0, horizon_h=24.0, is_repeating=True)
    # over three days in a row, the middle one
    row = charge(
        ChargingSessions(
            *(np.add.outer([0.0, 24.0, 48.0], column).ravel() for column in (sessions.arrive_h, sessions.depart_h)),
            np.tile(sessions.need_kwh, 3), 11.0,
        ),
        replace(site, limit_kw=np.tile(limit, 4)), strategy=rule, step_h=1.0, horizon_h=96.0,
    )  # fmt: skip
    np.testing.assert_allclose(day.delivered_kwh, row.delivered_kwh[2:4], atol=1e-9)
    np.testing.assert_allclose(day.power_kw, row.power_kw[24:48], atol=1e-9)
    assert day.peak_kw <= 11.0


@each_rule
def test_a_limit_that_leaves_less_than_the_least_power_has_cars_take_turns(rule):
    """One car at 1 kW on average takes turns at 4 kW: its control then draws 0.2 kW for a quarter of the time."""
    sessions = ChargingSessions([0.0], [8.0], [60.0], 11.0, least_kw=4.0)
    week = charge(sessions, ChargingSite(1, 11.0, 0.9, 1.0, standby_kw=0.2), strategy=rule)
    assert week.energy_kwh == pytest.approx(8.0)
    assert week.delivered_kwh[0] == pytest.approx(0.9 * (8.0 - 0.2 * 8.0 / 4.0))
    always = charge(replace(sessions, least_kw=[0.0]), ChargingSite(1, 11.0, 0.9, 1.0, standby_kw=0.2), strategy=rule)
    assert always.delivered_kwh[0] == pytest.approx(0.9 * 8.0 * 0.8)


@each_rule
def test_what_would_all_go_into_the_control_is_not_drawn(rule):
    sessions = ChargingSessions([0.0], [8.0], [60.0], 11.0)
    week = charge(sessions, ChargingSite(1, 11.0, 0.9, 0.2, standby_kw=0.2), strategy=rule)
    assert (week.energy_kwh, week.unserved_kwh[0]) == (0.0, 60.0)
