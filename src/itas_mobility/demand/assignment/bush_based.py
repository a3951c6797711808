"""Bush-based equilibrium: an origin's trips stay on an acyclic set of links, which is balanced and improved in turn.

What a bush is
--------------
In equilibrium the trips of one origin use no circle (whoever drives one saves by leaving it out). So the links they use
can be put in an order in which each comes after those that lead to it: the *bush* of the origin. It is almost a tree:
only where ways of equal cost meet again, at a *merge*, a node has more than one way in.

In such an order one walk finds, for every node, the least and the largest cost from the origin within the bush (the
*labels*), and a walk back finds how trips split. No search is needed, and no paths are stored.

What is done with it
--------------------
::

    begin: shortest ways to each origin's destinations, which a part of the origins seeks after the other
    repeat
        measure the excess cost against true shortest paths, whose labels the contraction hierarchy gives
        stop if the gap is reached
        improve each bush: unused links leave, links and detours that undercut the longest used path join
        balance: at each merge shift trips from longer used ways to the shortest, until costs are even;
            where rounds become slow, Newton's method moves all bushes at once first
        reload: make flows carry the demand exactly, and add them up

A *shift* moves the same number of vehicles from every link of one way to every link of the other, back to the node
where the two ways part. How many follows from Newton's method: cost difference by the sum of slopes.

With frozen costs bushes do not depend on each other, so measuring and improving is shared among threads. Balancing is
done bush after bush, each meeting the costs that the last one left, which takes far fewer rounds. Where few bushes have
nearly all the excess (after a small change), these are improved and balanced on their own for some rounds; what counts
is always measured over all.

The gap is summed from terms that are not negative (see `kernels.bush_growth.improve`). It equals TSTT - SPTT, but it is
no difference of large totals, so gaps of 1e-12 can be told.

User classes have bushes of their own and share the volumes, in passenger-car units.

Sources: see `kernels.bush`, where the arrays are explained too.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from itas_mobility.core.columns import ByteArray, FloatArray, IntArray, LongArray
from itas_mobility.core.result import Bushes
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.bush_tuning import TUNING
from itas_mobility.demand.assignment.gap import relative_excess, total_cost
from itas_mobility.demand.assignment.loading import N_BLOCKS, Pairs
from itas_mobility.demand.assignment.solved import LinkCost, Solved
from itas_mobility.demand.hierarchy import hierarchy_of, weights
from itas_mobility.demand.progress import Report
from itas_mobility.demand.threads import in_threads
from itas_mobility.kernels import bush as kernels
from itas_mobility.kernels import bush_growth as growth
from itas_mobility.kernels.bush_newton import newton_step
from itas_mobility.kernels.hierarchy import LANES, Weights
from itas_mobility.kernels.loading import add_blocks, lowest_begin
from itas_mobility.kernels.stars import both_stars


class ClassDemand(NamedTuple):
    """What one user class asks for."""

    cost: LinkCost
    """Generalised cost of the links; classes differ in the fixed part only."""
    pairs: Pairs
    """Demand in passenger-car units per hour."""
    closed: np.ndarray | None = None
    """Links that the class may not use, bool of shape (n_links,)."""


@dataclass(frozen=True)
class SolvedByBushes(Solved):
    """Where the solver stopped, with the bushes."""

    class_volume: FloatArray
    """Passenger-car units per hour of each class, shape (n_classes, n_links)."""
    bushes: Bushes
    """Volumes in passenger-car units."""
    lost: tuple[np.ndarray, ...]
    """Per class, which of its pairs have no path."""


class Start(NamedTuple):
    """Where to begin from: costs that decide the first ways, and bushes of an earlier result."""

    first_cost: FloatArray
    """Shape (n_links,): travel time without the fixed part of the classes."""
    bushes: Bushes | None
    bush_class: LongArray
    """User class of each earlier bush among the present ones, -1 for none."""
    row: LongArray
    """Row in the present network of each link that the bushes know, -1 where it has gone."""
    is_balanced: bool
    """Whether nothing has changed, so that the bushes need not be balanced before anything is measured."""


def solve(
    classes: Sequence[ClassDemand],
    roads: RoadNetwork,
    *,
    target_gap: float,
    max_iterations: int,
    max_seconds: float | None = None,
    start: Start | None = None,
    report: Report | None = None,
) -> SolvedByBushes:
    """Balance costs over the bushes of all origins and classes until the relative gap is reached.

    It ends at the gap, at a limit, or when twice in a row, the second time with Newton's method, nothing is left to
    shift or to join (rounding).

    Parameters
    ----------
    classes : sequence of ClassDemand
        Who travels, and what links cost them.
    roads : RoadNetwork
        Zone *i* is node *i*.
    target_gap : float
        Relative gap to reach.
    max_iterations : int
        Largest number of rounds.
    max_seconds : float, optional
        Wall time after which balancing stops and no round is begun.
    start : Start, optional
        What to begin with; default the empty network.
    report : callable, optional
        Called with iteration and gap.

    Returns
    -------
    SolvedByBushes
        Volumes and, measured at these very volumes, costs and gap.
    """
    began = time.perf_counter()

    def out_of_time() -> bool:
        return max_seconds is not None and time.perf_counter() - began >= max_seconds

    state = _State(classes, roads)
    _begin(state, start, target_gap if max_iterations > 0 else None, out_of_time)
    history: list[float] = []
    iteration = 0
    enough = 0.0
    busy = state.all_bushes
    pace = _Pace()
    settled = False
    while True:
        # volumes are freshly added up here, so that what is measured last is what is returned
        total = state.total_cost()
        excess, joined = state.improve(busy, enough)
        allowed = 0.5 * target_gap * total
        of_all = len(busy) == state.n_bushes
        if not of_all and (excess <= allowed or iteration >= max_iterations or out_of_time()):
            busy, enough = state.all_bushes, 0.0
            continue
        if of_all:
            gap = relative_excess(excess, total)
            history.append(gap)
            if report is not None:
                report(iteration, gap)
            if gap <= target_gap or iteration >= max_iterations or out_of_time():
                break
            busy = state.busy_bushes(allowed)
        with_newton = pace.wants_newton(excess, state.is_small) or settled
        shifts = state.balance(TUNING.left_excess * excess, with_newton, out_of_time)
        if shifts == 0 and joined == 0:
            if of_all and enough == 0.0:
                if settled:
                    break
                settled = True
            busy, enough = state.all_bushes, 0.0
        else:
            settled = False
            enough = TUNING.enough * excess / state.n_bushes
        state.reload()
        iteration += 1
    return SolvedByBushes(
        volume=state.volume,
        cost=state.cost[0],
        relative_gap=gap,
        total_cost=total,
        shortest_cost=total - excess,
        unassigned=state.unassigned(),
        iterations=iteration,
        history=tuple(history),
        class_volume=state.class_volume,
        bushes=state.result(),
        lost=state.lost_pairs(),
    )


def _begin(state: "_State", start: Start | None, balanced_to: float | None, out_of_time: Callable[[], bool]) -> None:
    """Give bushes their first links and flows; those of an earlier result are balanced once, unless the gap is None."""
    if start is None:
        state.begin()
        return
    state.begin_from(start)
    if balanced_to is not None and not start.is_balanced:
        state.balance(0.5 * balanced_to * state.total_cost(), False, out_of_time, passes=TUNING.passes_between_looks)
        state.reload()


class _Pace:
    """How excess cost falls from round to round, and whether Newton's method is worth its time."""

    def __init__(self) -> None:
        self._before = np.inf
        self._slow_rounds = 0
        self._tried = False
        self._wait = 0
        self._next_wait = 1

    def wants_newton(self, excess: float, is_small: bool) -> bool:
        """Whether this round should use it: rounds have become slow, and it did not fail just before.

        Parameters
        ----------
        excess : float
            Excess cost at the beginning of the round.
        is_small : bool
            Whether it costs next to nothing.
        """
        if is_small:
            small_slow, self._before = excess > TUNING.slow_if_small * self._before, excess
            return small_slow
        is_slow = excess > TUNING.slow * self._before
        self._before = excess
        self._slow_rounds = self._slow_rounds + 1 if is_slow else 0
        if self._tried:
            self._next_wait = min(2 * self._next_wait, TUNING.longest_wait) if is_slow else 1
            self._wait = self._next_wait if is_slow else 0
        self._tried = self._wait == 0 and (self._slow_rounds >= 2 or (self._tried and not is_slow))
        self._wait = max(self._wait - 1, 0)
        return self._tried


