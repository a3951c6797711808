"""Trip distribution: balancing to margins, the gravity model, its calibration, and the pivot to statistics."""

import math
import warnings
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.errors import ConvergenceWarning, DemandError
from itas_mobility.kernels import balancing

Deterrence: TypeAlias = Literal["exponential", "power", "tanner", "lognormal"]

_DETERRENCES: Final = ("exponential", "power", "tanner", "lognormal")
_STILL_FALLING: Final = 0.75
"""A fit whose worst total fell below this part of its half-way value is slow (a seed with zeros converges like 1/n,
which halves it); one that did not has contradictory targets (then the worst total stays)."""
_ROUNDING: Final = 1e-9
"""Relative difference of two sums of targets that is put down to rounding in the input."""
_BRACKET_STEPS: Final = 4
"""Doublings of beta after which the attainable minimum is computed (a linear programme) before doubling on."""


def furness(
    seed: ArrayLike,
    productions: ArrayLike,
    attractions: ArrayLike,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 10_000,
) -> FloatArray:
    """Balance a matrix to given productions and attractions; odds ratios of the seed are kept.

    Parameters
    ----------
    seed : array-like of shape (n_rows, n_columns)
        Starting matrix, not negative; zeros stay zero.
    productions : array-like of shape (n_rows,)
        Wanted row totals in trips.
    attractions : array-like of shape (n_columns,)
        Wanted column totals in trips.
    tolerance : float, default=1e-10
        Largest relative distance of any total from its target (attractions are first brought to the sum of the
        productions, from which they may differ by 1e-9 of it).
    max_iterations : int, default=10000
        Limit of rounds (one round scales rows, then columns).

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The balanced matrix.

    Raises
    ------
    DemandError
        If the margins have different sums, or zeros of the seed keep a row or column from its target (named).

    Warns
    -----
    ConvergenceWarning
        If the limit was reached while the totals were still approaching their targets.

    Notes
    -----
    Deming and Stephan (1940), Furness (1965).
    """
    matrix, rows, columns = _checked_margins(seed, productions, attractions)
    n_rows, n_columns = matrix.shape
    outcome = balancing.balance(
        matrix,
        balancing.Totals(rows, columns, np.full((1, 1), np.nan)),
        balancing.Groups(np.zeros(n_rows, np.int32), np.zeros(n_columns, np.int32), matter=False),
        tolerance,
        max_iterations,
    )
    _judge(outcome, 1, tolerance)
    return matrix


def pivot_to_statistics(
    matrix: ArrayLike,
    row_group: ArrayLike,
    column_group: ArrayLike,
    targets: ArrayLike | Mapping[tuple[int, int], float],
    productions: ArrayLike,
    attractions: ArrayLike,
    *,
    tolerance: float = 1e-9,
    max_iterations: int = 10_000,
) -> FloatArray:
    """Balance a matrix to productions, attractions and totals between groups of zones, such as districts.

    Inside a block of groups and within the margins the pattern of `matrix` is kept as far as the targets allow
    (least information gain).

    Parameters
    ----------
    matrix : array-like of shape (n_rows, n_columns)
        Modelled trips, not negative; zeros stay zero.
    row_group : array-like of int, shape (n_rows,)
        Group (district of home) of each row, from 0.
    column_group : array-like of int, shape (n_columns,)
        Group (district of work) of each column, from 0.
    targets : array-like of shape (n_row_groups, n_column_groups) or mapping
        Wanted trips between groups; NaN, or a pair absent from the mapping, leaves a block free.
    productions : array-like of shape (n_rows,)
        Wanted row totals in trips.
    attractions : array-like of shape (n_columns,)
        Wanted column totals in trips.
    tolerance : float, default=1e-9
        Largest relative distance of any total from its target.
    max_iterations : int, default=10000
        Limit of rounds (rows, columns, blocks).

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The pivoted matrix.

    Raises
    ------
    DemandError
        If targets contradict each other, or zeros of the matrix keep a row, column or block from its target (named).

    Warns
    -----
    ConvergenceWarning
        If the limit was reached while the totals were still approaching their targets; it names the worst.

    Notes
    -----
    Iterative proportional fitting in three dimensions; Csiszár (1975) on its limit.
    """
    trips, rows, columns = _checked_margins(matrix, productions, attractions)
    home = _checked_groups("row_group", row_group, trips.shape[0])
    work = _checked_groups("column_group", column_group, trips.shape[1])
    blocks = _checked_targets(targets, int(home.max(initial=0)) + 1, int(work.max(initial=0)) + 1)
    _check_blocks(trips, rows, columns, home, work, blocks)
    outcome = balancing.balance(
        trips,
        balancing.Totals(rows, columns, blocks),
        balancing.Groups(home, work, matter=True),
        tolerance,
        max_iterations,
    )
    _judge(outcome, blocks.shape[1], tolerance)
    return trips


