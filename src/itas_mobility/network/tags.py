"""From OpenStreetMap tags to attributes of a link: one small parser per attribute, each constant with its source.

"Wiki" in the comments is the OpenStreetMap wiki page of the key (wiki.openstreetmap.org/wiki/Key:<key>) and its page
"OSM tags for routing" with the German access defaults; "StVO" is the German road traffic order, "StVZO" the German
vehicle order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from itas_mobility.core import Mode, RoadClass
from itas_mobility.errors import NetworkError
from itas_mobility.units import METRES_PER_KILOMETRE, METRES_PER_MILE

Tags: TypeAlias = Mapping[str, str]
Direction: TypeAlias = Literal["forward", "backward"]

MODES: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        "car": Mode.CAR,
        "hgv": Mode.HGV,
        "bus": Mode.BUS,
        "bike": Mode.BIKE,
        "walk": Mode.WALK,
        "foot": Mode.WALK,
        "tram": Mode.TRAM,
        "train": Mode.TRAIN,
    }
)
"""Names of modes in the public surface -> mode bit; ``foot`` is an alias of ``walk``."""

ROAD_CLASSES: Final[Mapping[str, RoadClass]] = MappingProxyType(
    {
        "motorway": RoadClass.MOTORWAY,
        "motorway_link": RoadClass.MOTORWAY_LINK,
        "trunk": RoadClass.TRUNK,
        "trunk_link": RoadClass.TRUNK_LINK,
        "primary": RoadClass.PRIMARY,
        "primary_link": RoadClass.PRIMARY_LINK,
        "secondary": RoadClass.SECONDARY,
        "secondary_link": RoadClass.SECONDARY_LINK,
        "tertiary": RoadClass.TERTIARY,
        "tertiary_link": RoadClass.TERTIARY_LINK,
        "unclassified": RoadClass.UNCLASSIFIED,
        "road": RoadClass.UNCLASSIFIED,
        "residential": RoadClass.RESIDENTIAL,
        "living_street": RoadClass.LIVING_STREET,
        "service": RoadClass.SERVICE,
        "track": RoadClass.TRACK,
        "pedestrian": RoadClass.PEDESTRIAN,
        "cycleway": RoadClass.CYCLEWAY,
        "footway": RoadClass.FOOTWAY,
        "platform": RoadClass.FOOTWAY,
        "path": RoadClass.PATH,
        "bridleway": RoadClass.PATH,
        "steps": RoadClass.STEPS,
        "busway": RoadClass.OTHER,
        "bus_guideway": RoadClass.OTHER,
    }
)
"""``highway`` -> class. Values that are not listed (construction, proposed, raceway, ...) carry no traffic."""

RAIL_CLASSES: Final[Mapping[str, RoadClass]] = MappingProxyType(
    {
        "rail": RoadClass.RAIL,
        "light_rail": RoadClass.RAIL,
        "narrow_gauge": RoadClass.RAIL,
        "tram": RoadClass.TRAMWAY,
    }
)
"""``railway`` -> class."""

OSM_VALUES: Final[Mapping[int, str]] = MappingProxyType(
    {int(road_class): value for value, road_class in reversed([*ROAD_CLASSES.items(), *RAIL_CLASSES.items()])}
    | {int(RoadClass.RAIL): "rail", int(RoadClass.CONNECTOR): "connector", int(RoadClass.OTHER): "busway"}
    | {int(RoadClass.FERRY): "ferry"}
)
"""Class -> the tag value it is written as."""

_MOTOR = Mode.CAR | Mode.HGV | Mode.BUS
_ALL_ROAD = _MOTOR | Mode.BIKE | Mode.WALK
_DEFAULT_MODES: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        # Wiki, German defaults: motorways and their links carry motor vehicles only
        "motorway": _MOTOR,
        "motorway_link": _MOTOR,
        # German trunk roads are built like motorways and nearly always closed to bicycles and feet (sign 331.1)
        "trunk": _MOTOR,
        "trunk_link": _MOTOR,
        # Wiki: farm and forest tracks are open to motor vehicles only where a tag says so
        "track": Mode.BIKE | Mode.WALK,
        "pedestrian": Mode.WALK,
        "cycleway": Mode.BIKE,
        "footway": Mode.WALK,
        "platform": Mode.WALK,
        "path": Mode.BIKE | Mode.WALK,
        "bridleway": Mode(0),
        "steps": Mode.WALK,
        "busway": Mode.BUS,
        "bus_guideway": Mode.BUS,
    }
)
"""``highway`` -> modes where no access tag stands; all others carry all road modes."""

ACCESS_KEYS: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        Mode.CAR: ("access", "vehicle", "motor_vehicle", "motorcar"),
        Mode.HGV: ("access", "vehicle", "motor_vehicle", "goods", "hgv"),
        Mode.BUS: ("access", "vehicle", "motor_vehicle", "psv", "bus"),
        Mode.BIKE: ("access", "vehicle", "bicycle"),
        Mode.WALK: ("access", "foot"),
    }
)
"""Wiki Key:access: from the general to the special; the last key that stands decides."""

_OPEN_VALUES: Final = frozenset(
    {"yes", "permissive", "designated", "official", "destination", "customers", "discouraged", "public", "permit_free"}
)
_CLOSED_VALUES: Final = frozenset(
    {
        "no", "private", "agricultural", "forestry", "agricultural;forestry", "emergency", "military", "restricted",
        "use_sidepath", "dismount", "permit", "residents", "employees", "psv", "bus", "taxi", "none", "impassable",
    }
)  # fmt: skip
"""Wiki Key:access. ``use_sidepath`` sends bicycles to a way beside; pushing a bicycle is not modelled."""
_OPEN_FOR_LORRIES: Final = frozenset({"delivery", "goods", "hgv", "local"})

RELEVANT_KEYS: Final = frozenset(
    {
        "highway", "railway", "service", "area", "junction", "oneway", "oneway:bicycle", "oneway:bus", "oneway:psv",
        "busway", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both", "cycleway:left:oneway",
        "cycleway:right:oneway", "maxspeed", "maxspeed:forward", "maxspeed:backward", "maxspeed:type",
        "source:maxspeed", "zone:maxspeed", "zone:traffic", "lanes", "lanes:forward", "lanes:backward", "lanes:bus",
        "lanes:psv", "lanes:bus:forward", "lanes:bus:backward", "lanes:psv:forward", "lanes:psv:backward", "motorroad",
        "maxweight", "maxheight", "maxwidth", "sidewalk", "bicycle_road",
        *(key + end for keys in ACCESS_KEYS.values() for key in keys for end in ("", ":forward", ":backward")),
    }
)  # fmt: skip
"""Keys that decide an attribute; ways with the same values of these are read once."""

HGV_CLOSED_BELOW_T: Final = 7.5
"""Weight limit (``maxweight``, signs 253 and 262) below which a way counts as closed to lorries; the class boundary
at which StVO section 3 lowers their speed."""
HGV_HEIGHT_M: Final = 4.0
HGV_WIDTH_M: Final = 2.55
"""Largest height and width of vehicles, StVZO section 32; lower limits close a way to lorries."""

WALK_KM_PER_H: Final = 4.83
"""Mean free walking speed 1.34 m/s (Weidmann 1993, Transporttechnik der Fussgänger)."""
STEPS_KM_PER_H: Final = 2.2
"""Mean speed on stairs, up and down, along the slope 0.61 m/s (Weidmann 1993)."""
BIKE_KM_PER_H: Final = 15.0
"""Cruising speed of a bicycle in town; assumption, door-to-door speeds of surveys lie lower because of stops."""
BIKE_ROUGH_KM_PER_H: Final = 12.0
"""The same on tracks and paths; assumption."""
WALKING_PACE_KM_PER_H: Final = 7.0
"""German courts' reading of walking pace (Schrittgeschwindigkeit, 4 to 7 km/h) in living streets, StVO sign 325.1."""
ADVISORY_MOTORWAY_KM_PER_H: Final = 130.0
"""Advisory speed where there is no limit (Autobahn-Richtgeschwindigkeits-Verordnung 1978)."""
BUS_MAX_KM_PER_H: Final = 80.0
"""StVO section 3 (3) no. 2: buses outside built-up areas."""
HGV_MAX_KM_PER_H: Final = 60.0
HGV_MOTORWAY_MAX_KM_PER_H: Final = 80.0
"""StVO section 3 (3) no. 2b (lorries over 7.5 t) and section 18 (5) (motorways)."""
URBAN_SPEED_FACTOR: Final = 0.9
"""Free speed as a share of limits up to 50 km/h, for bends and junctions; value of MATSim's LinkProperties."""
SLOWEST_KM_PER_H: Final = 3.0
"""Limits below are taken for mistyped (the slowest signed limits are 3 mph and 4 km/h)."""

