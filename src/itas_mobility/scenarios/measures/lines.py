"""Measures on lines: add, remove, reroute, extend, stops, headway, span of service, priority."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import network
from itas_mobility.core.region import Region
from itas_mobility.core.transit import TransitMode
from itas_mobility.errors import InputError
from itas_mobility.network.places import refuse_place_elsewhere
from itas_mobility.network.transit.editing import DETOUR, STOP_TIME_S
from itas_mobility.scenarios.measures.base import (
    ALL_DAY_S,
    Measure,
    Place,
    Setting,
    nothing_to_change,
    refused_by,
    setting,
)
from itas_mobility.scenarios.measures.clock import Clock
from itas_mobility.units import SECONDS_PER_MINUTE, clock_s
from itas_mobility.words import Language

ModeName = Literal["train", "light_rail", "tram", "bus", "ferry", "shuttle", "trolleybus", "subway"]


DIVERSION: Final = setting(
    "diversion", "the ways of buses round closed roads (close all of them in one measure)", ("line",)
)
"""What closing a road sets of lines: their ways round it. What moves single trips is reckoned from that."""


def with_lines(measure: Measure, region: Region, edit: Callable[[Any], Any]) -> Region:
    """The region with its lines edited, and its timetable if it has one.

    Parameters
    ----------
    measure : Measure
        Named in errors.
    region : Region
        Stays as it is.
    edit : callable
        Pure function of a `TransitNetwork` or `ServiceDays`, such as those of `network`.

    Returns
    -------
    Region
        The changed region; the same object if what a run judges, the timetable where there is one, stays as it is.

    Raises
    ------
    ScenarioError
        If either form does not hold what is edited.
    """
    with refused_by(measure):
        transit = edit(region.transit)
        timetable = None if region.timetable is None else edit(region.timetable)
    is_same = transit is region.transit if timetable is None else timetable is region.timetable
    return region if is_same else replace(region, transit=transit, timetable=timetable)


class OnLine(Measure):
    """A measure on one line."""

    line: str = Field(min_length=1, description="the line as printed on the vehicle")
    mode: ModeName | None = Field(None, description="needed where two modes have a line of this name")

    def mode_code(self) -> TransitMode | None:
        """The mode, if one is given."""
        return None if self.mode is None else TransitMode[self.mode.upper()]

    def line_name(self) -> str:
        """The line in words."""
        return f"{self.mode} {self.line}" if self.mode else self.line

    def place(self, *part: Hashable) -> Place:
        """The line among the objects of a region, or a part of it."""
        return ("line", self.line, self.mode, *part)

    def sets(
        self,
        attribute: str,
        thing: str | None = None,
        *objects: Place,
        start_s: float = ALL_DAY_S[0],
        end_s: float = ALL_DAY_S[1],
    ) -> Setting:
        """An attribute of the line (its ``headway``, ``course``, ``run time``), or of some of its legs and stops."""
        words = thing or f"{attribute} of line {self.line_name()}"
        return setting(attribute, words, *(objects or (self.place(),)), start_s=start_s, end_s=end_s)

    def leg(self, one: str, other: str) -> Place:
        """The leg between two neighbouring stops, both directions."""
        return self.place("leg", frozenset((one.casefold(), other.casefold())))

    def stop_of_line(self, name: str) -> Place:
        """A stop of the line."""
        return self.place("stop", name.casefold())

    def end_of_line(self, name: str) -> Place:
        """A terminus of the line."""
        return self.place("end", name.casefold())

    def stops_of_courses(self, region: Region | None) -> Iterator[list[str]]:
        """Names of the stops of each course; none where the line is not there yet."""
        if region is None:
            return
        lines, code = region.transit, self.mode_code()
        for row in np.flatnonzero((lines.line == self.line) & ((code is None) | (lines.mode == code))).tolist():
            yield lines.stop_name[lines.stop[lines.stop_ptr[row] : lines.stop_ptr[row + 1]]].tolist()

    def legs_between(self, region: Region | None, one: str, other: str) -> set[Place]:
        """Legs of all courses from one stop to another, both directions."""
        legs = {self.leg(one, other)}
        for names in self.stops_of_courses(region):
            folded = [name.casefold() for name in names]
            for first, last in ((one.casefold(), other.casefold()), (other.casefold(), one.casefold())):
                starts = [k for k, name in enumerate(folded) if name == first and last in folded[k + 1 :]]
                if starts:
                    part = names[starts[0] : folded.index(last, starts[0] + 1) + 1]
                    legs |= {self.leg(a, b) for a, b in pairwise(part)}
        return legs

    def way(self) -> tuple[Setting, ...]:
        """Where the line runs and how fast: departures are reckoned from that."""
        return self.sets("course"), self.sets("run time")


class InSpan(OnLine):
    """A measure on one line in a part of the day."""

    start: Clock = Field("00:00", description="first departure from the first stop")
    end: Clock = Field("28:00", description="vehicles leave their first stop before this time; past midnight: 25:10")

    @model_validator(mode="after")
    def _in_order(self) -> "InSpan":
        if self.end_s <= self.start_s:
            message = f"end {self.end} must be after start {self.start} (past midnight: 25:10)"
            raise ValueError(message)
        return self

    @property
    def start_s(self) -> float:
        """Begin of that part, seconds after midnight."""
        return clock_s(self.start)

    @property
    def end_s(self) -> float:
        """End of that part, seconds after midnight."""
        return clock_s(self.end)


class OnNewWay(OnLine):
    """A measure that lays a piece of course between existing stops."""

    speed_km_per_h: float = Field(gt=0, le=160, description="commercial speed on the new part, stops included")
    detour: float = Field(DETOUR, ge=1, le=3, description="length of the course over the beeline between its stops")


class ChangeHeadway(InSpan):
    """Let a line run at a headway in a part of the day; where it did not run before, it now does.

    The headway of a line is that of the section and direction on which most of its vehicles run; each direction has its
    own. Short turns and branches keep their shares and take turns. It holds on all days on which the line runs.
    """

    type: Literal["change_headway"]
    headway_min: float = Field(gt=0, le=24 * 60)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Headway of the line in that part of the day."""
        del region
        return (self.sets("headway", start_s=self.start_s, end_s=self.end_s),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Course and run time of the line."""
        del region
        return self.way()

    def apply(self, region: Region) -> Region:
        """Set the headway; trips of a timetable are replaced by trips at that headway."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.change_headway(
                lines,
                self.line,
                headway_s=self.headway_min * SECONDS_PER_MINUTE,
                start_s=self.start_s,
                end_s=self.end_s,
                mode=self.mode_code(),
            ),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            takt = f"Takt {self.headway_min:g} min von {self.start} bis {self.end} Uhr"
            return f"Linie {self.line_name()}: {takt} (auf dem dichtesten Abschnitt)"
        every = f"every {self.headway_min:g} min from {self.start} to {self.end}"
        return f"Line {self.line_name()}: {every} (on the busiest section)"


