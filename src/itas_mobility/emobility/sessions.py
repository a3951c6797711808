"""Charging sessions of a site from the electric cars of its shifts: who plugs in, with what need, and when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.columns import Columns, FloatArray, LongArray
from itas_mobility.core.fleet import Fleet
from itas_mobility.core.site_supply import SiteSupply
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.emobility.fleet import electric_cars
from itas_mobility.errors import InputError
from itas_mobility.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

ARRIVAL_STEP_S: Final = 300.0
"""Cars of a shift arrive and depart evenly over a window, taken in steps of about this length: a third of the quarter
of an hour in which power is metered."""

Window: TypeAlias = tuple[float, float]
"""Begin and end, seconds after midnight."""


@dataclass(frozen=True, eq=False)
class PluggedIn:
    """Electric cars that plug in at work, in expectation; row *i* of each column is a home zone with such cars.

    Raises
    ------
    InputError
        With all faults found.
    """

    home_zone: LongArray
    cars: FloatArray
    need_kwh: FloatArray
    """What each car needs in the battery, and the battery can hold."""
    beyond_battery_kwh: float
    """What all cars need besides, and no battery holds: ways too long for a charge at work alone."""
    beyond_battery_cars: float
    """Cars of such ways."""

    def __post_init__(self) -> None:
        columns = Columns(self, "PluggedIn")
        n = len(np.atleast_1d(self.cars))
        columns.array("home_zone", np.int64, (n,), low=0)
        for name in ("cars", "need_kwh"):
            columns.array(name, np.float64, (n,), low=0)
        for name in ("beyond_battery_kwh", "beyond_battery_cars"):
            columns.number(name)
        columns.raise_faults()


def plug_in(electric_cars_by_home: ArrayLike, driven_kwh: ArrayLike, fleet: Fleet) -> PluggedIn:
    """Who of the electric cars at work plugs in on a day, and with what need.

    Parameters
    ----------
    electric_cars_by_home : array-like of shape (n_zones,)
        Expected electric cars by home zone.
    driven_kwh : array-like of shape (n_zones,)
        Energy from the battery for the way to work and home, by home zone; of no matter where no car is at home.
    fleet : Fleet
        Share of cars that plug in, days that a charge has to last, what a battery holds.

    Returns
    -------
    PluggedIn
        Home zones with cars that plug in.

    Raises
    ------
    InputError
        For negative or missing cars or energy, or cars from where no way leads to work; the row is named.
    """
    plugged = electric_cars(electric_cars_by_home, fleet.work_charging_share)
    driven = np.asarray(driven_kwh, dtype=np.float64)
    if driven.shape != plugged.shape:
        raise InputError(f"driven_kwh: shape {driven.shape}, expected {plugged.shape}")
    homes = np.flatnonzero(plugged > 0)
    cars = plugged[homes]
    need = driven[homes] * fleet.work_charging_days
    bad = homes[~(np.isfinite(need) & (need >= 0))]
    if bad.size:
        raise InputError(
            f"driven_kwh[{bad[0]}] = {driven[bad[0]]} must be finite and not negative where cars come from"
        )
    is_beyond = need > fleet.battery_kwh
    return PluggedIn(
        home_zone=homes,
        cars=cars,
        need_kwh=np.minimum(need, fleet.battery_kwh),
        beyond_battery_kwh=float((cars * np.maximum(need - fleet.battery_kwh, 0.0)).sum()),
        beyond_battery_cars=float(cars[is_beyond].sum()),
    )


def site_sessions(shifts: Sequence[tuple[PluggedIn, Window, Window]], fleet: Fleet) -> ChargingSessions:
    """Charging sessions of a site in expectation: the cars of each shift and home come and go evenly over windows.

    Parameters
    ----------
    shifts : sequence of (PluggedIn, arrival, departure)
        Cars of each shift, with the windows of time in which they come and in which they go. Windows may lie before
        midnight or after the next, and shifts may be without cars.
    fleet : Fleet
        Greatest charging power of the cars.

    Returns
    -------
    ChargingSessions
        A group of expected cars for each shift, each pair of moments of its windows (steps of about `ARRIVAL_STEP_S`)
        and each home zone.
    """
    parts = [np.zeros((5, 0)), *(_groups(*shift) for shift in shifts)]
    arrive, depart, need, cars, home = np.concatenate(parts, axis=1)
    on_first_day = arrive % SECONDS_PER_DAY
    return ChargingSessions(
        arrive_h=on_first_day / SECONDS_PER_HOUR,
        depart_h=(on_first_day + (depart - arrive)) / SECONDS_PER_HOUR,
        need_kwh=need,
        power_kw=np.full(need.size, fleet.charging_power_kw),
        cars=cars,
        home_zone=home.astype(np.int32),
    )


def _groups(plugged: PluggedIn, arrival: Window, departure: Window) -> FloatArray:
    """Arrival, departure, need, expected cars and home, shape (5, n): each home's cars at each pair of moments."""
    arrive, depart = _moments(*arrival), _moments(*departure)
    shape = (arrive.size, depart.size, plugged.cars.size)
    cars = plugged.cars / (arrive.size * depart.size)
    columns = (arrive[:, None, None], depart[None, :, None], plugged.need_kwh, cars, plugged.home_zone)
    return np.stack([np.broadcast_to(column, shape).ravel() for column in columns])


def _moments(start_s: float, end_s: float) -> FloatArray:
    """Middles of equal steps of a window."""
    n = max(1, math.ceil((end_s - start_s) / ARRIVAL_STEP_S))
    # whole milliseconds: shifts of one hour arrive at one moment, whatever the last digit
    return np.round(start_s + (np.arange(n) + 0.5) * (end_s - start_s) / n, 3)


def charging_site(sites: IndustrialSites, row: int, fleet: Fleet) -> ChargingSite:
    """Charging points of an industrial site; a car holds its point until its shift is over.

    Parameters
    ----------
    sites : IndustrialSites
        Points, their power, and what the grid connection has for charging.
    row : int
        Row of the site.
    fleet : Fleet
        Efficiency of charging.

    Returns
    -------
    ChargingSite
        Where the site's commuters charge.
    """
    return ChargingSite(
        points=int(sites.charging_points[row]),
        point_power_kw=np.full(int(sites.charging_points[row]), sites.charging_point_kw[row]),
        efficiency=fleet.charging_efficiency,
        supply=SiteSupply(connection_kw=float(sites.grid_connection_kw[row])),
        release="departure",
    )
