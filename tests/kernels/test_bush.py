"""Flow within bushes against slow walks over dictionaries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.kernels import bush as kernels
from oracles.placed_bushes import begun, labels, rows_of

seeds = st.integers(0, 10**6)


def reloaded(bushes, demand, k):
    """Flow on each link of bush k, by the shares in which flow came into each node before."""
    placed = bushes.placed
    through = {}
    for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
        place = int(demand.place[pair])
        through[place] = through.get(place, 0.0) + demand.amount[pair]
    flow = {}
    for to in sorted({int(placed.head_place[e]) for e in rows_of(bushes, k)}, reverse=True):
        into = [e for e in rows_of(bushes, k) if placed.head_place[e] == to]
        before = np.array([placed.flow[e] for e in into])
        share = before / before.sum() if before.sum() > 0 else np.eye(len(into))[0]
        for e, part in zip(into, share, strict=True):
            flow[e] = part * through.get(to, 0.0)
            through[int(placed.tail_place[e])] = through.get(int(placed.tail_place[e]), 0.0) + flow[e]
    return flow


def check_flows(roads, arrays):
    """Flows carry the demand, and add up to the volumes."""
    bushes, demand = arrays._bushes, arrays._demand
    volume = np.zeros(roads.n_links)
    for k in range(len(bushes.root)):
        net = np.zeros(roads.n_nodes)
        for e in rows_of(bushes, k):
            row, flow = bushes.placed.link[e], bushes.placed.flow[e]
            assert flow >= 0.0
            volume[row] += flow
            net[roads.tail[row]] += flow
            net[roads.head[row]] -= flow
        pairs = slice(demand.pair_ptr[k], demand.pair_ptr[k + 1])
        np.subtract.at(net, bushes.root[k], demand.amount[pairs].sum())
        np.add.at(net, demand.destination[pairs], demand.amount[pairs])
        np.testing.assert_allclose(net, 0.0, atol=1e-8)
    np.testing.assert_allclose(arrays.volume, volume, atol=1e-7)


@settings(max_examples=8)
@given(seeds, st.booleans())
def test_reload_keeps_shares_and_carries_the_demand(seed, connectors):
    roads, arrays = begun(seed, connectors=connectors)
    bushes, demand = arrays._bushes, arrays._demand
    rng = np.random.default_rng(seed)
    bushes.placed.flow[:] = rng.uniform(0.1, 9, bushes.placed.flow.size) * (rng.random(bushes.placed.flow.size) < 0.8)
    expected = {e: flow for k in range(len(bushes.root)) for e, flow in reloaded(bushes, demand, k).items()}
    n_blocks = 2
    blocks = np.empty((1, n_blocks, roads.n_links))
    for thread in range(2):
        kernels.reload(thread, 2, roads.n_nodes, bushes, demand, arrays._class_ptr, blocks)
    for e, flow in expected.items():
        assert bushes.placed.flow[e] == pytest.approx(flow, rel=1e-10, abs=1e-9)
    volume = np.bincount([bushes.placed.link[e] for e in expected], list(expected.values()), roads.n_links)
    np.testing.assert_allclose(blocks.sum(axis=(0, 1)), volume, rtol=1e-10, atol=1e-9)
    again = bushes.placed.flow.copy()
    for thread in range(2):
        kernels.reload(thread, 2, roads.n_nodes, bushes, demand, arrays._class_ptr, blocks)
    np.testing.assert_array_equal(bushes.placed.flow, again)


@settings(max_examples=8)
@given(seeds)
def test_update_is_value_and_slope(seed):
    roads, arrays = begun(seed, grown=False)
    cost = TravelCost(roads)
    arrays.volume[:] = np.random.default_rng(seed).uniform(0, 900, roads.n_links)
    arrays.cost[:], arrays.slope[:] = np.nan, np.nan
    half = roads.n_links // 2
    kernels.update_some(0, half, arrays._delay, arrays._links)
    assert np.isnan(arrays.cost[0, half:]).all()
    kernels.update_some(half, roads.n_links, arrays._delay, arrays._links)
    np.testing.assert_allclose(arrays.cost[0], cost.value(arrays.volume), rtol=1e-15)
    np.testing.assert_allclose(arrays.slope, cost.slope(arrays.volume), rtol=1e-15)


@settings(max_examples=8)
@given(seeds, st.booleans())
def test_balanced_bushes_have_used_ways_of_equal_cost(seed, connectors):
    roads, arrays = begun(seed, connectors=connectors)
    before = TravelCost(roads).integral(arrays.volume)
    n = len(arrays._root)
    empty = np.full(n, 1e-9)
    excess = np.zeros(n)
    shifts, done = kernels.balance(
        roads.n_nodes, arrays._delay, arrays._bushes, empty, arrays._links, excess, 0, 2000, 1e-7, 0.0
    )
    assert done
    check_flows(roads, arrays)
    cost = TravelCost(roads)
    np.testing.assert_allclose(arrays.cost[0], cost.value(arrays.volume), rtol=1e-9)
    after = cost.integral(arrays.volume)
    assert after <= before * (1 + 1e-12)
    assert (after < before) == (shifts > 0)
    bushes = arrays._bushes
    for k in range(n):
        least, most = labels(bushes, k, arrays.cost[0], 1e-3)
        for e in rows_of(bushes, k):
            tail, head = int(bushes.placed.tail_place[e]), int(bushes.placed.head_place[e])
            if bushes.placed.flow[e] > 1.0:
                longer = least[tail] + arrays.cost[0, bushes.placed.link[e]] - least[head]
                assert longer <= 1e-4
        assert all(most[place] >= least[place] for place in least)
