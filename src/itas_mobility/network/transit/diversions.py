"""What closed roads mean for the lines that run on them: ways round, stops left out, lines cut in two."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from itas_mobility.core import RoadNetwork, ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.network.attaching import Attachment, Links, ways_between
from itas_mobility.network.forward_star import remove_links
from itas_mobility.network.transit.courses import Course, Form, LinesT, courses_of, edit_days, with_courses
from itas_mobility.network.transit.run_times import SHARE_OF_LIMIT

ON_ROADS: Final = (TransitMode.BUS, TransitMode.SHUTTLE, TransitMode.TROLLEYBUS)
"""Vehicles that run on roads."""
NEAR_ROAD_M: Final = 250.0
"""Stops up to this far from a road are served from it (assumption: a walk to a replacement stop that people accept)."""
_QUICKER: Final = 2.0
"""Runs so many times as quick as a car at free flow are on another way than its own (assumption; bus lanes)."""
_ROUNDED_S: Final = 60.0
"""Timetables tell whole minutes, so that a run may be so much quicker in them than it is."""
_PER_METRE_S: Final = 1e-6
"""Of equally quick ways the shortest is meant: what a metre counts in the search."""
_SAME_S: Final = 1e-6
"""Ways that differ by less take the same time: sums of other order."""


def divert_lines(lines: LinesT, roads: RoadNetwork, is_closed: BoolArray) -> tuple[LinesT, tuple[str, ...]]:
    """Lines that get by closed roads.

    Where a line's buses drive is not part of the lines: between two stops they are taken to drive the quickest way at
    free flow. Where that takes longer on the roads left, runs take longer by as much, at the share of the speed limits
    that buses keep (`run_times.SHARE_OF_LIMIT`), and are longer by what the way is. Stops that lie near roads now, but
    near none that is left, are not served. Where no road is left between two stops, the line ends before and begins
    again behind. Runs twice as quick as a car have a way of their own, stops off the roads a yard: these go on, as does
    what runs on rails or water.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    roads : RoadNetwork
        Roads before the closure.
    is_closed : ndarray of bool, shape (n_links,)
        Links that are closed.

    Returns
    -------
    lines : TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given; the same object where nothing changes. Trips of a timetable leave their
        first stop as before, and are rounded to whole seconds.
    lost : tuple of str
        What lines lose, one by one: stops that they do not serve, and sections where they are cut.

    Raises
    ------
    NetworkError
        If no road is left, or the mask has another shape.
    """
    days: tuple[Form, ...] = lines.timetables if isinstance(lines, ServiceDays) else (lines,)
    open_roads = remove_links(roads, is_closed)
    before, after = _Roads(roads, days[0]), _Roads(open_roads, days[0])
    is_left_out = before.is_near & ~after.is_near
    kept = [[_served(course, is_left_out) for course in courses_of(day) if course.mode in ON_ROADS] for day in days]
    legs = _Legs.of(course for courses in kept for course in courses if course is not None)
    detours = _detours(legs, before, after)
    lost: dict[str, None] = {}

    def edit(day: Form) -> Form:
        found: list[Course] = []
        is_same = True
        for course in courses_of(day):
            parts = [course]
            if course.mode in ON_ROADS:
                parts = _parts(course, is_left_out, detours, is_timed=isinstance(day, Timetable))
                for what in _losses(course, day, is_left_out, detours):
                    lost[what] = None
            is_same &= len(parts) == 1 and parts[0] is course
            found += parts
        return day if is_same else with_courses(day, found)

    return edit_days(lines, edit), tuple(lost)


class _Roads:
    """Roads with the stops joined to them.

    Parameters
    ----------
    roads : RoadNetwork
    stops : TransitNetwork or Timetable
    """

    def __init__(self, roads: RoadNetwork, stops: TransitNetwork | Timetable) -> None:
        self._links = Links(roads)
        self._lon_deg, self._lat_deg = stops.stop_lon_deg, stops.stop_lat_deg
        self.is_near = self._links.attach(self._lon_deg, self._lat_deg).off_m <= NEAR_ROAD_M

    def ways(self, first: LongArray, last: LongArray, limit_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Time and length of the quickest ways between stops, inf beyond the limits."""
        time_s, length_m = np.full(len(first), np.inf), np.full(len(first), np.inf)
        # most legs are short, and need not be searched as far as the long ones
        size = np.ceil(np.log2(limit_s))
        for one in np.unique(size).tolist():
            legs = np.flatnonzero(size == one)
            time_s[legs], length_m[legs] = self._ways(first[legs], last[legs], float(limit_s[legs].max()))
        return time_s, length_m

    def _ways(self, first: LongArray, last: LongArray, limit_s: float) -> tuple[FloatArray, FloatArray]:
        origin, row = np.unique(first, return_inverse=True)
        target, column = np.unique(last, return_inverse=True)
        joined = [self._links.attach(self._lon_deg[stop], self._lat_deg[stop]) for stop in (origin, target)]
        roads = self._links.network
        found = ways_between(
            self._links,
            *joined,
            cost=roads.free_time_s + _PER_METRE_S * roads.length_m,
            carried=roads.length_m,
            to_network=_at_once(joined[0]),
            from_network=_at_once(joined[1]),
            limit=limit_s,
        )
        key, wanted = (
            one * max(len(target), 1) + other for one, other in ((found.origin, found.target), (row, column))
        )
        time_s, length_m = np.full(len(first), np.inf), np.full(len(first), np.inf)
        at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
        is_found = key[at] == wanted if len(key) else np.zeros(len(first), np.bool_)
        length_m[is_found] = found.carried[at[is_found]]
        time_s[is_found] = found.cost[at[is_found]] - _PER_METRE_S * length_m[is_found]
        return time_s, length_m


