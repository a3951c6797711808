"""Roads from OpenStreetMap: a file or a place becomes a `RoadNetwork` of one mode.

Two passes over a file: first the ways that carry the mode, then only the nodes these ways use. After that all is array
work: ways are cut where roads meet, become links in both open directions, are reduced to the part in which each place
can reach each other one, and chains of equal links are merged.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from itas_mobility.core import Mode, ReadReport, RoadClass, RoadNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.clean import drop_bare_nodes, largest_component
from itas_mobility.network.clean import simplify as merge_chains
from itas_mobility.network.cutting import Clip, cut_ways
from itas_mobility.network.forward_star import ragged_rows, select_nodes
from itas_mobility.network.links import to_links, way_columns
from itas_mobility.network.osm_file import RawNodes, RawRelation, RawWays, read_nodes, read_ways
from itas_mobility.network.overpass import fetch_place
from itas_mobility.network.restrictions import Restriction, restricted_nodes, restrictions_of
from itas_mobility.network.tags import LINK_DEFAULTS, LinkDefaults, WayAttributes
from itas_mobility.network.turns import TurnDelays, cut_off_nodes, expand_junctions


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
    turn_delays: TurnDelays | None = None,
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
    turn_delays : TurnDelays, optional
        Time that turns take at junctions; without it, turns are free. Turn restrictions are obeyed in any case.

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
    _check_keep(keep)
    if (path is None) == (place is None):
        raise NetworkError("read_osm needs either a file or place=..., not both")
    defaults = _merged_defaults(link_defaults)
    if place is not None:
        source, (raw, nodes) = place, fetch_place(place, bit, mode)
    else:
        source, nodes = str(path), None
        raw = read_ways(Path(source), ("railway",) if bit in {Mode.TRAM, Mode.TRAIN} else ("highway",))
    roads = _built(source, raw, nodes, bit, mode, clip=clip, each_node=not simplify, defaults=defaults)
    return _cleaned(roads, raw.restrictions, keep=keep, simplify=simplify, turn_delays=turn_delays)


def read_osm_modes(
    path: str | Path,
    modes: Sequence[str] = ("car", "bike", "walk"),
    *,
    clip: Clip = None,
    keep: Literal["largest", "all"] = "largest",
    simplify: bool = True,
    link_defaults: Mapping[RoadClass, LinkDefaults] | None = None,
    turn_delays: TurnDelays | None = None,
) -> dict[str, RoadNetwork]:
    """Read the networks of several modes from one file, which is read only once.

    Parameters
    ----------
    path : str or Path
        File: .osm, .osm.gz, .osm.bz2 or .osm.pbf.
    modes : sequence of str, default=("car", "bike", "walk")
        As in `read_osm`.
    clip, keep, simplify, link_defaults, turn_delays : optional
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
    source, defaults = Path(path), _merged_defaults(link_defaults)
    _check_keep(keep)
    bits = {mode: osm_tags.mode_bit(mode) for mode in modes}
    raw = read_ways(source, ("highway", "railway"))
    nodes = read_nodes(source, set(raw.ref), tag_keys=osm_tags.NODE_KEYS)
    roads = {
        mode: _built(str(source), raw, nodes, bit, mode, clip=clip, each_node=not simplify, defaults=defaults)
        for mode, bit in bits.items()
    }
    return {
        mode: _cleaned(network, raw.restrictions, keep=keep, simplify=simplify, turn_delays=turn_delays)
        for mode, network in roads.items()
    }


def _check_keep(keep: str) -> None:
    if keep not in ("largest", "all"):
        raise NetworkError(f"keep={keep!r}: use 'largest' or 'all'")


def _merged_defaults(given: Mapping[RoadClass, LinkDefaults] | None) -> Mapping[RoadClass, LinkDefaults]:
    for road_class, defaults in (given or {}).items():
        if not isinstance(road_class, RoadClass) or not isinstance(defaults, LinkDefaults):
            raise NetworkError(f"link_defaults: {road_class!r}: {defaults!r} is not a RoadClass: LinkDefaults pair")
    return {**LINK_DEFAULTS, **(given or {})}


def _cleaned(
    roads: RoadNetwork,
    relations: Sequence[RawRelation],
    *,
    keep: str,
    simplify: bool,
    turn_delays: TurnDelays | None,
) -> RoadNetwork:
    report = roads.report or ReadReport("", {})
    counts = dict(report.counts)
    restrictions = restrictions_of(relations, roads.mode, counts)
    if keep == "largest":
        roads, dropped = _reachable(roads, restrictions)
        counts |= dropped
    roads = drop_bare_nodes(roads)
    if simplify:
        roads = merge_chains(roads, protected=restricted_nodes(roads, restrictions))
    roads = expand_junctions(roads, restrictions, delays=turn_delays, counts=counts)
    counts |= {"nodes": roads.n_nodes, "links": roads.n_links}
    return dataclasses.replace(roads, report=ReadReport(report.file, counts))


def _reachable(roads: RoadNetwork, restrictions: Sequence[Restriction]) -> tuple[RoadNetwork, dict[str, int]]:
    """The largest strongly connected part, turn restrictions obeyed."""
    whole = roads
    roads, counts = largest_component(roads)
    while restrictions and (cut_off := cut_off_nodes(roads, restrictions)).any():
        roads, _ = largest_component(select_nodes(roads, ~cut_off))
        counts["nodes outside the largest part"] = whole.n_nodes - roads.n_nodes
        counts["links outside the largest part"] = whole.n_links - roads.n_links
        lost_m = whole.length_m.sum() - roads.length_m.sum()
        counts["metres of links outside the largest part"] = round(float(lost_m))
    return roads, counts


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
    attributes, kept = _ways_of_mode(raw, mode, counts)
    if not kept:
        raise NoOpenWayError(f"{source}: holds no way that is open for mode {mode_name!r}")
    way_id = np.frombuffer(raw.way_id, np.int64)[kept]
    ptr, at = ragged_rows(np.frombuffer(raw.ptr, np.int64), np.asarray(kept))
    ref = (np.frombuffer(raw.ref, np.int64) if raw.ref else np.zeros(0, np.int64))[at]
    if nodes is None:
        nodes = read_nodes(Path(source), set(ref.tolist()), tag_keys=osm_tags.NODE_KEYS)
    counts["nodes that stand twice in the file"] = nodes.n_duplicates
    pieces = cut_ways(ptr, ref, way_id, nodes, mode, clip=clip, each_node=each_node, counts=counts)
    if pieces.way.size == 0:
        raise NoOpenWayError(
            f"{source}: no way that is open for mode {mode_name!r} has two known nodes inside the clip"
        )
    names, name_code = np.unique(np.array([_name_of(raw.tags[i]) for i in kept], dtype=str), return_inverse=True)
    columns = way_columns([attributes[i] for i in kept], mode, defaults)
    return to_links(pieces, way_id, name_code.astype(np.int32), names, columns, nodes, mode, ReadReport(source, counts))


def _name_of(tags: Mapping[str, str]) -> str:
    return tags.get("name") or tags.get("ref") or ""


def _ways_of_mode(
    raw: RawWays,
    mode: Mode,
    counts: dict[str, int],
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
            # parts of ways share their id: they stand apart by their row
            identity = raw.way_id[row] if raw.is_whole else -row - 1
            twice += identity in rows
            rows.setdefault(identity, row)
    counts["ways that stand twice in the file"] = twice
    counts["ways open for the mode"] = len(rows)
    return attributes, list(rows.values())
