"""Archives that are refused before they are read."""

import struct
import zipfile

import pytest
from gtfs_feeds import DAY, SOUND, feed

from itas_mobility.errors import NetworkError
from itas_mobility.network import read_gtfs
from itas_mobility.network.osm.unpacking import UNSUSPICIOUS_BYTES
from itas_mobility.network.transit import check_gtfs
from itas_mobility.network.transit.gtfs.csv_reading import MAX_RECORD_BYTES


def packed(path, files, *, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refused(path, words):
    for verb in (check_gtfs, lambda path: read_gtfs(path, date=DAY)):
        with pytest.raises(NetworkError, match=words) as caught:
            verb(path)
        assert path.name in str(caught.value)


@pytest.mark.parametrize(
    "name", ["../stops.txt", "feed/../../stops.txt", "/etc/stops.txt", "C:/stops.txt", "..\\stops.txt"]
)
def test_names_that_climb_out_of_the_archive(tmp_path, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    refused(packed(inner / "climbing.zip", SOUND | {name: "x"}), "climbs out of the archive")
    assert [path.name for path in tmp_path.rglob("*")] == ["inner", "climbing.zip"]


def test_two_files_of_the_same_name(tmp_path):
    refused(packed(tmp_path / "twice.zip", SOUND | {"old/stops.txt": "x"}), "stops.txt and old/stops.txt")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"PK and no more", "zip archive"), (b"a,b\n" * 99, "zip")]
)
def test_what_is_no_archive(tmp_path, content, words):
    path = tmp_path / "feed.zip"
    path.write_bytes(content)
    refused(path, words)


def test_folders_and_missing_files(tmp_path):
    refused(tmp_path / "nowhere.zip", "no such file")
    folder = tmp_path / "folder"
    folder.mkdir()
    refused(folder, "not a plain file")


def test_a_damaged_member(tmp_path):
    path = packed(tmp_path / "damaged.zip", SOUND, how=zipfile.ZIP_STORED)
    content = path.read_bytes()
    at = content.index(b"Quelle")
    path.write_bytes(content[:at] + b"Kuelle" + content[at + 6 :])
    refused(path, r"stops\.txt cannot be unpacked .*fetch the feed again")


def test_a_cut_off_archive(tmp_path):
    path = feed(tmp_path, "cut.zip")
    path.write_bytes(path.read_bytes()[:-200])
    refused(path, "zip archive")


def test_a_way_of_packing_that_is_not_known(tmp_path):
    path = feed(tmp_path, "odd.zip")
    content = bytearray(path.read_bytes())
    # method 99 in the local header and in the directory of the first member
    content[8:10] = struct.pack("<H", 99)
    at = content.index(b"PK\x01\x02")
    content[at + 10 : at + 12] = struct.pack("<H", 99)
    path.write_bytes(bytes(content))
    refused(path, "agency.txt cannot be unpacked")


def test_a_bomb_is_refused_by_what_the_directory_says(tmp_path):
    huge = b"0" * (UNSUSPICIOUS_BYTES + 1)
    refused(packed(tmp_path / "bomb.zip", SOUND | {"stops.txt": huge}), "stops.txt: uncompressed size/ratio over limit")


def test_members_that_share_their_bytes_are_summed_up(tmp_path):
    path = packed(tmp_path / "shared.zip", {"stops.txt": b"0" * (UNSUSPICIOUS_BYTES // 2)})
    content = path.read_bytes()
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[at:end]
    entries = b"".join(entry.replace(b"stops.txt", b"stop%d.txt" % i) for i in range(4))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 4, 4, len(entries), at, 0)
    path.write_bytes(content[:at] + entries + tail)
    refused(path, "uncompressed size/ratio over limit")


def test_a_lie_about_the_size_is_found_while_unpacking(tmp_path):
    path = packed(tmp_path / "lie.zip", {"stops.txt": SOUND["stops.txt"] * 1000})
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", 100)
    path.write_bytes(bytes(content))
    refused(path, "cannot be unpacked")


def test_an_endless_quote_is_given_up(tmp_path):
    path = feed(tmp_path, stops=SOUND["stops.txt"].replace("Platz", '"Platz') + "x,y\n" * (MAX_RECORD_BYTES // 3))
    first = check_gtfs(path).of("error")[0]
    assert (first.rule, first.file, first.line) == ("unclosed_quote", "stops.txt", 2)
