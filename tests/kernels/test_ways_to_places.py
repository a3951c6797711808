import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.ways_to_places import Arriving, Graph, Leaving, ways_to_places
from oracles.road_networks import Link, road_network
from oracles.shortest_paths import distances


def read_only(values):
    view = values.view()
    view.flags.writeable = False
    return view


def ragged(rng, n_rows, n_ends, size):
    """Pointers, ends, costs and second values of some connections of each row."""
    row = np.sort(rng.integers(0, n_rows, size))
    ptr = np.searchsorted(row, np.arange(n_rows + 1)).astype(np.int64)
    return ptr, rng.integers(0, n_ends, size), rng.integers(0, 9, size) * 1.0, rng.uniform(0, 5, size)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([5.0, 12.0, np.inf]))
def test_all_places_within_the_limit_by_bellman_and_ford(seed, limit):
    rng = np.random.default_rng(seed)
    n, n_origins, n_places = 8, 4, 6
    ends = rng.integers(0, n, (20, 2)).tolist()
    roads = road_network([Link(a, b) for a, b in ends], n, 0)
    cost = rng.integers(0, 9, 20) + rng.uniform(0, 1e-3, 20)  # no ties: the second value is that of one way
    cost[rng.random(20) < 0.1] = np.inf
    graph = Graph(read_only(roads.ptr), read_only(roads.head), read_only(cost), read_only(2.0 * cost + 1.0))
    ptr, node, *off = ragged(rng, n_origins, n, 7)
    leaving = Leaving(ptr, node.astype(np.int32), *off)
    arriving = Arriving(*ragged(rng, n, n_places, 10))
    pair, value, used = ways_to_places(1, n_origins, limit, graph, leaving, arriving, n_places)
    found = {tuple(pair[2 * k : 2 * k + 2].tolist()): value[2 * k] for k in range(used)}
    expected = {}
    for origin in range(1, n_origins):
        for i in range(leaving.ptr[origin], leaving.ptr[origin + 1]):
            reached = leaving.cost[i] + distances(roads, cost, int(leaving.node[i]))
            for at in range(n):
                for j in range(arriving.ptr[at], arriving.ptr[at + 1]):
                    key = (origin, int(arriving.place[j]))
                    total = reached[at] + arriving.cost[j]
                    if total <= limit and total < np.inf:
                        expected[key] = min(expected.get(key, np.inf), total)
    assert found.keys() == expected.keys()
    for key, total in expected.items():
        assert abs(found[key] - total) <= 1e-9
    assert np.all(np.diff(pair[: 2 * used : 2]) >= 0)


def test_the_second_value_is_added_up_along_the_way_that_costs_least():
    roads = road_network([Link(0, 1), Link(1, 2), Link(0, 2)], 3, 0)
    graph = Graph(
        read_only(roads.ptr), read_only(roads.head), read_only(np.array([1.0, 5.0, 1.0])),
        read_only(np.array([10.0, 70.0, 30.0])),
    )  # fmt: skip
    assert roads.head.tolist() == [1, 2, 2]
    leaving = Leaving(np.array([0, 1]), np.zeros(1, np.int32), np.array([0.5]), np.array([4.0]))
    arriving = Arriving(np.array([0, 0, 0, 1]), np.zeros(1, np.int64), np.array([0.25]), np.array([3.0]))
    pair, value, used = ways_to_places(0, 1, 100.0, graph, leaving, arriving, 1)
    assert (used, pair[:2].tolist(), value[:2].tolist()) == (1, [0, 0], [0.5 + 2.0 + 0.25, 4.0 + 40.0 + 3.0])
