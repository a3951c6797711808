"""Speed limits: ``maxspeed`` and its relatives, by direction and for single modes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.network.tags.words import SIDES, Tags, parse_number, split_list

WALKING_PACE_KM_PER_H: Final = 7.0
"""German courts' reading of walking pace (Schrittgeschwindigkeit, 4 to 7 km/h) in living streets, StVO sign 325.1."""
ADVISORY_MOTORWAY_KM_PER_H: Final = 130.0
"""Advisory speed where there is no limit (Autobahn-Richtgeschwindigkeits-Verordnung 1978)."""
URBAN_LIMIT_KM_PER_H: Final = 50.0
"""StVO section 3 (3) no. 1: inside built-up areas."""
BUS_MAX_KM_PER_H: Final = 80.0
"""StVO section 3 (3) no. 2: buses outside built-up areas."""
HGV_MAX_KM_PER_H: Final = 60.0
HGV_MOTORWAY_MAX_KM_PER_H: Final = 80.0
"""StVO section 3 (3) no. 2b (lorries over 7.5 t) and section 18 (5) (motorways, and motor roads whose carriageways
are separate)."""
SLOWEST_KM_PER_H: Final = 3.0
FASTEST_KM_PER_H: Final = 150.0
"""Limits outside are taken for mistyped: the slowest signed limits are 3 mph and 4 km/h, the highest general limit of
Europe is 140 km/h (Poland, Bulgaria)."""

ZONE_LIMITS: Final[Mapping[str, float]] = MappingProxyType(
    {
        # StVO section 3 (3): 50 inside, 100 outside built-up areas for cars
        "urban": URBAN_LIMIT_KM_PER_H,
        "rural": 100.0,
        "motorway": ADVISORY_MOTORWAY_KM_PER_H,
        "trunk": ADVISORY_MOTORWAY_KM_PER_H,
        "living_street": WALKING_PACE_KM_PER_H,
        "bicycle_road": 30.0,  # StVO sign 244.1
        "cyclestreet": 30.0,
        "walk": WALKING_PACE_KM_PER_H,
    }
)
"""Zone after the country's letters -> limit, for Germany and where the country is not listed below."""

FOREIGN_LIMITS: Final[Mapping[str, float]] = MappingProxyType(
    {
        # general limits of Germany's neighbours for cars (wiki: Speed limits); extracts reach across borders
        "at:rural": 100.0,
        "at:trunk": 100.0,
        "at:motorway": 130.0,
        "be:rural": 90.0,
        "be:motorway": 120.0,
        "ch:rural": 80.0,
        "ch:trunk": 100.0,
        "ch:motorway": 120.0,
        "li:rural": 80.0,
        "cz:rural": 90.0,
        "cz:trunk": 110.0,
        "cz:motorway": 130.0,
        "cz:living_street": 20.0,
        "dk:rural": 80.0,
        "dk:motorway": 130.0,
        "fr:rural": 80.0,
        "fr:trunk": 110.0,
        "fr:motorway": 130.0,
        "fr:living_street": 20.0,
        "lu:rural": 90.0,
        "lu:motorway": 130.0,
        "nl:rural": 80.0,
        "nl:trunk": 100.0,
        "nl:motorway": 100.0,
        "pl:rural": 90.0,
        "pl:trunk": 100.0,
        "pl:motorway": 140.0,
        "pl:living_street": 20.0,
    }
)

_ZONE_KEYS: Final = ("zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")
_SPEED_KEYS: Final = ("maxspeed", *_ZONE_KEYS)
KEYS: Final = frozenset(
    {
        *_SPEED_KEYS, "highway", "bicycle_road", "cyclestreet", "motorroad", "oneway",
        *(
            f"maxspeed{own}{end}"
            for own in ("", ":hgv", ":bus", ":psv", ":advisory")
            for end in ("", ":forward", ":backward")
        ),
    }
)  # fmt: skip


def parse_limit(text: str) -> float:
    """Speed limit of a ``maxspeed`` value.

    Numbers in km/h, mph or knots, ``none``, ``walk``, zones such as ``DE:urban``, ``DE:zone30`` or ``DE:30``; of a list
    the lowest.

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    float
        Limit in km/h; 0 where the value says none (``signals``, ``variable``, nonsense, implausible numbers).
    """
    limits = []
    for word in split_list(text):
        number = parse_number(word)
        if number is None:
            zone = word.rpartition(":")[2]
            number = parse_number(zone.removeprefix("zone").removeprefix(":"))
            if word == "none":
                number = ADVISORY_MOTORWAY_KM_PER_H
            elif number is None:
                number = FOREIGN_LIMITS.get(word, ZONE_LIMITS.get(zone, 0.0))
        if SLOWEST_KM_PER_H <= number <= FASTEST_KM_PER_H:
            limits.append(number)
    return min(limits, default=0.0)


def parse_limits(tags: Tags) -> tuple[float, float]:
    """Speed limits with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        Limits in km/h, 0 where none is known.
    """
    general = next((limit for key in _SPEED_KEYS if (limit := parse_limit(tags.get(key, ""))) > 0.0), 0.0)
    if general == 0.0 and tags.get("highway") == "living_street":
        general = WALKING_PACE_KM_PER_H
    if general == 0.0 and "yes" in (tags.get("bicycle_road"), tags.get("cyclestreet")):
        general = ZONE_LIMITS["bicycle_road"]
    forward, backward = (parse_limit(tags.get(f"maxspeed:{side}", "")) or general for side in SIDES)
    return forward, backward


def _own_limits(tags: Tags, names: tuple[str, ...]) -> tuple[float, float]:
    """Limits of keys of one mode by direction, 0 where there is none."""
    found = []
    for side in SIDES:
        keys = [f"maxspeed:{name}{end}" for end in (f":{side}", "") for name in names]
        found.append(next((limit for key in keys if (limit := parse_limit(tags.get(key, ""))) > 0.0), 0.0))
    return found[0], found[1]


def parse_hgv_limits(tags: Tags) -> tuple[float, float]:
    """Highest speeds of lorries with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        ``maxspeed:hgv`` where it stands, else the law's limit for lorries over 7.5 t, in km/h.
    """
    is_fast = tags.get("highway") in {"motorway", "motorway_link"} or (
        # a one-way motor road has its carriageways apart
        tags.get("motorroad") == "yes" and tags.get("oneway") in {"yes", "1", "true", "-1"}
    )
    law = HGV_MOTORWAY_MAX_KM_PER_H if is_fast else HGV_MAX_KM_PER_H
    forward, backward = _own_limits(tags, ("hgv",))
    return forward or law, backward or law


def parse_bus_limits(tags: Tags) -> tuple[float, float]:
    """Highest speeds of buses with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        ``maxspeed:bus`` or ``maxspeed:psv`` where they stand, else the law's limit for buses, in km/h.
    """
    forward, backward = _own_limits(tags, ("bus", "psv"))
    return forward or BUS_MAX_KM_PER_H, backward or BUS_MAX_KM_PER_H


def parse_advisory_limits(tags: Tags) -> tuple[float, float]:
    """Advised speeds (``maxspeed:advisory``, as in sharp bends) with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        Speeds in km/h, infinite where there is none; the signed limit holds where it is lower.
    """
    forward, backward = _own_limits(tags, ("advisory",))
    return forward or float("inf"), backward or float("inf")
