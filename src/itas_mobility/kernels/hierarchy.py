"""Customizable contraction hierarchy, swept for many sources at once.

Nodes are contracted in a given order whatever the costs: each leaves shortcuts (arcs) between all of its later
neighbours (Dibbelt, Strasser and Wagner 2016, "Customizable contraction hierarchies"). Costs are put in afterwards, in
one pass over the triangles of arcs. A shortest path then climbs to later and later nodes, and descends again; so labels
of many sources follow from a climb over a few nodes and one descent over all, without any queue (Delling, Goldberg,
Nowatzyk and Werneck 2013, "PHAST"). The labels of `LANES` sources lie side by side, so that one arc serves them all
with a few vector instructions.

Nodes below `first_through` are not part of the hierarchy: a path leaves its centroid by a link, runs over nodes that
may be passed through, and enters a centroid by a link. "Node" means such a node by its rank from here on.

**Ties.** Of equally cheap paths the same one is taken whatever the number of threads, the block a source is in or the
other sources asked for. The rule: a label is replaced only by a lower one, and candidates are met in this order: links
in the order of their rows, then shortcuts by rising rank of the node they pass; the source's own links, then the climb
by rising rank, then the descent by rising rank of the node above. "Equally cheap" is judged on sums of floating-point
numbers, added up along shortcuts.

**Labels of all nodes**, as an equilibrium solver needs them: make a `Hierarchy` once per network (`contract`), call
`customise` and make `Labels` once per cost vector, and call its `find` per block of up to `LANES` sources.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel

LANES = 32
"""Sources swept at once: labels of one node then fill four cache lines (measured: 16 lanes take half as long again)."""


class Hierarchy(NamedTuple):
    """Contracted network without costs; n nodes by rank, m arcs, each from a node to one of higher rank."""

    first_through: int
    link_ptr: np.ndarray
    """int64[n_nodes + 1]: forward star of the network."""
    tail: np.ndarray
    head: np.ndarray
    """int32[n_links]."""
    entry_ptr: np.ndarray
    entry_link: np.ndarray
    """int64[first_through + 1], int32: links into each node below `first_through`."""
    node: np.ndarray
    """int32[n]: number in the network of the node of each rank."""
    rank: np.ndarray
    """int32[n_nodes]: rank of each node, -1 below `first_through`."""
    parent: np.ndarray
    """int32[n]: lowest node above, by the arcs; all that a climb meets are parents of parents; -1 at a root."""
    up_ptr: np.ndarray
    up: np.ndarray
    """int64[n + 1], int32[m]: upper end of the arcs of each node, rising."""
    low: np.ndarray
    """int32[m]: lower end of each arc."""
    down_ptr: np.ndarray
    down_arc: np.ndarray
    """int64[n + 1], int32[m]: arcs that end at each node, by rising lower end."""
    link_arc: np.ndarray
    """int32[n_links]: arc between the ends of each link; -1 if one end is no node here, or both are the same."""
    label_row: np.ndarray
    """int32[n_nodes]: row of each node among `Labels`, its rank or, if it has none, behind all ranks."""


class Weights(NamedTuple):
    """Costs of one hierarchy."""

    cost: np.ndarray
    """float64[n_links]."""
    up: np.ndarray
    down: np.ndarray
    """float64[m]: cost of each arc from its lower to its upper end, and back; inf where there is no path."""
    up_via: np.ndarray
    down_via: np.ndarray
    """int32[m, 2]: what an arc stands for: (link, -1), or two arcs of a lower node, the first gone down and the second
    gone up; (-1, -1) where there is no path. int32[0, 2] where only labels are wanted, no paths."""


def contract(first_through, ptr, tail, head, order, neighbour_ptr, neighbour):
    """Contract a network.

    Parameters
    ----------
    first_through : int
    ptr : int64[n_nodes + 1]
    tail, head : int32[n_links]
    order : int32[n]
        Nodes minus `first_through`, the first contracted first (see `dissection.nested_dissection`).
    neighbour_ptr, neighbour : int64[n + 1], int32
        Undirected graph (see `dissection.neighbours`).

    Returns
    -------
    Hierarchy
        Ranks follow the tree of parents depth first, so that neighbours lie close in memory; the arcs are those of
        `order`.
    """
    _, _, parent = _eliminated(order, neighbour_ptr, neighbour)
    postordered = np.empty_like(order)
    depth_first(parent, *_no_children(order.size), postordered)
    postordered = order[postordered]
    up_ptr, up, parent = _eliminated(postordered, neighbour_ptr, neighbour)
    n = order.size
    node = postordered + np.int32(first_through)
    rank = np.full(ptr.size - 1, -1, np.int32)
    rank[node] = np.arange(n)
    low = np.repeat(np.arange(n), np.diff(up_ptr))
    entry = np.flatnonzero(head < first_through)
    return Hierarchy(
        first_through=first_through,
        link_ptr=ptr,
        tail=tail,
        head=head,
        entry_ptr=_pointers(head[entry], first_through),
        entry_link=entry[np.argsort(head[entry], kind="stable")].astype(np.int32),
        node=node,
        rank=rank,
        parent=parent,
        up_ptr=up_ptr,
        up=up,
        low=low.astype(np.int32),
        down_ptr=_pointers(up, n),
        down_arc=np.argsort(up, kind="stable").astype(np.int32),
        link_arc=_arcs_of_links(rank[tail].astype(np.int64), rank[head].astype(np.int64), low * n + up, n),
        label_row=np.where(rank >= 0, rank, n + np.arange(rank.size)).astype(np.int32),
    )


def _pointers(group, n_groups):
    """Where the members of each group begin, sorted by group."""
    return np.concatenate(([0], np.cumsum(np.bincount(group, minlength=n_groups)))).astype(np.int64)


def _arcs_of_links(a, b, key, n):
    """Arc between the ranks of each link's ends; `key` is n x lower + upper rank of the arcs, rising."""
    arc = np.searchsorted(key, np.minimum(a, b) * n + np.maximum(a, b))
    return np.where((a < 0) | (b < 0) | (a == b), -1, arc).astype(np.int32)


