"""Zone x zone skims of choice sets: what it takes to travel as near to the wished moment as a timetable lets."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.matrix import Skims
from itas_mobility.core.tours import TravelWindow
from itas_mobility.demand.transit.perceived_time import perceived_journey_s
from itas_mobility.errors import DemandError
from itas_mobility.kernels.wished_moments import best_stretches, cost_percentiles


def skim_choice_sets(
    journeys: JourneySets,
    *,
    window: TravelWindow,
    weights: JourneyWeights = JourneyWeights(),
    percentiles: Sequence[float] = (),
    fare_eur: FloatArray | None = None,
    shuttle_boardings: FloatArray | None = None,
) -> Skims:
    """Skim the journeys that people choose who wish to travel at any moment of a window, all equally likely.

    Everybody takes the journey of least perceived time and weighted shift from the wished moment (adaptation time; as
    in Friedrich & Wekeck 2002, of whose choice model this is the limit without chance). Both are piecewise linear in
    the wished moment, so that means and percentiles are exact. One line every h seconds gives a mean shift of h / 4,
    gaps h1, h2, ... of sum(h^2) / (4 sum(h)): frequency counts, and evenly spaced departures count.

    Parameters
    ----------
    journeys : JourneySets
        Journeys to choose from, some of them before and after the window, see `choice_sets`.
    window : TravelWindow
        The wished moments; what lies beside is for the journeys to hold, and `extra_s` plays no part.
    weights : JourneyWeights, optional
        As the journeys were found, where they were found by weights.
    percentiles : sequence of float, optional
        Percentiles of the perceived time over the wished moments.
    fare_eur : ndarray of shape (n_journeys,), optional
        Fare of each journey.
    shuttle_boardings : ndarray of shape (n_journeys,), optional
        How often each journey boards a company shuttle.

    Returns
    -------
    Skims
        As in `skim_transit` for a timetable.

    Raises
    ------
    DemandError
        If percentiles are out of range.
    """
    check_percentiles("skim_choice_sets", percentiles)
    start_s, end_s = window.start_s, window.end_s
    moment_s = journeys.arrive_s if window.arrive_by else journeys.depart_s
    order = np.lexsort((moment_s, journeys.pair))  # journeys are sorted by departure, not by arrival
    cost_s = perceived_journey_s(journeys, weights=weights)
    n = len(journeys)
    moment, cost, low, high = moment_s[order], cost_s[order], np.empty(n), np.empty(n)
    ptr, weight = journeys.journey_ptr, weights.adaptation_weight
    best_stretches(ptr, moment, cost, weight, float(start_s), float(end_s), np.empty(n, np.int64), low, high)
    at_rank = np.empty((len(percentiles), journeys.n_pairs))
    cost_percentiles(ptr, moment, cost, weight, low, high, np.array(percentiles, dtype=np.float64) / 100.0, at_rank)

    def mean(values: FloatArray) -> FloatArray:
        """Mean over the wished moments, by pair."""
        return np.bincount(journeys.pair, values, journeys.n_pairs) / (end_s - start_s)

    chosen_s = high - low
    shift_s = _way_in_time(high - moment) - _way_in_time(low - moment)
    parts = {"wait_s": journeys.wait_s, "walk_s": journeys.walk_s, "in_vehicle_s": journeys.in_vehicle_s}
    parts |= {"boardings": journeys.boardings.astype(np.float64)}
    optional = {"fare_eur": fare_eur, "shuttle_boardings": shuttle_boardings}
    parts |= {name: values for name, values in optional.items() if values is not None}
    by_pair = {
        "time_s": mean(chosen_s * (journeys.arrive_s - journeys.depart_s)[order]),
        "perceived_s": mean(chosen_s * cost + weight * shift_s),
        **{name: mean(chosen_s * values[order]) for name, values in parts.items()},
        "adaptation_s": mean(shift_s),
        **{f"perceived_p{share:g}_s": values for share, values in zip(percentiles, at_rank, strict=True)},
    }
    in_window = (moment >= start_s) & (moment < end_s)
    count = np.bincount(journeys.pair[in_window], minlength=journeys.n_pairs).astype(np.float64)
    matrices = {name: _matrix(journeys, values, np.inf) for name, values in by_pair.items()}
    return Skims(journeys.zone_id, {**matrices, "journeys": _matrix(journeys, count, 0.0)})


def _way_in_time(after: FloatArray) -> FloatArray:
    """Integral of the shift, up to so long after the journey (before it: negative)."""
    half: FloatArray = 0.5 * after * np.abs(after)
    return half


def _matrix(journeys: JourneySets, values: FloatArray, empty: float) -> FloatArray:
    matrix = np.full((len(journeys.zone_id), len(journeys.zone_id)), empty)
    matrix[journeys.origin, journeys.destination] = values
    return matrix


def check_percentiles(verb: str, percentiles: Sequence[float]) -> None:
    """Refuse percentiles that are out of range, or asked for twice.

    Parameters
    ----------
    verb : str
        Function that was called, for the message.
    percentiles : sequence of float
        As in `skim_choice_sets`.

    Raises
    ------
    DemandError
        If one is.
    """
    if not all(0 <= share <= 100 for share in percentiles) or len(set(percentiles)) != len(percentiles):
        raise DemandError(f"{verb}: percentiles={tuple(percentiles)} must lie between 0 and 100, each once")
