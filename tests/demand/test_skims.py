"""Skims against scipy and by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from itas_mobility.demand.skims import skim
from itas_mobility.errors import NetworkError
from oracles.road_networks import Link, random_grid, road_network


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


def test_half_of_the_way_to_the_nearest():
    roads = road_network([Link(0, 1, 10.0, length_m=80.0), Link(0, 2, 30.0), Link(1, 0, 12.0), Link(2, 0, 5.0)], 4, 4)
    skims = skim(roads)
    assert skims["time_s"].diagonal().tolist() == [5.0, 6.0, 2.5, np.inf]
    assert skims["length_m"][0, 0] == 40.0
    assert skims["time_s"][0, 3] == np.inf
    assert skim(roads, intrazonal="zero")["time_s"].diagonal().tolist() == [0.0] * 4


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
    ],
)
def test_bad_input_is_named(options, said):
    roads = road_network([Link(0, 1, 10.0), Link(1, 0, 10.0)], 2, 2)
    with pytest.raises(NetworkError, match=said):
        skim(roads, **options)


def test_no_zones():
    with pytest.raises(NetworkError, match="no zones"):
        skim(road_network([Link(0, 1, 10.0)], 2, 0))
