"""Plane geometry in EPSG:25833: projection, meandering lines, smooth axes and parallel carriageways."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Array = NDArray[np.float64]
SEGMENT_M = 500.0


@cache
def _transformer(forward: bool) -> Transformer:
    return Transformer.from_crs(4326 if forward else 25833, 25833 if forward else 4326, always_xy=True)


def to_plane(lonlat: Array) -> Array:
    """Longitude and latitude (n x 2) to metres in EPSG:25833."""
    lonlat = np.asarray(lonlat, dtype=float).reshape(-1, 2)
    return np.column_stack(_transformer(True).transform(lonlat[:, 0], lonlat[:, 1]))


def to_lonlat(xy: Array) -> Array:
    """Metres in EPSG:25833 (n x 2) to longitude and latitude."""
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    return np.column_stack(_transformer(False).transform(xy[:, 0], xy[:, 1]))


def length_m(xy: Array) -> float:
    """Length of a polyline."""
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


def meander(start: Array, end: Array, factor: float) -> Array:
    """Bends between two points such that the drawn line is `factor` times the beeline.

    One bend for short links, else a zigzag of one period per 500 m: with amplitude h and period p the
    length is sqrt(1 + 16 h^2 / p^2) times the beeline.
    """
    beeline = float(np.hypot(*(end - start)))
    if factor <= 1.0 or beeline < 30.0:
        return np.empty((0, 2))
    along = (end - start) / beeline
    across = np.array([-along[1], along[0]])
    stretch = math.sqrt(factor**2 - 1.0)
    if beeline < 200.0:
        return ((start + end) / 2.0 + across * beeline / 2.0 * stretch)[None, :]
    periods = max(1, round(beeline / SEGMENT_M))
    period = beeline / periods
    amplitude = period / 4.0 * stretch
    return np.array(
        [
            start
            + along * period * (k // 2 + (0.25 if k % 2 == 0 else 0.75))
            + across * (amplitude if k % 2 == 0 else -amplitude)
            for k in range(2 * periods)
        ]
    )


def smooth(points: Array, step_m: float) -> Array:
    """Centripetal-like Catmull-Rom line through all points, sampled about every `step_m`."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    line: list[Array] = []
    for i in range(1, len(padded) - 2):
        p0, p1, p2, p3 = padded[i - 1 : i + 3]
        chord = float(np.hypot(*(p2 - p1)))
        m1 = (p2 - p0) / max(float(np.hypot(*(p2 - p0))), 1.0) * chord
        m2 = (p3 - p1) / max(float(np.hypot(*(p3 - p1))), 1.0) * chord
        for t in np.arange(0.0, 1.0, 1.0 / max(1, round(chord / step_m))):
            line.append(
                (2 * t**3 - 3 * t**2 + 1) * p1
                + (t**3 - 2 * t**2 + t) * m1
                + (-2 * t**3 + 3 * t**2) * p2
                + (t**3 - t**2) * m2
            )
    line.append(points[-1])
    return np.array(line)


def parallel(xy: Array, offset_m: float) -> Array:
    """The line shifted to the right of its direction by `offset_m`, vertex by vertex."""
    tangent = np.gradient(xy, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None]
    return xy + offset_m * np.column_stack([tangent[:, 1], -tangent[:, 0]])
