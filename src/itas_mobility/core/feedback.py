"""Result of the feedback between demand and assignment."""

from dataclasses import dataclass

from itas_mobility.core.columns import Columns, html_card
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class ElasticEquilibrium:
    """Trips that answer to the times which they themselves cause; one entry per period (slice of the day).

    Raises
    ------
    DemandError
        If trips, results and skims are not as many.
    """

    roads: RoadNetwork
    trips: tuple[ODMatrix, ...]
    """Trips that are assigned."""
    results: tuple[AssignmentResult, ...]
    skims: tuple[Skims, ...]
    """Of the loaded network, as the demand saw them."""
    residual_share: float
    """Share of all trips that one more round would move."""
    rounds: int
    converged: bool
    residual_history: tuple[float, ...] = ()
    """Residual of each round, those included that were taken back."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ElasticEquilibrium", DemandError)
        numbers = (len(self.trips), len(self.results), len(self.skims))
        columns.check(len(set(numbers)) == 1, f"{numbers} trips, results and skims; must be as many")
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.trips)

    def _repr_html_(self) -> str:
        return html_card(
            "Elastic equilibrium",
            {
                "periods": len(self),
                "trips": f"{sum(matrix.total for matrix in self.trips):,.1f}",
                "residual": f"{self.residual_share:.2e}",
                "converged": self.converged,
                "rounds": self.rounds,
            },
        )
