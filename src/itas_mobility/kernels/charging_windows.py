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


@kernel
def most_together(windows, out):
    """What the cars of each window can draw at most in each entry alone, and (last) in all of them.

    Parameters
    ----------
    windows : Windows
    out : float64[n_entries + n]
        Out, in car hours: of the entries, then of whole windows.
    """
    n = windows.step_pointer.size - 1
    for k in range(n):
        total = 0.0
        for e in range(windows.step_pointer[k], windows.step_pointer[k + 1]):
            out[e] = _most(windows, k, windows.hours[e])
            total += windows.hours[e]
        out[windows.hours.size + k] = _most(windows, k, total)


@kernel
def _most(windows, k, hours):
    """Car hours that window `k` can take in so many hours."""
    total = 0.0
    for i in range(windows.part_pointer[k], windows.part_pointer[k + 1]):
        total += windows.cars[i] * min(windows.need[i], hours)
    return total


@kernel(allocates=True)
def most_violated(windows, drawn, excess, bound, in_cut):
    """The set of steps in which each window draws most above what its cars can.

    Cars can draw `drawn` if and only if they can in every set of steps (max-flow min-cut), and the worst set is made of
    the steps with the highest mean power.

    Parameters
    ----------
    windows : Windows
    drawn : float64[n_entries]
        Car hours.
    excess, bound : float64[n]
        Out: by how much the worst set exceeds what cars can draw in it, and that.
    in_cut : bool[n_entries]
        Out: the worst set of each window.
    """
    n = windows.step_pointer.size - 1
    for k in range(n):
        first, last = windows.step_pointer[k], windows.step_pointer[k + 1]
        order = np.argsort(-drawn[first:last] / windows.hours[first:last], kind="mergesort")
        # needs rise from the last part to the first
        part = windows.part_pointer[k + 1] - 1
        open_cars = windows.cars[windows.part_pointer[k] : windows.part_pointer[k + 1]].sum()
        filled, hours, energy, worst, size = 0.0, 0.0, 0.0, -np.inf, 0
        for j in range(order.size):
            hours += windows.hours[first + order[j]]
            energy += drawn[first + order[j]]
            while part >= windows.part_pointer[k] and windows.need[part] <= hours:
                filled += windows.cars[part] * windows.need[part]
                open_cars -= windows.cars[part]
                part -= 1
            can = filled + (hours * open_cars if part >= windows.part_pointer[k] else 0.0)
            if energy - can > worst:
                worst, size, bound[k] = energy - can, j + 1, can
        excess[k] = worst
        for j in range(order.size):
            in_cut[first + order[j]] = j < size


@kernel(allocates=True)
def split(windows, drawn, pointer, out):
    """Give what windows draw to their cars: in each step first to those who lack most, down to one level.

    Of all ways to give the energy of a step, this one leaves the most even needs, and of even needs the most can be
    given in any set of later steps. So whatever keeps within `most_violated` is given away to the end.

    Parameters
    ----------
    windows : Windows
    drawn : float64[n_entries]
        Car hours.
    pointer : int64[n]
        Where the rows of each window begin in `out`: one row for each part, one column for each of its entries.
    out : float64[...]
        Out: hours of each car.
    """
    n = windows.step_pointer.size - 1
    for k in range(n):
        first, last = windows.step_pointer[k], windows.step_pointer[k + 1]
        lacking = windows.need[windows.part_pointer[k] : windows.part_pointer[k + 1]].copy()
        cars = windows.cars[windows.part_pointer[k] : windows.part_pointer[k + 1]]
        width = last - first
        for j in range(width):
            hours = windows.hours[first + j]
            level = _level(lacking, cars, hours, drawn[first + j])
            for i in range(lacking.size):
                given = min(max(lacking[i] - level, 0.0), hours)
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
