"""Coordinates: WGS 84 degrees <-> metres on a plane, and lengths on the sphere. The one file that knows pyproj."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

WGS84: Final = 4326
ETRS89_UTM33N: Final = 25833
"""ETRS89 / UTM zone 33N: the official plane of Saxony (EPSG registry)."""
EARTH_RADIUS_M: Final = 6371008.8
"""Mean radius R1 of the GRS 80 ellipsoid (Moritz 1980)."""


@lru_cache(maxsize=16)
def _transformer(source: int, target: int) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def to_metric(
    lon_deg: ArrayLike, lat_deg: ArrayLike, *, epsg: int = ETRS89_UTM33N
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project WGS 84 degrees to metres.

    Parameters
    ----------
    lon_deg, lat_deg : array-like of shape (n,)
        Longitude and latitude in degrees.
    epsg : int, default=25833
        Target plane; choose a plane of the region for places outside central Europe (see `utm_epsg`).

    Returns
    -------
    x_m, y_m : ndarray of shape (n,)
        Easting and northing in metres.
    """
    x, y = _transformer(WGS84, epsg).transform(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
    return np.asarray(x, float), np.asarray(y, float)


def to_degrees(
    x_m: ArrayLike, y_m: ArrayLike, *, epsg: int = ETRS89_UTM33N
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inverse of `to_metric`.

    Parameters
    ----------
    x_m, y_m : array-like of shape (n,)
        Easting and northing in metres.
    epsg : int, default=25833
        Plane of the given coordinates.

    Returns
    -------
    lon_deg, lat_deg : ndarray of shape (n,)
        WGS 84 degrees.
    """
    lon, lat = _transformer(epsg, WGS84).transform(np.asarray(x_m, float), np.asarray(y_m, float))
    return np.asarray(lon, float), np.asarray(lat, float)


def utm_epsg(lon_deg: float, lat_deg: float) -> int:
    """EPSG code of the WGS 84 / UTM plane that holds a place (ETRS89 / UTM 33N for Saxony's zone).

    Parameters
    ----------
    lon_deg, lat_deg : float
        A place in degrees.

    Returns
    -------
    int
        EPSG code.
    """
    zone = int((lon_deg + 180.0) // 6.0) + 1
    if lat_deg >= 0 and zone == 33:
        return ETRS89_UTM33N
    return (32600 if lat_deg >= 0 else 32700) + zone


def area_m2(polygon: Any) -> float:
    """Area of a polygon in degrees, on the sphere at its middle latitude (good for zones and municipalities).

    Parameters
    ----------
    polygon : shapely geometry
        Longitudes and latitudes in degrees.

    Returns
    -------
    float
        Square metres.
    """
    _, south, _, north = polygon.bounds
    per_degree = np.radians(1.0) * EARTH_RADIUS_M
    return float(polygon.area * per_degree**2 * np.cos(np.radians((south + north) / 2.0)))


def haversine_m(
    lon1_deg: ArrayLike, lat1_deg: ArrayLike, lon2_deg: ArrayLike, lat2_deg: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle length between pairs of places.

    Parameters
    ----------
    lon1_deg, lat1_deg, lon2_deg, lat2_deg : array-like, broadcast against each other
        Places in degrees.

    Returns
    -------
    ndarray
        Length in metres on a sphere of radius `EARTH_RADIUS_M`.
    """
    lon1, lat1, lon2, lat2 = (np.radians(np.asarray(v, float)) for v in (lon1_deg, lat1_deg, lon2_deg, lat2_deg))
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))
