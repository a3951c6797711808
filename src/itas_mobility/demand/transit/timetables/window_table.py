"""A timetable laid out for travel times between many places over a window."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.demand.transit.timetables.index import TimetableIndex, ragged
from itas_mobility.kernels.raptor_window import TableByPlace


@dataclass(frozen=True, eq=False)
class WindowTable:
    """Arrays of `kernels.raptor_window.TableByPlace`, made by `lay_out_window`.

    Stops are numbered in the order in which routes call at them, so that what is read one after the other lies close
    together; `stop_row` leads to these numbers.
    """

    stop_row: IntArray
    """New number of each stop, shape (n_stops,)."""
    stop_ptr: LongArray
    stop: IntArray
    may_alight: BoolArray
    place_at: IntArray
    time_ptr: LongArray
    arrival_s: FloatArray
    departure_s: FloatArray
    at_ptr: LongArray
    at_place: IntArray
    at_route: IntArray
    walk_ptr: LongArray
    walk_to: IntArray
    walk_time_s: FloatArray
    change_s: FloatArray
    latest_s: FloatArray

    @cached_property
    def table(self) -> TableByPlace:
        """The arrays as the kernel takes them."""
        return TableByPlace(
            stop_ptr=self.stop_ptr,
            stop=self.stop,
            may_alight=self.may_alight,
            place_at=self.place_at,
            time_ptr=self.time_ptr,
            arrival=self.arrival_s,
            departure=self.departure_s,
            at_ptr=self.at_ptr,
            at_place=self.at_place,
            at_route=self.at_route,
            latest=self.latest_s,
            walk_ptr=self.walk_ptr,
            walk_to=self.walk_to,
            walk_time=self.walk_time_s,
            change=self.change_s,
        )


def lay_out_window(index: TimetableIndex, low_s: float, high_s: float) -> WindowTable:
    """Lay out what runs between two moments.

    Parameters
    ----------
    index : TimetableIndex
        Timetable, forwards or mirrored.
    low_s, high_s : float
        Trips that end before or begin after these moments are left out.

    Returns
    -------
    WindowTable
        Arrays for the kernel.
    """
    n_places = np.diff(index.stop_ptr)
    route = np.repeat(np.arange(len(n_places)), np.diff(index.trip_ptr))
    trip = np.flatnonzero(n_places[route] > 0)
    first, last = index.call_ptr[trip], index.call_ptr[trip + 1] - 1
    trip = trip[(index.arrival_s[last] >= low_s) & (index.departure_s[first] <= high_s)]
    n_trips = np.bincount(route[trip], minlength=len(n_places))
    time_ptr = _pointer(n_trips * n_places)
    # trips that do not overtake each other are in the window one after the other, so route by route they stay together
    call, call_ptr = ragged(index.call_ptr, trip)
    of_call = np.repeat(np.arange(len(trip)), np.diff(call_ptr))
    position = np.arange(len(call)) - call_ptr[of_call]
    in_route = np.arange(len(trip)) - _pointer(n_trips)[route[trip]]
    here = route[trip][of_call]
    departure_s = np.empty(len(call))
    departure_s[time_ptr[here] + position * n_trips[here] + in_route[of_call]] = index.departure_s[call]
    place_route = np.repeat(np.arange(len(n_places)), n_places)
    latest_s = np.full(len(index.stop), -np.inf)
    in_use = np.flatnonzero(n_trips[place_route] > 0)
    used = place_route[in_use]
    latest_s[in_use] = departure_s[time_ptr[used] + (in_use - index.stop_ptr[used] + 1) * n_trips[used] - 1]
    stop_row = _numbers_along_routes(index)
    at_stop = stop_row[np.repeat(np.arange(len(index.change_s)), np.diff(index.at_ptr))]
    boarding = np.argsort(at_stop, kind="stable")
    boarding = boarding[n_trips[index.at_route[boarding]] > 0]
    at_route = index.at_route[boarding]
    at_place = index.stop_ptr[at_route] + index.at_position[boarding]
    place_at = np.full(len(index.stop), -1, dtype=np.int32)
    place_at[at_place] = np.arange(len(at_place))
    start = stop_row[np.repeat(np.arange(len(index.change_s)), np.diff(index.walk_ptr))]
    end = stop_row[index.walk_to]
    walk = np.lexsort((end, start))
    return WindowTable(
        stop_row=stop_row,
        stop_ptr=index.stop_ptr,
        stop=stop_row[index.stop],
        may_alight=index.may_alight,
        place_at=place_at,
        time_ptr=time_ptr,
        arrival_s=index.arrival_s[call],
        departure_s=departure_s,
        at_ptr=_pointer(np.bincount(at_stop[boarding], minlength=len(stop_row))),
        at_place=at_place.astype(np.int32),
        at_route=at_route,
        walk_ptr=_pointer(np.bincount(start, minlength=len(stop_row))),
        walk_to=end[walk],
        walk_time_s=index.walk_time_s[walk],
        change_s=index.change_s[np.argsort(stop_row)],
        latest_s=latest_s[at_place],
    )


def _numbers_along_routes(index: TimetableIndex) -> IntArray:
    """Number of each stop in the order in which routes call at them; stops without any come last."""
    called, first = np.unique(index.stop, return_index=True)
    place = np.full(len(index.change_s), len(index.stop), dtype=np.int64)
    place[called] = first
    row = np.empty(len(place), dtype=np.int32)
    row[np.argsort(place, kind="stable")] = np.arange(len(place))
    return row


def _pointer(lengths: LongArray) -> LongArray:
    """Where each row of a ragged array begins, and the end of the last."""
    pointer = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=pointer[1:])
    return pointer
