"""Matrices in files of separated values: long (a row per pair) or wide (a row per origin)."""

import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.demand.matrix_files.csv_tables import Distinct, Piece, Table, distinct, numbers, open_table, pieces
from itas_mobility.demand.matrix_files.faults import MOST_SHOWN, Faults
from itas_mobility.demand.matrix_files.signs import Signs, certain
from itas_mobility.demand.matrix_files.zone_names import FORMULA, Zones, as_whole
from itas_mobility.errors import DataWarning, DemandError
from itas_mobility.kernels import csv_fields as kernels

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "origin": ("origin", "from", "von", "start", "quelle", "quellzelle", "herkunft"),
    "destination": ("destination", "to", "nach", "ziel", "zielzelle"),
    "trips": ("trips", "fahrten", "wege", "fahrtenzahl", "anzahl", "anzahl fahrten"),
}
"""What the columns of a long file may be called, in capitals or small letters."""
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_csv(file: Path, wanted: list[str] | None, signs: Signs | None) -> tuple[list[str], FloatArray]:
    """Read a matrix, long or wide as its header says.

    Parameters
    ----------
    file : path
        The file.
    wanted : list of str, optional
        The zones that a long file may hold.
    signs : Signs, optional
        How numbers are written, where it is declared.

    Returns
    -------
    ids : list of str
        Zones of rows and columns: those wanted of a long file.
    trips : float array, shape (n, n)
        Trips.

    Raises
    ------
    DemandError
        That names all faults of the file.
    """
    table = open_table(file)
    names = [name.lower() for name in table.header]
    if any(name in NAMES["origin"] for name in names) and any(name in NAMES["destination"] for name in names):
        return _read_long(table, wanted, signs)
    return _read_wide(table, wanted, signs)


def _places(table: Table) -> dict[str, int]:
    """Which columns of a long file hold origin, destination and trips."""
    where = f"{table.file}, line {table.line}"
    places: dict[str, int] = {}
    for role, known in NAMES.items():
        at = [column for column, name in enumerate(table.header) if name.lower() in known]
        if not at:
            raise DemandError(
                f"{where}: column {role!r} is missing (or {', '.join(known[1:])}); columns are "
                f"{', '.join(table.header)}"
            )
        if len(at) > 1 and len({table.header[column].lower() for column in at}) == 1:
            raise DemandError(f"{where}: column {table.header[at[0]]!r} stands twice")
        if len(at) > 1:
            raise DemandError(
                f"{where}: columns {' and '.join(repr(table.header[column]) for column in at)} may both be the {role}; "
                "rename one"
            )
        places[role] = at[0]
    others = [name for column, name in enumerate(table.header) if column not in places.values()]
    if others:
        warnings.warn(f"{table.file}: columns {', '.join(others)} are not used", DataWarning, stacklevel=6)
    return places


def _read_long(table: Table, wanted: list[str] | None, signs: Signs | None) -> tuple[list[str], FloatArray]:
    places = _places(table)
    origin, destination, trips = places["origin"], places["destination"], places["trips"]
    faults = Faults(table.file)

    def fields(piece: Piece) -> Iterator[tuple[str, IntArray, IntArray]]:
        yield table.header[trips], piece.begin[trips], piece.length[trips]

    rows = list(pieces(table, faults))
    signs = signs or certain(table.separator, rows, fields, faults)
    zones = Zones(wanted)
    pairs: list[LongArray] = []
    values: list[FloatArray] = []
    lines: list[LongArray] = []
    for piece in rows:
        ends = [origin, destination]
        found = distinct(piece, piece.begin[ends], piece.length[ends])
        code = zones.codes(found.texts)
        _name_zones(table, piece, zones, found, code, (origin, destination), faults)
        pairs.append(code[found.code])
        values.append(_trips(piece, table.header[trips], piece.begin[trips], piece.length[trips], signs, faults))
        lines.append(piece.line)
    if not sum(map(len, lines)) and not faults:
        raise DemandError(f"{table.file}: holds a header but no trips")
    pair = np.concatenate([np.zeros((0, 2), dtype=np.int64), *pairs])
    cells = _matrix(table.file, len(zones.ids))
    _fill(cells, pair, np.concatenate([[], *values]), np.concatenate([np.zeros(0, np.int64), *lines]), zones, faults)
    faults.raise_any()
    return (as_whole(zones.ids) if wanted is None else wanted), cells


