"""Bidirectional charging: cars give energy back where that lowers the bill of the site, and leave with their need.

Cars of one window that need the same, with the same battery and state, do the same: a linear programme holds, for each
such class and run of steps, what is drawn, what is fed back and what is in the batteries. Energy that cars feed back is
worth the price of what the site then need not draw, and beyond that what feeding in pays.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.emobility.charging import programme as programmes
from itas_mobility.emobility.charging.cost_minimal import bill_of
from itas_mobility.emobility.charging.filling import Room
from itas_mobility.emobility.charging.linear import InfeasibleError, LinearProgramme
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.emobility.charging.windows import (
    Grid,
    Parts,
    alike_stretches,
    held_points,
    of_stretches,
    windows_of,
)
from itas_mobility.errors import InputError

LEAST_STATE_SHARE: Final = 0.2
"""State of charge below which no car is emptied by feeding back (an assumption; 0.1 to 0.3 are usual in contracts that
are offered). Cars that arrive emptier are not emptied at all."""
MOST_ENTRIES: Final = 2_000
"""Entries (classes of cars by their runs of steps) up to which every need is a class of its own; a programme of that
size takes a tenth of a second. At the sites of the embedded region bills differ by less than a millionth from those of
six times as many."""
_FULL: Final = 1e-9
"""Share of a need below which what is left of it is rounding."""


@dataclass(frozen=True, eq=False)
class _Classes:
    """Cars that do the same."""

    window: LongArray
    of_part: LongArray
    """Class of each part."""
    cars: FloatArray
    need_kwh: FloatArray
    """Of all cars of the class, as are all that follow."""
    most_kwh: FloatArray
    """What the batteries hold."""
    arrive_kwh: FloatArray
    """What is in them on arrival."""
    least_kwh: FloatArray
    """What must stay in them."""
    needs_per_window: int
    """Classes of needs, 0 where every need is one."""


@register("bidirectional")
def give_and_take(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Least unserved, then the least bill of the site, then its least peak, then the least energy fed back.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars, with battery and state on arrival.
    site : ChargingSite
        Points, limits, building, photovoltaics, stationary battery, prices. Energy is lost both ways: cars draw as in
        all programmes, and give back `efficiency` of what leaves their batteries.
    steps : Steps
        Power is the mean of each.

    Returns
    -------
    Schedule
        The one of them that charges earliest. Cars that need nothing take no part.

    Raises
    ------
    InputError
        Without batteries and states, and as `programme.optimal`.
    """
    if len(sessions) == 0:
        none = np.zeros(0)
        sessions = replace(sessions, battery_kwh=none, arrival_state_share=none)
    if sessions.battery_kwh is None or sessions.arrival_state_share is None:
        raise InputError("battery_kwh and arrival_state_share: cars that give energy back need both")
    programmes.refuse_taper(sessions, site, lowest_share=LEAST_STATE_SHARE)
    aim = bill_of(site)
    parts = held_points(sessions, site, steps)
    rows = parts.session
    worth = site.efficiency * (1.0 - site.standby_kw / parts.cap_kw)
    need_h = sessions.need_kwh[rows] / (worth * parts.cap_kw)
    series = programmes.series_of(site, steps, aim)
    stands = site.supply.battery is not None
    grid = windows_of(parts, need_h, steps, series, is_whole=stands)
    columns = (need_h, parts.cars, sessions.battery_kwh[rows], sessions.arrival_state_share[rows])
    alike = alike_stretches(grid, columns, series)
    room, row_of_run, by_run = programmes.decided(grid, alike, series, steps)
    programmes.refuse_trade(aim, by_run, room, site)
    chosen = of_stretches(grid, alike == np.arange(alike.size))
    classes = _classes(sessions, parts, chosen)
    runs = grid.runs
    is_decided = programmes.in_steps(runs.first, runs.count, np.ones(runs.first.size), steps.count) > 0
    others_kw = float(series["building_kw"][~is_decided].max(initial=0.0))
    flows = _Programme(classes, chosen, row_of_run, room, site, programmes.is_dear_to_sell(aim, by_run), others_kw)
    flows.solve(aim, by_run)
    return _schedule(sessions, site, steps, parts, (grid, chosen, alike), classes, flows, row_of_run)


