"""Carbon dioxide of car traffic from kilometres and electricity, tank-to-wheel and well-to-wheel."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from itas_mobility.core.emissions import Emissions
from itas_mobility.core.provenance import Parameter
from itas_mobility.errors import InputError
from itas_mobility.units import GRAMS_PER_KILOGRAM

ELECTRIC: Final = "bev"
"""Name of battery-electric cars among the fuels; their emissions follow from their electricity."""
_TAILPIPE: Final = "_ttw_g_per_km"
_MAKING: Final = "_wtt_share"


def car_emissions(
    vehicle_km: Mapping[str, float],
    bev_kwh: float,
    *,
    factors: Mapping[str, Parameter],
    grid_factor: str = "grid_life_cycle_g_per_kwh",
) -> Emissions:
    """Carbon dioxide of cars in the period to which the kilometres and the electricity belong.

    Parameters
    ----------
    vehicle_km : mapping of str to float
        Vehicle kilometres (not person kilometres) by fuel, e.g. ``{"petrol": ..., "diesel": ..., "bev": ...}``.
    bev_kwh : float
        Electricity of the electric cars at the grid side, charging losses included.
    factors : mapping of str to Parameter
        For each fuel but "bev" ``<fuel>_ttw_g_per_km`` in g/km and ``<fuel>_wtt_share`` (surcharge for making the
        fuel, as a share of tank-to-wheel); and `grid_factor` in g/kWh.
    grid_factor : str, default="grid_life_cycle_g_per_kwh"
        Name of the factor of electricity.

    Returns
    -------
    Emissions
        Kilograms by fuel.

    Raises
    ------
    InputError
        For a fuel without factors, electricity without electric kilometres, or a number that is negative, missing or
        in another unit; the message names it.
    """
    known = sorted(name.removesuffix(_TAILPIPE) for name in factors if name.endswith(_TAILPIPE))
    tank_to_wheel: dict[str, float] = {}
    upstream: dict[str, float] = {}
    for fuel, given in vehicle_km.items():
        km = _amount(f"vehicle_km[{fuel!r}]", given)
        if fuel == ELECTRIC:
            tank_to_wheel[fuel] = 0.0
            upstream[fuel] = 0.0
            continue
        if fuel not in known:
            raise InputError(f"fuel {fuel!r} has no factors; known: {', '.join([*known, ELECTRIC])}")
        tank_to_wheel[fuel] = km * _factor(factors, fuel + _TAILPIPE, "g/km") / GRAMS_PER_KILOGRAM
        upstream[fuel] = tank_to_wheel[fuel] * _factor(factors, fuel + _MAKING, "1")
    electricity = _amount("bev_kwh", bev_kwh)
    if electricity > 0 and not vehicle_km.get(ELECTRIC, 0.0) > 0:
        raise InputError(f"bev_kwh: {electricity:g} kWh, but vehicle_km has no kilometres of {ELECTRIC!r}")
    grid = _factor(factors, grid_factor, "g/kWh")
    if ELECTRIC in vehicle_km:
        upstream[ELECTRIC] = electricity * grid / GRAMS_PER_KILOGRAM
    return Emissions(tank_to_wheel_kg=tank_to_wheel, upstream_kg=upstream)


def _amount(name: str, given: float) -> float:
    value = float(given)
    if not (np.isfinite(value) and value >= 0):
        raise InputError(f"{name} = {value} must be finite and not negative")
    return value


def _factor(factors: Mapping[str, Parameter], name: str, unit: str) -> float:
    if name not in factors:
        raise InputError(f"factors: {name!r} is missing")
    if factors[name].unit != unit:
        raise InputError(f"factors: {name!r} is in {factors[name].unit!r}, expected {unit!r}")
    return _amount(f"factor {name!r}", factors[name].value)