def _at_once(places: Attachment) -> tuple[FloatArray, FloatArray]:
    """Stops stand at the road."""
    return np.zeros(len(places)), np.zeros(len(places))


@dataclass(frozen=True, eq=False)
class _Legs:
    """Pairs of stops that some line serves one after the other, and the longest that one takes for it."""

    first: LongArray
    last: LongArray
    run_s: FloatArray

    @classmethod
    def of(cls, courses: Iterable[Course]) -> "_Legs":
        """Each pair once."""
        longest: dict[tuple[int, int], float] = {}
        for course in courses:
            if len(course.travel_s) == 0:
                continue
            runs_s = course.travel_s.max(axis=0).tolist()
            for first, last, run_s in zip(course.stop[:-1].tolist(), course.stop[1:].tolist(), runs_s, strict=True):
                longest[first, last] = max(longest.get((first, last), 0.0), run_s)
        ends = np.array(list(longest), np.int64).reshape(-1, 2)
        return cls(ends[:, 0], ends[:, 1], np.array(list(longest.values()), np.float64))


_Detours = dict[tuple[int, int], tuple[float, float]]
"""By the stops at both ends of a leg: time of a car and length that the way round takes more; inf: there is none."""


def _detours(legs: _Legs, before: _Roads, after: _Roads) -> _Detours:
    """Legs that the closure makes longer."""
    if len(legs.first) == 0:
        return {}
    limit_s = _QUICKER * legs.run_s + _ROUNDED_S
    was_s, was_m = before.ways(legs.first, legs.last, limit_s)
    is_laid = before.is_near[legs.first] & before.is_near[legs.last] & (was_s <= limit_s)
    now_s, _ = after.ways(legs.first, legs.last, limit_s)
    longer = np.flatnonzero(is_laid & (now_s > was_s + _SAME_S))
    round_s, round_m = after.ways(legs.first[longer], legs.last[longer], np.full(len(longer), np.inf))
    more_s, more_m = round_s - was_s[longer], np.maximum(round_m - was_m[longer], 0.0)
    ends = zip(legs.first[longer].tolist(), legs.last[longer].tolist(), strict=True)
    return dict(zip(ends, zip(more_s.tolist(), more_m.tolist(), strict=True), strict=True))


def _parts(course: Course, is_left_out: BoolArray, detours: _Detours, *, is_timed: bool) -> list[Course]:
    """The course by the ways round, in the parts between which there is none."""
    served = _served(course, is_left_out)
    if served is None:
        return []
    more_s, more_m = _more(served, detours)
    if not more_s.any():
        return [served]
    found = []
    for positions in np.split(np.arange(served.n_positions), np.flatnonzero(np.isinf(more_s)) + 1):
        if len(positions) < 2:
            continue
        part = _at_positions(served, positions)
        leg = positions[:-1]
        travel_s = part.travel_s + more_s[leg] / SHARE_OF_LIMIT[TransitMode(course.mode)]
        travel_s = np.round(travel_s) if is_timed else travel_s
        found.append(replace(part, travel_s=travel_s, distance_m=part.distance_m + more_m[leg]))
    return found


def _more(course: Course, detours: _Detours) -> tuple[FloatArray, FloatArray]:
    """Time and length that each leg takes more."""
    ends = zip(course.stop[:-1].tolist(), course.stop[1:].tolist(), strict=True)
    more = np.array([detours.get(leg, (0.0, 0.0)) for leg in ends], np.float64).reshape(-1, 2)
    return more[:, 0], more[:, 1]


def _served(course: Course, is_left_out: BoolArray) -> Course | None:
    """The course without stops that it cannot serve; None where fewer than two are left."""
    positions = np.flatnonzero(~is_left_out[course.stop])
    if len(positions) == course.n_positions:
        return course
    return _at_positions(course, positions) if len(positions) >= 2 else None


def _at_positions(course: Course, positions: LongArray) -> Course:
    """The course with some of its calls, each at its time."""
    if len(positions) == course.n_positions:
        return course
    arrival_s, departure_s = (times[:, positions] for times in course.times_s())
    legs = np.append(0.0, np.cumsum(course.distance_m))[positions]
    return replace(
        course,
        stop=course.stop[positions],
        travel_s=arrival_s[:, 1:] - departure_s[:, :-1],
        dwell_s=departure_s - arrival_s,
        distance_m=np.diff(legs),
        may_board=course.may_board[positions],
        may_alight=course.may_alight[positions],
        start_s=arrival_s[:, 0],
    )


def _losses(course: Course, day: Form, is_left_out: BoolArray, detours: _Detours) -> list[str]:
    """Stops that the course leaves out, and sections where it is cut, in words that serve both directions."""

    def name(stop: int) -> str:
        return str(day.stop_name[stop] or day.stop_id[stop])

    line = f"{TransitMode(course.mode).name.lower()} line {course.line}"
    found = [f"{line} does not serve {name(stop)}" for stop in course.stop[is_left_out[course.stop]].tolist()]
    served = _served(course, is_left_out)
    if served is None:
        return [*found, f"{line} has fewer than two stops left"]
    more_s, _ = _more(served, detours)
    for leg in np.flatnonzero(np.isinf(more_s)).tolist():
        ends = sorted((name(int(served.stop[leg])), name(int(served.stop[leg + 1]))))
        found.append(f"{line} is cut between {ends[0]} and {ends[1]}")
    return found
