"""The verb `assign`: demand on roads, with volumes and times that agree."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from itas_mobility.core.columns import FloatArray, content_digest
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import AssignmentResult, Bushes
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment import bush_based, frank_wolfe
from itas_mobility.demand.assignment.gap import total_cost
from itas_mobility.demand.assignment.loaded_bushes import classes_of
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.assignment.solved import Solved
from itas_mobility.demand.assignment.starting import first_bushes, first_volumes
from itas_mobility.demand.assignment.vdf import MarginalCost, TravelCost
from itas_mobility.demand.assignment.without_path import report_unassigned, unassigned_demand
from itas_mobility.demand.progress import progress_line
from itas_mobility.demand.solver_limits import check_limits
from itas_mobility.demand.threads import use_threads
from itas_mobility.errors import ConvergenceWarning, DemandError

Algorithm: TypeAlias = frank_wolfe.Method | Literal["bush"]
ALGORITHMS = (*get_args(frank_wolfe.Method), "bush")
Objective: TypeAlias = Literal["ue", "so"]


def assign(
    roads: RoadNetwork,
    trips: ODMatrix | Sequence[UserClass],
    *,
    relative_gap: float = 1e-4,
    algorithm: Algorithm = "bush",
    objective: Objective = "ue",
    max_iterations: int = 1000,
    max_seconds: float | None = None,
    warm_start: AssignmentResult | None = None,
    toll_weight_s_per_eur: float = 0.0,
    distance_weight_s_per_m: float = 0.0,
    preload_veh_per_h: FloatArray | None = None,
    queue_veh: FloatArray | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> AssignmentResult:
    """Assign trips to roads so that nobody can do better alone (user equilibrium), or all together (system optimum).

    Volumes on links of constant cost are not unique; costs, totals and the Beckmann value are. The result does not
    depend on the number of threads.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*.
    trips : ODMatrix or sequence of UserClass
        Vehicles, divided by the matrix's `duration_h`; intrazonal trips stay off the network. Several user classes
        share the roads, each with its own car equivalents, weights, costs and bans (with ``algorithm="bush"``).
    relative_gap : float, default=1e-4
        (TSTT - SPTT) / TSTT of the balanced cost at which to stop.
    algorithm : {"bush", "bfw", "cfw", "fw", "msa"}
        Bush-based (see `bush_based`): quickest, exact down to rounding, remembers the links of each origin. The others
        need less memory: biconjugate, conjugate or plain Frank-Wolfe, successive averages (see `frank_wolfe`).
    objective : {"ue", "so"}
        User equilibrium, or system optimum through marginal costs.
    max_iterations : int, default=1000
        Largest number of steps.
    max_seconds : float, optional
        Wall time after which no further step is begun.
    warm_start : AssignmentResult, optional
        An earlier result; its links are found by `link_key`. If both are bush-based, its bushes are the start, with
        each node's trips split as they were; ways that have gone are replaced by shortest ones. Otherwise its volumes
        are the start if the algorithm can take them and they are a loading of this very demand on this network, else
        its costs decide the first paths.
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as in route choice; user classes carry their own.
    preload_veh_per_h : array of shape (n_links,), optional
        Vehicles on the links besides the trips (buses, in car units).
    queue_veh : array of shape (n_links,), optional
        Vehicles that wait at the end of each link when the period begins; if given, no link lets out more than its
        capacity, and the rest waits (see `assign_slices`). For the user equilibrium only.
    threads : int, optional
        Threads to use (default: as numba is set, and one for small networks). It changes the time only.
    progress : bool, default=False
        Show a progress line on stderr if it takes longer than a second.

    Returns
    -------
    AssignmentResult
        With ``objective="so"`` the gap is that of the marginal costs; costs, TSTT, SPTT and Beckmann value are always
        those of the travel cost.

    Raises
    ------
    NetworkError, DemandError, InputError
        For a network, demand or option that cannot be used, naming link or pair.

    Warns
    -----
    ConvergenceWarning
        If a limit is hit before the gap is reached.
    DataWarning
        If some demand has no path, naming pairs; all are in `unassigned`.

    References
    ----------
    Several classes that all take the same time and differ in what else a link costs them have one equilibrium in
    passenger-car units, the least of a convex function: Dafermos (1972), "The traffic assignment problem for
    multiclass-user transportation networks", Transportation Science 6.
    """
    began = time.perf_counter()
    check_limits(max_seconds=max_seconds, relative_gap=relative_gap, max_iterations=max_iterations)
    _check_names(algorithm, objective)
    classes = classes_of(trips)
    if isinstance(trips, ODMatrix):
        classes = (
            replace(
                classes[0],
                toll_weight_s_per_eur=toll_weight_s_per_eur,
                distance_weight_s_per_m=distance_weight_s_per_m,
            ),
        )
    else:
        _check_classes(roads, classes, algorithm, toll_weight_s_per_eur, distance_weight_s_per_m)
    demand = [user.pce * user.trips.trips / user.trips.duration_h for user in classes]
    loaders = [Loader(roads, one) for one in demand]
    traffic = _Traffic(roads, classes, _Besides(preload_veh_per_h, queue_veh, classes[0].trips.duration_h))
    balanced = traffic.costs if objective == "ue" else traffic.marginal_costs()
    digest = content_digest(tuple(demand)) if len(demand) > 1 else content_digest(demand[0])
    work = sum(loader.n_origins for loader in loaders) * roads.n_nodes
    with use_threads(threads, work), progress_line(progress, relative_gap) as report:
        found: Solved
        if algorithm == "bush":
            found = bush_based.solve(
                [
                    bush_based.ClassDemand(cost, loader.pairs, user.banned)
                    for cost, loader, user in zip(balanced, loaders, classes, strict=True)
                ],
                roads,
                target_gap=relative_gap,
                max_iterations=max_iterations,
                max_seconds=max_seconds,
                report=report,
                start=first_bushes(roads, balanced[0], classes, warm_start, digest),
            )
            volume, bushes = found.class_volume, _in_vehicles(found.bushes, classes)
            lost = found.lost
        else:
            found = frank_wolfe.solve(
                balanced[0],
                loaders[0],
                first_volumes(roads, loaders[0], balanced[0], demand[0], warm_start, digest),
                method=algorithm,
                target_gap=relative_gap,
                max_iterations=max_iterations,
                max_seconds=max_seconds,
                report=report,
            )
            volume, bushes = np.maximum(found.volume, 0.0)[np.newaxis], None
            lost = (loaders[0].without_path() if found.unassigned > 0.0 else np.zeros(0, dtype=bool),)
        total = volume.sum(axis=0)
        cost = traffic.class_cost(total)
        tstt = sum(total_cost(v, np.where(v > 0.0, c, 0.0)) for v, c in zip(volume, cost, strict=True))
        sptt = found.shortest_cost
        if objective == "so":
            sptt = sum(loader.load(c).shortest_veh_s for loader, c in zip(loaders, cost, strict=True))
    unassigned = unassigned_demand(classes, [loader.pairs for loader in loaders], lost)
    report_unassigned(classes, unassigned)
    converged = found.relative_gap <= relative_gap
    if not converged:
        warnings.warn(
            f"assignment stopped after {found.iterations} iterations at relative gap {found.relative_gap:.2e}, "
            f"target {relative_gap:.2e}: raise max_iterations or max_seconds, or accept a larger gap",
            ConvergenceWarning,
            stacklevel=2,
        )
    time_s = traffic.costs[0].time(total)
    return AssignmentResult(
        link_key=roads.link_key,
        volume_veh_per_h=total,
        time_s=time_s,
        cost_s=cost[0] if isinstance(trips, ODMatrix) else time_s,
        relative_gap=found.relative_gap,
        tstt_veh_s=tstt,
        sptt_veh_s=sptt,
        beckmann_veh_s=traffic.integral(volume),
        iterations=found.iterations,
        converged=converged,
        unassigned_trips=unassigned.total,
        algorithm=algorithm,
        gap_history=found.history,
        demand_digest=digest,
        elapsed_s=time.perf_counter() - began,
        bushes=bushes,
        class_name=np.array([user.name for user in classes]),
        class_volume_veh_per_h=volume / np.array([[user.pce] for user in classes]),
        class_cost_s=cost,
        unassigned=unassigned,
    )


def _check_classes(
    roads: RoadNetwork, classes: Sequence[UserClass], algorithm: str, toll_weight: float, distance_weight: float
) -> None:
    if algorithm != "bush":
        raise DemandError(f'algorithm: {algorithm!r} takes one matrix of trips; user classes need "bush"')
    if toll_weight or distance_weight:
        raise DemandError("toll_weight_s_per_eur, distance_weight_s_per_m: each user class carries its own weights")
    names = [user.name for user in classes]
    if len(set(names)) < len(names):
        raise DemandError(f"user classes: {max(names, key=names.count)!r} stands more than once")
    for user in classes:
        for name in ("extra_cost_s", "banned"):
            column = getattr(user, name)
            if column is not None and column.shape != (roads.n_links,):
                raise DemandError(f"user class {user.name}: {name} has shape {column.shape}, not {(roads.n_links,)}")
        if not np.array_equal(user.trips.zone_id, classes[0].trips.zone_id):
            raise DemandError(f"user class {user.name}: its matrix has other zones than that of {classes[0].name}")


class _Besides(NamedTuple):
    """What all classes meet on the links besides each other."""

    preload_veh_per_h: FloatArray | None
    queue_veh: FloatArray | None
    duration_h: float


class _Traffic:
    """What links cost the user classes at a volume in passenger-car units."""

    def __init__(self, roads: RoadNetwork, classes: Sequence[UserClass], besides: _Besides) -> None:
        self._roads = roads
        self._classes = classes
        self._besides = besides
        self.costs = [self._cost_of(user, TravelCost) for user in classes]

    def _cost_of(self, user: UserClass, kind: type[TravelCost]) -> TravelCost:
        return kind(
            self._roads,
            toll_weight_s_per_eur=user.toll_weight_s_per_eur,
            distance_weight_s_per_m=user.distance_weight_s_per_m,
            extra_cost_s=user.extra_cost_s,
            preload_veh_per_h=self._besides.preload_veh_per_h,
            queue_veh=self._besides.queue_veh,
            duration_h=self._besides.duration_h,
        )

    def marginal_costs(self) -> list[TravelCost]:
        """Costs that one more vehicle of each class causes to all."""
        return [self._cost_of(user, MarginalCost) for user in self._classes]

    def class_cost(self, volume: FloatArray) -> FloatArray:
        """Generalised cost of each class, inf where it may not drive; shape (n_classes, n_links)."""
        cost = np.stack([one.value(volume) for one in self.costs])
        for user, row in zip(self._classes, cost, strict=True):
            if user.banned is not None:
                row[user.banned] = np.inf
        return cost

    def integral(self, class_volume: FloatArray) -> float:
        """Beckmann objective: integral of the travel time, and what else links cost each class."""
        if len(self.costs) == 1:
            return self.costs[0].integral(class_volume[0])
        time_only = TravelCost(
            self._roads,
            preload_veh_per_h=self._besides.preload_veh_per_h,
            queue_veh=self._besides.queue_veh,
            duration_h=self._besides.duration_h,
        ).integral(class_volume.sum(axis=0))
        return time_only + sum(
            float((cost.fixed_s * volume).sum()) for cost, volume in zip(self.costs, class_volume, strict=True)
        )


def _in_vehicles(bushes: Bushes, classes: Sequence[UserClass]) -> Bushes:
    """Bushes whose volumes are in passenger-car units, in vehicles."""
    pce = np.array([user.pce for user in classes])
    if (pce == 1.0).all():
        return bushes
    per_link = np.repeat(pce[bushes.class_row], np.diff(bushes.ptr))
    return replace(bushes, volume_veh_per_h=bushes.volume_veh_per_h / per_link)


def _check_names(algorithm: str, objective: str) -> None:
    if algorithm not in ALGORITHMS:
        raise DemandError(f"algorithm: {algorithm!r} is not one of {', '.join(ALGORITHMS)}")
    if objective not in get_args(Objective):
        raise DemandError(f"objective: {objective!r} is not one of {', '.join(get_args(Objective))}")
