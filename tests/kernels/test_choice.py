"""Logit kernels against their formulae in logarithms, cell by cell."""

from math import inf

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from itas_mobility.kernels.choice import (
    logit_shares,
    mean_nested_shares,
    nested_logit_shares,
    pivot_nested_shares,
    pivot_shares,
)

utilities = st.lists(st.one_of(st.just(-inf), st.floats(-900, 900)), min_size=4, max_size=4)


def empty(column):
    return np.empty((len(column), 1)), np.empty(1)


def as_cell(column):
    return np.array(column, dtype=float)[:, np.newaxis]


def logsum(values):
    return float(logsumexp(values)) if max(values) > -inf else -inf


@settings(max_examples=60)
@given(utilities)
def test_logit(column):
    shares, found = empty(column)
    logit_shares(as_cell(column), shares, found)
    assert found[0] == pytest.approx(logsum(column), rel=1e-13)
    for u, share in zip(column, shares[:, 0], strict=True):
        assert share == pytest.approx(np.exp(u - logsum(column)) if u > -inf else 0.0, rel=1e-12, abs=1e-300)


@settings(max_examples=60)
@given(utilities, st.lists(st.floats(0.05, 1), min_size=2, max_size=2))
def test_nested_logit(column, theta):
    nest = [0, 1, 0, 1]
    inner = [logsum([u / theta[k] for u, n in zip(column, nest, strict=True) if n == k]) for k in (0, 1)]
    outer = [theta[k] * inner[k] if inner[k] > -inf else -inf for k in (0, 1)]
    shares, found = empty(column)
    nested_logit_shares(as_cell(column), np.array(nest, np.int32), np.array(theta), shares, found)
    assert found[0] == pytest.approx(logsum(outer), rel=1e-12)
    for u, k, share in zip(column, nest, shares[:, 0], strict=True):
        wanted = np.exp(u / theta[k] - inner[k] + outer[k] - logsum(outer)) if u > -inf else 0.0
        assert share == pytest.approx(wanted, rel=1e-9, abs=1e-300)


@settings(max_examples=60)
@given(utilities, st.lists(st.floats(0, 1), min_size=4, max_size=4))
@example([257.0, 0.0, -inf, -inf], [5e-324, 8.339134234007709e-204, 0.0, 1.0])
@example([0.0, 1.0, -inf, -inf], [5e-324, 8.339134234007709e-204, 0.0, 1.0])
def test_pivot(change, weights):
    base = np.array(weights) / max(sum(weights), 1e-300)
    shares, found = empty(change)
    pivot_shares(base[:, np.newaxis], as_cell(change), shares, found)
    logs = [np.log(b) + c if b > 0 else -inf for b, c in zip(base, change, strict=True)]
    assert found[0] == pytest.approx(logsum(logs), rel=1e-12, abs=1e-12)
    for log, share in zip(logs, shares[:, 0], strict=True):
        assert share == pytest.approx(np.exp(log - logsum(logs)) if log > -inf else 0.0, rel=1e-9, abs=1e-300)


def nested_twin(column, nest, theta):
    """Shares and logsum of one cell, in logarithms."""
    inner = [logsum([u / t for u, n in zip(column, nest, strict=True) if n == k]) for k, t in enumerate(theta)]
    outer = [t * value if value > -inf else -inf for t, value in zip(theta, inner, strict=True)]
    total = logsum(outer)
    shares = [
        float(np.exp(u / theta[k] - inner[k] + outer[k] - total)) if u > -inf else 0.0
        for u, k in zip(column, nest, strict=True)
    ]
    return shares, total


NEST = np.array([0, 1, 0, 1], np.int32)
SETS = np.array([[True, True, True, True], [False, True, True, True], [False, False, True, False]])
"""Modes open to three kinds of persons; the parts of the first nest are {0, 2} and {2}, of the second {1, 3} and {}."""
PARTS = np.array(
    [[True, False, True, False], [False, False, True, False], [False, True, False, True], [False] * 4], dtype=bool
)
PART_NEST = np.array([0, 0, 1, 1], np.int32)
PART_OF = np.array([[0, 2], [1, 2], [1, 3]], np.int32)


@settings(max_examples=100)
@given(utilities, st.lists(st.floats(0.05, 1), min_size=2, max_size=2), st.lists(st.floats(0, 1), min_size=3, max_size=3))
@example([0.0, -inf, -900.0, -inf], [0.1, 1.0], [0.5, 0.3, 0.2])
@example([-inf, -inf, -inf, -inf], [0.1, 1.0], [0.5, 0.3, 0.2])
def test_mean_nested_shares(column, theta, weights):
    weight = np.array(weights) / max(sum(weights), 1.0)
    shares, found = np.empty((4, 1, 1)), np.empty((1, 1))
    cube = np.array(column, dtype=float)[:, np.newaxis, np.newaxis]
    given_ = (NEST, np.array(theta), PARTS, PART_NEST, PART_OF, weight[:, np.newaxis])
    mean_nested_shares(cube, *given_, shares, found)
    wanted, total, persons = np.zeros(4), 0.0, 0.0
    for one, part in zip(SETS, weight, strict=True):
        of_set, worth = nested_twin([u if o else -inf for u, o in zip(column, one, strict=True)], NEST, theta)
        wanted += part * np.array(of_set)
        if worth > -inf:
            total, persons = total + part * worth, persons + part
    np.testing.assert_allclose(shares[:, 0, 0], wanted, rtol=1e-9, atol=1e-300)
    assert shares.sum() == pytest.approx(persons, rel=1e-12, abs=1e-300)
    assert found[0, 0] == (pytest.approx(total / persons, rel=1e-12) if persons > 0 else -inf)


@settings(max_examples=100)
@given(
    st.lists(st.floats(-30, 30), min_size=4, max_size=4),
    st.lists(st.one_of(st.just(-inf), st.floats(-30, 30)), min_size=4, max_size=4),
    st.lists(st.floats(0.1, 1), min_size=2, max_size=2),
)
def test_pivot_nested(before, change, theta):
    base, was = nested_twin(before, NEST, theta)
    wanted, worth = nested_twin([u + c for u, c in zip(before, change, strict=True)], NEST, theta)
    shares, found = empty(before)
    pivot_nested_shares(as_cell(base), as_cell(change), NEST, np.array(theta), shares, found)
    # a mode whose share underflowed to 0 before has none after
    if min(base) > 0.0:
        np.testing.assert_allclose(shares[:, 0], wanted, rtol=1e-8, atol=1e-300)
        assert found[0] == (pytest.approx(worth - was, rel=1e-9, abs=1e-9) if worth > -inf else -inf)
    assert shares.sum() == pytest.approx(1.0) or max(change) == -inf or min(base) == 0.0
