"""Roads from OpenStreetMap: a file or a place becomes a `RoadNetwork` of one mode.

Two passes over a file: first the ways that carry the mode, then only the nodes these ways use. After that all is array
work: ways are cut where roads meet, become links in both open directions, are reduced to the part in which each place
can reach each other one, and chains of equal links are merged.
"""

import dataclasses
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from itas_mobility import geo
from itas_mobility.core import Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.clean import drop_bare_nodes, largest_component, link_keys
from itas_mobility.network.clean import simplify as merge_chains
from itas_mobility.network.forward_star import COPY_STRIDE, MIN_FREE_TIME_S, assemble, ragged_rows
from itas_mobility.network.osm_file import RawNodes, RawWays, read_nodes, read_ways
from itas_mobility.network.tags import LINK_DEFAULTS, LinkDefaults, WayAttributes

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Clip: TypeAlias = "tuple[float, float, float, float] | BaseGeometry | None"

_OSMNX_TYPES: Mapping[Mode, str] = {
    # "all" leaves the choice of ways to this library's own tag parsers
    Mode.CAR: "all",
    Mode.HGV: "all",
    Mode.BUS: "all",
    Mode.BIKE: "all",
    Mode.WALK: "all",
}


class NoOpenWayError(NetworkError):
    """A file is sound but holds no way that the mode may use."""


def read_osm(
    path: str | Path | None = None,
    *,
    mode: str = "car",
    place: str | None = None,
    clip: Clip = None,
    keep: Literal["largest", "all"] = "largest",
    simplify: bool = True,
    link_defaults: Mapping[RoadClass, LinkDefaults] | None = None,
) -> RoadNetwork:
    """Read the roads of one mode from an OpenStreetMap file, or fetch them by the name of a place.

    Parameters
    ----------
    path : str or Path, optional
        File: .osm, .osm.gz, .osm.bz2 or .osm.pbf.
    mode : str, default="car"
        car, hgv, bus, bike, walk (or foot), tram or train.
    place : str, optional
        Instead of a file: a place that Nominatim knows; its roads are fetched through OSMnx from Overpass.
    clip : (west, south, east, north) in degrees or shapely polygon, optional
        Nodes outside are left out and ways end at the last node inside.
    keep : {"largest", "all"}, default="largest"
        Whether to reduce to the largest strongly connected part.
    simplify : bool, default=True
        Merge chains of links through nodes where nothing branches or changes; if not, each node of a way is a node.
    link_defaults : mapping of RoadClass to LinkDefaults, optional
        Replaces the capacity, speed, lanes and volume-delay defaults of single classes.

    Returns
    -------
    RoadNetwork
        The roads; ``report`` tells what was met and dropped.

    Raises
    ------
    NetworkError
        If the file cannot be used or holds no road for the mode; the message names file and place in it.
    """
    bit = osm_tags.mode_bit(mode)
    if keep not in ("largest", "all"):
        raise NetworkError(f"keep={keep!r}: use 'largest' or 'all'")
    if (path is None) == (place is None):
        raise NetworkError("read_osm needs either a file or place=..., not both")
    defaults = _merged_defaults(link_defaults)
    if place is not None:
        source, (raw, nodes) = place, _fetch_place(place, bit, mode)
    else:
        source, nodes = str(path), None
        raw = read_ways(Path(source), ("railway",) if bit in {Mode.TRAM, Mode.TRAIN} else ("highway",))
    roads = _built(source, raw, nodes, bit, mode, clip=clip, each_node=not simplify, defaults=defaults)
    return _cleaned(roads, keep=keep, simplify=simplify)


def _merged_defaults(given: Mapping[RoadClass, LinkDefaults] | None) -> Mapping[RoadClass, LinkDefaults]:
    for road_class, defaults in (given or {}).items():
        if not isinstance(road_class, RoadClass) or not isinstance(defaults, LinkDefaults):
            raise NetworkError(f"link_defaults: {road_class!r}: {defaults!r} is not a RoadClass: LinkDefaults pair")
    return {**LINK_DEFAULTS, **(given or {})}


def _cleaned(roads: RoadNetwork, *, keep: str, simplify: bool) -> RoadNetwork:
    report = roads.report or ReadReport("", {})
    counts = dict(report.counts)
    if keep == "largest":
        roads, dropped = largest_component(roads)
        counts |= dropped
    roads = drop_bare_nodes(roads)
    if simplify:
        roads = merge_chains(roads)
    counts |= {"nodes": roads.n_nodes, "links": roads.n_links}
    return dataclasses.replace(roads, report=ReadReport(report.file, counts))


