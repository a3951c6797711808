"""One-way rules: which modes may go with and against a way."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.core import Mode
from itas_mobility.network.tags.lanes import bus_lane_positions
from itas_mobility.network.tags.words import SIDES, Tags, whole_number

ONEWAY_KEYS: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        # wiki Key:oneway: keys of one mode stand above the general one; OSRM reads them in this order
        Mode.CAR: ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle"),
        Mode.HGV: ("oneway:hgv", "oneway:motor_vehicle", "oneway:vehicle"),
        Mode.BUS: ("oneway:bus", "oneway:psv", "oneway:motor_vehicle", "oneway:vehicle"),
        Mode.BIKE: ("oneway:bicycle", "oneway:vehicle"),
        Mode.PEDELEC: ("oneway:bicycle", "oneway:vehicle"),
    }
)
"""Keys that decide the direction of a mode before ``oneway`` does, from the special to the general."""

_CYCLEWAY_KEYS: Final = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
_BUSWAY_KEYS: Final = ("busway", "busway:left", "busway:right", "busway:both")
_BICYCLE_AGAINST: Final = ("bicycle",)
_BUS_AGAINST: Final = ("psv", "bus")
_AGAINST_VALUES: Final = frozenset({"yes", "designated", "permissive", "official"})

KEYS: Final = frozenset(
    {
        "highway", "junction", "oneway", "oneway:foot", "conveying", *_CYCLEWAY_KEYS, *_BUSWAY_KEYS,
        "cycleway:left:oneway", "cycleway:right:oneway",
        *(key for keys in ONEWAY_KEYS.values() for key in keys),
        *(f"{key}:{side}" for key in (*_BICYCLE_AGAINST, *_BUS_AGAINST) for side in SIDES),
        *(f"lanes:{key}:{side}" for key in _BUS_AGAINST for side in SIDES),
        *(f"{key}:lanes:{side}" for key in _BUS_AGAINST for side in SIDES),
    }
)  # fmt: skip


def parse_direction(tags: Tags, mode: Mode = Mode.CAR) -> tuple[bool, bool]:
    """Whether a mode may go with and against a way, by its one-way rules alone.

    Motorways and roundabouts imply one direction (wiki Key:oneway, Key:junction); motorway links do not. Reversible
    ways are closed to vehicles both ways, because their direction at a time is not known; alternating ones are open
    both ways, unless the way implies one direction (OSRM).

    Parameters
    ----------
    tags : mapping
        Tags of the way.
    mode : Mode, default=Mode.CAR
        One mode; trams and trains read ``oneway`` alone.

    Returns
    -------
    forward, backward : bool
        Open with, against the way.
    """
    if mode is Mode.WALK:
        return parse_foot_direction(tags)
    implied = tags.get("highway") == "motorway" or tags.get("junction") in {"roundabout", "circular"}
    keys = ONEWAY_KEYS.get(mode, ())
    own = next((key for key in keys if key in tags), "oneway")
    forward, backward = _direction(tags.get(own, ""), implied=implied)
    if forward == backward or own in {"oneway:bicycle", "oneway:bus", "oneway:psv"}:
        return forward, backward
    against = 1 if forward else 0
    if mode in {Mode.BIKE, Mode.PEDELEC} and _bicycles_go_against(tags, against):
        return True, True
    if mode is Mode.BUS and _buses_go_against(tags, against):
        return True, True
    return forward, backward


def _direction(value: str, *, implied: bool) -> tuple[bool, bool]:
    if value in {"yes", "true", "1"}:
        return True, False
    if value in {"-1", "reverse"}:
        return False, True
    if value == "reversible":
        return False, False
    if value in {"no", "false", "0"} or not implied:
        return True, True
    return True, False


def _bicycles_go_against(tags: Tags, against: int) -> bool:
    """Contraflow: ``cycleway=opposite*``, a side's own direction, or a cycle track on the far side."""
    if any(tags.get(key, "").startswith("opposite") for key in _CYCLEWAY_KEYS):
        return True
    if tags.get(f"bicycle:{SIDES[against]}") in _AGAINST_VALUES:
        return True
    own = (tags.get("cycleway:left:oneway"), tags.get("cycleway:right:oneway"))
    if "-1" in own or "no" in own:
        return True
    # StVO section 2 (4): tracks on the right may be used without a sign; a track on the far side of a one-way street
    # lies to the right of those who come against it (OSRM). A lane is part of the carriageway and stays one-way.
    far = "left" if against == 1 else "right"
    return tags.get(f"cycleway:{far}") == "track" and f"cycleway:{far}:oneway" not in tags


def _buses_go_against(tags: Tags, against: int) -> bool:
    if any(tags.get(key, "").startswith("opposite") for key in _BUSWAY_KEYS):
        return True
    side = SIDES[against]
    for key in _BUS_AGAINST:
        if tags.get(f"{key}:{side}") in _AGAINST_VALUES or whole_number(tags.get(f"lanes:{key}:{side}", "")):
            return True
        if bus_lane_positions(tags.get(f"{key}:lanes:{side}", "")):
            return True
    return False


def parse_foot_direction(tags: Tags) -> tuple[bool, bool]:
    """Whether people on foot may go with and against a way.

    One-way signs bind vehicles (StVO, sign 220), so only ``oneway:foot`` and escalators and moving walkways
    (``conveying``) have a direction for feet.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : bool
        Open with, against the way.
    """
    if "oneway:foot" in tags:
        return _direction(tags["oneway:foot"], implied=False)
    conveying = tags.get("conveying", "")
    if tags.get("highway") in {"steps", "footway"} and conveying in SIDES:
        return conveying == "forward", conveying == "backward"
    return True, True
