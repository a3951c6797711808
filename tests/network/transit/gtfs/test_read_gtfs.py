import numpy as np
import pytest
from gtfs_feeds import DAY, SOUND, differing, feed

from itas_mobility.core.transit import TransitMode
from itas_mobility.errors import DataWarning, InputError, NetworkError
from itas_mobility.geo import haversine_m
from itas_mobility.network import read_gtfs, read_gtfs_days
from itas_mobility.network.transit import dates_with_service

CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"


def calls(*trips, columns=""):
    """Content of stop_times.txt: trips as (id, [(stop, "arrival departure", more), ..])."""
    lines = [CALLS + columns]
    for trip, stops in trips:
        for k, (stop, times, *more) in enumerate(stops):
            arrival, _, departure = times.partition(" ")
            lines.append(",".join([trip, arrival, departure or arrival, stop, str(10 * k), *more]))
    return "\n".join(lines) + "\n"


def trips(*ids, route="L", service="W"):
    return "route_id,service_id,trip_id\n" + "".join(f"{route},{service},{trip}\n" for trip in ids)


def test_a_sound_feed_by_hand(tmp_path):
    table = read_gtfs(feed(tmp_path), date=DAY)
    assert table.stop_id.tolist() == ["P", "Q", "R"]
    assert table.stop_name.tolist() == ["Platz", "Quelle", "Rathaus"]
    assert (table.stop_lon_deg.tolist(), table.stop_lat_deg.tolist()) == ([12.40, 12.41, 12.42], [50.70, 50.71, 50.72])
    assert (table.route_id.tolist(), table.line.tolist(), table.mode.tolist()) == (["L"], ["4"], [TransitMode.TRAM])
    assert (table.trip_id.tolist(), table.trip_block.tolist()) == (["t1", "t2"], ["b1", "b1"])
    np.testing.assert_array_equal(table.arrival_s, [18000, 18600, 19200, 90000, 90600, 91200])
    np.testing.assert_array_equal(table.departure_s, [18000, 18660, 19200, 90000, 90660, 91200])
    assert (table.service_date, table.route_type.tolist()) == (DAY, [0])
    assert np.isnan(table.distance_m).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "\n\n") + "\n \n",
        lambda text: "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()),
        lambda text: "\n".join(", ".join(line.split(",")) + " " for line in text.splitlines()),
        lambda text: "\n".join(line + (",extra" if i else ",unknown") for i, line in enumerate(text.splitlines())),
        lambda text: "\n".join(",".join(reversed(line.split(","))) for line in text.splitlines()),
    ],
    ids=["BOM", "CRLF", "CR", "no last line end", "blank lines", "quoted", "blanks", "unknown column", "order"],
)
def test_ways_to_write_the_same_feed(tmp_path, change):
    changed = {file.removesuffix(".txt"): change(text) for file, text in SOUND.items()}
    plain = read_gtfs(feed(tmp_path), date=DAY)
    assert differing(plain, read_gtfs(feed(tmp_path, "changed.zip", **changed), date=DAY)) == []


def test_order_of_rows_does_not_matter(tmp_path):
    header, *rows = SOUND["stop_times.txt"].splitlines()
    path = feed(tmp_path, "turned.zip", stop_times="\n".join([header, *reversed(rows)]))
    assert differing(read_gtfs(feed(tmp_path), date=DAY), read_gtfs(path, date=DAY)) == []


def test_quoted_name_with_line_break_comma_and_quotes(tmp_path):
    stops = SOUND["stops.txt"].replace("Quelle", '"Quelle ""neu"",\nSteig 1"')
    table = read_gtfs(feed(tmp_path, stops=stops), date=DAY)
    assert table.stop_name.tolist() == ["Platz", 'Quelle "neu",\nSteig 1', "Rathaus"]
    assert table.stop_id.tolist() == ["P", "Q", "R"]


def test_names_that_are_not_ascii(tmp_path):
    stops = SOUND["stops.txt"].replace("Quelle", "Mülsen, Bäckerei").replace("Mülsen, B", "Mülsen B")
    assert read_gtfs(feed(tmp_path, stops=stops), date=DAY).stop_name[1] == "Mülsen Bäckerei"


