"""All-or-nothing loads and skims against Bellman and Ford, and against what any loading on shortest paths must meet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.hierarchy import hierarchy_of, sweeps, weights
from itas_mobility.kernels import loading as kernels
from itas_mobility.kernels.hierarchy import LANES, add_along
from oracles.road_networks import random_grid
from oracles.shortest_paths import distances

seeds = st.integers(0, 10**6)
N_PARTS = 8


def case(seed, connectors, *, closed=0.1):
    """A network with costs that differ, and demand of all zones, some of which no path reaches."""
    roads, trips = random_grid(seed, n_zones=6, connectors=connectors)
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1, 9, roads.n_links)
    cost[rng.random(roads.n_links) < closed] = np.inf
    amount = trips.trips.copy()
    np.fill_diagonal(amount, 0.0)
    origin, destination = np.nonzero(amount)
    ptr = np.searchsorted(origin, np.arange(7)).astype(np.int64)
    return roads, cost, amount, kernels.Demand(ptr, destination.astype(np.int32), amount[origin, destination])


def check_load(roads, cost, amount, volume, sums):
    """Cost and lost demand are those of Bellman and Ford; volumes lead all else from origins to destinations."""
    least = np.stack([distances(roads, cost, zone) for zone in range(6)])[:, :6]
    is_lost = np.isinf(least) & (amount > 0)
    there = np.where(is_lost, 0.0, amount)
    paid = (there[there > 0] * least[there > 0]).sum()
    assert sums[kernels.PAID] == pytest.approx(paid, rel=1e-12)
    assert sums[kernels.LOST] == pytest.approx(amount[is_lost].sum())
    used = volume > 0
    # with these volumes all links together cost no more than the shortest paths do: nothing strays from them
    assert (volume[used] * cost[used]).sum() == pytest.approx(paid, rel=1e-12)
    net = np.bincount(roads.tail, volume, roads.n_nodes) - np.bincount(roads.head, volume, roads.n_nodes)
    wanted = np.zeros(roads.n_nodes)
    wanted[:6] = there.sum(axis=1) - there.sum(axis=0)
    np.testing.assert_allclose(net, wanted, atol=1e-9)


@settings(max_examples=12)
@given(seeds, st.booleans())
def test_trees_load_shortest_paths(seed, connectors):
    roads, cost, amount, demand = case(seed, connectors)
    volume, sums = np.empty(roads.n_links), np.empty(2)
    kernels.load_trees(
        np.arange(6, dtype=np.int32), demand, roads.first_through, roads.ptr, roads.tail, roads.head, cost, volume, sums
    )
    check_load(roads, cost, amount, volume, sums)


@settings(max_examples=12)
@given(seeds, st.booleans())
def test_parts_load_shortest_paths(seed, connectors):
    roads, cost, amount, demand = case(seed, connectors)
    h = hierarchy_of(roads)
    w = weights(h, cost)
    zones = np.arange(6, dtype=np.int32)
    over = sweeps(h, zones, zones)
    shape = (h.node.size, LANES)
    space = kernels.PathSpace(np.empty(shape), np.empty(shape, np.int32), np.empty(shape, np.int32))
    through = np.zeros(shape)
    volumes = kernels.PartVolumes(
        *(np.empty((N_PARTS, h.up.size)) for _ in range(2)), np.empty((N_PARTS, roads.n_links))
    )
    sums = np.empty((N_PARTS, 2))
    for part in range(N_PARTS):
        own = kernels.PartVolumes(*(rows[part] for rows in volumes))
        kernels.load_part(h, w, over, over.source, part, N_PARTS, demand, space, through, own, sums[part])
        assert not through.any()
    volume = np.empty(roads.n_links)
    kernels.add_parts(h, w, volumes, volume)
    check_load(roads, cost, amount, volume, sums.sum(axis=0))


@settings(max_examples=12)
@given(seeds, st.booleans())
def test_skims_are_least_costs_and_attributes_follow_the_same_path(seed, connectors):
    roads, cost, _, _ = case(seed, connectors)
    h = hierarchy_of(roads)
    w = weights(h, cost)
    zones = np.arange(6, dtype=np.int32)
    over = sweeps(h, zones, zones)
    shape = (h.node.size, LANES)
    space = kernels.PathSpace(np.empty(shape), np.empty(shape, np.int32), np.empty(shape, np.int32))
    least = np.stack([distances(roads, cost, zone) for zone in range(6)])[:, :6]
    found = np.empty((6, 6))
    kernels.skim_costs(h, w, over, 0, 1, space.label, space.below, found)
    np.testing.assert_allclose(found, least, rtol=1e-12)
    finite = np.where(np.isfinite(cost), cost, 0.0)
    of_link = np.stack([finite, 2.0 * finite + 0.0])
    up, down = np.empty((2, h.up.size)), np.empty((2, h.up.size))
    for k in range(2):
        add_along(h, w, of_link[k], up[k], down[k])
    along = np.empty((2, 6, 6))
    attributes = kernels.Attributes(of_link, up, down)
    kernels.skim_along(h, w, over, 0, 1, attributes, space, np.empty(shape), found, along)
    np.testing.assert_allclose(found, least, rtol=1e-12)
    # paths are unique at these costs: the cost added up along them is their cost
    np.testing.assert_allclose(along[0], least, rtol=1e-12)
    np.testing.assert_allclose(along[1], 2.0 * least, rtol=1e-12)


@settings(max_examples=12)
@given(seeds)
def test_climbs_are_all_parents_of_where_sources_begin(seed):
    roads, _, _, _ = case(seed, connectors=True)
    h = hierarchy_of(roads)
    zones = np.arange(6, dtype=np.int32)
    ptr, nodes = kernels.climbs(h, zones)
    wanted = {int(h.rank[head]) for tail, head in zip(roads.tail, roads.head, strict=True) if tail < 6}
    lowest = [min(int(h.rank[roads.head[k]]) for k in range(roads.ptr[z], roads.ptr[z + 1])) for z in range(6)]
    assert kernels.lowest_begin(h, zones).tolist() == lowest
    for node in list(wanted):
        while h.parent[node] >= 0:
            node = int(h.parent[node])
            wanted.add(node)
    assert nodes[: ptr[1]].tolist() == sorted(wanted)


def test_blocks_are_added_in_their_order():
    volume, out = np.random.default_rng(1).uniform(0, 1, (5, 7)), np.empty(7)
    kernels.add_blocks(volume, out)
    expected = volume[0].copy()
    for row in volume[1:]:
        expected += row
    np.testing.assert_array_equal(out, expected)
