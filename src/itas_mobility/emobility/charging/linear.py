"""Linear programmes with aims in order: each is made least while all earlier ones stay at their least.

An aim is held by its optimal face and not by a bound on its value: columns with a reduced cost stay at their bound,
rows with a dual value stay tight (complementary slackness). No tolerance adds up over the aims, and the programme gets
smaller with each. Rows may be many: those that matter are found as they are violated (cutting planes).
"""

from typing import Any, Final, TypeAlias

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.errors import ItasError

_TOLERANCE: Final = 1e-10
"""Of the solver, the least it takes."""
_NO_PRICE: Final = 1e-9
"""Dual values below it, where the largest cost is 1, are rounding."""
_METHOD: Final[Any] = "highs-ds"
"""The dual simplex method: of programmes with 300,000 columns eight times as fast as the interior-point method with its
crossover (measured), and its vertices are exact."""
_OPTIMAL, _INFEASIBLE = 0, 2

Rows: TypeAlias = tuple[LongArray, LongArray, FloatArray, FloatArray]
"""Row (from 0), column and value of each element; what each row is at most."""


class InfeasibleError(ItasError):
    """No solution keeps all rows."""


class LinearProgramme:
    """Columns with bounds and rows, built bit by bit, then solved for one aim after another.

    Parameters
    ----------
    label : str
        What is decided, for messages.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self.low = np.zeros(0)
        self.high = np.zeros(0)
        self._elements: list[tuple[LongArray, LongArray, FloatArray]] = []
        self._most: list[FloatArray] = []
        self._is_equal: list[BoolArray] = []
        self._n_rows = 0
        self._made: Any = None
        self.solution = np.zeros(0)

    def columns(self, high: FloatArray, low: float = 0.0) -> LongArray:
        """Add columns.

        Parameters
        ----------
        high : ndarray of shape (n,)
            Upper bounds, infinite where there is none.
        low : float, default=0.0
            Lower bound of all.

        Returns
        -------
        ndarray of shape (n,)
            Their numbers.
        """
        first = self.low.size
        self.low = np.append(self.low, np.full(high.size, low))
        self.high = np.append(self.high, high)
        return np.arange(first, first + high.size)

    def rows(self, rows: Rows, *, is_equal: bool = False) -> LongArray:
        """Add rows.

        Parameters
        ----------
        rows : Rows
            Elements and right side.
        is_equal : bool, default=False
            Whether they are equal to the right side, else at most.

        Returns
        -------
        ndarray
            Their numbers.
        """
        row, column, value, most = rows
        self._elements.append((row + self._n_rows, column, value))
        self._most.append(most)
        self._is_equal.append(np.full(most.size, is_equal))
        self._n_rows += most.size
        self._made = None
        return np.arange(self._n_rows - most.size, self._n_rows)

    def least(self, cost: FloatArray) -> float:
        """Make an aim least, and hold it for those to come.

        Parameters
        ----------
        cost : ndarray of shape (n_columns,)
            Of each column.

        Returns
        -------
        float
            The least value.

        Raises
        ------
        InfeasibleError
            If nothing keeps all rows.
        ItasError
            If the solver stops before it has found the least; its message is told.
        """
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        found = self._solve(cost / scale)
        self.solution = np.clip(found.x, self.low, self.high)
        self._hold(found)
        return float(cost @ self.solution)

    def _solve(self, cost: FloatArray) -> Any:
        from scipy.optimize import linprog

        matrix, most, equal = self._matrix()
        bounds = np.stack([self.low, self.high], axis=1)
        tolerances = {"primal_feasibility_tolerance": _TOLERANCE, "dual_feasibility_tolerance": _TOLERANCE}
        found: Any = linprog(  # type: ignore[call-overload]
            cost, A_ub=matrix[~equal], b_ub=most[~equal], A_eq=matrix[equal], b_eq=most[equal], bounds=bounds,
            method=_METHOD, options=tolerances,
        )  # fmt: skip
        if found.status == _INFEASIBLE:
            raise InfeasibleError(f"{self._label}: no solution keeps all limits")
        if found.status != _OPTIMAL:
            raise ItasError(f"{self._label}: the solver stopped with status {found.status}: {found.message}")
        return found

    def _matrix(self) -> tuple[Any, FloatArray, BoolArray]:
        if self._made is None:
            from scipy.sparse import csr_array

            row, column, value = (np.concatenate(x) for x in zip(*self._elements, strict=True))
            matrix = csr_array((value, (row, column)), shape=(self._n_rows, self.low.size))
            self._made = matrix, np.concatenate(self._most), np.concatenate(self._is_equal)
            self._elements = [(row, column, value)]
            self._most, self._is_equal = [self._made[1]], [self._made[2]]
        return self._made  # type: ignore[no-any-return]

    def _hold(self, found: Any) -> None:
        """Keep to the optimal face."""
        _, _, equal = self._matrix()
        price = np.zeros(self._n_rows)
        price[~equal], price[equal] = found.ineqlin.marginals, found.eqlin.marginals
        equal |= np.abs(price) > _NO_PRICE
        at_low, at_high = found.lower.marginals > _NO_PRICE, found.upper.marginals < -_NO_PRICE
        is_fixed = self.low == self.high
        self.high = np.where(at_low & ~is_fixed, self.low, self.high)
        self.low = np.where(at_high & ~is_fixed, self.high, self.low)
