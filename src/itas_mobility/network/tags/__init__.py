"""From OpenStreetMap tags to attributes of a link: one small parser per attribute, each constant with its source.

What the comments call wiki, OSRM, StVO and so on is told in `words`.
"""

from itas_mobility.network.tags.access import (
    ACCESS_KEYS,
    DEFAULT_MODES,
    Entry,
    parse_access,
    parse_entries,
    parse_modes,
)
from itas_mobility.network.tags.barriers import BARRIERS, NODE_KEYS, PASSING_KEYS, passes_node
from itas_mobility.network.tags.capacity import (
    GREEN_SHARES,
    LINK_DEFAULTS,
    SATURATION_VEH_PER_H,
    SHORT_LINK_M,
    LinkDefaults,
    capacity_per_lane_veh_per_h,
)
from itas_mobility.network.tags.dimensions import VEHICLES, fits, fits_lorry
from itas_mobility.network.tags.direction import parse_direction, parse_foot_direction
from itas_mobility.network.tags.durations import parse_duration, parse_way_duration
from itas_mobility.network.tags.free_speed import (
    BIKE_KM_PER_H,
    PEDELEC_KM_PER_H,
    STEPS_KM_PER_H,
    WALK_KM_PER_H,
    free_speed_km_per_h,
    slope_speed_share,
)
from itas_mobility.network.tags.incline import is_off_ground, parse_incline
from itas_mobility.network.tags.lanes import parse_lane_counts, parse_lanes
from itas_mobility.network.tags.notes import parse_notes
from itas_mobility.network.tags.road_classes import (
    OSM_VALUES,
    RAIL_CLASSES,
    ROAD_CLASSES,
    WAY_KEYS,
    parse_ferry,
    parse_road_class,
)
from itas_mobility.network.tags.settlement import is_built_up
from itas_mobility.network.tags.signals import NOTED_NODES, parse_node_kind, parse_signal_sides
from itas_mobility.network.tags.speed import (
    parse_advisory_limits,
    parse_bus_limits,
    parse_hgv_limits,
    parse_limit,
    parse_limits,
)
from itas_mobility.network.tags.surface import parse_cycle_factor, parse_motor_cap
from itas_mobility.network.tags.way import RELEVANT_KEYS, WayAttributes, parse_way
from itas_mobility.network.tags.words import MODES, Direction, Tags, mode_bit, parse_number

__all__ = [
    "ACCESS_KEYS",
    "BARRIERS",
    "BIKE_KM_PER_H",
    "DEFAULT_MODES",
    "GREEN_SHARES",
    "LINK_DEFAULTS",
    "MODES",
    "NODE_KEYS",
    "NOTED_NODES",
    "OSM_VALUES",
    "PASSING_KEYS",
    "PEDELEC_KM_PER_H",
    "RAIL_CLASSES",
    "RELEVANT_KEYS",
    "ROAD_CLASSES",
    "SATURATION_VEH_PER_H",
    "SHORT_LINK_M",
    "STEPS_KM_PER_H",
    "VEHICLES",
    "WALK_KM_PER_H",
    "WAY_KEYS",
    "Direction",
    "Entry",
    "LinkDefaults",
    "Tags",
    "WayAttributes",
    "capacity_per_lane_veh_per_h",
    "fits",
    "fits_lorry",
    "free_speed_km_per_h",
    "is_built_up",
    "is_off_ground",
    "mode_bit",
    "parse_access",
    "parse_advisory_limits",
    "parse_bus_limits",
    "parse_cycle_factor",
    "parse_direction",
    "parse_duration",
    "parse_entries",
    "parse_ferry",
    "parse_foot_direction",
    "parse_hgv_limits",
    "parse_incline",
    "parse_lane_counts",
    "parse_lanes",
    "parse_limit",
    "parse_limits",
    "parse_modes",
    "parse_motor_cap",
    "parse_node_kind",
    "parse_notes",
    "parse_number",
    "parse_road_class",
    "parse_signal_sides",
    "parse_way",
    "parse_way_duration",
    "passes_node",
    "slope_speed_share",
]


def __dir__() -> list[str]:
    return sorted(__all__)
