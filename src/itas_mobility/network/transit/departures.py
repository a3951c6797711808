"""When trips leave: headways, span of service, phase, single trips; on lines with headways and on timetables alike."""

import math
from dataclasses import replace
from typing import cast

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit.courses import (
    Course,
    Form,
    LinesT,
    UnchangedLineError,
    courses_of,
    edit_days,
    edit_line,
    line_rows,
    stop_rows,
    with_courses,
    with_trips,
)
from itas_mobility.units import clock_text


def with_headway(
    lines: LinesT,
    line: str,
    *,
    headway_s: float,
    start_s: float,
    end_s: float,
    phase_s: float | None = None,
    at_stop: str | None = None,
    mode: TransitMode | None = None,
) -> LinesT:
    """Lines in which one runs at a headway in a part of the day, in all its courses.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    headway_s : float
        New headway.
    start_s, end_s : float
        Part of the day in which vehicles leave their first stop.
    phase_s : float, optional
        Departures are at this moment plus or minus whole headways. Left out, lines with headways keep their phase, and
        a timetable that of its first trip in this part of the day, else it begins at `start_s`.
    at_stop : str, optional
        Name of the stop at which the phase holds; the first stop of each course if left out.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given. New trips of a timetable run like the trip of their route that is nearest
        in time; a route without trips gets none, as its run times are not known. Lines with headways
        know one phase a day: a new phase holds at all hours.

    Raises
    ------
    NetworkError
        If the line or stop is not known, the line has no trip whose times could be copied, or nothing changes.
    """
    if not (headway_s > 0 and end_s > start_s):
        raise NetworkError(f"headway_s={headway_s!r} must be positive, and end_s after start_s")
    if isinstance(lines, TransitNetwork):
        changed = _patterns_at_headway(lines, line, headway_s, start_s, end_s, phase_s, at_stop, mode)
        return cast("LinesT", changed)

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        if not any(len(course.trip) for course in courses):
            raise NetworkError(f"line {line} has no trip that day whose times could be copied")
        ahead = [_ahead_s(form, course, at_stop) for course in courses]
        if at_stop is not None and not any(one is not None for one in ahead):
            raise NetworkError(f"line {line} does not call at {at_stop!r}")
        return [
            _at_headway(course, headway_s, start_s, end_s, None if phase_s is None or gap is None else phase_s - gap)
            for course, gap in zip(courses, ahead, strict=True)
        ]

    otherwise = UnchangedLineError(f"line {line} already runs every {headway_s / 60:g} min then")
    return edit_line(lines, line, edit, mode=mode, otherwise=otherwise)


def _patterns_at_headway(
    transit: TransitNetwork,
    line: str,
    headway_s: float,
    start_s: float,
    end_s: float,
    phase_s: float | None,
    at_stop: str | None,
    mode: TransitMode | None,
) -> TransitNetwork:
    mask = line_rows(transit, line, mode=mode)
    cut = with_band_edges(transit, start_s, end_s)
    headway, offset = cut.headway_s.copy(), cut.offset_s.copy()
    inside = (cut.band_start_s >= start_s) & (cut.band_end_s <= end_s)
    headway[np.ix_(mask, inside)] = headway_s
    if phase_s is not None:
        courses = courses_of(transit)
        ahead = {row: _ahead_s(transit, courses[row], at_stop) for row in np.flatnonzero(mask).tolist()}
        if all(gap is None for gap in ahead.values()):
            raise NetworkError(f"line {line} does not call at {at_stop!r}")
        for row, gap in ahead.items():
            if gap is not None:
                offset[row] = (phase_s - gap) % headway_s
    if np.array_equal(headway, cut.headway_s) and np.array_equal(offset % headway_s, cut.offset_s % headway_s):
        raise UnchangedLineError(f"line {line} already runs every {headway_s / 60:g} min then")
    return replace(cut, headway_s=headway, offset_s=offset)


def _ahead_s(form: Form, course: Course, at_stop: str | None) -> float | None:
    """Time from leaving the first position to leaving a stop, on the course's first trip; None if it passes by."""
    if at_stop is None:
        return 0.0
    name = str(form.stop_name[int(stop_rows(form, [at_stop])[0])])
    at = np.flatnonzero(form.stop_name[course.stop] == name)
    if at.size == 0 or len(course.start_s) == 0:
        return None
    _, departure = course.times_s()
    return float(departure[0, at[0]] - departure[0, 0])


