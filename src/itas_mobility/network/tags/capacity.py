"""Capacity, speed and volume-delay class of a link: a table by class, built-up area and signals."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from itas_mobility.core import RoadClass, VdfKind

SATURATION_VEH_PER_H: Final = 2000.0
"""Saturation flow of a lane at a signal: basic value of the German capacity manual (HBS 2015, signals)."""
SHORT_LINK_M: Final = 30.0
"""Assumption: width of a large junction. Signals closer to where a link starts are those of the junction it leaves."""

_MAJOR_GREEN: Final = 0.5
_MINOR_GREEN: Final = 0.35
GREEN_SHARES: Final[Mapping[RoadClass, float]] = MappingProxyType(
    {
        # Assumption: of a cycle with two phases and some 15 % lost time the main road gets about half; streets that
        # meet main roads get what is left
        RoadClass.MOTORWAY: _MAJOR_GREEN,
        RoadClass.MOTORWAY_LINK: 0.4,
        RoadClass.TRUNK: _MAJOR_GREEN,
        RoadClass.TRUNK_LINK: 0.4,
        RoadClass.PRIMARY: _MAJOR_GREEN,
        RoadClass.PRIMARY_LINK: 0.4,
        RoadClass.SECONDARY: 0.45,
        RoadClass.SECONDARY_LINK: 0.4,
        RoadClass.TERTIARY: 0.4,
        RoadClass.TERTIARY_LINK: _MINOR_GREEN,
    }
)
"""Class -> share of the cycle in which a link of this class has green; `_MINOR_GREEN` for the rest."""


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
    capacity_urban_per_lane_veh_per_h : float, optional
        Hourly capacity of one lane in built-up areas; as outside where it is not given.
    green_share : float, optional
        Share of green at signals; that of `GREEN_SHARES` where it is not given.
    vdf : VdfKind, default=VdfKind.BPR
        Form of the volume-delay function.
    """

    capacity_per_lane_veh_per_h: float
    speed_urban_km_per_h: float
    speed_rural_km_per_h: float
    lanes: float = 1.0
    vdf_alpha: float = 0.15
    vdf_beta: float = 4.0
    capacity_urban_per_lane_veh_per_h: float | None = None
    green_share: float | None = None
    vdf: VdfKind = VdfKind.BPR


_D = LinkDefaults
LINK_DEFAULTS: Final[Mapping[RoadClass, LinkDefaults]] = MappingProxyType(
    {
        # Capacities: MATSim's LinkProperties (defaults for OpenStreetMap ways), which make no difference between
        # streets inside and outside built-up areas; urban speeds: limit 50 x 0.9, below that MATSim's values for
        # streets whose speed is set by frontage; rural speeds: MATSim's for motorway to primary, below that
        # assumption (limit 100 is not driven on minor roads). BPR 0.15 and 4: Bureau of Public Roads 1964, the
        # published default.
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
        RoadClass.FERRY: _D(300, 10, 10),  # assumption: river ferries, waiting for the boat included
        RoadClass.RAIL: _D(20, 60, 100),
        RoadClass.TRAMWAY: _D(60, 30, 50),
        RoadClass.OTHER: _D(300, 45, 60),
    }
)
"""Class -> defaults; overridden one by one through the argument `link_defaults` of `read_osm`."""


def capacity_per_lane_veh_per_h(
    road_class: RoadClass, defaults: LinkDefaults, *, is_built_up: bool, is_signalised: bool
) -> float:
    """Hourly capacity of one lane.

    Parameters
    ----------
    road_class : RoadClass
        Class.
    defaults : LinkDefaults
        Of this class.
    is_built_up : bool
        Whether the link lies in a built-up area.
    is_signalised : bool
        Whether traffic signals hold up traffic on it; the capacity is then at most saturation flow times green share.

    Returns
    -------
    float
        Vehicles per hour and lane.
    """
    capacity = defaults.capacity_per_lane_veh_per_h
    if is_built_up and defaults.capacity_urban_per_lane_veh_per_h is not None:
        capacity = defaults.capacity_urban_per_lane_veh_per_h
    if not is_signalised:
        return capacity
    green = GREEN_SHARES.get(road_class, _MINOR_GREEN) if defaults.green_share is None else defaults.green_share
    return min(capacity, SATURATION_VEH_PER_H * green)
