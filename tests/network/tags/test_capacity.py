import pytest

from itas_mobility.core import RoadClass, VdfKind
from itas_mobility.network import LINK_DEFAULTS, LinkDefaults
from itas_mobility.network.tags import GREEN_SHARES, SATURATION_VEH_PER_H, capacity_per_lane_veh_per_h


def capacity(road_class, defaults=None, *, town=False, signal=False):
    return capacity_per_lane_veh_per_h(
        road_class, defaults or LINK_DEFAULTS[road_class], is_built_up=town, is_signalised=signal
    )


def test_signals_take_capacity_only_where_the_road_has_more():
    assert capacity(RoadClass.PRIMARY) == 1500
    assert capacity(RoadClass.PRIMARY, signal=True) == SATURATION_VEH_PER_H * GREEN_SHARES[RoadClass.PRIMARY] == 1000
    assert capacity(RoadClass.RESIDENTIAL) == capacity(RoadClass.RESIDENTIAL, signal=True) == 600


@pytest.mark.parametrize("road_class", LINK_DEFAULTS)
def test_the_table_is_in_order(road_class):
    free, held = capacity(road_class), capacity(road_class, signal=True)
    assert 0 < held <= free <= SATURATION_VEH_PER_H


def test_users_override_each_column():
    given = LinkDefaults(1800, 50, 70, capacity_urban_per_lane_veh_per_h=1200, green_share=0.25)
    assert capacity(RoadClass.PRIMARY, given) == 1800
    assert capacity(RoadClass.PRIMARY, given, town=True) == 1200
    assert capacity(RoadClass.PRIMARY, given, town=True, signal=True) == 500
    assert given.vdf is VdfKind.BPR


def test_old_use_by_position_still_works():
    given = LinkDefaults(1000, 40, 60, lanes=2)
    assert (given.capacity_per_lane_veh_per_h, given.speed_urban_km_per_h, given.speed_rural_km_per_h) == (1000, 40, 60)
    assert (given.lanes, given.vdf_alpha, given.vdf_beta) == (2, 0.15, 4.0)
