"""Logit route choice by listing every route, slow and obvious."""

import numpy as np

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import RoadNetwork


def ranks(roads: RoadNetwork, cost: np.ndarray, source: int) -> list[tuple[float, int]]:
    """Least cost from `source`, and fewest links of a path of that cost, for every node (Bellman and Ford)."""
    best = [(np.inf, 0)] * roads.n_nodes
    best[source] = (0.0, 0)
    for _ in range(roads.n_nodes):
        for tail, head, c in zip(roads.tail.tolist(), roads.head.tolist(), cost.tolist(), strict=True):
            if tail >= roads.first_through or tail == source:
                best[head] = min(best[head], (best[tail][0] + c, best[tail][1] + 1))
    return best


def routes(roads: RoadNetwork, free_cost: np.ndarray, source: int, target: int) -> list[list[int]]:
    """All routes on which every link leads farther from `source`, as lists of links."""
    rank = ranks(roads, free_cost, source)
    found: list[list[int]] = []

    def extend(node: int, route: list[int]) -> None:
        if node == target:
            found.append(route)
            if node < roads.first_through:
                return
        if node < roads.first_through and node != source:
            return
        for link in range(roads.ptr[node], roads.ptr[node + 1]):
            if rank[node] < rank[roads.head[link]] and np.isfinite(rank[node][0]):
                extend(int(roads.head[link]), [*route, link])

    extend(source, [])
    return found


class Enumeration:
    """All routes of all pairs with demand."""

    def __init__(self, roads: RoadNetwork, trips: ODMatrix, free_cost: np.ndarray, theta: float) -> None:
        self.theta = theta
        self.demand, self.use = [], []
        for (i, j), amount in np.ndenumerate(trips.trips / trips.duration_h):
            listed = routes(roads, free_cost, i, j) if amount > 0 and i != j else []
            if listed:
                use = np.zeros((len(listed), roads.n_links))
                for k, route in enumerate(listed):
                    use[k, route] = 1.0
                self.demand.append(float(amount))
                self.use.append(use)

    def load(self, cost: np.ndarray) -> np.ndarray:
        """Link volumes of logit choice."""
        volume = np.zeros(len(cost))
        for amount, use in zip(self.demand, self.use, strict=True):
            worth = -self.theta * (use @ cost)
            share = np.exp(worth - worth.max())
            volume += amount * (share / share.sum()) @ use
        return volume

    def least_of_fisk(self, integral, cost_of) -> np.ndarray:
        """Link volumes at the least value of Fisk's objective: integrals of the costs + sum(h ln h) / theta."""
        from scipy.optimize import minimize

        sizes = np.cumsum([len(use) for use in self.use])[:-1]

        def flows(u):
            parts = []
            for amount, part in zip(self.demand, np.split(u, sizes), strict=True):
                share = np.exp(part - part.max())
                parts.append(amount * share / share.sum())
            return parts

        def objective(u):
            h = flows(u)
            volume = sum(part @ use for part, use in zip(h, self.use, strict=True))
            value = integral(volume) + sum((part * np.log(part)).sum() for part in h) / self.theta
            gradient = []
            for amount, part, use in zip(self.demand, h, self.use, strict=True):
                by_flow = use @ cost_of(volume) + (np.log(part) + 1.0) / self.theta
                gradient.append(part * (by_flow - (part @ by_flow) / amount))
            return value, np.concatenate(gradient)

        start = np.zeros(sum(len(use) for use in self.use))
        scale = abs(objective(start)[0])

        def scaled(u):
            value, gradient = objective(u)
            return value / scale, gradient / scale

        found = minimize(scaled, start, jac=True, method="BFGS", options={"gtol": 1e-11, "maxiter": 5000})
        return sum(part @ use for part, use in zip(flows(found.x), self.use, strict=True))
