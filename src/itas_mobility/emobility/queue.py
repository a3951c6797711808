"""The queue at the charging points: cars, or groups of expected cars, that take points in order of arrival.

A group may have a fraction of a car, so points are shared like a fluid: whatever is free is taken by those who came
first, and those who came at the same time start in equal shares. Cars one by one go in order of arrival and row.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.kernels import charging as kernels
from itas_mobility.kernels.charging_queue import Line, take_points

_TOGETHER_H: Final = 1e-9
"""Difference of arrivals within which groups come together: more than rounding, less than a clock tells."""
_RELEASE: Final = {"full": kernels.FULL, "departure": kernels.DEPARTURE, "fee": kernels.FEE}


@dataclass(frozen=True, eq=False)
class Started:
    """Cars that took points together; several rows of a group that did so bit by bit."""

    row: LongArray
    """Of the sessions."""
    start_h: FloatArray
    """When they took their points."""
    cars: FloatArray
    power_kw: FloatArray
    """Greatest power of each: the lesser of car and point."""


def cars_of(sessions: ChargingSessions, owner: LongArray) -> kernels.Cars:
    """Sessions as compiled loops take them.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars or groups.
    owner : ndarray of shape (n_sessions,)
        Label of each, from 0; power is told by label.

    Returns
    -------
    kernels.Cars
        Rows as given.
    """
    state, battery = sessions.arrival_state_share, sessions.battery_kwh
    n = len(sessions)
    return kernels.Cars(
        sessions.arrive_h,
        sessions.depart_h,
        sessions.need_kwh,
        sessions.power_kw,
        sessions.least_kw,
        np.zeros(n) if state is None else state,
        np.full(n, np.inf) if battery is None else battery,
        sessions.each_cars,
        owner,
    )


def points_of(site: ChargingSite) -> kernels.Points:
    """Charging points of a site by kinds of equal power, the strongest first.

    Parameters
    ----------
    site : ChargingSite
        Points and losses.

    Returns
    -------
    kernels.Points
        With unlimited points one kind that holds for all.
    """
    power, count = np.unique(site.point_power_kw, return_counts=True)
    return kernels.Points(
        power=power[::-1].copy(),
        amount=count[::-1].astype(np.int64),
        limited=site.points is not None,
        release=_RELEASE[site.release],
        fee_after=float(site.fee_after_h) if site.release == "fee" else 0.0,
        efficiency=float(site.efficiency),
        standby=float(site.standby_kw),
    )


def rows_of(cars: kernels.Cars, rows: LongArray) -> kernels.Cars:
    """Some rows of cars.

    Parameters
    ----------
    cars : kernels.Cars
        All.
    rows : ndarray of int64
        Which, in which order.

    Returns
    -------
    kernels.Cars
        Those.
    """
    return kernels.Cars(*(column[rows] for column in cars))


def in_line(
    cars: kernels.Cars, points: kernels.Points, *, one_by_one: bool, raster_h: float, delay_h: float = 0.0
) -> tuple[LongArray, Line]:
    """Who queues for points, in order of arrival.

    A car that needs nothing, stays no time or is too weak for its own control takes no point.

    Parameters
    ----------
    cars : kernels.Cars
        Cars or groups.
    points : kernels.Points
        Of the site.
    one_by_one : bool
        Whether each row is a car that takes a whole point; those who come at one moment go in order of rows.
    raster_h : float
        Time between moments at which points of full cars pass on.
    delay_h : float, default=0.0
        Time by which they do so later.

    Returns
    -------
    rows : ndarray of int64
        Rows of `cars` in the order of the line.
    line : Line
        Before the first moment.
    """
    strongest = np.minimum(cars.power, points.power.max(initial=0.0))
    queues = (cars.number > 0) & (cars.need > 0) & (cars.depart > cars.arrive) & (strongest > points.standby)
    rows = np.flatnonzero(queues)
    arrive = cars.arrive[rows]
    if one_by_one:
        order = np.argsort(arrive, kind="stable")
        rows, arrive = rows[order], arrive[order]
        cohort = np.arange(rows.size)
    else:
        order = np.argsort(arrive, kind="stable")
        cohort = np.empty(rows.size, np.int64)
        cohort[order] = np.cumsum(np.diff(arrive[order], prepend=arrive[order][:1]) > _TOGETHER_H)
        order = np.lexsort((cars.depart[rows], cohort))
        rows, arrive, cohort = rows[order], arrive[order], cohort[order]
    depart, number = cars.depart[rows], cars.number[rows]
    first = np.append(np.flatnonzero(np.diff(cohort, prepend=-1)), rows.size).astype(np.int64)
    leave, leave_of = np.unique(depart, return_inverse=True) if points.limited else (np.zeros(0), np.zeros(0))
    has_rasters = points.limited and points.release != kernels.DEPARTURE
    n_later = int(np.ceil(depart.max(initial=0.0) / raster_h)) + 2 if has_rasters else 0
    n_cohorts, n_kinds = first.size - 1, points.power.size
    line = Line(
        at=np.maximum.reduceat(arrive, first[:-1]) if n_cohorts else np.zeros(0),
        first=first,
        depart=depart,
        behind=_sums_behind(number, first),
        leave=leave,
        leave_of=leave_of.astype(np.int64),
        is_limited=points.limited,
        raster=raster_h,
        delay=delay_h,
        share=np.zeros(n_cohorts),
        gone=first[:-1].copy(),
        head=np.zeros(1, np.int64),
        next=np.zeros(3, np.int64),
        free=points.amount.astype(np.float64),
        free_on_leaving=np.zeros((leave.size, n_kinds)),
        free_later=np.zeros((n_later, n_kinds)),
    )
    return rows, line


def held_until_departure(cars: kernels.Cars, points: kernels.Points, *, one_by_one: bool) -> Started:
    """Who takes which point when, where all are held until departure, whatever the site's own rule.

    Parameters
    ----------
    cars : kernels.Cars
        Cars or groups.
    points : kernels.Points
        Of the site.
    one_by_one : bool
        Whether each row is a car that takes a whole point.

    Returns
    -------
    Started
        In order of time; without cars that take no point (see `in_line`).
    """
    held = points._replace(release=kernels.DEPARTURE, fee_after=0.0)
    rows, line = in_line(cars, held, one_by_one=one_by_one, raster_h=1.0)
    mine = rows_of(cars, rows)
    group, kind, start, number = take_points(line, mine, np.zeros((rows.size, held.power.size)), held)
    return Started(rows[group], start, number, np.minimum(mine.power[group], held.power[kind]))


def _sums_behind(number: FloatArray, first: LongArray) -> FloatArray:
    """Sum of each value and those after it in its part; parts are summed apart, so that none bears others' rounding."""
    if number.size == first.size - 1:
        return number
    sums = np.empty(number.size)
    for begin, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        sums[begin:end] = number[begin:end][::-1].cumsum()[::-1]
    return sums
