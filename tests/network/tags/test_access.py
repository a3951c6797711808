import pytest

from itas_mobility.core import Mode
from itas_mobility.network import tags
from itas_mobility.network.tags import Entry

ALL = "CAR HGV BUS BIKE PEDELEC WALK"
MOTOR = "CAR HGV BUS"
SLIM = "BIKE PEDELEC WALK"
STREET = {"highway": "residential"}


def modes(names):
    found = Mode(0)
    for name in names.split():
        found |= Mode[name]
    return found


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ({"highway": "residential"}, ALL),
        ({"highway": "road"}, ALL),
        ({"highway": "motorway"}, MOTOR),
        ({"highway": "motorway_link"}, MOTOR),
        ({"highway": "trunk"}, MOTOR),
        ({"highway": "primary"}, ALL),
        ({"highway": "living_street"}, ALL),
        ({"highway": "service"}, ALL),
        ({"highway": "footway"}, "WALK"),
        ({"highway": "footway", "footway": "sidewalk"}, "WALK"),
        ({"highway": "footway", "bicycle": "yes"}, SLIM),
        ({"highway": "footway", "access": "yes"}, "WALK"),
        ({"highway": "footway", "access": "destination"}, "WALK"),
        ({"highway": "footway", "motor_vehicle": "destination"}, "CAR HGV BUS WALK"),
        ({"highway": "path", "access": "permissive"}, SLIM),
        ({"highway": "pedestrian", "access": "no"}, ""),
        ({"highway": "track", "access": "yes"}, ALL),
        ({"highway": "corridor", "indoor": "yes", "level": "-1"}, "WALK"),
        ({"highway": "elevator"}, "WALK"),
        ({"highway": "steps"}, "WALK"),
        ({"highway": "pedestrian"}, "WALK"),
        ({"highway": "pedestrian", "bicycle": "yes"}, SLIM),
        ({"highway": "cycleway"}, "BIKE PEDELEC"),
        ({"highway": "cycleway", "foot": "yes"}, SLIM),
        ({"highway": "path"}, SLIM),
        ({"highway": "bridleway"}, ""),
        ({"highway": "bridleway", "foot": "yes"}, "WALK"),
        ({"highway": "track"}, SLIM),
        ({"highway": "track", "tracktype": "grade1"}, SLIM),
        ({"highway": "track", "motor_vehicle": "yes"}, ALL),
        ({"highway": "track", "motor_vehicle": "agricultural"}, SLIM),
        ({"highway": "busway"}, "BUS"),
        ({"highway": "bus_guideway"}, "BUS"),
        ({"highway": "platform"}, "WALK"),
        ({"railway": "platform"}, "WALK"),
        ({"highway": "service", "service": "emergency_access"}, SLIM),
        ({"highway": "primary", "motorroad": "yes"}, MOTOR),
        ({"highway": "primary", "motorroad": "yes", "sidewalk": "right"}, "CAR HGV BUS WALK"),
        ({"highway": "trunk", "cycleway": "track"}, "CAR HGV BUS BIKE PEDELEC"),
        ({"highway": "trunk", "cycleway": "separate"}, MOTOR),
        ({"highway": "trunk", "bicycle": "yes"}, "CAR HGV BUS BIKE PEDELEC"),
    ],
)
def test_defaults_of_the_classes(given, opened):
    assert tags.parse_modes(given)[0] == modes(opened)


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ({"access": "yes"}, ALL),
        ({"access": "no"}, ""),
        ({"access": "private"}, ""),
        ({"access": "permissive"}, ALL),
        ({"access": "designated"}, ALL),
        ({"access": "agricultural"}, ""),
        ({"access": "forestry"}, ""),
        ({"access": "agricultural;forestry"}, ""),
        ({"access": "agricultural; bus"}, "BUS"),
        ({"access": "emergency"}, ""),
        ({"access": "psv"}, "BUS"),
        ({"access": "some_word"}, ALL),
        ({"access": "unknown"}, ALL),
        ({"access": "no", "bicycle": "yes"}, "BIKE"),
        ({"access": "no", "vehicle": "yes"}, "CAR HGV BUS BIKE PEDELEC"),
        ({"access": "no", "motor_vehicle": "yes"}, MOTOR),
        ({"access": "no", "motorcar": "yes"}, "CAR"),
        ({"access": "no", "hgv": "designated"}, "HGV"),
        ({"access": "no", "psv": "yes"}, "BUS"),
        ({"access": "no", "psv": "yes", "bus": "no"}, ""),
        ({"access": "no", "foot": "some_word"}, ""),
        ({"access": "yes", "foot": "no"}, "CAR HGV BUS BIKE PEDELEC"),
        ({"vehicle": "no"}, "WALK"),
        ({"vehicle": "no", "motorcar": "yes"}, "CAR WALK"),
        ({"vehicle": "yes", "motor_vehicle": "no"}, SLIM),
        ({"motor_vehicle": "no"}, SLIM),
        ({"motor_vehicle": "no", "motorcar": "yes"}, "CAR BIKE PEDELEC WALK"),
        ({"motor_vehicle": "no", "bus": "yes"}, "BUS BIKE PEDELEC WALK"),
        ({"motor_vehicle": "psv"}, "BUS BIKE PEDELEC WALK"),
        ({"motor_vehicle": "agricultural;bus;taxi"}, "BUS BIKE PEDELEC WALK"),
        ({"motorcar": "no"}, "HGV BUS BIKE PEDELEC WALK"),
        ({"hgv": "no"}, "CAR BUS BIKE PEDELEC WALK"),
        ({"goods": "no"}, ALL),
        ({"moped": "no", "horse": "no", "motorhome": "no"}, ALL),
        ({"bicycle": "no"}, "CAR HGV BUS WALK"),
        ({"bicycle": "dismount"}, "CAR HGV BUS WALK"),
        ({"bicycle": "use_sidepath"}, "CAR HGV BUS WALK"),
        ({"bicycle": "optional_sidepath"}, ALL),
        ({"foot": "use_sidepath"}, "CAR HGV BUS BIKE PEDELEC"),
        ({"electric_bicycle": "no"}, "CAR HGV BUS BIKE WALK"),
        ({"access:conditional": "no @ (22:00-06:00)"}, ALL),
        ({"hov": "designated"}, ALL),
        ({"toll": "yes"}, ALL),
        ({"tunnel": "yes", "layer": "-1"}, ALL),
        ({"bridge": "yes"}, ALL),
        ({"smoothness": "impassable"}, "WALK"),
        ({"smoothness": "very_horrible"}, ALL),
        ({"ford": "yes"}, ALL),
    ],
)
def test_precedence_from_the_general_to_the_special(given, opened):
    # what one key alone says of bicycles holds for pedelecs too
    expected = modes(opened)
    if opened == "BIKE":
        expected |= Mode.PEDELEC
    assert tags.parse_modes({**STREET, **given})[0] == expected


