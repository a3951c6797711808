"""How time and memory grow: street grids from ten thousand to a million links, as table and as picture.

Each size is assigned in a fresh process with one thread. What grows with links and what with zones is told apart by two
rows of the same links; a million links take 500 zones, so that the whole stays within minutes.
"""

from pathlib import Path
from typing import Any

from benchmarks.assignment.measuring import Table, in_fresh_process
from benchmarks.assignment.options import Options

SIZES = ((50, 100), (86, 300), (156, 500), (156, 2000), (272, 500), (499, 500))
"""Junctions along an edge, and zones: 10,000, 30,000, 100,000 (twice), 300,000 and 1,000,000 links."""
QUICK_SIZES = ((15, 30), (30, 100))
TRIPS_PER_ZONE = 500.0
TRIPS_PER_LINK = 5.0
"""Most trips per link: where zones lie close, each has fewer trips, so that streets are as full as elsewhere."""
GAP = 1e-6
USUAL_ZONES = 500

_STEP = """
import json, sys, time
from benchmarks.assignment.measuring import peak_mb, timed
from benchmarks.networks import district_grid
from itas_mobility import demand
side, n_zones, trips_per_zone, gap = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
small = district_grid(10, 10)
demand.assign(small.roads, small.trips, threads=1)
from itas_mobility.kernels import dissection
given = district_grid(side, n_zones, trips_per_zone=trips_per_zone)
roads = given.roads
order = timed(lambda: dissection.nested_dissection(roads.n_nodes, roads.first_through, roads.tail, roads.head))[0]
from itas_mobility.demand.hierarchy import hierarchy_of, weights
hierarchy = hierarchy_of(roads)
customise = timed(lambda: weights(hierarchy, roads.free_time_s))[0]
begin = peak_mb()
seconds, found = timed(lambda: demand.assign(roads, given.trips, relative_gap=gap, threads=1))
print(json.dumps({
    "links": roads.n_links, "nodes": roads.n_nodes, "zones": roads.n_zones, "order": order.processor,
    "customise": customise.processor,
    "wall": seconds.wall, "processor": seconds.processor, "rounds": found.iterations + 1, "gap": found.relative_gap,
    "begin": begin, "peak": peak_mb(), "bush_links": len(found.bushes.link),
    "free": float(found.volume_veh_per_h @ roads.free_time_s), "tstt": found.tstt_veh_s,
}))
"""


def measure_growth(options: Options) -> list[Table]:
    """Assign ever larger grids, each in a fresh process with one thread."""
    found = []
    for side, n_zones in QUICK_SIZES if options.quick else SIZES:
        trips_per_zone = min(TRIPS_PER_ZONE, TRIPS_PER_LINK * 4 * side * (side - 1) / n_zones)
        found.append(in_fresh_process(_STEP, str(side), str(n_zones), repr(trips_per_zone), repr(GAP)))
    rows = [
        (
            one["links"], one["zones"], one["order"], one["customise"], one["processor"], one["wall"], one["rounds"],
            _ms_per_origin(one), 1e3 * _ms_per_origin(one) / one["links"] * 1e3,
            one["bush_links"] / one["zones"], one["begin"], one["peak"], one["tstt"] / one["free"],
        )
        for one in found
    ]  # fmt: skip
    columns = (
        "links", "zones", "node order, CPU s", "customise, CPU s", "assign, CPU s", "assign, wall s", "rounds",
        "ms per origin and round", "ns per origin, round and link", "links per bush", "MB before", "peak MB",
        "time / free time",
    )  # fmt: skip
    if options.plot is not None:
        draw(found, options.plot)
    note = (
        f"`district_grid` to {GAP:g}, one thread, each in a fresh process, the node order found before. "
        "Customisation is needed once per round and once for each of the first loads, whatever the number of zones; "
        "the time per origin and round holds all of it, and with few rounds it is mostly that of the first loads."
    )
    return [Table("Growth on street grids", columns, rows, (note,))]


def _ms_per_origin(one: dict[str, Any]) -> float:
    return 1e3 * one["processor"] / (one["zones"] * one["rounds"])


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """Plot time per origin and round, total time, order time and memory over the number of links."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (times, memory) = plt.subplots(1, 2, figsize=(9.0, 3.8), layout="constrained")
    times.set(xlabel="links", ylabel="processor seconds, one thread")
    memory.set(xlabel="links", ylabel="MB")
    # sizes that differ in zones from those beside them stand apart, so that lines show what links do
    n_zones = [one["zones"] for one in found]
    usual = [one for one in found if one["zones"] <= USUAL_ZONES]
    others = [one for one in found if one["zones"] > USUAL_ZONES]
    for axes, marker, label, value in (
        (times, "o", f"assign to {GAP:g}", lambda one: one["processor"]),
        (times, "s", "node order, once per network", lambda one: one["order"]),
        (times, "^", "per origin and round", lambda one: 1e-3 * _ms_per_origin(one)),
        (memory, "o", "peak of the process", lambda one: one["peak"]),
        (memory, "s", "before the assignment", lambda one: one["begin"]),
    ):
        (line,) = axes.loglog([one["links"] for one in usual], [value(one) for one in usual], f"{marker}-", label=label)
        axes.loglog(
            [one["links"] for one in others], [value(one) for one in others], marker, color=line.get_color(),
            markerfacecolor="none",
        )  # fmt: skip
    for axes in (times, memory):
        axes.grid(visible=True, which="major", alpha=0.3)
        figure.legend(
            *axes.get_legend_handles_labels(), fontsize=8, loc=f"outside upper {'left' if axes is times else 'right'}"
        )
    figure.supxlabel(f"filled: {min(n_zones)} to {USUAL_ZONES} zones; hollow: {max(n_zones)} zones", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "growth"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)
