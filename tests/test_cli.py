"""The command line: output, exit codes, one message for a fault."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def call(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "itas_mobility", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def answer(*arguments):
    found = call(*arguments, "--json")
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_help_lists_every_command():
    found = call("--help")
    assert found.returncode == 0
    for command in (
        "demo", "run", "compare", "build", "fetch", "check", "route", "journey", "assign", "skim", "bench",
    ):  # fmt: skip
        assert command in found.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "nowhere.toml"),
        ("check", "nowhere.osm"),
        ("compare", "nowhere"),
        ("route", "nowhere.osm", "--from-node", "1", "--to-node", "2"),
        ("build", "--out", "x"),
        ("fetch", "nowhere"),
        ("journey", "feed.zip"),
        ("assign", "--network", "a", "--trips", "b", "--flows", "c"),
        ("skim", "--network", "a", "--out", "b.omx"),
        ("nonsense",),
        ("run",),
    ],
    ids=" ".join,
)
def test_unusable_input_is_one_message_and_exit_code_2(arguments, tmp_path):
    found = call(*arguments, cwd=tmp_path)
    assert found.returncode == 2, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    assert found.stderr.strip()
    assert list(tmp_path.iterdir()) == [], "nothing half-written may stay"


def test_debug_shows_the_traceback(tmp_path):
    found = call("run", tmp_path / "nowhere.toml", "--debug")
    assert found.returncode != 0
    assert "Traceback" in found.stderr
    assert "nowhere.toml" in found.stderr


def test_route_in_a_file(tmp_path):
    osm = tmp_path / "town.osm"
    osm.write_text(
        """<osm version="0.6">
        <node id="1" lat="50.7" lon="12.5"/><node id="2" lat="50.7" lon="12.51"/><node id="3" lat="50.7" lon="12.52"/>
        <way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
        <tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
        </osm>""",
        encoding="utf-8",
    )
    there = answer("route", osm, "--mode", "car", "--from-node", 1, "--to-node", 3)
    assert there["status"] == "ok"
    assert there["nodes"] == [1, 2, 3]
    assert there["length_m"] == pytest.approx(1408.6, abs=1)
    assert answer("route", osm, "--mode", "car", "--from-node", 3, "--to-node", 1) == {"status": "no_route"}
    on_foot = answer("route", osm, "--mode", "foot", "--from", "50.7,12.52", "--to", "50.7,12.5")
    assert on_foot["nodes"] == [3, 2, 1]
    assert (on_foot["from_snap_m"], on_foot["to_snap_m"]) == (0.0, 0.0)
    moved = answer("route", osm, "--from-node", 1, "--to", "50.701,12.52")
    assert "from_snap_m" not in moved
    assert moved["to_snap_m"] == pytest.approx(111.2, abs=0.1)
    elsewhere = call("route", osm, "--from", "52.52,13.4", "--to", "48.14,11.58", "--json")
    assert (elsewhere.returncode, elsewhere.stdout) == (2, "")
    assert "town.osm: the place from" in elsewhere.stderr
    assert "the place to" in elsewhere.stderr


def test_check_a_scenario_file(tmp_path):
    good = ROOT / "scenarios" / "e_mobility_2030.toml"
    assert answer("check", good)["summary"] == {"name": "e_mobility_2030", "measures": 2, "parents": []}
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\n[[measure]]\ntype = "electric_share"\nshare = 3\nsight = "x"\n', encoding="utf-8")
    found = call("check", bad, "--json")
    assert found.returncode == 1
    outcome = json.loads(found.stdout)
    assert outcome["status"] == "error"
    assert len(outcome["findings"]) == 2
    assert {finding["field"] for finding in outcome["findings"]} == {"share", "sight"}


def test_check_prints_the_schema_of_scenario_files():
    found = call("check", "--schema")
    assert json.loads(found.stdout)["title"] == "itas_mobility scenario"


def test_check_a_matrix(tmp_path):
    matrix = tmp_path / "trips.csv"
    matrix.write_text("origin,destination,trips\nA,B,3.5\nB,A,1\nA,A,2\n", encoding="utf-8")
    assert answer("check", matrix)["summary"] == {"zones": 2, "pairs": 3, "total": 6.5, "intrazonal": 2.0}
    matrix.write_text("origin,destination,trips\nA,B,viele\n", encoding="utf-8")
    found = call("check", matrix, "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["findings"][0]["line"] == 2


def test_check_a_matrix_with_two_mappings(tmp_path):
    import numpy as np
    import openmatrix

    with openmatrix.open_file(str(tmp_path / "m.omx"), "w") as file:
        file["trips"] = np.ones((2, 2))
        file.create_mapping("TAZ", [7, 45])
        file.create_mapping("MAZ", [1, 2])
    found = call("check", tmp_path / "m.omx", "--json")
    assert found.returncode == 1
    assert "--mapping" in json.loads(found.stdout)["findings"][0]["message"]
    assert answer("check", tmp_path / "m.omx", "--mapping", "TAZ")["summary"]["zones"] == 2


def test_assign_a_tntp_network(tmp_path):
    net, trips, flows = tmp_path / "net.tntp", tmp_path / "trips.tntp", tmp_path / "flows.csv"
    net.write_text(
        "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 2\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 2\n<END OF METADATA>\n"
        "~ init term capacity length fft b power speed toll type ;\n"
        "1 2 10 1 10 1 1 0 0 1 ;\n1 2 10 1 15 1 1 0 0 1 ;\n",
        encoding="utf-8",
    )
    trips.write_text(
        "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 20\n<END OF METADATA>\nOrigin 1\n 2 : 20;\n", encoding="utf-8"
    )
    outcome = answer("assign", "--network", net, "--trips", trips, "--flows", flows, "--gap", "1e-9")
    assert outcome["converged"]
    # 10 + x = 15 + 1.5 y, x + y = 20: x = 14, y = 6, both cost 24
    rows = flows.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "from,to,volume,cost"
    volumes = [[float(cell) for cell in row.split(",")] for row in rows[1:]]
    assert volumes[0] == pytest.approx([1, 2, 14, 24], rel=1e-6)
    assert volumes[1] == pytest.approx([1, 2, 6, 24], rel=1e-6)
    assert outcome["tstt"] == pytest.approx(480, rel=1e-6)
    skim = answer("skim", "--network", net, "--out", tmp_path / "skim.omx")
    assert skim["zones"] == 2


@pytest.mark.parametrize("name", ["net_missing_column", "zero"])
def test_assign_refuses_a_broken_network_without_output(tmp_path, name):
    net, trips, flows = tmp_path / f"{name}.tntp", tmp_path / "trips.tntp", tmp_path / "flows.csv"
    net.write_text("<NUMBER OF ZONES> 2\n<END OF METADATA>\n1 2 x ;\n", encoding="utf-8")
    trips.write_text("<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 1\n 2 : 20;\n", encoding="utf-8")
    found = call("assign", "--network", net, "--trips", trips, "--flows", flows)
    assert found.returncode == 2
    assert name in found.stderr
    assert not flows.exists()


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Two processes run the same two scenarios."""
    files = [ROOT / "scenarios" / f"{name}.toml" for name in ("e_mobility_2030", "shift_stagger")]
    outs = [tmp_path_factory.mktemp("runs") / str(k) for k in range(2)]
    return [(call("run", *files, "--out", out, "--json"), out) for out in outs], files


