"""Charging led by photovoltaics: least energy from the grid, so that most of the sun is used on the site."""

from typing import Final

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.programme import Aim, optimal
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register

AIM: Final = Aim()


@register("photovoltaic")
def least_import(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Least unserved, then the least energy that the site draws from the grid, then its least peak.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Points, limits, building, photovoltaics, stationary battery.
    steps : Steps
        What is drawn and fed in is told by the mean of each.

    Returns
    -------
    Schedule
        The one of them that charges earliest.

    Raises
    ------
    InputError
        As `programme.optimal`.
    """
    return optimal(sessions, site, steps, AIM)
