"""The kit's feeds through the command line, and real feeds with the counts that were made by hand."""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pytest
from gtfs_feeds import differing

from itas_mobility import cli
from itas_mobility.errors import NetworkError
from itas_mobility.network import read_gtfs, read_gtfs_days, write_gtfs
from itas_mobility.network.transit import check_gtfs, dates_with_service, merge_timetables
from oracles.gtfs_days import trips_on

TOY_DAY = "2026-11-23"
CORRUPT = (
    "missing_stop_times", "header_only_stop_times", "time_99xx", "time_negative", "negative_dwell",
    "unsorted_sequence_ok", "trip_unknown_route", "stop_coords_swapped_or_out", "dup_stop_id", "calendar_bad_date",
    "latin1", "huge_field", "quotes_newline_ok", "frequencies_1s_24h", "macosx_junk_ok", "empty_file",
    "zip_bomb_300MB", "encrypted_flag",
)  # fmt: skip
ACCEPTED = {"unsorted_sequence_ok", "huge_field", "quotes_newline_ok", "frequencies_1s_24h", "macosx_junk_ok"}


@pytest.fixture(scope="module")
def expected(shared_data):
    listed = json.loads((shared_data / "kit" / "gtfs" / "expected_corrupt.json").read_text(encoding="utf-8"))
    return {case["file"].rpartition("/")[2].removesuffix(".zip"): case for case in listed}


def check(path, *options, capsys):
    """Exit code and all that is said by ``itas-mobility check``."""
    with pytest.raises(SystemExit) as left:
        cli.main(["check", str(path), *options])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return left.value.code, said.out, said.err


@pytest.mark.parametrize("name", CORRUPT)
def test_corrupt_feeds_through_the_command_line(shared_data, expected, tmp_path, monkeypatch, capsys, name):
    assert set(expected) == set(CORRUPT)
    path = shared_data / "kit" / "gtfs" / "corrupt" / f"{name}.zip"
    monkeypatch.chdir(tmp_path)
    code, _, said = check(path, capsys=capsys)
    assert (code == 0) == (name in ACCEPTED)
    code_as_json, answer, _ = check(path, "--json", capsys=capsys)
    assert code_as_json == code
    outcome = json.loads(answer)
    assert outcome["status"] == ("ok" if name in ACCEPTED else "error")
    assert all(set(finding) == {"severity", "file", "line", "field", "message"} for finding in outcome["findings"])
    for words in expected[name]["must_name"]:
        assert words in said
        assert any(words in finding["message"] for finding in outcome["findings"])
        if words.startswith("line "):
            assert {finding["line"] for finding in outcome["findings"] if finding["severity"] == "error"} == {
                int(words.removeprefix("line "))
            }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(set(CORRUPT) - ACCEPTED))
def test_corrupt_feeds_are_not_read(shared_data, expected, name):
    path = shared_data / "kit" / "gtfs" / "corrupt" / f"{name}.zip"
    with pytest.raises(NetworkError) as caught:
        read_gtfs(path, date=TOY_DAY)
    assert [words for words in expected[name]["must_name"] if words not in str(caught.value)] == []


@pytest.mark.parametrize("name", sorted(ACCEPTED - {"frequencies_1s_24h"}))
@pytest.mark.filterwarnings("ignore:.*cut off:itas_mobility.errors.DataWarning")
def test_accepted_feeds_are_read_as_the_sound_one(shared_data, name):
    kit = shared_data / "kit" / "gtfs"
    sound, found = (
        read_gtfs(path, date=TOY_DAY) for path in (kit / "good_toy_raptor.zip", kit / "corrupt" / f"{name}.zip")
    )
    is_named_otherwise = name in ("huge_field", "quotes_newline_ok")
    assert differing(sound, found) == (["stop_name"] if is_named_otherwise else [])
    other = found.stop_name[found.stop_name != sound.stop_name].tolist()
    assert other == {"huge_field": ["x" * 255], "quotes_newline_ok": ['Halt "Vier",\nGleis 1']}.get(name, [])


