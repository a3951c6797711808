"""What realism tests change: one thing, by the factor asked for, and nothing else."""

from dataclasses import fields, replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import demand, scenarios
from itas_mobility.core.columns import content_digest
from itas_mobility.scenarios.believing import perturbing
from itas_mobility.scenarios.stages.mode_equilibrium import prepare


@pytest.fixture(scope="module")
def region():
    return made_region()


def changed_fields(before, after):
    return {
        field.name
        for field in fields(before)
        if getattr(before, field.name) is not getattr(after, field.name)
        and content_digest(getattr(before, field.name)) != content_digest(getattr(after, field.name))
    }


@pytest.mark.parametrize(
    ("change", "part", "column"),
    [
        (perturbing.longer_headways, "transit", "headway_s"),
        (perturbing.slower_lines, "transit", "run_time_s"),
    ],
)
def test_lines_change_in_one_column(region, change, part, column):
    digest = content_digest(region)
    after = change(region, 1.25)
    assert changed_fields(region, after) == {part}
    assert changed_fields(getattr(region, part), getattr(after, part)) == {column}
    old, new = getattr(region.transit, column), getattr(after.transit, column)
    served = np.isfinite(old)
    assert new[served].tolist() == (1.25 * old[served]).tolist()
    assert np.isinf(new[~served]).all()
    assert content_digest(region) == digest, "the given region must stay as it is"


def test_fuel_is_the_parameter_for_fuel_where_there_is_one(region):
    name = "car_fuel_cost_eur_per_km"
    after = perturbing.dearer_fuel(region, 1.1)
    assert {n for n in region.parameters if region.parameters.value(n) != after.parameters.value(n)} == {name}
    assert after.parameters.value(name) == pytest.approx(1.1 * region.parameters.value(name))


def test_fares_of_job_tickets_rise_with_the_others(region):
    tickets = replace(region, site_fare_eur=np.array([0.5, np.nan]))
    after = perturbing.dearer_fares(tickets, 1.1)
    assert after.parameters.value("pt_fare_eur") == pytest.approx(1.1 * region.parameters.value("pt_fare_eur"))
    assert after.site_fare_eur[0] == pytest.approx(0.55)
    assert np.isnan(after.site_fare_eur[1])
    assert perturbing.dearer_fares(region, 1.1).site_fare_eur is None


def test_a_line_is_hourly_if_all_that_runs_of_it_is(region):
    # line 1 runs every half hour, the school bus hourly in the one band in which it runs
    assert perturbing.hourly_patterns(region.transit).tolist() == [False, False, True]

    def hourly(headway_s):
        return perturbing.hourly_patterns(replace(region.transit, headway_s=headway_s)).tolist()

    inf, hour = np.inf, 3600.0
    assert hourly([[hour, hour], [hour, inf], [1800.0, inf]]) == [True, True, False]
    assert hourly([[hour, hour], [hour, 1800.0], [hour, inf]]) == [False, False, True], "one half-hourly band is enough"
    assert hourly([[hour, hour], [inf, inf], [inf, inf]]) == [True, True, False], "what never runs is not hourly"


def test_halved_service_is_that_of_some_patterns(region):
    after = perturbing.halved_service(region, np.array([False, False, True]))
    assert after.transit.headway_s.tolist() == [[1800, 1800], [1800, 1800], [7200, np.inf]]


def test_a_price_that_is_there_already_changes_nothing(region):
    assert perturbing.priced_parking(region, [0, 1], 0.0) is region
    after = perturbing.priced_parking(region, [1], 3.0)
    assert after.sites.parking_price_eur_per_day.tolist() == [0.0, 3.0]
    assert changed_fields(region, after) == {"sites"}


def test_slower_roads_are_slower_between_all_zones_and_no_longer(region):
    store = scenarios.StageStore()
    inputs = prepare(region, region, demand.day_slices(), store)
    after = perturbing.slower_roads(inputs, 1.1)
    old, new = inputs.nets.free, after.nets.free
    assert new["time_s"] == pytest.approx(1.1 * old["time_s"], rel=1e-12)
    assert new["length_m"] == pytest.approx(old["length_m"], rel=1e-12)
    assert np.array_equal(after.nets.roads.capacity_veh_per_h, inputs.nets.roads.capacity_veh_per_h)
    assert after.nets.reference is inputs.nets.reference, "workplaces were chosen before"
    assert after.digest != inputs.digest


def test_narrower_roads_keep_their_times(region):
    inputs = prepare(region, region, demand.day_slices(), scenarios.StageStore())
    after = perturbing.narrower_roads(inputs, 0.5)
    finite = np.isfinite(inputs.nets.roads.capacity_veh_per_h)
    assert after.nets.roads.capacity_veh_per_h[finite] == pytest.approx(
        0.5 * inputs.nets.roads.capacity_veh_per_h[finite]
    )
    assert np.array_equal(after.nets.roads.free_time_s, inputs.nets.roads.free_time_s)
