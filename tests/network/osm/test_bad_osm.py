"""Files that are cut off, lie or hold traps: each is refused with one message, legal oddities are read."""

import bz2
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pytest

from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm
from itas_mobility.network.osm.unpacking import MAX_BLOB_BYTES, MAX_RATIO, UNSUSPICIOUS_BYTES
from network.osm_text import SOUTH, osm_text, write_osm

STREET = {"highway": "residential"}
SQUARE = ["a b", "   ", "d c"]
TOWN = osm_text(SQUARE, [("abcda", STREET), ("ac", STREET)])
MOST_SECONDS, MOST_BYTES = 20, 2_000_000_000

LIMITED = f"""
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, ({MOST_BYTES}, {MOST_BYTES}))
from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm
try:
    read_osm(sys.argv[1])
except NetworkError as fault:
    print(fault)
else:
    print("READ")
"""


def read_limited(path):
    """What reading says, in a process of its own with 20 seconds and 2 GB; nothing may be left behind."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(path)],
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            env={**os.environ, "TMPDIR": folder},
            check=False,
        )
        left = [str(p) for p in Path(folder).rglob("*") if "numba" not in str(p)]
    assert done.returncode == 0, done.stderr[-2000:]
    assert left == []
    return done.stdout.strip()


def refusal(path):
    with pytest.raises(NetworkError) as caught:
        read_osm(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 1000
    return message.removeprefix(str(path))


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(kind, content, *, raw_size=None, packed=None):
    packed = zlib.compress(content) if packed is None else packed
    body = field(2, len(content) if raw_size is None else raw_size) + field(3, packed)
    header = field(1, kind.encode()) + field(3, len(body))
    return len(header).to_bytes(4, "big") + header + body


PBF_HEADER = blob("OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes"))


def pbf_town(folder):
    import osmium

    plain, path = folder / "plain.osm", folder / "town.osm.pbf"
    plain.write_text(TOWN, encoding="utf-8")
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(plain)):
            writer.add(thing)
    return path


def node_lines(n):
    return b"".join(b'<node id="%d" version="1" lat="50.0" lon="12.0"/>\n' % i for i in range(1, n + 1))


class TestXml:
    @pytest.mark.parametrize(
        ("old", "new", "place"),
        [
            ('node id="1001"', 'node id="abc"', "line 3: <node>: id='abc' is not an id"),
            ('node id="1001"', 'node id="99999999999999999999"', "line 3: <node>: id='9999"),
            ('node id="1001"', 'node id="1e3"', "line 3"),
            ('node id="1001" ', "node ", "line 3: <node>: id='' is not an id"),
            ('way id="2001" ', "way ", "line 7: <way>: id='' is not an id"),
            ('way id="2001"', 'way id="9223372036854775808"', "line 7"),
            ('<nd ref="1001"/>', "<nd/>", "line 7: <nd>: ref='' is not an id"),
            ('<nd ref="1001"/>', '<nd ref="x"/>', "line 7"),
            ('<nd ref="1001"/>', f'<nd ref="{2**48}"/>', f"a way refers to node {2**48}"),
            (f'lat="{SOUTH:.7f}"', 'lat="nan"', "node 1001: lat='nan'"),
            (f'lat="{SOUTH:.7f}"', 'lat="inf"', "node 1001: lat='inf'"),
            (f'lat="{SOUTH:.7f}"', 'lat="-90.1"', "node 1001: has no possible place"),
            (f'lat="{SOUTH:.7f}"', 'lat="1e9"', "node 1001"),
            (f'lat="{SOUTH:.7f}"', 'lat="1e400"', "node 1001: lat='1e400'"),
            (f'lat="{SOUTH:.7f}"', 'lat="50,7"', "node 1001: lat='50,7'"),
            (f'lat="{SOUTH:.7f}"', "", "node 1001"),
            (f'lat="{SOUTH:.7f}"', f'lat="{SOUTH:.7f}" lat="1"', "line 3"),
            ("<osm ", "<html ", "line 2: the root element is <html>"),
            ("<osm ", "<osmChange ", "line 2: the root element is <osmChange>"),
            ("</osm>", "<remark> runtime error: Query timed out </remark></osm>", "runtime error: Query timed out"),
            ("</osm>", "", "line"),
            ("</osm>", "</osm><osm/>", "line"),
            ("</osm>", "</osm>\0\0\0\0", "line"),
            ('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE osm [<!ENTITY a "b">]>', "line 1: holds a DTD"),
            ('k="highway"', 'k="highw\x01ay"', "line"),
            ('v="residential"', 'v="&unknown;"', "line"),
        ],
    )
    def test_refused_with_its_place(self, tmp_path, old, new, place):
        assert old in TOWN
        path = tmp_path / "town.osm"
        path.write_text(TOWN.replace(old, new, 1), encoding="utf-8")
        assert place in refusal(path)

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_cut_off(self, tmp_path, share):
        path = tmp_path / "town.osm"
        path.write_text(TOWN[: int(len(TOWN) * share)], encoding="utf-8")
        assert "line" in refusal(path)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "the file is empty"),
            (b"{}", "something unknown"),
            (b'{"remark": "runtime error"}', "something unknown"),
            (b"<!DOCTYPE html><html><body>504 Gateway Timeout</body></html>", "holds a DTD"),
            (b"<html><body>504 Gateway Timeout</body></html>", "the root element is <html>"),
            (b"\0" * 1000, "something unknown"),
            (TOWN.encode("utf-16"), "something unknown"),
            (TOWN.replace("residential", "stra\u00dfe").encode("latin-1"), "is not valid UTF-8"),
            (b"<osm", "line 1"),
        ],
    )
    def test_something_else(self, tmp_path, content, said):
        path = tmp_path / "town.osm"
        path.write_bytes(content)
        assert said in refusal(path)

    def test_empty_maps_hold_no_way(self, tmp_path):
        path = tmp_path / "town.osm"
        path.write_text('<osm version="0.6"/>')
        assert "holds no way that is open for mode 'car'" in refusal(path)

    def test_entities_are_refused_before_they_grow(self, tmp_path):
        path = tmp_path / "laughs.osm"
        lines = [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12)]
        path.write_text('<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY l0 "ha">' + "".join(lines) + "]><osm>&l11;</osm>")
        said = read_limited(path)
        assert "laughs.osm: line 1: holds a DTD" in said

    def test_deep_nesting(self, tmp_path):
        path = tmp_path / "deep.osm"
        path.write_text('<osm version="0.6">' + "<a>" * 500_000 + "</a>" * 500_000 + "</osm>")
        assert "deep.osm" in read_limited(path)

    def test_one_endless_value(self, tmp_path):
        path = tmp_path / "long.osm"
        path.write_text(TOWN.replace("residential", "r" * 100_000_000, 1))
        assert "long.osm: byte 1048576: 1048576 bytes follow without a tag" in read_limited(path)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('node id="1001" version="1"', 'node id="1001" visible="true"'),
            ('node id="1001" version="1"', 'node id="1001" action="modify" version="7" uid="3" user="&lt;b&gt;"'),
            ("</osm>", "<note>text</note><bounds minlat='1' minlon='1' maxlat='2' maxlon='2'/><extra a='b'/></osm>"),
            ("</osm>", '<node id="5" visible="false" version="2"/></osm>'),
            ("</osm>", '<way id="5" visible="false" version="2"/><way id="6"/></osm>'),
            ("</osm>", f'<way id="-{2**50}"><nd ref="1001"/><tag k="highway" v="path"/></way></osm>'),
            ('<?xml version="1.0" encoding="UTF-8"?>', "\ufeff<?xml version='1.0'?><!-- " + "x" * 9000 + " -->"),
            ('<?xml version="1.0" encoding="UTF-8"?>', ""),
            ("\n", "\r\n"),
        ],
    )
    def test_legal_oddities_are_read(self, tmp_path, old, new):
        path = tmp_path / "town.osm"
        path.write_text(TOWN.replace(old, new), encoding="utf-8", newline="")
        assert read_osm(path).n_links == 6

    def test_negative_ids_and_any_order_are_read(self, tmp_path):
        text = TOWN.replace('id="', 'id="-').replace('ref="', 'ref="-')
        lines = text.splitlines()
        path = tmp_path / "town.osm"
        path.write_text("\n".join([*lines[:2], *lines[-2:1:-1], lines[-1]]), encoding="utf-8")
        roads = read_osm(path)
        assert roads.n_links == 6
        assert (roads.node_id < 0).all()

    def test_ids_of_zero_are_legal_where_they_stand(self, tmp_path):
        path = tmp_path / "town.osm"
        path.write_text(TOWN.replace('"1001"', '"0"').replace('"2001"', '"0"'), encoding="utf-8")
        assert 0 in read_osm(path).node_id

    def test_deleted_ways_and_ways_of_one_node_make_no_links(self, tmp_path):
        more = (
            '<way id="1" visible="false" version="2"><nd ref="1001"/><nd ref="1003"/><tag k="highway" v="path"/></way>'
            '<way id="2"><nd ref="1001"/><tag k="highway" v="service"/></way>'
            '<way id="3"><tag k="highway" v="service"/></way></osm>'
        )
        path = tmp_path / "town.osm"
        path.write_text(TOWN.replace("</osm>", more), encoding="utf-8")
        roads = read_osm(path, mode="walk")
        assert roads.n_links == 6
        assert roads.report.counts["ways with fewer than two nodes"] == 2

    def test_swapped_coordinates_beyond_the_pole(self, tmp_path):
        path = tmp_path / "town.osm"
        path.write_text(TOWN.replace(f'lat="{SOUTH:.7f}"', 'lat="112.5"', 1), encoding="utf-8")
        assert "node 1001: has no possible place" in refusal(path)


class TestPacked:
    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
    @pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
    def test_cut_off(self, tmp_path, pack, share):
        content = pack(TOWN.encode() + node_lines(5000))
        path = tmp_path / ("town.osm.gz" if pack is gzip.compress else "town.osm.bz2")
        path.write_bytes(content[: int(len(content) * share)])
        assert "of the unpacked content" in refusal(path)

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
    def test_flipped_bit(self, tmp_path, pack):
        content = bytearray(pack(TOWN.encode()))
        content[len(content) // 2] ^= 4
        path = tmp_path / ("town.osm.gz" if pack is gzip.compress else "town.osm.bz2")
        path.write_bytes(bytes(content))
        refusal(path)

    def test_a_fault_inside_is_placed_in_the_unpacked_text(self, tmp_path):
        path = tmp_path / "town.osm.gz"
        path.write_bytes(gzip.compress(TOWN.replace('id="1001"', 'id="x"').encode()))
        assert "line 3: <node>: id='x'" in refusal(path)

    @pytest.mark.parametrize("suffix", [".osm.gz", ".osm.bz2"])
    @pytest.mark.parametrize("kind", ["zeros", "nodes"])
    def test_bombs_are_refused_before_memory_and_time_go(self, tmp_path, suffix, kind):
        # 2 GB unpacked, packed by repeating members, which both formats allow
        unit = bytes(16 << 20) if kind == "zeros" else node_lines(1) * 330_000
        pack = gzip.compress if suffix == ".osm.gz" else bz2.compress
        path = tmp_path / f"bomb{suffix}"
        path.write_bytes(pack(b'<osm version="0.6">') + pack(unit) * 128)
        assert path.stat().st_size < 20e6
        said = read_limited(path)
        assert f"bomb{suffix}: byte" in said
        assert f"more than {MAX_RATIO} times its size" in said

    def test_what_is_small_or_packs_as_maps_do_is_no_bomb(self, tmp_path):
        text = TOWN.replace("</osm>", "<!-- -->" * 400_000 + "</osm>").encode()
        path = tmp_path / "town.osm.gz"
        path.write_bytes(gzip.compress(text))
        assert len(text) > MAX_RATIO * path.stat().st_size
        assert len(text) < UNSUSPICIOUS_BYTES
        assert read_osm(path).n_links == 6

    def test_several_members_are_one_file(self, tmp_path):
        half = len(TOWN) // 2
        path = tmp_path / "town.osm.gz"
        path.write_bytes(gzip.compress(TOWN[:half].encode()) + gzip.compress(TOWN[half:].encode()))
        assert read_osm(path).n_links == 6


class TestPbf:
    def test_cut_off_names_the_blob(self, tmp_path):
        content = pbf_town(tmp_path).read_bytes()
        path = tmp_path / "cut.osm.pbf"
        for size in (len(content) - 1, len(content) // 2, 40):
            path.write_bytes(content[:size])
            assert "byte " in refusal(path)

    def test_every_flipped_byte_is_refused_or_harmless(self, tmp_path):
        content = pbf_town(tmp_path).read_bytes()
        path = tmp_path / "flipped.osm.pbf"
        for at in range(0, len(content), 7):
            path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
            said = None
            try:
                read_osm(path)
            except NetworkError as fault:
                said = str(fault)
            assert said is None or said.startswith(str(path))

    @pytest.mark.parametrize("raw_size", [1, 10**6, MAX_BLOB_BYTES + 1, 2**63])
    def test_lying_sizes(self, tmp_path, raw_size):
        path = tmp_path / "lie.osm.pbf"
        path.write_bytes(PBF_HEADER + blob("OSMData", field(1, field(1, b"")) + bytes(5000), raw_size=raw_size))
        assert "lie.osm.pbf: byte 5" in read_limited(path)

    def test_zlib_bomb(self, tmp_path):
        path = tmp_path / "bomb.osm.pbf"
        path.write_bytes(PBF_HEADER + blob("OSMData", bytes(30 << 20)))
        assert "more than" in read_limited(path)

    def test_many_small_blobs_that_unpack_to_much(self, tmp_path):
        path = tmp_path / "bombs.osm.pbf"
        path.write_bytes(PBF_HEADER + blob("OSMData", bytes(1 << 20)) * 2000)
        assert f"more than {MAX_RATIO} times" in read_limited(path)

    def test_a_bomb_that_hides_its_size(self, tmp_path):
        path = tmp_path / "hidden.osm.pbf"
        path.write_bytes(PBF_HEADER + blob("OSMData", b"", raw_size=4000, packed=zlib.compress(bytes(1 << 27))))
        assert "hidden.osm.pbf: byte" in read_limited(path)

    def test_headers_without_end(self, tmp_path):
        path = tmp_path / "header.osm.pbf"
        path.write_bytes(b"\x7f\xff\xff\xff" + PBF_HEADER[4:])
        assert "byte 0" in refusal(path)
        path.write_bytes(PBF_HEADER + b"\xff" * 100)
        assert f"byte {len(PBF_HEADER)}" in refusal(path)
        path.write_bytes(PBF_HEADER[:20])
        refusal(path)

    def test_places_beyond_the_earth(self, tmp_path):
        strings = field(1, b"") + field(1, b"highway") + field(1, b"residential")
        # dense nodes 1 and 2 at latitudes 0 and 200 degrees (units of 100 nanodegrees, signed numbers zigzagged)
        dense = field(1, bytes([2, 2])) + field(8, varint(0) + varint(2 * 2_000_000_000)) + field(9, bytes([0, 0]))
        way = field(1, 7) + field(2, bytes([1])) + field(3, bytes([2])) + field(8, bytes([2, 2]))
        block = field(1, strings) + field(2, field(2, dense)) + field(2, field(3, way))
        path = tmp_path / "far.osm.pbf"
        path.write_bytes(PBF_HEADER + blob("OSMData", block))
        assert "node 2: has no possible place" in refusal(path)


class TestNotAFile:
    def test_pipes_and_devices_are_not_waited_for(self, tmp_path):
        pipe = tmp_path / "pipe.osm"
        os.mkfifo(pipe)
        assert "is a pipe or device" in refusal(pipe)
        device = tmp_path / "device.osm"
        device.symlink_to("/dev/zero")
        assert "is a pipe or device" in refusal(device)

    @pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
    def test_unreadable(self, tmp_path):
        path = write_osm(tmp_path, SQUARE, [("abcda", STREET)])
        path.chmod(0)
        assert "cannot be opened (Permission denied)" in refusal(path)

    def test_names(self, tmp_path):
        for name in ("roads.txt", "roads.osm.zip", "roads"):
            (tmp_path / name).write_text(TOWN)
            assert "not an OpenStreetMap file name" in refusal(tmp_path / name)
        (tmp_path / "lie.osm.gz").write_text(TOWN)
        assert "the name says gzip but the content is XML" in refusal(tmp_path / "lie.osm.gz")
        (tmp_path / "lie.osm").write_bytes(bz2.compress(TOWN.encode()))
        assert "the content is bzip2" in refusal(tmp_path / "lie.osm")


def test_nothing_is_left_behind_whether_it_works_or_not(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(here))
    path = tmp_path / "town.osm.gz"
    path.write_bytes(gzip.compress(TOWN.encode()))
    read_osm(path)
    path.write_bytes(gzip.compress(TOWN.replace('id="1001"', 'id="x"').encode()))
    refusal(path)
    assert list(here.iterdir()) == []


def test_hostile_names_stay_text(tmp_path):
    hostile = "</table><script>alert(1)</script>../../etc/passwd%0a,=@ \u202e\n"
    roads = read_osm(write_osm(tmp_path, ["ab"], [("ab", {**STREET, "name": hostile})], name="<i>.osm"))
    assert set(roads.name) == {hostile}
    assert "<script>" not in roads.report._repr_html_()
    assert "<i>.osm" not in roads.report._repr_html_()


@pytest.mark.shared_data
def test_the_corrupt_files_of_the_kit(shared_data):
    folder = shared_data / "kit" / "corrupt"
    for expected in json.loads((folder / "expected.json").read_text()):
        path = folder / Path(expected["file"]).name
        if path.name == "osm_bz2_ok.osm.bz2":
            assert read_limited(path) == "READ"
            continue
        said = read_limited(path)
        assert said.startswith(str(path))
        for word in expected["must_name"]:
            assert word in said, (path.name, said)
