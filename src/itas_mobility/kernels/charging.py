"""Charging at full power in continuous time: who gets which point when, and the power that makes in steps."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

FULL, DEPARTURE, FEE = 0, 1, 2
"""When a car frees its point (see `core.charging_site.Release`)."""


class Cars(NamedTuple):
    """Cars that wish to charge, or groups of cars that are alike."""

    arrive: np.ndarray
    """float64[n]: hours."""
    depart: np.ndarray
    """float64[n]: not before `arrive`."""
    need: np.ndarray
    """float64[n]: energy wanted in the battery of each car, kWh."""
    power: np.ndarray
    """float64[n]: limit of the car at the grid side, kW."""
    least: np.ndarray
    """float64[n]: least power at which it charges, kW."""
    state: np.ndarray
    """float64[n]: energy in the battery on arrival as a share of what it holds; 0 without a taper."""
    battery: np.ndarray
    """float64[n]: what the battery holds, kWh; infinite without a taper."""
    number: np.ndarray
    """float64[n]: cars of the group, whole or not."""
    owner: np.ndarray
    """int64[n]: label of each row, from 0; power is told by label."""


class Taper(NamedTuple):
    """Power of a car by state of charge, even within each piece."""

    edge: np.ndarray
    """float64[n_pieces + 1]: states of charge, from 0 to 1; empty without a taper."""
    power: np.ndarray
    """float64[n_pieces]: kW at the grid side."""


class Points(NamedTuple):
    """Charging points of a site."""

    power: np.ndarray
    """float64[n_kinds]: kW of each kind of points, falling; with unlimited points one value that holds for all."""
    amount: np.ndarray
    """int64[n_kinds]: points of each kind."""
    limited: bool
    """False gives each car a point of its own."""
    release: int
    """`FULL`, `DEPARTURE` or `FEE`."""
    fee_after: float
    """Hours after full at which a point is freed, with `FEE`."""
    efficiency: float
    standby: float
    """kW that the car's control takes while it charges."""


class Charging(NamedTuple):
    """When each car charges, and what it gets."""

    begin: np.ndarray
    end: np.ndarray
    """float64[n]: hours; both the departure without charging."""
    power: np.ndarray
    """float64[n]: the lesser of car and point, kW; 0 without charging."""
    delivered: np.ndarray
    drawn: np.ndarray
    """float64[n]: kWh into the battery and from the grid."""


@kernel(allocates=True)
def first_come_first_served(cars, order, points, taper, charging):
    """Let cars take points in order of arrival, and charge at full power until full or departure.

    A car takes the strongest point that is free when it arrives, else the one that is free first; it gives up at
    departure. Points of a kind are kept in a heap, so that a car costs the logarithm of their number.

    Parameters
    ----------
    cars : Cars
    order : int64[n]
        Cars by arrival.
    points : Points
    taper : Taper
    charging : Charging
        Out.
    """
    n_kinds = points.power.size
    first = np.zeros(n_kinds + 1, np.int64)
    for kind in range(n_kinds):
        first[kind + 1] = first[kind] + points.amount[kind]
    free = np.full(first[n_kinds], -np.inf)
    for i in order:
        arrive, depart = cars.arrive[i], cars.depart[i]
        charging.begin[i] = charging.end[i] = depart
        charging.power[i] = charging.delivered[i] = charging.drawn[i] = 0.0
        if cars.need[i] <= 0.0:
            # a car that needs nothing neither waits nor takes a point
            charging.begin[i] = charging.end[i] = arrive
            continue
        kind, begin = 0, arrive
        if points.limited:
            if free.size == 0:
                continue
            kind, begin = _first_free(free, first, arrive)
        strength = min(cars.power[i], points.power[kind])
        if strength <= points.standby or begin >= depart:
            continue
        end, delivered, drawn = _fill(cars, i, begin, strength, points, taper)
        charging.begin[i], charging.end[i], charging.power[i] = begin, end, strength
        charging.delivered[i], charging.drawn[i] = delivered, drawn
        if points.limited:
            until = depart
            if points.release != DEPARTURE and delivered >= cars.need[i]:
                until = end if points.release == FULL else min(depart, end + points.fee_after)
            free[first[kind]] = until
            _sink(free[first[kind] : first[kind + 1]])


@kernel
def fill_from(cars, rows, begin, kind, points, taper, charging):
    """Charge parts of groups at full power from given moments until full or departure.

    Parameters
    ----------
    cars : Cars
    rows : int64[n_parts]
        Group of each part.
    begin : float64[n_parts]
        When it takes its points.
    kind : int64[n_parts]
        Kind of these points.
    points : Points
    taper : Taper
    charging : Charging
        Out: of one car of each part.
    """
    for k in range(rows.size):
        i = rows[k]
        strength = min(cars.power[i], points.power[kind[k]])
        end, delivered, drawn = _fill(cars, i, begin[k], strength, points, taper)
        charging.begin[k], charging.end[k], charging.power[k] = begin[k], end, strength
        charging.delivered[k], charging.drawn[k] = delivered, drawn


@kernel
def hours_to_full(cars, points, taper, out):
    """Time in which each car fills at full power, however long it stays.

    Parameters
    ----------
    cars : Cars
    points : Points
    taper : Taper
    out : float64[n, n_kinds]
        Out: hours at each kind of points; infinite where nothing comes into the battery.
    """
    for i in range(cars.need.size):
        for kind in range(points.power.size):
            strength = min(cars.power[i], points.power[kind])
            out[i, kind] = np.inf
            if strength > points.standby:
                held = cars.state[i] * cars.battery[i] if taper.power.size else 0.0
                out[i, kind] = charge_for(np.inf, cars.need[i], held, cars.battery[i], strength, points, taper)[0]


