"""The mean working day: whom it sees of shifts that are worked on other days."""

import numpy as np
import pytest

from itas_mobility import demand
from itas_mobility.core import IndustrialSites, ODMatrix, ShiftPattern, Skims, ZoneKind, Zones
from itas_mobility.core.weekdays import weekday_mask
from itas_mobility.scenarios.parameters import default_parameters

HOUR = 3600.0


def segments_of(*shifts):
    """Segments of a works whose shifts are given as (start, days, share of heads)."""
    zones = Zones(
        zone_id=["home", "works"], name=["Home", "Works"], municipality=["14524000"] * 2, district=["14524"] * 2,
        kind=[ZoneKind.INTERNAL, ZoneKind.SITE], lon_deg=[12.4, 12.5], lat_deg=[50.7, 50.7], residents=[2000.0, 0.0],
        employed_residents=[1000.0, 0.0], jobs=[400.0, 600.0], polygon=np.full(2, None),
    )  # fmt: skip
    start, days, share = (list(column) for column in zip(*shifts, strict=True))
    begins = np.array(start) * HOUR
    pattern = ShiftPattern(
        [f"s{k}" for k in range(len(shifts))], begins, begins + 8 * HOUR, share, [weekday_mask(one) for one in days]
    )
    sites = IndustrialSites(
        site_id=["works"], name=["Works"], zone=[1], gate_ptr=[0, 1], gate_name=["Tor"], gate_lon_deg=[12.5],
        gate_lat_deg=[50.7], gate_stop_name=[""], stop_to_gate_m=[0.0], gate_to_workplace_m=[0.0], head_count=[600.0],
        attendance_share=[0.9], parking_spaces=[100.0], grid_connection_kw=[100.0], charging_points=[1],
        charging_point_kw=[11.0], shifts=(pattern,),
    )  # fmt: skip
    commuters = ODMatrix(zones.zone_id, np.array([[400.0, 600.0], [0.0, 0.0]]))
    near = Skims(zones.zone_id, {"length_m": np.full((2, 2), 5000.0)})
    found = demand.tour_segments(
        commuters, zones, sites, near, demand.day_slices(), parameters=default_parameters()
    )  # fmt: skip
    return {one.label: float(one.workers[:, 1].sum()) for one in found if demand.works_shifts(one)}


def test_a_working_day_sees_nobody_of_a_weekend_shift():
    assert segments_of((6, "Mo-Fr", 0.5), (7, "Sa,So", 0.5)) == {"06:00-14:00": pytest.approx(270.0)}


def test_shifts_of_equal_hours_weigh_by_their_own_days():
    found = segments_of((6, "Mo-Fr", 0.5), (6, "Sa,So", 0.3), (1, "Di-Sa", 0.2))
    assert found == {"01:00-09:00": pytest.approx(0.8 * 0.2 * 540), "06:00-14:00": pytest.approx(0.5 * 540)}


def test_a_shift_of_every_day_is_whole():
    assert segments_of((6, "Mo-So", 1.0)) == {"06:00-14:00": pytest.approx(540.0)}
