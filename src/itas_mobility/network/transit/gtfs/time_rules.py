"""Rules about time: trips that go back in it, gaps, headways, calendars, and what is hard to believe."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.findings import Finding
from itas_mobility.core.transit import TransitMode
from itas_mobility.network.transit.gtfs.calls import timed
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.frequencies import MANY_TRIPS, clock
from itas_mobility.network.transit.gtfs.noting import of_file, of_line, of_rows
from itas_mobility.network.transit.gtfs.route_types import mode_of
from itas_mobility.network.transit.gtfs.service import MAX_DAYS
from itas_mobility.units import KM_PER_H_TO_M_PER_S

LONG_TRIP_S: Final = 16 * 3600
"""Assumption: no trip of regional transport takes longer; a longer one is most likely a wrong hour."""
FAST_KM_PER_H: Final = 160.0
FAST_TRAIN_KM_PER_H: Final = 400.0
"""Assumption: nothing on roads, tram tracks or water is faster by beeline; and no train."""
ROUNDING_S: Final = 60.0
"""Times of many feeds are whole minutes, so that a run may take so much longer than is written."""
_FILE: Final = "stop_times.txt"


def _trip(feed: Feed, call: int) -> str:
    return feed.tables["trips.txt"].texts("trip_id")[int(feed.calls.trip[call])]


def repeated_sequence(feed: Feed) -> Iterator[Finding]:
    """Two calls of a trip have the same place in its order."""
    calls = feed.calls
    rows = np.flatnonzero(~calls.is_first & (calls.sequence == np.roll(calls.sequence, 1)))

    def say(row: int) -> str:
        there = calls.line[row - 1]
        return f"stop_sequence {calls.sequence[row]} of trip {_trip(feed, row)!r} stands in line {there} already"

    yield from of_rows("error", _FILE, calls.line, rows, say, "stop_sequence")


def departure_before_arrival(feed: Feed) -> Iterator[Finding]:
    """A vehicle leaves a stop before it gets there."""
    calls = feed.calls

    def say(row: int) -> str:
        moments = f"leaves at {clock(calls.departure_s[row])} before it arrives at {clock(calls.arrival_s[row])}"
        return f"trip {_trip(feed, row)!r} {moments}"

    rows = np.flatnonzero(calls.departure_s < calls.arrival_s)
    yield from of_rows("error", _FILE, calls.line, rows, say, "departure_time")


def arrival_before_departure(feed: Feed) -> Iterator[Finding]:
    """A vehicle gets to a stop before it has left the one before."""
    calls = feed.calls
    known = np.flatnonzero(calls.arrival_s >= 0)
    before, after = known[:-1], known[1:]
    is_back = (calls.trip[before] == calls.trip[after]) & (calls.arrival_s[after] < calls.departure_s[before])
    left_s = dict(zip(after[is_back].tolist(), calls.departure_s[before[is_back]].tolist(), strict=True))

    def say(row: int) -> str:
        moments = f"{clock(calls.arrival_s[row])}, before it left the stop before at {clock(left_s[row])}"
        return f"trip {_trip(feed, row)!r} arrives at {moments}"

    yield from of_rows("error", _FILE, calls.line, after[is_back], say, "arrival_time")


def missing_end_time(feed: Feed) -> Iterator[Finding]:
    """The first or last call of a trip has no time."""
    calls = feed.calls
    rows = np.flatnonzero((calls.arrival_s < 0) & (calls.is_first | calls.is_last))

    def say(row: int) -> str:
        which = "first" if calls.is_first[row] else "last"
        return f"the {which} call of trip {_trip(feed, row)!r} has no time; only calls between may be blank"

    yield from of_rows("error", _FILE, calls.line, rows, say, "arrival_time")


def blank_time(feed: Feed) -> Iterator[Finding]:
    """Calls between two others have no times; they are filled in by the way made."""
    calls = feed.calls
    count = int(np.count_nonzero((calls.arrival_s < 0) & ~calls.is_first & ~calls.is_last))
    if count:
        what = (
            f"{count:,} of {len(calls.line):,} calls have no time; it is filled in by the way between those that have"
        )
        yield of_file("warning", _FILE, what, "arrival_time")


def long_trip(feed: Feed) -> Iterator[Finding]:
    """A trip takes longer than can be believed."""
    calls = feed.calls
    rows = np.flatnonzero(np.diff(calls.ptr) >= 2)
    first, last = calls.ptr[rows], calls.ptr[rows + 1] - 1
    is_known = (calls.departure_s[first] >= 0) & (calls.arrival_s[last] >= 0)
    is_long = is_known & (calls.arrival_s[last] - calls.departure_s[first] > LONG_TRIP_S)
    start_s = dict(zip(last[is_long].tolist(), calls.departure_s[first[is_long]].tolist(), strict=True))

    def say(row: int) -> str:
        moments = f"from {clock(start_s[row])} to {clock(calls.arrival_s[row])}"
        return f"trip {_trip(feed, row)!r} runs {moments}, longer than {LONG_TRIP_S // 3600} hours; look at its times"

    yield from of_rows("warning", _FILE, calls.line, last[is_long], say, "arrival_time")


def fast_run(feed: Feed) -> Iterator[Finding]:
    """A vehicle runs from stop to stop faster than can be believed."""
    calls, limit = feed.calls, _limits_m_per_s(feed)
    arrival_s, departure_s = timed(calls, feed.beeline_m)
    run_s = np.full(len(arrival_s), np.inf)
    run_s[:-1] = arrival_s[1:] - departure_s[:-1] + ROUNDING_S
    run_s[calls.is_last] = np.inf
    rows = np.flatnonzero(feed.beeline_m > limit * np.maximum(run_s, ROUNDING_S))

    def say(row: int) -> str:
        length = f"{feed.beeline_m[row] / 1000:,.1f} km by beeline in {run_s[row] - ROUNDING_S:.0f} s"
        return f"trip {_trip(feed, row)!r} makes {length} after this call; look at times and places of the stops"

    yield from of_rows("warning", _FILE, calls.line, rows, say, "departure_time")


def _limits_m_per_s(feed: Feed) -> FloatArray:
    """Speed by beeline that the mode of each call's trip does not reach."""
    codes = feed.tables["routes.txt"].wholes("route_type")
    is_train = np.array([mode_of(code) in (TransitMode.TRAIN, None) for code in codes.tolist()] + [True])
    route = feed.tables["trips.txt"].wholes("route_id")[feed.calls.trip]
    speed: FloatArray = np.where(is_train[route], FAST_TRAIN_KM_PER_H, FAST_KM_PER_H) * KM_PER_H_TO_M_PER_S
    return speed


