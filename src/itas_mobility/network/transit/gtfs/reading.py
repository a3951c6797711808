"""Timetables of service days out of a feed."""

import datetime as dt
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from itas_mobility.core.columns import IntArray, LongArray, StrArray
from itas_mobility.core.road import ReadReport
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network.transit.gtfs.calls import MIN_CALLS, leg_lengths_m, timed
from itas_mobility.network.transit.gtfs.checks import CHECK_ONLY, CONTENT_RULES, FILE_RULES, UNREAD_FILES, findings_of
from itas_mobility.network.transit.gtfs.feed import Feed
from itas_mobility.network.transit.gtfs.frequencies import DayTrips, day_trips
from itas_mobility.network.transit.gtfs.grouping import chains, patterns_of
from itas_mobility.network.transit.gtfs.route_types import mode_or_bus
from itas_mobility.network.transit.gtfs.service import parse_date
from itas_mobility.network.transit.gtfs.tables import Table, read_tables
from itas_mobility.network.transit.gtfs.transfers import narrowed, transfers_of

MAX_TRIPS: Final = 200_000
"""Most trips of a service day; frequencies.txt can state any number of them in one line."""
MOST_SHOWN: Final = 12
"""So many errors or repairs are listed in one message."""


def read_gtfs(path: str | Path, *, date: str, max_trips: int = MAX_TRIPS) -> Timetable:
    """Read the timetable of one service day.

    Parameters
    ----------
    path : path
        Feed: zip archive of the General Transit Feed Specification.
    date : str
        Service day as ``"2026-11-24"``. Trips that run past midnight belong to the day on which they begin.
    max_trips : int, default=200_000
        Most trips that frequencies.txt may be written out to.

    Returns
    -------
    Timetable
        All stops of the feed, and the trips of the day grouped into routes of equal stops, boarding and alighting, in
        which none overtakes. A route of the feed that makes several is told apart by a number behind its id.

    Raises
    ------
    NetworkError
        If the feed has errors (see `check_gtfs`), or its calendar does not speak of the day.

    Warns
    -----
    DataWarning
        If something was repaired, or no trip runs on the day.
    """
    return read_gtfs_days(path, dates=[date], max_trips=max_trips).timetables[0]


def read_gtfs_days(path: str | Path, *, dates: Sequence[str], max_trips: int = MAX_TRIPS) -> ServiceDays:
    """Read the timetables of several service days.

    Parameters
    ----------
    path : path
        Feed: zip archive of the General Transit Feed Specification.
    dates : sequence of str
        Service days as ``"2026-11-24"``.
    max_trips : int, default=200_000
        Most trips of a day that frequencies.txt may be written out to.

    Returns
    -------
    ServiceDays
        Labelled by date; see `read_gtfs`.

    Raises
    ------
    NetworkError
        If the feed has errors (see `check_gtfs`), its calendar does not speak of a day, or no day is asked for.

    Warns
    -----
    DataWarning
        If something was repaired, or no trip runs on a day.
    """
    days = [parse_date(text) for text in dates]
    trips = _Trips(sound(Feed(read_tables(path, passed_over=UNREAD_FILES))))
    timetables = tuple(trips.timetable(day, max_trips) for day in days)
    return ServiceDays(label=np.array(dates, dtype=str), timetables=timetables)


def dates_with_service(path: str | Path) -> dict[str, int]:
    """On which days a feed has trips.

    Parameters
    ----------
    path : path
        Feed.

    Returns
    -------
    dict
        Date -> number of trips in trips.txt, only for days with trips, in order.

    Raises
    ------
    NetworkError
        If the feed has errors, those of stop_times.txt left aside, which is not looked into.

    Warns
    -----
    DataWarning
        If something was repaired.
    """
    feed = sound(Feed(read_tables(path, passed_over=(*UNREAD_FILES, "stop_times.txt"))))
    first, counts = feed.calendar.trips_by_day()
    return {_iso(first + i): int(counts[i]) for i in np.flatnonzero(counts).tolist()}


def sound(feed: Feed) -> Feed:
    """The feed, if it has no errors; what is repaired is said in a warning.

    Parameters
    ----------
    feed : Feed
        The feed, as far as its files were read.

    Returns
    -------
    Feed
        The same.

    Raises
    ------
    NetworkError
        If there are errors.

    Warns
    -----
    DataWarning
        If something was repaired.
    """
    findings = tuple(findings_of(feed, [rule for rule in FILE_RULES + CONTENT_RULES if rule not in CHECK_ONLY]))
    errors, repairs = (
        [one.message for one in findings if one.severity == severity] for severity in ("error", "repair")
    )
    if errors:
        raise NetworkError(_listed(f"{feed.tables.path}: {len(errors)} errors", errors))
    if repairs:
        warnings.warn(_listed(f"{feed.tables.path}: {len(repairs)} repairs", repairs), DataWarning, stacklevel=4)
    return feed


