"""The verb `charge`: a strategy's schedule, its account checked, as the load of the site over the week."""

import math
import warnings
from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ROUNDING, ChargingWeek
from itas_mobility.core.columns import Columns, FloatArray
from itas_mobility.emobility.charging.strategy import HEEDLESS, STRATEGIES, Schedule, Steps
from itas_mobility.errors import ConvergenceWarning, InputError
from itas_mobility.kernels import charging as kernels

HOURS_PER_WEEK: Final = 168.0
_NOTHING: Final = 1e-12
"""Share of the energy of all sessions below which a difference of energies is the rounding of their sums."""
_CLOCK_H: Final = 1e-12
"""Rounding of times in the week: their 64 bits are some 3e-14 h apart."""


def charge(
    sessions: ChargingSessions,
    site: ChargingSite,
    *,
    strategy: str = "uncontrolled",
    step_h: float = 0.25,
    horizon_h: float = HOURS_PER_WEEK,
    is_repeating: bool = False,
) -> ChargingWeek:
    """Charge cars at the points of a site over a week, or another horizon.

    Where sessions are groups of expected cars, whole or not, nothing is rounded, and no result depends on the order of
    the rows.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars, that wish to charge.
    site : ChargingSite
        Points, losses, grid connection and what else hangs on it. Its series have a value for each step.
    strategy : str, default="uncontrolled"
        One of `STRATEGIES`. Uncontrolled: first come first served, at full power from taking a point until full or
        departure; power may exceed what is free, and the result reports by how much. All others heed it.
    step_h : float, default=0.25
        Length of a step; must divide the horizon.
    horizon_h : float, default=168.0
        Hours from Monday 00:00.
    is_repeating : bool, default=False
        Whether the horizon repeats, so that a session may run over its end into its beginning, and finds there the
        cars of the horizon before.

    Returns
    -------
    ChargingWeek
        Load at the grid side, and what each session got; rows as given. Energies of groups are those of all their
        cars, waiting is the mean of their cars.

    Raises
    ------
    InputError
        For an unknown strategy, a step that does not divide the horizon, sessions beyond a horizon that does not
        repeat, series of another length, or what the strategy cannot do. Naming the strategy, if its account does not
        come out: what each session needs is delivered or unserved, what is delivered is what the grid gave, less the
        losses, and no more is drawn than is free.

    Warns
    -----
    ConvergenceWarning
        If the queue does not settle into a horizon that repeats; the last one is returned.
    """
    if strategy not in STRATEGIES:
        raise InputError(f"strategy {strategy!r} is not known; known: {', '.join(STRATEGIES)}")
    steps = steps_of(step_h, horizon_h, is_repeating=is_repeating)
    _check_horizon(sessions, steps)
    site.free_kw(steps.count)  # refuses a building above its connection, whatever the strategy
    for name in ("price_eur_per_kwh", "mix_g_per_kwh"):
        site.supply.series(name, steps.count)
    try:
        schedule = STRATEGIES[strategy](sessions, site, steps)
    except InputError as fault:
        raise InputError(f"strategy {strategy!r}: {fault}") from fault
    if schedule.unsettled:
        warnings.warn(schedule.unsettled, ConvergenceWarning, stacklevel=2)
    return week_of(schedule, sessions, site, steps, strategy)


def week_of(
    schedule: Schedule, sessions: ChargingSessions, site: ChargingSite, steps: Steps, strategy: str
) -> ChargingWeek:
    """A schedule as the load of the site over the week, after its account was checked.

    Parameters
    ----------
    schedule : Schedule
        What was decided.
    sessions : ChargingSessions
        For whom.
    site : ChargingSite
        Where.
    steps : Steps
        In which power is told.
    strategy : str
        By which strategy.

    Returns
    -------
    ChargingWeek
        Load and what each session got.

    Raises
    ------
    InputError
        If the account does not come out, or the strategy heeds the limit and more is drawn than is free.
    """
    _check_account(schedule, sessions, site, f"strategy {strategy!r}")
    free_kw = site.free_kw(steps.count)
    if site.supply.battery is not None:
        beside = site.supply.free_kw(steps.count) - schedule.storage_kw
        free_kw = np.minimum(np.broadcast_to(site.limit_kw, (steps.count,)), beside)
    week = ChargingWeek(
        strategy=strategy,
        step_h=steps.step_h,
        power_kw=_load(schedule, steps, free_kw),
        free_kw=free_kw,
        delivered_kwh=schedule.delivered_kwh,
        unserved_kwh=schedule.unserved_kwh,
        drawn_kwh=schedule.drawn_kwh,
        fed_back_kwh=schedule.fed_back_kwh,
        charging_h=schedule.charging_h,
        waiting_h=schedule.waiting_h,
        start_h=schedule.begin_h,
        stop_h=schedule.finish_h,
        supply=site.supply,
        storage_kw=schedule.storage_kw,
        assumptions=schedule.assumptions,
    )
    if strategy not in HEEDLESS:
        _check_limit(week, site)
    return week


