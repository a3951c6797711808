"""The kit of small tagging cases with exact answers, and the kit of corrupt files; both lie beside the checkout."""

import json
import time

import pytest
from typer.testing import CliRunner

from itas_mobility.cli import app
from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm, read_osm_lines
from itas_mobility.network.routing import route_in_file


def answers(kit, case, query):
    route = route_in_file(kit / case["file"], query["from_node"], query["to_node"], mode=query["mode"])
    if query["expect"] == "no_route":
        return route is None
    return (
        route is not None
        and route.node_id.tolist() == query["via_nodes"]
        and route.length_m == pytest.approx(query["length_m"], rel=0.005)
    )


@pytest.mark.shared_data
def test_every_query_of_the_kit(shared_data):
    kit = shared_data / "kit"
    cases = json.loads((kit / "osm" / "expected.json").read_text(encoding="utf-8"))["cases"]
    assert len(cases) >= 14
    wrong = {
        (case["id"], query["mode"], query["from_node"], query["to_node"])
        for case in cases
        for query in case["queries"]
        if not answers(kit, case, query)
    }
    assert wrong == set()


def answers_on_the_command_line(kit, case, query):
    arguments = ["route", str(kit / case["file"]), "--mode", query["mode"], "--json"]
    found = CliRunner().invoke(
        app, [*arguments, "--from-node", str(query["from_node"]), "--to-node", str(query["to_node"])]
    )
    if found.exit_code != 0:
        return False
    answer = json.loads(found.stdout)
    if query["expect"] == "no_route":
        return answer == {"status": "no_route"}
    return (
        answer["status"] == "ok"
        and answer["nodes"] == query["via_nodes"]
        and answer["length_m"] == pytest.approx(query["length_m"], rel=0.005)
        and answer["time_s"] > 0
    )


@pytest.mark.shared_data
def test_every_query_on_the_command_line(shared_data):
    kit = shared_data / "kit"
    cases = json.loads((kit / "osm" / "expected.json").read_text(encoding="utf-8"))["cases"]
    queries = [(case, query) for case in cases for query in case["queries"]]
    assert len(queries) >= 39
    wrong = {
        (case["id"], query["mode"], query["from_node"], query["to_node"])
        for case, query in queries
        if not answers_on_the_command_line(kit, case, query)
    }
    assert wrong == set()


@pytest.mark.shared_data
def test_lanes_of_the_kit(shared_data):
    roads = read_osm(shared_data / "kit" / "osm" / "07_lanes.osm", simplify=False)
    lanes = {
        (name, "forward" if tail < head else "backward"): n
        for name, tail, head, n in zip(roads.name, roads.tail, roads.head, roads.lanes, strict=True)
    }
    assert (lanes["ab", "forward"], lanes["ab", "backward"]) == (2.0, 2.0)
    assert (lanes["bc", "forward"], lanes["bc", "backward"]) == (2.0, 1.0)
    assert {lanes[name, way] for name in ("cd", "de", "ef") for way in ("forward", "backward")} == {1.0}


@pytest.mark.shared_data
def test_route_with_gaps_and_missing_members(shared_data):
    lines = read_osm_lines(shared_data / "kit" / "osm" / "34_bus_route_gaps.osm")
    assert lines.report.counts["members missing from the file"] == 3
    assert set(lines.line) == {"10"}
    assert set(lines.stop_id) == {"n1001", "n1005"}


@pytest.mark.shared_data
def test_corrupt_files_are_refused_by_name_and_place(shared_data):
    kit = shared_data / "kit"
    cases = json.loads((kit / "corrupt" / "expected.json").read_text(encoding="utf-8"))
    files = [case for case in cases if "osm" in case["file"]]
    assert len(files) >= 10
    for case in files:
        path = kit / case["file"]
        started = time.perf_counter()
        if path.name == "osm_bz2_ok.osm.bz2":
            assert read_osm(path).n_links == 2
            continue
        for reader in (read_osm, read_osm_lines):
            with pytest.raises(NetworkError) as caught:
                reader(path)
            message = str(caught.value)
            assert path.name in message
            assert "\n" not in message
            assert "root:" not in message
            for word in case["must_name"]:
                assert word in message, message
        assert time.perf_counter() - started < 20
