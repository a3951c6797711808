"""Runs side by side as a table on the screen, in German."""

import sys

from rich.console import Console
from rich.table import Table

from itas_mobility.scenarios import INDICATORS, Comparison
from itas_mobility.scenarios.comparing.sentences import withheld_direction
from itas_mobility.scenarios.indicators.travel import STRANDED
from itas_mobility.words import number


def show_comparison(comparison: Comparison) -> None:
    """Write the table to stdout; changes for the better are green, those for the worse red."""
    runs = (comparison.base, *comparison.runs)
    title = f"Szenarien im Vergleich mit {comparison.base.scenario.name}"
    table = Table(title=title + (" (stilisierte Region)" if comparison.is_stylised else ""))
    table.add_column("Kenngröße")
    table.add_column("Einheit")
    for run in runs:
        table.add_column(run.scenario.name, justify="right")
    for name, indicator in INDICATORS.items():
        if name not in comparison.base.indicators or indicator.unit == "1":
            continue
        base = comparison.base.indicators[name]
        cells = [number(base, indicator.decimals, "de")]
        for run in comparison.runs:
            value = run.indicators[name]
            better = {"higher": value > base, "lower": value < base}.get(indicator.better)
            shown = number(value, indicator.decimals, "de")
            hidden = withheld_direction(comparison.base, run) if name != STRANDED else None
            is_told = better is not None and hidden != ("better" if better else "worse")
            cells.append(f"[{'green' if better else 'red'}]{shown}[/]" if shown != cells[0] and is_told else shown)
        table.add_row(indicator.title.de, indicator.unit_text.de, *cells)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
