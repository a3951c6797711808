"""User classes (Nutzerklassen) of the road: who drives what, and what a link costs them."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import BoolArray, Columns, FloatArray, html_card
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class UserClass:
    """Trips whose drivers weigh time, toll and distance alike and may use the same links: cars, lorries, electric cars.

    All classes share the road: each vehicle counts as `pce` cars in the volume that decides the travel time, and all
    take that time. A class chooses by its own generalised cost, in seconds: travel time + toll and distance, weighted,
    + `extra_cost_s`.

    Raises
    ------
    DemandError
        With all faults found.
    """

    name: str
    trips: ODMatrix
    """Vehicles of this class."""
    pce: float = 1.0
    """Passenger-car equivalents (Pkw-Einheiten) of one vehicle."""
    toll_weight_s_per_eur: float = 0.0
    """Seconds that one euro of toll counts as: 3600 by the value of time in EUR/h."""
    distance_weight_s_per_m: float = 0.0
    """Seconds that one metre counts as: operating cost per metre over the value of time."""
    extra_cost_s: FloatArray | None = None
    """Further cost of each link for this class, in seconds; at least 0, shape (n_links,)."""
    banned: BoolArray | None = None
    """Links that the class may not use, shape (n_links,)."""

    def __post_init__(self) -> None:
        columns = Columns(self, f"UserClass {self.name}", DemandError)
        columns.check(bool(self.name), "name: must not be empty")
        columns.check(bool(np.isfinite(self.pce)) and self.pce > 0, f"pce: {self.pce} must be positive and finite")
        for weight in ("toll_weight_s_per_eur", "distance_weight_s_per_m"):
            value = getattr(self, weight)
            columns.check(bool(np.isfinite(value)) and value >= 0, f"{weight}: {value} must be finite, 0 or more")
        if self.extra_cost_s is not None:
            columns.array("extra_cost_s", np.float64, np.shape(self.extra_cost_s)[:1], low=0)
        if self.banned is not None:
            columns.array("banned", np.bool_, np.shape(self.banned)[:1])
        columns.raise_faults()

    def _repr_html_(self) -> str:
        return html_card(
            f"User class {self.name}",
            {
                "trips": f"{self.trips.total:,.1f}",
                "passenger-car equivalents": self.pce,
                "s per EUR": self.toll_weight_s_per_eur,
                "s per m": self.distance_weight_s_per_m,
                "banned links": 0 if self.banned is None else int(self.banned.sum()),
            },
        )
