"""Newton's method for all bushes at once, for where shifts at one merge after the other creep.

Shifts at single merges undo each other in turn where several of them meet in a link with a steep function, in one bush
or in several. Together they would move: the sum of their flows on the steep link stays, and what differs between them
changes. So the used links of all cores are taken together:

- Unknown is the change of flow on each link outside a spanning *forest* of its bush's used links; the forest's links
  take up what is then missing at nodes. So demand is kept whatever the unknowns are. The derivative of the objective by
  one of them is the cost around the *circle* that its link closes with the forest.
- The forest is that of least slopes, so each link outside is the steepest of its circle. Its own slope then governs its
  second derivative, however many orders of magnitude lie between slopes.
- Newton's equations are solved by conjugate gradients. The preconditioner knows the slopes of each circle's forest
  links, and for the unknowns of one link together the slope of that link times their sum; its inverse has a closed form
  (Sherman and Morrison). A small multiple of it is added to the equations, because flow that two bushes swap at no cost
  makes them singular.
- A step ends where the objective stops falling, or where the first link is empty.

Sources: Bern, Gilbert, Hendrickson, Nguyen and Toledo (2006), "Support-graph preconditioners", SIAM Journal on Matrix
Analysis and Applications 27 (trees of least resistance, after Vaidya); Kruskal (1956) for the forest; Hestenes and
Stiefel (1952) for conjugate gradients; Sherman and Morrison (1950); Dembo, Eisenstat and Steihaug (1982) for solving
Newton's equations roughly; Levenberg (1944) for what is added to them.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.bush import Delay, LinkState, PlacedLinks, named_bushes, update

ACCURACY = 0.1
"""Share of the residual, in the norm of the preconditioner, down to which Newton's equations are solved: a better
direction is not worth its cost before the right links are empty."""
PRODUCTS = 100
"""Most products of conjugate gradients for one direction."""
DAMPING = 1e-9
"""Share of the preconditioner that is added to the second derivatives: far above rounding, far below what counts."""
LEAST_STEP = 0.25
"""Links that would be empty before this share of a step may be held, so that others move."""
SEARCH_TRIALS = 60
"""Ends the search for the length of a step; halving alone has then cut it down to rounding."""
FLAT_ENOUGH = 0.01
"""Share of its first value at which the derivative along a step counts as none."""
ROUNDED_OFF = 1e-15
"""Share of a link's flow below which what a step leaves of it is rounding."""


class Forests(NamedTuple):
    """Forest of least slopes of each bush, from its leaves on, and the links outside."""

    tree_ptr: np.ndarray
    """int64[n_bushes + 1]."""
    tree: np.ndarray
    leaf: np.ndarray
    """int64[n_used], int32[n_used]: links of the forests, and the leaf (place) that each cuts off."""
    out_ptr: np.ndarray
    """int64[n_bushes + 1]."""
    out: np.ndarray
    rest: np.ndarray
    """int64, float64: links outside, and the sum of slopes of the rest of the circle that each closes."""


class Unions(NamedTuple):
    """Work space to make a forest, by place."""

    above: np.ndarray
    """int32[n_places]: towards the representative of its part (Tarjan 1975)."""
    degree: np.ndarray
    """int64[n_places]: number of the forest's links."""
    joined: np.ndarray
    """int64[n_places]: exclusive or of the forest's links; with one left, that link."""
    number: np.ndarray
    """int64[n_places]: place of the link that cuts it off in the order of leaves."""