def test_days_of_the_week_and_single_days(tmp_path):
    path = feed(
        tmp_path,
        trips="route_id,service_id,trip_id\nL,W,t1\nL,X,t2\n",
        calendar_dates="service_id,date,exception_type\nW,20261125,2\nX,20261128,1\nX,20261125,2\nW,20261128,2\n",
    )
    days = {day: read_gtfs(path, date=day).trip_id.tolist() for day in ("2026-11-24", "2026-11-28")}
    assert days == {"2026-11-24": ["t1"], "2026-11-28": ["t2"]}
    with pytest.warns(DataWarning, match="no trip runs on 2026-11-25; the nearest day with trips is 2026-11-24"):
        assert read_gtfs(path, date="2026-11-25").n_trips == 0
    service = dates_with_service(path)
    assert (service["2026-11-24"], service["2026-11-28"], service.get("2026-11-25")) == (1, 1, None)
    # 261 working days of 2026, less one, and a Saturday
    assert len(service) == 261
    week = read_gtfs_days(path, dates=["2026-11-24", "2026-11-28"])
    assert [table.trip_id.tolist() for table in week.timetables] == [["t1"], ["t2"]]
    assert week.on("2026-11-28").service_date == "2026-11-28"


def test_single_days_alone_make_a_calendar(tmp_path):
    dates = "service_id,date,exception_type\nW,20261124,1\n"
    path = feed(tmp_path, calendar=None, calendar_dates=dates)
    assert read_gtfs(path, date=DAY).n_trips == 2
    assert dates_with_service(path) == {DAY: 2}


def test_a_day_of_which_the_calendar_does_not_speak(tmp_path):
    with pytest.raises(NetworkError, match="does not speak of 2027-01-01; it holds 2026-01-01 to 2026-12-31 only"):
        read_gtfs(feed(tmp_path), date="2027-01-01")
    with pytest.raises(InputError, match=r"'24\.11\.2026' is none"):
        read_gtfs(feed(tmp_path), date="24.11.2026")


def test_headways_are_written_out_to_trips(tmp_path):
    frequencies = (
        "trip_id,start_time,end_time,headway_secs,exact_times\n"
        "t1,06:00:00,07:00:00,1200,1\nt1,07:00:00,07:20:00,600,0\nt2,25:00:00,25:00:01,60,0\n"
    )
    table = read_gtfs(feed(tmp_path, frequencies=frequencies), date=DAY)
    departures = {trip: table.departure_s[table.call_ptr[i]] / 60 for i, trip in enumerate(table.trip_id.tolist())}
    assert departures == {
        "t1#06:00:00": 360, "t1#06:20:00": 380, "t1#06:40:00": 400, "t1#07:00:00": 420, "t1#07:10:00": 430,
        "t2": 1500,
    }  # fmt: skip
    assert table.trip_headway_s.tolist() == [0, 0, 0, 600, 600, 60]
    assert table.trip_block.tolist() == ["", "", "", "", "", "b1"]
    np.testing.assert_array_equal(table.arrival_s[:3], [21600, 22200, 22800])
    with pytest.raises(NetworkError, match=r"frequencies.txt: line 2: trip t1 leaves 3 times.*more than 2 trips"):
        read_gtfs(feed(tmp_path, frequencies=frequencies), date=DAY, max_trips=2)


STATIONS = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "H,Hauptbahnhof,50.71,12.41,1,\nP,Gleis 1,50.7100,12.4100,0,H\nQ,Gleis 2,50.7101,12.4101,, H \n"
    "R,Rathaus,50.72,12.42,0, \nE,Eingang,50.71,12.41,2,H\n"
)


def test_stations_hold_stops(tmp_path):
    table = read_gtfs(feed(tmp_path, stops=STATIONS), date=DAY)
    assert table.stop_id.tolist() == ["P", "Q", "R"]
    assert table.stop_station.tolist() == ["H", "H", ""]


