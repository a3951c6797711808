"""Tables as CSV (RFC 4180): cells that no spreadsheet runs as a formula, and faults that name file, line and column."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.errors import NetworkError

LARGEST_CELL: Final = 1 << 26
"""Characters; the csv module's own limit of 131,072 is less than the course of a long ferry."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Beginnings that make a spreadsheet take a cell for a formula (OWASP, CSV injection), their wide forms included."""
_MARK: Final = "'"
"""Before a text, the sign by which spreadsheets know it to be one."""
_WHOLE: Final = re.compile(r"[+-]?\d+(\.0*)?", re.ASCII)
_LARGEST_WHOLE: Final = 1 << 63
_MISSING: Final = ("", "nan")
"""What the table schemas of GMNS count as no value, in small letters."""


def safe_text(text: str) -> str:
    """A text that no spreadsheet runs: one that begins like a formula, or with the mark itself, gets a mark in front.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Text for a cell; `plain_text` gives back the original.
    """
    return _MARK + text if text.startswith((*_FORMULA, _MARK)) else text


def plain_text(cell: str) -> str:
    """The reverse of `safe_text`.

    Parameters
    ----------
    cell : str
        Text of a cell that `safe_text` made.

    Returns
    -------
    str
        The original.
    """
    return cell.removeprefix(_MARK)


def number_text(value: float) -> str:
    """A number with all its digits, infinity as ``INF``, a missing one as an empty cell.

    Parameters
    ----------
    value : float
        Number.

    Returns
    -------
    str
        Text of the cell.
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value).removesuffix(".0")


def table_text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV text.

    Parameters
    ----------
    names : sequence of str
        Names of the columns.
    rows : iterable of sequences
        Cells; texts from outside must have passed `safe_text`.

    Returns
    -------
    str
        Lines end as RFC 4180 has it (CR LF), so that a lone CR or LF inside a name is quoted.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(rows)
    return stream.getvalue()


@dataclass(frozen=True)
class Table:
    """A table of texts by column, with the line on which each row begins."""

    path: Path
    columns: dict[str, Sequence[str]]
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def fail(self, row: int, column: str, message: str) -> NetworkError:
        """An error that names file, line and column."""
        return NetworkError(f"{self.path}, line {self.lines[row]}, column {column}: {message}")

    def need(self, *names: str) -> None:
        """Raise where a column is missing."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise NetworkError(f"{self.path}, line 1: column {', '.join(missing)} is missing")

    def texts(self, name: str) -> Sequence[str]:
        """Cells of a column; all empty where it is missing."""
        return self.columns.get(name) or [""] * len(self)

    def numbers(self, name: str, *, low: float = -math.inf, allow_inf: bool = False) -> FloatArray:
        """Numbers of a column, NaN where a cell is empty or the column missing."""
        cells = self.texts(name)
        values = np.empty(len(cells))
        for row, cell in enumerate(cells):
            try:
                values[row] = float(cell) if cell else math.nan
            except ValueError:
                raise self.fail(row, name, f"{cell[:40]!r} is not a number") from None
            if "_" in cell or (math.isinf(values[row]) and not allow_inf):
                raise self.fail(row, name, f"{cell[:40]!r} is not a finite number")
            if values[row] < low:
                raise self.fail(row, name, f"{cell[:40]!r} is below {low:g}")
        return values

    def wholes(self, name: str) -> list[int] | None:
        """Whole numbers of 64 bits of a column, None where a cell holds something else."""
        cells = self.texts(name)
        if not all(map(_WHOLE.fullmatch, cells)):
            return None
        values = [int(cell.partition(".")[0]) for cell in cells]
        fits = all(-_LARGEST_WHOLE <= value < _LARGEST_WHOLE for value in values)
        return values if fits else None

    def is_missing(self, name: str) -> list[bool]:
        """Whether each cell of a column holds nothing."""
        return [cell.strip().lower() in _MISSING for cell in self.texts(name)]


def read_table(path: Path) -> Table:
    """Read a CSV file in UTF-8 with a line of names.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    Table
        Its rows; empty lines are skipped.

    Raises
    ------
    NetworkError
        If the file is missing, is no such table, or a row has another number of cells than the names; the message names
        file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise NetworkError(f"{path}: cannot be read ({fault.strerror})") from None
    except UnicodeDecodeError as fault:
        raise NetworkError(f"{path}: is not UTF-8 text (byte {fault.start}); save it as UTF-8") from None
    rows, lines = _rows(path, text)
    if not rows:
        raise NetworkError(f"{path}: is empty; the first line must name the columns")
    names = [name.strip() for name in rows[0]]
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise NetworkError(f"{path}, line 1: column {twice!r} stands twice")
    body = rows[1:]
    cells: Iterable[Sequence[str]] = zip(*body, strict=True) if body else [()] * len(names)
    columns = dict(zip(names, cells, strict=True))
    return Table(path, columns, lines[1:])


def _rows(path: Path, text: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    usual = csv.field_size_limit(LARGEST_CELL)
    try:
        before = 0
        for row in reader:
            if row:
                if rows and len(row) != len(rows[0]):
                    raise NetworkError(
                        f"{path}, line {before + 1}: {len(row)} cells, the first line names {len(rows[0])} columns "
                        "(is the file cut off?)"
                    )
                rows.append(row)
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as fault:
        raise NetworkError(f"{path}, line {reader.line_num}: {fault}") from None
    finally:
        csv.field_size_limit(usual)
    return rows, lines
