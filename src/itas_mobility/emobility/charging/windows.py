"""Windows of time: cars that hold a point over the same hours with the same power, and the steps in which they do.

Cars of a window are decided together (see `kernels.charging_windows`). Steps that differ in nothing, neither in who is
present nor in any series that matters, are one *run*; whatever is drawn in a run is drawn evenly. Runs with cars in
between fall into *stretches*, apart from each other by moments without cars; stretches that are alike are solved once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.emobility.charging.repeating import MOST_COPIES
from itas_mobility.emobility.charging.strategy import Steps
from itas_mobility.emobility.queue import cars_of, held_until_departure, points_of, rows_of
from itas_mobility.kernels import charging_windows as kernels

_CLOCK_H: Final = 1e-9
"""Hours within which two times are one: a shift's end is not told to the millionth of a second."""
_DIGITS: Final = 11
"""Digits after the point to which stretches are compared; days that lie apart differ in the rounding of their hours."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Cars that hold points; several rows of a session that got them bit by bit."""

    session: LongArray
    taken_h: FloatArray
    depart_h: FloatArray
    cars: FloatArray
    cap_kw: FloatArray
    """Greatest power of each car at its point."""
    waiting_h: FloatArray
    """Of each session: until a point was taken, until departure where none was; mean of its cars."""
    unsettled: str = ""


@dataclass(frozen=True, eq=False)
class Runs:
    """Steps that are decided as one, in order of time within each stretch."""

    first: LongArray
    """First step of each."""
    count: LongArray
    """Its number of steps."""
    stretch: LongArray


@dataclass(frozen=True, eq=False)
class Grid:
    """Windows of all parts, the runs of steps in each, and stretches."""

    runs: Runs
    taken_h: FloatArray
    depart_h: FloatArray
    cap_kw: FloatArray
    """Of each window."""
    stretch: LongArray
    """Of each window; rising."""
    pointer: LongArray
    """Entries of each window: one for each of its runs."""
    run: LongArray
    hours: FloatArray
    """Of each entry: how long its cars are present."""
    step: LongArray
    """First step of each entry, not wrapped at the end of the horizon."""
    part: LongArray
    """Rows of parts by window, needs falling within each."""
    part_pointer: LongArray

    @property
    def n_windows(self) -> int:
        """Number of windows."""
        return self.cap_kw.size


def held_points(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Parts:
    """Give points to those who come first, until their departure.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Points; for groups of equal power where they are limited.
    steps : Steps
        Says whether the horizon repeats.

    Returns
    -------
    Parts
        Cars that have a point and can charge there; those that need nothing take none.
    """
    wanting = (sessions.need_kwh > 0) & (sessions.each_cars > 0)
    cap = site.car_kw(sessions.power_kw)
    if site.points is None:
        rows = np.flatnonzero(wanting & (cap > site.standby_kw) & (sessions.depart_h - sessions.arrive_h > _CLOCK_H))
        taken = (rows, sessions.arrive_h[rows], sessions.each_cars[rows], cap[rows])
        waits = np.where(wanting & (cap <= site.standby_kw), sessions.depart_h - sessions.arrive_h, 0.0)
        return Parts(*taken[:2], sessions.depart_h[rows], *taken[2:], waits)
    copies, horizon = (2, steps.horizon_h) if steps.is_repeating else (1, 0.0)
    overlaps = steps.is_repeating and bool((sessions.depart_h > steps.horizon_h).any())
    if not overlaps:
        return _take(sessions, site, np.zeros(1), wanting)
    while True:
        offsets = np.asarray(np.arange(copies) * horizon, np.float64)
        last, before = (_of_copy(_take(sessions, site, offsets[:k], wanting), len(sessions), k, horizon)
                        for k in (copies, copies - 1))  # fmt: skip
        if _alike(last, before):
            return last
        if copies >= MOST_COPIES:
            told = f"the queue did not settle into a horizon of {horizon:g} h that repeats within {copies} of them"
            return Parts(last.session, last.taken_h, last.depart_h, last.cars, last.cap_kw, last.waiting_h, told)
        copies *= 2


def _take(sessions: ChargingSessions, site: ChargingSite, offsets: FloatArray, wanting: BoolArray) -> Parts:
    """Who takes points, of horizons one after the other."""
    n, copies = len(sessions), offsets.size
    cars = rows_of(cars_of(sessions, np.zeros(n, np.int64)), np.tile(np.arange(n), copies))
    arrive = (sessions.arrive_h + offsets[:, None]).ravel()
    depart = (sessions.depart_h + offsets[:, None]).ravel()
    number = np.tile(np.where(wanting, sessions.each_cars, 0.0), copies)
    cars = cars._replace(arrive=arrive, depart=depart, number=number)
    started = held_until_departure(cars, points_of(site), one_by_one=sessions.cars is None)
    keep = depart[started.row] - started.start_h > _CLOCK_H
    rows, start, taken = started.row[keep], started.start_h[keep], started.cars[keep]
    stood = np.asarray(np.bincount(rows, taken * (start - arrive[rows]), minlength=arrive.size), np.float64)
    without = number - np.bincount(rows, taken, minlength=arrive.size)
    stood += np.where(without > _CLOCK_H * number, without, 0.0) * (depart - arrive)
    waiting = np.divide(stood, number, out=np.zeros(arrive.size), where=number > 0)
    return Parts(rows, start, depart[rows], taken, started.power_kw[keep], waiting)


def _of_copy(parts: Parts, n: int, k: int, horizon_h: float) -> Parts:
    """What the last of `k` horizons got."""
    offset = (k - 1) * horizon_h
    mine = parts.session >= (k - 1) * n
    return Parts(
        parts.session[mine] - (k - 1) * n,
        parts.taken_h[mine] - offset,
        parts.depart_h[mine] - offset,
        parts.cars[mine],
        parts.cap_kw[mine],
        parts.waiting_h[(k - 1) * n :],
    )


def _alike(one: Parts, other: Parts) -> bool:
    names = ("session", "taken_h", "cars", "cap_kw", "waiting_h")
    return all(
        getattr(one, name).shape == getattr(other, name).shape
        and np.allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-9)
        for name in names
    )


