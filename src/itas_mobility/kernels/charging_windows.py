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
def split(windows, drawn, pointer, out):
    """Give what windows draw to their cars: in each step first to those who lack most, down to one level.

    Of all ways to give the energy of a step, this one leaves the most even needs, and of even needs the most can be
    given in any set of later steps. So whatever the cars of a window can draw is given away to the end.

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
