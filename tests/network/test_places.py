"""Places that lie elsewhere are refused with distance and box; those that lie together pass."""

from dataclasses import replace

import numpy as np
import pytest

from itas_mobility.core import ServiceDays, ZoneKind
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network import connect, grid, shortest_route
from itas_mobility.network.places import TOGETHER_M, distances_m, lying_apart, nearest_stops
from itas_mobility.network.routing import route_in_file
from network.osm_text import SOUTH, WEST, write_osm
from network.test_connectors import at, zones_at
from oracles.transit_networks import timetable

BERLIN, MUNICH = (13.40, 52.52), (11.58, 48.14)
DEGREE_M = 6371008.8 * np.pi / 180


def of(roads):
    return {"of": "the roads", "of_lon_deg": roads.node_lon_deg, "of_lat_deg": roads.node_lat_deg}


def test_distances_are_those_of_the_nearest_point_with_coordinates():
    lon, lat = np.array([12.0, np.nan, 13.0]), np.array([50.0, 50.5, np.nan])
    np.testing.assert_allclose(distances_m([12.0, 12.0], [50.5, 49.0], lon, lat), [0.5 * DEGREE_M, DEGREE_M])
    assert distances_m([], [], lon, lat).size == 0
    assert distances_m(12.0, 50.0, np.array([np.nan]), np.array([50.0])).tolist() == [np.inf]


def test_what_lies_apart_is_told_with_distance_and_box():
    roads = grid(11, 11, spacing_m=100.0)
    assert lying_apart(["here"], *at(5, 5), **of(roads)) == []
    (told,) = lying_apart(["gate A"], *BERLIN, **of(roads))
    assert told.startswith("gate A (longitude 13.4, latitude 52.52) lies 2")
    assert "km from the roads (longitude 12.50 to 12.51, latitude 50.7" in told
    assert told.endswith("at most 10 km are possible")
    (swapped,) = lying_apart(["gate A"], *at(5, 5)[::-1], **of(roads))
    assert swapped.endswith("longitude and latitude look swapped")
    # a longitude past 90 cannot be a latitude
    (other,) = lying_apart(["gate A"], 120.0, 50.0, **of(roads))
    assert "swapped" not in other


def test_the_limit_is_one_of_distance_not_of_degrees():
    roads = grid(2, 2, spacing_m=100.0)
    for metres, n in ((TOGETHER_M - 50.0, 0), (TOGETHER_M + 50.0, 1)):
        south = (roads.node_lon_deg[0], roads.node_lat_deg.min() - metres / DEGREE_M)
        assert len(lying_apart(["place"], *south, **of(roads))) == n


def test_of_many_places_the_first_are_named_and_the_others_counted():
    roads = grid(2, 2)
    told = lying_apart([f"zone {i}" for i in range(9)], np.full(9, 13.4), np.linspace(52, 54, 9), **of(roads))
    assert [one.split(" (")[0] for one in told[:5]] == [f"zone {i}" for i in range(5)]
    assert told[5].startswith("so do 4 others, the farthest 3")


def test_zones_elsewhere_are_not_connected():
    base = grid(11, 11, spacing_m=100.0)
    near, swapped = at(5.2, 5.2), at(5.2, 5.2)[::-1]
    with pytest.raises(NetworkError, match=r"(?s)elsewhere than the network.*zone z2 .* 209 km.*zone z1 .*swapped"):
        connect(base, zones_at([near, swapped, BERLIN], [ZoneKind.INTERNAL, ZoneKind.EXTERNAL, ZoneKind.SITE]))
    # towns from where people commute lie behind the edge of the network
    assert connect(base, zones_at([near, MUNICH], [ZoneKind.INTERNAL, ZoneKind.EXTERNAL])).n_zones == 2


def test_routes_say_how_far_places_were_moved():
    roads = grid(11, 1, spacing_m=100.0)
    route = shortest_route(roads, at(0.0, 0.3), at(4.2, 0.0))
    assert route.from_snap_m == pytest.approx(30.0, rel=0.01)
    assert route.to_snap_m == pytest.approx(20.0, rel=0.01)
    assert route.length_m == pytest.approx(400.0, rel=0.01)
    assert (shortest_route(roads, 1, 3).from_snap_m, shortest_route(roads, 1, 3).to_snap_m) == (0.0, 0.0)
    with pytest.warns(DataWarning, match=r"lies 7\d\d m from the nearest node \(11\); the route is that node's"):
        assert shortest_route(roads, 1, at(10.0, 7.5)).to_snap_m == pytest.approx(750.0, rel=0.01)


def test_a_place_is_moved_to_the_nearest_stop_where_trips_call_and_its_station():
    calls = [("t1", [(0.0, 0.0), (60.0, 60.0), (90.0, 90.0)])]
    made = timetable(["s0", "s1", "other", "unserved"], [("r", "1", ["s0", "s1", "other"], calls)])
    places = {"stop_lon_deg": np.array([12.0, 12.001, 11.9999, 12.5]), "stop_lat_deg": np.full(4, 50.0)}
    days = ServiceDays(["day"], (replace(made, **places, stop_station=np.array(["A", "A", "", ""])),))
    near = nearest_stops(days, 12.0, 50.0001)
    assert near == {"s0": pytest.approx(11.1, abs=0.1), "s1": pytest.approx(72.3, abs=0.5)}
    with pytest.warns(DataWarning, match=r"lies 3,5\d\d m from the nearest stop \(s1\)"):
        assert set(nearest_stops(days, 12.05, 50.0)) == {"s0", "s1"}
    # nothing calls at the last stop
    with pytest.raises(NetworkError, match=r"the place .* lies 36 km from the stops"):
        nearest_stops(days, 12.5, 50.0)
    with pytest.raises(NetworkError, match="look swapped"):
        nearest_stops(days, 50.0, 12.0)


def test_a_route_between_places_elsewhere_names_both_and_the_file(tmp_path):
    path = write_osm(tmp_path, ["ab"], [("ab", {"highway": "residential"})])
    with pytest.raises(NetworkError, match=r"town\.osm: the place from .* lies 2.* km .*; the place to .* lies 2.* km"):
        route_in_file(path, BERLIN, MUNICH)
    with pytest.raises(NetworkError, match=r"the place to .*look swapped"):
        route_in_file(path, 1001, (SOUTH, WEST))
