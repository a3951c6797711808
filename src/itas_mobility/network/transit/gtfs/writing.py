"""Timetables written as a feed."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from itas_mobility.atomic import write_file
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode
from itas_mobility.errors import InputError, NetworkError
from itas_mobility.network.transit.gtfs.columns import WEEKDAYS
from itas_mobility.network.transit.gtfs.frequencies import clock
from itas_mobility.network.transit.gtfs.route_types import PLAIN_CODES, mode_or_bus
from itas_mobility.network.transit.gtfs.service import DAYS_PER_WEEK, parse_date

Row: TypeAlias = Sequence[object]

_DAY_NAMES: Final = {
    name: day
    for day, names in enumerate((("Mo",), ("Tu", "Di"), ("We", "Mi"), ("Th", "Do"), ("Fr",), ("Sa",), ("Su", "So")))
    for name in names
}
"""English and German two-letter names of weekdays."""
_SAME_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""Time of all files in the archive, the first that zip can state, so that equal timetables make equal bytes."""


def write_gtfs(
    timetable: Timetable | ServiceDays,
    path: str | Path,
    *,
    agency: str = "itas_mobility",
    agency_url: str = "https://example.org",
    timezone: str = "Europe/Berlin",
    weekdays: str = "Mo-Su",
    first_date: str | None = None,
    last_date: str | None = None,
) -> Path:
    """Write a timetable, or those of several service days, as a feed.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        What to write. Times are rounded to seconds and distances to millimetres; routes without trips are left out.
    path : path
        Zip archive to write; equal timetables make equal bytes.
    agency : str, default="itas_mobility"
        Name of the operator.
    agency_url : str, default="https://example.org"
        Its page, which the specification asks for.
    timezone : str, default="Europe/Berlin"
        Time zone of all times.
    weekdays : str, default="Mo-Su"
        Weekdays on which a single timetable runs between the dates, as ``"Mo-Fr"`` or ``"Sa"``.
    first_date, last_date : str, optional
        Between them the feed holds. Needed for timetables whose service date is '' and for service days named by
        weekdays; if left out, each timetable runs on its own date only.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NetworkError
        If there are no trips, it is not known on which days they run, or two different trips of a day have one id.
    InputError
        If a date or weekday cannot be read, or the file cannot be written.
    """
    if isinstance(timetable, Timetable):
        label = weekdays if first_date else timetable.service_date
        days = ServiceDays(label=np.array([label]), timetables=(timetable,))
    else:
        days = timetable
    span = None if first_date is None else (first_date, last_date or first_date)
    services = _Services(days)
    if not services.rows:
        raise NetworkError(f"{path}: the timetable has no trips; a feed without any cannot be read")
    first = days.timetables[0]
    files = {
        "agency.txt": _agency(agency, agency_url, timezone),
        "stops.txt": _stops(first),
        "routes.txt": _routes(days),
        "trips.txt": _trips(days, services),
        "stop_times.txt": _stop_times(days, services),
        **services.calendar(span),
        "frequencies.txt": _frequencies(days, services),
        "transfers.txt": _transfers(first),
    }
    return write_file(Path(path), lambda target: _pack(target, files))


class _Services:
    """Trips of several days, those that are the same on several days once, and the services they belong to."""

    def __init__(self, days: ServiceDays) -> None:
        self.labels = days.label.tolist()
        runs_on: dict[tuple[str, bytes], list[int]] = {}
        at: dict[tuple[str, bytes], tuple[int, int, int]] = {}
        for day, timetable in enumerate(days.timetables):
            for route in range(timetable.n_routes):
                for trip in range(int(timetable.trip_ptr[route]), int(timetable.trip_ptr[route + 1])):
                    key = (str(timetable.trip_id[trip]), _content(timetable, route, trip))
                    at.setdefault(key, (day, route, trip))
                    runs_on.setdefault(key, []).append(day)
        known: dict[tuple[int, ...], str] = {}
        taken: set[str] = set()
        self.rows: list[tuple[str, str, int, int, int]] = []
        """Trip id, service, and day, route and trip where the trip stands."""
        for key, (day, route, trip) in at.items():
            service = known.setdefault(tuple(runs_on[key]), f"S{len(known) + 1}")
            # a trip that differs from day to day needs an id per day
            trip_id = key[0] if key[0] not in taken else f"{key[0]}@{self.labels[day]}"
            taken.add(trip_id)
            self.rows.append((trip_id, service, day, route, trip))
        self.days_of = {service: served for served, service in known.items()}
        idle = set(range(len(self.labels))) - {day for served in known for day in served}
        self.days_of |= {f"S{len(known) + 1 + i}": (day,) for i, day in enumerate(sorted(idle))}

    def calendar(self, span: tuple[str, str] | None) -> dict[str, Iterable[Row]]:
        """Content of the calendar files."""
        week: list[Row] = [("service_id", *WEEKDAYS, "start_date", "end_date")]
        single: list[Row] = [("service_id", "date", "exception_type")]
        for service, served in self.days_of.items():
            weekdays: set[int] = set()
            for label in (self.labels[day] for day in served):
                if _is_date(label):
                    single.append((service, label.replace("-", ""), 1))
                else:
                    weekdays |= _weekdays(label)
            if weekdays:
                week.append((service, *(int(day in weekdays) for day in range(DAYS_PER_WEEK)), *_compact(span)))
        return {"calendar.txt": week, "calendar_dates.txt": single}


