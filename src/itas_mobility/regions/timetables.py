"""The timetable of a region: its feeds read for some service days and cut down to what the zones can reach."""

import datetime as dt
import json
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from itas_mobility import network
from itas_mobility.atomic import write_text
from itas_mobility.core import ReadReport, ServiceDays, Timetable, TransitNetwork, Zones
from itas_mobility.core.columns import content_digest
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.regions.reuse import cache_folder


@dataclass(frozen=True, slots=True)
class Feeds:
    """Feeds and service days, as ``region.toml`` names them."""

    paths: tuple[Path, ...]
    dates: tuple[str, ...]
    is_week: bool
    """Whether the dates are seven days that stand for the weekdays."""


def chosen_feeds(paths: Sequence[str | Path], dates: Sequence[str], week: str | None, *, where: str) -> Feeds:
    """Feeds with the service days that are read of them.

    Parameters
    ----------
    paths : sequence of path
        Feeds, one or more.
    dates : sequence of str
        Service days as ``"2026-11-24"``.
    week : str or None
        Instead of dates: the first of seven days that stand for the weekdays.
    where : str
        Who asks, for messages.

    Returns
    -------
    Feeds
        Each date has a trip in some feed, each feed on some date.

    Raises
    ------
    InputError
        If there are neither dates nor a week or both, a date stands twice or is none, or no trip runs; the message
        says when trips run.
    """
    feeds = tuple(Path(path) for path in paths)
    trips = {path: _trips_by_date(path) for path in feeds}
    known = "; ".join(f"{path.name} has {_told(days)}" for path, days in trips.items())
    if bool(dates) == (week is not None):
        raise InputError(f"{where}: name the service days of the timetable by date or by week, not both; {known}")
    wanted = tuple(dates) if week is None else _days_of_week(week, where)
    for date in wanted:
        _checked_date(date, where)
        if wanted.count(date) > 1:
            raise InputError(f"{where}: date {date} stands twice")
        if week is None and not any(date in days for days in trips.values()):
            raise InputError(f"{where}: no trip runs on {date}; {known}{_nearest(date, trips.values())}")
    for path, days in trips.items():
        if not days.keys() & set(wanted):
            raise InputError(f"{where}: no trip of {path.name} runs on {', '.join(wanted)}; it has {_told(days)}")
    return Feeds(feeds, wanted, week is not None)


def feed_paths(about: Mapping[str, Any], folder: Path) -> tuple[Path, ...]:
    """Feeds that a region folder names.

    Parameters
    ----------
    about : mapping
        Content of ``region.toml``.
    folder : Path
        Region folder.

    Returns
    -------
    tuple of Path
        Empty for a region without a timetable.
    """
    return tuple(folder / name for name in _listed(about.get("gtfs", [])))


def read_timetable(about: Mapping[str, Any], folder: Path, zones: Zones) -> ServiceDays | None:
    """Timetable of a region folder, from the cache where feeds, days, zones and readers are those that filled it.

    Parameters
    ----------
    about : mapping
        Content of ``region.toml``: ``gtfs`` (a name or a list of names), and ``date`` (likewise) or ``week``.
    folder : Path
        Region folder.
    zones : Zones
        Zones of the region.

    Returns
    -------
    ServiceDays or None
        As `read_service_days`; None for a region without a timetable.

    Raises
    ------
    InputError
        As `chosen_feeds` and `read_service_days`; also for days without a feed.
    """
    where = str(folder / "region.toml")
    paths, dates = feed_paths(about, folder), _listed(about.get("date", []))
    week = None if "week" not in about else str(about["week"])
    if not paths:
        if "gtfs" in about:
            raise InputError(f"{where}: key 'gtfs' names no feed")
        if dates or week is not None:
            raise InputError(f"{where}: service days (date, week) need the key 'gtfs' that names a feed")
        return None
    if missing := [path for path in paths if not path.is_file()]:
        raise InputError(f"{missing[0]}: no such file")
    cache = cache_folder("timetables", paths, *dates, f"week {week}", content_digest(zones))
    if (known := _kept_days(cache)) is not None:
        return known
    days = read_service_days(chosen_feeds(paths, dates, week, where=where), zones)
    _keep_days(days, cache)
    return days


