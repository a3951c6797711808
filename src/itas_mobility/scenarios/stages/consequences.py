"""What follows from the equilibrium for public transport: passengers of the lines, reachability of the shifts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from itas_mobility import demand
from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.tours import DaySlices, TourSegment, TravelWindow
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.scenarios.stages.line_skims import SegmentLines
from itas_mobility.scenarios.stages.line_supply import Way, journey_weights, slice_window, without_cars, working_day
from itas_mobility.scenarios.stages.mode_equilibrium import Inputs
from itas_mobility.scenarios.stages.shift_reach import of_workers
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import SECONDS_PER_HOUR


def load_transit(
    region: Region,
    inputs: Inputs,
    segments: Sequence[TourSegment],
    shares: Sequence[ModeShares],
    slices: DaySlices,
    store: StageStore,
) -> tuple[TransitLoads, ...] | tuple[TripLoads, ...]:
    """Load the commuters who chose public transport on the lines, in the slices in which they judged it best.

    On the trips of a timetable where they decide, else by optimal strategies.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Supply and demand.
    segments : sequence of TourSegment
        Who travels.
    shares : sequence of ModeShares
        Mode shares per segment.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.

    Returns
    -------
    tuple of TransitLoads or TripLoads
        One per slice in which somebody travels, or per segment and way.
    """
    if inputs.is_timed:
        return _loads_on_trips(region, inputs, segments, shares, store)
    weights = journey_weights(region.parameters)
    trips: dict[_Journeys, tuple[FloatArray, AccessLegs, Way]] = {}
    for segment, share, lines in zip(segments, shares, inputs.ridden, strict=True):
        for access, way, on_way in _travellers(segment, share, lines, inputs.nets.access):
            # who wishes for the same moments in the same slice follows the same strategies
            key = _Journeys(way.slice_row, access is inputs.nets.access, way.home_end, _wishes_apart(way.window))
            so_far, _, _ = trips.setdefault(key, (np.zeros_like(on_way), access, way))
            so_far += on_way
    loads: defaultdict[int, list[TransitLoads]] = defaultdict(list)
    for key, (on_way, access, way) in sorted(trips.items()):
        k = key.slice_row
        label = f"transit {slices.name[k]}"
        matrix = ODMatrix(region.zones.zone_id, on_way, float(slices.duration_h[k]), label=label)
        given, options = (region.transit, access, matrix), (key.window, slice_window(slices, k), way.home_end)
        make = partial(
            demand.transit.assign_transit, *given, window=way.window, period=slice_window(slices, k), weights=weights,
            home_end=way.home_end,
        )  # fmt: skip
        loads[k].append(store.get("transit load", (*given, *options, weights), make))
    return tuple(_together(of_slice) for _, of_slice in sorted(loads.items()))


class _Journeys(NamedTuple):
    """What strategies depend on besides the region."""

    slice_row: int
    has_car: bool
    home_end: HomeEnd
    window: tuple[float, ...]


def _wishes_apart(window: TravelWindow) -> tuple[float, ...]:
    """What the shift from moments wished for depends on, on headways: nothing if people may travel on either side."""
    return (window.duration_s, *window.extra_s) if 0.0 in window.extra_s else ()


def _travellers(
    segment: TourSegment, shares: ModeShares, lines: SegmentLines, access: AccessLegs
) -> Iterator[tuple[AccessLegs, Way, FloatArray]]:
    """Who boards lines, by legs to stops and way, in the direction of travel."""
    parts = [(without_cars(access), lines, demand.riders(segment, shares))]
    if lines.park_ride is not None:
        parts.append((access, lines.park_ride, demand.riders(segment, shares, by="park_ride")))
    for legs, used, persons in parts:
        for ridden, travelling in ((used.out, persons), (used.back, persons.T)):
            for way, on_way in ridden.by_way(travelling):
                yield legs, way, on_way


def _together(loads: Sequence[TransitLoads]) -> TransitLoads:
    """Loads of several groups of travellers on the lines of one slice."""
    if len(loads) == 1:
        return loads[0]
    volume, boardings, alightings = (
        np.sum([getattr(one, name) for one in loads], axis=0) for name in ("volume", "boardings", "alightings")
    )
    return replace(
        loads[0], volume=volume, boardings=boardings, alightings=alightings,
        assigned_trips=sum(one.assigned_trips for one in loads),
        unassigned_trips=sum(one.unassigned_trips for one in loads),
    )  # fmt: skip


def _loads_on_trips(
    region: Region,
    inputs: Inputs,
    segments: Sequence[TourSegment],
    shares: Sequence[ModeShares],
    store: StageStore,
) -> tuple[TripLoads, ...]:
    """Loads of each segment on the trips of the working day, there and back."""
    timetable, zones = working_day(region, store), region.zones
    weights = journey_weights(region.parameters)
    loads = []
    for segment, share, lines in zip(segments, shares, inputs.ridden, strict=True):
        for access, way, trips in _travellers(segment, share, lines, inputs.nets.access):
            find = partial(
                demand.transit.choice_sets, timetable, access, zones, window=way.window, pairs=way.pairs,
                home_end=way.home_end, days=way.days,
            )  # fmt: skip
            key = (timetable, access, zones.zone_id, way.window, way.pairs, way.home_end, way.days)
            journeys = store.get("choice sets", key, find)
            hours = way.window.duration_s / SECONDS_PER_HOUR
            given = (timetable, journeys, ODMatrix(zones.zone_id, trips, hours, label=f"transit {segment.label}"))
            make = partial(demand.transit.assign_timetable, *given, window=way.window, days=way.days, weights=weights)
            loads.append(store.get("trip load", (*given, way.window, way.days, weights), make))
    return tuple(loads)


def reach_shifts(region: Region, inputs: Inputs) -> ShiftReachability:
    """Who arrives before the shift by public transport, and gets home after it, without a car.

    The way to a stop by bicycle counts, that to park and ride does not: whoever makes it needs a car.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Supply and demand.

    Returns
    -------
    ShiftReachability
        By site, shift and home zone.
    """
    workers = demand.shift_workers(inputs.commuters, region.sites, inputs.nets.reference, parameters=region.parameters)
    return of_workers(inputs.reach, workers, region.sites)
