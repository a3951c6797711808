"""`fetch` and `build --place` as commands, against a local server; `check` of each kind of file."""

import datetime as dt
import hashlib
import io
import json
import os
import shlex
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import osmium
import own_process
import pytest

from fake_server import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Reply,
    as_json,
    closed_port_address,
    environment,
    found_place,
    overpass_answer,
    running_server,
)
from itas_mobility import cli, regions

INTERPRETER = "/api/interpreter"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server():
    with running_server() as running:
        running.answers["/search"] = as_json([found_place("Landkreis Zwickau")])
        running.answers[INTERPRETER] = as_json(overpass_answer())
        yield running


@pytest.fixture
def call(server, tmp_path):
    def one(*arguments, **variables):
        command = [sys.executable, "-W", "ignore", "-m", "itas_mobility", *map(str, arguments)]
        env = os.environ | environment(server, tmp_path / "cache") | variables
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120
        )

    return one


@pytest.fixture
def call_here(server, tmp_path, monkeypatch, capsys):
    """The same without a process of its own, for the many ways to refuse."""

    def one(*arguments, **variables):
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        for name, value in (environment(server, tmp_path / "cache") | variables).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, left.value.code, said.out, said.err)

    return one


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "work").iterdir())


def feed(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in names:
            packed.writestr(name, "")
    return stream.getvalue()


FEED = feed("stops.txt", "trips.txt", "stop_times.txt")


def test_fetch_zwickau(call, server, tmp_path):
    found = call("fetch", "zwickau", "--out", "data", "--json")
    assert found.returncode == 0, found.stderr
    outcome = json.loads(found.stdout)
    assert outcome["status"] == "ok"
    (file,) = outcome["files"]
    path = tmp_path / "work" / "data" / "zwickau.osm.pbf"
    assert file["file"] == str(Path("data") / "zwickau.osm.pbf")
    assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = json.loads((path.parent / "zwickau.osm.pbf.manifest.json").read_text(encoding="utf-8"))
    assert manifest["sha256"] == file["sha256"]
    assert (manifest["licence"], manifest["bytes"]) == ("ODbL 1.0", path.stat().st_size)
    assert "OpenStreetMap" in manifest["attribution"]
    assert sum(one.is_way() for one in osmium.FileProcessor(str(path))) == 3
    assert outcome["next"].startswith("itas-mobility build --osm data/zwickau.osm.pbf --population 317531 --out ")
    assert set(outcome["not_fetched"]) == {"sachsen", "timetable", "timetable_germany"}
    assert server.asked[0].query["q"] == "Landkreis Zwickau, Sachsen, Deutschland"
    again = call("fetch", "zwickau", "--out", "data")
    assert again.returncode == 0, again.stderr
    assert again.stdout == ""
    assert "lag schon da / was there already" in again.stderr
    assert "itas-mobility build --osm" in again.stderr
    assert server.times(INTERPRETER) == 1
    path.write_bytes(b"changed")
    assert "checksum does not match" in call("fetch", "zwickau", "--out", "data").stderr
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]