def _no_children(n):
    """Lists of children in a forest of n nodes: the first of each, and the next of the same parent."""
    return np.full(n, -1, np.int32), np.full(n, -1, np.int32)


def _eliminated(order, neighbour_ptr, neighbour):
    """Arcs by rank (pointers and upper ends), and parents."""
    n = order.size
    rank = np.empty(n, np.int32)
    rank[order] = np.arange(n)
    ptr = np.zeros(n + 1, np.int64)
    parent, seen_by = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    up = np.empty(2 * neighbour.size + n, np.int32)
    up = eliminate(order, rank, neighbour_ptr, neighbour, *_no_children(n), seen_by, ptr, up, parent)
    return ptr, up[: ptr[n]].copy(), parent


@kernel(allocates=True)
def eliminate(order, rank, neighbour_ptr, neighbour, first_child, next_child, seen_by, ptr, up, parent):
    """Find arcs: above a node are its later neighbours and what is above its children.

    Parameters
    ----------
    order, rank : int32[n]
        Nodes from the first contracted to the last, and the place of each.
    neighbour_ptr, neighbour : int64[n + 1], int32
        Undirected graph.
    first_child, next_child, seen_by : int32[n]
        Work space; -1 everywhere.
    ptr : int64[n + 1]
        Out: arcs of each node; 0 everywhere before.
    up : int32
        Work space for their upper ends.
    parent : int32[n]
        Out: lowest node above; -1 everywhere before.

    Returns
    -------
    int32
        Upper ends, rising for each node: `up`, or a longer array if it was too short.
    """
    n = order.size
    size = np.int64(0)  # of a plain 0, the type becomes known in two steps, and `_sort` is compiled for both
    for v in range(n):
        if size + n - v > up.size:
            more = np.empty(2 * up.size + n, np.int32)
            for i in range(size):
                more[i] = up[i]
            up = more
        seen_by[v] = v
        for i in range(neighbour_ptr[order[v]], neighbour_ptr[order[v] + 1]):
            above = rank[neighbour[i]]
            if above > v and seen_by[above] != v:
                seen_by[above] = v
                up[size] = above
                size += 1
        child = first_child[v]
        while child >= 0:
            for i in range(ptr[child], ptr[child + 1]):
                if seen_by[up[i]] != v:
                    seen_by[up[i]] = v
                    up[size] = up[i]
                    size += 1
            child = next_child[child]
        ptr[v + 1] = size
        if size > ptr[v]:
            _sort(up, ptr[v], size)
            parent[v] = up[ptr[v]]
            next_child[v] = first_child[parent[v]]
            first_child[parent[v]] = v
    return up


@kernel
def _sort(values, begin, end):
    """Sort a short piece in place; most of it stands in order already."""
    for i in range(begin + 1, end):
        moved = values[i]
        hole = i
        while hole > begin and values[hole - 1] > moved:
            values[hole] = values[hole - 1]
            hole -= 1
        values[hole] = moved


