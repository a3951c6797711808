"""Made-up networks for tests, benchmarks and examples."""

from typing import Final

import numpy as np

from itas_mobility import geo
from itas_mobility.core import Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.errors import NetworkError
from itas_mobility.network.clean import link_keys
from itas_mobility.network.forward_star import Nodes, Shapes, Ways, assemble
from itas_mobility.network.tags import LINK_DEFAULTS
from itas_mobility.units import KM_PER_H_TO_M_PER_S

_WEST_DEG: Final = 12.4964
_SOUTH_DEG: Final = 50.7189
"""South-west corner: the middle of Zwickau."""
_MAIN_EVERY: Final = 5
"""Each fifth row and column is a main street."""


def grid(n_columns: int, n_rows: int, *, spacing_m: float = 200.0, seed: int = 0) -> RoadNetwork:
    """A street grid with two-way streets, each fifth one a main street, and speeds that vary a little.

    Parameters
    ----------
    n_columns, n_rows : int
        Nodes in west-east and south-north direction.
    spacing_m : float, default=200
        Distance of neighbouring nodes.
    seed : int, default=0
        Of the speeds (factor 0.9 to 1.1), so that shortest paths are unique.

    Returns
    -------
    RoadNetwork
        Nodes row by row from the south-west, ids from 1.

    Raises
    ------
    NetworkError
        If the grid has less than two nodes or the spacing is not positive.
    """
    if n_columns < 1 or n_rows < 1 or n_columns * n_rows < 2 or not spacing_m > 0:
        raise NetworkError(
            f"grid({n_columns}, {n_rows}, spacing_m={spacing_m}): needs two nodes and a positive spacing"
        )
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(n_columns * n_rows), n_columns)
    step_deg = np.degrees(spacing_m / geo.EARTH_RADIUS_M)
    lat = _SOUTH_DEG + row * step_deg
    lon = _WEST_DEG + column * step_deg / np.cos(np.radians(_SOUTH_DEG))
    east, north = np.flatnonzero(column < n_columns - 1), np.flatnonzero(row < n_rows - 1)
    a = np.concatenate([east, north])
    b = np.concatenate([east + 1, north + n_columns])
    is_main = np.concatenate([row[east] % _MAIN_EVERY == 0, column[north] % _MAIN_EVERY == 0])
    way = np.concatenate([1 + row[east], 1 + n_rows + column[north]]).astype(np.int64)
    tail, head = np.concatenate([a, b]).astype(np.int32), np.concatenate([b, a]).astype(np.int32)
    is_main, way = np.tile(is_main, 2), np.tile(way, 2)
    road_class = np.where(is_main, RoadClass.PRIMARY, RoadClass.RESIDENTIAL).astype(np.uint8)
    defaults = [LINK_DEFAULTS[RoadClass(int(c))] for c in road_class]
    speed = np.array([d.speed_urban_km_per_h for d in defaults]) * rng.uniform(0.9, 1.1, len(tail))
    length = geo.haversine_m(lon[tail], lat[tail], lon[head], lat[head])
    node_id = np.arange(1, n_columns * n_rows + 1)
    m = len(tail)
    return assemble(
        nodes=Nodes(node_id, lon, lat),
        links={
            "tail": tail,
            "head": head,
            "link_key": link_keys(way, node_id[tail], node_id[head], np.zeros(m)),
            "length_m": length,
            "free_speed_km_per_h": speed,
            "free_time_s": length / (speed * KM_PER_H_TO_M_PER_S),
            "lanes": np.ones(m),
            "capacity_veh_per_h": np.array([d.capacity_per_lane_veh_per_h for d in defaults], float),
            "vdf": np.full(m, int(VdfKind.BPR), np.uint8),
            "vdf_alpha": np.array([d.vdf_alpha for d in defaults]),
            "vdf_beta": np.array([d.vdf_beta for d in defaults]),
            "road_class": road_class,
            "modes": np.full(m, int(Mode.CAR | Mode.HGV | Mode.BUS | Mode.BIKE | Mode.WALK), np.uint8),
            "name": np.where(is_main, "Main street", "Side street"),
        },
        shapes=Shapes(
            2 * np.arange(m + 1, dtype=np.int64),
            np.column_stack([lon[tail], lon[head]]).ravel(),
            np.column_stack([lat[tail], lat[head]]).ravel(),
        ),
        ways=Ways(np.arange(m + 1, dtype=np.int64), way),
        report=ReadReport("grid", {"nodes": len(node_id), "links": m}),
    )
