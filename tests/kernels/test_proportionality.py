"""Loads by weights, their covariances and the choice of unknowns against all paths listed and numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels import proportionality as kernels
from itas_mobility.kernels.bush import LinkLists
from oracles.bush_paths import paths_to, random_bush

seeds = st.integers(0, 10**6)
N, M = 6, 10


class Case:
    """Two bushes over parts of the same links."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.ends = random_bush(self.rng, N, M)
        tree = [next(row for row, end in enumerate(self.ends) if end[1] == node) for node in range(1, N)]
        part = sorted({*tree, *self.rng.choice(M, 3, replace=False).tolist()}, key=lambda row: self.ends[row][1])
        self.rows = [list(range(M)), part]
        self.tail = np.array([a for a, _ in self.ends], np.int32)
        self.head = np.array([b for _, b in self.ends], np.int32)
        self.link = np.array([*self.rows[0], *self.rows[1]], np.int32)
        self.ptr = np.array([0, M, M + len(part)], np.int64)
        self.root = np.zeros(2, np.int32)
        self.demand = self.rng.uniform(1, 9, (2, N))
        self.demand[:, 0] = 0.0
        self.ways = kernels.Ways(
            self.ptr, np.array([0, N, 2 * N], np.int64), self.link, self.tail[self.link], self.head[self.link]
        )

    def paths(self):
        """Demand and paths, as rows of the links, of each pair."""
        for k, rows in enumerate(self.rows):
            ends = [self.ends[row] for row in rows]
            for node in range(1, N):
                yield k, node, self.demand[k, node], [[rows[i] for i in path] for path in paths_to(node, ends)]

    def split(self, log_weight):
        share, through = np.empty(self.link.size), np.empty(2 * N)
        volume = np.empty(M)
        value = kernels.split(self.ways, self.demand.ravel(), log_weight, share, through, volume)
        return share, through, volume, value


@settings(max_examples=20)
@given(seeds)
def test_paths_carry_in_proportion_to_their_weights(seed):
    case = Case(seed)
    log_weight = case.rng.normal(size=M)
    _, _, volume, value = case.split(log_weight)
    expected, expected_value = np.zeros(M), 0.0
    for _, _, amount, paths in case.paths():
        weight = np.array([np.exp(log_weight[path].sum()) for path in paths])
        expected_value += amount * np.log(weight.sum())
        for path, w in zip(paths, weight, strict=True):
            expected[path] += amount * w / weight.sum()
    np.testing.assert_allclose(volume, expected, rtol=1e-11)
    assert value == pytest.approx(expected_value, rel=1e-11, abs=1e-11)


@settings(max_examples=20)
@given(seeds)
def test_curvature_is_the_covariance_of_passages(seed):
    case = Case(seed)
    log_weight = case.rng.normal(size=M)
    share, through, _, _ = case.split(log_weight)
    links = np.sort(case.rng.choice(M, 6, replace=False))
    number = np.full(M, -1, np.int32)
    number[links] = np.arange(6)
    matrix = np.empty((6, 6))
    kernels.curvature(case.ways, share, through, number, matrix)
    expected = np.zeros((6, 6))
    for _, _, amount, paths in case.paths():
        weight = np.array([np.exp(log_weight[path].sum()) for path in paths])
        probability = weight / weight.sum()
        passes = np.array([np.isin(links, path) for path in paths], dtype=float)
        mean = probability @ passes
        expected += amount * ((passes.T * probability) @ passes - np.outer(mean, mean))
    upper = np.triu_indices(6)
    np.testing.assert_allclose(matrix[upper], expected[upper], atol=1e-10)


@settings(max_examples=20)
@given(seeds)
def test_choices_are_links_that_some_paths_to_a_node_take_and_others_do_not(seed):
    case = Case(seed)
    found = np.zeros(M, np.bool_)
    kernels.mark_choices(case.ptr, case.link, case.tail, case.head, case.root, found)
    expected = np.zeros(M, np.bool_)
    for _, _, _, paths in case.paths():
        for row in range(M):
            expected[row] |= 0 < sum(row in path for path in paths) < len(paths)
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=20)
@given(seeds)
def test_contracted_bushes_load_the_same_volumes(seed):
    case = Case(seed)
    kept = case.rng.random(M) < 0.4
    pair_ptr = np.array([0, N - 1, 2 * N - 2], np.int64)
    destination = np.tile(np.arange(1, N, dtype=np.int32), 2)
    demand = case.demand[:, 1:].ravel().copy()
    n_places, n_nodes = np.zeros(2, np.int64), np.zeros(2, np.int64)

    def contract(ways, node_demand):
        kernels.contract(
            case.ptr, case.link, case.tail, case.head, case.root, pair_ptr, destination, demand, kept, n_places,
            n_nodes, ways, node_demand,
        )  # fmt: skip

    nothing, none = np.zeros(3, np.int64), np.empty(0, np.int32)
    contract(kernels.Ways(nothing, nothing, none, none, none), np.empty(0))
    ptr, node_ptr = (np.concatenate(([0], np.cumsum(sizes))) for sizes in (n_places, n_nodes))
    ways = kernels.Ways(ptr, node_ptr, *(np.empty(ptr[-1], np.int32) for _ in range(3)))
    node_demand = np.empty(node_ptr[-1])
    contract(ways, node_demand)
    assert node_demand.sum() == pytest.approx(demand.sum())
    for k, rows in enumerate(case.rows):
        heads = case.head[rows].tolist()
        own = ways.link[ptr[k] : ptr[k + 1]].tolist()
        assert own == [row for row in rows if kept[row] or heads.count(case.head[row]) > 1]
    # links that are not kept have the weight 1, so that it does not matter where they are left out
    log_weight = np.where(kept, case.rng.normal(size=M), 0.0)
    volume = np.empty(M)
    kernels.split(ways, node_demand, log_weight, np.empty(ptr[-1]), np.empty(node_ptr[-1]), volume)
    shared = np.array([all(row in ways.link[ptr[k] : ptr[k + 1]] for k in (0, 1)) for row in range(M)])
    np.testing.assert_allclose(volume[shared], case.split(log_weight)[2][shared], rtol=1e-10)


@settings(max_examples=20)
@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_independent_rows_and_the_solution_of_their_system(seed, n, rank):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(n, min(rank, n)))
    whole = factor @ factor.T
    chosen = np.zeros(n, np.bool_)
    kernels.independent(np.triu(whole), np.full(n, 1e-9), chosen)
    assert chosen.sum() == np.linalg.matrix_rank(whole, tol=1e-9)
    part = whole[np.ix_(chosen, chosen)]
    right = rng.normal(size=len(part))
    found = right.copy()
    kernels.solve(np.triu(part), found)
    np.testing.assert_allclose(part @ found, right, atol=1e-6 * max(1.0, np.abs(found).max()))


def test_new_bushes_are_the_ways_that_carry_and_then_what_they_do_not_reach():
    head = np.array([1, 2, 3, 3], np.int32)
    earlier = LinkLists(np.array([0, 4]), np.array([0, 1, 2, 3], np.int32), np.ones(4))
    ways = LinkLists(np.array([0, 2]), np.array([0, 3], np.int32), np.array([5.0, 7.0]))
    found = LinkLists(np.zeros(2, np.int64), np.empty(6, np.int32), np.empty(6))
    kernels.write_bushes(earlier, head, np.zeros(1, np.int32), ways, found)
    assert found.ptr.tolist() == [0, 3]
    assert found.link[:3].tolist() == [0, 3, 1]
    assert found.flow[:3].tolist() == [5.0, 7.0, 0.0]
