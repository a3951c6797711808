import dataclasses

import numpy as np
import pytest
import shapely

from itas_mobility.core import AccessMode, IndustrialSites, ShiftPattern, TransitMode, TransitNetwork, ZoneKind
from itas_mobility.core.columns import content_digest
from itas_mobility.errors import NetworkError
from itas_mobility.network import connect, grid, remove_links
from itas_mobility.network.tags import WALK_KM_PER_H
from itas_mobility.network.transit import BikeAccess, CarAccess, Feeder, access_legs, timetable_from_headways
from network.osm_text import STEP_LAT, STEP_LON
from network.test_connectors import at, zones_at

WALK = grid(21, 21, spacing_m=100.0)
SPEED = WALK_KM_PER_H / 3.6


def transit_at(places, names=None, mode=TransitMode.BUS):
    n = len(places)
    lon, lat = (np.array(column, float) for column in zip(*places, strict=True))
    return TransitNetwork(
        stop_id=np.array([f"n{i}" for i in range(n)]),
        stop_name=np.array(names or [f"Stop {i}" for i in range(n)]),
        stop_lon_deg=lon,
        stop_lat_deg=lat,
        pattern_id=np.array(["1"]),
        line=np.array(["1"]),
        pattern_name=np.array(["1"]),
        mode=np.array([mode], np.uint8),
        stop_ptr=np.array([0, n]),
        stop=np.arange(n),
        run_time_s=np.full(n, 60.0),
        distance_m=np.full(n, 500.0),
        band_start_s=np.array([0.0]),
        band_end_s=np.array([86400.0]),
        headway_s=np.array([[600.0]]),
        offset_s=np.array([0.0]),
    )


def sites_at(places, zone, *, stop_names=None, stop_to_gate_m=0.0, gate_to_workplace_m=0.0):
    n = len(places)
    lon, lat = (np.array(column, float) for column in zip(*places, strict=True))
    shift = ShiftPattern(np.array(["early"]), [6 * 3600.0], [14 * 3600.0], [1.0])
    one = np.array([1.0])
    return IndustrialSites(
        site_id=np.array(["works"]),
        name=np.array(["Works"]),
        zone=np.array([zone]),
        gate_ptr=np.array([0, n]),
        gate_name=np.array([f"Gate {i}" for i in range(n)]),
        gate_lon_deg=lon,
        gate_lat_deg=lat,
        gate_stop_name=np.array(stop_names or [""] * n),
        stop_to_gate_m=np.full(n, float(stop_to_gate_m)),
        gate_to_workplace_m=np.array([float(gate_to_workplace_m)]),
        head_count=one,
        attendance_share=one,
        parking_spaces=one,
        grid_connection_kw=one,
        charging_points=np.array([1]),
        charging_point_kw=one,
        shifts=(shift,),
    )


def leg_lengths(legs, zone):
    mine = legs.zone == zone
    return dict(zip(legs.stop[mine].tolist(), legs.length_m[mine].tolist(), strict=True))


KINDS = [ZoneKind.INTERNAL, ZoneKind.SITE]
SITE = sites_at([at(20, 20)], 1)


def test_walks_follow_the_network_not_the_beeline():
    # stop 300 m east and 400 m north: 700 m on the grid, beeline 500 m; the other lies beyond the longest walk
    legs = access_legs(WALK, zones_at([at(0, 0), at(20, 20)], KINDS), SITE, transit_at([at(3, 4), at(12, 4)]))
    lengths = leg_lengths(legs, 0)
    assert lengths == {0: pytest.approx(700.0, rel=2e-3)}
    assert legs.time_s[legs.zone == 0] == pytest.approx(np.array([*lengths.values()]) / SPEED)


def test_connected_and_bare_networks_agree():
    zones = zones_at([at(0.3, 0.2), at(20, 20)], KINDS)
    transit = transit_at([at(3, 4), at(12, 4)])
    bare = access_legs(WALK, zones, SITE, transit)
    joined = access_legs(connect(WALK, zones), zones, SITE, transit)
    assert joined.length_m == pytest.approx(bare.length_m)


def test_stops_inside_a_zone_have_at_most_the_mean_walk_of_their_catchment():
    lon, lat = at(10, 10)
    half = 10 * STEP_LON, 10 * STEP_LAT  # 2 km by 2 km around the centroid
    polygon = shapely.box(lon - half[0], lat - half[1], lon + half[0], lat + half[1])
    zones = zones_at([(lon, lat), at(20, 20)], KINDS, [polygon, None])
    far_corner = transit_at([at(2, 2), at(18, 18), at(10, 11)])
    lengths = leg_lengths(access_legs(WALK, zones, SITE, far_corner), 0)
    # three places share 4 km2: radius 651 m, capped at 600 m; mean walk 2/3 x 600 x 1.2
    assert lengths[0] == pytest.approx(480.0)
    assert lengths[1] == pytest.approx(480.0)
    assert lengths[2] == pytest.approx(100.0, rel=2e-3)
    # more places share the same area: shorter walks
    dense = transit_at([at(2, 2), *[at(4 + 2 * i, 18) for i in range(7)]])
    assert leg_lengths(access_legs(WALK, zones, SITE, dense), 0)[0] == pytest.approx(
        2 / 3 * np.sqrt(2000.0**2 / (8 * np.pi)) * 1.2, rel=2e-3
    )
    # two stops of one name are one place
    pair = transit_at([at(2, 2), at(2.3, 2)], ["Mill", "Mill"])
    single = transit_at([at(2, 2), at(60, 60)])
    assert leg_lengths(access_legs(WALK, zones, SITE, pair), 0)[0] == pytest.approx(
        leg_lengths(access_legs(WALK, zones, SITE, single), 0)[0]
    )


