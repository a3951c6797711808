"""OD matrices and skims in files: CSV (long or wide), OMX and, for reading, ``.npy``."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from itas_mobility.atomic import write_file
from itas_mobility.core.columns import FloatArray, StrArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.errors import DataWarning, DemandError

Layout: TypeAlias = Literal["long", "wide"]

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_FORMULA = re.compile(r"[=+@\t\r]|-(?![0-9.])")
"""Beginnings of a cell that a spreadsheet would run as a formula."""
_DELIMITERS = (",", ";", "\t")
_ORIGIN, _DESTINATION, _TRIPS = "origin", "destination", "trips"
_OMX_MAPPING = "zone_id"
_OMX_DURATION = "duration_h"


def read_matrix(
    path: str | Path,
    *,
    zone_ids: Sequence[str] | StrArray | None = None,
    duration_h: float = 1.0,
    matrix: str | None = None,
    mapping: str | None = None,
) -> ODMatrix:
    """Read an OD matrix from CSV, OMX or npy, chosen by the file's ending.

    A CSV file is either long, with the columns ``origin,destination,trips`` (pairs left out have no trips), or wide:
    zone ids in the first row and column. Comma, semicolon and tab are known as separators, the decimal sign is a point;
    a byte-order mark or Windows line ends do no harm.

    Parameters
    ----------
    path : path
        ``.csv``, ``.txt`` or ``.tsv``, ``.omx``, or ``.npy`` (a square array).
    zone_ids : sequence of str, optional
        Zones wanted, in this order; the file may leave zones out but not hold others. Default: the file's zones in its
        order; an npy file, and an OMX file without a mapping, then have the zones 1 to n. The zones of an OMX file
        without a mapping are 1 to n whatever is wanted, so other ids are refused.
    duration_h : float, default=1
        Period that the trips belong to. CSV and npy do not say it; an OMX file written by `write_matrix` does, and then
        the file's word counts.
    matrix : str, optional
        Which matrix of an OMX file; needed only if it holds several and none is called ``trips``.
    mapping : str, optional
        Which mapping (``lookup``) of an OMX file tells the zones of its rows; needed only if it holds several that
        differ.

    Returns
    -------
    ODMatrix
        The trips.

    Raises
    ------
    DemandError
        If the file cannot be read or used, naming file, line and the text in question.
    """
    file = Path(path)
    wanted = None if zone_ids is None else [str(zone) for zone in zone_ids]
    ending = file.suffix.lower()
    if mapping is not None and ending != ".omx":
        raise DemandError(f"{file}: mapping={mapping!r} has no meaning here; OMX files alone hold mappings")
    if ending == ".npy":
        ids, trips = _read_npy(file, wanted)
    elif ending == ".omx":
        ids, trips, duration_h = _read_omx_trips(file, matrix, mapping, wanted, duration_h)
    elif ending in {".csv", ".txt", ".tsv"}:
        ids, trips = _read_csv(file, wanted)
    else:
        raise DemandError(f"{file}: ending {ending!r} is not known for matrices; known: .csv, .tsv, .txt, .omx, .npy")
    if wanted is not None and ids != wanted:
        trips = _arrange(file, ids, trips, wanted)
        ids = wanted
    try:
        return ODMatrix(zone_id=np.array(ids, dtype=str), trips=trips, duration_h=duration_h, label=file.stem)
    except DemandError as fault:
        raise DemandError(f"{file}: {fault}") from None


def read_skims(path: str | Path, *, mapping: str | None = None) -> Skims:
    """Read the skims of an OMX file.

    Parameters
    ----------
    path : path
        A file as `write_matrix` makes it, or any OMX file of square matrices whose names say the unit. Without a
        mapping its zones are 1 to n.
    mapping : str, optional
        Which mapping tells the zones of the rows; needed only if the file holds several that differ.

    Returns
    -------
    Skims
        All matrices of the file.

    Raises
    ------
    DemandError
        If the file cannot be read or used.
    """
    file = Path(path)
    ids, matrices, _ = _read_omx(file, mapping)
    return Skims(zone_id=np.array(ids, dtype=str), matrices=matrices)


def write_matrix(matrix: ODMatrix | Skims, path: str | Path, *, layout: Layout = "long") -> None:
    """Write an OD matrix or skims; the file appears whole or not at all.

    Parameters
    ----------
    matrix : ODMatrix or Skims
        Skims have a column per matrix in CSV, a matrix each in OMX.
    path : path
        Ends with ``.csv`` or ``.omx``.
    layout : {"long", "wide"}
        Of a CSV file. Long leaves out pairs without trips (of skims: no pair), so a zone without any trip is not in the
        file; wide holds all zones (OD matrices only). CSV does not hold `duration_h`. Numbers are written so that they
        are read back exactly.

    Raises
    ------
    DemandError
        For another ending, wide skims, or a zone id that a spreadsheet would run as a formula.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if layout not in {"long", "wide"}:
        raise DemandError(f"layout: {layout!r} is not one of long, wide")
    if ending == ".csv":
        if layout == "wide" and isinstance(matrix, Skims):
            raise DemandError(f"{file}: skims hold several matrices; write them long, or as .omx")
        for zone in matrix.zone_id.tolist():
            if _FORMULA.match(zone):
                raise DemandError(
                    f"{file}: zone id {zone!r} begins like a spreadsheet formula; rename it or write .omx"
                )
        write_file(file, lambda temporary: _write_csv(matrix, temporary, layout))
    elif ending == ".omx":
        write_file(file, lambda temporary: _write_omx(matrix, temporary))
    else:
        raise DemandError(f"{file}: matrices are written as .csv or .omx, not {ending!r}")


