"""The pivot: a modelled matrix brought to what is known of totals between groups of zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.demand.distribution.margins import ROUNDING, checked_margins, checked_seed, judge, no_layers
from itas_mobility.errors import DemandError
from itas_mobility.kernels import balancing

BlockTargets: TypeAlias = Mapping[tuple[int, int], float | tuple[float, float]]


@dataclass(frozen=True, eq=False)
class BlockBounds:
    """Bounds of the totals between groups of zones: one cut of a matrix into blocks.

    Raises
    ------
    DemandError
        For shapes that do not fit each other, bounds that are negative, missing or cross.
    """

    row_group: IntArray
    column_group: IntArray
    """Group of each row and column, from 0."""
    low: FloatArray
    high: FloatArray
    """Bounds, shape (n_row_groups, n_column_groups); 0 and inf leave a block free."""
    names: tuple[str, ...] = ()
    """What the blocks are called in messages, row by row; default by their numbers."""

    def __post_init__(self) -> None:
        for name in ("row_group", "column_group"):
            object.__setattr__(self, name, _checked_groups(name, getattr(self, name)))
        for name in ("low", "high"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=np.float64, order="C", copy=True))
        n_home, n_work = (int(groups.max(initial=-1)) + 1 for groups in (self.row_group, self.column_group))
        if self.low.ndim != 2 or self.low.shape[0] < n_home or self.low.shape[1] < n_work:
            raise DemandError(f"targets: shape {self.low.shape}, expected at least ({n_home}, {n_work})")
        if self.high.shape != self.low.shape:
            raise DemandError(f"upper: shape {self.high.shape}, expected {self.low.shape}")
        for name, values in (("targets", self.low), ("upper", self.high)):
            bad = np.isnan(values) | (values < 0)
            if name == "targets":
                bad |= np.isinf(values)
            if bad.any():
                g, h = (int(i) for i in np.argwhere(bad)[0])
                raise DemandError(
                    f"{name}[{g}, {h}] = {values[g, h]} must be finite and not negative, or NaN for a free block"
                )
        crossed = self.low > self.high
        if crossed.any():
            g, h = (int(i) for i in np.argwhere(crossed)[0])
            raise DemandError(
                f"{self.name(g, h)}: the lower bound {self.low[g, h]:g} is above the upper one {self.high[g, h]:g}"
            )

    def name(self, g: int, h: int) -> str:
        """What a block is called.

        Parameters
        ----------
        g, h : int
            Group of rows and of columns.

        Returns
        -------
        str
            Its name, or its numbers.
        """
        return self.names[g * self.low.shape[1] + h] if self.names else f"block ({g}, {h})"

    def sums(self, matrix: FloatArray) -> FloatArray:
        """Totals of the blocks of a matrix.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, n_columns)
            Trips.

        Returns
        -------
        ndarray of shape (n_row_groups, n_column_groups)
            Totals.
        """
        n_home, n_work = self.low.shape
        cell = self.row_group[:, None].astype(np.int64) * n_work + self.column_group
        found = np.bincount(cell.ravel(), matrix.ravel(), minlength=n_home * n_work)
        return np.asarray(found.reshape(n_home, n_work), float)


def pivot_to_statistics(
    matrix: ArrayLike,
    row_group: ArrayLike,
    column_group: ArrayLike,
    targets: ArrayLike | BlockTargets,
    productions: ArrayLike,
    attractions: ArrayLike,
    *,
    upper: ArrayLike | None = None,
    further: Sequence[BlockBounds] = (),
    tolerance: float = 1e-9,
    max_iterations: int = 10_000,
) -> FloatArray:
    """Balance a matrix to productions, attractions and totals between groups of zones, such as districts.

    Inside a block of groups and within the margins the pattern of `matrix` is kept as far as the targets allow
    (least information gain). A total may be known exactly or to lie between two bounds; inside them it is left alone.

    Parameters
    ----------
    matrix : array-like of shape (n_rows, n_columns)
        Modelled trips, not negative; zeros stay zero.
    row_group : array-like of int, shape (n_rows,)
        Group (district of home) of each row, from 0.
    column_group : array-like of int, shape (n_columns,)
        Group (district of work) of each column, from 0.
    targets : array-like of shape (n_row_groups, n_column_groups) or mapping
        Wanted trips between groups; NaN, or a pair absent from the mapping, leaves a block free. A mapping may give a
        pair (least, most) for a block.
    productions : array-like of shape (n_rows,)
        Wanted row totals in trips; NaN leaves a row free.
    attractions : array-like of shape (n_columns,)
        Wanted column totals in trips; NaN leaves a column free.
    upper : array-like of shape (n_row_groups, n_column_groups), optional
        Most trips between groups, in which case `targets` are the least; inf or NaN is no bound.
    further : sequence of BlockBounds
        Other cuts of the same matrix that hold at the same time: municipalities inside districts, totals of districts.
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
    Iterative proportional fitting in three dimensions; Csiszár (1975) on its limit. With bounds, exact coordinate
    ascent in the dual: the factor of a block is 1 where its total, reckoned without that factor, lies between the
    bounds, and else brings the total to the nearer one.
    """
    blocks = _bounds(row_group, column_group, targets, upper, np.shape(matrix))
    return pivot_to_bounds(
        matrix, (blocks, *further), productions, attractions, tolerance=tolerance, max_iterations=max_iterations
    )


def pivot_to_bounds(
    matrix: ArrayLike,
    layers: Sequence[BlockBounds],
    productions: ArrayLike,
    attractions: ArrayLike,
    *,
    tolerance: float = 1e-9,
    max_iterations: int = 10_000,
) -> FloatArray:
    """Balance a matrix to margins and to one or more cuts into blocks (see `pivot_to_statistics`).

    Parameters
    ----------
    matrix : array-like of shape (n_rows, n_columns)
        Modelled trips, not negative; zeros stay zero.
    layers : sequence of BlockBounds
        Cuts that hold at the same time; their names are used in messages. None: margins alone.
    productions, attractions, tolerance, max_iterations
        As in `pivot_to_statistics`.

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
        As `pivot_to_statistics`.
    """
    trips = checked_seed(matrix)
    for one in layers:
        if (one.row_group.size, one.column_group.size) != trips.shape:
            raise DemandError(
                f"row_group, column_group: {one.row_group.size} and {one.column_group.size} values, "
                f"expected {trips.shape[0]} and {trips.shape[1]}"
            )
        # what must be empty is emptied at once: a factor of 0 could never come back
        trips[(one.high == 0.0)[one.row_group[:, None], one.column_group[None, :]]] = 0.0
    margins = checked_margins(trips, productions, attractions, may_be_free=True)
    for one in layers:
        _check_blocks(trips, margins, one)
    packed = _packed(layers) if layers else no_layers(trips)
    outcome = balancing.balance(trips, margins, packed, tolerance, max_iterations)
    judge(outcome, tolerance, block_names=_all_names(layers) if layers else ())
    return trips


def _packed(layers: Sequence[BlockBounds]) -> balancing.Layers:
    """Bounds of all layers in arrays of one shape; what is beyond a layer's groups is free."""
    n_home = max(one.low.shape[0] for one in layers)
    n_work = max(one.low.shape[1] for one in layers)
    low = np.zeros((len(layers), n_home, n_work))
    high = np.full((len(layers), n_home, n_work), np.inf)
    for k, one in enumerate(layers):
        low[k, : one.low.shape[0], : one.low.shape[1]] = one.low
        high[k, : one.low.shape[0], : one.low.shape[1]] = one.high
    return balancing.Layers(
        np.array([one.row_group for one in layers]),
        np.array([one.column_group for one in layers]),
        low,
        high,
        np.ones(low.shape),
    )


