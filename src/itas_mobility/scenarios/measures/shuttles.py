"""Measures that bring workers to the gate: company shuttle (Werkbus) and on-demand shuttle."""

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import demand, network
from itas_mobility.core.region import Region
from itas_mobility.core.transit import TransitMode
from itas_mobility.scenarios.measures.base import Setting, refused_by
from itas_mobility.scenarios.measures.clock import Clock, clock_to_s
from itas_mobility.scenarios.measures.lines import InSpan, OnNewWay, check_new_line, with_lines
from itas_mobility.scenarios.measures.sites import shift_row
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE, SECONDS_PER_DAY, SECONDS_PER_MINUTE

_LEAST_HEADWAY_S = 60.0
"""Departures by which an on-demand shuttle is represented lie at least this far apart."""


def gate_stop(region: Region, site: str, gate: int) -> str:
    """Name of the stop that a shuttle has at a gate, counted from 0."""
    row = region.sites.row(site)
    first, last = int(region.sites.gate_ptr[row]), int(region.sites.gate_ptr[row + 1])
    name = f"{region.sites.name[row]}, Shuttle"
    return name if last - first == 1 else f"{name} {region.sites.gate_name[first + gate]}"


def with_gate_stop(region: Region, lines: Any, site: str, gate: int) -> Any:
    """Lines with the stop that a shuttle has at a gate, whatever their form.

    Parameters
    ----------
    region : Region
        Has the gates.
    lines : TransitNetwork or ServiceDays
        Stay as they are.
    site : str
        Id of the site.
    gate : int
        Which of its gates, from 0.

    Returns
    -------
    TransitNetwork or ServiceDays
        The lines; the same ones if the stop is there already.
    """
    name = gate_stop(region, site, gate)
    if name in region.transit.stop_name:
        return lines
    row = int(region.sites.gate_ptr[region.sites.row(site)]) + gate
    return network.with_new_stop(
        lines,
        name,
        lon_deg=float(region.sites.gate_lon_deg[row]),
        lat_deg=float(region.sites.gate_lat_deg[row]),
    )


