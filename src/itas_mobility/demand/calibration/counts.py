"""Volumes beside traffic counts: GEH, SQV, RMSE, relative error."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.count_statistics import CountStatistics
from itas_mobility.errors import DemandError

GOOD_GEH: Final = 5.0
"""Below it a volume is taken as met (UK TAG unit M3.1 and the Highways Agency before it; remembered, not read)."""


def count_statistics(
    model_veh_per_h: ArrayLike, count_veh_per_h: ArrayLike, *, sqv_factor: float = 1000.0
) -> CountStatistics:
    """Compare hourly volumes with counts.

    Parameters
    ----------
    model_veh_per_h : array-like of shape (n_places,)
        Volumes of the model.
    count_veh_per_h : array-like of shape (n_places,)
        Counted volumes; NaN where nobody counted.
    sqv_factor : float, default=1000.0
        Scale of the SQV, of the order of the volumes: 1,000 for hourly volumes of roads.

    Returns
    -------
    CountStatistics
        By place and over all of them. Places that nobody counted are left out of the figures over all; a place where
        nobody passed counts fully, except in the relative error, which it has none of.

    Raises
    ------
    DemandError
        For columns of different length, volumes that are negative or infinite, or a factor that is not positive.

    Notes
    -----
    ``GEH = sqrt(2 (m - c)^2 / (m + c))``, 0 where both are nought. It grows with the volume and means what it is said
    to mean for *hourly* volumes only: a day's volumes give a GEH about sqrt(24) times as large for the same relative
    error.

    ``SQV = 1 / (1 + sqrt((m - c)^2 / (f c)))`` (Friedrich, Pestel, Schiller, Simon 2019, Scalable GEH; remembered, not
    read); at a count of nought, 1 if the model says so too and else 0, its limit.
    """
    model, count = (np.atleast_1d(np.asarray(one, np.float64)) for one in (model_veh_per_h, count_veh_per_h))
    if model.shape != count.shape or model.ndim != 1:
        raise DemandError(f"count_veh_per_h: shape {count.shape} does not fit the volumes {model.shape}")
    _check("model_veh_per_h", model, ~(np.isfinite(model) & (model >= 0)), "must not be negative, NaN or infinite")
    _check("count_veh_per_h", count, (count < 0) | np.isinf(count), "must not be negative or infinite")
    if not (np.isfinite(sqv_factor) and sqv_factor > 0):
        raise DemandError(f"sqv_factor = {sqv_factor}: must be positive")
    apart = model - count
    total = model + count
    none = np.where(np.isnan(count), np.nan, 0.0)
    geh = np.abs(apart) * np.sqrt(np.divide(2.0, total, out=none.copy(), where=total > 0))
    relative = np.abs(apart) / np.sqrt(sqv_factor * np.where(count > 0, count, np.nan))
    sqv = np.where(count > 0, 1.0 / (1.0 + relative), np.where(apart == 0, 1.0, none))
    is_counted = ~np.isnan(count)
    has_relative = is_counted & (count > 0)
    return CountStatistics(
        model,
        count,
        geh,
        sqv,
        geh_below_5_share=_mean(geh[is_counted] < GOOD_GEH),
        rmse_veh_per_h=float(np.sqrt(_mean(apart[is_counted] ** 2))),
        mean_relative_error=_mean(np.abs(apart[has_relative]) / count[has_relative]),
    )


def _check(name: str, values: FloatArray, is_bad: np.ndarray, what: str) -> None:
    if is_bad.any():
        row = int(np.argmax(is_bad))
        raise DemandError(f"{name}[{row}] = {values[row]}: {what}")


def _mean(values: np.ndarray) -> float:
    """Mean, NaN of nothing."""
    return float(values.mean()) if values.size else float("nan")