class ChangeSpan(InSpan):
    """Let a line begin and end its service at given times, at the headways it has at its first and last hour."""

    type: Literal["change_span"]

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Headway of the line all day: what lies outside is dropped."""
        del region
        return (self.sets("headway"),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Course and run time of the line."""
        del region
        return self.way()

    def apply(self, region: Region) -> Region:
        """Drop what lies outside and go on at the headway inside."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.change_span(
                lines, self.line, start_s=self.start_s, end_s=self.end_s, mode=self.mode_code()
            ),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            return f"Linie {self.line_name()}: Betrieb von {self.start} bis {self.end} Uhr"
        return f"Line {self.line_name()}: runs from {self.start} to {self.end}"


class RemoveLine(OnLine):
    """Remove a line."""

    type: Literal["remove_line"]

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """That there is such a line, and so all of it."""
        del region
        return (replace(self.sets("line", f"line {self.line_name()}"), is_end=True),)

    def apply(self, region: Region) -> Region:
        """Drop its patterns and trips; the stops stay."""
        return with_lines(
            self, region, lambda lines: network.transit.remove_line(lines, self.line, mode=self.mode_code())
        )

    def _described(self, language: Language) -> str:
        return f"Linie {self.line_name()} entfällt" if language == "de" else f"Line {self.line_name()} is withdrawn"


class AddLine(InSpan, OnNewWay):
    """Add a line through existing stops, in both directions."""

    type: Literal["add_line"]
    mode: ModeName = "bus"
    stops: tuple[str, ...] = Field(min_length=2, description="names of existing stops, in order")
    headway_min: float = Field(gt=0, le=24 * 60)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """That there is such a line; what it is like others may set after it."""
        del region
        return (self.sets("line", f"line {self.line_name()}"),)

    def apply(self, region: Region) -> Region:
        """Append two courses, there and back."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.add_line(
                lines,
                self.line,
                mode=TransitMode[self.mode.upper()],
                stops=self.stops,
                headway_s=self.headway_min * SECONDS_PER_MINUTE,
                start_s=self.start_s,
                end_s=self.end_s,
                speed_km_per_h=self.speed_km_per_h,
                detour=self.detour,
            ),
        )

    def _described(self, language: Language) -> str:
        way = " - ".join(self.stops)
        if language == "de":
            return f"Neue Linie {self.line}: {way}, Takt {self.headway_min:g} min, {self.start} bis {self.end} Uhr"
        return f"New line {self.line}: {way}, every {self.headway_min:g} min, {self.start} to {self.end}"


