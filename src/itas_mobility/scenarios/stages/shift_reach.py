"""Which shifts can be reached by public transport, found before anybody chooses: who cannot reach one has no choice."""

from dataclasses import replace

import numpy as np

from itas_mobility import demand
from itas_mobility.core.access import AccessLegs
from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.reachability import ShiftReachability
from itas_mobility.core.region import Region
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import TourSegment
from itas_mobility.core.weekdays import WORKDAYS, weekday_mask
from itas_mobility.scenarios.stages.line_supply import service_timetable
from itas_mobility.scenarios.stages.store import StageStore
from itas_mobility.units import SECONDS_PER_MINUTE


def shift_reach(region: Region, access: AccessLegs, store: StageStore) -> ShiftReachability:
    """Who arrives before the shift by public transport, and gets home after it.

    Parameters
    ----------
    region : Region
        Region after the measures.
    access : AccessLegs
        Ways to stops that are allowed.
    store : StageStore
        Reused stages.

    Returns
    -------
    ShiftReachability
        By site, shift and home zone; its workers are 0, see `of_workers`.
    """
    timetable, sites, value = service_timetable(region, store), region.sites, region.parameters.value
    arrive_buffer_s, leave_buffer_s, max_journey_s = (
        value(f"shift_{name}_min") * SECONDS_PER_MINUTE for name in ("arrive_buffer", "leave_buffer", "max_journey")
    )

    def make() -> ShiftReachability:
        return demand.transit.shift_reachability(
            timetable,
            access,
            region.zones,
            sites,
            workers=np.zeros((len(sites), len(region.zones))),
            arrive_buffer_s=arrive_buffer_s,
            leave_buffer_s=leave_buffer_s,
            max_journey_s=max_journey_s,
        )

    places = (region.zones.zone_id, sites.site_id, sites.zone, sites.shifts)
    return store.get("reach", (timetable, access, *places, arrive_buffer_s, leave_buffer_s, max_journey_s), make)


def of_workers(reach: ShiftReachability, workers: FloatArray, sites: IndustrialSites) -> ShiftReachability:
    """The same with the workers of each shift.

    Parameters
    ----------
    reach : ShiftReachability
        Of `shift_reach`.
    workers : ndarray of shape (n_shifts, n_zones)
        One row per site and shift (`demand.shift_rows`).
    sites : IndustrialSites
        Sites and their shifts.

    Returns
    -------
    ShiftReachability
        By site, shift and home zone.
    """
    row = {
        (str(sites.site_id[site]), str(sites.shifts[site].name[shift])): i
        for i, (site, shift) in enumerate(demand.shift_rows(sites))
    }
    rows = [row[str(site), str(shift)] for site, shift in zip(reach.site_id, reach.shift, strict=True)]
    return replace(reach, workers=workers[rows])


def reached_pairs(reach: ShiftReachability, segment: TourSegment, sites: IndustrialSites) -> BoolArray | None:
    """Between which zones the hours of a segment can be kept by public transport, there and back.

    Parameters
    ----------
    reach : ShiftReachability
        Of all shifts.
    segment : TourSegment
        Commuters with the same hours of work.
    sites : IndustrialSites
        Sites and their shifts.

    Returns
    -------
    bool ndarray of shape (n_zones, n_zones) or None
        By home and work zone: whether that is so on all working days, Monday to Friday, of all shifts with these hours
        at the work zone; True where there is no such shift. None for those who do not work in shifts.
    """
    if not demand.works_shifts(segment):
        return None
    zone = dict(zip(sites.site_id.tolist(), sites.zone.tolist(), strict=True))
    is_both = reach.is_out & reach.is_back
    can_reach = np.full(segment.workers.shape, True)
    of_segment = (reach.start_s == segment.start_s) & (reach.end_s == segment.end_s)
    for row in np.flatnonzero(of_segment).tolist():
        if weekday_mask(str(reach.weekday[row])) & WORKDAYS:
            can_reach[:, zone[str(reach.site_id[row])]] &= is_both[row]
    return can_reach
