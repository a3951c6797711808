"""Centroid connectors (Anbindungen): zones become the first nodes of a network."""

import warnings
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility import geo
from itas_mobility.core import ReadReport, RoadClass, RoadNetwork, VdfKind, ZoneKind, Zones
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network.forward_star import (
    LINK_COLUMNS,
    Nodes,
    Shapes,
    Ways,
    assemble,
    junction_rows,
    mixed_key,
    tables_of,
    text_key,
)
from itas_mobility.network.nearest import bearing_deg, sphere_points_m, tree_of
from itas_mobility.network.places import TOGETHER_M, TOWNS_TOGETHER_M, lying_apart
from itas_mobility.units import M_PER_S_TO_KM_PER_H

CENTROID_ID: Final = -(1 << 40)
"""Node id of the centroid of zone row 0; row *i* has ``CENTROID_ID - i``."""
_NO_CONNECTOR: Final = (
    int(RoadClass.MOTORWAY),
    int(RoadClass.MOTORWAY_LINK),
    int(RoadClass.TRUNK),
    int(RoadClass.TRUNK_LINK),
    int(RoadClass.FERRY),
    int(RoadClass.TURN),
)
"""A node where only such links meet is no place where trips begin."""
_FAR_SNAP_M: Final = 2000.0
"""Internal zones whose nearest node lies farther are named in a warning; external zones beyond it stand for places
behind the edge of the network, and their traffic enters on main roads."""
_SITE_CONNECTORS: Final = 2
_SECTOR_DEG: Final = 60.0
"""Connectors of a zone should differ at least by this much in direction."""
_CANDIDATES_PER_CONNECTOR: Final = 12
_DIRECTION_REACH: Final = 3.0
"""A node in another direction is preferred as long as it is no more than this many times as far as the nearest."""
_MEAN_IN_DISC: Final = 128.0 / (45.0 * np.pi)
"""Mean distance of two random points of a disc, in radii (Dunbar 1997, College Mathematics Journal 28(3), 187-197)."""


