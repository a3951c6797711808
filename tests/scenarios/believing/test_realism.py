"""Realism tests on a made region: signs, what moves them, what has no value, what is told."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import network, scenarios
from itas_mobility.core import CommuterStatistics, ODMatrix, PublishedRange, ServiceDays
from itas_mobility.demand.calibration import published_ranges
from itas_mobility.errors import InputError
from itas_mobility.scenarios.believing import perturbing, realism_texts
from itas_mobility.scenarios.believing.realism import (
    _TESTS,
    _car_km,
    _car_share,
    _car_trips,
    _transit_commuters,
    _Trials,
    published_misses,
)
from itas_mobility.scenarios.believing.realism_rows import range_text
from itas_mobility.words import Text

MONEY = "utility_per_eur"
ELASTICITIES = ("fuel_price", "fare", "headway_longer", "headway_shorter", "in_vehicle_time", "car_time")


def with_parameter(region, name, value):
    return replace(region, parameters=region.parameters.with_value(name, value, source="test"))


@pytest.fixture(scope="module")
def region():
    return made_region()


@pytest.fixture(scope="module")
def store():
    return scenarios.StageStore()


@pytest.fixture(scope="module")
def found(region, store):
    return scenarios.realism(region, store=store, progress=False)


@pytest.fixture(scope="module")
def trials(region, store):
    return _Trials(region, scenarios.RunSettings(), store)


def test_every_answer_is_a_fall(found):
    for name in ELASTICITIES:
        assert -5.0 < found[name].short < 0.0, name
        assert found[name].effect("short") == pytest.approx(
            100 * ((0.9 if name == "headway_shorter" else 1.1) ** found[name].short - 1)
        )
    assert found["headway_ratio"].short == pytest.approx(found["headway_longer"].short / found["headway_shorter"].short)


def test_a_thinned_out_line_loses_boardings_and_one_without_any_has_no_figure(region, found):
    """Nobody takes the school bus, as it brings nobody home; line 1 made hourly is taken."""
    assert math.isnan(found["hourly_to_two_hourly"].short)
    assert found["hourly_to_two_hourly"].reason == realism_texts.NOBODY
    lines = replace(region.transit, headway_s=np.full((3, 2), 3600.0))
    thinned = scenarios.realism(replace(region, transit=lines), progress=False)["hourly_to_two_hourly"]
    assert -100.0 <= thinned.short < -5.0, "all are lost where no departure meets the shift any more"
    assert "2 Linien" in thinned.remark.de


def quantities(trials, region):
    world = trials.of_region(region)
    return _transit_commuters(world, world.short), _car_trips(world, world.short), _car_km(world, world.short)


@pytest.mark.parametrize("change", [perturbing.dearer_fares, perturbing.longer_headways, perturbing.slower_lines])
def test_dearer_rarer_or_slower_lines_never_gain_riders(trials, region, change):
    riders = [quantities(trials, change(region, factor))[0] for factor in (0.5, 0.8, 1.0, 1.05, 1.3, 2.0)]
    assert (np.diff(riders) < 0).all(), riders


def test_dearer_fuel_never_gains_drivers(trials, region):
    _, trips, km = zip(
        *(quantities(trials, perturbing.dearer_fuel(region, f)) for f in (0.5, 1.0, 1.1, 2.0)), strict=True
    )
    assert (np.diff(trips) < 0).all()
    assert (np.diff(km) < 0).all()


def with_spaces_for_all(region):
    """Where spaces are short, a price takes the place of the shadow price first."""
    return replace(region, sites=replace(region.sites, parking_spaces=np.full(len(region.sites), 1e5)))


def test_a_price_of_parking_lowers_the_car_share_there_and_the_more_the_dearer(trials, region):
    region = with_spaces_for_all(region)
    worlds = [trials.of_region(perturbing.priced_parking(region, [0], price)) for price in (0.0, 1.0, 3.0, 10.0)]
    there = [_car_share(one.short, region.sites.zone[[0]]) for one in worlds]
    elsewhere = [_car_share(one.short, region.sites.zone[[1]]) for one in worlds]
    assert (np.diff(there) < 0).all()
    assert np.ptp(elsewhere) < 0.1 * np.ptp(there)


def test_where_money_does_not_matter_prices_have_no_elasticity(region):
    """No test gives a constant: what it answers to is in the model and not in the test."""
    free = scenarios.realism(with_parameter(with_spaces_for_all(region), MONEY, 1e-12), progress=False)
    assert free["fuel_price"].short == pytest.approx(0.0, abs=1e-9)
    assert free["fare"].short == pytest.approx(0.0, abs=1e-9)
    assert free["headway_longer"].short < -0.01
    assert free["fare"].within is False
    assert free["fare"].reason == realism_texts.WEAKER["fare"]


def test_where_money_matters_more_prices_do(region, found):
    keen = scenarios.realism(with_parameter(region, MONEY, 1.5 * region.parameters.value(MONEY)), progress=False)
    assert keen["fuel_price"].short < 1.1 * found["fuel_price"].short
    assert keen["fare"].short < 1.1 * found["fare"].short


def test_where_time_in_lines_does_not_matter_they_may_be_slow(region, found):
    patient = scenarios.realism(with_parameter(region, "time_pt_per_h", -1e-6), progress=False)
    for name in ("headway_longer", "headway_shorter", "in_vehicle_time"):
        assert abs(patient[name].short) < 0.05 * abs(found[name].short), name
    assert patient["fare"].short < -0.01


def test_where_time_in_cars_does_not_matter_roads_may_be_slow(region):
    patient = scenarios.realism(with_parameter(region, "time_car_per_h", 0.0), progress=False)
    assert patient["car_time"].short == pytest.approx(0.0, abs=1e-9)


def test_a_smaller_step_gives_nearly_the_same_and_no_kink(region, found, store):
    small = scenarios.realism(region, store=store, step=0.01, progress=False)
    for name in ("fuel_price", "fare", "in_vehicle_time"):
        assert small[name].short == pytest.approx(found[name].short, rel=0.1)
    assert "1 %" in small["fare"].change.de
    assert "10 %" in found["fare"].change.de


def test_what_is_left_open_by_the_solver_moves_no_figure_that_is_shown(region, found, store):
    exact = scenarios.realism(region, settings=scenarios.RunSettings(), store=store, progress=False)
    for name in ELASTICITIES:
        assert found[name].short == pytest.approx(exact[name].short, abs=1e-5), name


def test_the_baseline_is_balanced_and_stays_so_under_congestion(found):
    for name in ("demand_supply_gap", "gap_under_congestion"):
        assert 0 <= found[name].short < 1e-6
        assert found[name].within is True
    assert found["gap_under_congestion"].short != found["demand_supply_gap"].short


def test_the_long_run_answers_at_least_as_strongly_to_the_price_of_fuel(found):
    assert found["fuel_price"].long < found["fuel_price"].short < 0
    assert found["car_time"].long < 0


def test_a_timetable_is_not_stretched(region):
    days = ServiceDays(["Mo-Fr"], (network.transit.timetable_from_headways(region.transit),))
    timed = scenarios.realism(replace(region, timetable=days), progress=False)
    for name in ("headway_longer", "headway_shorter", "headway_ratio", "hourly_to_two_hourly", "in_vehicle_time"):
        assert math.isnan(timed[name].short)
        assert timed[name].within is None
        assert timed[name].reason == realism_texts.NOT_FOR_TIMETABLES
    assert timed["fare"].short < 0


def test_without_hourly_lines_or_statistics_there_is_no_figure(region, found):
    assert found["published_pairs"].reason == realism_texts.NO_STATISTICS
    lines = replace(region.transit, headway_s=np.where(np.isfinite(region.transit.headway_s), 1800.0, np.inf))
    often = scenarios.realism(replace(region, transit=lines), progress=False)
    assert often["hourly_to_two_hourly"].reason == realism_texts.NO_HOURLY_LINE
    assert "Eine Linie" in found["hourly_to_two_hourly"].remark.de


def test_published_figures_are_pairs_of_kreise_and_of_municipalities_and_totals(region):
    zones = replace(
        region.zones, district=["14524", "14524", "14524", "09475"],
        municipality=["14524000", "14524010", "14524000", "09475000"], employed_residents=np.full(4, 100.0),
    )  # fmt: skip
    commuters = ODMatrix(zones.zone_id, np.arange(16.0).reshape(4, 4), label="made")
    # rows 0 to 2 to column 3: 21; row 1 to columns 0 and 2: 10; row 3 to columns 0 to 2: 39
    statistics = CommuterStatistics(
        ["14524", "14524010", "09475"], ["09475", "14524000", "14524"], [10.0, 30.0, 50.0], 2023, "made",
        rounding=10.0, total_district=["14524"], in_commuters=[50.0], out_commuters=[10.0],
    )  # fmt: skip
    misses = published_misses(commuters, zones, statistics)
    assert sorted(round(miss, 6) for miss in misses.values() if miss > 0.0) == [6.0, 6.0, 6.0, 6.0, 15.0]


def test_statistics_that_are_not_met_are_told(region, store):
    """The pair of the only district is met by what `commute` does; a second one that nobody lives in is not."""
    with_figures = replace(region, commuters=CommuterStatistics(["14524"], ["14524"], [1500.0], 2023, "made"))
    met = scenarios.realism(with_figures, store=store, progress=False)["published_pairs"]
    assert met.short < 1e-6
    assert met.within is True
    assert math.isnan(met.effect("short")), "no elasticity"
    assert met.remark.de == "1 veröffentlichte Zahlen, alle im Rahmen ihrer Rundung getroffen."
    off = realism_texts.worst_figure(2, "the pair 14524 -> 09475", 15.0)
    assert off.de == "2 veröffentlichte Zahlen; am weitesten ab liegt das Paar 14524 → 09475."
    assert off.en == "2 published figures; farthest off is the pair 14524 -> 09475."


def test_all_tests_have_words_and_all_ranges_a_test(found):
    for texts in (realism_texts.TITLES, realism_texts.CHANGES, realism_texts.WEAKER, realism_texts.STRONGER):
        assert set(texts) == set(_TESTS)
    assert {one.test for one in published_ranges()} == set(_TESTS)
    assert [row.name for row in found] == list(_TESTS)
    assert all(row.bars for row in found), "each test is judged by something"
    for row in found:
        assert row.reason is not None or row.within is True
        assert "{" not in row.change.de + row.change.en


def row_with(value, *bars):
    ranges = tuple(PublishedRange("fare", horizon, low, high, "bar", "R1", 2000, "made") for horizon, low, high in bars)
    text = Text("a", "a")
    return scenarios.RealismRow("fare", text, text, Text("", ""), 2, value, math.nan, ranges)


def test_a_row_is_within_if_all_its_bars_are_met_and_known():
    short, long = ("short", -0.5, -0.1), ("long", -1.0, -0.2)
    assert row_with(-0.3, short).within is True
    assert row_with(-0.6, short).within is False
    assert row_with(-0.3, short, long).within is None, "the long run is not known"
    assert row_with(-0.6, short, long).within is False, "one bar is missed, whatever the other"
    assert row_with(-0.3).within is None
    assert row_with(math.nan, short).within is None


def test_reasons_tell_weak_strong_and_wrong(region, found):
    from itas_mobility.scenarios.believing.realism import _judged

    def reason(value):
        return _judged(row_with(value, ("short", -0.5, -0.1))).reason

    assert reason(-0.3) is None
    assert reason(-0.05) == realism_texts.WEAKER["fare"]
    assert reason(-0.7) == realism_texts.STRONGER["fare"]
    assert reason(0.2) == realism_texts.WRONG_SIGN


def test_what_is_shown(found):
    frame = found.to_dataframe()
    assert len(frame) == 2 * len(found)
    fuel = frame[(frame["test"] == "fuel_price") & (frame["horizon"] == "long")].iloc[0]
    assert (fuel["low"], fuel["high"], fuel["mark"]) == (-0.35, -0.15, "R2")
    assert fuel["value"] == found["fuel_price"].long < 0.0
    assert fuel["within"] in (True, False)
    assert set(frame.loc[frame["within"].notna(), "within"]) <= {True, False}
    told = json.loads(json.dumps(found.to_mapping(), allow_nan=False))
    assert [one["name"] for one in told["tests"]] == list(_TESTS)
    assert told["stylised"] is True
    assert told["met"] == found.n_met
    assert "Realism of Gemachte Region (stylised)" in found._repr_html_()
    assert repr(found).startswith(f"Realism(Gemachte Region, {found.n_met} of {len(found)} tests met")
    with pytest.raises(InputError, match="realism test 'fares' is not known; known: fuel_price, fare"):
        found["fares"]


@pytest.mark.parametrize(
    ("changes", "de", "en"),
    [
        ({}, "−0,50 bis −0,15", "−0.50 to −0.15"),
        ({"low": -0.15}, "−0,15", "−0.15"),
        ({"low": -2.0, "high": 0.0, "excludes_edges": True}, "zwischen −2 und 0", "between −2 and 0"),
        ({"low": -math.inf, "high": 0.0, "excludes_edges": True}, "unter 0", "below 0"),
        ({"low": -math.inf}, "bis −0,15", "up to −0.15"),
        ({"high": math.inf}, "ab −0,5", "from −0.5"),
        ({"low": 0.8, "high": 1.25}, "0,80 bis 1,25", "0.80 to 1.25"),
        ({"low": 0.0, "high": 1e-6}, "0 bis 1,0 · 10⁻⁶", "0 to 1.0 · 10⁻⁶"),
    ],
)
def test_ranges_in_words(changes, de, en):
    bar = PublishedRange("fare", "short", -0.5, -0.15, "bar", "R1", 2000, "made")
    assert range_text(replace(bar, **changes)) == Text(de, en)


@pytest.mark.parametrize("step", [0.0, -0.1, 0.6, math.nan])
def test_a_step_out_of_bounds_is_refused(region, step):
    with pytest.raises(InputError, match=r"must lie above 0 and not above 0\.5"):
        scenarios.realism(region, step=step)
