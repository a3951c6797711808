"""Turning points against searches over links with networkx."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.turning import Bans, TwoWayRoads, turning_points
from oracles.road_networks import Link, road_network


def links_graph(roads, twin, allowed, weight):
    """Links as nodes; an edge leads to each link that may follow, and costs what `weight` says of it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(roads.n_links))
    for link in range(roads.n_links):
        for onward in range(roads.ptr[roads.head[link]], roads.ptr[roads.head[link] + 1]):
            if onward != twin[link] and allowed(link, onward) and weight(onward) < np.inf:
                graph.add_edge(link, onward, weight=weight(onward))
    return graph


def slow_points(roads, twin, bans, through, reach):
    time, points = roads.free_time_s, set()
    for i, start in enumerate(bans.begin.tolist()):
        banned = set(bans.end[bans.ptr[i] : bans.ptr[i + 1]].tolist())

        def allowed(link, onward, start=start, banned=banned):
            return link != start or onward not in banned

        longest = 0.0
        for goal in banned - {int(twin[start])}:
            # the time of the goal itself does not count, so that it may be closed to through traffic
            graph = links_graph(roads, twin, allowed, lambda link, goal=goal: 0.0 if link == goal else through[link])
            length = nx.single_source_dijkstra_path_length(graph, start).get(goal, np.inf)
            longest = max(longest, min(length, 2.0 * reach))
        graph = links_graph(
            roads, twin, allowed, lambda link: time[link] + time[twin[link]] if twin[link] >= 0 else np.inf
        )
        for link, back_and_forth in nx.single_source_dijkstra_path_length(graph, start).items():
            if link != start and back_and_forth < longest and back_and_forth <= 2.0 * reach:
                points.add(int(roads.head[link]))
    return points


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([3.0, 20.0]))
def test_points_are_those_of_the_slow_search(seed, reach):
    rng = np.random.default_rng(seed)
    pairs = {(int(min(a, b)), int(max(a, b))) for a, b in rng.integers(0, 7, (9, 2)) if a != b}
    links = [Link(a, b, float(rng.integers(1, 6))) for pair in sorted(pairs) for a, b in (pair, pair[::-1])]
    links = [link for link in links if rng.random() < 0.9]  # the others are one-way roads
    roads = road_network(links, 7, 0)
    row = {(int(a), int(b)): k for k, (a, b) in enumerate(zip(roads.tail, roads.head, strict=True))}
    twin = np.array([row.get((b, a), -1) for a, b in row], dtype=np.int64)
    begin = np.sort(rng.choice(roads.n_links, min(3, roads.n_links), replace=False))
    ends = [
        [e for e in range(roads.ptr[roads.head[b]], roads.ptr[roads.head[b] + 1]) if rng.random() < 0.6] for b in begin
    ]
    ptr = np.cumsum([0, *map(len, ends)]).astype(np.int64)
    bans = Bans(begin.astype(np.int64), ptr, np.array([end for some in ends for end in some], dtype=np.int64))
    through = np.where(rng.random(roads.n_links) < 0.2, np.inf, roads.free_time_s)
    is_point = np.zeros(7, np.bool_)
    turning_points(bans, TwoWayRoads(roads.ptr, roads.head, twin, roads.free_time_s, through), reach, is_point)
    assert set(np.flatnonzero(is_point).tolist()) == slow_points(roads, twin, bans, through, reach)