def test_the_same_run_gives_the_same_bytes(two_runs):
    (first, out_a), (second, out_b) = two_runs[0]
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    for path in sorted(out_a.rglob("*")):
        if path.is_file() and path.name != "timing.json":
            assert path.read_bytes() == (out_b / path.relative_to(out_a)).read_bytes(), path.name


def test_finished_runs_are_resumed(two_runs):
    runs, files = two_runs
    first, out = runs[0]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    again = call("run", *files, "--out", out, "--json")
    assert again.stdout == first.stdout
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    assert {path.parent.name for path in before} == {"baseline", "e_mobility_2030", "shift_stagger"}


def test_compare_finished_runs(two_runs, tmp_path):
    _, out = two_runs[0][0]
    folders = [out / "e_mobility_2030", out / "shift_stagger"]
    found = call("compare", *folders, "--json")
    assert found.returncode == 2, "each of them has measures"
    assert "--base NAME" in found.stderr
    found = call("compare", *folders, "--base", "e_mobility_2030", "--json")
    assert found.returncode == 0, found.stderr
    content = json.loads(found.stdout)
    assert [run["name"] for run in content["runs"]] == ["e_mobility_2030", "shift_stagger"]
    assert content["explanation"]["shift_stagger"], "these two scenarios differ"
    page = tmp_path / "report.html"
    found = call("compare", *folders, out / "baseline", "--report", page, "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["base"] == "baseline"
    assert "Landkreis Zwickau" in page.read_text(encoding="utf-8")
