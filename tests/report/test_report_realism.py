"""The page on realism tests: complete, self-contained, places on scales as the figures say, both languages."""

import math
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from itas_mobility import report
from itas_mobility.core import PublishedRange
from itas_mobility.errors import InputError
from itas_mobility.report.pages import CONTENT_SECURITY
from itas_mobility.report.realism import _chart, _scale, _ticks
from itas_mobility.scenarios import Realism, RealismRow
from itas_mobility.words import Text

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)></style>&'
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


def published(horizon="short", low=-0.5, high=-0.1, use="bar", mark="R1", **more):
    return PublishedRange("fare", horizon, low, high, use, mark, 2001, "Bly", **more)


def row(name="fare", short=-0.3, long=math.nan, ranges=None, **more):
    ranges = [published()] if ranges is None else ranges
    title = Text(f"Titel {name}", f"Title {name}")
    return RealismRow(
        name, title, Text("10 % teurer", "10 % dearer"), Text("", ""), 3, short, long, tuple(ranges), 1.1, **more
    )


@pytest.fixture
def realism():
    return Realism(
        "Gemachte Region", True, 0.1,
        (
            row(reason=None, remark=Text("Bemerkung", "Remark")),
            row("fuel_price", -0.05, reason=Text("Zu schwach.", "Too weak.")),
            row("car_time", ranges=[published("long", -math.inf, 0.0, mark="D", note="set", excludes_edges=True)]),
            row("of_ones_own", ranges=[published(use="guide", mark="M", low=-0.2, high=-0.2)]),
        ),
    )  # fmt: skip


def test_all_tests_stand_on_the_page_in_both_languages(realism):
    page = report.render_realism(realism)
    for one in realism:
        assert f"Titel {one.name}" in page
        assert f"Title {one.name}" in page
    for text in ("Zu schwach.", "Too weak.", "Bemerkung", "Remark", "Stilisierte Region", "Stylised region", "Weitere"):
        assert text in page
    # 1 of 4 met, 1 missed, 2 open
    assert re.findall(r'<dd class="(\w+)">(\d)</dd>', page) == [("better", "1"), ("worse", "1"), ("neutral", "2")]
    assert [re.findall(f'class="verdict {kind}"', page) != [] for kind in ("met", "missed", "open")] == [True] * 3
    assert len(re.findall('class="mark M">M</b>', page)) == 2, "in the table of sources and in its key"


def test_the_summary_says_how_sure_the_bars_are(realism):
    page = report.render_realism(realism)
    assert "Von 3 beruhen 2 auf gelesenen Quellen, 1 sind hier abgeleitet oder gesetzt, 0 stammen" in page
    assert "of 3, 2 rest on sources that were read, 1 are derived or set here, 0 are remembered" in page


def test_effects_are_told_in_per_cent(realism):
    page = report.render_realism(realism)
    effect = 100 * (1.1**-0.3 - 1)
    assert f"(−{abs(effect):.1f}".replace(".", ",") in page
    assert f"(−{abs(effect):.1f}" in page


def test_a_region_that_is_not_stylised_has_no_banner(realism):
    assert "Stilisierte Region" not in report.render_realism(replace(realism, is_stylised=False))


def test_nothing_is_fetched_and_nothing_gets_out_of_its_text(realism):
    hostile = replace(
        realism,
        region_title=HOSTILE,
        rows=(row(reason=Text(HOSTILE, HOSTILE), ranges=[published(mark="D", note=HOSTILE)]), *realism.rows),
    )
    page = report.render_realism(hostile)
    assert "<img" not in page
    assert "alert(1)</script>" not in page
    assert page.count("</script>") == page.count("<script>") == 2
    assert CONTENT_SECURITY in page.replace("&#39;", "'")
    assert not re.search(r"https?://", page)