class ExtendLine(OnNewWay):
    """Extend a line beyond the terminus that lies nearest to the first new stop."""

    type: Literal["extend_line"]
    stops: tuple[str, ...] = Field(min_length=1, description="names of existing stops, from the old terminus outwards")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Course of the line: its terminus there, and the legs beyond."""
        try:
            terminus = (
                None
                if region is None
                else network.transit.nearest_terminus(region.transit, self.line, self.stops[0], mode=self.mode_code())
            )
        except InputError:  # a line that another measure adds, or none: then `apply` says so
            terminus = None
        if terminus is None:
            return (self.sets("course", None, self.place("end"), *(self.leg(a, b) for a, b in pairwise(self.stops))),)
        legs = (self.leg(a, b) for a, b in pairwise((terminus, *self.stops)))
        return (self.sets("course", None, self.end_of_line(terminus), *legs),)

    def apply(self, region: Region) -> Region:
        """Lengthen every course that starts or ends at that terminus."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.extend_line(
                lines,
                self.line,
                self.stops,
                speed_km_per_h=self.speed_km_per_h,
                detour=self.detour,
                mode=self.mode_code(),
            ),
        )

    def _described(self, language: Language) -> str:
        way = " - ".join(self.stops)
        return (
            f"Linie {self.line}: verlängert bis {way}" if language == "de" else f"Line {self.line}: extended to {way}"
        )


class RerouteLine(OnNewWay):
    """Lead a line another way between two of its stops, in both directions."""

    type: Literal["reroute_line"]
    from_stop: str = Field(min_length=1, description="stop of the line at which the new way begins")
    to_stop: str = Field(min_length=1, description="stop of the line at which it ends")
    via: tuple[str, ...] = Field((), description="names of existing stops on the new way; without any it runs through")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Course of the line: the legs between the two stops, old and new."""
        new = {self.leg(a, b) for a, b in pairwise((self.from_stop, *self.via, self.to_stop))}
        return (self.sets("course", None, *new, *self.legs_between(region, self.from_stop, self.to_stop)),)

    def apply(self, region: Region) -> Region:
        """Replace the stops between."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.reroute_line(
                lines,
                self.line,
                from_stop=self.from_stop,
                to_stop=self.to_stop,
                via=self.via,
                speed_km_per_h=self.speed_km_per_h,
                detour=self.detour,
                mode=self.mode_code(),
            ),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            way = f"über {', '.join(self.via)}" if self.via else "ohne Zwischenhalt"
            return f"Linie {self.line_name()}: zwischen {self.from_stop} und {self.to_stop} {way}"
        way = f"by way of {', '.join(self.via)}" if self.via else "without calling between"
        return f"Line {self.line_name()}: from {self.from_stop} to {self.to_stop} {way}"


