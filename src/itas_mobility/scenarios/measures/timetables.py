"""Measures on the timetable: meet a shift, clock-face, service days of their own."""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import network
from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.region import Region
from itas_mobility.core.sites import ShiftPattern
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.weekdays import WEEKDAYS, days_in
from itas_mobility.errors import InputError
from itas_mobility.network.transit.courses import line_rows
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by, setting
from itas_mobility.scenarios.measures.lines import DIVERSION, InSpan, OnLine, with_lines
from itas_mobility.scenarios.measures.sites import hours_of, place_of, shift_row, site_place
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from itas_mobility.words import Language

WORKING_DAY: Final = "Werktag"
"""Label of the service day that the headways of a region stand for."""
_DAY: Final = setting("service day", "service day", ("region",))
_AROUND: Final = (-1, 0, 1, 2)
"""Service days whose trips may meet a shift of day 0, which ends by the end of day 1; they last over midnight."""
_Move: TypeAlias = tuple[str, float]
"""Id of a trip, and seconds that it runs later."""


def service_days(region: Region) -> ServiceDays:
    """Timetable of a region; where it has none, that of its headways, written out.

    Parameters
    ----------
    region : Region
        Region.

    Returns
    -------
    ServiceDays
        Its service days.
    """
    if region.timetable is not None:
        return region.timetable
    return ServiceDays(np.array([WORKING_DAY]), (network.transit.timetable_from_headways(region.transit),))


def headways_decide(region: Region) -> bool:
    """Whether modes go on being chosen by headways once a measure gives the region service days."""
    return region.timetable is None or region.headways_decide


def _all_lines() -> tuple[Setting, ...]:
    """Whatever can be set of lines: what changes them stands before a measure that is reckoned from all of them."""
    return tuple(setting(one, f"{one} of a line", ("line",)) for one in ("line", "course", "run time", "headway"))


