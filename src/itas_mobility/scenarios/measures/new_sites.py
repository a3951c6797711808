"""The measure that opens an industrial site."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from itas_mobility import geo
from itas_mobility.core.charging_site import Release
from itas_mobility.core.job_changes import DEFAULT_WORKERS, JobChange, Workers
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites, ShiftPattern, joined_sites
from itas_mobility.core.weekdays import weekday_mask
from itas_mobility.core.zones import ZoneKind, Zones, joined_zones
from itas_mobility.errors import InputError
from itas_mobility.network.places import refuse_place_elsewhere
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, setting
from itas_mobility.scenarios.measures.clock import Clock
from itas_mobility.scenarios.measures.conditions import REGION_SHARE
from itas_mobility.scenarios.measures.sites import SITES, site_place
from itas_mobility.units import SECONDS_PER_DAY, clock_s
from itas_mobility.words import WORKERS_WHO_COME, Language, number

_STRICT = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class NewShift(BaseModel):
    """A shift of a site that opens; one that nobody works is left out, not written with a share of 0."""

    model_config = _STRICT
    name: str = Field(min_length=1)
    start: Clock = Field(description="HH:MM")
    end: Clock = Field(description="HH:MM; earlier than the start: on the next day")
    share: float = Field(gt=0, le=1, description="share of the heads who work it")
    days: str = Field("Mo-Fr", description="days on which it begins")

    @model_validator(mode="after")
    def _is_within_a_day(self) -> "NewShift":
        weekday_mask(self.days)
        start, end = clock_s(self.start), clock_s(self.end)
        if start >= SECONDS_PER_DAY:
            message = f"start {self.start!r} lies behind midnight: give the day on which the shift begins in 'days'"
            raise ValueError(message)
        if end == start or end - start >= SECONDS_PER_DAY:
            message = f"{self.start} to {self.end} is no shift of less than a day"
            raise ValueError(message)
        return self

    @property
    def hours_s(self) -> tuple[float, float]:
        """Start and end, the end after the start."""
        start, end = clock_s(self.start), clock_s(self.end)
        return start, end if end > start else end + SECONDS_PER_DAY


class NewGate(BaseModel):
    """A further gate of a site that opens."""

    model_config = _STRICT
    name: str = Field(min_length=1)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class OpenSite(Measure):
    """Open an industrial site: a zone of its own with gates, shifts and heads.

    Walks from stops to its gates are those of the network for walking. Its commuters' cars are as electric as those of
    the region, unless measures behind this one say otherwise. Measures for all sites come behind it, so that they mean
    this one too.
    """

    type: Literal["open_site"]
    site: str = Field(min_length=1, description="id of the new site")
    name: str = Field(min_length=1, description="its name, for people")
    lon: float = Field(ge=-180, le=180, description="of its first gate")
    lat: float = Field(ge=-90, le=90)
    gates: tuple[NewGate, ...] = Field((), description="further gates")
    head_count: float = Field(gt=0)
    shifts: tuple[NewShift, ...] = Field(min_length=1)
    attendance_share: float = Field(gt=0, le=1, description="share of the heads of a shift present on its days")
    parking_spaces: float = Field(ge=0)
    gate_to_workplace_m: float = Field(0.0, ge=0, description="walk inside the works")
    charging_points: int = Field(0, ge=0)
    charging_point_kw: float | None = Field(None, gt=0)
    grid_connection_kw: float | None = Field(None, ge=0, description="what charging may use of it")
    voltage_level: Literal["low", "medium", "high"] = "low"
    release: Release = Field("departure", description="when a car frees its point: full or departure")
    workers: Workers | None = Field(
        None, description="where the workers come from; jobs_lost (new employment) if left out"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "OpenSite":
        faults = []
        names = [shift.name for shift in self.shifts]
        if len(set(names)) < len(names):
            faults.append("two shifts have the same name")
        total = sum(shift.share for shift in self.shifts)
        if abs(total - 1.0) > 1e-6:
            faults.append(f"shares of the shifts sum to {total:g}, must be 1")
        if self.charging_points and (self.charging_point_kw is None or self.grid_connection_kw is None):
            faults.append("'charging_points' need 'charging_point_kw' and 'grid_connection_kw'")
        if self.release == "fee":
            faults.append("release 'fee' is set by the measure charging_points, with its hours")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """The site."""
        del region
        return (setting(SITES, f"site {self.site}", site_place(self.site)),)

    def apply(self, region: Region) -> Region:
        """Append a zone and a site, and say where its workers come from."""
        self._refuse_misfits(region)
        zones = joined_zones(region.zones, self._zone(region.zones))
        sites = joined_sites(region.sites, self._as_site(region))
        change = JobChange(self.site, self.head_count, self.workers or DEFAULT_WORKERS, is_default=self.workers is None)
        fares, offers = region.site_fare_eur, region.home_charging_share
        return replace(
            region,
            zones=zones,
            sites=sites,
            site_fare_eur=None if fares is None else np.append(fares, np.nan),
            home_charging_share=None if offers is None else np.append(offers, np.nan),
            job_changes=(*region.job_changes, change),
        )

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of its gates."""
        gates = [(self.lon, self.lat), *((gate.lon, gate.lat) for gate in self.gates)]
        lon, lat = np.mean(gates, axis=0).tolist()
        return lon, lat

    @property
    def _zone_id(self) -> str:
        return f"site-{self.site}"

    def _refuse_misfits(self, region: Region) -> None:
        """All faults that the region tells."""
        faults = []
        if self.site in region.sites.site_id:
            faults.append(f"there is a site {self.site!r} already")
        if self._zone_id in region.zones.zone_id:
            faults.append(f"there is a zone {self._zone_id!r} already")
        if not (region.zones.kind == ZoneKind.INTERNAL).any():
            faults.append("the region has no zones of its own in which a site could lie")
        places = [(f"site {self.site}", self.lon, self.lat)]
        places += [(f"gate {gate.name} of site {self.site}", gate.lon, gate.lat) for gate in self.gates]
        for what, lon, lat in places:
            try:
                refuse_place_elsewhere(what, lon, lat, region.roads)
            except InputError as fault:
                faults.append(str(fault))
        if faults:
            raise nothing_to_change(self, "; ".join(faults))

    def _zone(self, zones: Zones) -> Zones:
        """The site's own zone: in municipality and district of the zone it lies in, else of the nearest one."""
        around = _zone_around(zones, self.lon, self.lat)
        return Zones(
            zone_id=np.array([self._zone_id]),
            name=np.array([self.name]),
            municipality=zones.municipality[[around]],
            district=zones.district[[around]],
            kind=np.array([ZoneKind.SITE], np.uint8),
            lon_deg=np.array([self.lon]),
            lat_deg=np.array([self.lat]),
            residents=np.zeros(1),
            employed_residents=np.zeros(1),
            jobs=np.zeros(1),
            polygon=np.empty(1, object),
        )

    def _as_site(self, region: Region) -> IndustrialSites:
        gates = [NewGate(name="Einfahrt", lon=self.lon, lat=self.lat), *self.gates]
        n = len(gates)
        one: dict[str, Any] = {
            name: np.array([getattr(self, name)], float)
            for name in ("head_count", "attendance_share", "parking_spaces", "gate_to_workplace_m")
        }
        return IndustrialSites(
            site_id=np.array([self.site]),
            name=np.array([self.name]),
            zone=np.array([len(region.zones)], np.int32),
            gate_ptr=np.array([0, n], np.int64),
            gate_name=np.array([gate.name for gate in gates]),
            gate_lon_deg=np.array([gate.lon for gate in gates]),
            gate_lat_deg=np.array([gate.lat for gate in gates]),
            gate_stop_name=np.full(n, ""),
            stop_to_gate_m=np.zeros(n),
            grid_connection_kw=np.array([self.grid_connection_kw or 0.0]),
            charging_points=np.array([self.charging_points], np.int32),
            charging_point_kw=np.array([self.charging_point_kw or 0.0]),
            shifts=(self._pattern(),),
            electric_share=np.array([region.parameters.value(REGION_SHARE)]),
            release=np.array([self.release]),
            voltage_level=np.array([self.voltage_level]),
            **one,
        )

    def _pattern(self) -> ShiftPattern:
        hours = [shift.hours_s for shift in self.shifts]
        share = np.array([shift.share for shift in self.shifts])
        return ShiftPattern(
            np.array([shift.name for shift in self.shifts]),
            np.array([start for start, _ in hours]),
            np.array([end for _, end in hours]),
            share / share.sum(),
            np.array([weekday_mask(shift.days) for shift in self.shifts], np.uint8),
        )

    def _described(self, language: Language) -> str:
        told = WORKERS_WHO_COME[self.workers or DEFAULT_WORKERS][language]
        heads = number(self.head_count, 0, language)
        if language == "de":
            assumed = "Annahme: " if self.workers is None else ""
            return f"{self.name} ({self.site}): neuer Standort, {heads} Beschäftigte ({assumed}{told})"
        assumed = "assumed: " if self.workers is None else ""
        return f"{self.name} ({self.site}): new site, {heads} heads ({assumed}{told})"


def _zone_around(zones: Zones, lon_deg: float, lat_deg: float) -> int:
    """Row of the region's zone in which a place lies, else of the nearest one."""
    from shapely.geometry import Point

    place = Point(lon_deg, lat_deg)
    rows = np.flatnonzero(zones.kind == ZoneKind.INTERNAL)
    for row in rows:
        if zones.polygon[row] is not None and zones.polygon[row].contains(place):
            return int(row)
    off_m = geo.haversine_m(lon_deg, lat_deg, zones.lon_deg[rows], zones.lat_deg[rows])
    return int(rows[np.argmin(off_m)])
