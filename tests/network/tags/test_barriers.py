import pytest

from itas_mobility.core import Mode
from itas_mobility.network import tags

ALL = "CAR HGV BUS BIKE PEDELEC WALK"
SLIM = "BIKE PEDELEC WALK"


@pytest.mark.parametrize(
    ("given", "passing"),
    [
        ({}, ALL),
        ({"barrier": "gate"}, ALL),
        ({"barrier": "lift_gate"}, ALL),
        ({"barrier": "swing_gate"}, ALL),
        ({"barrier": "entrance"}, ALL),
        ({"barrier": "toll_booth"}, ALL),
        ({"barrier": "border_control"}, ALL),
        ({"barrier": "sally_port"}, ALL),
        ({"barrier": "cattle_grid"}, ALL),
        ({"barrier": "kerb", "kerb": "raised"}, ALL),
        ({"barrier": "height_restrictor"}, ALL),
        ({"barrier": "rising_bollard"}, ALL),
        ({"barrier": "no"}, ALL),
        ({"barrier": "bollard"}, SLIM),
        ({"barrier": "bollard", "bollard": "removable"}, SLIM),
        ({"barrier": "bollard", "bollard": "rising"}, ALL),
        ({"barrier": "block"}, SLIM),
        ({"barrier": "cycle_barrier"}, SLIM),
        ({"barrier": "chain"}, SLIM),
        ({"barrier": "bus_trap"}, "HGV BUS BIKE PEDELEC WALK"),
        ({"barrier": "stile"}, "WALK"),
        ({"barrier": "turnstile"}, "WALK"),
        ({"barrier": "kissing_gate"}, "WALK"),
        ({"barrier": "jersey_barrier"}, "WALK"),
        ({"barrier": "wall"}, ""),
        ({"barrier": "fence"}, ""),
        ({"barrier": "yes"}, "WALK"),
        ({"barrier": "something_new"}, "WALK"),
        # access tags stand above the kind of barrier, both ways
        ({"barrier": "gate", "access": "no", "foot": "yes"}, "WALK"),
        ({"barrier": "gate", "access": "private"}, ""),
        ({"barrier": "gate", "access": "agricultural"}, ""),
        ({"barrier": "gate", "motor_vehicle": "private"}, SLIM),
        ({"barrier": "gate", "access": "destination"}, ALL),
        ({"barrier": "gate", "access": "customers"}, ALL),
        ({"barrier": "gate", "access": "nobody_knows"}, ALL),
        ({"barrier": "lift_gate", "access": "no", "bus": "yes"}, "BUS"),
        ({"barrier": "gate", "vehicle": "no", "psv": "yes"}, "BUS WALK"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, ALL),
        ({"barrier": "bollard", "bus": "designated"}, "BUS BIKE PEDELEC WALK"),
        ({"barrier": "bollard", "bicycle": "no"}, "WALK"),
        ({"barrier": "wall", "access": "permissive"}, ALL),
        ({"barrier": "gate", "locked": "yes"}, ""),
        ({"barrier": "gate", "locked": "yes", "foot": "yes"}, "WALK"),
        # what is too large does not fit through
        ({"barrier": "height_restrictor", "maxheight": "2.1"}, "CAR BIKE PEDELEC WALK"),
        ({"barrier": "gate", "maxwidth": "1.5"}, SLIM),
        ({"barrier": "gate", "maxweight": "3.5"}, "CAR BIKE PEDELEC WALK"),
        # access tags on the road itself
        ({"access": "no"}, ""),
        ({"motor_vehicle": "no"}, SLIM),
        ({"vehicle": "no", "motorcar": "yes"}, "CAR WALK"),
        ({"access": "no", "hgv": "yes"}, "HGV"),
        ({"highway": "traffic_signals", "access": "no", "bus": "yes"}, "BUS"),
        ({"highway": "turning_circle"}, ALL),
        ({"highway": "turning_circle", "access": "private"}, ""),
        ({"railway": "level_crossing", "motor_vehicle": "no"}, SLIM),
        ({"highway": "traffic_signals"}, ALL),
        ({"highway": "stop"}, ALL),
        ({"ford": "yes"}, ALL),
        ({"ford": "stepping_stones"}, "WALK"),
        # access tags of things beside the road speak of the things
        ({"highway": "crossing", "access": "no"}, ALL),
        ({"highway": "crossing", "bicycle": "no"}, ALL),
        ({"highway": "bus_stop", "access": "no"}, ALL),
        ({"amenity": "parking_entrance", "access": "private"}, ALL),
        ({"entrance": "yes", "access": "private"}, ALL),
        ({"shop": "bakery", "access": "no"}, ALL),
        ({"public_transport": "stop_position", "bus": "no", "tram": "yes"}, ALL),
        ({"highway": "elevator"}, ALL),
        ({"highway": "elevator", "bicycle": "no", "access": "no"}, "CAR HGV BUS"),
    ],
)
def test_who_passes_a_node(given, passing):
    found = {mode.name for mode in Mode if tags.passes_node(given, mode)}
    assert found - {"TRAM", "TRAIN"} == set(passing.split())


def test_rails_know_no_barriers():
    assert tags.passes_node({"barrier": "gate", "access": "no"}, Mode.TRAM)
    assert tags.passes_node({"barrier": "wall"}, Mode.TRAIN)
