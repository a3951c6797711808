"""The commands `assign` and `skim`: options, exit codes, files, one message for a fault."""

import json
import re
import subprocess
import sys
import warnings
from typing import NamedTuple

import numpy as np
import own_process
import pytest

from itas_mobility import network
from itas_mobility.cli import main
from itas_mobility.demand.matrix_files import read_skims
from itas_mobility.errors import NetworkError

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 3
<FIRST THRU NODE> 1
<NUMBER OF LINKS> 4
<END OF METADATA>
~ init_node term_node capacity length free_flow_time b power speed toll link_type ;
5 2 10 1 5 1 1 0 0 1 ;
1 2 10 3 10 1 1 0 2 1 ;
1 5 10 1 5 1 1 0 0 1 ;
1 2 10 1 30 1 1 0 0 1 ;
"""
"""Two ways with 10 (1 + v / 10) minutes each, one direct with a toll of 2, and one of 30 minutes."""
TRIPS = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 20\n<END OF METADATA>\nOrigin 1\n 2 : 20;\n"
KEYS = ["relative_gap", "tstt", "sptt", "beckmann", "seconds", "iterations", "converged", "unassigned"]


class Outcome(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def streams(capsys):
    """Lets `call` read what a command wrote."""
    Command.streams = capsys


class Command:
    streams: pytest.CaptureFixture[str]


def call(*arguments):
    """Run a command in this process, with warnings as on the command line."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
    return Outcome(left.value.code, *Command.streams.readouterr())


@pytest.fixture
def files(tmp_path):
    net, trips = tmp_path / "x_net.tntp", tmp_path / "x_trips.tntp"
    net.write_text(NET, encoding="utf-8")
    trips.write_text(TRIPS, encoding="utf-8")
    return net, trips, tmp_path / "flows.csv"


def assign(files, *options):
    net, trips, flows = files
    return call("assign", "--network", net, "--trips", trips, "--flows", flows, "--json", *options)


def rows(flows):
    head, *lines = flows.read_text(encoding="utf-8").splitlines()
    assert head == "from,to,volume,cost"
    return [line.split(",") for line in lines]


def test_assign_writes_json_and_volumes_in_the_files_order(files):
    found = assign(files, "--gap", "1e-12")
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    content = json.loads(found.stdout)
    assert list(content) == KEYS
    assert content["converged"] is True
    assert content["relative_gap"] <= 1e-12
    assert content["tstt"] == pytest.approx(20 * 20)
    assert content["sptt"] == pytest.approx(20 * 20)
    # integrals of 10 + v and twice 5 + v / 2, from 0 to 10
    assert content["beckmann"] == pytest.approx(300)
    assert content["unassigned"] == 0
    table = rows(files[2])
    assert [row[:2] for row in table] == [["5", "2"], ["1", "2"], ["1", "5"], ["1", "2"]]
    assert [float(row[2]) for row in table] == pytest.approx([10, 10, 10, 0])
    assert [float(row[3]) for row in table] == pytest.approx([10, 20, 10, 30])
    assert all(repr(float(cell)) == cell for row in table for cell in row[2:]), "floats round-trip"


def test_system_optimum_shows_travel_costs(files):
    net, trips, flows = files
    trips.write_text(TRIPS.replace("20", "4"), encoding="utf-8")
    net.write_text(NET.replace("1 2 10 3 10 1 1", "1 2 10 3 12 0 1"), encoding="utf-8")
    found = assign(files, "--objective", "so", "--gap", "1e-12")
    assert found.returncode == 0, found.stderr
    # 10 + v against 12: each is on the first way by its own cost up to v = 2, by marginal cost 10 + 2 v up to 1
    assert [float(row[2]) for row in rows(flows)] == pytest.approx([1, 3, 1, 0])
    assert [float(row[3]) for row in rows(flows)] == pytest.approx([5.5, 12, 5.5, 30])
    content = json.loads(found.stdout)
    assert content["tstt"] == pytest.approx(11 + 36)
    assert content["sptt"] == pytest.approx(44)
    assert content["relative_gap"] <= 1e-12


