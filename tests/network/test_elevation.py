"""Slopes from tags, rasters and functions, and what they do to times."""

import sys

import numpy as np
import pytest

from itas_mobility import geo
from itas_mobility.core import Mode
from itas_mobility.errors import NetworkError
from itas_mobility.network import read_osm, read_osm_modes
from itas_mobility.network.elevation import (
    BASE_M,
    SECTION_M,
    STEEPEST,
    ElevationRaster,
    elevation_source,
    read_elevation,
    slope_time_factors,
)
from itas_mobility.network.tags import slope_speed_share
from network.osm_text import SOUTH, STEP_LON, WEST, write_osm

PATH = {"highway": "cycleway", "foot": "yes"}
METRES_PER_DEGREE = 100.0 / STEP_LON
"""Along the parallel on which the towns of the tests lie."""


def hill(slope):
    """Ground that rises eastwards."""
    return lambda lon, lat: slope * METRES_PER_DEGREE * (lon - WEST)


def times(roads):
    """Time of the links eastwards and westwards."""
    east = roads.node_lon_deg[roads.head] > roads.node_lon_deg[roads.tail]
    return roads.free_time_s[east].sum(), roads.free_time_s[~east].sum()


def straight(n_points, length_m, n_pieces=1):
    """Courses of equal straight pieces along the parallel."""
    along = np.tile(np.linspace(0.0, length_m, n_points), n_pieces)
    step = np.diff(along, prepend=0.0)
    step[::n_points] = 0.0
    return WEST + along / METRES_PER_DEGREE, np.full(len(along), SOUTH), step, np.arange(n_pieces + 1) * n_points


def factors(course, mode, **given):
    n = len(course[3]) - 1
    return slope_time_factors(
        *course,
        mode=mode,
        **{"elevation": None, "tagged_slope": np.full(n, np.nan), "is_off_ground": np.zeros(n, bool)} | given,
    )


@pytest.mark.parametrize("mode", ["bike", "pedelec", "walk"])
def test_a_steady_slope_from_tags_and_from_heights_gives_the_same_times(tmp_path, mode):
    level = times(read_osm(write_osm(tmp_path, ["abc"], [("abc", PATH)]), mode=mode))
    tagged = times(read_osm(write_osm(tmp_path, ["abc"], [("abc", {**PATH, "incline": "4%"})]), mode=mode))
    measured = times(read_osm(write_osm(tmp_path, ["abc"], [("abc", PATH)]), mode=mode, elevation=hill(0.04)))
    share = slope_speed_share(
        np.array([0.04, -0.04]), {"walk": Mode.WALK, "bike": Mode.BIKE, "pedelec": Mode.PEDELEC}[mode]
    )
    assert tagged == pytest.approx(np.array(level) / share)
    assert measured == pytest.approx(np.array(level) / share, rel=1e-3)
    assert tagged[0] > level[0]


def test_the_sign_of_a_tag_follows_the_way(tmp_path):
    up, down = (
        times(read_osm(write_osm(tmp_path, ["ab"], [(letters, {**PATH, "incline": text})]), mode="bike"))
        for letters, text in (("ab", "5%"), ("ba", "-5%"))
    )
    assert up == pytest.approx(down)
    assert up[0] > up[1]


def test_cars_steps_and_ferries_know_no_slope(tmp_path):
    path = write_osm(
        tmp_path, ["abc"], [("ab", {"highway": "steps"}), ("bc", {"route": "ferry", "motor_vehicle": "yes"})]
    )
    for mode in ("walk", "car"):
        level, steep = (read_osm(path, mode=mode, keep="all", elevation=e) for e in (None, hill(0.1)))
        assert steep.free_time_s.tolist() == level.free_time_s.tolist()


def test_speeds_stay_those_on_level_ground_so_that_chains_still_merge(tmp_path):
    path = write_osm(tmp_path, ["abcd"], [("ab", PATH), ("bc", PATH), ("cd", PATH)])
    level, steep = (read_osm(path, mode="bike", elevation=e) for e in (None, hill(0.05)))
    assert steep.n_links == level.n_links == 2
    assert steep.free_speed_km_per_h.tolist() == level.free_speed_km_per_h.tolist()


