"""Bushes: per origin an acyclic set of links that carries its trips, and the moves that bring them to equilibrium.

How a bush lies in memory
-------------------------
All bushes share two long arrays, ``link`` (rows of the network) and ``flow`` (veh/h of this origin on that link). Bush
k owns the slot ``start[k]`` to ``start[k + 1]`` and fills its first ``n_links[k]`` places. There is no list of nodes:

- links with the same head stand side by side (a *group*, the ways into one node), and
- groups stand in topological order: a link comes after all links into its tail.

So one walk forwards meets each node after all nodes before it, one walk backwards after all nodes behind it, and the
node of a group is the head of its links. A node with one way in needs one place, a *merge* several.

The first ``n_core[k]`` places are the *core*: merges and all that lies on the way to one. The rest of the bush is a
tree behind the core, where there is nothing to choose; it is only walked when labels of all nodes are wanted.

Who overwrites what
-------------------
``link``, ``n_links`` and ``n_core`` change in `grow`, `improve` and `adopt` alone, ``flow`` also in `balance` and
`reload`. Volumes, costs and slopes of the links are shared by all bushes: `reload` adds up volumes, `balance` keeps all
three in step with each shift. Labels belong to one bush for a moment and are work space.

Tuples that the kernels take
----------------------------
network : (first_through, ptr, tail, head, into_ptr, into_link)
    Forward star, and backward star: links into node i are ``into_link[into_ptr[i]:into_ptr[i + 1]]``.
delay : (links, table)
    float64[n_links, 8]: kind, free_time, capacity, alpha, beta, fixed, preload, marginal of `volume_delay.costs`, side
    by side because a shift wants all of one link at once; float64[n, 4] as there.
bushes : (start, n_links, n_core, link, flow)
    int64[n_origins + 1], int64[n_origins], int64[n_origins], int32[size], float64[size].
demand : (origin, pair_ptr, destination, amount)
    As in `loading.load_trees`.

Sources: Dial (2006), "A path-based user-equilibrium traffic assignment algorithm that obviates path storage and
enumeration", Transportation Research B 40 (Algorithm B: shift between longest and shortest path to each merge); Nie
(2010), "A class of bush-based algorithms for the traffic assignment problem", Transportation Research B 44 (when links
may join a bush); Bar-Gera (2002) for per-origin flows without cycles.
"""

import numpy as np
from numba import prange

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.shortest_path import shortest_tree
from itas_mobility.kernels.volume_delay import link_cost, link_cost_slope

LEAST_SHARE = 1e-13
"""Share of a node's largest way in below which another counts as empty: the rounding that emptying it leaves behind."""
ROUNDING = 2.0**-50
"""Relative difference of two path costs that is rounding (a few units in the last place of a sum of links)."""
TOLERATED_FLIP = 0.1
"""A shift may turn the cost difference round to this share of what it was; beyond, it is taken back in part."""
SHIFT_TRIALS = 60
"""Ends the search for a shift; halving alone has then cut it down to rounding."""
TOLERATED_EMPTY = 16
"""Empty links that a bush may keep where nothing joins it: rebuilding it costs more than walking them."""


@kernel
def _fill(array, value):
    """Set all of an array (a loop compiles several times quicker than a slice)."""
    for i in range(array.size):
        array[i] = value


@kernel
def _update(delay, row, volume, cost, slope):
    """Cost and slope of one link at its volume."""
    links, table = delay
    kind = np.uint8(links[row, 0])
    free_time = links[row, 1]
    capacity = links[row, 2]
    alpha = links[row, 3]
    beta = links[row, 4]
    at = max(volume[row] + links[row, 6], 0.0)
    marginal = links[row, 7] != 0.0
    cost[row] = links[row, 5] + link_cost(marginal, kind, free_time, capacity, alpha, beta, table, at)
    slope[row] = link_cost_slope(marginal, kind, free_time, capacity, alpha, beta, table, at)


