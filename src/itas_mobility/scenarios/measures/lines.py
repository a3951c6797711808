"""Measures on public transport lines: headway, new, removed and extended lines."""

from dataclasses import replace
from difflib import get_close_matches
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.region import Region
from itas_mobility.core.transit import TransitMode, TransitNetwork
from itas_mobility.geo import haversine_m
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change
from itas_mobility.scenarios.measures.clock import Clock, clock_to_s
from itas_mobility.units import KM_PER_H_TO_M_PER_S, SECONDS_PER_MINUTE

ModeName = Literal["train", "light_rail", "tram", "bus", "ferry", "shuttle"]


class _OnLine(Measure):
    line: str = Field(min_length=1, description="the line as printed on the vehicle")
    mode: ModeName | None = Field(None, description="needed where two modes have a line of this name")

    def patterns(self, transit: TransitNetwork) -> np.ndarray:
        """Mask of the patterns of the line; an error if there are none or they are of two modes."""
        mask = transit.line == self.line
        if self.mode is not None:
            mask = mask & (transit.mode == TransitMode[self.mode.upper()])
        if not mask.any():
            near = get_close_matches(self.line, sorted(set(transit.line.tolist())), n=3, cutoff=0.4)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise nothing_to_change(self, f"line {self.line!r} is not known{hint}")
        modes = np.unique(transit.mode[mask])
        if modes.size > 1:
            names = ", ".join(TransitMode(m).name.lower() for m in modes)
            raise nothing_to_change(self, f"line {self.line!r} exists as {names}: add mode = ...")
        return np.asarray(mask)

    def line_name(self) -> str:
        """The line in words."""
        return f"{self.mode} {self.line}" if self.mode else self.line


class _Span(_OnLine):
    start: Clock = "00:00"
    end: Clock = "28:00"

    @model_validator(mode="after")
    def _in_order(self) -> "_Span":
        if clock_to_s(self.end) <= clock_to_s(self.start):
            message = f"end {self.end} must be after start {self.start} (past midnight: 25:10)"
            raise ValueError(message)
        return self


class ChangeHeadway(_Span):
    """Let a line run at a headway in a part of the day; where it did not run before, it now does."""

    type: Literal["change_headway"]
    headway_min: float = Field(gt=0, le=24 * 60)

    def settings(self) -> tuple[Setting, ...]:
        """Headway of the line in that part of the day."""
        return (Setting(f"headway of line {self.line_name()}", clock_to_s(self.start), clock_to_s(self.end)),)

    def apply(self, region: Region) -> Region:
        """Set the headway."""
        mask = self.patterns(region.transit)
        transit = with_band_edges(region.transit, clock_to_s(self.start), clock_to_s(self.end))
        bands = (transit.band_start_s >= clock_to_s(self.start)) & (transit.band_end_s <= clock_to_s(self.end))
        headway = transit.headway_s.copy()
        headway[np.ix_(mask, bands)] = self.headway_min * SECONDS_PER_MINUTE
        if np.array_equal(headway, transit.headway_s):
            raise nothing_to_change(self, f"line {self.line} already runs every {self.headway_min:g} min then")
        return replace(region, transit=replace(transit, headway_s=headway))

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        if language == "de":
            return f"Linie {self.line_name()}: Takt {self.headway_min:g} min von {self.start} bis {self.end} Uhr"
        return f"Line {self.line_name()}: every {self.headway_min:g} min from {self.start} to {self.end}"


class RemoveLine(_OnLine):
    """Remove a line."""

    type: Literal["remove_line"]

    def settings(self) -> tuple[Setting, ...]:
        """Everything of the line."""
        return (
            Setting(f"headway of line {self.line_name()}"),
            Setting(f"course of line {self.line_name()}"),
        )

    def apply(self, region: Region) -> Region:
        """Drop its patterns; the stops stay."""
        mask = self.patterns(region.transit)
        return replace(region, transit=select_patterns(region.transit, ~mask))

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        return f"Linie {self.line_name()} entfällt" if language == "de" else f"Line {self.line_name()} is withdrawn"


