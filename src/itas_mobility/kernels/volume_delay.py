"""Volume-delay functions: travel time of a link by its volume, with derivative, integral and marginal cost.

Forms (``kind`` is the number of `core.road.VdfKind`), with x = volume / capacity:

- BPR (0; Bureau of Public Roads 1964): t0 (1 + alpha x^beta).
- Conical (1; Spiess 1990): t0 (2 + sqrt(a^2 (1 - x)^2 + b^2) - a (1 - x) - b) with b = (2 a - 1) / (2 a - 2), not
  rounded, so that t(0) = t0 and t(capacity) = 2 t0 exactly.
- Akçelik (2; Akçelik 1991, time-dependent form): t0 + 900 s/h (z + sqrt(z^2 + 8 J T x / Q)) with z = T (x - 1), J the
  delay parameter (alpha), T the period in hours (beta) and Q the capacity per hour.
- Table (3): t0 times a factor that is piecewise linear in x; beyond the last point its last slope goes on.
- Queue (4; of no network, `demand.assignment.vdf` makes it for time slices): one of the forms above up to capacity,
  plus the mean wait in a queue that has Q0 vehicles at the start of a slice of T hours, takes in v and lets out c
  vehicles per hour. The queue at hour h is max(0, Q0 + (v - c) h), and who then comes waits for it to be served, so the
  mean wait is the area under that line by c T. Source: the deterministic part of the queueing of Kimber and Hollis
  (1979), "Traffic queues and delays at road junctions", TRRL LR 909; the random part is in the form below.

For the last two ``alpha`` is the first row in `table`, and ``beta`` the number of rows. `table` is float64[n, 4]. A
point of a table is one row: ratio, factor, slope behind it, integral of the factor up to it. A queue has two rows:
kind, alpha and beta of the form below capacity, T; and Q0 with three zeros.

A link with infinite capacity or without free-flow time (BPR, conical, table) keeps its free-flow time. Volumes below
zero, as rounding leaves them, count as zero. Legal input never gives NaN: what is too large for a float is inf.
Products are bracketed so that what may overflow never meets what may have underflowed.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

BPR = 0
CONICAL = 1
AKCELIK = 2
TABLE = 3
QUEUE = 4
AKCELIK_SECONDS = 900.0  # a quarter of an hour's seconds: the factor 0.25 of the formula, which counts in hours
SECONDS_PER_HOUR = 3600.0
SMALL_RATIO = 1e-3
"""Ratio below which the conical area is Simpson's, as the closed form is a small difference there; with a fourth
derivative of 12 at most its error is below x^5 / 240."""
SERIES_END = 0.03
"""p below which log(1 + p) is summed as a series: `SERIES_TERMS` terms then leave an error below 1e-16 of it."""
SERIES_TERMS = 11


@kernel
def _power(base, exponent):
    """base ** exponent, quick for the exponents of almost all files: 4 and 1, and those of their slopes."""
    if exponent == 4.0:
        square = base * base
        return square * square
    if exponent == 3.0:
        return base * base * base
    if exponent == 1.0:
        return base
    if exponent == 0.0:
        return 1.0
    return base**exponent


@kernel(inline=True)
def link_time(kind, free_time, capacity, alpha, beta, table, volume):
    """Travel time of one link at `volume` (at least 0)."""
    if kind == BPR:
        return _bpr_time(free_time, capacity, alpha, beta, volume)
    return _other_time(kind, free_time, capacity, alpha, beta, table, volume)


@kernel(inline=True)
def link_slope(kind, free_time, capacity, alpha, beta, table, volume):
    """Derivative of the travel time by the volume.

    It is inf at zero volume for a BPR power between 0 and 1. At a point of a table it is that of the piece behind.
    """
    if kind == BPR:
        return _bpr_slope(free_time, capacity, alpha, beta, volume)
    return _other_slope(kind, free_time, capacity, alpha, beta, table, volume)


@kernel(inline=True)
def link_bend(kind, free_time, capacity, alpha, beta, table, volume):
    """Volume times the second derivative of the travel time: with the slope, what marginal costs change by."""
    if kind == BPR:
        return _bpr_bend(free_time, capacity, alpha, beta, volume)
    return _other_bend(kind, free_time, capacity, alpha, beta, table, volume)


@kernel(inline=True)
def link_integral(kind, free_time, capacity, alpha, beta, table, volume):
    """Integral of the travel time from zero to `volume`."""
    if kind == BPR:
        return _bpr_integral(free_time, capacity, alpha, beta, volume)
    return _other_integral(kind, free_time, capacity, alpha, beta, table, volume)


@kernel
def _other_time(kind, free_time, capacity, alpha, beta, table, volume):
    """`link_time` of all forms; a queue adds its wait to the form below, whose volume ends at capacity."""
    if capacity == np.inf:
        return free_time
    wait = 0.0
    if kind == QUEUE:
        row = np.int64(alpha)
        wait = _wait(capacity, table[row, 3], table[row + 1, 0], volume)
        kind, alpha, beta = np.uint8(table[row, 0]), table[row, 1], table[row, 2]
        volume = min(volume, capacity)
    if kind == BPR:
        return wait + _bpr_time(free_time, capacity, alpha, beta, volume)
    if kind == AKCELIK:
        return wait + (free_time + _akcelik_delay(capacity, alpha, beta, volume))
    if free_time == 0.0:
        return wait
    if kind == CONICAL:
        return wait + free_time * _conical_factor(alpha, volume / capacity)
    return wait + free_time * _table_factor(np.int64(alpha), np.int64(beta), table, volume / capacity)


@kernel
def _other_slope(kind, free_time, capacity, alpha, beta, table, volume):
    """`link_slope`, likewise; above capacity that of the wait alone."""
    if capacity == np.inf:
        return 0.0
    slope = 0.0
    if kind == QUEUE:
        row = np.int64(alpha)
        slope = _wait_slope(capacity, table[row, 3], table[row + 1, 0], volume)
        if volume > capacity:
            return slope
        kind, alpha, beta = np.uint8(table[row, 0]), table[row, 1], table[row, 2]
    if kind == BPR:
        return slope + _bpr_slope(free_time, capacity, alpha, beta, volume)
    if kind == AKCELIK:
        return slope + _akcelik_slope(capacity, alpha, beta, volume)
    if free_time == 0.0:
        return slope
    if kind == CONICAL:
        _, root, above = _conical_root(alpha, volume / capacity)
        steepness = 2.0 if above == np.inf else above / root
        return slope + free_time * (alpha * steepness) / capacity
    steepness = table[_piece(np.int64(alpha), np.int64(beta), table, volume / capacity), 2]
    if steepness == 0.0:  # a level table may have no capacity
        return slope
    return slope + free_time * steepness / capacity


@kernel
def _other_bend(kind, free_time, capacity, alpha, beta, table, volume):
    """`link_bend`, likewise; a table has none (its slope jumps)."""
    if capacity == np.inf or volume <= 0.0:
        return 0.0
    bend = 0.0
    if kind == QUEUE:
        if volume > capacity:
            return 0.0
        row = np.int64(alpha)
        bend = _wait_bend(capacity, table[row, 3], table[row + 1, 0], volume)
        kind, alpha, beta = np.uint8(table[row, 0]), table[row, 1], table[row, 2]
    if kind == BPR:
        return bend + _bpr_bend(free_time, capacity, alpha, beta, volume)
    if kind == AKCELIK:
        return bend + _akcelik_bend(capacity, alpha, beta, volume)
    if kind == TABLE or free_time == 0.0:
        return bend
    x = volume / capacity
    rest, root, _ = _conical_root(alpha, x)
    if rest == -np.inf:
        return bend
    height = _conical_shape(alpha) / root
    return bend + free_time * (alpha * x / root * (alpha * height * height)) / capacity


@kernel
def _other_integral(kind, free_time, capacity, alpha, beta, table, volume):
    """`link_integral`, likewise; above capacity the time of the form below stays."""
    if capacity == np.inf:
        return free_time * volume
    area = 0.0
    if kind == QUEUE:
        row = np.int64(alpha)
        area = _wait_integral(capacity, table[row, 3], table[row + 1, 0], volume)
        kind, alpha, beta = np.uint8(table[row, 0]), table[row, 1], table[row, 2]
        if volume > capacity:
            area += (volume - capacity) * _other_time(kind, free_time, capacity, alpha, beta, table, capacity)
            volume = capacity
    if kind == BPR:
        return area + _bpr_integral(free_time, capacity, alpha, beta, volume)
    if kind == AKCELIK:
        return area + (free_time * volume + _akcelik_integral(capacity, alpha, beta, volume))
    if free_time == 0.0:
        return area
    if kind == CONICAL:
        return area + free_time * (capacity * _conical_area(alpha, volume / capacity))
    return area + free_time * _table_integral(np.int64(alpha), np.int64(beta), table, capacity, volume)


# -- BPR ---------------------------------------------------------------------------------------------------------------


@kernel
def _bpr_time(free_time, capacity, alpha, beta, volume):
    if free_time == 0.0 or alpha == 0.0 or capacity == np.inf:
        return free_time
    if beta == 0.0:
        return free_time * (1.0 + alpha)
    return free_time * (1.0 + alpha * _power(volume / capacity, beta))


@kernel
def _bpr_slope(free_time, capacity, alpha, beta, volume):
    if free_time == 0.0 or alpha == 0.0 or beta == 0.0 or capacity == np.inf:
        return 0.0
    return free_time * (alpha * (beta * _power(volume / capacity, beta - 1.0))) / capacity


@kernel
def _bpr_bend(free_time, capacity, alpha, beta, volume):
    if beta == 1.0 or volume <= 0.0:
        return 0.0
    return (beta - 1.0) * _bpr_slope(free_time, capacity, alpha, beta, volume)


@kernel
def _bpr_integral(free_time, capacity, alpha, beta, volume):
    if free_time == 0.0 or alpha == 0.0 or capacity == np.inf:
        return free_time * volume
    if beta == 0.0:
        return free_time * (volume * (1.0 + alpha))
    return free_time * (volume * (1.0 + alpha * (_power(volume / capacity, beta) / (beta + 1.0))))


# -- conical: with rest = a (1 - x) and root = sqrt(rest^2 + b^2), a + b - 1 is the root at x = 0 ----------------------


@kernel
def _conical_shape(alpha):
    """The parameter b."""
    return (alpha - 0.5) / (alpha - 1.0)


@kernel
def _conical_root(alpha, x):
    """Rest, root, and root - rest without cancellation; `rest` is -inf where it is too large for a float."""
    rest = alpha * (1.0 - x)
    shape = _conical_shape(alpha)
    root = np.hypot(rest, shape)
    above = shape * (shape / (root + rest)) if rest > 0.0 else root - rest
    return rest, root, above


@kernel
def _conical_factor(alpha, x):
    """1 + a x - (root at 0 - root at x), the difference by its conjugate: a sum of terms that are not negative."""
    _, root, above = _conical_root(alpha, x)
    ahead = alpha * x
    if above == np.inf or ahead == np.inf:
        return np.inf
    surplus = 0.5 / (alpha - 1.0)  # root - rest at x = 0
    return 1.0 + ahead * ((surplus + above) / (alpha + surplus + root))


@kernel
def _conical_area(alpha, x):
    """Integral of the factor from 0 to x."""
    if x < SMALL_RATIO:
        middle, end = _conical_factor(alpha, 0.5 * x), _conical_factor(alpha, x)
        return x * (1.0 + 4.0 * middle + end) / 6.0
    shape = _conical_shape(alpha)
    rest, _, above = _conical_root(alpha, x)
    _, _, first_above = _conical_root(alpha, 0.0)
    behind = rest * above + shape * shape * np.arcsinh(rest / shape)
    if not behind > -np.inf:
        return np.inf
    first = alpha * first_above + shape * shape * np.arcsinh(alpha / shape)
    return (2.0 - shape) * x + 0.5 * (first - behind) / alpha


# -- Akçelik: f = x - 1 + sqrt((x - 1)^2 + 2 m x), with m = 4 J / (Q T), is the delay in units of 900 s/h x T ----------


@kernel
def _akcelik_delay(capacity, alpha, beta, volume):
    x = volume / capacity
    if x == 0.0 or beta == 0.0:  # no volume, or no period in which a queue could grow
        return 0.0
    z, _, kx, root = _akcelik_root(capacity, alpha, beta, x)
    if kx == np.inf or z == np.inf:
        return np.inf
    # below capacity z + root cancels: the conjugate form keeps all digits
    if z < 0.0:
        return AKCELIK_SECONDS * (kx / (root - z))
    return AKCELIK_SECONDS * (z + root)


@kernel
def _akcelik_root(capacity, alpha, beta, x):
    """z, k = 8 J T / Q, k x and sqrt(z^2 + k x), for x above 0; k x is inf where any of its parts is too large."""
    z = beta * (x - 1.0)
    k = 8.0 * alpha * beta / capacity
    kx = np.inf if k == np.inf or x == np.inf else k * x
    return z, k, kx, np.hypot(z, np.sqrt(kx))


@kernel
def _akcelik_slope(capacity, alpha, beta, volume):
    x = volume / capacity
    if beta == 0.0:
        return 0.0
    if x == 0.0:
        return AKCELIK_SECONDS * (4.0 * alpha / capacity / capacity)
    z, k, kx, root = _akcelik_root(capacity, alpha, beta, x)
    if kx == np.inf or z == np.inf:
        return np.inf
    if root == 0.0:  # the kink of the delay without random queues (J = 0) at capacity: mean of both sides
        return AKCELIK_SECONDS * beta / capacity
    if z < 0.0:
        return AKCELIK_SECONDS * (beta / root * (kx / (root - z)) + 0.5 * (k / root)) / capacity
    return AKCELIK_SECONDS * (beta + beta * (z / root) + 0.5 * (k / root)) / capacity


@kernel
def _akcelik_bend(capacity, alpha, beta, volume):
    x = volume / capacity
    if alpha == 0.0 or beta == 0.0 or x == 0.0:
        return 0.0
    z, k, kx, root = _akcelik_root(capacity, alpha, beta, x)
    if kx == np.inf or z == np.inf or root == 0.0:
        return 0.0
    half = 0.5 * np.sqrt(k)
    return AKCELIK_SECONDS * (kx / root / root * ((beta + half) / root) * (beta - half)) / capacity


@kernel
def _akcelik_integral(capacity, alpha, beta, volume):
    """Integral of the delay: x is a rational function of f, x = f (f + 2) / (2 (f + m)), whose integral is closed."""
    delay = _akcelik_delay(capacity, alpha, beta, volume)
    if delay == 0.0 or delay == np.inf:
        return delay
    f = delay / (AKCELIK_SECONDS * beta)
    m = 4.0 * alpha / capacity / beta
    area = _akcelik_area(f, m)
    if not area < np.inf:  # inf - inf is not a number
        return np.inf
    return AKCELIK_SECONDS * (beta * (capacity * area))


@kernel
def _akcelik_area(f, m):
    """Integral of f by x: x f less the integral of x by f, with p = f / m, of which a small one needs series."""
    p = np.inf if m == 0.0 else f / m
    if p > SERIES_END:
        rest = f if p == np.inf else f - m * np.log1p(p)
        share = f / (f + m)
        return 0.5 * (f * f * (share - 0.5) + m * rest) + f * share - rest
    third = 0.0  # (log(1 + p) - p + p^2 / 2) / p^3
    for n in range(SERIES_TERMS + 2, 2, -1):
        third = 1.0 / n - p * third
    share = 1.0 / (1.0 + p)
    return f * p * (0.5 * f * (share - third) + share - 0.5 + p * third)


# -- table -------------------------------------------------------------------------------------------------------------


@kernel
def _piece(first, count, table, x):
    """Row of the last point at or before the ratio x."""
    low = first
    high = first + count
    while high - low > 1:
        middle = (low + high) // 2
        if table[middle, 0] <= x:
            low = middle
        else:
            high = middle
    return low


@kernel
def _table_factor(first, count, table, x):
    row = _piece(first, count, table, x)
    if table[row, 2] == 0.0:
        return table[row, 1]
    return table[row, 1] + table[row, 2] * (x - table[row, 0])


@kernel
def _table_integral(first, count, table, capacity, volume):
    """Integral of the factor by the volume."""
    x = volume / capacity
    row = _piece(first, count, table, x)
    factor = table[row, 1]
    area = capacity * (table[row, 3] - factor * table[row, 0]) + factor * volume
    if table[row, 2] == 0.0:
        return area
    beyond = x - table[row, 0]
    return area + capacity * (0.5 * table[row, 2] * beyond * beyond)


# -- queue -------------------------------------------------------------------------------------------------------------


@kernel
def _queued_share(capacity, duration, queue, volume):
    """Share of the slice in which there is a queue."""
    if volume > capacity:
        return 1.0
    if queue == 0.0:
        return 0.0
    if volume == capacity:
        return 1.0
    return min(1.0, queue / duration / (capacity - volume))


@kernel
def _wait(capacity, duration, queue, volume):
    """Mean wait of those who arrive in the slice, in s."""
    share = _queued_share(capacity, duration, queue, volume)
    if share < 1.0:  # the queue falls to nothing
        return SECONDS_PER_HOUR * (0.5 * queue / capacity * share)
    return SECONDS_PER_HOUR * (queue / capacity + 0.5 * duration * ((volume - capacity) / capacity))


@kernel
def _wait_slope(capacity, duration, queue, volume):
    share = _queued_share(capacity, duration, queue, volume)
    return 0.5 * SECONDS_PER_HOUR * duration * (share * share / capacity)


@kernel
def _wait_bend(capacity, duration, queue, volume):
    share = _queued_share(capacity, duration, queue, volume)
    if share == 0.0 or share == 1.0:
        return 0.0
    return SECONDS_PER_HOUR * duration * (share * share * (volume / (capacity - volume)) / capacity)


@kernel
def _wait_integral(capacity, duration, queue, volume):
    """Integral of `_wait` by the volume: a logarithm up to where the queue lasts all the slice, then a parabola."""
    lasting = max(capacity - queue / duration, 0.0)
    area = 0.0
    share = queue / capacity / duration  # of the slice, if nobody came
    if lasting > 0.0 and share > 0.0:
        ends = np.log1p(-volume / capacity) if volume < lasting else np.log(share)
        area = -0.5 * queue * share * ends
    if volume > lasting:
        mean = 0.5 * (volume + lasting) - capacity
        area += (volume - lasting) * (queue / capacity + 0.5 * duration * (mean / capacity))
    return SECONDS_PER_HOUR * area


# -- cost --------------------------------------------------------------------------------------------------------------


@kernel(inline=True)
def link_cost(marginal, kind, free_time, capacity, alpha, beta, table, volume):
    """Travel time or, if `marginal`, the time one more vehicle costs all: t + v t'."""
    if kind == BPR:
        time = _bpr_time(free_time, capacity, alpha, beta, volume)
        if marginal and volume > 0.0:
            time += volume * _bpr_slope(free_time, capacity, alpha, beta, volume)
        return time
    time = _other_time(kind, free_time, capacity, alpha, beta, table, volume)
    if marginal and volume > 0.0:
        time += volume * _other_slope(kind, free_time, capacity, alpha, beta, table, volume)
    return time


