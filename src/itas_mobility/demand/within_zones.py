"""Trips that stay inside a zone: how long they are, from the size of the zone.

Skims of a connected network hold it on their diagonal already (`network.connect`, `demand.skim`), by the same rule.
Skims read from files often have zeros there. Taken at their word, staying would cost nothing, and any power of nothing
is infinitely attractive.
"""

from typing import Final

import numpy as np

from itas_mobility import geo
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.zones import Zones
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE

INTRAZONAL_PARAMETERS: Final = ("intrazonal_detour_factor", "intrazonal_speed_km_per_h")
"""All parameters that decide what trips inside zones cost."""
_OF_A_DISC: Final = 128.0 / (45.0 * np.pi)
"""Mean distance of two random points of a disc, in radii (Dunbar 1997, College Mathematics Journal 28(3), 187-197)."""


def intrazonal_km(zones: Zones) -> FloatArray:
    """Mean beeline of trips that begin and end in the same zone.

    Parameters
    ----------
    zones : Zones
        Their polygons, and for those without one their places.

    Returns
    -------
    ndarray of shape (n_zones,)
        Kilometres: the mean distance of two places in a disc of the zone's area, 0.511 times its root. For a zone
        without polygon half the beeline to the nearest other place; 0 where there is none.

    Notes
    -----
    Mean distance in a disc of radius R: 128 R / (45 pi), with R = sqrt(area / pi); long and ragged zones have more.
    """
    square_m = np.array([np.nan if polygon is None else geo.area_m2(polygon) for polygon in zones.polygon])
    km = _OF_A_DISC * np.sqrt(square_m / np.pi) / METRES_PER_KILOMETRE
    for row in np.flatnonzero(~(km > 0)):
        beeline = geo.haversine_m(zones.lon_deg[row], zones.lat_deg[row], zones.lon_deg, zones.lat_deg)
        elsewhere = beeline[beeline > 0]
        km[row] = 0.5 * elsewhere.min() / METRES_PER_KILOMETRE if elsewhere.size else 0.0
    return km


def with_intrazonal(skims: Skims, zones: Zones, *, parameters: Parameters) -> Skims:
    """Skims with the trips inside zones on their diagonal, where it is zero.

    Parameters
    ----------
    skims : Skims
        ``time_s`` and, if there, ``length_m`` between zones.
    zones : Zones
        Zones of the skims.
    parameters : Parameters
        ``intrazonal_detour_factor`` (way by road over beeline), ``intrazonal_speed_km_per_h`` (along that way).

    Returns
    -------
    Skims
        The same matrices, zeros of ``time_s`` and ``length_m`` of a zone to itself replaced.
    """
    length_m = intrazonal_km(zones) * METRES_PER_KILOMETRE * parameters.value("intrazonal_detour_factor")
    time_s = length_m / (parameters.value("intrazonal_speed_km_per_h") * KM_PER_H_TO_M_PER_S)
    matrices = dict(skims.matrices)
    for name, inside in (("time_s", time_s), ("length_m", length_m)):
        if name in matrices:
            matrix = matrices[name].copy()
            diagonal = np.diagonal(matrix)
            np.fill_diagonal(matrix, np.where(diagonal == 0.0, inside, diagonal))
            matrices[name] = matrix
    return Skims(skims.zone_id, matrices)