_ZONE_LIMITS: Final[Mapping[str, float]] = MappingProxyType(
    {
        # StVO section 3 (3): 50 inside, 100 outside built-up areas for cars
        "urban": 50.0,
        "rural": 100.0,
        "motorway": ADVISORY_MOTORWAY_KM_PER_H,
        "trunk": ADVISORY_MOTORWAY_KM_PER_H,
        "living_street": WALKING_PACE_KM_PER_H,
        "bicycle_road": 30.0,  # StVO sign 244.1
        "walk": WALKING_PACE_KM_PER_H,
    }
)


@dataclass(frozen=True, slots=True)
class LinkDefaults:
    """What a link of one class has where its tags say nothing.

    Attributes
    ----------
    capacity_per_lane_veh_per_h : float
        Hourly capacity of one lane.
    speed_urban_km_per_h, speed_rural_km_per_h : float
        Free speed without a limit's tag, inside and outside built-up areas.
    lanes : float
        Lanes per direction.
    vdf_alpha, vdf_beta : float
        Factor and power of the volume-delay function.
    """

    capacity_per_lane_veh_per_h: float
    speed_urban_km_per_h: float
    speed_rural_km_per_h: float
    lanes: float = 1.0
    vdf_alpha: float = 0.15
    vdf_beta: float = 4.0


