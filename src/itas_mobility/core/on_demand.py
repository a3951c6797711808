"""On-demand service: the fleet that a formula sizes, and what a simulated day did."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, IntArray, html_card
from itas_mobility.errors import DemandError
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_MINUTE

NOT_SERVED = -1
"""Vehicle of a request that was turned away."""


@dataclass(frozen=True, slots=True)
class OnDemandFleet:
    """A fleet of on-demand vehicles and how it serves a steady stream of requests."""

    vehicles: int
    seats: int
    wait_s: float
    """Mean time from request to boarding."""
    ride_s: float
    """Mean time on board, detours for others included."""
    cost_eur_per_h: float
    """Of the whole fleet."""
    cost_eur: float
    """Per request."""

    def _repr_html_(self) -> str:
        return html_card(
            f"{self.vehicles} on-demand vehicles of {self.seats} seats",
            {
                "mean wait": f"{self.wait_s / SECONDS_PER_MINUTE:.1f} min",
                "mean ride": f"{self.ride_s / SECONDS_PER_MINUTE:.1f} min",
                "cost": f"{self.cost_eur_per_h:,.0f} EUR/h, {self.cost_eur:.2f} EUR per request",
            },
        )


@dataclass(frozen=True, eq=False)
class OnDemandRun:
    """What became of each request of a simulated day; row *i* is request *i*.

    Raises
    ------
    DemandError
        With all faults found.
    """

    request_s: FloatArray
    vehicle: IntArray
    """Row of the vehicle; -1 where the request was turned away."""
    pickup_s: FloatArray
    delivery_s: FloatArray
    """Moments of boarding and alighting; inf where the request was turned away."""
    driven_m: FloatArray
    """Length driven by each vehicle, shape (n_vehicles,)."""

    def __post_init__(self) -> None:
        columns = Columns(self, "OnDemandRun", DemandError)
        n = len(np.atleast_1d(self.request_s))
        columns.array("request_s", np.float64, (n,), low=0)
        vehicles = len(np.atleast_1d(self.driven_m))
        columns.array("vehicle", np.int32, (n,), low=NOT_SERVED, high=vehicles - 1)
        pickup = columns.array("pickup_s", np.float64, (n,), low=0, allow_inf=True)
        delivery = columns.array("delivery_s", np.float64, (n,), low=0, allow_inf=True)
        columns.array("driven_m", np.float64, (vehicles,), low=0)
        columns.check(bool((pickup >= self.request_s).all()), "pickup_s: a request is met before it is made")
        columns.check(bool((delivery >= pickup).all()), "delivery_s: a passenger alights before boarding")
        columns.raise_faults()

    @property
    def is_served(self) -> np.ndarray:
        """Mask of the requests that were served."""
        return np.asarray(self.vehicle != NOT_SERVED)

    @property
    def wait_s(self) -> FloatArray:
        """From request to boarding; inf where it was turned away."""
        return np.asarray(self.pickup_s - self.request_s)

    @property
    def ride_s(self) -> FloatArray:
        """On board; nan where it was turned away."""
        served = self.is_served
        ride = np.full(len(served), np.nan)
        ride[served] = self.delivery_s[served] - self.pickup_s[served]
        return ride

    def _repr_html_(self) -> str:
        served = self.is_served
        return html_card(
            "On-demand service",
            {
                "requests": len(served),
                "served": int(served.sum()),
                "mean wait": f"{self.wait_s[served].mean() / SECONDS_PER_MINUTE:.1f} min" if served.any() else "-",
                "mean ride": f"{self.ride_s[served].mean() / SECONDS_PER_MINUTE:.1f} min" if served.any() else "-",
                "driven": f"{self.driven_m.sum() / METRES_PER_KILOMETRE:,.1f} km",
            },
        )
