"""Travel times between many places over a window of departures, summed up without keeping journeys."""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor import search_from
from itas_mobility.kernels.raptor_rounds import forget, new_labels, new_space


@kernel(internal=True)
def _reach_targets(legs, labels, space, time, rides):
    """Go on to the targets from the stops that this moment is earlier at than later ones, and clear their list."""
    leg_ptr, leg_target, leg_time = legs
    reach, improved, is_improved, counts = labels[2], space[10], space[11], space[12]
    last = reach.shape[1] - 1
    for i in range(counts[2]):
        s = improved[i]
        is_improved[s] = False
        k = last
        while reach[s, k - 1] == reach[s, last]:
            k -= 1
        for leg in range(leg_ptr[s], leg_ptr[s + 1]):
            target = leg_target[leg]
            t = reach[s, last] + leg_time[leg]
            if t < time[target] or (t == time[target] and k < rides[target]):
                time[target] = t
                rides[target] = k
    counts[2] = 0


@kernel(internal=True, allocates=True)
def _sum_up(o, time, rides, now, max_journey, travel, mean, reached, mean_rides):
    """Add the travel times from origin o of the departure at `now` to the sums."""
    for target in range(time.size):
        travel[target] = np.inf
        if time[target] - now <= max_journey:
            travel[target] = time[target] - now
            mean[o, target] += travel[target]
            mean_rides[o, target] += rides[target]
            reached[o, target] += 1.0


@kernel(internal=True, allocates=True)
def _finish(o, travel, rank, at_rank, mean, least, reached, mean_rides):
    """Make statistics of the sums over all moments and of the travel times of each, shape (n_moments, n_targets)."""
    n_moments = travel.shape[0]
    sorted_times = np.empty(n_moments)
    for target in range(travel.shape[1]):
        if reached[o, target] < n_moments:
            mean[o, target] = np.inf
        if reached[o, target] == 0:
            continue
        mean[o, target] /= n_moments
        mean_rides[o, target] /= reached[o, target]
        reached[o, target] /= n_moments
        for m in range(n_moments):
            sorted_times[m] = travel[m, target]
        sorted_times.sort()
        least[o, target] = sorted_times[0]
        for i in range(rank.size):
            at_rank[i, o, target] = sorted_times[rank[i]]


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
    mean, least, reached, mean_rides = np.zeros(shape), np.full(shape, np.inf), np.zeros(shape), np.zeros(shape)
    for block in prange(n_blocks):
        low = block * n_origins // n_blocks
        high = (block + 1) * n_origins // n_blocks
        if low < high:
            table = (
                stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route,
                at_position, walk_ptr, walk_to, walk_time, change,
            )  # fmt: skip
            legs = (leg_ptr, leg_target, leg_time)
            # the search lists the stops that gain; legs to targets are worked off once a moment
            to_itself = (np.arange(n_stops + 1), np.arange(n_stops).astype(np.int32), np.zeros(n_stops))
            labels = new_labels(max_rides, n_stops, n_stops)
            space = new_space(max_rides, n_stops, stop_ptr.size - 1, stop.size, n_stops)
            log = np.empty((0, 4), np.int32)
            time, rides = np.empty(n_targets), np.empty(n_targets, np.int32)
            travel = np.empty((moment.size, n_targets))
            for o in range(low, high):
                stops = source_stop[source_ptr[o] : source_ptr[o + 1]]
                lead = source_time[source_ptr[o] : source_ptr[o + 1]]
                time[:] = np.inf
                for m in range(moment.size):
                    limit = moment[m] + max_journey
                    search_from(stops, moment[m] + lead, limit, slack, table, to_itself, log, labels, space)
                    _reach_targets(legs, labels, space, time, rides)
                    _sum_up(o, time, rides, moment[m], max_journey, travel[m], mean, reached, mean_rides)
                _finish(o, travel, rank, at_rank, mean, least, reached, mean_rides)
                forget(labels, space)
    return at_rank, mean, least, reached, mean_rides
