"""Legs between zones and stops, stops and gates, and stops and stops."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility import geo
from itas_mobility.core import (
    AccessLegs,
    AccessMode,
    IndustrialSites,
    ReadReport,
    RoadNetwork,
    Timetable,
    TransitMode,
    TransitNetwork,
    ZoneKind,
    Zones,
)
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.nearest import tree_of
from itas_mobility.network.tags import WALK_KM_PER_H
from itas_mobility.network.transit.riding_legs import RAIL, riding_legs, stop_rows, stops_of_vehicles
from itas_mobility.network.transit.walks import WALK_DETOUR, Stops, StopWalks, walks_between_stops
from itas_mobility.units import KM_PER_H_TO_M_PER_S

MAX_WALK_M: Final = 1500.0
"""Longest walk between a zone or gate and a stop, where nothing else is said (assumption: 18 minutes)."""
EXTERNAL_RADIUS_M: Final = 15000.0
"""Farthest stop of an external zone, where nothing else is said (assumption)."""
CATCHMENT_M: Final = 600.0
"""Largest catchment radius of a stop inside a zone: upper value for buses in VDV-Schrift 4 (2001), thinly settled."""
_DISC_MEAN: Final = 2.0 / 3.0
"""Mean distance of the points of a disc from its centre, in radii."""
_SAME_PLACE_M: Final = 150.0
"""Stops without a name, this near to another, are one place with it (the two sides of a road)."""
_SAME_NAME_M: Final = 500.0
"""Stops of one name, this near, are one place."""
_EVERYBODY: Final = -1
"""Stands for all zones where a stop is not for the workers of one site."""
_NAMED_GATE_STOP_M: Final = 2000.0
"""A stop with the name a gate gives is taken for that stop only this near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeder:
    """Feeder service, not modelled, between stops and the towns that external zones stand for.

    Attributes
    ----------
    radius_m : float, default=15000
        Farthest stop of an external zone, beeline.
    n_stops : int, default=5
        Stop places of an external zone.
    speed_km_per_h : float, default=20
        Door-to-door speed to them (assumption).
    """

    radius_m: float = EXTERNAL_RADIUS_M
    n_stops: int = 5
    speed_km_per_h: float = 20.0


FEEDER: Final = Feeder()


@dataclass(frozen=True, eq=False)
class BikeAccess:
    """Bike and ride.

    Attributes
    ----------
    roads : RoadNetwork
        Bicycle network.
    stop_id : sequence of str, optional
        Stops where bicycles can be left; by default those of railways.
    max_time_s : float, default=1200
        Longest way to a stop (assumption: 5 km).
    park_s : float, default=60
        Parking the bicycle and the walk to the stop (assumption).
    """

    roads: RoadNetwork
    stop_id: Sequence[str] | None = None
    max_time_s: float = 1200.0
    park_s: float = 60.0


@dataclass(frozen=True, eq=False)
class CarAccess:
    """Park and ride.

    Attributes
    ----------
    roads : RoadNetwork
        Road network.
    stop_id : sequence of str
        Stops where cars can be left (`parking_stops` finds them in a file).
    max_time_s : float, default=1800
        Longest way to a stop (assumption).
    park_s : float, default=240
        Parking the car and the walk to the stop (assumption).
    """

    roads: RoadNetwork
    stop_id: Sequence[str]
    max_time_s: float = 1800.0
    park_s: float = 240.0


