"""Command of the benchmark suite."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from itas_mobility.cli.answers import refuse


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Small cases only.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to a file.")] = None,
) -> None:
    """Run the benchmark suite (from a checkout)."""
    import subprocess

    root = Path(__file__).parents[3]
    if not (root / "benchmarks" / "run.py").is_file():
        refuse("bench: the benchmark suite lies in the checkout, not in the installed package; clone the project")
    command = [sys.executable, "-m", "benchmarks.run"] + (["--quick"] if quick else [])
    command += ["--json", str(json_file.resolve())] if json_file else []
    raise typer.Exit(subprocess.run(command, cwd=root, check=False).returncode)  # noqa: S603 - own interpreter


COMMANDS = (bench,)
