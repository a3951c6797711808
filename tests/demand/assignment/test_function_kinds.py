"""Equilibria on networks of odd volume-delay functions: tables with kinks, infinite slopes at no volume, mixtures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.road import VdfKind
from itas_mobility.demand.assignment import assign
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.errors import NetworkError
from oracles.road_networks import Link, in_given_order, od, random_grid, road_network
from oracles.shortest_paths import distances

seeds = st.integers(0, 2**32 - 1)

TABLES = {
    "vdf_table_ptr": [0, 4, 5, 9],
    "vdf_table_ratio": [0, 0.3, 0.9, 1.2, 0, 0, 0.5, 1, 1.5],
    "vdf_table_factor": [1, 1, 1.3, 3, 1.2, 1, 1.2, 1.2, 1.4],
}
"""Level then rising; one point; rising, level, rising."""


def mixture(seed, *kinds):
    """A random network on which each link has one of these functions."""
    roads, trips = random_grid(seed)
    rng = np.random.default_rng(seed)
    shapes = {
        "bpr": (VdfKind.BPR, 0.5, 4.0),
        "root": (VdfKind.BPR, 0.5, 0.5),
        "level": (VdfKind.BPR, 0.5, 0.0),
        "conical": (VdfKind.CONICAL, 5.0, 0.0),
        "akcelik": (VdfKind.AKCELIK, 0.4, 1.0),
        "queue only": (VdfKind.AKCELIK, 0.0, 1.0),
        "table": (VdfKind.TABLE, 0.0, 0.0),
        "level table": (VdfKind.TABLE, 1.0, 0.0),
        "stepped table": (VdfKind.TABLE, 2.0, 0.0),
    }
    chosen = [shapes[kinds[i]] for i in rng.integers(0, len(kinds), roads.n_links)]
    kind, alpha, beta = (np.array(column, float) for column in zip(*chosen, strict=True))
    return replace(roads, vdf=kind.astype(np.uint8), vdf_alpha=alpha, vdf_beta=beta, **TABLES), trips


def assert_is_equilibrium(roads, trips, found, gap):
    shortest = sum(trips.trips[o] @ distances(roads, found.cost_s, o)[: len(trips)] for o in range(len(trips)))
    assert found.converged
    assert (found.tstt_veh_s - shortest) / found.tstt_veh_s <= gap + 1e-13


@settings(max_examples=25, deadline=None)
@given(
    seeds,
    st.sampled_from(
        [
            ("root",),
            ("table", "level table", "stepped table"),
            ("bpr", "root", "level", "conical", "akcelik", "table", "stepped table"),
        ]
    ),
)
def test_bushes_balance_any_functions(seed, kinds):
    roads, trips = mixture(seed, *kinds)
    found = assign(roads, trips, relative_gap=1e-9)
    assert_is_equilibrium(roads, trips, found, 1e-9)


@pytest.mark.parametrize("algorithm", ["fw", "cfw", "bfw"])
@pytest.mark.parametrize("kinds", [("root",), ("table", "bpr")])
def test_link_based_methods_agree_with_bushes(algorithm, kinds):
    roads, trips = mixture(11, *kinds)
    exact = assign(roads, trips, relative_gap=1e-9)
    found = assign(roads, trips, relative_gap=1e-3, algorithm=algorithm, max_iterations=2000)
    assert_is_equilibrium(roads, trips, found, 1e-3)
    excess = found.tstt_veh_s - found.sptt_veh_s
    assert -1e-9 * found.tstt_veh_s <= found.beckmann_veh_s - exact.beckmann_veh_s <= excess


def test_system_optimum_with_infinite_slopes():
    roads, trips = mixture(3, "root", "bpr")
    optimum = assign(roads, trips, relative_gap=1e-9, objective="so")
    equilibrium = assign(roads, trips, relative_gap=1e-9)
    assert optimum.converged
    assert optimum.tstt_veh_s < equilibrium.tstt_veh_s


def test_two_routes_meet_on_a_table_by_hand():
    # 60 s up to 500 veh/h, then 0.12 s more for each; the other road takes 90 s: 750 and the rest
    links = [Link(0, 1, 60.0, 1000.0), Link(0, 1, 90.0)]
    roads = road_network(links, 2, 2)
    points = {"vdf_table_ptr": [0, 3], "vdf_table_ratio": [0, 0.5, 1], "vdf_table_factor": [1, 1, 2]}
    roads = replace(roads, vdf=np.where(roads.link_key == 0, VdfKind.TABLE, VdfKind.BPR), **points)
    for demand, expected in ((400, [400, 0]), (1000, [750, 250])):
        found = assign(roads, od(2, {(0, 1): demand}), relative_gap=1e-12)
        assert in_given_order(roads, found.volume_veh_per_h) == pytest.approx(expected, abs=1e-6)
        assert found.beckmann_veh_s == pytest.approx(24_000.0 if demand == 400 else 48_750 + 90 * 250)


def test_a_table_that_overflows_is_an_error_that_names_the_link():
    roads = replace(
        road_network([Link(0, 1, 60.0, 1.0)], 2, 2), vdf=[VdfKind.TABLE], vdf_table_ptr=[0, 2],
        vdf_table_ratio=[0, 1], vdf_table_factor=[1, 1e300],
    )  # fmt: skip
    with pytest.raises(NetworkError, match=r"cost of link 0 .* at 1e\+12 veh/h .*table function"):
        assign(roads, od(2, {(0, 1): 1e12}))


def test_functions_of_the_kernels_see_the_tables():
    roads, _ = mixture(4, "table", "stepped table")
    cost = TravelCost(roads, preload_veh_per_h=np.full(roads.n_links, 100.0))
    volume = np.random.default_rng(4).uniform(0, 900, roads.n_links)
    table = roads.vdf_alpha.astype(int)
    ptr, ratio, factor = (np.array(column) for column in TABLES.values())
    expected = []
    for i in range(roads.n_links):
        x, y = (column[ptr[table[i]] : ptr[table[i] + 1]] for column in (ratio, factor))
        at = (volume[i] + 100.0) / roads.capacity_veh_per_h[i]
        beyond = (y[-1] - y[-2]) / (x[-1] - x[-2]) * max(at - x[-1], 0.0)
        expected.append(roads.free_time_s[i] * (np.interp(at, x, y) + beyond))
    np.testing.assert_allclose(cost.value(volume), expected, rtol=1e-13)