def test_fetch_with_a_server_of_ones_own_and_a_timetable(call, server, tmp_path):
    server.answers["/feed.zip"] = Reply(FEED)
    server.answers["/own/interpreter"] = as_json(overpass_answer())
    found = call(
        "fetch", "zwickau", "--out", "data", "--overpass", server.url("/own"), "--gtfs-url", server.url("/feed.zip"),
        "--json", ITAS_MOBILITY_OVERPASS=closed_port_address(),
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    outcome = json.loads(found.stdout)
    assert [Path(file["file"]).name for file in outcome["files"]] == ["zwickau.osm.pbf", "timetable.zip"]
    fetched = dt.date.fromisoformat(outcome["files"][1]["fetched_at"][:10])
    options = shlex.split(outcome["next"])
    assert options[options.index("--gtfs") + 1] == "data/timetable.zip"
    monday = dt.date.fromisoformat(options[options.index("--week") + 1])
    assert (monday.weekday(), 0 <= (monday - fetched).days < 7) == (0, True)
    assert (tmp_path / "work" / "data" / "timetable.zip").read_bytes() == FEED
    by_variable = call("fetch", "zwickau", "--source", "timetable", ITAS_MOBILITY_GTFS_URL=server.url("/feed.zip"))
    assert by_variable.returncode == 0, by_variable.stderr
    assert (tmp_path / "cache" / "fetched" / "zwickau" / "timetable.zip").is_file(), "without --out: the cache"


def test_fetch_an_extract_instead(call_here, server, tmp_path):
    call_here("fetch", "zwickau", "--out", "data")
    extract = (tmp_path / "work" / "data" / "zwickau.osm.pbf").read_bytes()
    server.answers["/sachsen.osm.pbf"] = Reply(extract)
    asked = server.times(INTERPRETER)
    found = call_here("fetch", "zwickau", "--out", "data", "--osm-url", server.url("/sachsen.osm.pbf"), "--json")
    assert found.returncode == 0, found.stderr
    assert "--osm data/sachsen.osm.pbf" in json.loads(found.stdout)["next"]
    assert server.times(INTERPRETER) == asked


@pytest.mark.parametrize(
    ("reply", "option", "said"),
    [
        (Reply(b"<!doctype html><title>Login</title>"), "--gtfs-url", 'web page (HTML) instead of data: "Login"'),
        (Reply(b"no zip at all"), "--gtfs-url", "no zip file"),
        (Reply(feed("stops.txt")), "--gtfs-url", "without stop_times.txt, trips.txt"),
        (Reply(FEED), "--osm-url", "sachsen.osm.pbf: byte 0"),
        (Reply(FEED[:50], announced=len(FEED)), "--gtfs-url", "cut off"),
    ],
)
def test_fetch_refuses_what_is_not_expected(call_here, server, tmp_path, reply, option, said):
    server.answers["/file"] = reply
    found = call_here("fetch", "zwickau", "--out", "data", option, server.url("/file"), ITAS_MOBILITY_TRIES="2")
    assert found.returncode == 2
    message = found.stderr.strip().splitlines()[-1]
    assert message.startswith("itas-mobility: ")
    assert said in message
    assert server.url("/file") in message
    assert "Traceback" not in found.stderr
    kept = {path.name for path in tmp_path.glob("work/data/*")}
    assert kept <= {"zwickau.osm.pbf", "zwickau.osm.pbf.manifest.json"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "region 'nowhere' is not known; there is: zwickau"),
        (("zwickau", "--source", "sax"), "source 'sax' is not known; there are: landkreis, sachsen"),
        (("zwickau", "--source", "timetable"), "source 'timetable' has no address; give one with --gtfs-url"),
        (("zwickau", "--overpass", "example.org"), "'example.org' is not an address"),
    ],
)
def test_fetch_refuses_unusable_arguments(call_here, server, tmp_path, arguments, said):
    found = call_here("fetch", *arguments, "--out", "data")
    assert (found.returncode, said in found.stderr) == (2, True), found.stderr
    assert server.asked == []
    assert left(tmp_path) == []


def test_without_a_network_there_is_one_message_in_both_languages(call, tmp_path):
    nobody = {"ITAS_MOBILITY_NOMINATIM": closed_port_address(), "ITAS_MOBILITY_OVERPASS": closed_port_address()}
    for arguments in (
        ("fetch", "zwickau", "--out", "data"),
        ("build", "--place", "Dorf", "--population", "100", "--out", "dorf"),
    ):
        found = call(*arguments, **nobody)
        assert found.returncode == 2
        (message,) = found.stderr.strip().splitlines()
        assert "cannot be reached" in message
        assert "Ohne Netz" in message
        assert "without a network" in message
        assert left(tmp_path) == [], "nothing half-written"


def town():
    """A grid of streets large enough for zones, with a bus line."""
    n = 8
    nodes = [
        {"type": "node", "id": 1 + i * n + j, "lon": WEST + 0.001 + i * (EAST - WEST) / n,
         "lat": SOUTH + 0.001 + j * (NORTH - SOUTH) / n}
        for i in range(n) for j in range(n)
    ]  # fmt: skip
    rows = [[1 + i * n + j for j in range(n)] for i in range(n)]
    columns = [[1 + i * n + j for i in range(n)] for j in range(n)]
    street = {"highway": "residential"}
    ways = [{"type": "way", "id": 500 + k, "nodes": refs, "tags": street} for k, refs in enumerate([*rows, *columns])]
    for k, ref in enumerate((rows[0][0], rows[0][-1])):
        nodes[ref - 1]["tags"] = {"highway": "bus_stop", "name": f"Halt {k}"}
    line = {
        "type": "relation", "id": 900,
        "members": [
            {"type": "node", "ref": rows[0][0], "role": "stop"}, {"type": "node", "ref": rows[0][-1], "role": "stop"},
            {"type": "way", "ref": 500, "role": ""},
        ],
        "tags": {"type": "route", "route": "bus", "ref": "7"},
    }  # fmt: skip
    return [*nodes, *ways, line]


def test_build_a_region_from_a_place(call, server, tmp_path):
    server.answers["/search"] = as_json([found_place("Dorf")])
    server.answers[INTERPRETER] = as_json(overpass_answer(town()))
    found = call(
        "build", "--place", "Dorf, Sachsen", "--population", "5000", "--grid-m", "500", "--out", "dorf", "--json"
    )
    assert found.returncode == 0, found.stderr
    outcome = json.loads(found.stdout)
    assert outcome["line_patterns"] == 2
    assert outcome["road_links"] > 100
    about = tomllib.loads((tmp_path / "work" / "dorf" / "region.toml").read_text(encoding="utf-8"))
    assert about["title"] == "Dorf, Sachsen"
    assert about["source"][0]["licence"] == "ODbL 1.0"
    assert about["source"][0]["year"].startswith("20")
    region = regions.read_region(tmp_path / "work" / "dorf")
    assert len(region.zones) == outcome["zones"] >= 4
    assert left(tmp_path) == ["dorf"]


