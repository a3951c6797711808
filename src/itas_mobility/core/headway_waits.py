"""How long travellers wait for lines of which only the headway is known (`HeadwayWaits`)."""

from dataclasses import dataclass

from itas_mobility.core.columns import Columns
from itas_mobility.errors import DemandError


@dataclass(frozen=True, slots=True)
class HeadwayWaits:
    """Waits at the stop out of headways.

    Raises
    ------
    DemandError
        With all faults found.
    """

    wait_factor: float = 0.5
    """Mean wait as a share of the headway where people come at random to a regular service."""
    plans_ahead: bool = True
    """Whether travellers know the timetable and plan one boarding of the journey by it, at which nobody then stands at
    the stop. False: they come at random to every stop, the first one too (Spiess & Florian 1989)."""

    def __post_init__(self) -> None:
        columns = Columns(self, "HeadwayWaits", DemandError)
        columns.number("wait_factor", is_positive=True)
        columns.raise_faults()