def _listed(head: str, messages: list[str]) -> str:
    """The first messages below a head; one message stands alone."""
    if len(messages) == 1:
        return f"{head.rpartition(': ')[0]}: {messages[0]}"
    shown = messages[:MOST_SHOWN]
    if len(messages) > len(shown):
        shown.append(f"... and {len(messages) - len(shown)} more; check_gtfs lists all")
    return f"{head}\n" + "\n".join(f"  - {message}" for message in shown)


class _Trips:
    """All trips of a feed without errors, from which timetables of days are made."""

    def __init__(self, feed: Feed) -> None:
        self.feed, self.tables, self.calls, self.calendar = feed, feed.tables, feed.calls, feed.calendar
        # beelines count only where times are blank or distances stated
        beeline_m = feed.beeline_m if feed.calls.needs_lengths else np.zeros(len(feed.calls.line))
        self.arrival_s, self.departure_s = timed(feed.calls, beeline_m)
        self.leg_m = leg_lengths_m(feed.calls, beeline_m)
        places, stops = feed.tables["stops.txt"], feed.stops
        self.stop_name = _first_filled(places, ("stop_name", "stop_id"), stops)
        station = feed.station[stops]
        self.stop_station = np.where(station < 0, "", places.texts("stop_id").strings(np.maximum(station, 0)))
        self.column = np.full(len(places), -1, dtype=np.int32)
        self.column[stops] = np.arange(len(stops), dtype=np.int32)
        self.transfers = transfers_of(feed.tables, stops, feed.station)
        flags = 2 * feed.calls.may_board.astype(np.int32) + feed.calls.may_alight
        self.route = feed.tables["trips.txt"].wholes("route_id")
        self.pattern = patterns_of(feed.calls.ptr, feed.calls.stop * 4 + flags)
        self.variant = self._variants()

    def _variants(self) -> StrArray:
        """Id of the route of each trip; routes with trips of several patterns have a number behind theirs."""
        runs = np.diff(self.calls.ptr) >= MIN_CALLS
        pairs, row = np.unique(np.column_stack([self.route[runs], self.pattern[runs]]), axis=0, return_inverse=True)
        ids = _numbered(self.tables["routes.txt"].texts("route_id").strings(pairs[:, 0]))
        variant = np.full(len(runs), "", dtype=ids.dtype)
        variant[runs] = ids[row.ravel()]
        return variant

    def timetable(self, day: int, max_trips: int) -> Timetable:
        """Timetable of a day."""
        self._check_day(day)
        runs = self.calendar.trips_on(day)
        trips = day_trips(self.tables, self.calls, runs, max_trips=max_trips)
        if not len(trips.row):
            warnings.warn(
                f"{self.tables.path}: no trip runs on {_iso(day)}{self._nearest(day)}", DataWarning, stacklevel=4
            )
        trips, route, group = _grouped(trips, self)
        call, call_ptr = ragged(self.calls.ptr, trips.row)
        shift_s = np.repeat(trips.shift_s, np.diff(call_ptr))
        first = np.flatnonzero(np.diff(group, prepend=-1))
        position, stop_ptr = ragged(self.calls.ptr, trips.row[first])
        routes, codes = self.tables["routes.txt"], self.tables["routes.txt"].wholes("route_type")[route[first]]
        return Timetable(
            stop_id=self.tables["stops.txt"].texts("stop_id").strings(self.feed.stops),
            stop_name=self.stop_name,
            stop_lon_deg=self.tables["stops.txt"].numbers("stop_lon")[self.feed.stops],
            stop_lat_deg=self.tables["stops.txt"].numbers("stop_lat")[self.feed.stops],
            route_id=_numbered(self.variant[trips.row[first]]),
            line=_first_filled(routes, ("route_short_name", "route_long_name", "route_id"), route[first]),
            mode=np.array([mode_or_bus(code) for code in codes.tolist()], dtype=np.uint8),
            stop_ptr=stop_ptr,
            stop=self.column[self.calls.stop[position]],
            trip_ptr=np.append(first, len(group)),
            trip_id=trips.trip_id,
            call_ptr=call_ptr,
            arrival_s=self.arrival_s[call] + shift_s,
            departure_s=self.departure_s[call] + shift_s,
            service_date=_iso(day),
            stop_station=self.stop_station,
            change_s=self.transfers.change_s,
            transfer_from=self.transfers.transfer_from,
            transfer_to=self.transfers.transfer_to,
            transfer_time_s=self.transfers.transfer_time_s,
            no_transfer_from=self.transfers.no_transfer_from,
            no_transfer_to=self.transfers.no_transfer_to,
            may_board=self.calls.may_board[position],
            may_alight=self.calls.may_alight[position],
            distance_m=self.leg_m[position],
            route_type=codes,
            trip_block=np.where(trips.is_copy, "", self.tables["trips.txt"].texts("block_id").strings(trips.row)),
            trip_headway_s=trips.headway_s,
            report=ReadReport(str(self.tables.path), self._counts(trips)),
        )

    def _counts(self, trips: DayTrips) -> dict[str, int]:
        """What the feed holds, and what was left out or filled in."""
        calls, n_calls = self.calls, np.diff(self.calls.ptr)
        ends = [self.feed.tables["stops.txt"].keys["stop_id"].rows(self.tables["transfers.txt"].texts(name))
                for name in ("from_stop_id", "to_stop_id")]  # fmt: skip
        return {
            "trips of the feed": len(n_calls),
            "trips of the day": len(trips.row),
            "trips written out of headways": int(np.count_nonzero(trips.is_copy)),
            "trips with less than two calls (left out)": int(np.count_nonzero(n_calls < MIN_CALLS)),
            "calls of the feed": len(calls.line),
            "calls without times (filled in)": int(np.count_nonzero(calls.arrival_s < 0)),
            "stops left out (no place, or far outside)": int(np.count_nonzero(self.feed.is_stop))
            - len(self.feed.stops),
            "transfers that name an unknown stop (left out)": int(np.count_nonzero(np.minimum(*ends) < 0)),
            "transfers of single routes or trips (not used)": len(narrowed(self.tables)),
        }

    def _check_day(self, day: int) -> None:
        span = self.calendar.span
        if span is None or not span[0] <= day <= span[1]:
            known = "no day at all" if span is None else f"{_iso(span[0])} to {_iso(span[1])} only"
            raise NetworkError(f"{self.tables.path}: the calendar does not speak of {_iso(day)}; it holds {known}")

    def _nearest(self, day: int) -> str:
        """The day with trips that lies nearest, for a message."""
        first, counts = self.calendar.trips_by_day()
        days = first + np.flatnonzero(counts)
        if not days.size:
            return ", nor on any other day"
        return f"; the nearest day with trips is {_iso(int(days[np.argmin(np.abs(days - day))]))}"


