"""The graph on which optimal strategies are searched: zones, stops and vehicles in the headways of one period.

Nodes: zones; each stop twice (travellers who wait to board, travellers who have alighted); one node per call of a
pattern after the first (on board, arriving there). Waiting and alighted travellers are kept apart so that every
journey holds at least one ride: a walk from zone to stop to zone is walking, not public transport, and two walks in a
row are not chained. A boarding link leads from the stop straight to the arrival at the next call, so that nobody
boards and alights at the same call.
"""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.errors import DemandError


@dataclass(frozen=True, eq=False)
class TransitGraph:
    """Backward star of a transit period; made by `transit_graph`, used by skims and assignment."""

    n_zones: int
    in_ptr: LongArray
    tail: IntArray
    head: IntArray
    """Links sorted by head."""
    cost_s: FloatArray
    """Perceived time of the link without waiting; boardings hold the transfer penalty."""
    mean_wait_s: FloatArray
    """Real mean wait of a boarding if it were the only choice; 0 elsewhere."""
    walk_s: FloatArray
    ride_s: FloatArray
    """Real time of the link outside of vehicles (on foot, or by bicycle or car to the stop) and in the vehicle."""
    board_link: IntArray
    ride_link: IntArray
    alight_link: IntArray
    """Link by call of the transit network: boarding, riding on from, alighting here; -1 where there is none."""


def mean_headways(transit: TransitNetwork, *, start_s: float, end_s: float) -> FloatArray:
    """Mean headway of each pattern in a period: the period divided by the departures that fall into it.

    Parameters
    ----------
    transit : TransitNetwork
        Patterns with headways by band.
    start_s, end_s : float
        Period, seconds after midnight.

    Returns
    -------
    ndarray
        Shape (n_patterns,); inf where the pattern does not run in the period.

    Raises
    ------
    DemandError
        If the period is empty or not finite.
    """
    if not (np.isfinite(start_s) and np.isfinite(end_s) and 0 <= start_s < end_s):
        raise DemandError(
            f"period start_s={start_s:g}, end_s={end_s:g}: the end must lie after the start, both from 0 on"
        )
    overlap = np.minimum(transit.band_end_s, end_s) - np.maximum(transit.band_start_s, start_s)
    departures = (np.maximum(overlap, 0.0)[None, :] / transit.headway_s).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray((end_s - start_s) / departures, dtype=np.float64)


