"""Synthetic input of the cases: the same on every machine."""

import numpy as np

from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import Mode, RoadClass, RoadNetwork, VdfKind


def grid(side: int, n_zones: int, *, trips_per_zone: float = 400.0, seed: int = 1) -> tuple[RoadNetwork, ODMatrix]:
    """Street grid of `side` x `side` nodes with faster avenues, centroids with two connectors each, and gravity demand.

    Parameters
    ----------
    side : int
        Nodes along an edge.
    n_zones : int
        Centroids, not passed through.
    trips_per_zone : float
        Average trips that start in a zone.
    seed : int
        Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    number = n_zones + np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.column_stack((number[:-1].ravel(), number[1:].ravel())),
            np.column_stack((number[:, :-1].ravel(), number[:, 1:].ravel())),
        ]
    )
    avenue = np.concatenate(
        [
            np.broadcast_to(np.arange(side)[None, :] % 8 == 0, (side - 1, side)).ravel(),
            np.broadcast_to(np.arange(side)[:, None] % 8 == 0, (side, side - 1)).ravel(),
        ]
    )
    ends = np.column_stack((np.repeat(np.arange(n_zones), 2), rng.choice(side * side, 2 * n_zones) + n_zones))
    tail = np.concatenate((pairs[:, 0], pairs[:, 1], ends[:, 0], ends[:, 1]))
    head = np.concatenate((pairs[:, 1], pairs[:, 0], ends[:, 1], ends[:, 0]))
    fast = np.concatenate((avenue, avenue, np.zeros(2 * len(ends), dtype=bool)))
    connector = np.arange(len(tail)) >= 2 * len(pairs)
    order = np.argsort(tail, kind="stable")
    tail, head, fast, connector = tail[order], head[order], fast[order], connector[order]
    m, n = len(tail), n_zones + side * side
    length = np.where(connector, 200.0, rng.uniform(150, 400, m))
    speed = np.where(fast, 70.0, np.where(connector, 30.0, 40.0))
    roads = RoadNetwork(
        ptr=np.searchsorted(tail, np.arange(n + 1)),
        tail=tail,
        head=head,
        node_id=np.arange(n),
        node_lon_deg=np.full(n, np.nan),
        node_lat_deg=np.full(n, np.nan),
        link_key=order,
        length_m=length,
        free_speed_km_per_h=speed,
        free_time_s=length / speed * 3.6,
        lanes=np.ones(m),
        capacity_veh_per_h=np.where(connector, np.inf, np.where(fast, 1800.0, 700.0)),
        vdf=np.full(m, VdfKind.BPR),
        vdf_alpha=np.full(m, 0.15),
        vdf_beta=np.full(m, 4.0),
        toll_eur=np.zeros(m),
        road_class=np.where(connector, RoadClass.CONNECTOR, np.where(fast, RoadClass.PRIMARY, RoadClass.RESIDENTIAL)),
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
        first_through=n_zones,
    )
    weight = rng.lognormal(0.0, 1.0, (2, n_zones))
    trips = np.outer(weight[0], weight[1])
    trips *= trips_per_zone * n_zones / trips.sum()
    return roads, ODMatrix(zone_id=np.arange(n_zones).astype(str), trips=trips)
