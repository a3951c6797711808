"""The page in a real browser: the map is drawn, nothing fails, nothing is asked of any other host."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest
import report_fakes

from itas_mobility import demand, report

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

PROBE = """
<script>
(async function () {
  const root = document.documentElement, canvas = document.getElementById("map");
  // after each change: until the map has painted once more and then kept still; the browser's clock runs ahead of its
  // frames, so that many short waits pass before one comes
  let painted = 0;
  const frame = async () => {
    for (let i = 0; i < 100000; i++) {
      const before = root.dataset.paints;
      await new Promise((done) => setTimeout(done, 5));
      if (Number(before) > painted && root.dataset.paints === before) break;
    }
    painted = Number(root.dataset.paints);
  };
  const copy = document.createElement("canvas");
  const look = () => {
    copy.width = canvas.width; copy.height = canvas.height;
    const pen = copy.getContext("2d", { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const pixels = pen.getImageData(0, 0, copy.width, copy.height).data, counts = {};
    for (let i = 0; i < pixels.length; i += 4) {
      const c = pixels[i] + "," + pixels[i + 1] + "," + pixels[i + 2];
      counts[c] = (counts[c] || 0) + 1;
    }
    const own = Math.max(...Object.values(counts));
    return { share: 1 - own / (pixels.length / 4), colours: Object.keys(counts).length, sum: JSON.stringify(counts) };
  };
  // what was painted before a change, such as the outline of a zone pointed at, is not its paint
  const begin = () => { painted = Number(root.dataset.paints); };
  const press = (id) => { begin(); document.getElementById(id).click(); };
  const pick = (id, value) => {
    const s = document.getElementById(id);
    begin();
    s.value = value;
    s.dispatchEvent(new Event("change"));
  };
  const seen = {};
  await frame();
  seen.volume = look();
  for (const layer of ["difference", "reachable_share", "car_share"]) {
    pick("layer", layer); await frame(); seen[layer] = look();
  }
  const pointed = () => {
    const box = canvas.getBoundingClientRect(), tip = document.getElementById("tip");
    for (let x = 0.3; x < 0.7 && !tip.querySelector(".result"); x += 0.02) {
      const place = { clientX: box.x + box.width * x, clientY: box.y + box.height * 0.35 };
      canvas.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse", ...place }));
    }
    return tip.textContent;
  };
  const tableRows = () => [...document.querySelectorAll("#shift-table tbody tr")].map((r) => r.textContent);
  seen.pickers = [document.getElementById("shift-pick").hidden, document.getElementById("shift-table").hidden];
  for (const layer of ["shift", "shift_change"]) {
    pick("layer", layer); await frame(); seen[layer] = look();
    const legend = document.getElementById("legend").textContent;
    seen[layer + "_said"] = { legend, tip: pointed() };
  }
  seen.pickers.push(document.getElementById("shift-pick").hidden);
  document.getElementById("shift-table").open = true;
  await new Promise((done) => setTimeout(done, 100));
  seen.table = tableRows();
  pick("shift-site", "1"); await frame();
  seen.sites = [...document.getElementById("shift-site").options].map((o) => o.textContent);
  seen.shifts = [...document.getElementById("shift-row").options].map((o) => o.textContent);
  seen.other = look(); seen.otherTable = tableRows();
  pick("layer", "volume"); await frame();
  press("show-transit"); await frame();
  seen.transit = look();
  press("zoom-in"); await frame();
  seen.zoomed = look();
  begin(); canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" })); await frame();
  seen.panned = look();
  const box = canvas.getBoundingClientRect();
  for (let x = 0.3; x < 0.7 && document.getElementById("tip").hidden; x += 0.01) {
    const place = { clientX: box.x + box.width * x, clientY: box.y + box.height / 2 };
    canvas.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse", ...place }));
  }
  seen.tip = document.getElementById("tip").textContent;
  press("zoom-reset"); await frame();
  press("show-transit"); await frame();
  seen.again = look();
  seen.heading = { de: document.querySelector("h2").innerText };
  begin(); document.querySelector("[data-language=en]").click(); await frame();
  seen.heading.en = document.querySelector("h2").innerText;
  seen.option = document.querySelector("#layer option").textContent;
  const run = document.querySelector(".pick-run");
  begin(); run.value = "0"; run.dispatchEvent(new Event("change")); await frame();
  seen.panels = [...document.querySelectorAll(".panel[data-run]")].filter((p) => !p.hidden).map((p) => p.dataset.run);
  seen.selects = [...document.querySelectorAll(".pick-run")].map((s) => s.value);
  seen.requests = performance.getEntriesByType("resource").length;
  seen.width = document.documentElement.scrollWidth <= innerWidth;
  for (const part of Object.values(seen)) {
    if (part && part.sum) part.sum = [...part.sum].reduce((h, c) => (h * 31 + c.charCodeAt(0)) | 0, 7);
  }
  const note = document.createElement("pre");
  note.id = "probe"; note.textContent = JSON.stringify(seen);
  document.body.append(note);
})();
</script>
"""


def open_page(path, tmp_path, *, size="1300,1000"):
    """The page's DOM after its scripts ran, console lines, and every outside address the browser asked for."""
    log = tmp_path / "net.json"
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-default-apps",
            "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}",
            "--enable-logging=stderr", "--v=0", f"--window-size={size}", "--virtual-time-budget=6000000", "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    # requests of pages; the browser's own housekeeping (updates, clock, accounts) runs at priority IDLE
    events = re.findall(r'"params":(\{[^{}]*"url":"(?:https?|wss?)://[^{}]*\})', log.read_text(encoding="utf-8"))
    starts = [event for event in map(json.loads, events) if "traffic_annotation" in event]
    asked = sorted({event["url"] for event in starts if event["priority"] != "IDLE"})
    return done.stdout, console, asked


def probed(comparison, tmp_path, **options):
    page = report.write(comparison, tmp_path / "page.html")
    copy = tmp_path / "probed.html"
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    dom, console, asked = open_page(copy, tmp_path, **options)
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)
    assert found, f"the page's scripts did not finish: {console}"
    return dom, console, asked, json.loads(unescape(found.group(1)))


def test_the_map_is_drawn_and_answers(comparison, tmp_path):
    dom, console, asked, seen = probed(comparison, tmp_path)
    root = re.search(r"<html[^>]*>", dom).group(0)
    assert 'data-errors="0"' in root
    assert 'data-ready="true"' in root
    assert f'data-streets="{comparison.region.roads.n_links // 2}"' in root
    assert console == []
    assert asked == []
    assert seen["requests"] == 0
    assert seen["width"], "the page is wider than the window"
    assert seen["volume"]["share"] > 0.1
    assert seen["volume"]["colours"] > 30
    pictures = [
        seen[name]["sum"]
        for name in (
            "volume",
            "difference",
            "reachable_share",
            "car_share",
            "shift",
            "shift_change",
            "other",
            "transit",
            "zoomed",
            "panned",
        )
    ]
    assert len(set(pictures)) == len(pictures), "two settings give the same picture"
    shifts_are_told(seen)
    assert seen["again"]["sum"] == seen["volume"]["sum"], "reset does not lead back"
    assert seen["tip"]
    assert seen["heading"] == {"de": "Das Wichtigste in Kürze", "en": "Key messages"}
    assert seen["option"] == "Car traffic and saturation"
    assert set(seen["panels"]) == {"0"}
    assert set(seen["selects"]) == {"0"}


def shifts_are_told(seen):
    """Legend, tooltip and table of the layers that show a shift."""
    assert seen["pickers"] == [True, True, False]
    said = seen["shift_said"]
    assert "Werk Nord · Schicht Früh · Mo-Fr 06:00–14:00" in said["legend"]
    for words in ("hin und zurück möglich: ", "Fahrzeiten passen nicht zur Schicht: "):
        assert words in said["legend"]
    assert re.search(r"Beschäftigte dieser Schicht\d+hin.*zurück", said["tip"])
    assert "neu möglich: " in seen["shift_change_said"]["legend"]
    assert "möglich" in seen["shift_change_said"]["tip"]
    assert len(seen["table"]) == 9
    assert any("Umstieg" in row and "min Warten am Werk" in row for row in seen["table"])
    assert any("ginge, wenn die Schicht" in row for row in seen["table"])
    assert not any("undefined" in row or "{}" in row for row in (*seen["table"], *seen["otherTable"]))
    assert seen["sites"] == ["Werk Nord", "Werk Süd"]
    assert seen["shifts"] == ["Schicht Tag 08:00–16:30 · Mo-Fr"]
    assert seen["otherTable"] != seen["table"]


ONE_MORE_MODE = """
<script>
(async function () {
  const root = document.documentElement, layer = document.getElementById("layer"), seen = {};
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  seen.options = [...layer.options].map((option) => option.value);
  layer.value = "scooter_share"; layer.dispatchEvent(new Event("change"));
  await wait(1000);
  const canvas = document.getElementById("map"), box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new PointerEvent("pointermove",
    { pointerType: "mouse", clientX: box.x + 0.45 * box.width, clientY: box.y + 0.35 * box.height }));
  seen.tip = document.getElementById("tip").textContent;
  seen.legend = document.getElementById("legend").textContent;
  document.querySelector("[data-language=en]").click();
  seen.chosen = layer.selectedOptions[0].textContent;
  seen.english = document.getElementById("legend").textContent;
  const note = document.createElement("pre");
  note.id = "probe"; note.textContent = JSON.stringify(seen);
  document.body.append(note);
})();
</script>
"""


def test_a_mode_that_the_data_name_is_shown_by_the_scripts_as_they_are(comparison, tmp_path):
    page = report.write(comparison, tmp_path / "page.html").read_text(encoding="utf-8")
    found = re.search(r'(<script type="application/json" id="data">)(.*?)(</script>)', page, re.DOTALL)
    data = json.loads(found[2])
    zones = data["map"]["zones"]
    label = {"de": "Anteil Roller", "en": "Share of scooter"}
    zones["layers"].append({"column": "scooter_share", "label": label, "unit": None})
    for run, values in enumerate(zones["values"]):
        values["scooter_share"] = [123 + 111 * run] * len(zones["name"])
    text = json.dumps(data).replace("<", "\\u003c")
    page = page[: found.start(2)] + text + page[found.end(2) :]
    copy = tmp_path / "copy.html"
    copy.write_text(page.replace("</body>", ONE_MORE_MODE + "</body>"), encoding="utf-8")
    dom, console, _ = open_page(copy, tmp_path)
    assert console == []
    assert 'data-errors="0"' in re.search(r"<html[^>]*>", dom).group(0)
    seen = json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)[1]))
    assert seen["options"] == [
        "volume", "difference", "reachable_share", "shift", "shift_change", *(f"{mode}_share" for mode in demand.MODES),
        "home_kwh", "work_kwh", "public_kwh", "scooter_share",
    ]  # fmt: skip
    assert "Anteil Roller23,4\u202f%(Ausgangslage)12,3\u202f%" in seen["tip"]
    assert seen["legend"].startswith("Anteil Roller")
    assert seen["chosen"] == "Share of scooter"
    assert seen["english"].startswith("Share of scooter")


