"""Strategies side by side, and what a site could do: what is marked and said follows the numbers."""

import dataclasses
import re

import numpy as np
import pytest
import report_fakes
from report_fakes import german

from itas_mobility import report
from itas_mobility.errors import InputError
from itas_mobility.report.charging_options import COLUMNS, Worth, option_panels, strategy_rows


@pytest.fixture
def options():
    return report_fakes.make_options()


def rows(options):
    return {german(row["name"]): row for row in option_panels(options)["site0"]["rows"]}


def marked(options, mark):
    """Pairs of strategy and column that bear a mark."""
    return {
        (name, column)
        for name, row in rows(options).items()
        for (column, _, _), cell in zip(COLUMNS, row["cells"], strict=True)
        if cell[mark]
    }


def test_the_lowest_of_each_column_is_marked(options):
    assert marked(options, "is_lowest") == {
        ("Kleinste Spitze", "peak_kw"), ("Der Reihe nach", "over_limit_h"), ("Kleinste Spitze", "over_limit_h"),
        ("Ungesteuert", "unserved_kwh"), ("Gleichmäßig je Auto", "unserved_kwh"), ("Kleinste Spitze", "unserved_kwh"),
        ("Kleinste Kosten", "unserved_kwh"), ("Kleinste Kosten", "cost_eur"),
    }  # fmt: skip
    assert [name for name, row in rows(options).items() if row["is_chosen"]] == ["Der Reihe nach"]


def test_where_all_are_alike_none_is_the_lowest(options):
    options.strategies["cost_eur"] = 5.0
    assert not any(column in ("cost_eur", "co2_kg") for _, column in marked(options, "is_lowest"))
    assert german(rows(options)["Ungesteuert"]["cells"][-1]["value"]) == "–"


def test_managing_above_unmanaged_is_marked_and_said(options):
    assert marked(options, "is_higher") == {("Gleichmäßig je Auto", "peak_kw"), ("Kleinste Kosten", "peak_kw")}
    told = [german(sentence) for sentence in option_panels(options)["site0"]["advice"]]
    assert told[0].startswith(
        "Höher als ungesteuert (300 kW) ist die Spitze bei: Gleichmäßig je Auto (312 kW), Kleinste Kosten (900 kW)."
    )
    options.strategies["peak_kw"] = [300.0, 240.0, 170.0, 158.1, 300.0]
    assert marked(options, "is_higher") == set()
    assert option_panels(options)["site0"]["advice"] == []


def test_overlapping_shifts_get_advice(options):
    told = [german(sentence) for sentence in option_panels(options)["site0"]["advice"]]
    assert "braucht das 2,0-Fache der kleinsten Spitze (312 statt 158 kW)" in told[1]
    assert "versetzt anstecken" in told[1]
    kept = options.strategies[options.strategies["strategy"] != "peak_minimal"]
    assert len(option_panels(dataclasses.replace(options, strategies=kept))["site0"]["advice"]) == 1


def test_the_outlook_names_year_band_points_and_worth(options):
    assert [german(sentence) for sentence in option_panels(options)["site0"]["outlook"]] == [
        (
            "„Ungesteuert“: Ab 2031 reicht der Anschluss nicht mehr (Spanne 2029 bis 2036); dann sind 12 % der Pkw "
            "elektrisch."
        ),
        (
            "„Der Reihe nach“: Der Anschluss reicht, bis 55 % der Pkw elektrisch sind. Das liegt jenseits des Ausblicks "
            "(frühestens: 2041)."
        ),
        "„Kleinste Spitze“: Der Anschluss reicht auch dann, wenn alle Pkw elektrisch fahren.",
        "Damit 95 % des Bedarfs geladen werden, braucht es 62 Ladepunkte; es gibt 40.",
        "Ein Kilowatt mehr Anschluss: 12,3 kWh mehr geladen in der Woche.",
        "Mehr Anschluss macht den Strom nicht billiger.",
        "Ein Ladepunkt mehr: 3,2 kWh mehr geladen in der Woche.",
        "Jede Minute, um die die Schichten versetzt anstecken, senkt die Spitze um 1,5 kW.",
    ]


@pytest.mark.parametrize(
    ("needed", "said"),
    [(62.0, "braucht es 62"), (40.0, "genügen"), (31.0, "genügen: Für 95 % des Bedarfs reichten 31"),
     (np.inf, "bringen nicht 95 %"), (np.nan, None)],
)  # fmt: skip
def test_points_needed_are_said_as_they_are(options, needed, said):
    options.worth["points_needed"] = needed
    told = " ".join(german(sentence) for sentence in option_panels(options)["site0"]["outlook"])
    assert said in told if said else "95 %" not in told


def test_what_was_not_computed_is_not_said(options):
    for field in dataclasses.fields(Worth)[2:]:
        options.worth[field.name] = np.nan
    empty = dataclasses.replace(options, breaks=options.breaks.iloc[:0])
    assert option_panels(empty)["site0"]["outlook"] == []


def test_a_strategy_without_words_bears_its_own_name():
    row = {"strategy": "mine", "is_chosen": False, **{name: 1.0 for name, _, _ in COLUMNS}}
    assert german(strategy_rows([row])[0]["name"]) == "mine"


def test_the_page_shows_options_where_there_are_some(comparison, options):
    plain, shown = report.render(comparison), report.render(comparison, charging=options)
    assert "Alle Strategien für dieses Werk" not in plain
    assert shown.count("Alle Strategien für dieses Werk") == 1, "one site of two"
    assert "Ab 2031 reicht der Anschluss nicht mehr" in shown
    assert "from 2031 the connection no longer suffices" in shown
    assert not re.search(r"\bnan\b|\binf\b", german(shown[shown.index('id="charging"') : shown.index('id="measures"')]))


def test_a_table_without_its_columns_is_refused(comparison, options, tmp_path):
    lacking = dataclasses.replace(options, worth=options.worth.drop(columns="kw_per_min"))
    with pytest.raises(InputError, match=r"worth lacks column\(s\) kw_per_min"):
        report.write(comparison, tmp_path / "page.html", charging=lacking)
    assert not (tmp_path / "page.html").exists()