def headway(feed: Feed) -> Iterator[Finding]:
    """A headway is zero, ends before it begins, or makes very many trips."""
    table = feed.tables["frequencies.txt"]
    start, end, every = (table.wholes(name) for name in ("start_time", "end_time", "headway_secs"))
    trip = table.wholes("trip_id")
    for row in np.flatnonzero(trip >= 0).tolist():
        name = feed.tables["trips.txt"].texts("trip_id")[int(trip[row])]
        line = int(table.line[row])
        if every[row] == 0:
            what = f"headway_secs 0 of trip {name!r} makes trips without end; state the headway"
            yield of_line("error", table.file, line, what, "headway_secs")
        elif start[row] >= 0 and 0 <= end[row] <= start[row]:
            what = f"trip {name!r} has a headway until {clock(end[row])}, which is not after {clock(start[row])}"
            yield of_line("warning", table.file, line, what, "end_time")
        elif every[row] > 0 and (count := -((start[row] - end[row]) // every[row])) > MANY_TRIPS:
            yield of_line("warning", table.file, line, f"trip {name!r} leaves {count:,} times a day", "headway_secs")


def calendar_span(feed: Feed) -> Iterator[Finding]:
    """A service ends before it begins; the calendar spans more than a century."""
    table = feed.tables["calendar.txt"]
    start, end, service = table.wholes("start_date"), table.wholes("end_date"), table.texts("service_id")

    def say(row: int) -> str:
        return f"service {service[row]!r} ends before it begins, and never runs"

    rows = np.flatnonzero((end < start) & (end > 0))
    yield from of_rows("warning", table.file, table.line, rows, say, "end_date")
    span = feed.calendar.span
    if span is not None and span[1] - span[0] > MAX_DAYS:
        what = "the calendar spans more than a century; look for a wrong year"
        yield of_file("warning", table.file if len(table) else "calendar_dates.txt", what)


def time_zones(feed: Feed) -> Iterator[Finding]:
    """Agencies keep different times."""
    table = feed.tables["agency.txt"]
    zones = sorted(set(table.texts("agency_timezone").strings().tolist()))
    if len(zones) > 1:
        what = f"the agencies have different time zones ({', '.join(zones)}); all times are taken as of one"
        yield of_file("warning", table.file, what, "agency_timezone")
