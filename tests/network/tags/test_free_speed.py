import numpy as np
import pytest

from itas_mobility.core import Mode, RoadClass
from itas_mobility.network import tags


def speed(given, mode, side=0):
    way = tags.parse_way(given)
    return tags.free_speed_km_per_h(way, side, mode, tags.LINK_DEFAULTS[way.road_class])


TOWN = {"highway": "secondary", "maxspeed": "50"}


@pytest.mark.parametrize(
    ("given", "mode", "expected"),
    [
        (TOWN, Mode.CAR, 45.0),
        ({"highway": "secondary", "maxspeed": "80"}, Mode.CAR, 80.0),
        ({"highway": "secondary", "maxspeed": "80"}, Mode.HGV, 60.0),
        ({"highway": "secondary", "maxspeed": "80", "maxspeed:hgv": "40"}, Mode.HGV, 40.0),
        ({"highway": "secondary", "maxspeed": "100"}, Mode.BUS, 80.0),
        ({"highway": "secondary", "maxspeed": "100", "maxspeed:bus": "60"}, Mode.BUS, 60.0),
        ({"highway": "motorway", "maxspeed": "none"}, Mode.CAR, 120.0),
        ({"highway": "motorway", "maxspeed": "none"}, Mode.HGV, 80.0),
        ({"highway": "secondary", "zone:traffic": "DE:urban"}, Mode.CAR, 45.0),
        ({**TOWN, "surface": "cobblestone"}, Mode.CAR, 30.0),
        ({**TOWN, "maxspeed:advisory": "20"}, Mode.CAR, 20.0),
        ({"highway": "service", "service": "parking_aisle"}, Mode.CAR, 10.0),
        ({"highway": "residential", "maxspeed": "10"}, Mode.BIKE, 10.0),
        ({"highway": "residential", "maxspeed": "80"}, Mode.BIKE, tags.BIKE_KM_PER_H),
        ({"highway": "cycleway", "surface": "gravel"}, Mode.PEDELEC, 0.65 * tags.PEDELEC_KM_PER_H),
        ({"highway": "living_street"}, Mode.BIKE, 7.0),
        (TOWN, Mode.WALK, tags.WALK_KM_PER_H),
        ({"highway": "residential", "maxspeed": "4"}, Mode.WALK, tags.WALK_KM_PER_H),
        ({"highway": "steps"}, Mode.WALK, tags.STEPS_KM_PER_H),
        ({"route": "ferry"}, Mode.WALK, 10.0),
        ({"route": "ferry", "bicycle": "yes"}, Mode.BIKE, 10.0),
        ({"railway": "rail", "maxspeed": "120"}, Mode.TRAIN, 120.0),
    ],
)
def test_free_speeds_follow_limit_class_ground_and_mode(given, mode, expected):
    assert speed(given, mode) == pytest.approx(expected)


def test_roads_without_a_limit_take_the_speed_of_their_class():
    default = tags.LINK_DEFAULTS[RoadClass.SECONDARY]
    assert speed({"highway": "secondary"}, Mode.CAR) == default.speed_rural_km_per_h
    assert speed({"highway": "secondary", "sidewalk": "both"}, Mode.CAR) == default.speed_urban_km_per_h


def test_each_direction_has_its_own_speed():
    given = {"highway": "secondary", "maxspeed": "80", "maxspeed:backward": "60"}
    assert (speed(given, Mode.CAR, 0), speed(given, Mode.CAR, 1)) == (80.0, 60.0)


def test_people_stand_on_escalators_and_walk_on_moving_walkways():
    assert speed({"highway": "steps", "conveying": "forward"}, Mode.WALK) < tags.STEPS_KM_PER_H
    assert speed({"highway": "footway", "conveying": "forward"}, Mode.WALK) > tags.WALK_KM_PER_H


def test_slopes_by_the_published_formulas():
    slope = np.array([0.0, 0.03, -0.03])
    # Parkin and Rotheram: 21.6 km/h on the level, 1.44 less per 1 % up, 0.86 more per 1 % down
    assert tags.slope_speed_share(slope, Mode.BIKE) * 21.6 == pytest.approx([21.6, 17.28, 24.18])
    # Tobler: 6 exp(-3.5 |s + 0.05|)
    level = np.exp(-0.175)
    assert tags.slope_speed_share(slope, Mode.WALK) * level == pytest.approx(np.exp(-3.5 * np.abs(slope + 0.05)))
    assert tags.slope_speed_share(slope, Mode.CAR).tolist() == [1.0, 1.0, 1.0]


def test_pedelecs_lose_less_uphill_and_nobody_stands_still():
    slope = np.linspace(-0.2, 0.2, 41)
    bike, pedelec = (tags.slope_speed_share(slope, mode) for mode in (Mode.BIKE, Mode.PEDELEC))
    assert (pedelec[slope > 0.01] > bike[slope > 0.01]).all()
    assert pedelec[slope <= 0] == pytest.approx(bike[slope <= 0])
    assert (np.diff(bike) <= 0).all()
    assert bike.min() == 0.3
    assert bike.max() == bike[slope <= -0.06].min()
