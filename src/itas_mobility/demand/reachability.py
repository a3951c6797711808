"""Shift reachability: who gets to work before the shift, and home after it, by public transport."""

import numpy as np

from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.result import ShiftReachability
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.transit import Timetable
from itas_mobility.core.zones import Zones
from itas_mobility.demand.timetable_index import index_timetable
from itas_mobility.errors import DemandError
from itas_mobility.kernels.raptor import arrivals_at_zones

_BLOCKS = 16
"""Blocks of searches worked in parallel: a constant, so that results do not depend on the number of threads."""

_DAYS = (-1, 0, 1, 2)
"""Service days laid side by side: a shift begins on day 0 and ends by the end of day 1; journeys may reach day 2."""


def shift_reachability(
    timetable: Timetable,
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
) -> ShiftReachability:
    """Find for each site, shift and home zone whether public transport leads to work in time and home afterwards.

    The journey out is the one that leaves home last and is at the workplace `arrive_buffer_s` before the shift; the
    journey back is the one that is home first, leaving the workplace `leave_buffer_s` after it (RAPTOR: Delling, Pajor,
    Werneck 2012). Both are measured from door to door against those moments, so that waiting at the workplace before
    and after the shift counts: more departures can never worsen a result. Walking all the way is not looked at
    here; the site's own zone counts as reached in no time.

    Every day is taken to have the same timetable: a search before 0 or after 24 h uses the trips of the day before and
    of the days after, which are those of `timetable` shifted by 24 h. A shift that ends on a Saturday morning is
    therefore judged by the timetable given, not by that of the Saturday.

    Parameters
    ----------
    timetable : Timetable
        Trips of the service day.
    access : AccessLegs
        Walks between zones and stops (for a site's zone: to the workplace) and between stops.
    zones : Zones
        Home zones; the sites' own zones are among them.
    sites : IndustrialSites
        Sites and their shifts.
    workers : array of float
        Workers by home zone: shape (n_sites, n_zones), divided among the shifts by their share of heads, or
        (n_rows, n_zones) with one row per site and shift in that order.
    arrive_buffer_s, leave_buffer_s : float, default=600.0
        From arriving at the workplace to the start, and from the end to leaving it (changing clothes); an assumption.
    max_journey_s : float, default=5400.0
        Longest time between leaving home and `arrive_buffer_s` before the shift, and likewise back; an assumption.
    max_transfers : int, default=3
        Most changes of vehicle.
    min_transfer_s : float, default=120.0
        Least time between alighting and boarding, on top of the walk between stops; an assumption.

    Returns
    -------
    ShiftReachability
        One row per site and shift, one column per zone.

    Raises
    ------
    DemandError
        If an option is out of range or the arguments do not fit together.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    _check(access, zones, sites, arrive_buffer_s, leave_buffer_s, max_journey_s, max_transfers, min_transfer_s)
    counts = np.array([len(shifts) for shifts in sites.shifts], dtype=np.int64)
    site = np.repeat(np.arange(len(sites)), counts)
    start_s = np.concatenate([shifts.start_s for shifts in sites.shifts])
    end_s = np.concatenate([shifts.end_s for shifts in sites.shifts])
    head_share = np.concatenate([shifts.head_share for shifts in sites.shifts])
    by_row = _workers_by_row(workers, site, head_share, n_sites=len(sites), n_zones=len(zones))

    leg_ptr = np.searchsorted(access.zone, np.arange(access.n_zones + 1)).astype(np.int64)
    due_s = start_s - arrive_buffer_s
    free_s = end_s + leave_buffer_s
    out_time_s, out_transfers = _times(
        timetable, access, leg_ptr, sites.zone[site], -due_s, max_journey_s, max_transfers, min_transfer_s,
        is_mirrored=True,
    )  # fmt: skip
    back_time_s, back_transfers = _times(
        timetable, access, leg_ptr, sites.zone[site], free_s, max_journey_s, max_transfers, min_transfer_s,
        is_mirrored=False,
    )  # fmt: skip

    own = (np.arange(len(site)), sites.zone[site])
    for values in (out_time_s, back_time_s, out_transfers, back_transfers):
        values[own] = 0  # whoever lives at the works is there already

    has_stop = np.diff(leg_ptr) > 0
    no_stop = ~(has_stop[sites.zone[site]][:, None] & has_stop[None, :])
    no_stop[own] = False
    no_out, no_back = np.isinf(out_time_s), np.isinf(back_time_s)
    failing_leg = np.select(
        [no_stop, no_out & no_back, no_out, no_back], ["no_stop", "both", "out", "back"], default="none"
    )
    return ShiftReachability(
        zone_id=zones.zone_id,
        site_id=sites.site_id[site],
        shift=np.concatenate([shifts.name for shifts in sites.shifts]),
        start_s=start_s,
        end_s=end_s,
        workers=by_row,
        out_time_s=out_time_s,
        back_time_s=back_time_s,
        out_transfers=out_transfers,
        back_transfers=back_transfers,
        failing_leg=failing_leg,
    )


def _times(
    timetable: Timetable,
    access: AccessLegs,
    leg_ptr: LongArray,
    site_zone: IntArray,
    moment_s: FloatArray,
    max_journey_s: float,
    max_transfers: int,
    min_transfer_s: float,
    *,
    is_mirrored: bool,
) -> tuple[FloatArray, IntArray]:
    """Time between each row's moment at the site and being at each zone, and transfers; moments negated if mirrored."""
    moments_s = -moment_s if is_mirrored else moment_s
    reach_s = (-max_journey_s, 0.0) if is_mirrored else (0.0, max_journey_s)
    index = index_timetable(
        timetable,
        access,
        low_s=float(moments_s.min()) + reach_s[0],
        high_s=float(moments_s.max()) + reach_s[1],
        days=_DAYS,
        is_mirrored=is_mirrored,
    )
    legs_of_row = [np.arange(leg_ptr[z], leg_ptr[z + 1]) for z in site_zone]
    leg = np.concatenate(legs_of_row)
    counts = np.array([len(legs) for legs in legs_of_row], dtype=np.int64)
    reached_s, rides = arrivals_at_zones(
        np.concatenate([[0], np.cumsum(counts)]),
        access.stop[leg],
        np.repeat(moment_s, counts) + access.time_s[leg],
        moment_s + max_journey_s,
        max_transfers + 1,
        float(min_transfer_s),
        *index.arrays(),
        leg_ptr,
        access.stop,
        access.time_s,
        _BLOCKS,
    )
    return reached_s - moment_s[:, None], rides - 1


def _workers_by_row(
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
    }
    faults = [f"{name}={value:g} must not be negative" for name, value in options.items() if not 0 <= value < np.inf]
    if not 0 < max_journey_s < np.inf:
        faults.append(f"max_journey_s={max_journey_s:g} must be positive and finite")
    if faults:
        raise DemandError("shift reachability: " + "; ".join(faults))
