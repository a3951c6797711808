"""Rules about ids: each once where it must be, known where it is used, used where it is stated."""

from collections.abc import Iterator

import numpy as np

from itas_mobility.core.columns import LongArray
from itas_mobility.core.findings import Finding
from itas_mobility.network.transit.gtfs.calls import MIN_CALLS
from itas_mobility.network.transit.gtfs.columns import REFERENCES, UNIQUE
from itas_mobility.network.transit.gtfs.csv_reading import keys_of
from itas_mobility.network.transit.gtfs.feed import STATION, Feed
from itas_mobility.network.transit.gtfs.noting import of_faults, of_file, of_rows
from itas_mobility.network.transit.gtfs.tables import Table
from itas_mobility.network.transit.gtfs.transfers import narrowed


def duplicate_id(feed: Feed) -> Iterator[Finding]:
    """An id stands twice where each must stand once."""
    for file, column in UNIQUE:
        yield from _duplicates(feed.tables[file], column)


def _duplicates(table: Table, column: str) -> Iterator[Finding]:
    first, texts = table.keys[column].first, table.texts(column)
    rows = np.flatnonzero((first != np.arange(len(first))) & (texts.n_bytes > 0))

    def say(row: int) -> str:
        return f"{column} {texts[row]!r} stands in line {table.line[first[row]]} already; keep one"

    yield from of_rows("error", table.file, table.line, rows, say, column)


def unknown_reference(feed: Feed) -> Iterator[Finding]:
    """A route, trip or stop is named that its own file does not hold."""
    for file in dict.fromkeys(file for file, _ in REFERENCES):

        def say(column: str, value: str, file: str = file) -> str:
            return f"{column} {value!r} is not in {REFERENCES[file, column][0]}"

        yield from of_faults("error", feed.tables[file], "unknown", say)


def unknown_service(feed: Feed) -> Iterator[Finding]:
    """A trip runs on days that no calendar states."""
    table = feed.tables["trips.txt"]
    service = table.texts("service_id")
    rows = np.flatnonzero((feed.calendar.trip_service < 0) & (service.n_bytes > 0))

    def say(row: int) -> str:
        return f"service_id {service[row]!r} is neither in calendar.txt nor in calendar_dates.txt"

    yield from of_rows("error", table.file, table.line, rows, say, "service_id")


def missing_shape(feed: Feed) -> Iterator[Finding]:
    """A trip names a course that shapes.txt does not hold."""
    table = feed.tables["trips.txt"]
    shape = table.texts("shape_id")
    rows = np.flatnonzero((keys_of(feed.tables["shapes.txt"].texts("shape_id")).rows(shape) < 0) & (shape.n_bytes > 0))

    def say(row: int) -> str:
        return f"shape_id {shape[row]!r} is not in shapes.txt; the trip is drawn from stop to stop"

    yield from of_rows("repair", table.file, table.line, rows, say, "shape_id")


def dangling_parent(feed: Feed) -> Iterator[Finding]:
    """A stop names a station that is not there, or no station."""
    table = feed.tables["stops.txt"]
    parent, stop = table.texts("parent_station"), table.texts("stop_id")
    unknown = np.flatnonzero((feed.station < 0) & (parent.n_bytes > 0))

    def say(row: int) -> str:
        return f"parent_station {parent[row]!r} of stop {stop[row]!r} is not in stops.txt; the stop is taken without"

    yield from of_rows("repair", table.file, table.line, unknown, say, "parent_station")
    kind = table.wholes("location_type")
    odd = np.flatnonzero((kind <= 0) & (feed.station >= 0) & (kind[feed.station] != STATION))

    def say_odd(row: int) -> str:
        return f"parent_station {parent[row]!r} of stop {stop[row]!r} is no station (location_type {STATION})"

    yield from of_rows("warning", table.file, table.line, odd, say_odd, "parent_station")


def dangling_transfer(feed: Feed) -> Iterator[Finding]:
    """A transfer names a stop that is not there; it is left out."""
    table, stops = feed.tables["transfers.txt"], feed.tables["stops.txt"]
    left_out = narrowed(feed.tables)
    for column in ("from_stop_id", "to_stop_id"):
        stop = table.texts(column)
        is_unknown = stops.keys["stop_id"].rows(stop) < 0
        is_unknown[left_out] = False
        yield from _dangling(table, column, np.flatnonzero(is_unknown))


def _dangling(table: Table, column: str, rows: LongArray) -> Iterator[Finding]:
    stop = table.texts(column)

    def say(row: int) -> str:
        return f"{column} {stop[row]!r} is not in stops.txt; the transfer is left out"

    yield from of_rows("repair", table.file, table.line, rows, say, column)


def unused_transfer(feed: Feed) -> Iterator[Finding]:
    """Transfers of single routes or trips, or of passengers who stay seated, are not used."""
    count = len(narrowed(feed.tables))
    if count:
        what = (
            f"{count:,} transfers that hold for single routes or trips, or for passengers who stay seated, are not used"
        )
        yield of_file("warning", "transfers.txt", what, "transfer_type")


def unused_pathway(feed: Feed) -> Iterator[Finding]:
    """Ways inside of stations are noted, not used."""
    count = len(feed.tables["pathways.txt"])
    if count:
        what = f"{count:,} ways inside of stations are noted, not used; transfers.txt states the times that count"
        yield of_file("warning", "pathways.txt", what)


def unused_stop(feed: Feed) -> Iterator[Finding]:
    """No trip calls at a stop."""
    count = int(np.count_nonzero(feed.is_stop & ~feed.is_called))
    if count:
        yield of_file("warning", "stops.txt", f"no trip calls at {count:,} of the stops", "stop_id")


def unused_route(feed: Feed) -> Iterator[Finding]:
    """A route has no trips."""
    route = feed.tables["trips.txt"].wholes("route_id")
    count = len(feed.tables["routes.txt"]) - len(np.unique(route[route >= 0]))
    if count:
        yield of_file("warning", "routes.txt", f"{count:,} of the routes have no trips", "route_id")


def short_trip(feed: Feed) -> Iterator[Finding]:
    """A trip calls at less than two stops, and is left out."""
    table = feed.tables["trips.txt"]
    trip, count = table.texts("trip_id"), np.diff(feed.calls.ptr)

    def say(row: int) -> str:
        return f"trip {trip[row]!r} has {count[row]} calls in stop_times.txt; it is left out"

    yield from of_rows("warning", table.file, table.line, np.flatnonzero(count < MIN_CALLS), say, "trip_id")


def call_at_station(feed: Feed) -> Iterator[Finding]:
    """A trip calls at a station or entrance instead of a stop."""
    table = feed.tables["stops.txt"]
    kind, stop = table.wholes("location_type"), table.texts("stop_id")

    def say(row: int) -> str:
        return f"trips call at {stop[row]!r}, which has location_type {kind[row]}; it is taken as a stop"

    rows = np.flatnonzero(feed.is_called & (kind > 0))
    yield from of_rows("warning", table.file, table.line, rows, say, "location_type")