@kernel
def depth_first(parent, first_child, next_child, nodes):
    """Nodes of a forest, each after all of its descendants and these close to it.

    Parameters
    ----------
    parent : int32[n]
        -1 at roots.
    first_child, next_child : int32[n]
        Work space; -1 everywhere.
    nodes : int32[n]
        Out.
    """
    n = parent.size
    for v in range(n - 1, -1, -1):
        if parent[v] >= 0:
            next_child[v] = first_child[parent[v]]
            first_child[parent[v]] = v
    size = 0
    for root in range(n):
        if parent[root] >= 0:
            continue
        v = root
        while v >= 0:
            while first_child[v] >= 0:
                v = first_child[v]
            nodes[size] = v
            size += 1
            if v == root:
                break
            if next_child[v] >= 0:
                v = next_child[v]
            else:
                v = parent[v]
                first_child[v] = -1


@kernel
def customise(h, w, arc_to):
    """Find the costs of all arcs: the cheapest of links between their ends and of detours over lower nodes.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
        In: costs of links, not negative, inf closes a link. Out: all else; without room for what arcs stand for, costs
        alone, which takes half the time.
    arc_to : int32[n]
        Work space.
    """
    h, w = Hierarchy(*h), Weights(*w)
    cost, up, down, up_via, down_via = w
    has_paths = up_via.size > 0
    for arc in range(up.size):
        up[arc] = np.inf
        down[arc] = np.inf
    for arc in range(up_via.shape[0]):
        for i in range(2):
            up_via[arc, i] = -1
            down_via[arc, i] = -1
    for link in range(cost.size):
        arc = h.link_arc[link]
        if arc < 0:
            continue
        if h.rank[h.tail[link]] == h.low[arc]:
            if cost[link] < up[arc]:
                up[arc] = cost[link]
                if has_paths:
                    up_via[arc, 0] = link
        elif cost[link] < down[arc]:
            down[arc] = cost[link]
            if has_paths:
                down_via[arc, 0] = link
    for a in range(h.node.size):
        for arc in range(h.up_ptr[a], h.up_ptr[a + 1]):
            arc_to[h.up[arc]] = arc
        # all triangles of a, a node v below it and a node b above it; the arcs of v are done
        for i in range(h.down_ptr[a], h.down_ptr[a + 1]):
            v_a = h.down_arc[i]
            from_a = down[v_a]
            to_a = up[v_a]
            for v_b in range(v_a + 1, h.up_ptr[h.low[v_a] + 1]):
                a_b = arc_to[h.up[v_b]]
                up_cost = from_a + up[v_b]
                down_cost = down[v_b] + to_a
                if not has_paths:
                    up[a_b] = min(up[a_b], up_cost)
                    down[a_b] = min(down[a_b], down_cost)
                    continue
                if up_cost < up[a_b]:
                    up[a_b] = up_cost
                    up_via[a_b, 0] = v_a
                    up_via[a_b, 1] = v_b
                if down_cost < down[a_b]:
                    down[a_b] = down_cost
                    down_via[a_b, 0] = v_b
                    down_via[a_b, 1] = v_a


@kernel
def add_along(h, w, attribute, up_sum, down_sum):
    """Sum of a link attribute over what each arc stands for.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    attribute : float64[n_links]
    up_sum, down_sum : float64[m]
        Out; 0 where an arc stands for nothing.
    """
    h, w = Hierarchy(*h), Weights(*w)
    for arc in range(h.up.size):
        first, second = w.up_via[arc]
        if second >= 0:
            up_sum[arc] = down_sum[first] + up_sum[second]
        else:
            up_sum[arc] = attribute[first] if first >= 0 else 0.0
        first, second = w.down_via[arc]
        if second >= 0:
            down_sum[arc] = down_sum[first] + up_sum[second]
        else:
            down_sum[arc] = attribute[first] if first >= 0 else 0.0


@kernel(internal=True)
def unpack(h, w, up_volume, down_volume, volume):
    """Hand volumes of shortcuts down to the links they stand for.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    up_volume, down_volume : float64[m]
        In: volume of each arc by direction. Out: what passes it, as part of shortcuts too.
    volume : float64[n_links]
        Volumes are added to it.
    """
    for arc in range(h.up.size - 1, -1, -1):
        if up_volume[arc] > 0.0:
            first, second = w.up_via[arc]
            if second >= 0:
                down_volume[first] += up_volume[arc]
                up_volume[second] += up_volume[arc]
            else:
                volume[first] += up_volume[arc]
        if down_volume[arc] > 0.0:
            first, second = w.down_via[arc]
            if second >= 0:
                down_volume[first] += down_volume[arc]
                up_volume[second] += down_volume[arc]
            else:
                volume[first] += down_volume[arc]


