"""Seats and places of vehicles, one by one (`VehicleSizes`)."""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import Columns, FloatArray, html_card
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class VehicleSizes:
    """Sizes of the vehicle of each trip of a timetable (row *i* is trip *i*), or of each pattern of lines.

    Raises
    ------
    DemandError
        With all faults found.
    """

    seats: FloatArray | None = None
    """None: those of the `Crowding` by mode, else not known."""
    capacity_persons: FloatArray | None = None
    """Seated and standing; None: as for seats."""

    def __post_init__(self) -> None:
        columns = Columns(self, "VehicleSizes", DemandError)
        given = [name for name in ("seats", "capacity_persons") if getattr(self, name) is not None]
        columns.check(bool(given), "give seats, or capacity_persons, or both")
        for name in given:
            sizes = columns.array(name, np.float64, np.atleast_1d(getattr(self, given[0])).shape[:1])
            if (sizes <= 0.0).any():
                row = int(np.argmax(sizes <= 0.0))
                columns.check(False, f"{name}[{row}]: {sizes[row]} must be positive")
        columns.raise_faults()

    def __len__(self) -> int:
        sizes = self.capacity_persons if self.seats is None else self.seats
        return 0 if sizes is None else len(sizes)

    def _repr_html_(self) -> str:
        return html_card("Vehicle sizes", {"vehicles": len(self)})
