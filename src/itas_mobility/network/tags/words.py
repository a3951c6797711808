"""Words that all tag parsers share: tags, sides of a way, names of modes, quantities with units, lists in a value.

"Wiki" in the comments of this package is the OpenStreetMap wiki page of the key (wiki.openstreetmap.org/wiki/Key:<key>)
or value, and its page "OSM tags for routing" with the German access defaults; "OSRM" and "GraphHopper" stand for what
the car, bicycle and foot profiles of these routing engines do and test; "StVO" is the German road traffic order,
"StVZO" the German vehicle order.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from itas_mobility.core import Mode
from itas_mobility.errors import NetworkError
from itas_mobility.units import KILOGRAMS_PER_TONNE, METRES_PER_KILOMETRE, METRES_PER_MILE

Tags: TypeAlias = Mapping[str, str]
Direction: TypeAlias = Literal["forward", "backward"]

SIDES: Final[tuple[Direction, Direction]] = ("forward", "backward")
"""Index 0 is with the way, 1 against it."""

MODES: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        "car": Mode.CAR,
        "hgv": Mode.HGV,
        "bus": Mode.BUS,
        "bike": Mode.BIKE,
        "pedelec": Mode.PEDELEC,
        "walk": Mode.WALK,
        "foot": Mode.WALK,
        "tram": Mode.TRAM,
        "train": Mode.TRAIN,
    }
)
"""Names of modes in the public surface -> mode bit; ``foot`` is an alias of ``walk``."""

MOTOR: Final = Mode.CAR | Mode.HGV | Mode.BUS
CYCLES: Final = Mode.BIKE | Mode.PEDELEC
"""A pedelec (motor help up to 25 km/h) is a bicycle by law, StVG section 1 (3)."""
ALL_ROAD: Final = MOTOR | CYCLES | Mode.WALK
ROAD_MODES: Final = (Mode.CAR, Mode.HGV, Mode.BUS, Mode.BIKE, Mode.PEDELEC, Mode.WALK)

METRES_PER_FOOT: Final = 0.3048
METRES_PER_INCH: Final = 0.0254
"""International yard and pound agreement 1959."""
METRES_PER_NAUTICAL_MILE: Final = 1852.0
"""First international extraordinary hydrographic conference, Monaco 1929."""
KILOGRAMS_PER_POUND: Final = 0.45359237
POUNDS_PER_SHORT_TON: Final = 2000.0

_UNITS: Final[Mapping[str, float]] = MappingProxyType(
    {
        # units of the wiki page Map features/Units, in t, m or km/h
        "": 1.0,
        "t": 1.0,
        "kg": 1.0 / KILOGRAMS_PER_TONNE,
        "st": POUNDS_PER_SHORT_TON * KILOGRAMS_PER_POUND / KILOGRAMS_PER_TONNE,
        "lbs": KILOGRAMS_PER_POUND / KILOGRAMS_PER_TONNE,
        "m": 1.0,
        "cm": 0.01,
        "km": METRES_PER_KILOMETRE,
        "ft": METRES_PER_FOOT,
        "km/h": 1.0,
        "kmh": 1.0,
        "kph": 1.0,
        "mph": METRES_PER_MILE / METRES_PER_KILOMETRE,
        "knots": METRES_PER_NAUTICAL_MILE / METRES_PER_KILOMETRE,
    }
)
_NUMBER: Final = re.compile(r"\s*([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s*([a-z/]*)\s*")
_FEET: Final = re.compile(r"\s*([0-9]{1,3})\s*'\s*(?:([0-9]{1,2}(?:\.[0-9]{1,3})?)\s*(?:\"|''))?\s*")


def mode_bit(mode: str) -> Mode:
    """The mode bit of a mode's name.

    Parameters
    ----------
    mode : str
        One of car, hgv, bus, bike, pedelec, walk (or foot), tram, train.

    Returns
    -------
    Mode
        The bit.

    Raises
    ------
    NetworkError
        If there is no such mode; the message lists them.
    """
    if mode not in MODES:
        raise NetworkError(f"mode {mode!r} is not known; use one of {', '.join(MODES)}")
    return MODES[mode]


@lru_cache(maxsize=4096)
def parse_number(text: str) -> float | None:
    """A number with an optional unit of weight, length or speed, None where there is none.

    A decimal comma is read as a point; feet and inches are written ``6'3"``.

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    float or None
        The value in t, m or km/h.
    """
    word = text.lower()
    match = _NUMBER.fullmatch(word)
    if match is not None:
        factor = _UNITS.get(match[2])
        return None if factor is None else float(match[1].replace(",", ".")) * factor
    match = _FEET.fullmatch(word)
    if match is None:
        return None
    return float(match[1]) * METRES_PER_FOOT + float(match[2] or 0.0) * METRES_PER_INCH


def whole_number(text: str) -> int:
    """A positive whole number of at most two digits, else 0.

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    int
        The number; 0 for fractions, negative numbers, words and empty text.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0


@lru_cache(maxsize=4096)
def split_list(text: str) -> tuple[str, ...]:
    """The values of a list (wiki: semicolon value separator), in small letters.

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    tuple of str
        Values that are not empty.
    """
    if ";" not in text:
        word = text.strip().lower()
        return (word,) if word else ()
    return tuple(word for part in text.split(";") if (word := part.strip().lower()))
