"""Each rule of the check: a feed that breaks it, and what the finding names."""

import zipfile

import pytest
from gtfs_feeds import DAY, SOUND, feed
from test_read_fares import DAMAGED

from itas_mobility.core.findings import Finding
from itas_mobility.errors import InputError, NetworkError
from itas_mobility.network import read_gtfs
from itas_mobility.network.transit import check_gtfs
from itas_mobility.network.transit.gtfs import checks
from itas_mobility.network.transit.gtfs.noting import MOST_EXAMPLES


def changed(file, old, new):
    """One file of the sound feed with a text replaced."""
    assert old in SOUND[f"{file}.txt"]
    return {file: SOUND[f"{file}.txt"].replace(old, new)}


LATIN = SOUND["stops.txt"].replace("Quelle", "Mühle").encode("latin-1")
FREQUENCIES = "trip_id,start_time,end_time,headway_secs,exact_times\n"
TRANSFERS = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
ONE_TRIP = {
    "trips": SOUND["trips.txt"].replace("L,W,t2,b1\n", ""),
    "stop_times": SOUND["stop_times.txt"].partition("t2")[0],
}
DATES = "service_id,date,exception_type\n"

CASES = [
    # rule, severity, file, line, in the message, files
    ("missing_file", "error", "stops.txt", None, "add it", {"stops": None}),
    ("missing_file", "error", "stops.txt", None, "rename Stops.txt", {"stops": None, "Stops": SOUND["stops.txt"]}),
    ("missing_file", "error", "calendar.txt", None, "calendar_dates.txt", {"calendar": None}),
    ("missing_column", "error", "stops.txt", 1, "stop_lat", changed("stops", "stop_lat", "latitude")),
    ("repeated_column", "error", "trips.txt", 1, "trip_id stands 2 times", changed("trips", "block_id", "trip_id")),
    ("unclosed_quote", "error", "stops.txt", 3, "a quote is opened", changed("stops", "Quelle", '"Quelle')),
    ("invalid_character", "error", "stops.txt", 3, "UTF-8", {"stops": LATIN}),
    ("invalid_character", "error", "stops.txt", 4, "UTF-8", changed("stops", "Rathaus", "Rat\0haus")),
    ("stray_quote", "error", "stops.txt", 3, "closing quote", changed("stops", "Quelle", '"Quelle" neu')),
    ("many_fields", "error", "stops.txt", 3, "more fields", changed("stops", "Q,Quelle", "Q,Quelle,neu,,,")),
    ("few_fields", "warning", "stops.txt", 3, "fewer fields", changed("stops", "12.41,,", "12.41")),
    ("new_line_in_value", "warning", "stops.txt", 3, "line break", changed("stops", "Quelle", '"Quelle\nneu"')),
    ("unknown_column", "warning", "trips.txt", 1, "'colour'", changed("trips", "block_id", "colour")),
    ("no_rows", "error", "stop_times.txt", None, "no stop times",
     {"stop_times": SOUND["stop_times.txt"].splitlines()[0]}),
    ("no_rows", "error", "calendar.txt", None, "no service", {"calendar": SOUND["calendar.txt"].splitlines()[0]}),
    ("invalid_time", "error", "stop_times.txt", 3, "'5:1:00'", changed("stop_times", "05:10:00", "5:1:00")),
    ("invalid_time", "error", "stop_times.txt", 2, "'-5:00:00'", changed("stop_times", "05:00:00,05", "-5:00:00,05")),
    ("invalid_time", "error", "stop_times.txt", 2, "'05:00:60'", changed("stop_times", "05:00:00,05", "05:00:60,05")),
    ("invalid_date", "error", "calendar.txt", 2, "'20260230'", changed("calendar", "20260101", "20260230")),
    ("invalid_date", "error", "calendar_dates.txt", 2, "'2026x128'", {"calendar_dates": DATES + "W,2026x128,1\n"}),
    ("invalid_whole_number", "error", "stop_times.txt", 3, "'2.0'", changed("stop_times", "Q,2\nt1", "Q,2.0\nt1")),
    ("invalid_number", "error", "stops.txt", 3, "'50,71'", changed("stops", "50.71", '"50,71"')),
    ("invalid_number", "error", "stops.txt", 3, "'nan'", changed("stops", "50.71", "nan")),
    ("missing_value", "error", "trips.txt", 2, "service_id is blank", changed("trips", "L,W,t1", "L,,t1")),
    ("long_id", "error", "stops.txt", 3, "stop_id 'QQQ", changed("stops", "Q,Quelle", "Q" * 256 + ",Quelle")),
    ("long_text", "repair", "stops.txt", 3, "cut off after 255", changed("stops", "Quelle", "Quelle" * 50)),
    ("unknown_day_code", "error", "calendar.txt", 2, "monday 2", changed("calendar", "W,1", "W,2")),
    ("unknown_day_code", "error", "calendar_dates.txt", 2, "exception_type 3",
     {"calendar_dates": DATES + "W,20261124,3\n"}),
    ("unknown_code", "warning", "stops.txt", 2, "location_type 7", changed("stops", "12.40,0", "12.40,7")),
    ("unknown_route_type", "warning", "routes.txt", None, "route_type 99", changed("routes", "vier,0", "vier,99")),
    ("duplicate_id", "error", "trips.txt", 3, "'t1' stands in line 2", changed("trips", "t2", "t1")),
    ("unknown_reference", "error", "stop_times.txt", 4, "stop_id 'Z' is not in stops.txt",
     changed("stop_times", "R,3\nt2", "Z,3\nt2")),
    ("unknown_reference", "error", "trips.txt", 2, "'M' is not in routes.txt",
     changed("trips", "L,W,t1", "M,W,t1")),
    ("unknown_service", "error", "trips.txt", 2, "service_id 'V'", changed("trips", "L,W,t1", "L,V,t1")),
    ("missing_shape", "repair", "trips.txt", 2, "shape_id 'b1'",
     {"trips": "route_id,service_id,trip_id,shape_id\nL,W,t1,b1\nL,W,t2,\n"}),
    ("dangling_parent", "repair", "stops.txt", 2, "parent_station 'H'", changed("stops", "12.40,0,", "12.40,0,H")),
    ("dangling_parent", "warning", "stops.txt", 2, "is no station", changed("stops", "12.40,0,", "12.40,0,Q")),
    ("dangling_transfer", "repair", "transfers.txt", 2, "'Z'", {"transfers": TRANSFERS + "Z,P,2,60\n"}),
    ("unused_transfer", "warning", "transfers.txt", None, "1 transfers", {"transfers": TRANSFERS + "Q,P,4,\n"}),
    ("unused_pathway", "warning", "pathways.txt", None, "1 ways", {"pathways": "pathway_id\nX\n"}),
    ("unused_stop", "warning", "stops.txt", None, "1 of the stops",
     {"stops": SOUND["stops.txt"] + "S,S,50.7,12.4,,\n"}),
    ("unused_route", "warning", "routes.txt", None, "1 of the routes", {"routes": SOUND["routes.txt"] + "M,5,,3\n"}),
    ("short_trip", "warning", "trips.txt", 4, "'t3' has 0 calls", {"trips": SOUND["trips.txt"] + "L,W,t3,\n"}),
    ("call_at_station", "warning", "stops.txt", 2, "'P'", changed("stops", "12.40,0,", "12.40,1,")),
    ("number_out_of_range", "error", "stops.txt", 3, "wrong decimal point", changed("stops", "50.71", "507.1")),
    ("number_out_of_range", "error", "stops.txt", 3, "swapped", changed("stops", "50.71,12.41", "112.41,50.71")),
    ("stop_without_place", "error", "stops.txt", 3, "'Q' has no",
     changed("stops", "50.71,12.41", ",12.41")),
    ("stop_without_place", "repair", "stops.txt", 5, "left out", {"stops": SOUND["stops.txt"] + "S,S,,,,\n"}),
    ("far_stop", "warning", "stops.txt", 3, "'Q' at 0, 0", changed("stops", "50.71,12.41", "0,0")),
    ("far_stop", "repair", "stops.txt", 5, "left out", {"stops": SOUND["stops.txt"] + "S,S,0,0,,\n"}),
    ("repeated_sequence", "error", "stop_times.txt", 3, "stop_sequence 1 of trip 't1' stands in line 2",
     changed("stop_times", "Q,2\nt1", "Q,1\nt1")),
    ("departure_before_arrival", "error", "stop_times.txt", 3, "'t1' leaves at 05:09:00 before it arrives at 05:10:00",
     changed("stop_times", "05:11:00", "05:09:00")),
    ("arrival_before_departure", "error", "stop_times.txt", 4, "'t1' arrives at 05:05:00",
     changed("stop_times", "05:20:00,05:20:00", "05:05:00,05:20:00")),
    ("missing_end_time", "error", "stop_times.txt", 4, "last call of trip 't1'",
     changed("stop_times", "05:20:00,05:20:00", ",")),
    ("blank_time", "warning", "stop_times.txt", None, "1 of 6 calls", changed("stop_times", "05:10:00,05:11:00", ",")),
    ("long_trip", "warning", "stop_times.txt", 4, "from 05:00:00 to 25:20:00",
     changed("stop_times", "05:20:00,05:20:00", "25:20:00,25:20:00")),
    ("fast_run", "warning", "stop_times.txt", 2, "km by beeline in 600 s",
     changed("stops", "50.70", "52.70") | ONE_TRIP),
    ("headway", "error", "frequencies.txt", 2, "headway_secs 0",
     {"frequencies": FREQUENCIES + "t1,05:00:00,06:00:00,0,\n"}),
    ("headway", "warning", "frequencies.txt", 2, "not after",
     {"frequencies": FREQUENCIES + "t1,05:00:00,05:00:00,9,\n"}),
    ("headway", "warning", "frequencies.txt", 2, "18,000 times",
     {"frequencies": FREQUENCIES + "t1,05:00:00,10:00:00,1,\n"}),
    ("calendar_span", "warning", "calendar.txt", 2, "ends before", changed("calendar", "20261231", "20251231")),
    ("calendar_span", "warning", "calendar.txt", None, "century", changed("calendar", "20261231", "29991231")),
    ("time_zones", "warning", "agency.txt", None, "Europe/Berlin, Europe/Prague",
     {"agency": SOUND["agency.txt"] + "Y,Other,https://example.org,Europe/Prague\n"}),
]  # fmt: skip


