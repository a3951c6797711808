"""Parking at industrial sites: what is offered (`SiteParking`) and how it balances with the cars that come."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, IntArray
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class SiteParking:
    """Spaces and prices of sites, and who stands there at the same time; row *i* is site *i*.

    Raises
    ------
    DemandError
        With all faults found.
    """

    zone: IntArray
    """Row of each site's zone."""
    parking_spaces: FloatArray
    """Infinite where cars always find one."""
    price_eur_per_day: FloatArray
    """What a car pays for a space."""
    outside_eur_per_day: float
    """What it is worth not to have to stand in side streets and walk from there, per car and day."""
    moment_s: FloatArray
    """Moments of the day between which the cars of each segment become evenly more or fewer, shape (n_moments,)."""
    presence_share: FloatArray
    """Share of each segment's cars that stand there at each moment, shape (n_moments, n_segments); above 1 where the
    crew of yesterday is still there when that of today comes."""

    def __post_init__(self) -> None:
        columns = Columns(self, "SiteParking", DemandError)
        n, n_moments = len(np.atleast_1d(self.zone)), len(np.atleast_1d(self.moment_s))
        columns.array("zone", np.int32, (n,), low=0)
        columns.array("parking_spaces", np.float64, (n,), low=0, allow_inf=True)
        columns.array("price_eur_per_day", np.float64, (n,), low=0)
        columns.array("moment_s", np.float64, (n_moments,), low=0)
        n_segments = np.shape(self.presence_share)[-1] if np.ndim(self.presence_share) == 2 else 0
        columns.array("presence_share", np.float64, (n_moments, n_segments), low=0)
        columns.check(
            0.0 <= self.outside_eur_per_day < np.inf,
            f"outside_eur_per_day = {self.outside_eur_per_day}: must be finite and not negative",
        )
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.zone)

    @property
    def borne_eur_per_day(self) -> FloatArray:
        """What standing costs where there is no shortage: the price, unless the side streets are the cheaper place."""
        return np.minimum(self.price_eur_per_day, self.outside_eur_per_day)

    @property
    def wanted_spaces(self) -> FloatArray:
        """Spaces that cars take: none where standing outside is cheaper than the price."""
        return np.where(self.price_eur_per_day > self.outside_eur_per_day, 0.0, self.parking_spaces)


@dataclass(frozen=True, eq=False)
class ParkingBalance:
    """Cars and spaces of sites in balance; row *i* is site *i*.

    Raises
    ------
    DemandError
        With all faults found.
    """

    price_eur_per_day: FloatArray
    """Shadow price: what the want of space is worth per car and day, above the price that is paid; time that drivers
    lose, and no money."""
    standing_cars: FloatArray
    """Most cars that stand there at the same time, those outside included."""
    outside_cars: FloatArray
    """Of these, cars that stand in side streets."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ParkingBalance", DemandError)
        n = len(np.atleast_1d(self.price_eur_per_day))
        for name in ("price_eur_per_day", "standing_cars", "outside_cars"):
            columns.array(name, np.float64, (n,), low=0)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.price_eur_per_day)
