"""Cost-minimal charging: energy at its price, less what feeding in pays, and the demand charge for the peak."""

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.programme import Aim, optimal
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register


def bill_of(site: ChargingSite) -> Aim:
    """The bill of a site as an aim.

    Parameters
    ----------
    site : ChargingSite
        What feeding in and the peak cost.

    Returns
    -------
    Aim
        Bill.
    """
    supply = site.supply
    return Aim(series="price_eur_per_kwh", fed_in=supply.feed_in_eur_per_kwh, per_kw=supply.demand_charge_eur_per_kw)


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
    return optimal(sessions, site, steps, bill_of(site))
