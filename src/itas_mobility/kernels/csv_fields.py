"""Separated values (RFC 4180): where fields lie in the bytes, and fields as times, numbers and rows of known ids.

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
_LARGE_E, _SMALL_E = 69, 101
_ZERO, _NINE = 48, 57
_MOST_DIGITS = 9
"""Whole numbers with no more digits fit 32 bits."""
_MANTISSA_DIGITS = 18
"""Whole numbers with no more digits fit 64 bits."""
_EXACT_WHOLE = 1 << 53
"""Whole numbers up to here are exact in double precision."""
_EXACT_POWER = 22
"""10 to this power is exact in double precision."""
_MOST_EXPONENT_DIGITS = 4
_POWER = tuple(float(10**k) for k in range(45))
_POWER_REST = tuple(float(10**k - int(float(10**k))) for k in range(45))
"""Powers of ten up to 10^44 as sums of two doubles: 5^44 has 103 bits, so that the sums are exact."""
_SPLITTER = 134217729.0
"""2^27 + 1, which cuts a double into halves (Dekker 1971)."""
_DOUBT = 2.0**-98
"""More than the relative error of a quotient in two doubles."""
POINT_SURE, COMMA_SURE, POINT_OPEN, COMMA_OPEN = 1, 2, 4, 8
"""What a number tells of the decimal sign of its file, see `number_forms`."""


class Columns(NamedTuple):
    """Which columns of a file are wanted, and where their fields lie."""

    slot: np.ndarray
    """int64[n_columns]: row of `begin` and `length` that takes the column; -1 for columns that are not wanted."""
    begin: np.ndarray
    length: np.ndarray
    """int64[n_wanted, n_rows], or int32: places of the fields, without blanks around them; length 0 for those that are
    missing."""
    separator: int = _COMMA
    """Byte between fields."""


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
    """A field: where it lies, and where the next separator or line end stands."""

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
def _is_blank(byte, separator):
    return byte == _SPACE or (byte == _TAB and separator != _TAB)


@kernel
def _ends_field(byte, separator):
    return byte == separator or byte == _LF or byte == _CR


@kernel
def _before_blanks(text, first, last, separator):
    """End of what stands between two places, without the blanks at its end."""
    while last > first and _is_blank(text[last - 1], separator):
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
def _quoted_field(text, at, is_last, separator):
    """The field whose opening quote stands at a place; open if it may go on behind the text."""
    first = at + 1
    last, is_doubled, n_breaks = _closing_quote(text, first)
    if last == len(text) or (last + 1 == len(text) and not is_last):
        return _Field(first, np.int64(0), last, n_breaks, False, True)
    is_stray = False
    at = last + 1
    while at < len(text) and not _ends_field(text[at], separator):
        if not _is_blank(text[at], separator):
            is_stray = True
        at += 1
    while first < last and _is_blank(text[first], separator):
        first += 1
    last = _before_blanks(text, first, last, separator)
    return _Field(first, first - last if is_doubled else last - first, at, n_breaks, is_stray, False)


@kernel(inline=True)
def _plain_field(text, first, separator):
    """The field that begins at a place without a quote."""
    at = first
    while at < len(text) and not _ends_field(text[at], separator):
        at += 1
    return _Field(first, _before_blanks(text, first, at, separator) - first, at, np.int64(0), False, False)


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
    separator = columns.separator
    for w in range(columns.begin.shape[0]):
        columns.begin[w, row] = at
        columns.length[w, row] = 0
    column, n_fields, n_lines, odd = 0, 0, 0, 0
    is_blank = True
    while True:
        while at < len(text) and _is_blank(text[at], separator):
            at += 1
        if at < len(text) and text[at] == _QUOTE:
            is_blank = False
            field = _quoted_field(text, at, is_last, separator)
        else:
            field = _plain_field(text, at, separator)
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
        if text[at] != separator:
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


class _Number(NamedTuple):
    """A number, and whether it could be read."""

    value: float
    is_read: bool


@kernel
def _rest_of_product(a, b, product):
    """What rounding took from a product of two doubles (Dekker 1971)."""
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@kernel
def _scaled(whole, power):
    """``whole * 10**power``, rounded once; not read where that takes more than two doubles hold."""
    value = float(whole)
    if power == 0 or whole == 0:
        return _Number(value, True)
    if whole <= _EXACT_WHOLE and -_EXACT_POWER <= power <= _EXACT_POWER:
        return _Number(value * _POWER[power] if power > 0 else value / _POWER[-power], True)
    if power > 0 or -power >= len(_POWER):
        return _Number(np.nan, False)
    # the quotient as a sum of two doubles; if it rounds to the same with an error of either sign, that is the answer
    divisor, divisor_rest = _POWER[-power], _POWER_REST[-power]
    quotient = value / divisor
    product = quotient * divisor
    rest = (value - product) - _rest_of_product(quotient, divisor, product)
    rest = rest + float(whole - np.int64(value)) - quotient * divisor_rest
    correction = rest / divisor
    low = quotient + (correction - _DOUBT * quotient)
    high = quotient + (correction + _DOUBT * quotient)
    return _Number(low, low == high)


@kernel
def _exponent(text, at, end):
    """The exponent whose letter stands at a place; not read if there is none."""
    at += 1
    is_negative = at < end and text[at] == _MINUS
    if is_negative or (at < end and text[at] == _PLUS):
        at += 1
    if at == end or end - at > _MOST_EXPONENT_DIGITS:
        return 0, False
    exponent = 0
    while at < end:
        if text[at] < _ZERO or text[at] > _NINE:
            return 0, False
        exponent = 10 * exponent + (text[at] - _ZERO)
        at += 1
    return -exponent if is_negative else exponent, True


@kernel
def _is_exponent(byte):
    return byte == _SMALL_E or byte == _LARGE_E


@kernel
def _is_digit(byte):
    return _ZERO <= byte <= _NINE


@kernel
def _behind_sign(text, at, end):
    """Place behind the plus or minus that may stand at a place."""
    return at + 1 if at < end and (text[at] == _PLUS or text[at] == _MINUS) else at


@kernel
def _is_group(n_before, n_digits, first_byte):
    """Whether digits are a group of thousands: three, or as the first group one to three that do not begin with 0."""
    return n_digits == 3 if n_before > 0 else 0 < n_digits <= 3 and first_byte != _ZERO


class _Mantissa(NamedTuple):
    """Digits of a number as ``whole * 10**power``, the place behind them, and how many signs part groups."""

    whole: np.int64
    power: int
    end: int
    n_groups: int
    is_good: bool


@kernel
def _mantissa(text, at, end, decimal, thousands):
    first = at
    whole = np.int64(0)
    power, n_digits, n_significant, n_groups, n_in_group = 0, 0, 0, 0, 0
    is_behind = False
    is_good = True
    while at < end and n_significant <= _MANTISSA_DIGITS:
        byte = text[at]
        if _is_digit(byte):
            whole = 10 * whole + (byte - _ZERO)
            n_digits += 1
            n_in_group += 1
            if whole > 0:
                n_significant += 1
            if is_behind:
                power -= 1
        elif byte == decimal and not is_behind:
            is_good = is_good and (n_groups == 0 or n_in_group == 3)
            is_behind = True
        elif byte == thousands and not is_behind:
            is_good = is_good and _is_group(n_groups, n_in_group, text[first])
            n_groups += 1
            n_in_group = 0
        else:
            break
        at += 1
    is_whole_group = is_behind or n_groups == 0 or n_in_group == 3
    is_good = is_good and is_whole_group and n_digits > 0 and n_significant <= _MANTISSA_DIGITS
    return _Mantissa(whole, power, at, n_groups, is_good)


@kernel
def _read_number(text, begin, end, decimal, thousands):
    """A number with these signs; thousands 0: none.

    Groups of thousands are whole: one to three digits that do not begin with 0, then three each, and no exponent.
    """
    digits = _mantissa(text, _behind_sign(text, begin, end), end, decimal, thousands)
    if not digits.is_good:
        return _Number(np.nan, False)
    power = digits.power
    if digits.end < end:
        if digits.n_groups > 0 or not _is_exponent(text[digits.end]):
            return _Number(np.nan, False)
        exponent, is_read = _exponent(text, digits.end, end)
        if not is_read:
            return _Number(np.nan, False)
        power += exponent
    number = _scaled(digits.whole, power)
    return _Number(-number.value if text[begin] == _MINUS else number.value, number.is_read)


@kernel
def parse_numbers(text, begin, length, value, outcome):
    """Numbers with a decimal point, rounded to the nearest double.

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
    parse_grouped_numbers(text, begin, length, _POINT, 0, value, outcome)


