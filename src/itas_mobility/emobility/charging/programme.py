"""Optimal charging: a site's week as a linear programme of windows, solved for aims in order, and split among the cars.

All cars that hold a point over the same window with the same power are one variable for each run of steps. What such
cars can draw is a polymatroid: a profile can be split among them if and only if in every set of steps it draws no more
than ``sum of min(need, power * hours in the set)`` (max-flow min-cut). Of these rows those that are violated are added
until none is, so the programme is exact; `kernels.charging_windows.split` then gives every car its share.

Aims are made least one after another: energy that is not served, the strategy's own, the peak of the site, and how late
energy is drawn (by runs of equal steps, even within each). Cars take turns at their greatest power, which loses least
to their own control; so no other way of charging needs less energy from the grid.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.emobility.charging.linear import Infeasible, LinearProgramme, Rows
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

_EXCESS: Final = 1e-9
"""Share by which a window may exceed what its cars can draw: rounding, ten times the solver's."""
_FULL: Final = 1e-9
"""Share of a need below which what is left of it is rounding."""
TURNS: Final = "cars take turns at full power within a step; `realisable` gives each car a plan step by step"
HELD: Final = "cars hold their point until departure, whatever the site's rule of release"


@dataclass(frozen=True, eq=False)
class Supplied:
    """What stands behind the points, by run of steps."""

    hours: FloatArray
    """Length of each run."""
    time_h: FloatArray
    """Its middle."""
    times: FloatArray
    """How often its stretch occurs."""
    building_kw: FloatArray
    """Building less photovoltaics."""
    others_peak_kw: float
    """Greatest power of the site in steps that the programme does not decide; not below 0."""


@dataclass(frozen=True, eq=False)
class SiteColumns:
    """A programme, and which of its columns are what; energies in kWh of each run."""

    programme: LinearProgramme
    supplied: Supplied
    charged: LongArray
    """Drawn by all cars, less what they feed back."""
    peak: LongArray
    """Highest power of the site, kW, a single column."""
    charged_peak: LongArray
    """Highest power of charging, kW, a single column."""
    imported: LongArray
    """Drawn from the grid; the columns `charged` where the site never feeds in, up to a constant."""
    exported: LongArray
    """Columns of energy from the grid less energy into it, where the site may feed in; else empty."""
    stored: LongArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Into and out of the stationary battery; empty without one."""
    cycled: LongArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Fed back by cars; empty where they do not."""

    def cost(self, column: LongArray, value: FloatArray | float) -> FloatArray:
        """A cost of some columns, 0 for all others."""
        out = np.zeros(self.programme.low.size)
        np.add.at(out, column, value)
        return out


@dataclass(frozen=True, eq=False)
class Aim:
    """What a strategy makes least."""

    costs: Callable[[SiteColumns, "Series"], list[FloatArray]]
    """Costs of columns, in order of importance."""
    series: tuple[str, ...] = ()
    """Series of the supply on which they depend."""


Series: TypeAlias = dict[str, FloatArray]
"""Values by run, by name."""


@dataclass(frozen=True, eq=False)
class Plan:
    """An optimal schedule, and what each car draws when."""

    schedule: Schedule
    parts: Parts
    step: LongArray
    """First step of each entry, a run of steps in which a part may charge; not wrapped at the end of the horizon."""
    count: LongArray
    """Its number of steps."""
    part: LongArray
    """Row of the part."""
    drawn_kwh: FloatArray
    """Energy from the grid of each of its cars, over the run."""
    values: tuple[float, ...] = ()
    """Least value of each aim, energy that is not served first."""
    prices_per_kw: tuple[float, ...] = ()
    """Change of each value per kW by which all limits are raised, all steps alike."""


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
        For a taper below the greatest power of a car, groups at points that differ, or a building that no battery
        carries under its connection.
    ItasError
        If the solver does not come to an end.
    """
    return plan(sessions, site, steps, aim).schedule


def plan(
    sessions: ChargingSessions, site: ChargingSite, steps: Steps, aim: Aim, *, is_priced: bool = False
) -> Plan:
    """As `optimal`, with what each car draws when.

    Parameters
    ----------
    sessions, site, steps, aim
        As for `optimal`.
    is_priced : bool, default=False
        Whether to find what the limits cost, too; energy that is not served is then made least by itself first.

    Returns
    -------
    Plan
        Optimal schedule and its parts.
    """
    refuse_taper(sessions, site)
    parts = held_points(sessions, site, steps)
    efficiency = site.efficiency * (1.0 - site.standby_kw / parts.cap_kw)
    need_h = sessions.need_kwh[parts.session] / (efficiency * parts.cap_kw)
    series = series_of(site, steps, aim.series)
    grid = windows_of(parts, need_h, steps, series, is_whole=site.supply.battery is not None)
    alike = alike_stretches(grid, need_h, parts.cars, series)
    is_first = alike == np.arange(alike.size)
    chosen = of_stretches(grid, is_first)
    times = np.bincount(alike, minlength=alike.size).astype(np.float64)
    model = _Model(site, steps, grid, series, times * is_first, chosen, need_h, parts.cars)
    drawn = model.solve(aim, is_priced=is_priced)
    return _plan(sessions, site, steps, parts, grid, alike, need_h, efficiency, chosen, drawn, model)


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


def series_of(site: ChargingSite, steps: Steps, names: tuple[str, ...]) -> Series:
    """All series that distinguish one step from another.

    Parameters
    ----------
    site : ChargingSite
        With a value for each step, or one for all.
    steps : Steps
        Of the horizon.
    names : tuple of str
        Series of the supply on which the aim depends, besides building, photovoltaics and limits.

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
    return {"free_kw": free, "building_kw": building} | {name: supply.series(name, n) for name in names}