def test_toll_and_distance_count_in_the_files_units(files):
    found = assign(files, "--gap", "1e-12", "--toll-weight", "3", "--distance-weight", "0.5")
    assert found.returncode == 0, found.stderr
    # direct: 10 + v + 3 * 2 + 0.5 * 3, by node 5: 10 + w + 0.5 * 2
    table = rows(files[2])
    assert [float(row[2]) for row in table] == pytest.approx([13.25, 6.75, 13.25, 0])
    assert float(table[1][3]) == pytest.approx(24.25)
    assert json.loads(found.stdout)["tstt"] == pytest.approx(20 * 24.25)


@pytest.mark.parametrize("algorithm", ["bush", "bfw", "cfw", "fw", "msa"])
def test_every_algorithm_by_name(files, algorithm):
    found = assign(files, "--algorithm", algorithm, "--gap", "1e-3")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["tstt"] == pytest.approx(400, rel=1e-2)


@pytest.mark.parametrize("limit", [("--max-iterations", "1"), ("--max-seconds", "1e-9")])
def test_a_limit_before_the_gap_is_exit_code_1_with_the_volumes_so_far(files, limit):
    found = assign(files, "--algorithm", "msa", "--gap", "1e-12", "--toll-weight", "1", *limit)
    assert found.returncode == 1
    assert json.loads(found.stdout)["converged"] is False
    assert sum(float(row[2]) for row in rows(files[2]) if row[0] == "1") == pytest.approx(20)
    (line,) = found.stderr.splitlines()
    assert line.startswith("itas-mobility: assignment stopped after")


def test_gap_0_ends_and_says_what_was_reached(files):
    found = assign(files, "--gap", "0")
    content = json.loads(found.stdout)
    assert found.returncode == (0 if content["converged"] else 1)
    assert content["relative_gap"] <= 1e-14
    assert content["converged"] == (content["relative_gap"] == 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--algorithm", "bush2"), "algorithm: 'bush2' is not one of"),
        (("--objective", "both"), "objective: 'both' is not one of ue, so"),
        (("--gap", "-1"), "relative_gap: -1.0 must be finite and not negative"),
        (("--gap", "nan"), "relative_gap: nan must be finite"),
        (("--gap", "small"), "'--gap'"),
        (("--max-seconds", "0"), "max_seconds: 0.0 must be positive"),
        (("--max-seconds", "-1"), "max_seconds: -1.0 must be positive"),
        (("--max-iterations", "-1"), "max_iterations: -1 must not be negative"),
        (("--threads", "0"), "threads: 0 must be between 1 and"),
        (("--threads", "9999"), "threads: 9999 must be between 1 and"),
        (("--toll-weight", "-1"), "toll_weight"),
        (("--distance-weight", "inf"), "distance_weight"),
        (("--colour", "red"), "--colour"),
    ],
)
def test_unusable_options_are_exit_code_2_and_leave_nothing(files, options, said):
    found = assign(files, *options)
    assert found.returncode == 2, found.stdout + found.stderr
    assert said in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""
    assert sorted(path.name for path in files[0].parent.iterdir()) == ["x_net.tntp", "x_trips.tntp"]


@pytest.mark.parametrize(
    ("where", "old", "new", "said"),
    [
        (0, "5 2 10 1 5", "5 2 10 1 nan", "x_net.tntp, line 7: free flow time of link 5 -> 2 is 'nan'"),
        (0, "5 2 10 1 5", "5 2 0 1 5", "node 5 to 2) has capacity 0 but a volume-delay function"),
        (1, "2 : 20", "2 : -20", "x_trips.tntp, line 5: trips 1 -> 2 is '-20'; it must not be negative"),
        (1, "2 : 20", "9 : 20", "x_trips.tntp, line 5: zone 9 is not one of the 2 zones"),
        (1, "2 : 20", "2 : 10; 2 : 10", "x_trips.tntp, line 5: pair 1 -> 2 stands twice"),
        (1, "Origin 1\n 2", "Origin 2\n 1", "no path for 1 pairs of zones with 20 trips: 2 -> 1 (20)"),
    ],
)
def test_bad_input_is_one_message_that_names_its_place(files, where, old, new, said):
    text = files[where].read_text(encoding="utf-8")
    assert old in text
    files[where].write_text(text.replace(old, new), encoding="utf-8")
    found = assign(files)
    assert found.returncode == 2, found.stderr
    assert said in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert not files[2].exists()


