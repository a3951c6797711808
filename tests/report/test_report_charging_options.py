"""Strategies side by side, and what a site could do: what is marked and said follows the numbers."""

import dataclasses
import re

import numpy as np
import pytest
import report_fakes
from report_fakes import german

from itas_mobility import report
from itas_mobility.errors import InputError
from itas_mobility.report.charging_options import COLUMNS, WORTH, option_panels, strategy_rows
from itas_mobility.report.charging_texts import TEXTS


@pytest.fixture
def runs(comparison):
    comparison.runs[0].tables["sites"].loc[0, "charging_peak_kw"] = 240.0
    return [comparison.base, *comparison.runs]


@pytest.fixture
def options(runs):
    return report_fakes.make_options(runs[1])


@pytest.fixture
def panel(options, runs):
    return lambda: option_panels(options, runs)["site0"]


def marked(panel, mark):
    """Pairs of strategy and column that bear a mark."""
    return {
        (german(row["name"]), column)
        for row in panel()["rows"]
        for (column, _, _), cell in zip(COLUMNS, row["cells"], strict=True)
        if cell[mark]
    }


def said(panel, part):
    return [german(sentence) for sentence in panel()[part]]


def test_the_lowest_of_each_column_is_marked(panel):
    assert marked(panel, "is_lowest") == {
        ("Kleinste Spitze", "peak_kw"), ("Der Reihe nach", "over_limit_h"), ("Kleinste Spitze", "over_limit_h"),
        ("Ungesteuert", "unserved_kwh"), ("Gleichmäßig je Auto", "unserved_kwh"), ("Kleinste Spitze", "unserved_kwh"),
        ("Kleinste Kosten", "unserved_kwh"), ("Kleinste Kosten", "cost_eur"),
    }  # fmt: skip
    assert [german(row["name"]) for row in panel()["rows"] if row["is_chosen"]] == ["Der Reihe nach"]
    assert german(panel()["rows"][1]["cells"][2]["note"]) == "3,1 % des Bedarfs"


def test_where_all_are_alike_none_is_the_lowest(options, panel):
    options.strategies["cost_eur"] = 5.0
    assert not any(column in ("cost_eur", "co2_kg") for _, column in marked(panel, "is_lowest"))
    assert german(panel()["rows"][0]["cells"][-1]["value"]) == "–"


def test_managing_above_unmanaged_is_marked_and_said(options, panel):
    assert marked(panel, "is_higher") == {("Gleichmäßig je Auto", "peak_kw"), ("Kleinste Kosten", "peak_kw")}
    assert said(panel, "advice")[0].startswith(
        "Höher als ungesteuert (300 kW) ist die Spitze bei: Gleichmäßig je Auto (312 kW), Kleinste Kosten (900 kW)."
    )
    options.strategies["peak_kw"] = [300.0, 240.0, 170.0, 158.1, 300.0, np.nan]
    assert marked(panel, "is_higher") == set()
    assert panel()["advice"] == []


def test_overlapping_shifts_get_advice(options, runs, panel):
    told = said(panel, "advice")
    assert "braucht das 2,0-Fache der kleinsten Spitze (312 statt 158 kW)" in told[1]
    assert "versetzt anstecken" in told[1]
    kept = options.strategies[options.strategies["strategy"] != "peak_minimal"]
    without = dataclasses.replace(options, strategies=kept)
    assert len(option_panels(without, runs)["site0"]["advice"]) == 1


def test_strategies_that_do_the_same_are_named_once(options, panel):
    assert not any("Dieselben Zahlen" in sentence for sentence in said(panel, "advice"))
    frame = options.strategies.set_index("strategy")
    figures = [name for name, _, _ in COLUMNS]
    frame.loc["cost_minimal", figures] = frame.loc["peak_minimal", figures]
    options.strategies[figures] = frame[figures].to_numpy()
    told = [sentence for sentence in said(panel, "advice") if "Dieselben Zahlen" in sentence]
    assert [sentence.split(". ")[0] for sentence in told] == [
        "Dieselben Zahlen wie „Kleinste Spitze“ haben: Kleinste Kosten"
    ]


def test_rules_stand_before_programmes(options, runs, panel):
    before = [german(row["name"]) for row in panel()["rows"]]
    order = np.argsort(options.strategies["strategy"].to_numpy(str))
    options = dataclasses.replace(options, strategies=options.strategies.iloc[order])
    assert [german(row["name"]) for row in option_panels(options, runs)["site0"]["rows"]] == before


def test_a_strategy_that_cannot_be_followed_says_why(panel):
    last = panel()["rows"][-1]
    assert german(last["name"]) == "Mit Rückspeisung"
    assert german(last["note"]) == "Hier nicht möglich: no prices"
    assert {german(cell["value"]) for cell in last["cells"]} == {"–"}


def test_without_prices_there_are_no_costs(options, panel):
    assert TEXTS["advice_no_prices"][0] not in said(panel, "advice")
    options.strategies["cost_eur"] = np.nan
    assert TEXTS["advice_no_prices"][0] in said(panel, "advice")


