"""Best journeys over a window of wished moments the slow, obvious way: cut at every place where two costs cross."""

from itertools import pairwise

import numpy as np


def cost_at(wish, moments, costs, weight):
    """Costs of all journeys for somebody who wishes to travel at a moment."""
    return np.asarray(costs) + weight * np.abs(wish - np.asarray(moments))


def stretches(moments, costs, weight, start, end):
    """[(begin, end, best journey)] over which one journey is best and its cost goes evenly."""
    cuts = {start, end, *(m for m in moments if start < m < end)}
    for i, m in enumerate(moments):
        for j, n in enumerate(moments):
            crossing = (costs[j] - costs[i]) / (2 * weight) + (m + n) / 2 if weight > 0 else start
            cuts |= {crossing} if start < crossing < end else set()
    cuts = sorted(cuts)
    return [(a, b, int(np.argmin(cost_at((a + b) / 2, moments, costs, weight)))) for a, b in pairwise(cuts)]


def means(moments, costs, weight, start, end, values):
    """Mean least cost, mean shift and means of further values of the best journeys over the wished moments."""
    cost, shift, others = 0.0, 0.0, np.zeros(len(values))
    for a, b, best in stretches(moments, costs, weight, start, end):
        at_ends = (cost_at(a, moments, costs, weight)[best] + cost_at(b, moments, costs, weight)[best]) / 2
        cost += (b - a) * at_ends
        shift += (b - a) * (abs(a - moments[best]) + abs(b - moments[best])) / 2
        others += (b - a) * np.array([value[best] for value in values])
    return cost / (end - start), shift / (end - start), others / (end - start)


def share_up_to(limit, moments, costs, weight, start, end):
    """Share of the wished moments whose least cost does not exceed a limit."""
    total = 0.0
    for a, b, best in stretches(moments, costs, weight, start, end):
        low, high = sorted(cost_at(x, moments, costs, weight)[best] for x in (a, b))
        if high <= limit:
            total += b - a
        elif low < limit:
            total += (b - a) * (limit - low) / (high - low)
    return total / (end - start)
