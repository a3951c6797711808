"""Runs side by side as a table on the screen, in German."""

import re
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from itas_mobility.scenarios import INDICATORS, Comparison, Indicator, Run
from itas_mobility.scenarios.comparing.sentences import withheld_direction
from itas_mobility.scenarios.indicators.travel import STRANDED
from itas_mobility.words import HORIZONS, number

_TOGETHER = 3
"""Scenarios in one table; with more, a screen leaves no room for names."""


def show_comparison(comparison: Comparison) -> None:
    """Write tables to stdout; changes for the better are green, those for the worse red.

    Each scenario has two columns, workplaces staying and reacting, where its run tells both and they may differ. Below
    stands what runs note that the baseline does not.
    """
    console = Console(width=None if sys.stdout.isatty() else 160)
    for first in range(0, max(len(comparison.runs), 1), _TOGETHER):
        console.print(_table(comparison, comparison.runs[first : first + _TOGETHER]))
    if any(run.long_run for run in comparison.runs):
        for horizon in HORIZONS.values():
            console.print(f"{horizon.name.de}: {horizon.explanation.de}", highlight=False)
    for run in comparison.runs:
        for note in _new_notes(comparison.base, run):
            console.print(f"{run.scenario.name}: {note}", highlight=False, markup=False)


def _new_notes(base: Run, run: Run) -> list[str]:
    """What a run notes; not what the baseline says in the same words, whatever the figures."""
    known = {_NUMBER.sub("", note.de) for note in base.notes}
    return [note.de for note in run.notes if _NUMBER.sub("", note.de) not in known]


_NUMBER = re.compile(r"\d[\d.,:]*")


def _table(comparison: Comparison, runs: Sequence[Run]) -> Table:
    title = f"Szenarien im Vergleich mit {comparison.base.scenario.name}"
    table = Table(title=title + (" (stilisierte Region)" if comparison.is_stylised else ""))
    table.add_column("Kenngröße")
    table.add_column("Einheit")
    table.add_column(comparison.base.scenario.name, justify="right")
    has_both = [bool(run.long_run) for run in runs]
    for run, both in zip(runs, has_both, strict=True):
        for horizon in HORIZONS.values() if both else [None]:
            head = run.scenario.name if horizon is None else f"{run.scenario.name}\n{horizon.name.de}"
            table.add_column(head, justify="right")
    for name, indicator in INDICATORS.items():
        if name not in comparison.base.indicators or indicator.unit == "1":
            continue
        before = comparison.base.indicators[name], comparison.base.long_run.get(name, comparison.base.indicators[name])
        cells = [number(before[0], indicator.decimals, "de")]
        for run, both in zip(runs, has_both, strict=True):
            hidden = withheld_direction(comparison.base, run) if name != STRANDED else None
            values = (run.indicators[name], run.long_run[name]) if both else (run.indicators[name],)
            cells += [_cell(indicator, value, base, hidden) for value, base in zip(values, before, strict=False)]
        table.add_row(indicator.title.de, indicator.unit_text.de, *cells)
    return table


def _cell(indicator: Indicator, value: float, base: float, hidden: str | None) -> str:
    """A value, coloured where it is told that it is better or worse than that of the baseline."""
    better = {"higher": value > base, "lower": value < base}.get(indicator.better)
    shown, before = (number(one, indicator.decimals, "de") for one in (value, base))
    is_told = better is not None and hidden != ("better" if better else "worse")
    return f"[{'green' if better else 'red'}]{shown}[/]" if shown != before and is_told else shown
