import pytest

from itas_mobility.core import RoadClass
from itas_mobility.network import tags


@pytest.mark.parametrize(
    "given",
    [
        {"highway": "construction"},
        {"highway": "construction", "construction": "primary", "bicycle": "yes"},
        {"highway": "proposed", "proposed": "secondary"},
        {"highway": "planned"},
        {"highway": "abandoned"},
        {"highway": "razed"},
        {"highway": "raceway"},
        {"highway": "escape"},
        {"highway": "rest_area"},
        {"highway": "primary", "construction": "yes"},
        {"highway": "primary", "construction": "primary"},
        {"highway": "track", "abandoned": "yes"},
        {"highway": "track", "disused": "yes"},
        {"abandoned:highway": "track"},
        {"construction:highway": "primary"},
        {"railway": "construction", "bicycle": "yes"},
        {"railway": "disused"},
        {"route": "hiking"},
        {"route": "bus"},
        {"building": "yes"},
        {},
    ],
)
def test_ways_that_carry_no_traffic(given):
    assert tags.parse_road_class(given) is None
    assert tags.parse_way(given) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"highway": "primary", "construction": "minor"}, RoadClass.PRIMARY),
        ({"highway": "primary", "construction": "no"}, RoadClass.PRIMARY),
        ({"highway": "primary", "construction": "widening"}, RoadClass.PRIMARY),
        ({"highway": "primary", "proposed": "yes"}, RoadClass.PRIMARY),
        ({"highway": "tertiary", "proposed": "secondary"}, RoadClass.TERTIARY),
        ({"highway": "primary", "construction:highway": "trunk"}, RoadClass.PRIMARY),
        ({"highway": "primary", "disused": "no"}, RoadClass.PRIMARY),
        ({"highway": "primary", "disused:railway": "tram"}, RoadClass.PRIMARY),
        ({"highway": "elevator"}, RoadClass.FOOTWAY),
        ({"route": "ferry"}, RoadClass.FERRY),
        ({"route": "ferry;bus"}, RoadClass.FERRY),
        ({"route": "shuttle_train"}, RoadClass.FERRY),
        ({"route": "ferry", "highway": "primary"}, RoadClass.PRIMARY),
        ({"route": "shuttle_train", "railway": "rail"}, RoadClass.RAIL),
        ({"railway": "platform"}, RoadClass.FOOTWAY),
        ({"railway": "platform", "highway": "construction"}, None),
        ({"highway": "construction", "railway": "tram"}, RoadClass.TRAMWAY),
    ],
)
def test_classes(given, expected):
    assert tags.parse_road_class(given) == expected
