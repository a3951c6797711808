"""What the map and its table show of a shift: from which zones one gets there and home without a car, and why not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from itas_mobility.core import Region
from itas_mobility.report.inputs import table_of
from itas_mobility.report.texts import clock
from itas_mobility.scenarios import Run
from itas_mobility.scenarios.comparing.shift_changes import on_days, rows_by_shift, shared_days, shift_words
from itas_mobility.units import SECONDS_PER_MINUTE
from itas_mobility.words import Text

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
        parts = rows_by_shift(_coded(table, position))
        found = (on_days(parts.get((site, shift), []), days) for site, shift, days in keys)
        values.append([None if rows is None else _values(rows, len(position), columns) for rows in found])
    return {
        "rows": [{"site": sites[site], "name": _pair(shift_words(shift)), "days": days} for site, shift, days in keys],
        "columns": list(columns),
        "values": values,
    }


def _coded(table: "pd.DataFrame", position: dict[str, int]) -> "pd.DataFrame":
    """Rows with the whole numbers that the map reads; ``at`` is the place of the zone in `position`, -1 for none."""
    import pandas as pd

    code = {cause: -1.0 - k for k, cause in enumerate(CAUSES)}
    columns: dict[str, Any] = {name: table[name] for name in ("site_id", "shift", "weekday", "start_s", "end_s")}
    columns["at"] = table["zone_id"].map(position).fillna(-1).astype(int)
    columns["workers"] = TENTHS * table["workers"]
    for way in ("out", "back"):
        minutes, wait, retiming = (
            table[f"{way}_{name}_s"] / SECONDS_PER_MINUTE for name in ("time", "wait", "retiming")
        )
        possible = np.isfinite(minutes)
        note = np.where(possible, table[f"{way}_transfers"] + WAITED * wait.round(), retiming)
        columns[way] = np.where(possible, minutes, table[f"{way}_cause"].map(code))
        columns[f"{way}_note"] = np.where(np.isfinite(note), note, 0.0)
    return pd.DataFrame(columns)


def _values(rows: "pd.DataFrame", n_zones: int, columns: dict[Column, int]) -> dict[str, Any]:
    drawn = rows[rows["at"] >= 0]

    def kept(name: str) -> int:
        column: list[int | None] = [None] * n_zones
        for at, number in zip(drawn["at"].tolist(), drawn[name].tolist(), strict=True):
            column[at] = round(number)
        return columns.setdefault(tuple(column), len(columns))

    start_s, end_s = (float(rows[name].iloc[0]) for name in ("start_s", "end_s"))
    return {
        "time": f"{clock(start_s)}–{clock(end_s)}",
        **{name: kept(name) for name in ("workers", "out", "out_note", "back", "back_note")},
    }


def _pair(text: Text) -> list[str]:
    """German and English, as the map's script takes them."""
    return [text.de, text.en]
