"""Charging sessions in continuous time: who gets which point when, and the power that makes in steps of the day."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel


class Cars(NamedTuple):
    """Cars that wish to charge, by arrival."""

    arrive: np.ndarray
    """float64[n]: rising, in [0, day) seconds."""
    depart: np.ndarray
    """float64[n]: not before `arrive`; may exceed the day."""
    need: np.ndarray
    """float64[n]: energy wanted in the battery, kWh."""
    power: np.ndarray
    """float64[n]: limit of the car at the grid side, kW."""


class Points(NamedTuple):
    """Charging points of a site."""

    power: np.ndarray
    """float64[n_points]: of each point, kW; with unlimited points one value that holds for all."""
    limited: bool
    """False gives each car a point of its own."""
    until_departure: bool
    """Whether a car holds its point until it departs, not only until it is full."""
    efficiency: float
    """Energy into the battery per energy from the grid."""


class Charging(NamedTuple):
    """When each car charges, and how."""

    start: np.ndarray
    end: np.ndarray
    """float64[n]: s after the midnight of the day of arrival; equal without charging."""
    power: np.ndarray
    """float64[n]: power while charging, kW."""


@kernel(allocates=True)
def first_come_first_served(cars, points, day, max_days, charging):
    """Let cars take points in order of arrival, on equal days until a day repeats the one before.

    A car takes the strongest point that is free when it arrives, else the one that is free first; it gives up at
    departure. A car over midnight holds its point against the next morning's cars.

    Parameters
    ----------
    cars : Cars
    points : Points
    day : float
        Length of the day, s.
    max_days : int
        Limit of days.
    charging : Charging
        Out: when each car charges on the last day.

    Returns
    -------
    bool
        Whether a day repeated the one before.
    """
    # of each point, when it is free again; time runs on over the days
    free = np.full(points.power.size, -np.inf)
    for repeat in range(max_days):
        same = _follow_day(cars, points, repeat * day, free, charging)
        if (same and repeat > 0) or not points.limited or cars.arrive.size == 0:
            return True
    return False


@kernel
def _follow_day(cars, points, offset, free, charging):
    """Cars of the day that begins at `offset`; returns whether all charge as is written in `charging` before."""
    same = True
    for i in range(cars.arrive.size):
        begin, stop, strength, point = _charging_of(cars, i, points, offset, free)
        if points.limited and strength > 0.0:
            free[point] = offset + (cars.depart[i] if points.until_departure else stop)
        as_before = abs(charging.start[i] - begin) < 1e-6 and abs(charging.end[i] - stop) < 1e-6
        same = same and as_before and charging.power[i] == strength
        charging.start[i] = begin
        charging.end[i] = stop
        charging.power[i] = strength
    return same


@kernel
def _charging_of(cars, i, points, offset, free):
    """When a car begins and stops to charge, at which power and point; power 0 where it does not."""
    arrive, depart = cars.arrive[i], cars.depart[i]
    if cars.need[i] <= 0.0:
        # a car that needs nothing neither waits nor takes a point
        return arrive, arrive, 0.0, -1
    point, begin = 0, arrive
    if points.limited:
        point, begin = _first_free(free, points.power, arrive, offset)
    strength = min(cars.power[i], points.power[point]) if point >= 0 else 0.0
    if strength <= 0.0 or begin >= depart:
        return depart, depart, 0.0, -1
    return begin, min(begin + 3600.0 * cars.need[i] / (points.efficiency * strength), depart), strength, point


@kernel
def _first_free(free, power, arrive, offset):
    """The point that is free first from `arrive` on, the strongest of these, and when; -1 without points."""
    best, begin = -1, arrive
    for p in range(free.size):
        at = max(arrive, free[p] - offset)
        if best < 0 or at < begin or (at == begin and power[p] > power[best]):
            best, begin = p, at
    return best, begin


@kernel
def power_in_steps(start, end, power, step, out):
    """Mean power of each step by overlap; what lies beyond the day counts at its beginning.

    Parameters
    ----------
    start, end : float64[n]
        Interval of each session, s; `start` not negative.
    power : float64[n]
        Power in it, kW.
    step : float
        Length of a step, s.
    out : float64[n_steps]
        Out: mean power of the steps of one day, kW.
    """
    out[:] = 0.0
    for i in range(start.size):
        first = int(start[i] // step)
        last = int(np.ceil(end[i] / step))
        for k in range(first, last):
            overlap = min(end[i], (k + 1) * step) - max(start[i], k * step)
            if overlap > 0.0:
                out[k % out.size] += power[i] * (overlap / step)
