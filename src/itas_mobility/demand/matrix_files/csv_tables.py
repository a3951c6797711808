"""Tables of separated values in bytes: header, and pieces of rows whose fields are looked up by their place."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, ByteArray, FloatArray, IntArray, LongArray
from itas_mobility.demand.matrix_files.faults import Faults
from itas_mobility.demand.office_text import as_utf8
from itas_mobility.errors import DemandError
from itas_mobility.kernels import csv_fields as kernels

PIECE_BYTES: Final = 1 << 23
"""Rows are read in pieces of about so many bytes, so that what is known of their fields stays small."""
_SEPARATORS: Final = (",", ";", "\t")
_FEW_SLOTS: Final = 1 << 14
"""Places for texts in the first table that is tried: room for the zones of most matrices, and small enough for the
processor's nearest memory."""
_SAYS_SEPARATOR: Final = re.compile(rb"sep=([,;\t])", re.IGNORECASE)
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|$)")


@dataclass(frozen=True, eq=False)
class Table:
    """A file of separated values whose header has been read."""

    file: Path
    content: bytes
    """In UTF-8."""
    start: int
    """Place behind the header."""
    line: int
    """Line of the header."""
    next_line: int
    """Line behind the header."""
    separator: str
    header: list[str]
    """Names, trimmed; blank ones behind the last are left out."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some rows of a table: where their fields lie."""

    text: ByteArray
    begin: IntArray
    length: IntArray
    """Below 0 where the field holds doubled quotes; shapes (n_columns, n_rows)."""
    line: LongArray


@dataclass(frozen=True, eq=False)
class Distinct:
    """Fields as the texts that occur among them."""

    texts: list[str]
    """In the order in which they stand first, trimmed."""
    code: IntArray
    """Text of each field, shape (n, n_columns)."""
    first: LongArray
    """Where each text stands first: row times n_columns plus column."""

    def counts(self) -> LongArray:
        """In how many fields each text stands."""
        return np.bincount(self.code.ravel(), minlength=len(self.texts)).astype(np.int64)


def open_table(file: Path) -> Table:
    """Read a file and its header.

    The separator is the sign among comma, semicolon and tab that stands most often in the header's line, or what a line
    ``sep=;`` before it says.

    Parameters
    ----------
    file : path
        The file.

    Returns
    -------
    Table
        The rows are still to be read.

    Raises
    ------
    DemandError
        If the file cannot be read, its encoding is not certain, or it holds nothing.
    """
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise DemandError(f"{file}: cannot be read ({fault.strerror})") from None
    text = as_utf8(raw, file)
    start, line, said = 0, 1, None
    while True:
        found = _LINE.match(text, start)
        assert found is not None
        if not found.group():
            raise DemandError(
                f"{file}: is empty; expected a header, as 'origin,destination,trips' or that of a square matrix"
            )
        if said is None and (says := _SAYS_SEPARATOR.fullmatch(found.group().strip(b"\r\n"))):
            said = says[1].decode()
        elif found.group().strip(b" \t\r\n,;"):
            break
        start, line = found.end(), line + 1
    first_line = found.group().decode()
    separator = said or max(_SEPARATORS, key=first_line.count)
    used = _Lines(text, start)
    reader = csv.reader(used, delimiter=separator, strict=True, skipinitialspace=True)
    try:
        header = [name.strip() for name in next(reader)]
    except csv.Error as fault:
        raise DemandError(f"{file}, line {line}: is not valid CSV ({fault})") from None
    while header and not header[-1]:
        header.pop()
    return Table(file, text, used.at, line, line + used.n_lines, separator, header)


class _Lines:
    """Lines of a text from a place on, and how far they were taken."""

    def __init__(self, text: bytes, at: int) -> None:
        self._text = text
        self.at = at
        self.n_lines = 0

    def __iter__(self) -> Iterator[str]:
        while self.at < len(self._text):
            found = _LINE.match(self._text, self.at)
            assert found is not None
            self.at = found.end()
            self.n_lines += 1
            yield found.group().decode().rstrip("\r\n") + "\n"


