"""The command `charge`: the cases of the shared data by every strategy that is there, and what it refuses."""

import json
import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from itas_mobility.cli import main
from itas_mobility.emobility import STRATEGIES
from itas_mobility.emobility.case_file import _KEYS, _KEYS_OF_SESSION

KEYS = [
    "strategy", "peak_kw", "site_peak_kw", "grid_kwh", "delivered_kwh", "unserved_kwh", "sessions_unserved", "cost_eur",
    "co2_kg", "over_limit_h", "import_kwh", "pv_used_kwh", "power_kw", "sessions", "assumptions",
]  # fmt: skip


class Outcome(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def call(capsys):
    """Run a command in this process, with warnings as on the command line."""

    def run(*arguments):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            with pytest.raises(SystemExit) as left:
                main([str(argument) for argument in arguments])
        return Outcome(left.value.code, *capsys.readouterr())

    return run


def skip_unless_known(strategy):
    if strategy not in STRATEGIES:
        pytest.skip(f"no file registers the strategy {strategy!r}")


@pytest.fixture
def charge(call, tmp_path, shared_data):
    """Charge a case of the shared data by its number, as it is or with some keys changed (None takes one out)."""

    def run(name, strategy, *options, **changes):
        skip_unless_known(strategy)
        (file,) = (shared_data / "cases/emobility").glob(f"{name}*.json")
        if changes:
            content = json.loads(file.read_text(encoding="utf-8"))["input"] | changes
            file = tmp_path / file.name
            file.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), encoding="utf-8")
        found = call("charge", file, "--strategy", strategy, *options, "--json")
        assert found.returncode == 0, found.stderr
        answer = json.loads(found.stdout, parse_constant=lambda constant: pytest.fail(f"{constant} in the answer"))
        assert list(answer) == KEYS
        return answer

    return run


@pytest.fixture
def expected(shared_data):
    def of(name):
        (file,) = (shared_data / "cases/emobility").glob(f"{name}*.json")
        return json.loads(file.read_text(encoding="utf-8"))["expected"]

    return of


def near(value):
    return pytest.approx(value, rel=1e-8, abs=1e-6)


OWN = ("--points", "none")
FREE = ("--points", "none", "--limit-kw", "none")

# case, strategy, options, key of the answer, expected value as the case states it
TABLE = [
    ("01", "balanced", FREE, "peak_kw", 311.633987),
    ("01", "balanced", FREE, "unserved_kwh", 0.0),
    ("01", "peak_minimal", FREE, "peak_kw", 158.14262),
    ("01", "peak_minimal", FREE, "unserved_kwh", 0.0),
    ("01", "first_come", OWN, "unserved_kwh", 0.0),
    ("01", "first_come", ("--points", "none", "--limit-kw", "150"), "unserved_kwh", 613.75),
    ("01", "peak_minimal", ("--points", "none", "--limit-kw", "150"), "unserved_kwh", 613.75),
    ("01", "peak_minimal", ("--points", "none", "--limit-kw", "120"), "unserved_kwh", 2875.0),
    ("02_peak_minimal_11", "peak_minimal", (), "peak_kw", 18.0),
    ("02_peak_minimal_11", "uncontrolled", (), "peak_kw", 33.0),
    ("02_peak_minimal_11", "balanced", (), "peak_kw", 25.0),
    ("02_peak_minimal_22", "peak_minimal", (), "peak_kw", 40.0 / 3.0),
    ("03", "cost_minimal", (), "cost_eur", 12.65),
    ("03", "uncontrolled", (), "cost_eur", 24.75),
    ("05", "balanced", (), "peak_kw", 17.0),
    ("05", "balanced", (), "grid_kwh", 138.0),
    ("05", "balanced", (), "unserved_kwh", 0.0),
    ("07", "peak_minimal", (), "unserved_kwh", 112.0),
    ("07", "peak_minimal", (), "peak_kw", 40.0),
    ("07", "peak_minimal", (), "grid_kwh", 320.0),
    ("07", "cost_minimal", (), "unserved_kwh", 112.0),
    ("08", "uncontrolled", (), "site_peak_kw", 224.0),
    ("08", "uncontrolled", (), "over_limit_h", 5.0),
    ("08", "first_come", (), "site_peak_kw", 200.0),
    ("08", "peak_minimal", (), "site_peak_kw", 200.0),
    ("08", "peak_minimal", (), "unserved_kwh", 0.0),
    ("08", "cost_minimal", (), "unserved_kwh", 0.0),
    ("10", "photovoltaic", (), "import_kwh", 18.0),
    ("10", "photovoltaic", (), "pv_used_kwh", 102.0),
    ("21", "uncontrolled", (), "co2_kg", 20.9),
    ("21", "emission", (), "co2_kg", 7.7),
]


