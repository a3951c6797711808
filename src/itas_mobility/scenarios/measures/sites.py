"""Measures at industrial sites: shifts, heads, jobs that move, place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility.core.job_changes import COME_ALONG, DEFAULT_WORKERS, JobChange, Workers
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites, ShiftPattern
from itas_mobility.core.weekdays import later_days
from itas_mobility.network.places import refuse_place_elsewhere
from itas_mobility.scenarios.measures.base import Measure, Place, Setting, nothing_to_change, refused_by, setting
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from itas_mobility.words import WORKERS_WHO_COME, WORKERS_WHO_GO, Language, Text, number

HEADS: Final = "head count"
ARRIVALS: Final = "jobs that arrive"
SITES: Final = "site"
"""Attributes of sites that several measures set."""
HANDOVER_S: Final = 30.0 * SECONDS_PER_MINUTE
"""Shifts of which one begins within this time of another one's end relieve each other (assumption: handing over takes
up to half an hour, as the shifts of a site may overlap)."""


class _AtSite(Measure):
    site: str = Field(min_length=1, description="id of the site")

    def sets(self, attribute: str, thing: str | None = None) -> tuple[Setting, ...]:
        """An attribute of the site."""
        return (setting(attribute, thing or f"{attribute} at {self.site}", site_place(self.site)),)


def site_place(site: str | None) -> Place:
    """A site among the objects of a region; None stands for all of them."""
    return ("site",) if site is None else ("site", site)


def all_sites(site: str | None) -> tuple[Setting, ...]:
    """Which sites there are, where a measure means all of them (None): those that open have to be there before."""
    return () if site is not None else (setting(SITES, "all sites", site_place(None)),)


def shift_place(site: str, shift: str | None) -> Place:
    """A shift of a site; None stands for all of them."""
    return ("site", site, "shift") if shift is None else ("site", site, "shift", shift)


def hours_of(site: str, shift: str | None) -> Setting:
    """Hours of a shift, or of all shifts, of a site."""
    what = f"shift {shift}" if shift else "all shifts"
    return setting("hours", f"hours of {what} at {site}", shift_place(site, shift))


def place_of(site: str) -> Setting:
    """Where a site lies."""
    return setting("place", f"place of {site}", site_place(site))


def shift_row(measure: Measure, sites: IndustrialSites, site: str, shift: str) -> tuple[ShiftPattern, int]:
    """Shifts of a site, and the row of one of them.

    Parameters
    ----------
    measure : Measure
        Named in the error.
    sites : IndustrialSites
        Sites.
    site : str
        Id of the site.
    shift : str
        Name of the shift.

    Returns
    -------
    pattern : ShiftPattern
        All shifts of the site.
    row : int
        Row of the shift.

    Raises
    ------
    ScenarioError
        If the site is not known, or has no such shift; the message names those it has.
    """
    with refused_by(measure):
        pattern = sites.shifts[sites.row(site)]
    rows = np.flatnonzero(pattern.name == shift)
    if rows.size == 0:
        raise nothing_to_change(measure, f"site {site} has no shift {shift!r}; it has {', '.join(pattern.name)}")
    return pattern, int(rows[0])


class StaggerShift(_AtSite):
    """Move a shift (or all shifts) of a site by some minutes.

    A shift that is moved across midnight begins on the days after, or before: 22:00 Mo-Fr by three hours is 01:00
    Di-Sa.
    """

    type: Literal["stagger_shift"]
    shift: str | None = Field(None, description="name of the shift; all shifts if left out")
    by_min: float = Field(ge=-180, le=180, description="minutes later (negative: earlier)")

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Start, end and days of the shift."""
        del region
        return (hours_of(self.site, self.shift),)

    def apply(self, region: Region) -> Region:
        """Move start, end and, across midnight, days."""
        with refused_by(self):
            row = region.sites.row(self.site)
        pattern = region.sites.shifts[row]
        moved = np.ones(len(pattern), bool) if self.shift is None else pattern.name == self.shift
        if not moved.any():
            raise nothing_to_change(
                self, f"site {self.site} has no shift {self.shift!r}; it has {', '.join(pattern.name)}"
            )
        if self.by_min == 0:
            raise nothing_to_change(self, "by_min = 0 changes nothing")
        later = pattern.start_s + np.where(moved, self.by_min * SECONDS_PER_MINUTE, 0.0)
        over = np.floor(later / SECONDS_PER_DAY).astype(int)
        start = later - over * SECONDS_PER_DAY
        days = [later_days(int(mask), by) for mask, by in zip(pattern.days, over.tolist(), strict=True)]
        shifts = list(region.sites.shifts)
        shifts[row] = replace(
            pattern, start_s=start, end_s=start + (pattern.end_s - pattern.start_s), days=np.array(days, np.uint8)
        )
        return replace(region, sites=replace(region.sites, shifts=tuple(shifts)))

    def _described(self, language: Language) -> str:
        when = f"{abs(self.by_min):g} min"
        if language == "de":
            what = f"Schicht {self.shift}" if self.shift else "alle Schichten"
            return f"{self.site}: {what} {when} {'später' if self.by_min > 0 else 'früher'}"
        what = f"shift {self.shift}" if self.shift else "all shifts"
        return f"{self.site}: {what} {when} {'later' if self.by_min > 0 else 'earlier'}"


