"""Charging of parked cars at a site: from sessions to the load curve at its grid connection."""

import math
import warnings
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.charging import ROUNDING, ChargingCurve
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.provenance import Parameter
from itas_mobility.emobility.queue import queue_of_groups
from itas_mobility.errors import ConvergenceWarning, InputError
from itas_mobility.kernels import charging as kernels
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

STRATEGIES: Final = ("uncontrolled",)
"""Strategies of charging that `charge` knows."""
_MAX_DAYS: Final = 60
"""Equal days that are followed until one repeats the one before; a queue that fits into its day needs two or three."""

_NO_CARS: Final = 1e-12
"""Share of a group below which those who got no point are the rounding of a sum of shares."""


def charge(
    arrive_s: ArrayLike,
    depart_s: ArrayLike,
    need_kwh: ArrayLike,
    power_kw: ArrayLike,
    *,
    points: int | None,
    point_power_kw: ArrayLike,
    efficiency: float | Parameter,
    step_s: float = 900.0,
    grid_limit_kw: float | None = None,
    strategy: str = "uncontrolled",
    release: Literal["full", "departure"] = "full",
    cars: ArrayLike | None = None,
) -> ChargingCurve:
    """Charge cars at the points of a site, first come first served, on a day that repeats.

    Sessions are followed in continuous time and put into steps afterwards, so that energies do not depend on the
    step. A session over midnight counts at the beginning of the day, and holds its point against the next morning.

    With `cars`, sessions are groups of expected cars, whole or not: nothing is rounded, and no result depends on the
    order of the rows. A group takes as many points as it has cars; groups that arrive at the same time share the points
    that are free in proportion to their cars.

    Parameters
    ----------
    arrive_s, depart_s : array-like of shape (n,)
        Seconds after midnight; a departure before the arrival is one on the next day.
    need_kwh : array-like of shape (n,)
        Energy wanted in the battery.
    power_kw : array-like of shape (n,) or float
        Greatest power of the car, at the grid side.
    points : int or None
        Number of charging points; None gives every car a point of its own.
    point_power_kw : float or array-like of shape (points,)
        Greatest power of each point, at the grid side.
    efficiency : float or Parameter
        Energy into the battery per energy from the grid, in (0, 1].
    step_s : float, default=900.0
        Length of a step; must divide the day.
    grid_limit_kw : float, optional
        Power the grid connection carries. Uncontrolled charging may exceed it; the curve then reports by how much.
    strategy : str, default="uncontrolled"
        One of `STRATEGIES`. Uncontrolled: full power from taking a point until full or departure.
    release : {"full", "departure"}, default="full"
        When a car frees its point for the next: as soon as it is full, or only when it departs.
    cars : array-like of shape (n,), optional
        Expected number of cars of each session, not negative; default one each, followed one by one. Points then must
        be equal, and be held until departure where they are limited.

    Returns
    -------
    ChargingCurve
        Load at the grid side, and what each session got; rows as given. Energies of groups are those of all their
        cars, waiting is the mean of their cars.

    Raises
    ------
    InputError
        For an unknown strategy, unusable numbers (the session is named), a step that does not divide the day, or groups
        of cars at points that differ or are freed before departure.

    Warns
    -----
    ConvergenceWarning
        If the queue does not settle into a day that repeats; the last day is returned.
    """
    if strategy not in STRATEGIES:
        raise InputError(f"strategy {strategy!r} is not known; known: {', '.join(STRATEGIES)}")
    if release not in ("full", "departure"):
        raise InputError(f"release {release!r} is not known; known: full, departure")
    eta = efficiency.value if isinstance(efficiency, Parameter) else float(efficiency)
    if not 0 < eta <= 1:
        raise InputError(f"efficiency: {eta} must lie in (0, 1]")
    n_steps = round(SECONDS_PER_DAY / step_s) if math.isfinite(step_s) and step_s > 0 else 0
    if n_steps < 1 or n_steps * step_s != SECONDS_PER_DAY:
        raise InputError(f"step_s: {step_s} must divide the day of {SECONDS_PER_DAY} s")
    limit = math.inf if grid_limit_kw is None else float(grid_limit_kw)

    arrive, depart = _checked_times(arrive_s, depart_s)
    need = _checked("need_kwh", need_kwh, arrive.size)
    car_power = _checked("power_kw", power_kw, arrive.size)
    if points is not None and points < 0:
        raise InputError(f"points: {points} must not be negative")
    point_power = _checked("point_power_kw", point_power_kw, 1 if points is None else points)

    if cars is not None:
        return _charge_groups(
            arrive, depart, need, car_power, _checked("cars", cars, arrive.size), point_power, points,
            until_departure=release == "departure", eta=eta, step_s=float(step_s), n_steps=n_steps, limit_kw=limit,
        )  # fmt: skip
    order = np.lexsort((np.arange(arrive.size), arrive))
    start, end, power = (np.zeros(arrive.size) for _ in range(3))
    settled = kernels.first_come_first_served(
        arrive[order],
        depart[order],
        need[order],
        car_power[order],
        point_power,
        points is not None,
        release == "departure",
        eta,
        float(SECONDS_PER_DAY),
        _MAX_DAYS,
        start,
        end,
        power,
    )
    if not settled:
        _warn_unsettled(points)
    load = _load(start, end, power, float(step_s), n_steps, limit)
    back = np.argsort(order)
    start, end, power = start[back], end[back], power[back]
    # a session that ended before its departure is full; its energy is then the need itself, without rounding
    full = (power > 0) & (end < depart)
    delivered = np.where(full, need, np.minimum(eta * power * (end - start) / SECONDS_PER_HOUR, need))
    return ChargingCurve(
        time_s=np.arange(n_steps, dtype=np.float64) * float(step_s),
        power_kw=load,
        step_s=float(step_s),
        delivered_kwh=delivered,
        unserved_kwh=need - delivered,
        waiting_s=start - arrive,
        grid_limit_kw=limit,
    )