def _kept_days(cache: Path) -> ServiceDays | None:
    """Service days out of a cache folder, if all of it was written."""
    index = cache / "days.json"
    if not index.is_file():
        return None
    files = json.loads(index.read_text(encoding="utf-8"))
    timetables = {file: network.read_timetable(cache / file) for file in files.values()}
    return ServiceDays(np.array(list(files)), tuple(timetables[file] for file in files.values()))


def _keep_days(days: ServiceDays, cache: Path) -> None:
    """Write each timetable once, and at last which day has which."""
    files: dict[int, str] = {}
    for k, timetable in enumerate(days.timetables):
        if id(timetable) not in files:
            files[id(timetable)] = f"day{k}.npz"
            network.write_network(timetable, cache / files[id(timetable)])
    by_label = {str(label): files[id(one)] for label, one in zip(days.label, days.timetables, strict=True)}
    write_text(cache / "days.json", json.dumps(by_label))


def read_service_days(feeds: Feeds, zones: Zones) -> ServiceDays:
    """Timetables of the service days, all feeds together, cut down to the lines that touch the zones.

    Parameters
    ----------
    feeds : Feeds
        Feeds and days.
    zones : Zones
        Zones of the region.

    Returns
    -------
    ServiceDays
        Labelled by date; by weekday if the days are those of a week.

    Raises
    ------
    InputError
        If a feed cannot be read, does not speak of a day, or no trip calls near the zones.
    """
    parts = [network.read_gtfs_days(path, dates=feeds.dates) for path in feeds.paths]
    days = tuple(_together([part.timetables[k] for part in parts]) for k in range(len(feeds.dates)))
    clipped = network.transit.clip_timetable(ServiceDays(np.array(feeds.dates), days), zones)
    return network.transit.week_of_days(clipped) if feeds.is_week else clipped


def lines_of(days: ServiceDays) -> TransitNetwork:
    """Lines with the mean headways of the first working day, at the same stops.

    Parameters
    ----------
    days : ServiceDays
        Labelled by date or weekday.

    Returns
    -------
    TransitNetwork
        For methods that know headways only. Without a working day on which trips run, those of the first day with
        trips.
    """
    with_trips = [k for k in range(len(days)) if days.timetables[k].n_trips]
    working = [k for k in with_trips if _is_working_day(str(days.label[k]))]
    return network.transit.headways_from_timetable(days.timetables[(working or with_trips)[0]])


def _together(parts: list[Timetable]) -> Timetable:
    """One day of several feeds, with the counts of all reports."""
    if len(parts) == 1:
        return parts[0]
    reports = [part.report for part in parts if part.report is not None]
    counts = sum((Counter(dict(report.counts)) for report in reports), Counter[str]())
    return replace(
        network.transit.merge_timetables(parts), report=ReadReport(", ".join(report.file for report in reports), counts)
    )


def _trips_by_date(path: Path) -> dict[str, int]:
    with warnings.catch_warnings():
        # what is repaired is said when the trips are read
        warnings.simplefilter("ignore", DataWarning)
        return network.transit.dates_with_service(path)


def _told(days: Mapping[str, int]) -> str:
    """When a feed has trips, in words."""
    if not days:
        return "no trips on any day"
    first, last = min(days), max(days)
    return f"trips on {len(days)} days from {first} to {last}" if len(days) > 1 else f"trips on {first} only"


def _nearest(date: str, trips: Iterable[Mapping[str, int]]) -> str:
    """The day with trips that lies nearest, for a message."""
    wanted = dt.date.fromisoformat(date)
    known = [dt.date.fromisoformat(day) for days in trips for day in days]
    if not known:
        return ""
    return f"; the nearest is {min(known, key=lambda day: abs(day - wanted)).isoformat()}"


def _checked_date(text: str, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where}: date {text!r} is none; write it as 2026-11-24") from None


def _days_of_week(first: str, where: str) -> tuple[str, ...]:
    """The seven days from a date on."""
    begin = _checked_date(first, where)
    return tuple((begin + dt.timedelta(days=k)).isoformat() for k in range(len(WEEKDAYS)))


def _is_working_day(label: str) -> bool:
    """Monday to Friday, by name or date."""
    day = WEEKDAYS.index(label) if label in WEEKDAYS else dt.date.fromisoformat(label).weekday()
    return day < WEEKDAYS.index("Sa")


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