def _built(
    source: str,
    raw: RawWays,
    nodes: RawNodes | None,
    mode: Mode,
    mode_name: str,
    *,
    clip: Clip,
    each_node: bool,
    defaults: Mapping[RoadClass, LinkDefaults],
) -> RoadNetwork:
    """The network of raw ways; nodes that are not given are read from the file in a second pass."""
    counts = {"ways with a road or rail class": len(raw.way_id)}
    attributes, kept = _ways_of_mode(raw, mode, counts, is_unique=nodes is None)
    if not kept:
        raise NoOpenWayError(f"{source}: holds no way that is open for mode {mode_name!r}")
    way_id = np.frombuffer(raw.way_id, np.int64)[kept]
    ptr, at = ragged_rows(np.frombuffer(raw.ptr, np.int64), np.asarray(kept))
    ref = (np.frombuffer(raw.ref, np.int64) if raw.ref else np.zeros(0, np.int64))[at]
    if nodes is None:
        nodes = read_nodes(Path(source), set(ref.tolist()), tag_keys=osm_tags.NODE_KEYS)
    counts["nodes that stand twice in the file"] = nodes.n_duplicates
    pieces = _cut(ptr, ref, way_id, nodes, mode, clip=clip, each_node=each_node, counts=counts)
    if pieces.way.size == 0:
        raise NoOpenWayError(
            f"{source}: no way that is open for mode {mode_name!r} has two known nodes inside the clip"
        )
    names = np.array([_name_of(raw.tags[i]) for i in kept], dtype=str)
    columns = _way_columns([attributes[i] for i in kept], mode, defaults)
    return _to_links(pieces, way_id, names, columns, nodes, mode, ReadReport(source, counts))


def _name_of(tags: Mapping[str, str]) -> str:
    return tags.get("name") or tags.get("ref") or ""


def _ways_of_mode(
    raw: RawWays, mode: Mode, counts: dict[str, int], *, is_unique: bool
) -> tuple[list[WayAttributes | None], list[int]]:
    """Attributes of all ways (ways with equal tags are parsed once) and the rows of those the mode may use."""
    parsed: dict[tuple[tuple[str, str], ...], WayAttributes | None] = {}
    attributes: list[WayAttributes | None] = []
    rows: dict[int, int] = {}
    relevant = osm_tags.RELEVANT_KEYS
    twice = 0
    for row, tags in enumerate(raw.tags):
        key = tuple(item for item in tags.items() if item[0] in relevant)
        if key not in parsed:
            parsed[key] = osm_tags.parse_way(dict(key))
        found = parsed[key]
        attributes.append(found)
        if found is not None and mode & (found.modes[0] | found.modes[1]):
            identity = raw.way_id[row] if is_unique else row
            twice += identity in rows
            rows.setdefault(identity, row)
    counts["ways that stand twice in the file"] = twice
    counts["ways open for the mode"] = len(rows)
    return attributes, list(rows.values())


@dataclasses.dataclass(frozen=True, slots=True)
class _Pieces:
    """Parts of ways between nodes of the network; shape positions point into `node` (rows of the raw nodes)."""

    way: LongArray
    start_id: LongArray
    end_id: LongArray
    shape_ptr: LongArray
    shape_node: LongArray


def _inside(clip: Clip, lon: FloatArray, lat: FloatArray) -> BoolArray:
    if isinstance(clip, tuple | list):
        if len(clip) != 4 or not (clip[0] < clip[2] and clip[1] < clip[3]):
            raise NetworkError(
                f"clip={clip!r}: must be (west, south, east, north) in degrees, west < east, south < north"
            )
        west, south, east, north = clip
        return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    import shapely

    shapely.prepare(clip)
    return np.asarray(shapely.intersects_xy(clip, lon, lat))


