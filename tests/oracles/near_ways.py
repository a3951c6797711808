"""Ways between places on a network, the slow and obvious way: every place becomes a node of a networkx graph."""

import itertools

import networkx as nx
import numpy as np


def ways(network, origins, targets, cost, carried, to_network, from_network, limit):
    """All pairs within the limit: {(origin, target): (cost, second value along the way)}.

    Links are cut at every place that lies on them. Ways of equal cost must not differ in the second value.
    """
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.n_nodes))
    for link in range(network.n_links):
        cuts = [(0.0, ("end", int(network.tail[link]))), (1.0, ("end", int(network.head[link])))]
        cuts += [(f, ("o", link, f)) for f in origins.fraction[origins.link == link]]
        cuts += [(f, ("t", link, f)) for f in targets.fraction[targets.link == link]]
        # at the same spot people leave the origin before they reach the target
        rank = {"o": 0, "t": 1}
        inner = sorted((c for c in cuts if c[1][0] != "end"), key=lambda c: (c[0], rank[c[1][0]]))
        chain = [cuts[0], *inner, cuts[1]]
        for (f, a), (g, b) in itertools.pairwise(chain):
            a, b = (one[1] if one[0] == "end" else one for one in (a, b))
            graph.add_edge(a, b, cost=(g - f) * cost[link], carried=(g - f) * carried[link])
    found = {}
    for origin in range(len(origins)):
        source = ("from", origin)
        for k in range(origins.ptr[origin], origins.ptr[origin + 1]):
            at = ("o", int(origins.link[k]), origins.fraction[k])
            graph.add_edge(source, at, cost=to_network[0][origin], carried=to_network[1][origin])
        reached, paths = nx.single_source_dijkstra(graph, source, weight="cost")
        for target in range(len(targets)):
            ends = [
                (reached[at] + from_network[0][target], at)
                for k in range(targets.ptr[target], targets.ptr[target + 1])
                if (at := ("t", int(targets.link[k]), targets.fraction[k])) in reached
            ]
            if ends and min(ends)[0] <= limit:
                least, at = min(ends)
                second = from_network[1][target] + sum(
                    min(graph[a][b].values(), key=lambda edge: edge["cost"])["carried"]
                    for a, b in itertools.pairwise(paths[at])
                )
                found[origin, target] = (least, second)
        graph.remove_node(source)
    return found


def nearest(network, lon, lat):
    """Distance in metres from a place to the nearest point of any link, by cutting links into a thousand pieces."""
    scale = np.radians(1.0) * 6371008.8
    narrow = np.cos(np.radians(float(np.mean(network.shape_lat_deg))))
    best = np.inf
    for link in range(network.n_links):
        part = slice(network.shape_ptr[link], network.shape_ptr[link + 1])
        x, y = network.shape_lon_deg[part] * scale * narrow, network.shape_lat_deg[part] * scale
        t = np.linspace(0, len(x) - 1, 1000 * (len(x) - 1) + 1)
        fine_x, fine_y = np.interp(t, np.arange(len(x)), x), np.interp(t, np.arange(len(x)), y)
        best = min(best, float(np.hypot(fine_x - lon * scale * narrow, fine_y - lat * scale).min()))
    return best
