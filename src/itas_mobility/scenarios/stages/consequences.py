"""What follows from the equilibrium for public transport: passengers of the lines, reachability of the shifts."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import numpy as np

from itas_mobility import demand
from itas_mobility.core.access import AccessMode, HomeEnd
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import TransitLoads
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.scenarios.stages.line_supply import (
    home_ends,
    journey_weights,
    service_timetable,
    slice_window,
    ways_of,
    working_day,
)
from itas_mobility.scenarios.stages.mode_equilibrium import Inputs
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE


def load_transit(
    region: Region,
    inputs: Inputs,
    segments: Sequence[TourSegment],
    shares: Sequence[ModeShares],
    slices: DaySlices,
    store: StageStore,
) -> tuple[TransitLoads, ...] | tuple[TripLoads, ...]:
    """Load the commuters who chose public transport on the lines, in the slices in which they judged it.

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
        One per slice in which somebody travels (of ways out and of ways back apart where vehicles are left at stops),
        or per segment and way.
    """
    persons = [demand.riders(segment, share) for segment, share in zip(segments, shares, strict=True)]
    if inputs.is_timed:
        return _loads_on_trips(region, inputs, segments, persons, slices, store)
    access, weights = inputs.nets.access, journey_weights(region.parameters)
    home_out, home_back = home_ends(access)
    trips: defaultdict[tuple[int, HomeEnd], FloatArray] = defaultdict(lambda: np.zeros((len(region.zones),) * 2))
    for segment, passengers in zip(segments, persons, strict=True):
        out, back = segment.main_slices
        trips[out, home_out] += passengers
        trips[back, home_back] += passengers.T
    loads = []
    for (k, home_end), on_the_way in sorted(trips.items()):
        label = f"transit {slices.name[k]}"
        matrix = ODMatrix(region.zones.zone_id, on_the_way, float(slices.duration_h[k]), label=label)
        given, window = (region.transit, access, matrix), slice_window(slices, k)
        make = partial(demand.transit.assign_transit, *given, window=window, weights=weights, home_end=home_end)
        loads.append(store.get("transit load", (*given, window, weights, home_end), make))
    return tuple(loads)


def _loads_on_trips(
    region: Region,
    inputs: Inputs,
    segments: Sequence[TourSegment],
    persons: Sequence[FloatArray],
    slices: DaySlices,
    store: StageStore,
) -> tuple[TripLoads, ...]:
    """Loads of each segment on the trips of the working day, there and back."""
    timetable, access, zones = working_day(region, store), inputs.nets.access, region.zones
    weights = journey_weights(region.parameters)
    loads = []
    for segment, passengers in zip(segments, persons, strict=True):
        ways = ways_of(segment, region, access, slices)
        for way, trips in zip(ways, (passengers, passengers.T), strict=True):
            find = partial(
                demand.transit.choice_sets, timetable, access, zones, window=way.window, pairs=way.pairs,
                home_end=way.home_end, days=way.days,
            )  # fmt: skip
            journeys = store.get("choice sets", (timetable, access, zones.zone_id, way), find)
            hours = way.window.duration_s / SECONDS_PER_HOUR
            given = (timetable, journeys, ODMatrix(zones.zone_id, trips, hours, label=f"transit {segment.label}"))
            make = partial(demand.transit.assign_timetable, *given, window=way.window, days=way.days, weights=weights)
            loads.append(store.get("trip load", (*given, way.window, way.days, weights), make))
    return tuple(loads)


def reach_shifts(region: Region, inputs: Inputs, store: StageStore) -> ShiftReachability:
    """Who arrives before the shift by public transport, and gets home after it, without a car.

    The way to a stop by bicycle counts, that to park and ride does not: whoever makes it needs a car.

    Parameters
    ----------
    region : Region
        Region after the measures.
    inputs : Inputs
        Supply and demand.
    store : StageStore
        Reused stages.

    Returns
    -------
    ShiftReachability
        By site, shift and home zone.
    """
    value = region.parameters.value
    return demand.transit.shift_reachability(
        service_timetable(region, store),
        inputs.nets.access.only([AccessMode.WALK, AccessMode.BIKE]),
        region.zones,
        region.sites,
        workers=demand.shift_workers(
            inputs.commuters, region.sites, inputs.nets.reference, parameters=region.parameters
        ),
        arrive_buffer_s=value("shift_arrive_buffer_min") * SECONDS_PER_MINUTE,
        leave_buffer_s=value("shift_leave_buffer_min") * SECONDS_PER_MINUTE,
        max_journey_s=value("shift_max_journey_min") * SECONDS_PER_MINUTE,
    )
