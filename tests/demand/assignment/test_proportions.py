"""Proportionality: analytic cases, the twin over all paths, what must not change, renumbering, classes, bad input."""

import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import ODMatrix
from itas_mobility.core.result import Bushes
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand import assign, proportionate
from itas_mobility.demand.assignment import proportions
from itas_mobility.demand.assignment.vdf import MarginalCost
from itas_mobility.errors import ConvergenceWarning, DemandError, InputError, NetworkError
from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips
from oracles.road_networks import Link, in_given_order, linear, od, random_grid, road_network
from oracles.route_flows import most_even_flows, route_flows

seeds = st.integers(0, 2**32 - 1)


def by_origin(roads, result):
    """Volumes by origin and link in the order of the links' keys, shape (n_zones, n_links)."""
    bushes = result.bushes
    place = np.argsort(np.argsort(roads.link_key))
    found = np.zeros((roads.n_zones, roads.n_links))
    for k, origin in enumerate(bushes.origin_id.tolist()):
        part = slice(bushes.ptr[k], bushes.ptr[k + 1])
        zone = int(np.flatnonzero(roads.node_id == origin)[0])
        np.add.at(found[zone], place[bushes.link[part]], bushes.volume_veh_per_h[part])
    return found


def assert_same_equilibrium(roads, trips, before, after, constant=None):
    """Volumes of links of rising cost, costs and totals stay; bushes carry each origin's trips and add up."""
    held = np.ones(roads.n_links, dtype=bool) if constant is None else ~constant
    total = trips.total / trips.duration_h
    change = np.abs(after.volume_veh_per_h - before.volume_veh_per_h)
    assert change[held].max() <= 1e-9 * total
    assert after.tstt_veh_s == pytest.approx(before.tstt_veh_s, rel=1e-8)
    assert after.cost_s.tobytes() == before.cost_s.tobytes()
    own = by_origin(roads, after)
    place = np.argsort(np.argsort(roads.link_key))
    np.testing.assert_allclose(own.sum(axis=0)[place], after.volume_veh_per_h, rtol=1e-12, atol=1e-12 * total)
    by_key = np.argsort(roads.link_key)
    for zone in range(roads.n_zones):
        balance = np.zeros(roads.n_nodes)
        np.add.at(balance, roads.tail[by_key], own[zone])
        np.add.at(balance, roads.head[by_key], -own[zone])
        demand = trips.trips[zone] / trips.duration_h
        balance[zone] -= demand.sum()
        balance[: roads.n_zones] += demand
        np.testing.assert_allclose(balance, 0.0, atol=1e-11 * total)


# --- analytic --------------------------------------------------------------------------------------------------------


def two_origins_two_routes(first, second):
    """Origins 0 and 1 meet at node 3, from which two links lead to node 4 and on to zone 2."""
    links = [Link(0, 3), Link(1, 3), replace_ends(first, 3, 4), replace_ends(second, 3, 4), Link(4, 2)]
    return road_network(links, 5, 3), od(3, {(0, 2): 30.0, (1, 2): 90.0})


def replace_ends(link, tail, head):
    return link._replace(tail=tail, head=head)


def test_two_origins_split_alike_on_two_routes():
    roads, trips = two_origins_two_routes(linear(0, 0, 10.0, 1.0), linear(0, 0, 40.0, 0.5))
    found = assign(roads, trips, relative_gap=1e-13)
    even = proportionate(roads, trips, found)
    assert_same_equilibrium(roads, trips, found, even)
    own = by_origin(roads, even)
    # 10 + a = 40 + (120 - a) / 2, so a = 60
    assert own[0, 2:4] == pytest.approx([15.0, 15.0], rel=1e-9)
    assert own[1, 2:4] == pytest.approx([45.0, 45.0], rel=1e-9)
    again = proportionate(roads, trips, even)
    np.testing.assert_allclose(again.volume_veh_per_h, even.volume_veh_per_h, rtol=1e-12)


