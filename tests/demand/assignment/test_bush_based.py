"""Bush-based equilibrium: published and slow results, structure of the bushes, awkward links, warm start, limits."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.result import Bushes
from itas_mobility.core.road import VdfKind
from itas_mobility.demand.assignment import assign, bush_based
from itas_mobility.errors import ConvergenceWarning, DataWarning, InputError
from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips
from oracles.road_networks import Link, in_given_order, linear, od, random_grid, road_network
from oracles.shortest_paths import distances

seeds = st.integers(0, 2**32 - 1)


def between(trips):
    demand = trips.trips / trips.duration_h
    np.fill_diagonal(demand, 0.0)
    return demand


def assert_bushes_carry(roads, trips, found):
    """Bushes are acyclic, in order, hold used links only, conserve each origin's trips and add up to the volumes."""
    demand = between(trips)
    bushes = found.bushes
    total = np.zeros(roads.n_links)
    assert bushes.origin_id.tolist() == [zone for zone in range(roads.n_zones) if demand[zone].any()]
    for k, origin in enumerate(bushes.origin_id.tolist()):
        part = slice(bushes.ptr[k], bushes.ptr[k + 1])
        links, volume = bushes.link[part], bushes.volume_veh_per_h[part]
        assert len(set(links.tolist())) == len(links)
        tail, head = roads.tail[links], roads.head[links]
        closed = [origin]
        for i, node in enumerate(head.tolist()):
            assert tail[i] in closed, "a link comes after all links into its tail"
            if i + 1 == len(head) or head[i + 1] != node:
                assert node not in closed, "links into the same node stand side by side"
                closed.append(node)
        assert (volume > 0.0).all()
        assert ((tail >= roads.first_through) | (tail == origin)).all()
        balance = np.zeros(roads.n_nodes)
        np.add.at(balance, tail, volume)
        np.add.at(balance, head, -volume)
        balance[origin] -= demand[origin].sum()
        balance[: roads.n_zones] += demand[origin]
        np.testing.assert_allclose(balance, 0.0, atol=1e-12 * max(demand.sum(), 1.0))
        np.add.at(total, links, volume)
    np.testing.assert_allclose(total, found.volume_veh_per_h, rtol=1e-12, atol=1e-12 * max(demand.sum(), 1.0))


def shortest_total(roads, trips, cost):
    demand = between(trips)
    return sum(demand[zone] @ distances(roads, cost, zone)[: roads.n_zones] for zone in range(roads.n_zones))


# --- published and slow results --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "name", "published"),
    [("SiouxFalls", "SiouxFalls", 4231335.2871), ("Anaheim", "Anaheim", 1286032.1711)],
)
def test_published_objective(shared_data, folder, name, published):
    roads = read_tntp(shared_data / f"tntp/{folder}/{name}_net.tntp")
    trips = read_tntp_trips(
        shared_data / f"tntp/{folder}/{name}_trips.tntp", roads.node_id[: roads.n_zones].astype(str)
    )
    found = assign(roads, trips, algorithm="bush", relative_gap=1e-8)
    assert found.beckmann_veh_s / 60 == pytest.approx(published, rel=1e-9)  # in the file's minutes
    deep = assign(roads, trips, algorithm="bush", relative_gap=1e-12, warm_start=found)
    assert deep.converged
    assert deep.beckmann_veh_s / 60 == pytest.approx(published, abs=1e-4)
    assert deep.beckmann_veh_s <= found.beckmann_veh_s * (1 + 1e-15)


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans(), st.sampled_from(["ue", "so"]))
def test_same_equilibrium_as_frank_wolfe_and_the_gap_is_what_it_says(seed, connectors, objective):
    roads, trips = random_grid(seed, connectors=connectors)
    found = assign(roads, trips, algorithm="bush", relative_gap=1e-10, objective=objective)
    assert found.converged
    assert_bushes_carry(roads, trips, found)
    shortest = shortest_total(roads, trips, found.cost_s)
    assert found.sptt_veh_s == pytest.approx(shortest, rel=1e-12)
    if objective == "ue":
        assert (found.tstt_veh_s - shortest) / found.tstt_veh_s <= 1e-10 + 1e-13
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        other = assign(roads, trips, algorithm="bfw", relative_gap=1e-5, max_iterations=500, objective=objective)
    if objective == "ue":
        excess, rounding = other.tstt_veh_s - other.sptt_veh_s, 1e-10 * found.tstt_veh_s
        assert -rounding <= other.beckmann_veh_s - found.beckmann_veh_s <= excess + rounding
    else:
        assert found.tstt_veh_s == pytest.approx(other.tstt_veh_s, rel=1e-3)
        assert found.tstt_veh_s <= other.tstt_veh_s * (1 + 1e-9)


