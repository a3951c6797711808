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

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.bush_growth import new_trail, trace
from itas_mobility.kernels.hierarchy import LANES, Labels


@kernel
def _place(first, end, root, link, flow, tail, head, cost, least_step, latest):
    """Place of each node that trips pass in an order: cost of its dearest used way.

    Links of no cost count as `least_step`, so that the order rises along each of them.
    """
    latest[root] = 0.0
    e = first
    while e < end:
        node = head[link[e]]
        here = -np.inf
        while e < end and head[link[e]] == node:
            row = link[e]
            if flow[e] > 0.0:
                here = max(here, latest[tail[row]] + max(cost[row], least_step))
            e += 1
        if here > -np.inf:
            latest[node] = here


def open_ways(
    network, h, w, first, last, bushes, root, pair_ptr, destination, may_join, tolerance, least_step, sums, out_ptr,
    out_link,
):  # fmt: skip
    """Links on paths of least cost from each origin to its destinations, in topological order.

    What the bush uses stays. Other links join if they belong to a path of least cost and lead on in the order of the
    costs, so that no circle closes.

    Parameters
    ----------
    network : (first_through, ptr, tail, head, into_ptr, into_link)
        Forward star, and backward star: links into node i are ``into_link[into_ptr[i]:into_ptr[i + 1]]``.
    h, w : Hierarchy, Weights
        Costs of the class of the bushes; infinite where it may not drive.
    first, last : int
        Bushes of this class: rows `first` to `last` (exclusive).
    bushes : (ptr, link, flow)
        int64[n_bushes + 1], int32[size], float64[size]; as in `core.result.Bushes`.
    root, pair_ptr, destination
        As in `bush_reading.passing`.
    may_join : bool[n_links]
        Links that may be opened to bushes that do not use them.
    tolerance : float
        Excess cost up to which a path counts as one of least cost.
    least_step : float
        Cost that a link without cost has in the order.
    sums : float64[n_bushes, 2]
        Out: flow x excess cost and flow x cost.
    out_ptr : int64[n_bushes + 1]
        Out; ``out_ptr[first]`` is given.
    out_link : int32[size]
        Out: as many of the links as find room.
    """
    n_nodes, n_links = network[4].size - 1, network[2].size
    labels = Labels(h, w)
    order = (np.empty(n_nodes, np.float64), np.full(n_nodes, -1, np.int64), new_trail(n_nodes))
    visits = (np.empty(n_nodes, np.uint8), np.empty(n_nodes, np.int32), np.empty(n_nodes, np.int64))
    marks = (np.zeros(n_links, np.uint8), np.zeros(n_links, np.uint8))
    serial = 0
    for begin in range(first, last, LANES):
        end = min(begin + LANES, last)
        labels.find(root[begin:end])
        serial = open_batch(
            begin, end, network, w.cost, labels.of_row, labels.row, bushes, root, pair_ptr, destination, may_join,
            tolerance, least_step, sums, out_ptr, out_link, order, visits, marks, serial,
        )  # fmt: skip


@kernel
def _hang(node, k, root, network, cost, label, label_row, lane, least_step, order, serial):
    """Give a node that no trips pass its place in the order: it hangs on one that has a place by a cheapest way."""
    _, _, tail, head, _, _ = network
    latest, known, trail = order
    via = trail[3]
    length = trace(node, root, network, cost, label, label_row, lane, known, k, trail, serial)
    for step in range(length - 1, -1, -1):
        row = via[step]
        latest[head[row]] = latest[tail[row]] + max(cost[row], least_step)
        known[head[row]] = k