def _fill(cells: FloatArray, pair: LongArray, value: FloatArray, line: LongArray, zones: Zones, faults: Faults) -> None:
    """Put trips into their cells; a pair that stands twice is a fault."""
    n = len(cells)
    is_known = (pair[:, 0] >= 0) & (pair[:, 1] >= 0)
    if not is_known.all():
        pair, value, line = pair[is_known], value[is_known], line[is_known]
    cell = pair[:, 0] * n + pair[:, 1]
    cells.reshape(-1)[cell] = value
    if (cell[1:] > cell[:-1]).all():
        return
    # each row against the row that was written last into its cell, from the end: the first of each pair
    first = np.empty(n * n, dtype=np.int32 if len(cell) < 2**31 else np.int64)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    doubled = np.flatnonzero(first[cell] != np.arange(len(cell)))
    _, at, counts = np.unique(cell[doubled], return_index=True, return_counts=True)
    for k in np.argsort(at)[:MOST_SHOWN].tolist():
        row = int(doubled[at[k]])
        from_zone, to_zone = (zones.ids[code] for code in pair[row].tolist())
        before = int(line[first[cell[row]]])
        what = f"pair {from_zone} -> {to_zone} stands twice (first in line {before})"
        faults.add(int(line[row]), "", what, count=int(counts[k]))
    faults.add_uncounted(max(len(at) - MOST_SHOWN, 0))


def _name_zones(
    table: Table,
    piece: Piece,
    zones: Zones,
    found: Distinct,
    code: LongArray,
    columns: tuple[int, int],
    faults: Faults,
) -> None:
    """Note zone ids that cannot be used."""
    if (code >= 0).all():
        return
    counts = found.counts()
    for k in np.flatnonzero(code < 0).tolist():
        row, side = divmod(int(found.first[k]), 2)
        what = zones.fault(found.texts[k])
        faults.add(int(piece.line[row]), table.header[columns[side]], what, count=int(counts[k]))


def _matrix(file: Path, n: int) -> FloatArray:
    try:
        return np.zeros((n, n))
    except (MemoryError, ValueError):
        raise DemandError(
            f"{file}: names {n} zones, whose matrix takes {8e-9 * n * n:,.0f} GB; are the columns the right ones?"
        ) from None


def _read_wide(table: Table, wanted: list[str] | None, signs: Signs | None) -> tuple[list[str], FloatArray]:
    if len(table.header) < 2:
        raise DemandError(
            f"{table.file}, line {table.line}: {','.join(table.header)!r} is neither 'origin,destination,trips' nor a "
            "row of zone ids"
        )
    faults = Faults(table.file)
    ids = _wide_ids(table, wanted, faults)
    faults.raise_any()

    def fields(piece: Piece) -> Iterator[tuple[str, IntArray, IntArray]]:
        for k, zone in enumerate(ids, start=1):
            yield zone, piece.begin[k], piece.length[k]

    rows = list(pieces(table, faults))
    signs = signs or certain(table.separator, rows, fields, faults)
    trips = _matrix(table.file, len(ids))
    zones = Zones(ids)
    line_of: dict[int, int] = {}
    for piece in rows:
        value = np.column_stack([_trips(piece, *column, signs, faults) for column in fields(piece)])
        names = distinct(piece, piece.begin[:1], piece.length[:1])
        codes = zones.codes(names.texts)
        for row, name in enumerate(names.code[:, 0].tolist()):
            code, zone, line = int(codes[name]), names.texts[name], int(piece.line[row])
            if not zone or FORMULA.match(zone):
                faults.add(line, "", Zones.unusable(zone))
            elif code < 0:
                faults.add(line, "", f"zone {zone!r} has a row but no column")
            elif code in line_of:
                faults.add(line, "", f"zone {zone!r} has two rows (the first in line {line_of[code]})")
            else:
                line_of[code] = line
                trips[code] = value[row]
    faults.raise_any()
    for code, zone in enumerate(ids):
        if code not in line_of:
            faults.add(0, "", f"zone {zone!r} has a column but no row; the matrix must be square")
    faults.raise_any()
    return ids, trips


