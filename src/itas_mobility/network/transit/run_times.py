"""Run times from stop to stop: from a table, from ``duration``, or from lengths, speed limits and the vehicle."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from itas_mobility.core import TransitMode
from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.transit.line_ways import Runs
from itas_mobility.units import KM_PER_H_TO_M_PER_S, SECONDS_PER_MINUTE

COMMERCIAL_SPEED_KM_PER_H: Final[Mapping[TransitMode, float]] = MappingProxyType(
    {
        # assumption: usual commercial speeds (stops included) of German operators; regional bus and train, tram in town
        TransitMode.TRAIN: 55.0,
        TransitMode.LIGHT_RAIL: 35.0,
        TransitMode.TRAM: 19.0,
        TransitMode.BUS: 25.0,
        TransitMode.FERRY: 10.0,
        TransitMode.SHUTTLE: 30.0,
        TransitMode.TROLLEYBUS: 18.0,
        TransitMode.SUBWAY: 32.0,
    }
)
"""Speed between stops, dwell included, where neither a duration nor speed limits are known."""
SHARE_OF_LIMIT: Final[Mapping[TransitMode, float]] = MappingProxyType(
    {
        # assumption; bus: with what a stop costs, 600 m between stops at 50 km/h make 29 km/h, the timetable of Bad
        # Hersfeld (2021, 122 courses) has 28 km/h in the median. Trams and trolleybuses run in denser streets.
        TransitMode.TRAIN: 0.8,
        TransitMode.LIGHT_RAIL: 0.75,
        TransitMode.TRAM: 0.6,
        TransitMode.BUS: 0.8,
        TransitMode.FERRY: 0.9,
        TransitMode.SHUTTLE: 0.8,
        TransitMode.TROLLEYBUS: 0.6,
        TransitMode.SUBWAY: 0.8,
    }
)
"""Mean speed between two stops, dwell left out, as a share of the speed limits."""
DWELL_S: Final[Mapping[TransitMode, float]] = MappingProxyType(
    {
        # assumption: standing with open doors, and reserves of the timetable
        TransitMode.TRAIN: 40.0,
        TransitMode.LIGHT_RAIL: 25.0,
        TransitMode.TRAM: 20.0,
        TransitMode.BUS: 10.0,
        TransitMode.FERRY: 120.0,
        TransitMode.SHUTTLE: 10.0,
        TransitMode.TROLLEYBUS: 15.0,
        TransitMode.SUBWAY: 25.0,
    }
)
"""Time at a stop."""
ACCELERATION_M_PER_S2: Final[Mapping[TransitMode, float]] = MappingProxyType(
    {
        # assumption: mean of comfortable starting and braking
        TransitMode.TRAIN: 0.6,
        TransitMode.LIGHT_RAIL: 0.9,
        TransitMode.TRAM: 1.0,
        TransitMode.BUS: 1.0,
        TransitMode.FERRY: 0.2,
        TransitMode.SHUTTLE: 1.0,
        TransitMode.TROLLEYBUS: 1.0,
        TransitMode.SUBWAY: 1.0,
    }
)
"""How quickly the vehicle starts and brakes: a stop costs its speed over this, beside the dwell."""
FASTEST_KM_PER_H: Final[Mapping[TransitMode, float]] = MappingProxyType(
    {
        # assumption: regional trains, light rail and trams as built; buses outside built-up areas: StVO section 3 (3)
        TransitMode.TRAIN: 140.0,
        TransitMode.LIGHT_RAIL: 100.0,
        TransitMode.TRAM: 70.0,
        TransitMode.BUS: 80.0,
        TransitMode.FERRY: 30.0,
        TransitMode.SHUTTLE: 80.0,
        TransitMode.TROLLEYBUS: 60.0,
        TransitMode.SUBWAY: 80.0,
    }
)
"""What the vehicle itself allows."""
MIN_RUN_TIME_S: Final = 30.0
"""No run from stop to stop takes less (assumption: acceleration, braking and dwell)."""


def run_times_s(
    runs: Runs,
    mode: TransitMode,
    *,
    total_s: float | None = None,
    speed_km_per_h: float | None = None,
) -> FloatArray:
    """Run times of a pattern, dwell included.

    Where lengths have speed limits, they are run at `SHARE_OF_LIMIT` of the lower one of the limit and
    `FASTEST_KM_PER_H`, and each stop costs `DWELL_S` and the loss of starting and braking, which is the speed over
    `ACCELERATION_M_PER_S2`; other lengths are run at `COMMERCIAL_SPEED_KM_PER_H`.

    Parameters
    ----------
    runs : Runs
        Lengths from stop to stop.
    mode : TransitMode
        Vehicle.
    total_s : float, optional
        Time from the first to the last stop, spread by length; without, times follow from lengths.
    speed_km_per_h : float, optional
        Commercial speed that holds in spite of speed limits.

    Returns
    -------
    ndarray of shape (n_stops,)
        Seconds, 0 at the last stop.
    """
    length = runs.length_m
    if total_s is not None:
        share = length if length.sum() > 0.0 else np.ones_like(length)
        return np.append(share / share.sum() * total_s, 0.0)
    if speed_km_per_h is not None:
        time_s = length / (speed_km_per_h * KM_PER_H_TO_M_PER_S)
    else:
        free_s = np.maximum(length - runs.limited_m, 0.0) / (COMMERCIAL_SPEED_KM_PER_H[mode] * KM_PER_H_TO_M_PER_S)
        # the limits' mean speed is what the vehicle cannot exceed: exact where a run has one limit
        slowest_s = runs.limited_m / (FASTEST_KM_PER_H[mode] * KM_PER_H_TO_M_PER_S)
        limited_s = np.maximum(runs.limited_time_s, slowest_s) / SHARE_OF_LIMIT[mode]
        nothing = np.zeros_like(length)
        share = np.divide(runs.limited_m, length, out=nothing.copy(), where=length > 0.0)
        speed_m_per_s = np.divide(runs.limited_m, limited_s, out=nothing.copy(), where=limited_s > 0.0)
        stop_s = DWELL_S[mode] + speed_m_per_s / ACCELERATION_M_PER_S2[mode]
        time_s = free_s + limited_s + np.minimum(share, 1.0) * stop_s
    return np.append(np.maximum(time_s, MIN_RUN_TIME_S), 0.0)


def check_run_times(run_times_min: Mapping[str, float] | None) -> Mapping[str, float]:
    """Run times by line in seconds.

    Parameters
    ----------
    run_times_min : mapping of str to float, optional
        Minutes from the first to the last stop, by line or pattern.

    Returns
    -------
    mapping of str to float
        Seconds.

    Raises
    ------
    NetworkError
        If one is not positive.
    """
    for line, minutes in (run_times_min or {}).items():
        if not 0.0 < minutes < np.inf:
            raise NetworkError(f"run_times_min[{line!r}]: {minutes!r} must be positive minutes")
    return {line: minutes * SECONDS_PER_MINUTE for line, minutes in (run_times_min or {}).items()}
