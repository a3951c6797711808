"""Stochastic user equilibrium: volumes that logit route choice gives at the very costs they cause.

With x the volumes, c(x) their costs and y(c) the logit load, the equilibrium is x = y(c(x)). It is the only stationary
point of

    z(x) = sum_a [x_a c_a(x_a) - integral of c_a from 0 to x_a] - demand x expected least perceived cost at c(x),

whose gradient is c'(x) (x - y) (Sheffi and Powell 1982, "An algorithm for the equilibrium assignment problem with
random link times", Networks 12). Its volumes are those that minimise Fisk's (1980) objective over efficient routes.

Averaging x with y (the method of successive averages) needs thousands of loads. Here each step solves the linear system
of Newton's method for x - y(c(x)) = 0,

    (I - J C) d = y - x,    J = dy/dc,  C = diag(c'(x)),

by conjugate gradients: scaled by the roots of C the matrix is symmetric with all eigenvalues at least 1, since J has no
positive one. A product with J costs two walks over the efficient links, less than a load. The solution leads down, so
that a step short enough lowers z, and close to the equilibrium whole steps converge quadratically.
"""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.solved import LinkCost
from itas_mobility.demand.assignment.stochastic_loading import LogitLoader
from itas_mobility.demand.progress import Report
from itas_mobility.kernels.frank_wolfe import dot

FORCING = 1e-3
"""Residual, relative to the right side, at which a linear system counts as solved far from equilibrium. Rougher
directions make whole steps fail on congested networks (at 1e-1 many times more loads were counted than at 1e-3)."""
PRODUCTS = 200
"""Most products with J for one direction; the direction found so far leads down all the same."""
SUFFICIENT = 1e-4
"""Share of the fall promised by the slope that a step must bring (the usual constant of Armijo's rule)."""
ROUNDING = 1e-12
"""Change of the objective, relative to its largest term, that rounding may hide; there the residual must fall."""
SHRINK = (0.1, 0.5)
"""A step that fails is cut to the minimum of a parabola, but at least and at most to these shares."""
SHORTEST_STEP = 1e-10
"""A direction along which no longer step helps is rounding."""
BALANCED = 1e-10
"""Imbalance of volumes at the nodes, relative to their sum, up to which they count as carrying the demand."""


@dataclass(frozen=True)
class SolvedLogit:
    """Where the solver stopped."""

    volume: FloatArray
    residual: float
    iterations: int
    history: tuple[float, ...]


class _Point(NamedTuple):
    """Volumes, the load at their costs, and how they differ."""

    volume: FloatArray
    cost: FloatArray
    rest: FloatArray
    """Load minus volume."""
    objective: float
    scale: float
    """Largest term of the objective."""
    residual: float
    imbalance: float
    """Share of the load by which volumes do not add up at the nodes."""


def solve(
    cost: LinkCost,
    roads: RoadNetwork,
    loader: LogitLoader,
    start: FloatArray,
    *,
    target_residual: float,
    max_iterations: int,
    max_seconds: float | None = None,
    report: Report | None = None,
) -> SolvedLogit:
    """Take Newton steps until volumes and their load agree.

    It ends at the residual, at a limit, or when no step brings the two closer (rounding).

    Parameters
    ----------
    cost : LinkCost
        What volumes cause.
    roads : RoadNetwork
        The network.
    loader : LogitLoader
        Demand and its routes.
    start : array of shape (n_links,)
        Any volumes; they need not carry the demand.
    target_residual : float
        Sum of |load - volume| over links, relative to the sum of the load, to reach.
    max_iterations : int
        Largest number of steps.
    max_seconds : float, optional
        Wall time after which no step is begun.
    report : callable, optional
        Called with iteration and residual.

    Returns
    -------
    SolvedLogit
        Volumes that carry the demand, and the residual measured at these very volumes.
    """
    began = time.perf_counter()
    point = _look(cost, roads, loader, start)
    history: list[float] = []
    iteration = 0
    while True:
        history.append(point.residual)
        if report is not None:
            report(iteration, point.residual)
        done = point.residual <= target_residual and point.imbalance <= BALANCED
        out_of_time = max_seconds is not None and time.perf_counter() - began >= max_seconds
        if done or iteration >= max_iterations or out_of_time:
            break
        direction, slope = _direction(cost, loader, point)
        found = _step(cost, roads, loader, point, direction, slope)
        if found is None:
            break
        point = found
        iteration += 1
    if point.imbalance > BALANCED:  # stopped early: the load itself carries the demand
        point = _look(cost, roads, loader, point.volume + point.rest)
        history[-1] = point.residual
    return SolvedLogit(point.volume, point.residual, iteration, tuple(history))


def _look(cost: LinkCost, roads: RoadNetwork, loader: LogitLoader, volume: FloatArray) -> _Point:
    link_cost = cost.value(volume)
    load = loader.load(link_cost)
    rest = load.volume_veh_per_h - volume
    total, area = float(dot(volume, link_cost)), cost.integral(volume)
    carried = max(float(load.volume_veh_per_h.sum()), np.finfo(float).tiny)
    balance = np.bincount(roads.tail, rest, roads.n_nodes) - np.bincount(roads.head, rest, roads.n_nodes)
    return _Point(
        volume=volume,
        cost=link_cost,
        rest=rest,
        objective=total - area - load.expected_veh_s,
        scale=max(total, area, abs(load.expected_veh_s)),
        residual=float(np.abs(rest).sum()) / carried,
        imbalance=float(np.abs(balance).sum()) / carried,
    )


def _direction(cost: LinkCost, loader: LogitLoader, point: _Point) -> tuple[FloatArray, float]:
    """Newton's direction by conjugate gradients, and the slope of the objective along it."""
    steep = cost.slope(point.volume)
    steep[~np.isfinite(steep)] = 0.0  # power below 1 on an empty link: nothing is known about it, so its cost stays
    root = np.sqrt(steep)
    left = root * point.rest
    wanted = min(FORCING, point.residual) ** 2 * dot(left, left)
    search = left.copy()
    length = dot(left, left)
    drawn = np.zeros_like(left)
    for _ in range(PRODUCTS):
        if length <= wanted:
            break
        change = loader.change(root * search)
        product = search - root * change
        factor = length / dot(search, product)
        drawn += factor * change
        left -= factor * product
        before, length = length, dot(left, left)
        search = left + length / before * search
    direction = point.rest + drawn
    slope = -dot(point.rest * steep, direction)
    if slope > 0.0:  # rounding spoilt the system: the rest itself leads down
        return point.rest, -dot(point.rest * steep, point.rest)
    return direction, slope


def _step(
    cost: LinkCost, roads: RoadNetwork, loader: LogitLoader, point: _Point, direction: FloatArray, slope: float
) -> _Point | None:
    """The point that a step short enough leads to; None if no step helps."""
    step = 1.0
    while step >= SHORTEST_STEP:
        found = _look(cost, roads, loader, np.maximum(point.volume + step * direction, 0.0))
        rise = found.objective - point.objective
        hidden = rise <= ROUNDING * point.scale and found.residual < point.residual
        if rise <= SUFFICIENT * step * slope or hidden:
            return found
        bend = rise - step * slope
        best = -0.5 * slope * step**2 / bend if bend > 0.0 else 0.0
        step = min(max(best, SHRINK[0] * step), SHRINK[1] * step)
    return None
