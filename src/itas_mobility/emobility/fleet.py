"""Electric cars and those that burn fuel: what they are, how many there are where, how their share grows."""

import tomllib
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.adoption import grown_share
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.fleet import Combustion, Fleet, Traction, VehicleClass
from itas_mobility.core.provenance import Parameter, Parameters
from itas_mobility.errors import InputError
from itas_mobility.units import SECONDS_PER_MINUTE

HYBRID: Final = "plug-in hybrid"
"""Class whose cars count among those that burn fuel, although they drive a share of their kilometres on electricity."""
_DERIVED: Final = ("classes", "load_kg", "warm_up_s")
TRACTION_PARAMETERS: Final = (
    *(field.name for field in fields(Traction) if field.name not in _DERIVED),
    "person_mass_kg",
    "persons_per_car",
    "warm_up_min",
)
"""All parameters that decide the energy that an electric car takes from its battery on a trip."""
COMBUSTION_PARAMETERS: Final = (
    "combustion_mass_kg",
    "combustion_drag_area_m2",
    "engine_efficiency",
    "friction_kw",
    "fuel_kwh_per_km",
    "cold_start_kwh_per_k",
)
"""All parameters that decide the fuel of a car, beside those of its resistances."""
FLEET_PARAMETERS: Final = (
    *TRACTION_PARAMETERS,
    "battery_kwh",
    "car_charging_power_kw",
    "work_charging_share",
)
"""All parameters that decide what an electric car is and how it charges."""


@cache
def vehicle_class_parameters() -> Parameters:
    """What classes of cars are, each figure with source, year, range and confidence.

    Returns
    -------

    Parameters
    ----------
        ``"<class>.<field of VehicleClass>"``.
    """
    tables = tomllib.loads((files("itas_mobility") / "emobility" / "vehicle_classes.toml").read_text(encoding="utf-8"))
    names = {f"{label}.{field}": table for label, columns in tables.items() for field, table in columns.items()}
    return Parameters({name: Parameter(name=name, **table) for name, table in names.items()})


def vehicle_classes() -> tuple[VehicleClass, ...]:
    """Classes of electric cars: small, medium, large and van; their shares add up to 1.

    Returns
    -------
    tuple of VehicleClass
        Figures with sources: `vehicle_class_parameters`.
    """
    return tuple(one for one in _classes() if one.name != HYBRID)


def plug_in_hybrid() -> VehicleClass:
    """Plug-in hybrids: a fleet of their own, with the share of kilometres that they really drive on electricity.

    Returns
    -------
    VehicleClass
        Figures with sources: `vehicle_class_parameters`.
    """
    (found,) = (one for one in _classes() if one.name == HYBRID)
    return found


def _classes() -> tuple[VehicleClass, ...]:
    found: dict[str, dict[str, float]] = {}
    for name, parameter in vehicle_class_parameters().items():
        label, field = name.split(".")
        found.setdefault(label, {})[field] = parameter.value
    return tuple(VehicleClass(name=label, **values) for label, values in found.items())


def traction_from(parameters: Parameters, *, classes: tuple[VehicleClass, ...] | None = None) -> Traction:
    """What drives the electric cars of a region, as the parameters say.

    Parameters
    ----------
    parameters : Parameters
        `TRACTION_PARAMETERS`, with sources in ``parameters.toml`` of this room.
    classes : tuple of VehicleClass, optional
        The cars; `vehicle_classes` if left out.

    Returns
    -------
    Traction
        For `traction_energy_kwh`, `warm_up_kwh` and `fuel_kwh`.

    Raises
    ------
    InputError
        If a parameter is missing, or a value is none that a car can have.
    """
    value = parameters.value
    same = [field.name for field in fields(Traction) if field.name not in _DERIVED]
    return Traction(
        classes=vehicle_classes() if classes is None else classes,
        load_kg=value("person_mass_kg") * value("persons_per_car"),
        warm_up_s=value("warm_up_min") * SECONDS_PER_MINUTE,
        **{name: value(name) for name in same},
    )


def combustion_from(parameters: Parameters) -> Combustion:
    """The mean car of a region that burns fuel, as the parameters say.

    Parameters
    ----------
    parameters : Parameters
        `COMBUSTION_PARAMETERS`, with sources in ``parameters.toml`` of this room.

    Returns
    -------
    Combustion
        For `fuel_kwh` and `cold_start_kwh`.

    Raises
    ------
    InputError
        If a parameter is missing, or a value is none that a car can have.
    """
    return Combustion(**{name.removeprefix("combustion_"): parameters.value(name) for name in COMBUSTION_PARAMETERS})


