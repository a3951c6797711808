"""Skims along used paths: path by path, kilometres by link and by pair, what does not hang on a tie, classes."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.user_class import UserClass
from itas_mobility.demand import assign, proportionate, skim, skim_used
from itas_mobility.errors import ConvergenceWarning, DemandError, NetworkError
from oracles.road_networks import Link, linear, od, random_grid, road_network
from oracles.route_flows import route_flows

seeds = st.integers(0, 2**32 - 1)


def with_lengths(roads, seed):
    """A network whose lengths have nothing to do with its times, so that paths of equal time differ in length."""
    rng = np.random.default_rng(seed)
    return replace(roads, length_m=rng.uniform(100.0, 900.0, roads.n_links), toll_eur=rng.uniform(0, 1, roads.n_links))


def two_ways():
    """From 0 to 1 over 2: a short way of 10 s + volume, and one four times as long of 20 s."""
    links = [linear(0, 2, 0.0, 0.0), linear(2, 3, 10.0, 1.0), Link(2, 3, 20.0), Link(3, 1, 0.0)]
    roads = road_network(links, 4, 2)
    return replace(roads, length_m=np.where(roads.free_time_s == 20.0, 4000.0, np.where(roads.tail == 2, 1000.0, 0.0)))


def test_mean_of_two_ways_by_hand():
    roads = two_ways()
    trips = od(2, {(0, 1): 40.0})  # 10 of them make the short way as slow as the long one
    found = assign(roads, trips, relative_gap=1e-12)
    used = skim_used(roads, trips, found)
    assert used["length_m"][0, 1] == pytest.approx((10 * 1000 + 30 * 4000) / 40, rel=1e-9)
    assert used["time_s"][0, 1] == pytest.approx(20.0, rel=1e-9)


@pytest.mark.parametrize("tiny", [0, 1])
def test_a_way_whose_trips_are_below_rounding_takes_nothing_from_the_mean(tiny):
    """Shares of 1 and of 1e-20: which of both ways stands first in the bush makes no difference."""
    roads = two_ways()
    trips = od(2, {(0, 1): 40.0})
    found = assign(roads, trips, relative_gap=1e-12)
    bushes = found.bushes
    ways = np.flatnonzero(roads.tail[bushes.link] == 2)  # side by side, as both lead to 3
    volume = np.full(len(bushes.link), 40.0)
    volume[ways[tiny]] = 1e-18
    by_link = np.bincount(bushes.link, volume, minlength=roads.n_links)
    moved = replace(found, volume_veh_per_h=by_link, bushes=replace(bushes, volume_veh_per_h=volume))
    used = skim_used(roads, trips, moved)
    assert used["length_m"][0, 1] == pytest.approx(float(roads.length_m[bushes.link[ways[1 - tiny]]]), rel=1e-12)


def test_pairs_without_trips_take_the_quickest_way_and_of_equally_quick_ones_the_shortest():
    links = [Link(0, 2, 1.0), Link(2, 3, 10.0), Link(2, 3, 10.0), Link(3, 1, 1.0), Link(1, 0, 5.0)]
    roads = road_network(links, 4, 2)
    for longer in (1, 2):
        length = np.full(roads.n_links, 100.0)
        length[np.flatnonzero(roads.tail == 2)[longer - 1]] = 700.0
        unequal = replace(roads, length_m=length)
        trips = od(2, {(1, 0): 3.0})
        used = skim_used(unequal, trips, assign(unequal, trips))
        assert used["length_m"][0, 1] == pytest.approx(300.0)
        assert used["time_s"][0, 1] == 12.0
        assert skim(unequal)["length_m"][0, 1] == pytest.approx(300.0)


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans())
def test_same_as_path_by_path(seed, proportional):
    roads, trips = random_grid(seed, connectors=True)
    roads = with_lengths(roads, seed)
    trips = replace(trips, trips=trips.trips * 3, duration_h=3.0)
    found = assign(roads, trips, relative_gap=1e-11, max_iterations=100)
    if proportional:
        found = proportionate(roads, trips, found)
    energy = roads.length_m * found.time_s
    used = skim_used(
        roads, trips, found, matrices=["length_m", "toll_eur", "cost_s"], link_values={"energy_kwh": energy}
    )
    along = {"length_m": roads.length_m, "toll_eur": roads.toll_eur, "cost_s": found.cost_s, "energy_kwh": energy}
    expected = {name: np.zeros((roads.n_zones, roads.n_zones)) for name in along}
    flow_of = np.zeros((roads.n_zones, roads.n_zones))
    for (_, origin, to, links), flow in route_flows(roads, [trips], found).items():
        flow_of[origin, to] += flow
        for name, value in along.items():
            expected[name][origin, to] += flow * value[list(links)].sum()
    has_trips = flow_of > 0
    assert has_trips.any()
    for name, total in expected.items():
        np.testing.assert_allclose(used[name][has_trips], total[has_trips] / flow_of[has_trips], rtol=1e-9)
    best = skim(roads, time_s=found.time_s)
    beside = ~has_trips & ~np.eye(roads.n_zones, dtype=bool)
    np.testing.assert_array_equal(used["length_m"][beside], best["length_m"][beside])


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_kilometres_by_link_are_kilometres_by_pair(seed):
    roads, trips = random_grid(seed, connectors=True)
    roads = with_lengths(roads, seed)
    found = proportionate(roads, trips, assign(roads, trips, relative_gap=1e-11, max_iterations=100))
    used = skim_used(roads, trips, found)
    between = trips.trips * ~np.eye(roads.n_zones, dtype=bool)
    driven = between > 0
    for name, value in (("length_m", roads.length_m), ("time_s", found.time_s)):
        by_pair = (between[driven] * used[name][driven]).sum() / trips.duration_h
        assert by_pair == pytest.approx(float(found.volume_veh_per_h @ value), rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_noise_on_times_moves_no_mean(seed):
    roads, trips = random_grid(seed)
    roads = with_lengths(roads, seed)
    rng = np.random.default_rng(seed)

    def lengths(noise):
        noisy = replace(roads, free_time_s=roads.free_time_s * (1.0 + noise * rng.standard_normal(roads.n_links)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = assign(noisy, trips, relative_gap=1e-14, max_iterations=200)
            return skim_used(noisy, trips, proportionate(noisy, trips, found))["length_m"]

    still = lengths(0.0)
    total = float((trips.trips * np.where(trips.trips > 0, still, 0.0)).sum())
    for noise in (1e-14, 1e-12):
        moved = float((trips.trips * np.where(trips.trips > 0, lengths(noise) - still, 0.0)).sum())
        assert abs(moved) <= 1e-7 * total


def test_classes_have_means_of_their_own():
    roads = two_ways()
    long_way = np.flatnonzero(roads.free_time_s == 20.0)
    banned = np.zeros(roads.n_links, dtype=bool)
    banned[long_way] = True
    classes = [
        UserClass("cars", od(2, {(0, 1): 38.0})),
        UserClass("lorries", od(2, {(0, 1): 1.0}), pce=2.0, banned=banned),
    ]
    found = assign(roads, classes, relative_gap=1e-12)
    cars, lorries = skim_used(roads, classes, found)
    assert lorries["length_m"][0, 1] == pytest.approx(1000.0)
    assert cars["length_m"][0, 1] == pytest.approx((8 * 1000 + 30 * 4000) / 38, rel=1e-9)


def test_bad_input_is_refused():
    roads = two_ways()
    trips = od(2, {(0, 1): 40.0})
    found = assign(roads, trips)
    with pytest.raises(NetworkError, match=r"matrices.*speed.*known: time_s, cost_s, length_m, toll_eur"):
        skim_used(roads, trips, found, matrices=["speed"])
    with pytest.raises(NetworkError, match="energy_kwh has shape"):
        skim_used(roads, trips, found, link_values={"energy_kwh": np.zeros(3)})
    with pytest.raises(DemandError, match="other trips"):
        skim_used(roads, od(2, {(0, 1): 50.0}), found)
    with pytest.raises(DemandError, match="does not know which trips"):
        skim_used(roads, trips, assign(roads, trips, algorithm="bfw"))
