"""A strategy is one file: it registers itself, and the verb, the list of strategies and the messages know it."""

import importlib.util
import os
import shutil
import subprocess
import sys
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
    power = sessions.need_kwh * 3600 / (sessions.depart_s - sessions.arrive_s) / site.efficiency
    none = np.zeros(len(sessions))
    return Schedule(sessions.arrive_s, sessions.depart_s, power, sessions.need_kwh, none, none, unsettled=WHY)
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
    assert list(STRATEGIES)[-1] == "toy"
    with pytest.raises(InputError, match=r"strategy 'magic' is not known; known: .*uncontrolled.*, toy"):
        charge(SESSIONS, SITE, strategy="magic")


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
