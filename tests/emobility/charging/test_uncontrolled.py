"""Uncontrolled charging: energies, the queue, losses, tapers, the load curve."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility import emobility
from itas_mobility.core import ChargingSessions, ChargingSite, ChargingTaper, SiteSupply
from itas_mobility.emobility import electric_cars
from itas_mobility.errors import ConvergenceWarning, InputError
from oracles.charging import follow

# arrive h, depart h, need kWh, car kW, point kW: the car over midnight takes the strong point on every other day only
SWAPPING = ([3.0, 8.0, 6.0], [19.0, 30.0, 22.0], [26.0, 10.0, 6.0], 4.0, [4.0, 1.0])
ALL_DAY = {"points": None, "point_power_kw": 22.0, "efficiency": 0.9}
DAY = {"horizon_h": 24.0, "is_repeating": True}
"""Days that are all alike."""
COLUMNS = ("least_kw", "cars", "battery_kwh", "arrival_state_share", "taper")
OPTIONS = ("step_h", "horizon_h", "is_repeating")


def charge(arrive_h, depart_h, need_kwh, power_kw, *, strategy="uncontrolled", **given):
    """Uncontrolled charging of sessions at a site, both made of plain columns."""
    columns = {name: given.pop(name) for name in COLUMNS if name in given}
    options = {name: given.pop(name) for name in OPTIONS if name in given}
    sessions = ChargingSessions(arrive_h, depart_h, need_kwh, power_kw, **columns)
    return emobility.charge(sessions, ChargingSite(**given), strategy=strategy, **options)


def read_case(shared_data, name):
    case = json.loads((shared_data / "cases/emobility" / f"{name}.json").read_text(encoding="utf-8"))
    return case["input"], case["expected"]


def sessions_of(rows, **columns):
    names = ("arrive", "depart", "need_kwh", "power_kw")
    return ChargingSessions(*([row[name] for row in rows] for name in names), **columns)


@st.composite
def sessions(draw, max_size=12):
    """Columns of sessions that arrive on one day, and may stay into the next."""
    n = draw(st.integers(0, max_size))
    arrive = [draw(st.floats(0, 23.9)) for _ in range(n)]
    depart = [at + draw(st.floats(0.0, 16.0)) for at in arrive]
    need = [draw(st.floats(0, 60)) for _ in range(n)]
    power = [draw(st.sampled_from([3.7, 11.0, 22.0])) for _ in range(n)]
    return arrive, depart, need, power


class TestSharedNumbers:
    def test_balance(self, shared_data):
        case = json.loads((shared_data / "kit/numbers/ev_charging_balance.json").read_text())
        evs, expected = case["evs"], case["expected"]
        week = charge(
            *([ev[name] for ev in evs] for name in ("arrive", "depart", "need_kwh", "p_kw")),
            points=None, point_power_kw=22.0, efficiency=case["eta"], step_h=case["dt_h"],
        )  # fmt: skip
        load = expected["load_kw"]
        np.testing.assert_allclose(week.power_kw[: len(load)], load, atol=1e-9)
        assert (week.power_kw[len(load) :] == 0).all()
        assert week.energy_kwh == pytest.approx(expected["grid_kwh"], abs=1e-9)
        assert week.delivered_kwh.sum() == pytest.approx(expected["battery_kwh"], abs=1e-9)
        assert week.peak_kw == pytest.approx(expected["peak_kw"], abs=1e-9)
        assert week.peak_time_h == expected["peak_at_h"]
        for ev, delivered, unserved in zip(evs, week.delivered_kwh, week.unserved_kwh, strict=True):
            assert delivered == pytest.approx(expected["per_ev"][ev["id"]]["delivered_kwh"], abs=1e-9)
            assert unserved == pytest.approx(expected["per_ev"][ev["id"]]["unserved_kwh"], abs=1e-9)

    @pytest.mark.parametrize(
        ("points", "release", "key"),
        [
            (None, "full", "uncontrolled_own_points"),
            (60, "full", "uncontrolled_60_points_free_when_full"),
            (60, "departure", "uncontrolled_60_points_until_departure"),
        ],
    )
    def test_the_week_of_case_01(self, shared_data, points, release, key):
        given, expected = read_case(shared_data, "01_two_shift_workplace_week")
        site = ChargingSite(points, given["point_power_kw"], given["efficiency"], given["limit_kw"], release=release)
        week = emobility.charge(sessions_of(given["sessions"]), site)
        assert week.peak_kw == pytest.approx(expected[key]["peak_kw"], abs=1e-6)
        assert week.energy_kwh == pytest.approx(expected[key]["grid_kwh"], abs=1e-6)
        assert week.unserved_kwh.sum() == pytest.approx(expected[key]["unserved_kwh"], abs=1e-6)
        assert (week.unserved_kwh > 1e-9).sum() == expected[key]["sessions_unserved"]
        assert week.over_limit_h == expected[key]["over_400_kw_h"]
        assert week.overload_kwh == pytest.approx(expected[key]["overload_400_kwh"], abs=1e-6)

    def test_the_queue_of_case_04(self, shared_data):
        given, expected = read_case(shared_data, "04_fcfs_queue")
        site = ChargingSite(given["points"], given["point_power_kw"], given["efficiency"], release=given["release"])
        week = emobility.charge(sessions_of(given["sessions"]), site)
        np.testing.assert_allclose(week.delivered_kwh, expected["delivered_kwh"], atol=1e-12)
        np.testing.assert_allclose(week.waiting_h, expected["waiting_h"], atol=1e-12)
        charged = week.delivered_kwh > 0
        np.testing.assert_allclose(week.start_h[charged], np.array(expected["start_h"])[charged])
        np.testing.assert_allclose(week.stop_h[charged], np.array(expected["stop_h"])[charged])
        assert np.isnan(week.start_h[~charged]).all()

    def test_the_building_of_case_08(self, shared_data):
        given, expected = read_case(shared_data, "08_base_load")
        supply = SiteSupply(connection_kw=given["connection_kw"], base_load_kw=given["base_load_kw"])
        site = ChargingSite(None, given["point_power_kw"], given["efficiency"], supply=supply)
        options = {"step_h": given["step_h"], "horizon_h": 24.0}
        week = emobility.charge(sessions_of(given["sessions"]), site, **options)
        assert week.free_kw[6:16].tolist() == [expected["free_kw_6_to_16"]] * 10
        assert week.site_peak_kw == expected["uncontrolled_site_peak_kw"]
        weak = replace(site, supply=replace(supply, connection_kw=150.0))
        with pytest.raises(InputError, match=r"connection_kw: 150 kW .* at step 6 "):
            emobility.charge(sessions_of(given["sessions"]), weak, **options)

    def test_the_mix_of_case_21(self, shared_data):
        given, expected = read_case(shared_data, "21_hourly_mix")
        site = ChargingSite(
            None, given["point_power_kw"], given["efficiency"], supply=SiteSupply(mix_g_per_kwh=given["mix_g_per_kwh"])
        )
        week = emobility.charge(sessions_of(given["sessions"]), site, step_h=given["step_h"], horizon_h=24.0)
        assert week.co2_kg == pytest.approx(expected["uncontrolled_kg"])

    def test_staggered_cars_of_case_24(self, shared_data):
        given, expected = read_case(shared_data, "24_managed_can_be_higher")
        site = ChargingSite(None, given["point_power_kw"], given["efficiency"])
        peaks = [emobility.charge(sessions_of(given[f"sessions_{key}"]), site).peak_kw for key in ("balanced", "price")]
        assert peaks == [
            pytest.approx(expected["uncontrolled_peak_kw"]), pytest.approx(expected["staggered_uncontrolled_peak_kw"]),
        ]  # fmt: skip


class TestEnergy:
    @given(sessions(), st.one_of(st.none(), st.integers(0, 4)), st.sampled_from(["full", "departure", "fee"]))
    @settings(max_examples=80, deadline=None)
    @pytest.mark.filterwarnings("ignore::itas_mobility.errors.ConvergenceWarning")
    def test_balance_and_steps(self, given_sessions, points, release):
        weeks = [
            charge(
                *given_sessions, points=points, point_power_kw=11.0, efficiency=0.87, step_h=minutes / 60.0,
                release=release, fee_after_h=0.5, **DAY,
            )
            for minutes in (5, 15, 60)
        ]  # fmt: skip
        need = np.array(given_sessions[2], float)
        for week in weeks:
            assert week.energy_kwh * 0.87 == pytest.approx(week.delivered_kwh.sum(), abs=1e-9, rel=1e-9)
            np.testing.assert_allclose(week.drawn_kwh * 0.87, week.delivered_kwh, atol=1e-9)
            np.testing.assert_allclose(week.delivered_kwh + week.unserved_kwh, need, atol=1e-9)
            assert (week.power_kw <= 11.0 * (len(need) if points is None else points) + 1e-9).all()
            assert week.energy_kwh == pytest.approx(weeks[0].energy_kwh, abs=1e-9)
            np.testing.assert_array_equal(week.delivered_kwh, weeks[0].delivered_kwh)

    @given(sessions())
    @settings(max_examples=40, deadline=None)
    def test_nothing_outside_the_stay(self, given_sessions):
        week = charge(*given_sessions, **ALL_DAY, **DAY)
        present = np.zeros(96, bool)
        for a, d in zip(*given_sessions[:2], strict=True):
            present[(np.append(np.arange(a, d, 1 / 120), d) // 0.25).astype(int) % 96] = True
        assert (week.power_kw[~present] == 0).all()

    def test_no_cars(self):
        for strategy in emobility.STRATEGIES:
            week = charge([], [], [], [], **ALL_DAY, limit_kw=100.0, strategy=strategy)
            assert (week.power_kw == 0).all()
            assert week.power_kw.size == 672
            assert (week.peak_kw, week.energy_kwh, week.over_limit_h, week.overload_kwh) == (0, 0, 0, 0)

    def test_over_midnight(self):
        night = charge([22.0], [30.0], [45.0], [11.0], **ALL_DAY, **DAY)
        day = charge([2.0], [10.0], [45.0], [11.0], **ALL_DAY, **DAY)
        assert night.delivered_kwh[0] == 45.0
        assert night.energy_kwh == pytest.approx(50.0)
        np.testing.assert_allclose(np.roll(night.power_kw, 16), day.power_kw, atol=1e-12)
        week = charge([22.0], [30.0], [45.0], [11.0], **ALL_DAY)
        np.testing.assert_allclose(week.power_kw[88:120], day.power_kw[8:40], atol=1e-12)
        assert (week.start_h[0], week.stop_h[0]) == (22.0, pytest.approx(22.0 + 50.0 / 11.0))

    def test_power_is_the_lesser_of_car_and_point(self):
        week = charge([0, 0], [8.0, 8.0], [99.0, 99.0], [11.0, 50.0], **ALL_DAY)
        assert week.power_kw[0] == pytest.approx(11.0 + 22.0)

    def test_one_more_car_adds_its_need(self):
        a, d, need, power = [8.0] * 4, [16.0] * 4, [5.0, 7.0, 9.0, 11.0], [11.0] * 4
        more = charge(a, d, need, power, **ALL_DAY)
        fewer = charge(a[:3], d[:3], need[:3], power[:3], **ALL_DAY)
        assert more.energy_kwh - fewer.energy_kwh == pytest.approx(11.0 / 0.9)

    def test_slow_charging_costs_energy(self):
        """The car's control takes 0.2 kW as long as it charges: two hours at 11 kW, or ten at 2.36 kW."""
        options = {"points": None, "efficiency": 0.9, "standby_kw": 0.2}
        fast = charge([0], [24.0], [19.44], [11.0], point_power_kw=11.0, **options)
        slow = charge([0], [24.0], [19.44], [11.0], point_power_kw=2.36, **options)
        assert fast.energy_kwh == pytest.approx(22.0)
        assert slow.energy_kwh == pytest.approx(23.6)
        assert slow.losses_kwh == pytest.approx(0.1 * 21.6 + 0.2 * 10)
        none = charge([0], [24.0], [19.44], [11.0], point_power_kw=0.2, **options)
        assert (none.energy_kwh, none.unserved_kwh[0]) == (0.0, 19.44)


