"""Parking at sites: who stands there at the same time, and the shadow price that balances cars and spaces.

Where fewer cars come than there are spaces, a car stands for the price of the site. Where more would come, they look
for a space, come earlier and stand in side streets: what that is worth per car and day is the shadow price. It
rises until as many cars come as there are spaces, but not above what standing in the side streets costs anyway; there,
the rest stands outside.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.parking import ParkingBalance, SiteParking
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import TourSegment
from itas_mobility.errors import DemandError
from itas_mobility.units import MINUTES_PER_HOUR, SECONDS_PER_DAY, SECONDS_PER_MINUTE

PARKING_PARAMETERS: Final = (
    "parking_overflow_walk_min", "time_walk_per_h", "utility_per_eur", "shift_arrival_lead_min", "shift_leave_lag_min",
)  # fmt: skip
"""All that parking depends on besides sites and commuters."""
_ROUNDING: Final = 1e-9
"""By what share cars may become more as their costs rise: digits lost in sums."""


def outside_cost(parameters: Parameters) -> float:
    """What a car that stands in side streets costs its driver.

    Parameters
    ----------
    parameters : Parameters
        ``parking_overflow_walk_min``, ``time_walk_per_h``, ``utility_per_eur``.

    Returns
    -------
    float
        EUR per day: the walk there and back, at the value of time of walking.

    Raises
    ------
    DemandError
        If money has no value (``utility_per_eur`` not positive), or walking is liked.
    """
    value = parameters.value
    walk, euro = value("time_walk_per_h"), value("utility_per_eur")
    if not (euro > 0.0 and walk <= 0.0):
        raise DemandError(
            f"utility_per_eur = {euro:g} and time_walk_per_h = {walk:g}: for parking in side streets to cost "
            "something, the first must be positive and the second not"
        )
    return 2.0 * value("parking_overflow_walk_min") / MINUTES_PER_HOUR * -walk / euro


def site_parking(sites: IndustrialSites, segments: Sequence[TourSegment], *, parameters: Parameters) -> SiteParking:
    """Parking that sites offer, and when the cars of each segment stand there.

    Parameters
    ----------
    sites : IndustrialSites
        Sites with spaces and prices.
    segments : sequence of TourSegment
        Commuters by hours of work.
    parameters : Parameters
        `PARKING_PARAMETERS`.

    Returns
    -------
    SiteParking
        Sites in their order. Moments are those at which the cars of a segment begin or end to come or to leave.

    Notes
    -----
    As in `tour_segments`, cars come evenly over twice the mean lead before the shift and leave evenly over twice the
    mean lag after it: between two moments all numbers of cars are straight lines, so that their largest sum lies at a
    moment. The day is the mean working day, repeated: a night shift stands there in the evening and in the morning.
    """
    lead_s, lag_s = (
        2.0 * SECONDS_PER_MINUTE * parameters.value(name) for name in ("shift_arrival_lead_min", "shift_leave_lag_min")
    )
    stays = [
        (one.start_s - lead_s, one.start_s, one.end_s, one.end_s + lag_s)
        if len(sites) > 0 and bool((one.workers[:, sites.zone] > 0).any())
        else None
        for one in segments
    ]
    known = [time_s % SECONDS_PER_DAY for stay in stays if stay is not None for time_s in stay]
    moment_s = np.unique(np.array(known, float))
    none = np.zeros(len(moment_s))
    presence = [none if stay is None else _presence(moment_s, stay) for stay in stays]
    return SiteParking(
        zone=sites.zone,
        parking_spaces=sites.parking_spaces,
        price_eur_per_day=sites.parking_price_eur_per_day,
        outside_eur_per_day=outside_cost(parameters),
        moment_s=moment_s,
        presence_share=np.stack(presence, axis=1) if presence else np.zeros((len(moment_s), 0)),
    )


def _presence(moment_s: FloatArray, stay: tuple[float, float, float, float]) -> FloatArray:
    """Share of the cars that stand there: of those that come from the first to the second time, leave from the third.

    Of a shift that begins when another one ends all stand there at that moment, however short they take to come.
    """
    first_s, due_s, free_s, last_s = stay
    present = np.zeros(len(moment_s))
    for day in (-1, 0, 1, 2):
        time_s = moment_s + day * SECONDS_PER_DAY
        come = np.where(time_s >= due_s, 1.0, _passed(time_s, first_s, due_s))
        gone = np.where(time_s <= free_s, 0.0, _passed(time_s, free_s, last_s))
        present += come - gone
    return present


def _passed(time_s: FloatArray, start_s: float, end_s: float) -> FloatArray:
    """Share of a time that has passed."""
    if end_s == start_s:
        return np.where(time_s > start_s, 1.0, 0.0)
    return np.clip((time_s - start_s) / (end_s - start_s), 0.0, 1.0)


def most_standing(parking: SiteParking, cars: FloatArray) -> FloatArray:
    """Most cars that stand at each site at the same time.

    Parameters
    ----------
    parking : SiteParking
        Who stands there when.
    cars : ndarray of shape (n_segments, ...)
        Cars of a day by segment, and what else, e.g. site.

    Returns
    -------
    ndarray of shape (...)
        The largest number over the moments of the day; 0 where there are none.
    """
    return np.asarray(_standing(parking, cars).max(axis=0, initial=0.0))


def fullest_moment(parking: SiteParking, cars: FloatArray) -> FloatArray:
    """When most cars stand at each site.

    Parameters
    ----------
    parking : SiteParking
        Who stands there when.
    cars : ndarray of shape (n_segments, n_sites)
        Cars of a day.

    Returns
    -------
    ndarray of shape (n_sites,)
        Seconds after midnight: the first moment with as many cars as ever, but for digits lost in sums; NaN where no
        car stands.
    """
    standing = _standing(parking, cars)
    if len(standing) == 0:
        return np.full(cars.shape[1], np.nan)
    most = standing.max(axis=0)
    return np.where(most > 0.0, parking.moment_s[(standing >= (1.0 - _ROUNDING) * most).argmax(axis=0)], np.nan)


def _standing(parking: SiteParking, cars: FloatArray) -> FloatArray:
    """Cars at each moment; added up in the order of the segments, whatever the processor."""
    total = np.zeros((len(parking.moment_s), *cars.shape[1:]))
    for share, of_segment in zip(parking.presence_share.T, cars, strict=True):
        total += share.reshape(-1, *(1,) * of_segment.ndim) * of_segment
    return total


def clear_parking(
    standing: Callable[[FloatArray], FloatArray], spaces: ArrayLike, outside_eur_per_day: ArrayLike
) -> ParkingBalance:
    """Find the shadow prices at which cars and spaces balance, at all sites at once.

    Parameters
    ----------
    standing : callable
        Takes a price per site (EUR per day, shape (n_sites,)) and gives the cars that would stand at each site at the
        same time; each depends on the price of its own site only, continuously, and does not rise with it.
    spaces : array-like of shape (n_sites,)
        Parking spaces, infinite where there is no shortage.
    outside_eur_per_day : array-like
        Highest price: what standing elsewhere costs. One number holds for all sites.

    Returns
    -------
    ParkingBalance
        At each site one of three holds: a price of 0 and no more cars than spaces; a price between, at which there
        are as many cars as spaces; the highest price, at which the cars above the spaces stand outside.

    Raises
    ------
    DemandError
        If spaces or costs are negative or not numbers, or cars become more as the price rises.

    Notes
    -----
    The complementarity ``0 <= price <= outside``, ``standing(price) - spaces`` positive only at the upper end and
    negative only at the lower one, has one solution where cars fall strictly. It is found by bracketing with inverse
    quadratic interpolation and bisection (Chandrupatla 1997) until no float lies between the two ends, so that it does
    not depend on a start or a tolerance.
    """
    room = np.atleast_1d(np.asarray(spaces, float))
    highest = np.broadcast_to(np.asarray(outside_eur_per_day, float), room.shape)
    if not ((room >= 0).all() and (highest >= 0).all() and np.isfinite(highest).all()):
        raise DemandError("clear_parking: spaces and outside_eur_per_day must not be negative or NaN, costs be finite")
    at_nothing, at_most = standing(np.zeros(room.shape)), standing(highest.copy())
    if not (np.isfinite(at_nothing).all() and (at_most <= at_nothing * (1.0 + _ROUNDING)).all()):
        raise DemandError("clear_parking: cars must be finite, and not become more as the price rises")
    price = np.where(at_nothing <= room, 0.0, highest)
    between = (at_nothing > room) & (at_most < room)
    price = np.where(between, _root(standing, room, price, between, at_nothing, at_most), price)
    cars = standing(price)
    outside = np.where((price == highest) & ~between, np.maximum(cars - room, 0.0), 0.0)
    return ParkingBalance(price, cars, outside)


def _root(
    standing: Callable[[FloatArray], FloatArray],
    spaces: FloatArray,
    highest: FloatArray,
    is_sought: BoolArray,
    at_nothing: FloatArray,
    at_most: FloatArray,
) -> FloatArray:
    """Prices at which cars equal spaces, where they are sought: more at price 0 and fewer at the highest one.

    The root lies between the newest point `a` and the other end `b`; `c` is the end that was given up last; `f` are
    cars less spaces.
    """
    room = np.where(is_sought, spaces, 0.0)  # elsewhere it may be infinite
    least = np.spacing(highest)
    a, fa = highest.copy(), at_most - room
    b, fb = np.zeros(a.shape), at_nothing - room
    share = np.full(a.shape, 0.5)
    is_open = is_sought.copy()
    while True:
        is_open &= (np.abs(b - a) > least) & (fa != 0.0) & (fb != 0.0)
        if not is_open.any():
            return np.where(np.abs(fa) <= np.abs(fb), a, b)
        edge = np.divide(0.5 * least, np.abs(b - a), out=np.full(a.shape, 0.5), where=is_open)
        new = np.where(is_open, a + np.clip(share, edge, 1.0 - edge) * (b - a), a)
        f_new = np.where(is_open, standing(new) - room, fa)
        is_beyond = np.sign(f_new) == np.sign(fa)  # on the side of `a`, which is given up
        c, fc = np.where(is_beyond, a, b), np.where(is_beyond, fa, fb)
        b, fb = np.where(is_beyond, b, a), np.where(is_beyond, fb, fa)
        a, fa = new, f_new
        share = _next_share(a, b, c, fa, fb, fc)


def _next_share(
    a: FloatArray, b: FloatArray, c: FloatArray, fa: FloatArray, fb: FloatArray, fc: FloatArray
) -> FloatArray:
    """How far from `a` to `b` the next point lies: by inverse quadratic interpolation where safe, or halfway."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # where it is not safe, it is not taken
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        is_safe = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        share = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(is_safe & np.isfinite(share), share, 0.5)
