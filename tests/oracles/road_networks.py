"""Small road networks for tests."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import Mode, RoadClass, RoadNetwork, VdfKind


class Link(NamedTuple):
    tail: int
    head: int
    free_time_s: float = 1.0
    capacity: float = np.inf
    alpha: float = 0.0
    beta: float = 1.0
    kind: VdfKind = VdfKind.BPR
    length_m: float = 100.0
    toll_eur: float = 0.0


def linear(tail: int, head: int, constant: float, factor: float, tiny: float = 1e-9) -> Link:
    """Link of time constant + factor x volume, as a BPR function of power 1."""
    free = constant if constant > 0 else tiny
    return Link(tail, head, free, free / factor, 1.0, 1.0) if factor > 0 else Link(tail, head, free)


def road_network(links: Sequence[Link], n_nodes: int, n_zones: int, first_through: int = 0) -> RoadNetwork:
    """Network of these links; `link_key` is the place in the given order."""
    order = np.argsort([link.tail for link in links], kind="stable")
    rows = [links[i] for i in order]
    m = len(rows)

    def column(name: str) -> np.ndarray:
        return np.array([getattr(row, name) for row in rows])

    tail = column("tail")
    return RoadNetwork(
        ptr=np.searchsorted(tail, np.arange(n_nodes + 1)),
        tail=tail,
        head=column("head"),
        node_id=np.arange(n_nodes),
        node_lon_deg=np.zeros(n_nodes),
        node_lat_deg=np.zeros(n_nodes),
        link_key=order,
        length_m=column("length_m"),
        free_speed_km_per_h=np.full(m, 50.0),
        free_time_s=column("free_time_s"),
        lanes=np.ones(m),
        capacity_veh_per_h=column("capacity"),
        vdf=column("kind"),
        vdf_alpha=column("alpha"),
        vdf_beta=column("beta"),
        toll_eur=column("toll_eur"),
        road_class=np.full(m, RoadClass.OTHER),
        modes=np.full(m, int(Mode.CAR)),
        access=np.zeros(m),
        name_code=np.zeros(m),
        names=np.array([""]),
        shape_ptr=np.zeros(m + 1),
        shape_lon_deg=np.zeros(0),
        shape_lat_deg=np.zeros(0),
        way_ptr=np.zeros(m + 1),
        way_id=np.zeros(0),
        n_zones=n_zones,
        first_through=first_through,
    )


def od(n_zones: int, pairs: dict[tuple[int, int], float], **options: Any) -> ODMatrix:
    trips = np.zeros((n_zones, n_zones))
    for (i, j), amount in pairs.items():
        trips[i, j] = amount
    return ODMatrix(zone_id=np.arange(n_zones).astype(str), trips=trips, **options)


def in_given_order(roads: RoadNetwork, values: np.ndarray) -> np.ndarray:
    """Values of the links in the order in which `road_network` got them."""
    result = np.empty_like(values)
    result[roads.link_key] = values
    return result


def random_grid(
    seed: int, side: int = 4, n_zones: int = 5, *, connectors: bool = False
) -> tuple[RoadNetwork, ODMatrix]:
    """Grid with random BPR functions and demand; with `connectors`, zones are centroids that are not passed through."""
    rng = np.random.default_rng(seed)
    shift = n_zones if connectors else 0
    links = []
    for i in range(side):
        for j in range(side):
            for k, ell in ((i + 1, j), (i, j + 1)):
                if k < side and ell < side:
                    for a, b in (((i, j), (k, ell)), ((k, ell), (i, j))):
                        links.append(
                            Link(
                                shift + a[0] * side + a[1], shift + b[0] * side + b[1],
                                free_time_s=float(rng.uniform(20, 60)), capacity=float(rng.uniform(200, 900)),
                                alpha=float(rng.uniform(0.1, 1)), beta=float(rng.choice([1, 2, 4, 4.5])),
                                length_m=float(rng.uniform(100, 500)),
                            )
                        )  # fmt: skip
    if connectors:
        for zone in range(n_zones):
            for node in rng.choice(side * side, 2, replace=False).tolist():
                links += [Link(zone, shift + node, 0.0), Link(shift + node, zone, 0.0)]
    trips = rng.uniform(0, 600, (n_zones, n_zones)) * (rng.random((n_zones, n_zones)) < 0.6)
    trips[0, 1] = 100.0
    return (
        road_network(links, shift + side * side, n_zones, shift),
        ODMatrix(zone_id=np.arange(n_zones).astype(str), trips=trips),
    )
