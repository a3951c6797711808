"""Journeys by public transport, told leg by leg."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from itas_mobility.core.columns import html_card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class JourneyLeg:
    """A ride on a line, or a walk (line and trip_id empty); seconds of the service day.

    The way between home and stop by bicycle or car stands as a walk does.
    """

    line: str
    trip_id: str
    from_stop: str
    to_stop: str
    """Ids of the stops; '' where a walk begins or ends at a zone."""
    depart_s: float
    arrive_s: float
    mode: str = ""
    """`TransitMode` of the vehicle (``"bus"``), or `AccessMode` (``"walk"``, ``"bike"``, ``"car"``); '' where it was
    not told."""
    day: int = 0
    """Service day of the trip, 0 being the one that seconds count from."""

    @property
    def is_walk(self) -> bool:
        """Whether the leg is no ride on a line."""
        return self.trip_id == ""


@dataclass(frozen=True)
class Journey:
    """A journey between two stops or zones; without legs where they are the same."""

    from_stop: str
    to_stop: str
    """Ids of the first and the last stop, which of those asked for; '' for a zone."""
    depart_s: float
    """When to leave at the latest to make these legs."""
    arrive_s: float
    legs: tuple[JourneyLeg, ...]
    from_zone: int = -1
    to_zone: int = -1
    """Rows of the zones; -1 for a stop."""

    @property
    def rides(self) -> int:
        """Number of vehicles boarded."""
        return sum(not leg.is_walk for leg in self.legs)

    @property
    def transfers(self) -> int:
        """Number of changes between vehicles."""
        return max(self.rides - 1, 0)

    @property
    def time_s(self) -> float:
        """Time from leaving to arriving."""
        return self.arrive_s - self.depart_s

    def to_dataframe(self) -> "pd.DataFrame":
        """Legs as a table, one row each."""
        import pandas as pd

        columns = ["mode", "line", "trip_id", "from_stop", "to_stop", "depart_s", "arrive_s", "day"]
        return pd.DataFrame([[getattr(leg, name) for name in columns] for leg in self.legs], columns=columns)

    def _repr_html_(self) -> str:
        rows = {
            f"{i}. {leg.line or 'walk'}": f"{leg.from_stop} {leg.depart_s:.0f} s, {leg.to_stop} {leg.arrive_s:.0f} s"
            for i, leg in enumerate(self.legs, start=1)
        }
        return html_card(f"{self.from_stop} to {self.to_stop}, {self.transfers} transfers", rows)