@kernel
def _write(sorted_link, sorted_flow, count, tail, head, leads_on, first, link, flow):
    """Write a bush, core first, from its links in topological order; returns the size of the core.

    `leads_on` (uint8[n_nodes]) is zero before and after.
    """
    for e in range(count - 1, -1, -1):
        row = sorted_link[e]
        node = head[row]
        if e > 0 and head[sorted_link[e - 1]] == node:
            leads_on[node] = 1
        if leads_on[node]:
            leads_on[tail[row]] = 1
    at = first
    for e in range(count):
        row = sorted_link[e]
        if leads_on[head[row]]:
            link[at] = row
            flow[at] = sorted_flow[e]
            at += 1
    n_core = at - first
    for e in range(count):
        row = sorted_link[e]
        if not leads_on[head[row]]:
            link[at] = row
            flow[at] = sorted_flow[e]
            at += 1
    _fill(leads_on, 0)
    return n_core


@kernel
def _sort(root, in_bush, into_ptr, into_link, tail, state, stack, resume, sorted_link):
    """Topological order of the links with `in_bush` set, by depth-first search backwards; returns their number.

    A link that closes a circle is dropped (its mark is taken off). `state` is work space of n_nodes.
    """
    count = 0
    _fill(state, 0)
    state[root] = 2
    for begin in range(state.size):
        if state[begin] != 0:
            continue
        depth = 0
        stack[0] = begin
        resume[0] = into_ptr[begin]
        state[begin] = 1
        while depth >= 0:
            node = stack[depth]
            i = resume[depth]
            end = into_ptr[node + 1]
            deeper = False
            while i < end:
                row = into_link[i]
                i += 1
                if in_bush[row]:
                    before = tail[row]
                    if state[before] == 0:
                        resume[depth] = i
                        depth += 1
                        stack[depth] = before
                        resume[depth] = into_ptr[before]
                        state[before] = 1
                        deeper = True
                        break
                    if state[before] == 1:
                        in_bush[row] = 0
            if deeper:
                continue
            state[node] = 2
            depth -= 1
            for i in range(into_ptr[node], end):
                if in_bush[into_link[i]]:
                    sorted_link[count] = into_link[i]
                    count += 1
    return count


@kernel
def grow(network, delay, demand, bushes, follow, volume, cost, slope):
    """First bushes: each origin's shortest tree.

    Parameters
    ----------
    network, delay, demand, bushes
        See the module. Slots must hold n_nodes - 1 links.
    follow : bool
        Whether each origin meets the costs that the ones before have caused (a better start), or all the same `cost`.
    volume, cost, slope : float64[n_links]
        Of the links; kept in step if `follow`.

    Notes
    -----
    Flows are left at zero: `reload` puts the demand on the trees.
    """
    first_through, ptr, tail, head, _, _ = network
    start, n_links, n_core, link, flow = bushes
    origin, pair_ptr, destination, amount = demand
    n_nodes = ptr.size - 1
    dist = np.empty(n_nodes, np.float64)
    through = np.zeros(n_nodes, np.float64)
    pred = np.empty(n_nodes, np.int32)
    heap = np.empty(n_nodes, np.int32)
    place = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int32)
    for k in range(origin.size):
        n = shortest_tree(origin[k], first_through, ptr, head, cost, dist, pred, heap, place, order)
        first = start[k]
        for i in range(1, n):
            link[first + i - 1] = pred[order[i]]
            flow[first + i - 1] = 0.0
        n_links[k] = n - 1
        n_core[k] = 0
        if not follow:
            continue
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            if dist[destination[pair]] < np.inf:
                through[destination[pair]] += amount[pair]
        for i in range(n - 1, 0, -1):
            node = order[i]
            passing = through[node]
            if passing > 0.0:
                through[node] = 0.0
                row = pred[node]
                through[tail[row]] += passing
                volume[row] += passing
                _update(delay, row, volume, cost, slope)
        through[origin[k]] = 0.0


