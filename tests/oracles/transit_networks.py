"""Small transit nouns written down by hand, for the tests of several rooms."""

import numpy as np

from itas_mobility.core import (
    AccessLegs,
    IndustrialSites,
    ODMatrix,
    ShiftPattern,
    Timetable,
    TransitMode,
    TransitNetwork,
    Zones,
)


def network(stops, patterns, *, bands=((0.0, 86400.0),)):
    """Transit network of `stops` (names) and patterns (id, line, [stops], [run times s], headway(s) s[, offset s])."""
    stops = list(stops)
    row = {name: i for i, name in enumerate(stops)}
    called = [row[s] for p in patterns for s in p[2]]
    run = [t for p in patterns for t in [*p[3], 0.0]]
    headway = [p[4] if isinstance(p[4], list | tuple) else [p[4]] * len(bands) for p in patterns]
    n = len(patterns)
    return TransitNetwork(
        stop_id=np.array(stops),
        stop_name=np.array(stops),
        stop_lon_deg=np.zeros(len(stops)),
        stop_lat_deg=np.zeros(len(stops)),
        pattern_id=np.array([p[0] for p in patterns], dtype=str),
        line=np.array([p[1] for p in patterns], dtype=str),
        pattern_name=np.array([p[0] for p in patterns], dtype=str),
        mode=np.full(n, TransitMode.BUS),
        stop_ptr=np.cumsum([0, *(len(p[2]) for p in patterns)]),
        stop=np.array(called, dtype=np.int32),
        run_time_s=np.array(run, dtype=float),
        distance_m=np.array(run, dtype=float) * 10.0,
        band_start_s=np.array([b[0] for b in bands]),
        band_end_s=np.array([b[1] for b in bands]),
        headway_s=np.array(headway, dtype=float).reshape(n, len(bands)),
        offset_s=np.array([p[5] if len(p) > 5 else 0.0 for p in patterns], dtype=float),
    )


def access(n_zones, n_stops, legs, transfers=()):
    """Access legs from (zone, stop, s) and transfers (from, to, s), walking at 1.25 m/s."""
    legs, transfers = sorted(legs), sorted(transfers)
    return AccessLegs(
        n_zones=n_zones,
        n_stops=n_stops,
        zone=np.array([leg[0] for leg in legs], dtype=np.int32),
        stop=np.array([leg[1] for leg in legs], dtype=np.int32),
        time_s=np.array([leg[2] for leg in legs], dtype=float),
        length_m=np.array([leg[2] * 1.25 for leg in legs], dtype=float),
        transfer_from=np.array([t[0] for t in transfers], dtype=np.int32),
        transfer_to=np.array([t[1] for t in transfers], dtype=np.int32),
        transfer_time_s=np.array([t[2] for t in transfers], dtype=float),
    )


def zones(n, *, kind=None):
    """`n` zones named z0, z1, ..."""
    ids = np.array([f"z{i}" for i in range(n)])
    return Zones(
        zone_id=ids,
        name=ids,
        municipality=np.full(n, "14524000"),
        district=np.full(n, "14524"),
        kind=np.zeros(n) if kind is None else kind,
        lon_deg=np.full(n, 12.5),
        lat_deg=np.full(n, 50.7),
        residents=np.full(n, 1000.0),
        employed_residents=np.full(n, 400.0),
        jobs=np.zeros(n),
        polygon=np.full(n, None),
    )


def od(n, trips):
    """OD matrix of n zones from {(from, to): trips}."""
    matrix = np.zeros((n, n))
    for pair, value in trips.items():
        matrix[pair] = value
    return ODMatrix(np.array([f"z{i}" for i in range(n)]), matrix)


def timetable(stops, routes):
    """Timetable of `stops` (names) and routes (id, line, [stops], [(trip id, [(arrival s, departure s), ..]), ..])."""
    stops = list(stops)
    row = {name: i for i, name in enumerate(stops)}
    trips = [trip for route in routes for trip in route[3]]
    calls = [call for _, times in trips for call in times]
    return Timetable(
        stop_id=np.array(stops),
        stop_name=np.array(stops),
        stop_lon_deg=np.zeros(len(stops)),
        stop_lat_deg=np.zeros(len(stops)),
        route_id=np.array([r[0] for r in routes], dtype=str),
        line=np.array([r[1] for r in routes], dtype=str),
        mode=np.full(len(routes), TransitMode.BUS),
        stop_ptr=np.cumsum([0, *(len(r[2]) for r in routes)]),
        stop=np.array([row[s] for r in routes for s in r[2]], dtype=np.int32),
        trip_ptr=np.cumsum([0, *(len(r[3]) for r in routes)]),
        trip_id=np.array([trip[0] for trip in trips], dtype=str),
        call_ptr=np.cumsum([0, *(len(times) for _, times in trips)]),
        arrival_s=np.array([call[0] for call in calls], dtype=float),
        departure_s=np.array([call[1] for call in calls], dtype=float),
    )


def sites(shifts_by_zone):
    """Sites from {zone row: [(shift, start s, end s, share of heads), ...]}, named s<zone row>."""
    n = len(shifts_by_zone)
    ids = np.array([f"s{zone}" for zone in shifts_by_zone])
    return IndustrialSites(
        site_id=ids,
        name=ids,
        zone=np.array(list(shifts_by_zone), dtype=np.int32),
        gate_ptr=np.arange(n + 1),
        gate_name=ids,
        gate_lon_deg=np.full(n, 12.5),
        gate_lat_deg=np.full(n, 50.7),
        gate_stop_name=ids,
        stop_to_gate_m=np.zeros(n),
        gate_to_workplace_m=np.zeros(n),
        head_count=np.full(n, 100.0),
        attendance_share=np.ones(n),
        parking_spaces=np.zeros(n),
        grid_connection_kw=np.zeros(n),
        charging_points=np.zeros(n, dtype=np.int32),
        charging_point_kw=np.zeros(n),
        shifts=tuple(
            ShiftPattern(
                name=np.array([s[0] for s in shifts]),
                start_s=np.array([s[1] for s in shifts], dtype=float),
                end_s=np.array([s[2] for s in shifts], dtype=float),
                head_share=np.array([s[3] for s in shifts], dtype=float),
            )
            for shifts in shifts_by_zone.values()
        ),
    )
