"""What the lines offer commuters: skims by segment, fares, which form of the lines decides, and what they cost."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from itas_mobility import demand, network
from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.operation import OperatingFigures
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadClass, RoadNetwork
from itas_mobility.core.tours import DaySlices, TourSegment, TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import SECONDS_PER_MINUTE
from itas_mobility.words import Text

_ROUND_THE_CLOCK: Final = (-1, 0, 1)
"""The working day follows itself: journeys of the night use the evening's last trips and the morning's first."""


RUN_TIME_RESERVE_SHARE: Final = 0.05
"""Delay of cars over their time at free flow that run times of buses are taken to bear (assumption: reserves)."""


TourSkims = tuple[Skims, Skims]
"""Of the way to work and of the way home."""


def skim_lines(
    region: Region,
    access: AccessLegs,
    segments: Sequence[TourSegment],
    slices: DaySlices,
    store: StageStore,
    *,
    is_timed: bool,
) -> tuple[TourSkims, ...]:
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
    tuple of TourSkims
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
            for timetable in (_written_out(region, store), working_day(region, store))
        )
        found.append((_moved(by_headways[0], before[0], after[0]), _moved(by_headways[1], before[1], after[1])))
    if region.site_fare_eur is not None:
        fare_eur = site_fares(region)
        found = [(_at_fares(out, fare_eur), _at_fares(back, fare_eur)) for out, back in found]
    return tuple(found)


def _at_fares(skims: Skims, fare_eur: FloatArray) -> Skims:
    return Skims(skims.zone_id, {**skims, "fare_eur": fare_eur})


def travel_options(
    region: Region, access: AccessLegs, segment: TourSegment, slices: DaySlices
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a search for journeys in a timetable is told of a segment's way to work and of its way home.

    Parameters
    ----------
    region : Region
        Region after the measures.
    access : AccessLegs
        Ways between zones and stops.
    segment : TourSegment
        Commuters with the same hours of work; only pairs between which somebody travels are searched.
    slices : DaySlices
        Slices of the day.

    Returns
    -------
    out, back : dict
        Options of `demand.preferred_journeys` and `demand.choice_sets`.
    """

    def options(window: TravelWindow, pairs: BoolArray, home_end: HomeEnd) -> dict[str, Any]:
        return {
            "start_s": window.start_s,
            "end_s": window.end_s,
            "arrive_by": window.arrive_by,
            "extra_s": window.extra_s,
            "pairs": pairs,
            "home_end": home_end,
            "days": _ROUND_THE_CLOCK,
        }

    out, back = demand.travel_windows(segment, slices, parameters=region.parameters)
    travels = segment.workers > 0
    home_out, home_back = home_ends(access)
    return options(out, travels, home_out), options(back, np.ascontiguousarray(travels.T), home_back)


def home_ends(access: AccessLegs) -> tuple[HomeEnd, HomeEnd]:
    """Where commuters are at home on the way to work and on the way back, as searches are told.

    Parameters
    ----------
    access : AccessLegs
        Ways between zones and stops.

    Returns
    -------
    out, back : "origin" or "destination"
        Both the same where all legs can be used at either end: then it makes no difference, and what is found for one
        way serves the other.
    """
    return ("origin", "destination" if access.is_home_only.any() else "origin")


def _by_trips(
    timetable: Timetable,
    region: Region,
    access: AccessLegs,
    segment: TourSegment,
    slices: DaySlices,
    store: StageStore,
) -> TourSkims:
    weights = transit_weights(region.parameters)

    def skimmed(options: dict[str, Any]) -> Skims:
        def make() -> Skims:
            journeys = demand.preferred_journeys(timetable, access, region.zones, **options, **weights)
            wishes = {name: options[name] for name in ("start_s", "end_s", "arrive_by")}
            return demand.skim_choice_sets(journeys, **wishes, **weights)

        return store.get("timetable skim", (timetable, access, region.zones.zone_id, options, weights), make)

    out, back = travel_options(region, access, segment, slices)
    return skimmed(out), skimmed(back)


def _by_headways(
    region: Region, access: AccessLegs, segment: TourSegment, slices: DaySlices, store: StageStore
) -> TourSkims:
    lines = region.transit
    course = (
        lines.stop_id, lines.pattern_id, lines.stop_ptr, lines.stop, lines.run_time_s,
        lines.may_board, lines.may_alight,
    )  # fmt: skip

    def skimmed(k: int, home_end: HomeEnd) -> Skims:
        options = {**transit_options(slices, k, region.parameters), "home_end": home_end}
        headway_s = demand.mean_headways(lines, start_s=options["start_s"], end_s=options["end_s"])
        make = partial(demand.skim_transit, lines, access, region.zones, **options)
        return store.get("transit skim", (course, headway_s, access, region.zones.zone_id, options), make)

    out, back = segment.main_slices
    home_out, home_back = home_ends(access)
    return skimmed(out, home_out), skimmed(back, home_back)


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


