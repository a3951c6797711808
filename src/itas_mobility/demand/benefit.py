"""What a change is worth to travellers: consumer surplus by logsum and by rule of half."""

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.consumer_surplus import ConsumerSurplus
from itas_mobility.errors import DemandError


def consumer_surplus(
    persons: ArrayLike,
    *,
    logsum_before: ArrayLike,
    logsum_after: ArrayLike,
    utilities_before: ArrayLike,
    utilities_after: ArrayLike,
    shares_before: ArrayLike,
    shares_after: ArrayLike,
    utility_per_eur: ArrayLike,
) -> ConsumerSurplus:
    """What travellers gain from a change of what modes offer them, in euros.

    Parameters
    ----------
    persons : array-like of shape (...)
        Who chooses; where their number changes by their own choice, the mean of before and after.
    logsum_before, logsum_after : array-like of shape (...)
        Expected greatest utility; -inf where no mode goes.
    utilities_before, utilities_after : array-like of shape (n_modes, ...)
        Utility of each mode; -inf is an unavailable mode.
    shares_before, shares_after : array-like of shape (n_modes, ...)
        Share of each mode.
    utility_per_eur : array-like
        What a euro takes off the utility, positive; broadcast against `persons`.

    Returns
    -------
    ConsumerSurplus
        Per cell, for all its persons.

    Raises
    ------
    DemandError
        For shapes that do not fit, or a euro that takes nothing off the utility of a pair with persons.

    Notes
    -----
    By logsum ``persons * (after - before) / utility_per_eur`` (Small and Rosen 1981; Williams 1977), exact for logit
    models without income effects; by rule of half ``persons * sum over modes of (share before + share after) / 2 *
    (utility after - utility before) / utility_per_eur``, its linear approach (Harberger 1971). Where groups of persons
    differ in what is open to them and not in utility, means of their logsums and shares serve.
    """
    count = np.asarray(persons, dtype=np.float64)
    before, after = (_fitted("logsum", one, count.shape) for one in (logsum_before, logsum_after))
    shape = np.shape(utilities_before)
    if len(shape) != count.ndim + 1 or shape[1:] != count.shape:
        raise DemandError(f"consumer surplus: utilities_before has shape {shape}, expected (n_modes, {count.shape})")
    u0, u1, p0, p1 = (
        _fitted(name, one, shape)
        for name, one in (
            ("utilities_before", utilities_before),
            ("utilities_after", utilities_after),
            ("shares_before", shares_before),
            ("shares_after", shares_after),
        )
    )
    is_reckoned = np.isfinite(before) & np.isfinite(after)
    euro = np.broadcast_to(np.asarray(utility_per_eur, dtype=np.float64), count.shape)
    paid = is_reckoned & (count > 0)
    if not bool((euro[paid] > 0).all()):
        raise DemandError("consumer surplus: utility_per_eur must be positive: else no euro is worth a gain of utility")
    gain = np.subtract(after, before, out=np.zeros(count.shape), where=paid)
    of_modes = np.subtract(u1, u0, out=np.zeros(shape), where=np.isfinite(u0) & np.isfinite(u1))
    half = (0.5 * (p0 + p1) * of_modes).sum(axis=0)
    eur = np.divide(count, euro, out=np.zeros(count.shape), where=paid)
    return ConsumerSurplus(eur * gain, eur * half, is_reckoned)


def _fitted(name: str, values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise DemandError(f"consumer surplus: {name} has shape {array.shape}, expected {shape}")
    if bool(np.isnan(array).any()):
        raise DemandError(f"consumer surplus: {name} holds NaN; say -inf where a mode does not go")
    return array
