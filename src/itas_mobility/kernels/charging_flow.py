"""Energy as a flow from cars through runs of steps: as much as possible, into given runs first, and what it is worth.

The greedy method for polymatroids: runs are filled in a given order, each as far as it goes without taking from those
before it (cars may change places). Each linear cost, and each convex one taken in pieces, is least that way.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel


class Flow(NamedTuple):
    """Groups of cars, and an arc from each to each run of steps in which it is present."""

    group_pointer: np.ndarray
    """int64[n_groups + 1]: arcs of each group."""
    run: np.ndarray
    """int64[n_arcs]: where each leads."""
    capacity: np.ndarray
    """float64[n_arcs]: kWh."""
    group: np.ndarray
    """int64[n_arcs]: whence each comes."""
    run_pointer: np.ndarray
    """int64[n_runs + 1]: arcs into each run."""
    into: np.ndarray
    """int64[n_arcs]: arcs by run, those that are used first first."""


class State(NamedTuple):
    """How much flows; and marks of searches."""

    drawn: np.ndarray
    """float64[n_arcs]: kWh."""
    left: np.ndarray
    """float64[n_groups]: what each group still lacks, kWh."""
    total: np.ndarray
    """float64[n_runs]: what flows into each run."""
    is_dead: np.ndarray
    """bool[n_runs]: nothing that is left can come here any more, whatever changes place."""
    is_dead_group: np.ndarray
    """bool[n_groups]: the same."""
    run_level: np.ndarray
    group_level: np.ndarray
    """int64: distance from the run that is filled; -1 where a search has not come."""
    run_at: np.ndarray
    group_at: np.ndarray
    """int64: next arc to try."""
    runs: np.ndarray
    groups: np.ndarray
    """int64: runs and groups in the order in which a search found them."""
    path_arc: np.ndarray
    path_back: np.ndarray
    """int64[n_runs + 1]: arcs of the way at hand, into a run and out of the next one."""


@kernel
def fill(flow, state, order, most, tiny):
    """Fill runs one after another, none at the cost of an earlier one.

    Parameters
    ----------
    flow : Flow
    state : State
        Changed: `drawn`, `left`, `total`, marks.
    order : int64[m]
        Runs; one may come again with more room.
    most : float64[m]
        What each may hold in all, kWh.
    tiny : float
        Energy that counts as none.
    """
    for q in range(order.size):
        run = order[q]
        if state.is_dead[run] or most[q] - state.total[run] <= tiny:
            continue
        for place in range(flow.run_pointer[run], flow.run_pointer[run + 1]):
            arc = flow.into[place]
            group = flow.group[arc]
            if state.left[group] > 0.0:
                amount = min(state.left[group], flow.capacity[arc] - state.drawn[arc], most[q] - state.total[run])
                if amount > 0.0:
                    state.drawn[arc] += amount
                    state.left[group] -= amount
                    state.total[run] += amount
        while most[q] - state.total[run] > tiny:
            n_runs, n_groups, found = _search(flow, state, run, tiny)
            if found:
                _augment(flow, state, run, most[q], tiny)
            for k in range(n_runs):
                state.run_level[state.runs[k]] = -1
                if not found:
                    state.is_dead[state.runs[k]] = True
            for k in range(n_groups):
                state.group_level[state.groups[k]] = -1
                if not found:
                    state.is_dead_group[state.groups[k]] = True
            if not found:
                break


@kernel
def _search(flow, state, run, tiny):
    """Nearest groups that have something left and can bring it to a run: breadth first, backwards."""
    state.runs[0] = run
    state.run_level[run] = 0
    state.run_at[run] = flow.run_pointer[run]
    n_runs, n_groups, head, found = 1, 0, 0, -1
    while head < n_runs:
        at = state.runs[head]
        head += 1
        level = state.run_level[at]
        if found >= 0 and level >= found:
            break
        for place in range(flow.run_pointer[at], flow.run_pointer[at + 1]):
            arc = flow.into[place]
            group = flow.group[arc]
            if state.group_level[group] >= 0 or state.is_dead_group[group]:
                continue
            if flow.capacity[arc] - state.drawn[arc] <= tiny:
                continue
            state.group_level[group] = level + 1
            state.group_at[group] = flow.group_pointer[group]
            state.groups[n_groups] = group
            n_groups += 1
            if state.left[group] > tiny:
                found = level + 1
            elif found < 0:
                for other in range(flow.group_pointer[group], flow.group_pointer[group + 1]):
                    to = flow.run[other]
                    if state.run_level[to] < 0 and not state.is_dead[to] and state.drawn[other] > tiny:
                        state.run_level[to] = level + 2
                        state.run_at[to] = flow.run_pointer[to]
                        state.runs[n_runs] = to
                        n_runs += 1
    return n_runs, n_groups, found >= 0


@kernel
def _augment(flow, state, run, most, tiny):
    """Bring what is left to a run along all shortest ways (Dinic 1970)."""
    depth, at = 0, run
    while True:
        arc = -1
        went = False
        while state.run_at[at] < flow.run_pointer[at + 1]:
            arc = flow.into[state.run_at[at]]
            group = flow.group[arc]
            if state.group_level[group] == state.run_level[at] + 1 and flow.capacity[arc] - state.drawn[arc] > tiny:
                if state.left[group] > tiny:
                    break
                back = _way_on(flow, state, group, tiny)
                if back >= 0:
                    state.path_arc[depth] = arc
                    state.path_back[depth] = back
                    depth += 1
                    at = flow.run[back]
                    went = True
                    break
            state.run_at[at] += 1
            arc = -1
        if went:
            continue
        if arc < 0:  # nothing leads on from here
            if depth == 0:
                return
            depth -= 1
            at = run if depth == 0 else flow.run[state.path_back[depth - 1]]
            state.group_at[flow.group[state.path_arc[depth]]] += 1
            continue
        group = flow.group[arc]
        amount = min(state.left[group], flow.capacity[arc] - state.drawn[arc], most - state.total[run])
        for d in range(depth):
            here, back = state.path_arc[d], state.path_back[d]
            amount = min(amount, flow.capacity[here] - state.drawn[here], state.drawn[back])
        state.drawn[arc] += amount
        state.left[group] -= amount
        for d in range(depth):
            state.drawn[state.path_arc[d]] += amount
            state.drawn[state.path_back[d]] -= amount
        state.total[run] += amount
        if most - state.total[run] <= tiny:
            return
        depth, at = 0, run


@kernel
def _way_on(flow, state, group, tiny):
    """Arc from which a group can take to give elsewhere, one level on; -1 where there is none."""
    while state.group_at[group] < flow.group_pointer[group + 1]:
        back = state.group_at[group]
        if state.drawn[back] > tiny and state.run_level[flow.run[back]] == state.group_level[group] + 1:
            return back
        state.group_at[group] += 1
    return -1


@kernel
def worth(flow, state, order, value, tiny, out):
    """Highest value from whose run energy could be moved to each run: what more room there would save.

    Parameters
    ----------
    flow : Flow
    state : State
        Full.
    order : int64[n_runs]
        Runs by falling value.
    value : float64[n_runs]
        Of the last energy in each run; negative infinite in empty ones.
    tiny : float
        Energy that counts as none.
    out : float64[n_runs]
        Out; negative infinite where none can come.
    """
    out[:] = -np.inf
    for k in range(order.size):
        if value[order[k]] == -np.inf:
            break
        if state.run_level[order[k]] < 0:
            n = _spread(flow, state, order[k], tiny)
            for i in range(n):
                out[state.runs[i]] = value[order[k]]
    state.run_level[:] = -1
    state.group_level[:] = -1


@kernel
def _spread(flow, state, run, tiny):
    """Runs to which energy of a run can be moved, that no search has found before; levels stay as marks."""
    state.runs[0] = run
    state.run_level[run] = 0
    n, head = 1, 0
    while head < n:
        at = state.runs[head]
        head += 1
        for place in range(flow.run_pointer[at], flow.run_pointer[at + 1]):
            arc = flow.into[place]
            group = flow.group[arc]
            if state.drawn[arc] > tiny and state.group_level[group] < 0:
                n = _spread_group(flow, state, group, n, tiny)
    return n


@kernel
def _spread_group(flow, state, group, n, tiny):
    """Runs into which a group could put more, appended to the `n` found."""
    state.group_level[group] = 0
    for arc in range(flow.group_pointer[group], flow.group_pointer[group + 1]):
        to = flow.run[arc]
        if state.run_level[to] < 0 and flow.capacity[arc] - state.drawn[arc] > tiny:
            state.run_level[to] = 0
            state.runs[n] = to
            n += 1
    return n


@kernel
def short_of_room(flow, state, tiny, out):
    """Runs that would take what is left, had they more room: the steps of a least cut.

    Parameters
    ----------
    flow : Flow
    state : State
        Full.
    tiny : float
        Energy that counts as none.
    out : bool[n_runs]
        Out.
    """
    n = 0
    for group in range(state.left.size):
        if state.left[group] > tiny and state.group_level[group] < 0:
            n = _spread_group(flow, state, group, n, tiny)
    head = 0
    while head < n:
        at = state.runs[head]
        head += 1
        for place in range(flow.run_pointer[at], flow.run_pointer[at + 1]):
            arc = flow.into[place]
            if state.drawn[arc] > tiny and state.group_level[flow.group[arc]] < 0:
                n = _spread_group(flow, state, flow.group[arc], n, tiny)
    for run in range(out.size):
        out[run] = state.run_level[run] >= 0
    state.run_level[:] = -1
    state.group_level[:] = -1
