"""Zone x zone skims of choice sets: what it takes to travel as near to the wished moment as a timetable lets."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.journey_sets import JourneySets
from itas_mobility.core.matrix import Skims
from itas_mobility.demand.transit.perceived_time import ADAPTATION_WEIGHT, perceived_journey_s
from itas_mobility.errors import DemandError
from itas_mobility.kernels.wished_moments import best_stretches, cost_percentiles


def skim_choice_sets(
    journeys: JourneySets,
    *,
    start_s: float,
    end_s: float,
    walk_weight: float,
    wait_weight: float,
    transfer_penalty_s: float,
    arrive_by: bool = False,
    adaptation_weight: float = ADAPTATION_WEIGHT,
    percentiles: Sequence[float] = (),
    fare_eur: FloatArray | None = None,
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
    start_s, end_s : float
        Window of the wished moments.
    walk_weight, wait_weight, transfer_penalty_s
        As in `perceived_journey_s`.
    arrive_by : bool, default=False
        Whether wishes are about arriving, rather than leaving.
    adaptation_weight : float, default=1.0
        Perceived per real second of shift, to either side; 0: people do not mind when they travel.
    percentiles : sequence of float, optional
        Percentiles of the perceived time over the wished moments.
    fare_eur : ndarray of shape (n_journeys,), optional
        Fare of each journey.

    Returns
    -------
    Skims
        As in `skim_transit` for a timetable.

    Raises
    ------
    DemandError
        If an option is out of range.
    """
    check_choice("skim_choice_sets", start_s, end_s, adaptation_weight, percentiles)
    moment_s = journeys.arrive_s if arrive_by else journeys.depart_s
    order = np.lexsort((moment_s, journeys.pair))  # journeys are sorted by departure, not by arrival
    cost_s = perceived_journey_s(
        journeys, walk_weight=walk_weight, wait_weight=wait_weight, transfer_penalty_s=transfer_penalty_s
    )
    n = len(journeys)
    moment, cost, low, high = moment_s[order], cost_s[order], np.empty(n), np.empty(n)
    ptr, weight = journeys.journey_ptr, float(adaptation_weight)
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
    parts |= {} if fare_eur is None else {"fare_eur": fare_eur}
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


def check_choice(
    verb: str, start_s: float, end_s: float, adaptation_weight: float, percentiles: Sequence[float]
) -> None:
    """Refuse options of the choice that are out of range.

    Parameters
    ----------
    verb : str
        Function that was called, for the message.
    start_s, end_s, adaptation_weight, percentiles
        As in `skim_choice_sets`.

    Raises
    ------
    DemandError
        With all faults found.
    """
    faults = []
    if not (np.isfinite([start_s, end_s]).all() and start_s < end_s):
        faults.append(f"window {start_s:g} .. {end_s:g} must be finite and end after it begins")
    if not 0 <= adaptation_weight < np.inf:
        faults.append(f"adaptation_weight={adaptation_weight:g} must be finite and not negative")
    if not all(0 <= share <= 100 for share in percentiles) or len(set(percentiles)) != len(percentiles):
        faults.append(f"percentiles={tuple(percentiles)} must lie between 0 and 100, each once")
    if faults:
        raise DemandError(f"{verb}: " + "; ".join(faults))