def test_links_of_equal_constant_cost_take_half_each():
    roads, trips = two_origins_two_routes(Link(0, 0, 20.0), Link(0, 0, 20.0))
    found = assign(roads, trips, relative_gap=1e-13)
    assert sorted(in_given_order(roads, found.volume_veh_per_h)[2:4].tolist()) == [0.0, 120.0]
    own = by_origin(roads, proportionate(roads, trips, found))
    assert own[0, 2:4] == pytest.approx([15.0, 15.0], rel=1e-12)
    assert own[1, 2:4] == pytest.approx([45.0, 45.0], rel=1e-12)


def test_ways_that_cost_nothing_take_half_each():
    roads = road_network([Link(0, 2, 0.0), Link(2, 1, 0.0), Link(0, 3, 0.0), Link(3, 1, 0.0)], 4, 2, first_through=2)
    trips = od(2, {(0, 1): 8.0})
    even = proportionate(roads, trips, assign(roads, trips))
    assert even.volume_veh_per_h.tolist() == [4.0, 4.0, 4.0, 4.0]


def test_dearer_constant_link_stays_empty():
    roads, trips = two_origins_two_routes(Link(0, 0, 20.0), Link(0, 0, 20.01))
    even = proportionate(roads, trips, assign(roads, trips, relative_gap=1e-13))
    assert in_given_order(roads, even.volume_veh_per_h)[2:4].tolist() == [120.0, 0.0]


def test_constant_link_beside_one_of_rising_cost():
    # the rising link keeps what equilibrium gives it, the two constant ones share the rest
    roads, trips = two_origins_two_routes(linear(0, 0, 10.0, 1.0), Link(0, 0, 20.0))
    roads = road_network([*links_of(roads), Link(3, 4, 20.0)], 5, 3)
    even = proportionate(roads, trips, assign(roads, trips, relative_gap=1e-13))
    own = by_origin(roads, even)[:2, [2, 3, 5]]
    np.testing.assert_allclose(own, [[2.5, 13.75, 13.75], [7.5, 41.25, 41.25]], rtol=1e-9)


def links_of(roads):
    """The links in the order in which `road_network` got them."""
    rows = np.argsort(roads.link_key)
    names = ("tail", "head", "free_time_s", "capacity_veh_per_h", "vdf_alpha", "vdf_beta")
    return [Link(*(getattr(roads, name)[row] for name in names)) for row in rows]


def test_braess_keeps_its_three_paths():
    links = [linear(0, 2, 0.0, 10.0), linear(0, 3, 50.0, 1.0), linear(2, 3, 10.0, 1.0), linear(2, 1, 50.0, 1.0)]
    roads = road_network([*links, linear(3, 1, 0.0, 10.0)], 4, 2)
    trips = od(2, {(0, 1): 6.0})
    even = proportionate(roads, trips, assign(roads, trips, relative_gap=1e-13))
    assert in_given_order(roads, even.volume_veh_per_h) == pytest.approx([4.0, 2.0, 2.0, 2.0, 4.0], rel=1e-8)
    assert sorted(route_flows(roads, [trips], even).values()) == pytest.approx([2.0, 2.0, 2.0], rel=1e-8)


def test_flow_that_must_be_zero_goes_to_zero():
    # origin 0 could take 3 -> 4 by either link, but only origin 1's trips load the way over 5
    links = [
        Link(0, 3),
        Link(1, 5),
        linear(3, 4, 10.0, 1.0),
        linear(3, 5, 5.0, 0.1),
        linear(5, 4, 5.0, 0.1),
        Link(4, 2),
    ]
    roads = road_network(links, 6, 3)
    trips = od(3, {(0, 2): 50.0, (1, 2): 40.0})
    found = assign(roads, trips, relative_gap=1e-13)
    even = proportionate(roads, trips, found)
    assert_same_equilibrium(roads, trips, found, even)