def test_transfers_of_stops_go_before_those_of_stations(tmp_path):
    transfers = (
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
        "H,H,2,240\nP,Q,2,90\nH,R,3,\nR,H,0,\nR,Q,1,\nR,R,3,\nQ,Q,2,30\nP,X,2,5\n"
    )
    with pytest.warns(DataWarning, match=r"transfers.txt: line 9: to_stop_id 'X' is not in stops.txt"):
        table = read_gtfs(feed(tmp_path, stops=STATIONS, transfers=transfers), date=DAY)
    ways = dict(zip(zip(table.transfer_from.tolist(), table.transfer_to.tolist(), strict=True),
                    table.transfer_time_s.tolist(), strict=True))  # fmt: skip
    walk_s = [round(float(haversine_m(12.42, 50.72, lon, lat)) * 1.2 / (4.83 / 3.6)) for lon, lat in
              ((12.41, 50.71), (12.4101, 50.7101))]  # fmt: skip
    assert table.report.counts["transfers that name an unknown stop (left out)"] == 1
    assert ways == {(0, 1): 90, (1, 0): 240, (2, 0): walk_s[0], (2, 1): walk_s[1]}
    assert table.change_s.tolist() == [240, 30, 86400]
    assert (table.no_transfer_from.tolist(), table.no_transfer_to.tolist()) == ([0, 1], [2, 2])


def test_transfers_of_single_routes_are_not_used(tmp_path):
    transfers = (
        "from_stop_id,to_stop_id,from_route_id,transfer_type,min_transfer_time\n"
        "P,Q,L,2,60\nQ,R,,4,\nP,R,,2,70\nP,R,,2,80\n"
    )
    table = read_gtfs(feed(tmp_path, transfers=transfers), date=DAY)
    assert (table.transfer_from.tolist(), table.transfer_to.tolist(), table.transfer_time_s.tolist()) == (
        [0],
        [2],
        [70],
    )


def test_routes_are_split_by_boarding_and_alighting(tmp_path):
    path = feed(
        tmp_path,
        trips=trips("t1", "t2", "t3"),
        stop_times=calls(
            ("t1", [("P", "05:00:00", "0", "1"), ("Q", "05:05:00", "", ""), ("R", "05:10:00", "1", "0")]),
            ("t2", [("P", "06:00:00", "", ""), ("Q", "06:05:00", "", "1"), ("R", "06:10:00", "", "")]),
            ("t3", [("P", "07:00:00", "2", "1"), ("Q", "07:05:00", "0", "3"), ("R", "07:10:00", "1", "")]),
            columns=",pickup_type,drop_off_type",
        ),
    )
    table = read_gtfs(path, date=DAY)
    assert table.route_id.tolist() == ["L:1", "L:2"]
    assert [table.trip_id[a:b].tolist() for a, b in zip(table.trip_ptr, table.trip_ptr[1:], strict=False)] == [
        ["t1", "t3"], ["t2"],
    ]  # fmt: skip
    assert table.may_board.tolist() == [True, True, False, True, True, True]
    assert table.may_alight.tolist() == [False, True, True, True, False, True]


def test_trips_that_overtake_make_routes_of_their_own(tmp_path):
    path = feed(
        tmp_path,
        trips=trips("slow", "fast", "later"),
        stop_times=calls(
            ("slow", [("P", "05:00:00"), ("Q", "05:30:00"), ("R", "06:00:00")]),
            ("fast", [("P", "05:10:00"), ("Q", "05:20:00"), ("R", "05:50:00")]),
            ("later", [("P", "05:10:00"), ("Q", "05:30:00"), ("R", "06:00:00")]),
        ),
    )
    table = read_gtfs(path, date=DAY)
    assert (table.route_id.tolist(), table.trip_ptr.tolist()) == (["L:1", "L:2"], [0, 2, 3])
    assert table.trip_id.tolist() == ["slow", "later", "fast"]


def test_blank_times_are_filled_in_by_the_way_made(tmp_path):
    stops = "stop_id,stop_name,stop_lat,stop_lon\nP,P,50.0,12\nQ,Q,50.1,12\nR,R,50.4,12\n"
    blank = [("P", "05:00:00"), ("Q", ""), ("R", "05:40:00")]
    by_beeline = read_gtfs(feed(tmp_path, stops=stops, stop_times=calls(("t1", blank)), trips=trips("t1")), date=DAY)
    np.testing.assert_array_equal(by_beeline.arrival_s / 60, [300, 310, 340])
    np.testing.assert_array_equal(by_beeline.departure_s, by_beeline.arrival_s)
    assert by_beeline.report.counts["calls without times (filled in)"] == 1
    stated = [(*call, way) for call, way in zip(blank, ("0", "3", "4"), strict=True)]
    path = feed(
        tmp_path, stops=stops, stop_times=calls(("t1", stated), columns=",shape_dist_traveled"), trips=trips("t1")
    )
    np.testing.assert_array_equal(read_gtfs(path, date=DAY).arrival_s / 60, [300, 330, 340])


