"""Lines from OpenStreetMap's route relations: ordered stops, run times and headways."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from itas_mobility import geo
from itas_mobility.core import ReadReport, TransitMode, TransitNetwork
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import text_key
from itas_mobility.network.osm.osm_file import OsmText, RawNodes, RawRelation, RawWays, opened
from itas_mobility.network.transit.headways import (
    Service,
    Span,
    bands_for,
    check_headways,
    headways_s,
    parse_duration_s,
    parse_service,
)
from itas_mobility.units import KM_PER_H_TO_M_PER_S, SECONDS_PER_MINUTE

ROUTE_MODES: Final[Mapping[str, TransitMode]] = MappingProxyType(
    {
        "train": TransitMode.TRAIN,
        "light_rail": TransitMode.LIGHT_RAIL,
        "subway": TransitMode.LIGHT_RAIL,
        "tram": TransitMode.TRAM,
        "bus": TransitMode.BUS,
        "trolleybus": TransitMode.BUS,
        "share_taxi": TransitMode.BUS,
        "ferry": TransitMode.FERRY,
    }
)
"""``route`` -> vehicle."""

COMMERCIAL_SPEED_KM_PER_H: Final[Mapping[TransitMode, float]] = MappingProxyType(
    {
        # assumption: usual commercial speeds (stops included) of German operators; regional bus and train, tram in town
        TransitMode.TRAIN: 55.0,
        TransitMode.LIGHT_RAIL: 35.0,
        TransitMode.TRAM: 19.0,
        TransitMode.BUS: 25.0,
        TransitMode.FERRY: 10.0,
        TransitMode.SHUTTLE: 30.0,
    }
)
"""Speed between stops, dwell included, where a relation has no ``duration``."""
DETOUR: Final = 1.2
"""Length of a line between two stops over their beeline where its course is not in the file (assumption)."""
MIN_RUN_TIME_S: Final = 30.0
"""No run from stop to stop takes less (assumption: acceleration, braking and dwell)."""
_PAIR_M: Final = 150.0
"""Farthest distance of a platform from the stop position it belongs to (long railway platforms)."""
_ON_COURSE_M: Final = 100.0
"""Farthest distance of a stop from the line's course."""
_MAX_COURSE_DETOUR: Final = 4.0
"""A course longer than this many beelines (and a kilometre) has a gap: the beeline rule is used instead."""
_COUNTED: Final = (
    "route relations",
    "members missing from the file",
    "patterns with less than two stops",
    "patterns made as the reverse of one relation",
    "runs measured along ways",
    "runs measured by beeline",
    "tags not understood",
)
_STOP_VALUES: Final = frozenset({"bus_stop", "tram_stop", "station", "halt", "stop", "stop_position", "ferry_terminal"})
_STOP_KEYS: Final = frozenset({"name", "ref_name", "highway", "railway", "public_transport", "amenity"})