@kernel
def parse_grouped_numbers(text, begin, length, decimal, thousands, value, outcome):
    """Numbers with given signs, rounded to the nearest double.

    Left `UNREAD` are, besides what is no number, numbers of more than 18 digits, those below 10^-44 or so, and one in
    10^13 that lies too close to the middle between two doubles.

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_rows]
        Fields.
    decimal : int
        Byte of the decimal sign.
    thousands : int
        Byte between groups of thousands; 0 if there is none. Without groups a number is as good.
    value : float64[n_rows]
        Out: numbers, nan where they are not read.
    outcome : uint8[n_rows]
        Out: `READ`, `IS_BLANK` or `UNREAD`.
    """
    for i in range(len(begin)):
        value[i] = np.nan
        outcome[i] = IS_BLANK if length[i] == 0 else UNREAD
        if length[i] > 0:
            number = _read_number(text, begin[i], begin[i] + length[i], decimal, thousands)
            if number.is_read:
                value[i] = number.value
                outcome[i] = READ


class _Signs(NamedTuple):
    """Points and commas of a number."""

    n: int
    n_changes: int
    """How often one follows the other."""
    last: int
    n_behind: int
    """Digits behind the last one."""
    n_digits: int
    is_grouped: bool
    """Whether what stands before each of them is a group of thousands."""
    has_exponent: bool
    is_number: bool


