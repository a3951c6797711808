"""Volume-delay functions: travel time of a link by its volume, with derivative, integral and marginal cost.

Forms (``kind`` is the number of `core.road.VdfKind`), with x = volume / capacity:

- BPR (0; Bureau of Public Roads 1964): t0 (1 + alpha x^beta).
- Conical (1; Spiess 1990): t0 (2 + sqrt(a^2 (1 - x)^2 + b^2) - a (1 - x) - b) with b = (2 a - 1) / (2 a - 2), not
  rounded, so that t(0) = t0 and t(capacity) = 2 t0 exactly.
- Akçelik (2; Akçelik 1991, time-dependent form): t0 + 900 s/h (z + sqrt(z^2 + 8 J T x / Q)) with z = T (x - 1), J the
  delay parameter (alpha), T the period in hours (beta) and Q the capacity per hour.

A link with infinite capacity or without free-flow time (BPR, conical) keeps its free-flow time. Volumes below zero, as
rounding leaves them, count as zero.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel

BPR = 0
CONICAL = 1
AKCELIK_SECONDS = 900.0  # a quarter of an hour's seconds: the factor 0.25 of the formula, which counts in hours


@kernel
def _power(base, exponent):
    """base ** exponent, quick for the exponents of almost all files (1 and 4)."""
    if exponent == 4.0:
        square = base * base
        return square * square
    if exponent == 1.0:
        return base
    return base**exponent


@kernel
def link_time(kind, free_time, capacity, alpha, beta, volume):
    """Travel time of one link at `volume` (at least 0)."""
    if capacity == np.inf:
        return free_time
    if kind == BPR:
        if free_time == 0.0 or alpha == 0.0:
            return free_time
        if beta == 0.0:
            return free_time * (1.0 + alpha)
        return free_time * (1.0 + alpha * _power(volume / capacity, beta))
    if kind == CONICAL:
        if free_time == 0.0:
            return free_time
        shape = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
        rest = alpha * (1.0 - volume / capacity)
        return free_time * (2.0 + np.sqrt(rest * rest + shape * shape) - rest - shape)
    x = volume / capacity
    z = beta * (x - 1.0)
    k = 8.0 * alpha * beta / capacity
    root = np.sqrt(z * z + k * x)
    # below capacity z + root cancels: the conjugate form keeps all digits
    if z < 0.0:
        return free_time + AKCELIK_SECONDS * (k * x / (root - z))
    return free_time + AKCELIK_SECONDS * (z + root)


@kernel
def link_slope(kind, free_time, capacity, alpha, beta, volume):
    """Derivative of the travel time by the volume; inf at zero volume for a BPR power between 0 and 1."""
    if capacity == np.inf:
        return 0.0
    if kind == BPR:
        if free_time == 0.0 or alpha == 0.0 or beta == 0.0:
            return 0.0
        return free_time * alpha * beta * _power(volume / capacity, beta - 1.0) / capacity
    if kind == CONICAL:
        if free_time == 0.0:
            return 0.0
        shape = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
        rest = alpha * (1.0 - volume / capacity)
        return free_time * alpha * (1.0 - rest / np.sqrt(rest * rest + shape * shape)) / capacity
    x = volume / capacity
    z = beta * (x - 1.0)
    k = 8.0 * alpha * beta / capacity
    root = np.sqrt(z * z + k * x)
    if root == 0.0:  # the kink of the delay without random queues (J = 0) at capacity: mean of both sides
        return AKCELIK_SECONDS * beta / capacity
    if z < 0.0:
        return AKCELIK_SECONDS * (beta * k * x / (root - z) + 0.5 * k) / root / capacity
    return AKCELIK_SECONDS * (beta + (beta * z + 0.5 * k) / root) / capacity


@kernel
def link_bend(kind, free_time, capacity, alpha, beta, volume):
    """Volume times the second derivative of the travel time: with the slope, what marginal costs change by."""
    if capacity == np.inf:
        return 0.0
    if kind == BPR:
        return (beta - 1.0) * link_slope(kind, free_time, capacity, alpha, beta, volume) if volume > 0.0 else 0.0
    x = volume / capacity
    if kind == CONICAL:
        if free_time == 0.0:
            return 0.0
        shape = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
        rest = alpha * (1.0 - x)
        root = np.sqrt(rest * rest + shape * shape)
        return free_time * x * (alpha * shape) ** 2 / root**3 / capacity
    z = beta * (x - 1.0)
    k = 8.0 * alpha * beta / capacity
    root = np.sqrt(z * z + k * x)
    if root == 0.0:
        return 0.0
    return AKCELIK_SECONDS * x * k * (beta * beta - 0.25 * k) / root**3 / capacity


@kernel
def link_integral(kind, free_time, capacity, alpha, beta, volume):
    """Integral of the travel time from zero to `volume`."""
    if capacity == np.inf:
        return free_time * volume
    if kind == BPR:
        if free_time == 0.0 or alpha == 0.0:
            return free_time * volume
        if beta == 0.0:
            return free_time * (1.0 + alpha) * volume
        return free_time * volume * (1.0 + alpha * _power(volume / capacity, beta) / (beta + 1.0))
    x = volume / capacity
    if kind == CONICAL:
        if free_time == 0.0:
            return 0.0
        shape = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
        area = (2.0 - shape - alpha) * x + 0.5 * alpha * x * x
        area += _root_area(1.0, alpha, shape) - _root_area(1.0 - x, alpha, shape)
        return free_time * capacity * area
    if beta == 0.0:  # no period in which a queue could grow
        return free_time * volume
    # z^2 + k x = T^2 (h^2 + rest) with h = x - 1 + m: the square is completed and integrated in closed form
    m = 4.0 * alpha / (capacity * beta)
    rest = m * (2.0 - m)
    area = 0.5 * x * x - x + _square_root_area(x - 1.0 + m, rest) - _square_root_area(m - 1.0, rest)
    return free_time * volume + AKCELIK_SECONDS * beta * capacity * area


@kernel
def _root_area(u, alpha, shape):
    """Antiderivative of sqrt(alpha^2 u^2 + shape^2)."""
    return 0.5 * u * np.sqrt((alpha * u) ** 2 + shape**2) + 0.5 * shape**2 / alpha * np.arcsinh(alpha * u / shape)


@kernel
def _square_root_area(h, rest):
    """Antiderivative of sqrt(h^2 + rest); for negative `rest` h is above 1."""
    if rest == 0.0:
        return 0.5 * h * abs(h)
    root = np.sqrt(max(h * h + rest, 0.0))
    if rest > 0.0:
        return 0.5 * (h * root + rest * np.arcsinh(h / np.sqrt(rest)))
    return 0.5 * (h * root + rest * np.log(h + root))


@kernel
def link_cost(marginal, kind, free_time, capacity, alpha, beta, volume):
    """Travel time or, if `marginal`, the time one more vehicle costs all: t + v t'."""
    time = link_time(kind, free_time, capacity, alpha, beta, volume)
    if marginal and volume > 0.0:
        time += volume * link_slope(kind, free_time, capacity, alpha, beta, volume)
    return time


