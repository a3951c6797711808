"""TNTP files as they are met: each nasty one must read like its clean twin, say what was assumed, or be refused."""

import time
import warnings

import numpy as np
import pytest

from itas_mobility.demand.assignment import assign
from itas_mobility.errors import DataWarning, DemandError, NetworkError
from itas_mobility.network import read_tntp, read_tntp_trips

ROWS = """1 3 900 2 3 0.15 4 50 0.5 1
3 4 400 1 2 1 1 50 0 1
4 2 900 2 3 0.15 4.5 50 0 1
4 3 900 2 3 0.15 4 50 0 1
3 4 300 1 2 1 2 50 0 1
"""
HEAD = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 5\n<END OF METADATA>\n"
TRIPS_HEAD = "<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> 7.5\n<END OF METADATA>\n"
TRIPS = np.array([[1.0, 5.0, 0.0], [0.0, 0.0, 1.5], [0.0, 0.0, 0.0]])
COLUMNS = (
    "tail", "head", "node_id", "link_key", "length_m", "free_time_s", "capacity_veh_per_h", "vdf_alpha", "vdf_beta",
    "toll_eur", "road_class", "way_id",
)  # fmt: skip


def save(folder, text, name="x_net.tntp"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(change):
    """Clean rows, each changed."""
    return "".join(change(line) + "\n" for line in ROWS.splitlines())


def semicolons(text=ROWS):
    return "".join(f"\t{line} ;\n" for line in text.splitlines())


# --- networks that read like their clean twin, without a word ---------------------------------------------------------

REORDERED = [[f[i] for i in (1, 0, 2, 4, 3, 5, 6, 8)] for f in (line.split() for line in ROWS.splitlines())]

LIKE_THE_CLEAN_ONE = {
    "no semicolons": HEAD + ROWS,
    "semicolons glued to the last field": HEAD + rows(lambda line: line + ";"),
    "two links in a line": HEAD + semicolons().replace("\n", " ", 1),
    "all links in one line": HEAD + " ; ".join(ROWS.splitlines()),
    "tabs, many blanks": HEAD + rows(lambda line: "\t " + line.replace(" ", " \t  ") + "\t;\t "),
    "windows ends": (HEAD + semicolons()).replace("\n", "\r\n"),
    "old mac ends": (HEAD + semicolons()).replace("\n", "\r"),
    "byte-order mark": b"\xef\xbb\xbf" + (HEAD + semicolons()).encode(),
    "utf-16": (HEAD + semicolons()).encode("utf-16"),
    "latin-1 comment": ("~ Straße\n" + HEAD + "~ Brücke\n" + semicolons()).encode("latin-1"),
    "comment behind a link": HEAD + rows(lambda line: line + " ; ~ ramp < 3 ; 7 7 7"),
    "comments and blank lines anywhere": "\n~ a\n\n" + HEAD.replace("\n", " ~ said\n\n")
    + rows(lambda line: line + " ;\n\n   ~\n~~ x"),
    "lower-case metadata": HEAD.lower() + semicolons(),
    "metadata with colons and other blanks": HEAD.replace(">", " >:\t").replace("NUMBER OF", " Number  of") + ROWS,
    "metadata with underscores, through": HEAD.replace("FIRST THRU", "FIRST THROUGH").replace(" OF ", "_OF_") + ROWS,
    "metadata in one line": HEAD.replace("\n", " ") + "\n" + ROWS,
    "trailing metadata": ROWS + HEAD,
    "no end of metadata": HEAD.replace("<END OF METADATA>", "") + ROWS,
    "unknown metadata": "<DATE> 1 < 2\n<>\n<AUTHOR>\n<ORIGINAL HEADER>~ <A> B\n" + HEAD + ROWS,
    "no number of links, nodes": HEAD.replace("<NUMBER OF LINKS> 5\n", "").replace("<NUMBER OF NODES> 4\n", "") + ROWS,
    "empty number of links": HEAD.replace("LINKS> 5", "LINKS>") + ROWS,
    "header without comment sign": HEAD + "init_node\tterm_node\tcapacity\tlength\tfft\tb\tpower speed toll\n" + ROWS,
    "header in words": HEAD + "From  To  Capacity (veh/h)  Length ;\n" + ROWS,
    "floats as node numbers": HEAD + rows(lambda line: line.replace(" ", ".0 ", 2)),
    "exponents and many digits": HEAD.replace("> 2", "> 2.0") + ROWS.replace("900", "9.00000000000E+02"),
    "extra columns": HEAD + rows(lambda line: line + " A-7 0.5 ;"),
    "commas": HEAD + rows(lambda line: line.replace(" ", ",")),
    "commas and blanks": HEAD + rows(lambda line: line.replace(" ", " , ") + " ;"),
}  # fmt: skip


@pytest.fixture
def clean(tmp_path):
    return read_tntp(save(tmp_path, HEAD + semicolons(), "clean_net.tntp"))


@pytest.mark.parametrize("name", LIKE_THE_CLEAN_ONE)
def test_reads_like_the_clean_one(tmp_path, clean, name):
    roads = read_tntp(save(tmp_path, LIKE_THE_CLEAN_ONE[name]))
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(roads, column), getattr(clean, column), err_msg=column)
    assert (roads.n_zones, roads.first_through) == (2, 2)


