"""What the networks offer: zones connected, free-flow skims, ways to stops."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from itas_mobility import demand, network
from itas_mobility.core.access import AccessLegs
from itas_mobility.core.matrix import Skims
from itas_mobility.core.region import Region
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.transit import TransitMode, TransitNetwork
from itas_mobility.core.zones import Zones
from itas_mobility.scenarios.stages.store import StageStore


@dataclass(frozen=True, eq=False)
class Networks:
    """The region's networks, connected to its zones."""

    roads: RoadNetwork
    free: Skims
    """Car times and lengths at free flow."""
    reference: Skims
    """The same on the networks before any measure."""
    workplaces: Skims
    """The same where the sites lie before any measure, for the choice of workplaces."""
    bike: Skims
    walk: Skims
    access: AccessLegs


def connect_networks(base: Region, region: Region, store: StageStore) -> Networks:
    """Connect zones to all networks and skim them at free flow.

    Parameters
    ----------
    base : Region
        The region before any measure, with the same zones: its roads and places decide the choice of workplaces, which
        a measure does not change at once.
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

    def connected(roads: RoadNetwork, zones: Zones = region.zones) -> RoadNetwork:
        return store.get("connect", (roads, zones), partial(network.connect, roads, zones))

    def skimmed(roads: RoadNetwork) -> Skims:
        return store.get("skim", (roads,), partial(demand.skim, roads))

    def skimmed_by_length(roads: RoadNetwork) -> Skims:
        return store.get("skim by length", (roads,), partial(demand.skim, roads, time_s=roads.length_m))

    roads = connected(region.roads)
    walk_speed_km_per_h = parameters.value("walk_speed_km_per_h")
    # a network on which nobody rides to a stop makes no difference
    bike = network.transit.BikeAccess(region.bike, region.bike_stop_id) if region.bike_stop_id else None
    car = network.transit.CarAccess(region.roads, region.car_stop_id) if region.car_stop_id else None
    ends = (*_places_of_gates(sites), *_places_of_stops(region.transit))

    def ways_to_stops() -> AccessLegs:
        return network.transit.access_legs(
            region.walk, zones, sites, region.transit, walk_speed_km_per_h=walk_speed_km_per_h, bike=bike, car=car
        )

    access = store.get("access", (region.walk, zones, *ends, walk_speed_km_per_h, bike, car), ways_to_stops)
    return Networks(
        roads=roads,
        free=skimmed(roads),
        reference=skimmed(connected(base.roads)),
        workplaces=skimmed(connected(base.roads, base.zones)),
        bike=skimmed_by_length(connected(region.bike)),
        walk=skimmed_by_length(connected(region.walk)),
        access=access,
    )


def _places_of_gates(sites: IndustrialSites) -> tuple[Any, ...]:
    """What access legs depend on of the sites: the rest, such as their cars and shifts, makes no difference."""
    ends = (sites.site_id, sites.zone, sites.gate_ptr, sites.gate_lon_deg, sites.gate_lat_deg, sites.gate_stop_name)
    return *ends, sites.stop_to_gate_m, sites.gate_to_workplace_m


def _places_of_stops(lines: TransitNetwork) -> tuple[Any, ...]:
    """What access legs depend on of the lines: stops, whose workers may use them, and which of them trains serve."""
    is_train = np.repeat(lines.mode == TransitMode.TRAIN, np.diff(lines.stop_ptr))
    columns = (lines.stop_id, lines.stop_name, lines.stop_lon_deg, lines.stop_lat_deg, lines.stop_site)
    return *columns, np.unique(lines.stop[is_train])
