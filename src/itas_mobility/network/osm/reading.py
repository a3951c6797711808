"""Roads from OpenStreetMap: a file or a place becomes a `RoadNetwork` of one mode.

Two passes over what a file holds: first the ways that carry the mode, then only the nodes these ways use. After that
all is array work: ways are cut where roads meet, become links in both open directions, are reduced to the part in
which each place can reach each other one, and chains of equal links are merged.
"""

import ctypes
import dataclasses
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from itas_mobility.core import Mode, ReadReport, RoadClass, RoadNetwork
from itas_mobility.core.columns import IntArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.clean import drop_bare_nodes, largest_component
from itas_mobility.network.clean import simplify as merge_chains
from itas_mobility.network.elevation import Elevation, elevation_source
from itas_mobility.network.forward_star import keep_nodes, ragged_rows
from itas_mobility.network.osm import leaving_out
from itas_mobility.network.osm.clip import Area, Clip, find_clip, is_inside
from itas_mobility.network.osm.cutting import cut_ways
from itas_mobility.network.osm.leaving_out import Gathered
from itas_mobility.network.osm.links import count_notes, to_links, way_columns
from itas_mobility.network.osm.online.overpass import fetch_place
from itas_mobility.network.osm.osm_file import RawNodes, RawRelation, RawWays, opened
from itas_mobility.network.osm.restrictions import restrictions_of
from itas_mobility.network.tags import LINK_DEFAULTS, LinkDefaults, WayAttributes
from itas_mobility.network.turn_rules import Restriction, restricted_nodes
from itas_mobility.network.turns import JunctionDelays, cut_off_nodes, expand_junctions

