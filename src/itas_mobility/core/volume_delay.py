"""Volume-delay functions (Belastungsfunktionen, CR-Funktionen) as nouns: the travel time of a link by its volume.

With t0 the free-flow time and x = volume / capacity. A link of infinite capacity keeps its free-flow time under each.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray
from itas_mobility.errors import NetworkError


@dataclass(frozen=True)
class Bpr:
    """t0 (1 + alpha x^power) (Bureau of Public Roads 1964); a factor or power of 0 makes the time constant.

    Raises
    ------
    NetworkError
        For a parameter that is negative, missing or infinite.
    """

    alpha: float = 0.15
    power: float = 4.0

    def __post_init__(self) -> None:
        _check_numbers(self, alpha=self.alpha, power=self.power)


@dataclass(frozen=True)
class Conical:
    """t0 (2 + sqrt(a^2 (1 - x)^2 + b^2) - a (1 - x) - b), b = (2 a - 1) / (2 a - 2) (Spiess 1990).

    The time is t0 at no volume and 2 t0 at capacity; alpha says how steep it is there.

    Raises
    ------
    NetworkError
        For an alpha that is not above 1, missing or infinite.
    """

    alpha: float

    def __post_init__(self) -> None:
        _check_numbers(self, alpha=self.alpha)
        if self.alpha <= 1:
            raise NetworkError(f"Conical: alpha {self.alpha:g} must be above 1")


@dataclass(frozen=True)
class Akcelik:
    """t0 + T / 4 (x - 1 + sqrt((x - 1)^2 + 8 J x / (Q T))), T the period and Q the capacity per hour (Akçelik 1991).

    Raises
    ------
    NetworkError
        For a parameter that is negative, missing or infinite.
    """

    delay_parameter: float
    """J: 0 for deterministic queues only; 0.1 to 1.6 from motorways to streets with signals (Akçelik 1991, table 1)."""
    period_h: float = 1.0
    """How long the volume lasts."""

    def __post_init__(self) -> None:
        _check_numbers(self, delay_parameter=self.delay_parameter, period_h=self.period_h)


@dataclass(frozen=True, eq=False)
class DelayTable:
    """t0 times a factor that is linear between the points of a table; beyond the last point the last slope goes on.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    ratio: FloatArray
    """Volume by capacity: the first is 0, each more than the one before; shape (n_points,)."""
    factor: FloatArray
    """Travel time by free-flow time at that ratio; never falling."""

    def __post_init__(self) -> None:
        columns = Columns(self, "DelayTable", NetworkError)
        n = len(np.atleast_1d(self.ratio))
        columns.array("ratio", np.float64, (n,), low=0)
        columns.array("factor", np.float64, (n,), low=0)
        if not columns.faults:
            columns.faults += table_faults(self.ratio, self.factor)
        columns.raise_faults()


VolumeDelay: TypeAlias = Bpr | Conical | Akcelik | DelayTable


def _check_numbers(noun: object, **values: float) -> None:
    for name, value in values.items():
        if not (np.isfinite(value) and value >= 0):
            raise NetworkError(f"{type(noun).__name__}: {name} {value} must be finite and not negative")


def table_faults(ratio: FloatArray, factor: FloatArray) -> list[str]:
    """What is wrong with the points of a table.

    Parameters
    ----------
    ratio, factor : array of shape (n_points,)
        As in `DelayTable`; finite and not negative.

    Returns
    -------
    list of str
        Messages; empty for a good table.
    """
    if ratio.size == 0:
        return ["has no points"]
    faults = []
    if ratio[0] != 0:
        faults.append(f"its first ratio is {ratio[0]:g}, not 0")
    with np.errstate(all="ignore"):
        step, rise = np.diff(ratio), np.diff(factor)
        if (step <= 0).any():
            at = int(np.flatnonzero(step <= 0)[0])
            faults.append(f"ratio {ratio[at + 1]:g} follows {ratio[at]:g}; ratios must rise")
        elif (rise < 0).any():
            at = int(np.flatnonzero(rise < 0)[0])
            faults.append(f"its factor falls from {factor[at]:g} to {factor[at + 1]:g} at ratio {ratio[at + 1]:g}")
        elif not np.isfinite(table_columns(ratio, factor)).all() or not np.isfinite(factor * ratio).all():
            faults.append("its slope or area is too large for a float")
    return faults


def table_columns(ratio: FloatArray, factor: FloatArray) -> FloatArray:
    """The points of a table as compiled loops take them.

    Parameters
    ----------
    ratio, factor : array of shape (n_points,)
        As in `DelayTable`.

    Returns
    -------
    array of shape (n_points, 4)
        Ratio, factor, slope behind the point (that of the last piece at the last one; 0 if there is one point), and
        integral of the factor from ratio 0 up to the point.
    """
    step = np.diff(ratio)
    slope = np.diff(factor) / step
    area = np.concatenate(([0.0], np.cumsum(step * (0.5 * factor[1:] + 0.5 * factor[:-1]))))
    return np.column_stack([ratio, factor, np.append(slope, slope[-1] if slope.size else 0.0), area])
