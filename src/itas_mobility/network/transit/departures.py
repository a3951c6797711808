"""When trips leave: headways, span of service, phase, single trips; on lines with headways and on timetables alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.errors import NetworkError
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
    with_trips,
)
from itas_mobility.network.transit.variants import Trunk, dealt, interleaved_s, is_as_even, trunks_of, variants_of
from itas_mobility.units import clock_text

_SAME_S: Final = 1.0
"""Moments that differ by less are one: timetables know whole seconds."""


def change_headway(
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
    """Lines in which one runs at a headway in a part of the day, in both directions.

    The headway of a line is that of its busiest section: where most of the vehicles of a direction run, one leaves
    every `headway_s`. Its variants (short turns, branches) keep their shares in these hours, and take turns so that
    departures on that section are evenly spaced; a variant that does not run over it is made denser or thinner as much
    as it is.

    Parameters
    ----------
    lines : TransitNetwork, Timetable or ServiceDays
        Stays as it is; of several days those are edited on which the line has trips.
    line : str
        The line as printed on the vehicle.
    headway_s : float
        New headway.
    start_s, end_s : float
        Part of the day in which vehicles leave their first stop; on a timetable that of the variant with most trips,
        which the others follow where they meet it.
    phase_s : float, optional
        Departures are at this moment plus or minus whole headways. Left out, lines with headways keep their phase, and
        a timetable that of its first trip in this part of the day, else it begins at `start_s`.
    at_stop : str, optional
        Name of the stop at which the phase holds; the first stop of each direction's densest variant if left out.
    mode : TransitMode, optional
        Needed where two modes have a line of this name.

    Returns
    -------
    TransitNetwork, Timetable or ServiceDays
        The changed lines, in the form given; the same object if the line runs so already. A direction without service
        in these hours gets its variant with most stops. New trips of a timetable run like the trip of their
        variant that is nearest in time; a variant without trips gets none, as its run times are not known. Of lines
        with headways a pattern that gets another phase in these hours than in others is parted into two. Their
        departures are evenly spaced as far as variants of unequal headways can be.

    Raises
    ------
    NetworkError
        If the line or stop is not known, or the line has no trip whose times could be copied.
    """
    if not (headway_s > 0 and end_s > start_s):
        raise NetworkError(f"headway_s={headway_s!r} must be positive, and end_s after start_s")
    wish = _Wish(headway_s, start_s, end_s, phase_s, at_stop)
    if isinstance(lines, TransitNetwork):
        return cast("LinesT", _patterns_at_headway(lines, line, wish, mode))
    has_trips = calls = False

    def edit(form: Form, courses: list[Course]) -> list[Course | None]:
        nonlocal has_trips, calls
        if not any(len(course.trip) for course in courses):
            return list(courses)
        has_trips = True
        calls = calls or at_stop is None or any(_ahead_s(form, course, at_stop) is not None for course in courses)
        return list(_trips_at_headway(form, courses, wish))

    changed = edit_line(lines, line, edit, mode=mode, otherwise=None)
    if not has_trips:
        raise NetworkError(f"line {line} has no trip whose times could be copied")
    if not calls:
        raise NetworkError(f"line {line} does not call at {at_stop!r}")
    return changed


@dataclass(frozen=True)
class _Wish:
    """A headway in a part of the day, and perhaps a moment at which a vehicle leaves a stop."""

    headway_s: float
    start_s: float
    end_s: float
    phase_s: float | None
    at_stop: str | None

    def phase_where_they_meet_s(self, first_s: Sequence[float], at_stop_s: Sequence[float | None]) -> float | None:
        """The wished moment on the section that variants share; None if none is wished, or none calls at the stop.

        Given are the times from each variant's first stop to that section, and to the stop.
        """
        if self.phase_s is None:
            return None
        places = (k for k, gap in enumerate(at_stop_s) if gap is not None)
        place = next(places, None)
        return None if place is None else self.phase_s - cast("float", at_stop_s[place]) + first_s[place]


def _patterns_at_headway(transit: TransitNetwork, line: str, wish: _Wish, mode: TransitMode | None) -> TransitNetwork:
    rows = np.flatnonzero(line_rows(transit, line, mode=mode))
    cut = with_band_edges(transit, wish.start_s, wish.end_s)
    inside = (cut.band_start_s >= wish.start_s) & (cut.band_end_s <= wish.end_s)
    of_all = courses_of(cut)
    courses = [of_all[row] for row in rows.tolist()]
    if wish.at_stop is not None and all(_ahead_s(cut, course, wish.at_stop) is None for course in courses):
        raise NetworkError(f"line {line} does not call at {wish.at_stop!r}")
    by_band = (cut.band_end_s - cut.band_start_s) / cut.headway_s[rows]
    then = by_band[:, inside].sum(axis=1)
    variants = variants_of(cut, courses)
    weights = np.round([then[list(one.members)].sum() for one in variants], 6)
    headway, offset = cut.headway_s.copy(), cut.offset_s.copy()
    for trunk in trunks_of(variants, weights):
        members = [variants[one].members for one in trunk.variants]
        # of rows that are one variant, such as those of two parts of the day, the one that runs most takes all
        chosen = [max(of, key=lambda place: (then[place], -place)) for of in members]
        total = sum(trunk.departures)
        new = [wish.headway_s * trunk.times_headway * (total / n) for n in trunk.departures]
        ahead = [float(courses[k].travel_s[0, :at].sum()) for k, at in zip(chosen, trunk.position, strict=True)]
        now = [float(offset[rows[k]]) + gap for k, gap in zip(chosen, ahead, strict=True)]
        wished = wish.phase_where_they_meet_s(ahead, [_ahead_s(cut, courses[k], wish.at_stop) for k in chosen])
        phase = _phases_s(new, now, wished)
        for of, k, own, at, was, gap in zip(members, chosen, new, phase, now, ahead, strict=True):
            headway[np.ix_(rows[list(of)], inside)] = np.inf
            headway[rows[k], inside] = own
            if at != was:
                offset[rows[k]] = round(at - gap, 6) % own
    is_same = np.array_equal(np.isfinite(headway), np.isfinite(cut.headway_s)) and np.allclose(headway, cut.headway_s)
    if is_same and np.array_equal(offset, cut.offset_s):
        return transit
    return _with_own_phase(cut, headway, offset, inside, wish)


def _phases_s(headway_s: list[float], now_s: list[float], wished_s: float | None) -> list[float]:
    """Moments at which variants leave where they meet: those of now if they are even and as wished, else new ones."""
    if len(headway_s) == 1:
        return [now_s[0] if wished_s is None or _is_multiple(now_s[0] - wished_s, headway_s[0]) else wished_s]
    wanted = interleaved_s(headway_s, now_s[0] if wished_s is None else wished_s)
    # what all of them make together is a wish too: the first of a group may be any of them
    step = headway_s[0] / sum(1 for one in headway_s if round(one - headway_s[0], 6) == 0)
    is_in_phase = wished_s is None or _is_multiple(now_s[0] - wished_s, step)
    return now_s if is_in_phase and is_as_even(headway_s, now_s, wanted) else wanted


def _is_multiple(time_s: float, step_s: float) -> bool:
    return abs(time_s - round(time_s / step_s) * step_s) < _SAME_S


def _with_own_phase(
    cut: TransitNetwork, headway_s: FloatArray, offset_s: FloatArray, inside: BoolArray, wish: _Wish
) -> TransitNetwork:
    """The network at new headways and phases; patterns that keep their phase at other hours are parted into two."""
    runs_outside = np.isfinite(headway_s[:, ~inside]).any(axis=1)
    parted = np.flatnonzero((offset_s != cut.offset_s) & runs_outside).tolist()
    if not parted:
        return replace(cut, headway_s=headway_s, offset_s=offset_s)
    courses = courses_of(cut)
    ids = cut.pattern_id.tolist()
    order = list(range(cut.n_patterns))
    names: dict[int, str] = {}
    for k, row in enumerate(parted):
        name = f"{ids[row]} {clock_text(wish.start_s)}-{clock_text(wish.end_s)}"
        while name in ids or name in names.values():
            name += "'"
        names[cut.n_patterns + k] = name
        # behind the pattern itself and its parts of earlier hours, so that the order of edits makes no difference
        place = order.index(row) + 1
        while place < len(order) and ids[row] + " " < _id_of(order[place], ids, names) < name:
            place += 1
        order.insert(place, cut.n_patterns + k)
    source = np.array(order)
    source[source >= cut.n_patterns] = np.array(parted, np.int64)[source[source >= cut.n_patterns] - cut.n_patterns]
    is_part = np.array(order) >= cut.n_patterns
    new = with_courses(
        cut,
        [
            replace(courses[row], course_id=names.get(place, courses[row].course_id))
            for row, place in zip(source.tolist(), order, strict=True)
        ],
    )
    headway, offset = headway_s[source], offset_s[source]
    was_parted = np.isin(source, parted)
    headway[np.ix_(is_part, ~inside)] = np.inf
    headway[np.ix_(was_parted & ~is_part, inside)] = np.inf
    offset[was_parted & ~is_part] = cut.offset_s[source[was_parted & ~is_part]]
    return replace(cast("TransitNetwork", new), headway_s=headway, offset_s=offset)


def _id_of(place: int, ids: list[str], names: dict[int, str]) -> str:
    return names[place] if place in names else ids[place]


def _ahead_s(form: Form, course: Course, at_stop: str | None) -> float | None:
    """Time from leaving the first position to leaving a stop, on the course's first trip; None if it passes by."""
    if at_stop is None:
        return 0.0
    name = str(form.stop_name[int(stop_rows(form, [at_stop])[0])])
    at = np.flatnonzero(form.stop_name[course.stop] == name)
    if at.size == 0 or len(course.start_s) == 0:
        return None
    return _leads_s(course, int(at[0]))[0]