class TestTaper:
    def test_the_curve_of_case_15(self, shared_data):
        given, expected = read_case(shared_data, "15_taper")
        state, power = np.array(given["curve_soc_kw"]).T
        need = given["battery_kwh"] * (given["soc_end"] - given["soc_start"])
        columns = {"battery_kwh": given["battery_kwh"], "arrival_state_share": given["soc_start"]}
        site = {"points": None, "point_power_kw": 200.0, "efficiency": given["efficiency"]}
        week = charge([1.0], [3.0], [need], 200.0, taper=ChargingTaper(state, power), **columns, **site)
        assert week.stop_h[0] - week.start_h[0] == pytest.approx(expected["hours"], abs=1e-6)
        assert week.energy_kwh == pytest.approx(need)
        even = charge([1.0], [3.0], [need], 150.0, **columns, **site)
        assert even.stop_h[0] - even.start_h[0] == pytest.approx(expected["constant_power_hours"])

    @given(st.integers(0, 2**32 - 1), st.booleans())
    @settings(max_examples=30)
    def test_balance_under_a_taper(self, seed, is_group):
        rng = np.random.default_rng(seed)
        n = 6
        state, arrive = rng.uniform(0, 0.9, n), rng.uniform(0, 5, n)
        columns = {"battery_kwh": 60.0, "arrival_state_share": state, "cars": rng.uniform(0.2, 2, n)}
        if not is_group:
            del columns["cars"]
        week = charge(
            arrive, arrive + rng.uniform(0, 3, n), rng.random(n) * (1 - state) * 60.0, 100.0,
            taper=ChargingTaper([0.0, 0.5, 1.0], [90.0, 60.0, 5.0]), **columns, points=2, point_power_kw=50.0,
            efficiency=0.9, standby_kw=0.3,
        )  # fmt: skip
        need = week.delivered_kwh + week.unserved_kwh
        assert week.energy_kwh == pytest.approx(week.drawn_kwh.sum())
        assert (week.delivered_kwh <= need + 1e-12).all()
        assert (week.delivered_kwh < 0.9 * week.drawn_kwh + 1e-12).all()
        assert week.peak_kw <= 100.0 + 1e-9

    def test_a_taper_at_which_nothing_arrives_is_refused(self):
        columns = {"battery_kwh": 60.0, "arrival_state_share": 0.5, "taper": ChargingTaper([0.0, 1.0], [11.0, 0.2])}
        site = {"points": None, "point_power_kw": 11.0, "efficiency": 0.9, "standby_kw": 0.2}
        with pytest.raises(InputError, match=r"taper: power falls to 0.2 kW, all of which the car's control takes"):
            charge([1.0], [3.0], [5.0], 11.0, **columns, **site)


