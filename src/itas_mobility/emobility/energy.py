"""Traction energy of electric cars from length and time of their trips."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.provenance import Parameter
from itas_mobility.errors import InputError
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE, SECONDS_PER_HOUR

GRAVITY_M_PER_S2: Final = 9.80665
"""Standard acceleration of gravity (3rd General Conference on Weights and Measures, 1901)."""
JOULES_PER_KWH: Final = 3.6e6
COMFORT_TEMPERATURE_DEG: Final = 20.0
"""Outside temperature in degrees Celsius at which a car needs neither heating nor cooling (usual room temperature)."""


def traction_energy_kwh(
    length_m: ArrayLike,
    time_s: ArrayLike,
    *,
    parameters: Mapping[str, Parameter],
    temperature_deg: float | None = None,
) -> FloatArray:
    """Energy an electric car takes from its battery on trips of given length and time; charging losses excluded.

    Rolling and air resistance at the mean speed, kinetic energy lost at stops (which become rarer with speed) and
    auxiliary power over the time.

    Parameters
    ----------
    length_m, time_s : array-like, broadcast against each other
        Length and duration of each trip; inf where there is no way.
    parameters : mapping of str to Parameter
        ``car_mass_kg``, ``rolling_resistance``, ``drag_area_m2``, ``air_density_kg_per_m3``, ``drive_efficiency``,
        ``recuperation_share``, ``stops_per_km``, ``stop_decay_km_per_h``, ``cruise_ratio``, ``auxiliary_power_kw``;
        with a temperature ``base_power_kw`` and ``climate_kw_per_k`` in place of the last.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes the auxiliary power as the mean of the year.

    Returns
    -------
    ndarray
        kWh from the battery of each trip; 0 for length and time 0, inf where there is no way.

    Raises
    ------
    InputError
        For negative or missing values, a length that is driven in no time, or a missing parameter (named).

    Notes
    -----
    With mean speed v: ``E = (m g c + rho/2 A v^2 + (1 - r) m/2 (k v)^2 n(v)) L / eta + P t`` and
    ``n(v) = n0 exp(-v / v0)``; terms as in Guzzella, Sciarretta, Vehicle Propulsion Systems, chapter 2.
    """
    length, time = np.broadcast_arrays(np.asarray(length_m, np.float64), np.asarray(time_s, np.float64))
    for name, values in (("length_m", length), ("time_s", time)):
        _refuse(name, values, np.isnan(values) | (values < 0), "must not be negative or missing")
    _refuse("time_s", time, (time == 0) & (length > 0), "although there is a length to drive")
    reachable = np.isfinite(length) & np.isfinite(time)
    moving = reachable & (length > 0)
    driven = np.where(moving, length, 0.0)
    speed = driven / np.where(moving, time, 1.0)

    p = {name: _number(parameters, name) for name in _TRACTION}
    rolling_n = p["car_mass_kg"] * GRAVITY_M_PER_S2 * p["rolling_resistance"]
    air_n = 0.5 * p["air_density_kg_per_m3"] * p["drag_area_m2"] * speed**2
    stops_per_m = (
        p["stops_per_km"] / METRES_PER_KILOMETRE * np.exp(-speed / (p["stop_decay_km_per_h"] * KM_PER_H_TO_M_PER_S))
    )
    lost_per_stop_j = (1.0 - p["recuperation_share"]) * 0.5 * p["car_mass_kg"] * (p["cruise_ratio"] * speed) ** 2
    at_wheel_j = (rolling_n + air_n + stops_per_m * lost_per_stop_j) * driven
    if temperature_deg is None:
        auxiliary_kw = _number(parameters, "auxiliary_power_kw")
    else:
        if not np.isfinite(temperature_deg):
            raise InputError(f"temperature_deg: {temperature_deg} must be finite")
        away = abs(temperature_deg - COMFORT_TEMPERATURE_DEG)
        auxiliary_kw = _number(parameters, "base_power_kw") + _number(parameters, "climate_kw_per_k") * away
    energy = at_wheel_j / p["drive_efficiency"] / JOULES_PER_KWH
    energy = energy + auxiliary_kw * np.where(reachable, time, 0.0) / SECONDS_PER_HOUR
    return np.where(reachable, energy, np.inf)


_TRACTION: Final = (
    "car_mass_kg",
    "rolling_resistance",
    "drag_area_m2",
    "air_density_kg_per_m3",
    "drive_efficiency",
    "recuperation_share",
    "stops_per_km",
    "stop_decay_km_per_h",
    "cruise_ratio",
)
TRACTION_PARAMETERS: Final = (*_TRACTION, "auxiliary_power_kw")
"""All parameters that decide the energy of a trip at the year's mean temperature."""


def _refuse(name: str, values: FloatArray, bad: np.ndarray, why: str) -> None:
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"{name}[{', '.join(map(str, where))}] = {values[where]} {why}")


def _number(parameters: Mapping[str, Parameter], name: str) -> float:
    if name not in parameters:
        raise InputError(f"parameters: {name!r} is missing; traction energy needs it")
    return parameters[name].value
