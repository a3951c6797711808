"""Strategies that decide step by step who of the cars at the points gets how much of what is free."""

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.emobility.charging.repeating import over_horizons
from itas_mobility.emobility.charging.strategy import IDLE, Schedule, Steps
from itas_mobility.emobility.charging.stretches import Followed, by_stretch
from itas_mobility.emobility.charging.uncontrolled import cars_without_point, taper_pieces
from itas_mobility.emobility.queue import cars_of, in_line, points_of, rows_of
from itas_mobility.kernels.charging import Cars
from itas_mobility.kernels.charging_rules import Account, follow_rule


def in_steps(rule: int, sessions: ChargingSessions, site: ChargingSite, steps: Steps) -> Schedule:
    """Charge by a rule in steps, within what is free in each.

    Points are taken in order of arrival. Those that are held until departure pass on at that moment; a point of a car
    that is full before passes on at the end of the step, or after the time of the fee from there.

    Parameters
    ----------
    rule : int
        Of `kernels.charging_rules`.
    sessions : ChargingSessions
        Cars one by one, or groups of expected cars: groups that are equally urgent share what is left in proportion
        to what they ask for.
    site : ChargingSite
        Points, losses, what is free.
    steps : Steps
        In which power is metered.

    Returns
    -------
    Schedule
        An interval of each step.

    Raises
    ------
    InputError
        For a taper at which nothing reaches the battery.
    """
    free = site.free_kw(steps.count)
    points = points_of(site)
    taper = taper_pieces(sessions.taper, efficiency=site.efficiency, standby_kw=site.standby_kw)
    one_by_one = sessions.cars is None
    idle = (IDLE,) if site.supply.battery is not None else ()

    def follow(cars: Cars, free_kw: FloatArray) -> Followed:
        rows, line = in_line(cars, points, one_by_one=one_by_one, raster_h=steps.step_h, delay_h=points.fee_after)
        account = _empty_account(rows.size, int(cars.owner.max()) + 1, free_kw.size)
        follow_rule(
            rule, one_by_one, rows_of(cars, rows), line, points, taper, np.ascontiguousarray(free_kw), steps.step_h,
            account,
        )  # fmt: skip
        return _told(cars, rows, account, steps.step_h)

    def followed(given: ChargingSessions, copies: int) -> tuple[Schedule, LongArray]:
        cars = cars_of(given, np.arange(len(given)) // max(1, len(given) // copies))
        done = by_stretch(follow, cars, free, steps.step_h)
        return done.schedule(idle), done.owner

    return over_horizons(followed, sessions, steps)


def _empty_account(n: int, n_owners: int, n_steps: int) -> Account:
    drawn, charging, delivered, lacking, started, waited = np.zeros((6, n))
    return Account(
        drawn=drawn,
        charging=charging,
        delivered=delivered,
        lacking=lacking,
        started=started,
        waited=waited,
        begin=np.full(n, np.inf),
        finish=np.full(n, -np.inf),
        power=np.zeros((n_owners, n_steps)),
    )


def _told(cars: Cars, rows: LongArray, account: Account, step_h: float) -> Followed:
    """What each row got, those that never queued too."""
    n = cars.need.size

    def of_all(values: FloatArray) -> FloatArray:
        column = np.zeros(n)
        column[rows] = values
        return column

    def or_nan(values: FloatArray) -> FloatArray:
        column = np.full(n, np.nan)
        column[rows] = np.where(np.isfinite(values), values, np.nan)
        return column

    without_point = cars_without_point(cars, of_all(account.started))
    stood = of_all(account.waited) + without_point * (cars.depart - cars.arrive)
    owner, step = np.nonzero(account.power)
    return Followed(
        start_h=np.asarray(step * step_h, np.float64),
        end_h=np.asarray((step + 1) * step_h, np.float64),
        power_kw=account.power[owner, step],
        owner=owner,
        drawn_kwh=of_all(account.drawn),
        charging_h=of_all(account.charging),
        delivered_kwh=of_all(account.delivered),
        unserved_kwh=of_all(account.lacking) + without_point * cars.need,
        waiting_h=np.divide(stood, cars.number, out=np.zeros(n), where=cars.number > 0),
        begin_h=or_nan(account.begin),
        finish_h=or_nan(account.finish),
    )
