"""How the share of electric cars grows: curves fitted to the stock by maximum likelihood, and shares by zone."""

import csv
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.adoption import CURVES, AdoptionFit, grown_share
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.core.provenance import Parameters
from itas_mobility.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

ADOPTION_PARAMETERS: Final = ("ev_share_saturation", "ev_fit_since_year")
"""Parameters of the curve of Germany."""
ODDS_PARAMETER: Final = "ev_odds_"
"""Parameters whose names begin so are odds ratios of covariates: ``ev_odds_owner`` is that of ``owner``."""
READ: Final = "read"
"""Mark of figures of the stock that were read in a source; others are no default data."""
_IDENTIFIED: Final = 0.95
_STARTS: Final = ((1e-4, 0.3), (1e-3, 0.2), (1e-2, 0.1))
"""Coefficients per year from which the search begins."""
_MOST_PER_YEAR: Final = 20.0
_GRID: Final = 60


def german_stock() -> "pd.DataFrame":
    """Cars of Germany on the first of January, by the Kraftfahrt-Bundesamt.

    Returns
    -------
    DataFrame
        ``year``, ``electric`` (battery-electric cars), ``all_cars``, ``how_known`` (all are ``"read"``), ``source``.
    """
    import pandas as pd

    text = (files("itas_mobility") / "emobility" / "car_stock.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["how_known"] == READ]
    table = pd.DataFrame(rows)
    return table.astype({"year": np.int64, "electric": np.float64, "all_cars": np.float64})


def german_adoption(parameters: Parameters) -> AdoptionFit:
    """Logistic curve of the battery-electric share of Germany's cars.

    Parameters
    ----------
    parameters : Parameters
        `ADOPTION_PARAMETERS`.

    Returns
    -------
    AdoptionFit
        Fitted to `german_stock` from ``ev_fit_since_year`` on; `AdoptionFit.for_region` makes a region's of it.

    Raises
    ------
    InputError
        If a parameter is missing, or so many years are left out that nothing can be fitted.
    """
    stock = german_stock()
    return fit_adoption(
        stock["year"],
        stock["electric"],
        stock["all_cars"],
        saturation=parameters.value("ev_share_saturation"),
        since=int(parameters.value("ev_fit_since_year")),
        source="Kraftfahrt-Bundesamt, stock of cars on 1 January",
    )


def fit_adoption(
    year: ArrayLike,
    electric: ArrayLike,
    all_cars: ArrayLike,
    *,
    curve: str = "logistic",
    saturation: float | None = None,
    since: int | None = None,
    source: str = "",
) -> AdoptionFit:
    """Fit a curve of adoption to a series of counts by maximum likelihood.

    Each count is compared with what the curve makes of the one before, so that the error of a year does not count
    again in all that follow. Its variance is that of a binomial count times an overdispersion, which the data tell.

    Parameters
    ----------
    year : array-like of int, shape (n,)
        Rising years.
    electric, all_cars : array-like of shape (n,)
        Electric cars, above 0, and all cars.
    curve : {"logistic", "bass"}
        Logistic: the odds grow by one rate (Fisher, Pry 1971). Bass (1969): innovators besides imitators.
    saturation : float, optional
        Share that is reached in the end, above all shares and at most 1. Left out, it is fitted if the data tell it,
        else refused.
    since : int, optional
        First year that counts for the fit: growth under other conditions, such as a premium, says little of that to
        come. All years if left out.
    source : str
        Where the data come from.

    Returns
    -------
    AdoptionFit
        The curve, from the last count on. Its covariance takes the saturation as known.

    Raises
    ------
    InputError
        Naming field and row of what is wrong; for too few years; and for a saturation that is left out although the
        data do not tell it.

    Notes
    -----
    Whether data tell the saturation is judged with care: growth slows and recovers for many reasons, so that the errors
    of yearly growth are taken as persistent there (autoregressive, the persistence fitted for each saturation). The
    saturation counts as identified only if 1 lies outside the interval of 95 % of its profile likelihood under the
    curve of Bass, which holds the logistic one (with F in place of chi squared, as the series are short).
    """
    if curve not in CURVES:
        raise InputError(f"curve {curve!r}: must be one of {', '.join(CURVES)}")
    years, share, counted = _checked(year, electric, all_cars)
    first = int(years[0]) if since is None else since
    used = years >= first
    fitted = _Series(years[used].astype(np.float64), share[used], counted[used])
    coefficients = 1 if curve == "logistic" else 2
    freedom = len(fitted.year) - 1 - coefficients - (saturation is None)
    if freedom < 1:
        raise InputError(
            f"year: {used.sum()} years from {first} on are too few for a {curve} curve"
            + (" with its saturation" if saturation is None else "")
        )
    if saturation is None:
        saturation = _fitted_saturation(fitted, curve)
    if not share.max() < saturation <= 1:
        raise InputError(
            f"saturation: {saturation} must lie above the greatest share, {share.max():.4g}, and at most 1"
        )
    found, misfit, slope = _least(fitted.one_step, curve, saturation)
    variance = misfit / freedom
    own = variance * np.linalg.pinv(slope.T @ slope)
    covariance = np.zeros((2, 2))
    covariance[2 - coefficients :, 2 - coefficients :] = own
    return AdoptionFit(
        curve=curve,
        year=years,
        observed_share=share,
        first_fitted_year=int(fitted.year[0]),
        saturation_share=float(saturation),
        innovation_per_year=float(found[0]),
        imitation_per_year=float(found[1]),
        covariance=covariance,
        variance_per_year=float(variance) / float(np.mean(fitted.all_cars)),
        freedom=freedom,
        source=source,
    )


class _Series:
    """Counts to which a curve is fitted."""

    def __init__(self, year: FloatArray, share: FloatArray, all_cars: FloatArray) -> None:
        self.year, self.share, self.all_cars = year, share, all_cars
        self.step = np.diff(year)

    def grown(self, p: float, q: float, saturation: float) -> FloatArray:
        """Each share but the first, as the curve makes it of the one before."""
        return grown_share(
            self.share[:-1], self.step, innovation_per_year=p, imitation_per_year=q, saturation=saturation
        )

    def one_step(self, p: float, q: float, saturation: float) -> FloatArray:
        """Residuals over the standard deviation of a binomial count."""
        before = self.share[:-1]
        deviation = np.sqrt(before * (1.0 - before) / self.all_cars[:-1] * self.step)
        return np.asarray((self.share[1:] - self.grown(p, q, saturation)) / deviation)

    def growth_error(self, p: float, q: float, saturation: float) -> FloatArray:
        """Errors of yearly growth: log of each share but the first over what the curve makes of the one before."""
        grown = np.maximum(self.grown(p, q, saturation), np.finfo(float).tiny)
        return np.asarray(np.log(self.share[1:] / grown) / self.step)

    def innovations(self, p: float, q: float, saturation: float) -> FloatArray:
        """What is left of the errors of growth beyond the part of each that the one before leads to expect."""
        error = self.growth_error(p, q, saturation)
        before, after = error[:-1], error[1:]
        square = float(before @ before)
        persistence = float(np.clip(before @ after / square, -1.0, 1.0)) if square > 0 else 0.0
        return np.asarray(after - persistence * before)


_Residuals = Callable[[float, float, float], FloatArray]


def _least(residuals: _Residuals, curve: str, saturation: float) -> tuple[FloatArray, float, FloatArray]:
    """Coefficients p and q of least squares, the sum, and the slope of the residuals by those that are free."""
    from scipy.optimize import least_squares

    free = slice(0, 2) if curve == "bass" else slice(1, 2)

    def off(values: FloatArray) -> FloatArray:
        both = np.zeros(2)
        both[free] = values
        return residuals(float(both[0]), float(both[1]), saturation)

    tried = []
    for start in _STARTS:
        begin = np.array(start)[free]
        tried.append(
            least_squares(off, begin, bounds=(0.0, _MOST_PER_YEAR), x_scale=begin, xtol=1e-14, ftol=1e-14, gtol=1e-14)
        )
    best = min(tried, key=lambda found: float(found.cost))
    both = np.zeros(2)
    both[free] = best.x
    return both, 2.0 * float(best.cost), np.asarray(best.jac)


def _fitted_saturation(series: _Series, curve: str) -> float:
    """The most likely saturation, refused where 1 cannot be excluded."""
    from scipy.optimize import minimize_scalar
    from scipy.stats import f as fisher

    # two coefficients, the saturation and the persistence
    freedom = len(series.share) - 2 - 4
    if freedom < 1:
        raise InputError(f"saturation: {len(series.share)} years are too few to tell it; give it")
    greatest = float(series.share.max())
    # close to the greatest share first, where the likelihood bends most
    tried = greatest + (1.0 - greatest) * np.geomspace(1e-4, 1.0, _GRID)
    misfit = [_least(series.one_step, curve, float(level))[1] for level in tried]
    lowest = int(np.argmin(misfit))
    bounds = (float(tried[max(lowest - 1, 0)]), float(tried[min(lowest + 1, _GRID - 1)]))
    found = minimize_scalar(
        lambda level: _least(series.one_step, curve, float(level))[1],
        bounds=bounds, method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    likely = float(found.x)
    # the curve of Bass holds the logistic one: it has to exclude 1 as well
    at_one, at_likely = (_least(series.innovations, "bass", level)[1] for level in (1.0, likely))
    if at_one <= at_likely * (1.0 + float(fisher.ppf(_IDENTIFIED, 1, freedom)) / freedom) or lowest == _GRID - 1:
        raise InputError(
            f"saturation: shares of up to {greatest:.1%} do not tell it: {likely:.1%} is likeliest, but at 95 % they "
            "agree with 100 % as well; give it"
        )
    return likely


def _checked(year: ArrayLike, electric: ArrayLike, all_cars: ArrayLike) -> tuple[LongArray, FloatArray, FloatArray]:
    years = np.asarray(year, np.float64)
    if years.ndim != 1:
        raise InputError(f"year: {years.ndim} dimensions, expected 1")
    counts = {"year": years}
    for name, given in (("electric", electric), ("all_cars", all_cars)):
        counts[name] = np.asarray(given, np.float64)
        if counts[name].shape != years.shape:
            raise InputError(f"{name}: shape {counts[name].shape}, expected {years.shape}")
    for name, values in counts.items():
        bad = ~(np.isfinite(values) & (values > 0))
        if name == "year":
            bad |= (values != np.floor(values)) | (np.diff(values, prepend=-np.inf) <= 0)
        if bad.any():
            row = int(np.argmax(bad))
            wanted = "be a whole number and rise" if name == "year" else "be finite and positive"
            raise InputError(f"{name}[{row}] = {values[row]:g} must {wanted}")
    share = counts["electric"] / counts["all_cars"]
    if (share >= 1).any():
        row = int(np.argmax(share >= 1))
        raise InputError(f"electric[{row}] = {counts['electric'][row]:g} must be less than all cars")
    return years.astype(np.int64), share, counts["all_cars"]


def zone_shares(
    region_share: float,
    covariates: Mapping[str, ArrayLike],
    *,
    odds_ratios: Mapping[str, float],
    cars: ArrayLike | None = None,
) -> FloatArray:
    """Electric share by zone: odds scaled by what people there have, the mean of all cars that of the region.

    Parameters
    ----------
    region_share : float
        Share of the whole region, in [0, 1].
    covariates : mapping of str to array-like of shape (n_zones,)
        Shares of people with a trait, in [0, 1]: owners of their home, a place to park of one's own, income, company
        car.
    odds_ratios : mapping of str to float
        For each covariate the odds of who has the trait over those of who has not; `published_odds_ratios` has those
        that are published.
    cars : array-like of shape (n_zones,), optional
        Weights of the mean; equal ones if left out.

    Returns
    -------
    ndarray of shape (n_zones,)
        Shares. A zone in which nobody has a trait has the odds of one in which all have it, over the ratio; between,
        odds are in proportion.

    Raises
    ------
    InputError
        For a covariate without an odds ratio, or values outside their bounds; name and row are told.
    """
    from scipy.optimize import brentq

    if not 0 <= region_share <= 1:
        raise InputError(f"region_share: {region_share} must lie in [0, 1]")
    if not covariates:
        raise InputError("covariates: none is given; without any the region's share holds everywhere")
    scale: FloatArray | float = 1.0
    for name, given in covariates.items():
        if name not in odds_ratios:
            raise InputError(
                f"odds_ratios: {name!r} is missing; known: {', '.join(odds_ratios)}; give one with a source"
            )
        ratio = odds_ratios[name]
        if not (np.isfinite(ratio) and ratio > 0):
            raise InputError(f"odds_ratios[{name!r}] = {ratio} must be finite and positive")
        values = _in_bounds(f"covariates[{name!r}]", given, 1.0)
        if np.ndim(scale) and values.shape != np.shape(scale):
            raise InputError(f"covariates[{name!r}]: shape {values.shape}, expected {np.shape(scale)}")
        scale = scale * (1.0 + (ratio - 1.0) * values)
    odds = np.asarray(scale, np.float64)
    weights = np.ones(odds.shape) if cars is None else _in_bounds("cars", cars, np.inf)
    if weights.shape != odds.shape:
        raise InputError(f"cars: shape {weights.shape}, expected {odds.shape}")
    if not weights.sum() > 0:
        raise InputError("cars: no zone has any")
    if region_share in (0.0, 1.0):
        return np.full(odds.shape, region_share)

    def shares(level: float) -> FloatArray:
        return np.asarray(1.0 / (1.0 + np.exp(-level) / odds))

    known = np.log(region_share / (1.0 - region_share))
    low, high = known - np.log(odds.max()) - 1.0, known - np.log(odds.min()) + 1.0
    level = brentq(lambda at: float(weights @ shares(at) / weights.sum()) - region_share, low, high, xtol=1e-14)
    return shares(float(level))


def published_odds_ratios(parameters: Parameters) -> dict[str, float]:
    """Odds ratios of having an electric car that were published, by trait.

    Parameters
    ----------
    parameters : Parameters
        Those called ``ev_odds_...``.

    Returns
    -------
    dict of str to float
        For `zone_shares`.
    """
    return {
        name.removeprefix(ODDS_PARAMETER): parameter.value
        for name, parameter in parameters.items()
        if name.startswith(ODDS_PARAMETER)
    }


def _in_bounds(name: str, given: ArrayLike, high: float) -> FloatArray:
    values = np.asarray(given, np.float64)
    if values.ndim != 1:
        raise InputError(f"{name}: {values.ndim} dimensions, expected 1")
    bad = ~(np.isfinite(values) & (values >= 0) & (values <= high))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"{name}[{row}] = {values[row]} must be finite, not negative and at most {high:g}")
    return values
