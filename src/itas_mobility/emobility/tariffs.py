"""What charging costs under a tariff whose network fee depends on the hours of use, and what a connection costs."""

from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import ArrayLike

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import Columns, FloatArray
from itas_mobility.core.site_supply import SiteSupply
from itas_mobility.core.tariff import HOURS_PER_YEAR, Bill, NetworkFee, Tariff
from itas_mobility.emobility.charging.scheduling import HOURS_PER_WEEK, charge
from itas_mobility.emobility.grid import Voltage
from itas_mobility.emobility.sourced import sourced_figures
from itas_mobility.errors import InputError

_FILE: Final = "network_fees.toml"


def example_tariff(voltage: Voltage, *, energy_eur_per_kwh: ArrayLike, feed_in_eur_per_kwh: float = 0.0) -> Tariff:
    """A tariff with the network fees of one German operator, as an example; take your own operator's for results.

    Parameters
    ----------
    voltage : {"low", "medium", "high"}
        At which the site is connected.
    energy_eur_per_kwh : array-like
        Price of energy, all but the network fee; one number, or one for each step.
    feed_in_eur_per_kwh : float, default=0.0
        Paid for energy fed in.

    Returns
    -------
    Tariff
        Fees with their sources in ``network_fees.toml`` of this room.

    Raises
    ------
    InputError
        For an unknown voltage, or a price that is no number.
    """
    if voltage not in get_args(Voltage):
        raise InputError(f"voltage: {voltage!r} is not known; known: {', '.join(get_args(Voltage))}")
    figures = sourced_figures(_FILE)
    short, long = (
        NetworkFee(
            figures.value(f"{voltage}_{use}_eur_per_kw"),
            figures.value(f"{voltage}_{use}_eur_per_kwh"),
        )
        for use in ("short", "long")
    )
    about = figures[f"{voltage}_long_eur_per_kw"]
    return Tariff(
        name=f"example, {voltage} voltage",
        source=f"{about.source.partition(', net,')[0]} ({about.year}, {about.confidence}, an example)",
        energy_eur_per_kwh=energy_eur_per_kwh,  # type: ignore[arg-type]  # the noun makes an array of it
        short_use=short,
        long_use=long,
        long_use_from_h=figures.value("long_use_from_h"),
        feed_in_eur_per_kwh=feed_in_eur_per_kwh,
    )


def bill(week: ChargingWeek, tariff: Tariff, *, with_charging: bool = True) -> Bill:
    """What a site pays in a year of which every week is like this one.

    Energy of the horizon is scaled to 8,760 hours; the greatest power of the horizon is that of the year. So a week
    with more than usual charging overstates both, and a year's one-off peak is not in it.

    Parameters
    ----------
    week : ChargingWeek
        Load of the site over the horizon.
    tariff : Tariff
        Prices; a series has a value for each step of the horizon.
    with_charging : bool, default=True
        False gives the bill of the site without charging and without its battery; the difference is what charging
        costs.

    Returns
    -------
    Bill
        Of the year, with the network fee that its hours of use give.

    Raises
    ------
    InputError
        For a series of another length.
    """
    site_kw = week.site_kw
    if not with_charging:
        supply = week.supply
        site_kw = supply.series("base_load_kw", week.n_steps) - supply.series("pv_kw", week.n_steps)
    drawn = np.maximum(site_kw, 0.0)
    price = _by_step(tariff.energy_eur_per_kwh, week.n_steps)
    horizons = HOURS_PER_YEAR / week.horizon_h
    energy = float(drawn.sum()) * week.step_h * horizons
    peak = float(drawn.max(initial=0.0))
    is_long_use = peak > 0 and energy >= tariff.long_use_from_h * peak
    fee = tariff.fee(is_long_use=is_long_use)
    return Bill(
        import_kwh=energy,
        peak_kw=peak,
        is_long_use=is_long_use,
        energy_eur=float((price * drawn).sum()) * week.step_h * horizons,
        network_energy_eur=energy * fee.energy_eur_per_kwh,
        network_power_eur=peak * fee.yearly_eur_per_kw,
        feed_in_eur=float(np.maximum(-site_kw, 0.0).sum()) * week.step_h * horizons * tariff.feed_in_eur_per_kwh,
    )


