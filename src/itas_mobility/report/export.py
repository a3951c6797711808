"""Tables for spreadsheets and a GeoPackage for geographic information systems."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from itas_mobility.atomic import write_file, write_text
from itas_mobility.errors import InputError
from itas_mobility.report import maps
from itas_mobility.report.inputs import COLUMNS, all_runs, check, read_registry, region_of
from itas_mobility.report.tables import known_indicators
from itas_mobility.scenarios import Comparison

if TYPE_CHECKING:
    import geopandas as gpd

GEOPACKAGE: Final = "links.gpkg"
FIXED_DATE: Final = "2000-01-01T00:00:00.000Z"
"""Written where the format wants the date of the last change, so that a rerun gives the same bytes."""


def write_tables(comparison: Comparison, folder: str | Path) -> tuple[Path, ...]:
    """Write all tables of a comparison as CSV, and the links with their volumes as a GeoPackage.

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
        scenario's name in the first column (UTF-8, comma, decimal point), and ``links.gpkg`` (one layer per
        scenario, WGS 84).

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
    indicators = known_indicators(read_registry(), runs)
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
    for table in dict.fromkeys([*COLUMNS, *(name for run in runs for name in run.tables)]):
        parts = [run.tables[table].assign(scenario=run.scenario.name) for run in runs if table in run.tables]
        joined = pd.concat(parts, ignore_index=True)
        joined = joined[["scenario", *(column for column in joined.columns if column != "scenario")]]
        written.append(_write_csv(joined, folder / f"{_file_name(table)}.csv"))
    written.append(_write_geopackage(comparison, folder / GEOPACKAGE))
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
    lines = []
    for link in rows.tolist():
        span = slice(roads.shape_ptr[link], roads.shape_ptr[link + 1])
        course = np.column_stack((roads.shape_lon_deg[span], roads.shape_lat_deg[span]))
        if len(course) < 2:
            ends = [roads.tail[link], roads.head[link]]
            course = np.column_stack((roads.node_lon_deg[ends], roads.node_lat_deg[ends]))
        lines.append(shapely.LineString(course))
    return gpd.GeoDataFrame(frame, geometry=lines, crs="EPSG:4326")


def _write_geopackage(comparison: Comparison, path: Path) -> Path:
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    try:
        return write_file(path, lambda temporary: _write_layers(comparison, temporary))
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_layers(comparison: Comparison, path: Path) -> None:
    layers = [_file_name(run.scenario.name) for run in all_runs(comparison)]
    if len(set(layers)) != len(layers):
        layers = [f"{layer}_{i}" for i, layer in enumerate(layers)]
    path.unlink()  # the format's driver makes its own file
    for i, layer in enumerate(layers):
        frame = link_frame(comparison, i)
        # not a number that the format can hold: a capacity without limit is left empty
        frame["capacity_veh_per_h"] = frame["capacity_veh_per_h"].replace(np.inf, np.nan)
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio", mode="a" if i else "w")