class AddLine(_Span):
    """Add a line through existing stops, in both directions."""

    type: Literal["add_line"]
    mode: ModeName = "bus"
    stops: tuple[str, ...] = Field(min_length=2, description="names of existing stops, in order")
    headway_min: float = Field(gt=0, le=24 * 60)
    speed_km_per_h: float = Field(gt=0, le=160, description="commercial speed, stops included")
    detour: float = Field(1.3, ge=1, le=3, description="length of the course over the beeline between its stops")

    def settings(self) -> tuple[Setting, ...]:
        """The line as a whole."""
        return (
            Setting(f"course of line {self.line_name()}"),
            Setting(f"headway of line {self.line_name()}", clock_to_s(self.start), clock_to_s(self.end)),
        )

    def apply(self, region: Region) -> Region:
        """Append two patterns, there and back."""
        transit = region.transit
        code = TransitMode[self.mode.upper()]
        if bool(((transit.line == self.line) & (transit.mode == code)).any()):
            raise nothing_to_change(self, f"{self.mode} line {self.line!r} already exists; use change_headway")
        transit = with_band_edges(transit, clock_to_s(self.start), clock_to_s(self.end))
        calls = find_stops(self, transit, self.stops)
        bands = (transit.band_start_s >= clock_to_s(self.start)) & (transit.band_end_s <= clock_to_s(self.end))
        headway = np.where(bands, self.headway_min * SECONDS_PER_MINUTE, np.inf)
        for direction, course in (("there", calls), ("back", calls[::-1])):
            length = leg_lengths_m(transit, course, self.detour)
            transit = append_pattern(
                transit,
                pattern_id=f"new:{self.mode}:{self.line}:{direction}",
                line=self.line,
                name=f"{self.line}: {transit.stop_name[course[0]]} - {transit.stop_name[course[-1]]}",
                mode=code,
                calls=course,
                distance_m=length,
                run_time_s=length / (self.speed_km_per_h * KM_PER_H_TO_M_PER_S),
                headway_s=headway,
            )
        return replace(region, transit=transit)

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        way = " - ".join(self.stops)
        if language == "de":
            return f"Neue Linie {self.line}: {way}, Takt {self.headway_min:g} min, {self.start} bis {self.end} Uhr"
        return f"New line {self.line}: {way}, every {self.headway_min:g} min, {self.start} to {self.end}"


class ExtendLine(_OnLine):
    """Extend a line beyond the terminus that lies nearest to the first new stop."""

    type: Literal["extend_line"]
    stops: tuple[str, ...] = Field(min_length=1, description="names of existing stops, from the old terminus outwards")
    speed_km_per_h: float = Field(gt=0, le=160, description="commercial speed on the new part, stops included")
    detour: float = Field(1.3, ge=1, le=3, description="length of the course over the beeline between its stops")

    def settings(self) -> tuple[Setting, ...]:
        """Course of the line."""
        return (Setting(f"course of line {self.line_name()}"),)

    def apply(self, region: Region) -> Region:
        """Lengthen every pattern that starts or ends at that terminus."""
        transit = region.transit
        mask = self.patterns(transit)
        new = find_stops(self, transit, self.stops)
        rows = np.flatnonzero(mask)
        ends = {int(row): _calls(transit, int(row))[[0, -1]] for row in rows}
        termini = np.unique(np.concatenate(list(ends.values())))
        gap = haversine_m(
            transit.stop_lon_deg[termini], transit.stop_lat_deg[termini],
            transit.stop_lon_deg[new[0]], transit.stop_lat_deg[new[0]],
        )  # fmt: skip
        terminus_name = transit.stop_name[termini[np.argmin(gap)]]
        pieces = []
        changed = False
        for row in range(transit.n_patterns):
            calls, run, dist = _columns(transit, row)
            if row in ends and transit.stop_name[calls[-1]] == terminus_name:
                leg = leg_lengths_m(transit, np.r_[calls[-1], new], self.detour)
                calls, dist = np.r_[calls, new], np.r_[dist[:-1], leg]
                run = np.r_[run[:-1], leg / (self.speed_km_per_h * KM_PER_H_TO_M_PER_S)]
                changed = True
            elif row in ends and transit.stop_name[calls[0]] == terminus_name:
                back = np.r_[new[::-1], calls[0]]
                leg = leg_lengths_m(transit, back, self.detour)[:-1]
                calls, dist = np.r_[new[::-1], calls], np.r_[leg, dist]
                run = np.r_[leg / (self.speed_km_per_h * KM_PER_H_TO_M_PER_S), run]
                changed = True
            pieces.append((calls, run, dist))
        if not changed:
            raise nothing_to_change(self, f"no pattern of line {self.line} starts or ends at {terminus_name}")
        return replace(region, transit=_with_calls(transit, pieces))

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        way = " - ".join(self.stops)
        return (
            f"Linie {self.line}: verlängert bis {way}" if language == "de" else f"Line {self.line}: extended to {way}"
        )


def _calls(transit: TransitNetwork, row: int) -> np.ndarray:
    return transit.stop[transit.stop_ptr[row] : transit.stop_ptr[row + 1]]


def _columns(transit: TransitNetwork, row: int) -> tuple[np.ndarray, FloatArray, FloatArray]:
    part = slice(int(transit.stop_ptr[row]), int(transit.stop_ptr[row + 1]))
    return transit.stop[part], transit.run_time_s[part], transit.distance_m[part]


