"""What is driven: settled route flows, and kilometres and energy by pair along the paths that are used."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from itas_mobility import demand, emobility
from itas_mobility.core.fleet import Traction
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.errors import ConvergenceWarning, NetworkError
from itas_mobility.scenarios.stages.store import StageStore


@dataclass(frozen=True, eq=False)
class Driven:
    """Traffic of one slice of the day, as far as it is unique."""

    result: AssignmentResult
    """Volumes of links of constant cost, and the use of paths, by the condition of proportionality."""
    skims: Skims
    """``length_m`` and ``energy_kwh`` of an electric car, means over the paths that the trips of a pair take."""


def drive(
    roads: RoadNetwork,
    trips: Sequence[ODMatrix],
    results: Sequence[AssignmentResult],
    traction: Traction,
    store: StageStore,
) -> tuple[Driven, ...]:
    """Settle route flows, and take means of length and energy along them.

    Volumes x length over links equal trips x length over pairs. Energy follows from the loaded speed of each link, so
    that a pair whose trips mix motorway and town does not count as one of mean speed.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones.
    trips : sequence of ODMatrix
        Car trips, per slice of the day.
    results : sequence of AssignmentResult
        Their assignments, with bushes.
    traction : Traction
        What decides the energy of an electric car.
    store : StageStore
        Reused stages.

    Returns
    -------
    tuple of Driven
        One per slice.

    Warns
    -----
    ConvergenceWarning
        Where route flows cannot be settled: the assignment is too rough, or too many links depend on how trips split.
        Means are then those of the paths that the solver came to.
    """

    def settle(matrix: ODMatrix, result: AssignmentResult) -> Driven:
        settled = _settled(roads, matrix, result)
        energy_kwh = emobility.traction_energy_kwh(roads.length_m, settled.time_s, traction=traction)
        values = {"energy_kwh": energy_kwh}
        return Driven(settled, demand.skim_used(roads, matrix, settled, matrices=["length_m"], link_values=values))

    return tuple(
        store.get("driven", (roads, matrix, result, result.bushes, traction), partial(settle, matrix, result))
        for matrix, result in zip(trips, results, strict=True)
    )


def _settled(roads: RoadNetwork, trips: ODMatrix, result: AssignmentResult) -> AssignmentResult:
    why = f"its relative gap is {result.relative_gap:.1e}"
    if result.relative_gap <= demand.SETTLED_GAP:
        try:
            return demand.proportionate(roads, trips, result)
        except NetworkError as fault:  # more links than a table of their covariances can hold
            why = str(fault)
    warnings.warn(
        f"{trips.label or 'cars'}: which paths the trips take is not settled ({why}): kilometres and energy by pair "
        "depend on how the solver got there; lower relative_gap of the run's settings",
        ConvergenceWarning,
        stacklevel=2,
    )
    return result
