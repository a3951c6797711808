"""Tables as offices hand them out: not always UTF-8, with semicolons, marks instead of figures, keys that lost zeros.

What can be read with certainty is read; everything else is an error that names file, line and column and says what
to do. Nothing is guessed.
"""

import codecs
import csv
import io
import re
from pathlib import Path
from typing import Final

import numpy as np

from itas_mobility.core.commuters import OTHERS
from itas_mobility.errors import InputError

SUPPRESSED_MARKS: Final = frozenset({"*", "-", "x", "X", ".", "/"})
"""Marks of statistical offices for a figure that is there and not told."""
_GERMAN: Final = frozenset("äöüÄÖÜßéèáàâôëïçčěřšž§°²³€–—„“”‚‘’«»·  ")
"""Letters and signs beyond ASCII that tables of German offices hold."""
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_KEY_DIGITS: Final = {4: 5, 7: 8}
"""Digits of a key that lost its leading zero, and how many it should have."""


def decoded(path: Path) -> str:
    """Text of a file in UTF-8, UTF-16 or, where certain, Windows-1252 (Latin-1).

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    str
        Its text.

    Raises
    ------
    InputError
        If there is no such file, or its encoding is not certain: a byte that is no German letter in Windows-1252.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strictly(path, raw, encoding)
    half = raw[: len(raw) - len(raw) % 2]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = half[first::2]
        # plain letters in UTF-16 have a zero byte each; in no other encoding of a table are there zero bytes at all
        if len(zeros) > 1 and zeros.count(0) > 0.5 * len(zeros):
            return _strictly(path, raw, encoding)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        text = raw.decode("cp1252", errors="replace")
        strange = sorted({letter for letter in text if ord(letter) > 127} - _GERMAN)
        if strange:
            raise InputError(
                f"{path}: line {line}: byte 0x{raw[fault.start]:02x} is no UTF-8, and as Windows-1252 the file would "
                f"hold {' '.join(strange[:5])}; save it as UTF-8"
            ) from None
        return text


def _strictly(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: begins like {encoding} but byte {fault.start} is none; save it as UTF-8") from None


def table_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a table with comma or semicolon, with their line numbers.

    Parameters
    ----------
    path : Path
        File with a header line.
    columns : tuple of str
        Columns that must be there.

    Returns
    -------
    list of (int, dict)
        Line and values without spaces around them; empty lines are left out.

    Raises
    ------
    InputError
        For missing columns, and for rows that are shorter or longer than the header (all at once).
    """
    text = decoded(path)
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    missing = [name for name in columns if name not in names]
    if missing:
        raise InputError(f"{path}: line 1: column {', '.join(missing)} is missing")
    rows, faults = [], []
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(names):
            faults.append(f"line {reader.line_num}: {len(values)} values, expected {len(names)}")
        else:
            stripped = (value.strip() for value in values)
            rows.append((reader.line_num, dict(zip(names, stripped, strict=True))))
    raise_faults(path, faults)
    return rows


def raise_faults(path: Path, faults: list[str], *, most: int = 12) -> None:
    """Raise all faults of a file at once.

    Parameters
    ----------
    path : Path
        File.
    faults : list of str
        Each with line and column.
    most : int, default=12
        How many are told; of the rest, the number is.

    Raises
    ------
    InputError
        If there are any.
    """
    if faults:
        more = [f"and {len(faults) - most} more"] if len(faults) > most else []
        raise InputError(f"{path}: {'; '.join([*faults[:most], *more])}")


def figure(text: str) -> float:
    """A published count: a whole number, or NaN where an office put a mark for a suppressed one.

    Parameters
    ----------
    text : str
        Value of a cell.

    Returns
    -------
    float
        The count, not negative.

    Raises
    ------
    ValueError
        With what is wrong: no number, negative, or a point or comma that could part thousands.
    """
    if text in SUPPRESSED_MARKS:
        return np.nan
    if re.fullmatch(r"[0-9]+([.]0+)?", text) and not re.fullmatch(r"[0-9]{1,3}([.]000)+", text):
        return float(text)
    if re.fullmatch(r"-[0-9.,]+", text):
        raise ValueError(f"{text!r} is negative")
    if re.fullmatch(r"[0-9]+([.,][0-9]+)+", text):
        raise ValueError(f"{text!r} is no whole number; if point or comma part thousands, leave them out")
    marks = " ".join(sorted(SUPPRESSED_MARKS))
    raise ValueError(f"{text!r} is no whole number and none of the marks of a suppressed one ({marks})")


def key_fault(key: str, known: frozenset[str], where: str) -> str | None:
    """What is wrong with the key of a district or municipality.

    Parameters
    ----------
    key : str
        As it stands in the file.
    known : frozenset of str
        Keys that may stand there.
    where : str
        Where those are from, for the message.

    Returns
    -------
    str or None
        What to do about it; None where it is known.
    """
    if key in known or key == OTHERS:
        return None
    return lost_zero(key) or f"{key!r} is not known: it stands neither in {where}"


def lost_zero(key: str) -> str | None:
    """Whether an official key has one digit too few, as spreadsheets leave keys that begin with zero.

    Parameters
    ----------
    key : str
        Key of a district (five digits) or a municipality (eight).

    Returns
    -------
    str or None
        What to do about it.
    """
    whole = _KEY_DIGITS.get(len(key)) if key.isdigit() else None
    if whole is None:
        return None
    kind = "district" if whole == _KEY_DIGITS[4] else "municipality"
    return f"{key!r} has {len(key)} digits, the key of a {kind} has {whole}: write '0{key}' if it lost its zero"
