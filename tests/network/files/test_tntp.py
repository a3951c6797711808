"""TNTP files: well-formed ones, those found in the wild, and those that cannot be used."""

import dataclasses

import numpy as np
import pytest

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand.assignment import assign
from itas_mobility.errors import DataWarning, DemandError, NetworkError
from itas_mobility.network import grid, read_tntp, read_tntp_trips, write_tntp, write_tntp_trips
from network.made_networks import junction

NET = """<NUMBER OF ZONES> 2\t
<NUMBER OF NODES> 4
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 5
<ORIGINAL HEADER>~ \tInit node \tTerm node
<END OF METADATA>\t\t\t

~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t3\t4\t900\t2\t3\t0.15\t4\t0\t0.5\t1\t;
\t1\t3\t9000\t1\t0.5\t0\t0\t0\t0\t1\t;
\t4\t2\t9000\t1\t0\t0\t0\t0\t0\t1;
 3 4 400 1 2 1.0E+00 1 0 0 1
\t4\t3\t900\t2\t3\t0.15\t4\t0\t0\t1\t; ~ comment
"""

TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 7.0
<END OF METADATA>
~ table

Origin  1
 1 : 1.0;  2 : 5.0;
Origin \t2
 1 : 1;
"""


def save(folder, text, name="net.tntp"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_well_formed(tmp_path):
    roads = read_tntp(save(tmp_path, NET))
    assert (roads.n_nodes, roads.n_links, roads.n_zones, roads.first_through) == (4, 5, 2, 2)
    assert roads.way_id.tolist() == [2, 1, 4, 3, 5]
    back = np.argsort(roads.way_id)
    pairs = [
        (int(roads.node_id[a]), int(roads.node_id[b])) for a, b in zip(roads.tail[back], roads.head[back], strict=True)
    ]
    assert pairs == [(3, 4), (1, 3), (4, 2), (3, 4), (4, 3)]
    assert roads.free_time_s[back].tolist() == [180.0, 30.0, 0.0, 120.0, 180.0]
    assert roads.length_m[back][0] == 2 * 1609.344
    assert roads.capacity_veh_per_h[back].tolist() == [900, 9000, 9000, 400, 900]
    assert roads.vdf_beta[back].tolist() == [4, 0, 0, 1, 4]
    assert roads.toll_eur[back][0] == 0.5
    assert roads.free_speed_km_per_h[back][0] == pytest.approx(2 * 1.609344 / 0.05)
    trips = read_tntp_trips(save(tmp_path, TRIPS, "trips.tntp"), roads.node_id[:2].astype(str))
    assert trips.trips.tolist() == [[1, 5], [1, 0]]
    assert trips.duration_h == 1.0


def test_units(tmp_path):
    roads = read_tntp(save(tmp_path, NET), time_unit="h", length_unit="km")
    assert roads.free_time_s[1] == 3 * 3600.0
    assert roads.length_m[1] == 2000.0
    with pytest.raises(NetworkError, match="time_unit: 'days'"):
        read_tntp(tmp_path / "net.tntp", time_unit="days")


def test_link_keys_outlive_an_edit(tmp_path):
    whole = read_tntp(save(tmp_path, NET))
    lines = NET.splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if line.startswith("\t1\t3"))
    less = "".join(lines[:first] + lines[first + 1 :]).replace("LINKS> 5", "LINKS> 4")
    with pytest.warns(DataWarning, match="zones 1 have no link"):
        cut = read_tntp(save(tmp_path, less))
    assert set(whole.link_key.tolist()) > set(cut.link_key.tolist())


def test_gaps_in_node_numbers(tmp_path):
    text = NET
    for old, new in (("4", "400"), ("3", "300"), ("2", "20"), ("1", "10")):
        text = text.replace(f"\t{old}\t{{}}", new)
    rows = [(300, 400), (10, 300), (400, 20)]
    text = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 300\n<NUMBER OF LINKS> 3\n<END OF METADATA>\n"
    text += "".join(f"{a} {b} 900 1 1 0.15 4 0 0 1 ;\n" for a, b in rows)
    with pytest.warns(DataWarning, match="gaps; took the 2 lowest .10 to 20. as zones"):
        roads = read_tntp(save(tmp_path, text))
    assert roads.node_id.tolist() == [10, 20, 300, 400]
    assert roads.first_through == 2
    trips = "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 10\n20 : 6;\n"
    matrix = read_tntp_trips(save(tmp_path, trips, "t.tntp"), roads.node_id[:2].astype(str))
    assert assign(roads, matrix).volume_veh_per_h.tolist() == [6, 6, 6]


def test_gap_above_the_zones_needs_no_word(tmp_path):
    text = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 2\n<END OF METADATA>\n"
    text += "1 77 900 1 1 0.15 4 0 0 1 ;\n77 2 900 1 1 0.15 4 0 0 1 ;\n"
    assert read_tntp(save(tmp_path, text)).node_id.tolist() == [1, 2, 77]


def test_missing_first_thru_node_is_said(tmp_path):
    with pytest.warns(DataWarning, match="FIRST THRU NODE> is missing"):
        roads = read_tntp(save(tmp_path, NET.replace("<FIRST THRU NODE> 3\n", "")))
    assert roads.first_through == 0


def test_other_count_of_links_is_said(tmp_path):
    with pytest.warns(DataWarning, match="NUMBER OF LINKS> is 6, the file holds 5"):
        read_tntp(save(tmp_path, NET.replace("LINKS> 5", "LINKS> 6")))


def test_byte_order_mark_windows_ends_and_latin_comments(tmp_path):
    raw = b"\xef\xbb\xbf" + NET.replace("comment", "Stra\xdfe").replace("\n", "\r\n").encode("latin-1")
    assert read_tntp(save(tmp_path, raw)).n_links == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\t3\t4\t900", "\t3\t4\tmany", "line 9: capacity of link 3 -> 4 is 'many', not a number"),
        ("\t3\t4\t900", "\t3\t4\t-900", "line 9: capacity of link 3 -> 4 is '-900'; it must not be negative"),
        ("\t3\t4\t900\t2\t3", "\t3\t4\t900\t2\tnan", "line 9: free flow time of link 3 -> 4 is 'nan'"),
        ("\t3\t4\t900\t2\t3", "\t3\t4\t900\tinf\t3", "line 9: length of link 3 -> 4 is 'inf'"),
        ("\t3\t4\t900", "\t3.5\t4\t900", "line 9: init node is '3.5', not a whole number"),
        (" 3 4 400 1 2 1.0E+00 1 0 0 1", " 3 4 400 1", "line 12: 4 fields"),
        ("<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> two", "line 1: <NUMBER OF ZONES> is 'two'"),
        ("<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> 0", "<NUMBER OF ZONES> is missing or 0"),
    ],
)
def test_refused_networks(tmp_path, old, new, said):
    path = save(tmp_path, NET.replace(old, new, 1))
    with pytest.raises(NetworkError) as refused:
        read_tntp(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("raw", [b"", b"<NUMBER OF ZONES> 2\n", b"PK\x03\x04\0\0"])
def test_files_of_another_kind(tmp_path, raw):
    path = save(tmp_path, raw)
    with pytest.raises(NetworkError, match=r"net\.tntp"):
        read_tntp(path)
    with pytest.raises(DemandError, match=r"net\.tntp"):
        read_tntp_trips(path)
    with pytest.raises(NetworkError, match="cannot be read"):
        read_tntp(tmp_path / "none.tntp")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2 : 5.0", "2 : five", "line 7: trips 1 -> 2 is 'five'"),
        ("2 : 5.0", "2 : -5", "line 7: trips 1 -> 2 is '-5'"),
        ("2 : 5.0", "1 : 5", "line 7: pair 1 -> 1 stands twice"),
        ("2 : 5.0", "9 : 5", "line 7: zone 9 is not one of the 2 zones"),
        ("2 : 5.0", "2   5", "line 7: '2   5' is not 'destination : trips;'"),
        ("Origin  1", "", "line 7: entry '1 : 1.0;  2 : 5.0;' stands before"),
        ("Origin  1", "Origin x", "line 6: origin is 'x'"),
    ],
)
def test_refused_trips(tmp_path, old, new, said):
    path = save(tmp_path, TRIPS.replace(old, new, 1), "trips.tntp")
    with pytest.raises(DemandError) as refused:
        read_tntp_trips(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_other_count_of_zones_and_total_is_said(tmp_path):
    path = save(tmp_path, TRIPS.replace("7.0", "9.0"), "trips.tntp")
    with pytest.warns(DataWarning) as said:
        trips = read_tntp_trips(path, ["1", "2", "3"])
    assert trips.trips.shape == (3, 3)
    words = " ".join(str(w.message) for w in said)
    assert "<NUMBER OF ZONES> is 2, the network has 3" in words
    assert "TOTAL OD FLOW> is 9, the trips add up to 7" in words


def test_zone_without_trips_may_be_unknown(tmp_path):
    path = save(tmp_path, TRIPS.replace("2 : 5.0;", "2 : 5.0; 3 : 0.0;"), "trips.tntp")
    assert read_tntp_trips(path).total == 7.0


SIOUX_FALLS = 4231335.28710744
"""Best known Beckmann value of Sioux Falls in the file's minutes (Transportation Networks for Research)."""