class _Model:
    """The linear programme of a site."""

    def __init__(
        self, site: ChargingSite, steps: Steps, grid: Grid, series: Series, times: FloatArray, chosen: Grid,
        need_h: FloatArray, cars: FloatArray,
    ) -> None:  # fmt: skip
        self.chosen, self.site = chosen, site
        self.windows = windows_for_kernels(chosen, need_h, cars)
        runs = grid.runs
        keep = np.flatnonzero(times[runs.stretch] > 0)
        self.row_of_run = np.full(runs.first.size, -1)
        self.row_of_run[keep] = np.arange(keep.size)
        self.series = {name: values[runs.first[keep]] for name, values in series.items()}
        self.supplied = supplied_of(
            steps, runs.first[keep], runs.count[keep], times[runs.stretch[keep]], series["building_kw"],
            is_whole=site.supply.battery is not None,
        )  # fmt: skip
        self.programme = LinearProgramme("charging")
        self._drawn()
        self.columns = site_columns(self.programme, self.supplied, self.series, site, self._charge, can_feed=False)
        self.values: list[float] = []
        self.prices: list[float] = []

    def _drawn(self) -> None:
        """Columns of what windows draw in each of their runs, car hours times power, and of what is not served."""
        windows, chosen = self.windows, self.chosen
        n, m = windows.step_pointer.size - 1, windows.hours.size
        most = np.empty(m + n)
        kernels.most_together(windows, most)
        self.window = np.repeat(np.arange(n), np.diff(windows.step_pointer))
        self.drawn = self.programme.columns(most[:m] * chosen.cap_kw[self.window])
        self.unserved = self.programme.columns(np.zeros(n))
        self.energy = most[m:] * chosen.cap_kw
        row = np.concatenate([self.window, np.arange(n)])
        column = np.concatenate([self.drawn, self.unserved])
        self.programme.rows((row, column, np.ones(column.size), self.energy), is_equal=True)
        self.drawn_run = self.row_of_run[chosen.run]

    def _charge(self, charged: LongArray) -> Rows:
        """Rows that add up what all windows draw in each run."""
        row = np.concatenate([self.drawn_run, np.arange(charged.size)])
        value = np.append(np.ones(self.drawn.size), -np.ones(charged.size))
        return row, np.concatenate([self.drawn, charged]), value, np.zeros(charged.size)

    def solve(self, aim: Aim, *, is_priced: bool) -> FloatArray:
        """Car hours of each entry."""
        costs = aim.costs(self.columns, self.series)
        if self.drawn.size == 0 and self.site.supply.battery is None:
            self.values, self.prices = [0.0] * (1 + len(costs)), [0.0] * (1 + len(costs))
            return np.zeros(0)
        self._serve(costs[0], is_priced=is_priced)
        for cost in costs[int(not is_priced) :]:
            self._least(cost)
        for cost in self._last():
            self.programme.least(cost, self._cuts)
        return self.programme.solution[self.drawn] / self.chosen.cap_kw[self.window]

    def _least(self, cost: FloatArray) -> None:
        self.values.append(self.programme.least(cost, self._cuts))
        self.prices.append(limit_price(self.columns, self.site, self.series))

    def _serve(self, first: FloatArray, *, is_priced: bool) -> None:
        """Serve all, or as much as can be; without prices the first aim is made least on the way."""
        unserved = self.columns.cost(self.unserved, 1.0)
        weight = self.supplied.times[self.drawn_run[self.windows.step_pointer[:-1]]] if self.drawn.size else 0.0
        unserved[self.unserved] = weight * self.site.efficiency * (1.0 - self.site.standby_kw / self.chosen.cap_kw)
        if not is_priced:
            try:
                self._least(first)
            except Infeasible:
                pass
            else:
                self.values.insert(0, 0.0)
                self.prices.insert(0, 0.0)
                return
        self.programme.high[self.unserved] = self.energy
        try:
            self._least(unserved)
        except Infeasible as fault:
            raise InputError(
                "connection_kw: the building alone draws more than the connection has, and the battery does not carry "
                "the rest; give a larger connection or battery"
            ) from fault
        if not is_priced:
            self._least(first)

    def _last(self) -> list[FloatArray]:
        """What makes the profile unique and sensible: no needless storage, and early."""
        columns, supplied = self.columns, self.supplied
        early = columns.cost(columns.charged, supplied.time_h * supplied.times)
        return [columns.cost(columns.stored, 1.0), early] if columns.stored.size else [early]

    def _cuts(self, solution: FloatArray) -> Rows | None:
        windows, cap = self.windows, self.chosen.cap_kw
        n = cap.size
        excess, bound, in_cut = np.zeros(n), np.zeros(n), np.zeros(windows.hours.size, bool)
        kernels.most_violated(windows, solution[self.drawn] / cap[self.window], excess, bound, in_cut)
        bad = excess > _EXCESS * np.maximum(1.0, bound)
        if not bad.any():
            return None
        number = np.cumsum(bad) - 1
        entry = np.flatnonzero(in_cut & bad[self.window])
        return number[self.window[entry]], self.drawn[entry], np.ones(entry.size), (bound * cap)[bad]


