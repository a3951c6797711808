"""User classes: car equivalents, weights, costs and bans of their own, on roads that all share."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment import assign
from itas_mobility.errors import DataWarning, DemandError
from oracles.road_networks import Link, od, random_grid, road_network
from oracles.shortest_paths import distances

seeds = st.integers(0, 2**32 - 1)


def scaled(trips, factor):
    return replace(trips, trips=factor * trips.trips)


def two_roads():
    """From 0 to 1: 10 + v / 100 s, or 15 + v / 100 s."""
    return road_network([Link(0, 1, 10.0, 1000.0, 1.0, 1.0), Link(0, 1, 15.0, 1500.0, 1.0, 1.0)], 2, 2)


@settings(deadline=None, max_examples=15)
@given(seed=seeds, share=st.floats(0.1, 0.9), pce=st.floats(0.5, 4.0))
def test_what_counts_is_car_equivalents(seed, share, pce):
    roads, trips = random_grid(seed)
    one = assign(roads, trips, relative_gap=1e-11)
    classes = [UserClass("cars", scaled(trips, share)), UserClass("lorries", scaled(trips, (1 - share) / pce), pce=pce)]
    both = assign(roads, classes, relative_gap=1e-11)
    assert both.beckmann_veh_s == pytest.approx(one.beckmann_veh_s, rel=1e-9)
    np.testing.assert_allclose(both.time_s, one.time_s, rtol=1e-4)
    cars, lorries = both.class_volume_veh_per_h
    np.testing.assert_allclose(cars + pce * lorries, both.volume_veh_per_h, rtol=1e-12, atol=1e-9)
    assert both.class_name.tolist() == ["cars", "lorries"]


@settings(deadline=None, max_examples=15)
@given(seed=seeds, toll=st.floats(0.0, 200.0), data=st.data())
def test_each_class_drives_its_own_cheapest_ways(seed, toll, data):
    roads, trips = random_grid(seed)
    rng = np.random.default_rng(seed)
    banned = rng.random(roads.n_links) < 0.15
    extra = toll * rng.random(roads.n_links)
    classes = [
        UserClass("free", scaled(trips, 0.5), extra_cost_s=extra),
        UserClass("banned", scaled(trips, 0.2), pce=2.5, banned=banned),
    ]
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = assign(roads, classes, relative_gap=1e-9)
    assert found.converged
    assert found.class_volume_veh_per_h[1][banned].max(initial=0.0) == 0.0
    np.testing.assert_allclose(found.class_cost_s[0], found.time_s + extra, rtol=1e-12)
    assert np.isinf(found.class_cost_s[1][banned]).all()
    paid = shortest = assigned = 0.0
    for m, user in enumerate(classes):
        cost = found.class_cost_s[m]
        volume = found.class_volume_veh_per_h[m]
        paid += user.pce * float((volume[volume > 0] * cost[volume > 0]).sum())
        demand = user.trips.trips.copy()
        np.fill_diagonal(demand, 0.0)
        for origin in range(roads.n_zones):
            least = distances(roads, np.where(np.isinf(cost), 1e30, cost), origin)[: roads.n_zones]
            reached = least < 1e29
            shortest += user.pce * float((demand[origin][reached] * least[reached]).sum())
            assigned += float(demand[origin][reached].sum())
    assert -1e-12 <= (paid - shortest) / paid <= 1e-9 * 1.001
    asked = sum(user.trips.trips.sum() - np.trace(user.trips.trips) for user in classes)
    assert assigned + found.unassigned.total == pytest.approx(asked, rel=1e-12)
    assert found.unassigned_trips == found.unassigned.total


def test_value_of_time_decides_who_pays_the_toll():
    # the quick road costs 2 EUR; hasty drivers count 1 s per EUR, patient ones 100 s
    roads = replace(two_roads(), toll_eur=[2.0, 0.0])
    hasty = UserClass("hasty", od(2, {(0, 1): 300.0}), toll_weight_s_per_eur=1.0)
    patient = UserClass("patient", od(2, {(0, 1): 300.0}), toll_weight_s_per_eur=100.0)
    found = assign(roads, [hasty, patient], relative_gap=1e-12)
    # hasty: 10 + v / 100 + 2 = 15 + (600 - v) / 100 -> v = 450, more than there are of them; patient: none at all
    np.testing.assert_allclose(found.class_volume_veh_per_h, [[300.0, 0.0], [0.0, 300.0]], atol=1e-9)
    np.testing.assert_allclose(found.class_cost_s, [[15.0, 18.0], [213.0, 18.0]])
    np.testing.assert_allclose(found.cost_s, found.time_s)


def test_system_optimum_counts_what_a_lorry_takes_from_others():
    roads = two_roads()
    lorries = [UserClass("lorries", od(2, {(0, 1): 200.0}), pce=3.0)]
    cars = od(2, {(0, 1): 600.0})
    one, other = (assign(roads, trips, objective="so", relative_gap=1e-12) for trips in (lorries, cars))
    np.testing.assert_allclose(one.volume_veh_per_h, other.volume_veh_per_h, rtol=1e-9)
    np.testing.assert_allclose(3.0 * one.class_volume_veh_per_h[0], other.volume_veh_per_h, rtol=1e-9)


def test_ban_that_cuts_a_class_off_names_it():
    roads = two_roads()
    classes = [
        UserClass("cars", od(2, {(0, 1): 100.0})),
        UserClass("lorries", od(2, {(0, 1): 7.0}), banned=np.array([True, True])),
    ]
    with pytest.warns(DataWarning, match=r"no path for 1 pairs of zones with 7 trips: .* \(lorries: 7\)"):
        found = assign(roads, classes)
    assert found.unassigned.class_row.tolist() == [1]
    assert (found.unassigned.origin.tolist(), found.unassigned.destination.tolist()) == ([0], [1])


@settings(deadline=None, max_examples=10)
@given(seed=seeds)
def test_warm_start_finds_classes_by_name(seed):
    roads, trips = random_grid(seed)
    classes = [UserClass("cars", trips), UserClass("lorries", scaled(trips, 0.1), pce=2.0)]
    cold = assign(roads, classes, relative_gap=1e-8)
    warm = assign(roads, classes[::-1], relative_gap=1e-8, warm_start=cold)
    assert warm.iterations <= 1
    assert warm.beckmann_veh_s == pytest.approx(cold.beckmann_veh_s, rel=1e-7)


@pytest.mark.parametrize(
    ("make", "options", "said"),
    [
        (lambda t: [UserClass("a", t), UserClass("a", t)], {}, "'a' stands more than once"),
        (lambda t: [UserClass("a", t)], {"algorithm": "bfw"}, "user classes need"),
        (lambda t: [UserClass("a", t)], {"toll_weight_s_per_eur": 1.0}, "each user class carries its own"),
        (lambda t: [UserClass("a", t, banned=np.zeros(3, dtype=bool))], {}, "banned has shape"),
        (lambda t: [UserClass("a", t, extra_cost_s=np.zeros(1))], {}, "extra_cost_s has shape"),
        (lambda _: [], {}, "no user class is given"),
    ],
)
def test_classes_that_cannot_be_used_are_refused(make, options, said):
    with pytest.raises(DemandError, match=said):
        assign(two_roads(), make(od(2, {(0, 1): 1.0})), **options)


@pytest.mark.parametrize(("field", "value"), [("pce", 0.0), ("pce", np.inf), ("toll_weight_s_per_eur", -1.0)])
def test_user_class_refuses_numbers_that_make_no_sense(field, value):
    with pytest.raises(DemandError, match=field):
        UserClass("a", od(2, {(0, 1): 1.0}), **{field: value})