def windows_of(
    parts: Parts, need_h: FloatArray, steps: Steps, series: Mapping[str, FloatArray], *, is_whole: bool
) -> Grid:
    """Windows of parts, the runs of their steps, and the stretches into which they fall.

    Parameters
    ----------
    parts : Parts
        Cars with a point.
    need_h : ndarray of shape (n_parts,)
        Hours that each car needs at its greatest power.
    steps : Steps
        Of the horizon.
    series : mapping of str to ndarray of shape (n_steps,)
        All that distinguishes steps besides who is present.
    is_whole : bool
        Whether all steps are decided together, with cars or without, as one stretch.

    Returns
    -------
    Grid
        The same for any order of the parts.
    """
    n, step_h = steps.count, steps.step_h
    keys = np.stack([np.round(parts.taken_h, 9), np.round(parts.depart_h, 9), parts.cap_kw], axis=1)
    _, one, of_part = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    taken, depart, cap = parts.taken_h[one], parts.depart_h[one], parts.cap_kw[one]
    begin = np.floor(taken / step_h + _CLOCK_H).astype(np.int64)
    end = np.ceil(depart / step_h - _CLOCK_H).astype(np.int64)  # step after the last
    present, crossed = _cover(begin, end, n), _cover(begin, end - 1, n)
    start = 0 if is_whole or crossed.all() else int(np.flatnonzero(~crossed)[0] + 1) % n
    order = (start + np.arange(n)) % n
    is_used = np.ones(n, bool) if is_whole else present[order]
    breaks = _breaks(taken, depart, begin, end, steps)[order]
    for values in series.values():
        breaks[1:] |= values[order][1:] != values[order][:-1]
    apart = np.zeros(n, bool) if is_whole else ~crossed[order - 1]
    apart[0] = True
    breaks |= apart
    heads = np.flatnonzero(breaks & is_used)
    label = np.cumsum(breaks & is_used) - 1  # run of each step in order
    stretch_of_step = np.cumsum(apart & is_used) - 1 if not is_whole else np.zeros(n, np.int64)
    runs = Runs(
        order[heads], np.bincount(label[is_used], minlength=heads.size).astype(np.int64), stretch_of_step[heads]
    )

    def numbered(step: LongArray) -> LongArray:
        wraps, position = np.divmod(step - start, n)
        return np.asarray(wraps * heads.size + label[position], np.int64)

    first = numbered(begin)
    counts = numbered(end - 1) - first + 1
    pointer = np.append(0, np.cumsum(counts)).astype(np.int64)
    of_window = np.repeat(np.arange(cap.size), counts)
    numbers = first[of_window] + np.arange(pointer[-1]) - pointer[of_window]
    run = numbers % max(1, heads.size)
    # the first step of an entry as the window counts it, from its own beginning on
    step = begin[of_window] + (runs.first[run] - begin[of_window]) % n
    is_again = np.append(False, (np.diff(step) <= 0) & (np.diff(of_window) == 0))
    step = step + n * is_again
    low, high = step * step_h, (step + runs.count[run]) * step_h
    hours = np.minimum(depart[of_window], high) - np.maximum(taken[of_window], low)
    by_window = np.lexsort((parts.session, parts.cars, -need_h, of_part))
    part_pointer = np.append(0, np.cumsum(np.bincount(of_part, minlength=cap.size))).astype(np.int64)
    stretch = runs.stretch[run[pointer[:-1]]] if cap.size else np.zeros(0, np.int64)
    rows = np.argsort(stretch, kind="stable")
    grid = Grid(runs, taken, depart, cap, stretch, pointer, run, hours, step, by_window, part_pointer)
    return grid if (np.diff(rows) == 1).all() else _chosen(grid, rows)


