"""Logit kernels against their formulae in logarithms, cell by cell."""

from math import inf

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from itas_mobility.kernels.choice import logit_shares, nested_logit_shares, pivot_shares

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
