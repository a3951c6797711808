"""Uncontrolled charging: energies, the queue, the load curve."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility import emobility
from itas_mobility.core import ChargingCurve, ChargingSessions, ChargingSite
from itas_mobility.emobility import electric_cars
from itas_mobility.errors import ConvergenceWarning, InputError
from itas_mobility.scenarios.parameters import default_parameters
from oracles.charging import follow

H = 3600.0
# arrive h, depart h, need kWh, car kW, point kW: the car over midnight takes the strong point on every other day only
SWAPPING = ([3, 8, 6], [19, 6, 22], [26.0, 10.0, 6.0], 4.0, [4.0, 1.0])
ALL_DAY = {"points": None, "point_power_kw": 22.0, "efficiency": 0.9}


def charge(arrive_s, depart_s, need_kwh, power_kw, *, cars=None, strategy="uncontrolled", step_s=900.0, **site):
    """Uncontrolled charging of sessions at a site, both made of plain columns."""
    sessions = ChargingSessions(arrive_s, depart_s, need_kwh, power_kw, cars=cars)
    return emobility.charge(sessions, ChargingSite(**site), strategy=strategy, step_s=step_s)


@st.composite
def sessions(draw, max_size=12):
    n = draw(st.integers(0, max_size))
    hours = st.floats(0, 23.9)
    arrive = [draw(hours) * H for _ in range(n)]
    stay = [draw(st.floats(0.0, 16.0)) * H for _ in range(n)]
    depart = [(a + s) % 86400 for a, s in zip(arrive, stay, strict=True)]
    need = [draw(st.floats(0, 60)) for _ in range(n)]
    power = [draw(st.sampled_from([3.7, 11.0, 22.0])) for _ in range(n)]
    return arrive, depart, need, power


class TestSharedNumbers:
    def test_balance(self, shared_data):
        case = json.loads((shared_data / "kit/numbers/ev_charging_balance.json").read_text())
        evs, expected = case["evs"], case["expected"]
        curve = charge(
            [ev["arrive"] * H for ev in evs],
            [ev["depart"] * H for ev in evs],
            [ev["need_kwh"] for ev in evs],
            [ev["p_kw"] for ev in evs],
            points=None,
            point_power_kw=22.0,
            efficiency=case["eta"],
            step_s=case["dt_h"] * H,
        )
        load = expected["load_kw"]
        np.testing.assert_allclose(curve.power_kw[: len(load)], load, atol=1e-9)
        assert (curve.power_kw[len(load) :] == 0).all()
        assert curve.energy_kwh == pytest.approx(expected["grid_kwh"], abs=1e-9)
        assert curve.delivered_kwh.sum() == pytest.approx(expected["battery_kwh"], abs=1e-9)
        assert curve.peak_kw == pytest.approx(expected["peak_kw"], abs=1e-9)
        assert curve.peak_time_s == expected["peak_at_h"] * H
        for ev, delivered, unserved in zip(evs, curve.delivered_kwh, curve.unserved_kwh, strict=True):
            assert delivered == pytest.approx(expected["per_ev"][ev["id"]]["delivered_kwh"], abs=1e-9)
            assert unserved == pytest.approx(expected["per_ev"][ev["id"]]["unserved_kwh"], abs=1e-9)


class TestEnergy:
    @given(sessions(), st.one_of(st.none(), st.integers(0, 4)), st.sampled_from(["full", "departure"]))
    @settings(max_examples=80, deadline=None)
    @pytest.mark.filterwarnings("ignore::itas_mobility.errors.ConvergenceWarning")
    def test_balance_and_steps(self, given_sessions, points, release):
        curves = [
            charge(
                *given_sessions, points=points, point_power_kw=11.0, efficiency=0.87, step_s=60.0 * k, release=release
            )
            for k in (5, 15, 60)
        ]
        need = np.array(given_sessions[2], float)
        for curve in curves:
            assert curve.energy_kwh * 0.87 == pytest.approx(curve.delivered_kwh.sum(), abs=1e-9, rel=1e-9)
            np.testing.assert_allclose(curve.delivered_kwh + curve.unserved_kwh, need, atol=1e-9)
            assert (curve.power_kw <= 11.0 * (len(need) if points is None else points) + 1e-9).all()
            assert curve.energy_kwh == pytest.approx(curves[0].energy_kwh, abs=1e-9)
            np.testing.assert_array_equal(curve.delivered_kwh, curves[0].delivered_kwh)

    @given(sessions())
    @settings(max_examples=40, deadline=None)
    def test_nothing_outside_the_stay(self, given_sessions):
        curve = charge(*given_sessions, **ALL_DAY)
        present = np.zeros(96, bool)
        for a, d in zip(*given_sessions[:2], strict=True):
            stay = np.arange(a, d if d >= a else d + 86400, 30.0)
            present[(np.append(stay, d) // 900).astype(int) % 96] = True
        assert (curve.power_kw[~present] == 0).all()

    def test_no_cars(self):
        curve = charge([], [], [], [], **ALL_DAY, grid_limit_kw=100.0)
        assert (curve.power_kw == 0).all()
        assert (curve.peak_kw, curve.energy_kwh, curve.over_limit_h, curve.overload_kwh) == (0, 0, 0, 0)

    def test_over_midnight(self):
        night = charge([22 * H], [6 * H], [45.0], [11.0], **ALL_DAY)
        day = charge([2 * H], [10 * H], [45.0], [11.0], **ALL_DAY)
        assert night.delivered_kwh[0] == 45.0
        assert night.energy_kwh == pytest.approx(50.0)
        np.testing.assert_allclose(np.roll(night.power_kw, 16), day.power_kw, atol=1e-12)
        late = charge([22 * H], [30 * H], [45.0], [11.0], **ALL_DAY)
        np.testing.assert_array_equal(late.power_kw, night.power_kw)

    def test_power_is_the_lesser_of_car_and_point(self):
        curve = charge([0, 0], [8 * H, 8 * H], [99.0, 99.0], [11.0, 50.0], **ALL_DAY)
        assert curve.power_kw[0] == pytest.approx(11.0 + 22.0)

    def test_one_more_car_adds_its_need(self):
        a, d, need, power = [8 * H] * 4, [16 * H] * 4, [5.0, 7.0, 9.0, 11.0], [11.0] * 4
        more = charge(a, d, need, power, **ALL_DAY)
        fewer = charge(a[:3], d[:3], need[:3], power[:3], **ALL_DAY)
        assert more.energy_kwh - fewer.energy_kwh == pytest.approx(11.0 / 0.9)

    def test_efficiency_of_the_fleet(self):
        fleet = emobility.fleet_from(default_parameters().with_value("charging_efficiency", 0.9, source="test"))
        options = {"points": None, "point_power_kw": 22.0}
        one = charge([0], [8 * H], [9.0], [11.0], efficiency=fleet.charging_efficiency, **options)
        assert one.energy_kwh == pytest.approx(10.0)


class TestQueue:
    def test_second_car_waits_for_the_first(self):
        curve = charge(
            [8 * H, 8.5 * H], [16 * H, 16 * H], [11.0, 11.0], 11.0, points=1, point_power_kw=11.0, efficiency=1.0
        )
        np.testing.assert_allclose(curve.waiting_s, [0, 0.5 * H])
        assert curve.peak_kw == pytest.approx(11.0)
        assert curve.unserved_kwh.sum() == 0

    def test_held_until_departure(self):
        curve = charge(
            [8 * H, 8.5 * H],
            [16 * H, 16 * H],
            [11.0, 11.0],
            11.0,
            points=1,
            point_power_kw=11.0,
            efficiency=1.0,
            release="departure",
        )
        np.testing.assert_allclose(curve.unserved_kwh, [0, 11.0])
        assert curve.waiting_s[1] == pytest.approx(7.5 * H)

    def test_ties_go_by_row_and_strongest_point_first(self):
        curve = charge([8 * H] * 3, [9 * H] * 3, [99.0] * 3, 50.0, points=2, point_power_kw=[11, 22], efficiency=1.0)
        np.testing.assert_allclose(curve.delivered_kwh, [22, 11, 0])

    def test_rows_stay_in_given_order(self):
        curve = charge([9 * H, 8 * H], [17 * H, 17 * H], [5.0, 22.0], 11.0, points=1, point_power_kw=11, efficiency=1.0)
        np.testing.assert_allclose(curve.waiting_s, [1 * H, 0])
        np.testing.assert_allclose(curve.delivered_kwh, [5, 22])

    def test_no_points(self):
        curve = charge([8 * H], [16 * H], [5.0], 11.0, points=0, point_power_kw=11.0, efficiency=0.9)
        assert curve.unserved_kwh[0] == 5.0
        assert curve.waiting_s[0] == 8 * H
        assert curve.peak_kw == 0

    def test_night_car_blocks_the_morning(self):
        # the car of 22:00 holds the only point until 07:00, so that the one of 06:00 waits an hour
        curve = charge(
            [6 * H, 22 * H],
            [14 * H, 7 * H],
            [11.0, 99.0],
            11.0,
            points=1,
            point_power_kw=11.0,
            efficiency=1.0,
        )
        np.testing.assert_allclose(curve.waiting_s, [1 * H, 0])
        assert curve.energy_kwh == pytest.approx(11.0 + 99.0)

    def test_days_that_do_not_repeat_warn(self):
        arrive, depart, need, car, point = SWAPPING
        with pytest.warns(ConvergenceWarning, match="did not settle"):
            curve = charge(
                np.multiply(arrive, H),
                np.multiply(depart, H),
                need,
                car,
                points=2,
                point_power_kw=point,
                efficiency=1.0,
                release="departure",
            )
        assert curve.energy_kwh == pytest.approx(curve.delivered_kwh.sum())

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
            arrive[order], depart[order], need_s[order], car_power[order], point_power, 1000, until_departure
        )
        curve = charge(
            arrive[order],
            depart[order],
            need_s[order] / 3600,
            car_power[order],
            points=n_points,
            point_power_kw=point_power,
            efficiency=1.0,
            release="departure" if until_departure else "full",
        )
        np.testing.assert_allclose(curve.delivered_kwh * 3600, np.multiply(charged, power), atol=1e-6)
        for i, k in enumerate(order):
            if need_s[k] > 0:
                at = depart[k] if taken[i] is None else taken[i]
                assert curve.waiting_s[i] == pytest.approx(at - arrive[k], abs=1e-6)


class TestGridLimit:
    def test_overload_is_reported_not_cut(self):
        args = ([8 * H] * 10, [16 * H] * 10, [11.0] * 10, 11.0)
        options = {"points": None, "point_power_kw": 11.0, "efficiency": 1.0}
        limited, free = charge(*args, **options, grid_limit_kw=80.0), charge(*args, **options)
        np.testing.assert_array_equal(limited.power_kw, free.power_kw)
        assert limited.over_limit_h == pytest.approx(1.0)
        assert limited.overload_kwh == pytest.approx(30.0)
        assert free.over_limit_h == 0

    def test_rounding_is_no_overload(self):
        rng = np.random.default_rng(2)
        arrive = 6 * H + rng.normal(0, 300, 300)
        curve = charge(
            arrive,
            arrive + 8 * H,
            rng.random(300) * 12,
            11.0,
            points=100,
            point_power_kw=11.0,
            efficiency=0.87,
            grid_limit_kw=1100.0,
        )
        assert curve.peak_kw == pytest.approx(1100.0)
        assert (curve.over_limit_h, curve.overload_kwh) == (0, 0)


HELD = {"points": 3, "point_power_kw": 11.0, "efficiency": 0.9, "release": "departure"}


class TestExpectedCars:
    """Groups of expected cars: cars one by one where they are whole, and no order among rows."""

    @given(sessions(max_size=8), st.integers(0, 4))
    def test_whole_cars_are_followed_as_one_by_one(self, given, points):
        arrive, depart, need, _ = given
        arrive = np.round(np.array(arrive)) + np.linspace(0, 0.5, len(arrive))  # no two at the same time
        options = HELD | {"points": points}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            whole = charge(arrive, depart, need, 11.0, **options)
            groups = charge(arrive, depart, need, 11.0, **options, cars=np.ones(len(arrive)))
        assert groups.delivered_kwh.sum() == pytest.approx(whole.delivered_kwh.sum(), abs=1e-6) or points == 0
        np.testing.assert_allclose(groups.delivered_kwh, whole.delivered_kwh, atol=1e-6)
        np.testing.assert_allclose(groups.power_kw, whole.power_kw, atol=1e-6)
        np.testing.assert_allclose(groups.waiting_s, whole.waiting_s, atol=1e-3)

    @given(sessions(max_size=10), st.integers(0, 3), st.integers(0, 2**32 - 1))
    def test_order_and_grouping_of_rows_make_no_difference(self, given, points, seed):
        arrive, depart, need, power = given
        rng = np.random.default_rng(seed)
        arrive = np.round(np.array(arrive) / H) * H % 86400  # many at the same time
        cars = rng.uniform(0, 2, len(arrive))
        order = rng.permutation(len(arrive))
        options = HELD | {"points": points}

        def pick(values):
            return np.asarray(values, float)[order]

        def twice(values):
            return np.repeat(np.asarray(values, float), 2)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            one = charge(arrive, depart, need, power, **options, cars=cars)
            other = charge(pick(arrive), pick(depart), pick(need), pick(power), **options, cars=pick(cars))
            halves = charge(twice(arrive), twice(depart), twice(need), twice(power), **options, cars=0.5 * twice(cars))
        np.testing.assert_allclose(other.delivered_kwh, pick(one.delivered_kwh), atol=1e-9)
        np.testing.assert_allclose(other.power_kw, one.power_kw, atol=1e-9)
        np.testing.assert_allclose(halves.power_kw, one.power_kw, atol=1e-9)
        assert halves.unserved_kwh.sum() == pytest.approx(one.unserved_kwh.sum(), abs=1e-9)

    @given(sessions(), st.one_of(st.none(), st.integers(0, 4)))
    def test_balance(self, given, points):
        arrive, depart, need, power = given
        cars = np.linspace(0.0, 1.7, len(arrive))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            curve = charge(arrive, depart, need, power, **(HELD | {"points": points}), cars=cars)
        np.testing.assert_allclose(curve.delivered_kwh + curve.unserved_kwh, cars * need, atol=1e-9)
        assert curve.energy_kwh * 0.9 == pytest.approx(curve.delivered_kwh.sum(), abs=1e-6)
        if points is not None:
            assert curve.peak_kw <= points * 11.0 * (1 + 1e-9)

    def test_those_who_come_together_share_what_is_free(self):
        curve = charge([0.0, 0.0], [8 * H, 8 * H], [22.0, 88.0], 11.0, **(HELD | {"points": 1}), cars=[1.0, 3.0])
        np.testing.assert_allclose(curve.delivered_kwh, [22.0 / 4, 3 * 79.2 / 4])

    def test_the_expectation_of_case_19(self, shared_data):
        case = json.loads((shared_data / "cases/emobility/19_expected_load.json").read_text())
        given, expected = case["input"], case["expected"]
        cars = electric_cars(np.full(given["zones"], given["cars_per_zone"]), given["electric_share"])
        plugged = cars * given["plug_in_probability"]
        curve = charge(
            np.full(50, 6 * H), np.full(50, 14 * H), given["energy_kwh_by_zone"], 11.0, points=None,
            point_power_kw=11.0, efficiency=1.0, cars=plugged,
        )  # fmt: skip
        assert cars.sum() == pytest.approx(expected["expected_electric_cars"])
        assert plugged.sum() == pytest.approx(expected["expected_sessions"])
        assert curve.energy_kwh == pytest.approx(expected["expected_kwh"])

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"cars": [1.0, -1.0]}, r"cars\[1\] = -1.0"),
            ({"cars": [1.0]}, "cars: shape"),
            ({"release": "full"}, "release: groups of cars hold their point until departure"),
            ({"point_power_kw": [11.0, 11.0, 22.0]}, "point_power_kw: groups of cars need points of equal power"),
        ],
    )
    def test_refusals(self, change, words):
        with pytest.raises(InputError, match=words):
            charge([0.0, H], [H, 2 * H], [1.0, 1.0], 11.0, **(HELD | {"cars": [1.0, 1.0]} | change))


def test_a_limit_reached_exactly_is_not_exceeded():
    """Three points of 3.7 kW on 11.1 kW: 3.7 + 3.7 + 3.7 is 11.100000000000001 in floating point."""
    options = {"points": 3, "point_power_kw": 3.7, "efficiency": 1.0, "grid_limit_kw": 11.1}
    for more in ({}, {"cars": np.ones(3), "release": "departure"}):
        curve = charge([0.0] * 3, [20000.0] * 3, [50.0] * 3, 11.0, **options, **more)
        assert curve.over_limit_h == 0
        assert curve.peak_kw == 11.1


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"strategy": "magic"}, "strategy 'magic' is not known; known: uncontrolled"),
            ({"release": "never"}, "release 'never'"),
            ({"efficiency": 0.0}, "efficiency"),
            ({"efficiency": 1.1}, "efficiency"),
            ({"step_s": 1000.0}, "step_s: 1000.0 must divide"),
            ({"step_s": 0.0}, "step_s"),
            ({"points": -1}, "points: -1"),
            ({"point_power_kw": [11.0, 11.0, 11.0]}, "point_power_kw: shape"),
            ({"need_kwh": [1.0, -2.0]}, r"need_kwh\[1\] = -2.0"),
            ({"arrive_s": [0.0, np.nan]}, r"arrive_s\[1\]"),
            ({"depart_s": [0.0]}, "depart_s: shape"),
            ({"depart_s": [H, 30 * H]}, "session 1: stays 29.00 h"),
            ({"grid_limit_kw": -5.0}, "grid_limit_kw"),
        ],
    )
    def test_named(self, change, words):
        options = {
            "arrive_s": [0.0, H],
            "depart_s": [H, 2 * H],
            "need_kwh": [1.0, 1.0],
            "power_kw": 11.0,
            "points": 2,
            "point_power_kw": 11.0,
            "efficiency": 0.9,
        }
        with pytest.raises(InputError, match=words):
            charge(**(options | change))

    def test_noun_is_read_only_and_whole(self):
        curve = charge([0.0], [H], [1.0], 11.0, points=1, point_power_kw=11.0, efficiency=0.9)
        with pytest.raises(ValueError, match="read-only"):
            curve.power_kw[0] = 1.0
        assert "Charging" in curve._repr_html_()
        assert list(curve.to_dataframe().columns) == ["time_s", "power_kw"]
        with pytest.raises(InputError, match="are no day"):
            ChargingCurve(np.zeros(3), np.zeros(3), 900.0, np.zeros(0), np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("points", [None, 20, 4])
def test_groups_that_are_all_charged_leave_nothing(points):
    """What is left of a sum of energies by rounding is no need that was not served."""
    rng = np.random.default_rng(7)
    arrive = np.repeat(np.arange(6.0, 10.0), 30) * H
    cars, need = rng.uniform(0.01, 0.1, arrive.size), rng.uniform(0.1, 9.0, arrive.size)
    options = HELD | {"points": points}
    curve = charge(arrive, arrive + 9 * H, need, 11.0, **options, cars=cars)
    if points == 4:  # those who come at nine find no point until those of six leave at three, and then have time
        assert curve.waiting_s.max() > H
    assert curve.unserved_kwh.max() == 0.0
    np.testing.assert_allclose(curve.delivered_kwh, cars * need, rtol=1e-12)
