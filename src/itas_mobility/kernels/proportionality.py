"""Most even route flows that give known link volumes: which ways are open to each origin, and how trips split on them.

Which paths are open is known once costs are: those of least cost. Among all flows on them that add up to the volumes,
that of largest entropy is unique. In it the flow of a path is, for its pair of zones, in proportion to the product of
the *weights* of its links, one weight per link for all origins, destinations and classes. So travellers split alike at
every pair of alternative segments, and all that has to be found are the weights, by Newton's method on the dual.

The steps and their kernels:

1. `open_ways`: per bush the acyclic set of links on paths of least cost to its destinations;
2. `mark_choices`: the links whose volume depends on how trips split;
3. `contract`: bushes without nodes that have one way in, as far as no weight is looked for there;
4. `split`: flows by weights (a walk forwards for what weighs upstream, a walk back that loads);
5. `curvature`: second derivatives of the dual, which are covariances of link flows;
6. `independent`: of the links, as many as determine the volumes of the others;
7. `solve`: the step.

Sources: Bar-Gera, Boyce and Nie (2012), "User-equilibrium route flows and the condition of proportionality",
Transportation Research B 46; Rossi, McNeil and Hendrickson (1989), "Entropy model for consistent impact-fee
assessment", Journal of Urban Planning and Development 115 (largest entropy); Dial (1971) for loads by weights.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.bush import LinkLists
from itas_mobility.kernels.bush_growth import PathCosts, Trail, new_trail, trace
from itas_mobility.kernels.hierarchy import LANES, Labels
from itas_mobility.kernels.stars import Stars

EXCESS, TOTAL = range(2)
"""Columns of what `open_ways` sums up."""
NOT_SEEN, LOOKED_AT, REACHED, NOT_REACHED = range(4)
"""States of a node in `Visits`."""


class Places(NamedTuple):
    """Order of the nodes by the cost of the dearest used way."""

    latest: np.ndarray
    """float64[n_nodes]: cost of the dearest used way to each node; inf where it has no place."""
    known: np.ndarray
    """int64[n_nodes]: bush that gave the node its place."""
    trail: Trail
    """Work space."""


class Visits(NamedTuple):
    """A search back from destinations."""

    state: np.ndarray
    """uint8[n_nodes]."""
    stack: np.ndarray
    resume: np.ndarray
    """int32, int64[n_nodes]: nodes on the way, and where the search goes on among the links into each."""


class Marks(NamedTuple):
    """Marks of links, all 0 before and after."""

    used: np.ndarray
    opened: np.ndarray
    """uint8[n_links]: the bush uses the link; it has been found to belong to a cheapest path."""


class Rules(NamedTuple):
    """Which links may be opened to bushes that do not use them."""

    may_join: np.ndarray
    """bool[n_links]."""
    tolerance: float
    """Excess cost up to which a path counts as one of least cost."""
    least_step: float
    """Cost that a link without cost has in the order."""


class Ways(NamedTuple):
    """Bushes on nodes of their own, counted from 0 (the origin) in each."""

    place_ptr: np.ndarray
    node_ptr: np.ndarray
    """int64[n_bushes + 1]: where the ways and the nodes of each bush begin."""
    link: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    """int32[size]: link, and the nodes at its ends."""


class Columns(NamedTuple):
    """The unknowns of one bush, each with a column of its own."""

    expected: np.ndarray
    """float64[n_nodes, n_columns]: passages of each link on the way to a node."""
    column: np.ndarray
    """int32[n_unknown]: column of each unknown, -1 where the bush does not have it."""
    unknown_at: np.ndarray
    """int32[n_unknown]: unknown of each column."""
    apart: np.ndarray
    apart_at: np.ndarray
    """float64, int32[n_unknown]: how far one way into a node is from the mean of all, and for which unknown."""


@kernel
def _place(k, root, bushes, network, cost, least_step, latest):
    """Place of each node that trips pass in an order: cost of its dearest used way.

    Links of no cost count as `least_step`, so that the order rises along each of them.
    """
    link, tail, head = bushes.link, network.tail, network.head
    latest[root] = 0.0
    e = bushes.ptr[k]
    end = bushes.ptr[k + 1]
    while e < end:
        node = head[link[e]]
        here = -np.inf
        while e < end and head[link[e]] == node:
            row = link[e]
            if bushes.flow[e] > 0.0:
                here = max(here, latest[tail[row]] + max(cost[row], least_step))
            e += 1
        if here > -np.inf:
            latest[node] = here


def open_ways(network, h, w, first, last, bushes, root, pair_ptr, destination, rules, sums, out_ptr, out_link):
    """Links on paths of least cost from each origin to its destinations, in topological order.

    What the bush uses stays. Other links join if they belong to a path of least cost and lead on in the order of the
    costs, so that no circle closes.

    Parameters
    ----------
    network : Stars
    h, w : Hierarchy, Weights
        Costs of the class of the bushes; infinite where it may not drive.
    first, last : int
        Bushes of this class: rows `first` to `last` (exclusive).
    bushes : LinkLists
    root, pair_ptr, destination
        As in `route_use.RouteUse`.
    rules : Rules
    sums : float64[n_bushes, 2]
        Out: flow x excess cost and flow x cost, see `EXCESS`.
    out_ptr : int64[n_bushes + 1]
        Out; ``out_ptr[first]`` is given.
    out_link : int32[size]
        Out: as many of the links as find room.
    """
    n_nodes, n_links = network.ptr.size - 1, network.tail.size
    labels = Labels(h, w)
    costs = PathCosts(w.cost, labels.of_row, labels.row)
    places = np.empty(n_nodes, np.float64), np.full(n_nodes, -1, np.int64), tuple(new_trail(n_nodes))
    visits = Visits(np.empty(n_nodes, np.uint8), np.empty(n_nodes, np.int32), np.empty(n_nodes, np.int64))
    marks = Marks(np.zeros(n_links, np.uint8), np.zeros(n_links, np.uint8))
    arguments = tuple(network), tuple(costs), tuple(bushes)
    space = tuple(visits), tuple(marks)
    serial = 0
    for begin in range(first, last, LANES):
        end = min(begin + LANES, last)
        labels.find(root[begin:end])
        serial = open_batch(
            begin, end, *arguments, root, pair_ptr, destination, tuple(rules), sums, out_ptr, out_link, *places, *space,
            serial,
        )  # fmt: skip


@kernel
def _hang(node, k, root, network, costs, lane, least_step, places, serial):
    """Give a node that no trips pass its place in the order: it hangs on one that has a place by a cheapest way."""
    latest, known, via = places.latest, places.known, places.trail.via
    cost, tail, head = costs.cost, network.tail, network.head
    length = trace(node, root, network, costs, lane, known, k, places.trail, serial)
    for step in range(length - 1, -1, -1):
        row = via[step]
        latest[head[row]] = latest[tail[row]] + max(cost[row], least_step)
        known[head[row]] = k


@kernel
def _mark_used(k, network, costs, lane, bushes, places, marks, sums):
    """Mark the links that a bush uses and the nodes that have a place, and sum up what its trips pay."""
    label, label_row, cost = costs.label, costs.label_row, costs.cost
    tail, head = network.tail, network.head
    sums[k, EXCESS] = 0.0
    sums[k, TOTAL] = 0.0
    for e in range(bushes.ptr[k], bushes.ptr[k + 1]):
        row = bushes.link[e]
        flow = bushes.flow[e]
        if flow > 0.0:
            marks.used[row] = 1
            places.known[head[row]] = k
            missed = label[label_row[tail[row]], lane] + cost[row] - label[label_row[head[row]], lane]
            sums[k, EXCESS] += flow * max(missed, 0.0)
            sums[k, TOTAL] += flow * cost[row]


# Steps of a search that are done for each node or link are inlined: a call would copy all arrays of its tuples.


@kernel(inline=True)
def _may_open(row, node, origin, network, costs, lane, rules):
    """Whether a link that the bush does not use belongs to a path of least cost that it may take."""
    before = network.tail[row]
    if not rules.may_join[row] or (before < network.first_through and before != origin):
        return False
    reached = costs.label[costs.label_row[before], lane] + costs.cost[row]
    return reached - costs.label[costs.label_row[node], lane] <= rules.tolerance


@kernel(inline=True)
def _list_reached(node, network, visits, marks, at, out_link):
    """End the visit of a node: it is reached if a link that was opened leads on from a reached one; lists these."""
    visits.state[node] = NOT_REACHED
    for i in range(network.into_ptr[node], network.into_ptr[node + 1]):
        row = network.into_link[i]
        if marks.opened[row] and visits.state[network.tail[row]] == REACHED:
            visits.state[node] = REACHED
            if at < out_link.size:
                out_link[at] = row
            at += 1
        marks.opened[row] = 0
    return at


@kernel(inline=True)
def _search_back(end, k, origin, network, costs, lane, rules, places, visits, marks, serial, at, out_link):
    """Open the ways that lead to a destination; returns the next serial number, and how far `out_link` is written."""
    state, stack, resume = visits
    latest, into_ptr = places.latest, network.into_ptr
    depth = 0
    stack[0] = end
    resume[0] = into_ptr[end]
    state[end] = LOOKED_AT
    while depth >= 0:
        node = stack[depth]
        i = resume[depth]
        deeper = False
        while i < into_ptr[node + 1] and not deeper:
            row = network.into_link[i]
            i += 1
            before = network.tail[row]
            if not marks.used[row]:
                if not _may_open(row, node, origin, network, costs, lane, rules):
                    continue
                if latest[before] == np.inf:
                    serial += 1
                    _hang(before, k, origin, network, costs, lane, rules.least_step, places, serial)
                if not latest[before] < latest[node]:
                    continue
            marks.opened[row] = 1
            if state[before] == NOT_SEEN:
                resume[depth] = i
                depth += 1
                stack[depth] = before
                resume[depth] = into_ptr[before]
                state[before] = LOOKED_AT
                deeper = True
        if deeper:
            continue
        depth -= 1
        at = _list_reached(node, network, visits, marks, at, out_link)
    return serial, at


@kernel
def open_batch(
    first, last, network, costs, bushes, root, pair_ptr, destination, rules, sums, out_ptr, out_link, latest, known,
    trail, visits, marks, serial,
):  # fmt: skip
    """Do `open_ways` for at most `LANES` bushes, one for each lane of labels; returns the next serial number.

    Parameters
    ----------
    first, last, network, bushes, root, pair_ptr, destination, rules, sums, out_ptr, out_link
        As in `open_ways`.
    costs : PathCosts
    latest, known, trail
        Work space: see `Places`.
    visits, marks : Visits, Marks
        Work space.
    serial : int
        Number of the last search for a place.
    """
    network, costs, bushes, rules = Stars(*network), PathCosts(*costs), LinkLists(*bushes), Rules(*rules)
    places, visits, marks = Places(latest, known, Trail(*trail)), Visits(*visits), Marks(*marks)
    for k in range(first, last):
        lane = k - first
        origin = root[k]
        for node in range(places.latest.size):
            places.latest[node] = np.inf
            visits.state[node] = NOT_SEEN
        _place(k, origin, bushes, network, costs.cost, rules.least_step, places.latest)
        places.known[origin] = k
        _mark_used(k, network, costs, lane, bushes, places, marks, sums)
        visits.state[origin] = REACHED
        at = out_ptr[k]
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            if visits.state[destination[pair]] == NOT_SEEN:
                serial, at = _search_back(
                    destination[pair], k, origin, network, costs, lane, rules, places, visits, marks, serial, at,
                    out_link,
                )  # fmt: skip
        out_ptr[k + 1] = at
        for e in range(bushes.ptr[k], bushes.ptr[k + 1]):
            marks.used[bushes.link[e]] = 0
    return serial


@kernel(allocates=True)
def mark_choices(ptr, link, tail, head, root, is_choice):
    """Mark links that some trips of a bush may pass and others, to the same node, need not.

    From each merge a walk back spreads one unit over the ways. It ends where all of it comes together again.

    Parameters
    ----------
    ptr : int64[n_bushes + 1]
    link : int32[size]
        As `open_ways` gives them.
    tail, head : int32[n_links]
    root : int32[n_bushes]
    is_choice : bool[n_links]
        In and out.
    """
    n_nodes = 0
    for row in range(tail.size):
        n_nodes = max(n_nodes, tail[row] + 1, head[row] + 1)
    n_ways = np.zeros(n_nodes, np.int32)
    waiting = np.zeros(n_nodes, np.uint8)
    for k in range(ptr.size - 1):
        for e in range(ptr[k], ptr[k + 1]):
            n_ways[head[link[e]]] = 0
        for e in range(ptr[k], ptr[k + 1]):
            n_ways[head[link[e]]] += 1
        for last in range(ptr[k + 1] - 1, ptr[k] - 1, -1):
            merge = head[link[last]]
            if n_ways[merge] == 1 or (last + 1 < ptr[k + 1] and head[link[last + 1]] == merge):
                continue
            waiting[merge] = 1
            n_waiting = 1
            e = last
            while e >= ptr[k]:
                node = head[link[e]]
                if not waiting[node]:
                    e -= 1
                    continue
                if n_waiting == 1 and node != merge:
                    break  # all ways lead through this node
                waiting[node] = 0
                n_waiting -= 1
                while e >= ptr[k] and head[link[e]] == node:
                    before = tail[link[e]]
                    is_choice[link[e]] = True
                    n_waiting += not waiting[before]
                    waiting[before] = 1
                    e -= 1
                if n_waiting == 1 and waiting[root[k]]:
                    break
            for i in range(max(e, ptr[k]), last + 1):
                waiting[head[link[i]]] = 0
                waiting[tail[link[i]]] = 0


@kernel(allocates=True)
def contract(ptr, link, tail, head, root, pair_ptr, destination, demand, kept, n_places, n_nodes, ways, node_demand):
    """Bushes on nodes of their own, in which a node with one way in, a link that is not kept, is one with its tail.

    Parameters
    ----------
    ptr : int64[n_bushes + 1]
    link : int32[size]
        As `open_ways` gives them.
    tail, head : int32[n_links]
    root, pair_ptr, destination, demand
        As in `route_use.RouteUse`.
    kept : bool[n_links]
    n_places, n_nodes : int64[n_bushes]
        Out: number of links and nodes of each bush.
    ways : Ways
        Out: `link`, `tail` and `head`. Without room for them the sizes are only counted.
    node_demand : float64[size]
        Out: demand that ends at each node; those of bush k begin at ``node_ptr[k]``.
    """
    ways = Ways(*ways)
    node_ptr = ways.node_ptr
    most = 0
    for row in range(tail.size):
        most = max(most, tail[row] + 1, head[row] + 1)
    name = np.zeros(most, np.int32)
    write = ways.link.size > 0
    for k in range(root.size):
        name[root[k]] = 0
        nodes = 1
        at = ways.place_ptr[k]
        e = ptr[k]
        while e < ptr[k + 1]:
            node = head[link[e]]
            begin = e
            while e < ptr[k + 1] and head[link[e]] == node:
                e += 1
            if e - begin == 1 and not kept[link[begin]]:
                name[node] = name[tail[link[begin]]]
                continue
            name[node] = nodes
            nodes += 1
            for i in range(begin, e):
                if write:
                    ways.link[at] = link[i]
                    ways.tail[at] = name[tail[link[i]]]
                    ways.head[at] = name[node]
                at += 1
        n_places[k] = at - ways.place_ptr[k]
        n_nodes[k] = nodes
        if write:
            for node in range(node_ptr[k], node_ptr[k] + nodes):
                node_demand[node] = 0.0
            for pair in range(pair_ptr[k], pair_ptr[k + 1]):
                node_demand[node_ptr[k] + name[destination[pair]]] += demand[pair]


@kernel(allocates=True)
def split(ways, node_demand, log_weight, share, through, volume):
    """Flows by the weights of links: a path carries of its pair's demand in proportion to the product of its weights.

    Parameters
    ----------
    ways, node_demand
        As `contract` gives them.
    log_weight : float64[n_links]
    share : float64[size]
        Out: share of each way among those into its node.
    through : float64[size]
        Out: flow through each node.
    volume : float64[n_links]
        Out.

    Returns
    -------
    float
        Demand x logarithm of the sum of its paths' weights, over all pairs.
    """
    ways = Ways(*ways)
    place_ptr, node_ptr, link, tail, head = ways
    most = 0
    for k in range(place_ptr.size - 1):
        most = max(most, node_ptr[k + 1] - node_ptr[k])
    log_sum = np.empty(most, np.float64)
    for row in range(volume.size):
        volume[row] = 0.0
    value = 0.0
    for k in range(place_ptr.size - 1):
        first = node_ptr[k]
        log_sum[0] = 0.0
        e = place_ptr[k]
        end = place_ptr[k + 1]
        while e < end:
            node = head[e]
            begin = e
            top = -np.inf
            while e < end and head[e] == node:
                share[e] = log_weight[link[e]] + log_sum[tail[e]]
                top = max(top, share[e])
                e += 1
            total = 0.0
            for i in range(begin, e):
                share[i] = np.exp(share[i] - top)
                total += share[i]
            for i in range(begin, e):
                share[i] /= total
            log_sum[node] = top + np.log(total)
        for node in range(node_ptr[k + 1] - first):
            through[first + node] = node_demand[first + node]
            value += node_demand[first + node] * log_sum[node]
        for e in range(end - 1, place_ptr[k] - 1, -1):
            flow = share[e] * through[first + head[e]]
            through[first + tail[e]] += flow
            volume[link[e]] += flow
    return value


@kernel(allocates=True)
def curvature(ways, share, through, unknown, matrix):
    """Derivatives of link volumes by logarithms of weights: covariances of the numbers of trips on two links.

    At each node trips choose among the ways in. The covariance is the sum over nodes of that between the ways, each
    with what is expected upstream of it.

    Parameters
    ----------
    ways, share, through
        As in `split`.
    unknown : int32[n_links]
        Number of the link among those whose weight is looked for, -1 for others.
    matrix : float64[n_unknown, n_unknown]
        Out: upper triangle.
    """
    ways = Ways(*ways)
    place_ptr, node_ptr, head = ways.place_ptr, ways.node_ptr, ways.head
    n = matrix.shape[0]
    for i in range(n):
        for j in range(i, n):
            matrix[i, j] = 0.0
    most_nodes = 0
    most_ways = 0
    for k in range(place_ptr.size - 1):
        most_nodes = max(most_nodes, node_ptr[k + 1] - node_ptr[k])
        most_ways = max(most_ways, place_ptr[k + 1] - place_ptr[k])
    columns = Columns(
        expected=np.empty((most_nodes, min(n, most_ways)), np.float64),
        column=np.full(n, -1, np.int32),
        unknown_at=np.empty(n, np.int32),
        apart=np.empty(n, np.float64),
        apart_at=np.empty(n, np.int32),
    )
    for k in range(place_ptr.size - 1):
        n_columns = _number_columns(k, ways, unknown, columns)
        for c in range(n_columns):
            columns.expected[0, c] = 0.0
        e = place_ptr[k]
        while e < place_ptr[k + 1]:
            begin = e
            e = _expect(begin, place_ptr[k + 1], ways, share, unknown, n_columns, columns)
            if e - begin == 1:
                continue
            for i in range(begin, e):
                trips = share[i] * through[node_ptr[k] + head[begin]]
                _add_covariances(i, trips, ways, unknown, n_columns, columns, matrix)
        for c in range(n_columns):
            columns.column[columns.unknown_at[c]] = -1


@kernel
def _number_columns(k, ways, unknown, columns):
    """Give each unknown of a bush a column; returns their number."""
    n_columns = 0
    for e in range(ways.place_ptr[k], ways.place_ptr[k + 1]):
        number = unknown[ways.link[e]]
        if number >= 0 and columns.column[number] < 0:
            columns.column[number] = n_columns
            columns.unknown_at[n_columns] = number
            n_columns += 1
    return n_columns


@kernel(inline=True)
def _expect(begin, end, ways, share, unknown, n_columns, columns):
    """What is expected upstream of the node that way `begin` leads to; returns the first way behind it."""
    expected, column = columns.expected, columns.column
    link, tail, head = ways.link, ways.tail, ways.head
    node = head[begin]
    for c in range(n_columns):
        expected[node, c] = 0.0
    e = begin
    while e < end and head[e] == node:
        for c in range(n_columns):
            expected[node, c] += share[e] * expected[tail[e], c]
        if unknown[link[e]] >= 0:
            expected[node, column[unknown[link[e]]]] += share[e]
        e += 1
    return e


@kernel(inline=True)
def _add_covariances(i, trips, ways, unknown, n_columns, columns, matrix):
    """Add what the trips over one way into a node bring: products of how far it is from what is expected there."""
    expected, apart, apart_at, unknown_at = columns.expected, columns.apart, columns.apart_at, columns.unknown_at
    own, tail, head = unknown[ways.link[i]], ways.tail[i], ways.head[i]
    count = 0
    for c in range(n_columns):
        difference = expected[tail, c] - expected[head, c]
        if unknown_at[c] == own:
            difference += 1.0
        if difference != 0.0:
            apart[count] = difference
            apart_at[count] = unknown_at[c]
            count += 1
    for a in range(count):
        for b in range(count):
            if apart_at[a] <= apart_at[b]:
                matrix[apart_at[a], apart_at[b]] += trips * apart[a] * apart[b]


@kernel
def independent(matrix, least, chosen):
    """Choose rows of a symmetric positive semidefinite matrix that are independent and imply the others.

    Parameters
    ----------
    matrix : float64[n, n]
        Upper triangle; overwritten.
    least : float64[n]
        What must be left of a row's diagonal element when the chosen rows before it are eliminated.
    chosen : bool[n]
        Out.
    """
    n = least.size
    for i in range(n):
        chosen[i] = matrix[i, i] > least[i]
        if not chosen[i]:
            continue
        for j in range(i + 1, n):
            if matrix[i, j] != 0.0:
                factor = matrix[i, j] / matrix[i, i]
                for c in range(j, n):
                    matrix[j, c] -= factor * matrix[i, c]


@kernel
def solve(matrix, right):
    """Solve a symmetric positive definite system by elimination.

    A library's solver may add in the order of its threads; this one adds in one order.

    Parameters
    ----------
    matrix : float64[n, n]
        Upper triangle; overwritten.
    right : float64[n]
        In: right-hand side. Out: the solution.
    """
    n = right.size
    for i in range(n):
        for j in range(i + 1, n):
            if matrix[i, j] != 0.0:
                factor = matrix[i, j] / matrix[i, i]
                for c in range(j, n):
                    matrix[j, c] -= factor * matrix[i, c]
                right[j] -= factor * right[i]
    for i in range(n - 1, -1, -1):
        rest = right[i]
        for j in range(i + 1, n):
            rest -= matrix[i, j] * right[j]
        right[i] = rest / matrix[i, i]


@kernel(allocates=True)
def write_bushes(bushes, head, root, ways, out):
    """Bushes with new flows: the ways that carry them, then the earlier bush's ways to nodes where nobody comes by.

    Parameters
    ----------
    bushes : LinkLists
        Earlier ones.
    head : int32[n_links]
    root : int32[n_bushes]
    ways : LinkLists
        Ways that carry.
    out : LinkLists
        Out; as long as both at most.
    """
    bushes, ways, out = LinkLists(*bushes), LinkLists(*ways), LinkLists(*out)
    n_nodes = 0
    for row in range(head.size):
        n_nodes = max(n_nodes, head[row] + 1)
    carried_by = np.full(n_nodes, -1, np.int32)
    at = 0
    out.ptr[0] = 0
    for k in range(root.size):
        for e in range(ways.ptr[k], ways.ptr[k + 1]):
            carried_by[head[ways.link[e]]] = k
            out.link[at] = ways.link[e]
            out.flow[at] = ways.flow[e]
            at += 1
        for e in range(bushes.ptr[k], bushes.ptr[k + 1]):
            if carried_by[head[bushes.link[e]]] != k:
                out.link[at] = bushes.link[e]
                out.flow[at] = 0.0
                at += 1
        out.ptr[k + 1] = at
