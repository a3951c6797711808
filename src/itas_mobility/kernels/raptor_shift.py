"""Travel times at one moment per query, and by how much the moment would have to move where there is no journey."""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor import search_from
from itas_mobility.kernels.raptor_rounds import forget, new_labels, new_space


@kernel(internal=True)
def _read_moment(q, now, offset, max_journey, labels, reached, since, time, rides, wait, shift):
    """Note what setting out at `now` leads to; `reached` and `since` remember arrivals and who first met them."""
    reach = labels[2]
    last = reach.shape[1] - 1
    for target in range(reach.shape[0]):
        arrival = reach[target, last]
        if arrival < reached[target]:
            reached[target] = arrival
            since[target] = now
        if not arrival - now <= max_journey:
            continue
        if abs(offset) < abs(shift[q, target]):
            shift[q, target] = offset
        if offset == 0.0:
            time[q, target] = arrival - now
            wait[q, target] = since[target] - now
            k = 1
            while reach[target, k] > arrival:
                k += 1
            rides[q, target] = k


@kernel(parallel=True)
def times_around(
    source_ptr, source_stop, source_time, moment, offset, max_journey, max_rides, slack, stop_ptr, stop, may_board,
    may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route, at_position, walk_ptr, walk_to, walk_time,
    change, leg_ptr, leg_target, leg_time, n_targets, n_blocks,
):  # fmt: skip
    """Earliest arrivals at targets for many queries, each at its moment and at others before and after it.

    The searches of a query run from its last moment to its first and keep what later ones found (rRAPTOR: Delling,
    Pajor, Werneck 2012).

    Parameters
    ----------
    source_ptr : int64[n_queries + 1]
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Ways from the origin of query q to stops are rows ``source_ptr[q]:source_ptr[q + 1]``.
    moment : float64[n_queries]
        When to set out.
    offset : float64[n_offsets]
        What is added to it, falling; 0 among them.
    max_journey : float
        Longer journeys do not count.
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
        Fixed number of blocks of queries worked in parallel.

    Returns
    -------
    time : float64[n_queries, n_targets]
        From the moment itself to the arrival; inf where there is no journey.
    rides : int32[n_queries, n_targets]
        Fewest rides with which it is met; 0 where there is none.
    wait : float64[n_queries, n_targets]
        By how much later one may set out and arrive no later, to the step of the offsets.
    shift : float64[n_queries, n_targets]
        Offset nearest to 0 at which there is a journey, the larger of two; inf where there is none at any.
    """
    n_queries = source_ptr.size - 1
    n_stops = at_ptr.size - 1
    shape = (n_queries, n_targets)
    time, wait, shift = np.full(shape, np.inf), np.zeros(shape), np.full(shape, np.inf)
    rides = np.zeros(shape, np.int32)
    for block in prange(n_blocks):
        low = block * n_queries // n_blocks
        high = (block + 1) * n_queries // n_blocks
        if low < high:
            table = (
                stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure, at_ptr, at_route,
                at_position, walk_ptr, walk_to, walk_time, change,
            )  # fmt: skip
            legs = (leg_ptr, leg_target, leg_time)
            labels = new_labels(max_rides, n_stops, n_targets)
            space = new_space(max_rides, n_stops, stop_ptr.size - 1, stop.size, n_targets)
            log = np.empty((0, 4), np.int32)
            reached, since = np.empty(n_targets), np.empty(n_targets)
            for q in range(low, high):
                stops = source_stop[source_ptr[q] : source_ptr[q + 1]]
                lead = source_time[source_ptr[q] : source_ptr[q + 1]]
                ready = np.empty(lead.size)
                reached[:] = np.inf
                for o in range(offset.size):
                    now = moment[q] + offset[o]
                    for i in range(lead.size):
                        ready[i] = now + lead[i]
                    search_from(stops, ready, now + max_journey, slack, table, legs, log, labels, space)
                    _read_moment(q, now, offset[o], max_journey, labels, reached, since, time, rides, wait, shift)
                forget(labels, space)
    return time, rides, wait, shift
