"""The verb `assign`: demand on roads, with volumes and times that agree."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias, get_args

import numpy as np

from itas_mobility.core.columns import FloatArray, content_digest
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment import bush_based, frank_wolfe
from itas_mobility.demand.assignment.frank_wolfe import Equilibrium
from itas_mobility.demand.assignment.gap import total_cost
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.assignment.vdf import MarginalCost, TravelCost
from itas_mobility.errors import ConvergenceWarning, DataWarning, DemandError

Algorithm: TypeAlias = frank_wolfe.Method | Literal["bush"]
ALGORITHMS = (*get_args(frank_wolfe.Method), "bush")
Objective: TypeAlias = Literal["ue", "so"]

SMALL_WORK = 100_000
"""Origins x nodes below which one thread is quicker: a tree takes about 0.1 ms per 1,000 nodes, as much as waiting for
a second thread on a busy machine."""
NAMED_PAIRS = 5
"""How many pairs without a path a message names."""
SHOWN_AFTER_S = 1.0
"""Wall time after which a progress line appears; what is done sooner needs none."""
FEASIBILITY = 1e-9
"""Imbalance at a node, relative to all demand, up to which earlier volumes count as a loading of the demand."""


def assign(
    roads: RoadNetwork,
    trips: ODMatrix,
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
    trips : ODMatrix
        Vehicles; divided by its `duration_h`. Intrazonal trips stay off the network.
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
        Seconds that one euro or one metre counts as in route choice.
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
        If some demand has no path, naming pairs; it is counted in `unassigned_trips`.
    """
    began = time.perf_counter()
    _check_options(relative_gap, algorithm, objective, max_iterations, max_seconds)
    demand = trips.trips / trips.duration_h
    loader = Loader(roads, demand)
    travel = TravelCost(
        roads,
        toll_weight_s_per_eur=toll_weight_s_per_eur,
        distance_weight_s_per_m=distance_weight_s_per_m,
        preload_veh_per_h=preload_veh_per_h,
        queue_veh=queue_veh,
        duration_h=trips.duration_h,
    )
    balanced = travel
    if objective == "so":
        balanced = MarginalCost(
            roads,
            toll_weight_s_per_eur=toll_weight_s_per_eur,
            distance_weight_s_per_m=distance_weight_s_per_m,
            preload_veh_per_h=preload_veh_per_h,
            queue_veh=queue_veh,
        )
    digest = content_digest(demand)
    if threads is None and loader.n_origins * roads.n_nodes < SMALL_WORK:
        threads = 1
    with _threads(threads), _progress(progress, relative_gap) as report:
        found: Equilibrium
        if algorithm == "bush":
            found = bush_based.solve(
                [bush_based.ClassDemand(balanced, loader.pairs)],
                roads,
                target_gap=relative_gap,
                max_iterations=max_iterations,
                max_seconds=max_seconds,
                report=report,
                start=_bush_start(roads, balanced, warm_start),
            )
        else:
            found = frank_wolfe.solve(
                balanced,
                loader,
                _start(roads, loader, balanced, demand, warm_start, digest),
                method=algorithm,
                target_gap=relative_gap,
                max_iterations=max_iterations,
                max_seconds=max_seconds,
                report=report,
            )
        cost = travel.value(found.volume)
        tstt = total_cost(found.volume, cost)
        sptt = found.shortest_cost if balanced is travel else loader.load(cost).shortest_veh_s
    converged = found.relative_gap <= relative_gap
    if found.unassigned > 0.0:
        _report_unassigned(trips, loader, found.unassigned)
    if not converged:
        warnings.warn(
            f"assignment stopped after {found.iterations} iterations at relative gap {found.relative_gap:.2e}, "
            f"target {relative_gap:.2e}: raise max_iterations or max_seconds, or accept a larger gap",
            ConvergenceWarning,
            stacklevel=2,
        )
    return AssignmentResult(
        link_key=roads.link_key,
        volume_veh_per_h=np.maximum(found.volume, 0.0),
        time_s=travel.time(found.volume),
        cost_s=cost,
        relative_gap=found.relative_gap,
        tstt_veh_s=tstt,
        sptt_veh_s=sptt,
        beckmann_veh_s=travel.integral(found.volume),
        iterations=found.iterations,
        converged=converged,
        unassigned_trips=found.unassigned * trips.duration_h,
        algorithm=algorithm,
        gap_history=found.history,
        demand_digest=digest,
        elapsed_s=time.perf_counter() - began,
        bushes=found.bushes if isinstance(found, bush_based.BushEquilibrium) else None,
    )


def _check_options(
    relative_gap: float, algorithm: str, objective: str, max_iterations: int, max_seconds: float | None
) -> None:
    if not (np.isfinite(relative_gap) and relative_gap >= 0):
        raise DemandError(f"relative_gap: {relative_gap} must be finite and not negative")
    if algorithm not in ALGORITHMS:
        raise DemandError(f"algorithm: {algorithm!r} is not one of {', '.join(ALGORITHMS)}")
    if objective not in get_args(Objective):
        raise DemandError(f"objective: {objective!r} is not one of {', '.join(get_args(Objective))}")
    if max_iterations < 0:
        raise DemandError(f"max_iterations: {max_iterations} must not be negative")
    if max_seconds is not None and not max_seconds > 0:
        raise DemandError(f"max_seconds: {max_seconds} must be positive")