def pieces(table: Table, faults: Faults) -> Iterator[Piece]:
    """Cut the rows of a table into pieces; rows without any content are passed over.

    Parameters
    ----------
    table : Table
        The table.
    faults : Faults
        Takes rows that have too few or too many fields, or quotes that are out of place; such rows are left out.

    Yields
    ------
    Piece
        Rows in the order of the file.

    Raises
    ------
    DemandError
        For a quote that is opened and never closed.
    """
    n_columns = len(table.header)
    slot = np.arange(n_columns, dtype=np.int64)
    at, line, size = table.start, table.next_line, PIECE_BYTES
    content = np.frombuffer(table.content, dtype=np.uint8)
    line_ends = [end for end in b"\r\n" if end in table.content]
    while at < len(content):
        text = content[at : at + size]
        is_last = at + size >= len(content)
        most = sum(int(np.count_nonzero(text == end)) for end in line_ends) + 1
        # a piece is short enough for 32 bits, which halve what must be kept of a long file
        begin, length = (np.empty((n_columns, most), dtype=np.int32) for _ in range(2))
        records = kernels.Records(*(np.empty(most, dtype) for dtype in (np.int64, np.int64, np.uint8)))
        columns = kernels.Columns(slot, begin, length, ord(table.separator))
        split = kernels.split(text, is_last, line, columns, records)
        n = split.n_records
        whole = Piece(text, begin[:, :n], length[:, :n], records.line[:n])
        is_good = _judge(table, whole, records.n_fields[:n], records.oddities[:n], faults)
        yield (
            whole
            if is_good.all()
            else Piece(text, whole.begin[:, is_good], whole.length[:, is_good], whole.line[is_good])
        )
        if split.unclosed_line:
            raise DemandError(
                f"{table.file}, line {split.unclosed_line}: is not valid CSV (a quote is opened and never closed)"
            )
        # a row longer than the piece takes a larger one
        size = PIECE_BYTES if split.n_bytes else 2 * size
        at, line = at + int(split.n_bytes), int(split.line)


def _judge(table: Table, piece: Piece, n_fields: LongArray, oddities: ByteArray, faults: Faults) -> BoolArray:
    """Rows that can be used."""
    n_columns = len(table.header)
    has_content: BoolArray = (piece.length[0] != 0) | (n_fields > n_columns)
    if not has_content.all():
        blank = np.flatnonzero(~has_content)
        has_content[blank] = (piece.length[:, blank] != 0).any(axis=0)
    is_stray = (oddities & kernels.STRAY_QUOTE) != 0
    is_wrong = has_content & (n_fields != n_columns) & ~is_stray
    for row in np.flatnonzero(is_wrong).tolist():
        faults.add(int(piece.line[row]), "", f"{n_fields[row]} fields, the header has {n_columns}")
    for row in np.flatnonzero(is_stray).tolist():
        faults.add(int(piece.line[row]), "", "text stands behind a closing quote")
    usable: BoolArray = has_content & ~is_wrong & ~is_stray
    return usable


def distinct(piece: Piece, begin: IntArray, length: IntArray) -> Distinct:
    """Find which texts occur in some columns.

    Parameters
    ----------
    piece : Piece
        Rows.
    begin, length : int32 array, shape (n_columns, n)
        Fields of it.

    Returns
    -------
    Distinct
        The same text may stand twice if it is written in different ways ("a" and a).
    """
    n_columns, n = begin.shape
    after = np.empty((n_columns, n * n_columns), dtype=np.int32)
    first_begin, first_end, first = (np.empty(n * n_columns, dtype=np.int64) for _ in range(3))
    code: IntArray = np.empty((n, n_columns), dtype=np.int32)
    n_texts, n_slots = -1, _FEW_SLOTS
    while n_texts < 0:
        table = np.full(n_slots, -1, dtype=np.int32)
        n_texts = kernels.number_texts(piece.text, begin, length, table, after, first_begin, first_end, first, code)
        n_slots *= 16
    first = first[:n_texts]
    places = zip(first_begin[:n_texts].tolist(), first_end[:n_texts].tolist(), strict=True)
    content = piece.text.data
    raw = [bytes(content[i:j]) for i, j in places]
    for k in np.flatnonzero(length[first % n_columns, first // n_columns] < 0).tolist():
        raw[k] = raw[k].replace(b'""', b'"')
    texts = [one.decode().strip() for one in raw]
    return Distinct(texts, code, first)


def first_column(file: Path) -> list[str]:
    """The texts of the first column of a file of separated values, header left out.

    Parameters
    ----------
    file : path
        The file.

    Returns
    -------
    list of str
        Trimmed, in the order of the file.

    Raises
    ------
    DemandError
        As of `open_table` and `pieces`.
    """
    table = open_table(file)
    faults = Faults(file)
    found: list[str] = []
    for piece in pieces(table, faults):
        texts = distinct(piece, piece.begin[:1], piece.length[:1])
        found += [texts.texts[code] for code in texts.code[:, 0].tolist()]
    faults.raise_any()
    return found


def numbers(
    piece: Piece, begin: IntArray, length: IntArray, decimal: str, thousands: str
) -> tuple[FloatArray, ByteArray]:
    """Fields as numbers.

    Parameters
    ----------
    piece : Piece
        Rows.
    begin, length : int32 array, shape (n,)
        Fields of it.
    decimal : str
        Decimal sign.
    thousands : str
        Sign between groups of thousands; empty for none.

    Returns
    -------
    value : float array, shape (n,)
        NaN where there is no number.
    outcome : uint8 array, shape (n,)
        `kernels.csv_fields.READ`, `IS_BLANK` or `UNREAD`; the last also for numbers with very many digits.
    """
    value = np.empty(len(begin), dtype=np.float64)
    outcome = np.empty(len(begin), dtype=np.uint8)
    mark = ord(thousands) if thousands else 0
    kernels.parse_grouped_numbers(piece.text, begin, length, ord(decimal), mark, value, outcome)
    return value, outcome
