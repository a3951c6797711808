"""Earliest departure first: full power in order of departure."""

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.by_step import in_steps
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.kernels.charging_rules import EARLIEST_DEPARTURE


@register("earliest_departure")
def in_order_of_departure(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Who leaves first takes what it can, then the next (Liu, Layland 1973).

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
    return in_steps(EARLIEST_DEPARTURE, sessions, site, steps)
