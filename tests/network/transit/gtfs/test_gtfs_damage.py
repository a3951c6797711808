"""Feeds that are damaged anywhere: read or refused with a message, never anything else."""

import warnings
import zipfile

from gtfs_feeds import DAY, SOUND
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.errors import InputError
from itas_mobility.network import read_gtfs
from itas_mobility.network.transit import check_gtfs

FILES = SOUND | {
    "transfers.txt": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nP,Q,2,60\nQ,R,3,\nP,P,2,9\nR,Q,0,\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nt1,06:00:00,07:00:00,1200,1\n",
    "calendar_dates.txt": "service_id,date,exception_type\nW,20261128,1\n",
}
PIECES = st.sampled_from([*'0123456789,":\n\r -.xPQRLWt\0ä', "99999999999", '""', "\n\n", ",,", "\t", ""])
CHANGE = st.tuples(st.sampled_from(sorted(FILES)), st.integers(0, 400), st.integers(0, 8), PIECES)


def refusal(action):
    """What an action says when it refuses, '' if it does not; anything else than a refusal goes through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            action()
        except InputError as fault:
            return str(fault)
    return ""


@settings(max_examples=80)
@given(st.lists(CHANGE, min_size=1, max_size=3))
def test_check_and_reading_agree_on_damaged_feeds(tmp_path_factory, changes):
    files = dict(FILES)
    for file, at, length, piece in changes:
        at %= len(files[file]) + 1
        files[file] = files[file][:at] + piece + files[file][at + length :]
    path = tmp_path_factory.mktemp("damaged") / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content.encode())
    errors = check_gtfs(path).of("error")
    said = refusal(lambda: read_gtfs(path, date=DAY))
    if errors:
        assert errors[0].message in said
    else:
        assert said == "" or "does not speak of" in said


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 20_000))
def test_damaged_archives(tmp_path_factory, changes, end):
    path = tmp_path_factory.mktemp("damaged") / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in FILES.items():
            archive.writestr(file, content)
    content = bytearray(path.read_bytes())
    for at, byte in changes:
        content[at % len(content)] = byte
    path.write_bytes(bytes(content[:end]))
    said = refusal(lambda: check_gtfs(path))
    assert said == "" or str(path) in said
