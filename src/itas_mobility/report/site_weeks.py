"""Panels of the report on charging at a site: its week as charts, in words and in figures, of all runs."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from markupsafe import Markup

from itas_mobility.core import Region
from itas_mobility.errors import InputError
from itas_mobility.report import charts, texts
from itas_mobility.report.charged_places import BY_SITE
from itas_mobility.report.charging_texts import DAYS, WEEKDAYS
from itas_mobility.report.inputs import site_names, table_of
from itas_mobility.report.tables import run_title
from itas_mobility.report.week_charts import SiteWeek, week_charts
from itas_mobility.scenarios import Run
from itas_mobility.scenarios.results.tables import TABLES
from itas_mobility.units import SECONDS_PER_HOUR
from itas_mobility.words import UNITS, Text

if TYPE_CHECKING:
    import pandas as pd

WEEK_H: Final = 168.0
HOURS_PER_DAY: Final = 24.0
FURTHER: Final = (
    ("simultaneity_share", "%", 100.0, 0), ("waiting_h", "h", 1.0, 1), ("blocked_h", "h", 1.0, 1),
    ("cost_eur_per_week", "eur", 1.0, 0), ("co2_kg_per_week", "kg", 1.0, 0),
)  # fmt: skip
"""Columns of the table of sites that are figures of charging: unit, factor, decimals."""
NOTABLE: Final = 1e-3
"""Relative difference of two peaks that is told in words."""


def site_weeks(run: Run) -> dict[str, SiteWeek]:
    """The week of each site of a run.

    Parameters
    ----------
    run : Run
        Gives the table ``charging``.

    Returns
    -------
    dict of str to SiteWeek
        By site, in the order of the table.

    Raises
    ------
    InputError
        If the steps of a site are not even or do not fill a week.
    """
    weeks = {}
    for site, frame in table_of(run, "charging").groupby("site_id", sort=False):
        weeks[str(site)] = _week(frame.sort_values("time_h", kind="stable"), f"run {run.scenario.name!r}, site {site}")
    return weeks


def _week(frame: "pd.DataFrame", where: str) -> SiteWeek:
    time_h = frame["time_h"].to_numpy(float)
    n = len(time_h)
    if not np.allclose(time_h, np.arange(n) * (WEEK_H / n), rtol=0.0, atol=1e-6):
        raise InputError(
            f"{where}: table 'charging': column time_h is not a week in even steps; run the scenario again"
        )
    names = ("power_kw", "uncontrolled_kw", "free_kw", "storage_kw")
    column = {name: frame[name].to_numpy(float) for name in names}
    column["free_kw"] = np.where(np.isnan(column["free_kw"]), np.inf, column["free_kw"])
    return SiteWeek(WEEK_H / n, **column, other_kw=(frame["base_load_kw"] - frame["pv_kw"]).to_numpy(float))


def site_panels(region: Region, runs: Sequence[Run], *, shown: int) -> list[dict[str, Any]]:
    """One panel per site at which some run charges.

    Parameters
    ----------
    region : Region
        Gives the sites' names.
    runs : sequence of Run
        The baseline first.
    shown : int
        The run that is shown first.

    Returns
    -------
    list of dict
        Largest site first: ``site``, ``workers``, ``week`` and ``duration`` (charts), ``told`` (per run, sentences),
        ``figures`` (rows of ``title``, ``note`` and ``cells``, one per run), ``has_limit``, ``has_building``,
        ``has_unmanaged`` (what the key has to explain).
    """
    names = site_names(region, runs)
    weeks = [site_weeks(run) for run in runs]
    figures = [_by_site(run, "sites") for run in runs]
    where = [_by_site(run, BY_SITE) for run in runs]
    base_sites = table_of(runs[0], "sites")
    workers = dict(zip(base_sites["site_id"].astype(str), base_sites["workers"].astype(float), strict=True))
    panels = []
    for site in dict.fromkeys(site for of_run in weeks for site in of_run):
        by_run = {i: of_run[site] for i, of_run in enumerate(weeks) if site in of_run}
        if any(week.power_kw.any() for week in by_run.values()):
            panel: dict[str, Any] = {"site_id": site, "site": names.get(site, site), "workers": workers.get(site, 0.0)}
            panel |= _panel(runs, by_run, shown)
            panel["figures"] += _unserved_figures(where, site) + _further_figures(figures, site)
            panels.append(panel)
    return sorted(panels, key=lambda panel: (-panel["workers"], panel["site"]))


def _panel(runs: Sequence[Run], by_run: Mapping[int, SiteWeek], shown: int) -> dict[str, Any]:
    colours = [charts.colour_index(i) for i in range(len(runs))]
    drawn = week_charts(by_run, shown=shown, colours=colours, titles=[run_title(run) for run in runs])
    return {
        "week": drawn.week,
        "duration": drawn.duration,
        "told": [_told(by_run.get(i), is_hidden=i in drawn.hidden_limits) for i in range(len(runs))],
        "figures": [
            _figure_row(name, unit, cells)
            for (name, unit), cells in zip(FIGURES, _figures([by_run.get(i) for i in range(len(runs))]), strict=True)
        ],
        "has_limit": any(np.isfinite(week.free_kw).any() for week in by_run.values()),
        "has_building": any(week.has_other for week in by_run.values()),
        "has_unmanaged": any(week.is_managed for week in by_run.values()),
    }


def week_time(time_h: float) -> tuple[int, str]:
    """Day of the week, Monday being 0, and clock time of an hour of the week."""
    day, hour = divmod(time_h, HOURS_PER_DAY)
    return int(day) % len(DAYS), texts.clock(hour * SECONDS_PER_HOUR)


def _told(week: SiteWeek | None, *, is_hidden: bool) -> list[Markup]:
    """What a run's week at a site means, in sentences."""
    if week is None or not week.power_kw.any():
        return [texts.say("week_none")]
    day, clock = week_time(week.peak_time_h)
    told = [texts.filled("week_peak", day=Text(*DAYS[day]), time=Text(clock, clock), peak=Text.of_number(week.peak_kw))]
    if np.isfinite(week.free_kw).any():
        share = Text.of_number(100.0 * week.greatest_share)
        key = "week_over" if week.over_h > 0 else "week_enough"
        told.append(texts.filled(key, share=share, hours=Text.of_number(week.over_h, 1)))
        if is_hidden:
            told.append(texts.say("limit_off_scale"))
    else:
        told.append(texts.say("no_limit"))
    before = week.uncontrolled_peak_kw
    if week.peak_kw > before * (1.0 + NOTABLE):
        told.append(texts.filled("week_higher", peak=Text.of_number(before)))
    elif week.peak_kw < before * (1.0 - NOTABLE):
        saved = 100.0 * (1.0 - week.peak_kw / before)
        told.append(texts.filled("week_saved", peak=Text.of_number(before), saved=Text.of_number(saved)))
    return told


