"""Stops of a route relation in order: what its members' roles mean, and which stop position has which platform."""

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from itas_mobility import geo
from itas_mobility.core.columns import LongArray
from itas_mobility.network.osm.osm_file import OsmText, RawNodes, RawRelation, RawWays
from itas_mobility.network.tags import speed

PAIR_M: Final = 150.0
"""Farthest distance of a platform from the stop position it belongs to (long railway platforms)."""
WAY_KEYS: Final = frozenset({*speed.KEYS, "railway", "route"})
"""Tags of ways that tell which vehicles run there and how fast."""
_STOP_VALUES: Final = frozenset({"bus_stop", "tram_stop", "station", "halt", "stop", "stop_position", "ferry_terminal"})
_STOP_KEYS: Final = frozenset({"name", "ref_name", "highway", "railway", "public_transport", "amenity"})
_SIDES: Final = ("forward", "backward")
_NUMBER: Final = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True)
class Place:
    """A stop of a line."""

    stop_id: str
    name: str
    lon: float
    lat: float
    node: int
    """OSM node on the line's course, 0 if unknown."""
    may_board: bool = True
    may_alight: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """What the role of a member says."""

    kind: str
    """"stop", "platform" or ""."""
    side: str
    """Direction it is bound to: "forward", "backward" or ""."""
    number: int | None
    """Place in the order of stops, where the role is numbered."""
    may_board: bool
    may_alight: bool


def parse_role(text: str) -> Role:
    """Read the role of a route relation's member.

    Parameters
    ----------
    text : str
        E.g. ``"stop"``, ``"platform_exit_only"``, ``"forward:stop:3"``, ``"backward_stop"``, ``"hail_and_ride"``.

    Returns
    -------
    Role
        Its parts; of entry-only stops nobody gets off, at exit-only stops nobody gets on.
    """
    side = next((one for one in _SIDES if text.startswith(one)), "")
    word = text.removeprefix(side).lstrip(":_")
    kind = "stop" if word.startswith("stop") else "platform" if word.startswith(("platform", "hail_and_ride")) else ""
    number = _NUMBER.search(word)
    return Role(kind, side, int(number[1]) if number else None, "exit_only" not in word, "entry_only" not in word)


class Source:
    """What the members of the relations are: ways with their nodes, nodes with places and names.

    Parameters
    ----------
    text : OsmText
        Open file.
    routes : list of RawRelation
        Route relations.
    areas : dict
        Other relations by id: platforms that are areas.
    """

    def __init__(self, text: OsmText, routes: list[RawRelation], areas: dict[int, RawRelation]) -> None:
        members = [m for r in [*routes, *areas.values()] for m in r.members]
        way_ids, node_ids = (np.array([ref for k, ref, _ in members if k == kind], np.int64) for kind in "wn")
        self.text = text
        self.ways: RawWays = text.ways(only=way_ids, keys=WAY_KEYS, name_keys=("name",))
        self.way_row = {int(way_id): row for row, way_id in enumerate(self.ways.way_id)}
        wanted = np.concatenate([node_ids, self.ways.ref])
        self.nodes: RawNodes = text.nodes(wanted, tag_keys=_STOP_KEYS)
        self.node_row = {int(node): row for row, node in enumerate(self.nodes.node_id)}
        self.areas = areas

    def refs(self, way_id: int) -> LongArray:
        """Nodes of a way."""
        row = self.way_row[way_id]
        return self.ways.ref[self.ways.ptr[row] : self.ways.ptr[row + 1]]

    def has(self, kind: str, ref: int) -> bool:
        """Whether the file holds a member."""
        if kind == "r":
            return ref in self.areas
        return ref in (self.node_row if kind == "n" else self.way_row)

    def place(self, kind: str, ref: int) -> Place | None:
        """Where a member lies: a node itself, a way or area the middle of its nodes."""
        if not self.has(kind, ref):
            return None
        if kind == "n":
            row = self.node_row[ref]
            name = self.nodes.tags.get(ref, {}).get("name", "")
            return Place(f"n{ref}", name, float(self.nodes.lon_deg[row]), float(self.nodes.lat_deg[row]), ref)
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
        return Place(f"{kind}{ref}", name, lon, lat, 0)

    def is_stop_node(self, ref: int) -> bool:
        """Whether a node's tags say that vehicles stop there."""
        tags = self.nodes.tags.get(ref, {})
        return any(tags.get(key) in _STOP_VALUES for key in ("highway", "railway", "public_transport", "amenity"))