# --- networks of which something had to be assumed --------------------------------------------------------------------


def read_with_warnings(path, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        roads = read_tntp(path, **options)
    return roads, [str(one.message) for one in caught]


def test_columns_in_another_order_are_taken_by_their_names(tmp_path, clean):
    header = "~\tterm_node\tinit_node\tcapacity\tfree_flow_time\tlength\tb\tpower\ttoll\t;\n"
    path = save(tmp_path, HEAD + header + "".join(" ".join(row) + " ;\n" for row in REORDERED))
    roads, said = read_with_warnings(path)
    assert len(said) == 1
    assert "unusual order of columns; took init node 2, term node 1, capacity 3, length 5" in said[0]
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(roads, column), getattr(clean, column), err_msg=column)


def test_a_header_without_toll_means_no_toll(tmp_path):
    header = "~ link_id init_node term_node capacity length free_flow_time b power speed link_type other ;\n"
    path = save(tmp_path, HEAD + header + rows(lambda line: "7 " + line))
    roads, said = read_with_warnings(path)
    assert "no toll" in said[0]
    assert not roads.toll_eur.any()
    assert roads.vdf_beta.max() == 4.5


def test_missing_columns_behind_the_needed_ones(tmp_path):
    roads = read_tntp(save(tmp_path, HEAD + rows(lambda line: " ".join(line.split()[:7]))))
    assert roads.n_links == 5
    assert not roads.toll_eur.any()


@pytest.mark.parametrize(
    ("old", "new", "said", "zones", "first"),
    [
        ("<FIRST THRU NODE> 3\n", "", "<FIRST THRU NODE> is missing; assumed that all nodes", [1, 2], 0),
        ("<NUMBER OF ZONES> 2\n", "", "took the 2 nodes below <FIRST THRU NODE> 3 as zones", [1, 2], 2),
        ("LINKS> 5", "LINKS> 50", "<NUMBER OF LINKS> is 50, the file holds 5", [1, 2], 2),
        ("NODES> 4", "NODES> 3", "<NUMBER OF NODES> is 3, links and zones use 4", [1, 2], 2),
        ("<END", "<NUMBER OF ZONES> 3\n<END", "is '2' in line 1, '3' in line 5; took '2'", [1, 2], 2),
        ("ZONES> 2", "ZONES> 6", "zones 5, 6 have no link; they are kept, cut off", [1, 2, 3, 4, 5, 6], 2),
    ],
)
def test_what_was_assumed_is_said(tmp_path, old, new, said, zones, first):
    roads, words = read_with_warnings(save(tmp_path, HEAD.replace(old, new) + ROWS))
    assert any(said in one for one in words), words
    assert all("x_net.tntp" in one for one in words)
    assert roads.node_id[: roads.n_zones].tolist() == zones
    assert roads.first_through == first


@pytest.mark.parametrize("first_thru", ["<FIRST THRU NODE> 300\n", "<FIRST THRU NODE> 1\n", ""])
def test_zones_with_gaps_are_mapped_and_their_trips_too(tmp_path, first_thru):
    number = {1: 10, 2: 25, 3: 300, 4: 4000}
    text = rows(lambda line: " ".join([*(str(number[int(end)]) for end in line.split()[:2]), *line.split()[2:]]))
    head = HEAD.replace("<FIRST THRU NODE> 3\n", first_thru)
    roads, said = read_with_warnings(save(tmp_path, head + text))
    assert any("took the 2 lowest (10 to 25) as zones" in one for one in said)
    assert roads.node_id.tolist() == [10, 25, 300, 4000]
    table = save(tmp_path, "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 10\n25 : 6;\nOrigin 25\n10 : 0;\n", "t.tntp")
    trips = read_tntp_trips(table, roads.node_id[:2].astype(str))
    assert trips.trips.tolist() == [[0, 6], [0, 0]]
    assert assign(roads, trips).tstt_veh_s > 0
    # on its own, the table says the same
    with pytest.warns(DataWarning, match="numbers have gaps; took the 2 zones that occur"):
        assert read_tntp_trips(table).zone_id.tolist() == ["10", "25"]
    with pytest.raises(
        DemandError, match=r"line 4: zone 1 is not one of the 2 zones \(10 to 25\), but 6 trips go 1 ->"
    ):
        read_tntp_trips(save(tmp_path, "\n\nOrigin 1\n 2 : 6;", "other.tntp"), ["10", "25"])


