"""Geometry and results for the map, small enough to stand inside the page: simplified, quantised, delta-encoded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import IndustrialSites, Region, RoadClass, RoadNetwork, TransitMode, ZoneKind
from itas_mobility.network.forward_star import original_links
from itas_mobility.network.pictures.drawing import courses, drawable, streets
from itas_mobility.network.pictures.plane import Plane, encoded_lines
from itas_mobility.report.charged_places import BY_ZONE, zone_energy_layers
from itas_mobility.report.inputs import table_of
from itas_mobility.report.shift_map import encode_shifts
from itas_mobility.scenarios import Run
from itas_mobility.words import MODES, Text

if TYPE_CHECKING:
    import pandas as pd

GRID_M: Final = 4.0
"""Size of the grid on which coordinates are rounded: below a pixel at the closest zoom the page allows."""
ROAD_TOLERANCE_M: Final = 10.0
ZONE_TOLERANCE_M: Final = 20.0
"""Largest deviation of thinned courses and borders; about a pixel when a town fills the screen."""
PER_MILLE: Final = 1000.0
REACHABLE: Final = "reachable_share"
REACHABLE_WORDS: Final = Text(
    "Alle Schichten: Anteil erreichbar ohne Auto", "All shifts: share reachable without a car"
)

Values = list[int | None]


def region_plane(region: Region) -> Plane:
    """The plane of a region's map.

    Parameters
    ----------
    region : Region
        The region.

    Returns
    -------
    Plane
        In the middle of the centres of its zones, of those inside if there are any.
    """
    inside = region.zones.is_kind(ZoneKind.INTERNAL)
    if not inside.any():
        inside = np.ones(len(region.zones), dtype=bool)
    if not inside.size:
        return Plane(0.0, 0.0, GRID_M)
    zones = region.zones
    return Plane(float(zones.lon_deg[inside].mean()), float(zones.lat_deg[inside].mean()), GRID_M)


def drawn_links(roads: RoadNetwork) -> NDArray[np.int64]:
    """Rows of the links that the map draws: roads for cars whose ends have coordinates, each piece of road once."""
    links = drawable(roads)
    # the tables of runs hold the sum of a link and its copies under the first one
    is_drawn = (original_links(roads)[links] == links) & (roads.road_class[links] <= RoadClass.TRACK)
    return np.asarray(links[is_drawn])


def drawn_streets(roads: RoadNetwork) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Streets that the map draws, in the order of painting.

    Parameters
    ----------
    roads : RoadNetwork
        The network.

    Returns
    -------
    forward, backward : int64 ndarray of shape (n_streets,)
        Rows of links, -1 in `backward` for one-way streets; main roads last, so that they are painted over the others.
    """
    forward, backward = streets(roads, drawn_links(roads))
    order = np.lexsort((forward, -roads.road_class[forward].astype(np.int64)))
    return forward[order], backward[order]


def encode_roads(region: Region, runs: Sequence[Run], plane: Plane) -> dict[str, Any]:
    """Streets with class and name, and of each run the volume and saturation by direction.

    Parameters
    ----------
    region : Region
        The region whose roads are drawn.
    runs : sequence of Run
        The baseline first; later runs are written as differences to it.
    plane : Plane
        The map's plane.

    Returns
    -------
    dict
        ``lines`` (see `encoded_lines`), ``cls``, ``name`` (index into ``names``), ``two`` (1: also a backward
        direction); ``volume`` and ``saturation`` (percent) per run, forward before backward of each street, None
        where the run has no such link; ``unknown``: links of each run that the region does not have.
    """
    roads = region.roads
    forward, backward = drawn_streets(roads)
    names, name = np.unique(roads.name[forward], return_inverse=True) if forward.size else (np.array([""]), forward)
    links = np.column_stack((forward, backward)).ravel()
    keys = roads.link_key[links[links >= 0]]
    columns: dict[str, list[Values]] = {"volume": [], "saturation": []}
    unknown = []
    base: dict[str, NDArray[np.float64]] = {}
    for run in runs:
        table = table_of(run, "links").set_index("link_key")
        unknown.append(int((~table.index.isin(roads.link_key)).sum()))
        for column, source, factor in (("volume", "volume_veh_per_day", 1.0), ("saturation", "saturation_share", 100)):
            values = np.rint(table[source].reindex(keys).to_numpy(dtype=float) * factor)
            columns[column].append(_whole(values - np.nan_to_num(base[column]) if column in base else values))
            base.setdefault(column, values)
    return {
        "lines": plane.thinned_lines(*courses(roads, forward), ROAD_TOLERANCE_M),
        "cls": [int(c) for c in roads.road_class[forward]],
        "names": [str(n) for n in names],
        "name": [int(i) for i in name],
        "two": [int(b >= 0) for b in backward],
        "unknown": unknown,
        **columns,
    }