def _with_calls(transit: TransitNetwork, pieces: list[tuple[np.ndarray, FloatArray, FloatArray]]) -> TransitNetwork:
    return replace(
        transit,
        stop_ptr=np.concatenate([[0], np.cumsum([len(calls) for calls, _, _ in pieces])]).astype(np.int64),
        stop=np.concatenate([calls for calls, _, _ in pieces]).astype(np.int32),
        run_time_s=np.concatenate([run for _, run, _ in pieces]),
        distance_m=np.concatenate([dist for _, _, dist in pieces]),
    )


def select_patterns(transit: TransitNetwork, keep: np.ndarray) -> TransitNetwork:
    """The network with only the patterns of a mask.

    Parameters
    ----------
    transit : TransitNetwork
        Stays as it is.
    keep : ndarray of bool, shape (n_patterns,)
        Patterns to keep.

    Returns
    -------
    TransitNetwork
        The smaller network; stops stay.
    """
    rows = np.flatnonzero(keep)
    calls_kept = np.repeat(keep, np.diff(transit.stop_ptr))
    length = np.diff(transit.stop_ptr)[rows]
    return replace(
        transit,
        pattern_id=transit.pattern_id[rows],
        line=transit.line[rows],
        pattern_name=transit.pattern_name[rows],
        mode=transit.mode[rows],
        stop_ptr=np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
        stop=transit.stop[calls_kept],
        run_time_s=transit.run_time_s[calls_kept],
        distance_m=transit.distance_m[calls_kept],
        headway_s=transit.headway_s[rows],
        offset_s=transit.offset_s[rows],
    )


def append_pattern(
    transit: TransitNetwork,
    *,
    pattern_id: str,
    line: str,
    name: str,
    mode: TransitMode,
    calls: np.ndarray,
    distance_m: FloatArray,
    run_time_s: FloatArray,
    headway_s: FloatArray,
) -> TransitNetwork:
    """The network with one more pattern at the end.

    Parameters
    ----------
    transit : TransitNetwork
        Stays as it is.
    pattern_id, line, name : str
        Names of the pattern.
    mode : TransitMode
        Vehicle.
    calls : ndarray of int, shape (k,)
        Rows of the stops.
    distance_m, run_time_s : ndarray of shape (k,)
        From each position to the next; 0 at the last.
    headway_s : ndarray of shape (n_bands,)
        Headway by band, inf where it does not run.

    Returns
    -------
    TransitNetwork
        The larger network.
    """
    return replace(
        transit,
        pattern_id=np.append(transit.pattern_id.astype(object), pattern_id).astype(str),
        line=np.append(transit.line.astype(object), line).astype(str),
        pattern_name=np.append(transit.pattern_name.astype(object), name).astype(str),
        mode=np.append(transit.mode, np.uint8(mode)),
        stop_ptr=np.append(transit.stop_ptr, transit.stop_ptr[-1] + len(calls)),
        stop=np.append(transit.stop, calls).astype(np.int32),
        run_time_s=np.append(transit.run_time_s, run_time_s),
        distance_m=np.append(transit.distance_m, distance_m),
        headway_s=np.vstack([transit.headway_s, headway_s]),
        offset_s=np.append(transit.offset_s, 0.0),
    )


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


def find_stops(measure: Measure, transit: TransitNetwork, names: tuple[str, ...]) -> np.ndarray:
    """Rows of stops by name; of several with one name the one nearest to the stop before.

    Parameters
    ----------
    measure : Measure
        Named in the error.
    transit : TransitNetwork
        Network.
    names : tuple of str
        Names as in the network, upper and lower case alike.

    Returns
    -------
    ndarray of int
        Rows.

    Raises
    ------
    ScenarioError
        If a name is not known; the message suggests near ones.
    """
    folded = np.array([str(name).casefold() for name in transit.stop_name])
    rows: list[int] = []
    for name in names:
        hits = np.flatnonzero(folded == name.casefold())
        if hits.size == 0:
            near = get_close_matches(name, sorted(set(transit.stop_name.tolist())), n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
            raise nothing_to_change(measure, f"stop {name!r} is not known{hint}")
        if rows and hits.size > 1:
            gap = haversine_m(
                transit.stop_lon_deg[hits], transit.stop_lat_deg[hits],
                transit.stop_lon_deg[rows[-1]], transit.stop_lat_deg[rows[-1]],
            )  # fmt: skip
            hits = hits[np.argsort(gap, kind="stable")]
        rows.append(int(hits[0]))
    return np.array(rows, np.int32)


def leg_lengths_m(transit: TransitNetwork, calls: np.ndarray, detour: float) -> FloatArray:
    """Length from each stop to the next, beeline times `detour`; 0 at the last."""
    lon, lat = transit.stop_lon_deg[calls], transit.stop_lat_deg[calls]
    return np.append(haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:]) * detour, 0.0)
