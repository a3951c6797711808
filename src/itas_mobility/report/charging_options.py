"""What a site could do about charging: all strategies side by side, when its connection breaks, and what would help."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from markupsafe import Markup

from itas_mobility.errors import InputError
from itas_mobility.report import texts
from itas_mobility.report.charging_texts import EXPLANATIONS
from itas_mobility.report.inputs import table_of
from itas_mobility.scenarios import Run
from itas_mobility.scenarios.site_options import ADVICE_FROM, SERVED_SHARE
from itas_mobility.scenarios.stages.charging_sites import UNCONTROLLED
from itas_mobility.words import STRATEGIES, UNITS, Text

if TYPE_CHECKING:
    import pandas as pd

BALANCED: Final = "balanced"
LEAST_PEAK: Final = "peak_minimal"
SHARES: Final = ("peak_limit_share", "served_limit_share")
WORTH: Final = ("kwh_per_kw", "eur_per_kw", "kwh_per_point", "kw_per_min")
"""What one more kilowatt of connection and one more point bring in a week, and each minute by which shifts plug in
apart."""
ALIKE: Final = 1e-6
"""Relative difference of peaks that are one and the same."""
NOTABLE: Final = 1e-3
"""Relative difference that is told."""
PLANNED: Final = ("cost_minimal", "photovoltaic", "emission", "bidirectional")
"""Strategies that do as `LEAST_PEAK` does where no hour is better than another."""
COLUMNS: Final = (
    ("peak_kw", "kw", 0), ("over_limit_h", "h", 1), ("unserved_kwh", "kwh", 0), ("cost_eur", "eur", 0),
    ("co2_kg", "kg", 0),
)  # fmt: skip
"""Figures of a strategy, all of a week and the better the lower: unit and decimals."""


_Row = Mapping[str, Any]


class Options(Protocol):
    """What the report reads of `scenarios.ChargingOptions`."""

    @property
    def strategies(self) -> "pd.DataFrame":
        """A row per site and strategy: site_id, strategy, is_chosen, refused, unserved_share and those of `COLUMNS`."""

    @property
    def limits(self) -> "pd.DataFrame":
        """A row per site: electric shares at which limits break (`SHARES`), their years, points and points needed.

        Years stand in columns that begin with ``peak_limit_year`` and ``served_limit_year``, one for each curve of
        adoption; NaN is never. The columns of `WORTH` are told where they are there.
        """


def option_panels(options: Options | None, runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """What the page shows of each site's options.

    Parameters
    ----------
    options : Options or None
        What `scenarios.charging_options` returned; None for no such panels.
    runs : sequence of Run
        Of the page; the options must be those of one of them.

    Returns
    -------
    dict of str to dict
        By site: ``rows`` of the table of strategies, ``advice`` and ``outlook`` (sentences), and ``runs`` for which
        they hold.

    Raises
    ------
    InputError
        If a table lacks a column, or the options are those of no run of the page.
    """
    if options is None:
        return {}
    _check(options)
    by_site: dict[str, list[_Row]] = {}
    for row in _rows(options.strategies):
        by_site.setdefault(str(row["site_id"]), []).append(row)
    for rows in by_site.values():
        rows.sort(key=_rank)
    mine = _runs_of(by_site, runs)
    limits = {str(row["site_id"]): row for row in _rows(options.limits)}
    return {
        site: {
            "runs": mine,
            "rows": strategy_rows(rows),
            "advice": _advice(rows),
            "outlook": _outlook(limits[site], _chosen(rows)["strategy"]) if site in limits else [],
        }
        for site, rows in by_site.items()
    }


def _rank(row: _Row) -> int:
    """Place of a strategy in the table: rules before programmes; those without words come last."""
    order = list(STRATEGIES)
    return order.index(row["strategy"]) if row["strategy"] in order else len(order)


def _rows(table: "pd.DataFrame") -> list[_Row]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _check(options: Options) -> None:
    """Refuse tables that lack columns."""
    wanted = {
        "strategies": (
            "site_id",
            "strategy",
            "is_chosen",
            "refused",
            "unserved_share",
            *(name for name, _, _ in COLUMNS),
        ),
        "limits": ("site_id", "electric_share", *SHARES, "points", "points_needed"),
    }
    faults = [
        f"{name} lacks column(s) {', '.join(missing)}"
        for name, columns in wanted.items()
        if (missing := [column for column in columns if column not in getattr(options, name)])
    ]
    if faults:
        raise InputError(f"report: charging options: {'; '.join(faults)}; compute them with scenarios.charging_options")


def _runs_of(by_site: Mapping[str, Sequence[_Row]], runs: Sequence[Run]) -> list[int]:
    """Runs whose peaks are those of the chosen strategies: options bear no name of a scenario."""
    chosen = {site: float(_chosen(rows)["peak_kw"]) for site, rows in by_site.items()}
    found = []
    for i, run in enumerate(runs):
        peaks = {str(row["site_id"]): float(row["charging_peak_kw"]) for row in _rows(table_of(run, "sites"))}
        gaps = [abs(peaks.get(site, math.inf) - peak) / max(peak, 1.0) for site, peak in chosen.items()]
        if max(gaps, default=0.0) <= ALIKE:
            found.append(i)
    if not found:
        raise InputError(
            "report: charging options: the peaks of the chosen strategies are those of no run of this comparison; "
            "compute the options from the outcome of one of its scenarios"
        )
    return found


def _chosen(rows: Sequence[_Row]) -> _Row:
    """The strategy that a site follows."""
    chosen = [row for row in rows if row["is_chosen"]]
    if len(chosen) != 1:
        raise InputError(
            f"report: charging options: site {rows[0]['site_id']}: {len(chosen)} strategies are marked as chosen, not "
            "one; compute the options with the strategy of the site among them"
        )
    return chosen[0]


def strategy_name(strategy: str) -> Text:
    """What a strategy is called; one without words bears its own name."""
    return STRATEGIES.get(strategy, Text(strategy, strategy))


def strategy_rows(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """Rows of the table of strategies of one site, the lowest of each column marked.

    Parameters
    ----------
    rows : sequence of mapping
        A strategy each.

    Returns
    -------
    list of dict
        ``name``, ``note``, ``is_chosen`` and ``cells`` (``value``, ``note``, ``is_lowest``, ``is_higher``: a peak above
        that of unmanaged charging). Where all strategies are alike, none is the lowest.
    """
    before = _peak(rows, UNCONTROLLED)
    lowest = {name: _lowest(rows, name) for name, _, _ in COLUMNS}
    return [
        {
            "name": texts.spoken(strategy_name(row["strategy"])),
            "note": _note(row),
            "is_chosen": bool(row["is_chosen"]),
            "cells": [
                {
                    "value": texts.plain(float(row[name]), decimals),
                    "is_lowest": _is_alike(float(row[name]), lowest[name]),
                    "note": _share_of_need(row) if name == "unserved_kwh" else Markup(),
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


def _lowest(rows: Sequence[_Row], name: str) -> float:
    """The lowest value of a column; nan, which nothing equals, where all are alike or none is known."""
    values = [float(row[name]) for row in rows if not math.isnan(row[name])]
    return math.nan if not values or _is_alike(min(values), max(values)) else min(values)


def _peak(rows: Sequence[_Row], strategy: str) -> float:
    return next((float(row["peak_kw"]) for row in rows if row["strategy"] == strategy), math.nan)


def _advice(rows: Sequence[_Row]) -> list[Markup]:
    """Where prices are missing, managing raises the peak, strategies do the same, and balancing each car is dear."""
    told = []
    if all(math.isnan(row["cost_eur"]) for row in rows):
        told.append(texts.say("advice_no_prices"))
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
    same = _same_as_least_peak(rows)
    if same:
        listed = Text.written(lambda language: ", ".join(strategy_name(name)[language] for name in same))
        told.append(texts.filled("advice_alike", listed=listed))
    if balanced > ADVICE_FROM * least > 0:
        told.append(
            texts.filled(
                "advice_balanced",
                times=Text.of_number(balanced / least, 1),
                balanced=Text.of_number(balanced),
                least=Text.of_number(least),
            )
        )
    return told


def _same_as_least_peak(rows: Sequence[_Row]) -> list[str]:
    """Those of `PLANNED` that differ in no figure from `LEAST_PEAK`, where that one charges and saves something."""
    least = next((row for row in rows if row["strategy"] == LEAST_PEAK and not row["refused"]), None)
    if least is None or not 0.0 < float(least["peak_kw"]) < _peak(rows, UNCONTROLLED) * (1.0 - NOTABLE):
        return []

    def is_same(row: _Row) -> bool:
        pairs = [(float(row[name]), float(least[name])) for name, _, _ in COLUMNS]
        return all(_is_alike(*pair) or all(map(math.isnan, pair)) for pair in pairs)

    return [row["strategy"] for row in rows if row["strategy"] in PLANNED and not row["refused"] and is_same(row)]


def _note(row: _Row) -> Markup:
    """What a strategy does, or why it cannot be followed at the site."""
    if row["refused"]:
        return texts.filled("option_refused", reason=Text(str(row["refused"]), str(row["refused"])))
    return texts.spoken(EXPLANATIONS[row["strategy"]]) if row["strategy"] in EXPLANATIONS else Markup()


def _share_of_need(row: _Row) -> Markup:
    share = float(row["unserved_share"])
    return texts.filled("option_of_need", share=Text.of_number(100.0 * share, 1)) if round(share, 3) > 0 else Markup()


def _outlook(row: _Row, chosen: str) -> list[Markup]:
    """When limits break, how many points it takes, and what more of each would bring."""
    told = []
    if chosen != UNCONTROLLED or not math.isnan(row["peak_limit_share"]):
        told.append(_limit_told("peak_limit", row, UNCONTROLLED))
    told.append(_limit_told("served_limit", row, chosen))
    points, needed = (float(row[name]) for name in ("points", "points_needed"))
    kind = "never" if math.isnan(needed) else "more" if needed > points else "enough"
    told.append(
        texts.filled(
            f"points_{kind}",
            points=Text.of_number(points),
            needed=Text.of_number(needed),
            served=_of_hundred(SERVED_SHARE),
        )
    )
    for name in WORTH:
        if name in row and not math.isnan(row[name]):
            value = float(row[name])
            kind = "" if round(value, 1) > 0 else "_none"
            told.append(texts.filled(f"worth_{name}{kind}", value=Text.of_number(value, 1)))
    return told


def _limit_told(name: str, row: _Row, strategy: str) -> Markup:
    """At which electric share a limit breaks, and when that will be."""
    share, now = float(row[f"{name}_share"]), float(row["electric_share"])
    words = {
        "strategy": strategy_name(strategy), "share": _of_hundred(share), "now": _of_hundred(now),
        "served": _of_hundred(SERVED_SHARE),
    }  # fmt: skip
    if math.isnan(share):
        return texts.filled(f"{name}_never", **words)
    # no year of a curve is later than all years
    years = sorted(
        math.inf if math.isnan(value) else float(value)
        for column, value in row.items()
        if str(column).startswith(f"{name}_year")
    )
    told = texts.filled(f"{name}_now" if share <= now else f"{name}_until", **words)
    if not years:
        return told
    middle = years[len(years) // 2]
    if math.isinf(years[0]):
        return Markup("{} {}").format(told, texts.say("year_not"))
    kind = "year_never" if math.isinf(middle) else "year_band" if years[0] < years[-1] else "year_only"
    when = texts.filled(kind, year=_year(middle), low=_year(years[0]), high=_year(years[-1]))
    return Markup("{} {}").format(told, when)


def _of_hundred(share: float) -> Text:
    return Text.of_number(100.0 * share)


def _year(year: float) -> Text:
    """The year in which a moment lies, without a sign between thousands."""
    if math.isinf(year):
        return Text(*texts.TEXTS["beyond_curve"])
    return Text(f"{math.floor(year)}", f"{math.floor(year)}")