def _warn_unsettled(points: int | None) -> None:
    warnings.warn(
        f"the queue at {points} points did not settle into a day that repeats within {_MAX_DAYS} days;"
        " too many cars wait over midnight",
        ConvergenceWarning,
        stacklevel=4,
    )


def _load(
    start: FloatArray, end: FloatArray, power: FloatArray, step_s: float, n_steps: int, limit_kw: float
) -> FloatArray:
    """Mean power of each step; what exceeds the limit only by the rounding of a sum is the limit."""
    load = np.zeros(n_steps)
    kernels.power_in_steps(start, end, power, step_s, load)
    return np.where((load > limit_kw) & (load <= limit_kw * (1.0 + ROUNDING)), limit_kw, load)


def _charge_groups(
    arrive: FloatArray,
    depart: FloatArray,
    need: FloatArray,
    car_power: FloatArray,
    cars: FloatArray,
    point_power: FloatArray,
    points: int | None,
    *,
    until_departure: bool,
    eta: float,
    step_s: float,
    n_steps: int,
    limit_kw: float,
) -> ChargingCurve:
    """`charge` for groups of expected cars."""
    if np.ptp(point_power) > 0 if point_power.size else False:
        raise InputError("point_power_kw: groups of cars need points of equal power")
    if points is not None and not until_departure:
        raise InputError("release: groups of cars hold their point until departure; give release='departure'")
    power = np.minimum(car_power, point_power[0] if point_power.size else 0.0)
    wanting = np.where(need > 0, cars, 0.0)  # a car that needs nothing neither waits nor takes a point
    part = queue_of_groups(arrive, depart, np.where(power > 0, wanting, 0.0), points, _MAX_DAYS)
    if not part.settled:
        _warn_unsettled(points)
    row = part.group
    hours = np.divide(need, eta * power, out=np.zeros_like(need), where=power > 0)
    end = np.minimum(part.start_s + hours[row] * SECONDS_PER_HOUR, depart[row])
    delivered = np.minimum(need[row], eta * power[row] * (end - part.start_s) / SECONDS_PER_HOUR)
    # who is full before departure lacks nothing; what is left of differences of times and sums would be rounding
    is_full = part.start_s + hours[row] * SECONDS_PER_HOUR <= depart[row]
    lacking = np.where(is_full, 0.0, need[row] - delivered)

    def by_group(values: FloatArray) -> FloatArray:
        total = np.zeros(arrive.size)
        np.add.at(total, row, part.cars * values)
        return total

    waiting = wanting - by_group(np.ones(row.size))
    without_point = np.where(waiting > _NO_CARS * wanting, waiting, 0.0)
    stood = by_group(part.start_s - arrive[row]) + without_point * (depart - arrive)
    return ChargingCurve(
        time_s=np.arange(n_steps, dtype=np.float64) * step_s,
        power_kw=_load(part.start_s, end, part.cars * power[row], step_s, n_steps, limit_kw),
        step_s=step_s,
        delivered_kwh=by_group(delivered),
        unserved_kwh=by_group(lacking) + without_point * need,
        waiting_s=np.divide(stood, cars, out=np.zeros_like(cars), where=cars > 0),
        grid_limit_kw=limit_kw,
    )


def _checked(name: str, given: ArrayLike, n: int) -> FloatArray:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim == 0:
        values = np.full(n, float(values))
    if values.shape != (n,):
        raise InputError(f"{name}: shape {values.shape}, expected ({n},)")
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(f"{name}[{i}] = {values[i]} must be finite and not negative")
    return np.ascontiguousarray(values)


def _checked_times(arrive_s: ArrayLike, depart_s: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Times with arrivals inside the day and departures after them."""
    arrive = np.atleast_1d(np.asarray(arrive_s, dtype=np.float64))
    depart = np.atleast_1d(np.asarray(depart_s, dtype=np.float64))
    if arrive.ndim != 1 or depart.shape != arrive.shape:
        raise InputError(f"depart_s: shape {depart.shape}, expected that of arrive_s, {arrive.shape}")
    for name, values in (("arrive_s", arrive), ("depart_s", depart)):
        if not np.isfinite(values).all():
            i = int(np.argmin(np.isfinite(values)))
            raise InputError(f"{name}[{i}] = {values[i]} must be finite")
    days = np.floor(arrive / SECONDS_PER_DAY)
    arrive = arrive - days * SECONDS_PER_DAY
    depart = depart - days * SECONDS_PER_DAY
    depart = np.where(depart < arrive, depart + SECONDS_PER_DAY, depart)
    bad = (depart < arrive) | (depart - arrive > SECONDS_PER_DAY)
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(f"session {i}: stays {(depart[i] - arrive[i]) / SECONDS_PER_HOUR:.2f} h, must be within a day")
    return np.ascontiguousarray(arrive), np.ascontiguousarray(depart)
