"""Ways from home to stops by bicycle or car, which stay there: bike and ride, park and ride."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility.core import RoadNetwork, TransitMode, Zones
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.attaching import Links, ways_between
from itas_mobility.network.places import OFF_NETWORK_M
from itas_mobility.network.transit.walks import Stops
from itas_mobility.units import KM_PER_H_TO_M_PER_S

RAIL: tuple[TransitMode, ...] = (TransitMode.TRAIN, TransitMode.LIGHT_RAIL)
"""Vehicles people ride a bicycle to where nothing else is said."""


@dataclass(frozen=True, slots=True, eq=False)
class RidingLegs:
    """Ways of one vehicle from zones to stops, parking included."""

    zone: LongArray
    stop: LongArray
    time_s: FloatArray
    length_m: FloatArray
    n_stops_off: int
    """Stops that were asked for and lie off the network: they get no leg."""


def riding_legs(
    network: RoadNetwork,
    zones: Zones,
    rows: LongArray,
    transit: Stops,
    stops: LongArray,
    *,
    max_time_s: float,
    park_s: float,
    walk_speed_km_per_h: float,
    detour: float,
) -> RidingLegs:
    """Quickest ways from zones to some stops, by the free-flow times of a bicycle or car network.

    The vehicle is walked between the centroid, or the stop, and the street. The way home is taken to be as long.

    Parameters
    ----------
    network : RoadNetwork
        Bicycle or car network, connected to zones or not.
    zones : Zones
        Zones.
    rows : ndarray of int
        Zones that get legs.
    transit : TransitNetwork or Timetable
        Stops.
    stops : ndarray of int
        Rows of the stops where the vehicle can be left.
    max_time_s : float
        Longest way, parking left out.
    park_s : float
        Time to park and to walk from there to the stop.
    walk_speed_km_per_h, detour : float
        How the ends off the network are covered.

    Returns
    -------
    RidingLegs
        Sorted by zone, then stop.
    """
    links = Links(network)
    homes = links.attach(zones.lon_deg[rows], zones.lat_deg[rows])
    ends = links.attach(transit.stop_lon_deg[stops], transit.stop_lat_deg[stops])
    on_foot = walk_speed_km_per_h * KM_PER_H_TO_M_PER_S
    off = [one.off_m * detour for one in (homes, ends)]
    is_off = ends.off_m > OFF_NETWORK_M
    found = ways_between(
        links,
        homes,
        ends,
        cost=network.free_time_s,
        carried=network.length_m,
        to_network=(off[0] / on_foot, off[0]),
        from_network=(np.where(is_off, np.inf, off[1] / on_foot), off[1]),
        limit=max_time_s,
    )
    return RidingLegs(
        rows[found.origin], stops[found.target], found.cost + park_s, found.carried, n_stops_off=int(is_off.sum())
    )


def stops_of_vehicles(transit: Stops, modes: Sequence[TransitMode]) -> LongArray:
    """Rows of the stops at which one of some vehicles calls.

    Parameters
    ----------
    transit : TransitNetwork or Timetable
        Stops and lines.
    modes : sequence of TransitMode
        Vehicles.

    Returns
    -------
    ndarray of int
        Rows, rising.
    """
    is_called = np.isin(np.repeat(transit.mode, np.diff(transit.stop_ptr)), [int(mode) for mode in modes])
    return np.unique(transit.stop[is_called]).astype(np.int64)


def stop_rows(transit: Stops, stop_id: Sequence[str], argument: str) -> LongArray:
    """Rows of named stops.

    Parameters
    ----------
    transit : TransitNetwork or Timetable
        Stops.
    stop_id : sequence of str
        Ids.
    argument : str
        What the ids were given as, for the message.

    Returns
    -------
    ndarray of int
        Rows, rising, each once.

    Raises
    ------
    NetworkError
        If there is no such stop.
    """
    row = {one: i for i, one in enumerate(transit.stop_id.tolist())}
    if unknown := [one for one in stop_id if one not in row]:
        raise NetworkError(f"{argument}: no stop {', '.join(map(repr, unknown[:5]))}; give values of stop_id")
    return np.unique([row[one] for one in stop_id]).astype(np.int64)
