"""All attributes of a way in one go."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import inf, nan
from typing import Final, TypeVar

from itas_mobility.core import Mode, RoadClass
from itas_mobility.network.tags import (
    access,
    dimensions,
    direction,
    durations,
    incline,
    lanes,
    notes,
    road_classes,
    settlement,
    speed,
    surface,
)
from itas_mobility.network.tags.words import SIDES, Tags

RELEVANT_KEYS: Final = frozenset().union(
    *(
        module.KEYS
        for module in (
            access, dimensions, direction, durations, incline, lanes, notes, road_classes, settlement, speed, surface
        )
    )
)  # fmt: skip
"""Keys that decide an attribute; ways with the same values of these are read once."""


_Result = TypeVar("_Result")
_MOST_KNOWN: Final = 16384
"""Combinations of tags that are remembered per attribute; a country has a few thousand."""


def _remembered(parse: Callable[[Tags], _Result], keys: frozenset[str]) -> Callable[[Tags], _Result]:
    """A parser that works out each combination of the tags it reads once; ways differ mostly in others."""

    @lru_cache(maxsize=_MOST_KNOWN)
    def of_items(items: tuple[tuple[str, str], ...]) -> _Result:
        return parse(dict(items))

    def of_tags(tags: Tags) -> _Result:
        return of_items(tuple((key, tags[key]) for key in tags if key in keys))

    return of_tags


_entries = _remembered(access.parse_entries, access.KEYS)
_lane_counts = _remembered(lanes.parse_lane_counts, lanes.KEYS)
_limits = _remembered(speed.parse_limits, speed.KEYS)
_hgv_limits = _remembered(speed.parse_hgv_limits, speed.KEYS)
_bus_limits = _remembered(speed.parse_bus_limits, speed.KEYS)
_advisory_limits = _remembered(speed.parse_advisory_limits, speed.KEYS)
_is_built_up = _remembered(settlement.is_built_up, settlement.KEYS)
_motor_cap = _remembered(surface.parse_motor_cap, surface.KEYS)
_cycle_factor = _remembered(surface.parse_cycle_factor, surface.KEYS)
_notes = _remembered(notes.parse_notes, notes.KEYS)


@dataclass(frozen=True, slots=True)
class WayAttributes:
    """What the tags of one way say, by direction (index 0 with the way, 1 against it)."""

    road_class: RoadClass
    modes: tuple[Mode, Mode]
    limit_km_per_h: tuple[float, float]
    """Signed or zonal speed limit; 0 where none is known."""
    lanes: tuple[float, float]
    """Lanes for general traffic; 0 where not known."""
    is_built_up: bool
    destination: tuple[Mode, Mode] = (Mode(0), Mode(0))
    """Modes, of those above, that may only begin or end a trip there."""
    bus_lanes: tuple[float, float] = (0.0, 0.0)
    hgv_limit_km_per_h: tuple[float, float] = (inf, inf)
    bus_limit_km_per_h: tuple[float, float] = (inf, inf)
    """Highest speed of lorries and buses, by sign or law."""
    advisory_km_per_h: tuple[float, float] = (inf, inf)
    motor_cap_km_per_h: float = inf
    """What the ground leaves to motor vehicles."""
    cycle_share: float = 1.0
    """Share of their speed on asphalt that bicycles keep on the ground."""
    is_conveyed: bool = False
    """Escalators and moving walkways."""
    duration_s: float = 0.0
    """Time for the whole way (ferries, elevators); 0 where speeds decide."""
    slope: float = nan
    """Rise per length with the way; not a number where it is not told."""
    is_off_ground: bool = False
    """Bridges and tunnels."""
    notes: frozenset[str] = frozenset()
    """What links do not show, as the read report counts it."""


def parse_way(tags: Tags) -> WayAttributes | None:
    """All attributes of a way, None where it carries no traffic.

    Parameters
    ----------
    tags : mapping
        Tags of the way; keys that are not in `RELEVANT_KEYS` are not looked at.

    Returns
    -------
    WayAttributes or None
        Attributes by direction.
    """
    road_class = road_classes.parse_road_class(tags)
    if road_class is None:
        return None
    modes, destination = _entries(tags)
    general, bus = _lane_counts(tags)
    return WayAttributes(
        road_class=road_class,
        modes=modes,
        limit_km_per_h=_limits(tags),
        lanes=general,
        is_built_up=_is_built_up(tags),
        destination=destination,
        bus_lanes=bus,
        hgv_limit_km_per_h=_hgv_limits(tags),
        bus_limit_km_per_h=_bus_limits(tags),
        advisory_km_per_h=_advisory_limits(tags),
        motor_cap_km_per_h=_motor_cap(tags),
        cycle_share=_cycle_factor(tags),
        is_conveyed=tags.get("conveying") in {*SIDES, "yes", "reversible"}
        and road_class in {RoadClass.STEPS, RoadClass.FOOTWAY},
        duration_s=durations.parse_way_duration(tags),
        slope=incline.parse_incline(tags),
        is_off_ground=incline.is_off_ground(tags),
        notes=_notes(tags),
    )
