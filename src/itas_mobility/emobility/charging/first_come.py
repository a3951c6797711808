"""First come first served under a limit: full power in order of arrival."""

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.by_step import in_steps
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.kernels.charging_rules import FIRST_COME


@register("first_come")
def in_order_of_arrival(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Who came first takes what it can, then the next, while something of the step is left.

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
    return in_steps(FIRST_COME, sessions, site, steps)
