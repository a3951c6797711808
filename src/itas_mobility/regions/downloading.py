"""Fetch the full data of a region: OpenStreetMap and timetable, from the sources its ``online.toml`` lists."""

import datetime as dt
import os
import shlex
import shutil
import time
import tomllib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from itas_mobility import network
from itas_mobility.atomic import write_file
from itas_mobility.caching import writable_cache_folder
from itas_mobility.core.weekdays import WEEKDAYS
from itas_mobility.errors import InputError, NetworkError
from itas_mobility.network.osm.online.fetching import (
    FetchedFile,
    OnlineSettings,
    Sleep,
    download,
    kept_file,
    write_manifest,
)
from itas_mobility.network.osm.unpacking import file_format

_DATA: Final = Path(__file__).parent / "zwickau_data"
_REGIONS: Final[Mapping[str, Path]] = {"zwickau": _DATA / "online.toml"}
_GTFS_URL: Final = "ITAS_MOBILITY_GTFS_URL"
_GTFS_FILES: Final = frozenset({"stops.txt", "trips.txt", "stop_times.txt"})
"""Files without which there is no timetable (GTFS reference, required files)."""


@dataclass(frozen=True, slots=True)
class FetchedRegion:
    """What was fetched for a region, and what comes next."""

    files: tuple[FetchedFile, ...]
    others: Mapping[str, str]
    """Name and title of the sources that were not fetched."""
    next_command: str

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON holds it."""
        files = [
            {
                "file": str(file.path), "title": file.title, "address": file.address, "fetched_at": file.fetched_at,
                "sha256": file.sha256, "bytes": file.size_bytes, "licence": file.licence,
                "attribution": file.attribution, "manifest": str(file.manifest_path), "reused": file.is_reused,
            }
            for file in self.files
        ]  # fmt: skip
        return {"files": files, "not_fetched": dict(self.others), "next": self.next_command}


def fetch_region(
    region: str,
    *,
    out: str | Path | None = None,
    sources: Sequence[str] | None = None,
    gtfs_url: str | None = None,
    osm_url: str | None = None,
    settings: OnlineSettings | None = None,
    refresh: bool = False,
    sleep: Sleep = time.sleep,
) -> FetchedRegion:
    """Download the data of a region, each file checked, checksummed and with a manifest beside it.

    Parameters
    ----------
    region : str
        ``zwickau``.
    out : path, optional
        Folder of the files; ``fetched/REGION`` in the user's cache if left out.
    sources : sequence of str, optional
        Names of the sources to fetch. By default the region's OpenStreetMap data, and those whose address is given.
    gtfs_url : str, optional
        Address of a timetable feed; the environment variable ``ITAS_MOBILITY_GTFS_URL`` if left out.
    osm_url : str, optional
        Address of an OpenStreetMap extract, fetched instead of the region's data from Overpass.
    settings : OnlineSettings, optional
        By default those of `network.online_settings`.
    refresh : bool, default=False
        Fetch even what is there already.
    sleep : callable, default=time.sleep
        Waits for a number of seconds.

    Returns
    -------
    FetchedRegion
        Files, what else there is, and the next command.

    Raises
    ------
    InputError
        If region or source is unknown, or a file cannot be fetched or is not what it should be. Files fetched before
        stay and are not fetched again by the next call.
    """
    if region not in _REGIONS:
        raise InputError(f"fetch: region {region!r} is not known; there is: {', '.join(_REGIONS)}")
    about = tomllib.loads(_REGIONS[region].read_text(encoding="utf-8"))
    listed = {source["name"]: source for source in about["source"]}
    addresses = {"gtfs_url": gtfs_url or os.environ.get(_GTFS_URL, "").strip() or None, "osm_url": osm_url}
    chosen = _chosen(listed, sources, addresses)
    folder = Path(out) if out is not None else writable_cache_folder("fetched", region)
    settings = settings or network.online_settings()
    files = []
    for source in chosen:
        path = folder / source["file"]
        fetch = _fetch_place if source["kind"] == "place" else _fetch_file
        files.append(fetch(source, path, settings=settings, refresh=refresh, sleep=sleep))
    names = {source["name"] for source in chosen}
    others = {name: source["title"] for name, source in listed.items() if name not in names}
    is_feed = [source["kind"] == "gtfs" for source in chosen]
    osm = next((file for file, is_gtfs in zip(files, is_feed, strict=True) if not is_gtfs), None)
    feed = next((file for file, is_gtfs in zip(files, is_feed, strict=True) if is_gtfs), None)
    return FetchedRegion(tuple(files), others, _next_command(region, osm, feed, about["residents"]))


def _chosen(
    listed: Mapping[str, dict[str, Any]], sources: Sequence[str] | None, addresses: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The sources to fetch, with the addresses that hold for them."""
    given = {name: addresses.get(source.get("option", "")) for name, source in listed.items()}
    if sources:
        unknown = [name for name in sources if name not in listed]
        if unknown:
            raise InputError(f"fetch: source {unknown[0]!r} is not known; there are: {', '.join(listed)}")
        names = list(dict.fromkeys(sources))
    else:
        has_osm = any(given[name] for name, source in listed.items() if source["kind"] == "osm")
        names = [name for name, source in listed.items() if given[name] or (source["is_default"] and not has_osm)]
    chosen = []
    for name in names:
        source = {**listed[name], **({"address": given[name]} if given[name] else {})}
        if source["kind"] != "place" and "address" not in source:
            option = "--" + source["option"].replace("_", "-")
            raise InputError(f"fetch: source {name!r} has no address; give one with {option} (or {_GTFS_URL})")
        chosen.append(source)
    return chosen