def test_the_sound_feed_has_no_findings(tmp_path):
    found = check_gtfs(feed(tmp_path))
    assert tuple(found) == ()
    assert dict(found.summary) == {
        "stops": 3, "routes": 1, "trips": 2, "calls": 6, "services": 1, "transfers": 0, "pathways": 0,
        "first_day": "2026-01-01", "last_day": "2026-12-31",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]}-{i}" for i, case in enumerate(CASES)])
def test_each_rule(tmp_path, case):
    rule, severity, file, line, words, replaced = case
    path = feed(tmp_path, **replaced)
    found = [finding for finding in check_gtfs(path) if finding.rule == rule]
    assert [(finding.severity, finding.file, finding.line) for finding in found] == [(severity, file, line)]
    message = found[0].message
    assert words in message
    assert message.startswith(f"{file}: line {line}: " if line else f"{file}: ")
    if severity == "error":
        with pytest.raises(NetworkError) as caught:
            read_gtfs(path, date=DAY)
        assert message in str(caught.value)


def test_files_in_a_folder_of_the_archive_are_read_with_a_warning(tmp_path):
    path = tmp_path / "nested.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in SOUND.items():
            archive.writestr(f"feed/{file}", content)
    assert [(finding.rule, finding.severity, finding.file) for finding in check_gtfs(path)] == [
        ("nested_folder", "warning", "feed")
    ]
    assert read_gtfs(path, date=DAY).n_trips == 2


