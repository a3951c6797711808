"""Runs side by side as a table on the screen, in German."""

import sys

from rich.console import Console
from rich.table import Table

from itas_mobility.scenarios import INDICATORS, Comparison, Indicator
from itas_mobility.scenarios.comparing.sentences import withheld_direction
from itas_mobility.scenarios.indicators.travel import STRANDED
from itas_mobility.words import HORIZONS, number


def show_comparison(comparison: Comparison) -> None:
    """Write the table to stdout; changes for the better are green, those for the worse red.

    Each scenario has two columns, workplaces staying and reacting, where its run tells both and they may differ.
    """
    title = f"Szenarien im Vergleich mit {comparison.base.scenario.name}"
    table = Table(title=title + (" (stilisierte Region)" if comparison.is_stylised else ""))
    table.add_column("Kenngröße")
    table.add_column("Einheit")
    table.add_column(comparison.base.scenario.name, justify="right")
    has_both = [bool(run.long_run) for run in comparison.runs]
    for run, both in zip(comparison.runs, has_both, strict=True):
        for horizon in HORIZONS.values() if both else [None]:
            head = run.scenario.name if horizon is None else f"{run.scenario.name}\n{horizon.name.de}"
            table.add_column(head, justify="right")
    for name, indicator in INDICATORS.items():
        if name not in comparison.base.indicators or indicator.unit == "1":
            continue
        before = comparison.base.indicators[name], comparison.base.long_run.get(name, comparison.base.indicators[name])
        cells = [number(before[0], indicator.decimals, "de")]
        for run, both in zip(comparison.runs, has_both, strict=True):
            hidden = withheld_direction(comparison.base, run) if name != STRANDED else None
            values = (run.indicators[name], run.long_run[name]) if both else (run.indicators[name],)
            cells += [_cell(indicator, value, base, hidden) for value, base in zip(values, before, strict=False)]
        table.add_row(indicator.title.de, indicator.unit_text.de, *cells)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    if any(has_both):
        for horizon in HORIZONS.values():
            console.print(f"{horizon.name.de}: {horizon.explanation.de}", highlight=False)


def _cell(indicator: Indicator, value: float, base: float, hidden: str | None) -> str:
    """A value, coloured where it is told that it is better or worse than that of the baseline."""
    better = {"higher": value > base, "lower": value < base}.get(indicator.better)
    shown, before = (number(one, indicator.decimals, "de") for one in (value, base))
    is_told = better is not None and hidden != ("better" if better else "worse")
    return f"[{'green' if better else 'red'}]{shown}[/]" if shown != before and is_told else shown
