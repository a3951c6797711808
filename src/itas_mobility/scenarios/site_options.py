"""What a site could do: all strategies of charging, when its limit breaks, how many points it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from itas_mobility import emobility
from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import FloatArray, html_card
from itas_mobility.core.region import Region
from itas_mobility.emobility.sessions import HOURS_PER_WEEK, WeekSessions
from itas_mobility.emobility.worth import Marginals
from itas_mobility.errors import InputError
from itas_mobility.scenarios.measures.conditions import YEAR, curve_of, hand_set_sites, is_set_by_hand
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.scenarios.stages.charging_sites import (
    STEP_H,
    UNCONTROLLED,
    SiteCharging,
    charge_week,
    most_at_once,
    site_weeks,
)
from itas_mobility.units import MINUTES_PER_HOUR
from itas_mobility.words import Text

if TYPE_CHECKING:
    import pandas as pd

SERVED_SHARE: Final = 0.95
"""Share of the need that points are wanted for."""
SHARE_STEP: Final = 1.0 / 1024.0
"""How exactly the electric share is told at which a limit breaks: a tenth of a per cent."""
ADVICE_FROM: Final = 1.2
"""Peak of the balanced strategy, per least peak, from which shifts that overlap are told."""

STAGGER_MIN: Final = 15.0
"""Minutes by which a shift is let plug in later: a step of metering."""

_TRIED: Final = 16
"""Steps in which the first electric share is looked for at which a peak exceeds its limit."""

YearOfShare = Callable[[float], float]


@dataclass(frozen=True, eq=False)
class ChargingOptions:
    """Strategies, limits and points of the sites of a region."""

    strategies: "pd.DataFrame"
    """A row for each site and strategy: ``site_id``, ``strategy``, ``is_chosen``, ``peak_kw``, ``site_peak_kw``,
    ``over_limit_h``, ``energy_kwh``, ``unserved_kwh``, ``unserved_share``, ``cost_eur`` (NaN without prices),
    ``co2_kg``, all of a week, and ``refused``: why a strategy cannot charge there."""
    limits: "pd.DataFrame"
    """A row for each site: ``site_id``, ``electric_share``, ``peak_limit_share`` (at which uncontrolled charging draws
    more than is free), ``served_limit_share`` (at which the site's own strategy serves less than was asked for), years
    of both where a curve was given, ``points`` and ``points_needed``. NaN: not even if all cars are electric, or not
    with a point for each car. What helps, in a week: ``kwh_per_kw`` and ``eur_per_kw`` (what one more kilowatt of
    connection charges more and saves, charging at its best), ``kwh_per_point`` (what one more point charges more), and
    ``kw_per_min`` (what a minute takes off the peak of balanced charging by which a shift plugs in later)."""
    advice: tuple[Text, ...]
    """What the figures suggest, in sentences."""

    def _repr_html_(self) -> str:
        best = {
            str(site): f"least peak {rows['peak_kw'].min():,.1f} kW"
            for site, rows in self.strategies.groupby("site_id", sort=False)
        }
        return html_card("Charging options", best)


def charging_options(
    outcome: Outcome,
    *,
    sites: Sequence[str] | None = None,
    strategies: Sequence[str] | None = None,
    year_of_share: YearOfShare | Mapping[str, YearOfShare] | None = None,
    served_share: float = SERVED_SHARE,
) -> ChargingOptions:
    """All strategies of charging at the sites, the electric share at which limits break, and the points needed.

    Cars, their ways and needs are those of the outcome; where the electric share is varied, all else stays.

    Parameters
    ----------
    outcome : Outcome
        Of a scenario (`outcome_of`).
    sites : sequence of str, optional
        Ids; all sites if left out.
    strategies : sequence of str, optional
        Names; all of `emobility.STRATEGIES` if left out.
    year_of_share : callable or mapping of str to callable, optional
        From an electric share to the year in which the stock reaches it (NaN: never); several by name, such as the
        edges of a band. Left out, the curve of adoption at the site's ratio of odds to the region, as of `SetYear` (the
        region's, where the site's share is set by hand), and the band of 90 % (``early``, ``expected``, ``late``).
    served_share : float, default=0.95
        Share of the need that points are to serve, in (0, 1].

    Returns
    -------
    ChargingOptions
        Figures of a week.

    Raises
    ------
    InputError
        For an unknown site or strategy, or a share out of its bounds.

    Notes
    -----
    What is served falls with the number of cars and rises with that of points: both are found by bisection. A peak may
    fall again when the first cars take all points; the first share is looked for in steps of a sixteenth, then between.
    """
    import pandas as pd

    if not 0 < served_share <= 1:
        raise InputError(f"served_share: {served_share} must lie in (0, 1]")
    names = list(emobility.STRATEGIES) if strategies is None else list(strategies)
    for name in names:
        if name not in emobility.STRATEGIES:
            raise InputError(f"strategy {name!r} is not known; known: {', '.join(emobility.STRATEGIES)}")
    of_region = outcome.region.sites
    rows = range(len(of_region)) if sites is None else [of_region.row(site) for site in sites]
    all_electric = _weeks_of_electric_cars(outcome)
    told, limits, advice = [], [], []
    for row in rows:
        site = str(of_region.site_id[row])
        charging = outcome.charging[row]
        chosen = charging.week.strategy
        known = {chosen: charging.week, UNCONTROLLED: charging.uncontrolled}
        weeks = {name: known.get(name) or _tried(charging.sessions, charging.place, name) for name in names}
        told += [_figures(site, name, week, is_chosen=name == chosen) for name, week in weeks.items()]
        advice += _advice(str(of_region.name[row]), weeks)
        share = float(of_region.electric_share[row])
        week, place = all_electric[row]
        curves = _curves(outcome.region, row) if year_of_share is None else year_of_share
        limits.append(
            {"site_id": site, "electric_share": share}
            | _limit_shares(week, place, chosen, served_share, curves)
            | {
                "points": float(of_region.charging_points[row]),
                "points_needed": _points_needed(charging.sessions, charging.place, chosen, served_share),
            }
            | _worth(charging)
        )
    return ChargingOptions(pd.DataFrame(told), pd.DataFrame(limits), tuple(advice))


def _curves(region: Region, row: int) -> dict[str, YearOfShare]:
    """Years of a share by a site's curve of adoption: the earliest, the expected and the latest of its band.

    The site keeps its ratio of odds to the region, as when the year is set; the region's curve is that of sites whose
    share is set by hand, or none that the curve could tell.
    """
    fit = curve_of(region)
    share = float(region.sites.electric_share[row])
    by_hand = is_set_by_hand(region) or row in hand_set_sites(region)
    if not by_hand and 0 < share < fit.saturation_share:
        fit = fit.for_region(share, region.parameters.value(YEAR))

    def of_band(edge: int) -> YearOfShare:
        return lambda share: float(fit.years_of(share)[edge])

    return {name: of_band(edge) for edge, name in enumerate(("early", "expected", "late"))}


def _weeks_of_electric_cars(outcome: Outcome) -> list[tuple[WeekSessions, ChargingSite]]:
    """Sessions of the sites if all cars were electric."""
    region = replace(
        outcome.region, sites=replace(outcome.region.sites, electric_share=np.ones(len(outcome.region.sites)))
    )
    paths = [one.skims for one in outcome.driven]
    return site_weeks(region, outcome.equilibrium.segments, outcome.equilibrium.shares, paths)


def _tried(week: WeekSessions, place: ChargingSite, strategy: str) -> ChargingWeek | InputError:
    """The week by a strategy, or why it cannot charge there."""
    try:
        return charge_week(week, place, strategy)
    except InputError as fault:
        return fault


def _figures(site: str, strategy: str, week: ChargingWeek | InputError, *, is_chosen: bool) -> dict[str, object]:
    told: dict[str, object] = {"site_id": site, "strategy": strategy, "is_chosen": is_chosen}
    if isinstance(week, InputError):
        names = (
            "peak_kw", "site_peak_kw", "over_limit_h", "energy_kwh", "unserved_kwh", "unserved_share", "cost_eur",
            "co2_kg",
        )  # fmt: skip
        return told | dict.fromkeys(names, np.nan) | {"refused": str(week)}
    supply = week.supply
    return told | {
        "peak_kw": week.peak_kw,
        "site_peak_kw": week.site_peak_kw,
        "over_limit_h": week.over_limit_h,
        "energy_kwh": week.energy_kwh,
        "unserved_kwh": float(week.unserved_kwh.sum()),
        "unserved_share": 1.0 - _served(week),
        "cost_eur": week.cost_eur if supply.has_prices else np.nan,
        "co2_kg": week.co2_kg,
        "refused": "",
    }


def _served(week: ChargingWeek) -> float:
    """Share of the need that is served; 1 where there is none."""
    unserved = float(week.unserved_kwh.sum())
    need = float(week.delivered_kwh.sum()) + unserved
    return 1.0 - unserved / need if need > 0 else 1.0


def _limit_shares(
    week: WeekSessions,
    place: ChargingSite,
    chosen: str,
    served_share: float,
    curves: YearOfShare | Mapping[str, YearOfShare],
) -> dict[str, float]:
    """Electric shares at which limits break, and their years."""

    def breaks(share: float) -> bool:
        return charge_week(_scaled(week, share), place, UNCONTROLLED).over_limit_h > 0

    def falls_short(share: float) -> bool:
        return _served(charge_week(_scaled(week, share), place, chosen)) < served_share

    found = {
        "peak_limit_share": _first_share(breaks, np.linspace(0.0, 1.0, _TRIED + 1)),
        "served_limit_share": _first_share(falls_short, np.linspace(0.0, 1.0, 2)),
    }
    by_name = curves if isinstance(curves, Mapping) else {"": curves}
    years = {
        f"{name.removesuffix('_share')}_year{'_' if curve_name else ''}{curve_name}": (
            float(curve(share)) if np.isfinite(share) else np.nan
        )
        for name, share in found.items()
        for curve_name, curve in by_name.items()
    }
    return found | years


def _first_share(is_beyond: Callable[[float], bool], tried: FloatArray) -> float:
    """Least electric share that is beyond a limit, up to `SHARE_STEP`; NaN where none of those tried is."""
    first = next((k for k in range(1, tried.size) if is_beyond(float(tried[k]))), 0)
    if first == 0:
        return float("nan")
    low, high = float(tried[first - 1]), float(tried[first])
    while high - low > SHARE_STEP:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high


def _scaled(week: WeekSessions, share: float) -> WeekSessions:
    sessions: ChargingSessions = week.sessions
    return replace(week, sessions=replace(sessions, cars=sessions.each_cars * share))


def _points_needed(week: WeekSessions, place: ChargingSite, strategy: str, served_share: float) -> float:
    """Least number of points at which a strategy serves a share of the need; NaN where points do not help."""
    power_kw = float(place.point_power_kw[0]) if place.point_power_kw.size else np.nan
    if np.isnan(power_kw):
        power_kw = float(week.sessions.power_kw.max(initial=0.0))  # without points: as strong as the cars

    def falls_short(points: int) -> bool:
        tried = replace(place, points=points, point_power_kw=np.full(points, power_kw))
        return _served(charge_week(week, tried, strategy)) < served_share

    low, high = -1, int(np.ceil(most_at_once(week.sessions)))
    if falls_short(high):
        return float("nan")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if falls_short(middle) else (low, middle)
    return float(high)


def _worth(charging: SiteCharging) -> dict[str, float]:
    """What a little more of something brings, charging at its best.

    NaN where there is no point at all, or where the programme that would tell it cannot charge (the table of
    strategies tells why).
    """
    week, place = charging.sessions, charging.place
    if place.points == 0:
        return dict.fromkeys(("kwh_per_kw", "eur_per_kw", "kwh_per_point", "kw_per_min"), np.nan)
    served, cheap = (_marginals(charging, name) for name in ("peak_minimal", "cost_minimal"))
    rounding = 1e-9 * week.sessions.total_need_kwh

    def gained(unserved_kwh: float) -> float:
        return -unserved_kwh if unserved_kwh < -rounding else 0.0

    # where a kilowatt serves more, the bill rises with what is served
    saved_eur = np.nan if cheap is None or not place.supply.has_prices else max(-cheap.connection.cost_eur, 0.0)
    return {
        "kwh_per_kw": np.nan if served is None else gained(served.connection.unserved_kwh),
        "eur_per_kw": saved_eur if not saved_eur < rounding else 0.0,
        "kwh_per_point": np.nan if served is None else gained(served.point.unserved_kwh),
        "kw_per_min": _saved_by_stagger(charging),
    }


def _marginals(charging: SiteCharging, strategy: str) -> Marginals | None:
    """What one more of each buys, None where the strategy cannot charge at the site."""
    sessions, place = charging.sessions.sessions, charging.place
    try:
        return emobility.marginal(sessions, place, strategy=strategy, step_h=STEP_H, is_repeating=True)
    except InputError:
        return None


def _saved_by_stagger(charging: SiteCharging) -> float:
    """What a minute takes off the peak of balanced charging by which the one shift plugs in later that saves most."""
    week, place = charging.sessions, charging.place
    peak_kw = charge_week(week, place, "balanced").peak_kw
    shift = np.repeat(np.arange(len(charging.shifts)), [len(one.groups) for one in charging.shifts])
    best = 0.0
    for number in range(len(charging.shifts)):
        sessions = week.sessions
        later = np.where(shift[week.group] == number, STAGGER_MIN / MINUTES_PER_HOUR, 0.0)
        arrive_h = np.minimum(sessions.arrive_h + later, sessions.depart_h)
        over = arrive_h >= HOURS_PER_WEEK
        moved = replace(
            sessions,
            arrive_h=np.where(over, arrive_h - HOURS_PER_WEEK, arrive_h),
            depart_h=np.where(over, sessions.depart_h - HOURS_PER_WEEK, sessions.depart_h),
        )
        staggered = charge_week(replace(week, sessions=moved), place, "balanced")
        best = max(best, (peak_kw - staggered.peak_kw) / STAGGER_MIN)
    return best


def _advice(site: str, weeks: Mapping[str, ChargingWeek | InputError]) -> list[Text]:
    """What a site's figures suggest."""
    balanced, least = weeks.get("balanced"), weeks.get("peak_minimal")
    if not isinstance(balanced, ChargingWeek) or not isinstance(least, ChargingWeek):
        return []
    if balanced.peak_kw <= ADVICE_FROM * least.peak_kw:
        return []
    high, low = Text.of_number(balanced.peak_kw), Text.of_number(least.peak_kw)
    return [
        Text(
            f"{site}: Gleichmäßiges Laden zieht {high.de} kW, wo {low.de} kW reichten: Schichten überlappen sich. Wer "
            "die Zeiten des Ansteckens staffelt oder nach Programm (peak_minimal) lädt, spart die Differenz.",
            f"{site}: balanced charging draws {high.en} kW where {low.en} kW would do: shifts overlap. Staggered times "
            "of plugging in, or charging by programme (peak_minimal), save the difference",
        )
    ]