_D = LinkDefaults
LINK_DEFAULTS: Final[Mapping[RoadClass, LinkDefaults]] = MappingProxyType(
    {
        # Capacities: MATSim's LinkProperties (defaults for OpenStreetMap ways); urban speeds: limit 50 x 0.9, below
        # that MATSim's values for streets whose speed is set by frontage; rural speeds: MATSim's for motorway to
        # primary, below that assumption (limit 100 is not driven on minor roads). BPR 0.15 and 4: Bureau of Public
        # Roads 1964, the published default.
        RoadClass.MOTORWAY: _D(2000, 80, 120, lanes=2),
        RoadClass.MOTORWAY_LINK: _D(1500, 50, 60),
        RoadClass.TRUNK: _D(2000, 63, 90, lanes=1),
        RoadClass.TRUNK_LINK: _D(1500, 45, 50),
        RoadClass.PRIMARY: _D(1500, 45, 80),
        RoadClass.PRIMARY_LINK: _D(1500, 45, 50),
        RoadClass.SECONDARY: _D(800, 45, 75),
        RoadClass.SECONDARY_LINK: _D(800, 45, 50),
        RoadClass.TERTIARY: _D(600, 45, 65),
        RoadClass.TERTIARY_LINK: _D(600, 40, 45),
        RoadClass.UNCLASSIFIED: _D(600, 40, 55),
        RoadClass.RESIDENTIAL: _D(600, 27, 27),  # most are in 30 zones: 30 x 0.9
        RoadClass.LIVING_STREET: _D(300, 7, 7),
        RoadClass.SERVICE: _D(300, 15, 15),
        RoadClass.TRACK: _D(300, 15, 15),
        RoadClass.PEDESTRIAN: _D(300, 7, 7),
        RoadClass.CYCLEWAY: _D(300, 15, 15),
        RoadClass.FOOTWAY: _D(300, 7, 7),
        RoadClass.PATH: _D(300, 7, 7),
        RoadClass.STEPS: _D(300, 7, 7),
        RoadClass.FERRY: _D(300, 10, 10),
        RoadClass.RAIL: _D(20, 60, 100),
        RoadClass.TRAMWAY: _D(60, 30, 50),
        RoadClass.OTHER: _D(300, 45, 60),
    }
)
"""Class -> defaults; overridden one by one through the argument `link_defaults` of `read_osm`."""


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


