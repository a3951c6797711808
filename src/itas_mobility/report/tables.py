"""Rows of the report's tables: values, differences and their direction, in both languages."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from itas_mobility.core import Parameter, Region
from itas_mobility.core.weekdays import days_of
from itas_mobility.report import charts, texts
from itas_mobility.report.inputs import site_names, table_of
from itas_mobility.report.maps import municipality_names
from itas_mobility.scenarios import Indicator, Run
from itas_mobility.scenarios.comparing.sentences import withheld_direction
from itas_mobility.scenarios.comparing.shift_changes import shift_words
from itas_mobility.scenarios.indicators.travel import STRANDED
from itas_mobility.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from itas_mobility.words import LANGUAGES, MODES, NO_VALUE, UNITS, Text

if TYPE_CHECKING:
    import pandas as pd

HEADLINES: Final = (
    "car_share", "reachable_share", "co2_wtw_t_per_day", "transit_share", "charging_peak_kw", "veh_km_per_day",
)  # fmt: skip
"""Indicators for the tiles at the top, most telling first; others fill up where these are absent."""
LINES_SHOWN: Final = 14
_SHADES: Final = 6
"""Steps of the heat table's colour scale."""


@dataclass(frozen=True)
class Difference:
    """A difference to the baseline as shown."""

    text: Markup
    kind: str
    """``"better"``, ``"worse"``, ``"neutral"`` or ``"none"``."""
    arrow: str


def known_indicators(registry: Mapping[str, Indicator], runs: Sequence[Run]) -> list[Indicator]:
    """Indicators that at least one run holds, in the order of the registry."""
    held = {name for run in runs for name in run.indicators}
    return [registry[name] for name in registry if name in held]


def difference(indicator: Indicator, value: float, base: float, *, withheld: str | None = None) -> Difference:
    """The difference of a value to the baseline, and whether it is good news.

    Parameters
    ----------
    indicator : Indicator
        Gives unit, decimals and direction.
    value, base : float
        The values; NaN in either gives no difference.
    withheld : "better" or "worse", optional
        What is not to be said, as other people travel in the two runs (see `sentences.withheld_direction`);
        it does not hold for the commuters without a mode themselves.

    Returns
    -------
    Difference
        A difference that the shown decimals round to zero is ``"none"``.
    """
    change = value - base
    if math.isnan(change):
        return Difference(escape(NO_VALUE), "none", "")
    shown = round(change, indicator.decimals)
    text = texts.figure(
        change, indicator.unit, indicator.decimals, signed=True, with_unit=texts.is_percentage(indicator.unit)
    )
    if shown == 0:
        return Difference(Markup("±0"), "none", "")
    arrow = "▲" if shown > 0 else "▼"
    if indicator.better not in ("higher", "lower"):
        return Difference(text, "neutral", arrow)
    kind = "better" if (shown > 0) == (indicator.better == "higher") else "worse"
    return Difference(text, "neutral" if kind == withheld and indicator.name != STRANDED else kind, arrow)


