"""Pieces of ways become directed links with attributes."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility import geo
from itas_mobility.core import Access, Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.clean import link_keys
from itas_mobility.network.elevation import Elevation, slope_time_factors
from itas_mobility.network.forward_star import MIN_FREE_TIME_S, Nodes, Shapes, Ways, assemble, distinct, frozen
from itas_mobility.network.osm.cutting import Pieces
from itas_mobility.network.osm.osm_file import RawNodes
from itas_mobility.network.tags import LinkDefaults, WayAttributes
from itas_mobility.network.tags.words import CYCLES, MOTOR
from itas_mobility.units import M_PER_S_TO_KM_PER_H

_FLOATS: Final = ("speed", "lanes", "capacity", "signalised", "alpha", "beta", "duration", "slope")
_NO_SLOPE: Final = frozenset({RoadClass.STEPS, RoadClass.FERRY})
"""Speeds on stairs hold along their slope, ferries are level."""


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
    floats = {name: array("d") for name in _FLOATS}
    modes, classes, access, vdf = array("B"), array("B"), array("B"), array("B")
    bare = array("B")
    is_motor = bool(mode & MOTOR)
    seen: dict[int, tuple[Any, ...]] = {}
    for way in attributes:
        assert way is not None
        values = seen.get(id(way))
        if values is None:
            default = defaults[way.road_class]
            rows = [_link_row(way, side, mode, default) for side in (0, 1)]
            values = seen[id(way)] = (
                tuple(zip(*rows, strict=True)),
                tuple(int(m) for m in way.modes),
                (int(way.road_class),) * 2,
                tuple(int(Access.DESTINATION if only & mode else Access.OPEN) for only in way.destination),
                (int(default.vdf if is_motor else VdfKind.BPR),) * 2,
                (int(way.is_off_ground),) * 2,
            )
        for column, pair in zip(floats.values(), values[0], strict=True):
            column.extend(pair)
        for small, pair in zip((modes, classes, access, vdf, bare), values[1:], strict=True):
            small.extend(pair)
    columns: dict[str, NDArray[Any]] = {k: np.frombuffer(v, float).reshape(-1, 2) for k, v in floats.items()}
    for name, small in (
        ("modes", modes), ("road_class", classes), ("access", access), ("vdf", vdf), ("off_ground", bare)
    ):  # fmt: skip
        columns[name] = np.frombuffer(small, np.uint8).reshape(-1, 2)
    return columns


def _link_row(way: WayAttributes, side: int, mode: Mode, default: LinkDefaults) -> tuple[float, ...]:
    """Values of one direction of a way, in the order of `_FLOATS`."""
    is_motor = bool(mode & MOTOR)
    lanes = way.lanes[side] or default.lanes
    if mode is Mode.BUS:
        # buses have the lanes of all others and their own
        lanes += way.bus_lanes[side]
    capacity = signalised = np.inf
    if is_motor:
        capacity, signalised = (
            lanes
            * osm_tags.capacity_per_lane_veh_per_h(
                way.road_class, default, is_built_up=way.is_built_up, is_signalised=has_signal
            )
            for has_signal in (False, True)
        )
    speed = osm_tags.free_speed_km_per_h(way, side, mode, default)
    alpha = default.vdf_alpha if is_motor else 0.0
    slope = 0.0 if way.road_class in _NO_SLOPE else way.slope
    return speed, lanes, capacity, signalised, alpha, default.vdf_beta, way.duration_s, slope if side == 0 else -slope


def count_notes(attributes: Iterable[WayAttributes | None], counts: dict[str, int]) -> None:
    """Count what tags say that links do not show.

    Parameters
    ----------
    attributes : iterable of WayAttributes
        Of each way.
    counts : dict
        What was met is added here, by the words of the notes.
    """
    found = Counter(note for way in attributes if way is not None for note in way.notes)
    counts |= dict(sorted(found.items()))


def to_links(
    pieces: Pieces,
    way_id: LongArray,
    name_code: IntArray,
    names: NDArray[np.str_],
    columns: dict[str, NDArray[Any]],
    nodes: RawNodes,
    mode: Mode,
    report: ReadReport,
    *,
    elevation: Elevation | None = None,
    signal_delay_s: float = 0.0,
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
    elevation : callable, optional
        Heights, for the times of people on foot and on bicycles; see `slope_time_factors`. The links' speed stays
        that on level ground.
    signal_delay_s : float, default=0.0
        Added to the times of links that signals hold up.

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
    piece_m = np.add.reduceat(step, pieces.shape_ptr[:-1]) if n else np.zeros(0)
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
    place = nodes.rows(base_node_id(ids))
    length = piece_m[piece]
    counts = dict(report.counts)
    taken = {name: values[way, side] for name, values in columns.items()}
    free_time = length / (taken["speed"] / M_PER_S_TO_KM_PER_H)
    if mode & (CYCLES | Mode.WALK):
        free_time = free_time * _slope_factor(pieces, lon, lat, step, columns, mode, elevation, counts)[piece, side]
    else:
        signalised = _signalised(pieces, step, nodes)[piece, side]
        taken["capacity"] = np.where(signalised, taken["signalised"], taken["capacity"])
        counts["links held up by traffic signals"] = int(signalised.sum())
        free_time = free_time + np.where(signalised, signal_delay_s, 0.0)
    del lon, lat, step
    _count_nodes(pieces, nodes, counts)
    if n and taken["duration"].any():
        # the time of a ferry is told for its whole way and shared out by length; a clip that cuts a ferry leaves the
        # whole time to the rest, because the length outside is not known
        whole = np.bincount(pieces.way, weights=piece_m, minlength=len(way_id))[way]
        told = (taken["duration"] > 0.0) & (whole > 0.0)
        free_time = np.where(told, taken["duration"] * length / np.where(told, whole, 1.0), free_time)
        told_speed = whole / np.where(told, taken["duration"], 1.0) * M_PER_S_TO_KM_PER_H
        taken["speed"] = np.where(told, told_speed, taken["speed"])
    counts["links of no length"] = int((length == 0.0).sum())
    links: dict[str, NDArray[Any]] = {
        "tail": np.searchsorted(ids, tail_id).astype(np.int32),
        "head": np.searchsorted(ids, head_id).astype(np.int32),
        "link_key": link_key,
        "length_m": length,
        "free_speed_km_per_h": taken["speed"],
        "free_time_s": np.maximum(free_time, MIN_FREE_TIME_S),
        "lanes": taken["lanes"],
        "capacity_veh_per_h": taken["capacity"],
        "vdf": taken["vdf"],
        "vdf_alpha": taken["alpha"],
        "vdf_beta": taken["beta"],
        "road_class": taken["road_class"],
        "modes": taken["modes"],
        "access": taken["access"],
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
        nodes=Nodes(ids, nodes.lon_deg[place], nodes.lat_deg[place]),
        links=links,
        names=names,
        shapes=Shapes(shape_ptr, shape_lon_deg, shape_lat_deg),
        ways=Ways(frozen(np.arange(len(piece) + 1, dtype=np.int64)), ways),
        mode=mode,
        report=ReadReport(report.file, counts),
    )


def _slope_factor(
    pieces: Pieces,
    lon: FloatArray,
    lat: FloatArray,
    step: FloatArray,
    columns: dict[str, NDArray[Any]],
    mode: Mode,
    elevation: Elevation | None,
    counts: dict[str, int],
) -> FloatArray:
    """Factors on the times with and against each piece; shape (n_pieces, 2)."""
    tagged = columns["slope"][pieces.way, 0]
    if elevation is None and not (np.nan_to_num(tagged) != 0.0).any():
        return np.ones((len(pieces.way), 2))
    factor, is_known = slope_time_factors(
        lon,
        lat,
        step,
        pieces.shape_ptr,
        mode=mode,
        elevation=elevation,
        tagged_slope=tagged,
        is_off_ground=columns["off_ground"][pieces.way, 0] != 0,
    )
    factor[np.isin(columns["road_class"][pieces.way, 0], [int(c) for c in _NO_SLOPE])] = 1.0
    if elevation is not None:
        counts["pieces of road whose slope is not known"] = int((~is_known).sum())
    return factor


def _signalised(pieces: Pieces, step: FloatArray, nodes: RawNodes) -> BoolArray:
    """Whether traffic signals hold up traffic with and against each piece; shape (n_pieces, 2).

    A signal at the end of a piece does, unless the piece is short and begins at a signal too (a link inside one
    junction must not throttle traffic a second time). One in between does in the directions it is tagged for; without
    such a tag, in those that meet it far from their start or in their second half: nearer, it is the signal of the
    junction they leave. Where each node of a way is cut, that can no longer be told, and both directions are held up.
    """
    found = np.zeros((len(pieces.way), 2), bool)
    sides = {
        node: osm_tags.parse_signal_sides(tags)
        for node, tags in nodes.tags.items()
        if osm_tags.parse_node_kind(tags) == "traffic_signals"
    }
    if not sides or not len(pieces.way):
        return found
    is_signal = np.zeros(len(nodes.node_id), bool)
    rows = nodes.rows(np.array(list(sides), np.int64))
    is_signal[rows[rows >= 0]] = True
    first, last = pieces.shape_ptr[:-1], pieces.shape_ptr[1:] - 1
    piece_of_point = np.repeat(np.arange(len(first)), np.diff(pieces.shape_ptr))
    along = np.cumsum(step)
    for point in np.flatnonzero(is_signal[pieces.shape_node]):
        piece = piece_of_point[point]
        a, b = first[piece], last[piece]
        told = sides[int(nodes.node_id[pieces.shape_node[point]])]
        before, after = along[point] - along[a], along[b] - along[point]
        is_short = before + after <= osm_tags.SHORT_LINK_M
        for side, (start, end, done, left) in enumerate(((a, b, before, after), (b, a, after, before))):
            if point == start or (told is not None and not told[side]):
                continue
            if point == end:
                holds = not (is_short and is_signal[pieces.shape_node[start]])
            else:
                holds = told is not None or done > osm_tags.SHORT_LINK_M or done >= left
            found[piece, side] |= holds
    return found


def _count_nodes(pieces: Pieces, nodes: RawNodes, counts: dict[str, int]) -> None:
    """Count the signals and signs on the roads."""
    used = np.zeros(len(nodes.node_id), bool)
    used[pieces.shape_node] = True
    kinds = [(node, kind) for node, tags in nodes.tags.items() if (kind := osm_tags.parse_node_kind(tags))]
    rows = nodes.rows(np.array([node for node, _ in kinds], np.int64))
    on_road = Counter(kind for (_, kind), row in zip(kinds, rows, strict=True) if row >= 0 and used[row])
    counts |= {words: on_road[kind] for kind, words in osm_tags.NOTED_NODES.items() if on_road[kind]}