def mode_bit(mode: str) -> Mode:
    """The mode bit of a mode's name.

    Parameters
    ----------
    mode : str
        One of car, hgv, bus, bike, walk (or foot), tram, train.

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


def parse_road_class(tags: Tags) -> RoadClass | None:
    """Class of a way, None where it carries no traffic (areas, roads under construction, unknown values).

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    RoadClass or None
        Class.
    """
    if tags.get("area") == "yes":
        return None
    road_class = ROAD_CLASSES.get(tags.get("highway", ""))
    if road_class is None:
        road_class = RAIL_CLASSES.get(tags.get("railway", ""))
    return road_class


def parse_direction(tags: Tags) -> tuple[bool, bool]:
    """Whether vehicles may go with and against a way.

    Motorways and roundabouts imply one direction (wiki Key:oneway); motorway links do not. Reversible ways are closed
    both ways, because their direction at a time is not known; alternating ones are open both ways.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : bool
        Open with, against the way.
    """
    return _direction(tags.get("oneway", ""), implied=_implies_oneway(tags))


def _implies_oneway(tags: Tags) -> bool:
    return tags.get("highway") == "motorway" or tags.get("junction") in {"roundabout", "circular"}


def _direction(value: str, *, implied: bool) -> tuple[bool, bool]:
    if value in {"yes", "true", "1"}:
        return True, False
    if value in {"-1", "reverse"}:
        return False, True
    if value == "reversible":
        return False, False
    if value in {"no", "false", "0", "alternating"} or not implied:
        return True, True
    return True, False


def parse_bicycle_direction(tags: Tags) -> tuple[bool, bool]:
    """Whether bicycles may go with and against a way (``oneway:bicycle``, contraflow ``cycleway``).

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : bool
        Open with, against the way.
    """
    if "oneway:bicycle" in tags:
        return _direction(tags["oneway:bicycle"], implied=_implies_oneway(tags))
    forward, backward = parse_direction(tags)
    lanes = [tags.get(key, "") for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")]
    sides = (tags.get("cycleway:left:oneway"), tags.get("cycleway:right:oneway"))
    contraflow = any(value.startswith("opposite") for value in lanes) or "-1" in sides or "no" in sides
    if contraflow and forward != backward:
        return True, True
    return forward, backward


def parse_bus_direction(tags: Tags) -> tuple[bool, bool]:
    """Whether buses may go with and against a way (``oneway:bus``, ``oneway:psv``, contraflow ``busway``).

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : bool
        Open with, against the way.
    """
    for key in ("oneway:bus", "oneway:psv"):
        if key in tags:
            return _direction(tags[key], implied=_implies_oneway(tags))
    if tags.get("busway", "").startswith("opposite"):
        return True, True
    return parse_direction(tags)


def parse_access(tags: Tags, mode: Mode, *, default: bool, direction: Direction | None = None) -> bool:
    """Whether a mode may use a way or pass a barrier, by its access tags in their order of precedence.

    Parameters
    ----------
    tags : mapping
        Tags of the way or node.
    mode : Mode
        One road mode.
    default : bool
        What holds where no tag decides.
    direction : {"forward", "backward"}, optional
        Also read the keys that bind one direction (``motor_vehicle:backward``).

    Returns
    -------
    bool
        Open. ``destination`` and ``customers`` count as open (a trip may end there), ``private`` as closed.
    """
    is_open = default
    for key in ACCESS_KEYS[mode]:
        for name in (key, f"{key}:{direction}") if direction else (key,):
            value = tags.get(name)
            if value is None:
                continue
            if value in _OPEN_VALUES:
                is_open = True
            elif value in _OPEN_FOR_LORRIES:
                is_open = mode is Mode.HGV
            elif value in _CLOSED_VALUES:
                is_open = mode is Mode.BUS and value in {"psv", "bus"}
    return is_open


def parse_modes(tags: Tags) -> tuple[Mode, Mode]:
    """Modes that may go with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : Mode
        Mode bits.
    """
    if "highway" not in tags:
        rail = {RoadClass.RAIL: Mode.TRAIN, RoadClass.TRAMWAY: Mode.TRAM}.get(
            parse_road_class(tags) or RoadClass.OTHER, Mode(0)
        )
        forward, backward = parse_direction(tags)
        return (rail if forward else Mode(0)), (rail if backward else Mode(0))
    directions = {
        Mode.CAR: (vehicles := parse_direction(tags)),
        Mode.HGV: vehicles,
        Mode.BUS: parse_bus_direction(tags),
        Mode.BIKE: parse_bicycle_direction(tags),
        Mode.WALK: (True, True),  # StVO: one-way streets bind vehicles
    }
    default = _DEFAULT_MODES.get(tags["highway"], _ALL_ROAD)
    if tags.get("motorroad") == "yes":
        default &= ~(Mode.BIKE | Mode.WALK)
    if tags.get("sidewalk") in {"both", "left", "right", "yes"}:
        default |= Mode.WALK
    both = [Mode(0), Mode(0)]
    sides: tuple[Direction, Direction] = ("forward", "backward")
    for side, name in enumerate(sides):
        for mode, is_open in directions.items():
            if is_open[side] and parse_access(tags, mode, default=bool(default & mode), direction=name):
                both[side] |= mode
        if not fits_lorry(tags):
            both[side] &= ~Mode.HGV
    return both[0], both[1]


def fits_lorry(tags: Tags) -> bool:
    """Whether weight, height and width limits let lorries pass.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    bool
        False where a limit lies below `HGV_CLOSED_BELOW_T`, `HGV_HEIGHT_M` or `HGV_WIDTH_M`.
    """
    limits = (("maxweight", HGV_CLOSED_BELOW_T), ("maxheight", HGV_HEIGHT_M), ("maxwidth", HGV_WIDTH_M))
    for key, least in limits:
        value = parse_number(tags.get(key, ""))
        if value is not None and value < least:
            return False
    return True


_NUMBER: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(t|m|st|km/h|kmh|mph|knots)?\s*")


def parse_number(text: str) -> float | None:
    """A number with an optional unit of weight, length or speed (mph becomes km/h), None where there is none.

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    float or None
        The value in t, m or km/h.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    value = float(match[1])
    return value * METRES_PER_MILE / METRES_PER_KILOMETRE if match[2] == "mph" else value


