"""What the report reads of a comparison, and the check that it is all there before anything is written."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from itas_mobility.core import Region
from itas_mobility.errors import InputError
from itas_mobility.scenarios import Comparison, Indicator, Run
from itas_mobility.scenarios.run_result import TEXT_COLUMNS

if TYPE_CHECKING:
    import pandas as pd


COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "links": ("link_key", "volume_veh_per_day", "saturation_share"),
    "zones": (
        "zone_id", "workers", "car_share", "transit_share", "bike_share", "walk_share", "reachable_share",
    ),
    "sites": (
        "site_id", "workers", "car_share", "transit_share", "reachable_share", "cars", "electric_cars",
        "charging_peak_kw", "grid_connection_kw", "unserved_kwh", "parking_spaces",
    ),
    "shifts": (
        "site_id", "shift", "start_s", "end_s", "workers", "arrive_share", "return_share", "both_share",
        "first_failing", "first_cause", "weekday", "mean_out_wait_s", "mendable_share",
    ),
    "reachability": (
        "site_id", "shift", "weekday", "start_s", "end_s", "zone_id", "workers", "is_reachable",
        "out_time_s", "out_transfers", "out_wait_s", "out_retiming_s", "out_cause",
        "back_time_s", "back_transfers", "back_wait_s", "back_retiming_s", "back_cause",
    ),
    "charging": ("site_id", "time_s", "power_kw"),
    "lines": ("line", "mode", "boardings", "vehicle_km", "vehicles", "cost_eur", "seats", "fullest_trip"),
    "slices": ("slice", "start_s", "end_s", "car_trips", "mean_speed_km_per_h"),
}  # fmt: skip
"""Columns of each table that the report shows."""


def table_of(run: Run, name: str) -> "pd.DataFrame":
    """A table of a run with names as texts and all else as numbers.

    A run that was written to CSV and read back may have names that look like numbers as numbers, and missing values
    as empty texts; both are put right here, so that its report is that of the run itself.

    Parameters
    ----------
    run : Run
        The run.
    name : str
        One of `COLUMNS`.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`; NaN where a number is missing.

    Raises
    ------
    InputError
        If a number cannot be read.
    """
    import pandas as pd

    given = run.tables[name]
    columns = {}
    for column in COLUMNS[name]:
        values = given[column]
        if column in TEXT_COLUMNS:
            columns[column] = values.map(str).astype(object)
            continue
        if values.dtype.kind not in "iufb":
            try:
                values = pd.to_numeric(values.replace("", float("nan")))
            except (TypeError, ValueError) as fault:
                raise InputError(f"run {run.scenario.name!r}: table {name!r}, column {column!r}: {fault}") from fault
        columns[column] = values
    return pd.DataFrame(columns, index=given.index)


def read_registry() -> Mapping[str, Indicator]:
    """The indicators known to `scenarios`, in the order in which they are shown."""
    from itas_mobility.scenarios.indicators import INDICATORS

    return INDICATORS


def all_runs(comparison: Comparison) -> tuple[Run, ...]:
    """The baseline and the runs after it (the baseline once, even if it is also among the runs)."""
    return (comparison.base, *(run for run in comparison.runs if run.digest != comparison.base.digest))


def region_of(comparison: Comparison) -> Region:
    """The region of a comparison that `check` let pass."""
    assert comparison.region is not None
    return comparison.region


def check(comparison: Comparison, *, language: str) -> None:
    """Refuse a comparison of which the report could not show all it promises.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    language : {"de", "en"}
        Language shown first.

    Raises
    ------
    InputError
        With all faults found: unknown language, tables or columns that are missing, named by run.
    """
    faults = []
    if comparison.region is None:
        faults.append("the comparison has no region; give it one: scenarios.compare(base, runs, region=...)")
    if language not in ("de", "en"):
        faults.append(f"language {language!r}: must be 'de' or 'en'")
    for run in all_runs(comparison):
        where = f"run {run.scenario.name!r}"
        for table, columns in COLUMNS.items():
            if table not in run.tables:
                faults.append(f"{where}: table {table!r} is missing; run the scenario again")
                continue
            missing = [name for name in columns if name not in run.tables[table].columns]
            if missing:
                faults.append(f"{where}: table {table!r} lacks column(s) {', '.join(missing)}")
    if faults:
        raise InputError("report: " + "; ".join(faults))
