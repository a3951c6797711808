"""Unit factors, suffixes that names of physical quantities carry (law 3 of the design), times of day."""

import re
from typing import Final

from itas_mobility.errors import InputError

SECONDS_PER_MINUTE: Final = 60.0
MINUTES_PER_HOUR: Final = 60.0
SECONDS_PER_HOUR: Final = 3600.0
SECONDS_PER_DAY: Final = 86400
METRES_PER_KILOMETRE: Final = 1000.0
METRES_PER_MILE: Final = 1609.344
"""International mile, exact by definition (1959 international yard and pound agreement)."""
M_PER_S_TO_KM_PER_H: Final = 3.6
KM_PER_H_TO_M_PER_S: Final = 1.0 / M_PER_S_TO_KM_PER_H
GRAMS_PER_KILOGRAM: Final = 1000.0
KILOGRAMS_PER_TONNE: Final = 1.0e3

SUFFIXES: Final = frozenset(
    {
        "a", "kva",
        "m", "km", "s", "min", "h", "deg", "km_per_h", "veh_per_h", "veh_per_day", "kw", "kwh", "kwh_per_km",
        "g_per_km", "g_per_kwh", "eur", "eur_per_day", "eur_per_h", "eur_per_km", "share", "veh_s", "veh", "veh_h",
        "veh_km", "kg", "s_per_eur", "s_per_m", "m2", "kg_per_m3", "kw_per_k", "per_km", "days", "k", "per_k",
        "kwh_per_k", "per_year", "eur_per_week", "kg_per_week",
    }
)  # fmt: skip
"""Endings that state a unit; a float field of a noun must end with ``_`` and one of these."""

COUNTS: Final = frozenset(
    {
        "residents", "employed_residents", "jobs", "employees", "head_count", "parking_spaces", "trips", "workers",
        "lanes", "volume", "boardings", "alightings", "assigned_trips", "unassigned_trips", "matrices",
        "seats", "capacity_persons", "journey_trips", "cars",
        "known", "total", "rounding", "in_commuters", "out_commuters",
        "electric_cars", "unserved_home_cars", "unserved_public_cars", "stranded_cars", "heads",
        "persons", "persons_left_out", "persons_new",
        "standing_cars", "outside_cars",
    }
)  # fmt: skip
"""Float fields that count persons, vehicles or things and therefore carry no unit."""

DIMENSIONLESS: Final = frozenset(
    {
        "power_factor",
        "vdf_alpha", "vdf_beta", "vdf_table_ratio", "vdf_table_factor", "alpha", "power", "delay_parameter", "ratio",
        "factor", "pce", "relative_gap", "value", "low", "high",
        "seated_factor", "seated_growth", "standing_factor", "standing_growth", "highest_load_factor",
        "overload_weight", "walk_weight", "wait_weight", "adaptation_weight", "path_size_weight", "wait_factor",
        "efficiency", "drive_efficiency", "rolling_resistance", "cruise_ratio",
        "work_odds_ratio",
        "engine_efficiency", "odds_ratio", "covariance", "logsum",
        "geh", "sqv", "mean_relative_error",
    }
)  # fmt: skip
"""Float fields that are pure numbers, or whose unit stands in a field beside them (parameters)."""

_CLOCK: Final = r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9]))?"


def clock_s(text: str, *, label: str = "time") -> float:
    """Seconds of the service day at a time of day.

    Parameters
    ----------
    text : str
        ``"HH:MM"`` or ``"HH:MM:SS"``; hours may go past 24, for trips that run into the next day.
    label : str, default="time"
        What the time is called in the message.

    Returns
    -------
    float
        Seconds after midnight.

    Raises
    ------
    InputError
        If it is no time of day.
    """
    read = re.fullmatch(_CLOCK, text.strip())
    if read is None:
        raise InputError(f"{label} {text!r} is no time of day; write HH:MM or HH:MM:SS, e.g. 05:30 or 25:10:00")
    hours, minutes, seconds = (int(part or 0) for part in read.groups())
    return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds


def clock_text(time_s: float, *, seconds: bool = True, wrapped: bool = False) -> str:
    """Time of day as ``HH:MM:SS``, to the nearest second; hours go past 24, a minus is before midnight.

    Parameters
    ----------
    time_s : float
        Seconds of the service day.
    seconds : bool, default=True
        Whether seconds are written; without them, as ``HH:MM``, to the nearest minute.
    wrapped : bool, default=False
        Write the time that a clock on the wall shows: 25:10 is 01:10, ten minutes before midnight are 23:50.

    Returns
    -------
    str
        The time.
    """
    whole_s = round(time_s) if seconds else 60 * round(time_s / SECONDS_PER_MINUTE)
    if wrapped:
        whole_s %= SECONDS_PER_DAY
    minutes, rest = divmod(abs(whole_s), 60)
    text = f"{'-' if whole_s < 0 else ''}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if seconds else text