@pytest.mark.shared_data
@pytest.mark.parametrize(("case", "strategy", "options", "key", "value"), TABLE)
def test_a_figure_of_a_case(charge, case, strategy, options, key, value):
    assert charge(case, strategy, *options)[key] == near(value)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--points", "none"), "uncontrolled_own_points"),
        ((), "uncontrolled_60_points_free_when_full"),
        (("--release", "departure"), "uncontrolled_60_points_until_departure"),
    ],
)
def test_case_01_uncontrolled(charge, expected, options, name):
    wanted = expected("01")[name]
    answer = charge("01", "uncontrolled", *options)
    for key in ("peak_kw", "grid_kwh", "unserved_kwh", "sessions_unserved"):
        assert answer[key] == near(wanted[key])
    assert answer["over_limit_h"] == wanted["over_400_kw_h"]
    power = np.array(answer["power_kw"])
    assert power.size == 672
    assert np.maximum(power - 400.0, 0.0).sum() * 0.25 == near(wanted["overload_400_kwh"])
    assert answer["delivered_kwh"] + answer["unserved_kwh"] == near(11920.0)


@pytest.mark.shared_data
def test_case_04_by_session(charge, expected):
    sessions = charge("04", "uncontrolled")["sessions"]
    assert [session["id"] for session in sessions] == ["0", "1", "2", "3", "4"]
    for key, values in expected("04").items():
        assert [session[key] for session in sessions] == near(values)


@pytest.mark.shared_data
def test_case_05_has_its_peak_where_the_shifts_overlap(charge):
    power = np.array(charge("05", "balanced")["power_kw"])
    assert (np.flatnonzero(power > 16.999) * 0.25).tolist() == [13.5, 13.75]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("strategy", "key"), [("first_come", "fcfs_delivered_kwh"), ("equal_share", "equal_share_each_kwh")]
)
def test_case_07_by_session(charge, expected, strategy, key):
    answer = charge("07", strategy)
    got = [session["delivered_kwh"] for session in answer["sessions"]]
    assert got == near(np.broadcast_to(expected("07")[key], 10).tolist())
    assert answer["grid_kwh"] == near(320.0)
    assert answer["peak_kw"] == near(40.0)


@pytest.mark.shared_data
@pytest.mark.parametrize("strategy", ["uncontrolled", "first_come", "peak_minimal"])
def test_case_08_with_a_connection_below_the_building_is_refused(call, shared_data, tmp_path, strategy):
    skip_unless_known(strategy)
    content = json.loads((shared_data / "cases/emobility/08_base_load.json").read_text(encoding="utf-8"))
    content["input"]["connection_kw"] = 150
    file = tmp_path / "small.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    found = call("charge", file, "--strategy", strategy, "--json")
    assert found.returncode == 2
    assert found.stdout == ""
    assert "connection_kw: 150 kW is below the building's own load at step 6 (base_load_kw 180 kW)" in found.stderr


@pytest.mark.shared_data
@pytest.mark.parametrize("strategy", ["uncontrolled", "first_come", "balanced"])
def test_case_15_follows_the_curve(charge, expected, strategy):
    session = {
        "id": "dc", "arrive": 8, "depart": 9, "need_kwh": 60 * 0.7, "power_kw": 150, "battery_kwh": 60,
        "soc_arrive": 0.1,
    }  # fmt: skip
    changes = {"sessions": [session], "point_power_kw": 150, "step_h": 1 / 60, "horizon_h": 24}
    cut = dict.fromkeys(("battery_kwh", "soc_start", "soc_end"))
    answer = charge("15", strategy, **changes, **cut)
    assert answer["delivered_kwh"] == near(42.0)
    if strategy == "uncontrolled":
        (got,) = answer["sessions"]
        assert got["stop_h"] - got["start_h"] == pytest.approx(expected("15")["hours"], rel=1e-6)
        assert 42.0 / (got["stop_h"] - got["start_h"]) == pytest.approx(expected("15")["mean_kw"], rel=1e-6)


@pytest.mark.shared_data
def test_case_21_with_the_mean_mix(charge, expected):
    mix = charge("21", "uncontrolled", mix_g_per_kwh=(8 * 500 + 4 * 300 + 4 * 100 + 8 * 400) / 24)
    assert mix["co2_kg"] == near(expected("21")["mean_mix_kg"])


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("strategy", "sessions", "key", "name"),
    [
        ("uncontrolled", "sessions_balanced", "peak_kw", "uncontrolled_peak_kw"),
        ("balanced", "sessions_balanced", "peak_kw", "balanced_peak_kw"),
        ("peak_minimal", "sessions_balanced", "peak_kw", "peak_minimal_kw"),
        ("uncontrolled", "sessions_price", "peak_kw", "staggered_uncontrolled_peak_kw"),
        ("cost_minimal", "sessions_price", "peak_kw", "price_led_peak_kw"),
        ("cost_minimal", "sessions_price", "cost_eur", "price_led_cost_eur"),
    ],
)
def test_case_24_managed_can_be_higher(charge, expected, shared_data, strategy, sessions, key, name):
    (file,) = (shared_data / "cases/emobility").glob("24*.json")
    given = json.loads(file.read_text(encoding="utf-8"))["input"][sessions]
    answer = charge("24", strategy, sessions=given, sessions_balanced=None, sessions_price=None)
    assert answer[key] == near(expected("24")[name])