def access_legs(
    walk: RoadNetwork,
    zones: Zones,
    sites: IndustrialSites,
    transit: TransitNetwork | Timetable,
    *,
    max_walk_m: float = MAX_WALK_M,
    walk_speed_km_per_h: float = WALK_KM_PER_H,
    max_transfer_m: float = 400.0,
    detour: float = WALK_DETOUR,
    feeder: Feeder = FEEDER,
    bike: BikeAccess | None = None,
    car: CarAccess | None = None,
) -> AccessLegs:
    """Legs from zones to stops on foot, by bicycle and by car, from stops to workplaces, and walks between stops.

    Places and stops are joined to the nearest point of the nearest street. Where one of both lies over 500 m from the
    walking network, the walk is no longer than the beeline times `detour`; the legs' ``report`` counts such places.

    Zones of the region: a stop within `max_walk_m` along the walking network has its walk from the centroid. A zone is
    an area, and zones are drawn around stops; so a stop inside the polygon has at most the mean walk of its catchment:
    the polygon's area is shared among its n stop places as discs of radius r = min(sqrt(area / (n pi)), 600 m), and
    the mean walk is 2/3 r times `detour`.

    External zones stand for towns with a feeder service that is not modelled: their nearest `feeder.n_stops` stop
    places, railway stations first, count within `feeder.radius_m`, with no less than the mean walk of a full
    catchment (nobody's whole town lives at the station); what exceeds `max_walk_m` is covered at
    `feeder.speed_km_per_h`.

    Sites: the walk to a gate (for the stop the gate names, the site's own `stop_to_gate_m` where that is shorter or
    the network has no walk) plus the walk inside the works; the best gate counts.

    Bike and ride, park and ride: zones of the region have legs by the quickest way of a network to stops where the
    vehicle can be left. They can be used at the home end only.

    Stops that are for the workers of one site (`stop_site`) have legs with the site's own zone and no others, and no
    walks to other stops: nobody else comes there or goes on from there.

    Parameters
    ----------
    walk : RoadNetwork
        Walking network, connected to zones or not.
    zones : Zones
        Zones.
    sites : IndustrialSites
        Sites; their zones are rows of `zones`.
    transit : TransitNetwork or Timetable
        Stops.
    max_walk_m : float, default=1500
        Longest walk between a zone or gate and a stop.
    walk_speed_km_per_h : float, default=4.83
        Walking speed (Weidmann 1993).
    max_transfer_m : float, default=400
        Longest walk between two stops (five minutes; stops of one name are joined up to 600 m).
    detour : float, default=1.2
        Walk over beeline where no network is used.
    feeder : Feeder, optional
        Feeder service between the stops and the towns that external zones stand for.
    bike : BikeAccess, optional
        Bike and ride; without it nobody rides to a stop.
    car : CarAccess, optional
        Park and ride; without it nobody drives to a stop.

    Returns
    -------
    AccessLegs
        Legs sorted by zone, stop and mode; transfers sorted by from, then to.

    Raises
    ------
    NetworkError
        If a limit or speed is not positive, a stop is not known or is for the workers of an unknown site, or a network
        has no link with coordinates.
    """
    for name, value in (
        ("max_walk_m", max_walk_m), ("walk_speed_km_per_h", walk_speed_km_per_h), ("detour", detour),
        ("feeder.speed_km_per_h", feeder.speed_km_per_h), ("max_transfer_m", max_transfer_m),
    ):  # fmt: skip
        if not value > 0:
            raise NetworkError(f"access_legs: {name}={value!r} must be positive")
    speed = walk_speed_km_per_h * KM_PER_H_TO_M_PER_S
    walks = StopWalks(walk, transit, detour=detour)
    place = _stop_places(transit)
    only_zone = _only_zone(transit, sites)
    is_open = only_zone == _EVERYBODY
    internal = np.flatnonzero(zones.kind == ZoneKind.INTERNAL)
    legs = _Legs()
    zone, stop, length = _walks_of_zones(
        zones, internal, transit, walks, place, is_open, max_walk_m=max_walk_m, detour=detour
    )
    legs.add(AccessMode.WALK, zone, stop, length / speed, length)
    for row in np.flatnonzero(zones.kind == ZoneKind.EXTERNAL):
        beeline = np.where(is_open, walks.beeline_m(float(zones.lon_deg[row]), float(zones.lat_deg[row])), np.inf)
        near = _stops_of_town(beeline, place, _is_rail(transit), feeder.radius_m, feeder.n_stops)
        whole_m = np.maximum(beeline[near], _DISC_MEAN * CATCHMENT_M) * detour
        beyond_m = np.maximum(whole_m - max_walk_m, 0.0)
        feeder_s = beyond_m / (feeder.speed_km_per_h * KM_PER_H_TO_M_PER_S)
        legs.add(AccessMode.WALK, np.full(len(near), row), near, (whole_m - beyond_m) / speed + feeder_s, whole_m)
    zone, stop, length = _walks_of_sites(sites, transit, walks, max_walk_m=max_walk_m)
    legs.add(AccessMode.WALK, zone, stop, length / speed, length)
    counts = {
        "stops off the walking network": walks.n_stops_off,
        "zones off the walking network": walks.n_off(zones.lon_deg[internal], zones.lat_deg[internal]),
    }
    riding: list[tuple[AccessMode, BikeAccess | CarAccess, LongArray]] = []
    if bike is not None:
        at = (
            stops_of_vehicles(transit, RAIL)
            if bike.stop_id is None
            else stop_rows(transit, bike.stop_id, "bike.stop_id")
        )
        riding.append((AccessMode.BIKE, bike, at))
    if car is not None:
        riding.append((AccessMode.CAR, car, stop_rows(transit, car.stop_id, "car.stop_id")))
    for mode, vehicle, stops in riding:
        found = riding_legs(
            vehicle.roads, zones, internal, transit, stops, max_time_s=vehicle.max_time_s, park_s=vehicle.park_s,
            walk_speed_km_per_h=walk_speed_km_per_h, detour=detour,
        )  # fmt: skip
        legs.add(mode, found.zone, found.stop, found.time_s, found.length_m)
        counts[f"stops off the {mode.name.lower()} network"] = found.n_stops_off
    start, end, transfer_m = walks_between_stops(walks, transit, max_transfer_m=max_transfer_m)
    is_walked = is_open[start] & is_open[end]
    return AccessLegs(
        n_zones=len(zones),
        n_stops=transit.n_stops,
        **legs.columns(only_zone),
        transfer_from=start[is_walked],
        transfer_to=end[is_walked],
        transfer_time_s=transfer_m[is_walked] / speed,
        report=ReadReport("access legs", counts),
    )


