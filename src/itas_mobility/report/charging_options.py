"""What a site could do about charging: all strategies side by side, when its connection breaks, and what would help."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Protocol

from markupsafe import Markup

from itas_mobility.errors import InputError
from itas_mobility.report import texts
from itas_mobility.report.charging_texts import STRATEGIES
from itas_mobility.words import UNITS, Text

if TYPE_CHECKING:
    import pandas as pd

UNCONTROLLED: Final = "uncontrolled"
BALANCED: Final = "balanced"
LEAST_PEAK: Final = "peak_minimal"
NOTABLE: Final = 1e-3
"""Relative difference that is told."""
COSTLY_BALANCE: Final = 1.2
"""From how many times the least peak on the page advises against balancing each car by itself."""
COLUMNS: Final = (
    ("peak_kw", "kw", 0), ("over_limit_h", "h", 1), ("unserved_kwh", "kwh", 0), ("cost_eur", "eur", 0),
    ("co2_kg", "kg", 0),
)  # fmt: skip
"""Figures of a strategy, all of a week and the better the lower: unit and decimals."""


class Options(Protocol):
    """What the report reads of `scenarios.charging_options`."""

    @property
    def title(self) -> Text:
        """Of the scenario for which the options were computed."""

    @property
    def strategies(self) -> "pd.DataFrame":
        """A row per site and strategy: site_id, strategy, is_chosen and the figures of `COLUMNS`."""

    @property
    def breaks(self) -> "pd.DataFrame":
        """A row per site and strategy for which it was looked into: the fields of `Break`."""

    @property
    def worth(self) -> "pd.DataFrame":
        """A row per site: the fields of `Worth`."""


@dataclass(frozen=True)
class Break:
    """When the connection of a site no longer suffices."""

    site_id: str
    strategy: str
    year: float
    """First year in which it does not; inf: in none of those looked into."""
    low: float
    """Earliest such year within the band of adoption."""
    high: float
    """Latest."""
    electric_share: float
    """Share of electric cars at which it happens; above 1: not even if all cars are electric."""


@dataclass(frozen=True)
class Worth:
    """What would help a site; nan where it was not computed."""

    site_id: str
    points: float
    """Charging points that there are."""
    points_needed: float
    """Points for 95 % of the need served; inf: no number of points would do."""
    kwh_per_kw: float
    """More energy charged in a week with one more kilowatt of connection."""
    eur_per_kw: float
    """Cost saved in a week with it."""
    kwh_per_point: float
    """More energy charged in a week with one more point."""
    kw_per_min: float
    """Peak that is saved with each minute by which shifts plug in apart."""


def option_panels(options: Options | None) -> dict[str, dict[str, Any]]:
    """What the page shows of each site's options.

    Parameters
    ----------
    options : Options or None
        What `scenarios.charging_options` returned; None for no such panels.

    Returns
    -------
    dict of str to dict
        By site: ``rows`` of the table of strategies, ``advice`` and ``outlook`` (sentences), ``title``.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    if options is None:
        return {}
    _check(options)
    strategies, breaks, worth = (_by_site(table) for table in (options.strategies, options.breaks, options.worth))
    return {
        site: {
            "title": texts.spoken(options.title),
            "rows": strategy_rows(rows),
            "advice": _advice(rows),
            "outlook": [
                *(_break_told(Break(**row)) for row in breaks.get(site, [])),
                *(told for row in worth.get(site, []) for told in _worth_told(Worth(**row))),
            ],
        }
        for site, rows in strategies.items()
    }


def _check(options: Options) -> None:
    wanted = {
        "strategies": {"site_id", "strategy", "is_chosen", *(name for name, _, _ in COLUMNS)},
        "breaks": {field.name for field in fields(Break)},
        "worth": {field.name for field in fields(Worth)},
    }
    faults = [
        f"{name} lacks column(s) {', '.join(sorted(missing))}"
        for name, columns in wanted.items()
        if (missing := columns - set(getattr(options, name).columns))
    ]
    if faults:
        raise InputError(f"report: charging options: {'; '.join(faults)}; compute them with scenarios.charging_options")


def _by_site(table: "pd.DataFrame") -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(str(row["site_id"]), []).append({str(name): value for name, value in row.items()})
    return found


def strategy_name(strategy: str) -> Text:
    """What a strategy is called; one without words bears its own name."""
    return STRATEGIES[strategy][0] if strategy in STRATEGIES else Text(strategy, strategy)