@pytest.mark.parametrize("algorithm", ["bfw", "cfw"])
def test_sioux_falls(shared_data, algorithm):
    folder = shared_data / "tntp/SiouxFalls"
    roads = read_tntp(folder / "SiouxFalls_net.tntp")
    trips = read_tntp_trips(folder / "SiouxFalls_trips.tntp", roads.node_id[: roads.n_zones].astype(str))
    found = assign(roads, trips, relative_gap=1e-4, algorithm=algorithm)
    assert found.converged
    above = found.beckmann_veh_s / 60 - SIOUX_FALLS
    assert -1e-6 * SIOUX_FALLS * 1e-6 <= above <= found.relative_gap * found.tstt_veh_s / 60
    best = np.loadtxt(folder / "SiouxFalls_flow.tntp", skiprows=1, usecols=2)
    np.testing.assert_allclose(found.volume_veh_per_h[np.argsort(roads.way_id)], best, rtol=0.06)


@pytest.mark.parametrize(
    ("name", "best"), [("Anaheim", 1286032.1711), ("Winnipeg", 827911.4946), ("Chicago-Sketch", 17313018.7387)]
)
def test_published_objectives(shared_data, name, best):
    folder = shared_data / "tntp" / name
    roads = read_tntp(next(folder.glob("*_net.tntp")))
    trips = read_tntp_trips(next(folder.glob("*_trips.tntp")), roads.node_id[: roads.n_zones].astype(str))
    weights = {"toll_weight_s_per_eur": 0.02 * 60, "distance_weight_s_per_m": 0.04 * 60 / 1609.344}
    found = assign(roads, trips, relative_gap=1e-4, **(weights if name == "Chicago-Sketch" else {}))
    above = found.beckmann_veh_s / 60 - best
    assert -1e-3 <= above <= found.relative_gap * found.tstt_veh_s / 60


