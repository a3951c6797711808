"""Iterative proportional fitting of a matrix to row, column and block totals (Deming, Stephan 1940; Furness 1965)."""

import numpy as np

from itas_mobility.kernels._jit import kernel

ROW, COLUMN, BLOCK = 0, 1, 2


@kernel
def _miss(total, target):
    """Relative distance of a total from its target; an empty target can only be missed or met."""
    if target == 0.0:
        return 0.0 if total == 0.0 else np.inf
    return abs(total - target) / target


@kernel
def _ratio(target, total):
    return target / total if total > 0.0 else 0.0


@kernel(allocates=True)
def balance(
    matrix, row_target, column_target, row_group, column_group, block_target, with_blocks, tolerance, max_iterations
):
    """Scale `matrix` in place, by rows, columns and blocks in turn, until all totals meet their targets.

    Sums run in one fixed order, so equal input gives equal bytes.

    Parameters
    ----------
    matrix : float64[n_rows, n_columns]
        In: seed, not negative. Out: the balanced matrix.
    row_target : float64[n_rows]
    column_target : float64[n_columns]
        Wanted totals, not negative.
    row_group : int32[n_rows]
    column_group : int32[n_columns]
        Group of each row and column.
    block_target : float64[n_row_groups, n_column_groups]
        Wanted totals of the blocks; NaN leaves a block free.
    with_blocks : bool
        False leaves the blocks out altogether.
    tolerance : float
        Largest relative distance of any total from its target.
    max_iterations : int
        Limit of rounds.

    Returns
    -------
    iterations : int
        Rounds done.
    worst : float
        Largest relative distance at the end.
    kind, index : int
        Which total that is: 0 row, 1 column, 2 block (index = row group * n_column_groups + column group).
    halfway : float
        Largest relative distance after half of `max_iterations` (inf where fewer were done).
    """
    n_rows, n_columns = matrix.shape
    n_column_groups = block_target.shape[1]
    row_total = np.zeros(n_rows)
    column_total = np.zeros(n_columns)
    block_total = np.zeros(block_target.shape)
    halfway = np.inf
    iterations = 0
    while True:
        column_total[:] = 0.0
        block_total[:] = 0.0
        for i in range(n_rows):
            total = 0.0
            for j in range(n_columns):
                trips = matrix[i, j]
                total += trips
                column_total[j] += trips
                if with_blocks:
                    block_total[row_group[i], column_group[j]] += trips
            row_total[i] = total
        worst = -1.0
        kind = 0
        index = 0
        for i in range(n_rows):
            miss = _miss(row_total[i], row_target[i])
            if miss > worst:
                worst, kind, index = miss, 0, i
        for j in range(n_columns):
            miss = _miss(column_total[j], column_target[j])
            if miss > worst:
                worst, kind, index = miss, 1, j
        if with_blocks:
            for g in range(block_target.shape[0]):
                for h in range(n_column_groups):
                    if not np.isnan(block_target[g, h]):
                        miss = _miss(block_total[g, h], block_target[g, h])
                        if miss > worst:
                            worst, kind, index = miss, 2, g * n_column_groups + h
        if iterations == max_iterations // 2:
            halfway = worst
        if worst <= tolerance or iterations == max_iterations:
            return iterations, worst, kind, index, halfway
        iterations += 1

        column_total[:] = 0.0
        for i in range(n_rows):
            factor = _ratio(row_target[i], row_total[i])
            for j in range(n_columns):
                matrix[i, j] *= factor
                column_total[j] += matrix[i, j]
        for j in range(n_columns):
            column_total[j] = _ratio(column_target[j], column_total[j])
        block_total[:] = 0.0
        for i in range(n_rows):
            for j in range(n_columns):
                matrix[i, j] *= column_total[j]
                if with_blocks:
                    block_total[row_group[i], column_group[j]] += matrix[i, j]
        if with_blocks:
            for g in range(block_target.shape[0]):
                for h in range(n_column_groups):
                    if np.isnan(block_target[g, h]):
                        block_total[g, h] = 1.0
                    else:
                        block_total[g, h] = _ratio(block_target[g, h], block_total[g, h])
            for i in range(n_rows):
                for j in range(n_columns):
                    matrix[i, j] *= block_total[row_group[i], column_group[j]]