@dataclass(frozen=True, slots=True)
class _Place:
    stop_id: str
    name: str
    lon: float
    lat: float
    node: int
    """OSM node on the line's course, 0 if unknown."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    pattern_id: str
    line: str
    name: str
    mode: TransitMode
    places: tuple[_Place, ...]
    run_time_s: FloatArray
    distance_m: FloatArray
    service: Service


def read_osm_lines(
    path: str | Path,
    *,
    headways: Mapping[TransitMode, Sequence[float]] | None = None,
    bands: Sequence[Span] | None = None,
    speeds_km_per_h: Mapping[TransitMode, float] | None = None,
) -> TransitNetwork:
    """Read public-transport lines from the route relations of an OpenStreetMap file.

    Both ways of tagging are read: PTv2 (one relation per direction, roles ``stop`` and ``platform``) and PTv1 (one
    relation for both directions, from which the reverse pattern is made). A stop position and its platform are one
    stop; where only a platform is known, it is the stop. Run times come from ``duration``, else from the length
    along the relation's ways and a commercial speed; headways from ``interval``, ``interval:conditional`` and
    ``opening_hours`` or ``service_times``, else from a table by mode and band, which holds for a line and direction:
    k variants of a line without ``interval`` share it, each with k / 2 times the headway.

    Parameters
    ----------
    path : str or Path
        File: .osm, .osm.gz, .osm.bz2 or .osm.pbf.
    headways : mapping of TransitMode to sequence of float, optional
        Minutes by band of `headways.DEFAULT_BANDS` for lines without ``interval``, replacing rows of the default
        table (which is an assumption).
    bands : sequence of (start, end), optional
        Bands of the service day in seconds; by default those of `headways.DEFAULT_BANDS`, split where a line's
        service changes.
    speeds_km_per_h : mapping of TransitMode to float, optional
        Replaces rows of `COMMERCIAL_SPEED_KM_PER_H`.

    Returns
    -------
    TransitNetwork
        Stops and patterns; ``report`` tells what was met and dropped.

    Raises
    ------
    NetworkError
        If the file cannot be used or holds no line with two stops.
    """
    path = Path(path)
    table = check_headways(headways)
    speeds = {**COMMERCIAL_SPEED_KM_PER_H, **(speeds_km_per_h or {})}
    if not all(speed > 0 for speed in speeds.values()):
        raise NetworkError("speeds_km_per_h: speeds must be positive")
    with opened(path) as text:
        found = text.relations(_is_wanted)
        routes = [r for r in found if r.tags.get("type") == "route" and r.tags.get("route") in ROUTE_MODES]
        areas = {r.relation_id: r for r in found if r.tags.get("type") != "route"}
        source = _Source(text, routes, areas)
    counts = dict.fromkeys(_COUNTED, 0)
    counts["route relations"] = len(routes)
    names = [(r.tags.get("route"), r.tags.get("ref")) for r in routes]
    patterns: list[_Pattern] = []
    for relation in sorted(routes, key=lambda r: r.relation_id):
        is_alone = names.count((relation.tags.get("route"), relation.tags.get("ref"))) == 1
        patterns.extend(_patterns_of(relation, source, speeds, counts, is_alone=is_alone))
    if not patterns:
        raise NetworkError(
            f"{path}: holds no route relation (train, light_rail, tram, bus, ferry) with two known stops"
        )
    return _assembled(path, patterns, table, bands, counts)


def _is_wanted(tags: Mapping[str, str]) -> bool:
    is_route = tags.get("type") == "route" and tags.get("route") in ROUTE_MODES
    return is_route or "platform" in (tags.get("public_transport"), tags.get("railway"), tags.get("highway"))


class _Source:
    """What the members of the relations are: ways with their nodes, nodes with places and names."""

    def __init__(self, text: OsmText, routes: list[RawRelation], areas: dict[int, RawRelation]) -> None:
        members = [m for r in [*routes, *areas.values()] for m in r.members]
        way_ids, node_ids = (np.array([ref for k, ref, _ in members if k == kind], np.int64) for kind in "wn")
        self.ways: RawWays = text.ways(only=way_ids, keys=frozenset(), name_keys=("name",))
        self.way_row = {int(way_id): row for row, way_id in enumerate(self.ways.way_id)}
        wanted = np.concatenate([node_ids, self.ways.ref])
        self.nodes: RawNodes = text.nodes(wanted, tag_keys=_STOP_KEYS)
        self.node_row = {int(node): row for row, node in enumerate(self.nodes.node_id)}
        self.areas = areas

    def refs(self, way_id: int) -> LongArray:
        row = self.way_row[way_id]
        return self.ways.ref[self.ways.ptr[row] : self.ways.ptr[row + 1]]

    def has(self, kind: str, ref: int) -> bool:
        if kind == "r":
            return ref in self.areas
        return ref in (self.node_row if kind == "n" else self.way_row)

    def place(self, kind: str, ref: int) -> _Place | None:
        """Where a member lies: a node itself, a way or area the middle of its nodes."""
        if not self.has(kind, ref):
            return None
        if kind == "n":
            row = self.node_row[ref]
            name = self.nodes.tags.get(ref, {}).get("name", "")
            return _Place(f"n{ref}", name, float(self.nodes.lon_deg[row]), float(self.nodes.lat_deg[row]), ref)
        if kind == "w":
            name, refs = self.ways.name(self.way_row[ref]), self.refs(ref)
        else:
            area = self.areas[ref]
            rings = [self.refs(r) for k, r, _ in area.members if k == "w" and r in self.way_row]
            name, refs = area.tags.get("name", ""), np.concatenate([*rings, np.zeros(0, np.int64)])
        rows = self.nodes.rows(refs.astype(np.int64))
        rows = rows[rows >= 0]
        if rows.size == 0:
            return None
        lon, lat = float(self.nodes.lon_deg[rows].mean()), float(self.nodes.lat_deg[rows].mean())
        return _Place(f"{kind}{ref}", name, lon, lat, 0)

    def is_stop_node(self, ref: int) -> bool:
        tags = self.nodes.tags.get(ref, {})
        return any(tags.get(key) in _STOP_VALUES for key in ("highway", "railway", "public_transport", "amenity"))


def _beeline_m(a: _Place, b: _Place) -> float:
    return float(geo.haversine_m(a.lon, a.lat, b.lon, b.lat))


def _side(role: str) -> str:
    """Direction a PTv1 role binds a stop to: "forward", "backward" or ""."""
    for side in ("forward", "backward"):
        if role.startswith(side):
            return side
    return ""


def _ordered_places(relation: RawRelation, source: _Source, *, against: str) -> list[_Place]:
    """Stops of one direction in the members' order; members bound to the direction `against` are left out."""
    stops: list[tuple[int, _Place]] = []
    platforms: list[tuple[int, _Place]] = []
    for index, (kind, ref, role) in enumerate(relation.members):
        side = _side(role)
        if side == against:
            continue
        word = role.removeprefix(side).lstrip(":_")
        is_platform = word.startswith(("platform", "hail_and_ride"))
        is_stop = kind == "n" and (word.startswith("stop") or (not is_platform and source.is_stop_node(ref)))
        if not (is_stop or is_platform) or (kind == "w" and not is_platform):
            continue
        place = source.place(kind, ref)
        if place is not None:
            (stops if is_stop else platforms).append((index, place))
    return _paired(stops, platforms)


