"""Optimal strategies the slow, obvious way: all subsets of waiting links, values iterated until nothing moves."""

from itertools import combinations

import numpy as np


def strategy_costs(destination, first_through, links, n_nodes):
    """Expected cost from each node; `links` are (tail, head, cost, wait)."""
    cost = np.full(n_nodes, np.inf)
    cost[destination] = 0.0
    while True:
        before = cost.copy()
        for node in range(n_nodes):
            if node == destination:
                continue
            out = [
                (c, w, h)
                for t, h, c, w in links
                if t == node and np.isfinite(before[h]) and (h >= first_through or h == destination)
            ]
            best = min((c + before[h] for c, w, h in out if w == 0), default=np.inf)
            waiting = [(c + before[h], 1 / w) for c, w, h in out if w > 0]
            for size in range(1, len(waiting) + 1):
                for chosen in combinations(waiting, size):
                    rate = sum(r for _, r in chosen)
                    best = min(best, (1 + sum(r * v for v, r in chosen)) / rate)
            cost[node] = min(cost[node], best)
        if np.allclose(before, cost, rtol=1e-13, atol=0, equal_nan=True):
            return cost
