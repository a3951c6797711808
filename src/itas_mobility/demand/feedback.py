"""Feedback of demand and assignment: trips answer to times, times to trips, until both agree."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypedDict

import numpy as np

from itas_mobility.core.columns import FloatArray, content_digest
from itas_mobility.core.feedback import ElasticEquilibrium
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.solving import assign
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.demand.mixing import Mixer
from itas_mobility.demand.skims import skim
from itas_mobility.demand.solver_limits import check_limits
from itas_mobility.errors import ConvergenceWarning, DemandError

Respond: TypeAlias = Callable[[tuple[Skims, ...]], Sequence[ODMatrix]]

NEGLIGIBLE_SHARE: Final = 0.1
"""Share of the tolerance below which a change of a period's trips or times is not followed any further."""
LARGEST_GAP: Final = 1e-4
"""Relative gap of an assignment while trips are still far from settled."""
TIGHTER: Final = 1e-2
"""Factor on the gap where a round is taken back, for then the solver may have been too rough."""
MEMORY: Final = 5
"""Earlier rounds that are combined to the next trips; beyond some five, more rarely help (Walker and Ni 2011)."""
MIXED_FAILURES: Final = 2
"""Rounds in a row that may be taken back before steps are shortened."""
MOST_FAILURES: Final = 12
"""Rounds in a row that may be taken back; then the search goes on from the last one."""


class _CostOptions(TypedDict):
    toll_weight_s_per_eur: float
    distance_weight_s_per_m: float


@dataclass(frozen=True, eq=False)
class _Loaded:
    """Traffic of one period."""

    trips: ODMatrix
    result: AssignmentResult
    skims: Skims
    skimmed: AssignmentResult
    """Whose times the skims hold: `result`, or an earlier one of hardly different times."""
    gap: float
    """The relative gap that was asked for."""


@dataclass(frozen=True, eq=False)
class _Round:
    """Trips of all periods as one vector, and what the demand answers to their times."""

    loaded: tuple[_Loaded, ...]
    trips: FloatArray
    rest: FloatArray
    """Answer minus trips."""
    moved: float
    """Trips that the answer would move."""
    residual: float
    """The same as a share of the trips of the answer."""

    @property
    def gap(self) -> float:
        """Largest relative gap that was asked for."""
        return max(one.gap for one in self.loaded)


