"""Journeys told leg by leg from what a search by rounds noted."""

import numpy as np

from itas_mobility.core.access import AccessMode
from itas_mobility.core.journey import Journey, JourneyLeg
from itas_mobility.core.transit import Timetable, TransitMode
from itas_mobility.demand.transit.timetables.index import TimetableIndex
from itas_mobility.demand.transit.timetables.places import Place, Ways, ways_from
from itas_mobility.kernels.timetable_arrays import Log


class JourneyTeller:
    """Tells the journeys of searches from one place.

    "First" and "last" follow the traveller; a mirrored search begins where the journey ends.

    Parameters
    ----------
    by_day : dict of int to Timetable
        Timetables of the index.
    index : TimetableIndex
        What was searched.
    begin : Place
        Where the search begins.
    """

    def __init__(self, by_day: dict[int, Timetable], index: TimetableIndex, begin: Place) -> None:
        self.by_day = by_day
        self.index = index
        self.begin = begin
        self.ways = ways_from(begin, index)
        self.stop_ids = next(iter(by_day.values())).stop_id

    def told(self, log: Log, row: int, end: Place, ways: Ways) -> Journey:
        """Journey whose last ride in the direction of the search stands in a row of the log.

        Parameters
        ----------
        log : Log
            Rides, see `kernels.raptor.search_rounds`.
        row : int
            Row of the log.
        end : Place
            Where the search ends.
        ways : Ways
            Ways from stops to there.

        Returns
        -------
        Journey
            In the order of travel.
        """
        rides: list[tuple[int, int, int]] = []
        while row >= 0:
            rides.append((log.trip.item(row), log.board.item(row), log.alight.item(row)))
            row = log.before.item(row)
        outer = self.ways.between(int(self.index.stop[rides[-1][1]])), ways.between(int(self.index.stop[rides[0][2]]))
        if not self.index.is_mirrored:
            rides.reverse()
            (first, lead_s, lead), (last, tail_s, tail) = outer
        else:
            (last, tail_s, tail), (first, lead_s, lead) = outer
        told = [self._ride(*ride) for ride in rides]
        legs: list[JourneyLeg] = []
        depart_s = told[0][0].depart_s - lead_s
        if first != told[0][1]:
            legs.append(self._walk(first, told[0][1], depart_s, lead_s, lead))
        for i, (ride, _, here) in enumerate(told):
            legs.append(ride)
            there, walk_s, mode = last, tail_s, tail
            if i + 1 < len(told):
                there, mode = told[i + 1][1], AccessMode.WALK
                walk_s = 0.0 if here == there else self._walk_s(here, there)
            if here != there:
                legs.append(self._walk(here, there, ride.arrive_s, walk_s, mode))
        return self._journey(first, last, end, depart_s, legs[-1].arrive_s, tuple(legs))

    def walked(self, end: Place, ways: Ways, moment_s: float) -> tuple[float, Journey | None]:
        """The walk all the way, begun (mirrored: ended) at a moment of the search, and its time (inf: none)."""
        options = [
            (time_s, own, stop, mode)
            for stop, time_s, own, mode in zip(
                *(column.tolist() for column in (self.ways.stop, self.ways.time_s, self.ways.own, self.ways.mode)),
                strict=True,
            )
            if stop in end.stops
        ]
        if end.zone >= 0:
            options += [
                (time_s, stop, -1, mode)
                for stop, time_s, mode in zip(ways.stop.tolist(), ways.time_s.tolist(), ways.mode.tolist(), strict=True)
                if stop in self.begin.stops
            ]
        if not options:
            return np.inf, None
        walk_s, first, last, mode = min(options, key=lambda option: option[0])
        depart_s = moment_s
        if self.index.is_mirrored:
            first, last, depart_s = last, first, -moment_s - walk_s
        legs = () if first == last else (self._walk(first, last, depart_s, walk_s, AccessMode(mode)),)
        return walk_s, self._journey(first, last, end, depart_s, depart_s + walk_s, legs)

    def _journey(
        self, first: int, last: int, end: Place, depart_s: float, arrive_s: float, legs: tuple[JourneyLeg, ...]
    ) -> Journey:
        zones = (end.zone, self.begin.zone) if self.index.is_mirrored else (self.begin.zone, end.zone)
        return Journey(self._id(first), self._id(last), depart_s, arrive_s, legs, *zones)

    def _id(self, stop: int) -> str:
        return str(self.stop_ids[stop]) if stop >= 0 else ""

    def _walk(self, first: int, last: int, depart_s: float, walk_s: float, mode: AccessMode) -> JourneyLeg:
        return JourneyLeg("", "", self._id(first), self._id(last), depart_s, depart_s + walk_s, mode.name.lower())

    def _walk_s(self, first: int, last: int) -> float:
        """Time of the walk between two stops."""
        begin, end = (last, first) if self.index.is_mirrored else (first, last)
        low, high = self.index.walk_ptr[begin], self.index.walk_ptr[begin + 1]
        return float(self.index.walk_time_s[low + np.searchsorted(self.index.walk_to[low:high], end)])

    def _ride(self, trip: int, board: int, alight: int) -> tuple[JourneyLeg, int, int]:
        """One ride, and the stops at which it is boarded and left."""
        index = self.index
        route = int(np.searchsorted(index.stop_ptr, board, side="right")) - 1
        call = int(index.call_ptr[trip]) - int(index.stop_ptr[route])
        depart_s, arrive_s = float(index.departure_s[call + board]), float(index.arrival_s[call + alight])
        first, last = int(index.stop[board]), int(index.stop[alight])
        if index.is_mirrored:
            first, last, depart_s, arrive_s = last, first, -arrive_s, -depart_s
        day, row = int(index.trip_day[trip]), int(index.trip_row[trip])
        table = self.by_day[day]
        line = int(np.searchsorted(table.trip_ptr, row, side="right")) - 1
        mode = TransitMode(int(table.mode[line])).name.lower()
        told = (str(table.line[line]), str(table.trip_id[row]), self._id(first), self._id(last), depart_s, arrive_s)
        return JourneyLeg(*told, mode, day), first, last