class Gradients(NamedTuple):
    """Work space of conjugate gradients: unknown is the change of flow on each link outside the forests."""

    gradient: np.ndarray
    """float64[n_out]: cost around each circle."""
    y: np.ndarray
    """float64[n_out]: the solution so far; 0 everywhere before."""
    r: np.ndarray
    z: np.ndarray
    """float64[n_out]: residual, and the same after the preconditioner."""
    p: np.ndarray
    q: np.ndarray
    """float64[n_out]: direction, and the preconditioner times it."""
    image: np.ndarray
    """float64[n_out]: second derivatives times the direction."""
    net: np.ndarray
    """float64[n_places]: what is missing at places, or their label; 0 everywhere before and after."""
    price: np.ndarray
    share: np.ndarray
    mean: np.ndarray
    """float64[n_links]: change of cost along the direction; sums over the unknowns of one link."""


@kernel
def used_links(bushes, empty, held, stiffness, by_stiffness, row_ptr, at, bush, ptr, used):
    """Used links of all cores that are not held, those of each bush by rising slope.

    Parameters
    ----------
    bushes : PlacedBushes
    empty, stiffness, by_stiffness
        See `newton_step`.
    held : bool[]
        Links of the bushes that are left out.
    row_ptr : int64[n_links + 2]
        Work space; 0 everywhere before.
    at, bush : int64[size of all cores]
        Work space: used links by their row of the network, and their bushes.
    ptr : int64[n_bushes + 2]
        0 everywhere before; out: where each bush begins in `used`, the last entry being idle.
    used : int64[size of all cores]
        Out: where they are in the bushes' arrays.
    """
    bushes = named_bushes(bushes)
    start, n_core, link, flow = bushes.start, bushes.n_core, bushes.placed.link, bushes.placed.flow
    for k in range(n_core.size):
        for e in range(start[k], start[k] + n_core[k]):
            if flow[e] > empty[k] and not held[e] and stiffness[link[e]] < np.inf:
                ptr[k + 2] += 1
                row_ptr[link[e] + 2] += 1
    for k in range(n_core.size):
        ptr[k + 2] += ptr[k + 1]
    for row in range(stiffness.size):
        row_ptr[row + 2] += row_ptr[row + 1]
    # entry i + 1 of the pointers says where the next one of i goes, and in the end where i + 1 begins
    for k in range(n_core.size):
        for e in range(start[k], start[k] + n_core[k]):
            row = link[e]
            if flow[e] > empty[k] and not held[e] and stiffness[row] < np.inf:
                at[row_ptr[row + 1]] = e
                bush[row_ptr[row + 1]] = k
                row_ptr[row + 1] += 1
    for i in range(by_stiffness.size):
        row = by_stiffness[i]
        for j in range(row_ptr[row], row_ptr[row + 1]):
            k = bush[j]
            used[ptr[k + 1]] = at[j]
            ptr[k + 1] += 1


@kernel
def _find(above, p):
    """Representative of a place's part of the forest; halves the way to it."""
    while above[p] != p:
        above[p] = above[above[p]]
        p = above[p]
    return p


@kernel
def forests(ptr, used, placed, stiffness, found, unions):
    """Find the forest of each bush.

    Parameters
    ----------
    ptr, used
        See `used_links`.
    placed : PlacedLinks
    stiffness
        See `newton_step`.
    found : Forests
        Out.
    unions : Unions
        Work space.
    """
    placed, found, unions = PlacedLinks(*placed), Forests(*found), Unions(*unions)
    tree_ptr, tree, leaf, out_ptr, out, rest = found
    above, degree, joined, number = unions
    link, tail_place, head_place = placed.link, placed.tail_place, placed.head_place
    n_bushes = tree_ptr.size - 1
    n_tree = 0
    n_out = 0
    tree_ptr[0] = 0
    out_ptr[0] = 0
    for k in range(n_bushes):
        for i in range(ptr[k], ptr[k + 1]):
            for p in (tail_place[used[i]], head_place[used[i]]):
                above[p] = p
                degree[p] = 0
                joined[p] = 0
                number[p] = used.size
        for i in range(ptr[k], ptr[k + 1]):
            e = used[i]
            a = _find(above, tail_place[e])
            b = _find(above, head_place[e])
            if a == b:
                out[n_out] = e
                n_out += 1
                continue
            above[a] = b
            for p in (tail_place[e], head_place[e]):
                degree[p] += 1
                joined[p] ^= e
        for i in range(ptr[k], ptr[k + 1]):
            for first in (tail_place[used[i]], head_place[used[i]]):
                p = first
                while degree[p] == 1:
                    e = joined[p]
                    tree[n_tree] = e
                    leaf[n_tree] = p
                    number[p] = n_tree
                    n_tree += 1
                    degree[p] = 0
                    p = tail_place[e] if head_place[e] == p else head_place[e]
                    degree[p] -= 1
                    joined[p] ^= e
        for j in range(out_ptr[k], n_out):
            a = tail_place[out[j]]
            b = head_place[out[j]]
            rest[j] = 0.0
            while a != b:
                if number[a] > number[b]:
                    a, b = b, a
                e = tree[number[a]]
                rest[j] += stiffness[link[e]]
                a = tail_place[e] if head_place[e] == a else head_place[e]
        tree_ptr[k + 1] = n_tree
        out_ptr[k + 1] = n_out


