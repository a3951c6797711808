"""Which links bushes have, against Bellman and Ford and slow labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.demand.hierarchy import hierarchy_of, weights
from itas_mobility.kernels import bush_growth as kernels
from itas_mobility.kernels.bush import LinkLists, PlacedLinks
from oracles.placed_bushes import begun, check_laid_out, labels, rows_of
from oracles.shortest_paths import distances

seeds = st.integers(0, 10**6)


@settings(max_examples=8)
@given(seeds, st.booleans())
def test_new_bushes_are_shortest_ways(seed, connectors):
    roads, arrays = begun(seed, connectors=connectors, grown=False)
    arrays._give_room(np.full(arrays.n_bushes, roads.n_links))
    bushes, demand = arrays._bushes, arrays._demand
    cost = np.random.default_rng(seed).uniform(1, 9, roads.n_links)
    todo = np.arange(arrays.n_bushes)
    given_links = LinkLists(np.zeros(len(todo) + 1, np.int64), np.empty(0, np.int32), np.empty(0))
    needed, lost = np.zeros(len(todo), np.int64), np.zeros(len(demand.place), np.uint8)
    w = weights(hierarchy_of(roads), cost, with_paths=False)
    kernels.complete(0, 1, arrays._network, hierarchy_of(roads), w, bushes, demand, todo, given_links, needed, lost)
    assert not lost.any()
    np.testing.assert_array_equal(needed, bushes.n_links)
    check_laid_out(roads, bushes, demand)
    for k in todo:
        least, _ = labels(bushes, k, cost, 0.0)
        true = distances(roads, cost, int(bushes.root[k]))
        for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
            assert least[int(demand.place[pair])] == pytest.approx(true[demand.destination[pair]], rel=1e-12)


@settings(max_examples=8)
@given(seeds)
def test_what_is_given_stays_where_it_fits(seed):
    roads, arrays = begun(seed)
    bushes, demand = arrays._bushes, arrays._demand
    size = int(bushes.n_links.sum())
    used = LinkLists(np.zeros(arrays.n_bushes + 1, np.int64), np.empty(size, np.int32), np.empty(size))
    kernels.used_links(bushes, used)
    for k in range(arrays.n_bushes):
        own = [e for e in rows_of(bushes, k) if bushes.placed.flow[e] > 0.0]
        part = slice(used.ptr[k], used.ptr[k + 1])
        assert used.link[part].tolist() == bushes.placed.link[own].tolist()
        assert used.flow[part].tolist() == bushes.placed.flow[own].tolist()
    todo = np.arange(arrays.n_bushes)
    needed, lost = np.zeros(len(todo), np.int64), np.zeros(len(demand.place), np.uint8)
    w = weights(hierarchy_of(roads), arrays.cost[0], with_paths=False)
    n = used.ptr[-1]
    given_links = LinkLists(used.ptr, used.link[:n].copy(), used.flow[:n].copy())
    kernels.complete(0, 1, arrays._network, hierarchy_of(roads), w, bushes, demand, todo, given_links, needed, lost)
    check_laid_out(roads, bushes, demand)
    for k in todo:
        part = slice(used.ptr[k], used.ptr[k + 1])
        known = dict(zip(used.link[part].tolist(), used.flow[part].tolist(), strict=True))
        now = {int(bushes.placed.link[e]): float(bushes.placed.flow[e]) for e in rows_of(bushes, k)}
        assert now == known  # all destinations are reached: nothing is added


@settings(max_examples=8)
@given(seeds, st.booleans())
def test_excess_is_told_and_links_that_join_undercut_the_longest_way(seed, connectors):
    roads, arrays = begun(seed, connectors=connectors, grown=False)
    arrays._give_room(np.full(arrays.n_bushes, roads.n_links))
    bushes, demand, cost = arrays._bushes, arrays._demand, arrays.cost[0]
    n = arrays.n_bushes
    known = [set(bushes.placed.link[list(rows_of(bushes, k))].tolist()) for k in range(n)]
    expected, longest = [], []
    for k in range(n):
        least, most = labels(bushes, k, cost, arrays._empty[k])
        true = distances(roads, cost, int(bushes.root[k]))
        node = {0: int(bushes.root[k])}
        node |= {int(bushes.placed.head_place[e]): int(roads.head[bushes.placed.link[e]]) for e in rows_of(bushes, k)}
        longest.append({at: most[place] for place, at in node.items()})
        expected.append(
            sum(
                demand.amount[pair] * (least[int(demand.place[pair])] - true[demand.destination[pair]])
                for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1])
            )
        )  # the bushes are trees as yet: there is no merge at which anything is lost
    w = weights(hierarchy_of(roads), cost, with_paths=False)
    excess, joined, needed = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    kernels.improve(
        0, 1, arrays._network, hierarchy_of(roads), w, bushes, demand, arrays._empty, 0.0, np.arange(n), excess, joined,
        needed,
    )  # fmt: skip
    np.testing.assert_allclose(excess, expected, rtol=1e-9, atol=1e-9)
    check_laid_out(roads, bushes, demand)
    for k in range(n):
        now = set(bushes.placed.link[list(rows_of(bushes, k))].tolist())
        assert len(now - known[k]) == joined[k]
        for row in now - known[k]:
            tail, head = int(roads.tail[row]), int(roads.head[row])
            if tail in longest[k] and head in longest[k]:
                assert longest[k][tail] + cost[row] < longest[k][head]
    assert (joined > 0).tolist() == (excess > 0).tolist()


def test_bushes_move_whole():
    rng = np.random.default_rng(1)
    n_links, start = np.array([2, 0, 3]), np.array([0, 3, 4, 7])
    new_start = np.array([0, 2, 7, 11])

    def room(size):
        return PlacedLinks(*(rng.integers(0, 99, size).astype(np.int32) for _ in range(3)), rng.random(size))

    old, new = room(7), room(11)
    kernels.move(n_links, start, old, new_start, new)
    for before, after in zip(old, new, strict=True):
        assert after[:2].tolist() == before[:2].tolist()
        assert after[7:10].tolist() == before[4:7].tolist()