def _cut(
    ptr: LongArray,
    ref: LongArray,
    way_id: LongArray,
    nodes: RawNodes,
    mode: Mode,
    *,
    clip: Clip,
    each_node: bool,
    counts: dict[str, int],
) -> _Pieces:
    """Cut ways where roads meet, end, or are closed by a barrier, and where nodes are missing."""
    way = np.repeat(np.arange(len(way_id)), np.diff(ptr))
    row = nodes.rows(ref)
    counts["node references missing from the file"] = int((row < 0).sum())
    present = row >= 0
    if clip is not None:
        inside = _inside(clip, nodes.lon_deg, nodes.lat_deg)
        counts["nodes outside the clip"] = int((~inside).sum())
        present &= np.where(row >= 0, inside[np.maximum(row, 0)] if inside.size else False, False)
    # a way is broken where a node is missing: no straight line is invented across the gap
    run = np.cumsum(~present)
    way, row, run = way[present], row[present], run[present]
    if len(row) > 1:
        same = (row[1:] == row[:-1]) & (way[1:] == way[:-1]) & (run[1:] == run[:-1])
        counts["repeated node references"] = int(same.sum())
        distinct = np.append(True, ~same)
        way, row, run = way[distinct], row[distinct], run[distinct]
    joined = np.zeros(len(row), bool)
    if len(row) > 1:
        joined[:-1] = (way[1:] == way[:-1]) & (run[1:] == run[:-1])
    has_before = np.append(False, joined[:-1])[: len(row)]
    used = joined | has_before
    uses = np.bincount(row[used], minlength=len(nodes.node_id))
    closed = np.array([i for i, found in nodes.tags.items() if not osm_tags.passes_node(found, mode)], np.int64)
    is_closed = np.zeros(len(nodes.node_id), bool)
    is_closed[nodes.rows(closed)] = True
    counts["barriers that close the road"] = int((uses[is_closed] > 0).sum())
    is_cut = used & (~joined | ~has_before | (uses[row] > 1) | is_closed[row])
    if each_node:
        is_cut = used
    is_cut = _without_loops(is_cut, row, way, run)
    begin = np.flatnonzero(is_cut & joined)
    cuts = np.flatnonzero(is_cut)
    end = cuts[np.searchsorted(cuts, begin, side="right")] if begin.size else begin
    start_id = _part_ids(nodes, row, way_id[way], begin, end, is_closed)
    shape_ptr = np.zeros(len(begin) + 1, np.int64)
    np.cumsum(end - begin + 1, out=shape_ptr[1:])
    at = np.arange(shape_ptr[-1]) + np.repeat(begin - shape_ptr[:-1], end - begin + 1)
    return _Pieces(way[begin], *start_id, shape_ptr, row[at])


def _without_loops(is_cut: BoolArray, row: LongArray, way: NDArray[Any], run: NDArray[Any]) -> BoolArray:
    """Cut parts of ways that end where they start in the middle, so that no link is a loop."""
    cuts = np.flatnonzero(is_cut)
    if len(cuts) < 2:
        return is_cut
    a, b = cuts[:-1], cuts[1:]
    is_loop = (row[a] == row[b]) & (way[a] == way[b]) & (run[a] == run[b])
    is_cut = is_cut.copy()
    is_cut[(a[is_loop] + b[is_loop]) // 2] = True
    return is_cut


def _part_ids(
    nodes: RawNodes, row: LongArray, way_id: LongArray, begin: LongArray, end: LongArray, is_closed: BoolArray
) -> tuple[LongArray, LongArray]:
    """Ids of the pieces' end nodes; a closed barrier is cut into as many parts as pieces meet there."""
    at = np.concatenate([begin, end])
    ids = nodes.node_id[row[at]].copy()
    closed = np.flatnonzero(is_closed[row[at]])
    if closed.size:
        order = closed[np.lexsort((closed >= len(begin), at[closed], way_id[at[closed]], ids[closed]))]
        is_new = np.append(True, ids[order][1:] != ids[order][:-1])
        start = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))
        ids[order] += (np.arange(len(order)) - start) * COPY_STRIDE
    return ids[: len(begin)], ids[len(begin) :]


def _way_columns(
    attributes: list[WayAttributes | None], mode: Mode, defaults: Mapping[RoadClass, LinkDefaults]
) -> dict[str, NDArray[Any]]:
    """Columns of shape (n_ways, 2): what links get that run with (0) and against (1) each way."""
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


