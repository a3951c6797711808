"""Bushes of a small network as the solver lays them out, and slow, obvious walks over them."""

from itas_mobility.demand.assignment import bush_based
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.assignment.vdf import TravelCost
from oracles.road_networks import random_grid


def begun(seed, *, connectors=False, grown=True):
    """The arrays of the solver after its begin, with a first round of links that join if `grown`."""
    roads, trips = random_grid(seed, n_zones=6, connectors=connectors)
    pairs = Loader(roads, trips.trips / trips.duration_h).pairs
    arrays = bush_based._State([bush_based.ClassDemand(TravelCost(roads), pairs)], roads)
    arrays.begin()
    if grown:
        arrays.improve(arrays.all_bushes, 0.0)
    return roads, arrays


def rows_of(bushes, k, *, core=False):
    """Places of the links of bush k in the long arrays."""
    return range(bushes.start[k], bushes.start[k] + (bushes.n_core if core else bushes.n_links)[k])


def labels(bushes, k, cost, empty):
    """Least cost to each place over all links, and largest over used ones (and all where there is none)."""
    placed = bushes.placed
    least, most = {0: 0.0}, {0: 0.0}
    for e in rows_of(bushes, k):
        to = int(placed.head_place[e])
        if to in least:
            continue
        into = [i for i in rows_of(bushes, k) if placed.head_place[i] == to]
        used = [i for i in into if placed.flow[i] > empty] if len(into) > 1 else into
        least[to] = min(least[int(placed.tail_place[i])] + cost[placed.link[i]] for i in into)
        most[to] = max((most[int(placed.tail_place[i])] + cost[placed.link[i]] for i in used), default=least[to])
    return least, most


def check_laid_out(roads, bushes, demand):
    """Each bush is acyclic, numbered by place, its core first, and holds all destinations."""
    placed = bushes.placed
    for k in range(len(bushes.root)):
        rows = list(rows_of(bushes, k))
        node = {0: int(bushes.root[k])}
        for e in rows:
            assert placed.tail_place[e] < placed.head_place[e]
            assert node[int(placed.tail_place[e])] == roads.tail[placed.link[e]]
            assert (
                node.setdefault(int(placed.head_place[e]), int(roads.head[placed.link[e]]))
                == roads.head[placed.link[e]]
            )
        assert len(set(node.values())) == len(node)
        heads = placed.head_place[rows].tolist()
        assert heads == sorted(heads)
        merges = {to for to in heads if heads.count(to) > 1}
        leads_on = set(merges)
        for e in reversed(rows):
            if placed.head_place[e] in leads_on:
                leads_on.add(int(placed.tail_place[e]))
        assert [int(to) in leads_on for to in heads] == [e < bushes.start[k] + bushes.n_core[k] for e in rows]
        for pair in range(demand.pair_ptr[k], demand.pair_ptr[k + 1]):
            assert node[int(demand.place[pair])] == demand.destination[pair]