def supplied_of(
    steps: Steps, first: LongArray, count: LongArray, times: FloatArray, building_kw: FloatArray, *, is_whole: bool
) -> Supplied:
    """What stands behind the points in runs of steps.

    Parameters
    ----------
    steps : Steps
        Of the horizon.
    first, count : ndarray of shape (n_runs,)
        First step and number of steps of each run.
    times : ndarray of shape (n_runs,)
        How often it occurs.
    building_kw : ndarray of shape (n_steps,)
        Building less photovoltaics.
    is_whole : bool
        Whether the runs cover all steps.

    Returns
    -------
    Supplied
        By run.
    """
    hours = count * steps.step_h
    return Supplied(
        hours=hours,
        time_h=first * steps.step_h + 0.5 * hours,
        times=times,
        building_kw=building_kw[first],
        others_peak_kw=0.0 if is_whole else float(building_kw.max(initial=0.0)),
    )


def site_columns(
    programme: LinearProgramme,
    supplied: Supplied,
    series: Series,
    site: ChargingSite,
    charge: Callable[[LongArray], Rows],
    *,
    can_feed: bool,
) -> SiteColumns:
    """Add columns and rows of the site: limits, peaks, energy from the grid, stationary battery.

    Parameters
    ----------
    programme : LinearProgramme
        Holds the cars already.
    supplied : Supplied
        By run.
    series : dict
        By run.
    site : ChargingSite
        Connection and battery.
    charge : callable
        From the columns of what is charged in each run to the rows that add it up.
    can_feed : bool
        Whether cars can feed back.

    Returns
    -------
    SiteColumns
        Which columns are what.
    """
    n, hours, building = supplied.hours.size, supplied.hours, supplied.building_kw
    run, one = np.arange(n), np.ones(n)
    battery = site.supply.battery
    charged = programme.columns(series["free_kw"] * hours, -np.inf if can_feed else 0.0)
    programme.rows(charge(charged), is_equal=True)
    peak = programme.columns(np.array([np.inf]), supplied.others_peak_kw)
    charged_peak = programme.columns(np.array([np.inf]))
    programme.rows(
        (np.tile(run, 2), np.append(charged, np.repeat(charged_peak, n)), np.append(one / hours, -one), np.zeros(n))
    )
    net, stored = charged, np.zeros(0, np.int64)
    if battery is not None:
        stored = _battery(programme, supplied, site)
        net = programme.columns(np.full(n, np.inf), -np.inf)
        column = np.concatenate([charged, stored[:n], stored[n:], net])
        value = np.concatenate([one, one, -one, -one])
        programme.rows((np.tile(run, 4), column, value, np.zeros(n)), is_equal=True)
    if battery is not None or can_feed:
        programme.rows((run, net, one / hours, site.supply.grid_kw - building))
    programme.rows((np.tile(run, 2), np.append(net, np.repeat(peak, n)), np.append(one / hours, -one), -building))
    feeds = np.flatnonzero((building < 0) | (battery is not None) | can_feed)
    imported = net.copy()
    if feeds.size:
        imported[feeds] = programme.columns(np.full(feeds.size, np.inf))
        k = np.arange(feeds.size)
        column, value = np.append(net[feeds], imported[feeds]), np.append(np.ones(k.size), -np.ones(k.size))
        programme.rows((np.tile(k, 2), column, value, -building[feeds] * hours[feeds]))
    return SiteColumns(programme, supplied, charged, peak, charged_peak, imported, net, stored)


