"""What needs no peer: a second thread, the wall at small size, and compilation."""

import tempfile

import numpy as np

from benchmarks.assignment.measuring import Run, Table, in_fresh_process, interleaved, median, ratio, timed
from benchmarks.assignment.options import Options
from benchmarks.networks import Loaded, standard
from itas_mobility import demand
from itas_mobility.core.result import AssignmentResult


def _solver(given: Loaded, gap: float, threads: int) -> Run:
    def run() -> AssignmentResult:
        return demand.assign(given.roads, given.trips, relative_gap=gap, threads=threads, **given.weights)

    return run


def compare_threads(options: Options) -> list[Table]:
    """Two threads against one on Berlin Center."""
    import numba

    name = "Winnipeg" if options.quick else "Berlin Center"
    title = f"Two threads against one, {name}"
    if numba.config.NUMBA_NUM_THREADS < 2:
        return [Table(title, (), [], ("Left out: this machine has one processor.",))]
    given = standard(name)
    _solver(standard("Sioux Falls"), 1e-6, 2)()
    rows = []
    for gap in (1e-4, 1e-8):
        found = interleaved({"one": _solver(given, gap, 1), "two": _solver(given, gap, 2)}, enough_s=10.0)
        (one, alone), (two, together) = found["one"], found["two"]
        same = np.array_equal(alone.volume_veh_per_h, together.volume_veh_per_h)
        rows.append(
            (gap, one.wall, two.wall, f"{one.wall / two.wall:.2f}", ratio(two.processor, one.processor),
             "yes" if same else "NO")
        )  # fmt: skip
    columns = ("gap", "one, wall s", "two, wall s", "times as fast", "CPU of two / of one", "same bytes")
    return [Table(title, columns, rows)]


def time_small(options: Options) -> list[Table]:
    """Sioux Falls to 1e-8, as fast as it can be called."""
    given = standard("Sioux Falls")
    rows = []
    for gap in (1e-4, 1e-8, 1e-12):
        run = _solver(given, gap, 1)
        run()
        seconds = [timed(run)[0] for _ in range(10 if options.quick else 50)]
        rows.append(
            (gap, 1e3 * min(s.wall for s in seconds), 1e3 * median([s.wall for s in seconds]),
             1e3 * min(s.processor for s in seconds), run().iterations)
        )  # fmt: skip
    columns = ("gap", "least wall, ms", "median wall, ms", "least CPU, ms", "rounds")
    return [Table("The wall at small size: Sioux Falls, one thread, compiled", columns, rows)]


_COMPILE = """
import json, time
import numba.core.event as events
began = time.process_time()
with events.install_recorder("numba:compile") as at_import:
    import itas_mobility
    from itas_mobility import demand, network
    from itas_mobility.demand import assignment
imported = time.process_time()
from benchmarks.networks import standard
given = standard("Sioux Falls")
begin = time.process_time()
with events.install_recorder("numba:compile") as at_work:
    demand.assign(given.roads, given.trips, relative_gap=1e-8)
seconds = time.process_time() - begin
running, took = [], {}
for when, event in at_work.buffer:  # a callee that is compiled on the way counts for itself
    if event.is_start:
        running.append([event.data["dispatcher"].py_func.__qualname__, when, 0.0])
    else:
        name, since, callees = running.pop()
        took[name] = took.get(name, 0.0) + when - since - callees
        if running:
            running[-1][2] += when - since
slowest = sorted(took.items(), key=lambda pair: -pair[1])[:8]
print(json.dumps({
    "import": imported - began, "assign": seconds, "at_import": len(at_import.buffer) // 2,
    "compiled": len(at_work.buffer) // 2, "slowest": slowest,
}))
"""


def time_compilation(options: Options) -> list[Table]:  # noqa: ARG001  # has one size
    """The assignment path with nothing compiled, and again from its cache."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="compile-") as folder:
        for name in ("nothing compiled", "again, from the cache"):
            found = in_fresh_process(_COMPILE, variables={"ITAS_MOBILITY_CACHE": folder})
            rows.append((name, found["import"], found["at_import"], found["assign"], found["compiled"]))
            if name == "nothing compiled":
                slowest = ", ".join(f"`{function}` {seconds:.1f}" for function, seconds in found["slowest"])
    columns = ("cache", "import, CPU s", "compiled at import", "first assign, CPU s", "compiled by it")
    notes = (
        "A fresh process: import, then Sioux Falls to 1e-8. CPU seconds of all threads.",
        f"Longest (wall seconds, callees that are compiled on the way not included): {slowest}.",
    )
    return [Table("Compilation of the assignment path", columns, rows, notes)]
