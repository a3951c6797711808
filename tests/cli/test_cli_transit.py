"""`itas-mobility journey`: every query of the kit, exit codes, messages."""

import json
import subprocess
import sys
import warnings
import zipfile

import pytest

from itas_mobility import network
from itas_mobility.cli import main
from itas_mobility.units import clock_s

DAY = "2026-11-23"


@pytest.fixture
def toy(shared_data):
    return shared_data / "kit" / "gtfs" / "good_toy_raptor.zip"


@pytest.fixture
def call(capsys):
    """Run the command in this process: exit code, stdout, stderr."""

    def run(*arguments):
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            with pytest.raises(SystemExit) as left:
                main(["journey", *map(str, arguments)])
        return (left.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def answer(call):
    def run(*arguments):
        code, out, err = call(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    return run


@pytest.fixture
def wanted(shared_data):
    queries = json.loads((shared_data / "kit" / "gtfs" / "expected_routing.json").read_text(encoding="utf-8"))
    assert len(queries) == 6
    return {query["type"]: query for query in queries}


def seconds(journey):
    return clock_s(journey["arrive"]) - clock_s(journey["depart"])


def test_earliest_arrivals_at_all_stops(toy, answer, wanted):
    query = wanted["earliest_arrival"]
    found = answer(toy, "--date", query["date"], "--from", query["origin"], "--depart", query["depart"])
    assert {one["to"]: one["arrive"] for one in found["journeys"]} == query["expected"]


def test_transfers(toy, answer, wanted):
    query = wanted["transfers"]
    options = ("--date", query["date"], "--from", query["origin"], "--depart", "07:00")
    found = {one["to"]: one["transfers"] for one in answer(toy, *options)["journeys"]}
    assert found["s3a"] == query["expected"]["s3a"]
    assert found["s8b"] == query["expected"]["s8b"]
    best = answer(toy, *options, "--to", "s4")
    assert (best["arrive"], best["transfers"]) == ("07:37:00", query["expected"]["s4_min_transfers_by_0737"])
    direct = answer(toy, *options, "--to", "s4", "--max-transfers", "0")
    assert (direct["arrive"], direct["transfers"]) == ("07:40:00", 0)


def test_shortest_travel_times_of_a_window(toy, answer, wanted):
    query = wanted["shortest_travel_time_in_window"]
    origins = [part for origin in query["origins"] for part in ("--from", origin)]
    found = answer(toy, "--date", query["date"], *origins, "--window", *query["window"])["journeys"]
    shortest = {}
    for one in found:
        shortest[one["to"]] = min(seconds(one), shortest.get(one["to"], 1e9))
    assert shortest == query["expected_seconds"]


def test_latest_departures_for_an_arrival(toy, answer, wanted):
    query = wanted["latest_departure_for_arrival_window"]
    for stop, depart, arrive in query["expected"]:
        found = answer(toy, "--date", DAY, "--from", stop, "--to", query["dest"], "--arrive", arrive)
        assert (stop, found["depart"], found["arrive"]) == (stop, depart, arrive)
        # and no journey of the last hour of arrivals is shorter
        window = answer(toy, "--date", DAY, "--from", stop, "--to", query["dest"], "--window", "06:00", "07:41")
        assert min(map(seconds, window["journeys"])) == seconds(found)
    everywhere = answer(toy, "--date", DAY, "--to", query["dest"], "--arrive", "07:37")["journeys"]
    latest = {one["from"]: one["depart"] for one in everywhere}
    assert {s: d for s, d, a in query["expected"] if a == "07:37:00"}.items() <= latest.items()


def test_no_transfers_where_none_are_allowed(toy, answer, wanted):
    query = wanted["max_transfers_0_never_exceeds"]
    for origin in query["origins"]:
        options = ("--date", query["date"], "--from", origin, "--max-transfers", query["max_transfers"])
        for time in (("--depart", "07:00"), ("--window", "00:00", "24:00")):
            found = answer(toy, *options, *time)["journeys"]
            assert len(found) > 2
            assert max(one["transfers"] for one in found) == query["expected_max"]


def test_a_saturday_without_service(toy, call, answer, wanted):
    query = wanted["saturday"]
    options = (toy, "--date", query["date"], "--from", query["origin"], "--depart", query["depart"])
    assert {one["to"] for one in answer(*options)["journeys"]} == set(query["expected_reachable"])
    code, out, err = call(*options, "--to", "s4", "--json")
    assert (code, json.loads(out)) == (0, {"status": "no_route"})
    assert "no trip runs on 2026-11-28" in err
    assert answer(*options[:-2], "--window", "07:00", "08:00", "--to", "s4") == {"status": "no_route", "journeys": []}
    # nor is Friday's last journey told for Saturday
    assert answer(*options[:-2], "--arrive", "12:00", "--to", "s4") == {"status": "no_route"}


@pytest.mark.parametrize("date", ["2026-11-24", "2026-11-28"])
def test_trips_of_the_day_before_run_past_midnight(toy, answer, tmp_path, date):
    night = tmp_path / "night.zip"
    with zipfile.ZipFile(toy) as given, zipfile.ZipFile(night, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            made.writestr(name, content.replace(b"07:", b"24:") if name == "stop_times.txt" else content)
    options = (night, "--date", date, "--from", "s2", "--to", "s3a")
    assert answer(*options, "--depart", "00:00")["depart"] == "00:05:00"
    found = answer(*options, "--window", "00:00", "23:59")["journeys"]
    assert ("00:05:00", "00:11:00") in {(one["depart"], one["arrive"]) for one in found}
    late = answer(*options, "--depart", "24:00")
    assert late == {"status": "no_route"} if date == "2026-11-28" else late["depart"] == "24:05:00"


def test_a_place_is_moved_to_the_nearest_stop_and_said_so(toy, call, answer):
    places = network.read_gtfs(toy, date=DAY)
    lon, lat = (dict(zip(places.stop_id.tolist(), column.tolist(), strict=True)) for column in (
        places.stop_lon_deg, places.stop_lat_deg,
    ))  # fmt: skip
    options = (toy, "--date", DAY, "--depart", "07:00", "--to", "s8a")
    by_id = answer(*options, "--from", "s2")
    assert "from_snap_m" not in by_id
    found = answer(*options, "--from", f"{lat['s2'] + 0.001},{lon['s2']}")
    assert found.pop("from_snap_m") == pytest.approx(111.2, abs=0.1)
    assert found == by_id
    code, _, err = call(*options, "--from", f"{lat['s2'] + 0.05},{lon['s2']}")
    assert (code, "m from the nearest stop" in err) == (0, True)
    code, out, err = call(*options, "--from", f"{lon['s2']},{lat['s2']}")
    assert (code, out) == (2, "")
    assert "longitude and latitude look swapped" in err
    code, _, err = call(toy, "--date", DAY, "--depart", "07:00", "--from", "0,0", "--to", f"{lon['s8a']},{lat['s8a']}")
    assert code == 2
    assert f"{toy}: the place --from (longitude 0, latitude 0) lies" in err
    assert "; the place --to" in err


def test_legs_are_told(toy, call, answer):
    options = (toy, "--date", DAY, "--from", "s2", "--to", "s8a", "--depart", "07:00")
    found = answer(*options)
    assert {key: found[key] for key in ("status", "depart", "arrive", "transfers")} == {
        "status": "ok", "depart": "07:05:00", "arrive": "07:24:10", "transfers": 1,
    }  # fmt: skip
    assert found["legs"][0] == {
        "mode": "bus", "line": "A", "trip_id": "A1", "from": "s2", "to": "s3a", "depart": "07:05:00",
        "arrive": "07:11:00",
    }  # fmt: skip
    assert found["legs"][1] == {
        "mode": "walk", "line": None, "trip_id": None, "from": "s3a", "to": "s3b", "depart": "07:11:00",
        "arrive": "07:11:10",
    }  # fmt: skip
    code, out, _ = call(*options)
    assert code == 0
    assert len(out.splitlines()) == 5
    assert "07:18:00  07:24:00" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "s3", "--depart", "07:00"), "s3a"),
        (("--from", "s2", "--to", "nowhere", "--depart", "07:00"), "'nowhere'"),
        (("--from", "s2", "--depart", "7 o'clock"), '--depart "7 o\'clock"'),
        (("--from", "s2", "--depart", "07:60"), "07:60"),
        (("--from", "s2", "--window", "08:00", "07:00"), "window_s"),
        (
            (
                "--from",
                "s2",
            ),
            "depart_s or arrive_s",
        ),
        (("--from", "s2", "--depart", "07:00", "--arrive", "08:00"), "given: depart_s, arrive_s"),
        (("--from", "s2", "--arrive", "08:00"), "to_stop"),
        (
            (
                "--depart",
                "07:00",
            ),
            "from_stop",
        ),
        (("--from", "s2", "--depart", "07:00", "--max-transfers", "-1"), "max_transfers"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_unusable_arguments_leave_with_2_and_one_message(toy, call, options, message):
    code, out, err = call(toy, "--date", DAY, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("date", ["2026-11-2", "2026-02-30", "1999-01-01"])
def test_days_that_are_none_leave_with_2(toy, call, date):
    code, _, err = call(toy, "--date", date, "--from", "s2", "--depart", "07:00")
    assert code == 2
    assert date in err


def test_damaged_feeds_are_named_or_give_the_same_journey(shared_data, call):
    options = ("--date", DAY, "--from", "s2", "--to", "s8a", "--depart", "07:00", "--json")
    code, good, _ = call(shared_data / "kit" / "gtfs" / "good_toy_raptor.zip", *options)
    assert code == 0
    listed = json.loads((shared_data / "kit" / "gtfs" / "expected_corrupt.json").read_text(encoding="utf-8"))
    assert len(listed) == 18
    for case in listed:
        code, out, err = call(shared_data / "kit" / case["file"], *options)
        if "_ok" in case["file"]:
            assert (code, out) == (0, good), case["file"]
        elif case["outcome"].startswith("clear error"):
            assert (code, out) == (2, ""), case["file"]
        if code == 2:
            assert all(word in err for word in case["must_name"]), (case["file"], err)
        assert code == 2 or json.loads(out)["status"] == "ok", case["file"]


def test_the_command_itself(toy):
    command = [
        sys.executable,
        "-m",
        "itas_mobility",
        "journey",
        str(toy),
        "--date",
        DAY,
        "--from",
        "s9",
        "--depart",
        "7:00",
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "'s9'" in done.stderr
    assert "Traceback" not in done.stderr