def _classes(sessions: ChargingSessions, parts: Parts, grid: Grid) -> _Classes:
    """Cars of a window with equal need, battery and state; or of needs of about one size, where there are too many."""
    assert sessions.battery_kwh is not None
    assert sessions.arrival_state_share is not None
    rows = parts.session[grid.part]
    window = np.repeat(np.arange(grid.n_windows), np.diff(grid.part_pointer))
    battery = sessions.battery_kwh[rows]
    arrive = battery * sessions.arrival_state_share[rows]
    need, cars = sessions.need_kwh[rows], parts.cars[grid.part]
    width = np.diff(grid.pointer)
    keys = np.stack([window, *(np.round(x, 9) for x in (need, battery, arrive))], axis=1)
    kept, of = np.unique(keys, axis=0, return_inverse=True)
    entries = int(width[kept[:, 0].astype(np.int64)].sum())
    bins = 0
    if entries > MOST_ENTRIES:
        bins = max(1, MOST_ENTRIES // int(width.sum()))
        step = max(float(need.max()) / bins, 1e-12)
        keys = np.stack([window, np.minimum(np.floor(need / step), bins - 1)], axis=1)
        kept, of = np.unique(keys, axis=0, return_inverse=True)
    n = len(kept)

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(of, cars * values, minlength=n), np.float64)

    of_part = np.full(parts.session.size, -1)
    of_part[grid.part] = of
    return _Classes(
        window=kept[:, 0].astype(np.int64),
        of_part=of_part,
        cars=total(np.ones(need.size)),
        need_kwh=total(need),
        most_kwh=total(battery),
        arrive_kwh=total(arrive),
        least_kwh=total(np.minimum(arrive, LEAST_STATE_SHARE * battery)),
        needs_per_window=bins,
    )


class _Programme:
    """The linear programme of cars that give and take."""

    def __init__(
        self, classes: _Classes, grid: Grid, row_of_run: LongArray, room: Room, site: ChargingSite, kept_in: BoolArray,
        others_kw: float,
    ) -> None:  # fmt: skip
        self._room, self.kept_in = room, kept_in
        self.programme = LinearProgramme("bidirectional charging")
        width = np.diff(grid.pointer)[classes.window]
        pointer = np.append(0, np.cumsum(width)).astype(np.int64)
        self.of = np.repeat(np.arange(classes.cars.size), width)
        """Class of each entry."""
        place = np.arange(self.of.size) - pointer[self.of]
        self.entry = grid.pointer[classes.window][self.of] + place
        self.run = row_of_run[grid.run[self.entry]]
        cap = grid.cap_kw[classes.window]
        most = (classes.cars * cap)[self.of] * grid.hours[self.entry]
        n, one = self.of.size, np.ones(self.of.size)
        k = np.arange(n)
        lp = self.programme
        self.drawn, self.given = lp.columns(most), lp.columns(most)
        lp.rows((np.tile(k, 2), np.append(self.drawn, self.given), np.tile(one, 2), most))  # cars take turns
        state = lp.columns(classes.most_kwh[self.of])
        lp.low[state] = classes.least_kwh[self.of]
        self.unserved = lp.columns(classes.need_kwh)
        worth = (site.efficiency * (1.0 - site.standby_kw / cap))[self.of]
        later = np.flatnonzero(place > 0)
        row = np.concatenate([k, later, k, k])
        column = np.concatenate([state, state[later - 1], self.drawn, self.given])
        value = np.concatenate([one, -one[later], -worth, one / site.efficiency])
        lp.rows((row, column, value, np.where(place == 0, classes.arrive_kwh[self.of], 0.0)), is_equal=True)
        last = state[pointer[1:] - 1]
        m = np.arange(classes.cars.size)
        leave = classes.arrive_kwh + classes.need_kwh
        column = np.append(last, self.unserved)
        lp.rows((np.tile(m, 2), column, np.ones(column.size), leave), is_equal=True)
        self.columns = programmes.site_columns(lp, room, site, kept_in, least_peak_kw=others_kw, can_feed=True)
        charged = self.columns.charged
        row = np.concatenate([self.run, self.run, np.arange(charged.size)])
        column = np.concatenate([self.drawn, self.given, charged])
        lp.rows(
            (row, column, np.concatenate([one, -one, -np.ones(charged.size)]), np.zeros(charged.size)), is_equal=True
        )
        self._times = room.times[self.run]
        self._of_class = self._times[pointer[:-1]] if n else np.zeros(0)

    def solve(self, aim: programmes.Aim, series: programmes.Series) -> None:
        """Make all aims least, one after another."""
        lp, columns, room = self.programme, self.columns, self._room
        if lp.low.size == columns.charged.size + 2 and columns.charged.size == 0:
            lp.solution = lp.low.copy()
            return
        try:
            lp.least(columns.cost(self.unserved, self._of_class))
        except InfeasibleError as fault:
            raise InputError(
                "connection_kw: the building alone draws more than the connection has, and no battery carries the "
                "rest; give a larger connection or battery"
            ) from fault
        needless = [columns.cost(self.given, self._times)]
        if columns.stored.size:
            needless.append(columns.cost(columns.stored, 1.0))
        late = columns.cost(columns.charged, room.time_h * room.times)
        for cost in [*columns.aims(aim, series), *needless, late]:
            lp.least(cost)


