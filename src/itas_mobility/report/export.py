"""Tables for spreadsheets and a GeoPackage for geographic information systems."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from itas_mobility.atomic import write_file, write_text
from itas_mobility.core import ZoneKind
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.weekdays import days_of
from itas_mobility.errors import InputError
from itas_mobility.network.pictures.drawing import courses
from itas_mobility.report import maps
from itas_mobility.report.charged_places import BY_SITE, BY_ZONE
from itas_mobility.report.inputs import all_runs, check, region_of, site_names, sites_that_open, table_of
from itas_mobility.report.tables import known_indicators
from itas_mobility.scenarios import INDICATORS, Comparison
from itas_mobility.scenarios.results.tables import TABLES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

LINKS: Final = "links.gpkg"
SHIFTS: Final = "reachability.gpkg"
CHARGING: Final = "charging.gpkg"
ZONES_LAYER: Final = "zones"
FIXED_DATE: Final = "2000-01-01T00:00:00.000Z"
"""Written where the format wants the date of the last change, so that a rerun gives the same bytes."""


def write_tables(comparison: Comparison, folder: str | Path) -> tuple[Path, ...]:
    """Write all tables of a comparison as CSV, and links with volumes and shift reachability as GeoPackages.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    folder : str or Path
        Where to write; made where it does not exist.

    Returns
    -------
    tuple of Path
        ``indicators.csv`` (one row per indicator, one column per scenario), one CSV per table of the runs with the
        scenario's name in the first column (UTF-8, comma, decimal point), and three GeoPackages in WGS 84:
        ``links.gpkg`` (one layer per scenario) and ``reachability.gpkg`` (the layer ``zones`` with the zones'
        polygons, and per scenario a point at the home zone for each row of ``reachability``: filter by site and shift,
        colour by `change` or cause), and ``charging.gpkg`` (the layer ``zones`` again, and per scenario
        ``home_<name>``, points at the home zones with what commuters from there drive and charge at each place, and
        ``site_<name>``, points at the sites with their figures and where their workers charge).

    Raises
    ------
    InputError
        If a run lacks a table or column, two scenarios bear one name, or a file cannot be written.
    """
    import pandas as pd

    check(comparison, language="en")
    folder = Path(folder)
    runs = all_runs(comparison)
    names = [run.scenario.name for run in runs]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"write_tables: two scenarios bear the name {twice!r}; give each its own name")
    written = []
    indicators = known_indicators(INDICATORS, runs)
    rows: list[dict[str, Any]] = [
        {
            "indicator": item.name,
            "unit": item.unit,
            **{run.scenario.name: run.indicators.get(item.name, np.nan) for run in runs},
        }
        for item in indicators
    ]
    frame = pd.DataFrame(rows, columns=["indicator", "unit", *names])
    written.append(_write_csv(frame, folder / "indicators.csv"))
    for table in dict.fromkeys([*TABLES, *(name for run in runs for name in run.tables)]):
        parts = [run.tables[table].assign(scenario=run.scenario.name) for run in runs if table in run.tables]
        joined = pd.concat(parts, ignore_index=True)
        joined = joined[["scenario", *(column for column in joined.columns if column != "scenario")]]
        written.append(_write_csv(joined, folder / f"{_file_name(table)}.csv"))
    links = [link_frame(comparison, run) for run in range(len(runs))]
    written.append(_write_geopackage(dict(zip(_layer_names(names), links, strict=True)), folder / LINKS))
    shifts = [shift_frame(comparison, run) for run in range(len(runs))]
    layers = {ZONES_LAYER: zone_frame(comparison)}
    layers |= dict(zip(_layer_names(names, taken=ZONES_LAYER), shifts, strict=True))
    written.append(_write_geopackage(layers, folder / SHIFTS))
    homes = [f"home_{name}" for name in _layer_names(names)]
    sites = [f"site_{name}" for name in _layer_names(names)]
    layers = {ZONES_LAYER: zone_frame(comparison)}
    layers |= {name: home_charging_frame(comparison, run) for run, name in enumerate(homes)}
    layers |= {name: site_charging_frame(comparison, run) for run, name in enumerate(sites)}
    written.append(_write_geopackage(layers, folder / CHARGING))
    return tuple(written)


def _write_csv(frame: Any, path: Path) -> Path:
    return write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def _file_name(text: str) -> str:
    """A text as part of a file or layer name: letters, digits, ``_`` and ``-`` stay."""
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "_"


def link_frame(comparison: Comparison, run: int) -> "gpd.GeoDataFrame":
    """Links of the region with one run's results and their change against the baseline.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    run : int
        0 for the baseline, then the runs in their order.

    Returns
    -------
    GeoDataFrame
        One row per link for cars (centroid connectors and links without coordinates left out), in WGS 84.
    """
    import geopandas as gpd
    import shapely

    runs = all_runs(comparison)
    region = region_of(comparison)
    roads = region.roads
    frame = maps.street_frame(region, runs[run], runs[0])
    rows = maps.drawn_links(roads)
    ptr, lon_lat_deg = courses(roads, rows)
    lines = shapely.linestrings(lon_lat_deg, indices=np.repeat(np.arange(len(rows)), np.diff(ptr)))
    return gpd.GeoDataFrame(frame, geometry=lines, crs="EPSG:4326")


def zone_frame(comparison: Comparison) -> "gpd.GeoDataFrame":
    """Zones that have a polygon.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.

    Returns
    -------
    GeoDataFrame
        zone_id, name, municipality, kind and polygon, in WGS 84.
    """
    import geopandas as gpd

    zones = region_of(comparison).zones
    rows = maps.drawn_zones(region_of(comparison))
    columns = {
        "zone_id": zones.zone_id[rows].astype(object),
        "name": zones.name[rows].astype(object),
        "municipality": zones.municipality[rows].astype(object),
        "kind": [ZoneKind(int(kind)).name.lower() for kind in zones.kind[rows]],
    }
    return gpd.GeoDataFrame(columns, geometry=list(zones.polygon[rows]), crs="EPSG:4326")


def shift_frame(comparison: Comparison, run: int) -> "gpd.GeoDataFrame":
    """Shift reachability of one run by home zone, and what has changed against the baseline.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    run : int
        0 for the baseline, then the runs in their order.

    Returns
    -------
    GeoDataFrame
        The columns of the table ``reachability`` (times in seconds, NaN where there is no journey or no retiming mends
        it), ``zone_name``, ``share_before`` (share of the row's days on which the zone reached the shift in the
        baseline; NaN where nobody worked it) and ``change`` (share now minus before), at the zone's centre in WGS 84.
    """
    import geopandas as gpd

    runs = all_runs(comparison)
    zones = region_of(comparison).zones
    frame = table_of(runs[run], "reachability").replace(np.inf, np.nan)
    known = {str(zone): row for row, zone in enumerate(zones.zone_id)}
    frame = frame[frame["zone_id"].isin(known)].reset_index(drop=True)
    rows = np.array([known[zone] for zone in frame["zone_id"]], dtype=np.int64)
    frame["zone_name"] = zones.name[rows].astype(object)
    frame["share_before"] = share_before(table_of(runs[0], "reachability"), frame)
    frame["change"] = frame["is_reachable"] - frame["share_before"]
    places = gpd.points_from_xy(zones.lon_deg[rows], zones.lat_deg[rows])
    return gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4326")


def home_charging_frame(comparison: Comparison, run: int) -> "gpd.GeoDataFrame":
    """What commuters of one run drive with electric cars and charge at each place, by home zone.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    run : int
        0 for the baseline, then the runs in their order.

    Returns
    -------
    GeoDataFrame
        The columns of the table ``where_zones`` and ``zone_name``, at the zone's centre in WGS 84; zones of which no
        electric car comes are left out.
    """
    import geopandas as gpd

    zones = region_of(comparison).zones
    frame = table_of(all_runs(comparison)[run], BY_ZONE)
    known = {str(zone): row for row, zone in enumerate(zones.zone_id)}
    frame = frame[frame["zone_id"].isin(known) & (frame["driven_kwh"] > 0)].reset_index(drop=True)
    rows = np.array([known[zone] for zone in frame["zone_id"]], dtype=np.int64)
    frame["zone_name"] = zones.name[rows].astype(object)
    return gpd.GeoDataFrame(
        frame, geometry=gpd.points_from_xy(zones.lon_deg[rows], zones.lat_deg[rows]), crs="EPSG:4326"
    )


def site_charging_frame(comparison: Comparison, run: int) -> "gpd.GeoDataFrame":
    """Figures of the sites of one run, and where those who work there charge.

    Parameters
    ----------
    comparison : Comparison
        What `scenarios.compare` returned.
    run : int
        0 for the baseline, then the runs in their order.

    Returns
    -------
    GeoDataFrame
        The columns of the tables ``sites`` and ``where`` (the latter with ``where_`` before names that both have) and
        ``site_name``, at the middle of the site's gates in WGS 84.
    """
    import geopandas as gpd

    region = region_of(comparison)
    figures = table_of(all_runs(comparison)[run], "sites")
    where = table_of(all_runs(comparison)[run], BY_SITE)
    frame = figures.join(where.set_index("site_id").add_prefix("where_"), on="site_id")
    frame = frame.rename(columns={f"where_{name}": str(name) for name in where if name not in figures})
    frame["site_name"] = frame["site_id"].map(site_names(region, all_runs(comparison)))
    places = {site: one.middle for site, one in sites_that_open(all_runs(comparison)).items()}
    places |= dict(zip(region.sites.site_id.tolist(), maps.site_places(region.sites), strict=True))
    lon_lat_deg = np.array([places[site] for site in frame["site_id"]], np.float64).reshape(-1, 2)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(*lon_lat_deg.T), crs="EPSG:4326")


def share_before(base: "pd.DataFrame", rows: "pd.DataFrame") -> FloatArray:
    """Share of its days on which each row was reachable in the baseline, whose rows may group the days otherwise."""
    keys = ["site_id", "shift", "zone_id"]
    days = [frame[[*keys, "weekday"]].assign(day=frame["weekday"].map(days_of)) for frame in (base, rows)]
    before, now = (frame.assign(row=frame.index).explode("day") for frame in days)
    before["share"] = base["is_reachable"].loc[before["row"]].to_numpy(float)
    joined = now.merge(before[[*keys, "day", "share"]], on=[*keys, "day"], how="left")
    return np.asarray(joined.groupby("row")["share"].mean().reindex(rows.index).to_numpy(), dtype=np.float64)


def _layer_names(names: Sequence[str], taken: str = "") -> list[str]:
    """Scenario names as names of layers, numbered where they would be one and the same."""
    layers = [_file_name(name) for name in names]
    if len({*layers, taken}) <= len(layers):
        layers = [f"{layer}_{i}" for i, layer in enumerate(layers)]
    return layers


def _write_geopackage(layers: "Mapping[str, gpd.GeoDataFrame]", path: Path) -> Path:
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    try:
        return write_file(path, lambda temporary: _write_layers(layers, temporary))
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_layers(layers: "Mapping[str, gpd.GeoDataFrame]", path: Path) -> None:
    path.unlink()  # the format's driver makes its own file
    for i, (layer, frame) in enumerate(layers.items()):
        # not a number that the format can hold: a capacity without limit is left empty
        finite = frame.select_dtypes("number").replace(np.inf, np.nan)
        frame.assign(**finite).to_file(path, layer=layer, driver="GPKG", engine="pyogrio", mode="a" if i else "w")
