"""Paths of a pair of zones: volumes add up, costs agree, what is left out is said."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core.user_class import UserClass
from itas_mobility.demand import assign, paths, proportionate
from itas_mobility.errors import DataWarning, DemandError, InputError
from oracles.road_networks import Link, linear, od, random_grid, road_network
from oracles.route_flows import route_flows

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_same_as_path_by_path(seed):
    roads, trips = random_grid(seed)
    trips = replace(trips, trips=trips.trips * 2, duration_h=0.5)
    found = proportionate(roads, trips, assign(roads, trips, relative_gap=1e-9, max_iterations=60))
    flows = route_flows(roads, [trips], found)
    for origin, to in zip(*np.nonzero(trips.trips), strict=True):
        if origin == to:
            continue
        seen = paths(roads, trips, found, str(origin), str(to), max_paths=1000)
        wanted = {links: flow for (_, start, end, links), flow in flows.items() if (start, end) == (origin, to)}
        assert len(seen) == len(wanted)
        assert seen.volume_veh_per_h.sum() == pytest.approx(trips.trips[origin, to] / 0.5, rel=1e-12)
        assert (np.diff(seen.volume_veh_per_h) <= 0).all()
        assert seen.left_out_veh_per_h == 0.0
        row = np.argsort(roads.link_key)
        for path in range(len(seen)):
            links = row[seen.links(path)]
            assert seen.volume_veh_per_h[path] == pytest.approx(wanted[tuple(links.tolist())], rel=1e-11, abs=1e-11)
            assert (roads.head[links[:-1]] == roads.tail[links[1:]]).all()
            assert seen.cost_s[path] == pytest.approx(found.cost_s[links].sum())
            assert seen.time_s[path] == pytest.approx(found.time_s[links].sum())
            assert seen.length_m[path] == pytest.approx(roads.length_m[links].sum())


def braess():
    links = [linear(0, 2, 0.0, 10.0), linear(0, 3, 50.0, 1.0), linear(2, 3, 10.0, 1.0), linear(2, 1, 50.0, 1.0)]
    roads = road_network([*links, linear(3, 1, 0.0, 10.0)], 4, 2)
    trips = od(2, {(0, 1): 6.0})
    return roads, trips, assign(roads, trips, relative_gap=1e-13)


def test_braess():
    roads, trips, found = braess()
    seen = paths(roads, trips, found, "0", "1")
    assert seen.volume_veh_per_h == pytest.approx([2.0, 2.0, 2.0])
    assert seen.cost_s == pytest.approx([92.0, 92.0, 92.0])
    assert {tuple(seen.links(path).tolist()) for path in range(3)} == {(0, 3), (1, 4), (0, 2, 4)}
    table = seen.to_dataframe()
    assert table.link_keys.map(len).tolist() == [len(seen.links(path)) for path in range(3)]
    assert "92.0 s" in seen._repr_html_()


def test_more_paths_than_asked_for_are_said():
    roads, trips, found = braess()
    with pytest.warns(DataWarning, match=r"2 veh/h are on more than the 2 paths listed"):
        seen = paths(roads, trips, found, "0", "1", max_paths=2)
    assert len(seen) == 2
    assert seen.left_out_veh_per_h == pytest.approx(2.0)


def test_pair_without_demand_has_no_paths():
    roads, trips, found = braess()
    for pair in (("1", "0"), ("0", "0")):
        seen = paths(roads, trips, found, *pair)
        assert len(seen) == 0
        assert len(seen.link_key) == 0
        seen.to_dataframe()
        seen._repr_html_()


def test_cost_is_that_of_the_class():
    roads = road_network([Link(0, 2, 5.0, toll_eur=0.5), Link(2, 1, 7.0, length_m=300.0)], 3, 2)
    trips = od(2, {(0, 1): 3.0})
    user = UserClass(
        "cars", trips, toll_weight_s_per_eur=100.0, distance_weight_s_per_m=0.1, extra_cost_s=np.array([0.0, 2.0])
    )
    found = assign(roads, trips)
    assert paths(roads, [user], found, "0", "1").cost_s == pytest.approx([5 + 7 + 50 + 0.1 * 400 + 2])
    assert paths(roads, trips, found, "0", "1").cost_s == pytest.approx([12.0])
    with pytest.raises(DemandError, match="'lorries' is not one of cars"):
        paths(roads, [user], found, "0", "1", class_name="lorries")


def test_unknown_zone_and_number_of_paths():
    roads, trips, found = braess()
    with pytest.raises(InputError, match="zone '7' is not known"):
        paths(roads, trips, found, "0", "7")
    with pytest.raises(DemandError, match="max_paths: 0"):
        paths(roads, trips, found, "0", "1", max_paths=0)