@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from([VdfKind.CONICAL, VdfKind.AKCELIK]), st.sampled_from(["ue", "so"]))
def test_other_functions_with_preload_toll_and_distance(seed, kind, objective):
    roads, trips = random_grid(seed)
    rng = np.random.default_rng(seed)
    alpha = {VdfKind.CONICAL: 4.0, VdfKind.AKCELIK: 0.4}[kind]
    roads = replace(
        roads, vdf=np.full(roads.n_links, kind), vdf_alpha=np.full(roads.n_links, alpha),
        vdf_beta=np.ones(roads.n_links), toll_eur=rng.uniform(0, 2, roads.n_links),
    )  # fmt: skip
    preload = rng.uniform(0, 200, roads.n_links)
    found = assign(
        roads, trips, algorithm="bush", relative_gap=1e-9, objective=objective, preload_veh_per_h=preload,
        toll_weight_s_per_eur=20.0, distance_weight_s_per_m=0.02,
    )  # fmt: skip
    assert found.converged
    assert_bushes_carry(roads, trips, found)
    if objective == "ue":
        shortest = shortest_total(roads, trips, found.cost_s)
        assert (found.tstt_veh_s - shortest) / found.tstt_veh_s <= 1e-9 + 1e-13


# --- awkward links ---------------------------------------------------------------------------------------------------


def test_linear_costs_do_not_flip_to_and_fro():
    # slopes at zero volume are not zero, and all flow starts on one way
    roads = road_network([linear(0, 1, 1.0, 1.0), linear(0, 1, 2.0, 3.0), linear(0, 1, 3.0, 0.5)], 2, 2)
    found = assign(roads, od(2, {(0, 1): 10.0}), algorithm="bush", relative_gap=1e-13)
    a, b, c = in_given_order(roads, found.volume_veh_per_h)
    assert 1 + a == pytest.approx(3 + 0.5 * c, rel=1e-12)
    assert 1 + a == pytest.approx(2 + 3 * b, rel=1e-12)
    assert found.iterations < 30


@pytest.mark.parametrize("power", [0.5, 1.0, 1.7, 4.0, 12.0])
def test_slope_that_is_zero_or_infinite_at_zero_volume(power):
    # the way without volume begins flat (power above 1) or vertical (below): Newton's step misses, the bracket does not
    roads = road_network(
        [Link(0, 1, 10.0, 10.0, 1.0, power), Link(0, 2, 5.0, 2.0, 2.0, power), Link(2, 1, 7.0, 3.0, 0.1, power)], 3, 2
    )
    found = assign(roads, od(2, {(0, 1): 25.0}), algorithm="bush", relative_gap=1e-12)
    assert found.converged
    direct, first, second = in_given_order(roads, found.cost_s)
    assert direct == pytest.approx(first + second, rel=1e-9)


def test_links_without_time_without_delay_with_power_zero_and_parallel():
    links = [
        Link(0, 3, 0.0), Link(3, 0, 0.0), Link(1, 4, 0.0), Link(4, 1, 0.0), Link(2, 3, 0.0), Link(3, 2, 0.0),
        Link(3, 5, 0.0, 5.0, 0.15, 4.0), Link(5, 3, 0.0), Link(5, 4, 9.0, 4.0, 0.5, 4.0), Link(4, 5, 0.0),
        Link(3, 4, 8.0, 3.0, 0.0, 4.0), Link(3, 4, 4.0, 2.0, 1.5, 0.0), Link(3, 4, 5.0, 2.0, 1.0, 1.0),
    ]  # fmt: skip
    roads = road_network(links, 6, 3, first_through=3)
    trips = od(3, {(0, 1): 9.0, (2, 1): 4.0, (0, 2): 2.0, (1, 1): 50.0})
    found = assign(roads, trips, algorithm="bush", relative_gap=1e-12)
    assert found.converged
    assert_bushes_carry(roads, trips, found)
    volume = in_given_order(roads, found.volume_veh_per_h)
    # 8 s without delay beats 4 (1 + 1.5) = 10 s and 9 s; 5 (1 + v / 2) takes what keeps it at 8 s
    assert volume[12] == pytest.approx(1.2)
    assert volume[10] == pytest.approx(13.0 - 1.2)
    assert volume[11] == 0.0
    assert found.tstt_veh_s == pytest.approx(13.0 * 8.0)


def test_way_into_a_circle_that_costs_nothing_is_found():
    # nodes 3 and 4 are one place; 3 carries nothing and hangs on 4, whose shortest path soon leads through 3
    links = [Link(0, 4, 10.0, 10.0, 1.0, 1.0), Link(0, 5, 12.0), Link(5, 3, 0.0), Link(3, 4, 0.0), Link(4, 3, 0.0)]
    roads = road_network([*links, Link(4, 1, 1.0)], 6, 2)
    found = assign(roads, od(2, {(0, 1): 20.0}), algorithm="bush", relative_gap=1e-12)
    assert in_given_order(roads, found.volume_veh_per_h) == pytest.approx([2.0, 18.0, 18.0, 18.0, 0.0, 20.0])


