"""Optimal strategies on lines with headways (Spiess & Florian 1989, Transportation Research B 23(2)).

A boarding has a mean wait w when it is the only one taken; with several at a stop the traveller boards the first that
comes, so that the rates 1 / w add up: the mean wait is 1 / sum(1 / w), and each is taken with probability
(1 / w) / sum(1 / w). A boarding is attractive if riding on from it costs less than all that the strategy at the stop
costs. Where travellers plan ahead, exactly one boarding of the journey has a wait of its own kind
(`LineGraph.planned`), and which one is theirs to choose.

Only stops wait in the heap, each with up to four labels: waiting there after the planned boarding, alighted after it,
coming before it, alighted before it. When the label of those who have alighted is settled, it is carried back along the
patterns that call there, as far as it betters what is known, and every boarding on the way is offered to its stop. What
is offered later never costs less than what is settled, so the attractive boardings of a settled stop stay.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel

N_SUMS = 7
"""Sums of a strategy: waits at random, waits by plan, ways outside of vehicles, rides (all as costs), boardings,
boardings of marked patterns, and what was given with the legs."""


class LineGraph(NamedTuple):
    """Lines, and the ways to their stops, in one period."""

    call_ptr: np.ndarray
    """int64[n_patterns + 1]: the calls of pattern i are rows ``call_ptr[i]:call_ptr[i + 1]``."""
    first_call: np.ndarray
    """int64[n_calls]: the first call of its pattern."""
    stop: np.ndarray
    """int32[n_calls]."""
    run: np.ndarray
    """float64[n_calls]: cost of riding from the call to the next one."""
    random: np.ndarray
    planned: np.ndarray
    """float64[n_calls]: mean wait of boarding there, at random and by plan, if it were the only choice; positive, inf
    where nobody boards."""
    is_marked: np.ndarray
    """bool[n_calls]: boardings that are counted apart."""
    boarding: float
    """Cost of each boarding besides its wait."""
    plans: bool
    """Whether one boarding of each journey is planned."""
    alight_ptr: np.ndarray
    alight_call: np.ndarray
    """int64[n_stops + 1], int64[n_alightings]: calls at which people alight, by stop."""
    begin_ptr: np.ndarray
    begin_stop: np.ndarray
    begin_cost: np.ndarray
    begin_extra: np.ndarray
    """int64[n_zones + 1], int32, float64 and float64[n_legs]: ways from zones to stops, with what is summed apart."""
    end_ptr: np.ndarray
    end_stop: np.ndarray
    end_cost: np.ndarray
    end_extra: np.ndarray
    """Ways from stops to zones, by zone; likewise."""
    walk_ptr: np.ndarray
    walk_from: np.ndarray
    walk_cost: np.ndarray
    """int64[n_stops + 1], int32 and float64[n_walks]: ways between stops, by the stop to which they lead."""


class Strategy(NamedTuple):
    """Strategy to one zone, and the work space in which it is found.

    Nodes are 4 kinds of n_stops: waiting and alighted after the planned boarding, coming and alighted before it. Sets
    are 3 kinds of n_stops: boarding at random after the planned boarding, by plan, at random before it.
    """

    key: np.ndarray
    """float64[n_nodes]: expected cost to the destination, inf where there is no way."""
    onward: np.ndarray
    """int32[n_nodes]: of those who have alighted, the node to which they go on; -1 for the destination."""
    way: np.ndarray
    extra: np.ndarray
    """float64[n_nodes]: cost of that way, and what is summed apart."""
    label: np.ndarray
    rate: np.ndarray
    """float64[n_sets]: expected cost of the set, and sum of 1 / wait over it."""
    first: np.ndarray
    """int32[n_sets]: the cheapest boarding of each set, the others follow in `after`; -1 for none."""
    through: np.ndarray
    after: np.ndarray
    """float64 and int32[3, n_calls]: cost of boarding at a call without the wait, and the next one in its set."""
    on_board: np.ndarray
    target: np.ndarray
    """float64 and int32[2, n_calls]: cost of those who arrive at a call in a vehicle, after and before the planned
    boarding, and the call at which they alight."""
    heap: np.ndarray
    place: np.ndarray
    """int32[n_nodes]: work space."""
    order: np.ndarray
    """int32[n_nodes]: settled nodes by rising cost."""


@kernel(internal=True, allocates=True)
def _new_strategy(n_stops, n_calls):
    """Arrays that `find_strategy` fills."""
    n_nodes, n_sets = 4 * n_stops, 3 * n_stops
    return Strategy(
        key=np.empty(n_nodes),
        onward=np.empty(n_nodes, np.int32),
        way=np.empty(n_nodes),
        extra=np.empty(n_nodes),
        label=np.empty(n_sets),
        rate=np.empty(n_sets),
        first=np.empty(n_sets, np.int32),
        through=np.empty((3, n_calls)),
        after=np.empty((3, n_calls), np.int32),
        on_board=np.empty((2, n_calls)),
        target=np.empty((2, n_calls), np.int32),
        heap=np.empty(n_nodes, np.int32),
        place=np.empty(n_nodes, np.int32),
        order=np.empty(n_nodes, np.int32),
    )


@kernel
def _raise_up(item, hole, heap, place, key):
    """Move `item` from position `hole` of the 4-ary heap towards the root."""
    value = key[item]
    while hole > 0:
        parent = (hole - 1) >> 2
        if key[heap[parent]] <= value:
            break
        heap[hole] = heap[parent]
        place[heap[hole]] = hole
        hole = parent
    heap[hole] = item
    place[item] = hole


@kernel
def _take_first(size, heap, place, key):
    """Take the first of `size` items out of the heap and mark it as settled."""
    first = heap[0]
    place[first] = -2
    size -= 1
    if size > 0:
        moved = heap[size]
        value = key[moved]
        hole = 0
        while True:
            child = 4 * hole + 1
            if child >= size:
                break
            best = child
            for other in range(child + 1, min(child + 4, size)):
                if key[heap[other]] < key[heap[best]]:
                    best = other
            if key[heap[best]] >= value:
                break
            heap[hole] = heap[best]
            place[heap[hole]] = hole
            hole = best
        heap[hole] = moved
        place[moved] = hole
    return first


@kernel(inline=True)
def _lower(node, value, size, strategy):
    """Lower the key of a node that is not settled; return the size of the heap."""
    strategy.key[node] = value
    if strategy.place[node] == -1:
        _raise_up(node, size, strategy.heap, strategy.place, strategy.key)
        return size + 1
    _raise_up(node, strategy.place[node], strategy.heap, strategy.place, strategy.key)
    return size


@kernel(inline=True)
def _walk_to(node, value, onward, way, extra, size, strategy):
    """Let those who have alighted at a node go on if that is better; return the size of the heap."""
    if value >= strategy.key[node]:
        return size
    strategy.onward[node] = onward
    strategy.way[node] = way
    strategy.extra[node] = extra
    return _lower(node, value, size, strategy)


@kernel(inline=True)
def _offer(kind, node, at, call, value, waits, size, strategy):
    """Offer a boarding to a set: `at` is the set's row, `node` its stop's; return the size of the heap."""
    label, rate, first = strategy.label, strategy.rate, strategy.first
    # a boarding that costs no less than the node, by whichever of its sets, can better none of them below that
    if value >= strategy.key[node] or waits[call] == np.inf or strategy.place[node] == -2:
        return size
    through, after = strategy.through[kind], strategy.after[kind]
    # out of the chain, if it was in it, and in again at its place
    before, other = -1, first[at]
    while other >= 0 and other != call:
        before, other = other, after[other]
    if other == call:
        if before >= 0:
            after[before] = after[call]
        else:
            first[at] = after[call]
    through[call] = value
    before, other = -1, first[at]
    while other >= 0 and (through[other] < value or (through[other] == value and other < call)):
        before, other = other, after[other]
    after[call] = other
    if before >= 0:
        after[before] = call
    else:
        first[at] = call
    cost, total = np.inf, 0.0
    before, other = -1, first[at]
    while other >= 0:
        if through[other] >= cost:
            after[before] = -1
            break
        share = 1.0 / waits[other]
        if before < 0:
            cost = waits[other] + through[other]
        else:
            cost = (total * cost + share * through[other]) / (total + share)
        total += share
        before, other = other, after[other]
    label[at] = cost
    rate[at] = total
    if cost < strategy.key[node]:
        return _lower(node, cost, size, strategy)
    return size


@kernel(inline=True)
def _carry_back(part, alighted, call, graph, size, strategy):
    """Carry the cost of those who alight at a call back along its pattern; return the size of the heap."""
    n_stops = graph.alight_ptr.size - 1
    on_board, target = strategy.on_board[part], strategy.target[part]
    value = strategy.key[alighted]
    if value >= on_board[call]:
        return size
    on_board[call] = value
    target[call] = call
    while call > graph.first_call[call]:
        value = graph.run[call - 1] + on_board[call]
        to = target[call]
        call -= 1
        stop = graph.stop[call]
        # on the way after the planned boarding people may board at random or by plan, on that before it at random
        for kind in range(2 * part, 2 * part + (2 if part == 0 and graph.plans else 1)):
            node = stop if kind == 0 else 2 * n_stops + stop
            waits = graph.planned if kind == 1 else graph.random
            size = _offer(kind, node, kind * n_stops + stop, call, value + graph.boarding, waits, size, strategy)
        if value >= on_board[call]:
            break
        on_board[call] = value
        target[call] = to
    return size


@kernel(internal=True)
def find_strategy(zone, graph, strategy):
    """Find the strategy of least expected cost from every stop to one zone.

    Parameters
    ----------
    zone : int
        Zone to which all travel.
    graph : LineGraph
        Where they travel.
    strategy : Strategy
        Filled.

    Returns
    -------
    int
        Number of settled nodes.
    """
    key, heap, place, order = strategy.key, strategy.heap, strategy.place, strategy.order
    n_stops = graph.alight_ptr.size - 1
    key[:] = np.inf
    place[:] = -1
    strategy.label[:] = np.inf
    strategy.rate[:] = 0.0
    strategy.first[:] = -1
    strategy.on_board[:] = np.inf
    size = 0
    for leg in range(graph.end_ptr[zone], graph.end_ptr[zone + 1]):
        cost = graph.end_cost[leg]
        node = n_stops + graph.end_stop[leg]
        size = _walk_to(node, cost, -1, cost, graph.end_extra[leg], size, strategy)
    settled = 0
    while size > 0:
        node = _take_first(size, heap, place, key)
        size -= 1
        order[settled] = node
        settled += 1
        kind, stop = node // n_stops, node % n_stops
        part = kind // 2
        if kind % 2 == 1:
            for row in range(graph.alight_ptr[stop], graph.alight_ptr[stop + 1]):
                size = _carry_back(part, node, graph.alight_call[row], graph, size, strategy)
        else:
            alighted = (kind + 1) * n_stops
            size = _walk_to(alighted + stop, key[node], node, 0.0, 0.0, size, strategy)
            for walk in range(graph.walk_ptr[stop], graph.walk_ptr[stop + 1]):
                cost = graph.walk_cost[walk]
                to = alighted + graph.walk_from[walk]
                size = _walk_to(to, key[node] + cost, node, cost, 0.0, size, strategy)
    return settled


@kernel
def _best_leg(zone, graph, strategy):
    """The leg by which people set out from a zone, and what their journey costs; -1 and inf where there is none."""
    n_stops = graph.alight_ptr.size - 1
    best, least = -1, np.inf
    for leg in range(graph.begin_ptr[zone], graph.begin_ptr[zone + 1]):
        node = graph.begin_stop[leg] + (2 * n_stops if graph.plans else 0)
        cost = graph.begin_cost[leg] + strategy.key[node]
        if cost < least:
            best, least = leg, cost
    return best, least


@kernel
def _set_of(node, n_stops, strategy):
    """Kind of the set by which people board at a node where they wait or come."""
    if node < n_stops:
        return 0
    stop = node - 2 * n_stops
    return 1 if strategy.label[n_stops + stop] <= strategy.label[2 * n_stops + stop] else 2


@kernel
def _sum_up(settled, graph, strategy, along, expected):
    """Fill what is expected of the journeys from all settled nodes."""
    n_stops = graph.alight_ptr.size - 1
    for position in range(settled):
        node = strategy.order[position]
        sums = expected[node]
        if node // n_stops % 2 == 1:
            onward = strategy.onward[node]
            for a in range(N_SUMS):
                sums[a] = expected[onward, a] if onward >= 0 else 0.0
            sums[2] += strategy.way[node]
            sums[6] += strategy.extra[node]
            continue
        kind = _set_of(node, n_stops, strategy)
        at = kind * n_stops + node % n_stops
        waits = graph.planned if kind == 1 else graph.random
        target = strategy.target[kind // 2]
        rate = strategy.rate[at]
        for a in range(N_SUMS):
            sums[a] = 0.0
        sums[kind % 2] = 1.0 / rate
        call = strategy.first[at]
        while call >= 0:
            share = 1.0 / (waits[call] * rate)
            to = target[call + 1]
            then = expected[(1 + kind // 2 * 2) * n_stops + graph.stop[to]]
            for a in range(N_SUMS):
                sums[a] += share * then[a]
            sums[3] += share * (along[to] - along[call])
            sums[4] += share
            if graph.is_marked[call]:
                sums[5] += share
            call = strategy.after[kind, call]


@kernel(allocates=True)
def _along(graph):
    """Cost of riding from the first call of its pattern to each call."""
    along = np.zeros(graph.stop.size)
    for call in range(graph.stop.size):
        if call > graph.first_call[call]:
            along[call] = along[call - 1] + graph.run[call - 1]
    return along


@kernel(allocates=True)
def _skim_some(low, high, destinations, graph, along, total, sums):
    """Fill the columns `low` to `high` - 1 of the results of `skim_strategies`."""
    n_stops = graph.alight_ptr.size - 1
    strategy = _new_strategy(n_stops, graph.stop.size)
    expected = np.empty((4 * n_stops, N_SUMS))
    for column in range(low, high):
        settled = find_strategy(destinations[column], graph, strategy)
        _sum_up(settled, graph, strategy, along, expected)
        for zone in range(total.shape[0]):
            leg, cost = _best_leg(zone, graph, strategy)
            total[zone, column] = cost
            if leg < 0:
                continue
            node = graph.begin_stop[leg] + (2 * n_stops if graph.plans else 0)
            for a in range(N_SUMS):
                sums[a, zone, column] = expected[node, a]
            sums[2, zone, column] += graph.begin_cost[leg]
            sums[6, zone, column] += graph.begin_extra[leg]


@kernel(parallel=True)
def skim_strategies(destinations, graph, n_blocks):
    """Expected cost of the best strategies between zones, and what it is made of.

    Parameters
    ----------
    destinations : int32[n_destinations]
        Zones.
    graph : LineGraph
        Where people travel.
    n_blocks : int
        Fixed number of blocks of destinations worked in parallel.

    Returns
    -------
    total : float64[n_zones, n_destinations]
        Expected cost, inf where there is no way.
    sums : float64[N_SUMS, n_zones, n_destinations]
        Its parts, see `N_SUMS`; inf where there is no way.
    """
    n_zones, n_dest = graph.begin_ptr.size - 1, destinations.size
    total = np.full((n_zones, n_dest), np.inf)
    sums = np.full((N_SUMS, n_zones, n_dest), np.inf)
    along = _along(graph)
    for block in prange(n_blocks):
        low = block * n_dest // n_blocks
        high = (block + 1) * n_dest // n_blocks
        if low < high:
            _skim_some(low, high, destinations, graph, along, total, sums)
    return total, sums


@kernel(allocates=True)
def _load_some(low, high, destinations, trips, graph, boarded, alighted):
    """Add the trips to the destinations `low` to `high` - 1; return the lost ones, all waits and all ways."""
    n_stops = graph.alight_ptr.size - 1
    lost, waited, walked = 0.0, 0.0, 0.0
    strategy = _new_strategy(n_stops, graph.stop.size)
    through = np.empty(4 * n_stops)
    for column in range(low, high):
        demanded = 0.0
        for zone in range(trips.shape[0]):
            demanded += trips[zone, column]
        if demanded == 0.0:
            continue
        settled = find_strategy(destinations[column], graph, strategy)
        through[:] = 0.0
        for zone in range(trips.shape[0]):
            persons = trips[zone, column]
            if persons == 0.0:
                continue
            leg, _ = _best_leg(zone, graph, strategy)
            if leg < 0 or zone == destinations[column]:
                lost += persons
            else:
                through[graph.begin_stop[leg] + (2 * n_stops if graph.plans else 0)] += persons
                walked += persons * graph.begin_cost[leg]
        for back in range(settled):
            node = strategy.order[settled - 1 - back]
            persons = through[node]
            if persons == 0.0:
                continue
            if node // n_stops % 2 == 1:
                walked += persons * strategy.way[node]
                if strategy.onward[node] >= 0:
                    through[strategy.onward[node]] += persons
                continue
            kind = _set_of(node, n_stops, strategy)
            at = kind * n_stops + node % n_stops
            waits = graph.planned if kind == 1 else graph.random
            waited += persons / strategy.rate[at]
            call = strategy.first[at]
            while call >= 0:
                part = persons / (waits[call] * strategy.rate[at])
                to = strategy.target[kind // 2, call + 1]
                boarded[call] += part
                alighted[to] += part
                through[(1 + kind // 2 * 2) * n_stops + graph.stop[to]] += part
                call = strategy.after[kind, call]
    return lost, waited, walked


@kernel(parallel=True)
def load_strategies(destinations, trips, graph, n_blocks):
    """Load trips on the lines by the best strategies; blocks are added up in fixed order.

    Parameters
    ----------
    destinations : int32[n_destinations]
        Zones.
    trips : float64[n_zones, n_destinations]
        From zone i to ``destinations[j]``.
    graph, n_blocks
        As in `skim_strategies`.

    Returns
    -------
    boarded, alighted : float64[n_calls]
        Persons who board and alight at each call.
    lost : float
        Trips without a way, and those from a zone to itself.
    waited, walked : float
        Sums of the waits and of the ways outside of vehicles of all trips, as costs.
    """
    n_calls, n_dest = graph.stop.size, trips.shape[1]
    boarded = np.zeros((n_blocks, n_calls))
    alighted = np.zeros((n_blocks, n_calls))
    sums = np.zeros((n_blocks, 3))
    for block in prange(n_blocks):
        low = block * n_dest // n_blocks
        high = (block + 1) * n_dest // n_blocks
        if low < high:
            lost, waited, walked = _load_some(low, high, destinations, trips, graph, boarded[block], alighted[block])
            sums[block, 0] = lost
            sums[block, 1] = waited
            sums[block, 2] = walked
    for block in range(1, n_blocks):
        for call in range(n_calls):
            boarded[0, call] += boarded[block, call]
            alighted[0, call] += alighted[block, call]
        for a in range(3):
            sums[0, a] += sums[block, a]
    return boarded[0].copy(), alighted[0].copy(), sums[0, 0], sums[0, 1], sums[0, 2]
