"""What a little more buys at a site: a kilowatt of connection, a point, a minute between shifts (`marginal`)."""

from dataclasses import dataclass, replace

import numpy as np

from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import BoolArray, Columns
from itas_mobility.emobility.charging.programme import plan
from itas_mobility.emobility.charging.scheduling import HOURS_PER_WEEK, charge, steps_of
from itas_mobility.emobility.rotation import AIMS
from itas_mobility.errors import InputError
from itas_mobility.units import MINUTES_PER_HOUR


@dataclass(frozen=True)
class Change:
    """What changes over the horizon; negative is less.

    Raises
    ------
    InputError
        With all faults found.
    """

    unserved_kwh: float
    peak_kw: float
    """Of the whole site."""
    cost_eur: float

    def __post_init__(self) -> None:
        columns = Columns(self, "Change")
        for name in ("unserved_kwh", "peak_kw", "cost_eur"):
            columns.check(bool(np.isfinite(getattr(self, name))), f"{name}: {getattr(self, name)} must be finite")
        columns.raise_faults()


@dataclass(frozen=True)
class Marginals:
    """What one more of each buys, each by itself."""

    strategy: str
    connection: Change
    """One kW more that may be drawn in all steps."""
    slope_unserved_kwh: float
    """Change of the unserved energy per kW, for the first bit of it: the dual value of the limit. Of a convex function,
    so that a whole kW changes no more than that. NaN beside a stationary battery."""
    point: Change
    """One point more, like the strongest; nothing where every car has its own."""
    stagger: Change | None
    """The later cars come and go one minute later; None where they are not named."""


def marginal(
    sessions: ChargingSessions,
    site: ChargingSite,
    *,
    strategy: str = "peak_minimal",
    later: BoolArray | None = None,
    step_h: float = 0.25,
    horizon_h: float = HOURS_PER_WEEK,
    is_repeating: bool = False,
) -> Marginals:
    """What one kW of connection, one point and one minute between shifts buy under an optimal strategy.

    Each is found by charging anew; for the connection beside the dual value of the least cut: of the runs of steps that
    would take what is not served, had they more room.

    Parameters
    ----------
    sessions : ChargingSessions
        Cars, or groups of expected cars.
    site : ChargingSite
        Where; a kW more is one more of connection, transformer and load management alike, whichever binds.
    strategy : str, default="peak_minimal"
        An optimal one, but not bidirectional.
    later : ndarray of bool, shape (n_sessions,), optional
        Cars of shifts that could begin and end a little later.
    step_h, horizon_h, is_repeating
        As for `charge`.

    Returns
    -------
    Marginals
        Changes over the horizon.

    Raises
    ------
    InputError
        For a strategy that is not optimal, `later` of another length, and as `charge`.
    """
    if strategy not in AIMS:
        raise InputError(f"strategy {strategy!r} has no dual values; those that do: {', '.join(AIMS)}")
    steps = steps_of(step_h, horizon_h, is_repeating=is_repeating)

    def week_of(cars: ChargingSessions, place: ChargingSite) -> ChargingWeek:
        return charge(cars, place, strategy=strategy, step_h=step_h, horizon_h=horizon_h, is_repeating=is_repeating)

    now = week_of(sessions, site)
    supply = site.supply
    wider = replace(
        site,
        limit_kw=site.limit_kw + 1.0,
        supply=replace(
            supply,
            connection_kw=supply.connection_kw + 1.0,
            transformer_kva=supply.transformer_kva + 1.0 / supply.power_factor,
        ),
    )
    if site.points is None:
        point = Change(0.0, 0.0, 0.0)
    elif site.points == 0:
        raise InputError("points: of a site without points it is not known what one more would be; give at least one")
    else:
        powers = np.append(site.point_power_kw, site.point_power_kw.max())
        point = _change(now, week_of(sessions, replace(site, points=site.points + 1, point_power_kw=powers)))
    stagger = None
    if later is not None:
        if later.shape != (len(sessions),) or later.dtype != bool:
            raise InputError(f"later: shape {later.shape}, type {later.dtype}; give a Boolean for each session")
        minute = later / MINUTES_PER_HOUR
        moved = replace(sessions, arrive_h=sessions.arrive_h + minute, depart_h=sessions.depart_h + minute)
        stagger = _change(now, week_of(moved, site))
    return Marginals(
        strategy=strategy,
        connection=_change(now, week_of(sessions, wider)),
        slope_unserved_kwh=plan(sessions, site, steps, AIMS[strategy](site)).limit_price,
        point=point,
        stagger=stagger,
    )


def _change(now: ChargingWeek, then: ChargingWeek) -> Change:
    return Change(
        unserved_kwh=float(then.unserved_kwh.sum() - now.unserved_kwh.sum()),
        peak_kw=then.site_peak_kw - now.site_peak_kw,
        cost_eur=then.cost_eur - now.cost_eur,
    )
