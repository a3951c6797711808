"""Heights of the ground and what slopes do to travel times.

Heights come from a raster file, from an array, or from any function of longitude and latitude. Rasters are rough:
between two points a few metres apart their steps look like cliffs. So slopes are taken over sections of at least
`SECTION_M` along a piece of road, over the whole piece where it is shorter, and never over less than `BASE_M`; what
remains beyond `STEEPEST` is cut off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from itas_mobility.core import Mode
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.tags import slope_speed_share

Elevation: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
"""Longitudes and latitudes in degrees -> heights in metres, not a number where unknown; all of shape (n,)."""

SECTION_M: Final = 100.0
"""Assumption: three cells of the usual 1-arcsecond rasters, so that one cell's error of some 3 m stays below 3 %."""
BASE_M: Final = 50.0
"""Assumption: shorter pieces of road get the slope they would have at this length."""
STEEPEST: Final = 0.2
"""Assumption: streets steeper than 20 % are errors of the raster (walls, trees, bridges), with few exceptions."""
MOST_CELLS: Final = 200_000_000
"""Larger rasters (1.6 GB) are refused: cut them to the region first."""


@dataclass(frozen=True, eq=False)
class ElevationRaster:
    """Heights on a grid of longitudes and latitudes, read between the centres of cells bilinearly.

    Raises
    ------
    NetworkError
        If the grid has less than two rows or columns, or a step is not positive.
    """

    height_m: FloatArray
    """Heights of cell centres, rows from north to south, shape (n_rows, n_columns); not a number where unknown."""
    west_deg: float
    """Longitude of the centres of the first column."""
    north_deg: float
    """Latitude of the centres of the first row."""
    step_lon_deg: float
    step_lat_deg: float
    """Size of a cell, both positive."""

    def __post_init__(self) -> None:
        if self.height_m.ndim != 2 or min(self.height_m.shape) < 2:
            raise NetworkError(f"height_m: shape {self.height_m.shape}; needs at least two rows and two columns")
        if not (self.step_lon_deg > 0 and self.step_lat_deg > 0):
            raise NetworkError(
                f"step_lon_deg={self.step_lon_deg}, step_lat_deg={self.step_lat_deg}: both must be positive"
            )

    def __call__(self, lon_deg: FloatArray, lat_deg: FloatArray) -> FloatArray:
        """Heights at places, not a number outside the grid; shape of the arguments (n,)."""
        rows, columns = self.height_m.shape
        x = (np.asarray(lon_deg, float) - self.west_deg) / self.step_lon_deg
        y = (self.north_deg - np.asarray(lat_deg, float)) / self.step_lat_deg
        # places in the outer half of an edge cell take the edge's height
        inside = (x >= -0.5) & (x <= columns - 0.5) & (y >= -0.5) & (y <= rows - 0.5)
        x = np.where(inside, np.clip(x, 0.0, columns - 1.0), 0.0)
        y = np.where(inside, np.clip(y, 0.0, rows - 1.0), 0.0)
        column = np.minimum(x.astype(np.int64), columns - 2)
        row = np.minimum(y.astype(np.int64), rows - 2)
        fx, fy = x - column, y - row
        height = np.zeros(x.shape)
        for down in (0, 1):
            for right in (0, 1):
                weight = (fy if down else 1.0 - fy) * (fx if right else 1.0 - fx)
                # a cell that has no weight may be unknown
                height += np.where(weight > 0.0, weight * self.height_m[row + down, column + right], 0.0)
        return np.where(inside, height, np.nan)


def read_elevation(path: str | Path) -> ElevationRaster:
    """Read heights from a raster file such as GeoTIFF, in any coordinate system.

    Parameters
    ----------
    path : str or Path
        File; its first band holds heights in metres.

    Returns
    -------
    ElevationRaster
        Heights in WGS 84 degrees; other systems are resampled bilinearly.

    Raises
    ------
    NetworkError
        If rasterio is not installed, or the file cannot be read, has no coordinate system or is too large.
    """
    source = Path(path)
    try:
        import rasterio
        from rasterio.enums import Resampling
        from rasterio.errors import RasterioError
        from rasterio.vrt import WarpedVRT
    except ImportError:
        raise NetworkError(
            f"{source}: reading rasters needs rasterio; install it with pip install 'itas_mobility[elevation]'"
        ) from None
    if not source.is_file():
        raise NetworkError(f"{source}: no such file")
    try:
        with rasterio.open(source) as file:
            if file.crs is None:
                raise NetworkError(f"{source}: has no coordinate system; assign one and save it again")
            with WarpedVRT(
                file, crs="EPSG:4326", resampling=Resampling.bilinear, dtype="float64", nodata=np.nan
            ) as flat:
                if flat.width * flat.height > MOST_CELLS:
                    raise NetworkError(
                        f"{source}: {flat.width} x {flat.height} cells are too many; cut the raster to the region first"
                    )
                height = flat.read(1)
                step = flat.transform
    except RasterioError as fault:
        raise NetworkError(f"{source}: cannot be read as a raster: {fault}") from None
    return ElevationRaster(
        np.asarray(height, float),
        west_deg=step.c + step.a / 2.0,
        north_deg=step.f + step.e / 2.0,
        step_lon_deg=step.a,
        step_lat_deg=-step.e,
    )