class _JobsAtSite(_AtSite):
    """A measure that lets jobs of a site appear or vanish."""

    workers: Workers | None = Field(
        None, description="what becomes of the workers; jobs_lost (for jobs that appear: new employment) if left out"
    )

    def _with_heads(self, region: Region, heads: float) -> Region:
        """The region with another head count of the site, and what becomes of the workers."""
        row = region.sites.row(self.site)
        counts = region.sites.head_count.copy()
        change = JobChange(
            self.site, heads - float(counts[row]), self.workers or DEFAULT_WORKERS, is_default=self.workers is None
        )
        counts[row] = heads
        return replace(
            region,
            sites=replace(region.sites, head_count=counts),
            job_changes=(*region.job_changes, change),
        )

    def _workers_told(self, language: Language, *words: Mapping[str, Text]) -> str:
        """What becomes of the workers, and whether that is assumed."""
        told = " / ".join(which[self.workers or DEFAULT_WORKERS][language] for which in words)
        if self.workers is not None:
            return told
        return f"Annahme: {told}" if language == "de" else f"assumed: {told}"


class ChangeHeadCount(_JobsAtSite):
    """Set the head count of a site, and what becomes of the workers."""

    type: Literal["change_head_count"]
    head_count: float = Field(ge=0)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Heads of the site."""
        del region
        return self.sets(HEADS)

    def apply(self, region: Region) -> Region:
        """Set the heads."""
        with refused_by(self):
            row = region.sites.row(self.site)
        if region.sites.head_count[row] == self.head_count:
            raise nothing_to_change(self, f"site {self.site} already has {self.head_count:g} heads")
        return self._with_heads(region, self.head_count)

    def _described(self, language: Language) -> str:
        people = "Beschäftigte" if language == "de" else "heads"
        workers = self._workers_told(language, WORKERS_WHO_GO, WORKERS_WHO_COME)
        return f"{self.site}: {number(self.head_count, 0, language)} {people} ({workers})"


class CloseSite(_JobsAtSite):
    """Close a site: nobody works there any more."""

    type: Literal["close_site"]

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Nothing is left of the site, and no jobs may arrive there."""
        del region
        return (
            setting("closing", f"site {self.site}", site_place(self.site), is_end=True),
            setting(ARRIVALS, f"jobs that arrive at {self.site}", ("site", self.site, "in")),
        )

    def apply(self, region: Region) -> Region:
        """Set the heads to nought."""
        with refused_by(self):
            row = region.sites.row(self.site)
        if region.sites.head_count[row] == 0:
            raise nothing_to_change(self, f"nobody works at site {self.site}")
        return self._with_heads(region, 0.0)

    def _described(self, language: Language) -> str:
        closed = "geschlossen" if language == "de" else "closed"
        return f"{self.site}: {closed} ({self._workers_told(language, WORKERS_WHO_GO)})"


