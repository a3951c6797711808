"""The lines on which optimal strategies are searched: waits at stops in the headways of one period.

Travellers know the timetable, of which the graph knows the headways alone. They plan one boarding of the journey by it
and come to the stop just in time; what that costs is the shift from the moment wished for (`mean_schedule_delay_s`). To
every other boarding they come when the journey brings them there, which is at random: they wait half a headway. Which
boarding is planned is theirs to choose, and the best choice is the rarest line: with a tram every 10 and a bus every 60
minutes there is one sensible journey an hour, on which one waits 5 minutes at the change, whichever comes first.

With mean shifts (or waits) g of attractive lines, the one that comes first is boarded: their rates 1 / g add up, as in
Spiess & Florian (1989), which for one line is exact.

Every journey holds at least one ride: a walk from zone to stop to zone is walking, not public transport, and two walks
in a row are not chained. Nobody boards and alights at the same call.
"""

import numpy as np

from itas_mobility.core.access import AccessLegs, AccessMode, HomeEnd
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import TransitMode, TransitNetwork
from itas_mobility.demand.transit.headways.schedule_delay import mean_schedule_delay_s
from itas_mobility.errors import DemandError
from itas_mobility.kernels.hyperpath import LineGraph


def mean_headways(transit: TransitNetwork, *, window: TravelWindow) -> FloatArray:
    """Mean headway of each pattern in a period: the period divided by the departures that fall into it.

    Parameters
    ----------
    transit : TransitNetwork
        Patterns with headways by band.
    window : TravelWindow
        Its `start_s` and `end_s` are the period.

    Returns
    -------
    ndarray
        Shape (n_patterns,); inf where the pattern does not run in the period.

    Raises
    ------
    DemandError
        If the period begins before midnight.
    """
    start_s, end_s = window.start_s, window.end_s
    if start_s < 0:
        raise DemandError(f"period {start_s:g} .. {end_s:g}: headways are known from 0 on")
    overlap = np.minimum(transit.band_end_s, end_s) - np.maximum(transit.band_start_s, start_s)
    in_period = overlap > 0.0
    departures = (overlap[in_period] / transit.headway_s[:, in_period]).sum(axis=1)
    with np.errstate(divide="ignore"):
        mean_s = np.asarray((end_s - start_s) / departures, dtype=np.float64)
    if overlap[in_period].sum() < end_s - start_s:
        return mean_s
    # to the last digit: periods in which the same runs are skimmed once
    headway_s = transit.headway_s[:, in_period]
    return np.where((headway_s == headway_s[:, :1]).all(axis=1), headway_s[:, 0], mean_s)


def line_graph(
    transit: TransitNetwork,
    access: AccessLegs,
    *,
    window: TravelWindow,
    weights: JourneyWeights,
    waits: HeadwayWaits,
    home_end: HomeEnd,
    period: TravelWindow | None = None,
) -> LineGraph:
    """Lay out the lines of one period for the search; see `skim_transit` for the meaning of the options.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns.
    access : AccessLegs
        Ways between zones and stops, and walks between stops.
    window : TravelWindow
        The moments wished for, and whether people may travel beside them.
    weights : JourneyWeights
        The transfer penalty is here added to every boarding, the caller takes one off again.
    waits : HeadwayWaits
        How long travellers stand at a stop, and whether they plan ahead.
    home_end : "origin" or "destination"
        Where legs for the home end alone are used.
    period : TravelWindow, optional
        Its `start_s` and `end_s` are the period whose headways hold; default: those of the window.

    Returns
    -------
    LineGraph
        Costs are perceived times; shuttles are marked; with the legs goes the time by car.

    Raises
    ------
    DemandError
        If an option is out of range or the stops of `access` are not those of `transit`.
    InputError
        If `home_end` is neither of both.
    """
    if waits.plans_ahead and weights.adaptation_weight == 0.0:
        raise DemandError("headways: adaptation_weight=0 must be positive: rare services would cost nothing")
    if access.n_stops != transit.n_stops:
        raise DemandError(
            f"access legs were made for {access.n_stops} stops, the transit network has {transit.n_stops}: "
            "make them again for this network"
        )
    headway_s = mean_headways(transit, window=window if period is None else period)
    n_calls = np.diff(transit.stop_ptr)
    is_first, is_last = np.zeros((2, len(transit.stop)), dtype=np.bool_)
    is_first[transit.stop_ptr[:-1]] = True
    is_last[transit.stop_ptr[1:] - 1] = True
    may_board = ~is_last & transit.may_board
    alights = np.flatnonzero(np.repeat(np.isfinite(headway_s), n_calls) & ~is_first & transit.may_alight)
    alights = alights[np.argsort(transit.stop[alights], kind="stable")]

    def where_boarded(wait_s: FloatArray) -> FloatArray:
        return np.where(may_board, np.repeat(wait_s, n_calls), np.inf)

    planned_s = mean_schedule_delay_s(headway_s, window=window) if waits.plans_ahead else headway_s
    origin, destination = access.at_ends(home_end)
    to_stop = np.argsort(access.transfer_to, kind="stable")
    return LineGraph(
        call_ptr=transit.stop_ptr,
        first_call=np.repeat(transit.stop_ptr[:-1], n_calls),
        stop=transit.stop,
        run=transit.run_time_s,
        random=where_boarded(weights.wait_weight * waits.wait_factor * headway_s),
        planned=where_boarded(weights.adaptation_weight * planned_s),
        is_marked=np.repeat(transit.mode == TransitMode.SHUTTLE, n_calls),
        boarding=weights.transfer_penalty_s,
        plans=waits.plans_ahead,
        alight_ptr=_pointer(transit.stop[alights], transit.n_stops),
        alight_call=alights,
        begin_ptr=_pointer(origin.zone, access.n_zones),
        begin_stop=origin.stop,
        begin_cost=weights.walk_weight * origin.time_s,
        begin_extra=_by_car_s(origin),
        end_ptr=_pointer(destination.zone, access.n_zones),
        end_stop=destination.stop,
        end_cost=weights.walk_weight * destination.time_s,
        end_extra=_by_car_s(destination),
        walk_ptr=_pointer(access.transfer_to, access.n_stops),
        walk_from=access.transfer_from[to_stop],
        walk_cost=weights.walk_weight * access.transfer_time_s[to_stop],
    )


def _pointer(rows: IntArray, n: int) -> LongArray:
    """First place of each of n rows in a sorted column of rows."""
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]).astype(np.int64)


def _by_car_s(legs: AccessLegs) -> FloatArray:
    """Time of each leg in a car."""
    return np.where(legs.mode == AccessMode.CAR, legs.time_s, 0.0)