def _leads_s(course: Course, position: int) -> list[float]:
    """Time of each trip from leaving the first position to leaving another one."""
    _, departure = course.times_s()
    return cast("list[float]", (departure[:, position] - departure[:, 0]).tolist())


def _trips_at_headway(form: Form, courses: list[Course], wish: _Wish) -> list[Course]:
    """Courses of a day with trips at the headway in place of those of these hours."""
    variants = variants_of(form, courses)
    merged = [_merged([courses[k] for k in one.members]) for one in variants]
    leaves = [one.start_s + one.dwell_s[:, 0] for one in merged]
    then = np.array([((one >= wish.start_s) & (one < wish.end_s)).sum() for one in leaves], float)
    found = list(courses)
    for trunk in trunks_of(variants, then):
        pools = [merged[one] for one in trunk.variants]
        now = _OnTrunk.of(trunk, pools, [leaves[one] for one in trunk.variants], wish)
        wanted_s = now.wanted_s([_ahead_s(form, one, wish.at_stop) for one in pools], wish)
        if now.runs_at(wanted_s):
            continue
        for k, (one, new_s) in enumerate(zip(trunk.variants, now.dealt_s(wanted_s), strict=True)):
            host, *others = variants[one].members
            kept = _by_course(now.inside[k], [courses[place] for place in variants[one].members])
            found[host] = _with_departures(courses[host], ~kept[0], pools[k], now.leaves_s[k], new_s)
            for place, is_in in zip(others, kept[1:], strict=True):
                found[place] = with_trips(courses[place], np.flatnonzero(~is_in)) if is_in.any() else courses[place]
    return found


