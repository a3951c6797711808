"""Turn restrictions from relations; the rules are those of the wiki page "Relation:restriction"."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from itas_mobility.core import Mode
from itas_mobility.network.osm.osm_file import RawRelation
from itas_mobility.network.turn_rules import Restriction

_KIND: Final = re.compile(r"(?:no|only)_(?!.*on_red$)\w+")
"""Values that forbid or command a turn, whatever word follows ``no_`` and ``only_`` (as in OSRM); rules for red lights
(``no_right_turn_on_red``) and other values (``none``) leave the turn itself open."""
_VEHICLES: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        # from the general to the special, as in access tags
        Mode.CAR: ("motor_vehicle", "motorcar"),
        Mode.HGV: ("motor_vehicle", "goods", "hgv"),
        Mode.BUS: ("motor_vehicle", "psv", "bus"),
        Mode.BIKE: ("bicycle",),
        Mode.PEDELEC: ("bicycle",),
    }
)
"""Mode -> words in ``except`` and behind ``restriction:``. Restrictions bind vehicles, so not people on foot."""
_LIST: Final = re.compile(r"\s*[;,]\s*")
"""Lists are written with semicolons, by some with commas."""
_TIMED_KEYS: Final = ("day_on", "day_off", "hour_on", "hour_off")
"""Times of the day in an old style of tagging."""


def restrictions_of(relations: Iterable[RawRelation], mode: Mode, counts: dict[str, int]) -> list[Restriction]:
    """The restrictions that bind a mode at all times.

    Parameters
    ----------
    relations : iterable of RawRelation
        Relations whose ``type`` begins with ``restriction``.
    mode : Mode
        One mode.
    counts : dict
        What was met is added here: restrictions, those noted but bound to a time, and broken ones.

    Returns
    -------
    list of Restriction
        In the order given; empty for modes that restrictions do not bind.
    """
    words = _VEHICLES.get(mode)
    if words is None:
        return []
    found = []
    timed = broken = 0
    for relation in relations:
        kind = _kind_for(relation.tags, words)
        if kind is None:
            timed += any(key.startswith("restriction") and key.endswith(":conditional") for key in relation.tags)
            continue
        if any(key in relation.tags for key in _TIMED_KEYS):
            timed += 1
            continue
        restriction = _read(relation, kind)
        if restriction is None:
            broken += 1
        else:
            found.append(restriction)
    counts["turn restrictions"] = len(found)
    counts["turn restrictions bound to a time (not obeyed)"] = timed
    counts["turn restrictions with missing or doubtful members (not obeyed)"] = broken
    return found


def _kind_for(tags: Mapping[str, str], words: Sequence[str]) -> str | None:
    """What a restriction forbids a vehicle, None where it leaves it free."""
    kind_of = tags.get("type", "").partition(":")[2]
    general = tags.get("restriction", "")
    value = ""
    if kind_of in ("", "conditional") or kind_of in words:
        value = general
    excepted = set(_LIST.split(tags.get("except", "").strip()))
    if excepted.intersection(words):
        value = ""
    for word in words:
        value = tags.get(f"restriction:{word}", value)
    return value if _KIND.fullmatch(value) else None


def _read(relation: RawRelation, kind: str) -> Restriction | None:
    """The members by role; None where the relation cannot be understood."""
    ways: dict[str, list[int]] = defaultdict(list)
    via_nodes = []
    for letter, ref, role in relation.members:
        if letter == "w" and role in {"from", "via", "to"}:
            ways[role].append(ref)
        elif letter == "n" and role == "via":
            via_nodes.append(ref)
    several_from, several_to = kind == "no_entry", kind == "no_exit"
    fits = (
        (len(ways["from"]) == 1 or (several_from and ways["from"]))
        and (len(ways["to"]) == 1 or (several_to and ways["to"]))
        and (len(via_nodes) == 1) != bool(ways["via"])
        and len(via_nodes) <= 1
    )
    if not fits:
        return None
    return Restriction(
        relation.relation_id, kind, tuple(ways["from"]), via_nodes[0] if via_nodes else None, tuple(ways["via"]),
        tuple(ways["to"]),
    )  # fmt: skip
