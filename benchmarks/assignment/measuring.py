"""Seconds of things that are compared, steps in fresh processes, and tables of figures."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Run = Callable[[], Any]


class Seconds(NamedTuple):
    """Least times of several runs."""

    wall: float
    processor: float


@dataclass(frozen=True)
class Table:
    """Figures of one part, as they stand in the README."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    notes: tuple[str, ...] = ()

    def to_markdown(self) -> str:
        """The table as Markdown."""
        lines = [f"### {self.title}", ""]
        if self.rows:
            lines += ["| " + " | ".join(self.columns) + " |", "| --- " * len(self.columns) + "|"]
            lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in self.rows]
            lines.append("")
        for note in self.notes:
            lines += [note, ""]
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        """The table as `json` writes it."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": list(self.notes)}


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1e}" if 0.0 < abs(value) < 1e-3 else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def timed(run: Run) -> tuple[Seconds, Any]:
    """Seconds of one run, and what it gives."""
    began, worked = time.perf_counter(), time.process_time()
    found = run()
    return Seconds(time.perf_counter() - began, time.process_time() - worked), found


def interleaved(runs: Mapping[str, Run], *, enough_s: float = 4.0, most: int = 20) -> dict[str, tuple[Seconds, Any]]:
    """Least seconds of several things in turn, so that a busy moment of the machine meets all of them alike.

    Parameters
    ----------
    runs : mapping of str to callable
        What is compared; all must be compiled.
    enough_s : float
        Turns go on until so many seconds have passed, but there are at least two.
    most : int
        Most turns.

    Returns
    -------
    dict
        Least wall and processor seconds of each, and what its last run gave.
    """
    least: dict[str, tuple[Seconds, Any]] = {}
    began = time.perf_counter()
    for turn in range(most):
        if turn >= 2 and time.perf_counter() - began > enough_s:
            break
        for name, run in runs.items():
            seconds, found = timed(run)
            if name in least:
                before = least[name][0]
                seconds = Seconds(min(before.wall, seconds.wall), min(before.processor, seconds.processor))
            least[name] = seconds, found
    return least


def in_fresh_process(
    code: str, *arguments: str, python: str = sys.executable, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run code in a fresh interpreter, from where `benchmarks` can be imported; what it prints last is read as JSON.

    Raises
    ------
    RuntimeError
        If it fails, with what it said.
    """
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **(variables or {})},
    )
    if done.returncode != 0:
        raise RuntimeError(f"a fresh process failed with code {done.returncode}:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peak_mb() -> float:
    """Largest resident memory of this process so far.

    Linux tells it per program; ``ru_maxrss`` there starts from that of the process which started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def ratio(part: float, whole: float) -> str:
    """A ratio of two times or sizes as it stands in a table; empty where the whole is too small to be told."""
    if whole <= 0.0:
        return ""
    return f"{part / whole:.2f}" if part < 10 * whole else f"{part / whole:.1f}"


def median(values: Sequence[float]) -> float:
    """Middle one of some figures (the larger of two)."""
    return sorted(values)[len(values) // 2]
