"""Stochastic assignment: closed forms, enumeration of routes, Fisk's objective, invariances, limits, bad input."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand import assign, assign_stochastic, load_stochastic
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.errors import ConvergenceWarning, DataWarning, DemandError
from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips
from oracles.road_networks import Link, in_given_order, linear, od, random_grid, road_network
from oracles.route_choice import Enumeration

seeds = st.integers(0, 2**32 - 1)
thetas = st.sampled_from([1e-3, 0.01, 0.05, 0.3])


def volumes(links, n_nodes, n_zones, pairs, **options):
    roads = road_network(links, n_nodes, n_zones, options.pop("first_through", 0))
    found = assign_stochastic(roads, od(n_zones, pairs), **{"relative_gap": 1e-12} | options)
    assert found.converged
    return in_given_order(roads, found.volume_veh_per_h)


# --- closed forms ----------------------------------------------------------------------------------------------------


def test_two_links_of_constant_cost_share_as_the_logit_says():
    roads = road_network([Link(0, 1, 10.0), Link(0, 1, 13.0)], 2, 2)
    found = load_stochastic(roads, od(2, {(0, 1): 100.0}), theta_per_s=0.5)
    first = 100.0 / (1.0 + np.exp(-0.5 * 3.0))
    assert in_given_order(roads, found.volume_veh_per_h) == pytest.approx([first, 100.0 - first], rel=1e-13)
    assert volumes([Link(0, 1, 10.0), Link(0, 1, 13.0)], 2, 2, {(0, 1): 100.0}, theta_per_s=0.5)[0] == pytest.approx(
        first, rel=1e-13
    )


def test_two_links_with_congestion():
    # 10 + v1 / 10 and 14 + v2 / 5: theta such that the answer is 60 : 40
    theta = np.log(60.0 / 40.0) / ((14.0 + 40.0 / 5.0) - (10.0 + 60.0 / 10.0))
    links = [linear(0, 1, 10.0, 1.0 / 10.0), linear(0, 1, 14.0, 1.0 / 5.0)]
    assert volumes(links, 2, 2, {(0, 1): 100.0}, theta_per_s=theta) == pytest.approx([60.0, 40.0], rel=1e-10)


@pytest.mark.parametrize("theta", [1e-9, 1e-4, 1.0, 1e3])
def test_braess_between_equal_shares_and_user_equilibrium(theta):
    """Six drivers: with theta near 0 a third takes each route, with a large one 2, 2, 2 as nobody could do better."""
    links = [linear(0, 2, 0, 10), linear(0, 3, 50, 1), linear(2, 1, 50, 1), linear(2, 3, 10, 1), linear(3, 1, 0, 10)]
    found = volumes(links, 4, 2, {(0, 1): 6.0}, theta_per_s=theta)
    assert found == pytest.approx([4, 2, 2, 2, 4], abs=1e-6)


def test_large_theta_approaches_user_equilibrium_small_theta_equal_shares():
    # 1 + v against 4 + v / 2, 9 trips: equal at v = 5, 4
    links = [linear(0, 1, 1.0, 1.0), linear(0, 1, 4.0, 0.5)]
    pairs = {(0, 1): 9.0}
    equilibrium = np.array([5.0, 4.0])
    apart = [
        np.abs(volumes(links, 2, 2, pairs, theta_per_s=theta, relative_gap=1e-9) - equilibrium).max()
        for theta in (1e-8, 0.1, 10.0, 1e4)
    ]
    assert apart[0] == pytest.approx(0.5, abs=1e-6)  # 4.5 and 4.5
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 1e-4


def test_routes_that_overlap_count_as_different_ones():
    """The known weakness of logit: two of three equally long routes share all but a short end, and yet get 2/3."""
    links = [Link(0, 1, 100.0), Link(0, 2, 95.0), Link(2, 1, 5.0), Link(2, 1, 5.0)]
    assert volumes(links, 3, 2, {(0, 1): 30.0}, theta_per_s=1.0) == pytest.approx([10.0, 20.0, 10.0, 10.0])


def test_huge_theta_times_cost_does_not_overflow():
    links = [Link(0, 2, 1e6), Link(2, 1, 1e6), Link(0, 1, 2e6 + 1e-3), Link(0, 1, 3e6)]
    found = volumes(links, 3, 2, {(0, 1): 10.0}, theta_per_s=1e3)
    first = 10.0 / (1.0 + np.exp(-1.0))
    assert found == pytest.approx([first, first, 10.0 - first, 0.0], rel=1e-6)


# --- which routes ----------------------------------------------------------------------------------------------------


def test_links_back_towards_the_origin_are_not_used():
    links = [Link(0, 2, 10.0), Link(2, 1, 10.0), Link(0, 3, 12.0), Link(3, 2, 5.0), Link(2, 3, 5.0), Link(3, 1, 30.0)]
    found = volumes(links, 4, 2, {(0, 1): 8.0}, theta_per_s=0.01)
    assert found[3] == 0.0  # node 3 is farther than node 2
    assert (found[[0, 1, 2, 4, 5]] > 0).all()


def test_links_without_length_cut_nothing_off():
    links = [Link(0, 2, 0.0), Link(2, 3, 0.0), Link(3, 4, 0.0), Link(4, 1, 0.0), Link(0, 3, 0.0), Link(4, 3, 0.0)]
    roads = road_network(links, 5, 2)
    found = load_stochastic(roads, od(2, {(0, 1): 8.0}), theta_per_s=1.0)
    # node 3 is two links away by node 2 but one directly, as node 2 is: no link between them leads farther
    assert in_given_order(roads, found.volume_veh_per_h).tolist() == [0, 0, 8, 8, 8, 0]
    assert found.unassigned_trips == 0.0


def test_centroids_are_not_passed_through():
    links = [Link(0, 3), Link(3, 1), Link(1, 3), Link(1, 4, 5.0), Link(4, 2), Link(3, 4, 10.0)]
    found = volumes(links, 5, 3, {(0, 2): 4.0, (1, 2): 3.0}, theta_per_s=0.1, first_through=3)
    through_3 = 3.0 / (1.0 + np.exp(0.1 * (11.0 - 5.0)))
    assert found == pytest.approx([4, 0, through_3, 3 - through_3, 7, 4 + through_3])


def with_free_links(seed, n_nodes=7, n_zones=3, first_through=0):
    """Random links, many without length, many equally long, some parallel."""
    rng = np.random.default_rng(seed)
    links = []
    for tail, head in rng.integers(0, n_nodes, (18, 2)).tolist():
        if tail != head:
            free = float(rng.choice([0.0, 0.0, 10.0, 10.0, 20.0, 33.3]))
            links.append(Link(tail, head, free, float(rng.uniform(20, 90)), 0.5, float(rng.choice([1.0, 2.0, 4.0]))))
    trips = rng.uniform(0, 60, (n_zones, n_zones)) * (rng.random((n_zones, n_zones)) < 0.7)
    matrix = ODMatrix(zone_id=np.arange(n_zones).astype(str), trips=trips)
    return road_network(links, n_nodes, n_zones, first_through), matrix


@settings(max_examples=60, deadline=None)
@given(seeds, thetas, st.sampled_from([0, 3]))
@pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")
def test_loading_is_that_of_all_routes_listed(seed, theta, first_through):
    roads, trips = with_free_links(seed, first_through=first_through)
    listed = Enumeration(roads, trips, roads.free_time_s, theta)
    assume(listed.demand)
    cost = np.random.default_rng(seed).uniform(0, 50, roads.n_links)
    for given_cost in (None, cost):
        found = load_stochastic(roads, trips, theta_per_s=theta, cost_s=given_cost)
        expected = listed.load(roads.free_time_s if given_cost is None else given_cost)
        np.testing.assert_allclose(found.volume_veh_per_h, expected, rtol=1e-10, atol=1e-10)
    between = trips.total - np.trace(trips.trips)
    assert found.unassigned_trips + sum(listed.demand) == pytest.approx(between)


@settings(max_examples=25, deadline=None)
@given(seeds, thetas)
@pytest.mark.filterwarnings("ignore::itas_mobility.errors.DataWarning")
def test_equilibrium_minimises_fisks_objective(seed, theta):
    roads, trips = with_free_links(seed)
    listed = Enumeration(roads, trips, roads.free_time_s, theta)
    assume(listed.demand)
    cost = TravelCost(roads)
    found = assign_stochastic(roads, trips, theta_per_s=theta, relative_gap=1e-10)
    # the fixed point, with routes listed
    expected = listed.load(found.cost_s)
    np.testing.assert_allclose(found.volume_veh_per_h, expected, atol=1e-8 * expected.sum())
    least = listed.least_of_fisk(cost.integral, cost.value)
    np.testing.assert_allclose(found.volume_veh_per_h, least, atol=2e-5 * least.sum())


# --- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans(), thetas)
def test_volumes_carry_the_demand_and_the_gap_is_what_it_says(seed, connectors, theta):
    roads, trips = random_grid(seed, connectors=connectors)
    found = assign_stochastic(roads, trips, theta_per_s=theta)
    assert found.converged
    demand = trips.trips.copy()
    np.fill_diagonal(demand, 0.0)
    balance = np.bincount(roads.tail, found.volume_veh_per_h, roads.n_nodes)
    balance -= np.bincount(roads.head, found.volume_veh_per_h, roads.n_nodes)
    balance[: roads.n_zones] -= demand.sum(axis=1) - demand.sum(axis=0)
    np.testing.assert_allclose(balance, 0.0, atol=1e-6)
    load = load_stochastic(roads, trips, theta_per_s=theta, cost_s=found.cost_s).volume_veh_per_h
    assert found.relative_gap == pytest.approx(np.abs(load - found.volume_veh_per_h).sum() / load.sum(), abs=1e-12)
    assert found.relative_gap <= 1e-6
    assert found.tstt_veh_s == pytest.approx(found.volume_veh_per_h @ found.cost_s)
    assert found.sptt_veh_s <= found.tstt_veh_s * (1 + 1e-12)


@settings(max_examples=15, deadline=None)
@given(seeds, thetas)
def test_renumbering_nodes_and_links_changes_nothing(seed, theta):
    roads, trips = random_grid(seed, connectors=True)
    rng = np.random.default_rng(seed)
    zone = rng.permutation(roads.n_zones)
    node = np.concatenate((zone, roads.n_zones + rng.permutation(roads.n_nodes - roads.n_zones)))
    rows = rng.permutation(roads.n_links)
    links = [
        Link(
            int(node[roads.tail[i]]), int(node[roads.head[i]]), roads.free_time_s[i], roads.capacity_veh_per_h[i],
            roads.vdf_alpha[i], roads.vdf_beta[i],
        )
        for i in rows
    ]  # fmt: skip
    other = road_network(links, roads.n_nodes, roads.n_zones, roads.first_through)
    moved = np.empty_like(trips.trips)
    moved[np.ix_(zone, zone)] = trips.trips
    a = assign_stochastic(roads, trips, theta_per_s=theta, relative_gap=1e-9)
    b = assign_stochastic(other, ODMatrix(trips.zone_id, moved), theta_per_s=theta, relative_gap=1e-9)
    np.testing.assert_allclose(in_given_order(other, b.volume_veh_per_h), a.volume_veh_per_h[rows], atol=1e-5)


@pytest.mark.parametrize("theta", [0.01, 1.0, 10.0])
def test_congested_network_converges_where_averaging_creeps(shared_data, theta):
    folder = shared_data / "tntp" / "SiouxFalls"
    roads = read_tntp(next(folder.glob("*_net.tntp")))
    trips = read_tntp_trips(next(folder.glob("*_trips.tntp")))
    found = assign_stochastic(roads, trips, theta_per_s=theta, relative_gap=1e-9)
    assert found.converged
    assert found.iterations <= 120
    equilibrium = assign(roads, trips, relative_gap=1e-9)
    assert found.beckmann_veh_s >= equilibrium.beckmann_veh_s * (1 - 1e-9)


# --- options ---------------------------------------------------------------------------------------------------------


def test_warm_start_is_done_at_once_and_leads_to_the_same_volumes_after_an_edit():
    roads, trips = random_grid(4)
    cold = assign_stochastic(roads, trips, theta_per_s=0.05, relative_gap=1e-9)
    again = assign_stochastic(roads, trips, theta_per_s=0.05, relative_gap=1e-9, warm_start=cold)
    assert again.iterations == 0
    np.testing.assert_array_equal(again.volume_veh_per_h, cold.volume_veh_per_h)
    more = ODMatrix(trips.zone_id, 1.05 * trips.trips)
    new = assign_stochastic(roads, more, theta_per_s=0.05, relative_gap=1e-9)
    warm = assign_stochastic(roads, more, theta_per_s=0.05, relative_gap=1e-9, warm_start=cold)
    np.testing.assert_allclose(warm.volume_veh_per_h, new.volume_veh_per_h, atol=1e-4)
    assert warm.iterations < new.iterations
    fewer_links = random_grid(5)[0]
    elsewhere = assign_stochastic(fewer_links, trips, theta_per_s=0.05, relative_gap=1e-9, warm_start=cold)
    from_nothing = assign_stochastic(fewer_links, trips, theta_per_s=0.05, relative_gap=1e-9)
    np.testing.assert_allclose(elsewhere.volume_veh_per_h, from_nothing.volume_veh_per_h, atol=1e-4)


@pytest.mark.parametrize("limit", [{"max_iterations": 1}, {"max_seconds": 1e-9}])
def test_stopping_early_is_said_and_loses_no_trips(limit):
    roads, trips = random_grid(4)
    trips = ODMatrix(trips.zone_id, 5.0 * trips.trips)
    with pytest.warns(ConvergenceWarning, match=r"stopped after \d iterations at residual"):
        found = assign_stochastic(roads, trips, theta_per_s=0.5, **limit)
    assert not found.converged
    assert found.relative_gap > 1e-6
    between = trips.trips.sum(axis=1) - np.diag(trips.trips)
    arriving = trips.trips.sum(axis=0) - np.diag(trips.trips)
    out = np.bincount(roads.tail, found.volume_veh_per_h, roads.n_nodes)
    out -= np.bincount(roads.head, found.volume_veh_per_h, roads.n_nodes)
    np.testing.assert_allclose(out[: roads.n_zones], between - arriving, atol=1e-5)


@pytest.mark.filterwarnings("ignore::itas_mobility.errors.ConvergenceWarning")
def test_gap_of_zero_ends_at_rounding():
    roads, trips = random_grid(4)
    found = assign_stochastic(roads, trips, theta_per_s=0.05, relative_gap=0.0)
    assert found.relative_gap < 1e-13
    assert found.iterations < 50


def test_toll_distance_and_preload_decide():
    roads = road_network([Link(0, 1, 10.0, toll_eur=1.0), Link(0, 1, 10.0, length_m=300.0)], 2, 2)
    trips = od(2, {(0, 1): 10.0}, duration_h=2.0)
    options = {"toll_weight_s_per_eur": 6.0, "distance_weight_s_per_m": 0.01}
    first = 5.0 / (1.0 + np.exp(1.0 * (7.0 - 3.0)))
    for found in (
        assign_stochastic(roads, trips, theta_per_s=1.0, **options),
        load_stochastic(roads, trips, theta_per_s=1.0, **options),
    ):
        assert in_given_order(roads, found.volume_veh_per_h) == pytest.approx([first, 5.0 - first])
        assert in_given_order(roads, found.time_s).tolist() == [10.0, 10.0]
    slow = road_network([linear(0, 1, 10.0, 1.0), linear(0, 1, 10.0, 1.0)], 2, 2)
    buses = assign_stochastic(
        slow, trips, theta_per_s=1e3, relative_gap=1e-9, preload_veh_per_h=np.array([3.0, 0.0])
    ).volume_veh_per_h
    assert buses == pytest.approx([1.0, 4.0], abs=1e-2)


def test_demand_without_a_path_is_named_and_conserved():
    roads = road_network([Link(0, 1, 5.0), Link(2, 3, 7.0)], 4, 4)
    trips = od(4, {(0, 1): 500, (0, 3): 123.5, (2, 3): 200, (1, 1): 40})
    for verb in (assign_stochastic, load_stochastic):
        with pytest.warns(DataWarning, match=r"1 pairs of zones with 123\.5 trips: 0 -> 3 \(123\.5\)"):
            found = verb(roads, trips, theta_per_s=0.1)
        assert in_given_order(roads, found.volume_veh_per_h).tolist() == [500.0, 200.0]
        assert found.unassigned_trips == 123.5
        with pytest.raises(DemandError, match="0 -> 3"):
            verb(roads, od(4, {(0, 3): 5.0}), theta_per_s=0.1)


def test_no_demand():
    roads = road_network([Link(0, 1, 5.0)], 2, 2)
    found = assign_stochastic(roads, od(2, {(0, 0): 9.0}), theta_per_s=0.1)
    assert found.converged
    assert found.volume_veh_per_h.tolist() == [0.0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"theta_per_s": 0.0}, "theta_per_s: 0.0 must be positive"),
        ({"theta_per_s": float("nan")}, "theta_per_s"),
        ({"theta_per_s": 1e308}, "not a finite number"),
        ({"theta_per_s": 1.0, "relative_gap": -1.0}, "relative_gap"),
        ({"theta_per_s": 1.0, "max_iterations": -1}, "max_iterations"),
        ({"theta_per_s": 1.0, "max_seconds": 0.0}, "max_seconds"),
        ({"theta_per_s": 1.0, "threads": 0}, "threads"),
    ],
)
def test_bad_options_are_refused(options, says):
    roads, trips = road_network([Link(0, 1, 50.0)], 2, 2), od(2, {(0, 1): 1.0})
    with pytest.raises(DemandError, match=says):
        assign_stochastic(roads, trips, **options)


@pytest.mark.parametrize(("cost", "says"), [([1.0, 2.0], "shape"), ([-1.0], r"-1\.0 on link 0 \(key 0\)")])
def test_bad_costs_are_refused(cost, says):
    with pytest.raises(DemandError, match=says):
        load_stochastic(road_network([Link(0, 1)], 2, 2), od(2, {(0, 1): 1.0}), theta_per_s=1.0, cost_s=np.array(cost))


SCRIPT = """
import sys
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand import assign_stochastic
from oracles.road_networks import random_grid
roads, trips = random_grid(21, side=12, n_zones=60, connectors=True)
trips = ODMatrix(trips.zone_id, 0.03 * trips.trips)
found = assign_stochastic(roads, trips, theta_per_s=0.05, threads=int(sys.argv[1]))
print(found.iterations, found.volume_veh_per_h.tobytes().hex())
"""


def test_the_number_of_threads_changes_no_bit():
    tests = Path(__file__).parents[2]
    said = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(threads)],
            env={**os.environ, "NUMBA_NUM_THREADS": "4", "PYTHONPATH": os.pathsep.join([str(tests), *sys.path])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in (1, 2, 4)
    ]
    assert said[0].split()[0] != "0"
    assert said[0] == said[1] == said[2]
