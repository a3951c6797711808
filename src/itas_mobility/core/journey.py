"""Journeys by public transport, told leg by leg."""

from dataclasses import dataclass

from itas_mobility.core.columns import html_card


@dataclass(frozen=True)
class JourneyLeg:
    """A ride in one vehicle, or a walk between two stops (line and trip_id empty); seconds of the service day."""

    line: str
    trip_id: str
    from_stop: str
    to_stop: str
    """Ids of the stops."""
    depart_s: float
    arrive_s: float

    @property
    def is_walk(self) -> bool:
        """Whether the leg is a walk."""
        return self.trip_id == ""


@dataclass(frozen=True)
class Journey:
    """A journey between two stops; without legs where they are the same."""

    from_stop: str
    to_stop: str
    depart_s: float
    """When to leave the first stop at the latest to make these legs."""
    arrive_s: float
    legs: tuple[JourneyLeg, ...]

    @property
    def rides(self) -> int:
        """Number of vehicles boarded."""
        return sum(not leg.is_walk for leg in self.legs)

    @property
    def transfers(self) -> int:
        """Number of changes between vehicles."""
        return max(self.rides - 1, 0)

    def _repr_html_(self) -> str:
        rows = {
            f"{i}. {leg.line or 'walk'}": f"{leg.from_stop} {leg.depart_s:.0f} s, {leg.to_stop} {leg.arrive_s:.0f} s"
            for i, leg in enumerate(self.legs, start=1)
        }
        return html_card(f"{self.from_stop} to {self.to_stop}, {self.transfers} transfers", rows)