def _all_names(layers: Sequence[BlockBounds]) -> tuple[str, ...]:
    n_home = max(one.low.shape[0] for one in layers)
    n_work = max(one.low.shape[1] for one in layers)
    return tuple(
        one.name(g, h) if g < one.low.shape[0] and h < one.low.shape[1] else ""
        for one in layers
        for g in range(n_home)
        for h in range(n_work)
    )


def _checked_groups(name: str, given: ArrayLike) -> IntArray:
    groups = np.asarray(given)
    if groups.ndim != 1 or (groups.size and groups.dtype.kind not in "iu"):
        raise DemandError(f"{name}: expected whole numbers in a row, got shape {groups.shape} of {groups.dtype}")
    if (groups < 0).any():
        raise DemandError(f"{name}[{int(np.argmax(groups < 0))}] is negative; groups count from 0")
    return np.ascontiguousarray(exact_option(name, groups, np.int32, DemandError))


def _bounds(
    row_group: ArrayLike,
    column_group: ArrayLike,
    targets: ArrayLike | BlockTargets,
    upper: ArrayLike | None,
    shape: tuple[int, ...],
) -> BlockBounds:
    if len(shape) != 2:
        raise DemandError(f"seed: {len(shape)} dimensions, expected 2")
    home, work = _checked_groups("row_group", row_group), _checked_groups("column_group", column_group)
    for name, groups, n in (("row_group", home, shape[0]), ("column_group", work, shape[1])):
        if groups.shape != (n,):
            raise DemandError(f"{name}: expected {n} whole numbers, got shape {groups.shape}")
    if isinstance(targets, Mapping):
        if upper is not None:
            raise DemandError("upper: a mapping of targets gives both bounds itself, as (least, most)")
        n_home, n_work = int(home.max(initial=0)) + 1, int(work.max(initial=0)) + 1
        low, high = np.zeros((n_home, n_work)), np.full((n_home, n_work), np.inf)
        for pair, wanted in targets.items():
            if not (0 <= pair[0] < n_home and 0 <= pair[1] < n_work):
                raise DemandError(f"targets: no zones belong to the pair of groups {pair}")
            low[pair], high[pair] = wanted if isinstance(wanted, tuple) else (wanted, wanted)
        return BlockBounds(home, work, low, high)
    least = np.array(targets, dtype=np.float64, copy=True)
    if upper is None:
        is_free = np.isnan(least)
        most = np.where(is_free, np.inf, least)
    else:
        most = np.array(upper, dtype=np.float64, copy=True)
        most[np.isnan(most)] = np.inf
    least[np.isnan(least)] = 0.0
    return BlockBounds(home, work, least, most)


