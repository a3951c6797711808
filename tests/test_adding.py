"""One change, one place: what is added in the files that the page on the house names is seen in all a run gives."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import itas_mobility
from itas_mobility import demand

SRC = Path(itas_mobility.__file__).parent

INDICATOR = """

INDICATORS = (
    *INDICATORS,
    Indicator(
        "commuters_twice", "persons_per_day", Text("Doppelte Pendler", "Commuters twice"), "", 0,
        Text("Nur zur Probe.", "For a test only."), lambda outcome: 2.0 * outcome.commuters,
    ),
)
"""
UTILITY = """

@_mode("scooter", "asc_scooter", "time_bike_per_h", "scooter_speed_km_per_h", nest="active")
def _scooter(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    return value("asc_scooter") + value("time_bike_per_h") * offer.way_km(offer.bike) / value("scooter_speed_km_per_h")
"""
PARAMETER = """
[{name}]
value = {value}
unit = "{unit}"
source = "test"
year = 2026
confidence = "published"
low = {value}
high = {value}
"""
WORDS = """

_MODES["scooter"] = ModeWords(
    Text("Roller", "Scooter"), Text("Roller-Anteil der Pendler", "Scooter share"),
    Text("Anteil der Arbeitswege mit dem Roller.", "Share of commutes by scooter."),
    Text("Anteil Roller", "Share of scooter"),
)
"""
STRATEGY = '''
"""Even power over the whole stay, whatever the points."""

import numpy as np

from itas_mobility.emobility.charging.strategy import Schedule, register


@register("even")
def even(sessions, site, steps):
    """Even power."""
    need, stay_h = sessions.need_of_all_kwh, sessions.depart_h - sessions.arrive_h
    charging_h = sessions.each_cars * stay_h
    drawn = need / site.efficiency + site.standby_kw * charging_h
    none = np.zeros(len(sessions))
    return Schedule(
        sessions.arrive_h, sessions.depart_h, drawn / stay_h, drawn, charging_h, need, none, none,
        sessions.arrive_h, sessions.depart_h,
    )
'''
RUN = """
import sys, warnings
from dataclasses import replace
import numpy as np
from itas_mobility import regions, report, scenarios
from itas_mobility.cli.comparison_table import show_comparison
from itas_mobility.scenarios.measures import ChangeFare
warnings.simplefilter("ignore")
region = regions.zwickau()
region = replace(region, sites=replace(region.sites, charging_strategy=np.array("even")))
run = scenarios.run(region)
scenarios.write_run(run, sys.argv[1] + "/run")
read = scenarios.read_run(sys.argv[1] + "/run")
other = scenarios.run(region, scenarios.Scenario("dear", measures=(ChangeFare(type="change_fare", by_percent=100),)))
comparison = scenarios.compare(run, other, region=region)
report.write(comparison, sys.argv[1] + "/report.html")
report.write_tables(comparison, sys.argv[1] + "/tables")
comparison.to_dataframe().to_csv(sys.argv[1] + "/comparison.csv")
show_comparison(comparison)
assert read.to_json() == run.to_json()
"""


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A run and its report by a copy of the package to which one of each kind was added."""
    folder = tmp_path_factory.mktemp("adding")
    package = folder / "src" / "itas_mobility"
    shutil.copytree(SRC, package, ignore=shutil.ignore_patterns("__pycache__"))
    append(package / "scenarios/indicators/travel.py", INDICATOR)  # an indicator: one file
    append(package / "demand/modes.py", UTILITY)  # a mode: its utility,
    parameters = {"asc_scooter": (-2.0, "1"), "scooter_speed_km_per_h": (20.0, "km/h")}
    text = "".join(PARAMETER.format(name=n, value=v, unit=u) for n, (v, u) in parameters.items())
    append(package / "demand/parameters.toml", text)  # its parameters
    append(package / "words.py", WORDS)  # and its words
    (package / "emobility/charging/even.py").write_text(STRATEGY, encoding="utf-8")  # a strategy: one file
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder)],
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder / "screen.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def test_the_indicator_is_told(result):
    told = json.loads((result / "run" / "run.json").read_text(encoding="utf-8"))["indicators"]
    assert told["commuters_twice"] == 2.0 * told["commuters"]
    page = (result / "report.html").read_text(encoding="utf-8")
    assert "Doppelte Pendler" in page
    assert "Commuters twice" in page
    assert "Doppelte Pendler" in (result / "screen.txt").read_text(encoding="utf-8")
    for file in ("comparison.csv", "tables/indicators.csv"):
        table = pd.read_csv(result / file).set_index("indicator")
        assert table.loc["commuters_twice", "baseline"] == told["commuters_twice"]


def test_the_mode_is_chosen_and_told(result):
    told = json.loads((result / "run" / "run.json").read_text(encoding="utf-8"))["indicators"]
    assert 0.5 < told["scooter_share"] < 50.0
    modes = [*demand.MODES, "scooter"]
    assert sum(told[f"{mode}_share"] for mode in modes) == pytest.approx(100.0)
    accounts = pd.read_csv(result / "run" / "accounts.csv").set_index(["account", "entry"])["value"]
    assert accounts["commuters", "scooter"] == pytest.approx(told["scooter_share"] / 100.0 * told["commuters"])
    for name in ("zones", "sites"):
        table = pd.read_csv(result / "run" / f"{name}.csv")
        assert (table["scooter_share"] * table["workers"]).sum() > 0
    assert "Roller-Anteil der Pendler" in (result / "screen.txt").read_text(encoding="utf-8")
    assert (
        pd.read_csv(result / "comparison.csv").set_index("indicator").loc["scooter_share", "dear"]
        > told["scooter_share"]
    )
    page = (result / "report.html").read_text(encoding="utf-8")
    for words in ("Pedelec-Anteil der Pendler", '"column":"scooter_share"', "Anteil Pedelec", "Pedelec: "):
        assert words in page, words


def test_the_strategy_charges(result):
    told = json.loads((result / "run" / "run.json").read_text(encoding="utf-8"))["indicators"]
    sites = pd.read_csv(result / "run" / "sites.csv")
    table = pd.read_csv(result / "run" / "charging.csv")
    power = table.groupby("time_h")["power_kw"].sum()
    assert told["charging_peak_kw"] == pytest.approx(power.max())
    assert told["charging_energy_kwh"] == pytest.approx(sites["energy_kwh"].sum())
    assert told["charging_energy_kwh"] == pytest.approx(0.25 * power.sum() / 5)
    # even power makes a flat day where cars at full power make a peak in the morning
    assert table.groupby("time_h")["uncontrolled_kw"].sum().max() > 1.5 * power.max()