def test_external_zones_reach_their_nearest_stations_by_feeder():
    zones = zones_at([at(0, 0), at(20, 20)], [ZoneKind.EXTERNAL, ZoneKind.SITE])
    transit = transit_at([at(50, 0), at(90, 0), at(300, 0)], mode=TransitMode.TRAIN)
    legs = access_legs(WALK, zones, SITE, transit)
    lengths = leg_lengths(legs, 0)
    assert set(lengths) == {0, 1}
    assert lengths[0] == pytest.approx(6000.0, rel=2e-3)
    assert legs.time_s[0] == pytest.approx(1500.0 / SPEED + (lengths[0] - 1500.0) / (20 / 3.6))
    at_the_station = zones_at([at(50, 0), at(20, 20)], [ZoneKind.EXTERNAL, ZoneKind.SITE])
    assert leg_lengths(access_legs(WALK, at_the_station, SITE, transit), 0)[0] == pytest.approx(480.0)
    assert set(leg_lengths(access_legs(WALK, zones, SITE, transit, feeder=Feeder(radius_m=6000.0)), 0)) == {0}
    assert set(leg_lengths(access_legs(WALK, zones, SITE, transit, feeder=Feeder(n_stops=1)), 0)) == {0}


def test_best_gate_wins_and_the_way_inside_the_works_is_added():
    zones = zones_at([at(10, 10)], [ZoneKind.SITE])
    transit = transit_at([at(0, 0), at(20, 20)])
    sites = sites_at([at(3, 0), at(20, 18)], 0, gate_to_workplace_m=250.0)
    lengths = leg_lengths(access_legs(WALK, zones, sites, transit), 0)
    assert lengths[0] == pytest.approx(300.0 + 250.0, rel=2e-3)
    assert lengths[1] == pytest.approx(200.0 + 250.0, rel=2e-3)


def test_named_gate_stop_uses_the_stated_walk_where_it_is_shorter():
    zones = zones_at([at(10, 10)], [ZoneKind.SITE])
    transit = transit_at([at(0, 0), at(5, 0)], ["Works, Gate South", "Works, Gate North"])
    sites = sites_at([at(3, 0)], 0, stop_names=["Works - gate south"], stop_to_gate_m=180.0)
    lengths = leg_lengths(access_legs(WALK, zones, sites, transit), 0)
    assert lengths == {0: pytest.approx(180.0), 1: pytest.approx(200.0, rel=2e-3)}
    # nothing is gained from a stated walk that is longer than the network's
    longer = dataclasses.replace(sites, stop_to_gate_m=np.array([900.0]))
    assert leg_lengths(access_legs(WALK, zones, longer, transit), 0)[0] == pytest.approx(300.0, rel=2e-3)


def test_transfers_between_near_stops_and_stops_of_one_name():
    zones = zones_at([at(10, 10)], [ZoneKind.SITE])
    sites = sites_at([at(10, 10)], 0)
    transit = transit_at([at(0, 0), at(2, 0), at(6, 0), at(14, 0)], ["A", "B", "B", "C"])
    legs = access_legs(WALK, zones, sites, transit)
    pairs = list(zip(legs.transfer_from.tolist(), legs.transfer_to.tolist(), strict=True))
    assert pairs == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert legs.transfer_time_s == pytest.approx(np.array([200, 200, 400, 400]) / SPEED, rel=2e-3)


def test_streets_that_do_not_meet_give_no_leg():
    zones = zones_at([at(0, 0), at(20, 20)], KINDS)
    transit = transit_at([at(3, 4), at(12, 4)])
    between = (np.minimum(WALK.tail, WALK.head) % 21 == 1) & (abs(WALK.tail - WALK.head) == 1)
    assert leg_lengths(access_legs(remove_links(WALK, between), zones, SITE, transit), 0) == {}


def test_nothing_to_walk_on_is_refused():
    zones, transit = zones_at([at(0, 0), at(20, 20)], KINDS), transit_at([at(3, 4), at(12, 4)])
    with pytest.raises(NetworkError, match="no link with coordinates"):
        access_legs(remove_links(WALK, np.ones(WALK.n_links, bool)), zones, SITE, transit)
    with pytest.raises(NetworkError, match="max_walk_m"):
        access_legs(WALK, zones, SITE, transit, max_walk_m=0.0)


