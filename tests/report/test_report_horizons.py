"""What the page tells of two horizons and of the benefit."""

from dataclasses import replace

import pandas as pd
import pytest
import report_fakes
from report_fakes import german

from itas_mobility import report
from itas_mobility.report import tables
from itas_mobility.report.maps import municipality_names
from itas_mobility.scenarios import INDICATORS


@pytest.fixture
def sides():
    region = report_fakes.make_region()
    base, run = (report_fakes.make_run(region, name, name, name) for name in ("base", "changed"))
    return region, base, run


def with_benefit(region, run, short, long_run, *, left_out=0.0):
    """Every zone gains the same per person; ten persons live in each."""
    n = len(region.zones)
    rows = {
        "zone_id": region.zones.zone_id, "segment": "office", "persons": 10.0, "persons_left_out": left_out / n,
        "persons_new": 0.0, "benefit_eur_per_day": short / n, "rule_of_half_eur_per_day": short / n,
        "benefit_long_eur_per_day": long_run / n,
    }  # fmt: skip
    return replace(run, tables=run.tables | {"benefit": pd.DataFrame(rows)})


def test_only_what_is_shown_otherwise_in_the_long_run_is_told(sides):
    _, base, run = sides
    before = {"car_share": 70.0, "veh_km_per_day": 1000.0, "relative_gap": 1e-13, "commuters": 50.0}
    base = replace(base, indicators=before, long_run=before)
    after = before | {"car_share": 65.0, "veh_km_per_day": 900.0, "relative_gap": 1e-12}
    run = replace(run, indicators=after, long_run=after | {"veh_km_per_day": 850.0, "relative_gap": 1e-3})
    rows = tables.horizon_rows(INDICATORS, run, base)
    assert [german(row["title"]) for row in rows] == ["Kfz-Fahrleistung im Netz"]
    assert [german(cell["value"]) for cell in rows[0]["cells"]] == ["1.000", "900", "850"]
    assert rows[0]["cells"][0]["difference"] is None
    assert [german(cell["difference"].text) for cell in rows[0]["cells"][1:]] == ["−100", "−150"]
    assert [cell["difference"].kind for cell in rows[0]["cells"][1:]] == ["better", "better"]
    assert tables.horizon_rows(INDICATORS, replace(run, long_run={}), base) == []


def test_benefit_by_municipality_adds_up(sides):
    region, _, run = sides
    n = len(region.zones)
    rows = tables.benefit_rows(region, with_benefit(region, run, -10.0 * n, -9.0 * n))
    assert sum(int(german(row["persons"]).replace(".", "")) for row in rows) == 10 * n
    assert sum(int(german(row["short"]).replace(".", "").replace("−", "-")) for row in rows) == -10 * n
    assert {german(row["each"]) for row in rows} == {"−1,000"}
    places = [german(row["place"]) for row in rows]
    assert "außerhalb der Region" in places
    inside = [name for name in municipality_names(region) if name]
    assert set(places) == {*inside, "außerhalb der Region"}


def test_the_page_tells_both(sides):
    region, base, run = sides
    changed = with_benefit(region, run, 120.0, 130.0, left_out=7.0)
    page = german(report.render(report_fakes.FakeComparison(base, (replace(changed, digest="1" * 64),), region)))
    told = [
        "Kurzfristig und langfristig",
        f"Nutzen für {10 * len(region.zones)} Pendler: +120 € am Tag",
        "(nach der Rule of Half +120 €, langfristig +130 €)",
        "7 Pendler sind nicht bewertet",
        "Für die Pendler ändert sich nichts.",
    ]
    for sentence in told:
        assert sentence in page, sentence


def test_a_run_without_a_benefit_has_no_rows(sides):
    region, _, run = sides
    assert tables.benefit_rows(region, run) == []
    assert not tables.benefit_told(replace(run, tables={}))
    assert not tables.benefit_told(with_benefit(region, run, 0.0, 0.0))
