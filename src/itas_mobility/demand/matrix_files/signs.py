"""Decimal and thousands signs of a file: declared, or certain from what stands in it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core.columns import ByteArray, IntArray
from itas_mobility.demand.matrix_files.csv_tables import Piece
from itas_mobility.demand.matrix_files.faults import Faults
from itas_mobility.errors import DemandError
from itas_mobility.kernels import csv_fields as kernels

_DECIMALS: Final = (".", ",")
_THOUSANDS: Final = (".", ",", " ", "'", "")
_OTHER: Final = {".": ",", ",": "."}


@dataclass(frozen=True)
class Signs:
    """How numbers are written."""

    decimal: str
    thousands: str
    """Between groups of three digits; empty where there is none. Numbers may do without."""


ENGLISH: Final = Signs(".", "")


def declared(decimal: str | None, thousands: str | None) -> Signs | None:
    """Signs as declared.

    Parameters
    ----------
    decimal : {".", ","}, optional
        Decimal sign; left out, it is the other one of point and comma than the thousands sign.
    thousands : {".", ",", " ", "'", ""}, optional
        Sign between groups of three digits, empty for none; left out, it is the other one than the decimal sign.

    Returns
    -------
    Signs or None
        None if nothing is declared.

    Raises
    ------
    DemandError
        For other signs, twice the same, or a thousands sign that leaves the decimal sign open.
    """
    if decimal is None and thousands is None:
        return None
    if decimal not in {None, *_DECIMALS}:
        raise DemandError(f"decimal: {decimal!r} is not one of '.', ','")
    if thousands not in {None, *_THOUSANDS}:
        raise DemandError(f"thousands: {thousands!r} is not one of '.', ',', ' ', \"'\", ''")
    if decimal is None:
        if thousands not in _OTHER:
            raise DemandError(f"thousands: {thousands!r} leaves the decimal sign open; declare decimal as well")
        return Signs(_OTHER[thousands], thousands)
    if thousands is None:
        return Signs(decimal, _OTHER[decimal])
    if decimal == thousands:
        raise DemandError(f"decimal and thousands are both {decimal!r}")
    return Signs(decimal, thousands)


def certain(
    separator: str,
    rows: Sequence[Piece],
    fields: Callable[[Piece], Iterator[tuple[str, IntArray, IntArray]]],
    faults: Faults,
) -> Signs:
    """Signs of a file that does not declare them.

    With commas between the fields the decimal sign is a point, and there are no thousands signs. With semicolons or
    tabs, as German programs write them, the numbers themselves must tell. A number makes it certain whose last sign
    follows another one (1.234,5), or stands alone and has not exactly three digits behind it (12,5; 0.25), more than
    three or a 0 before it (1234,567; 0,125), or an exponent (1.234e-3); also one whose sign stands several times
    (1.234.567 has no decimal point). One such number makes all certain: with a decimal comma, 1.234 is 1234. Numbers
    that tell the opposite of each other are a fault, and so are those that leave it open if no other tells.

    Parameters
    ----------
    separator : str
        Sign between the fields of the file.
    rows : sequence of Piece
        All its rows.
    fields : callable
        Gives name, begin and length of the fields of each column of numbers of a piece.
    faults : Faults
        Takes what is not certain.

    Returns
    -------
    Signs
        The signs; where they are not certain, those by which the rest of the file may be checked.
    """
    if separator == ",":
        return ENGLISH
    seen: dict[int, _Sighting] = {}
    for piece in rows:
        for column, begin, length in fields(piece):
            form: ByteArray = np.empty(len(begin), dtype=np.uint8)
            kernels.number_forms(piece.text, begin, length, form)
            if form.any():
                _note(seen, piece, column, begin, length, form)
    point, comma = seen.get(kernels.POINT_SURE), seen.get(kernels.COMMA_SURE)
    if point is not None and comma is not None:
        first, second = sorted((point, comma), key=lambda sighting: sighting.line)
        faults.add(
            second.line,
            second.column,
            f"{second.text!r} and {first.text!r} (line {first.line}) cannot both be numbers; write all with the same "
            "decimal sign, or declare it with decimal= (check: --decimal) to see which are meant otherwise",
        )
        return Signs(".", ",")
    if point is None and comma is None:
        for kind, sign in ((kernels.POINT_OPEN, "."), (kernels.COMMA_OPEN, ",")):
            if kind in seen:
                _ask(seen[kind], sign, faults)
    return Signs(",", ".") if comma is not None else Signs(".", ",")


@dataclass
class _Sighting:
    """The first number of a form, and how many there are."""

    line: int
    column: str
    text: str
    count: int = 0


def _note(
    seen: dict[int, _Sighting], piece: Piece, column: str, begin: IntArray, length: IntArray, form: ByteArray
) -> None:
    for kind in (kernels.POINT_SURE, kernels.COMMA_SURE, kernels.POINT_OPEN, kernels.COMMA_OPEN):
        rows = np.flatnonzero(form == kind)
        if not rows.size:
            continue
        row = rows[0]
        line = int(piece.line[row])
        if kind not in seen or line < seen[kind].line:
            text = piece.text[begin[row] : begin[row] + length[row]].tobytes().decode()
            seen[kind] = _Sighting(line, column, text, seen[kind].count if kind in seen else 0)
        seen[kind].count += len(rows)


def _ask(sighting: _Sighting, sign: str, faults: Faults) -> None:
    decimal, whole = sighting.text.replace(sign, "."), sighting.text.replace(sign, "")
    faults.add(
        sighting.line,
        sighting.column,
        f"{sighting.text!r} may be {decimal} or {whole}, and no number of the file tells; declare decimal={sign!r} or "
        f"thousands={sign!r} (check: --decimal, --thousands)",
        count=sighting.count,
    )