class _Slots(NamedTuple):
    """Where bushes lie: bush k between ``start[k]`` and ``start[k + 1]`` (see `kernels.bush`)."""

    start: LongArray
    placed: kernels.PlacedLinks

    @classmethod
    def of_size(cls, size: LongArray) -> "_Slots":
        """Slots for so many links of each bush."""
        start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
        n = int(start[-1])
        ends = np.empty(n, np.int32), np.empty(n, np.int32)
        return cls(start, kernels.PlacedLinks(np.empty(n, np.int32), *ends, np.empty(n)))


def _move(n_links: LongArray, slots: _Slots, new: _Slots) -> None:
    """Copy bushes of so many links from their slots to others."""
    growth.move(n_links, slots.start, tuple(slots.placed), new.start, tuple(new.placed))


class _State:
    """The arrays that the kernels work on."""

    def __init__(self, classes: Sequence[ClassDemand], roads: RoadNetwork) -> None:
        self._node_id = roads.node_id
        self._n_nodes = roads.n_nodes
        self._network = both_stars(roads.first_through, roads.ptr, roads.tail, roads.head)
        self._check = classes[0].cost
        self._delay = _delay(classes)
        self._class_ptr = np.cumsum([0, *(len(one.pairs.origin) for one in classes)])
        self._root: IntArray = np.concatenate([one.pairs.origin for one in classes])
        self._user_class: LongArray = np.repeat(np.arange(len(classes)), np.diff(self._class_ptr))
        self._hierarchy = hierarchy_of(roads)
        # bushes that begin near each other are looked at together: their searches climb over the same nodes
        self._order: LongArray = np.lexsort((lowest_begin(self._hierarchy, self._root), self._user_class))
        self._n_pairs = np.cumsum([0, *(len(one.pairs.destination) for one in classes)])
        pair_ptr = np.concatenate([one.pairs.ptr[:-1] + n for one, n in zip(classes, self._n_pairs, strict=False)])
        self._pair_ptr: LongArray = np.append(pair_ptr, self._n_pairs[-1]).astype(np.int64)
        self._destination: IntArray = np.concatenate([one.pairs.destination for one in classes])
        self._amount: FloatArray = np.concatenate([one.pairs.demand for one in classes])
        self._asked = self._amount.copy()
        self._place: IntArray = np.zeros(len(self._amount), dtype=np.int32)
        self._demand = kernels.PlacedDemand(self._pair_ptr, self._destination, self._amount, self._place)
        self._lost: ByteArray = np.zeros(len(self._amount), dtype=np.uint8)
        n_bushes = len(self._root)
        self._n_links: LongArray = np.zeros(n_bushes, dtype=np.int64)
        self._n_core: LongArray = np.zeros(n_bushes, dtype=np.int64)
        self._use(_Slots.of_size(self._n_links))
        self._excess = np.zeros(n_bushes)
        total = np.add.reduceat(np.append(self._amount, 0.0), self._pair_ptr[:-1]) if n_bushes else np.empty(0)
        self._empty = TUNING.empty * total
        self._blocks = np.zeros((len(classes), max(1, min(N_BLOCKS, n_bushes)), roads.n_links))
        self.class_volume: FloatArray = np.zeros((len(classes), roads.n_links))
        self.volume: FloatArray = np.zeros(roads.n_links)
        self.cost: FloatArray = np.empty((len(classes), roads.n_links))
        self.slope: FloatArray = np.empty(roads.n_links)
        self._links = kernels.LinkState(self.volume, self.cost, self.slope)
        self._renew_costs()

    @property
    def is_small(self) -> bool:
        """Whether a step of Newton's method costs next to nothing."""
        return int(self._n_core.sum()) <= TUNING.small_cores

    @property
    def n_bushes(self) -> int:
        """Number of bushes."""
        return len(self._root)

    def _use(self, slots: _Slots) -> None:
        """Let bushes lie in these slots."""
        self._slots = slots
        self._bushes = kernels.PlacedBushes(
            self._root, self._user_class, slots.start, self._n_links, self._n_core, slots.placed
        )

    def _renew_costs(self) -> None:
        n_links = len(self.volume)

        def work(thread: int, n_threads: int) -> None:
            first, end = n_links * thread // n_threads, n_links * (thread + 1) // n_threads
            kernels.update_some(first, end, tuple(self._delay), tuple(self._links))

        in_threads(work, n_links // TUNING.links_per_thread)
        if not np.isfinite(self.cost.min(axis=0)).all():
            self._check.value(self.volume)  # an error, unless these links are closed to all

    def _give_room(self, size: LongArray) -> None:
        """Give each bush a slot for so many links; what stands there is kept."""
        slots = _Slots.of_size(size)
        _move(self._n_links, self._slots, slots)
        self._use(slots)

    def _of_classes(self, todo: LongArray) -> list[tuple[int, LongArray]]:
        """Bushes by class, in the order in which labels are looked for."""
        parts = np.split(todo, np.searchsorted(self._user_class[todo], np.arange(1, len(self.cost))))
        return [(m, part) for m, part in enumerate(parts) if len(part)]

    def _in_threads(self, work: Callable[[int, int], None], bushes: int) -> None:
        in_threads(work, -(-bushes // LANES))

    def _complete(self, todo: LongArray, w: Weights, given: kernels.LinkLists) -> None:
        """Make bushes of one class that reach all destinations; pairs without a path are marked."""
        needed = np.zeros(len(todo), dtype=np.int64)
        while True:

            def work(thread: int, n_threads: int) -> None:
                growth.complete(
                    thread, n_threads, self._network, self._hierarchy, w, self._bushes, self._demand, todo, given,
                    needed, self._lost,
                )  # fmt: skip

            self._in_threads(work, len(todo))
            room = np.diff(self._slots.start)
            if (needed <= room[todo]).all():
                break
            room[todo] = np.maximum(room[todo], needed)
            self._give_room(room)

    def begin(self) -> None:
        """Begin with shortest ways, which a part of the bushes seeks after the other."""
        n_bushes = len(self._root)
        for part in range(min(TUNING.first_loads, n_bushes)):
            pieces = [(self._n_links.copy(), self._slots)]
            for m, todo in self._of_classes(self._order[part :: TUNING.first_loads]):
                w = weights(self._hierarchy, self.cost[m], with_paths=False)
                for some in np.array_split(todo, -(-len(todo) * self._n_nodes // TUNING.first_room)):
                    pieces.append(self._first_ways(some, w))
            self._use(_Slots.of_size(self._n_links + self._n_links // TUNING.slack))
            for sizes, slots in pieces:
                _move(sizes, slots, self._slots)
            self._leave_out_lost()
            self.reload()

    def _first_ways(self, some: LongArray, w: Weights) -> tuple[LongArray, _Slots]:
        """Shortest ways for some bushes of one class: number of links by bush, and slots that have just that size."""
        room = np.zeros(self.n_bushes, dtype=np.int64)
        room[some] = self._n_nodes - 1
        kept = self._slots
        self._use(_Slots.of_size(room))
        self._complete(some, w, _nothing_given(len(some)))
        sizes = np.where(room > 0, self._n_links, 0)
        found = _Slots.of_size(sizes)
        _move(sizes, self._slots, found)
        self._use(kept)
        return sizes, found

    def begin_from(self, start: Start) -> None:
        """Begin with bushes of an earlier result, or with its costs."""
        earlier: dict[tuple[int, int], int] = {}
        if start.bushes is not None:
            keys = zip(start.bushes.origin_id.tolist(), start.bush_class.tolist(), strict=True)
            earlier = {key: k for k, key in enumerate(keys)}
        sources = [
            earlier.get((node, m), -1)
            for node, m in zip(self._node_id[self._root].tolist(), self._user_class.tolist(), strict=True)
        ]
        source = np.array(sources, dtype=np.int64)
        for m, todo in self._of_classes(self._order):
            given = self._given(start, source[todo])
            room = np.diff(self._slots.start)
            room[todo] = np.diff(given.ptr) + np.diff(given.ptr) // TUNING.slack
            self._give_room(room)
            first_cost = self._delay.fixed[m] + start.first_cost
            self._complete(todo, weights(self._hierarchy, first_cost, with_paths=False), given)
        self._leave_out_lost()
        self.reload()

    def _given(self, start: Start, sources: LongArray) -> kernels.LinkLists:
        """Links and flows of earlier bushes, one after the other (source -1: none)."""
        if start.bushes is None:
            return _nothing_given(len(sources))
        ptr = start.bushes.ptr
        first = np.where(sources >= 0, ptr[sources], 0)
        sizes = np.where(sources >= 0, ptr[sources + 1] - first, 0)
        given_ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        at = np.repeat(first - given_ptr[:-1], sizes) + np.arange(given_ptr[-1])
        link = start.row[start.bushes.link[at]].astype(np.int32)
        return kernels.LinkLists(given_ptr, link, np.ascontiguousarray(start.bushes.volume_veh_per_h[at]))

    def _leave_out_lost(self) -> None:
        """Take demand without a path out."""
        self._amount[self._lost == 1] = 0.0

    def unassigned(self) -> float:
        """Demand without a path, in passenger-car units per hour."""
        return float(self._asked[self._lost == 1].sum())

    def lost_pairs(self) -> tuple[np.ndarray, ...]:
        """Per class, which of its pairs have no path."""
        return tuple(np.split(self._lost == 1, self._n_pairs[1:-1]))

    def reload(self) -> None:
        """Make flows carry the demand, and volumes, costs and slopes those of the flows."""
        arguments = self._bushes.plain(), tuple(self._demand)

        def work(thread: int, n_threads: int) -> None:
            kernels.reload(thread, n_threads, self._n_nodes, *arguments, self._class_ptr, self._blocks)

        in_threads(work, self._blocks.shape[1])
        for blocks, volume in zip(self._blocks, self.class_volume, strict=True):
            add_blocks(blocks, volume)
        np.sum(self.class_volume, axis=0, out=self.volume)
        self._renew_costs()

    def total_cost(self) -> float:
        """Volume x cost over links and classes."""
        if len(self.cost) == 1:
            return total_cost(self.volume, self.cost[0])
        costs = np.where(self.class_volume > 0.0, self.cost, 0.0)
        return sum(total_cost(volume, cost) for volume, cost in zip(self.class_volume, costs, strict=True))

    @property
    def all_bushes(self) -> LongArray:
        """In the order in which they are looked at."""
        return self._order

    def busy_bushes(self, allowed: float) -> LongArray:
        """Those with most excess cost, if few: the others have no more than `allowed` all together."""
        order = np.argsort(self._excess, kind="stable")
        n_quiet = int(np.searchsorted(np.cumsum(self._excess[order]), allowed, side="right"))
        is_busy = np.ones(self.n_bushes, dtype=np.bool_)
        is_busy[order[:n_quiet]] = False
        found = self._order[is_busy[self._order]]
        return found if len(found) <= TUNING.few * self.n_bushes else self._order

    def improve(self, todo: LongArray, enough: float) -> tuple[float, int]:
        """Excess cost of some bushes, and how many links have joined those with more than `enough`."""
        joined = 0
        for m, part in self._of_classes(todo):
            joined += self._improve(part, weights(self._hierarchy, self.cost[m], with_paths=False), enough)
        return float(self._excess[todo].sum()), joined

    def _improve(self, todo: LongArray, w: Weights, enough: float) -> int:
        """Improve bushes of one class; returns how many links have joined them."""
        joined = 0
        while len(todo):
            more = np.zeros(len(todo), dtype=np.int64)
            needed = np.zeros(len(todo), dtype=np.int64)

            def work(
                thread: int,
                n_threads: int,
                todo: LongArray = todo,
                counts: tuple[LongArray, LongArray] = (more, needed),
            ) -> None:
                growth.improve(
                    thread, n_threads, self._network, self._hierarchy, w, self._bushes, self._demand, self._empty,
                    enough, todo, self._excess, *counts,
                )  # fmt: skip

            self._in_threads(work, len(todo))
            room = np.diff(self._slots.start)
            fits = needed <= room[todo]
            joined += int(more[fits].sum())
            todo, needed = todo[~fits], needed[~fits]
            if len(todo):
                room[todo] = needed + needed // TUNING.slack
                self._give_room(room)
        return joined

    def balance(
        self, goal: float, with_newton: bool, out_of_time: Callable[[], bool], *, passes: int = TUNING.max_passes
    ) -> int:
        """Shift until the bushes' own excess cost is down to the goal; returns the number of shifts at merges.

        Newton's method comes first, if wanted, and where it costs little also between passes that gain little.
        """
        arguments = tuple(self._delay), self._bushes.plain()
        shifts = 0
        for first_pass in range(0, passes, TUNING.passes_between_looks):
            if with_newton:
                self._balance_at_once(out_of_time)
            n, done = kernels.balance(
                self._n_nodes, *arguments, self._empty, tuple(self._links), self._excess, first_pass,
                TUNING.passes_between_looks, goal, TUNING.busy,
            )  # fmt: skip
            shifts += int(n)
            if done or out_of_time():
                break
            with_newton = self.is_small and float(self._excess.sum()) > TUNING.slow_if_small / TUNING.left_excess * goal
        return shifts

    def _balance_at_once(self, out_of_time: Callable[[], bool]) -> None:
        """Some steps of Newton's method over all bushes.

        The first holds links that are next to empty, so that all others move; where these are needed, it has no step.
        The next ones empty one link each.
        """
        least = TUNING.least_stiffness * self.total_cost() / float(np.square(self.volume).sum())
        for number in range(TUNING.newton_steps):
            stiffness = np.maximum(self.slope, least)
            step = newton_step(
                self._n_nodes, self._delay, self._bushes, self._empty, self._links, stiffness,
                np.argsort(stiffness, kind="stable"), TUNING.holds if number == 0 else 0,
            )  # fmt: skip
            if (number > 0 and not 0.0 < step < TUNING.nearly_full) or out_of_time():
                break

    def result(self) -> Bushes:
        """Bushes as a noun: the links that trips use."""
        size = int(self._n_links.sum())
        ptr = np.zeros(len(self._root) + 1, dtype=np.int64)
        used = kernels.LinkLists(ptr, np.empty(size, dtype=np.int32), np.empty(size))
        growth.used_links(self._bushes.plain(), tuple(used))
        n = int(used.ptr[-1])
        return Bushes(
            origin_id=self._node_id[self._root],
            class_row=self._user_class.astype(np.uint8),
            ptr=used.ptr,
            link=used.link[:n],
            volume_veh_per_h=used.flow[:n],
        )


def _delay(classes: Sequence[ClassDemand]) -> kernels.Delay:
    """Functions of the links, with what each class pays besides."""
    functions = classes[0].cost.functions
    columns = {
        kernels.KIND: functions.kind,
        kernels.FREE_TIME: functions.free_time,
        kernels.CAPACITY: functions.capacity,
        kernels.ALPHA: functions.alpha,
        kernels.BETA: functions.beta,
        kernels.PRELOAD: functions.preload,
        kernels.MARGINAL: np.full(len(functions.kind), functions.marginal),
    }
    function = np.column_stack([columns[number] for number in range(len(columns))]).astype(np.float64)
    fixed = np.stack([one.cost.functions.fixed for one in classes])
    for m, one in enumerate(classes):
        if one.closed is not None:
            fixed[m, one.closed] = np.inf
    return kernels.Delay(function, functions.table, fixed)


def _nothing_given(n_bushes: int) -> kernels.LinkLists:
    """Bushes without links."""
    return kernels.LinkLists(np.zeros(n_bushes + 1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
