"""Newton's method for all bushes at once, where shifts at one merge after the other creep.

Shifts at single merges take turns in undoing each other where a link with a steep function is common to several of
them, be it within a bush or in several bushes. Together they would move: the sum of their flows on the steep link stays,
what differs between them changes. So all used links of all cores are taken together:

- Unknown is the change of flow on each link outside a spanning *forest* of a bush's used links; the forest's links take
  up what is missing at nodes. Any such change keeps the demand. Its gradient is the cost around the circle that the
  link closes with the forest.
- The forest is the one of least slopes, so that each link outside is the steepest of its circle. Then the second
  derivatives are governed by its own slope, in whatever orders of magnitude slopes differ.
- Newton's equations, with slopes of the links as second derivatives, are solved by conjugate gradients. Their
  preconditioner takes the unknowns of one link together: their own circles' slopes on the diagonal, plus the slope of
  the link for the sum of them all, which is inverted in closed form (Sherman and Morrison).
- The step goes as far as the cost along it falls, and until a first link is empty.

Sources: Vaidya (1990, unpublished; Bern, Gilbert, Hendrickson, Nguyen and Toledo 2006, "Support-graph preconditioners",
SIAM Journal on Matrix Analysis and Applications 27) for spanning trees of least resistance; Kruskal (1956) for the
forest; Hestenes and Stiefel (1952) for conjugate gradients; Sherman and Morrison (1950).
"""

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.bush import update


@kernel
def _used_links(bushes, empty, stiffness, by_stiffness):
    """Used links of all cores, those of each bush by rising slope.

    Returns
    -------
    tuple
        int64[n_bushes + 1] first of each bush, int64[n] where the link is in the bushes' arrays, int64[n_links + 1] and
        int64[n] the same by link.
    """
    _, _, start, _, n_core, link, _, _, flow = bushes
    n_bushes = n_core.size
    ptr = np.zeros(n_bushes + 1, np.int64)
    row_ptr = np.zeros(stiffness.size + 1, np.int64)
    for k in range(n_bushes):
        ptr[k + 1] = ptr[k]
        for e in range(start[k], start[k] + n_core[k]):
            if flow[e] > empty[k] and stiffness[link[e]] < np.inf:
                ptr[k + 1] += 1
                row_ptr[link[e] + 1] += 1
    for row in range(stiffness.size):
        row_ptr[row + 1] += row_ptr[row]
    at = np.empty(ptr[n_bushes], np.int64)
    bush = np.empty(ptr[n_bushes], np.int64)
    fill = row_ptr.copy()
    for k in range(n_bushes):
        for e in range(start[k], start[k] + n_core[k]):
            if flow[e] > empty[k] and stiffness[link[e]] < np.inf:
                at[fill[link[e]]] = e
                bush[fill[link[e]]] = k
                fill[link[e]] += 1
    used = np.empty(ptr[n_bushes], np.int64)
    fill = ptr.copy()
    for i in range(by_stiffness.size):
        row = by_stiffness[i]
        for j in range(row_ptr[row], row_ptr[row + 1]):
            used[fill[bush[j]]] = at[j]
            fill[bush[j]] += 1
    return ptr, used


@kernel
def _find(above, p):
    """Representative of a place's part of the forest; halves the way to it."""
    while above[p] != p:
        above[p] = above[above[p]]
        p = above[p]
    return p


@kernel
def _forests(n_places, ptr, used, tail_place, head_place, link, stiffness):
    """Forest of least slopes of each bush, from its leaves on, and the links outside.

    Returns
    -------
    tuple
        Forest: int64[n_bushes + 1], int64[n] links, int64[n] the leaf that each link cuts off.
        Outside: int64[n_bushes + 1], int64[m] links, float64[m] sum of slopes of the rest of the circle.
    """
    n_bushes = ptr.size - 1
    tree_ptr = np.zeros(n_bushes + 1, np.int64)
    tree = np.empty(used.size, np.int64)
    leaf = np.empty(used.size, np.int32)
    out_ptr = np.zeros(n_bushes + 1, np.int64)
    out = np.empty(used.size, np.int64)
    rest = np.empty(used.size, np.float64)
    above = np.empty(n_places, np.int32)
    degree = np.zeros(n_places, np.int64)
    joined = np.zeros(n_places, np.int64)  # exclusive or of the forest's links at a place: with one left, that link
    number = np.empty(n_places, np.int64)
    n_tree = 0
    n_out = 0
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
    return tree_ptr, tree, leaf, out_ptr, out[:n_out], rest[:n_out]


@kernel
def _carry(y, tree_ptr, tree, leaf, out_ptr, out, tail_place, head_place, link, net, x, volume):
    """Changes of flow `x` on all used links by those outside the forests, and of the links' volumes."""
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
        for j in range(out_ptr[k], out_ptr[k + 1]):
            net[head_place[out[j]]] = 0.0
            net[tail_place[out[j]]] = 0.0
        for i in range(tree_ptr[k], tree_ptr[k + 1]):
            net[head_place[tree[i]]] = 0.0
            net[tail_place[tree[i]]] = 0.0