class AddStop(OnLine):
    """Let a line call at one more stop between two neighbours: an existing one, or a new one at a given place."""

    type: Literal["add_stop"]
    stop: str = Field(min_length=1, description="name of the stop")
    between: tuple[str, str] = Field(description="names of the two neighbouring stops of the line")
    lon: float | None = Field(None, ge=-180, le=180, description="place of a new stop, degrees east")
    lat: float | None = Field(None, ge=-90, le=90, description="place of a new stop, degrees north")
    stop_time_s: float = Field(STOP_TIME_S, ge=0, le=600, description="time that the call costs")

    @model_validator(mode="after")
    def _has_whole_place(self) -> "AddStop":
        if (self.lon is None) != (self.lat is None):
            message = "needs both 'lon' and 'lat' for a new stop, or neither for an existing one"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """That stop of the line, and the leg on which it lies."""
        del region
        thing = f"stop {self.stop} of line {self.line_name()}"
        return (self.sets("course", thing, self.stop_of_line(self.stop), self.leg(*self.between)),)

    def apply(self, region: Region) -> Region:
        """Insert the stop in both directions; a new one must lie where the region's roads are."""

        def edit(lines: Any) -> Any:
            if self.lon is not None and self.lat is not None:
                lines = network.transit.build_stop(lines, self.stop, lon_deg=self.lon, lat_deg=self.lat)
                refuse_place_elsewhere(f"stop {self.stop}", self.lon, self.lat, region.roads)
            return network.transit.add_stop(
                lines,
                self.line,
                self.stop,
                between=self.between,
                stop_time_s=self.stop_time_s,
                mode=self.mode_code(),
            )

        return with_lines(self, region, edit)

    def _described(self, language: Language) -> str:
        one, other = self.between
        if language == "de":
            return f"Linie {self.line_name()}: neuer Halt {self.stop} zwischen {one} und {other}"
        return f"Line {self.line_name()}: new stop {self.stop} between {one} and {other}"


class RemoveStop(OnLine):
    """Let a line pass a stop without calling, in both directions."""

    type: Literal["remove_stop"]
    stop: str = Field(min_length=1, description="name of the stop")
    stop_time_s: float = Field(STOP_TIME_S, ge=0, le=600, description="time that passing it saves")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """That stop of the line, the legs beside it, and the terminus if it is one."""
        objects = {self.stop_of_line(self.stop)}
        for names in self.stops_of_courses(region):
            at = [k for k, name in enumerate(names) if name.casefold() == self.stop.casefold()]
            objects |= {self.leg(a, b) for k in at for a, b in pairwise(names[max(k - 1, 0) : k + 2])}
            objects |= {self.end_of_line(self.stop) for k in at if k in (0, len(names) - 1)}
        return (self.sets("course", f"stop {self.stop} of line {self.line_name()}", *objects),)

    def apply(self, region: Region) -> Region:
        """Drop the calls; the stop itself stays."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.remove_stop(
                lines, self.line, self.stop, stop_time_s=self.stop_time_s, mode=self.mode_code()
            ),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            return f"Linie {self.line_name()}: Halt {self.stop} entfällt"
        return f"Line {self.line_name()}: no longer calls at {self.stop}"


class BusPriority(OnLine):
    """Make a line faster, as a whole or between two of its stops: bus lanes, priority at signals."""

    type: Literal["bus_priority"]
    by_percent: float = Field(gt=0, lt=100, description="time between stops that is saved, in percent")
    between: tuple[str, str] | None = Field(None, description="names of two stops; the whole line if left out")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Run time of the line, or of that part."""
        return (self._of_part("run time", region),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Course of the line, or of that part."""
        return (self._of_part("course", region),)

    def _of_part(self, attribute: str, region: Region | None) -> Setting:
        if self.between is None:
            return self.sets(attribute)
        thing = f"{attribute} between {' and '.join(sorted(self.between))} of line {self.line_name()}"
        return self.sets(attribute, thing, *self.legs_between(region, *self.between))

    def apply(self, region: Region) -> Region:
        """Shorten the times between stops; trips leave their first stop as before."""
        return with_lines(
            self,
            region,
            lambda lines: network.transit.speed_up_line(
                lines, self.line, faster_share=self.by_percent / 100.0, between=self.between, mode=self.mode_code()
            ),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            part = f" zwischen {self.between[0]} und {self.between[1]}" if self.between else ""
            return f"Linie {self.line_name()}: Vorrang{part}, Fahrzeit {self.by_percent:g} % kürzer"
        part = f" between {self.between[0]} and {self.between[1]}" if self.between else ""
        return f"Line {self.line_name()}: priority{part}, {self.by_percent:g} % faster"


def check_new_line(measure: OnLine, region: Region, mode: TransitMode) -> None:
    """Refuse a new line whose name another line of its mode bears.

    Parameters
    ----------
    measure : OnLine
        Named in the error; has the line's name.
    region : Region
        Has the lines.
    mode : TransitMode
        Mode of the new line.

    Raises
    ------
    ScenarioError
        If there is such a line.
    """
    lines = region.transit
    if ((lines.line == measure.line) & (lines.mode == mode)).any():
        raise nothing_to_change(measure, f"{mode.name.lower()} line {measure.line!r} already exists; name it otherwise")