class CompanyShuttle(OnNewWay):
    """Run a company shuttle (Werkbus) from stops to the first gate of a site and back, timed to its shifts.

    Anyone may board: only those who work there gain by it.
    """

    type: Literal["company_shuttle"]
    site: str = Field(min_length=1, description="id of the site")
    mode: Literal["shuttle"] = "shuttle"
    stops: tuple[str, ...] = Field(min_length=1, description="names of existing stops, in order towards the site")
    shifts: tuple[str, ...] = Field((), description="names of the shifts it serves; all if left out")
    spare_min: float = Field(3.0, ge=0, le=60, description="time to spare between shuttle and workplace")
    departures_out: tuple[Clock, ...] = Field((), description="departures from the first stop, instead of by shift")
    departures_back: tuple[Clock, ...] = Field((), description="departures from the gate, instead of by shift")

    @model_validator(mode="after")
    def _both_ways(self) -> "CompanyShuttle":
        if bool(self.departures_out) != bool(self.departures_back):
            message = "needs both 'departures_out' and 'departures_back', or neither"
            raise ValueError(message)
        if self.departures_out and self.shifts:
            message = "'shifts' has no meaning beside departures"
            raise ValueError(message)
        return self

    def settings(self) -> tuple[Setting, ...]:
        """The line as a whole."""
        return (self.sets("course"), self.sets("headway"))

    def apply(self, region: Region) -> Region:
        """Add the way there and the way back."""
        check_new_line(self, region, TransitMode.SHUTTLE)
        with refused_by(self):
            gate = gate_stop(region, self.site, 0)
            lines = with_gate_stop(region, region.transit, self.site, 0)
            way = (*self.stops, gate)
            length = network.leg_lengths_m(lines, network.stop_rows(lines, way), detour=self.detour)
            run_s = float(length.sum()) / (self.speed_km_per_h * KM_PER_H_TO_M_PER_S)
            out, back = self._departures_s(region, run_s)

        def edit(given: Any) -> Any:
            both = with_gate_stop(region, given, self.site, 0)
            for stops, departures in ((way, out), (way[::-1], back)):
                both = network.with_departures(
                    both,
                    self.line,
                    mode=TransitMode.SHUTTLE,
                    stops=stops,
                    departures_s=departures,
                    speed_km_per_h=self.speed_km_per_h,
                    detour=self.detour,
                )
            return both

        return with_lines(self, region, edit)

    def _departures_s(self, region: Region, run_s: float) -> tuple[list[float], list[float]]:
        """Departures from the first stop and from the gate, by minute."""
        if self.departures_out:
            return [clock_to_s(t) for t in self.departures_out], [clock_to_s(t) for t in self.departures_back]
        row = region.sites.row(self.site)
        value = region.parameters.value
        walk_s = float(region.sites.gate_to_workplace_m[row]) / (value("walk_speed_km_per_h") * KM_PER_H_TO_M_PER_S)
        ahead_s = walk_s + self.spare_min * SECONDS_PER_MINUTE
        out, back = [], []
        for name in self.shifts or region.sites.shifts[row].name.tolist():
            pattern, shift = shift_row(self, region.sites, self.site, name)
            due = pattern.start_s[shift] - value("shift_arrive_buffer_min") * SECONDS_PER_MINUTE - ahead_s - run_s
            free = pattern.end_s[shift] + value("shift_leave_buffer_min") * SECONDS_PER_MINUTE + ahead_s
            out.append(float(np.floor(due / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE % SECONDS_PER_DAY))
            back.append(float(np.ceil(free / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE % SECONDS_PER_DAY))
        return out, back

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        way = " - ".join(self.stops)
        if language == "de":
            when = f"{len(self.departures_out)} Fahrten" if self.departures_out else "passend zu den Schichten"
            shifts = f" {', '.join(self.shifts)}" if self.shifts else ""
            return f"Werkbus {self.line}: {way} - {self.site}, {when}{shifts}"
        when = f"{len(self.departures_out)} trips" if self.departures_out else "timed to the shifts"
        shifts = f" {', '.join(self.shifts)}" if self.shifts else ""
        return f"Company shuttle {self.line}: {way} - {self.site}, {when}{shifts}"


class OnDemandShuttle(InSpan):
    """Run shuttles on demand between a stop and the gates of a site.

    What passengers meet is the mean wait and ride that `demand.size_on_demand` finds for the fleet: in the lines it is
    a shuttle to each gate that takes the ride and leaves every twice the wait.
    """

    type: Literal["on_demand_shuttle"]
    site: str = Field(min_length=1, description="id of the site")
    mode: Literal["shuttle"] = "shuttle"
    stop: str = Field(min_length=1, description="name of the existing stop it serves")
    area_km2: float = Field(gt=0, le=1000, description="area in which it drives")
    requests_per_h: float = Field(gt=0, le=10000, description="requests in an hour of service")
    vehicles: int | None = Field(
        None, ge=1, description="size of the fleet; the smallest that keeps max_wait_min if left out"
    )
    max_wait_min: float = Field(10.0, gt=0, le=120, description="longest mean wait of a fleet that is searched for")
    seats: int = Field(8, ge=1, le=100)
    speed_km_per_h: float = Field(25.0, gt=0, le=100, description="driving speed between stops")

    def settings(self) -> tuple[Setting, ...]:
        """The line as a whole."""
        return (self.sets("course"), self.sets("headway"))

    def apply(self, region: Region) -> Region:
        """Add a shuttle between the stop and each gate."""
        check_new_line(self, region, TransitMode.SHUTTLE)
        with refused_by(self):
            fleet = demand.size_on_demand(
                self.requests_per_h,
                self.area_km2,
                cost_eur_per_h=region.parameters.value("on_demand_cost_eur_per_h"),
                vehicles=self.vehicles,
                max_wait_s=self.max_wait_min * SECONDS_PER_MINUTE,
                seats=self.seats,
                speed_km_per_h=self.speed_km_per_h,
            )
            row = region.sites.row(self.site)
        n_gates = int(region.sites.gate_ptr[row + 1] - region.sites.gate_ptr[row])

        def edit(given: Any) -> Any:
            lines = given
            for gate in range(n_gates):
                lines = self._with_gate(region, lines, gate, fleet.wait_s, fleet.ride_s, is_only=n_gates == 1)
            return lines

        return with_lines(self, region, edit)

    def _with_gate(self, region: Region, lines: Any, gate: int, wait_s: float, ride_s: float, *, is_only: bool) -> Any:
        """Lines with the shuttle to one gate, whose way takes the mean ride."""
        lines = with_gate_stop(region, lines, self.site, gate)
        way = (self.stop, gate_stop(region, self.site, gate))
        form = lines if hasattr(lines, "stop_id") else lines.timetables[0]
        length_m = max(float(network.leg_lengths_m(form, network.stop_rows(form, way)).sum()), 1.0)
        row = int(region.sites.gate_ptr[region.sites.row(self.site)]) + gate
        return network.with_line(
            lines,
            self.line if is_only else f"{self.line} {region.sites.gate_name[row]}",
            mode=TransitMode.SHUTTLE,
            stops=way,
            headway_s=max(round(2.0 * wait_s), _LEAST_HEADWAY_S),
            start_s=self.start_s,
            end_s=self.end_s,
            speed_km_per_h=length_m / METRES_PER_KILOMETRE / (ride_s / 3600.0),
        )

    def describe(self, language: str = "de") -> str:
        """One sentence."""
        if language == "de":
            fleet = f"{self.vehicles} Fahrzeuge" if self.vehicles else f"Wartezeit bis {self.max_wait_min:g} min"
            return f"Rufbus {self.line}: {self.stop} - {self.site}, {fleet}, {self.start} bis {self.end} Uhr"
        fleet = f"{self.vehicles} vehicles" if self.vehicles else f"wait up to {self.max_wait_min:g} min"
        return f"On-demand shuttle {self.line}: {self.stop} - {self.site}, {fleet}, {self.start} to {self.end}"
