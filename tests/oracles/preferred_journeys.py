"""Perceived times between zones the slow, obvious way: all rides, all ways to go on, until nothing gets better."""

import numpy as np

from oracles.choice_sets import quickest
from oracles.transit_search import backwards


def perceived_from_rides(pieces, walks, change, ends, slack, weights):
    """Least perceived time from boarding each piece of a trip to a place reached from stops `ends` {stop: s}."""
    walk_weight, wait_weight, penalty = weights
    value = [np.inf] * len(pieces)
    while True:
        before = list(value)
        for i, (_, at, stop, until) in enumerate(pieces):
            options = [walk_weight * ends[stop]] if stop in ends else []
            for j, (start, departure, _, _) in enumerate(pieces):
                if start == stop and departure >= until + max(slack, change[stop]):
                    options.append(penalty + wait_weight * (departure - until) + value[j])
                walk = walks.get((stop, start), np.inf)
                if start != stop and departure >= until + walk + slack:
                    wait = wait_weight * (departure - until - walk)
                    options.append(penalty + walk_weight * walk + wait + value[j])
            value[i] = min([value[i], *(until - at + option for option in options)])
        if value == before:
            return value


def ways_to_travel(pieces, walks, change, out, home, pair, slack, weights, window, longest, *, arrive_by):
    """Moments and perceived times of all useful departures (or arrivals) of a pair of zones.

    `window` bounds the moments at the doors; no vehicle counts that runs later than `longest` after its end.
    """
    starts, ends = quickest(out, pair[0]), quickest(home, pair[1])
    low, high = window
    if arrive_by:
        (pieces, walks), starts, ends, low, high = backwards(pieces, walks), ends, starts, -high, -low
    pieces = [piece for piece in pieces if piece[3] <= high + longest and piece[1] >= low]
    value = perceived_from_rides(pieces, walks, change, ends, slack, weights)
    found = [
        (at - starts[stop], weights[0] * starts[stop] + value[i])
        for i, (stop, at, _, _) in enumerate(pieces)
        if stop in starts and low <= at - starts[stop] <= high and value[i] < np.inf
    ]
    moments, costs = np.array(found).reshape(-1, 2).T
    return (-moments if arrive_by else moments), costs
