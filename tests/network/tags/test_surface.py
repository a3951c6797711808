import pytest

from itas_mobility.network import tags

INF = float("inf")


@pytest.mark.parametrize(
    ("given", "motor", "cycle"),
    [
        ({"highway": "primary"}, INF, 1.0),
        ({"highway": "primary", "surface": "asphalt"}, INF, 1.0),
        ({"highway": "primary", "surface": "paving_stones"}, 60.0, 0.9),
        ({"highway": "primary", "surface": "cobblestone"}, 30.0, 0.5),
        ({"highway": "primary", "surface": "nonsense", "tracktype": "grade9", "smoothness": "lovely"}, INF, 1.0),
        ({"highway": "track"}, INF, 0.8),
        ({"highway": "path", "surface": "asphalt"}, INF, 1.0),
        ({"highway": "track", "tracktype": "grade1"}, 60.0, 1.0),
        ({"highway": "track", "tracktype": "grade5"}, 20.0, 0.5),
        # the worst of all that is told counts
        ({"highway": "track", "tracktype": "grade1", "surface": "mud", "smoothness": "excellent"}, 10.0, 0.3),
        ({"highway": "track", "tracktype": "grade3", "smoothness": "very_horrible"}, 5.0, 0.3),
        ({"highway": "service", "service": "parking_aisle"}, 10.0, 1.0),
        ({"highway": "service", "service": "alley"}, INF, 1.0),
    ],
)
def test_what_the_ground_costs(given, motor, cycle):
    assert tags.parse_motor_cap(given) == motor
    assert tags.parse_cycle_factor(given) == cycle
