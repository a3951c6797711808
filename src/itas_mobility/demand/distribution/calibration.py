"""Fitting the gravity model to what is known of trip lengths: a mean cost, or shares of bands of distance."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.demand.distribution.deterrence import (
    FORMS,
    Deterrence,
    DeterrenceForm,
    checked_cost,
    reduced,
    terms,
)
from itas_mobility.demand.distribution.margins import checked_margins, judge
from itas_mobility.errors import DemandError
from itas_mobility.kernels import balancing

_BRACKET_STEPS: Final = 4
"""Doublings of beta after which the attainable minimum is computed (a linear programme) before doubling on."""
_EXACT: Final = 1e-10
"""Tolerance of the margins of a final matrix."""
_ROUGHEST: Final = 1e-4
"""Tolerance of the margins while beta is still far off."""
_MOST_ROUNDS: Final = 10_000
_SHARE_TOLERANCE: Final = 1e-6
"""Distance up to which a band's share counts as met."""
_PROGRAMME_CELLS: Final = 250_000
"""Pairs of zones up to which the attainable shares of a band are computed (a linear programme)."""


class _Factors:
    """Balancing that goes on, from step to step of a calibration, from the factors of the step before."""

    def __init__(self, form: DeterrenceForm, costs: FloatArray, margins: balancing.Margins, offset: float) -> None:
        self.margins = margins
        self.is_open = np.isfinite(costs)
        self.terms = terms(form, costs, offset)
        # reduced for a falling weight; the reduction is linear in the only coefficient, so it holds at every step
        self.steepness = reduced(-self.terms[0], self.is_open) if len(self.terms) == 1 else None
        self.weight = np.empty(costs.shape)
        self.row_factor, self.column_factor = np.ones(margins.row.size), np.ones(margins.column.size)

    def reweigh(self, coefficients: Sequence[float]) -> None:
        """Weights of other coefficients."""
        if self.steepness is not None and coefficients[0] < 0:
            np.multiply(self.steepness, -coefficients[0], out=self.weight)
        else:
            np.multiply(self.terms[0], coefficients[0], out=self.weight)
            for factor, term in zip(coefficients[1:], self.terms[1:], strict=True):
                self.weight += factor * term
            self.weight = reduced(self.weight, self.is_open)
            self.row_factor[:], self.column_factor[:] = 1.0, 1.0
        np.exp(self.weight, out=self.weight)

    def balance(self, tolerance: float) -> None:
        """Meet the margins."""
        judge(
            balancing.balance_weights(
                self.weight, self.margins, self.row_factor, self.column_factor, tolerance, _MOST_ROUNDS
            ),
            tolerance,
        )

    def trips(self) -> FloatArray:
        """The matrix as it is now."""
        return self.row_factor[:, None] * self.weight * self.column_factor


