import pytest

from itas_mobility.network import tags

INF = float("inf")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("8 knots", 14.816),
        ("DE:urban", 50.0),
        ("DE:rural", 100.0),
        ("DE:motorway", 130.0),
        ("DE:zone30", 30.0),
        ("DE:zone:20", 20.0),
        ("DE:30", 30.0),
        ("DE:living_street", 7.0),
        ("DE:bicycle_road", 30.0),
        ("CZ:rural", 90.0),
        ("PL:motorway", 140.0),
        ("CH:rural", 80.0),
        ("AT:urban", 50.0),
        ("none", 130.0),
        ("walk", 7.0),
        ("signals", 0.0),
        ("variable", 0.0),
        ("fast", 0.0),
        ("-30", 0.0),
        ("1", 0.0),
        ("5000", 0.0),
        ("80;60", 60.0),
        ("80; 5000", 80.0),
        ("", 0.0),
    ],
)
def test_limits(text, expected):
    assert tags.parse_limit(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"maxspeed": "70", "maxspeed:backward": "50"}, (70.0, 50.0)),
        ({"maxspeed:forward": "60"}, (60.0, 0.0)),
        ({"maxspeed": "15", "maxspeed:forward": "30", "maxspeed:backward": "60"}, (30.0, 60.0)),
        ({"maxspeed": "60", "maxspeed:forward": "nonsense"}, (60.0, 60.0)),
        ({"zone:maxspeed": "DE:30"}, (30.0, 30.0)),
        ({"maxspeed": "40", "zone:maxspeed": "DE:30"}, (40.0, 40.0)),
        ({"maxspeed": "signals", "source:maxspeed": "DE:rural"}, (100.0, 100.0)),
        ({"maxspeed:type": "DE:urban"}, (50.0, 50.0)),
        ({"source:maxspeed": "sign"}, (0.0, 0.0)),
        ({"highway": "living_street"}, (7.0, 7.0)),
        ({"highway": "living_street", "maxspeed": "20"}, (20.0, 20.0)),
        ({"bicycle_road": "yes"}, (30.0, 30.0)),
        ({"cyclestreet": "yes"}, (30.0, 30.0)),
        ({"maxspeed:conditional": "30 @ (22:00-06:00)"}, (0.0, 0.0)),
    ],
)
def test_limits_by_direction_and_zone(given, expected):
    assert tags.parse_limits(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"highway": "primary"}, (60.0, 60.0)),
        ({"highway": "motorway"}, (80.0, 80.0)),
        ({"highway": "trunk", "motorroad": "yes", "oneway": "yes"}, (80.0, 80.0)),
        ({"highway": "trunk", "motorroad": "yes"}, (60.0, 60.0)),
        ({"highway": "primary", "maxspeed:hgv": "80"}, (80.0, 80.0)),
        ({"highway": "primary", "maxspeed:hgv:backward": "40"}, (60.0, 40.0)),
        ({"highway": "primary", "maxspeed:hgv": "signals"}, (60.0, 60.0)),
    ],
)
def test_limits_of_lorries(given, expected):
    assert tags.parse_hgv_limits(given) == expected


def test_limits_of_buses_and_advised_speeds():
    assert tags.parse_bus_limits({}) == (80.0, 80.0)
    assert tags.parse_bus_limits({"maxspeed:bus": "100", "maxspeed:psv:forward": "60"}) == (60.0, 100.0)
    assert tags.parse_advisory_limits({}) == (INF, INF)
    assert tags.parse_advisory_limits({"maxspeed:advisory": "45"}) == (45.0, 45.0)
    assert tags.parse_advisory_limits({"maxspeed:advisory:backward": "45"}) == (INF, 45.0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"highway": "secondary"}, False),
        ({"highway": "residential"}, True),
        ({"highway": "secondary", "maxspeed": "50"}, True),
        ({"highway": "secondary", "maxspeed": "70"}, False),
        ({"highway": "secondary", "maxspeed": "70", "zone:traffic": "DE:urban"}, True),
        ({"highway": "residential", "maxspeed": "DE:rural"}, False),
        ({"highway": "secondary", "source:maxspeed": "DE:zone30"}, True),
        ({"highway": "secondary", "sidewalk": "both"}, True),
        ({"highway": "secondary", "sidewalk": "no"}, False),
    ],
)
def test_built_up_areas(given, expected):
    assert tags.is_built_up(given) is expected
