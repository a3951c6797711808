import pytest

from itas_mobility.core import Mode, RoadClass
from itas_mobility.errors import NetworkError
from itas_mobility.network import tags


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (True, True)),
        ({"oneway": "nonsense"}, (True, True)),
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "true"}, (True, False)),
        ({"oneway": "1"}, (True, False)),
        ({"oneway": "-1"}, (False, True)),
        ({"oneway": "reverse"}, (False, True)),
        ({"oneway": "reversible"}, (False, False)),
        ({"oneway": "alternating"}, (True, True)),
        ({"highway": "motorway"}, (True, False)),
        ({"highway": "motorway", "oneway": "no"}, (True, True)),
        ({"highway": "motorway_link"}, (True, True)),
        ({"junction": "roundabout"}, (True, False)),
        ({"junction": "circular"}, (True, False)),
        ({"junction": "roundabout", "oneway": "-1"}, (False, True)),
    ],
)
def test_direction_of_vehicles(given, expected):
    assert tags.parse_direction(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "yes", "oneway:bicycle": "no"}, (True, True)),
        ({"oneway": "yes", "cycleway": "opposite_lane"}, (True, True)),
        ({"oneway": "yes", "cycleway:left": "opposite_track"}, (True, True)),
        ({"oneway": "yes", "cycleway:left:oneway": "-1"}, (True, True)),
        ({"oneway:bicycle": "-1"}, (False, True)),
        ({"oneway": "yes", "cycleway": "lane"}, (True, False)),
    ],
)
def test_direction_of_bicycles(given, expected):
    assert tags.parse_bicycle_direction(given) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50", 50.0),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("DE:urban", 50.0),
        ("DE:rural", 100.0),
        ("DE:motorway", 130.0),
        ("DE:zone30", 30.0),
        ("DE:zone:20", 20.0),
        ("DE:30", 30.0),
        ("none", 130.0),
        ("walk", 7.0),
        ("signals", 0.0),
        ("variable", 0.0),
        ("fast", 0.0),
        ("-30", 0.0),
        ("1", 0.0),
        ("80;60", 60.0),
        ("", 0.0),
    ],
)
def test_speed_limits(text, expected):
    assert tags.parse_limit(text) == pytest.approx(expected)


def test_limits_by_direction_and_from_zone_tags():
    assert tags.parse_limits({"maxspeed": "70", "maxspeed:backward": "50"}) == (70.0, 50.0)
    assert tags.parse_limits({"zone:maxspeed": "DE:30"}) == (30.0, 30.0)
    assert tags.parse_limits({"maxspeed": "signals", "source:maxspeed": "DE:rural"}) == (100.0, 100.0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"lanes": "4"}, (2.0, 2.0)),
        ({"lanes": "3"}, (1.5, 1.5)),
        ({"lanes": "3", "lanes:forward": "2", "lanes:backward": "1"}, (2.0, 1.0)),
        ({"lanes": "3", "lanes:forward": "2"}, (2.0, 1.0)),
        ({"lanes": "2", "oneway": "yes"}, (2.0, 0.0)),
        ({"lanes": "2", "oneway": "-1"}, (0.0, 2.0)),
        ({"lanes": "2.5"}, (0.0, 0.0)),
        ({"lanes": "-1"}, (0.0, 0.0)),
        ({"lanes": "two"}, (0.0, 0.0)),
        ({"lanes": "²"}, (0.0, 0.0)),
        ({"lanes": "3", "oneway": "yes", "lanes:bus": "1"}, (2.0, 0.0)),
        ({"lanes": "4", "lanes:psv": "2"}, (1.0, 1.0)),
        ({"lanes": "4", "lanes:bus:forward": "1"}, (1.0, 2.0)),
        ({"lanes": "1"}, (0.5, 0.5)),
    ],
)
def test_lanes(given, expected):
    assert tags.parse_lanes(given) == expected


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ({"highway": "residential"}, "CAR HGV BUS BIKE WALK"),
        ({"highway": "motorway"}, "CAR HGV BUS"),
        ({"highway": "footway"}, "WALK"),
        ({"highway": "cycleway"}, "BIKE"),
        ({"highway": "track"}, "BIKE WALK"),
        ({"highway": "track", "motor_vehicle": "yes"}, "CAR HGV BUS BIKE WALK"),
        ({"highway": "residential", "access": "private"}, ""),
        ({"highway": "residential", "access": "no", "bicycle": "yes"}, "BIKE"),
        ({"highway": "residential", "vehicle": "no"}, "WALK"),
        ({"highway": "residential", "vehicle": "no", "motorcar": "yes"}, "CAR WALK"),
        ({"highway": "residential", "motor_vehicle": "destination"}, "CAR HGV BUS BIKE WALK"),
        ({"highway": "residential", "motor_vehicle": "agricultural"}, "BIKE WALK"),
        ({"highway": "residential", "motor_vehicle": "delivery"}, "HGV BIKE WALK"),
        ({"highway": "service", "access": "no", "psv": "yes"}, "BUS"),
        ({"highway": "service", "motor_vehicle": "psv"}, "BUS BIKE WALK"),
        ({"highway": "primary", "hgv": "no"}, "CAR BUS BIKE WALK"),
        ({"highway": "primary", "maxweight": "3.5"}, "CAR BUS BIKE WALK"),
        ({"highway": "primary", "maxheight": "3.8 m"}, "CAR BUS BIKE WALK"),
        ({"highway": "primary", "maxweight": "12"}, "CAR HGV BUS BIKE WALK"),
        ({"highway": "primary", "motorroad": "yes"}, "CAR HGV BUS"),
        ({"highway": "primary", "bicycle": "use_sidepath"}, "CAR HGV BUS WALK"),
        ({"railway": "tram"}, "TRAM"),
        ({"highway": "residential", "railway": "tram"}, "CAR HGV BUS BIKE WALK TRAM"),
        ({"highway": "residential", "railway": "abandoned"}, "CAR HGV BUS BIKE WALK"),
        ({"railway": "rail"}, "TRAIN"),
    ],
)
def test_access_by_mode_and_precedence(given, opened):
    expected = Mode(0)
    for name in opened.split():
        expected |= Mode[name]
    assert tags.parse_modes(given)[0] == expected