@kernel
def find_lost(network, demand, bushes, lost):
    """Mark pairs whose destination is not in the bush of their origin (`lost`: uint8[n_pairs])."""
    _, ptr, _, head, _, _ = network
    start, n_links, _, link, _ = bushes
    origin, pair_ptr, destination, _ = demand
    known = np.zeros(ptr.size - 1, np.uint8)
    for k in range(origin.size):
        _fill(known, 0)
        for e in range(start[k], start[k] + n_links[k]):
            known[head[link[e]]] = 1
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            lost[pair] = 1 - known[destination[pair]]


@kernel(parallel=True)
def reload(network, demand, bushes, block_volume):
    """Make flows carry the demand exactly: each node's flow comes in by the shares in which it came in before.

    Ways of next to no share are emptied. A node that had no flow takes the first of its ways. Rounding that shifts have
    piled up is gone afterwards, and so is any difference to another demand.

    Parameters
    ----------
    network, demand, bushes
        See the module. Every destination with demand must be in its bush.
    block_volume : float64[n_blocks, n_links]
        Out: volume of each block of origins (origin k belongs to block k mod n_blocks).
    """
    for block in prange(block_volume.shape[0]):
        _reload_block(np.int64(block), block_volume.shape[0], network, demand, bushes, block_volume[block])


@kernel
def _reload_block(block, n_blocks, network, demand, bushes, load):
    """`reload` for the origins of one block."""
    _, ptr, tail, head, _, _ = network
    start, n_links, _, link, flow = bushes
    origin, pair_ptr, destination, amount = demand
    through = np.zeros(ptr.size - 1, np.float64)
    _fill(load, 0.0)
    for k in range(block, origin.size, n_blocks):
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            through[destination[pair]] += amount[pair]
        first = start[k]
        end = first + n_links[k]
        while end > first:
            node = head[link[end - 1]]
            begin = end - 1
            while begin > first and head[link[begin - 1]] == node:
                begin -= 1
            passing = through[node]
            through[node] = 0.0
            if passing <= 0.0:
                for e in range(begin, end):
                    flow[e] = 0.0
            else:
                most = 0.0
                for e in range(begin, end):
                    most = max(most, flow[e])
                total = 0.0
                for e in range(begin, end):
                    if flow[e] <= LEAST_SHARE * most:
                        flow[e] = 0.0
                    total += flow[e]
                if total <= 0.0:
                    flow[begin] = passing
                elif abs(passing - total) > ROUNDING * total:  # what fits stays, so that a second call changes nothing
                    factor = passing / total
                    for e in range(begin, end):
                        flow[e] *= factor
                for e in range(begin, end):
                    row = link[e]
                    through[tail[row]] += flow[e]
                    load[row] += flow[e]
            end = begin
        through[origin[k]] = 0.0


@kernel
def _least_labels(root, first, end, link, tail, head, cost, least, best):
    """Least cost from the root to each node within the bush, and the place of the link it comes by."""
    least[root] = 0.0
    best[root] = -1
    e = first
    while e < end:
        row = link[e]
        node = head[row]
        label = least[tail[row]] + cost[row]
        place = e
        e += 1
        while e < end:
            row = link[e]
            if head[row] != node:
                break
            other = least[tail[row]] + cost[row]
            if other < label:
                label = other
                place = e
            e += 1
        least[node] = label
        best[node] = place


@kernel
def _settle(root, first_through, ptr, head, cost, label, queue, waiting, put):
    """Bring labels that are not too low down to the shortest-path costs: first-in first-out label correcting.

    `label[node, 0]` is meant. The first `put` nodes of `queue` are those whose label has been lowered; `waiting`
    (uint8[n_nodes]) is set for them and zero for all others, and for all in the end.
    """
    get = 0
    count = put
    n_nodes = label.shape[0]
    if put == n_nodes:
        put = 0
    while count > 0:
        node = queue[get]
        get = get + 1 if get + 1 < n_nodes else 0
        count -= 1
        waiting[node] = 0
        if node < first_through and node != root:
            continue
        from_here = label[node, 0]
        for row in range(ptr[node], ptr[node + 1]):
            to = head[row]
            if from_here + cost[row] < label[to, 0]:
                label[to, 0] = from_here + cost[row]
                if waiting[to] == 0:
                    waiting[to] = 1
                    queue[put] = to
                    put = put + 1 if put + 1 < n_nodes else 0
                    count += 1