def test_demand_without_path():
    roads = road_network([Link(0, 1, 5.0, 10.0, 0.15, 4.0), Link(2, 3, 7.0)], 4, 4)
    with pytest.warns(DataWarning, match=r"0 -> 3 \(7\)"):
        found = assign(roads, od(4, {(0, 1): 5, (0, 3): 7.0, (2, 3): 2}), algorithm="bush")
    assert in_given_order(roads, found.volume_veh_per_h).tolist() == [5.0, 2.0]
    assert found.unassigned_trips == 7.0
    with pytest.warns(DataWarning, match="no path"):
        again = assign(roads, od(4, {(0, 1): 6, (0, 3): 1.0, (2, 3): 2}), algorithm="bush", warm_start=found)
    assert in_given_order(roads, again.volume_veh_per_h).tolist() == [6.0, 2.0]


# --- warm start ------------------------------------------------------------------------------------------------------


def without(roads, gone):
    """Network without some links; the others keep their keys."""
    keep = np.flatnonzero(~np.isin(np.arange(roads.n_links), gone))
    names = ("tail", "head", "link_key", "length_m", "free_speed_km_per_h", "free_time_s", "lanes", "toll_eur")
    names += ("capacity_veh_per_h", "vdf", "vdf_alpha", "vdf_beta", "road_class", "modes", "access")
    names += ("name_code",)
    columns = {name: getattr(roads, name)[keep] for name in names}
    zeros = np.zeros(len(keep) + 1)
    ptr = np.searchsorted(columns["tail"], np.arange(roads.n_nodes + 1))
    return replace(roads, **columns, ptr=ptr, shape_ptr=zeros, way_ptr=zeros)


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans(), st.sampled_from(["demand", "new pairs", "closed", "opened", "capacity", "frank-wolfe"]))
def test_warm_start_is_feasible_at_once_and_ends_at_the_same_equilibrium(seed, connectors, change):
    roads, trips = random_grid(seed, connectors=connectors)
    rng = np.random.default_rng(seed)
    other_roads, other_trips = roads, trips
    if change == "demand":
        other_trips = replace(trips, trips=trips.trips * rng.uniform(0.9, 1.1, trips.trips.shape))
    elif change == "new pairs":  # zones that had no trips become destinations and origins
        shape = trips.trips.shape
        fresh = rng.uniform(0, 300, shape) * (rng.random(shape) < 0.4)
        other_trips = replace(trips, trips=fresh + np.eye(len(trips), k=1))
    elif change == "closed":
        streets = np.flatnonzero(roads.free_time_s > 0)
        other_roads = without(roads, rng.choice(streets, 2, replace=False))
    elif change == "opened":
        streets = np.flatnonzero(roads.free_time_s > 0)
        roads = without(roads, rng.choice(streets, 2, replace=False))
    elif change == "capacity":
        other_roads = replace(roads, capacity_veh_per_h=0.8 * roads.capacity_veh_per_h)
    options = {"relative_gap": 1e-9, "algorithm": "bush"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        before = assign(
            roads, trips, **(options if change != "frank-wolfe" else {"algorithm": "bfw", "max_iterations": 20})
        )
        first = assign(other_roads, other_trips, **options, max_iterations=0, warm_start=before)
    assert_bushes_carry(other_roads, other_trips, first)
    warm = assign(other_roads, other_trips, **options, warm_start=before)
    cold = assign(other_roads, other_trips, **options)
    assert_bushes_carry(other_roads, other_trips, warm)
    assert warm.beckmann_veh_s == pytest.approx(cold.beckmann_veh_s, rel=2e-9)


def test_warm_start_keeps_how_trips_were_split():
    roads, trips = random_grid(5)
    before = assign(roads, trips, algorithm="bush", relative_gap=1e-9)
    more = replace(trips, trips=2.0 * trips.trips)
    with pytest.warns(ConvergenceWarning):
        first = assign(roads, more, algorithm="bush", relative_gap=0.0, max_iterations=0, warm_start=before)
    np.testing.assert_allclose(first.volume_veh_per_h, 2.0 * before.volume_veh_per_h, rtol=1e-12)


def test_warm_start_saves_rounds_after_a_small_change():
    roads, trips = random_grid(11, side=8, n_zones=20)
    before = assign(roads, trips, algorithm="bush", relative_gap=1e-9)
    altered = replace(trips, trips=1.01 * trips.trips)
    cold = assign(roads, altered, algorithm="bush", relative_gap=1e-6)
    warm = assign(roads, altered, algorithm="bush", relative_gap=1e-6, warm_start=before)
    assert warm.gap_history[0] < 0.01 * cold.gap_history[0]
    assert warm.iterations < cold.iterations


def test_bushes_of_another_network_do_no_harm():
    # same keys, other streets: circles and strange orders in what is given must not get in
    one, trips = random_grid(1)
    other, _ = random_grid(1, connectors=True)
    foreign = assign(other, trips, algorithm="bush", relative_gap=1e-6)
    warm = assign(one, trips, algorithm="bush", relative_gap=1e-9, warm_start=foreign)
    cold = assign(one, trips, algorithm="bush", relative_gap=1e-9)
    assert_bushes_carry(one, trips, warm)
    assert warm.beckmann_veh_s == pytest.approx(cold.beckmann_veh_s, rel=2e-9)


def test_bushes_are_checked():
    with pytest.raises(InputError, match="ptr: must rise"):
        Bushes(origin_id=[0], class_row=[0], ptr=[0, 2], link=[0], volume_veh_per_h=[1.0])
    with pytest.raises(InputError, match="an origin stands twice"):
        Bushes(origin_id=[0, 0], class_row=[0, 0], ptr=[0, 1, 1], link=[0], volume_veh_per_h=[1.0])
    roads, trips = random_grid(3)
    found = assign(roads, trips, algorithm="bush")
    beyond = Bushes(origin_id=[0], class_row=[0], ptr=[0, 1], link=[roads.n_links], volume_veh_per_h=[1.0])
    with pytest.raises(InputError, match=f"bushes: link {roads.n_links} of {roads.n_links} links"):
        replace(found, bushes=beyond)
    assert "bushes" in found.bushes._repr_html_()


# --- limits, slots, threads ------------------------------------------------------------------------------------------


def test_gap_of_zero_ends_by_itself():
    roads = road_network([linear(0, 1, 8.0, 1.0), linear(0, 1, 1.0, 2.0)], 2, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = assign(roads, od(2, {(0, 1): 4.0}), algorithm="bush", relative_gap=0.0, max_iterations=10**6)
    assert found.relative_gap < 1e-15
    assert found.iterations < 20


def test_limits_are_kept_and_said():
    roads, trips = random_grid(21, side=12, n_zones=60)
    with pytest.warns(ConvergenceWarning, match="after 1 iterations"):
        found = assign(roads, trips, algorithm="bush", relative_gap=1e-12, max_iterations=1)
    assert not found.converged
    assert len(found.gap_history) == 2
    assert found.gap_history[-1] == found.relative_gap
    assert_bushes_carry(roads, trips, found)
    with pytest.warns(ConvergenceWarning):
        late = assign(roads, trips, algorithm="bush", relative_gap=1e-12, max_seconds=1e-6)
    assert late.iterations == 0


def test_bushes_that_outgrow_their_slots_are_moved(monkeypatch):
    roads, trips = random_grid(21, side=12, n_zones=60)
    moved = []
    give_room = bush_based._State._give_room
    monkeypatch.setattr(bush_based._State, "_give_room", lambda state, size: (moved.append(1), give_room(state, size)))
    usual = assign(roads, trips, algorithm="bush", relative_gap=1e-9)
    n_usual = len(moved)
    monkeypatch.setattr(bush_based, "TUNING", replace(bush_based.TUNING, slack=10**9))
    tight = assign(roads, trips, algorithm="bush", relative_gap=1e-9)
    assert len(moved) - n_usual > n_usual
    np.testing.assert_array_equal(tight.volume_veh_per_h, usual.volume_veh_per_h)


SCRIPT = """
import sys
from oracles.road_networks import random_grid
from itas_mobility.demand.assignment import assign
roads, trips = random_grid(21, side=12, n_zones=60, connectors=True)
found = assign(roads, trips, algorithm="bush", relative_gap=1e-10, threads=int(sys.argv[1]))
content = found.volume_veh_per_h, found.bushes.link, found.bushes.volume_veh_per_h
sys.stdout.buffer.write(b"".join(part.tobytes() for part in content) + repr(found.gap_history).encode())
"""


def test_same_bytes_with_one_and_two_threads():
    tests = Path(__file__).parents[2]
    paths = [str(tests), str(tests.parent / "src"), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "NUMBA_NUM_THREADS": "2"}
    outputs = [
        subprocess.run([sys.executable, "-c", SCRIPT, threads], env=env, capture_output=True, check=True).stdout
        for threads in ("1", "2", "4")
    ]
    assert len(outputs[0]) > 1000
    assert outputs[0] == outputs[1]