@pytest.mark.parametrize(("factor", "is_metres"), [(1.0, True), (0.001, False), (3.281, False), (1 / 1609.3, False)])
def test_distances_count_only_if_they_are_metres(tmp_path, factor, is_metres):
    legs_m = [1500.0, 1600.0]
    ways = [str(factor * way) for way in (0.0, legs_m[0], sum(legs_m))]
    stops = [
        (stop, time, way) for stop, time, way in zip("PQR", ("05:00:00", "05:05:00", "05:10:00"), ways, strict=True)
    ]
    path = feed(tmp_path, stop_times=calls(("t1", stops), columns=",shape_dist_traveled"), trips=trips("t1"))
    found = read_gtfs(path, date=DAY).distance_m
    np.testing.assert_array_equal(found, [*legs_m, 0.0] if is_metres else [np.nan] * 3)


@pytest.mark.parametrize(
    ("code", "mode"),
    [(0, "TRAM"), (1, "SUBWAY"), (2, "TRAIN"), (3, "BUS"), (4, "FERRY"), (11, "TROLLEYBUS"), (12, "TRAIN"),
     (109, "TRAIN"), (204, "BUS"), (402, "SUBWAY"), (704, "BUS"), (715, "SHUTTLE"), (800, "TROLLEYBUS"), (900, "TRAM"),
     (1000, "FERRY"), (1501, "SHUTTLE"), (7, "BUS"), (1700, "BUS")],
)  # fmt: skip
def test_kinds_of_routes(tmp_path, code, mode):
    routes = f"route_id,route_short_name,route_long_name,route_type\nL,,Linie vier,{code}\n"
    table = read_gtfs(feed(tmp_path, routes=routes), date=DAY)
    assert (table.mode.tolist(), table.route_type.tolist()) == ([TransitMode[mode]], [code])
    assert table.line.tolist() == ["Linie vier"]


def test_ids_of_variants_never_meet_ids_of_routes(tmp_path):
    path = feed(
        tmp_path,
        routes="route_id,route_short_name,route_type\nL,4,0\nL:1,5,0\n",
        trips=trips("a", "b") + "L:1,W,c\n",
        stop_times=calls(*(
            (trip, [(stop, f"05:0{k}:00") for k, stop in enumerate(stops)])
            for trip, stops in (("a", "PQR"), ("b", "RQP"), ("c", "PR"))
        )),
    )  # fmt: skip
    table = read_gtfs(path, date=DAY)
    assert table.line.tolist() == ["4", "4", "5"]
    assert len(set(table.route_id.tolist())) == 3


def test_stops_nowhere_near_are_left_out_if_nobody_calls_there(tmp_path):
    stops = SOUND["stops.txt"] + "O,Ozean,0,0,0,\nN,Nirgends,,,0,\n"
    with pytest.warns(
        DataWarning, match=r"(?s)2 repairs.*line 6: stop 'N' has no coordinates.*line 5: stop 'O' at 0, 0"
    ):
        assert read_gtfs(feed(tmp_path, stops=stops), date=DAY).stop_id.tolist() == ["P", "Q", "R"]


def test_errors_are_listed_with_file_and_line(tmp_path):
    broken = SOUND["stop_times.txt"].replace("05:10:00", "05:61:00").replace(",R,", ",Z,")
    with pytest.raises(NetworkError) as caught:
        read_gtfs(feed(tmp_path, stop_times=broken), date=DAY)
    message = str(caught.value)
    assert "3 errors" in message
    assert "stop_times.txt: line 3: arrival_time '05:61:00' is not a time" in message
    assert "stop_times.txt: line 7: stop_id 'Z' is not in stops.txt" in message


def test_trips_with_one_call_are_left_out_and_make_no_variant(tmp_path):
    path = feed(
        tmp_path,
        trips=trips("t1", "t2", "t3"),
        stop_times=calls(("t1", [("P", "05:00:00"), ("Q", "05:10:00")]), ("t2", [("P", "06:00:00")])),
    )
    table = read_gtfs(path, date=DAY)
    assert (table.route_id.tolist(), table.trip_id.tolist()) == (["L"], ["t1"])
    assert table.report.counts["trips with less than two calls (left out)"] == 2
