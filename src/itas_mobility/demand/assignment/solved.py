"""What solvers of the user equilibrium take and give back: costs of links, a loading, and where a solver stopped."""

from dataclasses import dataclass
from typing import Protocol

from itas_mobility.core.columns import FloatArray
from itas_mobility.demand.assignment.loading import Load
from itas_mobility.kernels.volume_delay import CostFunctions


class LinkCost(Protocol):
    """A separable rising link cost (see `vdf.TravelCost`)."""

    functions: CostFunctions
    """What compiled loops need to work out the cost of one link."""

    def value(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Cost of each link; an error where it is not a finite number."""

    def slope(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Derivative of each link's cost."""

    def directional(self, volume: FloatArray, direction: FloatArray, step: float) -> tuple[float, float]:
        """First and second derivative of the objective along a direction."""

    def integral(self, volume: FloatArray) -> float:
        """Integral of the costs from zero to the volumes, summed."""


class Loading(Protocol):
    """Puts all demand on shortest paths (see `loading.Loader`)."""

    def load(self, cost_s: FloatArray, out: FloatArray | None = None) -> Load:
        """Load all demand at these costs."""


@dataclass(frozen=True)
class Solved:
    """Where a solver stopped: volumes, and what was measured at these very volumes."""

    volume: FloatArray
    """Shape (n_links,), passenger-car units per hour."""
    cost: FloatArray
    """Shape (n_links,): what was balanced, of the first class."""
    relative_gap: float
    total_cost: float
    shortest_cost: float
    """Volume x cost, and demand x cost of the shortest path."""
    unassigned: float
    """Demand without a path."""
    iterations: int
    history: tuple[float, ...]
    """Gap of each iteration."""
