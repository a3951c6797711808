"""Balanced charging: even power over each car's whole stay."""

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.by_step import in_steps
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.kernels.charging_rules import BALANCED


@register("balanced")
def even_power_until_departure(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Each car charges at the power that just fills it by its departure, reckoned anew in each step.

    Where this is below the least power of the car, it takes turns at that. Where a limit binds, all get the same share
    of what they plan, and make up for it later. The plan does not foresee that a taper will hold it back.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars one by one, or groups of expected cars.
    site : ChargingSite
        Points, losses, what is free.
    steps : Steps
        In which the rule decides.

    Returns
    -------
    Schedule
        See `by_step.in_steps`.
    """
    return in_steps(BALANCED, sessions, site, steps)
