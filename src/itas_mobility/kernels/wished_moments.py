"""Which of several journeys is best at each moment somebody wishes to travel, where adapting to them has its price."""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel
def best_stretches(journey_ptr, moment, cost, weight, begin, end, stack, low, high):
    """Stretch of wished moments at which each journey costs least.

    It costs what it costs itself, and the way in time from the wish to it, weighted.

    The least cost over journeys is the lower envelope of V-shaped functions of equal slopes. A journey that another
    one undercuts at its own moment is never best; each of the others is best around its moment, up to where it costs
    as much as its neighbour.

    Parameters
    ----------
    journey_ptr : int64[n_sets + 1]
        Journeys of each set.
    moment : float64[n_journeys]
        When each journey is made, rising in each set.
    cost : float64[n_journeys]
        Its cost, finite.
    weight : float
        Cost of adaptation per unit of time, 0 or more.
    begin, end : float
        Window of wishes.
    stack : int64[n_journeys]
        Work space.
    low, high : float64[n_journeys]
        Filled: the journey is best at wishes between them; equal where it never is.
    """
    for s in range(journey_ptr.size - 1):
        first = journey_ptr[s]
        top = first - 1  # the stack of journeys that are best somewhere begins at the set's own place
        for j in range(first, journey_ptr[s + 1]):
            low[j] = begin
            high[j] = begin
            if top >= first:
                i = stack[top]
                if cost[i] + weight * (moment[j] - moment[i]) <= cost[j]:
                    continue
            while top >= first and cost[j] + weight * (moment[j] - moment[stack[top]]) < cost[stack[top]]:
                top -= 1
            top += 1
            stack[top] = j
        edge = begin
        for at in range(first, top + 1):
            i = stack[at]
            low[i] = edge
            edge = end
            if at < top:
                j = stack[at + 1]
                middle = (moment[i] + moment[j]) / 2 + (cost[j] - cost[i]) / (2 * weight)
                edge = min(max(min(max(middle, moment[i]), moment[j]), begin), end)
            high[i] = edge


@kernel(internal=True)
def _note_piece(length, least, most, piece, pieces):
    """Note a stretch of wishes over which the cost goes evenly from least to most; returns the number of pieces."""
    if length > 0:
        pieces[piece, 0] = length
        pieces[piece, 1] = least
        pieces[piece, 2] = most
        piece += 1
    return piece


@kernel(internal=True)
def _length_up_to(value, is_included, n_pieces, pieces):
    """Length of the wishes whose cost lies below a value, or equals it where it is included."""
    total = 0.0
    for i in range(n_pieces):
        length, least, most = pieces[i, 0], pieces[i, 1], pieces[i, 2]
        if value > most or (is_included and value == most):
            total += length
        elif value > least:
            total += length * (value - least) / (most - least)
    return total


@kernel(allocates=True)
def cost_percentiles(journey_ptr, moment, cost, weight, low, high, share, value):
    """Percentiles of the least cost over the wishes of a window, exactly.

    Parameters
    ----------
    journey_ptr, moment, cost, weight, low, high
        As in `best_stretches`.
    share : float64[n_shares]
        Shares of the wishes, from 0 to 1.
    value : float64[n_shares, n_sets]
        Filled: the least cost that so many of the wishes do not exceed; inf for an empty set.
    """
    most = 1
    for s in range(journey_ptr.size - 1):
        most = max(most, journey_ptr[s + 1] - journey_ptr[s])
    pieces = np.empty((2 * most, 3))
    for s in range(journey_ptr.size - 1):
        n_pieces = 0
        for j in range(journey_ptr[s], journey_ptr[s + 1]):
            if low[j] >= high[j]:
                continue
            early, late = min(high[j], moment[j]), max(low[j], moment[j])  # wishes before and after the journey
            least = cost[j] + weight * (moment[j] - early)
            n_pieces = _note_piece(early - low[j], least, cost[j] + weight * (moment[j] - low[j]), n_pieces, pieces)
            least = cost[j] + weight * (late - moment[j])
            n_pieces = _note_piece(high[j] - late, least, cost[j] + weight * (high[j] - moment[j]), n_pieces, pieces)
        edges = np.empty(2 * n_pieces)
        total = 0.0
        for i in range(n_pieces):
            total += pieces[i, 0]
            edges[2 * i] = pieces[i, 1]
            edges[2 * i + 1] = pieces[i, 2]
        edges.sort()
        for q in range(share.size):
            if n_pieces == 0:
                value[q, s] = np.inf
                continue
            wanted = share[q] * total
            least_edge, last_edge = 0, 2 * n_pieces - 1  # the first edge up to which so many wishes lie
            while least_edge < last_edge:
                middle = (least_edge + last_edge) >> 1
                if _length_up_to(edges[middle], True, n_pieces, pieces) >= wanted:
                    last_edge = middle
                else:
                    least_edge = middle + 1
            value[q, s] = edges[last_edge]
            below = _length_up_to(edges[last_edge], False, n_pieces, pieces)
            if last_edge > 0 and below > wanted:  # between two edges the length rises evenly
                step = edges[last_edge] - edges[last_edge - 1]
                before = _length_up_to(edges[last_edge - 1], True, n_pieces, pieces)
                value[q, s] -= step * (below - wanted) / (below - before)
