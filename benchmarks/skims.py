"""Zone x zone skims beside scipy, igraph and AequilibraE: ``python -m benchmarks.skims [--quick] [--data FOLDER]``.

All use one thread and the same network: Berlin Center, if the folder of TNTP networks is given (option, or
``tntp`` below ``ITAS_SHARED_DATA``), else a synthetic grid. Peers that are not installed are left out. Times are minima
of several repeats in one process; customisation is part of ours, the node order, which is kept with the network, is not
and has a table of its own.
"""

import argparse
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

from benchmarks.networks import grid as grid_with_zones
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.hierarchy import hierarchy_of, weights
from itas_mobility.demand.skims import skim
from itas_mobility.kernels import dissection
from itas_mobility.kernels.hierarchy import LANES, Labels, contract
from itas_mobility.kernels.shortest_path import shortest_tree
from itas_mobility.network import synthetic

Skim = Callable[[], np.ndarray]


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.skims", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave the grid of 200,000 nodes out")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder of TNTP networks")
    given = parser.parse_args(arguments)
    numba.set_num_threads(1)
    name, roads = _network(given.data)
    print(f"{name}: {roads.n_nodes} nodes, {roads.n_links} links, {roads.n_zones} zones, 1 thread\n")
    _compare_skims(roads)
    _compare_loads(roads)
    _compare_labels(roads)
    _time_orders({name: roads} | _grids(quick=given.quick))
    return 0


def _network(folder: Path | None) -> tuple[str, RoadNetwork]:
    if folder is None and (shared := os.environ.get("ITAS_SHARED_DATA")):
        folder = Path(shared) / "tntp"
    if folder is None:
        return "grid", grid_with_zones(110, 800)[0]
    from itas_mobility.network import read_tntp

    return "Berlin Center", read_tntp(folder / "Berlin-Center" / "berlin-center_net.tntp")


def _grids(*, quick: bool) -> dict[str, RoadNetwork]:
    sides = (141,) if quick else (141, 447)
    return {f"grid {side} x {side}": synthetic.grid(side, side) for side in sides}