WEEK = """
<script>
(function () {
  const seen = {}, all = (selector) => [...document.querySelectorAll(".site-panel:not([hidden]) " + selector)];
  const look = () => ({
    own: all("[data-own][data-shown]").map((part) => part.dataset.own),
    last: all("svg g").map((group) => group.lastElementChild.dataset.own),
    limit: all("path.limit").map((part) => getComputedStyle(part).display),
    unmanaged: all("path.unmanaged").map((part) => getComputedStyle(part).display),
    told: all(".week-told").filter((part) => !part.hidden).map((part) => part.dataset.run),
    building: all("path.building").map((part) => getComputedStyle(part).display),
  });
  const choose = (select, value) => { select.value = value; select.dispatchEvent(new Event("change")); };
  seen.first = look();
  choose(document.querySelector(".pick-run"), "0");
  seen.base = look();
  choose(document.getElementById("pick-site"), "1");
  seen.site = look();
  const note = document.createElement("pre");
  note.id = "probe"; note.textContent = JSON.stringify(seen);
  document.body.append(note);
})();
</script>
"""


def test_the_week_follows_the_chosen_scenario_and_site(comparison, tmp_path):
    page = report.write(comparison, tmp_path / "page.html").read_text(encoding="utf-8")
    copy = tmp_path / "copy.html"
    copy.write_text(page.replace("</body>", WEEK + "</body>"), encoding="utf-8")
    dom, console, _ = open_page(copy, tmp_path)
    assert console == []
    seen = json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)[1]))
    first, base, site = seen["first"], seen["base"], seen["site"]
    assert (first["own"], first["last"], first["told"]) == (["1", "1"], ["1", "1"], ["1"]), "the shown curve is on top"
    assert first["unmanaged"] == ["inline", "inline"]
    assert first["building"] == []
    assert (base["own"], base["last"], base["told"]) == (["0", "0"], ["0", "0"], ["0"])
    assert base["unmanaged"] == ["none", "none"], "nothing is managed in the baseline"
    assert set(base["limit"]) == {"inline"}
    assert site["own"] == ["0", "0"]
    assert site["building"] == ["inline"]


