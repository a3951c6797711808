"""Optimal strategies in crowded vehicles: loads of which none could be bettered at the crowding there is."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.crowding import Crowding
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.demand.progress import Report
from itas_mobility.kernels.hyperpath import LineGraph, load_strategies

_BLOCKS: Final = 16
"""Blocks of destinations worked in parallel: a constant, so that results do not depend on the number of threads."""
_MOST_STEPS: Final = 50
"""Between two loadings, in case shares take long to settle; the next loading then comes before they have."""
_SETTLED: Final = 0.1
"""Share of the gap, and again of that before, that the mixing of known loads may leave: the rest is due to loads not
known yet."""
_SHIFTS_PER_LOAD: Final = 50
"""Most shifts from one load to another, per known load, where their best shares are looked for."""
_NOBODY: Final = 1e-12
"""Shares of the travel that are taken for none."""
_SMALL_SHARE: Final = 1e-6
"""Persons that are added, as a share of those on board, to see how times rise."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """Persons by call, and what all travellers together perceive of their waits, ways and transfers."""

    on_board: FloatArray
    """On the run that leaves each call."""
    boarded: FloatArray
    alighted: FloatArray
    beside_s: float
    """All but the rides."""
    unassigned: float


@dataclass(frozen=True, eq=False)
class Balanced:
    """Loads, the relative gap that they leave, and the loadings it took."""

    loaded: Loaded
    gap: float = 0.0
    rounds: int = 1


class StrategyLoader:
    """Loads all trips on the optimal strategies of given costs.

    Parameters
    ----------
    graph : LineGraph
    trips : ODMatrix
    """

    def __init__(self, graph: LineGraph, trips: ODMatrix) -> None:
        self._graph = graph
        # a search for each zone that somebody travels to
        self._zones = np.flatnonzero(trips.trips.any(axis=0)).astype(np.int32)
        self._wanted = np.ascontiguousarray(trips.trips[:, self._zones])

    def load(self, run_s: FloatArray) -> Loaded:
        """Load at perceived times of the runs."""
        boarded, alighted, unassigned, waited_s, walked_s = load_strategies(
            self._zones, self._wanted, self._graph._replace(run=run_s), _BLOCKS
        )
        beside_s = waited_s + walked_s + self._graph.boarding * float(boarded.sum())
        # everybody has alighted at the last call of a pattern, but for rounding
        on_board = np.maximum(np.cumsum(boarded - alighted), 0.0)
        on_board[self._graph.call_ptr[1:] - 1] = 0.0
        return Loaded(on_board, boarded, alighted, beside_s, unassigned)


class CrowdedGraph:
    """Costs of the runs by the persons on them.

    Parameters
    ----------
    crowding : Crowding
    transit : TransitNetwork
    seats, capacity_persons : array
        Of all vehicles of each pattern in the period of the trips.
    """

    def __init__(
        self,
        crowding: Crowding,
        transit: TransitNetwork,
        seats: FloatArray,
        capacity_persons: FloatArray,
    ) -> None:
        n_calls = np.diff(transit.stop_ptr)
        # patterns that do not run carry nobody, and any size does
        self._seats = np.repeat(np.where(seats > 0, seats, 1.0), n_calls)
        self._capacity = np.repeat(np.where(capacity_persons > 0, capacity_persons, 1.0), n_calls)
        self.empty_s = transit.run_time_s
        self._crowding = crowding

    def extra_s(self, on_board: FloatArray) -> FloatArray:
        """Perceived time of each run beyond that in an empty vehicle."""
        weight = self._crowding.weight(on_board, self._seats, self._capacity)
        return (weight - 1.0) * self.empty_s

    def slope_s(self, on_board: FloatArray) -> FloatArray:
        """By how much `extra_s` rises per person, to the right of bends."""
        more = np.maximum(_SMALL_SHARE * on_board, _SMALL_SHARE)
        return (self.extra_s(on_board + more) - self.extra_s(on_board)) / more


class _Mixture:
    """Loads that were found so far, and the share of all travel that goes by each.

    Volumes and waits of several loads mix linearly, so what all perceive at given costs is linear in the shares.
    """

    def __init__(self, crowded: CrowdedGraph, first: Loaded) -> None:
        self._crowded = crowded
        self._loaded = [first]
        self._plain_s = np.array([self._plain(first)])
        self._on_board = first.on_board[None, :]
        self._share = np.ones(1)

    def _plain(self, loaded: Loaded) -> float:
        """What all perceive in empty vehicles."""
        return float((self._crowded.empty_s * loaded.on_board).sum()) + loaded.beside_s

    def _volume_on_board(self) -> FloatArray:
        """Persons on each run."""
        persons: FloatArray = (self._share[:, None] * self._on_board).sum(axis=0)
        return persons

    def extra_s(self) -> FloatArray:
        """Perceived time of each run beyond that in an empty vehicle."""
        return self._crowded.extra_s(self._volume_on_board())

    def perceived_s(self, extra_s: FloatArray) -> FloatArray:
        """What all would perceive under each load at fixed times of the runs."""
        perceived_s: FloatArray = self._plain_s + (self._on_board * extra_s).sum(axis=1)
        return perceived_s

    def take_in(self, found: Loaded, extra_s: FloatArray) -> float:
        """Add a load, by which nobody goes yet; returns how much it would save, as a share of what all perceive."""
        self._loaded.append(found)
        self._plain_s = np.append(self._plain_s, self._plain(found))
        self._on_board = np.concatenate([self._on_board, found.on_board[None, :]])
        self._share = np.append(self._share, 0.0)
        each_s = self.perceived_s(extra_s)
        now_s = float((self._share * each_s).sum())
        return max(now_s - float(each_s[-1]), 0.0) / now_s if now_s > 0.0 else 0.0

    def settle(self, relative_gap: float) -> None:
        """Move shares until no load that is known is better than the mixture; forget those by which nobody goes.

        Newton's method: the best shares if times of runs rose in straight lines, then the best step towards them.
        """
        for _ in range(_MOST_STEPS):
            now = self._volume_on_board()
            each_s = self.perceived_s(self._crowded.extra_s(now))
            now_s = float((self._share * each_s).sum())
            if now_s - float(each_s.min()) <= relative_gap * now_s:
                break
            rising = np.einsum("ac,bc->ab", self._on_board * self._crowded.slope_s(now), self._on_board)
            change = _best_shares(self._share, each_s, rising) - self._share
            step = self._best_step(now, change)
            self._share = np.where(self._share + step * change > _NOBODY, self._share + step * change, 0.0)
            self._share /= self._share.sum()
        used = self._share > 0.0
        self._loaded = [one for one, is_used in zip(self._loaded, used, strict=True) if is_used]
        self._plain_s, self._on_board, self._share = self._plain_s[used], self._on_board[used], self._share[used]

    def _best_step(self, now: FloatArray, change: FloatArray) -> float:
        """Part of a change of shares, up to all, at which going on no longer pays: times never fall with volumes."""
        from scipy.optimize import brentq

        direction = (change[:, None] * self._on_board).sum(axis=0)
        plain_s = float((change * self._plain_s).sum())

        def slope_s(step: float) -> float:
            return float((self._crowded.extra_s(now + step * direction) * direction).sum()) + plain_s

        if slope_s(1.0) <= 0.0 or slope_s(0.0) >= 0.0:
            return 1.0
        return float(brentq(slope_s, 0.0, 1.0))

    def loaded(self) -> Loaded:
        """All together."""

        def mixed(name: str) -> Any:
            return sum(part * getattr(one, name) for part, one in zip(self._share, self._loaded, strict=True))

        return Loaded(
            mixed("on_board"), mixed("boarded"), mixed("alighted"), float(mixed("beside_s")), self._loaded[0].unassigned
        )


def _best_shares(share: FloatArray, each_s: FloatArray, rising: FloatArray) -> FloatArray:
    """Shares of least perceived time if what each load costs (`each_s` now) rises by `rising` with all shares.

    Shifts between the best and the worst load, over and over: in so few dimensions they cost nothing.
    """
    share, each_s = share.copy(), each_s.copy()
    for _ in range(_SHIFTS_PER_LOAD * len(share)):
        best, worst = int(np.argmin(each_s)), int(np.argmax(np.where(share > 0.0, each_s, -np.inf)))
        saved_s = float(each_s[worst] - each_s[best])
        if saved_s <= _SMALL_SHARE**2 * abs(float(each_s[best])):
            break
        bend = float(rising[best, best] + rising[worst, worst] - 2.0 * rising[best, worst])
        shift = float(share[worst]) if bend * share[worst] <= saved_s else saved_s / bend
        share[best] += shift
        share[worst] -= shift
        each_s += shift * (rising[:, best] - rising[:, worst])
    return share


def balance(
    loader: StrategyLoader, crowded: CrowdedGraph, *, relative_gap: float, max_iterations: int, report: Report | None
) -> Balanced:
    """Find loads of which none could be bettered at the crowding there is.

    The linear approximation of Spiess & Florian's programme, with all loads found so far mixed anew each time instead
    of one best step towards the last (simplicial decomposition; von Hohenbalken 1977, Mathematical Programming 13).

    Parameters
    ----------
    loader : StrategyLoader
    crowded : CrowdedGraph
    relative_gap : float
        Share of the perceived time that others than the present strategies would save, at which to stop.
    max_iterations : int
        Largest number of loadings.
    report : callable, optional
        Takes the round and its gap.

    Returns
    -------
    Balanced
        The last mixture.
    """
    mixture = _Mixture(crowded, loader.load(crowded.empty_s))
    rounds = 1
    while True:
        extra_s = mixture.extra_s()
        now = mixture.loaded()
        gap = mixture.take_in(loader.load(crowded.empty_s + extra_s), extra_s)
        rounds += 1
        if report is not None:
            report(rounds, gap)
        if gap <= relative_gap or rounds >= max_iterations:
            return Balanced(now, gap, rounds)
        mixture.settle(_SETTLED * max(gap * _SETTLED, relative_gap))
