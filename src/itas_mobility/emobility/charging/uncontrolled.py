"""Uncontrolled charging: full power from taking a point until full or departure, points to those who came first."""

from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions, ChargingTaper
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.emobility.charging.repeating import over_horizons
from itas_mobility.emobility.charging.strategy import Schedule, Steps, register
from itas_mobility.emobility.queue import queue_of_groups
from itas_mobility.errors import InputError
from itas_mobility.kernels import charging as kernels

_NO_CARS: Final = 1e-12
"""Share of a group below which those who got no point are the rounding of a sum of shares."""
_TAPER_PIECE: Final = 0.01
"""States of charge within which power is taken as even under a taper; the time to pass each is exact."""
_RELEASE: Final = {"full": kernels.FULL, "departure": kernels.DEPARTURE, "fee": kernels.FEE}


@register("uncontrolled", heeds_limit=False)
def full_power_at_once(sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Each car takes a point when it can, and charges at full power; no limit is heeded.

    Cars are followed in continuous time, so that energies do not depend on the steps. A group of cars takes as many
    points as it has cars; groups that arrive at the same time share the points that are free in proportion to their
    cars.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars one by one, or groups of expected cars.
    site : ChargingSite
        For groups, points must be equal, and be held until departure where they are limited.
    steps : Steps
        Says how long the horizon is and whether it repeats.

    Returns
    -------
    Schedule
        An interval for each session, or for each part of a group that took points together.

    Raises
    ------
    InputError
        For groups of cars at points that differ, or that are limited and freed before departure.
    """
    follow = _one_by_one if sessions.cars is None else _groups
    return over_horizons(lambda given, copies: follow(given, site, copies), sessions, steps)


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


def _one_by_one(sessions: ChargingSessions, site: ChargingSite, copies: int) -> tuple[Schedule, LongArray]:
    n = len(sessions)
    cars, points, taper = _bundles(sessions, site)
    charging = kernels.Charging(*np.zeros((5, n)))
    order = np.lexsort((np.arange(n), sessions.arrive_h))
    kernels.first_come_first_served(cars, order, points, taper, charging)
    rows = np.arange(n, dtype=np.int64)
    start, end, power, part = _intervals(cars, rows, charging, points, taper)
    charges = charging.power > 0
    schedule = Schedule(
        start_h=start,
        end_h=end,
        power_kw=power,
        drawn_kwh=charging.drawn,
        charging_h=np.where(charges, charging.end - charging.begin, 0.0),
        delivered_kwh=charging.delivered,
        unserved_kwh=sessions.need_kwh - charging.delivered,
        waiting_h=charging.begin - sessions.arrive_h,
        begin_h=np.where(charges, charging.begin, np.nan),
        finish_h=np.where(charges, charging.end, np.nan),
    )
    return schedule, part // max(1, n // copies)


def _groups(sessions: ChargingSessions, site: ChargingSite, copies: int) -> tuple[Schedule, LongArray]:
    if not site.has_equal_points:
        raise InputError("point_power_kw: groups of cars need points of equal power")
    if site.points is not None and site.release != "departure":
        raise InputError("release: groups of cars hold their point until departure; give release='departure'")
    n, number = len(sessions), sessions.each_cars
    arrive, depart, need = sessions.arrive_h, sessions.depart_h, sessions.need_kwh
    cars, points, taper = _bundles(sessions, site)
    is_fed = site.car_kw(sessions.power_kw) > site.standby_kw
    wanting = np.where(need > 0, number, 0.0)  # a car that needs nothing neither waits nor takes a point
    started = queue_of_groups(arrive, depart, np.where(is_fed, wanting, 0.0), site.points)
    rows = started.group
    charging = kernels.Charging(*np.zeros((5, rows.size)))
    if rows.size:
        kernels.fill_from(cars, rows, started.start_h, points, taper, charging)
    start, end, power, part = _intervals(cars, rows, charging, points, taper)

    def by_group(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(rows, started.cars * values, minlength=n), np.float64)

    # who is full lacks nothing; what is left of differences of times and sums would be rounding
    lacking = np.where(charging.delivered >= need[rows], 0.0, need[rows] - charging.delivered)
    waiting = wanting - by_group(np.ones(rows.size))
    without_point = np.where(waiting > _NO_CARS * wanting, waiting, 0.0)
    stood = by_group(started.start_h - arrive[rows]) + without_point * (depart - arrive)
    begin, finish = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(begin, rows, charging.begin)
    np.maximum.at(finish, rows, charging.end)
    schedule = Schedule(
        start_h=start,
        end_h=end,
        power_kw=started.cars[part] * power,
        drawn_kwh=by_group(charging.drawn),
        charging_h=by_group(charging.end - charging.begin),
        delivered_kwh=by_group(charging.delivered),
        unserved_kwh=by_group(lacking) + without_point * need,
        waiting_h=np.divide(stood, number, out=np.zeros(n), where=number > 0),
        begin_h=np.where(np.isfinite(begin), begin, np.nan),
        finish_h=np.where(np.isfinite(finish), finish, np.nan),
    )
    return schedule, rows[part] // max(1, n // copies)


def _bundles(sessions: ChargingSessions, site: ChargingSite) -> tuple[kernels.Cars, kernels.Points, kernels.Taper]:
    state, battery = sessions.arrival_state_share, sessions.battery_kwh
    n = len(sessions)
    cars = kernels.Cars(
        sessions.arrive_h,
        sessions.depart_h,
        sessions.need_kwh,
        sessions.power_kw,
        np.zeros(n) if state is None else state,
        np.full(n, np.inf) if battery is None else battery,
    )
    points = kernels.Points(
        power=site.point_power_kw,
        limited=site.points is not None,
        release=_RELEASE[site.release],
        fee_after=float(site.fee_after_h),
        efficiency=float(site.efficiency),
        standby=float(site.standby_kw),
    )
    return cars, points, taper_pieces(sessions.taper, efficiency=site.efficiency, standby_kw=site.standby_kw)


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
