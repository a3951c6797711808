import pytest

from itas_mobility.network import tags


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"highway": "traffic_signals"}, "traffic_signals"),
        ({"highway": "traffic_signals", "crossing": "traffic_signals"}, "traffic_signals"),
        ({"highway": "traffic_signals", "traffic_signals": "pedestrian_crossing"}, "pedestrian_signals"),
        ({"highway": "crossing", "crossing": "traffic_signals"}, "pedestrian_signals"),
        ({"highway": "crossing", "crossing": "zebra"}, ""),
        ({"crossing": "traffic_signals"}, ""),
        ({"highway": "stop"}, "stop"),
        ({"highway": "give_way"}, "give_way"),
        ({"highway": "elevator"}, "elevator"),
        ({"highway": "bus_stop"}, ""),
        ({}, ""),
    ],
)
def test_kinds_of_nodes(given, expected):
    assert tags.parse_node_kind(given) == expected
    assert expected == "" or expected in tags.NOTED_NODES


def test_directions_of_signals():
    key = "traffic_signals:direction"
    assert tags.parse_signal_sides({key: "forward"}) == (True, False)
    assert tags.parse_signal_sides({key: "backward"}) == (False, True)
    assert tags.parse_signal_sides({key: "reverse"}) == (False, True)
    assert tags.parse_signal_sides({key: "both"}) == (True, True)
    assert tags.parse_signal_sides({}) is None
