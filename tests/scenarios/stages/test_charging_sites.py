"""From commuters by car to sessions and charging, on figures that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import demand
from itas_mobility.core import ModeShares, ShiftPattern, SiteSupply, Skims, StationaryBattery, TourSegment
from itas_mobility.core.weekdays import days_of, weekday_mask
from itas_mobility.emobility.charging import strategy
from itas_mobility.errors import InputError
from itas_mobility.scenarios.stages.charging_sites import (
    beyond_batteries,
    charge_sites,
    idle_batteries,
    idle_shifts,
    managed_above_uncontrolled,
)

SLICES = demand.day_slices()
WERK, HALLE = 2, 3
KWH = {(0, WERK): 4.0, (1, WERK): 40.0, (0, HALLE): 3.0, (1, 0): 7.0}
"""Energy of a way between zones, there as well as back."""
KM = {pair: 5.0 * kwh for pair, kwh in KWH.items()}


def of_pairs(values):
    table = np.full((4, 4), np.inf)
    np.fill_diagonal(table, 0.0)
    for (i, j), value in values.items():
        table[i, j] = table[j, i] = value
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


@pytest.fixture(scope="module")
def region():
    made = made_region()
    given = {
        "work_charging_share": 0.5, "work_plug_in_odds_ratio": 1.0, "home_charging_share": 0.6,
        "home_plug_in_share": 1.0, "battery_kwh": 50.0, "ev_share": 0.25,
        "diesel_share": 0.4, "battery_charging_efficiency": 0.8, "charging_standby_kw": 0.0,
    }  # fmt: skip
    parameters = made.parameters
    for name, value in given.items():
        parameters = parameters.with_value(name, value, source="made")
    sites = replace(made.sites, electric_share=[0.5, 0.0], charging_points=[500, 2])
    return replace(made, parameters=parameters, sites=sites)


@pytest.fixture(scope="module")
def shares():
    """Two in five drive, one in ten is taken along."""
    of_pair = np.array([0.4, 0.1, 0.5])[:, None, None]
    return [ModeShares(("car", "passenger", "walk"), of_pair * np.ones((3, 4, 4)))] * len(SEGMENTS)


@pytest.fixture(scope="module")
def driven(region):
    zone_id = region.zones.zone_id
    values = {"length_m": 1000.0 * of_pairs(KM), "energy_kwh": of_pairs(KWH)}
    return [Skims(zone_id, values)] * len(SLICES)


def test_cars_and_need_of_a_site(region, shares, driven):
    werk, halle = charge_sites(region, SEGMENTS, shares, driven)
    # office workers bring cars, too, but do not charge there: 310 persons, two in five drive
    assert werk.cars == pytest.approx(310 * 0.4)
    assert werk.electric_cars == pytest.approx(300 * 0.4 * 0.5)
    # near (40 cars, 8 kWh a day): 24 with a point at home lack 4 at work; 16 charge at work alone, every other day: 16.
    # far (20 cars, 80 kWh): 12 with a point lack 40, 8 without would lack 120 where the battery holds 50
    assert werk.need_kwh == pytest.approx(0.5 * (24 * 4 + 16 * 16 + 12 * 40 + 8 * 50))
    assert werk.energy_kwh == pytest.approx(werk.need_kwh / 0.8)
    assert werk.week.energy_kwh == pytest.approx(5 * werk.energy_kwh)
    assert werk.unserved_kwh == 0.0
    # of the 20 * 80 kWh, what is charged neither at work nor at home; home: 8 - .5 * 4, and at most 50 of 40 + .5 * 40
    assert werk.where.total("home_kwh") == pytest.approx(24 * 6 + 12 * 50)
    assert werk.beyond_battery_kwh == pytest.approx(12 * (80 - 20 - 50) + 8 * (80 - 25))
    assert werk.where.total("driven_kwh") == pytest.approx(40 * 8 + 20 * 80)
    assert (halle.cars, halle.electric_cars, halle.need_kwh) == (pytest.approx(60 * 0.4), 0.0, 0.0)
    assert (halle.week.power_kw == 0).all()
    assert werk.week is werk.uncontrolled


def test_all_commuters_are_in_the_account(region, shares, driven):
    """Also those who work in no shift: 50 persons elsewhere with the region's share, 10 in the office at the works."""
    charging = charge_sites(region, SEGMENTS, shares, driven)
    elsewhere = 20 * 0.25 * 14 + 4 * 0.5 * 8
    assert charging.elsewhere.total("driven_kwh") == pytest.approx(elsewhere)
    everywhere = charging.everywhere
    assert everywhere.total("driven_kwh") == pytest.approx(elsewhere + 40 * 8 + 20 * 80)
    grid = sum(everywhere.total(f"{place}_grid_kwh") for place in ("home", "work", "public"))
    assert everywhere.grid_kwh == pytest.approx(grid)
    assert everywhere.losses_kwh == pytest.approx(0.2 * grid)
    assert len(charging) == len(list(charging)) == 2
    assert charging[1] is charging.sites[1]


