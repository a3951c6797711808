"""Where to work: how commuters change workplaces when the ways to some become better than those to others."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand.distribution.blocks import pivot_to_bounds
from itas_mobility.errors import DemandError

DESTINATION_PARAMETERS: Final = ("destination_scale",)
"""Parameters that decide how workplaces react in the long run."""
_TOLERANCE: Final = 1e-12
"""Relative distance of homes' workers and workplaces' jobs from what they were: rounding."""


def respond_destinations(
    commuters: ODMatrix,
    logsum_before: ArrayLike,
    logsum_after: ArrayLike,
    *,
    scale: float,
    outside: ArrayLike | None = None,
) -> FloatArray:
    """By how much pairs of home and work gain or lose commuters when the choice of mode is worth more or less to them.

    Incremental and doubly constrained: the commuters are those that are known, weighted by what their pair gains, and
    brought back to as many workers at each home and as many jobs at each workplace as before. Zones outside the region
    are not held to theirs: of their workers and jobs only those that cross the border are known, and whoever finds a
    dearer way than before may stay on his side of it.

    Parameters
    ----------
    commuters : ODMatrix
        Commuters by home and work zone before they respond.
    logsum_before, logsum_after : array-like of shape (n_zones, n_zones)
        Expected greatest utility of a way by home and work zone; -inf where no mode goes. Such a pair, before or
        after, keeps its commuters: there is no difference to weigh.
    scale : float
        Sensitivity of the choice of workplaces per unit of the logsum, in (0, 1]; 1 weighs workplaces as modes are
        weighed, below 1 they are less alike than these.
    outside : array-like of bool, shape (n_zones,), optional
        Zones outside the region; between two of them nothing changes. None where all are inside.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        Commuters after per commuters before; 1 where there are none.

    Raises
    ------
    DemandError
        For a scale outside (0, 1], logsums or zones that do not fit, logsums that are NaN or endless, or gains across
        the border that are beyond all numbers.

    Notes
    -----
    ``T' = a_i b_j T exp(scale * (after - before))``, in which a change of all pairs of a home or of a workplace alike
    cancels, with factors of 1 for homes and workplaces outside: their other choices are taken to be worth what they
    were. Scales up to 1 are those of nested choices, modes below workplaces (Williams 1977).
    """
    if not 0.0 < scale <= 1.0:
        raise DemandError(f"destinations: scale = {scale} must lie in (0, 1]")
    trips = commuters.trips
    before, after = (
        _checked(name, logsum, trips.shape)
        for name, logsum in (("logsum_before", logsum_before), ("logsum_after", logsum_after))
    )
    is_outside = np.zeros(len(trips), np.bool_) if outside is None else np.asarray(outside, np.bool_)
    if is_outside.shape != (len(trips),):
        raise DemandError(f"destinations: outside has shape {is_outside.shape}, expected ({len(trips)},)")
    responds = (trips > 0) & np.isfinite(before) & np.isfinite(after) & ~np.logical_and.outer(is_outside, is_outside)
    gain = np.subtract(after, before, out=np.full(trips.shape, -np.inf), where=responds)
    if not (gain[responds] != 0.0).any():
        return np.ones(trips.shape)
    # balancing cancels what a home inside gains everywhere; without it, steep gains do not overflow
    best = np.where(is_outside[:, None], 0.0, gain.max(axis=1, initial=-np.inf, keepdims=True))
    relative = np.subtract(gain, best, out=np.full(trips.shape, -np.inf), where=responds)
    moving = np.where(responds, trips, 0.0)
    with np.errstate(over="ignore"):
        weighted = moving * np.exp(scale * relative)
    if not np.isfinite(weighted).all():
        raise DemandError("destinations: gains across the border are so large that no number holds them")
    homes, works = (np.where(is_outside, np.nan, moving.sum(axis=axis)) for axis in (1, 0))
    answer = pivot_to_bounds(weighted, (), homes, works, tolerance=_TOLERANCE)
    return np.divide(answer, trips, out=np.ones(trips.shape), where=responds)


def _checked(name: str, logsum: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    values = np.asarray(logsum, dtype=np.float64)
    if values.shape != shape:
        raise DemandError(f"destinations: {name} has shape {values.shape}, expected {shape}")
    if bool((np.isnan(values) | (values == np.inf)).any()):
        raise DemandError(f"destinations: {name} must be numbers, or -inf where no mode goes")
    return values