def _paired(stops: list[tuple[int, _Place]], platforms: list[tuple[int, _Place]]) -> list[_Place]:
    """Stops with their platforms taken together, and platforms that stand alone in between.

    Both lists run in the direction of travel; a platform belongs to the next stop that is near or has its name.
    """
    named = [place for _, place in stops]
    keyed: list[tuple[tuple[int, int, int], _Place]] = []
    after = 0
    platforms_follow = bool(stops and platforms) and platforms[0][0] > stops[-1][0]
    for j, (index, platform) in enumerate(platforms):
        match = next((i for i in range(max(after - 1, 0), len(named)) if _belongs(platform, named[i])), None)
        if match is not None:
            after = match + 1
            stop = named[match]
            if not stop.name and platform.name:
                named[match] = _Place(stop.stop_id, platform.name, stop.lon, stop.lat, stop.node)
            continue
        before = after if platforms_follow else max(after, sum(1 for i, _ in stops if i < index))
        keyed.append(((before - 1, 1, j), platform))
    keyed.extend(((i, 0, 0), stop) for i, stop in enumerate(named))
    keyed.sort(key=lambda item: item[0])
    places: list[_Place] = []
    for _, place in keyed:
        if not places or place.stop_id != places[-1].stop_id:
            places.append(place)
    return places


def _belongs(platform: _Place, stop: _Place) -> bool:
    if platform.name and platform.name == stop.name:
        return _beeline_m(platform, stop) < 2 * _PAIR_M
    return (not platform.name or not stop.name) and _beeline_m(platform, stop) < _PAIR_M


