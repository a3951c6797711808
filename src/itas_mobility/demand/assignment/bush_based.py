"""Bush-based equilibrium: an origin's trips stay on an acyclic set of links, which is balanced and improved in turn.

What a bush is
--------------
In equilibrium the trips of one origin use no circle (whoever drives one saves by leaving it out). So the links they use
can be put in an order in which each comes after those that lead to it: the *bush* of the origin. It reaches every node,
and it is almost a tree: only where ways of equal cost meet again, at a *merge*, a node has more than one way in.

In such an order one walk finds, for every node, the least and the largest cost from the origin within the bush (the
*labels*), and a walk back finds how trips split. No search is needed, and no paths are stored.

What is done with it
--------------------
::

    grow the shortest tree of each origin, and put its trips on it
    repeat
        measure the excess cost against true shortest paths: labels of the bush, repaired where a link undercuts them
        stop if the gap is reached
        improve each bush: unused links leave, links that undercut the longest used path join
        balance: at each merge shift trips from the longest used to the shortest way in, until costs are even

A *shift* moves the same number of vehicles from every link of one way to every link of the other, back to the node
where the two ways part. How many follows from Newton's method: cost difference by the sum of slopes.

With frozen costs origins do not depend on each other, so measuring and improving run in parallel over blocks of
origins. Balancing is done origin after origin, each meeting the costs that the last one left, which takes far fewer
rounds.

The gap is the sum over origins and links of flow x (label of tail + cost - label of head). This equals TSTT - SPTT, but
it is a sum of small positive terms instead of a difference of large totals, so gaps of 1e-12 can be told.

Sources: see `kernels.bush`, where the arrays are explained too.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.result import Bushes
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.frank_wolfe import Equilibrium
from itas_mobility.demand.assignment.gap import relative_excess, total_cost
from itas_mobility.demand.assignment.loading import N_BLOCKS, Pairs
from itas_mobility.kernels import bush as kernels
from itas_mobility.kernels.loading import add_blocks

Report: TypeAlias = Callable[[int, float], None]

PASSES = 100
"""Most passes of balancing before bushes are improved again."""
PASSES_BETWEEN_LOOKS = 10
"""Passes of balancing between two looks at the clock."""
LEFT_EXCESS = 0.05
"""Share of the excess cost at which balancing stops: what is left is small beside what better bushes can gain."""
BUSY = 0.3
"""Origins with less excess cost than this share of the mean are passed over in a pass."""
EMPTY = 1e-12
"""Share of an origin's demand up to which a link's flow counts as none: above the rounding of 1e-16 that each of some
thousand shifts between two reloads leaves behind, so that no way is kept for what is not there."""
SLACK = 8
"""A bush's slot is by 1/8 larger than the bush, so that it need not move when links join."""