@kernel
def _around(k, cost, tree_ptr, tree, leaf, out_ptr, out, tail_place, head_place, link, label, circle):
    """Cost around the circle of each link outside the forest of one bush."""
    for i in range(tree_ptr[k], tree_ptr[k + 1]):
        label[tail_place[tree[i]]] = 0.0
        label[head_place[tree[i]]] = 0.0
    for i in range(tree_ptr[k + 1] - 1, tree_ptr[k] - 1, -1):
        e = tree[i]
        if head_place[e] == leaf[i]:
            label[leaf[i]] = label[tail_place[e]] + cost[link[e]]
        else:
            label[leaf[i]] = label[head_place[e]] - cost[link[e]]
    for j in range(out_ptr[k], out_ptr[k + 1]):
        e = out[j]
        circle[j] = label[tail_place[e]] + cost[link[e]] - label[head_place[e]]


@kernel
def _precondition(r, out, rest, link, stiffness, share, mean, z):
    """Solve the equations that know only the links outside the forests."""
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
def newton_step(n_places, delay, bushes, empty, links, stiffness, by_stiffness, accuracy, most_products, delta):
    """One step of Newton's method over all bushes.

    Returns
    -------
    tuple
        Unknowns, products, step, slope at its beginning.
    """
    _, user_class, _, _, _, link, tail_place, head_place, flow = bushes
    volume, cost, slope = links
    n_bushes = user_class.size
    ptr, used = _used_links(bushes, empty, stiffness, by_stiffness)
    tree_ptr, tree, leaf, out_ptr, out, rest = _forests(n_places, ptr, used, tail_place, head_place, link, stiffness)
    n = out.size
    if n == 0:
        return 0, 0, 0.0, 0.0
    work = np.zeros(n_places, np.float64)
    x = np.empty(flow.size, np.float64)
    change = np.empty(stiffness.size, np.float64)
    price = np.empty(stiffness.size, np.float64)
    share = np.empty(stiffness.size, np.float64)
    mean = np.empty(stiffness.size, np.float64)
    gradient = np.empty(n, np.float64)
    y = np.zeros(n, np.float64)
    r = np.empty(n, np.float64)
    z = np.empty(n, np.float64)
    p = np.empty(n, np.float64)
    hp = np.empty(n, np.float64)
    q = np.empty(n, np.float64)
    for k in range(n_bushes):
        _around(
            k, cost[user_class[k]], tree_ptr, tree, leaf, out_ptr, out, tail_place, head_place, link, work, gradient
        )
    for p_ in range(n_places):
        work[p_] = 0.0
    for j in range(n):
        r[j] = -gradient[j]
    _precondition(r, out, rest, link, stiffness, share, mean, z)
    for j in range(n):
        p[j] = z[j]
        q[j] = r[j]
    rz = _dot(r, z)
    goal = accuracy * accuracy * rz
    products = 0
    while products < most_products and rz > goal:
        _carry(p, tree_ptr, tree, leaf, out_ptr, out, tail_place, head_place, link, work, x, change)
        php = delta * _dot(p, q)
        for row in range(stiffness.size):
            price[row] = stiffness[row] * change[row] if change[row] != 0.0 else 0.0
            php += price[row] * change[row]
        if not php > 0.0:
            break
        for k in range(n_bushes):
            _around(k, price, tree_ptr, tree, leaf, out_ptr, out, tail_place, head_place, link, work, hp)
        for p_ in range(n_places):
            work[p_] = 0.0
        products += 1
        by = rz / php
        for j in range(n):
            y[j] += by * p[j]
            r[j] -= by * (hp[j] + delta * q[j])
        _precondition(r, out, rest, link, stiffness, share, mean, z)
        before = rz
        rz = _dot(r, z)
        for j in range(n):
            p[j] = z[j] + rz / before * p[j]
            q[j] = r[j] + rz / before * q[j]
    _carry(y, tree_ptr, tree, leaf, out_ptr, out, tail_place, head_place, link, work, x, change)
    descent = _dot(gradient, y)
    if not descent < 0.0:
        return n, products, 0.0, descent
    step = 2.0
    for i in range(used.size):
        e = used[i]
        if flow[e] + step * x[e] < 0.0:
            step = flow[e] / -x[e]
    furthest = step
    # line search: find the zero of the rising derivative
    for row in range(stiffness.size):
        price[row] = cost[0, row]
        mean[row] = volume[row]
    low = 0.0
    high = furthest
    step = min(1.0, furthest)
    for trial in range(60):
        now = descent
        bend = 0.0
        for row in range(stiffness.size):
            if change[row] != 0.0:
                volume[row] = max(mean[row] + step * change[row], 0.0)
                update(delay, row, links)
                now += (cost[0, row] - price[row]) * change[row]
                bend += slope[row] * change[row] * change[row]
        if abs(now) <= 0.01 * -descent or (now < 0.0 and step == furthest):
            break
        if now < 0.0:
            low = step
        else:
            high = step
        if high <= low * (1 + 1e-9):
            break
        step -= now / bend
        if not low < step < high:
            step = furthest if high == furthest and trial < 3 and step >= high else 0.5 * (low + high)
    for i in range(used.size):
        e = used[i]
        left = flow[e] + step * x[e]
        flow[e] = left if left > 1e-15 * flow[e] else 0.0
    return n, products, step, descent
