"""Independent examiner of an assignment: from the TNTP files and the CSV of volumes alone, with nothing of ours.

Own parsing of well-formed files, shortest paths by scipy, sums by `math.fsum`, which rounds once only. All numbers are
in the file's units.
"""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

BLOCK = 100
"""Origins searched from at a time, to keep memory small."""


@dataclass(frozen=True)
class Examined:
    """What the volumes are worth."""

    tstt: float
    sptt: float
    beckmann: float
    cost: np.ndarray
    """Of each link in the file's order."""
    imbalance: float
    """Largest difference at a node between what comes in and goes out, demand included."""

    @property
    def relative_gap(self) -> float:
        return (self.tstt - self.sptt) / self.tstt


@dataclass(frozen=True)
class Case:
    """Network and trips as they stand in the files."""

    first_through: int
    ends: np.ndarray
    capacity: np.ndarray
    length: np.ndarray
    free_time: np.ndarray
    factor: np.ndarray
    power: np.ndarray
    toll: np.ndarray
    demand: dict[int, dict[int, float]]


def read_case(net: Path, trips: Path) -> Case:
    """Read well-formed TNTP files."""
    head, _, body = net.read_text(encoding="utf-8").partition("<END OF METADATA>")
    first = re.search(r"<FIRST THRU NODE>\s*(\d+)", head)
    assert first is not None
    rows = [line.strip().rstrip(";").split() for line in body.splitlines() if line.strip()[:1] not in ("", "~")]
    ends = np.array([[int(row[0]), int(row[1])] for row in rows])
    capacity, length, free_time, factor, power = np.array([[float(x) for x in row[2:7]] for row in rows]).T
    toll = np.array([float(row[8]) for row in rows])
    demand: dict[int, dict[int, float]] = {}
    _, _, body = trips.read_text(encoding="utf-8").partition("<END OF METADATA>")
    body = re.sub(r"~.*", "", body)
    for block in re.split(r"(?i)origin", body)[1:]:
        origin, _, entries = block.strip().partition("\n")
        pairs = (entry.split(":") for entry in entries.split(";") if ":" in entry)
        demand[int(origin)] = {int(to): float(amount) for to, amount in pairs}
    return Case(int(first[1]), ends, capacity, length, free_time, factor, power, toll, demand)


def read_volumes(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From and to, volume and cost of each row."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ends = np.array([[int(row["from"]), int(row["to"])] for row in rows])
    return ends, np.array([float(row["volume"]) for row in rows]), np.array([float(row["cost"]) for row in rows])


def examine(case: Case, volume: np.ndarray, *, toll_weight: float = 0.0, distance_weight: float = 0.0) -> Examined:
    """Costs, totals, objective and balance of these volumes."""
    fixed = toll_weight * case.toll + distance_weight * case.length
    with np.errstate(divide="ignore", invalid="ignore"):
        load = np.where(case.factor * case.free_time > 0, volume / case.capacity, 0.0)
    delay = case.free_time * case.factor * load**case.power
    cost = case.free_time + delay + fixed
    beckmann = math.fsum(volume * (case.free_time + fixed)) + math.fsum(volume * delay / (case.power + 1.0))
    return Examined(
        tstt=math.fsum(volume * cost),
        sptt=_shortest_total(case, cost),
        beckmann=beckmann,
        cost=cost,
        imbalance=_imbalance(case, volume),
    )


def _shortest_total(case: Case, cost: np.ndarray) -> float:
    """Demand x cost of the shortest path, over all pairs; inf where a pair has none."""
    # nodes that are not passed through are two: one that links leave, and one (behind all others) that they enter
    largest = int(max(case.ends.max(), max(case.demand), *(to for row in case.demand.values() for to in row)))
    tail, head = case.ends.T
    head = np.where(head < case.first_through, largest + 1 + head, head)
    n = 2 * (largest + 1)
    cheapest: dict[tuple[int, int], float] = {}
    for a, b, c in zip(tail.tolist(), head.tolist(), cost.tolist(), strict=True):
        cheapest[a, b] = min(c, cheapest.get((a, b), math.inf))
    rows, columns = np.array(list(cheapest)).T
    graph = csr_matrix((np.array(list(cheapest.values())), (rows, columns)), shape=(n, n))
    origins = sorted(case.demand)
    terms: list[float] = []
    for begin in range(0, len(origins), BLOCK):
        some = origins[begin : begin + BLOCK]
        distance = dijkstra(graph, indices=some)
        for origin, row in zip(some, distance, strict=True):
            for to, amount in case.demand[origin].items():
                if amount > 0 and to != origin:
                    terms.append(amount * float(row[to + largest + 1 if to < case.first_through else to]))
    return math.fsum(terms)


def _imbalance(case: Case, volume: np.ndarray) -> float:
    """Largest imbalance of a node; where paths may not pass, leaving and entering are balanced for themselves."""
    size = int(max(case.ends.max(), max(case.demand), *(to for row in case.demand.values() for to in row))) + 1
    leaving = np.bincount(case.ends[:, 0], weights=volume, minlength=size)
    entering = np.bincount(case.ends[:, 1], weights=volume, minlength=size)
    produced, attracted = np.zeros(size), np.zeros(size)
    for origin, row in case.demand.items():
        for to, amount in row.items():
            if to != origin:
                produced[origin] += amount
                attracted[to] += amount
    worst = np.abs(leaving - entering - produced + attracted).max()
    closed = slice(0, case.first_through)
    return float(max(worst, np.abs(leaving - produced)[closed].max(), np.abs(entering - attracted)[closed].max()))