def _write_csv(matrix: ODMatrix | Skims, file: Path, layout: Layout) -> None:
    ids = matrix.zone_id.tolist()
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if isinstance(matrix, Skims):
            writer.writerow([_ORIGIN, _DESTINATION, *matrix])
            for i, origin in enumerate(ids):
                columns = [values[i].tolist() for values in matrix.values()]
                writer.writerows(
                    [origin, destination, *map(repr, row)] for destination, *row in zip(ids, *columns, strict=True)
                )
        elif layout == "wide":
            writer.writerow(["zone", *ids])
            writer.writerows([zone, *map(repr, row)] for zone, row in zip(ids, matrix.trips.tolist(), strict=True))
        else:
            writer.writerow([_ORIGIN, _DESTINATION, _TRIPS])
            rows, columns_of = np.nonzero(matrix.trips)
            writer.writerows(
                [ids[i], ids[j], repr(value)]
                for i, j, value in zip(
                    rows.tolist(), columns_of.tolist(), matrix.trips[rows, columns_of].tolist(), strict=True
                )
            )


def _write_omx(matrix: ODMatrix | Skims, file: Path) -> None:
    import openmatrix

    named: Mapping[str, FloatArray] = matrix if isinstance(matrix, Skims) else {_TRIPS: matrix.trips}
    with openmatrix.open_file(str(file), "w") as omx:
        for name, values in named.items():
            omx[name] = np.array(values)
            if isinstance(matrix, ODMatrix):
                omx[name].attrs[_OMX_DURATION] = float(matrix.duration_h)
        ids = matrix.zone_id.tolist()
        if all(re.fullmatch("0|[1-9][0-9]{0,8}", zone) for zone in ids):
            omx.create_mapping(_OMX_MAPPING, [int(zone) for zone in ids])
        else:  # the library makes mappings of whole numbers only; the file format takes UTF-8 text as well
            if "lookup" not in omx.root:
                omx.create_group(omx.root, "lookup")
            omx.create_array(omx.root.lookup, _OMX_MAPPING, obj=np.array([zone.encode() for zone in ids]))


def _read_omx(
    file: Path, mapping: str | None, wanted: list[str] | None = None
) -> tuple[list[str], dict[str, FloatArray], dict[str, float]]:
    """Zone ids, matrices and, where stated, their periods."""
    import openmatrix
    import tables

    if not file.is_file():
        raise DemandError(f"{file}: no such file")
    try:
        with openmatrix.open_file(str(file), "r") as omx:
            matrices = {name: np.array(omx[name], dtype=np.float64) for name in omx.list_matrices()}
            periods = {
                name: float(omx[name].attrs[_OMX_DURATION]) for name in matrices if _OMX_DURATION in omx[name].attrs
            }
            mappings = {name: _omx_ids(omx.map_entries(name)) for name in omx.list_mappings()}
    except (tables.HDF5ExtError, OSError, ValueError, tables.NoSuchNodeError) as fault:
        raise DemandError(f"{file}: is not a readable OMX file ({str(fault).strip().splitlines()[-1]})") from None
    if not matrices:
        raise DemandError(f"{file}: holds no matrix")
    shapes = {values.shape for values in matrices.values()}
    n = len(next(iter(matrices.values())))
    if shapes != {(n, n)}:
        raise DemandError(f"{file}: matrices have shapes {sorted(shapes)}; they must be square and alike")
    return _omx_zones(file, mappings, mapping, n, wanted), matrices, periods


