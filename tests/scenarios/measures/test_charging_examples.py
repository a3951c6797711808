"""The shipped examples of charging run on the embedded region and say what they are."""

from pathlib import Path

import pytest

from itas_mobility import scenarios

EXAMPLES = sorted((Path(__file__).parents[3] / "scenarios" / "charging").glob("*.toml"))


def test_there_are_examples():
    assert [path.stem for path in EXAMPLES] == ["managed_2035", "winter_day_2035"]


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_an_example_changes_what_it_says(path, zwickau):
    scenario = scenarios.load(path)
    assert scenario.title_in("de") != scenario.title_in("en")
    applied = scenario.apply(zwickau)
    assert set(applied.sites.charging_strategy) == {"peak_minimal"}
    assert applied.sites.charging_points[applied.sites.row("vw_mosel")] == 150
    assert applied.parameters.value("scenario_year") == 2035
    assert applied.parameters.value("ev_share") > 2 * zwickau.parameters.value("ev_share")


def test_a_cold_day_asks_for_more(zwickau, store):
    runs = [scenarios.run(zwickau, scenarios.load(path), store=store) for path in EXAMPLES]
    usual, cold = (run.indicators for run in runs)
    assert cold["electric_cars"] == pytest.approx(usual["electric_cars"])
    assert cold["charging_energy_kwh"] > 1.1 * usual["charging_energy_kwh"]
    assert usual["sites_over_grid_limit"] == cold["sites_over_grid_limit"] == 0
