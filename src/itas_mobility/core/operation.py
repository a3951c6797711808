"""What running lines takes: kilometres, hours, vehicles and money of a day, and contracts by the hour."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from itas_mobility.core.columns import BoolArray, ByteArray, Columns, FloatArray, IntArray, StrArray, html_card
from itas_mobility.core.transit import TransitMode, mode_names
from itas_mobility.errors import NetworkError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class LineContract:
    """What is agreed on lines beside their trips: seats, what an hour costs, a fleet that stands by.

    Raises
    ------
    NetworkError
        If it names no line, a number is negative, or a fleet has no hours or hours no fleet.
    """

    name: str
    """What the lines are called together; the line itself where there is one."""
    lines: tuple[str, ...]
    mode: TransitMode
    seats: int = 0
    """Of a vehicle; 0: not known."""
    cost_eur_per_h: float | None = None
    """Price of an hour of a vehicle in service, all costs included; None: what vehicles of this mode cost."""
    fleet: int = 0
    """Vehicles that stand by; 0: as many as the trips need. With a fleet, trips only stand for what passengers meet."""
    duty_h: float = 0.0
    """Hours of a day for which each vehicle of the fleet stands by."""

    def __post_init__(self) -> None:
        faults = [] if self.lines else ["names no line"]
        faults += [
            f"{name}={getattr(self, name)} must not be negative"
            for name in ("seats", "cost_eur_per_h", "fleet", "duty_h")
            if not (getattr(self, name) or 0) >= 0
        ]
        if (self.fleet > 0) != (self.duty_h > 0):
            faults.append(f"fleet={self.fleet} and duty_h={self.duty_h:g}: give both or neither")
        if faults:
            raise NetworkError(f"LineContract {self.name}: {'; '.join(faults)}")


@dataclass(frozen=True, eq=False)
class OperatingFigures:
    """Kilometres, hours, vehicles and cost of lines on a service day; row *i* of each column is a line of a mode.

    Raises
    ------
    NetworkError
        With all faults found.
    """

    line: StrArray
    mode: ByteArray
    """`TransitMode`, shape (n_lines,)."""
    trips: IntArray
    vehicle_km: FloatArray
    """In service, without ways to and from the depot; 0 for a fleet that stands by, whose ways are not known."""
    vehicle_h: FloatArray
    """From the first departure of each trip to its last arrival; the hours of duty of a fleet that stands by."""
    vehicles: IntArray
    """That the line needs by itself."""
    km_cost_eur: FloatArray
    hour_cost_eur: FloatArray
    vehicle_cost_eur: FloatArray
    """Parts of the line's cost: by kilometre, by hour, and its share of the fleet's cost by day."""
    is_estimated: BoolArray
    """Whether some lengths of the line are beelines times a detour."""
    fleet_mode: ByteArray
    """`TransitMode` of each fleet, shape (n_fleets,)."""
    fleet_vehicles: IntArray
    """That all lines of the mode need together: fewer than one by one where vehicles change lines."""

    def __post_init__(self) -> None:
        columns = Columns(self, "OperatingFigures", NetworkError)
        n, fleets = len(np.atleast_1d(self.line)), len(np.atleast_1d(self.fleet_mode))
        columns.array("line", str, (n,))
        columns.array("mode", np.uint8, (n,), high=max(TransitMode))
        for name in ("trips", "vehicles"):
            columns.array(name, np.int32, (n,), low=0)
        for name in ("vehicle_km", "vehicle_h", "km_cost_eur", "hour_cost_eur", "vehicle_cost_eur"):
            columns.array(name, np.float64, (n,), low=0)
        columns.array("is_estimated", np.bool_, (n,))
        columns.array("fleet_mode", np.uint8, (fleets,), high=max(TransitMode))
        columns.array("fleet_vehicles", np.int32, (fleets,), low=0)
        columns.unique("fleet_mode")
        columns.raise_faults()

    @property
    def cost_eur(self) -> FloatArray:
        """Cost of each line on this day."""
        return np.asarray(self.km_cost_eur + self.hour_cost_eur + self.vehicle_cost_eur)

    @property
    def total_km(self) -> float:
        """Vehicle kilometres of all lines."""
        return float(self.vehicle_km.sum())

    @property
    def total_h(self) -> float:
        """Vehicle hours of all lines."""
        return float(self.vehicle_h.sum())

    @property
    def total_vehicles(self) -> int:
        """Vehicles of all fleets."""
        return int(self.fleet_vehicles.sum())

    @property
    def total_cost_eur(self) -> float:
        """Cost of all lines."""
        return float(self.cost_eur.sum())

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per line: line, mode, trips, vehicle_km, vehicle_h, vehicles, cost_eur and its three parts."""
        import pandas as pd

        return pd.DataFrame(
            {
                "line": self.line,
                "mode": mode_names(self.mode),
                "trips": self.trips,
                "vehicle_km": self.vehicle_km,
                "vehicle_h": self.vehicle_h,
                "vehicles": self.vehicles,
                "cost_eur": self.cost_eur,
                "km_cost_eur": self.km_cost_eur,
                "hour_cost_eur": self.hour_cost_eur,
                "vehicle_cost_eur": self.vehicle_cost_eur,
                "is_estimated": self.is_estimated,
            }
        )

    def by_mode(self) -> "pd.DataFrame":
        """One row per mode: mode, lines, trips, vehicle_km, vehicle_h, vehicles (of the fleet), cost_eur."""
        import pandas as pd

        rows = []
        for mode, vehicles in zip(self.fleet_mode.tolist(), self.fleet_vehicles.tolist(), strict=True):
            mine = self.mode == mode
            rows.append(
                {
                    "mode": TransitMode(mode).name.lower(),
                    "lines": int(mine.sum()),
                    "trips": int(self.trips[mine].sum()),
                    "vehicle_km": float(self.vehicle_km[mine].sum()),
                    "vehicle_h": float(self.vehicle_h[mine].sum()),
                    "vehicles": vehicles,
                    "cost_eur": float(self.cost_eur[mine].sum()),
                }
            )
        columns = ["mode", "lines", "trips", "vehicle_km", "vehicle_h", "vehicles", "cost_eur"]
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        return html_card(
            "Operating figures of a day",
            {
                "lines": len(self.line),
                "trips": f"{int(self.trips.sum()):,}",
                "vehicle kilometres": f"{self.total_km:,.0f}",
                "vehicle hours": f"{self.total_h:,.0f}",
                "vehicles": f"{self.total_vehicles:,}",
                "cost": f"{self.total_cost_eur:,.0f} EUR",
            },
        )
