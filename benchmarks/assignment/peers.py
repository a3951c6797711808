"""Against AequilibraE's biconjugate Frank-Wolfe, on one thread, with the same demand and the same costs.

It may be installed for another interpreter (``--peer-python``); gaps are recomputed from its volumes by our definition.
"""

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.assignment.exactness import gap_of
from benchmarks.assignment.measuring import Run, Table, interleaved
from benchmarks.assignment.options import Options
from benchmarks.networks import Loaded, standard
from itas_mobility import demand

GOALS = (
    ("Winnipeg", 1e-4),
    ("Winnipeg", 1e-6),
    ("Chicago Sketch", 1e-4),
    ("Chicago Sketch", 1e-6),
    ("Berlin Center", 1e-6),
)
QUICK_GOALS = (("Sioux Falls", 1e-4), ("Anaheim", 1e-4))


def compare_peers(options: Options) -> list[Table]:
    """Time ratio to the peer, network by network and gap by gap."""
    title = "AequilibraE, biconjugate Frank-Wolfe, one thread"
    python = options.peer_python or sys.executable
    if options.peer_python is None and find_spec("aequilibrae") is None:
        return [Table(title, (), [], ("Left out: AequilibraE is not installed here, nor `--peer-python` given.",))]
    _ours(standard("Sioux Falls"), 1e-6)()
    rows, versions = [], set()
    for name, gap in QUICK_GOALS if options.quick else GOALS:
        given = standard(name)
        peer, volume = solve_by_peer(given, gap, python=python, limit_s=options.peer_limit_s)
        ours, our_volume = interleaved({"ours": _ours(given, gap)})["ours"]
        versions.add(peer["version"])
        reached = peer["own_gap"] <= gap
        rows.append(
            (
                name, gap, ours.processor, peer["processor"],
                _times(peer["processor"] / ours.processor, reached=reached),
                ours.wall, peer["wall"], gap_of(given, our_volume), gap_of(given, volume), peer["own_gap"],
                peer["iterations"], "yes" if reached else "no",
            )
        )  # fmt: skip
    columns = (
        "network", "gap", "ours, CPU s", "AequilibraE, CPU s", "times as fast", "ours, wall s",
        "AequilibraE, wall s", "our gap", "its gap", "its gap by its own account", "its iterations", "reached",
    )  # fmt: skip
    note = (
        f"AequilibraE {', '.join(sorted(versions))}, one run of each in a process of its own, reading and its graph "
        f"not counted, stopped after {options.peer_limit_s:.0f} CPU s; ours the least of several, order found before."
    )
    return [Table(title, columns, rows, (note,))]


def _ours(given: Loaded, gap: float) -> Run:
    return lambda: (
        demand.assign(given.roads, given.trips, relative_gap=gap, threads=1, **given.weights).volume_veh_per_h
    )


def _times(quotient: float, *, reached: bool) -> str:
    """How many times as fast; more than that where the peer was stopped on its way."""
    return f"{'' if reached else '> '}{quotient:.0f}"


def solve_by_peer(given: Loaded, gap: float, *, python: str, limit_s: float) -> tuple[dict[str, Any], np.ndarray]:
    """What the peer reports about its run, and its volumes in veh/h.

    Raises
    ------
    RuntimeError
        If its process fails, with what it said.
    """
    roads = given.roads
    matrix = given.trips.trips / given.trips.duration_h
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        source, target = Path(folder) / "network.npz", Path(folder) / "volume.npy"
        np.savez(
            source,
            tail=roads.tail,
            head=roads.head,
            n_zones=roads.n_zones,
            # it knows either all centroids as closed or none
            blocked=roads.first_through >= roads.n_zones,
            free_time_s=roads.free_time_s,
            capacity=roads.capacity_veh_per_h,
            alpha=roads.vdf_alpha,
            beta=roads.vdf_beta,
            fixed_s=given.toll_weight_s_per_eur * roads.toll_eur + given.distance_weight_s_per_m * roads.length_m,
            demand=matrix - np.diag(np.diag(matrix)),
        )
        script = Path(__file__).with_name("peer_process.py")
        command = [python, "-P", "-W", "ignore", str(script), str(source), str(target), repr(gap), repr(limit_s)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{python}: the peer failed with code {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1]), np.load(target)
