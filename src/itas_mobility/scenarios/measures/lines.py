"""Measures on lines: add, remove, reroute, extend, stops, headway, span of service, priority."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field, model_validator

from itas_mobility import network
from itas_mobility.core.region import Region
from itas_mobility.core.transit import TransitMode
from itas_mobility.network.places import refuse_place_elsewhere
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by
from itas_mobility.scenarios.measures.clock import Clock, clock_to_s
from itas_mobility.units import SECONDS_PER_MINUTE

ModeName = Literal["train", "light_rail", "tram", "bus", "ferry", "shuttle", "trolleybus", "subway"]


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
        The changed region.

    Raises
    ------
    ScenarioError
        If either form does not hold what is edited, or none of them changes.
    """
    forms = [region.transit] if region.timetable is None else [region.transit, region.timetable]
    edited: list[Any] = list(forms)
    unchanged: list[network.UnchangedLineError] = []
    with refused_by(measure):
        for k, form in enumerate(forms):
            try:
                edited[k] = edit(form)
            except network.UnchangedLineError as fault:
                unchanged.append(fault)
        if len(unchanged) == len(forms):
            raise unchanged[0]
    return replace(region, transit=edited[0], timetable=edited[1] if len(edited) > 1 else None)


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

    def sets(self, what: str, start_s: float | None = None, end_s: float | None = None) -> Setting:
        """A setting of the line: its ``headway``, ``course``, ``run time``."""
        thing = f"{what} of line {self.line_name()}"
        return Setting(thing) if start_s is None or end_s is None else Setting(thing, start_s, end_s)


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
        return clock_to_s(self.start)

    @property
    def end_s(self) -> float:
        """End of that part, seconds after midnight."""
        return clock_to_s(self.end)


class OnNewWay(OnLine):
    """A measure that lays a piece of course between existing stops."""

    speed_km_per_h: float = Field(gt=0, le=160, description="commercial speed on the new part, stops included")
    detour: float = Field(1.3, ge=1, le=3, description="length of the course over the beeline between its stops")