def test_no_rule_goes_untested():
    tested = {case[0] for case in CASES + DAMAGED} | {"nested_folder", "stop_without_fare_zone"}
    assert {rule.__name__ for rule in checks.FILE_RULES + checks.CONTENT_RULES} == tested


def test_rules_that_a_reader_leaves_out_find_no_errors():
    assert {case[1] for case in CASES if case[0] in {rule.__name__ for rule in checks.CHECK_ONLY}} <= {
        "warning",
        "repair",
    }


def test_many_faults_of_a_kind_are_counted(tmp_path):
    stops = SOUND["stops.txt"] + "".join(f"S{i},S,50.7,12.4x,0,\n" for i in range(100))
    found = [finding for finding in check_gtfs(feed(tmp_path, stops=stops)) if finding.rule == "invalid_number"]
    assert len(found) == MOST_EXAMPLES + 1
    assert f"and {100 - MOST_EXAMPLES} more" in found[-1].message
    assert found[-1].line is None


def test_lines_are_counted_through_line_breaks_in_values(tmp_path):
    stops = SOUND["stops.txt"].replace("Platz", '"Platz\nam\r\nMarkt"').replace("50.72", "x")
    found = [finding.line for finding in check_gtfs(feed(tmp_path, stops=stops)) if finding.rule == "invalid_number"]
    assert found == [6]


def test_findings_as_a_table(tmp_path):
    found = check_gtfs(feed(tmp_path, **changed("stops", "50.71", "507.1")))
    assert found.has_errors
    table = found.to_dataframe()
    assert table.loc[0, ["severity", "rule", "file", "line", "field"]].tolist() == [
        "error", "number_out_of_range", "stops.txt", 3, "stop_lat",
    ]  # fmt: skip
    assert "507.1" in found._repr_html_()


def test_a_finding_has_a_known_severity():
    with pytest.raises(InputError, match="severity 'fatal' is not known; known: error, warning, repair"):
        Finding("fatal", "stops.txt", "all wrong")
