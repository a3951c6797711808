"""Where electricity is charged: at home, at work, in public; driven against charged, and who gets nothing at work."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from itas_mobility.core import Region
from itas_mobility.report import charts, texts
from itas_mobility.report.inputs import site_names, table_of
from itas_mobility.scenarios import Run
from itas_mobility.words import LANGUAGES, UNITS, Text

if TYPE_CHECKING:
    import pandas as pd

BY_ZONE: Final = "where_zones"
BY_SITE: Final = "where"
ELSEWHERE: Final = "elsewhere"
"""Stands for a site in the table by site: commuters who do not work in the shifts of one."""
PLACES: Final = ("home", "work", "public")
CLOSED: Final = 1e-9
"""Relative difference of an account that is rounding of its sums."""
_CHARGED: Final = tuple(f"{place}_kwh" for place in PLACES)


def place_words(place: str) -> Text:
    """What a place of charging is called."""
    return Text(*texts.TEXTS[f"place_{place}"])


def place_bars(runs: Sequence[Run]) -> list[Markup]:
    """A stacked bar per run: shares of what is charged at each place; empty where nothing is."""
    bars = []
    for run in runs:
        shares = _shares(_totals(table_of(run, BY_ZONE)))
        bars.append(charts.stack_of([(place_words(place), share) for place, share in zip(PLACES, shares, strict=True)]))
    return bars


def places_told(run: Run) -> list[Markup]:
    """In sentences: of a hundred kilowatt-hours, how many are charged where, and who gets nothing at work."""
    total = _totals(table_of(run, BY_ZONE))
    shares = _shares(total)
    if any(math.isnan(share) for share in shares):
        return [texts.say("places_none")]
    rounded = _hundred(shares)
    told = [
        texts.filled(
            "places_told", **{place: Text.of_number(part) for place, part in zip(PLACES, rounded, strict=True)}
        )
    ]
    left = {name: total[f"{name}_cars"] for name in ("unserved_home", "unserved_public", "stranded")}
    if sum(left.values()) >= 0.5:
        told.append(
            texts.filled(
                "places_unserved",
                cars=Text.of_number(sum(left.values())),
                home=Text.of_number(left["unserved_home"]),
                public=Text.of_number(left["unserved_public"]),
                stranded=Text.of_number(left["stranded"]),
            )
        )
    return told


def balance_rows(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Driven against charged, all runs side by side.

    Parameters
    ----------
    runs : sequence of Run
        The baseline first.

    Returns
    -------
    list of dict
        ``title``, ``unit``, ``note``, ``is_sum`` and ``cells`` (one per run: ``value``, ``note``). What is charged
        less what is fed back stands against what is driven; what the account leaves open is shown.
    """
    totals = [_totals(table_of(run, BY_ZONE)) for run in runs]
    rows = [_row("electric_cars", [total["electric_cars"] for total in totals], "cars")]
    rows.append(_row("driven", [total["driven_kwh"] for total in totals]))
    for at, place in enumerate(PLACES):
        notes = [_per_cent(_shares(total)[at]) for total in totals]
        rows.append(_row(place, [total[f"{place}_kwh"] for total in totals], notes=notes))
    rows.append(_row("fed_back", [-total["fed_back_kwh"] for total in totals]))
    charged = [sum(total[name] for name in _CHARGED) - total["fed_back_kwh"] for total in totals]
    rows.append(_row("sum", charged, is_sum=True))
    rows.append(_gap_row(charged, [total["driven_kwh"] for total in totals]))
    grid = [sum(total[f"{place}_grid_kwh"] for place in PLACES) - total["fed_back_grid_kwh"] for total in totals]
    lost = [one - total["driven_kwh"] for one, total in zip(grid, totals, strict=True)]
    notes = [_per_cent(loss / one if one > 0 else math.nan, 1) for loss, one in zip(lost, grid, strict=True)]
    rows.append(_row("losses", lost, notes=notes))
    rows.append(_row("grid", grid, is_sum=True))
    return rows