def _least(run: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Least wall and processor seconds of several runs, after one that compiles."""
    run()
    wall, processor = [], []
    for _ in range(repeats):
        began, worked = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
    return min(wall), min(processor)


def _row(name: str, seconds: tuple[float, float], reference: float, remark: str = "") -> None:
    ratio = seconds[1] / reference
    print(f"{name:44s} {1e3 * seconds[0]:10.2f} {1e3 * seconds[1]:10.2f} {ratio:10.2f}  {remark}", flush=True)


def _head(title: str) -> None:
    print(f"\n{title:44s} {'wall ms':>10s} {'cpu ms':>10s} {'ratio':>10s}")


def _compare_skims(roads: RoadNetwork) -> None:
    def time_only() -> np.ndarray:
        return skim(roads, intrazonal="zero", matrices=["time_s"])["time_s"]

    ours = time_only()
    _head("zone x zone times")
    seconds = _least(time_only)
    _row("itas_mobility, time", seconds, seconds[1])
    _row("itas_mobility, time and length", _least(lambda: skim(roads)), seconds[1])
    everything = ["time_s", "length_m", "toll_eur", "again"]
    _row(
        "itas_mobility, time and three more",
        _least(lambda: skim(roads, matrices=everything, link_values={"again": roads.free_time_s})),
        seconds[1],
    )
    for name, make in (("scipy", _scipy), ("igraph", _igraph), ("AequilibraE", _aequilibrae)):
        try:
            peer = make(roads)
        except ImportError:
            print(f"{name:44s} is not installed")
            continue
        theirs = peer()
        finite = np.isfinite(ours)
        same = bool((finite == np.isfinite(theirs)).all())
        apart = float((np.abs(theirs - ours)[finite] / np.maximum(ours[finite], 1e-9)).max())
        _row(name, _least(peer, 2), seconds[1], f"largest difference {apart:.1e}, same pairs reached: {same}")


def _split(roads: RoadNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Ends and least times of simple links, and the node each zone starts from.

    Centroids that are not passed through get a second node that their links leave.
    """
    closed = roads.tail < roads.first_through
    tail = np.where(closed, roads.n_nodes + roads.tail, roads.tail).astype(np.int64)
    n = roads.n_nodes + roads.first_through
    by_time = np.lexsort((roads.free_time_s, roads.head, tail))
    first = np.ones(roads.n_links, dtype=bool)
    first[1:] = (np.diff(tail[by_time]) != 0) | (np.diff(roads.head[by_time]) != 0)
    rows = by_time[first]
    zones = np.arange(roads.n_zones)
    start = np.where(zones < roads.first_through, roads.n_nodes + zones, zones)
    return tail[rows], roads.head[rows], roads.free_time_s[rows], start, n


def _with_zero_diagonal(matrix: np.ndarray) -> np.ndarray:
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _scipy(roads: RoadNetwork) -> Skim:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    tail, head, cost, start, n = _split(roads)
    graph = csr_matrix((cost, (tail, head)), shape=(n, n))
    return lambda: _with_zero_diagonal(dijkstra(graph, indices=start)[:, : roads.n_zones])


def _igraph(roads: RoadNetwork) -> Skim:
    import igraph

    tail, head, cost, start, n = _split(roads)
    graph = igraph.Graph(n=n, edges=np.column_stack([tail, head]), directed=True)
    ends, weight = list(range(roads.n_zones)), cost.tolist()
    sources = start.tolist()
    return lambda: _with_zero_diagonal(np.array(graph.distances(sources, ends, weights=weight)))


def _aequilibrae(roads: RoadNetwork) -> Skim:
    import pandas as pd
    from aequilibrae.paths import Graph, NetworkSkimming

    graph = Graph()
    graph.network = pd.DataFrame(
        {
            "link_id": np.arange(1, roads.n_links + 1),
            "a_node": roads.tail.astype(np.int64) + 1,
            "b_node": roads.head.astype(np.int64) + 1,
            "direction": np.ones(roads.n_links, dtype=np.int8),
            "time": roads.free_time_s,
        }
    )
    graph.prepare_graph(np.arange(1, roads.n_zones + 1))
    graph.set_graph("time")
    graph.set_skimming(["time"])
    graph.set_blocked_centroid_flows(roads.first_through >= roads.n_zones)

    def run() -> np.ndarray:
        skimming = NetworkSkimming(graph)
        skimming.set_cores(1)
        with contextlib.redirect_stderr(io.StringIO()):  # it shows progress
            skimming.execute()
        return _with_zero_diagonal(np.array(skimming.results.skims.matrix["time"], dtype=float))

    return run


def _compare_loads(roads: RoadNetwork) -> None:
    """All-or-nothing loads of one trip between each pair of zones."""
    demand = np.ones((roads.n_zones, roads.n_zones))
    _head("all-or-nothing load of all pairs")
    trees, swept = (Loader(roads, demand, search=search) for search in ("trees", "hierarchy"))
    seconds = _least(lambda: swept.load(roads.free_time_s))
    _row("hierarchy", seconds, seconds[1])
    _row("trees", _least(lambda: trees.load(roads.free_time_s), 2), seconds[1])


def _compare_labels(roads: RoadNetwork) -> None:
    """Labels of all nodes from one block of sources, by the hierarchy and by trees."""
    h = hierarchy_of(roads)
    w = weights(h, roads.free_time_s)
    source = np.arange(min(LANES, roads.n_zones), dtype=np.int32)
    labels = Labels(h, w)
    dist = np.empty(roads.n_nodes)
    space = [np.empty(roads.n_nodes, np.int32) for _ in range(4)]

    def grow() -> None:
        for s in source:
            shortest_tree(s, roads.first_through, roads.ptr, roads.head, roads.free_time_s, dist, *space)

    _head(f"labels of all nodes from {source.size} sources")
    seconds = _least(lambda: labels.find(source))
    _row("hierarchy", seconds, seconds[1])
    _row("trees", _least(grow), seconds[1])


def _time_orders(networks: dict[str, RoadNetwork]) -> None:
    print("\nSeconds of the processor; the order is found once per network and kept.")
    titles = ("nodes", "links", "arcs", "order s", "contract s", "customise s")
    print(f"{'hierarchy':20s}" + "".join(f"{title:>12s}" for title in titles))
    _make_hierarchy(synthetic.grid(5, 5))  # compiles
    for name, roads in networks.items():
        arcs, *seconds = _make_hierarchy(roads)
        counts = (roads.n_nodes, roads.n_links, arcs)
        print(f"{name:20s}" + "".join(f"{n:12d}" for n in counts) + "".join(f"{s:12.4f}" for s in seconds), flush=True)


def _make_hierarchy(roads: RoadNetwork) -> tuple[int, float, float, float]:
    """Arcs, and processor seconds of order, contraction and customisation."""
    ends = roads.n_nodes, roads.first_through, roads.tail, roads.head
    began = time.process_time()
    order = dissection.nested_dissection(*ends)
    ordered = time.process_time()
    near = dissection.neighbours(*ends)
    h = contract(roads.first_through, roads.ptr, roads.tail, roads.head, order, *near)
    contracted = time.process_time()
    weights(h, roads.free_time_s)
    return h.up.size, ordered - began, contracted - ordered, time.process_time() - contracted


if __name__ == "__main__":
    sys.exit(main())
