"""Stages of supply that are reused: the same legs as if nothing had been kept."""

import dataclasses

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import scenarios
from itas_mobility.core import TransitMode, TransitNetwork, ZoneKind
from itas_mobility.scenarios.stages.road_supply import connect_networks

COLUMNS = (0, 8, 16, 24, 32, 40, 48)


def with_far_line(mode, *, fifth="E"):
    """The made region, Markt being a town outside, whose seven stops have a line to the two that lie farthest.

    A gate names the stop `Werk`, which is then taken to be at the gate.
    """
    region = made_region()
    zones = dataclasses.replace(region.zones, kind=np.array([ZoneKind.EXTERNAL, *region.zones.kind[1:]], np.uint8))
    lon, lat = region.walk.node_lon_deg, region.walk.node_lat_deg
    n = len(COLUMNS)
    transit = TransitNetwork(
        stop_id=[f"s{k}" for k in range(n)],
        stop_name=[*"ABCD", fifth, "F", "G"],
        stop_lon_deg=lon[list(COLUMNS)],
        stop_lat_deg=lat[list(COLUMNS)],
        pattern_id=["near", "far"],
        line=["1", "2"],
        pattern_name=["", ""],
        mode=[TransitMode.BUS, mode],
        stop_ptr=[0, 5, 7],
        stop=[0, 1, 2, 3, 4, 5, 6],
        run_time_s=[60, 60, 60, 60, 0, 60, 0],
        distance_m=[800, 800, 800, 800, 0, 800, 0],
        band_start_s=[0.0],
        band_end_s=[86400.0],
        headway_s=[[600.0], [600.0]],
        offset_s=[0, 0],
    )
    return dataclasses.replace(region, zones=zones, transit=transit)


def faster(region):
    speed = region.parameters["walk_speed_km_per_h"]
    return dataclasses.replace(
        region, parameters=region.parameters.with_value(speed.name, speed.high, source="made for a test")
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (with_far_line(TransitMode.BUS), with_far_line(TransitMode.TRAIN)),
        (with_far_line(TransitMode.BUS), with_far_line(TransitMode.BUS, fifth="Werk")),
        (with_far_line(TransitMode.BUS), faster(with_far_line(TransitMode.BUS))),
        (with_far_line(TransitMode.BUS), dataclasses.replace(with_far_line(TransitMode.BUS), bike_stop_id=("s6",))),
        (with_far_line(TransitMode.BUS), dataclasses.replace(with_far_line(TransitMode.BUS), car_stop_id=("s6",))),
    ],
    ids=["trains at other stops", "names of stops", "walking speed", "bicycles", "cars"],
)
def test_access_legs_are_made_anew_where_what_they_depend_on_changed(before, after):
    store = scenarios.StageStore()
    first = connect_networks(before, before, store).access
    kept = connect_networks(before, after, store).access
    fresh = connect_networks(before, after, scenarios.StageStore()).access
    assert (len(first), first.time_s.tolist()) != (len(fresh), fresh.time_s.tolist()), "the change makes a difference"
    assert kept.stop.tolist() == fresh.stop.tolist()
    assert kept.time_s.tolist() == fresh.time_s.tolist()
    assert connect_networks(before, before, store).access is first