TNTP_COLUMNS = ("tail", "head", "length_m", "free_time_s", "capacity_veh_per_h", "vdf_alpha", "vdf_beta", "toll_eur")


@pytest.mark.parametrize(("time_unit", "length_unit"), [("s", "m"), ("min", "km"), ("h", "mi"), ("min", "ft")])
def test_written_networks_are_read_again(tmp_path, time_unit, length_unit):
    roads = dataclasses.replace(junction(), vdf=np.zeros(8, np.uint8))
    path = tmp_path / "roads_net.tntp"
    write_tntp(roads, path, time_unit=time_unit, length_unit=length_unit)
    other = read_tntp(path, time_unit=time_unit, length_unit=length_unit)
    assert (other.n_zones, other.first_through, other.n_nodes) == (1, 1, 7)
    assert other.node_id.tolist() == list(range(1, 8))
    for column in TNTP_COLUMNS:
        assert getattr(other, column) == pytest.approx(getattr(roads, column), rel=1e-15), column
    if (time_unit, length_unit) == ("s", "m"):
        assert other.free_time_s.tolist() == roads.free_time_s.tolist()


def test_written_files_state_their_units_and_may_avoid_inf(tmp_path):
    roads = dataclasses.replace(junction(), vdf=np.zeros(8, np.uint8))
    write_tntp(roads, tmp_path / "net.tntp", infinite_capacity=1e9)
    text = (tmp_path / "net.tntp").read_text(encoding="utf-8")
    assert "~ length in km, free flow time in min, capacity in veh/h" in text
    assert "inf" not in text
    assert read_tntp(tmp_path / "net.tntp", length_unit="km").capacity_veh_per_h.max() == 1e9


