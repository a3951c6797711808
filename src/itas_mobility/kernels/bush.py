"""Bushes: per origin and user class an acyclic set of links that carries its trips, and how flow moves within them.

How a bush lies in memory
-------------------------
A bush holds the links that its trips use, and few more. It is a small graph of its own: its nodes are numbered by
*place*, the root is place 0, and a node's place is larger than those of all nodes its links come from. All bushes share
four long arrays: ``link`` (row of the network), ``tail_place`` and ``head_place`` (int32), and ``flow`` (passenger-car
units per hour of this bush on that link). Bush k owns the slot ``start[k]`` to ``start[k + 1]`` and fills its first
``n_links[k]`` entries, by rising ``head_place``. So

- links into the same node stand side by side (a *group*; several ways in make the node a *merge*),
- one walk forwards meets each node after all nodes before it, one walk backwards after all nodes behind it.

The first ``n_core[k]`` entries are the *core*: merges and all that lies on the way to one. The rest is a tree behind
the core, where there is nothing to choose; it is walked only when trips are loaded or all labels are wanted.

Who overwrites what
-------------------
`bush_growth` alone changes which links a bush has; `reload` and `balance` change ``flow``. Volumes, costs and slopes of
the links are shared by all bushes: `reload` adds up volumes, `balance` keeps all three in step with each shift. Labels
belong to one bush for a moment and are work space.

Sources: Dial (2006), "A path-based user-equilibrium traffic assignment algorithm that obviates path storage and
enumeration", Transportation Research B 40 (Algorithm B: shift between longest and shortest path to each merge);
Bar-Gera (2002) for per-origin flows without cycles.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.volume_delay import link_cost, link_cost_slope

LEAST_SHARE = 1e-13
"""Share of a node's largest way in below which another counts as empty: the rounding that emptying it leaves behind."""
ROUNDING = 2.0**-50
"""Relative difference of two path costs that is rounding (a few units in the last place of a sum of links)."""
TOLERATED_FLIP = 0.1
"""A shift may turn the cost difference round to this share of what it was; beyond, it is taken back in part."""
SHIFT_TRIALS = 60
"""Ends the search for a shift; halving alone has then cut it down to rounding."""
KIND, FREE_TIME, CAPACITY, ALPHA, BETA, PRELOAD, MARGINAL = range(7)
"""Columns of `Delay.function`."""


class Delay(NamedTuple):
    """What links cost by their volume."""

    function: np.ndarray
    """float64[n_links, 7]: parameters of `volume_delay.costs` by the columns above, side by side because a shift wants
    all of one link at once."""
    table: np.ndarray
    """float64[n, 4] as there."""
    fixed: np.ndarray
    """float64[n_classes, n_links]: what a link costs a class beside its time; inf closes it."""


class LinkState(NamedTuple):
    """Volumes of the links, and what follows from them."""

    volume: np.ndarray
    """float64[n_links]: passenger-car units per hour."""
    cost: np.ndarray
    """float64[n_classes, n_links]: generalised cost for each class."""
    slope: np.ndarray
    """float64[n_links]: its derivative by the volume, the same for all classes."""


class PlacedLinks(NamedTuple):
    """Links of bushes, with the places of their ends."""

    link: np.ndarray
    """int32[size]: row of the network."""
    tail_place: np.ndarray
    head_place: np.ndarray
    """int32[size]."""
    flow: np.ndarray
    """float64[size]: passenger-car units per hour of the bush."""


class PlacedBushes(NamedTuple):
    """All bushes, as told above."""

    root: np.ndarray
    """int32[n_bushes]: origin (node)."""
    user_class: np.ndarray
    """int64[n_bushes]."""
    start: np.ndarray
    """int64[n_bushes + 1]: slots."""
    n_links: np.ndarray
    n_core: np.ndarray
    """int64[n_bushes]: links of each bush, and of its core."""
    placed: PlacedLinks

    def plain(self):
        """As plain tuples, which Python hands over quicker (see `_jit`); `named_bushes` gives the names back."""
        return self.root, self.user_class, self.start, self.n_links, self.n_core, tuple(self.placed)