@kernel
def _carry(y, forest, placed, net, x, volume):
    """Changes of flow `x` on used links, and of `volume` on all links, by `y` on those outside.

    `net`, what is missing at each place, is zero before and after.
    """
    link, tail_place, head_place = placed.link, placed.tail_place, placed.head_place
    tree_ptr, tree, leaf, out_ptr, out = forest.tree_ptr, forest.tree, forest.leaf, forest.out_ptr, forest.out
    for row in range(volume.size):
        volume[row] = 0.0
    for k in range(tree_ptr.size - 1):
        for j in range(out_ptr[k], out_ptr[k + 1]):
            e = out[j]
            x[e] = y[j]
            volume[link[e]] += y[j]
            net[head_place[e]] += y[j]
            net[tail_place[e]] -= y[j]
        for i in range(tree_ptr[k], tree_ptr[k + 1]):
            e = tree[i]
            p = leaf[i]
            by = net[p]
            net[p] = 0.0
            if head_place[e] == p:
                x[e] = -by
                net[tail_place[e]] += by
            else:
                x[e] = by
                net[head_place[e]] += by
            volume[link[e]] += x[e]
        for i in range(tree_ptr[k], tree_ptr[k + 1]):  # rounding at the last place of each tree
            net[head_place[tree[i]]] = 0.0
            net[tail_place[tree[i]]] = 0.0


@kernel
def _around(k, cost, forest, placed, label, circle):
    """Cost around the circle of each link outside the forest of one bush; `label` is zero before and after."""
    link, tail_place, head_place = placed.link, placed.tail_place, placed.head_place
    tree_ptr, tree, leaf, out_ptr, out = forest.tree_ptr, forest.tree, forest.leaf, forest.out_ptr, forest.out
    for i in range(tree_ptr[k + 1] - 1, tree_ptr[k] - 1, -1):
        e = tree[i]
        if head_place[e] == leaf[i]:
            label[leaf[i]] = label[tail_place[e]] + cost[link[e]]
        else:
            label[leaf[i]] = label[head_place[e]] - cost[link[e]]
    for j in range(out_ptr[k], out_ptr[k + 1]):
        e = out[j]
        circle[j] = label[tail_place[e]] + cost[link[e]] - label[head_place[e]]
    for i in range(tree_ptr[k], tree_ptr[k + 1]):
        label[tail_place[tree[i]]] = 0.0
        label[head_place[tree[i]]] = 0.0


