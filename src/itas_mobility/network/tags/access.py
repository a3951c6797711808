"""Access by mode: who may use a way, always or only where a trip begins or ends."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from itas_mobility.core import Mode, RoadClass
from itas_mobility.network.tags.dimensions import KEYS as DIMENSION_KEYS
from itas_mobility.network.tags.dimensions import fits
from itas_mobility.network.tags.direction import KEYS as DIRECTION_KEYS
from itas_mobility.network.tags.direction import parse_direction
from itas_mobility.network.tags.road_classes import (
    KEYS as CLASS_KEYS,
)
from itas_mobility.network.tags.road_classes import (
    RAIL_CLASSES,
    is_area,
    parse_ferry,
    parse_road_class,
)
from itas_mobility.network.tags.words import (
    ALL_ROAD,
    CYCLES,
    MOTOR,
    ROAD_MODES,
    SIDES,
    Direction,
    Tags,
    split_list,
)


class Entry(IntEnum):
    """Who may enter; the larger value opens more."""

    CLOSED = 0
    DESTINATION = 1
    """Only trips that begin or end there."""
    OPEN = 2


ACCESS_KEYS: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        Mode.CAR: ("access", "vehicle", "motor_vehicle", "motorcar"),
        Mode.HGV: ("access", "vehicle", "motor_vehicle", "hgv"),
        Mode.BUS: ("access", "vehicle", "motor_vehicle", "psv", "bus"),
        Mode.BIKE: ("access", "vehicle", "bicycle"),
        Mode.PEDELEC: ("access", "vehicle", "bicycle", "electric_bicycle"),
        Mode.WALK: ("access", "foot"),
    }
)
"""Wiki Key:access: from the general to the special; the last key that stands with a known value decides. Taxis are
not a mode of their own; ``psv`` opens for buses."""
ALL_ACCESS_KEYS: Final = frozenset(key for keys in ACCESS_KEYS.values() for key in keys)

KEYS: Final = frozenset(
    {
        "highway", "railway", "motorroad", "sidewalk", "bicycle_road", "cyclestreet", "service", "smoothness", "ford",
        *(key + end for key in ALL_ACCESS_KEYS for end in ("", ":forward", ":backward")),
        "cycleway", "cycleway:left", "cycleway:right", "cycleway:both",
        *DIMENSION_KEYS, *DIRECTION_KEYS, *CLASS_KEYS,
    }
)  # fmt: skip

DEFAULT_MODES: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        # Wiki, German defaults: motorways and their links carry motor vehicles only
        "motorway": MOTOR,
        "motorway_link": MOTOR,
        # German trunk roads are built like motorways and nearly always closed to bicycles and feet (sign 331.1)
        "trunk": MOTOR,
        "trunk_link": MOTOR,
        # Wiki: farm and forest tracks are open to motor vehicles only where a tag says so
        "track": CYCLES | Mode.WALK,
        # StVO sign 242: pedestrian zones are closed to vehicles, bicycles included
        "pedestrian": Mode.WALK,
        # StVO sign 237: bicycles alone; people on foot where a tag says so
        "cycleway": CYCLES,
        "footway": Mode.WALK,
        "platform": Mode.WALK,
        "corridor": Mode.WALK,
        "elevator": Mode.WALK,
        "path": CYCLES | Mode.WALK,
        # StVO sign 238: riders only
        "bridleway": Mode(0),
        "steps": Mode.WALK,
        "busway": Mode.BUS,
        "bus_guideway": Mode.BUS,
    }
)
"""``highway`` -> modes where no access tag stands; all others carry all road modes. Pushing a bicycle is not
modelled."""

_NARROW: Final = frozenset(
    {"footway", "path", "steps", "pedestrian", "cycleway", "bridleway", "platform", "corridor", "elevator"}
)
"""Ways for feet, bicycles or horses: others need a key of their own there (``motor_vehicle``, ``bicycle``), because
the general ``access`` speaks to those the way is for."""
_WHEELS: Final = MOTOR | CYCLES

_FERRY_MODES: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        # wiki Tag:route=ferry asks for an access tag; vehicles with motors need one (so OSRM), feet and bicycles do not
        "ferry": CYCLES | Mode.WALK,
        # a shuttle train is made for motor vehicles, but the tag stands on railways too: it needs one as well (OSRM)
        "shuttle_train": Mode(0),
    }
)

_OPEN_VALUES: Final = frozenset(
    {
        "yes", "permissive", "designated", "official", "discouraged", "public", "permit_free", "allowed",
        "optional_sidepath",
    }
)  # fmt: skip
_DESTINATION_VALUES: Final = frozenset(
    # residents and employees are those who begin or end a trip there; a planning model has no other strangers
    {"destination", "customers", "residents", "employees", "visitors", "guests"}
)
_CLOSED_VALUES: Final = frozenset(
    {
        "no", "private", "agricultural", "forestry", "emergency", "military", "restricted", "permit", "none",
        "impassable", "taxi", "use_sidepath", "separate", "dismount", "closed", "prohibited",
    }
)  # fmt: skip
"""Wiki Key:access. ``use_sidepath`` and ``separate`` send bicycles and feet to a way beside that is mapped on its own;
``dismount`` allows pushing, which is not modelled."""
_FOR_BUSES: Final = frozenset({"bus", "psv"})
_FOR_LORRIES: Final[Mapping[str, Entry]] = MappingProxyType(
    # loading ends a lorry's trip there; "local" is an old word for the same
    {"delivery": Entry.DESTINATION, "local": Entry.DESTINATION, "goods": Entry.OPEN, "hgv": Entry.OPEN}
)
_CYCLEWAYS: Final = frozenset({"track", "lane", "shared_lane", "share_busway", "shared", "sharrow", "opposite_track"})
"""``cycleway`` values that say bicycles ride along this way (OSRM)."""
_SIDEWALKS: Final = frozenset({"both", "left", "right", "yes"})


def _part(word: str, key: str, mode: Mode) -> Entry | None:
    """What one value says about a mode, None where the word is not known."""
    if word in _OPEN_VALUES:
        return Entry.OPEN
    if word in _DESTINATION_VALUES:
        # sign 1020-30 (Anlieger frei) stands below signs that bind vehicles; feet are bound by their own key only
        return Entry.OPEN if mode is Mode.WALK and key.startswith("access") else Entry.DESTINATION
    if word in _FOR_BUSES:
        return Entry.OPEN if mode is Mode.BUS else Entry.CLOSED
    if word in _FOR_LORRIES:
        return _FOR_LORRIES[word] if mode is Mode.HGV else Entry.CLOSED
    return Entry.CLOSED if word in _CLOSED_VALUES else None


def parse_access(
    tags: Tags, mode: Mode, *, default: Entry, direction: Direction | None = None, is_general_key_enough: bool = True
) -> Entry:
    """Whether a mode may use a way or pass a barrier, by its access tags in their order of precedence.

    Keys go from the general to the special, and within a key from both directions to one. Of a list (``agricultural;
    bus``) the value that opens most counts. Words that are not known count as if the tag were absent. ``private``
    closes; ``delivery`` opens for lorries that stop there; ``agricultural`` and ``forestry`` close.

    Parameters
    ----------
    tags : mapping
        Tags of the way or node.
    mode : Mode
        One road mode.
    default : Entry
        What holds where no tag decides.
    direction : {"forward", "backward"}, optional
        Also read the keys that bind one direction (``motor_vehicle:backward``).
    is_general_key_enough : bool, default=True
        Whether ``access`` alone can open what is closed by default (``access=yes`` on a footway does not mean cars).

    Returns
    -------
    Entry
        Open, open to trips that begin or end there, or closed.
    """
    result = default
    for key in ACCESS_KEYS[mode]:
        for name in (key, f"{key}:{direction}") if direction else (key,):
            value = tags.get(name)
            if value is None:
                continue
            known = [entry for word in split_list(value) if (entry := _part(word, key, mode)) is not None]
            if known and (is_general_key_enough or key != "access" or result > Entry.CLOSED):
                result = max(known)
    return result


def _default_modes(tags: Tags) -> Mode:
    ferry = parse_ferry(tags)
    if ferry:
        return _FERRY_MODES[ferry]
    if tags.get("railway") == "platform" and "highway" not in tags:
        return Mode.WALK
    default = DEFAULT_MODES.get(tags.get("highway", ""), ALL_ROAD)
    if tags.get("motorroad") == "yes":
        # StVO sign 331.1: motor vehicles only
        default &= ~(CYCLES | Mode.WALK)
    if tags.get("service") == "emergency_access":
        default &= ~MOTOR
    if tags.get("sidewalk") in _SIDEWALKS:
        default |= Mode.WALK
    if any(tags.get(key) in _CYCLEWAYS for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")):
        default |= CYCLES
    return default


def _default_entry(tags: Tags, mode: Mode, default: Mode) -> Entry:
    if not default & mode:
        return Entry.CLOSED
    if mode & MOTOR and tags.get("bicycle_road") == "yes":
        # StVO sign 244.1 closes bicycle roads to others unless a second sign opens them, as it nearly always does to
        # residents; mappers often leave that out. Between law and practice: no through traffic.
        return Entry.DESTINATION
    return Entry.OPEN


def _is_blocked(tags: Tags, mode: Mode) -> bool:
    """Whether the state of a way keeps a mode out, whatever its access tags say."""
    if mode is Mode.WALK:
        return False
    # wiki Key:smoothness: impassable for all wheels; Key:ford: stepping stones carry feet only
    if tags.get("smoothness") == "impassable" or tags.get("ford") == "stepping_stones":
        return True
    # outlines of areas carry no vehicles, or cars would drive round market squares
    return is_area(tags) or not fits(tags, mode)


def parse_entries(tags: Tags) -> tuple[tuple[Mode, Mode], tuple[Mode, Mode]]:
    """Modes that may use a way by direction, and those among them that may only begin or end a trip there.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    modes, destination : (Mode, Mode)
        Mode bits with and against the way; the second are part of the first.
    """
    both, only = [Mode(0), Mode(0)], [Mode(0), Mode(0)]
    road_class = parse_road_class(tags)
    if road_class is None:
        return (both[0], both[1]), (only[0], only[1])
    is_rail = road_class in {RoadClass.RAIL, RoadClass.TRAMWAY}
    if not is_rail:
        default = _default_modes(tags)
        is_wide = tags.get("highway") not in _NARROW
        for mode in ROAD_MODES:
            if _is_blocked(tags, mode):
                continue
            is_open = parse_direction(tags, mode)
            entry = _default_entry(tags, mode, default)
            for side, name in enumerate(SIDES):
                if not is_open[side]:
                    continue
                found = parse_access(
                    tags, mode, default=entry, direction=name, is_general_key_enough=is_wide or not mode & _WHEELS
                )
                if found > Entry.CLOSED:
                    both[side] |= mode
                if found == Entry.DESTINATION:
                    only[side] |= mode
    rail = RAIL_CLASSES.get(tags.get("railway", ""))
    if rail == RoadClass.TRAMWAY:
        # tracks in the street: trams go by the tracks, not by the cars' one-way rule
        ways = parse_direction(tags, Mode.TRAM) if is_rail else (True, True)
        both = [side | Mode.TRAM if way else side for side, way in zip(both, ways, strict=True)]
    elif rail == RoadClass.RAIL and is_rail:
        ways = parse_direction(tags, Mode.TRAIN)
        both = [side | Mode.TRAIN if way else side for side, way in zip(both, ways, strict=True)]
    return (both[0], both[1]), (only[0], only[1])


def parse_modes(tags: Tags) -> tuple[Mode, Mode]:
    """Modes that may go with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : Mode
        Mode bits.
    """
    return parse_entries(tags)[0]
