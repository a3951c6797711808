"""The graph on which optimal strategies are searched: zones, stops and vehicles in the headways of one period.

Nodes: zones; each stop twice (travellers who wait for what comes, travellers who have alighted), where rare services
call a third time (travellers who come by the timetable); one node per call of a pattern after the first (on board,
arriving there).
Waiting and alighted travellers are kept apart so that every journey holds at least one ride: a walk from zone to stop
to zone is walking, not public transport, and two walks in a row are not chained. A boarding link leads from the stop
straight to the arrival at the next call, so that nobody boards and alights at the same call.

Rare services. With attractive lines of combined mean wait W, travellers stand at the stop for W, but no longer than
`max_wait_s`: beyond, they know the timetable, and shift their journey to the nearest departure, before or after the
moment wished for, which on average is half as far away as the next. What they perceive is ::

    min(wait_weight * W, wait_weight * max_wait_s + adaptation_weight * (W - max_wait_s) / 2)

as long as ``adaptation_weight / 2 <= wait_weight``. Each of both lines is what optimal strategies can search (linear in
W), so the least over all sets of lines is exact: a stop where they wait for what comes, with waits by the first weight,
and a link of fixed cost from it to a second one, with waits by the other weight. Both divide travellers among lines by
their true frequencies.
"""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.access import AccessLegs, HomeEnd
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.headway_waits import HeadwayWaits
from itas_mobility.core.journey_weights import JourneyWeights
from itas_mobility.core.tours import TravelWindow
from itas_mobility.core.transit import TransitNetwork
from itas_mobility.demand.transit.unused_options import changed, refuse_unused
from itas_mobility.errors import DemandError
from itas_mobility.kernels.hyperpath import StrategyGraph

_SHIFT_PER_WAIT = 0.5
"""Mean way in time to the nearest departure, over that to the next."""


@dataclass(frozen=True, eq=False)
class TransitGraph:
    """Backward star of a transit period; made by `transit_graph`, used by skims and assignment."""

    n_zones: int
    in_ptr: LongArray
    tail: IntArray
    head: IntArray
    """Links sorted by head."""
    cost_s: FloatArray
    """Perceived time of the link without what rises with the wait; boardings hold the transfer penalty."""
    wait_cost_s: FloatArray
    """Perceived mean wait of a boarding if it were the only choice; 0 elsewhere."""
    is_boarding: BoolArray
    walk_s: FloatArray
    ride_s: FloatArray
    """Real time of the link outside of vehicles (on foot, or by bicycle or car to the stop) and in the vehicle."""
    wait_s: FloatArray
    adaptation_s: FloatArray
    """Real time at the stop, and shift of the journey, that the link holds whatever is boarded behind it."""
    wait_per_cost: FloatArray
    adaptation_per_cost: FloatArray
    """Of a second of `wait_cost_s` at the node: real wait at the stop, and shift of the journey."""
    board_link: IntArray
    """Links by call of the transit network that board there, for what comes and by the timetable, shape (2, n_calls);
    -1 where there is none."""
    ride_link: IntArray
    alight_link: IntArray
    """Link by call: riding on from, alighting here; -1 where there is none."""

    def at_costs(self, cost_s: FloatArray) -> StrategyGraph:
        """The graph as kernels take it, its links at some costs without waits."""
        return StrategyGraph(
            first_through=self.n_zones,
            in_ptr=self.in_ptr,
            tail=self.tail,
            head=self.head,
            cost=cost_s,
            wait=self.wait_cost_s,
        )


@dataclass(frozen=True, eq=False)
class _Links:
    """Links of one kind; columns left out are 0."""

    tail: LongArray
    head: LongArray
    walk_s: FloatArray | float = 0.0
    ride_s: FloatArray | float = 0.0
    cost_s: FloatArray | float = 0.0
    wait_cost_s: FloatArray | float = 0.0
    wait_s: float = 0.0
    adaptation_s: float = 0.0
    is_boarding: bool = False


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
    departures = (np.maximum(overlap, 0.0)[None, :] / transit.headway_s).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray((end_s - start_s) / departures, dtype=np.float64)