def connect(
    roads: RoadNetwork,
    zones: Zones,
    *,
    n_connectors: int = 3,
    max_snap_m: float | None = None,
    speed_km_per_h: float = 30.0,
    external_speed_km_per_h: float = 60.0,
    detour: float = 1.2,
) -> RoadNetwork:
    """Connect zones to a network: zone *i* becomes node *i*, joined to suitable nodes nearby in both directions.

    A node is suitable if a road other than a motorway, trunk road or their links leads to it and from it. Nodes are
    taken by distance, those in a direction of their own first. Sites get two connectors. External zones farther than
    2 km from the network enter it on main roads (motorway to secondary).

    Trips inside a zone are as long as two random points of a disc of its polygon's area lie apart in the mean (128 / 45
    pi radii; Dunbar 1997), times `detour`: homes and jobs are taken to lie all over the zone. Sites have no extent, and
    of zones without a polygon it is not known (`RoadNetwork.zone_inner_length_m`).

    Parameters
    ----------
    roads : RoadNetwork
        Network that is not yet connected.
    zones : Zones
        Zones.
    n_connectors : int, default=3
        Nodes each zone is joined to (fewer where there are no more).
    max_snap_m : float, optional
        Longest permitted beeline from a centroid to its nearest node; farther nodes are left out.
    speed_km_per_h, external_speed_km_per_h : float, default=30.0, 60.0
        Speeds on connectors of internal and site zones, and of external ones (assumptions: minor streets, main roads).
    detour : float, default=1.2
        Length of connectors and of trips inside a zone over their beeline (assumption; street networks lie between 1.2
        and 1.4).

    Returns
    -------
    RoadNetwork
        Network with ``n_zones`` centroids, through which no path passes (``first_through``).

    Raises
    ------
    NetworkError
        If the network is already connected, has no suitable node, or a zone lies farther off than `max_snap_m`; and if
        zones lie elsewhere than the network (see `network.places`): zones of the region and sites over 10 km from a
        suitable node, external zones over 1,000 km. The message says whether longitude and latitude look swapped.

    Warns
    -----
    DataWarning
        If internal zones or sites lie farther than 2 km from a suitable node.
    """
    if roads.n_zones or roads.first_through:
        raise NetworkError(f"the network is already connected to {roads.n_zones} zones; connect the one without zones")
    if n_connectors < 1 or speed_km_per_h <= 0 or external_speed_km_per_h <= 0 or detour < 1.0:
        raise NetworkError("connect: n_connectors must be at least 1, speeds positive and detour at least 1")
    usual = _nodes_with_links(roads, set(range(len(RoadClass))) - set(_NO_CONNECTOR))
    if usual.size == 0:
        raise NetworkError("no node of the network is suitable for connectors (motorways only, or no coordinates)")
    main = _nodes_with_links(roads, range(int(RoadClass.SECONDARY_LINK) + 1))
    is_external = zones.is_kind(ZoneKind.EXTERNAL)
    is_site = zones.is_kind(ZoneKind.SITE)
    wanted = np.where(is_site, min(_SITE_CONNECTORS, n_connectors), n_connectors)
    zone, node = _nearest(roads, zones, np.arange(len(zones)), usual, wanted)
    snap_m = _snap_m(roads, zones, zone, node)
    least_m = np.full(len(zones), np.inf)
    np.minimum.at(least_m, zone, snap_m)
    limit_m = np.where(is_external, TOWNS_TOGETHER_M, TOGETHER_M)
    if (least_m > limit_m).any():
        _refuse_zones_elsewhere(roads, zones, usual, limit_m)
    outside = np.flatnonzero(is_external & (least_m > _FAR_SNAP_M))
    if outside.size and main.size:
        keep = ~np.isin(zone, outside)
        more_zone, more_node = _nearest(roads, zones, outside, main, wanted)
        zone, node = np.concatenate([zone[keep], more_zone]), np.concatenate([node[keep], more_node])
        snap_m = _snap_m(roads, zones, zone, node)
        least_m[outside] = np.inf
        np.minimum.at(least_m, zone, snap_m)
    if max_snap_m is not None:
        if (least_m > max_snap_m).any():
            worst = int(np.argmax(least_m))
            raise NetworkError(
                f"zone {str(zones.zone_id[worst])!r} lies {least_m[worst]:.0f} m from the nearest suitable node, "
                f"more than max_snap_m={max_snap_m:g}; widen the network or the limit"
            )
        keep = snap_m <= max_snap_m
        zone, node, snap_m = zone[keep], node[keep], snap_m[keep]
    far = np.flatnonzero(~is_external & (least_m > _FAR_SNAP_M))
    if far.size:
        shown = ", ".join(f"{zones.zone_id[i]} ({least_m[i]:.0f} m)" for i in far[:5])
        warnings.warn(f"{far.size} zones lie over 2 km from the network: {shown}", DataWarning, stacklevel=2)
    speed = np.where(is_external[zone], external_speed_km_per_h, speed_km_per_h)
    report = ReadReport(
        roads.report.file if roads.report else "",
        {
            **(roads.report.counts if roads.report else {}),
            "zones": len(zones),
            "connectors (pairs of links)": len(zone),
            "zones over 2 km from a node": int((least_m > _FAR_SNAP_M).sum()),
            "metres from centroid to node, largest": round(float(least_m.max())) if len(zones) else 0,
        },
    )
    inner_m = np.array([_inner_beeline_m(zones, row) for row in range(len(zones))]) * detour
    return _joined(
        roads, zones, zone, node, length_m=snap_m * detour, speed=speed, inner_m=inner_m.reshape(-1), report=report
    )


def _refuse_zones_elsewhere(roads: RoadNetwork, zones: Zones, nodes: IntArray, limits_m: FloatArray) -> None:
    told = []
    for limit_m in np.unique(limits_m).tolist():
        rows = limits_m == limit_m
        told += lying_apart(
            [f"zone {zone}" for zone in zones.zone_id[rows].tolist()],
            zones.lon_deg[rows],
            zones.lat_deg[rows],
            of="the nodes suitable for connectors",
            of_lon_deg=roads.node_lon_deg[nodes],
            of_lat_deg=roads.node_lat_deg[nodes],
            limit_m=limit_m,
        )
    raise NetworkError("\n  - ".join(["connect: zones lie elsewhere than the network", *told]))