@kernel
def _precondition(forest, link, stiffness, space):
    """Solve the equations that know only the links outside the forests."""
    out, rest, r, z, share, mean = forest.out, forest.rest, space.r, space.z, space.share, space.mean
    for row in range(stiffness.size):
        share[row] = 0.0
        mean[row] = 0.0
    for j in range(out.size):
        share[link[out[j]]] += 1.0 / rest[j]
        mean[link[out[j]]] += r[j] / rest[j]
    for j in range(out.size):
        row = link[out[j]]
        if share[row] * rest[j] <= 1.0:
            z[j] = r[j] / (rest[j] + stiffness[row])
        else:
            middle = mean[row] / share[row]
            z[j] = ((r[j] - middle) + middle / (1.0 + stiffness[row] * share[row])) / rest[j]


@kernel
def _dot(a, b):
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def solve(user_class, cost, forest, placed, stiffness, x, change, space):
    """Newton's change of flows and volumes.

    Parameters
    ----------
    user_class, cost, placed
        See `kernels.bush`.
    forest : Forests
        `out` and `rest` have no more than the links outside.
    stiffness
        See `newton_step`.
    x : float64[]
        Out: change of flow on used links.
    change : float64[n_links]
        Out: change of volumes.
    space : Gradients
        Work space.

    Returns
    -------
    float
        Derivative of the objective along the change.
    """
    forest, placed, space = Forests(*forest), PlacedLinks(*placed), Gradients(*space)
    gradient, y, r, z, p, q, image = space.gradient, space.y, space.r, space.z, space.p, space.q, space.image
    n = forest.out.size
    n_bushes = user_class.size
    for k in range(n_bushes):
        _around(k, cost[user_class[k]], forest, placed, space.net, gradient)
    for j in range(n):
        r[j] = -gradient[j]
    _precondition(forest, placed.link, stiffness, space)
    for j in range(n):
        p[j] = z[j]
        q[j] = r[j]
    rz = _dot(r, z)
    goal = ACCURACY * ACCURACY * rz
    for _ in range(PRODUCTS):
        if not rz > goal:
            break
        _carry(p, forest, placed, space.net, x, change)
        pimage = DAMPING * _dot(p, q)
        for row in range(stiffness.size):
            space.price[row] = stiffness[row] * change[row] if change[row] != 0.0 else 0.0
            pimage += space.price[row] * change[row]
        if not pimage > 0.0:
            break
        for k in range(n_bushes):
            _around(k, space.price, forest, placed, space.net, image)
        by = rz / pimage
        for j in range(n):
            y[j] += by * p[j]
            r[j] -= by * (image[j] + DAMPING * q[j])
        _precondition(forest, placed.link, stiffness, space)
        before = rz
        rz = _dot(r, z)
        for j in range(n):
            p[j] = z[j] + rz / before * p[j]
            q[j] = r[j] + rz / before * q[j]
    _carry(y, forest, placed, space.net, x, change)
    return _dot(gradient, y)


@kernel
def search(delay, links, change, descent, furthest, begin, time):
    """Move volumes along `change` as far as the objective falls, by Newton's method in a bracket.

    Parameters
    ----------
    delay, links : Delay, LinkState
    change : float64[n_links]
    descent : float
        Derivative of the objective along it, below 0.
    furthest : float
        Where the search ends.
    begin, time : float64[n_links]
        Volumes at the beginning; work space.

    Returns
    -------
    float
        How far.
    """
    delay, links = Delay(*delay), LinkState(*links)
    volume, slope = links.volume, links.slope
    for row in range(volume.size):
        time[row] = update(delay, np.int32(row), links) if change[row] != 0.0 else 0.0
    low = 0.0
    high = furthest
    step = min(1.0, furthest)
    for _ in range(SEARCH_TRIALS):
        now = descent
        bend = 0.0
        for row in range(volume.size):
            if change[row] != 0.0:
                volume[row] = max(begin[row] + step * change[row], 0.0)
                now += (update(delay, np.int32(row), links) - time[row]) * change[row]
                bend += slope[row] * change[row] * change[row]
        if abs(now) <= FLAT_ENOUGH * -descent or (now < 0.0 and step == furthest):
            break
        if now < 0.0:
            low = step
        else:
            high = step
        target = step - now / bend
        if target >= high and now < 0.0 and high == furthest:
            target = furthest
        elif not low < target < high:
            target = 0.5 * (low + high)
        if target == step:
            break
        step = target
    return step