def _at_headway(course: Course, headway_s: float, start_s: float, end_s: float, phase_s: float | None) -> Course:
    if len(course.trip) == 0:
        return course
    leaves = course.start_s + course.dwell_s[:, 0]
    inside = (leaves >= start_s) & (leaves < end_s)
    if phase_s is None:
        phase_s = float(leaves[inside].min()) if inside.any() else start_s
    wanted = clock_face_departures(start_s, end_s, headway_s, phase_s)
    if np.array_equal(np.sort(leaves[inside]), wanted):
        return course
    like = np.abs(leaves[None, :] - wanted[:, None]).argmin(axis=1)
    return _with_departures(course, ~inside, like, wanted)


def _with_departures(course: Course, kept: BoolArray, like: np.ndarray, leaves_s: FloatArray) -> Course:
    """The course with some of its trips, and new ones that leave at given moments and run like others."""
    old = with_trips(course, np.flatnonzero(kept))
    copied = with_trips(course, like)
    names = [f"{course.course_id} {clock_text(moment)}" for moment in leaves_s.tolist()]
    return replace(
        course,
        travel_s=np.vstack([old.travel_s, copied.travel_s]),
        dwell_s=np.vstack([old.dwell_s, copied.dwell_s]),
        start_s=np.concatenate([old.start_s, leaves_s - copied.dwell_s[:, 0]]),
        trip=np.concatenate([old.trip, np.full(len(leaves_s), -1, np.int64)]),
        trip_id=np.array([*old.trip_id.tolist(), *names], dtype=str),
    )


def within_span(lines: LinesT, line: str, *, start_s: float, end_s: float, mode: TransitMode | None = None) -> LinesT:
    """Lines in which one begins and ends its service at given times.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is.
    line : str
        The line as printed on the vehicle.
    start_s, end_s : float
        No vehicle leaves its first stop before `start_s`, or at `end_s` or later. What is added at either end runs at
        the headway that the line has at its first and its last hour; of a course with one trip nothing is added.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given.

    Raises
    ------
    NetworkError
        If the line is not known, nothing changes, or none of its trips would be left.
    """
    if not end_s > start_s:
        raise NetworkError("end_s must be after start_s")
    none_left = f"line {line} does not run between {clock_text(start_s)} and {clock_text(end_s)}: remove it instead"
    otherwise = UnchangedLineError(f"line {line} already begins and ends its service then")
    if isinstance(lines, TransitNetwork):
        mask = line_rows(lines, line, mode=mode)
        cut = with_band_edges(lines, start_s, end_s)
        inside = (cut.band_start_s >= start_s) & (cut.band_end_s <= end_s)
        headway = cut.headway_s.copy()
        for row in np.flatnonzero(mask).tolist():
            headway[row] = _headways_within(headway[row], inside)
        if not np.isfinite(headway[mask]).any():
            raise NetworkError(none_left)
        if np.array_equal(headway, cut.headway_s):
            raise otherwise
        return cast("LinesT", replace(cut, headway_s=headway))

    def edit(_: Form, courses: list[Course]) -> list[Course | None]:
        found = [_trips_within(course, start_s, end_s) for course in courses]
        if not any(len(course.trip) for course in found):
            raise NetworkError(none_left)
        return list(found)

    return edit_line(lines, line, edit, mode=mode, otherwise=otherwise)


def _headways_within(headway_s: FloatArray, inside: BoolArray) -> FloatArray:
    """Headways of a pattern by band: none outside, and at either end of the inside that of the nearest band."""
    new = np.where(inside, headway_s, np.inf)
    runs = np.flatnonzero(np.isfinite(new))
    if runs.size:
        places = np.arange(len(new))
        new[inside & (places < runs[0])] = new[runs[0]]
        new[inside & (places > runs[-1])] = new[runs[-1]]
    return new


