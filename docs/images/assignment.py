"""Draws the pictures of docs/concepts/assignment.md from the library's own objects.

::

    python docs/images/assignment.py             # draws; times are read from assignment.json
    python docs/images/assignment.py --measure   # measures the times anew first (two to four minutes)
"""

import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import FancyArrowPatch

from itas_mobility import demand, network, regions
from itas_mobility.core import AssignmentResult, ODMatrix, RoadNetwork, ZoneKind
from itas_mobility.demand.assignment.vdf import TravelCost
from itas_mobility.demand.hierarchy import hierarchy_of, weights
from itas_mobility.errors import ConvergenceWarning
from itas_mobility.kernels.hierarchy import Hierarchy, Weights, ancestors

HERE = Path(__file__).parent
MEASURED = HERE / "assignment.json"

GREY, LIGHT, BLUE, RED, GREEN = "#8a8f98", "#d5d8dd", "#1f5fa8", "#c8442c", "#2e8b57"
YELLOW = "#f4d58d"
REPETITIONS = 3
"""Of each measurement; the least counts."""

# links of the five-node example: from, to, capacity (veh/h), free-flow time (min)
FIVE_LINKS = (
    (1, 2, 1000, 4.8),
    (1, 3, 1400, 4.0),
    (2, 3, 800, 1.0),
    (3, 2, 800, 1.0),
    (2, 4, 1000, 4.0),
    (3, 4, 900, 6.5),
    (4, 5, 2200, 3.0),
)
FIVE_TRIPS = ((1, 4, 1200.0), (1, 5, 1600.0))
FIVE_PLACES = np.array([[0.0, 0.0], [1.7, 0.75], [1.7, -0.75], [3.4, 0.0], [4.8, 0.0]])
ROUNDS = (0, 1, 100)
"""Where the example is looked at; it is in equilibrium after seven rounds."""


