"""Ways whose time is told and not driven: ferries with ``duration``, elevators."""

import re
from typing import Final

from itas_mobility.network.tags.road_classes import parse_ferry
from itas_mobility.network.tags.words import Tags
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

KEYS: Final = frozenset({"duration", "route", "highway"})

ELEVATOR_S: Final = 40.0
"""Assumption: half a minute of waiting and ten seconds of riding."""

_CLOCK: Final = re.compile(r"([0-9]{1,3}):([0-5]?[0-9])(?::([0-5]?[0-9]))?")
_MINUTES: Final = re.compile(r"([0-9]{1,4})(?:\s*(?:min|minutes?|mins))?")
_ISO: Final = re.compile(r"P(?:([0-9]{1,2})D)?(?:T(?:([0-9]{1,3})H)?(?:([0-9]{1,4})M)?(?:([0-9]{1,5})S)?)?")


def parse_duration(text: str) -> float:
    """Time of a ``duration`` value.

    Parameters
    ----------
    text : str
        ``HH:MM``, ``HH:MM:SS``, minutes, or ISO 8601 (``PT1H30M``); wiki Key:duration.

    Returns
    -------
    float
        Seconds, 0 where the value is none of these.
    """
    word = text.strip()
    match = _CLOCK.fullmatch(word)
    if match is not None:
        return int(match[1]) * SECONDS_PER_HOUR + int(match[2]) * SECONDS_PER_MINUTE + int(match[3] or 0)
    match = _MINUTES.fullmatch(word)
    if match is not None:
        return int(match[1]) * SECONDS_PER_MINUTE
    match = _ISO.fullmatch(word)
    if match is None:
        return 0.0
    sizes = (float(SECONDS_PER_DAY), SECONDS_PER_HOUR, SECONDS_PER_MINUTE, 1.0)
    return sum(int(part or 0) * size for part, size in zip(match.groups(), sizes, strict=True))


def parse_way_duration(tags: Tags) -> float:
    """Time for the whole of a way that is not driven or walked at a speed.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    float
        Seconds; 0 where speeds decide.
    """
    if tags.get("highway") == "elevator":
        return ELEVATOR_S
    return parse_duration(tags.get("duration", "")) if parse_ferry(tags) else 0.0
