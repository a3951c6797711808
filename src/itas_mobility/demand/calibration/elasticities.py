"""Elasticities: how many per cent demand moves for a per cent of price or time."""

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import DemandError


def elasticity(before: ArrayLike, after: ArrayLike, change: float) -> FloatArray:
    """Elasticity of demand, ``ln(after / before) / ln(change)``.

    Parameters
    ----------
    before, after : array-like
        Demand before and after the change, not negative, broadcast against each other.
    change : float
        What the price, time or headway was multiplied by: 1.1 for 10 per cent more, 0.9 for 10 per cent less.

    Returns
    -------
    ndarray
        Elasticity; NaN where there was nobody before, minus infinity times the sign of the change where all leave.

    Raises
    ------
    DemandError
        For a change that is 1, not positive or not finite, and for demand that is negative or infinite.

    Notes
    -----
    The form in which UK TAG unit M2.1 asks for elasticities of realism tests (remembered, not read); it treats +10 %
    and its undoing alike.
    """
    if not np.isfinite(change) or change <= 0 or change == 1:
        raise DemandError(f"change = {change}: must be a positive factor other than 1, such as 1.1")
    old, new = _demand(before, "before"), _demand(after, "after")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(old > 0, np.log(new / old), np.nan) / np.log(change))


def midpoint_elasticity(before: ArrayLike, after: ArrayLike, *, price_before: float, price_after: float) -> FloatArray:
    """Elasticity of demand between two prices one of which may be nought: changes against the means of both ends.

    Parameters
    ----------
    before, after : array-like
        Demand at the two prices, not negative, broadcast against each other.
    price_before, price_after : float
        Prices, not negative and not equal.

    Returns
    -------
    ndarray
        ``((after - before) / (after + before)) / ((price_after - price_before) / (price_after + price_before))``; NaN
        where there is nobody at either price.

    Raises
    ------
    DemandError
        For prices that are negative, infinite or equal, and for demand that is negative or infinite.

    Notes
    -----
    Arc elasticity of Allen (1934; remembered, not read). A price that was nought has no logarithm, so `elasticity` says
    nothing about the first euro.
    """
    prices = np.array([price_before, price_after], np.float64)
    if not (np.isfinite(prices) & (prices >= 0)).all() or price_before == price_after:
        raise DemandError(f"prices {price_before} and {price_after}: must be two different ones, none of them negative")
    old, new = _demand(before, "before"), _demand(after, "after")
    step = (price_after - price_before) / (price_after + price_before)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((new - old) / (new + old) / step)


def _demand(given: ArrayLike, name: str) -> FloatArray:
    values = np.asarray(given, np.float64)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        raise DemandError(f"{name} = {values[bad].flat[0]}: demand must not be negative, NaN or infinite")
    return values
