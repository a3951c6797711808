"""Turn volumes: sums, path by path, and junctions that were taken apart for restrictions."""

import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.core import RoadClass
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.demand import assign, proportionate, turns
from itas_mobility.errors import ConvergenceWarning, NetworkError
from oracles.road_networks import Link, od, random_grid, road_network
from oracles.route_flows import route_flows

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=20, deadline=None)
@given(seeds, st.booleans())
def test_movements_add_up_to_volumes(seed, connectors):
    roads, trips = random_grid(seed, connectors=connectors)
    found = assign(roads, trips, relative_gap=1e-8, max_iterations=60)
    found = proportionate(roads, trips, found)
    table = turns(roads, trips, found).to_dataframe()
    ends, begins = trips.trips.copy(), trips.trips.copy()
    np.fill_diagonal(ends, 0.0)
    np.fill_diagonal(begins, 0.0)
    row = {key: i for i, key in enumerate(roads.link_key.tolist())}
    onto, off = np.zeros(roads.n_links), np.zeros(roads.n_links)
    np.add.at(off, table.from_key.map(row), table.volume_veh_per_h)
    np.add.at(onto, table.to_key.map(row), table.volume_veh_per_h)
    scale = trips.total
    for node in range(roads.n_nodes):
        into, out = np.flatnonzero(roads.head == node), np.flatnonzero(roads.tail == node)
        ended = ends[:, node].sum() if node < roads.n_zones else 0.0
        begun = begins[node].sum() if node < roads.n_zones else 0.0
        assert off[into].sum() == pytest.approx(found.volume_veh_per_h[into].sum() - ended, abs=1e-11 * scale)
        assert onto[out].sum() == pytest.approx(found.volume_veh_per_h[out].sum() - begun, abs=1e-11 * scale)
        if node >= roads.n_zones:
            np.testing.assert_allclose(off[into], found.volume_veh_per_h[into], atol=1e-11 * scale)
            np.testing.assert_allclose(onto[out], found.volume_veh_per_h[out], atol=1e-11 * scale)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_same_as_path_by_path(seed):
    roads, trips = random_grid(seed)
    trips = replace(trips, trips=trips.trips * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = assign(roads, trips, relative_gap=1e-4, max_iterations=5)
    expected = {}
    for (*_, links), flow in route_flows(roads, [trips], found).items():
        for a, b in pairwise(links):
            key = int(roads.link_key[a]), int(roads.link_key[b])
            expected[key] = expected.get(key, 0.0) + flow
    seen = turns(roads, trips, found)
    assert len(seen) == sum(np.diff(roads.ptr)[roads.head])
    for a, b, volume in zip(seen.from_key.tolist(), seen.to_key.tolist(), seen.volume_veh_per_h[0], strict=True):
        assert volume == pytest.approx(expected.pop((a, b), 0.0), abs=1e-10 * trips.total)
    assert expected == {}


def junction_taken_apart():
    """Junction 10 with arms to zones 0, 1 and 2, at which nobody may turn from 0 to 1: node 11 is what 0 reaches."""
    links = [
        Link(0, 4), Link(1, 3), Link(2, 3),  # in: from zone 0 to the part 4, from 1 and 2 to part 3
        Link(3, 0), Link(3, 1), Link(5, 2),  # out: to zone 2 from part 5, which 3 and 4 both reach
        Link(4, 5), Link(3, 5),
    ]  # fmt: skip
    roads = road_network(links, 6, 3, first_through=3)
    is_turn = np.isin(roads.link_key, [6, 7])
    part = 1 << 56
    return replace(
        roads, road_class=np.where(is_turn, RoadClass.TURN, RoadClass.OTHER),
        node_id=np.array([0, 1, 2, 10, 10 + part, 10 + 2 * part]),
    )  # fmt: skip


def test_movements_of_a_junction_taken_apart_are_those_between_its_roads():
    roads = junction_taken_apart()
    trips = od(3, {(0, 2): 7.0, (1, 2): 5.0, (1, 0): 3.0, (2, 1): 2.0})
    found = assign(roads, trips)
    seen = turns(roads, trips, found)
    assert set(seen.junction_id.tolist()) == {10} == set(base_node_id(roads.node_id[3:]).tolist())
    volumes = dict(
        zip(zip(seen.from_key.tolist(), seen.to_key.tolist(), strict=True), seen.volume_veh_per_h[0], strict=True)
    )
    assert volumes == {
        (0, 5): 7.0, (1, 3): 3.0, (1, 4): 0.0, (1, 5): 5.0, (2, 3): 0.0, (2, 4): 2.0, (2, 5): 0.0,
    }  # fmt: skip
    assert turns(roads, trips, found, junction_ids=[10]).from_key.tolist() == seen.from_key.tolist()
    assert len(turns(roads, trips, found, junction_ids=[0])) == 0, "zones are not passed through"
    with pytest.raises(NetworkError, match="12 is not a node"):
        turns(roads, trips, found, junction_ids=[12])
    assert seen.to_dataframe().columns.tolist() == [
        "junction_id", "from_key", "to_key", "class_name", "volume_veh_per_h",
    ]  # fmt: skip
    assert "7.0 veh/h" in seen._repr_html_()
