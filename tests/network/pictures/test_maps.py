"""The map in one HTML file: what it holds, that it asks no host, and in a browser, that it is drawn and answers."""

import base64
import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
from html import unescape

import numpy as np
import pytest

from itas_mobility.core import ReadReport
from itas_mobility.errors import InputError, NetworkError
from itas_mobility.network import grid, read_osm, write_map
from network.made_networks import HOSTILE, junction
from network.pictures.test_plotting import made_left_out

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
EVIL = '</script><script>document.title="x"</script>"><img src=http://example.invalid/x onerror=alert(1)>'


def page_of(tmp_path, roads, **options):
    path = tmp_path / "map.html"
    write_map(roads, path, **options)
    return path.read_text(encoding="utf-8")


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def points_of(lines, grid_m):
    steps = np.cumsum(np.array(lines["d"], float).reshape(-1, 2), axis=0) * grid_m
    return np.split(steps, np.cumsum(lines["n"])[:-1])


def test_streets_and_their_attributes(tmp_path):
    page = page_of(tmp_path, junction(), left_out=made_left_out(), title="Ort & Umland")
    data = data_of(page)
    shown = data["streets"]
    by_length = {length: row for row, length in enumerate(shown["length"])}
    main, side = by_length[100], by_length[200]
    assert [data["groups"][shown["group"][row]]["name"] for row in (main, side)] == [
        "Schnell- und Bundesstraße", "Gemeinde- und Wohnstraße",
    ]  # fmt: skip
    assert (shown["speed"][main], shown["lanes"][main], shown["back"][main], shown["access"][side]) == (50, 2, 0, 1)
    assert data["uses"][0] == "Auto"
    assert [reason["amount"] for reason in data["left"]["reasons"]] == ["1,8 km", "1 Stelle", "1,4 km"]
    assert [reason["is_place"] for reason in data["left"]["reasons"]] == [False, True, False]
    assert "<h1>Ort &amp; Umland</h1>" in page
    assert "© OpenStreetMap-Mitwirkende (ODbL)" in page
    english = page_of(tmp_path, junction(), language="en")
    assert data_of(english)["uses"][0] == "car"
    assert 'lang="en"' in english
    assert data_of(english)["left"]["reason"] == []


def test_courses_lie_where_the_roads_lie(tmp_path):
    roads = grid(8, 5, spacing_m=150.0)
    data = data_of(page_of(tmp_path, roads))
    points = np.concatenate(points_of(data["streets"]["lines"], data["grid_m"]))
    assert len(data["streets"]["lines"]["n"]) == roads.n_links // 2
    assert np.ptp(points, axis=0) == pytest.approx([7 * 150, 4 * 150], abs=2.0)
    assert all(isinstance(back, list) for back in data["streets"]["back"])


def test_pieces_of_the_report_are_taken(tmp_path):
    roads = dataclasses.replace(grid(2, 2), report=ReadReport("Ort.osm", {}, made_left_out()))
    page = page_of(tmp_path, roads)
    assert data_of(page)["left"]["way"] == ["5", "6", "7", "8"]
    assert "<h1>Ort.osm</h1>" in page


def test_no_text_from_outside_becomes_markup(tmp_path):
    roads = junction(names=(*HOSTILE, EVIL))
    page = page_of(tmp_path, roads, left_out=made_left_out(reasons=(EVIL, "<!--", "]]>")), title=EVIL)
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<img" not in page
    assert "<!--" not in page
    assert set(data_of(page)["streets"]["names"]) == {*HOSTILE[: roads.n_links]} - {HOSTILE[4]}  # that of the movement


def test_the_policy_names_the_digests_of_script_and_style(tmp_path):
    page = page_of(tmp_path, grid(2, 2))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert not re.search(r'(src|href|url)\s*[=(]\s*["\']?(https?:)?//', page)


def test_size_of_a_hundred_thousand_streets(tmp_path):
    roads = grid(160, 160)
    write_map(roads, tmp_path / "map.html")
    assert (tmp_path / "map.html").stat().st_size < 45 * roads.n_links  # bytes per link, about 21


