"""Nested dissection, the contraction hierarchy and its sweeps against scipy, shortest trees and Bellman and Ford."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand import hierarchy as kept
from itas_mobility.demand import skim
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.hierarchy import hierarchy_of, topology_digest, weights
from itas_mobility.demand.threads import in_threads
from itas_mobility.kernels.dissection import nested_dissection
from itas_mobility.kernels.hierarchy import LANES, Labels, add_along
from itas_mobility.network.synthetic import grid
from oracles.road_networks import Link, random_grid, road_network
from oracles.shortest_paths import distances

seeds = st.integers(0, 2**32 - 1)


def random_network(rng: np.random.Generator) -> RoadNetwork:
    """Loops, parallel links, several parts, centroids or none, as many zones as there are nodes or few."""
    n = int(rng.integers(2, 40))
    ends = rng.integers(0, n, (int(rng.integers(1, 4 * n)), 2)).tolist()
    zones = int(rng.integers(1, n + 1))
    return road_network([Link(a, b) for a, b in ends], n, zones, int(rng.choice([0, zones, rng.integers(0, n + 1)])))


def random_cost(rng: np.random.Generator, m: int) -> np.ndarray:
    """Many ties, zeros and closed links."""
    cost = rng.integers(0, 6, m) * rng.choice([0.0, 1.0, 0.37], m)
    cost[rng.random(m) < 0.1] = np.inf
    return cost


def labels(roads: RoadNetwork, cost: np.ndarray, source: np.ndarray) -> np.ndarray:
    h = hierarchy_of(roads)
    found = Labels(h, weights(h, cost))
    found.find(source)
    return found.of_row[found.row, : source.size].T


# --- order and contraction --------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(seeds)
def test_every_node_stands_in_the_order_once(seed):
    roads = random_network(np.random.default_rng(seed))
    order = nested_dissection(roads.n_nodes, roads.first_through, roads.tail, roads.head)
    assert np.sort(order).tolist() == list(range(roads.n_nodes - roads.first_through))


@settings(max_examples=40)
@given(seeds)
def test_arcs_are_those_that_contraction_leaves(seed):
    roads = random_network(np.random.default_rng(seed))
    h = hierarchy_of(roads)
    near: list[set[int]] = [set() for _ in h.node]
    for a, b in zip(h.rank[roads.tail].tolist(), h.rank[roads.head].tolist(), strict=True):
        if a >= 0 and b >= 0 and a != b:
            near[min(a, b)].add(max(a, b))
    for v, above in enumerate(near):  # contract the nodes one by one
        assert h.up[h.up_ptr[v] : h.up_ptr[v + 1]].tolist() == sorted(above)
        assert h.parent[v] == min(above, default=-1)
        for a in above:
            near[a] |= {b for b in above if b > a}


def test_separators_of_a_grid_are_small():
    """George (1973): arcs grow as n log n; an order by rows would leave 60 per node, this grid's best about 15."""
    roads = grid(60, 60)
    h = hierarchy_of(roads)
    assert h.up.size < 18 * roads.n_nodes
    depth = np.zeros(h.node.size, int)
    for v in range(h.node.size - 2, -1, -1):
        depth[v] = depth[h.parent[v]] + 1
    assert depth.max() < 4 * 60


@pytest.mark.parametrize(
    "links",
    [
        [Link(0, k) for k in range(1, 30)],  # star
        [Link(k, k + 1) for k in range(29)],  # path
        [Link(a, b) for a in range(30) for b in range(30) if a != b],  # complete
        [Link(k, 15 + j) for k in range(15) for j in range(15)],  # complete bipartite
        [Link(k, k) for k in range(30)],  # nothing but loops
    ],
)
def test_awkward_shapes(links):
    roads = road_network(links, 30, 30)
    cost = np.random.default_rng(1).uniform(1, 2, roads.n_links)
    expected = np.array([distances(roads, cost, s) for s in range(30)])
    np.testing.assert_allclose(labels(roads, cost, np.arange(30, dtype=np.int32)), expected, rtol=1e-12)


# --- distances --------------------------------------------------------------------------------------------------------


@settings(max_examples=80)
@given(seeds)
def test_labels_of_all_nodes(seed):
    rng = np.random.default_rng(seed)
    roads = random_network(rng)
    cost = random_cost(rng, roads.n_links)
    source = rng.permutation(roads.n_nodes)[:LANES].astype(np.int32)
    expected = np.array([distances(roads, cost, s) for s in source])
    np.testing.assert_allclose(labels(roads, cost, source), expected, rtol=1e-12)


@settings(max_examples=40)
@given(seeds)
def test_renumbering_leaves_distances(seed):
    rng = np.random.default_rng(seed)
    roads = random_network(rng)
    cost = rng.uniform(0, 1, roads.n_links)
    new = np.concatenate(
        (
            rng.permutation(roads.first_through),
            roads.first_through + rng.permutation(roads.n_nodes - roads.first_through),
        )
    ).astype(np.int32)
    ends = [Link(int(new[a]), int(new[b])) for a, b in zip(roads.tail, roads.head, strict=True)]
    renumbered = road_network(ends, roads.n_nodes, roads.n_zones, roads.first_through)
    source = np.arange(min(roads.n_nodes, LANES), dtype=np.int32)
    there = labels(renumbered, cost[renumbered.link_key], new[source])
    np.testing.assert_allclose(there[:, new], labels(roads, cost, source), rtol=1e-9)


