"""Free speeds of the modes on a way, and what slopes do to bicycles and people on foot."""

from math import exp
from typing import Final

import numpy as np

from itas_mobility.core import Mode, RoadClass
from itas_mobility.core.columns import FloatArray
from itas_mobility.network.tags.capacity import LinkDefaults
from itas_mobility.network.tags.speed import URBAN_LIMIT_KM_PER_H
from itas_mobility.network.tags.way import WayAttributes
from itas_mobility.network.tags.words import CYCLES, MOTOR

WALK_KM_PER_H: Final = 4.83
"""Mean free walking speed 1.34 m/s (Weidmann 1993, Transporttechnik der Fussgänger)."""
STEPS_KM_PER_H: Final = 2.2
"""Mean speed on stairs, up and down, along the slope 0.61 m/s (Weidmann 1993)."""
ESCALATOR_KM_PER_H: Final = 1.8
"""Usual speed of escalators, 0.5 m/s (EN 115-1 allows 0.75); people stand."""
BIKE_KM_PER_H: Final = 15.3
PEDELEC_KM_PER_H: Final = 17.4
"""Mean speeds of bicycles and pedelecs (Schleinitz et al. 2017, German Naturalistic Cycling Study)."""
URBAN_SPEED_FACTOR: Final = 0.9
"""Free speed as a share of limits up to 50 km/h, for bends and junctions; value of MATSim's LinkProperties."""

FLAT_CYCLE_KM_PER_H: Final = 21.6
UPHILL_LOSS_KM_PER_H: Final = 1.44
DOWNHILL_GAIN_KM_PER_H: Final = 0.86
"""Cycling speed on the level, its loss per 1 % uphill and its gain per 1 % downhill (Parkin and Rotheram 2010); used
as shares of the speed on the level."""
DOWNHILL_GAIN_UP_TO: Final = 0.06
"""Assumption: steeper downhills are braked, the gain grows no more."""
SLOWEST_CYCLE_SHARE: Final = 0.3
"""Assumption: below this share of their speed on the level (about walking pace) people push."""
PEDELEC_LOSS_SHARE: Final = 0.5
"""Assumption: the motor takes half of what a slope costs."""
TOBLER_DECAY: Final = 3.5
TOBLER_OFFSET: Final = 0.05
"""Tobler 1993 (hiking function): walking speed falls with exp(-3.5 |slope + 0.05|), fastest slightly downhill; used as
a share of the speed on the level."""


def free_speed_km_per_h(attributes: WayAttributes, side: int, mode: Mode, defaults: LinkDefaults) -> float:
    """Free speed of a mode on one direction of a way, on level ground.

    Parameters
    ----------
    attributes : WayAttributes
        What the tags say.
    side : {0, 1}
        With or against the way.
    mode : Mode
        One mode.
    defaults : LinkDefaults
        Of the way's class.

    Returns
    -------
    float
        Speed in km/h, positive.
    """
    if attributes.road_class == RoadClass.FERRY:
        # who is carried has the carrier's speed
        return attributes.limit_km_per_h[side] or defaults.speed_rural_km_per_h
    if mode is Mode.WALK:
        return _walking(attributes)
    if mode in {Mode.BIKE, Mode.PEDELEC}:
        speed = (BIKE_KM_PER_H if mode is Mode.BIKE else PEDELEC_KM_PER_H) * attributes.cycle_share
        limit = attributes.limit_km_per_h[side]
        return min(speed, limit) if limit > 0.0 else speed
    return _driving(attributes, side, mode, defaults)


def _walking(attributes: WayAttributes) -> float:
    is_steps = attributes.road_class == RoadClass.STEPS
    if attributes.is_conveyed:
        return ESCALATOR_KM_PER_H if is_steps else WALK_KM_PER_H + ESCALATOR_KM_PER_H
    return STEPS_KM_PER_H if is_steps else WALK_KM_PER_H


def _driving(attributes: WayAttributes, side: int, mode: Mode, defaults: LinkDefaults) -> float:
    limit = attributes.limit_km_per_h[side]
    if limit == 0.0:
        speed = defaults.speed_urban_km_per_h if attributes.is_built_up else defaults.speed_rural_km_per_h
    elif limit <= URBAN_LIMIT_KM_PER_H and mode in MOTOR:
        speed = limit * URBAN_SPEED_FACTOR
    else:
        speed = limit
    if mode not in MOTOR:
        return speed
    speed = min(speed, attributes.advisory_km_per_h[side], attributes.motor_cap_km_per_h)
    if mode is Mode.HGV:
        return min(speed, attributes.hgv_limit_km_per_h[side])
    if mode is Mode.BUS:
        return min(speed, attributes.bus_limit_km_per_h[side])
    # free speeds above the advisory speed are not driven on average: capped at the class's free speed on motorways
    if attributes.road_class == RoadClass.MOTORWAY:
        return min(speed, defaults.speed_rural_km_per_h)
    return speed


def slope_speed_share(slope: FloatArray, mode: Mode) -> FloatArray:
    """Share of the speed on level ground that bicycles, pedelecs and people on foot keep on a slope.

    Parameters
    ----------
    slope : ndarray of shape (n,)
        Rise per length in the direction of travel, positive uphill.
    mode : Mode
        One mode.

    Returns
    -------
    ndarray of shape (n,)
        Shares, above 1 downhill; 1 for modes with motors alone. Bicycles after Parkin and Rotheram 2010, pedelecs
        with half the loss, feet after Tobler 1993.
    """
    slope = np.asarray(slope, float)
    if mode is Mode.WALK:
        level = exp(-TOBLER_DECAY * TOBLER_OFFSET)
        return np.asarray(np.exp(-TOBLER_DECAY * np.abs(slope + TOBLER_OFFSET)) / level)
    if not mode & CYCLES:
        return np.ones(slope.shape)
    loss = UPHILL_LOSS_KM_PER_H / FLAT_CYCLE_KM_PER_H * (PEDELEC_LOSS_SHARE if mode is Mode.PEDELEC else 1.0)
    gain = DOWNHILL_GAIN_KM_PER_H / FLAT_CYCLE_KM_PER_H
    percent = 100.0 * np.maximum(slope, -DOWNHILL_GAIN_UP_TO)
    share = np.where(percent > 0.0, 1.0 - loss * percent, 1.0 - gain * percent)
    return np.maximum(share, SLOWEST_CYCLE_SHARE)
