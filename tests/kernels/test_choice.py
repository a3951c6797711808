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
"""Modes open to three kinds of persons; the last of the first two is open by chance."""
WITHOUT = SETS & [True, True, True, False]
PARTS = np.array([[k in part for k in range(4)] for part in ({0, 2}, {2}, {1, 3}, {1}, set())])
PART_NEST = np.array([0, 0, 1, 1, 1], np.int32)
PART_OF = np.array([[0, 2], [1, 2], [1, 4]], np.int32)
PART_WITHOUT = np.array([[0, 3], [1, 3], [1, 4]], np.int32)


@settings(max_examples=200)
@given(
    utilities,
    st.lists(st.floats(0.05, 1), min_size=2, max_size=2),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.floats(0, 1),
)
@example([0.0, -inf, -900.0, -inf], [0.1, 1.0], [0.5, 0.3, 0.2], 0.3)
@example([-inf, -inf, -inf, 1.0], [0.1, 1.0], [0.5, 0.3, 0.2], 0.3)
@example([-inf, -inf, -inf, -inf], [0.1, 1.0], [0.5, 0.3, 0.2], 0.3)
def test_mean_nested_shares(column, theta, weights, chance):
    weight = np.array(weights) / max(sum(weights), 1.0)
    shares, found = np.full((4, 1, 3), 7.0), np.full((1, 3), 7.0)
    cube = np.array(column, dtype=float)[:, np.newaxis, np.newaxis]
    mean_nested_shares(
        cube, NEST, np.array(theta), PARTS, PART_NEST, PART_OF, PART_WITHOUT, weight[:, np.newaxis],
        np.full((1, 1), chance), np.array([1]), shares, found,
    )  # fmt: skip
    wanted, total, persons = np.zeros(4), 0.0, 0.0
    for all_of_it, rest, part in zip(SETS, WITHOUT, weight, strict=True):
        best = [
            nested_twin([u if o else -inf for u, o in zip(column, one, strict=True)], NEST, theta)
            for one in (all_of_it, rest)
        ]
        lucky = chance if best[1][1] > -inf else 1.0
        for (of_set, worth), persons_of_it in zip(best, (lucky * part, (1.0 - lucky) * part), strict=True):
            wanted += persons_of_it * np.array(of_set)
            if worth > -inf:
                total, persons = total + persons_of_it * worth, persons + persons_of_it
    np.testing.assert_allclose(shares[:, 0, 1], wanted, rtol=1e-9, atol=1e-100)
    assert shares[:, 0, 1].sum() == pytest.approx(persons, rel=1e-12, abs=1e-300)
    assert found[0, 1] == (pytest.approx(total / persons, rel=1e-12, abs=1e-12) if persons > 0 else -inf)
    assert (shares[:, 0, [0, 2]] == 7.0).all()


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