def five_nodes() -> tuple[RoadNetwork, ODMatrix]:
    """Network and trips of the example."""
    lines = [f"<NUMBER OF ZONES> 5\n<NUMBER OF NODES> 5\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> {len(FIVE_LINKS)}\n"]
    lines += ["<END OF METADATA>\n"]
    lines += [f"{a} {b} {capacity} 1 {time} 0.15 4 0 0 1 ;\n" for a, b, capacity, time in FIVE_LINKS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "five_net.tntp"
        path.write_text("".join(lines), encoding="utf-8")
        roads = network.read_tntp(path)
    trips = np.zeros((5, 5))
    for a, b, amount in FIVE_TRIPS:
        trips[a - 1, b - 1] = amount
    return roads, ODMatrix(np.arange(1, 6).astype(str), trips)


def after_rounds(roads: RoadNetwork, trips: ODMatrix, rounds: int) -> AssignmentResult:
    """Where the solver stands after some rounds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return demand.assign(roads, trips, relative_gap=1e-13, max_iterations=rounds)


def labels(roads: RoadNetwork, result: AssignmentResult) -> dict[int, tuple[float, float]]:
    """Least and longest label in minutes of each node of the first bush, in the order of places."""
    least, longest = {0: 0.0}, {0: 0.0}
    for row in result.bushes.link[: result.bushes.ptr[1]].tolist():
        before, node, minutes = int(roads.tail[row]), int(roads.head[row]), result.time_s[row] / 60
        least[node] = min(least.get(node, np.inf), least[before] + minutes)
        longest[node] = max(longest.get(node, 0.0), longest[before] + minutes)
    return {node: (least[node], longest[node]) for node in least}


def arrow(axis: Axes, start: np.ndarray, end: np.ndarray, *, colour: str, width: float, bend: float = 0.0) -> None:
    """Draw a link between two circles."""
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>,head_length=6,head_width=3",
            shrinkA=11,
            shrinkB=11,
            linewidth=width,
            color=colour,
            zorder=2,
        )
    )


LINK_TEXTS = {
    (0, 1): (0.72, 0.56, 24),
    (0, 2): (0.72, -0.56, -24),
    (1, 3): (2.6, 0.6, -24),
    (2, 3): (2.68, -0.56, 24),
    (1, 2): (1.98, 0.0, 90),
    (2, 1): (1.42, 0.0, 90),
    (3, 4): (4.05, -0.27, 0),
}
"""Where the text of each link stands, and its angle."""
NODE_TEXTS = (
    (-0.16, 0.2, "bottom"),
    (1.7, 0.94, "bottom"),
    (1.7, -0.94, "top"),
    (3.62, 0.2, "bottom"),
    (4.8, 0.2, "bottom"),
)


def draw_bush(axis: Axes, roads: RoadNetwork, result: AssignmentResult) -> None:
    """One bush: links it holds in blue, merges in yellow, nodes it does not reach in grey."""
    label = labels(roads, result)
    place = {node: p for p, node in enumerate(label)}
    used = result.bushes.link[: result.bushes.ptr[1]].tolist()
    merges = {node for node in label if sum(int(roads.head[row]) == node for row in used) > 1}
    for row in range(roads.n_links):
        a, b = int(roads.tail[row]), int(roads.head[row])
        volume, minutes = result.volume_veh_per_h[row], result.time_s[row] / 60
        colour, width = (BLUE, 1.0 + volume / 700) if row in used else (LIGHT, 1.2)
        bend = -0.12 if {a, b} == {1, 2} else 0.0
        arrow(axis, FIVE_PLACES[a], FIVE_PLACES[b], colour=colour, width=width, bend=bend)
        x, y, angle = LINK_TEXTS[a, b]
        text = f"{volume:,.0f} veh/h\n{minutes:.2f} min" if row in used else f"{minutes:.2f} min"
        colour = BLUE if row in used else GREY
        axis.text(x, y, text, ha="center", va="center", fontsize=8.5, rotation=angle, color=colour)
    for node, (x, y) in enumerate(FIVE_PLACES):
        face = YELLOW if node in merges else "white" if node in label else LIGHT
        axis.scatter(x, y, s=330, facecolor=face, edgecolor="black", linewidth=1.0, zorder=3)
        axis.text(x, y, str(node + 1), ha="center", va="center", fontsize=10, fontweight="bold", zorder=4)
        if node in label:
            least, longest = label[node]
            *at, side = NODE_TEXTS[node]
            text = f"place {place[node]}\nleast {least:.2f}\nlongest {longest:.2f}"
            axis.text(*at, text, ha="center", va=side, fontsize=8.5)
    axis.set(xlim=(-0.6, 5.2), ylim=(-1.6, 1.6), aspect="equal")
    axis.axis("off")


def draw_shift(axis: Axes, roads: RoadNetwork, result: AssignmentResult) -> None:
    """Costs of the two ways into node 4 while trips are shifted from one to the other by Newton's method."""
    cost = TravelCost(roads)
    ends = {(int(a) + 1, int(b) + 1): row for row, (a, b) in enumerate(zip(roads.tail, roads.head, strict=True))}
    # as labels have it after one round: the longest way to 2, and so to 4, is that over 1 -> 2, and ways part at 1
    longest, shortest = [ends[1, 2], ends[2, 4]], [ends[1, 3], ends[3, 4]]

    def minutes(by: float) -> tuple[float, float, float]:
        volume = result.volume_veh_per_h.copy()
        volume[longest] -= by
        volume[shortest] += by
        value, slope = cost.value(volume) / 60, cost.slope(volume) / 60
        return value[longest].sum(), value[shortest].sum(), slope[longest + shortest].sum()

    most = float(result.volume_veh_per_h[longest].min())
    by = np.linspace(0.0, most, 200)
    curves = np.array([minutes(b)[:2] for b in by])
    axis.plot(by, curves[:, 0], color=RED, label="longest way used, 1 → 2 → 4")
    axis.plot(by, curves[:, 1], color=GREEN, label="shortest way, 1 → 3 → 4")
    at = 0.0
    for step in range(4):
        high, low, slope = minutes(at)
        axis.plot([at, at], [low, high], "o-", color=GREY, linewidth=1.2, markersize=3.5, zorder=3)
        if step < 3:
            axis.annotate(
                f"{high - low:.2f} min", (at, high), textcoords="offset points", xytext=(5, 3 + 4 * step), fontsize=8.5
            )
        at = min(at + (high - low) / slope, most)
    axis.set(xlabel="shifted (veh/h)", ylabel="minutes from node 1 to node 4", xlim=(-20, most), ylim=(0, 60))
    axis.legend(frameon=False, fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_title("the first shift of the second round, into node 4", fontsize=10.5)


def draw_bushes() -> None:
    """The bush of node 1 at the start, after one round and in equilibrium, and a shift in it."""
    roads, trips = five_nodes()
    figure, axes = plt.subplots(2, 2, figsize=(11.6, 7.4))
    for axis, rounds in zip((axes[0, 0], axes[0, 1], axes[1, 1]), ROUNDS, strict=True):
        result = after_rounds(roads, trips, rounds)
        draw_bush(axis, roads, result)
        when = "in equilibrium" if rounds == ROUNDS[-1] else "after one round" if rounds else "at the start"
        axis.set_title(f"{when}: relative gap {result.relative_gap:.1e}", fontsize=10.5)
    draw_shift(axes[1, 0], roads, after_rounds(roads, trips, 1))
    figure.tight_layout(h_pad=1.5)
    save(figure, "bush.png")


def depth_of(hierarchy: Hierarchy) -> np.ndarray:
    """Number of nodes above each node in the tree of parents."""
    depth = np.zeros(hierarchy.node.size, dtype=int)
    for rank in range(hierarchy.node.size - 2, -1, -1):
        if hierarchy.parent[rank] >= 0:
            depth[rank] = depth[hierarchy.parent[rank]] + 1
    return depth


def cheapest_arcs(h: Hierarchy, w: Weights, source: int, target: int) -> list[tuple[int, bool]]:
    """Arcs of a shortest path by rank: those climbed (True), then those descended."""
    label = np.full(h.node.size, np.inf)
    came = np.full(h.node.size, -1)
    label[source] = 0.0
    for v in climb_of(h, source):
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            if label[v] + w.up[arc] < label[h.up[arc]]:
                label[h.up[arc]] = label[v] + w.up[arc]
                came[h.up[arc]] = arc
    climbed = came.copy()
    descended = np.full(h.node.size, -1)
    for v in climb_of(h, target)[::-1]:
        for arc in range(h.up_ptr[v], h.up_ptr[v + 1]):
            if label[h.up[arc]] + w.down[arc] < label[v]:
                label[v] = label[h.up[arc]] + w.down[arc]
                descended[v] = arc
    down: list[tuple[int, bool]] = []
    v = target
    while descended[v] >= 0:
        down.append((int(descended[v]), False))
        v = int(h.up[descended[v]])
    up: list[tuple[int, bool]] = []
    while v != source:
        up.append((int(climbed[v]), True))
        v = int(h.low[climbed[v]])
    return up[::-1] + down[::-1]


def climb_of(h: Hierarchy, rank: int) -> np.ndarray:
    """Ranks that a climb from a node passes over."""
    marked = np.zeros(h.node.size, dtype=bool)
    marked[rank] = True
    return ancestors(h, marked)


def links_of(w: Weights, arc: int, upward: bool) -> list[int]:
    """Links that an arc stands for."""
    first, second = (w.up_via if upward else w.down_via)[arc].tolist()
    return [first] if second < 0 else links_of(w, first, False) + links_of(w, second, True)


def draw_hierarchy() -> None:
    """Order by nested dissection, and a shortest path as arcs and as ranks."""
    side = 24
    roads = network.grid(side, side, seed=3)
    h = hierarchy_of(roads)
    w = weights(h, roads.free_time_s)
    x, y = np.arange(roads.n_nodes) % side, np.arange(roads.n_nodes) // side
    depth = np.zeros(roads.n_nodes, dtype=int)
    depth[h.node] = depth_of(h)
    figure, axes = plt.subplots(1, 3, figsize=(13.2, 4.5), width_ratios=(1.12, 1, 1.1))

    drawn = axes[0].scatter(x, y, c=depth, cmap="viridis_r", s=44, marker="s")
    bar = figure.colorbar(drawn, ax=axes[0], fraction=0.046, pad=0.02)
    bar.set_label("nodes above it (0: contracted last)", fontsize=9)
    bar.ax.invert_yaxis()
    axes[0].set_title("order: separators come last", fontsize=10.5)

    source, target = int(h.rank[2 * side + 3]), int(h.rank[(side - 4) * side + side - 3])
    axes[1].scatter(x, y, s=4, color=LIGHT)
    climbed = h.node[climb_of(h, source)]
    axes[1].scatter(x[climbed], y[climbed], s=20, color=YELLOW, edgecolor=GREY, linewidth=0.4, label="climbed over")
    arcs = cheapest_arcs(h, w, source, target)
    path = [row for arc, upward in arcs for row in links_of(w, arc, upward)]
    for row in path:
        a, b = roads.tail[row], roads.head[row]
        axes[1].plot(x[[a, b]], y[[a, b]], color="black", linewidth=2.6, alpha=0.25)
    for arc, upward in arcs:
        ends = h.node[[h.low[arc], h.up[arc]]] if upward else h.node[[h.up[arc], h.low[arc]]]
        colour = BLUE if upward else RED
        axes[1].annotate(
            "",
            (x[ends[1]], y[ends[1]]),
            (x[ends[0]], y[ends[0]]),
            arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0},
        )
    axes[1].set_title(f"{len(path)} links of a shortest path as {len(arcs)} arcs", fontsize=10.5)
    for axis in axes[:2]:
        axis.set_aspect("equal")
        axis.axis("off")

    ranks = [source] + [int(h.up[arc] if upward else h.low[arc]) for arc, upward in arcs]
    done = np.cumsum([0] + [len(links_of(w, arc, upward)) for arc, upward in arcs])
    for i, (_, upward) in enumerate(arcs):
        axes[2].plot(done[i : i + 2], ranks[i : i + 2], "o-", color=BLUE if upward else RED, markersize=3.5)
    axes[2].plot([], [], color=BLUE, label="climb")
    axes[2].plot([], [], color=RED, label="descent")
    passed = [int(h.rank[roads.tail[path[0]]])] + [int(h.rank[roads.head[row]]) for row in path]
    axes[2].plot(range(len(passed)), passed, ".", color=GREY, markersize=4, zorder=1, label="nodes on the path")
    axes[2].set(xlabel="links behind the source", ylabel="rank", ylim=(0, 680))
    axes[2].set_title("ranks rise, then fall", fontsize=10.5)
    axes[2].legend(frameon=False, fontsize=9, loc="upper left")
    axes[2].spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    save(figure, "hierarchy.png")


def region_traffic() -> tuple[RoadNetwork, ODMatrix]:
    """The embedded region with one hour of made-up car trips by gravity, which fill its main roads."""
    region = regions.zwickau()
    roads = network.connect(region.roads, region.zones)
    people = region.zones.residents + region.zones.jobs
    minutes = demand.skim(roads)["time_s"] / 60
    trips = demand.gravity(people, people, minutes, deterrence="exponential", beta=0.08)
    np.fill_diagonal(trips, 0.0)
    return roads, ODMatrix(region.zones.zone_id, trips * (60_000 / trips.sum()))


def draw_region_bush() -> None:
    """One origin's bush on the embedded region: core and tree."""
    roads, trips = region_traffic()
    result = demand.assign(roads, trips, relative_gap=1e-10)
    bush = int(np.argmax(trips.trips.sum(axis=1) * (regions.zwickau().zones.kind == ZoneKind.INTERNAL)))
    part = slice(result.bushes.ptr[bush], result.bushes.ptr[bush + 1])
    used, flow = result.bushes.link[part], result.bushes.volume_veh_per_h[part]
    ways = np.bincount(roads.head[used], minlength=roads.n_nodes)
    leads_on = ways > 1
    for row in used[::-1]:
        if leads_on[roads.head[row]]:
            leads_on[roads.tail[row]] = True
    core = leads_on[roads.head[used]]
    ends = np.stack([roads.node_lon_deg, roads.node_lat_deg], axis=1)
    lines = np.stack([ends[roads.tail], ends[roads.head]], axis=1)
    figure, axis = plt.subplots(figsize=(8.4, 6.2))
    axis.add_collection(LineCollection(lines, colors=LIGHT, linewidths=0.4))
    width = 0.6 + np.sqrt(flow) / 8
    axis.add_collection(LineCollection(lines[used[~core]], colors=GREEN, linewidths=width[~core]))
    axis.add_collection(LineCollection(lines[used[core]], colors=BLUE, linewidths=width[core]))
    axis.plot([], [], color=BLUE, linewidth=3, label="core")
    axis.plot([], [], color=GREEN, linewidth=3, label="tree behind it")
    merges = np.flatnonzero(ways > 1)
    axis.scatter(*ends[merges].T, s=14, color=YELLOW, edgecolor="black", linewidth=0.5, zorder=3, label="merges")
    axis.scatter(*ends[bush], s=60, marker="*", color=RED, zorder=4, label="origin")
    low, high = np.quantile(ends[roads.n_zones :], (0.004, 0.996), axis=0)  # without the far ends of external roads
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axis.set_aspect(1 / np.cos(np.radians(50.7)))
    axis.axis("off")
    axis.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axis.set_title(f"{len(used):,} of {roads.n_links:,} links, {len(merges)} merges", fontsize=10.5)
    figure.tight_layout()
    save(figure, "bush_region.png", dpi=95)


def measure() -> None:
    """Gap by round, and processor time to each gap, of the five algorithms on one thread."""
    roads, trips = region_traffic()
    figures: dict[str, dict[str, list[float]]] = {}
    for algorithm in ("bush", "bfw", "cfw", "fw", "msa"):
        options = {"algorithm": algorithm, "threads": 1}
        times, gaps = [], []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            demand.assign(roads, trips, relative_gap=1e-1, **options)
            whole = demand.assign(roads, trips, relative_gap=1e-12, max_iterations=2000, max_seconds=20.0, **options)
            for exponent in range(2, 13):
                gap = 10.0**-exponent
                if min(whole.gap_history) > gap:
                    break
                spent = []
                for _ in range(REPETITIONS):
                    began = time.process_time()
                    demand.assign(roads, trips, relative_gap=gap, **options)
                    spent.append(time.process_time() - began)
                times.append(round(min(spent), 4))
                gaps.append(gap)
        history = np.array(whole.gap_history)
        shown = np.unique(np.geomspace(1, len(history), 60).astype(int)) - 1
        figures[algorithm] = {
            "round": shown.tolist(),
            "gap_by_round": [float(f"{gap:.3g}") for gap in history[shown]],
            "gap": gaps,
            "seconds": times,
        }
    MEASURED.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def draw_convergence() -> None:
    """What was measured."""
    figures = json.loads(MEASURED.read_text(encoding="utf-8"))
    colours = {"bush": BLUE, "bfw": RED, "cfw": GREEN, "fw": "#9467bd", "msa": GREY}
    figure, axes = plt.subplots(1, 2, figsize=(11.5, 4.0), sharey=True)
    for name, one in figures.items():
        axes[0].plot(np.array(one["round"]) + 1, one["gap_by_round"], color=colours[name], label=name)
        axes[1].plot(one["seconds"], one["gap"], "o-", color=colours[name], markersize=4, label=name)
    axes[0].set(xscale="log", yscale="log", xlabel="rounds + 1", ylabel="relative gap")
    axes[1].set(xscale="log", xlabel="processor seconds to the gap")
    for axis in axes:
        axis.grid(color=LIGHT, linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False, fontsize=9, loc="lower right")
    figure.tight_layout()
    save(figure, "convergence.png")


def save(figure: plt.Figure, name: str, *, dpi: int = 130) -> None:
    """Write a picture; the same drawing gives the same bytes."""
    figure.savefig(HERE / name, dpi=dpi, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure()
    plt.rcParams["font.size"] = 9
    draw_bushes()
    draw_hierarchy()
    draw_region_bush()
    draw_convergence()
