"""Comma-separated values (RFC 4180): where fields lie in the bytes, and fields as times, numbers and rows of known ids.

A field is a begin and a length; a length below 0 says that the field holds doubled quotes and is that long with them.
"""

from typing import NamedTuple

import numpy as np

from itas_mobility.kernels._jit import kernel
from itas_mobility.kernels.opl import hashed

BLANK = -1
"""Stands for a time or whole number that the file leaves blank."""
BAD = -2
"""Stands for a time or whole number that cannot be read."""
LINE_BREAK, STRAY_QUOTE = 1, 2
"""What is odd about a record, as bits: a value holds a line break; text follows a closing quote."""
READ, IS_BLANK, UNREAD = 0, 1, 2
"""What became of a number: read, blank, or of a form that is left to slower ways."""
_TAB, _LF, _CR, _SPACE, _QUOTE, _COMMA = 9, 10, 13, 32, 34, 44
_PLUS, _MINUS, _POINT, _COLON = 43, 45, 46, 58
_ZERO, _NINE = 48, 57
_MOST_DIGITS = 9
"""Whole numbers with no more digits fit 32 bits."""
_EXACT_DIGITS = 15
"""A whole number of so many digits, divided by a power of ten up to 10^22, is rounded once and therefore right."""


class Columns(NamedTuple):
    """Which columns of a file are wanted, and where their fields lie."""

    slot: np.ndarray
    """int64[n_columns]: row of `begin` and `length` that takes the column; -1 for columns that are not wanted."""
    begin: np.ndarray
    length: np.ndarray
    """int64[n_wanted, n_rows]: places of the fields, without blanks around them; length 0 for those that are
    missing."""


class Records(NamedTuple):
    """What is known about the records themselves."""

    line: np.ndarray
    """int64[n_rows]: line in which the record begins."""
    n_fields: np.ndarray
    """int64[n_rows]: number of fields; blank ones behind the last column do not count."""
    oddities: np.ndarray
    """uint8[n_rows]: bits, see `LINE_BREAK`."""


class Split(NamedTuple):
    """How far a text has been split."""

    n_records: int
    line: int
    """Line after the last record."""
    n_bytes: int
    """Bytes used."""
    unclosed_line: int
    """Line of a record at the end of the file that opens a quote and never closes it (0: none)."""


class _Field(NamedTuple):
    """A field: where it lies, and where the next comma or line end stands."""

    begin: int
    length: np.int64
    end: int
    n_breaks: np.int64
    is_stray: bool
    is_open: bool


class _Record(NamedTuple):
    """A record: where the next one begins, how many lines it takes, and what else is told about it."""

    end: int
    n_lines: int
    n_fields: int
    oddities: int
    is_blank: bool
    is_cut: bool
    is_open: bool


@kernel
def _is_blank(byte):
    return byte == _SPACE or byte == _TAB


@kernel
def _ends_field(byte):
    return byte == _COMMA or byte == _LF or byte == _CR


@kernel
def _before_blanks(text, first, last):
    """End of what stands between two places, without the blanks at its end."""
    while last > first and _is_blank(text[last - 1]):
        last -= 1
    return last


@kernel
def _closing_quote(text, at):
    """Place of the quote that closes a field (or of the end of the text), and the doubled quotes and lines before."""
    is_doubled = False
    n_breaks = 0
    while at < len(text):
        byte = text[at]
        if byte == _QUOTE:
            if at + 1 == len(text) or text[at + 1] != _QUOTE:
                break
            is_doubled = True
            at += 2
            continue
        if byte == _LF or (byte == _CR and at + 1 < len(text) and text[at + 1] != _LF):
            n_breaks += 1
        at += 1
    return at, is_doubled, n_breaks


@kernel(inline=True)
def _quoted_field(text, at, is_last):
    """The field whose opening quote stands at a place; open if it may go on behind the text."""
    first = at + 1
    last, is_doubled, n_breaks = _closing_quote(text, first)
    if last == len(text) or (last + 1 == len(text) and not is_last):
        return _Field(first, np.int64(0), last, n_breaks, False, True)
    is_stray = False
    at = last + 1
    while at < len(text) and not _ends_field(text[at]):
        if not _is_blank(text[at]):
            is_stray = True
        at += 1
    while first < last and _is_blank(text[first]):
        first += 1
    last = _before_blanks(text, first, last)
    return _Field(first, first - last if is_doubled else last - first, at, n_breaks, is_stray, False)


@kernel(inline=True)
def _plain_field(text, first):
    """The field that begins at a place without a quote."""
    at = first
    while at < len(text) and not _ends_field(text[at]):
        at += 1
    return _Field(first, _before_blanks(text, first, at) - first, at, np.int64(0), False, False)