def _whole(values: NDArray[np.float64]) -> Values:
    return [int(v) if np.isfinite(v) else None for v in values]


def _rounded(column: "pd.Series[Any]", factor: float) -> Values:
    return _whole(np.rint(column.to_numpy(dtype=float) * factor))


def town_names(region: Region) -> list[tuple[str, float, float, float, bool]]:
    """Names to write on the map: one per municipality, at the residents' centre.

    Parameters
    ----------
    region : Region
        The region.

    Returns
    -------
    list of (name, lon_deg, lat_deg, residents, is_outside)
        Those inside the region first, each the largest first. A municipality of several zones bears what their names
        have in common, else the name of the zone with most residents.
    """
    zones = region.zones
    towns = []
    rows = np.flatnonzero(zones.kind != ZoneKind.SITE)
    for key in np.unique(zones.municipality[rows]):
        mine = rows[zones.municipality[rows] == key]
        groups = [mine] if zones.kind[mine[0]] == ZoneKind.INTERNAL else [np.array([row]) for row in mine]
        for group in groups:
            residents = zones.residents[group]
            weight = residents if residents.sum() > 0 else np.ones(len(group))
            largest = str(zones.name[group[int(np.argmax(weight))]])
            towns.append(
                (
                    _common_name([str(n) for n in zones.name[group]], largest),
                    float(np.average(zones.lon_deg[group], weights=weight)),
                    float(np.average(zones.lat_deg[group], weights=weight)),
                    float(residents.sum()),
                    bool(zones.kind[group[0]] == ZoneKind.EXTERNAL),
                )
            )
    return sorted(towns, key=lambda town: (town[4], -town[3], town[0]))


def municipality_names(region: Region) -> list[str]:
    """Name of the municipality of each zone, as the map writes it; empty for a zone outside the region.

    Parameters
    ----------
    region : Region
        The region.

    Returns
    -------
    list of str
        In the order of the zones. A municipality in which nothing but sites lies bears the name of its first site.
    """
    zones = region.zones
    names = [""] * len(zones)
    for key in np.unique(zones.municipality):
        inside = np.flatnonzero((zones.municipality == key) & (zones.kind != ZoneKind.EXTERNAL))
        homes = inside[zones.kind[inside] == ZoneKind.INTERNAL]
        named = homes if homes.size else inside[:1]
        if named.size:
            largest = str(zones.name[named[int(np.argmax(zones.residents[named]))]])
            name = _common_name([str(zones.name[row]) for row in named], largest)
            for row in inside:
                names[row] = name
    return names


def _common_name(names: Sequence[str], largest: str) -> str:
    if len(names) == 1:
        return largest
    # a common beginning counts only where it ends at a mark between words in every name
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    stem = first[:length]
    if any(len(name) > length and name[length].isalnum() and (not stem or stem[-1].isalnum()) for name in names):
        stem = stem[: max((i for i, sign in enumerate(stem) if not sign.isalnum()), default=0)]
    # a comma or a spaced dash separates the town from its part
    stem = stem.split(",")[0].split(" – ")[0].rstrip(" ;:(/-–·")
    return stem if len(stem) >= 3 else largest


