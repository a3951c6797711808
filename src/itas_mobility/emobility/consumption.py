"""Consumption of classes of cars against published figures: the fit, and what is left of differences.

Figures stand in ``consumption.csv``, each marked ``fit`` or ``not fitted``. The latter do not enter the fit, but they
were known when its assumptions were chosen, so they are no blind test. What a figure was driven on is not published in
a form that links could follow: ``mix`` stands for the mean traffic of the parameters ``mix_...``, ``ecotest`` for the
same with the motorway part as with a limit of 130 km/h.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.fleet import Combustion, Traction, VehicleClass
from itas_mobility.core.provenance import Parameters
from itas_mobility.emobility.energy import class_energy_kwh, cold_start_kwh, fuel_kwh, traction_energy_kwh, warm_up_kwh
from itas_mobility.emobility.fleet import combustion_from, plug_in_hybrid, traction_from, vehicle_classes
from itas_mobility.errors import InputError
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

COMBUSTION: Final = "combustion"
FLEET: Final = "fleet"
FIRST_GUESS: Final[Mapping[str, tuple[float, float]]] = {
    "small": (0.62, 0.80),
    "medium": (0.62, 0.80),
    "large": (0.70, 0.80),
    "van": (0.95, 0.80),
    "plug-in hybrid": (0.70, 0.80),
}
"""Drag area in m2 and drive efficiency of each class before the fit; assumptions, as the two below."""
GUESS_DEVIATION: Final = (0.12, 0.05)
"""How far, in logarithms, drag area and efficiency may lie off the first guess (standard deviation)."""
FIGURE_DEVIATION: Final = 0.05
"""How far, in logarithms, one car lies off its class."""
WARM_DEG: Final = 20.0
COLD_DEG: Final = -7.0
"""Temperatures of the tests that compare cold and warm."""
PER_100_KM: Final = 100.0

Row: TypeAlias = dict[str, str]


def calibrate_consumption(parameters: Parameters) -> dict[str, float]:
    """Fit drag area and efficiency of each class, warming up, friction and cold start to the published figures.

    Classes first, by least squares of logarithms of the figures marked ``fit`` together with how far each value lies
    off `FIRST_GUESS` (so that one figure cannot move two values freely); then what cars take until warm, to the mean
    ratio of cold and warm; then engines, to their mean and their cold ratio. Figures not fitted are not looked at.

    Parameters
    ----------
    parameters : Parameters
        Those of `traction_from`, `combustion_from` and the tests (``mix_...``, ``test_...``,
        ``test_socket_efficiency``).

    Returns
    -------
    dict of str to float
        By name: ``"<class>.drag_area_m2"``, ``"<class>.drive_efficiency"``, ``"warm_up_kwh_per_k"``, ``"friction_kw"``,
        ``"cold_start_kwh_per_k"``.

    Raises
    ------
    InputError
        If a parameter is missing.
    """
    from scipy.optimize import brentq

    figures = [row for row in _figures() if row["use"] == "fit"]
    found: dict[str, float] = {}
    fitted = []
    for vehicle in (*vehicle_classes(), plug_in_hybrid()):
        mine = [row for row in figures if row["vehicle_class"] == vehicle.name]
        one = _fitted_class(vehicle, mine, parameters)
        fitted.append(one)
        found[f"{one.name}.drag_area_m2"] = one.drag_area_m2
        found[f"{one.name}.drive_efficiency"] = one.drive_efficiency
    (cold,) = (row for row in figures if row["vehicle_class"] == FLEET)
    traction = traction_from(parameters, classes=tuple(fitted[:-1]))

    def too_cold(kwh_per_k: float) -> float:
        warming = replace(traction, warm_up_kwh_per_k=kwh_per_k)
        return _modelled(cold, _Model(parameters, warming, combustion_from(parameters))) - float(cold["published"])

    found["warm_up_kwh_per_k"] = float(brentq(too_cold, 0.0, 1.0, xtol=1e-9))
    mean, cold_engine = (row for row in figures if row["vehicle_class"] == COMBUSTION)
    engine = combustion_from(parameters)

    def held(cold_start: float) -> Combustion:
        """The engine whose friction makes the published mean."""
        started = replace(engine, cold_start_kwh_per_k=cold_start)

        def off(friction: float) -> float:
            model = _Model(parameters, traction, replace(started, friction_kw=friction))
            return _modelled(mean, model) - float(mean["published"])

        return replace(started, friction_kw=float(brentq(off, 0.0, 100.0, xtol=1e-9)))

    def off_cold(cold_start: float) -> float:
        return _modelled(cold_engine, _Model(parameters, traction, held(cold_start))) - float(cold_engine["published"])

    start = float(brentq(off_cold, 0.0, parameters["cold_start_kwh_per_k"].high, xtol=1e-9))
    return found | {"friction_kw": held(start).friction_kw, "cold_start_kwh_per_k": start}


def consumption_check(parameters: Parameters) -> "pd.DataFrame":
    """Published consumption beside what the model gives, for each class.

    Parameters
    ----------
    parameters : Parameters
        Those of `traction_from`, `combustion_from` and the tests (``mix_...``, ``test_...``,
        ``test_socket_efficiency``).

    Returns
    -------
    DataFrame
        ``vehicle_class``, ``what`` (the car), ``drive`` (``mix``, ``ecotest``, mean speed on the motorway, constant
        speed, or the ratio of `COLD_DEG` over `WARM_DEG`), ``unit``, ``at`` (socket, battery, tank), ``published``,
        ``modelled``, ``residual`` (modelled over published, less 1), ``use`` (fit or not fitted), ``source``.

    Raises
    ------
    InputError
        If a parameter is missing.
    """
    import pandas as pd

    model = _Model(parameters, traction_from(parameters), combustion_from(parameters))
    table = pd.DataFrame(_figures())
    table["published"] = table["published"].astype(float)
    table["modelled"] = [_modelled(row, model) for row in _figures()]
    table["residual"] = table["modelled"] / table["published"] - 1.0
    return table[
        ["vehicle_class", "what", "drive", "unit", "at", "published", "modelled", "residual", "use", "source"]
    ]  # fmt: skip


class _Model:
    """Cars and the drives on which they are compared."""

    def __init__(self, parameters: Parameters, traction: Traction, combustion: Combustion) -> None:
        value = parameters.value
        self.traction, self.combustion = traction, combustion
        town, country = value("mix_town_share"), value("mix_country_share")
        if town + country > 1:
            raise InputError(f"mix_town_share and mix_country_share add up to {town + country:g}, must be at most 1")
        self.mix_share = np.array([town, country, 1.0 - town - country])
        self.mix_km_per_h = np.array([value(f"mix_{road}_km_per_h") for road in ("town", "country", "motorway")])
        self.ecotest_km_per_h = np.array([*self.mix_km_per_h[:2], value("test_motorway_km_per_h")])
        self.trip_km = value("mix_trip_km")
        self.test_m = value("test_trip_km") * METRES_PER_KILOMETRE
        self.test_s = value("test_trip_min") * SECONDS_PER_MINUTE
        self.socket_efficiency = value("test_socket_efficiency")
        self.litre_kwh = value("fuel_kwh_per_km") * PER_100_KM / _litres()

    def vehicle(self, name: str) -> VehicleClass:
        return next(one for one in (*self.traction.classes, plug_in_hybrid()) if one.name == name)

    def mix_kwh_per_km(self, energy: Callable[[float, FloatArray], FloatArray], km_per_h: FloatArray) -> float:
        """Mean over town, country and motorway of a function of length and time."""
        return float(self.mix_share @ energy(METRES_PER_KILOMETRE, SECONDS_PER_HOUR / km_per_h))


def _litres() -> float:
    """Published mean of petrol cars per 100 km."""
    (mean,) = (row for row in _figures() if row["vehicle_class"] == COMBUSTION and row["drive"] == "mix of the year")
    return float(mean["published"])


def _modelled(row: Row, model: _Model) -> float:
    """What the model gives for a published figure, in its unit."""
    if row["vehicle_class"] == COMBUSTION:
        return _modelled_engine(row["drive"], model)
    if row["drive"] == "cold":
        cold, warm = (_test_trip_kwh(row["vehicle_class"], model, at) for at in (COLD_DEG, WARM_DEG))
        return cold / warm
    vehicle = model.vehicle(row["vehicle_class"])
    traction = model.traction

    def energy(length_m: float, time_s: FloatArray | float) -> FloatArray:
        return class_energy_kwh(length_m, time_s, vehicle=vehicle, traction=traction, temperature_deg=WARM_DEG)

    if row["drive"] in ("mix", "ecotest"):
        per_km = model.mix_kwh_per_km(energy, model.mix_km_per_h if row["drive"] == "mix" else model.ecotest_km_per_h)
    else:
        *constant, km_per_h = row["drive"].split(" ")
        if constant:
            traction = replace(traction, stops_per_km=0.0)
        per_km = float(energy(METRES_PER_KILOMETRE, SECONDS_PER_HOUR / float(km_per_h)))
    return per_km * PER_100_KM / (model.socket_efficiency if row["at"] == "socket" else 1.0)


def _test_trip_kwh(name: str, model: _Model, temperature_deg: float) -> float:
    """A trip of the test that compares cold and warm, from a cold start."""
    trip = (model.test_m, model.test_s)
    once = warm_up_kwh(model.test_s, traction=model.traction, temperature_deg=temperature_deg)
    if name == FLEET:
        driven = traction_energy_kwh(*trip, traction=model.traction, temperature_deg=temperature_deg)
    else:
        driven = class_energy_kwh(
            *trip, vehicle=model.vehicle(name), traction=model.traction, temperature_deg=temperature_deg
        )
    return float(driven + once)


def _modelled_engine(drive: str, model: _Model) -> float:
    def burnt(length_m: float, time_s: FloatArray | float, temperature_deg: float | None = WARM_DEG) -> FloatArray:
        return fuel_kwh(length_m, time_s, combustion=model.combustion, traction=steady, temperature_deg=temperature_deg)

    steady = model.traction
    if drive == "mix of the year":
        hours_per_km = float(model.mix_share @ (1.0 / model.mix_km_per_h))
        once = cold_start_kwh(
            model.trip_km * hours_per_km * SECONDS_PER_HOUR, combustion=model.combustion, traction=steady
        )
        per_km = (
            model.mix_kwh_per_km(lambda length_m, time_s: burnt(length_m, time_s, None), model.mix_km_per_h)
            + once / model.trip_km
        )
        return float(per_km) * PER_100_KM / model.litre_kwh
    if drive == "cold":
        cold, warm = (
            burnt(model.test_m, model.test_s, at)
            + cold_start_kwh(model.test_s, combustion=model.combustion, traction=steady, temperature_deg=at)
            for at in (COLD_DEG, WARM_DEG)
        )
        return float(cold / warm)
    steady = replace(steady, stops_per_km=0.0)
    fast, word, slow = drive.split(" ")
    high, low = (float(burnt(METRES_PER_KILOMETRE, SECONDS_PER_HOUR / float(km_per_h))) for km_per_h in (fast, slow))
    return high / low if word == "over" else (high - low) * PER_100_KM / model.litre_kwh


def _fitted_class(vehicle: VehicleClass, figures: list[Row], parameters: Parameters) -> VehicleClass:
    from scipy.optimize import least_squares

    guess = np.log(FIRST_GUESS[vehicle.name])
    combustion = combustion_from(parameters)

    def made(values: FloatArray) -> VehicleClass:
        area, efficiency = np.exp(values)
        return replace(vehicle, drag_area_m2=float(area), drive_efficiency=float(min(efficiency, 1.0)), fleet_share=1.0)

    def off(values: FloatArray) -> FloatArray:
        model = _Model(parameters, traction_from(parameters, classes=(made(values),)), combustion)
        ratios = [np.log(_modelled(row, model) / float(row["published"])) for row in figures]
        return np.concatenate([np.array(ratios) / FIGURE_DEVIATION, (values - guess) / np.array(GUESS_DEVIATION)])

    found = least_squares(off, guess, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return replace(made(found.x), fleet_share=vehicle.fleet_share)


def _figures() -> list[Row]:
    text = (files("itas_mobility") / "emobility" / "consumption.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