@kernel(allocates=True)
def ancestors(h, marked):
    """Mark parents, and theirs, of all marked nodes (bool[n], in and out); returns the marked ones, rising."""
    size = 0
    for v in range(marked.size):
        if marked[v]:
            size += 1
            if h.parent[v] >= 0:
                marked[h.parent[v]] = True
    nodes = np.empty(size, np.int32)
    k = 0
    for v in range(marked.size):
        if marked[v]:
            nodes[k] = v
            k += 1
    return nodes


@kernel(internal=True)
def begin(h, w, source, label):
    """Put each source's label 0 on itself, or on nodes that its links lead to.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    source : int32[at most LANES]
        Nodes of the network.
    label : float64[n, LANES]
        In: inf; out: with first labels.
    """
    for k in range(source.size):
        s = source[k]
        if s >= h.first_through:
            label[h.rank[s], k] = 0.0
            continue
        for link in range(h.link_ptr[s], h.link_ptr[s + 1]):
            v = h.rank[h.head[link]]
            if v >= 0 and w.cost[link] < label[v, k]:
                label[v, k] = w.cost[link]


# In the loops over lanes below, a sum with 0.0 looks idle. Without it the compiler stores under a mask, which
# several kinds of processors do ten times slower than they store plainly.


@kernel(internal=True)
def climb(h, w, nodes, label, below):
    """Labels of upward paths.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    nodes : int32[]
        All nodes above those with a label, and these, rising.
    label : float64[n, LANES]
    below : int32[n, LANES]
        In: 0 at `nodes`; out: 1 + the arc by which a label came up; 0 where it is the source's own.
    """
    lanes = label.shape[1]
    for i in range(nodes.size):
        v = nodes[i]
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            a = h.up[arc]
            cost = w.up[arc]
            for k in range(lanes):
                reached = label[v, k] + cost
                known = label[a, k]
                below[a, k] = max(below[a, k], (arc + 1) * (reached < known))  # arcs are met in rising order
                label[a, k] = (reached if reached < known else known) + 0.0


@kernel(internal=True)
def descend(h, w, nodes, label):
    """Labels of all paths: upward ones, then down.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    nodes : int32[]
        Nodes whose labels are wanted and all above them, rising.
    label : float64[n, LANES]
        In: labels of upward paths, else inf; out: least costs at `nodes`.
    """
    lanes = label.shape[1]
    for i in range(nodes.size - 1, -1, -1):
        v = nodes[i]
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            a = h.up[arc]
            cost = w.down[arc]
            for k in range(lanes):
                reached = label[a, k] + cost
                known = label[v, k]
                label[v, k] = (reached if reached < known else known) + 0.0


@kernel(internal=True)
def descend_paths(h, w, nodes, label, above):
    """As `descend`, and remember paths.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    nodes : int32[]
    label : float64[n, LANES]
    above : int32[n, LANES]
        In: 0 at `nodes`; out: 1 + the arc by which a label came down; 0 where it is that of the climb.
    """
    lanes = label.shape[1]
    for i in range(nodes.size - 1, -1, -1):
        v = nodes[i]
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            a = h.up[arc]
            cost = w.down[arc]
            for k in range(lanes):
                reached = label[a, k] + cost
                known = label[v, k]
                above[v, k] = max(above[v, k], (arc + 1) * (reached < known))
                label[v, k] = (reached if reached < known else known) + 0.0


@kernel(internal=True)
def clear(nodes, values, value):
    """Set the rows `nodes` of an array [n, LANES]."""
    for i in range(nodes.size):
        for k in range(values.shape[1]):
            values[nodes[i], k] = value


@kernel(internal=True)
def arrive(h, w, source, to, label, least):
    """Least costs from the sources of a block to one node of the network.

    Parameters
    ----------
    h : Hierarchy
    w : Weights
    source : int32[at most LANES]
    to : int
        Node of the network.
    label : float64[n, LANES]
        Final at the node, or at the tails of links into it.
    least : float64[LANES]
        Out; inf where there is no path.
    """
    if to >= h.first_through:
        v = h.rank[to]
        for k in range(least.size):
            least[k] = label[v, k]
        return
    for k in range(least.size):
        least[k] = np.inf
    for i in range(h.entry_ptr[to], h.entry_ptr[to + 1]):
        link = h.entry_link[i]
        cost = w.cost[link]
        v = h.rank[h.tail[link]]
        if v >= 0:
            for k in range(least.size):
                reached = label[v, k] + cost
                least[k] = (reached if reached < least[k] else least[k]) + 0.0
        else:
            for k in range(source.size):
                if source[k] == h.tail[link]:
                    least[k] = min(least[k], cost)
    for k in range(source.size):
        if source[k] == to:
            least[k] = 0.0


