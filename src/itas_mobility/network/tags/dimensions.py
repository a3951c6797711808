"""Limits of height, width, length and weight, and the vehicles they keep out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nextafter
from types import MappingProxyType
from typing import Final

from itas_mobility.core import Mode
from itas_mobility.network.tags.words import Tags, parse_number

HGV_CLOSED_UP_TO_T: Final = 7.5
"""Weight limit (``maxweight``, signs 253 and 262) up to which a way counts as closed to lorries: those meant are the
lorries over 7.5 t whose speed StVO section 3 lowers."""
HGV_HEIGHT_M: Final = 4.0
HGV_WIDTH_M: Final = 2.55
"""Largest height and width of vehicles, StVZO section 32; lower limits close a way to lorries."""
HGV_LENGTH_M: Final = 12.0
"""Longest single motor vehicle, StVZO section 32 (4); limits of 12 m and more shut out trailers only."""
HGV_WEIGHT_T: Final = nextafter(HGV_CLOSED_UP_TO_T, inf)
HGV_AXLE_T: Final = 5.5
"""Assumption: rear axle of a laden lorry of 7.5 t."""
BUS_WEIGHT_T: Final = 12.0
"""Assumption: a city bus of 12 m weighs about 11 t empty and up to 18 t full."""
BUS_HEIGHT_M: Final = 3.2
"""Assumption: city buses with cooling on the roof; double-deckers are not meant."""
BUS_WIDTH_M: Final = 2.55
BUS_LENGTH_M: Final = 12.0
"""Standard bus; StVZO section 32 allows 13.5 m."""
CAR_HEIGHT_M: Final = 2.0
"""Garages must leave 2 m of height (building rules for garages of the German states), so cars fit below it; OSRM closes
below the same value."""
CAR_WIDTH_M: Final = 1.9
"""Assumption: width of a family car with folded mirrors; ways must be wider, as in OSRM."""
CAR_WEIGHT_T: Final = 2.0
"""Assumption: a family car with passengers."""


@dataclass(frozen=True, slots=True)
class VehicleSize:
    """Size of the vehicle a mode stands for; limits below close a way to it."""

    height_m: float
    width_m: float
    length_m: float
    weight_t: float
    axle_t: float


VEHICLES: Final[Mapping[Mode, VehicleSize]] = MappingProxyType(
    {
        # length of the car of the German guidelines' design vehicles (RASt 06)
        Mode.CAR: VehicleSize(CAR_HEIGHT_M, CAR_WIDTH_M, 4.74, CAR_WEIGHT_T, CAR_WEIGHT_T / 2.0),
        Mode.HGV: VehicleSize(HGV_HEIGHT_M, HGV_WIDTH_M, HGV_LENGTH_M, HGV_WEIGHT_T, HGV_AXLE_T),
        Mode.BUS: VehicleSize(BUS_HEIGHT_M, BUS_WIDTH_M, BUS_LENGTH_M, BUS_WEIGHT_T, BUS_WEIGHT_T / 2.0),
    }
)
"""Mode -> size; bicycles and feet pass all limits."""

_HEIGHTS: Final = ("maxheight:physical", "maxheight")
_WIDTHS: Final = ("maxwidth:physical", "maxwidth", "width", "est_width")
_WEIGHTS: Final = ("maxweight", "maxweightrating")
_SUFFIX: Final[Mapping[Mode, str]] = MappingProxyType({Mode.CAR: "", Mode.HGV: ":hgv", Mode.BUS: ":bus"})

KEYS: Final = frozenset(
    {
        *_HEIGHTS, *_WIDTHS, "maxlength", "maxlength:hgv", "maxlength:bus", "maxaxleload", *_WEIGHTS,
        *(key + end for key in _WEIGHTS for end in (":hgv", ":bus")),
    }
)  # fmt: skip


def _lowest(tags: Tags, keys: tuple[str, ...]) -> float | None:
    """The limit of the first key that holds a number; words such as ``default`` or ``none`` limit nothing."""
    return next((value for key in keys if (value := parse_number(tags.get(key, ""))) is not None), None)


def fits(tags: Tags, mode: Mode) -> bool:
    """Whether the vehicle of a mode passes the limits of a way or node.

    Parameters
    ----------
    tags : mapping
        Tags of the way or node.
    mode : Mode
        One mode.

    Returns
    -------
    bool
        False where a limit lies below the vehicle's size (`VEHICLES`). ``below_default`` stands for a height below
        the legal 4 m without a sign; other words are ignored.
    """
    size = VEHICLES.get(mode)
    if size is None or KEYS.isdisjoint(tags):
        return True
    own = _SUFFIX[mode]
    height = _lowest(tags, _HEIGHTS)
    if height is None and tags.get("maxheight") == "below_default":
        return size.height_m < HGV_HEIGHT_M
    width = _lowest(tags, _WIDTHS)
    limits = (
        (height, size.height_m),
        (_lowest(tags, (f"maxlength{own}", "maxlength")), size.length_m),
        (_lowest(tags, tuple(key + own for key in _WEIGHTS)), size.weight_t),
        (_lowest(tags, _WEIGHTS), size.weight_t),
        (_lowest(tags, ("maxaxleload",)), size.axle_t),
    )
    if any(limit is not None and limit < least for limit, least in limits):
        return False
    # a car needs more than its own width (OSRM); for lorries and buses the legal width says it all
    return width is None or width > size.width_m or (mode is not Mode.CAR and width == size.width_m)


def fits_lorry(tags: Tags) -> bool:
    """Whether weight, height, width and length limits let lorries pass.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    bool
        As `fits` for `Mode.HGV`.
    """
    return fits(tags, Mode.HGV)
