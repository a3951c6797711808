"""Skims against scipy and by hand."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from itas_mobility.core import ZoneKind, Zones
from itas_mobility.demand.skims import skim
from itas_mobility.errors import NetworkError
from itas_mobility.network import connect, grid
from oracles.road_networks import Link, random_grid, road_network
from oracles.shortest_paths import distances


def test_times_equal_scipy():
    roads, _ = random_grid(7, side=12, n_zones=20)
    graph = csr_matrix((roads.free_time_s, (roads.tail, roads.head)), shape=(roads.n_nodes, roads.n_nodes))
    expected = dijkstra(graph, indices=np.arange(20))[:, :20]
    np.testing.assert_allclose(skim(roads, intrazonal="zero")["time_s"], expected, rtol=1e-12)


def test_length_is_that_of_the_quickest_path():
    # the short way is slow
    roads = road_network(
        [
            Link(0, 1, 100.0, length_m=500.0),
            Link(0, 2, 30.0, length_m=900.0),
            Link(2, 1, 30.0, length_m=900.0),
            Link(1, 0, 7.0),
        ],
        3,
        2,
    )
    skims = skim(roads)
    assert skims["time_s"][0, 1] == 60.0
    assert skims["length_m"][0, 1] == 1800.0
    dear = skim(roads, cost_s=roads.free_time_s + roads.length_m)
    assert dear["time_s"][0, 1] == 100.0
    assert dear["cost_s"][0, 1] == 600.0


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_attributes_belong_to_one_cheapest_path(seed):
    """Cost, and a copy of it as attribute, agree; other attributes are those of a path where it is the only one."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 30))
    ends = rng.integers(0, n, (int(rng.integers(1, 4 * n)), 2)).tolist()
    zones = int(rng.integers(1, n + 1))
    links = [Link(a, b, length_m=float(rng.integers(1, 9)), toll_eur=float(rng.integers(0, 3))) for a, b in ends]
    roads = road_network(links, n, zones, int(rng.choice([0, zones, n])))
    cost = rng.integers(0, 6, roads.n_links) * rng.choice([0.0, 1.0], roads.n_links) + rng.uniform(0, 1, roads.n_links)
    cost[rng.random(roads.n_links) < 0.1] = np.inf
    names = ["cost_s", "again", "length_m", "toll_eur"]
    found = skim(roads, cost_s=cost, intrazonal="zero", matrices=names, link_values={"again": cost})
    assert list(found) == names
    least = np.array([distances(roads, cost, s)[:zones] for s in range(zones)])
    np.testing.assert_allclose(found["cost_s"], least, rtol=1e-12)
    np.testing.assert_allclose(found["again"], least, rtol=1e-12)
    # a little of an attribute in the cost changes no path, but adds the attribute
    little = 1e-6
    for name in ("length_m", "toll_eur"):
        dearer = np.array([distances(roads, cost + little * getattr(roads, name), s)[:zones] for s in range(zones)])
        apart = np.isfinite(least)
        np.testing.assert_array_equal(np.isfinite(found[name]), apart)
        np.testing.assert_allclose(dearer[apart] - least[apart], little * found[name][apart], atol=1e-11)


def test_only_what_is_asked_for():
    roads = road_network([Link(0, 1, 10.0, toll_eur=2.0), Link(1, 0, 7.0)], 2, 2)
    assert list(skim(roads)) == ["time_s", "length_m"]
    assert list(skim(roads, cost_s=roads.free_time_s)) == ["time_s", "length_m", "cost_s"]
    assert list(skim(roads, link_values={"x": roads.lanes})) == ["time_s", "length_m", "x"]
    assert skim(roads, matrices=["toll_eur"])["toll_eur"].tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_closed_links_are_avoided_whatever_they_hold():
    roads = road_network([Link(0, 1, 10.0), Link(0, 1, 30.0, length_m=7.0), Link(1, 0, 1.0)], 2, 2)
    cost = np.array([np.inf, 30.0, np.inf])
    skims = skim(roads, cost_s=cost, link_values={"x": np.array([np.inf, 5.0, np.inf])})
    assert skims["cost_s"][0, 1] == 30.0
    assert skims["length_m"][0, 1] == 7.0
    assert skims["x"][0, 1] == 5.0
    assert skims["x"][1, 0] == np.inf


