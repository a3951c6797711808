"""Scenario files (TOML): reading with all faults of a file at once, `extends`, the JSON Schema for editors."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios.measures import MEASURE_ADAPTER, MEASURES, Measure
from itas_mobility.scenarios.scenario import FileContent, Scenario, conflicts

_CONDITIONS = {"year": "set_year", "temperature_deg": "set_temperature"}
"""Keys of a file that stand for a measure with one key of the same name."""
_KEYS = ("name", "title", "extends", *_CONDITIONS, "measure")


def load(path: str | Path) -> Scenario:
    """Read a scenario file and the files it extends.

    Parameters
    ----------
    path : path
        TOML file; a parent ``extends = "x"`` is ``x.toml`` in the same folder.

    Returns
    -------
    Scenario
        With the measures of its parents first. The keys ``year`` and ``temperature_deg`` are the first of its own, as
        the measures ``set_year`` and ``set_temperature``.

    Raises
    ------
    ScenarioError
        With all faults of the file, each naming measure number and key.
    """
    return _load(Path(path), ())


def _load(path: Path, chain: tuple[str, ...]) -> Scenario:
    if path.stem in chain:
        raise ScenarioError(f"{path.name}: scenarios extend each other in a circle: {' -> '.join((*chain, path.stem))}")
    data = _parse(path)
    faults: list[str] = []
    for key in data:
        if key not in _KEYS:
            faults.append(f"key {key!r} is not known{_did_you_mean(key, _KEYS)}")
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        faults.append("key 'name' is missing or no text")
    elif name != path.stem:
        faults.append(f"key 'name' is {name!r}, must be the name of the file: {path.stem!r}")
    title = data.get("title", {})
    if isinstance(title, str):
        title = {"de": title}
    if not isinstance(title, dict) or not all(k in ("de", "en") and isinstance(v, str) for k, v in title.items()):
        faults.append("key 'title' must be a text, or hold texts 'de' and 'en'")
        title = {}
    measures = [*_conditions(data, faults), *_measures(data.get("measure", []), faults)]
    if not any(fault.startswith(("measure", *(f"key '{key}'" for key in _CONDITIONS))) for fault in faults):
        faults += conflicts(tuple(measures))
    parent = _parent(path, data.get("extends"), chain, faults)
    if faults:
        label = f"{path.name}: " if len(faults) == 1 else f"{path.name}: {len(faults)} faults\n  - "
        raise ScenarioError(label + "\n  - ".join(faults))
    inherited = parent.measures if parent else ()
    return Scenario(
        name=str(name),
        title=title,
        measures=(*inherited, *measures),
        n_inherited=len(inherited),
        parents=(parent.name, *parent.parents) if parent else (),
    )


def _parse(path: Path) -> FileContent:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such scenario file") from None
    except OSError as fault:
        raise ScenarioError(f"{path}: cannot be read ({fault.strerror})") from fault
    except UnicodeDecodeError as fault:
        raise ScenarioError(f"{path.name}: byte {fault.start} is not UTF-8; save the file as UTF-8") from fault
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as fault:
        raise ScenarioError(f"{path.name}: not valid TOML: {fault}") from fault


def _parent(path: Path, extends: object, chain: tuple[str, ...], faults: list[str]) -> Scenario | None:
    if extends is None:
        return None
    if not isinstance(extends, str):
        faults.append("key 'extends' must be the name of one scenario")
        return None
    file = path.parent / f"{extends}.toml"
    if not file.is_file():
        known = sorted(other.stem for other in path.parent.glob("*.toml"))
        faults.append(f"key 'extends': no file {file.name} beside it{_did_you_mean(extends, known)}")
        return None
    return _load(file, (*chain, path.stem))


def _conditions(data: FileContent, faults: list[str]) -> list[Measure]:
    """Year and temperature of a file as the measures that they stand for; they come before all others."""
    measures: list[Measure] = []
    for key, kind in _CONDITIONS.items():
        if key not in data:
            continue
        if isinstance(data[key], bool):  # which the check of numbers takes for 0 and 1
            faults.append(f"key {key!r}: must be a number (got {data[key]!r})")
            continue
        try:
            measures.append(MEASURE_ADAPTER.validate_python({"type": kind, key: data[key]}))
        except ValidationError as fault:
            faults += [f"key {key!r}: {_message(error)} (got {error['input']!r})" for error in fault.errors()]
    return measures


def _measures(items: object, faults: list[str]) -> list[Measure]:
    if not isinstance(items, list):
        faults.append("key 'measure' must be a list of tables: write [[measure]]")
        return []
    measures: list[Measure] = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            faults.append(f"measure {number}: must be a table")
            continue
        kind = item.get("type")
        if not isinstance(kind, str) or kind not in MEASURES:
            hint = _did_you_mean(str(kind), list(MEASURES)) or f"; known: {', '.join(sorted(MEASURES))}"
            faults.append(
                f"measure {number}: type {kind!r} is not known{hint}"
                if kind
                else f"measure {number}: key 'type' is missing{hint}"
            )
            continue
        try:
            measures.append(MEASURE_ADAPTER.validate_python(item))
        except ValidationError as fault:
            faults += [_in_words(number, kind, error) for error in fault.errors(include_url=False)]
    return measures


def _in_words(number: int, kind: str, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"] if part != kind)
    where = f"measure {number} ({kind})" + (f", key {key!r}" if key else "")
    if error["type"] == "extra_forbidden":
        return f"{where}: not known{_did_you_mean(key, list(MEASURES[kind].model_fields))}"
    if error["type"] == "missing":
        return f"{where}: is missing"
    return f"{where}: {_message(error)}" + (f" (got {error['input']!r})" if key else "")


def _message(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _did_you_mean(word: str, known: tuple[str, ...] | list[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def json_schema() -> FileContent:
    """JSON Schema of scenario files, for editors."""
    measure = MEASURE_ADAPTER.json_schema(ref_template="#/$defs/{model}")
    definitions = measure.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "itas_mobility scenario",
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "title": {
                "anyOf": [
                    {"type": "string", "description": "the German title"},
                    {
                        "type": "object",
                        "properties": {"de": {"type": "string"}, "en": {"type": "string"}},
                        "additionalProperties": False,
                    },
                ]
            },
            "extends": {"type": "string", "description": "one parent; its measures come first"},
            **{
                key: {
                    **definitions[MEASURES[kind].__name__]["properties"][key],
                    "description": f"stands for the measure {kind}, before all others",
                }
                for key, kind in _CONDITIONS.items()
            },
            "measure": {"type": "array", "items": measure},
        },
        "$defs": definitions,
    }
