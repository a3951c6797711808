"""Rules about single values: what cannot be read, is blank, too long or a code that does not exist."""

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from itas_mobility.core.findings import Finding
from itas_mobility.network.transit.gtfs.columns import FILES, WEEKDAYS
from itas_mobility.network.transit.gtfs.csv_reading import MAX_VALUE_BYTES
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.noting import of_faults, of_file, of_rows
from itas_mobility.network.transit.gtfs.route_types import mode_of

_SHOWN: Final = 60


def _of_kind(feed: Feed, severity: str, what: str, tail: str) -> Iterator[Finding]:
    for file in FILES:
        yield from of_faults(
            severity, feed.tables[file], what, lambda column, value: f"{column} {value[:_SHOWN]!r} {tail}"
        )


def invalid_time(feed: Feed) -> Iterator[Finding]:
    """A time is not of the form HH:MM:SS."""
    yield from _of_kind(feed, "error", "time", "is not a time; write HH:MM:SS, hours above 24 after midnight")


def invalid_date(feed: Feed) -> Iterator[Finding]:
    """A date is not a day of the form YYYYMMDD."""
    yield from _of_kind(feed, "error", "date", "is not a day; write it as YYYYMMDD")


def invalid_whole_number(feed: Feed) -> Iterator[Finding]:
    """A count, code or sequence is not a whole number from 0 on."""
    yield from _of_kind(feed, "error", "whole", "is not a whole number from 0 to 999999999")


def invalid_number(feed: Feed) -> Iterator[Finding]:
    """A coordinate or distance is not a number."""
    yield from _of_kind(feed, "error", "number", "is not a number")


def missing_value(feed: Feed) -> Iterator[Finding]:
    """A value is blank that must not be."""
    for file in FILES:
        yield from of_faults("error", feed.tables[file], "blank", lambda column, _: f"{column} is blank; fill it in")


def long_id(feed: Feed) -> Iterator[Finding]:
    """An id is too long to be told apart from others."""
    yield from _of_kind(feed, "error", "long id", f"... is longer than {MAX_VALUE_BYTES} bytes; give a shorter id")


def long_text(feed: Feed) -> Iterator[Finding]:
    """A name is cut off."""
    yield from _of_kind(feed, "repair", "long text", f"... is cut off after {MAX_VALUE_BYTES} bytes")


def _codes(
    feed: Feed, severity: str, file: str, column: str, known: Collection[int], tail: str = ""
) -> Iterator[Finding]:
    table = feed.tables[file]
    value = table.wholes(column)
    rows = np.flatnonzero((value >= 0) & ~np.isin(value, np.array(list(known))))
    listed = ", ".join(map(str, known))
    yield from of_rows(
        severity, file, table.line, rows, lambda row: f"{column} {value[row]} is none of {listed}{tail}", column
    )


def unknown_day_code(feed: Feed) -> Iterator[Finding]:
    """A calendar says something else than runs, does not run, added, removed."""
    for name in WEEKDAYS:
        yield from _codes(feed, "error", "calendar.txt", name, (0, 1))
    yield from _codes(feed, "error", "calendar_dates.txt", "exception_type", (1, 2))


def unknown_code(feed: Feed) -> Iterator[Finding]:
    """A code does not exist, and is taken as the usual case."""
    for file, column, most in (
        ("stops.txt", "location_type", 4),
        ("stop_times.txt", "pickup_type", 3),
        ("stop_times.txt", "drop_off_type", 3),
        ("transfers.txt", "transfer_type", 5),
        ("frequencies.txt", "exact_times", 1),
    ):
        yield from _codes(feed, "warning", file, column, range(most + 1), "; it is taken as 0")


def unknown_route_type(feed: Feed) -> Iterator[Finding]:
    """A kind of route that stands for no mode of the library."""
    table = feed.tables["routes.txt"]
    codes = table.wholes("route_type")
    unknown = [code for code in np.unique(codes).tolist() if code >= 0 and mode_of(code) is None]
    for code in unknown:
        count = int(np.count_nonzero(codes == code))
        what = f"route_type {code} ({count} routes) stands for no known mode; these routes are taken as buses"
        yield of_file("warning", "routes.txt", what, "route_type")
