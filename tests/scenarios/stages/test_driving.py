"""Means over used paths are remembered under what they depend on, and need nothing else."""

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import demand, emobility, network
from itas_mobility.core import ODMatrix
from itas_mobility.emobility import COMBUSTION_PARAMETERS, TRACTION_PARAMETERS
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.scenarios.stages.used_paths import drive


@pytest.fixture(scope="module")
def assigned():
    region = made_region()
    roads = network.connect(region.roads, region.zones)
    trips = np.zeros((4, 4))
    trips[0, 2], trips[1, 3] = 200.0, 50.0
    matrix = ODMatrix(region.zones.zone_id, trips)
    return region.parameters, roads, matrix, demand.assign(roads, matrix)


def driven(assigned, parameters, store):
    _, roads, matrix, result = assigned
    traction, combustion = emobility.traction_from(parameters), emobility.combustion_from(parameters)
    return drive(roads, [matrix], [result], traction, combustion, store)[0]


def test_energy_of_pairs_is_that_of_links_and_starts(assigned):
    """Volumes x energy over links, and what each trip takes once, equal trips x energy over pairs."""
    parameters, roads, matrix, _ = assigned
    found = driven(assigned, parameters, StageStore())
    traction, combustion = emobility.traction_from(parameters), emobility.combustion_from(parameters)
    links = roads.length_m, found.result.time_s
    time_s = found.skims["time_s"]
    warm_up = emobility.warm_up_kwh(time_s, traction=traction)
    cold_start = emobility.cold_start_kwh(time_s, combustion=combustion, traction=traction)
    trips = matrix.trips
    hybrid = emobility.plug_in_hybrid()
    assert warm_up[trips > 0].min() > 0.05
    for name, of_link, once in (
        ("energy_kwh", emobility.traction_energy_kwh(*links, traction=traction), warm_up),
        ("hybrid_kwh", emobility.class_energy_kwh(*links, vehicle=hybrid, traction=traction), warm_up),
        ("fuel_kwh", emobility.fuel_kwh(*links, combustion=combustion, traction=traction), cold_start),
    ):
        of_pairs = (found.skims[name] * trips)[trips > 0].sum()
        starts = (once * trips)[trips > 0].sum()
        np.testing.assert_allclose(of_pairs, (found.result.volume_veh_per_h * of_link).sum() + starts, rtol=1e-9)


def test_traction_and_engine_are_all_that_counts(assigned):
    parameters, store = assigned[0], StageStore()
    enough = parameters.subset({*TRACTION_PARAMETERS, *COMBUSTION_PARAMETERS})  # no battery, no charging
    first = driven(assigned, enough, store)
    assert driven(assigned, parameters.with_value("battery_kwh", 99.0, source="test"), store) is first
    assert len(store) == 1
    trips = assigned[2].trips
    colder = driven(assigned, parameters.with_value("temperature_deg", -7.0, source="test"), store)
    assert len(store) == 2
    for name in ("energy_kwh", "hybrid_kwh", "fuel_kwh"):
        assert (colder.skims[name][trips > 0] > first.skims[name][trips > 0]).all()
    heavy = driven(assigned, parameters.with_value("combustion_mass_kg", 2500.0, source="test"), store)
    assert len(store) == 3
    assert (heavy.skims["fuel_kwh"][trips > 0] > first.skims["fuel_kwh"][trips > 0]).all()
    np.testing.assert_array_equal(heavy.skims["energy_kwh"], first.skims["energy_kwh"])
