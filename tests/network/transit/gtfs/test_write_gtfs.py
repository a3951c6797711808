"""What is written is read back as it was."""

import dataclasses
import zipfile

import numpy as np
import pytest
from gtfs_feeds import DAY, differing, feed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_read_gtfs import STATIONS, calls, trips

from itas_mobility.core.transit import ServiceDays, TransitMode
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network import read_gtfs, read_gtfs_days, write_gtfs
from itas_mobility.network.transit import check_gtfs, merge_timetables, timetable_from_headways
from oracles.transit_networks import network, timetable


def written_and_read(table, folder, **options):
    path = write_gtfs(table, folder / "written.zip", **options)
    assert [finding.message for finding in check_gtfs(path).of("error")] == []
    return read_gtfs(path, date=options.get("first_date") or table.service_date)


def test_all_columns_come_back(tmp_path):
    path = feed(
        tmp_path,
        stops=STATIONS.replace("Rathaus", '"Rathaus, ""alt""\nSteig 1"').replace("R,", "-1001,"),
        routes="route_id,route_short_name,route_type\nL,=4,109\nM,5,1501\n",
        trips=trips("t1", "t2") + "M,W,t3\nM,W,t4\n",
        stop_times=calls(
            (
                "t1",
                [
                    ("P", "05:00:00", "0", "1", "0"),
                    ("Q", "05:05:00", "", "", "15.125"),
                    ("-1001", "05:10:00 05:11:00", "1", "0", "1800"),
                ],
            ),
            ("t2", [(stop, time, "", "", "") for stop, time in (("P", "06:00:00"), ("Q", "06:05:00"))]),
            ("t3", [(stop, time, "", "", "") for stop, time in (("Q", "25:00:00"), ("P", "26:00:00"))]),
            ("t4", [(stop, time, "", "", "") for stop, time in (("P", "07:00:00"), ("-1001", "07:30:00"))]),
            columns=",pickup_type,drop_off_type,shape_dist_traveled",
        ),
        frequencies="trip_id,start_time,end_time,headway_secs,exact_times\nt4,07:00:00,08:00:00,900,0\n",
        transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\nH,H,2,240\nP,-1001,3,\n-1001,P,0,\n",
    )
    table = read_gtfs(path, date=DAY)
    assert table.stop_id.tolist() == ["P", "Q", "-1001"]
    assert np.isfinite(table.distance_m).any()
    assert (table.trip_headway_s > 0).any()
    assert table.no_transfer_from.size == 1
    assert differing(table, written_and_read(table, tmp_path)) == []


def test_equal_timetables_make_equal_bytes(tmp_path):
    table = read_gtfs(feed(tmp_path), date=DAY)
    first = write_gtfs(table, tmp_path / "a.zip").read_bytes()
    assert write_gtfs(table, tmp_path / "b.zip").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert "frequencies.txt" not in archive.namelist()


@pytest.mark.parametrize("mode", list(TransitMode))
def test_a_timetable_made_from_headways(tmp_path, mode):
    transit = network("PQR", [("a", "4", "PQR", [61.4, 62.2], 600.0), ("b", "4", "RQP", [61.0, 62.0], 900.0)])
    transit = dataclasses.replace(transit, mode=np.full(2, mode))
    table = timetable_from_headways(transit)
    found = written_and_read(table, tmp_path, weekdays="Mo-Fr", first_date="2026-11-23", last_date="2026-11-29")
    assert set(differing(table, found)) <= {"service_date", "route_type", "distance_m"}
    assert found.mode.tolist() == [mode, mode]
    with pytest.warns(DataWarning, match="no trip runs on 2026-11-28; the nearest day with trips is 2026-11-27"):
        assert read_gtfs(tmp_path / "written.zip", date="2026-11-28").n_trips == 0