@kernel
def link_cost_slope(marginal, kind, free_time, capacity, alpha, beta, volume):
    """Derivative of `link_cost` by the volume."""
    slope = link_slope(kind, free_time, capacity, alpha, beta, volume)
    if not marginal:
        return slope
    if kind == BPR:  # the sum below in one term, which stays defined where the slope is infinite
        return (1.0 + beta) * slope
    return 2.0 * slope + link_bend(kind, free_time, capacity, alpha, beta, volume)


@kernel
def costs(marginal, kind, free_time, capacity, alpha, beta, fixed, preload, volume, out):
    """Cost of all links: `link_cost` at `volume` + `preload`, plus the fixed cost.

    Parameters
    ----------
    marginal : bool
        Marginal instead of travel time.
    kind : uint8[n_links]
    free_time, capacity, alpha, beta, fixed, preload, volume : float64[n_links]
    out : float64[n_links]
        Result.
    """
    for i in range(volume.size):
        at = max(volume[i] + preload[i], 0.0)
        out[i] = fixed[i] + link_cost(marginal, kind[i], free_time[i], capacity[i], alpha[i], beta[i], at)


@kernel
def slopes(marginal, kind, free_time, capacity, alpha, beta, preload, volume, out):
    """Derivative of `costs`; parameters as there."""
    for i in range(volume.size):
        at = max(volume[i] + preload[i], 0.0)
        out[i] = link_cost_slope(marginal, kind[i], free_time[i], capacity[i], alpha[i], beta[i], at)


@kernel
def integrals(marginal, kind, free_time, capacity, alpha, beta, fixed, preload, volume, out):
    """Integral of `costs` from zero to `volume`; parameters as there."""
    for i in range(volume.size):
        before = preload[i]
        at = max(volume[i] + before, 0.0)
        if marginal:
            area = at * link_time(kind[i], free_time[i], capacity[i], alpha[i], beta[i], at)
            area -= before * link_time(kind[i], free_time[i], capacity[i], alpha[i], beta[i], before)
        else:
            area = link_integral(kind[i], free_time[i], capacity[i], alpha[i], beta[i], at)
            if before > 0.0:
                area -= link_integral(kind[i], free_time[i], capacity[i], alpha[i], beta[i], before)
        out[i] = area + fixed[i] * volume[i]


@kernel
def directional(marginal, kind, free_time, capacity, alpha, beta, fixed, preload, volume, direction, step):
    """First and second derivative of the objective along `direction` at `volume` + `step` x `direction`.

    Parameters
    ----------
    marginal, kind, free_time, capacity, alpha, beta, fixed, preload, volume
        As in `costs`.
    direction : float64[n_links]
    step : float

    Returns
    -------
    tuple of float
        sum(cost x direction), sum(slope x direction^2).
    """
    first = 0.0
    second = 0.0
    for i in range(volume.size):
        d = direction[i]
        if d == 0.0:
            continue
        at = max(volume[i] + step * d + preload[i], 0.0)
        cost = link_cost(marginal, kind[i], free_time[i], capacity[i], alpha[i], beta[i], at)
        first += (fixed[i] + cost) * d
        second += link_cost_slope(marginal, kind[i], free_time[i], capacity[i], alpha[i], beta[i], at) * d * d
    return first, second
