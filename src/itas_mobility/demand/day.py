"""The working day: slices, and commuters grouped by hours of work with the times at which they travel.

The slices follow the day of a region of shift work: the way to the early shift, the morning in two hours, the change
from early to late shift at two, the afternoon, and the change to the night shift.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.tours import DaySlices, TourSegment, TravelWindow, TravelWish
from itas_mobility.core.weekdays import workday_share
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.units import METRES_PER_KILOMETRE, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE, clock_text

OFFICE: Final = "office"
"""Label of the segment of all who work full time and not in the shifts of a site."""
PART_TIME: Final = "part_time"
"""Label of the segment of all who work part time."""
_SMALL_SHARE: Final = 1e-3
"""Of a segment's ways: slices in which fewer fall are not looked at, as each takes a search. That moves means by less
than this share of what slices differ by."""
_EDGES_H: Final = (4.5, 6.0, 7.0, 8.0, 13.0, 15.0, 18.0, 21.0, 23.5)


def day_slices() -> DaySlices:
    """The slices of the day for which traffic is assigned, from 04:30 to 23:30.

    Returns
    -------
    DaySlices
        Slices named by their hours, e.g. ``"06:00-07:00"``.
    """
    edges = np.array(_EDGES_H) * SECONDS_PER_HOUR
    names = [_hours(start, end) for start, end in pairwise(edges)]
    return DaySlices(np.array(names), edges[:-1], edges[1:])


def _hours(start_s: float, end_s: float) -> str:
    return "-".join(clock_text(time_s, seconds=False, wrapped=True) for time_s in (start_s, end_s))


def window_share(slices: DaySlices, start_s: float, end_s: float) -> FloatArray:
    """Share of a window of time that lies in each slice, the window taken evenly and modulo a day.

    Parameters
    ----------
    slices : DaySlices
        Slices of the day.
    start_s, end_s : float
        Window, seconds after midnight; may pass midnight either way.

    Returns
    -------
    ndarray of shape (n_slices,)
        Shares that sum to 1; what lies in no slice goes to the slice nearest to it in time.
    """
    steps = max(1, round((end_s - start_s) / SECONDS_PER_MINUTE))
    minutes = (start_s + (np.arange(steps) + 0.5) * (end_s - start_s) / steps) % SECONDS_PER_DAY
    middle = (slices.start_s + slices.end_s) / 2
    half = (slices.end_s - slices.start_s) / 2
    beside = np.abs(minutes[:, None] - middle)
    distance = np.minimum(beside, SECONDS_PER_DAY - beside) - half
    return np.asarray(np.bincount(distance.argmin(axis=1), minlength=len(slices)) / steps)


def normal_share(slices: DaySlices, mean_s: float, deviation_s: float) -> FloatArray:
    """Share of a normal distribution of times that lies in each slice, brought to a sum of 1.

    Parameters
    ----------
    slices : DaySlices
        Slices of the day.
    mean_s, deviation_s : float
        Mean and standard deviation, seconds after midnight.

    Returns
    -------
    ndarray of shape (n_slices,)
        Shares that sum to 1.
    """
    from scipy.special import ndtr

    share = ndtr((slices.end_s - mean_s) / deviation_s) - ndtr((slices.start_s - mean_s) / deviation_s)
    return np.asarray(share / share.sum())


def works_shifts(segment: TourSegment) -> bool:
    """Whether the commuters of a segment work in shifts of a site, at fixed hours.

    Parameters
    ----------
    segment : TourSegment
        One of `tour_segments`.

    Returns
    -------
    bool
        False for `OFFICE` and `PART_TIME`, whose hours are spread around a mean.
    """
    return segment.label not in (OFFICE, PART_TIME)


def shift_rows(sites: IndustrialSites) -> list[tuple[int, int]]:
    """All pairs (site row, shift row) in the order in which results list them."""
    return [(site, shift) for site in range(len(sites)) for shift in range(len(sites.shifts[site]))]


def shift_workers(commuters: ODMatrix, sites: IndustrialSites, skims: Skims, *, parameters: Parameters) -> FloatArray:
    """Workers present by shift and home zone, on a day on which the shift is worked.

    Parameters
    ----------
    commuters : ODMatrix
        Registered employees by home and work zone (`commute`).
    sites : IndustrialSites
        Sites with shifts and attendance.
    skims : Skims
        ``length_m`` between zones.
    parameters : Parameters
        ``far_km``, ``presence_far_share``: who lives farther off than this comes more seldom.

    Returns
    -------
    ndarray of shape (n_rows, n_zones)
        One row per (site, shift) in the order of `shift_rows`.
    """
    is_far = skims["length_m"] > parameters.value("far_km") * METRES_PER_KILOMETRE
    far_share = parameters.value("presence_far_share")
    rows = []
    for site, shift in shift_rows(sites):
        column, attendance = sites.zone[site], sites.attendance_share[site]
        presence = np.where(is_far[:, column], min(far_share, attendance), attendance)
        rows.append(commuters.trips[:, column] * presence * sites.shifts[site].head_share[shift])
    return np.array(rows).reshape(len(rows), len(commuters))


def tour_segments(
    commuters: ODMatrix,
    zones: Zones,
    sites: IndustrialSites,
    skims: Skims,
    slices: DaySlices,
    *,
    parameters: Parameters,
) -> tuple[TourSegment, ...]:
    """Group the commuters of the mean working day, Monday to Friday, by their hours of work.

    Registered employees become persons on the way by a presence share: at sites their attendance, elsewhere
    ``presence_share``, and beyond ``far_km`` ``presence_far_share``, since who lives that far off is registered at a
    head office or travels by the week. Of a shift those count whose day begins on a working day: all of one that begins
    Mo-Fr, four in five of one that begins Di-Sa, nobody of one that begins Sa,So.

    Parameters
    ----------
    commuters : ODMatrix
        Registered employees by home and work zone.
    zones : Zones
        Zones.
    sites : IndustrialSites
        Sites; each shift of equal hours at several sites goes into one segment.
    skims : Skims
        ``length_m`` between zones.
    slices : DaySlices
        Slices of the day.
    parameters : Parameters
        ``presence_share``, ``presence_far_share``, ``far_km``, ``day_arrival_mean_h``, ``day_arrival_sd_h``,
        ``day_stay_mean_h``, ``day_stay_sd_h``, ``part_time_share``, ``part_time_stay_mean_h``,
        ``shift_arrival_lead_min``, ``shift_leave_lag_min``.

    Returns
    -------
    tuple of TourSegment
        Shift segments by start and end, without those of no working day, then the segments ``"office"`` and
        ``"part_time"`` of all other jobs.

    Notes
    -----
    Shift workers arrive evenly over twice the mean lead before the shift and leave evenly over twice the mean lag
    after it; all others arrive by a normal distribution and stay for a normally distributed time, shorter for those
    who work part time. Part time is as frequent in every zone, and those who work so are as often at work as others.
    """
    value = parameters.value
    by_hours: dict[tuple[float, float], FloatArray] = {}
    present = shift_workers(commuters, sites, skims, parameters=parameters)
    for (site, shift), persons in zip(shift_rows(sites), present, strict=True):
        pattern = sites.shifts[site]
        share = workday_share(int(pattern.days[shift]))
        if share == 0.0:
            continue
        hours = (float(pattern.start_s[shift]), float(pattern.end_s[shift]))
        workers = by_hours.setdefault(hours, np.zeros((len(zones), len(zones))))
        workers[:, sites.zone[site]] += share * persons
    lead, lag = (value(f"shift_{name}_min") * SECONDS_PER_MINUTE for name in ("arrival_lead", "leave_lag"))
    segments = [
        TourSegment(
            _hours(start, end),
            start,
            end,
            workers,
            window_share(slices, start - 2.0 * lead, start),
            window_share(slices, end, end + 2.0 * lag),
        )
        for (start, end), workers in sorted(by_hours.items())
    ]
    is_far = skims["length_m"] > value("far_km") * METRES_PER_KILOMETRE
    office = commuters.trips * np.where(is_far, value("presence_far_share"), value("presence_share"))
    office[:, zones.kind == ZoneKind.SITE] = 0.0
    arrival = value("day_arrival_mean_h") * SECONDS_PER_HOUR
    arrival_sd, stay_sd = value("day_arrival_sd_h") * SECONDS_PER_HOUR, value("day_stay_sd_h") * SECONDS_PER_HOUR
    part_time = value("part_time_share")
    for label, share, stay_h in (
        (OFFICE, 1.0 - part_time, value("day_stay_mean_h")),
        (PART_TIME, part_time, value("part_time_stay_mean_h")),
    ):
        leaving = arrival + stay_h * SECONDS_PER_HOUR
        segments.append(
            TourSegment(
                label,
                arrival,
                leaving,
                share * office,
                normal_share(slices, arrival, arrival_sd),
                normal_share(slices, leaving, float(np.hypot(arrival_sd, stay_sd))),
            )
        )
    return tuple(segments)


def travel_wishes(
    segment: TourSegment, slices: DaySlices, *, parameters: Parameters
) -> tuple[tuple[TravelWish, ...], tuple[TravelWish, ...]]:
    """When a segment wishes to travel by public transport: to work, and home.

    Shift workers wish to arrive evenly over twice the mean lead before they are due, which is the buffer ahead of the
    shift, and to leave evenly over twice the mean lag after the buffer behind it; nobody comes late or leaves early, as
    in `shift_reachability`. All others wish to arrive and to leave evenly over each slice in which they do, and may
    travel before and after it.

    Parameters
    ----------
    segment : TourSegment
        Commuters with the same hours of work.
    slices : DaySlices
        Slices of the day.
    parameters : Parameters
        ``shift_arrival_lead_min``, ``shift_leave_lag_min``, ``shift_arrive_buffer_min``, ``shift_leave_buffer_min``,
        ``transit_max_shift_min``.

    Returns
    -------
    out, back : tuple of TravelWish
        Of arriving at work, and of leaving it; one for each slice in which at least `_SMALL_SHARE` of the segment
        travel. What few travel beside these is taken to be spread like the rest.
    """
    lead_s, lag_s, early_s, late_s, extra_s = (
        parameters.value(f"{name}_min") * SECONDS_PER_MINUTE
        for name in (
            "shift_arrival_lead", "shift_leave_lag", "shift_arrive_buffer", "shift_leave_buffer", "transit_max_shift",
        )
    )  # fmt: skip
    if not works_shifts(segment):
        return (
            _wishes(segment.out_share, slices, None, arrive_by=True, extra_s=(extra_s, extra_s)),
            _wishes(segment.back_share, slices, None, arrive_by=False, extra_s=(extra_s, extra_s)),
        )
    due_s, free_s = segment.start_s - early_s, segment.end_s + late_s
    out, back = (due_s - 2.0 * lead_s, due_s), (free_s, free_s + 2.0 * lag_s)
    return (
        _wishes(segment.out_share, slices, out, arrive_by=True, extra_s=(extra_s, 0.0)),
        _wishes(segment.back_share, slices, back, arrive_by=False, extra_s=(0.0, extra_s)),
    )


def _wishes(
    shares: FloatArray,
    slices: DaySlices,
    moments_s: tuple[float, float] | None,
    *,
    arrive_by: bool,
    extra_s: tuple[float, float],
) -> tuple[TravelWish, ...]:
    """Wishes by slice: for the given moments, which count modulo a day, or for all those of the slice."""
    rows = np.flatnonzero(shares >= _SMALL_SHARE)
    total = float(shares[rows].sum())
    wishes = []
    for k in rows.tolist():
        low_s, high_s = float(slices.start_s[k]), float(slices.end_s[k])
        start_s, end_s = (low_s, high_s) if moments_s is None else moments_s
        days = np.floor((0.5 * (low_s + high_s) - 0.5 * (start_s + end_s)) / SECONDS_PER_DAY + 0.5) * SECONDS_PER_DAY
        inside_s = np.clip([start_s + days, end_s + days], low_s, high_s)
        window = TravelWindow(start_s, end_s, arrive_by, extra_s)
        wishes.append(TravelWish(float(shares[k]) / total, k, float(inside_s.mean()), window))
    return tuple(wishes)
