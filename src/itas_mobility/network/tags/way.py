"""All attributes of a way in one go."""

from dataclasses import dataclass
from math import inf, nan
from typing import Final

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
    modes, destination = access.parse_entries(tags)
    general, bus = lanes.parse_lane_counts(tags)
    return WayAttributes(
        road_class=road_class,
        modes=modes,
        limit_km_per_h=speed.parse_limits(tags),
        lanes=general,
        is_built_up=settlement.is_built_up(tags),
        destination=destination,
        bus_lanes=bus,
        hgv_limit_km_per_h=speed.parse_hgv_limits(tags),
        bus_limit_km_per_h=speed.parse_bus_limits(tags),
        advisory_km_per_h=speed.parse_advisory_limits(tags),
        motor_cap_km_per_h=surface.parse_motor_cap(tags),
        cycle_share=surface.parse_cycle_factor(tags),
        is_conveyed=tags.get("conveying") in {*SIDES, "yes", "reversible"}
        and road_class in {RoadClass.STEPS, RoadClass.FOOTWAY},
        duration_s=durations.parse_way_duration(tags),
        slope=incline.parse_incline(tags),
        is_off_ground=incline.is_off_ground(tags),
        notes=notes.parse_notes(tags),
    )