def working_day(region: Region, store: StageStore) -> Timetable:
    """Timetable of the day that choices, loads and costs are about.

    Parameters
    ----------
    region : Region
        Region after the measures.
    store : StageStore
        Reused stages.

    Returns
    -------
    Timetable
        Of what a run judges; of a week its Monday.
    """
    judged = service_timetable(region, store)
    return judged.on(WEEKDAYS[0]) if isinstance(judged, ServiceDays) else judged


def _written_out(region: Region, store: StageStore) -> Timetable:
    """The timetable that headways stand for."""
    return store.get("timetable", (region.transit,), partial(network.timetable_from_headways, region.transit))


def site_fares(region: Region) -> FloatArray:
    """Fare of a way by home and work zone: that of the job ticket to sites whose workers hold one, else the region's.

    Parameters
    ----------
    region : Region
        Region after the measures.

    Returns
    -------
    ndarray of shape (n_zones, n_zones)
        In EUR; the way back from a site costs the same.
    """
    n = len(region.zones)
    fare = np.full((n, n), region.parameters.value("pt_fare_eur"))
    if region.site_fare_eur is not None:
        has_ticket = np.isfinite(region.site_fare_eur)
        zone, price = region.sites.zone[has_ticket], region.site_fare_eur[has_ticket]
        fare[:, zone] = price[None, :]
        fare[zone, :] = price[:, None]
    return fare


def service_timetable(region: Region, store: StageStore) -> Timetable | ServiceDays:
    """The timetable that a run judges.

    Parameters
    ----------
    region : Region
        Region after the measures.
    store : StageStore
        Reused stages.

    Returns
    -------
    Timetable or ServiceDays
        The region's timetables if they are those of a week, labelled Mo to So; else that of its first service day; the
        one that its headways stand for where it has none.
    """
    if region.timetable is None:
        return _written_out(region, store)
    return region.timetable if region.timetable.is_week else region.timetable.timetables[0]


def operating_figures(region: Region, store: StageStore) -> OperatingFigures:
    """What running the lines takes on a working day.

    Parameters
    ----------
    region : Region
        Region after the measures.
    store : StageStore
        Reused stages.

    Returns
    -------
    OperatingFigures
        Of the day that a run judges; of a week its Monday. Vehicles stay on their line, and drive empty where that
        saves one.
    """
    options = {
        "parameters": region.parameters.subset(network.COST_PARAMETERS),
        "layover_s": region.parameters.value("transit_layover_min") * SECONDS_PER_MINUTE,
        "empty_km_per_h": region.parameters.value("empty_run_speed_km_per_h"),
        "contracts": region.contracts,
    }
    timetable = working_day(region, store)
    make: Callable[[], OperatingFigures] = partial(network.operating_figures, timetable, **options)
    return store.get("operation", (timetable, options), make)


def unheard_jams(
    region: Region, roads: RoadNetwork, results: Sequence[AssignmentResult], slices: DaySlices
) -> Text | None:
    """What a run leaves out of its lines: run times are data, and the cars' delays do not reach the buses.

    Parameters
    ----------
    region : Region
        Region after the measures.
    roads : RoadNetwork
        Its roads, connected to zones.
    results : sequence of AssignmentResult
        Loaded roads, per slice of the day.
    slices : DaySlices
        Slices of the day.

    Returns
    -------
    Text or None
        The slices in which cars lose more than `RUN_TIME_RESERVE_SHARE` of their time at free flow, in a sentence; None
        if there are none, or no line runs on roads.
    """
    if not np.isin(region.transit.mode, network.ON_ROADS).any():
        return None
    is_road = roads.road_class != RoadClass.CONNECTOR
    jams = []
    for name, result in zip(slices.name.tolist(), results, strict=True):
        free_s = float((result.volume_veh_per_h * roads.free_time_s)[is_road].sum())
        delay_s = float((result.volume_veh_per_h * (result.time_s - roads.free_time_s))[is_road].sum())
        if delay_s > RUN_TIME_RESERVE_SHARE * free_s:
            jams.append(f"{name} ({100.0 * delay_s / free_s:.0f} %)")
    if not jams:
        return None
    slow = ", ".join(jams)
    return Text(
        f"Pkw brauchen länger als bei freier Fahrt: {slow}. Fahrzeiten der Busse sind eigene Daten "
        "und enthalten davon nichts; Bus und Bahn stehen dort besser da, als sie sind.",
        f"region {region.name}: cars take longer than at free flow at {slow}; run times of buses are "
        "data of their own and hold none of it: public transport looks better than it is there",
    )


def transit_options(slices: DaySlices, k: int, parameters: Parameters) -> dict[str, Any]:
    """Period and weights of public transport in a slice of the day, for skims and loads by headways."""
    return {"start_s": float(slices.start_s[k]), "end_s": float(slices.end_s[k]), **transit_weights(parameters)}


def transit_weights(parameters: Parameters) -> dict[str, Any]:
    """How travellers weigh the parts of a journey, as skims and loads take it."""
    return {
        "wait_weight": parameters.value("weight_wait_pt"),
        "walk_weight": parameters.value("weight_walk_pt"),
        "transfer_penalty_s": parameters.value("transfer_penalty_min") * SECONDS_PER_MINUTE,
    }