def indicator_rows(registry: Mapping[str, Indicator], runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Rows of the table of indicators.

    Parameters
    ----------
    registry : mapping of str to Indicator
        All indicators known.
    runs : sequence of Run
        The baseline first.

    Returns
    -------
    list of dict
        ``title``, ``explanation``, ``unit`` and ``cells`` (``value``, ``difference`` or None for the baseline).
    """
    base = runs[0].indicators
    withheld = [withheld_direction(runs[0], run) for run in runs]
    rows = []
    for indicator in known_indicators(registry, runs):
        before = float(base.get(indicator.name, math.nan))
        cells = []
        for i, run in enumerate(runs):
            value = float(run.indicators.get(indicator.name, math.nan))
            cells.append(
                {
                    "value": texts.figure(
                        value, indicator.unit, indicator.decimals, with_unit=texts.is_percentage(indicator.unit)
                    ),
                    "difference": difference(indicator, value, before, withheld=withheld[i]) if i else None,
                }
            )
        rows.append(
            {
                "title": texts.spoken(indicator.title),
                "explanation": texts.spoken(indicator.explanation),
                "unit": texts.spoken(indicator.unit_text) if not texts.is_percentage(indicator.unit) else Markup(),
                "cells": cells,
            }
        )
    return rows


def horizon_rows(registry: Mapping[str, Indicator], run: Run, base: Run) -> list[dict[str, Any]]:
    """Rows of the table of both horizons of a run: indicators whose change is not the same in the long run.

    Parameters
    ----------
    registry : mapping of str to Indicator
        All indicators known.
    run, base : Run
        The run and its baseline.

    Returns
    -------
    list of dict
        ``title``, ``unit`` and ``cells``: the baseline, the short run and the long run, each with ``value`` and
        ``difference`` (None for the baseline). Empty for a run that does not tell the long run, or of which no
        indicator is shown otherwise.
    """
    withheld = withheld_direction(base, run)
    rows = []
    for indicator in known_indicators(registry, [run]):
        if indicator.unit == "1":
            continue  # how exact the solver was
        name = indicator.name
        values = [
            float(one.get(name, math.nan)) for one in (base.indicators, base.long_run, run.indicators, run.long_run)
        ]
        before, before_long, short, long_run = values
        if any(map(math.isnan, values)) or abs(long_run - short) < 0.5 * 10.0**-indicator.decimals:
            continue
        told = [(before, None), (short, before), (long_run, before_long)]
        rows.append(
            {
                "title": texts.spoken(indicator.title),
                "unit": texts.spoken(indicator.unit_text) if not texts.is_percentage(indicator.unit) else Markup(),
                "cells": [
                    {
                        "value": texts.figure(
                            value, indicator.unit, indicator.decimals, with_unit=texts.is_percentage(indicator.unit)
                        ),
                        "difference": None if was is None else difference(indicator, value, was, withheld=withheld),
                    }
                    for value, was in told
                ],
            }
        )
    return rows


def benefit_rows(region: Region, run: Run) -> list[dict[str, Any]]:
    """Rows of the table of what commuters gain, by municipality of their homes, those that gain or lose most first.

    Parameters
    ----------
    region : Region
        Gives the municipalities.
    run : Run
        The run.

    Returns
    -------
    list of dict
        ``place``, ``persons``, ``short`` and ``long`` (EUR a day) and ``each`` (EUR a person and day, short run).
        Homes outside the region are one row. Empty for a run without a benefit.
    """
    if "benefit" not in run.tables:
        return []
    frame = table_of(run, "benefit")
    place = dict(zip(region.zones.zone_id.tolist(), municipality_names(region), strict=True))
    if not frame["benefit_eur_per_day"].any() or not set(frame["zone_id"]) <= set(place):
        return []
    columns = ["persons", "benefit_eur_per_day", "benefit_long_eur_per_day"]
    sums = frame.assign(place=frame["zone_id"].map(place)).groupby("place")[columns].sum()
    rows = []
    for name, row in sorted(
        sums.iterrows(), key=lambda item: (-round(abs(item[1]["benefit_eur_per_day"]), 6), item[0])
    ):
        persons, short, long_run = (float(row[column]) for column in columns)
        if persons == 0.0:
            continue
        rows.append(
            {
                "place": escape(str(name)) if name else texts.say("benefit_outside"),
                "persons": texts.figure(persons, "", 0),
                "short": texts.figure(short, "", 0, signed=True),
                "long": texts.figure(long_run, "", 0, signed=True),
                "each": texts.figure(short / persons, "", 3, signed=True),
            }
        )
    return rows


def benefit_told(run: Run) -> Markup:
    """What commuters gain, who is left out, and how far both rules agree, in sentences; empty where nothing changes."""
    if "benefit" not in run.tables:
        return Markup()
    names = [
        "persons",
        "persons_left_out",
        "benefit_eur_per_day",
        "rule_of_half_eur_per_day",
        "benefit_long_eur_per_day",
    ]
    persons, left_out, gain, half, long_run = (float(table_of(run, "benefit")[name].sum()) for name in names)
    if gain == half == long_run == 0.0:
        return Markup()

    def signed(value: float) -> Text:
        return Text.written(lambda language: texts.number(value, 0, language, signed=True))

    told = texts.filled(
        "benefit_told", gain=signed(gain), half=signed(half), long=signed(long_run), persons=Text.of_number(persons)
    )
    if left_out >= 0.5:
        told += " " + texts.filled("benefit_left_out", persons=Text.of_number(left_out))
    return told


def headline_indicators(registry: Mapping[str, Indicator], runs: Sequence[Run]) -> list[Indicator]:
    """All indicators the runs hold, the most telling first and the solver's own last."""
    known = {indicator.name: indicator for indicator in known_indicators(registry, runs)}
    ordered: list[str] = [name for name in HEADLINES if name in known]
    ordered += [name for name in known if name not in ordered and name != "relative_gap"]
    return [known[name] for name in ordered]


def tiles(indicators: Iterable[Indicator], run: Run, base: Run | None) -> list[dict[str, Any]]:
    """Value, title and (given a baseline) difference of each indicator."""
    found = []
    withheld = None if base is None else withheld_direction(base, run)
    for indicator in indicators:
        value = float(run.indicators.get(indicator.name, math.nan))
        before = math.nan if base is None else float(base.indicators.get(indicator.name, math.nan))
        found.append(
            {
                "title": texts.spoken(indicator.title),
                "value": texts.figure(
                    value, indicator.unit, indicator.decimals, with_unit=texts.is_percentage(indicator.unit)
                ),
                "unit": texts.spoken(indicator.unit_text) if not texts.is_percentage(indicator.unit) else Markup(),
                "difference": None if base is None else difference(indicator, value, before, withheld=withheld),
            }
        )
    return found


NOISE_SHOWN = ("delay_veh_h_per_day", "co2_wtw_t_per_day")
"""Indicators of which the report tells what a second start moved: a small difference of large times, and a total."""


def solver_bounds(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Relative gap of each run, what it is worth in vehicle hours, and what a second start of the solver moved.

    Total travel time exceeds that of shortest paths at the same link times by the gap times the total, which is what
    the bound states; where the vehicle hours are not among the indicators it stays empty, and so does what was not
    measured.
    """
    rows = []
    for i, run in enumerate(runs):
        gap = float(run.indicators.get("relative_gap", math.nan))
        hours = gap * float(run.indicators.get("veh_h_per_day", math.nan))
        moved = {name: texts.figure(run.noise.get(name, math.nan), "", 1) for name in NOISE_SHOWN}
        rows.append({"run": i, "gap": texts.figure(gap, "", 1), "hours": texts.figure(hours, "veh_h", 1), **moved})
    return rows


def shade(share: float) -> int:
    """Step of the colour scale, 0 to 5 (-1 for NaN)."""
    return -1 if math.isnan(share) else min(int(share * _SHADES), _SHADES - 1)


def _percent(share: float, *, decimals: int = 0) -> Markup:
    if math.isnan(share):
        return escape(NO_VALUE)
    unit = "\N{NARROW NO-BREAK SPACE}%"
    return texts.both(*(texts.number(100 * share, decimals, language) + unit for language in LANGUAGES))


def shift_columns(runs: Sequence[Run]) -> list[tuple[str, Markup]]:
    """Columns of the heat table: shifts by name, in the order of their earliest start, with what they are called."""
    import pandas as pd

    frames = [table_of(run, "shifts")[["shift", "start_s"]] for run in runs]
    joined = pd.concat(frames, ignore_index=True)
    if joined.empty:
        return []
    starts = joined.groupby("shift", sort=True)["start_s"].min().sort_values(kind="stable")
    return [(str(name), texts.spoken(shift_words(str(name)))) for name in starts.index]


def shift_rows(region: Region, run: Run, base: Run | None, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the heat table of one run: sites by workers, one cell per shift.

    Parameters
    ----------
    region : Region
        Gives the sites' names.
    run : Run
        The run.
    base : Run or None
        Its baseline, where changes are to be shown.
    columns : sequence of str
        Names of the shifts.

    Returns
    -------
    list of dict
        ``site``, ``days`` and ``cells``; a cell is None where the site has no such shift. Where days of the week
        differ, a site has a row for each group of days that are alike, and ``days`` names them; else it is empty.
    """
    names = site_names(region, [run])
    before = {} if base is None else _share_by_day(table_of(base, "shifts"))
    cells: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
    workers: dict[str, dict[str, float]] = {}
    for row in table_of(run, "shifts").to_dict("records"):
        site, shift, days = str(row["site_id"]), str(row["shift"]), str(row["weekday"])
        # a shift that is worked on several groups of days has one and the same workers on each of them
        workers.setdefault(site, {})[shift] = float(row["workers"])
        cells.setdefault(site, {}).setdefault(days, {})[shift] = _shift_cell(row, before)
    order = sorted(cells, key=lambda site: (-sum(workers[site].values()), site))
    return [
        {
            "site": names.get(site, site),
            "days": _worded({}, days) if len(cells[site]) > 1 else Markup(),
            "cells": [of_days.get(name) for name in columns],
        }
        for site in order
        for days, of_days in cells[site].items()
    ]


def _share_by_day(table: "pd.DataFrame") -> dict[tuple[str, str, int], float]:
    """Share of workers who can go both ways, by site, shift and day of the week."""
    columns = (table[name] for name in ("site_id", "shift", "weekday", "both_share"))
    return {
        (str(site), str(shift), day): float(share)
        for site, shift, weekday, share in zip(*columns, strict=True)
        for day in days_of(str(weekday))
    }


def _shift_cell(row: Mapping[Any, Any], before: Mapping[tuple[str, str, int], float]) -> dict[str, Any]:
    share = float(row["both_share"])
    # a measure may part days that ran alike: a row is compared with the mean of its days
    shares = [
        before.get((str(row["site_id"]), str(row["shift"]), day), math.nan) for day in days_of(str(row["weekday"]))
    ]
    change = share - sum(shares) / len(shares)
    return {
        "shade": shade(share),
        "both": _percent(share),
        "arrive": _percent(float(row["arrive_share"])),
        "back": _percent(float(row["return_share"])),
        "time": f"{texts.clock(float(row['start_s']))}–{texts.clock(float(row['end_s']))}",
        "workers": texts.figure(float(row["workers"]), "", 0),
        "failing": _worded(texts.FAILING, row["first_failing"]) if not share >= 1.0 else Markup(),
        "cause": _worded(texts.CAUSES, row["first_cause"]) if not share >= 1.0 else Markup(),
        "days": _worded({}, row["weekday"]),
        "wait": _if_any(float(row["mean_out_wait_s"]) / SECONDS_PER_MINUTE, "min", "min"),
        "mendable": _if_any(100.0 * float(row["mendable_share"]), *texts.TEXTS["percentage_points"], signed=True),
        "change": None
        if math.isnan(change) or round(100 * change) == 0
        else texts.both(*(texts.number(100 * change, 0, language, signed=True) for language in LANGUAGES)),
        "kind": "better" if change > 0 else "worse",
    }


def _worded(words: Mapping[str, tuple[str, str]], value: object) -> Markup:
    word = "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
    return texts.both(*words.get(word, (word, word))) if word else Markup()


def _if_any(value: float, unit_de: str, unit_en: str, *, signed: bool = False) -> Markup:
    """A whole number with its unit; nothing where it is 0 or not known."""
    if math.isnan(value) or round(value) == 0:
        return Markup()
    space = "\N{NARROW NO-BREAK SPACE}"
    units = (("de", unit_de), ("en", unit_en))
    return texts.both(*(texts.number(value, 0, language, signed=signed) + space + unit for language, unit in units))


def site_rows(region: Region, run: Run, index: int) -> list[dict[str, Any]]:
    """Rows of the table of sites of one run, largest first."""
    names = site_names(region, [run])
    rows = []
    frame = table_of(run, "sites")
    parking = table_of(run, "parking").set_index("site_id")
    for row in frame.sort_values("workers", ascending=False, kind="stable").to_dict("records"):
        stand = parking.loc[row["site_id"]]
        cars, spaces = float(stand["standing_cars"]), float(stand["parking_spaces"])
        peak, grid = float(row["charging_peak_kw"]), float(row["grid_connection_kw"])
        rows.append(
            {
                "site": names.get(str(row["site_id"]), str(row["site_id"])),
                "workers": texts.figure(float(row["workers"]), "", 0),
                "car": _percent(float(row["car_share"])),
                "transit": _percent(float(row["transit_share"])),
                "reachable": _percent(float(row["reachable_share"])),
                "shade": shade(float(row["reachable_share"])),
                "cars": texts.figure(cars, "", 0),
                "spaces": texts.figure(spaces, "", 0),
                "parking_over": float(stand["shadow_price_eur_per_day"]) > 0.0 or float(stand["outside_cars"]) > 0.0,
                "parking_want": _want_of_space(stand),
                "parking_bar": charts.bar(cars, max(spaces, cars), colour=charts.colour_index(index), tick=spaces),
                "electric": texts.figure(float(row["electric_cars"]), "", 0),
                "peak": texts.figure(peak, "", 0),
                "grid": texts.figure(grid, "", 0),
                "grid_over": peak > grid,
                "grid_bar": charts.bar(peak, max(grid, peak), colour=charts.colour_index(index), tick=grid),
                "unserved": texts.figure(float(row["unserved_kwh"]), "kwh", 0),
            }
        )
    return rows


def _want_of_space(stand: Mapping[str, Any]) -> Markup:
    """Cars outside and what the want of space is worth a day; nothing where there is none."""
    outside, worth = float(stand["outside_cars"]), float(stand["shadow_price_eur_per_day"])
    left = _if_any(outside, "draußen", "outside")
    if round(worth, 2) == 0.0:
        return left
    shadow = texts.both(
        f"Mangel {texts.number(worth, 2, 'de')} €/Tag", f"shortage {texts.number(worth, 2, 'en')} €/day"
    )
    return Markup(", ").join([left, shadow]) if left else shadow


def mode_rows(runs: Sequence[Run]) -> tuple[list[str], list[Markup]]:
    """Modes that some run holds a share of, and a stacked bar per run."""
    present = [mode for mode in MODES if any(f"{mode}_share" in run.indicators for run in runs)]
    bars = [
        charts.stack([(mode, run.indicators.get(f"{mode}_share", math.nan) / 100.0) for mode in present])
        for run in runs
    ]
    return present, bars


def line_rows(run: Run, base: Run, index: int) -> tuple[list[dict[str, Any]], int]:
    """Bars of boardings of the busiest lines of a run and its baseline, and how many lines are left out.

    Returns
    -------
    rows : list of dict
        ``line``, ``mode``, ``value``, ``bar``, ``change`` (None for the baseline itself), ``operation`` (what running
        it takes; empty where that is not known), ``crowded`` (seats and passengers where these are more).
    hidden : int
        Lines not shown.
    """
    table = table_of(run, "lines")
    mine, before = (_boardings(one) for one in (table, table_of(base, "lines")))
    taken = {_line_key(row): row for row in table.to_dict("records")}
    keys = sorted({*mine, *before}, key=lambda key: (-max(mine.get(key, 0.0), before.get(key, 0.0)), key))
    top = max((max(mine.get(key, 0.0), before.get(key, 0.0)) for key in keys), default=0.0)
    rows = []
    for key in keys[:LINES_SHOWN]:
        value, old = mine.get(key, 0.0), before.get(key, 0.0)
        change = value - old
        rows.append(
            {
                "line": key[0],
                "operation": _operation(taken[key]) if key in taken else Markup(),
                "crowded": _crowded(taken[key]) if key in taken else Markup(),
                "mode": texts.both(*texts.TRANSIT_MODES.get(key[1], (key[1], key[1]))),
                "mode_class": key[1] if key[1] in texts.TRANSIT_MODES else "BUS",
                "value": texts.figure(value, "", 0),
                "bar": charts.bar(value, top, colour=charts.colour_index(index), tick=None if run is base else old),
                "change": None if run is base or round(change) == 0 else texts.figure(change, "", 0, signed=True),
            }
        )
    return rows, max(0, len(keys) - LINES_SHOWN)


def _boardings(table: "pd.DataFrame") -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for row in table.to_dict("records"):
        found[_line_key(row)] = found.get(_line_key(row), 0.0) + float(row["boardings"])
    return found


def _line_key(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Line and mode, the latter as `TransitMode` names it."""
    mode = str(row["mode"])
    return str(row["line"]), mode.upper() if mode.upper() in texts.TRANSIT_MODES else mode


def _operation(row: Mapping[Any, Any]) -> Markup:
    """Vehicles, kilometres and cost of a line on a day."""
    values = [float(row[name]) for name in ("vehicles", "vehicle_km", "cost_eur")]
    if any(math.isnan(value) for value in values):
        return Markup()
    vehicles = Text(*texts.TEXTS["one_vehicle" if values[0] == 1 else "many_vehicles"])
    units = vehicles, UNITS["veh_km"], UNITS["eur"]
    space = "\N{NARROW NO-BREAK SPACE}"
    return texts.both(
        *(
            " · ".join(
                texts.number(value, 0, language) + space + unit[language]
                for value, unit in zip(values, units, strict=True)
            )
            for language in LANGUAGES
        )
    )


def _crowded(row: Mapping[Any, Any]) -> Markup:
    """Passengers of the fullest trip and seats, where these are fewer."""
    seats, persons = float(row["seats"]), float(row["fullest_trip"])
    if not persons > seats:
        return Markup()
    return texts.both(
        *(
            text.format(persons=texts.number(persons, 0, language), seats=texts.number(seats, 0, language))
            for text, language in zip(texts.TEXTS["persons_on_seats"], LANGUAGES, strict=True)
        )
    )


def day_chart(runs: Sequence[Run]) -> Markup | None:
    """Car trips per hour over the day, one curve per run."""
    curves = []
    lowest, highest = math.inf, -math.inf
    for i, run in enumerate(runs):
        frame = table_of(run, "slices").sort_values("start_s", kind="stable")
        if frame.empty:
            continue
        start, end = frame["start_s"].to_numpy(float), frame["end_s"].to_numpy(float)
        rate = frame["car_trips"].to_numpy(float) * SECONDS_PER_HOUR / (end - start)
        x: list[float] = []
        y: list[float] = []
        for j in range(len(start)):
            if x and start[j] > end[j - 1]:
                # a stretch of the day that no slice covers is drawn as zero
                x.append(float(end[j - 1]))
                y.append(0.0)
            x.append(float(start[j]))
            y.append(float(rate[j]))
        lowest, highest = min(lowest, x[0]), max(highest, float(end[-1]))
        curves.append(charts.Curve(charts.colour_index(i), x, y, float(end[-1]), run_title(run)))
    if not curves:
        return None
    ticks = _hours(lowest, highest)
    return charts.plot(curves, x_range=(lowest, highest), x_ticks=ticks, label=texts.say("trips_per_h"))


def _hours(lowest: float, highest: float) -> list[tuple[float, str]]:
    span = highest - lowest
    step = 4 if span > 12 * SECONDS_PER_HOUR else 2 if span > 5 * SECONDS_PER_HOUR else 1
    first = math.ceil(lowest / (step * SECONDS_PER_HOUR)) * step
    last = math.floor(highest / SECONDS_PER_HOUR)
    return [(hour * SECONDS_PER_HOUR, f"{hour % 24 if hour != 24 else 24}:00") for hour in range(first, last + 1, step)]


def run_title(run: Run) -> Markup:
    """A run's title in both languages as plain text: that of an SVG shape cannot be switched by the style sheet."""
    return escape(" / ".join(dict.fromkeys(run.scenario.title_in(language) for language in LANGUAGES)))


def parameter_rows(parameters: Iterable[tuple[str, Parameter]]) -> list[dict[str, Any]]:
    """Rows of a table of parameters: value, unit, range, source, year, confidence and note."""
    rows = []
    for name, parameter in parameters:
        value, low, high = (
            texts.both(*(_plain(number, language) for language in LANGUAGES))
            for number in (parameter.value, parameter.low, parameter.high)
        )
        rows.append(
            {
                "name": name,
                "value": value,
                "unit": parameter.unit,
                "range": Markup("{} … {}").format(low, high) if parameter.low != parameter.high else Markup(),
                "source": parameter.source,
                "year": parameter.year,
                "confidence": texts.both(*texts.CONFIDENCES[parameter.confidence]),
                "grade": parameter.confidence,
                "note": parameter.note,
            }
        )
    return rows


def _plain(value: float, language: str) -> str:
    """A parameter with as many digits as it has (at most six significant ones)."""
    text = f"{value:.6g}"
    decimals = 0
    if "e" not in text and "." in text:
        decimals = len(text.split(".")[1])
    return texts.number(value, decimals, language)
