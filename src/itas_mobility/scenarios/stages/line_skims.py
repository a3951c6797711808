"""What the lines offer commuters: skims of each segment's way to work and home."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from itas_mobility import demand
from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import Skims
from itas_mobility.core.region import Region
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.transit import Timetable
from itas_mobility.scenarios.stages.line_supply import (
    Way,
    home_ends,
    journey_weights,
    site_fares,
    slice_window,
    ways_of,
    working_day,
    written_out,
)
from itas_mobility.scenarios.stages.store import StageStore


def skim_lines(
    region: Region,
    access: AccessLegs,
    segments: Sequence[TourSegment],
    slices: DaySlices,
    store: StageStore,
    *,
    is_timed: bool,
) -> tuple[LineOffer, ...]:
    """Skim public transport on the ways to work and home.

    Where the trips of a timetable decide, for the moments at which each segment means to travel; else by headways, in
    the slices in which it mainly travels. Where a measure writes a timetable out of headways to move single trips, what
    the move changes between timetables is put on top of the skims by headways: the difference to the region before
    holds the move and no change of method.

    Parameters
    ----------
    region : Region
        Region after the measures.
    access : AccessLegs
        Ways between zones and stops.
    segments : sequence of TourSegment
        Commuters by hours of work.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.
    is_timed : bool
        Whether the region has a timetable of its own before any measure.

    Returns
    -------
    tuple of LineOffer
        Per segment.
    """
    found = []
    for segment in segments:
        if is_timed:
            found.append(_by_trips(working_day(region, store), region, access, segment, slices, store))
            continue
        by_headways = _by_headways(region, access, segment, slices, store)
        if region.timetable is None:
            found.append(by_headways)
            continue
        before, after = (
            _by_trips(timetable, region, access, segment, slices, store)
            for timetable in (written_out(region, store), working_day(region, store))
        )
        found.append(
            LineOffer(_moved(by_headways.out, before.out, after.out), _moved(by_headways.back, before.back, after.back))
        )
    if region.site_fare_eur is not None:
        fare_eur = site_fares(region)
        found = [LineOffer(_at_fares(one.out, fare_eur), _at_fares(one.back, fare_eur)) for one in found]
    return tuple(found)


def _at_fares(skims: Skims, fare_eur: FloatArray) -> Skims:
    return Skims(skims.zone_id, {**skims, "fare_eur": fare_eur})


def _by_trips(
    timetable: Timetable,
    region: Region,
    access: AccessLegs,
    segment: TourSegment,
    slices: DaySlices,
    store: StageStore,
) -> LineOffer:
    zones, weights = region.zones, journey_weights(region.parameters)

    def skimmed(way: Way) -> Skims:
        def make() -> Skims:
            journeys = demand.transit.preferred_journeys(
                timetable, access, zones, window=way.window, weights=weights, pairs=way.pairs, home_end=way.home_end,
                days=way.days,
            )  # fmt: skip
            return demand.transit.skim_choice_sets(journeys, window=way.window, weights=weights)

        return store.get("timetable skim", (timetable, access, zones.zone_id, way, weights), make)

    out, back = ways_of(segment, region, access, slices)
    return LineOffer(skimmed(out), skimmed(back))


def _by_headways(
    region: Region, access: AccessLegs, segment: TourSegment, slices: DaySlices, store: StageStore
) -> LineOffer:
    lines, zones, weights = region.transit, region.zones, journey_weights(region.parameters)
    course = (
        lines.stop_id, lines.pattern_id, lines.stop_ptr, lines.stop, lines.run_time_s,
        lines.may_board, lines.may_alight,
    )  # fmt: skip

    def skimmed(k: int, home_end: HomeEnd) -> Skims:
        window = slice_window(slices, k)
        headway_s = demand.transit.mean_headways(lines, window=window)
        make = partial(demand.skim_transit, lines, access, zones, window=window, weights=weights, home_end=home_end)
        return store.get("transit skim", (course, headway_s, access, zones.zone_id, window, weights, home_end), make)

    out, back = segment.main_slices
    home_out, home_back = home_ends(access)
    return LineOffer(skimmed(out, home_out), skimmed(back, home_back))


def _moved(skims: Skims, before: Skims, after: Skims) -> Skims:
    """Skims with the difference of two others on top: a new journey takes its time, a lost one takes for ever."""
    matrices = {}
    for name, value in skims.items():
        was, now = before[name], after[name]
        step = np.subtract(now, was, out=np.zeros_like(value), where=np.isfinite(was) & np.isfinite(now))
        is_new = np.isinf(was) & np.isfinite(now) & np.isinf(value)
        is_lost = np.isfinite(was) & np.isinf(now)
        # a strategy may be quicker than the journeys that a move saves time on
        matrices[name] = np.where(is_lost, np.inf, np.where(is_new, now, np.maximum(value + step, 0.0)))
    return Skims(skims.zone_id, matrices)
