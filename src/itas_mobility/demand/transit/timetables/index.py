"""A timetable laid out for the search by rounds: days side by side, routes by stop, forwards or mirrored."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.errors import DemandError, NetworkError
from itas_mobility.kernels.timetable_arrays import Legs, Table, Walks
from itas_mobility.units import SECONDS_PER_DAY


@dataclass(frozen=True, eq=False)
class TimetableIndex:
    """Arrays of `kernels.timetable_arrays.Table`, made by `index_timetable`.

    Mirrored, all times are negated and all sequences reversed: position p of a route with n positions is n - 1 - p,
    and whoever gets off there gets on.
    """

    stop_ptr: LongArray
    stop: IntArray
    may_board: BoolArray
    may_alight: BoolArray
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
    change_s: FloatArray
    trip_row: IntArray
    """Row of the trip in the timetable of its day, shape (n_trips,)."""
    trip_day: IntArray
    """Service day of the trip, 0 being the one that seconds count from."""
    is_mirrored: bool

    @cached_property
    def table(self) -> Table:
        """The arrays as kernels take them."""
        return Table(
            stop_ptr=self.stop_ptr,
            stop=self.stop,
            may_board=self.may_board,
            may_alight=self.may_alight,
            trip_ptr=self.trip_ptr,
            call_ptr=self.call_ptr,
            arrival=self.arrival_s,
            departure=self.departure_s,
            at_ptr=self.at_ptr,
            at_route=self.at_route,
            at_position=self.at_position,
            walk_ptr=self.walk_ptr,
            walk_to=self.walk_to,
            walk_time=self.walk_time_s,
            change=self.change_s,
        )

    @property
    def walks(self) -> Walks:
        """Walks and changes alone, for kernels that ride along other arrays."""
        return Walks(ptr=self.walk_ptr, to=self.walk_to, time=self.walk_time_s, change=self.change_s)


def index_timetable(
    timetable: Timetable | ServiceDays,
    access: AccessLegs | None,
    *,
    low_s: float = -np.inf,
    high_s: float = np.inf,
    days: Sequence[int] | None = None,
    is_mirrored: bool = False,
) -> TimetableIndex:
    """Lay out a timetable for searches between two moments.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Trips of one service day, or of several. Transfers and change times are those of the first of them.
    access : AccessLegs or None
        Its transfers between stops are walks beside those that the timetable states; a stated one holds whatever the
        walk between these stops would take, and where the timetable says that nobody can change there is no walk.
    low_s, high_s : float, optional
        Routes without a trip between these moments are left out of that day.
    days : sequence of int, optional
        Days on which the timetables run, 0 being the one that seconds count from: for ServiceDays one day for each of
        them (default: 0, 1, 2, ...), for a Timetable the days on which it runs again and again (default: 0 alone). Each
        day's trips make routes of their own, because the last trips of a day may run after the first of the next.
    is_mirrored : bool, default=False
        For searches backwards in time.

    Returns
    -------
    TimetableIndex
        Arrays for the kernels.

    Raises
    ------
    DemandError
        If `days` names a day twice or does not fit the service days.
    NetworkError
        If trips of a route have different numbers of calls, overtake each other or run backwards in time, or if
        `access` was made for other stops.
    """
    by_day = timetables_by_day(timetable, days)
    first = next(iter(by_day.values()))
    if access is not None and access.n_stops != first.n_stops:
        raise NetworkError(
            f"access legs were made for {access.n_stops} stops, the timetable has {first.n_stops}: "
            "make them again for this timetable"
        )
    for distinct in {id(one): one for one in by_day.values()}.values():
        _check_trips(distinct)
    parts = [_laid_out(one, day, low_s, high_s) for day, one in by_day.items()]
    stop, may_board, may_alight, arrival_s, departure_s, trip, trip_day = (
        np.concatenate([part[i] for part in parts]) for i in range(7)
    )
    stop_ptr, trip_ptr, call_ptr = (
        np.concatenate([[0], np.cumsum(np.concatenate([part[i] for part in parts]))]) for i in range(7, 10)
    )
    if is_mirrored:
        stop, trip, trip_day = stop[::-1], trip[::-1], trip_day[::-1]
        may_board, may_alight = may_alight[::-1], may_board[::-1]
        arrival_s, departure_s = -departure_s[::-1], -arrival_s[::-1]
        stop_ptr, trip_ptr, call_ptr = (pointer[-1] - pointer[::-1] for pointer in (stop_ptr, trip_ptr, call_ptr))
    at_ptr, at_route, at_position = _boardings_by_stop(stop_ptr, stop, may_board, first.n_stops)
    walk_ptr, walk_to, walk_time_s = _walks(first, access, is_mirrored=is_mirrored)
    return TimetableIndex(
        stop_ptr=np.ascontiguousarray(stop_ptr, dtype=np.int64),
        stop=np.ascontiguousarray(stop, dtype=np.int32),
        may_board=np.ascontiguousarray(may_board),
        may_alight=np.ascontiguousarray(may_alight),
        trip_ptr=np.ascontiguousarray(trip_ptr, dtype=np.int64),
        call_ptr=np.ascontiguousarray(call_ptr, dtype=np.int64),
        arrival_s=np.ascontiguousarray(arrival_s),
        departure_s=np.ascontiguousarray(departure_s),
        at_ptr=at_ptr,
        at_route=at_route,
        at_position=at_position,
        walk_ptr=walk_ptr,
        walk_to=walk_to,
        walk_time_s=walk_time_s,
        change_s=np.array(first.change_s),
        trip_row=np.ascontiguousarray(trip, dtype=np.int32),
        trip_day=np.ascontiguousarray(trip_day, dtype=np.int32),
        is_mirrored=is_mirrored,
    )


def timetables_by_day(timetable: Timetable | ServiceDays, days: Sequence[int] | None) -> dict[int, Timetable]:
    """Which timetable runs on which day, see `index_timetable`."""
    if isinstance(timetable, Timetable):
        chosen = (0,) if days is None else tuple(days)
        timetables = (timetable,) * len(chosen)
    else:
        timetables = timetable.timetables
        chosen = tuple(range(len(timetables))) if days is None else tuple(days)
        if len(chosen) != len(timetables):
            raise DemandError(f"days={chosen}: give one day for each of the {len(timetables)} timetables")
    if len(set(chosen)) != len(chosen) or not chosen:
        raise DemandError(f"days={chosen}: give each day once, and at least one")
    return dict(zip(chosen, timetables, strict=True))


_Choice = tuple[tuple[int, ...] | None, bool]
_kept: WeakKeyDictionary[Timetable | ServiceDays, WeakKeyDictionary[object, dict[_Choice, TimetableIndex]]] = (
    WeakKeyDictionary()
)


class _NoAccess:
    """Stands for access legs that are not there where indices are kept."""


_NO_ACCESS = _NoAccess()


def kept_index(
    timetable: Timetable | ServiceDays, access: AccessLegs | None, *, days: Sequence[int] | None, is_mirrored: bool
) -> TimetableIndex:
    """Index of whole days, made at the first call and kept as long as both nouns live (they never change).

    Parameters
    ----------
    timetable, access, days, is_mirrored
        As in `index_timetable`.

    Returns
    -------
    TimetableIndex
        The same one at every call.
    """
    by_access = _kept.setdefault(timetable, WeakKeyDictionary())
    by_choice = by_access.setdefault(_NO_ACCESS if access is None else access, {})
    choice = (None if days is None else tuple(days), is_mirrored)
    if choice not in by_choice:
        by_choice[choice] = index_timetable(timetable, access, days=days, is_mirrored=is_mirrored)
    return by_choice[choice]


def legs_by_stop(access: AccessLegs, *, stop_row: IntArray | None = None) -> Legs:
    """Legs from stops to zones as kernels take them.

    Parameters
    ----------
    access : AccessLegs
        Legs of any modes.
    stop_row : int32 ndarray of shape (n_stops,), optional
        Other numbers of the stops, each once.

    Returns
    -------
    Legs
        Zones are its targets.
    """
    stop = access.stop if stop_row is None else stop_row[access.stop]
    order = np.argsort(stop, kind="stable")
    pointer = np.searchsorted(stop[order], np.arange(access.n_stops + 1)).astype(np.int64)
    zone, time_s = np.ascontiguousarray(access.zone[order]), np.ascontiguousarray(access.time_s[order])
    return Legs(ptr=pointer, target=zone, time=time_s, n_targets=access.n_zones)


def _laid_out(timetable: Timetable, day: int, low_s: float, high_s: float) -> tuple[np.ndarray, ...]:
    """Columns by position, by call and by trip of the routes that run on a day, and how long each route and trip is."""
    begin_s, end_s = _span_of_routes(timetable)
    shift_s = day * float(SECONDS_PER_DAY)
    route = np.flatnonzero((begin_s + shift_s <= high_s) & (end_s + shift_s >= low_s))
    position, stop_ptr = ragged(timetable.stop_ptr, route)
    trip, trip_ptr = ragged(timetable.trip_ptr, route)
    call, call_ptr = ragged(timetable.call_ptr, trip)
    return (
        timetable.stop[position],
        timetable.may_board[position],
        timetable.may_alight[position],
        timetable.arrival_s[call] + shift_s,
        timetable.departure_s[call] + shift_s,
        trip,
        np.full(len(trip), day),
        np.diff(stop_ptr),
        np.diff(trip_ptr),
        np.diff(call_ptr),
    )


def ragged(pointer: LongArray, rows: LongArray) -> tuple[LongArray, LongArray]:
    """Places of the values of some rows of a ragged array, in their order.

    Parameters
    ----------
    pointer : int64 ndarray of shape (n + 1,)
        Row i holds the values ``pointer[i]:pointer[i + 1]``.
    rows : int64 ndarray of shape (m,)
        Rows that are wanted.

    Returns
    -------
    place : int64 ndarray
        Where their values stand.
    pointer : int64 ndarray of shape (m + 1,)
        Pointer of the ragged array that these values make.
    """
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
    call, _ = ragged(timetable.call_ptr, followed)
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


def _boardings_by_stop(
    stop_ptr: LongArray, stop: IntArray, may_board: BoolArray, n_stops: int
) -> tuple[LongArray, IntArray, IntArray]:
    """Routes that can be boarded at each stop, and where; the last position of a route is none of them."""
    route = np.repeat(np.arange(len(stop_ptr) - 1), np.diff(stop_ptr))
    position = np.arange(len(stop)) - stop_ptr[:-1][route]
    can_board = may_board & (position + 1 < np.diff(stop_ptr)[route])
    stop, route, position = stop[can_board], route[can_board], position[can_board]
    order = np.argsort(stop, kind="stable")
    at_ptr = np.zeros(n_stops + 1, dtype=np.int64)
    np.cumsum(np.bincount(stop, minlength=n_stops), out=at_ptr[1:])
    return at_ptr, route[order].astype(np.int32), position[order].astype(np.int32)


def _walks(
    timetable: Timetable, access: AccessLegs | None, *, is_mirrored: bool
) -> tuple[LongArray, IntArray, FloatArray]:
    """Walks by first stop, each pair of stops once: as the timetable states, else the quickest of the access legs."""
    n = timetable.n_stops
    start, end, time_s = timetable.transfer_from, timetable.transfer_to, timetable.transfer_time_s
    if access is not None:
        walked = _pair(access.transfer_from, access.transfer_to, n)
        order = np.lexsort((access.transfer_time_s, walked))
        order = order[np.unique(walked[order], return_index=True)[1]]
        order = order[~np.isin(walked[order], _pair(start, end, n))]
        start = np.concatenate([start, access.transfer_from[order]])
        end = np.concatenate([end, access.transfer_to[order]])
        time_s = np.concatenate([time_s, access.transfer_time_s[order]])
    forbidden = _pair(timetable.no_transfer_from, timetable.no_transfer_to, n)
    is_walk = (start != end) & ~np.isin(_pair(start, end, n), forbidden)
    start, end, time_s = start[is_walk], end[is_walk], time_s[is_walk]
    if is_mirrored:
        start, end = end, start
    order = np.lexsort((end, start))
    pointer = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(start, minlength=n), out=pointer[1:])
    return pointer, np.ascontiguousarray(end[order], dtype=np.int32), np.ascontiguousarray(time_s[order])


def _pair(start: IntArray, end: IntArray, n_stops: int) -> LongArray:
    return start.astype(np.int64) * n_stops + end