def _compact(span: tuple[str, str] | None) -> tuple[str, str]:
    """First and last date as YYYYMMDD."""
    if span is None:
        raise NetworkError("days named by weekdays have no dates: give first_date and last_date")
    first, last = (parse_date(text) for text in span)
    if last < first:
        raise NetworkError(f"last_date {span[1]} lies before first_date {span[0]}")
    return span[0].replace("-", ""), span[1].replace("-", "")


def _is_date(label: str) -> bool:
    try:
        parse_date(label)
    except InputError:
        return False
    return True


def _weekdays(label: str) -> set[int]:
    """Weekdays of a label as Mo-Fr, Sa or Mo,We."""
    found: set[int] = set()
    for part in label.split(","):
        first, _, last = (name.strip() for name in part.partition("-"))
        if first not in _DAY_NAMES or (last or first) not in _DAY_NAMES:
            raise NetworkError(
                f"service day {label!r} is neither a date nor weekdays as Mo-Fr; name it so, or give first_date"
            )
        begin, end = _DAY_NAMES[first], _DAY_NAMES[last or first]
        found |= {day % DAYS_PER_WEEK for day in range(begin, end + 1 + DAYS_PER_WEEK * (end < begin))}
    return found


def _content(timetable: Timetable, route: int, trip: int) -> bytes:
    """All that is written of a trip but its id, to tell whether it is the same on another day."""
    calls = slice(int(timetable.call_ptr[trip]), int(timetable.call_ptr[trip + 1]))
    at = slice(int(timetable.stop_ptr[route]), int(timetable.stop_ptr[route + 1]))
    texts = (timetable.route_id[route], timetable.line[route], timetable.trip_block[trip])
    columns = (
        timetable.stop[at],
        timetable.may_board[at],
        timetable.may_alight[at],
        timetable.distance_m[at],
        timetable.arrival_s[calls],
        timetable.departure_s[calls],
        timetable.trip_headway_s[trip],
        timetable.mode[route],
        timetable.route_type[route],
    )
    return b"\0".join([*(str(text).encode() for text in texts), *(column.tobytes() for column in columns)])


def _agency(name: str, url: str, timezone: str) -> Iterator[Row]:
    yield "agency_id", "agency_name", "agency_url", "agency_timezone"
    yield "1", name, url, timezone


def _stops(timetable: Timetable) -> Iterator[Row]:
    yield "stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"
    for row in zip(
        timetable.stop_id.tolist(),
        timetable.stop_name.tolist(),
        timetable.stop_lat_deg.tolist(),
        timetable.stop_lon_deg.tolist(),
        timetable.stop_station.tolist(),
        strict=True,
    ):
        yield (*row[:4], 0, row[4])
    for station in sorted(set(timetable.stop_station.tolist()) - {""} - set(timetable.stop_id.tolist())):
        rows = np.flatnonzero(timetable.stop_station == station)
        lat, lon = float(timetable.stop_lat_deg[rows].mean()), float(timetable.stop_lon_deg[rows].mean())
        yield station, str(timetable.stop_name[rows[0]]), lat, lon, 1, ""