def _omx_ids(entries: Sequence[object]) -> list[str]:
    """Zone ids of a mapping; whole numbers that are stored as floats are whole numbers."""
    ids = []
    for entry in entries:
        number = int(entry) if isinstance(entry, float | np.floating) and float(entry).is_integer() else entry
        ids.append(number.decode() if isinstance(number, bytes) else str(number))
    return ids


def _omx_zones(
    file: Path, mappings: Mapping[str, list[str]], chosen: str | None, n: int, wanted: list[str] | None
) -> list[str]:
    """Zones of the rows: those of the mapping that was chosen, of the only one, or 1 to n where there is none."""
    names = ", ".join(mappings)
    if chosen is not None and chosen not in mappings:
        raise DemandError(f"{file}: holds no mapping {chosen!r}; it holds {names or 'none'}")
    if chosen is None and len({tuple(ids) for ids in mappings.values()}) > 1:
        raise DemandError(
            f"{file}: holds the mappings {names}, which name the rows differently; choose one with mapping= "
            "(check: --mapping)"
        )
    if not mappings:
        ids = [str(i) for i in range(1, n + 1)]
        if wanted is not None and sorted(wanted) != sorted(ids):
            raise DemandError(
                f"{file}: holds no mapping, so its zones are 1 to {n}; the zones wanted are others "
                f"({', '.join(wanted[:3])}{', ...' if len(wanted) > 3 else ''}): add a mapping to the file"
            )
        return ids
    name = chosen or next(iter(mappings))
    ids = mappings[name]
    if len(ids) != n:
        raise DemandError(f"{file}: mapping {name!r} has {len(ids)} zones, the matrices {n}")
    twice = next((zone for zone, count in Counter(ids).items() if count > 1), None)
    if twice is not None:
        raise DemandError(f"{file}: mapping {name!r} names zone {twice!r} twice")
    return ids


def _read_omx_trips(
    file: Path, matrix: str | None, mapping: str | None, wanted: list[str] | None, duration_h: float
) -> tuple[list[str], FloatArray, float]:
    ids, matrices, periods = _read_omx(file, mapping, wanted)
    name = matrix
    if name is None:
        name = _TRIPS if _TRIPS in matrices or len(matrices) > 1 else next(iter(matrices))
    if name not in matrices:
        raise DemandError(f"{file}: holds no matrix {name!r}; choose one with matrix=: {', '.join(matrices)}")
    return ids, matrices[name], periods.get(name, duration_h)


def _read_npy(file: Path, wanted: list[str] | None) -> tuple[list[str], FloatArray]:
    try:
        values = np.load(file, allow_pickle=False)
    except OSError as fault:
        raise DemandError(f"{file}: cannot be read ({fault.strerror or fault})") from None
    except (ValueError, EOFError) as fault:
        raise DemandError(f"{file}: is not a readable npy file ({fault})") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        raise DemandError(f"{file}: must hold one array of numbers")
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise DemandError(f"{file}: shape {values.shape}, an OD matrix is square")
    if wanted is not None and len(values) != len(wanted):
        raise DemandError(f"{file}: shape {values.shape}, expected {(len(wanted), len(wanted))} for the given zones")
    ids = wanted if wanted is not None else [str(i) for i in range(1, len(values) + 1)]
    return ids, values.astype(np.float64)


def _arrange(file: Path, ids: list[str], trips: FloatArray, wanted: list[str]) -> FloatArray:
    """Rows and columns of `trips` in the order of the zones wanted."""
    row = {zone: i for i, zone in enumerate(wanted)}
    strangers = [zone for zone in ids if zone not in row]
    if strangers:
        raise DemandError(f"{file}: zone {strangers[0]!r} is not one of the {len(wanted)} zones wanted")
    place = np.array([row[zone] for zone in ids], dtype=np.int64)
    arranged = np.zeros((len(wanted), len(wanted)))
    arranged[np.ix_(place, place)] = trips
    return arranged


def _read_csv(file: Path, wanted: list[str] | None) -> tuple[list[str], FloatArray]:
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise DemandError(f"{file}: cannot be read ({fault.strerror})") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise DemandError(f"{file}, line {line}: is not UTF-8 text; save the file as CSV in UTF-8") from None
    header_line = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header_line.count)
    rows = _rows(file, text, delimiter)
    try:
        line, header = next(rows)
    except StopIteration:
        raise DemandError(
            f"{file}: is empty; expected a header 'origin,destination,trips' or a square matrix"
        ) from None
    names = [name.strip().lower() for name in header]
    if {_ORIGIN, _DESTINATION}.issubset(names):
        return _read_long(file, line, names, rows, wanted)
    return _read_wide(file, line, header, rows)