class MoveJobs(_AtSite):
    """Move jobs from one site to another; those who hold them go along, wherever they live."""

    type: Literal["move_jobs"]
    to_site: str = Field(min_length=1, description="id of the site that they move to")
    heads: float | None = Field(None, gt=0, description="how many; all of them if left out")

    @model_validator(mode="after")
    def _names_two_sites(self) -> "MoveJobs":
        if self.site == self.to_site:
            message = "'site' and 'to_site' are the same"
            raise ValueError(message)
        return self

    @property
    def _both(self) -> tuple[Place, Place]:
        """The site they leave, told by where to, and the site they reach, told by where from.

        Jobs may leave a site for several others; who closes one of the two takes nothing from what moves between them.
        """
        return ("site", self.site, "out", self.to_site), ("site", self.to_site, "in", self.site)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Jobs that move between the sites."""
        del region
        thing = f"jobs from {self.site} to {self.to_site}"
        return setting("jobs that move", thing, *self._both), setting(ARRIVALS, thing, *self._both)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Heads of both sites, and jobs that have moved to the first one before."""
        del region
        heads = f"heads of {self.site} and {self.to_site}"
        arriving = ("site", self.site, "in")
        return (
            setting(HEADS, heads, site_place(self.site), site_place(self.to_site)),
            setting("jobs that move", f"jobs that arrive at {self.site}", arriving, self._both[1]),
        )

    def apply(self, region: Region) -> Region:
        """Take the heads from one site, and give them to the other."""
        with refused_by(self):
            old, new = region.sites.row(self.site), region.sites.row(self.to_site)
        counts = region.sites.head_count.copy()
        heads = float(counts[old]) if self.heads is None else self.heads
        if counts[old] == 0 or heads > counts[old]:
            raise nothing_to_change(
                self, f"site {self.site} has {counts[old]:,.0f} heads, of which none or fewer can move"
            )
        counts[old] -= heads
        counts[new] += heads
        change = JobChange(self.to_site, heads, COME_ALONG, from_site_id=self.site)
        return replace(
            region, sites=replace(region.sites, head_count=counts), job_changes=(*region.job_changes, change)
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            jobs = "alle Arbeitsplätze" if self.heads is None else f"{number(self.heads, 0, 'de')} Arbeitsplätze"
            return f"{self.site}: {jobs} nach {self.to_site} verlagert, die Beschäftigten gehen mit"
        jobs = "all jobs" if self.heads is None else f"{number(self.heads, 0, 'en')} jobs"
        return f"{self.site}: {jobs} moved to {self.to_site}, the workers go along"


class MergeShifts(_JobsAtSite):
    """Run a site in fewer shifts: who worked in those that end goes to those that stay, in proportion.

    With ``into``, shifts that relieve each other (one begins when another one ends, give or take half an hour) become
    two, or one: those with most workers stay, of equal ones the earlier. Shifts that relieve none, such as those of an
    office, stay as they are. With ``keep``, all others end.
    """

    type: Literal["merge_shifts"]
    into: Literal["two", "one"] | None = Field(None, description="how many shifts that relieve each other stay")
    keep: tuple[str, ...] | None = Field(None, min_length=1, description="instead of into: names of all that stay")
    head_count: float | None = Field(None, gt=0, description="heads afterwards; as they are if left out")

    @model_validator(mode="after")
    def _says_which(self) -> "MergeShifts":
        if (self.into is None) == (self.keep is None):
            message = "needs either 'into' or 'keep'"
            raise ValueError(message)
        if self.keep is not None and len(set(self.keep)) < len(self.keep):
            message = "'keep' names a shift twice"
            raise ValueError(message)
        if self.head_count is None and self.workers is not None:
            message = "'workers' says what becomes of them where 'head_count' changes: give both"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Hours of all shifts of the site, and its heads where they are told."""
        del region
        return (hours_of(self.site, None), *(() if self.head_count is None else self.sets(HEADS)))

    def apply(self, region: Region) -> Region:
        """Keep some shifts, with the workers of all."""
        with refused_by(self):
            row = region.sites.row(self.site)
        pattern = region.sites.shifts[row]
        shifts = list(region.sites.shifts)
        shifts[row] = self._merged(pattern)
        region = replace(region, sites=replace(region.sites, shifts=tuple(shifts)))
        if self.head_count is None or self.head_count == region.sites.head_count[row]:
            return region
        return self._with_heads(region, self.head_count)

    def _merged(self, pattern: ShiftPattern) -> ShiftPattern:
        if self.keep is not None:
            unknown = [name for name in self.keep if name not in pattern.name]
            if unknown:
                has = ", ".join(pattern.name)
                raise nothing_to_change(self, f"site {self.site} has no shift {', '.join(unknown)}; it has {has}")
            stays, ends = np.isin(pattern.name, self.keep), ~np.isin(pattern.name, self.keep)
        else:
            turns = np.flatnonzero(relieves(pattern))
            most = 2 if self.into == "two" else 1
            order = np.lexsort((pattern.start_s[turns], -pattern.head_share[turns]))
            ends = np.zeros(len(pattern), bool)
            ends[turns[order[most:]]] = True
            stays = np.zeros(len(pattern), bool)
            stays[turns[order[:most]]] = True
        if not ends.any():
            raise nothing_to_change(self, f"site {self.site} has no more shifts than that ({', '.join(pattern.name)})")
        share = pattern.head_share.copy()
        gaining, ending = float(share[stays].sum()), float(share[ends].sum())
        share[stays] *= (gaining + ending) / gaining
        kept = ~ends
        return ShiftPattern(
            pattern.name[kept], pattern.start_s[kept], pattern.end_s[kept], share[kept] / share[kept].sum(),
            pattern.days[kept],
        )  # fmt: skip

    def _described(self, language: Language) -> str:
        heads = ""
        if self.head_count is not None:
            people = "Beschäftigte" if language == "de" else "heads"
            workers = self._workers_told(language, WORKERS_WHO_GO, WORKERS_WHO_COME)
            heads = f", {number(self.head_count, 0, language)} {people} ({workers})"
        if language == "de":
            left = (
                f"es bleiben {', '.join(self.keep)}" if self.keep else f"auf {'zwei' if self.into == 'two' else 'eine'}"
            )
            return f"{self.site}: Schichten zusammengelegt, {left}{heads}"
        left = f"those that stay: {', '.join(self.keep)}" if self.keep else f"into {self.into}"
        return f"{self.site}: shifts merged, {left}{heads}"


def relieves(pattern: ShiftPattern) -> np.ndarray:
    """Which shifts of a site relieve another one, or are relieved by one: one begins when the other one ends.

    Parameters
    ----------
    pattern : ShiftPattern
        Shifts of the site.

    Returns
    -------
    ndarray of bool, shape (n_shifts,)
        False for all shifts that stand by themselves, such as those of an office.
    """
    apart = np.abs(pattern.start_s[None, :] - pattern.end_s[:, None] % SECONDS_PER_DAY)
    hands_over = np.minimum(apart, SECONDS_PER_DAY - apart) <= HANDOVER_S
    np.fill_diagonal(hands_over, False)
    return np.asarray(hands_over.any(axis=0) | hands_over.any(axis=1))


class ChangeAttendance(_AtSite):
    """Set the share of heads present on the days on which they work (home office, holidays)."""

    type: Literal["change_attendance"]
    attendance_share: float = Field(ge=0, le=1)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Attendance at the site."""
        del region
        return self.sets("attendance")

    def apply(self, region: Region) -> Region:
        """Set the share."""
        with refused_by(self):
            row = region.sites.row(self.site)
        if region.sites.attendance_share[row] == self.attendance_share:
            raise nothing_to_change(self, f"site {self.site} already has attendance {self.attendance_share:g}")
        share = region.sites.attendance_share.copy()
        share[row] = self.attendance_share
        return replace(region, sites=replace(region.sites, attendance_share=share))

    def _described(self, language: Language) -> str:
        percent = f"{100 * self.attendance_share:g} %"
        return f"{self.site}: Anwesenheit {percent}" if language == "de" else f"{self.site}: attendance {percent}"


class MoveSite(_AtSite):
    """Move a site: all its gates go along, and so do its workers, wherever they live."""

    type: Literal["move_site"]
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Place of the site."""
        del region
        return (place_of(self.site),)

    def apply(self, region: Region) -> Region:
        """Put the first gate to the given place; other gates keep their offset, known walks from stops are dropped."""
        sites, zones = region.sites, region.zones
        with refused_by(self):
            row = sites.row(self.site)
        gates = slice(int(sites.gate_ptr[row]), int(sites.gate_ptr[row + 1]))
        shift_lon = self.lon - sites.gate_lon_deg[gates.start]
        shift_lat = self.lat - sites.gate_lat_deg[gates.start]
        if shift_lon == 0 and shift_lat == 0:
            raise nothing_to_change(self, f"site {self.site} already lies there")
        with refused_by(self):
            refuse_place_elsewhere(f"the new place of site {self.site}", self.lon, self.lat, region.roads)
        gate_lon, gate_lat = sites.gate_lon_deg.copy(), sites.gate_lat_deg.copy()
        gate_lon[gates] += shift_lon
        gate_lat[gates] += shift_lat
        stop_name, walk = sites.gate_stop_name.astype(object), sites.stop_to_gate_m.copy()
        stop_name[gates] = ""
        walk[gates] = 0.0
        lon, lat = zones.lon_deg.copy(), zones.lat_deg.copy()
        lon[sites.zone[row]] = self.lon
        lat[sites.zone[row]] = self.lat
        moved = replace(
            sites,
            gate_lon_deg=gate_lon,
            gate_lat_deg=gate_lat,
            gate_stop_name=stop_name.astype(str),
            stop_to_gate_m=walk,
        )
        return replace(region, sites=moved, zones=replace(zones, lon_deg=lon, lat_deg=lat))

    def _described(self, language: Language) -> str:
        place = f"{self.lat:.4f} N, {self.lon:.4f} E"
        return f"{self.site}: verlegt nach {place}" if language == "de" else f"{self.site}: moved to {place}"