def test_one_zone():
    roads = road_network([Link(0, 1), Link(1, 0)], 2, 1)
    assert skim(roads)["time_s"].tolist() == [[np.inf]]
    assert skim(roads, intrazonal="zero")["length_m"].tolist() == [[0.0]]


def test_half_of_the_way_to_the_nearest():
    roads = road_network([Link(0, 1, 10.0, length_m=80.0), Link(0, 2, 30.0), Link(1, 0, 12.0), Link(2, 0, 5.0)], 4, 4)
    skims = skim(roads)
    assert skims["time_s"].diagonal().tolist() == [5.0, 6.0, 2.5, np.inf]
    assert skims["length_m"][0, 0] == 40.0
    assert skims["time_s"][0, 3] == np.inf
    assert skim(roads, intrazonal="zero")["time_s"].diagonal().tolist() == [0.0] * 4


def towns(*, inner_length_m, sites=(), connector_m=100.0):
    """Zones at 0, 2 and 6 km of a street (10 s a kilometre to the second, 30 beyond), joined to it by connectors of
    120 s a kilometre; sites so many metres beside the first.
    """
    n = 3 + len(sites)
    links = [Link(n, n + 1, 20.0, length_m=2000.0), Link(n + 1, n + 2, 120.0, length_m=4000.0)]
    links += [Link(zone, n + zone, 0.12 * connector_m, length_m=connector_m) for zone in range(3)]
    links += [Link(3 + k, n, 40.0, length_m=float(metres)) for k, metres in enumerate(sites)]
    both = links + [link._replace(tail=link.head, head=link.tail) for link in links]
    roads = road_network(both, n + 3, n, first_through=n)
    return replace(roads, zone_inner_length_m=np.array([*inner_length_m, *[0.0] * len(sites)]))


def test_trips_inside_are_as_long_as_the_network_says():
    """And take the time, cost and so on per metre of the zone's connectors."""
    roads = towns(inner_length_m=[700.0, np.nan, 900.0])
    skims = skim(roads, link_values={"again": roads.free_time_s})
    np.testing.assert_allclose(skims["length_m"].diagonal(), [700.0, 1100.0, 900.0])
    for name in ("time_s", "again"):
        np.testing.assert_allclose(skims[name].diagonal(), [84.0, 22.0, 108.0])
    np.testing.assert_allclose(skim(roads, matrices=["time_s"])["time_s"].diagonal(), [84.0, 22.0, 108.0])
    half = skim(roads, intrazonal="half_nearest")
    np.testing.assert_allclose(half["length_m"].diagonal(), [1100.0, 1100.0, 2100.0])


def test_trips_inside_take_no_notice_of_the_ways_between_zones():
    """So nothing hangs on which of equally quick ways is taken, or on a way that is closed."""
    roads = towns(inner_length_m=[700.0, 800.0, 900.0])
    time_s = np.where(roads.tail >= 3, np.where(roads.head >= 3, np.inf, roads.free_time_s), roads.free_time_s)
    np.testing.assert_allclose(skim(roads, time_s=time_s)["time_s"].diagonal(), [84.0, 96.0, 108.0])
    by_length = skim(roads, time_s=roads.length_m)
    np.testing.assert_allclose(by_length["time_s"].diagonal(), [700.0, 800.0, 900.0])


def test_connectors_without_length_take_the_speed_of_the_others():
    roads = towns(inner_length_m=[700.0, 800.0, 900.0])
    at_first = (roads.tail == 0) | (roads.head == 0)
    none = replace(roads, length_m=np.where(at_first, 0.0, roads.length_m))
    assert skim(none)["length_m"].diagonal().tolist() == [700.0, 800.0, 900.0]
    np.testing.assert_allclose(skim(none)["time_s"][0, 0], 700.0 * 72.0 / 400.0)
    # where no connector of any zone has a length, a metre takes what it does at their speed
    without = towns(inner_length_m=[700.0] * 3, connector_m=0.0)
    speed = without.free_speed_km_per_h[(without.tail < 3) | (without.head < 3)]
    np.testing.assert_allclose(skim(without)["length_m"].diagonal(), 700.0)
    np.testing.assert_allclose(skim(without)["time_s"].diagonal(), 700.0 * (3.6 / speed).mean())


