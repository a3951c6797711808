import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.frank_wolfe import conjugacy_sums, dot


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_sums_are_inner_products_under_the_diagonal_of_slopes(seed, n):
    rng = np.random.default_rng(seed)
    slope, volume, shortest, point, before = rng.uniform(0, 9, (5, n))
    step = float(rng.uniform(0, 1))
    closed = rng.random(n) < 0.2  # links of infinite slope are left out
    d, p = shortest - volume, point - volume
    q = step * point + (1 - step) * before - volume
    h = np.diag(np.where(closed, 0.0, slope))
    found = conjugacy_sums(np.where(closed, np.inf, slope), volume, shortest, point, before, step)
    assert found == pytest.approx((p @ h @ d, p @ h @ p, q @ h @ d, q @ h @ (before - point)), rel=1e-12, abs=1e-10)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=20))
def test_dot(pairs):
    a, b = (np.array([pair[k] for pair in pairs], dtype=float) for k in (0, 1))
    size = math.fsum(abs(x * y) for x, y in pairs)
    assert abs(dot(a, b) - math.fsum(x * y for x, y in pairs)) <= 1e-14 * size
