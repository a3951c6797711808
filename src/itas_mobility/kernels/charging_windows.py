"""Cars that stand in the same window of time: what they can draw together, and who of them draws it."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel


class Windows(NamedTuple):
    """Windows, the steps of each, and the cars in each; energy is told as hours at the greatest power of a car."""

    step_pointer: np.ndarray
    """int64[n + 1]: entries of each window, one for each of its steps (or run of equal steps), in order of time."""
    hours: np.ndarray
    """float64[n_entries]: how long the cars are present in it."""
    part_pointer: np.ndarray
    """int64[n + 1]: parts of each window, cars with one need."""
    need: np.ndarray
    """float64[n_parts]: hours that each car needs; falling within each window."""
    cars: np.ndarray
    """float64[n_parts]: number of cars."""


@kernel(allocates=True)
def mixtures(windows, step, window, need, cars):
    """Few groups that can draw in any set of steps what the cars of each window can.

    The length of a set of steps is a number of whole steps, with the first and the last one of the window or without.
    A need between two such lengths counts as a mixture of both: what it lets draw, ``min(need, length)``, is even
    between them. Windows with fewer cars than lengths keep their cars.

    Parameters
    ----------
    windows : Windows
    step : float
        Length of a whole step, hours.
    window, need, cars : int64[2 * n_parts], float64[2 * n_parts]
        Out: window of each group, its need in hours and its number of cars.

    Returns
    -------
    int
        Number of groups.
    """
    n, count = windows.step_pointer.size - 1, 0
    for k in range(n):
        first, last = windows.step_pointer[k], windows.step_pointer[k + 1]
        length = windows.hours[first:last].sum()
        part, end = windows.part_pointer[k], windows.part_pointer[k + 1]
        sums = _lengths(windows.hours[first], windows.hours[last - 1], length, step, windows.need[part])
        if sums.size >= 2 * (end - part):
            for i in range(part, end):
                window[count], need[count], cars[count] = k, min(windows.need[i], length), windows.cars[i]
                count += 1
            continue
        number = np.zeros(sums.size)
        at = sums.size - 1
        for i in range(part, end):  # needs fall
            wanted = min(windows.need[i], sums[-1])
            while at > 1 and sums[at - 1] >= wanted:
                at -= 1
            share = (wanted - sums[at - 1]) / (sums[at] - sums[at - 1])
            number[at] += windows.cars[i] * share
            number[at - 1] += windows.cars[i] * (1.0 - share)
        for j in range(1, sums.size):
            if number[j] > 0.0:
                window[count], need[count], cars[count] = k, sums[j], number[j]
                count += 1
    return count


@kernel(allocates=True)
def _lengths(first, last, length, step, most):
    """Lengths of sets of steps of a window, rising from 0 to the first that is not below `most`, or all of it."""
    ends = np.array([0.0, first % step, last % step, (first + last) % step])
    raw = np.empty(4 * (int(min(most, length) / step) + 3))
    for j in range(raw.size):
        raw[j] = min((j // 4) * step + ends[j % 4], length)
    raw.sort()
    kept = 1
    for j in range(1, raw.size):
        if raw[j] - raw[kept - 1] > 1e-9:
            raw[kept] = raw[j]
            kept += 1
    return raw[:kept].copy()


@kernel(allocates=True)
def split(windows, drawn, got, begin, end, pointer, out):
    """Give what windows draw to their cars: in each step first to those who lack most, down to one level.

    Of all ways to give the energy of a step, this one leaves the most even needs, and of even needs the most can be
    given in any set of later steps. So whatever the cars of a window can draw is given away to the end.

    Parameters
    ----------
    windows : Windows
    drawn : float64[n_entries]
        Car hours.
    got : float64[n_parts]
        Out: hours of each car.
    begin, end : int64[n_parts]
        Out: first entry of its window in which it draws, and last; -1 where it never does.
    pointer : int64[n]
        Where the rows of each window begin in `out`: one row for each part, one column for each of its entries.
    out : float64[...]
        Out: hours of each car in each entry; may be empty.
    """
    got[:] = 0.0
    begin[:] = -1
    end[:] = -1
    n = windows.step_pointer.size - 1
    for k in range(n):
        first, last = windows.step_pointer[k], windows.step_pointer[k + 1]
        base = windows.part_pointer[k]
        lacking = windows.need[base : windows.part_pointer[k + 1]].copy()
        cars = windows.cars[windows.part_pointer[k] : windows.part_pointer[k + 1]]
        width = last - first
        for j in range(width):
            hours = windows.hours[first + j]
            level = _level(lacking, cars, hours, drawn[first + j])
            for i in range(lacking.size):
                given = min(max(lacking[i] - level, 0.0), hours)
                if given > 0.0:
                    got[base + i] += given
                    end[base + i] = j
                    if begin[base + i] < 0:
                        begin[base + i] = j
                if out.size:
                    out[pointer[k] + i * width + j] = given
                lacking[i] -= given


@kernel
def _level(lacking, cars, hours, energy):
    """Need above which cars are given energy, no more than `hours` each, until all of it is given."""
    if energy <= 0.0:
        return np.inf
    level = lacking[0]
    taking, begun, full = 0.0, 0, 0
    while True:
        while begun < lacking.size and lacking[begun] >= level:
            taking += cars[begun]
            begun += 1
        while full < begun and lacking[full] - hours >= level:
            taking -= cars[full]
            full += 1
        if full == lacking.size:
            return level
        below = 0.0
        if begun < lacking.size:
            below = max(below, lacking[begun])
        if full < begun:
            below = max(below, lacking[full] - hours)
        gain = taking * (level - below)
        if gain >= energy and taking > 0.0:
            return level - energy / taking
        energy -= max(gain, 0.0)
        if below <= 0.0:
            return 0.0
        level = below
