import networkx as nx
import numpy as np
import pytest

from itas_mobility.errors import NetworkError
from itas_mobility.network import connect, grid, read_osm, shortest_route, to_networkx
from itas_mobility.network.routing import route_in_file
from network.osm_text import SOUTH, STEP_LON, WEST, write_osm
from network.test_connectors import at, zones_at

STREET = {"highway": "residential"}


@pytest.mark.parametrize("seed", range(5))
def test_routes_are_those_of_networkx(seed):
    roads = grid(7, 6, seed=seed)
    graph = to_networkx(roads)
    rng = np.random.default_rng(seed)
    for source, target in rng.choice(roads.node_id, (10, 2)).tolist():
        route = shortest_route(roads, source, target)
        expected = nx.shortest_path(graph, source, target, weight="travel_time")
        assert route.node_id.tolist() == expected
        assert route.time_s == pytest.approx(nx.shortest_path_length(graph, source, target, weight="travel_time"))
        assert route.length_m == pytest.approx(roads.length_m[route.link].sum())


def test_places_snap_to_the_nearest_node_but_never_to_a_centroid():
    roads = connect(grid(4, 1, spacing_m=100.0), zones_at([at(1.4, 0.0)]))
    route = shortest_route(roads, at(0.1, 0.0), at(1.4, 0.0))
    assert route.node_id.tolist() == [1, 2]


def test_same_node_is_a_route_of_no_length(tmp_path):
    route = shortest_route(grid(2, 2), 3, 3)
    assert (route.node_id.tolist(), route.length_m, route.time_s) == ([3], 0.0, 0.0)


def test_no_route_and_unknown_nodes(tmp_path):
    path = write_osm(tmp_path, ["abc"], [("ab", {**STREET, "oneway": "yes"}), ("bc", {"highway": "footway"})])
    assert route_in_file(path, 1001, 1002).node_id.tolist() == [1001, 1002]
    assert route_in_file(path, 1002, 1001) is None
    assert route_in_file(path, 1001, 1003) is None  # the node is in the file, but no car gets there
    assert route_in_file(path, 1001, 1003, mode="foot").length_m == pytest.approx(200, rel=1e-3)
    assert route_in_file(path, 1001, 1002, mode="train") is None
    with pytest.raises(NetworkError, match=r"town\.osm: holds no node 77"):
        route_in_file(path, 1001, 77)
    with pytest.raises(NetworkError, match="node 77 is not in the network"):
        shortest_route(read_osm(path, keep="all"), 1001, 77)
    with pytest.raises(NetworkError, match="give longitude and latitude"):
        route_in_file(path, (500.0, 3.0), 1001)


def test_a_closed_barrier_may_start_and_end_a_route_but_not_lie_on_it(tmp_path):
    path = write_osm(tmp_path, ["abc"], [("abc", STREET)], node_tags={"b": {"barrier": "bollard"}})
    assert route_in_file(path, 1001, 1002).node_id.tolist() == [1001, 1002]
    assert route_in_file(path, 1002, 1003).node_id.tolist() == [1002, 1003]
    assert route_in_file(path, 1003, 1002).node_id.tolist() == [1003, 1002]
    assert route_in_file(path, 1001, 1003) is None
    assert route_in_file(path, (WEST, SOUTH), (WEST + 2 * STEP_LON, SOUTH), mode="bike").node_id.size == 3
