"""Walks between places and stops, and between stops, along the walking network."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from itas_mobility import geo
from itas_mobility.core import RoadNetwork, Timetable, TransitNetwork
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.network.attaching import Attachment, Links, ways_between
from itas_mobility.network.nearest import sphere_points_m, tree_of
from itas_mobility.network.places import OFF_NETWORK_M

Stops: TypeAlias = TransitNetwork | Timetable
"""Whatever holds stops and who calls at them."""

WALK_DETOUR: Final = 1.2
"""Walk over beeline where no street is used (assumption)."""
SAME_NAME_WALK_M: Final = 600.0
"""Stops of one name are joined by a transfer up to this walk (a station and its forecourt)."""


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Pairs of a place and a stop and the walk between them, sorted by place, then stop."""

    place: LongArray
    stop: LongArray
    length_m: FloatArray


class StopWalks:
    """Walks from any place to all stops.

    A walk goes from the place straight to the nearest street (times `detour`), along the network, and straight to the
    stop; it is never shorter than the beeline. The beeline times `detour` is used, where it is shorter, if one of both
    lies off the network or if they lie nearer to each other than one of them to any street.

    Parameters
    ----------
    walk : RoadNetwork
        Walking network.
    transit : TransitNetwork or Timetable
        Stops.
    detour : float
        Walk over beeline off the network.

    Raises
    ------
    NetworkError
        If the network has no link with coordinates.
    """

    def __init__(self, walk: RoadNetwork, transit: Stops, *, detour: float) -> None:
        self._links = Links(walk)
        self._length_m = walk.length_m
        self._detour = detour
        self.lon_deg, self.lat_deg = transit.stop_lon_deg, transit.stop_lat_deg
        self._stops = self._links.attach(self.lon_deg, self.lat_deg)
        self._tree = tree_of(self.lon_deg, self.lat_deg) if len(self._stops) else None

    @property
    def n_stops_off(self) -> int:
        """Number of stops off the network."""
        return int((self._stops.off_m > OFF_NETWORK_M).sum())

    def n_off(self, lon_deg: FloatArray, lat_deg: FloatArray) -> int:
        """Number of places off the network."""
        return int((self._links.attach(lon_deg, lat_deg).off_m > OFF_NETWORK_M).sum())

    def beeline_m(self, lon_deg: float, lat_deg: float) -> FloatArray:
        """Beelines from one place to all stops."""
        return geo.haversine_m(lon_deg, lat_deg, self.lon_deg, self.lat_deg)

    def from_places(self, lon_deg: FloatArray, lat_deg: FloatArray, limit_m: float) -> Walks:
        """Walks from places to all stops within a limit."""
        return self._found(self._links.attach(lon_deg, lat_deg), lon_deg, lat_deg, limit_m)

    def between_stops(self, limit_m: float) -> Walks:
        """Walks from each stop to all others within a limit."""
        walks = self._found(self._stops, self.lon_deg, self.lat_deg, limit_m)
        other = walks.place != walks.stop
        return Walks(walks.place[other], walks.stop[other], walks.length_m[other])

    def _found(self, places: Attachment, lon_deg: FloatArray, lat_deg: FloatArray, limit_m: float) -> Walks:
        if len(places) == 0 or self._tree is None:
            return Walks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        to_network, from_network = places.off_m * self._detour, self._stops.off_m * self._detour
        ways = ways_between(
            self._links,
            places,
            self._stops,
            cost=self._length_m,
            carried=self._length_m,
            to_network=(to_network, to_network),
            from_network=(from_network, from_network),
            limit=limit_m,
        )
        place, stop = self._straight(places, lon_deg, lat_deg, limit_m)
        n_along = len(ways.cost)
        place, stop = np.concatenate([ways.origin, place]), np.concatenate([ways.target, stop])
        beeline = geo.haversine_m(lon_deg[place], lat_deg[place], self.lon_deg[stop], self.lat_deg[stop])
        length = np.maximum(np.append(ways.cost, beeline[n_along:] * self._detour), beeline)
        near = length <= limit_m
        place, stop, length = place[near], stop[near], length[near]
        order = np.lexsort((length, stop, place))
        place, stop, length = place[order], stop[order], length[order]
        first = np.append(True, (np.diff(place) > 0) | (np.diff(stop) > 0))[: len(place)]
        return Walks(place[first], stop[first], length[first])

    def _straight(
        self, places: Attachment, lon_deg: FloatArray, lat_deg: FloatArray, limit_m: float
    ) -> tuple[LongArray, LongArray]:
        """Pairs between which nothing is known that could be in the way."""
        assert self._tree is not None
        reach, stop_reach = (
            np.where(one.off_m > OFF_NETWORK_M, limit_m / self._detour, one.off_m) for one in (places, self._stops)
        )
        points = sphere_points_m(lon_deg, lat_deg)
        from_place = self._tree.query_ball_point(points, reach)
        from_stop = tree_of(lon_deg, lat_deg).query_ball_point(sphere_points_m(self.lon_deg, self.lat_deg), stop_reach)
        place, stop = _flat(from_place)
        stop_too, place_too = _flat(from_stop)
        return np.concatenate([place, place_too]), np.concatenate([stop, stop_too])


def _flat(lists: np.ndarray) -> tuple[LongArray, LongArray]:
    """Row and value of all entries of many lists."""
    row = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
    return row, np.array([value for one in lists for value in one], np.int64)


def walks_between_stops(
    walks: StopWalks, transit: Stops, *, max_transfer_m: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Transfers: walks between different stops up to a length, or between stops of one name up to 600 m.

    Parameters
    ----------
    walks : StopWalks
        Walks.
    transit : TransitNetwork or Timetable
        Stops.
    max_transfer_m : float
        Longest walk.

    Returns
    -------
    ndarray, ndarray, ndarray
        From, to and length, sorted by from, then to.
    """
    found = walks.between_stops(max(max_transfer_m, SAME_NAME_WALK_M))
    name = transit.stop_name
    is_one_name = (name[found.place] == name[found.stop]) & (name[found.place] != "")
    keep = (found.length_m <= max_transfer_m) | is_one_name
    return found.place[keep].astype(np.int32), found.stop[keep].astype(np.int32), found.length_m[keep]
