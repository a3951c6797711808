"""Files of comma-separated values read in pieces: columns of texts, times, dates and numbers with their lines."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, ByteArray, FloatArray, IntArray, LongArray, StrArray
from itas_mobility.kernels import csv_fields as kernels

MAX_RECORD_BYTES: Final = 16 << 20
"""Assumption: no record of a feed is longer; a longer one is a quote that is opened and never closed."""
MAX_VALUE_BYTES: Final = 255
"""Assumption: longer names are cut off, and longer ids refused."""

MAX_HEADER_BYTES: Final = 64 << 10
"""Assumption: the names of all columns of a file together are not longer."""
_LF, _CR = 10, 13


@dataclass(frozen=True, eq=False)
class Texts:
    """Short texts, one behind the other, in UTF-8."""

    pool: ByteArray
    ptr: LongArray

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def __getitem__(self, row: int) -> str:
        return self.pool[self.ptr[row] : self.ptr[row + 1]].tobytes().decode("utf-8", "replace")

    @property
    def n_bytes(self) -> LongArray:
        """Length of each text."""
        return np.diff(self.ptr)

    def strings(self, rows: IntArray | LongArray | None = None) -> StrArray:
        """The texts as a column, of all rows or of some.

        Parameters
        ----------
        rows : int array, optional
            Rows, in the wanted order.

        Returns
        -------
        StrArray
            Texts.
        """
        begin, size = (self.ptr[:-1], self.n_bytes) if rows is None else (self.ptr[rows], self.n_bytes[rows])
        width = int(size.max(initial=0))
        if width == 0:
            return np.full(len(begin), "", dtype=str)
        matrix = np.zeros((len(begin), width), dtype=np.uint8)
        # byte by byte, so that no index as large as the matrix is made
        for k in range(width):
            longer = np.flatnonzero(size > k)
            matrix[longer, k] = self.pool[begin[longer] + k]
        narrow = matrix.view(f"S{width}").ravel()
        if matrix.max() < 128:
            return narrow.astype(f"U{width}")
        return np.char.decode(narrow, "utf-8", "replace")


def joined(parts: Sequence[Texts]) -> Texts:
    """Texts of several pieces behind each other.

    Parameters
    ----------
    parts : sequence of Texts
        Pieces.

    Returns
    -------
    Texts
        All of them.
    """
    pool = np.concatenate([np.zeros(0, np.uint8), *(part.pool for part in parts)])
    sizes = np.concatenate([np.zeros(1, np.int64), *(part.n_bytes for part in parts)])
    return Texts(pool, np.cumsum(sizes))


@dataclass(frozen=True, eq=False)
class Keys:
    """Ids laid out to be found."""

    texts: Texts
    table: IntArray
    first: IntArray
    """Row in which the same id stands first."""

    def rows(self, wanted: Texts) -> IntArray:
        """Row of each wanted id, -1 where it is not known.

        Parameters
        ----------
        wanted : Texts
            Ids.

        Returns
        -------
        IntArray
            Rows.
        """
        row = np.empty(len(wanted), dtype=np.int32)
        kernels.find_keys(wanted.pool, wanted.ptr, self.texts.pool, self.texts.ptr, self.table, row)
        return row


def keys_of(texts: Texts) -> Keys:
    """Lay out ids to be found.

    Parameters
    ----------
    texts : Texts
        Ids.

    Returns
    -------
    Keys
        The same, with a table by hash.
    """
    table = np.full(2 << max(len(texts), 1).bit_length(), -1, dtype=np.int32)
    first = np.empty(len(texts), dtype=np.int32)
    kernels.index_keys(texts.pool, texts.ptr, table, first)
    return Keys(texts, table, first)


@dataclass(frozen=True, eq=False)
class Piece:
    """Whole records of a file: bytes, and for each wanted column where its fields lie."""

    text: ByteArray
    begin: LongArray
    """Shape (n_wanted, n_rows)."""
    length: LongArray
    """Below 0 where the field holds doubled quotes, which count; shape (n_wanted, n_rows)."""
    line: LongArray
    n_fields: LongArray
    oddities: ByteArray
    """Bits, see `kernels.csv_fields.LINE_BREAK`."""

    def texts(self, column: int, rows: LongArray | None = None) -> Texts:
        """Fields of a wanted column as texts of at most `MAX_VALUE_BYTES`."""
        begin, length = self.begin[column], self.length[column]
        if rows is not None:
            begin, length = begin[rows], length[rows]
        pool = np.empty(int(np.minimum(np.abs(length), MAX_VALUE_BYTES).sum()), dtype=np.uint8)
        ptr = np.empty(len(begin) + 1, dtype=np.int64)
        kernels.gather(self.text, begin, length, MAX_VALUE_BYTES, pool, ptr)
        return Texts(pool[: ptr[-1]], ptr)

    def times(self, column: int) -> IntArray:
        """Fields of a wanted column as seconds; `BLANK` or `BAD` where there is none."""
        value = np.empty(len(self.line), dtype=np.int32)
        kernels.parse_times(self.text, self.begin[column], self.length[column], value)
        return value

    def wholes(self, column: int) -> IntArray:
        """Fields of a wanted column as whole numbers; `BLANK` or `BAD` where there is none."""
        value = np.empty(len(self.line), dtype=np.int32)
        kernels.parse_wholes(self.text, self.begin[column], self.length[column], value)
        return value

    def numbers(self, column: int) -> tuple[FloatArray, BoolArray]:
        """Fields of a wanted column as numbers (nan where blank), and which of them are none."""
        value = np.empty(len(self.line), dtype=np.float64)
        outcome = np.empty(len(self.line), dtype=np.uint8)
        kernels.parse_numbers(self.text, self.begin[column], self.length[column], value, outcome)
        is_bad = outcome == kernels.UNREAD
        unread = np.flatnonzero(is_bad)
        texts = self.texts(column, unread)
        for i, row in enumerate(unread.tolist()):
            number = _number(texts[i])
            if number is not None:
                value[row] = number
                is_bad[row] = False
        return value, is_bad


def _number(text: str) -> float | None:
    """A finite number in plain or exponent form."""
    try:
        number = float(text) if "_" not in text else np.nan
    except ValueError:
        return None
    return number if np.isfinite(number) else None


@dataclass(eq=False)
class Reading:
    """What a file turns out to be while it is read."""

    header: list[str] = field(default_factory=list)
    invalid_line: int | None = None
    """First line that is not UTF-8 or holds a zero byte."""
    unclosed_line: int | None = None
    """Line of a record that opens a quote and does not close it."""


def pieces(chunks: Iterable[bytes], wanted: Sequence[str], reading: Reading) -> Iterator[Piece]:
    """Cut a file into pieces of whole records.

    Parameters
    ----------
    chunks : iterable of bytes
        Content.
    wanted : sequence of str
        Columns; those that the file does not have are blank.
    reading : Reading
        Filled while the pieces are asked for.

    Yields
    ------
    Piece
        Records in the order of the file, the header left out.
    """
    reached = _Reached()
    slot: LongArray | None = None
    for rest, is_last in _with_last(chunks, reached):
        text = rest
        if slot is None:
            text = _without_header(rest, reading)
            slot = np.array([_slot(name, wanted) for name in reading.header], dtype=np.int64)
            reached.line = 2
        piece, split = _split(text, is_last, slot, len(wanted), reached.line)
        _check_characters(text if is_last else text[: split.n_bytes], reached.line, reading)
        if split.unclosed_line:
            reading.unclosed_line = int(split.unclosed_line)
        reached.line = int(split.line)
        reached.n_bytes = int(split.n_bytes) + len(rest) - len(text)
        yield piece
        if len(rest) - reached.n_bytes > MAX_RECORD_BYTES:
            reading.unclosed_line = reached.line
            return


@dataclass
class _Reached:
    """How far a file has been read."""

    line: int = 1
    n_bytes: int = 0
    """Bytes used of the last chunk, with what had been left over before it."""


def _slot(name: str, wanted: Sequence[str]) -> int:
    return wanted.index(name) if name in wanted else -1


def _with_last(chunks: Iterable[bytes], reached: _Reached) -> Iterator[tuple[ByteArray, bool]]:
    """Chunks, each behind what the one before left over, and whether it ends."""
    rest = b""
    waiting: bytes | None = None
    for chunk in chunks:
        if waiting is not None:
            text = rest + waiting
            yield np.frombuffer(text, dtype=np.uint8), False
            rest = text[reached.n_bytes :]
        waiting = chunk
    yield np.frombuffer(rest + (waiting or b""), dtype=np.uint8), True


def _without_header(text: ByteArray, reading: Reading) -> ByteArray:
    """The text behind the header line, of which at most `MAX_HEADER_BYTES` are read."""
    start = len(codecs.BOM_UTF8) if text[:3].tobytes() == codecs.BOM_UTF8 else 0
    end = len(text)
    for first in range(start, len(text), MAX_HEADER_BYTES):
        part = text[first : first + MAX_HEADER_BYTES]
        breaks = np.flatnonzero((part == _LF) | (part == _CR))
        if breaks.size:
            end = first + int(breaks[0])
            break
    line = text[start : min(end, start + MAX_HEADER_BYTES)].tobytes().decode("utf-8", "replace")
    reading.header = [name.strip() for row in csv.reader([line], skipinitialspace=True) for name in row]
    return text[end + (2 if text[end : end + 2].tobytes() == b"\r\n" else 1) :]


def _split(
    text: ByteArray, is_last: bool, slot: LongArray, n_wanted: int, first_line: int
) -> tuple[Piece, kernels.Split]:
    most = int(np.count_nonzero(text == _LF) + np.count_nonzero(text == _CR)) + 1
    begin, length = (np.empty((n_wanted, most), dtype=np.int64) for _ in range(2))
    line, n_fields = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    records = kernels.Records(line, n_fields, np.empty(most, dtype=np.uint8))
    split = kernels.split(text, is_last, first_line, kernels.Columns(slot, begin, length), records)
    n = split.n_records
    return Piece(text, begin[:, :n], length[:, :n], line[:n], n_fields[:n], records.oddities[:n]), split


def _check_characters(text: ByteArray, first_line: int, reading: Reading) -> None:
    """Remember the first line that is not UTF-8, or holds a zero byte."""
    if reading.invalid_line is not None or text.size == 0:
        return
    content = text.tobytes()
    at = content.find(0)
    if text.max() >= 128:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as fault:
            at = fault.start if at < 0 else min(at, fault.start)
    if at >= 0:
        before = content[:at]
        reading.invalid_line = first_line + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
