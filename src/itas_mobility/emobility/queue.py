"""The queue of groups of expected cars at equal points that are held until departure.

A group may have a fraction of a car, so points are shared like a fluid: whatever is free is taken by those who came
first, and those who came at the same time start in equal shares. All groups that arrive at one moment are a *cohort*;
of those of its cars that have not yet left, the same share is charging, whatever their need. So the queue is settled by
cohort and time of departure, and needs no order among rows.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import numpy as np

from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.units import SECONDS_PER_DAY

_NOTHING = 1e-12
"""Cars and points below which rounding is left of a difference."""


@dataclass(frozen=True)
class Started:
    """Parts of groups that took points; several rows of a group that did so bit by bit."""

    group: LongArray
    start_s: FloatArray
    """When the part took its points, on the clock of the day on which the group arrived."""
    cars: FloatArray
    settled: bool
    """Whether a day repeated the one before."""


@dataclass
class _Cohort:
    """Cars that arrive together on one day."""

    row: int
    arrive_s: float
    """On the clock of its own day."""
    offset_s: float
    """Midnight of that day."""
    share: float = 0.0
    """Of the cars that have not left, those that have a point."""
    starts: list[tuple[float, float]] = field(default_factory=list)
    """When, on the clock of its own day, a share of all got points, and how much."""


def queue_of_groups(
    arrive_s: FloatArray, depart_s: FloatArray, cars: FloatArray, points: int | None, max_days: int
) -> Started:
    """Let groups take points in order of arrival, on equal days until a day repeats the one before.

    Parameters
    ----------
    arrive_s, depart_s : ndarray of shape (n,)
        Arrival in [0, a day); departure not before it, at the most a day later.
    cars : ndarray of shape (n,)
        Expected cars of each group; 0 takes no part.
    points : int or None
        Number of points; None gives every car one.
    max_days : int
        Limit of days.

    Returns
    -------
    Started
        Who took points when.
    """
    rows = np.flatnonzero((cars > 0) & (depart_s > arrive_s)).astype(np.int64)
    if points is None or float(cars[rows].sum()) <= points:
        return Started(rows, arrive_s[rows], cars[rows], settled=True)
    arrivals, cohort_of = np.unique(arrive_s[rows], return_inverse=True)
    departures, departure_of = np.unique(depart_s[rows], return_inverse=True)
    size = np.zeros((arrivals.size, departures.size))
    np.add.at(size, (cohort_of, departure_of), cars[rows])
    starts, settled = _follow(arrivals, departures, size, float(points), max_days)
    pieces = [(rows[cohort_of == k], start, share) for k, got in enumerate(starts) for start, share in got]
    pieces = [(row[depart_s[row] > start], start, share) for row, start, share in pieces]
    if not pieces:
        none = np.zeros(0)
        return Started(rows[:0], none, none, settled)
    return Started(
        np.concatenate([row for row, _, _ in pieces]),
        np.concatenate([np.full(row.size, start) for row, start, _ in pieces]),
        np.concatenate([cars[row] * share for row, _, share in pieces]),
        settled,
    )


def _follow(
    arrivals: FloatArray, departures: FloatArray, size: FloatArray, points: float, max_days: int
) -> tuple[list[list[tuple[float, float]]], bool]:
    """Shares of each cohort that start, and when, on a day like the one before it.

    Lists and not arrays: a moment has to do with a handful of cars.
    """
    # of each cohort, cars that leave at a departure or later; none after the last
    here = np.append(np.cumsum(size[:, ::-1], axis=1)[:, ::-1], np.zeros((arrivals.size, 1)), axis=1).tolist()
    leaving = [[(int(k), float(size[k, d])) for k in np.flatnonzero(size[:, d])] for d in range(departures.size)]
    arrive = arrivals.tolist()
    free = points
    present: list[_Cohort] = []
    earlier: list[_Cohort] = []
    for day in range(max_days):
        offset = day * SECONDS_PER_DAY
        today = [_Cohort(k, arrive[k], offset) for k in range(arrivals.size)]
        # arrivals and departures of today's cars up to midnight, departures of yesterday's
        of_today, of_yesterday = departures + offset, departures + (offset - SECONDS_PER_DAY)
        times = np.unique(np.concatenate([arrivals + offset, of_today, of_yesterday]))
        times = times[(times >= offset) & (times < offset + SECONDS_PER_DAY)]
        days = (
            [(today, of_today.tolist())] if day == 0 else [(present, of_yesterday.tolist()), (today, of_today.tolist())]
        )
        for now in times.tolist():
            for cohorts, leaves_s in days:
                gone = range(bisect_left(leaves_s, now), bisect_right(leaves_s, now))
                free += sum(cars * cohorts[k].share for d in gone for k, cars in leaving[d])
            for cohorts, leaves_s in days:
                free = _serve(cohorts, now, here, bisect_right(leaves_s, now), free)
        if day > 1 and _alike(present, earlier):
            return [cohort.starts for cohort in present], True
        present, earlier = today, present
    return [cohort.starts for cohort in earlier], False


def _serve(cohorts: list[_Cohort], now: float, here: list[list[float]], departure: int, free: float) -> float:
    """Give free points to those of a day who wait, first come first served; returns what is left.

    `departure` is the first one after now: who leaves then or later is still here.
    """
    for cohort in cohorts:
        if free <= _NOTHING or cohort.arrive_s + cohort.offset_s > now:
            break
        waiting = here[cohort.row][departure] * (1.0 - cohort.share)
        if waiting <= _NOTHING:
            continue
        taken = min(free, waiting)
        share = taken / here[cohort.row][departure] if taken < waiting else 1.0 - cohort.share
        cohort.share += share
        cohort.starts.append((max(now - cohort.offset_s, cohort.arrive_s), share))
        free -= taken
    return free


def _alike(one: list[_Cohort], other: list[_Cohort]) -> bool:
    """Whether two days went alike; one that is over by now, and the one before it."""
    for a, b in zip(one, other, strict=True):
        if len(a.starts) != len(b.starts) or not np.allclose(a.starts, b.starts, rtol=1e-9, atol=1e-9):
            return False
    return True
