"""Mode choice of commuters, for the way there and back together; each mode is one function of utility."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.tour_choice import TourChoice
from itas_mobility.core.tours import TourSegment
from itas_mobility.demand.mode_choice import logit
from itas_mobility.units import METRES_PER_KILOMETRE, MINUTES_PER_HOUR, SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class Offer:
    """What the networks offer a segment of commuters for its ways to work and home."""

    segment: TourSegment
    car: Sequence[Skims]
    """``time_s`` of the loaded network, per slice of the day."""
    free: Skims
    """``length_m`` along the quickest paths of the empty network."""
    lines: LineOffer
    bike: Skims
    walk: Skims
    """``length_m``."""
    parking_eur_per_day: FloatArray | float = 0.0
    """What a car pays at each work zone, by price or for want of space, shape (n_zones,)."""


Utility: TypeAlias = Callable[[Offer, Parameters], FloatArray]
"""Utility of a way by home and work zone before `choice_scale`, mean of there and back; -inf where there is no way."""


@dataclass(frozen=True, slots=True)
class TravelMode:
    """A mode that commuters choose."""

    utility: Utility
    parameters: tuple[str, ...]
    """All that its utility depends on."""
    needs_car: bool = False
    """Whether it is closed to those who have no car at hand."""
    drives: bool = False
    """Whether its travellers put cars on the road: `drivers`."""
    rides: bool = False
    """Whether its travellers board lines: `passengers`."""
    better: Literal["higher", "lower", ""] = "higher"
    """Which way its share is wanted to go."""


_KNOWN: dict[str, TravelMode] = {}
MODES: Final[Mapping[str, TravelMode]] = MappingProxyType(_KNOWN)
"""The modes by name, in the order in which shares are told; words of each stand in `words.MODES`."""

_OF_ALL_MODES = ("choice_scale", "no_car_share", "car_occupancy")


def choice_parameters() -> tuple[str, ...]:
    """Names of all parameters that decide mode shares and car trips."""
    names = [name for mode in MODES.values() for name in mode.parameters]
    return tuple(dict.fromkeys([*_OF_ALL_MODES, *names]))


def mode_utilities(offer: Offer, parameters: Parameters) -> FloatArray:
    """Utility of a way by every mode, as the choice takes it.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.

    Returns
    -------
    ndarray of shape (n_modes, n_zones, n_zones)
        In the order of `MODES`, by home and work zone, mean of there and back; -inf where there is no way.
    """
    return np.asarray(
        parameters.value("choice_scale") * np.stack([mode.utility(offer, parameters) for mode in MODES.values()])
    )


def utility_of_a_euro(offer: Offer, parameters: Parameters) -> FloatArray:
    """What a euro spent on a way takes off its utility, as the choice takes it.

    Parameters
    ----------
    offer : Offer
        What the networks offer.
    parameters : Parameters
        `choice_parameters`.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        Positive, by home and work zone: differences of utility divided by it are euros a way.
    """
    return np.full(offer.segment.workers.shape, parameters.value("choice_scale") * parameters.value("utility_per_eur"))


def drivers(segment: TourSegment, shares: ModeShares) -> FloatArray:
    """Persons of a segment whose mode puts cars on the road.

    Parameters
    ----------
    segment : TourSegment
        Commuters with equal hours of work.
    shares : ModeShares
        Theirs.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        By home and work zone.
    """
    return segment.workers * _share(shares, [name for name in shares if MODES[name].drives])


def passengers(segment: TourSegment, shares: ModeShares) -> FloatArray:
    """Persons of a segment whose mode boards lines.

    Parameters
    ----------
    segment : TourSegment
        Commuters with equal hours of work.
    shares : ModeShares
        Theirs.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        By home and work zone.
    """
    return segment.workers * _share(shares, [name for name in shares if MODES[name].rides])


def _share(shares: ModeShares, modes: Sequence[str]) -> FloatArray:
    """Share of several modes together."""
    total = np.zeros(shares.stacked_share.shape[1:])
    for mode in modes:
        total = total + shares[mode]
    return total


def _mode(
    name: str,
    *parameters: str,
    needs_car: bool = False,
    drives: bool = False,
    rides: bool = False,
    better: Literal["higher", "lower", ""] = "higher",
) -> Callable[[Utility], Utility]:
    """Enter a function of utility among the modes."""

    def enter(utility: Utility) -> Utility:
        _KNOWN[name] = TravelMode(utility, parameters, needs_car, drives, rides, better)
        return utility

    return enter


@_mode(
    "car", "asc_car", "time_car_per_h", "car_access_egress_min", "utility_per_eur", "car_cost_eur_per_km",
    needs_car=True, drives=True, better="lower",
)  # fmt: skip
def _car(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    hours = (
        0.5 * there_and_back(offer.car, "time_s", offer.segment) / SECONDS_PER_HOUR
        + value("car_access_egress_min") / MINUTES_PER_HOUR
    )
    cost_eur_per_km = value("utility_per_eur") * value("car_cost_eur_per_km")
    parking_eur = 0.5 * np.asarray(offer.parking_eur_per_day)
    return np.asarray(
        value("asc_car")
        + value("time_car_per_h") * hours
        - cost_eur_per_km * _way_km(offer.free)
        - value("utility_per_eur") * parking_eur
    )


@_mode("transit", "asc_pt", "time_pt_per_h", "utility_per_eur", "pt_fare_eur", rides=True)
def _transit(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    out, back = offer.lines.out, offer.lines.back
    hours = (out["perceived_s"] + back["perceived_s"].T) / (2.0 * SECONDS_PER_HOUR)
    hours = hours if offer.lines.can_reach is None else np.where(offer.lines.can_reach, hours, np.inf)
    fare_eur = _fare(out, back, value("pt_fare_eur"))
    return np.asarray(value("asc_pt") + value("time_pt_per_h") * hours - value("utility_per_eur") * fare_eur)


@_mode("bike", "asc_bike", "time_bike_per_h", "bike_speed_km_per_h", "bike_max_km")
def _bike(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    km = _up_to(value("bike_max_km"), _way_km(offer.bike))
    return np.asarray(value("asc_bike") + value("time_bike_per_h") * km / value("bike_speed_km_per_h"))


@_mode("walk", "asc_walk", "time_walk_per_h", "walk_speed_km_per_h", "walk_max_km")
def _walk(offer: Offer, parameters: Parameters) -> FloatArray:
    value = parameters.value
    km = _up_to(value("walk_max_km"), _way_km(offer.walk))
    return np.asarray(value("asc_walk") + value("time_walk_per_h") * km / value("walk_speed_km_per_h"))


def _way_km(skims: Skims) -> FloatArray:
    """Length of a way, mean of there and back."""
    return (skims["length_m"] + skims["length_m"].T) / (2.0 * METRES_PER_KILOMETRE)


def _up_to(most_km: float, km: FloatArray) -> FloatArray:
    """Endless where it is longer than people go."""
    return np.where(km > most_km, np.inf, km)


def _fare(out: Skims, back: Skims, flat_eur: float) -> FloatArray | float:
    """Fare of a way, mean of there and back."""
    there, home = (skims.matrices.get("fare_eur") for skims in (out, back))
    return ((flat_eur if there is None else there) + (flat_eur if home is None else home.T)) / 2.0


def tour_mode_shares(
    segment: TourSegment,
    *,
    car: Sequence[Skims],
    free: Skims,
    lines: LineOffer,
    bike: Skims,
    walk: Skims,
    parameters: Parameters,
) -> TourChoice:
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
    lines : LineOffer
        Public transport when the segment travels; ``pt_fare_eur`` of the parameters where it has no ``fare_eur``.
    bike, walk : Skims
        ``length_m``.
    parameters : Parameters
        `choice_parameters`.

    Returns
    -------
    TourChoice
        Shares of all `MODES`; they sum to 1 wherever a mode is available. Public transport is available only where
        there is a journey there *and* back.

    Notes
    -----
    Utility of a way as in ``parameters.toml`` of this room, mean of there and back; a share of the workers has no car
    at hand and chooses among the rest.
    """
    offer = Offer(segment, car, free, lines, bike, walk)
    modes = dict(MODES)
    utilities = mode_utilities(offer, parameters)
    with_car, logsum = logit(utilities)
    is_open = np.array([not mode.needs_car for mode in modes.values()])
    without_car, logsum_without = logit(utilities, available=is_open[:, None, None])
    # who has neither car nor another way is driven: the pair keeps the shares of those with a car
    stranded = without_car.sum(axis=0) == 0
    without_car = np.where(stranded, with_car, without_car)
    share = parameters.value("no_car_share")
    mean_logsum = np.where(stranded, logsum, (1.0 - share) * logsum + share * np.where(stranded, 0.0, logsum_without))
    shares = (1.0 - share) * with_car + share * without_car
    shares.flags.writeable = False
    return TourChoice(ModeShares(tuple(modes), shares), mean_logsum)


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