class TestQueue:
    def test_second_car_waits_for_the_first(self):
        week = charge([8.0, 8.5], [16.0, 16.0], [11.0, 11.0], 11.0, points=1, point_power_kw=11.0, efficiency=1.0)
        np.testing.assert_allclose(week.waiting_h, [0, 0.5])
        assert week.peak_kw == pytest.approx(11.0)
        assert week.unserved_kwh.sum() == 0

    @pytest.mark.parametrize(
        ("release", "waits_h", "unserved_kwh"),
        [
            ({"release": "departure"}, 7.5, 11.0),
            ({"release": "fee", "fee_after_h": 2.0}, 2.5, 0.0),
            ({"release": "fee", "fee_after_h": 6.5}, 7.0, 5.5),
            ({"release": "fee", "fee_after_h": 24.0}, 7.5, 11.0),
        ],
    )
    def test_a_full_car_holds_its_point(self, release, waits_h, unserved_kwh):
        week = charge(
            [8.0, 8.5], [16.0, 16.0], [11.0, 11.0], 11.0, points=1, point_power_kw=11.0, efficiency=1.0, **release
        )
        np.testing.assert_allclose(week.unserved_kwh, [0, unserved_kwh] if waits_h < 7.5 else [0, 11.0])
        assert week.waiting_h[1] == pytest.approx(waits_h)

    def test_ties_go_by_row_and_strongest_point_first(self):
        week = charge([8.0] * 3, [9.0] * 3, [99.0] * 3, 50.0, points=2, point_power_kw=[11, 22], efficiency=1.0)
        np.testing.assert_allclose(week.delivered_kwh, [22, 11, 0])

    def test_rows_stay_in_given_order(self):
        week = charge([9.0, 8.0], [17.0, 17.0], [5.0, 22.0], 11.0, points=1, point_power_kw=11, efficiency=1.0)
        np.testing.assert_allclose(week.waiting_h, [1, 0])
        np.testing.assert_allclose(week.delivered_kwh, [5, 22])

    def test_no_points(self):
        week = charge([8.0], [16.0], [5.0], 11.0, points=0, point_power_kw=11.0, efficiency=0.9)
        assert week.unserved_kwh[0] == 5.0
        assert week.waiting_h[0] == 8.0
        assert week.peak_kw == 0
        assert np.isnan(week.start_h[0])

    def test_night_car_blocks_the_morning(self):
        # the car of 22:00 holds the only point until 07:00, so that the one of 06:00 waits an hour
        week = charge(
            [6.0, 22.0], [14.0, 31.0], [11.0, 99.0], 11.0, points=1, point_power_kw=11.0, efficiency=1.0, **DAY
        )
        np.testing.assert_allclose(week.waiting_h, [1, 0])
        assert week.energy_kwh == pytest.approx(11.0 + 99.0)

    def test_days_that_do_not_repeat_warn(self):
        arrive, depart, need, car, point = SWAPPING
        with pytest.warns(ConvergenceWarning, match="did not settle"):
            week = charge(
                arrive, depart, need, car, points=2, point_power_kw=point, efficiency=1.0, release="departure", **DAY
            )
        assert week.energy_kwh == pytest.approx(week.delivered_kwh.sum())

    @given(st.integers(0, 2**32 - 1), st.booleans())
    @settings(max_examples=40, deadline=None)
    def test_twin(self, seed, until_departure):
        rng = np.random.default_rng(seed)
        n, n_points = int(rng.integers(1, 9)), int(rng.integers(1, 4))
        # whole seconds and powers that divide the needs, so that the twin's second is no approximation
        arrive = rng.integers(0, 300, n)
        depart = arrive + rng.integers(0, 600, n)
        point_power = rng.choice([1.0, 2.0, 4.0], n_points)
        car_power = rng.choice([1.0, 2.0, 4.0], n)
        need_s = 4 * rng.integers(0, 300, n)
        order = np.argsort(arrive, kind="stable")
        taken, charged, power = follow(
            arrive[order], depart[order], need_s[order], car_power[order], point_power, 1000,
            np.inf if until_departure else 0,
        )  # fmt: skip
        week = charge(
            arrive[order] / 3600, depart[order] / 3600, need_s[order] / 3600, car_power[order], points=n_points,
            point_power_kw=point_power, efficiency=1.0, release="departure" if until_departure else "full",
        )  # fmt: skip
        np.testing.assert_allclose(week.delivered_kwh * 3600, np.multiply(charged, power), atol=1e-6)
        for i, k in enumerate(order):
            if need_s[k] > 0:
                at = depart[k] if taken[i] is None else taken[i]
                assert week.waiting_h[i] * 3600 == pytest.approx(at - arrive[k], abs=1e-6)


