"""How exact volumes are, by the library's one definition, whoever found them."""

import numpy as np

from benchmarks.networks import Loaded
from itas_mobility.demand.assignment.gap import total_cost
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.assignment.vdf import TravelCost


def gap_of(given: Loaded, volume: np.ndarray) -> float:
    """(TSTT - SPTT) / TSTT of link volumes in veh/h; below 1e-13 it is rounding."""
    cost = TravelCost(given.roads, **given.weights).value(np.ascontiguousarray(volume))
    loaded = Loader(given.roads, given.trips.trips / given.trips.duration_h).load(cost)
    tstt = total_cost(volume, cost)
    return (tstt - loaded.shortest_veh_s) / tstt
