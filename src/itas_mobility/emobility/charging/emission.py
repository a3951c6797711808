"""Charging led by emissions: least carbon dioxide of the energy that the site draws from the grid."""

from typing import Final

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.programme import Aim, optimal
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.units import GRAMS_PER_KILOGRAM

AIM: Final = Aim(series="mix_g_per_kwh", scale=1.0 / GRAMS_PER_KILOGRAM)


@register("emission")
def least_emission(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Least unserved, then the least carbon dioxide by the mix of each step, then the site's least peak.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Points, limits, building, photovoltaics, stationary battery, mix.
    steps : Steps
        Power is the mean of each.

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
