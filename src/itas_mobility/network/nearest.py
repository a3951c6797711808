"""Nearest places on the sphere, through a k-d tree over points in space (no plane, so it holds anywhere)."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from itas_mobility import geo
from itas_mobility.core.columns import FloatArray

if TYPE_CHECKING:
    from scipy.spatial import KDTree


def sphere_points_m(lon_deg: ArrayLike, lat_deg: ArrayLike) -> FloatArray:
    """Points in space of places in degrees; distances between them are chords (0.4 mm short at 1 km... 3 m at 20 km).

    Parameters
    ----------
    lon_deg, lat_deg : array-like of shape (n,)
        Places.

    Returns
    -------
    ndarray of shape (n, 3)
        Metres from the centre of the sphere of radius `geo.EARTH_RADIUS_M`.
    """
    lon, lat = np.radians(np.asarray(lon_deg, float)), np.radians(np.asarray(lat_deg, float))
    xyz = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return np.asarray(geo.EARTH_RADIUS_M * xyz)


def tree_of(lon_deg: ArrayLike, lat_deg: ArrayLike) -> "KDTree":
    """A k-d tree over places; query it with `sphere_points_m`.

    Parameters
    ----------
    lon_deg, lat_deg : array-like of shape (n,)
        Places.

    Returns
    -------
    scipy.spatial.KDTree
        Tree in metres.
    """
    from scipy.spatial import KDTree

    return KDTree(sphere_points_m(lon_deg, lat_deg))


def bearing_deg(
    lon1_deg: ArrayLike, lat1_deg: ArrayLike, lon2_deg: ArrayLike, lat2_deg: ArrayLike
) -> NDArray[np.float64]:
    """Direction from places to others.

    Parameters
    ----------
    lon1_deg, lat1_deg : float or array-like of shape (n,)
        From here.
    lon2_deg, lat2_deg : array-like of shape (n,)
        To there.

    Returns
    -------
    ndarray of shape (n,)
        Degrees in [0, 360), clockwise from north (plane approximation, good for short distances).
    """
    east = (np.asarray(lon2_deg, float) - lon1_deg) * np.cos(np.radians(np.asarray(lat1_deg, float)))
    north = np.asarray(lat2_deg, float) - lat1_deg
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360.0)
