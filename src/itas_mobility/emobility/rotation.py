"""Schedules that cars can follow: off, or between the least and greatest power of each, step by step (`realisable`).

Optimal programmes let cars take turns within a step, and so hold a bound that none can beat. Where cars are single, a
control sets a power for each step and car; below 6 A no car charges, so cars rotate over the steps. What that loses
against the bound is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import Columns, FloatArray, LongArray
from itas_mobility.emobility.charging import emission, peak_minimal, photovoltaic
from itas_mobility.emobility.charging.cost_minimal import bill_of
from itas_mobility.emobility.charging.programme import Aim, Plan, by_step, plan, series_of
from itas_mobility.emobility.charging.scheduling import HOURS_PER_WEEK, charge, steps_of, week_of
from itas_mobility.emobility.charging.strategy import Schedule, Steps
from itas_mobility.errors import InputError
from itas_mobility.kernels import charging_rotation as kernels

_FULL: Final = 1e-9
"""Share of a need below which what is left of it is rounding."""
AIMS: Final[Mapping[str, Callable[[ChargingSite], Aim]]] = MappingProxyType(
    {
        "peak_minimal": lambda _: peak_minimal.AIM,
        "cost_minimal": bill_of,
        "photovoltaic": lambda _: photovoltaic.AIM,
        "emission": lambda _: emission.AIM,
    }
)
"""Aims of the optimal strategies of one-way charging, by name."""
HEADROOM_SHARES: Final = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24)
"""Shares of the bound's peak by which cars that need not charge yet may exceed it; the best is taken. A little more at
all times saves much at the end, when cars must charge."""
WITHIN: Final = "expected cars take turns within each step; nothing is lost against the bound"
ROTATED: Final = "each car is off or between its least and greatest power in each step, or until it is full in its last"


@dataclass(frozen=True, eq=False)
class Realised:
    """A schedule that cars can follow, beside the optimal one; a row for each car and step in which it charges.

    Raises
    ------
    InputError
        With all faults found.
    """

    week: ChargingWeek
    bound: ChargingWeek
    """The optimal one."""
    session: LongArray
    """Empty for groups of expected cars."""
    step: LongArray
    """Not wrapped at the end of the horizon."""
    power_kw: FloatArray

    def __post_init__(self) -> None:
        columns = Columns(self, "Realised")
        n = len(np.atleast_1d(self.session))
        columns.array("session", np.int64, (n,), low=0)
        columns.array("step", np.int64, (n,), low=0)
        columns.array("power_kw", np.float64, (n,), low=0)
        columns.raise_faults()

    @property
    def peak_loss_kw(self) -> float:
        """By how much the site's peak is above the bound; negative where less is served."""
        return self.week.site_peak_kw - self.bound.site_peak_kw

    @property
    def cost_loss_eur(self) -> float:
        """By how much it costs more."""
        return self.week.cost_eur - self.bound.cost_eur

    @property
    def unserved_loss_kwh(self) -> float:
        """How much less comes into batteries."""
        return float(self.week.unserved_kwh.sum() - self.bound.unserved_kwh.sum())


def realisable(
    sessions: ChargingSessions,
    site: ChargingSite,
    *,
    strategy: str = "peak_minimal",
    step_h: float = 0.25,
    horizon_h: float = HOURS_PER_WEEK,
    is_repeating: bool = False,
) -> Realised:
    """A schedule that follows an optimal one as cars can: by turns over the steps.

    In each step cars that would else not be full come first, then those to which the plan owes most; what one step
    cannot do is carried to the next. The limit is never exceeded, and the bound's peak only for cars that must charge.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars; of groups of expected cars turns are taken within the step, and nothing is lost.
    site : ChargingSite
        As for `charge`.
    strategy : str, default="peak_minimal"
        An optimal one, but not bidirectional.
    step_h, horizon_h, is_repeating
        As for `charge`.

    Returns
    -------
    Realised
        What cars do, and the bound.

    Raises
    ------
    InputError
        For a strategy that has no plan, and as `charge`.
    """
    if strategy not in AIMS:
        raise InputError(f"strategy {strategy!r} has no plan to follow; those that do: {', '.join(AIMS)}")
    options = {"step_h": step_h, "horizon_h": horizon_h, "is_repeating": is_repeating}
    bound = charge(sessions, site, strategy=strategy, **options)  # type: ignore[arg-type]
    steps = steps_of(step_h, horizon_h, is_repeating=is_repeating)
    none = np.zeros(0, np.int64)
    if sessions.cars is not None:
        week = replace(bound, assumptions=(*bound.assumptions, WITHIN))
        return Realised(week, bound, none, none, np.zeros(0))
    found = plan(sessions, site, steps, AIMS[strategy](site))
    turns, by, pointer = _turns(sessions, site, steps, found)
    n = turns.step.size
    taken = kernels.Taken(np.zeros(n), np.zeros(n), np.zeros(turns.need.size), np.zeros(steps.count))
    peak = np.maximum(bound.site_peak_kw - bound._without_charging_kw() - bound.storage_kw, 0.0) * steps.step_h
    limit = bound.free_kw if site.supply.battery is None else np.broadcast_to(site.limit_kw, (steps.count,))
    if site.supply.battery is not None:
        limit = np.minimum(limit, site.supply.grid_kw - bound._without_charging_kw() - bound.storage_kw)
    free = np.maximum(limit, 0.0) * steps.step_h
    own = bound._without_charging_kw() + bound.storage_kw

    aim = AIMS[strategy](site)

    def rotated(way: tuple[bool, float]) -> tuple[float, float]:
        is_even, above = way
        wished = np.minimum(peak + above * bound.peak_kw * step_h, free)
        kernels.rotate(turns, by, pointer, wished, free, is_even, taken)
        lost = np.maximum(turns.need - taken.got, 0.0)
        lost = np.where(lost > _FULL * turns.need, lost, 0.0)
        return round(float(lost.sum()), 6), _value(aim, site, steps, taken.load / step_h + own)

    rotated(min(product((True, False), HEADROOM_SHARES), key=rotated))
    schedule = _schedule(sessions, site, steps, found, turns, taken)
    on = np.flatnonzero(taken.power > 0)
    car = np.repeat(np.arange(turns.need.size), np.diff(turns.pointer))
    week = week_of(schedule, sessions, site, steps, strategy)
    return Realised(week, bound, found.parts.session[car[on]], turns.step[on], taken.power[on])


