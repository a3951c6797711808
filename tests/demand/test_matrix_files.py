"""Matrices in files: what is read, what is refused and how it is named, and that what is written is read back."""

import csv
import io
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.demand.matrix_files import read_matrix, read_skims, write_matrix
from itas_mobility.errors import DataWarning, DemandError, InputError


def save(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_kit(shared_data):
    cases = json.loads((shared_data / "kit/od/expected.json").read_text())
    assert cases
    for case in cases:
        path = shared_data / "kit" / case["file"]
        if case["outcome"].startswith("accepted"):
            assert read_matrix(path).total in {185.5, 100.0}
            continue
        with pytest.raises(DemandError) as refused:
            read_matrix(path)
        for word in [*case["must_name"], path.name]:
            assert word in str(refused.value)


def test_long_and_wide_agree(tmp_path):
    long = save(tmp_path, "long.csv", "origin,destination,trips\nZ1,Z2,100\nZ1,Z3,50.5\nZ2,Z1,25\nZ3,Z3,10\n")
    wide = save(tmp_path, "wide.csv", "\ufeffzone;Z1;Z2;Z3\r\nZ2;25;0;0\r\nZ1;0;100;50.5\r\nZ3;0;0;10\r\n")
    a, b = read_matrix(long), read_matrix(wide, duration_h=2.0)
    assert a.zone_id.tolist() == b.zone_id.tolist() == ["Z1", "Z2", "Z3"]
    np.testing.assert_array_equal(a.trips, b.trips)
    assert (a.duration_h, b.duration_h) == (1.0, 2.0)


def test_zones_wanted_give_the_order(tmp_path):
    path = save(tmp_path, "m.csv", "origin,destination,trips\nB,A,3\n")
    m = read_matrix(path, zone_ids=["A", "B", "C"])
    assert m.trips.shape == (3, 3)
    assert m.trips[1, 0] == 3.0
    assert m.total == 3.0
    wide = save(tmp_path, "w.csv", "z,B,A\nB,1,2\nA,3,4\n")
    assert read_matrix(wide, zone_ids=["A", "B"]).trips.tolist() == [[4, 3], [2, 1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("origin,destination,trips\nA,B,1\nA,B,2\n", "line 3: pair A -> B stands twice"),
        ("origin,destination,trips\nA,B,-1\n", "line 2, column trips: '-1' is negative"),
        ("origin,destination,trips\nA,B,1_000\n", "line 2, column trips: '1_000' is not a number"),
        ("origin,destination,trips\nA,B,1e999\n", "line 2, column trips: '1e999' is too large"),
        ("origin,destination,trips\nA,B,inf\n", "line 2, column trips: 'inf'"),
        ("origin,destination,trips\nA,B,NaN\n", "line 2, column trips: 'NaN' is not a number"),
        ("origin,destination,trips\nA,B,\n", "line 2, column trips: a number is missing"),
        ("origin,destination,trips\n\nA,,1\n", "line 3, column destination: a zone id is missing"),
        ("von;nach;Fahrten\nA;B;1,5\nB;A;x\n", "line 3, column Fahrten: 'x' is not a number"),
        (
            'origin,destination,trips\nA,B,"1,5"\n',
            "line 2, column trips: '1,5' is not a number with a decimal point; if",
        ),
        (
            "origin;destination;trips\nA;B;1,5\nB;A;2.5\n",
            r"line 3, column trips: '2\.5' and '1,5' .line 2. cannot both",
        ),
        ("z;A;B\nA;0;1.234\nB;0;0\n", "line 2, column B: '1.234' may be 1.234 or 1234"),
        ("z;A;B\nA;0;-2\nB;0;0\n", "line 2, column B: '-2' is negative"),
        ("origin,von,destination,trips\n1,2,3,4\n", "line 1: columns 'origin' and 'von' may both be the origin"),
        ('origin,destination,trips\nA,B,"1"2\n', "line 2: text stands behind a closing quote"),
        ("origin,destination,trips\nA,B,1\0\n", "line 2: holds a zero byte"),
        ("zone,A,\nA,0,1\n", "line 2: 3 fields, the header has 2"),
        ("origin,destination\nA,B\n", "line 1: column 'trips' is missing"),
        ("origin,destination,trips,trips\nA,B,1,1\n", "line 1: column 'trips' stands twice"),
        ("origin,destination,trips\n", "no trips"),
        ("origin,destination,trips\nA,B,1,2\n", "line 2: 4 fields"),
        ('origin,destination,trips\n"A,B,1\n', "line 2: is not valid CSV"),
        ("zone,A,B\nA,0,1\n", "zone 'B' has a column but no row"),
        ("zone,A,B\nA,0,1\nC,1,0\n", "line 3: zone 'C' has a row but no column"),
        ("zone,A,A\nA,0,1\n", "line 1: zone 'A' stands twice"),
        ("zone,A,B\nA,0,1\nA,1,0\n", "line 3: zone 'A' has two rows"),
        ("hello\n", "line 1: 'hello' is neither"),
        (b"origin,destination,trips\nZw\x94nitz,B,1\n", "line 2: is not UTF-8 text, and what its byte 0x94 means"),
        ("\n\n", "is empty"),
    ],
)
def test_refused_csv(tmp_path, text, said):
    path = save(tmp_path, "bad.csv", text)
    with pytest.raises(DemandError, match=said) as refused:
        read_matrix(path)
    assert str(path) in str(refused.value)


def test_unknown_zone(tmp_path):
    path = save(tmp_path, "m.csv", "origin,destination,trips\nA,B,3\nA,X,3\n")
    with pytest.raises(DemandError, match="line 3, column destination: zone 'X' is not one of the 2"):
        read_matrix(path, zone_ids=["A", "B"])


def test_columns_not_used_are_said(tmp_path):
    path = save(tmp_path, "m.csv", "origin,destination,trips,note\nA,B,3,hm\n")
    with pytest.warns(DataWarning, match="columns note are not used"):
        assert read_matrix(path).total == 3.0


def test_npy(tmp_path):
    np.save(tmp_path / "m.npy", np.arange(4).reshape(2, 2))
    assert read_matrix(tmp_path / "m.npy").trips.tolist() == [[0, 1], [2, 3]]
    with pytest.raises(DemandError, match=r"shape \(2, 2\), expected \(3, 3\)"):
        read_matrix(tmp_path / "m.npy", zone_ids=["1", "2", "3"])
    np.save(tmp_path / "nan.npy", np.full((2, 2), np.nan))
    with pytest.raises(
        DemandError, match=r"nan.npy: 4 faults\n  - trips from zone '1' to '1' .row 1, column 1. is NaN"
    ):
        read_matrix(tmp_path / "nan.npy")
    np.save(tmp_path / "text.npy", np.full((2, 2), "x"))
    with pytest.raises(DemandError, match="numbers"):
        read_matrix(tmp_path / "text.npy")
    save(tmp_path, "broken.npy", b"no")
    with pytest.raises(DemandError, match=r"broken\.npy"):
        read_matrix(tmp_path / "broken.npy")


def test_missing_file_and_unknown_ending(tmp_path):
    with pytest.raises(DemandError, match=r"none\.csv: cannot be read"):
        read_matrix(tmp_path / "none.csv")
    with pytest.raises(DemandError, match=r"none\.omx: no such file"):
        read_matrix(tmp_path / "none.omx")
    with pytest.raises(DemandError, match=r"\.xlsx"):
        read_matrix(tmp_path / "m.xlsx")
    with pytest.raises(DemandError, match="is not a readable OMX file"):
        read_matrix(save(tmp_path, "bad.omx", "text"))


ids = st.lists(
    st.text("abcäöü0123456789 \"'", min_size=1, max_size=5).map(str.strip).filter(bool),
    min_size=2,
    max_size=5,
    unique=True,
)


@settings(max_examples=30, deadline=None)
@given(ids, st.data())
def test_what_is_written_is_read_back_exactly(tmp_path_factory, zones, data):
    n = len(zones)
    amounts = st.one_of(st.just(0.0), st.floats(0, 1e12, allow_subnormal=False))
    trips = np.array(data.draw(st.lists(amounts, min_size=n * n, max_size=n * n))).reshape(n, n)
    trips[0, 1] = 1.0 / 3.0
    m = ODMatrix(zone_id=np.array(zones), trips=trips, duration_h=8.0)
    folder = tmp_path_factory.mktemp("matrices")
    for name, layout in (("long.csv", "long"), ("wide.csv", "wide")):
        write_matrix(m, folder / name, layout=layout)
        for wanted in (zones, None):
            back = read_matrix(folder / name, zone_ids=wanted, duration_h=8.0)
            assert back.zone_id.tolist() == zones
            np.testing.assert_array_equal(back.trips, trips)
            write_matrix(back, folder / f"again {name}", layout=layout)
            assert (folder / f"again {name}").read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("zones", [["Z1", "Zwönitz"], ["14524330", "7"], ["007", "7"]])
def test_omx_round_trip(tmp_path, zones):
    m = ODMatrix(zone_id=np.array(zones), trips=np.array([[0, 1.5], [2, 0]]), duration_h=8.0)
    write_matrix(m, tmp_path / "m.omx")
    back = read_matrix(tmp_path / "m.omx")
    assert back.zone_id.tolist() == zones
    assert back.duration_h == 8.0
    np.testing.assert_array_equal(back.trips, m.trips)


def omx_of(path, **mappings):
    """An OMX file as others write it: the cell of row i and column j is 3 i + j."""
    import openmatrix

    with openmatrix.open_file(str(path), "w") as file:
        file["time_s"] = np.arange(9.0).reshape(3, 3)
        for name, zones in mappings.items():
            file.create_mapping(name, zones)
    return path


def test_which_of_several_mappings_counts_is_asked(tmp_path):
    path = omx_of(tmp_path / "two.omx", TAZ=[300, 7, 45], MAZ=[1, 2, 3])
    for read in (read_matrix, read_skims):
        with pytest.raises(DemandError, match=r"two\.omx: holds the mappings MAZ, TAZ, .* choose one with mapping="):
            read(path)
        assert read(path, mapping="TAZ").zone_id.tolist() == ["300", "7", "45"]
        with pytest.raises(DemandError, match="holds no mapping 'taz'; it holds MAZ, TAZ"):
            read(path, mapping="taz")
    found = read_matrix(path, mapping="TAZ", zone_ids=["7", "45", "300"])
    assert found.trips.tolist() == [[4.0, 5.0, 3.0], [7.0, 8.0, 6.0], [1.0, 2.0, 0.0]]
    # two names for the same are no question
    same = omx_of(tmp_path / "same.omx", TAZ=[300, 7, 45], zone_id=[300, 7, 45])
    assert read_matrix(same).zone_id.tolist() == ["300", "7", "45"]


def test_without_a_mapping_zones_are_numbered(tmp_path):
    path = omx_of(tmp_path / "none.omx")
    assert read_matrix(path).zone_id.tolist() == read_skims(path).zone_id.tolist() == ["1", "2", "3"]
    assert read_matrix(path, zone_ids=["3", "1", "2"]).trips[0].tolist() == [8.0, 6.0, 7.0]
    for others in (["300", "7", "45"], ["1", "2", "3", "4"]):
        with pytest.raises(DemandError, match=r"no mapping, so its zones are 1 to 3; .* add a mapping"):
            read_matrix(path, zone_ids=others)
    with pytest.raises(DemandError, match="holds no mapping 'TAZ'; it holds none"):
        read_matrix(path, mapping="TAZ")


def test_a_mapping_names_each_zone_once(tmp_path):
    path = omx_of(tmp_path / "twice.omx", TAZ=[7, 7, 45])
    for read in (read_matrix, read_skims, lambda path: read_matrix(path, zone_ids=["7", "45"])):
        with pytest.raises(DemandError, match="mapping 'TAZ' names zone '7' twice"):
            read(path)
    with pytest.raises(DemandError, match="OMX files alone hold mappings"):
        read_matrix(save(tmp_path, "m.csv", "origin,destination,trips\n1,2,3\n"), mapping="TAZ")


def test_skims_round_trip_and_choice_of_matrix(tmp_path):
    skims = Skims(
        zone_id=np.array(["A", "B"]),
        matrices={"time_s": np.array([[0, np.inf], [5, 0]]), "length_m": np.array([[0, 3.0], [4, 0]])},
    )
    write_matrix(skims, tmp_path / "s.omx")
    back = read_skims(tmp_path / "s.omx")
    assert set(back) == {"time_s", "length_m"}
    np.testing.assert_array_equal(back["time_s"], skims["time_s"])
    with pytest.raises(DemandError, match="holds no matrix 'trips'"):
        read_matrix(tmp_path / "s.omx")
    assert read_matrix(tmp_path / "s.omx", matrix="length_m").total == 7.0
    write_matrix(skims, tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_text().splitlines()[:3] == [
        "origin,destination,time_s,length_m",
        "A,A,0.0,0.0",
        "A,B,inf,3.0",
    ]


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    m = ODMatrix(zone_id=np.array(["A", "B"]), trips=np.ones((2, 2)))
    write_matrix(m, tmp_path / "m.csv")
    before = (tmp_path / "m.csv").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(InputError, match=r"m\.csv: cannot be written .No space"):
        write_matrix(ODMatrix(zone_id=m.zone_id, trips=7 * m.trips), tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.csv"]


def test_formula_ids_are_not_written(tmp_path):
    m = ODMatrix(zone_id=np.array(["=A1", "B"]), trips=np.ones((2, 2)))
    with pytest.raises(DemandError, match="'=A1' begins like a spreadsheet formula"):
        write_matrix(m, tmp_path / "m.csv")
    assert not list(tmp_path.iterdir())
    with pytest.raises(DemandError, match=r"\.parquet"):
        write_matrix(m, tmp_path / "m.parquet")


def test_case_15_german_numbers(tmp_path, shared_data):
    case = json.loads((shared_data / "cases/demand/15_german_number_formats_in_a_matrix_file.json").read_text())
    files = {name[0]: save(tmp_path, name, text) for name, text in case["input"]["files"].items()}
    expected, near = case["expected"], case["tolerance"]["absolute"]
    with pytest.raises(DemandError, match=r"a\.csv, line 2, column trips: '1\.234' may be 1\.234 or 1234.* declare"):
        read_matrix(files["a"])
    assert read_matrix(files["a"], decimal=".").total == pytest.approx(expected["a_declared_decimal_point"], abs=near)
    assert read_matrix(files["a"], thousands=".").total == expected["a_declared_thousands_point"]
    assert read_matrix(files["a"], decimal=",").total == expected["a_declared_thousands_point"]
    assert read_matrix(files["b"], **case["input"]["declared"]["b"]).total == expected["b"]
    assert read_matrix(files["b"]).total == expected["b"]
    assert read_matrix(files["c"]).total == 1.5


@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        (["1.234,5", "1.000"], 2234.5),
        (["12,5", "1.234"], 1246.5),
        (["12.5", "1.234"], 13.734),
        (["1,234.5", "1,000"], 2234.5),
        (["0.125", "1.234"], 1.359),
        (["1.234.567", "1.000", "1,250"], 1235568.25),
        (["12", "7"], 19.0),
        (["1.234e-1", "1.000"], 1.1234),
    ],
)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_one_number_can_make_the_signs_certain(tmp_path, numbers, total, separator):
    rows = [f"A{separator}{k}{separator}{number}\n" for k, number in enumerate(numbers)]
    for order in (rows, rows[::-1]):
        path = save(tmp_path, "m.csv", separator.join(["Start", "Ziel", "Wege\n"]) + "".join(order))
        assert read_matrix(path).total == pytest.approx(total, rel=1e-14)


def test_declared_signs(tmp_path):
    head = "von;nach;fahrten\n"
    path = save(tmp_path, "m.csv", head + "A;B;1 234,5\nB;A;2'000\n")
    with pytest.raises(
        DemandError, match=r"2 faults\n  - line 2, column fahrten: '1 234,5' is not a number.*\n  - line 3"
    ):
        read_matrix(path)
    assert read_matrix(save(tmp_path, "b.csv", head + "A;B;1 234,5\n"), decimal=",", thousands=" ").total == 1234.5
    assert read_matrix(save(tmp_path, "c.csv", head + "A;B;1'234.5\n"), decimal=".", thousands="'").total == 1234.5
    quoted = save(tmp_path, "d.csv", 'origin,destination,trips\nA,B,"1.234,5"\n')
    assert read_matrix(quoted, decimal=",").total == 1234.5
    with pytest.raises(DemandError, match=r"'1\.234,5' is not a number with a decimal comma; if its signs"):
        read_matrix(quoted, decimal=",", thousands="")
    with pytest.raises(
        DemandError, match=r"line 2, column fahrten: '12\.34' is not a number with a decimal comma and a point"
    ):
        read_matrix(save(tmp_path, "e.csv", head + "A;B;12.34\n"), decimal=",", thousands=".")
    for options, said in (
        ({"decimal": ";"}, "decimal: ';'"),
        ({"thousands": "_"}, "thousands: '_'"),
        ({"thousands": " "}, "leaves the decimal sign open"),
        ({"decimal": ",", "thousands": ","}, "both ','"),
    ):
        with pytest.raises(DemandError, match=said):
            read_matrix(path, **options)


def test_all_faults_of_a_file_are_told_together(tmp_path):
    rows = ["A,B,-1", "A,C,1", "A,B", "A,A,viele", "B,A,1", "B,A,2", "C,C,3", "B,B,nan"]
    path = save(tmp_path, "m.csv", "origin,destination,trips\n" + "\n".join(rows) + "\n")
    with pytest.raises(DemandError) as refused:
        read_matrix(path, zone_ids=["A", "B"])
    assert (
        str(refused.value).splitlines()
        == [
            f"{path}: 6 faults",
            "  - line 2, column trips: '-1' is negative",
            "  - line 3, column destination: zone 'C' is not one of the 2 zones known (and in 2 more places)",
            "  - line 4: 2 fields, the header has 3",
            "  - line 5, column trips: 'viele' is not a number",
            "  - line 7: pair B -> A stands twice (first in line 6)",
            "  - line 9, column trips: 'nan' is not a number",
        ]
        or refused.value
    )


def test_many_faults_are_counted(tmp_path):
    rows = [f"A,{k},x{k}" for k in range(500)] + ["A,0,1"] * 50
    path = save(tmp_path, "m.csv", "origin,destination,trips\n" + "\n".join(rows) + "\n")
    with pytest.raises(DemandError) as refused:
        read_matrix(path)
    first, *told, last = str(refused.value).splitlines()
    assert first == f"{path}: 501 faults"
    assert told[0] == "  - line 2, column trips: 'x0' is not a number"
    assert (len(told), last) == (12, "  - ... and 489 more")


def test_lost_leading_zeros_are_named(tmp_path):
    path = save(tmp_path, "m.csv", "origin,destination,trips\n04524,14523,1\n4524,14523,2\n")
    with pytest.raises(
        DemandError, match=r"line 3, column origin: zone '4524' .*, but '04524' is: leading zeros were lost"
    ):
        read_matrix(path, zone_ids=["04524", "14523"])
    omx = omx_of(tmp_path / "m.omx", TAZ=[4524, 14523, 3])
    with pytest.raises(DemandError, match="zone '4524' is not one of the 3 zones known, but '04524' is: leading zeros"):
        read_matrix(omx, zone_ids=["04524", "14523", "3"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1"])
def test_encodings_of_offices(tmp_path, encoding):
    text = "von;nach;Fahrten\r\nZwönitz;Größenhain – Nord;1,5\r\nAué;Übel;2\r\n"
    text = text.replace(" –", "") if encoding == "latin-1" else text
    found = read_matrix(save(tmp_path, "m.csv", text.encode(encoding)))
    assert found.zone_id.tolist()[0] == "Zwönitz"
    assert found.zone_id.tolist()[2:] == ["Aué", "Übel"]
    assert found.total == 3.5


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("Zwönitz;B;1".encode("cp850"), "line 2: is not UTF-8 text, and what its byte 0x94"),
        ("Zwönitz;B;1".encode("mac_roman"), "line 2: is not UTF-8 text, and what its byte 0x9a"),
        ("Straße;B;1".encode("cp437"), "line 2: is not UTF-8 text, and what its byte 0xe1"),
        ("Plzeň;B;1".encode("cp1250"), "line 2: is not UTF-8 text, and what its byte 0xf2"),
        ("Zwönitz;B;1".encode("utf-16-le"), "line 2: holds a zero byte; if the file is UTF-16"),
    ],
)
def test_what_is_not_certain_is_named(tmp_path, raw, said):
    with pytest.raises(DemandError, match=said):
        read_matrix(save(tmp_path, "m.csv", b"von;nach;fahrten\n" + raw))
    for mark, name in ((b"\xff\xfe", "UTF-16"), (b"\xef\xbb\xbf", "UTF-8")):
        with pytest.raises(DemandError, match=f"line 1: is not {name} text, although its byte-order mark"):
            read_matrix(save(tmp_path, "m.csv", mark + b"\xffv\xd8"))


def test_ids_are_trimmed_and_whole(tmp_path):
    head = "origin,destination,trips\n"
    assert read_matrix(save(tmp_path, "a.csv", head + ' 7 ,"8\u00a0",1\n8,7,2\n')).zone_id.tolist() == ["7", "8"]
    floats = save(tmp_path, "b.csv", head + "101.0,102.0,1\n102.0,101.0,2\n")
    assert read_matrix(floats).zone_id.tolist() == ["101", "102"]
    assert read_matrix(floats, zone_ids=["102", "101"]).trips.tolist() == [[0, 2], [1, 0]]
    assert read_matrix(floats, zone_ids=np.array([102.0, 101.0])).zone_id.tolist() == ["102", "101"]
    own = save(tmp_path, "c.csv", head + "1.0,1.1,1\n")
    assert read_matrix(own).zone_id.tolist() == ["1.0", "1.1"]
    wide = save(tmp_path, "d.csv", "zone,101.0,102.0\n101.0,0,1\n102.0,2,0\n")
    assert read_matrix(wide).zone_id.tolist() == ["101", "102"]
    assert read_matrix(wide, zone_ids=["102", "101"]).trips.tolist() == [[0, 2], [1, 0]]
    mapped = omx_of(tmp_path / "m.omx")
    import openmatrix

    with openmatrix.open_file(str(mapped), "a") as file:
        file.create_array(file.root.lookup, "whole", obj=np.array([101.0, 7.0, 45.0]))
        file.create_array(file.root.lookup, "text", obj=np.array([b" 101 ", b"007", b"x"]))
        file.create_array(file.root.lookup, "gap", obj=np.array([101.0, np.nan, 7.5]))
    assert read_matrix(mapped, mapping="whole").zone_id.tolist() == ["101", "7", "45"]
    assert read_matrix(mapped, mapping="text").zone_id.tolist() == ["101", "007", "x"]
    with pytest.raises(DemandError, match="mapping 'gap' names no zone in row 2"):
        read_matrix(mapped, mapping="gap")


def test_office_habits(tmp_path):
    """A line that says the separator, columns and rows without content at the end, capitals, old line ends."""
    text = "sep=;\r\n\r\n;;\r\nVON;Nach;FAHRTEN;;\r\nA;B;1,5;;\r\n;;;;\r\nB;A;2;;\r\n;;;;\r\n"
    for one in (text, text.replace("\r\n", "\r")):
        assert read_matrix(save(tmp_path, "m.csv", one)).trips.tolist() == [[0, 1.5], [2, 0]]
    path = save(tmp_path, "x.csv", text + "B;B;x\r\n")
    with pytest.raises(DemandError, match="line 9, column FAHRTEN: 'x'"):
        read_matrix(path)


def test_only_the_matrix_that_is_wanted_is_read(tmp_path, monkeypatch):
    import openmatrix
    import tables

    with openmatrix.open_file(str(tmp_path / "m.omx"), "w") as file:
        for k in range(30):
            file[f"m{k}"] = np.full((50, 50), float(k))
    n_read = []
    whole = tables.Array.read

    def counted(self, *args, **options):
        found = whole(self, *args, **options)
        n_read.append((self.name, found.nbytes))
        return found

    monkeypatch.setattr(tables.Array, "read", counted)
    monkeypatch.setattr(tables.Array, "__getitem__", lambda *_: pytest.fail("read in parts"))
    assert read_matrix(tmp_path / "m.omx", matrix="m17").total == 17 * 2500
    assert n_read == [("m17", 50 * 50 * 8)]
    assert set(read_skims(tmp_path / "m.omx", matrices=["m3", "m4"])) == {"m3", "m4"}
    assert [name for name, _ in n_read[1:]] == ["m3", "m4"]
    with pytest.raises(DemandError, match="holds no matrix 'm99'"):
        read_skims(tmp_path / "m.omx", matrices=["m99"])


def test_values_of_omx_are_named_by_their_zones(tmp_path):
    import openmatrix

    with openmatrix.open_file(str(tmp_path / "m.omx"), "w") as file:
        file["trips"] = np.array([[0, -1.0], [np.nan, np.inf]])
        file.create_mapping("TAZ", [7, 45])
    with pytest.raises(DemandError) as refused:
        read_matrix(tmp_path / "m.omx")
    for said in (
        "'7' to '45' (row 1, column 2) is negative (-1)",
        "'45' to '7' (row 2, column 1) is NaN",
        "is infinite",
    ):
        assert said in str(refused.value)


def test_a_long_file_is_read_in_pieces(tmp_path, monkeypatch):
    from itas_mobility.demand.matrix_files import csv_tables

    rng = np.random.default_rng(5)
    zones = [f"Zone {k}" for k in range(40)]
    m = ODMatrix(zone_id=np.array(zones), trips=rng.gamma(0.3, 4, (40, 40)) * (rng.random((40, 40)) < 0.6))
    for layout in ("long", "wide"):
        write_matrix(m, tmp_path / "m.csv", layout=layout)
        for size in (1, 50, 1000, 1 << 23):  # from less than a row to all of it
            monkeypatch.setattr(csv_tables, "PIECE_BYTES", size)
            back = read_matrix(tmp_path / "m.csv")
            assert back.zone_id.tolist() == zones
            np.testing.assert_array_equal(back.trips, m.trips)


def test_zones_without_trips_and_their_order_are_kept(tmp_path):
    trips = np.zeros((4, 4))
    trips[2, 1] = trips[0, 2] = 1.0
    m = ODMatrix(zone_id=np.array(["d", "b", "c", "a"]), trips=trips)
    write_matrix(m, tmp_path / "m.csv")
    assert read_matrix(tmp_path / "m.csv").zone_id.tolist() == ["d", "b", "c", "a"]
    assert len((tmp_path / "m.csv").read_text().splitlines()) == 1 + 4 + 1
    full = ODMatrix(zone_id=np.array(["d", "b"]), trips=np.array([[0.0, 1.0], [1.0, 0.0]]))
    write_matrix(full, tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text() == "origin,destination,trips\nd,b,1.0\nb,d,1.0\n"


@pytest.mark.parametrize("zones", [[" A", "B"], ["", "B"], ["1.0", "2.0"]])
def test_ids_that_would_change_are_not_written(tmp_path, zones):
    m = ODMatrix(zone_id=np.array(zones), trips=np.ones((2, 2)))
    with pytest.raises(DemandError, match="would be read back as"):
        write_matrix(m, tmp_path / "m.csv")


def test_more_texts_than_the_first_table_holds(tmp_path):
    from itas_mobility.demand.matrix_files.csv_tables import first_column

    ids = [f"z{k}" for k in range(40_000)]
    path = save(tmp_path, "zones.csv", "zone\n" + "\n".join(ids + ids[::-1]) + "\n")
    assert first_column(path) == ids + ids[::-1]


def test_a_matrix_that_no_memory_holds_is_named(tmp_path, monkeypatch):
    from itas_mobility.demand.matrix_files import csv_matrices

    zeros = np.zeros

    def little_room(shape, *options, **more):
        if shape == (2, 2):
            raise MemoryError
        return zeros(shape, *options, **more)

    monkeypatch.setattr(csv_matrices.np, "zeros", little_room)
    with pytest.raises(DemandError, match="names 2 zones, whose matrix takes 0 GB; are the columns"):
        read_matrix(save(tmp_path, "m.csv", "origin,destination,trips\nA,B,1\n"))


OFFICE_NUMBERS = {
    ("," , "."): ["0", "12", "1,5", "0,125", "1.234,5", "12.345", "1.234.567", "7,", "1e3", "33,3333333333333333333"],
    (".", ","): ["0", "12", "1.5", "0.125", "1,234.5", "12,345", "1,234,567", "7.", "1e3", "33.3333333333333333333"],
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_long_files_are_those_of_the_csv_module(tmp_path_factory, data):
    """The slow twin: Python's csv, texts and floats, on files whose signs one number makes certain."""
    signs = data.draw(st.sampled_from(sorted(OFFICE_NUMBERS)))
    zones = data.draw(
        st.lists(
            st.text('aä ;,"01', min_size=1, max_size=4).map(str.strip).filter(bool), min_size=1, max_size=5, unique=True
        )
    )
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(zones), st.sampled_from(zones)), min_size=1, unique=True, max_size=12)
    )
    numbers = [data.draw(st.sampled_from(OFFICE_NUMBERS[signs])) for _ in pairs]
    numbers[data.draw(st.integers(0, len(pairs) - 1))] = OFFICE_NUMBERS[signs][4]
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        delimiter=data.draw(st.sampled_from(";\t")),
        quoting=data.draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        lineterminator=data.draw(st.sampled_from(["\n", "\r\n"])),
    )
    writer.writerows([["von", "fahrten", "nach"], *([o, x, d] for (o, d), x in zip(pairs, numbers, strict=True))])
    path = tmp_path_factory.mktemp("twin") / "m.csv"
    path.write_bytes(stream.getvalue().encode(data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))))
    expected = dict.fromkeys(zone for pair in pairs for zone in pair)
    found = read_matrix(path)
    assert found.zone_id.tolist() == list(expected)
    at = {zone: i for i, zone in enumerate(expected)}
    trips = np.zeros((len(at), len(at)))
    for (o, d), number in zip(pairs, numbers, strict=True):
        trips[at[o], at[d]] = float(number.replace(signs[1], "").replace(signs[0], "."))
    np.testing.assert_array_equal(found.trips, trips)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path_factory, data):
    """Bytes changed, cut out or put in: a matrix without negative trips, or an error that begins with the file."""
    sound = data.draw(
        st.sampled_from(
            [
                b"origin,destination,trips\nA,B,1.5\nB,A,2\nB,B,3\n",
                "von;nach;fahrten\r\nÄ;B;1,5\r\nB;Ä;1.234\r\n".encode("cp1252"),
                b"zone,A,B\nA,0,1\nB,2.5,0\n",
                "z\tA\tB\nA\t0\t1\nB\t2,5\t0\n".encode("utf-16"),
            ]
        )
    )
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=2) | st.sampled_from([b'"', b";", b",", b"\r", b"-", b"\xff"])
        )
    path = tmp_path_factory.mktemp("damage") / "m.csv"
    path.write_bytes(bytes(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        try:
            found, said = read_matrix(path), ""
        except DemandError as fault:
            found, said = None, str(fault)
    if found is None:
        assert said.startswith(str(path))
    else:
        assert ((found.trips >= 0) & np.isfinite(found.trips)).all()