def equilibrate(
    roads: RoadNetwork,
    respond: Respond,
    *,
    trips: Sequence[ODMatrix] | None = None,
    n_periods: int = 1,
    warm_start: ElasticEquilibrium | None = None,
    tolerance: float = 1e-6,
    relative_gap: float = 1e-8,
    max_iterations: int = 50,
    max_seconds: float | None = None,
    memory: int = MEMORY,
    toll_weight_s_per_eur: float = 0.0,
    distance_weight_s_per_m: float = 0.0,
    threads: int | None = None,
) -> ElasticEquilibrium:
    """Find trips that answer to the very times they cause on the roads: the equilibrium of elastic demand.

    A round assigns the trips of each period (user equilibrium), skims the loaded network and asks the demand for its
    answer. The residual is the share of all trips that the answer would move. The next trips are a combination of the
    last rounds (see `mixing`), so that feedbacks converge which plain repetition would let swing or run away. Where
    the residual rises nevertheless, the round is taken back, and the plain answer, a new combination and at last ever
    shorter steps towards the answer are tried. Trips never become negative, and sums over trips that the demand always
    keeps are kept.

    Each assignment starts from that of the round before, only as exact as the residual needs, and exact at the end.
    Periods whose trips have hardly moved (a tenth of the tolerance) are not assigned anew.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*.
    respond : callable
        Takes the loaded skims of all periods (a tuple of `Skims` with ``time_s`` and, if a weight is given, ``cost_s``)
        and returns the trips of all periods (a sequence of `ODMatrix`, vehicles). It must always give the same answer
        to the same skims. Lengths are not among them: paths of equal time differ in length, and an answer that follows
        one of them would keep the feedback from settling (see `skim_used` for what was driven in the end).
    trips : sequence of ODMatrix, optional
        First guess. Default: the answer to the skims of `warm_start`, else to those of the empty network.
    n_periods : int, default=1
        Number of periods (slices of the day); what `trips` and `warm_start` hold decides if one of them is given.
    warm_start : ElasticEquilibrium, optional
        An earlier equilibrium of the same zones and periods, on these or other roads; its skims and paths are the
        start.
    tolerance : float, default=1e-6
        Residual at which to stop.
    relative_gap : float, default=1e-8
        Relative gap of the assignments at the end.
    max_iterations : int, default=50
        Largest number of rounds.
    max_seconds : float, optional
        Wall time after which no round is begun.
    memory : int, default=5
        Earlier rounds to combine; 0 repeats plainly (still taking back rounds that raise the residual).
    toll_weight_s_per_eur, distance_weight_s_per_m : float, default=0
        Seconds that one euro or one metre counts as in route choice.
    threads : int, optional
        Threads of the assignments. It changes the time only.

    Returns
    -------
    ElasticEquilibrium
        Trips, assignments and skims of the best round.

    Raises
    ------
    NetworkError, DemandError, InputError
        For a network, an answer or an option that cannot be used.

    Warns
    -----
    ConvergenceWarning
        If a limit is hit before the residual is reached.
    """
    check_limits(max_seconds=max_seconds, tolerance=tolerance, relative_gap=relative_gap, memory=memory)
    if max_iterations < 1:
        raise DemandError(f"max_iterations: {max_iterations} must be at least 1")
    began = time.perf_counter()
    costs = _CostOptions(toll_weight_s_per_eur=toll_weight_s_per_eur, distance_weight_s_per_m=distance_weight_s_per_m)
    loader = _PeriodLoader(roads, costs, NEGLIGIBLE_SHARE * tolerance, threads)
    first_skims = loader.begin(warm_start, n_periods if trips is None else len(trips))
    wanted = _checked(roads, respond(first_skims) if trips is None else trips, len(first_skims))
    steps = _Steps(memory, tolerance, relative_gap)
    history: list[float] = []
    while True:
        is_last = len(history) + 1 == max_iterations
        gap = relative_gap if is_last else steps.gap
        loaded = tuple(loader.load(period, matrix, gap) for period, matrix in enumerate(wanted))
        answer = _checked(roads, respond(tuple(one.skims for one in loaded)), len(loaded))
        found = _compare(loaded, answer)
        history.append(found.residual)
        done = steps.judge(found)
        out_of_time = max_seconds is not None and time.perf_counter() - began >= max_seconds
        if done or is_last or out_of_time:
            break
        wanted = _like(answer, steps.next_trips())
    best = steps.best
    if not done:
        warnings.warn(
            f"demand and assignment stopped after {len(history)} rounds: one more would still move {best.residual:.1e} "
            f"of all trips (wanted: {tolerance:.0e}); differences smaller than that are noise, raise "
            "max_iterations or max_seconds",
            ConvergenceWarning,
            stacklevel=2,
        )
    return ElasticEquilibrium(
        roads=roads,
        trips=tuple(one.trips for one in best.loaded),
        results=tuple(one.result for one in best.loaded),
        skims=tuple(one.skims for one in best.loaded),
        residual_share=best.residual,
        rounds=len(history),
        converged=done,
        residual_history=tuple(history),
    )


class _Steps:
    """Which round is the best so far, what is tried next, and how exact the next assignments have to be."""

    def __init__(self, memory: int, tolerance: float, relative_gap: float) -> None:
        self._mixer = Mixer(memory)
        self._mixed_failures = MIXED_FAILURES if memory > 0 else 0
        self._tolerance = tolerance
        self._relative_gap = relative_gap
        self._best: _Round | None = None
        self._n_rounds = 0
        self._failures = 0
        """Rounds in a row that have been taken back."""
        self._damping = 1.0
        self._is_plain = True
        """Whether the last trips were the plain answer to those of the best round."""
        self.gap = relative_gap
        """Relative gap of the next assignments."""

    @property
    def best(self) -> _Round:
        """The best round so far."""
        assert self._best is not None  # there is one as soon as a round has been judged
        return self._best

    def judge(self, found: _Round) -> bool:
        """Keep a round as the best, or take it back; True if nothing is left to do."""
        self._mixer.remember(found.trips, found.rest)
        self._n_rounds += 1
        done = found.residual <= self._tolerance and found.gap <= self._relative_gap
        if self._best is None or done or found.moved < self._best.moved or self._is_stuck():
            self._best, self._failures = found, 0
            self.gap = self._gap_for(found.residual)
        else:
            self._failures += 1
            self.gap = max(self._relative_gap, TIGHTER * self.gap)
        return done

    def next_trips(self) -> FloatArray:
        """A combination of rounds; after failures the plain answer to the best one, at last ever shorter steps."""
        best = self.best
        retries_plainly = self._failures == 1 and not self._is_plain
        if self._failures > self._mixed_failures:
            self._damping *= 0.5
            trips = best.trips + self._damping * best.rest
        elif retries_plainly:
            trips = best.trips + best.rest
        else:
            self._damping = min(1.0, 2.0 * self._damping)
            trips = self._mixer.step(best.trips, best.rest)
        self._is_plain = self._n_rounds == 1 or retries_plainly
        return trips

    def _is_stuck(self) -> bool:
        """Whether to go on from a worse round: the best one was too rough to be true, or leads nowhere."""
        return self.best.residual <= self._tolerance or self._failures >= MOST_FAILURES

    def _gap_for(self, residual: float) -> float:
        """Gap of the next assignments: a combination of rounds can bring the residual down to about its square.

        The first round is exact all the same: under weak coupling two rounds are enough then.
        """
        if residual <= self._tolerance:
            return self._relative_gap
        return max(self._relative_gap, min(LARGEST_GAP, residual**2))


