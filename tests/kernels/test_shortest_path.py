"""Shortest trees against Bellman and Ford's method."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.road import RoadNetwork
from itas_mobility.kernels.shortest_path import shortest_tree
from oracles.road_networks import Link, road_network
from oracles.shortest_paths import distances


def random_network(rng: np.random.Generator) -> RoadNetwork:
    n = int(rng.integers(3, 14))
    m = int(rng.integers(2, 4 * n))
    ends = rng.integers(0, n, (m, 2)).tolist()  # with loops and parallel links
    return road_network([Link(a, b) for a, b in ends], n, 0, int(rng.integers(0, n)))


def random_cost(rng: np.random.Generator, m: int) -> np.ndarray:
    return rng.integers(0, 6, m) * rng.choice([0.0, 1.0, 0.37], m)  # many ties and zeros


class Tree:
    """A tree with its work space."""

    def __init__(self, roads: RoadNetwork, source: int) -> None:
        n = roads.n_nodes
        self.roads, self.source = roads, source
        self.dist = np.empty(n)
        self.pred, self.heap, self.place, self.order = (np.empty(n, np.int32) for _ in range(4))
        self.settled = 0

    def grow(self, cost: np.ndarray) -> None:
        r = self.roads
        self.settled = shortest_tree(
            self.source, r.first_through, r.ptr, r.head, cost, self.dist, self.pred, self.heap, self.place, self.order
        )

    def check(self, cost: np.ndarray) -> None:
        r = self.roads
        np.testing.assert_allclose(self.dist, distances(r, cost, self.source), rtol=1e-12)
        reached = self.order[: self.settled].tolist()
        assert sorted(reached) == np.flatnonzero(np.isfinite(self.dist)).tolist()
        assert reached[0] == self.source
        rank = {node: k for k, node in enumerate(reached)}
        for node in reached[1:]:
            link = self.pred[node]
            assert r.head[link] == node
            assert rank[int(r.tail[link])] < rank[node]
            assert self.dist[node] == self.dist[r.tail[link]] + cost[link]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_tree_against_bellman_and_ford(seed):
    rng = np.random.default_rng(seed)
    roads = random_network(rng)
    tree = Tree(roads, int(rng.integers(roads.n_nodes)))
    cost = random_cost(rng, roads.n_links)
    tree.grow(cost)
    tree.check(cost)
