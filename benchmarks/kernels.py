"""Skims and assignment on a synthetic grid, beside scipy and beside plainer methods."""

import warnings

import numpy as np

from benchmarks.cases import Run, case
from benchmarks.networks import grid
from itas_mobility.demand.assignment import assign, proportionate, skim_used
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.skims import skim
from itas_mobility.errors import ConvergenceWarning


def _grid(quick: bool):
    # about the size of the embedded region, or a fifth of it
    return grid(35, 60) if quick else grid(80, 175)


@case("skim 1 thread, scipy dijkstra", repeats=3)
def skim_scipy(quick: bool) -> Run:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    roads, _ = _grid(quick)
    graph = csr_matrix((roads.free_time_s, (roads.tail, roads.head)), shape=(roads.n_nodes, roads.n_nodes))
    return lambda: dijkstra(graph, indices=np.arange(roads.n_zones))


@case("skim 1 thread (time and length)", reference="skim 1 thread, scipy dijkstra")
def skim_one(quick: bool) -> Run:
    import numba

    roads, _ = _grid(quick)

    def run():
        before = numba.get_num_threads()
        numba.set_num_threads(1)
        try:
            return skim(roads)
        finally:
            numba.set_num_threads(before)

    return run


@case("skim all threads", reference="skim 1 thread (time and length)")
def skim_all(quick: bool) -> Run:
    roads, _ = _grid(quick)
    return lambda: skim(roads)


@case("skim along used paths (time and length)", reference="skim all threads")
def skim_along_used_paths(quick: bool) -> Run:
    roads, trips = _grid(quick)
    found = assign(roads, trips, relative_gap=1e-10)
    return lambda: skim_used(roads, trips, found)


@case("proportionate", reference="skim all threads")
def proportionate_bushes(quick: bool) -> Run:
    roads, trips = _grid(quick)
    found = assign(roads, trips, relative_gap=1e-10)
    return lambda: proportionate(roads, trips, found)


@case("load, trees grown, 1 thread")
def load_grown(quick: bool) -> Run:
    roads, trips = _grid(quick)
    loader = Loader(roads, trips.trips, search="trees")
    cost = roads.free_time_s.copy()
    return lambda: loader.load(cost)


@case("load, hierarchy", reference="load, trees grown, 1 thread")
def load_hierarchy(quick: bool) -> Run:
    roads, trips = _grid(quick)
    loader = Loader(roads, trips.trips, search="hierarchy")
    cost = roads.free_time_s.copy()
    return lambda: loader.load(cost)


def _assign(algorithm: str, gap: float, **options: object):
    def setup(quick: bool) -> Run:
        roads, trips = _grid(quick)

        def run():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # plain methods may hit the limit
                return assign(roads, trips, relative_gap=gap, algorithm=algorithm, max_iterations=300, **options)

        return run

    return setup


case("assign fw 1e-4", repeats=3)(_assign("fw", 1e-4))
case("assign cfw 1e-4", reference="assign fw 1e-4", repeats=3)(_assign("cfw", 1e-4))
case("assign bfw 1e-4", reference="assign fw 1e-4", repeats=3)(_assign("bfw", 1e-4))
case("assign bfw 1e-4, 1 thread", reference="assign bfw 1e-4", repeats=3)(_assign("bfw", 1e-4, threads=1))


@case("assign bfw 1e-4, warm, capacity -1 %", reference="assign bfw 1e-4", repeats=3)
def assign_warm(quick: bool) -> Run:
    from dataclasses import replace

    roads, trips = _grid(quick)
    before = assign(roads, trips, relative_gap=1e-4, algorithm="bfw")
    changed = replace(roads, capacity_veh_per_h=0.99 * roads.capacity_veh_per_h)
    return lambda: assign(changed, trips, relative_gap=1e-4, algorithm="bfw", warm_start=before)


case("assign bush 1e-4", reference="assign bfw 1e-4", repeats=3)(_assign("bush", 1e-4))
case("assign bush 1e-8", reference="assign bfw 1e-4", repeats=3)(_assign("bush", 1e-8))
case("assign bush 1e-8, 1 thread", reference="assign bush 1e-8", repeats=3)(_assign("bush", 1e-8, threads=1))


@case("assign bush 1e-8, warm, five links -20 %", reference="assign bush 1e-8, 1 thread")
def assign_bush_warm(quick: bool) -> Run:
    from dataclasses import replace

    roads, trips = _grid(quick)
    before = assign(roads, trips, relative_gap=1e-8, threads=1)
    capacity = roads.capacity_veh_per_h.copy()
    capacity[np.argsort(before.volume_veh_per_h / capacity)[-5:]] *= 0.8
    changed = replace(roads, capacity_veh_per_h=capacity)
    return lambda: assign(changed, trips, relative_gap=1e-8, threads=1, warm_start=before)


@case("assign bush 1e-8, 25 nodes, 1 thread, ten times")
def assign_bush_small(quick: bool) -> Run:  # noqa: ARG001  # what a call costs at least has one size
    roads, trips = grid(5, 20)

    def run():
        for _ in range(10):
            result = assign(roads, trips, relative_gap=1e-8, threads=1)
        return result

    return run
