"""Travellers who plan one boarding of their journey by the timetable, and come at random to the others."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import Crowding, HeadwayWaits, JourneyWeights, SearchLimits, TravelWindow, VehicleSizes
from itas_mobility.demand.transit import assign_transit, mean_schedule_delay_s, skim_transit
from itas_mobility.errors import DemandError
from itas_mobility.network.transit import timetable_from_headways
from oracles.transit_networks import access, network, od, zones

DAY = TravelWindow(4 * 3600.0, 24 * 3600.0)
SHIFT = TravelWindow(13 * 3600.0, 13.5 * 3600.0, arrive_by=True, extra_s=(3600.0, 0.0))
"""Half an hour of wishes before a shift; nobody is late."""
WEIGHTS = JourneyWeights(1.75, 1.5, 300.0)
PLAIN = JourneyWeights(1.0, 1.0, 0.0)
HEADWAYS_MIN = (10, 20, 30, 45, 59, 60, 61, 90, 120, 240, 480, 1440)


def lines(*headways_min, run_s=600.0):
    """Lines side by side between two stops, the first the quickest, 120 s of walk at either end."""
    patterns = [
        (f"p{i}", str(i), ["P", "Q"], [run_s + 10.0 * i], 60.0 * headway) for i, headway in enumerate(headways_min)
    ]
    return network(["P", "Q"], patterns), access(2, 2, [(0, 0, 120.0), (1, 1, 120.0)])


def skim(*headways_min, window=DAY):
    transit, legs = lines(*headways_min)
    skims = skim_transit(transit, legs, zones(2), window=window, weights=WEIGHTS, period=DAY)
    return {name: float(matrix[0, 1]) for name, matrix in skims.items()}


def boardings(*headways_min):
    transit, legs = lines(*headways_min)
    loads = assign_transit(transit, legs, od(2, {(0, 1): 100.0}), window=DAY, weights=WEIGHTS)
    return loads.boardings[::2].tolist()


def perceived_s(parts, weights):
    """The parts of a journey, weighted."""
    return (
        weights.walk_weight * parts["walk_s"] + weights.wait_weight * parts["wait_s"] + parts["in_vehicle_s"]
        + weights.adaptation_weight * parts["adaptation_s"] + weights.transfer_penalty_s * (parts["boardings"] - 1.0)
    )  # fmt: skip


def delay_s(headway_min, window=DAY):
    return float(mean_schedule_delay_s(np.array([60.0 * headway_min]), window=window)[0])


@pytest.mark.parametrize("window", [DAY, SHIFT])
def test_every_longer_headway_costs_more_and_nobody_stands_at_the_stop(window):
    found = [skim(h, window=window) for h in HEADWAYS_MIN]
    assert (np.diff([one["perceived_s"] for one in found]) > 0).all()
    assert [one["wait_s"] for one in found] == [0.0] * len(HEADWAYS_MIN)
    assert [one["adaptation_s"] for one in found] == pytest.approx([delay_s(h, window) for h in HEADWAYS_MIN])


@pytest.mark.parametrize("window", [DAY, SHIFT])
def test_the_slope_does_not_jump_anywhere(window):
    """One-sided differences agree on either side of each of these headways, an hour among them."""
    for headway_min in HEADWAYS_MIN:
        below, at, above = (skim(headway_min + step, window=window)["perceived_s"] for step in (-0.1, 0.0, 0.1))
        assert above - at == pytest.approx(at - below, rel=0.01), headway_min


@pytest.mark.parametrize("headway_min", [15, 20, 40])
@pytest.mark.parametrize("window", [SHIFT, TravelWindow(13 * 3600.0, 15 * 3600.0, extra_s=(3600.0, 3600.0))])
def test_headways_cost_what_the_timetable_does_in_the_mean_over_its_phases(headway_min, window):
    transit, legs = lines(headway_min)
    phases_s = (np.arange(60) + 0.5) / 60 * 60.0 * headway_min
    by_trips = [
        skim_transit(timetable_from_headways(replace(transit, offset_s=[phase_s])), legs, zones(2), window=window,
                     weights=WEIGHTS)["perceived_s"][0, 1]
        for phase_s in phases_s
    ]  # fmt: skip
    assert skim(headway_min, window=window)["perceived_s"] == pytest.approx(np.mean(by_trips), rel=0.01)


def test_lines_share_travellers_by_their_departures():
    assert boardings(60, 1440) == pytest.approx([96.0, 4.0])
    assert boardings(240, 480) == pytest.approx([200 / 3, 100 / 3])


def test_two_lines_are_as_good_as_one_with_their_departures():
    # the runs of both take 600 and 610 s
    together, alone = skim(240, 240), skim(120)
    assert together["adaptation_s"] == pytest.approx(alone["adaptation_s"])
    assert together["perceived_s"] == pytest.approx(alone["perceived_s"] + 5.0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([5, 20, 45, 60, 75, 120, 300, 1440]), min_size=1, max_size=5),
    st.sampled_from([5, 30, 90, 240, 1440]),
    st.sampled_from([DAY, SHIFT]),
)
def test_a_further_line_never_costs_and_the_parts_are_the_whole(headways, further, window):
    before, after = (skim(*h, window=window) for h in (headways, [*headways, further]))
    assert after["perceived_s"] <= before["perceived_s"] * (1.0 + 1e-12)
    for found in (before, after):
        assert found["perceived_s"] == pytest.approx(perceived_s(found, WEIGHTS), rel=1e-12)


def least_over_sets_s(headways_min, run_s, window):
    """The definition: the set of lines that costs least."""
    found = np.inf
    rides = [run_s + 10.0 * i for i in range(len(headways_min))]
    for n in range(1, len(headways_min) + 1):
        for chosen in combinations(range(len(headways_min)), n):
            rate = np.array([1.0 / delay_s(headways_min[i], window) for i in chosen])
            ride_s = float((rate * [rides[i] for i in chosen]).sum() / rate.sum())
            found = min(found, 1.0 / rate.sum() + ride_s)
    return found + 240.0 * WEIGHTS.walk_weight


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([5, 20, 45, 60, 75, 120, 300, 1440]), min_size=1, max_size=5),
    st.sampled_from([600.0, 60.0]),
    st.sampled_from([DAY, SHIFT]),
)
def test_strategies_are_the_best_of_all_sets_of_lines(headways, run_s, window):
    transit, legs = lines(*headways, run_s=run_s)
    skims = skim_transit(transit, legs, zones(2), window=window, weights=WEIGHTS, period=DAY)
    assert skims["perceived_s"][0, 1] == pytest.approx(least_over_sets_s(headways, run_s, window), rel=1e-12)


def changing(first_min, second_min, **options):
    """P - Q - R by two lines."""
    patterns = [
        ("a", "1", ["P", "Q"], [300.0], 60.0 * first_min), ("b", "2", ["Q", "R"], [300.0], 60.0 * second_min),
    ]  # fmt: skip
    transit, legs = network(["P", "Q", "R"], patterns), access(3, 3, [(k, k, 60.0) for k in range(3)])
    skims = skim_transit(transit, legs, zones(3), window=DAY, weights=WEIGHTS, **options)
    return {name: float(matrix[0, 2]) for name, matrix in skims.items()}


def test_the_rarer_line_is_planned_and_the_other_one_waited_for_whichever_comes_first():
    for headways in ((10, 60), (60, 10)):
        found = changing(*headways)
        assert found["adaptation_s"] == pytest.approx(delay_s(60))
        assert found["wait_s"] == pytest.approx(300.0)
        assert found["boardings"] == pytest.approx(2.0)
    by_chance = changing(10, 60, waits=HeadwayWaits(plans_ahead=False))
    assert (by_chance["wait_s"], by_chance["adaptation_s"]) == pytest.approx((2100.0, 0.0))


def test_a_change_costs_what_it_does_on_the_timetable_in_the_mean_over_phases():
    """A tram every 10 minutes, a bus every 60: the mean over all phases of the tram and the bus."""
    patterns = [("a", "1", ["P", "Q"], [300.0], 600.0, 0.0), ("b", "2", ["Q", "R"], [300.0], 3600.0, 0.0)]
    legs, window = access(3, 3, [(k, k, 60.0) for k in range(3)]), TravelWindow(10 * 3600.0, 14 * 3600.0)
    transit, by_trips = network(["P", "Q", "R"], patterns), []
    for phase_s in (np.arange(10) + 0.5) * 60.0:
        trips = timetable_from_headways(replace(transit, offset_s=[phase_s, 0.0]))
        options = {"window": window, "weights": WEIGHTS, "limits": SearchLimits(min_transfer_s=0.0)}
        by_trips.append(skim_transit(trips, legs, zones(3), **options)["perceived_s"][0, 2])
    assert changing(10, 60)["perceived_s"] == pytest.approx(np.mean(by_trips), rel=0.01)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(HEADWAYS_MIN), min_size=4, max_size=4), st.integers(0, 3), st.sampled_from([DAY, SHIFT])
)
def test_a_longer_headway_never_gains_and_costs_whoever_rides_the_line(headways, row, window):
    patterns = [
        ("a", "1", ["P", "Q"], [300.0], 60.0 * headways[0]), ("b", "2", ["Q", "R"], [300.0], 60.0 * headways[1]),
        ("c", "3", ["P", "Q", "R"], [240.0, 240.0], 60.0 * headways[2]),
        ("d", "4", ["R", "P"], [400.0], 60.0 * headways[3]),
    ]  # fmt: skip
    transit, legs = network(["P", "Q", "R"], patterns), access(3, 3, [(k, k, 60.0 * k) for k in range(3)])
    longer = replace(transit, headway_s=np.where(np.arange(4)[:, None] == row, 1.5, 1.0) * transit.headway_s)
    options = {"window": window, "weights": WEIGHTS, "period": DAY}
    before, after = (skim_transit(one, legs, zones(3), **options)["perceived_s"] for one in (transit, longer))
    for i in range(3):
        for j in range(3):
            if np.isinf(before[i, j]):
                continue
            assert after[i, j] >= before[i, j] * (1.0 - 1e-12)
            loads = assign_transit(transit, legs, od(3, {(i, j): 1.0}), **options)
            if loads.boardings[transit.stop_ptr[row] : transit.stop_ptr[row + 1]].sum() > 1e-9:
                assert after[i, j] > before[i, j]


def journey_with_a_change(first_min, second_min, rival_min):
    """P - Q - R by two lines, or by a rare one straight through; everybody can change at Q."""
    patterns = [
        ("a", "1", ["P", "Q"], [300.0], 60.0 * first_min),
        ("b", "2", ["Q", "R"], [300.0], 60.0 * second_min),
        ("c", "3", ["P", "Q", "R"], [240.0, 240.0], 60.0 * rival_min),
    ]
    return network(["P", "Q", "R"], patterns), access(3, 3, [(k, k, 60.0 * k) for k in range(3)])


@pytest.mark.parametrize(
    ("headways_min", "wait_weight"), [((10, 10, 90), 1.5), ((120, 300, 240), 1.5), ((90, 20, 480), 0.5)]
)
def test_loads_perceive_what_skims_say(headways_min, wait_weight):
    transit, legs = journey_with_a_change(*headways_min)
    weights = replace(WEIGHTS, wait_weight=wait_weight)
    options = {"window": DAY, "weights": weights}
    skims = skim_transit(transit, legs, zones(3), **options)
    trips = od(3, {(0, 2): 40.0, (1, 2): 20.0, (0, 1): 10.0})
    loads = assign_transit(transit, legs, trips, **options)
    travels = trips.trips > 0
    for name, ridden in (
        ("boardings", loads.boardings.sum()),
        ("in_vehicle_s", (loads.volume * transit.run_time_s).sum()),
    ):
        assert ridden == pytest.approx((trips.trips[travels] * skims[name][travels]).sum()), name
    whole = perceived_s(skims, weights)
    np.testing.assert_allclose(whole[travels], skims["perceived_s"][travels], rtol=1e-12)


def test_crowding_is_felt_on_planned_boardings_too():
    """Both go every 240 minutes: people shift 3600 s for one, 1800 s for the first of both. Empty, the slow line is not
    worth taking: 5000 s against 3600 + 900 s. Filled up, the quick one is as good as taking whatever goes first:
    3600 s + weight * 900 s = 5000 s."""
    patterns = [("quick", "1", ["P", "Q"], [900.0], 14400.0), ("slow", "2", ["P", "Q"], [5000.0], 14400.0)]
    transit, legs = network(["P", "Q"], patterns), access(2, 2, [(0, 0, 120.0), (1, 1, 120.0)])
    crowding = Crowding(
        [40.0] * 8, [80.0] * 8, seated_factor=1.0, seated_growth=0.5, standing_factor=1.0, standing_growth=0.5,
        highest_load_factor=2.0, overload_weight=0.0,
    )  # fmt: skip
    wide = np.array([40.0, 1e6])
    vehicles = VehicleSizes(wide, 2.0 * wide)
    options = {"window": DAY, "weights": PLAIN, "vehicles": vehicles, "crowding": crowding, "relative_gap": 1e-9}
    few = assign_transit(transit, legs, od(2, {(0, 1): 1.0}), **options)
    assert few.boardings[[0, 2]].tolist() == pytest.approx([1.0, 0.0])
    # a quarter of a vehicle in the hour has 10 seats
    quick = 10.0 * np.log(1400.0 / 900.0) / 0.5
    many = assign_transit(transit, legs, od(2, {(0, 1): 12.0}), **options)
    assert many.converged
    assert many.boardings[[0, 2]].tolist() == pytest.approx([quick, 12.0 - quick], abs=1e-3)


def test_a_weight_that_would_make_rare_services_free_is_refused():
    transit, legs = lines(60)
    options = {"window": DAY, "weights": replace(WEIGHTS, adaptation_weight=0.0)}
    with pytest.raises(DemandError, match="adaptation_weight"):
        skim_transit(transit, legs, zones(2), **options)
    with pytest.raises(DemandError, match="adaptation_weight"):
        assign_transit(transit, legs, od(2, {(0, 1): 1.0}), **options)


def test_a_line_that_does_not_run_is_not_boarded():
    transit, legs = lines(60)
    night = replace(transit, headway_s=np.full((1, 1), np.inf))
    assert np.isinf(skim_transit(night, legs, zones(2), window=DAY, weights=WEIGHTS)["perceived_s"]).all()
