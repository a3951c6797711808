"""The doubly constrained gravity model."""

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.demand.distribution.deterrence import Deterrence, DeterrenceForm, checked_cost
from itas_mobility.demand.distribution.margins import checked_margins, judge
from itas_mobility.kernels import balancing


def gravity(
    productions: ArrayLike,
    attractions: ArrayLike,
    cost: ArrayLike,
    *,
    deterrence: DeterrenceForm = "exponential",
    beta: float,
    power: float = 0.0,
    scale: float = 1.0,
    offset: float = 0.0,
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
        ``exp(-beta c)``, ``c ** -beta``, ``c ** power * exp(-beta c)`` or ``exp(-beta ln(c / scale) ** 2)``, where c
        is the cost plus `offset`.
    beta : float
        Sensitivity to cost, in the inverse unit of `cost` (a pure number for "power" and "lognormal").
    power : float, default=0.0
        Exponent of the cost in "tanner".
    scale : float, default=1.0
        Cost at which "lognormal" peaks.
    offset : float, default=0.0
        Added to every cost; a positive one makes costs of zero fine for every form.
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
    form = Deterrence(deterrence, beta, power, scale, offset)
    weight = form.weights(checked_cost(cost, np.size(productions), np.size(attractions)))
    target = checked_margins(weight, productions, attractions)
    row_factor, column_factor = np.ones(target.row.size), np.ones(target.column.size)
    outcome = balancing.balance_weights(weight, target, row_factor, column_factor, tolerance, max_iterations)
    judge(outcome, tolerance)
    weight *= row_factor[:, None]
    weight *= column_factor
    return weight
