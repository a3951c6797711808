"""Means over used paths are remembered under what they depend on, and need nothing else."""

import numpy as np
from tiny_region import made_region

from itas_mobility import demand, network
from itas_mobility.core import ODMatrix
from itas_mobility.emobility import TRACTION_PARAMETERS, traction_energy_kwh, traction_from
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.scenarios.stages.used_paths import drive


def test_traction_is_all_of_a_fleet_that_counts():
    region, store = made_region(), StageStore()
    roads = network.connect(region.roads, region.zones)
    trips = np.zeros((4, 4))
    trips[0, 2], trips[1, 3] = 200.0, 50.0
    matrix = ODMatrix(region.zones.zone_id, trips)
    result = demand.assign(roads, matrix)

    def driven(parameters):
        return drive(roads, [matrix], [result], traction_from(parameters), store)[0]

    traction = region.parameters.subset(TRACTION_PARAMETERS)  # no battery, no charging
    first = driven(traction)
    link_kwh = traction_energy_kwh(roads.length_m, first.result.time_s, traction=traction_from(traction))
    of_pairs = (first.skims["energy_kwh"] * trips)[trips > 0].sum()
    np.testing.assert_allclose(of_pairs, (first.result.volume_veh_per_h * link_kwh).sum(), rtol=1e-9)
    assert driven(region.parameters.with_value("battery_kwh", 99.0, source="test")) is first
    assert len(store) == 1
    heavy = driven(region.parameters.with_value("car_mass_kg", 2500.0, source="test"))
    assert len(store) == 2
    assert (heavy.skims["energy_kwh"][trips > 0] > first.skims["energy_kwh"][trips > 0]).all()
