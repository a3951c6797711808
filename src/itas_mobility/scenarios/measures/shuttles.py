"""Measures that bring workers to the gate: company shuttle (Werkbus) and on-demand shuttle."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from itas_mobility import demand, network
from itas_mobility.core.operation import LineContract
from itas_mobility.core.region import Region
from itas_mobility.core.transit import ServiceDays, TransitMode
from itas_mobility.core.weekdays import WEEKDAYS, later_days
from itas_mobility.network.transit.courses import stop_rows
from itas_mobility.network.transit.editing import leg_lengths_m
from itas_mobility.scenarios.measures.base import Setting, refused_by, setting
from itas_mobility.scenarios.measures.clock import Clock
from itas_mobility.scenarios.measures.lines import InSpan, OnNewWay, check_new_line, with_lines
from itas_mobility.scenarios.measures.sites import hours_of, place_of, shift_row
from itas_mobility.units import (
    KM_PER_H_TO_M_PER_S,
    METRES_PER_KILOMETRE,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    clock_s,
)
from itas_mobility.words import Language

_LEAST_HEADWAY_S = 60.0
"""Departures by which an on-demand shuttle is represented lie at least this far apart."""
EVERY_DAY: Final = 0b1111111
"""All days of the week, as a set."""

SHUTTLE_STOP = "Shuttle"
"""Use of a stop at a gate at which everybody may board and alight."""
WORKS_ARRIVALS, WORKS_DEPARTURES = "Werkbus Ankunft", "Werkbus Abfahrt"
"""Uses of stops at a gate that are for the workers of the site: two, so that nobody rides in and out again."""


def gate_stop(region: Region, site: str, gate: int, *, use: str = SHUTTLE_STOP) -> str:
    """Name of the stop that shuttles have at a gate, counted from 0."""
    row = region.sites.row(site)
    first, last = int(region.sites.gate_ptr[row]), int(region.sites.gate_ptr[row + 1])
    name = f"{region.sites.name[row]}, {use}"
    return name if last - first == 1 else f"{name} {region.sites.gate_name[first + gate]}"


def with_gate_stop(region: Region, lines: Any, site: str, gate: int, *, use: str = SHUTTLE_STOP) -> Any:
    """Lines with the stop that shuttles have at a gate, whatever their form.

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
    use : str, default="Shuttle"
        What the stop is for; those of a works bus are for the workers of the site alone.

    Returns
    -------
    TransitNetwork or ServiceDays
        The lines; the same ones if the stop is there already.
    """
    name = gate_stop(region, site, gate, use=use)
    if name in region.transit.stop_name:
        return lines
    row = int(region.sites.gate_ptr[region.sites.row(site)]) + gate
    return network.transit.build_stop(
        lines,
        name,
        lon_deg=float(region.sites.gate_lon_deg[row]),
        lat_deg=float(region.sites.gate_lat_deg[row]),
        site="" if use == SHUTTLE_STOP else site,
    )


def with_contract(region: Region, contract: LineContract) -> Region:
    """The region with one contract more."""
    return replace(region, contracts=(*region.contracts, contract))


@dataclass(frozen=True)
class _Run:
    """A departure, and the days on which it runs."""

    time_s: float
    days: int

    @classmethod
    def of_shift(cls, time_s: float, days: int) -> "_Run":
        """The departure of a shift that begins on these days; across midnight it is one of the days beside."""
        over = int(time_s // SECONDS_PER_DAY)
        return cls(time_s - over * SECONDS_PER_DAY, later_days(days, over))


Leaves: TypeAlias = tuple[float, ...]
"""Departures of one direction."""


def _on_day(runs: tuple[list[_Run], list[_Run]], day: int | None) -> tuple[Leaves, Leaves]:
    """Departures there and back on a weekday; of all days where these are not told apart."""
    out, back = (tuple(run.time_s for run in way if day is None or run.days >> day & 1) for way in runs)
    return out, back


def _each_day(
    week: ServiceDays, leaves: list[tuple[Leaves, Leaves]], edit: Callable[[Any, tuple[Leaves, Leaves]], Any]
) -> ServiceDays:
    """The week with each day edited for itself; days that are one timetable stay one where they are edited alike."""
    known: dict[tuple[int, tuple[Leaves, Leaves]], Any] = {}
    for day, own in zip(week.timetables, leaves, strict=True):
        if (id(day), own) not in known:
            known[id(day), own] = edit(day, own)
    return replace(
        week, timetables=tuple(known[id(day), own] for day, own in zip(week.timetables, leaves, strict=True))
    )


class CompanyShuttle(OnNewWay):
    """Run a company shuttle (Werkbus) from stops to the first gate of a site and back, timed to its shifts.

    It is for those who work there: on the way out passengers get on at all stops and off at the gate alone, on the way
    back the other way round, and the stops at the gate are joined to the site and to nothing else. Open to all, anyone
    rides between any two of its stops. In a region with a week of timetables it runs on the days on which its shifts
    begin and end; departures of its own are on every day.
    """

    type: Literal["company_shuttle"]
    site: str = Field(min_length=1, description="id of the site")
    mode: Literal["shuttle"] = "shuttle"
    stops: tuple[str, ...] = Field(min_length=1, description="names of existing stops, in order towards the site")
    shifts: tuple[str, ...] = Field((), description="names of the shifts it serves; all if left out")
    spare_min: float = Field(3.0, ge=0, le=60, description="time to spare between shuttle and workplace")
    departures_out: tuple[Clock, ...] = Field((), description="departures from the first stop, instead of by shift")
    departures_back: tuple[Clock, ...] = Field((), description="departures from the gate, instead of by shift")
    open_to_all: bool = Field(False, description="whether everybody may use it, between any two of its stops")
    seats: int = Field(50, ge=1, le=200, description="seats of a vehicle")
    cost_eur_per_h: float | None = Field(
        None, ge=0, description="price of an hour in service, all included; parameters shuttle_cost_... if left out"
    )

    @model_validator(mode="after")
    def _both_ways(self) -> "CompanyShuttle":
        if bool(self.departures_out) != bool(self.departures_back):
            message = "needs both 'departures_out' and 'departures_back', or neither"
            raise ValueError(message)
        if self.departures_out and self.shifts:
            message = "'shifts' has no meaning beside departures"
            raise ValueError(message)
        return self

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """That there is such a line."""
        del region
        return (self.sets("line", f"line {self.line_name()}"),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Where the site lies, and the hours of the shifts that it is timed to."""
        del region
        shifts = () if self.departures_out else self.shifts or (None,)
        return (place_of(self.site), *(hours_of(self.site, shift) for shift in shifts))

    def apply(self, region: Region) -> Region:
        """Add the way there and the way back, and what is agreed on the line."""
        check_new_line(self, region, TransitMode.SHUTTLE)
        arrivals, departures = (SHUTTLE_STOP,) * 2 if self.open_to_all else (WORKS_ARRIVALS, WORKS_DEPARTURES)
        with refused_by(self):
            way = (*self.stops, gate_stop(region, self.site, 0, use=arrivals))
            way_back = (gate_stop(region, self.site, 0, use=departures), *self.stops[::-1])
            lines = with_gate_stop(region, region.transit, self.site, 0, use=arrivals)
            length = leg_lengths_m(lines, stop_rows(lines, way), detour=self.detour)
            run_s = float(length.sum()) / (self.speed_km_per_h * KM_PER_H_TO_M_PER_S)
            runs = self._runs(region, run_s)
        n, is_open = len(self.stops), self.open_to_all
        rules = (
            (way, [True] * n + [is_open], [is_open] * n + [True]),
            (way_back, [True] + [is_open] * n, [is_open] + [True] * n),
        )

        def edit(given: Any) -> Any:
            both = with_gate_stop(region, given, self.site, 0, use=arrivals)
            if departures != arrivals:
                both = with_gate_stop(region, both, self.site, 0, use=departures)
            if isinstance(both, ServiceDays) and both.is_week:
                return _each_day(both, [_on_day(runs, WEEKDAYS.index(one)) for one in both.label.tolist()], with_runs)
            return with_runs(both, _on_day(runs, None))

        def with_runs(both: Any, leaves: tuple[Leaves, Leaves]) -> Any:
            for (stops, boards, alights), leaves_s in zip(rules, leaves, strict=True):
                if not leaves_s:
                    continue
                both = network.transit.add_direction(
                    both,
                    self.line,
                    mode=TransitMode.SHUTTLE,
                    stops=stops,
                    departures_s=list(leaves_s),
                    speed_km_per_h=self.speed_km_per_h,
                    detour=self.detour,
                    may_board=boards,
                    may_alight=alights,
                )
            return both

        contract = LineContract(
            self.line, (self.line,), TransitMode.SHUTTLE, seats=self.seats, cost_eur_per_h=self.cost_eur_per_h
        )
        return with_contract(with_lines(self, region, edit), contract)

    def _runs(self, region: Region, run_s: float) -> tuple[list[_Run], list[_Run]]:
        """Departures from the first stop and from the gate, by minute."""
        if self.departures_out:
            return (
                [_Run(clock_s(t), EVERY_DAY) for t in self.departures_out],
                [_Run(clock_s(t), EVERY_DAY) for t in self.departures_back],
            )
        row = region.sites.row(self.site)
        value = region.parameters.value
        walk_s = float(region.sites.gate_to_workplace_m[row]) / (value("walk_speed_km_per_h") * KM_PER_H_TO_M_PER_S)
        ahead_s = walk_s + self.spare_min * SECONDS_PER_MINUTE
        out, back = [], []
        for name in self.shifts or region.sites.shifts[row].name.tolist():
            pattern, shift = shift_row(self, region.sites, self.site, name)
            due = pattern.start_s[shift] - value("shift_arrive_buffer_min") * SECONDS_PER_MINUTE - ahead_s - run_s
            free = pattern.end_s[shift] + value("shift_leave_buffer_min") * SECONDS_PER_MINUTE + ahead_s
            days = int(pattern.days[shift])
            out.append(_Run.of_shift(float(np.floor(due / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE), days))
            back.append(_Run.of_shift(float(np.ceil(free / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE), days))
        return out, back

    def _described(self, language: Language) -> str:
        way = " - ".join(self.stops)
        if language == "de":
            when = f"{len(self.departures_out)} Fahrten" if self.departures_out else "passend zu den Schichten"
            shifts = f" {', '.join(self.shifts)}" if self.shifts else ""
            whom = ", offen für alle" if self.open_to_all else ""
            return f"Werkbus {self.line}: {way} - {self.site}, {when}{shifts}{whom}"
        when = f"{len(self.departures_out)} trips" if self.departures_out else "timed to the shifts"
        shifts = f" {', '.join(self.shifts)}" if self.shifts else ""
        whom = ", open to all" if self.open_to_all else ""
        return f"Company shuttle {self.line}: {way} - {self.site}, {when}{shifts}{whom}"


class OnDemandShuttle(InSpan):
    """Run shuttles on demand between a stop and the gates of a site.

    What passengers meet is the mean wait and ride that `demand.transit.size_on_demand` finds for the fleet: in the
    lines it is a shuttle to each gate that takes the ride and leaves every twice the wait.
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

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """That there is such a line, one to each gate."""
        lines = {self.line}
        if region is not None and self.site in region.sites.site_id:
            row = region.sites.row(self.site)
            gates = range(int(region.sites.gate_ptr[row + 1] - region.sites.gate_ptr[row]))
            lines |= {self._line_to(region, gate) for gate in gates}
        places = (("line", name, self.mode) for name in sorted(lines))
        return (setting("line", f"line {self.line_name()}", *places),)

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """Where the site lies."""
        del region
        return (place_of(self.site),)

    def apply(self, region: Region) -> Region:
        """Add a shuttle between the stop and each gate, and the fleet that drives for all of them."""
        check_new_line(self, region, TransitMode.SHUTTLE)
        cost_eur_per_h = region.parameters.value("on_demand_cost_eur_per_h")
        with refused_by(self):
            fleet = demand.transit.size_on_demand(
                self.requests_per_h,
                self.area_km2,
                cost_eur_per_h=cost_eur_per_h,
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
                lines = self._with_gate(region, lines, gate, fleet.wait_s, fleet.ride_s)
            return lines

        contract = LineContract(
            self.line,
            tuple(self._line_to(region, gate) for gate in range(n_gates)),
            TransitMode.SHUTTLE,
            seats=self.seats,
            cost_eur_per_h=cost_eur_per_h,
            fleet=fleet.vehicles,
            # a span beyond midnight that begins before the last one ends is served by the vehicles of the next day
            duty_h=min((self.end_s - self.start_s) / SECONDS_PER_HOUR, SECONDS_PER_DAY / SECONDS_PER_HOUR),
        )
        return with_contract(with_lines(self, region, edit), contract)

    def _line_to(self, region: Region, gate: int) -> str:
        """Name of the line to one of the gates; that of the measure where there is one gate."""
        row = region.sites.row(self.site)
        first, last = int(region.sites.gate_ptr[row]), int(region.sites.gate_ptr[row + 1])
        return self.line if last - first == 1 else f"{self.line} {region.sites.gate_name[first + gate]}"

    def _with_gate(self, region: Region, lines: Any, gate: int, wait_s: float, ride_s: float) -> Any:
        """Lines with the shuttle to one gate, whose way takes the mean ride."""
        lines = with_gate_stop(region, lines, self.site, gate)
        way = (self.stop, gate_stop(region, self.site, gate))
        form = lines if hasattr(lines, "stop_id") else lines.timetables[0]
        length_m = max(float(leg_lengths_m(form, stop_rows(form, way)).sum()), 1.0)
        return network.transit.add_line(
            lines,
            self._line_to(region, gate),
            mode=TransitMode.SHUTTLE,
            stops=way,
            headway_s=max(round(2.0 * wait_s), _LEAST_HEADWAY_S),
            start_s=self.start_s,
            end_s=self.end_s,
            speed_km_per_h=length_m / METRES_PER_KILOMETRE / (ride_s / SECONDS_PER_HOUR),
        )

    def _described(self, language: Language) -> str:
        if language == "de":
            fleet = f"{self.vehicles} Fahrzeuge" if self.vehicles else f"Wartezeit bis {self.max_wait_min:g} min"
            return f"Rufbus {self.line}: {self.stop} - {self.site}, {fleet}, {self.start} bis {self.end} Uhr"
        fleet = f"{self.vehicles} vehicles" if self.vehicles else f"wait up to {self.max_wait_min:g} min"
        return f"On-demand shuttle {self.line}: {self.stop} - {self.site}, {fleet}, {self.start} to {self.end}"
