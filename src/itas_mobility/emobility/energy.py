"""Energy of cars from length, time and slope of links, load and temperature: from batteries, and of fuel.

What links take is additive, so that it can be carried along used paths. What a trip takes once, until cabin, battery
and engine are warm, comes on top: `warm_up_kwh`, `cold_start_kwh`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.fleet import COLDEST_DEG, HOTTEST_DEG, Combustion, Traction, VehicleClass
from itas_mobility.errors import InputError
from itas_mobility.units import KM_PER_H_TO_M_PER_S, METRES_PER_KILOMETRE, SECONDS_PER_HOUR

GRAVITY_M_PER_S2: Final = 9.80665
"""Standard acceleration of gravity (3rd General Conference on Weights and Measures, 1901)."""
JOULES_PER_KWH: Final = 3.6e6
COMFORT_TEMPERATURE_DEG: Final = 20.0
"""Outside temperature in degrees Celsius at which a car needs neither heating nor cooling (usual room temperature)."""
FREEZING_K: Final = 273.15
STANDARD_DEG: Final = 15.0
"""Temperature of the standard atmosphere at sea level, to which the density of air is given."""
FASTEST_KM_PER_H: Final = 300.0
"""Mean speeds above are no drives of cars but times or lengths in another unit: refused."""
STEEPEST: Final = 0.5
"""Slopes above are steeper than any street (Baldwin Street in Dunedin: 0.35): refused."""


def traction_energy_kwh(
    length_m: ArrayLike,
    time_s: ArrayLike,
    *,
    traction: Traction,
    temperature_deg: float | None = None,
    slope: ArrayLike = 0.0,
) -> FloatArray:
    """Energy an electric car takes from its battery on links of given length and time; charging losses excluded.

    Rolling and air resistance at the mean speed, kinetic energy lost at stops (which become rarer with speed),
    climbing, electronics and what holds the cabin warm or cool: mean of the fleet's classes, each by its share. The
    road networks of this library keep no heights, so that runs of scenarios take every link as level.

    Parameters
    ----------
    length_m, time_s : array-like, broadcast against each other
        Length and duration of each link; inf where there is no way.
    traction : Traction
        What decides the energy of cars: classes, load, resistances, losses, temperature.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes that of `traction`, as the mean over its days.
    slope : array-like, default=0
        Rise over length, negative downhill.

    Returns
    -------
    ndarray
        kWh from the battery of each link, mean of the fleet; of hybrids what they drive on electricity. Downhill it may
        be negative: the battery gains. 0 for length and time 0, inf where there is no way.

    Raises
    ------
    InputError
        For negative or missing values, a length that is driven in no time or faster than `FASTEST_KM_PER_H`, or slopes
        beyond `STEEPEST`; name and row are told.

    Notes
    -----
    With mean speed v: ``E = (F+ - r F- + (1 - r) m/2 (k v)^2 n(v)) L / eta + P t``, ``F = m g (c(T) + slope) + rho(T)/2
    A v^2``, of which F+ is the positive and F- the negative part, and ``n(v) = n0 exp(-v / v0)``; terms as in Guzzella,
    Sciarretta, Vehicle Propulsion Systems, chapter 2. Density of air is that of an ideal gas, rolling resistance linear
    in T.
    """
    air = _weather(traction, temperature_deg)
    links = _Links(length_m, time_s, slope)
    energy = np.zeros(links.length_m.shape)
    for one in traction.classes:
        energy += one.fleet_share * one.electric_share * _of_class(one, links, traction, air)
    return np.where(links.reachable, energy, np.inf)


def class_energy_kwh(
    length_m: ArrayLike,
    time_s: ArrayLike,
    *,
    vehicle: VehicleClass,
    traction: Traction,
    temperature_deg: float | None = None,
    slope: ArrayLike = 0.0,
) -> FloatArray:
    """Energy that one class of cars takes from its battery where it drives on electricity; see `traction_energy_kwh`.

    Parameters
    ----------
    length_m, time_s : array-like, broadcast against each other
        Length and duration of each link; inf where there is no way.
    vehicle : VehicleClass
        The class; its shares do not matter.
    traction : Traction
        All else that decides the energy.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes that of `traction`.
    slope : array-like, default=0
        Rise over length.

    Returns
    -------
    ndarray
        kWh from the battery of each link.

    Raises
    ------
    InputError
        As `traction_energy_kwh`.
    """
    links = _Links(length_m, time_s, slope)
    energy = _of_class(vehicle, links, traction, _weather(traction, temperature_deg))
    return np.where(links.reachable, energy, np.inf)


def warm_up_kwh(time_s: ArrayLike, *, traction: Traction, temperature_deg: float | None = None) -> FloatArray:
    """What a trip of an electric car takes once, until cabin and battery are warm.

    Parameters
    ----------
    time_s : array-like
        Duration of each trip; inf where there is no way.
    traction : Traction
        Heat to be brought in, how fast, and the temperature.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes that of `traction`.

    Returns
    -------
    ndarray
        kWh from the battery of each trip: ``W (20 - T)+ (1 - exp(-t / tau))``. inf where there is no way.

    Raises
    ------
    InputError
        For negative or missing times.
    """
    below = _weather(traction, temperature_deg).below_comfort_k
    return _warmed(time_s, traction, traction.warm_up_kwh_per_k * below)


def fuel_kwh(
    length_m: ArrayLike,
    time_s: ArrayLike,
    *,
    combustion: Combustion,
    traction: Traction,
    temperature_deg: float | None = None,
    slope: ArrayLike = 0.0,
) -> FloatArray:
    """Energy in the fuel that the mean car with an engine burns on links of given length and time.

    Parameters
    ----------
    length_m, time_s : array-like, broadcast against each other
        Length and duration of each link; inf where there is no way.
    combustion : Combustion
        The mean car that burns fuel.
    traction : Traction
        Load, resistances, stops and temperature, as for electric cars.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes that of `traction`.
    slope : array-like, default=0
        Rise over length.

    Returns
    -------
    ndarray
        kWh of fuel of each link; inf where there is no way.

    Raises
    ------
    InputError
        As `traction_energy_kwh`.

    Notes
    -----
    Willans line: fuel power is what friction of the running engine takes plus power at the wheels over the efficiency
    of each further unit (Guzzella, Sciarretta, Vehicle Propulsion Systems, chapter 3). Nothing is won back downhill or
    at stops.
    """
    air = _weather(traction, temperature_deg)
    links = _Links(length_m, time_s, slope)
    mass = combustion.mass_kg + traction.load_kg
    force = _force_n(mass, combustion.drag_area_m2, links, air)
    per_metre = np.maximum(force, 0.0) + _stops_j_per_m(mass, links, traction)
    burnt = per_metre * links.length_m / combustion.engine_efficiency / JOULES_PER_KWH
    burnt = burnt + combustion.friction_kw * links.time_s / SECONDS_PER_HOUR
    return np.where(links.reachable, burnt, np.inf)


def cold_start_kwh(
    time_s: ArrayLike, *, combustion: Combustion, traction: Traction, temperature_deg: float | None = None
) -> FloatArray:
    """Energy in the fuel that a cold engine takes once a trip.

    Parameters
    ----------
    time_s : array-like
        Duration of each trip; inf where there is no way.
    combustion : Combustion
        The mean car that burns fuel.
    traction : Traction
        Temperature, and how fast a car gets warm.
    temperature_deg : float, optional
        Outside temperature in degrees Celsius; None takes that of `traction`.

    Returns
    -------
    ndarray
        kWh of fuel of each trip; inf where there is no way.

    Raises
    ------
    InputError
        For negative or missing times.
    """
    below = _weather(traction, temperature_deg).below_comfort_k
    return _warmed(time_s, traction, combustion.cold_start_kwh_per_k * below)


@dataclass(frozen=True, slots=True)
class _Weather:
    """What the temperature decides, as mean over the days."""

    rolling_resistance: float
    air_density_kg_per_m3: float
    climate_kw: float
    below_comfort_k: float


def _weather(traction: Traction, temperature_deg: float | None) -> _Weather:
    mean, spread = traction.temperature_deg, traction.temperature_spread_k
    if temperature_deg is not None:
        mean, spread = float(temperature_deg), 0.0
        if not COLDEST_DEG <= mean <= HOTTEST_DEG:
            raise InputError(f"temperature_deg: {temperature_deg} must lie in {COLDEST_DEG:g} to {HOTTEST_DEG:g}")
    below = COMFORT_TEMPERATURE_DEG - mean
    below_mean = max(below, 0.0)
    if spread > 0:  # mean of the positive part of a normal distribution
        at = below / spread
        density = math.exp(-0.5 * at**2) / math.sqrt(2.0 * math.pi)
        below_mean = below * 0.5 * (1.0 + math.erf(at / math.sqrt(2.0))) + spread * density
    away = 2.0 * below_mean - below  # |x| = 2 x+ - x
    # mean of 1/T to second order in the spread, which is a few hundredths of T
    warmth_k = FREEZING_K + mean
    thinness = (1.0 + (spread / warmth_k) ** 2) / warmth_k
    return _Weather(
        rolling_resistance=traction.rolling_resistance * max(1.0 + traction.rolling_per_k * below, 0.0),
        air_density_kg_per_m3=traction.air_density_kg_per_m3 * (FREEZING_K + STANDARD_DEG) * thinness,
        climate_kw=traction.climate_kw_per_k * away,
        below_comfort_k=below_mean,
    )


class _Links:
    """Length, time, speed and slope of links, checked; 0 where there is no way."""

    def __init__(self, length_m: ArrayLike, time_s: ArrayLike, slope: ArrayLike) -> None:
        length, time, rise = np.broadcast_arrays(
            np.asarray(length_m, np.float64), np.asarray(time_s, np.float64), np.asarray(slope, np.float64)
        )
        for name, values in (("length_m", length), ("time_s", time)):
            _refuse(name, values, np.isnan(values) | (values < 0), "must not be negative or missing")
        _refuse("time_s", time, (time == 0) & (length > 0), "although there is a length to drive")
        _refuse("slope", rise, ~(np.abs(rise) <= STEEPEST), f"must lie in -{STEEPEST:g} to {STEEPEST:g}")
        self.reachable = np.isfinite(length) & np.isfinite(time)
        moving = self.reachable & (length > 0)
        self.length_m = np.where(moving, length, 0.0)
        self.time_s = np.where(self.reachable, time, 0.0)
        self.speed_m_per_s = self.length_m / np.where(moving, time, 1.0)
        too_fast = self.speed_m_per_s > FASTEST_KM_PER_H * KM_PER_H_TO_M_PER_S
        _refuse("time_s", time, too_fast, f"makes a car faster than {FASTEST_KM_PER_H:g} km/h on its length")
        self.slope = rise


def _of_class(vehicle: VehicleClass, links: _Links, traction: Traction, air: _Weather) -> FloatArray:
    """KWh from the battery on each link; 0 where there is no way."""
    mass = vehicle.mass_kg + traction.load_kg
    force = _force_n(mass, vehicle.drag_area_m2, links, air)
    lost = 1.0 - traction.recuperation_share
    per_metre = np.where(force > 0, force, traction.recuperation_share * force)
    per_metre = per_metre + lost * _stops_j_per_m(mass, links, traction)
    energy = per_metre * links.length_m / vehicle.drive_efficiency / JOULES_PER_KWH
    return np.asarray(energy + (traction.base_power_kw + air.climate_kw) * links.time_s / SECONDS_PER_HOUR)


def _force_n(mass_kg: float, drag_area_m2: float, links: _Links, air: _Weather) -> FloatArray:
    """Rolling, climbing and air resistance at the mean speed."""
    rolling_n = mass_kg * GRAVITY_M_PER_S2 * (air.rolling_resistance + links.slope)
    return np.asarray(rolling_n + 0.5 * air.air_density_kg_per_m3 * drag_area_m2 * links.speed_m_per_s**2)


def _stops_j_per_m(mass_kg: float, links: _Links, traction: Traction) -> FloatArray:
    """Kinetic energy given up at stops, per metre."""
    speed = links.speed_m_per_s
    fading = np.exp(-speed / (traction.stop_decay_km_per_h * KM_PER_H_TO_M_PER_S))
    stops_per_m = traction.stops_per_km / METRES_PER_KILOMETRE * fading
    return np.asarray(stops_per_m * 0.5 * mass_kg * (traction.cruise_ratio * speed) ** 2)


def _warmed(time_s: ArrayLike, traction: Traction, whole_kwh: float) -> FloatArray:
    """What of the warming up is over when a trip ends; inf where there is no way."""
    time = np.asarray(time_s, np.float64)
    _refuse("time_s", time, np.isnan(time) | (time < 0), "must not be negative or missing")
    return np.where(np.isfinite(time), -whole_kwh * np.expm1(-time / traction.warm_up_s), np.inf)


def _refuse(name: str, values: FloatArray, bad: np.ndarray, why: str) -> None:
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"{name}[{', '.join(map(str, where))}] = {values[where]} {why}")
