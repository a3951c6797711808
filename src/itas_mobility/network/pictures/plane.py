"""The plane that maps are drawn in, and lines in it as few whole numbers that a page's script decodes."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core.columns import FloatArray, LongArray

METRES_PER_DEGREE: Final = 111_195.0
"""Length of a degree of latitude on the sphere of `geo.EARTH_RADIUS_M`."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Grid steps east and north of a middle: plate carrée, true to scale at the middle.

    Over 100 km its scale is off by less than a pixel in a hundred.

    Attributes
    ----------
    middle_lon_deg, middle_lat_deg : float
        The middle.
    grid_m : float
        Length of a step.
    """

    middle_lon_deg: float
    middle_lat_deg: float
    grid_m: float

    @staticmethod
    def around(lon_lat_deg: FloatArray, grid_m: float) -> "Plane":
        """The plane in the middle between the ends of some places.

        Parameters
        ----------
        lon_lat_deg : ndarray of shape (n, 2)
            Places in degrees, one or more.
        grid_m : float
            Length of a step.

        Returns
        -------
        Plane
            The plane.
        """
        lon, lat = (lon_lat_deg.min(axis=0) + lon_lat_deg.max(axis=0)) / 2.0
        return Plane(float(lon), float(lat), grid_m)

    def metres(self, lon_lat_deg: FloatArray) -> FloatArray:
        """Places in metres east and north of the middle.

        Parameters
        ----------
        lon_lat_deg : ndarray of shape (n, 2)
            Places in degrees.

        Returns
        -------
        ndarray of shape (n, 2)
            Metres.
        """
        east = METRES_PER_DEGREE * float(np.cos(np.radians(self.middle_lat_deg)))
        moved = lon_lat_deg - np.array([self.middle_lon_deg, self.middle_lat_deg])
        return np.asarray(moved * np.array([east, METRES_PER_DEGREE]))

    def steps(self, xy_m: FloatArray) -> LongArray:
        """Metres as whole grid steps.

        Parameters
        ----------
        xy_m : ndarray
            Metres.

        Returns
        -------
        int64 ndarray of the same shape
            Steps.
        """
        return np.rint(xy_m / self.grid_m).astype(np.int64)

    def thinned_lines(self, ptr: LongArray, lon_lat_deg: FloatArray, tolerance_m: float) -> dict[str, list[int]]:
        """Lines with no more points than they need (Douglas, Peucker 1973), as a page holds them.

        Parameters
        ----------
        ptr : int64 ndarray of shape (n_lines + 1,)
            Points of line *i* are rows ``ptr[i]`` to ``ptr[i + 1]``, one or more; a single one is a place.
        lon_lat_deg : ndarray of shape (n_points, 2)
            Points in degrees.
        tolerance_m : float
            Largest deviation.

        Returns
        -------
        dict
            As `encoded_lines`.
        """
        import shapely

        xy_m = self.metres(lon_lat_deg)
        size = np.diff(ptr)
        owner = np.repeat(np.arange(len(size)), size)
        long = size > 1
        made: NDArray[np.object_] = np.empty(len(size), object)
        if long.any():
            keep = long[owner]
            position = np.cumsum(long) - 1
            made[long] = shapely.simplify(shapely.linestrings(xy_m[keep], indices=position[owner[keep]]), tolerance_m)
        if not long.all():
            made[~long] = shapely.points(xy_m[ptr[:-1][~long]])
        points, of = shapely.get_coordinates(made, return_index=True)
        return encoded_lines(np.bincount(of, minlength=len(size)), self.steps(points))


def encoded_lines(n_points: LongArray, steps: LongArray) -> dict[str, list[int]]:
    """Lines of grid points as a page holds them; `canvas.js` decodes them.

    Parameters
    ----------
    n_points : int64 ndarray of shape (n_lines,)
        Points of each line.
    steps : int64 ndarray of shape (n_points, 2)
        Their places in grid steps, line after line.

    Returns
    -------
    dict
        ``n``: points per line; ``d``: x and y differences to the point before, across lines (the first to 0, 0).
    """
    differences = np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64))
    return {"n": [int(n) for n in n_points], "d": differences.ravel().tolist()}