@kernel
def _improve_block(block, n_blocks, network, bushes, origin, empty, cost, pending, excess, joined, needed):
    """`improve` for the origins of one block."""
    first_through, ptr, tail, head, _, _ = network
    start, n_links, n_core, link, flow = bushes
    n_nodes = ptr.size - 1
    n_rows = tail.size
    label = np.empty((n_nodes, 2), np.float64)  # least and longest, side by side as they are looked up together
    within = np.empty(n_nodes, np.float64)  # least label within the bush, when `label` has come down to the true one
    carries = np.zeros(n_nodes, np.uint8)
    group = np.empty(n_nodes, np.int64)
    best = np.empty(n_nodes, np.int64)
    queue = np.empty(n_nodes, np.int32)
    mark = np.zeros(n_nodes, np.uint8)
    chosen = np.full(n_nodes, -1, np.int32)  # where nobody comes by: better way in; elsewhere: last way that joins
    joins = np.empty(n_rows, np.int32)
    joins_before = np.empty(n_rows, np.int32)
    sorted_link = np.empty(n_rows, np.int32)
    sorted_flow = np.empty(n_rows, np.float64)
    for k in range(block, origin.size, n_blocks):
        if not pending[k]:
            continue
        root = origin[k]
        first = start[k]
        end = first + n_links[k]
        for node in range(n_nodes):
            label[node, 0] = np.inf
            label[node, 1] = np.inf
        label[root, 0] = 0.0
        label[root, 1] = 0.0
        # labels of the bush without its empty links
        dropped = 0
        e = first
        while e < end:
            row = link[e]
            node = head[row]
            before = tail[row]
            group[node] = e
            best[node] = e
            low = label[before, 0] + cost[row]
            used = flow[e] > empty[k]
            carries[node] = used
            high = label[before, 1] + cost[row]
            begin = e
            e += 1
            if e < end and head[link[e]] == node:
                if not used:
                    high = -np.inf
                ways = 1 if used else 0
                while e < end:
                    row = link[e]
                    if head[row] != node:
                        break
                    before = tail[row]
                    here = label[before, 0] + cost[row]
                    if here < low:
                        low = here
                        best[node] = e
                    if flow[e] > empty[k]:
                        carries[node] = 1
                        ways += 1
                        high = max(high, label[before, 1] + cost[row])
                    e += 1
                row = link[best[node]]
                if not flow[best[node]] > empty[k]:
                    ways += 1
                    high = max(high, label[tail[row], 1] + cost[row])
                dropped += e - begin - ways
            label[node, 0] = low
            label[node, 1] = high
            within[node] = low
        # one look at all links: which undercut a least label, which a longest one
        n_lower = 0
        n_candidates = 0
        for node in range(n_nodes):
            if not label[node, 0] < np.inf or (node < first_through and node != root):
                continue
            from_here = label[node, 0]
            high = label[node, 1]
            for row in range(ptr[node], ptr[node + 1]):
                to = head[row]
                c = cost[row]
                if from_here + c < label[to, 0]:
                    label[to, 0] = from_here + c
                    if mark[to] == 0:
                        mark[to] = 1
                        queue[n_lower] = to
                        n_lower += 1
                if high + c < label[to, 1] * (1.0 - ROUNDING) and to != root:
                    joins[n_candidates] = row
                    n_candidates += 1
        _settle(root, first_through, ptr, head, cost, label, queue, mark, n_lower)
        # without a lowered label, a node with one way in has no excess
        total = 0.0
        for e in range(first, end if n_lower > 0 else first + n_core[k]):
            if flow[e] > 0.0:
                row = link[e]
                total += flow[e] * (label[tail[row], 0] + cost[row] - label[head[row], 0])
        excess[k] = total
        pending[k] = 0
        joined[k] = 0
        needed[k] = n_links[k]
        # who joins
        more = 0
        for i in range(n_candidates):
            row = joins[i]
            to = head[row]
            if not label[to, 1] < np.inf:
                continue
            if carries[to]:
                e = group[to]
                while e < end and head[link[e]] == to:
                    if link[e] == row and (flow[e] > empty[k] or e == best[to]):
                        break
                    e += 1
                if e < end and link[e] == row:  # the shorter of two used ways undercuts the longer
                    continue
                joins_before[i] = chosen[to]
                chosen[to] = i
                more += 1
            else:
                # Nothing to choose where nobody comes by: one way in is kept, the shortest. What it has to undercut is
                # the label within the bush: the true label of the present way's tail may come from here, at no cost.
                other = chosen[to]
                bound = within[to] if other < 0 else label[tail[other], 0] + cost[other]
                if label[tail[row], 0] + cost[row] < bound:
                    chosen[to] = row
                    more += 1
        joined[k] = more
        if more > 0 or dropped > TOLERATED_EMPTY:
            count = _rebuild(
                root, first, end, empty[k], link, flow, tail, head, carries, group, best, chosen, joins, joins_before,
                mark, queue, sorted_link, sorted_flow,
            )  # fmt: skip
            _fill(mark, 0)
            needed[k] = count
            if count > start[k + 1] - first:
                pending[k] = 1
            else:
                n_core[k] = _write(sorted_link, sorted_flow, count, tail, head, mark, first, link, flow)
                n_links[k] = count
            _fill(chosen, -1)


