"""Choice among journeys by wished moment, and the crowding that it causes: a fixed point."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.crowding import Crowding
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.demand.mixing import Mixer
from itas_mobility.demand.progress import Report
from itas_mobility.demand.threads import in_threads
from itas_mobility.demand.transit.timetables.rides import Rides
from itas_mobility.kernels.timed_choice import choose_moments

_BLOCKS: Final = 64
"""Blocks of pairs shared among the threads; each pair fills its own journeys, so results do not depend on them."""
_MEMORY: Final = 5
"""Earlier rounds that are combined to the next one, as in `demand.feedback`."""
_LONGER: Final = 1.2
_SHORTER: Final = 0.5
"""Factors on the share of the answer to go by, where that alone lowered the residual and where it did not; found, like
the next, by trying a handful on vehicles up to fifty times overloaded."""
_MOST_FAILURES: Final = 5
"""Rounds in a row that may be taken back; then the search goes on from the last one."""


@dataclass(frozen=True, eq=False)
class TimedDemand:
    """Trips by pair of the journeys and period."""

    trips: FloatArray
    """Shape (n_pairs, n_periods)."""
    start_s: FloatArray
    end_s: FloatArray
    unassigned: float
    """Trips of pairs without a journey."""


class TimedChoice:
    """Persons on each journey, of all periods together, by the cost of the journeys.

    Parameters
    ----------
    journeys : JourneySets
    demand : TimedDemand
        Trips of their pairs.
    arrive_by : bool
        Whether wishes are about arrivals.
    scale_per_s : float
        Scale of the logit.
    adaptation_weight : float
        Cost of a second of shift.
    bonus : array
        Utility of each journey besides its cost.
    """

    def __init__(
        self,
        journeys: JourneySets,
        demand: TimedDemand,
        *,
        arrive_by: bool,
        scale_per_s: float,
        adaptation_weight: float,
        bonus: FloatArray,
    ) -> None:
        moment_s = journeys.arrive_s if arrive_by else journeys.depart_s
        self._order = np.lexsort((moment_s, journeys.pair))
        self._moment_s = moment_s[self._order]
        self._journey_ptr = journeys.journey_ptr
        self._demand = demand
        self._scale_per_s = scale_per_s
        self._rate = scale_per_s * adaptation_weight
        self._bonus = bonus
        self._most = int(np.diff(journeys.journey_ptr).max(initial=0))

    def persons(self, cost_s: FloatArray) -> FloatArray:
        """Persons by journey."""
        utility = (self._bonus - self._scale_per_s * cost_s)[self._order]
        sorted_persons = np.empty(len(cost_s))
        n_pairs = len(self._journey_ptr) - 1

        def work(thread: int, n_threads: int) -> None:
            space = np.empty((4, self._most + 1))
            for block in range(thread, _BLOCKS, n_threads):
                low, high = block * n_pairs // _BLOCKS, (block + 1) * n_pairs // _BLOCKS
                choose_moments(
                    low, high, self._journey_ptr, self._moment_s, utility, self._demand.trips, self._demand.start_s,
                    self._demand.end_s, self._rate, space, sorted_persons,
                )  # fmt: skip

        in_threads(work, _BLOCKS)
        persons = np.empty(len(cost_s))
        persons[self._order] = sorted_persons
        return persons


class CrowdedTime:
    """Perceived time of each journey by the persons on all of them.

    Parameters
    ----------
    crowding : Crowding
    rides : Rides
        Of the journeys.
    empty_s : array
        Perceived time of each journey in empty vehicles.
    seats, capacity_persons : array
        Of each trip.
    """

    def __init__(
        self, crowding: Crowding, rides: Rides, empty_s: FloatArray, seats: FloatArray, capacity_persons: FloatArray
    ) -> None:
        n_calls = np.diff(rides.call_ptr)
        self.empty_s = empty_s
        self._crowding = crowding
        self._rides = rides
        self._seats = np.repeat(seats, n_calls)
        self._capacity = np.repeat(capacity_persons, n_calls)

    def cost_s(self, persons: FloatArray) -> FloatArray:
        """Perceived times; standing at stops on the way counts as it is."""
        volume, _, _ = self._rides.loads(persons)
        weight = self._crowding.weight(volume, self._seats, self._capacity)
        return self.empty_s + self._rides.along((weight - 1.0) * self._rides.run_s)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Persons by journey, and the perceived times that they cause."""

    persons: FloatArray
    cost_s: FloatArray
    residual: float = 0.0
    """Share of the trips that would change to another journey at these times."""
    rounds: int = 1


@dataclass(frozen=True, eq=False)
class _Round:
    """A choice, and what is added to it by the answer to the times that it causes."""

    chosen: Chosen
    rest: FloatArray


def balance(
    choice: TimedChoice, crowded: CrowdedTime, *, tolerance: float, max_iterations: int, report: Report | None
) -> Chosen:
    """Find persons by journey who would choose the same again once they feel the crowding.

    Each round goes a share of the way from the best choice to the answer to it, combined with earlier rounds (Anderson
    mixing, see `demand.mixing`). A combination that raises the residual is tried once more and then forgotten; where
    the plain way raises it, a smaller share is gone. With a small enough share the way to the answer always leads
    towards the one solution, so after some failures it is gone on from there all the same.

    Parameters
    ----------
    choice : TimedChoice
    crowded : CrowdedTime
    tolerance : float
        Residual at which to stop.
    max_iterations : int
        Largest number of rounds.
    report : callable, optional
        Takes the round and the least residual so far.

    Returns
    -------
    Chosen
        The round of least residual; `rounds` is how many were made.
    """
    base = _answered(choice, crowded, choice.persons(crowded.empty_s))
    best = base.chosen
    mixer = Mixer(_MEMORY)
    mixer.remember(base.chosen.persons, base.rest)
    made, damping, failures, is_plain = 1, 1.0, 0, True
    while best.residual > tolerance and made < max_iterations:
        found = _answered(choice, crowded, mixer.step(base.chosen.persons, base.rest, damping=damping))
        mixer.remember(found.chosen.persons, found.rest)
        made += 1
        best = min(best, found.chosen, key=lambda chosen: chosen.residual)
        is_better = found.chosen.residual < base.chosen.residual
        if is_better or failures >= _MOST_FAILURES:
            damping = min(1.0, _LONGER * damping) if is_better else damping
            base, failures = found, 0
        else:
            failures += 1
            damping *= _SHORTER if is_plain else 1.0
            if is_plain or failures > 1:
                mixer = Mixer(_MEMORY)
                mixer.remember(base.chosen.persons, base.rest)
        is_plain = len(mixer) == 1
        if report is not None:
            report(made, best.residual)
    return replace(best, rounds=made)


def _answered(choice: TimedChoice, crowded: CrowdedTime, persons: FloatArray) -> _Round:
    """What these persons cause, and how they would choose then; who leaves one journey takes another."""
    cost_s = crowded.cost_s(persons)
    rest = choice.persons(cost_s) - persons
    total = float(persons.sum())
    residual = float(np.abs(rest).sum()) / (2.0 * total) if total > 0.0 else 0.0
    return _Round(Chosen(persons, cost_s, residual), rest)
