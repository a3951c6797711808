"""A timetable cut down to what a region can reach."""

import dataclasses
import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from itas_mobility import geo
from itas_mobility.core import ServiceDays, Timetable, ZoneKind, Zones
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit import Feeder, access_legs, clip_timetable, clipping
from oracles.transit_networks import timetable

DEGREE_M = 111_194.93
"""Metres of a degree of latitude on the sphere that `geo` uses."""


def zones_at(*places):
    """Zones from (kind, lon, lat, polygon)."""
    n = len(places)
    ids = np.array([f"z{i}" for i in range(n)])
    polygon = np.empty(n, object)
    polygon[:] = [place[3] for place in places]
    return Zones(
        zone_id=ids, name=ids, municipality=np.full(n, "14524000"), district=np.full(n, "14524"),
        kind=np.array([place[0] for place in places], np.uint8),
        lon_deg=np.array([place[1] for place in places]), lat_deg=np.array([place[2] for place in places]),
        residents=np.zeros(n), employed_residents=np.zeros(n), jobs=np.zeros(n), polygon=polygon,
    )  # fmt: skip


def run(name, stops, start):
    calls = [(start + 100.0 * k, start + 100.0 * k) for k in range(len(stops))]
    return name, calls


def placed(table, lat):
    return dataclasses.replace(table, stop_lon_deg=np.full(len(lat), 12.5), stop_lat_deg=np.array(lat, float))


INTERNAL = (ZoneKind.INTERNAL, 12.5, 50.0, box(12.49, 49.99, 12.51, 50.01))


def test_lines_that_touch_the_region_stay_whole():
    # A in the zone, B just within a walk of its edge, C just beyond, D and E far away
    lat = [50.0, 50.01 + 1400 / DEGREE_M, 50.01 + 1600 / DEGREE_M, 51.0, 52.0]
    routes = [
        ("in and out", "1", "ACD", [run("t1", "ACD", 100.0), run("t2", "ACD", 200.0)]),
        ("edge", "2", "BE", [run("t3", "BE", 100.0)]),
        ("outside", "3", "CDE", [run("t4", "CDE", 100.0), run("t5", "CDE", 300.0), run("t6", "CDE", 400.0)]),
    ]
    given = placed(timetable("ABCDE", routes), lat)
    found = clip_timetable(given, zones_at(INTERNAL))
    assert found.route_id.tolist() == ["in and out", "edge"]
    assert found.trip_id.tolist() == ["t1", "t2", "t3"]
    assert found.stop_id[found.stop].tolist() == list("ACDBE")
    assert found.arrival_s.tolist() == [100.0, 200.0, 300.0, 200.0, 300.0, 400.0, 100.0, 200.0]
    assert found.stop_id.tolist() == list("ABCDE"), "all are called at by what is kept"
    assert found.report.counts["trips that call nowhere near the zones (left out)"] == 3
    alone = clip_timetable(given, zones_at(INTERNAL), max_walk_m=100.0)
    assert alone.stop_id.tolist() == list("ACD")
    assert alone.report.counts["stops far from the zones (left out)"] == 2


def test_towns_outside_reach_farther_and_points_without_area_as_far_as_a_walk():
    lat = [50.0, 50.1, 50.2]
    routes = [(name, name, stops, [run(name, stops, 0.0)]) for name, stops in (("a", "AB"), ("b", "BC"))]
    given = placed(timetable("ABC", routes), lat)
    town = (ZoneKind.EXTERNAL, 12.5, 50.2 + 14_000 / DEGREE_M, None)
    assert clip_timetable(given, zones_at(town)).route_id.tolist() == ["b"]
    assert clip_timetable(given, zones_at(town), external_radius_m=30_000).route_id.tolist() == ["a", "b"]
    site = (ZoneKind.SITE, 12.5, 50.0 - 1000 / DEGREE_M, None)
    assert clip_timetable(given, zones_at(site)).route_id.tolist() == ["a"]


