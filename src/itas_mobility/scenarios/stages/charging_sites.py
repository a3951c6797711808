"""Charging of the commuters: where they plug in, the week of each site, and what the others charge elsewhere."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from itas_mobility import demand, emobility
from itas_mobility.core.charging_places import ChargedWhere, ChargingHabits, all_together
from itas_mobility.core.charging_sessions import ChargingSessions
from itas_mobility.core.charging_site import ChargingSite
from itas_mobility.core.charging_week import ChargingWeek
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.fleet import Fleet
from itas_mobility.core.matrix import Skims
from itas_mobility.core.mode_shares import ModeShares
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites, ShiftPattern
from itas_mobility.core.tours import TourSegment
from itas_mobility.core.weekdays import workday_share
from itas_mobility.emobility.sessions import HOURS_PER_WEEK, ShiftCars, WeekSessions
from itas_mobility.errors import InputError
from itas_mobility.scenarios.measures.emobility import REGION_SHARE
from itas_mobility.units import SECONDS_PER_MINUTE
from itas_mobility.words import Text

UNCONTROLLED: Final = "uncontrolled"
"""The strategy with which the one of each site is compared."""
STEP_H: Final = 0.25
"""Power is metered and billed in quarters of an hour."""
MOST_BEYOND: Final = 0.1
"""Share of the energy driven that may lie beyond the batteries without a warning (a column of the table of sites tells
it in any case): some commute from far off, as one in twenty does in the embedded region."""


@dataclass(frozen=True, eq=False)
class SiteCharging:
    """Cars and charging at one site over a week, in expectation: nothing is rounded to whole cars."""

    shifts: tuple[ShiftCars, ...]
    """Electric cars of the shifts."""
    sessions: WeekSessions
    place: ChargingSite
    week: ChargingWeek
    """By the strategy of the site."""
    uncontrolled: ChargingWeek
    """The same object, if that is the strategy of the site."""
    cars: float
    """On the mean working day, electric or not; those of office workers as well."""
    where: ChargedWhere
    """Where the electric cars of the shifts charge on a mean working day."""

    @property
    def electric_cars(self) -> float:
        """Electric cars of the shifts on a mean working day."""
        return self.where.total("electric_cars")

    @property
    def energy_kwh(self) -> float:
        """What the points draw from the grid for the sessions of a mean working day, less what cars feed back."""
        return self.where.total("work_grid_kwh") - self.where.total("fed_back_grid_kwh")

    @property
    def simultaneity_share(self) -> float:
        """Charging peak per power that all cars could draw which have a point at once; NaN without such cars."""
        place, sessions = self.place, self.sessions.sessions
        if not sessions.n_cars > 0:
            return math.nan
        points = math.inf if place.points is None else float(place.points)
        car_kw = float(place.car_kw(sessions.power_kw).max(initial=0.0))
        most_kw = min(points, most_at_once(sessions)) * car_kw
        return self.week.peak_kw / most_kw if most_kw > 0 else math.nan

    @property
    def waiting_h(self) -> float:
        """Hours for which cars wait for a point in the week, those who find none as well."""
        return float((self.sessions.sessions.each_cars * self.week.waiting_h).sum())

    @property
    def blocked_h(self) -> float:
        """Hours of all points in the week at which a car stands that does not charge.

        NaN where points are freed before departure and charging is managed: when, is not known.
        """
        sessions = self.sessions.sessions
        if self.place.points is not None and self.place.release != "departure":
            return 0.0 if self.place.release == "full" and self.week.strategy == UNCONTROLLED else math.nan
        wants = sessions.need_kwh > 0
        stood_h = sessions.each_cars * (sessions.depart_h - sessions.arrive_h - self.week.waiting_h)
        blocked = float(stood_h[wants].sum() - self.week.charging_h.sum())
        return max(blocked, 0.0)

    @property
    def need_kwh(self) -> float:
        """What the cars that plug in on a mean working day need in the battery."""
        return self.where.total("work_kwh") - self.where.total("fed_back_kwh") + self.unserved_kwh

    @property
    def unserved_kwh(self) -> float:
        """What of it is not charged at the site before departure."""
        return self.where.total("unserved_kwh")

    @property
    def beyond_battery_kwh(self) -> float:
        """What the cars charge in public on the way, as no battery holds enough for it."""
        return self.where.total("on_the_way_kwh")


@dataclass(frozen=True, eq=False)
class RegionCharging:
    """Charging of all commuters of a region; a sequence of its sites."""

    sites: tuple[SiteCharging, ...]
    elsewhere: ChargedWhere
    """Of those who do not work in the shifts of a site; who finds a point at work (`ChargingHabits.work_point_share`)
    never waits for it."""
    n_zones: int

    def __len__(self) -> int:
        return len(self.sites)

    def __getitem__(self, row: int) -> SiteCharging:
        return self.sites[row]

    def __iter__(self) -> Iterator[SiteCharging]:
        return iter(self.sites)

    @cached_property
    def at_sites(self) -> ChargedWhere:
        """Of those who work in the shifts of the sites."""
        return all_together([one.where for one in self.sites], self.n_zones)

    @cached_property
    def everywhere(self) -> ChargedWhere:
        """Of all."""
        return all_together([self.at_sites, self.elsewhere], self.n_zones)


def check_strategies(sites: IndustrialSites) -> None:
    """Refuse strategies of charging that do not exist, before anything is computed.

    Parameters
    ----------
    sites : IndustrialSites
        Sites after the measures.

    Raises
    ------
    InputError
        Naming all sites with such a strategy, and the strategies that exist.
    """
    pairs = zip(sites.site_id.tolist(), sites.charging_strategy.tolist(), strict=True)
    if faults := [f"{site} ({name!r})" for site, name in pairs if name not in emobility.STRATEGIES]:
        raise InputError(
            f"charging_strategy of site {', '.join(faults)} is not known; known: {', '.join(emobility.STRATEGIES)}"
        )


def charge_sites(
    region: Region, segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> RegionCharging:
    """Charging of all commuters: at the sites over a week, by the site's strategy and uncontrolled; elsewhere in sum.

    Parameters
    ----------
    region : Region
        Region after the measures.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``energy_kwh`` along the used paths, per slice of the day.

    Returns
    -------
    RegionCharging
        Sites in their order, and all others.

    Raises
    ------
    InputError
        If a strategy refuses what a site has, naming the site.
    """
    commuting = _commuting(region, segments, shares, driven)
    sites = tuple(_charge_site(site, commuting) for site in range(len(region.sites)))
    return RegionCharging(sites, _elsewhere(commuting), len(region.zones))


def site_weeks(
    region: Region, segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> list[tuple[WeekSessions, ChargingSite]]:
    """Sessions and points of the sites, not yet charged.

    Parameters
    ----------
    region : Region
        Region after the measures; with other electric shares of the sites, other cars.
    segments : sequence of TourSegment
        Commuters by hours of work.
    shares : sequence of ModeShares
        Mode shares per segment.
    driven : sequence of Skims
        ``energy_kwh`` along the used paths, per slice of the day.

    Returns
    -------
    list of (WeekSessions, ChargingSite)
        Per site, for `charge_week`.
    """
    commuting = _commuting(region, segments, shares, driven)
    return [_week_of(site, tuple(_shift_cars(site, commuting)), commuting) for site in range(len(region.sites))]


def beyond_batteries(charging: RegionCharging, battery_kwh: float) -> Text | None:
    """What a run says of ways that take more than a battery holds.

    Parameters
    ----------
    charging : RegionCharging
        Of all sites.
    battery_kwh : float
        What a battery holds.

    Returns
    -------
    Text or None
        A sentence; None where no more than `MOST_BEYOND` of the energy is concerned.
    """
    at_sites = charging.at_sites
    driven, beyond = at_sites.total("driven_kwh"), at_sites.total("on_the_way_kwh")
    if beyond <= MOST_BEYOND * driven:
        return None
    lost, wanted = Text.of_number(beyond), Text.of_number(driven)
    holds = Text.of_number(battery_kwh, 0 if float(battery_kwh).is_integer() else 1)
    return Text(
        "Elektro-Pkw zu den Standorten brauchen zwischen zwei Ladungen mehr, als ihre Batterie fasst "
        f"({holds.de} kWh): {lost.de} von {wanted.de} kWh am Tag laden sie unterwegs öffentlich.",
        "charging: electric cars to the sites need more between two charges than their battery holds "
        f"({holds.en} kWh): {lost.en} of {wanted.en} kWh a day are charged in public on the way",
    )


def managed_above_uncontrolled(charging: RegionCharging, sites: IndustrialSites) -> Text | None:
    """Where the strategy of a site draws a higher peak than cars that charge as they like.

    Parameters
    ----------
    charging : RegionCharging
        Of all sites.
    sites : IndustrialSites
        Their names.

    Returns
    -------
    Text or None
        A sentence that names the sites with both peaks; None where there is none.
    """
    pairs = list(zip(sites.name.tolist(), charging, strict=True))
    higher = [
        (name, one.week.strategy, one.week.peak_kw, one.uncontrolled.peak_kw)
        for name, one in pairs
        if one.week.peak_kw > one.uncontrolled.peak_kw * (1.0 + 1e-6)
    ]
    if not higher:
        return None

    def listed(language: str) -> str:
        word = "statt" if language == "de" else "instead of"
        return "; ".join(
            f"{name} ({strategy}): {Text.of_number(peak, 1)[language]} {word} {Text.of_number(free, 1)[language]} kW"
            for name, strategy, peak, free in higher
        )

    return Text(
        f"Gesteuertes Laden zieht hier eine höhere Spitze als ungesteuertes: {listed('de')}.",
        f"managed charging draws a higher peak than uncontrolled charging here: {listed('en')}",
    )


def idle_batteries(charging: RegionCharging, sites: IndustrialSites) -> Text | None:
    """Sites whose stationary battery does nothing, as their strategy follows a rule or finds no use for it.

    Parameters
    ----------
    charging : RegionCharging
        Of all sites.
    sites : IndustrialSites
        Their names.

    Returns
    -------
    Text or None
        A sentence that names the sites with their strategies; None where there is none.
    """
    idle = [
        f"{name} ({one.week.strategy})"
        for name, one in zip(sites.name.tolist(), charging, strict=True)
        if one.place.supply.battery is not None and not one.week.storage_kw.any()
    ]
    if not idle:
        return None
    return Text(
        f"Der Batteriespeicher steht still: {', '.join(idle)}. Nur Programme nutzen ihn (etwa peak_minimal oder "
        "cost_minimal).",
        f"charging: the stationary battery stands idle: {', '.join(idle)}; only programmes use it, such as "
        "peak_minimal or cost_minimal",
    )


def idle_shifts(region: Region) -> Text | None:
    """Shifts that begin on no working day, at hours of which no other shift of their site does: missing in the week.

    Commuters are those of working days. A shift of the same hours as another (such as the night shift that opens the
    week on Sunday) has cars like the other's (see `_shift_cars`).

    Parameters
    ----------
    region : Region
        Region after the measures.

    Returns
    -------
    Text or None
        A sentence; None where there is no such shift.
    """
    names = [
        f"{site} ({name})"
        for site, pattern in zip(region.sites.name.tolist(), region.sites.shifts, strict=True)
        for name, days, start_s, end_s in zip(
            pattern.name.tolist(), pattern.days.tolist(), pattern.start_s, pattern.end_s, strict=True
        )
        if workday_share(int(days)) == 0.0 and not _begins_on_a_workday(pattern, start_s, end_s)
    ]
    if not names:
        return None
    return Text(
        f"Schichten, die nur am Wochenende beginnen und deren Zeiten keine Schicht an Werktagen hat, fehlen in der "
        f"Ladewoche: {', '.join(names)}.",
        "charging: shifts that begin at the weekend only, at hours of no shift of working days, are missing in the "
        f"week of charging: {', '.join(names)}",
    )


def _begins_on_a_workday(pattern: ShiftPattern, start_s: float, end_s: float) -> bool:
    same = (pattern.start_s == start_s) & (pattern.end_s == end_s)
    return any(workday_share(int(days)) > 0.0 for days in pattern.days[same])


@dataclass(frozen=True, eq=False)
class _Commuting:
    """What all sites have in common."""

    region: Region
    segments: tuple[TourSegment, ...]
    cars: Sequence[FloatArray]
    """Per segment, by home and work zone, on the mean working day."""
    energy_kwh: Sequence[FloatArray]
    """There and back."""

    @cached_property
    def fleet(self) -> Fleet:
        return emobility.fleet_from(self.region.parameters)

    @cached_property
    def habits(self) -> ChargingHabits:
        return emobility.habits_from(self.region.parameters)

    @cached_property
    def home_point_share(self) -> FloatArray:
        given = self.region.home_charging_share
        return np.full(len(self.region.zones), np.nan) if given is None else given


def _commuting(
    region: Region, segments: Sequence[TourSegment], shares: Sequence[ModeShares], driven: Sequence[Skims]
) -> _Commuting:
    energy_kwh = [demand.there_and_back(driven, "energy_kwh", segment) for segment in segments]
    cars = [demand.drivers(segment, share) for segment, share in zip(segments, shares, strict=True)]
    return _Commuting(region, tuple(segments), cars, energy_kwh)


def _week_of(site: int, shifts: tuple[ShiftCars, ...], commuting: _Commuting) -> tuple[WeekSessions, ChargingSite]:
    """Sessions of a site, and its points; where no electricity mix or price is known there, those of the parameters.

    The network fee is then that of few hours of use at the site's voltage, an example: charging during shifts has few.
    """
    sites, fleet = commuting.region.sites, commuting.fleet
    week = emobility.week_sessions(
        shifts,
        power_kw=fleet.charging_power_kw,
        battery_kwh=fleet.battery_kwh,
        point_kw=float(sites.charging_point_kw[site]),
    )
    place = emobility.charging_site(sites, site, commuting.habits)
    if not place.supply.mix_g_per_kwh.any():
        mix = commuting.region.parameters.value("grid_life_cycle_g_per_kwh")
        place = replace(place, supply=replace(place.supply, mix_g_per_kwh=np.full(1, mix)))
    if not place.supply.has_prices:
        tariff = emobility.example_tariff(
            str(sites.voltage_level[site]),  # type: ignore[arg-type]  # one of VOLTAGE_LEVELS
            energy_eur_per_kwh=commuting.region.parameters.value("electricity_eur_per_kwh"),
            feed_in_eur_per_kwh=place.supply.feed_in_eur_per_kwh,
        )
        place = replace(place, supply=emobility.supply_with_tariff(place.supply, tariff, is_long_use=False))
    return week, place


def _charge_site(site: int, commuting: _Commuting) -> SiteCharging:
    region, fleet, habits = commuting.region, commuting.fleet, commuting.habits
    sites = region.sites
    shifts = tuple(_shift_cars(site, commuting))
    week, place = _week_of(site, shifts, commuting)
    try:
        charged = charge_week(week, place, str(sites.charging_strategy[site]))
        uncontrolled = charged if charged.strategy == UNCONTROLLED else charge_week(week, place, UNCONTROLLED)
    except InputError as fault:
        raise InputError(f"site {sites.site_id[site]}: {fault}") from fault
    where = emobility.charged_where(
        shifts, week, charged, habits=habits, car_kw=fleet.charging_power_kw, n_zones=len(region.zones)
    )
    cars = float(sum(of_segment[:, sites.zone[site]].sum() for of_segment in commuting.cars))
    return SiteCharging(shifts, week, place, charged, uncontrolled, cars, where)


def charge_week(week: WeekSessions, place: ChargingSite, strategy: str) -> ChargingWeek:
    """Charge the sessions of a site over a week that repeats, in quarters of an hour.

    Parameters
    ----------
    week : WeekSessions
        Sessions.
    place : ChargingSite
        Points and supply.
    strategy : str
        One of `emobility.STRATEGIES`.

    Returns
    -------
    ChargingWeek
        672 steps from Monday 00:00.
    """
    return emobility.charge(week.sessions, place, strategy=strategy, step_h=STEP_H, is_repeating=True)


def _shift_cars(site: int, commuting: _Commuting) -> Iterator[ShiftCars]:
    """Electric cars of each shift of a site, on each of its days.

    Segments hold persons of the mean working day, of all shifts of equal hours together. A shift of four days a week
    has five fourths of its mean on each of them, and what it works at weekends comes besides.
    """
    region = commuting.region
    sites, value = region.sites, region.parameters.value
    column, pattern = sites.zone[site], sites.shifts[site]
    lead, lag = (value(f"shift_{name}_min") * SECONDS_PER_MINUTE for name in ("arrival_lead", "leave_lag"))
    for segment, cars, energy_kwh in zip(commuting.segments, commuting.cars, commuting.energy_kwh, strict=True):
        by_home = cars[:, column]
        if not demand.works_shifts(segment) or not by_home.any():
            continue
        same = (pattern.start_s == segment.start_s) & (pattern.end_s == segment.end_s)
        rows = np.flatnonzero(same)
        on_workdays = np.array([workday_share(int(days)) for days in pattern.days[rows]])
        mean_heads = float((on_workdays * pattern.head_share[rows]).sum())
        for row in rows.tolist():
            on_a_day = by_home * (float(pattern.head_share[row]) / mean_heads)
            groups = emobility.commuter_groups(
                emobility.electric_cars(on_a_day, float(sites.electric_share[site])),
                energy_kwh[:, column],
                habits=commuting.habits,
                battery_kwh=commuting.fleet.battery_kwh,
                home_point_share=commuting.home_point_share,
                work_charging_share=sites.work_charging_share[site],
            )
            arrival = (segment.start_s - 2.0 * lead, segment.start_s)
            departure = (segment.end_s, segment.end_s + 2.0 * lag)
            yield ShiftCars(groups, int(pattern.days[row]), arrival, departure)


def _elsewhere(commuting: _Commuting) -> ChargedWhere:
    """Commuters who do not work in shifts of a site."""
    region, fleet, habits = commuting.region, commuting.fleet, commuting.habits
    n = len(region.zones)
    electric_share = np.full(n, region.parameters.value(REGION_SHARE))
    electric_share[region.sites.zone] = region.sites.electric_share
    # the sites have points, and shares of their own; elsewhere only those plug in who find a point
    point_share = np.full(n, habits.work_point_share)
    point_share[region.sites.zone] = 1.0
    at_work = np.full(n, habits.work_charging_share / habits.work_point_share if habits.work_point_share > 0 else 0.0)
    at_work[region.sites.zone] = region.sites.work_charging_share
    parts = []
    for segment, cars, energy_kwh in zip(commuting.segments, commuting.cars, commuting.energy_kwh, strict=True):
        if demand.works_shifts(segment):
            continue
        home, work = np.nonzero(cars)
        electric = emobility.electric_cars(cars[home, work], electric_share[work])
        finds_point = point_share[work]
        for of_them, plug_in in ((finds_point, at_work[work]), (1.0 - finds_point, np.zeros(work.size))):
            groups = emobility.commuter_groups(
                electric * of_them,
                energy_kwh[home, work],
                habits=habits,
                battery_kwh=fleet.battery_kwh,
                home_point_share=commuting.home_point_share[home],
                work_charging_share=plug_in,
                home_zone=home,
            )
            parts.append(
                emobility.charged_with_points_for_all(groups, habits=habits, car_kw=fleet.charging_power_kw, n_zones=n)
            )
    return all_together(parts, n)


def most_at_once(sessions: ChargingSessions) -> float:
    """Most cars that stand at a site at once, in a week that repeats: with so many points nobody waits.

    Parameters
    ----------
    sessions : ChargingSessions
        Of a week.

    Returns
    -------
    float
        Expected cars; who arrives when others leave counts beside them.
    """
    arrive, depart, cars = sessions.arrive_h, sessions.depart_h, sessions.each_cars
    time = np.concatenate([arrive, arrive + HOURS_PER_WEEK, depart, depart + HOURS_PER_WEEK])
    change = np.concatenate([cars, cars, -cars, -cars])
    order = np.argsort(time, kind="stable")
    return float(np.cumsum(change[order]).max(initial=0.0))
