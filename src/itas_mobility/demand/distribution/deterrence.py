"""How the wish to travel falls with cost: forms of deterrence, and the weights they give.

All forms have one thing in common: the logarithm of the weight is linear in their parameters. So a form is a few
functions of cost (its terms), and one set of coefficients per fit.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import DemandError

DeterrenceForm: TypeAlias = Literal["exponential", "power", "tanner", "lognormal"]
FORMS: Final = ("exponential", "power", "tanner", "lognormal")


@dataclass(frozen=True)
class Deterrence:
    """A form of deterrence with its parameters, for costs c = cost + offset.

    ``exp(-beta c)``, ``c ** -beta``, ``c ** power * exp(-beta c)`` (Tanner 1961) or ``exp(-beta ln(c / scale) ** 2)``.

    Raises
    ------
    DemandError
        For an unknown form, or parameters that are not finite.
    """

    form: DeterrenceForm = "exponential"
    beta: float = 0.0
    """In the inverse unit of cost; a pure number for "power" and "lognormal"."""
    power: float = 0.0
    """Exponent of the cost in "tanner"."""
    scale: float = 1.0
    """Cost at which "lognormal" peaks."""
    offset: float = 0.0
    """Added to every cost, in its unit: with a positive one, costs of zero are fine in every form."""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise DemandError(f"deterrence {self.form!r} is not known; known: {', '.join(FORMS)}")
        for name in ("beta", "power", "scale", "offset"):
            if not math.isfinite(getattr(self, name)):
                raise DemandError(f"{name}: {getattr(self, name)} must be finite")
        if not self.scale > 0:
            raise DemandError(f"scale: {self.scale} must be positive")
        if self.offset < 0:
            raise DemandError(f"offset: {self.offset} must not be negative")

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Factors of the terms (see `terms`) in the logarithm of the weight."""
        if self.form in ("exponential", "power"):
            return (-self.beta,)
        if self.form == "tanner":
            return (-self.beta, self.power)
        return (-self.beta, 2.0 * self.beta * math.log(self.scale))

    def weights(self, costs: FloatArray, *, by_row: bool = False) -> FloatArray:
        """Weights of checked costs, each row and column reduced by its best, which balancing cancels.

        Parameters
        ----------
        costs : ndarray of shape (n_rows, n_columns)
            Not negative; inf has no weight.
        by_row : bool, default=False
            Whether rows alone are reduced, so that weights may be compared along a row.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
            At most 1.
        """
        used = (*self.coefficients,)
        form: DeterrenceForm = self.form
        if form == "tanner" and self.power == 0.0:  # then costs of zero are fine
            used, form = used[:1], "exponential"
        is_open = np.isfinite(costs)
        logarithm = np.zeros(costs.shape)
        for factor, term in zip(used, terms(form, costs, self.offset), strict=True):
            logarithm += factor * term
        return np.asarray(np.exp(reduced(logarithm, is_open, axes=(1,) if by_row else (1, 0))))


def terms(form: DeterrenceForm, costs: FloatArray, offset: float) -> tuple[FloatArray, ...]:
    """The functions of cost in which the logarithm of the weight is linear; 0 where there is no way.

    Parameters
    ----------
    form : {"exponential", "power", "tanner", "lognormal"}
        Form of the deterrence.
    costs : ndarray of shape (n_rows, n_columns)
        Checked costs.
    offset : float
        Added to them.

    Returns
    -------
    tuple of ndarray
        Cost; logarithm; both; or square of the logarithm and logarithm.

    Raises
    ------
    DemandError
        If a cost of zero has no logarithm.
    """
    is_open = np.isfinite(costs)
    c = np.where(is_open, costs + offset, 1.0)
    if form == "exponential":
        return (np.where(is_open, c, 0.0),)
    if (c == 0).any():
        i, j = (int(k) for k in np.argwhere(c == 0)[0])
        raise DemandError(f"cost[{i}, {j}] = 0, but deterrence {form!r} needs positive costs; give an offset")
    logarithm = np.log(c)
    if form == "power":
        return (logarithm,)
    if form == "tanner":
        return (np.where(is_open, c, 0.0), logarithm)
    return (logarithm**2, logarithm)


def reduced(logarithm: FloatArray, is_open: np.ndarray, *, axes: tuple[int, ...] = (1, 0)) -> FloatArray:
    """Logarithms of weights less the best of each row and then of each column, -inf where there is no way.

    Parameters
    ----------
    logarithm : ndarray of shape (n_rows, n_columns)
        Logarithms of weights.
    is_open : ndarray of bool, shape (n_rows, n_columns)
        Where there is a way.
    axes : tuple of int, default=(1, 0)
        1 reduces rows, 0 columns.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        At most 0, so that steep deterrence does not underflow as a whole.
    """
    best_first = np.where(is_open, logarithm, -np.inf)
    for axis in axes:
        best = best_first.max(axis=axis, keepdims=True, initial=-np.inf)
        best_first -= np.where(np.isfinite(best), best, 0.0)
    return np.asarray(best_first)


def checked_cost(cost: ArrayLike, n_rows: int, n_columns: int, *, name: str = "cost") -> FloatArray:
    """Costs as an array.

    Parameters
    ----------
    cost : array-like of shape (n_rows, n_columns)
        Generalised cost, inf where there is no way.
    n_rows, n_columns : int
        Wanted shape.
    name : str, default="cost"
        What they are called.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        The costs.

    Raises
    ------
    DemandError
        For other shapes, negative or missing costs.
    """
    costs = np.asarray(cost, dtype=np.float64)
    if costs.shape != (n_rows, n_columns):
        raise DemandError(f"{name}: shape {costs.shape}, expected ({n_rows}, {n_columns})")
    if costs.size and not costs.min() >= 0:
        i, j = (int(k) for k in np.argwhere(np.isnan(costs) | (costs < 0))[0])
        raise DemandError(f"{name}[{i}, {j}] = {costs[i, j]} must not be negative or missing (inf: unreachable)")
    return costs