class ChangeHeadway(InSpan):
    """Let a line run at a headway in a part of the day; where it did not run before, it now does."""

    type: Literal["change_headway"]
    headway_min: float = Field(gt=0, le=24 * 60)

    def settings(self) -> tuple[Setting, ...]:
        """Headway of the line in that part of the day."""
        return (self.sets("headway", self.start_s, self.end_s),)

    def apply(self, region: Region) -> Region:
        """Set the headway; trips of a timetable are replaced by trips at that headway."""
        return with_lines(
            self,
            region,
            lambda lines: network.with_headway(
                lines,
                self.line,
                headway_s=self.headway_min * SECONDS_PER_MINUTE,
                start_s=self.start_s,
                end_s=self.end_s,
                mode=self.mode_code(),
            ),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        if language == "de":
            return f"Linie {self.line_name()}: Takt {self.headway_min:g} min von {self.start} bis {self.end} Uhr"
        return f"Line {self.line_name()}: every {self.headway_min:g} min from {self.start} to {self.end}"


class ChangeSpan(InSpan):
    """Let a line begin and end its service at given times, at the headways it has at its first and last hour."""

    type: Literal["change_span"]

    def settings(self) -> tuple[Setting, ...]:
        """Headway of the line all day: what lies outside is dropped."""
        return (self.sets("headway"),)

    def apply(self, region: Region) -> Region:
        """Drop what lies outside and go on at the headway inside."""
        return with_lines(
            self,
            region,
            lambda lines: network.within_span(
                lines, self.line, start_s=self.start_s, end_s=self.end_s, mode=self.mode_code()
            ),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        if language == "de":
            return f"Linie {self.line_name()}: Betrieb von {self.start} bis {self.end} Uhr"
        return f"Line {self.line_name()}: runs from {self.start} to {self.end}"


class RemoveLine(OnLine):
    """Remove a line."""

    type: Literal["remove_line"]

    def settings(self) -> tuple[Setting, ...]:
        """Everything of the line."""
        return (self.sets("headway"), self.sets("course"), self.sets("run time"))

    def apply(self, region: Region) -> Region:
        """Drop its patterns and trips; the stops stay."""
        return with_lines(self, region, lambda lines: network.without_line(lines, self.line, mode=self.mode_code()))

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        return f"Linie {self.line_name()} entfällt" if language == "de" else f"Line {self.line_name()} is withdrawn"


class AddLine(InSpan, OnNewWay):
    """Add a line through existing stops, in both directions."""

    type: Literal["add_line"]
    mode: ModeName = "bus"
    stops: tuple[str, ...] = Field(min_length=2, description="names of existing stops, in order")
    headway_min: float = Field(gt=0, le=24 * 60)

    def settings(self) -> tuple[Setting, ...]:
        """The line as a whole."""
        return (self.sets("course"), self.sets("headway", self.start_s, self.end_s))

    def apply(self, region: Region) -> Region:
        """Append two courses, there and back."""
        return with_lines(
            self,
            region,
            lambda lines: network.with_line(
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

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        way = " - ".join(self.stops)
        if language == "de":
            return f"Neue Linie {self.line}: {way}, Takt {self.headway_min:g} min, {self.start} bis {self.end} Uhr"
        return f"New line {self.line}: {way}, every {self.headway_min:g} min, {self.start} to {self.end}"


class ExtendLine(OnNewWay):
    """Extend a line beyond the terminus that lies nearest to the first new stop."""

    type: Literal["extend_line"]
    stops: tuple[str, ...] = Field(min_length=1, description="names of existing stops, from the old terminus outwards")

    def settings(self) -> tuple[Setting, ...]:
        """Course of the line."""
        return (self.sets("course"),)

    def apply(self, region: Region) -> Region:
        """Lengthen every course that starts or ends at that terminus."""
        return with_lines(
            self,
            region,
            lambda lines: network.extended_line(
                lines,
                self.line,
                self.stops,
                speed_km_per_h=self.speed_km_per_h,
                detour=self.detour,
                mode=self.mode_code(),
            ),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
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

    def settings(self) -> tuple[Setting, ...]:
        """Course of the line."""
        return (self.sets("course"),)

    def apply(self, region: Region) -> Region:
        """Replace the stops between."""
        return with_lines(
            self,
            region,
            lambda lines: network.rerouted_line(
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

    def describe(self, language: str = "de") -> str:
        """One sentence."""
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
    stop_time_s: float = Field(25.0, ge=0, le=600, description="time that the call costs")

    @model_validator(mode="after")
    def _has_whole_place(self) -> "AddStop":
        if (self.lon is None) != (self.lat is None):
            message = "needs both 'lon' and 'lat' for a new stop, or neither for an existing one"
            raise ValueError(message)
        return self

    def settings(self) -> tuple[Setting, ...]:
        """That stop of the line."""
        return (self.sets(f"stop {self.stop}"),)

    def apply(self, region: Region) -> Region:
        """Insert the stop in both directions; a new one must lie where the region's roads are."""

        def edit(lines: Any) -> Any:
            if self.lon is not None and self.lat is not None:
                lines = network.with_new_stop(lines, self.stop, lon_deg=self.lon, lat_deg=self.lat)
                refuse_place_elsewhere(f"stop {self.stop}", self.lon, self.lat, region.roads)
            return network.line_with_stop(
                lines,
                self.line,
                self.stop,
                between=self.between,
                stop_time_s=self.stop_time_s,
                mode=self.mode_code(),
            )

        return with_lines(self, region, edit)

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        one, other = self.between
        if language == "de":
            return f"Linie {self.line_name()}: neuer Halt {self.stop} zwischen {one} und {other}"
        return f"Line {self.line_name()}: new stop {self.stop} between {one} and {other}"


class RemoveStop(OnLine):
    """Let a line pass a stop without calling, in both directions."""

    type: Literal["remove_stop"]
    stop: str = Field(min_length=1, description="name of the stop")
    stop_time_s: float = Field(25.0, ge=0, le=600, description="time that passing it saves")

    def settings(self) -> tuple[Setting, ...]:
        """That stop of the line."""
        return (self.sets(f"stop {self.stop}"),)

    def apply(self, region: Region) -> Region:
        """Drop the calls; the stop itself stays."""
        return with_lines(
            self,
            region,
            lambda lines: network.line_without_stop(
                lines, self.line, self.stop, stop_time_s=self.stop_time_s, mode=self.mode_code()
            ),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        if language == "de":
            return f"Linie {self.line_name()}: Halt {self.stop} entfällt"
        return f"Line {self.line_name()}: no longer calls at {self.stop}"


class BusPriority(OnLine):
    """Make a line faster, as a whole or between two of its stops: bus lanes, priority at signals."""

    type: Literal["bus_priority"]
    by_percent: float = Field(gt=0, lt=100, description="time between stops that is saved, in percent")
    between: tuple[str, str] | None = Field(None, description="names of two stops; the whole line if left out")

    def settings(self) -> tuple[Setting, ...]:
        """Run time of the line, or of that part."""
        part = "" if self.between is None else f" between {' and '.join(sorted(self.between))}"
        return (self.sets(f"run time{part}"),)

    def apply(self, region: Region) -> Region:
        """Shorten the times between stops; trips leave their first stop as before."""
        return with_lines(
            self,
            region,
            lambda lines: network.accelerated_line(
                lines, self.line, faster_share=self.by_percent / 100.0, between=self.between, mode=self.mode_code()
            ),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
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
