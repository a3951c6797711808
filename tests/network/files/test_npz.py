"""The library's own format: the same network comes back, mapped or copied, and nothing broken does."""

import dataclasses
import io
import json
import zipfile

import numpy as np
import pytest

from itas_mobility.core import LeftOut, ReadReport, RoadNetwork
from itas_mobility.core.columns import content_digest
from itas_mobility.errors import InputError, NetworkError
from itas_mobility.network import grid, read_network, read_timetable, read_transit_network, write_network
from oracles.transit_networks import timetable

ARRAYS = [
    f.name for f in dataclasses.fields(RoadNetwork) if f.name not in ("n_zones", "first_through", "mode", "report")
]


@pytest.fixture
def roads():
    left_out = LeftOut(
        way_id=[1], reason_code=[0], reasons=["not connected"], shape_ptr=[0, 2], shape_lon_deg=[12, 13],
        shape_lat_deg=[50, 51],
    )  # fmt: skip
    return dataclasses.replace(
        grid(5, 4), n_zones=1, first_through=2, report=ReadReport("Grüße.osm", {"links": 3}, left_out),
        vdf_table_ptr=[0, 2], vdf_table_ratio=[0, 0.9], vdf_table_factor=[1, 1.5],
    )  # fmt: skip


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, content, *, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def as_npy(array, *, pickled=False):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), allow_pickle=pickled)
    return stream.getvalue()


def test_the_same_timetable_comes_back(tmp_path):
    calls = [(100.0, 100.0), (160.0, 170.0)]
    full = timetable("PQ", [("r", "1", "PQ", [("t", calls)])])
    full = dataclasses.replace(full, service_date="2026-11-24", report=ReadReport("feed.zip", {"trips": 1}))
    for given in (full, timetable("PQ", [])):
        write_network(given, tmp_path / "day.npz")
        other = read_timetable(tmp_path / "day.npz")
        assert content_digest(other) == content_digest(given)
        assert (other.service_date, other.report) == (given.service_date, given.report)
    with pytest.raises(NetworkError, match="holds a Timetable, not a TransitNetwork"):
        read_transit_network(tmp_path / "day.npz")


@pytest.mark.parametrize("memory_map", [False, True])
def test_the_same_network_comes_back(roads, tmp_path, memory_map):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    other = read_network(path, memory_map=memory_map)
    assert content_digest(other) == content_digest(roads)
    for name in ARRAYS:
        assert getattr(other, name).dtype == getattr(roads, name).dtype, name
    assert (other.n_zones, other.first_through, other.mode) == (1, 2, roads.mode)
    assert other.report.file == "Grüße.osm"
    assert dict(other.report.counts) == {"links": 3}
    assert other.report.left_out is None
    assert [entry.name for entry in tmp_path.iterdir()] == ["roads.npz"]


def in_file(array):
    """Whether an array's bytes are those of a mapped file."""
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, memoryview) and type(array.obj).__name__ == "mmap"


def test_mapped_columns_stay_mapped_aligned_and_read_only(roads, tmp_path):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    mapped, copied = read_network(path, memory_map=True), read_network(path)
    for name in ARRAYS:
        values = getattr(mapped, name)
        assert in_file(values), name
        assert not in_file(getattr(copied, name)), name
        assert values.flags.aligned, name
        assert values.flags.c_contiguous, name
        assert values.ctypes.data % 64 == 0, name
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 0


def test_a_mapped_network_outlives_its_file_name(roads, tmp_path):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    mapped = read_network(path, memory_map=True)
    write_network(grid(2, 2), path)
    path.unlink()
    assert content_digest(mapped) == content_digest(roads)


def test_the_same_network_gives_the_same_bytes_which_numpy_can_read(roads, tmp_path):
    write_network(roads, tmp_path / "one.npz")
    write_network(roads, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as stored:
        assert stored["link_key"].tolist() == roads.link_key.tolist()


def test_empty_columns_are_read(tmp_path):
    bare = dataclasses.replace(
        grid(2, 1), shape_ptr=[0, 0, 0], shape_lon_deg=[], shape_lat_deg=[], way_ptr=[0, 0, 0], way_id=[]
    )
    write_network(bare, tmp_path / "bare.npz")
    assert content_digest(read_network(tmp_path / "bare.npz", memory_map=True)) == content_digest(bare)


@pytest.mark.parametrize("memory_map", [False, True])
@pytest.mark.parametrize("column", ["header", "head", "names", "shape_lat_deg"])
def test_each_flipped_bit_is_noticed(roads, tmp_path, column, memory_map):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo(f"{column}.npy")
    content[content.index(b"\x93NUMPY", member.header_offset) + member.file_size - 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=rf"roads\.npz: column '{column}' is damaged"):
        read_network(path, memory_map=memory_map)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.7, 0.99])