@kernel(internal=True)
def last_link(h, w, source, k, to, label):
    """Link by which the path from source k of a block enters a node below `first_through`; -1 if there is none."""
    best = np.inf
    found = -1
    for i in range(h.entry_ptr[to], h.entry_ptr[to + 1]):
        link = h.entry_link[i]
        v = h.rank[h.tail[link]]
        reached = np.inf
        if v >= 0:
            reached = label[v, k] + w.cost[link]
        elif source[k] == h.tail[link]:
            reached = w.cost[link]
        if reached < best:
            best = reached
            found = link
    return found


@kernel(internal=True)
def first_link(h, w, s, v):
    """Link by which the path from a source below `first_through` reaches the node of rank v first."""
    found = -1
    for link in range(h.link_ptr[s], h.link_ptr[s + 1]):
        if h.rank[h.head[link]] == v and (found < 0 or w.cost[link] < w.cost[found]):
            found = link
    return found


@kernel(internal=True)
def mark_begin(h, source, marked):
    """Mark (bool[n]) the nodes that get first labels in `begin`."""
    for k in range(source.size):
        if source[k] >= h.first_through:
            marked[h.rank[source[k]]] = True
            continue
        for link in range(h.link_ptr[source[k]], h.link_ptr[source[k] + 1]):
            if h.rank[h.head[link]] >= 0:
                marked[h.rank[h.head[link]]] = True


@kernel
def mark_end(h, target, marked):
    """Mark (bool[n]) the nodes whose labels `arrive` reads for these nodes of the network."""
    for i in range(target.size):
        to = target[i]
        if to >= h.first_through:
            marked[h.rank[to]] = True
            continue
        for j in range(h.entry_ptr[to], h.entry_ptr[to + 1]):
            v = h.rank[h.tail[h.entry_link[j]]]
            if v >= 0:
                marked[v] = True


class Labels:
    """Costs of shortest paths from a block of sources to all nodes of the network, and work space to find them.

    Nodes below `first_through` are not passed through, but labelled. Sums are added up along shortcuts: they differ in
    the last digits from those along links, so that a link of a shortest path satisfies ``label[tail] + cost ==
    label[head]`` up to rounding only.
    """

    def __init__(self, h, w):
        n_nodes, n = h.rank.size, h.node.size
        self._costs = tuple(h), tuple(w)
        self.of_row = np.empty((n_nodes, LANES), np.float64)
        """float64[n_nodes, LANES]: one lane for each source; inf where there is no path."""
        self.row = h.label_row
        """int32[n_nodes]: row of each node among the labels."""
        self._marked = np.empty(n, np.bool_)
        self._least = np.empty(LANES, np.float64)

    def find(self, source):
        """Find the labels of up to `LANES` sources (int32, nodes of the network)."""
        find_labels(*self._costs, source, self.of_row, self._marked, self._least)


@kernel
def find_labels(h, w, source, label, marked, least):
    """Climb from the sources, then descend to all nodes; rows are written once, just before they are needed.

    Parameters
    ----------
    h, w : Hierarchy, Weights
    source : int32[at most LANES]
        Nodes of the network.
    label : float64[n_nodes, LANES]
        Out: see `Labels`.
    marked : bool[n]
    least : float64[LANES]
        Work space.
    """
    h, w = Hierarchy(*h), Weights(*w)
    lanes = label.shape[1]
    n = marked.size
    for v in range(n):
        marked[v] = False
    mark_begin(h, source, marked)
    for v in range(n):
        if marked[v]:
            if h.parent[v] >= 0:
                marked[h.parent[v]] = True
            for k in range(lanes):
                label[v, k] = np.inf
    begin(h, w, source, label)
    for v in range(n):
        if not marked[v]:
            continue
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            a = h.up[arc]
            cost = w.up[arc]
            for k in range(lanes):
                reached = label[v, k] + cost
                known = label[a, k]
                label[a, k] = (reached if reached < known else known) + 0.0
    for v in range(n - 1, -1, -1):
        if not marked[v]:
            for k in range(lanes):
                label[v, k] = np.inf
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            a = h.up[arc]
            cost = w.down[arc]
            for k in range(lanes):
                reached = label[a, k] + cost
                known = label[v, k]
                label[v, k] = (reached if reached < known else known) + 0.0
    for node in range(h.first_through):
        arrive(h, w, source, node, label, least)
        for k in range(lanes):
            label[n + node, k] = least[k]
