"""Earliest arrivals by scanning all connections in the order of departure (Dibbelt, Pajor, Strasser, Wagner 2018).

The plain form, without counting rides: a second opinion on `kernels.raptor` in tests and benchmarks.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel


def lay_out_connections(stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure):
    """Connections from each call of a trip to the next, sorted by departure.

    Parameters
    ----------
    stop_ptr, stop, may_board, may_alight, trip_ptr, call_ptr, arrival, departure
        As in `kernels.raptor.search_rounds`.

    Returns
    -------
    tuple of arrays
        trip, from, to (int32), departure, arrival (float64), whether one may board at the first and alight at the last
        stop (bool).
    """
    trips = np.repeat(np.arange(stop_ptr.size - 1), np.diff(trip_ptr))
    calls = np.diff(call_ptr)
    trip = np.repeat(np.arange(calls.size), calls)
    position = np.arange(arrival.size) - call_ptr[:-1][trip]
    first = np.flatnonzero(position + 1 < calls[trip])
    place = stop_ptr[:-1][trips[trip[first]]] + position[first]
    order = np.lexsort((first, departure[first]))
    first, place = first[order], place[order]
    return (
        trip[first].astype(np.int32), stop[place], stop[place + 1], departure[first], arrival[first + 1],
        may_board[place], may_alight[place + 1],
    )  # fmt: skip


@kernel(allocates=True)
def scan_connections(
    source_stop, source_time, slack, n_trips, trip, start, end, departure, arrival, may_board, may_alight, walk_ptr,
    walk_to, walk_time, change,
):  # fmt: skip
    """Earliest arrivals by vehicle with any number of rides.

    Connections must take time: with some that do not, a change between two at the same moment may go unseen.

    Parameters
    ----------
    source_stop : int32[n_sources]
    source_time : float64[n_sources]
        Where and from when on the first vehicle can be boarded.
    slack : float
        Least time between alighting and boarding, walk not counted.
    n_trips : int
        Number of trips.
    trip, start, end : int32[n_connections]
    departure, arrival : float64[n_connections]
    may_board, may_alight : bool[n_connections]
        See `lay_out_connections`.
    walk_ptr, walk_to, walk_time, change
        As in `kernels.raptor.search_rounds`.

    Returns
    -------
    ride : float64[n_stops]
        Earliest arrival by vehicle; inf where there is none.
    """
    n_stops = walk_ptr.size - 1
    ride, ready = np.full(n_stops, np.inf), np.full(n_stops, np.inf)
    is_aboard = np.zeros(n_trips, np.bool_)
    earliest = np.inf
    for i in range(source_stop.size):
        ready[source_stop[i]] = min(ready[source_stop[i]], source_time[i])
        earliest = min(earliest, source_time[i])
    low, high = 0, departure.size
    while low < high:
        middle = (low + high) >> 1
        if departure[middle] >= earliest:
            high = middle
        else:
            low = middle + 1
    for c in range(low, departure.size):
        if not is_aboard[trip[c]]:
            if not may_board[c] or ready[start[c]] > departure[c]:
                continue
            is_aboard[trip[c]] = True
        s, t = end[c], arrival[c]
        if may_alight[c] and t < ride[s]:
            ride[s] = t
            ready[s] = min(ready[s], t + max(slack, change[s]))
            for walk in range(walk_ptr[s], walk_ptr[s + 1]):
                to = walk_to[walk]
                ready[to] = min(ready[to], t + walk_time[walk] + slack)
    return ride
