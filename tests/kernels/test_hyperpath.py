import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.hyperpath import StrategyGraph, load_strategies, node_costs, skim_strategies
from oracles.transit_strategy import strategy_costs


def star(links, n_nodes, first_through=0):
    """Backward star of links (tail, head, cost, wait)."""
    links = sorted(links, key=lambda link: link[1])
    tail, head, cost, wait = (np.array(column) for column in zip(*links, strict=True))
    in_ptr = np.zeros(n_nodes + 1, np.int64)
    np.cumsum(np.bincount(head, minlength=n_nodes), out=in_ptr[1:])
    tail, head = tail.astype(np.int32), head.astype(np.int32)
    return StrategyGraph(first_through, in_ptr, tail, head, cost.astype(float), wait.astype(float))


N = 7
link = st.tuples(
    st.integers(0, N - 1),
    st.integers(0, N - 1),
    st.integers(0, 20).map(float),
    st.one_of(st.just(0.0), st.integers(1, 30).map(float)),
).filter(lambda x: x[0] != x[1])
graphs = st.lists(link, min_size=1, max_size=18)


@settings(max_examples=150, deadline=None)
@given(graphs, st.integers(0, 3), st.integers(0, N - 1))
def test_costs_equal_those_of_all_subsets(links, first_through, destination):
    # walks of zero length in a circle are legal; the twin treats them as well
    got = node_costs(destination, star(links, N, first_through))
    np.testing.assert_allclose(got, strategy_costs(destination, first_through, links, N), rtol=1e-9, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(graphs, st.lists(st.integers(0, 5), min_size=N * N, max_size=N * N))
def test_loads_conserve_persons_and_cost(links, trips):
    graph = star(links, N)
    everyone = np.arange(N, dtype=np.int32)
    trips = np.array(trips, dtype=float).reshape(N, N)
    # waits at even nodes apart from those at odd ones
    is_odd = np.arange(N) % 2
    per_wait = np.column_stack([1.0 - is_odd, is_odd, np.ones(N)])
    attribute = np.column_stack([np.zeros((len(links), 3)), graph.cost])
    total, sums = skim_strategies(everyone, graph, per_wait, attribute, N, 3)
    waits = sums[2]
    volume, lost, waited = load_strategies(everyone, trips, graph, 3)
    np.fill_diagonal(total, np.inf)
    served = np.isfinite(total)
    assert lost == pytest.approx(trips[~served].sum())
    np.testing.assert_allclose((sums[0] + sums[1])[served], waits[served], rtol=1e-12)
    # what all pay is what the links cost plus what all wait
    np.testing.assert_allclose((waits + sums[3])[served], total[served], rtol=1e-9)
    paid = (trips[served] * total[served]).sum()
    assert waited == pytest.approx((trips[served] * waits[served]).sum())
    assert volume @ graph.cost + waited == pytest.approx(paid)
    arrived = np.where(served, trips, 0.0)
    outflow = np.bincount(graph.tail, volume, N) - np.bincount(graph.head, volume, N)
    np.testing.assert_allclose(outflow, arrived.sum(axis=1) - arrived.sum(axis=0), atol=1e-9)


def test_the_number_of_threads_does_not_change_a_bit():
    rng = np.random.default_rng(1)
    n, m = 60, 400
    ends = rng.integers(0, n, (m, 2)).tolist()
    waits = np.where(rng.random(m) < 0.6, rng.uniform(1, 9, m), 0.0)
    links = [(a, b, c, w) for (a, b), c, w in zip(ends, rng.uniform(1, 9, m), waits, strict=True)]
    graph = star(links, n)
    trips = rng.uniform(0, 5, (n, n))
    everyone = np.arange(n, dtype=np.int32)
    volumes = []
    before = numba.get_num_threads()
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            volumes.append(load_strategies(everyone, trips, graph, 16)[0])
    finally:
        numba.set_num_threads(before)
    assert volumes[0].tobytes() == volumes[1].tobytes()
    assert volumes[0].sum() > 0


def test_waiting_beats_walking_only_when_it_is_shorter():
    # from 0 to 2: walk 20 at once, or wait 4 in the mean and ride 10
    ride = [(0, 2, 20.0, 0.0), (0, 2, 10.0, 4.0)]
    assert node_costs(2, star(ride, 3))[0] == 14.0
    assert node_costs(2, star([(0, 2, 20.0, 0.0), (0, 2, 10.0, 12.0)], 3))[0] == 20.0