def test_gap_in_the_zones_of_a_file_with_first_thru_node(tmp_path):
    # zone 2 is called 3: two nodes below FIRST THRU NODE, as many as there are zones
    text = HEAD.replace("THRU NODE> 3", "THRU NODE> 5") + "1 5 9 1 1 0 0\n5 6 9 1 1 0 0\n6 3 9 1 1 0 0\n6 5 9 1 1 0 0\n"
    roads, said = read_with_warnings(save(tmp_path, text.replace("LINKS> 5", "LINKS> 4")))
    assert "gaps; took the 2 lowest (1 to 3)" in said[0]
    assert (roads.node_id.tolist(), roads.n_zones, roads.first_through) == ([1, 3, 5, 6], 2, 2)


def test_zone_without_links_is_not_replaced_by_a_node_behind_first_thru_node(tmp_path):
    text = HEAD.replace("ZONES> 2", "ZONES> 3").replace("THRU NODE> 3", "THRU NODE> 4").replace("LINKS> 5", "LINKS> 3")
    roads, said = read_with_warnings(save(tmp_path, text + "1 4 9 1 1 0 0\n4 5 9 1 1 0 0\n5 3 9 1 1 0 0\n"))
    assert any("zones 2 have no link; they are kept, cut off" in one for one in said)
    assert (roads.node_id.tolist(), roads.n_zones, roads.first_through) == ([1, 2, 3, 4, 5], 3, 3)


def test_first_thru_node_below_all_numbers_is_said(tmp_path):
    text = HEAD + "10 300 9 1 1 0 0\n300 400 9 1 1 0 0\n400 25 9 1 1 0 0\n"
    roads, said = read_with_warnings(save(tmp_path, text.replace("LINKS> 5", "LINKS> 3")))
    assert any("no node is below <FIRST THRU NODE> 3; all nodes may be passed through" in one for one in said)
    assert (roads.node_id.tolist(), roads.n_zones, roads.first_through) == ([10, 25, 300, 400], 2, 0)