def test_charging_begins_with_the_shift(region, shares, driven):
    werk = charge_sites(region, SEGMENTS, shares, driven)[0]
    lead_h = 2.0 * region.parameters.value("shift_arrival_lead_min") / 60.0
    week = werk.week
    for day in range(7):
        morning = (week.time_h >= 24 * day) & (week.time_h + week.step_h <= 24 * day + 6 - lead_h)
        assert (week.power_kw[morning] == 0).all()
        assert (week.power_kw[week.time_h == 24 * day + 6] > 0) == (day < 5)


def test_few_points_leave_need_unserved(region, shares, driven):
    few = replace(region, sites=replace(region.sites, charging_points=[5, 2]))
    werk = charge_sites(few, SEGMENTS, shares, driven)[0]
    assert werk.week.peak_kw <= 5 * 11.0 * (1 + 1e-9)
    assert werk.where.total("work_kwh") + werk.unserved_kwh == pytest.approx(werk.need_kwh)
    assert werk.unserved_kwh > 100
    # from far, without a charge at work, nobody gets home: 40 kWh back, and at most 10 left
    where = werk.where
    assert where.stranded_cars[1] > 0
    assert where.unserved_home_cars[1] == where.unserved_public_cars[1] == 0
    assert where.stranded_cars[0] == 0
    missed = where.unserved_kwh.sum()
    served = charge_sites(region, SEGMENTS, shares, driven)[0].where
    at_home, in_public = (where.total(f"{p}_kwh") - served.total(f"{p}_kwh") for p in ("home", "public"))
    assert at_home + in_public == pytest.approx(missed)
    assert min(at_home, in_public) > 0


@pytest.mark.parametrize(("days", "on_a_day"), [("Mo-Do", 1.25), ("Mo-Sa", 1.0), ("Sa,So,Mo", 5.0)])
def test_a_shift_has_its_cars_on_its_days(region, shares, driven, days, on_a_day):
    """The segment holds the mean of Monday to Friday: fewer days have more cars each, weekends come besides."""
    pattern = replace(region.sites.shifts[0], days=[weekday_mask(days)])
    other = replace(region, sites=replace(region.sites, shifts=(pattern, region.sites.shifts[1])))
    usual, werk = (charge_sites(one, SEGMENTS, shares, driven)[0] for one in (region, other))
    cars = [shift.groups.cars.sum() for one in (usual, werk) for shift in one.shifts]
    assert cars[1] == pytest.approx(on_a_day * cars[0])
    assert werk.electric_cars == pytest.approx(usual.electric_cars)
    assert werk.energy_kwh == pytest.approx(usual.energy_kwh)
    n_days = len(days_of(days))
    assert werk.week.energy_kwh == pytest.approx(n_days * on_a_day * usual.week.energy_kwh / 5)
    assert sorted(set(werk.sessions.day.tolist())) == sorted(days_of(days))


def test_shifts_of_equal_hours_share_their_segment(region, shares, driven):
    """A shift from Monday to Friday, and one of the same hours at weekends with a third as many heads."""
    hours = [6 * HOUR] * 2, [14 * HOUR] * 2
    pattern = ShiftPattern(["frueh", "ende"], *hours, [0.75, 0.25], [weekday_mask("Mo-Fr"), weekday_mask("Sa,So")])
    other = replace(region, sites=replace(region.sites, shifts=(pattern, region.sites.shifts[1])))
    usual, werk = (charge_sites(one, SEGMENTS, shares, driven)[0] for one in (region, other))
    assert werk.energy_kwh == pytest.approx(usual.energy_kwh)
    saturday = werk.week.power_kw[5 * 96 : 6 * 96].sum()
    assert saturday == pytest.approx(werk.week.power_kw[:96].sum() / 3)
    assert idle_shifts(region) is None
    assert idle_shifts(other) is None  # its cars are there


def test_a_shift_at_weekends_that_shares_its_hours_with_none_is_missing_and_told(region, shares, driven):
    hours = [6 * HOUR, 7 * HOUR], [14 * HOUR] * 2
    pattern = ShiftPattern(["frueh", "ende"], *hours, [0.75, 0.25], [weekday_mask("Mo-Fr"), weekday_mask("Sa,So")])
    other = replace(region, sites=replace(region.sites, shifts=(pattern, region.sites.shifts[1])))
    assert charge_sites(other, SEGMENTS, shares, driven)[0].week.power_kw[5 * 96 :].sum() == 0.0
    told = idle_shifts(other)
    assert told["en"].endswith("missing in the week of charging: Werk (ende)")
    assert told["de"].endswith("fehlen in der Ladewoche: Werk (ende).")


def test_a_night_shift_on_friday_runs_into_saturday(region, shares, driven):
    night = segment("22-30", 22, {(0, WERK): 200.0, (1, WERK): 100.0})
    pattern = ShiftPattern(["nacht"], [22 * HOUR], [30 * HOUR], [1.0])
    slow = replace(region.sites, shifts=(pattern, region.sites.shifts[1]), charging_point_kw=[3.7, 11.0])
    werk = charge_sites(replace(region, sites=slow), (night,), shares[:1], driven)[0]
    power = werk.week.power_kw
    assert power[5 * 96] > 0
    assert (power[5 * 96 + 6 * 4 + 4 :] == 0).all()
    assert power[:80].sum() == 0


