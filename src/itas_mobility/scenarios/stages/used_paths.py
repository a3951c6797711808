"""What is driven: settled route flows, and kilometres, energy and fuel by pair along the paths that are used."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from itas_mobility import demand, emobility
from itas_mobility.core.fleet import Combustion, Traction
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
    """Means over the paths that the trips of a pair take: ``length_m`` and ``time_s``; ``energy_kwh`` of the mean
    electric car and ``hybrid_kwh`` of a plug-in hybrid on electricity, from the battery; ``fuel_kwh`` of the mean car
    that burns fuel. What a trip takes once until all is warm is in them."""


def drive(
    roads: RoadNetwork,
    trips: Sequence[ODMatrix],
    results: Sequence[AssignmentResult],
    traction: Traction,
    combustion: Combustion,
    store: StageStore,
) -> tuple[Driven, ...]:
    """Settle route flows, and take means of length, energy and fuel along them.

    Volumes x length over links equal trips x length over pairs. Energy and fuel follow from the loaded speed of each
    link, so that a pair whose trips mix motorway and town does not count as one of mean speed; what each trip takes
    once, from its time. Links are level: road networks keep no heights.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones.
    trips : sequence of ODMatrix
        Car trips, per slice of the day.
    results : sequence of AssignmentResult
        Their assignments, with bushes.
    traction : Traction
        What decides the energy of electric cars.
    combustion : Combustion
        What decides the fuel of the others.
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
    hybrid = emobility.plug_in_hybrid()

    def settle(matrix: ODMatrix, result: AssignmentResult) -> Driven:
        settled = _settled(roads, matrix, result)
        links = roads.length_m, settled.time_s
        values = {
            "energy_kwh": emobility.traction_energy_kwh(*links, traction=traction),
            "hybrid_kwh": emobility.class_energy_kwh(*links, vehicle=hybrid, traction=traction),
            "fuel_kwh": emobility.fuel_kwh(*links, combustion=combustion, traction=traction),
        }
        means = demand.skim_used(roads, matrix, settled, matrices=["length_m", "time_s"], link_values=values)
        return Driven(settled, _with_starts(means, traction, combustion))

    return tuple(
        store.get(
            "driven",
            (roads, matrix, result, result.bushes, traction, combustion, hybrid),
            partial(settle, matrix, result),
        )
        for matrix, result in zip(trips, results, strict=True)
    )


def _with_starts(means: Skims, traction: Traction, combustion: Combustion) -> Skims:
    """Skims with what each trip takes once, by its time."""
    time_s = means["time_s"]
    warm_up = emobility.warm_up_kwh(time_s, traction=traction)
    cold_start = emobility.cold_start_kwh(time_s, combustion=combustion, traction=traction)
    once = {"energy_kwh": warm_up, "hybrid_kwh": warm_up, "fuel_kwh": cold_start}
    return Skims(means.zone_id, {name: means[name] + once.get(name, 0.0) for name in means})


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