class TestLimit:
    def test_overload_is_reported_not_cut(self):
        args = ([8.0] * 10, [16.0] * 10, [11.0] * 10, 11.0)
        options = {"points": None, "point_power_kw": 11.0, "efficiency": 1.0}
        limited, free = charge(*args, **options, limit_kw=80.0), charge(*args, **options)
        np.testing.assert_array_equal(limited.power_kw, free.power_kw)
        assert limited.over_limit_h == pytest.approx(1.0)
        assert limited.overload_kwh == pytest.approx(30.0)
        assert free.over_limit_h == 0

    def test_rounding_is_no_overload(self):
        rng = np.random.default_rng(2)
        arrive = 6.0 + rng.normal(0, 1 / 12, 300)
        week = charge(
            arrive, arrive + 8.0, rng.random(300) * 12, 11.0, points=100, point_power_kw=11.0, efficiency=0.87,
            limit_kw=1100.0,
        )  # fmt: skip
        assert week.peak_kw == pytest.approx(1100.0)
        assert (week.over_limit_h, week.overload_kwh) == (0, 0)

    def test_a_limit_reached_exactly_is_not_exceeded(self):
        """Three points of 3.7 kW on 11.1 kW: 3.7 + 3.7 + 3.7 is 11.100000000000001 in floating point."""
        options = {"points": 3, "point_power_kw": 3.7, "efficiency": 1.0, "limit_kw": 11.1}
        for more in ({}, {"cars": np.ones(3), "release": "departure"}):
            week = charge([0.0] * 3, [5.5] * 3, [50.0] * 3, 11.0, **options, **more)
            assert week.over_limit_h == 0
            assert week.peak_kw == 11.1


