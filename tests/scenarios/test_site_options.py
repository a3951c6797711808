"""Strategies, limits and points of sites beside each other."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import scenarios
from itas_mobility.core import SiteSupply
from itas_mobility.emobility.charging import strategy
from itas_mobility.errors import InputError
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.site_options import SHARE_STEP, _curves
from itas_mobility.scenarios.stages.charging_sites import charge_week, most_at_once


def region_with(**sites):
    made = made_region()
    return replace(made, sites=replace(made.sites, **({"electric_share": 0.4} | sites)))


@pytest.fixture(scope="module")
def store():
    return scenarios.StageStore()


CONNECTION_KW = [2.0, 1000.0]
"""The works draw more than that in the morning, the hall never."""


@pytest.fixture(scope="module")
def outcome(store):
    return scenarios.outcome_of(region_with(grid_connection_kw=CONNECTION_KW), store=store)


@pytest.fixture(scope="module")
def options(outcome):
    return scenarios.charging_options(
        outcome, strategies=["uncontrolled"], year_of_share={"": lambda s: 2020 + 100 * s, "early": lambda s: 2000 + s}
    )


def test_figures_are_those_of_the_run(outcome, options):
    table = options.strategies.set_index("site_id")
    for site, one in zip(("werk", "halle"), outcome.charging, strict=True):
        assert table.loc[site, "peak_kw"] == one.week.peak_kw
        assert table.loc[site, "unserved_kwh"] == pytest.approx(5 * one.unserved_kwh)
        assert table.loc[site, "energy_kwh"] == pytest.approx(5 * one.energy_kwh)
        mix = outcome.region.parameters.value("grid_life_cycle_g_per_kwh")
        assert table.loc[site, "co2_kg"] == pytest.approx(5 * one.energy_kwh * mix / 1000)
        # a tariff for all who have none: 4.83 ct and 44.26 EUR a year for the network at low voltage
        energy_eur = 5 * one.energy_kwh * (outcome.region.parameters.value("electricity_eur_per_kwh") + 0.0483)
        assert table.loc[site, "cost_eur"] == pytest.approx(energy_eur + one.week.peak_kw * 44.26 * 168 / 8760)
    assert table["is_chosen"].all()
    assert "least peak" in options._repr_html_()


def test_a_limit_breaks_where_the_peak_meets_it(outcome, options, store):
    limits = options.limits.set_index("site_id")
    share = limits.loc["werk", "peak_limit_share"]
    assert 0 < share < 1
    for tried, is_over in ((share - 1.01 * SHARE_STEP, False), (share, True)):
        region = region_with(grid_connection_kw=CONNECTION_KW, electric_share=tried)
        werk = scenarios.outcome_of(region, store=store).charging[0]
        assert (werk.week.over_limit_h > 0) == is_over
    assert np.isnan(limits.loc["halle", "peak_limit_share"])  # two points never draw a thousand kilowatts
    assert limits.loc["werk", "peak_limit_year"] == pytest.approx(2020 + 100 * share)
    assert limits.loc["werk", "peak_limit_year_early"] == pytest.approx(2000 + share)
    assert np.isnan(limits.loc["halle", "peak_limit_year"])


def test_points_serve_what_is_wanted_and_one_less_does_not(outcome, options):
    for site, one in zip(("werk", "halle"), outcome.charging, strict=True):
        needed = int(options.limits.set_index("site_id").loc[site, "points_needed"])
        served = []
        for points in (needed - 1, needed):
            place = replace(one.place, points=points, point_power_kw=np.full(points, 11.0))
            week = charge_week(one.sessions, place, "uncontrolled")
            served.append(week.delivered_kwh.sum() / one.sessions.sessions.total_need_kwh)
        assert served[0] < 0.95 <= served[1]


def test_most_cars_at_once_need_no_queue(outcome):
    for one in outcome.charging:
        sessions = one.sessions.sessions
        times = np.unique(np.concatenate([sessions.arrive_h, sessions.depart_h]))
        by_hand = max(
            float(sessions.cars[(sessions.arrive_h <= t) & (sessions.depart_h >= t)].sum()) for t in times.tolist()
        )
        assert most_at_once(sessions) == pytest.approx(by_hand)


def test_a_site_without_cars_needs_no_points(store):
    outcome = scenarios.outcome_of(region_with(electric_share=0.0), store=store)
    found = scenarios.charging_options(outcome, sites=["halle"], strategies=["uncontrolled"]).limits
    assert found["site_id"].tolist() == ["halle"]
    assert found["points_needed"].tolist() == [0.0]
    assert 0 < found["served_limit_share"].item() < 1
    assert "peak_limit_year" not in found


@pytest.fixture
def others(monkeypatch):
    """A balanced and a peak-minimal strategy of known shape, and one that refuses."""

    def over(hours):
        def even(sessions, site, steps):
            need = sessions.need_of_all_kwh
            drawn = need / site.efficiency + site.standby_kw * sessions.each_cars * hours
            none = np.zeros(len(sessions))
            end = sessions.arrive_h + hours
            return strategy.Schedule(
                sessions.arrive_h, end, drawn / hours, drawn, sessions.each_cars * hours, need, none, none,
                sessions.arrive_h, end,
            )  # fmt: skip

        return even

    def refuse(sessions, site, steps):
        raise InputError("needs batteries")

    for name, run in (("balanced", over(2.0)), ("peak_minimal", over(6.0)), ("shy", refuse)):
        monkeypatch.setitem(strategy._KNOWN, name, run)


@pytest.mark.usefixtures("others")
def test_refusals_prices_and_advice_are_told(store):
    supply = (SiteSupply(price_eur_per_kwh=0.3), SiteSupply())
    region = region_with(grid_connection_kw=[9000.0, 9000.0], supply=supply)
    outcome = scenarios.outcome_of(region, store=store)
    found = scenarios.charging_options(
        outcome, sites=["werk"], strategies=["uncontrolled", "balanced", "peak_minimal", "shy"]
    )
    table = found.strategies.set_index("strategy")
    assert table.loc["shy", "refused"] == "strategy 'shy': needs batteries"
    assert np.isnan(table.loc["shy", "peak_kw"])
    assert table.loc["uncontrolled", "cost_eur"] == pytest.approx(0.3 * table.loc["uncontrolled", "energy_kwh"])
    assert len(found.advice) == 1
    assert found.advice[0]["en"].startswith("Werk: balanced charging draws ")
    assert "staffelt" in found.advice[0]["de"]


def test_what_a_programme_refuses_has_no_worth_and_leaves_the_rest(store):
    """Energy worth more sold than bought: no least cost is sure, all else is."""
    supply = (SiteSupply(price_eur_per_kwh=0.05, feed_in_eur_per_kwh=0.1, pv_kw=9000.0), SiteSupply())
    outcome = scenarios.outcome_of(region_with(supply=supply), store=store)
    found = scenarios.charging_options(outcome, sites=["werk"], strategies=["uncontrolled", "cost_minimal"])
    refused = found.strategies.set_index("strategy")["refused"]
    assert "worth more sold than bought" in refused["cost_minimal"]
    limits = found.limits.iloc[0]
    assert np.isnan(limits["eur_per_kw"])
    assert np.isfinite(limits[["kwh_per_kw", "kwh_per_point", "kw_per_min"]].astype(float)).all()


def test_a_site_goes_along_the_curve_with_its_own_odds(store):
    """As when the year is set; a share that is set by hand is not one of the curve, and the region's is told."""
    region = made_region()
    year, share = int(region.parameters.value("scenario_year")) + 6, 0.1
    region = replace(region, sites=replace(region.sites, electric_share=share))
    then = float(
        MEASURE_ADAPTER.validate_python({"type": "set_year", "year": year}).apply(region).sites.electric_share[0]
    )
    assert then > 1.5 * share
    assert _curves(region, 0)["expected"](then) == pytest.approx(year)
    by_hand = MEASURE_ADAPTER.validate_python({"type": "electric_share", "share": 0.2, "site": "werk"}).apply(region)
    assert _curves(by_hand, 0)["expected"](0.2) > _curves(region, 0)["expected"](0.2) + 2.0


@pytest.mark.parametrize(("given", "words"), [
    ({"strategies": ["magic"]}, "strategy 'magic' is not known"),
    ({"sites": ["mars"]}, "site 'mars' is not known"),
    ({"served_share": 0.0}, "served_share: 0.0 must lie in"),
])  # fmt: skip
def test_refusals(outcome, given, words):
    with pytest.raises(InputError, match=words):
        scenarios.charging_options(outcome, **given)