def _wide_ids(table: Table, wanted: list[str] | None, faults: Faults) -> list[str]:
    """Zones of the columns, as those wanted are called."""
    ids = table.header[1:]
    zones = Zones(wanted)
    codes = zones.codes(ids).tolist()
    for zone, code in zip(ids, codes, strict=True):
        if code < 0:
            faults.add(table.line, "", zones.fault(zone))
    counts = Counter(code for code in codes if code >= 0)
    for code, count in counts.items():
        if count > 1:
            faults.add(table.line, "", f"zone {zones.ids[code]!r} stands twice")
    return as_whole(ids) if wanted is None else [zones.ids[code] for code in codes]


def _trips(piece: Piece, column: str, begin: IntArray, length: IntArray, signs: Signs, faults: Faults) -> FloatArray:
    """Fields as trips; those that are none are faults, and 0."""
    value, outcome = numbers(piece, begin, length, signs.decimal, signs.thousands)
    odd = outcome != kernels.READ
    # minus nothing is nothing
    value[value == 0] = 0.0
    odd |= value < 0
    if odd.any():
        _read_slowly(piece, column, begin, length, signs, odd, value, faults)
    return value


def _read_slowly(
    piece: Piece,
    column: str,
    begin: IntArray,
    length: IntArray,
    signs: Signs,
    odd: BoolArray,
    value: FloatArray,
    faults: Faults,
) -> None:
    """Read numbers of very many digits, and name what is no number of trips."""
    rows = np.flatnonzero(odd)
    found = distinct(piece, begin[rows][None], length[rows][None])
    numbers = np.zeros(len(found.texts))
    counts = found.counts()
    for k, text in enumerate(found.texts):
        number, fault = _number(text, signs)
        if fault:
            faults.add(int(piece.line[rows[found.first[k]]]), column, fault, count=int(counts[k]))
        else:
            numbers[k] = number
    value[rows] = numbers[found.code[:, 0]]


def _number(text: str, signs: Signs) -> tuple[float, str]:
    """A number of trips, or what is wrong with it."""
    plain = text
    if signs.thousands and signs.thousands in text:
        whole, point, fraction = text.partition(signs.decimal)
        if re.fullmatch(rf"[+-]?[1-9][0-9]{{0,2}}({re.escape(signs.thousands)}[0-9]{{3}})+", whole):
            plain = whole.replace(signs.thousands, "") + point + fraction
    if signs.decimal != ".":
        # a point that is left over is no decimal sign here
        plain = plain.replace(".", "?").replace(signs.decimal, ".")
    if not text:
        return 0.0, "a number is missing (write 0 where nobody travels)"
    if _NUMBER.fullmatch(plain) is None:
        return 0.0, f"{text!r} is not a number{_hint(text, signs)}"
    number = float(plain)
    if math.isinf(number):
        return 0.0, f"{text!r} is too large"
    if number < 0:
        return 0.0, f"{text!r} is negative"
    return number, ""


def _hint(text: str, signs: Signs) -> str:
    """What to do about signs that are not those of the file."""
    if not any(sign in text for sign in ".,") or not re.fullmatch(r"[+-]?[0-9.,' ]+([eE][+-]?[0-9]+)?", text):
        return ""
    names = {".": "point", ",": "comma", " ": "blank", "'": "apostrophe"}
    groups = f" and a {names[signs.thousands]} between groups of three digits" if signs.thousands else ""
    return (
        f" with a decimal {names[signs.decimal]}{groups}; if its signs are others, declare decimal= and thousands= "
        "(check: --decimal, --thousands)"
    )
