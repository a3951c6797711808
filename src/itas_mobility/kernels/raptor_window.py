"""Travel times between many places over a window of departures, summed up without keeping journeys."""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor import search_from
from itas_mobility.kernels.raptor_rounds import forget, new_labels, new_space


@kernel(internal=True)
def _read_moment(m, now, labels, travel, rides):
    """Read travel time and fewest rides of all targets for a departure."""
    reach = labels[2]
    last = reach.shape[0] - 1
    for target in range(reach.shape[1]):
        travel[target, m] = reach[last, target] - now
        k = 0
        if reach[last, target] < np.inf:
            k = 1
            while reach[k, target] > reach[last, target]:
                k += 1
        rides[target, m] = k


@kernel(internal=True, allocates=True)
def _sum_up(o, travel, rides, rank, max_journey, at_rank, mean, least, reached, mean_rides):
    """Statistics of the travel times from origin o over all moments."""
    n_moments = travel.shape[1]
    for target in range(travel.shape[0]):
        n_reached, total, total_rides = 0, 0.0, 0
        for m in range(n_moments):
            if travel[target, m] <= max_journey:
                n_reached += 1
                total += travel[target, m]
                total_rides += rides[target, m]
            else:
                travel[target, m] = np.inf
        if n_reached == 0:
            continue
        reached[o, target] = n_reached / n_moments
        mean_rides[o, target] = total_rides / n_reached
        if n_reached == n_moments:
            mean[o, target] = total / n_moments
        travel[target].sort()
        least[o, target] = travel[target, 0]
        for i in range(rank.size):
            at_rank[i, o, target] = travel[target, rank[i]]


@kernel(parallel=True)
def window_travel_times(
    source_ptr, source_stop, source_time, moment, rank, max_journey, max_rides, slack, stop_ptr, stop, may_board,
    may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position, walk_ptr, walk_to, walk_time,
    change, leg_ptr, leg_target, leg_time, n_targets, n_blocks,
):  # fmt: skip
    """Statistics of the travel time from origins to targets over departures of a window, in parallel.

    Parameters
    ----------
    source_ptr : int64[n_origins + 1]
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Ways from origin o to stops are rows ``source_ptr[o]:source_ptr[o + 1]``.
    moment : float64[n_moments]
        When to set out, the last one first.
    rank : int64[n_ranks]
        Places in the travel times of all moments, in rising order, that are returned.
    max_journey : float
        Longer journeys are not looked for.
    max_rides : int
        Most rides (transfers + 1).
    slack, stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position
        As in `kernels.raptor.search_rounds`.
    walk_ptr, walk_to, walk_time, change
        As in `kernels.raptor.search_rounds`.
    leg_ptr, leg_target, leg_time
        As in `kernels.raptor_range.search_range`.
    n_targets : int
        Number of targets.
    n_blocks : int
        Fixed number of blocks of origins worked in parallel.

    Returns
    -------
    at_rank : float64[n_ranks, n_origins, n_targets]
        Travel times at these ranks; inf where so few moments lead to the target.
    mean : float64[n_origins, n_targets]
        Mean over all moments; inf where some do not lead to the target.
    least : float64[n_origins, n_targets]
        Least travel time; inf where there is none.
    reached : float64[n_origins, n_targets]
        Share of the moments that lead to the target.
    mean_rides : float64[n_origins, n_targets]
        Mean of the fewest rides with which the earliest arrival is met, over the moments that lead there; else 0.
    """
    n_origins = source_ptr.size - 1
    n_stops = at_ptr.size - 1
    shape = (n_origins, n_targets)
    at_rank = np.full((rank.size, n_origins, n_targets), np.inf)
    mean, least = np.full(shape, np.inf), np.full(shape, np.inf)
    reached, mean_rides = np.zeros(shape), np.zeros(shape)
    for block in prange(n_blocks):
        low = block * n_origins // n_blocks
        high = (block + 1) * n_origins // n_blocks
        if low < high:
            table = (
                stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route,
                at_position, walk_ptr, walk_to, walk_time, change,
            )  # fmt: skip
            legs = (leg_ptr, leg_target, leg_time)
            labels = new_labels(max_rides, n_stops, n_targets)
            space = new_space(n_stops, stop_ptr.size - 1, n_targets)
            log = np.empty((0, 4), np.int32)
            travel = np.empty((n_targets, moment.size))
            rides = np.empty((n_targets, moment.size), np.int32)
            for o in range(low, high):
                stops = source_stop[source_ptr[o] : source_ptr[o + 1]]
                lead = source_time[source_ptr[o] : source_ptr[o + 1]]
                ready = np.empty(lead.size)
                for m in range(moment.size):
                    for i in range(lead.size):
                        ready[i] = moment[m] + lead[i]
                    search_from(stops, ready, moment[m] + max_journey, slack, table, legs, log, labels, space)
                    _read_moment(m, moment[m], labels, travel, rides)
                _sum_up(o, travel, rides, rank, max_journey, at_rank, mean, least, reached, mean_rides)
                forget(labels, space)
    return at_rank, mean, least, reached, mean_rides