@kernel
def furthest_step(used, flow, x, furthest):
    """Step at which the first of the `used` links is empty, `furthest` (float) at most."""
    for i in range(used.size):
        e = used[i]
        if flow[e] + furthest * x[e] < 0.0:
            furthest = flow[e] / -x[e]
    return furthest


def newton_step(n_places, delay, bushes, empty, links, stiffness, by_stiffness, holds):
    """Shift flow in all bushes by one step of Newton's method.

    Parameters
    ----------
    n_places : int
        Most nodes that a bush may have.
    delay, bushes, links : Delay, PlacedBushes, LinkState
        Flows are changed and `links` kept in step.
    empty : float64[n_bushes]
        Flow up to which a link of the bush counts as empty.
    stiffness : float64[n_links]
        Slopes, made positive; links where it is inf are held.
    by_stiffness : int64[n_links]
        Links by rising stiffness.
    holds : int
        How often links that end the step too early may be held and a direction be looked for without them.

    Returns
    -------
    float
        Length of the step, 1 where Newton's is taken; 0 if there is none.
    """
    flow = bushes.placed.flow
    x = np.empty(flow.size)
    held = np.zeros(flow.size, np.bool_)
    change = np.empty(stiffness.size)
    for trial in range(holds + 1):
        ptr, used = _used_links(bushes, empty, held, stiffness, by_stiffness)
        descent = _direction(n_places, bushes, links.cost, ptr, used, stiffness, x, change)
        if not descent < 0.0:
            return 0.0
        furthest = furthest_step(used, flow, x, 2.0)
        if furthest >= LEAST_STEP:
            break
        if trial < holds:
            held[used] = flow[used] + LEAST_STEP * x[used] < 0.0
    step = search(tuple(delay), tuple(links), change, descent, furthest, links.volume.copy(), np.empty(stiffness.size))
    left = flow[used] + step * x[used]
    flow[used] = np.where(left > ROUNDED_OFF * flow[used], left, 0.0)
    return step


def _used_links(bushes, empty, held, stiffness, by_stiffness):
    """See `used_links`: where each bush begins, and the links."""
    n_bushes, size = bushes.n_core.size, int(bushes.n_core.sum())
    ptr, row_ptr = np.zeros(n_bushes + 2, np.int64), np.zeros(stiffness.size + 2, np.int64)
    at, bush, used = np.empty((3, size), np.int64)
    used_links(bushes.plain(), empty, held, stiffness, by_stiffness, row_ptr, at, bush, ptr, used)
    return ptr[:-1], used[: ptr[-2]]


def _direction(n_places, bushes, cost, ptr, used, stiffness, x, change):
    """Newton's direction, see `solve`."""
    tree_ptr, out_ptr = np.empty((2, ptr.size), np.int64)
    tree, out = np.empty((2, used.size), np.int64)
    leaf, rest = np.empty(used.size, np.int32), np.empty(used.size)
    found = Forests(tree_ptr, tree, leaf, out_ptr, out, rest)
    unions = Unions(np.empty(n_places, np.int32), *np.empty((3, n_places), np.int64))
    placed = tuple(bushes.placed)
    forests(ptr, used, placed, stiffness, tuple(found), tuple(unions))
    n = out_ptr[-1]
    price, share, mean = np.empty((3, stiffness.size))
    r, z, p, q, image = np.empty((5, n))
    space = Gradients(np.empty(n), np.zeros(n), r, z, p, q, image, np.zeros(n_places), price, share, mean)
    found = Forests(tree_ptr, tree, leaf, out_ptr, out[:n], rest[:n])
    return solve(bushes.user_class, cost, tuple(found), placed, stiffness, x, change, tuple(space))