def fleet_from(parameters: Parameters) -> Fleet:
    """The electric cars of a region as the parameters say.

    Parameters
    ----------
    parameters : Parameters
        `FLEET_PARAMETERS`, with sources in ``parameters.toml`` of this room.

    Returns
    -------
    Fleet
        For `traction_energy_kwh` (its `traction`), `commuter_groups` and `week_sessions`.

    Raises
    ------
    InputError
        If a parameter is missing, or a value is none that a car can have.
    """
    value = parameters.value
    return Fleet(
        traction=traction_from(parameters),
        battery_kwh=value("battery_kwh"),
        charging_power_kw=value("car_charging_power_kw"),
        work_charging_share=value("work_charging_share"),
    )


def electric_cars(cars_by_home: ArrayLike, ev_share: ArrayLike) -> FloatArray:
    """Expected electric cars by home zone: fractions of cars, nothing rounded.

    Parameters
    ----------
    cars_by_home : array-like of shape (n_zones,)
        Cars of the commuters by zone of residence.
    ev_share : float or array-like of shape (n_zones,)
        Electric share of the cars, in [0, 1].

    Returns
    -------
    ndarray of shape (n_zones,)
        Expected number of electric cars.

    Raises
    ------
    InputError
        For negative or missing cars or a share outside [0, 1]; the row is named.
    """
    cars = np.asarray(cars_by_home, dtype=np.float64)
    if cars.ndim != 1:
        raise InputError(f"cars_by_home: {cars.ndim} dimensions, expected 1")
    share = np.asarray(ev_share, dtype=np.float64)
    if share.shape not in ((), cars.shape):
        raise InputError(f"ev_share: shape {share.shape}, expected one number or {cars.shape}")
    share = np.broadcast_to(share, cars.shape)
    for name, values, high in (("cars_by_home", cars, np.inf), ("ev_share", share, 1.0)):
        bad = ~(np.isfinite(values) & (values >= 0) & (values <= high))
        if bad.any():
            i = int(np.argmax(bad))
            raise InputError(f"{name}[{i}] = {values[i]} must be finite, not negative and at most {high:g}")
    return np.asarray(cars * share)


def adoption_share(
    year: ArrayLike, *, reference_year: float, reference_share: float, growth_per_year: float, saturation: float = 1.0
) -> FloatArray:
    """Electric share of the cars in a year by a logistic curve through a known share.

    Parameters
    ----------
    year : array-like
        Years, fractions allowed.
    reference_year : float
        Year of the known share.
    reference_share : float
        Known share, above 0 and below `saturation`.
    growth_per_year : float
        Growth rate of the odds share / (saturation - share).
    saturation : float, default=1.0
        Share that is reached in the end, in (0, 1].

    Returns
    -------
    ndarray
        Share in each year.

    Raises
    ------
    InputError
        If a number lies outside its bounds.

    Notes
    -----
    Logistic substitution (Fisher, Pry 1971).
    """
    if not 0 < saturation <= 1:
        raise InputError(f"saturation: {saturation} must lie in (0, 1]")
    if not 0 < reference_share < saturation:
        raise InputError(f"reference_share: {reference_share} must lie between 0 and the saturation of {saturation}")
    if not np.isfinite(growth_per_year):
        raise InputError(f"growth_per_year: {growth_per_year} must be finite")
    years = np.asarray(year, dtype=np.float64) - reference_year
    odds = reference_share / (saturation - reference_share)
    # tanh form of the logistic function: no overflow in far years
    return np.asarray(saturation * 0.5 * (1.0 + np.tanh(0.5 * (np.log(odds) + growth_per_year * years))))


def bass_share(
    year: ArrayLike, *, start_year: float, innovation: float, imitation: float, saturation: float = 1.0
) -> FloatArray:
    """Share of adopters in a year by the curve of Bass (1969).

    Parameters
    ----------
    year : array-like
        Years, fractions allowed.
    start_year : float
        Year of share 0; before it the share is 0.
    innovation, imitation : float
        Coefficients p > 0 and q >= 0 per year.
    saturation : float, default=1.0
        Share that is reached in the end, in (0, 1].

    Returns
    -------
    ndarray
        Share in each year.

    Raises
    ------
    InputError
        If a number lies outside its bounds.
    """
    if not (np.isfinite(innovation) and innovation > 0):
        raise InputError(f"innovation: {innovation} must be positive")
    if not (np.isfinite(imitation) and imitation >= 0):
        raise InputError(f"imitation: {imitation} must not be negative")
    if not 0 < saturation <= 1:
        raise InputError(f"saturation: {saturation} must lie in (0, 1]")
    years = np.maximum(np.asarray(year, dtype=np.float64) - start_year, 0.0)
    return grown_share(0.0, years, innovation_per_year=innovation, imitation_per_year=imitation, saturation=saturation)
