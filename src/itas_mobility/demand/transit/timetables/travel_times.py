"""Travel times between zones in a timetable, over a window of departures or of arrivals."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.matrix import Skims
from itas_mobility.core.transit import ServiceDays, Timetable
from itas_mobility.core.zones import Zones
from itas_mobility.demand.transit.timetables.index import kept_index, legs_by_stop
from itas_mobility.demand.transit.timetables.window_table import lay_out_window
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
    window_s: tuple[float, float],
    arrive_by: bool = False,
    percentiles: Sequence[float] = (50.0,),
    step_s: float = 60.0,
    home_end: HomeEnd = "origin",
    max_journey_s: float = 7200.0,
    max_transfers: int = 3,
    min_transfer_s: float = 0.0,
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
    window_s : tuple of float
        Begin and end of the departures, or of the arrivals with `arrive_by`.
    arrive_by : bool, default=False
        Whether people mean to be there at the moments of the window, rather than to set out.
    percentiles : sequence of float, default=(50.0,)
        Percentiles of the travel time over the window: the least time that so many per cent of the moments do not
        exceed.
    step_s : float, default=60.0
        The window is cut into steps of this length at most, in the middle of each of which one moment lies.
    home_end : "origin" or "destination", default="origin"
        Where travellers are at home: legs for the home end alone (bike and ride, park and ride) are used there and
        not at the other end. "destination" is the way home.
    max_journey_s : float, default=7200.0
        Longer journeys are not looked for; an assumption.
    max_transfers : int, default=3
        Most changes of vehicle.
    min_transfer_s : float, default=0.0
        Least time between alighting and boarding, see `journeys`.
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
    _check(access, zones, window_s, percentiles, step_s, max_journey_s, max_transfers, min_transfer_s)
    n_moments = int(np.ceil((window_s[1] - window_s[0]) / step_s))
    moment_s = window_s[0] + (np.arange(n_moments) + 0.5) * (window_s[1] - window_s[0]) / n_moments
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


def _check(
    access: AccessLegs,
    zones: Zones,
    window_s: tuple[float, float],
    percentiles: Sequence[float],
    step_s: float,
    max_journey_s: float,
    max_transfers: int,
    min_transfer_s: float,
) -> None:
    faults = []
    if access.n_zones != len(zones):
        faults.append(f"access legs were made for {access.n_zones} zones, there are {len(zones)}")
    if not (np.isfinite(window_s).all() and window_s[0] < window_s[1]):
        faults.append(f"window_s={window_s} must be finite and end after it begins")
    if not all(0 <= share <= 100 for share in percentiles) or len(set(percentiles)) != len(percentiles):
        faults.append(f"percentiles={tuple(percentiles)} must lie between 0 and 100, each once")
    for name, value in (("step_s", step_s), ("max_journey_s", max_journey_s)):
        if not 0 < value < np.inf:
            faults.append(f"{name}={value:g} must be positive and finite")
    if max_transfers < 0 or not 0 <= min_transfer_s < np.inf:
        faults.append(f"max_transfers={max_transfers}, min_transfer_s={min_transfer_s:g} must not be negative")
    if faults:
        raise DemandError("skim_timetable: " + "; ".join(faults))