def steps_of(step_h: float, horizon_h: float, *, is_repeating: bool) -> Steps:
    """The steps of a horizon.

    Parameters
    ----------
    step_h, horizon_h : float
        Length of a step, and of all of them.
    is_repeating : bool
        Whether the horizon repeats.

    Returns
    -------
    Steps
        As many as the horizon holds.

    Raises
    ------
    InputError
        For what is no length of time, or a step that does not divide the horizon.
    """
    for name, value in (("step_h", step_h), ("horizon_h", horizon_h)):
        if isinstance(value, bool | str) or not (math.isfinite(value) and value > 0):
            raise InputError(f"{name}: {value!r} must be a positive number of hours")
    count = round(horizon_h / step_h)
    if count < 1 or abs(count * step_h - horizon_h) > ROUNDING * horizon_h:
        raise InputError(f"step_h: {step_h:g} h must divide the horizon of {horizon_h:g} h")
    return Steps(horizon_h / count, count, is_repeating=is_repeating)


def _check_horizon(sessions: ChargingSessions, steps: Steps) -> None:
    """Refuse sessions that the horizon does not hold."""
    horizon = steps.horizon_h
    if steps.is_repeating:
        bad = (sessions.arrive_h >= horizon) | (sessions.depart_h - sessions.arrive_h > horizon)
        wanted = f"must arrive within the horizon of {horizon:g} h and stay no longer than that"
    else:
        bad = sessions.depart_h > horizon
        wanted = f"must depart within the horizon of {horizon:g} h"
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(
            f"session {i} ({sessions.arrive_h[i]:g} to {sessions.depart_h[i]:g} h) {wanted}"
            + (f" (and {int(bad.sum()) - 1} more)" if bad.sum() > 1 else "")
        )


def _check_account(schedule: Schedule, sessions: ChargingSessions, site: ChargingSite, label: str) -> None:
    """Refuse a schedule that makes energy or loses some; values and shapes of its columns are its own affair."""
    account = Columns(schedule, label)
    delivered, unserved = schedule.delivered_kwh, schedule.unserved_kwh
    if account.check(delivered.size == len(sessions), f"tells of {delivered.size} sessions, not of {len(sessions)}"):
        need = sessions.need_of_all_kwh
        hours = schedule.end_h - schedule.start_h
        drawn, fed_back = schedule.drawn_kwh, schedule.fed_back_kwh
        rounding = _NOTHING * float(need.sum()) + float(np.abs(schedule.power_kw).sum()) * _CLOCK_H
        for i in np.flatnonzero(np.abs(delivered + unserved - need) > ROUNDING * need + rounding):
            account.faults.append(
                f"session {i} needs {need[i]:.10g} kWh, but {delivered[i]:.10g} kWh delivered and "
                f"{unserved[i]:.10g} kWh unserved are {delivered[i] + unserved[i]:.10g} kWh"
            )
        kept = site.efficiency * (drawn - site.standby_kw * schedule.charging_h) - fed_back / site.efficiency
        for i in np.flatnonzero(np.abs(kept - delivered) > ROUNDING * (drawn + fed_back) + rounding):
            account.faults.append(
                f"session {i}: {delivered[i]:.10g} kWh are delivered, but {drawn[i]:.10g} kWh drawn, less losses and "
                f"what is fed back, are {kept[i]:.10g} kWh"
            )
        from_grid, booked = float((schedule.power_kw * hours).sum()), float((drawn - fed_back).sum())
        account.check(
            abs(from_grid - booked) <= ROUNDING * float((drawn + fed_back).sum()) + rounding,
            f"sessions draw {booked:.10g} kWh, but the grid gives {from_grid:.10g} kWh",
        )
    account.raise_faults()


def _check_limit(week: ChargingWeek, site: ChargingSite) -> None:
    """Refuse a schedule that draws more than is free, where the strategy says that it heeds the limit."""
    free = week.free_kw if week.supply.battery is None else np.broadcast_to(site.limit_kw, week.free_kw.shape)
    over = week.power_kw - free > ROUNDING * np.maximum(1.0, np.abs(week.power_kw))
    if over.any():
        i = int(np.argmax(over))
        raise InputError(
            f"strategy {week.strategy!r}: draws {week.power_kw[i]:.10g} kW at step {i}, where {free[i]:.10g} are free"
        )


def _load(schedule: Schedule, steps: Steps, free_kw: FloatArray) -> FloatArray:
    """Mean power of each step; what exceeds the limit only by the rounding of a sum is the limit."""
    load = np.zeros(steps.count)
    kernels.power_in_steps(schedule.start_h, schedule.end_h, schedule.power_kw, steps.step_h, load)
    return np.where((load > free_kw) & (load <= free_kw * (1.0 + ROUNDING)), free_kw, load)