_PLANNED: Final = ("construction", "proposed", "planned")


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
    delays: JunctionDelays | None = None,
    elevation: str | Path | Elevation | None = None,
    report_pieces: bool = False,
) -> RoadNetwork:
    """Read the roads of one mode from an OpenStreetMap file, or fetch them by the name of a place.

    Parameters
    ----------
    path : str or Path, optional
        File: .osm, .osm.gz, .osm.bz2 or .osm.pbf.
    mode : str, default="car"
        car, hgv, bus, bike, pedelec, walk (or foot), tram or train.
    place : str, optional
        Instead of a file: a place that Nominatim knows; its roads are fetched from Overpass into a file in the cache
        (`fetch_place`), which is read inside the outline of the place.
    clip : box, polygon, polygon file or area, optional
        (west, south, east, north) in degrees; shapely polygon; path of a .poly, GeoJSON, GeoPackage or Shapefile file;
        name or official key (AGS) of an administrative area in the file, or the id of its relation as a number. Nodes
        outside are left out and ways end at the last node inside.
    keep : {"largest", "all"}, default="largest"
        Whether to reduce to the largest strongly connected part.
    simplify : bool, default=True
        Merge chains of links through nodes where nothing branches or changes; if not, each node of a way is a node.
    link_defaults : mapping of RoadClass to LinkDefaults, optional
        Replaces the capacity, speed, lanes and volume-delay defaults of single classes.
    delays : JunctionDelays, optional
        Time that turns and signals take; without it none of their own. Turn restrictions are obeyed in any case.
    elevation : str, Path or callable, optional
        Heights for the times of bike, pedelec and walk: a raster file, or a function of longitudes and latitudes in
        degrees. Without it slopes come from ``incline`` tags alone.
    report_pieces : bool, default=False
        Whether ``report.left_out`` holds the courses of what was left out, so that it can be drawn; takes the memory
        of the left-out ways.

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
    if (path is None) == (place is None):
        raise NetworkError("read_osm needs either a file or place=..., not both")
    options = _Options.checked(
        keep=keep, simplify=simplify, link_defaults=link_defaults, delays=delays, elevation=elevation
    )
    area: Area | None
    if place is not None:
        fetched = fetch_place(place)
        path, area = fetched.path, fetched.clip(clip)
    else:
        area = find_clip(clip, map_file=Path(str(path)))
    source = Path(str(path))
    ways, nodes = _read(source, bit, with_closed=report_pieces)
    gathered = Gathered() if report_pieces else None
    built = [_built(str(source), ways, nodes, bit, mode, area=area, options=options, gathered=gathered)]
    relations = ways.raw.restrictions
    del ways, nodes
    return _cleaned(built, relations, options=options, gathered=gathered)


def read_osm_modes(
    path: str | Path,
    modes: Sequence[str] = ("car", "bike", "walk"),
    *,
    clip: Clip = None,
    keep: Literal["largest", "all"] = "largest",
    simplify: bool = True,
    link_defaults: Mapping[RoadClass, LinkDefaults] | None = None,
    delays: JunctionDelays | None = None,
    elevation: str | Path | Elevation | None = None,
    report_pieces: bool = False,
) -> dict[str, RoadNetwork]:
    """Read the networks of several modes from one file, which is read only once.

    Parameters
    ----------
    path : str or Path
        File: .osm, .osm.gz, .osm.bz2 or .osm.pbf.
    modes : sequence of str, default=("car", "bike", "walk")
        As in `read_osm`.
    clip, keep, simplify, link_defaults, delays, elevation, report_pieces : optional
        As in `read_osm`.

    Returns
    -------
    dict of str to RoadNetwork
        Mode as given -> the network that `read_osm` gives for it.

    Raises
    ------
    NetworkError
        As `read_osm`.
    """
    source = Path(path)
    options = _Options.checked(
        keep=keep, simplify=simplify, link_defaults=link_defaults, delays=delays, elevation=elevation
    )
    bits = {mode: osm_tags.mode_bit(mode) for mode in modes}
    area = find_clip(clip, map_file=source)
    any_mode = Mode(0)
    for bit in bits.values():
        any_mode |= bit
    ways, nodes = _read(source, any_mode, with_closed=report_pieces)
    networks = {}
    for mode, bit in bits.items():
        gathered = Gathered() if report_pieces else None
        built = [_built(str(source), ways, nodes, bit, mode, area=area, options=options, gathered=gathered)]
        networks[mode] = _cleaned(built, ways.raw.restrictions, options=options, gathered=gathered)
    return networks


@dataclass(frozen=True, slots=True)
class _Options:
    """What a network is to be like, checked."""

    keep: str
    simplify: bool
    defaults: Mapping[RoadClass, LinkDefaults]
    delays: JunctionDelays | None
    elevation: Elevation | None

    @classmethod
    def checked(
        cls,
        *,
        keep: str,
        simplify: bool,
        link_defaults: Mapping[RoadClass, LinkDefaults] | None,
        delays: JunctionDelays | None,
        elevation: str | Path | Elevation | None,
    ) -> "_Options":
        if keep not in ("largest", "all"):
            raise NetworkError(f"keep={keep!r}: use 'largest' or 'all'")
        for road_class, defaults in (link_defaults or {}).items():
            if not isinstance(road_class, RoadClass) or not isinstance(defaults, LinkDefaults):
                raise NetworkError(f"link_defaults: {road_class!r}: {defaults!r} is not a RoadClass: LinkDefaults pair")
        return cls(keep, simplify, {**LINK_DEFAULTS, **(link_defaults or {})}, delays, elevation_source(elevation))


@dataclass(frozen=True, slots=True)
class _Ways:
    """Ways of a file with the attributes of each set of tags, which are parsed once for all ways and modes."""

    raw: RawWays
    attributes: list[WayAttributes | None]
    """Of each set of tags."""
    modes: IntArray
    """Bits of the modes that may use each way in some direction, shape (n_ways,)."""

    @classmethod
    def parsed(cls, raw: RawWays) -> "_Ways":
        attributes = [osm_tags.parse_way(tags) for tags in raw.tag_sets]
        bits = [0 if found is None else int(found.modes[0] | found.modes[1]) for found in attributes]
        return cls(raw, attributes, np.array(bits, np.int32)[raw.tag_row])

    def refs(self, rows: LongArray) -> tuple[LongArray, LongArray]:
        ptr, at = ragged_rows(self.raw.ptr, rows)
        return ptr, self.raw.ref[at]


def _read(path: Path, modes: Mode, *, with_closed: bool) -> tuple[_Ways, RawNodes]:
    """Ways of a file, and the nodes of those that some mode may use."""
    with opened(path, way_keys=osm_tags.WAY_KEYS) as text:
        ways = _Ways.parsed(text.ways())
        kept = np.flatnonzero((ways.modes & int(modes)) != 0) if not with_closed else np.arange(len(ways.modes))
        _, wanted = ways.refs(kept)
        return ways, text.nodes(wanted, tag_keys=osm_tags.NODE_KEYS)


def _built(
    source: str,
    ways: _Ways,
    nodes: RawNodes,
    mode: Mode,
    mode_name: str,
    *,
    area: "Area | None",
    options: _Options,
    gathered: Gathered | None,
) -> RoadNetwork:
    """The network of raw ways: each piece of a way in both open directions, nothing dropped yet."""
    raw = ways.raw
    rows = np.flatnonzero((ways.modes & int(mode)) != 0)
    counts = {"ways with a road or rail class": len(raw.way_id)}
    _, first = np.unique(raw.way_id[rows], return_index=True)
    counts["ways that stand twice in the file"] = len(rows) - len(first)
    rows = rows[np.sort(first)]
    counts["ways open for the mode"] = len(rows)
    if not rows.size:
        raise NoOpenWayError(f"{source}: holds no way that is open for mode {mode_name!r}")
    way_id = raw.way_id[rows]
    ptr, ref = ways.refs(rows)
    counts["ways with fewer than two nodes"] = int((np.diff(ptr) < 2).sum())
    counts["nodes that stand twice in the file"] = nodes.n_duplicates
    inside = None if area is None else is_inside(area, nodes.lon_deg, nodes.lat_deg)
    pieces = cut_ways(ptr, ref, way_id, nodes, mode, inside=inside, each_node=not options.simplify, counts=counts)
    del ptr, ref
    if pieces.way.size == 0:
        raise NoOpenWayError(
            f"{source}: no way that is open for mode {mode_name!r} has two known nodes inside the clip"
        )
    if gathered is not None:
        gathered.add_barriers(pieces, way_id, nodes)
        for reason, left in _closed_ways(ways, mode).items():
            gathered.add_ways(reason, raw.way_id[left], *ways.refs(left), nodes, inside)
    used_names, name_code = np.unique(raw.name_row[rows], return_inverse=True)
    names = np.array([raw.names[row] for row in used_names], dtype=str)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    used_sets, set_code = np.unique(raw.tag_row[rows], return_inverse=True)
    by_set = way_columns([ways.attributes[row] for row in used_sets], mode, options.defaults)
    columns = {name: values[set_code] for name, values in by_set.items()}
    count_notes((ways.attributes[row] for row in raw.tag_row[rows].tolist()), counts)
    return to_links(
        pieces, way_id, rank[name_code], names[order], columns, nodes, mode, ReadReport(source, counts),
        elevation=options.elevation, signal_delay_s=options.delays.signal_s if options.delays else 0.0,
    )  # fmt: skip


def _closed_ways(ways: _Ways, mode: Mode) -> dict[str, LongArray]:
    """Rows of ways of the mode's kind (road or rail) that it may not use, by reason."""
    key = "railway" if mode in {Mode.TRAM, Mode.TRAIN} else "highway"
    reasons = np.zeros(len(ways.raw.tag_sets), np.uint8)
    names = (leaving_out.CLOSED, leaving_out.PLANNED, leaving_out.UNKNOWN)
    for row, (tags, found) in enumerate(zip(ways.raw.tag_sets, ways.attributes, strict=True)):
        if key in tags:
            is_planned = tags[key] in _PLANNED
            reasons[row] = 2 if is_planned else 3 if found is None else 1
    of_way = np.where((ways.modes & int(mode)) == 0, reasons[ways.raw.tag_row], 0)
    return {name: np.flatnonzero(of_way == code) for code, name in enumerate(names, start=1)}


