"""What the report reads of a comparison, and the check that it is all there before anything is written."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from itas_mobility.core import Region
from itas_mobility.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


class MeasureLike(Protocol):
    """A measure that can say in words what it does."""

    def describe(self, language: str) -> str:
        """One sentence in ``"de"`` or ``"en"``."""


class ScenarioLike(Protocol):
    """A scenario: name, title in two languages, measures."""

    @property
    def name(self) -> str:
        """Name, unique among its kind."""

    @property
    def title(self) -> Mapping[str, str]:
        """``"de"`` and ``"en"`` to what people call it."""

    @property
    def measures(self) -> Sequence[MeasureLike]:
        """In the order in which they are applied."""


class RunLike(Protocol):
    """A finished run: indicators by name and tables by name."""

    @property
    def scenario(self) -> ScenarioLike:
        """What was run."""

    @property
    def digest(self) -> str:
        """SHA-256 over all that determines the result."""

    @property
    def indicators(self) -> Mapping[str, float]:
        """Name to value."""

    @property
    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """Name to table, with at least `COLUMNS`."""


class ComparisonLike(Protocol):
    """A baseline, the runs compared with it, and the region both stand in."""

    @property
    def base(self) -> RunLike:
        """The baseline."""

    @property
    def runs(self) -> Sequence[RunLike]:
        """What is compared with it."""

    @property
    def region(self) -> Region | None:
        """The region before any measure; the report needs it."""

    def explain(self, run: RunLike, /) -> Sequence[Mapping[str, str]]:
        """What changed most, in words: ``{"text_de": ..., "text_en": ...}`` each."""


class IndicatorLike(Protocol):
    """Name, unit, direction and words of an indicator."""

    @property
    def name(self) -> str:
        """Name, unique among its kind."""

    @property
    def unit(self) -> str:
        """Unit as the code writes it (see `texts.UNITS`)."""

    @property
    def title_de(self) -> str:
        """German title."""

    @property
    def title_en(self) -> str:
        """English title."""

    @property
    def better(self) -> str:
        """``"higher"``, ``"lower"`` or ``""``."""

    @property
    def decimals(self) -> int:
        """Decimals of the value in its unit."""

    @property
    def explanation_de(self) -> str:
        """German explanation."""

    @property
    def explanation_en(self) -> str:
        """English explanation."""


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
        "first_failing",
    ),
    "charging": ("site_id", "time_s", "power_kw"),
    "lines": ("line", "mode", "boardings"),
    "slices": ("slice", "start_s", "end_s", "car_trips", "mean_speed_km_per_h"),
}  # fmt: skip
"""Columns of each table that the report shows."""


TEXT_COLUMNS: Final = frozenset({"zone_id", "site_id", "shift", "first_failing", "line", "mode", "slice"})
"""Columns that hold names, even where all of them look like numbers."""


def table_of(run: RunLike, name: str) -> "pd.DataFrame":
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


def read_registry() -> Mapping[str, IndicatorLike]:
    """The indicators known to `scenarios`, in the order in which they are shown."""
    # imported here, because scenarios draws in the solvers and the report's own texts and charts do not need them
    registry: Mapping[str, IndicatorLike] = import_module("itas_mobility.scenarios.indicators").INDICATORS
    return registry


def all_runs(comparison: ComparisonLike) -> tuple[RunLike, ...]:
    """The baseline and the runs after it (the baseline once, even if it is also among the runs)."""
    return (comparison.base, *(run for run in comparison.runs if run.digest != comparison.base.digest))


def region_of(comparison: ComparisonLike) -> Region:
    """The region of a comparison that `check` let pass."""
    assert comparison.region is not None
    return comparison.region


def check(comparison: ComparisonLike, *, language: str) -> None:
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
        faults.extend(
            f"{where}: title has no text for {key!r}" for key in ("de", "en") if not run.scenario.title.get(key)
        )
        for table, columns in COLUMNS.items():
            if table not in run.tables:
                faults.append(f"{where}: table {table!r} is missing; run the scenario again")
                continue
            missing = [name for name in columns if name not in run.tables[table].columns]
            if missing:
                faults.append(f"{where}: table {table!r} lacks column(s) {', '.join(missing)}")
    if faults:
        raise InputError("report: " + "; ".join(faults))