def _check_blocks(trips: FloatArray, margins: balancing.Margins, blocks: BlockBounds) -> None:
    """Name a group whose margins do not fit its blocks, and a block that the zeros of the matrix keep empty."""
    n_home, n_work = blocks.low.shape
    for label, margin, groups, n, axis in (
        ("productions of row group", margins.row, blocks.row_group, n_home, 1),
        ("attractions of column group", margins.column, blocks.column_group, n_work, 0),
    ):
        have = np.bincount(groups, weights=margin, minlength=n)  # NaN where one of them is free
        least, most = blocks.low.sum(axis=axis), blocks.high.sum(axis=axis)
        slack = ROUNDING * np.maximum(have, least)
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero((least > have + slack) | (most < have - slack))
        if wrong.size:
            g = int(wrong[0])
            bound = f"at least {least[g]:.12g}" if least[g] > have[g] else f"at most {most[g]:.12g}"
            if least[g] == most[g]:
                bound = f"{least[g]:.12g}"
            raise DemandError(f"{label} {g} sum to {have[g]:.12g}, but the targets of its blocks to {bound}")
    seeded = blocks.sums(trips * np.outer(margins.row != 0, margins.column != 0))
    empty = np.argwhere((blocks.low > 0) & (seeded == 0))
    if empty.size:
        g, h = (int(i) for i in empty[0])
        raise DemandError(
            f"{blocks.name(g, h)} shall have {blocks.low[g, h]:g} trips but the matrix has only zeros there"
        )
