"""Lines from OpenStreetMap's route relations: ordered stops, run times and headways."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import TransitMode, TransitNetwork
from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import text_key
from itas_mobility.network.osm.osm_file import RawRelation, opened
from itas_mobility.network.tags.durations import parse_duration
from itas_mobility.network.transit.headways import (
    WORKDAY,
    Service,
    Span,
    bands_for,
    check_headways,
    headways_s,
    parse_service,
)
from itas_mobility.network.transit.line_notes import (
    BEELINES,
    DOUBLED_STOPS,
    DOUBLED_WAYS,
    MISSING,
    NOT_UNDERSTOOD,
    REPAIRED,
    TOO_SHORT,
    LineNotes,
)
from itas_mobility.network.transit.line_ways import DETOUR, Runs, Surroundings, measured_runs, own_ways
from itas_mobility.network.transit.members import (
    Place,
    Source,
    is_stop_member,
    ordered_places,
    parse_role,
    reversed_places,
)
from itas_mobility.network.transit.run_times import check_run_times, run_times_s
from itas_mobility.units import SECONDS_PER_MINUTE

ROUTE_MODES: Final[Mapping[str, TransitMode]] = MappingProxyType(
    {
        "train": TransitMode.TRAIN,
        "light_rail": TransitMode.LIGHT_RAIL,
        "subway": TransitMode.SUBWAY,
        "tram": TransitMode.TRAM,
        "bus": TransitMode.BUS,
        "trolleybus": TransitMode.TROLLEYBUS,
        "share_taxi": TransitMode.BUS,
        "ferry": TransitMode.FERRY,
    }
)
"""``route`` or ``route_master`` -> vehicle."""
_INHERITED: Final = (
    "ref", "name", "network", "operator", "interval", "interval:conditional", "opening_hours", "service_times",
)  # fmt: skip
"""What a route takes from its route_master where it says nothing itself."""
_MEMBER_KINDS: Final[Mapping[str, str]] = MappingProxyType({"n": "node", "w": "way", "r": "relation"})


@dataclass(frozen=True, slots=True)
class _Route:
    """A route relation with what it inherits."""

    relation: RawRelation
    tags: Mapping[str, str]
    group: tuple[str, ...]
    """What tells its line from others: the route_master, else mode, network and name."""

    @property
    def mode(self) -> TransitMode:
        return ROUTE_MODES[self.tags["route"]]

    @property
    def line(self) -> str:
        return self.tags.get("ref") or self.tags.get("name") or str(self.relation.relation_id)


@dataclass(frozen=True, slots=True)
class _Pattern:
    pattern_id: str
    route: _Route
    name: str
    places: tuple[Place, ...]
    run_time_s: FloatArray
    distance_m: FloatArray
    service: Service


@dataclass(frozen=True, slots=True)
class _Speeds:
    """What the caller said about run times."""

    by_mode: Mapping[TransitMode, float]
    by_line: Mapping[str, float]


def read_osm_lines(
    path: str | Path,
    *,
    day: str = WORKDAY,
    headways: Mapping[TransitMode, Sequence[float]] | None = None,
    bands: Sequence[Span] | None = None,
    speeds_km_per_h: Mapping[TransitMode, float] | None = None,
    run_times_min: Mapping[str, float] | None = None,
) -> TransitNetwork:
    """Read public-transport lines from the route relations of an OpenStreetMap file.

    Both ways of tagging are read: PTv2 (one relation per direction, roles ``stop`` and ``platform``) and PTv1 (one
    relation for both directions, from which the reverse pattern is made). A route takes from its ``route_master`` what
    it does not say itself. A stop position and its platform are one stop; where only a platform is known, it is the
    stop; roles with ``entry_only`` and ``exit_only`` say who may board and alight.

    Lengths follow the relation's ways, over gaps the shortest way along other streets or tracks of the file, else the
    beeline times 1.2. Run times come from `run_times_min`, else from ``duration``, else from lengths, speed limits and
    the vehicle (see `run_times`).

    Headways come from ``interval``, ``interval:conditional`` and ``opening_hours`` or ``service_times``, else from a
    table by mode and band, which holds for a line and direction: k variants of a line without an ``interval`` of their
    own share it, each with k / 2 times the headway. A line whose hours name other days only does not run.

    Parameters
    ----------
    path : str or Path
        File: .osm, .osm.gz, .osm.bz2 or .osm.pbf.
    day : str, default="Tu"
        Day of the service: "Mo" to "Su", or "PH" for a public holiday. Stops and patterns are the same on all days.
    headways : mapping of TransitMode to sequence of float, optional
        Minutes by band of `headways.DEFAULT_BANDS` for lines without ``interval``, replacing rows of the day's default
        table (which is an assumption).
    bands : sequence of (start, end), optional
        Bands of the service day in seconds; by default those of `headways.DEFAULT_BANDS`, split where a line's
        service changes.
    speeds_km_per_h : mapping of TransitMode to float, optional
        Commercial speeds that hold for all runs of a mode, in spite of speed limits.
    run_times_min : mapping of str to float, optional
        Minutes from the first to the last stop, by pattern (relation) or line.

    Returns
    -------
    TransitNetwork
        Stops and patterns; ``report`` counts what was met, and lists what was repaired, missing and dropped
        (``report.findings``, by relation).

    Raises
    ------
    NetworkError
        If the file cannot be used or holds no line with two stops, or an argument has impossible values.
    """
    path = Path(path)
    table = check_headways(headways, day)
    speeds = _Speeds(speeds_km_per_h or {}, check_run_times(run_times_min))
    if not all(speed > 0 for speed in speeds.by_mode.values()):
        raise NetworkError("speeds_km_per_h: speeds must be positive")
    notes = LineNotes(path)
    patterns: list[_Pattern] = []
    with opened(path) as text:
        found = text.relations(_is_wanted)
        routes = _with_masters(found, notes.counts)
        areas = {r.relation_id: r for r in found if r.tags.get("type") not in ("route", "route_master")}
        source = Source(text, [route.relation for route in routes], areas)
        surroundings = Surroundings(text)
        names = Counter((route.mode, route.line) for route in routes)
        for route in routes:
            is_alone = names[route.mode, route.line] == 1
            patterns.extend(_patterns_of(route, source, surroundings, speeds, day, notes, is_alone=is_alone))
    if not patterns:
        raise NetworkError(
            f"{path}: holds no route relation (train, light_rail, tram, bus, ferry) with two known stops"
        )
    if unknown := speeds.by_line.keys() - {name for p in patterns for name in (p.pattern_id, p.route.line)}:
        raise NetworkError(f"run_times_min: {path} has no line or pattern {min(unknown)!r}")
    return _assembled(patterns, table, bands, notes)


def _is_wanted(tags: Mapping[str, str]) -> bool:
    kind = tags.get("type")
    if kind in ("route", "route_master"):
        return tags.get(kind) in ROUTE_MODES
    return "platform" in (tags.get("public_transport"), tags.get("railway"), tags.get("highway"))


def _with_masters(relations: Sequence[RawRelation], counts: dict[str, int]) -> list[_Route]:
    """Routes by id, each with the tags it inherits from its first route_master."""
    masters = sorted((r for r in relations if r.tags.get("type") == "route_master"), key=lambda r: r.relation_id)
    of_route: dict[int, RawRelation] = {}
    for master in masters:
        for kind, ref, _ in master.members:
            if kind == "r":
                of_route.setdefault(ref, master)
    routes = []
    for relation in sorted((r for r in relations if r.tags.get("type") == "route"), key=lambda r: r.relation_id):
        owner = of_route.get(relation.relation_id)
        above = {} if owner is None else {key: value for key, value in owner.tags.items() if key in _INHERITED}
        tags = {**above, **relation.tags}
        named = (tags["route"], tags.get("network", ""), tags.get("ref") or tags.get("name", ""))
        routes.append(_Route(relation, tags, (str(owner.relation_id),) if owner else named))
    counts["route relations"] = len(routes)
    counts["route masters"] = len(masters)
    counts["routes of a route master"] = sum(len(route.group) == 1 for route in routes)
    return routes


def _patterns_of(
    route: _Route,
    source: Source,
    surroundings: Surroundings,
    speeds: _Speeds,
    day: str,
    notes: LineNotes,
    *,
    is_alone: bool,
) -> list[_Pattern]:
    relation, tags, mode = route.relation, route.tags, route.mode
    missing = [m for m in relation.members if not source.has(m[0], m[1])]
    _note_members(relation, missing, notes)
    service = parse_service(tags, day)
    for key in service.not_understood:
        notes.note(NOT_UNDERSTOOD, relation.relation_id, f"{key} = {tags.get(key, '')!r} is not understood")
    duration_s = parse_duration(tags.get("duration", "")) or None
    # the tagged duration holds for the whole line; with stops missing (a clipped file) it does not
    is_whole = not any(is_stop_member(kind, role) for kind, _, role in missing)
    name = tags.get("name") or " - ".join(v for v in (tags.get("from"), tags.get("to")) if v) or route.line
    own = own_ways(relation, source, mode)
    patterns = []
    for pattern_id, places in _directions(route, source, notes, is_alone=is_alone):
        if len(places) < 2:
            notes.note(TOO_SHORT, relation.relation_id, f"{len(places)} of its stops are known; it is left out")
            continue
        runs = measured_runs(places, own, mode, surroundings)
        _note_runs(relation, places, runs, notes)
        total_s = speeds.by_line.get(pattern_id, speeds.by_line.get(route.line, duration_s if is_whole else None))
        run = run_times_s(runs, mode, total_s=total_s, speed_km_per_h=speeds.by_mode.get(mode))
        patterns.append(_Pattern(pattern_id, route, name, tuple(places), run, np.append(runs.length_m, 0.0), service))
    return patterns


def _note_members(relation: RawRelation, missing: Sequence[tuple[str, int, str]], notes: LineNotes) -> None:
    """Members that the file does not hold, and ways that stand twice in succession."""
    for kind, ref, role in missing:
        what = f"{_MEMBER_KINDS[kind]} {ref}" + (f" ({role})" if role else "")
        notes.note(MISSING, relation.relation_id, f"its member {what} is not in the file; it is passed over")
    ways = [ref for kind, ref, role in relation.members if kind == "w" and parse_role(role).kind == ""]
    for one, following in itertools.pairwise(ways):
        if one == following:
            notes.note(DOUBLED_WAYS, relation.relation_id, f"way {one} stands twice in succession; it counts once")


def _note_runs(relation: RawRelation, places: Sequence[Place], runs: Runs, notes: LineNotes) -> None:
    """How the runs from stop to stop were measured; gaps of the course one by one."""
    notes.counts["runs measured along ways"] += int(runs.is_along_ways.sum())
    for k in np.flatnonzero(~runs.is_along_ways).tolist():
        run = f"its ways have a gap between {_called(places[k])} and {_called(places[k + 1])}"
        if runs.is_repaired[k]:
            found = f"{runs.length_m[k]:.0f} m along other streets or tracks are taken"
            notes.note(REPAIRED, relation.relation_id, f"{run}; {found}")
        else:
            notes.note(BEELINES, relation.relation_id, f"{run}; the beeline times {DETOUR} is taken")


def _called(place: Place) -> str:
    return f"{place.name} [{place.stop_id}]" if place.name else place.stop_id


def _directions(route: _Route, source: Source, notes: LineNotes, *, is_alone: bool) -> list[tuple[str, list[Place]]]:
    """Pattern id and stops of each direction that a relation stands for."""
    relation, tags = route.relation, route.tags
    forward, doubled = ordered_places(relation, source, against="backward")
    for place in doubled:
        what = f"stop {_called(place)} stands twice in succession; it counts once"
        notes.note(DOUBLED_STOPS, relation.relation_id, what)
    directions = [(str(relation.relation_id), forward)]
    sides = {parse_role(role).side for kind, _, role in relation.members if kind != "w"}
    is_v2 = tags.get("public_transport:version") == "2" or tags.get("oneway") == "yes"
    is_round = tags.get("roundtrip") == "yes" or (len(forward) > 1 and forward[0].stop_id == forward[-1].stop_id)
    if not is_v2 and not is_round and (is_alone or "backward" in sides):
        back, _ = ordered_places(relation, source, against="forward")
        directions.append((f"{relation.relation_id}:reverse", reversed_places(back)))
        notes.counts["patterns made as the reverse of one relation"] += 1
    return directions


def _assembled(
    patterns: list[_Pattern],
    table: Mapping[TransitMode, Sequence[float]],
    bands: Sequence[Span] | None,
    notes: LineNotes,
) -> TransitNetwork:
    stops = _stops_of(patterns)
    row = {place.stop_id: i for i, place in enumerate(stops)}
    chosen = tuple(bands) if bands is not None else bands_for([pattern.service for pattern in patterns])
    headway = _headways(patterns, chosen, table)
    _count(patterns, stops, headway, notes)
    return TransitNetwork(
        stop_id=np.array([p.stop_id for p in stops], str),
        stop_name=np.array([p.name for p in stops], str),
        stop_lon_deg=np.array([p.lon for p in stops]),
        stop_lat_deg=np.array([p.lat for p in stops]),
        pattern_id=np.array([p.pattern_id for p in patterns], str),
        line=np.array([p.route.line for p in patterns], str),
        pattern_name=np.array([p.name for p in patterns], str),
        mode=np.array([int(p.route.mode) for p in patterns], np.uint8),
        **_call_columns(patterns, row),
        band_start_s=np.array([start for start, _ in chosen], float),
        band_end_s=np.array([end for _, end in chosen], float),
        headway_s=headway,
        offset_s=np.array([_phase_s(p.pattern_id, h) for p, h in zip(patterns, headway, strict=True)]),
        report=notes.report(),
    )


def _call_columns(patterns: Sequence[_Pattern], row: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """Where patterns call, under which rules, and how they run on from there."""
    stop_ptr = np.zeros(len(patterns) + 1, np.int64)
    np.cumsum([len(p.places) for p in patterns], out=stop_ptr[1:])
    calls = [place for pattern in patterns for place in pattern.places]
    return {
        "stop_ptr": stop_ptr,
        "stop": np.array([row[place.stop_id] for place in calls], np.int32),
        "run_time_s": np.concatenate([p.run_time_s for p in patterns]),
        "distance_m": np.concatenate([p.distance_m for p in patterns]),
        "may_board": np.array([place.may_board for place in calls], bool),
        "may_alight": np.array([place.may_alight for place in calls], bool),
    }


def _stops_of(patterns: Sequence[_Pattern]) -> list[Place]:
    """Each stop once, sorted by kind and number of its object; where several places are one, the first with a name."""
    places: dict[str, Place] = {}
    for pattern in patterns:
        for place in pattern.places:
            known = places.get(place.stop_id)
            if known is None or (place.name and not known.name):
                places[place.stop_id] = place
    return sorted(places.values(), key=lambda p: (p.stop_id[0], int(p.stop_id[1:])))


def _count(patterns: Sequence[_Pattern], stops: Sequence[Place], headway_s: FloatArray, notes: LineNotes) -> None:
    notes.counts |= {
        "patterns without service in any band": int((~np.isfinite(headway_s).any(axis=1)).sum()),
        "patterns with a headway from their tags": sum(
            p.service.headway_s is not None or bool(p.service.conditional) for p in patterns
        ),
        "stops": len(stops),
        "stops without a name": sum(not place.name for place in stops),
        "patterns": len(patterns),
    }


def _headways(
    patterns: Sequence[_Pattern], bands: Sequence[Span], table: Mapping[TransitMode, Sequence[float]]
) -> FloatArray:
    """Headways by pattern and band; what is said of a line, by its master or the table, is shared by its variants."""
    headway = np.array([headways_s(p.service, p.route.mode, bands, table) for p in patterns])
    shared = [p.service.headway_s is None or "interval" not in p.route.relation.tags for p in patterns]
    variants = Counter(p.route.group for p, is_shared in zip(patterns, shared, strict=True) if is_shared)
    for i, pattern in enumerate(patterns):
        if shared[i]:
            headway[i] *= max(variants[pattern.route.group] / 2.0, 1.0)
    return headway


def _phase_s(pattern_id: str, headway_s: FloatArray) -> float:
    """A fixed phase in whole minutes, below the pattern's shortest headway, so that lines do not all leave at once."""
    finite = headway_s[np.isfinite(headway_s)]
    minutes = int(finite.min() // SECONDS_PER_MINUTE) if finite.size else 0
    return float(text_key(pattern_id) % minutes) * SECONDS_PER_MINUTE if minutes else 0.0
