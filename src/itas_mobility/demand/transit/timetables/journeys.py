"""Journeys between stops, stations and zones in a timetable, returned with their legs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.core.journey import Journey
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.demand.transit.timetables.index import TimetableIndex, kept_index, timetables_by_day
from itas_mobility.demand.transit.timetables.places import (
    Place,
    find_place,
    legs_to_each_stop,
    legs_to_place,
    ways_from,
    ways_to,
)
from itas_mobility.demand.transit.timetables.telling import JourneyTeller
from itas_mobility.errors import DemandError
from itas_mobility.kernels.raptor import search_rounds
from itas_mobility.kernels.raptor_range import departures_in_window, search_range
from itas_mobility.kernels.timetable_arrays import Found, Legs, Limits, Log, Sources

Window = tuple[float, float]


def journeys(
    timetable: Timetable | ServiceDays,
    access: AccessLegs | None = None,
    *,
    from_stop: str | Sequence[str] | None = None,
    to_stop: str | Sequence[str] | None = None,
    from_zone: int | None = None,
    to_zone: int | None = None,
    home_end: HomeEnd = "origin",
    depart_s: float | None = None,
    arrive_s: float | None = None,
    window_s: Window | None = None,
    arrive_window_s: Window | None = None,
    max_transfers: int = 5,
    min_transfer_s: float = 0.0,
    days: Sequence[int] | None = None,
) -> tuple[Journey, ...]:
    """Find the best journeys: for one departure or arrival, or all optimal ones of a window.

    By rounds, windows by range queries (RAPTOR and rRAPTOR: Delling, Pajor, Werneck 2012). A journey may begin and end
    with a walk between stops, and may be nothing but one such walk.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Trips of the service day, or of several.
    access : AccessLegs, optional
        Its transfers are walks between stops, beside those that the timetable states; its legs join zones to stops.
    from_stop, to_stop : str or sequence of str, optional
        Id of the first and the last stop, or of a station, which means any of its stops; of several ids any will do.
        Without `to_stop` and `to_zone`: all stops; when arriving at a time, without `from_stop` and `from_zone`
        likewise.
    from_zone, to_zone : int, optional
        Row of the first and the last zone.
    home_end : "origin" or "destination", default="origin"
        Where the traveller is at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end.
    depart_s, arrive_s : float, optional
        Seconds of the service day.
    window_s, arrive_window_s : tuple of float, optional
        First and last moment of departing, or of arriving, both included. Exactly one of these four is given.
    max_transfers : int, default=5
        Most changes of vehicle.
    min_transfer_s : float, default=0.0
        Least time between alighting and boarding, on top of the walk between stops; at one stop, the greater of it and
        the change time of the stop.
    days : sequence of int, optional
        Days on which the timetables run, see `index_timetable`.

    Returns
    -------
    tuple of Journey
        Between two places at one time: all that no other beats or equals in both time and transfers, by rising
        transfers, so that the last one is the first to arrive (with `arrive_s`: the last to leave); empty where there
        is none. To (or from) all stops: for each that can be reached the earliest (latest) one, in the order of the
        stops.

        In a window: all journeys of the window of which no other leaves as late, arrives as early and has as few
        transfers, by stop, then departure, then arrival. A walk all the way can be taken at any moment: it is told
        once, as late as the window lets it be, and rides that take as long are left out.

    Raises
    ------
    DemandError
        If not exactly one time or window is given, a place is missing or given twice, or an option is out of range.
    InputError
        If `home_end` is neither of both.
    NetworkError
        If a stop is not known or the timetable cannot be searched.
    """
    times = {"depart_s": depart_s, "arrive_s": arrive_s, "window_s": window_s, "arrive_window_s": arrive_window_s}
    given = [name for name, value in times.items() if value is not None]
    if len(given) != 1:
        raise DemandError(
            f"journeys: give either depart_s or arrive_s, or one window; given: {', '.join(given) or '-'}"
        )
    _check_options(max_transfers, min_transfer_s)
    window = window_s if window_s is not None else arrive_window_s
    _check_window(given[0], window if window is not None else (depart_s if depart_s is not None else arrive_s))
    is_mirrored = given[0].startswith("arrive")
    by_day = timetables_by_day(timetable, days)
    first = next(iter(by_day.values()))
    at_origin, at_destination = (None, None) if access is None else access.at_ends(home_end)
    origin = find_place(first, at_origin, "from", stop=from_stop, zone=from_zone)
    destination = find_place(first, at_destination, "to", stop=to_stop, zone=to_zone)
    begin, end = (destination, origin) if is_mirrored else (origin, destination)
    if begin is None:
        missing = "to_stop or to_zone" if is_mirrored else "from_stop or from_zone"
        raise DemandError(f"journeys: {given[0]} needs {missing}")
    index = kept_index(timetable, access, days=days, is_mirrored=is_mirrored)
    teller = JourneyTeller(by_day, index, begin)
    options = _Options(max_transfers + 1, float(min_transfer_s))
    if window is not None:
        span = (-window[1], -window[0]) if is_mirrored else window
        return tuple(_in_window(teller, end, span, options))
    moment_s = depart_s if depart_s is not None else -_given(arrive_s)
    search = _Search(teller, end, moment_s, options)
    if end is not None:
        return search.journeys_to(end)
    found = (search.journeys_to(Place(np.array([stop], dtype=np.int32))) for stop in range(first.n_stops))
    return tuple(each[-1] for each in found if each)


def earliest_arrivals(
    timetable: Timetable | ServiceDays,
    access: AccessLegs | None = None,
    *,
    from_stop: str | Sequence[str] | None = None,
    from_zone: int | None = None,
    depart_s: float,
    max_transfers: int = 5,
    min_transfer_s: float = 0.0,
    days: Sequence[int] | None = None,
) -> tuple[FloatArray, IntArray]:
    """Find when each stop is reached at the earliest, without telling how.

    Parameters
    ----------
    timetable, access, from_stop, from_zone, depart_s, max_transfers, min_transfer_s, days
        As in `journeys`.

    Returns
    -------
    arrive_s : array of float, shape (n_stops,)
        Earliest arrival, by a walk all the way too; inf where there is none.
    transfers : array of int, shape (n_stops,)
        Fewest transfers with which it is met; -1 where there is none.

    Raises
    ------
    DemandError
        If no place is given or an option is out of range.
    NetworkError
        If a stop is not known or the timetable cannot be searched.
    """
    _check_options(max_transfers, min_transfer_s)
    _check_window("depart_s", depart_s)
    first = next(iter(timetables_by_day(timetable, days).values()))
    origin = find_place(first, access, "from", stop=from_stop, zone=from_zone)
    if origin is None:
        raise DemandError("earliest_arrivals: give from_stop or from_zone")
    index = kept_index(timetable, access, days=days, is_mirrored=False)
    ways = ways_from(origin, index)
    sources, legs = Sources(ways.stop, depart_s + ways.time_s), legs_to_each_stop(index)
    *_, reach_s = search_rounds(
        tuple(sources), np.inf, max_transfers + 1, float(min_transfer_s), tuple(index.table), tuple(legs)
    )
    reach_s[0, ways.stop] = depart_s + ways.time_s
    arrive_s = reach_s.min(axis=0)
    transfers = np.maximum(reach_s.argmin(axis=0) - 1, 0)
    return arrive_s, np.where(np.isinf(arrive_s), -1, transfers).astype(np.int32)


@dataclass(frozen=True)
class _Options:
    max_rides: int
    min_transfer_s: float


def _check_options(max_transfers: int, min_transfer_s: float) -> None:
    if max_transfers < 0 or not 0 <= min_transfer_s < np.inf:
        raise DemandError(
            f"journeys: max_transfers={max_transfers}, min_transfer_s={min_transfer_s:g} must not be negative"
        )


def _check_window(name: str, moments: float | Window | None) -> None:
    values = np.atleast_1d(np.asarray(moments, dtype=np.float64))
    if not np.isfinite(values).all() or (values.size == 2 and values[0] > values[1]) or values.size > 2:
        raise DemandError(f"journeys: {name}={moments} must be finite, and a window must not end before it begins")


def _given(value: float | None) -> float:
    assert value is not None  # the caller saw to it
    return value


def _no_legs(n_stops: int) -> Legs:
    """Legs for searches that have no target."""
    return Legs(np.zeros(n_stops + 1, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0), 0)


class _Search:
    """One finished search by rounds, forwards or mirrored, from which journeys are read off."""

    def __init__(self, teller: JourneyTeller, end: Place | None, moment_s: float, options: _Options) -> None:
        self.teller, self.moment_s = teller, moment_s
        index = teller.index
        n_stops = len(index.walk_ptr) - 1
        legs = _no_legs(n_stops) if end is None else legs_to_place(ways_to(end, index), n_stops)
        sources = Sources(teller.ways.stop, moment_s + teller.ways.time_s)
        self.ride_s, self.ride_row, self.log, _ = search_rounds(
            tuple(sources), np.inf, options.max_rides, options.min_transfer_s, tuple(index.table), tuple(legs)
        )

    def journeys_to(self, end: Place) -> tuple[Journey, ...]:
        """Journeys to one place of which none is dominated in time and transfers."""
        ways = ways_to(end, self.teller.index)
        walk_s, walk = self.teller.walked(end, ways, self.moment_s)
        found = [] if walk is None else [walk]
        best_s = self.moment_s + walk_s
        if len(ways.stop):
            for k in range(1, len(self.ride_s)):
                reached_s = self.ride_s[k, ways.stop] + ways.time_s
                first = int(np.argmin(reached_s))
                if reached_s[first] < best_s:
                    best_s = float(reached_s[first])
                    row = int(self.ride_row[k, ways.stop[first]])
                    found.append(self.teller.told(self.log, row, end, ways))
        # a walk has no more transfers than one ride: both count 0
        return tuple(j for i, j in enumerate(found) if not any(k.transfers == j.transfers for k in found[i + 1 :]))


def _in_window(teller: JourneyTeller, end: Place | None, window: Window, options: _Options) -> Iterator[Journey]:
    """All optimal journeys of a window of the search, by target, then departure, then arrival."""
    index = teller.index
    n_stops = len(index.walk_ptr) - 1
    ends = [Place(np.array([stop], dtype=np.int32)) for stop in range(n_stops)] if end is None else [end]
    found, log = optimal_in_window(
        index, teller.begin, end, window, max_rides=options.max_rides, min_transfer_s=options.min_transfer_s
    )
    latest_s = float(window[0] if index.is_mirrored else window[1])
    by_target = np.argsort(found.target, kind="stable")
    pointer = np.searchsorted(found.target[by_target], np.arange(len(ends) + 1))
    for target, place in enumerate(ends):
        rows = found.row[by_target[pointer[target] : pointer[target + 1]]]
        yield from _told_in_window(teller, log, rows, place, latest_s)


def optimal_in_window(
    index: TimetableIndex,
    begin: Place,
    end: Place | None,
    window: Window,
    *,
    max_rides: int,
    min_transfer_s: float,
) -> tuple[Found, Log]:
    """All optimal journeys of a window of the search that ride, as rows of a log of rides.

    Parameters
    ----------
    index : TimetableIndex
        What is searched.
    begin : Place
        Where the search begins.
    end : Place or None
        Where it ends; None for every stop, each a target of its own.
    window : tuple of float
        First and last moment of beginning, negated if the index is mirrored.
    max_rides : int
        Most rides.
    min_transfer_s : float
        Least time between alighting and boarding.

    Returns
    -------
    found, log
        See `kernels.raptor_range.search_range`.
    """
    n_stops = len(index.walk_ptr) - 1
    legs = legs_to_each_stop(index) if end is None else legs_to_place(ways_to(end, index), n_stops)
    ways = ways_from(begin, index)
    sources = Sources(ways.stop, ways.time_s)
    departures = departures_in_window(sources, float(window[0]), float(window[1]), index.table)
    found, log = search_range(departures, Limits(np.inf, max_rides, min_transfer_s), index.table, legs)
    return found, log


def _told_in_window(teller: JourneyTeller, log: Log, rows: IntArray, end: Place, latest_s: float) -> list[Journey]:
    ways = ways_to(end, teller.index)
    walk_s, walk = teller.walked(end, ways, latest_s)
    rides = (teller.told(log, row, end, ways) for row in rows.tolist())
    found = [ride for ride in rides if ride.time_s < walk_s]
    if walk is not None:
        found.append(walk)
    return sorted(found, key=lambda journey: (journey.depart_s, journey.arrive_s, journey.transfers))
