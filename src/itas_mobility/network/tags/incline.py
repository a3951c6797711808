"""Slope of a way: ``incline``, and ways that leave the ground."""

import re
from math import nan, radians, tan
from typing import Final

from itas_mobility.network.tags.words import Tags

KEYS: Final = frozenset({"incline", "bridge", "tunnel", "highway"})

STEEPEST: Final = 0.4
"""Steeper inclines are taken for mistyped: the steepest streets of the world rise by 35 in 100."""

_SLOPE: Final = re.compile(r"([+-]?)\s*([0-9]{1,3}(?:[.,][0-9]{1,3})?)\s*(%|°)?")


def parse_incline(tags: Tags) -> float:
    """Slope along the order of a way's nodes.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    float
        Rise per length, positive upwards; not a number where it is not told in numbers (``up``, ``steep``), on steps,
        and beyond `STEEPEST`.
    """
    match = _SLOPE.fullmatch(tags.get("incline", "").strip())
    if match is None or tags.get("highway") == "steps":
        return nan
    size = float(match[2].replace(",", "."))
    # a number without a sign counts as per cent (wiki Key:incline)
    slope = tan(radians(size)) if match[3] == "°" else size / 100.0
    if not 0.0 <= slope <= STEEPEST:
        return nan
    return -slope if match[1] == "-" else slope


def is_off_ground(tags: Tags) -> bool:
    """Whether a way runs over or under the ground, so that heights of the ground along it are not its own.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    bool
        True on bridges and in tunnels.
    """
    return tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") not in {"no", "building_passage"}
