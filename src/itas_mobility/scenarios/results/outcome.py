"""All that a run found, in one noun: indicators, tables and notes are read off it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.operation import OperatingFigures
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.tours import DaySlices
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.scenarios.results.line_figures import line_figures
from itas_mobility.scenarios.results.parking_figures import parking_figures
from itas_mobility.scenarios.stages.benefit import RegionBenefit, region_benefit
from itas_mobility.scenarios.stages.charging_sites import RegionCharging
from itas_mobility.scenarios.stages.commuter_cars import CommuterEmissions
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium, Inputs
from itas_mobility.scenarios.stages.used_paths import Driven
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class SliceTraffic:
    """Car traffic of one slice of the day.

    Kilometres and hours are those of the trips from zone to zone: connectors stand for the streets inside zones, and
    what movements through junctions cost is time on the road.
    """

    veh_km: float
    veh_h: float
    delay_veh_h: float
    """Hours above those on empty roads."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run found, from supply to charging curves."""

    region: Region
    """After the measures."""
    slices: DaySlices
    inputs: Inputs
    """Supply and demand that decide the equilibrium."""
    equilibrium: Equilibrium
    driven: tuple[Driven, ...]
    """Settled traffic and means over used paths, per slice of the day."""
    loads: tuple[TransitLoads, ...] | tuple[TripLoads, ...]
    """Passengers of the lines while workplaces stay."""
    reach: ShiftReachability
    operation: OperatingFigures
    charging: RegionCharging
    """The week of each site, and where all commuters charge."""
    commuter_cars: CommuterEmissions
    """Kilometres, energy and emissions of the commuters' cars."""
    before: Inputs
    """Supply and demand before the measures."""
    baseline: Equilibrium
    """That before the measures."""
    short: Equilibrium
    """That in which workplaces stay; `equilibrium` itself but in the long run."""
    long_run: "Outcome | None" = None
    """What is found once workplaces have reacted; None where that is this outcome, as no measure makes them react."""

    @property
    def in_the_long_run(self) -> "Outcome":
        """What is found once workplaces have reacted."""
        return self if self.long_run is None else self.long_run

    @cached_property
    def benefit(self) -> RegionBenefit:
        """What commuters gain from the measures."""
        return region_benefit(self.before, self.inputs, self.baseline, self.short, self.equilibrium)

    @cached_property
    def commuters(self) -> float:
        """All commuters of a working day."""
        return float(sum(segment.workers.sum() for segment in self.equilibrium.segments))

    @cached_property
    def persons_by_mode(self) -> Mapping[str, FloatArray]:
        """Commuters by mode, each by home and work zone."""
        first = self.equilibrium.shares[0]
        pairs = list(zip(self.equilibrium.segments, self.equilibrium.shares, strict=True))
        return MappingProxyType(
            {
                mode: _frozen(np.asarray(sum(segment.workers * share[mode] for segment, share in pairs)))
                for mode in first
            }
        )

    @cached_property
    def drivers(self) -> FloatArray:
        """Commuters who drive, by home and work zone."""
        pairs = zip(self.equilibrium.segments, self.equilibrium.shares, strict=True)
        return _frozen(np.asarray(sum(demand.drivers(segment, share) for segment, share in pairs)))

    @cached_property
    def total_by_mode(self) -> Mapping[str, float]:
        """Commuters by mode."""
        pairs = list(zip(self.equilibrium.segments, self.equilibrium.shares, strict=True))
        return MappingProxyType(
            {
                mode: float(sum((segment.workers * share[mode]).sum() for segment, share in pairs))
                for mode in self.equilibrium.shares[0]
            }
        )

    @cached_property
    def stranded(self) -> FloatArray:
        """Commuters who have no mode, by home zone: of pairs between which none goes, or none that is open to them."""
        persons = np.zeros(len(self.region.zones))
        for segment, share in zip(self.equilibrium.segments, self.equilibrium.shares, strict=True):
            persons = persons + (segment.workers * share.without_share).sum(axis=1)
        return _frozen(persons)

    @cached_property
    def traffic(self) -> tuple[SliceTraffic, ...]:
        """Car traffic, per slice of the day."""
        roads = self.inputs.nets.roads
        found = []
        for one, duration_h in zip(self.driven, self.slices.duration_h, strict=True):
            vehicles, time_s = one.result.volume_veh_per_h * duration_h, one.result.time_s
            found.append(
                SliceTraffic(
                    float((vehicles * roads.length_m).sum()) / METRES_PER_KILOMETRE,
                    float((vehicles * time_s).sum()) / SECONDS_PER_HOUR,
                    float((vehicles * (time_s - roads.free_time_s)).sum()) / SECONDS_PER_HOUR,
                )
            )
        return tuple(found)

    @cached_property
    def lines(self) -> "pd.DataFrame":
        """Boardings, operation and the fullest trip by line (see `line_figures`)."""
        return line_figures(self.region, self.loads, self.operation)

    @cached_property
    def boardings(self) -> float:
        """Boardings of all lines on a working day.

        In the long run those in which workplaces stay, times the boardings that the journeys of all passengers are made
        of, per those of the passengers then: lines are not loaded a second time.
        """
        loaded = float(self.lines["boardings"].sum())
        if self.equilibrium is self.short:
            return loaded
        before, after = (self._boardings_by_journey(found) for found in (self.short, self.equilibrium))
        return loaded * after / before if before > 0 else loaded

    def _boardings_by_journey(self, found: Equilibrium) -> float:
        """Boardings of all passengers of an equilibrium, as the skims of their journeys say."""
        total = 0.0
        for segment, share, lines in zip(found.segments, found.shares, self.inputs.lines, strict=True):
            on_foot, by_car = demand.riders(segment, share), demand.riders(segment, share, by="park_ride")
            for offer, riders in ((lines, on_foot), (lines.park_ride, by_car)):
                if offer is None:
                    continue
                used = riders > 0
                for boardings in (offer.out["boardings"], offer.back["boardings"].T):
                    total += float((riders[used] * boardings[used]).sum())
        return total

    @cached_property
    def parking(self) -> "pd.DataFrame":
        """Cars, spaces and prices at each site (see `parking_figures`)."""
        return parking_figures(self.region, self.inputs, self.equilibrium)

    @cached_property
    def mean_car_time_s(self) -> FloatArray:
        """Car time of a way by home and work zone, mean over segments, there and back; NaN without commuters."""
        skims = self.equilibrium.skims
        total = np.zeros_like(skims[0]["time_s"])
        weight = 0.0
        for segment in self.equilibrium.segments:
            persons = float(segment.workers.sum())
            if persons > 0:
                total += 0.5 * persons * demand.there_and_back(skims, "time_s", segment)
                weight += persons
        return _frozen(total / weight if weight > 0 else np.full_like(total, np.nan))


def _frozen(array: FloatArray) -> FloatArray:
    """Read-only: what one table or indicator reads, no other changes."""
    array.flags.writeable = False
    return array