def site_place_rows(region: Region, run: Run) -> list[dict[str, Any]]:
    """Per site, what its commuters' electric cars drive and where they charge it, and what those do who get nothing.

    Returns
    -------
    list of dict
        Most energy first, those who work elsewhere last: ``site`` and ``cells`` in the order of
        `SITE_COLUMNS`.
    """
    names: dict[str, object] = {**site_names(region, [run]), ELSEWHERE: texts.say("site_elsewhere")}
    frame = table_of(run, BY_SITE)
    frame = frame.assign(is_elsewhere=frame["site_id"] == ELSEWHERE)
    by = ["is_elsewhere", "driven_kwh", "site_id"]
    frame = frame.sort_values(by, ascending=[True, False, True], kind="stable")
    return [
        {
            "site": names.get(str(row["site_id"]), str(row["site_id"])),
            "cells": [texts.plain(float(row[name]), decimals) for name, decimals in SITE_COLUMNS],
            "is_over": float(row["stranded_cars"]) >= 0.5,
        }
        for row in frame.to_dict("records")
        if float(row["driven_kwh"]) > 0
    ]


SITE_COLUMNS: Final = (
    ("electric_cars", 0), ("driven_kwh", 0), ("home_kwh", 0), ("work_kwh", 0), ("public_kwh", 0), ("unserved_kwh", 0),
    ("unserved_home_cars", 1), ("unserved_public_cars", 1), ("stranded_cars", 1),
)  # fmt: skip
"""Columns of the table of sites, with decimals."""


def zone_energy_layers() -> list[dict[str, Any]]:
    """Layers of the map: what commuters who live in a zone charge at each place; as `maps.zone_layers`, with a unit."""
    return [
        {
            "column": f"{place}_kwh",
            "label": Text(*texts.TEXTS[f"map_{place}_kwh"]).to_mapping(),
            "unit": UNITS["kwh_per_day"].to_mapping(),
        }
        for place in PLACES
    ]


def _totals(frame: "pd.DataFrame") -> dict[str, float]:
    return {str(name): float(value) for name, value in frame.drop(columns="zone_id").sum().items()}


def _shares(total: dict[str, float]) -> list[float]:
    charged = sum(total[name] for name in _CHARGED)
    return [total[name] / charged if charged > 0 else math.nan for name in _CHARGED]


def _hundred(shares: Sequence[float]) -> list[int]:
    """Whole parts of a hundred that add up to it: those with the largest remainders are rounded up."""
    whole = [math.floor(100.0 * share) for share in shares]
    order = sorted(range(len(shares)), key=lambda i: (whole[i] - 100.0 * shares[i], i))
    for i in order[: 100 - sum(whole)]:
        whole[i] += 1
    return whole


def _gap_row(charged: Sequence[float], driven: Sequence[float]) -> dict[str, Any]:
    """What the account leaves open; rounding of its sums is nothing."""
    closes = [abs(one - other) <= CLOSED * max(other, 1.0) for one, other in zip(charged, driven, strict=True)]
    gaps = [0.0 if closed else one - other for closed, one, other in zip(closes, charged, driven, strict=True)]
    row = _row("gap", gaps, notes=[texts.say("balance_closed" if closed else "balance_open") for closed in closes])
    for cell, closed in zip(row["cells"], closes, strict=True):
        cell["is_over"] = not closed
    return row


def _row(
    name: str,
    values: Sequence[float],
    unit: str = "kwh_per_day",
    *,
    notes: Sequence[Markup] | None = None,
    is_sum: bool = False,
) -> dict[str, Any]:
    notes = notes or [Markup()] * len(values)
    return {
        "title": texts.say(f"balance_{name}"),
        "unit": texts.spoken(UNITS[unit]),
        "note": texts.say(f"balance_{name}_note"),
        "is_sum": is_sum,
        "cells": [
            {"value": texts.plain(value, 0), "note": note, "is_over": False}
            for value, note in zip(values, notes, strict=True)
        ],
    }


def _per_cent(share: float, decimals: int = 0) -> Markup:
    unit = "\N{NARROW NO-BREAK SPACE}%"
    if math.isnan(share):
        return Markup()
    return texts.both(*(texts.number(100.0 * share, decimals, language) + unit for language in LANGUAGES))
