"""Benefit of commuters against the region before measures: by hand, by account, and who is left out."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import demand, scenarios
from itas_mobility.core import ShiftPattern
from itas_mobility.errors import DataWarning
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.stages.benefit import region_benefit
from itas_mobility.scenarios.stages.mode_equilibrium import balanced, offers, prepare


def both_sides(region, changed):
    settings, store, slices = scenarios.RunSettings(), scenarios.StageStore(), demand.day_slices()
    before, after = prepare(region, region, slices, store), prepare(region, changed, slices, store)
    old, new = (balanced(before, one, settings, store) for one in (before, after))
    return before, old, after, new


def empty_roads():
    """Nobody else drives and there are spaces for all: times hardly hang on who drives, parking not at all."""
    region = made_region()
    parameters = region.parameters.with_value("other_car_trips_per_resident", 0.0, source="made")
    roads = replace(region.roads, capacity_veh_per_h=1e3 * region.roads.capacity_veh_per_h)
    sites = replace(region.sites, parking_spaces=np.full(len(region.sites), 1e6))
    return replace(region, parameters=parameters, roads=roads, sites=sites)


def test_a_fare_by_hand():
    """Cheaper by 1 EUR a way: passengers gain it whole, those who come half of it, there and back."""
    region = empty_roads()
    price = region.parameters.value("pt_fare_eur")
    changed = replace(region, parameters=region.parameters.with_value("pt_fare_eur", price - 1.0, source="made"))
    before, old, after, new = both_sides(region, changed)
    found = region_benefit(before, after, old, new, new)
    passengers = [
        [demand.riders(*pair, by="all").sum(axis=1) for pair in zip(one.segments, one.shares, strict=True)]
        for one in (old, new)
    ]
    by_hand = 2.0 * 1.0 * (np.array(passengers[0]) + np.array(passengers[1])) / 2.0
    assert by_hand.sum() > 100.0
    np.testing.assert_allclose(found.rule_of_half_eur_per_day, by_hand, rtol=1e-6, atol=1e-6)
    assert found.logsum_eur_per_day.sum() == pytest.approx(by_hand.sum(), rel=0.02)
    np.testing.assert_allclose(found.persons, [segment.workers.sum(axis=1) for segment in old.segments])
    assert not found.persons_left_out.any()
    assert not found.persons_new.any()


def test_the_logsum_is_that_of_the_choice():
    region = empty_roads()
    changed = replace(region, parameters=region.parameters.with_value("pt_fare_eur", 0.0, source="made"))
    before, old, after, new = both_sides(region, changed)
    found = region_benefit(before, after, old, new, new)
    for row, segment in enumerate(new.segments):
        euro = demand.utility_of_a_euro(offers(before, old.skims)[row], before.parameters)
        travels = segment.workers > 0
        gain = np.subtract(new.choices[row].logsum, old.choices[row].logsum, out=np.zeros(travels.shape), where=travels)
        by_hand = (2.0 * segment.workers * gain / euro).sum(axis=1)
        np.testing.assert_allclose(found.logsum_eur_per_day[row], by_hand, rtol=1e-12)


def test_nothing_changes_nothing():
    region = made_region()
    before, old, _, _ = both_sides(region, region)
    found = region_benefit(before, before, old, old, old)
    assert not found.logsum_eur_per_day.any()
    assert not found.rule_of_half_eur_per_day.any()
    np.testing.assert_allclose(found.persons.sum(), sum(segment.workers.sum() for segment in old.segments))


def test_who_changes_hours_is_compared_with_the_hours_before():
    """Werk opens half an hour later: the same persons at the same place, in another segment."""
    region = empty_roads()
    later = (ShiftPattern(["frueh"], [6.5 * HOUR], [14.5 * HOUR], [1.0]), region.sites.shifts[1])
    before, old, after, new = both_sides(region, replace(region, sites=replace(region.sites, shifts=later)))
    assert [segment.label for segment in old.segments] == ["06:00-14:00", "08:00-16:00", "office", "part_time"]
    assert [segment.label for segment in new.segments] == ["06:30-14:30", "08:00-16:00", "office", "part_time"]
    found = region_benefit(before, after, old, new, new)
    assert found.segment.tolist() == ["06:30-14:30", "08:00-16:00", "office", "part_time", "06:00-14:00"]
    np.testing.assert_allclose(found.persons[0], new.segments[0].workers.sum(axis=1), rtol=1e-12)
    assert not found.persons_left_out.any()
    assert not found.persons_new.any()
    euro = demand.utility_of_a_euro(offers(before, old.skims)[0], before.parameters)
    workers = new.segments[0].workers
    gain = np.where(workers > 0, new.choices[0].logsum - old.choices[0].logsum, 0.0)
    np.testing.assert_allclose(found.logsum_eur_per_day[0], (2.0 * workers * gain / euro).sum(axis=1), rtol=1e-9)
    assert found.logsum_eur_per_day[0].any()
    assert not found.logsum_eur_per_day[3].any()


def test_who_no_longer_travels_is_left_out_and_counted():
    """Half of the jobs of Werk are gone; nobody takes their place."""
    region = empty_roads()
    before, old, after, new = both_sides(region, region)
    fewer = tuple(
        replace(segment, workers=segment.workers * (0.5 if segment.label == "06:00-14:00" else 1.0))
        for segment in new.segments
    )
    moved = replace(new, segments=fewer)
    found = region_benefit(before, replace(after, segments=fewer), old, moved, moved)
    gone = old.segments[0].workers.sum(axis=1)
    np.testing.assert_allclose(found.persons_left_out[0], 0.5 * gone)
    np.testing.assert_allclose(found.persons[0], 0.5 * gone)
    assert not found.persons_new.any()
    assert not found.logsum_eur_per_day.any(), "a job that is gone is no matter of travel"
    back = region_benefit(replace(before, segments=fewer), after, moved, new, new)
    np.testing.assert_allclose(back.persons_new[0], 0.5 * gone)
    assert not back.persons_left_out.any()


def test_the_account_of_persons_closes_on_runs():
    region = made_region()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        idle = MEASURE_ADAPTER.validate_python({"type": "change_head_count", "site": "werk", "head_count": 0})
        run = scenarios.run(region, scenarios.Scenario("idle", measures=(idle,)))
    table = run.tables["benefit"]
    base = scenarios.run(region)
    assert table["persons"].sum() + table["persons_left_out"].sum() == pytest.approx(base.indicators["commuters"])
    assert table["persons"].sum() + table["persons_new"].sum() == pytest.approx(run.indicators["commuters"])
    assert table["persons_left_out"].sum() > 100.0
    assert run.indicators["benefit_eur_per_day"] == pytest.approx(table["benefit_eur_per_day"].sum())
    assert run.long_run["benefit_eur_per_day"] == pytest.approx(table["benefit_long_eur_per_day"].sum())
    accounts = run.tables["accounts"]
    told = accounts[accounts["account"] == "commuters before the measures"].set_index("entry")["value"]
    assert told["left out"] == pytest.approx(table["persons_left_out"].sum())
    assert told["total"] == pytest.approx(told["left out"] + told["gain reckoned"])
