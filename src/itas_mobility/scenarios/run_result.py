"""The result of one scenario: indicators and tables, with all that determined them; its folder on disk."""

import hashlib
import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from itas_mobility.atomic import write_bytes, write_text
from itas_mobility.caching import library_versions
from itas_mobility.core.columns import content_digest, html_card
from itas_mobility.core.region import Region
from itas_mobility.errors import DataWarning, InputError
from itas_mobility.scenarios.indicators import INDICATORS, Indicator
from itas_mobility.scenarios.measures import MEASURE_ADAPTER, MEASURES, Measure
from itas_mobility.scenarios.results.schema import Table
from itas_mobility.scenarios.results.tables import TABLES
from itas_mobility.scenarios.scenario import FileContent, Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.words import Text, number

if TYPE_CHECKING:
    import pandas as pd

RUN_FILE: Final = "run.json"
TIMING_FILE: Final = "timing.json"
SEAL: Final = "sha256"
"""Key of ``run.json`` and ``timing.json`` that holds the SHA-256 of all the rest of the file."""
_UNSEALED: Final = frozenset({"scenario", "digest", "indicators"})
"""All keys that ``run.json`` had before it named files, region, settings and library."""
_CHANGED: Final = "is not as it was written (edited, cut or damaged)"
_OLDER: Final = "was written by an older version, without region, settings and checksums"


@dataclass(frozen=True)
class RunProvenance:
    """What a run was computed from and by, besides its scenario; runs that differ in it are not compared."""

    region_name: str
    region_digest: str
    """SHA-256 of the region before any measure."""
    is_stylised: bool
    settings: RunSettings
    library: Mapping[str, str]
    """Hash of the library's own sources, and versions of Python and of the libraries that compute."""

    def is_region(self, region: Region) -> bool:
        """Whether a region, before any measure, is the one that the run was computed from."""
        return content_digest(region) == self.region_digest


def provenance_of(region: Region, settings: RunSettings) -> RunProvenance:
    """Provenance of a run that this process computes.

    Parameters
    ----------
    region : Region
        The region before any measure.
    settings : RunSettings
        How exactly it is computed.

    Returns
    -------
    RunProvenance
        With the sources and versions that are installed.
    """
    return RunProvenance(region.name, content_digest(region), region.is_stylised, settings, library_versions())


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run of a scenario."""

    scenario: Scenario
    digest: str
    """SHA-256 over region, resolved measures, settings, the library's sources and versions."""
    indicators: Mapping[str, float]
    tables: "Mapping[str, pd.DataFrame]"
    region: Region | None = field(default=None, compare=False)
    """The region with the measures applied; None for a run read from disk."""
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Wall time by stage; not part of the content."""
    provenance: RunProvenance | None = field(default=None, kw_only=True)
    """What it was computed from and by; None where that is not known, as of a run that was put together by hand."""
    long_run: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    """The same indicators once workplaces have reacted to the measures, after years; in `indicators` they stay. Equal
    where no measure makes them react; empty for a run of before there were two horizons."""
    notes: tuple[Text, ...] = field(default=(), kw_only=True)
    """What the run leaves out or could not keep, each in a sentence."""
    noise: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    """How far indicators move by the choice of the solver's start, measured on the baseline (`solver_noise`); empty
    where it was not measured."""
    folder: Path | None = field(default=None, compare=False, kw_only=True)
    """Where it was read from; None for a run of this process."""

    def __post_init__(self) -> None:
        unknown = {*self.indicators, *self.long_run} - set(INDICATORS)
        if unknown:
            raise InputError(f"run {self.scenario.name}: indicators not in the registry: {', '.join(sorted(unknown))}")
        if unknown := set(self.tables) - set(TABLES):
            raise InputError(f"run {self.scenario.name}: tables without a schema: {', '.join(sorted(unknown))}")
        if not all(isinstance(note, Text) for note in self.notes):
            raise InputError(f"run {self.scenario.name}: notes must be texts in both languages (words.Text)")
        object.__setattr__(self, "indicators", MappingProxyType(dict(self.indicators)))
        object.__setattr__(self, "long_run", MappingProxyType(dict(self.long_run)))
        typed = {name: TABLES[name].typed(table) for name, table in self.tables.items()}
        object.__setattr__(self, "tables", MappingProxyType(typed))
        object.__setattr__(self, "noise", MappingProxyType(dict(self.noise)))

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per indicator: name, value, unit, title, value in the long run (nan where that is not known)."""
        import pandas as pd

        columns = ["indicator", "value", "unit", "title", "long_run"]
        rows = [
            (one.name, value, one.unit_text.de, one.title.de, self.long_run.get(one.name, math.nan))
            for one, value in self._shown()
        ]
        return pd.DataFrame(rows, columns=columns)

    def to_mapping(self) -> FileContent:
        """Scenario, digest, provenance and indicators as plain values; an indicator without a value (nan) is None."""
        made = self.provenance
        region = None
        if made is not None:
            region = {"name": made.region_name, "digest": made.region_digest, "is_stylised": made.is_stylised}
        return {
            "scenario": self.scenario.to_mapping(),
            "digest": self.digest,
            "region": region,
            "settings": asdict(made.settings) if made else None,
            "library": dict(made.library) if made else None,
            "indicators": _plain(self.indicators),
            "indicators_long": _plain(self.long_run),
            "notes": [note.to_mapping() for note in self.notes],
            "noise": dict(self.noise),
        }

    def to_json(self) -> str:
        """What `to_mapping` tells as JSON text; the same bytes for the same content."""
        return _json(self.to_mapping())

    def _shown(self) -> list[tuple[Indicator, float]]:
        """Each indicator with its value."""
        return [(INDICATORS[name], value) for name, value in self.indicators.items()]

    def _repr_html_(self) -> str:
        rows = {one.title.de: f"{number(value, one.decimals, 'de')} {one.unit_text.de}" for one, value in self._shown()}
        return html_card(f"{self.scenario.name}: {self.scenario.title_in('de')}", rows)