# --- networks that are refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD.replace("> 2\n", "> 2000000000\n", 1) + ROWS,
            "line 1: <NUMBER OF ZONES> is 2000000000, but the links use 4",
        ),
        (HEAD.replace("> 2\n", "> 2.5\n", 1) + ROWS, "line 1: <NUMBER OF ZONES> is '2.5', not a whole number"),
        (HEAD.replace("> 2\n", "> -2\n", 1) + ROWS, "line 1: <NUMBER OF ZONES> is '-2'; it must not be negative"),
        (HEAD.replace("ZONES>", "ZONES") + ROWS, "line 1: '<NUMBER OF ZONES 2' is not '<KEY> value'"),
        (HEAD.replace("<NUMBER OF ZONES> 2\n<", "<", 1).replace("NODE> 3", "NODE> 1") + ROWS, "ZONES> is missing or 0"),
        (HEAD + ROWS.replace("0.15", "0,15"), "line 6: B of link 1 -> 3 is '0,15', not a number"),
        (HEAD + ROWS.replace("400", "4_00"), "line 7: capacity of link 3 -> 4 is '4_00', not a finite number"),
        (HEAD + ROWS.replace("400", "-400"), "line 7: capacity of link 3 -> 4 is '-400'; it must not be negative"),
        (HEAD + ROWS.replace("400", "NaN"), "line 7: capacity of link 3 -> 4 is 'NaN', not a finite number"),
        (HEAD + ROWS.replace("4.5", "1e999"), "line 8: power of link 4 -> 2 is '1e999', not a finite number"),
        (HEAD + ROWS.replace(" 0.5", " -1"), "line 6: toll of link 1 -> 3 is '-1'; it must not be negative"),
        (HEAD + ROWS.replace("4 3 9", "4 3e-1 9"), "line 9: term node is '3e-1', not a whole number"),
        (HEAD + ROWS.replace("4 3 9", "4 99999999999999999999 9"), "line 9: term node is '99999999999999999999'"),
        (HEAD + ROWS.replace("4 3 9", "4 x 9"), "line 9: term node is 'x', not a number"),
        (HEAD + "1 3 900 2 3 0.15\n", "line 6: 6 fields, a link has at least 7: init node 1, term node 2, capacity 3"),
        (HEAD + "1;3;900;2;3;0.15;4\n", "line 6: 1 fields, a link has at least 7"),
        (HEAD + "see the manual\n" + ROWS, "line 6: 3 fields, a link has at least 7"),
        (HEAD + ROWS + "that was all\n", "line 11: 3 fields, a link has at least 7"),
        (TRIPS_HEAD + "Origin 1\n 2 : 3;\n", "line 4: 'Origin 1' belongs to a trip table; a network has rows of links"),
        (HEAD, "holds no data"),
        (HEAD + ";;;\n;\n", "holds no links"),
        ((HEAD + ROWS).encode("utf-16-le"), "is not a text file"),
    ],
)
def test_refused_with_file_and_line(tmp_path, text, said):
    path = save(tmp_path, text)
    with pytest.raises(NetworkError) as refused:
        read_tntp(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(NetworkError, match="cannot be read"):
        read_tntp(tmp_path)
    with pytest.raises(DemandError, match="cannot be read"):
        read_tntp_trips(tmp_path)


# --- trip tables ------------------------------------------------------------------------------------------------------

TRIPS_LIKE_THE_CLEAN_ONE = {
    "clean": "Origin 1\n 1 : 1;  2 : 5;\n\nOrigin 2\n 3 : 1.5;\n",
    "tabs": "Origin\t1\t\n\t1\t:\t1.0;\t2\t:\t5.0;\nOrigin \t2 \n3:1.5;\n",
    "upper case, colon": "ORIGIN: 1\n1:1; 2:5;\norigin :2\n3:1.5",
    "semicolon behind the origin": "Origin 1;\n1:1; 2:5;\nOrigin 2 ;\n3:1.5",
    "entries beside the origin": "Origin 1   1:1; 2:5;\nOrigin 2 3:1.5;\n",
    "no semicolons": "Origin 1\n 1 : 1   2 : 5\nOrigin 2\n 3 : 1.5\n",
    "one word a line": "Origin 1\n1\n:\n1\n;\n2\n:\n5\n;\nOrigin 2\n3 :\n1.5 ;\n",
    "doubled semicolons": "Origin 1\n;1 : 1;;  2 : 5; ;\nOrigin 2\n 3 : 1.5;;\n",
    "floats as zones, exponents": "Origin 1.0\n 1.0 : 1E0; 2.0 : 0.5E+1;\nOrigin 2.0\n3.0 : 15e-1;\n",
    "a block in two parts": "Origin 1\n 2 : 5;\nOrigin 2\n 3 : 1.5;\nOrigin 1\n 1 : 1;\n",
    "blocks without trips, any order": "Origin 3\n\nOrigin 2\n 3 : 1.5;\nOrigin 1\n 2:5; 1:1;\n",
    "comments": "~ Table\nOrigin 1 ~ first\n 1 : 1; ~ 2 : 9;\n ~ 2 : 9;\n 2 : 5;\nOrigin 2\n3:1.5;\n",
    "other zones without trips": "Origin 1\n1:1; 2:5; 77:0;\nOrigin 2\n3:1.5;\nOrigin 99\n1:0; 1:0;\n",
    "trailing metadata": "Origin 1\n1:1; 2:5;\nOrigin 2\n3:1.5;\n<AUTHOR> me\n",
}


@pytest.mark.parametrize("name", TRIPS_LIKE_THE_CLEAN_ONE)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_trips_read_like_the_clean_ones(tmp_path, name, ends):
    text = (TRIPS_HEAD + TRIPS_LIKE_THE_CLEAN_ONE[name]).replace("\n", ends)
    trips = read_tntp_trips(save(tmp_path, text, "t.tntp"), ["1", "2", "3"])
    np.testing.assert_array_equal(trips.trips, TRIPS)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Origin 1\n 2 : 5;\n 2 : 5;\n", "line 6: pair 1 -> 2 stands twice"),
        ("Origin 1\n 2 : 5;\nOrigin 2\n 1 : 1;\nOrigin 1\n 2 : 0;\n", "line 9: pair 1 -> 2 stands twice"),
        ("Origin 1\n 2 : -0.1;\n", "line 5: trips 1 -> 2 is '-0.1'; it must not be negative"),
        ("Origin 1\n 2 : nan;\n", "line 5: trips 1 -> 2 is 'nan', not a finite number"),
        ("Origin 1\n 2 : inf;\n", "line 5: trips 1 -> 2 is 'inf', not a finite number"),
        ("Origin 1\n 2 : 1,5;\n", "line 5: trips 1 -> 2 is '1,5', not a number"),
        ("Origin 1\n 2 : 1_5;\n", "line 5: trips 1 -> 2 is '1_5', not a finite number"),
        ("Origin 1\n\n 2 : \n5; 3 : 1.2.3;\n", "line 7: trips 1 -> 3 is '1.2.3', not a number"),
        ("Origin 1\n x : 5;\n", "line 5: destination is 'x', not a number"),
        ("Origin 1\n 1.5 : 5;\n", "line 5: destination is '1.5', not a whole number"),
        ("Origin 1\n -2 : 5;\n", "line 5: destination is '-2'; it must not be negative"),
        ("Origin 1\n 2 : 5; 3 7;\n", "line 5: '3 7' is not 'destination : trips;'"),
        ("Origin 1\n 2 : 5; 3 :\nOrigin 2\n 1 : 1;\n", "line 5: '3 :' is not 'destination : trips;'"),
        ("Origin 1\n 2 : 5 : 7;\n", "line 5: '2 : 5 : 7;' is not 'destination : trips;'"),
        ("Origin 1\n : 5;\n", "line 5: ': 5' is not 'destination : trips;'"),
        ("Origin\n 2 : 5;\n", "line 4: origin is '', not a number"),
        ("Origin one\n 2 : 5;\n", "line 4: origin is 'one', not a number"),
        ("Origin 1\n 4 : 5;\n", "line 5: zone 4 is not one of the 3 zones (1 to 3), but 5 trips go 1 -> 4"),
        ("Origin 0\n 2 : 5;\n", "line 5: zone 0 is not one of the 3 zones (1 to 3), but 5 trips go 0 -> 2"),
        ("2 : 5;\n", "line 4: entry '2 : 5;' stands before the first 'Origin' line"),
        (ROWS, "line 4: entry '1 3 900 2 3 0.15 4 50 0.5 1' stands before the first 'Origin' line"),
        ("", "holds no data"),
    ],
)
@pytest.mark.parametrize("zone_ids", [None, ["1", "2", "3"]])
def test_trips_refused_with_file_and_line(tmp_path, body, said, zone_ids):
    path = save(tmp_path, TRIPS_HEAD + body, "t.tntp")
    with pytest.raises(DemandError) as refused:
        read_tntp_trips(path, zone_ids)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_table_of_more_or_fewer_zones_than_the_network(tmp_path):
    fewer = save(tmp_path, "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 1\n 2 : 5;\n", "fewer.tntp")
    with pytest.warns(DataWarning, match="<NUMBER OF ZONES> is 2, the network has 3"):
        assert read_tntp_trips(fewer, ["1", "2", "3"]).trips.tolist() == [[0, 5, 0], [0, 0, 0], [0, 0, 0]]
    more = save(tmp_path, "<NUMBER OF ZONES> 4\n<END OF METADATA>\nOrigin 1\n 2 : 5; 4 : 0;\nOrigin 4\n", "more.tntp")
    with pytest.warns(DataWarning, match="<NUMBER OF ZONES> is 4, the network has 3"):
        assert read_tntp_trips(more, ["1", "2", "3"]).total == 5