def _patterns_of(
    relation: RawRelation,
    source: _Source,
    speeds: Mapping[TransitMode, float],
    counts: dict[str, int],
    *,
    is_alone: bool,
) -> list[_Pattern]:
    tags = relation.tags
    mode = ROUTE_MODES[tags["route"]]
    missing = [m for m in relation.members if not source.has(m[0], m[1])]
    counts["members missing from the file"] += len(missing)
    service = parse_service(tags)
    counts["tags not understood"] += len(service.not_understood)
    duration_s = parse_duration_s(tags.get("duration", ""))
    line = tags.get("ref") or tags.get("name") or str(relation.relation_id)
    name = tags.get("name") or " - ".join(v for v in (tags.get("from"), tags.get("to")) if v) or line
    forward = _ordered_places(relation, source, against="backward")
    directions = [(str(relation.relation_id), forward)]
    sides = {_side(role) for kind, _, role in relation.members if kind != "w"}
    is_v2 = tags.get("public_transport:version") == "2" or tags.get("oneway") == "yes"
    is_round = tags.get("roundtrip") == "yes" or (len(forward) > 1 and forward[0].stop_id == forward[-1].stop_id)
    if not is_v2 and not is_round and (is_alone or "backward" in sides):
        back = _ordered_places(relation, source, against="forward")[::-1]
        directions.append((f"{relation.relation_id}:reverse", back))
        counts["patterns made as the reverse of one relation"] += 1
    course = _Course(relation, source)
    patterns = []
    for pattern_id, places in directions:
        if len(places) < 2:
            counts["patterns with less than two stops"] += 1
            continue
        distance, measured = course.distances_m(places)
        counts["runs measured along ways"] += int(measured.sum())
        counts["runs measured by beeline"] += int((~measured).sum())
        # the tagged duration holds for the whole line; with stops missing (a clipped file) the speed is used
        whole = duration_s is not None and not any(_is_call(kind, role) for kind, _, role in missing)
        run = np.maximum(distance / (speeds[mode] * KM_PER_H_TO_M_PER_S), MIN_RUN_TIME_S)
        if whole and duration_s is not None:
            share = distance if distance.sum() > 0.0 else np.ones_like(distance)
            run = share / share.sum() * duration_s
        patterns.append(
            _Pattern(
                pattern_id, line, name, mode, tuple(places), np.append(run, 0.0), np.append(distance, 0.0), service
            )
        )
    return patterns


def _is_call(kind: str, role: str) -> bool:
    return kind == "n" and role.removeprefix(_side(role)).lstrip(":_").startswith("stop")


class _Course:
    """Lengths along the ways of one relation."""

    def __init__(self, relation: RawRelation, source: _Source) -> None:
        self._source = source
        chains = [
            source.refs(ref)
            for kind, ref, role in relation.members
            if kind == "w" and ref in source.way_row and not role.startswith(("platform", "stop"))
        ]
        pairs = [np.column_stack([chain[:-1], chain[1:]]) for chain in chains if len(chain) > 1]
        ends = np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)
        rows = source.nodes.rows(ends.ravel()).reshape(-1, 2)
        rows = rows[(rows >= 0).all(axis=1)]
        self._nodes, local = np.unique(rows, return_inverse=True)
        self._local = local.reshape(-1, 2)
        lon, lat = source.nodes.lon_deg, source.nodes.lat_deg
        self._length = geo.haversine_m(lon[rows[:, 0]], lat[rows[:, 0]], lon[rows[:, 1]], lat[rows[:, 1]])

    def _at(self, place: _Place) -> int:
        """Position on the course, -1 where the place lies too far from it."""
        if self._nodes.size == 0:
            return -1
        row = self._source.node_row.get(place.node, -1)
        at = int(np.searchsorted(self._nodes, row))
        if row >= 0 and at < self._nodes.size and self._nodes[at] == row:
            return at
        lon, lat = self._source.nodes.lon_deg[self._nodes], self._source.nodes.lat_deg[self._nodes]
        metres = geo.haversine_m(place.lon, place.lat, lon, lat)
        nearest = int(np.argmin(metres))
        return nearest if metres[nearest] <= _ON_COURSE_M else -1

    def distances_m(self, places: Sequence[_Place]) -> tuple[FloatArray, np.ndarray]:
        """Length from each place to the next one, and whether it was measured along the ways."""
        lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
        beeline = geo.haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
        result, measured = beeline * DETOUR, np.zeros(len(beeline), bool)
        if self._nodes.size == 0:
            return result, measured
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        n = self._nodes.size
        a, b = self._local.T
        # parallel pieces (a way that stands twice) must not add up: the shortest one is taken
        order = np.lexsort((self._length, np.maximum(a, b), np.minimum(a, b)))
        low, high = np.minimum(a, b)[order], np.maximum(a, b)[order]
        first = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1]))
        # zero would mean "no edge" to scipy
        weight = np.maximum(self._length[order][first], 1e-6)
        graph = coo_array((weight, (low[first], high[first])), shape=(n, n)).tocsr()
        at = np.array([self._at(place) for place in places])
        sources = np.unique(at[:-1][at[:-1] >= 0])
        if sources.size == 0:
            return result, measured
        length = dijkstra(graph, directed=False, indices=sources)
        for i, (start, end) in enumerate(itertools.pairwise(at)):
            if start < 0 or end < 0 or start == end:
                continue
            along = float(length[np.searchsorted(sources, start), end])
            if np.isfinite(along) and along <= max(beeline[i] * _MAX_COURSE_DETOUR, 1000.0):
                result[i], measured[i] = max(along, beeline[i]), True
        return result, measured