@dataclass(frozen=True, eq=False)
class _OnTrunk:
    """Trips of variants that share a section, told on one clock: as the first variant leaves its first stop."""

    trunk: Trunk
    leaves_s: list[FloatArray]
    """By variant, when its trips leave its first stop."""
    later_s: list[float]
    """By variant, how much later than on that clock it leaves its first stop."""
    inside: list[BoolArray]
    """By variant, its trips in these hours."""
    now_s: FloatArray
    """Departures of these hours of all variants, on that clock."""

    @classmethod
    def of(cls, trunk: Trunk, pools: list[Course], leaves_s: list[FloatArray], wish: _Wish) -> "_OnTrunk":
        """Trips of a day."""
        ahead = [float(np.median(_leads_s(one, at))) for one, at in zip(pools, trunk.position, strict=True)]
        later = [ahead[0] - one for one in ahead]
        clock = [one - gap for one, gap in zip(leaves_s, later, strict=True)]
        inside = [(one >= wish.start_s) & (one < wish.end_s) for one in clock]
        now = np.sort(np.concatenate([one[is_in] for one, is_in in zip(clock, inside, strict=True)]))
        return cls(trunk, leaves_s, later, inside, now)

    def wanted_s(self, at_stop_s: Sequence[float | None], wish: _Wish) -> FloatArray:
        """Departures at the headway: in the wished phase, else that of the first trip, else from the beginning on."""
        phase = wish.phase_where_they_meet_s([-gap for gap in self.later_s], at_stop_s)
        if phase is None:
            phase = float(self.now_s[0]) if self.now_s.size else wish.start_s
        return clock_face_departures(wish.start_s, wish.end_s, wish.headway_s * self.trunk.times_headway, phase)

    def runs_at(self, wanted_s: FloatArray) -> bool:
        """Whether that is what runs now."""
        return len(self.now_s) == len(wanted_s) and bool((np.abs(self.now_s - wanted_s) < _SAME_S).all())

    def dealt_s(self, wanted_s: FloatArray) -> list[FloatArray]:
        """New departures of each variant from its first stop, by its share in these hours."""
        counts = np.array([one.sum() for one in self.inside], float)
        share = counts if counts.sum() > 0 else np.array(self.trunk.departures)
        leaving = np.round(wanted_s[:, None] + np.array(self.later_s)[None, :])
        taker = np.array(dealt(share / share.sum(), (leaving >= 0) & (share > 0)), np.int64)
        return [leaving[taker == k, k] for k in range(len(share))]


