"""Where electricity is charged: accounts of the page are those of the tables."""

import json
import re

import numpy as np
import pytest
import report_fakes

from itas_mobility import report
from itas_mobility.report import maps, texts
from itas_mobility.report.charged_places import (
    SITE_COLUMNS,
    _hundred,
    balance_rows,
    place_bars,
    places_told,
    site_place_rows,
)


def told(run):
    return " ".join(report_fakes.german(sentence) for sentence in places_told(run))


def rows(run):
    return {
        report_fakes.german(row["title"]): [
            (report_fakes.german(cell["value"]), report_fakes.german(cell["note"])) for cell in row["cells"]
        ]
        for row in balance_rows([run])
    }


@pytest.fixture
def run(comparison):
    """An account reckoned by hand: 1,000 kWh driven, 20 fed back; 600, 300 and 120 charged."""
    table = comparison.base.tables["where_zones"]
    table[table.columns[1:]] = 0.0
    hand = {
        "electric_cars": 125.0, "driven_kwh": 1000.0, "home_kwh": 600.0, "work_kwh": 300.0, "public_kwh": 120.0,
        "fed_back_kwh": 20.0, "home_grid_kwh": 660.0, "work_grid_kwh": 330.0, "public_grid_kwh": 130.0,
        "fed_back_grid_kwh": 18.0, "unserved_home_cars": 6.0, "unserved_public_cars": 3.0, "stranded_cars": 1.0,
    }  # fmt: skip
    for name, value in hand.items():
        table.loc[[0, 2, 5], name] = [0.5 * value, 0.3 * value, 0.2 * value]
    return comparison.base


def test_driven_stands_against_charged(run):
    shown = rows(run)
    assert shown["Elektro-Pkw unterwegs"] == [("125", "")]
    assert shown["Gefahren"] == [("1.000", "")]
    assert shown["Geladen zu Hause"] == [("600", "59 %")]
    assert shown["Geladen bei der Arbeit"] == [("300", "29 %")]
    assert shown["Öffentlich geladen"] == [("120", "12 %")]
    assert shown["Zurückgespeist"] == [("−20", "")]
    assert shown["Geladen insgesamt"] == [("1.000", "")]
    assert shown["Unterschied"] == [("0", "geht auf")]
    assert shown["Strom aus dem Netz"] == [("1.102", "")]
    assert shown["Ladeverluste"] == [("102", "9,3 %")]


def test_an_account_that_does_not_close_says_so(run):
    run.tables["where_zones"].loc[0, "driven_kwh"] += 7.0
    assert rows(run)["Unterschied"] == [("−7", "geht nicht auf")]
    assert [cell["is_over"] for row in balance_rows([run]) for cell in row["cells"]].count(True) == 1


def test_of_a_hundred_kilowatt_hours_each_has_its_place(run):
    assert told(run) == (
        "Von 100 Kilowattstunden kommen 59 von zu Hause, 29 von der Arbeit und 12 von öffentlichen Säulen. Pkw am Tag, "
        "die am Werk laden wollen und dort nichts bekommen: 10. Davon laden dann zu Hause: 6, öffentlich: 3; ohne "
        "Laden unterwegs blieben liegen: 1."
    )
    run.tables["where_zones"][["unserved_home_cars", "unserved_public_cars", "stranded_cars"]] = 0.0
    assert "bekommen" not in told(run)
    assert [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)%"', place_bars([run])[0])] == [
        pytest.approx(share, abs=1e-3) for share in (58.824, 29.412, 11.765)
    ]


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [([1 / 3, 1 / 3, 1 / 3], [34, 33, 33]), ([0.995, 0.005, 0.0], [100, 0, 0]), ([0.0, 1.0, 0.0], [0, 100, 0])],
)
def test_parts_of_a_hundred_add_up(shares, wanted):
    assert _hundred(shares) == wanted


def test_nobody_drives_electric(run):
    run.tables["where_zones"][run.tables["where_zones"].columns[1:]] = 0.0
    assert told(run) == texts.TEXTS["places_none"][0]
    assert "<rect" not in place_bars([run])[0]
    assert rows(run)["Geladen zu Hause"] == [("0", "")]


def test_sites_come_by_energy_and_other_work_last(comparison):
    shown = site_place_rows(comparison.region, comparison.base)
    assert [report_fakes.german(row["site"]) for row in shown] == [
        "Werk Nord",
        "Werk Süd",
        "Andere Arbeitsorte und Büros",
    ]
    table = comparison.base.tables["where"].set_index("site_id").loc["site1"]
    assert [report_fakes.german(cell) for cell in shown[1]["cells"]] == [
        texts.number(table[name], decimals, "de") for name, decimals in SITE_COLUMNS
    ]
    comparison.base.tables["where"]["driven_kwh"] = 0.0
    assert site_place_rows(comparison.region, comparison.base) == []


def test_the_map_has_a_layer_for_each_place(comparison):
    region, runs = comparison.region, [comparison.base, *comparison.runs]
    zones = maps.encode_zones(region, runs, maps.region_plane(region))
    energy = [layer for layer in zones["layers"] if layer["unit"]]
    assert [layer["column"] for layer in energy] == ["home_kwh", "work_kwh", "public_kwh"]
    assert energy[0]["unit"] == {"de": "kWh/Tag", "en": "kWh/day"}
    table = runs[1].tables["where_zones"].set_index("zone_id")["work_kwh"]
    drawn = region.zones.zone_id[maps.drawn_zones(region)]
    assert zones["values"][1]["work_kwh"] == [round(value) for value in table.loc[drawn]]
    for run in runs:
        run.tables["where_zones"][table.name] = np.nan
        for name in ("home_kwh", "public_kwh"):
            run.tables["where_zones"][name] = 0.0
    zones = maps.encode_zones(region, runs, maps.region_plane(region))
    assert not [layer for layer in zones["layers"] if layer["unit"]], "nothing is charged anywhere"
    assert json.dumps(zones, allow_nan=False)


def test_the_page_shows_place_and_balance_in_both_languages(comparison):
    text = report.render(comparison)
    for key in (
        "places_title",
        "balance_title",
        "site_places_title",
        "balance_closed",
        *(f"map_{p}_kwh" for p in ("home", "work")),
    ):
        for words in texts.TEXTS[key]:
            assert words in text
