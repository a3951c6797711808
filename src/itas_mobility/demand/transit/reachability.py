"""Shift reachability: who gets to work before the shift, and home after it, by public transport."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from weakref import WeakKeyDictionary

import numpy as np

from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import BoolArray, ByteArray, FloatArray, IntArray, LongArray, StrArray
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.weekdays import WEEKDAYS, weekday_text
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.timetables.index import kept_index, legs_by_stop
from itas_mobility.errors import DemandError
from itas_mobility.kernels.raptor_around import times_around
from itas_mobility.kernels.timetable_arrays import Limits, Origins
from itas_mobility.units import SECONDS_PER_MINUTE

_BLOCKS = 16
"""Blocks of searches worked in parallel: a constant, so that results do not depend on the number of threads."""

_DAYS = (-1, 0, 1, 2)
"""Service days laid side by side: a shift begins on day 0 and ends by the end of day 1; journeys may reach day 2."""


def shift_reachability(
    timetable: Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    sites: IndustrialSites,
    *,
    workers: FloatArray,
    arrive_buffer_s: float = 600.0,
    leave_buffer_s: float = 600.0,
    max_journey_s: float = 5400.0,
    max_transfers: int = 3,
    min_transfer_s: float = 120.0,
    max_retiming_s: float = 3600.0,
) -> ShiftReachability:
    """Find for each site, shift and home zone whether public transport leads to work in time and home afterwards.

    The journey out is the one that leaves home last and is at the workplace `arrive_buffer_s` before the shift; the
    journey back is the one that is home first, leaving the workplace `leave_buffer_s` after it (RAPTOR: Delling, Pajor,
    Werneck 2012). Both are measured from door to door against those moments, so that waiting at the workplace before
    and after the shift counts: more departures can never worsen a result. Walking all the way is not looked at
    here; the site's own zone counts as reached in no time.

    Where there is no such journey, moments before and after are looked at, minute by minute, for the smallest retiming
    of the shift (or of the vehicles, the other way round) that would make the way possible.

    A single timetable is taken to hold on every day: a search before 0 or after 24 h uses the trips of the day before
    and of the days after, which are those of `timetable` shifted by 24 h. A shift that ends on a Saturday morning is
    then judged by the timetable given, not by that of the Saturday. The seven days of a week tell them apart: each
    shift is looked at on each of its days, with the days around it as they are, and days that are alike share a row.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Trips of the service day, or those of a week, labelled Mo, Di, Mi, Do, Fr, Sa, So.
    access : AccessLegs
        Legs between zones and stops (for a site's zone: to the workplace) and walks between stops. Legs by bicycle or
        car count at the home end alone, and on both ways or on none: what is left at a stop in the morning stands
        there for the way home. That it is the same stop is not looked at.
    zones : Zones
        Home zones; the sites' own zones are among them.
    sites : IndustrialSites
        Sites and their shifts.
    workers : array of float
        Workers of a day by home zone: shape (n_sites, n_zones), divided among the shifts by their share of heads, or
        (n_shifts, n_zones) with one row per site and shift in that order.
    arrive_buffer_s, leave_buffer_s : float, default=600.0
        From arriving at the workplace to the start, and from the end to leaving it (changing clothes); an assumption.
    max_journey_s : float, default=5400.0
        Longest time between leaving home and `arrive_buffer_s` before the shift, and likewise back; an assumption.
    max_transfers : int, default=3
        Most changes of vehicle.
    min_transfer_s : float, default=120.0
        Least time between alighting and boarding, on top of the walk between stops; an assumption.
    max_retiming_s : float, default=3600.0
        Largest retiming that is looked at; an assumption.

    Returns
    -------
    ShiftReachability
        One row per site, shift and group of weekdays that are alike, one column per zone.

    Raises
    ------
    DemandError
        If an option is out of range, the arguments do not fit together, or the service days are no week.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    _check(
        access, zones, sites, arrive_buffer_s, leave_buffer_s, max_journey_s, max_transfers, min_transfer_s,
        max_retiming_s,
    )  # fmt: skip
    counts = np.array([len(shifts) for shifts in sites.shifts], dtype=np.int64)
    site_of_shift = np.repeat(np.arange(len(sites)), counts)
    head_share, start_s, end_s, days, names = (
        np.concatenate([getattr(shifts, name) for shifts in sites.shifts])
        for name in ("head_share", "start_s", "end_s", "days", "name")
    )
    by_shift = _workers_by_shift(workers, site_of_shift, head_share, n_sites=len(sites), n_zones=len(zones))
    rows = _Rows.of_days(timetable, days)
    shift, site = rows.shift, site_of_shift[rows.shift]
    site_zone = sites.zone[site]
    has_stop = np.bincount(access.zone, minlength=access.n_zones) > 0
    has_walk = np.bincount(access.zone[~access.is_home_only], minlength=access.n_zones) > 0
    limits = _Limits(max_journey_s, max_transfers, min_transfer_s, max_retiming_s)
    out, back = _there_and_back(
        rows, access, site_zone, start_s[shift] - arrive_buffer_s, end_s[shift] + leave_buffer_s, limits
    )
    no_out, no_back = np.isinf(out.time_s), np.isinf(back.time_s)
    no_stop = ~(has_walk[site_zone][:, None] & has_stop[None, :])
    no_stop[np.arange(len(shift)), site_zone] = False
    failing_leg = np.select(
        [no_stop, no_out & no_back, no_out, no_back], ["no_stop", "both", "out", "back"], default="none"
    )
    return ShiftReachability(
        zone_id=zones.zone_id,
        site_id=sites.site_id[site],
        shift=names[shift],
        weekday=rows.weekday,
        start_s=start_s[shift],
        end_s=end_s[shift],
        workers=by_shift[shift],
        out_time_s=out.time_s,
        back_time_s=back.time_s,
        out_transfers=out.transfers,
        back_transfers=back.transfers,
        failing_leg=failing_leg,
        out_wait_s=out.wait_s,
        back_wait_s=back.wait_s,
        out_retiming_s=out.retiming_s,
        back_retiming_s=back.retiming_s,
        out_cause=_causes(out.retiming_s, has_stop, has_walk[site_zone]),
        back_cause=_causes(back.retiming_s, has_stop, has_walk[site_zone]),
    )


@dataclass(frozen=True)
class _Rows:
    """What is looked at: shifts on days that are alike, with the timetables of these days and those around them."""

    shift: LongArray
    weekday: StrArray
    group: LongArray
    timetables: tuple[Timetable | ServiceDays, ...]
    """By group: a timetable for all of `_DAYS`, or one for each of them."""

    @classmethod
    def of_days(cls, timetable: Timetable | ServiceDays, days: ByteArray) -> "_Rows":
        """Rows for shifts on their days (sets of weekdays)."""
        if isinstance(timetable, Timetable):
            weekday = np.array([weekday_text(int(mask)) for mask in days])
            return cls(np.arange(len(days)), weekday, np.zeros(len(days), dtype=np.int64), (timetable,))
        groups = _alike(timetable)
        found = [
            (shift, weekday_text(int(mask) & of_group), group)
            for shift, mask in enumerate(days)
            for group, (of_group, _) in enumerate(groups)
            if int(mask) & of_group
        ]
        shifts, weekdays, of_row = zip(*found, strict=True)
        return cls(np.array(shifts), np.array(weekdays), np.array(of_row), tuple(around for _, around in groups))

    def by_group(self) -> Iterator[tuple[LongArray, Timetable | ServiceDays]]:
        """Rows of each group, with its timetables."""
        for group, timetables in enumerate(self.timetables):
            rows = np.flatnonzero(self.group == group)
            if rows.size:
                yield rows, timetables


_kept_groups: WeakKeyDictionary[ServiceDays, list[tuple[int, ServiceDays]]] = WeakKeyDictionary()
"""What `_alike` found, as long as the week lives: indices are kept by these very service days."""


def _alike(week: ServiceDays) -> list[tuple[int, ServiceDays]]:
    """Sets of weekdays that run alike, with the days around them, in the order of their first day."""
    if week not in _kept_groups:
        _kept_groups[week] = _grouped(week)
    return _kept_groups[week]


def _grouped(week: ServiceDays) -> list[tuple[int, ServiceDays]]:
    missing = [day for day in WEEKDAYS if day not in week.label]
    if missing or len(week) != len(WEEKDAYS):
        raise DemandError(
            f"service days {', '.join(week.label.tolist())}: shifts need a week, labelled {', '.join(WEEKDAYS)}"
        )
    groups: dict[tuple[int, ...], tuple[int, ServiceDays]] = {}
    for day in range(len(WEEKDAYS)):
        labels = [WEEKDAYS[(day + step) % len(WEEKDAYS)] for step in _DAYS]
        around = tuple(week.on(label) for label in labels)
        key = tuple(id(one) for one in around)
        mask, kept = groups.get(key, (0, None))
        groups[key] = (mask | 1 << day, kept or ServiceDays(np.array(labels), around))
    return list(groups.values())


@dataclass(frozen=True)
class _Limits:
    max_journey_s: float
    max_transfers: int
    min_transfer_s: float
    max_retiming_s: float

    def offsets_s(self) -> FloatArray:
        """Moments that are looked at, from the last to the first, in whole minutes around 0.

        Later ones tell how long one waits at the site, as somebody who sets out later and arrives no later shows.
        """
        before = int(self.max_retiming_s // SECONDS_PER_MINUTE)
        after = int(max(self.max_retiming_s, self.max_journey_s) // SECONDS_PER_MINUTE)
        offsets: FloatArray = np.arange(after, -before - 1, -1, dtype=np.float64) * SECONDS_PER_MINUTE
        return offsets


@dataclass(frozen=True)
class _Found:
    """What one way leads to; arrays of shape (n_rows, n_zones)."""

    time_s: FloatArray
    transfers: IntArray
    wait_s: FloatArray
    retiming_s: FloatArray

    def replaced(self, other: "_Found", is_other: BoolArray) -> "_Found":
        """The same with what another one found in some places."""
        return _Found(*(np.where(is_other, getattr(other, f.name), getattr(self, f.name)) for f in fields(self)))


def _there_and_back(
    rows: _Rows, access: AccessLegs, site_zone: IntArray, due_s: FloatArray, free_s: FloatArray, limits: _Limits
) -> tuple[_Found, _Found]:
    """The ways to the sites and home: on foot between home and stop, or both by the vehicle that makes more possible.

    Ways on foot are kept unless with a vehicle more of both ways is possible, or both in less time, or there is no stop
    in walking distance.
    """
    kinds = [~access.is_home_only]
    kinds += [access.is_home_only & (access.mode == mode) for mode in np.unique(access.mode[access.is_home_only])]
    has_stop = np.zeros(access.n_zones, dtype=np.bool_)
    best: tuple[_Found, _Found] | None = None
    for kind in kinds:
        home = access.where(kind)
        out = _search(rows, access, home, site_zone, due_s, limits, is_mirrored=True)
        back = _search(rows, access, home, site_zone, free_s, limits, is_mirrored=False)
        has_leg = np.bincount(home.zone, minlength=access.n_zones) > 0
        if best is None:
            best = out, back
        else:
            is_better = _makes_more_possible((out, back), best) | (has_leg & ~has_stop)[None, :]
            best = best[0].replaced(out, is_better), best[1].replaced(back, is_better)
        has_stop |= has_leg
    assert best is not None  # walks are looked at in any case
    return best


def _makes_more_possible(ways: tuple[_Found, _Found], than: tuple[_Found, _Found]) -> BoolArray:
    """Whether more of both ways is possible, or both are in less time, shape (n_rows, n_zones)."""
    n_ways, n_before = (sum(np.isfinite(way.time_s).astype(np.int64) for way in both) for both in (ways, than))
    # a way that is not there takes for ever
    is_quicker = ways[0].time_s + ways[1].time_s < than[0].time_s + than[1].time_s
    better: BoolArray = (n_ways > n_before) | is_quicker
    return better


def _search(
    rows: _Rows,
    access: AccessLegs,
    home: AccessLegs,
    site_zone: IntArray,
    moment_s: FloatArray,
    limits: _Limits,
    *,
    is_mirrored: bool,
) -> _Found:
    """Look from each row's site at its moment to the ends of the legs at home; mirrored, for journeys to the site."""
    shape = (len(site_zone), access.n_zones)
    sign = -1.0 if is_mirrored else 1.0
    found = _Found(np.full(shape, np.inf), np.full(shape, -1, np.int32), np.zeros(shape), np.full(shape, np.inf))
    by_stop = legs_by_stop(home)
    # nobody has left a bicycle or a car at the works
    away = access.where(~access.is_home_only)
    leg_ptr = np.searchsorted(away.zone, np.arange(away.n_zones + 1))
    for these, timetables in rows.by_group():
        index = kept_index(timetables, access, days=_DAYS, is_mirrored=is_mirrored)
        legs = [np.arange(leg_ptr[zone], leg_ptr[zone + 1]) for zone in site_zone[these]]
        leg = np.concatenate(legs)
        pointer = np.concatenate([[0], np.cumsum([len(one) for one in legs])]).astype(np.int64)
        time_s, rides, wait_s, offset_s = times_around(
            Origins(pointer, away.stop[leg], away.time_s[leg]),
            sign * moment_s[these],
            limits.offsets_s(),
            Limits(float(limits.max_journey_s), limits.max_transfers + 1, float(limits.min_transfer_s)),
            index.table,
            by_stop,
            _BLOCKS,
        )
        found.time_s[these] = time_s
        found.transfers[these] = rides - 1
        found.wait_s[these] = wait_s
        found.retiming_s[these] = np.where(
            np.abs(offset_s) <= limits.max_retiming_s, sign * offset_s + 0.0, np.inf
        )  # + 0.0: no minus zero
    own = (np.arange(len(site_zone)), site_zone)
    for values in (found.time_s, found.transfers, found.wait_s, found.retiming_s):
        values[own] = 0  # whoever lives at the works is there already
    return found


def _causes(retiming_s: FloatArray, has_stop: BoolArray, is_gate_reached: BoolArray) -> StrArray:
    """Why a way fails, see `FAILING_CAUSES`."""
    fails = retiming_s != 0.0
    return np.select(
        [~fails, ~is_gate_reached[:, None], ~has_stop[None, :], np.isfinite(retiming_s)],
        ["none", "gate", "home", "time"],
        default="ride",
    )


def _workers_by_shift(
    workers: FloatArray, site: LongArray, head_share: FloatArray, *, n_sites: int, n_zones: int
) -> FloatArray:
    """Workers of each site and shift by home zone."""
    given = np.asarray(workers, dtype=np.float64)
    if given.shape == (n_sites, n_zones):
        return np.asarray(given[site] * head_share[:, None], dtype=np.float64)
    if given.shape == (len(site), n_zones):
        return given
    raise DemandError(
        f"workers: shape {given.shape}, expected {(n_sites, n_zones)} (sites x zones) or {(len(site), n_zones)} "
        "(sites and shifts x zones)"
    )


def _check(
    access: AccessLegs,
    zones: Zones,
    sites: IndustrialSites,
    arrive_buffer_s: float,
    leave_buffer_s: float,
    max_journey_s: float,
    max_transfers: int,
    min_transfer_s: float,
    max_retiming_s: float,
) -> None:
    if access.n_zones != len(zones):
        raise DemandError(f"access legs were made for {access.n_zones} zones, there are {len(zones)}")
    if len(sites) == 0:
        raise DemandError("shift reachability needs at least one site")
    if (sites.zone >= len(zones)).any():
        raise DemandError(f"sites.zone: points past the last of {len(zones)} zones")
    options = {
        "arrive_buffer_s": arrive_buffer_s,
        "leave_buffer_s": leave_buffer_s,
        "min_transfer_s": min_transfer_s,
        "max_transfers": max_transfers,
        "max_retiming_s": max_retiming_s,
    }
    faults = [f"{name}={value:g} must not be negative" for name, value in options.items() if not 0 <= value < np.inf]
    if not 0 < max_journey_s < np.inf:
        faults.append(f"max_journey_s={max_journey_s:g} must be positive and finite")
    if faults:
        raise DemandError("shift reachability: " + "; ".join(faults))
