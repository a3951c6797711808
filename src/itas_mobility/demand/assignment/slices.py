"""The verb `assign_slices`: consecutive periods, with vehicles that a link cannot serve waiting for the next one.

The model
---------
A link serves `capacity_veh_per_h` at most. In a slice of T hours it meets its volume v (vehicles per hour that arrive)
and the Q0 vehicles that wait from the slice before. The queue after h hours is max(0, Q0 + (v - c) h); what is left at
the end of the slice, Q1 = max(0, Q0 + (v - c) T), waits on the same link when the next slice begins:

    Q0 + v T = served + Q1.

Queues are vertical (they take no room) and first in, first out: who comes at hour h waits (queue at h) / c. The travel
time of the slice is the link's volume-delay function at min(v, c), which holds the random delay of traffic that gets
through, plus the mean wait of those who arrive in the slice. They meet the whole of their wait in it, also what falls
into the next slice. With Q0 given, this time depends on the link's own volume alone and rises with it, so each slice is
a user equilibrium like any other, with the same solvers.

Links whose time does not depend on the volume (infinite capacity, no delay factor, power 0, no free-flow time) are no
bottlenecks and have no queue. Capacity and volume are counted in the same units (car equivalents with a preload).

What it leaves out: queues do not spill back over the link before, and they do not hold back what comes behind them.
Trips of a slice load all links of their path in this slice, so downstream of a bottleneck volumes are too high while
the queue grows, and too low while it shrinks. Nobody changes the time of departure or, once queued, the path. Slices
should be long beside a trip.

Sources: Kimber and Hollis (1979), TRRL LR 909, for the queue of a period with an initial queue; the residual queues of
semi-dynamic assignment, as in Nakayama and Connors (2014), "A quasi-dynamic assignment model that guarantees unique
network equilibrium", Transportmetrica A 10, which carries them on between periods likewise but moves them to the
links behind.
"""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.link_checks import has_delay
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.slices import SlicedAssignment
from itas_mobility.demand.assignment.solving import Algorithm, assign
from itas_mobility.errors import DemandError


def assign_slices(
    roads: RoadNetwork,
    slices: Sequence[ODMatrix],
    *,
    relative_gap: float = 1e-4,
    algorithm: Algorithm = "bush",
    max_iterations: int = 1000,
    max_seconds: float | None = None,
    warm_start: SlicedAssignment | None = None,
    toll_weight_s_per_eur: float = 0.0,
    distance_weight_s_per_m: float = 0.0,
    preload_veh_per_h: FloatArray | None = None,
    queue_veh: FloatArray | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> SlicedAssignment:
    """Assign consecutive periods to user equilibrium, each with the queues that the one before has left.

    Vehicles above a link's capacity wait there and are served in later slices; the module says what is modelled and
    what is not. A slice without queues and with all volumes below capacity is what `assign` gives. To see queues go,
    let the last slices be quiet ones.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*.
    slices : sequence of ODMatrix
        Vehicles that set out in each period, of `duration_h` each, in the order of time and without gaps.
    relative_gap : float, default=1e-4
        Gap at which each slice stops.
    algorithm : {"bush", "bfw", "cfw", "fw", "msa"}
        As in `assign`.
    max_iterations : int, default=1000
        Largest number of steps of each slice.
    max_seconds : float, optional
        Wall time of each slice after which no further step is begun.
    warm_start : SlicedAssignment, optional
        An earlier result of as many slices; slice by slice its results are the start. Without it each slice starts
        from the one before.
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as in route choice.
    preload_veh_per_h : array of shape (n_links,) or (n_slices, n_links), optional
        Vehicles on the links besides the trips (buses, in car units); they queue like all others.
    queue_veh : array of shape (n_links,), optional
        Vehicles that wait when the first slice begins.
    threads : int, optional
        Threads to use; changes the time only.
    progress : bool, default=False
        Show a progress line for each slice on stderr.

    Returns
    -------
    SlicedAssignment
        One result per slice, and the queues at its start and end.

    Raises
    ------
    NetworkError, DemandError, InputError
        As `assign`; for no slices, slices of different zones, or a warm start of another number of slices.

    Warns
    -----
    ConvergenceWarning, DataWarning
        As `assign`, for each slice.
    """
    _check_slices(slices, warm_start)
    preload = _of_slices(preload_veh_per_h, len(slices), roads.n_links)
    has_queue = has_delay(roads)
    queues = [np.zeros(roads.n_links) if queue_veh is None else np.asarray(queue_veh, np.float64)]
    results: list[AssignmentResult] = []
    arrivals: list[FloatArray] = []
    for row, trips in enumerate(slices):
        earlier = warm_start.results[row] if warm_start is not None else results[-1] if results else None
        found = assign(
            roads,
            trips,
            relative_gap=relative_gap,
            algorithm=algorithm,
            max_iterations=max_iterations,
            max_seconds=max_seconds,
            warm_start=earlier,
            toll_weight_s_per_eur=toll_weight_s_per_eur,
            distance_weight_s_per_m=distance_weight_s_per_m,
            preload_veh_per_h=preload[row],
            queue_veh=queues[-1],
            threads=threads,
            progress=progress,
        )
        results.append(found)
        arrivals.append((found.volume_veh_per_h + preload[row]) * trips.duration_h)
        queues.append(_left_over(queues[-1], arrivals[-1], roads.capacity_veh_per_h * trips.duration_h, has_queue))
    return SlicedAssignment(
        label=np.array([trips.label for trips in slices]),
        results=tuple(results),
        duration_h=np.array([trips.duration_h for trips in slices]),
        arrivals_veh=np.array(arrivals),
        queue_start_veh=np.array(queues[:-1]),
        queue_end_veh=np.array(queues[1:]),
    )


def _left_over(queue: FloatArray, arrivals: FloatArray, service: FloatArray, has_queue: BoolArray) -> FloatArray:
    """Vehicles that wait at the end of a slice; `service` is what can be served in it."""
    return np.where(has_queue, np.maximum(queue + arrivals - service, 0.0), 0.0)


def _of_slices(preload: FloatArray | None, n_slices: int, n_links: int) -> FloatArray:
    """Preloads of each slice; `assign` checks the values."""
    if preload is None:
        return np.zeros((n_slices, n_links))
    given = np.asarray(preload, np.float64)
    if given.shape not in ((n_links,), (n_slices, n_links)):
        raise DemandError(f"preload_veh_per_h: shape {given.shape}, expected {(n_links,)} or {(n_slices, n_links)}")
    return np.broadcast_to(given, (n_slices, n_links))


def _check_slices(slices: Sequence[ODMatrix], warm_start: SlicedAssignment | None) -> None:
    if not slices:
        raise DemandError("slices: none; give one OD matrix per period")
    for row, trips in enumerate(slices):
        if not np.array_equal(trips.zone_id, slices[0].zone_id):
            raise DemandError(f"slices: number {row} ({trips.label or 'without label'}) has other zones than number 0")
    if warm_start is not None and len(warm_start) != len(slices):
        raise DemandError(f"warm_start: has {len(warm_start)} slices, not {len(slices)}")