TIMES = st.lists(st.integers(0, 20), min_size=3, max_size=3).map(lambda gaps: np.cumsum(gaps).tolist())


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["PQR", "RQP", "PPQ"]), st.integers(0, 90_000), TIMES), min_size=1, max_size=6)
)
def test_any_timetable_is_read_as_a_second_writing_is(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("made")
    routes = [
        (f"r{i}", "4", stops, [(f"t{i}", [(start + at, start + at) for at in times])])
        for i, (stops, start, times) in enumerate(made)
    ]
    table = dataclasses.replace(timetable("PQR", routes), service_date=DAY)
    found = written_and_read(table, folder)
    assert set(differing(table, found)) <= {"route_type"}
    assert differing(found, written_and_read(found, folder)) == []


def test_service_days_share_their_trips(tmp_path):
    path = feed(
        tmp_path,
        trips="route_id,service_id,trip_id\nL,W,t1\nL,X,t2\nM,X,t3\n",
        routes="route_id,route_short_name,route_type\nM,5,3\nL,4,0\n",
        stop_times=calls(*((trip, [("P", "05:00:00"), ("R", "05:20:00")]) for trip in ("t1", "t2", "t3"))),
        calendar_dates="service_id,date,exception_type\nX,20261128,1\nX,20261124,1\n",
    )
    dates = ["2026-11-23", "2026-11-24", "2026-11-28"]
    days = read_gtfs_days(path, dates=dates)
    again = read_gtfs_days(write_gtfs(days, tmp_path / "days.zip"), dates=dates)
    assert [differing(a, b) for a, b in zip(days.timetables, again.timetables, strict=True)] == [[], [], []]
    assert check_gtfs(tmp_path / "days.zip").summary["trips"] == 3


def test_service_days_of_weekdays_and_trips_that_differ(tmp_path):
    first, second = (
        timetable("PQ", [("r", "4", "PQ", [("t", [(start, start), (start + 60, start + 60)])])]) for start in (100, 200)
    )
    days = ServiceDays(np.array(["Mo-Fr", "Sa,So"]), (first, second))
    path = write_gtfs(days, tmp_path / "days.zip", first_date="2026-11-23", last_date="2026-12-31")
    assert read_gtfs(path, date="2026-11-24").trip_id.tolist() == ["t"]
    sunday = read_gtfs(path, date="2026-11-29")
    assert (sunday.trip_id.tolist(), sunday.arrival_s.tolist()) == (["t@Sa,So"], [200, 260])


def test_what_cannot_be_written(tmp_path):
    table = timetable("PQ", [("r", "4", "PQ", [("t", [(0, 0), (60, 60)])])])
    with pytest.raises(NetworkError, match="service day '' is neither a date nor weekdays"):
        write_gtfs(table, tmp_path / "x.zip")
    with pytest.raises(NetworkError, match="no dates: give first_date and last_date"):
        write_gtfs(ServiceDays(np.array(["Mo"]), (table,)), tmp_path / "x.zip")
    with pytest.raises(NetworkError, match="lies before first_date"):
        write_gtfs(table, tmp_path / "x.zip", first_date="2026-02-01", last_date="2026-01-01")
    with pytest.raises(NetworkError, match="no trips"):
        write_gtfs(timetable("PQ", []), tmp_path / "x.zip")
    assert list(tmp_path.iterdir()) == []


def test_merging_tells_ids_apart_and_joins_equal_stops(tmp_path):
    bus = timetable("PQ", [("r", "4", "PQ", [("t", [(0, 0), (60, 60)])])])
    train = timetable("QRS", [("r", "RB1", "SQR", [("t", [(0, 0), (60, 90), (120, 120)])])])
    moved = dataclasses.replace(train, stop_lon_deg=np.array([1.0, 0.0, 0.0]), stop_lat_deg=np.array([1.0, 0.0, 0.0]))
    bus = dataclasses.replace(
        bus, transfer_from=[0], transfer_to=[1], transfer_time_s=[30.0], service_date=DAY, trip_block=["b"]
    )
    train = dataclasses.replace(train, no_transfer_from=[0], no_transfer_to=[1], trip_block=["b"])
    both = merge_timetables([bus, train])
    assert both.stop_id.tolist() == ["P", "Q", "R", "S"]
    assert (both.route_id.tolist(), both.trip_id.tolist()) == (["r", "2:r"], ["t", "2:t"])
    assert both.trip_block.tolist() == ["b", "2:b"]
    assert both.stop.tolist() == [0, 1, 3, 1, 2]
    assert (both.call_ptr.tolist(), both.stop_ptr.tolist(), both.trip_ptr.tolist()) == ([0, 2, 5], [0, 2, 5], [0, 1, 2])
    assert both.arrival_s.tolist() == [0, 60, 0, 60, 120]
    assert (both.transfer_from.tolist(), both.transfer_to.tolist()) == ([0], [1])
    assert (both.no_transfer_from.tolist(), both.no_transfer_to.tolist()) == ([1], [2])
    assert both.service_date == DAY
    assert merge_timetables([bus, moved]).stop_id.tolist() == ["P", "Q", "2:Q", "R", "S"]
    assert differing(bus, merge_timetables([bus])) == []
    with pytest.raises(NetworkError, match="of different days"):
        merge_timetables([bus, dataclasses.replace(train, service_date="2026-11-25")])
    with pytest.raises(NetworkError, match="at least one"):
        merge_timetables([])
