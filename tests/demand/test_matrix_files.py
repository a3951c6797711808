"""Matrices in files: what is read, what is refused and how it is named, and that what is written is read back."""

import json

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
        ("origin,destination,trips\nA,B,-1\n", "line 2: trips '-1' is negative"),
        ("origin,destination,trips\nA,B,1_000\n", "line 2: trips '1_000' is not a number"),
        ("origin,destination,trips\nA,B,1e999\n", "line 2: trips '1e999' is too large"),
        ("origin,destination,trips\nA,B,inf\n", "line 2: trips 'inf'"),
        ("origin,destination,trips\n\nA,,1\n", "line 3: a zone id is missing"),
        ("origin;destination;trips\nA;B;1,5\n", "line 2: trips '1,5' is not a number .write the decimal sign"),
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
        (b"origin,destination,trips\nZw\xf6nitz,B,1\n", "line 2: is not UTF-8"),
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
    with pytest.raises(DemandError, match="line 3: zone 'X' is not one of the 2"):
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
    with pytest.raises(DemandError, match=r"nan.npy.*NaN"):
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
        back = read_matrix(folder / name, zone_ids=zones, duration_h=8.0)
        assert back.zone_id.tolist() == zones
        np.testing.assert_array_equal(back.trips, trips)


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
