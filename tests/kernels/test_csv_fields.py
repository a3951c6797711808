"""Fields of comma-separated values against the csv module, and values against Python's own."""

import csv
import io
import re
from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels import csv_fields as kernels
from itas_mobility.kernels.csv_fields import (
    BAD,
    BLANK,
    COMMA_OPEN,
    COMMA_SURE,
    IS_BLANK,
    LINE_BREAK,
    POINT_OPEN,
    POINT_SURE,
    READ,
    STRAY_QUOTE,
    UNREAD,
    Columns,
    Records,
    split,
)
from itas_mobility.network.transit.gtfs.csv_reading import Reading, Texts, joined, keys_of, pieces

CELLS = st.text(alphabet='ab,"\n\r ä€', max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=0, max_size=8)


def content(rows, is_all_quoted, end):
    def cell(text):
        is_quoted = is_all_quoted or any(mark in text for mark in ',"\r\n')
        return '"' + text.replace('"', '""') + '"' if is_quoted else text

    # a record of one blank cell would be a blank line, but there are three
    return "".join(",".join(map(cell, row)) + end for row in [["x", "y", "z"], *rows]).encode()


def cut(data, places):
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(bounds)]


def column_of(chunks, name):
    reading = Reading()
    found = list(pieces(chunks, [name], reading))
    texts = joined([piece.texts(0) for piece in found])
    return [texts[i] for i in range(len(texts))], np.concatenate([piece.line for piece in found]).tolist(), found


@settings(max_examples=200)
@given(TABLES, st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]),
       st.lists(st.integers(0, 200), max_size=4), st.sampled_from("xyz"))  # fmt: skip
def test_fields_are_those_of_the_csv_module_however_the_bytes_come(rows, is_all_quoted, end, places, name):
    data = content(rows, is_all_quoted, end)
    # the header comes whole: chunks of a file are far longer
    places = [place + len("x,y,z") + 8 + len(end) for place in places]
    found, lines, found_pieces = column_of(cut(data, [p for p in places if p < len(data)]), name)
    expected = [row["xyz".index(name)].strip(" \t") for row in rows]
    assert found == expected
    assert list(csv.reader(io.StringIO(data.decode(), newline=""))) == [["x", "y", "z"], *rows]
    at = 2
    for row, line in zip(rows, lines, strict=True):
        assert line == at
        breaks = sum(cell.replace("\r\n", "\n").replace("\r", "\n").count("\n") for cell in row)
        at += 1 + breaks
    odd = np.concatenate([piece.oddities & LINE_BREAK for piece in found_pieces])
    assert odd.tolist() == [int(any(mark in "".join(row) for mark in "\r\n")) for row in rows]


def values(kind, texts):
    data = ("v\n" + "\n".join(f'"{text}"' for text in texts)).encode()
    (piece,) = pieces([data], ["v"], Reading())
    return getattr(piece, kind)(0)


def python_time(text):
    parts = text.split(":")
    if text == "":
        return BLANK
    if len(parts) != 3 or not all(part.isdigit() and part.isascii() for part in parts):
        return BAD
    if not (1 <= len(parts[0]) <= 3 and len(parts[1]) == len(parts[2]) == 2):
        return BAD
    hours, minutes, seconds = map(int, parts)
    return 3600 * hours + 60 * minutes + seconds if minutes < 60 and seconds < 60 else BAD


@given(
    st.lists(
        st.from_regex(r"[0-9]{1,3}:[0-9]{2}:[0-9]{2}", fullmatch=True) | st.text("0123456789:x-", max_size=9),
        max_size=5,
    )
)
def test_times(texts):
    assert values("times", texts).tolist() == [python_time(text) for text in texts]


@given(st.lists(st.text("0123456789-+. x", max_size=11)))
def test_whole_numbers(texts):
    stripped = [text.strip() for text in texts]
    expected = [BLANK if not text else int(text) if text.isdigit() and len(text) <= 9 else BAD for text in stripped]
    assert values("wholes", texts).tolist() == expected


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr)
                | st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-180, max_value=180).map(str)
                | st.text("0123456789-+.ex_", max_size=8)))  # fmt: skip