def test_what_was_assumed_is_said_in_one_line_each(files):
    files[0].write_text(NET.replace("<FIRST THRU NODE> 1\n", "").replace("LINKS> 4", "LINKS> 5"), encoding="utf-8")
    files[1].write_text(TRIPS.replace("OF ZONES> 2", "OF ZONES> 3") + "Origin 2\n 1 : 7;\n", encoding="utf-8")
    found = assign(files)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["unassigned"] == 7
    lines = found.stderr.splitlines()
    assert len(lines) == 5
    for part in ("LINKS> is 5", "FIRST THRU", "ZONES> is 3", "TOTAL OD FLOW", "no path for 1 pairs"):
        assert any(part in line and line.startswith("itas-mobility: ") for line in lines), part


def test_zones_with_gaps_keep_the_files_numbers(files):
    text = (
        NET.replace("\n1 ", "\n100 ")
        .replace(" 2 10 ", " 200 10 ")
        .replace("<FIRST THRU NODE> 100", "<FIRST THRU NODE> 1")
    )
    text = text.replace("5 200", "500 200").replace("100 5 ", "100 500 ")
    files[0].write_text(text, encoding="utf-8")
    files[1].write_text(TRIPS.replace("Origin 1\n 2", "Origin 100\n 200"), encoding="utf-8")
    found = assign(files, "--gap", "1e-10")
    assert found.returncode == 0, found.stderr
    assert "gaps" in found.stderr
    assert [row[:2] for row in rows(files[2])] == [["500", "200"], ["100", "200"], ["100", "500"], ["100", "200"]]
    assert [float(row[2]) for row in rows(files[2])] == pytest.approx([10, 10, 10, 0])


@pytest.mark.parametrize("target", ["folder", "x_net.tntp", "x_trips.tntp", "x_net.tntp/below.csv"])
def test_volumes_that_cannot_be_written_are_refused_before_the_work(files, target, tmp_path):
    (tmp_path / "folder").mkdir()
    before = files[0].read_bytes(), files[1].read_bytes()
    found = assign((*files[:2], tmp_path / target))
    assert found.returncode == 2
    assert f"assign: --flows {tmp_path / target}" in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert (files[0].read_bytes(), files[1].read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "x_net.tntp", "x_trips.tntp"]


def test_an_old_file_is_replaced_and_stays_if_the_input_is_bad(files):
    files[2].write_text("old", encoding="utf-8")
    assert assign(files, "--algorithm", "none").returncode == 2
    assert files[2].read_text(encoding="utf-8") == "old"
    assert assign(files).returncode == 0
    assert len(rows(files[2])) == 4


def test_threads_and_a_second_process_give_the_same_bytes(files):
    net, trips, flows = files
    texts = []
    for threads in ("1", "2"):
        found = assign(files, "--gap", "1e-9", "--threads", threads)
        if "threads: 2 must be between" in found.stderr:
            pytest.skip("one processor only")
        assert found.returncode == 0, found.stderr
        texts.append(flows.read_bytes())
    command = ["assign", "--network", net, "--trips", trips, "--flows", flows, "--gap", "1e-9"]
    subprocess.run([sys.executable, "-m", "itas_mobility", *command], check=True, capture_output=True)
    assert texts == [flows.read_bytes()] * 2


# --- skims ------------------------------------------------------------------------------------------------------------


