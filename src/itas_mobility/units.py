"""Unit factors, and the suffixes that names of physical quantities carry (law 3 of the design)."""

from typing import Final

SECONDS_PER_MINUTE: Final = 60.0
SECONDS_PER_HOUR: Final = 3600.0
SECONDS_PER_DAY: Final = 86400
METRES_PER_KILOMETRE: Final = 1000.0
METRES_PER_MILE: Final = 1609.344
"""International mile, exact by definition (1959 international yard and pound agreement)."""
KM_PER_H_TO_M_PER_S: Final = 1.0 / 3.6
GRAMS_PER_TONNE: Final = 1.0e6
KILOGRAMS_PER_TONNE: Final = 1.0e3

SUFFIXES: Final = frozenset(
    {
        "m", "km", "s", "min", "h", "deg", "km_per_h", "veh_per_h", "kw", "kwh", "kwh_per_km", "g_per_km",
        "g_per_kwh", "eur", "eur_per_h", "eur_per_km", "share", "veh_s", "veh", "veh_h", "veh_km",
        "kg", "s_per_eur", "s_per_m",
    }
)  # fmt: skip
"""Endings that state a unit; a float field of a noun must end with ``_`` and one of these."""

COUNTS: Final = frozenset(
    {
        "residents", "employed_residents", "jobs", "employees", "head_count", "parking_spaces", "trips", "workers",
        "lanes", "volume", "boardings", "alightings", "assigned_trips", "unassigned_trips", "matrices",
    }
)  # fmt: skip
"""Float fields that count persons, vehicles or things and therefore carry no unit."""

DIMENSIONLESS: Final = frozenset(
    {
        "vdf_alpha", "vdf_beta", "vdf_table_ratio", "vdf_table_factor", "alpha", "power", "delay_parameter", "ratio",
        "factor", "pce", "relative_gap", "value", "low", "high",
    }
)  # fmt: skip
"""Float fields that are pure numbers, or whose unit stands in a field beside them (parameters)."""