def calibrate_gravity(
    productions: ArrayLike,
    attractions: ArrayLike,
    cost: ArrayLike,
    *,
    mean_cost: float,
    deterrence: Literal["exponential", "power"] = "exponential",
    offset: float = 0.0,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> tuple[FloatArray, float]:
    """Find the beta of the gravity model that gives a wanted mean trip cost.

    Parameters
    ----------
    productions, attractions, cost
        As in `gravity`.
    mean_cost : float
        Wanted mean cost per trip, in the unit of `cost`, without the offset.
    deterrence : {"exponential", "power"}, default="exponential"
        Form of the deterrence.
    offset : float, default=0.0
        Added to every cost where deterrence is reckoned.
    tolerance : float, default=1e-8
        Largest relative distance of the mean cost from the wanted one.
    max_iterations : int, default=100
        Limit of secant steps.

    Returns
    -------
    trips : ndarray of shape (n_rows, n_columns)
        The calibrated matrix.
    beta : float
        Its sensitivity to cost.

    Raises
    ------
    DemandError
        If the mean cost is not attainable: above that of beta = 0, or at or below the least that the margins
        allow (Evans 1973: the limit of a growing beta is the transportation problem).

    Notes
    -----
    Hyman (1969): start at 1 / mean cost, then secant steps; kept inside a bracket, which Hyman does not do. Balancing
    factors are carried from step to step, and margins met the more exactly the nearer the mean cost is.
    """
    if deterrence not in ("exponential", "power"):
        raise DemandError(f"deterrence {deterrence!r} cannot be calibrated to a mean; known: exponential, power")
    if not (math.isfinite(mean_cost) and mean_cost > 0):
        raise DemandError(f"mean_cost: {mean_cost} must be positive")
    Deterrence(deterrence, 0.0, offset=offset)
    costs = checked_cost(cost, np.size(productions), np.size(attractions))
    margins = checked_margins(np.isfinite(costs).astype(float), productions, attractions)
    total = float(margins.row.sum())
    if not total > 0:
        raise DemandError("productions: no trips, so no mean cost can be calibrated")
    finite = np.where(np.isfinite(costs), costs, 0.0)
    factors = _Factors(deterrence, costs, margins, offset)

    def measured() -> float:
        return float(balancing.total_cost(factors.weight, finite, factors.row_factor, factors.column_factor)) / total

    def reached(beta: float, off: float) -> float:
        """Mean cost at a beta; `off` is how far, relatively, the last one was from the wanted."""
        factors.reweigh((-beta,))
        margin = max(_EXACT, min(_ROUGHEST, 1e-3 * off))
        factors.balance(margin)
        mean = measured()
        if margin > _EXACT and abs(mean - mean_cost) <= max(tolerance, 10.0 * margin) * mean_cost:
            factors.balance(_EXACT)
            mean = measured()
        return mean

    beta = _root(
        reached,
        mean_cost,
        1.0 / mean_cost if deterrence == "exponential" else 1.0,
        tolerance=tolerance,
        max_iterations=max_iterations,
        least=lambda: _least_mean_cost(margins, costs),
    )
    factors.balance(_EXACT)
    return factors.trips(), beta


def _root(
    reached: Callable[[float, float], float],
    mean_cost: float,
    start: float,
    *,
    tolerance: float,
    max_iterations: int,
    least: Callable[[], float],
) -> float:
    """The beta at which `reached(beta, miss)`, which falls, is `mean_cost`; 0 where beta 0 gives it."""
    highest = reached(0.0, 0.0)
    if abs(highest - mean_cost) <= tolerance * mean_cost:
        return 0.0
    if mean_cost > highest:
        raise DemandError(f"mean_cost: {mean_cost:g} is not attainable; beta = 0 gives {highest:g}, the most possible")
    low, low_cost = 0.0, highest
    beta = start
    cost = reached(beta, 1.0)
    doublings = 0
    while cost > mean_cost * (1 + tolerance):
        low, low_cost = beta, cost
        doublings += 1
        if doublings == _BRACKET_STEPS and mean_cost <= (limit := least()):
            raise DemandError(
                f"mean_cost: {mean_cost:g} is not attainable; the margins and costs allow no less than {limit:g}"
            )
        beta *= 2.0
        cost = reached(beta, 1.0)
    high, high_cost = beta, cost
    previous, previous_cost = low, low_cost
    for _ in range(max_iterations):
        miss = abs(cost - mean_cost) / mean_cost
        if miss <= tolerance:
            return beta
        # Hyman's secant through the last two steps; where it leaves the bracket, one through its ends, else halve it
        following = beta + (mean_cost - cost) * (beta - previous) / (cost - previous_cost or np.inf)
        if not low < following < high:
            following = low + (low_cost - mean_cost) * (high - low) / (low_cost - high_cost)
        if not low + 1e-3 * (high - low) < following < high - 1e-3 * (high - low) and miss > 1e-3:
            following = 0.5 * (low + high)
        previous, previous_cost = beta, cost
        beta = following
        cost = reached(beta, miss)
        if cost > mean_cost:
            low, low_cost = beta, cost
        else:
            high, high_cost = beta, cost
    raise DemandError(f"mean_cost: {mean_cost:g} not met after {max_iterations} steps (reached {cost:g})")


def _least_mean_cost(margins: balancing.Margins, costs: FloatArray) -> float:
    """Least mean cost that the margins allow."""
    return _least_total(margins, costs, np.isfinite(costs)) / float(margins.row.sum())


def _least_total(margins: balancing.Margins, costs: FloatArray, is_open: np.ndarray) -> float:
    """Least total cost that the margins allow: the transportation problem as a linear programme."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    tail, head = np.nonzero(is_open)
    pair = np.arange(tail.size)
    n_rows = margins.row.size
    sums: Any = csr_array(  # linprog takes sparse constraints, its type stubs do not know
        (np.ones(2 * tail.size), (np.concatenate([tail, n_rows + head]), np.concatenate([pair, pair]))),
        shape=(n_rows + margins.column.size, tail.size),
    )
    solved = linprog(costs[tail, head], A_eq=sums, b_eq=np.concatenate([margins.row, margins.column]), method="highs")
    if solved.status != 0 or solved.fun is None:
        raise DemandError(f"the least mean cost could not be computed: {solved.message}")
    return float(solved.fun)


@dataclass(frozen=True, eq=False)
class GravityFit:
    """A gravity model fitted to bands of distance: what it is, what was wanted, what it reaches."""

    deterrence: Deterrence
    """Form and parameters; hand them to `gravity`."""
    trips: FloatArray
    """The matrix, shape (n_rows, n_columns)."""
    band_edges: FloatArray
    """Edges of the bands in the unit of the banded distance, shape (n_bands + 1,)."""
    wanted_share: FloatArray
    band_share: FloatArray
    """Shares of trips by band, wanted and reached, shape (n_bands,)."""

    @property
    def miss_share(self) -> FloatArray:
        """Reached less wanted share of each band."""
        return self.band_share - self.wanted_share

    @property
    def is_met(self) -> bool:
        """Whether all shares are met to 1e-6; a form with fewer parameters than free shares seldom can."""
        return bool(np.abs(self.miss_share).max() <= _SHARE_TOLERANCE)


def fit_gravity(
    productions: ArrayLike,
    attractions: ArrayLike,
    cost: ArrayLike,
    *,
    deterrence: DeterrenceForm,
    band_edges: ArrayLike,
    band_shares: ArrayLike,
    band_distance: ArrayLike | None = None,
    offset: float = 0.0,
    max_iterations: int = 200,
) -> GravityFit:
    """Fit the gravity model to the shares of trips in bands of distance.

    Parameters
    ----------
    productions, attractions, cost
        As in `gravity`.
    deterrence : {"exponential", "power", "tanner", "lognormal"}
        Form. "tanner" and "lognormal" have two parameters and meet three bands; the others have one, and meet two.
    band_edges : array-like of shape (n_bands + 1,)
        Rising; a distance at an edge belongs to the band above it, and the last edge may be inf.
    band_shares : array-like of shape (n_bands,)
        Wanted shares; they sum to 1.
    band_distance : array-like of shape (n_rows, n_columns), optional
        What is banded, such as kilometres where `cost` is minutes; default `cost`.
    offset : float, default=0.0
        Added to every cost where deterrence is reckoned.
    max_iterations : int, default=200
        Limit of steps.

    Returns
    -------
    GravityFit
        Parameters, matrix, shares reached. With fewer parameters than free shares, the sum of squared misses is least,
        and `GravityFit.miss_share` tells them.

    Raises
    ------
    DemandError
        For shares that do not sum to 1, a pair with trips outside all bands, and a band whose share no matrix with
        these margins has (named with what is attainable). That last check, a linear programme, is made where a fit
        fails and there are at most 250,000 pairs.

    Notes
    -----
    The logarithm of each form is linear in its parameters; they are found by least squares (trust region, Branch,
    Coleman, Li 1999), each step balanced to 1e-10.
    """
    from scipy.optimize import least_squares

    if deterrence not in FORMS:
        raise DemandError(f"deterrence {deterrence!r} is not known; known: {', '.join(FORMS)}")
    Deterrence(deterrence, 0.0, offset=offset)
    costs = checked_cost(cost, np.size(productions), np.size(attractions))
    margins = checked_margins(np.isfinite(costs).astype(float), productions, attractions)
    distance = costs if band_distance is None else checked_cost(band_distance, *costs.shape, name="band_distance")
    edges, wanted = _checked_bands(band_edges, band_shares)
    band = _bands(distance, edges, costs, margins)
    _refuse_empty_bands(band, edges, wanted, margins)
    factors = _Factors(deterrence, costs, margins, offset)
    n_bands = wanted.size
    total = float(margins.row.sum())

    def shares() -> FloatArray:
        inside = np.bincount(band.ravel(), factors.trips().ravel(), minlength=n_bands + 1)
        return np.asarray(inside[:n_bands] / total)

    # each coefficient in units in which its term varies by one over the pairs of a matrix without deterrence
    factors.reweigh([0.0] * len(factors.terms))
    factors.balance(_EXACT)
    even = factors.trips() / total
    unit = np.array([_deviation(term, even) for term in factors.terms])

    def misses(scaled: FloatArray) -> FloatArray:
        factors.reweigh((scaled / unit).tolist())
        factors.balance(_EXACT)
        return shares() - wanted

    start = np.zeros(unit.size)
    start[0] = -1.0
    found = least_squares(
        misses, start, method="trf", x_scale=1.0, xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=max_iterations
    )
    left = misses(np.asarray(found.x))
    if unit.size >= n_bands - 1 and np.abs(left).max() > _SHARE_TOLERANCE:
        _refuse_unattainable(band, wanted, edges, margins, np.isfinite(costs))
    return GravityFit(
        _deterrence_of(deterrence, np.asarray(found.x) / unit, offset), factors.trips(), edges, wanted, left + wanted
    )


def _deviation(term: FloatArray, weight: FloatArray) -> float:
    mean = float((weight * term).sum())
    return math.sqrt(max(float((weight * (term - mean) ** 2).sum()), 1e-30))


def _deterrence_of(form: DeterrenceForm, coefficients: FloatArray, offset: float) -> Deterrence:
    """The parameters that belong to coefficients of the terms."""
    beta = -float(coefficients[0])
    if form == "tanner":
        return Deterrence(form, beta, power=float(coefficients[1]), offset=offset)
    if form == "lognormal":
        exponent = float(coefficients[1]) / (2.0 * beta) if beta else 0.0
        return Deterrence(form, beta, scale=math.exp(min(max(exponent, -700.0), 700.0)), offset=offset)
    return Deterrence(form, beta, offset=offset)


def _checked_bands(band_edges: ArrayLike, band_shares: ArrayLike) -> tuple[FloatArray, FloatArray]:
    edges, shares = np.asarray(band_edges, float), np.asarray(band_shares, float)
    if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0).all():
        raise DemandError(f"band_edges: {edges.tolist()} must be two rising values or more")
    if shares.shape != (edges.size - 1,):
        raise DemandError(f"band_shares: shape {shares.shape}, expected ({edges.size - 1},)")
    if not (shares >= 0).all() or abs(shares.sum() - 1.0) > 1e-6:
        raise DemandError(f"band_shares: {shares.tolist()} sum to {shares.sum():.9g}; they must sum to 1")
    return edges, shares / shares.sum()


def _bands(distance: FloatArray, edges: FloatArray, costs: FloatArray, margins: balancing.Margins) -> np.ndarray:
    """Band of each pair; the number of bands where there is no way or nobody travels."""
    band = np.searchsorted(edges, distance, side="right") - 1
    used = np.isfinite(costs) & np.outer(margins.row > 0, margins.column > 0)
    outside = used & ((band < 0) | (band >= edges.size - 1))
    if outside.any():
        i, j = (int(k) for k in np.argwhere(outside)[0])
        raise DemandError(
            f"band_edges: the distance of pair ({i}, {j}), {distance[i, j]:g}, lies in no band "
            f"({int(outside.sum())} such pairs); the bands run from {edges[0]:g} to {edges[-1]:g}"
        )
    return np.where(used, band, edges.size - 1)


def _band_name(edges: FloatArray, k: int) -> str:
    return f"band {k} ({edges[k]:g} to {edges[k + 1]:g})"


def _refuse_empty_bands(band: np.ndarray, edges: FloatArray, wanted: FloatArray, margins: balancing.Margins) -> None:
    if not margins.row.sum() > 0:
        raise DemandError("productions: no trips, so nothing can be fitted")
    pairs = np.bincount(band.ravel(), minlength=edges.size)[: wanted.size]
    empty = np.flatnonzero((pairs == 0) & (wanted > 0))
    if empty.size:
        told = ", ".join(f"{_band_name(edges, int(k))} shall have {wanted[k]:.4g}" for k in empty)
        raise DemandError(f"band_shares: {told} of the trips, but no pair lies there")


def _refuse_unattainable(
    band: np.ndarray, wanted: FloatArray, edges: FloatArray, margins: balancing.Margins, is_open: np.ndarray
) -> None:
    """Name the bands whose share no matrix with these margins has."""
    if int(is_open.sum()) > _PROGRAMME_CELLS:
        return
    total = float(margins.row.sum())
    faults = []
    for k, share in enumerate(wanted):
        inside = (band == k).astype(float)
        least = _least_total(margins, inside, is_open) / total
        most = -_least_total(margins, -inside, is_open) / total
        if not least - _SHARE_TOLERANCE <= share <= most + _SHARE_TOLERANCE:
            faults.append(f"{_band_name(edges, k)} shall have {share:.4g}, attainable are {least:.4g} to {most:.4g}")
    if faults:
        raise DemandError(f"band_shares: not attainable with these margins: {'; '.join(faults)}")
