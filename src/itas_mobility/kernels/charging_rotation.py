"""Cars that follow a plan step by step, each off or between its least and its greatest power."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel


class Turns(NamedTuple):
    """Cars, and the steps in which each is present, in order of time."""

    pointer: np.ndarray
    """int64[n + 1]: entries of each car."""
    step: np.ndarray
    """int64[n_entries]: step, not wrapped at the end of the horizon."""
    hours: np.ndarray
    """float64[n_entries]: how long the car is present in it."""
    planned: np.ndarray
    """float64[n_entries]: what the plan brings into its battery, kWh."""
    need: np.ndarray
    """float64[n]: kWh in the battery."""
    least: np.ndarray
    most: np.ndarray
    """float64[n]: power at the grid side, kW."""
    efficiency: float
    standby: float


class Taken(NamedTuple):
    """What each car draws in each entry."""

    power: np.ndarray
    """float64[n_entries]: kW; 0 where it is off."""
    time: np.ndarray
    """float64[n_entries]: hours at that power: all the time it is present, or until it is full."""
    got: np.ndarray
    """float64[n]: kWh in the battery."""
    load: np.ndarray
    """float64[n_steps]: kWh from the grid, steps beyond the horizon counted at its beginning."""


@kernel(allocates=True)
def rotate(turns, by_step, step_pointer, wished, free, is_even, taken):
    """Let cars take turns step by step, so that each gets what the plan has for it, a step sooner or later.

    In each step come first cars that will not be full unless they charge, then those to which the plan owes most, as
    long as what the plan has for all cars, with what was left over or taken too much before, and `wished` allow.

    Parameters
    ----------
    turns : Turns
    by_step : int64[n_entries]
        Entries by step.
    step_pointer : int64[m + 1]
        Entries of each step, beyond the horizon too.
    wished : float64[n_steps]
        kWh above which only cars are let that must charge.
    free : float64[n_steps]
        kWh that none may exceed.
    is_even : bool
        Whether cars charge at the power that brings what they are owed, if it is not below their least; else at full
        power, and more seldom.
    taken : Taken
        Out.
    """
    n = turns.need.size
    taken.power[:] = 0.0
    taken.time[:] = 0.0
    taken.got[:] = 0.0
    taken.load[:] = 0.0
    car = np.empty(turns.step.size, np.int64)
    later = np.empty(turns.step.size)  # hours present after the entry
    for i in range(n):
        hours = 0.0
        for e in range(turns.pointer[i + 1] - 1, turns.pointer[i] - 1, -1):
            car[e], later[e] = i, hours
            hours += turns.hours[e]
    due = np.zeros(n)
    carried = 0.0
    for t in range(step_pointer.size - 1):
        k = t % free.size
        here = by_step[step_pointer[t] : step_pointer[t + 1]]
        key = np.empty(here.size)
        for j in range(here.size):
            e = here[j]
            i = car[e]
            due[i] += turns.planned[e]
            carried += turns.planned[e]
            key[j] = -(due[i] - taken.got[i])
            if _must(turns, taken, i, later[e]) > 0.0:
                key[j] -= 1e9
        for j in np.argsort(key, kind="mergesort"):
            e = here[j]
            i = car[e]
            must = _must(turns, taken, i, later[e])
            lacking = turns.need[i] - taken.got[i]
            hours = turns.hours[e]
            room = free[k] - taken.load[k]
            if must <= 0.0:
                room = min(room, wished[k] - taken.load[k])
                behind = carried / turns.efficiency + turns.standby * hours
                if due[i] <= taken.got[i] or behind < 0.5 * turns.least[i] * hours:
                    continue
                room = min(room, max(behind, turns.least[i] * hours))
            if lacking <= 1e-12 * turns.need[i]:
                continue
            # at full power, where the car's own control takes least, or at what is owed; less if it is full before
            wanted = lacking
            if is_even:
                wanted = min(lacking, max(must, due[i] - taken.got[i]))
            power = min(wanted / (turns.efficiency * hours) + turns.standby, turns.most[i], room / hours)
            if power < turns.least[i] and turns.least[i] * hours <= room * (1.0 + 1e-12):
                power = turns.least[i]
            gain = turns.efficiency * (power - turns.standby)
            if power < turns.least[i] * (1.0 - 1e-12) or gain <= 0.0:
                continue
            time = min(hours, lacking / gain)
            taken.power[e], taken.time[e] = power, time
            into = gain * time if time < lacking / gain else lacking
            taken.got[i] += into
            taken.load[k] += power * time
            carried -= into


@kernel
def _must(turns, taken, i, later):
    """What a car must get now, kWh in the battery, to be full in the time that is left at full power."""
    gain = turns.efficiency * (turns.most[i] - turns.standby)
    must = turns.need[i] - taken.got[i] - gain * later
    return must if must > 1e-9 * turns.need[i] else 0.0
