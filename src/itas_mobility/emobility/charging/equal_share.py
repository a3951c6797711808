"""Equal share: what is free is divided evenly among the cars at the points."""

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.by_step import in_steps
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.kernels.charging_rules import EQUAL_SHARE


@register("equal_share")
def same_power_for_all(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """All get the same power, but for those who cannot take as much: what these leave, the others share.

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
    return in_steps(EQUAL_SHARE, sessions, site, steps)
