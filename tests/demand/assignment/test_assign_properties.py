"""What every assignment must keep, whatever the network: properties, and relations between two assignments."""

import hashlib
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.demand import skim
from itas_mobility.demand.assignment import assign
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.errors import ConvergenceWarning
from oracles.hard_networks import HARD_NETWORKS
from oracles.random_networks import random_network
from oracles.road_networks import Link, in_given_order, linear, od, road_network
from oracles.shortest_paths import distances

USUAL = ("grid", "digraph", "centroids", "awkward", "linear", "steep", "empty")
EXACT = 1e-12
ROUNDING = 1e-13
"""Of a total: what is left to rounding."""
seeds = st.integers(0, 2**32 - 1)
styles = st.sampled_from(USUAL)
few = settings(max_examples=20, deadline=None)


def links_of(roads):
    """Links of a network in its order."""
    columns = (
        roads.tail, roads.head, roads.free_time_s, roads.capacity_veh_per_h, roads.vdf_alpha, roads.vdf_beta, roads.vdf,
        roads.length_m, roads.toll_eur,
    )  # fmt: skip
    return [Link(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def between(trips):
    demand = trips.trips / trips.duration_h
    return demand - np.diag(np.diag(demand))


def excess(found):
    return max(0.0, found.relative_gap * found.tstt_veh_s)


def assert_same_equilibrium(found, other, volume, cost):
    """Both are equilibria up to their gaps, so that volumes differ only where it costs (nearly) nothing.

    With equal demand, cost of the one times difference of volumes is at most its own excess cost; adding both, the sum
    over links of difference in volume x difference in cost, of which each term is 0 or more, is at most both excesses.
    """
    terms = (found.volume_veh_per_h - volume) * (found.cost_s - cost)
    allowed = excess(found) + excess(other) + ROUNDING * found.tstt_veh_s
    assert terms.min(initial=0.0) >= -ROUNDING * found.tstt_veh_s
    assert terms.sum() <= allowed
    assert found.tstt_veh_s == pytest.approx(float(volume @ cost), rel=1e-6)


# --- one assignment ---------------------------------------------------------------------------------------------------


def imbalance(roads, trips, volume):
    """Largest difference between what comes into and goes out of a node; centroids are closed on both sides."""
    demand = between(trips)
    n, zones, first = roads.n_nodes, roads.n_zones, roads.first_through
    leaving = np.bincount(roads.tail, weights=volume, minlength=n)
    entering = np.bincount(roads.head, weights=volume, minlength=n)
    produced, attracted = np.zeros(n), np.zeros(n)
    produced[:zones], attracted[:zones] = demand.sum(axis=1), demand.sum(axis=0)
    at_nodes = np.abs(leaving - entering - produced + attracted)
    return max(at_nodes.max(), np.abs(leaving - produced)[:first].max(initial=0.0))


def shortest_total(roads, trips, cost):
    return sum(between(trips)[zone] @ distances(roads, cost, zone)[: roads.n_zones] for zone in range(roads.n_zones))


@pytest.mark.parametrize("algorithm", ["bush", "bfw", "cfw", "fw", "msa"])
@settings(max_examples=14, deadline=None)
@given(seed=seeds, style=styles, objective=st.sampled_from(["ue", "so"]), iterations=st.integers(0, 12))
def test_what_every_result_keeps(algorithm, seed, style, objective, iterations):
    roads, trips = random_network(seed, style)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = assign(
            roads, trips, algorithm=algorithm, objective=objective, relative_gap=1e-6, max_iterations=iterations
        )
    demand, volume = between(trips), found.volume_veh_per_h
    assert volume.min() >= 0
    assert imbalance(roads, trips, volume) <= 1e-9 * demand.sum()
    assert 0 <= found.relative_gap <= 1
    assert found.converged == (found.relative_gap <= 1e-6)
    assert found.unassigned_trips == 0
    cost = TravelCost(roads).value(volume)
    np.testing.assert_array_equal(found.cost_s, cost)
    np.testing.assert_array_equal(found.time_s, cost)
    assert found.tstt_veh_s == pytest.approx(float(volume @ cost), rel=1e-12)
    shortest = shortest_total(roads, trips, cost)
    assert found.sptt_veh_s == pytest.approx(shortest, rel=1e-12)
    if objective == "ue":
        assert found.relative_gap == pytest.approx(1 - shortest / found.tstt_veh_s, abs=1e-12)


@few
@given(seed=seeds, style=styles, algorithm=st.sampled_from(["bush", "bfw", "fw"]), iterations=st.integers(0, 10))
def test_objective_is_above_the_least_by_no_more_than_the_excess_cost(seed, style, algorithm, iterations):
    roads, trips = random_network(seed, style)
    best = assign(roads, trips, relative_gap=EXACT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = assign(roads, trips, relative_gap=0, algorithm=algorithm, max_iterations=iterations)
    above = found.beckmann_veh_s - best.beckmann_veh_s
    slack = excess(best) + ROUNDING * best.tstt_veh_s
    assert -slack <= above <= found.tstt_veh_s - found.sptt_veh_s + slack


@few
@given(seed=seeds, style=styles, objective=st.sampled_from(["ue", "so"]))
def test_a_tighter_gap_never_raises_the_objective(seed, style, objective):
    roads, trips = random_network(seed, style)
    values = []
    for gap in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10):
        found = assign(roads, trips, relative_gap=gap, objective=objective)
        values.append(found.beckmann_veh_s if objective == "ue" else found.tstt_veh_s)
    for looser, tighter in pairwise(values):
        assert tighter <= looser * (1 + ROUNDING)


@pytest.mark.parametrize("style", USUAL)
def test_bush_reaches_a_small_gap_in_few_rounds(style):
    for seed in range(25):
        roads, trips = random_network(seed, style)
        for objective in ("ue", "so"):
            found = assign(roads, trips, relative_gap=1e-10, objective=objective, max_iterations=300)
            assert found.converged, (seed, objective)


@pytest.mark.parametrize("name", HARD_NETWORKS)
def test_bush_reaches_a_small_gap_on_hard_networks(name):
    hard = HARD_NETWORKS[name]
    assert assign(hard.roads, hard.matrix, relative_gap=1e-12, objective=hard.objective, max_iterations=60).converged


# --- the same network, described otherwise ----------------------------------------------------------------------------


@few
@given(seed=seeds, style=styles)
def test_renumbering_nodes_zones_and_links(seed, style):
    roads, trips = random_network(seed, style)
    rng = np.random.default_rng(seed)
    zones = rng.permutation(roads.n_zones)
    node = np.concatenate((zones, roads.n_zones + rng.permutation(roads.n_nodes - roads.n_zones)))
    order = rng.permutation(roads.n_links)
    links = links_of(roads)
    renumbered = [links[k]._replace(tail=int(node[links[k].tail]), head=int(node[links[k].head])) for k in order]
    other_roads = road_network(renumbered, roads.n_nodes, roads.n_zones, roads.first_through)
    other_trips = np.empty_like(trips.trips)
    other_trips[np.ix_(zones, zones)] = trips.trips
    found = assign(roads, trips, relative_gap=EXACT)
    other = assign(other_roads, replace(trips, trips=other_trips), relative_gap=EXACT)
    volume, cost = np.empty(roads.n_links), np.empty(roads.n_links)
    volume[order] = in_given_order(other_roads, other.volume_veh_per_h)
    cost[order] = in_given_order(other_roads, other.cost_s)
    assert_same_equilibrium(found, other, volume, cost)
    # where a volume has an effect at all: (v / c)^12 may be rounding, and is a constant then
    rising = found.cost_s > 1.01 * roads.free_time_s
    np.testing.assert_allclose(volume[rising], found.volume_veh_per_h[rising], rtol=1e-6, atol=1e-6 * trips.total)
    per_trip = found.tstt_veh_s / between(trips).sum()
    np.testing.assert_allclose(cost, found.cost_s, rtol=1e-6, atol=1e-6 * per_trip)
    assert other.beckmann_veh_s == pytest.approx(found.beckmann_veh_s, rel=1e-11)


@few
@given(seed=seeds, style=styles, factor=st.sampled_from([0.125, 3.0, 1000.0]))
def test_scaling_demand_and_capacity_alike_scales_volumes(seed, style, factor):
    roads, trips = random_network(seed, style)
    other_roads = replace(roads, capacity_veh_per_h=factor * roads.capacity_veh_per_h)
    found = assign(roads, trips, relative_gap=EXACT)
    other = assign(other_roads, replace(trips, trips=factor * trips.trips), relative_gap=EXACT)
    by_period = assign(other_roads, replace(trips, duration_h=1 / factor), relative_gap=EXACT)
    assert_same_equilibrium(found, other, other.volume_veh_per_h / factor, other.cost_s)
    np.testing.assert_allclose(by_period.volume_veh_per_h, other.volume_veh_per_h, rtol=1e-4, atol=1e-4 * trips.total)
    assert other.beckmann_veh_s == pytest.approx(factor * found.beckmann_veh_s, rel=1e-11)


@few
@given(seed=seeds, style=styles, factor=st.sampled_from([0.125, 3.0, 1000.0]))
def test_scaling_free_flow_times_scales_costs_alone(seed, style, factor):
    roads, trips = random_network(seed, style)
    found = assign(roads, trips, relative_gap=EXACT)
    other = assign(replace(roads, free_time_s=factor * roads.free_time_s), trips, relative_gap=EXACT)
    assert_same_equilibrium(found, found, other.volume_veh_per_h, other.cost_s / factor)
    assert other.tstt_veh_s == pytest.approx(factor * found.tstt_veh_s, rel=1e-8)


@few
@given(seed=seeds, style=styles)
def test_a_link_as_two_in_line(seed, style):
    roads, trips = random_network(seed, style)
    links, n = links_of(roads), roads.n_nodes
    cut = int(np.random.default_rng(seed).integers(roads.n_links))
    half = links[cut]._replace(free_time_s=links[cut].free_time_s / 2)
    parts = [half._replace(head=n), half._replace(tail=n)]
    other_roads = road_network([*links[:cut], *links[cut + 1 :], *parts], n + 1, roads.n_zones, roads.first_through)
    found, other = assign(roads, trips, relative_gap=EXACT), assign(other_roads, trips, relative_gap=EXACT)
    volume = in_given_order(other_roads, other.volume_veh_per_h)
    cost = in_given_order(other_roads, other.cost_s)
    assert volume[-1] == pytest.approx(volume[-2], abs=1e-9 * trips.total)
    assert_same_equilibrium(
        found, other, np.insert(volume[:-2], cut, volume[-1]), np.insert(cost[:-2], cut, cost[-1] + cost[-2])
    )


@few
@given(seed=seeds, style=styles, share=st.sampled_from([0.5, 0.1]))
def test_a_link_as_two_side_by_side(seed, style, share):
    roads, trips = random_network(seed, style)
    links = links_of(roads)
    cut = int(np.random.default_rng(seed).integers(roads.n_links))
    capacity = links[cut].capacity
    parts = [links[cut]._replace(capacity=part * capacity) for part in (share, 1 - share)]
    other_roads = road_network(
        [*links[:cut], *links[cut + 1 :], *parts], roads.n_nodes, roads.n_zones, roads.first_through
    )
    found, other = assign(roads, trips, relative_gap=EXACT), assign(other_roads, trips, relative_gap=EXACT)
    volume = in_given_order(other_roads, other.volume_veh_per_h)
    both = np.insert(volume[:-2], cut, volume[-1] + volume[-2])
    assert_same_equilibrium(found, other, both, TravelCost(roads).value(both))
    assert other.beckmann_veh_s == pytest.approx(found.beckmann_veh_s, rel=1e-11)
    if links[cut].beta >= 1 and found.cost_s[cut] > 1.01 * links[cut].free_time_s:  # by capacity, if it rises there
        assert volume[-2] == pytest.approx(share * both[cut], rel=1e-4)


@few
@given(seed=seeds, style=styles)
def test_all_links_and_trips_the_other_way_round(seed, style):
    roads, trips = random_network(seed, style)
    links = [link._replace(tail=link.head, head=link.tail) for link in links_of(roads)]
    other_roads = road_network(links, roads.n_nodes, roads.n_zones, roads.first_through)
    found = assign(roads, trips, relative_gap=EXACT)
    other = assign(other_roads, replace(trips, trips=trips.trips.T), relative_gap=EXACT)
    volume, cost = (in_given_order(other_roads, values) for values in (other.volume_veh_per_h, other.cost_s))
    assert_same_equilibrium(found, other, volume, cost)


@few
@given(seed=seeds, style=styles, time_s=st.sampled_from([1e5, 1e12]))
def test_a_link_that_nobody_wants_and_a_zone_without_demand_change_nothing(seed, style, time_s):
    roads, trips = random_network(seed, style)
    found = assign(roads, trips, relative_gap=EXACT)
    zones, first = roads.n_zones, roads.first_through
    # a zone behind the others, so that nodes from there on move up by one
    links = [
        link._replace(tail=link.tail + (link.tail >= zones), head=link.head + (link.head >= zones))
        for link in links_of(roads)
    ]
    dear = time_s * max(1.0, found.cost_s.max())
    closed = first + 1 if first else 0
    other_roads = road_network([*links, Link(0, 1, dear)], roads.n_nodes + 1, zones + 1, closed)
    other = assign(
        other_roads, ODMatrix(np.arange(zones + 1).astype(str), np.pad(trips.trips, (0, 1))), relative_gap=EXACT
    )
    volume, cost = (in_given_order(other_roads, values) for values in (other.volume_veh_per_h, other.cost_s))
    assert volume[-1] == 0
    assert_same_equilibrium(found, other, volume[:-1], cost[:-1])


# --- laws of equilibria -----------------------------------------------------------------------------------------------


@few
@given(seed=seeds, style=styles)
def test_more_trips_of_a_pair_do_not_make_it_quicker(seed, style):
    # Hall (1978), for separable rising costs
    roads, trips = random_network(seed, style)
    found = assign(roads, trips, relative_gap=EXACT)
    more = trips.trips.copy()
    more[0, 1] *= 1.5
    other = assign(roads, replace(trips, trips=more), relative_gap=EXACT)
    before, after = (skim(roads, time_s=result.cost_s)["time_s"][0, 1] for result in (found, other))
    assert after >= before * (1 - 1e-6)


@few
@given(seed=seeds, style=styles)
def test_system_optimum_is_at_most_equilibrium_and_its_price_is_bounded(seed, style):
    # Roughgarden (2003): 4/3 for linear costs, and by the largest power d in general
    roads, trips = random_network(seed, style)
    ue, so = (assign(roads, trips, relative_gap=1e-10, objective=objective) for objective in ("ue", "so"))
    d = max(1.0, float(roads.vdf_beta.max()))
    bound = 1 / (1 - d * (d + 1) ** (-(d + 1) / d))
    assert d != 1 or bound == pytest.approx(4 / 3)
    assert so.tstt_veh_s <= ue.tstt_veh_s * (1 + 1e-9)
    assert ue.tstt_veh_s <= bound * so.tstt_veh_s * (1 + 1e-9)
    assert ue.beckmann_veh_s <= so.beckmann_veh_s * (1 + 1e-9)


@few
@given(seed=seeds, style=styles)
def test_system_optimum_is_the_equilibrium_under_marginal_tolls(seed, style):
    roads, trips = random_network(seed, style)
    so = assign(roads, trips, relative_gap=EXACT, objective="so")
    travel = TravelCost(roads)
    slope = travel.slope(so.volume_veh_per_h)
    toll = np.where(so.volume_veh_per_h > 0, so.volume_veh_per_h * np.where(np.isfinite(slope), slope, 0.0), 0.0)
    tolled = assign(replace(roads, toll_eur=toll), trips, relative_gap=EXACT, toll_weight_s_per_eur=1.0)
    terms = (so.volume_veh_per_h - tolled.volume_veh_per_h) * (so.cost_s + toll - tolled.cost_s)
    assert abs(terms).sum() <= 1e-9 * tolled.tstt_veh_s
    assert float(tolled.volume_veh_per_h @ tolled.time_s) == pytest.approx(so.tstt_veh_s, rel=1e-6)


@pytest.mark.parametrize("algorithm", ["bush", "bfw", "cfw", "fw", "msa"])
def test_pigou(algorithm):
    # one road always takes 1, the other its volume
    roads = road_network([Link(0, 1, 1.0), linear(0, 1, 0.0, 1.0)], 2, 2)
    gap = 1e-12 if algorithm == "bush" else 1e-3
    ue, so = (
        assign(roads, od(2, {(0, 1): 1.0}), relative_gap=gap, algorithm=algorithm, objective=objective)
        for objective in ("ue", "so")
    )
    assert in_given_order(roads, ue.volume_veh_per_h) == pytest.approx([0, 1], abs=3 * gap + 1e-8)
    assert in_given_order(roads, so.volume_veh_per_h) == pytest.approx([0.5, 0.5], abs=3 * gap + 1e-8)
    assert ue.tstt_veh_s / so.tstt_veh_s == pytest.approx(4 / 3, rel=3 * gap + 1e-8)


# --- the same bytes ---------------------------------------------------------------------------------------------------


def digest_of_results(threads):
    """One digest over the results of several networks."""
    content = hashlib.sha256()
    for style in USUAL:
        roads, trips = random_network(7, style, n_zones=12, n_nodes=60)
        for algorithm, objective in (("bush", "ue"), ("bush", "so"), ("bfw", "ue")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                found = assign(
                    roads, trips, relative_gap=1e-5, algorithm=algorithm, objective=objective, threads=threads,
                    max_iterations=50,
                )  # fmt: skip
            content.update(found.volume_veh_per_h.tobytes() + found.cost_s.tobytes())
            content.update(np.array([found.relative_gap, found.tstt_veh_s, found.beckmann_veh_s]).tobytes())
    return content.hexdigest()


def test_threads_and_another_process_give_the_same_bytes():
    import numba

    here = digest_of_results(1)
    for threads in range(2, min(4, numba.config.NUMBA_NUM_THREADS) + 1):
        assert digest_of_results(threads) == here
    tests = Path(__file__).parents[2]
    script = "from demand.assignment.test_assign_properties import digest_of_results; print(digest_of_results(None))"
    path = os.pathsep.join([str(tests), *sys.path])
    other = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == here
