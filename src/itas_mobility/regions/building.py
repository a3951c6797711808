"""Make a region folder from one's own OpenStreetMap file, or from a place that is fetched."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from itas_mobility import network
from itas_mobility.atomic import write_text
from itas_mobility.core.region import Region
from itas_mobility.core.road import RoadClass, RoadNetwork
from itas_mobility.errors import InputError, ItasError
from itas_mobility.geo import to_degrees, to_metric, utm_epsg
from itas_mobility.network.osm.online.overpass import FetchedPlace
from itas_mobility.regions.reading import read_region
from itas_mobility.regions.timetables import Feeds, chosen_feeds

_LIVING = (RoadClass.RESIDENTIAL, RoadClass.LIVING_STREET, RoadClass.UNCLASSIFIED)
_WORKING = (RoadClass.SECONDARY, RoadClass.TERTIARY, RoadClass.UNCLASSIFIED, RoadClass.SERVICE)
_LEAST_SHARE = 0.001
"""A grid cell with less than this share of residents and jobs is no zone."""


def build_region(
    osm: str | Path | None,
    out: str | Path,
    *,
    place: str | None = None,
    name: str | None = None,
    zones: str | Path | None = None,
    sites: str | Path | None = None,
    population: float | None = None,
    employed_share: float = 0.41,
    grid_m: float = 1000.0,
    gtfs: Sequence[str | Path] = (),
    dates: Sequence[str] = (),
    week: str | None = None,
    gtfs_sources: Sequence[str] = (),
) -> Region:
    """Make a region folder from an OpenStreetMap file or the name of a place, and read it.

    Parameters
    ----------
    osm : path or None
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf`` with roads, and route relations unless feeds are given.
    out : path
        Folder to make.
    place : str, optional
        Instead of a file: a place whose roads and lines are fetched (`network.fetch_place`). Grid zones then lie inside
        its outline.
    name : str, optional
        Name of the region; the file's or place's name if left out.
    zones : path, optional
        GeoJSON of zones in the form of the embedded region. Without it, zones are the cells of a grid, and
        `population` is needed.
    sites : path, optional
        ``sites.toml`` in the form of the embedded region.
    population : float, optional
        Residents of the area, spread over the cells by the length of their residential streets.
    employed_share : float, default=0.41
        Employees subject to social insurance per resident for grid zones; Germany 2023: 34.8 of 84.5 million
        (Federal Employment Agency; Destatis).
    grid_m : float, default=1000
        Edge of the cells in metres.
    gtfs : sequence of path, optional
        Feeds (GTFS) of the timetable, copied into the folder. The region's lines are then theirs, as far as they touch
        its zones, and not those of OpenStreetMap.
    dates : sequence of str, optional
        Service days of the feeds as ``"2026-11-24"``. Runs judge the first one.
    week : str, optional
        Instead of dates: the first of seven days that stand for Monday to Sunday, so that runs judge each shift on its
        own days.
    gtfs_sources : sequence of str, optional
        Attribution of each feed; by default who its own files say published it.

    Returns
    -------
    Region
        The region, as `read_region` reads it.

    Raises
    ------
    InputError
        If neither zones nor a population are given, a file cannot be used or fetched, zones, sites or feeds do not lie
        where the roads are, or no trip of a feed runs on the days; the message then says when trips run. Nothing is
        left behind.
    """
    out = Path(out)
    _check_asked(osm, place, zones, population)
    if (out / "region.toml").exists():
        raise InputError(f"{out}: already holds a region; choose another folder or remove it")
    feeds = _chosen(gtfs, dates, week, gtfs_sources)
    fetched = None
    if place is not None:
        fetched = network.fetch_place(place)
        osm = fetched.path
    assert osm is not None
    osm = Path(osm)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        if zones is not None:
            shutil.copyfile(zones, part / "zones.geojson")
        else:
            roads = network.read_osm(osm, mode="car", clip=None if fetched is None else fetched.clip())
            assert population is not None
            write_text(part / "zones.geojson", _grid_zones(roads, population, employed_share, grid_m))
        if sites is not None:
            shutil.copyfile(sites, part / "sites.toml")
        for path in (osm, *(() if feeds is None else feeds.paths)):
            shutil.copyfile(path, part / path.name)
        lines = _head(name or place or osm.name.split(".")[0], osm, feeds, week, has_sites=sites is not None)
        lines += _source(
            name="OpenStreetMap", year=_year(fetched), licence="ODbL 1.0", attribution="© OpenStreetMap-Mitwirkende",
            used_for="roads and lines" if feeds is None else "roads",
        )  # fmt: skip
        lines += _feed_sources(feeds, gtfs_sources)
        write_text(part / "region.toml", "\n".join(lines) + "\n")
        given = {part / "zones.geojson": zones, part / "sites.toml": sites, part / osm.name: osm}
        given |= {part / Path(path).name: path for path in gtfs}
        region = _read_copies(part, {copy: Path(path) for copy, path in given.items() if path is not None})
        out.parent.mkdir(parents=True, exist_ok=True)
        part.rename(out)
    except FileNotFoundError as fault:
        raise InputError(f"{fault.filename}: no such file") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return region


def _check_asked(osm: str | Path | None, place: str | None, zones: str | Path | None, population: float | None) -> None:
    """Refuse to build from two things, or from too few."""
    if (osm is None) == (place is None):
        raise InputError("build: give either an OpenStreetMap file or the name of a place")
    if zones is None and (population is None or not population > 0):
        raise InputError("build: give zones (a GeoJSON file) or the population of the area for zones made by a grid")


def _head(label: str, osm: Path, feeds: Feeds | None, week: str | None, *, has_sites: bool) -> list[str]:
    """First lines of ``region.toml``: what the region is called, and its files."""
    lines = [f"name = {json.dumps(label)}", f"title = {json.dumps(label)}", "is_stylised = false"]
    lines += [f"osm = {json.dumps(osm.name)}", 'zones = "zones.geojson"']
    if has_sites:
        lines.append('sites = "sites.toml"')
    if feeds is not None:
        lines.append(f"gtfs = {json.dumps([path.name for path in feeds.paths], ensure_ascii=False)}")
        lines.append(f"week = {json.dumps(week)}" if feeds.is_week else f"date = {json.dumps(list(feeds.dates))}")
    return lines


def _read_copies(part: Path, given: Mapping[Path, Path]) -> Region:
    """The region in a folder that is removed if there are faults: these name the files that were given."""
    try:
        return read_region(part)
    except ItasError as fault:
        message = str(fault)
        for copy, path in given.items():
            message = message.replace(str(copy), str(path))
        raise type(fault)(message) from fault


def _chosen(gtfs: Sequence[str | Path], dates: Sequence[str], week: str | None, sources: Sequence[str]) -> Feeds | None:
    """The feeds and their days, if there are any."""
    if not gtfs:
        if dates or week is not None or sources:
            raise InputError("build: service days and sources of a timetable need a feed (GTFS)")
        return None
    names = [Path(path).name for path in gtfs]
    if len(set(names)) < len(names):
        raise InputError(f"build: the feeds {', '.join(names)} share a name; rename one, as all lie in one folder")
    if sources and len(sources) != len(names):
        raise InputError(f"build: {len(sources)} sources for {len(names)} feeds; give one for each, or none")
    return chosen_feeds(gtfs, dates, week, where="build")


def _feed_sources(feeds: Feeds | None, attributions: Sequence[str]) -> list[str]:
    """Lines of ``region.toml`` that name who published the feeds."""
    if feeds is None:
        return []
    days = f"{feeds.dates[0]} to {feeds.dates[-1]}" if feeds.is_week else ", ".join(feeds.dates)
    given = attributions or [network.transit.feed_publisher(path) or "see the publisher" for path in feeds.paths]
    return [
        line
        for path, attribution in zip(feeds.paths, given, strict=True)
        for line in _source(
            name=f"GTFS {path.name}", year=feeds.dates[0][:4], licence="see the publisher", attribution=attribution,
            used_for=f"lines and timetable of {days}",
        )
    ]  # fmt: skip


def _source(**entries: str) -> list[str]:
    """Lines of ``region.toml`` for a source."""
    return ["", "[[source]]", *(f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in entries.items())]


def _year(fetched: FetchedPlace | None) -> str:
    """Year of the data, known if they were fetched."""
    return "" if fetched is None else fetched.file.fetched_at[:4]


def _grid_zones(roads: RoadNetwork, population: float, employed_share: float, grid_m: float) -> str:
    """GeoJSON of square zones: residents by residential streets, jobs by the streets on which works and shops lie."""
    middle_lon = (roads.node_lon_deg[roads.tail] + roads.node_lon_deg[roads.head]) / 2
    middle_lat = (roads.node_lat_deg[roads.tail] + roads.node_lat_deg[roads.head]) / 2
    epsg = utm_epsg(float(np.median(middle_lon)), float(np.median(middle_lat)))
    x, y = to_metric(middle_lon, middle_lat, epsg=epsg)
    column, row = np.floor(x / grid_m).astype(np.int64), np.floor(y / grid_m).astype(np.int64)
    cells, cell_of_link = np.unique(np.stack([column, row]), axis=1, return_inverse=True)
    cell_of_link = cell_of_link.ravel()
    living = np.where(np.isin(roads.road_class, _LIVING), roads.length_m, 0.0)
    working = np.where(np.isin(roads.road_class, _WORKING), roads.length_m, 0.0)
    n = cells.shape[1]
    resident_share = _share(np.bincount(cell_of_link, living, minlength=n))
    job_share = _share(np.bincount(cell_of_link, living + working, minlength=n))
    kept = np.flatnonzero(resident_share + job_share >= 2 * _LEAST_SHARE)
    if kept.size < 2:
        raise InputError(f"build: a grid of {grid_m:g} m gives {kept.size} zones; choose a finer grid")
    resident_share, job_share = _share(resident_share[kept]), _share(job_share[kept])
    weight = np.maximum(living + working, 1e-9)
    features = []
    for number, cell in enumerate(kept):
        inside = cell_of_link == cell
        lon, lat = to_degrees(
            [np.average(x[inside], weights=weight[inside])], [np.average(y[inside], weights=weight[inside])], epsg=epsg
        )
        left, bottom = cells[0, cell] * grid_m, cells[1, cell] * grid_m
        corner_x = [left, left + grid_m, left + grid_m, left, left]
        corner_y = [bottom, bottom, bottom + grid_m, bottom + grid_m, bottom]
        ring_lon, ring_lat = to_degrees(corner_x, corner_y, epsg=epsg)
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "zone_id": f"grid-{number + 1:03d}",
                    "name": f"Rasterzelle {number + 1}",
                    "ags": "00000000",
                    "kind": "internal",
                    "residents": round(population * float(resident_share[number]), 3),
                    "employed_residents": round(population * employed_share * float(resident_share[number]), 3),
                    "jobs": round(population * employed_share * float(job_share[number]), 3),
                    "lon": round(float(lon[0]), 6),
                    "lat": round(float(lat[0]), 6),
                },
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        [[round(float(a), 6), round(float(b), 6)] for a, b in zip(ring_lon, ring_lat, strict=True)]
                    ],
                },
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def _share(weight: np.ndarray) -> np.ndarray:
    total = weight.sum()
    if total <= 0:
        raise InputError("build: the file holds no residential streets to make zones from; give zones")
    return np.asarray(weight / total)