def test_places_meet_the_street_where_they_lie_not_at_its_junctions():
    # 40 m south of the middle of a 100 m street; the stop stands opposite, 30 m along and 20 m north
    zones, transit = zones_at([at(0.5, -0.4), at(20, 20)], KINDS), transit_at([at(0.8, 0.2), at(12, 4)])
    lengths = leg_lengths(access_legs(WALK, zones, SITE, transit), 0)
    assert lengths[0] == pytest.approx(40 * 1.2 + 30 + 20 * 1.2, rel=2e-3)


def test_transfers_follow_the_streets():
    zones, sites = zones_at([at(10, 10)], [ZoneKind.SITE]), sites_at([at(10, 10)], 0)
    # both in the middle of parallel streets 100 m apart: the way round the block takes 200 m
    transit = transit_at([at(5.5, 5), at(5.5, 6)])
    legs = access_legs(WALK, zones, sites, transit)
    assert legs.transfer_time_s == pytest.approx(np.full(2, 200.0) / SPEED, rel=2e-3)
    assert len(access_legs(WALK, zones, sites, transit, max_transfer_m=150.0).transfer_time_s) == 0


def test_places_off_the_network_walk_beelines_and_are_counted():
    zones = zones_at([at(-6, 0), at(20, 20)], KINDS)  # 600 m west of the grid
    transit = transit_at([at(2, 0), at(-10, 0), at(-10, 2), at(10, 4)])
    legs = access_legs(WALK, zones, SITE, transit)
    lengths = leg_lengths(legs, 0)
    assert lengths == {
        0: pytest.approx(600 * 1.2 + 200, rel=2e-3),  # shorter than 800 m straight on, times 1.2
        1: pytest.approx(400 * 1.2, rel=2e-3),
        2: pytest.approx(np.hypot(400, 200) * 1.2, rel=2e-3),
    }
    transfers = dict(zip(zip(legs.transfer_from, legs.transfer_to, strict=True), legs.transfer_time_s, strict=True))
    assert transfers == {(1, 2): pytest.approx(240 / SPEED, rel=2e-3), (2, 1): pytest.approx(240 / SPEED, rel=2e-3)}
    assert legs.report.counts == {"stops off the walking network": 2, "zones off the walking network": 1}


def test_bike_and_ride_leads_to_railway_stops_by_the_quickest_way():
    zones = zones_at([at(0, 0), at(20, 20)], KINDS)
    transit = transit_at([at(12, 4), at(16, 16)], mode=TransitMode.TRAIN)
    bike = with_speed(WALK, 15.0)
    legs = access_legs(WALK, zones, SITE, transit, bike=BikeAccess(bike, park_s=90.0, max_time_s=600.0))
    assert list(zip(legs.zone, legs.stop, legs.mode, legs.is_home_only, strict=True)) == [
        (0, 0, AccessMode.BIKE, True), (1, 1, AccessMode.WALK, False),
    ]  # fmt: skip
    assert legs.length_m[0] == pytest.approx(1600.0, rel=2e-3)
    assert legs.time_s[0] == pytest.approx(1600.0 / (15 / 3.6) + 90.0, rel=2e-3)
    assert len(legs.walking()) == 1
    # buses have no rack unless it is said
    bus = transit_at([at(12, 4), at(16, 16)])
    assert (access_legs(WALK, zones, SITE, bus, bike=BikeAccess(bike)).mode == AccessMode.WALK).all()
    named = access_legs(WALK, zones, SITE, bus, bike=BikeAccess(bike, ["n1"]))
    assert named.stop[named.mode == AccessMode.BIKE].tolist() == [1]


def test_park_and_ride_leads_to_stops_that_have_it():
    zones = zones_at([at(0, 0), at(20, 20)], KINDS)
    transit = transit_at([at(3, 4), at(16, 16)])
    car = with_speed(WALK, 36.0)
    legs = access_legs(WALK, zones, SITE, transit, car=CarAccess(car, ["n1"], park_s=200.0))
    is_car = legs.mode == AccessMode.CAR
    assert (legs.zone[is_car].tolist(), legs.stop[is_car].tolist()) == ([0], [1])
    assert legs.time_s[is_car] == pytest.approx(320.0 + 200.0, rel=2e-3)
    assert leg_lengths(legs.walking(), 0) == {0: pytest.approx(700.0, rel=2e-3)}
    with pytest.raises(NetworkError, match=r"car\.stop_id: no stop 'n7'"):
        access_legs(WALK, zones, SITE, transit, car=CarAccess(car, ["n7"]))


def test_a_timetable_gives_the_same_legs_as_its_lines():
    zones = zones_at([at(0, 0), at(20, 20)], [ZoneKind.EXTERNAL, ZoneKind.SITE])
    transit = transit_at([at(3, 4), at(12, 4), at(90, 0)], mode=TransitMode.TRAIN)
    lines = access_legs(WALK, zones, SITE, transit)
    assert content_digest(access_legs(WALK, zones, SITE, timetable_from_headways(transit))) == content_digest(lines)


def with_speed(roads, km_per_h):
    speed = np.full(roads.n_links, km_per_h)
    return dataclasses.replace(roads, free_speed_km_per_h=speed, free_time_s=roads.length_m / (speed / 3.6))
