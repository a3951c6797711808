"""Fields of comma-separated values against the csv module, and values against Python's own."""

import csv
import io
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itas_mobility.kernels.csv_fields import BAD, BLANK, LINE_BREAK, STRAY_QUOTE, Columns, Records, split
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