def parse_limit(text: str) -> float:
    """Speed limit of a ``maxspeed`` value.

    Numbers in km/h or mph, ``none``, ``walk``, zones such as ``DE:urban``, ``DE:zone30`` or ``DE:30``; of a list the
    lowest.

    Parameters
    ----------
    text : str
        Tag value.

    Returns
    -------
    float
        Limit in km/h; 0 where the value says none (``signals``, ``variable``, nonsense).
    """
    limits = []
    for part in text.split(";"):
        word = part.strip().lower()
        number = parse_number(word)
        if number is None:
            zone = word.rpartition(":")[2]
            number = parse_number(zone.removeprefix("zone").removeprefix(":"))
            if word == "none":
                number = ADVISORY_MOTORWAY_KM_PER_H
            elif number is None:
                number = _ZONE_LIMITS.get(zone, 0.0)
        if number >= SLOWEST_KM_PER_H:
            limits.append(number)
    return min(limits, default=0.0)


def parse_limits(tags: Tags) -> tuple[float, float]:
    """Speed limits with and against a way.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        Limits in km/h, 0 where none is known.
    """
    general = next(
        (
            limit
            for key in ("maxspeed", "zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")
            if (limit := parse_limit(tags.get(key, ""))) > 0.0
        ),
        0.0,
    )
    if general == 0.0 and tags.get("highway") == "living_street":
        general = WALKING_PACE_KM_PER_H
    if general == 0.0 and tags.get("bicycle_road") == "yes":
        general = _ZONE_LIMITS["bicycle_road"]
    forward = parse_limit(tags.get("maxspeed:forward", "")) or general
    backward = parse_limit(tags.get("maxspeed:backward", "")) or general
    return forward, backward


