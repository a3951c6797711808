"""A strategy is one file: it registers itself, and the verb, the list of strategies and the messages know it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import itas_mobility
from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility import STRATEGIES, charge
from itas_mobility.emobility.charging import strategy
from itas_mobility.errors import ConvergenceWarning, InputError

TOY = '''
"""Toy: even power over the whole stay, whatever the points."""

import numpy as np

from itas_mobility.core import ChargingSessions, ChargingSite
from itas_mobility.emobility.charging.strategy import Schedule, register


@register("toy")
def even(sessions: ChargingSessions, site: ChargingSite, step_s: float) -> Schedule:
    """Even power."""
    need = sessions.need_kwh * (1.0 if sessions.cars is None else sessions.cars)
    power = need * 3600 / (sessions.depart_s - sessions.arrive_s) / site.efficiency
    none = np.zeros(len(sessions))
    return Schedule(sessions.arrive_s, sessions.depart_s, power, need, none, none, unsettled=WHY)
'''
SESSIONS = ChargingSessions([0.0], [7200.0], [18.0], 11.0)
SITE = ChargingSite(None, 11.0, 0.9)


def loaded(folder: Path, name: str, why: str = "") -> None:
    """Import a module with the toy strategy, as the room does with the files of its folder."""
    file = folder / f"{name}.py"
    file.write_text(TOY.replace("WHY", repr(why)), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


@pytest.fixture
def known(monkeypatch):
    """The registry, put back as it was in the end."""
    before = dict(strategy._KNOWN)
    yield
    strategy._KNOWN.clear()
    strategy._KNOWN.update(before)


@pytest.mark.usefixtures("known")
def test_a_registered_strategy_runs_and_is_listed(tmp_path):
    assert "toy" not in STRATEGIES
    loaded(tmp_path, "toy")
    curve = charge(SESSIONS, SITE, strategy="toy")
    np.testing.assert_allclose(curve.power_kw[:8], 10.0)
    assert curve.energy_kwh == pytest.approx(20.0)
    assert (curve.delivered_kwh.tolist(), curve.unserved_kwh.tolist()) == ([18.0], [0.0])
    groups = charge(replace(SESSIONS, cars=[2.5]), SITE, strategy="toy")
    assert (groups.delivered_kwh.tolist(), groups.peak_kw) == ([45.0], pytest.approx(25.0))
    assert list(STRATEGIES)[-1] == "toy"
    with pytest.raises(InputError, match=r"strategy 'magic' is not known; known: .*uncontrolled.*, toy"):
        charge(SESSIONS, SITE, strategy="magic")


# Two sessions of three and one cars, 18 and 9 kWh needed by each car: kept is what a strategy may tell of them.
GROUPS = ChargingSessions([0.0, 3600.0], [7200.0, 10800.0], [18.0, 9.0], 11.0, cars=[3.0, 1.0])
KEPT = {
    "start_s": [0.0, 3600.0, 5400.0], "end_s": [7200.0, 5400.0, 7200.0], "power_kw": [30.0, 8.0, 2.0],
    "delivered_kwh": [54.0, 4.5], "unserved_kwh": [0.0, 4.5], "waiting_s": [0.0, 1800.0],
}  # fmt: skip
BROKEN = {
    "five times the need, and nothing from the grid": (
        {"power_kw": [0.0, 0.0, 0.0], "delivered_kwh": [270.0, 45.0], "unserved_kwh": [0.0, 0.0]},
        "session 0 needs 54 kWh, but 270 kWh delivered and 0 kWh unserved are 270 kWh",
        "session 1 needs 9 kWh, but 45 kWh",
        "315 kWh are delivered, but the grid gives 0 kWh after losses",
    ),
    "cars of a group are forgotten": ({"delivered_kwh": [18.0, 4.5]}, "session 0 needs 54 kWh, but 18 kWh delivered"),
    "need is lost": ({"unserved_kwh": [0.0, 4.4]}, "session 1 needs 9 kWh, but 4.5 kWh delivered and 4.4 kWh unserved"),
    "need is lost, by a millionth": (
        {"unserved_kwh": [0.0, 4.499991]}, "4.5 kWh delivered and 4.499991 kWh unserved are 8.999991 kWh",
    ),
    "losses are left out": ({"power_kw": [27.0, 7.2, 1.8]}, "58.5 kWh are delivered, but the grid gives 52.65 kWh"),
    "energy from nowhere, by a millionth": ({"power_kw": [29.99997, 8.0, 2.0]}, "the grid gives 58.499946 kWh"),
    "one session too few": (
        {"delivered_kwh": [58.5], "unserved_kwh": [4.5], "waiting_s": [0.0]}, "tells of 1 sessions, not of 2",
    ),
    "negative": ({"unserved_kwh": [-1e-3, 4.5]}, "Schedule: unserved_kwh[0] = -0.001 is below 0"),
    "power fed back": ({"power_kw": [30.0, -8.0, 2.0]}, "power_kw[1] = -8.0 is below 0"),
    "before midnight": ({"start_s": [-60.0, 3600.0, 5400.0]}, "start_s[0] = -60.0 is below 0"),
    "missing": ({"waiting_s": [0.0, np.nan]}, "waiting_s[1] = nan is NaN"),
    "backwards": ({"end_s": [7200.0, 3000.0, 7200.0]}, "end_s: an interval must not end before it starts"),
    "columns of unequal length": (
        {"end_s": [7200.0], "waiting_s": [0.0]},
        "2 faults", "end_s: shape (1,), expected (3,)", "waiting_s: shape (1,), expected (2,)",
    ),
}  # fmt: skip


def told(**changes):
    """Register a strategy that tells of `GROUPS` what is kept, but for the changes."""
    strategy.register("told")(lambda sessions, site, step_s: strategy.Schedule(**(KEPT | changes)))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("changes", "messages"), [(one[0], one[1:]) for one in BROKEN.values()], ids=BROKEN)
def test_an_account_that_does_not_come_out_is_refused(changes, messages):
    told(**changes)
    with pytest.raises(InputError) as refusal:
        charge(GROUPS, SITE, strategy="told")
    for message in ("strategy 'told': ", *messages):
        assert message in str(refusal.value)


@pytest.mark.usefixtures("known")
def test_an_account_that_comes_out_but_for_rounding_is_taken():
    told()
    assert charge(GROUPS, SITE, strategy="told").energy_kwh == pytest.approx(65.0)
    told(delivered_kwh=[54.0 * (1 + 1e-10), 4.5], power_kw=[30.0 * (1 - 1e-10), 8.0, 2.0])
    assert charge(GROUPS, SITE, strategy="told").energy_kwh == pytest.approx(65.0)
    # a need that is smaller than what the clock can tell, beside one that is not
    tiny = ChargingSessions([86000.0], [86399.0], [1e-12], 11.0)
    assert charge(tiny, SITE).delivered_kwh.tolist() == [1e-12]


def test_a_schedule_never_changes():
    power = np.array(KEPT["power_kw"])
    made = strategy.Schedule(**(KEPT | {"power_kw": power}))
    power[0] = 99.0
    assert made.power_kw.tolist() == KEPT["power_kw"]
    for name in KEPT:
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, name)[0] = 1.0


@pytest.mark.usefixtures("known")
def test_what_does_not_settle_is_told_where_the_verb_is_called(tmp_path):
    loaded(tmp_path, "toy", why="goes round in circles")
    with pytest.warns(ConvergenceWarning, match="goes round in circles") as caught:
        charge(SESSIONS, SITE, strategy="toy")
    assert caught[0].filename == __file__


@pytest.mark.usefixtures("known")
def test_two_files_cannot_register_one_name(tmp_path):
    loaded(tmp_path, "toy")
    loaded(tmp_path, "toy")  # the same file read again
    with pytest.raises(ValueError, match="'toy' stands in toy and in other; rename one"):
        loaded(tmp_path, "other")


def test_the_list_of_strategies_cannot_be_changed_from_outside():
    with pytest.raises(TypeError):
        STRATEGIES["magic"] = STRATEGIES["uncontrolled"]


def test_a_file_in_the_folder_is_all_it_takes(tmp_path):
    """In a copy of the package with one more file, the strategy runs by its name."""
    source = Path(itas_mobility.__file__).parent
    copy = tmp_path / "itas_mobility"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.gz", "*.geojson", "*.npz"))
    (copy / "emobility" / "charging" / "toy.py").write_text(TOY.replace("WHY", "''"), encoding="utf-8")
    code = (
        "from itas_mobility import emobility; from itas_mobility.core import ChargingSessions, ChargingSite;"
        "sessions, site = ChargingSessions([0.], [7200.], [18.], 11.), ChargingSite(None, 11., .9);"
        "curve = emobility.charge(sessions, site, strategy='toy');"
        "print(sorted(emobility.STRATEGIES), curve.peak_kw)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "['toy', 'uncontrolled'] 10.0"