@kernel
def _behind_line_end(text, at, is_last):
    """Place behind the line end at a place; -1 if the text is cut within it."""
    if text[at] == _CR:
        if at + 1 < len(text):
            return at + 2 if text[at + 1] == _LF else at + 1
        return at + 1 if is_last else -1
    return at + 1


@kernel
def _split_record(text, at, is_last, columns, row):
    """Find the wanted fields of one record."""
    n_columns = len(columns.slot)
    for w in range(columns.begin.shape[0]):
        columns.begin[w, row] = at
        columns.length[w, row] = 0
    column, n_fields, n_lines, odd = 0, 0, 0, 0
    is_blank = True
    while True:
        while at < len(text) and _is_blank(text[at]):
            at += 1
        if at < len(text) and text[at] == _QUOTE:
            is_blank = False
            field = _quoted_field(text, at, is_last)
        else:
            field = _plain_field(text, at)
        if field.is_open:
            return _Record(at, n_lines, n_fields, odd, is_blank, True, True)
        n_lines += field.n_breaks
        odd |= (LINE_BREAK if field.n_breaks > 0 else 0) | (STRAY_QUOTE if field.is_stray else 0)
        is_blank = is_blank and field.length == 0
        if column < n_columns or field.length != 0:
            n_fields = column + 1
        if column < n_columns and columns.slot[column] >= 0:
            columns.begin[columns.slot[column], row] = field.begin
            columns.length[columns.slot[column], row] = field.length
        column += 1
        at = field.end
        if at == len(text):
            return _Record(at, n_lines, n_fields, odd, is_blank and column == 1, not is_last, False)
        if text[at] != _COMMA:
            at = _behind_line_end(text, at, is_last)
            return _Record(at, n_lines + 1, n_fields, odd, is_blank and column == 1, at < 0, False)
        at += 1


@kernel
def split(text, is_last, first_line, columns, records):
    """Find the wanted fields of the whole records of a text; blank lines are passed over.

    Parameters
    ----------
    text : uint8[n]
        Bytes that begin with a record.
    is_last : bool
        Whether the file ends with the text; if not, a record that may go on is left for the next text.
    first_line : int
        Line of the first record.
    columns : Columns
        Out: `begin` and `length`.
    records : Records
        Out.

    Returns
    -------
    Split
    """
    row = 0
    at = 0
    line = first_line
    unclosed_line = 0
    while at < len(text):
        record = _split_record(text, at, is_last, columns, row)
        if record.is_cut:
            if record.is_open and is_last:
                unclosed_line = line
            break
        if not record.is_blank:
            records.line[row] = line
            records.n_fields[row] = record.n_fields
            records.oddities[row] = record.oddities
            row += 1
        at = record.end
        line += record.n_lines
    return Split(row, line, at, unclosed_line)


@kernel
def gather(text, begin, length, most, pool, ptr):
    """Copy fields one behind the other, doubled quotes written once.

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_rows]
        Fields.
    most : int
        So many bytes of a field are copied; a character is not cut.
    pool : uint8[m]
        Out: the copies; m must hold the shorter of length and `most` of each field.
    ptr : int64[n_rows + 1]
        Out: copy *i* lies at ``ptr[i]`` to ``ptr[i + 1]``.
    """
    n = 0
    ptr[0] = 0
    for i in range(len(begin)):
        at = begin[i]
        end = at + abs(length[i])
        limit = n + most
        while at < end and n < limit:
            pool[n] = text[at]
            at += 2 if length[i] < 0 and text[at] == _QUOTE else 1
            n += 1
        if at < end and (text[at] & 0xC0) == 0x80:
            while n > ptr[i] and (pool[n - 1] & 0xC0) == 0x80:
                n -= 1
            n -= 1
        ptr[i + 1] = n


@kernel
def parse_times(text, begin, length, time):
    """Times of the form H:MM:SS with one to three digits of hours, in seconds; `BLANK` or `BAD` where there is none.

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_rows]
        Fields.
    time : int32[n_rows]
        Out: seconds.
    """
    for i in range(len(begin)):
        n = length[i]
        at = begin[i]
        if n == 0:
            time[i] = BLANK
            continue
        if n < 7 or n > 9 or text[at + n - 3] != _COLON or text[at + n - 6] != _COLON:
            time[i] = BAD
            continue
        hours, minutes, seconds = 0, 0, 0
        is_good = True
        for k in range(n):
            if k == n - 3 or k == n - 6:
                continue
            digit = text[at + k] - _ZERO
            if text[at + k] < _ZERO or text[at + k] > _NINE:
                is_good = False
                break
            if k < n - 6:
                hours = 10 * hours + digit
            elif k < n - 3:
                minutes = 10 * minutes + digit
            else:
                seconds = 10 * seconds + digit
        if is_good and minutes < 60 and seconds < 60:
            time[i] = 3600 * hours + 60 * minutes + seconds
        else:
            time[i] = BAD