def elevation_source(given: Any) -> Elevation | None:
    """What the argument `elevation` of `read_osm` stands for.

    Parameters
    ----------
    given : str, Path, callable or None
        Raster file, or function of longitudes and latitudes (an `ElevationRaster` is one).

    Returns
    -------
    callable or None
        Function of longitudes and latitudes.

    Raises
    ------
    NetworkError
        If it is neither.
    """
    if given is None:
        return None
    if isinstance(given, str | Path):
        return read_elevation(given)
    if callable(given):
        source: Elevation = given
        return source
    raise NetworkError(f"elevation={given!r}: give a raster file or a function of longitudes and latitudes")


def _heights(elevation: Elevation, lon_deg: FloatArray, lat_deg: FloatArray) -> FloatArray:
    found = np.asarray(elevation(lon_deg, lat_deg), float)
    if found.shape != lon_deg.shape:
        raise NetworkError(f"elevation: gave shape {found.shape} for {lon_deg.shape} places")
    return found


def slope_time_factors(
    lon_deg: FloatArray,
    lat_deg: FloatArray,
    step_m: FloatArray,
    shape_ptr: LongArray,
    *,
    mode: Mode,
    elevation: Elevation | None,
    tagged_slope: FloatArray,
    is_off_ground: BoolArray,
) -> tuple[FloatArray, BoolArray]:
    """How much longer a mode takes for pieces of road than on level ground, with and against them.

    A piece is cut into equal sections of at least `SECTION_M`; on bridges and in tunnels it is one section from end to
    end. Where a section's heights are not known, its slope is the tagged one, else none.

    Parameters
    ----------
    lon_deg, lat_deg : ndarray of shape (n_points,)
        Courses of the pieces, ragged.
    step_m : ndarray of shape (n_points,)
        Distance from the point before, 0 at the first point of a piece.
    shape_ptr : int64 ndarray of shape (n_pieces + 1,)
        Pointer of the courses.
    mode : Mode
        One mode.
    elevation : callable or None
        Heights.
    tagged_slope : ndarray of shape (n_pieces,)
        Slope with the piece by its tags; not a number where they tell none.
    is_off_ground : bool ndarray of shape (n_pieces,)
        Bridges and tunnels.

    Returns
    -------
    factor : ndarray of shape (n_pieces, 2)
        Factors on the travel time with and against the pieces.
    is_known : bool ndarray of shape (n_pieces,)
        Whether the slope of the whole piece is known.
    """
    n = len(shape_ptr) - 1
    if n == 0:
        return np.ones((0, 2)), np.zeros(0, bool)
    # distance along all pieces one after the other, a metre of gap between them so that no position stands twice
    piece_of_point = np.repeat(np.arange(n), np.diff(shape_ptr))
    position = np.cumsum(step_m) + piece_of_point
    start, end = position[shape_ptr[:-1]], position[shape_ptr[1:] - 1]
    length = end - start
    sections = np.where(is_off_ground, 1, np.maximum(1, length // SECTION_M)).astype(np.int64)
    piece = np.repeat(np.arange(n), sections)
    slope = tagged_slope[piece].astype(float)
    section_m = np.repeat(length / sections, sections)
    if elevation is not None:
        ptr = np.zeros(n + 1, np.int64)
        np.cumsum(sections + 1, out=ptr[1:])
        owner = np.repeat(np.arange(n), sections + 1)
        number = np.arange(ptr[-1]) - ptr[owner]
        at = start[owner] + length[owner] * number / sections[owner]
        height = _heights(elevation, np.interp(at, position, lon_deg), np.interp(at, position, lat_deg))
        first = np.arange(len(piece)) + piece
        measured = (height[first + 1] - height[first]) / np.maximum(section_m, BASE_M)
        slope = np.where(np.isnan(measured), slope, measured)
    known = np.ones(n, bool)
    known[piece[np.isnan(slope)]] = False
    slope = np.clip(np.nan_to_num(slope), -STEEPEST, STEEPEST)
    factor = np.empty((n, 2))
    for side, sign in enumerate((1.0, -1.0)):
        slowness = 1.0 / slope_speed_share(sign * slope, mode)
        factor[:, side] = np.bincount(piece, weights=slowness, minlength=n) / sections
    return factor, known
