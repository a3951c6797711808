"""Iterative proportional fitting of a matrix to margins and blocks (Deming, Stephan 1940; Furness 1965).

`balance` scales the matrix itself and knows blocks with bounds; `balance_weights` leaves the matrix alone and finds the
two vectors of factors, which is several times as quick and can go on from factors found before.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

ROW, COLUMN, BLOCK = 0, 1, 2
"""What kind of total misses its target most."""
_SMALLEST, _LARGEST = 1e-250, 1e250
"""Factors that leave this range belong to targets that contradict each other; beyond it, products are no numbers."""


class Margins(NamedTuple):
    """Wanted totals of rows and columns; NaN leaves one free."""

    row: np.ndarray
    column: np.ndarray
    """float64[n_rows], float64[n_columns]."""


class Layers(NamedTuple):
    """Sets of blocks, each set a cut of the matrix by groups of rows and of columns."""

    row: np.ndarray
    column: np.ndarray
    """int32[n_layers, n_rows], int32[n_layers, n_columns]: group of each row and column."""
    low: np.ndarray
    high: np.ndarray
    """float64[n_layers, n_row_groups, n_column_groups]: bounds of the total of each block; 0 and inf leave it free."""
    factor: np.ndarray
    """float64, as the bounds. Out: what each block was multiplied by; 1 where its total lies between its bounds."""


class Balance(NamedTuple):
    """How near a matrix has come to its targets."""

    iterations: int
    """Rounds done."""
    worst: float
    """Largest relative distance of a total from its target at the end."""
    kind: int
    number: int
    """Which total that is: of kind `ROW`, `COLUMN` or `BLOCK` (place in the raveled bounds of `Layers`)."""
    halfway: float
    """Largest relative distance after half of the rounds that were allowed (inf where fewer were done)."""


@kernel
def _miss(total, target):
    """Relative distance of a total from its target; an empty target can only be missed or met."""
    if np.isnan(target):
        return 0.0
    if target == 0.0:
        return 0.0 if total == 0.0 else np.inf
    return abs(total - target) / target


@kernel
def _ratio(target, total):
    """Factor that brings a total to its target; 1 for a free one."""
    if np.isnan(target):
        return 1.0
    return target / total if total > 0.0 else 0.0


@kernel
def _wanted(total, factor, low, high):
    """What a block shall sum to: its total without its own factor if that lies between the bounds, else the nearer."""
    without = total / factor if factor > 0.0 else total
    if without < low:
        return low
    return min(without, high)


@kernel
def _sum_blocks(matrix, layers, k, total):
    """Totals of the blocks of one layer."""
    n_rows, n_columns = matrix.shape
    total[:] = 0.0
    for i in range(n_rows):
        g = layers.row[k, i]
        for j in range(n_columns):
            total[g, layers.column[k, j]] += matrix[i, j]


@kernel
def _worst_margin(matrix, target, column_total):
    """Largest relative distance of a margin from its target, and which that is (kind and number)."""
    n_rows, n_columns = matrix.shape
    worst = -1.0
    kind = ROW
    number = 0
    column_total[:] = 0.0
    for i in range(n_rows):
        of_row = 0.0
        for j in range(n_columns):
            of_row += matrix[i, j]
            column_total[j] += matrix[i, j]
        miss = _miss(of_row, target.row[i])
        if miss > worst:
            worst, kind, number = miss, ROW, i
    for j in range(n_columns):
        miss = _miss(column_total[j], target.column[j])
        if miss > worst:
            worst, kind, number = miss, COLUMN, j
    return worst, kind, number


@kernel
def _worst_block(matrix, layers, total):
    """Largest relative distance of a block from what its bounds want, and its number (-1 without any block)."""
    n_layers, n_row_groups, n_column_groups = layers.low.shape
    worst = -1.0
    number = -1
    for k in range(n_layers):
        _sum_blocks(matrix, layers, k, total)
        for g in range(n_row_groups):
            for h in range(n_column_groups):
                wanted = _wanted(total[g, h], layers.factor[k, g, h], layers.low[k, g, h], layers.high[k, g, h])
                miss = _miss(total[g, h], wanted)
                if miss > worst:
                    worst, number = miss, (k * n_row_groups + g) * n_column_groups + h
    return worst, number


@kernel
def _scale_margins(matrix, target, column_factor):
    """Scale rows, then columns."""
    n_rows, n_columns = matrix.shape
    column_factor[:] = 0.0
    for i in range(n_rows):
        total = 0.0
        for j in range(n_columns):
            total += matrix[i, j]
        factor = _ratio(target.row[i], total)
        for j in range(n_columns):
            matrix[i, j] *= factor
            column_factor[j] += matrix[i, j]
    for j in range(n_columns):
        column_factor[j] = _ratio(target.column[j], column_factor[j])
    for i in range(n_rows):
        for j in range(n_columns):
            matrix[i, j] *= column_factor[j]


@kernel
def _scale_blocks(matrix, layers, k, change):
    """Bring the blocks of one layer between their bounds, and back to a factor of 1 where they lie there anyway."""
    n_rows, n_columns = matrix.shape
    n_row_groups, n_column_groups = change.shape
    _sum_blocks(matrix, layers, k, change)
    is_still = True
    for g in range(n_row_groups):
        for h in range(n_column_groups):
            total, before = change[g, h], layers.factor[k, g, h]
            if total == 0.0:  # nothing there that could be scaled
                change[g, h] = 1.0
                continue
            low, high = layers.low[k, g, h], layers.high[k, g, h]
            without = total / before if before > 0.0 else total
            if low <= without <= high:
                layers.factor[k, g, h] = 1.0
                change[g, h] = 1.0 / before if before > 0.0 else 1.0
            else:
                change[g, h] = (low if without < low else high) / total
                layers.factor[k, g, h] = before * change[g, h]
            is_still = is_still and change[g, h] == 1.0
    if is_still:
        return
    for i in range(n_rows):
        g = layers.row[k, i]
        for j in range(n_columns):
            matrix[i, j] *= change[g, layers.column[k, j]]


@kernel(allocates=True)
def balance(matrix, target, layers, tolerance, max_iterations):
    """Scale `matrix` in place, by rows, columns and blocks in turn, until margins are met and blocks within bounds.

    This is coordinate ascent in the dual of least information: each step is exact, so that a block's factor is 1 where
    its total without that factor lies between the bounds, and else brings it to the nearer bound. Sums run in one fixed
    order, so equal input gives equal bytes.

    Parameters
    ----------
    matrix : float64[n_rows, n_columns]
        In: seed, not negative. Out: the balanced matrix.
    target : Margins
        Wanted totals, not negative.
    layers : Layers
        Bounds of blocks; ``factor`` is 1 at the start. No layer leaves margins alone.
    tolerance : float
        Largest relative distance of any total from its target.
    max_iterations : int
        Limit of rounds.

    Returns
    -------
    Balance
    """
    of_column = np.zeros(target.column.size)
    of_block = np.zeros(layers.low.shape[1:])
    halfway = np.inf
    iterations = 0
    while True:
        worst, kind, number = _worst_margin(matrix, target, of_column)
        at_block, block = _worst_block(matrix, layers, of_block)
        if at_block > worst:
            worst, kind, number = at_block, BLOCK, block
        if iterations == max_iterations // 2:
            halfway = worst
        if worst <= tolerance or iterations == max_iterations:
            return Balance(iterations, worst, kind, number, halfway)
        iterations += 1
        _scale_margins(matrix, target, of_column)
        for k in range(layers.low.shape[0]):
            _scale_blocks(matrix, layers, k, of_block)


@kernel
def _dot(a, b):
    """Inner product in eight sums side by side, always the same ones: the processor need not wait for each addition."""
    n = a.size
    whole = n - n % 8
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    for j in range(0, whole, 8):
        s0 += a[j] * b[j]
        s1 += a[j + 1] * b[j + 1]
        s2 += a[j + 2] * b[j + 2]
        s3 += a[j + 3] * b[j + 3]
        s4 += a[j + 4] * b[j + 4]
        s5 += a[j + 5] * b[j + 5]
        s6 += a[j + 6] * b[j + 6]
        s7 += a[j + 7] * b[j + 7]
    rest = 0.0
    for j in range(whole, n):
        rest += a[j] * b[j]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest


@kernel(allocates=True)
def balance_weights(weight, target, row_factor, column_factor, tolerance, max_iterations):
    """Find factors such that ``row_factor[i] * weight[i, j] * column_factor[j]`` meets both margins.

    Each round passes once over the weights. Columns are met after each round, so that rows tell how near it is.

    Parameters
    ----------
    weight : float64[n_rows, n_columns]
        Not negative; stays as it is.
    target : Margins
        Wanted totals, not negative, without NaN.
    row_factor, column_factor : float64[n_rows], float64[n_columns]
        In: factors to start from, such as those of similar weights; columns positive where they shall not be empty.
        Out: the factors.
    tolerance : float
        Largest relative distance of any row total from its target.
    max_iterations : int
        Limit of rounds.

    Returns
    -------
    Balance
        ``halfway`` equals ``worst`` where factors left the range of numbers: they only do where targets contradict
        each other.
    """
    n_rows, n_columns = weight.shape
    of_column = np.zeros(n_columns)
    halfway = np.inf
    iterations = 0
    while True:
        iterations += 1
        worst = 0.0
        number = 0
        kind = ROW
        is_number = True
        of_column[:] = 0.0
        for i in range(n_rows):
            total = _dot(weight[i], column_factor)
            if iterations > 1:
                miss = _miss(row_factor[i] * total, target.row[i])
                if miss > worst:
                    worst, number = miss, i
            factor = _ratio(target.row[i], total)
            row_factor[i] = factor
            is_number = is_number and (target.row[i] == 0.0 or _SMALLEST < factor < _LARGEST)
            for j in range(n_columns):
                of_column[j] += factor * weight[i, j]
        for j in range(n_columns):
            column_factor[j] = _ratio(target.column[j], of_column[j])
            is_number = is_number and (target.column[j] == 0.0 or _SMALLEST < column_factor[j] < _LARGEST)
            if of_column[j] == 0.0 and target.column[j] > 0.0:
                worst, kind, number = np.inf, COLUMN, j
        if iterations == 1 + max_iterations // 2:
            halfway = worst
        if not is_number:
            return Balance(iterations, max(worst, tolerance * 2.0), kind, number, max(worst, tolerance * 2.0))
        if iterations > 1 and (worst <= tolerance or iterations > max_iterations):
            return Balance(iterations - 1, worst, kind, number, halfway)


@kernel
def total_cost(weight, cost, row_factor, column_factor):
    """Sum of ``row_factor[i] * weight[i, j] * column_factor[j] * cost[i, j]``; costs are finite."""
    n_rows, n_columns = weight.shape
    total = 0.0
    for i in range(n_rows):
        even = odd = 0.0
        for j in range(0, n_columns - 1, 2):
            even += weight[i, j] * column_factor[j] * cost[i, j]
            odd += weight[i, j + 1] * column_factor[j + 1] * cost[i, j + 1]
        if n_columns % 2 == 1:
            even += weight[i, n_columns - 1] * column_factor[n_columns - 1] * cost[i, n_columns - 1]
        total += row_factor[i] * (even + odd)
    return total
