"""The verbs `assign_stochastic` and `load_stochastic`: trips on roads by logit route choice."""

import time
import warnings

import numpy as np

from itas_mobility.core.columns import FloatArray, content_digest
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import AssignmentResult, Unassigned
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment import stochastic_newton
from itas_mobility.demand.assignment.gap import total_cost
from itas_mobility.demand.assignment.loaded_bushes import classes_of
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.assignment.starting import join_links
from itas_mobility.demand.assignment.stochastic_loading import LogitLoader
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.demand.assignment.without_path import report_unassigned, unassigned_demand
from itas_mobility.demand.progress import progress_line
from itas_mobility.demand.solver_limits import check_limits
from itas_mobility.demand.threads import use_threads
from itas_mobility.errors import ConvergenceWarning, DemandError


def assign_stochastic(
    roads: RoadNetwork,
    trips: ODMatrix,
    *,
    theta_per_s: float,
    relative_gap: float = 1e-6,
    max_iterations: int = 200,
    max_seconds: float | None = None,
    warm_start: AssignmentResult | None = None,
    toll_weight_s_per_eur: float = 0.0,
    distance_weight_s_per_m: float = 0.0,
    preload_veh_per_h: FloatArray | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> AssignmentResult:
    """Assign trips so that nobody thinks to do better alone, where drivers perceive costs with a random error (logit).

    Each pair spreads over its efficient routes in proportion to exp(-theta x cost), at the costs that all volumes cause
    together: the stochastic user equilibrium of Fisk (1980). A route is efficient if every link of it leads farther
    from the origin by the cheapest way at zero volume (Dial 1971); of links between nodes that are equally far, those
    count which lead to a node whose cheapest way has more links. So each pair keeps its cheapest route, routes stay
    the same whatever the volumes, and the result does not depend on the numbering. Volumes are unique. As always with
    logit, routes that share most of their links count as if they were different ones.

    The result does not depend on the number of threads. See `stochastic_newton` for the method.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*. Centroids are not passed through where `first_through` says so.
    trips : ODMatrix
        Vehicles; divided by its `duration_h`. Intrazonal trips stay off the network.
    theta_per_s : float
        How strongly cost decides, above 0: a route that is 1 / theta seconds dearer is taken 1 / e times as often. The
        larger, the closer to the user equilibrium (over efficient routes) and the more steps.
    relative_gap : float, default=1e-6
        Residual at which to stop: the sum over links of |logit load at the costs of the volumes - volume|, divided by
        the sum of that load. It takes the place of the gap in the result.
    max_iterations : int, default=200
        Largest number of steps.
    max_seconds : float, optional
        Wall time after which no further step is begun.
    warm_start : AssignmentResult, optional
        An earlier result of any algorithm; its volumes are the start, links are found by `link_key`.
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as in route choice.
    preload_veh_per_h : array of shape (n_links,), optional
        Vehicles on the links besides the trips (buses, in car units).
    threads : int, optional
        Threads to use (default: as numba is set, and one for small networks). It changes the time only.
    progress : bool, default=False
        Show a progress line on stderr.

    Returns
    -------
    AssignmentResult
        With algorithm "logit". `relative_gap` and `gap_history` hold the residual; TSTT, SPTT and Beckmann value are
        those of these volumes, of which SPTT is less than TSTT since not everybody takes the cheapest route.

    Raises
    ------
    NetworkError, DemandError, InputError
        For a network, demand or option that cannot be used, naming link or pair.

    Warns
    -----
    ConvergenceWarning
        If a limit is hit before the residual is reached.
    DataWarning
        If some demand has no path, naming pairs; it is counted in `unassigned_trips`.
    """
    began = time.perf_counter()
    _check_theta(theta_per_s)
    check_limits(max_seconds=max_seconds, relative_gap=relative_gap, max_iterations=max_iterations)
    demand = trips.trips / trips.duration_h
    shortest = Loader(roads, demand)
    work = shortest.n_origins * roads.n_nodes
    travel = TravelCost(
        roads,
        toll_weight_s_per_eur=toll_weight_s_per_eur,
        distance_weight_s_per_m=distance_weight_s_per_m,
        preload_veh_per_h=preload_veh_per_h,
    )
    free = travel.value(np.zeros(roads.n_links))
    with use_threads(threads, work), progress_line(progress, relative_gap) as report:
        loader = LogitLoader(roads, shortest.pairs, free, theta_per_s)
        found = stochastic_newton.solve(
            travel,
            roads,
            loader,
            loader.load(free).volume_veh_per_h if warm_start is None else _earlier(roads, warm_start),
            target_residual=relative_gap,
            max_iterations=max_iterations,
            max_seconds=max_seconds,
            report=report,
        )
        cost = travel.value(found.volume)
        sptt = shortest.load(cost).shortest_veh_s
    converged = found.residual <= relative_gap
    unassigned = _without_path(trips, loader, shortest)
    if not converged:
        warnings.warn(
            f"stochastic assignment stopped after {found.iterations} iterations at residual {found.residual:.2e}, "
            f"target {relative_gap:.2e}: raise max_iterations or max_seconds, or accept a larger residual",
            ConvergenceWarning,
            stacklevel=2,
        )
    return AssignmentResult(
        link_key=roads.link_key,
        volume_veh_per_h=found.volume,
        time_s=travel.time(found.volume),
        cost_s=cost,
        relative_gap=found.residual,
        tstt_veh_s=total_cost(found.volume, cost),
        sptt_veh_s=sptt,
        beckmann_veh_s=travel.integral(found.volume),
        iterations=found.iterations,
        converged=converged,
        unassigned_trips=unassigned.total,
        unassigned=unassigned,
        algorithm="logit",
        gap_history=found.history,
        demand_digest=content_digest(demand),
        elapsed_s=time.perf_counter() - began,
    )


def load_stochastic(
    roads: RoadNetwork,
    trips: ODMatrix,
    *,
    theta_per_s: float,
    cost_s: FloatArray | None = None,
    toll_weight_s_per_eur: float = 0.0,
    distance_weight_s_per_m: float = 0.0,
    threads: int | None = None,
) -> AssignmentResult:
    """Spread trips over efficient routes by logit at fixed costs, once, without congestion (Dial 1971).

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*.
    trips : ODMatrix
        Vehicles; divided by its `duration_h`. Intrazonal trips stay off the network.
    theta_per_s : float
        How strongly cost decides, see `assign_stochastic`.
    cost_s : array of shape (n_links,), optional
        Costs that route choice sees, e.g. those of an earlier result; default those at zero volume. Which routes are
        efficient is decided by the costs at zero volume all the same, as in `assign_stochastic`.
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as in the costs at zero volume.
    threads : int, optional
        Threads to use (default: as numba is set, and one for small networks). It changes the time only.

    Returns
    -------
    AssignmentResult
        With algorithm "logit_loading": volumes, the times these would cause, and the costs that were given. Since costs
        are fixed, the gap is 0 and the Beckmann value equals TSTT.

    Raises
    ------
    NetworkError, DemandError, InputError
        For a network, demand, cost or option that cannot be used, naming link or pair.

    Warns
    -----
    DataWarning
        If some demand has no path, naming pairs; it is counted in `unassigned_trips`.
    """
    began = time.perf_counter()
    _check_theta(theta_per_s)
    demand = trips.trips / trips.duration_h
    shortest = Loader(roads, demand)
    work = shortest.n_origins * roads.n_nodes
    travel = TravelCost(
        roads, toll_weight_s_per_eur=toll_weight_s_per_eur, distance_weight_s_per_m=distance_weight_s_per_m
    )
    free = travel.value(np.zeros(roads.n_links))
    cost = free if cost_s is None else _given_costs(roads, cost_s)
    with use_threads(threads, work):
        loader = LogitLoader(roads, shortest.pairs, free, theta_per_s)
        volume = loader.load(cost).volume_veh_per_h
        sptt = shortest.load(cost).shortest_veh_s
    tstt = total_cost(volume, cost)
    unassigned = _without_path(trips, loader, shortest)
    return AssignmentResult(
        link_key=roads.link_key,
        volume_veh_per_h=volume,
        time_s=travel.time(volume),
        cost_s=cost,
        relative_gap=0.0,
        tstt_veh_s=tstt,
        sptt_veh_s=sptt,
        beckmann_veh_s=tstt,
        iterations=0,
        converged=True,
        unassigned_trips=unassigned.total,
        unassigned=unassigned,
        algorithm="logit_loading",
        demand_digest=content_digest(demand),
        elapsed_s=time.perf_counter() - began,
    )


def _check_theta(theta_per_s: float) -> None:
    if not (np.isfinite(theta_per_s) and theta_per_s > 0):
        raise DemandError(f"theta_per_s: {theta_per_s} must be positive and finite")


def _given_costs(roads: RoadNetwork, cost_s: FloatArray) -> FloatArray:
    cost = np.array(cost_s, dtype=np.float64)
    if cost.shape != (roads.n_links,):
        raise DemandError(f"cost_s: shape {cost.shape}, expected {(roads.n_links,)}")
    bad = ~(np.isfinite(cost) & (cost >= 0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DemandError(
            f"cost_s: {cost[row]} on link {row} (key {roads.link_key[row]}) must be finite and not negative"
        )
    return cost


def _earlier(roads: RoadNetwork, earlier: AssignmentResult) -> FloatArray:
    """Volumes of an earlier result on the links that are still there; the first whole step makes up for the others."""
    known, row = join_links(roads.link_key, earlier.link_key)
    if earlier.link_key.size == 0:
        return np.zeros(roads.n_links)
    return np.where(known, earlier.volume_veh_per_h[row], 0.0)


def _without_path(trips: ODMatrix, loader: LogitLoader, shortest: Loader) -> Unassigned:
    """Pairs without a path, after a warning that names some."""
    classes = classes_of(trips)
    unassigned = unassigned_demand(classes, [shortest.pairs], [loader.lost])
    report_unassigned(classes, unassigned, stacklevel=5)
    return unassigned
