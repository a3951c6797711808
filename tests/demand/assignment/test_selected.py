"""Select link: adds up exactly, agrees with all paths one by one, refuses what is not there."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.result import Bushes
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand import assign, proportionate, select_links
from itas_mobility.errors import ConvergenceWarning, DataWarning, DemandError, InputError, NetworkError
from oracles.road_networks import Link, od, random_grid, road_network
from oracles.route_flows import route_flows

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=20, deadline=None)
@given(seeds, st.booleans(), st.booleans())
def test_each_link_adds_up_to_its_volume(seed, connectors, proportional):
    roads, trips = random_grid(seed, connectors=connectors)
    trips = replace(trips, trips=trips.trips * 2, duration_h=2.0)
    found = assign(roads, trips, relative_gap=1e-10, max_iterations=60)
    if proportional:
        found = proportionate(roads, trips, found)
    for row, key in enumerate(roads.link_key.tolist()):
        selected = select_links(roads, trips, found, key)
        volume = found.volume_veh_per_h[row]
        assert selected.total_veh_per_h == pytest.approx(volume, rel=1e-12, abs=1e-12)
        assert selected.volume_veh_per_h[0, row] == pytest.approx(volume, rel=1e-12, abs=1e-12)
        assert (selected.volume_veh_per_h[0] <= found.volume_veh_per_h * (1 + 1e-12) + 1e-12).all()
        assert (selected.demand_veh_per_h[0] <= trips.trips / 2 * (1 + 1e-12)).all()


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(["any", "all"]), st.integers(1, 3))
def test_same_as_path_by_path(seed, passing, n_links):
    roads, trips = random_grid(seed)
    trips = replace(trips, trips=trips.trips * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = assign(roads, trips, relative_gap=1e-4, max_iterations=5)
    flows = route_flows(roads, [trips], found)
    rng = np.random.default_rng(seed)
    longest = max((links for *_, links in flows), key=len)
    chosen = set(rng.choice(longest, min(n_links, len(longest)), replace=False).tolist())
    demand, volume = np.zeros((1, roads.n_zones, roads.n_zones)), np.zeros((1, roads.n_links))
    for (user, origin, to, links), flow in flows.items():
        if chosen <= set(links) if passing == "all" else chosen & set(links):
            demand[user, origin, to] += flow
            volume[user, list(links)] += flow
    selected = select_links(roads, trips, found, roads.link_key[sorted(chosen)], passing=passing)
    np.testing.assert_allclose(selected.demand_veh_per_h, demand, atol=1e-10 * trips.total)
    np.testing.assert_allclose(selected.volume_veh_per_h, volume, atol=1e-10 * trips.total)
    assert demand.sum() > 0


def two_classes():
    """Two zones, a choice of two links, cars and lorries with bushes of their own."""
    roads = road_network([Link(0, 2), Link(2, 3, 5.0), Link(2, 3, 5.0), Link(3, 1)], 4, 2)
    cars, lorries = od(2, {(0, 1): 30.0}), od(2, {(0, 1): 4.0})
    found = assign(roads, od(2, {(0, 1): 38.0}))
    bushes = Bushes(
        origin_id=np.array([0, 0]), class_row=np.array([0, 1]), ptr=np.array([0, 4, 7]),
        link=np.array([0, 1, 2, 3, 0, 2, 3]), volume_veh_per_h=np.array([30.0, 20.0, 10.0, 30.0, 4.0, 4.0, 4.0]),
    )  # fmt: skip
    volume = np.array([38.0, 20.0, 18.0, 38.0])
    classes = [UserClass("cars", cars), UserClass("lorries", lorries, pce=2.0)]
    return roads, classes, replace(found, bushes=bushes, volume_veh_per_h=volume)


def test_by_class():
    roads, classes, found = two_classes()
    selected = select_links(roads, classes, found, int(roads.link_key[2]))
    assert selected.demand_veh_per_h[:, 0, 1].tolist() == [10.0, 4.0]
    assert selected.volume_veh_per_h.tolist() == [[10.0, 0.0, 10.0, 10.0], [4.0, 0.0, 4.0, 4.0]]
    assert selected.od_matrix("lorries").total == 4.0
    assert selected.od_matrix().total == 14.0
    with pytest.raises(DemandError, match="'buses' is not known; known: cars, lorries"):
        selected.od_matrix("buses")
    table = selected.to_dataframe()
    assert table.columns.tolist() == ["class_name", "link_key", "volume_veh_per_h"]
    assert len(table) == 6
    assert "14.0 veh/h" in selected._repr_html_()


def test_what_cannot_be_used_is_refused():
    roads, trips = random_grid(1)
    found = assign(roads, trips, relative_gap=1e-10)
    key = int(roads.link_key[0])
    with pytest.raises(NetworkError, match="99999 is not a link"):
        select_links(roads, trips, found, [key, 99999])
    with pytest.raises(NetworkError, match="given twice"):
        select_links(roads, trips, found, [key, key])
    with pytest.raises(NetworkError, match="no link"):
        select_links(roads, trips, found, [])
    with pytest.raises(DemandError, match="'one' is not one of any, all"):
        select_links(roads, trips, found, key, passing="one")
    with pytest.raises(DemandError, match="at most 8"):
        select_links(roads, trips, found, roads.link_key[:9], passing="all")
    assert select_links(roads, trips, found, roads.link_key).total_veh_per_h == pytest.approx(
        trips.total - np.trace(trips.trips)
    )


def test_result_and_trips_must_belong_together():
    roads, trips = random_grid(1)
    found = assign(roads, trips, relative_gap=1e-10)
    key = int(roads.link_key[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        links_only = assign(roads, trips, algorithm="msa", max_iterations=2)
    with pytest.raises(DemandError, match="does not know which trips use a link"):
        select_links(roads, trips, links_only, key)
    with pytest.raises(DemandError, match="carries other trips"):
        select_links(roads, replace(trips, trips=trips.trips * 1.01), found, key)
    silent = trips.trips.copy()
    silent[np.flatnonzero(trips.trips.sum(axis=1))[0]] = 0.0
    with pytest.raises(DemandError, match="on no link of the result"):
        select_links(roads, trips, assign(roads, replace(trips, trips=silent)), key)
    with pytest.raises(DemandError, match="2 zones, the network has 5"):
        select_links(roads, od(2, {(0, 1): 1.0}), found, key)
    with pytest.raises(DemandError, match="no user class"):
        select_links(roads, [], found, key)
    other, _ = random_grid(1, side=3)
    with pytest.raises(NetworkError, match="other links"):
        select_links(other, trips, found, key)
    roads, classes, both = two_classes()
    with pytest.raises(DemandError, match="2 user classes, trips has 1"):
        select_links(roads, classes[:1], both, 0)
    strange = replace(both, bushes=replace(both.bushes, origin_id=np.array([7, 7])))
    with pytest.raises(InputError, match="origin 7 is not a zone"):
        select_links(roads, classes, strange, 0)


def test_demand_without_path_is_left_out():
    roads = road_network([Link(0, 1, 5.0), Link(2, 3, 7.0)], 4, 4)
    trips = od(4, {(0, 1): 5.0, (0, 3): 7.0, (2, 3): 2.0})
    with pytest.warns(DataWarning):
        found = assign(roads, trips)
    assert select_links(roads, trips, found, roads.link_key).total_veh_per_h == 7.0