def supply_with_tariff(
    supply: SiteSupply, tariff: Tariff, *, is_long_use: bool, horizon_h: float = HOURS_PER_WEEK
) -> SiteSupply:
    """A site's supply with the prices of a tariff.

    Parameters
    ----------
    supply : SiteSupply
        What hangs on the connection.
    tariff : Tariff
        Prices.
    is_long_use : bool
        Which network fee holds; it follows from what comes of the prices (see `charge_under_tariff`).
    horizon_h : float, default=168.0
        Horizon over which is charged.

    Returns
    -------
    SiteSupply
        Its price is energy and network fee; its demand charge is the part of the year's that falls on the horizon,
        ``horizon_h / 8760``.

    Raises
    ------
    InputError
        For a horizon that is none.
    """
    if not (np.isfinite(horizon_h) and horizon_h > 0):
        raise InputError(f"horizon_h: {horizon_h!r} must be a positive number of hours")
    fee = tariff.fee(is_long_use=is_long_use)
    return replace(
        supply,
        price_eur_per_kwh=tariff.energy_eur_per_kwh + fee.energy_eur_per_kwh,
        feed_in_eur_per_kwh=tariff.feed_in_eur_per_kwh,
        demand_charge_eur_per_kw=fee.yearly_eur_per_kw * horizon_h / HOURS_PER_YEAR,
    )


def charge_under_tariff(
    sessions: ChargingSessions,
    site: ChargingSite,
    tariff: Tariff,
    *,
    horizon_h: float = HOURS_PER_WEEK,
    **options: Any,
) -> tuple[ChargingWeek, Bill]:
    """Charge under a tariff whose network fee depends on what comes of it.

    A strategy that heeds prices plans with one of the two fees; which one is billed depends on the hours of use of its
    plan. So it plans with each, each plan is billed with the fee that its own hours of use give, and the cheaper year
    is taken (of two alike the one planned for few hours of use). Under rules of German price sheets the two fees cross
    at about the hours of use at which they change, so that the choice matters near there only.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars that wish to charge.
    site : ChargingSite
        Its prices give way to those of the tariff.
    tariff : Tariff
        Prices.
    horizon_h : float, default=168.0
        Hours from Monday 00:00.
    **options : dict
        Of `charge`: strategy, step_h, is_repeating.

    Returns
    -------
    week : ChargingWeek
        With the prices of the fee that is billed.
    year : Bill
        Of the whole site, if every week is like this one.

    Raises
    ------
    InputError
        As `charge`.
    """
    plans: list[tuple[ChargingWeek, Bill]] = []
    for is_long_use in (False, True):
        supply = supply_with_tariff(site.supply, tariff, is_long_use=is_long_use, horizon_h=horizon_h)
        week = charge(sessions, replace(site, supply=supply), horizon_h=horizon_h, **options)
        year = bill(week, tariff)
        if year.is_long_use != is_long_use:
            billed = supply_with_tariff(site.supply, tariff, is_long_use=year.is_long_use, horizon_h=horizon_h)
            week = replace(week, supply=billed)
        plans.append((week, year))
    return min(plans, key=lambda plan: plan[1].total_eur)


@dataclass(frozen=True, slots=True)
class ConnectionCost:
    """What a stronger connection costs.

    Raises
    ------
    InputError
        With all faults found.
    """

    once_eur: float
    """When it is built."""
    yearly_eur: float
    """The same, spread evenly over its life, with interest."""

    def __post_init__(self) -> None:
        columns = Columns(self, "ConnectionCost")
        columns.number("once_eur")
        columns.number("yearly_eur")
        columns.raise_faults()


def connection_cost(more_kw: float, *, eur_per_kw: float, life_years: float, interest_share: float) -> ConnectionCost:
    """Cost of a stronger connection, once and as an annuity.

    Operators' contributions differ, and none is shipped: all figures are yours.

    Parameters
    ----------
    more_kw : float
        Power by which the connection grows.
    eur_per_kw : float
        Contribution and works per kilowatt.
    life_years : float
        Years over which it is paid off.
    interest_share : float
        Interest of a year, 0.04 for four per cent.

    Returns
    -------
    ConnectionCost
        Yearly cost is ``once * i / (1 - (1 + i)**-n)``, without interest ``once / n``.

    Raises
    ------
    InputError
        For a number that is negative or missing, or no years.
    """
    given = {"more_kw": more_kw, "eur_per_kw": eur_per_kw, "life_years": life_years, "interest_share": interest_share}
    for name, value in given.items():
        if isinstance(value, bool | str) or not (np.isfinite(value) and value >= 0):
            raise InputError(f"{name}: {value!r} must be a number, not negative")
    if life_years == 0:
        raise InputError("life_years: 0 must be positive")
    once = more_kw * eur_per_kw
    # as logarithms, for no digits are lost where interest is small
    share = interest_share / -np.expm1(-life_years * np.log1p(interest_share)) if interest_share else 1.0 / life_years
    return ConnectionCost(once_eur=once, yearly_eur=float(once * share))


def _by_step(values: FloatArray, n_steps: int) -> FloatArray:
    if values.size not in (1, n_steps):
        raise InputError(
            f"energy_eur_per_kwh: {values.size} values for {n_steps} steps; give one for each step, or one for all"
        )
    return np.broadcast_to(values, (n_steps,))
