"""Bushes as dictionaries, and all their paths listed: slow, obvious twins of what kernels find by walks."""

import numpy as np


def random_bush(rng, n_nodes, n_links):
    """Links (tail, head) of an acyclic graph in which every node is reached from node 0, by rising head."""
    ends = [(int(rng.integers(0, head)), head) for head in range(1, n_nodes)]
    while len(ends) < n_links:
        tail, head = sorted(rng.integers(0, n_nodes, 2).tolist())
        if tail < head:
            ends.append((tail, head))
    return sorted(ends, key=lambda end: end[1])


def paths_to(node, ends, root=0):
    """All paths from the root to a node, as lists of rows in `ends`."""
    if node == root:
        return [[]]
    return [
        [*path, row] for row, (tail, head) in enumerate(ends) if head == node for path in paths_to(tail, ends, root)
    ]


def flows_of(share, ends, demand):
    """Flow on each link if the trips into a node come in by `share`; demand by node."""
    flow = np.zeros(len(ends))
    for node, amount in demand.items():
        for path in paths_to(node, ends):
            flow[path] += amount * np.prod(share[path])
    return flow


def random_shares(rng, ends):
    """Shares of the ways into each node."""
    weight = rng.uniform(0.2, 1, len(ends))
    head = np.array([end[1] for end in ends])
    return weight / np.bincount(head, weight)[head]
