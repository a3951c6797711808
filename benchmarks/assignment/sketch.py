"""Against the prototype that the issue's bar is set by: time on the standard networks, memory on Berlin Center.

The prototype lies outside the repository. Its folder is an option of the command, or ``ITAS_SKETCH``.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.assignment.exactness import gap_of
from benchmarks.assignment.measuring import Table, in_fresh_process, interleaved, ratio, timed
from benchmarks.assignment.options import Options
from benchmarks.networks import STANDARD, Loaded, standard

GAPS = (1e-4, 1e-10)


def load_sketch(folder: Path) -> ModuleType:
    """The prototype's solver.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    """
    if not (folder / "algb.py").exists():
        raise FileNotFoundError(f"{folder}: no algb.py, give the folder of the prototype")
    sys.path.insert(0, str(folder))
    try:
        import algb
    finally:
        sys.path.remove(str(folder))
    return algb


def problem(given: Loaded) -> dict[str, object]:
    """A network and its demand as the prototype takes them: the same costs, intrazonal trips left out."""
    roads = given.roads
    demand = given.trips.trips / given.trips.duration_h
    demand = np.ascontiguousarray(demand - np.diag(np.diag(demand)))
    fixed = given.toll_weight_s_per_eur * roads.toll_eur + given.distance_weight_s_per_m * roads.length_m
    return {
        "nn": roads.n_nodes,
        "nz": roads.n_zones,
        "ftn": roads.first_through + 1,
        "tail": roads.tail,
        "head": roads.head,
        "fft": roads.free_time_s,
        "B": roads.vdf_alpha,
        "power": roads.vdf_beta,
        "cap": roads.capacity_veh_per_h,
        "fixed": fixed,
        "od": demand,
    }


def compare_times(options: Options) -> list[Table]:
    """Time ratio to the prototype at a rough and at an exact gap."""
    title = "The prototype, one thread"
    if options.sketch is None:
        return [Table(title, (), [], ("Left out: no folder of the prototype (`--sketch`, or `ITAS_SKETCH`).",))]
    algb = load_sketch(options.sketch)
    small = standard("Sioux Falls")
    _ours(small, 1e-6)()
    _theirs(algb, small, 1e-6)()
    rows: list[tuple[object, ...]] = []
    for name in list(STANDARD)[: 3 if options.quick else None]:
        given = standard(name)
        once = once_per_network(given)
        for gap in GAPS:
            rows.append((name, gap, *_compare(algb, given, gap, once)))
    columns = (
        "network", "gap", "ours, CPU s", "prototype, CPU s", "CPU ratio", "ours, wall s", "prototype, wall s",
        "wall ratio", "order once, CPU s", "ratio with it", "our gap", "the prototype's gap",
    )  # fmt: skip
    note = (
        "Least of interleaved runs in one process. Ours is all of `assign`; node order and contraction are kept with "
        'the network and were found before: what they take once is "order once". Gaps are recomputed from the volumes '
        "by the same function."
    )
    return [Table(title, columns, rows, (note,))]


def _ours(given: Loaded, gap: float) -> Callable[[], np.ndarray]:
    from itas_mobility import demand

    def run() -> np.ndarray:
        return demand.assign(given.roads, given.trips, relative_gap=gap, threads=1, **given.weights).volume_veh_per_h

    return run


def _theirs(algb: ModuleType, given: Loaded, gap: float) -> Callable[[], np.ndarray]:
    task = problem(given)
    # its lists have room for all links, or for `capf` links per node: that changes neither time nor touched memory
    return lambda: algb.solve(task, goal=gap, threads=1)[0]


def _compare(algb: ModuleType, given: Loaded, gap: float, once: float) -> tuple[object, ...]:
    found = interleaved({"ours": _ours(given, gap), "theirs": _theirs(algb, given, gap)})
    (ours, volume), (theirs, their_volume) = found["ours"], found["theirs"]
    return (
        ours.processor, theirs.processor, ratio(ours.processor, theirs.processor),
        ours.wall, theirs.wall, ratio(ours.wall, theirs.wall),
        once, ratio(ours.processor + once, theirs.processor),
        gap_of(given, volume), gap_of(given, their_volume),
    )  # fmt: skip


def once_per_network(given: Loaded) -> float:
    """Processor seconds of node order and contraction, found anew; the hierarchy is then kept for later runs."""
    from itas_mobility.demand.hierarchy import hierarchy_of
    from itas_mobility.kernels import dissection
    from itas_mobility.kernels.hierarchy import contract

    roads = given.roads
    ends = roads.n_nodes, roads.first_through, roads.tail, roads.head

    def find() -> object:
        order = dissection.nested_dissection(*ends)
        return contract(
            roads.first_through, roads.ptr, roads.tail, roads.head, order, *dissection.neighbours(*ends)
        )  # fmt: skip

    hierarchy_of(roads)  # compiles
    return min(timed(find)[0].processor for _ in range(2))


_MEMORY = """
import json, sys
from functools import partial
from pathlib import Path
from benchmarks.assignment import sketch
from benchmarks.assignment.measuring import peak_mb
from benchmarks.networks import standard
which, folder, name = sys.argv[1:]
make = sketch._ours if which == "ours" else partial(sketch._theirs, sketch.load_sketch(Path(folder)))
given, small = standard(name), standard("Sioux Falls")
read = peak_mb()
make(small, 1e-6)()
begin = peak_mb()
volume = make(given, 1e-10)()
print(json.dumps({"read": read, "begin": begin, "peak": peak_mb()}))
"""


def compare_memory(options: Options) -> list[Table]:
    """Peak memory of a fresh process that solves one network, ours and the prototype's."""
    name = "Anaheim" if options.quick else "Berlin Center"
    title = f"Memory, {name} to 1e-10, one thread"
    found = {"ours": in_fresh_process(_MEMORY, "ours", "", name)}
    notes = (
        (
            "Each in a fresh process; peak resident memory, MB. Imports and the compiled code of both are in the first "
            "two columns already; the increase is over the peak after a small assignment."
        ),
    )
    if options.sketch is None:
        notes += ("Prototype left out: no folder (`--sketch`, or `ITAS_SKETCH`).",)
    else:
        found["prototype"] = in_fresh_process(_MEMORY, "prototype", str(options.sketch), name)
    rows = [
        (which, mb["read"], mb["begin"], mb["peak"], mb["peak"] - mb["begin"], *_of_last(mb, found.get("prototype")))
        for which, mb in found.items()
    ]
    columns = ("solver", "after reading", "after Sioux Falls", "peak", "increase", "ratio of peaks", "of increases")
    return [Table(title, columns, rows, notes)]


def _of_last(mb: dict[str, float], last: dict[str, float] | None) -> tuple[str, str]:
    if last is None:
        return "", ""
    return ratio(mb["peak"], last["peak"]), ratio(mb["peak"] - mb["begin"], last["peak"] - last["begin"])
