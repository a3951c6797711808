"""Stretches of time without cars between them: each is followed by itself, and equal ones once."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.emobility.charging.strategy import Schedule
from itas_mobility.emobility.queue import rows_of
from itas_mobility.kernels.charging import Cars

_SAME_H: Final = 1e-9
"""Difference of times that is rounding: less than a clock tells."""


class Followed(NamedTuple):
    """What following cars in time gives: intervals of even power, and what each session got, of all its cars."""

    start_h: FloatArray
    end_h: FloatArray
    power_kw: FloatArray
    owner: LongArray
    """Label of those who charge in each interval."""
    drawn_kwh: FloatArray
    charging_h: FloatArray
    delivered_kwh: FloatArray
    unserved_kwh: FloatArray
    waiting_h: FloatArray
    """Mean of the cars of each session."""
    begin_h: FloatArray
    finish_h: FloatArray

    def schedule(self, assumptions: tuple[str, ...] = ()) -> Schedule:
        """As a strategy tells it.

        Parameters
        ----------
        assumptions : tuple of str
            What was taken for granted.

        Returns
        -------
        Schedule
            Without the owners.
        """
        columns = self._asdict()
        del columns["owner"]
        return Schedule(**columns, assumptions=assumptions)


FollowCars: TypeAlias = Callable[[Cars, FloatArray], Followed]
"""From cars, whose times count from the first step of their stretch, and what is free in each step from there on."""


def by_stretch(follow: FollowCars, cars: Cars, free_kw: FloatArray, step_h: float, *, reuse: bool = True) -> Followed:
    """Follow each stretch of time by itself, and those that equal another one not again.

    Stretches end where all cars have left before the step in which the next one comes. Two are equal if they lie whole
    steps apart, with equal cars in the same order, and as much power is free.

    Parameters
    ----------
    follow : callable
        Follows cars in time.
    cars : Cars
        Of all stretches.
    free_kw : ndarray of shape (n_steps,)
        What all may draw in each step; repeats after its end.
    step_h : float
        Length of a step.
    reuse : bool, default=True
        Whether equal stretches are followed once.

    Returns
    -------
    Followed
        Rows as given.
    """
    known: dict[tuple[int, int], list[tuple[list[FloatArray], Followed]]] = {}
    parts: list[Followed] = []
    all_rows: list[LongArray] = []
    for rows, first, last in _stretches(cars, step_h):
        mine, offset_h = rows_of(cars, rows), first * step_h
        lowest = int(mine.owner.min())
        mine = mine._replace(arrive=mine.arrive - offset_h, depart=mine.depart - offset_h, owner=mine.owner - lowest)
        free = free_kw[np.arange(first, last) % free_kw.size]
        same = [*mine, free]
        alike = known.setdefault((rows.size, free.size), [])
        found = next((done for columns, done in alike if _equal(columns, same)), None) if reuse else None
        if found is None:
            found = follow(mine, free)
            alike.append((same, found))
        parts.append(_moved(found, offset_h, lowest))
        all_rows.append(rows)
    return _joined(parts, all_rows, cars.need.size)


def _stretches(cars: Cars, step_h: float) -> list[tuple[LongArray, int, int]]:
    """Rows of each stretch, rising, with the step in which it begins and that before which it ends."""
    if cars.need.size == 0:
        return []
    order = np.argsort(cars.arrive, kind="stable")
    first = np.floor(cars.arrive[order] / step_h).astype(np.int64)
    last = np.maximum.accumulate(np.ceil(cars.depart[order] / step_h).astype(np.int64))
    cuts = [0, *(np.flatnonzero(first[1:] >= last[:-1]) + 1).tolist(), order.size]
    return [
        (np.sort(order[begin:end]), int(first[begin]), max(int(last[end - 1]), int(first[begin]) + 1))
        for begin, end in pairwise(cuts)
    ]


def _equal(one: list[FloatArray], other: list[FloatArray]) -> bool:
    """Whether all columns are equal, times (which come first) but for rounding."""
    times = all(bool((np.abs(a - b) <= _SAME_H).all()) for a, b in zip(one[:2], other[:2], strict=True))
    return times and all(np.array_equal(a, b) for a, b in zip(one[2:], other[2:], strict=True))


def _moved(done: Followed, offset_h: float, lowest: int) -> Followed:
    return done._replace(
        start_h=done.start_h + offset_h,
        end_h=done.end_h + offset_h,
        owner=done.owner + lowest,
        begin_h=done.begin_h + offset_h,
        finish_h=done.finish_h + offset_h,
    )


def _joined(parts: list[Followed], all_rows: list[LongArray], n: int) -> Followed:
    """One after the other; what each session got in the order of the sessions."""
    if len(parts) == 1:
        return parts[0]
    none, nobody = np.zeros(0), np.zeros(0, np.int64)
    intervals = [np.concatenate([nobody if k == 3 else none, *(part[k] for part in parts)]) for k in range(4)]
    rows = np.concatenate([nobody, *all_rows])
    columns = []
    for k in range(4, len(Followed._fields)):
        column = np.empty(n)
        column[rows] = np.concatenate([none, *(part[k] for part in parts)])
        columns.append(column)
    return Followed(*intervals, *columns)
