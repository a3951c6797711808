"""Pieces of ways become directed links with attributes."""

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itas_mobility import geo
from itas_mobility.core import Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.columns import IntArray, LongArray
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.clean import link_keys
from itas_mobility.network.cutting import Pieces
from itas_mobility.network.forward_star import COPY_STRIDE, MIN_FREE_TIME_S, assemble, distinct, frozen
from itas_mobility.network.osm_file import RawNodes
from itas_mobility.network.tags import LinkDefaults, WayAttributes


def way_columns(
    attributes: list[WayAttributes | None], mode: Mode, defaults: Mapping[RoadClass, LinkDefaults]
) -> dict[str, NDArray[Any]]:
    """What links get that run with (0) and against (1) each way.

    Parameters
    ----------
    attributes : list of WayAttributes
        Of each way, shape (n_ways,); none of them None.
    mode : Mode
        One mode.
    defaults : mapping of RoadClass to LinkDefaults
        Capacities, speeds, lanes and volume-delay functions where tags say nothing.

    Returns
    -------
    dict of str to ndarray of shape (n_ways, 2)
        Columns by name.
    """
    floats = {name: array("d") for name in ("speed", "lanes", "capacity", "alpha", "beta")}
    modes, classes = array("B"), array("B")
    is_motor = bool(mode & (Mode.CAR | Mode.HGV | Mode.BUS))
    seen: dict[int, tuple[Any, ...]] = {}
    for way in attributes:
        assert way is not None
        values = seen.get(id(way))
        if values is None:
            default = defaults[way.road_class]
            rows = []
            for side in (0, 1):
                lanes = way.lanes[side] or default.lanes
                capacity = lanes * default.capacity_per_lane_veh_per_h if is_motor else np.inf
                speed = osm_tags.free_speed_km_per_h(way, side, mode, default)
                alpha = default.vdf_alpha if is_motor else 0.0
                rows.append((speed, lanes, capacity, alpha, default.vdf_beta))
            values = seen[id(way)] = (
                tuple(zip(*rows, strict=True)), tuple(int(m) for m in way.modes), (int(way.road_class),) * 2
            )  # fmt: skip
        for column, pair in zip(floats.values(), values[0], strict=True):
            column.extend(pair)
        modes.extend(values[1])
        classes.extend(values[2])
    columns: dict[str, NDArray[Any]] = {k: np.frombuffer(v, float).reshape(-1, 2) for k, v in floats.items()}
    columns["modes"] = np.frombuffer(modes, np.uint8).reshape(-1, 2)
    columns["road_class"] = np.frombuffer(classes, np.uint8).reshape(-1, 2)
    return columns


def to_links(
    pieces: Pieces,
    way_id: LongArray,
    name_code: IntArray,
    names: NDArray[np.str_],
    columns: dict[str, NDArray[Any]],
    nodes: RawNodes,
    mode: Mode,
    report: ReadReport,
) -> RoadNetwork:
    """Directed links in the open directions of each piece.

    Parameters
    ----------
    pieces : Pieces
        Parts of ways.
    way_id : int64 ndarray of shape (n_ways,)
        Ids of the ways.
    name_code : int32 ndarray of shape (n_ways,)
        Row of each way's name in `names`.
    names : str ndarray
        Names, each once.
    columns : dict of str to ndarray of shape (n_ways, 2)
        From `way_columns`.
    nodes : RawNodes
        Nodes of the file.
    mode : Mode
        One mode.
    report : ReadReport
        What was met so far.

    Returns
    -------
    RoadNetwork
        One node per end of a piece, one link per open direction.
    """
    n = len(pieces.way)
    lon, lat = nodes.lon_deg[pieces.shape_node], nodes.lat_deg[pieces.shape_node]
    step = np.zeros(len(lon))
    if len(lon) > 1:
        step[1:] = geo.haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
        step[pieces.shape_ptr[:-1]] = 0.0
    length = np.add.reduceat(step, pieces.shape_ptr[:-1]) if n else np.zeros(0)
    del lon, lat, step
    open_for = (columns["modes"][pieces.way] & np.uint8(mode)) != 0
    piece, side = np.nonzero(open_for)
    tail_id = np.where(side == 0, pieces.start_id[piece], pieces.end_id[piece])
    head_id = np.where(side == 0, pieces.end_id[piece], pieces.start_id[piece])
    # parallel parts of one way are told apart by their order along it
    link_key = link_keys(way_id[pieces.way[piece]], tail_id, head_id, piece * 2 + side)
    # everything else is made in the final order at once, which spares a copy of a large network
    order = np.lexsort((link_key, head_id, tail_id))
    piece, side, link_key = piece[order], side[order], link_key[order]
    tail_id, head_id = tail_id[order], head_id[order]
    way = pieces.way[piece]
    ids = distinct(np.concatenate([tail_id, head_id]))
    half = COPY_STRIDE // 2
    place = nodes.rows(np.mod(ids + half, COPY_STRIDE) - half)
    length = length[piece]
    counts = dict(report.counts)
    counts["links of no length"] = int((length == 0.0).sum())
    taken = {name: values[way, side] for name, values in columns.items()}
    links: dict[str, NDArray[Any]] = {
        "tail": np.searchsorted(ids, tail_id).astype(np.int32),
        "head": np.searchsorted(ids, head_id).astype(np.int32),
        "link_key": link_key,
        "length_m": length,
        "free_speed_km_per_h": taken["speed"],
        "free_time_s": np.maximum(length / (taken["speed"] / 3.6), MIN_FREE_TIME_S),
        "lanes": taken["lanes"],
        "capacity_veh_per_h": taken["capacity"],
        "vdf": np.full(len(piece), int(VdfKind.BPR), np.uint8),
        "vdf_alpha": taken["alpha"],
        "vdf_beta": taken["beta"],
        "road_class": taken["road_class"],
        "modes": taken["modes"],
        "name_code": name_code[way],
    }
    links = {name: frozen(values) for name, values in links.items()}
    del taken, tail_id, head_id, length, link_key, open_for
    size = np.diff(pieces.shape_ptr)[piece]
    shape_ptr = np.zeros(len(piece) + 1, np.int64)
    np.cumsum(size, out=shape_ptr[1:])
    # links against the way run through its course backwards
    sign = (1 - 2 * side).astype(np.int64)
    first = np.where(side == 0, pieces.shape_ptr[piece], pieces.shape_ptr[piece + 1] - 1)
    at = np.repeat(sign, size)
    at *= np.arange(len(at))
    at += np.repeat(first - sign * shape_ptr[:-1], size)
    at = pieces.shape_node[at]
    shape_lon_deg, shape_lat_deg, ways = (
        frozen(values) for values in (nodes.lon_deg[at], nodes.lat_deg[at], way_id[way])
    )
    del at, size, sign, first, side, way, order
    return assemble(
        node_id=ids,
        node_lon_deg=nodes.lon_deg[place],
        node_lat_deg=nodes.lat_deg[place],
        links=links,
        names=names,
        shape_ptr=shape_ptr,
        shape_lon_deg=shape_lon_deg,
        shape_lat_deg=shape_lat_deg,
        way_ptr=frozen(np.arange(len(piece) + 1, dtype=np.int64)),
        way_id=ways,
        mode=mode,
        report=ReadReport(report.file, counts),
    )
