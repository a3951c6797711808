"""What a strategy of charging is, and which ones are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import Columns, FloatArray


@dataclass(frozen=True, eq=False)
class Schedule:
    """What a strategy decides: intervals of even power on the day that repeats, and what the sessions get from them.

    `charge` holds it against the sessions: needs are delivered or unserved, and what is delivered came from the grid.

    Raises
    ------
    InputError
        With all faults found.
    """

    start_s: FloatArray
    end_s: FloatArray
    """Of each interval, shape (n_intervals,); the start is not negative, and what lies beyond the day counts at its
    beginning."""
    power_kw: FloatArray
    """Power of all cars that charge in the interval, at the grid side."""
    delivered_kwh: FloatArray
    """Energy into the batteries of each session, of all its cars, shape (n_sessions,)."""
    unserved_kwh: FloatArray
    """Energy that was needed and not delivered, of all its cars."""
    waiting_s: FloatArray
    """Time from arrival until a point was taken, until departure where none was; mean of the session's cars."""
    unsettled: str = ""
    """Why the schedule is not that of a day like the one before it; empty where it is."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Schedule")
        n = len(np.atleast_1d(self.power_kw))
        m = len(np.atleast_1d(self.delivered_kwh))
        start, end, _ = (columns.array(name, np.float64, (n,), low=0) for name in ("start_s", "end_s", "power_kw"))
        if not columns.faults:
            columns.check(bool((end >= start).all()), "end_s: an interval must not end before it starts")
        for name in ("delivered_kwh", "unserved_kwh", "waiting_s"):
            columns.array(name, np.float64, (m,), low=0)
        columns.raise_faults()


Strategy: TypeAlias = Callable[[ChargingSessions, ChargingSite, float], Schedule]
"""From sessions, site and length of the steps in which power is metered (in seconds) to a schedule."""

_KNOWN: Final[dict[str, Strategy]] = {}
STRATEGIES: Final[Mapping[str, Strategy]] = MappingProxyType(_KNOWN)
"""Strategies that `charge` knows, by name."""


def register(name: str) -> Callable[[Strategy], Strategy]:
    """Make a strategy known to `charge`; a decorator.

    Parameters
    ----------
    name : str
        How `charge` calls it.

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
        return strategy

    return keep