def _fetch_place(
    source: Mapping[str, Any], path: Path, *, settings: OnlineSettings, refresh: bool, sleep: Sleep
) -> FetchedFile:
    """The roads and lines of a place, copied from the cache to where they are wanted."""
    if not refresh and (kept := kept_file(path, title=source["title"])) is not None:
        return kept
    fetched = network.fetch_place(source["place"], settings=settings, refresh=refresh, sleep=sleep).file
    write_file(path, lambda temporary: shutil.copyfile(fetched.path, temporary))
    copied = replace(
        fetched, path=path, title=source["title"], licence=source["licence"], attribution=source["attribution"],
        is_reused=False,
    )  # fmt: skip
    return write_manifest(copied, place=source["place"])


def _fetch_file(
    source: Mapping[str, Any], path: Path, *, settings: OnlineSettings, refresh: bool, sleep: Sleep
) -> FetchedFile:
    checks: Mapping[str, Callable[[Path], object]] = {"osm": file_format, "gtfs": _check_feed}
    return download(
        source["address"],
        path,
        title=source["title"],
        licence=source["licence"],
        attribution=source["attribution"],
        check=checks[source["kind"]],
        settings=settings,
        refresh=refresh,
        sleep=sleep,
    )


def _check_feed(path: Path) -> None:
    """Refuse what is no timetable feed; its content is looked at by the reader."""
    try:
        with zipfile.ZipFile(path) as feed:
            missing = _GTFS_FILES - set(feed.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise NetworkError("answered something that is no zip file; a GTFS feed is expected") from None
    if missing:
        raise NetworkError(f"answered a zip file without {', '.join(sorted(missing))}; a GTFS feed is expected")


def _next_command(region: str, osm: FetchedFile | None, feed: FetchedFile | None, residents: int) -> str:
    """How to make a region of the files; timetables are published some weeks ahead, so the next whole week is named."""
    file = shlex.quote(str(osm.path)) if osm is not None else "FILE.osm.pbf"
    timetable = ""
    if feed is not None:
        fetched = dt.date.fromisoformat(feed.fetched_at[:10])
        monday = fetched + dt.timedelta(days=-fetched.weekday() % len(WEEKDAYS))
        timetable = f" --gtfs {shlex.quote(str(feed.path))} --week {monday.isoformat()}"
    return f"itas-mobility build --osm {file}{timetable} --population {residents} --out {region}_full"
