"""Earliest arrivals by scanning all connections in the order of departure (Dibbelt, Pajor, Strasser, Wagner 2018).

The plain form, without counting rides: a second opinion on `kernels.raptor` in tests and benchmarks.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel


class Connections(NamedTuple):
    """Rides from each call of a trip to the next, sorted by departure."""

    trip: np.ndarray
    start: np.ndarray
    end: np.ndarray
    """int32[n_connections]: trip, and the stops between which it runs."""
    departure: np.ndarray
    arrival: np.ndarray
    """float64[n_connections]."""
    may_board: np.ndarray
    may_alight: np.ndarray
    """bool[n_connections]: whether one may board at the first and alight at the last stop."""


def lay_out_connections(table):
    """Connections of a timetable.

    Parameters
    ----------
    table : Table
        Timetable.

    Returns
    -------
    Connections
        All of them.
    """
    route = np.repeat(np.arange(table.stop_ptr.size - 1), np.diff(table.trip_ptr))
    calls = np.diff(table.call_ptr)
    trip = np.repeat(np.arange(calls.size), calls)
    position = np.arange(table.arrival.size) - table.call_ptr[:-1][trip]
    first = np.flatnonzero(position + 1 < calls[trip])
    place = table.stop_ptr[:-1][route[trip[first]]] + position[first]
    order = np.lexsort((first, table.departure[first]))
    first, place = first[order], place[order]
    return Connections(
        trip=trip[first].astype(np.int32),
        start=table.stop[place],
        end=table.stop[place + 1],
        departure=table.departure[first],
        arrival=table.arrival[first + 1],
        may_board=table.may_board[place],
        may_alight=table.may_alight[place + 1],
    )


@kernel(allocates=True)
def scan_connections(sources, slack, n_trips, connections, walks):
    """Earliest arrivals by vehicle with any number of rides.

    Connections must take time: with some that do not, a change between two at the same moment may go unseen.

    Parameters
    ----------
    sources : Sources
        Where and from when on the first vehicle can be boarded.
    slack : float
        Least time between alighting and boarding, walk not counted.
    n_trips : int
        Number of trips.
    connections : Connections
        See `lay_out_connections`.
    walks : Walks
        Walks and changes.

    Returns
    -------
    ride : float64[n_stops]
        Earliest arrival by vehicle; inf where there is none.
    """
    trip, start, end, departure, arrival, may_board, may_alight = connections
    walk_ptr, walk_to, walk_s, change = walks.ptr, walks.to, walks.time, walks.change
    n_stops = walk_ptr.size - 1
    ride, ready = np.full(n_stops, np.inf), np.full(n_stops, np.inf)
    is_aboard = np.zeros(n_trips, np.bool_)
    earliest = np.inf
    for i in range(sources.stop.size):
        ready[sources.stop[i]] = min(ready[sources.stop[i]], sources.time[i])
        earliest = min(earliest, sources.time[i])
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
                ready[to] = min(ready[to], t + walk_s[walk] + slack)
    return ride
