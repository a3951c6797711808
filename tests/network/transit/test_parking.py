import pytest

from itas_mobility.core import AccessMode
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit import parking_stops
from network.osm_text import SOUTH, STEP_LAT, STEP_LON, WEST, write_osm
from network.transit.test_access_legs import transit_at


def at(column, row):
    """A place on the drawing's grid."""
    return WEST + column * STEP_LON, SOUTH - row * STEP_LAT


def test_stops_near_marked_places(tmp_path):
    path = write_osm(
        tmp_path,
        ["a         bc        d", "           ", "          ed"],
        [("bcdeb", {"amenity": "parking", "park_ride": "train"})],
        node_tags={"a": {"amenity": "parking", "park_ride": "yes"}},
    )
    transit = transit_at([at(2, 0), at(6, 0), at(12.5, 1), at(40, 0)])
    assert parking_stops(path, transit) == ["n0", "n2"]
    assert parking_stops(path, transit, max_m=610.0) == ["n0", "n1", "n2"]
    assert parking_stops(path, transit, mode=AccessMode.BIKE) == []


def test_places_for_bicycles_areas_and_no(tmp_path):
    rack = {"amenity": "bicycle_parking"}
    path = write_osm(
        tmp_path,
        ["a    b    c    d"],
        [("cd", {})],
        node_tags={"a": rack, "b": {"amenity": "parking", "park_ride": "no"}},
        relations=[([("way", 2001, "outer")], {"type": "multipolygon", **rack})],
    )
    transit = transit_at([at(0, 0), at(5, 0), at(12, 0)])
    assert parking_stops(path, transit, mode=AccessMode.BIKE) == ["n0", "n2"]
    assert parking_stops(path, transit) == []
    with pytest.raises(NetworkError, match=r"AccessMode\.CAR or AccessMode\.BIKE"):
        parking_stops(path, transit, mode=AccessMode.WALK)