def test_policy_and_offer_move_the_energy(region, shares, driven):
    everybody = replace(region, sites=replace(region.sites, work_charging_share=[1.0, np.nan]))
    werk = charge_sites(everybody, SEGMENTS, shares, driven)[0]
    # all fill up at work: what is lacking there is a way out, and what the way home took from those without a point
    assert werk.need_kwh == pytest.approx(24 * 4 + 16 * 8 + 12 * 40 + 8 * 50)
    offered = replace(region, home_charging_share=np.ones(4))
    at_home = charge_sites(offered, SEGMENTS, shares, driven)
    usual = charge_sites(region, SEGMENTS, shares, driven)
    assert at_home.everywhere.total("home_kwh") > usual.everywhere.total("home_kwh")
    assert at_home[0].need_kwh < usual[0].need_kwh


def test_what_no_battery_holds_is_told(region, shares, driven):
    told = beyond_batteries(charge_sites(region, SEGMENTS, shares, driven), 50.0)
    assert "than their battery holds (50 kWh): 560 of 1,920 kWh a day are charged in public" in told["en"]
    assert "560 von 1.920 kWh am Tag laden sie unterwegs" in told["de"]
    near = (segment("06-14", 6, {(0, WERK): 200.0}),)
    assert beyond_batteries(charge_sites(region, near, shares[:1], driven), 50.0) is None


def test_a_refusal_names_its_site(region, shares, driven):
    supply = (SiteSupply(base_load_kw=600.0), SiteSupply())
    with pytest.raises(InputError, match="site werk: connection_kw: 500 kW is below the building's own load"):
        charge_sites(replace(region, sites=replace(region.sites, supply=supply)), SEGMENTS, shares, driven)


def test_a_battery_that_no_programme_uses_is_told(region, shares, driven):
    supply = (SiteSupply(base_load_kw=499.0, battery=StationaryBattery(500.0, 100.0)), SiteSupply())
    sites = replace(region.sites, supply=supply)
    told = idle_batteries(charge_sites(replace(region, sites=sites), SEGMENTS, shares, driven), sites)
    assert told["en"].startswith("charging: the stationary battery stands idle: Werk (uncontrolled); ")
    assert "Der Batteriespeicher steht still: Werk (uncontrolled)." in told["de"]
    sites = replace(sites, charging_strategy=["peak_minimal", "uncontrolled"])
    assert idle_batteries(charge_sites(replace(region, sites=sites), SEGMENTS, shares, driven), sites) is None


def test_what_feeding_in_pays_is_kept_where_prices_are_those_of_the_parameters(region, shares, driven):
    supply = (SiteSupply(feed_in_eur_per_kwh=0.08), SiteSupply())
    charging = charge_sites(replace(region, sites=replace(region.sites, supply=supply)), SEGMENTS, shares, driven)
    assert [one.place.supply.feed_in_eur_per_kwh for one in charging] == [0.08, 0.0]
    assert charging[0].place.supply.has_prices


@pytest.mark.usefixtures("late")
def test_a_strategy_stands_beside_uncontrolled_and_a_higher_peak_is_told(region, shares, driven):
    sites = replace(region.sites, charging_strategy=["late", "uncontrolled"])
    charging = charge_sites(replace(region, sites=sites), SEGMENTS, shares, driven)
    werk = charging[0]
    assert (werk.week.strategy, werk.uncontrolled.strategy) == ("late", "uncontrolled")
    assert werk.week.peak_kw > 1.01 * werk.uncontrolled.peak_kw
    assert werk.week.energy_kwh == pytest.approx(werk.uncontrolled.energy_kwh)
    told = managed_above_uncontrolled(charging, sites)
    assert told["en"].startswith("managed charging draws a higher peak than uncontrolled charging here: Werk (late): ")
    assert "statt" in told["de"]
    assert managed_above_uncontrolled(charge_sites(region, SEGMENTS, shares, driven), region.sites) is None


@pytest.fixture
def late(monkeypatch):
    """A strategy by which all cars charge in their last hour."""

    def in_the_last_hour(sessions, site, steps):
        need = sessions.need_of_all_kwh
        drawn = need / site.efficiency
        none = np.zeros(len(sessions))
        begin = sessions.depart_h - 1.0
        return strategy.Schedule(
            begin, sessions.depart_h, drawn, drawn, sessions.each_cars * 1.0, need, none, none, begin, sessions.depart_h
        )

    monkeypatch.setitem(strategy._KNOWN, "late", in_the_last_hour)
    monkeypatch.setattr(strategy, "HEEDLESS", strategy.HEEDLESS)
    strategy.HEEDLESS.add("late")
    yield
    strategy.HEEDLESS.discard("late")