def _schedule(
    sessions: ChargingSessions, site: ChargingSite, steps: Steps, parts: Parts, grids: tuple[Grid, Grid, LongArray],
    classes: _Classes, flows: _Programme, row_of_run: LongArray,
) -> Schedule:  # fmt: skip
    grid, chosen, alike = grids
    solution, columns, room = flows.programme.solution, flows.columns, flows._room
    n, step_h = len(sessions), steps.step_h
    m = classes.cars.size
    # each part of a stretch that is like another one does what the same part of the other does
    edges = np.searchsorted(chosen.stretch, np.arange(alike.size + 1))
    own = np.searchsorted(grid.stretch, np.arange(alike.size))
    source = edges[alike[grid.stretch]] + np.arange(grid.n_windows) - own[grid.stretch]
    depth = np.diff(grid.part_pointer)
    place = np.repeat(chosen.part_pointer[source] - grid.part_pointer[:-1], depth) + np.arange(grid.part.size)
    of, window = np.empty(grid.part.size, np.int64), np.empty(grid.part.size, np.int64)
    of[grid.part] = classes.of_part[chosen.part[place]]
    window[grid.part] = np.repeat(np.arange(grid.n_windows), depth)
    given = np.bincount(flows.of, solution[flows.given], minlength=m)
    lacking = solution[flows.unserved] / np.where(classes.need_kwh > 0, classes.need_kwh, 1.0)
    lacking = np.where(lacking > _FULL, lacking, 0.0)
    cars = parts.cars
    fed_back = cars * (given / classes.cars)[of]
    need = cars * sessions.need_kwh[parts.session]
    delivered = need * (1.0 - lacking[of])
    worth = site.efficiency * (1.0 - site.standby_kw / parts.cap_kw)
    drawn = (delivered + fed_back / site.efficiency) / worth
    busy = np.flatnonzero(solution[flows.drawn] + solution[flows.given] > _FULL * classes.cars[flows.of])
    first, last = np.full(m, np.iinfo(np.int64).max), np.full(m, -1)
    offset = flows.entry - chosen.pointer[classes.window][flows.of]
    np.minimum.at(first, flows.of[busy], offset[busy])
    np.maximum.at(last, flows.of[busy], offset[busy])
    on = np.flatnonzero(last[of] >= 0)
    begin_at, end_at = (grid.pointer[window[on]] + at[of[on]] for at in (first, last))
    begin, finish = np.full(n, np.inf), np.full(n, -np.inf)
    session = parts.session
    np.minimum.at(begin, session[on], np.maximum(grid.step[begin_at] * step_h, parts.taken_h[on]))
    stop = (grid.step[end_at] + grid.runs.count[grid.run[end_at]]) * step_h
    np.maximum.at(finish, session[on], np.minimum(stop, parts.depart_h[on]))
    power = solution[columns.charged] / room.hours
    load = programmes.in_steps(grid.runs.first, grid.runs.count, power[row_of_run], steps.count)
    working = np.flatnonzero(np.abs(load) > 0)

    def by_session(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(session, values, minlength=n), np.float64)

    # sessions without a point are not served at all
    all_need = sessions.need_of_all_kwh
    got = by_session(delivered)
    unserved = np.where(all_need - got > _FULL * all_need, all_need - got, 0.0)
    storage = np.zeros(1)
    most = classes.cars[flows.of] * chosen.cap_kw[classes.window][flows.of] * chosen.hours[flows.entry]
    burns = programmes.does_burn(solution[flows.drawn], solution[flows.given], most)
    if columns.stored.size:
        half = columns.stored.size // 2
        into, out = solution[columns.stored[:half]], solution[columns.stored[half:]]
        burns |= programmes.does_burn(into, out, site.supply.battery.power_kw * room.hours)  # type: ignore[union-attr]
        stored = (into - out) / room.hours
        storage = programmes.in_steps(grid.runs.first, grid.runs.count, stored[row_of_run], steps.count)
    return Schedule(
        start_h=np.asarray(working * step_h, np.float64),
        end_h=np.asarray((working + 1) * step_h, np.float64),
        power_kw=load[working],
        drawn_kwh=by_session(drawn),
        charging_h=by_session(drawn / parts.cap_kw),
        delivered_kwh=np.where(unserved > 0, got, all_need),
        unserved_kwh=unserved,
        waiting_h=np.maximum(parts.waiting_h, 0.0),
        begin_h=np.where(np.isfinite(begin), begin, np.nan),
        finish_h=np.where(np.isfinite(finish), finish, np.nan),
        fed_back_kwh=by_session(fed_back),
        storage_kw=storage,
        assumptions=_assumptions(site, classes, kept_in=bool(flows.kept_in.any()), burns=burns),
        unsettled=parts.unsettled,
    )


def _assumptions(site: ChargingSite, classes: _Classes, *, kept_in: bool, burns: bool) -> tuple[str, ...]:
    told = [
        programmes.TURNS,
        f"cars give back down to {LEAST_STATE_SHARE:.0%} of their battery, at no more than their charging power",
    ]
    if classes.needs_per_window:
        told.append(
            f"cars of a window are taken together in {classes.needs_per_window} classes of need of equal width, by "
            "their mean need, battery and state"
        )
    if kept_in:
        told.append(programmes.KEPT_IN)
    if burns:
        told.append(programmes.BURNT)
    if site.points is not None and site.release != "departure":
        told.append(programmes.HELD)
    return tuple(told)
