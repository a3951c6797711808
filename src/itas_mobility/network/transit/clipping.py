"""The part of a timetable that a region can reach: a feed of a whole country cut down to the lines that touch it."""

from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np
import shapely

from itas_mobility import geo
from itas_mobility.core import ReadReport, ServiceDays, Timetable, ZoneKind, Zones
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.nearest import sphere_points_m, tree_of
from itas_mobility.network.places import lying_apart
from itas_mobility.network.transit.access import EXTERNAL_RADIUS_M, MAX_WALK_M
from itas_mobility.network.transit.courses import edit_days
from itas_mobility.network.transit.gtfs.reading import ragged

DaysT = TypeVar("DaysT", bound=Timetable | ServiceDays)

DROPPED_TRIPS: Final = "trips that call nowhere near the zones (left out)"
DROPPED_STOPS: Final = "stops far from the zones (left out)"
_BY_STOP: Final = ("stop_id", "stop_name", "stop_lon_deg", "stop_lat_deg", "stop_station", "change_s", "stop_site")
_BY_ROUTE: Final = ("route_id", "line", "mode", "route_type")
_BY_POSITION: Final = ("may_board", "may_alight", "distance_m")
_BY_TRIP: Final = ("trip_id", "trip_block", "trip_headway_s")


def clip_timetable(
    timetable: DaysT, zones: Zones, *, max_walk_m: float = MAX_WALK_M, external_radius_m: float = EXTERNAL_RADIUS_M
) -> DaysT:
    """The trips that call somewhere near the zones of a region, whole, and the stops that are near or called at.

    Trips stay whole, as their way outside may be part of a journey from zone to zone. A trip that touches the region
    nowhere is dropped, even if a journey between two zones could change to it outside.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Stays as it is.
    zones : Zones
        Zones of the region. Near is what `access_legs` can join to them: their polygons and places plus `max_walk_m`,
        and external zones plus `external_radius_m`.
    max_walk_m : float, default=1500
        Longest walk between a zone or gate and a stop.
    external_radius_m : float, default=15000
        Farthest stop of an external zone.

    Returns
    -------
    Timetable or ServiceDays
        In the form given; all days keep the same stops. The report of each day counts what was left out.

    Raises
    ------
    NetworkError
        If a distance is not positive, or no trip calls near the zones.
    """
    for name, value in (("max_walk_m", max_walk_m), ("external_radius_m", external_radius_m)):
        if not value > 0:
            raise NetworkError(f"clip_timetable: {name}={value!r} must be positive")
    days = timetable.timetables if isinstance(timetable, ServiceDays) else (timetable,)
    near = _near_stops(days[0], zones, max_walk_m, external_radius_m)
    if not any(_touching(day, near).any() for day in days):
        told = lying_apart(
            [f"stop {stop}" for stop in days[0].stop_id.tolist()],
            days[0].stop_lon_deg,
            days[0].stop_lat_deg,
            of="the zones",
            of_lon_deg=zones.lon_deg,
            of_lat_deg=zones.lat_deg,
        )
        raise NetworkError(
            f"clip_timetable: none of the {sum(day.n_trips for day in days)} trips calls near the "
            f"{len(zones)} zones; feed and zones are of different places" + (f": {told[0]}" if told else "")
        )
    kept = near.copy()
    for day in days:
        position, _ = ragged(day.stop_ptr, np.flatnonzero(_touching(day, near)))
        kept[day.stop[position]] = True
    return edit_days(timetable, lambda day: _clipped(day, np.flatnonzero(_touching(day, near)), kept))


def _near_stops(timetable: Timetable, zones: Zones, max_walk_m: float, external_radius_m: float) -> BoolArray:
    """Stops that the zones can be joined to."""
    lon, lat = timetable.stop_lon_deg, timetable.stop_lat_deg
    near = np.zeros(timetable.n_stops, bool)
    if not near.size:
        return near
    stops = tree_of(lon, lat)
    reach_m = np.where(zones.kind == ZoneKind.EXTERNAL, external_radius_m, max_walk_m)
    for found in stops.query_ball_point(sphere_points_m(zones.lon_deg, zones.lat_deg), reach_m):
        near[found] = True
    has_area = np.array([polygon is not None for polygon in zones.polygon], bool) & (zones.kind == ZoneKind.INTERNAL)
    if has_area.any():
        middle_deg = float(zones.lat_deg[has_area].mean())
        areas = shapely.STRtree(
            shapely.transform(zones.polygon[has_area], lambda xy: _plane(xy[:, 0], xy[:, 1], middle_deg))
        )
        points = shapely.points(_plane(lon, lat, middle_deg))
        near[areas.query(points, predicate="dwithin", distance=max_walk_m)[0]] = True
    return near


def _plane(lon_deg: FloatArray, lat_deg: FloatArray, middle_deg: float) -> FloatArray:
    """Metres on a plane that is true at one latitude: good to a percent within a region."""
    per_degree = np.radians(1.0) * geo.EARTH_RADIUS_M
    return np.column_stack([lon_deg * per_degree * np.cos(np.radians(middle_deg)), lat_deg * per_degree])


def _touching(timetable: Timetable, near: BoolArray) -> BoolArray:
    """Routes with a call at a near stop."""
    route = np.repeat(np.arange(timetable.n_routes), np.diff(timetable.stop_ptr))
    touches = np.zeros(timetable.n_routes, bool)
    touches[route[near[timetable.stop]]] = True
    return touches


def _clipped(timetable: Timetable, routes: LongArray, kept: BoolArray) -> Timetable:
    """The timetable with some of its routes and stops alone."""
    position, stop_ptr = ragged(timetable.stop_ptr, routes)
    trip, trip_ptr = ragged(timetable.trip_ptr, routes)
    call, call_ptr = ragged(timetable.call_ptr, trip)
    new_row = np.cumsum(kept, dtype=np.int32) - 1
    before = timetable.report
    return replace(
        timetable,
        **{name: getattr(timetable, name)[kept] for name in _BY_STOP},
        **{name: getattr(timetable, name)[routes] for name in _BY_ROUTE},
        **{name: getattr(timetable, name)[position] for name in _BY_POSITION},
        **{name: getattr(timetable, name)[trip] for name in _BY_TRIP},
        stop=new_row[timetable.stop[position]],
        stop_ptr=stop_ptr,
        trip_ptr=trip_ptr,
        call_ptr=call_ptr,
        arrival_s=timetable.arrival_s[call],
        departure_s=timetable.departure_s[call],
        **_pairs(timetable, kept, new_row),
        report=ReadReport(
            before.file if before else "timetable",
            {
                **(before.counts if before else {}),
                DROPPED_TRIPS: timetable.n_trips - len(trip),
                DROPPED_STOPS: int((~kept).sum()),
            },
        ),
    )


def _pairs(timetable: Timetable, kept: BoolArray, new_row: IntArray) -> dict[str, Any]:
    """Stated and forbidden changes between stops that are kept."""
    columns: dict[str, Any] = {}
    for kind in ("transfer", "no_transfer"):
        start, end = (getattr(timetable, f"{kind}_{which}") for which in ("from", "to"))
        stays = kept[start] & kept[end]
        columns |= {f"{kind}_from": new_row[start[stays]], f"{kind}_to": new_row[end[stays]]}
        if kind == "transfer":
            columns["transfer_time_s"] = timetable.transfer_time_s[stays]
    return columns