def transit_graph(
    transit: TransitNetwork,
    access: AccessLegs,
    *,
    start_s: float,
    end_s: float,
    walk_weight: float,
    wait_weight: float,
    transfer_penalty_s: float,
    wait_factor: float,
    max_wait_s: float,
    home_end: HomeEnd,
) -> TransitGraph:
    """Build the graph of one period; see `skim_transit` for the meaning of the options.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns.
    access : AccessLegs
        Ways between zones and stops, and walks between stops.
    start_s, end_s : float
        Period, seconds after midnight.
    walk_weight, wait_weight : float
        Perceived per real second, relative to riding.
    transfer_penalty_s : float
        Perceived time of a transfer; here added to every boarding, the caller takes one off again.
    wait_factor : float
        Mean wait as a share of the headway.
    max_wait_s : float
        Longest mean wait for one pattern.
    home_end : "origin" or "destination"
        Where legs for the home end alone are used.

    Returns
    -------
    TransitGraph
        Nodes in the order: zones, waiting at stops, alighted at stops, on board.

    Raises
    ------
    DemandError
        If an option is out of range or the stops of `access` are not those of `transit`.
    InputError
        If `home_end` is neither of both.
    """
    _check_options(walk_weight, wait_weight, transfer_penalty_s, wait_factor, max_wait_s)
    if access.n_stops != transit.n_stops:
        raise DemandError(
            f"access legs were made for {access.n_stops} stops, the transit network has {transit.n_stops}: "
            "make them again for this network"
        )
    headway_s = mean_headways(transit, start_s=start_s, end_s=end_s)
    n_calls = len(transit.stop)
    calls = np.arange(n_calls, dtype=np.int64)
    is_first = np.zeros(n_calls, dtype=np.bool_)
    is_first[transit.stop_ptr[:-1]] = True
    is_last = np.zeros(n_calls, dtype=np.bool_)
    is_last[transit.stop_ptr[1:] - 1] = True
    headway_at_call_s = np.repeat(headway_s, np.diff(transit.stop_ptr))
    runs = np.isfinite(headway_at_call_s)

    waiting = access.n_zones
    alighted = waiting + transit.n_stops
    on_board = alighted + transit.n_stops
    boards = calls[runs & ~is_last & transit.may_board]
    rides = calls[runs & ~is_last & ~is_first]
    alights = calls[runs & ~is_first & transit.may_alight]
    stop = transit.stop.astype(np.int64)
    all_stops = np.arange(transit.n_stops, dtype=np.int64)
    origin, destination = access.at_ends(home_end)
    zeros = np.zeros
    # (tail, head, walk, ride, wait) of each kind of link
    kinds = [
        (
            origin.zone.astype(np.int64),
            waiting + origin.stop.astype(np.int64),
            origin.time_s,
            zeros(len(origin)),
            zeros(len(origin)),
        ),
        (
            alighted + destination.stop.astype(np.int64),
            destination.zone.astype(np.int64),
            destination.time_s,
            zeros(len(destination)),
            zeros(len(destination)),
        ),
        (
            alighted + access.transfer_from.astype(np.int64),
            waiting + access.transfer_to.astype(np.int64),
            access.transfer_time_s,
            zeros(len(access.transfer_from)),
            zeros(len(access.transfer_from)),
        ),
        (
            alighted + all_stops,
            waiting + all_stops,
            zeros(len(all_stops)),
            zeros(len(all_stops)),
            zeros(len(all_stops)),
        ),
        (
            waiting + stop[boards],
            on_board + boards + 1,
            zeros(len(boards)),
            transit.run_time_s[boards],
            np.minimum(wait_factor * headway_at_call_s[boards], max_wait_s),
        ),
        (on_board + rides, on_board + rides + 1, zeros(len(rides)), transit.run_time_s[rides], zeros(len(rides))),
        (on_board + alights, alighted + stop[alights], zeros(len(alights)), zeros(len(alights)), zeros(len(alights))),
    ]
    tail, head, walk_s, ride_s, mean_wait_s = (np.concatenate(parts) for parts in zip(*kinds, strict=True))
    order = np.argsort(head, kind="stable")
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    first_of_kind = np.cumsum([0, *(len(kind[0]) for kind in kinds)])

    def link_by_call(kind: int, at_calls: LongArray) -> IntArray:
        link = np.full(n_calls, -1, dtype=np.int32)
        link[at_calls] = place[first_of_kind[kind] : first_of_kind[kind + 1]]
        return link

    in_ptr = np.zeros(on_board + n_calls + 1, dtype=np.int64)
    np.cumsum(np.bincount(head, minlength=on_board + n_calls), out=in_ptr[1:])
    is_boarding = mean_wait_s > 0
    cost_s = walk_weight * walk_s + ride_s + transfer_penalty_s * is_boarding
    return TransitGraph(
        n_zones=access.n_zones,
        in_ptr=in_ptr,
        tail=tail[order].astype(np.int32),
        head=head[order].astype(np.int32),
        cost_s=cost_s[order],
        mean_wait_s=mean_wait_s[order],
        walk_s=walk_s[order],
        ride_s=ride_s[order],
        board_link=link_by_call(4, boards),
        ride_link=link_by_call(5, rides),
        alight_link=link_by_call(6, alights),
    )


def _check_options(
    walk_weight: float, wait_weight: float, transfer_penalty_s: float, wait_factor: float, max_wait_s: float
) -> None:
    positive = {
        "walk_weight": walk_weight,
        "wait_weight": wait_weight,
        "wait_factor": wait_factor,
        "max_wait_s": max_wait_s,
    }
    faults = [f"{name}={value:g} must be positive" for name, value in positive.items() if not value > 0]
    faults += [f"{name} must be finite" for name, value in positive.items() if name != "max_wait_s" and value == np.inf]
    if not (0 <= transfer_penalty_s < np.inf):
        faults.append(f"transfer_penalty_s={transfer_penalty_s:g} must not be negative")
    if faults:
        raise DemandError("transit options: " + "; ".join(faults))