def _start(
    roads: RoadNetwork,
    loader: Loader,
    cost: TravelCost,
    demand: FloatArray,
    warm_start: AssignmentResult | None,
    digest: str,
) -> FloatArray:
    """Volumes to start from: all demand on shortest paths, or those of the earlier result where they still fit."""
    free = cost.value(np.zeros(roads.n_links))
    if warm_start is None:
        return loader.load(free).volume_veh_per_h
    known, row = _join(roads.link_key, warm_start.link_key)
    if warm_start.demand_digest == digest:
        volume = np.where(known, warm_start.volume_veh_per_h[row], 0.0)
        if _carries(roads, volume, demand, warm_start):
            return volume
    return loader.load(np.where(known, np.maximum(warm_start.cost_s[row], free), free)).volume_veh_per_h


def _bush_start(roads: RoadNetwork, cost: TravelCost, warm_start: AssignmentResult | None) -> bush_based.Start | None:
    """What the bush-based solver begins with: nothing, or costs and bushes of the earlier result."""
    if warm_start is None:
        return None
    free = cost.value(np.zeros(roads.n_links))
    known, row = _join(roads.link_key, warm_start.link_key)
    first_cost = np.where(known, np.maximum(warm_start.cost_s[row], free), free) - cost.fixed_s
    known, row = _join(warm_start.link_key, roads.link_key)
    n = 0 if warm_start.bushes is None else len(warm_start.bushes.origin_id)
    return bush_based.Start(first_cost, warm_start.bushes, np.zeros(n, dtype=np.int64), np.where(known, row, -1))


def _join(keys: np.ndarray, earlier: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `keys` in `earlier`: a mask of those that are there, and their row (0 elsewhere)."""
    if earlier.size == 0:
        return np.zeros(keys.size, dtype=bool), np.zeros(keys.size, dtype=np.int64)
    if np.array_equal(keys, earlier):
        return np.ones(keys.size, dtype=bool), np.arange(keys.size)
    order = np.argsort(earlier)
    place = np.minimum(np.searchsorted(earlier, keys, sorter=order), earlier.size - 1)
    row = order[place]
    known = earlier[row] == keys
    return known, np.where(known, row, 0)


def _carries(roads: RoadNetwork, volume: FloatArray, demand: FloatArray, earlier: AssignmentResult) -> bool:
    """Whether the volumes of an earlier loading of the same demand are one on this network too.

    They are if everything was assigned and no volume is missing anywhere: the balance holds at each node, and at
    centroids that are not passed through it holds for leaving and arriving separately.
    """
    if earlier.unassigned_trips > 0.0:
        return False
    between = demand.copy()
    np.fill_diagonal(between, 0.0)
    n, zones = roads.n_nodes, roads.n_zones
    leaving = np.bincount(roads.tail, weights=volume, minlength=n)
    arriving = np.bincount(roads.head, weights=volume, minlength=n)
    produced = np.zeros(n)
    attracted = np.zeros(n)
    produced[:zones] = between.sum(axis=1)
    attracted[:zones] = between.sum(axis=0)
    allowed = FEASIBILITY * max(float(between.sum()), 1.0)
    closed = slice(0, roads.first_through)
    return bool(
        (np.abs(leaving - arriving - produced + attracted) <= allowed).all()
        and (np.abs(leaving - produced)[closed] <= allowed).all()
    )


def _report_unassigned(trips: ODMatrix, loader: Loader, unassigned_veh_per_h: float) -> None:
    pairs = loader.pairs_without_path()
    named = "; ".join(
        f"{trips.zone_id[origin]} -> {trips.zone_id[to]} ({amount * trips.duration_h:g})"
        for origin, to, amount in pairs[:NAMED_PAIRS]
    )
    more = f" and {len(pairs) - NAMED_PAIRS} more" if len(pairs) > NAMED_PAIRS else ""
    message = (
        f"no path for {len(pairs)} pairs of zones with {unassigned_veh_per_h * trips.duration_h:g} trips: {named}{more}"
    )
    if len(pairs) and unassigned_veh_per_h >= loader.total_veh_per_h * (1.0 - FEASIBILITY):
        raise DemandError(f"{message}; nothing can be assigned: connect the zones to the network")
    warnings.warn(message, DataWarning, stacklevel=3)


@contextmanager
def _threads(threads: int | None) -> Iterator[None]:
    """Let numba use this many threads inside the block."""
    if threads is None:
        yield
        return
    import numba

    most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]  # set when numba is imported
    if not 1 <= threads <= most:
        raise DemandError(f"threads: {threads} must be between 1 and {most} (the processors numba may use)")
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@contextmanager
def _progress(wanted: bool, target_gap: float) -> Iterator[frank_wolfe.Report | None]:
    """Progress line on stderr."""
    if not wanted:
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc="assign", unit="it", delay=SHOWN_AFTER_S) as bar:

        def report(iteration: int, gap: float) -> None:
            bar.set_postfix_str(f"gap {gap:.2e}, target {target_gap:.0e}", refresh=False)
            bar.update(iteration - bar.n)

        yield report