def test_a_day_of_trips_every_second(shared_data):
    path = shared_data / "kit" / "gtfs" / "corrupt" / "frequencies_1s_24h.zip"
    start = time.process_time()
    with pytest.warns(UserWarning, match=r"frequencies\.txt: line 2: trip A1 leaves 86,400 times on one day"):
        table = read_gtfs(path, date=TOY_DAY)
    assert time.process_time() - start < 10.0
    assert (table.n_trips, table.trip_headway_s.max()) == (86_405, 0)
    with pytest.raises(NetworkError, match="trip A1 leaves 86,400 times, which makes more than 50,000 trips"):
        read_gtfs(path, date=TOY_DAY, max_trips=50_000)


def test_a_bomb_is_refused_in_no_time_and_memory(shared_data, tmp_path):
    path = shared_data / "kit" / "gtfs" / "corrupt" / "zip_bomb_300MB.zip"
    code = (
        "import re, sys, time\n"
        "from pathlib import Path\n"
        "from itas_mobility import network\n"
        "start = time.perf_counter()\n"
        "try:\n    network.transit.check_gtfs(sys.argv[1])\n"
        "except ValueError as fault:\n    print(fault)\n"
        "seconds = time.perf_counter() - start\n"
        # the peak of this program: that of the resource module also knows the process it was forked from
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())\n"
        "print(seconds, int(peak[1]) / 1024)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2_048_000_000, 2_048_000_000)),
    )  # fmt: skip
    message, figures = found.stdout.splitlines()
    seconds, megabytes = map(float, figures.split())
    assert "stops.txt: uncompressed size/ratio over limit" in message
    assert (seconds < 2.0, megabytes < 200) == (True, True)


# feed, day, stops, routes, trips, calls
REAL = [
    ("kit/gtfs/good_toy_raptor.zip", TOY_DAY, 11, 4, 6, 23),
    ("gtfs/kuopio_finland.zip", "2017-01-10", 1355, 180, 1131, 40_123),
    ("gtfs/kuopio_finland.zip", "2017-01-14", 1355, 47, 619, 23_853),
    ("gtfs/kuopio_finland.zip", "2017-01-15", 1355, 32, 340, 12_926),
    ("gtfs/caltrain.zip", "2019-01-15", 31, 36, 90, 1_436),
    ("gtfs/otp_vvs_bus_751_only.zip", "2020-06-16", 47, 22, 73, 904),
    ("gtfs/otp_vvs_bus_751_only.zip", "2020-06-01", 47, 4, 22, 202),
    ("gtfs/sample_gtfs.zip", "2007-06-05", 9, 7, 140, 592),
    ("gtfs/tidytransit_sample-feed-bom.zip", "2007-06-05", 9, 7, 140, 592),
    ("region_poa/poa_eptc.zip", "2019-05-14", 3986, 201, 2374, 130_019),
    ("region_poa/poa_trensurb.zip", "2019-05-13", 24, 21, 529, 6_347),
]


def by_trip(table, plain):
    """A timetable in the form of `trips_on`; times that the feed leaves blank are left out again."""
    found = {}
    for route in range(table.n_routes):
        at = slice(table.stop_ptr[route], table.stop_ptr[route + 1])
        stops, flags = (
            table.stop_id[table.stop[at]].tolist(),
            (table.may_board[at].tolist(), table.may_alight[at].tolist()),
        )
        for trip in range(table.trip_ptr[route], table.trip_ptr[route + 1]):
            rows = slice(table.call_ptr[trip], table.call_ptr[trip + 1])
            times = (table.arrival_s[rows].tolist(), table.departure_s[rows].tolist())
            calls = list(zip(stops, *times, *flags, strict=True))
            feed_route, feed_calls = plain[table.trip_id[trip]]
            blank = [call[1] is None for call in feed_calls]
            calls = [(c[0], None, None, *c[3:]) if b else c for c, b in zip(calls, blank, strict=True)]
            assert table.route_id[route].startswith(feed_route)
            found[str(table.trip_id[trip])] = (feed_route, calls)
    return found


