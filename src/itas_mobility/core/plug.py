"""How a car is connected to alternating current (`Plug`)."""

from dataclasses import dataclass
from typing import Final

from itas_mobility.core.columns import Columns

PHASE_VOLTAGE_V: Final = 230.0
"""Between a phase and neutral in European low-voltage grids (IEC 60038)."""
LEAST_CURRENT_A: Final = 6.0
"""Below it a car does not charge (IEC 61851-1)."""


@dataclass(frozen=True, slots=True)
class Plug:
    """Phases and current of a connection; ``Plug(3, 16)`` is 11 kW.

    Raises
    ------
    InputError
        With all faults found.
    """

    phases: int
    """1, 2 or 3."""
    current_a: float
    """Greatest current of each phase, at least that at which cars charge."""

    def __post_init__(self) -> None:
        columns = Columns(self, "Plug")
        columns.check(self.phases in (1, 2, 3), f"phases={self.phases} must be 1, 2 or 3")
        columns.number("current_a")
        if not columns.faults:
            columns.check(
                self.current_a >= LEAST_CURRENT_A, f"current_a={self.current_a:g} is below {LEAST_CURRENT_A:g} A"
            )
        columns.raise_faults()

    @property
    def power_kw(self) -> float:
        """Greatest power."""
        return self.phases * self.current_a * PHASE_VOLTAGE_V / 1000.0

    @property
    def least_kw(self) -> float:
        """Least power: `LEAST_CURRENT_A` on all its phases."""
        return self.phases * LEAST_CURRENT_A * PHASE_VOLTAGE_V / 1000.0
