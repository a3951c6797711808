"""Charging sessions in continuous time: who gets which point when, and the power that makes in steps of the day."""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel(allocates=True)
def first_come_first_served(
    arrive, depart, need, car_power, point_power, limited, until_departure, efficiency, day, max_days, start, end, power
):
    """Let sessions take points in order of arrival, on equal days until a day repeats the one before.

    A session takes the strongest point that is free when it arrives, else the one that is free first; it gives up at
    departure. A car over midnight holds its point against the next morning's cars.

    Parameters
    ----------
    arrive : float64[n]
        Rising, in [0, day) seconds.
    depart : float64[n]
        Not before `arrive`; may exceed `day`.
    need : float64[n]
        Energy wanted in the battery, kWh.
    car_power : float64[n]
        Limit of the car at the grid side, kW.
    point_power : float64[n_points]
        Power of each point, kW; with unlimited points one value that holds for all.
    limited : bool
        False gives each session a point of its own.
    until_departure : bool
        Whether a car holds its point until it departs, not only until it is full.
    efficiency : float
        Energy into the battery per energy from the grid.
    day : float
        Length of the day, s.
    max_days : int
        Limit of days.
    start, end : float64[n]
        Out: charging begins and ends, s after the midnight of the day of arrival; equal without charging.
    power : float64[n]
        Out: power while charging, kW.

    Returns
    -------
    bool
        Whether a day repeated the one before.
    """
    n = arrive.size
    n_points = point_power.size
    free = np.full(n_points, -np.inf)
    for repeat in range(max_days):
        offset = repeat * day
        same = repeat > 0
        for i in range(n):
            begin = arrive[i]
            strength = 0.0
            best = -1
            if limited:
                for p in range(n_points):
                    at = max(arrive[i], free[p] - offset)
                    if best < 0 or at < begin or (at == begin and point_power[p] > point_power[best]):
                        best = p
                        begin = at
                if best >= 0:
                    strength = min(car_power[i], point_power[best])
            else:
                strength = min(car_power[i], point_power[0])
            if need[i] <= 0.0:
                # a car that needs nothing neither waits nor takes a point
                begin = arrive[i]
                stop = begin
                strength = 0.0
            elif strength <= 0.0 or begin >= depart[i]:
                begin = depart[i]
                stop = begin
                strength = 0.0
            else:
                stop = min(begin + 3600.0 * need[i] / (efficiency * strength), depart[i])
                if limited:
                    free[best] = offset + (depart[i] if until_departure else stop)
            if same and not (abs(start[i] - begin) < 1e-6 and abs(end[i] - stop) < 1e-6 and power[i] == strength):
                same = False
            start[i] = begin
            end[i] = stop
            power[i] = strength
        if same or not limited or n == 0:
            return True
    return False


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