class ClockFace(InSpan):
    """Let a line run on the same minutes of each hour, in a part of the day.

    As with `ChangeHeadway` the headway is that of its busiest section; the minute is that at which its densest variant
    leaves its first stop, in each direction, or at which vehicles of that section leave a stop.
    """

    type: Literal["clock_face"]
    headway_min: float = Field(gt=0, le=24 * 60)
    minute: float = Field(ge=0, lt=60, description="minute after the full hour")
    stop: str | None = Field(
        None, description="stop at which the minute holds; the first stop of each direction if left out"
    )

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Headway of the line in that part of the day."""
        del region
        return (self.sets("headway", start_s=self.start_s, end_s=self.end_s),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Course and run time of the line."""
        del region
        return self.way()

    def apply(self, region: Region) -> Region:
        """Set headway and phase."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.change_headway(
                lines,
                self.line,
                headway_s=self.headway_min * SECONDS_PER_MINUTE,
                start_s=self.start_s,
                end_s=self.end_s,
                phase_s=self.minute * SECONDS_PER_MINUTE,
                at_stop=self.stop,
                mode=self.mode_code(),
            ),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            place = f" ab {self.stop}" if self.stop else ""
            return (
                f"Linie {self.line_name()}: Taktfahrplan{place} zur Minute {self.minute:02g}, alle "
                f"{self.headway_min:g} min von {self.start} bis {self.end} Uhr"
            )
        place = f" at {self.stop}" if self.stop else ""
        return (
            f"Line {self.line_name()}: clock-face timetable{place} on minute {self.minute:02g}, every "
            f"{self.headway_min:g} min from {self.start} to {self.end}"
        )


@dataclass(frozen=True)
class _Candidate:
    """A trip that could meet a shift, on which service day, and how much later it would have to run."""

    day: int
    trip_id: str
    by_s: float


class RetimeToShift(OnLine):
    """Run the trip of a line that fits best earlier or later, so that it meets a shift.

    The way out is met by a trip whose passengers are at the workplace just before the buffer ahead of the shift; the
    way back by one that leaves when they can be at the stop. The best trip is the one that has to move least; who used
    it at its old time loses it, so that other shifts may lose by the measure. Lines with headways know no single
    trips: their timetable is written out first.

    In a region with a week of timetables it is moved on the days on which the shift is worked: for the way home from a
    night shift of Mo-Fr those are the mornings of Di-Sa.
    """

    type: Literal["retime_to_shift"]
    site: str = Field(min_length=1, description="id of the site")
    shift: str = Field(min_length=1, description="name of the shift")
    direction: Literal["out", "back"] = Field(description="out: to the shift; back: home after it")
    max_shift_min: float = Field(15.0, gt=0, le=120, description="a trip is moved by this much at most")
    max_wait_min: float = Field(
        10.0, ge=0, le=60, description="a trip that meets the shift with this wait is left alone"
    )

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The trips that are moved; without a region, or where it has none, the trip of the line to that shift."""
        thing = f"trip {self.direction} for shift {self.shift} at {self.site} of line {self.line_name()}"
        try:
            moves = [] if region is None else self._moves(region)
        except InputError:  # a line that another measure adds, or nothing to move: then `apply` says so
            moves = []
        trips = (("trip", move.day, move.trip_id) for move in moves)
        return (self.sets("trip", thing, self.place(self.direction, self.site, self.shift), *trips),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The line, hours of the shift, where the site lies, and the day judged; all lines if it writes them out."""
        is_written_out = region is not None and region.timetable is None
        lines = _all_lines() if is_written_out else (*self.way(), self.sets("headway"))
        return (*lines, DIVERSION, hours_of(self.site, self.shift), place_of(self.site), _DAY)

    def apply(self, region: Region) -> Region:
        """Move the trip on each service day of the shift on which one is near enough."""
        moves = self._moves(region)
        days = service_days(region)
        known: dict[tuple[int, frozenset[_Move]], Timetable] = {}
        timetables = []
        for k, day in enumerate(days.timetables):
            own = frozenset((move.trip_id, move.by_s) for move in moves if move.day == k)
            key = (id(day), own)
            if key not in known:
                known[key] = day
                for trip_id, by_s in sorted(own):
                    with refused_by(self):
                        known[key] = network.transit.shift_trip(known[key], trip_id, by_s=by_s)
            timetables.append(known[key])  # days that are one timetable stay one where they are moved alike
        moved = ServiceDays(days.label, tuple(timetables))
        return replace(region, timetable=moved, headways_decide=headways_decide(region))

    def _moves(self, region: Region) -> list[_Candidate]:
        """Trips to move, by service day; an error if there is none."""
        with refused_by(self):
            days = service_days(region)
            pattern, row = shift_row(self, region.sites, self.site, self.shift)
            moment_s, walk_s = self._moment_s(region, pattern, row), self._walks_s(region)
            if days.is_week:
                best = self._best_of_week(days, days_in(int(pattern.days[row])), moment_s, walk_s)
            else:
                best = [_nearest(self._candidates(days, k, moment_s, walk_s)) for k in range(len(days))]
            found = [one for one in best if one is not None]
            if not found:
                for day in days.timetables:
                    line_rows(day, self.line, mode=self.mode_code())
                raise nothing_to_change(self, f"no trip of line {self.line} calls near {self.site}")
        moves = [one for one in found if 0 < abs(one.by_s) <= self.max_shift_min * SECONDS_PER_MINUTE]
        # of days that are no week the first one is judged
        if not moves or not (days.is_week or any(one.day == 0 for one in moves)):
            raise self._refusal(found if days.is_week else [one for one in found if one.day == 0] or found)
        return moves

    def _best_of_week(
        self, days: ServiceDays, worked: tuple[int, ...], moment_s: float, walk_s: FloatArray
    ) -> list[_Candidate | None]:
        """The best trip for each day on which the shift begins: of that service day, or of those around it."""
        labels = days.label.tolist()
        best = []
        for begins in worked:
            candidates: list[_Candidate] = []
            for step in _AROUND:
                k = labels.index(WEEKDAYS[(begins + step) % len(WEEKDAYS)])
                candidates += self._candidates(days, k, moment_s - step * SECONDS_PER_DAY, walk_s, is_daily=False)
            best.append(_nearest(candidates))
        return best

    def _refusal(self, found: list[_Candidate]) -> Exception:
        moving = [one for one in found if one.by_s != 0]
        if not moving:
            return nothing_to_change(self, f"trip {found[0].trip_id} of line {self.line} meets the shift already")
        best = min(moving, key=lambda one: abs(one.by_s))
        way = "later" if best.by_s > 0 else "earlier"
        needed = abs(best.by_s) / SECONDS_PER_MINUTE
        return nothing_to_change(
            self,
            f"the nearest trip of line {self.line}, {best.trip_id}, would have to run {needed:.0f} min {way}; "
            f"max_shift_min is {self.max_shift_min:g}",
        )

    def _moment_s(self, region: Region, pattern: ShiftPattern, row: int) -> float:
        """When workers must be at the workplace, or can leave it; seconds of the day on which the shift begins."""
        buffer = "shift_arrive_buffer_min" if self.direction == "out" else "shift_leave_buffer_min"
        buffer_s = region.parameters.value(buffer) * SECONDS_PER_MINUTE
        return float(pattern.start_s[row] - buffer_s if self.direction == "out" else pattern.end_s[row] + buffer_s)

    def _walks_s(self, region: Region) -> FloatArray:
        """Walk between each stop and the workplace, inf where it is too far."""
        legs = network.transit.access_legs(
            region.walk,
            region.zones,
            region.sites,
            region.transit,
            walk_speed_km_per_h=region.parameters.value("walk_speed_km_per_h"),
        )
        own = legs.zone == region.sites.zone[region.sites.row(self.site)]
        walk_s = np.full(legs.n_stops, np.inf)
        walk_s[legs.stop[own]] = legs.time_s[own]
        return walk_s

    def _candidates(
        self, days: ServiceDays, k: int, moment_s: float, walk_s: FloatArray, *, is_daily: bool = True
    ) -> list[_Candidate]:
        """Trips of the line that call near the site on a service day; those that meet the shift need not move.

        A day that is daily follows itself: its trips are those of the day before and of the day after too.
        """
        day = days.timetables[k]
        is_line = day.line == self.line
        mode = self.mode_code()
        if mode is not None:
            is_line = is_line & (day.mode == mode)
        found = []
        for route in np.flatnonzero(is_line).tolist():
            part = slice(int(day.stop_ptr[route]), int(day.stop_ptr[route + 1]))
            near = _served(day, part, np.isfinite(walk_s[day.stop[part]]), is_out=self.direction == "out")
            if not near.any():
                continue
            walk = walk_s[day.stop[part]][near]
            for trip in range(int(day.trip_ptr[route]), int(day.trip_ptr[route + 1])):
                calls = slice(int(day.call_ptr[trip]), int(day.call_ptr[trip + 1]))
                by_s = self._later_s(day, calls, near, walk, moment_s, is_daily=is_daily)
                found.append(_Candidate(k, str(day.trip_id[trip]), by_s))
        return found

    def _later_s(
        self, day: Timetable, calls: slice, near: BoolArray, walk_s: FloatArray, moment_s: float, *, is_daily: bool
    ) -> float:
        """Seconds that a trip would have to run later (negative: earlier); 0 if it meets the shift."""
        max_wait_s = self.max_wait_min * SECONDS_PER_MINUTE
        if self.direction == "out":
            spare = moment_s - walk_s - day.arrival_s[calls][near]
            later = float(np.floor((_within_half_a_day(spare) if is_daily else spare).max()))
            return 0.0 if 0 <= later <= max_wait_s else later
        short = moment_s + walk_s - day.departure_s[calls][near]
        later = float(np.ceil((_within_half_a_day(short) if is_daily else short).min()))
        return 0.0 if -max_wait_s <= later <= 0 else later

    def _described(self, language: Language) -> str:
        if language == "de":
            way = "zur" if self.direction == "out" else "nach der"
            return f"Linie {self.line_name()}: eine Fahrt passend {way} Schicht {self.shift} ({self.site}) verlegt"
        way = "to" if self.direction == "out" else "after"
        return f"Line {self.line_name()}: one trip moved to fit the way {way} shift {self.shift} ({self.site})"


def _nearest(candidates: list[_Candidate]) -> _Candidate | None:
    return min(candidates, key=lambda one: abs(one.by_s), default=None)


def _within_half_a_day(time_s: FloatArray) -> FloatArray:
    half = SECONDS_PER_DAY / 2
    return np.asarray((time_s + half) % SECONDS_PER_DAY - half)


def _served(day: Timetable, part: slice, near: BoolArray, *, is_out: bool) -> BoolArray:
    """Positions of a route near the works at which workers alight who come from farther away, or board who go there."""
    is_far = ~near if is_out else ~near[::-1]
    passed_far = np.cumsum(is_far) > 0
    may_use = (day.may_alight if is_out else day.may_board)[part]
    return np.asarray(near & may_use & (passed_far if is_out else passed_far[::-1]))


class ServiceDay(Measure):
    """Judge a service day of its own: a day without school, of works holidays, a Saturday.

    A day of this name that the region's timetable has is taken; else it is the first day without the lines named. The
    other days stay behind it, but for those of a week: one day of a week is judged without the others.
    """

    type: Literal["service_day"]
    day: str = Field(min_length=1, description="name of the day, e.g. 'Ferientag'")
    without_lines: tuple[str, ...] = Field((), description="lines that do not run on that day, e.g. school buses")
    closed_sites: tuple[str, ...] = Field((), description="ids of sites at which nobody works on that day")

    @model_validator(mode="after")
    def _says_each_once(self) -> "ServiceDay":
        for name, values in (("without_lines", self.without_lines), ("closed_sites", self.closed_sites)):
            if len(set(values)) < len(values):
                message = f"{name} names one twice"
                raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The service day; nothing is left of lines that do not run and of sites that are closed."""
        del region
        lines = (setting("line", f"line {one}", ("line", one, None), is_end=True) for one in self.without_lines)
        sites = (setting("attendance", f"attendance at {s}", site_place(s), is_end=True) for s in self.closed_sites)
        return (_DAY, *lines, *sites)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """All lines, where it writes their timetable out of headways or takes a day out of a week."""
        is_reckoned = region is not None and (region.timetable is None or region.timetable.is_week)
        return _all_lines() if is_reckoned else ()

    def apply(self, region: Region) -> Region:
        """Put the day first, take its lines away and close the sites; of a week the day alone stays."""
        days = service_days(region)
        is_judged = region.timetable is not None and not days.is_week and str(days.label[0]) == self.day
        with refused_by(self):
            closed = [region.sites.row(site) for site in self.closed_sites]
            is_closing = bool((region.sites.attendance_share[closed] > 0).any())
            if (is_judged or self.day not in days.label) and not self.without_lines and not is_closing:
                what = "is judged already" if is_judged else f"is none of {', '.join(days.label.tolist())}"
                raise nothing_to_change(self, f"day {self.day!r} {what}: name lines that do not run, or open sites")
            timetable = days.on(self.day) if self.day in days.label else days.timetables[0]
            transit = region.transit
            for line in self.without_lines:
                transit = network.transit.remove_line(transit, line)
                timetable = network.transit.remove_line(timetable, line)
            share = region.sites.attendance_share.copy()
            share[closed] = 0.0
        # all days of a week are judged, whatever their order, so that one of them is judged alone where the others go
        is_one_of_week = days.is_week and self.day in days.label
        others = [] if is_one_of_week else [k for k, label in enumerate(days.label.tolist()) if label != self.day]
        return replace(
            region,
            transit=transit,
            headways_decide=headways_decide(region),
            timetable=ServiceDays(
                np.array([self.day, *days.label[others].tolist()]),
                (timetable, *(days.timetables[k] for k in others)),
            ),
            sites=replace(region.sites, attendance_share=share),
        )

    def _described(self, language: Language) -> str:
        lines, sites = ", ".join(self.without_lines), ", ".join(self.closed_sites)
        if language == "de":
            parts = [f"ohne Linien {lines}"] if lines else []
            parts += [f"Werksferien: {sites}"] if sites else []
            return f"Verkehrstag {self.day}" + (f" ({'; '.join(parts)})" if parts else "")
        parts = [f"without lines {lines}"] if lines else []
        parts += [f"works holidays: {sites}"] if sites else []
        return f"Service day {self.day}" + (f" ({'; '.join(parts)})" if parts else "")
