"""The order of nested dissection against networkx: what is peeled, and what separates a part."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.dissection import END_SHARE, PEELED_DEGREE, neighbours, nested_dissection, peel

edges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


def columns(pairs):
    ends = np.array([*pairs, (0, 0)], np.int32)
    return ends[:, 0].copy(), ends[:, 1].copy()


def graph_of(n, pairs, first_through=0):
    graph = nx.Graph()
    graph.add_nodes_from(range(n - first_through))
    graph.add_edges_from((a - first_through, b - first_through) for a, b in pairs if min(a, b) >= first_through)
    graph.remove_edges_from(nx.selfloop_edges(graph))
    return graph


@settings(max_examples=50)
@given(edges, st.integers(0, 4))
def test_neighbours(pairs, first_through):
    ptr, near = neighbours(10, first_through, *columns(pairs))
    graph = graph_of(10, pairs, first_through)
    for node in graph:
        assert sorted(near[ptr[node] : ptr[node + 1]].tolist()) == sorted(graph[node])


@settings(max_examples=50)
@given(edges)
def test_peeled_are_all_that_contraction_of_small_degrees_takes(pairs):
    ptr, near = neighbours(10, 0, *columns(pairs))
    is_peeled, peeled = np.zeros(10, np.bool_), np.empty(10, np.int32)
    n = peel(ptr, near, np.diff(ptr), is_peeled, peeled)
    # degrees never rise, so the order does not matter for what is left
    graph = graph_of(10, pairs)
    while small := [node for node in graph if graph.degree(node) <= PEELED_DEGREE]:
        around = list(graph[small[0]])
        graph.remove_node(small[0])
        if len(around) == 2:
            graph.add_edge(*around)
    assert sorted(peeled[:n].tolist()) == sorted(set(range(10)) - set(graph))
    assert np.flatnonzero(is_peeled).tolist() == sorted(peeled[:n].tolist())


def separator(graph, order):
    """How many of the last nodes cut the others into parts of more than one node, and these parts."""
    kept = set(graph)
    parts = []
    for node in order[::-1].tolist():
        kept.remove(node)
        parts = list(nx.connected_components(graph.subgraph(kept)))
        if len(parts) > 1 and min(map(len, parts)) > 1:
            break
    return len(graph) - len(kept), parts


@pytest.mark.parametrize(("wide", "long"), [(4, 12), (5, 9), (6, 15)])
def test_the_last_nodes_are_a_smallest_separator_with_two_good_sides(wide, long):
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(long, wide))
    order = nested_dissection(len(grid), 0, *columns(grid.edges))
    assert sorted(order.tolist()) == list(grid)
    size, parts = separator(grid, order)
    assert size <= wide  # a row across cuts the grid
    assert min(map(len, parts)) >= END_SHARE * len(grid) - size
