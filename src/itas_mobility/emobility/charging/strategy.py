"""What a strategy of charging is, and which ones are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import Columns, FloatArray


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps in which power is metered, from Monday 00:00 on.

    Raises
    ------
    InputError
        With all faults found.
    """

    step_h: float
    count: int
    is_repeating: bool = False
    """Whether the horizon repeats: what lies beyond its end counts at its beginning."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Steps")
        columns.number("step_h", is_positive=True)
        columns.check(self.count >= 1, f"count={self.count} must be at least 1")
        columns.raise_faults()

    @property
    def horizon_h(self) -> float:
        """Length of all steps."""
        return self.step_h * self.count


def no_sessions() -> FloatArray:
    """Stands for a column that is 0 for all sessions."""
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Schedule:
    """What a strategy decides: intervals of even power, and what the sessions get from them.

    `charge` holds it against the sessions: needs are delivered or unserved, and what is delivered came from the grid.

    Raises
    ------
    InputError
        With all faults found.
    """

    start_h: FloatArray
    end_h: FloatArray
    """Of each interval, shape (n_intervals,); the start is not negative. Where the horizon repeats, what lies beyond it
    counts at its beginning."""
    power_kw: FloatArray
    """Power of all cars that charge in the interval, at the grid side; negative where they feed back."""
    drawn_kwh: FloatArray
    """Energy from the grid for each session, for all its cars, shape (n_sessions,)."""
    charging_h: FloatArray
    """Time in which cars of each session charge, summed over its cars: their own control then takes its share."""
    delivered_kwh: FloatArray
    """Energy into the batteries of each session, of all its cars, less what they gave back."""
    unserved_kwh: FloatArray
    """Energy that was needed and not delivered, of all its cars."""
    waiting_h: FloatArray
    """Time from arrival until a point was taken, until departure where none was; mean of the session's cars."""
    begin_h: FloatArray
    """When each session begins to charge; NaN where it does not."""
    finish_h: FloatArray
    """When it charges for the last time; NaN where it does not."""
    fed_back_kwh: FloatArray = field(default_factory=no_sessions)
    """Energy that each session's cars gave to the grid, at the grid side; none at all where it is left out."""
    storage_kw: FloatArray = field(default_factory=lambda: np.zeros(1))
    """Power into the stationary battery in each step, negative out of it; one number holds for all steps."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted, in words."""
    unsettled: str = ""
    """Why the schedule is not that of a horizon like the one before it; empty where it is."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Schedule")
        n = len(np.atleast_1d(self.power_kw))
        m = len(np.atleast_1d(self.delivered_kwh))
        if np.size(self.fed_back_kwh) == 0:
            object.__setattr__(self, "fed_back_kwh", np.zeros(m))
        start, end = (columns.array(name, np.float64, (n,), low=0) for name in ("start_h", "end_h"))
        columns.array("power_kw", np.float64, (n,))
        if not columns.faults:
            columns.check(bool((end >= start).all()), "end_h: an interval must not end before it starts")
        for name in ("drawn_kwh", "charging_h", "delivered_kwh", "unserved_kwh", "waiting_h", "fed_back_kwh"):
            columns.array(name, np.float64, (m,), low=0)
        for name in ("begin_h", "finish_h"):
            columns.array(name, np.float64, (m,), low=0, allow_nan=True)
        columns.array("storage_kw", np.float64, (np.size(self.storage_kw),))
        columns.raise_faults()


Strategy: TypeAlias = Callable[[ChargingSessions, ChargingSite, Steps], Schedule]
"""From sessions, site and the steps in which power is metered to a schedule."""

IDLE: Final = "the stationary battery stands idle"
"""What strategies that follow rules say where there is one."""
PASSED_ON: Final = "points that full cars of a group free pass on at the next full minute"
"""What uncontrolled charging of expected cars says where they free points before they leave."""
_KNOWN: Final[dict[str, Strategy]] = {}
STRATEGIES: Final[Mapping[str, Strategy]] = MappingProxyType(_KNOWN)
"""Strategies that `charge` knows, by name."""
HEEDLESS: Final[set[str]] = set()
"""Names of strategies that may exceed what is free for charging."""


def register(name: str, *, heeds_limit: bool = True) -> Callable[[Strategy], Strategy]:
    """Make a strategy known to `charge`; a decorator.

    Parameters
    ----------
    name : str
        How `charge` calls it.
    heeds_limit : bool, default=True
        Whether it never draws more than what is free for charging; `charge` checks it.

    Returns
    -------
    callable
        Keeps the decorated strategy under the name and gives it back as it is.

    Raises
    ------
    ValueError
        If another file has registered the name.
    """

    def keep(strategy: Strategy) -> Strategy:
        other = _KNOWN.get(name, strategy).__module__
        if other != strategy.__module__:
            raise ValueError(f"strategy {name!r} stands in {other} and in {strategy.__module__}; rename one")
        _KNOWN[name] = strategy
        if not heeds_limit:
            HEEDLESS.add(name)
        return strategy

    return keep
