"""Matrices written as CSV (long or wide) or OMX."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from itas_mobility.atomic import write_file
from itas_mobility.core.columns import BoolArray, FloatArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.demand.matrix_files.omx_files import DURATION, MAPPING
from itas_mobility.demand.matrix_files.zone_names import FORMULA, as_whole
from itas_mobility.errors import DemandError

Layout: TypeAlias = Literal["long", "wide"]

_ORIGIN, _DESTINATION, _TRIPS = "origin", "destination", "trips"


def write_matrix(matrix: ODMatrix | Skims, path: str | Path, *, layout: Layout = "long") -> None:
    """Write an OD matrix or skims; the file appears whole or not at all.

    Parameters
    ----------
    matrix : ODMatrix or Skims
        Skims have a column per matrix in CSV, a matrix each in OMX.
    path : path
        Ends with ``.csv`` or ``.omx``.
    layout : {"long", "wide"}
        Of a CSV file. Long leaves out pairs without trips (of skims: no pair), but for those of the first zone where
        the file would else not tell all zones in their order; wide is for OD matrices only. CSV does not hold
        `duration_h`. Numbers are written so that they are read back exactly, and what is read is written as the same
        bytes.

    Raises
    ------
    DemandError
        For another ending, wide skims, or, in CSV, zone ids that a spreadsheet would run as a formula or that would be
        read back as others.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if layout not in {"long", "wide"}:
        raise DemandError(f"layout: {layout!r} is not one of long, wide")
    if ending == ".csv":
        if layout == "wide" and isinstance(matrix, Skims):
            raise DemandError(f"{file}: skims hold several matrices; write them long, or as .omx")
        _refuse_ids(file, matrix.zone_id.tolist())
        write_file(file, lambda temporary: _write_csv(matrix, temporary, layout))
    elif ending == ".omx":
        write_file(file, lambda temporary: _write_omx(matrix, temporary))
    else:
        raise DemandError(f"{file}: matrices are written as .csv or .omx, not {ending!r}")


def _refuse_ids(file: Path, ids: list[str]) -> None:
    """Refuse zone ids that a file of texts does not keep."""
    for zone in ids:
        if FORMULA.match(zone):
            raise DemandError(f"{file}: zone id {zone!r} begins like a spreadsheet formula; rename it or write .omx")
        if not zone or zone != zone.strip() or "\0" in zone:
            raise DemandError(
                f"{file}: zone id {zone!r} would be read back as another (blanks around it, or nothing); rename it"
            )
    if as_whole(ids) != ids:
        raise DemandError(
            f"{file}: zone ids {', '.join(ids[:3])} would be read back as whole numbers; rename them or write .omx"
        )


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
            rows, columns_of = np.nonzero(_told(matrix.trips))
            writer.writerows(
                [ids[i], ids[j], repr(value)]
                for i, j, value in zip(
                    rows.tolist(), columns_of.tolist(), matrix.trips[rows, columns_of].tolist(), strict=True
                )
            )


def _told(trips: FloatArray) -> BoolArray:
    """Pairs that a long file must hold: those with trips, and all of the first zone if zones would get out of order."""
    told: BoolArray = trips > 0
    seen, first = np.unique(np.column_stack(np.nonzero(told)), return_index=True)
    if len(seen) < len(trips) or (np.diff(first) < 0).any():
        told[0] = True
    return told


def _write_omx(matrix: ODMatrix | Skims, file: Path) -> None:
    import openmatrix

    named: Mapping[str, FloatArray] = matrix if isinstance(matrix, Skims) else {_TRIPS: matrix.trips}
    with openmatrix.open_file(str(file), "w") as omx:
        for name, values in named.items():
            omx[name] = np.array(values)
            if isinstance(matrix, ODMatrix):
                omx[name].attrs[DURATION] = float(matrix.duration_h)
        ids = matrix.zone_id.tolist()
        if all(re.fullmatch("0|[1-9][0-9]{0,8}", zone) for zone in ids):
            omx.create_mapping(MAPPING, [int(zone) for zone in ids])
        else:  # the library makes mappings of whole numbers only; the file format takes UTF-8 text as well
            if "lookup" not in omx.root:
                omx.create_group(omx.root, "lookup")
            omx.create_array(omx.root.lookup, MAPPING, obj=np.array([zone.encode() for zone in ids]))
