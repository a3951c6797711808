"""What the report reads of a comparison, and the check that it is all there before anything is written."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from itas_mobility.core import Region
from itas_mobility.errors import InputError
from itas_mobility.scenarios import Comparison, Run
from itas_mobility.scenarios.measures import OpenSite
from itas_mobility.scenarios.results.schema import Table
from itas_mobility.scenarios.results.tables import TABLES
from itas_mobility.words import as_language

if TYPE_CHECKING:
    import pandas as pd


def table_of(run: Run, name: str) -> "pd.DataFrame":
    """A table of a run with names as texts and all else as numbers.

    A run that was put together by hand may hold names that look like numbers as numbers, and missing values as empty
    texts; both are put right here.

    Parameters
    ----------
    run : Run
        The run.
    name : str
        One of `TABLES`.

    Returns
    -------
    DataFrame
        The columns of its schema; NaN where a number is missing.

    Raises
    ------
    InputError
        If a number cannot be read.
    """
    try:
        return TABLES[name].typed(run.tables[name])
    except InputError as fault:
        raise InputError(f"run {run.scenario.name!r}: {fault}") from fault


def all_runs(comparison: Comparison) -> tuple[Run, ...]:
    """The baseline and the runs after it (the baseline once, even if it is also among the runs)."""
    return (comparison.base, *(run for run in comparison.runs if run.digest != comparison.base.digest))


def region_of(comparison: Comparison) -> Region:
    """The region of a comparison that `check` let pass."""
    assert comparison.region is not None
    return comparison.region


def sites_that_open(runs: Sequence[Run]) -> dict[str, OpenSite]:
    """Sites that measures of the runs open, which the region does not know, by id."""
    return {one.site: one for run in runs for one in run.scenario.measures if isinstance(one, OpenSite)}


def site_names(region: Region, runs: Sequence[Run]) -> dict[str, str]:
    """Names of the sites of a region, and of those that open in the runs, by id."""
    new = {site: one.name for site, one in sites_that_open(runs).items()}
    return new | dict(zip(region.sites.site_id.tolist(), region.sites.name.tolist(), strict=True))


READ_WHOLE: Final = ("charging", "where", "where_zones")
"""Tables of which the report reads all columns, also those that their schema keeps for other programs."""


def _as_read(table: Table) -> Table:
    """The schema of a table with all that the report reads marked as shown."""
    if table.name not in READ_WHOLE:
        return table
    return replace(table, columns=tuple(replace(column, is_shown=True) for column in table.columns))


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
    try:
        as_language(language)
    except InputError as fault:
        faults.append(str(fault))
    for run in all_runs(comparison):
        where = f"run {run.scenario.name!r}"
        for table in TABLES.values():
            read = _as_read(table)
            if not any(column.is_shown for column in read.columns):
                continue
            if table.name not in run.tables:
                faults.append(f"{where}: table {table.name!r} is missing; run the scenario again")
            elif lacking := read.lacking(run.tables[table.name].columns):
                faults.append(f"{where}: {lacking}")
    if faults:
        raise InputError("report: " + "; ".join(faults))
