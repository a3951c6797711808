"""The queue of groups of expected cars at equal points that are held until departure.

A group may have a fraction of a car, so points are shared like a fluid: whatever is free is taken by those who came
first, and those who came at the same time start in equal shares. All groups that arrive at one moment are a *cohort*;
of those of its cars that have not yet left, the same share is charging, whatever their need. So the queue is settled by
cohort and time of departure, and needs no order among rows.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from itas_mobility.core.columns import FloatArray, LongArray

_NOTHING = 1e-12
"""Cars and points below which rounding is left of a difference."""


@dataclass(frozen=True)
class Started:
    """Parts of groups that took points; several rows of a group that did so bit by bit."""

    group: LongArray
    start_h: FloatArray
    """When the part took its points."""
    cars: FloatArray


@dataclass
class _Cohort:
    """Cars that arrive together."""

    row: int
    arrive_h: float
    share: float = 0.0
    """Of the cars that have not left, those that have a point."""
    starts: list[tuple[float, float]] = field(default_factory=list)
    """When a share of all got points, and how much."""


def queue_of_groups(arrive_h: FloatArray, depart_h: FloatArray, cars: FloatArray, points: int | None) -> Started:
    """Let groups take points in order of arrival; each is held until departure.

    Parameters
    ----------
    arrive_h, depart_h : ndarray of shape (n,)
        Departure not before arrival.
    cars : ndarray of shape (n,)
        Expected cars of each group; 0 takes no part.
    points : int or None
        Number of points; None gives every car one.

    Returns
    -------
    Started
        Who took points when.
    """
    rows = np.flatnonzero((cars > 0) & (depart_h > arrive_h)).astype(np.int64)
    if points is None or float(cars[rows].sum()) <= points:
        return Started(rows, arrive_h[rows], cars[rows])
    arrivals, cohort_of = np.unique(arrive_h[rows], return_inverse=True)
    departures, departure_of = np.unique(depart_h[rows], return_inverse=True)
    size = np.zeros((arrivals.size, departures.size))
    np.add.at(size, (cohort_of, departure_of), cars[rows])
    starts = _follow(arrivals, departures, size, float(points))
    pieces = [(rows[cohort_of == k], start, share) for k, got in enumerate(starts) for start, share in got]
    pieces = [(row[depart_h[row] > start], start, share) for row, start, share in pieces]
    if not pieces:
        none = np.zeros(0)
        return Started(rows[:0], none, none)
    return Started(
        np.concatenate([row for row, _, _ in pieces]),
        np.concatenate([np.full(row.size, start) for row, start, _ in pieces]),
        np.concatenate([cars[row] * share for row, _, share in pieces]),
    )


def _follow(
    arrivals: FloatArray, departures: FloatArray, size: FloatArray, points: float
) -> list[list[tuple[float, float]]]:
    """Shares of each cohort that start, and when.

    Lists and not arrays: a moment has to do with a handful of cars.
    """
    # of each cohort, cars that leave at a departure or later; none after the last
    here = np.append(np.cumsum(size[:, ::-1], axis=1)[:, ::-1], np.zeros((arrivals.size, 1)), axis=1).tolist()
    leaving = [[(int(k), float(size[k, d])) for k in np.flatnonzero(size[:, d])] for d in range(departures.size)]
    cohorts = [_Cohort(k, at) for k, at in enumerate(arrivals.tolist())]
    leaves_h = departures.tolist()
    free, gone = points, 0
    for now in np.unique(np.concatenate([arrivals, departures])).tolist():
        departure = bisect_right(leaves_h, now)
        for d in range(gone, departure):
            free += sum(cars * cohorts[k].share for k, cars in leaving[d])
        gone = departure
        free = _serve(cohorts, now, here, departure, free)
    return [cohort.starts for cohort in cohorts]


def _serve(cohorts: list[_Cohort], now: float, here: list[list[float]], departure: int, free: float) -> float:
    """Give free points to those who wait, first come first served; returns what is left.

    `departure` is the first one after now: who leaves then or later is still here.
    """
    for cohort in cohorts:
        if free <= _NOTHING or cohort.arrive_h > now:
            break
        waiting = here[cohort.row][departure] * (1.0 - cohort.share)
        if waiting <= _NOTHING:
            continue
        taken = min(free, waiting)
        share = taken / here[cohort.row][departure] if taken < waiting else 1.0 - cohort.share
        cohort.share += share
        cohort.starts.append((max(now, cohort.arrive_h), share))
        free -= taken
    return free
