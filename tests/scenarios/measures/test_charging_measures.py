"""Measures of charging: what they set, what they refuse, and what they do to a site's week."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from tiny_region import made_region

from itas_mobility import emobility, scenarios
from itas_mobility.core import SiteSupply
from itas_mobility.emobility.charging import strategy
from itas_mobility.errors import InputError, ScenarioError
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.words import STRATEGIES

REGION = made_region()
SUN = [0.0] * 8 + [0.5] * 8 + [0.0] * 8


def measure(kind, **fields):
    return MEASURE_ADAPTER.validate_python({"type": kind, **fields})


def applied(kind, region=REGION, **fields):
    return measure(kind, **fields).apply(region)


def test_points_are_freed_when_full_or_for_a_fee():
    sites = applied("charging_points", site="werk", release="fee", fee_after_h=2.0).sites
    assert (sites.release.tolist(), sites.fee_after_h.tolist()) == (["fee", "departure"], [2.0, 0.0])
    assert applied("charging_points", site="halle", release="full").sites.release.tolist() == ["departure", "full"]


def test_connection_and_transformer_become_stronger():
    sites = applied("connection_upgrade", site="werk", by_kw=250, transformer_kva=800).sites
    assert sites.grid_connection_kw.tolist() == [750.0, 100.0]
    assert [supply.transformer_kva for supply in sites.supply] == [800.0, np.inf]
    assert applied("connection_upgrade", site="halle", to_kw=120).sites.grid_connection_kw.tolist() == [500.0, 120.0]


def test_a_connection_behind_a_small_transformer_becomes_no_stronger():
    supply = (SiteSupply(transformer_kva=500.0, power_factor=0.9), SiteSupply())
    region = replace(REGION, sites=replace(REGION.sites, supply=supply))
    with pytest.raises(ScenarioError, match="its transformer lets it draw 450 kW, so that 800 kW of connection bring"):
        applied("connection_upgrade", region, site="werk", to_kw=800)
    with pytest.raises(ScenarioError, match="its transformer lets it draw 360 kW"):
        applied("connection_upgrade", region, site="werk", to_kw=800, transformer_kva=400)
    assert applied("connection_upgrade", region, site="werk", to_kw=800, transformer_kva=630).sites is not None


def test_the_sun_shines_on_what_charging_may_draw():
    region = applied("photovoltaic", site="halle", kwp=300, profile=SUN, source="made")
    place = emobility.charging_site(region.sites, 1, emobility.habits_from(region.parameters))
    free = place.free_kw(672)
    assert (free[0], free[96 + 40]) == (100.0, 250.0)
    assert region.sites.supply[0].pv_kw.tolist() == [0.0]


def test_battery_and_prices_stand_at_their_sites():
    battery = applied("stationary_battery", site="werk", energy_kwh=200, power_kw=100).sites.supply[0].battery
    assert (battery.energy_kwh, battery.power_kw) == (200.0, 100.0)
    sites = applied("price_series", eur_per_kwh=[0.2] * 12 + [0.4] * 12, demand_charge_eur_per_kw=1.5).sites
    for supply in sites.supply:
        assert supply.price_eur_per_kwh[[0, 47, 48, 95, 96]].tolist() == [0.2, 0.2, 0.4, 0.4, 0.2]
        assert (supply.demand_charge_eur_per_kw, supply.feed_in_eur_per_kwh) == (1.5, 0.0)


def test_dimming_holds_in_its_hours_on_its_days():
    fields = {"site": "werk", "limit_kw": 40, "start": "23:00", "end": "25:30", "days": "So"}
    once = applied("dimming", **fields)
    limit = once.sites.charging_limit_kw[0]
    assert limit[:7].tolist() == [40.0] * 6 + [np.inf]
    assert np.isinf(limit[7 : 672 - 4]).all()
    assert (limit[-4:] == 40).all()
    assert np.isinf(once.sites.charging_limit_kw[1]).all()
    both = applied("dimming", once, **(fields | {"limit_kw": 60, "end": "26:00"})).sites.charging_limit_kw[0]
    assert both[:9].tolist() == [40.0] * 6 + [60.0] * 2 + [np.inf]


@pytest.mark.parametrize(("control", "wanted"), [("direct", 42.0), ("energy_management", 4.2 + 9 * 0.45 * 4.2)])
def test_dimming_leaves_what_the_law_leaves(control, wanted):
    dimmed = applied("dimming", site="werk", control=control, start="17:00", end="19:00", days="Mo-Fr")
    limit = dimmed.sites.charging_limit_kw[0]
    assert limit[17 * 4] == pytest.approx(wanted)  # of ten points
    assert np.isinf(limit[16 * 4])


def test_offer_and_policy_keep_to_their_zones_and_sites():
    shares = applied("home_charging_offer", share=0.9, zones=["dorf"]).home_charging_share
    assert np.isnan(shares[[0, 2, 3]]).all()
    assert shares[1] == 0.9
    assert applied("home_charging_offer", share=0.7).home_charging_share.tolist() == [0.7] * 4
    policy = applied("plug_in_policy", share=0.6, site="halle").sites.work_charging_share
    assert np.isnan(policy[0])
    assert policy[1] == 0.6


NOTHING = [
    ("connection_upgrade", {"site": "werk", "to_kw": 400}, "already has 500 kW; 400 kW are no upgrade"),
    ("connection_upgrade", {"site": "x", "to_kw": 900}, "site 'x' is not known"),
    ("managed_charging", {"strategy": "uncontrolled"}, "all sites: cars already charge uncontrolled"),
    ("managed_charging", {"strategy": "magic"}, "strategy 'magic' is not known; known: "),
    ("plug_in_policy", {"share": 0.36}, "all sites: already 0.36 of the cars plug in"),
    ("home_charging_offer", {"share": 0.79}, "all zones: already 0.79 of the cars have a point"),
    ("home_charging_offer", {"share": 0.9, "zones": ["dorf", "mars"]}, "no such zone: mars"),
    ("price_series", {"eur_per_kwh": [0.0]}, "all sites: these are the prices already"),
    ("price_series", {"eur_per_kwh": [0.0], "feed_in_eur_per_kwh": 0.1}, "site werk: 0 EUR throughout stands for"),
    ("charging_points", {"site": "werk", "release": "departure"}, "already has these charging points"),
]


@pytest.mark.parametrize(("kind", "fields", "words"), NOTHING)
def test_what_changes_nothing_is_refused(kind, fields, words):
    with pytest.raises(ScenarioError, match=words) as fault:
        applied(kind, **fields)
    assert f"measure {kind}: " in str(fault.value)


@pytest.mark.parametrize(("kind", "fields"), [
    ("photovoltaic", {"site": "werk", "kwp": 50, "profile": SUN, "source": "made"}),
    ("stationary_battery", {"site": "werk", "energy_kwh": 10, "power_kw": 5}),
    ("price_series", {"eur_per_kwh": [0.3], "site": "werk"}),
    ("dimming", {"site": "werk", "limit_kw": 40}),
    ("connection_upgrade", {"site": "werk", "to_kw": 700}),
])  # fmt: skip
def test_the_same_again_is_refused(kind, fields):
    with pytest.raises(ScenarioError, match=r"already|no upgrade"):
        applied(kind, applied(kind, **fields), **fields)


def test_only_low_voltage_is_dimmed():
    region = replace(REGION, sites=replace(REGION.sites, voltage_level=["medium", "low"]))
    with pytest.raises(ScenarioError, match="site werk is connected at medium voltage; only low voltage is dimmed"):
        applied("dimming", region, site="werk", limit_kw=40)


MALFORMED = [
    ("charging_points", {"site": "werk"}, "needs 'points', 'power_kw', 'grid_connection_kw' or 'release'"),
    ("charging_points", {"site": "werk", "release": "fee"}, "'fee' and 'fee_after_h' go together"),
    ("connection_upgrade", {"site": "werk"}, "needs either 'to_kw' or 'by_kw'"),
    ("connection_upgrade", {"site": "werk", "to_kw": 1, "by_kw": 1}, "needs either 'to_kw' or 'by_kw'"),
    ("photovoltaic", {"site": "werk", "kwp": 9, "profile": [0.1] * 23, "source": "x"}, "profile: 23 values"),
    ("photovoltaic", {"site": "werk", "kwp": 9, "profile": [-0.1] * 24, "source": "x"}, "between 0 and 1.5 kW per kWp"),
    ("photovoltaic", {"site": "werk", "kwp": 9, "profile": [0.0], "source": "x"}, "not be 0 throughout"),
    ("price_series", {"eur_per_kwh": []}, "eur_per_kwh: 0 values"),
    ("dimming", {"site": "werk", "limit_kw": 5, "start": "17:10"}, "full quarters of an hour"),
    ("dimming", {"site": "werk", "limit_kw": 5, "control": "direct"}, "needs either 'limit_kw' or 'control'"),
    ("dimming", {"site": "werk"}, "needs either 'limit_kw' or 'control'"),
    ("dimming", {"site": "werk", "limit_kw": 5, "start": "17:00", "end": "16:00"}, "'end' must lie after 'start'"),
    ("dimming", {"site": "werk", "limit_kw": 5, "days": "Mo-Xy"}, "'Xy' is not one of"),
    ("plug_in_policy", {"share": 1.2}, "less than or equal to 1"),
    ("stationary_battery", {"site": "werk", "energy_kwh": 0, "power_kw": 5}, "greater than 0"),
]


@pytest.mark.parametrize(("kind", "fields", "words"), MALFORMED)
def test_malformed_measures_are_refused_when_read(kind, fields, words):
    with pytest.raises(ValidationError, match=words):
        measure(kind, **fields)


def test_measures_on_one_thing_contradict_each_other():
    twice = (measure("plug_in_policy", share=0.6), measure("plug_in_policy", share=0.7, site="werk"))
    with pytest.raises(ScenarioError, match="both set plugging in"):
        scenarios.Scenario("x", measures=twice).apply(REGION)
    connection = (
        measure("connection_upgrade", site="werk", by_kw=10),
        measure("charging_points", site="werk", grid_connection_kw=600),
    )
    with pytest.raises(ScenarioError, match="connection"):
        scenarios.Scenario("x", measures=connection).apply(REGION)


EXAMPLES = [
    ("charging_points", {"site": "werk", "release": "fee", "fee_after_h": 1.5}, "Blockiergebühr 1,5 h", "fee 1.5 h"),
    ("connection_upgrade", {"site": "werk", "by_kw": 100}, "um 100 kW stärker", "100 kW stronger"),
    ("connection_upgrade", {"site": "werk", "to_kw": 1200}, "Netzanschluss 1.200 kW", "grid connection 1,200 kW"),
    ("dimming", {"site": "werk", "limit_kw": 40, "start": "17:00", "end": "19:00"}, "gedimmt", "dimmed to 40 kW"),
    ("dimming", {"site": "werk", "control": "direct"}, "je Ladepunkt (§ 14a) gedimmt", "dimmed point by point"),
    ("dimming", {"site": "werk", "control": "energy_management"}, "Energiemanagement", "by energy management"),
    ("dimming", {"site": "werk", "limit_kw": 4.2}, "auf 4,2 kW gedimmt", "dimmed to 4.2 kW"),
    ("charging_points", {"site": "werk", "power_kw": 3.7, "grid_connection_kw": 62.5}, "3,7 kW, Netz", "n 62.5 kW"),
    ("company_cars", {"site": "werk", "company_share": 0.125, "electric_share": 0.5}, "12,5 % D", "12.5 % c"),
    ("electric_share", {"share": 0.075}, "Pkw 7,5 % (alle", "cars 7.5 % (all"),
    ("home_charging_offer", {"share": 0.9}, "Ladepunkt zu Hause für 90 %", "everywhere"),
    ("managed_charging", {"strategy": "peak_minimal"}, "alle Standorte: Laden „Kleinste Spitze“", "smallest peak"),
    ("managed_charging", {"strategy": "own", "site": "werk"}, "werk: Laden „own“", "charging, own"),
    ("photovoltaic", {"site": "werk", "kwp": 200, "profile": SUN, "source": "x"}, "Photovoltaik 200 kWp", "200 kWp"),
    ("plug_in_policy", {"share": 0.6}, "60 % der Elektro-Pkw stecken", "60 % of the electric cars"),
    ("price_series", {"eur_per_kwh": [0.2, 0.3] * 12}, "20,0 bis 30,0 ct/kWh", "20.0 to 30.0 ct/kWh"),
    ("stationary_battery", {"site": "werk", "energy_kwh": 200, "power_kw": 100}, "Batteriespeicher 200", "battery 200"),
]


@pytest.mark.parametrize(("kind", "fields", "german", "english"), EXAMPLES)
def test_measures_describe_themselves(kind, fields, german, english):
    made = measure(kind, **fields)
    assert german in made.describe("de")
    assert english in made.describe("en")


def test_all_strategies_have_words():
    """Strategies of this library; those of others go by their names."""
    own = {name for name, run in strategy.STRATEGIES.items() if run.__module__.startswith("itas_mobility.")}
    assert own <= set(STRATEGIES)


def test_a_building_above_the_connection_is_told_when_it_runs():
    supply = (SiteSupply(base_load_kw=600.0), SiteSupply())
    region = replace(REGION, sites=replace(REGION.sites, supply=supply, electric_share=0.5))
    with pytest.raises(InputError, match="site werk: connection_kw: 500 kW is below the building's own load"):
        scenarios.run(region)
