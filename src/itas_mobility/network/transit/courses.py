"""Courses of lines taken out of their form, lines with headways or timetables, so that one edit serves both."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray, StrArray
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.geo import haversine_m

Form: TypeAlias = TransitNetwork | Timetable
LinesT = TypeVar("LinesT", bound=TransitNetwork | Timetable | ServiceDays)


@dataclass(frozen=True, eq=False)
class Course:
    """Stops of a pattern or route in order, with the times of its trips; a pattern is a course with one trip."""

    row: int
    """Row in the form it was taken from; -1: new."""
    course_id: str
    line: str
    mode: int
    stop: IntArray
    travel_s: FloatArray
    """From leaving a position to arriving at the next, shape (n_trips, n_positions - 1)."""
    dwell_s: FloatArray
    """Shape (n_trips, n_positions); patterns hold it in their run times, so theirs is 0."""
    distance_m: FloatArray
    may_board: BoolArray
    may_alight: BoolArray
    start_s: FloatArray
    """Arrival at the first position, shape (n_trips,)."""
    trip: LongArray
    """Row of the trip in the timetable; -1: new."""
    trip_id: StrArray

    @property
    def n_positions(self) -> int:
        """Number of calls of a trip."""
        return len(self.stop)

    def times_s(self) -> tuple[FloatArray, FloatArray]:
        """Arrivals and departures, shape (n_trips, n_positions)."""
        steps = np.zeros_like(self.dwell_s)
        steps[:, 1:] = self.travel_s + self.dwell_s[:, :-1]
        arrival = self.start_s[:, None] + np.cumsum(steps, axis=1)
        return arrival, arrival + self.dwell_s


Edit: TypeAlias = Callable[[Form, list[Course]], list[Course | None]]
"""From the courses of a line to the new ones: the same object where nothing changes, None where one is dropped."""


def edit_line(
    lines: LinesT, line: str, edit: Edit, *, mode: TransitMode | None, otherwise: NetworkError | None
) -> LinesT:
    """Lines in which the courses of one line are edited.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is; of several days those are edited on which the line runs.
    line : str
        The line as printed on the vehicle.
    edit : callable
        From the form and the line's courses to the new courses.
    mode : TransitMode or None
        Needed where two modes have a line of this name.
    otherwise : NetworkError or None
        Raised if nothing changes; None: the lines are then given back.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line is not known; `otherwise`.
    """
    days: tuple[Form, ...] = lines.timetables if isinstance(lines, ServiceDays) else (lines,)
    is_line = [_is_line(day, line, mode) for day in days]
    if not any(mask.any() for mask in is_line):
        raise _unknown_line(days, line, mode)
    _one_mode(days, is_line, line)

    def edit_day(day: Form) -> Form:
        rows = np.flatnonzero(_is_line(day, line, mode)).tolist()
        if not rows:
            return day
        courses: list[Course | None] = [*courses_of(day)]
        edited = edit(day, [cast("Course", courses[row]) for row in rows])
        if all(one is courses[row] for row, one in zip(rows, edited, strict=True)):
            return day
        for row, one in zip(rows, edited, strict=True):
            courses[row] = one
        return with_courses(day, [one for one in courses if one is not None])

    new = _each_once(days, edit_day)
    if all(one is day for one, day in zip(new, days, strict=True)):
        if otherwise is not None:
            raise otherwise
        return lines
    return _in_form(lines, new)


def _each_once(days: tuple[Form, ...], edit: Callable[[Any], Any]) -> list[Any]:
    """The edited days; days that are one timetable stay one, as who looks at weeks takes it for granted."""
    known: dict[int, Any] = {}
    for day in days:
        if id(day) not in known:
            known[id(day)] = edit(day)
    return [known[id(day)] for day in days]


def edit_days(lines: LinesT, edit: Callable[[Any], Any]) -> LinesT:
    """Lines in which every day is edited alike.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    edit : callable
        From a `TransitNetwork` or `Timetable` to the changed one.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.
    """
    days = lines.timetables if isinstance(lines, ServiceDays) else (lines,)
    return _in_form(lines, _each_once(days, edit))


def _in_form(lines: LinesT, days: list[Any]) -> LinesT:
    return cast("LinesT", replace(lines, timetables=tuple(days)) if isinstance(lines, ServiceDays) else days[0])


def line_rows(lines: TransitNetwork | Timetable, line: str, *, mode: TransitMode | None = None) -> BoolArray:
    """Mask of the patterns or routes of a line.

    Parameters
    ----------
    lines : TransitNetwork or Timetable
        Lines.
    line : str
        The line as printed on the vehicle.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    ndarray of bool
        One per pattern or route.

    Raises
    ------
    NetworkError
        If the line is not known, or is one of several modes; the message suggests near names.
    """
    mask = _is_line(lines, line, mode)
    if not mask.any():
        raise _unknown_line((lines,), line, mode)
    _one_mode((lines,), [mask], line)
    return mask


def _is_line(form: Form, line: str, mode: TransitMode | None) -> BoolArray:
    mask = form.line == line
    return np.asarray(mask if mode is None else mask & (form.mode == mode))


def _unknown_line(days: tuple[Form, ...], line: str, mode: TransitMode | None) -> NetworkError:
    known = sorted({name for day in days for name in day.line.tolist()})
    near = get_close_matches(line, known, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else f"; known are {', '.join(known[:8])}"
    return NetworkError(f"line {line!r} is not known{f' as {mode.name.lower()}' if mode is not None else ''}{hint}")


def _one_mode(days: tuple[Form, ...], is_line: list[BoolArray], line: str) -> None:
    modes = np.unique(np.concatenate([day.mode[mask] for day, mask in zip(days, is_line, strict=True)]))
    if modes.size > 1:
        names = ", ".join(TransitMode(m).name.lower() for m in modes)
        raise NetworkError(f"line {line!r} exists as {names}: add mode = ...")


def stop_rows(lines: TransitNetwork | Timetable | ServiceDays, names: tuple[str, ...] | list[str]) -> IntArray:
    """Rows of stops by name; of several with one name the one nearest to the stop before.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stops.
    names : sequence of str
        Names of stops, upper and lower case alike.

    Returns
    -------
    ndarray of int
        Rows.

    Raises
    ------
    NetworkError
        If a name is not known; the message suggests near ones.
    """
    form = lines.timetables[0] if isinstance(lines, ServiceDays) else lines
    folded = np.array([str(name).casefold() for name in form.stop_name])
    rows: list[int] = []
    for name in names:
        hits = np.flatnonzero(folded == name.casefold())
        if hits.size == 0:
            near = get_close_matches(name, sorted(set(form.stop_name.tolist())), n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
            raise NetworkError(f"stop {name!r} is not known{hint}")
        if rows and hits.size > 1:
            gap = haversine_m(
                form.stop_lon_deg[hits], form.stop_lat_deg[hits],
                form.stop_lon_deg[rows[-1]], form.stop_lat_deg[rows[-1]],
            )  # fmt: skip
            hits = hits[np.argsort(gap, kind="stable")]
        rows.append(int(hits[0]))
    return np.array(rows, np.int32)


def courses_of(form: TransitNetwork | Timetable) -> list[Course]:
    """Courses of all patterns or routes, in order."""
    return _patterns(form) if isinstance(form, TransitNetwork) else _routes(form)


def _patterns(transit: TransitNetwork) -> list[Course]:
    found = []
    for row in range(transit.n_patterns):
        part = slice(int(transit.stop_ptr[row]), int(transit.stop_ptr[row + 1]))
        n = part.stop - part.start
        found.append(
            Course(
                row=row,
                course_id=str(transit.pattern_id[row]),
                line=str(transit.line[row]),
                mode=int(transit.mode[row]),
                stop=transit.stop[part],
                travel_s=transit.run_time_s[part][None, :-1],
                dwell_s=np.zeros((1, n)),
                distance_m=transit.distance_m[part][:-1],
                may_board=transit.may_board[part],
                may_alight=transit.may_alight[part],
                start_s=np.zeros(1),
                trip=np.full(1, -1, np.int64),
                trip_id=np.array([""]),
            )
        )
    return found


def _routes(timetable: Timetable) -> list[Course]:
    found = []
    for row in range(timetable.n_routes):
        part = slice(int(timetable.stop_ptr[row]), int(timetable.stop_ptr[row + 1]))
        n = part.stop - part.start
        trip = np.arange(timetable.trip_ptr[row], timetable.trip_ptr[row + 1], dtype=np.int64)
        if (timetable.call_ptr[trip + 1] - timetable.call_ptr[trip] != n).any():
            raise NetworkError(f"route {timetable.route_id[row]}: a trip does not call at all {n} stops of its route")
        call = timetable.call_ptr[trip][:, None] + np.arange(n)
        arrival, departure = timetable.arrival_s[call], timetable.departure_s[call]
        found.append(
            Course(
                row=row,
                course_id=str(timetable.route_id[row]),
                line=str(timetable.line[row]),
                mode=int(timetable.mode[row]),
                stop=timetable.stop[part],
                travel_s=arrival[:, 1:] - departure[:, :-1],
                dwell_s=departure - arrival,
                distance_m=timetable.distance_m[part][:-1],
                may_board=timetable.may_board[part],
                may_alight=timetable.may_alight[part],
                start_s=arrival[:, 0],
                trip=trip,
                trip_id=timetable.trip_id[trip],
            )
        )
    return found


def with_courses(form: TransitNetwork | Timetable, courses: list[Course]) -> TransitNetwork | Timetable:
    """The form with these courses in place of its own; new ones can only be given to a timetable.

    Parameters
    ----------
    form : TransitNetwork or Timetable
        Its stops stay.
    courses : list of Course
        In the order of the new patterns or routes. Trips of a route that overtake each other afterwards are parted
        into routes of their own.

    Returns
    -------
    TransitNetwork or Timetable
        The changed form.

    Raises
    ------
    NetworkError
        If a trip would begin before the service day.
    """
    return _with_patterns(form, courses) if isinstance(form, TransitNetwork) else _with_routes(form, courses)


def _with_patterns(transit: TransitNetwork, courses: list[Course]) -> TransitNetwork:
    rows = np.array([course.row for course in courses], np.int64)
    end = np.zeros(1)
    return replace(
        transit,
        pattern_id=_told_apart([course.course_id for course in courses]),
        line=transit.line[rows],
        pattern_name=transit.pattern_name[rows],
        mode=transit.mode[rows],
        stop_ptr=_pointer([course.n_positions for course in courses]),
        stop=_joined([course.stop for course in courses], np.int32),
        run_time_s=_joined([v for c in courses for v in ((c.travel_s + c.dwell_s[:, :-1])[0], end)], np.float64),
        distance_m=_joined([v for c in courses for v in (c.distance_m, end)], np.float64),
        headway_s=transit.headway_s[rows],
        offset_s=transit.offset_s[rows],
        may_board=_joined([course.may_board for course in courses], np.bool_),
        may_alight=_joined([course.may_alight for course in courses], np.bool_),
    )


def _with_routes(timetable: Timetable, courses: list[Course]) -> Timetable:
    parts = [part for course in courses for part in _without_overtaking(course)]
    times = [part.times_s() for part in parts]
    _refuse_early(parts, [arrival for arrival, _ in times])
    row = np.array([part.row for part in parts], np.int64)
    return replace(
        timetable,
        route_id=_told_apart([part.course_id for part in parts]),
        line=np.array([part.line for part in parts], str),
        mode=np.array([part.mode for part in parts], np.uint8),
        stop_ptr=_pointer([part.n_positions for part in parts]),
        stop=_joined([part.stop for part in parts], np.int32),
        arrival_s=_joined([arrival.ravel() for arrival, _ in times], np.float64),
        departure_s=_joined([departure.ravel() for _, departure in times], np.float64),
        may_board=_joined([part.may_board for part in parts], np.bool_),
        may_alight=_joined([part.may_alight for part in parts], np.bool_),
        distance_m=_joined([_distances(part) for part in parts], np.float64),
        route_type=_taken(timetable.route_type, row, -1),
        **_trip_columns(timetable, parts),
    )


def _refuse_early(parts: list[Course], arrivals_s: list[FloatArray]) -> None:
    for part, arrival_s in zip(parts, arrivals_s, strict=True):
        early = np.flatnonzero(arrival_s[:, 0] < 0)
        if early.size:
            raise NetworkError(
                f"line {part.line}: trip {part.trip_id[early[0]]} would begin before the service day; remove it, or "
                "move its first stop less"
            )


def _trip_columns(timetable: Timetable, parts: list[Course]) -> dict[str, Any]:
    """Columns of one value per trip; what a new trip has not is left empty."""
    trip = _joined([part.trip for part in parts], np.int64)
    known = np.where(trip < 0, -1, trip)
    calls = [np.full(len(part.trip), part.n_positions) for part in parts]
    return {
        "trip_ptr": _pointer([len(part.trip) for part in parts]),
        "trip_id": _told_apart([str(name) for part in parts for name in part.trip_id]),
        "call_ptr": _pointer(_joined(calls, np.int64)),
        "trip_block": _taken(timetable.trip_block, known, ""),
        "trip_headway_s": _taken(timetable.trip_headway_s, known, 0.0),
    }


def _distances(course: Course) -> FloatArray:
    """Lengths by position: 0 at the last, or nan where none is known."""
    return np.append(course.distance_m, 0.0 if np.isfinite(course.distance_m).any() else np.nan)


def _taken(values: Any, rows: LongArray, missing: Any) -> Any:
    """Values of rows; `missing` for row -1."""
    if len(values) == 0:
        return np.full(len(rows), missing)
    return np.where(rows >= 0, values[np.maximum(rows, 0)], missing)


def _without_overtaking(course: Course) -> list[Course]:
    """The course with its trips in order of time, cut where trips overtake: each trip joins the first part it fits."""
    arrival, departure = course.times_s()
    order = np.lexsort((arrival[:, -1], departure[:, 0]))
    parts: list[list[int]] = []
    for trip in order.tolist():
        for part in parts:
            last = part[-1]
            if (arrival[trip] >= arrival[last]).all() and (departure[trip] >= departure[last]).all():
                part.append(trip)
                break
        else:
            parts.append([trip])
    return [with_trips(course, np.array(part, np.int64)) for part in parts] or [course]


def with_trips(course: Course, rows: LongArray) -> Course:
    """The course with some of its trips, in the order given."""
    return replace(
        course,
        travel_s=course.travel_s[rows],
        dwell_s=course.dwell_s[rows],
        start_s=course.start_s[rows],
        trip=course.trip[rows],
        trip_id=course.trip_id[rows],
    )


def _told_apart(names: list[str]) -> StrArray:
    """The names, with a number behind each that stands more than once."""
    seen: set[str] = set()
    found = []
    for name in names:
        one, k = name, 2
        while one in seen:
            one, k = f"{name} ({k})", k + 1
        seen.add(one)
        found.append(one)
    return np.array(found, dtype=str)


def _pointer(lengths: Any) -> LongArray:
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, np.int64))]).astype(np.int64)


def _joined(values: list[Any], kind: Any) -> Any:
    return np.concatenate(values).astype(kind) if values else np.zeros(0, kind)