def _routes(days: ServiceDays) -> Iterator[Row]:
    yield "route_id", "agency_id", "route_short_name", "route_type"
    found: dict[str, Row] = {}
    for timetable in days.timetables:
        for route, route_id in enumerate(timetable.route_id.tolist()):
            found.setdefault(route_id, (route_id, "1", str(timetable.line[route]), _code(timetable, route)))
    for route_id in _common_order([timetable.route_id.tolist() for timetable in days.timetables], list(found)):
        yield found[route_id]


def _common_order(orders: Sequence[list[str]], otherwise: list[str]) -> list[str]:
    """An order that agrees with several others, since a feed is read in the order of its routes."""
    before: dict[str, dict[str, None]] = {name: {} for name in otherwise}
    for order in orders:
        for first, second in pairwise(order):
            before[second][first] = None
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:
        return otherwise


def _code(timetable: Timetable, route: int) -> int:
    """Code of a route: the one it was given if that still is of its mode."""
    code, mode = int(timetable.route_type[route]), TransitMode(int(timetable.mode[route]))
    return code if code >= 0 and mode_or_bus(code) == mode else PLAIN_CODES[mode]


def _trips(days: ServiceDays, services: _Services) -> Iterator[Row]:
    yield "route_id", "service_id", "trip_id", "block_id"
    for trip_id, service, day, route, trip in services.rows:
        timetable = days.timetables[day]
        yield str(timetable.route_id[route]), service, trip_id, str(timetable.trip_block[trip])


def _stop_times(days: ServiceDays, services: _Services) -> Iterator[Row]:
    yield (
        "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type", "drop_off_type",
        "shape_dist_traveled",
    )  # fmt: skip
    for trip_id, _, day, route, trip in services.rows:
        timetable = days.timetables[day]
        at = slice(int(timetable.stop_ptr[route]), int(timetable.stop_ptr[route + 1]))
        calls = slice(int(timetable.call_ptr[trip]), int(timetable.call_ptr[trip + 1]))
        for position, row in enumerate(
            zip(
                map(clock, timetable.arrival_s[calls].tolist()),
                map(clock, timetable.departure_s[calls].tolist()),
                timetable.stop_id[timetable.stop[at]].tolist(),
                timetable.may_board[at].tolist(),
                timetable.may_alight[at].tolist(),
                _ways(timetable.distance_m[at]),
                strict=True,
            ),
            start=1,
        ):
            arrival, departure, stop, may_board, may_alight, way = row
            yield trip_id, arrival, departure, stop, position, int(not may_board), int(not may_alight), way


def _ways(distance_m: FloatArray) -> list[str]:
    """Way from the first call to each; blank where a length is not known."""
    if np.isnan(distance_m[:-1]).any():
        return [""] * len(distance_m)
    return [f"{way:.3f}" for way in np.concatenate([[0.0], np.cumsum(np.round(distance_m[:-1], 3))]).tolist()]


def _frequencies(days: ServiceDays, services: _Services) -> Iterator[Row]:
    """Trips of which only the headway is promised: one departure each, at their own time."""
    yield "trip_id", "start_time", "end_time", "headway_secs", "exact_times"
    for trip_id, _, day, _, trip in services.rows:
        timetable = days.timetables[day]
        headway_s = round(float(timetable.trip_headway_s[trip]))
        if headway_s > 0:
            start_s = float(timetable.departure_s[timetable.call_ptr[trip]])
            yield trip_id, clock(start_s), clock(start_s + headway_s), headway_s, 0


def _transfers(timetable: Timetable) -> Iterator[Row]:
    yield "from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"
    ids = timetable.stop_id.tolist()
    for stop in np.flatnonzero(timetable.change_s > 0).tolist():
        yield ids[stop], ids[stop], 2, round(float(timetable.change_s[stop]))
    for head, tail, time_s in zip(
        timetable.transfer_from.tolist(),
        timetable.transfer_to.tolist(),
        timetable.transfer_time_s.tolist(),
        strict=True,
    ):
        yield ids[head], ids[tail], 2, round(time_s)
    for head, tail in zip(timetable.no_transfer_from.tolist(), timetable.no_transfer_to.tolist(), strict=True):
        yield ids[head], ids[tail], 3, ""


def _pack(target: Path, files: dict[str, Any]) -> None:
    """Write the files that have rows below their header."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            text, written = io.StringIO(), list(rows)
            csv.writer(text, lineterminator="\n").writerows(written)
            if len(written) > 1:
                member = zipfile.ZipInfo(name, _SAME_MOMENT)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, text.getvalue().encode())