def _battery(programme: LinearProgramme, supplied: Supplied, site: ChargingSite) -> LongArray:
    """Columns into and out of a stationary battery, which is as full at the end as at the beginning."""
    battery = site.supply.battery
    assert battery is not None
    n, hours = supplied.hours.size, supplied.hours
    run, one = np.arange(n), np.ones(n)
    moved = programme.columns(np.tile(battery.power_kw * hours, 2))
    into, out = moved[:n], moved[n:]
    programme.rows((np.tile(run, 2), moved, np.ones(2 * n), battery.power_kw * hours))  # it takes turns
    state = programme.columns(np.full(n, battery.energy_kwh))
    start = battery.start_state_share * battery.energy_kwh
    programme.low[state[-1]] = programme.high[state[-1]] = start
    row = np.concatenate([run, run[1:], run, run])
    column = np.concatenate([state, state[:-1], into, out])
    value = np.concatenate([one, -one[1:], -battery.efficiency * one, one / battery.efficiency])
    programme.rows((row, column, value, np.where(run == 0, start, 0.0)), is_equal=True)
    return moved


def limit_price(columns: SiteColumns, site: ChargingSite, series: Series) -> float:
    """Change of the last aim per kW by which all limits are raised in all steps.

    Parameters
    ----------
    columns : SiteColumns
        After an aim was made least.
    site : ChargingSite
        Limits.
    series : dict
        By run.

    Returns
    -------
    float
        Per kW; not positive.
    """
    hours = columns.supplied.hours
    finite = np.isfinite(series["free_kw"])
    return float((columns.programme.high_price[columns.charged] * hours)[finite].sum())


def _plan(
    sessions: ChargingSessions, site: ChargingSite, steps: Steps, parts: Parts, grid: Grid, alike: LongArray,
    need_h: FloatArray, efficiency: FloatArray, chosen: Grid, drawn: FloatArray, model: _Model,
) -> Plan:  # fmt: skip
    """Split what windows draw among their cars, copy it to stretches that are alike, and add it up."""
    windows = model.windows
    width, depth = np.diff(chosen.pointer), np.diff(chosen.part_pointer)
    size = width * depth
    first = np.append(0, np.cumsum(size)).astype(np.int64)
    hours = np.zeros(first[-1])
    kernels.split(windows, drawn, first[:-1], hours)
    # windows of a stretch that is like another one are those of the other in the same order
    edges = np.searchsorted(chosen.stretch, np.arange(alike.size + 1))
    own = np.searchsorted(grid.stretch, np.arange(alike.size))
    source = edges[alike[grid.stretch]] + np.arange(grid.n_windows) - own[grid.stretch]
    cells = size[source]
    window = np.repeat(np.arange(grid.n_windows), cells)
    within = np.arange(window.size) - np.repeat(np.cumsum(cells) - cells, cells)
    row, place = np.divmod(within, width[source][window])
    part = grid.part[grid.part_pointer[window] + row]
    entry = grid.pointer[window] + place
    given = hours[first[source][window] + within]
    # what is full lacks nothing: the rest of a difference is rounding
    n_parts = parts.session.size
    got = np.bincount(part, given, minlength=n_parts)
    is_full = need_h - got <= _FULL * need_h
    given = given * np.where(is_full, need_h / np.where(got > 0, got, 1.0), 1.0)[part]
    got = np.where(is_full, need_h, got)
    kwh = given * parts.cap_kw[part]
    count = grid.runs.count[grid.run[entry]]
    table = Plan(
        schedule=_schedule(sessions, site, steps, parts, model, (part, grid.step[entry], count, kwh), got, efficiency),
        parts=parts,
        step=grid.step[entry],
        count=count,
        part=part,
        drawn_kwh=kwh,
        values=tuple(model.values),
        prices_per_kw=tuple(model.prices),
    )
    return table


