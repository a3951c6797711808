"""From commuters by car to sessions and charging, on figures that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import HOUR, made_region

from itas_mobility import demand
from itas_mobility.core import ModeShares, Skims, TourSegment
from itas_mobility.scenarios.stages.charging_sites import beyond_batteries, charge_sites

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
        "car_occupancy": 1.25, "work_charging_share": 0.5, "work_charging_days": 2.0, "battery_kwh": 50.0,
        "charging_efficiency": 0.8,
    }  # fmt: skip
    parameters = made.parameters
    for name, value in given.items():
        parameters = parameters.with_value(name, value, source="made")
    sites = replace(made.sites, electric_share=[0.5, 0.0], charging_points=[500, 2])
    return replace(made, parameters=parameters, sites=sites)


@pytest.fixture(scope="module")
def shares():
    """Half of all go by car."""
    return [ModeShares(("car", "walk"), 0.5 * np.ones((2, 4, 4)))] * len(SEGMENTS)


@pytest.fixture(scope="module")
def driven(region):
    zone_id = region.zones.zone_id
    values = {"length_m": 1000.0 * of_pairs(KM), "energy_kwh": of_pairs(KWH)}
    return [Skims(zone_id, values)] * len(SLICES)


def test_cars_and_need_of_a_site(region, shares, driven):
    werk, halle = charge_sites(region, SEGMENTS, shares, driven)
    # office workers bring cars, too, but do not charge: 310 persons, half by car, 1.25 in each
    assert werk.cars == pytest.approx(310 * 0.5 / 1.25)
    assert werk.electric_cars == pytest.approx(300 * 0.5 / 1.25 * 0.5)
    # 20 cars of need 16 plug in, and 10 that need 160, of which a battery holds 50
    assert werk.need_kwh == pytest.approx(20 * 16 + 10 * 160)
    assert (werk.beyond_battery_kwh, werk.beyond_battery_cars) == (pytest.approx(10 * 110), pytest.approx(10))
    assert werk.curve.delivered_kwh.sum() == pytest.approx(20 * 16 + 10 * 50)
    assert werk.curve.energy_kwh == pytest.approx((20 * 16 + 10 * 50) / 0.8)
    assert werk.unserved_kwh == pytest.approx(werk.beyond_battery_kwh)
    assert (halle.cars, halle.electric_cars, halle.need_kwh) == (pytest.approx(60 * 0.5 / 1.25), 0.0, 0.0)
    assert (halle.curve.power_kw == 0).all()


def test_charging_begins_with_the_shift(region, shares, driven):
    werk, _ = charge_sites(region, SEGMENTS, shares, driven)
    lead_s = 2.0 * region.parameters.value("shift_arrival_lead_min") * 60.0
    step = werk.curve.time_s
    assert (werk.curve.power_kw[step + werk.curve.step_s <= 6 * HOUR - lead_s] == 0).all()
    assert werk.curve.power_kw[step == 6 * HOUR] > 0


def test_few_points_leave_need_unserved(region, shares, driven):
    few = replace(region, sites=replace(region.sites, charging_points=[5, 2]))
    werk, _ = charge_sites(few, SEGMENTS, shares, driven)
    assert werk.curve.peak_kw <= 5 * 11.0 * (1 + 1e-9)
    assert werk.curve.delivered_kwh.sum() + werk.unserved_kwh == pytest.approx(werk.need_kwh)
    assert werk.unserved_kwh > werk.beyond_battery_kwh + 100


def test_what_no_battery_holds_is_told(region, shares, driven):
    charging = charge_sites(region, SEGMENTS, shares, driven)
    told = beyond_batteries(charging, 50.0)
    assert told["en"].startswith("charging: 10.0 electric cars need more")
    assert "1.100 von 1.920 kWh" in told["de"]
    assert beyond_batteries(charging_without_far_homes(region, shares, driven), 50.0) is None


def charging_without_far_homes(region, shares, driven):
    near = (segment("06-14", 6, {(0, WERK): 200.0}),)
    return charge_sites(region, near, shares[:1], driven)