@kernel(inline=True)
def link_cost_slope(marginal, kind, free_time, capacity, alpha, beta, table, volume):
    """Derivative of `link_cost` by the volume."""
    if kind == BPR:
        slope = _bpr_slope(free_time, capacity, alpha, beta, volume)
        return (1.0 + beta) * slope if marginal else slope  # 2 t' + v t'' in one term
    slope = _other_slope(kind, free_time, capacity, alpha, beta, table, volume)
    if not marginal or slope == np.inf:
        return slope
    return 2.0 * slope + _other_bend(kind, free_time, capacity, alpha, beta, table, volume)


class CostFunctions(NamedTuple):
    """What all links cost: a function of the volume each, and what is fixed."""

    marginal: bool
    """Whether marginal cost counts instead of travel time."""
    kind: np.ndarray
    """uint8[n_links]: see the module."""
    free_time: np.ndarray
    capacity: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    """float64[n_links]."""
    fixed: np.ndarray
    """float64[n_links]: cost beside the time."""
    preload: np.ndarray
    """float64[n_links]: volume that is there all the same."""
    table: np.ndarray
    """float64[n, 4]: see the module."""


@kernel
def costs(functions, volume, out):
    """Cost of all links: `link_cost` at `volume` + preload, plus the fixed cost.

    Parameters
    ----------
    functions : CostFunctions
    volume : float64[n_links]
    out : float64[n_links]
        Result.
    """
    f = CostFunctions(*functions)
    for i in range(volume.size):
        at = max(volume[i] + f.preload[i], 0.0)
        out[i] = f.fixed[i] + link_cost(
            f.marginal, f.kind[i], f.free_time[i], f.capacity[i], f.alpha[i], f.beta[i], f.table, at
        )