def is_built_up(tags: Tags) -> bool:
    """Whether a way lies in a built-up area, as far as its own tags tell.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    bool
        By zone tags; else by a limit up to 50 km/h, a sidewalk, or a class that stands in settlements only.
    """
    for key in ("zone:traffic", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "maxspeed"):
        zone = tags.get(key, "").lower().rpartition(":")[2]
        if zone in {"urban", "living_street"} or (key != "maxspeed" and zone.startswith("zone")):
            return True
        if zone in {"rural", "motorway", "trunk"}:
            return False
    limit = parse_limit(tags.get("maxspeed", ""))
    if limit > 0.0:
        # StVO section 3: 50 is the limit inside; lower limits outside are rare and local
        return limit <= _ZONE_LIMITS["urban"]
    if tags.get("sidewalk") in {"both", "left", "right", "yes"}:
        return True
    return tags.get("highway") in {"residential", "living_street", "pedestrian"}


def parse_lanes(tags: Tags) -> tuple[float, float]:
    """Lanes for general traffic with and against a way; bus lanes are taken out.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    forward, backward : float
        Lanes per direction, 0 where not known; a two-way road with one lane has half a lane per direction. Values
        that are not whole positive numbers are ignored.
    """
    total = _whole(tags.get("lanes", ""))
    forward, backward = _whole(tags.get("lanes:forward", "")), _whole(tags.get("lanes:backward", ""))
    is_with, is_against = parse_direction(tags)
    if is_with and not is_against:
        forward, backward = forward or total, 0
    elif is_against and not is_with:
        forward, backward = 0, backward or total
    elif forward and not backward:
        backward = max(total - forward, 0)
    elif backward and not forward:
        forward = max(total - backward, 0)
    elif not forward and not backward:
        share = total / 2.0
        return _without_bus_lanes(tags, share, share)
    return _without_bus_lanes(tags, float(forward), float(backward))