class Cost(Protocol):
    """A separable rising link cost (see `vdf.TravelCost`)."""

    def value(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Cost of each link."""

    def slope(self, volume: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Derivative of each link's cost."""

    @property
    def columns(self) -> tuple[Any, ...]:
        """What compiled loops need to work out the cost of one link (see `kernels.bush`: delay)."""

    @property
    def table(self) -> FloatArray:
        """What several links' functions look up (likewise)."""


@dataclass(frozen=True)
class BushEquilibrium(Equilibrium):
    """Where the solver stopped, with the bushes."""

    bushes: Bushes


def solve(
    cost: Cost,
    roads: RoadNetwork,
    pairs: Pairs,
    *,
    target_gap: float,
    max_iterations: int,
    max_seconds: float | None = None,
    first_cost: FloatArray | None = None,
    earlier: Bushes | None = None,
    earlier_row: LongArray | None = None,
    report: Report | None = None,
) -> BushEquilibrium:
    """Balance costs over the bushes of all origins until the relative gap is reached.

    It ends at the gap, at a limit, or when nothing is left to shift or to join (rounding).

    Parameters
    ----------
    cost : Cost
        What is balanced.
    roads : RoadNetwork
        Zone *i* is node *i*.
    pairs : Pairs
        Demand by origin.
    target_gap : float
        Relative gap to reach.
    max_iterations : int
        Largest number of rounds.
    max_seconds : float, optional
        Wall time after which balancing stops and no round is begun.
    first_cost : array of shape (n_links,), optional
        Costs that decide the first trees; default those at zero volume, raised by each origin's trips for the next.
    earlier : Bushes, optional
        Bushes to start from, of any network and demand; origins without one get the shortest tree.
    earlier_row : array of int, optional
        Row in `roads` of each link that `earlier` knows, -1 where it has gone.
    report : callable, optional
        Called with iteration and gap.

    Returns
    -------
    BushEquilibrium
        Volumes and, measured at these very volumes, costs and gap.
    """
    began = time.perf_counter()

    def out_of_time() -> bool:
        return max_seconds is not None and time.perf_counter() - began >= max_seconds

    state = _State(cost, roads, pairs)
    if earlier is not None and earlier_row is not None:
        state.adopt(earlier, earlier_row, first_cost)
    else:
        state.grow(first_cost)
    unassigned = state.drop_lost()
    state.reload()
    history: list[float] = []
    iteration = 0
    while True:
        # volumes are freshly added up here, so that what is measured last is what is returned
        total = total_cost(state.volume, state.cost)
        excess, joined = state.improve()
        gap = relative_excess(excess, total)
        history.append(gap)
        if report is not None:
            report(iteration, gap)
        if gap <= target_gap or iteration >= max_iterations or out_of_time():
            break
        shifts = state.balance(LEFT_EXCESS * excess, out_of_time)
        if shifts == 0 and joined == 0:
            break
        state.reload()
        iteration += 1
    return BushEquilibrium(
        volume=state.volume,
        cost=state.cost,
        relative_gap=gap,
        total_cost=total,
        shortest_cost=total - excess,
        unassigned=unassigned,
        iterations=iteration,
        history=tuple(history),
        bushes=state.result(),
    )


class _State:
    """The arrays that the kernels work on."""

    def __init__(self, cost: Cost, roads: RoadNetwork, pairs: Pairs) -> None:
        into = np.argsort(roads.head, kind="stable").astype(np.int32)
        into_ptr = np.searchsorted(roads.head[into], np.arange(roads.n_nodes + 1)).astype(np.int64)
        n_origins = len(pairs.origin)
        self._function = cost
        self._node_id = roads.node_id
        self._network = (roads.first_through, roads.ptr, roads.tail, roads.head, into_ptr, into)
        marginal, *columns = cost.columns
        links = np.column_stack([*columns, np.full(roads.n_links, marginal)]).astype(np.float64)
        self._delay = (links, cost.table)
        self._pairs = pairs
        self._start: LongArray = np.zeros(n_origins + 1, dtype=np.int64)
        self._n_links: LongArray = np.zeros(n_origins, dtype=np.int64)
        self._n_core: LongArray = np.zeros(n_origins, dtype=np.int64)
        self._link: IntArray = np.empty(0, dtype=np.int32)
        self._flow: FloatArray = np.empty(0)
        self._excess = np.zeros(n_origins)
        self._empty = EMPTY * np.array([part.sum() for part in np.split(pairs.demand, pairs.ptr[1:-1])][:n_origins])
        self._blocks = np.empty((max(1, min(N_BLOCKS, n_origins)), roads.n_links))
        self.volume: FloatArray = np.zeros(roads.n_links)
        self.cost = cost.value(self.volume)
        self.slope = cost.slope(self.volume)

    @property
    def _bushes(self) -> tuple[LongArray, LongArray, LongArray, IntArray, FloatArray]:
        return self._start, self._n_links, self._n_core, self._link, self._flow

    def _resize(self, needed: LongArray) -> None:
        """Give each bush a slot for so many links and some more; what stands there is kept."""
        size = np.maximum(needed + needed // SLACK, np.diff(self._start))
        start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
        link = np.empty(start[-1], dtype=np.int32)
        flow = np.empty(start[-1])
        for k, n in enumerate(self._n_links.tolist()):
            old, new = self._start[k], start[k]
            link[new : new + n] = self._link[old : old + n]
            flow[new : new + n] = self._flow[old : old + n]
        self._start, self._link, self._flow = start, link, flow

    def grow(self, first_cost: FloatArray | None) -> None:
        """Begin with shortest trees."""
        n_nodes = self._network[1].size - 1
        self._resize(np.full(len(self._n_links), n_nodes))
        if first_cost is not None:
            self.cost = first_cost.copy()
        kernels.grow(
            self._network, self._delay, self._pairs, self._bushes, first_cost is None, self.volume, self.cost,
            self.slope,
        )  # fmt: skip

    def adopt(self, earlier: Bushes, row: LongArray, first_cost: FloatArray | None) -> None:
        """Begin with bushes of an earlier result."""
        place = {int(node): k for k, node in enumerate(earlier.origin_id)}
        sources = [place.get(int(self._node_id[node])) for node in self._pairs.origin]
        sizes = [0 if k is None else int(earlier.ptr[k + 1] - earlier.ptr[k]) for k in sources]
        ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        link = np.empty(ptr[-1], dtype=np.int32)
        flow = np.empty(ptr[-1])
        for k, source in enumerate(sources):
            if source is not None:
                given = slice(earlier.ptr[source], earlier.ptr[source + 1])
                link[ptr[k] : ptr[k + 1]] = row[earlier.link[given]]
                flow[ptr[k] : ptr[k + 1]] = earlier.volume_veh_per_h[given]
        n_origins = len(sources)
        pending = np.ones(n_origins, dtype=np.uint8)
        needed = np.zeros(n_origins, dtype=np.int64)
        self._resize(np.maximum(np.diff(ptr), self._network[1].size - 1))
        cost = self.cost if first_cost is None else first_cost
        while pending.any():
            kernels.adopt(
                self._network, self._pairs, self._bushes, cost, len(self._blocks), pending, ptr, link, flow, needed
            )
            if pending.any():
                self._resize(np.where(pending, needed, 0))

    def drop_lost(self) -> float:
        """Leave out demand without a path; returns how much there is of it."""
        lost = np.zeros(len(self._pairs.destination), dtype=np.uint8)
        kernels.find_lost(self._network, self._pairs, self._bushes, lost)
        unassigned = float(self._pairs.demand[lost == 1].sum())
        self._pairs = self._pairs._replace(demand=np.where(lost == 1, 0.0, self._pairs.demand))
        return unassigned

    def reload(self) -> None:
        """Make flows carry the demand, and volumes, costs and slopes those of the flows."""
        kernels.reload(self._network, self._pairs, self._bushes, self._blocks)
        add_blocks(self._blocks, self.volume)
        self._function.value(self.volume, self.cost)
        self._function.slope(self.volume, self.slope)

    def improve(self) -> tuple[float, int]:
        """Excess cost of all origins, and how many links have joined their bushes."""
        n_origins = len(self._n_links)
        pending = np.ones(n_origins, dtype=np.uint8)
        joined = np.zeros(n_origins, dtype=np.int64)
        needed = np.zeros(n_origins, dtype=np.int64)
        while pending.any():
            kernels.improve(
                self._network, self._pairs, self._bushes, self._empty, self.cost, len(self._blocks), pending,
                self._excess, joined, needed,
            )  # fmt: skip
            if pending.any():
                self._resize(np.where(pending, needed, 0))
        return float(self._excess.sum()), int(joined.sum())

    def balance(self, goal: float, out_of_time: Callable[[], bool]) -> int:
        """Shift until the bushes' own excess cost is down to the goal; returns the number of shifts."""
        shifts = 0
        for first_pass in range(0, PASSES, PASSES_BETWEEN_LOOKS):
            n, done = kernels.balance(
                self._network, self._delay, self._pairs, self._bushes, self._empty, self.volume, self.cost, self.slope,
                self._excess, first_pass, PASSES_BETWEEN_LOOKS, goal, BUSY,
            )  # fmt: skip
            shifts += int(n)
            if done or out_of_time():
                break
        return shifts

    def result(self) -> Bushes:
        """Bushes as a noun, without their empty links."""
        n_origins = len(self._n_links)
        ptr = np.zeros(n_origins + 1, dtype=np.int64)
        size = int(self._n_links.sum())
        link = np.empty(size, dtype=np.int32)
        flow = np.empty(size)
        kernels.trim(self._bushes, self._pairs.origin, self._network, self.cost, ptr, link, flow)
        n = int(ptr[-1])
        return Bushes(
            origin_id=self._node_id[self._pairs.origin],
            class_row=np.zeros(n_origins, dtype=np.uint8),
            ptr=ptr,
            link=link[:n],
            volume_veh_per_h=flow[:n],
        )
