"""Peak-minimal charging: the least highest power of the site, and of charging where the building's own is higher."""

from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.emobility.charging.programme import Aim, optimal
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.errors import InputError

AIM: Final = Aim(is_peak_alone=True)


@register("peak_minimal")
def least_peak(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Least unserved, then the least highest power that the site draws from the grid, then the least of charging.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Points, limits, building, photovoltaics, stationary battery.
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


def interval_density_kw(sessions: ChargingSessions, site: ChargingSite) -> float:
    """Least peak of charging if no car had a greatest power: the densest interval of time.

    All that must be charged within an interval by cars that come and go inside it, per hour of the interval; the
    greatest of these is reached by the schedule of Yao, Demers and Shenker ("A scheduling model for reduced CPU
    energy", 1995). Found without a solver. Power is at each moment: where cars come or go within a step, mean power
    of steps may be lower.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Losses; its limits and its number of points are left out.

    Returns
    -------
    float
        No schedule that serves all has a lower peak; 0 without cars.

    Raises
    ------
    InputError
        If a car needs energy and does not stay, or its control takes all of its power.
    """
    rows = np.flatnonzero(sessions.need_of_all_kwh > 0)
    cap = site.car_kw(sessions.power_kw)[rows]
    arrive, depart = sessions.arrive_h[rows], sessions.depart_h[rows]
    bad = (cap <= site.standby_kw) | (depart <= arrive)
    if bad.any():
        raise InputError(f"session {rows[np.argmax(bad)]}: needs energy, and cannot be charged here")
    if rows.size == 0:
        return 0.0
    energy = sessions.need_of_all_kwh[rows] / (site.efficiency * (1.0 - site.standby_kw / cap))
    begins, begin = np.unique(arrive, return_inverse=True)
    ends, end = np.unique(depart, return_inverse=True)
    table = np.zeros((begins.size, ends.size))
    np.add.at(table, (begin, end), energy)
    # of cars that come at a moment or later, and are gone at another
    inside = np.cumsum(np.cumsum(table[::-1], axis=0)[::-1], axis=1)
    length = ends[None, :] - begins[:, None]
    return float(np.where(length > 0, inside / np.where(length > 0, length, 1.0), 0.0).max())