@pytest.mark.parametrize(
    ("given", "forward", "backward"),
    [
        ({"access:forward": "no"}, False, True),
        ({"access": "no", "access:forward": "yes"}, True, False),
        ({"access:forward": "no", "motorcar": "yes"}, True, True),
        ({"access:backward": "no", "motorcar": "no"}, False, False),
        ({"motorcar": "yes", "motorcar:backward": "no"}, True, False),
        ({"motor_vehicle:backward": "no"}, True, False),
        ({"access:forward": "no", "motorcar:backward": "no"}, False, False),
        ({"oneway": "yes", "motorcar:backward": "yes"}, True, False),
    ],
)
def test_cars_by_direction(given, forward, backward):
    found = tags.parse_modes({"highway": "primary", **given})
    assert (Mode.CAR in found[0], Mode.CAR in found[1]) == (forward, backward)


def test_other_modes_by_direction():
    forward, backward = tags.parse_modes({"highway": "cycleway", "foot:backward": "designated"})
    assert Mode.WALK not in forward
    assert Mode.WALK in backward
    forward, backward = tags.parse_modes({**STREET, "foot:backward": "no", "bus:forward": "no"})
    assert Mode.WALK not in backward
    assert Mode.BUS not in forward
    assert Mode.BUS in backward


@pytest.mark.parametrize(
    ("given", "only"),
    [
        ({}, ""),
        ({"access": "destination"}, "CAR HGV BUS BIKE PEDELEC"),
        ({"vehicle": "destination"}, "CAR HGV BUS BIKE PEDELEC"),
        ({"motor_vehicle": "destination"}, MOTOR),
        ({"motor_vehicle": "customers"}, MOTOR),
        ({"motor_vehicle": "employees"}, MOTOR),
        ({"motor_vehicle": "destination", "bus": "yes"}, "CAR HGV"),
        ({"motor_vehicle": "destination;delivery"}, MOTOR),
        ({"motor_vehicle": "private;destination"}, MOTOR),
        ({"motor_vehicle": "destination;permissive"}, ""),
        ({"motor_vehicle": "delivery"}, "HGV"),
        ({"hgv": "delivery"}, "HGV"),
        ({"hgv": "destination"}, "HGV"),
        ({"hgv": "local"}, "HGV"),
        ({"foot": "customers"}, "WALK"),
        ({"bicycle": "destination"}, "BIKE PEDELEC"),
        ({"bicycle_road": "yes"}, MOTOR),
        ({"bicycle_road": "yes", "motor_vehicle": "yes"}, ""),
        ({"bicycle_road": "yes", "vehicle": "no", "bicycle": "yes"}, ""),
        ({"cyclestreet": "yes"}, ""),
    ],
)
def test_only_trips_that_begin_or_end_there(given, only):
    opened, destination = tags.parse_entries({**STREET, **given})
    assert destination[0] == destination[1] == modes(only)
    assert opened[0] & destination[0] == destination[0]