class PlacedDemand(NamedTuple):
    """Demand of the bushes: that of bush k stands from ``pair_ptr[k]`` to ``pair_ptr[k + 1]``."""

    pair_ptr: np.ndarray
    """int64[n_bushes + 1]."""
    destination: np.ndarray
    """int32[n_pairs]: node."""
    amount: np.ndarray
    """float64[n_pairs]: passenger-car units per hour."""
    place: np.ndarray
    """int32[n_pairs]: place of the destination in its bush."""


class LinkLists(NamedTuple):
    """Bushes without places: links of bush k are ``link[ptr[k]:ptr[k + 1]]``, each behind all those into its tail."""

    ptr: np.ndarray
    """int64[n_bushes + 1]."""
    link: np.ndarray
    """int32[size]; those into the same node stand side by side."""
    flow: np.ndarray
    """float64[size]."""


class CoreLabels(NamedTuple):
    """Labels of one bush's core, by place, and where there is something to even out."""

    least: np.ndarray
    most: np.ndarray
    """float64[n_places]: cost of the shortest way from the root, and of the longest used one."""
    shortest: np.ndarray
    longest: np.ndarray
    """int64[n_places]: last links of these ways."""
    merges: np.ndarray
    """int64[n_places]: places whose longest used way is not the shortest, in the order of the bush."""


@kernel(inline=True, internal=True)  # what is returned is arguments, which only inlined kernels may return
def named_bushes(plain):
    """`PlacedBushes` again, of `PlacedBushes.plain`."""
    root, user_class, start, n_links, n_core, placed = plain
    return PlacedBushes(root, user_class, start, n_links, n_core, PlacedLinks(*placed))


@kernel(internal=True)
def update(delay, row, links):
    """Cost for all classes, and slope, of one link at its volume; returns its cost without the fixed part."""
    function, table, fixed = delay
    volume, cost, slope = links
    kind = np.uint8(function[row, KIND])
    free_time = function[row, FREE_TIME]
    capacity = function[row, CAPACITY]
    alpha = function[row, ALPHA]
    beta = function[row, BETA]
    at = max(volume[row] + function[row, PRELOAD], 0.0)
    marginal = function[row, MARGINAL] != 0.0
    time = link_cost(marginal, kind, free_time, capacity, alpha, beta, table, at)
    slope[row] = link_cost_slope(marginal, kind, free_time, capacity, alpha, beta, table, at)
    for m in range(fixed.shape[0]):
        cost[m, row] = fixed[m, row] + time
    return time


@kernel
def update_some(first, end, delay, links):
    """`update` for the links from `first` to before `end`."""
    delay, links = Delay(*delay), LinkState(*links)
    for row in range(first, end):
        update(delay, np.int32(row), links)  # as in `link`: another type would be compiled once more


@kernel(allocates=True)
def reload(thread, n_threads, n_places, bushes, demand, class_ptr, block_volume):
    """Make flows carry the demand exactly: each node's flow comes in by the shares in which it came in before.

    Ways of next to no share are emptied. A node that had no flow takes the first of its ways. Rounding that shifts have
    piled up is gone afterwards, and so is any difference to another demand.

    Parameters
    ----------
    thread, n_threads : int
        Block i of each class is done by thread i mod n_threads.
    n_places : int
        Most nodes that a bush may have.
    bushes, demand : PlacedBushes, PlacedDemand
        Every destination with demand must be in its bush.
    class_ptr : int64[n_classes + 1]
        Bushes of class m are ``class_ptr[m]`` to ``class_ptr[m + 1]``.
    block_volume : float64[n_classes, n_blocks, n_links]
        Out: volume of each block of bushes (bush k of a class belongs to block k mod n_blocks).
    """
    bushes, demand = named_bushes(bushes), PlacedDemand(*demand)
    n_blocks = block_volume.shape[1]
    for m in range(block_volume.shape[0]):
        for block in range(thread, n_blocks, n_threads):
            load = block_volume[m, block]
            _reload_block(class_ptr[m] + block, class_ptr[m + 1], n_blocks, n_places, bushes, demand, load)


