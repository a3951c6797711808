"""Do these lie together? Places of a region against the network they are to be used with.

A place that lies elsewhere (another town's file, longitude and latitude in the wrong order) can always be moved to the
nearest node, and everything after that looks sound. So what is moved farther than a place of the same region can be is
refused, with the distance and where the network lies.
"""

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility import geo
from itas_mobility.core import RoadNetwork, ServiceDays
from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network.nearest import sphere_points_m, tree_of
from itas_mobility.units import METRES_PER_KILOMETRE

TOGETHER_M: Final = 10_000.0
"""Farthest that a zone of the region, a gate, a stop or the end of a route may lie from the nearest node. No place
where people live or work in Europe lies that far from the next classified road (assumption; in the embedded region,
whose network holds main roads alone, the farthest zone lies 0.8 km off), and a way of more than that is no way to the
network but to another place."""
OFF_NETWORK_M: Final = 500.0
"""A place farther than this from a network lies off it (outside a clipped file, say): walks to it take beelines, and of
a route it is said. Ten minutes there and back on foot."""
TOWNS_TOGETHER_M: Final = 1_000_000.0
"""The same for external zones, which stand for Kreise from where people commute and lie behind the edge of the network:
Germany is 876 km long (Federal Statistical Office, Statistical Yearbook)."""
_SHOWN: Final = 5
"""Places named in one message; the others are counted."""


def distances_m(lon_deg: ArrayLike, lat_deg: ArrayLike, of_lon_deg: FloatArray, of_lat_deg: FloatArray) -> FloatArray:
    """Distance of each place from the nearest of some points, such as the nodes of a network.

    Parameters
    ----------
    lon_deg, lat_deg : array-like of shape (n,)
        Places.
    of_lon_deg, of_lat_deg : ndarray of shape (k,)
        Points; NaN for those without coordinates.

    Returns
    -------
    ndarray of shape (n,)
        Metres along the great circle; inf if no point has coordinates.
    """
    lon, lat = np.atleast_1d(np.asarray(lon_deg, float)), np.atleast_1d(np.asarray(lat_deg, float))
    is_placed = np.isfinite(of_lon_deg) & np.isfinite(of_lat_deg)
    if not is_placed.any() or not lon.size:
        return np.full(lon.shape, np.inf)
    to_lon, to_lat = of_lon_deg[is_placed], of_lat_deg[is_placed]
    nearest = tree_of(to_lon, to_lat).query(sphere_points_m(lon, lat))[1]
    return geo.haversine_m(lon, lat, to_lon[nearest], to_lat[nearest])


def lying_apart(
    what: Sequence[str],
    lon_deg: ArrayLike,
    lat_deg: ArrayLike,
    *,
    of: str,
    of_lon_deg: FloatArray,
    of_lat_deg: FloatArray,
    limit_m: float = TOGETHER_M,
) -> list[str]:
    """Which places lie elsewhere than some points, such as the nodes of a network, in words.

    Parameters
    ----------
    what : sequence of str
        What each place is, for the message.
    lon_deg, lat_deg : array-like of shape (n,)
        Places.
    of : str
        What the points are, for the message.
    of_lon_deg, of_lat_deg : ndarray of shape (k,)
        Points.
    limit_m : float, default=10000
        Farthest that a place may lie from the nearest point.

    Returns
    -------
    list of str
        A sentence for each of the first places that lie farther, and one that counts the others: how far it lies, in
        which box the points lie, and whether longitude and latitude look swapped.
    """
    lon, lat = np.atleast_1d(np.asarray(lon_deg, float)), np.atleast_1d(np.asarray(lat_deg, float))
    off_m = distances_m(lon, lat, of_lon_deg, of_lat_deg)
    far = np.flatnonzero(~(off_m <= limit_m))
    if far.size == 0:
        return []
    if not np.isfinite(off_m[far]).any():
        return [f"{of} have no coordinates, so that nothing can lie near them"]
    west, east, south, north = (f(values) for values in (of_lon_deg, of_lat_deg) for f in (np.nanmin, np.nanmax))
    box = f"longitude {west:.2f} to {east:.2f}, latitude {south:.2f} to {north:.2f}"
    # a longitude past 90 is no latitude; for the others see whether the other order would do
    swapped_m = np.full(far.size, np.inf)
    may_swap = np.abs(lon[far]) <= 90.0
    swapped_m[may_swap] = distances_m(lat[far][may_swap], lon[far][may_swap], of_lon_deg, of_lat_deg)
    told = [
        f"{what[row]} (longitude {lon[row]:.6g}, latitude {lat[row]:.6g}) lies "
        f"{off_m[row] / METRES_PER_KILOMETRE:,.0f} km from {of} ({box}), at most "
        f"{limit_m / METRES_PER_KILOMETRE:,.0f} km are possible"
        + ("; longitude and latitude look swapped" if other_m <= limit_m else "")
        for row, other_m in zip(far[:_SHOWN].tolist(), swapped_m.tolist(), strict=False)
    ]
    if far.size > _SHOWN:
        told.append(f"so do {far.size - _SHOWN} others, the farthest {off_m[far].max() / METRES_PER_KILOMETRE:,.0f} km")
    return told


def refuse_place_elsewhere(what: str, lon_deg: float, lat_deg: float, roads: RoadNetwork) -> None:
    """Refuse one place that does not lie where a network is.

    Parameters
    ----------
    what : str
        What the place is, for the message.
    lon_deg, lat_deg : float
        Place.
    roads : RoadNetwork
        Network.

    Raises
    ------
    NetworkError
        If the place lies farther than `TOGETHER_M` from the nearest node.
    """
    told = lying_apart(
        [what], lon_deg, lat_deg, of="the roads", of_lon_deg=roads.node_lon_deg, of_lat_deg=roads.node_lat_deg
    )
    if told:
        raise NetworkError(told[0])


def nearest_stops(days: ServiceDays, lon_deg: float, lat_deg: float, *, what: str = "the place") -> dict[str, float]:
    """The stop nearest to a place at which trips call, with the other stops of its station.

    Parameters
    ----------
    days : ServiceDays
        Timetables.
    lon_deg, lat_deg : float
        Place.
    what : str, default="the place"
        What the place is, for messages.

    Returns
    -------
    dict of str to float
        Ids of stops and how far they lie from the place, in metres.

    Raises
    ------
    NetworkError
        If the place lies farther than `TOGETHER_M` from every stop.

    Warns
    -----
    DataWarning
        If the nearest stop lies more than 500 m off: journeys are then those of another place.
    """
    first = days.timetables[0]
    served = np.unique(np.concatenate([timetable.stop for timetable in days.timetables]))
    lon, lat = first.stop_lon_deg[served], first.stop_lat_deg[served]
    told = lying_apart([what], lon_deg, lat_deg, of="the stops", of_lon_deg=lon, of_lat_deg=lat)
    if told:
        raise NetworkError(told[0])
    off_m = geo.haversine_m(lon_deg, lat_deg, lon, lat)
    nearest = int(np.argmin(off_m))
    if off_m[nearest] > OFF_NETWORK_M:
        warnings.warn(
            f"{what} (longitude {lon_deg:.6g}, latitude {lat_deg:.6g}) lies {off_m[nearest]:,.0f} m from the "
            f"nearest stop ({first.stop_id[served[nearest]]}); journeys are that stop's",
            DataWarning,
            stacklevel=2,
        )
    station = first.stop_station[served]
    is_meant = (station == station[nearest]) & (station != "")
    is_meant[nearest] = True
    return dict(zip(first.stop_id[served][is_meant].tolist(), off_m[is_meant].tolist(), strict=True))