def test_delivery_lets_nobody_but_lorries_in():
    assert tags.parse_modes({**STREET, "access": "delivery"})[0] == Mode.HGV


def test_access_of_one_mode():
    given = {"access": "no", "hgv": "destination"}
    assert tags.parse_access(given, Mode.HGV, default=Entry.OPEN) is Entry.DESTINATION
    assert tags.parse_access(given, Mode.CAR, default=Entry.OPEN) is Entry.CLOSED
    assert tags.parse_access({}, Mode.CAR, default=Entry.CLOSED) is Entry.CLOSED


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ({"route": "ferry"}, SLIM),
        ({"route": "ferry", "foot": "no"}, "BIKE PEDELEC"),
        ({"route": "ferry", "bicycle": "no"}, "WALK"),
        ({"route": "ferry", "motor_vehicle": "yes"}, ALL),
        ({"route": "ferry", "motorcar": "yes", "hgv": "no"}, "CAR BIKE PEDELEC WALK"),
        ({"route": "ferry", "access": "yes"}, ALL),
        ({"route": "ferry", "access": "private"}, ""),
        ({"route": "shuttle_train"}, ""),
        ({"route": "shuttle_train", "motorcar": "yes"}, "CAR"),
        ({"railway": "tram"}, "TRAM"),
        ({"highway": "residential", "railway": "tram"}, f"{ALL} TRAM"),
        ({"highway": "residential", "railway": "abandoned"}, ALL),
        ({"highway": "residential", "railway": "rail"}, ALL),
        ({"railway": "rail"}, "TRAIN"),
        ({"railway": "rail", "access": "no"}, "TRAIN"),
        ({"railway": "abandoned"}, ""),
        ({"highway": "pedestrian", "area": "yes"}, "WALK"),
        ({"highway": "residential", "area": "yes"}, "WALK"),
        ({"highway": "service", "area": "yes", "foot": "no"}, ""),
        ({"highway": "residential", "area": "no"}, ALL),
    ],
)
def test_ferries_rails_and_areas(given, opened):
    assert tags.parse_modes(given) == (modes(opened), modes(opened))