@dataclass(slots=True)
class _Legs:
    """Legs that are gathered; of several between the same zone and stop by one mode the quickest is kept."""

    parts: list[tuple[LongArray, LongArray, LongArray, FloatArray, FloatArray]] = field(default_factory=list)

    def add(self, mode: AccessMode, zone: LongArray, stop: LongArray, time_s: FloatArray, length_m: FloatArray) -> None:
        self.parts.append((np.full(len(zone), int(mode)), zone, stop, time_s, length_m))

    def columns(self, only_zone: LongArray) -> dict[str, Any]:
        """Columns of the noun, sorted by zone, stop and mode, without legs of zones that may not use the stop."""
        mode, zone, stop = (np.concatenate([part[i] for part in self.parts]) for i in range(3))
        time_s, length_m = (np.concatenate([part[i] for part in self.parts]) for i in (3, 4))
        order = np.lexsort((length_m, time_s, mode, stop, zone))
        order = order[(only_zone[stop[order]] == _EVERYBODY) | (only_zone[stop[order]] == zone[order])]
        mode, zone, stop = mode[order], zone[order], stop[order]
        first = np.append(True, (np.diff(zone) != 0) | (np.diff(stop) != 0) | (np.diff(mode) != 0))[: len(zone)]
        return {
            "zone": zone[first],
            "stop": stop[first],
            "mode": mode[first],
            "time_s": time_s[order][first],
            "length_m": length_m[order][first],
        }


def _walks_of_zones(
    zones: Zones,
    rows: LongArray,
    transit: Stops,
    walks: StopWalks,
    place: LongArray,
    is_open: BoolArray,
    *,
    max_walk_m: float,
    detour: float,
) -> tuple[LongArray, LongArray, FloatArray]:
    """Zone, stop and length of walks from centroids along the network, and of those inside the zones' polygons."""
    found = walks.from_places(zones.lon_deg[rows], zones.lat_deg[rows], max_walk_m)
    zone, stop, length = [rows[found.place]], [found.stop], [found.length_m]
    for row in rows:
        inside, mean_m = _inside_polygon(zones, int(row), transit, place, is_open, detour)
        if inside.size and mean_m <= max_walk_m:
            zone.append(np.full(len(inside), row))
            stop.append(inside)
            length.append(np.full(len(inside), mean_m))
    return np.concatenate(zone), np.concatenate(stop), np.concatenate(length)


def _only_zone(transit: Stops, sites: IndustrialSites) -> LongArray:
    """Zone of the site whose workers alone use each stop; -1 where everybody does."""
    zone = np.full(transit.n_stops, _EVERYBODY)
    for stop in np.flatnonzero(transit.stop_site != ""):
        site = str(transit.stop_site[stop])
        if site not in sites.site_id:
            raise NetworkError(
                f"stop {str(transit.stop_id[stop])!r} is for workers of site {site!r}, which is not known"
            )
        zone[stop] = sites.zone[sites.row(site)]
    return zone