@kernel
def _rebuild(
    root, first, end, empty, link, flow, tail, head, carries, group, best, chosen, joins, joins_before, placed, stack,
    sorted_link, sorted_flow,
):  # fmt: skip
    """Links of the improved bush in topological order; returns their number.

    Nodes are placed in the old order, after fetching those that the new ways come from and that stood further behind.
    `placed` (uint8[n_nodes]) is zero before.
    """
    count = 0
    placed[root] = 1
    at = first
    while at < end:
        node = head[link[at]]
        while at < end and head[link[at]] == node:
            at += 1
        if placed[node]:
            continue
        depth = 0
        stack[0] = node
        while depth >= 0:
            node = stack[depth]
            missing = -1
            begin = count
            if carries[node]:
                e = group[node]
                while e < end and head[link[e]] == node:
                    if flow[e] > empty or e == best[node]:
                        sorted_link[count] = link[e]
                        sorted_flow[count] = flow[e]
                        count += 1
                        if not placed[tail[link[e]]]:
                            missing = tail[link[e]]
                    e += 1
                i = chosen[node]
                while i >= 0:
                    sorted_link[count] = joins[i]
                    sorted_flow[count] = 0.0
                    count += 1
                    if not placed[tail[joins[i]]]:
                        missing = tail[joins[i]]
                    i = joins_before[i]
            else:
                row = chosen[node] if chosen[node] >= 0 else link[best[node]]
                sorted_link[count] = row
                sorted_flow[count] = 0.0
                count += 1
                if not placed[tail[row]]:
                    missing = tail[row]
            if missing >= 0:
                count = begin
                depth += 1
                stack[depth] = missing
            else:
                placed[node] = 1
                depth -= 1
    return count


@kernel(parallel=True)
def improve(network, demand, bushes, empty, cost, n_blocks, pending, excess, joined, needed):
    """Measure the excess cost of each origin against true shortest paths, and give its bush better links.

    Costs do not change meanwhile, so origins do not depend on each other. Links without flow leave the bush (each node
    keeps a way in), and a link joins if it undercuts the longest used path to its head: then labels of longest paths
    rise along all links, old and new, and no circle can arise, rounding included.

    Parameters
    ----------
    network, demand, bushes
        See the module.
    empty : float64[n_origins]
        Flow up to which a link of the origin counts as empty.
    cost : float64[n_links]
        At the volumes that the bushes' flows add up to.
    n_blocks : int
        Origin k belongs to block k mod n_blocks.
    pending : uint8[n_origins]
        In: origins to do. Out: those whose bush does not fit its slot and was left as it is.
    excess : float64[n_origins]
        Out: sum of flow x (label of tail + cost - label of head). All terms are positive and none is a difference of
        totals, so the sum is exact to rounding of its own size.
    joined : int64[n_origins]
        Out: number of links that joined.
    needed : int64[n_origins]
        Out: size of the bush.
    """
    for block in prange(n_blocks):
        _improve_block(
            np.int64(block), n_blocks, network, bushes, demand[0], empty, cost, pending, excess, joined, needed
        )


