"""The assignment's table of speed and memory: ``python -m benchmarks.assignment [--only PART ...] [--json OUT]``.

Each part prints Markdown tables; ratios are of one run on one machine. Networks are read from the folder ``tntp`` below
``ITAS_SHARED_DATA``.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

from benchmarks.assignment.changes import compare_warm
from benchmarks.assignment.growth import measure_growth
from benchmarks.assignment.measuring import Table
from benchmarks.assignment.options import Options
from benchmarks.assignment.own import compare_threads, time_compilation, time_small
from benchmarks.assignment.peers import compare_peers
from benchmarks.assignment.sketch import compare_memory, compare_times
from itas_mobility.atomic import write_text

PARTS: dict[str, Callable[[Options], list[Table]]] = {
    "sketch": compare_times,
    "memory": compare_memory,
    "peers": compare_peers,
    "threads": compare_threads,
    "small": time_small,
    "compile": time_compilation,
    "warm": compare_warm,
    "growth": measure_growth,
}


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    given = _parser().parse_args(arguments)
    options = Options(
        quick=given.quick,
        sketch=given.sketch,
        peer_python=given.peer_python,
        peer_limit_s=given.peer_limit,
        plot=given.plot,
    )
    machine = {
        "python": platform.python_version(), "numba": numba.__version__, "numpy": np.__version__,
        "machine": platform.machine(), "processors": os.cpu_count(), "quick": given.quick,
    }  # fmt: skip
    print(", ".join(f"{name} {value}" for name, value in machine.items()) + "\n", flush=True)
    parts: dict[str, object] = {}
    for name in given.only or PARTS:
        began = time.perf_counter()
        tables = PARTS[name](options)
        for table in tables:
            print(table.to_markdown(), flush=True)
        print(f"({name}: {time.perf_counter() - began:.0f} s)", file=sys.stderr, flush=True)
        parts[name] = [table.to_json() for table in tables]
        if given.json is not None:  # after each part, so that a break leaves what is done
            write_text(given.json, json.dumps({"machine": machine, "parts": parts}, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    sketch = os.environ.get("ITAS_SKETCH")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.assignment", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small networks, to see that all parts work")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the figures to this file")
    parser.add_argument(
        "--sketch", type=Path, metavar="FOLDER", default=Path(sketch) if sketch else None, help="prototype's folder"
    )
    parser.add_argument("--peer-python", metavar="PYTHON", help="interpreter that AequilibraE is installed for")
    parser.add_argument(
        "--peer-limit",
        type=float,
        metavar="S",
        default=Options.peer_limit_s,
        help="CPU seconds before a peer is stopped",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw growth to this file (.svg or .png)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
