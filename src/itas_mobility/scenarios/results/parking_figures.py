"""What is known of parking at each site: spaces, cars at the fullest moment, prices, cars outside, money."""

from typing import TYPE_CHECKING

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.region import Region
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium, Inputs
from itas_mobility.scenarios.stages.site_parking import cars_at_sites

if TYPE_CHECKING:
    import pandas as pd


def parking_figures(region: Region, inputs: Inputs, equilibrium: Equilibrium) -> "pd.DataFrame":
    """Figures of parking by site.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Spaces, prices, and who stands there when.
    equilibrium : Equilibrium
        Who comes by car, and the shadow prices.

    Returns
    -------
    DataFrame
        ``site_id``, ``parking_spaces``, ``cars`` of a mean working day, ``standing_cars`` at the fullest moment
        ``fullest_s``, ``parking_price_eur_per_day``, ``shadow_price_eur_per_day``, ``outside_cars`` at that moment and
        ``paid_eur_per_day``.
    """
    import pandas as pd

    parking, balance = inputs.parking, equilibrium.parking
    cars = cars_at_sites(parking, equilibrium.segments, equilibrium.shares)
    return pd.DataFrame(
        {
            "site_id": region.sites.site_id,
            "parking_spaces": parking.parking_spaces,
            "cars": cars.sum(axis=0),
            "standing_cars": balance.standing_cars,
            "fullest_s": demand.fullest_moment(parking, cars),
            "parking_price_eur_per_day": parking.price_eur_per_day,
            "shadow_price_eur_per_day": balance.price_eur_per_day,
            "outside_cars": balance.outside_cars,
            "paid_eur_per_day": parking.price_eur_per_day * _paying_share(inputs, equilibrium) * cars.sum(axis=0),
        }
    )


def paid_by_home(inputs: Inputs, equilibrium: Equilibrium) -> FloatArray:
    """What commuters pay for parking at the sites.

    Parameters
    ----------
    inputs : Inputs
        Prices.
    equilibrium : Equilibrium
        Who comes by car.

    Returns
    -------
    ndarray of shape (n_zones,)
        EUR per day by home zone.
    """
    parking = inputs.parking
    price = parking.price_eur_per_day * _paying_share(inputs, equilibrium)
    paid = np.zeros(len(inputs.commuters))
    for segment, shares in zip(equilibrium.segments, equilibrium.shares, strict=True):
        paid += (demand.drivers(segment, shares)[:, parking.zone] * price).sum(axis=1)
    return paid


def _paying_share(inputs: Inputs, equilibrium: Equilibrium) -> FloatArray:
    """Share of a day's cars at each site that stand on its spaces and so pay.

    Outside stand as many cars of a day as at its fullest moment; all where the walk is cheaper than the price.
    """
    parking = inputs.parking
    cars = cars_at_sites(parking, equilibrium.segments, equilibrium.shares).sum(axis=0)
    inside = np.maximum(cars - equilibrium.parking.outside_cars, 0.0)
    share = np.divide(inside, cars, out=np.zeros(len(cars)), where=cars > 0)
    return np.where(parking.price_eur_per_day > parking.outside_eur_per_day, 0.0, share)
