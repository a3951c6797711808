"""Car traffic beside commuting: trips of residents for all other purposes, by trip rate and gravity.

Commuters share the roads with everybody else. This background is thin on purpose: a trip rate, a profile over the day
and a gravity model, all parameters with source and range; scenarios leave it unchanged, so it cancels in differences.
"""

from typing import Final

import numpy as np

from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.tours import DaySlices
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.demand.distribution import gravity
from itas_mobility.demand.within_zones import INTRAZONAL_PARAMETERS, with_intrazonal
from itas_mobility.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

BACKGROUND_PARAMETERS: Final = (
    "other_car_trips_per_resident",
    "other_beta_per_min",
    "other_peak_share",
    *INTRAZONAL_PARAMETERS,
)
"""All parameters that decide the other car trips."""


def background_car_trips(
    zones: Zones, skims: Skims, slices: DaySlices, *, parameters: Parameters
) -> tuple[ODMatrix, ...]:
    """Car trips for purposes other than commuting, by slice of the day.

    Parameters
    ----------
    zones : Zones
        Residents make trips, residents and jobs attract them; external zones take no part.
    skims : Skims
        ``time_s`` at free flow; zeros on the diagonal are filled (`with_intrazonal`).
    slices : DaySlices
        Slices of the day.
    parameters : Parameters
        ``other_car_trips_per_resident``, ``other_beta_per_min``, ``other_peak_share`` (share of the day's trips
        between 15 and 18 o'clock; the rest is spread evenly over the other hours of the slices).

    Returns
    -------
    tuple of ODMatrix
        Car trips of each slice, symmetric, with the slice's duration.
    """
    internal = zones.kind == ZoneKind.INTERNAL
    trips = np.where(internal, zones.residents, 0.0) * parameters.value("other_car_trips_per_resident")
    pull = np.where(internal, zones.residents + zones.jobs, 0.0)
    attraction = pull * (trips.sum() / pull.sum()) if trips.sum() > 0 else np.zeros(len(zones))
    minutes = with_intrazonal(skims, zones, parameters=parameters)["time_s"] / SECONDS_PER_MINUTE
    day = np.zeros((len(zones), len(zones)))
    if trips.sum() > 0:
        day = gravity(trips, attraction, minutes, beta=parameters.value("other_beta_per_min"))
    day = 0.5 * (day + day.T)
    hours = slices.duration_h
    is_peak = (slices.start_s >= 15 * SECONDS_PER_HOUR) & (slices.end_s <= 18 * SECONDS_PER_HOUR)
    peak = parameters.value("other_peak_share")
    share = np.where(is_peak, 0.0, hours)
    share = share / share.sum() * (1.0 - peak) + np.where(is_peak, hours / max(hours[is_peak].sum(), 1e-12), 0.0) * peak
    return tuple(
        ODMatrix(zones.zone_id, day * share[k], float(hours[k]), label=f"other car trips {slices.name[k]}")
        for k in range(len(slices))
    )
