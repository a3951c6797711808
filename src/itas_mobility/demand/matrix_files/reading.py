"""Matrices read from CSV (long or wide), OMX and ``.npy``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from itas_mobility.core.columns import FloatArray, StrArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.demand.matrix_files import omx_files
from itas_mobility.demand.matrix_files.csv_matrices import read_csv
from itas_mobility.demand.matrix_files.faults import MOST_SHOWN, Faults
from itas_mobility.demand.matrix_files.signs import declared
from itas_mobility.demand.matrix_files.zone_names import Zones, text_of
from itas_mobility.errors import DemandError


def read_matrix(
    path: str | Path,
    *,
    zone_ids: Sequence[str] | StrArray | None = None,
    duration_h: float = 1.0,
    matrix: str | None = None,
    mapping: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
) -> ODMatrix:
    """Read an OD matrix from CSV, OMX or npy, chosen by the file's ending.

    A CSV file is either long, with columns for origin, destination and trips (pairs left out have no trips; English and
    German names are known, see `matrix_files.csv_matrices.NAMES`), or wide: zone ids in the first row and column.
    Comma, semicolon and tab are known as separators; a byte-order mark or Windows line ends do no harm. UTF-16 with a
    byte-order mark is read, and Windows-1252 where it is certain (`office_text.as_utf8`).

    Numbers have a decimal point in files with commas between the fields. With semicolons or tabs the numbers must tell:
    one like 1.234,5 or 12,5 or 0.25 makes the signs of the file certain (the whole rule stands in
    `matrix_files.signs.certain`), whereas a file whose numbers all look like 1.234 is refused unless `decimal` or
    `thousands` is declared.

    Zone ids are trimmed. Whole numbers that were stored as floats are whole: 101.0 is 101, in an OMX mapping, in a CSV
    file all of whose ids are such numbers, and where 101 is wanted.

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
        Which matrix of an OMX file; needed only if it holds several and none is called ``trips``. The others are not
        read.
    mapping : str, optional
        Which mapping (``lookup``) of an OMX file tells the zones of its rows; needed only if it holds several that
        differ.
    decimal : {".", ","}, optional
        Decimal sign of a CSV file; left out, it is the other one of point and comma than `thousands`, or if that is
        left out as well, what is certain.
    thousands : {".", ",", " ", "'", ""}, optional
        Sign between groups of three digits in a CSV file, "" for none; left out, the other one than `decimal`.

    Returns
    -------
    ODMatrix
        The trips.

    Raises
    ------
    DemandError
        If the file cannot be read or used. The message names the faults of the file together: line, column and the text
        in question of the first twelve, and how many more there are.
    """
    file = Path(path)
    wanted = None if zone_ids is None else [text_of(zone) for zone in zone_ids]
    ending = file.suffix.lower()
    if mapping is not None and ending != ".omx":
        raise DemandError(f"{file}: mapping={mapping!r} has no meaning here; OMX files alone hold mappings")
    signs = declared(decimal, thousands)
    if ending == ".npy":
        ids, trips = _read_npy(file, wanted)
    elif ending == ".omx":
        ids, trips, duration_h = omx_files.read_trips(file, matrix, mapping, wanted, duration_h)
    elif ending in {".csv", ".txt", ".tsv"}:
        ids, trips = read_csv(file, wanted, signs)
    else:
        raise DemandError(f"{file}: ending {ending!r} is not known for matrices; known: .csv, .tsv, .txt, .omx, .npy")
    _refuse_values(file, ids, trips)
    if wanted is not None and ids != wanted:
        trips = _arrange(file, ids, trips, wanted)
        ids = wanted
    try:
        return ODMatrix(zone_id=np.array(ids, dtype=str), trips=trips, duration_h=duration_h, label=file.stem)
    except DemandError as fault:
        raise DemandError(f"{file}: {fault}") from None


def read_skims(path: str | Path, *, mapping: str | None = None, matrices: Sequence[str] | None = None) -> Skims:
    """Read the skims of an OMX file.

    Parameters
    ----------
    path : path
        A file as `write_matrix` makes it, or any OMX file of square matrices whose names say the unit. Without a
        mapping its zones are 1 to n.
    mapping : str, optional
        Which mapping tells the zones of the rows; needed only if the file holds several that differ.
    matrices : sequence of str, optional
        Which matrices; the others are not read. Default: all.

    Returns
    -------
    Skims
        Matrices of the file.

    Raises
    ------
    DemandError
        If the file cannot be read or used.
    """
    file = Path(path)
    ids, found = omx_files.read_all(file, matrices, mapping)
    try:
        return Skims(zone_id=np.array(ids, dtype=str), matrices=found)
    except DemandError as fault:
        raise DemandError(f"{file}: {fault}") from None


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


def _refuse_values(file: Path, ids: list[str], trips: FloatArray) -> None:
    """Refuse trips that are negative or no number, naming the pairs (of CSV files the reader has named the lines)."""
    is_wrong = ~((trips >= 0) & np.isfinite(trips))
    if not is_wrong.any():
        return
    faults = Faults(file)
    rows, columns = np.nonzero(is_wrong)
    for i, j in list(zip(rows.tolist(), columns.tolist(), strict=True))[:MOST_SHOWN]:
        value = trips[i, j]
        what = "is NaN" if np.isnan(value) else "is infinite" if np.isinf(value) else f"is negative ({value:g})"
        faults.add(0, "", f"trips from zone {ids[i]!r} to {ids[j]!r} (row {i + 1}, column {j + 1}) {what}")
    faults.add_uncounted(max(len(rows) - MOST_SHOWN, 0))
    faults.raise_any()


def _arrange(file: Path, ids: list[str], trips: FloatArray, wanted: list[str]) -> FloatArray:
    """Rows and columns of `trips` in the order of the zones wanted."""
    zones = Zones(wanted)
    place = zones.codes(ids)
    faults = Faults(file)
    for zone in [zone for zone, code in zip(ids, place.tolist(), strict=True) if code < 0]:
        faults.add(0, "", zones.fault(zone))
    faults.raise_any()
    arranged = np.zeros((len(wanted), len(wanted)))
    arranged[np.ix_(place, place)] = trips
    return arranged