def drawn_zones(region: Region) -> list[int]:
    """Rows of the zones that the map draws: those with a polygon."""
    polygon = region.zones.polygon
    return [row for row in range(len(region.zones)) if polygon[row] is not None and not polygon[row].is_empty]


def encode_zones(region: Region, runs: Sequence[Run], plane: Plane) -> dict[str, Any]:
    """Zone polygons, names and kinds, and of each run the shares (per mille) and workers.

    Parameters
    ----------
    region : Region
        The region.
    runs : sequence of Run
        The baseline first.
    plane : Plane
        The map's plane.

    Returns
    -------
    dict
        ``rings`` (see `encoded_lines`), ``owner`` (index of the ring's zone), ``name``, ``kind``, ``layers`` (see
        `zone_layers` and `zone_energy_layers`, the latter where anybody charges), and ``values``: per run a dict of
        columns.
    """
    import shapely

    zones = region.zones
    rows = drawn_zones(region)
    polygons, zone = shapely.get_parts(zones.polygon[rows], return_index=True)
    rings, part = shapely.get_rings(polygons, return_index=True)
    ptr = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))]).astype(np.int64)
    tables = [table_of(run, "zones").set_index("zone_id").reindex(zones.zone_id[rows]) for run in runs]
    layers = zone_layers(tables)
    factors = {**{layer["column"]: PER_MILLE for layer in layers}, "workers": 1.0}
    values = [{name: _rounded(table[name], factor) for name, factor in factors.items()} for table in tables]
    energy = zone_energy_layers()
    for run, of_run in zip(runs, values, strict=True):
        charged = table_of(run, BY_ZONE).set_index("zone_id").reindex(zones.zone_id[rows])
        of_run |= {layer["column"]: _rounded(charged[layer["column"]], 1.0) for layer in energy}
    if any(any(of_run[layer["column"]]) for layer in energy for of_run in values):
        layers = layers + energy
    return {
        "rings": plane.thinned_lines(ptr, shapely.get_coordinates(rings), ZONE_TOLERANCE_M),
        "owner": zone[part].tolist(),
        "name": [str(zones.name[row]) for row in rows],
        "kind": [int(zones.kind[row]) for row in rows],
        "layers": layers,
        "values": values,
    }


def zone_layers(tables: "Sequence[pd.DataFrame]") -> list[dict[str, Any]]:
    """Shares that can colour the zones: of workers who reach their shift, and of each mode that commuters choose.

    Parameters
    ----------
    tables : sequence of DataFrame
        The table ``zones`` of each run.

    Returns
    -------
    list of dict
        ``column``, ``label`` (by language) and ``unit`` (None: a share) of those that all tables hold; modes in the
        order of `words.MODES`.
    """
    named: dict[str, Text] = {REACHABLE: REACHABLE_WORDS}
    named |= {f"{mode}_share": words.share_on_map for mode, words in MODES.items()}
    return [
        {"column": column, "label": label.to_mapping(), "unit": None}
        for column, label in named.items()
        if all(column in table for table in tables)
    ]


def site_places(sites: IndustrialSites) -> list[tuple[float, float]]:
    """Longitude and latitude of each site: the middle of its gates."""
    spans = (slice(a, b) for a, b in zip(sites.gate_ptr[:-1], sites.gate_ptr[1:], strict=True))
    return [(float(sites.gate_lon_deg[gates].mean()), float(sites.gate_lat_deg[gates].mean())) for gates in spans]


def encode_sites(region: Region, runs: Sequence[Run], plane: Plane) -> dict[str, Any]:
    """Sites at the middle of their gates, with what the tooltip shows of each run."""
    sites = region.sites
    xy = [plane.steps(plane.metres(np.array([place]))[0]).tolist() for place in site_places(sites)]
    values = []
    for run in runs:
        table = table_of(run, "sites").set_index("site_id").reindex(sites.site_id)
        values.append(
            {
                name: _rounded(table[name], factor)
                for name, factor in (
                    ("workers", 1.0),
                    ("car_share", PER_MILLE),
                    ("transit_share", PER_MILLE),
                    ("reachable_share", PER_MILLE),
                    ("cars", 1.0),
                    ("electric_cars", 1.0),
                    ("charging_peak_kw", 1.0),
                    ("grid_connection_kw", 1.0),
                )
            }
        )
    return {"xy": xy, "name": [str(n) for n in sites.name], "values": values}


