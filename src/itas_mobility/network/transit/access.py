"""Walks between zones, stops and gates."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility import geo
from itas_mobility.core import AccessLegs, IndustrialSites, RoadNetwork, TransitMode, TransitNetwork, ZoneKind, Zones
from itas_mobility.core.columns import FloatArray, StrArray
from itas_mobility.errors import NetworkError
from itas_mobility.kernels.shortest_path import shortest_tree
from itas_mobility.network.nearest import sphere_points_m, tree_of
from itas_mobility.network.tags import WALK_KM_PER_H
from itas_mobility.units import KM_PER_H_TO_M_PER_S

CATCHMENT_M: Final = 600.0
"""Largest catchment radius of a stop inside a zone: upper value for buses in VDV-Schrift 4 (2001), thinly settled."""
_DISC_MEAN: Final = 2.0 / 3.0
"""Mean distance of the points of a disc from its centre, in radii."""
_SAME_PLACE_M: Final = 150.0
"""Stops of one name, or this near, are one place (the two sides of a road)."""
_SAME_NAME_TRANSFER_M: Final = 500.0
"""Stops of one name are joined by a transfer up to this distance (a station and its forecourt)."""
_NAMED_GATE_STOP_M: Final = 2000.0
"""A stop with the name a gate gives is taken for that stop only this near."""


def access_legs(
    walk: RoadNetwork,
    zones: Zones,
    sites: IndustrialSites,
    transit: TransitNetwork,
    *,
    max_walk_m: float = 1500.0,
    walk_speed_km_per_h: float = WALK_KM_PER_H,
    max_transfer_m: float = 300.0,
    detour: float = 1.2,
    external_radius_m: float = 15000.0,
    n_external_stops: int = 5,
    feeder_speed_km_per_h: float = 20.0,
) -> AccessLegs:
    """Walks from zones to stops, from stops through gates to workplaces, and between stops.

    Zones of the region: a stop within `max_walk_m` along the walking network has its walk from the centroid. A zone is
    an area, and zones are drawn around stops; so a stop inside the polygon has at most the mean walk of its catchment:
    the polygon's area is shared among its n stop places as discs of radius r = min(sqrt(area / (n pi)), 600 m), and
    the mean walk is 2/3 r times `detour`.

    External zones stand for towns with a feeder service that is not modelled: their nearest `n_external_stops` stop
    places, railway stations first, count within `external_radius_m`, with no less than the mean walk of a full
    catchment (nobody's whole town lives at the station); what exceeds `max_walk_m` is covered at
    `feeder_speed_km_per_h`.

    Sites: the walk to a gate (for the stop the gate names, the site's own `stop_to_gate_m` where that is shorter or
    the network has no walk) plus the walk inside the works; the best gate counts.

    Parameters
    ----------
    walk : RoadNetwork
        Walking network, connected to zones or not.
    zones : Zones
        Zones.
    sites : IndustrialSites
        Sites; their zones are rows of `zones`.
    transit : TransitNetwork
        Stops.
    max_walk_m : float, default=1500
        Longest walk between a zone or gate and a stop.
    walk_speed_km_per_h : float, default=4.83
        Walking speed (Weidmann 1993).
    max_transfer_m : float, default=300
        Longest beeline of a transfer; its walk is the beeline times `detour`, which for such lengths errs by less
        than a minute.
    detour : float, default=1.2
        Walk over beeline where no network is used.
    external_radius_m : float, default=15000
        Farthest stop of an external zone, beeline.
    n_external_stops : int, default=5
        Stop places of an external zone.
    feeder_speed_km_per_h : float, default=20
        Door-to-door speed of the feeder to them (assumption).

    Returns
    -------
    AccessLegs
        Legs sorted by zone, then stop; transfers sorted by from, then to.

    Raises
    ------
    NetworkError
        If a limit or speed is not positive, or the walking network has no place.
    """
    for name, value in (("max_walk_m", max_walk_m), ("walk_speed_km_per_h", walk_speed_km_per_h), ("detour", detour)):
        if not value > 0:
            raise NetworkError(f"access_legs: {name}={value!r} must be positive")
    speed = walk_speed_km_per_h * KM_PER_H_TO_M_PER_S
    walks = _Walks(walk, transit, max_walk_m=max_walk_m, detour=detour)
    place = _stop_places(transit)
    legs: dict[tuple[int, int], tuple[float, float]] = {}
    for row in np.flatnonzero(zones.kind == ZoneKind.INTERNAL):
        length = walks.to_stops_m(float(zones.lon_deg[row]), float(zones.lat_deg[row]))
        inside, mean_m = _inside_polygon(zones, int(row), transit, place, detour)
        length[inside] = np.minimum(length[inside], mean_m)
        for stop in np.flatnonzero(length <= max_walk_m):
            legs[int(row), int(stop)] = (float(length[stop]) / speed, float(length[stop]))
    for row in np.flatnonzero(zones.kind == ZoneKind.EXTERNAL):
        beeline = walks.beeline_m(float(zones.lon_deg[row]), float(zones.lat_deg[row]))
        for stop in _stops_of_town(beeline, place, _is_rail(transit), external_radius_m, n_external_stops):
            whole_m = max(float(beeline[stop]), _DISC_MEAN * CATCHMENT_M) * detour
            beyond_m = max(whole_m - max_walk_m, 0.0)
            feeder_s = beyond_m / (feeder_speed_km_per_h * KM_PER_H_TO_M_PER_S)
            legs[int(row), int(stop)] = ((whole_m - beyond_m) / speed + feeder_s, whole_m)
    names = np.array([_plain(str(name)) for name in transit.stop_name])
    for site in range(len(sites)):
        length = _site_walks_m(sites, site, transit, names, walks)
        for stop in np.flatnonzero(length <= max_walk_m + sites.gate_to_workplace_m[site]):
            legs[int(sites.zone[site]), int(stop)] = (float(length[stop]) / speed, float(length[stop]))
    ordered = sorted(legs)
    start, end, transfer_m = _transfers(transit, max_transfer_m=max_transfer_m, detour=detour)
    return AccessLegs(
        n_zones=len(zones),
        n_stops=transit.n_stops,
        zone=np.array([z for z, _ in ordered], np.int32),
        stop=np.array([s for _, s in ordered], np.int32),
        time_s=np.array([legs[key][0] for key in ordered], float),
        length_m=np.array([legs[key][1] for key in ordered], float),
        transfer_from=start,
        transfer_to=end,
        transfer_time_s=transfer_m / speed,
    )


class _Walks:
    """Lengths along the walking network, from any place to all stops; stops and places snap to their nearest node."""

    def __init__(self, walk: RoadNetwork, transit: TransitNetwork, *, max_walk_m: float, detour: float) -> None:
        self._walk = walk
        self._max_walk_m = max_walk_m
        self._detour = detour
        rows = np.arange(walk.n_zones, walk.n_nodes)
        placed = np.isfinite(walk.node_lon_deg[rows]) & np.isfinite(walk.node_lat_deg[rows])
        self._rows = rows[placed]
        if self._rows.size == 0:
            raise NetworkError("access_legs: the walking network has no node with coordinates")
        self._tree = tree_of(walk.node_lon_deg[self._rows], walk.node_lat_deg[self._rows])
        self._points = sphere_points_m(transit.stop_lon_deg, transit.stop_lat_deg)
        found = self._tree.query(self._points)
        distance, at = np.asarray(found[0], float), np.asarray(found[1], np.int64)
        self._stop_node, self._stop_snap_m = self._rows[at], distance * detour
        self._known: dict[int, FloatArray] = {}
        n = walk.n_nodes
        self._dist = np.empty(n)
        self._work = tuple(np.empty(n, np.int32) for _ in range(4))

    def beeline_m(self, lon_deg: float, lat_deg: float) -> FloatArray:
        """Beelines from a place to all stops."""
        return np.asarray(np.linalg.norm(self._points - sphere_points_m([lon_deg], [lat_deg]), axis=1))

    def to_stops_m(self, lon_deg: float, lat_deg: float) -> FloatArray:
        """Walks from a place to all stops, inf beyond the longest walk."""
        beeline = self.beeline_m(lon_deg, lat_deg)
        result = np.full(len(beeline), np.inf)
        near = beeline <= self._max_walk_m
        if not near.any():
            return result
        found = self._tree.query(sphere_points_m([lon_deg], [lat_deg]))
        snap, node = float(np.asarray(found[0])[0]), int(self._rows[np.asarray(found[1])[0]])
        if node not in self._known:
            shortest_tree(
                node, self._walk.first_through, self._walk.ptr, self._walk.head, self._walk.length_m,
                self._dist, *self._work,
            )  # fmt: skip
            self._known[node] = self._dist[self._stop_node]
        along = snap * self._detour + self._known[node][near] + self._stop_snap_m[near]
        # no walk is longer than going to the street and back when place and stop share their nearest node
        along = np.where(self._stop_node[near] == node, np.minimum(along, beeline[near] * self._detour), along)
        along = np.maximum(along, beeline[near])
        result[near] = np.where(along <= self._max_walk_m, along, np.inf)
        return result


def _stop_places(transit: TransitNetwork) -> NDArray[np.int64]:
    """Number of the place each stop belongs to: stops within 150 m that are chained together, or of one name nearby."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = _near_pairs(transit, _SAME_NAME_TRANSFER_M)
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


def _near_pairs(transit: TransitNetwork, radius_m: float) -> NDArray[np.int64]:
    tree = tree_of(transit.stop_lon_deg, transit.stop_lat_deg)
    return np.asarray(tree.query_pairs(radius_m, output_type="ndarray"), np.int64).reshape(-1, 2)


def _pair_beelines_m(transit: TransitNetwork, pairs: NDArray[np.int64]) -> FloatArray:
    lon, lat = transit.stop_lon_deg, transit.stop_lat_deg
    a, b = pairs.T
    return geo.haversine_m(lon[a], lat[a], lon[b], lat[b])


def _inside_polygon(
    zones: Zones, row: int, transit: TransitNetwork, place: NDArray[np.int64], detour: float
) -> tuple[NDArray[np.int64], float]:
    """Stops inside a zone's polygon and the mean walk to them."""
    polygon = zones.polygon[row]
    if polygon is None:
        return np.zeros(0, np.int64), np.inf
    import shapely

    west, south, east, north = polygon.bounds
    lon, lat = transit.stop_lon_deg, transit.stop_lat_deg
    box = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    inside = box[shapely.intersects_xy(polygon, lon[box], lat[box])]
    if inside.size == 0:
        return inside, np.inf
    # degrees to square metres on the sphere at the polygon's middle latitude
    per_degree = np.radians(1.0) * geo.EARTH_RADIUS_M
    area_m2 = float(polygon.area) * per_degree**2 * np.cos(np.radians((south + north) / 2.0))
    radius = min(float(np.sqrt(area_m2 / (np.unique(place[inside]).size * np.pi))), CATCHMENT_M)
    return inside, _DISC_MEAN * radius * detour


def _is_rail(transit: TransitNetwork) -> NDArray[np.bool_]:
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


def _site_walks_m(
    sites: IndustrialSites, site: int, transit: TransitNetwork, names: StrArray, walks: _Walks
) -> FloatArray:
    """Walk from each stop through the best gate to the workplace, inf where none is near."""
    best = np.full(transit.n_stops, np.inf)
    for gate in range(int(sites.gate_ptr[site]), int(sites.gate_ptr[site + 1])):
        lon, lat = float(sites.gate_lon_deg[gate]), float(sites.gate_lat_deg[gate])
        length = walks.to_stops_m(lon, lat)
        wanted = _plain(str(sites.gate_stop_name[gate]))
        if wanted:
            named = (names == wanted) & (walks.beeline_m(lon, lat) <= _NAMED_GATE_STOP_M)
            length[named] = np.minimum(length[named], sites.stop_to_gate_m[gate])
        best = np.minimum(best, length)
    return np.asarray(best + float(sites.gate_to_workplace_m[site]), float)


def _transfers(
    transit: TransitNetwork, *, max_transfer_m: float, detour: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:
    """Walks between different stops that are near, or of one name, in both directions."""
    pairs = _near_pairs(transit, max(max_transfer_m, _SAME_NAME_TRANSFER_M))
    beeline = _pair_beelines_m(transit, pairs)
    name = transit.stop_name
    same = (name[pairs[:, 0]] == name[pairs[:, 1]]) & (name[pairs[:, 0]] != "")
    keep = (beeline <= max_transfer_m) | same
    pairs, length = pairs[keep], beeline[keep] * detour
    start = np.concatenate([pairs[:, 0], pairs[:, 1]]).astype(np.int32)
    end = np.concatenate([pairs[:, 1], pairs[:, 0]]).astype(np.int32)
    order = np.lexsort((end, start))
    return start[order], end[order], np.tile(length, 2)[order]