def transit_graph(
    transit: TransitNetwork,
    access: AccessLegs,
    *,
    window: TravelWindow,
    weights: JourneyWeights,
    waits: HeadwayWaits,
    home_end: HomeEnd,
) -> TransitGraph:
    """Build the graph of one period; see `skim_transit` for the meaning of the options.

    Parameters
    ----------
    transit : TransitNetwork
        Stops and patterns.
    access : AccessLegs
        Ways between zones and stops, and walks between stops.
    window : TravelWindow
        Its `start_s` and `end_s` are the period.
    weights : JourneyWeights
        The transfer penalty is here added to every boarding, the caller takes one off again.
    waits : HeadwayWaits
        How long travellers stand at a stop.
    home_end : "origin" or "destination"
        Where legs for the home end alone are used.

    Returns
    -------
    TransitGraph
        Nodes in the order: zones, waiting at stops, coming by the timetable to stops of rare services, alighted at
        stops, on board.

    Raises
    ------
    DemandError
        If an option is out of range or the stops of `access` are not those of `transit`.
    InputError
        If `home_end` is neither of both.
    """
    refuse_unused("headways", changed(window), "for timetables")
    _check_adaptation(weights)
    wait_weight, max_wait_s = weights.wait_weight, waits.max_wait_s
    if access.n_stops != transit.n_stops:
        raise DemandError(
            f"access legs were made for {access.n_stops} stops, the transit network has {transit.n_stops}: "
            "make them again for this network"
        )
    headway_s = mean_headways(transit, window=window)
    n_calls = len(transit.stop)
    calls = np.arange(n_calls, dtype=np.int64)
    is_first = np.zeros(n_calls, dtype=np.bool_)
    is_first[transit.stop_ptr[:-1]] = True
    is_last = np.zeros(n_calls, dtype=np.bool_)
    is_last[transit.stop_ptr[1:] - 1] = True
    mean_wait_s = waits.wait_factor * np.repeat(headway_s, np.diff(transit.stop_ptr))
    runs = np.isfinite(mean_wait_s)

    stop = transit.stop.astype(np.int64)
    boards = calls[runs & ~is_last & transit.may_board]
    # lines of which one alone is waited for no longer than the cap are never worth a timetable
    rare = boards[mean_wait_s[boards] > max_wait_s]
    rare_stops, rare_stop = np.unique(stop[rare], return_inverse=True)
    waiting = access.n_zones
    timed = waiting + transit.n_stops
    alighted = timed + rare_stops.size
    on_board = alighted + transit.n_stops
    rides = calls[runs & ~is_last & ~is_first]
    alights = calls[runs & ~is_first & transit.may_alight]
    all_stops = np.arange(transit.n_stops, dtype=np.int64)
    origin, destination = access.at_ends(home_end)
    shift_weight = weights.adaptation_weight * _SHIFT_PER_WAIT
    kinds = [
        _Links(origin.zone.astype(np.int64), waiting + origin.stop.astype(np.int64), walk_s=origin.time_s),
        _Links(alighted + destination.stop.astype(np.int64), destination.zone.astype(np.int64),
               walk_s=destination.time_s),
        _Links(alighted + access.transfer_from.astype(np.int64), waiting + access.transfer_to.astype(np.int64),
               walk_s=access.transfer_time_s),
        _Links(alighted + all_stops, waiting + all_stops),
        _Links(waiting + stop[boards], on_board + boards + 1, ride_s=transit.run_time_s[boards],
               cost_s=weights.transfer_penalty_s, wait_cost_s=wait_weight * mean_wait_s[boards], is_boarding=True),
        _Links(on_board + rides, on_board + rides + 1, ride_s=transit.run_time_s[rides]),
        _Links(on_board + alights, alighted + stop[alights]),
        _Links(timed + rare_stop, on_board + rare + 1, ride_s=transit.run_time_s[rare],
               cost_s=weights.transfer_penalty_s, wait_cost_s=shift_weight * mean_wait_s[rare], is_boarding=True),
    ]  # fmt: skip
    if rare_stops.size:  # max_wait_s is finite
        kinds.append(
            _Links(waiting + rare_stops, timed + np.arange(rare_stops.size),
                   cost_s=(wait_weight - shift_weight) * max_wait_s,
                   wait_s=max_wait_s, adaptation_s=-_SHIFT_PER_WAIT * max_wait_s)
        )  # fmt: skip
    head = np.concatenate([kind.head for kind in kinds])
    order = np.argsort(head, kind="stable")
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    first_of_kind = np.cumsum([0, *(len(kind.head) for kind in kinds)])

    def link_by_call(kind: int, at_calls: LongArray) -> IntArray:
        link = np.full(n_calls, -1, dtype=np.int32)
        link[at_calls] = place[first_of_kind[kind] : first_of_kind[kind + 1]]
        return link

    def column(name: str) -> FloatArray:
        values = [np.broadcast_to(getattr(kind, name), len(kind.head)) for kind in kinds]
        return np.asarray(np.concatenate(values)[order], dtype=np.float64)

    n_nodes = on_board + n_calls
    in_ptr = np.zeros(n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(head, minlength=n_nodes), out=in_ptr[1:])
    wait_per_cost, adaptation_per_cost = np.zeros(n_nodes), np.zeros(n_nodes)
    wait_per_cost[waiting:timed] = 1.0 / wait_weight
    adaptation_per_cost[timed:alighted] = _SHIFT_PER_WAIT / shift_weight
    walk_s, ride_s = column("walk_s"), column("ride_s")
    return TransitGraph(
        n_zones=access.n_zones,
        in_ptr=in_ptr,
        tail=np.concatenate([kind.tail for kind in kinds])[order].astype(np.int32),
        head=head[order].astype(np.int32),
        cost_s=weights.walk_weight * walk_s + ride_s + column("cost_s"),
        wait_cost_s=column("wait_cost_s"),
        is_boarding=column("is_boarding") > 0,
        walk_s=walk_s,
        ride_s=ride_s,
        wait_s=column("wait_s"),
        adaptation_s=column("adaptation_s"),
        wait_per_cost=wait_per_cost,
        adaptation_per_cost=adaptation_per_cost,
        board_link=np.stack([link_by_call(4, boards), link_by_call(7, rare)]),
        ride_link=link_by_call(5, rides),
        alight_link=link_by_call(6, alights),
    )


def _check_adaptation(weights: JourneyWeights) -> None:
    """Refuse weights with which strategies could not be searched."""
    adaptation_weight, wait_weight = weights.adaptation_weight, weights.wait_weight
    if adaptation_weight == 0.0:
        raise DemandError("headways: adaptation_weight=0 must be positive: rare services would cost nothing")
    if wait_weight < adaptation_weight * _SHIFT_PER_WAIT:
        raise DemandError(
            f"headways: adaptation_weight={adaptation_weight:g} must be at most twice wait_weight={wait_weight:g}: who "
            "knows the timetable would else be worse off than who stands at the stop"
        )