def test_access_by_direction():
    forward, backward = tags.parse_modes({"highway": "residential", "motor_vehicle:backward": "no"})
    assert Mode.CAR in forward
    assert Mode.CAR not in backward
    assert Mode.BIKE in backward


@pytest.mark.parametrize(
    "given",
    [
        {"highway": "construction", "construction": "primary"},
        {"highway": "proposed"},
        {"highway": "pedestrian", "area": "yes"},
        {"highway": "raceway"},
        {"building": "yes"},
    ],
)
def test_ways_that_carry_no_traffic(given):
    assert tags.parse_way(given) is None


@pytest.mark.parametrize(
    ("given", "mode", "expected"),
    [
        ({"barrier": "bollard"}, Mode.CAR, False),
        ({"barrier": "bollard"}, Mode.BIKE, True),
        ({"barrier": "gate"}, Mode.CAR, True),
        ({"barrier": "gate", "access": "no", "foot": "yes"}, Mode.CAR, False),
        ({"barrier": "gate", "access": "no", "foot": "yes"}, Mode.WALK, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, Mode.CAR, True),
        ({"barrier": "bus_trap"}, Mode.BUS, True),
        ({"barrier": "bus_trap"}, Mode.CAR, False),
        ({"highway": "crossing", "access": "no"}, Mode.CAR, True),
        ({"barrier": "gate", "access": "private"}, Mode.HGV, False),
    ],
)
def test_barriers(given, mode, expected):
    assert tags.passes_node(given, mode) is expected


def test_free_speeds_follow_limit_class_and_mode():
    def speed(given, mode):
        way = tags.parse_way(given)
        return tags.free_speed_km_per_h(way, 0, mode, tags.LINK_DEFAULTS[way.road_class])

    town = {"highway": "secondary", "maxspeed": "50"}
    assert speed(town, Mode.CAR) == pytest.approx(45.0)
    assert speed({"highway": "secondary", "maxspeed": "80"}, Mode.CAR) == 80.0
    assert speed({"highway": "secondary", "maxspeed": "80"}, Mode.HGV) == 60.0
    assert speed({"highway": "motorway", "maxspeed": "none"}, Mode.CAR) == 120.0
    assert speed({"highway": "motorway", "maxspeed": "none"}, Mode.HGV) == 80.0
    assert speed({"highway": "secondary"}, Mode.CAR) == tags.LINK_DEFAULTS[RoadClass.SECONDARY].speed_rural_km_per_h
    in_town = {"highway": "secondary", "zone:traffic": "DE:urban"}
    assert speed(in_town, Mode.CAR) == pytest.approx(45.0)
    assert speed(town, Mode.WALK) == tags.WALK_KM_PER_H
    assert speed({"highway": "steps"}, Mode.WALK) < tags.WALK_KM_PER_H


def test_every_class_has_defaults_and_an_osm_value():
    for road_class in set(tags.ROAD_CLASSES.values()) | set(tags.RAIL_CLASSES.values()):
        default = tags.LINK_DEFAULTS[road_class]
        assert default.capacity_per_lane_veh_per_h > 0
        assert default.speed_urban_km_per_h > 0
        value = tags.OSM_VALUES[int(road_class)]
        assert {**tags.ROAD_CLASSES, **tags.RAIL_CLASSES}[value] == road_class


def test_unknown_mode_is_named_with_the_known_ones():
    with pytest.raises(NetworkError, match="'boat' is not known; use one of car, hgv"):
        tags.mode_bit("boat")
    assert tags.mode_bit("foot") is Mode.WALK
