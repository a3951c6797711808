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
    call, call_stop, arrival, slot_ptr, slot_departure, walk_ptr, walk_to, walk_time, change, slack, walk_weight,
    wait_weight, penalty,
):  # fmt: skip
    """Changes that are possible after each arrival: the first slot that can be caught, at the stop and after each walk.

    Parameters
    ----------
    call : int64[n_arrivals]
        Calls at which people may get off.
    call_stop : int32[n_calls]
    arrival : float64[n_calls]
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
    ptr : int64[n_calls + 1]
        Changes of each call.
    slot : int64[n_changes]
        First slot that is caught; all later ones of the stop are, too.
    cost : float64[n_changes]
        Perceived time but for the wait from the epoch to the departure, which the slots bear.
    """
    ptr = np.zeros(arrival.size + 1, np.int64)
    for i in range(call.size):
        s = call_stop[call[i]]
        ptr[call[i] + 1] = 1 + walk_ptr[s + 1] - walk_ptr[s]
    for c in range(arrival.size):
        ptr[c + 1] += ptr[c]
    slot, cost = np.empty(ptr[arrival.size], np.int64), np.empty(ptr[arrival.size])
    for i in range(call.size):
        c = call[i]
        s = call_stop[c]
        first = walk_ptr[s] - 1  # stands for staying at the stop
        for walk in range(first, walk_ptr[s + 1]):
            to = s if walk == first else walk_to[walk]
            way = 0.0 if walk == first else walk_time[walk]
            ready = arrival[c] + (max(slack, change[s]) if walk == first else way + slack)
            low, high = slot_ptr[to], slot_ptr[to + 1]
            while low < high:
                middle = (low + high) >> 1
                if slot_departure[middle] >= ready:
                    high = middle
                else:
                    low = middle + 1
            at = ptr[c] + walk - first
            slot[at] = low if low < slot_ptr[to + 1] else -1
            cost[at] = penalty + walk_weight * way - wait_weight * (arrival[c] + way)
    return ptr, slot, cost


@kernel
def scan_to(
    egress, order, group_ptr, is_tied, call_stop, may_alight, is_last, arrival, departure, slot_of, slot_ptr,
    change_ptr, change_slot, change_cost, wait_weight, cost, alight, then, best, best_call,
):  # fmt: skip
    """Least perceived time from all departures to a target.

    Parameters
    ----------
    egress : float64[n_stops]
        Perceived time of the way from each stop to the target; inf where there is none.
    order : int64[n_departures]
        Calls from which vehicles go on, the last departure first.
    group_ptr : int64[n_groups + 1]
        Departures of equal time.
    is_tied : bool[n_groups]
        Whether some vehicle takes no time to its next call, so that departures of equal time depend on each other.
    call_stop : int32[n_calls]
    may_alight, is_last : bool[n_calls]
    arrival, departure : float64[n_calls]
    slot_of : int64[n_calls]
        Slot of each call; -1 where nobody can board.
    slot_ptr : int64[n_stops + 1]
    change_ptr, change_slot, change_cost
        See `changes`.
    wait_weight : float
        Perceived per real second of waiting.
    cost : float64[n_calls]
        Filled: perceived time from the departure on; inf where the target is not reached.
    alight, then : int64[n_calls]
        Filled where it is reached: the call at which one gets off, and the slot from which one goes on (-1: none).
    best : float64[n_slots]
    best_call : int64[n_slots]
        Filled: least of perceived time and weighted departure over this and later slots of the stop, and its call.
    """
    for c in range(cost.size):
        cost[c] = np.inf
    for slot in range(best.size):
        best[slot] = np.inf
    for group in range(group_ptr.size - 1):
        goes_on = True
        while goes_on:
            goes_on = False
            for i in range(group_ptr[group], group_ptr[group + 1]):
                c = order[i]
                at = c + 1
                least, off, slot = np.inf, at, -1
                if may_alight[at]:
                    least = egress[call_stop[at]]
                    for way in range(change_ptr[at], change_ptr[at + 1]):
                        if change_slot[way] >= 0 and change_cost[way] + best[change_slot[way]] < least:
                            slot = change_slot[way]
                            least = change_cost[way] + best[slot]
                if not is_last[at] and departure[at] - arrival[at] + cost[at] < least:
                    least = departure[at] - arrival[at] + cost[at]
                    off, slot = alight[at], then[at]
                least += arrival[at] - departure[c]
                if least < cost[c]:
                    cost[c], alight[c], then[c] = least, off, slot
                    goes_on = is_tied[group]
                slot = slot_of[c]
                if slot < 0:
                    continue
                # slots of the same time that were worked off before see this one, too
                value = cost[c] + wait_weight * departure[c]
                stop_first, stop_last = slot_ptr[call_stop[c]], slot_ptr[call_stop[c] + 1]
                if slot + 1 < stop_last and best[slot + 1] < best[slot]:
                    best[slot] = best[slot + 1]
                    best_call[slot] = best_call[slot + 1]
                if value < best[slot]:
                    best[slot] = value
                    best_call[slot] = c
                while slot > stop_first and best[slot] < best[slot - 1] and best[slot - 1] < np.inf:
                    slot -= 1
                    best[slot] = best[slot + 1]
                    best_call[slot] = best_call[slot + 1]


@kernel(allocates=True)
def follow(
    chosen, first_call, begin_zone, moment, alight, then, best_call, call_trip, call_place, arrival, call_stop, way
):
    """Rides of chosen journeys, followed from their first departure.

    Parameters
    ----------
    chosen : int64[n_journeys]
        Rows of `first_call`, `begin_zone` and `moment`.
    first_call : int64[n]
    begin_zone : int32[n]
    moment : float64[n]
        First departure, zone, and when to leave the door.
    alight, then, best_call
        See `scan_to`.
    call_trip, call_place : int32[n_calls]
        Trip, and place in the stops of all routes.
    arrival : float64[n_calls]
    call_stop : int32[n_calls]
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
        slot = -2
        found[i, 1] = 0
        c = first_call[chosen[i]]
        while slot != -1:
            found[i, 1] += 1
            slot = then[c]
            if slot >= 0:
                c = best_call[slot]
        n_rides += found[i, 1]
    log = np.empty((n_rides, 4), np.int32)
    row = 0
    for i in range(chosen.size):
        c = first_call[chosen[i]]
        for ride in range(found[i, 1]):
            log[row, 0] = call_trip[c]
            log[row, 1] = call_place[c]
            log[row, 2] = call_place[alight[c]]
            log[row, 3] = -1 if ride == 0 else row - 1
            row += 1
            if ride < found[i, 1] - 1:
                c = best_call[then[c]]
        found[i, 0] = begin_zone[chosen[i]]
        found[i, 2] = row - 1
        time[i, 0] = moment[chosen[i]]
        time[i, 1] = arrival[alight[c]] + way[call_stop[alight[c]]]
    return found, time, log