@kernel(allocates=True)
def _reload_block(first_bush, end_bush, step, n_places, bushes, demand, load):
    """`reload` for the bushes of one block."""
    link, tail_place, head_place, flow = bushes.placed
    start, n_links = bushes.start, bushes.n_links
    pair_ptr, amount, place = demand.pair_ptr, demand.amount, demand.place
    through = np.zeros(n_places, np.float64)
    for row in range(load.size):
        load[row] = 0.0
    for k in range(first_bush, end_bush, step):
        for pair in range(pair_ptr[k], pair_ptr[k + 1]):
            through[place[pair]] += amount[pair]
        first = start[k]
        e = first + n_links[k] - 1
        while e >= first:
            node = head_place[e]
            passing = through[node]
            through[node] = 0.0
            if e == first or head_place[e - 1] != node:
                flow[e] = passing
                if passing > 0.0:
                    through[tail_place[e]] += passing
                    load[link[e]] += passing
                e -= 1
                continue
            begin = e
            most = flow[e]
            while begin > first and head_place[begin - 1] == node:
                begin -= 1
                most = max(most, flow[begin])
            total = 0.0
            for i in range(begin, e + 1):
                if passing <= 0.0 or flow[i] <= LEAST_SHARE * most:
                    flow[i] = 0.0
                total += flow[i]
            if total <= 0.0:
                flow[begin] = max(passing, 0.0)
            elif abs(passing - total) > ROUNDING * total:  # what fits stays, so that a second call changes nothing
                for i in range(begin, e + 1):
                    flow[i] *= passing / total
            for i in range(begin, e + 1):
                if flow[i] > 0.0:
                    through[tail_place[i]] += flow[i]
                    load[link[i]] += flow[i]
            e = begin - 1
        through[0] = 0.0


# What follows is called once per merge and shift, and takes bare arrays: a call copies all arrays of a tuple, needed or
# not (measured with whole tuples: balancing takes three times as long).


@kernel
def _shift(merge, fork, by, link, flow, tail_place, shortest, longest, delay, m, links):
    """Move `by` vehicles from the longest to the shortest way between two nodes; cost difference and slope then."""
    volume, cost, slope = links
    difference = 0.0
    steepness = 0.0
    node = merge
    while node != fork:
        e = longest[node]
        row = link[e]
        flow[e] = max(flow[e] - by, 0.0)
        volume[row] = max(volume[row] - by, 0.0)
        update(delay, row, links)
        difference += cost[m, row]
        steepness += slope[row]
        node = tail_place[e]
    node = merge
    while node != fork:
        e = shortest[node]
        row = link[e]
        flow[e] = max(flow[e] + by, 0.0)
        volume[row] = max(volume[row] + by, 0.0)
        update(delay, row, links)
        difference -= cost[m, row]
        steepness += slope[row]
        node = tail_place[e]
    return difference, steepness


@kernel
def _even_out(merge, link, flow, tail_place, shortest, longest, delay, m, links):
    """Shift flow from the longest used to the shortest way into one merge, by Newton's method; False if there is none.

    The step is first that of Newton at the present slopes, all flow at most. If it turns the difference round, it is
    taken back inside the bracket known by then, so that flat and linear functions do not throw flow to and fro.
    """
    cost, slope = links.cost, links.slope
    near = merge
    far = merge
    difference = 0.0
    steepness = 0.0
    most = np.inf
    size = 0.0
    while near != far or most == np.inf:
        # the way that reaches further into the bush goes back first, until both stand at the same node
        if near > far:
            e = shortest[near]
            row = link[e]
            difference -= cost[m, row]
            near = tail_place[e]
        else:
            e = longest[far]
            row = link[e]
            difference += cost[m, row]
            size += cost[m, row]
            most = min(most, flow[e])
            far = tail_place[e]
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
    now, steepness = _shift(merge, near, by, link, flow, tail_place, shortest, longest, delay, m, links)
    for trial in range(SHIFT_TRIALS):
        if now >= least_difference:
            break
        high = by
        target = by + now / steepness
        if trial % 2 == 1 or not low < target < high:
            target = 0.5 * (low + high)
        now, steepness = _shift(merge, near, target - by, link, flow, tail_place, shortest, longest, delay, m, links)
        by = target
    return True


