"""Cost-minimal charging: energy at its price, less what feeding in pays, and the demand charge for the peak."""

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray
from itas_mobility.emobility.charging.programme import Aim, Series, SiteColumns, optimal
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.errors import InputError


def costs_of(site: ChargingSite) -> Aim:
    """The bill of a site as an aim.

    Parameters
    ----------
    site : ChargingSite
        What feeding in and the peak cost.

    Returns
    -------
    Aim
        Bill, then peak.
    """
    supply = site.supply

    def costs(columns: SiteColumns, series: Series) -> list[FloatArray]:
        price, feed_in = series["price_eur_per_kwh"], supply.feed_in_eur_per_kwh
        feeds = columns.imported != columns.exported
        bad = feeds & (price < feed_in)
        if bad.any():
            i = int(np.argmax(bad))
            raise InputError(
                f"price_eur_per_kwh: {price[i]:g} at {columns.supplied.time_h[i]:g} h is below feed_in_eur_per_kwh "
                f"{feed_in:g} where the site may feed in: energy would be worth more sold than bought, which no linear "
                "programme can hold; lower feed_in_eur_per_kwh, or raise the price"
            )
        times = columns.supplied.times
        # bill = price * import - feed-in * (import - net), and net is import where nothing can be fed in
        bill = columns.cost(columns.imported, times * np.where(feeds, price - feed_in, price))
        bill += columns.cost(columns.exported, times * np.where(feeds, feed_in, 0.0))
        return [
            bill + columns.cost(columns.peak, supply.demand_charge_eur_per_kw),
            columns.cost(columns.peak, 1.0),
        ]

    return Aim(costs, ("price_eur_per_kwh",))


@register("cost_minimal")
def least_cost(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Least unserved, then the least bill of the site, then its least peak.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Points, limits, building, photovoltaics, stationary battery, prices.
    steps : Steps
        Power is the mean of each.

    Returns
    -------
    Schedule
        The one of them that charges earliest.

    Raises
    ------
    InputError
        As `programme.optimal`, and for a price below what feeding in pays, where the site may feed in.
    """
    return optimal(sessions, site, steps, costs_of(site))
