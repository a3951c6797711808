"""Run by a peer's interpreter: one question about public transport, timed; prints JSON and writes what was found.

It imports nothing of ours: the peer may live in another environment. Arguments: the peer, the file that
`transit_peers` wrote, the file for the answer.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

REPEATS = 3


def main() -> None:
    """Answer and report."""
    peer, source, target = sys.argv[1:4]
    with np.load(source) as given:
        run = PEERS[peer]({name: given[name] for name in given.files})
    walls, processors, found = [], [], {}
    for _ in range(REPEATS):
        began, worked = time.perf_counter(), time.process_time()
        found = run()
        walls.append(time.perf_counter() - began)
        processors.append(time.process_time() - worked)
    np.savez(target, **found)
    print(json.dumps({"wall": min(walls), "processor": min(processors), "version": version(peer)}))


def cafein(given: dict[str, np.ndarray]) -> Callable[[], dict[str, np.ndarray]]:
    """Times from all stops to all over the departures of an hour, each minute one, without walks, on one thread."""
    warnings.simplefilter("ignore")  # what it says about the feed is not the subject here
    import cafein

    network = cafein.TransportNetwork.from_gtfs(str(given["feed"]), trip_distances=False, leg_geometries=False)
    stops = [stop[0] for stop in network.stops]

    def run() -> dict[str, np.ndarray]:
        times = network.travel_time_matrix(
            stops, departure=str(given["departure"]), max_rides=int(given["max_rides"]), departure_time_window=60,
            percentiles=given["percentiles"].tolist(), workers=1, router="raptor",
        )  # fmt: skip
        return {"stop_id": np.array(stops), "time_s": times}

    return run


def aequilibrae(given: dict[str, np.ndarray]) -> Callable[[], dict[str, np.ndarray]]:
    """Volumes of optimal strategies on a graph whose waits are those of a single line, on one thread."""
    import pandas as pd
    from aequilibrae.paths.public_transport import HyperpathGenerating

    n_zones, n_nodes = int(given["n_zones"]), int(given["n_nodes"])
    # nobody travels through a zone: who arrives is at another node than who sets out
    head = np.where(given["head"] < n_zones, given["head"] + n_nodes, given["head"])
    wait_s = given["wait_s"]
    links = pd.DataFrame(
        {
            "tail": given["tail"].astype(np.int64),
            "head": head.astype(np.int64),
            "trav_time": given["cost_s"],
            "freq": np.divide(1.0, wait_s, out=np.full(len(wait_s), np.inf), where=wait_s > 0),
        }
    )
    origins = np.arange(n_zones)
    paths = HyperpathGenerating(
        links, o_vert_ids=origins, d_vert_ids=origins + n_nodes, nodes_to_indices=np.arange(n_nodes + n_zones)
    )
    trips = given["trips"]
    origin, destination = np.nonzero(trips)

    def run() -> dict[str, np.ndarray]:
        paths.assign(origin, destination + n_nodes, trips[origin, destination], threads=1)
        return {"volume": paths._edges["volume"].to_numpy(dtype=np.float64)}  # there is no public name for it

    return run


PEERS: dict[str, Callable[[dict[str, Any]], Callable[[], dict[str, np.ndarray]]]] = {
    "cafein": cafein,
    "aequilibrae": aequilibrae,
}

if __name__ == "__main__":
    main()
