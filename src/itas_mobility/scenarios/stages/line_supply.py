"""What all stages know of the lines: which timetable decides, how commuters travel and weigh it, fares, costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from itas_mobility import network
from itas_mobility.core.access import AccessLegs, AccessMode, HomeEnd
from itas_mobility.core.columns import BoolArray, Columns, FloatArray
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.operation import OperatingFigures
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadClass, RoadNetwork
from itas_mobility.core.tours import DaySlices, TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import DemandError
from itas_mobility.network.transit.diversions import ON_ROADS
from itas_mobility.network.transit.operation import COST_PARAMETERS
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import SECONDS_PER_MINUTE
from itas_mobility.words import Text

RUN_TIME_RESERVE_SHARE: Final = 0.05
"""Delay of cars over their time at free flow that run times of buses are taken to bear (assumption: reserves)."""


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
        return written_out(region, store)
    return region.timetable if region.timetable.is_week else region.timetable.timetables[0]


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


def written_out(region: Region, store: StageStore) -> Timetable:
    """The timetable that the region's headways stand for.

    Parameters
    ----------
    region : Region
        Region after the measures.
    store : StageStore
        Reused stages.

    Returns
    -------
    Timetable
        Of a working day.
    """
    return store.get("timetable", (region.transit,), partial(network.transit.timetable_from_headways, region.transit))


@dataclass(frozen=True, eq=False)
class Way:
    """What a search is told of a way to work, or of a way home."""

    window: TravelWindow
    pairs: BoolArray
    """Origins and destinations that are looked at, shape (n_zones, n_zones)."""
    home_end: HomeEnd
    slice_row: int
    """Slice of the day in which people travel; on headways those of this slice hold."""
    days: tuple[int, ...] = (-1, 0, 1)
    """The working day follows itself: journeys of the night use the evening's last trips and the morning's first."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Way", DemandError)
        columns.array("pairs", np.bool_, (len(self.pairs),) * 2)
        columns.raise_faults()


def without_cars(access: AccessLegs) -> AccessLegs:
    """The ways to stops of those who go without a car: on foot and by bicycle.

    Parameters
    ----------
    access : AccessLegs
        Ways between zones and stops.

    Returns
    -------
    AccessLegs
        The same without park and ride.
    """
    return access.only([AccessMode.WALK, AccessMode.BIKE])


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


def slice_window(slices: DaySlices, k: int) -> TravelWindow:
    """A slice of the day as the period whose headways hold.

    Parameters
    ----------
    slices : DaySlices
        Slices of the day.
    k : int
        Row of the slice.

    Returns
    -------
    TravelWindow
        From its start to its end.
    """
    return TravelWindow(float(slices.start_s[k]), float(slices.end_s[k]))


def journey_weights(parameters: Parameters) -> JourneyWeights:
    """How commuters weigh the parts of a journey, in skims and in loads.

    Parameters
    ----------
    parameters : Parameters
        ``weight_walk_pt``, ``weight_wait_pt``, ``transfer_penalty_min``.

    Returns
    -------
    JourneyWeights
        The shift from the moment wished for weighs as the noun says.
    """
    return JourneyWeights(
        walk_weight=parameters.value("weight_walk_pt"),
        wait_weight=parameters.value("weight_wait_pt"),
        transfer_penalty_s=parameters.value("transfer_penalty_min") * SECONDS_PER_MINUTE,
    )


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
    timetable, contracts = working_day(region, store), region.contracts
    costs = region.parameters.subset(COST_PARAMETERS)
    layover_s = region.parameters.value("transit_layover_min") * SECONDS_PER_MINUTE
    empty_km_per_h = region.parameters.value("empty_run_speed_km_per_h")

    def make() -> OperatingFigures:
        return network.transit.operating_figures(
            timetable, parameters=costs, layover_s=layover_s, empty_km_per_h=empty_km_per_h, contracts=contracts
        )

    return store.get("operation", (timetable, costs, layover_s, empty_km_per_h, contracts), make)


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
    if not np.isin(region.transit.mode, ON_ROADS).any():
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
