"""Kilometres, energy, fuel and carbon dioxide of the commuters' cars, on figures that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import demand, emobility
from itas_mobility.core import ModeShares, Skims, TourSegment
from itas_mobility.scenarios.stages.charging_sites import charge_sites
from itas_mobility.scenarios.stages.commuter_cars import commuter_car_use, commuter_emissions

SLICES = demand.day_slices()
WERK, HALLE = 2, 3
KWH = {(0, WERK): 4.0, (1, WERK): 40.0, (0, HALLE): 3.0, (1, 0): 7.0}
"""Energy of a way between zones, there as well as back."""


def of_pairs(factor):
    table = np.full((4, 4), np.inf)
    np.fill_diagonal(table, 0.0)
    for (i, j), value in KWH.items():
        table[i, j] = table[j, i] = factor * value
    return table


def segment(label, start_h, workers):
    table = np.zeros((4, 4))
    for pair, persons in workers.items():
        table[pair] = persons
    all_in_one = np.zeros(len(SLICES))
    all_in_one[0] = 1.0
    return TourSegment(label, start_h * HOUR, (start_h + 8) * HOUR, table, all_in_one, all_in_one)


SEGMENTS = (
    segment("06-14", 6, {(0, WERK): 200.0, (1, WERK): 100.0}),
    segment("08-16", 8, {(0, HALLE): 60.0}),
    segment(demand.OFFICE, 8, {(1, 0): 50.0, (0, WERK): 10.0}),
)
TO_WERK, TO_HALLE, ELSEWHERE = 80 * 8 + 40 * 80 + 4 * 8, 24 * 6, 20 * 14
"""Energy of electric cars by where they go: cars times both ways."""


@pytest.fixture(scope="module")
def region():
    made = made_region()
    given = {
        "battery_charging_efficiency": 0.8, "charging_standby_kw": 0.0, "ev_share": 0.25,
        "diesel_share": 0.4, "hybrid_share": 0.1,
        "fuel_kwh_per_km": 0.5,
    }  # fmt: skip
    parameters = made.parameters
    for name, value in given.items():
        parameters = parameters.with_value(name, value, source="made")
    return replace(made, parameters=parameters, sites=replace(made.sites, electric_share=[0.5, 0.0]))


@pytest.fixture(scope="module")
def shares():
    """Two in five drive, one in ten is taken along."""
    of_pair = np.array([0.4, 0.1, 0.5])[:, None, None]
    return [ModeShares(("car", "passenger", "walk"), of_pair * np.ones((3, 4, 4)))] * len(SEGMENTS)


@pytest.fixture(scope="module")
def driven(region):
    values = {"length_m": of_pairs(5000.0), "energy_kwh": of_pairs(1.0), "hybrid_kwh": of_pairs(0.9),
              "fuel_kwh": of_pairs(3.0)}  # fmt: skip
    return [Skims(region.zones.zone_id, values)] * len(SLICES)


@pytest.fixture(scope="module")
def charged(region, shares, driven):
    return charge_sites(region, SEGMENTS, shares, driven).everywhere


def test_use_by_pair(shares, driven):
    found = commuter_car_use(SEGMENTS, shares, driven)
    energy = np.array([80 * 8 + 40 * 80, 24 * 6, 20 * 14 + 4 * 8])
    for name, factor in (("vehicle_km", 5.0), ("energy_kwh", 1.0), ("hybrid_kwh", 0.9), ("fuel_kwh", 3.0)):
        np.testing.assert_allclose([getattr(use, name).sum() for use in found], factor * energy)


def test_emissions_need_no_fleet(region, shares, driven, charged):
    """Of what electric cars are, emissions depend on the load alone; what they charge is told."""
    others = set(emobility.FLEET_PARAMETERS) - {"persons_per_car", "work_charging_share"}
    without = replace(region, parameters=region.parameters.subset(set(region.parameters) - others))
    found = commuter_emissions(without, SEGMENTS, shares, driven, charged)
    assert found.grid_kwh == commuter_emissions(region, SEGMENTS, shares, driven, charged).grid_kwh > 0


def test_emissions_take_the_electric_share_of_the_work_zone(region, shares, driven, charged):
    found = commuter_emissions(region, SEGMENTS, shares, driven, charged)
    on_electricity = 0.1 * emobility.plug_in_hybrid().electric_share
    electric = 0.5 * TO_WERK + 0.25 * ELSEWHERE
    others = 0.5 * TO_WERK + 1.0 * TO_HALLE + 0.75 * ELSEWHERE
    assert found.electric_km == pytest.approx(5.0 * (electric + on_electricity * others))
    assert found.burnt_km == pytest.approx(5.0 * (1 - on_electricity) * others)
    assert found.car_km == pytest.approx(5.0 * (TO_WERK + TO_HALLE + ELSEWHERE))
    assert found.battery_kwh == pytest.approx(electric + 0.9 * on_electricity * others)
    assert found.grid_kwh == pytest.approx(found.battery_kwh / 0.8)
    assert found.fuel_kwh == pytest.approx(3.0 * (1 - on_electricity) * others)


def test_carbon_dioxide_follows_fuel(region, shares, driven, charged):
    found = commuter_emissions(region, SEGMENTS, shares, driven, charged)
    value = region.parameters.value
    mean_km = found.fuel_kwh / 0.5  # kilometres of mean consumption
    assert mean_km == pytest.approx(1.2 * found.burnt_km)
    of_fuel = {"petrol": 0.6 * mean_km, "diesel": 0.4 * mean_km}
    exhaust = {fuel: km * value(f"{fuel}_ttw_g_per_km") / 1000 for fuel, km in of_fuel.items()}
    assert dict(found.emissions.tank_to_wheel_kg) == pytest.approx(exhaust | {"bev": 0.0})
    upstream = found.grid_kwh * value("grid_life_cycle_g_per_kwh") / 1000
    assert found.emissions.upstream_kg["bev"] == pytest.approx(upstream)
