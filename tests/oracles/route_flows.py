"""Route flows path by path: slow, obvious twins of what is read out of bushes, for tiny networks."""

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog


def paths_of_bush(roads, bushes, k, destination):
    """Paths of bush k to a node, each with its share of the trips there: links (rows) in driving order -> share."""
    part = slice(bushes.ptr[k], bushes.ptr[k + 1])
    ways = {}
    for row, volume in zip(bushes.link[part].tolist(), bushes.volume_veh_per_h[part].tolist(), strict=True):
        ways.setdefault(int(roads.head[row]), []).append((row, volume))
    root = int(np.flatnonzero(roads.node_id == bushes.origin_id[k])[0])
    found = {}

    def walk_back(node, links, share):
        if node == root:
            found[links] = share
            return
        total = sum(volume for _, volume in ways[node])
        for row, volume in ways[node]:
            if volume > 0:
                walk_back(int(roads.tail[row]), (row, *links), share * volume / total)

    walk_back(destination, (), 1.0)
    return found


def route_flows(roads, trips, result):
    """All paths with volume: (class_row, origin, destination, links) -> veh/h; `trips` is one matrix per class."""
    flows = {}
    for k, (node_id, user) in enumerate(zip(result.bushes.origin_id, result.bushes.class_row, strict=True)):
        origin = int(np.flatnonzero(roads.node_id == node_id)[0])
        demand = trips[user].trips[origin] / trips[user].duration_h
        for to in np.flatnonzero(demand).tolist():
            if to != origin:
                for links, share in paths_of_bush(roads, result.bushes, k, to).items():
                    flows[int(user), origin, to, links] = demand[to] * share
    return flows


def simple_paths(roads, origin, destination):
    """All paths without circles between two nodes, as tuples of rows."""
    found = []

    def walk(node, seen, links):
        if node == destination:
            found.append(links)
            return
        if node < roads.first_through and node != origin:
            return
        for row in range(int(roads.ptr[node]), int(roads.ptr[node + 1])):
            to = int(roads.head[row])
            if to not in seen:
                walk(to, {*seen, to}, (*links, row))

    walk(origin, {origin}, ())
    return found


def most_even_flows(roads, trips, result, constant, tolerance=1e-6):
    """Flows of largest entropy on all paths of least cost (to `tolerance`, in seconds) with the result's volumes.

    Volumes of the links marked in `constant` are free. The largest entropy is found over paths: they begin at flows
    well inside (a linear programme finds which must be zero), and take Newton's steps within what keeps the volumes.
    """
    volume, cost = result.volume_veh_per_h, result.cost_s
    demand = trips.trips / trips.duration_h
    held = np.flatnonzero(~constant)
    paths, pair_of, amounts = [], [], []
    for origin, to in zip(*np.nonzero(demand), strict=True):
        if origin == to:
            continue
        between = simple_paths(roads, int(origin), int(to))
        least = min(cost[list(links)].sum() for links in between)
        for links in between:
            rows = list(links)
            open_to_all = constant[rows] | (volume[rows] > 1e-6 * volume.max())
            if cost[rows].sum() - least <= tolerance and open_to_all.all():
                paths.append((int(origin), int(to), links))
                pair_of.append(len(amounts))
        amounts.append(demand[origin, to])
    on_link = np.zeros((roads.n_links, len(paths)))
    for p, (_, _, links) in enumerate(paths):
        on_link[list(links), p] = 1.0
    of_pair = (np.array(pair_of)[np.newaxis, :] == np.arange(len(amounts))[:, np.newaxis]).astype(float)
    equal = np.vstack([of_pair, on_link[held]])
    right = np.concatenate([amounts, volume[held]])
    flows = _well_inside(equal, right)
    free = flows > 1e-7 * right.max()
    within = null_space(equal[:, free], rcond=1e-10)
    h = flows[free]
    for _ in range(200):
        gradient = within.T @ (np.log(h) + 1.0)
        if within.size == 0 or np.abs(gradient).max() < 1e-13:
            break
        step = within @ np.linalg.solve((within.T / h) @ within, -gradient)
        part = 1.0
        while (h + part * step <= 0).any():
            part *= 0.5
        h = h + part * step * (0.9 if part < 1 else 1.0)
    flows[free] = h
    flows[~free] = 0.0
    return dict(zip(paths, flows.tolist(), strict=True))


def _well_inside(equal, right):
    """Flows that meet the constraints and are positive wherever they can be."""
    n = equal.shape[1]
    slack = 1e-7 * right.max()
    inside = np.zeros(n)
    for p in range(n):
        aim = np.zeros(n)
        aim[p] = -1.0
        found = linprog(
            aim, A_ub=np.vstack([equal, -equal]), b_ub=np.concatenate([right + slack * 1e-2, slack * 1e-2 - right]),
            method="highs",
        )  # fmt: skip
        assert found.success, found.message
        inside += found.x / n
    # what the tolerance of the programme has left is taken out within the range of the constraints
    return inside + np.linalg.lstsq(equal, right - equal @ inside, rcond=1e-10)[0]
