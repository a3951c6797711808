"""Least perceived time from every departure of a timetable to one place, by one scan from the last to the first.

Weighted time adds up along a journey, so that one number for each departure is enough: what it takes from there to the
place, riding, walking, waiting and changing. A change boards any later vehicle, not just the next one. Departures are
worked off from the last to the first (connection scan: Dibbelt, Pajor, Strasser, Wagner 2018; with perceived times in
Briem et al. 2017). Departures by stop, sorted by time, are called slots.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel(allocates=True)
def changes(
    stop, arrival, slot_ptr, slot_departure, walk_ptr, walk_to, walk_time, change, slack, walk_weight, wait_weight,
    penalty,
):  # fmt: skip
    """Changes that are possible after arrivals: the first slot that can be caught, at the stop and after each walk.

    Parameters
    ----------
    stop : int32[n_arrivals]
        Where people get off; -1 where nobody may.
    arrival : float64[n_arrivals]
    slot_ptr : int64[n_stops + 1]
    slot_departure : float64[n_slots]
        Slots of each stop, by rising time.
    walk_ptr, walk_to, walk_time, change
        As in `kernels.raptor.search_rounds`.
    slack : float
        Least time between alighting and boarding, walk not counted.
    walk_weight, wait_weight, penalty : float
        Perceived time of walking and waiting, and of the change as such.

    Returns
    -------
    ptr : int64[n_arrivals + 1]
        Changes of each arrival.
    slot : int64[n_changes]
        First slot that is caught; all later ones of the stop are, too.
    cost : float64[n_changes]
        Perceived time but for the wait from the epoch to the departure, which the slots bear.
    """
    ptr = np.zeros(arrival.size + 1, np.int64)
    most = 0
    for i in range(arrival.size):
        if stop[i] >= 0:
            most += 1 + walk_ptr[stop[i] + 1] - walk_ptr[stop[i]]
    slot, cost = np.empty(most, np.int64), np.empty(most)
    n = 0
    for i in range(arrival.size):
        s = stop[i]
        first = walk_ptr[s] - 1 if s >= 0 else 0  # stands for staying at the stop
        last = walk_ptr[s + 1] if s >= 0 else 0
        for walk in range(first, last):
            to = s if walk == first else walk_to[walk]
            way = 0.0 if walk == first else walk_time[walk]
            ready = arrival[i] + (max(slack, change[s]) if walk == first else way + slack)
            low, high = slot_ptr[to], slot_ptr[to + 1]
            while low < high:
                middle = (low + high) >> 1
                if slot_departure[middle] >= ready:
                    high = middle
                else:
                    low = middle + 1
            if low < slot_ptr[to + 1]:
                slot[n] = low
                cost[n] = penalty + walk_weight * way - wait_weight * (arrival[i] + way)
                n += 1
        ptr[i + 1] = n
    return ptr, slot[:n].copy(), cost[:n].copy()


@kernel
def scan_to(
    egress, group_ptr, is_tied, row_ahead, ride, dwell, stop, slot, leaves, is_last_slot, is_even_slot, change_ptr,
    change_slot, change_cost, wait_weight, cost, alight, then, best, best_row,
):  # fmt: skip
    """Least perceived time from all departures to a target.

    Parameters
    ----------
    egress : float64[n_stops]
        Perceived time of the way from each stop to the target; inf where there is none.
    group_ptr : int64[n_groups + 1]
        Departures of equal time; rows are departures, the last one first.
    is_tied : bool[n_groups]
        Whether some vehicle takes no time to its next call, so that departures of equal time depend on each other.
    row_ahead : int64[n_rows]
        Departure of the same vehicle at its next call; -1 where it ends there.
    ride, dwell : float64[n_rows]
        Time to the next call, and at it.
    stop : int32[n_rows]
        Stop of the next call; -1 where nobody may get off.
    slot : int64[n_rows]
        Slot of the departure; -1 where nobody may board.
    leaves : float64[n_rows]
        When it leaves.
    is_last_slot : bool[n_slots]
        Whether it is the last one of its stop.
    is_even_slot : bool[n_slots]
        Whether the next one of its stop leaves at the same time.
    change_ptr, change_slot, change_cost
        Changes at the next call, see `changes`.
    wait_weight : float
        Perceived per real second of waiting.
    cost : float64[n_rows]
        Filled: perceived time from the departure on; inf where the target is not reached.
    alight, then : int64[n_rows]
        Filled where it is reached: the row behind whose departure one gets off, and the slot from which one goes on
        (-1: none).
    best : float64[n_slots]
    best_row : int64[n_slots]
        Filled: least of perceived time and weighted departure over this and later slots of the stop, and its row.
    """
    for row in range(cost.size):
        cost[row] = np.inf
    for at in range(best.size):
        best[at] = np.inf
    for group in range(group_ptr.size - 1):
        goes_on = True
        while goes_on:
            goes_on = False
            for row in range(group_ptr[group], group_ptr[group + 1]):
                least, off, at = np.inf, row, -1
                if stop[row] >= 0:
                    least = egress[stop[row]]
                    for way in range(change_ptr[row], change_ptr[row + 1]):
                        value = change_cost[way] + best[change_slot[way]]
                        if value < least:
                            least = value
                            at = change_slot[way]
                ahead = row_ahead[row]
                if ahead >= 0 and dwell[row] + cost[ahead] < least:
                    least = dwell[row] + cost[ahead]
                    off, at = alight[ahead], then[ahead]
                least += ride[row]
                if least < cost[row]:
                    cost[row], alight[row], then[row] = least, off, at
                    goes_on = is_tied[group]
                if slot[row] >= 0:
                    _note_slot(
                        slot[row],
                        cost[row] + wait_weight * leaves[row],
                        row,
                        is_last_slot,
                        is_even_slot,
                        best,
                        best_row,
                    )


@kernel
def _note_slot(at, value, row, is_last_slot, is_even_slot, best, best_row):
    """Note what it takes from a slot on, and from those before it that leave at the same time."""
    if not is_last_slot[at] and best[at + 1] < best[at]:
        best[at] = best[at + 1]
        best_row[at] = best_row[at + 1]
    if value < best[at]:
        best[at] = value
        best_row[at] = row
    while at > 0 and is_even_slot[at - 1] and best[at] < best[at - 1]:
        at -= 1
        best[at] = best[at + 1]
        best_row[at] = best_row[at + 1]


@kernel(allocates=True)
def follow(chosen, first_row, begin_zone, moment, alight, then, best_row, trip, place, arrival, stop, way):
    """Rides of chosen journeys, followed from their first departure.

    Parameters
    ----------
    chosen : int64[n_journeys]
        Rows of `first_row`, `begin_zone` and `moment`.
    first_row : int64[n]
    begin_zone : int32[n]
    moment : float64[n]
        First departure, zone, and when to leave the door.
    alight, then, best_row
        See `scan_to`.
    trip, place : int32[n_rows]
        Trip, and place of the departure in the stops of all routes.
    arrival : float64[n_rows]
    stop : int32[n_rows]
        When the next call is reached, and its stop.
    way : float64[n_stops]
        Real time of the way from each stop to the target.

    Returns
    -------
    found, time, log
        As in `kernels.raptor_range.search_range`, with the zones at which journeys begin for targets.
    """
    n_rides = 0
    found, time = np.empty((chosen.size, 3), np.int32), np.empty((chosen.size, 2))
    for i in range(chosen.size):
        row = first_row[chosen[i]]
        found[i, 1] = 1
        while then[row] >= 0:
            row = best_row[then[row]]
            found[i, 1] += 1
        n_rides += found[i, 1]
    log = np.empty((n_rides, 4), np.int32)
    n_logged = 0
    for i in range(chosen.size):
        row = first_row[chosen[i]]
        for ride in range(found[i, 1]):
            if ride > 0:
                row = best_row[then[row]]
            log[n_logged, 0] = trip[row]
            log[n_logged, 1] = place[row]
            log[n_logged, 2] = place[alight[row]] + 1
            log[n_logged, 3] = -1 if ride == 0 else n_logged - 1
            n_logged += 1
        found[i, 0] = begin_zone[chosen[i]]
        found[i, 2] = n_logged - 1
        time[i, 0] = moment[chosen[i]]
        time[i, 1] = arrival[alight[row]] + way[stop[alight[row]]]
    return found, time, log
