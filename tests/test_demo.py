"""The demo, as a user runs it: table, report, golden indicators, progress on stderr."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "zwickau.json"
SCENARIOS = ["shift_stagger", "tram_mosel_2030", "e_mobility_2030", "late_buses", "combined_2030"]
sys.path.insert(0, str(ROOT / "tests" / "report"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "zwickau"
    found = subprocess.run(
        [sys.executable, "-m", "itas_mobility", "demo", "--out", str(out)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found, out


def test_table_on_the_screen_and_progress_beside_it(demo):
    found, _ = demo
    assert "stilisierte Region" in found.stdout
    for name in ("baseline", *SCENARIOS):
        assert name in found.stdout
    assert "Schichten ohne Auto erreichbar" in found.stdout
    assert "Szenarien" in found.stderr
    assert "Warning" not in found.stderr


def test_the_report_says_what_it_is(demo):
    text = (demo[1] / "report.html").read_text(encoding="utf-8")
    assert "Stilisierte Region" in text
    assert "Kein Produkt der Initiative ITAS" in text
    for source in ("GeoBasis-DE / BKG 2017", "OpenStreetMap-Mitwirkende", "DB InfraGO", "Bundesagentur für Arbeit"):
        assert source in text
    assert re.findall(r"""(?:src|href)=["']https?://""", text) == []
    assert len(text) < 4_000_000


@pytest.mark.browser
def test_the_report_opens_in_a_browser(demo, tmp_path):
    from test_report_browser import CHROMIUM, open_page

    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    dom, console, asked = open_page(demo[1] / "report.html", tmp_path)
    root = re.search(r"<html[^>]*>", dom).group(0)
    assert 'data-errors="0"' in root
    assert 'data-ready="true"' in root
    assert int(re.search(r'data-streets="(\d+)"', root).group(1)) > 5000
    assert int(re.search(r'data-paints="(\d+)"', root).group(1)) > 0
    assert console == []
    assert asked == []


def test_indicators_are_those_reviewed(demo):
    """Golden values; `make golden` writes them anew, the difference is reviewed like code."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert list(golden) == ["baseline", *SCENARIOS]
    for name, wanted in golden.items():
        found = json.loads((demo[1] / name / "run.json").read_text(encoding="utf-8"))["indicators"]
        assert set(found) == set(wanted)
        for indicator, value in wanted.items():
            if indicator in ("relative_gap", "feedback_residual"):
                assert found[indicator] < 1e-5, (name, indicator)
            else:
                assert found[indicator] == pytest.approx(value, rel=1e-6, abs=1e-9), (name, indicator)


def test_the_shipped_scenarios_do_what_their_titles_say(demo):
    """What a planner would expect of each, so that the golden values are not only numbers."""
    runs = {
        name: json.loads((demo[1] / name / "run.json").read_text(encoding="utf-8"))["indicators"]
        for name in ("baseline", *SCENARIOS)
    }
    base = runs["baseline"]
    assert runs["e_mobility_2030"]["co2_wtw_t_per_day"] < 0.9 * base["co2_wtw_t_per_day"]
    assert runs["e_mobility_2030"]["sites_over_grid_limit"] > base["sites_over_grid_limit"]
    assert runs["e_mobility_2030"]["transit_share"] == base["transit_share"]
    assert runs["tram_mosel_2030"]["transit_share"] > base["transit_share"]
    assert runs["tram_mosel_2030"]["reachable_share"] > base["reachable_share"]
    assert runs["late_buses"]["return_share"] > base["return_share"] + 1
    assert runs["combined_2030"]["co2_wtw_t_per_day"] < base["co2_wtw_t_per_day"]
    assert runs["combined_2030"]["reachable_share"] > runs["tram_mosel_2030"]["reachable_share"]
