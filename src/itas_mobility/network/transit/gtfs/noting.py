"""Findings of rules put into words: a few places named, the others counted."""

from collections.abc import Callable, Iterator

from itas_mobility.core.columns import LongArray
from itas_mobility.core.findings import Finding
from itas_mobility.network.transit.gtfs.tables import MOST_EXAMPLES, Table


def of_file(severity: str, file: str, what: str, field: str | None = None) -> Finding:
    """Finding about a file as a whole.

    Parameters
    ----------
    severity : {"error", "warning", "repair"}
        How bad it is.
    file : str
        Name of the file.
    what : str
        What is wrong and what to do.
    field : str, optional
        Column.

    Returns
    -------
    Finding
        Without line.
    """
    return Finding(severity, file, f"{file}: {what}", None, field)


def of_line(severity: str, file: str, line: int, what: str, field: str | None = None) -> Finding:
    """Finding about one line.

    Parameters
    ----------
    severity : {"error", "warning", "repair"}
        How bad it is.
    file : str
        Name of the file.
    line : int
        Line.
    what : str
        What is wrong and what to do.
    field : str, optional
        Column.

    Returns
    -------
    Finding
        Its message names the line.
    """
    return Finding(severity, file, f"{file}: line {line}: {what}", line, field)


def of_rows(
    severity: str, file: str, lines: LongArray, rows: LongArray, say: Callable[[int], str], field: str | None = None
) -> Iterator[Finding]:
    """Findings about rows: the first ones with their lines, the others as a count.

    Parameters
    ----------
    severity : {"error", "warning", "repair"}
        How bad they are.
    file : str
        Name of the file.
    lines : int array
        Line of each row.
    rows : int array
        Rows at fault.
    say : callable
        What is wrong with a row.
    field : str, optional
        Column.

    Yields
    ------
    Finding
        At most `MOST_EXAMPLES` and one more.
    """
    for row in rows[:MOST_EXAMPLES].tolist():
        yield of_line(severity, file, int(lines[row]), say(row), field)
    if len(rows) > MOST_EXAMPLES:
        last = say(int(rows[MOST_EXAMPLES]))
        yield of_file(severity, file, f"and {len(rows) - MOST_EXAMPLES:,} more of this kind, the next: {last}", field)


def of_faults(severity: str, table: Table, what: str, say: Callable[[str, str], str]) -> Iterator[Finding]:
    """Findings about values that were noted while a file was read.

    Parameters
    ----------
    severity : {"error", "warning", "repair"}
        How bad they are.
    table : Table
        The file.
    what : str
        Kind of fault, see `Table.faults`.
    say : callable
        What is wrong, from column and value.

    Yields
    ------
    Finding
        The first ones with their lines, the others as a count.
    """
    for (kind, column), fault in table.faults.items():
        if kind != what:
            continue
        for line, value in fault.examples:
            yield of_line(severity, table.file, line, say(column, value), column or None)
        if fault.count > len(fault.examples):
            more = f"and {fault.count - len(fault.examples):,} more of this kind"
            yield of_file(severity, table.file, f"{more}: {say(column, '...')}", column or None)
