"""Optimal charging: aims made least one after another for a whole site, and the result split among its cars.

All cars that hold a point over the same window with the same power are taken together. What such cars can draw is a
polymatroid: a profile can be split among them if and only if in every set of steps it draws no more than
``sum of min(need, power * hours in the set)`` (max-flow min-cut). So can the profiles of all windows, and nothing of it
is lost: the aims are met by filling steps in order (`filling.Filling`), or, where a stationary battery ties steps
together, by a linear programme over the same flow of few groups. `kernels.charging_windows.split` then gives every car
its share.

Aims, in order: energy that is not served, the strategy's own, the peak of the site, and how late energy is drawn (by
runs of equal steps, even within each). Cars take turns at their greatest power, which loses least to their own control;
so no other way of charging needs less energy from the grid.
"""

from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.emobility.charging.filling import Filling, Room
from itas_mobility.emobility.charging.linear import InfeasibleError, LinearProgramme
from itas_mobility.emobility.charging.strategy import Schedule, Steps
from itas_mobility.emobility.charging.windows import (
    Grid,
    Parts,
    alike_stretches,
    held_points,
    of_stretches,
    windows_for_kernels,
    windows_of,
)
from itas_mobility.errors import InputError
from itas_mobility.kernels import charging_windows as kernels

_FULL: Final = 1e-9
"""Share of a need below which what is left of it is rounding."""
TURNS: Final = "cars take turns at full power within a step; `realisable` gives each car a plan step by step"
KEPT_IN: Final = "batteries feed nothing in while a kWh from the grid costs less than one fed in would earn"
BURNT: Final = (
    "where energy costs less than nothing, batteries fill and empty in turns within a step and lose energy on purpose: "
    "their state does not follow from the mean power of steps"
)
HELD: Final = "cars hold their point until departure, whatever the site's rule of release"

Series: TypeAlias = dict[str, FloatArray]
"""Values by step or run, by name."""


@dataclass(frozen=True)
class Aim:
    """What a strategy makes least, once no more can be served: a cost of energy and peak, or the peak alone."""

    is_peak_alone: bool = False
    """Least peak of the site, then least peak of charging."""
    series: str | None = None
    """Series of the supply with the cost of a kWh from the grid; None is 1 at all times."""
    scale: float = 1.0
    """Factor of the series."""
    fed_in: float = 0.0
    """Paid for a kWh that is fed in, in the unit of the cost."""
    per_kw: float = 0.0
    """Cost of the highest power that the site draws."""

    def costs(self, series: Series) -> tuple[FloatArray, FloatArray]:
        """Cost of a kWh from the grid, and of one that is not fed in."""
        grid = np.ones(series["free_kw"].size) if self.series is None else series[self.series] * self.scale
        return grid, np.full(grid.size, self.fed_in)


@dataclass(frozen=True, eq=False)
class Plan:
    """An optimal schedule, and how it came about."""

    schedule: Schedule
    parts: Parts
    split: "Split"
    limit_price: float
    """Change of the energy in batteries that is not served, per kW by which the limit is raised in all steps; NaN
    beside a stationary battery."""


@dataclass(frozen=True, eq=False)
class Split:
    """What windows draw, split among their cars; stretches that are alike share it."""

    grid: Grid
    chosen: Grid
    """Windows of stretches unlike each other."""
    source: LongArray
    """Window of `chosen` that each window of `grid` is like."""
    drawn_kwh: FloatArray
    """Energy from the grid of each entry of `chosen`."""
    got_h: FloatArray
    """Hours at greatest power of a car of each part."""
    begin: LongArray
    end: LongArray
    """First and last entry of its window in which each part draws; -1 where it does not."""
    need_h: FloatArray