@pytest.mark.parametrize(
    ("name", "language", "message"),
    [
        ("map.htm", "de", r"ending with \.html in an existing folder"),
        ("none/map.html", "de", r"ending with \.html in an existing folder"),
        ("map.html", "fr", "language 'fr': must be one of de, en"),
    ],
)
def test_names_and_languages_that_do_not_fit(tmp_path, name, language, message):
    with pytest.raises(InputError, match=message):
        write_map(grid(2, 2), tmp_path / name, language=language)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_draw(tmp_path):
    bare = dataclasses.replace(
        grid(2, 1), node_lon_deg=[np.nan] * 2, shape_ptr=[0] * 3, shape_lon_deg=[], shape_lat_deg=[]
    )
    with pytest.raises(NetworkError, match="no link that can be drawn"):
        write_map(bare, tmp_path / "map.html")


PROBE = """
(async function () {
  const root = document.documentElement, canvas = document.getElementById("map"), tip = document.getElementById("tip");
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  // until the map has painted once more and then kept still
  let painted = 0;
  const frame = async () => {
    for (let i = 0; i < 600; i++) {
      const before = root.dataset.paints;
      await sleep(50);
      if (Number(before) > painted && root.dataset.paints === before) break;
    }
    painted = Number(root.dataset.paints);
  };
  const copy = document.createElement("canvas");
  const look = () => {
    copy.width = canvas.width; copy.height = canvas.height;
    const pen = copy.getContext("2d", { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
    let sum = 7, inked = 0;
    const colours = {};
    for (let i = 0; i < pixels.length; i += 4) {
      const c = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
      if (c !== 0xf5f6f4) {
        const name = c.toString(16).padStart(6, "0");
        inked++; colours[name] = (colours[name] || 0) + 1;
      }
      sum = (sum * 31 + c) | 0;
    }
    return { sum, share: inked / (pixels.length / 4), colours };
  };
  const seen = { look: {} };
  const keep = async (name) => { await frame(); seen.look[name] = look(); };
  const click = (what) => document.querySelector(what).click();
  await keep("start");
  click("#left-out .master"); await keep("kept only");
  click("#kept .master"); await keep("nothing");
  click("#left-out .master"); await keep("left only");
  click("#kept .master"); await keep("again");
  click("#kept li input"); await keep("without main roads");
  click("#kept li input"); await frame();
  click("#zoom-in"); await keep("zoomed");
  canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" })); await keep("panned");
  canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -300, clientX: 300, clientY: 300, cancelable: true }));
  await keep("wheel");
  const hand = (kind, id, x, y) => canvas.dispatchEvent(
    new PointerEvent("pointer" + kind, { pointerType: "touch", pointerId: id, clientX: x, clientY: y }));
  const bar = document.getElementById("scale"), width = () => parseFloat(bar.style.width) / parseFloat(bar.textContent);
  hand("down", 1, 300, 300); hand("move", 1, 340, 320); hand("up", 1, 340, 320); await keep("dragged");
  const before = width();
  hand("down", 1, 250, 300); hand("down", 2, 350, 300); hand("move", 2, 400, 300); hand("up", 1, 250, 300);
  hand("up", 2, 400, 300); await keep("pinched");
  seen.pinch = width() / before;
  click("#zoom-reset"); await keep("reset");
  const box = canvas.getBoundingClientRect();
  seen.tips = {};
  for (let y = 0.02; y < 1; y += 0.02) {
    for (let x = 0.02; x < 1; x += 0.01) {
      const place = { clientX: box.x + box.width * x, clientY: box.y + box.height * y };
      canvas.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse", ...place }));
      if (!tip.hidden) seen.tips[[...tip.children].map((part) => part.textContent).join(" | ")] = 1;
    }
  }
  seen.tips = Object.keys(seen.tips);
  seen.legend = [...document.querySelectorAll("li label")].map((label) => label.innerText.replace(/\\s+/g, " "));
  seen.scale = document.getElementById("scale").textContent;
  seen.title = document.title;
  seen.requests = performance.getEntriesByType("resource").length;
  seen.fits = root.scrollWidth <= innerWidth && root.scrollHeight <= innerHeight;
  const note = document.createElement("pre");
  note.id = "probe"; note.textContent = JSON.stringify(seen);
  document.body.append(note);
})();
"""


def probed(path, tmp_path, *, size="1200,800"):
    """What the page shows and does: its DOM, console lines, addresses asked for, and the probe's findings."""
    page = path.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    path.write_text(page.replace("</body>", f"<script>{PROBE}</script></body>"), encoding="utf-8")
    log = tmp_path / "net.json"
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-default-apps",
            "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", "--enable-logging=stderr", "--v=0",
            f"--window-size={size}", "--virtual-time-budget=600000", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    # requests of pages; the browser's own housekeeping runs at priority IDLE
    events = re.findall(r'"params":(\{[^{}]*"url":"(?:https?|wss?)://[^{}]*\})', log.read_text(encoding="utf-8"))
    starts = [event for event in map(json.loads, events) if "traffic_annotation" in event]
    asked = sorted({event["url"] for event in starts if event["priority"] != "IDLE"})
    found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, f"the page's scripts did not finish: {console}"
    return done.stdout, console, asked, json.loads(unescape(found[1]))