def test_the_outlook_names_limits_years_points_and_worth(panel):
    assert said(panel, "outlook") == [
        (
            "Ungesteuert reicht der Anschluss, bis 12 % der Pkw elektrisch sind (gerechnet: 5 %). Das ist "
            "voraussichtlich 2031 so weit (Spanne 2029 bis 2036)."
        ),
        (
            "Mit der gewählten Strategie „Der Reihe nach“ werden 95 % des Bedarfs geladen, bis 55 % der Pkw "
            "elektrisch sind (gerechnet: 5 %). So viele werden es nach der Kurve des Hochlaufs nicht (frühestens: "
            "2041)."
        ),
        "Damit 95 % des Bedarfs geladen werden, braucht es 62 Ladepunkte; es gibt 40.",
        "Mit „Kleinste Spitze“ lädt ein Kilowatt mehr Anschluss in der Woche 12,3 kWh mehr.",
        "Mit „Kleinste Kosten“ macht mehr Anschluss den Strom nicht billiger.",
        "Mit „Kleinste Spitze“ lädt ein Ladepunkt mehr in der Woche 3,2 kWh mehr.",
        "Jede Minute, um die eine Schicht später ansteckt, senkt die Spitze von „Gleichmäßig je Auto“ um 1,5 kW.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (np.nan, "Ungesteuert reicht der Anschluss auch dann, wenn alle Pkw elektrisch fahren."),
        (
            0.03,
            (
                "Ungesteuert reicht der Anschluss nur bis 3 % Elektro-Pkw; gerechnet sind schon 5 %. Das ist "
                "voraussichtlich 2031 so weit (Spanne 2029 bis 2036)."
            ),
        ),
    ],
)
def test_a_limit_that_never_breaks_has_no_year_and_a_broken_one_has(options, panel, share, told):
    options.limits["peak_limit_share"] = share
    assert said(panel, "outlook")[0] == told


def test_one_curve_gives_a_year_without_a_band_and_none_gives_none(options, runs):
    years = [name for name in options.limits if "_year" in name]
    one = dataclasses.replace(options, limits=options.limits.drop(columns=years).assign(peak_limit_year=2031.0))
    told = [german(sentence) for sentence in option_panels(one, runs)["site0"]["outlook"]]
    assert told[0].endswith("(gerechnet: 5 %). Das ist voraussichtlich 2031 so weit.")
    assert told[1].endswith("(gerechnet: 5 %).")
    never = dataclasses.replace(one, limits=one.limits.assign(peak_limit_year=np.nan))
    told = [german(sentence) for sentence in option_panels(never, runs)["site0"]["outlook"]]
    assert told[0].endswith("So viele werden es nach der Kurve des Hochlaufs nie.")


@pytest.mark.parametrize(
    ("needed", "words"),
    [(62.0, "braucht es 62"), (40.0, "genügen"), (31.0, "genügen: Für 95 % des Bedarfs reichen 31"),
     (np.nan, "bringen nicht 95 %")],
)  # fmt: skip
def test_points_needed_are_said_as_they_are(options, panel, needed, words):
    options.limits["points_needed"] = needed
    assert sum(words in sentence for sentence in said(panel, "outlook")) == 1


def test_what_was_not_computed_is_not_said(options, runs, panel):
    whole = len(said(panel, "outlook"))
    options.limits["kwh_per_kw"] = np.nan
    assert len(said(panel, "outlook")) == whole - 1
    without = dataclasses.replace(options, limits=options.limits.drop(columns=list(WORTH)))
    assert len(option_panels(without, runs)["site0"]["outlook"]) == whole - len(WORTH)


def test_a_strategy_without_words_bears_its_own_name():
    row = {"strategy": "mine", "is_chosen": False, "refused": "", "unserved_share": 0.0}
    assert german(strategy_rows([row | {name: 1.0 for name, _, _ in COLUMNS}])[0]["name"]) == "mine"


def test_options_belong_to_the_run_with_their_peaks(options, runs):
    assert option_panels(options, runs)["site0"]["runs"] == [1]
    runs[0].tables["sites"].loc[0, "charging_peak_kw"] = 240.0
    assert option_panels(options, runs)["site0"]["runs"] == [0, 1]
    for run in runs:
        run.tables["sites"].loc[0, "charging_peak_kw"] = 241.0
    with pytest.raises(InputError, match="of no run of this comparison"):
        option_panels(options, runs)
    assert option_panels(None, runs) == {}


def test_options_without_the_chosen_strategy_are_refused(options, runs):
    options.strategies["is_chosen"] = False
    with pytest.raises(InputError, match="site site0: 0 strategies are marked as chosen"):
        option_panels(options, runs)


def test_the_page_shows_options_where_there_are_some(comparison, options):
    plain, shown = report.render(comparison), report.render(comparison, charging=options)
    assert "Alle Strategien für dieses Werk" not in plain
    assert shown.count("Alle Strategien für dieses Werk") == 1, "one site of two"
    assert "Das ist voraussichtlich 2031 so weit" in shown
    assert "That is expected in 2031" in shown
    assert not re.search(r"\bnan\b|\binf\b", german(shown[shown.index('id="charging"') : shown.index('id="measures"')]))


def test_a_table_without_its_columns_is_refused(comparison, options, tmp_path):
    lacking = dataclasses.replace(options, limits=options.limits.drop(columns="points"))
    with pytest.raises(InputError, match=r"limits lacks column\(s\) points;"):
        report.write(comparison, tmp_path / "page.html", charging=lacking)
    assert not (tmp_path / "page.html").exists()