def ordered_places(relation: RawRelation, source: Source, *, against: str) -> tuple[list[Place], list[Place]]:
    """Stops of one direction; members bound to the direction `against` are left out.

    The order is that of the members, or of the numbers in their roles where every stop has one.

    Parameters
    ----------
    relation : RawRelation
        Route.
    source : Source
        Its members.
    against : {"forward", "backward"}
        The other direction.

    Returns
    -------
    places : list of Place
        Stop positions with their platforms taken together.
    doubled : list of Place
        Stops that stood once more in succession, and are left out there.
    """
    members = [(parse_role(role), kind, ref) for kind, ref, role in relation.members]
    calls = [one for one in members if one[0].side != against and _is_call(*one, source)]
    numbers = [role.number for role, _, _ in calls]
    if all(number is not None for number in numbers):
        calls.sort(key=lambda one: one[0].number or 0)
    stops: list[tuple[int, Place]] = []
    platforms: list[tuple[int, Place]] = []
    for index, (role, kind, ref) in enumerate(calls):
        place = source.place(kind, ref)
        if place is not None:
            place = replace(place, may_board=role.may_board, may_alight=role.may_alight)
            (platforms if role.kind == "platform" else stops).append((index, place))
    return _paired(stops, platforms)


def _is_call(role: Role, kind: str, ref: int, source: Source) -> bool:
    if role.kind == "platform":
        return True
    return kind == "n" and (role.kind == "stop" or source.is_stop_node(ref))


def is_stop_member(kind: str, role: str) -> bool:
    """Whether a member is a stop by its role alone.

    Parameters
    ----------
    kind : {"n", "w", "r"}
        Node, way or relation.
    role : str
        Its role.

    Returns
    -------
    bool
        True for nodes with a role of stops.
    """
    return kind == "n" and parse_role(role).kind == "stop"


def reversed_places(places: list[Place]) -> list[Place]:
    """Stops of the way back: where people only got on they only get off.

    Parameters
    ----------
    places : list of Place
        Stops of the way there.

    Returns
    -------
    list of Place
        In reverse order.
    """
    return [replace(one, may_board=one.may_alight, may_alight=one.may_board) for one in reversed(places)]


def _paired(stops: list[tuple[int, Place]], platforms: list[tuple[int, Place]]) -> tuple[list[Place], list[Place]]:
    """Stops with their platforms taken together, and platforms that stand alone in between.

    Both lists run in the direction of travel; a platform belongs to the next stop that is near or has its name.
    """
    named = [place for _, place in stops]
    keyed: list[tuple[tuple[int, int, int], Place]] = []
    after = 0
    platforms_follow = bool(stops and platforms) and platforms[0][0] > stops[-1][0]
    for j, (index, platform) in enumerate(platforms):
        match = next((i for i in range(max(after - 1, 0), len(named)) if _belongs(platform, named[i])), None)
        if match is not None:
            after = match + 1
            stop = named[match]
            named[match] = replace(
                stop,
                name=stop.name or platform.name,
                may_board=stop.may_board and platform.may_board,
                may_alight=stop.may_alight and platform.may_alight,
            )
            continue
        before = after if platforms_follow else max(after, sum(1 for i, _ in stops if i < index))
        keyed.append(((before - 1, 1, j), platform))
    keyed.extend(((i, 0, 0), stop) for i, stop in enumerate(named))
    keyed.sort(key=lambda item: item[0])
    places: list[Place] = []
    doubled: list[Place] = []
    for _, place in keyed:
        is_again = bool(places) and place.stop_id == places[-1].stop_id
        (doubled if is_again else places).append(place)
    return places, doubled


def _belongs(platform: Place, stop: Place) -> bool:
    distance = float(geo.haversine_m(platform.lon, platform.lat, stop.lon, stop.lat))
    if platform.name and platform.name == stop.name:
        return distance < 2 * PAIR_M
    return (not platform.name or not stop.name) and distance < PAIR_M
