"""Arithmetic and refusals of emissions."""

import json

import numpy as np
import pytest

from itas_mobility.core import Emissions, Parameter
from itas_mobility.emobility import car_emissions
from itas_mobility.errors import InputError
from itas_mobility.scenarios.parameters import default_parameters


def factor(name, value, unit):
    return Parameter(name, value, unit, "test", 2026, "published", value, value)


def factors(**changes):
    listed = {
        "petrol_ttw_g_per_km": (150.0, "g/km"),
        "petrol_wtt_share": (0.0, "1"),
        "diesel_ttw_g_per_km": (140.0, "g/km"),
        "diesel_wtt_share": (0.0, "1"),
        "grid_life_cycle_g_per_kwh": (380.0, "g/kWh"),
    } | changes
    return {name: factor(name, *given) for name, given in listed.items() if given is not None}


KM = {"petrol": 1800.0, "diesel": 750.0, "bev": 750.0}


def test_shared_numbers(shared_data):
    case = json.loads((shared_data / "kit/numbers/emissions_arithmetic.json").read_text())
    expected = case["expected"]
    km = {fuel: sum(link["length_km"] * link["veh"][fuel] for link in case["links"]) for fuel in KM}
    assert sum(km.values()) == pytest.approx(expected["veh_km"]["total"])
    kwh = km["bev"] * case["bev_kwh_per_km"]
    assert kwh == pytest.approx(expected["bev_kwh"])
    emissions = car_emissions(km, kwh, factors=factors())
    assert emissions.total_tank_to_wheel_kg == pytest.approx(expected["tank_to_wheel_CO2_kg"], rel=1e-12)
    assert sum(emissions.upstream_kg.values()) == pytest.approx(expected["upstream_CO2_kg"], rel=1e-12)
    assert emissions.total_well_to_wheel_kg == pytest.approx(expected["total_CO2_kg"], rel=1e-12)


def test_by_fuel():
    emissions = car_emissions(KM, 135.0, factors=factors(petrol_wtt_share=(0.2, "1")))
    assert dict(emissions.tank_to_wheel_kg) == pytest.approx({"petrol": 270.0, "diesel": 105.0, "bev": 0.0})
    assert dict(emissions.upstream_kg) == pytest.approx({"petrol": 54.0, "diesel": 0.0, "bev": 51.3})
    assert "426" not in emissions._repr_html_()
    assert "480.3" in emissions._repr_html_()


def test_electric_cars_emit_less_with_the_shipped_factors():
    shipped = default_parameters()
    km = 1000.0
    kwh = km * shipped.value("bev_kwh_per_km")
    electric = car_emissions({"bev": km}, kwh, factors=shipped)
    burning = car_emissions({"petrol": km}, 0.0, factors=shipped)
    assert electric.total_tank_to_wheel_kg == 0
    assert electric.total_well_to_wheel_kg == pytest.approx(89.2)
    assert burning.total_well_to_wheel_kg == pytest.approx(178 * 1.2)
    direct = car_emissions({"bev": km}, kwh, factors=shipped, grid_factor="grid_direct_g_per_kwh")
    assert direct.total_well_to_wheel_kg == pytest.approx(72.6)


def test_no_traffic():
    emissions = car_emissions({"petrol": 0.0, "bev": 0.0}, 0.0, factors=factors())
    assert emissions.total_well_to_wheel_kg == 0


@pytest.mark.parametrize(
    ("km", "kwh", "changes", "words"),
    [
        ({"kerosene": 5.0}, 0.0, {}, "fuel 'kerosene' has no factors; known: diesel, petrol, bev"),
        ({"petrol": -1.0}, 0.0, {}, r"vehicle_km\['petrol'\]"),
        ({"petrol": np.nan}, 0.0, {}, r"vehicle_km\['petrol'\]"),
        ({"bev": 1.0}, np.nan, {}, "bev_kwh"),
        ({"petrol": 1.0}, 5.0, {}, "no kilometres of 'bev'"),
        ({"petrol": 1.0}, 0.0, {"petrol_ttw_g_per_km": (-150.0, "g/km")}, "'petrol_ttw_g_per_km' = -150"),
        ({"petrol": 1.0}, 0.0, {"petrol_ttw_g_per_km": (0.15, "kg/km")}, "is in 'kg/km', expected 'g/km'"),
        ({"petrol": 1.0}, 0.0, {"petrol_wtt_share": None}, "'petrol_wtt_share' is missing"),
        ({"bev": 1.0}, 1.0, {"grid_life_cycle_g_per_kwh": None}, "'grid_life_cycle_g_per_kwh' is missing"),
    ],
)
def test_refusals(km, kwh, changes, words):
    with pytest.raises(InputError, match=words):
        car_emissions(km, kwh, factors=factors(**changes))


def test_noun_refuses_negative_mass():
    with pytest.raises(InputError, match="'petrol'"):
        Emissions({"petrol": -1.0}, {})
