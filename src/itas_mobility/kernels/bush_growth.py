"""How bushes come to be and change: ways to destinations, links that join, links that leave.

How bushes lie in memory, and the tuples that kernels take, is told in `kernels.bush`. The labels of true shortest paths
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

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.bush import ROUNDING
from itas_mobility.kernels.hierarchy import LANES, Labels

TIGHT = 2.0**-40
"""A link lies on a shortest path if it misses the label of its head by no more than this share: path labels are sums of
up to some thousand links in different orders, each good to 2^-53."""
NOISE = 2.0**-46
"""Share of a label below which a better one is rounding."""
TOLERATED_EMPTY = 16
"""Empty links that a bush may keep where nothing joins it: rebuilding it costs more than walking them."""


@kernel
def _write(sorted_bush, n_links, n_places, leads_on, final, first, bush):
    """Write a bush, core first, from its links in topological order; returns the number of links in the core.

    `final` (int32[n_places]) becomes the place of each node, which was numbered in the given order.
    """
    sorted_link, sorted_tail, sorted_head, sorted_flow = sorted_bush
    link, tail_place, head_place, flow = bush
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


@kernel
def trace(node, root, network, cost, label, label_row, lane, known, mark, trail, serial):
    """Walk from a node back along tight links to one with ``known[node] == mark``.

    ``via[i]`` leads to ``stack[i]``; the last one comes from the known node. Links without cost may lie in circles, so
    nodes are marked (``seen[node] == serial``), and dead ends are left again.

    Returns
    -------
    int
        Number of links walked, 0 if there is no way.
    """
    first_through, _, tail, _, into_ptr, into_link = network
    seen, stack, resume, via = trail
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
            row = into_link[i]
            i += 1
            before = tail[row]
            if before < first_through and before != root:
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
    network, bushes, demand
        See `kernels.bush`. Places of destinations are set.
    h, w : Hierarchy, Weights
        Costs of the class decide the new ways.
    todo : int64[n]
        Bushes to make, of one class.
    given : (ptr, link, flow)
        int64[n + 1], int32[size] rows of this network or -1, float64[size]: links of the earlier bush of ``todo[i]``,
        in an order in which each comes after all into its tail, those into the same node side by side. What does not
        fit (links that have gone or are closed, and all that hung on them) is left out. Flows are shares for `reload`.
    needed : int64[n]
        Out: size of each bush; one that does not fit its slot is not written.
    lost : uint8[n_pairs]
        Out: set for pairs without a path, whose place is 0.
    """
    n_nodes, n_links = network[1].size - 1, network[2].size
    labels = Labels(h, w)
    place_of = np.full(n_nodes, -1, np.int32)
    node_at, known = np.empty(n_nodes, np.int32), np.full(n_nodes, -1, np.int64)
    trail, sorted_bush = new_trail(n_nodes), _bush_list(n_links)
    leads_on, final = np.empty(n_nodes, np.uint8), np.empty(n_nodes, np.int32)
    places = (place_of, node_at, known, leads_on, final)
    for first in range(thread * LANES, todo.size, n_threads * LANES):
        batch = (first, min(first + LANES, todo.size))
        arguments = (network, w.cost, labels.of_row, labels.row, bushes, demand, todo, given, needed, lost)
        # without anything given, no bush can reach its destinations
        if given[0][-1] > 0 and complete_batch(False, *batch, *arguments, places, trail, sorted_bush):
            continue
        labels.find(bushes[0][todo[slice(*batch)]])
        complete_batch(True, *batch, *arguments, places, trail, sorted_bush)


def new_trail(n_nodes):
    """Work space of `trace`: seen, stack, resume, via."""
    return (
        np.full(n_nodes, -1, np.int64),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int32),
    )


def _bush_list(n_links):
    """Links of one bush in topological order: link, places of tail and head, flow."""
    return np.empty(n_links, np.int32), np.empty(n_links, np.int32), np.empty(n_links, np.int32), np.empty(n_links)