def gravity(
    productions: ArrayLike,
    attractions: ArrayLike,
    cost: ArrayLike,
    *,
    deterrence: Deterrence = "exponential",
    beta: float,
    power: float = 0.0,
    scale: float = 1.0,
    tolerance: float = 1e-10,
    max_iterations: int = 10_000,
) -> FloatArray:
    """Distribute trips by the doubly constrained gravity model.

    Parameters
    ----------
    productions : array-like of shape (n_rows,)
        Trips that start in each zone.
    attractions : array-like of shape (n_columns,)
        Trips that end in each zone.
    cost : array-like of shape (n_rows, n_columns)
        Generalised cost, not negative; inf means unreachable and gives no trips.
    deterrence : {"exponential", "power", "tanner", "lognormal"}, default="exponential"
        ``exp(-beta c)``, ``c ** -beta``, ``c ** power * exp(-beta c)`` or ``exp(-beta ln(c / scale) ** 2)``.
    beta : float
        Sensitivity to cost, in the inverse unit of `cost` (a pure number for "power" and "lognormal").
    power : float, default=0.0
        Exponent of the cost in "tanner".
    scale : float, default=1.0
        Cost at which "lognormal" peaks.
    tolerance, max_iterations
        As in `furness`.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        Trips.

    Raises
    ------
    DemandError
        For unusable costs, an unknown deterrence, or margins that cannot be met (the zone is named).

    Notes
    -----
    Wilson (1967); deterrence of Tanner (1961). Weights are formed in logarithms and reduced by the best of each
    row and column, which balancing cancels, so that steep deterrence does not underflow.
    """
    costs = _checked_cost(cost, np.size(productions), np.size(attractions))
    weight = _weights(costs, deterrence, beta, power, scale)
    return furness(weight, productions, attractions, tolerance=tolerance, max_iterations=max_iterations)


