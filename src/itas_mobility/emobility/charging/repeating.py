"""Horizons that repeat: the same sessions again and again, until a horizon goes as the one before it."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, Final, TypeAlias

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.columns import LongArray
from itas_mobility.emobility.charging.strategy import Schedule, Steps

MOST_COPIES: Final = 64
"""Horizons that are followed until one repeats the one before; a queue that fits into its own needs three or six."""
_OF_SESSIONS: Final = (
    "drawn_kwh", "charging_h", "delivered_kwh", "unserved_kwh", "waiting_h", "begin_h", "finish_h", "fed_back_kwh",
)  # fmt: skip

Follow: TypeAlias = Callable[[ChargingSessions, int], tuple[Schedule, LongArray]]
"""From the sessions of so many horizons, one after the other, to their schedule, and the horizon (from 0) to whose
sessions each interval belongs."""


def over_horizons(follow: Follow, sessions: ChargingSessions, steps: Steps) -> Schedule:
    """Follow sessions in time; where the horizon repeats and some run over its end, until it settles.

    Parameters
    ----------
    follow : callable
        Follows sessions forward in time.
    sessions : ChargingSessions
        Of one horizon.
    steps : Steps
        Of one horizon.

    Returns
    -------
    Schedule
        Of one horizon; `Schedule.unsettled` says so where it is not like the one before it.
    """
    if not steps.is_repeating or not (sessions.depart_h > steps.horizon_h).any():
        return follow(sessions, 1)[0]
    copies = 3
    while True:
        schedule, copy = follow(_copies(sessions, copies, steps.horizon_h), copies)
        # cars that stay over the end of the last horizon find nobody of the next one to share with
        last, before = (_of_copy(schedule, copy, k, copies, steps.horizon_h) for k in (copies - 2, copies - 3))
        if _alike(last, before):
            return last
        if copies >= MOST_COPIES:
            return replace(
                last,
                unsettled=f"the queue did not settle into a horizon of {steps.horizon_h:g} h that repeats within "
                f"{copies} of them; too many cars wait over its end",
            )
        copies *= 2


def _copies(sessions: ChargingSessions, copies: int, horizon_h: float) -> ChargingSessions:
    offset = np.repeat(np.arange(copies) * horizon_h, len(sessions))
    changed: dict[str, Any] = {}
    for column in fields(sessions):
        values = getattr(sessions, column.name)
        if isinstance(values, np.ndarray):
            changed[column.name] = np.tile(values, copies)
    changed["arrive_h"] = changed["arrive_h"] + offset
    changed["depart_h"] = changed["depart_h"] + offset
    return replace(sessions, **changed)


def _of_copy(schedule: Schedule, copy: LongArray, k: int, copies: int, horizon_h: float) -> Schedule:
    mine = copy == k
    offset = k * horizon_h
    n = schedule.delivered_kwh.size // copies
    rows = slice(k * n, (k + 1) * n)
    columns = {name: getattr(schedule, name)[rows] for name in _OF_SESSIONS}
    for name in ("begin_h", "finish_h"):
        columns[name] = columns[name] - offset
    return replace(
        schedule,
        start_h=np.maximum(schedule.start_h[mine] - offset, 0.0),
        end_h=np.maximum(schedule.end_h[mine] - offset, 0.0),
        power_kw=schedule.power_kw[mine],
        **columns,
    )


def _alike(one: Schedule, other: Schedule) -> bool:
    return all(
        np.allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-9, equal_nan=True)
        for name in ("delivered_kwh", "drawn_kwh", "waiting_h", "begin_h", "finish_h")
    )