def _inner_beeline_m(zones: Zones, row: int) -> float:
    """Mean beeline of trips inside a zone: 0 for a site, NaN without a polygon."""
    if zones.kind[row] == ZoneKind.SITE:
        return 0.0
    area_m2 = 0.0 if zones.polygon[row] is None else geo.area_m2(zones.polygon[row])
    return _MEAN_IN_DISC * float(np.sqrt(area_m2 / np.pi)) if area_m2 > 0 else np.nan


def _nodes_with_links(roads: RoadNetwork, classes: Iterable[int]) -> IntArray:
    """Nodes with coordinates that a link of one of the classes enters and one leaves.

    Of a junction that is taken apart it is the first node.
    """
    fits = np.isin(roads.road_class, list(classes))
    place = junction_rows(roads.node_id)
    enters, leaves = np.zeros(roads.n_nodes, bool), np.zeros(roads.n_nodes, bool)
    enters[place[roads.head[fits]]] = True
    leaves[place[roads.tail[fits]]] = True
    placed = np.isfinite(roads.node_lon_deg) & np.isfinite(roads.node_lat_deg)
    return np.flatnonzero(enters & leaves & placed).astype(np.int32)


def _snap_m(roads: RoadNetwork, zones: Zones, zone: IntArray, node: IntArray) -> FloatArray:
    return geo.haversine_m(zones.lon_deg[zone], zones.lat_deg[zone], roads.node_lon_deg[node], roads.node_lat_deg[node])


def _nearest(
    roads: RoadNetwork, zones: Zones, rows: NDArray[np.integer], nodes: IntArray, wanted: NDArray[np.integer]
) -> tuple[IntArray, IntArray]:
    """Pairs of zone and node: for each zone the wanted number of nodes, near and in different directions."""
    lon, lat = roads.node_lon_deg[nodes], roads.node_lat_deg[nodes]
    k = min(int(wanted.max(initial=1)) * _CANDIDATES_PER_CONNECTOR, len(nodes))
    found = tree_of(lon, lat).query(sphere_points_m(zones.lon_deg[rows], zones.lat_deg[rows]), k=[*range(1, k + 1)])
    distance, at = np.asarray(found[0], float), np.asarray(found[1], np.int64)
    zone_of, node_of = [], []
    for i, row in enumerate(rows):
        # equal distances: by node id, so that the order of rows decides nothing
        order = np.lexsort((roads.node_id[nodes[at[i]]], np.round(distance[i], 3)))
        near, metres = at[i][order], distance[i][order]
        bearing = bearing_deg(zones.lon_deg[row], zones.lat_deg[row], lon[near], lat[near])
        chosen = _spread(metres, bearing, int(wanted[row]))
        zone_of.extend([row] * len(chosen))
        node_of.extend(nodes[near[chosen]])
    return np.array(zone_of, np.int32), np.array(node_of, np.int32)


def _spread(metres: FloatArray, bearing: FloatArray, wanted: int) -> list[int]:
    """Positions of the nearest candidate, then of near ones in other directions, then of the nearest left."""
    chosen = [0]
    reach = max(metres[0] * _DIRECTION_REACH, 300.0)  # metres; near nodes are compared by direction only
    for position in range(1, len(metres)):
        if len(chosen) == wanted or metres[position] > reach:
            break
        apart = np.abs((bearing[position] - bearing[chosen] + 180.0) % 360.0 - 180.0)
        if (apart >= _SECTOR_DEG).all():
            chosen.append(position)
    left = (p for p in range(len(metres)) if p not in chosen)
    while len(chosen) < min(wanted, len(metres)):
        chosen.append(next(left))
    return chosen


