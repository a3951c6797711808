"""How many would cycle, by distance and hilliness: the published curves of the Propensity to Cycle Tool."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import DemandError


class UptakeCurve(NamedTuple):
    """Coefficients of a curve: logit p = alpha + d1 d + d2 sqrt(d) + d3 d^2 + (h1 + i1 d + i2 sqrt(d)) (g + h2)."""

    alpha: float
    d1: float
    d2: float
    d3: float
    h1: float
    h2: float
    i1: float
    i2: float


UPTAKE_CURVES: Final[Mapping[str, UptakeCurve]] = MappingProxyType(
    {
        "government_target": UptakeCurve(-3.959, -0.5963, 1.866, 0.00805, -0.271, 0.0, 0.009394, -0.05135),
        "go_dutch": UptakeCurve(
            -3.959 + 2.523, -0.5963 - 0.07626, 1.866, 0.00805, -0.271, 0.0, 0.009394, -0.05135
        ),
        "government_target_2020": UptakeCurve(-4.018, -0.6369, 1.988, 0.008775, -0.2555, -0.78, 0.02006, -0.1234),
        "ebike": UptakeCurve(
            -4.018 + 2.55, -0.6369 - 0.08036 + 0.05509, 1.988, 0.008775 - 0.000295, -0.2555 + 0.1812, -0.78, 0.02006,
            -0.1234,
        ),
    }
)  # fmt: skip
"""Lovelace et al. 2017 (doi 10.5198/jtlu.2016.862), equations 1A and 1B; the release of 2020 for e-bikes and, beside
it, for bicycles, as read in the R package pct (R/uptake.R), which measures hilliness from 0.78 % on."""


def cycling_uptake(
    distance_km: ArrayLike, hilliness_percent: ArrayLike, *, scenario: str = "government_target"
) -> FloatArray:
    """Share of commuters who would cycle, by distance and hilliness.

    Parameters
    ----------
    distance_km : array-like
        Length of a way along the quickest cycling route.
    hilliness_percent : array-like
        Mean slope along it, broadcast against the distance.
    scenario : str, default="government_target"
        "government_target" (twice as many as in England in 2011), "go_dutch" (as many as Dutch people would),
        "government_target_2020" (newly estimated), "ebike" (Dutch, and everybody has a pedelec).

    Returns
    -------
    ndarray
        Shares, of the shape of both together.

    Raises
    ------
    DemandError
        For an unknown scenario, or a distance or slope that is negative or not finite.

    Notes
    -----
    Lovelace et al. 2017; estimated on commutes of up to 30 km.
    """
    distance, slope = np.broadcast_arrays(
        np.asarray(distance_km, dtype=np.float64), np.asarray(hilliness_percent, dtype=np.float64)
    )
    for name, values in (("distance_km", distance), ("hilliness_percent", slope)):
        if not bool((np.isfinite(values) & (values >= 0)).all()):
            raise DemandError(f"{name}: must be finite and not negative")
    curve = _curve(scenario)
    root = np.sqrt(distance)
    flat = curve.alpha + curve.d1 * distance + curve.d2 * root + curve.d3 * distance**2
    logit = flat + (curve.h1 + curve.i1 * distance + curve.i2 * root) * (slope + curve.h2)
    # tanh form of the logistic function: no overflow far out
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))


def slope_utility(distance_km: FloatArray, hilliness_percent: float, *, scenario: str) -> FloatArray:
    """What hills take off the utility of cycling: the curve's terms of slope, which are logarithms of odds.

    Parameters
    ----------
    distance_km : ndarray
        Length of a way; inf where there is none.
    hilliness_percent : float
        Mean slope.
    scenario : str
        One of `UPTAKE_CURVES`.

    Returns
    -------
    ndarray
        Not above 0: where the curve, far outside the distances it was estimated on, would have hills help, they do
        nothing.

    Raises
    ------
    DemandError
        For an unknown scenario.
    """
    curve = _curve(scenario)
    km = np.where(np.isfinite(distance_km), distance_km, 0.0)
    return np.asarray(np.minimum(curve.h1 + curve.i1 * km + curve.i2 * np.sqrt(km), 0.0) * hilliness_percent)


def _curve(scenario: str) -> UptakeCurve:
    if scenario not in UPTAKE_CURVES:
        raise DemandError(f"scenario {scenario!r} is not known; known: {', '.join(UPTAKE_CURVES)}")
    return UPTAKE_CURVES[scenario]
