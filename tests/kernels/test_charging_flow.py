"""The flow of energy from cars through steps, against linear programmes over its arcs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from itas_mobility.kernels import charging_flow as kernels

TINY = 1e-12


def network(rng, n_groups, n_runs):
    """Groups that reach some runs each, in any order."""
    reach = [np.sort(rng.choice(n_runs, rng.integers(1, n_runs + 1), replace=False)) for _ in range(n_groups)]
    pointer = np.append(0, np.cumsum([len(x) for x in reach])).astype(np.int64)
    run = np.concatenate(reach).astype(np.int64)
    group = np.repeat(np.arange(n_groups), np.diff(pointer))
    into = np.argsort(run, kind="stable")
    run_pointer = np.searchsorted(run[into], np.arange(n_runs + 1)).astype(np.int64)
    flow = kernels.Flow(pointer, run, rng.uniform(0.5, 3.0, run.size), group, run_pointer, into)
    return flow, rng.uniform(0.5, 6.0, n_groups)


def empty(flow, supply, n_runs):
    n = supply.size
    return kernels.State(
        np.zeros(flow.run.size), supply.copy(), np.zeros(n_runs), np.zeros(n_runs, bool), np.zeros(n, bool),
        np.full(n_runs, -1), np.full(n, -1), np.zeros(n_runs, np.int64), np.zeros(n, np.int64),
        np.zeros(n_runs + 1, np.int64), np.zeros(n, np.int64), *np.zeros((2, n_runs + 1), np.int64),
    )  # fmt: skip


def least(flow, supply, most, cost, total=None):
    """Least cost of energy by run, with all that fits or a given total."""
    n_arcs, n_runs = flow.run.size, most.size
    of_group = (flow.group[None, :] == np.arange(supply.size)[:, None]).astype(float)
    of_run = (flow.run[None, :] == np.arange(n_runs)[:, None]).astype(float)
    bounds = np.stack([np.zeros(n_arcs), flow.capacity], axis=1)
    limits, room = np.vstack([of_group, of_run]), np.append(supply, most)
    equal = {} if total is None else {"A_eq": np.ones((1, n_arcs)), "b_eq": [total]}
    found = linprog(cost[flow.run], limits, room, bounds=bounds, **equal)
    assert found.status == 0
    return found.fun


def check(flow, state, supply, most):
    """A flow keeps its limits, and its sums are what it says."""
    assert (state.drawn >= -TINY).all()
    assert (state.drawn <= flow.capacity + TINY).all()
    np.testing.assert_allclose(np.bincount(flow.run, state.drawn, minlength=most.size), state.total, atol=1e-9)
    np.testing.assert_allclose(supply - np.bincount(flow.group, state.drawn), state.left, atol=1e-9)
    assert (state.total <= most + TINY).all()
    assert (state.left >= -TINY).all()
    assert (state.run_level == -1).all()
    assert (state.group_level == -1).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 6))
@settings(max_examples=150)
def test_filling_in_order_of_cost_is_the_least_cost(seed, n_groups, n_runs):
    rng = np.random.default_rng(seed)
    flow, supply = network(rng, n_groups, n_runs)
    most, cost = rng.uniform(0.5, 8.0, n_runs), rng.uniform(0.1, 1.0, n_runs)
    state = empty(flow, supply, n_runs)
    order = np.argsort(cost)
    kernels.fill(flow, state, order, most[order], TINY)
    check(flow, state, supply, most)
    total = -least(flow, supply, most, -np.ones(n_runs))
    assert state.total.sum() == pytest.approx(total, rel=1e-9)
    reached = float(cost @ state.total)
    assert reached == pytest.approx(least(flow, supply, most, cost, total * (1 - 1e-12)), rel=1e-7)
    # what more room is worth is a slope of that cost, from above: no step away gains more
    worth, value = np.empty(n_runs), np.where(state.total > TINY, cost, -np.inf)
    kernels.worth(flow, state, np.argsort(-value), value, TINY, worth)
    saved = np.where(state.total >= most - TINY, np.maximum(worth - cost, 0.0), 0.0)
    if total < supply.sum() * (1 - 1e-9):
        return  # with more room more would be served
    for move in rng.uniform(-0.3, 0.3, (4, n_runs)):
        room = np.maximum(most + move, 0.0)
        if -least(flow, supply, room, -np.ones(n_runs)) < total * (1 - 1e-9):
            continue
        assert least(flow, supply, room, cost, total * (1 - 1e-12)) >= reached - saved @ (room - most) - 1e-7


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 6))
@settings(max_examples=100)
def test_a_flow_may_be_filled_bit_by_bit_and_ends_at_a_least_cut(seed, n_groups, n_runs):
    rng = np.random.default_rng(seed)
    flow, supply = network(rng, n_groups, n_runs)
    most = rng.uniform(0.5, 8.0, n_runs)
    state = empty(flow, supply, n_runs)
    for share in (0.3, 0.6, 1.0):
        kernels.fill(flow, state, rng.permutation(n_runs), np.full(n_runs, share * most.min()), TINY)
    kernels.fill(flow, state, np.arange(n_runs), most, TINY)
    check(flow, state, supply, most)
    total = -least(flow, supply, most, -np.ones(n_runs))
    assert state.total.sum() == pytest.approx(total, rel=1e-9)
    is_short = np.zeros(n_runs, bool)
    kernels.short_of_room(flow, state, TINY, is_short)
    inside = np.array([flow.capacity[(flow.group == g) & ~is_short[flow.run]].sum() for g in range(n_groups)])
    can = np.minimum(inside, supply).sum()  # what can go elsewhere
    assert can + most[is_short].sum() == pytest.approx(total, rel=1e-9)
