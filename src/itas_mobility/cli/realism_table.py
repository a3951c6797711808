"""Realism tests beside published ranges as a table on the screen, in German."""

import sys
from typing import Final

from rich.console import Console
from rich.table import Table

from itas_mobility.scenarios import Realism
from itas_mobility.scenarios.believing.realism_rows import range_text
from itas_mobility.words import number

_VERDICTS: Final = {True: "[green]im Bereich[/]", False: "[red]außerhalb[/]", None: "offen"}
_HORIZONS: Final = {"short": "kurz", "long": "lang"}


def show_realism(realism: Realism) -> None:
    """Write the table to stdout, then why bars are missed.

    Parameters
    ----------
    realism : Realism
        What `scenarios.realism` returned.
    """
    stylised = " (stilisierte Region)" if realism.is_stylised else ""
    table = Table(title=f"Realitätstests: {realism.region_title}{stylised}")
    for name in ("Test", "kurzfristig", "langfristig", "Maßstab", "gelesen?", "Urteil"):
        table.add_column(name, justify="right" if name.endswith("fristig") else "left")
    for row in realism.rows:
        unit = f" {row.unit.de}" if row.unit.de else ""
        values = [number(value, row.decimals, "de", powers=True) for value in (row.short, row.long)]
        bars = [f"{_HORIZONS[one.horizon]} {range_text(one).de}{unit}" for one in row.bars]
        marks = dict.fromkeys(one.mark for one in row.bars)
        table.add_row(row.title.de, *values, "; ".join(bars), ", ".join(marks), _VERDICTS[row.within])
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    console.print(
        "R1 selbst gelesen, R2 zitiert gelesen, D hier abgeleitet oder gesetzt, M aus dem Gedächtnis", style="dim"
    )
    for row in realism.rows:
        if row.reason is not None:
            console.print(f"- {row.title.de}: {row.reason.de}", highlight=False, markup=False)
