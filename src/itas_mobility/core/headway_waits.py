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
    """Mean wait as a share of the headway: travellers come at random to a regular service."""
    max_wait_s: float = 1800.0
    """Longest mean wait at a stop for the lines that are attractive together, an assumption: of rarer services people
    know the timetable, and shift their journey instead. inf: they stand there however long."""

    def __post_init__(self) -> None:
        columns = Columns(self, "HeadwayWaits", DemandError)
        columns.number("wait_factor", is_positive=True)
        columns.number("max_wait_s", is_positive=True, allow_inf=True)
        columns.raise_faults()