class _PeriodLoader:
    """Assigns the trips of each period, from what was assigned last."""

    def __init__(self, roads: RoadNetwork, costs: _CostOptions, negligible: float, threads: int | None) -> None:
        self._roads = roads
        self._costs = costs
        self._travel = TravelCost(roads, **costs)
        self._negligible = negligible
        self._threads = threads
        self._loaded: list[_Loaded | None] = []
        self._warm: list[AssignmentResult | None] = []

    def begin(self, earlier: ElasticEquilibrium | None, n_periods: int) -> tuple[Skims, ...]:
        """Take over what an earlier equilibrium knows; returns the skims that the demand first answers to."""
        if earlier is None:
            self._loaded, self._warm = [None] * n_periods, [None] * n_periods
            return (self._skim(np.zeros(self._roads.n_links)),) * n_periods
        self._loaded, self._warm = [None] * len(earlier), list(earlier.results)
        if content_digest(earlier.roads) == content_digest(self._roads):
            known = zip(earlier.trips, earlier.results, earlier.skims, strict=True)
            for period, (trips, result, skims) in enumerate(known):
                # the same costs of the same volumes: the same toll and distance weights
                if np.array_equal(self._travel.value(result.volume_veh_per_h), result.cost_s):
                    self._loaded[period] = _Loaded(trips, result, skims, result, result.relative_gap)
        return earlier.skims

    def load(self, period: int, trips: ODMatrix, gap: float) -> _Loaded:
        """Assign the trips of a period; what has hardly moved and is exact enough stays as it is."""
        before = self._loaded[period]
        if before is not None and before.gap <= gap:
            moved = float(np.abs(trips.trips - before.trips.trips).sum())
            if moved <= self._negligible * trips.total:
                return before
        result = assign(
            self._roads, trips, relative_gap=gap, warm_start=self._warm[period], threads=self._threads, **self._costs
        )
        if before is not None and self._is_as_slow(result, before.skimmed):
            loaded = _Loaded(trips, result, before.skims, before.skimmed, gap)
        else:
            loaded = _Loaded(trips, result, self._skim(result.volume_veh_per_h), result, gap)
        self._warm[period] = result
        self._loaded[period] = loaded
        return loaded

    def _is_as_slow(self, result: AssignmentResult, before: AssignmentResult) -> bool:
        """Whether times differ negligibly where anybody drives or drove."""
        driven = result.volume_veh_per_h + before.volume_veh_per_h
        # plain sums: a dot product would wake the threads of a linear algebra library, and add in their order
        moved_veh_s = float((driven * np.abs(result.cost_s - before.cost_s)).sum())
        return moved_veh_s <= self._negligible * float((driven * result.cost_s).sum())

    def _skim(self, volume: FloatArray) -> Skims:
        time_s = self._travel.time(volume)
        if any(self._costs.values()):
            return skim(self._roads, time_s=time_s, cost_s=self._travel.value(volume), matrices=["time_s", "cost_s"])
        return skim(self._roads, time_s=time_s, matrices=["time_s"])


def _compare(loaded: tuple[_Loaded, ...], answer: tuple[ODMatrix, ...]) -> _Round:
    trips = np.concatenate([one.trips.trips.ravel() for one in loaded])
    wanted = np.concatenate([matrix.trips.ravel() for matrix in answer])
    rest = wanted - trips
    total = float(wanted.sum())
    moved = float(np.abs(rest).sum())
    return _Round(loaded, trips, rest, moved, moved / total if total > 0.0 else moved)


def _checked(roads: RoadNetwork, trips: Sequence[ODMatrix], n_periods: int) -> tuple[ODMatrix, ...]:
    if len(trips) != n_periods:
        raise DemandError(f"the demand gave trips of {len(trips)} periods, expected {n_periods}")
    for period, matrix in enumerate(trips):
        if len(matrix) != roads.n_zones:
            raise DemandError(
                f"the demand gave a matrix of {len(matrix)} zones for period {period}, the network has {roads.n_zones}"
            )
    return tuple(trips)


def _like(answer: tuple[ODMatrix, ...], trips: FloatArray) -> tuple[ODMatrix, ...]:
    """Matrices of these trips, with the zones and periods of an answer."""
    parts = np.split(trips, len(answer))
    return tuple(
        ODMatrix(matrix.zone_id, part.reshape(matrix.trips.shape), matrix.duration_h, label=matrix.label)
        for matrix, part in zip(answer, parts, strict=True)
    )
