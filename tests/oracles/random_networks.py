"""Random networks of several styles for properties of assignments: usual ones and awkward ones."""

import numpy as np

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import RoadNetwork
from oracles.road_networks import Link, road_network

STYLES = ("grid", "digraph", "centroids", "awkward", "linear", "steep", "jammed", "empty")


def random_network(
    seed: int, style: str, *, n_zones: int | None = None, n_nodes: int | None = None
) -> tuple[RoadNetwork, ODMatrix]:
    """Strongly connected network with demand.

    The styles: a two-way ``grid``; a ``digraph`` of one-way links; the same with ``centroids`` that are not passed
    through; ``awkward``: centroids, links without time, without delay, of infinite capacity, parallel ones, powers 0 to
    12; ``linear``: power 1 only; ``steep``: powers 4 to 12; ``jammed``: capacities far below the demand; ``empty``:
    capacities far above it.
    """
    rng = np.random.default_rng([seed, STYLES.index(style)])
    zones = int(rng.integers(2, 9)) if n_zones is None else n_zones
    nodes = max(zones, int(rng.integers(4, 41)) if n_nodes is None else n_nodes)
    centroids = style in ("centroids", "awkward")
    first = zones if centroids else 0
    ends = _grid(nodes) if style == "grid" else _digraph(rng, nodes)
    if style == "awkward":
        again = rng.integers(len(ends), size=len(ends) // 5)
        ends += [ends[k] for k in again]
    n = max(a for a, _ in ends) + 1
    links = [_link(rng, style, first + a, first + b) for a, b in ends]
    for zone in range(first):
        for node in rng.choice(n, min(n, int(rng.integers(1, 4))), replace=False).tolist():
            time = float(rng.choice([0.0, 10.0]))
            links += [Link(zone, first + node, time), Link(first + node, zone, time)]
    share = rng.uniform(0.2, 1.0)
    trips = rng.exponential(200.0, (zones, zones)) * (rng.random((zones, zones)) < share)
    trips[0, 1] += 100.0
    return road_network(links, first + n, zones, first), ODMatrix(np.arange(zones).astype(str), trips)


def _grid(nodes: int) -> list[tuple[int, int]]:
    side = int(np.ceil(np.sqrt(nodes)))
    there = [(i * side + j, i * side + j + 1) for i in range(side) for j in range(side - 1)]
    there += [(i * side + j, (i + 1) * side + j) for i in range(side - 1) for j in range(side)]
    return there + [(b, a) for a, b in there]


def _digraph(rng: np.random.Generator, nodes: int) -> list[tuple[int, int]]:
    """A circle through all nodes and two to three times as many random links."""
    circle = rng.permutation(nodes)
    ends = list(zip(circle.tolist(), np.roll(circle, 1).tolist(), strict=True))
    for _ in range(int(rng.uniform(1, 3) * nodes)):
        a, b = rng.choice(nodes, 2, replace=False).tolist()
        ends.append((a, b))
    return ends


def _link(rng: np.random.Generator, style: str, tail: int, head: int) -> Link:
    time = float(rng.uniform(20.0, 60.0))
    capacity = float(rng.uniform(200.0, 900.0))
    alpha = float(rng.uniform(0.1, 1.0))
    power = float(rng.choice([1.0, 2.0, 4.0, 4.5]))
    if style == "linear":
        power = 1.0
    elif style == "steep":
        power = float(rng.choice([4.0, 5.3, 8.0, 12.0]))
        capacity = float(rng.uniform(300.0, 900.0))
    elif style == "jammed":
        capacity *= float(10.0 ** rng.uniform(-3.0, 0.0))
    elif style == "empty":
        capacity *= float(10.0 ** rng.uniform(0.0, 4.0))
    elif style == "awkward":
        kind = rng.integers(8)
        if kind == 0:
            time = 0.0
        elif kind == 1:
            alpha = 0.0
        elif kind == 2:
            capacity = np.inf
        elif kind == 3:
            power = 0.0
        elif kind == 4:
            time, capacity, alpha, power = 1e-8, 100.0, 1e9, 1.0
        elif kind == 5:
            power = float(rng.uniform(1.0, 12.0))
        time = float(np.round(time, -1)) if rng.random() < 0.3 and time > 1 else time  # ties
    return Link(tail, head, time, capacity, alpha, power, length_m=float(rng.uniform(100.0, 500.0)))
