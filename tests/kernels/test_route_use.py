"""What bushes say about trips, against all their paths listed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels import route_use as kernels
from oracles.bush_paths import flows_of, paths_to, random_bush, random_shares
from oracles.road_networks import Link, road_network

seeds = st.integers(0, 10**6)
N = 6


class Case:
    """Two bushes, of two classes, from the same root over parts of the same network."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.ends = random_bush(rng, N, 10)
        self.roads = road_network([Link(a, b) for a, b in self.ends], N, N)
        row = np.empty(len(self.ends), np.int32)  # row of each end; `road_network` tells the order it took
        row[self.roads.link_key] = np.arange(len(self.ends))
        self.row = row
        self.share = [random_shares(rng, self.ends) for _ in range(2)]
        demand = [{node: float(rng.uniform(1, 9)) for node in range(1, N)} for _ in range(2)]
        self.demand = demand
        flow = np.concatenate([flows_of(s, self.ends, d) for s, d in zip(self.share, demand, strict=True)])
        size = len(self.ends)
        self.bushes = kernels.RouteUse(
            root=np.zeros(2, np.int32),
            class_row=np.array([0, 1], np.uint8),
            ptr=np.array([0, size, 2 * size], np.int64),
            link=np.concatenate([row, row]),
            flow=flow,
            share=np.concatenate(self.share),
            pair_ptr=np.array([0, N - 1, 2 * N - 2], np.int64),
            destination=np.tile(np.arange(1, N, dtype=np.int32), 2),
            demand=np.array([amount for one in demand for amount in one.values()]),
        )


@settings(max_examples=20)
@given(seeds)
def test_shares(seed):
    case = Case(seed)
    share = np.empty_like(case.bushes.share)
    kernels.shares(case.bushes.ptr, case.bushes.link, case.bushes.flow, case.roads.head, share)
    np.testing.assert_allclose(share, case.bushes.share, rtol=1e-9)


@settings(max_examples=20)
@given(seeds)
def test_means_over_all_paths(seed):
    case = Case(seed)
    value = np.random.default_rng(seed).uniform(0, 9, (len(case.ends), 2))
    along = np.empty((2 * N - 2, 2))
    kernels.means(case.bushes, case.roads.tail, case.roads.head, value, np.empty((N, 2)), along)
    for k in range(2):
        for node in range(1, N):
            expected = sum(
                np.prod(case.share[k][path]) * value[case.row[path]].sum(axis=0) for path in paths_to(node, case.ends)
            )
            np.testing.assert_allclose(along[k * (N - 1) + node - 1], expected, rtol=1e-10)


@settings(max_examples=20)
@given(seeds)
def test_trips_that_pass_marked_links(seed):
    case = Case(seed)
    rng = np.random.default_rng(seed)
    mark = np.zeros(len(case.ends), np.int64)
    mark[rng.choice(len(case.ends), 3, replace=False)] = [1, 2, 2]
    wanted = np.array([False, False, False, True])  # both bits, in whatever order
    trips, volume = np.zeros((2, N, N)), np.zeros((2, len(case.ends)))
    kernels.passing(case.bushes, case.roads.tail, case.roads.head, mark, wanted, trips, volume)
    expected_trips, expected = np.zeros_like(trips), np.zeros_like(volume)
    for k in range(2):
        for node, amount in case.demand[k].items():
            for path in paths_to(node, case.ends):
                rows = case.row[path]
                if np.bitwise_or.reduce(mark[rows], initial=0) == 3:
                    expected_trips[k, 0, node] += amount * np.prod(case.share[k][path])
                    expected[k, rows] += amount * np.prod(case.share[k][path])
    np.testing.assert_allclose(trips, expected_trips, atol=1e-10)
    np.testing.assert_allclose(volume, expected, atol=1e-10)


@settings(max_examples=20)
@given(seeds)
def test_movements_over_links_within_junctions(seed):
    case = Case(seed)
    within = np.random.default_rng(seed).random(len(case.ends)) < 0.3
    outer = np.flatnonzero(~within)
    to_ptr = np.cumsum([0, *(0 if inside else len(outer) for inside in within)]).astype(np.int64)
    to_link = np.tile(outer, int((~within).sum())).astype(np.int32)
    volume = np.zeros((2, to_link.size))
    kernels.movements(case.bushes, case.roads.tail, case.roads.head, within, to_ptr, to_link, volume)
    expected = np.zeros((2, within.size, within.size))
    for k in range(2):
        for node, amount in case.demand[k].items():
            for path in paths_to(node, case.ends):
                on_roads = [row for row in case.row[path] if not within[row]]
                for a, b in pairwise(on_roads):
                    expected[k, a, b] += amount * np.prod(case.share[k][path])
    for k in range(2):
        found = volume[k].reshape(-1, len(outer))
        np.testing.assert_allclose(found, expected[k][np.ix_(outer, outer)], atol=1e-9)
    assert volume.sum() == pytest.approx(expected.sum())