def test_build_refuses_before_it_asks_anybody(call_here, server, tmp_path):
    for arguments, said in (
        (("--place", "Dorf", "--osm", "x.osm", "--population", "9"), "either --osm FILE or --place NAME"),
        (("--place", "Dorf"), "population"),
        (("--place", "Dorf", "--population", "9", "--gtfs", "x.zip", "--date", "2026-11-24"), "x.zip: no such file"),
        (("--place", "Dorf", "--population", "9", "--week", "2026-11-23"), "need a feed"),
    ):
        found = call_here("build", *arguments, "--out", "dorf")
        assert (found.returncode, said in found.stderr) == (2, True), found.stderr
    assert server.asked == []
    assert left(tmp_path) == []


def test_build_leaves_nothing_when_the_data_do_not_serve(call_here, server, tmp_path):
    found = call_here("build", "--place", "Dorf", "--population", "100", "--grid-m", "100000", "--out", "dorf")
    assert found.returncode == 2
    assert "choose a finer grid" in found.stderr
    assert left(tmp_path) == []


def test_check_a_scenario_file(tmp_path):
    good = ROOT / "scenarios" / "e_mobility_2030.toml"
    assert own_process.answer("check", good)["summary"] == {"name": "e_mobility_2030", "measures": 3, "parents": []}
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\n[[measure]]\ntype = "electric_share"\nshare = 3\nsight = "x"\n', encoding="utf-8")
    found = own_process.call("check", bad, "--json")
    assert found.returncode == 1
    outcome = json.loads(found.stdout)
    assert outcome["status"] == "error"
    assert len(outcome["findings"]) == 2
    assert {finding["field"] for finding in outcome["findings"]} == {"share", "sight"}


def test_check_prints_the_schema_of_scenario_files():
    found = own_process.call("check", "--schema")
    assert json.loads(found.stdout)["title"] == "itas_mobility scenario"


def test_check_a_matrix(tmp_path):
    matrix = tmp_path / "trips.csv"
    matrix.write_text("origin,destination,trips\nA,B,3.5\nB,A,1\nA,A,2\n", encoding="utf-8")
    assert own_process.answer("check", matrix)["summary"] == {"zones": 2, "pairs": 3, "total": 6.5, "intrazonal": 2.0}
    matrix.write_text("origin,destination,trips\nA,B,viele\n", encoding="utf-8")
    found = own_process.call("check", matrix, "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["findings"][0]["line"] == 2


def test_check_a_matrix_of_an_office(tmp_path):
    """All faults are findings with line and column; signs can be declared; zones come from any separated values."""
    matrix = tmp_path / "trips.csv"
    matrix.write_bytes("von;nach;Fahrten\nZwönitz;B;1.234\nB;Zwönitz;2.500\n".encode("cp1252"))
    found = own_process.call("check", matrix, "--json")
    assert found.returncode == 1
    (finding,) = json.loads(found.stdout)["findings"]
    assert (finding["line"], finding["field"]) == (2, "Fahrten")
    assert "--decimal" in finding["message"]
    assert own_process.answer("check", matrix, "--decimal", ".")["summary"]["total"] == 3.734
    assert own_process.answer("check", matrix, "--thousands", ".")["summary"]["total"] == 3734
    zones = tmp_path / "zones.csv"
    zones.write_bytes('"Zelle";Name\n"Zwönitz";a\n0815;b\n'.encode("utf-16"))
    matrix.write_bytes("von;nach;Fahrten\nZwönitz;815;-1\n\n0815;Zwönitz;x\n".encode())
    found = own_process.call("check", matrix, "--zones", zones, "--json")
    findings = json.loads(found.stdout)["findings"]
    assert [(one["line"], one["field"]) for one in findings] == [(2, "Fahrten"), (2, "nach"), (4, "Fahrten")]
    assert "leading zeros were lost" in findings[1]["message"]


def test_check_names_one_matrix_of_several(tmp_path):
    import numpy as np
    import openmatrix

    with openmatrix.open_file(str(tmp_path / "m.omx"), "w") as file:
        for k, name in enumerate(("car", "bike")):
            file[name] = np.full((2, 2), k + 1.0)
    assert (
        "--matrix"
        in json.loads(own_process.call("check", tmp_path / "m.omx", "--json").stdout)["findings"][0]["message"]
    )
    assert own_process.answer("check", tmp_path / "m.omx", "--matrix", "bike")["summary"]["total"] == 8.0


def test_check_a_matrix_with_two_mappings(tmp_path):
    import numpy as np
    import openmatrix

    with openmatrix.open_file(str(tmp_path / "m.omx"), "w") as file:
        file["trips"] = np.ones((2, 2))
        file.create_mapping("TAZ", [7, 45])
        file.create_mapping("MAZ", [1, 2])
    found = own_process.call("check", tmp_path / "m.omx", "--json")
    assert found.returncode == 1
    assert "--mapping" in json.loads(found.stdout)["findings"][0]["message"]
    assert own_process.answer("check", tmp_path / "m.omx", "--mapping", "TAZ")["summary"]["zones"] == 2
