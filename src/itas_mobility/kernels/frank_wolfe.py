"""Sums that the conjugate directions of Frank-Wolfe methods need (Mitradjieva and Lindberg 2013)."""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel
def conjugacy_sums(slope, volume, shortest, point, point_before, last_step):
    """Inner products under the Hessian diag(`slope`) of the directions to earlier points.

    With d = shortest - volume, p = point - volume and q = last_step point + (1 - last_step) point_before - volume.
    Links of infinite slope (BPR power below one at zero volume) are left out: conjugacy only makes it quicker.

    Parameters
    ----------
    slope, volume, shortest, point, point_before : float64[n_links]
        Slope of the costs, current volumes, all-or-nothing volumes, last and last but one target point.
    last_step : float
        Step taken towards `point`.

    Returns
    -------
    tuple of float
        p'Hd, p'Hp, q'Hd, q'H(point_before - point).
    """
    point_shortest = 0.0
    point_point = 0.0
    before_shortest = 0.0
    before_apart = 0.0
    for i in range(volume.size):
        h = slope[i]
        if not h < np.inf:
            continue
        v = volume[i]
        d = shortest[i] - v
        p = point[i] - v
        q = last_step * point[i] + (1.0 - last_step) * point_before[i] - v
        point_shortest += h * p * d
        point_point += h * p * p
        before_shortest += h * q * d
        before_apart += h * q * (point_before[i] - point[i])
    return point_shortest, point_point, before_shortest, before_apart


@kernel
def dot(a, b):
    """Sum of a x b in the order of the links (a library's dot product may add in the order of its threads)."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total
