import dataclasses

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.errors import NetworkError
from itas_mobility.network import connect, grid, remove_links
from itas_mobility.network.attaching import Attachment, Links, ways_between
from network.test_connectors import at, zones_at
from oracles import near_ways

TOWN = grid(5, 5, spacing_m=100.0)


def places(draw, n_links):
    """An attachment of a few places, each on one to three links, off the network by some metres."""
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    fraction = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0, 1))
    n = sum(counts)
    return Attachment(
        ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        link=np.array(draw(st.lists(st.integers(0, n_links - 1), min_size=n, max_size=n)), np.int64),
        fraction=np.array(draw(st.lists(fraction, min_size=n, max_size=n))),
        off_m=np.array(draw(st.lists(st.floats(0, 80), min_size=len(counts), max_size=len(counts)))),
    )


@st.composite
def cases(draw):
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    # a town with one-way streets and closed ones, and costs that have nothing to do with lengths
    town = remove_links(TOWN, rng.random(TOWN.n_links) < draw(st.sampled_from([0.0, 0.3, 0.6])))
    cost = rng.uniform(10.0, 200.0, town.n_links)
    carried = rng.uniform(1.0, 50.0, town.n_links)
    return town, cost, carried, places(draw, town.n_links), places(draw, town.n_links), draw(st.floats(50, 600))


@settings(max_examples=60, deadline=None)
@given(cases())
def test_ways_equal_those_of_a_graph_cut_at_every_place(case):
    town, cost, carried, origins, targets, limit = case
    ends = [(one.off_m * 1.2, one.off_m * 0.7) for one in (origins, targets)]
    found = ways_between(
        Links(town), origins, targets, cost=cost, carried=carried, to_network=ends[0], from_network=ends[1], limit=limit
    )
    wanted = near_ways.ways(town, origins, targets, cost, carried, *ends, limit)
    pairs = list(zip(found.origin.tolist(), found.target.tolist(), strict=True))
    assert pairs == sorted(pairs)
    at_limit = {pair for pair, (value, _) in wanted.items() if abs(value - limit) < 1e-6}
    assert set(pairs) - at_limit == set(wanted) - at_limit
    for pair, value, second in zip(pairs, found.cost, found.carried, strict=True):
        if pair in wanted:
            assert (value, second) == pytest.approx(wanted[pair])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 5), st.floats(-1, 5)), min_size=1, max_size=4))
def test_places_are_joined_to_the_nearest_point_of_any_street(spots):
    lon, lat = np.array([at(*spot) for spot in spots]).T
    found = Links(TOWN).attach(lon, lat)
    for i in range(len(lon)):
        assert found.off_m[i] == pytest.approx(near_ways.nearest(TOWN, lon[i], lat[i]), abs=0.2)
        for k in range(found.ptr[i], found.ptr[i + 1]):
            a, b = TOWN.tail[found.link[k]], TOWN.head[found.link[k]]
            x = TOWN.node_lon_deg[a] + found.fraction[k] * (TOWN.node_lon_deg[b] - TOWN.node_lon_deg[a])
            y = TOWN.node_lat_deg[a] + found.fraction[k] * (TOWN.node_lat_deg[b] - TOWN.node_lat_deg[a])
            from itas_mobility import geo

            assert float(geo.haversine_m(lon[i], lat[i], x, y)) == pytest.approx(found.off_m[i], abs=0.2)


def test_both_directions_of_a_street_are_found_and_a_one_way_street_has_one():
    lon, lat = at(0.25, 0.1)
    links = Links(TOWN)
    both = links.attach(lon, lat)
    assert sorted(both.fraction.tolist()) == pytest.approx([0.25, 0.75], abs=1e-3)
    against = (TOWN.tail == 1) & (TOWN.head == 0)
    one = Links(remove_links(TOWN, against)).attach(lon, lat)
    assert one.fraction.tolist() == pytest.approx([0.25], abs=1e-3)


def test_nobody_walks_through_a_centroid():
    joined = connect(TOWN, zones_at([at(2, 2), at(3, 1)]))
    spots = np.array([at(0, 0), at(1.5, 2), at(4, 4)]).T
    result = []
    for town in (TOWN, joined):
        links = Links(town)
        on = links.attach(*spots)
        nothing = (np.zeros(3), np.zeros(3))
        ways = ways_between(
            links,
            on,
            on,
            cost=town.length_m,
            carried=town.length_m,
            to_network=nothing,
            from_network=nothing,
            limit=1e4,
        )
        result.append(ways.cost)
    assert result[0] == pytest.approx(result[1])


def test_links_without_a_course_run_straight():
    bare = dataclasses.replace(
        TOWN, shape_ptr=np.zeros(TOWN.n_links + 1), shape_lon_deg=np.zeros(0), shape_lat_deg=np.zeros(0)
    )
    spot = at(1.3, 2.2)
    for name in ("link", "fraction", "off_m"):
        np.testing.assert_array_equal(
            getattr(Links(bare).attach(*spot), name), getattr(Links(TOWN).attach(*spot), name)
        )


def test_a_network_without_coordinates_is_refused():
    nowhere = dataclasses.replace(TOWN, node_lon_deg=np.full(TOWN.n_nodes, np.nan))
    with pytest.raises(NetworkError, match="no link with coordinates"):
        Links(nowhere)


def test_any_number_of_threads_finds_the_same_bytes():
    town = grid(30, 30, spacing_m=100.0)
    links = Links(town)
    spots = np.random.default_rng(1).uniform(0, 29, (200, 2))
    on = links.attach(*np.array([at(*spot) for spot in spots]).T)
    ends = (on.off_m, on.off_m)
    found = []
    before = numba.get_num_threads()
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        ways = ways_between(
            links, on, on, cost=town.free_time_s, carried=town.length_m, to_network=ends, from_network=ends, limit=300.0
        )
        found.append(b"".join(getattr(ways, name).tobytes() for name in ("origin", "target", "cost", "carried")))
    numba.set_num_threads(before)
    assert found[0] == found[1]
    assert len(ways.cost) > 1000