@pytest.mark.parametrize("inner_m", [np.nan, 700.0])
def test_a_site_beside_a_town_changes_nothing_inside_it(inner_m):
    alone = skim(towns(inner_length_m=[inner_m] * 3))
    beside = skim(towns(inner_length_m=[inner_m] * 3, sites=[60.0, 5.0]))
    for name in ("time_s", "length_m"):
        np.testing.assert_array_equal(beside[name].diagonal()[:3], alone[name].diagonal())
        assert (beside[name].diagonal()[3:] > 0).all()


def test_a_site_beside_a_town_of_a_connected_network_changes_nothing_inside_it():
    roads = grid(12, 12, spacing_m=200.0)
    place = roads.node_lon_deg[[20, 90, 91]] + 1e-3, roads.node_lat_deg[[20, 90, 91]]
    polygon = np.array(
        [shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01) for lon, lat in zip(*place, strict=True)]
    )

    def inside(kinds):
        k = len(kinds)
        ids = np.arange(k).astype(str)
        counts = np.full(k, 10.0)
        shapes = np.where(np.array(kinds) == ZoneKind.SITE, None, polygon[:k])
        zones = Zones(ids, ids, ids, ids, kinds, place[0][:k], place[1][:k], counts, counts, counts, shapes)
        skims = skim(connect(roads, zones))
        return [skims[name].diagonal()[:2].tolist() for name in ("time_s", "length_m")]

    assert inside([ZoneKind.INTERNAL] * 2 + [ZoneKind.SITE]) == inside([ZoneKind.INTERNAL] * 2)


def test_sites_are_neighbours_where_there_is_nothing_else():
    roads = road_network([Link(0, 1, 10.0, length_m=300.0), Link(1, 0, 10.0, length_m=300.0)], 2, 2)
    skims = skim(replace(roads, zone_inner_length_m=np.array([np.nan, 0.0])))
    np.testing.assert_allclose(skims["length_m"].diagonal(), [150.0, 150.0])


def test_of_equally_near_zones_neither_order_nor_rounding_decides():
    links = [Link(0, 1, 10.0, length_m=100.0), Link(0, 2, 10.0, length_m=300.0), Link(1, 0, 1.0), Link(2, 0, 1.0)]
    for little in (0.0, 1e-12, -1e-12):
        roads = road_network([links[0]._replace(free_time_s=10.0 * (1 + little)), *links[1:]], 3, 3)
        assert skim(roads)["length_m"][0, 0] == pytest.approx(100.0, rel=1e-9)


def test_centroids_are_not_passed_through():
    links = [Link(0, 3, 1.0), Link(3, 1, 1.0), Link(1, 3, 1.0), Link(1, 4, 1.0), Link(4, 2, 1.0), Link(3, 4, 10.0)]
    open_roads = road_network(links, 5, 3, first_through=0)
    assert skim(open_roads)["time_s"][0, 2] == 4.0
    closed = road_network(links, 5, 3, first_through=3)
    assert skim(closed)["time_s"][0, 2] == 12.0
    assert skim(closed)["time_s"][1, 2] == 2.0


def test_loaded_times_are_taken():
    roads = road_network([Link(0, 1, 10.0), Link(1, 0, 10.0)], 2, 2)
    assert skim(roads, time_s=np.array([25.0, 15.0]))["time_s"][0, 1] == 25.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"time_s": np.array([1.0])}, "time_s has shape"),
        ({"time_s": np.array([1.0, -2.0])}, "link 1 .key 1. is -2"),
        ({"cost_s": np.array([np.nan, 2.0])}, "link 0 .key 0. is nan"),
        ({"intrazonal": "none"}, "'none'"),
        ({"matrices": ["speed"]}, "'speed' is not known; known: time_s"),
        ({"matrices": "time_s"}, "give a list"),
        ({"link_values": {"time_s": np.array([1.0, 2.0])}}, "name of a matrix of its own"),
        ({"link_values": {"x": np.array([1.0, np.inf])}}, "x of link 1 .key 1. is inf"),
    ],
)
def test_bad_input_is_named(options, said):
    roads = road_network([Link(0, 1, 10.0), Link(1, 0, 10.0)], 2, 2)
    with pytest.raises(NetworkError, match=said):
        skim(roads, **options)


def test_no_zones():
    with pytest.raises(NetworkError, match="no zones"):
        skim(road_network([Link(0, 1, 10.0)], 2, 0))
