"""Walks between the stops of a timetable, added to the changes that it states."""

from dataclasses import replace
from typing import TypeVar

import numpy as np

from itas_mobility import geo
from itas_mobility.core import RoadNetwork, ServiceDays, Timetable
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.nearest import tree_of
from itas_mobility.network.tags import WALK_KM_PER_H
from itas_mobility.network.transit.courses import edit_days
from itas_mobility.network.transit.walks import WALK_DETOUR, StopWalks
from itas_mobility.units import KM_PER_H_TO_M_PER_S

DaysT = TypeVar("DaysT", bound=Timetable | ServiceDays)


def add_walk_transfers(
    timetable: DaysT,
    walk: RoadNetwork | None,
    *,
    max_m: float = 300.0,
    walk_speed_km_per_h: float = WALK_KM_PER_H,
    detour: float = WALK_DETOUR,
) -> DaysT:
    """The timetable with walks between all stops that lie near each other.

    What the timetable itself says about a pair of stops stays: its time, or that nobody can change there. Nobody
    changes at stops that are for the workers of one site.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Stays as it is.
    walk : RoadNetwork or None
        Walking network. Without one a walk is the beeline times `detour`: it then crosses rivers and railways as if
        there were no need for a bridge.
    max_m : float, default=300
        Longest walk.
    walk_speed_km_per_h : float, default=4.83
        Walking speed (Weidmann 1993).
    detour : float, default=1.2
        Walk over beeline where no network is used: everywhere without one, else between stop and street.

    Returns
    -------
    Timetable or ServiceDays
        In the form given. The walks count as stated by the timetable from then on, and are written to a feed as such.

    Raises
    ------
    NetworkError
        If the longest walk or the speed is not positive, the detour is less than 1, or the network has no link with
        coordinates.

    Examples
    --------
    >>> feed = network.read_gtfs("kuopio.zip", date="2016-11-22")  # doctest: +SKIP
    >>> network.transit.add_walk_transfers(feed, None, max_m=400)  # doctest: +SKIP
    """
    if not (max_m > 0 and walk_speed_km_per_h > 0 and detour >= 1):
        raise NetworkError(
            f"add_walk_transfers: max_m={max_m!r} and walk_speed_km_per_h={walk_speed_km_per_h!r} must be positive, "
            f"detour={detour!r} at least 1"
        )
    first = timetable.timetables[0] if isinstance(timetable, ServiceDays) else timetable
    if walk is None:
        start, end, length_m = _straight(first, max_m, detour)
    else:
        walks = StopWalks(walk, first, detour=detour).between_stops(max_m)
        start, end, length_m = walks.place, walks.stop, walks.length_m
    time_s = length_m / (walk_speed_km_per_h * KM_PER_H_TO_M_PER_S)
    return edit_days(timetable, lambda day: _with_walks(day, start, end, time_s))


def _straight(timetable: Timetable, max_m: float, detour: float) -> tuple[LongArray, LongArray, FloatArray]:
    """Pairs of stops and their beelines times the detour, in both directions."""
    lon, lat = timetable.stop_lon_deg, timetable.stop_lat_deg
    near = np.zeros((0, 2), np.int64)
    if timetable.n_stops:
        near = tree_of(lon, lat).query_pairs(max_m / detour, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    start, end = np.concatenate([near, near[:, ::-1]]).T
    return start, end, geo.haversine_m(lon[start], lat[start], lon[end], lat[end]) * detour


def _with_walks(timetable: Timetable, start: LongArray, end: LongArray, time_s: FloatArray) -> Timetable:
    """The timetable with walks between the pairs of which it says nothing."""
    n = timetable.n_stops
    stated = timetable.transfer_from.astype(np.int64) * n + timetable.transfer_to
    forbidden = timetable.no_transfer_from.astype(np.int64) * n + timetable.no_transfer_to
    walked = start * n + end
    is_for_all = timetable.stop_site == ""
    is_new = is_for_all[start] & is_for_all[end] & ~np.isin(walked, np.concatenate([stated, forbidden]))
    pair = np.concatenate([stated, walked[is_new]])
    order = np.argsort(pair, kind="stable")
    return replace(
        timetable,
        transfer_from=(pair[order] // max(n, 1)).astype(np.int32),
        transfer_to=(pair[order] % max(n, 1)).astype(np.int32),
        transfer_time_s=np.concatenate([timetable.transfer_time_s, time_s[is_new]])[order],
    )
