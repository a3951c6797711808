"""Parking in whole runs: shortage is told, prices move those who have a choice, and nothing else moves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_accounts import assert_accounts_close, scenario, values
from tiny_region import made_region

from itas_mobility import demand, scenarios
from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium

COMMUTING = Path(__file__).parents[2] / "scenarios" / "commuting"


def with_sites(**columns):
    region = made_region()
    return replace(region, sites=replace(region.sites, **columns))


def parking(run):
    return run.tables["parking"].set_index("site_id")


def car_share(run, site="werk"):
    return float(run.tables["sites"].set_index("site_id")["car_share"][site])


def test_as_many_spaces_as_cars_could_want_change_nothing_to_the_last_bit():
    enough, endless = (scenarios.run(with_sites(parking_spaces=[most, most])) for most in (600.0, 1e12))
    assert (parking(enough)["shadow_price_eur_per_day"] == 0.0).all()
    assert dict(enough.indicators) == dict(endless.indicators)
    for name, table in enough.tables.items():
        other = endless.tables[name].drop(columns="parking_spaces", errors="ignore")
        assert table.drop(columns="parking_spaces", errors="ignore").equals(other), name


def test_a_site_with_more_cars_than_spaces_is_told():
    free = parking(scenarios.run(with_sites(parking_spaces=[600.0, 600.0])))
    run = scenarios.run(with_sites(parking_spaces=[0.95 * free["standing_cars"]["werk"], 10.0]))
    table = parking(run)
    assert table["standing_cars"]["werk"] == pytest.approx(table["parking_spaces"]["werk"], rel=1e-9)
    most = table["shadow_price_eur_per_day"]["halle"]
    assert 0.0 < table["shadow_price_eur_per_day"]["werk"] < most
    assert table["outside_cars"].tolist() == [0.0, table["standing_cars"]["halle"] - 10.0]
    told = [note for note in run.notes if "Stellplätze" in note["de"]]
    assert [note["de"].split(":")[0] for note in told] == ["Werk", "Halle"]
    assert "sind voll (um 06:00 Uhr)" in told[0]["de"]
    outside = f"{table['outside_cars']['halle']:.0f}"
    assert f"{outside} stehen in Nebenstraßen und gehen 8 min weiter je Weg" in told[1]["de"]
    assert f"(at 08:00) for 10 spaces: {outside} stand in side streets" in told[1]["en"]
    assert run.indicators["outside_cars"] == pytest.approx(table["outside_cars"].sum())
    assert_accounts_close(run)
    assert values(run, "cars standing at sites")["outside"] == pytest.approx(table["outside_cars"].sum())


def test_money_of_parking_is_paid_and_received_and_the_shadow_price_is_none():
    run = scenarios.run(with_sites(parking_spaces=[200.0, 600.0], parking_price_eur_per_day=[2.0, 1.5]))
    table = parking(run)
    assert table["outside_cars"]["werk"] > 1.0
    assert table["shadow_price_eur_per_day"]["halle"] == 0.0
    inside = table["cars"] - table["outside_cars"]
    np.testing.assert_allclose(table["paid_eur_per_day"], inside * [2.0, 1.5], rtol=1e-12)
    assert_accounts_close(run)
    money = values(run, "parking money of commuters")
    assert money["total"] == pytest.approx(run.indicators["parking_eur_per_day"])
    assert money["received by werk"] == table["paid_eur_per_day"]["werk"]
    # price and shadow price together are what standing outside costs
    free = scenarios.run(with_sites(parking_spaces=[200.0, 600.0]))
    both = table["shadow_price_eur_per_day"]["werk"] + 2.0
    assert both == pytest.approx(parking(free)["shadow_price_eur_per_day"]["werk"])
    assert car_share(run) == pytest.approx(car_share(free), rel=1e-9)


def test_who_pays_more_than_the_walk_stands_outside():
    run = scenarios.run(with_sites(parking_spaces=[600.0, 600.0], parking_price_eur_per_day=[50.0, 0.0]))
    table = parking(run)
    assert table["outside_cars"]["werk"] == table["standing_cars"]["werk"] > 100.0
    assert table["paid_eur_per_day"].sum() == 0.0
    told = [note["de"] for note in run.notes if "Stellplätze" in note["de"]]
    assert len(told) == 1
    assert "mit 50,00 € am Tag mehr als der Weg" in told[0]
    assert_accounts_close(run)


@settings(max_examples=8, deadline=None)
@given(
    st.floats(100.0, 400.0), st.floats(0.0, 200.0), st.floats(0.0, 6.0), st.floats(0.0, 3.0)
)  # fmt: skip
def test_more_spaces_never_raise_the_price_and_dearer_parking_never_the_share(spaces, more, price, dearer):
    def run(room, eur):
        return scenarios.run(with_sites(parking_spaces=[room, 80.0], parking_price_eur_per_day=[eur, 0.0]))

    before, wider, dear = run(spaces, price), run(spaces + more, price), run(spaces, price + dearer)
    noise = 1e-6
    shadow = [float(parking(one)["shadow_price_eur_per_day"]["werk"]) for one in (before, wider)]
    assert shadow[1] <= shadow[0] + noise
    assert car_share(wider) >= car_share(before) - noise
    assert car_share(dear) <= car_share(before) + noise


def test_the_balance_does_not_hang_on_the_start():
    """Of a region that is short by itself, and one that a measure makes short."""
    short = with_sites(parking_spaces=[200.0, 70.0])
    cold = scenarios.run(short)
    warm = scenarios.run(
        with_sites(parking_spaces=[600.0, 600.0]),
        scenario(
            {"type": "parking_spaces", "site": "werk", "spaces": 200},
            {"type": "parking_spaces", "site": "halle", "spaces": 70},
        ),
    )
    for name in ("standing_cars", "shadow_price_eur_per_day", "outside_cars"):
        np.testing.assert_allclose(parking(warm)[name], parking(cold)[name], rtol=1e-7)


def test_a_comparison_tells_where_parking_becomes_scarcer():
    region = with_sites(parking_spaces=[600.0, 600.0])
    base = scenarios.run(region)
    short = scenarios.run(region, scenario({"type": "parking_spaces", "site": "halle", "spaces": 30}))
    dear = scenarios.run(region, scenario({"type": "parking_price", "site": "halle", "eur_per_day": 1.0}))

    def told(before, run):
        compared = scenarios.compare(before, run, region=region)
        return [one for one in compared.explain(run, most=20) if "Parken ändert sich" in one["text_de"]]

    (scarcer,) = told(base, short)
    outside = parking(short)["outside_cars"]["halle"]
    worth = f"der Mangel an Stellplätzen wiegt so schwer wie {demand.outside_cost(region.parameters):.2f} €"
    assert f"an Halle: {outside:.0f} statt 0 Autos ohne Stellplatz, {worth.replace('.', ',')}" in scarcer["text_de"]
    assert f"at Halle: {outside:.0f} instead of 0 cars without a space" in scarcer["text_en"]
    assert scarcer["direction"] == "worse"
    (easier,) = told(short, base)
    assert easier["direction"] == "better"
    assert told(base, dear) == []


def test_a_comparison_tells_where_fewer_drive_and_who_receives_the_fees():
    region = with_sites(parking_spaces=[600.0, 600.0])
    base = scenarios.run(region)
    dear = scenarios.run(region, scenario({"type": "parking_price", "site": "halle", "eur_per_day": 4.0}))
    told = scenarios.compare(base, dear, region=region).explain(dear)
    before, after = (100 * one.tables["sites"].set_index("site_id")["car_share"]["halle"] for one in (base, dear))
    assert before - after > 1.0
    (fewer,) = (one for one in told if "car share" in one["text_en"] and "Halle" in one["text_en"])
    assert fewer["text_en"] == f"The car share changes most at Halle: {after:.1f} % instead of {before:.1f} % drive"
    assert fewer["direction"] == "better"
    (benefit,) = (one for one in told if one["indicator"] == "benefit_eur_per_day")
    fees = dear.indicators["parking_eur_per_day"]
    assert benefit["text_en"].endswith(f"; parking fees to the sites: +{fees:,.0f} €/day")
    (back,) = (one for one in scenarios.compare(dear, base, region=region).explain(base) if "drive" in one["text_en"])
    assert back["direction"] == "worse"
    cheap = scenarios.run(region, scenario({"type": "parking_price", "site": "halle", "eur_per_day": 0.1}))
    told = scenarios.compare(base, cheap, region=region).explain(cheap)
    assert not any("car share" in one["text_en"] and "Halle" in one["text_en"] for one in told), "less than a point"


@pytest.mark.parametrize("noise", [1e-12, 1e-14])
def test_noise_on_link_times_moves_no_price(noise):
    region = with_sites(parking_spaces=[260.0, 60.0])
    factor = 1.0 + noise * np.random.default_rng(1).standard_normal(region.roads.n_links)
    other = replace(region, roads=replace(region.roads, free_time_s=region.roads.free_time_s * factor))
    one, two = parking(scenarios.run(region)), parking(scenarios.run(other))
    assert (one["shadow_price_eur_per_day"] > 0).all()
    for name in ("standing_cars", "fullest_s", "shadow_price_eur_per_day", "outside_cars"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-7)


def test_prices_of_an_equilibrium_are_kept_with_it():
    assert "parking" in Equilibrium.__dataclass_fields__
    region = with_sites(parking_spaces=[200.0, 70.0])
    found = scenarios.running.outcome_of(region).equilibrium
    assert len(found.parking) == 2
    assert found.residual < 1e-6


def test_a_price_at_the_plant_moves_commuters_to_other_modes(base, run_with, zwickau):
    from itas_mobility.scenarios.measures import ParkingPrice

    def share(run, site):
        return float(run.tables["sites"].set_index("site_id")["car_share"][site])

    for site in ("vw_mosel", "fraureuth_beiersdorf"):
        dear = run_with(ParkingPrice(type="parking_price", site=site, eur_per_day=3.0))
        assert share(dear, site) < share(base, site) - 0.005
        assert_accounts_close(dear)


@pytest.mark.parametrize(
    ("measure", "attribute", "wanted"),
    [
        ({"type": "parking_price", "eur_per_day": 2.5}, "parking_price_eur_per_day", [2.5, 2.5]),
        ({"type": "parking_price", "eur_per_day": 2.5, "site": "halle"}, "parking_price_eur_per_day", [0.0, 2.5]),
        ({"type": "parking_spaces", "site": "werk", "spaces": 150}, "parking_spaces", [150.0, 100.0]),
        ({"type": "job_bicycle", "site": "werk", "share": 0.5}, "pedelec_share", [0.6, 0.1]),
        ({"type": "job_bicycle", "site": "halle", "share": 0.2}, "pedelec_share", [0.2, 0.28]),
        ({"type": "carpooling", "site": "werk", "share": 0.4}, "lift_share", [0.4, 0.3]),
    ],
)
def test_what_measures_set(measure, attribute, wanted):
    region = with_sites(pedelec_share=[0.2, 0.1], lift_share=[0.1, 0.3])
    after = scenario(measure).apply(region).sites
    np.testing.assert_allclose(getattr(after, attribute), wanted, rtol=1e-14)


def test_a_site_without_shares_of_its_own_has_those_of_all():
    region = made_region()
    of_all = region.parameters.value("pedelec_share")
    after = scenario({"type": "job_bicycle", "site": "werk", "share": 0.5}).apply(region).sites.pedelec_share
    assert after[0] == pytest.approx(1.0 - 0.5 * (1.0 - of_all))
    assert np.isnan(after[1])


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ({"type": "parking_price", "eur_per_day": 0}, "parking at all sites already costs 0 EUR"),
        ({"type": "parking_price", "eur_per_day": 0, "site": "werk"}, "parking at werk already costs 0 EUR"),
        ({"type": "parking_price", "eur_per_day": 1, "site": "wrek"}, "did you mean|wrek"),
        ({"type": "parking_spaces", "site": "werk", "spaces": 300}, "already has 300 parking spaces"),
        ({"type": "job_bicycle", "site": "halle", "share": 0.5}, "all workers of site halle"),
        ({"type": "carpooling", "site": "werk", "share": 0.2}, "0.3 of the workers would share a car already"),
    ],
)
def test_measures_that_change_nothing_are_refused(measure, says):
    region = with_sites(pedelec_share=[0.2, 1.0], lift_share=[0.3, 0.3])
    with pytest.raises(ScenarioError, match=says):
        scenario(measure).apply(region)


def test_prices_at_all_sites_and_at_one_are_a_conflict():
    one = {"type": "parking_price", "eur_per_day": 1.0, "site": "werk"}
    with pytest.raises(ScenarioError, match="parking price"):
        scenario({"type": "parking_price", "eur_per_day": 2.0}, one).apply(made_region())


@pytest.mark.parametrize("file", sorted(COMMUTING.glob("*.toml")), ids=lambda file: file.stem)
def test_shipped_examples_can_be_applied(zwickau, file):
    loaded = scenarios.load(file)
    after = loaded.apply(zwickau)
    assert after.sites is not zwickau.sites
    for measure in loaded.measures:
        assert measure.describe("de") != measure.describe("en")
