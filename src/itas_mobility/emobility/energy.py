"""Traction energy of electric cars from length and time of their trips."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.fleet import Traction
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
    traction: Traction,
    temperature_deg: float | None = None,
) -> FloatArray:
    """Energy an electric car takes from its battery on trips of given length and time; charging losses excluded.

    Rolling and air resistance at the mean speed, kinetic energy lost at stops (which become rarer with speed) and
    auxiliary power over the time.

    Parameters
    ----------
    length_m, time_s : array-like, broadcast against each other
        Length and duration of each trip; inf where there is no way.
    traction : Traction
        What decides the energy of a car: mass, resistances, losses, auxiliary power.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes the auxiliary power as the mean of the year, else base
        power and heating or cooling make it.

    Returns
    -------
    ndarray
        kWh from the battery of each trip; 0 for length and time 0, inf where there is no way.

    Raises
    ------
    InputError
        For negative or missing values, or a length that is driven in no time.

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

    rolling_n = traction.car_mass_kg * GRAVITY_M_PER_S2 * traction.rolling_resistance
    air_n = 0.5 * traction.air_density_kg_per_m3 * traction.drag_area_m2 * speed**2
    fading = np.exp(-speed / (traction.stop_decay_km_per_h * KM_PER_H_TO_M_PER_S))
    stops_per_m = traction.stops_per_km / METRES_PER_KILOMETRE * fading
    not_recuperated = 1.0 - traction.recuperation_share
    lost_per_stop_j = not_recuperated * 0.5 * traction.car_mass_kg * (traction.cruise_ratio * speed) ** 2
    at_wheel_j = (rolling_n + air_n + stops_per_m * lost_per_stop_j) * driven
    energy = at_wheel_j / traction.drive_efficiency / JOULES_PER_KWH
    energy = energy + _auxiliary_kw(traction, temperature_deg) * np.where(reachable, time, 0.0) / SECONDS_PER_HOUR
    return np.where(reachable, energy, np.inf)


def _auxiliary_kw(traction: Traction, temperature_deg: float | None) -> float:
    if temperature_deg is None:
        return traction.auxiliary_power_kw
    if not np.isfinite(temperature_deg):
        raise InputError(f"temperature_deg: {temperature_deg} must be finite")
    away = abs(temperature_deg - COMFORT_TEMPERATURE_DEG)
    return traction.base_power_kw + traction.climate_kw_per_k * away


def _refuse(name: str, values: FloatArray, bad: np.ndarray, why: str) -> None:
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"{name}[{', '.join(map(str, where))}] = {values[where]} {why}")