@kernel
def _shift(merge, fork, by, link, flow, tail, shortest, longest, delay, volume, cost, slope):
    """Move `by` vehicles from the longest to the shortest way between two nodes; cost difference and slope then."""
    difference = 0.0
    steepness = 0.0
    node = merge
    while node != fork:
        e = longest[node]
        row = link[e]
        flow[e] = max(flow[e] - by, 0.0)
        volume[row] = max(volume[row] - by, 0.0)
        _update(delay, row, volume, cost, slope)
        difference += cost[row]
        steepness += slope[row]
        node = tail[row]
    node = merge
    while node != fork:
        e = shortest[node]
        row = link[e]
        flow[e] = max(flow[e] + by, 0.0)
        volume[row] = max(volume[row] + by, 0.0)
        _update(delay, row, volume, cost, slope)
        difference -= cost[row]
        steepness += slope[row]
        node = tail[row]
    return difference, steepness


@kernel
def _even_out(merge, link, flow, tail, place, shortest, longest, delay, volume, cost, slope):
    """Shift flow from the longest used to the shortest way into one merge, by Newton's method; False if there is none.

    The step is first that of Newton at the present slopes, all flow at most. If it turns the difference round, it is
    taken back inside the bracket known by then, so that flat and linear functions do not throw flow to and fro.
    """
    near = merge
    far = merge
    difference = 0.0
    steepness = 0.0
    most = np.inf
    size = 0.0
    while True:
        # the way that reaches further into the bush goes back first, until both stand at the same node
        if place[near] > place[far]:
            e = shortest[near]
            row = link[e]
            difference -= cost[row]
            near = tail[row]
        elif near != far or most == np.inf:
            e = longest[far]
            row = link[e]
            difference += cost[row]
            size += cost[row]
            most = min(most, flow[e])
            far = tail[row]
        else:
            break
        steepness += slope[row]
    if not (difference > ROUNDING * size and most > 0.0):
        return False
    by = most
    if 0.0 < steepness < np.inf:
        by = min(difference / steepness, most)
    if not by > 0.0:
        return False
    least_difference = -TOLERATED_FLIP * difference
    low = 0.0
    high = by
    now, steepness = _shift(merge, near, by, link, flow, tail, shortest, longest, delay, volume, cost, slope)
    for trial in range(SHIFT_TRIALS):
        if now >= least_difference:
            break
        high = by
        target = by + now / steepness
        if trial % 2 == 1 or not low < target < high:
            target = 0.5 * (low + high)
        now, steepness = _shift(
            merge, near, target - by, link, flow, tail, shortest, longest, delay, volume, cost, slope
        )
        by = target
    return True


