"""Measures at industrial sites: shifts, heads, place."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites, ShiftPattern
from itas_mobility.core.weekdays import later_days
from itas_mobility.network.places import refuse_place_elsewhere
from itas_mobility.scenarios.measures.base import Measure, Place, Setting, nothing_to_change, refused_by, setting
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from itas_mobility.words import Language


class _AtSite(Measure):
    site: str = Field(min_length=1, description="id of the site")

    def sets(self, attribute: str, thing: str | None = None) -> tuple[Setting, ...]:
        """An attribute of the site."""
        return (setting(attribute, thing or f"{attribute} at {self.site}", site_place(self.site)),)


def site_place(site: str | None) -> Place:
    """A site among the objects of a region; None stands for all of them."""
    return ("site",) if site is None else ("site", site)


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


class ChangeHeadCount(_AtSite):
    """Set the head count of a site."""

    type: Literal["change_head_count"]
    head_count: float = Field(ge=0)

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Heads of the site."""
        del region
        return self.sets("head count")

    def apply(self, region: Region) -> Region:
        """Set the heads; other jobs of the region give way (labour supply stays)."""
        row = region.sites.row(self.site)
        if region.sites.head_count[row] == self.head_count:
            raise nothing_to_change(self, f"site {self.site} already has {self.head_count:g} heads")
        heads = region.sites.head_count.copy()
        heads[row] = self.head_count
        return replace(region, sites=replace(region.sites, head_count=heads))

    def _described(self, language: Language) -> str:
        people = "Beschäftigte" if language == "de" else "heads"
        return f"{self.site}: {self.head_count:g} {people}"


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
    """Move a site: all its gates go along."""

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
