"""Published ranges that ship with the library, and the reader of their file."""

import tomllib
from dataclasses import MISSING, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from itas_mobility.core.published_range import PublishedRange
from itas_mobility.errors import InputError

FILE: Final = "ranges.toml"
_TABLE: Final = "range"
_TYPES: Final[dict[str, type]] = {
    field.name: {"str": str, "float": float, "int": int, "bool": bool}[getattr(field.type, "__name__", str(field.type))]
    for field in fields(PublishedRange)
}
_WANTED: Final = frozenset(field.name for field in fields(PublishedRange) if field.default is MISSING)


@cache
def published_ranges() -> tuple[PublishedRange, ...]:
    """The ranges that realism tests are held against.

    Returns
    -------
    tuple of PublishedRange
        In the order of ``ranges.toml`` of this room.
    """
    return read_ranges(files("itas_mobility.demand.calibration") / FILE)


def read_ranges(path: str | Path | Traversable) -> tuple[PublishedRange, ...]:
    """Read a file of published ranges: a table ``[[range]]`` each, with the fields of `PublishedRange` as keys.

    Parameters
    ----------
    path : str or Path
        TOML file.

    Returns
    -------
    tuple of PublishedRange
        In the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML, or with all faults of its tables, each naming table and key: unknown
        or missing keys, values of another kind, two bars of the same figure and horizon.
    """
    file = Path(path) if isinstance(path, str) else path
    try:
        content = tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as fault:
        raise InputError(f"{file}: cannot be read ({fault.strerror or fault})") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"{file}: is not UTF-8 text (byte {fault.start}); save it as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{file}: is not valid TOML: {fault}") from fault
    faults = [f"{key}: is not known; each range is a table [[{_TABLE}]]" for key in content if key != _TABLE]
    tables = content.get(_TABLE, [])
    if not isinstance(tables, list):
        faults.append(f"{_TABLE}: must be a list of tables, written [[{_TABLE}]]")
        tables = []
    found = [one for number, table in enumerate(tables, 1) if (one := _range(number, table, faults)) is not None]
    bars = [(one.test, one.horizon) for one in found if one.use == "bar"]
    faults += [
        f"{test}, {horizon}: has two bars; one figure is judged by one"
        for test, horizon in dict.fromkeys(bars)
        if bars.count((test, horizon)) > 1
    ]
    if faults:
        raise InputError(f"{file}: {len(faults)} fault(s)\n" + "\n".join(f"  - {fault}" for fault in faults))
    return tuple(found)


def _range(number: int, table: Any, faults: list[str]) -> PublishedRange | None:
    """A range, or None with its faults noted."""
    where = f"[[{_TABLE}]] number {number}"
    if not isinstance(table, dict):
        faults.append(f"{where}: is no table")
        return None
    where += f" ({table['test']})" if isinstance(table.get("test"), str) else ""
    mine = [f"{where} {key}: key is not known; known: {', '.join(_TYPES)}" for key in table if key not in _TYPES]
    mine += [f"{where} {key}: is missing" for key in _TYPES if key in _WANTED and key not in table]
    values: dict[str, Any] = {}
    for key, kind in _TYPES.items():
        if key not in table:
            continue
        value = table[key]
        accepted = (int, float) if kind is float else (kind,)
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            mine.append(f"{where} {key}: {value!r} must be a {'number' if kind is float else kind.__name__}")
        else:
            values[key] = kind(value)
    if not mine:
        try:
            return PublishedRange(**values)
        except InputError as fault:
            mine.append(f"{where}: {fault}")
    faults += mine
    return None
