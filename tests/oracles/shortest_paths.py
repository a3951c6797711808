"""Bellman and Ford's method, slow and obvious."""

import numpy as np

from itas_mobility.core.road import RoadNetwork


def distances(roads: RoadNetwork, cost: np.ndarray, source: int) -> np.ndarray:
    """Least cost from `source` to every node; nodes below `first_through` are not passed through."""
    best = np.full(roads.n_nodes, np.inf)
    best[source] = 0.0
    for _ in range(roads.n_nodes):
        for tail, head, c in zip(roads.tail.tolist(), roads.head.tolist(), cost.tolist(), strict=True):
            if tail >= roads.first_through or tail == source:
                best[head] = min(best[head], best[tail] + c)
    return best
