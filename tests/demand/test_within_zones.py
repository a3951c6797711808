"""Trips inside zones: how long, from the size of the zone."""

import numpy as np
import pytest
from shapely.geometry import Point, box

from itas_mobility import geo
from itas_mobility.core import Skims, ZoneKind, Zones
from itas_mobility.demand import intrazonal_km, with_intrazonal
from itas_mobility.scenarios.parameters import default_parameters

LAT = 50.7


def zones_of(polygons, lon):
    n = len(lon)
    given = np.empty(n, object)
    given[:] = polygons
    ids = [f"z{k}" for k in range(n)]
    return Zones(
        zone_id=ids, name=ids, municipality=ids, district=ids, kind=np.full(n, ZoneKind.INTERNAL), lon_deg=lon,
        lat_deg=np.full(n, LAT), residents=np.ones(n), employed_residents=np.ones(n), jobs=np.ones(n), polygon=given,
    )  # fmt: skip


def degrees(km):
    return km / 111.195


def test_a_disc_has_the_mean_distance_of_two_of_its_places():
    radius_km = 3.0
    rng = np.random.default_rng(5)
    angle, root = rng.uniform(0, 2 * np.pi, (2, 400_000)), np.sqrt(rng.uniform(0, 1, (2, 400_000))) * radius_km
    x, y = root * np.cos(angle), root * np.sin(angle)
    drawn = np.hypot(x[0] - x[1], y[0] - y[1]).mean()
    stretch = np.cos(np.radians(LAT))
    disc = Point(0, 0).buffer(degrees(radius_km), quad_segs=64)
    ring = np.array(disc.exterior.coords) / [stretch, 1] + [12.0, LAT]
    from shapely.geometry import Polygon

    (found,) = intrazonal_km(zones_of([Polygon(ring)], [12.0]))
    assert found == pytest.approx(drawn, rel=3e-3)


def test_four_times_the_area_is_twice_as_far():
    small, large = box(12, 50.6, 12.1, 50.7), box(12, 50.55, 12.2, 50.75)
    near, far = intrazonal_km(zones_of([small, large], [12.05, 12.1]))
    assert far == pytest.approx(2 * near, rel=1e-3)


def test_without_a_polygon_half_the_way_to_the_nearest_other_place():
    zones = zones_of([None, None, None, None], [12.0, 12.0, 12.1, 12.4])
    between = float(geo.haversine_m(12.0, LAT, 12.1, LAT)) / 1000
    np.testing.assert_allclose(intrazonal_km(zones)[:3], between / 2)
    assert intrazonal_km(zones_of([None], [12.0])).tolist() == [0.0]


def test_only_a_diagonal_of_zero_is_filled():
    zones = zones_of([box(12, 50.6, 12.1, 50.7), None], [12.05, 12.3])
    skims = Skims(
        zones.zone_id, {"time_s": [[0, 60], [70, 33]], "length_m": [[0, 800], [900, 0]], "toll": np.zeros((2, 2))}
    )
    parameters = default_parameters()
    filled = with_intrazonal(skims, zones, parameters=parameters)
    metres = intrazonal_km(zones) * 1000 * parameters.value("intrazonal_detour_factor")
    np.testing.assert_allclose(np.diagonal(filled["length_m"]), metres)
    speed = parameters.value("intrazonal_speed_km_per_h") / 3.6
    np.testing.assert_allclose(filled["time_s"], [[metres[0] / speed, 60], [70, 33]])
    assert (filled["toll"] == 0).all()
    assert skims["time_s"][0, 0] == 0
