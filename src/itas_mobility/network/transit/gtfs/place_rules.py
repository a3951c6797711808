"""Rules about places of stops."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from itas_mobility.core.findings import Finding
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.noting import of_rows

_FILE: Final = "stops.txt"
MAX_LAT_DEG: Final = 90.0
MAX_LON_DEG: Final = 180.0


def number_out_of_range(feed: Feed) -> Iterator[Finding]:
    """A coordinate lies beyond the poles or the date line."""
    table = feed.tables[_FILE]
    stop, lat, lon = table.texts("stop_id"), table.numbers("stop_lat"), table.numbers("stop_lon")
    rows = np.flatnonzero((np.abs(lat) > MAX_LAT_DEG) | (np.abs(lon) > MAX_LON_DEG))

    def say(row: int) -> str:
        is_swapped = abs(lon[row]) <= MAX_LAT_DEG and abs(lat[row]) <= MAX_LON_DEG
        hint = "swapped, or a wrong decimal point?" if is_swapped else "look for a wrong decimal point"
        return f"stop {stop[row]!r}: stop_lat {lat[row]:g}, stop_lon {lon[row]:g} is no place on earth; {hint}"

    yield from of_rows("error", _FILE, table.line, rows, say, "stop_lat")


def stop_without_place(feed: Feed) -> Iterator[Finding]:
    """A stop has no coordinates; it is left out if no trip calls at it."""
    table = feed.tables[_FILE]
    stop = table.texts("stop_id")
    is_bare = feed.is_stop & ~feed.has_place

    def say(row: int) -> str:
        return f"stop {stop[row]!r} has no coordinates; state stop_lat and stop_lon"

    def say_repair(row: int) -> str:
        return f"stop {stop[row]!r} has no coordinates and no trip calls at it; it is left out"

    yield from of_rows("error", _FILE, table.line, np.flatnonzero(is_bare & feed.is_called), say, "stop_lat")
    yield from of_rows("repair", _FILE, table.line, np.flatnonzero(is_bare & ~feed.is_called), say_repair, "stop_lat")


def far_stop(feed: Feed) -> Iterator[Finding]:
    """A stop lies far outside of all others; it is left out if no trip calls at it."""
    table = feed.tables[_FILE]
    stop, lat, lon = table.texts("stop_id"), table.numbers("stop_lat"), table.numbers("stop_lon")
    is_far = feed.is_stop & feed.is_far

    def say(row: int) -> str:
        return f"stop {stop[row]!r} at {lat[row]:g}, {lon[row]:g} lies far outside of all others; look at its place"

    def say_repair(row: int) -> str:
        return (
            f"stop {stop[row]!r} at {lat[row]:g}, {lon[row]:g} lies far outside and no trip calls at it; it is left out"
        )

    yield from of_rows("warning", _FILE, table.line, np.flatnonzero(is_far & feed.is_called), say, "stop_lat")
    yield from of_rows("repair", _FILE, table.line, np.flatnonzero(is_far & ~feed.is_called), say_repair, "stop_lat")
