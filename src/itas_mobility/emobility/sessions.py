"""Charging sessions of a site over a week, from the electric cars of its shifts; and the site's points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.charging_places import ChargingHabits, CommuterGroups
from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import Columns, FloatArray, LongArray
from itas_mobility.core.plug import LEAST_CURRENT_A, PHASE_VOLTAGE_V
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.weekdays import days_in
from itas_mobility.errors import InputError
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

MOMENT_S: Final = 900.0
"""Cars of a shift arrive and depart evenly over a window, taken in steps of about this length: the quarter of an hour
in which power is metered. Cars in the middle of each quarter give it the mean power of cars that come evenly."""
HOURS_PER_DAY: Final = 24.0
HOURS_PER_WEEK: Final = 168.0
_ONE_PHASE_KW: Final = 7.5
"""Up to 32 A on one phase; what is stronger charges on three."""

Window: TypeAlias = tuple[float, float]
"""Begin and end, seconds after midnight."""


@dataclass(frozen=True, eq=False)
class ShiftCars:
    """Electric cars of a shift, the days on which it begins, and when its cars come and go on such a day.

    Raises
    ------
    InputError
        With all faults found.
    """

    groups: CommuterGroups
    """Cars on each of its days."""
    days: int
    """As a set (see `core.weekdays`)."""
    arrival: Window
    departure: Window
    """Windows may lie before midnight or after the next."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ShiftCars")
        columns.check(0 <= self.days <= 0b1111111, f"days={self.days} is no set of days of a week")
        for name in ("arrival", "departure"):
            begin, end = getattr(self, name)
            fits = bool(np.isfinite([begin, end]).all()) and begin <= end
            columns.check(fits, f"{name}=({begin:g}, {end:g}) must be finite and not end before it begins")
        if not columns.faults:
            columns.check(self.departure[0] >= self.arrival[1], "departure: begins before all have arrived")
            columns.check(
                self.departure[1] - self.arrival[0] <= 7 * SECONDS_PER_DAY, "departure: more than a week after arrival"
            )
        columns.raise_faults()


@dataclass(frozen=True, eq=False)
class WeekSessions:
    """Sessions of a site over a week, with the groups that they belong to.

    Raises
    ------
    InputError
        With all faults found.
    """

    sessions: ChargingSessions
    group: LongArray
    """Row of each session in the groups of all shifts, one after the other."""
    day: LongArray
    """Day on which the shift of each session begins, Monday being 0."""

    def __post_init__(self) -> None:
        columns = Columns(self, "WeekSessions")
        n = len(self.sessions)
        columns.array("group", np.int64, (n,), low=0)
        columns.array("day", np.int64, (n,), low=0, high=6)
        columns.raise_faults()

    def __len__(self) -> int:
        return len(self.sessions)


