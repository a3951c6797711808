"""What the map and its table show of a shift: from which zones one gets there and home without a car, and why not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import Region
from itas_mobility.report.inputs import table_of
from itas_mobility.report.texts import clock
from itas_mobility.scenarios import Run
from itas_mobility.scenarios.shift_changes import on_days, rows_by_shift, shared_days, shift_words
from itas_mobility.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

CAUSES: Final = ("home", "gate", "ride", "time")
"""Why a way fails, the one that is hardest to mend first: where both ways fail, the map shows that one."""
TENTHS: Final = 10
"""Workers of a zone are fractions of people; in tenths their sum over a hundred zones is right to about one."""
WAITED: Final = 10
"""Factor by which minutes of waiting stand above the number of transfers in one whole number."""

Column = tuple[int | None, ...]


def encode_shifts(region: Region, runs: Sequence[Run], zone_ids: Sequence[str]) -> dict[str, Any]:
    """Reachability of each site and shift by home zone, of each run.

    Parameters
    ----------
    region : Region
        Gives the sites; rows of other sites are left out.
    runs : sequence of Run
        The baseline first.
    zone_ids : sequence of str
        Zones that the map draws, in its order.

    Returns
    -------
    dict
        ``rows``: per site and shift, on weekdays that run alike in all runs, its ``site`` (row in the region),
        ``name`` in both languages and ``days``. ``values``: per run and row None, where the shift is not worked, or
        the ``time`` of its start and end as text and, as index into ``columns``, its ``workers`` (tenths of persons)
        and for each way, ``out`` and ``back``, the minutes (below 0: minus 1, 2, ... for the cause in `CAUSES`, None:
        no workers) and a ``note``: transfers plus `WAITED` times the minutes of waiting at the site, or, where the
        times do not fit, the minutes of retiming that would mend it. Equal columns stand once.
    """
    tables = [table_of(run, "reachability") for run in runs]
    sites = {str(site): row for row, site in enumerate(region.sites.site_id)}
    keys = [key for key in shared_days(tables) if key[0] in sites]
    keys.sort(key=lambda key: sites[key[0]])
    position = {zone: at for at, zone in enumerate(zone_ids)}
    columns: dict[Column, int] = {}
    values = []
    for table in tables:
        parts = rows_by_shift(table)
        of_run: list[dict[str, Any] | None] = []
        for site, shift, days in keys:
            rows = on_days(parts.get((site, shift), []), days)
            of_run.append(None if rows is None else _values(rows, position, columns))
        values.append(of_run)
    return {
        "rows": [{"site": sites[site], "name": shift_words(shift), "days": days} for site, shift, days in keys],
        "columns": list(columns),
        "values": values,
    }


def _values(rows: "pd.DataFrame", position: dict[str, int], columns: dict[Column, int]) -> dict[str, Any]:
    at = np.array([position.get(str(zone), -1) for zone in rows["zone_id"]])
    drawn = rows[at >= 0]
    at = at[at >= 0]

    def kept(numbers: NDArray[np.float64]) -> int:
        column: list[int | None] = [None] * len(position)
        for place, number in zip(at.tolist(), numbers.tolist(), strict=True):
            column[place] = round(number)
        return columns.setdefault(tuple(column), len(columns))

    found: dict[str, Any] = {
        "time": f"{clock(float(rows['start_s'].iloc[0]))}–{clock(float(rows['end_s'].iloc[0]))}",
        "workers": kept(TENTHS * drawn["workers"].to_numpy(float)),
    }
    for way in ("out", "back"):
        minutes, note = _way(drawn, way)
        found[way], found[f"{way}_note"] = kept(minutes), kept(note)
    return found


def _way(rows: "pd.DataFrame", way: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minutes or cause, and the note, of each zone."""
    time, wait, retiming = (
        rows[f"{way}_{name}_s"].to_numpy(float) / SECONDS_PER_MINUTE for name in ("time", "wait", "retiming")
    )
    possible = np.isfinite(time)
    cause = rows[f"{way}_cause"].map({name: -1.0 - k for k, name in enumerate(CAUSES)}).to_numpy(float)
    transfers = rows[f"{way}_transfers"].to_numpy(float)
    return (
        np.where(possible, time, cause),
        np.where(possible, transfers + WAITED * np.rint(wait), np.where(np.isfinite(retiming), retiming, 0.0)),
    )
