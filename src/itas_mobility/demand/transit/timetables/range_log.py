"""Journeys read off the log of a range search, in columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.demand.transit.timetables.index import TimetableIndex
from itas_mobility.kernels.timetable_arrays import Found, Log


@dataclass(frozen=True, eq=False)
class FoundJourneys:
    """Journeys in columns as in `core.JourneySets`, in the direction of the search until they are mirrored."""

    begin: IntArray
    target: IntArray
    depart_s: FloatArray
    arrive_s: FloatArray
    walk_s: FloatArray
    wait_s: FloatArray
    in_vehicle_s: FloatArray
    n_rides: LongArray
    ride_day: IntArray
    ride_trip: IntArray
    board: IntArray
    alight: IntArray

    @property
    def ride_ptr(self) -> LongArray:
        """Where the rides of each journey begin."""
        return np.append(0, np.cumsum(self.n_rides))

    def rows(self, order: LongArray) -> "FoundJourneys":
        """Some journeys, in another order, with their rides."""
        n_rides = self.n_rides[order]
        shift = self.ride_ptr[order] - np.append(0, np.cumsum(n_rides))[:-1]
        rides = np.arange(n_rides.sum()) + np.repeat(shift, n_rides)
        return FoundJourneys(
            *(getattr(self, name)[order] for name in _JOURNEY_COLUMNS),
            *(getattr(self, name)[rides] for name in _RIDE_COLUMNS),
        )

    def mirrored(self) -> "FoundJourneys":
        """The same seen in the direction of travel, after a mirrored search; positions are so already."""
        back = {name: getattr(self, name)[::-1] for name in _JOURNEY_COLUMNS + _RIDE_COLUMNS}
        ends = {"begin": back["target"], "target": back["begin"]}
        times = {"depart_s": -back["arrive_s"], "arrive_s": -back["depart_s"]}
        return FoundJourneys(**(back | ends | times))


_JOURNEY_COLUMNS = ("begin", "target", "depart_s", "arrive_s", "walk_s", "wait_s", "in_vehicle_s", "n_rides")
_RIDE_COLUMNS = ("ride_day", "ride_trip", "board", "alight")


def joined(parts: Sequence[FoundJourneys]) -> FoundJourneys:
    """Journeys of several searches, one behind the other.

    Parameters
    ----------
    parts : sequence of FoundJourneys
        At least one.

    Returns
    -------
    FoundJourneys
        All of them.
    """
    names = _JOURNEY_COLUMNS + _RIDE_COLUMNS
    return FoundJourneys(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class JourneyReader:
    """Reads the journeys that range searches in an index noted.

    Parameters
    ----------
    index : TimetableIndex
        What was searched.
    """

    def __init__(self, index: TimetableIndex) -> None:
        self.index = index
        n_stops = len(index.walk_ptr) - 1
        start = np.repeat(np.arange(n_stops), np.diff(index.walk_ptr))
        self.walk_key = start * n_stops + index.walk_to  # sorted, as walks are

    def none(self) -> FoundJourneys:
        """No journeys."""
        number, time_s = np.zeros(0, np.int32), np.zeros(0)
        found = Found(target=number, n_rides=number, row=number, moment=time_s, arrival=time_s)
        return self.read(0, found, Log(trip=number, board=number, alight=number, before=number))

    def read(self, begin: int, found: Found, log: Log) -> FoundJourneys:
        """Journeys of one search.

        Parameters
        ----------
        begin : int
            Zone at which it began.
        found : Found
            Journeys, see `kernels.raptor_range.search_range`.
        log : Log
            Their rides, and maybe others.

        Returns
        -------
        FoundJourneys
            With positions in their routes as in the timetable, whatever the direction of the search.
        """
        n_rides = found.n_rides.astype(np.int64)
        ptr = np.append(0, np.cumsum(n_rides))
        trip, board, alight = _rides(found.row, ptr, log)
        index = self.index
        route = np.searchsorted(index.stop_ptr, board, side="right") - 1
        call = index.call_ptr[trip] - index.stop_ptr[route]
        leave_s, reach_s = index.departure_s[call + board], index.arrival_s[call + alight]
        between_s, walk_s = self._changes(ptr, leave_s, reach_s, board, alight)
        first, last = ptr[:-1], ptr[1:] - 1
        outer_s = (leave_s[first] - found.moment) + (found.arrival - reach_s[last])
        # rounding may leave -0.0000001 s where a vehicle is just caught
        wait_s = np.maximum(between_s - walk_s, 0.0)
        position, end = board - index.stop_ptr[route], alight - index.stop_ptr[route]
        if index.is_mirrored:
            n_positions = index.stop_ptr[route + 1] - index.stop_ptr[route]
            position, end = n_positions - 1 - end, n_positions - 1 - position
        return FoundJourneys(
            begin=np.full(len(n_rides), begin, dtype=np.int32),
            target=found.target.copy(),
            depart_s=found.moment.copy(),
            arrive_s=found.arrival.copy(),
            walk_s=outer_s + _sums(walk_s, ptr),
            wait_s=_sums(wait_s, ptr),
            in_vehicle_s=_sums(reach_s - leave_s, ptr),
            n_rides=n_rides,
            ride_day=index.trip_day[trip],
            ride_trip=index.trip_row[trip],
            board=position.astype(np.int32),
            alight=end.astype(np.int32),
        )

    def _changes(
        self, ptr: LongArray, leave_s: FloatArray, reach_s: FloatArray, board: IntArray, alight: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Time between each ride and the one before on the same journey, and how long of it is walked."""
        index = self.index
        is_later = np.full(len(board), True)
        is_later[ptr[:-1]] = False
        later = np.flatnonzero(is_later)
        between_s, walk_s = np.zeros(len(board)), np.zeros(len(board))
        between_s[later] = leave_s[later] - reach_s[later - 1]
        here, there = index.stop[alight[later - 1]].astype(np.int64), index.stop[board[later]]
        on_foot = here != there
        key = here[on_foot] * (len(index.walk_ptr) - 1) + there[on_foot]
        walk_s[later[on_foot]] = index.walk_time_s[np.searchsorted(self.walk_key, key)]
        return between_s, walk_s


def _sums(values: FloatArray, ptr: LongArray) -> FloatArray:
    """Sum over the rides of each journey, of which it has at least one."""
    sums: FloatArray = np.add.reduceat(values, ptr[:-1]) if len(values) else np.zeros(0)
    return sums


def _rides(row: IntArray, ptr: LongArray, log: Log) -> tuple[IntArray, IntArray, IntArray]:
    """Trip and places of boarding and alighting of all rides, followed back from the last one of each journey."""
    trip, board, alight = (np.empty(int(ptr[-1]), dtype=np.int32) for _ in range(3))
    row, place = row.copy(), ptr[1:] - 1
    while row.size:
        trip[place], board[place], alight[place] = log.trip[row], log.board[row], log.alight[row]
        row, place = log.before[row], place - 1
        goes_on = row >= 0
        row, place = row[goes_on], place[goes_on]
    return trip, board, alight
