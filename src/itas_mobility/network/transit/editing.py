"""Edits of lines: add, remove, reroute, extend, stops, run times; on lines with headways and on timetables alike.

Each function gives back the form it was given. Trips of a timetable keep their times where their course stays: what
changes behind that point is moved later or earlier by what the edit adds or saves. Lines with headways keep the phase
in which they leave their first stop.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.geo import haversine_m
from itas_mobility.network.transit.courses import (
    Course,
    Form,
    LinesT,
    courses_of,
    edit_days,
    edit_line,
    line_rows,
    stop_rows,
    with_courses,
)
from itas_mobility.network.transit.departures import clock_face_departures, with_band_edges
from itas_mobility.units import KM_PER_H_TO_M_PER_S, SECONDS_PER_HOUR, clock_text

DETOUR: Final = 1.3
"""Length of a course over the beeline between its stops (assumption; 1.2 to 1.4 is usual in towns)."""
STOP_TIME_S: Final = 25.0
"""What one more call costs a bus: braking, doors and getting away (assumption; 15 to 40 s are found)."""


def build_stop(lines: LinesT, name: str, *, lon_deg: float, lat_deg: float, site: str = "") -> LinesT:
    """Lines with one more stop, at which nothing calls yet.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    name : str
        Name of the stop; its id is ``new:<name>``.
    lon_deg, lat_deg : float
        Place, WGS 84.
    site : str, default=""
        Id of the site whose workers alone use the stop; everybody if left out.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If there is a stop of this name.
    """

    def edit(form: Form) -> Form:
        if name.casefold() in {str(one).casefold() for one in form.stop_name}:
            raise NetworkError(f"stop {name!r} exists already: leave out its place")
        more: dict[str, Any] = {
            "stop_id": np.append(form.stop_id.astype(object), f"new:{name}").astype(str),
            "stop_name": np.append(form.stop_name.astype(object), name).astype(str),
            "stop_lon_deg": np.append(form.stop_lon_deg, lon_deg),
            "stop_lat_deg": np.append(form.stop_lat_deg, lat_deg),
            "stop_site": np.append(form.stop_site.astype(object), site).astype(str),
        }
        if isinstance(form, Timetable):
            return replace(
                form,
                stop_station=np.append(form.stop_station.astype(object), "").astype(str),
                change_s=np.append(form.change_s, 0.0),
                **more,
            )
        return replace(form, **more)

    return edit_days(lines, edit)


def remove_line(lines: LinesT, line: str, *, mode: TransitMode | None = None) -> LinesT:
    """Lines without one of them; its stops stay.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line is not known.
    """
    return edit_line(lines, line, lambda _, courses: [None] * len(courses), mode=mode, otherwise=NetworkError(line))


def add_line(
    lines: LinesT,
    line: str,
    *,
    mode: TransitMode,
    stops: Sequence[str],
    headway_s: float,
    start_s: float,
    end_s: float,
    speed_km_per_h: float,
    detour: float = DETOUR,
) -> LinesT:
    """Lines with one more, there and back through existing stops, at a headway.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        Name of the line; the mode has none of this name.
    mode : TransitMode
        Vehicle.
    stops : sequence of str
        Names of stops, in order.
    headway_s : float
        Headway between `start_s` and `end_s`; a timetable gets the departures of `timetable_from_headways`.
    start_s, end_s : float
        First moment of service and the moment before which the last vehicle leaves.
    speed_km_per_h : float
        Commercial speed, stops included.
    detour : float, default=1.3
        Length of the course over the beeline between its stops.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If a stop is not known, or the line exists.
    """

    def edit(form: Form) -> Form:
        _check_new(form, line, mode)
        calls = stop_rows(form, list(stops))
        for direction, course in (("there", calls), ("back", calls[::-1])):
            new = _new_course(
                form, f"new:{mode.name.lower()}:{line}:{direction}", line, mode, course, speed_km_per_h, detour
            )
            if isinstance(form, Timetable):
                form = _with_route(form, new, clock_face_departures(start_s, end_s, headway_s))
            else:
                form = _with_pattern(form, new, headway_s, start_s, end_s, 0.0)
        return form

    return edit_days(lines, edit)


def add_direction(
    lines: LinesT,
    line: str,
    *,
    mode: TransitMode,
    stops: Sequence[str],
    departures_s: Sequence[float],
    speed_km_per_h: float,
    detour: float = DETOUR,
    may_board: Sequence[bool] | None = None,
    may_alight: Sequence[bool] | None = None,
) -> LinesT:
    """Lines with one direction more, which leaves its first stop at given moments.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        Name of the line, which may exist: a second direction, say.
    mode : TransitMode
        Vehicle.
    stops : sequence of str
        Names of stops, in order.
    departures_s : sequence of float
        Departures from the first stop. Headways cannot say single departures: there each departure is a pattern that
        runs once, in an hour that begins with it.
    speed_km_per_h : float
        Commercial speed, stops included.
    detour : float, default=1.3
        Length of the course over the beeline between its stops.
    may_board, may_alight : sequence of bool, optional
        Whether passengers get on, or off, at each of the stops; at all of them if left out.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If a stop is not known, or `may_board` or `may_alight` says more or less than one thing of each stop.
    """
    boards, alights = (
        np.ones(len(stops), bool) if rule is None else np.array(rule) for rule in (may_board, may_alight)
    )
    for name, rule in (("may_board", boards), ("may_alight", alights)):
        if rule.shape != (len(stops),):
            raise NetworkError(f"line {line}: {name} has {len(rule)} values for {len(stops)} stops")
    leaves_s = np.unique(np.asarray(departures_s, float))
    once_s = SECONDS_PER_HOUR

    def edit(form: Form) -> Form:
        course_id = f"new:{mode.name.lower()}:{line}:{stops[0]} - {stops[-1]}"
        new = _new_course(form, course_id, line, mode, stop_rows(form, list(stops)), speed_km_per_h, detour)
        new = replace(new, may_board=boards, may_alight=alights)
        if isinstance(form, Timetable):
            return _with_route(form, new, leaves_s)
        for moment in leaves_s.tolist():
            one = replace(new, course_id=f"{course_id} {clock_text(moment)}")
            form = _with_pattern(form, one, once_s, moment, moment + once_s, moment % once_s)
        return form

    return edit_days(lines, edit)


def extend_line(
    lines: LinesT,
    line: str,
    stops: Sequence[str],
    *,
    speed_km_per_h: float,
    detour: float = DETOUR,
    mode: TransitMode | None = None,
) -> LinesT:
    """Lines in which one goes on beyond the terminus that lies nearest to the first new stop.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    stops : sequence of str
        Names of stops, from the old terminus outwards.
    speed_km_per_h : float
        Commercial speed on the new part, stops included.
    detour : float, default=1.3
        Length of the new part over the beeline between its stops.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given: every course that begins or ends at that terminus is longer.

    Raises
    ------
    NetworkError
        If the line or a stop is not known.
    """

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        new = stop_rows(form, list(stops))
        terminus = _nearest_terminus(form, courses, int(new[0]))
        if form.stop_name[new[0]] == terminus:
            raise NetworkError(f"line {line} already ends at {terminus!r}: begin with the stop behind it")
        longer: list[Course | None] = []
        for course in courses:
            n = course.n_positions
            if form.stop_name[course.stop[-1]] == terminus:
                longer.append(_spliced(form, course, n, new, n, speed_km_per_h, detour))
            elif form.stop_name[course.stop[0]] == terminus:
                longer.append(_spliced(form, course, 0, new[::-1], 0, speed_km_per_h, detour))
            else:
                longer.append(course)
        return longer

    return edit_line(lines, line, edit, mode=mode, otherwise=NetworkError(f"line {line} has no terminus"))


def nearest_terminus(
    lines: TransitNetwork | Timetable, line: str, stop: str, *, mode: TransitMode | None = None
) -> str:
    """Name of the terminus of a line beyond which `extend_line` goes on.

    Parameters
    ----------
    lines : TransitNetwork or Timetable
        Lines.
    line : str
        The line as printed on the vehicle.
    stop : str
        Name of the first stop beyond.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    str
        The end of one of its courses that lies nearest to the stop.

    Raises
    ------
    NetworkError
        If the line or the stop is not known.
    """
    rows = np.flatnonzero(line_rows(lines, line, mode=mode)).tolist()
    courses = courses_of(lines)
    return _nearest_terminus(lines, [courses[row] for row in rows], int(stop_rows(lines, [stop])[0]))


def _nearest_terminus(form: Form, courses: list[Course], stop: int) -> str:
    ends = np.unique([one for course in courses for one in (course.stop[0], course.stop[-1])])
    lon, lat = form.stop_lon_deg, form.stop_lat_deg
    return str(form.stop_name[ends[np.argmin(haversine_m(lon[ends], lat[ends], lon[stop], lat[stop]))]])


def reroute_line(
    lines: LinesT,
    line: str,
    *,
    from_stop: str,
    to_stop: str,
    via: Sequence[str] = (),
    speed_km_per_h: float,
    detour: float = DETOUR,
    mode: TransitMode | None = None,
) -> LinesT:
    """Lines in which one takes another way between two of its stops, in both directions.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    from_stop, to_stop : str
        Names of stops of the line between which its course changes.
    via : sequence of str, default=()
        Names of the stops on the new way, from `from_stop` on; without any it runs through.
    speed_km_per_h : float
        Commercial speed on the new way, stops included.
    detour : float, default=1.3
        Length of the new way over the beeline between its stops.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line or a stop is not known, or no course calls at both stops, or the new way is the old one.
    """

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        new = stop_rows(form, list(via))
        first, last = _of_name(form, from_stop), _of_name(form, to_stop)
        found: list[Course | None] = []
        for course in courses:
            there = _between(course, first, last)
            back = _between(course, last, first)
            if there is not None:
                found.append(_by_another_way(form, course, there, new, speed_km_per_h, detour))
            elif back is not None:
                found.append(_by_another_way(form, course, back, new[::-1], speed_km_per_h, detour))
            else:
                found.append(course)
        return found

    otherwise = NetworkError(
        f"line {line} does not run from {from_stop!r} to {to_stop!r}, or runs there on this way already"
    )
    return edit_line(lines, line, edit, mode=mode, otherwise=otherwise)


def add_stop(
    lines: LinesT,
    line: str,
    stop: str,
    *,
    between: tuple[str, str],
    stop_time_s: float = STOP_TIME_S,
    mode: TransitMode | None = None,
) -> LinesT:
    """Lines in which one calls at one more stop between two neighbours, in both directions.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    stop : str
        Name of an existing stop (`build_stop` makes one).
    between : tuple of str
        Names of the two stops of the line between which it lies.
    stop_time_s : float, default=25.0
        Time that the call costs; the way there is driven at the speed of the old leg.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line or a stop is not known, or the two are not neighbours on it.
    """

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        new = int(stop_rows(form, [stop])[0])
        one, other = (_of_name(form, name) for name in between)
        found: list[Course | None] = []
        for course in courses:
            at = course.stop
            ahead = (one[at[:-1]] & other[at[1:]]) | (other[at[:-1]] & one[at[1:]])
            legs = np.flatnonzero(ahead)[::-1].tolist()
            longer = course
            for leg in legs:
                longer = _with_call(form, longer, leg, new, stop_time_s)
            found.append(longer)
        return found

    otherwise = NetworkError(f"line {line}: {between[0]!r} and {between[1]!r} are not neighbours on any of its courses")
    return edit_line(lines, line, edit, mode=mode, otherwise=otherwise)


def remove_stop(
    lines: LinesT, line: str, stop: str, *, stop_time_s: float = STOP_TIME_S, mode: TransitMode | None = None
) -> LinesT:
    """Lines in which one no longer calls at a stop; it drives past, or begins or ends at the stop beside it.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    stop : str
        Name of the stop.
    stop_time_s : float, default=25.0
        Time that passing it saves, at most a third of what the two legs take.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line or the stop is not known, the line does not call there, or fewer than two stops would be left.
    """

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        gone = _of_name(form, stop)
        found: list[Course | None] = []
        for course in courses:
            shorter = course
            for position in np.flatnonzero(gone[course.stop])[::-1].tolist():
                if shorter.n_positions <= 2:
                    raise NetworkError(f"line {line}: without {stop!r} fewer than two stops would be left")
                shorter = _without_call(shorter, position, stop_time_s)
            found.append(shorter)
        return found

    otherwise = NetworkError(f"line {line} does not call at {stop!r}")
    return edit_line(lines, line, edit, mode=mode, otherwise=otherwise)


def speed_up_line(
    lines: LinesT,
    line: str,
    *,
    faster_share: float,
    between: tuple[str, str] | None = None,
    mode: TransitMode | None = None,
) -> LinesT:
    """Lines in which one runs faster, in both directions: bus lanes, priority at signals.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    faster_share : float
        Share of the time between stops that is saved, above 0 and below 1. Trips of a timetable leave their first
        stop as before; times between stops are rounded to whole seconds.
    between : tuple of str, optional
        Names of two stops of the line; the whole line if left out.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line or a stop is not known, no course calls at both stops, or the share is out of range.
    """
    if not 0 < faster_share < 1:
        raise NetworkError(f"faster_share={faster_share!r} must lie above 0 and below 1")

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        found: list[Course | None] = []
        for course in courses:
            part: tuple[int, int] | None = (0, course.n_positions - 1)
            if between is not None:
                one, other = (_of_name(form, name) for name in between)
                part = _between(course, one, other) or _between(course, other, one)
            if part is None:
                found.append(course)
                continue
            travel = course.travel_s.copy()
            faster = travel[:, part[0] : part[1]] * (1.0 - faster_share)
            travel[:, part[0] : part[1]] = np.round(faster) if isinstance(form, Timetable) else faster
            is_same = np.array_equal(travel, course.travel_s)
            found.append(course if is_same else replace(course, travel_s=travel))
        return found

    where = f" between {between[0]!r} and {between[1]!r}" if between else ""
    return edit_line(
        lines,
        line,
        edit,
        mode=mode,
        otherwise=NetworkError(f"line {line} has no course{where} that would take less time"),
    )


def leg_lengths_m(lines: TransitNetwork | Timetable, stop: IntArray, *, detour: float = DETOUR) -> FloatArray:
    """Lengths between stops that follow each other.

    Parameters
    ----------
    lines : TransitNetwork or Timetable
        Has the stops.
    stop : ndarray of int, shape (n,)
        Rows of stops.
    detour : float, default=1.3
        Length over the beeline.

    Returns
    -------
    ndarray of shape (n - 1,)
        Metres.
    """
    lon, lat = lines.stop_lon_deg[stop], lines.stop_lat_deg[stop]
    return haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:]) * detour


def _check_new(form: Form, line: str, mode: TransitMode) -> None:
    if ((form.line == line) & (form.mode == mode)).any():
        raise NetworkError(
            f"{mode.name.lower()} line {line!r} already exists; change its headway, or name it otherwise"
        )


def _new_course(
    form: Form, course_id: str, line: str, mode: TransitMode, stop: IntArray, speed_km_per_h: float, detour: float
) -> Course:
    length = leg_lengths_m(form, stop, detour=detour)
    n = len(stop)
    return Course(
        row=-1,
        course_id=course_id,
        line=line,
        mode=int(mode),
        stop=stop,
        travel_s=(length / (speed_km_per_h * KM_PER_H_TO_M_PER_S))[None, :],
        dwell_s=np.zeros((1, n)),
        distance_m=length,
        may_board=np.ones(n, bool),
        may_alight=np.ones(n, bool),
        start_s=np.zeros(1),
        trip=np.full(1, -1, np.int64),
        trip_id=np.array([course_id]),
    )


def _with_route(timetable: Timetable, course: Course, leaves_s: FloatArray) -> Timetable:
    """The timetable with a new route; times at stops are whole seconds, as `timetable_from_headways` rounds them."""
    n = len(leaves_s)
    passed = np.round(np.concatenate([[0.0], np.cumsum(course.travel_s[0])]))
    new = replace(
        course,
        travel_s=np.tile(np.diff(passed), (n, 1)),
        dwell_s=np.zeros((n, course.n_positions)),
        start_s=np.round(leaves_s),
        trip=np.full(n, -1, np.int64),
        trip_id=np.array([f"{course.course_id} {clock_text(moment)}" for moment in leaves_s.tolist()], dtype=str),
    )
    return cast("Timetable", with_courses(timetable, [*courses_of(timetable), new]))


def _with_pattern(
    transit: TransitNetwork, course: Course, headway_s: float, start_s: float, end_s: float, offset_s: float
) -> TransitNetwork:
    transit = with_band_edges(transit, start_s, end_s)
    runs = (transit.band_start_s >= start_s) & (transit.band_end_s <= end_s)
    names = transit.stop_name
    name = f"{course.line}: {names[course.stop[0]]} - {names[course.stop[-1]]}"
    return replace(
        transit,
        pattern_id=np.append(transit.pattern_id.astype(object), course.course_id).astype(str),
        line=np.append(transit.line.astype(object), course.line).astype(str),
        pattern_name=np.append(transit.pattern_name.astype(object), name).astype(str),
        mode=np.append(transit.mode, np.uint8(course.mode)),
        stop_ptr=np.append(transit.stop_ptr, transit.stop_ptr[-1] + course.n_positions),
        stop=np.append(transit.stop, course.stop).astype(np.int32),
        run_time_s=np.concatenate([transit.run_time_s, course.travel_s[0], [0.0]]),
        distance_m=np.concatenate([transit.distance_m, course.distance_m, [0.0]]),
        headway_s=np.vstack([transit.headway_s, np.where(runs, headway_s, np.inf)]),
        offset_s=np.append(transit.offset_s, offset_s),
        may_board=np.append(transit.may_board, course.may_board),
        may_alight=np.append(transit.may_alight, course.may_alight),
    )


def _of_name(lines: Form | ServiceDays, name: str) -> BoolArray:
    """Mask of the stops of a name."""
    form = lines.timetables[0] if isinstance(lines, ServiceDays) else lines
    row = int(stop_rows(form, [name])[0])
    wanted = str(form.stop_name[row]).casefold()
    return np.array([str(one).casefold() == wanted for one in form.stop_name])


def _between(course: Course, first: BoolArray, last: BoolArray) -> tuple[int, int] | None:
    """Last position at one of the first stops, and the next one after it at one of the last; None if there is none."""
    for start in np.flatnonzero(first[course.stop]).tolist():
        ends = np.flatnonzero(last[course.stop[start + 1 :]])
        if ends.size:
            return start, start + 1 + int(ends[0])
    return None


def _by_another_way(
    form: Form, course: Course, part: tuple[int, int], via: IntArray, speed_km_per_h: float, detour: float
) -> Course:
    first, last = part
    if np.array_equal(course.stop[first + 1 : last], via):
        return course
    return _spliced(form, course, first + 1, via, last, speed_km_per_h, detour)


def _spliced(
    form: Form, course: Course, head: int, via: IntArray, tail: int, speed_km_per_h: float, detour: float
) -> Course:
    """The course with positions `head` to `tail` - 1 replaced by new stops; `head` = 0 puts them in front."""
    n, m = course.n_positions, len(course.start_s)
    stop = np.concatenate([course.stop[:head], via, course.stop[tail:]]).astype(np.int32)
    kept_before, kept_after = max(head - 1, 0), max(n - 1 - tail, 0)
    new_legs = slice(kept_before, len(stop) - 1 - kept_after)
    length = leg_lengths_m(form, stop, detour=detour)[new_legs]
    leg_s = length / (speed_km_per_h * KM_PER_H_TO_M_PER_S)
    if isinstance(form, Timetable):
        leg_s = np.round(leg_s)
    travel = np.hstack(
        [course.travel_s[:, :kept_before], np.tile(leg_s, (m, 1)), course.travel_s[:, n - 1 - kept_after :]]
    )
    dwell = np.hstack([course.dwell_s[:, :head], np.zeros((m, len(via))), course.dwell_s[:, tail:]])
    start = course.start_s
    if head == 0:
        saved = course.travel_s[:, :tail].sum(axis=1) + course.dwell_s[:, :tail].sum(axis=1)
        start = start + saved - leg_s.sum()
    may_board, may_alight = course.may_board.copy(), course.may_alight.copy()
    if tail == n:
        may_board[-1] = True  # nobody could board at the old terminus
    if head == 0:
        may_alight[0] = True
    served = np.ones(len(via), bool)
    return replace(
        course,
        stop=stop,
        travel_s=travel,
        dwell_s=dwell,
        distance_m=np.concatenate([course.distance_m[:kept_before], length, course.distance_m[n - 1 - kept_after :]]),
        may_board=np.concatenate([may_board[:head], served, may_board[tail:]]),
        may_alight=np.concatenate([may_alight[:head], served, may_alight[tail:]]),
        start_s=start,
    )


def _with_call(form: Form, course: Course, leg: int, new: int, stop_time_s: float) -> Course:
    """The course with one more stop on a leg, reached at the leg's speed along the beelines."""
    ends = np.array([course.stop[leg], new, course.stop[leg + 1]], np.int32)
    parts_m = leg_lengths_m(form, ends, detour=1.0)
    whole_m = float(leg_lengths_m(form, ends[::2], detour=1.0)[0])
    if whole_m <= 0:
        one, other = form.stop_name[ends[::2]].tolist()
        raise NetworkError(f"line {course.line}: {one!r} and {other!r} lie at one place, so their leg has no speed")
    pieces = course.travel_s[:, [leg]] * (parts_m / whole_m) + [0.0, stop_time_s]
    if isinstance(form, Timetable):
        pieces = np.round(pieces)
    return replace(
        course,
        stop=np.insert(course.stop, leg + 1, new),
        travel_s=np.hstack([course.travel_s[:, :leg], pieces, course.travel_s[:, leg + 1 :]]),
        dwell_s=np.insert(course.dwell_s, leg + 1, 0.0, axis=1),
        distance_m=np.concatenate(
            [course.distance_m[:leg], course.distance_m[leg] * parts_m / whole_m, course.distance_m[leg + 1 :]]
        ),
        may_board=np.insert(course.may_board, leg + 1, True),
        may_alight=np.insert(course.may_alight, leg + 1, True),
    )


def _without_call(course: Course, position: int, stop_time_s: float) -> Course:
    last = course.n_positions - 1
    if position == 0:
        start = course.start_s + course.dwell_s[:, 0] + course.travel_s[:, 0]
        travel, distance = course.travel_s[:, 1:], course.distance_m[1:]
    elif position == last:
        start, travel, distance = course.start_s, course.travel_s[:, :-1], course.distance_m[:-1]
    else:
        start, k = course.start_s, position
        both = course.travel_s[:, k - 1] + course.dwell_s[:, k] + course.travel_s[:, k]
        passing = both - np.minimum(stop_time_s, np.floor(both / 3.0))
        travel = np.hstack([course.travel_s[:, : k - 1], passing[:, None], course.travel_s[:, k + 1 :]])
        joined = course.distance_m[k - 1] + course.distance_m[k]
        distance = np.concatenate([course.distance_m[: k - 1], [joined], course.distance_m[k + 1 :]])
    return replace(
        course,
        stop=np.delete(course.stop, position),
        travel_s=travel,
        dwell_s=np.delete(course.dwell_s, position, axis=1),
        distance_m=distance,
        may_board=np.delete(course.may_board, position),
        may_alight=np.delete(course.may_alight, position),
        start_s=start,
    )
