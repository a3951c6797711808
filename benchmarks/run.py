"""Run the benchmark cases and print a table: ``python -m benchmarks.run [--quick] [--json OUT] [--only TEXT]``."""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

from benchmarks.cases import Case, load


def measure(case: Case, *, quick: bool) -> list[float]:
    """Seconds of each repeat."""
    run = case.setup(quick)
    if case.warm_up:
        run()
    seconds = []
    for _ in range(min(case.repeats, 3) if quick else case.repeats):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return seconds


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small input, under half a minute")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with this text in their name")
    given = parser.parse_args(arguments)
    cases = load()
    wanted = [known for known in cases.values() if given.only in known.name]
    if not wanted:
        print(f"no case has {given.only!r} in its name; known: {', '.join(cases)}", file=sys.stderr)
        return 2
    results: dict[str, dict[str, object]] = {}
    print(f"{'case':44s} {'min s':>9s} {'median s':>9s}  ratio to reference (minima)")
    for known in wanted:
        seconds = measure(known, quick=given.quick)
        results[known.name] = {"min_s": min(seconds), "median_s": statistics.median(seconds), "seconds": seconds}
        ratio = ""
        if known.reference in results:
            share = min(seconds) / float(str(results[known.reference]["min_s"]))
            results[known.name] |= {"reference": known.reference, "ratio": share}
            ratio = f"{share:8.3f} x {known.reference}"
        print(f"{known.name:44s} {min(seconds):9.4f} {statistics.median(seconds):9.4f}  {ratio}", flush=True)
    if given.json is not None:
        machine = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
        content = json.dumps({"quick": given.quick, "machine": machine, "cases": results}, indent=1)
        temporary = given.json.with_name(given.json.name + ".part")
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(content + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
