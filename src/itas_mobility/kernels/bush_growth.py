"""How bushes come to be and change: ways to destinations, links that join, links that leave.

How bushes lie in memory is told in `kernels.bush`, with the tuples that hold them. The labels of true shortest paths
come from the contraction hierarchy, for `LANES` bushes at once: ``label[label_row[node], lane]``.

Why no circle can arise
-----------------------
Costs do not change while bushes are improved. With U the cost of the longest way to a node within the bush (over links
that stay), every link that stays has U(tail) + cost <= U(head), and a link may join only if U(tail) + cost < U(head).
Then U never falls along a link, and rises along the new ones: a circle would have to rise and come back. Rounding does
no harm, since sums of numbers that are not negative are monotone in floating point too.

Where a count begins as ``np.int64(0)``, a plain 0 would have a callee compiled once more for that very number.

Sources: Dial (2006) and Nie (2010), "A class of bush-based algorithms for the traffic assignment problem",
Transportation Research B 44 (when links may join a bush).
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.bush import ROUNDING, LinkLists, PlacedDemand, PlacedLinks, named_bushes
from itas_mobility.kernels.hierarchy import LANES, Labels
from itas_mobility.kernels.stars import Stars

TIGHT = 2.0**-40
"""A link lies on a shortest path if it misses the label of its head by no more than this share: path labels are sums of
up to some thousand links in different orders, each good to 2^-53."""
NOISE = 2.0**-46
"""Share of a label below which a better one is rounding."""
TOLERATED_EMPTY = 16
"""Empty links that a bush may keep where nothing joins it: rebuilding it costs more than walking them."""


class PathCosts(NamedTuple):
    """Costs of one user class, and the labels of true shortest paths at these for `LANES` bushes."""

    cost: np.ndarray
    """float64[n_links]; inf where the class may not drive."""
    label: np.ndarray
    label_row: np.ndarray
    """See `hierarchy.Labels`: ``label[label_row[node], lane]``."""


class Trail(NamedTuple):
    """Work space of `trace`, and the way that it has found."""

    seen: np.ndarray
    """int64[n_nodes]: number of the last search that came by."""
    stack: np.ndarray
    """int32[n_nodes]: nodes on the way, the one that it leads to first."""
    resume: np.ndarray
    """int64[n_nodes]: where the search goes on among the links into each of them."""
    via: np.ndarray
    """int32[n_nodes]: link that leads to each of them."""


class NodePlaces(NamedTuple):
    """Places of a bush in the making."""

    place_of: np.ndarray
    """int32[n_nodes]: place of each node; -1 everywhere before and after."""
    node_at: np.ndarray
    """int32[n_nodes]: node at each place."""
    known: np.ndarray
    """int64[n_nodes]: last bush that took in each node."""


class Survey(NamedTuple):
    """What is known about a bush that is to be improved."""

    place_of: np.ndarray
    """int32[n_nodes]: place of each node, -1 outside the bush and, before and after, everywhere."""
    node_at: np.ndarray
    """int32[n_places]: node at each place."""
    group: np.ndarray
    best: np.ndarray
    """int64[n_nodes]: first link into each place, and the link of the least label."""
    low: np.ndarray
    """float64[n_nodes]: least label."""
    high: np.ndarray
    """float64[n_places]: longest label."""
    wanted: np.ndarray
    """uint8[n_nodes]: whether trips pass a place, or need it to be able to."""


class Joins(NamedTuple):
    """Links that are to join a bush, in lists by the place they lead to."""

    last: np.ndarray
    """int32[n_places]: last join into each place, -1 none."""
    link: np.ndarray
    tail_place: np.ndarray
    before: np.ndarray
    """int32[n_links]: row of the network, place of its tail, and the join into the same place before."""


class Order(NamedTuple):
    """Work space for the order in which places are written."""

    placed: np.ndarray
    """int32[n_places]: place in topological order, -1 for those that have none yet."""
    final: np.ndarray
    """int32[n_nodes]: place of those with the core first."""
    leads_on: np.ndarray
    """uint8[n_nodes]: whether a merge is reached from there."""


@kernel
def _write(sorted_bush, n_links, n_places, order, first, placed):
    """Write a bush, core first, from its links in topological order; returns the number of links in the core.

    `order.final` becomes the place of each node, which was numbered in the given order.
    """
    sorted_link, sorted_tail, sorted_head, sorted_flow = sorted_bush
    link, tail_place, head_place, flow = placed
    leads_on, final = order.leads_on, order.final
    for p in range(n_places):
        leads_on[p] = 0
    for e in range(n_links - 1, -1, -1):
        p = sorted_head[e]
        if e > 0 and sorted_head[e - 1] == p:
            leads_on[p] = 1
        if leads_on[p]:
            leads_on[sorted_tail[e]] = 1
    leads_on[0] = 1
    count = 0
    for core in (1, 0):
        for p in range(n_places):
            if leads_on[p] == core:
                final[p] = count
                count += 1
    at = first
    n_core = 0
    for core in (1, 0):
        for e in range(n_links):
            if leads_on[sorted_head[e]] == core:
                link[at] = sorted_link[e]
                tail_place[at] = final[sorted_tail[e]]
                head_place[at] = final[sorted_head[e]]
                flow[at] = sorted_flow[e]
                at += 1
        if core:
            n_core = at - first
    return n_core


@kernel(internal=True)
def trace(node, root, network, costs, lane, known, mark, trail, serial):
    """Walk from a node back along tight links to one with ``known[node] == mark``.

    ``via[i]`` leads to ``stack[i]``; the last one comes from the known node. Links without cost may lie in circles, so
    nodes are marked (``seen[node] == serial``), and dead ends are left again.

    Returns
    -------
    int
        Number of links walked, 0 if there is no way.
    """
    seen, stack, resume, via = trail
    cost, label, label_row = costs
    into_ptr = network.into_ptr
    depth = 0
    stack[0] = node
    resume[0] = into_ptr[node]
    seen[node] = serial
    while depth >= 0:
        node = stack[depth]
        bound = label[label_row[node], lane] * (1.0 + TIGHT)
        deeper = False
        i = resume[depth]
        while i < into_ptr[node + 1]:
            row = network.into_link[i]
            i += 1
            before = network.tail[row]
            if before < network.first_through and before != root:
                continue
            if seen[before] == serial or not label[label_row[before], lane] + cost[row] <= bound:
                continue
            via[depth] = row
            if known[before] == mark:
                return depth + 1
            seen[before] = serial
            resume[depth] = i
            depth += 1
            stack[depth] = before
            resume[depth] = into_ptr[before]
            deeper = True
            break
        if not deeper:
            depth -= 1
    return 0


def complete(thread, n_threads, network, h, w, bushes, demand, todo, given, needed, lost):
    """Make bushes of what is given of earlier ones, and add shortest ways to destinations that they do not reach.

    Parameters
    ----------
    thread, n_threads : int
        Bushes do not depend on each other: batch i of `LANES` entries of `todo` is done by thread i mod n_threads.
    network, bushes, demand : Stars, PlacedBushes, PlacedDemand
        Places of destinations are set.
    h, w : Hierarchy, Weights
        Costs of the class decide the new ways.
    todo : int64[n]
        Bushes to make, of one class.
    given : LinkLists
        Earlier bush of ``todo[i]``; links that this network does not have are -1. What does not fit (links that have
        gone or are closed, and all that hung on them) is left out. Flows are shares for `reload`.
    needed : int64[n]
        Out: size of each bush; one that does not fit its slot is not written.
    lost : uint8[n_pairs]
        Out: set for pairs without a path, whose place is 0.
    """
    n_nodes, n_links = network.ptr.size - 1, network.tail.size
    labels = Labels(h, w)
    costs = tuple(PathCosts(w.cost, labels.of_row, labels.row))
    places = NodePlaces(
        place_of=np.full(n_nodes, -1, np.int32),
        node_at=np.empty(n_nodes, np.int32),
        known=np.full(n_nodes, -1, np.int64),
    )
    bundles = (places, new_trail(n_nodes), _new_order(n_nodes, n_nodes), _bush_list(n_links))
    space = [tuple(bundle) for bundle in bundles]
    arguments = (tuple(network), costs, bushes.plain(), tuple(demand), todo, tuple(given), needed, lost)
    is_given = given.ptr[-1] > 0
    for first in range(thread * LANES, todo.size, n_threads * LANES):
        batch = (first, min(first + LANES, todo.size))
        # without anything given, no bush can reach its destinations
        if is_given and complete_batch(False, *batch, *arguments, *space):
            continue
        labels.find(bushes.root[todo[slice(*batch)]])
        complete_batch(True, *batch, *arguments, *space)


def new_trail(n_nodes):
    """Work space of `trace`."""
    return Trail(
        seen=np.full(n_nodes, -1, np.int64),
        stack=np.empty(n_nodes, np.int32),
        resume=np.empty(n_nodes, np.int64),
        via=np.empty(n_nodes, np.int32),
    )


def _new_order(n_nodes, n_places):
    """Work space for `Order`."""
    return Order(
        placed=np.empty(n_places, np.int32),
        final=np.empty(n_nodes, np.int32),
        leads_on=np.empty(n_nodes, np.uint8),
    )


def _bush_list(n_links):
    """Room for the links of one bush in topological order."""
    ends = np.empty(n_links, np.int32), np.empty(n_links, np.int32)
    return PlacedLinks(np.empty(n_links, np.int32), *ends, np.empty(n_links))


@kernel(inline=True)
def _append(row, flow, count, n_places, network, places, sorted_bush):
    """Write one more link of a bush in the making: from a node it knows to the last one that it took in."""
    place_of = places.place_of
    sorted_bush.link[count] = row
    sorted_bush.tail_place[count] = place_of[network.tail[row]]
    sorted_bush.head_place[count] = n_places
    sorted_bush.flow[count] = flow


@kernel(inline=True)
def _take_in(node, k, n_places, places):
    """Give a node its place in bush k."""
    places.place_of[node] = n_places
    places.known[node] = k
    places.node_at[n_places] = node


@kernel
def _take_over(i, k, root, network, cost, given, places, sorted_bush):
    """Take over what fits of an earlier bush; returns the numbers of places and links."""
    place_of = places.place_of
    _take_in(root, k, np.int64(0), places)
    n_places = np.int64(1)
    count = np.int64(0)
    for e in range(given.ptr[i], given.ptr[i + 1]):
        row = given.link[e]
        if row < 0 or not cost[row] < np.inf or place_of[network.tail[row]] < 0:
            continue
        before = network.tail[row]
        node = network.head[row]
        if before == node or (before < network.first_through and before != root):
            continue
        if place_of[node] < 0:
            _take_in(node, k, n_places, places)
            n_places += 1
        elif place_of[node] != n_places - 1 or place_of[node] == 0:
            continue
        _append(row, given.flow[e], count, n_places - 1, network, places, sorted_bush)
        count += 1
    return n_places, count


@kernel(inline=True)
def _forget(n_places, places):
    """Take all places away again."""
    for p in range(n_places):
        places.place_of[places.node_at[p]] = -1


@kernel
def complete_batch(
    has_labels, first, last, network, costs, bushes, demand, todo, given, needed, lost, places, trail, order,
    sorted_bush,
):  # fmt: skip
    """Do `complete` for the bushes ``todo[first:last]``.

    Parameters
    ----------
    has_labels : bool
        Whether labels are found; bushes that reach all destinations need none.
    first, last : int
        At most `LANES` bushes, one for each lane of labels.
    network, bushes, demand, todo, given, needed, lost
        As in `complete`.
    costs : PathCosts
    places, trail, order, sorted_bush : NodePlaces, Trail, Order, PlacedLinks
        Work space.

    Returns
    -------
    bool
        False if labels are needed: call again with them.
    """
    network, costs, bushes, demand = Stars(*network), PathCosts(*costs), named_bushes(bushes), PlacedDemand(*demand)
    given, places, trail = LinkLists(*given), NodePlaces(*places), Trail(*trail)
    order, sorted_bush = Order(*order), PlacedLinks(*sorted_bush)
    place_of = places.place_of
    for i in range(first, last):
        k = todo[i]
        lane = i - first
        root = bushes.root[k]
        n_places, count = _take_over(i, k, root, network, costs.cost, given, places, sorted_bush)
        for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
            node = demand.destination[pair]
            if place_of[node] >= 0:
                continue
            if not has_labels:
                _forget(n_places, places)
                return False
            length = 0
            if costs.label[costs.label_row[node], lane] < np.inf:
                length = trace(node, root, network, costs, lane, places.known, k, trail, pair)
            lost[pair] = length == 0
            for step in range(length - 1, -1, -1):
                row = trail.via[step]
                _take_in(network.head[row], k, n_places, places)
                _append(row, 0.0, count, n_places, network, places, sorted_bush)
                count += 1
                n_places += 1
        needed[i] = count
        if count <= bushes.start[k + 1] - bushes.start[k]:
            bushes.n_core[k] = _write(sorted_bush, count, n_places, order, bushes.start[k], bushes.placed)
            bushes.n_links[k] = count
            for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
                demand.place[pair] = 0 if lost[pair] else order.final[place_of[demand.destination[pair]]]
        _forget(n_places, places)
    return True


def improve(thread, n_threads, network, h, w, bushes, demand, empty, enough, todo, excess, joined, needed):
    """Measure the excess cost of bushes against true shortest paths, and give them better links.

    Costs do not change meanwhile, so bushes do not depend on each other. Links without flow leave (a node that trips
    pass keeps the shortest way in), and links join that undercut the longest way to their head: links between two nodes
    of the bush, and shortest ways through nodes outside where the bush has none.

    Parameters
    ----------
    thread, n_threads, todo
        As in `complete`.
    network, bushes, demand : Stars, PlacedBushes, PlacedDemand
    h, w : Hierarchy, Weights
        Costs of the class at the volumes that the bushes' flows add up to.
    empty : float64[n_bushes]
        Flow up to which a link of the bush counts as empty.
    enough : float
        Excess cost up to which a bush is left as it is.
    excess : float64[n_bushes]
        Out: TSTT - SPTT of the bush, as sum of terms that are not negative: at merges flow x (label of tail + cost -
        label of head) with least labels within the bush, and for each destination demand x (least label within the bush
        - label of the true shortest path). None is a difference of totals.
    joined : int64[n]
        Out: number of links that joined.
    needed : int64[n]
        Out: size of each bush; one that does not fit its slot is left as it is.
    """
    n_nodes, n_links = network.ptr.size - 1, network.tail.size
    n_places = 2 * n_nodes  # a node that is no longer needed may join anew, at another place
    labels = Labels(h, w)
    costs = PathCosts(w.cost, labels.of_row, labels.row)
    survey = Survey(
        place_of=np.full(n_nodes, -1, np.int32),
        node_at=np.empty(n_places, np.int32),
        group=np.empty(n_nodes, np.int64),
        best=np.empty(n_nodes, np.int64),
        low=np.empty(n_nodes, np.float64),
        high=np.empty(n_places, np.float64),
        wanted=np.empty(n_nodes, np.uint8),
    )
    joins = Joins(
        last=np.empty(n_places, np.int32),
        link=np.empty(n_links, np.int32),
        tail_place=np.empty(n_links, np.int32),
        before=np.empty(n_links, np.int32),
    )
    known = np.full(n_nodes, -1, np.int64)
    bundles = (survey, joins, new_trail(n_nodes), _new_order(n_nodes, n_places), _bush_list(n_links))
    space = [tuple(bundle) for bundle in bundles]
    arguments = (tuple(network), tuple(costs), bushes.plain(), tuple(demand), empty, enough, todo)
    serial = 0
    for first in range(thread * LANES, todo.size, n_threads * LANES):
        last = min(first + LANES, todo.size)
        labels.find(bushes.root[todo[first:last]])
        serial = improve_batch(first, last, *arguments, excess, joined, needed, known, *space, serial)


@kernel
def improve_batch(
    first, last, network, costs, bushes, demand, empty, enough, todo, excess, joined, needed, known, survey, joins,
    trail, order, sorted_bush, serial,
):  # fmt: skip
    """Do `improve` for the bushes ``todo[first:last]``.

    Parameters
    ----------
    first, last : int
        At most `LANES` bushes, one for each lane of labels.
    network, bushes, demand, empty, enough, todo, excess, joined, needed
        As in `improve`.
    costs : PathCosts
    known : int64[n_nodes]
        Work space: last bush in which the label of each node was known to be true.
    survey, joins, trail, order, sorted_bush : Survey, Joins, Trail, Order, PlacedLinks
        Work space.
    serial : int
        Next number by which `trace` marks nodes.

    Returns
    -------
    int
        The next such number.
    """
    network, costs, bushes, demand = Stars(*network), PathCosts(*costs), named_bushes(bushes), PlacedDemand(*demand)
    survey, joins, trail = Survey(*survey), Joins(*joins), Trail(*trail)
    order, sorted_bush = Order(*order), PlacedLinks(*sorted_bush)
    n_links = bushes.n_links
    for i in range(first, last):
        k = todo[i]
        lane = i - first
        excess[k], n_places, n_kept, is_undercut = _survey(
            k, bushes, demand, empty[k], network.head, costs, lane, survey
        )
        needed[i] = n_links[k]
        n_joins = np.int64(0)
        n_all = n_places
        if excess[k] > enough:
            n_joins = _invite(k, n_places, bushes, empty[k], network, costs.cost, survey, joins)
            if is_undercut:
                n_all, n_joins, serial = _invite_detours(
                    k, n_places, n_joins, bushes.root[k], network, costs, lane, survey, joins, known, trail, serial
                )
            if n_joins > 0 or n_kept + TOLERATED_EMPTY < n_links[k]:
                needed[i] = _rebuild(
                    k, n_places, n_all, bushes, demand, empty[k], survey, joins, sorted_bush, trail.stack, order
                )
        joined[i] = n_joins
        for p in range(n_all):
            survey.place_of[survey.node_at[p]] = -1
    return serial


@kernel
def _survey(k, bushes, demand, empty, head, costs, lane, survey):
    """Labels of a bush, and which of its nodes are needed.

    Returns
    -------
    tuple
        Excess cost, number of places, number of links that stay, and whether a destination has a better way than the
        bush knows.
    """
    cost, label, label_row = costs
    link, tail_place, head_place, flow = bushes.placed
    pair_ptr, destination, amount, place = demand
    place_of, node_at, group, best, low, high, wanted = survey
    first = bushes.start[k]
    end = first + bushes.n_links[k]
    place_of[bushes.root[k]] = 0
    node_at[0] = bushes.root[k]
    low[0] = 0.0
    high[0] = 0.0
    wanted[0] = 1
    excess = 0.0
    n_places = 1
    n_kept = 0
    n_idle = 0
    e = first
    while e < end:
        p = head_place[e]
        row = link[e]
        node = head[row]
        place_of[node] = p
        node_at[p] = node
        group[p] = e
        n_places += 1
        q = tail_place[e]
        least = low[q] + cost[row]
        longest = high[q] + cost[row]
        used = flow[e] > empty
        begin = e
        chosen = e
        e += 1
        if e < end and head_place[e] == p:
            ways = 1 if used else 0
            if not used:
                longest = -np.inf
            while e < end and head_place[e] == p:
                q = tail_place[e]
                step = cost[link[e]]
                if low[q] + step < least:
                    least = low[q] + step
                    chosen = e
                if flow[e] > empty:
                    ways += 1
                    longest = max(longest, high[q] + step)
                e += 1
            used = ways > 0
            if not flow[chosen] > empty:
                ways += 1
                longest = max(longest, high[tail_place[chosen]] + cost[link[chosen]])
            for i in range(begin, e):
                excess += flow[i] * (low[tail_place[i]] + cost[link[i]] - least)
            n_kept += ways - 1
        low[p] = least
        high[p] = longest
        best[p] = chosen
        wanted[p] = used
        if not used:
            n_idle += 1
    n_kept += n_places - 1
    if n_idle > 0:
        for p in range(n_places - 1, 0, -1):
            if wanted[p]:
                wanted[tail_place[best[p]]] = 1
            else:
                place_of[node_at[p]] = -1
                n_kept -= 1
    is_undercut = False
    for pair in range(pair_ptr[k], pair_ptr[k + 1]):
        saved = low[place[pair]] - label[label_row[destination[pair]], lane]
        if amount[pair] > 0.0 and saved > NOISE * low[place[pair]]:
            excess += amount[pair] * saved
            is_undercut = True
    return excess, n_places, n_kept, is_undercut


@kernel
def _invite(k, n_places, bushes, empty, network, cost, survey, joins):
    """Find links between nodes of a bush that may join it; returns their number."""
    placed, place_of, high = bushes.placed, survey.place_of, survey.high
    end = bushes.start[k] + bushes.n_links[k]
    n_joins = 0
    for p in range(n_places):
        joins.last[p] = -1
    for p in range(n_places):
        node = survey.node_at[p]
        if not survey.wanted[p] or (node < network.first_through and p > 0):
            continue
        for row in range(network.ptr[node], network.ptr[node + 1]):
            to = place_of[network.head[row]]
            if to <= 0 or not high[p] + cost[row] < high[to] * (1.0 - ROUNDING):
                continue
            e = survey.group[to]
            while (
                e < end
                and placed.head_place[e] == to
                and (placed.link[e] != row or not (placed.flow[e] > empty or e == survey.best[to]))
            ):
                e += 1
            if e < end and placed.head_place[e] == to:  # the shorter of two used ways undercuts the longer
                continue
            _join(row, p, to, n_joins, joins)
            n_joins += 1
    return n_joins


@kernel(inline=True)  # else compiled for each mixture of types of its numbers
def _join(row, from_place, to_place, number, joins):
    """Put a link among those that are to join."""
    joins.link[number] = row
    joins.tail_place[number] = from_place
    joins.before[number] = joins.last[to_place]
    joins.last[to_place] = number


@kernel
def _invite_detours(k, n_places, n_joins, root, network, costs, lane, survey, joins, known, trail, serial):
    """Find shortest ways through nodes outside a bush that may join it.

    Only nodes with a better way than the bush knows are looked at. From each, the shortest path is walked back to a
    node whose label in the bush is true; its parts outside the bush join where they undercut the longest way.

    Returns
    -------
    tuple
        Number of places with the new nodes, number of joins, next serial number.
    """
    cost, label, label_row = costs
    tail, head, via = network.tail, network.head, trail.via
    place_of, node_at, low, high = survey.place_of, survey.node_at, survey.low, survey.high
    for p in range(n_places):
        if survey.wanted[p] and not low[p] - label[label_row[node_at[p]], lane] > NOISE * low[p]:
            known[node_at[p]] = k
    n_all = n_places
    for p in range(1, n_places):
        if not survey.wanted[p] or known[node_at[p]] == k:
            continue
        length = trace(node_at[p], root, network, costs, lane, known, k, trail, serial)
        serial += 1
        begin = length - 1
        for step in range(length - 1, -1, -1):
            to = place_of[head[via[step]]]
            known[head[via[step]]] = k
            if to < 0:
                continue
            before = place_of[tail[via[begin]]]
            if begin > step and before >= 0:
                longest = high[before]
                for i in range(begin, step - 1, -1):
                    longest += cost[via[i]]
                if longest < high[to] * (1.0 - ROUNDING):
                    for i in range(begin, step - 1, -1):
                        row = via[i]
                        at = to
                        if i > step:
                            at = n_all
                            n_all += 1
                            node_at[at] = head[row]
                            place_of[head[row]] = at
                            high[at] = high[before] + cost[row]
                            joins.last[at] = -1
                        _join(row, before, at, n_joins, joins)
                        n_joins += 1
                        before = at
            begin = step - 1
    return n_all, n_joins, serial


@kernel
def _rebuild(k, n_places, n_all, bushes, demand, empty, survey, joins, sorted_bush, stack, order):
    """Write the improved bush, if it fits its slot; returns its size.

    Nodes are placed in the old order, after fetching those that the new ways come from and that stood further behind.
    """
    link, tail_place, head_place, flow = bushes.placed
    sorted_link, sorted_tail, sorted_head, sorted_flow = sorted_bush
    group, best, placed = survey.group, survey.best, order.placed
    end = bushes.start[k] + bushes.n_links[k]
    for p in range(n_all):
        placed[p] = -1
    placed[0] = 0
    n_placed = np.int64(1)
    count = np.int64(0)
    for p in range(1, n_places):
        if not survey.wanted[p] or placed[p] >= 0:
            continue
        depth = 0
        stack[0] = p
        while depth >= 0:
            v = stack[depth]
            missing = -1
            begin = count
            if v < n_places:
                e = group[v]
                while e < end and head_place[e] == v:
                    if flow[e] > empty or e == best[v]:
                        if placed[tail_place[e]] < 0:
                            missing = tail_place[e]
                        sorted_link[count] = link[e]
                        sorted_tail[count] = placed[tail_place[e]]
                        sorted_head[count] = n_placed
                        sorted_flow[count] = flow[e]
                        count += 1
                    e += 1
            i = joins.last[v]
            while i >= 0:
                before = joins.tail_place[i]
                if placed[before] < 0:
                    missing = before
                sorted_link[count] = joins.link[i]
                sorted_tail[count] = placed[before]
                sorted_head[count] = n_placed
                sorted_flow[count] = 0.0
                count += 1
                i = joins.before[i]
            if missing >= 0:
                count = begin
                depth += 1
                stack[depth] = missing
            else:
                placed[v] = n_placed
                n_placed += 1
                depth -= 1
    if count <= bushes.start[k + 1] - bushes.start[k]:
        bushes.n_core[k] = _write(sorted_bush, count, n_placed, order, bushes.start[k], bushes.placed)
        bushes.n_links[k] = count
        for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
            if demand.amount[pair] > 0.0:
                demand.place[pair] = order.final[placed[demand.place[pair]]]
    return count


@kernel
def used_links(bushes, used):
    """Copy the links that trips use, bush after bush.

    Parameters
    ----------
    bushes : PlacedBushes
    used : LinkLists
        Out; room for at most the sum of `n_links`.
    """
    bushes, used = named_bushes(bushes), LinkLists(*used)
    at = 0
    used.ptr[0] = 0
    for k in range(bushes.n_links.size):
        for e in range(bushes.start[k], bushes.start[k] + bushes.n_links[k]):
            if bushes.placed.flow[e] > 0.0:
                used.link[at] = bushes.placed.link[e]
                used.flow[at] = bushes.placed.flow[e]
                at += 1
        used.ptr[k + 1] = at


@kernel
def move(n_links, start, placed, new_start, new_placed):
    """Copy bushes from their slots to others.

    Parameters
    ----------
    n_links : int64[n_bushes]
    start, new_start : int64[n_bushes + 1]
        Slots.
    placed, new_placed : PlacedLinks
        What lies in them.
    """
    placed, new_placed = PlacedLinks(*placed), PlacedLinks(*new_placed)
    for k in range(n_links.size):
        by = new_start[k] - start[k]
        for e in range(start[k], start[k] + n_links[k]):
            new_placed.link[e + by] = placed.link[e]
            new_placed.tail_place[e + by] = placed.tail_place[e]
            new_placed.head_place[e + by] = placed.head_place[e]
            new_placed.flow[e + by] = placed.flow[e]
