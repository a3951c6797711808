"""Series of a week in quarters of an hour, from what planners have: one value, a day or a week."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from itas_mobility.core.casting import InexactError, exactly
from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import InputError

STEPS_PER_WEEK: Final = 672
"""Quarters of an hour from Monday 00:00."""
_LENGTHS: Final = {
    1: "one value", 24: "a day by hours", 96: "a day by quarters", 168: "a week by hours",
    STEPS_PER_WEEK: "a week by quarters",
}  # fmt: skip


def week_series(values: Sequence[float] | FloatArray, name: str) -> FloatArray:
    """A series with a value for each quarter of an hour of a week.

    Parameters
    ----------
    values : sequence of float
        One value, which stays one; a day of 24 hours or 96 quarters, which is that of all days; a week of 168 hours or
        672 quarters, from Monday 00:00. An hour's value is that of its quarters.
    name : str
        What it is called in the message.

    Returns
    -------
    ndarray of shape (1,) or (672,)
        Read-only.

    Raises
    ------
    InputError
        For another number of values, or one that is missing, or no number.
    """
    try:
        given = np.atleast_1d(exactly(values, np.float64))
    except InexactError as fault:
        raise InputError(f"{name}{fault}") from fault
    for i, value in enumerate(np.ravel(np.asarray(values, object)).tolist()):
        if isinstance(value, bool | np.bool_):
            raise InputError(f"{name}[{i}] = {value} must be a number")
    if given.ndim != 1 or given.size not in _LENGTHS:
        known = ", ".join(f"{n} ({what})" for n, what in _LENGTHS.items())
        raise InputError(f"{name}: {given.size} values; give {known}")
    if not np.isfinite(given).all():
        i = int(np.argmin(np.isfinite(given)))
        raise InputError(f"{name}[{i}] = {given[i]} must be a number")
    quarters = given if given.size in (1, 96, STEPS_PER_WEEK) else np.repeat(given, 4)
    week = quarters if quarters.size in (1, STEPS_PER_WEEK) else np.tile(quarters, 7)
    week.flags.writeable = False
    return week
