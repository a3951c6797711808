"""Single shortest routes, for looking at a network and for the command ``route``."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from itas_mobility import geo
from itas_mobility.core import RoadNetwork
from itas_mobility.core.columns import FloatArray, IntArray, LongArray, html_card
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.kernels.shortest_path import shortest_tree
from itas_mobility.network.nearest import sphere_points_m, tree_of
from itas_mobility.network.osm.osm_file import read_nodes
from itas_mobility.network.osm.reading import NoOpenWayError, read_osm
from itas_mobility.network.places import OFF_NETWORK_M, lying_apart
from itas_mobility.units import SECONDS_PER_MINUTE

Place: TypeAlias = int | tuple[float, float]
"""An OpenStreetMap node id, or longitude and latitude in degrees."""


@dataclass(frozen=True, eq=False)
class Route:
    """The quickest way from one node to another."""

    node_id: LongArray
    """Nodes passed, from the first to the last."""
    link: IntArray
    """Rows of the links used."""
    length_m: float
    time_s: float
    from_snap_m: float = 0.0
    to_snap_m: float = 0.0
    """How far each end was moved, from the place given to the nearest node; this way is not part of length and time."""

    def _repr_html_(self) -> str:
        return html_card(
            "Route",
            {
                "nodes": len(self.node_id),
                "length": f"{self.length_m:,.0f} m",
                "time": f"{self.time_s / SECONDS_PER_MINUTE:.1f} min",
            },
        )


def shortest_route(roads: RoadNetwork, from_place: Place, to_place: Place) -> Route | None:
    """The quickest route at zero volume.

    Parameters
    ----------
    roads : RoadNetwork
        Network; one read with ``simplify=False`` gives all nodes passed.
    from_place, to_place : int or (longitude, latitude)
        Node ids of the file, or places in degrees, which are moved to the nearest node.

    Returns
    -------
    Route or None
        None where no route exists.

    Raises
    ------
    NetworkError
        If a node id is not in the network, or a place lies over 10 km from the nearest node (see `network.places`).

    Warns
    -----
    DataWarning
        If a place is moved by more than 500 m: it lies off the network, and the route is that of another place.
    """
    _refuse_places_elsewhere(roads, from_place, to_place)
    (sources, from_snap_m), (targets, to_snap_m) = _rows_of(roads, from_place), _rows_of(roads, to_place)
    n = roads.n_nodes
    best: tuple[float, IntArray] | None = None
    dist: FloatArray = np.empty(n)
    pred, heap, place, order = (np.empty(n, np.int32) for _ in range(4))
    # a node that a barrier or turns cut has several parts: each may be start or end
    for source in sources:
        shortest_tree(
            int(source), roads.first_through, roads.ptr, roads.head, roads.free_time_s, dist, pred, heap, place, order
        )
        target = int(targets[np.argmin(dist[targets])])
        if np.isfinite(dist[target]) and (best is None or dist[target] < best[0]):
            best = float(dist[target]), _links_to(roads, pred, target)
    if best is None:
        return None
    links = best[1]
    nodes = base_node_id(
        roads.node_id[np.append(roads.tail[links], roads.head[links[-1:]]) if links.size else sources[:1]]
    )
    # movements through a junction stay at its node
    is_new = np.append(True, nodes[1:] != nodes[:-1])
    return Route(
        node_id=nodes[is_new],
        link=links,
        length_m=float(roads.length_m[links].sum()),
        time_s=best[0],
        from_snap_m=from_snap_m,
        to_snap_m=to_snap_m,
    )


def _links_to(roads: RoadNetwork, pred: IntArray, target: int) -> IntArray:
    links = []
    node = target
    while pred[node] >= 0:
        links.append(int(pred[node]))
        node = int(roads.tail[pred[node]])
    return np.array(links[::-1], np.int32)


def _rows_with_places(roads: RoadNetwork) -> LongArray:
    """Nodes of roads that have coordinates."""
    rows = np.arange(roads.n_zones, roads.n_nodes)
    rows = rows[np.isfinite(roads.node_lon_deg[rows]) & np.isfinite(roads.node_lat_deg[rows])]
    if rows.size == 0:
        raise NetworkError("the network has no node with coordinates; give node ids")
    return rows


def _refuse_places_elsewhere(roads: RoadNetwork, from_place: Place, to_place: Place) -> None:
    """Refuse places that are none, or lie elsewhere than the network; both ends together."""
    given = {which: place for which, place in (("from", from_place), ("to", to_place)) if isinstance(place, tuple)}
    if not given:
        return
    for which, (lon, lat) in given.items():
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise NetworkError(f"place ({lon}, {lat}): give longitude and latitude in degrees ({which})")
    rows = _rows_with_places(roads)
    told = lying_apart(
        [f"the place {which}" for which in given],
        [place[0] for place in given.values()],
        [place[1] for place in given.values()],
        of="the roads",
        of_lon_deg=roads.node_lon_deg[rows],
        of_lat_deg=roads.node_lat_deg[rows],
    )
    if told:
        raise NetworkError("; ".join(told))


def _rows_of(roads: RoadNetwork, place: Place) -> tuple[IntArray, float]:
    """Rows of a node id (several where a barrier or turns cut it) or the node nearest to a place, and how far it is."""
    base_id = base_node_id(roads.node_id)
    if isinstance(place, int | np.integer):
        rows = np.flatnonzero(base_id == place)
        if rows.size == 0:
            raise NetworkError(f"node {place} is not in the network (no way open for its mode leads there)")
        return rows.astype(np.int32), 0.0
    lon, lat = place
    rows = _rows_with_places(roads)
    _, at = tree_of(roads.node_lon_deg[rows], roads.node_lat_deg[rows]).query(sphere_points_m([lon], [lat])[0])
    nearest = rows[int(at)]
    snap_m = float(geo.haversine_m(lon, lat, roads.node_lon_deg[nearest], roads.node_lat_deg[nearest]))
    if snap_m > OFF_NETWORK_M:
        warnings.warn(
            f"the place (longitude {lon:.6g}, latitude {lat:.6g}) lies {snap_m:,.0f} m from the nearest node "
            f"({base_id[nearest]}); the route is that node's",
            DataWarning,
            stacklevel=3,
        )
    return np.flatnonzero(base_id == base_id[nearest]).astype(np.int32), snap_m


def route_in_file(path: str | Path, from_place: Place, to_place: Place, *, mode: str = "car") -> Route | None:
    """The quickest route in an OpenStreetMap file, with all nodes passed.

    Parameters
    ----------
    path : str or Path
        OpenStreetMap file.
    from_place, to_place : int or (longitude, latitude)
        Node ids of the file, or places in degrees.
    mode : str, default="car"
        As in `read_osm`.

    Returns
    -------
    Route or None
        None where no route exists, also where a node lies on no way that is open for the mode.

    Raises
    ------
    NetworkError
        If the file cannot be used or does not hold a given node, or a place lies over 10 km from the nearest node.

    Warns
    -----
    DataWarning
        If a place is moved by more than 500 m.
    """
    path = Path(path)
    try:
        roads = read_osm(path, mode=mode, keep="all", simplify=False)
    except NoOpenWayError:
        roads = None
    known = set() if roads is None else set(base_node_id(roads.node_id).tolist())
    wanted = {int(place) for place in (from_place, to_place) if isinstance(place, int)} - known
    if wanted:
        # a node of the file that the mode cannot reach has no route; one that the file does not hold is a mistake
        lost = wanted - set(read_nodes(path, wanted).node_id.tolist())
        if lost:
            raise NetworkError(f"{path}: holds no node {', '.join(map(str, sorted(lost)))}; give ids of the file")
        return None
    if roads is None:
        return None
    try:
        return shortest_route(roads, from_place, to_place)
    except NetworkError as fault:
        raise NetworkError(f"{path}: {fault}") from None
