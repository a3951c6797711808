"""Parking at the sites as a part of the choice of mode: shadow prices for given times on the roads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.parking import ParkingBalance, SiteParking
from itas_mobility.core.person_groups import PersonGroups
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.tour_choice import TourChoice
from itas_mobility.core.tours import TourSegment


@dataclass(frozen=True, eq=False)
class ParkedChoice:
    """What segments choose when cars and spaces of the sites balance."""

    choices: tuple[TourChoice, ...]
    balance: ParkingBalance


def parking_by_zone(parking: SiteParking, n_zones: int, shortage: ParkingBalance | None = None) -> FloatArray:
    """What standing costs at each work zone, as `demand.Offer` takes it.

    Parameters
    ----------
    parking : SiteParking
        Prices of the sites.
    n_zones : int
        Number of zones.
    shortage : ParkingBalance, optional
        Shadow prices that come to them; none where spaces are not short.

    Returns
    -------
    ndarray of shape (n_zones,)
        EUR per day and car; nothing where no site is: of other work places nothing is known.
    """
    by_zone = np.zeros(n_zones)
    by_zone[parking.zone] = parking.borne_eur_per_day
    if shortage is not None:
        by_zone[parking.zone] += shortage.price_eur_per_day
    return by_zone


def cars_at_sites(parking: SiteParking, segments: Sequence[TourSegment], shares: Sequence[ModeShares]) -> FloatArray:
    """Cars that come to the sites on a mean working day.

    Parameters
    ----------
    parking : SiteParking
        Says where the sites are.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Theirs.

    Returns
    -------
    ndarray of shape (n_segments, n_sites)
        Cars, not persons.
    """
    return np.array(
        [
            _cars(one.workers[:, parking.zone], share.stacked_share[:, :, parking.zone])
            for one, share in zip(segments, shares, strict=True)
        ]
    ).reshape(len(segments), len(parking))


def _cars(workers: FloatArray, shares: FloatArray) -> FloatArray:
    """Cars by column."""
    driven = shares[[mode.drives for mode in demand.MODES.values()]].sum(axis=0)
    return np.asarray((workers * driven).sum(axis=0))


def park(
    parking: SiteParking,
    offers: Sequence[demand.Offer],
    choices: Sequence[TourChoice],
    parameters: Parameters,
    groups: PersonGroups,
    *,
    segments: Sequence[TourSegment] | None = None,
) -> ParkedChoice:
    """Let cars and spaces of the sites balance: to the price of parking comes, where spaces are short, a shadow price.

    Where there are spaces for all who come, choices stay as they are, to the last bit.

    Parameters
    ----------
    parking : SiteParking
        Spaces, prices, and who stands there when.
    offers : sequence of Offer
        What each segment chooses from, with `parking_by_zone`.
    choices : sequence of TourChoice
        What it chooses.
    parameters : Parameters
        `demand.choice_parameters`.
    groups : PersonGroups
        Who has licence, car and pedelec.
    segments : sequence of TourSegment, optional
        Who comes, where that is not who stands in `offers`.

    Returns
    -------
    ParkedChoice
        Choices at the shadow prices, and the balance of each site.
    """
    segments = [offer.segment for offer in offers] if segments is None else segments
    cars = cars_at_sites(parking, segments, [one.shares for one in choices])
    standing = demand.most_standing(parking, cars)
    price, outside = np.zeros(len(parking)), np.zeros(len(parking))
    short = np.flatnonzero(standing > parking.wanted_spaces)
    if short.size == 0:
        return ParkedChoice(tuple(choices), ParkingBalance(price, standing, outside))
    zones = parking.zone[short].astype(np.int64)
    come = [row for row, one in enumerate(segments) if bool(one.workers[:, zones].any())]
    respond = {row: demand.choose_at_prices(replace(offers[row], works=zones), parameters, groups) for row in come}

    def standing_at(short_price: FloatArray) -> FloatArray:
        cars_then = np.zeros((len(segments), len(short)))
        for row in come:
            shares, _ = respond[row](short_price)
            cars_then[row] = _cars(segments[row].workers[:, zones], shares)
        return demand.most_standing(parking, cars_then)

    room_eur = (parking.outside_eur_per_day - parking.borne_eur_per_day)[short]
    found = demand.clear_parking(standing_at, parking.wanted_spaces[short], room_eur)
    price[short], standing[short], outside[short] = found.price_eur_per_day, found.standing_cars, found.outside_cars
    changed = list(choices)
    for row in come:
        changed[row] = _with_columns(choices[row], zones, *respond[row](found.price_eur_per_day))
    return ParkedChoice(tuple(changed), ParkingBalance(price, standing, outside))


def _with_columns(choice: TourChoice, zones: LongArray, shares: FloatArray, logsum: FloatArray) -> TourChoice:
    """A choice with that at some work zones replaced."""
    stacked, sums = choice.shares.stacked_share.copy(), choice.logsum.copy()
    stacked[:, :, zones], sums[:, zones] = shares, logsum
    stacked.flags.writeable = sums.flags.writeable = False
    return TourChoice(ModeShares(choice.shares.modes, stacked), sums)
