"""A made region of two homes and two works along one street, with a bus line and a school bus."""

import numpy as np

from itas_mobility import geo, network
from itas_mobility.core import (
    IndustrialSites,
    Region,
    ShiftPattern,
    TransitMode,
    TransitNetwork,
    ZoneKind,
    Zones,
)
from itas_mobility.network.transit.courses import stop_rows
from itas_mobility.scenarios.parameters import default_parameters

HOUR = 3600.0
STOPS = ("Markt", "Schule", "Werk", "Dorf", "Tor Nord")
COLUMNS = (0, 20, 40, 60, 40)
"""Place of each stop along the street, in steps of 100 m; Tor Nord lies 500 m north of Werk."""


def made_region() -> Region:
    """Homes at Markt and Dorf, the works `werk` (early 6 to 14) at Werk, `halle` (day 8 to 16) at Schule.

    Line 1 runs Markt - Schule - Werk and back every half hour from 5 to 9 and from 13 to 17, in 6 and 6 minutes; the
    school bus S hourly from Dorf to Schule, in 8.
    """
    streets = network.grid(61, 6, spacing_m=100.0)
    lon, lat = streets.node_lon_deg, streets.node_lat_deg
    node = np.array([*COLUMNS[:4], 40 + 5 * 61])
    home = [0, 60]
    shifts = (
        ShiftPattern(["frueh"], [6 * HOUR], [14 * HOUR], [1.0]),
        ShiftPattern(["tag"], [8 * HOUR], [16 * HOUR], [1.0]),
    )
    gate = np.array([40, 20])
    zone_node = np.array([*home, *gate])
    parameters = default_parameters()
    for name in ("shift_arrive_buffer_min", "shift_leave_buffer_min"):
        parameters = parameters.with_value(name, 10.0, source="made")
    return Region(
        name="tiny",
        title="Gemachte Region",
        zones=Zones(
            zone_id=["markt", "dorf", "werk", "halle"],
            name=["Markt", "Dorf", "Werk", "Halle"],
            municipality=["14524000"] * 4,
            district=["14524"] * 4,
            kind=[ZoneKind.INTERNAL, ZoneKind.INTERNAL, ZoneKind.SITE, ZoneKind.SITE],
            lon_deg=lon[zone_node],
            lat_deg=lat[zone_node],
            residents=[3000.0, 1500.0, 0.0, 0.0],
            employed_residents=[1000.0, 500.0, 0.0, 0.0],
            jobs=[50.0, 20.0, 600.0, 200.0],
            polygon=np.full(4, None),
        ),
        sites=IndustrialSites(
            site_id=["werk", "halle"],
            name=["Werk", "Halle"],
            zone=[2, 3],
            gate_ptr=[0, 1, 2],
            gate_name=["Tor 1", "Tor 1"],
            gate_lon_deg=lon[gate],
            gate_lat_deg=lat[gate],
            gate_stop_name=["Werk", "Schule"],
            stop_to_gate_m=[0.0, 0.0],
            gate_to_workplace_m=[0.0, 0.0],
            head_count=[600.0, 200.0],
            attendance_share=[0.9, 0.9],
            parking_spaces=[300.0, 100.0],
            grid_connection_kw=[500.0, 100.0],
            charging_points=[10, 2],
            charging_point_kw=[11.0, 11.0],
            shifts=shifts,
        ),
        roads=streets,
        bike=streets,
        walk=streets,
        transit=TransitNetwork(
            stop_id=[f"s{k}" for k in range(5)],
            stop_name=STOPS,
            stop_lon_deg=lon[node],
            stop_lat_deg=lat[node],
            pattern_id=["1:hin", "1:her", "S:hin"],
            line=["1", "1", "S"],
            pattern_name=["hin", "her", "Schulbus"],
            mode=[TransitMode.BUS] * 3,
            stop_ptr=[0, 3, 6, 8],
            stop=[0, 1, 2, 2, 1, 0, 3, 1],
            run_time_s=[360, 360, 0, 360, 360, 0, 480, 0],
            distance_m=[2000, 2000, 0, 2000, 2000, 0, 4000, 0],
            band_start_s=[5 * HOUR, 13 * HOUR],
            band_end_s=[9 * HOUR, 17 * HOUR],
            headway_s=[[1800, 1800], [1800, 1800], [3600, np.inf]],
            offset_s=[0, 0, 0],
        ),
        commuters=None,
        parameters=parameters,
        sources=(),
        is_stylised=True,
    )


def metres_between(region: Region, one: str, other: str) -> float:
    """Beeline between two stops."""
    a, b = stop_rows(region.transit, [one, other])
    lines = region.transit
    return float(
        geo.haversine_m(lines.stop_lon_deg[a], lines.stop_lat_deg[a], lines.stop_lon_deg[b], lines.stop_lat_deg[b])
    )