# --- against all paths -----------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(seeds, st.booleans())
def test_route_flows_of_largest_entropy(seed, connectors):
    roads, trips = random_grid(seed, side=3, n_zones=4, connectors=connectors)
    trips = replace(trips, trips=trips.trips * 2)  # enough for several routes
    found = assign(roads, trips, relative_gap=1e-13, max_iterations=60)
    even = proportionate(roads, trips, found)
    constant = roads.free_time_s == 0
    assert_same_equilibrium(roads, trips, found, even, constant)
    tolerance = 3e-6 * found.tstt_veh_s / trips.total
    expected = most_even_flows(roads, trips, found, constant, tolerance)
    flows = {key[1:]: flow for key, flow in route_flows(roads, [trips], even).items()}
    scale = trips.total
    for path in expected.keys() | flows.keys():
        assert flows.get(path, 0.0) == pytest.approx(expected.get(path, 0.0), abs=2e-6 * scale), path


# --- renumbering -----------------------------------------------------------------------------------------------------


def renumbered(roads, trips, seed):
    """The same network with zones, nodes and links in another order; keys and ids stay."""
    rng = np.random.default_rng(seed)
    zones, nodes = roads.n_zones, roads.n_nodes
    shuffled = np.concatenate([rng.permutation(zones), zones + rng.permutation(nodes - zones)])  # new row -> old
    new_of = np.argsort(shuffled)
    order = rng.permutation(roads.n_links)
    order = order[np.argsort(new_of[roads.tail[order]], kind="stable")]
    names = (
        "link_key", "length_m", "free_speed_km_per_h", "free_time_s", "lanes", "capacity_veh_per_h", "vdf", "vdf_alpha",
        "vdf_beta", "toll_eur", "road_class", "modes", "access", "name_code",
    )  # fmt: skip
    tail = new_of[roads.tail[order]]
    other = replace(
        roads, **{name: getattr(roads, name)[order] for name in names}, tail=tail, head=new_of[roads.head[order]],
        ptr=np.searchsorted(tail, np.arange(nodes + 1)), node_id=roads.node_id[shuffled],
    )  # fmt: skip
    old = shuffled[:zones]
    return other, replace(trips, zone_id=trips.zone_id[old], trips=trips.trips[np.ix_(old, old)])