def _rows(file: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise DemandError(f"{file}, line {reader.line_num}: is not valid CSV ({fault})") from None
        if any(field.strip() for field in fields):
            yield reader.line_num, fields


def _read_long(
    file: Path, header_line: int, names: list[str], rows: Iterator[tuple[int, list[str]]], wanted: list[str] | None
) -> tuple[list[str], FloatArray]:
    if _TRIPS not in names:
        raise DemandError(f"{file}, line {header_line}: column 'trips' is missing; columns are {', '.join(names)}")
    doubled = [name for name in names if names.count(name) > 1]
    if doubled:
        raise DemandError(f"{file}, line {header_line}: column {doubled[0]!r} stands twice")
    others = [name for name in names if name not in {_ORIGIN, _DESTINATION, _TRIPS}]
    if others:
        import warnings

        warnings.warn(f"{file}: columns {', '.join(others)} are not used", DataWarning, stacklevel=4)
    at_origin, at_destination, at_trips = (names.index(name) for name in (_ORIGIN, _DESTINATION, _TRIPS))
    zones: dict[str, int] = {} if wanted is None else {zone: i for i, zone in enumerate(wanted)}
    pairs: dict[tuple[int, int], float] = {}
    for line, fields in rows:
        if len(fields) != len(names):
            raise DemandError(f"{file}, line {line}: {len(fields)} fields, the header has {len(names)}")
        ends = []
        for at in (at_origin, at_destination):
            zone = _zone_id(file, line, fields[at])
            if zone not in zones:
                if wanted is not None:
                    raise DemandError(f"{file}, line {line}: zone {zone!r} is not one of the {len(wanted)} zones known")
                zones[zone] = len(zones)
            ends.append(zones[zone])
        pair = (ends[0], ends[1])
        if pair in pairs:
            raise DemandError(
                f"{file}, line {line}: pair {fields[at_origin].strip()} -> {fields[at_destination].strip()} "
                "stands twice"
            )
        pairs[pair] = _trips(file, line, fields[at_trips])
    if not pairs:
        raise DemandError(f"{file}: holds a header but no trips")
    trips = np.zeros((len(zones), len(zones)))
    place = np.array(list(pairs))
    trips[place[:, 0], place[:, 1]] = list(pairs.values())
    return list(zones), trips


def _read_wide(
    file: Path, header_line: int, header: list[str], rows: Iterator[tuple[int, list[str]]]
) -> tuple[list[str], FloatArray]:
    if len(header) < 2:
        raise DemandError(
            f"{file}, line {header_line}: {','.join(header)!r} is neither 'origin,destination,trips' nor a row of "
            "zone ids"
        )
    ids = [_zone_id(file, header_line, field) for field in header[1:]]
    place = {zone: i for i, zone in enumerate(ids)}
    if len(place) != len(ids):
        twice = next(zone for zone in ids if ids.count(zone) > 1)
        raise DemandError(f"{file}, line {header_line}: zone {twice!r} stands twice")
    trips = np.zeros((len(ids), len(ids)))
    seen: set[str] = set()
    for line, fields in rows:
        zone = _zone_id(file, line, fields[0])
        if zone not in place:
            raise DemandError(f"{file}, line {line}: zone {zone!r} has a row but no column")
        if zone in seen:
            raise DemandError(f"{file}, line {line}: zone {zone!r} has two rows")
        if len(fields) != len(header):
            raise DemandError(f"{file}, line {line}: {len(fields)} fields, the header has {len(header)}")
        seen.add(zone)
        trips[place[zone]] = [_trips(file, line, field) for field in fields[1:]]
    if len(seen) != len(ids):
        missing = next(zone for zone in ids if zone not in seen)
        raise DemandError(f"{file}: zone {missing!r} has a column but no row; the matrix must be square")
    return ids, trips


def _zone_id(file: Path, line: int, text: str) -> str:
    zone = text.strip()
    if not zone:
        raise DemandError(f"{file}, line {line}: a zone id is missing")
    if _FORMULA.match(zone):
        raise DemandError(f"{file}, line {line}: zone id {zone!r} begins like a spreadsheet formula")
    return zone


def _trips(file: Path, line: int, text: str) -> float:
    """Number of trips, written with a decimal point and without thousands separators."""
    number = text.strip()
    if _NUMBER.fullmatch(number) is None:
        hint = " (write the decimal sign as a point and no thousands separator)" if "," in number else ""
        raise DemandError(f"{file}, line {line}: trips {number!r} is not a number{hint}")
    value = float(number)
    if math.isinf(value):
        raise DemandError(f"{file}, line {line}: trips {number!r} is too large")
    if value < 0:
        raise DemandError(f"{file}, line {line}: trips {number!r} is negative")
    return value
