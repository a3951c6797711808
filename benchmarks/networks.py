"""Input of the cases: synthetic grids, the same on every machine, and the standard networks where they are there."""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from itas_mobility.core.columns import IntArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.road import Mode, RoadClass, RoadNetwork, VdfKind

SHARED = Path(os.environ.get("ITAS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
MEAN_BLOCKS = 20.0
"""Blocks over which the trips of a `district_grid` fall to 1/e: about six kilometres."""
_KM_PER_MILE = 1.609344


@dataclass(frozen=True)
class Loaded:
    """What can be assigned."""

    roads: RoadNetwork
    trips: ODMatrix
    toll_weight_s_per_eur: float = 0.0
    distance_weight_s_per_m: float = 0.0

    @property
    def weights(self) -> dict[str, float]:
        """The options of `demand.assign` that belong to the network."""
        return {
            "toll_weight_s_per_eur": self.toll_weight_s_per_eur,
            "distance_weight_s_per_m": self.distance_weight_s_per_m,
        }


STANDARD = {
    "Sioux Falls": "SiouxFalls/SiouxFalls",
    "Anaheim": "Anaheim/Anaheim",
    "Winnipeg": "Winnipeg/Winnipeg",
    "Chicago Sketch": "Chicago-Sketch/ChicagoSketch",
    "Berlin Center": "Berlin-Center/berlin-center",
}
"""Networks that assignment methods are compared on, and where they lie below the folder ``tntp`` of the data."""
_MINUTES = {"Chicago Sketch": (0.02, 0.04)}
"""Published weights: minutes per unit of toll and per mile."""


def standard(name: str) -> Loaded:
    """One of the `STANDARD` networks.

    Raises
    ------
    FileNotFoundError
        If the data are not there.
    """
    from itas_mobility import network

    stem = SHARED / "tntp" / STANDARD[name]
    toll, distance = _MINUTES.get(name, (0.0, 0.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what was assumed about a file is not this command's subject
        roads = network.read_tntp(f"{stem}_net.tntp")
        trips = network.read_tntp_trips(f"{stem}_trips.tntp", roads.node_id[: roads.n_zones].astype(str))
    return Loaded(roads, trips, 60.0 * toll, 60.0 * distance / (1000.0 * _KM_PER_MILE))


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
    roads = _roads(side, n_zones, rng.choice(side * side, 2 * n_zones), rng)
    weight = rng.lognormal(0.0, 1.0, (2, n_zones))
    trips = np.outer(weight[0], weight[1])
    trips *= trips_per_zone * n_zones / trips.sum()
    return roads, ODMatrix(zone_id=np.arange(n_zones).astype(str), trips=trips)


def district_grid(side: int, n_zones: int, *, trips_per_zone: float = 500.0, seed: int = 1) -> Loaded:
    """Street grid as in `grid` whose zones lie where their connectors are, and exchange trips mostly nearby.

    So a larger grid is more of the same: neither ways nor congestion grow with it, as they would in `grid`.

    Parameters
    ----------
    side : int
        Nodes along an edge.
    n_zones : int
        Centroids, not passed through; connected to a junction, drawn at random, and to the next one.
    trips_per_zone : float
        Average trips that start in a zone.
    seed : int
        Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    at = rng.choice(side * (side - 1), n_zones, replace=False)
    row, column = np.divmod(at, side - 1)
    first = row * side + column
    roads = _roads(side, n_zones, np.column_stack((first, first + 1)).ravel(), rng)
    # what more than doubled a zone's trips would jam the few streets around it, and that jam would be all one measures
    weight = rng.uniform(0.5, 1.5, (2, n_zones))
    blocks = np.abs(np.subtract.outer(row, row)) + np.abs(np.subtract.outer(column, column))
    trips = weight[1] * np.exp(-blocks / MEAN_BLOCKS)
    trips *= trips_per_zone * (weight[0] / trips.sum(axis=1))[:, np.newaxis]
    return Loaded(roads, ODMatrix(zone_id=np.arange(n_zones).astype(str), trips=trips))


def _roads(side: int, n_zones: int, connected: IntArray, rng: np.random.Generator) -> RoadNetwork:
    """Streets and connectors; `connected` are the two junctions of each zone."""
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
    ends = np.column_stack((np.repeat(np.arange(n_zones), 2), connected + n_zones))
    tail = np.concatenate((pairs[:, 0], pairs[:, 1], ends[:, 0], ends[:, 1]))
    head = np.concatenate((pairs[:, 1], pairs[:, 0], ends[:, 1], ends[:, 0]))
    fast = np.concatenate((avenue, avenue, np.zeros(2 * len(ends), dtype=bool)))
    connector = np.arange(len(tail)) >= 2 * len(pairs)
    order = np.argsort(tail, kind="stable")
    tail, head, fast, connector = tail[order], head[order], fast[order], connector[order]
    m, n = len(tail), n_zones + side * side
    length = np.where(connector, 200.0, rng.uniform(150, 400, m))
    speed = np.where(fast, 70.0, np.where(connector, 30.0, 40.0))
    return RoadNetwork(
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
