"""The queue at charging points as a fluid: groups of cars, whole or not, take points as they come.

All groups that come at one moment are a *cohort*. Of those of its cars that have not left, the same share has a point,
whatever their need: so the queue is settled by cohort, and needs no order among rows. A car that is a cohort of its own
takes a whole point.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.charging import DEPARTURE

NOTHING = 1e-12
"""Points below which rounding is left of a difference."""
ARRIVAL, LEAVE, LATER = 0, 1, 2
"""Kinds of moments, in `Line.next`."""


class Line(NamedTuple):
    """Cohorts in order of arrival, and points that are free, now and later."""

    at: np.ndarray
    """float64[n_cohorts]: when each comes."""
    first: np.ndarray
    """int64[n_cohorts + 1]: its groups, which lie in order of departure."""
    depart: np.ndarray
    """float64[n]: when each group leaves."""
    behind: np.ndarray
    """float64[n]: cars of the group and of those of its cohort that leave later."""
    leave: np.ndarray
    """float64[n_leave]: moments at which somebody leaves, rising; none where every car has a point."""
    leave_of: np.ndarray
    """int64[n]: that of each group."""
    is_limited: bool
    """False gives each car a point."""
    raster: float
    """Hours between the moments at which points of full cars pass on."""
    delay: float
    """Hours by which they are later than whole rasters."""
    share: np.ndarray
    """float64[n_cohorts], changes: of the cars that have not left, those that have a point."""
    gone: np.ndarray
    """int64[n_cohorts], changes: first group that has not left."""
    head: np.ndarray
    """int64[1], changes: first cohort of which some wait."""
    next: np.ndarray
    """int64[3], changes: next moment of each kind."""
    free: np.ndarray
    """float64[n_kinds], changes: points of each kind that are free."""
    free_on_leaving: np.ndarray
    """float64[n_leave, n_kinds], changes: points that are free from each leave on."""
    free_later: np.ndarray
    """float64[n_later, n_kinds], changes: points that are free from each raster on."""


class Starts(NamedTuple):
    """Shares of cohorts that take points at one moment."""

    cohort: np.ndarray
    """int64[n_cohorts * n_kinds]."""
    kind: np.ndarray
    """int64: kind of points."""
    share: np.ndarray
    """float64: of the cars of the cohort that have not left."""


@kernel(internal=True)
def next_moment(line):
    """When something happens next in the queue; infinite where nothing does any more.

    Parameters
    ----------
    line : Line

    Returns
    -------
    float
        Hours.
    """
    now = np.inf
    if line.next[ARRIVAL] < line.at.size:
        now = line.at[line.next[ARRIVAL]]
    if line.next[LEAVE] < line.leave.size:
        now = min(now, line.leave[line.next[LEAVE]])
    if line.next[LATER] < line.free_later.shape[0]:
        now = min(now, line.next[LATER] * line.raster + line.delay)
    return now


@kernel(internal=True)
def start(line, now, starts):
    """Free what is free from a moment on, and give it to those who wait, first come first served.

    Parameters
    ----------
    line : Line
        Changed.
    now : float
        The next moment.
    starts : Starts
        Out: who takes points. Groups that have left since have none of it.

    Returns
    -------
    int
        Number of `starts`.
    """
    _free_until(line, now)
    count, cohort, n_cohorts = 0, line.head[0], line.at.size
    n_kinds = line.free.size if line.is_limited else 1
    while cohort < n_cohorts and line.at[cohort] <= now:
        group, end = line.gone[cohort], line.first[cohort + 1]
        while group < end and line.depart[group] <= now:
            group += 1
        line.gone[cohort] = group
        if group < end:
            here = line.behind[group]
            for kind in range(n_kinds):
                waiting = here * (1.0 - line.share[cohort])
                if waiting <= 0.0:
                    break
                taken = min(line.free[kind], waiting) if line.is_limited else waiting
                if taken < waiting and taken <= NOTHING:
                    continue
                share = 1.0 - line.share[cohort] if taken >= waiting else taken / here
                starts.cohort[count], starts.kind[count], starts.share[count] = cohort, kind, share
                count += 1
                line.share[cohort] = 1.0 if taken >= waiting else line.share[cohort] + share
                if line.is_limited:
                    line.free[kind] -= taken
            if line.share[cohort] < 1.0:
                break
        cohort += 1
    line.head[0] = cohort
    return count


@kernel
def _free_until(line, now):
    """Points that are free by now; the moments are passed."""
    while line.next[ARRIVAL] < line.at.size and line.at[line.next[ARRIVAL]] <= now:
        line.next[ARRIVAL] += 1
    while line.next[LEAVE] < line.leave.size and line.leave[line.next[LEAVE]] <= now:
        for kind in range(line.free.size):
            line.free[kind] += line.free_on_leaving[line.next[LEAVE], kind]
        line.next[LEAVE] += 1
    while line.next[LATER] < line.free_later.shape[0] and line.next[LATER] * line.raster + line.delay <= now:
        for kind in range(line.free.size):
            line.free[kind] += line.free_later[line.next[LATER], kind]
        line.next[LATER] += 1


@kernel(allocates=True)
def take_points(line, cars, full_after, points):
    """Let groups take points in order of arrival, and charge at full power.

    Parameters
    ----------
    line : Line
        Changed.
    cars : Cars
        Groups in the order of the line.
    full_after : float64[n, n_kinds]
        Hours in which each group fills at each kind of points.
    points : Points

    Returns
    -------
    group, kind : int64[n_parts]
        Parts of groups that took points, and what kind of them.
    begin, number : float64[n_parts]
        When, and how many cars.
    """
    size, n = max(16, 2 * cars.need.size), 0
    group, kind, begin, number = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size), np.empty(size)
    n_starts = line.at.size * max(1, line.free.size)
    starts = Starts(np.empty(n_starts, np.int64), np.empty(n_starts, np.int64), np.empty(n_starts))
    fee_after = points.fee_after if points.release != DEPARTURE else 0.0
    while True:
        now = next_moment(line)
        if now == np.inf:
            break
        for s in range(start(line, now, starts)):
            cohort, k = starts.cohort[s], starts.kind[s]
            for g in range(line.gone[cohort], line.first[cohort + 1]):
                if n == size:
                    size *= 2
                    group, kind, begin, number = _grown(group), _grown(kind), _grown(begin), _grown(number)
                group[n], kind[n], begin[n] = g, k, now
                number[n] = cars.number[g] * starts.share[s]
                if line.is_limited:
                    later = line.free_later.shape[0]
                    if points.release != DEPARTURE:
                        # a moment that is a raster but for rounding is that raster
                        end = min(now + full_after[g, k] + fee_after, line.depart[g])
                        later = max(line.next[LATER], int(np.ceil(end / line.raster - 1e-9)))
                    if later < line.free_later.shape[0] and later * line.raster < line.depart[g]:
                        line.free_later[later, k] += number[n]
                    else:
                        line.free_on_leaving[line.leave_of[g], k] += number[n]
                n += 1
    return group[:n].copy(), kind[:n].copy(), begin[:n].copy(), number[:n].copy()


@kernel(allocates=True)
def _grown(values):
    """An array twice as long that begins with the given one."""
    more = np.empty(2 * values.size, values.dtype)
    for k in range(values.size):
        more[k] = values[k]
    return more
