"""The files of a feed as columns, with the faults of single values met on the way."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.kernels.csv_fields import BAD, BLANK, LINE_BREAK, STRAY_QUOTE
from itas_mobility.network.transit.gtfs.archive import Archive, open_archive
from itas_mobility.network.transit.gtfs.columns import FILES, REFERENCES, UNIQUE, FileColumns, Kind
from itas_mobility.network.transit.gtfs.csv_reading import (
    MAX_VALUE_BYTES,
    Keys,
    Piece,
    Reading,
    Texts,
    joined,
    keys_of,
    pieces,
)

MOST_EXAMPLES: Final = 20
"""So many places are named of each fault of a column; the others are counted."""
_MONTHS_SHIFT, _YEARS_SHIFT = 100, 10_000


@dataclass
class Fault:
    """Values of a column that share a fault."""

    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    """Lines and values of the first ones."""

    def add(self, piece: Piece, column: int, rows: LongArray) -> None:
        """Count some rows of a piece of the file, and keep the first ones."""
        self.count += len(rows)
        shown = rows[: MOST_EXAMPLES - len(self.examples)]
        values = piece.texts(column, shown)
        self.examples += [(line, values[i]) for i, line in enumerate(piece.line[shown].tolist())]


@dataclass(frozen=True, eq=False)
class Table:
    """One file of a feed."""

    file: str
    reading: Reading
    line: LongArray
    """Line of each row in the file."""
    columns: Mapping[str, Any]
    """`Texts` for ids and texts, rows of another table for references (-1: unknown), int32 (`BLANK`: none) or float64
    (nan: none)."""
    faults: Mapping[tuple[str, str], Fault]
    """By what is wrong, and column."""
    keys: Mapping[str, Keys]
    """Columns of ids that other files refer to."""

    def __len__(self) -> int:
        return len(self.line)

    def __contains__(self, column: str) -> bool:
        return column in self.reading.header

    def texts(self, column: str) -> Texts:
        """A column of ids or texts."""
        found: Texts = self.columns[column]
        return found

    def wholes(self, column: str) -> IntArray:
        """A column of whole numbers, times, dates or rows."""
        found: IntArray = self.columns[column]
        return found

    def numbers(self, column: str) -> FloatArray:
        """A column of numbers."""
        found: FloatArray = self.columns[column]
        return found


@dataclass(frozen=True, eq=False)
class Tables:
    """All files of a feed that are read; those it does not have are tables without header and rows."""

    path: Path
    archive: Archive
    tables: Mapping[str, Table]
    passed_over: Collection[str]
    """Files that were not read."""

    def __getitem__(self, file: str) -> Table:
        return self.tables[file]

    def __contains__(self, file: str) -> bool:
        return file in self.archive and file not in self.passed_over


def read_tables(path: str | Path, *, passed_over: Collection[str] = ()) -> Tables:
    """Read the files of a feed.

    Parameters
    ----------
    path : path
        Zip archive.
    passed_over : collection of str, optional
        Files that are not read, as if they held no rows.

    Returns
    -------
    Tables
        Columns; faults of values stand with them.

    Raises
    ------
    NetworkError
        If the archive cannot be used.
    """
    archive = open_archive(path)
    tables: dict[str, Table] = {}
    for file, columns in FILES.items():
        known = {name: _referred(tables, file, name) for name in columns.read if (file, name) in REFERENCES}
        content = archive.chunks(file) if file in archive and file not in passed_over else iter(())
        tables[file] = _read_table(content, file, columns, known)
    return Tables(archive.path, archive, tables, passed_over)


def _referred(tables: Mapping[str, Table], file: str, name: str) -> Keys:
    of_file, of_name = REFERENCES[file, name]
    return tables[of_file].keys[of_name]


def _read_table(content: Iterator[bytes], file: str, columns: FileColumns, known: Mapping[str, Keys]) -> Table:
    reading = Reading()
    wanted = list(columns.read)
    parts: dict[str, list[Any]] = {name: [] for name in wanted}
    lines: list[LongArray] = []
    faults = _Faults(columns)
    for piece in pieces(content, wanted, reading):
        faults.note_records(piece, len(reading.header))
        for column, name in enumerate(wanted):
            if name in reading.header:
                faults.note_blanks(piece, column, name)
            parts[name].append(_values(piece, column, name, known.get(name), faults))
        lines.append(piece.line)
    values: dict[str, Any] = {
        name: joined(part) if isinstance(part[0], Texts) else np.concatenate(part) for name, part in parts.items()
    }
    keys = {name: keys_of(values[name]) for of_file, name in UNIQUE if of_file == file}
    return Table(file, reading, np.concatenate(lines), values, faults.found, keys)


class _Faults:
    """What is wrong with a file, noted piece by piece."""

    def __init__(self, columns: FileColumns) -> None:
        self.columns = columns
        self.found: dict[tuple[str, str], Fault] = {}

    def note(self, what: str, piece: Piece, column: int, name: str, bad: BoolArray) -> None:
        """Note the values of some rows of a column."""
        rows = np.flatnonzero(bad)
        if rows.size:
            self.found.setdefault((what, name), Fault()).add(piece, column, rows)

    def note_blanks(self, piece: Piece, column: int, name: str) -> None:
        """Note blank values where there must be none."""
        if name in self.columns.filled:
            self.note("blank", piece, column, name, piece.length[column] == 0)

    def note_records(self, piece: Piece, n_columns: int) -> None:
        """Note records that have not as many fields as the header, or odd quotes and line breaks."""
        self.note("many fields", piece, 0, "", piece.n_fields > n_columns)
        self.note("few fields", piece, 0, "", piece.n_fields < n_columns)
        self.note("line break", piece, 0, "", piece.oddities & LINE_BREAK > 0)
        self.note("stray quote", piece, 0, "", piece.oddities & STRAY_QUOTE > 0)


def _values(piece: Piece, column: int, name: str, known: Keys | None, faults: _Faults) -> Any:
    """Values of a column of a piece; those that cannot be read are blank, and noted."""
    kind = faults.columns.read[name]
    length = piece.length[column]
    if kind in (Kind.ID, Kind.TEXT):
        what = "long id" if kind is Kind.ID else "long text"
        faults.note(what, piece, column, name, np.abs(length) > MAX_VALUE_BYTES)
        texts = piece.texts(column)
        if known is None:
            return texts
        rows = known.rows(texts)
        faults.note("unknown", piece, column, name, (rows < 0) & (length != 0))
        return rows
    if kind is Kind.NUMBER:
        numbers, is_bad = piece.numbers(column)
        faults.note("number", piece, column, name, is_bad)
        return numbers
    values = piece.times(column) if kind is Kind.TIME else piece.wholes(column)
    if kind is Kind.DATE:
        values = _dates(values)
    faults.note(kind.name.lower(), piece, column, name, values == BAD)
    values[values == BAD] = BLANK
    return values


def _dates(values: IntArray) -> IntArray:
    """Days (1 = 0001-01-01) of dates written YYYYMMDD; `BAD` where there is no such day."""
    written, row = np.unique(values, return_inverse=True)
    return np.array([_day(number) for number in written.tolist()], dtype=np.int32)[row]


def _day(number: int) -> int:
    if number < 0:
        return number
    try:
        return date(number // _YEARS_SHIFT, number // _MONTHS_SHIFT % 100, number % _MONTHS_SHIFT).toordinal()
    except ValueError:
        return BAD