@kernel
def slopes(functions, volume, out):
    """Derivative of `costs`; parameters as there."""
    f = CostFunctions(*functions)
    for i in range(volume.size):
        at = max(volume[i] + f.preload[i], 0.0)
        out[i] = link_cost_slope(
            f.marginal, f.kind[i], f.free_time[i], f.capacity[i], f.alpha[i], f.beta[i], f.table, at
        )


@kernel
def integrals(functions, volume, out):
    """Integral of `costs` from zero to `volume`; parameters as there."""
    f = CostFunctions(*functions)
    for i in range(volume.size):
        before = f.preload[i]
        at = max(volume[i] + before, 0.0)
        area = _cost_integral(f.marginal, f.kind[i], f.free_time[i], f.capacity[i], f.alpha[i], f.beta[i], f.table, at)
        if before > 0.0 and area < np.inf:
            area -= _cost_integral(
                f.marginal, f.kind[i], f.free_time[i], f.capacity[i], f.alpha[i], f.beta[i], f.table, before
            )
        out[i] = area + f.fixed[i] * volume[i]


@kernel
def _cost_integral(marginal, kind, free_time, capacity, alpha, beta, table, volume):
    """Integral of `link_cost` from zero to `volume`."""
    if marginal:
        return volume * link_time(kind, free_time, capacity, alpha, beta, table, volume) if volume > 0.0 else 0.0
    return link_integral(kind, free_time, capacity, alpha, beta, table, volume)


@kernel
def directional(functions, volume, direction, step):
    """First and second derivative of the objective along `direction` at `volume` + `step` x `direction`.

    Parameters
    ----------
    functions : CostFunctions
    volume, direction : float64[n_links]
    step : float

    Returns
    -------
    tuple of float
        sum(cost x direction), sum(slope x direction^2).
    """
    f = CostFunctions(*functions)
    first = 0.0
    second = 0.0
    for i in range(volume.size):
        d = direction[i]
        if d == 0.0:
            continue
        at = max(volume[i] + step * d + f.preload[i], 0.0)
        cost = link_cost(f.marginal, f.kind[i], f.free_time[i], f.capacity[i], f.alpha[i], f.beta[i], f.table, at)
        first += (f.fixed[i] + cost) * d
        second += (
            link_cost_slope(f.marginal, f.kind[i], f.free_time[i], f.capacity[i], f.alpha[i], f.beta[i], f.table, at)
            * d
            * d
        )
    return first, second
