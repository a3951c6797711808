"""Charging cases: what is read, how series fill the horizon, and every fault by key, session and row."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.core import ChargingCase
from itas_mobility.emobility import case_answer, case_from, charge, read_case
from itas_mobility.errors import InputError

NAN, INF = math.nan, math.inf


def session(**changes):
    return {"id": "a", "arrive": 8.0, "depart": 16.0, "need_kwh": 20.0, "power_kw": 11.0} | changes


def content(*sessions, **changes):
    return {"sessions": list(sessions) or [session()], "point_power_kw": 11.0, "efficiency": 0.9} | changes


def faults(given):
    with pytest.raises(InputError) as refused:
        case_from(given)
    return str(refused.value)


class TestWhatIsRead:
    def test_all_keys(self):
        case = case_from(
            content(
                session(least_kw=4.14, battery_kwh=60, soc_arrive=0.5, cars=0.25, car=7),
                session(id=2, arrive=30, depart=30, need_kwh=0, battery_kwh=50, soc_arrive=1),
                points=2.0,
                standby_kw=0.2,
                release="fee",
                fee_after_h=1.5,
                limit_kw=40,
                connection_kw=200,
                transformer_kva=250,
                power_factor=0.9,
                base_load_kw=100,
                pv_kw=3,
                price_eur_per_kwh=-0.1,
                feed_in_eur_per_kwh=0.07,
                demand_charge_eur_per_kw=2,
                mix_g_per_kwh=380,
                mix_kind="marginal",
                battery_kwh=90,
                battery_kw=30,
                battery_efficiency=0.9,
                battery_start_share=0.2,
                curve_soc_kw=[[0, 11], [0.8, 11], [1, 3]],
                step_h=0.5,
                horizon_h=48,
                title="all of it",
            )
        )
        assert isinstance(case, ChargingCase)
        assert (case.session_id.tolist(), case.step_h, case.horizon_h) == (["a", "2"], 0.5, 48.0)
        assert (case.n_steps, case.title, case.assumptions) == (96, "all of it", ())
        sessions, site, supply = case.sessions, case.site, case.site.supply
        assert sessions.least_kw.tolist() == [4.14, 0.0]
        assert sessions.cars.tolist() == [0.25, 1.0]
        assert sessions.battery_kwh.tolist() == [60.0, 50.0]
        assert sessions.arrival_state_share.tolist() == [0.5, 1.0]
        assert sessions.taper.power_kw.tolist() == [11.0, 11.0, 3.0]
        assert (site.points, site.point_power_kw.tolist(), site.efficiency) == (2, [11.0, 11.0], 0.9)
        assert (site.standby_kw, site.release, site.fee_after_h, site.limit_kw.tolist()) == (0.2, "fee", 1.5, [40.0])
        assert (supply.connection_kw, supply.transformer_kva, supply.power_factor) == (200.0, 250.0, 0.9)
        assert supply.base_load_kw.tolist() == [100.0]
        assert supply.pv_kw.tolist() == [3.0]
        assert supply.price_eur_per_kwh.tolist() == [-0.1]
        assert (supply.feed_in_eur_per_kwh, supply.demand_charge_eur_per_kw) == (0.07, 2.0)
        assert (supply.mix_g_per_kwh.tolist(), supply.mix_kind) == ([380.0], "marginal")
        battery = supply.battery
        assert (battery.energy_kwh, battery.power_kw, battery.efficiency, battery.start_state_share) == (
            90,
            30,
            0.9,
            0.2,
        )

    def test_what_is_left_out(self):
        case = case_from(content({k: v for k, v in session().items() if k != "id"}, price_eur_per_kwh=0.3))
        assert (case.step_h, case.horizon_h, case.session_id.tolist()) == (0.25, 168.0, ["0"])
        assert case.site.points is None
        assert case.site.limit_kw.tolist() == [INF]
        assert (case.site.standby_kw, case.site.release) == (0.0, "full")
        assert case.sessions.cars is None
        assert case.sessions.battery_kwh is None
        assert case.assumptions == ("mix_g_per_kwh is left out: CO2 is counted as 0",)

    def test_null_is_no_limit(self):
        case = case_from(content(points=None, limit_kw=None, connection_kw=None))
        assert (case.site.points, case.site.limit_kw.tolist(), case.site.supply.connection_kw) == (None, [INF], INF)

    def test_keys_around_the_input(self):
        around = {"id": "x", "title": "t", "conventions": "", "expected": {}, "how_known": "", "note": ""}
        assert case_from(around | {"input": content()}).title == "t"
        message = faults(around | {"input": content(), "tilte": "t"})
        assert message == "case: key 'tilte' beside 'input' is not known; did you mean 'title'?"

    def test_points_of_several_powers(self):
        case = case_from(content(points=2, point_power_kw=[11, 22]))
        assert case.site.point_power_kw.tolist() == [11.0, 22.0]
        assert "point_power_kw: 2 powers for 3 points" in faults(content(points=3, point_power_kw=[11, 22]))
        assert "point_power_kw: a list needs 'points'" in faults(content(point_power_kw=[11, 22]))

    def test_overrides(self, tmp_path):
        file = tmp_path / "case.json"
        file.write_text("\ufeff" + json.dumps(content(points=3, limit_kw=5)), encoding="utf-8")
        case = read_case(file, overrides={"points": None, "limit_kw": 7.0})
        assert (case.site.points, case.site.limit_kw.tolist()) == (None, [7.0])


class TestFiles:
    def refused(self, tmp_path, data):
        file = tmp_path / "case.json"
        file.write_bytes(data)
        with pytest.raises(InputError) as refused:
            read_case(file)
        assert str(file) in str(refused.value)
        return str(refused.value)

    def test_unreadable(self, tmp_path):
        with pytest.raises(InputError, match=r"nowhere\.json: cannot be read"):
            read_case(tmp_path / "nowhere.json")
        assert "line 2 is not valid JSON" in self.refused(tmp_path, b'{"points": 1,\n nonsense}')
        assert "is not UTF-8 text (byte 2)" in self.refused(tmp_path, b'{"\xff": 1}')
        assert "must be a table of keys, is a list" in self.refused(tmp_path, b"[]")
        assert "recursion" in self.refused(tmp_path, b"[" * 100_000)

    def test_a_key_that_stands_twice(self, tmp_path):
        assert "key 'points' stands twice" in self.refused(tmp_path, b'{"points": 1, "points": 2}')

    def test_numbers_that_are_none(self, tmp_path):
        text = json.dumps(content(efficiency=NAN, limit_kw=-INF)).encode()
        message = self.refused(tmp_path, text)
        assert "efficiency: is NaN" in message
        assert "limit_kw: -inf must be finite" in message


class TestSeries:
    def price(self, values, **changes):
        case = case_from(content(price_eur_per_kwh=values, mix_g_per_kwh=0, **changes))
        return case.site.supply.series("price_eur_per_kwh", case.n_steps), case.assumptions

    def test_a_day_by_the_hour_repeats(self):
        day = np.arange(24.0)
        got, assumptions = self.price(day.tolist())
        assert np.array_equal(got, np.tile(np.repeat(day, 4), 7))
        assert assumptions == ()

    def test_a_day_by_the_quarter_repeats(self):
        day = np.arange(96.0)
        assert np.array_equal(self.price(day.tolist())[0], np.tile(day, 7))

    def test_a_day_by_the_step_repeats(self):
        day = np.arange(288.0)
        assert np.array_equal(self.price(day.tolist(), step_h=1 / 12)[0], np.tile(day, 7))

    def test_the_whole_horizon(self):
        week = np.arange(168.0)
        assert np.array_equal(self.price(week.tolist())[0], np.repeat(week, 4))
        fine = np.arange(672.0)
        assert np.array_equal(self.price(fine.tolist())[0], fine)

    def test_finer_values_are_meant_and_it_is_said(self):
        fine = np.arange(96.0)
        got, assumptions = self.price(fine.tolist(), step_h=1)
        assert np.array_equal(got, np.tile(fine.reshape(24, 4).mean(axis=1), 7))
        assert assumptions == ("price_eur_per_kwh: each step of 1 h has the mean of its values of 0.25 h",)

    def test_a_horizon_that_ends_within_a_day(self):
        day = np.arange(24.0)
        got, _ = self.price(day.tolist(), horizon_h=36, step_h=1)
        assert np.array_equal(got, np.concatenate([day, day[:12]]))

    def test_steps_across_hours_keep_the_integral(self):
        day = np.arange(24.0)
        got, assumptions = self.price(day.tolist(), step_h=0.4, horizon_h=24)
        edges = np.arange(61) * 0.4
        # of hour h the integral from 0 on is h (h - 1) / 2 and what has passed of the hour times h
        integral = [h * (h - 1) / 2 + h * (edge - h) for edge in edges for h in [int(min(edge + 1e-12, 23))]]
        np.testing.assert_allclose(got, np.diff(integral) / 0.4, atol=1e-12)
        assert assumptions == ()

    @pytest.mark.parametrize("n", [0, 1, 23, 25, 97, 671, 673])
    def test_other_lengths_are_refused(self, n):
        message = faults(content(price_eur_per_kwh=[0.1] * n))
        assert f"price_eur_per_kwh: has {n} values; give 24 (a day by the hour)" in message
        assert "672 (the horizon by the step)" in message

    def test_a_length_with_two_meanings_is_refused(self):
        message = faults(content(session(arrive=1, depart=2), price_eur_per_kwh=[0.1] * 24, horizon_h=6))
        assert "price_eur_per_kwh: 24 values may hold for 0.25 h or 1 h each" in message

    @pytest.mark.parametrize("key", ["limit_kw", "base_load_kw", "pv_kw", "price_eur_per_kwh", "mix_g_per_kwh"])
    def test_faults_of_values_name_key_and_place(self, key):
        values = [1.0] * 24
        for value, what in ((None, "is null, a gap"), (True, "a truth value"), ("1", "is text"), (NAN, "is NaN")):
            values[5] = value
            assert f"{key}[5]: " in faults(content(**{key: values}))
            assert what in faults(content(**{key: values}))
        values[5] = -1.0
        if key == "price_eur_per_kwh":
            assert case_from(content(**{key: values})).site.supply.price_eur_per_kwh.min() == -1.0
        else:
            assert f"{key}[5]: -1 must be not negative" in faults(content(**{key: values}))


# what is changed, and what the message must hold
FAULTS = [
    ({"efficiency": 0}, "efficiency: 0 must be positive"),
    ({"efficiency": 1.01}, "efficiency: 1.01 must be at most 1"),
    ({"efficiency": NAN}, "efficiency: is NaN"),
    ({"efficiency": True}, "efficiency: True is a truth value"),
    ({"efficiency": "0.9"}, "efficiency: '0.9' is text"),
    ({"efficiency": None}, "efficiency: None is null"),
    ({"points": 2.5}, "points: 2.5 must be a whole number"),
    ({"points": -1}, "points: -1 must be not negative"),
    ({"points": NAN}, "points: is NaN"),
    ({"points": True}, "points: True is a truth value"),
    ({"points": "2"}, "points: '2' is text"),
    ({"point_power_kw": -11}, "point_power_kw: -11 must be not negative"),
    ({"point_power_kw": 10**400}, "point_power_kw: inf must be finite"),
    ({"standby_kw": -0.1}, "standby_kw: -0.1 must be not negative"),
    ({"fee_after_h": "an hour"}, "fee_after_h: 'an hour' is text"),
    ({"release": "never"}, "release: 'never' is not known; known: full, departure, fee"),
    ({"release": 3}, "release: 3 is not known"),
    ({"limit_kw": -1}, "limit_kw: -1 must be not negative"),
    ({"limit_kw": {}}, "limit_kw: {} is a table"),
    ({"connection_kw": INF}, "connection_kw: inf must be finite"),
    ({"transformer_kva": -1}, "transformer_kva: -1 must be not negative"),
    ({"power_factor": 1.2}, "power_factor: 1.2 must be at most 1"),
    ({"price_eur_per_kwh": None}, "price_eur_per_kwh: is null"),
    ({"demand_charge_eur_per_kw": -2}, "demand_charge_eur_per_kw: -2 must be not negative"),
    ({"mix_kind": "averge"}, "mix_kind: 'averge' is not known; did you mean 'average'?"),
    ({"battery_kwh": 10}, "battery_kw: is missing"),
    ({"battery_kw": 10}, "battery_kw: says nothing without battery_kwh"),
    ({"battery_kwh": 10, "battery_kw": 5, "battery_efficiency": 0}, "battery_efficiency: 0 must be positive"),
    ({"step_h": 0.31}, "step_h: 0.31 h must divide the horizon of 168 h"),
    ({"step_h": 200}, "step_h: 200 h must divide the horizon of 168 h"),
    ({"step_h": 0}, "step_h: 0 must be positive"),
    ({"step_h": NAN}, "step_h: is NaN"),
    ({"horizon_h": -5}, "horizon_h: -5 must be positive"),
    ({"horizon_h": 12}, "session 'a' (row 0): depart 16 is beyond the horizon, horizon_h 12"),
    ({"sessions": None}, "sessions: is missing"),
    ({"sessions": {}}, "sessions: must be a list, is a table"),
    ({"sessions": [3]}, "sessions[0]: must be a table of keys, is a number"),
    ({"pionts": 3}, "key 'pionts' is not known; did you mean 'points'?"),
    (
        {"connection_kw": 50, "base_load_kw": [40] * 23 + [60]},
        "connection_kw: 50 kW is below the building's own load at",
    ),
    ({"transformer_kva": 50, "base_load_kw": 60}, "transformer_kva: 50 kW is below the building's own"),
    ({"limit_kw": 50, "base_load_kw": [40] * 23 + [60]}, "limit_kw: 50 kW is below the building's own load at step 92"),
    ({"curve_soc_kw": [[0, 11], [1, 3]]}, "curve_soc_kw: needs battery_kwh and soc_arrive"),
    ({"curve_soc_kw": 3}, "curve_soc_kw: must be a list of pairs"),
    ({"curve_soc_kw": [[0, 11, 2]]}, "curve_soc_kw: must be a list of pairs"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_faults_of_the_site(changes, message):
    assert message in faults(content(**changes))


FAULTS_OF_SESSIONS = [
    ({"arrive": -1}, "arrive: -1 must be not negative"),
    ({"arrive": 20}, "depart 16 is before arrive 20; times are hours after Monday 00:00"),
    ({"depart": 168.1}, "depart 168.1 is beyond the horizon, horizon_h 168"),
    ({"depart": NAN}, "depart: is NaN"),
    ({"need_kwh": -20}, "need_kwh: -20 must be not negative"),
    ({"need_kwh": "20"}, "need_kwh: '20' is text"),
    ({"need_kwh": False}, "need_kwh: False is a truth value"),
    ({"need_kwh": None}, "need_kwh: None is null"),
    ({"power_kw": -1}, "power_kw: -1 must be not negative"),
    ({"power_kw": NAN}, "power_kw: is NaN"),
    ({"power_kw": [11]}, "power_kw: [11] is a list"),
    ({"least_kw": 12}, "least_kw 12 is above power_kw 11"),
    ({"cars": -0.5}, "cars: -0.5 must be not negative"),
    ({"battery_kwh": 10}, "need_kwh 20 is above battery_kwh 10"),
    ({"battery_kwh": 30, "soc_arrive": 0.5}, "need_kwh 20 finds no room in battery_kwh 30 at soc_arrive 0.5"),
    ({"battery_kwh": 30, "soc_arrive": 1.2}, "soc_arrive: 1.2 must be at most 1"),
    ({"ned_kwh": 3}, "key 'ned_kwh' is not known; did you mean 'need_kwh'?"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTS_OF_SESSIONS, ids=[message for _, message in FAULTS_OF_SESSIONS])
def test_faults_of_a_session_name_it_and_its_row(changes, message):
    others = {key: 60 for key in ("battery_kwh",) if key in changes} | {
        key: 0 for key in ("soc_arrive",) if key in changes
    }
    told = faults(content(session(id="first", **others), session(id="late", **changes)))
    assert "session 'late' (row 1)" in told
    assert "first" not in told
    assert message in told


@pytest.mark.parametrize("key", ["arrive", "depart", "need_kwh", "power_kw"])
def test_what_a_session_must_say(key):
    bare = {name: value for name, value in session().items() if name != key}
    assert faults(content(bare)) == f"case: session 'a' (row 0), {key}: is missing"


@pytest.mark.parametrize("key", ["battery_kwh", "soc_arrive"])
def test_what_all_sessions_say_or_none(key):
    given = {"battery_kwh": 60.0, "soc_arrive": 0.1}
    other = {name: value for name, value in given.items() if name != key}
    told = faults(content(session(**given), session(id="b", **other)))
    assert f"session 'b' (row 1), {key}: is missing; give it for all sessions, or for none" in told


def test_a_state_without_a_battery():
    assert "soc_arrive: says nothing without battery_kwh" in faults(content(session(soc_arrive=0.1)))


def test_ids_are_unique_and_text():
    assert "session 'a' (row 1): id stands in row 0 too" in faults(content(session(), session()))
    assert "sessions[0].id: 2.5 is a number (float); write text" in faults(content(session(id=2.5)))
    # a session without an id is called by its row, which another may be called too
    assert "session '1' (row 1): id stands in row 0 too" in faults(
        content(session(id="1"), {k: v for k, v in session().items() if k != "id"})
    )


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ([[0.1, 150], [1, 30]], "must reach from state of charge 0 to 1, reaches from 0.1 to 1"),
        ([[0, 150], [0.9, 30]], "must reach from state of charge 0 to 1, reaches from 0 to 0.9"),
        ([], "reaches nowhere"),
        (
            [[0, 150], [0.5, 150], [0.5, 90], [1, 30]],
            "curve_soc_kw[2], state of charge: 0.5 must be above the one before",
        ),
        ([[0, 150], [1, 0]], "curve_soc_kw[1], power: 0 must be positive"),
        ([[0, 150], [1.5, 30]], "curve_soc_kw[1], state of charge: 1.5 must be at most 1"),
    ],
)
def test_faults_of_the_curve(curve, message):
    assert message in faults(content(session(battery_kwh=60, soc_arrive=0.1), curve_soc_kw=curve))


def test_all_faults_are_told_together():
    wrong = session(id="b", arrive=20)
    told = faults(
        content(session(power_kw=-1), wrong, points=2.5, price_eur_per_kwh=[1, None], speed=3, step_h=-1, efficiency=2)
    )
    assert told.startswith("case: 7 faults\n")
    for part in (
        "key 'speed'", "step_h: -1", "session 'a' (row 0), power_kw", "session 'b' (row 1)", "price_eur_per_kwh[1]",
        "points: 2.5", "efficiency: 2",
    ):  # fmt: skip
        assert part in told


def test_a_long_list_of_faults_is_cut_and_says_so():
    told = faults(content(*(session(id=str(i), need_kwh=-1) for i in range(100))))
    assert told.startswith("case: 100 faults\n")
    assert told.endswith("- ... and 60 more")


def test_a_battery_may_carry_the_building():
    case = case_from(content(connection_kw=50, base_load_kw=60, battery_kwh=100, battery_kw=20))
    assert case.site.supply.battery.energy_kwh == 100
    assert len([line for line in case.assumptions if line.startswith("battery_")]) == 2


def test_a_limit_of_charging_may_lie_below_the_building_where_the_connection_is_told():
    case = case_from(content(limit_kw=40, base_load_kw=100, connection_kw=200))
    assert case.site.free_kw(case.n_steps).max() == 40.0


# the answer


def answer_to(given, strategy="uncontrolled"):
    case = case_from(given)
    week = charge(case.sessions, case.site, strategy=strategy, step_h=case.step_h, horizon_h=case.horizon_h)
    return case_answer(case, week)


def test_the_answer_counts_sessions_that_lack_something():
    found = answer_to(content(session(), session(id="b", need_kwh=100), session(id="c", need_kwh=0)))
    assert found["sessions_unserved"] == 1
    assert found["unserved_kwh"] == pytest.approx(100 - 0.9 * 88)
    assert [row["id"] for row in found["sessions"]] == ["a", "b", "c"]
    assert found["sessions"][2] == {"id": "c", "start_h": 16, "stop_h": 16, "delivered_kwh": 0, "waiting_h": 0}


def test_the_answer_is_json_and_tells_assumptions():
    found = answer_to(content(release="fee", points=1))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["assumptions"][0].startswith("fee_after_h is left out")


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 60), st.floats(0, 80), st.floats(0, 22)), min_size=1, max_size=6
    ),
    st.sampled_from([0.25, 0.5, 1.0]),
)
def test_every_session_is_accounted_for(rows, step_h):
    sessions = [
        session(id=str(i), arrive=arrive, depart=arrive + stay, need_kwh=need, power_kw=power)
        for i, (arrive, stay, need, power) in enumerate(rows)
    ]
    found = answer_to(content(*sessions, step_h=step_h, points=2))
    assert found["delivered_kwh"] + found["unserved_kwh"] == pytest.approx(sum(need for _, _, need, _ in rows))
    assert found["grid_kwh"] * 0.9 == pytest.approx(found["delivered_kwh"], abs=1e-9)
    for row, given_session in zip(found["sessions"], sessions, strict=True):
        times = (given_session["arrive"], row["start_h"], row["stop_h"], given_session["depart"])
        assert all(one <= other + 1e-9 for one, other in pairwise(times))
