"""Trips of a service day, those that stand for many at a headway written out one by one."""

import warnings
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray, StrArray
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network.transit.gtfs.calls import MIN_CALLS, Calls
from itas_mobility.network.transit.gtfs.tables import Tables
from itas_mobility.units import SECONDS_PER_DAY, clock_text

MANY_TRIPS: Final = 10_000
"""Assumption: a trip that stands for more departures on one day is worth a warning."""


@dataclass(frozen=True, eq=False)
class DayTrips:
    """Trips of one service day."""

    row: IntArray
    """Row in trips.txt."""
    trip_id: StrArray
    shift_s: FloatArray
    """What is added to the times in stop_times.txt."""
    headway_s: FloatArray
    """Above 0 where the headway alone is promised."""
    is_copy: BoolArray
    """Whether the trip is one of several that are written out."""

    def rows(self, rows: LongArray) -> "DayTrips":
        """Some of the trips, in the given order."""
        return DayTrips(*(getattr(self, field.name)[rows] for field in fields(self)))


@lru_cache(maxsize=SECONDS_PER_DAY)
def clock(moment_s: float) -> str:
    """`units.clock_text`, remembered: feeds hold the same few thousand moments again and again.

    Parameters
    ----------
    moment_s : float
        Seconds.

    Returns
    -------
    str
        Time; 25:10:00 is legal.
    """
    return clock_text(moment_s)


def day_trips(tables: Tables, calls: Calls, runs: BoolArray, *, max_trips: int) -> DayTrips:
    """Trips that run on a day.

    Parameters
    ----------
    tables : Tables
        The feed.
    calls : Calls
        Its calls.
    runs : BoolArray
        Which trips of trips.txt run; those with less than two calls are left out.
    max_trips : int
        Most trips that may be written out.

    Returns
    -------
    DayTrips
        In the order of trips.txt. A trip in frequencies.txt gives one trip ``<trip_id>#HH:MM:SS`` per departure; its
        own times only say how long it runs. If that is one departure at its own time, it keeps its id.

    Raises
    ------
    NetworkError
        If there are more than `max_trips`.
    """
    runs = runs & (np.diff(calls.ptr) >= MIN_CALLS)
    frequencies = tables["frequencies.txt"]
    trip_ids = tables["trips.txt"].texts("trip_id")
    repeated = frequencies.wholes("trip_id")
    rows = np.flatnonzero((repeated >= 0) & runs[repeated])
    plain = np.flatnonzero(runs & ~np.isin(np.arange(len(runs)), repeated))
    departures: dict[int, list[tuple[FloatArray, float]]] = {}
    total = len(plain)
    for row in rows.tolist():
        start_s, end_s, headway_s = (
            int(frequencies.wholes(name)[row]) for name in ("start_time", "end_time", "headway_secs")
        )
        n = max(-((start_s - end_s) // headway_s), 0)
        total += n
        trip = int(repeated[row])
        label = (
            f"{tables.path}: frequencies.txt: line {frequencies.line[row]}: trip {trip_ids[trip]} leaves {n:,} times"
        )
        if total > max_trips:
            raise NetworkError(f"{label}, which makes more than {max_trips:,} trips; raise max_trips or the headway")
        if n > MANY_TRIPS:
            warnings.warn(f"{label} on one day", DataWarning, stacklevel=2)
        is_exact = frequencies.wholes("exact_times")[row] == 1
        moments = np.arange(start_s, end_s, headway_s, dtype=np.float64)
        departures.setdefault(trip, []).append((moments, 0.0 if is_exact else float(headway_s)))
    parts = [_plain(plain, trip_ids.strings(plain))]
    parts += [_copies(trip, trip_ids[trip], float(calls.departure_s[calls.ptr[trip]]), found)
              for trip, found in departures.items()]  # fmt: skip
    joined = DayTrips(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(DayTrips)))
    return joined.rows(np.argsort(joined.row, kind="stable"))


def _plain(rows: LongArray, trip_id: StrArray) -> DayTrips:
    n = len(rows)
    return DayTrips(rows.astype(np.int32), trip_id, np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool))


def _copies(trip: int, trip_id: str, own_s: float, found: list[tuple[FloatArray, float]]) -> DayTrips:
    """One trip per departure, each moment once."""
    moments = np.concatenate([departures for departures, _ in found])
    headways = np.concatenate([np.full(len(departures), headway_s) for departures, headway_s in found])
    moments, first = np.unique(moments, return_index=True)
    is_itself = len(moments) == 1 and moments[0] == own_s
    ids = [trip_id] if is_itself else [f"{trip_id}#{clock(moment)}" for moment in moments.tolist()]
    n = len(moments)
    return DayTrips(
        np.full(n, trip, dtype=np.int32),
        np.array(ids, dtype=str),
        moments - own_s,
        headways[first],
        np.full(n, not is_itself),
    )
