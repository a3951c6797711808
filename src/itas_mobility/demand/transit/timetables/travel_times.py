"""Travel times between zones in a timetable, over a window of departures or of arrivals."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.matrix import Skims
from itas_mobility.core.search_limits import SearchLimits
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.timetables.choice_skims import check_percentiles
from itas_mobility.demand.transit.timetables.index import kept_index, legs_by_stop
from itas_mobility.demand.transit.timetables.window_table import lay_out_window
from itas_mobility.demand.transit.unused_options import changed, refuse_unused
from itas_mobility.errors import DemandError
from itas_mobility.kernels.raptor_window import window_travel_times
from itas_mobility.kernels.timetable_arrays import Limits, Origins

_BLOCKS = 64
"""Blocks of origins worked in parallel: a constant, so that results do not depend on the number of threads."""


def skim_timetable(
    timetable: Timetable | ServiceDays,
    access: AccessLegs,
    zones: Zones,
    *,
    window: TravelWindow,
    percentiles: Sequence[float] = (50.0,),
    step_s: float = 60.0,
    home_end: HomeEnd = "origin",
    limits: SearchLimits = SearchLimits(),
    days: Sequence[int] | None = None,
) -> Skims:
    """Find travel times between all zones, from door to door, over the moments of a window.

    For every moment, one in each step of the window, the earliest arrival is searched for (with `arrive_by`: the latest
    departure), by rounds and from the last moment to the first, which keeps what later moments found (rRAPTOR: Delling,
    Pajor, Werneck 2012). The travel time of a moment holds the wait for the first vehicle. This is for reachability;
    for choices of mode, where waiting, walking and transfers weigh more and people know the timetable, see
    `skim_transit`.

    Parameters
    ----------
    timetable : Timetable or ServiceDays
        Trips of the service day, or of several.
    access : AccessLegs
        Ways between zones and stops, and walks between stops.
    zones : Zones
        Zones; gates are those of their sites.
    window : TravelWindow
        Moments of setting out, or of being there; no others are looked at, so that `extra_s` is to be left out.
    percentiles : sequence of float, default=(50.0,)
        Percentiles of the travel time over the window: the least time that so many per cent of the moments do not
        exceed.
    step_s : float, default=60.0
        The window is cut into steps of this length at most, in the middle of each of which one moment lies.
    home_end : "origin" or "destination", default="origin"
        Where travellers are at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end. "destination" is the way home.
    limits : SearchLimits, optional
        Which journeys are looked for.
    days : sequence of int, optional
        Days on which the timetables run, see `index_timetable`.

    Returns
    -------
    Skims
        ``time_s`` (mean over the moments; inf where not all of them lead there), ``least_time_s``, ``time_p50_s`` and
        so on for the percentiles (inf where fewer moments lead there), ``reached_share`` of the moments that lead
        there, ``transfers`` (mean of the fewest with which the best journey is made; inf where there is none). A zone
        reaches itself in no time.

    Raises
    ------
    DemandError
        If an option is out of range or the zones are not those of the access legs.
    InputError
        If `home_end` is neither of both.
    NetworkError
        If the timetable does not fit the access legs, or its trips overtake each other.
    """
    _check(access, zones, window, percentiles, step_s)
    max_journey_s, max_transfers, min_transfer_s = limits.max_journey_s, limits.max_transfers, limits.min_transfer_s
    arrive_by = window.arrive_by
    n_moments = int(np.ceil(window.duration_s / step_s))
    moment_s = window.start_s + (np.arange(n_moments) + 0.5) * window.duration_s / n_moments
    index = kept_index(timetable, access, days=days, is_mirrored=arrive_by)
    rank = np.maximum(np.ceil(np.array(percentiles) / 100.0 * n_moments).astype(np.int64) - 1, 0)
    origin, destination = access.at_ends(home_end)
    begin, end = (destination, origin) if arrive_by else (origin, destination)
    first = np.searchsorted(begin.zone, np.arange(access.n_zones + 1)).astype(np.int64)
    falling_s = -moment_s if arrive_by else moment_s[::-1].copy()
    table = lay_out_window(index, falling_s[-1], falling_s[0] + max_journey_s)
    at_rank, mean, least, reached, rides = window_travel_times(
        Origins(first, table.stop_row[begin.stop], begin.time_s),
        falling_s,
        rank,
        Limits(float(max_journey_s), max_transfers + 1, float(min_transfer_s)),
        table.table,
        legs_by_stop(end, stop_row=table.stop_row),
        _BLOCKS,
    )
    matrices = {"time_s": mean, "least_time_s": least}
    matrices |= {f"time_p{share:g}_s": times for share, times in zip(percentiles, at_rank, strict=True)}
    matrices["transfers"] = np.where(reached > 0, np.maximum(rides - 1.0, 0.0), np.inf)
    for matrix in matrices.values():
        np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(reached, 1.0)
    matrices["reached_share"] = reached
    return Skims(zones.zone_id, {name: matrix.T if arrive_by else matrix for name, matrix in matrices.items()})


def _check(access: AccessLegs, zones: Zones, window: TravelWindow, percentiles: Sequence[float], step_s: float) -> None:
    if access.n_zones != len(zones):
        raise DemandError(f"access legs were made for {access.n_zones} zones, there are {len(zones)}")
    beside = [name for name in changed(window) if name == "extra_s"]
    refuse_unused("skim_timetable", beside, "for verbs that know wishes: here each moment has its own search")
    check_percentiles("skim_timetable", percentiles)
    if not 0 < step_s < np.inf:
        raise DemandError(f"skim_timetable: step_s={step_s:g} must be positive and finite")
