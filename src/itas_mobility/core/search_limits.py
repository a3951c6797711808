"""How far a search for journeys between zones goes (`SearchLimits`)."""

from dataclasses import dataclass

from itas_mobility.core.columns import Columns
from itas_mobility.errors import DemandError


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Journeys in a timetable that a search between zones looks for.

    Raises
    ------
    DemandError
        With all faults found.
    """

    max_journey_s: float = 7200.0
    """Longer journeys are not looked for; an assumption."""
    max_transfers: int = 3
    """Most changes of vehicle."""
    min_transfer_s: float = 0.0
    """Least time between alighting and boarding, on top of the walk between stops; at one stop, the greater of it and
    the change time of the stop."""

    def __post_init__(self) -> None:
        columns = Columns(self, "SearchLimits", DemandError)
        columns.number("max_journey_s", is_positive=True)
        is_count = self.max_transfers == self.max_transfers // 1 >= 0
        if columns.check(is_count, f"max_transfers={self.max_transfers} must be a whole number, not negative"):
            object.__setattr__(self, "max_transfers", int(self.max_transfers))
        columns.number("min_transfer_s")
        columns.raise_faults()
