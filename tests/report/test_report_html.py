"""The page: complete, self-contained, safe against hostile names, in two languages."""

import dataclasses
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import report_fakes

from itas_mobility import demand, report
from itas_mobility.core import Parameters, Source
from itas_mobility.errors import InputError
from itas_mobility.report import html, tables, texts
from itas_mobility.report.html import CONTENT_SECURITY, embed_json
from itas_mobility.scenarios import INDICATORS
from itas_mobility.words import Text

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\u2028</style>&'


class Page(HTMLParser):
    """Elements, attributes and texts of a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.data, self._stack = [], [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._stack.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._stack and self._stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, attrs = self._stack[-1] if self._stack else ("", {})
        if attrs.get("id") == "data":
            self.data += data
        elif tag not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture
def page(comparison):
    return Page(report.render(comparison))


def test_nothing_is_fetched_from_anywhere(comparison):
    text = report.render(comparison)
    page = Page(text)
    for tag, attrs in page.tags:
        assert tag not in {"iframe", "object", "embed", "base", "form", "video", "audio", "img"}
        assert not any(name.startswith("on") for name in attrs)
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert attrs.get(name, "#").startswith(("#", "data:")), (tag, attrs)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(|sendBeacon|WebSocket", text)
    assert "http://" not in text
    assert "https://" not in text
    policy = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy == [CONTENT_SECURITY]
    assert "default-src 'none'" in CONTENT_SECURITY


def test_links_within_the_page_lead_somewhere(page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in page.tags:
        if tag == "a":
            assert attrs["href"][1:] in ids


def test_hostile_names_stay_text(monkeypatch):
    polygons, lon, lat, _ = report_fakes.square_zones(3)
    region = report_fakes.make_region(
        title=HOSTILE, sites=(HOSTILE, "b"), stop_names=[HOSTILE] * 12, zones=(polygons, lon, lat, [HOSTILE] * 9)
    )
    evil = dataclasses.replace(region.parameters["ev_share"], name=HOSTILE, note=HOSTILE, source=HOSTILE)
    region = dataclasses.replace(
        region,
        sources=(Source(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        parameters=Parameters({HOSTILE: evil}),
        roads=dataclasses.replace(region.roads, names=np.array([HOSTILE] * len(region.roads.names))),
    )
    made = report_fakes.make_comparison(region, scenarios=[(HOSTILE, HOSTILE, HOSTILE, 0.02, 0.1)])
    run = made.runs[0]
    run.tables["shifts"]["shift"] = HOSTILE
    for name in ("first_failing", "first_cause"):
        run.tables["shifts"][name] = HOSTILE
    run.tables["reachability"]["shift"] = HOSTILE
    made.shift_messages[HOSTILE][0] = {"text_de": HOSTILE, "text_en": HOSTILE, "direction": ""}
    run.tables["lines"]["line"] = HOSTILE
    run.tables["lines"]["mode"] = HOSTILE
    made.messages[HOSTILE][0] = {"text_de": HOSTILE, "text_en": HOSTILE, "direction": ""}
    object.__setattr__(run.scenario, "measures", (report_fakes.FakeMeasure(HOSTILE, HOSTILE),))
    evil = dataclasses.replace(
        INDICATORS["car_share"], title=Text(HOSTILE, HOSTILE), explanation=Text(HOSTILE, HOSTILE)
    )
    monkeypatch.setattr(html, "INDICATORS", dict(INDICATORS) | {"car_share": evil})
    page = Page(report.render(made))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 4
    assert "img" not in tags
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert page.text.count("<script>alert(1)</script>") > 30
    data = json.loads(page.data)
    assert data["map"]["sites"]["name"][0] == HOSTILE
    assert data["map"]["roads"]["names"] == [HOSTILE]
    assert data["runs"][1]["de"] == HOSTILE


@pytest.mark.parametrize(
    ("title", "german", "english"),
    [
        ({}, "tram", "tram"),
        ({"de": "Bahn zum Werk"}, "Bahn zum Werk", "Bahn zum Werk"),
        ({"de": "", "en": "Tram to the works"}, "Tram to the works", "Tram to the works"),
        ({"de": " ", "en": ""}, "tram", "tram"),
    ],
)
def test_a_scenario_without_title_is_shown_by_its_name(comparison, title, german, english):
    scenario = comparison.runs[0].scenario
    object.__setattr__(scenario, "title", title)
    assert scenario.name == "tram"
    page = Page(report.render(comparison))
    shown = json.loads(page.data)["runs"][1]
    assert (shown["de"], shown["en"]) == (german, english)
    assert german in page.text


def test_embedded_json_has_no_sign_that_html_knows():
    text = embed_json({HOSTILE: [1, None]})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {HOSTILE: [1, None]}
    with pytest.raises(ValueError, match="JSON compliant"):
        embed_json([float("nan")])


def test_both_languages_are_there_and_the_first_is_chosen(comparison):
    german, english = report.render(comparison), report.render(comparison, language="en")
    assert '<html lang="de">' in german
    assert '<html lang="en">' in english
    for text in (german, english):
        page = Page(text)
        for words in (
            "Das Wichtigste in Kürze",
            "Key messages",
            "1.234.568",
            "1,234,568",
            "78,0 %",
            "78.0 %",
        ):
            assert words in page.text
        assert "Linie 4 fährt alle 8 Minuten bis Mosel" in page.text
        assert "Line 4 runs every 8 minutes to Mosel" in page.text


def test_stylised_regions_say_so_and_others_do_not(comparison):
    disclaimer = "Kein Produkt der Initiative ITAS, des Landkreises Zwickau oder von Volkswagen."
    marked = Page(report.render(comparison)).text
    assert "Stilisierte Region" in marked
    assert "Stylised region" in marked
    assert disclaimer in marked
    plain = dataclasses.replace(comparison, region=dataclasses.replace(comparison.region, is_stylised=False))
    text = Page(report.render(plain)).text
    assert "Stilisierte Region" not in text
    assert disclaimer in text


def test_page_shows_sources_parameters_and_digests(page, comparison):
    for source in comparison.region.sources:
        assert page.text.count(source.attribution) >= 3  # under the map, in the table, at the end
    assert "value_of_time" in page.text
    assert "site0.head_count" in page.text
    assert comparison.runs[0].digest in page.text
    assert ("span", {"class": "grade assumption"}) in page.tags


def test_numbers_of_the_page_are_those_of_the_runs(comparison):
    rows = tables.indicator_rows(INDICATORS, [comparison.base, *comparison.runs])
    by_title = {re.sub(r"<.*?>", " ", str(row["title"])): row for row in rows}
    car = next(row for title, row in by_title.items() if "Pkw-Anteil" in title)
    assert "74,00" in car["cells"][1]["value"]
    assert "−4,00" in car["cells"][1]["difference"].text
    assert car["cells"][1]["difference"].kind == "better"
    assert car["cells"][0]["difference"] is None


@pytest.mark.parametrize(
    ("better", "value", "kind", "arrow"),
    [
        ("higher", 52.0, "better", "▲"),
        ("higher", 48.0, "worse", "▼"),
        ("lower", 52.0, "worse", "▲"),
        ("lower", 48.0, "better", "▼"),
        ("", 52.0, "neutral", "▲"),
        ("lower", 50.004, "none", ""),
        ("lower", float("nan"), "none", ""),
    ],
)
def test_direction_of_differences(better, value, kind, arrow):
    indicator = dataclasses.replace(INDICATORS["car_share"], better=better)
    shown = tables.difference(indicator, value, 50.0)
    assert (shown.kind, shown.arrow) == (kind, arrow)


def test_any_number_of_indicators_is_shown(comparison):
    for run in (comparison.base, *comparison.runs):
        run.indicators.update({name: 0.0 for name in INDICATORS if name not in run.indicators})
    rows = [str(row["title"]) for row in tables.indicator_rows(INDICATORS, [comparison.base, *comparison.runs])]
    assert len(rows) == len(INDICATORS) > 25
    page = Page(report.render(comparison))
    for indicator in INDICATORS.values():
        assert sum(indicator.title.de in row for row in rows) == 1, indicator.name
        assert indicator.explanation.de in page.text
    for run in (comparison.base, *comparison.runs):
        run.indicators.clear()
        run.indicators.update(relative_gap=2e-9)
    assert "2,0 · 10⁻⁹" in Page(report.render(comparison)).text
    for run in (comparison.base, *comparison.runs):
        run.indicators.clear()
    assert "Kennzahlen im Vergleich" in report.render(comparison)


def test_bars_of_modes_are_as_wide_as_their_shares(comparison):
    comparison.base.indicators.update({f"{mode}_share": 0.0 for mode in demand.MODES})
    comparison.base.indicators.update(car_share=62.5, transit_share=25.0, bike_share=12.5, walk_share=0.0)
    modes, bars = tables.mode_rows([comparison.base])
    assert modes == list(demand.MODES)
    assert re.findall(r'<rect [^>]*width="([0-9.]+)%"', str(bars[0])) == ["62.500", "25.000", "12.500"]


def test_each_shift_that_changes_is_told_with_the_way_that_does_it(comparison):
    text = Page(report.render(comparison)).text
    assert "Welche Schichten sich ändern, und welcher Weg es macht" in text
    # the first is among the key messages too
    assert [text.count(f"Schicht {i}: {i} mehr") for i in (1, 2, 9)] == [2, 1, 1]
    assert "3 weitere Schichten" in text
    comparison.shift_messages.clear()
    assert "Keine Schicht ändert sich gegenüber der Ausgangslage." in Page(report.render(comparison)).text


def test_shift_layers_are_offered_where_there_are_shifts(comparison):
    offered = [attrs["value"] for tag, attrs in Page(report.render(comparison)).tags if tag == "option"]
    assert {"shift", "shift_change", "volume"} < set(offered)
    for run in (comparison.base, *comparison.runs):
        for name in ("shifts", "reachability"):
            run.tables[name] = run.tables[name].iloc[:0]
    offered = [attrs["value"] for tag, attrs in Page(report.render(comparison)).tags if tag == "option"]
    assert not {"shift", "shift_change"} & set(offered)
    assert "volume" in offered


def test_the_baseline_alone_is_a_report_too(comparison):
    text = Page(report.render(dataclasses.replace(comparison, runs=()))).text
    assert "nur die Ausgangslage" in text


def test_empty_tables_are_said_to_be_empty(comparison):
    for run in (comparison.base, *comparison.runs):
        for name in ("charging", "lines", "slices", "shifts"):
            run.tables[name] = run.tables[name].iloc[:0]
    text = Page(report.render(comparison)).text
    assert "In keinem Szenario wird an einem Werk geladen." in text
    assert text.count("Dazu enthält dieser Vergleich keine Werte.") >= 3


def test_sites_over_their_limits_are_marked(comparison):
    assert "Mangel 5,30 €/Tag" in report.render(comparison)
    assert 'class="over"' in report.render(comparison)  # more cars than parking spaces in the fake
    for run in (comparison.base, *comparison.runs):
        run.tables["parking"][["shadow_price_eur_per_day", "outside_cars"]] = 0.0
        run.tables["sites"]["charging_peak_kw"] = 1.0
        run.tables["charging"]["free_kw"] = 1e4
    assert 'class="over"' not in report.render(comparison)


def test_same_comparison_gives_same_bytes(comparison, tmp_path):
    first = report.write(comparison, tmp_path / "deep" / "a.html")
    second = report.write(report_fakes.make_comparison(), str(tmp_path / "b.html"))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.html", "b.html", "deep"]


def test_faults_are_named_and_nothing_is_written(comparison, tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    with pytest.raises(InputError, match="'fr'"):
        report.write(comparison, target, language="fr")
    del comparison.runs[0].tables["shifts"]
    comparison.base.tables["links"] = comparison.base.tables["links"].drop(columns="saturation_share")
    with pytest.raises(InputError, match=r"'base'.*'links' lacks column\(s\) saturation_share.*'tram'.*'shifts'"):
        report.write(comparison, target)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("table", ["charging", "where", "where_zones"])
def test_a_run_from_before_the_week_of_charging_is_told_what_it_lacks(comparison, table):
    run = comparison.runs[0]
    run.tables[table] = run.tables[table].iloc[:, :2]
    with pytest.raises(InputError, match=rf"'tram': table '{table}' lacks column\(s\) "):
        report.render(comparison)
    del run.tables[table]
    with pytest.raises(InputError, match=rf"'tram': table '{table}' is missing; run the scenario again"):
        report.render(comparison)


def test_a_path_that_cannot_be_written_is_named(comparison, tmp_path):
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InputError, match=r"folder\.html: cannot be written"):
        report.write(comparison, tmp_path / "folder.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written"):
        report.write(comparison, tmp_path / "file" / "report.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.html"]


def test_a_region_of_nine_thousand_links_stays_below_three_megabytes():
    region = report_fakes.make_region(n=48, zones=report_fakes.square_zones(12), sites=[f"Werk {i}" for i in range(15)])
    wanted = [(f"s{i}", f"Szenario {i}", f"Scenario {i}", 0.01 * i, 0.05 * i) for i in range(1, 6)]
    made = report_fakes.make_comparison(region, scenarios=wanted)
    assert region.roads.n_links > 9000
    page = Page(report.render(made))
    assert len(page.data) < 700_000
    assert len(report.render(made).encode()) < 3_000_000


def test_a_comparison_without_region_is_refused(comparison):
    with pytest.raises(InputError, match="no region"):
        report.render(dataclasses.replace(comparison, region=None))


def test_a_run_read_from_disk_gives_the_same_page(comparison):
    wanted = report.render(comparison)
    for run in (comparison.base, *comparison.runs):
        for name, table in run.tables.items():
            file = io.StringIO(table.to_csv(index=False))
            run.tables[name] = pd.read_csv(file, keep_default_na=False)
    assert report.render(comparison) == wanted


def test_a_number_that_is_none_is_named(comparison):
    comparison.base.tables["sites"]["cars"] = "many"
    with pytest.raises(InputError, match=r"'base'.*'sites'.*'cars'.*many"):
        report.render(comparison)


def test_lines_tell_what_running_them_takes(comparison):
    text = Page(report.render(comparison)).text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    km, eur = (texts.number(value, 0, "de").replace("\N{NARROW NO-BREAK SPACE}", " ") for value in (1812, 13400))
    assert f"7 Fahrzeuge · {km} Fz-km · {eur} €" in text
    assert "1 Fahrzeug · " in text
    assert "vollste Fahrt: 63 Personen auf 50 Sitzplätzen" in text
    assert "Straßenbahn" in text
    for run in (comparison.base, *comparison.runs):
        run.tables["lines"][["vehicle_km", "seats"]] = np.nan
    text = Page(report.render(comparison)).text
    assert "Fahrzeuge · " not in text
    assert "vollste Fahrt" not in text


def test_what_a_run_leaves_out_is_told_in_both_languages(comparison):
    assert texts.TEXTS["notes_title"][0] not in Page(report.render(comparison)).text, "nothing is left out"
    note = Text(f"fehlt {HOSTILE}", "is left out")
    run = dataclasses.replace(comparison.runs[0], notes=(note,))
    page = Page(report.render(dataclasses.replace(comparison, runs=(run, *comparison.runs[1:]))))
    assert texts.TEXTS["notes_title"][0] in page.text
    assert "fehlt <script>" in page.text
    assert any("is left out" in str(value) for _, attrs in page.tags for value in attrs.values()) or (
        "is left out" in page.text
    )
    assert not any(tag == "img" for tag, _ in page.tags)


def test_who_stays_at_home_is_no_gain(comparison):
    """Kilometres fall because people have no mode any more: the arrow stays, the praise goes."""
    base, run = comparison.base, comparison.runs[0]
    indicator = INDICATORS["co2_wtw_t_per_day"]
    less = dataclasses.replace(
        run, indicators={**run.indicators, indicator.name: 0.5 * base.indicators[indicator.name]}
    )
    stranded = dataclasses.replace(less, indicators={**less.indicators, "commuters_without_mode": 90.0})
    kinds = [tables.tiles([indicator], one, base)[0]["difference"].kind for one in (less, stranded)]
    assert kinds == ["better", "neutral"]
    rows = tables.indicator_rows(INDICATORS, [base, less, stranded])
    cells = next(row["cells"] for row in rows if "CO₂" in row["title"])
    assert [cell["difference"].kind for cell in cells[1:]] == ["better", "neutral"]
