"""Logit loads against all efficient routes listed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels import stochastic as kernels
from itas_mobility.kernels.stars import both_stars
from oracles.road_networks import random_grid
from oracles.route_choice import Enumeration, ranks, routes

seeds = st.integers(0, 10**6)
N_BLOCKS = 3
THETA = 0.2


class Case:
    """Efficient links of a small grid."""

    def __init__(self, seed, connectors):
        self.roads, self.trips = random_grid(seed, side=3, n_zones=4, connectors=connectors)
        roads = self.roads
        rng = np.random.default_rng(seed)
        self.free = rng.integers(1, 5, roads.n_links).astype(float)  # with ties
        demand = self.trips.trips / self.trips.duration_h
        np.fill_diagonal(demand, 0.0)
        origin, destination = np.nonzero(demand)
        ptr = np.searchsorted(origin, np.arange(5)).astype(np.int64)
        zones = np.arange(4, dtype=np.int32)
        self.pairs = kernels.OriginPairs(zones, ptr, destination.astype(np.int32), demand[origin, destination])
        self.stars = both_stars(roads.first_through, roads.ptr, roads.tail, roads.head)
        self.level, order = np.empty((2, 4, roads.n_nodes), np.int32)
        n_useful, n_efficient = np.zeros(4, np.int64), np.zeros(4, np.int64)
        kernels.find_levels(self.stars, self.pairs, self.free, N_BLOCKS, self.level, order, n_useful, n_efficient)
        self.start = np.concatenate(([0], np.cumsum(n_efficient))).astype(np.int64)
        self.link = np.empty(self.start[-1], np.int32)
        kernels.list_links(self.stars, zones, self.level, order, n_useful, self.start, N_BLOCKS, self.link)
        self.share = np.empty(self.link.size)

    def load(self, cost):
        blocks, satisfaction = np.empty((N_BLOCKS, self.roads.n_links)), np.empty(N_BLOCKS)
        kernels.load(self.stars, self.pairs, self.start, self.link, THETA, cost, self.share, blocks, satisfaction)
        return blocks.sum(axis=0), satisfaction.sum()


@settings(max_examples=10)
@given(seeds, st.booleans())
def test_levels_and_links_are_those_of_all_routes(seed, connectors):
    case = Case(seed, connectors)
    for k in range(4):
        rank = ranks(case.roads, case.free, k)
        order = {level: node for node, level in enumerate(case.level[k].tolist()) if level >= 0}
        listed = [rank[order[level]] for level in sorted(order)]
        assert listed == sorted(set(listed))
        ends = case.pairs.destination[case.pairs.ptr[k] : case.pairs.ptr[k + 1]].tolist()
        used = {row for end in ends for route in routes(case.roads, case.free, k, end) for row in route}
        assert set(case.link[case.start[k] : case.start[k + 1]].tolist()) == used


@settings(max_examples=10)
@given(seeds, st.booleans())
def test_loads_are_those_of_all_routes(seed, connectors):
    case = Case(seed, connectors)
    cost = np.random.default_rng(seed).uniform(1, 9, case.roads.n_links)
    listed = Enumeration(case.roads, case.trips, case.free, THETA)
    volume, satisfaction = case.load(cost)
    np.testing.assert_allclose(volume, listed.load(cost), rtol=1e-10, atol=1e-10)
    expected = sum(
        amount * np.log(np.exp(-THETA * (use @ cost)).sum())
        for amount, use in zip(listed.demand, listed.use, strict=True)
    )
    assert satisfaction == pytest.approx(expected, rel=1e-10)


@settings(max_examples=10)
@given(seeds, st.booleans())
def test_change_is_the_derivative_of_the_load(seed, connectors):
    case = Case(seed, connectors)
    rng = np.random.default_rng(seed)
    cost, direction = rng.uniform(1, 9, case.roads.n_links), rng.normal(size=case.roads.n_links)
    after, before = (case.load(cost + step * direction)[0] for step in (1e-5, -1e-5))
    case.load(cost)
    blocks = np.empty((N_BLOCKS, case.roads.n_links))
    kernels.load_change(case.stars, case.pairs, case.start, case.link, THETA, case.share, direction, blocks)
    scale = case.pairs.demand.sum()
    np.testing.assert_allclose(blocks.sum(axis=0), (after - before) / 2e-5, atol=1e-7 * scale)
