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
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register


@register("toy")
def even(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Even power."""
    arrive, depart, need = sessions.arrive_h, sessions.depart_h, sessions.need_of_all_kwh
    drawn = need / site.efficiency
    none = np.zeros(len(sessions))
    return Schedule(
        arrive, depart, drawn / (depart - arrive), drawn, none, need, none, none, arrive, depart, unsettled=WHY
    )
'''
SESSIONS = ChargingSessions([0.0], [2.0], [18.0], 11.0)
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
    before, heedless = dict(strategy._KNOWN), set(strategy.HEEDLESS)
    yield
    strategy._KNOWN.clear()
    strategy._KNOWN.update(before)
    strategy.HEEDLESS.clear()
    strategy.HEEDLESS.update(heedless)


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
# The first charges for 6 car hours, of which the cars' control takes 0.1 kW: 0.9 * (60.6 - 0.6) = 54.
GROUPS = ChargingSessions([0.0, 1.0], [2.0, 3.0], [18.0, 9.0], 11.0, cars=[3.0, 1.0])
CONTROLLED = replace(SITE, standby_kw=0.1)
KEPT = {
    "start_h": [0.0, 1.0, 1.5], "end_h": [2.0, 1.5, 2.0], "power_kw": [30.3, 8.2, 2.0],
    "drawn_kwh": [60.6, 5.1], "charging_h": [6.0, 1.0],
    "delivered_kwh": [54.0, 4.5], "unserved_kwh": [0.0, 4.5], "waiting_h": [0.0, 0.5],
    "begin_h": [0.0, 1.0], "finish_h": [2.0, 2.0],
}  # fmt: skip
BROKEN = {
    "five times the need, and nothing from the grid": (
        {"power_kw": [0.0] * 3, "drawn_kwh": [0.0] * 2, "delivered_kwh": [270.0, 45.0], "unserved_kwh": [0.0, 0.0]},
        "session 0 needs 54 kWh, but 270 kWh delivered and 0 kWh unserved are 270 kWh",
        "session 1 needs 9 kWh, but 45 kWh",
        "session 0: 270 kWh are delivered, but 0 kWh drawn",
    ),
    "cars of a group are forgotten": ({"delivered_kwh": [18.0, 4.5]}, "session 0 needs 54 kWh, but 18 kWh delivered"),
    "need is lost": ({"unserved_kwh": [0.0, 4.4]}, "session 1 needs 9 kWh, but 4.5 kWh delivered and 4.4 kWh unserved"),
    "need is lost, by a millionth": (
        {"unserved_kwh": [0.0, 4.499991]}, "4.5 kWh delivered and 4.499991 kWh unserved are 8.999991 kWh",
    ),
    "losses are left out": (
        {"drawn_kwh": [54.6, 5.1], "power_kw": [27.3, 8.2, 2.0]},
        "session 0: 54 kWh are delivered, but 54.6 kWh drawn, less losses and what is fed back, are 48.6 kWh",
    ),
    "control takes nothing": ({"charging_h": [0.0, 1.0]}, "session 0: 54 kWh are delivered", "are 54.54 kWh"),
    "fed back for nothing": ({"fed_back_kwh": [0.0, 0.9]}, "session 1: 4.5 kWh are delivered", "are 3.5 kWh"),
    "energy from nowhere, by a millionth": (
        {"power_kw": [30.29997, 8.2, 2.0]}, "sessions draw 65.7 kWh, but the grid gives 65.69994 kWh",
    ),
    "one session too few": (
        {name: KEPT[name][:1] for name in KEPT if name not in ("start_h", "end_h", "power_kw")},
        "tells of 1 sessions, not of 2",
    ),
    "negative": ({"unserved_kwh": [-1e-3, 4.5]}, "Schedule: unserved_kwh[0] = -0.001 is below 0"),
    "negative energy of a session": ({"drawn_kwh": [-60.6, 5.1]}, "drawn_kwh[0] = -60.6 is below 0"),
    "before Monday": ({"start_h": [-0.1, 1.0, 1.5]}, "start_h[0] = -0.1 is below 0"),
    "missing": ({"waiting_h": [0.0, np.nan]}, "waiting_h[1] = nan is NaN"),
    "backwards": ({"end_h": [2.0, 0.5, 2.0]}, "end_h: an interval must not end before it starts"),
    "columns of unequal length": (
        {"end_h": [2.0], "waiting_h": [0.0]},
        "2 faults", "end_h: shape (1,), expected (3,)", "waiting_h: shape (1,), expected (2,)",
    ),
}  # fmt: skip


def told(*, heeds_limit=True, **changes):
    """Register a strategy that tells of `GROUPS` what is kept, but for the changes."""
    strategy.register("told", heeds_limit=heeds_limit)(lambda *_: strategy.Schedule(**(KEPT | changes)))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("changes", "messages"), [(one[0], one[1:]) for one in BROKEN.values()], ids=BROKEN)
def test_an_account_that_does_not_come_out_is_refused(changes, messages):
    told(**changes)
    with pytest.raises(InputError) as refusal:
        charge(GROUPS, CONTROLLED, strategy="told")
    for message in ("strategy 'told': ", *messages):
        assert message in str(refusal.value)


@pytest.mark.usefixtures("known")
def test_an_account_that_comes_out_but_for_rounding_is_taken():
    told()
    assert charge(GROUPS, CONTROLLED, strategy="told").energy_kwh == pytest.approx(65.7)
    told(delivered_kwh=[54.0 * (1 + 1e-10), 4.5], power_kw=[30.3 * (1 - 1e-10), 8.2, 2.0])
    assert charge(GROUPS, CONTROLLED, strategy="told").energy_kwh == pytest.approx(65.7)
    # a need that is smaller than what the clock can tell, beside one that is not
    tiny = ChargingSessions([160.0], [167.9], [1e-12], 11.0)
    assert charge(tiny, SITE).delivered_kwh.tolist() == [1e-12]


@pytest.mark.usefixtures("known")
def test_more_than_is_free_is_refused_where_the_strategy_says_that_it_heeds_the_limit():
    told()
    limited = replace(CONTROLLED, limit_kw=38.5)
    assert charge(GROUPS, limited, strategy="told").peak_kw == pytest.approx(38.5)
    tight = replace(CONTROLLED, limit_kw=38.4)
    with pytest.raises(InputError, match=r"strategy 'told': draws 38\.5 kW at step 4, where 38\.4 are free"):
        charge(GROUPS, tight, strategy="told")
    by_step = np.full(672, 40.0)
    by_step[7] = 32.2
    with pytest.raises(InputError, match=r"draws 32\.3 kW at step 7, where 32\.2 are free"):
        charge(GROUPS, replace(CONTROLLED, limit_kw=by_step), strategy="told")
    told(heeds_limit=False)
    assert charge(GROUPS, tight, strategy="told").over_limit_h == 0.5


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
        "sessions, site = ChargingSessions([0.], [2.], [18.], 11.), ChargingSite(None, 11., .9);"
        "curve = emobility.charge(sessions, site, strategy='toy');"
        "print('toy' in emobility.STRATEGIES, len(emobility.STRATEGIES), curve.peak_kw)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == f"True {len(STRATEGIES) + 1} 10.0"
