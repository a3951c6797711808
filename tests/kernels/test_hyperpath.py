"""Optimal strategies on lines, against the same search on a graph of links by all subsets."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.hyperpath import LineGraph, load_strategies, skim_strategies
from oracles.transit_strategy import strategy_costs

BOARDING = 3.0
N_STOPS, N_ZONES = 4, 3


def pointer(rows, n):
    return np.concatenate([[0], np.cumsum(np.bincount(np.asarray(rows, int), minlength=n))]).astype(np.int64)


def by_row(legs, n):
    """Pointer and columns of legs (row, other, cost)."""
    legs = sorted(legs)
    row, other, cost = (np.array(column) for column in zip(*legs, strict=True)) if legs else np.zeros((3, 0))
    return pointer(row, n), other.astype(np.int32), cost.astype(float)


def graph_of(patterns, begin, end, walks, *, plans):
    """Lines of patterns (stops, run, wait at random, wait by plan), all legs as (zone, stop, cost)."""
    n_calls = [len(stops) for stops, *_ in patterns]
    call_ptr = np.cumsum([0, *n_calls])
    stop = np.concatenate([stops for stops, *_ in patterns]).astype(np.int32)
    is_first, is_last = np.zeros((2, len(stop)), bool)
    is_first[call_ptr[:-1]] = True
    is_last[call_ptr[1:] - 1] = True
    run, random, planned = (np.repeat([p[k] for p in patterns], n_calls).astype(float) for k in (1, 2, 3))
    alights = np.flatnonzero(~is_first)
    alights = alights[np.argsort(stop[alights], kind="stable")]
    begins, ends = by_row(begin, N_ZONES), by_row(end, N_ZONES)
    return LineGraph(
        call_ptr, np.repeat(call_ptr[:-1], n_calls), stop, run,
        np.where(is_last, np.inf, random), np.where(is_last, np.inf, planned),
        np.repeat(np.arange(len(patterns)) == 0, n_calls),
        BOARDING, plans, pointer(stop[alights], N_STOPS), alights, *begins, begins[2] / 2.0, *ends, ends[2] / 4.0,
        *by_row([(b, a, cost) for a, b, cost in walks], N_STOPS),
    )  # fmt: skip


def links_of(graph):
    """The same as links (tail, head, cost, wait) between zones, stops and calls, and the number of nodes."""
    n_calls = len(graph.stop)
    part = 2 * N_STOPS + n_calls
    waiting, planned, n_nodes = (N_ZONES, N_ZONES + part + N_STOPS), N_ZONES + part, N_ZONES + 2 * part + N_STOPS
    links = []
    for zone in range(N_ZONES):
        for leg in range(graph.begin_ptr[zone], graph.begin_ptr[zone + 1]):
            first = waiting[1 if graph.plans else 0]
            links.append((zone, first + graph.begin_stop[leg], graph.begin_cost[leg], 0.0))
        for leg in range(graph.end_ptr[zone], graph.end_ptr[zone + 1]):
            links.append((waiting[0] + N_STOPS + graph.end_stop[leg], zone, graph.end_cost[leg], 0.0))
    for base in waiting:
        alighted, on_board = base + N_STOPS, base + 2 * N_STOPS
        links += [(alighted + s, base + s, 0.0, 0.0) for s in range(N_STOPS)]
        for to in range(N_STOPS):
            for walk in range(graph.walk_ptr[to], graph.walk_ptr[to + 1]):
                links.append((alighted + graph.walk_from[walk], base + to, graph.walk_cost[walk], 0.0))
        for call in range(n_calls):
            if call > graph.first_call[call]:
                links.append((on_board + call, alighted + graph.stop[call], 0.0, 0.0))
            if np.isfinite(graph.random[call]):
                ride = graph.run[call]
                if call > graph.first_call[call]:
                    links.append((on_board + call, on_board + call + 1, ride, 0.0))
                links.append((base + graph.stop[call], on_board + call + 1, ride + BOARDING, graph.random[call]))
                if base == waiting[0]:
                    links.append(
                        (planned + graph.stop[call], on_board + call + 1, ride + BOARDING, graph.planned[call])
                    )
    links += [(waiting[1] + s, planned + s, 0.0, 0.0) for s in range(N_STOPS)]
    return links, n_nodes


stops = st.integers(0, N_STOPS - 1)
cost = st.integers(0, 20).map(float)
wait = st.integers(1, 30).map(float)
patterns = st.lists(st.tuples(st.lists(stops, min_size=2, max_size=4), cost, wait, wait), min_size=1, max_size=3)
legs = st.lists(st.tuples(st.integers(0, N_ZONES - 1), stops, cost), min_size=1, max_size=5)
walks = st.lists(st.tuples(stops, stops, cost), max_size=2)


@settings(max_examples=80, deadline=None)
@given(patterns, legs, legs, walks, st.booleans())
def test_costs_equal_those_of_all_subsets(lines, begin, end, between, plans):
    graph = graph_of(lines, begin, end, between, plans=plans)
    total, sums = skim_strategies(np.arange(N_ZONES, dtype=np.int32), graph, 2)
    links, n_nodes = links_of(graph)
    for zone in range(N_ZONES):
        expected = strategy_costs(zone, N_ZONES, links, n_nodes)[:N_ZONES]
        others = np.arange(N_ZONES) != zone
        np.testing.assert_allclose(total[others, zone], expected[others], rtol=1e-9, atol=1e-9)
    # what all costs is the sum of its parts
    served = np.isfinite(total)
    parts = sums[0] + sums[1] + sums[2] + sums[3] + BOARDING * sums[4]
    np.testing.assert_allclose(parts[served], total[served], rtol=1e-9, atol=1e-9)
    assert (sums[5][served] <= sums[4][served] + 1e-12).all()
    assert (sums[4][served] >= 1.0 - 1e-12).all()
    if not plans:
        assert (sums[1][served] == 0.0).all()


@settings(max_examples=60, deadline=None)
@given(patterns, legs, legs, walks, st.booleans(), st.lists(st.integers(0, 5), min_size=9, max_size=9))
def test_loads_conserve_persons_and_cost(lines, begin, end, between, plans, trips):
    graph = graph_of(lines, begin, end, between, plans=plans)
    everyone, trips = np.arange(N_ZONES, dtype=np.int32), np.array(trips, dtype=float).reshape(N_ZONES, N_ZONES)
    total, sums = skim_strategies(everyone, graph, 3)
    boarded, alighted, lost, waited, walked = load_strategies(everyone, trips, graph, 3)
    np.fill_diagonal(total, np.inf)
    served = np.isfinite(total)
    riders = np.where(served, trips, 0.0)
    assert lost == pytest.approx(trips[~served].sum())

    def over_riders(values):
        return (riders[served] * values[served]).sum()

    assert waited == pytest.approx(over_riders(sums[0] + sums[1]))
    assert walked == pytest.approx(over_riders(sums[2]))
    assert boarded.sum() == pytest.approx(over_riders(sums[4]))
    on_board = np.cumsum(boarded - alighted)
    np.testing.assert_allclose(on_board[graph.call_ptr[1:] - 1], 0.0, atol=1e-9)
    assert (on_board > -1e-9).all()
    assert on_board @ graph.run == pytest.approx(over_riders(sums[3]))


def test_the_number_of_threads_does_not_change_a_bit():
    rng = np.random.default_rng(1)
    lines = [(rng.integers(0, N_STOPS, 4).tolist(), rng.uniform(1, 9), *rng.uniform(1, 9, 2)) for _ in range(12)]
    ends = [(zone, stop, float(rng.uniform(1, 9))) for zone in range(N_ZONES) for stop in range(N_STOPS)]
    graph = graph_of(lines, ends, ends, [(0, 1, 2.0), (2, 3, 1.0)], plans=True)
    trips = rng.uniform(0, 5, (N_ZONES, N_ZONES))
    loads = []
    before = numba.get_num_threads()
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            loads.append(load_strategies(np.arange(N_ZONES, dtype=np.int32), trips, graph, 16)[0])
    finally:
        numba.set_num_threads(before)
    assert loads[0].tobytes() == loads[1].tobytes()
    assert loads[0].sum() > 0


def test_what_goes_with_the_legs_is_summed_apart():
    graph = graph_of([([0, 1], 5.0, 4.0, 2.0)], [(0, 0, 6.0)], [(1, 1, 8.0)], [], plans=True)
    total, sums = skim_strategies(np.array([1], dtype=np.int32), graph, 1)
    assert total[0, 0] == 6.0 + 2.0 + BOARDING + 5.0 + 8.0
    assert sums[:, 0, 0].tolist() == [0.0, 2.0, 14.0, 5.0, 1.0, 1.0, 3.0 + 2.0]