def test_all_days_keep_the_same_stops_and_what_is_stated_about_changes():
    lat = [50.0, 50.5, 51.0, 51.5]
    monday = placed(timetable("ABCD", [("x", "1", "AB", [run("x", "AB", 0.0)])]), lat)
    sunday = placed(timetable("ABCD", [("y", "2", "AD", [run("y", "AD", 0.0)]),
                                       ("z", "3", "CD", [run("z", "CD", 0.0)])]), lat)  # fmt: skip
    stated = {
        "transfer_from": np.array([0, 1, 2], np.int32), "transfer_to": np.array([3, 2, 3], np.int32),
        "transfer_time_s": np.array([60.0, 70.0, 80.0]),
        "no_transfer_from": np.array([0, 3], np.int32), "no_transfer_to": np.array([2, 1], np.int32),
        "stop_station": np.array(["s", "s", "t", "u"]), "change_s": np.array([1.0, 2.0, 3.0, 4.0]),
        "stop_site": np.array(["", "works", "", ""]),
    }  # fmt: skip
    days = [dataclasses.replace(day, **stated) for day in (monday, monday, sunday)]
    week = ServiceDays(np.array(["Mo", "Di", "So"]), (days[0], days[0], days[2]))
    found = clip_timetable(week, zones_at(INTERNAL))
    assert found.label.tolist() == ["Mo", "Di", "So"]
    assert found.timetables[0] is found.timetables[1], "days that are one timetable stay one"
    assert [one.trip_id.tolist() for one in found.timetables] == [["x"], ["x"], ["y"]]
    for one in found.timetables:
        assert one.stop_id.tolist() == list("ABD")
        assert (one.transfer_from.tolist(), one.transfer_to.tolist()) == ([0], [2])
        assert one.transfer_time_s.tolist() == [60.0]
        assert (one.no_transfer_from.tolist(), one.no_transfer_to.tolist()) == ([2], [1])
        assert one.stop_station.tolist() == ["s", "s", "u"]
        assert one.change_s.tolist() == [1.0, 2.0, 4.0]
        assert one.stop_site.tolist() == ["", "works", ""]


def test_a_day_without_trips_near_the_region_stays_a_day():
    far = placed(timetable("AB", [("x", "1", "B", [run("x", "B", 0.0)])]), [50.0, 51.0])
    near = placed(timetable("AB", [("y", "1", "AB", [run("y", "AB", 0.0)])]), [50.0, 51.0])
    found = clip_timetable(ServiceDays(np.array(["a", "b"]), (far, near)), zones_at(INTERNAL))
    assert [one.n_trips for one in found.timetables] == [0, 1]


def test_every_column_of_a_timetable_is_cut():
    pointers = {"stop_ptr", "trip_ptr", "call_ptr"}
    others = {"stop", "arrival_s", "departure_s", "service_date", "report"}
    pairs = {f"{kind}_{end}" for kind in ("transfer", "no_transfer") for end in ("from", "to")} | {"transfer_time_s"}
    known = pointers | others | pairs
    for columns in (clipping._BY_STOP, clipping._BY_ROUTE, clipping._BY_POSITION, clipping._BY_TRIP):
        known |= set(columns)
    assert {field.name for field in dataclasses.fields(Timetable)} == known


def test_near_is_what_access_legs_join():
    legs, clipped = (inspect.signature(verb).parameters for verb in (access_legs, clip_timetable))
    assert clipped["max_walk_m"].default == legs["max_walk_m"].default
    assert clipped["external_radius_m"].default == legs["feeder"].default.radius_m == Feeder().radius_m


def test_what_cannot_be_is_refused():
    far = placed(timetable("AB", [("x", "1", "AB", [run("x", "AB", 0.0)])]), [20.0, 21.0])
    with pytest.raises(NetworkError, match="none of the 1 trips calls near the 1 zones"):
        clip_timetable(far, zones_at(INTERNAL))
    with pytest.raises(NetworkError, match=r"max_walk_m=0\.0 must be positive"):
        clip_timetable(far, zones_at(INTERNAL), max_walk_m=0.0)


@given(st.integers(0, 2**32 - 1))
def test_the_same_trips_as_by_looking_at_each_of_them(seed):
    rng = np.random.default_rng(seed)
    names = [f"s{k}" for k in range(12)]
    routes = []
    for k in range(8):
        stops = rng.choice(names, rng.integers(2, 5), replace=False).tolist()
        routes.append(
            (f"r{k}", str(k), stops, [run(f"r{k}t{t}", stops, 1000.0 * t) for t in range(rng.integers(0, 3))])
        )
    lon, lat = rng.uniform(12.3, 12.7, 12), rng.uniform(49.9, 50.1, 12)
    table = dataclasses.replace(timetable(names, routes), stop_lon_deg=lon, stop_lat_deg=lat)
    zones = zones_at((ZoneKind.SITE, 12.45, 50.02, None), (ZoneKind.EXTERNAL, 12.6, 49.95, None))
    reach = (1500.0, 6000.0)
    away = [geo.haversine_m(lon, lat, zones.lon_deg[i], zones.lat_deg[i]) <= reach[i] for i in range(2)]
    near = {name for k, name in enumerate(names) if away[0][k] or away[1][k]}
    wanted = [route for route in routes if near & set(route[2])]
    if not wanted:
        with pytest.raises(NetworkError):
            clip_timetable(table, zones, external_radius_m=6000.0)
        return
    found = clip_timetable(table, zones, external_radius_m=6000.0)
    assert found.route_id.tolist() == [route[0] for route in wanted]
    assert found.trip_id.tolist() == [trip[0] for route in wanted for trip in route[3]]
    assert set(found.stop_id.tolist()) == near | {stop for route in wanted for stop in route[2]}
    at = found.stop_ptr
    for r, route in enumerate(wanted):
        assert found.stop_id[found.stop[at[r] : at[r + 1]]].tolist() == route[2]
