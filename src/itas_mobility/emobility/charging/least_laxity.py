"""Least laxity first: full power in order of the time to spare."""

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.by_step import in_steps
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.kernels.charging_rules import LEAST_LAXITY


@register("least_laxity")
def in_order_of_spare_time(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Who can wait least takes what it can, then the next (Dertouzos, Mok 1989).

    Laxity is the time until departure less the time that the car still needs at full power, both when the step begins.

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
    return in_steps(LEAST_LAXITY, sessions, site, steps)