def strategy_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the table of strategies of one site, the lowest of each column marked.

    Parameters
    ----------
    rows : sequence of mapping
        A strategy each.

    Returns
    -------
    list of dict
        ``name``, ``note``, ``is_chosen`` and ``cells`` (``value``, ``is_lowest``, ``is_higher``: a peak above that of
        unmanaged charging). Where all strategies are alike, none is the lowest.
    """
    before = _peak(rows, UNCONTROLLED)
    lowest = {name: _lowest(rows, name) for name, _, _ in COLUMNS}
    return [
        {
            "name": texts.spoken(strategy_name(row["strategy"])),
            "note": texts.spoken(STRATEGIES[row["strategy"]][1]) if row["strategy"] in STRATEGIES else Markup(),
            "is_chosen": bool(row["is_chosen"]),
            "cells": [
                {
                    "value": texts.plain(float(row[name]), decimals),
                    "is_lowest": _is_alike(float(row[name]), lowest[name]),
                    "is_higher": name == "peak_kw" and float(row[name]) > before * (1.0 + NOTABLE),
                }
                for name, _, decimals in COLUMNS
            ],
        }
        for row in rows
    ]


def column_heads() -> list[dict[str, Markup]]:
    """Heads of the columns of the table of strategies: title, unit and what it means."""
    return [
        {
            "title": texts.say(f"option_{name}"),
            "unit": texts.spoken(UNITS[unit]),
            "note": texts.say(f"option_{name}_note"),
        }
        for name, unit, _ in COLUMNS
    ]


def _is_alike(value: float, other: float) -> bool:
    return abs(value - other) <= NOTABLE * max(abs(value), abs(other))


def _lowest(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    """The lowest value of a column; nan, which nothing equals, where all are alike or none is known."""
    values = [float(row[name]) for row in rows if not math.isnan(row[name])]
    return math.nan if not values or _is_alike(min(values), max(values)) else min(values)


def _peak(rows: Sequence[Mapping[str, Any]], strategy: str) -> float:
    return next((float(row["peak_kw"]) for row in rows if row["strategy"] == strategy), math.nan)


def _advice(rows: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """Where managing raises the peak, and where balancing each car by itself is dear."""
    told = []
    before, balanced, least = (_peak(rows, name) for name in (UNCONTROLLED, BALANCED, LEAST_PEAK))
    higher = [row for row in rows if float(row["peak_kw"]) > before * (1.0 + NOTABLE)]
    if higher:
        listed = Text.written(
            lambda language: ", ".join(
                f"{strategy_name(row['strategy'])[language]} ({Text.of_number(row['peak_kw'])[language]} kW)"
                for row in higher
            )
        )
        told.append(texts.filled("advice_higher", listed=listed, peak=Text.of_number(before)))
    if balanced > COSTLY_BALANCE * least > 0:
        told.append(
            texts.filled(
                "advice_balanced",
                times=Text.of_number(balanced / least, 1),
                balanced=Text.of_number(balanced),
                least=Text.of_number(least),
            )
        )
    return told


def _year(year: float) -> Text:
    """A year, without a sign between thousands."""
    if math.isinf(year):
        return Text(*texts.TEXTS["year_never"])
    return Text(f"{year:.0f}", f"{year:.0f}")


def _break_told(found: Break) -> Markup:
    words = {"strategy": strategy_name(found.strategy), "share": Text.of_number(100.0 * found.electric_share)}
    if found.electric_share > 1.0:
        return texts.filled("break_never", **words)
    if math.isinf(found.year):
        return texts.filled("break_late", **words, low=_year(found.low))
    years = {name: _year(getattr(found, name)) for name in ("year", "low", "high")}
    return texts.filled("break_year", **words, **years)


def _worth_told(worth: Worth) -> list[Markup]:
    told = []
    now = Text.of_number(worth.points)
    if math.isinf(worth.points_needed):
        told.append(texts.filled("points_never", points=now))
    elif worth.points_needed > worth.points:
        told.append(texts.filled("points_more", points=now, needed=Text.of_number(worth.points_needed)))
    elif not math.isnan(worth.points_needed):
        told.append(texts.filled("points_enough", points=now, needed=Text.of_number(worth.points_needed)))
    for name in ("kwh_per_kw", "eur_per_kw", "kwh_per_point", "kw_per_min"):
        value = getattr(worth, name)
        if not math.isnan(value):
            shown = round(value, 1)
            told.append(
                texts.filled(f"worth_{name}", value=Text.of_number(value, 1))
                if shown > 0
                else texts.say(f"worth_{name}_none")
            )
    return told