@kernel
def _signs(text, at, end):
    first = at
    last = 0
    n, n_changes, n_in_group, n_digits = 0, 0, 0, 0
    is_grouped, has_exponent, is_number = True, False, True
    while at < end and is_number and not has_exponent:
        byte = text[at]
        if _is_digit(byte):
            n_in_group += 1
            n_digits += 1
        elif byte == _POINT or byte == _COMMA:
            is_grouped = is_grouped and _is_group(n, n_in_group, text[first])
            if n > 0 and byte != last:
                n_changes += 1
            n += 1
            last = byte
            n_in_group = 0
        elif _is_exponent(byte) and _exponent(text, at, end)[1]:
            has_exponent = True
        else:
            is_number = False
        at += 1
    return _Signs(n, n_changes, last, n_in_group, n_digits, is_grouped, has_exponent, is_number)


@kernel
def _form(text, at, end):
    """What one number tells of the decimal sign of its file."""
    found = _signs(text, _behind_sign(text, at, end), end)
    if not found.is_number or found.n == 0 or found.n_digits == 0:
        return 0
    is_point = found.last == _POINT
    sure, other, unclear = (POINT_SURE, COMMA_SURE, POINT_OPEN) if is_point else (COMMA_SURE, POINT_SURE, COMMA_OPEN)
    if found.n == 1:
        return unclear if found.is_grouped and found.n_behind == 3 and not found.has_exponent else sure
    if not found.is_grouped or found.n_changes > 1 or found.has_exponent:
        return 0
    if found.n_changes == 1:
        return sure
    return other if found.n_behind == 3 else 0


@kernel
def number_forms(text, begin, length, form):
    """What numbers tell of the decimal sign of their file.

    A sign is surely decimal if it stands alone and other than three digits follow, more than three or a 0 lead, or
    there is an exponent; if it is the last of two (1.234,5); or if the other one stands several times (1.234.567 has no
    decimal point). One sign with three digits behind it (1.234) leaves the question open.

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_rows]
        Fields.
    form : uint8[n_rows]
        Out: `POINT_SURE`, `COMMA_SURE`, `POINT_OPEN`, `COMMA_OPEN`; 0 for whole numbers and what is no number.
    """
    for i in range(len(begin)):
        form[i] = _form(text, begin[i], begin[i] + length[i]) if length[i] > 0 else 0


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


@kernel
def _known_field(text, begin, end, first_begin, first_end, table):
    """Place in the table of a field: that of an equal one, or the free one where it would stand."""
    mask = len(table) - 1
    slot = hashed(text, begin, end) & mask
    while table[slot] >= 0:
        known = table[slot]
        if _is_same(text, begin, end, text, first_begin[known], first_end[known]):
            break
        slot = (slot + 1) & mask
    return slot


@kernel
def number_texts(text, begin, length, table, after, first_begin, first_end, first, number):
    """Number the texts that occur in some columns, in the order in which they stand first, row by row.

    Rows of a matrix come in order, so that a text mostly follows the one it followed before; only where it does not is
    it looked up (hashing with linear probing, Knuth 1998, section 6.4).

    Parameters
    ----------
    text : uint8[n]
        Bytes.
    begin, length : int64[n_columns, n_rows], or int32
        Fields; doubled quotes count as they stand.
    table : int32[m]
        In: all -1, m a power of two.
    after : int32[n_columns, n_fields]
        Room for what followed a text in the same column.
    first_begin, first_end : int64[n_fields]
        Room for the place where each text stands first.
    first : int64[n_fields]
        Out: row times n_columns plus column where each text stands first.
    number : int32[n_rows, n_columns]
        Out: number of the text of each field.

    Returns
    -------
    int
        How many texts there are; -1 if they fill more than half of the table.
    """
    n_columns, n_rows = begin.shape
    n_texts = 0
    for row in range(n_rows):
        for column in range(n_columns):
            at = begin[column, row]
            end = at + abs(length[column, row])
            if row > 0:
                before = number[row - 1, column]
                guess = after[column, before]
                if _is_same(text, at, end, text, first_begin[guess], first_end[guess]):
                    number[row, column] = guess
                    continue
            slot = _known_field(text, at, end, first_begin, first_end, table)
            if table[slot] < 0:
                if 2 * n_texts >= len(table):
                    return -1
                table[slot] = n_texts
                first_begin[n_texts] = at
                first_end[n_texts] = end
                first[n_texts] = row * n_columns + column
                for k in range(n_columns):
                    after[k, n_texts] = n_texts
                n_texts += 1
            number[row, column] = table[slot]
            if row > 0:
                after[column, before] = table[slot]
    return n_texts