def calibrate_gravity(
    productions: ArrayLike,
    attractions: ArrayLike,
    cost: ArrayLike,
    *,
    mean_cost: float,
    deterrence: Literal["exponential", "power"] = "exponential",
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> tuple[FloatArray, float]:
    """Find the beta of the gravity model that gives a wanted mean trip cost.

    Parameters
    ----------
    productions, attractions, cost
        As in `gravity`.
    mean_cost : float
        Wanted mean cost per trip, in the unit of `cost`.
    deterrence : {"exponential", "power"}, default="exponential"
        Form of the deterrence.
    tolerance : float, default=1e-8
        Largest relative distance of the mean cost from the wanted one.
    max_iterations : int, default=100
        Limit of secant steps.

    Returns
    -------
    trips : ndarray of shape (n_rows, n_columns)
        The calibrated matrix.
    beta : float
        Its sensitivity to cost.

    Raises
    ------
    DemandError
        If the mean cost is not attainable: above that of beta = 0, or at or below the least that the margins
        allow (Evans 1973: the limit of a growing beta is the transportation problem).

    Notes
    -----
    Hyman (1969): start at 1 / mean cost, then secant steps; kept inside a bracket, which Hyman does not do.
    """
    if deterrence not in ("exponential", "power"):
        raise DemandError(f"deterrence {deterrence!r} cannot be calibrated; known: exponential, power")
    if not (math.isfinite(mean_cost) and mean_cost > 0):
        raise DemandError(f"mean_cost: {mean_cost} must be positive")
    costs = _checked_cost(cost, np.size(productions), np.size(attractions))
    finite = np.where(np.isfinite(costs), costs, 0.0)
    total = float(np.sum(np.asarray(productions, float)))
    if not total > 0:
        raise DemandError("productions: no trips, so no mean cost can be calibrated")

    def distribute(beta: float) -> tuple[FloatArray, float]:
        trips = gravity(productions, attractions, costs, deterrence=deterrence, beta=beta)
        return trips, float((trips * finite).sum()) / total

    trips, highest = distribute(0.0)
    if abs(highest - mean_cost) <= tolerance * mean_cost:
        return trips, 0.0
    if mean_cost > highest:
        raise DemandError(f"mean_cost: {mean_cost:g} is not attainable; beta = 0 gives {highest:g}, the most possible")

    low, low_cost = 0.0, highest
    beta = 1.0 / mean_cost if deterrence == "exponential" else 1.0
    trips, reached = distribute(beta)
    doublings = 0
    while reached > mean_cost * (1 + tolerance):
        low, low_cost = beta, reached
        doublings += 1
        if doublings == _BRACKET_STEPS:
            least = _least_mean_cost(productions, attractions, costs)
            if mean_cost <= least:
                raise DemandError(
                    f"mean_cost: {mean_cost:g} is not attainable; the margins and costs allow no less than {least:g}"
                )
        beta *= 2.0
        trips, reached = distribute(beta)
    high, high_cost = beta, reached
    for _ in range(max_iterations):
        if abs(reached - mean_cost) <= tolerance * mean_cost:
            return trips, beta
        beta = low + (low_cost - mean_cost) * (high - low) / (low_cost - high_cost)
        # a secant through a strongly bent curve creeps along one end of the bracket; then halve it
        if not low + 0.05 * (high - low) < beta < high - 0.05 * (high - low):
            beta = 0.5 * (low + high)
        trips, reached = distribute(beta)
        if reached > mean_cost:
            low, low_cost = beta, reached
        else:
            high, high_cost = beta, reached
    raise DemandError(f"mean_cost: {mean_cost:g} not met after {max_iterations} steps (reached {reached:g})")


def _checked_margins(
    matrix: ArrayLike, productions: ArrayLike, attractions: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    trips = np.array(matrix, dtype=np.float64, order="C", copy=True)
    if trips.ndim != 2:
        raise DemandError(f"seed: {trips.ndim} dimensions, expected 2")
    rows = np.ascontiguousarray(productions, dtype=np.float64)
    columns = np.ascontiguousarray(attractions, dtype=np.float64)
    for name, margin, n in (("productions", rows, trips.shape[0]), ("attractions", columns, trips.shape[1])):
        if margin.shape != (n,):
            raise DemandError(f"{name}: shape {margin.shape}, expected ({n},)")
        _refuse_unusable(name, margin)
    _refuse_unusable("seed", trips)
    if abs(rows.sum() - columns.sum()) > _ROUNDING * max(rows.sum(), columns.sum()):
        raise DemandError(
            f"productions sum to {rows.sum():.12g} but attractions to {columns.sum():.12g}; scale one of them"
        )
    # rounding is taken out here, else totals could never meet both margins closer than that
    if columns.sum() > 0:
        columns = columns * (rows.sum() / columns.sum())
    for name, margin, reachable in (
        ("row", rows, trips[:, columns > 0].sum(axis=1)),
        ("column", columns, trips[rows > 0, :].sum(axis=0)),
    ):
        stranded = np.flatnonzero((margin > 0) & (reachable == 0))
        if stranded.size:
            i = int(stranded[0])
            raise DemandError(
                f"{name} {i} shall have {margin[i]:g} trips but the seed has only zeros there"
                f" ({stranded.size} such {name}{'s' if stranded.size > 1 else ''})"
            )
    return trips, rows, columns


def _refuse_unusable(name: str, values: FloatArray) -> None:
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise DemandError(f"{name}[{', '.join(map(str, where))}] = {values[where]} must be finite and not negative")


def _checked_groups(name: str, given: ArrayLike, n: int) -> IntArray:
    groups = np.asarray(given)
    if groups.shape != (n,) or (groups.size and groups.dtype.kind not in "iu"):
        raise DemandError(f"{name}: expected {n} whole numbers, got shape {groups.shape} of {groups.dtype}")
    if (groups < 0).any():
        raise DemandError(f"{name}[{int(np.argmax(groups < 0))}] is negative; groups count from 0")
    return np.ascontiguousarray(exact_option(name, groups, np.int32, DemandError))


def _checked_targets(targets: ArrayLike | Mapping[tuple[int, int], float], n_home: int, n_work: int) -> FloatArray:
    if isinstance(targets, Mapping):
        blocks = np.full((n_home, n_work), np.nan)
        for pair, wanted in targets.items():
            if not (0 <= pair[0] < n_home and 0 <= pair[1] < n_work):
                raise DemandError(f"targets: no zones belong to the pair of groups {pair}")
            blocks[pair] = wanted
    else:
        blocks = np.array(targets, dtype=np.float64, order="C", copy=True)
        if blocks.ndim != 2 or blocks.shape[0] < n_home or blocks.shape[1] < n_work:
            raise DemandError(f"targets: shape {blocks.shape}, expected at least ({n_home}, {n_work})")
    bad = np.isinf(blocks) | (blocks < 0)
    if bad.any():
        g, h = (int(i) for i in np.argwhere(bad)[0])
        raise DemandError(
            f"targets[{g}, {h}] = {blocks[g, h]} must be finite and not negative, or NaN for a free block"
        )
    return blocks


def _check_blocks(
    trips: FloatArray, rows: FloatArray, columns: FloatArray, home: IntArray, work: IntArray, blocks: FloatArray
) -> None:
    n_home, n_work = blocks.shape
    fixed = ~np.isnan(blocks)
    wanted = np.where(fixed, blocks, 0.0)
    for label, margin, groups, n, sums, complete in (
        ("productions of row group", rows, home, n_home, wanted.sum(axis=1), fixed.all(axis=1)),
        ("attractions of column group", columns, work, n_work, wanted.sum(axis=0), fixed.all(axis=0)),
    ):
        have = np.bincount(groups, weights=margin, minlength=n)
        slack = _ROUNDING * np.maximum(have, sums)
        wrong = np.flatnonzero((sums > have + slack) | (complete & (sums < have - slack)))
        if wrong.size:
            g = int(wrong[0])
            raise DemandError(f"{label} {g} sum to {have[g]:.12g}, but the targets of its blocks to {sums[g]:.12g}")
    usable = trips * np.outer(rows > 0, columns > 0)
    seeded = np.zeros(blocks.shape)
    np.add.at(seeded, (home[:, None], work[None, :]), usable)
    empty = np.argwhere((wanted > 0) & (seeded == 0))
    if empty.size:
        g, h = (int(i) for i in empty[0])
        raise DemandError(f"block ({g}, {h}) shall have {blocks[g, h]:g} trips but the matrix has only zeros there")


def _judge(outcome: balancing.Balance, n_column_groups: int, tolerance: float) -> None:
    """Raise or warn where a fit did not meet its targets."""
    worst, number = outcome.worst, outcome.number
    if worst <= tolerance:
        return
    if outcome.kind == balancing.BLOCK:
        where = f"block ({number // n_column_groups}, {number % n_column_groups})"
    else:
        where = f"{'row' if outcome.kind == balancing.ROW else 'column'} {number}"
    message = f"after {outcome.iterations} rounds {where} still misses its target by {worst:.2e} of it"
    if math.isfinite(worst) and worst < _STILL_FALLING * outcome.halfway:
        warnings.warn(f"{message} (tolerance {tolerance:g})", ConvergenceWarning, stacklevel=3)
    else:
        raise DemandError(f"{message} and comes no nearer: targets and zeros of the seed contradict each other")


def _checked_cost(cost: ArrayLike, n_rows: int, n_columns: int) -> FloatArray:
    costs = np.asarray(cost, dtype=np.float64)
    if costs.shape != (n_rows, n_columns):
        raise DemandError(f"cost: shape {costs.shape}, expected ({n_rows}, {n_columns})")
    bad = np.isnan(costs) | (costs < 0)
    if bad.any():
        i, j = (int(k) for k in np.argwhere(bad)[0])
        raise DemandError(f"cost[{i}, {j}] = {costs[i, j]} must not be negative or missing (inf: unreachable)")
    return costs


def _weights(costs: FloatArray, deterrence: str, beta: float, power: float, scale: float) -> FloatArray:
    if deterrence not in _DETERRENCES:
        raise DemandError(f"deterrence {deterrence!r} is not known; known: {', '.join(_DETERRENCES)}")
    for name, value in (("beta", beta), ("power", power), ("scale", scale)):
        if not math.isfinite(value):
            raise DemandError(f"{name}: {value} must be finite")
    if not scale > 0:
        raise DemandError(f"scale: {scale} must be positive")
    reachable = np.isfinite(costs)
    needs_log = deterrence in ("power", "lognormal") or (deterrence == "tanner" and power != 0)
    if needs_log and (costs == 0).any():
        i, j = (int(k) for k in np.argwhere(costs == 0)[0])
        raise DemandError(f"cost[{i}, {j}] = 0, but deterrence {deterrence!r} needs positive costs")
    c = np.where(reachable, costs, 1.0)
    if deterrence == "exponential":
        log_weight = -beta * c
    elif deterrence == "power":
        log_weight = -beta * np.log(c)
    elif deterrence == "tanner":
        log_weight = -beta * c + (power * np.log(c) if power else 0.0)
    else:
        log_weight = -beta * np.log(c / scale) ** 2
    log_weight = np.where(reachable, log_weight, -np.inf)
    for axis in (1, 0):
        best = log_weight.max(axis=axis, keepdims=True, initial=-np.inf)
        log_weight = log_weight - np.where(np.isfinite(best), best, 0.0)
    return np.asarray(np.exp(log_weight))


def _least_mean_cost(productions: ArrayLike, attractions: ArrayLike, costs: FloatArray) -> float:
    """Least mean cost that the margins allow: the transportation problem as a linear programme."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    rows = np.asarray(productions, float)
    columns = np.asarray(attractions, float) * (np.sum(productions) / np.sum(attractions))
    tail, head = np.nonzero(np.isfinite(costs))
    pair = np.arange(tail.size)
    sums: Any = csr_array(  # linprog takes sparse constraints, its type stubs do not know
        (np.ones(2 * tail.size), (np.concatenate([tail, rows.size + head]), np.concatenate([pair, pair]))),
        shape=(rows.size + columns.size, tail.size),
    )
    solved = linprog(costs[tail, head], A_eq=sums, b_eq=np.concatenate([rows, columns]), method="highs")
    if solved.status != 0 or solved.fun is None:
        raise DemandError(f"the least mean cost could not be computed: {solved.message}")
    return float(solved.fun) / float(rows.sum())
