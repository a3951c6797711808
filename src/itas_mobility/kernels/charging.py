"""Charging at full power in continuous time: who gets which point when, and the power that makes in steps."""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

FULL, DEPARTURE, FEE = 0, 1, 2
"""When a car frees its point (see `core.charging_site.Release`)."""


class Cars(NamedTuple):
    """Cars that wish to charge."""

    arrive: np.ndarray
    """float64[n]: hours."""
    depart: np.ndarray
    """float64[n]: not before `arrive`."""
    need: np.ndarray
    """float64[n]: energy wanted in the battery, kWh."""
    power: np.ndarray
    """float64[n]: limit of the car at the grid side, kW."""
    state: np.ndarray
    """float64[n]: energy in the battery on arrival as a share of what it holds; 0 without a taper."""
    battery: np.ndarray
    """float64[n]: what the battery holds, kWh; infinite without a taper."""


class Taper(NamedTuple):
    """Power of a car by state of charge, even within each piece."""

    edge: np.ndarray
    """float64[n_pieces + 1]: states of charge, from 0 to 1; empty without a taper."""
    power: np.ndarray
    """float64[n_pieces]: kW at the grid side."""


class Points(NamedTuple):
    """Charging points of a site."""

    power: np.ndarray
    """float64[n_points]: of each point, kW; with unlimited points one value that holds for all."""
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
    departure. Equal points are kept in a heap, so that a car costs the logarithm of their number.

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
    n_points = points.power.size
    free = np.full(n_points if points.limited else 0, -np.inf)
    equal = n_points > 0 and points.power.min() == points.power.max()
    for i in order:
        arrive, depart = cars.arrive[i], cars.depart[i]
        charging.begin[i] = charging.end[i] = depart
        charging.power[i] = charging.delivered[i] = charging.drawn[i] = 0.0
        if cars.need[i] <= 0.0:
            # a car that needs nothing neither waits nor takes a point
            charging.begin[i] = charging.end[i] = arrive
            continue
        point, begin = 0, arrive
        if points.limited:
            if n_points == 0:
                continue
            point, begin = (0, max(arrive, free[0])) if equal else _first_free(free, points.power, arrive)
        strength = min(cars.power[i], points.power[point])
        if strength <= points.standby or begin >= depart:
            continue
        end, delivered, drawn = _fill(cars, i, begin, strength, points, taper)
        charging.begin[i], charging.end[i], charging.power[i] = begin, end, strength
        charging.delivered[i], charging.drawn[i] = delivered, drawn
        if points.limited:
            until = depart
            if points.release != DEPARTURE and delivered >= cars.need[i]:
                until = end if points.release == FULL else min(depart, end + points.fee_after)
            free[point] = until
            if equal:
                _sink(free)


@kernel
def fill_from(cars, rows, begin, points, taper, charging):
    """Charge parts of groups at full power from given moments until full or departure.

    Parameters
    ----------
    cars : Cars
        One car of each group.
    rows : int64[n_parts]
        Group of each part.
    begin : float64[n_parts]
        When it takes its points.
    points : Points
        Equal ones.
    taper : Taper
    charging : Charging
        Out: of one car of each part.
    """
    for k in range(rows.size):
        i = rows[k]
        strength = min(cars.power[i], points.power[0])
        end, delivered, drawn = _fill(cars, i, begin[k], strength, points, taper)
        charging.begin[k], charging.end[k], charging.power[k] = begin[k], end, strength
        charging.delivered[k], charging.drawn[k] = delivered, drawn


@kernel
def _fill(cars, i, begin, strength, points, taper):
    """When a car that begins to charge stops, the energy into its battery and from the grid."""
    need, depart = cars.need[i], cars.depart[i]
    now, delivered, drawn = begin, 0.0, 0.0
    piece = 0
    while True:
        power, room = strength, need - delivered
        if taper.power.size:
            held = cars.state[i] * cars.battery[i] + delivered
            while piece < taper.power.size - 1 and taper.edge[piece + 1] * cars.battery[i] <= held * (1.0 + 1e-12):
                piece += 1
            power = min(strength, taper.power[piece])
            if piece < taper.power.size - 1:
                room = min(room, taper.edge[piece + 1] * cars.battery[i] - held)
        gain = points.efficiency * (power - points.standby)
        if gain <= 0.0:
            return now, delivered, drawn
        hours = room / gain
        if now + hours > depart:
            hours = depart - now
            return depart, min(need, delivered + gain * hours), drawn + power * hours
        now += hours
        drawn += power * hours
        delivered += room
        if delivered >= need * (1.0 - 1e-15) or taper.power.size == 0:
            return min(now, depart), need, drawn


@kernel
def _first_free(free, power, arrive):
    """The point that is free first from `arrive` on, the strongest of these, and when."""
    best, begin = 0, max(arrive, free[0])
    for p in range(1, free.size):
        at = max(arrive, free[p])
        if at < begin or (at == begin and power[p] > power[best]):
            best, begin = p, at
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
        last = int(np.ceil(end[i] / step))
        for k in range(first, last):
            overlap = min(end[i], (k + 1) * step) - max(start[i], k * step)
            if overlap > 0.0:
                out[k % out.size] += power[i] * (overlap / step)