# one session, and what is wrong with it

SESSION = {"id": "a", "arrive": 8.0, "depart": 12.0, "need_kwh": 22.0, "power_kw": 11.0}
CASE = {"sessions": [SESSION], "point_power_kw": 11, "efficiency": 1.0}


@pytest.fixture
def case_file(tmp_path):
    def write(**changes):
        file = tmp_path / "case.json"
        file.write_text(json.dumps(CASE | changes), encoding="utf-8")
        return file

    return write


def test_without_json_a_table_for_people(call, case_file):
    found = call("charge", case_file(price_eur_per_kwh=0.3, mix_g_per_kwh=400), "--strategy", "uncontrolled")
    assert found.returncode == 0
    assert "22,0" in found.stdout
    assert "6,60" in found.stdout
    assert found.stderr == ""


def test_what_is_taken_for_granted_is_told(call, case_file):
    found = call("charge", case_file(), "--strategy", "uncontrolled")
    assert "price_eur_per_kwh is left out" in found.stderr
    found = call("charge", case_file(), "--strategy", "uncontrolled", "--release", "fee", "--json")
    assert any("fee_after_h is left out" in line for line in json.loads(found.stdout)["assumptions"])


def test_options_take_the_place_of_the_file(call, case_file):
    file = case_file(points=3, limit_kw=5, step_h=1)
    wide = json.loads(call("charge", file, "--strategy", "uncontrolled", "--json").stdout)
    assert (wide["over_limit_h"], len(wide["power_kw"])) == (2.0, 168)
    options = ("--limit-kw", "none", "--points", "0", "--step-h", "0.5", "--json")
    none = json.loads(call("charge", file, "--strategy", "uncontrolled", *options).stdout)
    assert (none["over_limit_h"], none["unserved_kwh"], len(none["power_kw"])) == (0.0, 22.0, 336)


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_no_sessions_draw_nothing(call, case_file, strategy):
    found = call("charge", case_file(sessions=[]), "--strategy", strategy, "--json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["power_kw"] == [0.0] * 672
    assert answer["sessions"] == []
    zero = ("peak_kw", "site_peak_kw", "grid_kwh", "delivered_kwh", "unserved_kwh", "cost_eur", "co2_kg", "import_kwh")
    assert [answer[key] for key in zero] == [0.0] * len(zero)


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"bidirectional"}))
def test_no_points_serve_nobody(call, case_file, strategy):
    found = call("charge", case_file(points=0), "--strategy", strategy, "--json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["unserved_kwh"] == 22.0
    assert answer["sessions_unserved"] == 1
    (session,) = answer["sessions"]
    assert (session["start_h"], session["stop_h"], session["waiting_h"]) == (12.0, 12.0, 4.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--points", "2.5"), "points: 2.5 must be a whole number"),
        (("--points", "nan"), "points: is NaN"),
        (("--points", "-1"), "points: -1 must be not negative"),
        (("--points", "many"), "--points 'many' is no number"),
        (("--limit-kw", "nan"), "limit_kw: is NaN"),
        (("--limit-kw", "inf"), "limit_kw: inf must be finite"),
        (("--step-h", "0.31"), "step_h: 0.31 h must divide the horizon of 168 h"),
        (("--step-h", "0"), "step_h: 0 must be positive"),
        (("--release", "ful"), "release: 'ful' is not known; did you mean 'full'?"),
    ],
)
def test_options_that_cannot_be_used(call, case_file, options, message):
    found = call("charge", case_file(), "--strategy", "uncontrolled", *options, "--json")
    assert (found.returncode, found.stdout) == (2, "")
    assert message in found.stderr


def test_an_unknown_strategy_names_the_known_ones(call, case_file):
    found = call("charge", case_file(), "--strategy", "clever", "--json")
    assert found.returncode == 2
    assert "strategy 'clever' is not known" in found.stderr
    assert "uncontrolled" in found.stderr


def test_the_case_on_the_page_is_charged(call, tmp_path):
    page = (Path(__file__).parents[2] / "docs/how-to/charging.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "works.json"
    file.write_text(block, encoding="utf-8")
    found = call("charge", file, "--strategy", "uncontrolled", "--json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert (answer["grid_kwh"], answer["site_peak_kw"], answer["unserved_kwh"]) == (near(50.0), 191.0, 0.0)
    assert [row["start_h"] for row in answer["sessions"]] == [6.0, 22.0]
    for key in KEYS:
        assert f"`{key}`" in page or key == "sessions"
    for key in (*_KEYS, *_KEYS_OF_SESSION[:-2]):
        assert key in page


def test_the_script_on_the_page_runs(tmp_path, monkeypatch):
    skip_unless_known("peak_minimal")
    page = (Path(__file__).parents[2] / "docs/how-to/charging.md").read_text(encoding="utf-8")
    (tmp_path / "works.json").write_text(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    space = {}
    exec(compile(script, "charging.md", "exec"), space)
    assert space["week"].unserved_kwh.sum() == near(0.0)
