"""Aims in order: each stays at its least while the next is made least."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from itas_mobility.emobility.charging.linear import InfeasibleError, LinearProgramme
from itas_mobility.errors import ItasError


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_three_aims_against_bounds_on_their_values(seed):
    rng = np.random.default_rng(seed)
    n, m = 6, 4
    matrix, most = rng.integers(-1, 3, (m, n)).astype(float), rng.uniform(2, 6, m)
    lp = LinearProgramme("test")
    columns = lp.columns(rng.integers(1, 4, n).astype(float))
    row, column = np.divmod(np.arange(m * n), n)
    lp.rows((row, columns[column], matrix.ravel(), most))
    lp.rows((np.zeros(n, int), columns, np.ones(n), np.array([min(2.0, lp.high.sum())])), is_equal=True)
    bounds = np.stack([np.zeros(n), lp.high.copy()], axis=1)
    # few different costs, so that many solutions are equally good
    costs = rng.integers(0, 3, (3, n)).astype(float)
    rows, limits = matrix, most
    for cost in costs:
        plain = linprog(cost, rows, limits, np.ones((1, n)), [2.0], bounds=bounds)
        if plain.status == 2:
            with pytest.raises(InfeasibleError, match="test: no solution"):
                lp.least(cost)
            return
        assert lp.least(cost) == pytest.approx(plain.fun, abs=1e-7)
        rows, limits = np.vstack([rows, cost]), np.append(limits, plain.fun + 1e-9)
    assert (costs @ lp.solution)[0] == pytest.approx(limits[m], abs=1e-8)


def test_what_has_no_end_is_told():
    lp = LinearProgramme("a lake")
    columns = lp.columns(np.full(2, np.inf))
    lp.rows((np.zeros(2, int), columns, np.array([1.0, -1.0]), np.array([1.0])))
    with pytest.raises(ItasError, match=r"a lake: the solver stopped with status 3: .*"):
        lp.least(np.array([-1.0, 0.0]))