def test_table_without_trips(tmp_path):
    path = save(tmp_path, "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 1\nOrigin 2\n", "t.tntp")
    with pytest.warns(DataWarning, match="holds no trips"):
        assert read_tntp_trips(path).trips.tolist() == [[0, 0], [0, 0]]


def test_table_that_does_not_say_its_zones(tmp_path):
    path = save(tmp_path, "Origin 7\n 9 : 5; 30 : 1;\n", "t.tntp")
    with pytest.warns(DataWarning, match=r"is missing; took the 3 zones that occur \(7 to 30\)"):
        assert read_tntp_trips(path).zone_id.tolist() == ["7", "9", "30"]
    with pytest.raises(DemandError, match="is missing and there are no trips"):
        read_tntp_trips(save(tmp_path, "Origin 7\n", "t.tntp"))


def test_big_files_are_read_quickly(shared_data):
    folder = shared_data / "tntp/Berlin-Center"
    began = time.process_time()
    roads = read_tntp(folder / "berlin-center_net.tntp")
    trips = read_tntp_trips(folder / "berlin-center_trips.tntp", roads.node_id[: roads.n_zones].astype(str))
    took = time.process_time() - began
    assert (roads.n_links, roads.n_zones) == (28376, 865)
    assert trips.total == pytest.approx(168222.302)
    assert took < 1.0, f"{took:.2f} s"