def test_numbers_are_read_to_the_last_bit(texts):
    found, is_bad = values("numbers", texts)
    for text, value, bad in zip(texts, found.tolist(), is_bad.tolist(), strict=True):
        try:
            expected = float(text) if "_" not in text else None
        except ValueError:
            expected = None
        if expected is None or not np.isfinite(expected):
            assert np.isnan(value)
            assert bad == (text != "")
        else:
            assert (value, bad) == (expected, False)


@given(st.lists(st.sampled_from(["", "a", "b", "ab", "ba", "äö", "x" * 300])), st.lists(st.text("abäx", max_size=3)))
def test_ids_are_found(known, wanted):
    def texts(strings):
        parts = [np.frombuffer(text.encode(), dtype=np.uint8).copy() for text in strings]
        return joined([Texts(part, np.array([0, len(part)])) for part in parts])

    keys = keys_of(texts(known))
    assert keys.first.tolist() == [known.index(text) for text in known]
    assert keys.rows(texts(wanted)).tolist() == [known.index(text) if text in known else -1 for text in wanted]
    assert texts(known).strings().tolist() == known


def test_long_values_are_cut_between_characters():
    texts, _, _ = column_of([("x\n" + "ä" * 200 + "\n" + "a" + "€" * 100).encode()], "x")
    assert texts == ["ä" * 127, "a" + "€" * 84]


def split_text(text, n_columns, *, is_last):
    """Fields of each whole record, their oddities, and how far the text was used."""
    most = text.count(b"\n") + text.count(b"\r") + 1
    begin, length = (np.empty((n_columns, most), dtype=np.int64) for _ in range(2))
    records = Records(np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.uint8))
    columns = Columns(np.arange(n_columns), begin, length)
    found = split(np.frombuffer(text, dtype=np.uint8), is_last, 1, columns, records)
    fields = []
    for i in range(found.n_records):
        row = [text[begin[c, i] : begin[c, i] + abs(length[c, i])] for c in range(n_columns)]
        doubled = [length[c, i] < 0 for c in range(n_columns)]
        fields.append([one.replace(b'""', b'"') if d else one for one, d in zip(row, doubled, strict=True)])
    return fields, records, found


