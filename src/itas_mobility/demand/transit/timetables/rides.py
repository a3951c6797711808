"""Trips of several service days in one row, and where the rides of journeys begin and end on them."""

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.demand.transit.timetables.index import timetables_by_day
from itas_mobility.errors import DemandError
from itas_mobility.kernels.timed_choice import load_calls, path_sizes
from itas_mobility.units import SECONDS_PER_DAY

_ROUNDING_S: Final = 1e-3
"""Times in vehicles of journeys and of their timetable may differ by so much."""


class DayTrips:
    """Trips of all days, one day after the other, in columns by trip and by call.

    Parameters
    ----------
    by_day : dict of int to Timetable
        Day, 0 being the one that seconds count from, and its timetable; all of the same stops.
    """

    def __init__(self, by_day: dict[int, Timetable]) -> None:
        tables = [(one, np.repeat(np.arange(one.n_routes), np.diff(one.trip_ptr))) for one in by_day.values()]
        self._days = np.array(list(by_day), dtype=np.int32)
        self._first = np.cumsum([0, *(one.n_trips for one, _ in tables)])
        self.day: IntArray = np.repeat(self._days, np.diff(self._first))
        self.trip_id = np.concatenate([one.trip_id for one, _ in tables])
        self.line = np.concatenate([one.line[route] for one, route in tables])
        self.mode = np.concatenate([one.mode[route] for one, route in tables])
        self.route_id = np.concatenate([one.route_id[route] for one, route in tables])
        n_calls = np.concatenate([np.diff(one.call_ptr) for one, _ in tables])
        self.call_ptr: LongArray = np.concatenate([[0], np.cumsum(n_calls)])
        stops = tables[0][0]
        stop = np.concatenate([_stop_of_calls(one, route) for one, route in tables])
        self.stop_id, self.stop_name = stops.stop_id[stop], stops.stop_name[stop]
        shift_s = np.repeat(self.day.astype(np.float64) * SECONDS_PER_DAY, n_calls)
        self.arrival_s: FloatArray = np.concatenate([one.arrival_s for one, _ in tables]) + shift_s
        self.departure_s: FloatArray = np.concatenate([one.departure_s for one, _ in tables]) + shift_s
        self.run_s = np.zeros(len(stop))
        """Time of the run that leaves each call; 0 at the last."""
        self.run_s[:-1] = self.arrival_s[1:] - self.departure_s[:-1]
        self.run_s[self.call_ptr[1:] - 1] = 0.0
        for column in vars(self).values():
            column.flags.writeable = False  # so that loads share them

    def row(self, day: IntArray, trip: IntArray) -> LongArray:
        """Row of trips by day and row in the timetable of the day; -1 where there is none."""
        order = np.argsort(self._days)
        place = np.minimum(np.searchsorted(self._days[order], day), len(order) - 1)
        which = order[place]
        row = self._first[which] + trip
        is_known = (self._days[which] == day) & (row < self._first[which + 1])
        return np.where(is_known, row, -1)


_kept: WeakKeyDictionary[Timetable | ServiceDays, dict[tuple[int, ...] | None, DayTrips]] = WeakKeyDictionary()


def kept_trips(timetable: Timetable | ServiceDays, days: Sequence[int] | None) -> DayTrips:
    """Trips of some days, laid out once for each timetable.

    Parameters
    ----------
    timetable, days
        As in `index_timetable`.

    Returns
    -------
    DayTrips
        Kept as long as the timetable.
    """
    laid_out = _kept.setdefault(timetable, {})
    key = None if days is None else tuple(days)
    if key not in laid_out:
        laid_out[key] = DayTrips(timetables_by_day(timetable, days))
    return laid_out[key]


def _stop_of_calls(timetable: Timetable, route_of_trip: LongArray) -> IntArray:
    """Stop of each call of all trips."""
    n_calls = np.diff(timetable.call_ptr)
    position = np.arange(len(timetable.arrival_s)) - np.repeat(timetable.call_ptr[:-1], n_calls)
    stop: IntArray = timetable.stop[np.repeat(timetable.stop_ptr[route_of_trip], n_calls) + position]
    return stop


class Rides:
    """Calls at which the rides of the journeys begin and end.

    Parameters
    ----------
    journeys : JourneySets
        Found in the timetables of the trips.
    trips : DayTrips
        Trips that they ride.

    Raises
    ------
    DemandError
        If the trips are not those that the journeys were found in; names the first journey that does not fit.
    """

    def __init__(self, journeys: JourneySets, trips: DayTrips) -> None:
        row = trips.row(journeys.ride_day, journeys.ride_trip)
        last = np.append(np.diff(trips.call_ptr), 0)[row] - 1
        journey = np.repeat(np.arange(len(journeys)), np.diff(journeys.ride_ptr))
        unknown = journeys.alight > last
        if unknown.any():
            ride = int(np.flatnonzero(unknown)[0])
            raise DemandError(
                f"journeys: {_called(journeys, int(journey[ride]))} rides trip {journeys.ride_trip[ride]} of day "
                f"{journeys.ride_day[ride]} to position {journeys.alight[ride]}, which the timetable does not have; "
                "give the timetable and the days that the journeys were found in"
            )
        self.ride_ptr = journeys.ride_ptr
        self.board: LongArray = trips.call_ptr[row] + journeys.board
        self.alight: LongArray = trips.call_ptr[row] + journeys.alight
        self.run_s = trips.run_s
        self.call_ptr = trips.call_ptr
        ride_s = trips.arrival_s[self.alight] - trips.departure_s[self.board]
        off_s = np.abs(self._by_journey(ride_s) - journeys.in_vehicle_s)
        if (off_s > _ROUNDING_S).any():
            wrong = int(np.argmax(off_s > _ROUNDING_S))
            raise DemandError(
                f"journeys: {_called(journeys, wrong)} spends {journeys.in_vehicle_s[wrong]:g} s in vehicles, but by "
                f"the timetable {self._by_journey(ride_s)[wrong]:g} s: find the journeys again in this timetable"
            )

    def _by_journey(self, of_ride: FloatArray) -> FloatArray:
        """Sum over the rides of each journey; every journey has one."""
        return np.add.reduceat(of_ride, self.ride_ptr[:-1]) if len(of_ride) else np.zeros(0)

    def along(self, of_run: FloatArray) -> FloatArray:
        """Sum of a value by run over all runs of each journey."""
        up_to = np.concatenate([[0.0], np.cumsum(of_run)])
        return self._by_journey(up_to[self.alight] - up_to[self.board])

    def loads(self, persons: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Volume, boardings and alightings by call."""
        volume, boardings, alightings = (np.zeros(len(self.run_s)) for _ in range(3))
        load_calls(persons, self.ride_ptr, self.board, self.alight, volume, boardings, alightings)
        return volume, boardings, alightings

    def path_sizes(self, journey_ptr: LongArray) -> FloatArray:
        """Path size of each journey among those of its pair."""
        size = np.empty(len(self.ride_ptr) - 1)
        uses = np.zeros(len(self.run_s), dtype=np.int32)
        path_sizes(journey_ptr, self.ride_ptr, self.board, self.alight, self.run_s, uses, size)
        return size


def _called(journeys: JourneySets, journey: int) -> str:
    """What a journey is called in messages."""
    pair = journeys.pair[journey]
    ends = journeys.zone_id[journeys.origin[pair]], journeys.zone_id[journeys.destination[pair]]
    return f"journey {journey} ({ends[0]} to {ends[1]})"