def _parts(roads: RoadNetwork, node: IntArray, road_end: IntArray) -> tuple[IntArray, IntArray]:
    """For each given node (a junction's first) the nodes of that junction at which road links begin, or end."""
    place = junction_rows(roads.node_id)
    rows = np.unique(road_end[roads.is_road])
    order = np.argsort(place[rows], kind="stable")
    rows, of_junction = rows[order].astype(np.int32), place[rows[order]]
    low, high = (np.searchsorted(of_junction, node, side=side) for side in ("left", "right"))
    pair = np.repeat(np.arange(len(node), dtype=np.int32), high - low)
    at = np.arange(len(pair)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[pair]
    return pair, rows[at]


def _joined(
    roads: RoadNetwork,
    zones: Zones,
    zone: IntArray,
    node: IntArray,
    *,
    length_m: FloatArray,
    speed: FloatArray,
    inner_m: FloatArray,
    report: ReadReport,
) -> RoadNetwork:
    n = len(zones)
    zone_key = np.array([text_key(str(i)) for i in zones.zone_id], np.int64)
    # of a junction that is taken apart, trips begin where links begin and end where links end
    begin_pair, begin_node = _parts(roads, node, roads.tail)
    end_pair, end_node = _parts(roads, node, roads.head)
    pair = np.concatenate([begin_pair, end_pair])
    c, c_out = len(pair), len(begin_pair)
    zone, length_m, speed = zone[pair], length_m[pair], speed[pair]
    at_node = np.concatenate([begin_node, end_node])
    is_out = np.arange(c) < c_out
    both = {
        "tail": np.where(is_out, zone, at_node + n),
        "head": np.where(is_out, at_node + n, zone),
        "link_key": mixed_key(zone_key[zone], roads.node_id[at_node], (~is_out).astype(np.int64)),
        "length_m": length_m,
        "free_speed_km_per_h": speed,
        "free_time_s": length_m / (speed / M_PER_S_TO_KM_PER_H),
        "lanes": np.ones(c),
        "capacity_veh_per_h": np.full(c, np.inf),
        "vdf": np.full(c, int(VdfKind.BPR), np.uint8),
        "vdf_alpha": np.zeros(c),
        "vdf_beta": np.ones(c),
        "toll_eur": np.zeros(c),
        "road_class": np.full(c, int(RoadClass.CONNECTOR), np.uint8),
        "modes": np.full(c, int(roads.mode), np.uint8),
        "access": np.zeros(c, np.uint8),
        "name_code": np.full(c, len(roads.names), np.int32),
    }
    old = {name: getattr(roads, name) for name in LINK_COLUMNS}
    old["tail"], old["head"] = roads.tail + n, roads.head + n
    links = {name: np.concatenate([old[name], both[name]]) for name in LINK_COLUMNS}

    def course(of_zone: FloatArray, of_node: FloatArray) -> FloatArray:
        ends = of_zone[zone], of_node[at_node]
        return np.column_stack([np.where(is_out, *ends), np.where(is_out, *ends[::-1])]).ravel()

    def longer(ptr: LongArray, step: int) -> LongArray:
        return np.concatenate([ptr, ptr[-1] + step * np.arange(1, c + 1)])

    return assemble(
        nodes=Nodes(
            np.concatenate([CENTROID_ID - np.arange(n), roads.node_id]),
            np.concatenate([zones.lon_deg, roads.node_lon_deg]),
            np.concatenate([zones.lat_deg, roads.node_lat_deg]),
        ),
        links=links,
        names=np.append(roads.names, ""),
        shapes=Shapes(
            longer(roads.shape_ptr, 2),
            np.concatenate([roads.shape_lon_deg, course(zones.lon_deg, roads.node_lon_deg)]),
            np.concatenate([roads.shape_lat_deg, course(zones.lat_deg, roads.node_lat_deg)]),
        ),
        ways=Ways(longer(roads.way_ptr, 0), roads.way_id),
        tables=tables_of(roads),
        n_zones=n,
        first_through=n,
        mode=roads.mode,
        zone_inner_length_m=inner_m,
        report=report,
    )
