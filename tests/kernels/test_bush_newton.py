"""Newton's method for all bushes against networkx (forests), dense linear algebra and scipy's line search."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.kernels import bush_newton as kernels
from oracles.placed_bushes import begun, rows_of

seeds = st.integers(0, 10**6)


def mixed(seed):
    """Bushes in which trips take several ways: the flows of each merge are spread over its ways at random."""
    roads, arrays = begun(seed)
    flow = arrays._bushes.placed.flow
    flow[:] = np.maximum(flow, np.random.default_rng(seed).uniform(1, 9, flow.size))
    arrays.reload()
    stiffness = np.maximum(arrays.slope, 1e-9)
    return roads, arrays, stiffness


def used_of(arrays, stiffness):
    held = np.zeros(arrays._bushes.placed.flow.size, np.bool_)
    by_stiffness = np.argsort(stiffness, kind="stable")
    return kernels._used_links(arrays._bushes, arrays._empty, held, stiffness, by_stiffness)


@settings(max_examples=8)
@given(seeds)
def test_forests_are_of_least_slope_and_circles_are_known(seed):
    roads, arrays, stiffness = mixed(seed)
    bushes, placed = arrays._bushes, arrays._bushes.placed
    ptr, used = used_of(arrays, stiffness)
    n_places = roads.n_nodes
    tree_ptr, out_ptr = np.empty((2, ptr.size), np.int64)
    tree, out = np.empty((2, used.size), np.int64)
    found = kernels.Forests(tree_ptr, tree, np.empty(used.size, np.int32), out_ptr, out, np.empty(used.size))
    unions = kernels.Unions(np.empty(n_places, np.int32), *np.empty((3, n_places), np.int64))
    kernels.forests(ptr, used, placed, stiffness, found, unions)
    for k in range(len(bushes.root)):
        own = used[ptr[k] : ptr[k + 1]].tolist()
        wanted = [e for e in rows_of(bushes, k, core=True) if placed.flow[e] > arrays._empty[k]]
        assert sorted(own) == wanted
        slope = stiffness[placed.link[own]]
        assert (np.diff(slope) >= 0).all()
        graph = nx.MultiGraph()
        graph.add_edges_from(
            (int(placed.tail_place[e]), int(placed.head_place[e]), e, {"weight": stiffness[placed.link[e]]})
            for e in own
        )
        forest = nx.Graph()
        inner = tree[tree_ptr[k] : tree_ptr[k + 1]].tolist()
        for e in inner:
            forest.add_edge(int(placed.tail_place[e]), int(placed.head_place[e]), weight=stiffness[placed.link[e]])
        assert nx.is_forest(forest) if len(forest) else not own
        least = sum(d["weight"] for *_, d in nx.minimum_spanning_edges(graph, data=True)) if own else 0.0
        assert stiffness[placed.link[inner]].sum() == pytest.approx(least, rel=1e-12)
        outer = out[out_ptr[k] : out_ptr[k + 1]].tolist()
        assert sorted([*inner, *outer]) == wanted
        for j, e in zip(range(out_ptr[k], out_ptr[k + 1]), outer, strict=True):
            ends = int(placed.tail_place[e]), int(placed.head_place[e])
            rest = nx.shortest_path_length(forest, *ends, weight="weight")
            assert found.rest[j] == pytest.approx(rest, rel=1e-12)


@settings(max_examples=8)
@given(seeds)
def test_a_step_keeps_the_demand_and_goes_where_the_objective_is_least(seed):
    roads, arrays, stiffness = mixed(seed)
    bushes, placed = arrays._bushes, arrays._bushes.placed
    ptr, used = used_of(arrays, stiffness)
    x, change = np.zeros(placed.flow.size), np.zeros(roads.n_links)
    descent = kernels._direction(roads.n_nodes, bushes, arrays.cost, ptr, used, stiffness, x, change)
    assert descent < 0.0
    # circles only: as much leaves each place as arrives, and links have the sum of their bushes
    for k in range(len(bushes.root)):
        own = list(rows_of(bushes, k))
        net = np.bincount(placed.tail_place[own], x[own], roads.n_nodes + 1)
        net -= np.bincount(placed.head_place[own], x[own], roads.n_nodes + 1)
        np.testing.assert_allclose(net, 0.0, atol=1e-7 * np.abs(x).max())
    inside = [e for k in range(len(bushes.root)) for e in rows_of(bushes, k)]
    np.testing.assert_allclose(
        change, np.bincount(placed.link[inside], x[inside], roads.n_links), atol=1e-9 * np.abs(x).max()
    )
    cost = TravelCost(roads)
    assert descent == pytest.approx(float(change @ arrays.cost[0]), rel=1e-6)
    furthest = kernels.furthest_step(used, placed.flow, x, 2.0)
    falling = [placed.flow[e] / -x[e] for e in used if x[e] < 0]
    assert furthest == pytest.approx(min([2.0, *falling]), rel=1e-12)
    begin = arrays.volume.copy()

    def objective(step):
        return cost.integral(np.maximum(begin + step * change, 0.0))

    step = kernels.search(arrays._delay, arrays._links, change, descent, furthest, begin, np.empty(roads.n_links))
    best = minimize_scalar(objective, bounds=(0.0, furthest), method="bounded", options={"xatol": 1e-9})
    assert 0.0 < step <= furthest
    gained, possible = objective(0.0) - objective(step), objective(0.0) - best.fun
    assert gained >= 0.99 * possible - 1e-9 * abs(objective(0.0))
    np.testing.assert_allclose(arrays.volume, np.maximum(begin + step * change, 0.0), rtol=1e-12, atol=1e-9)


@settings(max_examples=8)
@given(seeds)
def test_newtons_step_lowers_the_objective(seed):
    roads, arrays, stiffness = mixed(seed)
    cost = TravelCost(roads)
    before = cost.integral(arrays.volume)
    step = kernels.newton_step(
        roads.n_nodes, arrays._delay, arrays._bushes, arrays._empty, arrays._links, stiffness,
        np.argsort(stiffness, kind="stable"), 20,
    )  # fmt: skip
    assert 0.0 < step <= 2.0
    assert cost.integral(arrays.volume) < before
    assert (arrays._bushes.placed.flow >= 0.0).all()