def _trips_within(course: Course, start_s: float, end_s: float) -> Course:
    leaves = course.start_s + course.dwell_s[:, 0]
    kept = (leaves >= start_s) & (leaves < end_s)
    rows = np.flatnonzero(kept)
    if rows.size == 0:
        return course if len(leaves) == 0 else with_trips(course, rows)
    times = np.sort(leaves[kept])
    added: list[float] = []
    if times.size > 1:
        first, last = times[1] - times[0], times[-1] - times[-2]
        before = math.floor((times[0] - start_s) / first) if first > 0 else 0
        after = math.ceil((end_s - times[-1]) / last) - 1 if last > 0 else 0
        added = [times[0] - k * first for k in range(before, 0, -1)]
        added += [times[-1] + k * last for k in range(1, after + 1)]
    if kept.all() and not added:
        return course
    wanted = np.array(added, float)
    nearest = rows[np.abs(leaves[rows][None, :] - wanted[:, None]).argmin(axis=1)] if added else rows[:0]
    return _with_departures(course, kept, nearest, wanted)


def shifted_trip(lines: LinesT, trip_id: str, *, by_s: float) -> LinesT:
    """A timetable in which one trip runs earlier or later as a whole.

    Parameters
    ----------
    lines : Timetable or ServiceDays
        Stays as it is; of several days those are edited that have the trip.
    trip_id : str
        Id of the trip.
    by_s : float
        Seconds later; negative: earlier.

    Returns
    -------
    Timetable or ServiceDays
        The changed timetable, in the form given. A trip that now overtakes others gets a route of its own.

    Raises
    ------
    NetworkError
        If the trip is not known, would begin before the service day, or `by_s` is 0.
    """
    days: tuple[Form, ...] = lines.timetables if isinstance(lines, ServiceDays) else (lines,)
    if by_s == 0:
        raise NetworkError(f"trip {trip_id}: by_s=0 changes nothing")

    def edit(day: Form) -> Form:
        if not isinstance(day, Timetable):
            raise NetworkError("lines with headways have no single trips: make a timetable first")
        trip = np.flatnonzero(day.trip_id == trip_id)
        if trip.size == 0:
            return day
        courses = courses_of(day)
        row = int(np.searchsorted(day.trip_ptr, trip[0], side="right")) - 1
        start = courses[row].start_s.copy()
        start[int(trip[0] - day.trip_ptr[row])] += by_s
        courses[row] = replace(courses[row], start_s=start)
        return with_courses(day, courses)

    new = edit_days(lines, edit)
    moved: tuple[Form, ...] = new.timetables if isinstance(new, ServiceDays) else (new,)
    if all(one is day for one, day in zip(moved, days, strict=True)):
        raise NetworkError(f"trip {trip_id!r} is not known")
    return new


def with_band_edges(transit: TransitNetwork, *edges_s: float) -> TransitNetwork:
    """The same service with bands cut at the given times, and added where they reach beyond the old ones.

    Parameters
    ----------
    transit : TransitNetwork
        Stays as it is.
    *edges_s : float
        Seconds after midnight.

    Returns
    -------
    TransitNetwork
        Network whose bands have an edge at each given time.
    """
    cuts = np.unique(np.concatenate([transit.band_start_s, transit.band_end_s, np.array(edges_s, float)]))
    start, end = cuts[:-1], cuts[1:]
    headway = np.full((transit.n_patterns, start.size), np.inf)
    for band in range(len(transit.band_start_s)):
        inside = (start >= transit.band_start_s[band]) & (end <= transit.band_end_s[band])
        headway[:, inside] = transit.headway_s[:, [band]]
    return replace(transit, band_start_s=start, band_end_s=end, headway_s=headway)


def clock_face_departures(start_s: float, end_s: float, headway_s: float, phase_s: float = 0.0) -> FloatArray:
    """Departures at a headway: moments of a part of the day, its end excluded, at phase plus whole headways.

    Parameters
    ----------
    start_s, end_s : float
        Part of the day.
    headway_s : float
        Headway.
    phase_s : float, default=0.0
        Any of the moments.

    Returns
    -------
    ndarray
        Whole seconds, rising.
    """
    first, last = math.floor((start_s - phase_s) / headway_s) - 1, math.ceil((end_s - phase_s) / headway_s) + 1
    moments = phase_s + np.arange(first, last + 1, dtype=np.float64) * headway_s
    return np.asarray(np.round(moments[(moments >= start_s) & (moments < end_s)]))
