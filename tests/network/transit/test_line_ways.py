import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility import geo
from itas_mobility.network.osm.osm_file import RawNodes
from itas_mobility.network.transit.line_ways import WayGraph
from itas_mobility.network.transit.members import Place, Role, parse_role


def way(graph, start, end, limit):
    (found,) = graph.ways(np.array([start]), np.array([end]), np.array([limit]))
    return found


@st.composite
def ways(draw):
    """Nodes within some kilometres, and ways over them, some twice or with nodes the file does not hold."""
    n = draw(st.integers(2, 8))
    degree = st.integers(0, 1000).map(lambda k: k * 1e-4)
    lon, lat = (np.array(draw(st.lists(degree, min_size=n, max_size=n))) for _ in range(2))
    nodes = RawNodes(np.arange(1, n + 1), 12.0 + lon, 50.0 + lat, {}, 0)
    chains = draw(st.lists(st.lists(st.integers(1, n + 1), min_size=1, max_size=5), max_size=5))
    limits = draw(st.lists(st.sampled_from([0.0, 30.0, 50.0]), min_size=len(chains), max_size=len(chains)))
    return nodes, [np.array(chain, np.int64) for chain in chains], limits


@settings(max_examples=80, deadline=None)
@given(ways(), st.floats(100, 20_000))
def test_ways_equal_those_of_networkx(case, limit):
    nodes, chains, limits = case
    graph = nx.Graph()
    for chain in chains:
        for a, b in zip(chain[:-1].tolist(), chain[1:].tolist(), strict=True):
            if max(a, b) <= len(nodes.node_id) and a != b:
                i, j = a - 1, b - 1
                graph.add_edge(
                    a, b, length=float(geo.haversine_m(*(x[k] for k in (i, j) for x in (nodes.lon_deg, nodes.lat_deg))))
                )
    mine = WayGraph(nodes, chains, limits)

    def at(node):
        return mine.at(Place(f"n{node}", "", float(nodes.lon_deg[node - 1]), float(nodes.lat_deg[node - 1]), node))

    for a in nodes.node_id.tolist():
        for b in nodes.node_id.tolist():
            if a == b or a not in graph or b not in graph:
                continue
            found = way(mine, at(a), at(b), limit)
            wanted = nx.single_source_dijkstra_path_length(graph, a, weight="length").get(b, np.inf)
            if abs(wanted - limit) < 1e-3:
                continue
            assert (found is None) == (wanted > limit)
            if found is not None:
                assert found[0] == pytest.approx(wanted, abs=1e-4)
                assert 0.0 <= found[1] <= found[0] + 1e-4
                assert found[1] / (50 / 3.6) - 1e-6 <= found[2] <= found[1] / (30 / 3.6) + 1e-6


def test_limits_count_for_their_part_of_the_way():
    nodes = RawNodes(np.arange(1, 5), 12.0 + 0.01 * np.arange(4), np.full(4, 50.0), {}, 0)
    graph = WayGraph(nodes, [np.array([1, 2]), np.array([2, 3]), np.array([3, 4])], [36.0, 0.0, 72.0])
    step = float(geo.haversine_m(12.0, 50.0, 12.01, 50.0))
    places = [Place(f"n{k}", "", 12.0 + 0.01 * (k - 1), 50.0, k) for k in (1, 4)]
    found = way(graph, graph.at(places[0]), graph.at(places[1]), 1e6)
    assert found == pytest.approx((3 * step, 2 * step, step / 10.0 + step / 20.0))
    assert graph.at(Place("w1", "", 12.5, 50.0, 0)) == -1
    assert way(graph, -1, 0, 1e6) is None


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("", Role("", "", None, True, True)),
        ("stop", Role("stop", "", None, True, True)),
        ("stop_entry_only", Role("stop", "", None, True, False)),
        ("platform_exit_only", Role("platform", "", None, False, True)),
        ("forward:stop:12", Role("stop", "forward", 12, True, True)),
        ("backward_stop", Role("stop", "backward", None, True, True)),
        ("backward", Role("", "backward", None, True, True)),
        ("platform:3", Role("platform", "", 3, True, True)),
        ("hail_and_ride", Role("platform", "", None, True, True)),
    ],
)
def test_roles(text, role):
    assert parse_role(text) == role
