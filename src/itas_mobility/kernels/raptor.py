"""Earliest arrivals in a timetable for one departure (RAPTOR: Delling, Pajor, Werneck 2012)."""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.raptor_rounds import LOGGED, lower, mark, new_labels, new_space, note_touched, ride_round
from itas_mobility.kernels.timetable_arrays import Legs, Log, Sources, Table


@kernel(internal=True)
def search_from(sources, limit, slack, table, legs, log, labels, space):
    """All rounds from sources; labels that are there already, from a later departure, stay and prune the search."""
    ready = labels.ready
    n_marked = 0
    for i in range(sources.stop.size):
        s = sources.stop[i]
        if sources.time[i] < ready[s, 0]:
            lower(ready, labels.ready_row, s, 0, sources.time[i], -1)
            n_marked = mark(s, n_marked, space.marked, space.is_marked)
            note_touched(s, space.touched, space.is_touched, space.counts)
    for k in range(1, ready.shape[1]):
        if n_marked == 0:
            break
        n_marked = ride_round(k, n_marked, limit, slack, table, legs, log, labels, space)


@kernel(allocates=True)
def search_rounds(sources, limit, max_rides, slack, table, legs):
    """Earliest arrivals at all stops by number of rides, from several stops with their own starting times.

    Parameters
    ----------
    sources : Sources
        Where and from when on the first vehicle can be boarded.
    limit : float
        Arrivals after this are not looked for.
    max_rides : int
        Most rides (transfers + 1).
    slack : float
        Least time between alighting and boarding, walk not counted.
    table : Table
        Timetable.
    legs : Legs
        If there is one target only, what cannot improve the arrival there is not looked for.

    Returns
    -------
    ride : float64[max_rides + 1, n_stops]
        Arrival by vehicle with at most that many rides; inf where there is none.
    ride_row : int32[max_rides + 1, n_stops]
        Row of `log` that holds the last ride; -1 where there is none.
    log : Log
        Rides.
    reach : float64[max_rides + 1, n_targets]
        Arrival at each target with at most that many rides; inf where there is none.
    """
    sources, table, legs = Sources(*sources), Table(*table), Legs(*legs)  # Python hands plain tuples, see `_jit`
    n_stops = table.at_ptr.size - 1
    labels = new_labels(max_rides, n_stops, legs.n_targets)
    space = new_space(max_rides, n_stops, table.stop_ptr.size - 1, table.stop.size, legs.n_targets)
    most = max_rides * n_stops  # a stop is noted at most once a round
    trip, board = np.empty(most, np.int32), np.empty(most, np.int32)
    alight, before = np.empty(most, np.int32), np.empty(most, np.int32)
    search_from(sources, limit, slack, table, legs, Log(trip, board, alight, before), labels, space)
    n = space.counts[LOGGED]
    return labels.ride.T, labels.ride_row.T, Log(trip[:n], board[:n], alight[:n], before[:n]), labels.reach.T
