"""Measures, one file per family. `MEASURES` is the registry by the name used in scenario files."""

from typing import Annotated, Final, get_args

from pydantic import Field, TypeAdapter

from itas_mobility.scenarios.measures.base import Measure, Setting
from itas_mobility.scenarios.measures.commuting_offers import Carpooling, JobBicycle, ParkingPrice, ParkingSpaces
from itas_mobility.scenarios.measures.conditions import SetTemperature, SetYear
from itas_mobility.scenarios.measures.emobility import (
    ChargingPoints,
    CompanyCars,
    ElectricShare,
    HomeChargingOffer,
    ManagedCharging,
    PlugInPolicy,
)
from itas_mobility.scenarios.measures.lines import (
    AddLine,
    AddStop,
    BusPriority,
    ChangeHeadway,
    ChangeSpan,
    ExtendLine,
    RemoveLine,
    RemoveStop,
    RerouteLine,
)
from itas_mobility.scenarios.measures.new_sites import OpenSite
from itas_mobility.scenarios.measures.parking import BikeAndRide, ParkAndRide
from itas_mobility.scenarios.measures.roads import ChangeSpeed, CloseRoad
from itas_mobility.scenarios.measures.shuttles import CompanyShuttle, OnDemandShuttle
from itas_mobility.scenarios.measures.site_power import (
    AddStationaryBattery,
    ConnectionUpgrade,
    Dimming,
    Photovoltaic,
    PriceSeries,
)
from itas_mobility.scenarios.measures.sites import (
    ChangeAttendance,
    ChangeHeadCount,
    CloseSite,
    MergeShifts,
    MoveJobs,
    MoveSite,
    StaggerShift,
)
from itas_mobility.scenarios.measures.tickets import ChangeFare, FlatTicket, JobTicket
from itas_mobility.scenarios.measures.timetables import ClockFace, RetimeToShift, ServiceDay

AnyMeasure = Annotated[
    AddLine
    | AddStationaryBattery
    | AddStop
    | BikeAndRide
    | BusPriority
    | Carpooling
    | ChangeAttendance
    | ChangeFare
    | ChangeHeadCount
    | ChangeHeadway
    | ChangeSpan
    | ChangeSpeed
    | ChargingPoints
    | ClockFace
    | CloseRoad
    | CloseSite
    | CompanyCars
    | CompanyShuttle
    | ConnectionUpgrade
    | Dimming
    | ElectricShare
    | ExtendLine
    | FlatTicket
    | HomeChargingOffer
    | JobBicycle
    | JobTicket
    | ManagedCharging
    | MergeShifts
    | MoveJobs
    | MoveSite
    | OnDemandShuttle
    | OpenSite
    | ParkAndRide
    | ParkingPrice
    | ParkingSpaces
    | Photovoltaic
    | PlugInPolicy
    | PriceSeries
    | RemoveLine
    | RemoveStop
    | RerouteLine
    | RetimeToShift
    | ServiceDay
    | SetTemperature
    | SetYear
    | StaggerShift,
    Field(discriminator="type"),
]
MEASURES: Final[dict[str, type[Measure]]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(AnyMeasure)[0])
}
MEASURE_ADAPTER: Final[TypeAdapter[AnyMeasure]] = TypeAdapter(AnyMeasure)

__all__ = [
    "MEASURES",
    "MEASURE_ADAPTER",
    "AddLine",
    "AddStationaryBattery",
    "AddStop",
    "AnyMeasure",
    "BikeAndRide",
    "BusPriority",
    "Carpooling",
    "ChangeAttendance",
    "ChangeFare",
    "ChangeHeadCount",
    "ChangeHeadway",
    "ChangeSpan",
    "ChangeSpeed",
    "ChargingPoints",
    "ClockFace",
    "CloseRoad",
    "CloseSite",
    "CompanyCars",
    "CompanyShuttle",
    "ConnectionUpgrade",
    "Dimming",
    "ElectricShare",
    "ExtendLine",
    "FlatTicket",
    "HomeChargingOffer",
    "JobBicycle",
    "JobTicket",
    "ManagedCharging",
    "Measure",
    "MergeShifts",
    "MoveJobs",
    "MoveSite",
    "OnDemandShuttle",
    "OpenSite",
    "ParkAndRide",
    "ParkingPrice",
    "ParkingSpaces",
    "Photovoltaic",
    "PlugInPolicy",
    "PriceSeries",
    "RemoveLine",
    "RemoveStop",
    "RerouteLine",
    "RetimeToShift",
    "ServiceDay",
    "SetTemperature",
    "SetYear",
    "Setting",
    "StaggerShift",
]


def __dir__() -> list[str]:
    return sorted(__all__)
