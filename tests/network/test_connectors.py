import numpy as np
import pytest
import shapely

from itas_mobility import geo
from itas_mobility.core import RoadClass, ZoneKind, Zones
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network import connect, grid, read_osm, shortest_route
from network.osm_text import SOUTH, STEP_LAT, STEP_LON, WEST, write_osm


def zones_at(places, kinds=None, polygons=None):
    n = len(places)
    texts = [np.array([f"{prefix}{i}" for i in range(n)]) for prefix in ("z", "Zone ", "m", "d")]
    polygon = np.empty(n, object)
    polygon[:] = polygons or [None] * n
    kind = np.array(kinds or [ZoneKind.INTERNAL] * n, np.uint8)
    lon, lat = (np.array(column, float) for column in zip(*places, strict=True))
    return Zones(*texts, kind, lon, lat, np.full(n, 100.0), np.full(n, 50.0), np.full(n, 40.0), polygon)


def at(column, row):
    return WEST + column * STEP_LON, SOUTH + row * STEP_LAT


def targets(roads, zone):
    return roads.head[roads.ptr[zone] : roads.ptr[zone + 1]]


def test_zones_become_the_first_nodes_with_links_both_ways():
    base = grid(6, 6, spacing_m=100.0)
    zones = zones_at([at(1.5, 1.4), at(3.5, 3.4)])
    roads = connect(base, zones)
    assert roads.n_zones == roads.first_through == 2
    assert roads.n_nodes == base.n_nodes + 2
    assert roads.n_links == base.n_links + 2 * 3 * 2
    is_connector = roads.road_class == RoadClass.CONNECTOR
    assert np.isinf(roads.capacity_veh_per_h[is_connector]).all()
    assert (roads.vdf_alpha[is_connector] == 0).all()
    there = {(t, h) for t, h in zip(roads.tail[is_connector], roads.head[is_connector], strict=True)}
    assert there == {(h, t) for t, h in there}
    # three different directions around the centroid in the middle of a block
    assert len(set(targets(roads, 0))) == 3
    assert set(base.link_key) < set(roads.link_key)
    assert roads.report.counts["connectors (pairs of links)"] == 6


def test_length_is_beeline_times_detour_and_speed_as_asked():
    zones = zones_at([at(0.0, -0.5)])
    roads = connect(grid(3, 3, spacing_m=100.0), zones, n_connectors=1, speed_km_per_h=36.0, detour=1.5)
    row = int(roads.ptr[0])
    assert roads.length_m[row] == pytest.approx(75.0, rel=1e-3)
    assert roads.free_time_s[row] == pytest.approx(7.5, rel=1e-3)


def test_trips_inside_a_zone_are_as_long_as_its_area_says():
    """Against the mean distance of random points, of a square and of a polygon of two parts; sites have no extent."""
    base = grid(6, 6, spacing_m=100.0)
    west, south, east, north = *at(0, 0), *at(10, 10)
    square = shapely.box(west, south, east, north)
    halves = shapely.MultiPolygon(
        [shapely.box(west, south, east, (south + north) / 2), shapely.box(west, 51, east, 51.001)]
    )
    kinds = [ZoneKind.INTERNAL, ZoneKind.SITE, ZoneKind.INTERNAL, ZoneKind.EXTERNAL]
    zones = zones_at([at(1.5, 1.4)] * 4, kinds, [square, None, None, halves])
    inner_m = connect(base, zones, detour=1.3).zone_inner_length_m
    rng = np.random.default_rng(1)
    apart_m = np.hypot(*(rng.uniform(0, 1000, (2, 100_000)) - rng.uniform(0, 1000, (2, 100_000)))).mean()
    assert inner_m[0] == pytest.approx(1.3 * apart_m, rel=0.03)
    assert inner_m[1] == 0.0
    assert np.isnan(inner_m[2])
    assert inner_m[3] == pytest.approx(1.3 * 128 / 45 / np.pi * np.sqrt(geo.area_m2(halves) / np.pi))
    assert np.isnan(base.zone_inner_length_m).all()


