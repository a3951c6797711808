"""The verb `charge`: a strategy's schedule, as the load curve of the site's grid connection."""

import math
import warnings

import numpy as np

from itas_mobility.core.charging import ROUNDING, ChargingCurve
from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray
from itas_mobility.emobility.charging.strategy import STRATEGIES, Schedule
from itas_mobility.errors import ConvergenceWarning, InputError
from itas_mobility.kernels import charging as kernels
from itas_mobility.units import SECONDS_PER_DAY


def charge(
    sessions: ChargingSessions, site: ChargingSite, *, strategy: str = "uncontrolled", step_s: float = 900.0
) -> ChargingCurve:
    """Charge cars at the points of a site on a day that repeats.

    Sessions are followed in continuous time and put into steps afterwards, so that energies do not depend on the
    step. A session over midnight counts at the beginning of the day, and holds its point against the next morning.

    Where sessions are groups of expected cars, whole or not, nothing is rounded, and no result depends on the order of
    the rows.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars, that wish to charge.
    site : ChargingSite
        Points and grid connection.
    strategy : str, default="uncontrolled"
        One of `STRATEGIES`. Uncontrolled: first come first served, at full power from taking a point until full or
        departure; power may exceed the grid limit, and the curve reports by how much.
    step_s : float, default=900.0
        Length of a step; must divide the day.

    Returns
    -------
    ChargingCurve
        Load at the grid side, and what each session got; rows as given. Energies of groups are those of all their
        cars, waiting is the mean of their cars.

    Raises
    ------
    InputError
        For an unknown strategy, a step that does not divide the day, or what the strategy cannot do; uncontrolled:
        groups of cars at points that differ, or that are limited and freed before departure.

    Warns
    -----
    ConvergenceWarning
        If the queue does not settle into a day that repeats; the last day is returned.
    """
    if strategy not in STRATEGIES:
        raise InputError(f"strategy {strategy!r} is not known; known: {', '.join(STRATEGIES)}")
    n_steps = round(SECONDS_PER_DAY / step_s) if math.isfinite(step_s) and step_s > 0 else 0
    if n_steps < 1 or n_steps * step_s != SECONDS_PER_DAY:
        raise InputError(f"step_s: {step_s} must divide the day of {SECONDS_PER_DAY} s")
    schedule = STRATEGIES[strategy](sessions, site, float(step_s))
    if schedule.unsettled:
        warnings.warn(schedule.unsettled, ConvergenceWarning, stacklevel=2)
    return ChargingCurve(
        time_s=np.arange(n_steps, dtype=np.float64) * float(step_s),
        power_kw=_load(schedule, float(step_s), n_steps, site.grid_limit_kw),
        step_s=float(step_s),
        delivered_kwh=schedule.delivered_kwh,
        unserved_kwh=schedule.unserved_kwh,
        waiting_s=schedule.waiting_s,
        grid_limit_kw=site.grid_limit_kw,
    )


def _load(schedule: Schedule, step_s: float, n_steps: int, limit_kw: float) -> FloatArray:
    """Mean power of each step; what exceeds the limit only by the rounding of a sum is the limit."""
    load = np.zeros(n_steps)
    kernels.power_in_steps(schedule.start_s, schedule.end_s, schedule.power_kw, step_s, load)
    return np.where((load > limit_kw) & (load <= limit_kw * (1.0 + ROUNDING)), limit_kw, load)