def test_truncated_files_are_refused(roads, tmp_path, share):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(NetworkError, match=r"roads\.npz: cannot be read as a network"):
        read_network(path, memory_map=True)


BROKEN = {
    "pickled": (lambda old: as_npy(np.array([{}], object), pickled=True), "holds pickled objects"),
    "no array": (lambda old: b"nothing at all", "is no array"),
    "hostile header": (lambda old: old[:8] + b"\x76\x00" + b"(" * 118 + old[128:], "is no array"),
    "longer than said": (lambda old: old + b"\0", "bytes, which is not"),
    "shorter than said": (lambda old: old[:-8], "bytes, which is not"),
    "another type": (lambda old: as_npy(np.zeros(62)), "holds float64, expected int32"),
    "a thing without number": (lambda old: as_npy(np.zeros(62, "m8[s]")), "is no number, expected int32|holds"),
    "negative shape": (
        lambda old: old.replace(b"(62,)", b"(-1,)"),
        "has shape",
    ),
}  # fmt: skip


@pytest.mark.parametrize("memory_map", [False, True])
@pytest.mark.parametrize("case", BROKEN)
def test_broken_members_are_named(roads, tmp_path, case, memory_map):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    content = members(path)
    make, message = BROKEN[case]
    content["head.npy"] = make(content["head.npy"])
    rewrite(path, content)
    with pytest.raises(NetworkError, match=message) as caught:
        read_network(path, memory_map=memory_map)
    assert "roads.npz" in str(caught.value)
    assert "head" in str(caught.value)


def test_values_that_would_mislead_a_kernel_are_refused_when_mapped(roads, tmp_path):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    content = members(path)
    head = roads.head.copy()
    head[3] = 10**6
    content["head.npy"] = as_npy(head)
    rewrite(path, content)
    with pytest.raises(NetworkError, match=r"roads\.npz: RoadNetwork: head\[3\] = 1000000 is above"):
        read_network(path, memory_map=True)


def test_files_of_others_are_refused(roads, tmp_path):
    path = tmp_path / "roads.npz"
    with pytest.raises(NetworkError, match="no such file"):
        read_network(path)
    path.write_text("nothing")
    with pytest.raises(NetworkError, match="cannot be read as a network"):
        read_network(path)
    np.savez(path, a=np.zeros(3))
    with pytest.raises(NetworkError, match="holds no column 'header'"):
        read_network(path)
    write_network(roads, path)
    content = members(path)
    rewrite(path, content, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(NetworkError, match="column 'header' is compressed"):
        read_network(path)
    rewrite(path, {name: data for name, data in content.items() if name != "access.npy"})
    with pytest.raises(NetworkError, match="holds no column 'access'; write it again"):
        read_network(path)
    with pytest.raises(NetworkError, match="holds a RoadNetwork, not a TransitNetwork"):
        read_transit_network(path)
    with pytest.raises(NetworkError, match=r"ending with \.npz"):
        write_network(grid(2, 2), tmp_path / "town.zip")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "itas_mobility network 1"}, "format 'itas_mobility network 1', expected .*; write it again"),
        ({"n_zones": "1"}, "column 'header' lacks"),
        ({"mode": 1.5}, "column 'header' lacks"),
        ({"counts": [1]}, "column 'header' lacks"),
        ({"n_zones": 10**6}, "n_zones: 1000000 of 20 nodes"),
    ],
)
def test_headers_that_do_not_fit(roads, tmp_path, change, message):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    content = members(path)
    head = json.loads(str(np.load(io.BytesIO(content["header.npy"]))))
    content["header.npy"] = as_npy(json.dumps({**head, **change}))
    rewrite(path, content)
    with pytest.raises(NetworkError, match=message) as caught:
        read_network(path)
    assert "roads.npz" in str(caught.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_column_that_stands_twice_is_refused(roads, tmp_path):
    path = tmp_path / "roads.npz"
    write_network(roads, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("head.npy", as_npy(roads.head))
    with pytest.raises(NetworkError, match="stands twice"):
        read_network(path)


def test_failed_writing_leaves_nothing_behind(monkeypatch, tmp_path):
    def broken(*args, **more):
        raise OSError("disk full")

    monkeypatch.setattr(np.lib.format, "write_array", broken)
    with pytest.raises(InputError, match=r"town\.npz: cannot be written"):
        write_network(grid(2, 2), tmp_path / "town.npz")
    assert list(tmp_path.iterdir()) == []
