"""Public transport against others, the same question asked: ``python -m benchmarks.transit_peers --cafein PYTHON``.

The peers live in environments of their own, whose interpreters are named; what is not named is left out. Everything
runs on one thread, reading is not counted, and of several runs the least counts.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from benchmarks.transit import SHARED, kuopio

if TYPE_CHECKING:
    from itas_mobility.core import AccessLegs, TransitNetwork, Zones

REPEATS = 3
_BEGIN_S = 28_800.0
_PERCENTILES = (0.0, 75.0, 100.0)
"""At others the two mean neighbouring departures by the same percentile of sixty."""
_BLOCKS = 32


def ask_peer(peer: str, python: str, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a peer reports about its run, and what it found.

    Raises
    ------
    RuntimeError
        If its process fails, with what it said.
    """
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        source, target = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(source, **given)
        script = Path(__file__).with_name("transit_peer_process.py")
        command = [python, "-P", "-W", "ignore", str(script), peer, str(source), str(target)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{python}: {peer} failed with code {done.returncode}:\n{done.stderr}")
        with np.load(target) as found:
            return json.loads(done.stdout.splitlines()[-1]), {name: found[name] for name in found.files}


def least(run: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Least wall and processor seconds of several runs after one that compiles, and what the last one found."""
    found = run()
    walls, processors = [], []
    for _ in range(REPEATS):
        began, worked = time.perf_counter(), time.process_time()
        found = run()
        walls.append(time.perf_counter() - began)
        processors.append(time.process_time() - worked)
    return {"wall": min(walls), "processor": min(processors)}, found


def say(title: str, ours: dict[str, float], peer: str, theirs: dict[str, Any], agreement: str) -> None:
    """Print one comparison."""
    ratio = ours["processor"] / theirs["processor"]
    print(f"{title}, against {peer} {theirs['version']}: {ratio:.2f} of its processor seconds")
    print(f"  ours {ours['processor']:.3f} s (wall {ours['wall']:.3f}),", end=" ")
    print(f"{peer} {theirs['processor']:.3f} s (wall {theirs['wall']:.3f}); {agreement}", flush=True)


def compare_windows(python: str) -> None:
    """Times between all stops of Kuopio over an hour, no walks."""
    from itas_mobility import demand
    from itas_mobility.core import SearchLimits, TravelWindow

    table, _ = kuopio()
    zones, legs = _stops_as_zones(table)
    ours, skims = least(
        lambda: demand.transit.skim_timetable(
            table, legs, zones, window=TravelWindow(_BEGIN_S - 30.0, _BEGIN_S + 3570.0), percentiles=_PERCENTILES,
            limits=SearchLimits(max_journey_s=100_000.0),
        )
    )  # fmt: skip
    theirs, found = ask_peer(
        "cafein",
        python,
        {
            "feed": str(SHARED / "gtfs" / "kuopio_finland.zip"),
            "departure": "2017-01-10 08:00",
            "max_rides": 4,
            "percentiles": np.array(_PERCENTILES),
        },
    )
    row = {stop: i for i, stop in enumerate(table.stop_id.tolist())}
    order = np.array([row[stop] for stop in found["stop_id"].tolist()])
    is_equal = []
    for i, share in enumerate(_PERCENTILES):
        times = found["time_s"][:, :, i].astype(np.float64)
        times[times == np.iinfo(found["time_s"].dtype).max] = np.inf
        mine = skims[f"time_p{share:g}_s"][np.ix_(order, order)]
        is_equal.append((mine == times)[~np.eye(len(order), dtype=bool)])
    say(
        "Window of 60 departures, Kuopio, 1,355 x 1,355 stops",
        ours, "cafein", theirs, f"{np.mean(is_equal):.4%} of {np.size(is_equal):,} times are equal",
    )  # fmt: skip


def _stops_as_zones(table: Any) -> "tuple[Zones, AccessLegs]":
    from itas_mobility.core import AccessLegs, Zones

    n, none = table.n_stops, np.zeros(0, dtype=np.int32)
    stops = np.arange(n, dtype=np.int32)
    zones = Zones(
        zone_id=table.stop_id, name=table.stop_id, municipality=np.full(n, ""), district=np.full(n, ""),
        kind=np.zeros(n, dtype=np.uint8), lon_deg=table.stop_lon_deg, lat_deg=table.stop_lat_deg,
        residents=np.zeros(n), employed_residents=np.zeros(n), jobs=np.zeros(n), polygon=np.full(n, None),
    )  # fmt: skip
    legs = AccessLegs(
        n_zones=n, n_stops=n, zone=stops, stop=stops, time_s=np.zeros(n), length_m=np.zeros(n), transfer_from=none,
        transfer_to=none, transfer_time_s=np.zeros(0),
    )  # fmt: skip
    return zones, legs


def lines_on_a_grid(n: int, lines_a_street: int) -> "tuple[TransitNetwork, AccessLegs]":
    """Lines along each street of a grid of n x n stops, in both directions, with headways and run times drawn."""
    from itas_mobility.core import AccessLegs, TransitMode, TransitNetwork

    rng = np.random.default_rng(7)
    stops = np.arange(n * n).reshape(n, n)
    streets = [street for both in (stops, stops.T) for street in both for _ in range(lines_a_street)]
    patterns = [way for street in streets for way in (street, street[::-1])]
    m, none = len(patterns), np.zeros(0, dtype=np.int32)
    run_time_s = rng.uniform(60.0, 240.0, (m, n))
    run_time_s[:, -1] = 0.0
    ids = np.array([str(i) for i in range(m)])
    transit = TransitNetwork(
        stop_id=stops.ravel().astype(str), stop_name=stops.ravel().astype(str), stop_lon_deg=np.zeros(n * n),
        stop_lat_deg=np.zeros(n * n), pattern_id=ids, line=ids, pattern_name=ids, mode=np.full(m, TransitMode.BUS),
        stop_ptr=np.arange(0, n * m + 1, n), stop=np.concatenate(patterns).astype(np.int32),
        run_time_s=run_time_s.ravel(), distance_m=run_time_s.ravel() * 8.0, band_start_s=np.zeros(1),
        band_end_s=np.full(1, 86_400.0), headway_s=rng.uniform(300.0, 1800.0, (m, 1)), offset_s=np.zeros(m),
    )  # fmt: skip
    every = np.arange(n * n, dtype=np.int32)
    legs = AccessLegs(
        n_zones=n * n, n_stops=n * n, zone=every, stop=every, time_s=rng.uniform(60.0, 300.0, n * n),
        length_m=np.full(n * n, 200.0), transfer_from=none, transfer_to=none, transfer_time_s=np.zeros(0),
    )  # fmt: skip
    return transit, legs


def links_of(graph: Any) -> dict[str, Any]:
    """The lines as a graph of links, boardings in the order of calls: zones, stops twice, calls."""
    n_zones, n_stops, n_calls = len(graph.begin_ptr) - 1, len(graph.alight_ptr) - 1, len(graph.stop)
    waiting, alighted, on_board = n_zones, n_zones + n_stops, n_zones + 2 * n_stops
    call, stops = np.arange(n_calls), np.arange(n_stops)
    boards = call[np.isfinite(graph.random)]
    rides = boards[boards > graph.first_call[boards]]
    alights = np.sort(graph.alight_call)
    begin, end = (np.repeat(np.arange(n_zones), np.diff(ptr)) for ptr in (graph.begin_ptr, graph.end_ptr))
    kinds = [
        (begin, waiting + graph.begin_stop, graph.begin_cost, 0.0),
        (alighted + graph.end_stop, end, graph.end_cost, 0.0),
        (alighted + stops, waiting + stops, 0.0, 0.0),
        (waiting + graph.stop[boards], on_board + boards + 1, graph.run[boards] + graph.boarding, graph.random[boards]),
        (on_board + rides, on_board + rides + 1, graph.run[rides], 0.0),
        (on_board + alights, alighted + graph.stop[alights], 0.0, 0.0),
    ]
    tail, head = (np.concatenate([kind[k] for kind in kinds]).astype(np.int32) for k in (0, 1))
    cost_s, wait_s = (np.concatenate([np.broadcast_to(kind[k], len(kind[0])) for kind in kinds]) for k in (2, 3))
    return {"n_nodes": on_board + n_calls, "tail": tail, "head": head, "cost_s": cost_s, "wait_s": wait_s}


def compare_strategies(python: str) -> None:
    """Loads by optimal strategies (Spiess & Florian 1989) on the same graph."""
    from itas_mobility.core import HeadwayWaits, JourneyWeights, TravelWindow
    from itas_mobility.demand.transit.headways.strategy_graph import line_graph
    from itas_mobility.kernels.hyperpath import load_strategies

    transit, legs = lines_on_a_grid(15, 4)
    graph = line_graph(
        transit, legs, window=TravelWindow(0.0, 86_400.0), weights=JourneyWeights(),
        waits=HeadwayWaits(plans_ahead=False), home_end="origin",
    )  # fmt: skip
    n_zones = legs.n_zones
    trips = np.random.default_rng(8).uniform(0.0, 5.0, (n_zones, n_zones))
    np.fill_diagonal(trips, 0.0)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    ours, (boarded, alighted, _, _, walked_s) = least(
        lambda: load_strategies(np.arange(n_zones, dtype=np.int32), trips, graph, _BLOCKS)
    )
    numba.set_num_threads(before)
    links = links_of(graph)
    theirs, found = ask_peer("aequilibrae", python, {"n_zones": n_zones, "trips": trips, **links})
    on_board = np.cumsum(boarded - alighted)
    ours_s = walked_s + graph.boarding * boarded.sum() + float(on_board @ graph.run)
    theirs_s = float(links["cost_s"] @ found["volume"])
    their_boardings = found["volume"][links["wait_s"] > 0]
    off = np.abs(boarded[np.isfinite(graph.random)] - their_boardings).max() / their_boardings.max()
    say(
        f"Optimal strategies, {transit.n_patterns} patterns, {n_zones} zones, {len(links['tail']):,} links",
        ours, "aequilibrae", theirs,
        f"perceived time but waits differs by {theirs_s / ours_s - 1:.1e}, boardings by {off:.1e} of the largest",
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transit_peers", description=__doc__)
    parser.add_argument("--cafein", metavar="PYTHON", help="interpreter that has cafein")
    parser.add_argument("--aequilibrae", metavar="PYTHON", help="interpreter that has AequilibraE")
    given = parser.parse_args(arguments)
    if given.cafein is None and given.aequilibrae is None:
        parser.error("name the interpreter of at least one peer")
    if given.cafein is not None:
        before = numba.get_num_threads()
        numba.set_num_threads(1)
        compare_windows(given.cafein)
        numba.set_num_threads(before)
    if given.aequilibrae is not None:
        compare_strategies(given.aequilibrae)
    return 0


if __name__ == "__main__":
    sys.exit(main())
