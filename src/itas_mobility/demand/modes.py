"""Mode choice of commuters: car, public transport, bicycle, walking, chosen for the way there and back together."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.tours import TourSegment
from itas_mobility.demand.mode_choice import logit
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

MINUTES_PER_HOUR: Final = SECONDS_PER_HOUR / SECONDS_PER_MINUTE
MODES: Final = ("car", "transit", "bike", "walk")
CHOICE_PARAMETERS: Final = (
    "choice_scale", "asc_car", "asc_pt", "asc_bike", "asc_walk", "time_car_per_h", "time_pt_per_h", "time_bike_per_h",
    "time_walk_per_h", "utility_per_eur", "car_cost_eur_per_km", "pt_fare_eur", "car_access_egress_min",
    "bike_speed_km_per_h", "bike_max_km", "walk_speed_km_per_h", "walk_max_km", "no_car_share", "car_occupancy",
)  # fmt: skip
"""All parameters that decide mode shares and car trips."""


def tour_mode_shares(
    segment: TourSegment,
    *,
    car: Sequence[Skims],
    free: Skims,
    transit: tuple[Skims, Skims],
    bike: Skims,
    walk: Skims,
    parameters: Parameters,
) -> tuple[FloatArray, FloatArray]:
    """Shares of the modes by home and work zone, by multinomial logit over the whole tour.

    Parameters
    ----------
    segment : TourSegment
        Commuters with equal hours of work.
    car : sequence of Skims, one per slice of the day
        ``time_s`` of the loaded network.
    free : Skims
        ``length_m`` along the quickest paths of the empty network, for the cost of driving. In equilibrium the paths
        of a pair take the same time but differ in length, and which of them a skim meets is chance at the last digit;
        a cost that follows it would keep the feedback from settling.
    transit : tuple of Skims
        Of the way to work and of the way home, when the segment makes them: ``perceived_s`` (inf where there is no
        journey) and, if fares differ between pairs, ``fare_eur``; ``pt_fare_eur`` of the parameters where it is left
        out. Both are zone x zone in the direction of travel.
    bike, walk : Skims
        ``length_m``.
    parameters : Parameters
        `CHOICE_PARAMETERS`.

    Returns
    -------
    shares : ndarray of shape (4, n_zones, n_zones)
        In the order of `MODES`; they sum to 1 wherever a mode is available. Public transport is available only where
        there is a journey there *and* back.
    logsum : ndarray of shape (n_zones, n_zones)
        Expected maximum utility of a way, mean over workers with and without a car; -inf where no mode is available.

    Notes
    -----
    Utility of a way as in ``parameters.toml`` of this room, mean of there and back; a share of the workers has no car
    at hand and chooses among the rest.
    """
    value = parameters.value
    car_km = (free["length_m"] + free["length_m"].T) / (2.0 * METRES_PER_KILOMETRE)
    out, back = transit
    fare_eur = _fare(out, back, value("pt_fare_eur"))
    car_h = (
        0.5 * there_and_back(car, "time_s", segment) / SECONDS_PER_HOUR
        + value("car_access_egress_min") / MINUTES_PER_HOUR
    )
    transit_h = (out["perceived_s"] + back["perceived_s"].T) / (2.0 * SECONDS_PER_HOUR)
    bike_km = (bike["length_m"] + bike["length_m"].T) / (2.0 * METRES_PER_KILOMETRE)
    walk_km = (walk["length_m"] + walk["length_m"].T) / (2.0 * METRES_PER_KILOMETRE)
    bike_km = np.where(bike_km > value("bike_max_km"), np.inf, bike_km)
    walk_km = np.where(walk_km > value("walk_max_km"), np.inf, walk_km)
    utilities = value("choice_scale") * np.stack(
        [
            value("asc_car")
            + value("time_car_per_h") * car_h
            - value("utility_per_eur") * value("car_cost_eur_per_km") * car_km,
            value("asc_pt") + value("time_pt_per_h") * transit_h - value("utility_per_eur") * fare_eur,
            value("asc_bike") + value("time_bike_per_h") * bike_km / value("bike_speed_km_per_h"),
            value("asc_walk") + value("time_walk_per_h") * walk_km / value("walk_speed_km_per_h"),
        ]
    )
    with_car, logsum = logit(utilities)
    has_no_car = np.ones(utilities.shape, bool)
    has_no_car[0] = False
    without_car, logsum_without = logit(utilities, available=has_no_car)
    # who has neither car nor another way is driven: the pair keeps the shares of those with a car
    stranded = without_car.sum(axis=0) == 0
    without_car = np.where(stranded, with_car, without_car)
    share = value("no_car_share")
    mean_logsum = np.where(stranded, logsum, (1.0 - share) * logsum + share * np.where(stranded, 0.0, logsum_without))
    return (1.0 - share) * with_car + share * without_car, mean_logsum


def _fare(out: Skims, back: Skims, flat_eur: float) -> FloatArray | float:
    """Fare of a way, mean of there and back."""
    there, home = (skims.matrices.get("fare_eur") for skims in (out, back))
    return ((flat_eur if there is None else there) + (flat_eur if home is None else home.T)) / 2.0


def there_and_back(skims: Sequence[Skims], name: str, segment: TourSegment) -> FloatArray:
    """What one skim is for a segment's way to work and its way home together, as means over the slices of the day.

    Parameters
    ----------
    skims : sequence of Skims, one per slice of the day
        In the direction of travel.
    name : str
        Of a matrix in them.
    segment : TourSegment
        Says in which slices its ways fall.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        By home and work zone. Slices in which nobody of the segment travels are not looked at.
    """
    total = np.zeros_like(skims[0][name])
    for skim, out, back in zip(skims, segment.out_share, segment.back_share, strict=True):
        if out > 0:
            total = total + out * skim[name]
        if back > 0:
            total = total + back * skim[name].T
    return total