def _value(aim: Aim, site: ChargingSite, steps: Steps, site_kw: FloatArray) -> float:
    """What a load of the site reaches of an aim."""
    peak = float(site_kw.max(initial=0.0))
    if aim.is_peak_alone:
        return peak
    grid, fed_in = aim.costs(series_of(site, steps, aim))
    cost = grid * np.maximum(site_kw, 0.0) - fed_in * np.maximum(-site_kw, 0.0)
    return float(cost.sum()) * steps.step_h + aim.per_kw * peak


def _turns(
    sessions: ChargingSessions, site: ChargingSite, steps: Steps, found: Plan
) -> tuple[kernels.Turns, LongArray, LongArray]:
    """All steps of all cars, and what the plan has for them; entries by step."""
    parts, step_h = found.parts, steps.step_h
    first = np.floor(parts.taken_h / step_h + 1e-9).astype(np.int64)
    count = np.ceil(parts.depart_h / step_h - 1e-9).astype(np.int64) - first
    pointer = np.append(0, np.cumsum(count)).astype(np.int64)
    car = np.repeat(np.arange(count.size), count)
    step = first[car] + np.arange(car.size) - pointer[car]
    low = step * step_h
    hours = np.minimum(parts.depart_h[car], low + step_h) - np.maximum(parts.taken_h[car], low)
    table = by_step(found)
    drawn = np.zeros(car.size)
    np.add.at(drawn, pointer[table.part] + table.step - first[table.part], table.drawn_kwh)
    worth = (site.efficiency * (1.0 - site.standby_kw / parts.cap_kw))[car]
    most = int(step.max(initial=-1)) + 1
    order = np.argsort(step, kind="stable")
    turns = kernels.Turns(
        pointer, step, hours, drawn * worth, sessions.need_kwh[parts.session],
        np.minimum(np.maximum(sessions.least_kw[parts.session], 0.0), parts.cap_kw), parts.cap_kw,
        float(site.efficiency), float(site.standby_kw),
    )  # fmt: skip
    edges = np.searchsorted(step[order], np.arange(most + 1)).astype(np.int64)
    return turns, order, edges


def _schedule(
    sessions: ChargingSessions, site: ChargingSite, steps: Steps, found: Plan, turns: kernels.Turns,
    taken: kernels.Taken,
) -> Schedule:  # fmt: skip
    n, step_h, parts = len(sessions), steps.step_h, found.parts
    session = np.repeat(parts.session, np.diff(turns.pointer))
    on = taken.time > 0
    drawn, time = (
        np.asarray(np.bincount(session, x, minlength=n), np.float64) for x in (taken.power * taken.time, taken.time)
    )
    delivered = site.efficiency * (drawn - site.standby_kw * time)
    lacking = sessions.need_kwh - delivered
    unserved = np.where(lacking > _FULL * sessions.need_kwh, lacking, 0.0)
    begin, finish = np.full(n, np.inf), np.full(n, -np.inf)
    taken_h = np.repeat(parts.taken_h, np.diff(turns.pointer))
    start = np.maximum(turns.step * step_h, taken_h)
    np.minimum.at(begin, session[on], start[on])
    np.maximum.at(finish, session[on], (start + taken.time)[on])
    busy = np.flatnonzero(taken.load > 0)
    return replace(
        found.schedule,
        start_h=np.asarray(busy * step_h, np.float64),
        end_h=np.asarray((busy + 1) * step_h, np.float64),
        power_kw=taken.load[busy] / step_h,
        drawn_kwh=drawn,
        charging_h=time,
        delivered_kwh=np.where(unserved > 0, delivered, sessions.need_kwh),
        unserved_kwh=unserved,
        begin_h=np.where(np.isfinite(begin), begin, np.nan),
        finish_h=np.where(np.isfinite(finish), finish, np.nan),
        assumptions=(ROTATED,),
    )
