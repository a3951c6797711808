"""Journeys between stops in a timetable, returned with their legs."""

import numpy as np

from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.core.journey import Journey, JourneyLeg
from itas_mobility.core.transit import Timetable
from itas_mobility.demand.timetable_index import TimetableIndex, index_timetable
from itas_mobility.errors import DemandError, NetworkError
from itas_mobility.kernels.raptor import search_rounds


def journeys(
    timetable: Timetable,
    access: AccessLegs | None = None,
    *,
    from_stop: str,
    to_stop: str | None = None,
    depart_s: float | None = None,
    arrive_s: float | None = None,
    max_transfers: int = 5,
    min_transfer_s: float = 0.0,
) -> tuple[Journey, ...]:
    """Find the best journeys from a stop: earliest arrival for a departure, latest departure for an arrival.

    Trips of the timetable's service day only. A journey may begin and end with a walk between stops, and may be nothing
    but one such walk.

    Parameters
    ----------
    timetable : Timetable
        Trips of the service day.
    access : AccessLegs, optional
        Its transfers are the walks between stops; without it, changes happen at one stop only.
    from_stop : str
        Id of the first stop.
    to_stop : str, optional
        Id of the last stop; None for all stops (only with `depart_s`).
    depart_s, arrive_s : float, optional
        Seconds of the service day; exactly one of the two.
    max_transfers : int, default=5
        Most changes of vehicle.
    min_transfer_s : float, default=0.0
        Least time between alighting and boarding, on top of the walk between stops.

    Returns
    -------
    tuple of Journey
        With `to_stop` all that no other beats or equals in both time and transfers, by rising transfers, so that the
        last one is the first to arrive (with `arrive_s`: the last to leave); empty where there is none. Without
        `to_stop` for each stop that can be reached the earliest one, in the order of the stops.

    Raises
    ------
    DemandError
        If not exactly one of `depart_s` and `arrive_s` is given, `arrive_s` comes without `to_stop`, or an option is
        out of range.
    NetworkError
        If a stop is not known or the timetable cannot be searched.
    """
    if (depart_s is None) == (arrive_s is None):
        raise DemandError("journeys: give either depart_s or arrive_s")
    if max_transfers < 0 or not 0 <= min_transfer_s < np.inf:
        raise DemandError(
            f"journeys: max_transfers={max_transfers}, min_transfer_s={min_transfer_s:g} must not be negative"
        )
    origin = _row(timetable, from_stop)
    if arrive_s is not None:
        if to_stop is None:
            raise DemandError("journeys: arrive_s needs to_stop")
        search = _Search(timetable, access, _row(timetable, to_stop), -arrive_s, max_transfers, min_transfer_s, True)
        return search.journeys_to(origin)
    assert depart_s is not None
    search = _Search(timetable, access, origin, depart_s, max_transfers, min_transfer_s, False)
    if to_stop is not None:
        return search.journeys_to(_row(timetable, to_stop))
    found = (search.journeys_to(stop) for stop in range(timetable.n_stops))
    return tuple(options[-1] for options in found if options)


def _row(timetable: Timetable, stop_id: str) -> int:
    hits = np.flatnonzero(timetable.stop_id == stop_id)
    if hits.size == 0:
        raise NetworkError(
            f"stop {stop_id!r} is not in the timetable (first known: {', '.join(timetable.stop_id[:5])} ...)"
        )
    return int(hits[0])