def test_skim_free_flow_loaded_and_weighted(files, tmp_path):
    net, _, flows = files
    out = tmp_path / "skim.omx"
    found = call("skim", "--network", net, "--out", out, "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["matrices"] == ["time_s", "length_m"]
    assert read_skims(out)["time_s"][0, 1] == pytest.approx(600)

    assert assign(files, "--gap", "1e-12").returncode == 0
    found = call("skim", "--network", net, "--flows", flows, "--out", out, "--json")
    assert found.returncode == 0, found.stderr
    assert read_skims(out)["time_s"][0, 1] == pytest.approx(1200)

    found = call("skim", "--network", net, "--flows", flows, "--toll-weight", "100", "--out", out, "--json")
    skims = read_skims(out)
    assert set(skims) == {"time_s", "length_m", "cost_s"}
    assert skims["length_m"][0, 1] == pytest.approx(2 * 1609.344)
    assert skims["cost_s"][0, 1] == pytest.approx(1200)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("5,2,", "5,3,", "flows.csv: link 5 -> 2 of the network is missing"),
        ("1,5,10.0,10.0\n", "1,5,10.0,10.0\n1,4,1,1\n", "flows.csv, line 5: link 1 -> 4 is not in the network"),
        ("1,5,", "1,2,", "flows.csv, line 5: link 1 -> 2 is not in the network, or not as often"),
        ("10.0,20.0", "-1.0,20.0", "line 3: volume -1.0 must be finite and not negative"),
        ("10.0,20.0", "nan,20.0", "line 3: volume nan must be finite and not negative"),
        ("10.0,20.0", "x,20.0", "line 3: '1,2,x,20.0' is not 'from,to,volume,cost'"),
        ("1,5,10.0,10.0\n", "", "flows.csv: link 1 -> 5 of the network is missing"),
    ],
)
def test_volumes_of_another_network_are_refused(files, tmp_path, old, new, said):
    roads = network.read_tntp(files[0])
    text = "from,to,volume,cost\n5,2,10.0,10.0\n1,2,10.0,20.0\n1,5,10.0,10.0\n1,2,0.0,30.0\n"
    assert old in text
    files[2].write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(NetworkError, match=re.escape(str(files[2]))) as refused:
        network.read_link_volumes(roads, files[2])
    assert said in str(refused.value)


def test_volumes_are_read_again_bit_by_bit_whatever_their_order(files):
    roads = network.read_tntp(files[0])
    volume = np.array([1 / 3, 0.1, 1e-300, 123456789.123])
    network.write_link_volumes(roads, volume, volume, files[2], time_unit="s")
    assert network.read_link_volumes(roads, files[2]).tolist() == volume.tolist()
    head, *lines = files[2].read_text(encoding="utf-8").splitlines()
    files[2].write_text("\n".join([head, lines[2], lines[1], lines[3], lines[0]]).replace(",", " \t"), encoding="utf-8")
    assert network.read_link_volumes(roads, files[2]).tolist() == volume.tolist()


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
    outcome = own_process.answer("assign", "--network", net, "--trips", trips, "--flows", flows, "--gap", "1e-9")
    assert outcome["converged"]
    # 10 + x = 15 + 1.5 y, x + y = 20: x = 14, y = 6, both cost 24
    rows = flows.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "from,to,volume,cost"
    volumes = [[float(cell) for cell in row.split(",")] for row in rows[1:]]
    assert volumes[0] == pytest.approx([1, 2, 14, 24], rel=1e-6)
    assert volumes[1] == pytest.approx([1, 2, 6, 24], rel=1e-6)
    assert outcome["tstt"] == pytest.approx(480, rel=1e-6)
    skim = own_process.answer("skim", "--network", net, "--out", tmp_path / "skim.omx")
    assert skim["zones"] == 2


@pytest.mark.parametrize("name", ["net_missing_column", "zero"])
def test_assign_refuses_a_broken_network_without_output(tmp_path, name):
    net, trips, flows = tmp_path / f"{name}.tntp", tmp_path / "trips.tntp", tmp_path / "flows.csv"
    net.write_text("<NUMBER OF ZONES> 2\n<END OF METADATA>\n1 2 x ;\n", encoding="utf-8")
    trips.write_text("<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 1\n 2 : 20;\n", encoding="utf-8")
    found = own_process.call("assign", "--network", net, "--trips", trips, "--flows", flows)
    assert found.returncode == 2
    assert name in found.stderr
    assert not flows.exists()
