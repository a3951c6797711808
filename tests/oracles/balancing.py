"""Slow, obvious twins of the balancing kernels."""

import numpy as np


def balance(seed, rows, columns, row_group=None, column_group=None, blocks=None, rounds=2000):
    trips = np.array(seed, float)
    for _ in range(rounds):
        for i in range(trips.shape[0]):
            if trips[i].sum() > 0:
                trips[i] *= rows[i] / trips[i].sum()
        for j in range(trips.shape[1]):
            if trips[:, j].sum() > 0:
                trips[:, j] *= columns[j] / trips[:, j].sum()
        if blocks is not None:
            for (g, h), wanted in np.ndenumerate(blocks):
                inside = np.outer(row_group == g, column_group == h)
                if not np.isnan(wanted) and trips[inside].sum() > 0:
                    trips[inside] *= wanted / trips[inside].sum()
    return trips


def least_information(seed, rows, columns, blocks):
    """Matrix of least information gain over a seed, by a general solver: margins (NaN: free) and blocks within bounds.

    `blocks` is a list of (mask, low, high).
    """
    from scipy.optimize import LinearConstraint, minimize

    seed = np.asarray(seed, float)
    conditions, low, high = [], [], []
    for i, wanted in enumerate(rows):
        conditions.append((np.arange(seed.shape[0])[:, None] == i) & np.ones(seed.shape, bool))
        low.append(0.0 if np.isnan(wanted) else wanted)
        high.append(np.inf if np.isnan(wanted) else wanted)
    for j, wanted in enumerate(columns):
        conditions.append((np.arange(seed.shape[1])[None, :] == j) & np.ones(seed.shape, bool))
        low.append(0.0 if np.isnan(wanted) else wanted)
        high.append(np.inf if np.isnan(wanted) else wanted)
    for mask, least, most in blocks:
        conditions.append(mask)
        low.append(least)
        high.append(most)
    sums = np.array([mask.ravel().astype(float) for mask in conditions])
    prior = seed.ravel()

    def gain(x):
        return float((x * np.log(x / prior) - x + prior).sum())

    found = minimize(
        gain,
        prior,
        jac=lambda x: np.log(x / prior),
        hess=lambda x: np.diag(1.0 / x),
        method="trust-constr",
        bounds=[(1e-9, None)] * prior.size,
        constraints=[LinearConstraint(sums, low, high)],
        options={"gtol": 1e-10, "xtol": 1e-12, "maxiter": 3000},
    )
    return found.x.reshape(seed.shape)
