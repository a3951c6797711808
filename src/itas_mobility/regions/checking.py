"""Validation of one input file, with findings that name file, line or field, for people and machines."""

import re
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from itas_mobility import demand, network, scenarios
from itas_mobility.core import Finding, ODMatrix, ReadReport
from itas_mobility.demand.matrix_files.csv_tables import first_column
from itas_mobility.errors import DataWarning, InputError, NetworkError
from itas_mobility.regions.placing import refuse_gates_elsewhere, snaps
from itas_mobility.regions.reading import read_about, read_region, read_sites, read_zones
from itas_mobility.regions.timetables import feed_paths

_MOST_OF_A_KIND: Final = 5
"""So many findings of a kind are shown of lines; the others are counted."""
_REGION_FILE: Final = "region.toml"
_LINE: Final = re.compile(r"\bline (\d+)")
_FEED_FILES: Final = frozenset({"agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"})
_FIELD: Final = re.compile(r"(?:key|column|property|field) '?([\w:.]*\w)'?")


def check_file(
    path: str | Path,
    *,
    kind: str | None = None,
    zones: str | Path | None = None,
    matrix: str | None = None,
    mapping: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
) -> dict[str, Any]:
    """Validate one input file.

    Parameters
    ----------
    path : path
        File to check, or a region folder: its feeds are checked, then all of it is read.
    kind : {"osm", "gtfs", "od", "zones", "sites", "scenario", "tntp", "region"}, optional
        What the file is; guessed from its name, or from the names of what a zip archive holds, if left out.
    zones : path, optional
        Zones (GeoJSON): needed for sites, used for a matrix.
    matrix, mapping : str, optional
        Which matrix of an OMX file, and which mapping that tells its zones, where the file holds several.
    decimal, thousands : str, optional
        Signs in the numbers of a matrix in CSV, where they are not certain (see `demand.read_matrix`).

    Returns
    -------
    dict
        ``status`` ("ok" or "error"), ``findings`` (severity, file, line, field, message) and ``summary``.

    Raises
    ------
    InputError
        If there is no such file, or its kind cannot be told or is not known.
    """
    path = Path(path)
    if path.is_dir():
        path /= _REGION_FILE
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    kind = kind or _guess(path)
    read = partial(demand.read_matrix, path, matrix=matrix, mapping=mapping, decimal=decimal, thousands=thousands)
    checks: dict[str, Callable[[], dict[str, Any]]] = {
        "od": lambda: _check_od(zones, read),
        "zones": lambda: _check_zones(path),
        "sites": lambda: _check_sites(path, zones),
        "scenario": lambda: _check_scenario(path),
        "tntp": lambda: _check_tntp(path),
    }
    with_findings: dict[str, Callable[[], tuple[list[dict[str, Any]], dict[str, Any]]]] = {
        "osm": lambda: _check_osm(path),
        "gtfs": lambda: _check_gtfs(path),
        "region": lambda: _check_region(path.parent),
    }
    if kind not in {*checks, *with_findings}:
        raise InputError(f"check {path}: kind {kind!r} is not known; known: {', '.join([*checks, *with_findings])}")
    findings: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if kind in with_findings:
                findings, summary = with_findings[kind]()
            else:
                summary = checks[kind]()
        except InputError as fault:
            findings += [_finding("error", path, message) for message in _messages(str(fault))]
    findings += [_finding("warning", path, str(warning.message)) for warning in caught]
    status = "error" if any(finding["severity"] == "error" for finding in findings) else "ok"
    return {"status": status, "findings": findings, "summary": summary}


def _guess(path: Path) -> str:
    name = path.name.lower()
    if name == _REGION_FILE:
        return "region"
    for endings, kind in (
        ((".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf"), "osm"),
        ((".geojson",), "zones"),
        ((".csv", ".omx", ".npy"), "od"),
        ((".tntp",), "tntp"),
    ):
        if name.endswith(endings):
            return kind
    if name.endswith(".zip") and _may_be_feed(path):
        return "gtfs"
    if name.endswith(".toml"):
        return "sites" if "[[site]]" in path.read_text(encoding="utf-8", errors="replace") else "scenario"
    raise InputError(f"check {path}: what it is cannot be told from its name; add --kind")