def test_no_path_leads_through_a_centroid():
    base = grid(2, 1, spacing_m=5000.0)
    (lon0, lat0), (lon1, _) = ((base.node_lon_deg[i], base.node_lat_deg[i]) for i in (0, 1))
    with pytest.warns(DataWarning, match="1 zones lie over 2 km.*z0"):
        roads = connect(base, zones_at([((lon0 + lon1) / 2, lat0)]), speed_km_per_h=1000.0)
    route = shortest_route(roads, 1, 2)
    assert route.node_id.tolist() == [1, 2]
    assert shortest_route(roads, int(roads.node_id[0]), 2).node_id.tolist() == [int(roads.node_id[0]), 2]


def test_never_onto_a_motorway(tmp_path):
    motorway, street = {"highway": "motorway", "oneway": "no"}, {"highway": "residential"}
    path = write_osm(tmp_path, ["abc", "  d"], [("ab", motorway), ("bc", {"highway": "motorway_link"}), ("cd", street)])
    base = read_osm(path, simplify=False)
    roads = connect(base, zones_at([at(0.0, 0.0)]), n_connectors=4)
    assert set(base.node_id[targets(roads, 0) - 1].tolist()) == {1003, 1004}
    only = read_osm(write_osm(tmp_path, ["ab"], [("ab", motorway)], name="only.osm"))
    with pytest.raises(NetworkError, match="no node of the network is suitable"):
        connect(only, zones_at([at(0.0, 0.0)]))


def test_sites_have_two_and_far_external_zones_enter_on_main_roads():
    base = grid(11, 11, spacing_m=100.0)
    zones = zones_at([at(5.2, 5.2), at(60.0, 2.0)], [ZoneKind.SITE, ZoneKind.EXTERNAL])
    roads = connect(base, zones)
    assert len(targets(roads, 0)) == 2
    entered = targets(roads, 1) - 2
    touched = set(base.tail[base.road_class == RoadClass.PRIMARY].tolist())
    assert set(entered.tolist()) <= touched


def test_keys_do_not_depend_on_other_zones_or_row_order():
    base = grid(6, 6, spacing_m=100.0)
    first, second = at(1.5, 1.4), at(3.5, 3.4)
    both = connect(base, zones_at([first, second]))
    alone = connect(base, zones_at([first]))
    assert set(alone.link_key) < set(both.link_key)


def test_limits_and_repeated_connecting():
    base = grid(3, 3, spacing_m=100.0)
    with pytest.raises(NetworkError, match=r"zone 'z0' lies .* more than max_snap_m=10"):
        connect(base, zones_at([at(0.5, 0.5)]), max_snap_m=10.0)
    roads = connect(base, zones_at([at(0.1, 0.1)]), max_snap_m=50.0)
    assert len(targets(roads, 0)) == 1
    with pytest.raises(NetworkError, match="already connected to 1 zones"):
        connect(roads, zones_at([at(0.1, 0.1)]))
    with pytest.raises(NetworkError, match="n_connectors"):
        connect(base, zones_at([at(0.1, 0.1)]), n_connectors=0)


def test_more_connectors_than_nodes_is_no_fault():
    roads = connect(grid(2, 1), zones_at([at(0.0, 0.0)], polygons=[shapely.box(12, 50, 13, 51)]), n_connectors=9)
    assert len(targets(roads, 0)) == 2


def test_a_motorway_junction_that_is_taken_apart_gets_no_connector(tmp_path):
    fast, street = {"highway": "motorway", "oneway": "no"}, {"highway": "residential"}
    ways = [("ab", fast), ("bc", fast), ("bd", {"highway": "motorway_link"}), ("de", street), ("ef", street)]
    members = [("way", 2001, "from"), ("node", 1002, "via"), ("way", 2003, "to")]
    relations = [(members, {"type": "restriction", "restriction": "no_right_turn"})]
    path = write_osm(tmp_path, ["a b c", "  d  ", "  e f"], ways, relations=relations)
    base = read_osm(path, keep="all")
    assert (base.road_class == RoadClass.TURN).any()
    roads = connect(base, zones_at([at(2, 0)]), n_connectors=2)
    assert set(base_node_id(roads.node_id[targets(roads, 0)])) <= {1004, 1005, 1006}