def _stop_places(transit: Stops) -> NDArray[np.int64]:
    """Number of the place each stop belongs to: stops within 150 m that are chained together, or of one name nearby."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = _near_pairs(transit, _SAME_NAME_M)
    beeline = _pair_beelines_m(transit, pairs)
    a, b = pairs.T
    name = transit.stop_name
    # places are chained by name where names are known, so that a dense row of stops does not become one place
    same_name = (name[a] == name[b]) & (name[a] != "")
    unnamed = ((name[a] == "") | (name[b] == "")) & (beeline <= _SAME_PLACE_M)
    keep = same_name | unnamed
    shape = (transit.n_stops, transit.n_stops)
    graph = coo_array((np.ones(int(keep.sum()), np.int8), (a[keep], b[keep])), shape=shape)
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _near_pairs(transit: Stops, radius_m: float) -> NDArray[np.int64]:
    tree = tree_of(transit.stop_lon_deg, transit.stop_lat_deg)
    return np.asarray(tree.query_pairs(radius_m, output_type="ndarray"), np.int64).reshape(-1, 2)


def _pair_beelines_m(transit: Stops, pairs: NDArray[np.int64]) -> FloatArray:
    lon, lat = transit.stop_lon_deg, transit.stop_lat_deg
    a, b = pairs.T
    return geo.haversine_m(lon[a], lat[a], lon[b], lat[b])


def _inside_polygon(
    zones: Zones, row: int, transit: Stops, place: NDArray[np.int64], is_open: BoolArray, detour: float
) -> tuple[NDArray[np.int64], float]:
    """Stops inside a zone's polygon that everybody may use, and the mean walk to them."""
    polygon = zones.polygon[row]
    if polygon is None:
        return np.zeros(0, np.int64), np.inf
    import shapely

    west, south, east, north = polygon.bounds
    lon, lat = transit.stop_lon_deg, transit.stop_lat_deg
    box = np.flatnonzero(is_open & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    inside = box[shapely.intersects_xy(polygon, lon[box], lat[box])]
    if inside.size == 0:
        return inside, np.inf
    radius = min(float(np.sqrt(geo.area_m2(polygon) / (np.unique(place[inside]).size * np.pi))), CATCHMENT_M)
    return inside, _DISC_MEAN * radius * detour


def _is_rail(transit: Stops) -> NDArray[np.bool_]:
    """Stops at which trains call."""
    calls = np.diff(transit.stop_ptr)
    rail = np.zeros(transit.n_stops, bool)
    rail[transit.stop[np.repeat(transit.mode == TransitMode.TRAIN, calls)]] = True
    return rail


def _stops_of_town(
    beeline: FloatArray, place: NDArray[np.int64], is_rail: NDArray[np.bool_], radius_m: float, wanted: int
) -> NDArray[np.int64]:
    """All stops of the nearest places of an external zone: up to two with trains, then the nearest others."""
    near = np.flatnonzero(beeline <= radius_m)
    near = near[np.lexsort((near, np.round(beeline[near], 3)))]
    places: list[int] = []
    for candidates, limit in ((near[is_rail[near]], 2), (near, wanted)):
        for stop in candidates:
            if len(places) >= min(limit, wanted):
                break
            if place[stop] not in places:
                places.append(int(place[stop]))
    return near[np.isin(place[near], places)]


def _plain(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _walks_of_sites(
    sites: IndustrialSites, transit: Stops, walks: StopWalks, *, max_walk_m: float
) -> tuple[LongArray, LongArray, FloatArray]:
    """Zone, stop and length of walks from stops through each gate to the workplace."""
    site_of = np.repeat(np.arange(len(sites)), np.diff(sites.gate_ptr))
    found = walks.from_places(sites.gate_lon_deg, sites.gate_lat_deg, max_walk_m)
    gate, stop, length = [found.place], [found.stop], [found.length_m]
    names = np.array([_plain(str(name)) for name in transit.stop_name], str)
    for row, wanted in enumerate(_plain(str(name)) for name in sites.gate_stop_name):
        if wanted and sites.stop_to_gate_m[row] <= max_walk_m:
            beeline = walks.beeline_m(float(sites.gate_lon_deg[row]), float(sites.gate_lat_deg[row]))
            named = np.flatnonzero((names == wanted) & (beeline <= _NAMED_GATE_STOP_M))
            gate.append(np.full(len(named), row))
            stop.append(named)
            length.append(np.full(len(named), float(sites.stop_to_gate_m[row])))
    site = site_of[np.concatenate(gate)]
    whole = np.concatenate(length) + sites.gate_to_workplace_m[site]
    return sites.zone[site].astype(np.int64), np.concatenate(stop), whole
