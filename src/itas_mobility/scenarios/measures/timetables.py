"""Measures on the timetable: meet a shift, clock-face, service days of their own."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import network
from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.region import Region
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by
from itas_mobility.scenarios.measures.lines import InSpan, OnLine, with_lines
from itas_mobility.scenarios.measures.sites import shift_row
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE

WORKING_DAY = "Werktag"
"""Label of the service day that the headways of a region stand for."""


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
    return ServiceDays(np.array([WORKING_DAY]), (network.timetable_from_headways(region.transit),))


class ClockFace(InSpan):
    """Let a line run on the same minutes of each hour, in a part of the day."""

    type: Literal["clock_face"]
    headway_min: float = Field(gt=0, le=24 * 60)
    minute: float = Field(ge=0, lt=60, description="minute after the full hour")
    stop: str | None = Field(
        None, description="stop at which the minute holds; the first stop of each direction if left out"
    )

    def settings(self) -> tuple[Setting, ...]:
        """Headway of the line in that part of the day."""
        return (self.sets("headway", self.start_s, self.end_s),)

    def apply(self, region: Region) -> Region:
        """Set headway and phase; lines with headways know one phase for the whole day."""
        return with_lines(
            self,
            region,
            lambda lines: network.with_headway(
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

    def describe(self, language: str = "de") -> str:
        """One sentence."""
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
    """A trip that could meet a shift, and how much later it would have to run."""

    trip_id: str
    by_s: float


class RetimeToShift(OnLine):
    """Run the trip of a line that fits best earlier or later, so that it meets a shift.

    The way out is met by a trip whose passengers are at the workplace just before the buffer ahead of the shift; the
    way back by one that leaves when they can be at the stop. The best trip is the one that has to move least; who used
    it at its old time loses it, so that other shifts may lose by the measure. Lines with headways know no single
    trips: their timetable is written out first.
    """

    type: Literal["retime_to_shift"]
    site: str = Field(min_length=1, description="id of the site")
    shift: str = Field(min_length=1, description="name of the shift")
    direction: Literal["out", "back"] = Field(description="out: to the shift; back: home after it")
    max_shift_min: float = Field(15.0, gt=0, le=120, description="a trip is moved by this much at most")
    max_wait_min: float = Field(
        10.0, ge=0, le=60, description="a trip that meets the shift with this wait is left alone"
    )

    def settings(self) -> tuple[Setting, ...]:
        """The trip of the line to that shift."""
        return (self.sets(f"trip {self.direction} for shift {self.shift} at {self.site}"),)

    def apply(self, region: Region) -> Region:
        """Move the trip on each service day on which one is near enough."""
        with refused_by(self):
            days = service_days(region)
            moment_s, walk_s = self._moment_s(region), self._walks_s(region)
            # days that are one timetable stay one
            found = {id(day): (day, self._candidates(day, moment_s, walk_s)) for day in days.timetables}
            if not any(candidates for _, candidates in found.values()):
                for day in days.timetables:
                    network.line_rows(day, self.line, mode=self.mode_code())
                raise nothing_to_change(self, f"no trip of line {self.line} calls near {self.site}")
            moved = {key: self._moved(day, candidates) for key, (day, candidates) in found.items()}
            if all(moved[key] is day for key, (day, _) in found.items()):
                raise self._refusal([candidates for _, candidates in found.values()])
        return replace(region, timetable=ServiceDays(days.label, tuple(moved[id(day)] for day in days.timetables)))

    def _moved(self, day: Timetable, candidates: list[_Candidate]) -> Timetable:
        """The day with its best trip moved, or as it is where that is not needed or not allowed."""
        best = min(candidates, key=lambda one: abs(one.by_s), default=None)
        if best is None or best.by_s == 0 or abs(best.by_s) > self.max_shift_min * SECONDS_PER_MINUTE:
            return day
        return network.shifted_trip(day, best.trip_id, by_s=best.by_s)

    def _refusal(self, found: list[list[_Candidate]]) -> Exception:
        best = min((one for candidates in found for one in candidates), key=lambda one: abs(one.by_s))
        if best.by_s == 0:
            return nothing_to_change(self, f"trip {best.trip_id} of line {self.line} meets the shift already")
        way = "later" if best.by_s > 0 else "earlier"
        needed = abs(best.by_s) / SECONDS_PER_MINUTE
        return nothing_to_change(
            self,
            f"the nearest trip of line {self.line}, {best.trip_id}, would have to run {needed:.0f} min {way}; "
            f"max_shift_min is {self.max_shift_min:g}",
        )

    def _moment_s(self, region: Region) -> float:
        """When workers must be at the workplace, or can leave it."""
        pattern, row = shift_row(self, region.sites, self.site, self.shift)
        buffer = "shift_arrive_buffer_min" if self.direction == "out" else "shift_leave_buffer_min"
        buffer_s = region.parameters.value(buffer) * SECONDS_PER_MINUTE
        return float(pattern.start_s[row] - buffer_s if self.direction == "out" else pattern.end_s[row] + buffer_s)

    def _walks_s(self, region: Region) -> FloatArray:
        """Walk between each stop and the workplace, inf where it is too far."""
        legs = network.access_legs(
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

    def _candidates(self, day: Timetable, moment_s: float, walk_s: FloatArray) -> list[_Candidate]:
        """Trips of the line that call near the site; those that meet the shift need not move."""
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
                found.append(_Candidate(str(day.trip_id[trip]), self._later_s(day, calls, near, walk, moment_s)))
        return found

    def _later_s(self, day: Timetable, calls: slice, near: BoolArray, walk_s: FloatArray, moment_s: float) -> float:
        """Seconds that a trip would have to run later (negative: earlier); 0 if it meets the shift."""
        half = SECONDS_PER_DAY / 2
        max_wait_s = self.max_wait_min * SECONDS_PER_MINUTE
        if self.direction == "out":
            spare = (moment_s - walk_s - day.arrival_s[calls][near] + half) % SECONDS_PER_DAY - half
            later = float(np.floor(spare.max()))
            return 0.0 if 0 <= later <= max_wait_s else later
        short = (moment_s + walk_s - day.departure_s[calls][near] + half) % SECONDS_PER_DAY - half
        later = float(np.ceil(short.min()))
        return 0.0 if -max_wait_s <= later <= 0 else later

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        if language == "de":
            way = "zur" if self.direction == "out" else "nach der"
            return f"Linie {self.line_name()}: eine Fahrt passend {way} Schicht {self.shift} ({self.site}) verlegt"
        way = "to" if self.direction == "out" else "after"
        return f"Line {self.line_name()}: one trip moved to fit the way {way} shift {self.shift} ({self.site})"


def _served(day: Timetable, part: slice, near: BoolArray, *, is_out: bool) -> BoolArray:
    """Positions of a route near the works at which workers alight who come from farther away, or board who go there."""
    is_far = ~near if is_out else ~near[::-1]
    passed_far = np.cumsum(is_far) > 0
    may_use = (day.may_alight if is_out else day.may_board)[part]
    return np.asarray(near & may_use & (passed_far if is_out else passed_far[::-1]))


class ServiceDay(Measure):
    """Judge a service day of its own: a day without school, of works holidays, a Saturday.

    A day of this name that the region's timetable has is taken; else it is the first day without the lines named. The
    other days stay behind it.
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

    def settings(self) -> tuple[Setting, ...]:
        """The service day, and attendance at closed sites."""
        return (Setting("service day"), *(Setting(f"attendance at {site}") for site in self.closed_sites))

    def apply(self, region: Region) -> Region:
        """Put the day first, take its lines away and close the sites."""
        days = service_days(region)
        is_first = region.timetable is not None and str(days.label[0]) == self.day
        with refused_by(self):
            closed = [region.sites.row(site) for site in self.closed_sites]
            is_closing = bool((region.sites.attendance_share[closed] > 0).any())
            if (is_first or self.day not in days.label) and not self.without_lines and not is_closing:
                what = "is judged already" if is_first else f"is none of {', '.join(days.label.tolist())}"
                raise nothing_to_change(self, f"day {self.day!r} {what}: name lines that do not run, or open sites")
            timetable = days.on(self.day) if self.day in days.label else days.timetables[0]
            transit = region.transit
            for line in self.without_lines:
                transit = network.without_line(transit, line)
                timetable = network.without_line(timetable, line)
            share = region.sites.attendance_share.copy()
            share[closed] = 0.0
        others = [k for k, label in enumerate(days.label.tolist()) if label != self.day]
        return replace(
            region,
            transit=transit,
            timetable=ServiceDays(
                np.array([self.day, *days.label[others].tolist()]),
                (timetable, *(days.timetables[k] for k in others)),
            ),
            sites=replace(region.sites, attendance_share=share),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        lines, sites = ", ".join(self.without_lines), ", ".join(self.closed_sites)
        if language == "de":
            parts = [f"ohne Linien {lines}"] if lines else []
            parts += [f"Werksferien: {sites}"] if sites else []
            return f"Verkehrstag {self.day}" + (f" ({'; '.join(parts)})" if parts else "")
        parts = [f"without lines {lines}"] if lines else []
        parts += [f"works holidays: {sites}"] if sites else []
        return f"Service day {self.day}" + (f" ({'; '.join(parts)})" if parts else "")