def _to_links(
    pieces: _Pieces,
    way_id: LongArray,
    names: NDArray[Any],
    columns: dict[str, NDArray[Any]],
    nodes: RawNodes,
    mode: Mode,
    report: ReadReport,
) -> RoadNetwork:
    """Directed links in the open directions of each piece."""
    n = len(pieces.way)
    lon, lat = nodes.lon_deg[pieces.shape_node], nodes.lat_deg[pieces.shape_node]
    step = np.zeros(len(lon))
    if len(lon) > 1:
        step[1:] = geo.haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
        step[pieces.shape_ptr[:-1]] = 0.0
    length = np.add.reduceat(step, pieces.shape_ptr[:-1]) if n else np.zeros(0)
    open_for = (columns["modes"][pieces.way] & np.uint8(mode)) != 0
    piece, side = np.nonzero(open_for)
    way = pieces.way[piece]
    tail_id = np.where(side == 0, pieces.start_id[piece], pieces.end_id[piece])
    head_id = np.where(side == 0, pieces.end_id[piece], pieces.start_id[piece])
    ids = np.unique(np.concatenate([tail_id, head_id]))
    half = COPY_STRIDE // 2
    place = nodes.rows(np.mod(ids + half, COPY_STRIDE) - half)
    length = length[piece]
    counts = dict(report.counts)
    counts["links of no length"] = int((length == 0.0).sum())
    taken = {name: values[way, side] for name, values in columns.items()}
    links: dict[str, NDArray[Any]] = {
        "tail": np.searchsorted(ids, tail_id).astype(np.int32),
        "head": np.searchsorted(ids, head_id).astype(np.int32),
        # parallel parts of one way are told apart by their order along it
        "link_key": link_keys(way_id[way], tail_id, head_id, piece * 2 + side),
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
        "name": names[way],
    }
    shape_ptr, at = ragged_rows(pieces.shape_ptr, piece)
    # links against the way run through its course backwards
    against = np.repeat(side == 1, np.diff(shape_ptr))
    position = np.arange(len(at)) - np.repeat(shape_ptr[:-1], np.diff(shape_ptr))
    mirrored = np.repeat(pieces.shape_ptr[piece + 1] - 1, np.diff(shape_ptr)) - position
    at = np.where(against, mirrored, at)
    return assemble(
        node_id=ids,
        node_lon_deg=nodes.lon_deg[place],
        node_lat_deg=nodes.lat_deg[place],
        links=links,
        shape_ptr=shape_ptr,
        shape_lon_deg=lon[at],
        shape_lat_deg=lat[at],
        way_ptr=np.arange(len(piece) + 1, dtype=np.int64),
        way_id=way_id[way],
        mode=mode,
        report=ReadReport(report.file, counts),
    )


def _fetch_place(place: str, mode: Mode, mode_name: str) -> tuple[RawWays, RawNodes]:
    """Ways and nodes of a place through OSMnx, with the tags this library reads and in the order of their nodes.

    OSMnx gives one edge per two neighbouring nodes of a way; directions are told by this library's own parsers.
    """
    import osmnx

    if mode not in _OSMNX_TYPES:
        raise NetworkError(f"place={place!r}: mode {mode_name!r} can be read from files only")
    wanted = {
        "all_oneway": True,  # keeps the tag and the order of the nodes; no edge against the way
        "useful_tags_way": sorted({*osmnx.settings.useful_tags_way, *osm_tags.RELEVANT_KEYS, "name", "ref"}),
        "useful_tags_node": sorted({*osmnx.settings.useful_tags_node, *osm_tags.NODE_KEYS}),
    }
    saved = {key: getattr(osmnx.settings, key) for key in wanted}
    try:
        for key, value in wanted.items():
            setattr(osmnx.settings, key, value)
        graph = osmnx.graph_from_place(place, network_type=_OSMNX_TYPES[mode], simplify=False, retain_all=True)
    except (OSError, ValueError, TypeError, RuntimeError) as fault:
        raise NetworkError(f"place={place!r}: roads could not be fetched: {fault}") from fault
    finally:
        for key, value in saved.items():
            setattr(osmnx.settings, key, value)
    ways = RawWays()
    for u, v, data in graph.edges(data=True):
        tags = {str(key): str(value) for key, value in data.items() if isinstance(value, str)}
        # OSMnx turns ways that are open against their order only; turned back, the tag is right again
        ways.ref.extend((v, u) if tags.get("oneway") in {"-1", "reverse"} else (u, v))
        ways.ptr.append(len(ways.ref))
        ways.way_id.append(int(data["osmid"]))
        ways.tags.append(tags)
    ids = np.array(graph.nodes, np.int64)
    order = np.argsort(ids)
    lon, lat = (np.array([data[key] for _, data in graph.nodes(data=True)], float)[order] for key in ("x", "y"))
    tags_of = {
        int(node): {k: v for k, v in data.items() if isinstance(v, str)} for node, data in graph.nodes(data=True)
    }
    return ways, RawNodes(ids[order], lon, lat, {n: t for n, t in tags_of.items() if "barrier" in t}, 0)