def ragged(pointer: LongArray, rows: IntArray | LongArray) -> tuple[LongArray, LongArray]:
    """Places of the values of some rows of a ragged array, and the pointer of the result.

    Parameters
    ----------
    pointer : int64 array
        Pointer of the ragged array.
    rows : int array
        Wanted rows, in any order.

    Returns
    -------
    places, pointer : int64 array
        Places in the old array one behind the other; where each row begins among them.
    """
    length = pointer[rows + 1] - pointer[rows]
    new = np.concatenate([np.zeros(1, np.int64), np.cumsum(length)])
    return np.arange(new[-1]) + np.repeat(pointer[rows] - new[:-1], length), new


def _grouped(trips: DayTrips, feed: _Trips) -> tuple[DayTrips, IntArray, IntArray]:
    """Trips sorted by route of the feed, what they call at, and time; their routes, and numbers of their groups."""
    ptr, row = feed.calls.ptr, trips.row
    route, pattern = feed.route[row], feed.pattern[row]
    begin_s = feed.departure_s[ptr[row]] + trips.shift_s
    end_s = feed.arrival_s[ptr[row + 1] - 1] + trips.shift_s
    order = np.lexsort((feed.arrival_s[ptr[row]] + trips.shift_s, end_s, begin_s, pattern, route))
    change = np.diff(route[order], prepend=-1) != 0
    change |= np.diff(pattern[order], prepend=-1) != 0
    starts = np.append(np.flatnonzero(change), len(order))
    chain = np.zeros(len(order), dtype=np.int32)
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        members = order[first:last]
        call = ptr[row[members]][:, None] + np.arange(ptr[row[members[0]] + 1] - ptr[row[members[0]]])
        shift_s = trips.shift_s[members][:, None]
        chain[first:last] = chains(np.hstack([feed.arrival_s[call] + shift_s, feed.departure_s[call] + shift_s]))
    by_chain = np.lexsort((chain, np.cumsum(change)))
    order, chain, change = order[by_chain], chain[by_chain], change[by_chain]
    group = np.cumsum(change | (np.diff(chain, prepend=0) != 0)) - 1
    return trips.rows(order), route[order], group


def _numbered(ids: StrArray) -> StrArray:
    """Ids, those that stand more than once with a number behind them."""
    _, row, counts = np.unique(ids, return_inverse=True, return_counts=True)
    if counts.max(initial=1) == 1:
        return ids
    order = np.argsort(row, kind="stable")
    number = np.empty(len(ids), dtype=np.int64)
    number[order] = np.arange(len(ids)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    mark = ":"
    while True:
        made = [f"{name}{mark}{k}" if counts[i] > 1 else name
                for name, k, i in zip(ids.tolist(), number.tolist(), row.tolist(), strict=True)]  # fmt: skip
        if len(set(made)) == len(made):
            return np.array(made, dtype=str)
        mark += ":"


def _first_filled(table: Table, names: Sequence[str], rows: IntArray | LongArray) -> StrArray:
    """The first of several columns that is not blank, for each row."""
    values = table.texts(names[-1]).strings(rows)
    for name in reversed(names[:-1]):
        found = table.texts(name).strings(rows)
        values = np.where(found == "", values, found)
    return values


def _iso(day: int) -> str:
    return dt.date.fromordinal(day).isoformat()