def test_what_tntp_cannot_hold_is_named(tmp_path):
    with pytest.raises(NetworkError, match=r"link 16 \(and 1 more\) has the function AKCELIK; TNTP knows BPR only"):
        write_tntp(junction(), tmp_path / "net.tntp")
    with pytest.raises(NetworkError, match="has no zones"):
        write_tntp(grid(2, 2), tmp_path / "net.tntp")
    with pytest.raises(NetworkError, match="time_unit: 'd' is not one of s, min, h"):
        write_tntp(junction(), tmp_path / "net.tntp", time_unit="d")
    with pytest.raises(NetworkError, match="the folder does not exist"):
        write_tntp(junction(), tmp_path / "none" / "net.tntp")
    with pytest.raises(NetworkError, match="infinite_capacity: 0 must be positive"):
        write_tntp(dataclasses.replace(junction(), vdf=np.zeros(8)), tmp_path / "net.tntp", infinite_capacity=0)
    assert list(tmp_path.iterdir()) == []


def test_written_trips_are_read_again(tmp_path):
    trips = ODMatrix(
        np.array(["a", "b", "c"]), np.array([[0.0, 1 / 3, 2.0], [0, 0, 0], [1e-9, 7, 0.1]]), duration_h=2.0
    )
    write_tntp_trips(trips, tmp_path / "trips.tntp")
    other = read_tntp_trips(tmp_path / "trips.tntp")
    assert other.duration_h == 1.0
    assert other.trips.tolist() == (trips.trips / 2.0).tolist()
    with pytest.raises(DemandError, match="the folder does not exist"):
        write_tntp_trips(trips, tmp_path / "none" / "trips.tntp")


@pytest.mark.shared_data
def test_sioux_falls_written_and_read_gives_the_same_assignment(shared_data, tmp_path):
    roads = read_tntp(next(shared_data.glob("tntp/*/SiouxFalls_net.tntp")))
    trips = read_tntp_trips(next(shared_data.glob("tntp/*/SiouxFalls_trips.tntp")))
    write_tntp(roads, tmp_path / "net.tntp")
    write_tntp_trips(trips, tmp_path / "trips.tntp")
    again, trips_again = read_tntp(tmp_path / "net.tntp", length_unit="km"), read_tntp_trips(tmp_path / "trips.tntp")
    one = assign(roads, trips, relative_gap=1e-6)
    two = assign(again, trips_again, relative_gap=1e-6)
    assert two.volume_veh_per_h == pytest.approx(one.volume_veh_per_h, rel=1e-3)