@kernel
def _sweep(root, first, end, empty, link, flow, network, delay, volume, cost, slope, work):
    """Labels of one bush's core, then a shift at each merge, last first; returns excess cost before, and shifts."""
    tail = network[2]
    head = network[3]
    least, most, shortest, longest, place, merges = work
    least[root] = 0.0
    most[root] = 0.0
    place[root] = -1
    n_merges = 0
    excess = 0.0
    e = first
    while e < end:
        row = link[e]
        node = head[row]
        before = tail[row]
        low = least[before] + cost[row]
        begin = e
        e += 1
        place[node] = begin
        shortest[node] = begin
        longest[node] = begin
        if e == end or head[link[e]] != node:
            least[node] = low
            most[node] = most[before] + cost[row]
            continue
        high = -np.inf
        if flow[begin] > empty:
            high = most[before] + cost[row]
        total = flow[begin]
        paid = flow[begin] * low
        while e < end:
            row = link[e]
            if head[row] != node:
                break
            before = tail[row]
            label = least[before] + cost[row]
            if label < low:
                low = label
                shortest[node] = e
            if flow[e] > empty:
                paid += flow[e] * label
                total += flow[e]
                label = most[before] + cost[row]
                if label > high:
                    high = label
                    longest[node] = e
            e += 1
        least[node] = low
        if high == -np.inf:
            most[node] = low
            longest[node] = shortest[node]
            continue
        most[node] = high
        excess += max(paid - total * low, 0.0)
        if longest[node] != shortest[node]:
            merges[n_merges] = node
            n_merges += 1
    shifts = 0
    for i in range(n_merges - 1, -1, -1):
        node = merges[i]
        if most[node] - least[node] > ROUNDING * most[node] and flow[longest[node]] > empty:
            shifts += _even_out(node, link, flow, tail, place, shortest, longest, delay, volume, cost, slope)
    return excess, shifts


@kernel
def balance(network, delay, demand, bushes, empty, volume, cost, slope, excess, first_pass, passes, goal, busy):
    """Shift flow inside the bushes, one origin after the other, until little excess cost is left within them.

    The first pass visits all origins, later ones only those with more excess than `busy` times the mean.

    Parameters
    ----------
    network, delay, demand, bushes
        See the module.
    empty : float64[n_origins]
        Flow up to which a link of the origin counts as empty.
    volume, cost, slope : float64[n_links]
        In and out, in step.
    excess : float64[n_origins]
        In and out: excess cost of each origin within its bush when it was last visited.
    first_pass, passes : int
        Number of the first pass, how many to do at most.
    goal : float
        Excess cost of all origins at which to stop.
    busy : float
        See above.

    Returns
    -------
    tuple
        Number of shifts, and whether the goal is reached (or no shift is left).
    """
    start, _, n_core, link, flow = bushes
    origin = demand[0]
    ptr = network[1]
    n_nodes = ptr.size - 1
    work = (
        np.empty(n_nodes, np.float64),
        np.empty(n_nodes, np.float64),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int32),
    )
    shifts = 0
    for number in range(first_pass, first_pass + passes):
        threshold = 0.0 if number == 0 else busy * excess.sum() / origin.size
        moved = 0
        for k in range(origin.size):
            if number > 0 and excess[k] < threshold:
                continue
            excess[k], n = _sweep(
                origin[k],
                start[k],
                start[k] + n_core[k],
                empty[k],
                link,
                flow,
                network,
                delay,
                volume,
                cost,
                slope,
                work,
            )
            moved += n
        shifts += moved
        if moved == 0 or excess.sum() <= goal:
            return shifts, True
    return shifts, False


@kernel
def trim(bushes, origin, network, cost, out_ptr, out_link, out_flow):
    """Copy bushes without empty links (each node keeps a way in, the shortest), one after the other.

    Parameters
    ----------
    bushes, network
        See the module.
    origin : int32[n_origins]
    cost : float64[n_links]
        Decides which way a node without flow keeps.
    out_ptr : int64[n_origins + 1]
        Out.
    out_link, out_flow : int32[size], float64[size]
        Out; `size` is at most the sum of `n_links`.
    """
    _, ptr, tail, head, _, _ = network
    start, n_links, _, link, flow = bushes
    least = np.empty(ptr.size - 1, np.float64)
    best = np.empty(ptr.size - 1, np.int64)
    at = 0
    out_ptr[0] = 0
    for k in range(origin.size):
        first = start[k]
        end = first + n_links[k]
        _least_labels(origin[k], first, end, link, tail, head, cost, least, best)
        e = first
        while e < end:
            node = head[link[e]]
            kept = at
            while e < end and head[link[e]] == node:
                if flow[e] > 0.0:
                    out_link[at] = link[e]
                    out_flow[at] = flow[e]
                    at += 1
                e += 1
            if at == kept:
                out_link[at] = link[best[node]]
                out_flow[at] = flow[best[node]]
                at += 1
        out_ptr[k + 1] = at


