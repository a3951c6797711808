import pytest

from itas_mobility.network import tags

ONE_WAY = {"oneway": "yes"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (0.0, 0.0)),
        ({"lanes": "4"}, (2.0, 2.0)),
        ({"lanes": "3"}, (1.5, 1.5)),
        ({"lanes": "1"}, (0.5, 0.5)),
        ({"lanes": "3", "lanes:forward": "2", "lanes:backward": "1"}, (2.0, 1.0)),
        ({"lanes": "3", "lanes:forward": "2"}, (2.0, 1.0)),
        ({"lanes": "3", "lanes:backward": "2"}, (1.0, 2.0)),
        ({"lanes:forward": "2", "lanes:backward": "1"}, (2.0, 1.0)),
        # the middle lane belongs to neither side
        ({"lanes": "3", "lanes:both_ways": "1"}, (1.0, 1.0)),
        ({"lanes": "4", "lanes:forward": "2", "lanes:both_ways": "1"}, (2.0, 1.0)),
        ({"lanes": "2", **ONE_WAY}, (2.0, 0.0)),
        ({"lanes": "2", "oneway": "-1"}, (0.0, 2.0)),
        ({"lanes": "3", "highway": "motorway"}, (3.0, 0.0)),
        ({"lanes": "2", "junction": "roundabout"}, (2.0, 0.0)),
        ({"lanes:forward": "3", **ONE_WAY}, (3.0, 0.0)),
        ({"lanes": "2.5"}, (0.0, 0.0)),
        ({"lanes": "0"}, (0.0, 0.0)),
        ({"lanes": "-1"}, (0.0, 0.0)),
        ({"lanes": "two"}, (0.0, 0.0)),
        ({"lanes": "²"}, (0.0, 0.0)),
        ({"lanes": "2;3"}, (0.0, 0.0)),
        ({"lanes": "99"}, (0.0, 0.0)),
        ({"lanes": "2", "lanes:forward": "1.5"}, (1.0, 1.0)),
        ({"lanes": "2", "turn:lanes": "left|through", **ONE_WAY}, (2.0, 0.0)),
    ],
)
def test_general_lanes(given, expected):
    assert tags.parse_lanes(given) == expected


@pytest.mark.parametrize(
    ("given", "general", "bus"),
    [
        ({"lanes": "3", **ONE_WAY, "lanes:bus": "1"}, (2.0, 0.0), (1.0, 0.0)),
        ({"lanes": "4", "lanes:psv": "2"}, (1.0, 1.0), (1.0, 1.0)),
        ({"lanes": "3", "lanes:psv": "1"}, (1.0, 1.0), (0.5, 0.5)),
        ({"lanes": "4", "lanes:bus:forward": "1"}, (1.0, 2.0), (1.0, 0.0)),
        # the same lane under two names is taken once
        ({"lanes": "4", "lanes:bus:forward": "1", "lanes:psv:forward": "1"}, (1.0, 2.0), (1.0, 0.0)),
        ({"lanes": "3", **ONE_WAY, "bus:lanes": "yes|yes|designated"}, (2.0, 0.0), (1.0, 0.0)),
        ({"lanes": "3", **ONE_WAY, "psv:lanes": "||designated"}, (2.0, 0.0), (1.0, 0.0)),
        ({"lanes": "4", "bus:lanes:forward": "yes|designated"}, (1.0, 2.0), (1.0, 0.0)),
        ({"lanes": "3", **ONE_WAY, "bus:lanes": "yes|yes|yes"}, (3.0, 0.0), (0.0, 0.0)),
        ({"lanes": "3", **ONE_WAY, "vehicle:lanes": "yes|yes|no", "bus:lanes": "yes|yes|yes"}, (2.0, 0.0), (1.0, 0.0)),
        # a lane closed to vehicles without a word on buses is a cycle lane, which does not count as a lane
        ({"lanes": "2", **ONE_WAY, "vehicle:lanes": "yes|yes|no"}, (2.0, 0.0), (0.0, 0.0)),
        # contraflow bus lane
        ({"lanes": "2", **ONE_WAY, "lanes:psv:backward": "1"}, (1.0, 0.0), (0.0, 1.0)),
        ({"lanes": "2", "oneway": "-1", "lanes:psv:forward": "1"}, (0.0, 1.0), (1.0, 0.0)),
        ({"lanes": "3", "busway:right": "lane", **ONE_WAY}, (2.0, 0.0), (1.0, 0.0)),
        ({"lanes": "4", "busway": "lane"}, (1.0, 1.0), (1.0, 1.0)),
        ({"lanes": "4", "busway:left": "lane"}, (2.0, 1.0), (0.0, 1.0)),
        # where all lanes are bus lanes, half a lane stays: access decides who may use it
        ({"lanes": "1", **ONE_WAY, "lanes:bus": "1"}, (0.5, 0.0), (1.0, 0.0)),
    ],
)
def test_bus_lanes_are_taken_out(given, general, bus):
    assert tags.parse_lane_counts(given) == (general, bus)