def _assembled(
    path: Path,
    patterns: list[_Pattern],
    table: Mapping[TransitMode, Sequence[float]],
    bands: Sequence[Span] | None,
    counts: dict[str, int],
) -> TransitNetwork:
    places: dict[str, _Place] = {}
    for pattern in patterns:
        for place in pattern.places:
            known = places.get(place.stop_id)
            if known is None or (place.name and not known.name):
                places[place.stop_id] = place
    stops = sorted(places.values(), key=lambda p: (p.stop_id[0], int(p.stop_id[1:])))
    row = {place.stop_id: i for i, place in enumerate(stops)}
    chosen = tuple(bands) if bands is not None else bands_for([pattern.service for pattern in patterns])
    headway = np.array([headways_s(p.service, p.mode, chosen, table) for p in patterns])
    # the table speaks of a line and direction: its variants without a headway of their own share it
    untagged = [(p.mode, p.line) for p in patterns if p.service.headway_s is None]
    for i, pattern in enumerate(patterns):
        if pattern.service.headway_s is None:
            headway[i] *= max(untagged.count((pattern.mode, pattern.line)) / 2.0, 1.0)
    idle = ~np.isfinite(headway).any(axis=1)
    counts |= {
        "patterns without service in any band": int(idle.sum()),
        "patterns with a headway from their tags": sum(
            p.service.headway_s is not None or bool(p.service.conditional) for p in patterns
        ),
        "stops": len(stops),
        "stops without a name": sum(not place.name for place in stops),
        "patterns": len(patterns),
    }
    stop_ptr = np.zeros(len(patterns) + 1, np.int64)
    np.cumsum([len(p.places) for p in patterns], out=stop_ptr[1:])
    return TransitNetwork(
        stop_id=np.array([p.stop_id for p in stops], str),
        stop_name=np.array([p.name for p in stops], str),
        stop_lon_deg=np.array([p.lon for p in stops]),
        stop_lat_deg=np.array([p.lat for p in stops]),
        pattern_id=np.array([p.pattern_id for p in patterns], str),
        line=np.array([p.line for p in patterns], str),
        pattern_name=np.array([p.name for p in patterns], str),
        mode=np.array([int(p.mode) for p in patterns], np.uint8),
        stop_ptr=stop_ptr,
        stop=np.array([row[place.stop_id] for p in patterns for place in p.places], np.int32),
        run_time_s=np.concatenate([p.run_time_s for p in patterns]),
        distance_m=np.concatenate([p.distance_m for p in patterns]),
        band_start_s=np.array([start for start, _ in chosen], float),
        band_end_s=np.array([end for _, end in chosen], float),
        headway_s=headway,
        offset_s=np.array([_phase_s(p.pattern_id, h) for p, h in zip(patterns, headway, strict=True)]),
        report=ReadReport(str(path), counts),
    )


def _phase_s(pattern_id: str, headway_s: FloatArray) -> float:
    """A fixed phase in whole minutes, below the pattern's shortest headway, so that lines do not all leave at once."""
    finite = headway_s[np.isfinite(headway_s)]
    minutes = int(finite.min() // SECONDS_PER_MINUTE) if finite.size else 0
    return float(text_key(pattern_id) % minutes) * SECONDS_PER_MINUTE if minutes else 0.0
