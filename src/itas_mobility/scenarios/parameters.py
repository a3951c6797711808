"""Parameter files: numbers with unit, source, year, confidence and range, read from TOML."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from itas_mobility.core.provenance import Parameter, Parameters
from itas_mobility.errors import InputError

_TYPES: Final[dict[str, type]] = {
    "value": float,
    "unit": str,
    "source": str,
    "year": int,
    "confidence": str,
    "low": float,
    "high": float,
}
_OPTIONAL: Final[dict[str, type]] = {"note": str}
_ROOMS: Final = ("network", "demand", "emobility")


def read_parameters(path: str | Path | Traversable) -> Parameters:
    """Read a file of parameters.

    Each parameter is a table ``[name]`` with the keys value, unit, source, year, confidence, low, high and, if
    wanted, note.

    Parameters
    ----------
    path : str or Path
        TOML file.

    Returns
    -------
    parameters : Parameters
        The parameters by name, in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML, or with all faults of its tables, each naming table and key.
    """
    file = Path(path) if isinstance(path, str) else path
    try:
        tables = tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as fault:
        raise InputError(f"{file}: cannot be read ({fault.strerror or fault})") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"{file}: is not UTF-8 text (byte {fault.start}); save it as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{file}: is not valid TOML: {fault}") from fault
    faults: list[str] = []
    items: dict[str, Parameter] = {}
    for name, table in tables.items():
        parameter = _parameter(name, table, faults)
        if parameter is not None:
            items[name] = parameter
    if faults:
        raise InputError(f"{file}: {len(faults)} fault(s)\n" + "\n".join(f"  - {fault}" for fault in faults))
    return Parameters(items)


def default_parameters() -> Parameters:
    """Read the parameters that are shipped with the rooms `network`, `demand` and `emobility`.

    Returns
    -------
    parameters : Parameters
        All of them by name.

    Raises
    ------
    InputError
        If two rooms name a parameter alike.
    """
    items: dict[str, Parameter] = {}
    for room in _ROOMS:
        for name, parameter in read_parameters(files("itas_mobility") / room / "parameters.toml").items():
            if name in items:
                raise InputError(f"parameter {name!r} stands in the files of two rooms; rename one")
            items[name] = parameter
    return Parameters(items)


def _parameter(name: str, table: Any, faults: list[str]) -> Parameter | None:
    if not isinstance(table, dict):
        faults.append(f"{name}: stands outside a table; write it as [{name}] with value, unit, source, ...")
        return None
    known = _TYPES | _OPTIONAL
    before = len(faults)
    for key in table:
        if key not in known:
            faults.append(f"[{name}] {key}: key is not known; known: {', '.join(known)}")
    for key in _TYPES:
        if key not in table:
            faults.append(f"[{name}] {key}: is missing")
    # values are of three kinds, each checked below against `known`
    fields: dict[str, Any] = {}
    for key, kind in known.items():
        if key not in table:
            continue
        value = table[key]
        accepted = (int, float) if kind is float else (kind,)
        if isinstance(value, bool) or not isinstance(value, accepted):
            faults.append(f"[{name}] {key}: {value!r} must be a {'number' if kind is float else kind.__name__}")
        else:
            fields[key] = kind(value)
    if len(faults) > before:
        return None
    try:
        return Parameter(name=name, **fields)
    except InputError as fault:
        faults.append(f"[{name}]: {fault}")
        return None