@kernel
def complete_batch(
    has_labels, first, last, network, cost, label, label_row, bushes, demand, todo, given, needed, lost, places, trail,
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
    cost : float64[n_links]
        Cost of the class.
    label, label_row
        See `hierarchy.Labels`.
    places : tuple
        Place of each node, node at each place, bush that knows each node (int32, int32, int64), all [n_nodes]; -1
        everywhere but for the second, before and after. Then uint8[n_nodes] and int32[n_nodes], work space of `_write`.
    trail, sorted_bush : tuple
        Work space.

    Returns
    -------
    bool
        False if labels are needed: call again with them.
    """
    first_through, _, tail, head, _, _ = network
    root, _, start, n_links, n_core, link, tail_place, head_place, flow = bushes
    pair_ptr, destination, _, place = demand
    given_ptr, given_link, given_flow = given
    place_of, node_at, known, leads_on, final = places
    sorted_link, sorted_tail, sorted_head, sorted_flow = sorted_bush
    via = trail[3]
    for i in range(first, last):
        k = todo[i]
        lane = i - first
        place_of[root[k]] = 0
        known[root[k]] = k
        node_at[0] = root[k]
        n_places = np.int64(1)
        count = np.int64(0)
        for e in range(given_ptr[i], given_ptr[i + 1]):
            row = given_link[e]
            if row < 0 or not cost[row] < np.inf or place_of[tail[row]] < 0:
                continue
            before = tail[row]
            node = head[row]
            if before == node or (before < first_through and before != root[k]):
                continue
            if place_of[node] < 0:
                place_of[node] = n_places
                known[node] = k
                node_at[n_places] = node
                n_places += 1
            elif place_of[node] != n_places - 1 or place_of[node] == 0:
                continue
            sorted_link[count] = row
            sorted_tail[count] = place_of[before]
            sorted_head[count] = place_of[node]
            sorted_flow[count] = given_flow[e]
            count += 1
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            node = destination[pair]
            if place_of[node] >= 0:
                continue
            if not has_labels:
                for p in range(n_places):
                    place_of[node_at[p]] = -1
                return False
            length = 0
            if label[label_row[node], lane] < np.inf:
                length = trace(node, root[k], network, cost, label, label_row, lane, known, k, trail, pair)
            lost[pair] = length == 0
            for step in range(length - 1, -1, -1):
                row = via[step]
                node = head[row]
                place_of[node] = n_places
                known[node] = k
                node_at[n_places] = node
                sorted_link[count] = row
                sorted_tail[count] = place_of[tail[row]]
                sorted_head[count] = n_places
                sorted_flow[count] = 0.0
                count += 1
                n_places += 1
        needed[i] = count
        if count <= start[k + 1] - start[k]:
            n_core[k] = _write(
                sorted_bush, count, n_places, leads_on, final, start[k], (link, tail_place, head_place, flow)
            )
            n_links[k] = count
            for pair in range(pair_ptr[k], pair_ptr[k + 1]):
                place[pair] = 0 if lost[pair] else final[place_of[destination[pair]]]
        for p in range(n_places):
            place_of[node_at[p]] = -1
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
    network, bushes, demand
        See `kernels.bush`.
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
    n_nodes, n_links = network[1].size - 1, network[2].size
    n_places = 2 * n_nodes  # a node that is no longer needed may join anew, at another place
    labels = Labels(h, w)
    nodes = (
        np.full(n_nodes, -1, np.int32),  # place of each node
        np.empty(n_places, np.int32),  # node at each place
        np.empty(n_nodes, np.int64),  # first link into each place
        np.empty(n_nodes, np.int64),  # link of the least label
        np.empty(n_nodes, np.float64),  # least label
        np.empty(n_places, np.float64),  # longest label
        np.empty(n_nodes, np.uint8),  # whether trips pass, or need the node to be able to
    )
    joins = (
        np.empty(n_places, np.int32),  # last join into each place, -1 none
        np.empty(n_links, np.int32),  # link
        np.empty(n_links, np.int32),  # place of its tail
        np.empty(n_links, np.int32),  # join into the same place before
    )
    sorting = (np.empty(n_places, np.int32), np.empty(n_nodes, np.int32), np.empty(n_nodes, np.uint8))
    known, trail, sorted_bush = np.full(n_nodes, -1, np.int64), new_trail(n_nodes), _bush_list(n_links)
    serial = 0
    for first in range(thread * LANES, todo.size, n_threads * LANES):
        last = min(first + LANES, todo.size)
        labels.find(bushes[0][todo[first:last]])
        serial = improve_batch(
            first, last, network, w.cost, labels.of_row, labels.row, bushes, demand, empty, enough, todo, excess,
            joined, needed, nodes, joins, known, trail, sorting, sorted_bush, serial,
        )  # fmt: skip


@kernel
def improve_batch(
    first, last, network, cost, label, label_row, bushes, demand, empty, enough, todo, excess, joined, needed, nodes,
    joins, known, trail, sorting, sorted_bush, serial,
):  # fmt: skip
    """Do `improve` for the bushes ``todo[first:last]``.

    Parameters
    ----------
    first, last : int
        At most `LANES` bushes, one for each lane of labels.
    network, bushes, demand, empty, enough, todo, excess, joined, needed
        As in `improve`.
    cost : float64[n_links]
        Cost of the class.
    label, label_row
        See `hierarchy.Labels`.
    nodes, joins, known, trail, sorting, sorted_bush
        Work space, see `improve`.
    serial : int
        Next number by which `trace` marks nodes.

    Returns
    -------
    int
        The next such number.
    """
    head = network[3]
    root = bushes[0]
    n_links = bushes[3]
    for i in range(first, last):
        k = todo[i]
        lane = i - first
        excess[k], n_places, n_kept, is_undercut = _survey(
            k, bushes, demand, empty[k], head, cost, label, label_row, lane, nodes
        )
        needed[i] = n_links[k]
        n_joins = np.int64(0)
        n_all = n_places
        if excess[k] > enough:
            n_joins = _invite(k, n_places, bushes, empty[k], network, cost, nodes, joins)
            if is_undercut:
                n_all, n_joins, serial = _invite_detours(
                    k, n_places, n_joins, root[k], network, cost, label, label_row, lane, nodes, joins, known, trail,
                    serial,
                )  # fmt: skip
            if n_joins > 0 or n_kept + TOLERATED_EMPTY < n_links[k]:
                needed[i] = _rebuild(
                    k, n_places, n_all, bushes, demand, empty[k], nodes, joins, sorted_bush, trail[1], sorting
                )
        joined[i] = n_joins
        for p in range(n_all):
            nodes[0][nodes[1][p]] = -1
    return serial


@kernel
def _survey(k, bushes, demand, empty, head, cost, label, label_row, lane, nodes):
    """Labels of a bush, and which of its nodes are needed.

    Returns
    -------
    tuple
        Excess cost, number of places, number of links that stay, and whether a destination has a better way than the
        bush knows.
    """
    root, _, start, n_links, _, link, tail_place, head_place, flow = bushes
    pair_ptr, destination, amount, place = demand
    place_of, node_at, group, best, low, high, wanted = nodes
    first = start[k]
    end = first + n_links[k]
    place_of[root[k]] = 0
    node_at[0] = root[k]
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
def _invite(k, n_places, bushes, empty, network, cost, nodes, joins):
    """Find links between nodes of a bush that may join it; returns their number."""
    _, _, start, n_links, _, link, _, head_place, flow = bushes
    first_through, ptr, _, head, _, _ = network
    place_of, node_at, group, best, _, high, wanted = nodes
    last_join, join_link, join_tail, join_before = joins
    end = start[k] + n_links[k]
    n_joins = 0
    for p in range(n_places):
        last_join[p] = -1
    for p in range(n_places):
        node = node_at[p]
        if not wanted[p] or (node < first_through and p > 0):
            continue
        for row in range(ptr[node], ptr[node + 1]):
            to = place_of[head[row]]
            if to <= 0 or not high[p] + cost[row] < high[to] * (1.0 - ROUNDING):
                continue
            e = group[to]
            while e < end and head_place[e] == to and (link[e] != row or not (flow[e] > empty or e == best[to])):
                e += 1
            if e < end and head_place[e] == to:  # the shorter of two used ways undercuts the longer
                continue
            join_link[n_joins] = row
            join_tail[n_joins] = p
            join_before[n_joins] = last_join[to]
            last_join[to] = n_joins
            n_joins += 1
    return n_joins


@kernel
def _invite_detours(
    k, n_places, n_joins, root, network, cost, label, label_row, lane, nodes, joins, known, trail, serial
):  # fmt: skip
    """Find shortest ways through nodes outside a bush that may join it.

    Only nodes with a better way than the bush knows are looked at. From each, the shortest path is walked back to a
    node whose label in the bush is true; its parts outside the bush join where they undercut the longest way.

    Returns
    -------
    tuple
        Number of places with the new nodes, number of joins, next serial number.
    """
    tail, head = network[2], network[3]
    place_of, node_at, _, _, low, high, wanted = nodes
    last_join, join_link, join_tail, join_before = joins
    via = trail[3]
    for p in range(n_places):
        if wanted[p] and not low[p] - label[label_row[node_at[p]], lane] > NOISE * low[p]:
            known[node_at[p]] = k
    n_all = n_places
    for p in range(1, n_places):
        if not wanted[p] or known[node_at[p]] == k:
            continue
        length = trace(node_at[p], root, network, cost, label, label_row, lane, known, k, trail, serial)
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
                            last_join[at] = -1
                        join_link[n_joins] = row
                        join_tail[n_joins] = before
                        join_before[n_joins] = last_join[at]
                        last_join[at] = n_joins
                        n_joins += 1
                        before = at
            begin = step - 1
    return n_all, n_joins, serial


@kernel
def _rebuild(k, n_places, n_all, bushes, demand, empty, nodes, joins, sorted_bush, stack, sorting):
    """Write the improved bush, if it fits its slot; returns its size.

    Nodes are placed in the old order, after fetching those that the new ways come from and that stood further behind.
    """
    _, _, start, n_links, n_core, link, tail_place, head_place, flow = bushes
    pair_ptr, _, amount, place = demand
    _, _, group, best, _, _, wanted = nodes
    last_join, join_link, join_tail, join_before = joins
    sorted_link, sorted_tail, sorted_head, sorted_flow = sorted_bush
    placed, final, leads_on = sorting
    end = start[k] + n_links[k]
    for p in range(n_all):
        placed[p] = -1
    placed[0] = 0
    n_placed = np.int64(1)
    count = np.int64(0)
    for p in range(1, n_places):
        if not wanted[p] or placed[p] >= 0:
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
            i = last_join[v]
            while i >= 0:
                if placed[join_tail[i]] < 0:
                    missing = join_tail[i]
                sorted_link[count] = join_link[i]
                sorted_tail[count] = placed[join_tail[i]]
                sorted_head[count] = n_placed
                sorted_flow[count] = 0.0
                count += 1
                i = join_before[i]
            if missing >= 0:
                count = begin
                depth += 1
                stack[depth] = missing
            else:
                placed[v] = n_placed
                n_placed += 1
                depth -= 1
    if count <= start[k + 1] - start[k]:
        n_core[k] = _write(
            sorted_bush, count, n_placed, leads_on, final, start[k], (link, tail_place, head_place, flow)
        )
        n_links[k] = count
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            if amount[pair] > 0.0:
                place[pair] = final[placed[place[pair]]]
    return count


@kernel
def used_links(bushes, out_ptr, out_link, out_flow):
    """Copy the links that trips use, bush after bush.

    Parameters
    ----------
    bushes
        See `kernels.bush`.
    out_ptr : int64[n_bushes + 1]
        Out.
    out_link, out_flow : int32[size], float64[size]
        Out; `size` is at most the sum of `n_links`.
    """
    _, _, start, n_links, _, link, _, _, flow = bushes
    at = 0
    out_ptr[0] = 0
    for k in range(n_links.size):
        for e in range(start[k], start[k] + n_links[k]):
            if flow[e] > 0.0:
                out_link[at] = link[e]
                out_flow[at] = flow[e]
                at += 1
        out_ptr[k + 1] = at


@kernel
def move(n_links, start, lists, new_start, new_lists):
    """Copy bushes from their slots to others.

    Parameters
    ----------
    n_links : int64[n_bushes]
    start, new_start : int64[n_bushes + 1]
        Slots.
    lists, new_lists : tuple of four arrays
        Links, places of tails and heads, flows (see `kernels.bush`).
    """
    link, tail_place, head_place, flow = lists
    new_link, new_tail_place, new_head_place, new_flow = new_lists
    for k in range(n_links.size):
        by = new_start[k] - start[k]
        for e in range(start[k], start[k] + n_links[k]):
            new_link[e + by] = link[e]
            new_tail_place[e + by] = tail_place[e]
            new_head_place[e + by] = head_place[e]
            new_flow[e + by] = flow[e]
