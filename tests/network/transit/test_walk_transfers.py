"""Walks between the stops of a timetable."""

import dataclasses
import json

import numpy as np
import pytest

from itas_mobility import cli, geo, network
from itas_mobility.core import ServiceDays
from itas_mobility.errors import NetworkError
from itas_mobility.units import clock_s
from oracles.transit_networks import timetable

SPEED = 4.83 / 3.6
KUOPIO_DAY = "2016-11-22"


def stops_at(lon, lat, **columns):
    names = [f"s{k}" for k in range(len(lon))]
    one = timetable(names, [("r", "1", names[:2], [("t", [(0.0, 0.0), (60.0, 60.0)])])])
    return dataclasses.replace(one, stop_lon_deg=np.array(lon, float), stop_lat_deg=np.array(lat, float), **columns)


def walks(table):
    pairs = zip(table.transfer_from.tolist(), table.transfer_to.tolist(), table.transfer_time_s.tolist(), strict=True)
    return {(start, end): time_s for start, end, time_s in pairs}


def test_beelines_times_the_detour_and_what_is_stated_stays():
    degree_m = float(geo.haversine_m(12.5, 50.0, 12.5, 50.01)) * 100
    places = np.array([0.0, 100.0, 180.0, 1000.0]) / degree_m
    stated = {
        "transfer_from": np.array([0], np.int32), "transfer_to": np.array([1], np.int32),
        "transfer_time_s": np.array([999.0]),
        "no_transfer_from": np.array([1, 2], np.int32), "no_transfer_to": np.array([2, 3], np.int32),
    }  # fmt: skip
    given = stops_at(np.full(4, 12.5), 50.0 + places, **stated)
    found = walks(network.transit.add_walk_transfers(given, None, max_m=200.0, detour=1.1))
    assert found.keys() == {(0, 1), (0, 2), (1, 0), (2, 0), (2, 1)}, "1 to 2 is forbidden, 3 too far"
    assert found[0, 1] == 999.0
    assert found[1, 0] == pytest.approx(110.0 / SPEED, rel=1e-6)
    assert found[0, 2] == found[2, 0] == pytest.approx(198.0 / SPEED, rel=1e-6)
    assert found[2, 1] == pytest.approx(88.0 / SPEED, rel=1e-6)
    assert walks(network.transit.add_walk_transfers(given, None, max_m=197.0, detour=1.1)).keys() == {
        (0, 1),
        (1, 0),
        (2, 1),
    }
    reserved = dataclasses.replace(given, stop_site=np.array(["", "", "works", ""]))
    assert walks(network.transit.add_walk_transfers(reserved, None, max_m=200.0, detour=1.1)).keys() == {(0, 1), (1, 0)}
    slow = walks(network.transit.add_walk_transfers(given, None, max_m=200.0, detour=1.1, walk_speed_km_per_h=3.6))
    assert slow[1, 0] == pytest.approx(110.0, rel=1e-6)


def test_along_streets():
    """On a grid of streets 100 m apart walks are as long as round the corners."""
    streets = network.grid(6, 6, spacing_m=100.0)
    node = [0, 2, 7, 14, 35]
    given = stops_at(streets.node_lon_deg[node], streets.node_lat_deg[node])
    found = walks(network.transit.add_walk_transfers(given, streets, max_m=301.0))
    place = np.array([(k % 6, k // 6) for k in node])
    wanted = {
        (i, j): 100.0 * np.abs(place[i] - place[j]).sum() / SPEED
        for i in range(5)
        for j in range(5)
        if i != j and np.abs(place[i] - place[j]).sum() <= 3
    }
    assert found.keys() == wanted.keys()
    assert len(found) == 10
    for pair, time_s in wanted.items():
        assert found[pair] == pytest.approx(time_s, rel=2e-3), pair


def test_days_that_are_one_timetable_stay_one():
    one = stops_at([12.5, 12.5], [50.0, 50.001])
    other = dataclasses.replace(one, service_date="2026-11-29")
    week = network.transit.add_walk_transfers(ServiceDays(np.array(["Mo", "Di", "So"]), (one, one, other)), None)
    assert week.timetables[0] is week.timetables[1]
    assert all(walks(day).keys() == {(0, 1), (1, 0)} for day in week.timetables)


@pytest.mark.parametrize("options", [{"max_m": 0.0}, {"walk_speed_km_per_h": -1.0}, {"detour": 0.9}, {"max_m": np.nan}])
def test_what_cannot_be_is_refused(options):
    with pytest.raises(NetworkError, match=next(iter(options))):
        network.transit.add_walk_transfers(stops_at([12.5, 12.5], [50.0, 50.001]), None, **options)


@pytest.fixture
def arrivals(shared_data, capsys):
    """Earliest arrivals at all stops of Kuopio, as the command tells them."""

    def of(*options):
        feed = shared_data / "gtfs" / "kuopio_finland.zip"
        with pytest.raises(SystemExit) as left:
            cli.main(
                ["journey", str(feed), "--date", KUOPIO_DAY, "--from", ORIGIN, "--depart", "07:00", *options, "--json"]
            )
        out, err = capsys.readouterr()
        return left.value.code, json.loads(out)["journeys"] if left.value.code == 0 else err

    return of


ORIGIN = "201827"


def test_walks_open_changes_in_kuopio(arrivals, shared_data):
    feed = network.read_gtfs(shared_data / "gtfs" / "kuopio_finland.zip", date=KUOPIO_DAY)
    assert len(feed.transfer_from) == 0
    (_, without), (_, within) = arrivals(), arrivals("--walk-m", "200")
    before, after = ({one["to"]: clock_s(one["arrive"]) for one in found} for found in (without, within))
    assert before.keys() < after.keys()
    assert all(after[stop] <= arrive_s for stop, arrive_s in before.items())
    assert sum(after[stop] < arrive_s for stop, arrive_s in before.items()) > 50
    at = {str(stop): k for k, stop in enumerate(feed.stop_id)}
    on_foot = [leg for one in within for leg in one["legs"] if leg["mode"] == "walk"]
    assert on_foot
    for leg in on_foot:
        a, b = at[leg["from"]], at[leg["to"]]
        beeline = geo.haversine_m(
            feed.stop_lon_deg[a], feed.stop_lat_deg[a], feed.stop_lon_deg[b], feed.stop_lat_deg[b]
        )
        assert 1.2 * beeline <= 200.0
        assert clock_s(leg["arrive"]) - clock_s(leg["depart"]) == pytest.approx(1.2 * beeline / SPEED, abs=1.0)


def test_a_walk_of_no_length_is_refused(arrivals):
    code, err = arrivals("--walk-m", "0")
    assert code == 2
    assert "max_m=0.0" in err
