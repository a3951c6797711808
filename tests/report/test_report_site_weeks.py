"""Panels of a site's week: sentences and figures are those of the tables."""

import dataclasses
import re

import numpy as np
import pytest
import report_fakes

from itas_mobility import report
from itas_mobility.errors import InputError
from itas_mobility.report import texts
from itas_mobility.report.charging_texts import EXPLANATIONS
from itas_mobility.report.site_weeks import FURTHER, site_panels, site_weeks, week_time
from itas_mobility.words import STRATEGIES


def panels(comparison):
    runs = [comparison.base, *comparison.runs]
    return {panel["site"]: panel for panel in site_panels(comparison.region, runs, shown=1)}


def cells(panel, title, run):
    row = next(row for row in panel["figures"] if report_fakes.german(row["title"]) == title)
    return (
        report_fakes.german(row["cells"][run]["value"]),
        report_fakes.german(row["cells"][run]["note"]),
        row["cells"][run]["is_over"],
    )


def test_figures_are_those_of_the_week(comparison):
    table = comparison.runs[0].tables["charging"]
    mine = table[table["site_id"] == "site0"].reset_index(drop=True)
    mine["power_kw"] = 1.0
    mine.loc[3 * 96 + 25, "power_kw"] = 1234.0  # Thursday 06:15
    mine["free_kw"] = 617.0
    comparison.runs[0].tables["charging"] = mine
    panel = panels(comparison)["Werk Nord"]
    assert cells(panel, "Spitze des Ladens", 1) == ("1.234", "Do 06:15", False)
    assert cells(panel, "Anteil am Anschluss", 1) == ("200", "", True)
    assert cells(panel, "Zeit über der Grenze", 1) == ("0,2", "", True)
    assert cells(panel, "Strom für das Laden", 1) == ("476", "", False)
    told = " ".join(report_fakes.german(sentence) for sentence in panel["told"][1])
    assert "Am stärksten wird am Donnerstag ab 06:15 Uhr geladen: 1.234 kW." in told
    assert "In 0,2 Stunden der Woche reicht der Anschluss nicht; im schlimmsten Fall werden 200 % gebraucht." in told
    assert report_fakes.german(panels(comparison)["Werk Süd"]["told"][1][0]) == texts.TEXTS["week_none"][0]


def test_managing_that_raises_the_peak_is_told(comparison):
    table = comparison.runs[0].tables["charging"]
    table["uncontrolled_kw"] = 0.5 * table["power_kw"]
    told = report_fakes.german(panels(comparison)["Werk Nord"]["told"][1])
    assert "Gesteuert ist die Spitze hier höher als ungesteuert" in told
    table["uncontrolled_kw"] = 4.0 * table["power_kw"]
    assert "die Steuerung spart 75 % der Spitze" in report_fakes.german(panels(comparison)["Werk Nord"]["told"][1])
    table["uncontrolled_kw"] = table["power_kw"]
    panel = panels(comparison)["Werk Nord"]
    assert not re.search("Steuerung|ungesteuert", report_fakes.german(panel["told"][1]), re.IGNORECASE)
    assert not panel["has_unmanaged"]


def test_no_limit_is_said(comparison):
    for run in (comparison.base, *comparison.runs):
        run.tables["charging"]["free_kw"] = np.nan
    panel = panels(comparison)["Werk Nord"]
    assert report_fakes.german(panel["told"][1][1]) == texts.TEXTS["no_limit"][0]
    assert cells(panel, "Anteil am Anschluss", 0) == ("–", "", False)
    assert cells(panel, "Zeit über der Grenze", 0) == ("–", "", False)
    assert not panel["has_limit"]


def test_what_is_not_got_at_the_site_is_energy_share_and_cars(comparison):
    where = comparison.base.tables["where"].set_index("site_id")
    where.loc["site0", ["work_kwh", "fed_back_kwh", "unserved_kwh"]] = [310.0, 10.0, 100.0]
    where.loc["site0", ["unserved_home_cars", "unserved_public_cars", "stranded_cars"]] = [4.0, 2.0, 0.5]
    comparison.base.tables["where"] = where.reset_index()
    panel = panels(comparison)["Werk Nord"]
    assert cells(panel, "Am Werk nicht geladen", 0)[:2] == ("100", "25,0 % des Bedarfs, 6,5 Pkw")


@pytest.mark.parametrize("fault", ["missing step", "day only"])
def test_a_table_that_is_no_week_is_refused(comparison, fault):
    table = comparison.base.tables["charging"]
    kept = table.index != 5 if fault == "missing step" else table["time_h"] < 24
    comparison.base.tables["charging"] = table[kept]
    with pytest.raises(InputError, match=r"run 'base', site site0: table 'charging'.*not a week"):
        site_weeks(comparison.base)


def test_runs_may_have_other_sites(comparison):
    table = comparison.base.tables["charging"]
    comparison.base.tables["charging"] = table[table["site_id"] == "site1"]
    panel = panels(comparison)["Werk Nord"]
    assert cells(panel, "Spitze des Ladens", 0)[0] == "–"
    assert 'data-own="1"' in panel["week"]
    assert 'data-own="0"' not in panel["week"]


def test_hours_of_a_week_are_day_and_clock():
    assert [week_time(hour) for hour in (0.0, 23.75, 24.0, 167.75)] == [
        (0, "00:00"), (0, "23:45"), (1, "00:00"), (6, "23:45"),
    ]  # fmt: skip


def test_words_of_all_figures_and_strategies_are_there():
    for column, *_ in FURTHER:
        assert texts.TEXTS[f"figure_{column}"]
        assert texts.TEXTS[f"figure_{column}_note"]
    from itas_mobility import emobility

    assert set(emobility.STRATEGIES) <= set(STRATEGIES) == set(EXPLANATIONS)


def test_six_runs_of_a_region_with_twenty_three_sites_stay_small():
    region = report_fakes.make_region(sites=[f"Werk {i}" for i in range(23)])
    wanted = [(f"s{i}", f"Szenario {i}", f"Scenario {i}", 0.01 * i, 0.05 * i) for i in range(1, 6)]
    made = report_fakes.make_comparison(region, scenarios=wanted)
    noise = np.random.default_rng(5)
    for run in (made.base, *made.runs):
        # the worst case: nothing repeats, every step differs
        table = run.tables["charging"]
        for name in ("power_kw", "uncontrolled_kw", "base_load_kw"):
            table[name] = table[name] + noise.uniform(0, 50, len(table))
    text = report.render(made)
    assert len(text.encode()) < 5_000_000


def test_the_shown_site_says_that_it_is_stylised(comparison):
    shown = report.render(comparison)
    assert shown.count('class="stylised"') == 3, "two sites, and where electricity is charged"
    plain = dataclasses.replace(comparison, region=dataclasses.replace(comparison.region, is_stylised=False))
    assert 'class="stylised"' not in report.render(plain)
