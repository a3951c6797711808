"""Calls of trips at stops in the order in which they are made, blank times filled in."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.geo import haversine_m
from itas_mobility.network.transit.gtfs.tables import Tables

NOT_POSSIBLE: Final = 1
"""Code of ``pickup_type`` and ``drop_off_type`` for: not here. All other codes let passengers in or out, some of them
after a call to the driver or the operator."""
MIN_CALLS: Final = 2
"""A trip with fewer calls takes nobody anywhere, and is left out."""
METRES_PER_BEELINE: Final = (0.95, 2.5)
"""Assumption: distances of a feed are metres if in sum they are so many times the beelines between the stops. The
specification leaves their unit open; kilometres, miles and most feet lie far outside."""
_SEQUENCES: Final = 1 << 31


@dataclass(frozen=True, eq=False)
class Calls:
    """Rows of stop_times.txt of known trips, sorted by trip and sequence."""

    ptr: LongArray
    """Calls of trip *i* (row of trips.txt) lie at ``ptr[i]`` to ``ptr[i + 1]``."""
    trip: IntArray
    stop: IntArray
    """Row in stops.txt, -1 where it is not known."""
    sequence: IntArray
    line: LongArray
    arrival_s: IntArray
    """`BLANK` where the feed states none; so for departures."""
    departure_s: IntArray
    may_board: BoolArray
    may_alight: BoolArray
    distance: FloatArray
    """Way since the trip's begin, in the feed's unit; nan: not known."""

    @property
    def needs_lengths(self) -> bool:
        """Whether some time is blank or some distance stated."""
        return bool((self.arrival_s < 0).any() or not np.isnan(self.distance).all())

    @property
    def is_first(self) -> BoolArray:
        """Whether a call is the first one of its trip."""
        return np.concatenate([np.ones(1, bool), self.trip[1:] != self.trip[:-1]])[: len(self.trip)]

    @property
    def is_last(self) -> BoolArray:
        """Whether a call is the last one of its trip."""
        return np.concatenate([self.trip[1:] != self.trip[:-1], np.ones(1, bool)])[: len(self.trip)]


def calls_of(tables: Tables) -> Calls:
    """Sort the calls of a feed.

    Parameters
    ----------
    tables : Tables
        The feed.

    Returns
    -------
    Calls
        One of two times of a call that is blank is taken from the other.
    """
    table = tables["stop_times.txt"]
    trip, sequence = table.wholes("trip_id"), table.wholes("stop_sequence")
    key = trip.astype(np.int64) * _SEQUENCES + sequence
    order = np.arange(len(key)) if bool((np.diff(key) >= 0).all()) else np.argsort(key, kind="stable")
    order = order[int(np.count_nonzero(trip < 0)) :]
    trip = trip[order]
    arrival, departure = table.wholes("arrival_time")[order], table.wholes("departure_time")[order]
    counts = np.bincount(trip, minlength=len(tables["trips.txt"]))
    return Calls(
        ptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        trip=trip,
        stop=table.wholes("stop_id")[order],
        sequence=sequence[order],
        line=table.line[order],
        arrival_s=np.where(arrival < 0, departure, arrival),
        departure_s=np.where(departure < 0, arrival, departure),
        may_board=table.wholes("pickup_type")[order] != NOT_POSSIBLE,
        may_alight=table.wholes("drop_off_type")[order] != NOT_POSSIBLE,
        distance=table.numbers("shape_dist_traveled")[order],
    )


def beelines_m(tables: Tables, calls: Calls) -> FloatArray:
    """Beeline from each call to the next one of its trip.

    Parameters
    ----------
    tables : Tables
        The feed.
    calls : Calls
        Its calls.

    Returns
    -------
    FloatArray
        Lengths; 0 behind last calls, nan where a stop or its place is not known.
    """
    stops = tables["stops.txt"]
    lon, lat = (np.append(stops.numbers(name), np.nan)[calls.stop] for name in ("stop_lon", "stop_lat"))
    length = np.zeros(len(lon))
    length[:-1] = haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    length[calls.is_last] = 0.0
    return length


def timed(calls: Calls, beeline_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Times of all calls; blank ones between two given ones are filled in by the way made, in whole seconds.

    Parameters
    ----------
    calls : Calls
        Calls; first and last ones of trips have times.
    beeline_m : FloatArray
        Beeline from each call to the next one.

    Returns
    -------
    arrival_s, departure_s : FloatArray
        Times.
    """
    arrival_s, departure_s = calls.arrival_s.astype(np.float64), calls.departure_s.astype(np.float64)
    is_blank = calls.arrival_s < 0
    if not is_blank.any():
        return arrival_s, departure_s
    row = np.arange(len(is_blank))
    before = np.maximum.accumulate(np.where(is_blank, 0, row))
    after = np.minimum.accumulate(np.where(is_blank, len(row) - 1, row)[::-1])[::-1]
    blank = np.flatnonzero(is_blank)
    before, after = before[blank], after[blank]
    share = (blank - before) / (after - before)
    # the feed's own distances where they rise between the timed calls, else beelines, else each leg alike
    for way in (np.concatenate([[0.0], np.cumsum(beeline_m)[:-1]]), calls.distance):
        whole, part = way[after] - way[before], way[blank] - way[before]
        is_known = (whole > 0) & (part >= 0) & (part <= whole)
        share[is_known] = part[is_known] / whole[is_known]
    filled = np.round(departure_s[before] + share * (arrival_s[after] - departure_s[before]))
    arrival_s[blank] = departure_s[blank] = filled
    return arrival_s, departure_s


def leg_lengths_m(calls: Calls, beeline_m: FloatArray) -> FloatArray:
    """Length from each call to the next one as the feed states it, if its unit is the metre.

    Parameters
    ----------
    calls : Calls
        Calls.
    beeline_m : FloatArray
        Beeline from each call to the next one.

    Returns
    -------
    FloatArray
        Lengths, rounded to millimetres; 0 behind the last call of a trip whose last leg is known, nan where the feed
        states none or in another unit.
    """
    length = np.full(len(beeline_m), np.nan)
    length[:-1] = np.round(np.diff(calls.distance), 3)
    length[calls.is_last] = np.nan
    is_known = (length > 0) & (beeline_m > 0)
    low, high = METRES_PER_BEELINE
    if not is_known.any() or not low <= length[is_known].sum() / beeline_m[is_known].sum() <= high:
        return np.full(len(length), np.nan)
    length[length < 0] = np.nan
    ends = np.flatnonzero(calls.is_last & ~calls.is_first)
    length[ends[~np.isnan(length[ends - 1])]] = 0.0
    return length
