import networkx as nx
import numpy as np
import pytest

from itas_mobility.core.node_parts import base_node_id
from itas_mobility.network import grid, largest_component, remove_links, simplify


def as_graph(roads, weight="free_time_s"):
    graph = nx.DiGraph()
    graph.add_nodes_from(roads.node_id.tolist())
    values = getattr(roads, weight)
    for tail, head, value in zip(roads.node_id[roads.tail], roads.node_id[roads.head], values, strict=True):
        known = graph.get_edge_data(int(tail), int(head), {"weight": np.inf})["weight"]
        graph.add_edge(int(tail), int(head), weight=min(float(value), known))
    return graph


def thinned(seed, share=0.45):
    roads = grid(9, 8, seed=seed)
    rng = np.random.default_rng(seed)
    # equal speeds, so that chains may be merged
    from itas_mobility.network import change_links

    roads = change_links(
        roads,
        free_speed_km_per_h=np.full(roads.n_links, 36.0),
        free_time_s=roads.length_m / 10.0,
        capacity_veh_per_h=np.full(roads.n_links, 600.0),
        road_class=np.full(roads.n_links, 11),
        name_code=np.zeros(roads.n_links, np.int32),
    )
    return remove_links(roads, rng.random(roads.n_links) < share)


@pytest.mark.parametrize("seed", range(12))
def test_largest_component_is_that_of_networkx(seed):
    roads = thinned(seed)
    kept, dropped = largest_component(roads)
    parts = list(nx.strongly_connected_components(as_graph(roads)))
    assert kept.n_nodes == max(map(len, parts))
    assert set(kept.node_id.tolist()) in parts
    assert dropped["strongly connected parts"] == len(parts)


@pytest.mark.parametrize("seed", range(12))
def test_simplify_keeps_length_and_all_shortest_paths(seed):
    roads, _ = largest_component(thinned(seed, share=0.3))
    small = simplify(roads)
    assert small.n_nodes < roads.n_nodes
    assert small.length_m.sum() == pytest.approx(roads.length_m.sum())
    assert not (small.tail == small.head).any()
    before = dict(nx.all_pairs_dijkstra_path_length(as_graph(roads)))
    after = dict(nx.all_pairs_dijkstra_path_length(as_graph(small)))
    for source, targets in after.items():
        for target, value in targets.items():
            assert value == pytest.approx(before[source][target])


def test_protected_nodes_stay():
    roads = simplify(grid(4, 1))
    assert roads.n_nodes == 4  # speeds differ, so nothing merges
    plain = thinned(0, share=0.0)
    mask = np.ones(plain.n_nodes, bool)
    assert simplify(plain, protected=mask).n_nodes == plain.n_nodes


def test_simplified_courses_run_from_node_to_node():
    small = simplify(largest_component(thinned(3, share=0.3))[0])
    first, last = small.shape_ptr[:-1], small.shape_ptr[1:] - 1
    assert np.array_equal(small.shape_lon_deg[first], small.node_lon_deg[small.tail])
    assert np.array_equal(small.shape_lat_deg[last], small.node_lat_deg[small.head])
    for row in range(small.n_links):
        points = np.column_stack(
            [
                part[small.shape_ptr[row] : small.shape_ptr[row + 1]]
                for part in (small.shape_lon_deg, small.shape_lat_deg)
            ]
        )
        assert (np.abs(np.diff(points, axis=0)).sum(axis=1) > 0).all()  # no point stands twice


def test_base_node_id_undoes_the_part_numbers():
    ids = np.array([5, -7, 13_000_000_000, -(1 << 40)], np.int64)
    for part in (0, 1, 5):
        assert base_node_id(ids + part * (1 << 48)).tolist() == ids.tolist()
