"""Run by the peer's interpreter: biconjugate Frank-Wolfe of AequilibraE on a network from a file; prints JSON.

It imports nothing of ours: the peer may live in another environment. Arguments: the file that `peers` wrote, the file
for the volumes, relative gap, processor seconds after which to stop.
"""

import json
import logging
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
from aequilibrae.matrix import AequilibraeMatrix
from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

LEAST_TIME_S = 1e-6
"""The peer refuses links that take no time; this is far below what any gap can tell."""


def main() -> None:
    """Solve and report."""
    source, target, gap, limit_s = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    logging.getLogger("aequilibrae").handlers.clear()
    with np.load(source) as given:
        assignment = prepare({name: given[name] for name in given.files}, gap)
    began, worked = time.perf_counter(), time.process_time()
    solver = assignment.assignment
    converged = solver.check_convergence

    def is_done() -> bool:
        return converged() or time.process_time() - worked > limit_s

    solver.check_convergence = is_done
    assignment.execute(log_specification=False)
    wall, processor = time.perf_counter() - began, time.process_time() - worked
    found = assignment.results()
    np.save(target, found.sort_index()["PCE_AB"].to_numpy(dtype=np.float64))
    print(
        json.dumps(
            {
                "wall": wall,
                "processor": processor,
                "iterations": int(solver.iter),
                "own_gap": float(solver.rgap),
                "version": version("aequilibrae"),
            }
        )
    )


def prepare(given: dict[str, np.ndarray], gap: float) -> TrafficAssignment:
    """The peer's objects, ready to run on one thread."""
    n_links, n_zones = len(given["tail"]), int(given["n_zones"])
    zones = np.arange(1, n_zones + 1)
    constant = (given["alpha"] == 0.0) | (given["beta"] == 0.0)
    graph = Graph()
    graph.network = pd.DataFrame(
        {
            "link_id": np.arange(1, n_links + 1),
            "a_node": given["tail"].astype(np.int64) + 1,
            "b_node": given["head"].astype(np.int64) + 1,
            "direction": np.ones(n_links, dtype=np.int8),
            # power 0 is refused: such links take (1 + alpha) times as long, whatever their volume
            "time": np.maximum(
                given["free_time_s"] * np.where(given["beta"] == 0.0, 1.0 + given["alpha"], 1.0), LEAST_TIME_S
            ),
            "capacity": given["capacity"],
            "alpha": np.where(constant, 0.0, given["alpha"]),
            "beta": np.where(constant, 1.0, given["beta"]),
            "fixed": given["fixed_s"],
        }
    )
    graph.prepare_graph(zones)
    graph.set_graph("time")
    graph.set_skimming([])
    graph.set_blocked_centroid_flows(bool(given["blocked"]))
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=n_zones, matrix_names=["trips"], memory_only=True)
    matrix.index[:] = zones
    matrix.matrices[:, :, 0] = given["demand"]
    matrix.computational_view(["trips"])
    cars = TrafficClass("car", graph, matrix)
    if given["fixed_s"].any():
        cars.set_fixed_cost("fixed")
    assignment = TrafficAssignment()
    assignment.set_classes([cars])
    assignment.set_vdf("BPR")
    assignment.set_vdf_parameters({"alpha": "alpha", "beta": "beta"})
    assignment.set_capacity_field("capacity")
    assignment.set_time_field("time")
    assignment.set_algorithm("bfw")
    assignment.set_cores(1)
    assignment.max_iter = 1_000_000
    assignment.rgap_target = gap
    return assignment


if __name__ == "__main__":
    main()