def _may_be_feed(path: Path) -> bool:
    """Whether an archive holds a file of a feed, or cannot be looked into, so that the check says why."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {PurePosixPath(name).name for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True
    return bool(names & _FEED_FILES)


def _messages(text: str) -> list[str]:
    """The faults of one error, one each."""
    head, *rest = text.split("\n")
    faults = [line.strip().removeprefix("- ") for line in rest if line.strip()]
    return [f"{head.split(': ')[0]}: {fault}" for fault in faults] or [head]


def _finding(severity: str, path: Path, message: str) -> dict[str, Any]:
    line = _LINE.search(message)
    field = _FIELD.search(message)
    return {
        "severity": severity,
        "file": str(path),
        "line": int(line.group(1)) if line else None,
        "field": field.group(1) if field else None,
        "message": message,
    }


def _check_osm(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    roads = network.read_osm(path, mode="car")
    counts = dict(roads.report.counts) if roads.report else {}
    try:
        lines = network.read_osm_lines(path)
    except NetworkError as fault:
        # a file without lines is a sound file of roads
        warnings.warn(f"{fault} (roads alone can be used)", DataWarning, stacklevel=2)
        return [], {"road_nodes": roads.n_nodes, "road_links": roads.n_links, "line_patterns": 0, **counts}
    summary = {"road_nodes": roads.n_nodes, "road_links": roads.n_links, "line_patterns": lines.n_patterns, **counts}
    return [] if lines.report is None else _first_of_each(lines.report, path), summary


def _first_of_each(report: ReadReport, path: Path) -> list[dict[str, Any]]:
    """The first findings of each kind, and how many there are besides."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    shown = []
    for rule, found in by_rule.items():
        shown += [_content(finding) for finding in found[:_MOST_OF_A_KIND]]
        if (more := report.counts[rule] - _MOST_OF_A_KIND) > 0:
            shown.append(_finding(found[0].severity, path, f"{path}: {more} more {rule}"))
    return shown


def _content(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in ("severity", "file", "line", "field", "message")}


def _check_gtfs(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    found = network.transit.check_gtfs(path)
    return [_content(finding) for finding in found], dict(found.summary)


def _check_region(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All feeds of the folder by all rules; if none has errors, the whole region."""
    findings = [found for path in feed_paths(read_about(folder), folder) for found in _check_gtfs(path)[0]]
    if any(finding["severity"] == "error" for finding in findings):
        return findings, {}
    region = read_region(folder)
    summary: dict[str, Any] = {
        "zones": len(region.zones),
        "sites": len(region.sites),
        "road_links": region.roads.n_links,
        "line_patterns": region.transit.n_patterns,
    }
    summary_m, far = snaps(region)
    summary |= summary_m
    findings += [_finding("warning", folder / _REGION_FILE, one) for one in far]
    if region.timetable is not None:
        days = list(zip(region.timetable.label.tolist(), region.timetable.timetables, strict=True))
        summary["trips"] = ", ".join(f"{label} {timetable.n_trips}" for label, timetable in days)
        about = folder / _REGION_FILE
        idle = [str(label) for label, timetable in days if not timetable.n_trips]
        findings += [_finding("warning", about, f"{about}: no trip runs on {label}") for label in idle]
    return findings, summary


def _check_od(zones: str | Path | None, read: Callable[..., ODMatrix]) -> dict[str, Any]:
    ids = read_zones(Path(zones)).zone_id if zones is not None and str(zones).endswith("json") else _zone_ids(zones)
    matrix = read(zone_ids=ids)
    return {
        "zones": len(matrix),
        "pairs": int((matrix.trips > 0).sum()),
        "total": matrix.total,
        "intrazonal": float(np.trace(matrix.trips)),
    }


def _zone_ids(zones: str | Path | None) -> np.ndarray | None:
    """Zone ids from the first column of a CSV."""
    return None if zones is None else np.array(first_column(Path(zones)), dtype=str)


def _check_zones(path: Path) -> dict[str, Any]:
    zones = read_zones(path)
    return {"zones": len(zones), "residents": float(zones.residents.sum()), "jobs": float(zones.jobs.sum())}


def _check_sites(path: Path, zones: str | Path | None) -> dict[str, Any]:
    if zones is None:
        raise InputError(f"{path}: give the zones with --zones to check sites")
    outside = read_zones(Path(zones))
    _, sites = read_sites(path, outside, scenarios.default_parameters())
    refuse_gates_elsewhere(outside, sites, path)
    return {"sites": len(sites), "head_count": float(sites.head_count.sum())}


def _check_scenario(path: Path) -> dict[str, Any]:
    scenario = scenarios.load(path)
    return {"name": scenario.name, "measures": len(scenario.measures), "parents": list(scenario.parents)}


def _check_tntp(path: Path) -> dict[str, Any]:
    roads = network.read_tntp(path)
    return {"zones": roads.n_zones, "nodes": roads.n_nodes, "links": roads.n_links}
