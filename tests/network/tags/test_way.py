from collections.abc import Iterator, Mapping

import pytest

from itas_mobility.core import Mode, RoadClass
from itas_mobility.network import tags
from itas_mobility.network.tags import (
    access,
    durations,
    incline,
    lanes,
    notes,
    road_classes,
    settlement,
    speed,
    surface,
)

RICH = [
    {"highway": "primary"},
    {"highway": "residential", "oneway": "yes", "maxspeed": "30", "surface": "sett"},
    {"highway": "secondary", "lanes": "3", "maxweight": "3.5", "maxspeed:conditional": "30 @ (22:00-06:00)"},
    {"highway": "motorway", "maxspeed": "none"},
    {"highway": "footway", "conveying": "forward", "incline": "5%"},
    {"highway": "pedestrian", "area": "yes"},
    {"highway": "construction", "construction": "primary"},
    {"route": "ferry", "duration": "00:20", "motor_vehicle": "yes"},
    {"railway": "rail", "maxspeed": "120"},
    {"railway": "tram", "highway": "tertiary"},
    {"building": "yes"},
]


class Recording(Mapping):
    """Tags that note which keys were asked for; who walks over them meets every key there could be."""

    def __init__(self, given):
        self.given, self.asked = given, set()

    def __getitem__(self, key):
        self.asked.add(key)
        return self.given[key]

    def __iter__(self) -> Iterator[str]:
        return iter(tags.RELEVANT_KEYS)

    def __len__(self):
        raise AssertionError("a parser counts the tags")


PARSERS = [
    (access.parse_entries, access.KEYS),
    (durations.parse_way_duration, durations.KEYS),
    (incline.parse_incline, incline.KEYS),
    (incline.is_off_ground, incline.KEYS),
    (lanes.parse_lane_counts, lanes.KEYS),
    (notes.parse_notes, notes.KEYS),
    (road_classes.parse_road_class, road_classes.KEYS),
    (settlement.is_built_up, settlement.KEYS),
    (speed.parse_limits, speed.KEYS),
    (speed.parse_hgv_limits, speed.KEYS),
    (speed.parse_bus_limits, speed.KEYS),
    (speed.parse_advisory_limits, speed.KEYS),
    (surface.parse_motor_cap, surface.KEYS),
    (surface.parse_cycle_factor, surface.KEYS),
]


@pytest.mark.parametrize(("parse", "keys"), PARSERS)
def test_a_parser_reads_its_own_keys_only(parse, keys):
    """Results are remembered by the values of these keys: another one would give one way the attributes of another."""
    for given in RICH:
        recording = Recording(given)
        parse(recording)
        assert recording.asked <= keys
    assert keys <= tags.RELEVANT_KEYS


@pytest.mark.parametrize("given", RICH)
def test_a_way_depends_on_relevant_keys_only(given):
    found = tags.parse_way({**given, "note": "colour of the kerb"})
    same = tags.parse_way({k: v for k, v in given.items() if k in tags.RELEVANT_KEYS})
    # slopes that are not known are no numbers, which equal nothing
    assert repr(found) == repr(same)


def test_every_relevant_key_is_read_for_some_way():
    """A key that no parser reads would split the ways into groups for nothing."""
    asked = set()
    for given in (*RICH, {"highway": "steps", "oneway": "yes"}, {"highway": "primary", "oneway": "-1"}):
        for parse, _ in PARSERS:
            recording = Recording(given)
            parse(recording)
            asked |= recording.asked
    assert tags.RELEVANT_KEYS - asked - {"conveying"} == set()  # that one is read by parse_way itself


@pytest.mark.parametrize(
    "given",
    [
        {"barrier": "gate", "access": "no"},
        {"barrier": "height_restrictor", "maxheight": "2"},
        {"highway": "traffic_signals"},
        {"motor_vehicle": "no"},
        {},
    ],
)
@pytest.mark.parametrize("mode", [Mode.CAR, Mode.HGV, Mode.BUS, Mode.BIKE, Mode.WALK])
def test_passing_a_node_reads_known_keys_only(given, mode):
    recording = Recording(given)
    tags.passes_node(recording, mode)
    assert recording.asked <= tags.PASSING_KEYS


def test_nodes_keep_their_tags_for_all_that_decides():
    assert {"barrier", "highway", "access", "hgv", "bicycle", "foot"} <= tags.NODE_KEYS
    assert tags.WAY_KEYS == ("highway", "railway", "route")
    assert set(tags.WAY_KEYS) <= tags.RELEVANT_KEYS


def test_all_attributes_of_one_way():
    way = tags.parse_way(
        {"highway": "secondary", "oneway": "yes", "maxspeed": "50", "lanes": "2", "motor_vehicle": "destination"}
    )
    assert way.road_class == RoadClass.SECONDARY
    assert Mode.CAR in way.modes[0]
    assert Mode.CAR not in way.modes[1]
    assert way.destination[0] == Mode.CAR | Mode.HGV | Mode.BUS
    assert way.limit_km_per_h == (50.0, 50.0)
    assert way.lanes == (2.0, 0.0)
    assert way.is_built_up
    assert way.notes == frozenset()


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({"motor_vehicle:conditional": "no @ (22:00-06:00)"}, "ways with access that depends on time or condition"),
        ({"bicycle:forward:conditional": "yes @ winter"}, "ways with access that depends on time or condition"),
        ({"maxspeed:conditional": "30 @ wet"}, "ways with a speed limit that depends on time or condition"),
        ({"oneway:conditional": "yes @ (Mo-Fr)"}, "ways whose one-way rule depends on time or condition"),
        ({"maxweight:conditional": "7.5 @ wet"}, "ways with a limit of size or weight that depends on condition"),
        ({"oneway": "reversible"}, "reversible one-way roads (closed to vehicles)"),
        ({"oneway": "alternating"}, "roads with alternating one-way traffic"),
        ({"maxspeed": "signals"}, "ways with a variable speed limit"),
        ({"maxspeed:advisory": "40"}, "ways with an advised speed"),
        ({"toll": "yes"}, "ways with a toll"),
        ({"access": "private"}, "private ways"),
        ({"sidewalk": "separate"}, "roads whose sidewalk is mapped beside"),
        ({"incline": "up"}, "ways with a slope but no number"),
        ({"surface": "gravel"}, "unpaved ways"),
    ],
)
def test_what_links_do_not_show_is_noted(given, note):
    assert tags.parse_way({"highway": "residential", **given}).notes == {note}


def test_every_class_has_defaults_and_an_osm_value():
    for road_class in set(tags.ROAD_CLASSES.values()) | set(tags.RAIL_CLASSES.values()):
        default = tags.LINK_DEFAULTS[road_class]
        assert default.capacity_per_lane_veh_per_h > 0
        assert default.speed_urban_km_per_h > 0
        value = tags.OSM_VALUES[int(road_class)]
        assert {**tags.ROAD_CLASSES, **tags.RAIL_CLASSES}[value] == road_class
