"""Matrices in OMX files (HDF5): which mapping names their rows, and only those read that are wanted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.demand.matrix_files.faults import Faults
from itas_mobility.demand.matrix_files.zone_names import text_of
from itas_mobility.errors import DemandError

MAPPING: Final = "zone_id"
"""Mapping that is written."""
DURATION: Final = "duration_h"
"""Attribute of a matrix that holds the period of its trips."""
_TRIPS: Final = "trips"


def read_trips(
    file: Path, matrix: str | None, mapping: str | None, wanted: list[str] | None, duration_h: float
) -> tuple[list[str], FloatArray, float]:
    """Read one matrix of a file; of the others nothing but their names and shapes.

    Parameters
    ----------
    file : path
        The file.
    matrix : str, optional
        Its name; left out, the only one, or the one called ``trips``.
    mapping : str, optional
        Which mapping tells the zones.
    wanted : list of str, optional
        Zones that are asked for.
    duration_h : float
        Period of the trips if the file does not say it.

    Returns
    -------
    ids : list of str
        Zones of rows and columns.
    trips : float array, shape (n, n)
        Trips.
    duration_h : float
        Their period.

    Raises
    ------
    DemandError
        If the file cannot be read or used.
    """

    def choose(names: list[str]) -> list[str]:
        name = matrix
        if name is None:
            name = _TRIPS if _TRIPS in names or len(names) > 1 else names[0]
        if name not in names:
            raise DemandError(
                f"{file}: holds no matrix {name!r}; choose one with matrix= (check: --matrix): {', '.join(names)}"
            )
        return [name]

    ids, matrices, periods = _read(file, choose, mapping, wanted)
    ((name, trips),) = matrices.items()
    return ids, trips, periods.get(name, duration_h)


def read_all(
    file: Path, matrices: Sequence[str] | None, mapping: str | None
) -> tuple[list[str], dict[str, FloatArray]]:
    """Read the matrices of a file, or some of them.

    Parameters
    ----------
    file : path
        The file.
    matrices : sequence of str, optional
        Names of those that are wanted.
    mapping : str, optional
        Which mapping tells the zones.

    Returns
    -------
    ids : list of str
        Zones of rows and columns.
    matrices : dict
        Matrices of shape (n, n) by name.

    Raises
    ------
    DemandError
        If the file cannot be read or used.
    """

    def choose(names: list[str]) -> list[str]:
        missing = [name for name in matrices or () if name not in names]
        if missing:
            raise DemandError(f"{file}: holds no matrix {missing[0]!r}; it holds {', '.join(names)}")
        return names if matrices is None else list(matrices)

    ids, found, _ = _read(file, choose, mapping, None)
    return ids, found


def _read(
    file: Path, choose: Any, mapping: str | None, wanted: list[str] | None
) -> tuple[list[str], dict[str, FloatArray], dict[str, float]]:
    """Zone ids, the matrices chosen and, where stated, their periods."""
    import openmatrix
    import tables

    if not file.is_file():
        raise DemandError(f"{file}: no such file")
    try:
        with openmatrix.open_file(str(file), "r") as omx:
            shapes = {name: tuple(omx[name].shape) for name in omx.list_matrices()}
            n = _size(file, shapes)
            chosen = choose(list(shapes))
            ids = _zones(file, omx, mapping, n, wanted)
            matrices = {name: np.asarray(omx[name].read(), dtype=np.float64) for name in chosen}
            periods = {name: float(omx[name].attrs[DURATION]) for name in chosen if DURATION in omx[name].attrs}
    except DemandError:
        raise
    except (tables.HDF5ExtError, OSError, ValueError, TypeError, tables.NoSuchNodeError) as fault:
        raise DemandError(f"{file}: is not a readable OMX file ({str(fault).strip().splitlines()[-1]})") from None
    return ids, matrices, periods


def _size(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> int:
    if not shapes:
        raise DemandError(f"{file}: holds no matrix")
    n = next(iter(shapes.values()))[0]
    if set(shapes.values()) != {(n, n)}:
        raise DemandError(f"{file}: matrices have shapes {sorted(set(shapes.values()))}; they must be square and alike")
    return n


def _zones(file: Path, omx: Any, chosen: str | None, n: int, wanted: list[str] | None) -> list[str]:
    """Zones of the rows: those of the mapping that was chosen, of the only one, or 1 to n where there is none."""
    names = omx.list_mappings()
    if chosen is not None and chosen not in names:
        raise DemandError(f"{file}: holds no mapping {chosen!r}; it holds {', '.join(names) or 'none'}")
    if not names:
        return _numbered(file, n, wanted)
    mappings = {name: [text_of(entry) for entry in omx.map_entries(name)] for name in ([chosen] if chosen else names)}
    if len({tuple(ids) for ids in mappings.values()}) > 1:
        raise DemandError(
            f"{file}: holds the mappings {', '.join(names)}, which name the rows differently; choose one with mapping= "
            "(check: --mapping)"
        )
    name, ids = next(iter(mappings.items()))
    if len(ids) != n:
        raise DemandError(f"{file}: mapping {name!r} has {len(ids)} zones, the matrices {n}")
    faults = Faults(file)
    row_of: dict[str, int] = {}
    for row, zone in enumerate(ids, start=1):
        if not zone or zone in {"nan", "inf", "-inf"}:
            faults.add(0, "", f"mapping {name!r} names no zone in row {row} ({zone!r})")
        elif zone in row_of:
            faults.add(0, "", f"mapping {name!r} names zone {zone!r} twice (rows {row_of[zone]} and {row})")
        row_of.setdefault(zone, row)
    faults.raise_any()
    return ids


def _numbered(file: Path, n: int, wanted: list[str] | None) -> list[str]:
    ids = [str(i) for i in range(1, n + 1)]
    if wanted is not None and sorted(zone.strip() for zone in wanted) != sorted(ids):
        raise DemandError(
            f"{file}: holds no mapping, so its zones are 1 to {n}; the zones wanted are others "
            f"({', '.join(wanted[:3])}{', ...' if len(wanted) > 3 else ''}): add a mapping to the file"
        )
    return ids