@kernel
def parse_wholes(text, begin, length, value):
    """Whole numbers from 0 to 999,999,999; `BLANK` or `BAD` where there is none.

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_rows]
        Fields.
    value : int32[n_rows]
        Out: numbers.
    """
    for i in range(len(begin)):
        n = length[i]
        if n == 0:
            value[i] = BLANK
            continue
        if n < 0 or n > _MOST_DIGITS:
            value[i] = BAD
            continue
        found = 0
        for at in range(begin[i], begin[i] + n):
            if text[at] < _ZERO or text[at] > _NINE:
                found = BAD
                break
            found = 10 * found + (text[at] - _ZERO)
        value[i] = found


@kernel
def parse_numbers(text, begin, length, value, outcome):
    """Decimal numbers without exponent.

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_rows]
        Fields.
    value : float64[n_rows]
        Out: numbers, nan where they are not read.
    outcome : uint8[n_rows]
        Out: `READ`, `IS_BLANK` or `UNREAD`.
    """
    for i in range(len(begin)):
        n = length[i]
        value[i] = np.nan
        outcome[i] = UNREAD
        if n == 0:
            outcome[i] = IS_BLANK
            continue
        at = begin[i]
        end = at + n
        is_negative = n > 0 and text[at] == _MINUS
        if n > 0 and (is_negative or text[at] == _PLUS):
            at += 1
        whole = np.int64(0)
        divisor = 1.0
        n_digits = 0
        is_behind_point = False
        while at < end:
            if text[at] == _POINT and not is_behind_point:
                is_behind_point = True
            elif _ZERO <= text[at] <= _NINE and n_digits < _EXACT_DIGITS:
                whole = 10 * whole + (text[at] - _ZERO)
                n_digits += 1
                if is_behind_point:
                    divisor *= 10.0
            else:
                break
            at += 1
        if at == end and n_digits > 0:
            value[i] = -(whole / divisor) if is_negative else whole / divisor
            outcome[i] = READ


@kernel
def _is_same(left, left_begin, left_end, right, right_begin, right_end):
    if left_end - left_begin != right_end - right_begin:
        return False
    for k in range(left_end - left_begin):
        if left[left_begin + k] != right[right_begin + k]:
            return False
    return True


@kernel
def _slot_of(pool, begin, end, key_pool, key_ptr, table):
    """Place in the table of an id: that of the equal key, or the free one where it would stand."""
    mask = len(table) - 1
    slot = hashed(pool, begin, end) & mask
    while table[slot] >= 0:
        key = table[slot]
        if _is_same(pool, begin, end, key_pool, key_ptr[key], key_ptr[key + 1]):
            break
        slot = (slot + 1) & mask
    return slot


@kernel
def index_keys(pool, ptr, table, first):
    """Lay out ids for `find_keys` (hashing with linear probing, Knuth 1998, section 6.4).

    Parameters
    ----------
    pool : uint8[n]
        Ids, one behind the other.
    ptr : int64[n_keys + 1]
        Where they begin.
    table : int32[m]
        In: all -1, m a power of two above n_keys. Out: rows of ids by hash.
    first : int32[n_keys]
        Out: row in which the same id stands first.
    """
    for i in range(len(ptr) - 1):
        slot = _slot_of(pool, ptr[i], ptr[i + 1], pool, ptr, table)
        if table[slot] < 0:
            table[slot] = i
        first[i] = table[slot]


@kernel
def find_keys(pool, ptr, key_pool, key_ptr, table, row):
    """Rows of ids among known ones.

    Parameters
    ----------
    pool : uint8[n]
        Ids to look up, one behind the other.
    ptr : int64[n_rows + 1]
        Where they begin.
    key_pool, key_ptr, table : arrays
        The known ids, see `index_keys`.
    row : int32[n_rows]
        Out: first row of the same known id, -1 where there is none.
    """
    for i in range(len(ptr) - 1):
        # neighbouring rows of a timetable mostly belong to the same trip
        if i > 0 and _is_same(pool, ptr[i], ptr[i + 1], pool, ptr[i - 1], ptr[i]):
            row[i] = row[i - 1]
        else:
            row[i] = table[_slot_of(pool, ptr[i], ptr[i + 1], key_pool, key_ptr, table)]
