"""Nodes that let some modes pass and others not: barriers, and access tags on the road itself."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from itas_mobility.core import Mode
from itas_mobility.network.tags.access import ACCESS_KEYS, ALL_ACCESS_KEYS, Entry, parse_access
from itas_mobility.network.tags.dimensions import KEYS as DIMENSION_KEYS
from itas_mobility.network.tags.dimensions import fits
from itas_mobility.network.tags.words import ALL_ROAD, CYCLES, Tags

_SLIM: Final = CYCLES | Mode.WALK
_FEET: Final = Mode.WALK

BARRIERS: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        # wiki Key:barrier; what a barrier lets pass where no access tag stands on it. A gate that somebody can open
        # counts as open (OSRM), since gates that stay shut carry an access tag.
        "no": ALL_ROAD,
        "gate": ALL_ROAD,
        "lift_gate": ALL_ROAD,
        "swing_gate": ALL_ROAD,
        "sliding_gate": ALL_ROAD,
        "sliding_beam": ALL_ROAD,
        "hampshire_gate": ALL_ROAD,
        "bump_gate": ALL_ROAD,
        "rising_bollard": ALL_ROAD,
        "entrance": ALL_ROAD,
        "cattle_grid": ALL_ROAD,
        "kerb": ALL_ROAD,
        "toll_booth": ALL_ROAD,
        "border_control": ALL_ROAD,
        "checkpoint": ALL_ROAD,
        "sally_port": ALL_ROAD,
        "coupure": ALL_ROAD,
        "height_restrictor": ALL_ROAD,
        "width_restrictor": ALL_ROAD,
        "arch": ALL_ROAD,
        "hump": ALL_ROAD,
        "spikes": ALL_ROAD,
        "bollard": _SLIM,
        "bollards": _SLIM,
        "block": _SLIM,
        "jersey_barrier": _FEET,
        "concrete_block": _SLIM,
        "boulder": _SLIM,
        "debris": _FEET,
        "log": _FEET,
        "planter": _SLIM,
        "cycle_barrier": _SLIM,
        "motorcycle_barrier": _SLIM,
        "chain": _SLIM,
        "rope": _SLIM,
        "barrier_board": _SLIM,
        "bar": _FEET,
        "stile": _FEET,
        "kissing_gate": _FEET,
        "turnstile": _FEET,
        "full-height_turnstile": _FEET,
        "horse_stile": _FEET,
        "wicket_gate": _SLIM,
        "bus_trap": Mode.BUS | Mode.HGV | _SLIM,
        "sump_buster": Mode.BUS | Mode.HGV | _SLIM,
        "tank_trap": _FEET,
        "wall": Mode(0),
        "fence": Mode(0),
        "hedge": Mode(0),
        "city_wall": Mode(0),
        "retaining_wall": Mode(0),
        "guard_rail": Mode(0),
        "ditch": Mode(0),
    }
)
"""``barrier`` -> modes that pass where no access tag stands."""
UNKNOWN_BARRIER: Final = _FEET
"""Barriers of other kinds, ``barrier=yes`` too: feet find a way round, wheels do not (OSRM)."""

_ROAD_HIGHWAYS: Final = frozenset(
    {
        "traffic_signals", "stop", "give_way", "turning_circle", "turning_loop", "mini_roundabout",
        "motorway_junction", "passing_place", "speed_camera", "toll_gantry", "milestone",
    }
)  # fmt: skip
_THINGS: Final = (
    "amenity", "shop", "entrance", "office", "tourism", "leisure", "building", "public_transport", "healthcare",
    "craft", "man_made", "emergency", "information", "historic", "advertising", "place", "door", "parking",
)  # fmt: skip

NODE_KEYS: Final = frozenset({"barrier", "highway", "crossing", "ford", *ALL_ACCESS_KEYS})
"""A node keeps its tags if it carries one of these."""
PASSING_KEYS: Final = frozenset(
    {"barrier", "bollard", "locked", "highway", "ford", "railway", *_THINGS, *ALL_ACCESS_KEYS, *DIMENSION_KEYS}
)
"""Keys that `passes_node` reads."""


def _is_road(tags: Tags) -> bool:
    """Whether a node without a barrier is a piece of the road, so that its access tags speak of the road.

    Access tags on other nodes describe the thing that stands there: a shop, a car park's entrance, a stop, a crossing
    (who may cross, not who may drive on).
    """
    highway = tags.get("highway")
    if highway is not None and highway not in _ROAD_HIGHWAYS:
        return False
    return not any(key in tags for key in _THINGS)


def passes_node(tags: Tags, mode: Mode) -> bool:
    """Whether a mode passes a node with these tags.

    Parameters
    ----------
    tags : mapping
        Tags of the node.
    mode : Mode
        One mode.

    Returns
    -------
    bool
        Access tags on the node decide, else the kind of barrier; a gate without access tag is taken for open unless
        it is locked. Limits of height, width and weight close it to vehicles that are too large. Fords, kerbs and
        turning circles do not close; stepping stones carry feet only.
    """
    if mode not in ACCESS_KEYS:
        return True
    barrier = tags.get("barrier")
    if barrier is not None:
        default = BARRIERS.get(barrier, UNKNOWN_BARRIER)
        if barrier == "bollard" and tags.get("bollard") == "rising":
            # it opens for those who may pass, like a gate (OSRM)
            default = ALL_ROAD
        if tags.get("locked") == "yes":
            default = Mode(0)
    elif tags.get("highway") == "elevator" and mode not in _SLIM:
        # a lift that stands at a road leads to it; what drives there passes by
        return True
    elif tags.get("ford") == "stepping_stones":
        return mode is Mode.WALK
    elif _is_road(tags) or tags.get("highway") == "elevator":
        default = ALL_ROAD
    else:
        return True
    entry = parse_access(tags, mode, default=Entry.OPEN if default & mode else Entry.CLOSED)
    return entry > Entry.CLOSED and (mode is Mode.WALK or fits(tags, mode))
