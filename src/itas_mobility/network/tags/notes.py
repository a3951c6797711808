"""What tags say that the network does not show: kept as notes, so that it can be counted."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.network.tags.access import ALL_ACCESS_KEYS
from itas_mobility.network.tags.words import Tags, split_list

_CONDITIONAL: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ways with access that depends on time or condition": tuple(
            f"{key}{side}:conditional" for key in sorted(ALL_ACCESS_KEYS) for side in ("", ":forward", ":backward")
        ),
        "ways with a speed limit that depends on time or condition": tuple(
            f"maxspeed{own}:conditional" for own in ("", ":forward", ":backward", ":hgv", ":bus")
        ),
        "ways whose one-way rule depends on time or condition": tuple(
            f"oneway{own}:conditional" for own in ("", ":bicycle", ":bus", ":psv", ":motor_vehicle")
        ),
        "ways with a limit of size or weight that depends on condition": tuple(
            f"{key}:conditional" for key in ("maxweight", "maxheight", "maxwidth", "maxlength", "maxaxleload")
        ),
        "ways with lanes that depend on time or condition": ("lanes:conditional", "bus:lanes:conditional"),
    }
)

_VALUES: Final[tuple[tuple[str, frozenset[str], str], ...]] = (
    ("oneway", frozenset({"reversible"}), "reversible one-way roads (closed to vehicles)"),
    ("oneway", frozenset({"alternating"}), "roads with alternating one-way traffic"),
    ("maxspeed", frozenset({"signals", "variable"}), "ways with a variable speed limit"),
    ("toll", frozenset({"yes"}), "ways with a toll"),
    ("toll:hgv", frozenset({"yes"}), "ways with a toll for lorries"),
    ("hov", frozenset({"yes", "designated", "lane"}), "ways with rules for shared cars (ignored)"),
    ("sidewalk", frozenset({"separate"}), "roads whose sidewalk is mapped beside"),
    ("incline", frozenset({"up", "down", "yes", "steep"}), "ways with a slope but no number"),
    ("construction", frozenset({"minor", "widening"}), "roads with works that leave them open"),
    ("ford", frozenset({"yes", "boat", "intermittent"}), "fords"),
    ("bicycle_road", frozenset({"yes"}), "bicycle roads"),
    ("area", frozenset({"yes"}), "outlines of areas (open to feet only)"),
)

KEYS: Final = frozenset(
    {
        *(key for keys in _CONDITIONAL.values() for key in keys),
        *(key for key, _, _ in _VALUES), "maxspeed:advisory", "surface", "conveying", "access", "vehicle",
        "motor_vehicle",
    }
)  # fmt: skip

_UNPAVED: Final = frozenset(
    {"unpaved", "gravel", "fine_gravel", "compacted", "ground", "dirt", "earth", "grass", "sand", "mud", "pebblestone"}
)


def parse_notes(tags: Tags) -> frozenset[str]:
    """What the tags of a way say that its links do not show, or show in part only.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    frozenset of str
        Notes, each as the read report counts it.
    """
    found = {note for note, keys in _CONDITIONAL.items() if any(key in tags for key in keys)}
    found |= {note for key, values, note in _VALUES if tags.get(key) in values}
    if "maxspeed:advisory" in tags:
        found.add("ways with an advised speed")
    if tags.get("surface") in _UNPAVED:
        found.add("unpaved ways")
    if "conveying" in tags:
        found.add("escalators and moving walkways")
    if any("private" in split_list(tags.get(key, "")) for key in ("access", "vehicle", "motor_vehicle")):
        found.add("private ways")
    return frozenset(found)
