"""Link-based equilibrium: successive averages, Frank-Wolfe, and its conjugate and biconjugate forms.

Sources: Frank and Wolfe (1956); LeBlanc, Morlok and Pierskalla (1975); Mitradjieva and Lindberg (2013), "The stiff is
moving: conjugate direction Frank-Wolfe methods with applications to traffic assignment", Transportation Science 47.
"""

import time
from typing import Literal, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.demand.assignment.gap import relative_gap, total_cost
from itas_mobility.demand.assignment.solved import LinkCost, Loading, Solved
from itas_mobility.demand.progress import Report
from itas_mobility.kernels.frank_wolfe import conjugacy_sums

Method: TypeAlias = Literal["msa", "fw", "cfw", "bfw"]

NEAR_ONE = 0.99
"""Largest share of earlier points in a conjugate target (1 - delta of Mitradjieva and Lindberg, delta = 0.01)."""
LINE_SEARCH_TOLERANCE = 1e-13
"""Directional derivative, relative to the one at the start, at which a step counts as exact."""
LINE_SEARCH_STEPS = 60
"""Ends the line search; halving alone would by then have cut [0, 1] down to rounding."""


def solve(
    cost: LinkCost,
    loading: Loading,
    start: FloatArray,
    *,
    method: Method,
    target_gap: float,
    max_iterations: int,
    max_seconds: float | None = None,
    report: Report | None = None,
) -> Solved:
    """Move volumes towards shortest paths until the relative gap is reached.

    It ends at the gap, at a limit, or when no step lowers the objective any more (rounding).

    Parameters
    ----------
    cost, loading
        What is balanced, and what finds shortest paths.
    start : array of shape (n_links,)
        Volumes that carry all demand.
    method : {"msa", "fw", "cfw", "bfw"}
        Successive averages, Frank-Wolfe, conjugate, biconjugate.
    target_gap : float
        Relative gap to reach.
    max_iterations : int
        Largest number of steps.
    max_seconds : float, optional
        Wall time after which no step is begun.
    report : callable, optional
        Called with iteration and gap.

    Returns
    -------
    Solved
        Volumes and, measured at these very volumes, costs and gap.
    """
    began = time.perf_counter()
    volume = start.copy()
    link_cost = np.empty_like(volume)
    shortest = np.empty_like(volume)
    memory = _Memory(volume.size)
    history: list[float] = []
    iteration = 0
    while True:
        cost.value(volume, link_cost)
        load = loading.load(link_cost, shortest)
        total = total_cost(volume, link_cost)
        gap = relative_gap(total, load.shortest_veh_s)
        history.append(gap)
        if report is not None:
            report(iteration, gap)
        out_of_time = max_seconds is not None and time.perf_counter() - began >= max_seconds
        if gap <= target_gap or iteration >= max_iterations or out_of_time:
            break
        if method == "msa":
            step = 1.0 / (iteration + 2.0)
            volume += step * (shortest - volume)
        else:
            target = memory.target(method, cost, volume, shortest)
            direction = target - volume
            step = line_search(cost, volume, direction)
            if step <= 0.0 and target is not shortest:  # a conjugate target that does not lead down
                memory.forget()
                target = shortest
                direction = target - volume
                step = line_search(cost, volume, direction)
            if step <= 0.0:
                break
            memory.keep(target, step)
            volume += step * direction
        iteration += 1
    return Solved(
        volume=volume,
        cost=link_cost,
        relative_gap=gap,
        total_cost=total,
        shortest_cost=load.shortest_veh_s,
        unassigned=load.unassigned_veh_per_h,
        iterations=iteration,
        history=tuple(history),
    )


class _Memory:
    """The last two target points, from which conjugate targets are made."""

    def __init__(self, n_links: int) -> None:
        self._slope = np.empty(n_links)
        self._point = np.zeros(n_links)
        self._point_before = np.zeros(n_links)
        self._step = 0.0
        self._known = 0

    def forget(self) -> None:
        """Begin anew."""
        self._known = 0

    def keep(self, target: FloatArray, step: float) -> None:
        """Remember the target of a step; one walked to the end leaves nothing to be conjugate to."""
        if step >= 1.0:
            self.forget()
            return
        self._point, self._point_before = self._point_before, self._point
        self._point[:] = target
        self._step = step
        self._known = min(self._known + 1, 2)

    def target(self, method: Method, cost: LinkCost, volume: FloatArray, shortest: FloatArray) -> FloatArray:
        """The point to move to: a convex combination of all-or-nothing volumes, hence feasible."""
        if method == "fw" or self._known == 0:
            return shortest
        cost.slope(volume, self._slope)
        point_shortest, point_point, before_shortest, before_apart = conjugacy_sums(
            self._slope, volume, shortest, self._point, self._point_before, self._step
        )
        two_known = self._known == 2 and self._step < NEAR_ONE and point_point > 0.0 and before_apart != 0.0
        if method == "bfw" and two_known:
            mu = max(0.0, -before_shortest / before_apart)
            nu = max(0.0, -point_shortest / point_point + mu * self._step / (1.0 - self._step))
            weight = 1.0 / (1.0 + mu + nu)
            if 1.0 - weight <= NEAR_ONE:
                combined: FloatArray = weight * (shortest + nu * self._point + mu * self._point_before)
                return combined
        apart = point_shortest - point_point
        share = point_shortest / apart if apart < 0.0 else 0.0
        if not share > 0.0:
            return shortest
        share = min(share, NEAR_ONE)
        mixed: FloatArray = share * self._point + (1.0 - share) * shortest
        return mixed


def line_search(cost: LinkCost, volume: FloatArray, direction: FloatArray) -> float:
    """Step in [0, 1] that minimises the objective along `direction`: Newton's method inside a shrinking bracket.

    Parameters
    ----------
    cost : LinkCost
        Its integral is minimised.
    volume : array of shape (n_links,)
        Where the step starts.
    direction : array of shape (n_links,)
        Where step 1 ends, minus `volume`.

    Returns
    -------
    float
        The step; 0 if the objective does not fall along the direction.
    """
    slope_start, bend = cost.directional(volume, direction, 0.0)
    if not slope_start < 0.0:
        return 0.0
    slope_end, _ = cost.directional(volume, direction, 1.0)
    if slope_end <= 0.0:
        return 1.0
    low, high = 0.0, 1.0
    step = -slope_start / bend if bend > 0.0 else 0.5
    for _ in range(LINE_SEARCH_STEPS):
        if not low < step < high:
            step = 0.5 * (low + high)
        slope, bend = cost.directional(volume, direction, step)
        if abs(slope) <= -LINE_SEARCH_TOLERANCE * slope_start:
            break
        if slope < 0.0:
            low = step
        else:  # too far, or not a number
            high = step
        if high - low <= np.spacing(high):
            break
        step = step - slope / bend if bend > 0.0 else 0.5 * (low + high)
    return step