def test_all_modes_of_one_file_take_the_same_heights(tmp_path):
    path = write_osm(tmp_path, ["abc"], [("abc", PATH)])
    found = read_osm_modes(path, ("bike", "pedelec", "walk"), elevation=hill(0.06))
    bike, pedelec, walk = (times(found[mode]) for mode in ("bike", "pedelec", "walk"))
    assert bike[0] / bike[1] > pedelec[0] / pedelec[1] > 1.0
    assert walk[0] > walk[1]


def test_jagged_heights_are_smoothed_over_sections():
    """Steps of 3 m every 10 m are noise of a raster: over sections nothing is left of them."""
    course = straight(101, 1000.0)
    teeth = lambda lon, lat: 3.0 * (np.round((lon - WEST) * METRES_PER_DEGREE / 10.0) % 2)  # noqa: E731
    factor, is_known = factors(course, Mode.BIKE, elevation=teeth)
    assert is_known.all()
    assert factor[0] == pytest.approx([1.0, 1.0], abs=0.1)
    assert SECTION_M >= 100.0


def test_a_hill_between_level_ends_costs_time_both_ways():
    course = straight(101, 1000.0)
    top = lambda lon, lat: 30.0 - np.abs((lon - WEST) * METRES_PER_DEGREE - 500.0) * 0.06  # noqa: E731
    factor, _ = factors(course, Mode.BIKE, elevation=top)
    share = slope_speed_share(np.array([0.06, -0.06]), Mode.BIKE)
    assert factor[0] == pytest.approx([np.mean(1.0 / share)] * 2, rel=1e-3)
    # on a bridge from end to end there is no hill
    bridge, _ = factors(course, Mode.BIKE, elevation=top, is_off_ground=np.ones(1, bool))
    assert bridge[0] == pytest.approx([1.0, 1.0])


def test_short_pieces_and_cliffs_are_limited():
    short = straight(2, 5.0)
    cliff = lambda lon, lat: np.where((lon - WEST) * METRES_PER_DEGREE > 2.0, 2.0, 0.0)  # noqa: E731
    factor, _ = factors(short, Mode.WALK, elevation=cliff)
    assert factor[0, 0] == pytest.approx(1.0 / slope_speed_share(np.array([2.0 / BASE_M]), Mode.WALK)[0])
    wall, _ = factors(straight(2, 200.0), Mode.WALK, elevation=hill(3.0))
    assert wall[0, 0] == pytest.approx(1.0 / slope_speed_share(np.array([STEEPEST]), Mode.WALK)[0])


def test_where_heights_are_missing_the_tag_counts_and_else_none():
    course = straight(3, 300.0, n_pieces=2)
    unknown = lambda lon, lat: np.full(lon.shape, np.nan)  # noqa: E731
    factor, is_known = factors(course, Mode.BIKE, elevation=unknown, tagged_slope=np.array([0.05, np.nan]))
    assert is_known.tolist() == [True, False]
    assert factor[1].tolist() == [1.0, 1.0]
    assert factor[0, 0] == pytest.approx(1.0 / slope_speed_share(np.array([0.05]), Mode.BIKE)[0])


def test_missing_heights_are_counted(tmp_path):
    path = write_osm(tmp_path, ["abc"], [("abc", PATH)])
    roads = read_osm(path, mode="bike", elevation=lambda lon, lat: np.full(lon.shape, np.nan))
    assert roads.report.counts["pieces of road whose slope is not known"] == 1


def test_pieces_do_not_learn_from_each_other():
    one, many = (factors(straight(4, 450.0, n), Mode.WALK, elevation=hill(0.07))[0] for n in (1, 5))
    assert many == pytest.approx(np.repeat(one, 5, axis=0))
    assert slope_time_factors(
        np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(1, np.int64),
        mode=Mode.WALK, elevation=None, tagged_slope=np.zeros(0), is_off_ground=np.zeros(0, bool),
    )[0].shape == (0, 2)  # fmt: skip


def test_raster_between_its_cells():
    raster = ElevationRaster(np.array([[3.0, 4.0], [1.0, np.nan]]), 10.0, 51.0, 1.0, 1.0)
    lon, lat = np.array([10.0, 11.0, 10.5, 10.0, 9.6, 9.4, 10.5]), np.array([51.0, 51.0, 51.0, 50.5, 51.4, 51.0, 50.2])
    assert raster(lon, lat) == pytest.approx([3.0, 4.0, 3.5, 2.0, 3.0, np.nan, np.nan], nan_ok=True)


