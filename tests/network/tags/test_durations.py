import pytest

from itas_mobility.network import tags


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("00:20", 1200.0),
        ("0:01", 60.0),
        ("10:00", 36000.0),
        ("00:01:00", 60.0),
        ("1:02:03", 3723.0),
        ("20", 1200.0),
        ("20 min", 1200.0),
        ("PT1M", 60.0),
        ("PT1H30M", 5400.0),
        ("PT45S", 45.0),
        ("P1DT1H", 90000.0),
        ("P", 0.0),
        ("soon", 0.0),
        ("00:99", 0.0),
        ("-5", 0.0),
        ("", 0.0),
        ("1:00 - 2:00", 0.0),
    ],
)
def test_durations(text, expected_s):
    assert tags.parse_duration(text) == expected_s


def test_only_ferries_and_elevators_have_a_time_of_their_own():
    assert tags.parse_way_duration({"route": "ferry", "duration": "0:10"}) == 600.0
    assert tags.parse_way_duration({"route": "ferry"}) == 0.0
    assert tags.parse_way_duration({"highway": "steps", "duration": "0:10"}) == 0.0
    assert tags.parse_way_duration({"highway": "elevator"}) > 0.0
