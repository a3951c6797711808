"""Least perceived time from every departure of a timetable to one place, by one scan from the last to the first.

Weighted time adds up along a journey, so that one number for each departure is enough: what it takes from there to the
place, riding, walking, waiting and changing. A change boards any later vehicle, not just the next one. Departures are
worked off from the last to the first (connection scan: Dibbelt, Pajor, Strasser, Wagner 2018; with perceived times in
Briem et al. 2017). Departures by stop, sorted by time, are called slots.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.timetable_arrays import Found, Log


class Slots(NamedTuple):
    """Departures at which people may board, by stop and rising time."""

    ptr: np.ndarray
    """int64[n_stops + 1]: slots of each stop."""
    departure: np.ndarray
    """float64[n_slots]."""
    is_last: np.ndarray
    is_even: np.ndarray
    """bool[n_slots]: whether it is the last one of its stop; whether the next one of its stop leaves at the same
    time."""


class Rows(NamedTuple):
    """Departures from calls that are not the last of their trip, the last one first."""

    group_ptr: np.ndarray
    """int64[n_groups + 1]: departures of equal time."""
    is_tied: np.ndarray
    """bool[n_groups]: whether some vehicle takes no time to its next call, so that departures of equal time depend on
    each other."""
    trip: np.ndarray
    place: np.ndarray
    """int32[n_rows]: trip, and place of the departure in the stops of all routes."""
    leaves: np.ndarray
    arrives: np.ndarray
    """float64[n_rows]: when it leaves, and when it is at its next call."""
    ride: np.ndarray
    dwell: np.ndarray
    """float64[n_rows]: time to the next call, and at it."""
    ahead: np.ndarray
    """int64[n_rows]: departure of the same vehicle at its next call; -1 where it ends there."""
    stop: np.ndarray
    """int32[n_rows]: stop of the next call; -1 where nobody may get off."""
    slot: np.ndarray
    """int64[n_rows]: slot of the departure; -1 where nobody may board."""


class Changes(NamedTuple):
    """Changes that are possible at the next call of each row."""

    ptr: np.ndarray
    """int64[n_rows + 1]."""
    slot: np.ndarray
    """int64[n_changes]: first slot that is caught; all later ones of the stop are, too."""
    cost: np.ndarray
    """float64[n_changes]: perceived time but for the wait from the epoch to the departure, which the slots bear."""


class Weights(NamedTuple):
    """Perceived per real time of walking and waiting, and perceived time of a change as such."""

    walk: float
    wait: float
    penalty: float


class Scanned(NamedTuple):
    """What a scan finds; its arrays are made by the caller."""

    cost: np.ndarray
    """float64[n_rows]: perceived time from the departure on; inf where the target is not reached."""
    alight: np.ndarray
    then: np.ndarray
    """int64[n_rows], filled where it is reached: the row behind whose departure one gets off, and the slot from which
    one goes on (-1: none)."""
    best: np.ndarray
    best_row: np.ndarray
    """float64[n_slots], int64[n_slots]: least of perceived time and weighted departure over this and later slots of the
    stop, and its row."""


class SettingOut(NamedTuple):
    """Ways to set out and board."""

    row: np.ndarray
    """int64[n]: departure."""
    zone: np.ndarray
    """int32[n]: where."""
    moment: np.ndarray
    """float64[n]: when to leave the door."""


@kernel(allocates=True)
def changes(stop, arrival, slots, walks, slack, weights):
    """Changes that are possible after arrivals: the first slot that can be caught, at the stop and after each walk.

    Parameters
    ----------
    stop : int32[n_arrivals]
        Where people get off; -1 where nobody may.
    arrival : float64[n_arrivals]
    slots : Slots
        What can be boarded.
    walks : Walks
        Walks and changes.
    slack : float
        Least time between alighting and boarding, walk not counted.
    weights : Weights
        Of walks, waits and changes.

    Returns
    -------
    ptr, slot, cost
        As in `Changes`.
    """
    walk_ptr, slot_ptr = walks.ptr, slots.ptr
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
            to = s if walk == first else walks.to[walk]
            way = 0.0 if walk == first else walks.time[walk]
            ready = arrival[i] + (max(slack, walks.change[s]) if walk == first else way + slack)
            low, high = slot_ptr[to], slot_ptr[to + 1]
            while low < high:
                middle = (low + high) >> 1
                if slots.departure[middle] >= ready:
                    high = middle
                else:
                    low = middle + 1
            if low < slot_ptr[to + 1]:
                slot[n] = low
                cost[n] = weights.penalty + weights.walk * way - weights.wait * (arrival[i] + way)
                n += 1
        ptr[i + 1] = n
    return ptr, slot[:n].copy(), cost[:n].copy()


@kernel
def scan_to(egress, rows, slots, changes, wait_weight, scanned):
    """Least perceived time from all departures to a target.

    Parameters
    ----------
    egress : float64[n_stops]
        Perceived time of the way from each stop to the target; inf where there is none.
    rows : Rows
        Departures.
    slots : Slots
        The same by stop.
    changes : Changes
        Changes at the next call of each departure.
    wait_weight : float
        Perceived per real second of waiting.
    scanned : Scanned
        Filled.
    """
    cost, alight, then, best, best_row = scanned
    for row in range(cost.size):
        cost[row] = np.inf
    for at in range(best.size):
        best[at] = np.inf
    for group in range(rows.group_ptr.size - 1):
        goes_on = True
        while goes_on:
            goes_on = False
            for row in range(rows.group_ptr[group], rows.group_ptr[group + 1]):
                least, off, at = np.inf, row, -1
                if rows.stop[row] >= 0:
                    least = egress[rows.stop[row]]
                    for way in range(changes.ptr[row], changes.ptr[row + 1]):
                        value = changes.cost[way] + best[changes.slot[way]]
                        if value < least:
                            least = value
                            at = changes.slot[way]
                ahead = rows.ahead[row]
                if ahead >= 0 and rows.dwell[row] + cost[ahead] < least:
                    least = rows.dwell[row] + cost[ahead]
                    off, at = alight[ahead], then[ahead]
                least += rows.ride[row]
                if least < cost[row]:
                    cost[row], alight[row], then[row] = least, off, at
                    goes_on = rows.is_tied[group]
                if rows.slot[row] >= 0:
                    value = cost[row] + wait_weight * rows.leaves[row]
                    _note_slot(rows.slot[row], value, row, slots, best, best_row)


@kernel
def _note_slot(at, value, row, slots, best, best_row):
    """Note what it takes from a slot on, and from those before it that leave at the same time."""
    if not slots.is_last[at] and best[at + 1] < best[at]:
        best[at] = best[at + 1]
        best_row[at] = best_row[at + 1]
    if value < best[at]:
        best[at] = value
        best_row[at] = row
    while at > 0 and slots.is_even[at - 1] and best[at] < best[at - 1]:
        at -= 1
        best[at] = best[at + 1]
        best_row[at] = best_row[at + 1]


@kernel(allocates=True)
def follow(chosen, setting_out, rows, scanned, way):
    """Rides of chosen journeys, followed from their first departure.

    Parameters
    ----------
    chosen : int64[n_journeys]
        Rows of `setting_out`.
    setting_out : SettingOut
        Where and when journeys begin.
    rows : Rows
        Departures.
    scanned : Scanned
        See `scan_to`.
    way : float64[n_stops]
        Real time of the way from each stop to the target.

    Returns
    -------
    found : Found
        Journeys, with the zones at which they begin for targets.
    log : Log
        Their rides.
    """
    then, best_row = scanned.then, scanned.best_row
    n = chosen.size
    found = Found(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n))
    n_rides = 0
    for i in range(n):
        row = setting_out.row[chosen[i]]
        found.n_rides[i] = 1
        while then[row] >= 0:
            row = best_row[then[row]]
            found.n_rides[i] += 1
        n_rides += found.n_rides[i]
    log = Log(
        np.empty(n_rides, np.int32), np.empty(n_rides, np.int32), np.empty(n_rides, np.int32),
        np.empty(n_rides, np.int32),
    )  # fmt: skip
    n_logged = 0
    for i in range(n):
        row = setting_out.row[chosen[i]]
        for ride in range(found.n_rides[i]):
            if ride > 0:
                row = best_row[then[row]]
            log.trip[n_logged] = rows.trip[row]
            log.board[n_logged] = rows.place[row]
            log.alight[n_logged] = rows.place[scanned.alight[row]] + 1
            log.before[n_logged] = -1 if ride == 0 else n_logged - 1
            n_logged += 1
        last = scanned.alight[row]
        found.target[i] = setting_out.zone[chosen[i]]
        found.row[i] = n_logged - 1
        found.moment[i] = setting_out.moment[chosen[i]]
        found.arrival[i] = rows.arrives[last] + way[rows.stop[last]]
    return found, log
