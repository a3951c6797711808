import pytest

from itas_mobility.core import Mode
from itas_mobility.network import tags

WITH, AGAINST, BOTH, NONE = (True, False), (False, True), (True, True), (False, False)
ONE_WAY = {"oneway": "yes"}
TURNED = {"oneway": "-1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, BOTH),
        ({"oneway": "nonsense"}, BOTH),
        ({"oneway": "no"}, BOTH),
        ({"oneway": "false"}, BOTH),
        ({"oneway": "0"}, BOTH),
        ({"oneway": "yes"}, WITH),
        ({"oneway": "true"}, WITH),
        ({"oneway": "1"}, WITH),
        ({"oneway": "-1"}, AGAINST),
        ({"oneway": "reverse"}, AGAINST),
        ({"oneway": "reversible"}, NONE),
        ({"oneway": "alternating"}, BOTH),
        ({"highway": "motorway"}, WITH),
        ({"highway": "motorway", "oneway": "no"}, BOTH),
        ({"highway": "motorway", "oneway": "alternating"}, WITH),
        ({"highway": "motorway", "oneway": "reversible"}, NONE),
        ({"highway": "motorway_link"}, BOTH),
        ({"highway": "trunk"}, BOTH),
        ({"junction": "roundabout"}, WITH),
        ({"junction": "circular"}, WITH),
        ({"junction": "jughandle"}, BOTH),
        ({"junction": "yes"}, BOTH),
        ({"junction": "roundabout", "oneway": "-1"}, AGAINST),
        ({"junction": "roundabout", "oneway": "no"}, BOTH),
        # rules of bicycles and buses do not move cars
        ({**ONE_WAY, "oneway:bicycle": "no", "cycleway": "opposite", "oneway:bus": "no"}, WITH),
        # rules of the vehicle's kind stand above the general ones, the special above the general
        ({"oneway": "no", "oneway:vehicle": "yes"}, WITH),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, BOTH),
        ({"oneway:vehicle": "no", "oneway:motor_vehicle": "-1"}, AGAINST),
        ({"oneway:motor_vehicle": "yes", "oneway:motorcar": "no"}, BOTH),
    ],
)
def test_cars(given, expected):
    assert tags.parse_direction(given) == expected


def test_lorries_have_a_key_of_their_own():
    given = {"oneway:hgv": "yes"}
    assert tags.parse_direction(given, Mode.HGV) == WITH
    assert tags.parse_direction(given, Mode.CAR) == BOTH


@pytest.mark.parametrize("mode", [Mode.BIKE, Mode.PEDELEC])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (ONE_WAY, WITH),
        ({"highway": "motorway", "bicycle": "yes"}, WITH),
        ({"junction": "roundabout"}, WITH),
        ({**ONE_WAY, "oneway:bicycle": "no"}, BOTH),
        ({**TURNED, "oneway:bicycle": "no"}, BOTH),
        ({"junction": "roundabout", "oneway:bicycle": "no"}, BOTH),
        ({"oneway": "no", "oneway:bicycle": "yes"}, WITH),
        ({**ONE_WAY, "oneway:bicycle": "-1"}, AGAINST),
        ({"oneway:bicycle": "-1"}, AGAINST),
        ({"oneway": "reversible", "oneway:bicycle": "no"}, BOTH),
        # the key of bicycles stands above a cycle lane
        ({**ONE_WAY, "oneway:bicycle": "yes", "cycleway": "opposite"}, WITH),
        ({**ONE_WAY, "cycleway": "opposite"}, BOTH),
        ({**ONE_WAY, "cycleway": "opposite_lane"}, BOTH),
        ({**TURNED, "cycleway": "opposite_track"}, BOTH),
        ({"oneway": "no", "cycleway": "opposite_lane"}, BOTH),
        ({**ONE_WAY, "cycleway:left": "opposite_track"}, BOTH),
        ({**ONE_WAY, "cycleway:both": "opposite_lane"}, BOTH),
        ({**ONE_WAY, "cycleway:left": "lane", "cycleway:left:oneway": "-1"}, BOTH),
        ({**TURNED, "cycleway:right": "lane", "cycleway:right:oneway": "no"}, BOTH),
        ({**ONE_WAY, "cycleway": "lane"}, WITH),
        ({**ONE_WAY, "cycleway:right": "track"}, WITH),
        # a track on the far side lies to the right of those who come against
        ({**ONE_WAY, "cycleway:left": "track"}, BOTH),
        ({**ONE_WAY, "cycleway:left": "track", "cycleway:left:oneway": "yes"}, WITH),
        ({**ONE_WAY, "cycleway:left": "lane"}, WITH),
        ({**TURNED, "cycleway:right": "track"}, BOTH),
        ({**TURNED, "cycleway:left": "track"}, AGAINST),
        ({**ONE_WAY, "bicycle:backward": "yes"}, BOTH),
        ({**TURNED, "bicycle:forward": "designated"}, BOTH),
        ({**ONE_WAY, "bicycle:backward": "no"}, WITH),
        ({"oneway:motorcar": "yes"}, BOTH),
    ],
)
def test_bicycles(given, expected, mode):
    assert tags.parse_direction(given, mode) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (ONE_WAY, WITH),
        ({**ONE_WAY, "oneway:bus": "no"}, BOTH),
        ({**ONE_WAY, "oneway:psv": "no"}, BOTH),
        ({**ONE_WAY, "oneway:psv": "no", "oneway:bus": "yes"}, WITH),
        ({"oneway": "no", "oneway:psv": "-1"}, AGAINST),
        ({**ONE_WAY, "busway": "opposite_lane"}, BOTH),
        ({**ONE_WAY, "busway:left": "opposite_lane"}, BOTH),
        ({**ONE_WAY, "busway": "lane"}, WITH),
        ({**ONE_WAY, "lanes:psv:backward": "1"}, BOTH),
        ({**ONE_WAY, "lanes:psv:forward": "1"}, WITH),
        ({**TURNED, "lanes:bus:forward": "1"}, BOTH),
        ({**ONE_WAY, "bus:lanes:backward": "designated"}, BOTH),
        ({**ONE_WAY, "bus:backward": "designated"}, BOTH),
        ({**ONE_WAY, "oneway:bicycle": "no"}, WITH),
    ],
)
def test_buses(given, expected):
    assert tags.parse_direction(given, Mode.BUS) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (ONE_WAY, BOTH),
        (TURNED, BOTH),
        ({"oneway": "reversible"}, BOTH),
        ({"junction": "roundabout"}, BOTH),
        ({"oneway:foot": "yes"}, WITH),
        ({**TURNED, "oneway:foot": "yes"}, WITH),
        ({"oneway:foot": "-1"}, AGAINST),
        ({"junction": "roundabout", "oneway:foot": "no"}, BOTH),
        ({"highway": "steps", "conveying": "forward"}, WITH),
        ({"highway": "footway", "conveying": "backward"}, AGAINST),
        ({"highway": "steps", "conveying": "reversible"}, BOTH),
        ({"highway": "steps", "conveying": "yes"}, BOTH),
        ({"highway": "residential", "conveying": "forward"}, BOTH),
    ],
)
def test_feet(given, expected):
    assert tags.parse_direction(given, Mode.WALK) == expected


def test_trams_obey_their_own_tracks():
    assert tags.parse_modes({"railway": "tram", "oneway": "yes"}) == (Mode.TRAM, Mode(0))
    forward, backward = tags.parse_modes({"railway": "tram", "highway": "residential", "oneway": "yes"})
    assert Mode.TRAM in forward & backward
    assert Mode.CAR not in backward
