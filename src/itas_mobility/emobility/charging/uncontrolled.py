"""Uncontrolled charging: full power from taking a point until full or departure, points to those who came first."""

from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions, ChargingTaper
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.emobility.charging.repeating import over_horizons
from itas_mobility.emobility.charging.strategy import IDLE, PASSED_ON, Schedule, Steps, register
from itas_mobility.emobility.charging.stretches import Followed, by_stretch
from itas_mobility.emobility.queue import cars_of, in_line, points_of, rows_of
from itas_mobility.errors import InputError
from itas_mobility.kernels import charging as kernels
from itas_mobility.kernels.charging_queue import take_points

_NO_CARS: Final = 1e-12
"""Share of a group below which those who got no point are the rounding of a sum of shares."""
_TAPER_PIECE: Final = 0.01
"""States of charge within which power is taken as even under a taper; the time to pass each is exact."""
HANDOVER_H: Final = 1.0 / 60.0
"""Groups fill bit by bit, each at a moment of its own; points that they free pass on at whole minutes, else each of
these moments would divide all groups that wait."""
_STRETCH_H: Final = 1.0
"""Stretches without cars begin and end at whole hours: whole minutes for `HANDOVER_H`, whatever the steps."""


@register("uncontrolled", heeds_limit=False)
def full_power_at_once(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Each car takes a point when it can, and charges at full power; no limit is heeded.

    Cars are followed in continuous time, so that energies do not depend on the steps. A group of cars takes as many
    points as it has cars; groups that arrive at the same time share the points that are free in proportion to their
    cars. A point that full cars of a group free before they leave passes on at the next full minute.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars one by one, or groups of expected cars.
    site : ChargingSite
        Points, losses, and when points are freed.
    steps : Steps
        Says how long the horizon is and whether it repeats.

    Returns
    -------
    Schedule
        An interval for each session, or for each part of a group that took points together.

    Raises
    ------
    InputError
        For a taper at which nothing reaches the battery.
    """
    points = points_of(site)
    taper = taper_pieces(sessions.taper, efficiency=site.efficiency, standby_kw=site.standby_kw)
    follow = _one_by_one if sessions.cars is None else _groups
    passes_on = sessions.cars is not None and points.limited and points.release != kernels.DEPARTURE
    told = [IDLE] if site.supply.battery is not None else []
    if passes_on:
        told.append(PASSED_ON)
    assumptions = tuple(told)

    def followed(given: ChargingSessions, copies: int) -> tuple[Schedule, LongArray]:
        cars = cars_of(given, np.arange(len(given)) // max(1, len(given) // copies))
        done = by_stretch(lambda mine, _: follow(mine, points, taper), cars, np.zeros(1), _STRETCH_H)
        return done.schedule(assumptions), done.owner

    return over_horizons(followed, sessions, steps)


def taper_pieces(taper: ChargingTaper | None, *, efficiency: float, standby_kw: float) -> kernels.Taper:
    """A taper as pieces of even power, each passed in exactly the time that the curve takes.

    Parameters
    ----------
    taper : ChargingTaper or None
        Power by state of charge.
    efficiency, standby_kw : float
        Of the site: energy passes into the battery at ``efficiency * (power - standby_kw)``.

    Returns
    -------
    kernels.Taper
        Empty without a taper.

    Raises
    ------
    InputError
        If power falls so low that nothing reaches the battery.
    """
    if taper is None:
        return kernels.Taper(np.zeros(0), np.zeros(0))
    if (taper.power_kw <= standby_kw).any():
        raise InputError(f"taper: power falls to {taper.power_kw.min():g} kW, all of which the car's control takes")
    n = round(1.0 / _TAPER_PIECE)
    edge = np.unique(np.concatenate([np.round(np.arange(n + 1) / n, 12), taper.state_share]))
    into = efficiency * (np.interp(edge, taper.state_share, taper.power_kw) - standby_kw)
    low, high = into[:-1], into[1:]
    ratio = np.divide(high - low, low)
    # time to pass a piece is the integral of 1 / power: the logarithmic mean of its ends is the even power of that time
    is_even = np.abs(ratio) < 1e-9
    mean = np.where(is_even, 0.5 * (low + high), (high - low) / np.where(is_even, 1.0, np.log1p(ratio)))
    return kernels.Taper(edge, mean / efficiency + standby_kw)


def _one_by_one(cars: kernels.Cars, points: kernels.Points, taper: kernels.Taper) -> Followed:
    n = cars.need.size
    charging = kernels.Charging(*np.zeros((5, n)))
    order = np.argsort(cars.arrive, kind="stable")
    kernels.first_come_first_served(cars, order, points, taper, charging)
    start, end, power, part = _intervals(cars, np.arange(n), charging, points, taper)
    charges = charging.power > 0
    return Followed(
        start_h=start,
        end_h=end,
        power_kw=power,
        owner=cars.owner[part],
        drawn_kwh=charging.drawn,
        charging_h=np.where(charges, charging.end - charging.begin, 0.0),
        delivered_kwh=charging.delivered,
        unserved_kwh=cars.need - charging.delivered,
        waiting_h=charging.begin - cars.arrive,
        begin_h=np.where(charges, charging.begin, np.nan),
        finish_h=np.where(charges, charging.end, np.nan),
    )


def _groups(cars: kernels.Cars, points: kernels.Points, taper: kernels.Taper) -> Followed:
    n, number, need = cars.need.size, cars.number, cars.need
    queueing, line = in_line(cars, points, one_by_one=False, raster_h=HANDOVER_H)
    mine = rows_of(cars, queueing)
    full_after = np.zeros((queueing.size, points.power.size))
    kernels.hours_to_full(mine, points, taper, full_after)
    group, kind, at, part_cars = take_points(line, mine, full_after, points)
    charging = kernels.Charging(*np.zeros((5, group.size)))
    kernels.fill_from(mine, group, at, kind, points, taper, charging)
    start, end, power, part = _intervals(mine, group, charging, points, taper)
    rows = queueing[group]

    def by_group(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(rows, part_cars * values, minlength=n), np.float64)

    # who is full lacks nothing; what is left of differences of times and sums would be rounding
    lacking = np.where(charging.delivered >= need[rows], 0.0, need[rows] - charging.delivered)
    without_point = cars_without_point(cars, by_group(np.ones(rows.size)))
    stood = by_group(np.maximum(at - cars.arrive[rows], 0.0)) + without_point * (cars.depart - cars.arrive)
    begin, finish = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(begin, rows, charging.begin)
    np.maximum.at(finish, rows, charging.end)
    return Followed(
        start_h=start,
        end_h=end,
        power_kw=part_cars[part] * power,
        owner=cars.owner[rows[part]],
        drawn_kwh=by_group(charging.drawn),
        charging_h=by_group(charging.end - charging.begin),
        delivered_kwh=by_group(charging.delivered),
        unserved_kwh=by_group(lacking) + without_point * need,
        waiting_h=np.divide(stood, number, out=np.zeros(n), where=number > 0),
        begin_h=np.where(np.isfinite(begin), begin, np.nan),
        finish_h=np.where(np.isfinite(finish), finish, np.nan),
    )


def cars_without_point(cars: kernels.Cars, started: FloatArray) -> FloatArray:
    """Cars of each group that wanted a point and got none.

    Parameters
    ----------
    cars : kernels.Cars
        Groups; a car that needs nothing neither waits nor takes a point.
    started : ndarray of shape (n,)
        Cars that took one.

    Returns
    -------
    ndarray of shape (n,)
        None where it would be the rounding of a sum of shares.
    """
    wanting = np.where(cars.need > 0, cars.number, 0.0)
    missing = wanting - started
    return np.where(missing > _NO_CARS * wanting, missing, 0.0)


def _intervals(
    cars: kernels.Cars, rows: LongArray, charging: kernels.Charging, points: kernels.Points, taper: kernels.Taper
) -> tuple[FloatArray, FloatArray, FloatArray, LongArray]:
    """Intervals of even power of one car of each part: begin, end, power, and the part."""
    part = np.arange(rows.size, dtype=np.int64)
    if taper.power.size == 0:
        return charging.begin, charging.end, charging.power, part
    counts = np.zeros(rows.size, np.int64)
    kernels.count_pieces(cars, rows, charging, taper, counts)
    start, end, power = np.zeros((3, int(counts.sum())))
    kernels.cut_pieces(cars, rows, charging, points, taper, start, end, power)
    return start, end, power, np.repeat(part, counts)
