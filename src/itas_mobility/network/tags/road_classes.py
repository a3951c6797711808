"""Class of a way: ``highway``, ``railway``, ``route`` and the keys of roads that are not there yet or no longer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.core import RoadClass
from itas_mobility.network.tags.words import Tags, split_list

WAY_KEYS: Final = ("highway", "railway", "route")
"""A way that carries traffic has one of these."""
KEYS: Final = frozenset({*WAY_KEYS, "area", "construction", "abandoned", "disused", "demolished", "razed"})

ROAD_CLASSES: Final[Mapping[str, RoadClass]] = MappingProxyType(
    {
        "motorway": RoadClass.MOTORWAY,
        "motorway_link": RoadClass.MOTORWAY_LINK,
        "trunk": RoadClass.TRUNK,
        "trunk_link": RoadClass.TRUNK_LINK,
        "primary": RoadClass.PRIMARY,
        "primary_link": RoadClass.PRIMARY_LINK,
        "secondary": RoadClass.SECONDARY,
        "secondary_link": RoadClass.SECONDARY_LINK,
        "tertiary": RoadClass.TERTIARY,
        "tertiary_link": RoadClass.TERTIARY_LINK,
        "unclassified": RoadClass.UNCLASSIFIED,
        "road": RoadClass.UNCLASSIFIED,
        "residential": RoadClass.RESIDENTIAL,
        "living_street": RoadClass.LIVING_STREET,
        "service": RoadClass.SERVICE,
        "track": RoadClass.TRACK,
        "pedestrian": RoadClass.PEDESTRIAN,
        "cycleway": RoadClass.CYCLEWAY,
        "footway": RoadClass.FOOTWAY,
        "platform": RoadClass.FOOTWAY,
        "corridor": RoadClass.FOOTWAY,
        "elevator": RoadClass.FOOTWAY,
        "path": RoadClass.PATH,
        "bridleway": RoadClass.PATH,
        "steps": RoadClass.STEPS,
        "busway": RoadClass.OTHER,
        "bus_guideway": RoadClass.OTHER,
    }
)
"""``highway`` -> class. Values that are not listed (construction, proposed, raceway, escape, ...) carry no traffic."""

RAIL_CLASSES: Final[Mapping[str, RoadClass]] = MappingProxyType(
    {
        "rail": RoadClass.RAIL,
        "light_rail": RoadClass.RAIL,
        "narrow_gauge": RoadClass.RAIL,
        "tram": RoadClass.TRAMWAY,
    }
)
"""``railway`` -> class."""

OSM_VALUES: Final[Mapping[int, str]] = MappingProxyType(
    {int(road_class): value for value, road_class in reversed([*ROAD_CLASSES.items(), *RAIL_CLASSES.items()])}
    | {int(RoadClass.RAIL): "rail", int(RoadClass.CONNECTOR): "connector", int(RoadClass.OTHER): "busway"}
    | {int(RoadClass.FERRY): "ferry"}
)
"""Class -> the tag value it is written as."""

FERRY_ROUTES: Final = ("ferry", "shuttle_train")
"""``route`` values of ways on which vehicles and people are carried (a shuttle train carries cars on waggons)."""

_OPEN_WORKS: Final = frozenset({"no", "minor", "widening"})
"""``construction`` on a road in use: works that leave it open (OSRM); others close it."""
_GONE_KEYS: Final = ("abandoned", "disused", "demolished", "razed")
"""Wiki, lifecycle prefix: the old style marks a road that is no longer used by <key>=yes on the full tags."""


def parse_ferry(tags: Tags) -> str:
    """Kind of a ferry.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    str
        ``ferry``, ``shuttle_train`` or '' for other ways; a way that is also a road is no ferry.
    """
    if "highway" in tags or "route" not in tags:
        return ""
    return next((value for value in split_list(tags["route"]) if value in FERRY_ROUTES), "")


def parse_road_class(tags: Tags) -> RoadClass | None:
    """Class of a way, None where it carries no traffic.

    Roads that are planned, being built or given up carry none; so do roads under works that close them. Areas
    (``area=yes``) have a class, because people walk along their edge; `parse_modes` closes them to vehicles.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    RoadClass or None
        Class.
    """
    if any(tags.get(key) == "yes" for key in _GONE_KEYS):
        return None
    road_class = ROAD_CLASSES.get(tags.get("highway", ""))
    if road_class is not None and tags.get("construction", "no") not in _OPEN_WORKS:
        road_class = None
    if road_class is None:
        railway = tags.get("railway", "")
        road_class = RAIL_CLASSES.get(railway)
        if road_class is None and railway == "platform" and "highway" not in tags:
            # people walk along platforms to reach the next street (OSRM)
            road_class = RoadClass.FOOTWAY
    if road_class is None and parse_ferry(tags):
        road_class = RoadClass.FERRY
    return road_class


def is_area(tags: Tags) -> bool:
    """Whether a way is the outline of an area.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    bool
        True for ``area=yes``.
    """
    return tags.get("area") == "yes"
