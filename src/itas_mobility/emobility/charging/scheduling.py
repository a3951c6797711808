"""The verb `charge`: a strategy's schedule, its account checked, as the load curve of the site's grid connection."""

import math
import warnings
from typing import Final

import numpy as np

from itas_mobility.core.charging import ROUNDING, ChargingCurve
from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import Columns, FloatArray
from itas_mobility.emobility.charging.strategy import STRATEGIES, Schedule
from itas_mobility.errors import ConvergenceWarning, InputError
from itas_mobility.kernels import charging as kernels
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

_NOTHING: Final = 1e-12
"""Share of the energy of all sessions below which a difference of energies is the rounding of their sums."""
_CLOCK_S: Final = 1e-9
"""Rounding of times of day: their 64 bits are some 3e-11 s apart."""


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
        groups of cars at points that differ, or that are limited and freed before departure. Naming the strategy, if
        its account does not come out: what each session needs is delivered or unserved, and what is delivered is what
        the grid gave, less the losses.

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
    try:
        schedule = STRATEGIES[strategy](sessions, site, float(step_s))
    except InputError as fault:
        raise InputError(f"strategy {strategy!r}: {fault}") from fault
    _check_account(schedule, sessions, site, f"strategy {strategy!r}")
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


def _check_account(schedule: Schedule, sessions: ChargingSessions, site: ChargingSite, label: str) -> None:
    """Refuse a schedule that makes energy or loses some; values and shapes of its columns are its own affair."""
    account = Columns(schedule, label)
    delivered, unserved = schedule.delivered_kwh, schedule.unserved_kwh
    if account.check(delivered.size == len(sessions), f"tells of {delivered.size} sessions, not of {len(sessions)}"):
        need = sessions.need_kwh if sessions.cars is None else sessions.cars * sessions.need_kwh
        drawn = site.efficiency * schedule.power_kw
        from_grid = float((drawn * (schedule.end_s - schedule.start_s)).sum()) / SECONDS_PER_HOUR
        rounding = _NOTHING * float(need.sum()) + float(drawn.sum()) * _CLOCK_S / SECONDS_PER_HOUR
        bad = np.abs(delivered + unserved - need) > ROUNDING * need + rounding
        for i in np.flatnonzero(bad):
            account.faults.append(
                f"session {i} needs {need[i]:.10g} kWh, but {delivered[i]:.10g} kWh delivered and "
                f"{unserved[i]:.10g} kWh unserved are {delivered[i] + unserved[i]:.10g} kWh"
            )
        account.check(
            abs(from_grid - delivered.sum()) <= ROUNDING * delivered.sum() + rounding,
            f"{delivered.sum():.10g} kWh are delivered, but the grid gives {from_grid:.10g} kWh after losses",
        )
    account.raise_faults()


def _load(schedule: Schedule, step_s: float, n_steps: int, limit_kw: float) -> FloatArray:
    """Mean power of each step; what exceeds the limit only by the rounding of a sum is the limit."""
    load = np.zeros(n_steps)
    kernels.power_in_steps(schedule.start_s, schedule.end_s, schedule.power_kw, step_s, load)
    return np.where((load > limit_kw) & (load <= limit_kw * (1.0 + ROUNDING)), limit_kw, load)