def check_calm(dom, console, asked, seen):
    root = re.search(r"<html[^>]*>", dom)[0]
    assert 'data-errors="0"' in root
    assert 'data-ready="true"' in root
    assert console == []
    assert asked == []
    assert seen["requests"] == 0
    assert seen["fits"], "the page is larger than the window"


class TestInABrowser:
    pytestmark = in_browser

    def test_the_map_is_drawn_and_answers(self, tmp_path):
        roads = junction(names=("Hauptstraße", "Nebenstraße", ""))
        write_map(roads, tmp_path / "map.html", left_out=made_left_out(), title="Ort")
        dom, console, asked, seen = probed(tmp_path / "map.html", tmp_path)
        check_calm(dom, console, asked, seen)
        look = seen["look"]
        assert look["nothing"]["share"] == 0.0
        assert look["start"]["share"] > 0.005
        different = ["start", "kept only", "nothing", "left only", "without main roads", "zoomed", "panned", "wheel"]
        different += ["dragged", "pinched"]
        assert len({look[name]["sum"] for name in different}) == len(different), "two settings give the same picture"
        assert seen["pinch"] == pytest.approx(1.5, abs=0.02), "fingers half as far again apart"
        assert look["again"]["sum"] == look["start"]["sum"]
        assert look["reset"]["sum"] == look["start"]["sum"]
        assert look["kept only"]["colours"].get("d4620c", 0) > 50, "the federal road is orange"
        assert "d4620c" not in look["without main roads"]["colours"]
        assert "d4620c" not in look["left only"]["colours"]
        assert look["left only"]["colours"].get("b98a00", 0) + look["left only"]["colours"].get("b3261e", 0) > 20
        assert "Schnell- und Bundesstraße 100 m" in seen["legend"]
        assert "durch Schranke oder Poller gesperrt 1 Stelle" in seen["legend"]
        assert any("nur für Anlieger" in tip for tip in seen["tips"])
        assert any("nur in einer Richtung befahrbar" in tip and "· 50 km/h ·" in tip for tip in seen["tips"])
        assert any(tip.startswith("Nicht im Netz | vom Netz abgeschnitten | OSM-Weg") for tip in seen["tips"])
        assert re.fullmatch(r"[125]0* k?m", seen["scale"])

    def test_hostile_names_stay_text_in_a_narrow_window(self, tmp_path):
        roads = junction(names=(EVIL, *HOSTILE))
        write_map(roads, tmp_path / "map.html", left_out=made_left_out(reasons=(EVIL, "<i>", "&lt;")), title=EVIL)
        dom, console, asked, seen = probed(tmp_path / "map.html", tmp_path, size="500,800")
        check_calm(dom, console, asked, seen)
        assert seen["title"] == EVIL
        assert "<img" not in dom
        assert any(EVIL in entry for entry in seen["legend"])
        assert any(tip.startswith("=HYPERLINK") for tip in seen["tips"])

    def test_what_is_left_out_as_a_matter_of_course_is_hidden_at_first(self, tmp_path):
        pieces = made_left_out(reasons=("closed to the mode", "closed by a barrier", "not connected"))
        write_map(junction(), tmp_path / "map.html", left_out=pieces)
        dom, console, asked, seen = probed(tmp_path / "map.html", tmp_path)
        check_calm(dom, console, asked, seen)
        assert seen["look"]["start"]["colours"]["b3261e"] > 10
        assert seen["look"]["again"]["share"] > seen["look"]["start"]["share"], "the switch of all shows it"
        assert "für dieses Verkehrsmittel nicht zugelassen 1,8 km" in seen["legend"]

    @pytest.mark.shared_data
    def test_a_real_town(self, shared_data, tmp_path):
        roads = read_osm(shared_data / "region_badhersfeld" / "badhersfeld.osm.gz")
        write_map(roads, tmp_path / "map.html", left_out=made_left_out())
        dom, console, asked, seen = probed(tmp_path / "map.html", tmp_path)
        check_calm(dom, console, asked, seen)
        assert seen["look"]["start"]["share"] > 0.01
        assert len(seen["tips"]) > 100