@kernel(parallel=True)
def adopt(network, demand, bushes, cost, n_blocks, pending, given_ptr, given_link, given_flow, needed):
    """Make bushes of this network from links and flows of earlier ones, whatever has changed since.

    Links that have gone (row -1) or that may not be passed are left out, nodes that lose all ways in take the last link
    of their shortest path, with the ways behind them. Flows are shares to begin with: `reload` makes them carry the
    demand.

    Parameters
    ----------
    network, demand, bushes, n_blocks, pending, needed
        As in `improve`.
    cost : float64[n_links]
        Decides the new ways.
    given_ptr : int64[n_origins + 1]
        Earlier bush of each origin; without any link the bush becomes the shortest tree.
    given_link, given_flow : int32[size], float64[size]
        Rows in this network, or -1.
    """
    for block in prange(n_blocks):
        _adopt_block(
            np.int64(block),
            n_blocks,
            network,
            demand[0],
            bushes,
            cost,
            pending,
            given_ptr,
            given_link,
            given_flow,
            needed,
        )


@kernel
def _adopt_block(block, n_blocks, network, origin, bushes, cost, pending, given_ptr, given_link, given_flow, needed):
    """`adopt` for the origins of one block."""
    first_through, ptr, tail, head, into_ptr, into_link = network
    start, n_links, n_core, link, flow = bushes
    n_nodes = ptr.size - 1
    dist = np.empty(n_nodes, np.float64)
    pred = np.empty(n_nodes, np.int32)
    heap = np.empty(n_nodes, np.int32)
    place = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int32)
    resume = np.empty(n_nodes, np.int64)
    mark = np.zeros(n_nodes, np.uint8)
    in_bush = np.zeros(tail.size, np.uint8)
    flow_on = np.zeros(tail.size, np.float64)
    sorted_link = np.empty(tail.size, np.int32)
    sorted_flow = np.empty(tail.size, np.float64)
    for k in range(block, origin.size, n_blocks):
        if not pending[k]:
            continue
        root = origin[k]
        mark[root] = 1
        count = 0
        last = -1
        in_order = True
        for e in range(given_ptr[k], given_ptr[k + 1]):
            row = given_link[e]
            if row < 0 or head[row] == root or (tail[row] < first_through and tail[row] != root):
                continue
            in_bush[row] = 1
            flow_on[row] = given_flow[e]
            in_order &= mark[tail[row]] == 1 and tail[row] != head[row] and (head[row] == last or not mark[head[row]])
            last = head[row]
            mark[last] = 1
            sorted_link[count] = row
            count += 1
        if not in_order:
            count = _sort(root, in_bush, into_ptr, into_link, tail, mark, heap, resume, sorted_link)
        _fill(mark, 0)
        mark[root] = 1
        kept = 0
        for i in range(count):
            row = sorted_link[i]
            in_bush[row] = 0
            if mark[tail[row]]:
                mark[head[row]] = 1
                sorted_link[kept] = row
                kept += 1
        cut_off = False
        for node in range(n_nodes):
            if mark[node] and (node >= first_through or node == root):
                for row in range(ptr[node], ptr[node + 1]):
                    cut_off |= not mark[head[row]]
        if cut_off:
            n = shortest_tree(root, first_through, ptr, head, cost, dist, pred, heap, place, order)
            for i in range(1, n):
                node = order[i]
                if not mark[node]:
                    sorted_link[kept] = pred[node]
                    kept += 1
        _fill(mark, 0)
        needed[k] = kept
        pending[k] = 0
        if kept > start[k + 1] - start[k]:
            pending[k] = 1
        else:
            for i in range(kept):
                sorted_flow[i] = flow_on[sorted_link[i]]
            n_core[k] = _write(sorted_link, sorted_flow, kept, tail, head, mark, start[k], link, flow)
            n_links[k] = kept
        for e in range(given_ptr[k], given_ptr[k + 1]):
            if given_link[e] >= 0:
                in_bush[given_link[e]] = 0
                flow_on[given_link[e]] = 0.0