def _cover(begin: LongArray, end: LongArray, n: int) -> BoolArray:
    """Steps of a circle that some range covers."""
    change = np.zeros(3 * n + 2, np.int64)
    np.add.at(change, begin, 1)
    np.add.at(change, np.maximum(end, begin), -1)
    covered = np.cumsum(change)[: 3 * n].reshape(3, n)
    return np.asarray((covered > 0).any(axis=0))


def _breaks(taken: FloatArray, depart: FloatArray, begin: LongArray, end: LongArray, steps: Steps) -> BoolArray:
    """Steps that differ from the one before them in who is present, and how long."""
    n, step_h = steps.count, steps.step_h
    breaks = np.zeros(n, bool)
    breaks[begin % n] = True
    breaks[end % n] = True
    late = taken - begin * step_h > _CLOCK_H
    early = end * step_h - depart > _CLOCK_H
    breaks[(begin[late] + 1) % n] = True
    breaks[(end[early] - 1) % n] = True
    return breaks


def _chosen(grid: Grid, rows: LongArray) -> Grid:
    """A grid of the given windows only, in their order; its runs stay."""
    entry, pointer = _gather(grid.pointer, rows)
    part, part_pointer = _gather(grid.part_pointer, rows)
    return Grid(
        grid.runs, grid.taken_h[rows], grid.depart_h[rows], grid.cap_kw[rows], grid.stretch[rows], pointer,
        grid.run[entry], grid.hours[entry], grid.step[entry], grid.part[part], part_pointer,
    )  # fmt: skip


def _gather(pointer: LongArray, rows: LongArray) -> tuple[LongArray, LongArray]:
    """Elements of the given rows of a ragged array, and the pointer to them."""
    counts = np.diff(pointer)[rows]
    new = np.append(0, np.cumsum(counts)).astype(np.int64)
    return np.repeat(pointer[rows] - new[:-1], counts) + np.arange(new[-1]), new


def alike_stretches(grid: Grid, columns: tuple[FloatArray, ...], series: Mapping[str, FloatArray]) -> LongArray:
    """For each stretch the first one that is like it in all that matters, itself where there is none.

    Parameters
    ----------
    grid : Grid
        Windows and stretches.
    columns : tuple of ndarray of shape (n_parts,)
        All that distinguishes the cars of a window.
    series : mapping of str to ndarray of shape (n_steps,)
        All that distinguishes steps.

    Returns
    -------
    ndarray of shape (n_stretches,)
        Numbers of stretches.
    """
    count = int(grid.runs.stretch.max(initial=-1)) + 1
    known: dict[bytes, int] = {}
    alike = np.zeros(count, np.int64)
    run_edges = np.searchsorted(grid.runs.stretch, np.arange(count + 1))
    window_edges = np.searchsorted(grid.stretch, np.arange(count + 1))
    values = np.stack([*series.values()]) if series else np.zeros((0, 1))
    for s in range(count):
        runs = slice(run_edges[s], run_edges[s + 1])
        windows = np.arange(window_edges[s], window_edges[s + 1])
        entry, pointer = _gather(grid.pointer, windows)
        part, part_pointer = _gather(grid.part_pointer, windows)
        rows = grid.part[part]
        exact = (grid.runs.count[runs], pointer, part_pointer, grid.run[entry] - run_edges[s], grid.cap_kw[windows])
        near = (values[:, grid.runs.first[runs]], grid.hours[entry], *(column[rows] for column in columns))
        key = b"|".join([*(x.tobytes() for x in exact), *(np.round(x, _DIGITS).tobytes() for x in near)])
        alike[s] = known.setdefault(key, s)
    return alike


def windows_for_kernels(grid: Grid, need_h: FloatArray, cars: FloatArray) -> kernels.Windows:
    """Windows as compiled loops take them.

    Parameters
    ----------
    grid : Grid
        Windows.
    need_h, cars : ndarray of shape (n_parts,)
        Of the parts.

    Returns
    -------
    Windows
        Parts by window.
    """
    return kernels.Windows(grid.pointer, grid.hours, grid.part_pointer, need_h[grid.part], cars[grid.part])


def of_stretches(grid: Grid, wanted: BoolArray) -> Grid:
    """A grid of the windows of some stretches; all runs stay.

    Parameters
    ----------
    grid : Grid
        Windows of all stretches.
    wanted : ndarray of bool, shape (n_stretches,)
        Which ones to keep.

    Returns
    -------
    Grid
        Of the windows of these.
    """
    return _chosen(grid, np.flatnonzero(wanted[grid.stretch]))