FIGURES: Final = (("peak", "kw"), ("uncontrolled", "kw"), ("share", "%"), ("over", "h"), ("energy", "kwh"))
"""Figures read off a week, with their units."""


def _figures(weeks: Sequence[SiteWeek | None]) -> list[list[dict[str, Any]]]:
    """Cells of each of `FIGURES`, one per run."""
    columns = [[_cell(math.nan, 0) for _ in FIGURES] if week is None else _of_week(week) for week in weeks]
    return [list(cells) for cells in zip(*columns, strict=True)]


def _of_week(week: SiteWeek) -> list[dict[str, Any]]:
    day, clock = week_time(week.peak_time_h)
    is_over, has_limit = week.over_h > 0, bool(np.isfinite(week.free_kw).any())
    return [
        _cell(
            week.peak_kw,
            0,
            note=texts.both(*(f"{name} {clock}" for name in WEEKDAYS[day])) if week.peak_kw > 0 else None,
        ),
        _cell(week.uncontrolled_peak_kw, 0),
        _cell(100.0 * week.greatest_share, 0, is_over=is_over),
        _cell(week.over_h if has_limit else math.nan, 1, is_over=is_over),
        _cell(week.energy_kwh, 0),
    ]


_Rows = Mapping[str, Mapping[Any, Any]]


def _by_site(run: Run, table: str) -> _Rows:
    """Rows of a table by their site."""
    return {str(row["site_id"]): row for row in table_of(run, table).to_dict("records")}


def _unserved_figures(where: Sequence[_Rows], site: str) -> list[dict[str, Any]]:
    """What cars wanted at the site and did not get on a mean working day: energy, share of need, cars."""
    cells = []
    for rows in where:
        row = rows[site]
        unserved = float(row["unserved_kwh"])
        need = float(row["work_kwh"] - row["fed_back_kwh"]) + unserved
        cars = Text.of_number(float(row["unserved_home_cars"] + row["unserved_public_cars"] + row["stranded_cars"]), 1)
        share = Text.of_number(100.0 * unserved / need if need > 0 else math.nan, 1)
        cells.append(_cell(unserved, 0, note=texts.filled("of_need", share=share, cars=cars)))
    return [_figure_row("unserved", "kwh_per_day", cells)]


def _further_figures(sites: Sequence[_Rows], site: str) -> list[dict[str, Any]]:
    """Figures that the schema of the table of sites holds for charging."""
    rows = []
    for column, unit, factor, decimals in FURTHER:
        if column in TABLES["sites"].column_names:
            values = [factor * float(of_run[site][column]) for of_run in sites]
            rows.append(_figure_row(column, unit, [_cell(value, decimals) for value in values]))
    return rows


def _figure_row(name: str, unit: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    title, note = texts.say(f"figure_{name}"), texts.say(f"figure_{name}_note")
    return {"title": title, "unit": texts.spoken(UNITS[unit]), "note": note, "is_sum": False, "cells": cells}


def _cell(value: float, decimals: int, *, note: Markup | None = None, is_over: bool = False) -> dict[str, Any]:
    return {"value": texts.plain(value, decimals), "note": note or Markup(), "is_over": is_over}
