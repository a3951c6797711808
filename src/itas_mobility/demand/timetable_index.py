"""A timetable laid out for the search by rounds: days side by side, routes by stop, forwards or mirrored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.transit import Timetable
from itas_mobility.errors import NetworkError
from itas_mobility.units import SECONDS_PER_DAY


@dataclass(frozen=True, eq=False)
class TimetableIndex:
    """Arrays of `kernels.raptor`, made by `index_timetable`.

    Mirrored, all times are negated and all sequences reversed: position p of a route with n positions is n - 1 - p.
    """

    stop_ptr: LongArray
    stop: IntArray
    trip_ptr: LongArray
    call_ptr: LongArray
    arrival_s: FloatArray
    departure_s: FloatArray
    at_ptr: LongArray
    at_route: IntArray
    at_position: IntArray
    walk_ptr: LongArray
    walk_to: IntArray
    walk_time_s: FloatArray
    trip_row: IntArray
    """Row of the trip in the timetable, shape (n_trips,)."""
    trip_day: IntArray
    """Service day of the trip, 0 being that of the timetable."""
    is_mirrored: bool

    def arrays(self) -> tuple[LongArray | IntArray | FloatArray, ...]:
        """The arrays in the order in which the kernels take them, from `stop_ptr` to `walk_time`."""
        return (
            self.stop_ptr, self.stop, self.trip_ptr, self.call_ptr, self.arrival_s, self.departure_s, self.at_ptr,
            self.at_route, self.at_position, self.walk_ptr, self.walk_to, self.walk_time_s,
        )  # fmt: skip


def index_timetable(
    timetable: Timetable,
    access: AccessLegs | None,
    *,
    low_s: float = -np.inf,
    high_s: float = np.inf,
    days: Sequence[int] = (0,),
    is_mirrored: bool = False,
) -> TimetableIndex:
    """Lay out a timetable for searches between two moments.

    Parameters
    ----------
    timetable : Timetable
        Trips of one service day.
    access : AccessLegs or None
        Its transfers between stops are the walks; none if it is None.
    low_s, high_s : float, optional
        Routes without a trip between these moments are left out of that day.
    days : sequence of int, default=(0,)
        The same timetable is laid out for each of these days, 1 being the day after; each day's trips make routes of
        their own, because the last trips of a day may run after the first ones of the next.
    is_mirrored : bool, default=False
        For searches backwards in time.

    Returns
    -------
    TimetableIndex
        Arrays for the kernels.

    Raises
    ------
    NetworkError
        If trips of a route have different numbers of calls, overtake each other or run backwards in time, or if
        `access` was made for other stops.
    """
    if access is not None and access.n_stops != timetable.n_stops:
        raise NetworkError(
            f"access legs were made for {access.n_stops} stops, the timetable has {timetable.n_stops}: "
            "make them again for this timetable"
        )
    _check_trips(timetable)
    begin_s, end_s = _span_of_routes(timetable)
    parts = [
        (day, np.flatnonzero((begin_s + day * SECONDS_PER_DAY <= high_s) & (end_s + day * SECONDS_PER_DAY >= low_s)))
        for day in days
    ]
    route = np.concatenate([routes for _, routes in parts]).astype(np.int64)
    route_day = np.concatenate([np.full(len(routes), day, dtype=np.int64) for day, routes in parts])
    position, stop_ptr = _ragged(timetable.stop_ptr, route)
    trip, trip_ptr = _ragged(timetable.trip_ptr, route)
    trip_day = np.repeat(route_day, np.diff(trip_ptr))
    call, call_ptr = _ragged(timetable.call_ptr, trip)
    shift_s = np.repeat(trip_day * float(SECONDS_PER_DAY), np.diff(call_ptr))
    stop = timetable.stop[position]
    arrival_s = timetable.arrival_s[call] + shift_s
    departure_s = timetable.departure_s[call] + shift_s
    if is_mirrored:
        stop, trip, trip_day = stop[::-1], trip[::-1], trip_day[::-1]
        arrival_s, departure_s = -departure_s[::-1], -arrival_s[::-1]
        stop_ptr, trip_ptr, call_ptr = (pointer[-1] - pointer[::-1] for pointer in (stop_ptr, trip_ptr, call_ptr))
    at_ptr, at_route, at_position = _routes_by_stop(stop_ptr, stop, timetable.n_stops)
    walk_ptr, walk_to, walk_time_s = _walks(access, timetable.n_stops, is_mirrored=is_mirrored)
    return TimetableIndex(
        stop_ptr=np.ascontiguousarray(stop_ptr),
        stop=np.ascontiguousarray(stop, dtype=np.int32),
        trip_ptr=np.ascontiguousarray(trip_ptr),
        call_ptr=np.ascontiguousarray(call_ptr),
        arrival_s=np.ascontiguousarray(arrival_s),
        departure_s=np.ascontiguousarray(departure_s),
        at_ptr=at_ptr,
        at_route=at_route,
        at_position=at_position,
        walk_ptr=walk_ptr,
        walk_to=walk_to,
        walk_time_s=walk_time_s,
        trip_row=np.ascontiguousarray(trip, dtype=np.int32),
        trip_day=np.ascontiguousarray(trip_day, dtype=np.int32),
        is_mirrored=is_mirrored,
    )


def _ragged(pointer: LongArray, rows: LongArray) -> tuple[LongArray, LongArray]:
    """Places of the values of `rows` of a ragged array, in order, and the pointer of the result."""
    length = pointer[rows + 1] - pointer[rows]
    new = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(length, out=new[1:])
    return np.arange(new[-1], dtype=np.int64) + np.repeat(pointer[rows] - new[:-1], length), new


def _span_of_routes(timetable: Timetable) -> tuple[FloatArray, FloatArray]:
    """First departure and last arrival of each route; (inf, -inf) for a route without trips."""
    n = len(timetable.route_id)
    begin_s, end_s = np.full(n, np.inf), np.full(n, -np.inf)
    has_trips = np.diff(timetable.trip_ptr) > 0
    first, last = timetable.trip_ptr[:-1][has_trips], timetable.trip_ptr[1:][has_trips] - 1
    begin_s[has_trips] = timetable.departure_s[timetable.call_ptr[first]]
    end_s[has_trips] = timetable.arrival_s[timetable.call_ptr[last + 1] - 1]
    return begin_s, end_s


def _check_trips(timetable: Timetable) -> None:
    """Refuse what the search by rounds would silently get wrong."""
    positions = np.diff(timetable.stop_ptr)
    trips = np.diff(timetable.trip_ptr)
    calls = np.diff(timetable.call_ptr)
    route = np.repeat(np.arange(len(trips)), trips)
    wrong = np.flatnonzero(calls != positions[route])
    if wrong.size:
        t = wrong[0]
        raise NetworkError(
            f"Timetable: trip {timetable.trip_id[t]} has {calls[t]} calls, its route {timetable.route_id[route[t]]} "
            f"{positions[route[t]]} stops: put it into a route of its own"
        )
    if timetable.arrival_s.size == 0:
        return
    trip = np.repeat(np.arange(len(calls)), calls)
    back = np.flatnonzero((timetable.arrival_s[1:] < timetable.departure_s[:-1]) & (trip[1:] == trip[:-1]))
    if back.size:
        raise NetworkError(f"Timetable: trip {timetable.trip_id[trip[back[0]]]} arrives before it left the stop before")
    followed = np.flatnonzero((route[1:] == route[:-1]) & (calls[1:] > 0))
    call, _ = _ragged(timetable.call_ptr, followed)
    later = call + calls[trip[call]]
    overtaken = (timetable.arrival_s[later] < timetable.arrival_s[call]) | (
        timetable.departure_s[later] < timetable.departure_s[call]
    )
    if overtaken.any():
        t = trip[later[np.argmax(overtaken)]]
        raise NetworkError(
            f"Timetable: trip {timetable.trip_id[t]} overtakes the one before it on route "
            f"{timetable.route_id[route[t]]}: put it into a route of its own"
        )


def _routes_by_stop(stop_ptr: LongArray, stop: IntArray, n_stops: int) -> tuple[LongArray, IntArray, IntArray]:
    route = np.repeat(np.arange(len(stop_ptr) - 1), np.diff(stop_ptr))
    position = np.arange(len(stop)) - stop_ptr[:-1][route]
    order = np.argsort(stop, kind="stable")
    at_ptr = np.zeros(n_stops + 1, dtype=np.int64)
    np.cumsum(np.bincount(stop, minlength=n_stops), out=at_ptr[1:])
    return at_ptr, route[order].astype(np.int32), position[order].astype(np.int32)


def _walks(access: AccessLegs | None, n_stops: int, *, is_mirrored: bool) -> tuple[LongArray, IntArray, FloatArray]:
    pointer = np.zeros(n_stops + 1, dtype=np.int64)
    if access is None:
        return pointer, np.zeros(0, dtype=np.int32), np.zeros(0)
    start, end = access.transfer_from, access.transfer_to
    if is_mirrored:
        start, end = end, start
    order = np.argsort(start, kind="stable")
    np.cumsum(np.bincount(start, minlength=n_stops), out=pointer[1:])
    return pointer, np.ascontiguousarray(end[order]), np.ascontiguousarray(access.transfer_time_s[order])
