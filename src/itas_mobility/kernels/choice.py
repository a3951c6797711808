"""Multinomial and nested logit over many cells, safe against overflow (McFadden 1974; Williams 1977)."""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel
def logit_shares(utility, shares, logsum):
    """Multinomial logit in each column.

    Parameters
    ----------
    utility : float64[n_modes, n_cells]
        -inf where a mode is not available; neither NaN nor +inf.
    shares : float64[n_modes, n_cells]
        Out: probabilities; all 0 where no mode is available.
    logsum : float64[n_cells]
        Out: ln of the sum of exp(utility); -inf where no mode is available.
    """
    n_modes, n_cells = utility.shape
    for cell in range(n_cells):
        top = -np.inf
        for mode in range(n_modes):
            top = max(top, utility[mode, cell])
        if top == -np.inf:
            logsum[cell] = -np.inf
            for mode in range(n_modes):
                shares[mode, cell] = 0.0
            continue
        total = 0.0
        for mode in range(n_modes):
            weight = np.exp(utility[mode, cell] - top)
            shares[mode, cell] = weight
            total += weight
        for mode in range(n_modes):
            shares[mode, cell] /= total
        logsum[cell] = top + np.log(total)


@kernel(allocates=True)
def nested_logit_shares(utility, nest, theta, shares, logsum):
    """Two-level nested logit in each column.

    Parameters
    ----------
    utility : float64[n_modes, n_cells]
        -inf where a mode is not available; neither NaN nor +inf.
    nest : int32[n_modes]
        Nest of each mode.
    theta : float64[n_nests]
        Scale of each nest, in (0, 1].
    shares : float64[n_modes, n_cells]
        Out: probabilities; all 0 where no mode is available.
    logsum : float64[n_cells]
        Out: ln of the sum over nests of exp(theta * ln of the sum of exp(utility / theta)).
    """
    n_modes, n_cells = utility.shape
    n_nests = theta.size
    top = np.empty(n_nests)
    total = np.empty(n_nests)
    value = np.empty(n_nests)
    for cell in range(n_cells):
        top[:] = -np.inf
        total[:] = 0.0
        for mode in range(n_modes):
            k = nest[mode]
            top[k] = max(top[k], utility[mode, cell])
        for mode in range(n_modes):
            k = nest[mode]
            if top[k] == -np.inf:
                shares[mode, cell] = 0.0
            else:
                weight = np.exp((utility[mode, cell] - top[k]) / theta[k])
                shares[mode, cell] = weight
                total[k] += weight
        best = -np.inf
        for k in range(n_nests):
            value[k] = top[k] + theta[k] * np.log(total[k]) if total[k] > 0.0 else -np.inf
            best = max(best, value[k])
        if best == -np.inf:
            logsum[cell] = -np.inf
            continue
        root = 0.0
        for k in range(n_nests):
            value[k] = np.exp(value[k] - best)
            root += value[k]
        for mode in range(n_modes):
            k = nest[mode]
            if total[k] > 0.0:
                shares[mode, cell] *= value[k] / (root * total[k])
        logsum[cell] = best + np.log(root)


@kernel
def pivot_shares(base, change, shares, logsum_change):
    """Incremental logit in each column: shares in proportion to base share times exp(change of utility).

    Parameters
    ----------
    base : float64[n_modes, n_cells]
        Shares before.
    change : float64[n_modes, n_cells]
        Change of utility; -inf takes a mode away.
    shares : float64[n_modes, n_cells]
        Out: shares after; all 0 where nothing is left.
    logsum_change : float64[n_cells]
        Out: change of the logsum; -inf where nothing is left.
    """
    n_modes, n_cells = base.shape
    for cell in range(n_cells):
        # in logarithms, so that a mode that hardly anybody took and everybody takes now loses no digits
        top = -np.inf
        for mode in range(n_modes):
            if base[mode, cell] > 0.0:
                top = max(top, np.log(base[mode, cell]) + change[mode, cell])
        if top == -np.inf:
            logsum_change[cell] = -np.inf
            for mode in range(n_modes):
                shares[mode, cell] = 0.0
            continue
        total = 0.0
        for mode in range(n_modes):
            weight = 0.0
            if base[mode, cell] > 0.0:
                weight = np.exp(np.log(base[mode, cell]) + change[mode, cell] - top)
            shares[mode, cell] = weight
            total += weight
        for mode in range(n_modes):
            shares[mode, cell] /= total
        logsum_change[cell] = top + np.log(total)