@pytest.mark.parametrize(("name", "day", "stops", "routes", "trips", "calls"), REAL)
def test_real_feeds(shared_data, tmp_path, name, day, stops, routes, trips, calls):
    table = read_gtfs(shared_data / name, date=day)
    assert (table.n_stops, table.n_routes, table.n_trips, len(table.arrival_s)) == (stops, routes, trips, calls)
    plain = trips_on(shared_data / name, day)
    if not (table.trip_headway_s > 0).any():
        assert by_trip(table, plain) == plain
        patterns = {(route, tuple((stop, *flags) for stop, _, _, *flags in calls)) for route, calls in plain.values()}
        assert len(patterns) <= routes <= len(patterns) + 1  # in Kuopio, one trip overtakes another
    assert (np.diff(table.call_ptr) == np.repeat(np.diff(table.stop_ptr), np.diff(table.trip_ptr))).all()
    for route in range(table.n_routes):
        rows = slice(table.call_ptr[table.trip_ptr[route]], table.call_ptr[table.trip_ptr[route + 1]])
        for column in (table.arrival_s[rows], table.departure_s[rows]):
            assert (np.diff(column.reshape(-1, table.stop_ptr[route + 1] - table.stop_ptr[route]), axis=0) >= 0).all()
    assert dates_with_service(shared_data / name)[day] > 0
    again = read_gtfs(write_gtfs(table, tmp_path / "again.zip"), date=day)
    assert differing(table, again) == []


def test_transfers_of_the_toy_feed(shared_data):
    table = read_gtfs(shared_data / "kit" / "gtfs" / "good_toy_raptor.zip", date=TOY_DAY)
    name = table.stop_id
    ways = zip(name[table.transfer_from], name[table.transfer_to], table.transfer_time_s, strict=True)
    pairs = (("s1a", "s1b"), ("s3a", "s3b"), ("s8a", "s8b"))
    assert {(str(a), str(b)): s for a, b, s in ways} == {pair[::k]: 10 for pair in pairs for k in (1, -1)}
    assert (name[table.no_transfer_from].tolist(), name[table.no_transfer_to].tolist()) == (["s2"], ["s5"])


def test_the_feed_with_byte_order_marks_is_the_sample_feed(shared_data):
    sample, marked = (
        read_gtfs(shared_data / "gtfs" / f"{name}.zip", date="2007-06-05")
        for name in ("sample_gtfs", "tidytransit_sample-feed-bom")
    )
    assert differing(sample, marked) == ["trip_block"]
    assert (sample.trip_headway_s > 0).sum() == 136


def test_a_truncated_feed_is_refused_with_what_it_lacks(shared_data, capsys):
    path = shared_data / "gtfs" / "r5py_test_broken_gtfs.zip"
    code, _, said = check(path, capsys=capsys)
    assert code == 1
    assert "error: stop_times.txt: line 11: stop_id '1130436' is not in stops.txt" in said
    assert "and 1,412 more of this kind" in said
    assert "repair: transfers.txt: line 4: from_stop_id '1174410'" in said
    findings = check_gtfs(path)
    assert sum(finding.rule == "dangling_transfer" for finding in findings) > 0
    with pytest.raises(NetworkError, match="1130436"):
        read_gtfs(path, date="2022-02-23")


def test_kuopio_names_the_trip_that_runs_for_eighteen_hours(shared_data):
    found = [
        finding for finding in check_gtfs(shared_data / "gtfs" / "kuopio_finland.zip") if finding.rule == "long_trip"
    ]
    assert [finding.line for finding in found] == [25_694]
    assert "Hiihtokausi_61_61_L17:00HK_La_1700" in found[0].message


def test_a_week_of_kuopio_comes_back(shared_data, tmp_path):
    dates = ["2017-01-10", "2017-01-14", "2017-01-15"]
    days = read_gtfs_days(shared_data / "gtfs" / "kuopio_finland.zip", dates=dates)
    again = read_gtfs_days(write_gtfs(days, tmp_path / "week.zip"), dates=dates)
    assert [differing(a, b) for a, b in zip(days.timetables, again.timetables, strict=True)] == [[], [], []]
    assert check_gtfs(tmp_path / "week.zip").summary["trips"] == len(
        {*days.on(dates[0]).trip_id, *days.on(dates[1]).trip_id, *days.on(dates[2]).trip_id}
    )


def test_buses_and_trains_of_porto_alegre(shared_data, tmp_path):
    parts = [
        read_gtfs(shared_data / "region_poa" / f"poa_{name}.zip", date="2019-05-14") for name in ("eptc", "trensurb")
    ]
    both = merge_timetables(parts)
    assert (both.n_stops, both.n_routes, both.n_trips) == (4010, 222, 2903)
    assert differing(both, read_gtfs(write_gtfs(both, tmp_path / "both.zip"), date="2019-05-14")) == []