def test_sums_along_arcs_of_the_cost_are_their_costs():
    roads, _ = random_grid(5, side=8)
    h = hierarchy_of(roads)
    w = weights(h, roads.free_time_s)
    up, down = np.empty_like(w.up), np.empty_like(w.down)
    add_along(h, w, roads.free_time_s, up, down)
    np.testing.assert_allclose(up, w.up, rtol=1e-12)
    np.testing.assert_allclose(down, w.down, rtol=1e-12)


# --- loads ------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(seeds)
def test_loads_carry_the_demand_through_every_node(seed):
    rng = np.random.default_rng(seed)
    roads = random_network(rng)
    cost = random_cost(rng, roads.n_links)
    demand = rng.uniform(0, 9, (roads.n_zones, roads.n_zones)) * (rng.random((roads.n_zones, roads.n_zones)) < 0.5)
    load = Loader(roads, demand, search="hierarchy").load(cost)
    least = np.array([distances(roads, cost, s)[: roads.n_zones] for s in range(roads.n_zones)])
    np.fill_diagonal(demand, 0.0)
    carried = np.where(np.isfinite(least), demand, 0.0)
    volume = load.volume_veh_per_h
    assert load.unassigned_veh_per_h == pytest.approx(demand.sum() - carried.sum(), abs=1e-9)
    expected = (carried * np.where(np.isfinite(least), least, 0.0)).sum()
    assert load.shortest_veh_s == pytest.approx(expected, rel=1e-12)
    used = volume > 0  # closed links stay empty: no infinite cost may come in
    assert volume[used] @ cost[used] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    out = np.bincount(roads.tail, volume, roads.n_nodes)
    into = np.bincount(roads.head, volume, roads.n_nodes)
    begun, ended = np.zeros(roads.n_nodes), np.zeros(roads.n_nodes)
    begun[: roads.n_zones], ended[: roads.n_zones] = carried.sum(axis=1), carried.sum(axis=0)
    np.testing.assert_allclose(out - into, begun - ended, atol=1e-9)
    closed = np.arange(roads.n_nodes) < roads.first_through
    np.testing.assert_allclose(out[closed], begun[closed], atol=1e-9)


@settings(max_examples=30)
@given(seeds)
def test_loads_equal_those_of_trees_where_paths_are_unique(seed):
    rng = np.random.default_rng(seed)
    roads = random_network(rng)
    cost = rng.uniform(1, 2, roads.n_links)
    demand = rng.uniform(0, 9, (roads.n_zones, roads.n_zones))
    swept = Loader(roads, demand, search="hierarchy").load(cost)
    grown = Loader(roads, demand, search="trees").load(cost)
    np.testing.assert_allclose(swept.volume_veh_per_h, grown.volume_veh_per_h, atol=1e-9)
    assert swept.shortest_veh_s == pytest.approx(grown.shortest_veh_s, rel=1e-12)


def test_bit_identical_for_any_number_of_threads(monkeypatch):
    roads, _ = random_grid(3, side=20, n_zones=300)
    rng = np.random.default_rng(0)
    demand = rng.uniform(0, 9, (300, 300))
    cost = rng.integers(1, 4, roads.n_links).astype(float)  # ties
    found = []
    for n_threads in (1, 2, 4):
        monkeypatch.setattr(numba, "get_num_threads", lambda n_threads=n_threads: n_threads)
        load = Loader(roads, demand, search="hierarchy").load(cost)
        found.append([*skim(roads, cost_s=cost).values(), load.volume_veh_per_h, load.shortest_veh_s])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_threads_share_the_work(monkeypatch):
    monkeypatch.setattr(numba, "get_num_threads", lambda: 4)
    done = []
    in_threads(lambda thread, n_threads: done.append((thread, n_threads)), 3)
    assert sorted(done) == [(0, 3), (1, 3), (2, 3)]


def test_a_thread_that_fails_is_heard(monkeypatch):
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda thread, n_threads: 1 // thread, 2)


# --- kept with the network --------------------------------------------------------------------------------------------


def test_networks_of_one_topology_share_a_hierarchy():
    links = [Link(0, 1, 1.0), Link(1, 2, 2.0), Link(2, 0, 3.0)]
    one, same = road_network(links, 3, 3), road_network([link._replace(free_time_s=9.0) for link in links], 3, 3)
    other = road_network(links, 3, 3, first_through=1)
    assert hierarchy_of(one) is hierarchy_of(one)
    assert hierarchy_of(one) is hierarchy_of(same)
    assert hierarchy_of(one) is not hierarchy_of(other)


@pytest.mark.parametrize("damage", ["none", "text", "short", "twice"])
def test_orders_are_stored_and_damaged_ones_found_anew(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("ITAS_MOBILITY_CACHE", str(tmp_path))
    monkeypatch.setattr(kept, "STORED_NODES", 10)
    kept._OF_TOPOLOGY.clear()
    roads = grid(9, 7)
    order = hierarchy_of(roads).node.tolist()
    (path,) = tmp_path.rglob("*.npy")
    assert path.stem == topology_digest(roads)
    stored = np.load(path)
    if damage == "text":
        path.write_text("nothing")
    elif damage == "short":
        np.save(path, stored[:-1])
    elif damage == "twice":
        np.save(path, np.zeros_like(stored))
    kept._OF_TOPOLOGY.clear()
    searched = []
    monkeypatch.setattr(kept, "_find_order", lambda roads: searched.append(roads) or stored)
    assert hierarchy_of(grid(9, 7)).node.tolist() == order
    assert len(searched) == (damage != "none")
    np.testing.assert_array_equal(np.load(path), stored)