def assert_same_after_renumbering(roads, trips, seed, **options):
    first = by_origin(roads, proportionate(roads, trips, assign(roads, trips, **options)))
    other, moved = renumbered(roads, trips, seed)
    second = by_origin(other, proportionate(other, moved, assign(other, moved, **options)))
    zone = np.argsort(other.node_id[: other.n_zones])
    np.testing.assert_allclose(second[zone], first, atol=1e-6 * trips.total, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(seeds, st.booleans())
def test_renumbering_changes_nothing(seed, connectors):
    roads, trips = random_grid(seed, connectors=connectors)
    trips = replace(trips, trips=trips.trips * 2)
    assert_same_after_renumbering(roads, trips, seed, relative_gap=1e-13, max_iterations=60)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_renumbering_changes_nothing_where_many_paths_cost_the_same(seed):
    """Links of a few round times, half of them constant: ties that the solver breaks by number.

    The others rise from zero volume on: a power above 1 is so flat there that a gap of 1e-13 leaves vehicles open.
    """
    roads, trips = random_grid(seed)
    rng = np.random.default_rng(seed)
    roads = replace(
        roads, free_time_s=rng.choice([10.0, 20.0], roads.n_links),
        vdf_alpha=np.where(rng.random(roads.n_links) < 0.5, 0.0, 0.5), vdf_beta=np.ones(roads.n_links),
        capacity_veh_per_h=np.full(roads.n_links, 500.0),
    )  # fmt: skip
    assert_same_after_renumbering(roads, trips, seed, relative_gap=1e-13, max_iterations=60)


def test_same_bytes_for_any_number_of_threads():
    roads, trips = random_grid(3)
    one, two = (
        proportionate(roads, trips, assign(roads, trips, relative_gap=1e-10, threads=threads)) for threads in (1, 2)
    )
    assert one.bushes.link.tobytes() == two.bushes.link.tobytes()
    assert one.bushes.volume_veh_per_h.tobytes() == two.bushes.volume_veh_per_h.tobytes()


@pytest.mark.parametrize(("folder", "name"), [("SiouxFalls", "SiouxFalls"), ("Winnipeg", "Winnipeg")])
def test_published_networks(shared_data, folder, name):
    roads = read_tntp(shared_data / f"tntp/{folder}/{name}_net.tntp")
    trips = read_tntp_trips(
        shared_data / f"tntp/{folder}/{name}_trips.tntp", roads.node_id[: roads.n_zones].astype(str)
    )
    found = assign(roads, trips, relative_gap=1e-12)
    even = proportionate(roads, trips, found)
    constant = (roads.vdf_alpha == 0) | (roads.vdf_beta == 0) | (roads.free_time_s == 0)
    assert_same_equilibrium(roads, trips, found, even, constant)
    again = assign(roads, trips, relative_gap=1e-11, warm_start=even)
    assert again.iterations == 0
    assert_same_after_renumbering(roads, trips, 1, relative_gap=1e-13)


# --- classes and other objectives ------------------------------------------------------------------------------------


def in_two_classes(trips, found, pce):
    """Half of the demand as lorries of `pce` cars each, loaded as the cars are."""
    lorries = ODMatrix(trips.zone_id, trips.trips / 2 / pce, trips.duration_h)
    cars = replace(trips, trips=trips.trips / 2)
    bushes = found.bushes
    n = len(bushes.origin_id)
    volume = bushes.volume_veh_per_h / 2
    both = Bushes(
        origin_id=np.tile(bushes.origin_id, 2), class_row=np.repeat([0, 1], n),
        ptr=np.concatenate([bushes.ptr, bushes.ptr[-1] + bushes.ptr[1:]]), link=np.tile(bushes.link, 2),
        volume_veh_per_h=np.concatenate([volume, volume / pce]),
    )  # fmt: skip
    classes = [UserClass("cars", cars), UserClass("lorries", lorries, pce=pce)]
    return classes, replace(found, bushes=both)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_classes_that_see_the_same_costs_split_alike(seed):
    roads, trips = random_grid(seed)
    found = assign(roads, trips, relative_gap=1e-12, max_iterations=60)
    classes, both = in_two_classes(trips, found, 2.5)
    even = proportionate(roads, classes, both)
    one = by_origin(roads, proportionate(roads, trips, found))
    for row, pce in ((0, 1.0), (1, 2.5)):
        bushes = even.bushes
        part = np.repeat(bushes.class_row == row, np.diff(bushes.ptr))
        only = replace(
            bushes, origin_id=bushes.origin_id[bushes.class_row == row],
            class_row=np.zeros((bushes.class_row == row).sum()),
            ptr=np.concatenate([[0], np.cumsum(np.diff(bushes.ptr)[bushes.class_row == row])]),
            link=bushes.link[part], volume_veh_per_h=bushes.volume_veh_per_h[part],
        )  # fmt: skip
        own = by_origin(roads, replace(even, bushes=only))
        np.testing.assert_allclose(own * pce, one / 2, atol=1e-7 * trips.total)


def test_class_stays_off_links_that_are_banned_for_it():
    links = [Link(0, 2), Link(2, 3, 20.0), Link(2, 3, 20.0), Link(3, 1)]
    roads = road_network(links, 4, 2)
    trips = od(2, {(0, 1): 40.0})
    found = assign(roads, trips, relative_gap=1e-12)
    classes, both = in_two_classes(trips, found, 1.0)
    empty = int(np.flatnonzero(found.volume_veh_per_h == 0)[0])
    classes[1] = replace(classes[1], banned=np.arange(roads.n_links) == empty)
    even = proportionate(roads, classes, both)
    assert even.volume_veh_per_h[empty] == pytest.approx(10.0)


def test_system_optimum_takes_marginal_costs():
    roads, trips = random_grid(11)
    found = assign(roads, trips, objective="so", relative_gap=1e-12, max_iterations=100)
    with pytest.raises(DemandError, match="marginal costs for a system optimum"):
        proportionate(roads, trips, found)
    marginal = MarginalCost(roads).value(found.volume_veh_per_h)
    even = proportionate(roads, trips, found, cost_s=marginal)
    assert_same_equilibrium(roads, trips, found, even)


# --- bad input -------------------------------------------------------------------------------------------------------


def test_what_cannot_be_used_is_refused():
    roads, trips = random_grid(1)
    found = assign(roads, trips, relative_gap=1e-10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        links_only = assign(roads, trips, algorithm="bfw", max_iterations=3)
        rough = assign(roads, replace(trips, trips=trips.trips * 3), max_iterations=0)
    with pytest.raises(DemandError, match='algorithm="bush"'):
        proportionate(roads, trips, links_only)
    with pytest.raises(DemandError, match="not of least cost"):
        proportionate(roads, replace(trips, trips=trips.trips * 3), rough)
    with pytest.raises(NetworkError, match="shape"):
        proportionate(roads, trips, found, cost_s=np.ones(3))
    with pytest.raises(NetworkError, match="at least 0"):
        proportionate(roads, trips, found, cost_s=np.full(roads.n_links, np.nan))
    bushes = found.bushes
    with pytest.raises(InputError, match="do not add up"):
        proportionate(roads, trips, replace(found, volume_veh_per_h=found.volume_veh_per_h + 1.0, bushes=bushes))


def test_rough_gap_is_said():
    roads, trips = random_grid(1)
    found = assign(roads, trips, relative_gap=1e-7)
    cost = found.cost_s * (1 + 1e-7 * np.sin(np.arange(roads.n_links)))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        proportionate(roads, trips, replace(found, cost_s=cost), cost_s=cost)
    assert any("assign with a smaller relative_gap" in str(w.message) for w in seen)


def test_no_demand():
    roads, _ = random_grid(1)
    nobody = od(roads.n_zones, {})
    found = assign(roads, nobody)
    assert proportionate(roads, nobody, found) is found


def test_more_links_than_memory_holds_are_refused(monkeypatch):
    roads, trips = random_grid(3)
    found = assign(roads, trips, relative_gap=1e-10)
    monkeypatch.setattr(proportions, "MOST_HELD", 1)
    with pytest.raises(NetworkError, match="at most 1 are possible"):
        proportionate(roads, trips, found)


def test_volumes_are_kept_where_a_way_weighs_nothing_at_first():
    """A way that is joined by much traffic at each of its nodes begins with a weight of 1e-15 against the other way."""
    steps = 5
    n_zones = 2 + 2 * steps  # origin, destination, then begin and end of the traffic that joins and leaves at each step
    inner = [n_zones + k for k in range(steps)]
    links = [linear(0, inner[0], 10.0, 1.0), *(linear(a, b, 1.0, 1e-6) for a, b in pairwise(inner))]
    links += [linear(inner[-1], 1, 1.0, 1e-6)]
    links += [Link(0, n_zones + steps, 5.0 + steps), linear(n_zones + steps, 1, 5.0, 1.0)]
    pairs = {(0, 1): 2.0}
    for k, node in enumerate(inner):
        links += [Link(2 + 2 * k, node, 1.0), Link(node, 3 + 2 * k, 1.0)]
        pairs[2 + 2 * k, 3 + 2 * k] = 1000.0
    roads, trips = road_network(links, n_zones + steps + 1, n_zones), od(n_zones, pairs)
    found = assign(roads, trips, relative_gap=1e-13)
    after = proportionate(roads, trips, found)
    held = roads.vdf_alpha > 0
    assert np.abs(after.volume_veh_per_h - found.volume_veh_per_h)[held].max() <= 1e-9 * trips.total
    assert found.volume_veh_per_h[held].min() > 0.5