def test_equal_tests_give_equal_bytes_and_the_language_leads(realism, tmp_path):
    paths = [report.write_realism(realism, tmp_path / name / "page.html") for name in ("a", "b")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert '<html lang="de">' in report.render_realism(realism)
    assert '<html lang="en">' in report.render_realism(realism, language="en")
    with pytest.raises(InputError, match="language 'fr'"):
        report.write_realism(realism, tmp_path / "page.html", language="fr")
    assert not (tmp_path / "page.html").exists()


def bands(chart):
    """Left end and width of each band, in per cent of the scale."""
    found = re.findall(r'<rect class="band(?: long)?" x="([\d.]+)%" width="([\d.]+)%"', str(chart))
    return [(float(left), float(width)) for left, width in found]


def test_dots_lie_on_their_band_where_the_figures_say():
    # from -0.5 to 0 with a margin of 8 %: a scale of 0.58 that begins at -0.54
    found = re.findall(r'cx="([\d.]+)%"', str(_chart(row(short=-0.25))))
    assert [float(x) for x in found] == pytest.approx([100 * (0.54 - 0.25) / 0.58], abs=0.01)
    ((left, width),) = bands(_chart(row(short=-0.25)))
    assert left == pytest.approx(100 * 0.04 / 0.58, abs=0.01)
    assert width == pytest.approx(100 * 0.4 / 0.58, abs=0.01)


@pytest.mark.parametrize(("short", "side"), [(-0.3, 0), (-0.05, 1), (-0.8, -1)])
def test_a_dot_is_on_the_band_exactly_if_it_is_within(short, side):
    tested = row(short=short)
    chart = str(_chart(tested))
    dot = float(re.findall(r'cx="([\d.]+)%"', chart)[0])
    ((left, width),) = bands(chart)
    assert (dot > left + width) - (dot < left) == side
    assert tested.within is (side == 0)


def test_both_horizons_and_single_figures_are_drawn():
    chart = _chart(
        row(long=-0.6, ranges=[published(), published("long", -0.8, -0.4), published(use="guide", low=-0.2, high=-0.2)])
    )
    assert len(re.findall("<circle", str(chart))) == 2
    assert len(bands(chart)) == 2
    assert 'width="4"' in str(chart)
    assert "Bly (R1)" in str(chart)


def test_a_bar_of_exactness_or_no_value_has_no_chart():
    assert str(_chart(row(short=1e-11, ranges=[published(low=0.0, high=1e-6)]))) == ""
    assert str(_chart(row(short=math.nan))) == ""


def test_an_open_band_ends_with_the_scale():
    ((left, width),) = bands(_chart(row(ranges=[published(low=-math.inf, high=0.0)])))
    assert left == 0
    assert 80 < width < 100


@pytest.mark.parametrize("shown", [[-0.35, 0.0], [0.78, 1.25], [-40.0, -15.0], [0.3], [0.0], [-2.0, 0.0, -0.03]])
def test_ticks_are_few_and_lie_on_the_scale(shown):
    low, high = _scale(shown)
    assert low < min(shown)
    assert max(shown) < high
    ticks = _ticks(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick, _ in ticks)
    assert all(round(tick, decimals) == pytest.approx(tick) for tick, decimals in ticks)


PROBE = """<script>
const wide = document.documentElement.scrollWidth <= innerWidth;
const heading = document.querySelector("h2").innerText;
document.querySelector("[data-language=en]").click();
const note = document.createElement("pre");
note.id = "probe";
note.textContent = [wide, heading, document.querySelector("h2").innerText].join("|");
document.body.append(note);
</script>"""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("size", ["500,900", "1400,900"])
def test_in_a_browser_it_fits_and_speaks_both_languages(realism, tmp_path, size):
    path = tmp_path / "page.html"
    path.write_text(report.render_realism(realism).replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
            "--enable-logging=stderr", f"--window-size={size}", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert re.search(r'<pre id="probe">(.*?)</pre>', done.stdout).group(1) == "true|Auf einen Blick|At a glance"
    assert "CONSOLE" not in done.stderr
