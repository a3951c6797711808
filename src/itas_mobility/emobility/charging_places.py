"""Who plugs in where: the steady state of commuters who charge at work, at home and in public.

Each working day a car drives to work and home and takes half of its energy on either way. At work it plugs in with the
probability `q_w`, at home with `q_h` (0 without a point there), and then fills up. In the long run it lacks, in the
mean,
``X_w = e/2 + (1 - q_h) X_h`` on arrival at work and ``X_h = e/2 + (1 - q_w) X_w`` at home, so that
``q_w X_w + q_h X_h = e``: what is driven is charged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.charging_places import ChargedWhere, ChargingHabits, CommuterGroups
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import Columns, FloatArray
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.weekdays import workday_share
from itas_mobility.emobility.sessions import ShiftCars, WeekSessions
from itas_mobility.errors import InputError

HABIT_PARAMETERS: Final = (
    "work_charging_share",
    "work_point_share",
    "home_charging_share",
    "work_plug_in_odds_ratio",
    "home_plug_in_share",
    "home_charging_kw",
    "public_charging_kw",
    "battery_charging_efficiency",
    "charging_standby_kw",
)
"""All parameters that decide who plugs in where, and what that loses."""
WORKDAYS_PER_WEEK: Final = 5


@dataclass(frozen=True, eq=False)
class SteadyState:
    """What batteries lack in the long run on arrival at work and at home; arrays of one shape.

    Raises
    ------
    InputError
        With all faults found.
    """

    work_need_kwh: FloatArray
    home_need_kwh: FloatArray
    on_the_way_kwh: FloatArray
    """What each car charges in public on the way each day, as the battery holds no more."""

    def __post_init__(self) -> None:
        columns = Columns(self, "SteadyState")
        for name in ("work_need_kwh", "home_need_kwh", "on_the_way_kwh"):
            columns.array(name, np.float64, np.shape(self.work_need_kwh), low=0)
        columns.raise_faults()


def habits_from(parameters: Parameters) -> ChargingHabits:
    """How drivers of electric cars charge, as the parameters say.

    Parameters
    ----------
    parameters : Parameters
        `HABIT_PARAMETERS`, with sources in ``parameters.toml`` of this room.

    Returns
    -------
    ChargingHabits
        For `commuter_groups`, `charged_where` and `charging_site`.

    Raises
    ------
    InputError
        If a parameter is missing, or a value is out of its bounds.
    """
    return ChargingHabits(*(parameters.value(name) for name in HABIT_PARAMETERS))


def work_plug_in_shares(mean_share: ArrayLike, habits: ChargingHabits) -> tuple[FloatArray, FloatArray]:
    """Shares of cars with and without a point at home that plug in at work, from the mean share over all.

    Who has no point at home plugs in at work more often, by the ratio of odds `ChargingHabits.work_odds_ratio`; both
    stay between 0 and 1 whatever the mean.

    Parameters
    ----------
    mean_share : array-like
        Share over all cars, where as many as usual have a point at home.
    habits : ChargingHabits
        Usual share of points at home, and the ratio of odds.

    Returns
    -------
    with_point, without_point : ndarray
        Shares, of the shape of `mean_share`.

    Raises
    ------
    InputError
        For a share outside [0, 1].
    """
    mean = np.asarray(mean_share, np.float64)
    if not bool(((mean >= 0) & (mean <= 1)).all()):
        raise InputError(f"work_charging_share: {mean[~((mean >= 0) & (mean <= 1))].flat[0]} must lie between 0 and 1")
    h, ratio = habits.home_point_share, habits.work_odds_ratio
    # h q + (1 - h) ratio q / (1 + (ratio - 1) q) = mean, a quadratic in q in the form that loses no digits
    a = h * (ratio - 1.0)
    b = h + (1.0 - h) * ratio - mean * (ratio - 1.0)
    root = np.sqrt(np.maximum(b * b + 4.0 * a * mean, 0.0))
    with_point = np.clip(np.divide(2.0 * mean, b + root, out=np.zeros_like(mean), where=b + root > 0), 0.0, 1.0)
    return with_point, np.asarray(ratio * with_point / (1.0 + (ratio - 1.0) * with_point))


def steady_state(
    driven_kwh: ArrayLike, at_work_share: ArrayLike, at_home_share: ArrayLike, battery_kwh: float
) -> SteadyState:
    """What batteries lack in the long run where cars plug in at work and at home with given probabilities.

    What would be more than the battery holds is charged in public on the way. Needs are then linked by minima of lines
    that rise by less than one to one, whose fixed point is the least of the lines' own.

    Parameters
    ----------
    driven_kwh : array-like
        Energy of each car for the way to work and home.
    at_work_share, at_home_share : array-like
        Shares of the cars that plug in on a day. Where both are 0, all is charged in public.
    battery_kwh : float
        What a battery holds.

    Returns
    -------
    SteadyState
        Of the common shape of all.
    """
    half, q_w, q_h = np.broadcast_arrays(
        0.5 * np.asarray(driven_kwh, np.float64), np.asarray(at_work_share), np.asarray(at_home_share)
    )
    carried_w, carried_h = 1.0 - q_w, 1.0 - q_h
    lost = q_w + q_h - q_w * q_h  # 1 - carried_w * carried_h, without the difference
    with np.errstate(over="ignore"):  # who nearly never plugs in lacks without bound, and then all that batteries hold
        free = np.divide(half * (1.0 + carried_h), lost, out=np.where(half > 0, np.inf, 0.0), where=lost > 0)
    work = np.minimum(np.minimum(free, half + carried_h * battery_kwh), battery_kwh)
    wanted_home = half + carried_w * work
    home = np.minimum(wanted_home, battery_kwh)
    beyond = np.maximum(half + carried_h * home - work, 0.0) + (wanted_home - home)
    # a difference of sums: below their rounding it is nothing
    return SteadyState(work, home, np.where(beyond > 1e-12 * (half + battery_kwh), beyond, 0.0))


def commuter_groups(
    cars_by_home: ArrayLike,
    driven_kwh: ArrayLike,
    *,
    habits: ChargingHabits,
    battery_kwh: float,
    home_point_share: ArrayLike | None = None,
    work_charging_share: ArrayLike | None = None,
    home_zone: ArrayLike | None = None,
) -> CommuterGroups:
    """Electric cars of commuters as groups with and without a charging point at home.

    Parameters
    ----------
    cars_by_home : array-like of shape (n,)
        Expected electric cars, by home zone or by what `home_zone` says.
    driven_kwh : array-like of shape (n,)
        Energy from the battery for the way to work and home; of no matter where there are no cars.
    habits : ChargingHabits
        Who plugs in where.
    battery_kwh : float
        What a battery holds.
    home_point_share : array-like, optional
        Share of cars with a point at home, one number or by row; left out, or NaN, the usual one.
    work_charging_share : array-like, optional
        Share of all cars that would plug in at work if as many as usual had a point at home, one number or by row; left
        out, or NaN, the usual one.
    home_zone : array-like of int, optional
        Home zone of each row; left out, row *i* is zone *i*.

    Returns
    -------
    CommuterGroups
        Two groups for each row with cars.

    Raises
    ------
    InputError
        For negative or missing cars or energy, or cars from where no way leads to work; the row is named.
    """
    cars = np.asarray(cars_by_home, np.float64)
    driven = np.asarray(driven_kwh, np.float64)
    if cars.ndim != 1 or driven.shape != cars.shape:
        raise InputError(f"driven_kwh: shape {driven.shape}, expected {cars.shape}, of one dimension")
    _refuse("cars_by_home", cars, np.isfinite(cars) & (cars >= 0), "must be finite and not negative")
    rows = np.flatnonzero(cars > 0)
    fits = (cars == 0) | (np.isfinite(driven) & (driven >= 0))
    _refuse("driven_kwh", driven, fits, "must be finite and not negative where cars come from")
    zone = np.arange(cars.size) if home_zone is None else np.asarray(home_zone)

    def by_row(given: ArrayLike | None, usual: float) -> FloatArray:
        values = np.broadcast_to(np.asarray(usual if given is None else given, np.float64), cars.shape)
        return np.where(np.isnan(values), usual, values)[rows]

    home_share = by_row(home_point_share, habits.home_point_share)
    _refuse("home_point_share", home_share, (home_share >= 0) & (home_share <= 1), "must lie between 0 and 1")
    with_point, without = work_plug_in_shares(by_row(work_charging_share, habits.work_charging_share), habits)
    part = np.concatenate([home_share, 1.0 - home_share])
    has_point = np.repeat([True, False], rows.size)
    kept = part > 0
    both = np.tile(driven[rows], 2)[kept]
    at_work = np.concatenate([with_point, without])[kept]
    at_home = np.where(has_point, habits.home_plug_in_share, 0.0)[kept]
    needs = steady_state(both, at_work, at_home, battery_kwh)
    return CommuterGroups(
        home_zone=np.tile(zone[rows], 2)[kept],
        has_home_point=has_point[kept],
        cars=(np.tile(cars[rows], 2) * part)[kept],
        driven_kwh=both,
        at_work_share=at_work,
        at_home_share=at_home,
        work_need_kwh=needs.work_need_kwh,
        home_need_kwh=needs.home_need_kwh,
        on_the_way_kwh=needs.on_the_way_kwh,
        room_kwh=battery_kwh - needs.work_need_kwh,
    )


def _refuse(name: str, values: FloatArray, fits: FloatArray | np.ndarray, wanted: str) -> None:
    if not fits.all():
        i = int(np.argmin(fits))
        raise InputError(f"{name}[{i}] = {values[i]} {wanted}")


def charged_where(
    shifts: Sequence[ShiftCars],
    week: WeekSessions,
    charged: ChargingWeek,
    *,
    habits: ChargingHabits,
    car_kw: float,
    n_zones: int,
) -> ChargedWhere:
    """Where the commuters of a site charge on a mean working day, from what its points gave them over the week.

    What they miss at work they charge at home if they have a point there and can get there, else in public.

    Parameters
    ----------
    shifts : sequence of ShiftCars
        Cars of the shifts.
    week : WeekSessions
        Their sessions.
    charged : ChargingWeek
        What these got.
    habits : ChargingHabits
        Powers and losses at home and in public, and losses at work.
    car_kw : float
        Greatest power of a car.
    n_zones : int
        Number of zones.

    Returns
    -------
    ChargedWhere
        By home zone; of sessions that begin from Monday to Friday, a fifth.
    """
    groups = [shift.groups for shift in shifts]
    n = sum(len(one) for one in groups)
    on_workday = week.day < WORKDAYS_PER_WEEK

    def by_group(values: FloatArray) -> FloatArray:
        of_workdays = np.where(on_workday, values, 0.0) / WORKDAYS_PER_WEEK
        return np.asarray(np.bincount(week.group, of_workdays, minlength=n), np.float64)

    got = _AtWork(
        delivered_kwh=by_group(charged.delivered_kwh),
        unserved_kwh=by_group(charged.unserved_kwh),
        drawn_kwh=by_group(charged.drawn_kwh),
        fed_back_kwh=by_group(charged.fed_back_kwh),
    )
    cars = [shift.groups.cars * workday_share(shift.days) for shift in shifts]
    return _by_zone(groups, cars, got, habits, car_kw, n_zones)


def charged_with_points_for_all(
    groups: CommuterGroups, *, habits: ChargingHabits, car_kw: float, n_zones: int
) -> ChargedWhere:
    """Where commuters charge on a mean working day if everybody who plugs in at work is served there.

    Parameters
    ----------
    groups : CommuterGroups
        Their cars, on the mean working day.
    habits : ChargingHabits
        Powers and losses at home and in public, and losses at work.
    car_kw : float
        Greatest power of a car, at which it charges at work.
    n_zones : int
        Number of zones.

    Returns
    -------
    ChargedWhere
        By home zone.
    """
    need = groups.cars * groups.at_work_share * groups.work_need_kwh
    none = np.zeros(len(groups))
    got = _AtWork(need, none, need / habits.kept_share(car_kw), none)
    return _by_zone([groups], [groups.cars], got, habits, car_kw, n_zones)


@dataclass(frozen=True)
class _AtWork:
    """What groups got at work, of all their cars on a mean working day."""

    delivered_kwh: FloatArray
    unserved_kwh: FloatArray
    drawn_kwh: FloatArray
    fed_back_kwh: FloatArray
    """At the grid side."""


def _by_zone(
    groups: Sequence[CommuterGroups],
    cars_of: Sequence[FloatArray],
    got: _AtWork,
    habits: ChargingHabits,
    car_kw: float,
    n_zones: int,
) -> ChargedWhere:
    def column(name: str) -> FloatArray:
        return np.concatenate([np.zeros(0), *(getattr(one, name) for one in groups)])

    zone = np.concatenate([np.zeros(0, np.int64), *(one.home_zone for one in groups)]).astype(np.int64)
    has_point = column("has_home_point") > 0
    cars = np.concatenate([np.zeros(0), *cars_of])
    is_stranded = np.concatenate([np.zeros(0, bool), *(one.is_stranded_uncharged for one in groups)])
    unserved = got.unserved_kwh
    to_home = has_point & ~is_stranded
    need = column("work_need_kwh")
    uncharged = np.divide(unserved, need, out=np.zeros_like(unserved), where=need > 0)
    home = cars * column("at_home_share") * column("home_need_kwh") + np.where(to_home, unserved, 0.0)
    on_the_way = cars * column("on_the_way_kwh")
    public = on_the_way + np.where(to_home, 0.0, unserved)
    fed_back = got.fed_back_kwh / habits.efficiency

    def at(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(zone, values, minlength=n_zones), np.float64)

    return ChargedWhere(
        electric_cars=at(cars),
        driven_kwh=at(cars * column("driven_kwh")),
        home_kwh=at(home),
        work_kwh=at(got.delivered_kwh + fed_back),
        public_kwh=at(public),
        on_the_way_kwh=at(on_the_way),
        fed_back_kwh=at(fed_back),
        home_grid_kwh=at(home) / habits.kept_share(min(habits.home_kw, car_kw)),
        work_grid_kwh=at(got.drawn_kwh),
        public_grid_kwh=at(public) / habits.kept_share(min(habits.public_kw, car_kw)),
        fed_back_grid_kwh=at(got.fed_back_kwh),
        unserved_kwh=at(unserved),
        unserved_home_cars=at(np.where(to_home, uncharged, 0.0)),
        unserved_public_cars=at(np.where(has_point | is_stranded, 0.0, uncharged)),
        stranded_cars=at(np.where(is_stranded, uncharged, 0.0)),
    )
