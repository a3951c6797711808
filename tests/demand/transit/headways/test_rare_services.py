"""Services so rare that nobody stands at the stop for half their headway."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import Crowding, HeadwayWaits, JourneyWeights, TravelWindow, VehicleSizes
from itas_mobility.demand.transit import assign_transit, skim_transit
from itas_mobility.errors import DemandError
from itas_mobility.network.transit import timetable_from_headways
from oracles.transit_networks import access, network, od, zones

DAY = TravelWindow(4 * 3600.0, 24 * 3600.0)
WEIGHTS = JourneyWeights(1.75, 1.5, 300.0)
PLAIN = JourneyWeights(1.0, 1.0, 0.0)
CAP_S = 1800.0


def lines(*headways_min, run_s=600.0):
    """Lines side by side between two stops, the first the quickest, 120 s of walk at either end."""
    patterns = [
        (f"p{i}", str(i), ["P", "Q"], [run_s + 10.0 * i], 60.0 * headway) for i, headway in enumerate(headways_min)
    ]
    return network(["P", "Q"], patterns), access(2, 2, [(0, 0, 120.0), (1, 1, 120.0)])


def skim(*headways_min, max_wait_s=CAP_S):
    transit, legs = lines(*headways_min)
    skims = skim_transit(transit, legs, zones(2), window=DAY, weights=WEIGHTS, waits=HeadwayWaits(0.5, max_wait_s))
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


def test_every_longer_headway_costs_more_and_less_so_the_longer_it_is():
    headways = np.array([10, 20, 30, 45, 59, 60, 61, 90, 120, 240, 480, 1440])
    perceived = np.array([skim(h)["perceived_s"] for h in headways]) / 60.0
    slope = np.diff(perceived) / np.diff(headways)
    assert (slope > 0.2).all()
    assert (np.diff(slope) < 1e-9).all()
    # standing half a headway at 1.5 up to the cap, then the shift to the nearest departure, a quarter of it, at 1
    np.testing.assert_allclose(slope[:5], 0.75)
    np.testing.assert_allclose(slope[5:], 0.25)


def test_nobody_stands_longer_than_the_cap_and_the_rest_is_adaptation():
    assert skim(60)["wait_s"] == pytest.approx(CAP_S)
    assert skim(60)["adaptation_s"] == pytest.approx(0.0)
    rare = skim(240)
    assert rare["wait_s"] == pytest.approx(CAP_S)
    assert rare["adaptation_s"] == pytest.approx((0.5 * 240 * 60 - CAP_S) / 2)
    assert rare["time_s"] == pytest.approx(240 + CAP_S + 600)
    assert skim(240, max_wait_s=np.inf)["wait_s"] == pytest.approx(0.5 * 240 * 60)
    assert skim(240, max_wait_s=np.inf)["adaptation_s"] == 0.0


def test_beyond_the_cap_headways_weigh_as_the_timetable_they_stand_for():
    """On a timetable with departures every h the mean shift is h / 4."""
    by_headway, by_trips = [], []
    for headway in (120, 240):
        transit, legs = lines(headway)
        period = {"window": TravelWindow(8 * 3600.0, 16 * 3600.0), "weights": WEIGHTS}
        by_headway.append(skim_transit(transit, legs, zones(2), **period)["perceived_s"][0, 1])
        trips = timetable_from_headways(transit)
        by_trips.append(skim_transit(trips, legs, zones(2), **period)["perceived_s"][0, 1])
    assert by_headway[1] - by_headway[0] == pytest.approx(by_trips[1] - by_trips[0]) == pytest.approx(1800.0)


def test_a_line_once_a_day_takes_its_share_of_departures_and_no_more():
    assert boardings(60, 1440) == pytest.approx([96.0, 4.0])
    assert boardings(240, 480) == pytest.approx([200 / 3, 100 / 3])


def test_two_rare_lines_are_as_good_as_one_with_their_departures():
    # the runs of both take 600 and 610 s
    together, alone = skim(240, 240), skim(120)
    assert together["wait_s"] == pytest.approx(alone["wait_s"])
    assert together["adaptation_s"] == pytest.approx(alone["adaptation_s"])
    assert together["perceived_s"] == pytest.approx(alone["perceived_s"] + 5.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([5, 20, 45, 60, 75, 120, 300, 1440]), min_size=1, max_size=5),
    st.sampled_from([5, 30, 90, 240, 1440]),
    st.sampled_from([900.0, 1800.0, np.inf]),
)
def test_a_further_line_never_costs_and_the_parts_are_the_whole(headways, further, cap_s):
    before, after = (skim(*h, max_wait_s=cap_s) for h in (headways, [*headways, further]))
    assert after["perceived_s"] <= before["perceived_s"] * (1.0 + 1e-12)
    for found in (before, after):
        assert found["perceived_s"] == pytest.approx(perceived_s(found, WEIGHTS), rel=1e-12)
        assert 0.0 <= found["wait_s"] <= cap_s * (1.0 + 1e-12)
        assert found["adaptation_s"] >= 0.0


def least_over_sets_s(headways_min, cap_s, run_s=600.0):
    """The definition: the set of lines that costs least, of its wait all up to the cap and half of the rest."""
    found = np.inf
    rides = [run_s + 10.0 * i for i in range(len(headways_min))]
    for n in range(1, len(headways_min) + 1):
        for chosen in combinations(range(len(headways_min)), n):
            rate = np.array([1.0 / (0.5 * 60.0 * headways_min[i]) for i in chosen])
            wait_s = 1.0 / rate.sum()
            ride_s = float((rate * [rides[i] for i in chosen]).sum() * wait_s)
            felt_s = WEIGHTS.wait_weight * min(wait_s, cap_s) + max(wait_s - cap_s, 0.0) / 2.0
            found = min(found, felt_s + ride_s)
    return found + 240.0 * WEIGHTS.walk_weight


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([5, 20, 45, 60, 75, 120, 300, 1440]), min_size=1, max_size=5),
    st.sampled_from([300.0, 1800.0, np.inf]),
    st.sampled_from([600.0, 60.0]),
)
def test_strategies_are_the_best_of_all_sets_of_lines(headways, cap_s, run_s):
    transit, legs = lines(*headways, run_s=run_s)
    skims = skim_transit(transit, legs, zones(2), window=DAY, weights=WEIGHTS, waits=HeadwayWaits(0.5, cap_s))
    assert skims["perceived_s"][0, 1] == pytest.approx(least_over_sets_s(headways, cap_s, run_s), rel=1e-12)


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


def test_crowding_is_felt_on_rare_lines_too():
    """Both go every 240 minutes, so that people come by the timetable, and shift 3600 s for one, 1800 s for the first
    of both. Empty, the slow line is not worth taking: 5000 s against 3600 + 900 s. Filled up, the quick one is as good
    as taking whatever goes first: 3600 s + weight * 900 s = 5000 s."""
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


def test_weights_that_would_make_rare_services_worse_than_standing_are_refused():
    transit, legs = lines(60)
    for adaptation_weight in (3.1, 0.0):
        options = {"window": DAY, "weights": replace(WEIGHTS, adaptation_weight=adaptation_weight)}
        with pytest.raises(DemandError, match="adaptation_weight"):
            skim_transit(transit, legs, zones(2), **options)
        with pytest.raises(DemandError, match="adaptation_weight"):
            assign_transit(transit, legs, od(2, {(0, 1): 1.0}), **options)


def test_a_line_that_does_not_run_is_not_boarded():
    transit, legs = lines(60)
    night = replace(transit, headway_s=np.full((1, 1), np.inf))
    assert np.isinf(skim_transit(night, legs, zones(2), window=DAY, weights=WEIGHTS)["perceived_s"]).all()