HELD = {"points": 3, "point_power_kw": 11.0, "efficiency": 0.9, "release": "departure"}
RELEASES = st.sampled_from(["full", "departure", "fee"])


class TestExpectedCars:
    """Groups of expected cars: cars one by one where they are whole, and no order among rows."""

    @given(sessions(max_size=8), st.integers(0, 4))
    @pytest.mark.filterwarnings("ignore::itas_mobility.errors.ConvergenceWarning")
    def test_whole_cars_are_followed_as_one_by_one(self, given, points):
        arrive, depart, need, _ = given
        arrive = np.round(np.array(arrive) * 3600) / 3600 + np.linspace(0, 1e-4, len(arrive))  # no two together
        depart = np.maximum(arrive, depart)
        options = HELD | {"points": points} | DAY
        whole = charge(arrive, depart, need, 11.0, **options)
        groups = charge(arrive, depart, need, 11.0, **options, cars=np.ones(len(arrive)))
        np.testing.assert_allclose(groups.delivered_kwh, whole.delivered_kwh, atol=1e-6)
        np.testing.assert_allclose(groups.power_kw, whole.power_kw, atol=1e-6)
        np.testing.assert_allclose(groups.waiting_h, whole.waiting_h, atol=1e-6)

    @given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.sampled_from(["full", "fee"]))
    def test_whole_cars_pass_points_on_at_whole_minutes(self, seed, points, release):
        """Where cars come, go and fill at whole minutes, groups of one car are cars one by one."""
        rng = np.random.default_rng(seed)
        n = 8
        arrive = np.sort(rng.choice(300, n, replace=False)) / 60.0
        depart, need = arrive + rng.integers(0, 400, n) / 60.0, rng.integers(1, 200, n) / 60.0 * 11.0 * 0.9
        options = HELD | {"points": points, "release": release, "fee_after_h": 0.25}
        whole = charge(arrive, depart, need, 11.0, **options)
        groups = charge(arrive, depart, need, 11.0, **options, cars=np.ones(n))
        np.testing.assert_allclose(groups.delivered_kwh, whole.delivered_kwh, atol=1e-6)
        np.testing.assert_allclose(groups.power_kw, whole.power_kw, atol=1e-6)
        np.testing.assert_allclose(groups.waiting_h, whole.waiting_h, atol=1e-6)

    @given(sessions(max_size=10), st.integers(0, 3), RELEASES, st.integers(0, 2**32 - 1))
    @pytest.mark.filterwarnings("ignore::itas_mobility.errors.ConvergenceWarning")
    def test_order_and_grouping_of_rows_make_no_difference(self, given, points, release, seed):
        arrive, depart, need, power = given
        rng = np.random.default_rng(seed)
        arrive = np.round(np.array(arrive)) % 24  # many at the same time
        depart = arrive + np.minimum(np.maximum(np.array(depart) - arrive, 0.0), 24.0)
        cars = rng.uniform(0, 2, len(arrive))
        order = rng.permutation(len(arrive))
        options = HELD | {"points": points, "release": release, "fee_after_h": 0.3} | DAY

        def pick(values):
            return np.asarray(values, float)[order]

        def twice(values):
            return np.repeat(np.asarray(values, float), 2)

        one = charge(arrive, depart, need, power, **options, cars=cars)
        other = charge(pick(arrive), pick(depart), pick(need), pick(power), **options, cars=pick(cars))
        halves = charge(twice(arrive), twice(depart), twice(need), twice(power), **options, cars=0.5 * twice(cars))
        np.testing.assert_allclose(other.delivered_kwh, pick(one.delivered_kwh), atol=1e-9)
        np.testing.assert_allclose(other.power_kw, one.power_kw, atol=1e-9)
        np.testing.assert_allclose(halves.power_kw, one.power_kw, atol=1e-9)
        assert halves.unserved_kwh.sum() == pytest.approx(one.unserved_kwh.sum(), abs=1e-9)

    @given(sessions(), st.one_of(st.none(), st.integers(0, 4)), RELEASES)
    @pytest.mark.filterwarnings("ignore::itas_mobility.errors.ConvergenceWarning")
    def test_balance(self, given, points, release):
        arrive, depart, need, power = given
        cars = np.linspace(0.0, 1.7, len(arrive))
        options = HELD | {"points": points, "release": release, "standby_kw": 0.2} | DAY
        week = charge(arrive, depart, need, power, **options, cars=cars)
        np.testing.assert_allclose(week.delivered_kwh + week.unserved_kwh, cars * need, atol=1e-9)
        assert week.energy_kwh == pytest.approx(week.drawn_kwh.sum(), abs=1e-6)
        assert (week.delivered_kwh <= 0.9 * week.drawn_kwh + 1e-12).all()
        if points is not None:
            assert week.peak_kw <= points * 11.0 * (1 + 1e-9)

    def test_those_who_come_together_share_what_is_free(self):
        week = charge([0.0, 0.0], [8.0, 8.0], [22.0, 88.0], 11.0, **(HELD | {"points": 1}), cars=[1.0, 3.0])
        np.testing.assert_allclose(week.delivered_kwh, [22.0 / 4, 3 * 79.2 / 4])

    def test_points_that_are_freed_pass_on(self):
        """Two cars at one point: both halves of the first two fill in an hour, then the others have it."""
        options = {"points": 1, "point_power_kw": 10.0, "efficiency": 1.0}
        week = charge([0.0, 0.0], [8.0, 8.0], [10.0, 10.0], 11.0, **options, cars=[1.0, 1.0])
        np.testing.assert_allclose(week.power_kw[:8], 10.0)
        assert week.power_kw[8:].max() == 0.0
        np.testing.assert_allclose(week.waiting_h, [0.5, 0.5])
        assert week.assumptions == ("points that full cars of a group free pass on at the next full minute",)
        held = charge([0.0, 0.0], [8.0, 8.0], [10.0, 10.0], 11.0, **options, release="departure", cars=[1.0, 1.0])
        np.testing.assert_allclose(held.unserved_kwh, [5.0, 5.0])
        assert held.assumptions == ()

    def test_the_strong_points_go_to_those_who_came_first(self):
        options = {"points": 2, "point_power_kw": [22.0, 11.0], "efficiency": 1.0}
        week = charge([0.0, 0.5], [1.0, 1.5], [99.0, 99.0], 50.0, **options, cars=[1.0, 1.0])
        np.testing.assert_allclose(week.drawn_kwh, [22.0, 11.0])
        both = charge([0.0, 0.0], [1.0, 1.0], [99.0, 99.0], 50.0, **options, cars=[1.0, 1.0])
        np.testing.assert_allclose(both.drawn_kwh, [16.5, 16.5])

    def test_the_expectation_of_case_19(self, shared_data):
        given, expected = read_case(shared_data, "19_expected_load")
        cars = electric_cars(np.full(given["zones"], given["cars_per_zone"]), given["electric_share"])
        plugged = cars * given["plug_in_probability"]
        week = charge(
            np.full(50, 6.0), np.full(50, 14.0), given["energy_kwh_by_zone"], 11.0, points=None,
            point_power_kw=11.0, efficiency=1.0, cars=plugged,
        )  # fmt: skip
        assert cars.sum() == pytest.approx(expected["expected_electric_cars"])
        assert plugged.sum() == pytest.approx(expected["expected_sessions"])
        assert week.energy_kwh == pytest.approx(expected["expected_kwh"])

    @pytest.mark.parametrize(
        ("change", "words"), [({"cars": [1.0, -1.0]}, r"cars\[1\] = -1.0"), ({"cars": [1.0]}, "cars: shape")]
    )
    def test_refusals(self, change, words):
        with pytest.raises(InputError, match=words):
            charge([0.0, 1.0], [1.0, 2.0], [1.0, 1.0], 11.0, **(HELD | {"cars": [1.0, 1.0]} | change))

    @pytest.mark.parametrize("points", [None, 20, 4])
    def test_groups_that_are_all_charged_leave_nothing(self, points):
        """What is left of a sum of energies by rounding is no need that was not served."""
        rng = np.random.default_rng(7)
        arrive = np.repeat(np.arange(6.0, 10.0), 30)
        cars, need = rng.uniform(0.01, 0.1, arrive.size), rng.uniform(0.1, 9.0, arrive.size)
        for release in ("departure", "full"):
            options = HELD | {"points": points, "release": release}
            week = charge(arrive, arrive + 9.0, need, 11.0, **options, cars=cars)
            if points == 4 and release == "departure":
                # those who come at nine find no point until those of six leave at three, and then have time
                assert week.waiting_h.max() > 1.0
            assert week.unserved_kwh.max() == 0.0
            np.testing.assert_allclose(week.delivered_kwh, cars * need, rtol=1e-12)


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"strategy": "magic"}, "strategy 'magic' is not known; known: uncontrolled"),
            ({"release": "never"}, "release 'never'"),
            ({"efficiency": 0.0}, "efficiency"),
            ({"efficiency": 1.1}, "efficiency"),
            ({"step_h": 0.37}, "step_h: 0.37 h must divide the horizon of 168 h"),
            ({"step_h": 0.0}, "step_h: 0.0 must be a positive number"),
            ({"step_h": True}, "step_h: True must be"),
            ({"horizon_h": "day"}, "horizon_h: 'day' must be"),
            ({"points": -1}, "points: -1"),
            ({"points": 2.5}, "points: 2.5"),
            ({"point_power_kw": [11.0, 11.0, 11.0]}, "point_power_kw: shape"),
            ({"need_kwh": [1.0, -2.0]}, r"need_kwh\[1\] = -2.0"),
            ({"arrive_h": [0.0, np.nan]}, r"arrive_h\[1\]"),
            ({"depart_h": [1.0]}, "depart_h: shape"),
            ({"depart_h": [1.0, 0.5]}, "session 1: departs at 0.5 h, before it arrives at 1 h"),
            ({"depart_h": [1.0, 169.0]}, r"session 1 \(1 to 169 h\) must depart within the horizon of 168 h"),
            ({"depart_h": [1.0, 26.0], **DAY}, r"session 1 \(1 to 26 h\) must arrive .* and stay no longer"),
            ({"arrive_h": [0.0, 25.0], "depart_h": [1.0, 26.0], **DAY}, r"session 1 \(25 to 26 h\) must arrive"),
            ({"limit_kw": -5.0}, "limit_kw"),
            ({"limit_kw": [5.0, 5.0]}, "limit_kw: 2 values for 672 steps"),
            ({"supply": SiteSupply(price_eur_per_kwh=np.ones(24))}, "price_eur_per_kwh: 24 values for 672 steps"),
        ],
    )
    def test_named(self, change, words):
        options = {
            "arrive_h": [0.0, 1.0], "depart_h": [1.0, 2.0], "need_kwh": [1.0, 1.0], "power_kw": 11.0,
            "points": 2, "point_power_kw": 11.0, "efficiency": 0.9,
        }  # fmt: skip
        with pytest.raises(InputError, match=words):
            charge(**(options | change))


def cpu_s(call):
    """Least time of the processor over some calls, of this process alone."""
    call()
    times = []
    for _ in range(5):
        begin = time.process_time()
        call()
        times.append(time.process_time() - begin)
    return min(times)


def test_many_cars_take_time_in_proportion_to_their_number():
    """With a scan of all points for each car, four times the cars at four times the points take 16 times as long."""
    taken_s = []
    for n in (10_000, 40_000):
        rng = np.random.default_rng(1)
        arrive = 24.0 * rng.integers(0, 5, n) + rng.uniform(5.0, 14.0, n)
        sessions = ChargingSessions(arrive, arrive + 8.5, rng.uniform(4.0, 20.0, n), 11.0)
        site = ChargingSite(n // 20, 11.0, 0.9)
        taken_s.append(cpu_s(lambda sessions=sessions, site=site: emobility.charge(sessions, site)))
    assert taken_s[1] < 8.0 * taken_s[0]
