"""Balancing a matrix to its margins, and what all balancing checks and says."""

import math
import warnings
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import ConvergenceWarning, DemandError
from itas_mobility.kernels import balancing

_STILL_FALLING: Final = 0.75
"""A fit whose worst total fell below this part of its half-way value is slow (a seed with zeros converges like 1/n,
which halves it); one that did not has contradictory targets (then the worst total stays)."""
ROUNDING: Final = 1e-9
"""Relative difference of two sums of targets that is put down to rounding in the input."""


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
    matrix = checked_seed(seed)
    target = checked_margins(matrix, productions, attractions)
    outcome = balancing.balance(matrix, target, no_layers(matrix), tolerance, max_iterations)
    judge(outcome, tolerance)
    return matrix


def no_layers(matrix: FloatArray) -> balancing.Layers:
    """No cuts into blocks, as the kernel takes them.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns)
        The matrix to balance.

    Returns
    -------
    Layers
        None.
    """
    n_rows, n_columns = matrix.shape
    none = np.zeros((0, 1, 1))
    return balancing.Layers(np.zeros((0, n_rows), np.int32), np.zeros((0, n_columns), np.int32), none, none, none)


def checked_seed(seed: ArrayLike) -> FloatArray:
    """A copy of a matrix that may be scaled in place.

    Parameters
    ----------
    seed : array-like of shape (n_rows, n_columns)
        Finite and not negative.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The copy.

    Raises
    ------
    DemandError
        For other values (the first is named).
    """
    matrix = np.array(seed, dtype=np.float64, order="C", copy=True)
    if matrix.ndim != 2:
        raise DemandError(f"seed: {matrix.ndim} dimensions, expected 2")
    refuse_unusable("seed", matrix)
    return matrix


def checked_margins(
    matrix: FloatArray, productions: ArrayLike, attractions: ArrayLike, *, may_be_free: bool = False
) -> balancing.Margins:
    """Margins that a matrix can meet, with equal sums.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns)
        Seed; only its zeros matter.
    productions : array-like of shape (n_rows,)
        Wanted row totals.
    attractions : array-like of shape (n_columns,)
        Wanted column totals.
    may_be_free : bool, default=False
        Whether NaN may leave a margin free.

    Returns
    -------
    Margins
        The attractions are brought to the sum of the productions where no margin is free.

    Raises
    ------
    DemandError
        For wrong shapes and values, different sums, and a row or column whose seed is empty.
    """
    rows = np.ascontiguousarray(productions, dtype=np.float64)
    columns = np.ascontiguousarray(attractions, dtype=np.float64)
    for name, margin, n in (("productions", rows, matrix.shape[0]), ("attractions", columns, matrix.shape[1])):
        if margin.shape != (n,):
            raise DemandError(f"{name}: shape {margin.shape}, expected ({n},)")
        refuse_unusable(name, np.where(np.isnan(margin), 0.0, margin) if may_be_free else margin)
    is_whole = not (np.isnan(rows).any() or np.isnan(columns).any())
    if is_whole and abs(rows.sum() - columns.sum()) > ROUNDING * max(rows.sum(), columns.sum()):
        raise DemandError(
            f"productions sum to {rows.sum():.12g} but attractions to {columns.sum():.12g}; scale one of them"
        )
    # rounding is taken out here, else totals could never meet both margins closer than that
    if is_whole and columns.sum() > 0:
        columns = columns * (rows.sum() / columns.sum())
    for name, margin, reachable in (
        ("row", rows, matrix @ (columns != 0).astype(float)),
        ("column", columns, (rows != 0).astype(float) @ matrix),
    ):
        stranded = np.flatnonzero((margin > 0) & (reachable == 0))
        if stranded.size:
            i = int(stranded[0])
            raise DemandError(
                f"{name} {i} shall have {margin[i]:g} trips but the seed has only zeros there"
                f" ({stranded.size} such {name}{'s' if stranded.size > 1 else ''})"
            )
    return balancing.Margins(rows, columns)


def refuse_unusable(name: str, values: FloatArray) -> None:
    """Refuse what is not finite or negative.

    Parameters
    ----------
    name : str
        What the values are called.
    values : ndarray
        Values.

    Raises
    ------
    DemandError
        Names the first one.
    """
    if values.size == 0 or (np.isfinite(values.sum()) and values.min() >= 0):
        return
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise DemandError(f"{name}[{', '.join(map(str, where))}] = {values[where]} must be finite and not negative")


def judge(outcome: balancing.Balance, tolerance: float, *, block_names: tuple[str, ...] = ()) -> None:
    """Raise or warn where a fit did not meet its targets.

    Parameters
    ----------
    outcome : Balance
        How near the fit came.
    tolerance : float
        How near it should come.
    block_names : tuple of str
        What each block is called, by its number.

    Raises
    ------
    DemandError
        Where the worst total comes no nearer.

    Warns
    -----
    ConvergenceWarning
        Where it still does.
    """
    worst, number = outcome.worst, outcome.number
    if worst <= tolerance:
        return
    if outcome.kind == balancing.BLOCK:
        where = block_names[number]
    else:
        where = f"{'row' if outcome.kind == balancing.ROW else 'column'} {number}"
    message = f"after {outcome.iterations} rounds {where} still misses its target by {worst:.2e} of it"
    if math.isfinite(worst) and worst < _STILL_FALLING * outcome.halfway:
        warnings.warn(f"{message} (tolerance {tolerance:g})", ConvergenceWarning, stacklevel=3)
    else:
        raise DemandError(f"{message} and comes no nearer: targets and zeros of the seed contradict each other")
