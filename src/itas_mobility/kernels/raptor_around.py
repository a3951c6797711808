"""Travel times at one moment per query, and by how much the moment would have to move where there is no journey."""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor import search_from
from itas_mobility.kernels.raptor_rounds import forget, new_labels, new_space
from itas_mobility.kernels.timetable_arrays import Log, Sources


@kernel(internal=True)
def _read_moment(q, now, offset, max_journey, labels, reached, since, time, rides, wait, shift):
    """Note what setting out at `now` leads to; `reached` and `since` remember arrivals and who first met them."""
    reach = labels.reach
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


@kernel(internal=True, allocates=True)
def _some_queries(low, high, origins, moment, offset, limits, table, legs, time, rides, wait, shift):
    """Fill the rows `low` to `high` - 1 of the results of `times_around`."""
    n_stops, n_targets = table.at_ptr.size - 1, legs.n_targets
    labels = new_labels(limits.max_rides, n_stops, n_targets)
    space = new_space(limits.max_rides, n_stops, table.stop_ptr.size - 1, table.stop.size, n_targets)
    nothing = np.empty(0, np.int32)
    log = Log(nothing, nothing, nothing, nothing)
    reached, since = np.empty(n_targets), np.empty(n_targets)
    for q in range(low, high):
        stops = origins.stop[origins.ptr[q] : origins.ptr[q + 1]]
        lead = origins.time[origins.ptr[q] : origins.ptr[q + 1]]
        ready = np.empty(lead.size)
        reached[:] = np.inf
        for o in range(offset.size):
            now = moment[q] + offset[o]
            for i in range(lead.size):
                ready[i] = now + lead[i]
            sources = Sources(stops, ready)
            search_from(sources, now + limits.max_journey, limits.slack, table, legs, log, labels, space)
            _read_moment(q, now, offset[o], limits.max_journey, labels, reached, since, time, rides, wait, shift)
        forget(labels, space)


@kernel(parallel=True)
def times_around(origins, moment, offset, limits, table, legs, n_blocks):
    """Earliest arrivals at targets for many queries, each at its moment and at others before and after it.

    The searches of a query run from its last moment to its first and keep what later ones found (rRAPTOR: Delling,
    Pajor, Werneck 2012).

    Parameters
    ----------
    origins : Origins
        Where each query sets out.
    moment : float64[n_queries]
        When.
    offset : float64[n_offsets]
        What is added to it, falling; 0 among them.
    limits : Limits
        Longer journeys do not count.
    table : Table
        Timetable.
    legs : Legs
        Ways from each stop to targets.
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
    n_queries = origins.ptr.size - 1
    shape = (n_queries, legs.n_targets)
    time, wait, shift = np.full(shape, np.inf), np.zeros(shape), np.full(shape, np.inf)
    rides = np.zeros(shape, np.int32)
    for block in prange(n_blocks):
        low = block * n_queries // n_blocks
        high = (block + 1) * n_queries // n_blocks
        if low < high:
            _some_queries(low, high, origins, moment, offset, limits, table, legs, time, rides, wait, shift)
    return time, rides, wait, shift
