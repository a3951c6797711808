"""Warm against cold: what the second scenario costs when the first is known, on Berlin and on the embedded region."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.assignment.measuring import Table, interleaved, ratio
from benchmarks.assignment.options import Options
from benchmarks.assignment.sketch import once_per_network
from benchmarks.networks import Loaded, standard
from itas_mobility import demand, network
from itas_mobility.core.result import AssignmentResult

GAP = 1e-8
BASELINE_GAPS = (1e-8, 1e-10)
BUSY = (0.5, 0.95, 1.0)
"""Where the closed links stand among those with volume, from idle to busy."""
N_NARROWED = 5
NARROWED_TO = 0.8
GROWN_BY = 1.05


def compare_warm(options: Options) -> list[Table]:
    """Time of a warm start as a share of the cold one, measure by measure."""
    made = {"Anaheim": standard("Anaheim")} if options.quick else {"Berlin Center": standard("Berlin Center")}
    made["the embedded region"] = embedded_region()
    small = standard("Sioux Falls")
    _assign(small, _assign(small, None))  # compiles
    return [_compare(name, given) for name, given in made.items()]


def embedded_region() -> Loaded:
    """Roads of the embedded region, and the car trips of its fullest slice of the day in the baseline."""
    from itas_mobility import regions
    from itas_mobility.scenarios import RunSettings, StageStore
    from itas_mobility.scenarios.stages.mode_equilibrium import balance, prepare

    region, store = regions.zwickau(), StageStore()
    inputs = prepare(region, region, demand.day_slices(), store)
    slices = balance(inputs, RunSettings()).car
    return Loaded(inputs.nets.roads, max(slices, key=lambda trips: trips.total / trips.duration_h))


def _assign(given: Loaded, warm: AssignmentResult | None, gap: float = GAP) -> AssignmentResult:
    return demand.assign(given.roads, given.trips, relative_gap=gap, threads=1, warm_start=warm, **given.weights)


def _compare(name: str, given: Loaded) -> Table:
    baselines = {gap: _assign(given, None, gap) for gap in BASELINE_GAPS}
    rows = [_row(what, changed, baselines) for what, changed in changes(given, baselines[BASELINE_GAPS[-1]])]
    columns = ["change", "cold, CPU s", "rounds"]
    for gap in BASELINE_GAPS:
        columns += [f"warm from {gap:g}, CPU s", f"rounds from {gap:g}", f"ratio from {gap:g}", f"with order, {gap:g}"]
    busy = float(given.trips.total / given.trips.duration_h)
    note = (
        f"One thread, to {GAP:g}, from a baseline solved to the gap that is named ({given.roads.n_links:,} links, "
        f"{given.roads.n_zones:,} zones, {busy:,.0f} trips an hour). Closing a link changes the topology: "
        "the last ratio of each adds node order and contraction of the changed network to both sides."
    )
    return Table(f"Warm starts, {name}", tuple(columns), rows, (note,))


def _row(what: str, changed: Loaded, baselines: dict[float, AssignmentResult]) -> tuple[object, ...]:
    once = once_per_network(changed) if changed.roads.n_links != len(baselines[GAP].link_key) else 0.0
    runs = {"cold": lambda: _assign(changed, None)}
    runs |= {str(gap): lambda warm=warm: _assign(changed, warm) for gap, warm in baselines.items()}
    found = interleaved(runs, enough_s=1.0)
    cold, solved = found["cold"]
    row: list[object] = [what, cold.processor, solved.iterations + 1]
    for gap in baselines:
        warm, again = found[str(gap)]
        row += [
            warm.processor,
            again.iterations + 1,
            ratio(warm.processor, cold.processor),
            ratio(warm.processor + once, cold.processor + once),
        ]
    return tuple(row)


def changes(given: Loaded, baseline: AssignmentResult) -> Iterator[tuple[str, Loaded]]:
    """What a planner would change: links closed, links narrowed, demand grown.

    Parameters
    ----------
    given : Loaded
        The baseline.
    baseline : AssignmentResult
        Its equilibrium, which decides which links are busy.

    Yields
    ------
    tuple of str and Loaded
        What was changed, and what is to be assigned then.
    """
    roads, volume = given.roads, baseline.volume_veh_per_h
    streets = np.flatnonzero((volume > 0.0) & (roads.vdf_alpha > 0.0) & (roads.free_time_s > 0.0))
    streets = streets[np.argsort(volume[streets], kind="stable")]
    for share in BUSY:
        row, closed = _close_one(given, streets[: max(1, round(share * len(streets)))])
        yield f"one link closed, {volume[row]:,.0f} veh/h ({_place(share)})", closed
    drawn = np.random.default_rng(1).choice(streets, N_NARROWED, replace=False)
    full = streets[np.argsort(volume[streets] / roads.capacity_veh_per_h[streets], kind="stable")[-N_NARROWED:]]
    for rows, which in ((drawn, "drawn"), (full, "the fullest")):
        capacity = roads.capacity_veh_per_h.copy()
        capacity[rows] *= NARROWED_TO
        yield (
            f"five links at -20 % capacity ({which})",
            replace(given, roads=replace(roads, capacity_veh_per_h=capacity)),
        )
    produced = given.trips.trips.sum(axis=1) - np.diag(given.trips.trips)
    by_size = np.argsort(produced, kind="stable")
    for zone, which in ((by_size[len(by_size) // 2], "a middling one"), (by_size[-1], "the largest")):
        grown = given.trips.trips.copy()
        grown[zone] *= GROWN_BY
        yield f"one zone's demand +5 % ({which})", replace(given, trips=replace(given.trips, trips=grown))


def _place(share: float) -> str:
    return "the busiest" if share == 1.0 else "the median" if share == 0.5 else f"busier than {share:.0%}"


def _close_one(given: Loaded, candidates: np.ndarray) -> tuple[int, Loaded]:
    """Close the last link among the candidates that no pair of zones needs."""
    reached = np.isfinite(demand.skim(given.roads, matrices=["time_s"])["time_s"])
    for row in candidates[::-1]:
        roads = network.remove_links(given.roads, np.arange(given.roads.n_links) == row)
        if np.array_equal(reached, np.isfinite(demand.skim(roads, matrices=["time_s"])["time_s"])):
            return int(row), replace(given, roads=roads)
    raise ValueError("every link that carries trips is needed by some pair of zones")
