"""The closed loop from a bus to the charging curve, and its difference taken apart."""

import pytest

from itas_mobility import scenarios
from itas_mobility.scenarios.comparing.charging_changes import CAUSES, charging_changes
from itas_mobility.scenarios.measures import ChargingPoints, CompanyShuttle, ElectricShare

VW = "vw_mosel"
ELECTRIC = (
    ElectricShare(type="electric_share", share=0.3),
    ChargingPoints(type="charging_points", site=VW, points=900),
)
BUS = CompanyShuttle(
    type="company_shuttle", line="WD-VW", site=VW, shifts=("frueh", "spaet"), speed_km_per_h=40,
    stops=("Bahnhof, Werdau", "Langenhessen Feuerwehrhaus, Werdau"),
)  # fmt: skip


@pytest.fixture(scope="module")
def sides(run_with):
    return run_with(*ELECTRIC), run_with(*ELECTRIC, BUS)


def of_site(run):
    return run.tables["sites"].set_index("site_id").loc[VW]


def test_a_works_bus_lowers_cars_energy_and_peak(sides):
    before, after = map(of_site, sides)
    assert after["cars"] < before["cars"] - 1
    assert after["electric_cars"] < before["electric_cars"]
    assert after["energy_kwh"] < before["energy_kwh"]
    assert after["charging_peak_kw"] < before["charging_peak_kw"]


def test_the_difference_is_taken_apart_without_a_rest(sides):
    base, run = sides
    change = next(one for one in charging_changes(base, run) if one.site_id == VW)
    before, after = map(of_site, sides)
    assert sum(change.energy_kwh.values()) == pytest.approx(after["energy_kwh"] - before["energy_kwh"], rel=1e-9)
    assert sum(change.peak_kw.values()) == pytest.approx(after["charging_peak_kw"] - before["charging_peak_kw"])
    assert min(change.energy_kwh, key=change.energy_kwh.get) == "cars"  # what the bus does
    assert change.energy_kwh["electric_cars"] == pytest.approx(0, abs=1e-9)


def test_told_in_both_languages(base, sides, zwickau):
    comparison = scenarios.compare(base, sides[0], region=zwickau)
    told = comparison.explain_charging(sides[0], most=2)
    assert len(told) == 2
    assert told[0]["text_de"].startswith("Volkswagen Sachsen, Fahrzeugwerk Zwickau-Mosel: Laden ")
    assert "Elektro-Anteil (+" in told[0]["text_de"]
    assert "electric share (+" in told[0]["text_en"]
    assert told[0]["direction"] == "worse"
    table = comparison.charging_causes(sides[0])
    assert set(table["cause"]) == set(CAUSES)
    sites = [run.tables["sites"].set_index("site_id") for run in (base, sides[0])]
    difference = (sites[1]["energy_kwh"] - sites[0]["energy_kwh"]).sum()
    assert table["energy_kwh"].sum() == pytest.approx(difference, rel=1e-9)


def test_small_changes_are_not_told(base, run_with):
    again = scenarios.compare(base, run_with(BUS))
    assert again.explain_charging(again.runs[0]) == []