def clock_hours(arrive_s: ArrayLike, depart_s: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Times of day of sessions as hours that do not wrap: who departs before the arrival departs the next day.

    Parameters
    ----------
    arrive_s, depart_s : array-like of shape (n,)
        Seconds after midnight, on a clock: in [0, 86400).

    Returns
    -------
    arrive_h, depart_h : ndarray of shape (n,)
        Hours after midnight of the day of arrival.

    Raises
    ------
    InputError
        For what is no time of day; the row is named.
    """
    times = {"arrive_s": np.asarray(arrive_s, np.float64), "depart_s": np.asarray(depart_s, np.float64)}
    if times["arrive_s"].shape != times["depart_s"].shape or times["arrive_s"].ndim != 1:
        raise InputError(f"depart_s: shape {times['depart_s'].shape}, expected {times['arrive_s'].shape}")
    for name, values in times.items():
        bad = ~((values >= 0) & (values < SECONDS_PER_DAY))
        if bad.any():
            i = int(np.argmax(bad))
            raise InputError(f"{name}[{i}] = {values[i]} is no time of day (0 to 86400 s); give hours for other days")
    arrive, depart = times["arrive_s"], times["depart_s"]
    next_day = np.where(depart < arrive, float(SECONDS_PER_DAY), 0.0)
    return arrive / SECONDS_PER_HOUR, (depart + next_day) / SECONDS_PER_HOUR


def week_sessions(
    shifts: Sequence[ShiftCars], *, power_kw: float, battery_kwh: float, point_kw: float | None = None
) -> WeekSessions:
    """Charging sessions of a site over a week in expectation: on each of its days, cars of a shift come and go evenly.

    Parameters
    ----------
    shifts : sequence of ShiftCars
        Cars of each shift; perhaps none.
    power_kw : float
        Greatest power of the cars.
    battery_kwh : float
        What a battery holds.
    point_kw : float, optional
        Power of the points; a car that is given less than 6 A on the phases that it then uses takes turns.

    Returns
    -------
    WeekSessions
        A group of expected cars for each shift, day, pair of moments (in steps of about `MOMENT_S`) and group of
        commuters that plugs in. Times are hours after Monday 00:00; a night shift that begins on Sunday runs over the
        end of the week, and cars that come before Monday 00:00 come at its end.
    """
    columns: list[tuple[FloatArray, ...]] = []
    first = 0
    for shift in shifts:
        columns.append(_of_shift(shift, first))
        first += len(shift.groups)
    stacked: list[FloatArray] = [np.concatenate([np.zeros(0), *(one[k] for one in columns)]) for k in range(7)]
    arrive, depart, day, need, cars, home, group = stacked
    in_week = arrive % HOURS_PER_WEEK
    # a last digit lower, so that even the least need finds its room
    state = np.nextafter(1.0 - need / battery_kwh, 0.0) if battery_kwh > 0 else np.zeros_like(need)
    sessions = ChargingSessions(
        arrive_h=in_week,
        depart_h=in_week + (depart - arrive),
        need_kwh=need,
        power_kw=np.full(need.size, power_kw),
        least_kw=least_power_kw(power_kw if point_kw is None else min(power_kw, point_kw)),  # type: ignore[arg-type]
        cars=cars,
        battery_kwh=np.full(need.size, battery_kwh),
        arrival_state_share=np.maximum(state, 0.0),
        home_zone=home.astype(np.int32),
    )
    return WeekSessions(sessions, group.astype(np.int64), day.astype(np.int64))


def least_power_kw(power_kw: float) -> float:
    """Least power at which a car charges that takes no more than a given one: 6 A on its phases (IEC 61851-1).

    Parameters
    ----------
    power_kw : float
        Greatest power of car and point together; up to 7.4 kW on one phase, above on three.

    Returns
    -------
    float
        Least power, at most the greatest one.
    """
    phases = 1 if power_kw <= _ONE_PHASE_KW else 3
    return min(power_kw, phases * LEAST_CURRENT_A * PHASE_VOLTAGE_V / 1000.0)


def _of_shift(shift: ShiftCars, first: int) -> tuple[FloatArray, ...]:
    """Arrival, departure, day, need, cars, home and row of group of each session."""
    groups = shift.groups
    plugged = groups.cars * groups.at_work_share
    rows = np.flatnonzero((plugged > 0) & (groups.work_need_kwh > 0))
    arrive, depart = _moments(*shift.arrival), _moments(*shift.departure)
    days = np.array(days_in(shift.days), np.float64)
    shape = (days.size, arrive.size, depart.size, rows.size)
    begin = HOURS_PER_DAY * days[:, None, None, None]
    columns = (
        begin + arrive[None, :, None, None],
        begin + depart[None, None, :, None],
        days[:, None, None, None],
        groups.work_need_kwh[rows],
        plugged[rows] / (arrive.size * depart.size),
        groups.home_zone[rows],
        first + rows,
    )
    return tuple(np.asarray(np.broadcast_to(column, shape), np.float64).ravel() for column in columns)


def _moments(start_s: float, end_s: float) -> FloatArray:
    """Middles of equal steps of a window, in hours."""
    n = max(1, round((end_s - start_s) / MOMENT_S))
    # whole milliseconds: shifts of one hour arrive at one moment, whatever the last digit
    return np.round(start_s + (np.arange(n) + 0.5) * (end_s - start_s) / n, 3) / SECONDS_PER_HOUR


def charging_site(sites: IndustrialSites, row: int, habits: ChargingHabits) -> ChargingSite:
    """Charging points of an industrial site, and what stands behind them.

    Parameters
    ----------
    sites : IndustrialSites
        Points, their power, when cars free them, connection and supply.
    row : int
        Row of the site.
    habits : ChargingHabits
        What charging loses.

    Returns
    -------
    ChargingSite
        Where the site's commuters charge.
    """
    points = int(sites.charging_points[row])
    return ChargingSite(
        points=points,
        point_power_kw=np.full(points, sites.charging_point_kw[row]),
        efficiency=habits.efficiency,
        limit_kw=sites.charging_limit_kw[row],
        standby_kw=habits.standby_kw,
        release=str(sites.release[row]),  # type: ignore[arg-type]
        fee_after_h=float(sites.fee_after_h[row]),
        supply=replace(sites.supply[row], connection_kw=float(sites.grid_connection_kw[row])),
    )