@settings(max_examples=200)
@given(TABLES, st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_split_finds_the_records_of_the_csv_module(rows, is_all_quoted, end):
    text = content(rows, is_all_quoted, end)
    fields, records, found = split_text(text, 3, is_last=True)
    assert [[one.decode() for one in row] for row in fields] == [
        ["x", "y", "z"], *([cell.strip(" \t") for cell in row] for row in rows)
    ]  # fmt: skip
    assert (found.n_bytes, found.unclosed_line) == (len(text), 0)
    assert records.n_fields[: found.n_records].tolist() == [3] * (len(rows) + 1)


def test_a_record_that_may_go_on_is_left_for_the_next_text():
    for text, used in ((b'a,b\nc,"d', 4), (b"a,b\nc,d", 4), (b"a,b\r", 0), (b'a,"b"', 0), (b"a,b\nc\r\n", 7)):
        found = split_text(text, 2, is_last=False)[2]
        assert found.n_bytes == used
        assert found.line == 1 + text[:used].count(b"\n")


def test_odd_records_are_told():
    fields, records, found = split_text(b'a, "b" c ,\n\n"1\r2" ,x,y,z\n"never', 2, is_last=True)
    assert fields == [[b"a", b"b"], [b"1\r2", b"x"]]
    assert records.oddities[:2].tolist() == [STRAY_QUOTE, LINE_BREAK]
    assert records.n_fields[:2].tolist() == [2, 4]
    assert records.line[:2].tolist() == [1, 3]
    assert (found.n_records, found.unclosed_line) == (2, 5)


def grouped(texts, decimal, thousands):
    """Values and outcomes as `parse_grouped_numbers` finds them."""
    parts = [text.encode() for text in texts]
    length = np.array([len(part) for part in parts], dtype=np.int64)
    begin = np.cumsum(length) - length
    value, outcome = np.empty(len(parts)), np.empty(len(parts), dtype=np.uint8)
    text = np.frombuffer(b"".join(parts) + b"9", dtype=np.uint8)
    kernels.parse_grouped_numbers(text, begin, length, ord(decimal), ord(thousands or "\0"), value, outcome)
    form = np.empty(len(parts), dtype=np.uint8)
    kernels.number_forms(text, begin, length, form)
    return value, outcome, form


def python_number(text, decimal, thousands):
    """The slow twin: a pattern, and Python's own reading."""
    mark, point = re.escape(thousands), re.escape(decimal)
    whole = rf"([0-9]+|[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+)" if thousands else r"[0-9]+"
    if not re.fullmatch(rf"[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?", text):
        return None
    if thousands and thousands in text and "e" in text.lower():
        return None
    return float(text.replace(thousands, "").replace(decimal, ".") if thousands else text.replace(decimal, "."))


NUMBERLIKE = st.from_regex(r"[+-]?[0-9]{0,4}([.,' ][0-9]{0,3}){0,3}(e[+-]?[0-9]?)?", fullmatch=True)


@settings(max_examples=300)
@given(st.lists(NUMBERLIKE | st.text("012.,'-e", max_size=9), max_size=20),
       st.sampled_from([(".", ""), (",", ""), (",", "."), (".", ","), (",", "'"), (".", " ")]))  # fmt: skip
def test_numbers_with_signs_are_those_of_a_pattern(texts, signs):
    value, outcome, _ = grouped(texts, *signs)
    for text, found, what in zip(texts, value.tolist(), outcome.tolist(), strict=True):
        expected = python_number(text, *signs)
        if expected is None:
            assert what == (IS_BLANK if text == "" else UNREAD)
            assert np.isnan(found)
        elif expected == 0 or 1e-30 < abs(expected) < 1e20:
            assert (found, what) == (expected, READ), text
        else:
            assert what == UNREAD or found == expected, text


def test_seventeen_digits_are_rounded_as_python_does():
    rng = np.random.default_rng(1)
    floats = np.concatenate([
        rng.uniform(0, 1, 20_000), rng.uniform(0, 1e6, 20_000), 10 ** rng.uniform(-25, 15, 40_000),
        1.0 / np.arange(1, 5_000), np.float64(2) ** np.arange(-80, 50),
    ])  # fmt: skip
    value, outcome, _ = grouped([repr(one) for one in floats.tolist()], ".", "")
    assert np.mean(outcome == READ) > 0.999
    np.testing.assert_array_equal(value[outcome == READ], floats[outcome == READ])
    # eighteen digits that lie as close as they can to the middle between two doubles
    middles = []
    for low in rng.uniform(0.5, 1e5, 20_000):
        with localcontext(prec=18) as near:
            middle = near.divide(Decimal(low) + Decimal(np.nextafter(low, np.inf)), 2)
            middles += [middle, middle.next_minus(near), middle.next_plus(near)]
    texts = [f"{one:f}" for one in middles]
    value, outcome, _ = grouped(texts, ".", "")
    is_read = outcome == READ
    assert is_read.mean() > 0.9
    np.testing.assert_array_equal(value[is_read], np.array([float(text) for text in texts])[is_read])


def test_the_exact_middle_between_two_doubles_is_never_guessed():
    # 2^53 + 1 and 2^53 + 3, the first goes down to the even neighbour, the second up; written with a fraction as well
    for text in ("9007199254740993", "9007199254740995", "9007199254740993.0", "900719925474099.30e1"):
        value, outcome, _ = grouped([text], ".", "")
        assert outcome[0] == UNREAD or value[0] == float(text)
    assert grouped(["9007199254740993"], ".", "")[0][0] == 9007199254740992.0


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        (POINT_SURE, ["12.5", "0.123", "1.5e3", "1.234e3", "1234.567", "1,234.5", "1,234,567", "5.", ".5", "-1.2"]),
        (COMMA_SURE, ["12,5", "0,123", "1,5e3", "1234,567", "1.234,5", "1.234.567", "1.234.567,891", "5,", ",5"]),
        (POINT_OPEN, ["1.234", "12.345", "123.456", "-1.234", "+9.000"]),
        (COMMA_OPEN, ["1,234", "123,456"]),
        (0, ["", "12", "viele", "1.2.3", "1.23,4", "1,2.3,4", "1.234,5.6", ".", ",", "1e5", "0.123.456", "1.234e"]),
    ],
)  # fmt: skip
def test_what_a_number_tells_of_the_decimal_sign(form, texts):
    assert grouped(texts, ".", "")[2].tolist() == [form] * len(texts)


