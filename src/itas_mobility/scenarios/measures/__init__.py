"""Measures, one file per family. `MEASURES` is the registry by the name used in scenario files."""

from typing import Annotated, Final, get_args

from pydantic import Field, TypeAdapter

from itas_mobility.scenarios.measures.base import Measure, Setting
from itas_mobility.scenarios.measures.emobility import ChargingPoints, ElectricShare
from itas_mobility.scenarios.measures.roads import ChangeSpeed, CloseRoad
from itas_mobility.scenarios.measures.sites import ChangeAttendance, ChangeHeadCount, MoveSite, StaggerShift
from itas_mobility.scenarios.measures.transit import AddLine, ChangeHeadway, ExtendLine, RemoveLine

AnyMeasure = Annotated[
    AddLine
    | ChangeAttendance
    | ChangeHeadCount
    | ChangeHeadway
    | ChangeSpeed
    | ChargingPoints
    | CloseRoad
    | ElectricShare
    | ExtendLine
    | MoveSite
    | RemoveLine
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
    "AnyMeasure",
    "ChangeAttendance",
    "ChangeHeadCount",
    "ChangeHeadway",
    "ChangeSpeed",
    "ChargingPoints",
    "CloseRoad",
    "ElectricShare",
    "ExtendLine",
    "Measure",
    "MoveSite",
    "RemoveLine",
    "Setting",
    "StaggerShift",
]