@kernel
def open_batch(
    first, last, network, cost, label, label_row, bushes, root, pair_ptr, destination, may_join, tolerance, least_step,
    sums, out_ptr, out_link, order, visits, marks, serial,
):  # fmt: skip
    """Do `open_ways` for at most `LANES` bushes, one for each lane of labels; returns the next serial number.

    Parameters
    ----------
    first, last, network, bushes, root, pair_ptr, destination, may_join, tolerance, least_step, sums, out_ptr, out_link
        As in `open_ways`.
    cost : float64[n_links]
    label, label_row
        See `hierarchy.Labels`.
    order : (latest, known, trail)
        float64[n_nodes], cost of the dearest used way to a node; int64[n_nodes], bush that gave the node its place;
        work space of `bush_growth.trace`.
    visits : (state, stack, resume)
        uint8, int32, int64[n_nodes]: 0 not seen, 1 being looked at, 2 reached, 3 not reached.
    marks : (used, opened)
        uint8[n_links], all 0 before and after.
    serial : int
        Number of the last search for a place.
    """
    first_through, _, tail, head, into_ptr, into_link = network
    ptr, link, flow = bushes
    latest, known, _ = order
    state, stack, resume = visits
    used, opened = marks
    for k in range(first, last):
        lane = k - first
        origin = root[k]
        for node in range(latest.size):
            latest[node] = np.inf
            state[node] = 0
        _place(ptr[k], ptr[k + 1], origin, link, flow, tail, head, cost, least_step, latest)
        known[origin] = k
        sums[k, 0] = 0.0
        sums[k, 1] = 0.0
        for e in range(ptr[k], ptr[k + 1]):
            row = link[e]
            if flow[e] > 0.0:
                used[row] = 1
                known[head[row]] = k
                missed = label[label_row[tail[row]], lane] + cost[row] - label[label_row[head[row]], lane]
                sums[k, 0] += flow[e] * max(missed, 0.0)
                sums[k, 1] += flow[e] * cost[row]
        state[origin] = 2
        at = out_ptr[k]
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            if state[destination[pair]] != 0:
                continue
            depth = 0
            stack[0] = destination[pair]
            resume[0] = into_ptr[stack[0]]
            state[stack[0]] = 1
            while depth >= 0:
                node = stack[depth]
                i = resume[depth]
                deeper = False
                while i < into_ptr[node + 1] and not deeper:
                    row = into_link[i]
                    i += 1
                    before = tail[row]
                    if not used[row]:
                        if not may_join[row] or (before < first_through and before != origin):
                            continue
                        reached = label[label_row[before], lane] + cost[row]
                        if not reached - label[label_row[node], lane] <= tolerance:
                            continue
                        if latest[before] == np.inf:
                            serial += 1
                            _hang(before, k, origin, network, cost, label, label_row, lane, least_step, order, serial)
                        if not latest[before] < latest[node]:
                            continue
                    opened[row] = 1
                    if state[before] == 0:
                        resume[depth] = i
                        depth += 1
                        stack[depth] = before
                        resume[depth] = into_ptr[before]
                        state[before] = 1
                        deeper = True
                if deeper:
                    continue
                state[node] = 3
                depth -= 1
                for i in range(into_ptr[node], into_ptr[node + 1]):
                    row = into_link[i]
                    if opened[row] and state[tail[row]] == 2:
                        state[node] = 2
                        if at < out_link.size:
                            out_link[at] = row
                        at += 1
                    opened[row] = 0
        out_ptr[k + 1] = at
        for e in range(ptr[k], ptr[k + 1]):
            used[link[e]] = 0
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
        As in `bush_reading.passing`.
    kept : bool[n_links]
    n_places, n_nodes : int64[n_bushes]
        Out: number of links and nodes of each bush.
    ways : (place_ptr, node_ptr, way_link, way_tail, way_head)
        int64[n_bushes + 1] twice; int32[size] three times, out: link, and the nodes at its ends, counted from 0 (the
        origin) in each bush. Without places the sizes are only counted.
    node_demand : float64[size]
        Out: demand that ends at each node; those of bush k begin at ``node_ptr[k]``.
    """
    place_ptr, node_ptr, way_link, way_tail, way_head = ways
    most = 0
    for row in range(tail.size):
        most = max(most, tail[row] + 1, head[row] + 1)
    name = np.zeros(most, np.int32)
    write = way_link.size > 0
    for k in range(root.size):
        name[root[k]] = 0
        nodes = 1
        at = place_ptr[k]
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
                    way_link[at] = link[i]
                    way_tail[at] = name[tail[link[i]]]
                    way_head[at] = name[node]
                at += 1
        n_places[k] = at - place_ptr[k]
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
    place_ptr, node_ptr, link, tail, head = ways
    n = matrix.shape[0]
    for i in range(n):
        for j in range(i, n):
            matrix[i, j] = 0.0
    most_nodes = 0
    most_ways = 0
    for k in range(place_ptr.size - 1):
        most_nodes = max(most_nodes, node_ptr[k + 1] - node_ptr[k])
        most_ways = max(most_ways, place_ptr[k + 1] - place_ptr[k])
    expected = np.empty((most_nodes, min(n, most_ways)), np.float64)  # passages of each link on the way to a node
    column = np.full(n, -1, np.int32)
    unknown_at = np.empty(n, np.int32)
    apart = np.empty(n, np.float64)
    apart_at = np.empty(n, np.int32)
    for k in range(place_ptr.size - 1):
        first = node_ptr[k]
        n_columns = 0
        for e in range(place_ptr[k], place_ptr[k + 1]):
            number = unknown[link[e]]
            if number >= 0 and column[number] < 0:
                column[number] = n_columns
                unknown_at[n_columns] = number
                n_columns += 1
        for c in range(n_columns):
            expected[0, c] = 0.0
        e = place_ptr[k]
        while e < place_ptr[k + 1]:
            node = head[e]
            begin = e
            for c in range(n_columns):
                expected[node, c] = 0.0
            while e < place_ptr[k + 1] and head[e] == node:
                for c in range(n_columns):
                    expected[node, c] += share[e] * expected[tail[e], c]
                if unknown[link[e]] >= 0:
                    expected[node, column[unknown[link[e]]]] += share[e]
                e += 1
            if e - begin == 1:
                continue
            for i in range(begin, e):
                own = unknown[link[i]]
                count = 0
                for c in range(n_columns):
                    difference = expected[tail[i], c] - expected[node, c]
                    if unknown_at[c] == own:
                        difference += 1.0
                    if difference != 0.0:
                        apart[count] = difference
                        apart_at[count] = unknown_at[c]
                        count += 1
                trips = share[i] * through[first + node]
                for a in range(count):
                    for b in range(count):
                        if apart_at[a] <= apart_at[b]:
                            matrix[apart_at[a], apart_at[b]] += trips * apart[a] * apart[b]
        for c in range(n_columns):
            column[unknown_at[c]] = -1


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
def write_bushes(bushes, head, root, way_ptr, way_link, way_flow, out_ptr, out_link, out_flow):
    """Bushes with new flows: the ways that carry them, then the earlier bush's ways to nodes where nobody comes by.

    Parameters
    ----------
    bushes : (ptr, link, flow)
        Earlier ones.
    head : int32[n_links]
    root : int32[n_bushes]
    way_ptr, way_link, way_flow : int64[n_bushes + 1], int32[size], float64[size]
        Ways that carry.
    out_ptr : int64[n_bushes + 1]
        Out.
    out_link, out_flow : int32[size], float64[size]
        Out; `size` is at most that of both.
    """
    ptr, link, _ = bushes
    n_nodes = 0
    for row in range(head.size):
        n_nodes = max(n_nodes, head[row] + 1)
    carried_by = np.full(n_nodes, -1, np.int32)
    at = 0
    out_ptr[0] = 0
    for k in range(root.size):
        for e in range(way_ptr[k], way_ptr[k + 1]):
            carried_by[head[way_link[e]]] = k
            out_link[at] = way_link[e]
            out_flow[at] = way_flow[e]
            at += 1
        for e in range(ptr[k], ptr[k + 1]):
            if carried_by[head[link[e]]] != k:
                out_link[at] = link[e]
                out_flow[at] = 0.0
                at += 1
        out_ptr[k + 1] = at