def _schedule(
    sessions: ChargingSessions, site: ChargingSite, steps: Steps, parts: Parts, model: _Model,
    cells: tuple[LongArray, LongArray, LongArray, FloatArray], got_h: FloatArray, efficiency: FloatArray,
) -> Schedule:  # fmt: skip
    part, step, count, kwh = cells
    n, step_h = len(sessions), steps.step_h
    energy = kwh * parts.cars[part]
    load = in_steps(step, count, energy / (count * step_h), steps.count)
    charged = kwh > 0
    begin, finish = np.full(n, np.inf), np.full(n, -np.inf)
    session = parts.session[part[charged]]
    start = np.maximum(step[charged] * step_h, parts.taken_h[part[charged]])
    stop = np.minimum((step + count)[charged] * step_h, parts.depart_h[part[charged]])
    np.minimum.at(begin, session, start)
    np.maximum.at(finish, session, stop)

    def by_session(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(parts.session, parts.cars * values, minlength=n), np.float64)

    delivered = by_session(got_h * parts.cap_kw * efficiency)
    need = sessions.need_of_all_kwh
    lacking = need - delivered
    unserved = np.where(lacking > _FULL * need, lacking, 0.0)
    on = np.flatnonzero(load > 0)
    assumptions = [TURNS]
    if site.points is not None and site.release != "departure":
        assumptions.append(HELD)
    return Schedule(
        start_h=on * step_h,
        end_h=(on + 1) * step_h,
        power_kw=load[on],
        drawn_kwh=by_session(got_h * parts.cap_kw),
        charging_h=by_session(got_h),
        delivered_kwh=np.where(unserved > 0, delivered, need),
        unserved_kwh=unserved,
        waiting_h=np.maximum(parts.waiting_h, 0.0),
        begin_h=np.where(np.isfinite(begin), begin, np.nan),
        finish_h=np.where(np.isfinite(finish), finish, np.nan),
        storage_kw=stored_kw(model.columns, steps, model.row_of_run, model.chosen),
        assumptions=tuple(assumptions),
        unsettled=parts.unsettled,
    )


def in_steps(step: LongArray, count: LongArray, values: FloatArray, n_steps: int) -> FloatArray:
    """Add up values that hold in each step of runs.

    Parameters
    ----------
    step, count : ndarray of shape (n,)
        First step of each run, beyond the horizon in its copy, and number of steps.
    values : ndarray of shape (n,)
        In each step of the run.
    n_steps : int
        Steps of the horizon.

    Returns
    -------
    ndarray of shape (n_steps,)
        Sums, all steps beyond the horizon counted at its beginning.
    """
    # runs of one count and step are added up first; what is left is short
    key, where = np.unique(np.stack([step % n_steps, count]), axis=1, return_inverse=True)
    sums = np.bincount(where.ravel(), values, minlength=key.shape[1])
    out = np.zeros(n_steps)
    for k, (first, long) in enumerate(key.T.tolist()):
        out[(first + np.arange(long)) % n_steps] += sums[k]
    return out


def stored_kw(columns: SiteColumns, steps: Steps, row_of_run: LongArray, grid: Grid) -> FloatArray:
    """Power into the stationary battery in each step.

    Parameters
    ----------
    columns : SiteColumns
        Solved.
    steps : Steps
        Of the horizon.
    row_of_run : ndarray
        Row in the programme of each run.
    grid : Grid
        Its runs.

    Returns
    -------
    ndarray
        One 0 without a battery.
    """
    if columns.stored.size == 0:
        return np.zeros(1)
    n = columns.stored.size // 2
    solution = columns.programme.solution
    power = (solution[columns.stored[:n]] - solution[columns.stored[n:]]) / columns.supplied.hours
    return in_steps(grid.runs.first, grid.runs.count, power[row_of_run], steps.count)