def test_raster_files_in_degrees_and_in_metres(tmp_path):
    rasterio = pytest.importorskip("rasterio")

    height = np.arange(20.0, dtype=np.float32).reshape(4, 5)
    height[0, 0] = -9999.0
    degrees = tmp_path / "degrees.tif"
    with rasterio.open(
        degrees, "w", driver="GTiff", width=5, height=4, count=1, dtype="float32", crs="EPSG:4326", nodata=-9999.0,
        transform=rasterio.Affine(0.01, 0.0, 12.0, 0.0, -0.01, 51.0),
    ) as file:  # fmt: skip
        file.write(height, 1)
    raster = read_elevation(degrees)
    assert raster(np.array([12.025, 12.005]), np.array([50.985, 50.995])) == pytest.approx([7.0, np.nan], nan_ok=True)
    metres = tmp_path / "metres.tif"
    slope = np.tile(np.arange(200.0, dtype=np.float32), (200, 1))
    with rasterio.open(
        metres, "w", driver="GTiff", width=200, height=200, count=1, dtype="float32", crs="EPSG:25833",
        transform=rasterio.Affine(10.0, 0.0, 320_000.0, 0.0, -10.0, 5_630_000.0),
    ) as file:  # fmt: skip
        file.write(slope, 1)
    lon, lat = geo.to_degrees(np.array([321_005.0, 321_505.0]), np.array([5_629_000.0, 5_629_000.0]))
    assert read_elevation(metres)(lon, lat) == pytest.approx([100.0, 150.0], abs=0.3)


def test_faults_of_rasters_are_named(tmp_path, monkeypatch):
    rasterio = pytest.importorskip("rasterio")
    with pytest.raises(NetworkError, match=r"none\.tif: no such file"):
        read_elevation(tmp_path / "none.tif")
    bad = tmp_path / "bad.tif"
    bad.write_bytes(b"no raster")
    with pytest.raises(NetworkError, match=r"bad\.tif: cannot be read as a raster"):
        read_elevation(bad)
    bare = tmp_path / "bare.tif"
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(bare, "w", driver="GTiff", width=2, height=2, count=1, dtype="uint8") as file,
    ):
        file.write(np.zeros((2, 2), np.uint8), 1)
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        pytest.raises(NetworkError, match=r"bare\.tif: has no coordinate system"),
    ):
        read_elevation(bare)
    with pytest.raises(NetworkError, match="at least two rows"):
        ElevationRaster(np.zeros((1, 5)), 0.0, 0.0, 1.0, 1.0)
    with pytest.raises(NetworkError, match="must be positive"):
        ElevationRaster(np.zeros((2, 5)), 0.0, 0.0, 1.0, -1.0)
    with pytest.raises(NetworkError, match="give a raster file or a function"):
        elevation_source(5)
    with pytest.raises(NetworkError, match="gave shape"):
        factors(straight(3, 300.0), Mode.BIKE, elevation=lambda lon, lat: np.zeros(1))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(NetworkError, match=r"needs rasterio; install it with pip install 'itas_mobility\[elevation\]'"):
        read_elevation(bad)


@pytest.mark.shared_data
def test_heights_of_a_real_raster(shared_data):
    pytest.importorskip("rasterio")
    raster = read_elevation(shared_data / "region_poa" / "poa_elevation.tif")
    assert raster.height_m.shape == (403, 413)
    # the river lies at sea level, the hill Santa Tereza above it
    heights = raster(np.array([-51.25, -51.2230]), np.array([-30.05, -30.0700]))
    assert 0.0 <= heights[0] <= 10.0
    assert heights[1] > 50.0
    path = shared_data / "region_poa" / "poa_osm.pbf"
    box = (-51.24, -30.08, -51.21, -30.06)
    level, steep = (read_osm(path, mode="bike", clip=box, elevation=e) for e in (None, raster))
    assert steep.n_links == level.n_links
    ratio = steep.free_time_s.sum() / level.free_time_s.sum()
    assert 1.05 < ratio < 2.0
    assert steep.report.counts["pieces of road whose slope is not known"] == 0