def _plain(indicators: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in indicators.items()}


def _figures(plain: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in plain.items()}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _sealed(content: Mapping[str, Any]) -> str:
    """JSON text with the SHA-256 of all the rest as its last entry."""
    return _json({**content, SEAL: _sha256(_json(content).encode("utf-8", "replace"))})


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_run(run: Run, folder: str | Path) -> Path:
    """Write a run: one CSV per table, ``timing.json``, and ``run.json``, which names all tables with their SHA-256.

    ``run.json`` and ``timing.json`` end with the SHA-256 of their own rest, so that a change in any file is found.
    Wall times differ from run to run: ``timing.json`` is not part of the content, and `Run.to_json` does not hold them.

    Parameters
    ----------
    run : Run
        A finished run.
    folder : path
        Folder of this run, made where it is missing. Other files in it are left alone.

    Returns
    -------
    Path
        The folder. ``run.json`` is removed first and written last.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RUN_FILE).unlink(missing_ok=True)
    files = {}
    for name, table in run.tables.items():
        content = TABLES[name].to_csv(table)
        write_bytes(folder / f"{name}.csv", content)
        files[f"{name}.csv"] = _sha256(content)
    write_text(folder / TIMING_FILE, _sealed({"seconds": {k: round(v, 3) for k, v in run.seconds.items()}}))
    write_text(folder / RUN_FILE, _sealed({**run.to_mapping(), "files": files}))
    return folder


def read_run(folder: str | Path) -> Run:
    """Read a run that `write_run` wrote.

    Parameters
    ----------
    folder : path
        Folder of the run. Files that ``run.json`` does not name are not read.

    Returns
    -------
    Run
        Without region. Of a folder from before checksums (a `DataWarning` says so) only the indicators are read, and
        `compare` refuses it.

    Raises
    ------
    InputError
        If the folder holds no finished run, or a file of it is missing or not as it was written; all are named.
    """
    folder = Path(folder)
    try:
        content = read_content(folder, accept_older=True)
        if not _is_sealed(content):
            warnings.warn(
                f"{folder / RUN_FILE}: {_OLDER}: only its indicators are read, and it is compared with no other run; "
                "run the scenario again",
                DataWarning,
                stacklevel=2,
            )
        return run_of(content, folder)
    except InputError as fault:
        raise InputError(f"{fault}; run the scenario again") from fault


def _is_sealed(content: Mapping[str, Any]) -> bool:
    return content.keys() != _UNSEALED


def read_content(folder: Path, *, accept_older: bool = False) -> FileContent:
    """Content of ``run.json``, as it was written.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    accept_older : bool, default=False
        Take a file from before checksums, too.

    Returns
    -------
    dict
        Without its own checksum.

    Raises
    ------
    InputError
        If it is missing or not as it was written.
    """
    file = folder / RUN_FILE
    if not file.is_file():
        raise InputError(f"{folder}: holds no finished run ({RUN_FILE} is missing)")
    content = _read_sealed(file)
    if not (_is_sealed(content) or accept_older):
        raise InputError(f"{file}: {_OLDER}")
    return content


def _read_sealed(file: Path) -> FileContent:
    """Content without checksum of a file that is as it was written, or of an older form, which had none."""
    written = _read_bytes(file)
    try:
        content = json.loads(written)
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{file}: is no run of this library ({fault})") from fault
    if not isinstance(content, dict):
        raise InputError(f"{file}: is no run of this library (no JSON object)")
    content.pop(SEAL, None)
    # compared as text: what JSON takes for the same (1e-9 and 1E-9, blanks) is a change all the same
    if _is_sealed(content) and _sealed(content) != written.decode("utf-8", "replace"):
        raise InputError(f"{file}: {_CHANGED}")
    return content


def _read_bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{file}: is missing") from None
    except OSError as fault:
        raise InputError(f"{file}: cannot be read ({fault.strerror})") from fault


def run_of(content: Mapping[str, Any], folder: Path) -> Run:
    """The run of a folder.

    Parameters
    ----------
    content : mapping
        What `read_content` found there.
    folder : Path
        Folder of the run.

    Returns
    -------
    Run
        With those tables that the content names.

    Raises
    ------
    InputError
        If a file is missing or not as it was written (all are named), or the content is not known to this version.
    """
    faults, tables = [], {}
    seconds: Mapping[str, float] = {}
    for name, wanted in content.get("files", {}).items():
        try:
            tables[name] = _read_bytes(folder / name)
        except InputError as fault:
            faults.append(str(fault))
            continue
        if _sha256(tables[name]) != wanted:
            faults.append(f"{folder / name}: {_CHANGED}")
    if _is_sealed(content):
        try:
            seconds = _read_sealed(folder / TIMING_FILE)["seconds"]
        except InputError as fault:
            faults.append(str(fault))
    if faults:
        raise InputError("; ".join(faults))
    try:
        scenario = content["scenario"]
        return Run(
            Scenario(
                scenario["name"],
                scenario["title"],
                tuple(_measure_in(number, given) for number, given in enumerate(scenario["measures"], start=1)),
                scenario["n_inherited"],
                tuple(scenario["parents"]),
            ),
            content["digest"],
            _figures(content["indicators"]),
            {Path(name).stem: _schema_of(name).read_csv(table) for name, table in tables.items()},
            seconds=seconds,
            provenance=_provenance_in(content),
            long_run=_figures(content.get("indicators_long", {})),
            notes=tuple(Text(note["de"], note["en"]) for note in content.get("notes", ())),
            noise=content.get("noise", {}),
            folder=folder,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise InputError(f"{folder / RUN_FILE}: is no run of this version of the library ({fault})") from fault


def _schema_of(file: str) -> Table:
    name = Path(file).stem
    if name not in TABLES:
        raise ValueError(f"there is no table {name!r}; tables are {', '.join(TABLES)}")
    return TABLES[name]


def _measure_in(number: int, given: Mapping[str, Any]) -> Measure:
    from pydantic import ValidationError

    if given["type"] not in MEASURES:
        raise ValueError(f"measure {number}: type {given['type']!r} is not known")
    try:
        return MEASURE_ADAPTER.validate_python(given)
    except ValidationError as fault:
        told = "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in fault.errors(include_url=False))
        raise ValueError(f"measure {number} ({given['type']}): {told}") from fault


def _provenance_in(content: Mapping[str, Any]) -> RunProvenance | None:
    region = content.get("region")
    if region is None:
        return None
    known = {field.name for field in fields(RunSettings)}
    if foreign := sorted(content["settings"].keys() ^ known):
        raise ValueError(f"settings of this version are {', '.join(sorted(known))}; not in both: {', '.join(foreign)}")
    return RunProvenance(
        region["name"],
        region["digest"],
        region["is_stylised"],
        RunSettings(**content["settings"]),
        content["library"],
    )
