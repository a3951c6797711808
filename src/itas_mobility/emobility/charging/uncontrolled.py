"""Uncontrolled charging: full power from taking a point until full or departure, points to those who came first."""

from typing import Final

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray
from itas_mobility.emobility.charging.strategy import Schedule, register
from itas_mobility.emobility.queue import queue_of_groups
from itas_mobility.errors import InputError
from itas_mobility.kernels import charging as kernels
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

_MAX_DAYS: Final = 60
"""Equal days that are followed until one repeats the one before; a queue that fits into its day needs two or three."""

_NO_CARS: Final = 1e-12
"""Share of a group below which those who got no point are the rounding of a sum of shares."""


@register("uncontrolled")
def full_power_at_once(sessions: ChargingSessions, site: ChargingSite, step_s: float) -> Schedule:
    """Each car takes a point when it can, and charges at full power; the grid limit is not heeded.

    A group of cars takes as many points as it has cars; groups that arrive at the same time share the points that are
    free in proportion to their cars.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars one by one, or groups of expected cars.
    site : ChargingSite
        For groups, points must be equal, and be held until departure where they are limited.
    step_s : float
        Of no effect: cars are followed in continuous time.

    Returns
    -------
    Schedule
        An interval for each session, or for each part of a group that took points together.

    Raises
    ------
    InputError
        For groups of cars at points that differ, or that are limited and freed before departure.
    """
    del step_s
    return _one_by_one(sessions, site) if sessions.cars is None else _groups(sessions, sessions.cars, site)


def _one_by_one(sessions: ChargingSessions, site: ChargingSite) -> Schedule:
    order = np.lexsort((np.arange(len(sessions)), sessions.arrive_s))
    columns = (sessions.arrive_s, sessions.depart_s, sessions.need_kwh, sessions.power_kw)
    start, end, power = (np.zeros(len(sessions)) for _ in range(3))
    settled = kernels.first_come_first_served(
        kernels.Cars(*(column[order] for column in columns)),
        kernels.Points(
            power=site.point_power_kw,
            limited=site.points is not None,
            until_departure=site.release == "departure",
            efficiency=float(site.efficiency),
        ),
        float(SECONDS_PER_DAY),
        _MAX_DAYS,
        kernels.Charging(start, end, power),
    )
    back = np.argsort(order)
    # a session that ended before its departure is full; its energy is then the need itself, without rounding
    full = (power[back] > 0) & (end[back] < sessions.depart_s)
    charged = site.efficiency * power[back] * (end[back] - start[back]) / SECONDS_PER_HOUR
    delivered = np.where(full, sessions.need_kwh, np.minimum(charged, sessions.need_kwh))
    return Schedule(
        start_s=start,
        end_s=end,
        power_kw=power,
        delivered_kwh=delivered,
        unserved_kwh=sessions.need_kwh - delivered,
        waiting_s=start[back] - sessions.arrive_s,
        unsettled="" if settled else _unsettled(site),
    )


def _groups(sessions: ChargingSessions, cars: FloatArray, site: ChargingSite) -> Schedule:
    if not site.has_equal_points:
        raise InputError("point_power_kw: groups of cars need points of equal power")
    if site.points is not None and site.release != "departure":
        raise InputError("release: groups of cars hold their point until departure; give release='departure'")
    arrive, depart, need, eta = sessions.arrive_s, sessions.depart_s, sessions.need_kwh, site.efficiency
    power = np.minimum(sessions.power_kw, site.point_power_kw[0] if site.point_power_kw.size else 0.0)
    wanting = np.where(need > 0, cars, 0.0)  # a car that needs nothing neither waits nor takes a point
    part = queue_of_groups(arrive, depart, np.where(power > 0, wanting, 0.0), site.points, _MAX_DAYS)
    row = part.group
    hours = np.divide(need, eta * power, out=np.zeros_like(need), where=power > 0)
    end = np.minimum(part.start_s + hours[row] * SECONDS_PER_HOUR, depart[row])
    delivered = np.minimum(need[row], eta * power[row] * (end - part.start_s) / SECONDS_PER_HOUR)
    # who is full before departure lacks nothing; what is left of differences of times and sums would be rounding
    is_full = part.start_s + hours[row] * SECONDS_PER_HOUR <= depart[row]
    lacking = np.where(is_full, 0.0, need[row] - delivered)

    def by_group(values: FloatArray) -> FloatArray:
        total = np.zeros(len(sessions))
        np.add.at(total, row, part.cars * values)
        return total

    waiting = wanting - by_group(np.ones(row.size))
    without_point = np.where(waiting > _NO_CARS * wanting, waiting, 0.0)
    stood = by_group(part.start_s - arrive[row]) + without_point * (depart - arrive)
    return Schedule(
        start_s=part.start_s,
        end_s=end,
        power_kw=part.cars * power[row],
        delivered_kwh=by_group(delivered),
        unserved_kwh=by_group(lacking) + without_point * need,
        waiting_s=np.divide(stood, cars, out=np.zeros_like(cars), where=cars > 0),
        unsettled="" if part.settled else _unsettled(site),
    )


def _unsettled(site: ChargingSite) -> str:
    return (
        f"the queue at {site.points} points did not settle into a day that repeats within {_MAX_DAYS} days;"
        " too many cars wait over midnight"
    )