def encode_transit(region: Region, plane: Plane) -> dict[str, Any]:
    """Line courses from stop to stop (one of two opposite directions) and the stops they serve."""
    transit = region.transit
    seen: dict[tuple[str, int, tuple[int, ...]], None] = {}
    for row in range(transit.n_patterns):
        stops = tuple(transit.stop[transit.stop_ptr[row] : transit.stop_ptr[row + 1]].tolist())
        key = (str(transit.line[row]), int(transit.mode[row]))
        if (*key, stops[::-1]) not in seen:
            seen.setdefault((*key, stops), None)
    served = sorted({stop for _, _, stops in seen for stop in stops})
    position = {stop: i for i, stop in enumerate(served)}
    xy = plane.steps(plane.metres(np.column_stack([transit.stop_lon_deg[served], transit.stop_lat_deg[served]])))
    return {
        "stops": encoded_lines(np.array([len(served)] if served else [], np.int64), xy),
        "name": [str(transit.stop_name[stop]) for stop in served],
        "lines": [
            {"line": line, "mode": TransitMode(mode).name, "stops": [position[stop] for stop in stops]}
            for line, mode, stops in seen
        ],
    }


def encode_map(region: Region, runs: Sequence[Run]) -> dict[str, Any]:
    """Everything the map script draws, as plain lists of whole numbers and texts.

    Parameters
    ----------
    region : Region
        The region.
    runs : sequence of Run
        The baseline first.

    Returns
    -------
    dict
        ``grid_m``, ``roads``, ``zones``, ``shifts``, ``sites``, ``transit``, ``towns``; ready for `json.dumps`.
    """
    plane = region_plane(region)
    towns = []
    for name, lon, lat, residents, is_outside in town_names(region):
        x, y = plane.steps(plane.metres(np.array([[lon, lat]])))[0]
        towns.append(
            {"name": name, "x": int(x), "y": int(y), "residents": round(residents), "outside": int(is_outside)}
        )
    return {
        "grid_m": GRID_M,
        "roads": encode_roads(region, runs, plane),
        "zones": encode_zones(region, runs, plane),
        "shifts": encode_shifts(region, runs, region.zones.zone_id[drawn_zones(region)].tolist()),
        "sites": encode_sites(region, runs, plane),
        "transit": encode_transit(region, plane),
        "towns": towns,
    }


def street_frame(region: Region, run: Run, base: Run) -> "pd.DataFrame":
    """Links of the region with a run's volumes and their change against the baseline (for geographic files).

    Parameters
    ----------
    region : Region
        Gives the links and their attributes.
    run, base : Run
        The run and its baseline.

    Returns
    -------
    DataFrame
        One row per drawn link of the region, in the order of its rows: attributes, the run's columns of the table
        ``links``, ``change_veh_per_day``; NaN where a run has no such link.
    """
    import pandas as pd

    rows = drawn_links(region.roads)
    keys = region.roads.link_key[rows]
    frame = pd.DataFrame(
        {
            "link_key": keys,
            "name": region.roads.name[rows].astype(object),
            "road_class": [RoadClass(int(c)).name.lower() for c in region.roads.road_class[rows]],
            "length_m": region.roads.length_m[rows],
            "capacity_veh_per_h": region.roads.capacity_veh_per_h[rows],
        }
    )
    mine = table_of(run, "links").set_index("link_key").reindex(keys)
    before = table_of(base, "links").set_index("link_key").reindex(keys)
    for column in mine.columns:
        frame[column] = mine[column].to_numpy()
    frame["change_veh_per_day"] = (mine["volume_veh_per_day"] - before["volume_veh_per_day"]).to_numpy()
    return frame