@dataclass(frozen=True, eq=False)
class SiteColumns:
    """A programme, and which of its columns are what; energies in kWh of each run."""

    programme: LinearProgramme
    room: Room
    charged: LongArray
    """Drawn by all cars, less what they feed back."""
    peak: LongArray
    """Highest power of the site, kW, a single column."""
    charged_peak: LongArray
    """Highest power of charging, kW, a single column."""
    imported: LongArray
    """Drawn from the grid; the columns `net` where the site never feeds in, up to a constant."""
    net: LongArray
    """Drawn from the grid less what is fed in, without building and photovoltaics."""
    stored: LongArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Into and out of the stationary battery; empty without one."""

    def cost(self, column: LongArray, value: FloatArray | float) -> FloatArray:
        """A cost of some columns, 0 for all others."""
        out = np.zeros(self.programme.low.size)
        np.add.at(out, column, value)
        return out

    def aims(self, aim: Aim, series: Series) -> list[FloatArray]:
        """Costs of columns for an aim, and those that come after it in order."""
        peak = self.cost(self.peak, 1.0)
        if aim.is_peak_alone:
            return [peak, self.cost(self.charged_peak, 1.0)]
        grid, fed_in = aim.costs(series)
        # bill = grid * import - fed in * (import - net), and net is import where nothing can be fed in
        feeds = self.imported != self.net
        bill = self.cost(self.imported, self.room.times * np.where(feeds, grid - fed_in, grid))
        bill += self.cost(self.net, self.room.times * np.where(feeds, fed_in, 0.0))
        return [bill + aim.per_kw * peak, peak]


def optimal(sessions: ChargingSessions, site: ChargingSite, steps: Steps, aim: Aim) -> Schedule:
    """The schedule that is best for an aim, among those that leave the least energy unserved.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Points, connection, building, photovoltaics, stationary battery.
    steps : Steps
        Of the horizon.
    aim : Aim
        What is made least.

    Returns
    -------
    Schedule
        An interval for each step with charging.

    Raises
    ------
    InputError
        For a taper below the greatest power of a car, groups at points that differ, energy that would be worth more
        sold than bought, or a building that no battery carries under its connection.
    ItasError
        If the solver does not come to an end.
    """
    return plan(sessions, site, steps, aim).schedule


def plan(sessions: ChargingSessions, site: ChargingSite, steps: Steps, aim: Aim) -> Plan:
    """As `optimal`, with what each car draws when.

    Parameters
    ----------
    sessions, site, steps, aim
        As for `optimal`.

    Returns
    -------
    Plan
        Optimal schedule and its parts.
    """
    refuse_taper(sessions, site)
    parts = held_points(sessions, site, steps)
    worth = site.efficiency * (1.0 - site.standby_kw / parts.cap_kw)
    need_h = sessions.need_kwh[parts.session] / (worth * parts.cap_kw)
    series = series_of(site, steps, aim)
    battery = site.supply.battery
    grid = windows_of(parts, need_h, steps, series, is_whole=battery is not None)
    alike = alike_stretches(grid, (need_h, parts.cars), series)
    runs = grid.runs
    room, row_of_run, by_run = decided(grid, alike, series, steps)
    chosen = of_stretches(grid, alike == np.arange(alike.size))
    filling = Filling(chosen, row_of_run, need_h, parts.cars, worth, room, step_h=steps.step_h)
    refuse_trade(aim, by_run, room, site)
    storage = np.zeros(1)
    if battery is not None:
        into_kw, out_kw = _programme(filling, aim, by_run, site)
        stored_kw = into_kw - out_kw
        storage = in_steps(runs.first, runs.count, stored_kw[row_of_run], steps.count)
        # with the battery settled, cars are filled beside it as beside a building
        building_kw = room.building_kw + stored_kw
        most_kw = np.minimum(room.free_kw, np.maximum(site.supply.grid_kw - building_kw, 0.0))
        room = replace(room, building_kw=building_kw, free_kw=most_kw)
        filling.room = room
    # the site's peak without charging: no cars lower it
    others_kw = float((series["building_kw"] + storage).max(initial=0.0))
    price = _fill(filling, aim, by_run, others_kw) * site.efficiency
    price = price if battery is None else np.nan
    split = _split(parts, grid, alike, need_h, chosen, filling.drawn_kwh)
    schedule = _schedule(sessions, site, steps, parts, split)
    told = schedule.assumptions
    if battery is not None and is_dear_to_sell(aim, by_run).any():
        told = (*told, KEPT_IN)
    if battery is not None and does_burn(into_kw, out_kw, battery.power_kw):
        told = (*told, BURNT)
    return Plan(replace(schedule, storage_kw=storage, assumptions=told), parts, split, price)


def decided(grid: Grid, alike: LongArray, series: Series, steps: Steps) -> tuple[Room, LongArray, Series]:
    """Runs of stretches that are unlike each other, and what limits them.

    Parameters
    ----------
    grid : Grid
        All runs.
    alike : ndarray of shape (n_stretches,)
        First stretch that each is like.
    series : dict
        By step.
    steps : Steps
        Of the horizon.

    Returns
    -------
    room : Room
        Of these runs.
    row_of_run : ndarray of shape (all runs,)
        Row of each run among them; runs of other stretches have those of the stretch that they are like.
    by_run : dict
        The series at them.
    """
    runs = grid.runs
    times = np.bincount(alike, minlength=alike.size).astype(np.float64)
    kept = np.flatnonzero(times[runs.stretch] > 0)
    edges = np.searchsorted(runs.stretch, np.arange(alike.size))
    like = edges[alike[runs.stretch]] + np.arange(runs.first.size) - edges[runs.stretch]
    row = np.full(runs.first.size, -1)
    row[kept] = np.arange(kept.size)
    by_run = {name: values[runs.first[kept]] for name, values in series.items()}
    hours = np.asarray(runs.count[kept] * steps.step_h, np.float64)
    room = Room(
        hours=hours, free_kw=by_run["free_kw"], building_kw=by_run["building_kw"],
        times=times[runs.stretch[kept]], time_h=runs.first[kept] * steps.step_h + 0.5 * hours,
        stretch=runs.stretch[kept],
    )  # fmt: skip
    return room, row[like], by_run


def _fill(filling: Filling, aim: Aim, series: Series, others_kw: float) -> float:
    """Fill runs for an aim; returns the price of the limit, in energy from the grid per kW."""
    room = filling.room
    most = room.free_kw * room.hours
    price = 0.0 if filling.serve_most(most) else -float((room.hours * room.times)[filling.short_of_room()].sum())
    level = filling.least_level(room, others_kw)
    early = np.argsort(room.time_h, kind="stable")
    if not aim.is_peak_alone:
        filling.cheapest(aim.costs(series), aim.per_kw, level)
        return price
    most = room.below(level)
    if most.size and (np.ptp(room.building_kw) > 0 or others_kw >= level * (1.0 - _FULL)):
        charging = replace(room, free_kw=most / room.hours, building_kw=np.zeros(most.size))
        most = charging.below(filling.least_level(charging, 0.0))
    filling.fill(early, most[early])
    return price


def does_burn(into: FloatArray, out: FloatArray, most: FloatArray | float) -> bool:
    """Whether something fills and empties in one run, which only loses energy.

    Parameters
    ----------
    into, out : ndarray of shape (n,)
        Energies or powers of each run.
    most : ndarray of shape (n,) or float
        The greatest that they can be.

    Returns
    -------
    bool
        In any of them, by more than rounding.
    """
    return bool((np.minimum(into, out) > _FULL * most).any())


def _programme(filling: Filling, aim: Aim, series: Series, site: ChargingSite) -> tuple[FloatArray, FloatArray]:
    """What goes into and out of a stationary battery in each run, kW, where it and all cars serve an aim together."""
    programme = LinearProgramme("charging beside a stationary battery")
    room, flow, supply = filling.room, filling.flow, filling.supply
    columns = site_columns(programme, room, site, is_dear_to_sell(aim, series))
    drawn, unserved = programme.columns(flow.capacity), programme.columns(supply)
    n, m = room.hours.size, supply.size
    column = np.append(drawn, unserved)
    programme.rows((np.append(flow.group, np.arange(m)), column, np.ones(column.size), supply), is_equal=True)
    column, value = np.append(drawn, columns.charged), np.append(np.ones(drawn.size), -np.ones(n))
    programme.rows((np.append(flow.run, np.arange(n)), column, value, np.zeros(n)), is_equal=True)
    try:
        programme.least(columns.cost(unserved, filling.worth_share))
    except InfeasibleError as fault:
        raise InputError(
            "connection_kw: the building alone draws more than the connection has, and the battery does not carry "
            "the rest; give a larger connection or battery"
        ) from fault
    for cost in columns.aims(aim, series):
        programme.least(cost)
    # of what the battery does for these cars, only as much as is needed
    cars = np.concatenate([columns.charged, drawn, unserved])
    programme.low[cars] = programme.high[cars] = programme.solution[cars]
    programme.least(columns.cost(columns.stored, 1.0))
    into, out = programme.solution[columns.stored[:n]], programme.solution[columns.stored[n:]]
    return np.asarray(into / room.hours), np.asarray(out / room.hours)


def refuse_trade(aim: Aim, series: Series, room: Room, site: ChargingSite) -> None:
    """Refuse energy that is worth more sold than bought where photovoltaics leave some over: its cost is not convex.

    Parameters
    ----------
    aim : Aim
        Costs.
    series : dict
        By run.
    room : Room
        By run.
    site : ChargingSite
        Named in the message.

    Raises
    ------
    InputError
        Naming the first such hour.
    """
    bad = is_dear_to_sell(aim, series) & (room.building_kw < 0)
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(
            f"{aim.series}: {series[str(aim.series)][i]:g} from {room.time_h[i] - 0.5 * room.hours[i]:g} h on is below "
            f"feed_in_eur_per_kwh {site.supply.feed_in_eur_per_kwh:g}, where photovoltaics leave some over: energy is "
            "then worth more sold than bought, and no least cost is sure; lower feed_in_eur_per_kwh to the least price "
            "of sunny hours"
        )


def is_dear_to_sell(aim: Aim, series: Series) -> BoolArray:
    """Runs in which a kWh that is fed in would earn more than one from the grid costs.

    Parameters
    ----------
    aim : Aim
        Costs.
    series : dict
        By run.

    Returns
    -------
    ndarray of bool, shape (n_runs,)
        Nowhere where the peak alone matters.
    """
    if aim.is_peak_alone:
        return np.zeros(series["free_kw"].size, bool)
    grid, fed_in = aim.costs(series)
    return np.asarray(grid < fed_in)


def refuse_taper(sessions: ChargingSessions, site: ChargingSite, *, lowest_share: float = 1.0) -> None:
    """Refuse cars whose power falls below their greatest before they have what they need.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars.
    site : ChargingSite
        Points.
    lowest_share : float, default=1.0
        State of charge to which cars may be emptied on the way.

    Raises
    ------
    InputError
        Naming the first such session.
    """
    taper = sessions.taper
    if taper is None:
        return
    assert sessions.arrival_state_share is not None
    assert sessions.battery_kwh is not None
    low = np.minimum(sessions.arrival_state_share, lowest_share)
    high = sessions.arrival_state_share + sessions.need_kwh / np.maximum(sessions.battery_kwh, 1e-300)
    least = np.minimum(*(np.interp(x, taper.state_share, taper.power_kw) for x in (low, high)))
    for state, power in zip(taper.state_share, taper.power_kw, strict=True):
        least = np.where((low < state) & (state < high), np.minimum(least, power), least)
    cap = site.car_kw(sessions.power_kw)
    bad = (sessions.need_kwh > 0) & (least < cap * (1.0 - 1e-12))
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(
            f"taper: falls to {least[i]:g} kW before session {i} has its need, below the {cap[i]:g} kW that it could "
            f"draw (and {int(bad.sum()) - 1} more); a linear programme holds one greatest power: lower power_kw to "
            "that of the taper, or choose a strategy that follows it"
        )


def series_of(site: ChargingSite, steps: Steps, aim: Aim) -> Series:
    """All series that distinguish one step from another.

    Parameters
    ----------
    site : ChargingSite
        With a value for each step, or one for all.
    steps : Steps
        Of the horizon.
    aim : Aim
        Says on which series it depends, besides building, photovoltaics and limits.

    Returns
    -------
    dict
        By name; `free_kw` is the limit of charging, `building_kw` the building less photovoltaics.
    """
    n, supply = steps.count, site.supply
    free = site.free_kw(n)  # refuses a building above its connection
    if supply.battery is not None:
        free = np.broadcast_to(site.limit_kw, (n,))
    building = supply.series("base_load_kw", n) - supply.series("pv_kw", n)
    own = {} if aim.series is None else {aim.series: supply.series(aim.series, n)}
    return {"free_kw": free, "building_kw": building} | own


def site_columns(
    programme: LinearProgramme, room: Room, site: ChargingSite, kept_in: BoolArray, *,
    least_peak_kw: float = 0.0, can_feed: bool = False,
) -> SiteColumns:  # fmt: skip
    """Columns and rows of the site: limits, peaks, energy from the grid, stationary battery.

    Parameters
    ----------
    programme : LinearProgramme
        To add to.
    room : Room
        By run.
    site : ChargingSite
        Connection and battery.
    kept_in : ndarray of bool, shape (n_runs,)
        Runs in which neither a battery nor cars may make the site feed in.
    least_peak_kw : float, default=0.0
        Highest power of the site in steps that are not decided.
    can_feed : bool, default=False
        Whether cars can feed back.

    Returns
    -------
    SiteColumns
        Which columns are what.
    """
    n, hours, building = room.hours.size, room.hours, room.building_kw
    run, one = np.arange(n), np.ones(n)
    battery = site.supply.battery
    charged = programme.columns(room.free_kw * hours, -np.inf if can_feed else 0.0)
    peak = programme.columns(np.array([np.inf]), least_peak_kw)
    charged_peak = programme.columns(np.array([np.inf]))
    programme.rows(
        (np.tile(run, 2), np.append(charged, np.repeat(charged_peak, n)), np.append(one / hours, -one), np.zeros(n))
    )
    net, stored = charged, np.zeros(0, np.int64)
    if battery is not None:
        stored = _battery(programme, hours, site)
        net = programme.columns(np.full(n, np.inf), -np.inf)
        column = np.concatenate([charged, stored, net])
        value = np.concatenate([one, one, -one, -one])
        programme.rows((np.tile(run, 4), column, value, np.zeros(n)), is_equal=True)
    if np.isfinite(site.supply.grid_kw):
        programme.rows((run, net, one / hours, site.supply.grid_kw - building))
    programme.rows((np.tile(run, 2), np.append(net, np.repeat(peak, n)), np.append(one / hours, -one), -building))
    may_feed = (battery is not None) | can_feed
    feeds = np.flatnonzero((building < 0) | (may_feed & ~kept_in))
    if may_feed:
        programme.low[net[kept_in]] = -building[kept_in] * hours[kept_in]
    imported = net.copy()
    if feeds.size:
        imported[feeds] = programme.columns(np.full(feeds.size, np.inf))
        k = np.arange(feeds.size)
        column, value = np.append(net[feeds], imported[feeds]), np.append(np.ones(k.size), -np.ones(k.size))
        programme.rows((np.tile(k, 2), column, value, -building[feeds] * hours[feeds]))
    return SiteColumns(programme, room, charged, peak, charged_peak, imported, net, stored)


def _battery(programme: LinearProgramme, hours: FloatArray, site: ChargingSite) -> LongArray:
    """Columns into and out of a stationary battery, which is as full at the end as at the beginning."""
    battery = site.supply.battery
    assert battery is not None
    n = hours.size
    run, one = np.arange(n), np.ones(n)
    moved = programme.columns(np.tile(battery.power_kw * hours, 2))
    programme.rows((np.tile(run, 2), moved, np.ones(2 * n), battery.power_kw * hours))  # it takes turns
    state = programme.columns(np.full(n, battery.energy_kwh))
    start = battery.start_state_share * battery.energy_kwh
    programme.low[state[-1]] = programme.high[state[-1]] = start
    row = np.concatenate([run, run[1:], run, run])
    column = np.concatenate([state, state[:-1], moved])
    value = np.concatenate([one, -one[1:], -battery.efficiency * one, one / battery.efficiency])
    programme.rows((row, column, value, np.where(run == 0, start, 0.0)), is_equal=True)
    return moved


def _split(
    parts: Parts, grid: Grid, alike: LongArray, need_h: FloatArray, chosen: Grid, drawn_kwh: FloatArray
) -> Split:
    """Split what windows draw among their cars, and copy it to stretches that are alike."""
    got, begin, end = _shared_out(parts, need_h, chosen, drawn_kwh, np.zeros(0))
    # windows of a stretch that is like another one are those of the other in the same order, and so are their parts
    edges = np.searchsorted(chosen.stretch, np.arange(alike.size + 1))
    own = np.searchsorted(grid.stretch, np.arange(alike.size))
    source = edges[alike[grid.stretch]] + np.arange(grid.n_windows) - own[grid.stretch]
    depth = np.diff(grid.part_pointer)
    place = np.repeat(chosen.part_pointer[source] - grid.part_pointer[:-1], depth) + np.arange(grid.part.size)
    got_h, first, last = np.zeros(need_h.size), np.full(need_h.size, -1), np.full(need_h.size, -1)
    got_h[grid.part], first[grid.part], last[grid.part] = got[place], begin[place], end[place]
    # what is full lacks nothing: the rest of a difference is rounding
    is_full = need_h - got_h <= _FULL * (need_h + 0.1 * need_h.max(initial=0.0))
    return Split(grid, chosen, source, drawn_kwh, np.where(is_full, need_h, got_h), first, last, need_h)


def _shared_out(
    parts: Parts, need_h: FloatArray, chosen: Grid, drawn_kwh: FloatArray, out: FloatArray
) -> tuple[FloatArray, LongArray, LongArray]:
    """Hours of each part of windows, first and last entry; `out` gets them by entry if it is not empty."""
    windows = windows_for_kernels(chosen, need_h, parts.cars)
    width = np.diff(chosen.pointer)
    first = np.append(0, np.cumsum(width * np.diff(chosen.part_pointer))).astype(np.int64)
    n = chosen.part.size
    got, begin, end = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    kernels.split(windows, drawn_kwh / np.repeat(chosen.cap_kw, width), got, begin, end, first[:-1], out)
    return got, begin, end


def _schedule(sessions: ChargingSessions, site: ChargingSite, steps: Steps, parts: Parts, split: Split) -> Schedule:
    n, step_h = len(sessions), steps.step_h
    grid, runs = split.grid, split.grid.runs
    width = np.diff(grid.pointer)
    entry = np.repeat(split.chosen.pointer[split.source] - grid.pointer[:-1], width) + np.arange(grid.run.size)
    energy = np.bincount(grid.run, split.drawn_kwh[entry], minlength=runs.first.size)
    load = in_steps(runs.first, runs.count, energy / (runs.count * step_h), steps.count)
    begin, finish = np.full(n, np.inf), np.full(n, -np.inf)
    window = np.empty(parts.session.size, np.int64)
    window[grid.part] = np.repeat(np.arange(grid.n_windows), np.diff(grid.part_pointer))
    on = np.flatnonzero(split.begin >= 0)
    first, last = (grid.pointer[window[on]] + at[on] for at in (split.begin, split.end))
    start = np.maximum(grid.step[first] * step_h, parts.taken_h[on])
    stop = np.minimum((grid.step[last] + runs.count[grid.run[last]]) * step_h, parts.depart_h[on])
    np.minimum.at(begin, parts.session[on], start)
    np.maximum.at(finish, parts.session[on], stop)
    worth = site.efficiency * (1.0 - site.standby_kw / parts.cap_kw)

    def by_session(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(parts.session, parts.cars * values, minlength=n), np.float64)

    need = sessions.need_of_all_kwh
    delivered = by_session(split.got_h * parts.cap_kw * worth)
    lacking = need - delivered
    unserved = np.where(lacking > _FULL * need, lacking, 0.0)
    busy = np.flatnonzero(load > 0)
    assumptions = [TURNS]
    if site.points is not None and site.release != "departure":
        assumptions.append(HELD)
    return Schedule(
        start_h=np.asarray(busy * step_h, np.float64),
        end_h=np.asarray((busy + 1) * step_h, np.float64),
        power_kw=load[busy],
        drawn_kwh=by_session(split.got_h * parts.cap_kw),
        charging_h=by_session(split.got_h),
        delivered_kwh=np.where(unserved > 0, delivered, need),
        unserved_kwh=unserved,
        waiting_h=np.maximum(parts.waiting_h, 0.0),
        begin_h=np.where(np.isfinite(begin), begin, np.nan),
        finish_h=np.where(np.isfinite(finish), finish, np.nan),
        assumptions=tuple(assumptions),
        unsettled=parts.unsettled,
    )


def in_steps(first: LongArray, count: LongArray, values: FloatArray, n_steps: int) -> FloatArray:
    """Values of runs in each of their steps.

    Parameters
    ----------
    first, count : ndarray of shape (n,)
        First step of each run and number of steps; runs do not overlap.
    values : ndarray of shape (n,)
        In each step of the run.
    n_steps : int
        Steps of the horizon.

    Returns
    -------
    ndarray of shape (n_steps,)
        0 in steps of no run; steps beyond the horizon count at its beginning.
    """
    out = np.zeros(n_steps)
    begin = np.cumsum(count) - count
    step = np.repeat(first - begin, count) + np.arange(int(count.sum()))
    out[step % n_steps] = np.repeat(values, count)
    return out


@dataclass(frozen=True, eq=False)
class ByStep:
    """What each car draws in each step; a row for each part and step in which it draws."""

    part: LongArray
    step: LongArray
    """Not wrapped at the end of the horizon."""
    drawn_kwh: FloatArray
    """Energy from the grid of each car of the part."""


def by_step(found: Plan) -> ByStep:
    """What each car draws in each step, for a plan.

    Parameters
    ----------
    found : Plan
        Optimal.

    Returns
    -------
    ByStep
        What is drawn in a run of steps is drawn evenly in the time in which the car is present.
    """
    split, parts = found.split, found.parts
    grid, chosen, source = split.grid, split.chosen, split.source
    width, depth = np.diff(chosen.pointer), np.diff(chosen.part_pointer)
    size = width * depth
    first = np.append(0, np.cumsum(size)).astype(np.int64)
    hours = np.zeros(first[-1])
    if hours.size:
        _shared_out(parts, split.need_h, chosen, split.drawn_kwh, hours)
    cells = size[source]
    window = np.repeat(np.arange(grid.n_windows), cells)
    within = np.arange(window.size) - np.repeat(np.cumsum(cells) - cells, cells)
    row, place = np.divmod(within, np.maximum(width[source][window], 1))
    part = grid.part[grid.part_pointer[window] + row]
    entry = grid.pointer[window] + place
    given = hours[first[source][window] + within]
    got = np.bincount(part, given, minlength=parts.session.size)
    given = given * np.divide(split.got_h, got, out=np.ones(got.size), where=got > 0)[part]
    keep = given > 0
    part, entry, kwh = part[keep], entry[keep], (given * parts.cap_kw[part])[keep]
    count = grid.runs.count[grid.run[entry]]
    # runs of several steps hold none at which a car comes or goes
    step = np.repeat(grid.step[entry] - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    return ByStep(np.repeat(part, count), step, np.repeat(kwh / count, count))