def _without_bus_lanes(tags: Tags, forward: float, backward: float) -> tuple[float, float]:
    taken = [0.0, 0.0]
    for key in ("lanes:bus", "lanes:psv"):
        sides = [_whole(tags.get(f"{key}:{side}", "")) for side in ("forward", "backward")]
        if not any(sides):
            both = _whole(tags.get(key, ""))
            sides = [both, 0] if backward == 0.0 else [both // 2, both // 2]
        taken = [max(a, float(b)) for a, b in zip(taken, sides, strict=True)]
    # a direction keeps at least half a lane, or its access tags would have closed it
    left = [max(n - t, min(n, 0.5)) for n, t in zip((forward, backward), taken, strict=True)]
    return left[0], left[1]


def _whole(text: str) -> int:
    """A positive whole number of at most two digits, else 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0


BARRIERS: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        # wiki Key:barrier; what a barrier lets pass where no access tag stands on it
        "bollard": Mode.BIKE | Mode.WALK,
        "block": Mode.BIKE | Mode.WALK,
        "jersey_barrier": Mode.WALK,
        "debris": Mode.WALK,
        "log": Mode.WALK,
        "planter": Mode.BIKE | Mode.WALK,
        "cycle_barrier": Mode.BIKE | Mode.WALK,
        "motorcycle_barrier": Mode.BIKE | Mode.WALK,
        "chain": Mode.BIKE | Mode.WALK,
        "bar": Mode.WALK,
        "stile": Mode.WALK,
        "kissing_gate": Mode.WALK,
        "turnstile": Mode.WALK,
        "full-height_turnstile": Mode.WALK,
        "horse_stile": Mode.WALK,
        "wicket_gate": Mode.BIKE | Mode.WALK,
        "bus_trap": Mode.BUS | Mode.HGV | Mode.BIKE | Mode.WALK,
        "sump_buster": Mode.BUS | Mode.HGV | Mode.BIKE | Mode.WALK,
        "wall": Mode(0),
        "fence": Mode(0),
        "hedge": Mode(0),
        "city_wall": Mode(0),
        "retaining_wall": Mode(0),
        "guard_rail": Mode(0),
        "ditch": Mode(0),
    }
)
"""``barrier`` -> modes that pass; others (gate, lift_gate, kerb, entrance, cattle_grid, ...) let all pass."""

NODE_KEYS: Final = frozenset({"barrier", *(key for keys in ACCESS_KEYS.values() for key in keys)})


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
        Access tags on the node decide, else the kind of barrier; a gate without access tag is taken for open.
    """
    if mode not in ACCESS_KEYS:
        return True
    barrier = tags.get("barrier")
    if barrier is None:
        # access tags on other nodes describe the thing that stands there (a car park's entrance), not the road
        return True
    default = bool(BARRIERS.get(barrier, _ALL_ROAD) & mode)
    return parse_access(tags, mode, default=default)


def parse_way(tags: Tags) -> WayAttributes | None:
    """All attributes of a way, None where it carries no traffic.

    Parameters
    ----------
    tags : mapping
        Tags of the way.

    Returns
    -------
    WayAttributes or None
        Attributes by direction.
    """
    road_class = parse_road_class(tags)
    if road_class is None:
        return None
    return WayAttributes(road_class, parse_modes(tags), parse_limits(tags), parse_lanes(tags), is_built_up(tags))


def free_speed_km_per_h(attributes: WayAttributes, side: int, mode: Mode, defaults: LinkDefaults) -> float:
    """Free speed of a mode on one direction of a way.

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
    road_class = attributes.road_class
    if mode is Mode.WALK:
        return STEPS_KM_PER_H if road_class == RoadClass.STEPS else WALK_KM_PER_H
    if mode is Mode.BIKE:
        return BIKE_ROUGH_KM_PER_H if road_class in {RoadClass.TRACK, RoadClass.PATH} else BIKE_KM_PER_H
    limit = attributes.limit_km_per_h[side]
    if limit == 0.0:
        speed = defaults.speed_urban_km_per_h if attributes.is_built_up else defaults.speed_rural_km_per_h
    elif limit <= _ZONE_LIMITS["urban"] and mode in _MOTOR:
        speed = limit * URBAN_SPEED_FACTOR
    else:
        speed = limit
    if mode is Mode.HGV:
        is_motorway = road_class in {RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK}
        return min(speed, HGV_MOTORWAY_MAX_KM_PER_H if is_motorway else HGV_MAX_KM_PER_H)
    if mode is Mode.BUS:
        return min(speed, BUS_MAX_KM_PER_H)
    # free speeds above the advisory speed are not driven on average: capped at the class's free speed on motorways
    if road_class == RoadClass.MOTORWAY:
        return min(speed, defaults.speed_rural_km_per_h)
    return speed
