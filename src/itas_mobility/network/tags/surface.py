"""What the ground costs: ``surface``, ``smoothness``, ``tracktype`` and kinds of service roads as speeds."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.network.tags.words import Tags

KEYS: Final = frozenset({"surface", "smoothness", "tracktype", "service", "highway"})

MOTOR_CAPS_KM_PER_H: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        # what cars drive at most on a ground; order and size of the values as routing practice has them (OSRM, car)
        "surface": MappingProxyType(
            {
                "cement": 80.0, "compacted": 80.0, "fine_gravel": 80.0, "paving_stones": 60.0, "metal": 60.0,
                "bricks": 60.0, "grass": 40.0, "wood": 40.0, "sett": 40.0, "grass_paver": 40.0, "gravel": 40.0,
                "unpaved": 40.0, "ground": 40.0, "dirt": 40.0, "pebblestone": 40.0, "cobblestone": 30.0,
                "unhewn_cobblestone": 30.0, "clay": 30.0, "earth": 20.0, "stone": 20.0, "rock": 20.0, "sand": 20.0,
                "mud": 10.0,
            }
        ),
        "tracktype": MappingProxyType(
            {"grade1": 60.0, "grade2": 40.0, "grade3": 30.0, "grade4": 25.0, "grade5": 20.0}
        ),
        "smoothness": MappingProxyType(
            {"intermediate": 80.0, "bad": 40.0, "very_bad": 20.0, "horrible": 10.0, "very_horrible": 5.0}
        ),
    }
)  # fmt: skip
SLOW_SERVICES: Final = frozenset({"driveway", "parking_aisle", "drive-through", "drive_through"})
SLOW_SERVICE_KM_PER_H: Final = 10.0
"""Assumption: driveways and lanes between parked cars; German courts ask for walking pace to 10 km/h there."""

CYCLE_FACTORS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        # share of the speed on asphalt that bicycles keep; assumption, in the order of OSRM's bicycle profile
        "surface": MappingProxyType(
            {
                "asphalt": 1.0, "concrete": 1.0, "paved": 1.0, "concrete:plates": 0.95, "concrete:lanes": 0.9,
                "paving_stones": 0.9, "bricks": 0.9, "metal": 0.9, "wood": 0.85, "compacted": 0.85,
                "fine_gravel": 0.8, "sett": 0.7, "cobblestone:flattened": 0.7, "cobblestone": 0.5,
                "unhewn_cobblestone": 0.5, "unpaved": 0.7, "gravel": 0.65, "pebblestone": 0.6, "ground": 0.65,
                "dirt": 0.65, "earth": 0.6, "clay": 0.6, "grass_paver": 0.6, "grass": 0.5, "rock": 0.4,
                "stone": 0.5, "sand": 0.3, "mud": 0.3,
            }
        ),
        "tracktype": MappingProxyType(
            {"grade1": 1.0, "grade2": 0.85, "grade3": 0.75, "grade4": 0.6, "grade5": 0.5}
        ),
        "smoothness": MappingProxyType(
            {
                "excellent": 1.0, "good": 1.0, "intermediate": 0.9, "bad": 0.75, "very_bad": 0.55, "horrible": 0.4,
                "very_horrible": 0.3,
            }
        ),
    }
)  # fmt: skip
ROUGH_FACTOR: Final = 0.8
"""Bicycles on tracks and paths whose ground is not told; assumption."""


def parse_motor_cap(tags: Tags) -> float:
    """Highest speed that the ground or the kind of service road leaves to motor vehicles.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    float
        The lowest of what its tags say, in km/h; infinite where they say nothing.
    """
    found = [caps[tags[key]] for key, caps in MOTOR_CAPS_KM_PER_H.items() if key in tags and tags[key] in caps]
    if tags.get("highway") == "service" and tags.get("service") in SLOW_SERVICES:
        found.append(SLOW_SERVICE_KM_PER_H)
    return min(found, default=float("inf"))


def parse_cycle_factor(tags: Tags) -> float:
    """Share of their speed on asphalt that bicycles and pedelecs keep on the ground of a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    float
        The lowest of what its tags say; `ROUGH_FACTOR` on tracks and paths without such a tag, else 1.
    """
    found = [factors[tags[key]] for key, factors in CYCLE_FACTORS.items() if key in tags and tags[key] in factors]
    if found:
        return min(found)
    return ROUGH_FACTOR if tags.get("highway") in {"track", "path", "bridleway"} else 1.0
