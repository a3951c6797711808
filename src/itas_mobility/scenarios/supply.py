"""What the networks offer: zones connected, free-flow skims, walks to stops, journeys by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from itas_mobility import demand, network
from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.region import Region
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.tours import DaySlices, TourSegment
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.scenarios.reuse import StageStore
from itas_mobility.units import SECONDS_PER_MINUTE


@dataclass(frozen=True, eq=False)
class Networks:
    """The region's networks, connected to its zones."""

    roads: RoadNetwork
    free: Skims
    """Car times and lengths at free flow."""
    reference: Skims
    """The same on the networks before any measure, for the choice of workplaces."""
    bike: Skims
    walk: Skims
    access: AccessLegs


def connect_networks(base: Region, region: Region, store: StageStore) -> Networks:
    """Connect zones to all networks and skim them at free flow.

    Parameters
    ----------
    base : Region
        The region before any measure: its roads decide the choice of workplaces, which a measure on roads does not
        change at once.
    region : Region
        The region after the measures.
    store : StageStore
        Reused stages.

    Returns
    -------
    Networks
        Connected networks and skims.
    """
    zones, sites, parameters = region.zones, region.sites, region.parameters

    def connected(roads: RoadNetwork) -> RoadNetwork:
        return store.get("connect", (roads, zones), partial(network.connect, roads, zones))

    def skimmed(roads: RoadNetwork) -> Skims:
        return store.get("skim", (roads,), partial(demand.skim, roads))

    def skimmed_by_length(roads: RoadNetwork) -> Skims:
        return store.get("skim by length", (roads,), partial(demand.skim, roads, time_s=roads.length_m))

    roads = connected(region.roads)
    access = store.get(
        "access",
        (region.walk, zones, sites, region.transit.stop_id, region.transit.stop_lon_deg, region.transit.stop_lat_deg),
        lambda: network.access_legs(
            region.walk, zones, sites, region.transit, walk_speed_km_per_h=parameters.value("walk_speed_km_per_h")
        ),
    )
    return Networks(
        roads=roads,
        free=skimmed(roads),
        reference=skimmed(connected(base.roads)),
        bike=skimmed_by_length(connected(region.bike)),
        walk=skimmed_by_length(connected(region.walk)),
        access=access,
    )


def skim_lines(
    region: Region, nets: Networks, segments: Sequence[TourSegment], slices: DaySlices, store: StageStore
) -> dict[int, Skims]:
    """Skim public transport in the slices in which some segment mainly travels.

    Parameters
    ----------
    region : Region
        Region after the measures.
    nets : Networks
        Connected networks.
    segments : sequence of TourSegment
        Commuters by hours of work.
    slices : DaySlices
        Slices of the day.
    store : StageStore
        Reused stages.

    Returns
    -------
    dict of int to Skims
        By slice of the day.
    """
    lines = region.transit
    course = (lines.stop_id, lines.pattern_id, lines.stop_ptr, lines.stop, lines.run_time_s)
    found = {}
    for k in sorted({k for segment in segments for k in segment.main_slices}):
        options = transit_options(slices, k, region.parameters)
        headway_s = demand.mean_headways(lines, start_s=options["start_s"], end_s=options["end_s"])
        make = partial(demand.skim_transit, lines, nets.access, region.zones, **options)
        found[k] = store.get("transit skim", (course, headway_s, nets.access, region.zones.zone_id, options), make)
    if region.site_fare_eur is not None:
        fare_eur = site_fares(region)
        found = {k: Skims(skims.zone_id, {**skims, "fare_eur": fare_eur}) for k, skims in found.items()}
    return found


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
        return store.get("timetable", (region.transit,), partial(network.timetable_from_headways, region.transit))
    is_week = sorted(region.timetable.label.tolist()) == sorted(WEEKDAYS)
    return region.timetable if is_week else region.timetable.timetables[0]


def transit_options(slices: DaySlices, k: int, parameters: Parameters) -> dict[str, Any]:
    """Options of public transport in a slice of the day, for `demand.skim_transit` and `demand.assign_transit`."""
    return {
        "start_s": float(slices.start_s[k]),
        "end_s": float(slices.end_s[k]),
        "wait_weight": parameters.value("weight_wait_pt"),
        "walk_weight": parameters.value("weight_walk_pt"),
        "transfer_penalty_s": parameters.value("transfer_penalty_min") * SECONDS_PER_MINUTE,
    }