class _Search:
    """One finished search by rounds from a stop, forwards or mirrored, from which journeys are read off.

    In the mirrored search "source" is the stop where the journey ends and times are negated.
    """

    def __init__(
        self,
        timetable: Timetable,
        access: AccessLegs | None,
        source: int,
        moment_s: float,
        max_transfers: int,
        min_transfer_s: float,
        is_mirrored: bool,
    ) -> None:
        self.timetable = timetable
        self.index: TimetableIndex = index_timetable(timetable, access, is_mirrored=is_mirrored)
        self.source = source
        self.moment_s = moment_s
        n, rounds = timetable.n_stops, max_transfers + 2
        start = slice(self.index.walk_ptr[source], self.index.walk_ptr[source + 1])
        self.ride_s: FloatArray = np.empty((rounds, n))
        self.trip, self.board, self.alight, self.ready_from = (np.empty((rounds, n), dtype=np.int32) for _ in range(4))
        search_rounds(
            np.concatenate([[source], self.index.walk_to[start]]).astype(np.int32),
            moment_s + np.concatenate([[0.0], self.index.walk_time_s[start]]),
            np.inf,
            min_transfer_s,
            *self.index.arrays(),
            self.ride_s,
            np.empty((rounds, n)),
            self.trip,
            self.board,
            self.alight,
            self.ready_from,
            np.empty(n),
            np.empty(n),
            np.empty(n, dtype=np.int32),
            np.empty(n, dtype=np.int32),
            *(np.empty(len(self.index.stop_ptr) - 1, dtype=np.int32) for _ in range(2)),
        )
        self.walk_s = _walk_times(self.index)
        self.walks_into: dict[int, list[tuple[int, float]]] = {}
        for (first, last), walk_s in self.walk_s.items():
            self.walks_into.setdefault(last, []).append((first, walk_s))

    def journeys_to(self, target: int) -> tuple[Journey, ...]:
        """Journeys between source and target of which none is dominated in time and transfers."""
        # the last stop of the rides and the walk from there, the target itself first
        ends = [(target, 0.0), *self.walks_into.get(target, ())]
        found = []
        best = np.inf
        direct_s = 0.0 if target == self.source else self.walk_s.get((self.source, target), np.inf)
        if direct_s < np.inf:
            best = self.moment_s + direct_s
            found.append(self._walk_only(target, direct_s))
        for k in range(1, len(self.ride_s)):
            reached = [self.ride_s[k, stop] + walk_s for stop, walk_s in ends]
            first = int(np.argmin(reached))
            if reached[first] < best:
                best = reached[first]
                found.append(self._told(k, ends[first][0], target))
        # a walk has no more transfers than one ride: both count 0
        return tuple(j for i, j in enumerate(found) if not any(k.transfers == j.transfers for k in found[i + 1 :]))

    def _walk_only(self, target: int, walk_s: float) -> Journey:
        first, last = (target, self.source) if self.index.is_mirrored else (self.source, target)
        depart_s = -self.moment_s - walk_s if self.index.is_mirrored else self.moment_s
        ids = self.timetable.stop_id
        legs = () if first == last else (self._walk(first, last, depart_s, walk_s),)
        return Journey(str(ids[first]), str(ids[last]), depart_s, depart_s + walk_s, legs)

    def _walk(self, first: int, last: int, depart_s: float, walk_s: float) -> JourneyLeg:
        ids = self.timetable.stop_id
        return JourneyLeg("", "", str(ids[first]), str(ids[last]), depart_s, depart_s + walk_s)

    def _told(self, k: int, stop: int, target: int) -> Journey:
        """The journey that reaches `stop` with k rides and `target` by a walk at most, in the order of travel."""
        rides: list[JourneyLeg] = []
        stops: list[tuple[int, int]] = []
        while k > 0:
            ride, ends = self._ride(k, stop)
            rides.append(ride)
            stops.append(ends)
            boarded = ends[1] if self.index.is_mirrored else ends[0]
            k -= 1
            stop = int(self.ready_from[k, boarded]) if k > 0 else self.source
        first, last = (target, self.source) if self.index.is_mirrored else (self.source, target)
        if not self.index.is_mirrored:
            rides.reverse()
            stops.reverse()
        legs: list[JourneyLeg] = []
        lead_s = self._walk_s(first, stops[0][0])
        depart_s = rides[0].depart_s - lead_s
        if stops[0][0] != first:
            legs.append(self._walk(first, stops[0][0], depart_s, lead_s))
        for i, ride in enumerate(rides):
            legs.append(ride)
            here, there = stops[i][1], stops[i + 1][0] if i + 1 < len(rides) else last
            if here != there:
                legs.append(self._walk(here, there, ride.arrive_s, self._walk_s(here, there)))
        ids = self.timetable.stop_id
        return Journey(str(ids[first]), str(ids[last]), depart_s, legs[-1].arrive_s, tuple(legs))

    def _ride(self, k: int, stop: int) -> tuple[JourneyLeg, tuple[int, int]]:
        """The k-th ride of the search, which ends at `stop`, and its two stops in the order of travel."""
        trip = int(self.trip[k, stop])
        first, last = int(self.board[k, stop]), int(self.alight[k, stop])
        table = self.timetable
        row = int(self.index.trip_row[trip])
        begin = int(table.call_ptr[row])
        if self.index.is_mirrored:
            end = int(table.call_ptr[row + 1]) - begin - 1
            first, last = end - last, end - first
        route = int(np.searchsorted(table.trip_ptr, row, side="right")) - 1
        at = int(table.stop_ptr[route])
        ends = int(table.stop[at + first]), int(table.stop[at + last])
        ids = table.stop_id
        leg = JourneyLeg(
            line=str(table.line[route]),
            trip_id=str(table.trip_id[row]),
            from_stop=str(ids[ends[0]]),
            to_stop=str(ids[ends[1]]),
            depart_s=float(table.departure_s[begin + first]),
            arrive_s=float(table.arrival_s[begin + last]),
        )
        return leg, ends

    def _walk_s(self, first: int, last: int) -> float:
        """Time of the walk between two stops in the order of travel."""
        if first == last:
            return 0.0
        return self.walk_s[(last, first) if self.index.is_mirrored else (first, last)]


def _walk_times(index: TimetableIndex) -> dict[tuple[int, int], float]:
    """Shortest walk by pair of stops, in the order of the search."""
    start: IntArray = np.repeat(np.arange(len(index.walk_ptr) - 1, dtype=np.int32), np.diff(index.walk_ptr))
    times: dict[tuple[int, int], float] = {}
    for pair, time_s in zip(
        zip(start.tolist(), index.walk_to.tolist(), strict=True), index.walk_time_s.tolist(), strict=True
    ):
        times[pair] = min(time_s, times.get(pair, np.inf))
    return times
