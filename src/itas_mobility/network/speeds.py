"""Free-flow speed of single links."""

from typing import Final

import numpy as np

from itas_mobility.core import RoadNetwork
from itas_mobility.core.columns import BoolArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import change_links
from itas_mobility.units import M_PER_S_TO_KM_PER_H

_LEAST_KM_PER_H: Final = 1e-9
"""Movements through junctions have no speed: nothing of their time is driving."""


def change_speed(roads: RoadNetwork, links: BoolArray, *, speed_km_per_h: float) -> RoadNetwork:
    """The network with another free-flow speed on some of its links.

    What a link's free-flow time holds beside driving (signals, barriers) stays as it is.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    links : bool ndarray of shape (n_links,)
        Links to change.
    speed_km_per_h : float
        New speed.

    Returns
    -------
    RoadNetwork
        Network with other speeds and free-flow times.

    Raises
    ------
    NetworkError
        If the mask has another shape, or the speed is not positive.
    """
    links = np.asarray(links, bool)
    if links.shape != (roads.n_links,):
        raise NetworkError(f"change_speed: mask has shape {links.shape}, the network {roads.n_links} links")
    if not speed_km_per_h > 0:
        raise NetworkError(f"change_speed: speed_km_per_h={speed_km_per_h!r} must be positive")
    length_m = roads.length_m[links]
    was_s = length_m / np.maximum(roads.free_speed_km_per_h[links], _LEAST_KM_PER_H) * M_PER_S_TO_KM_PER_H
    speed, time_s = roads.free_speed_km_per_h.copy(), roads.free_time_s.copy()
    speed[links] = speed_km_per_h
    time_s[links] = np.maximum(time_s[links] - was_s, 0.0) + length_m / speed_km_per_h * M_PER_S_TO_KM_PER_H
    return change_links(roads, free_speed_km_per_h=speed, free_time_s=time_s)
