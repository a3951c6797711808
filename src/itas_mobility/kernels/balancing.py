"""Iterative proportional fitting of a matrix to row, column and block totals (Deming, Stephan 1940; Furness 1965)."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

ROW, COLUMN, BLOCK = 0, 1, 2
"""What kind of total misses its target most."""


class Totals(NamedTuple):
    """Totals of a matrix."""

    row: np.ndarray
    column: np.ndarray
    """float64[n_rows], float64[n_columns]."""
    block: np.ndarray
    """float64[n_row_groups, n_column_groups]; as a target, NaN leaves a block free."""


class Groups(NamedTuple):
    """Which blocks a matrix is cut into."""

    row: np.ndarray
    column: np.ndarray
    """int32[n_rows], int32[n_columns]: group of each row and column."""
    matter: bool
    """False leaves the blocks out altogether."""


class Balance(NamedTuple):
    """How near a matrix has come to its targets."""

    iterations: int
    """Rounds done."""
    worst: float
    """Largest relative distance of a total from its target at the end."""
    kind: int
    number: int
    """Which total that is: of kind `ROW`, `COLUMN` or `BLOCK` (number = row group * n_column_groups + column group)."""
    halfway: float
    """Largest relative distance after half of the rounds that were allowed (inf where fewer were done)."""


@kernel
def _miss(total, target):
    """Relative distance of a total from its target; an empty target can only be missed or met."""
    if target == 0.0:
        return 0.0 if total == 0.0 else np.inf
    return abs(total - target) / target


@kernel
def _ratio(target, total):
    return target / total if total > 0.0 else 0.0


@kernel
def _sum_up(matrix, groups, total):
    """Totals of the matrix, in one fixed order."""
    n_rows, n_columns = matrix.shape
    total.column[:] = 0.0
    total.block[:] = 0.0
    for i in range(n_rows):
        of_row = 0.0
        for j in range(n_columns):
            trips = matrix[i, j]
            of_row += trips
            total.column[j] += trips
            if groups.matter:
                total.block[groups.row[i], groups.column[j]] += trips
        total.row[i] = of_row


@kernel
def _farthest(total, target, groups):
    """Largest relative distance of a total from its target, and which total that is (kind and number)."""
    worst = -1.0
    kind = ROW
    number = 0
    for i in range(total.row.size):
        miss = _miss(total.row[i], target.row[i])
        if miss > worst:
            worst, kind, number = miss, ROW, i
    for j in range(total.column.size):
        miss = _miss(total.column[j], target.column[j])
        if miss > worst:
            worst, kind, number = miss, COLUMN, j
    if groups.matter:
        n_row_groups, n_column_groups = target.block.shape
        for g in range(n_row_groups):
            for h in range(n_column_groups):
                if not np.isnan(target.block[g, h]):
                    miss = _miss(total.block[g, h], target.block[g, h])
                    if miss > worst:
                        worst, kind, number = miss, BLOCK, g * n_column_groups + h
    return worst, kind, number


@kernel
def _scale_margins(matrix, target, groups, total):
    """Scale rows, then columns; `total.row` are those of the matrix, `total.block` become those of the outcome."""
    n_rows, n_columns = matrix.shape
    total.column[:] = 0.0
    for i in range(n_rows):
        factor = _ratio(target.row[i], total.row[i])
        for j in range(n_columns):
            matrix[i, j] *= factor
            total.column[j] += matrix[i, j]
    for j in range(n_columns):
        total.column[j] = _ratio(target.column[j], total.column[j])
    total.block[:] = 0.0
    for i in range(n_rows):
        for j in range(n_columns):
            matrix[i, j] *= total.column[j]
            if groups.matter:
                total.block[groups.row[i], groups.column[j]] += matrix[i, j]


@kernel
def _scale_blocks(matrix, target, groups, total):
    """Scale the blocks that have a target; `total.block` are those of the matrix, and then factors."""
    n_rows, n_columns = matrix.shape
    n_row_groups, n_column_groups = target.block.shape
    for g in range(n_row_groups):
        for h in range(n_column_groups):
            if np.isnan(target.block[g, h]):
                total.block[g, h] = 1.0
            else:
                total.block[g, h] = _ratio(target.block[g, h], total.block[g, h])
    for i in range(n_rows):
        for j in range(n_columns):
            matrix[i, j] *= total.block[groups.row[i], groups.column[j]]


@kernel(allocates=True)
def balance(matrix, target, groups, tolerance, max_iterations):
    """Scale `matrix` in place, by rows, columns and blocks in turn, until all totals meet their targets.

    Sums run in one fixed order, so equal input gives equal bytes.

    Parameters
    ----------
    matrix : float64[n_rows, n_columns]
        In: seed, not negative. Out: the balanced matrix.
    target : Totals
        Wanted totals, not negative.
    groups : Groups
    tolerance : float
        Largest relative distance of any total from its target.
    max_iterations : int
        Limit of rounds.

    Returns
    -------
    Balance
    """
    total = Totals(np.zeros(target.row.size), np.zeros(target.column.size), np.zeros(target.block.shape))
    halfway = np.inf
    iterations = 0
    while True:
        _sum_up(matrix, groups, total)
        worst, kind, number = _farthest(total, target, groups)
        if iterations == max_iterations // 2:
            halfway = worst
        if worst <= tolerance or iterations == max_iterations:
            return Balance(iterations, worst, kind, number, halfway)
        iterations += 1
        _scale_margins(matrix, target, groups, total)
        if groups.matter:
            _scale_blocks(matrix, target, groups, total)