@given(st.lists(NUMBERLIKE, max_size=20))
def test_a_form_says_which_signs_read_a_number(texts):
    """Sure: with those signs alone it is a number; open: with both, and they differ."""
    german, english = (np.isfinite(grouped(texts, decimal, mark)[0]) for decimal, mark in ((",", "."), (".", ",")))
    form = grouped(texts, ".", "")[2]
    for text, comma, point, found in zip(texts, german, english, form, strict=True):
        if not any(sign in text for sign in ".,") or not (comma or point):
            assert found == 0, text
        else:
            assert bool(found & COMMA_SURE) == bool(comma and not point), text
            assert bool(found & POINT_SURE) == bool(point and not comma), text
            assert bool(found & (POINT_OPEN | COMMA_OPEN)) == bool(point and comma), text


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.text(alphabet='ab,;"\n\t ', max_size=5), min_size=2, max_size=4), max_size=6),
    st.sampled_from(";\t"),
)
def test_other_separators(rows, separator):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(rows)
    text = stream.getvalue().encode()
    most = text.count(b"\n") + 1
    begin, length = (np.empty((4, most), dtype=np.int64) for _ in range(2))
    records = Records(np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.uint8))
    columns = Columns(np.arange(4), begin, length, ord(separator))
    found = split(np.frombuffer(text, dtype=np.uint8), True, 1, columns, records)
    fields = [
        [text[b : b + abs(n)].decode().replace('""', '"') for b, n in zip(begin[:, i], length[:, i], strict=True)]
        for i in range(found.n_records)
    ]
    blanks = " " if separator == "\t" else " \t"
    assert fields == [[*(cell.strip(blanks) for cell in row), *[""] * (4 - len(row))] for row in rows]


@settings(max_examples=150)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "ab", "ä", "", "aa", "b1", "b2"]), min_size=2, max_size=2)))
def test_texts_are_numbered_as_they_stand_first(rows):
    parts = [cell.encode() for column in range(2) for cell in (row[column] for row in rows)]
    length = np.array([len(part) for part in parts], dtype=np.int32)
    begin = (np.cumsum(length) - length).astype(np.int32)
    n = len(rows)
    table = np.full(2 << max(2 * n, 1).bit_length(), -1, dtype=np.int32)
    after = np.empty((2, 2 * n), dtype=np.int32)
    first_begin, first_end, first = (np.empty(2 * n, dtype=np.int64) for _ in range(3))
    number = np.empty((n, 2), dtype=np.int32)
    text = np.frombuffer(b"".join(parts) + b"x", dtype=np.uint8)
    n_texts = kernels.number_texts(
        text, begin.reshape(2, n), length.reshape(2, n), table, after, first_begin, first_end, first, number
    )
    cells = [cell for row in rows for cell in row]
    known = list(dict.fromkeys(cells))
    assert n_texts == len(known)
    assert number.ravel().tolist() == [known.index(cell) for cell in cells]
    assert first[:n_texts].tolist() == [cells.index(cell) for cell in known]
    found = [text[i:j].tobytes().decode() for i, j in zip(first_begin, first_end, strict=True)][:n_texts]
    assert found == known
    if len(known) > 1:
        two = np.full(2, -1, dtype=np.int32)
        fields = (text, begin.reshape(2, n), length.reshape(2, n))
        assert kernels.number_texts(*fields, two, after, first_begin, first_end, first, number) == -1