@kernel(inline=True)
def _find_labels(m, first, end, empty, placed, cost, labels):
    """Labels of one bush's core; returns its excess cost within itself, and how many merges have something to shift."""
    link, tail_place, head_place, flow = placed
    least, most, shortest, longest, merges = labels
    least[0] = 0.0
    most[0] = 0.0
    n_merges = 0
    excess = 0.0
    e = first
    while e < end:
        node = head_place[e]
        before = tail_place[e]
        step = cost[m, link[e]]
        low = least[before] + step
        begin = e
        e += 1
        shortest[node] = begin
        longest[node] = begin
        if e == end or head_place[e] != node:
            least[node] = low
            most[node] = most[before] + step
            continue
        high = -np.inf
        if flow[begin] > empty:
            high = most[before] + step
        total = flow[begin]
        paid = flow[begin] * low
        while e < end and head_place[e] == node:
            before = tail_place[e]
            step = cost[m, link[e]]
            label = least[before] + step
            if label < low:
                low = label
                shortest[node] = e
            if flow[e] > empty:
                paid += flow[e] * label
                total += flow[e]
                label = most[before] + step
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
    return excess, n_merges


@kernel
def _sweep(m, first, end, empty, placed, delay, links, labels):
    """Labels of one bush's core, then shifts at each merge, last first; returns excess cost before, and shifts."""
    link, tail_place, head_place, flow = placed
    least, most, shortest, longest, merges = labels
    excess, n_merges = _find_labels(m, first, end, empty, placed, links.cost, labels)
    shifts = 0
    for i in range(n_merges - 1, -1, -1):
        node = merges[i]
        if most[node] - least[node] <= ROUNDING * most[node]:
            continue
        # The longest way first, then all others: where the longest parts from the shortest far back, at a stiff link,
        # a way that parts from it near by would else wait for ever.
        if flow[longest[node]] > empty:
            shifts += _even_out(node, link, flow, tail_place, shortest, longest, delay, m, links)
        done = longest[node]
        e = min(done, shortest[node])
        while e > first and head_place[e - 1] == node:
            e -= 1
        while e < end and head_place[e] == node:
            if e != done and e != shortest[node] and flow[e] > empty:
                longest[node] = e
                shifts += _even_out(node, link, flow, tail_place, shortest, longest, delay, m, links)
            e += 1
    return excess, shifts


@kernel
def _total(values):
    """Sum (a loop compiles quicker than a method of arrays)."""
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total


@kernel(allocates=True)
def balance(n_places, delay, bushes, empty, links, excess, first_pass, passes, goal, busy):
    """Shift flow inside the bushes, one after the other, until little excess cost is left within them.

    The first pass visits all bushes, later ones only those with more excess than `busy` times the mean.

    Parameters
    ----------
    n_places : int
        Most nodes that a bush may have.
    delay, bushes, links : Delay, PlacedBushes, LinkState
        `links` are kept in step.
    empty : float64[n_bushes]
        Flow up to which a link of the bush counts as empty.
    excess : float64[n_bushes]
        In and out: excess cost of each bush within itself when it was last visited.
    first_pass, passes : int
        Number of the first pass, how many to do at most.
    goal : float
        Excess cost of all bushes at which to stop.
    busy : float
        See above.

    Returns
    -------
    tuple
        Number of shifts, and whether the goal is reached (or no shift is left).
    """
    delay, bushes, links = Delay(*delay), named_bushes(bushes), LinkState(*links)
    labels = CoreLabels(
        np.empty(n_places, np.float64),
        np.empty(n_places, np.float64),
        np.empty(n_places, np.int64),
        np.empty(n_places, np.int64),
        np.empty(n_places, np.int64),
    )
    user_class, start, n_core, placed = bushes.user_class, bushes.start, bushes.n_core, bushes.placed
    n_bushes = bushes.root.size
    shifts = 0
    for number in range(first_pass, first_pass + passes):
        threshold = 0.0 if number == 0 else busy * _total(excess) / n_bushes
        moved = 0
        for k in range(n_bushes):
            if n_core[k] == 0:
                excess[k] = 0.0
            if n_core[k] == 0 or (number > 0 and excess[k] < threshold):
                continue
            first = start[k]
            end = first + n_core[k]
            excess[k], n = _sweep(user_class[k], first, end, empty[k], placed, delay, links, labels)
            moved += n
        shifts += moved
        if moved == 0 or _total(excess) <= goal:
            return shifts, True
    return shifts, False