@kernel
def _fill(cars, i, begin, strength, points, taper):
    """When a car that begins to charge stops, the energy into its battery and from the grid."""
    held = cars.state[i] * cars.battery[i] if taper.power.size else 0.0
    stay = cars.depart[i] - begin
    hours, delivered, drawn = charge_for(stay, cars.need[i], held, cars.battery[i], strength, points, taper)
    return (cars.depart[i] if hours >= stay else min(begin + hours, cars.depart[i])), delivered, drawn


@kernel(internal=True)
def charge_for(hours, need, held, battery, power, points, taper):
    """What a car that may charge for some time gets: hours that it charges, energy into the battery, from the grid.

    Parameters
    ----------
    hours : float
        At most; may be infinite.
    need : float
        Energy still wanted in the battery, kWh.
    held, battery : float
        What is in the battery, and what it holds; only looked at under a taper.
    power : float
        At most, kW.
    points : Points
        Efficiency and standby power.
    taper : Taper

    Returns
    -------
    tuple of float
        Hours, energy into the battery, energy from the grid.
    """
    now, delivered, drawn = 0.0, 0.0, 0.0
    piece, last = 0, taper.power.size - 1
    while True:
        strength, room = power, need - delivered
        if last >= 0:
            at = held + delivered
            while piece < last and taper.edge[piece + 1] * battery <= at * (1.0 + 1e-12):
                piece += 1
            strength = min(power, taper.power[piece])
            if piece < last:
                room = min(room, taper.edge[piece + 1] * battery - at)
        gain = points.efficiency * (strength - points.standby)
        if gain <= 0.0:
            return now, delivered, drawn
        lasts = room / gain
        if now + lasts > hours:
            lasts = hours - now
            return hours, min(need, delivered + gain * lasts), drawn + strength * lasts
        now += lasts
        drawn += strength * lasts
        delivered += room
        if delivered >= need * (1.0 - 1e-15) or last < 0:
            return min(now, hours), need, drawn


@kernel
def _first_free(free, first, arrive):
    """The kind of points of which one is free first from `arrive` on, the strongest of these, and when."""
    best, begin = -1, np.inf
    for kind in range(first.size - 1):
        if first[kind] < first[kind + 1]:
            at = max(arrive, free[first[kind]])
            if at < begin:
                best, begin = kind, at
    return best, begin


@kernel
def _sink(heap):
    """Put the first value of a heap of times, which has grown, in its place."""
    value, k, n = heap[0], 0, heap.size
    while True:
        child = 2 * k + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[k] = heap[child]
        k = child
    heap[k] = value


@kernel
def count_pieces(cars, rows, charging, taper, out):
    """Pieces of even power in which each part charges, under a taper.

    Parameters
    ----------
    cars : Cars
    rows : int64[n_parts]
        Car of each part.
    charging : Charging
        Of each part.
    taper : Taper
    out : int64[n_parts]
        Out.
    """
    for k in range(rows.size):
        i = rows[k]
        first = _piece_at(taper, cars.state[i])
        last = _piece_at(taper, cars.state[i] + charging.delivered[k] / cars.battery[i])
        out[k] = last - first + 1 if charging.power[k] > 0.0 else 0


@kernel
def cut_pieces(cars, rows, charging, points, taper, start, end, power):
    """The pieces that `count_pieces` counts, one part after the other.

    Parameters
    ----------
    cars : Cars
    rows : int64[n_parts]
    charging : Charging
    points : Points
    taper : Taper
    start, end, power : float64[n_pieces]
        Out: when each piece begins and ends, and the power of one car in it.
    """
    k_out = 0
    for k in range(rows.size):
        if charging.power[k] <= 0.0:
            continue
        i = rows[k]
        now, held = charging.begin[k], cars.state[i] * cars.battery[i]
        reached = held + charging.delivered[k]
        first, last = _piece_at(taper, cars.state[i]), _piece_at(taper, reached / cars.battery[i])
        for piece in range(first, last + 1):
            to = reached if piece == last else min(reached, taper.edge[piece + 1] * cars.battery[i])
            strength = min(charging.power[k], taper.power[piece])
            hours = max(0.0, to - held) / (points.efficiency * (strength - points.standby))
            start[k_out], end[k_out], power[k_out] = now, now + hours, strength
            now += hours
            held = to
            k_out += 1


@kernel
def _piece_at(taper, state):
    """Piece of a taper in which a state of charge lies; the later one at an edge."""
    piece = 0
    while piece < taper.power.size - 1 and taper.edge[piece + 1] <= state * (1.0 + 1e-12):
        piece += 1
    return piece


@kernel
def power_in_steps(start, end, power, step, out):
    """Mean power of each step by overlap; what lies beyond the horizon counts at its beginning.

    Parameters
    ----------
    start, end : float64[n]
        Interval of each session; `start` not negative.
    power : float64[n]
        Power in it, kW.
    step : float
        Length of a step, in the same unit of time.
    out : float64[n_steps]
        Out: mean power of the steps, kW.
    """
    out[:] = 0.0
    for i in range(start.size):
        first = int(start[i] // step)
        last = int(np.ceil(end[i] / step)) - 1
        at = first % out.size
        for k in range(first, last + 1):
            if first < k < last:
                out[at] += power[i]
            else:
                overlap = min(end[i], (k + 1) * step) - max(start[i], k * step)
                if overlap > 0.0:
                    out[at] += power[i] * (overlap / step)
            at += 1
            if at == out.size:
                at = 0
