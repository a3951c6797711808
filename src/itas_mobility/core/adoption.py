"""How the share of electric cars grows over the years (`AdoptionFit`)."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import Columns, FloatArray, LongArray, html_card
from itas_mobility.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CURVES: Final = ("logistic", "bass")
FARTHEST_YEARS: Final = 20
"""Years after the last one known up to which a curve tells a share (an assumption: about the life of two cars)."""


def grown_share(
    share: ArrayLike, years: ArrayLike, *, innovation_per_year: float, imitation_per_year: float, saturation: float
) -> FloatArray:
    """What a share becomes in some years along the curve of Bass; without innovation that curve is the logistic one.

    Parameters
    ----------
    share : array-like, broadcast against `years`
        Share at the begin, in [0, saturation].
    years : array-like
        Years from then on; negative ones go back.
    innovation_per_year, imitation_per_year : float
        Coefficients p and q, not negative; p = 0 is the logistic curve with growth q of the odds.
    saturation : float
        Share that is reached in the end.

    Returns
    -------
    ndarray
        Share then.

    Notes
    -----
    ``ds/dt = (p + q s/S)(S - s)`` (Bass 1969): with x = s/S, z = (1 - x)/(p + q x) falls as exp(-(p + q) t), so that
    ``x = (1 - p z)/(1 + q z)``.
    """
    p, q = innovation_per_year, imitation_per_year
    x = np.asarray(share, np.float64) / saturation
    faded = np.exp(-(p + q) * np.asarray(years, np.float64))
    # both sides times (p + q x), so that nothing is divided by 0 where a share is 0
    left, weight = (1.0 - x) * faded, p + q * x
    above, below = weight - p * left, weight + q * left
    grown = np.divide(above, below, out=np.broadcast_to(x, below.shape).copy(), where=below > 0)
    return np.asarray(saturation * np.clip(grown, 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class AdoptionFit:
    """A curve of adoption, fitted to a series of shares; it goes on from the last of them.

    Years are those on whose first of January the stock is counted. Inside the series the share is that of the data
    (between two counts along their log odds), beyond it that of the curve.

    Raises
    ------
    InputError
        With all faults found.
    """

    curve: str
    """One of `CURVES`."""
    year: LongArray
    """Years of the data, rising."""
    observed_share: FloatArray
    """Shares in them."""
    first_fitted_year: int
    """From which year on the data were fitted."""
    saturation_share: float
    innovation_per_year: float
    """p of Bass (1969); 0 for a logistic curve."""
    imitation_per_year: float
    """q of Bass; growth of the odds of a logistic curve."""
    covariance: FloatArray
    """Of p and q, shape (2, 2), per year squared."""
    variance_per_year: float
    """Variance of a year's new share, over s (1 - s): what the overdispersed binomial model leaves unexplained."""
    freedom: int
    """Degrees of freedom of that variance: years of growth less fitted coefficients."""
    odds_ratio: float = 1.0
    """Odds s / (S - s) of the region against those of the data; 1 for the data's own region."""
    source: str = ""

    def __post_init__(self) -> None:
        columns = Columns(self, "AdoptionFit")
        columns.check(self.curve in CURVES, f"curve {self.curve!r}: must be one of {', '.join(CURVES)}")
        n = len(np.atleast_1d(self.year))
        columns.array("year", np.int64, (n,))
        columns.check(n > 0 and bool((np.diff(self.year) > 0).all()), "year: must rise")
        columns.array("observed_share", np.float64, (n,), low=0, high=1)
        columns.number("saturation_share", is_positive=True, high=1.0)
        for name in ("innovation_per_year", "imitation_per_year", "variance_per_year"):
            columns.number(name)
        columns.number("odds_ratio", is_positive=True)
        columns.array("covariance", np.float64, (2, 2))
        columns.check(self.freedom >= 1, f"freedom={self.freedom} must be at least 1")
        columns.raise_faults()

    @property
    def last_year(self) -> int:
        """The last year of the data, from which the curve goes on."""
        return int(self.year[-1])

    @property
    def growth_share(self) -> float:
        """Growth of the share in the first year after the data, as a share of it."""
        return float(self.share(self.last_year + 1) / self.share(self.last_year)) - 1.0

    def share(self, year: ArrayLike) -> FloatArray:
        """Share of electric cars in a year.

        Parameters
        ----------
        year : array-like
            Years, fractions allowed: 2030.5 is the middle of 2030.

        Returns
        -------
        ndarray
            Shares.

        Raises
        ------
        InputError
            For years before the data, or more than `FARTHEST_YEARS` after them.
        """
        years = self._years(year)
        ahead = np.maximum(years - self.last_year, 0.0)
        ours = grown_share(self.observed_share[-1], ahead, **self._coefficients())
        within = np.interp(years, self.year, self._log_odds(self.observed_share))
        return self._own(np.where(ahead > 0, self._log_odds(ours), within))

    def band(self, year: ArrayLike, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Bounds of the share in a year.

        Coefficients are uncertain by the curvature of the likelihood, each future year by what the years of the data
        scatter about the curve; both with quantiles of Student's t, on the scale of log odds. What no series can know,
        such as a new premium, is in it only as far as the fitted years had the like.

        Parameters
        ----------
        year : array-like
            Years.
        level : float, default=0.9
            Probability that the bounds enclose.

        Returns
        -------
        low, high : ndarray
            The bounds; both the share itself within the data.

        Raises
        ------
        InputError
            For years beyond the reach of the fit or a level outside (0, 1).
        """
        from scipy.stats import t as student

        if not 0 < level < 1:
            raise InputError(f"level: {level} must lie between 0 and 1")
        years = self._years(year)
        log_odds = self._log_odds(self.share(years))
        spread = float(student.ppf(0.5 + level / 2.0, self.freedom)) * np.sqrt(
            np.vectorize(self._variance_of_log_odds, otypes=[np.float64])(np.maximum(years - self.last_year, 0.0))
        )
        bounds = (self.saturation_share / (1.0 + np.exp(-(log_odds + side))) for side in (-spread, spread))
        low, high = bounds
        return low, high

    def for_region(self, share: float, year: float | None = None) -> "AdoptionFit":
        """The same growth for a region whose share is known in one year: the ratio of odds to the data's stays.

        Parameters
        ----------
        share : float
            Share of the region, above 0 and below the saturation.
        year : float, optional
            Year of that share; the last of the data if left out.

        Returns
        -------
        AdoptionFit
            Of the region.

        Raises
        ------
        InputError
            If the share lies outside, or the year beyond the reach of the fit.
        """
        if not 0 < share < self.saturation_share:
            raise InputError(f"share: {share:g} must lie between 0 and the saturation of {self.saturation_share:g}")
        known = self._log_odds(self.share(self.last_year if year is None else year))
        ratio = np.exp(self._log_odds(np.asarray(share, np.float64)) - known)
        return replace(self, odds_ratio=self.odds_ratio * float(ratio))

    def to_dataframe(self) -> "pd.DataFrame":
        """Years, shares and the band of 90 %, from the first year of the data to the farthest.

        Returns
        -------
        DataFrame
            ``year``, ``observed_share`` (of the data; nan after them), ``share``, ``low_share``, ``high_share``.
        """
        import pandas as pd

        years = np.arange(self.year[0], self.last_year + FARTHEST_YEARS + 1)
        observed = pd.Series(self.observed_share, index=self.year).reindex(years).to_numpy()
        low, high = self.band(years)
        return pd.DataFrame(
            {"year": years, "observed_share": observed, "share": self.share(years), "low_share": low,
             "high_share": high}
        )  # fmt: skip

    def _repr_html_(self) -> str:
        shown = [year for year in (2030, 2035, 2040) if self.last_year < year <= self.last_year + FARTHEST_YEARS]
        rows: dict[str, object] = {
            "fitted": f"{self.curve}, {self.first_fitted_year} to {self.last_year}, overdispersed binomial",
            "saturation": f"{self.saturation_share:.0%}",
            "growth now": f"{self.growth_share:.1%} a year",
            str(self.last_year): f"{float(self.share(self.last_year)):.1%}",
        }
        for year in shown:
            low, high = self.band(year)
            rows[str(year)] = f"{float(self.share(year)):.1%} ({float(low):.1%} to {float(high):.1%})"
        return html_card("Share of electric cars", rows | {"source": self.source})

    def _coefficients(self) -> dict[str, float]:
        return {
            "innovation_per_year": self.innovation_per_year,
            "imitation_per_year": self.imitation_per_year,
            "saturation": self.saturation_share,
        }

    def _years(self, year: ArrayLike) -> FloatArray:
        years = np.asarray(year, np.float64)
        last = self.last_year + FARTHEST_YEARS
        bad = ~((years >= self.year[0]) & (years <= last))
        if bad.any():
            raise InputError(f"year {float(years[bad][0]):g}: the curve tells shares of {self.year[0]} to {last} only")
        return years

    def _log_odds(self, share: FloatArray) -> FloatArray:
        """Log odds against the saturation."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(share / (self.saturation_share - share)))

    def _own(self, log_odds: FloatArray) -> FloatArray:
        """Share of the own region from the log odds of the data's."""
        return np.asarray(self.saturation_share / (1.0 + np.exp(-(log_odds + np.log(self.odds_ratio)))))

    def _variance_of_log_odds(self, ahead: float) -> float:
        """Variance of the data's log odds so many years after the last count (delta method)."""
        if ahead <= 0:
            return 0.0
        start = float(self.observed_share[-1])

        def log_odds(begin: float, years: float, p: float, q: float) -> float:
            found = grown_share(
                begin, years, innovation_per_year=p, imitation_per_year=q, saturation=self.saturation_share
            )
            return float(self._log_odds(found))

        p, q = self.innovation_per_year, self.imitation_per_year
        step = 1e-5 * max(p + q, 1e-3)
        here = log_odds(start, ahead, p, q)
        slope = np.array(
            [(log_odds(start, ahead, p + step, q) - here) / step, (log_odds(start, ahead, p, q + step) - here) / step]
        )
        variance = float(slope @ self.covariance @ slope)
        # each year's scatter, carried on to the end along the curve
        begin = start
        for passed in np.arange(0.0, ahead, 1.0):
            part = min(1.0, ahead - passed)
            shift = 1e-6 * begin
            reached = float(grown_share(begin, part, **self._coefficients()))
            rest = ahead - passed - part
            carried = (log_odds(reached + shift, rest, p, q) - log_odds(reached - shift, rest, p, q)) / (2.0 * shift)
            variance += self.variance_per_year * part * begin * (1.0 - begin) * carried**2
            begin = reached
        return variance