def test_a_narrow_window_and_hostile_names(tmp_path):
    evil = '<script>document.title="x"</script>"><img src=http://example.invalid/x onerror=alert(1)>'
    polygons, lon, lat, _ = report_fakes.square_zones(3)
    region = report_fakes.make_region(
        title=evil, sites=(evil, "b"), zones=(polygons, lon, lat, [evil] * 9), stop_names=[evil] * 12
    )
    made = report_fakes.make_comparison(region, scenarios=[("a", evil, evil, 0.02, 0.1)])
    dom, console, asked, seen = probed(made, tmp_path, size="500,900")
    assert 'data-errors="0"' in re.search(r"<html[^>]*>", dom).group(0)
    assert console == []
    assert asked == []
    assert "<img" not in dom
    assert seen["width"], "the page is wider than the window"
    assert seen["volume"]["share"] > 0.1


def test_the_check_itself_notices_errors_and_requests(comparison, tmp_path):
    page = report.write(comparison, tmp_path / "page.html")
    broken = page.read_text(encoding="utf-8").replace(
        "</body>", '<img src="http://127.0.0.1:9/x.png"><script>throw new Error("seen")</script></body>'
    )
    page.write_text(broken.replace("img-src data:", "img-src *"), encoding="utf-8")
    dom, console, asked = open_page(page, tmp_path)
    assert any("seen" in line for line in console)
    assert asked == ["http://127.0.0.1:9/x.png"]
    assert 'data-errors="0"' not in re.search(r"<html[^>]*>", dom).group(0)
