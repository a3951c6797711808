"""The nouns: frozen dataclasses of read-only arrays. No noun reads a file, plots or solves."""

from itas_mobility.core.access import AccessLegs, AccessMode
from itas_mobility.core.adoption import AdoptionFit
from itas_mobility.core.charging_case import ChargingCase
from itas_mobility.core.charging_places import ChargedWhere, ChargingHabits, CommuterGroups
from itas_mobility.core.charging_sessions import ChargingSessions, ChargingTaper
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.commuters import OTHERS, CommuterAccount, CommuterStatistics
from itas_mobility.core.consumer_surplus import ConsumerSurplus
from itas_mobility.core.count_statistics import CountStatistics
from itas_mobility.core.crowding import Crowding
from itas_mobility.core.emissions import Emissions
from itas_mobility.core.fares import Fares
from itas_mobility.core.feedback import ElasticEquilibrium
from itas_mobility.core.findings import Finding, Findings
from itas_mobility.core.fleet import Combustion, Fleet, Traction, VehicleClass
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.job_changes import JobAccount, JobChange
from itas_mobility.core.journey import Journey, JourneyLeg
from itas_mobility.core.journey_choice import JourneyChoice
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.line_offer import LineOffer
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.on_demand import OnDemandFleet, OnDemandRun
from itas_mobility.core.operation import LineContract, OperatingFigures
from itas_mobility.core.parking import ParkingBalance, SiteParking
from itas_mobility.core.person_groups import PersonGroups
from itas_mobility.core.plug import Plug
from itas_mobility.core.provenance import Parameter, Parameters, Source
from itas_mobility.core.published_range import PublishedRange
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.result import AssignmentResult, Bushes, TransitLoads, Unassigned
from itas_mobility.core.road import Access, LeftOut, Mode, ReadReport, RoadClass, RoadNetwork, VdfKind
from itas_mobility.core.route_use import PathList, SelectedTrips, TurnVolumes
from itas_mobility.core.search_limits import SearchLimits
from itas_mobility.core.site_supply import SiteSupply, StationaryBattery
from itas_mobility.core.sites import IndustrialSites, ShiftPattern
from itas_mobility.core.slices import SlicedAssignment
from itas_mobility.core.tariff import Bill, NetworkFee, Tariff
from itas_mobility.core.tour_choice import TourChoice
from itas_mobility.core.tours import DaySlices, TourSegment, TravelWindow, TravelWish
from itas_mobility.core.transit import ServiceDays, Timetable, TransitMode, TransitNetwork
from itas_mobility.core.trip_loads import TripLoads
from itas_mobility.core.user_class import UserClass
from itas_mobility.core.vehicle_sizes import VehicleSizes
from itas_mobility.core.volume_delay import Akcelik, Bpr, Conical, DelayTable, VolumeDelay
from itas_mobility.core.zones import ZoneKind, Zones

__all__ = [
    "OTHERS",
    "Access",
    "AccessLegs",
    "AccessMode",
    "AdoptionFit",
    "Akcelik",
    "AssignmentResult",
    "Bill",
    "Bpr",
    "Bushes",
    "ChargedWhere",
    "ChargingCase",
    "ChargingHabits",
    "ChargingSessions",
    "ChargingSite",
    "ChargingTaper",
    "ChargingWeek",
    "Combustion",
    "CommuterAccount",
    "CommuterGroups",
    "CommuterStatistics",
    "Conical",
    "ConsumerSurplus",
    "CountStatistics",
    "Crowding",
    "DaySlices",
    "DelayTable",
    "ElasticEquilibrium",
    "Emissions",
    "Fares",
    "Finding",
    "Findings",
    "Fleet",
    "HeadwayWaits",
    "IndustrialSites",
    "JobAccount",
    "JobChange",
    "Journey",
    "JourneyChoice",
    "JourneyLeg",
    "JourneySets",
    "JourneyWeights",
    "LeftOut",
    "LineContract",
    "LineOffer",
    "Mode",
    "ModeShares",
    "NetworkFee",
    "ODMatrix",
    "OnDemandFleet",
    "OnDemandRun",
    "OperatingFigures",
    "Parameter",
    "Parameters",
    "ParkingBalance",
    "PathList",
    "PersonGroups",
    "Plug",
    "PublishedRange",
    "ReadReport",
    "Region",
    "RoadClass",
    "RoadNetwork",
    "SearchLimits",
    "SelectedTrips",
    "ServiceDays",
    "ShiftPattern",
    "ShiftReachability",
    "SiteParking",
    "SiteSupply",
    "Skims",
    "SlicedAssignment",
    "Source",
    "StationaryBattery",
    "Tariff",
    "Timetable",
    "TourChoice",
    "TourSegment",
    "Traction",
    "TransitLoads",
    "TransitMode",
    "TransitNetwork",
    "TravelWindow",
    "TravelWish",
    "TripLoads",
    "TurnVolumes",
    "Unassigned",
    "UserClass",
    "VdfKind",
    "VehicleClass",
    "VehicleSizes",
    "VolumeDelay",
    "ZoneKind",
    "Zones",
]


def __dir__() -> list[str]:
    return sorted(__all__)