def _cleaned(
    built: list[RoadNetwork],
    relations: Sequence[RawRelation],
    *,
    options: _Options,
    gathered: Gathered | None,
) -> RoadNetwork:
    """The part that can be used, chains merged, junctions taken apart where not every turn is open.

    The network is taken out of the list `built`, so that no caller keeps it in memory while others are made of it.
    """
    roads = built.pop()
    _give_memory_back()
    report = roads.report or ReadReport("", {})
    counts = dict(report.counts)
    restrictions = restrictions_of(relations, roads.mode, counts)
    if options.keep == "largest":
        connected, dropped = _reachable(roads, restrictions)
        counts |= dropped
        if gathered is not None:
            gathered.add_unconnected(roads, connected)
        roads = connected
        del connected
    roads = drop_bare_nodes(roads)
    if options.simplify:
        roads = merge_chains(roads, protected=restricted_nodes(roads, restrictions))
    counts["metres of links"] = round(float(roads.length_m.sum()))
    _give_memory_back()
    roads = expand_junctions(roads, restrictions, delays=options.delays, counts=counts)
    counts |= {"nodes": roads.n_nodes, "links": roads.n_links}
    left_out = None if gathered is None else gathered.result()
    return dataclasses.replace(roads, report=ReadReport(report.file, counts, left_out))


def _give_memory_back() -> None:
    """Return freed memory to the system where the C library is glibc.

    Otherwise what the reader's threads and replaced columns leave behind stays with the process: a third of the peak
    of a large file.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _reachable(roads: RoadNetwork, restrictions: Sequence[Restriction]) -> tuple[RoadNetwork, dict[str, int]]:
    """The largest strongly connected part, turn restrictions obeyed."""
    whole = roads
    roads, counts = largest_component(roads)
    while restrictions and (cut_off := cut_off_nodes(roads, restrictions)).any():
        roads, _ = largest_component(keep_nodes(roads, ~cut_off))
        counts["nodes outside the largest part"] = whole.n_nodes - roads.n_nodes
        counts["links outside the largest part"] = whole.n_links - roads.n_links
        lost_m = whole.length_m.sum() - roads.length_m.sum()
        counts["metres of links outside the largest part"] = round(float(lost_m))
    return roads, counts