def _merged(courses: list[Course]) -> Course:
    """All trips of courses that call at the same stops."""
    if len(courses) == 1:
        return courses[0]
    return replace(
        courses[0],
        travel_s=np.concatenate([one.travel_s for one in courses]),
        dwell_s=np.concatenate([one.dwell_s for one in courses]),
        start_s=np.concatenate([one.start_s for one in courses]),
        trip=np.concatenate([one.trip for one in courses]),
        trip_id=np.concatenate([one.trip_id for one in courses]),
    )


def _by_course(mask: BoolArray, courses: list[Course]) -> list[BoolArray]:
    """A mask of merged trips, taken apart."""
    return np.split(mask, np.cumsum([len(one.trip) for one in courses])[:-1])


def _with_departures(
    course: Course, kept: BoolArray, like: Course, like_leaves_s: FloatArray, leaves_s: FloatArray
) -> Course:
    """The course with some of its trips, and new ones at given moments that run like the nearest in time of others."""
    nearest = np.abs(like_leaves_s[None, :] - leaves_s[:, None]).argmin(axis=1)
    old = with_trips(course, np.flatnonzero(kept))
    copied = with_trips(like, nearest)
    names = [f"{course.course_id} {clock_text(moment)}" for moment in leaves_s.tolist()]
    return replace(
        course,
        travel_s=np.vstack([old.travel_s, copied.travel_s]),
        dwell_s=np.vstack([old.dwell_s, copied.dwell_s]),
        start_s=np.concatenate([old.start_s, leaves_s - copied.dwell_s[:, 0]]),
        trip=np.concatenate([old.trip, np.full(len(leaves_s), -1, np.int64)]),
        trip_id=np.array([*old.trip_id.tolist(), *names], dtype=str),
    )


def change_span(lines: LinesT, line: str, *, start_s: float, end_s: float, mode: TransitMode | None = None) -> LinesT:
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
        The changed lines, in the form given; the same object if the line begins and ends so already.

    Raises
    ------
    NetworkError
        If the line is not known, or none of its trips would be left.
    """
    if not end_s > start_s:
        raise NetworkError("end_s must be after start_s")
    none_left = f"line {line} does not run between {clock_text(start_s)} and {clock_text(end_s)}: remove it instead"
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
            return lines
        return cast("LinesT", replace(cut, headway_s=headway))

    def edit(_: Form, courses: list[Course]) -> list[Course | None]:
        found = [_trips_within(course, start_s, end_s) for course in courses]
        if not any(len(course.trip) for course in found):
            raise NetworkError(none_left)
        return list(found)

    return edit_line(lines, line, edit, mode=mode, otherwise=None)


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
    return _with_departures(course, kept, with_trips(course, rows), leaves[rows], np.array(added, float))


def shift_trip(lines: LinesT, trip_id: str, *, by_s: float) -> LinesT:
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
