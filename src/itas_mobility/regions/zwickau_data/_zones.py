"""Traffic zones: municipalities divided by real stops, external zones, and their names, centroids and polygons."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from itas_mobility.regions.zwickau_data._geometry import Array, to_lonlat, to_plane
from itas_mobility.regions.zwickau_data._stops import Stops, short

KREIS = "14524"
CITY_AGS = "14524330"
CITY_ZONES = 38
RESIDENTS_PER_ZONE = 2070.0
SIMPLIFY_M = 40.0
GATEWAY_RADIUS_M = 3000.0
AWKWARD = re.compile(
    r"Abzw|Gh |EH |Wartehalle|Wende|ehem|Einm|\d|SBH|Sbh|Schulbus|Nr|Trafo|Ortseingang|Ortsgrenze", re.IGNORECASE
)


# a stop "Schlunzig Gemeindeverwaltung" names the place Schlunzig
GENERIC = re.compile(
    r"Gemeindeverw|Gemeindea|Gemeindeh|Gasthof|Schule|schule|Kirche|Feuerwehr|Gerätehaus|Kaufhalle|Wartehalle|Bahnhof|Rathaus|"
    r"Markt|Post|Ort|Mitte|Siedlung|Gewerbegebiet|Dorf|dorf|Kinder|Krankenhaus|Wohnpark|Kreisverkehr|Wende|"
    r"Verwaltungszentrum|Agrarhof|Neubau|Gh "
)

NO_PLACE = frozenset(("Neues", "Obere", "Oberer", "Untere", "Unterer", "Gartenanlage", "Gasthof"))


@dataclass
class Zone:
    """One zone before its numbers are known; `weight` is its share of the stops of its municipality."""

    zone_id: str
    name: str
    ags: str
    kind: str
    xy: Array
    weight: float
    polygon: BaseGeometry
    kreise: tuple[str, ...] = ()


@dataclass(frozen=True)
class Municipality:
    """One row of the municipality table."""

    ags: str
    name: str
    residents_2018: int
    lon: float
    lat: float
    polygon: BaseGeometry


def read_municipalities(source: Path) -> list[Municipality]:
    """Municipalities of the Kreis and its neighbours with their polygons in the plane."""
    with (source / "gemeinden_zwickau_and_neighbours_vg250_2017.geojson").open(encoding="utf-8") as file:
        neighbours = json.load(file)["features"]
    with (source / "gemeinden_14524_vg250_2017.geojson").open(encoding="utf-8") as file:
        own = json.load(file)["features"]
    shapes: dict[str, list[BaseGeometry]] = {}
    for feature in [*own, *(f for f in neighbours if not f["properties"]["AGS"].startswith(KREIS))]:
        polygon = shapely.transform(shapely.from_geojson(json.dumps(feature["geometry"])), to_plane)
        shapes.setdefault(feature["properties"]["AGS"], []).append(polygon)
    with (source / "gemeinden_zwickau_region.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["ags"])
    return [
        Municipality(
            r["ags"],
            r["name"],
            int(r["pop_destatis_odl"] or r["pop_2011_12_31"] or 0),
            float(r["lon_odl"] or r["lon_reppt"]),
            float(r["lat_odl"] or r["lat_reppt"]),
            shapely.union_all(shapes[r["ags"]]),
        )
        for r in rows
        if r["ags"] in shapes
    ]


def internal_zones(municipalities: list[Municipality], stops: Stops) -> list[Zone]:
    """About 150 zones: each municipality cut by the Voronoi cells of its stops' cluster centres."""
    zones: list[Zone] = []
    taken: set[str] = set()
    for m in municipalities:
        if m.ags.startswith(KREIS):
            zones += _divide(m, stops, taken)
    return zones


def _divide(m: Municipality, stops: Stops, taken: set[str]) -> list[Zone]:
    rows = [i for i, ags in enumerate(stops.ags) if ags == m.ags]
    nodes = sorted({stops.cluster[i] for i in rows})
    points = stops.cluster_xy[nodes]
    count = CITY_ZONES if m.ags == CITY_AGS else max(1, round(m.residents_2018 / RESIDENTS_PER_ZONE))
    centres, label = lloyd(points, count)
    cells = _cells(centres, m.polygon)
    zones = []
    for k in range(count):
        own = points[label == k]
        inside = own[shapely.contains_xy(cells[k], own)] if len(own) else own
        own = inside if len(inside) else own
        middle = own.mean(axis=0)
        name = m.name
        if count > 1:
            name = _name(m.name, middle, [i for i in rows if label[nodes.index(stops.cluster[i])] == k], stops, taken)
        taken.add(name)
        # the stop-weighted middle, unless it lies in open country: then the most central stop
        centre = own[np.hypot(*(own - middle).T).argmin()]
        if count > 1 and np.hypot(*(centre - middle)) < 300.0 and shapely.contains_xy(cells[k], *middle):
            centre = middle
        zones.append(Zone(f"{m.ags}-{k + 1:02d}", name, m.ags, "internal", centre, len(own) / len(points), cells[k]))
    return zones


def lloyd(points: Array, count: int) -> tuple[Array, Array]:
    """Lloyd's clustering from a deterministic start (bisection of the points); centres run north to south."""
    centres = np.array([part.mean(axis=0) for part in _bisect(points, count)])
    label = np.zeros(len(points), dtype=int)
    for _ in range(200):
        gaps = np.hypot(points[:, None, 0] - centres[None, :, 0], points[:, None, 1] - centres[None, :, 1])
        label = gaps.argmin(axis=1)
        for k in np.flatnonzero(np.bincount(label, minlength=count) == 0):
            # an empty cluster restarts at the point worst served
            worst = int(gaps.min(axis=1).argmax())
            centres[k], label[worst], gaps[worst] = points[worst], k, 0.0
        new = np.array([points[label == k].mean(axis=0) if (label == k).any() else centres[k] for k in range(count)])
        if np.abs(new - centres).max() < 0.01:
            break
        centres = new
    order = np.lexsort((centres[:, 0].round(), -centres[:, 1].round()))
    rank = np.empty(count, dtype=int)
    rank[order] = np.arange(count)
    return centres[order], rank[label]


def _bisect(points: Array, count: int) -> list[Array]:
    """Cut the points across their longer side, in proportion to the clusters on either side, down to one each."""
    if count == 1:
        return [points]
    axis = int(np.ptp(points, axis=0).argmax())
    ordered = points[np.lexsort((points[:, 1 - axis], points[:, axis]))]
    left = count // 2
    cut = round(len(points) * left / count)
    return _bisect(ordered[:cut], left) + _bisect(ordered[cut:], count - left)


def _cells(centres: Array, polygon: BaseGeometry) -> list[BaseGeometry]:
    if len(centres) == 1:
        return [polygon]
    frame = shapely.envelope(polygon).buffer(1000.0)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=frame))
    owner = [next(c for c in cells if shapely.contains_xy(c, *centre)) for centre in centres]
    return [shapely.intersection(c, polygon) for c in owner]


def _name(town: str, middle: Array, rows: list[int], stops: Stops, taken: set[str]) -> str:
    """The municipality and the most central stop with a name fit for a place."""

    def rank(i: int) -> tuple[float, int]:
        penalty = 3.0 if AWKWARD.search(stops.name[i]) else 1.0
        return float(np.hypot(*(stops.xy[i] - middle))) * penalty + 400.0 * (penalty - 1.0), i

    first = [short(n).partition(" ") for n, t in zip(stops.name, stops.municipality, strict=True) if t == town]
    localities = {
        w for w, _, rest in first if rest and len(w) > 4 and w not in NO_PLACE and sum(w == v for v, _, _ in first) > 1
    }
    plain = town.split("/", maxsplit=1)[0] if town == "Lichtenstein/Sa." else town
    for i in sorted(rows, key=rank):
        place = short(stops.name[i]).removeprefix(f"{plain} ").removeprefix(f"{plain}-")
        locality, _, rest = place.partition(" ")
        if GENERIC.match(rest) and locality in localities and f"{town} – {locality}" not in taken:
            place = locality
        if place not in ("", plain) and f"{town} – {place}" not in taken and "(" not in place:
            return f"{town} – {place}"
    raise ValueError(f"no name for a zone of {town}")


def read_externals(path: Path) -> dict[str, Any]:
    """The hand-entered external zones and the rule that maps far Kreise to them."""
    with path.open("rb") as file:
        return tomllib.load(file)


def external_zones(
    data: dict[str, Any], municipalities: list[Municipality], stops: Stops, gateways: dict[str, tuple[float, float]]
) -> tuple[list[Zone], dict[tuple[str, str], float]]:
    """External zones, and the share of each Kreis in each of them (by residents, Chemnitz by stops)."""
    point = _places(data, stops, gateways)
    parts: dict[str, list[BaseGeometry]] = {e["id"]: [] for e in data["external"]}
    weight: dict[tuple[str, str], float] = {}
    for kreis in sorted({k for e in data["external"] for k in e.get("kreise", ())}):
        ids = [e["id"] for e in data["external"] if kreis in e.get("kreise", ())]
        members = [m for m in municipalities if m.ags.startswith(kreis)]
        if len(members) == 1 and len(ids) > 1:
            _split_city(members[0], ids, point, stops, parts, weight)
        else:
            _join_to_nearest(kreis, members, ids, point, parts, weight)
    zones = [_external_zone(e, point[e["id"]], parts[e["id"]], weight) for e in data["external"]]
    shares = {}
    for (kreis, zone_id), w in weight.items():
        shares[kreis, zone_id] = w / sum(v for (k, _), v in weight.items() if k == kreis)
    return zones, shares


def _places(data: dict[str, Any], stops: Stops, gateways: dict[str, tuple[float, float]]) -> dict[str, Array]:
    """Where each external zone lies: at its stop, or at the end of its motorway."""
    near = [e for e in data["external"] if "stop" in e]
    point = {e["id"]: stops.cluster_xy[stops.cluster[stops.find(e["stop"])]] for e in near}
    return point | {name: to_plane(np.array(place))[0] for name, place in gateways.items()}


def _join_to_nearest(
    kreis: str,
    members: list[Municipality],
    ids: list[str],
    point: dict[str, Array],
    parts: dict[str, list[BaseGeometry]],
    weight: dict[tuple[str, str], float],
) -> None:
    """Each municipality of a Kreis belongs to the nearest of its zones."""
    for m in members:
        xy = to_plane(np.array([m.lon, m.lat]))[0]
        best = min(ids, key=lambda z: (float(np.hypot(*(point[z] - xy))), z))
        parts[best].append(m.polygon)
        weight[kreis, best] = weight.get((kreis, best), 0.0) + m.residents_2018


def _external_zone(
    entry: dict[str, Any], place: Array, parts: list[BaseGeometry], weight: dict[tuple[str, str], float]
) -> Zone:
    """The zone of an entry; a hexagon where it has no municipalities of its own."""
    hexagon = shapely.Point(place).buffer(GATEWAY_RADIUS_M, quad_segs=2)
    residents = sum(w for (_, z), w in weight.items() if z == entry["id"])
    kreise = tuple(entry.get("kreise", ()))
    polygon = shapely.union_all(parts) if parts else hexagon
    return Zone(entry["id"], entry["name"], entry["kreis"], "external", place, residents, polygon, kreise)


def _split_city(
    m: Municipality,
    ids: list[str],
    point: dict[str, Array],
    stops: Stops,
    parts: dict[str, list[BaseGeometry]],
    weight: dict[tuple[str, str], float],
) -> None:
    cells = _cells(np.array([point[z] for z in ids]), m.polygon)
    nodes = sorted({c for c, ags in zip(stops.cluster, stops.ags, strict=True) if ags == m.ags})
    gaps = np.array([np.hypot(*(stops.cluster_xy[nodes] - point[z]).T) for z in ids])
    counts = np.bincount(gaps.argmin(axis=0), minlength=len(ids))
    for zone_id, cell, count in zip(ids, cells, counts, strict=True):
        parts[zone_id].append(cell)
        weight[m.ags[:5], zone_id] = m.residents_2018 * float(count) / len(nodes)


def fit_together(zones: list[Zone]) -> None:
    """Node all outlines against each other, simplify them as one coverage and round, so that neighbours still fit."""
    covering = [z for z in zones if not (z.kind == "external" and not z.kreise)]
    lines = shapely.union_all([z.polygon.boundary for z in covering], grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    tree = shapely.STRtree([z.polygon for z in covering])
    owned: dict[int, list[BaseGeometry]] = {}
    for face in faces:
        inner = face.representative_point()
        hits = sorted(int(k) for k in tree.query(inner, predicate="intersects"))
        if hits:
            owned.setdefault(hits[0], []).append(face)
    whole = [shapely.union_all(owned[k]) for k in range(len(covering))]
    for zone, polygon in zip(covering, shapely.coverage_simplify(whole, SIMPLIFY_M), strict=True):
        zone.polygon = polygon


def write_zones(path: Path, zones: list[Zone], numbers: dict[str, dict[str, int]]) -> None:
    """GeoJSON with coordinates rounded to 5 decimals, one feature per line."""
    lines = []
    for zone in zones:
        lon, lat = np.round(to_lonlat(zone.xy)[0], 6)
        geometry = json.loads(shapely.to_geojson(shapely.transform(zone.polygon, lambda c: np.round(to_lonlat(c), 5))))
        properties = {
            "zone_id": zone.zone_id, "name": zone.name, "ags": zone.ags, "kind": zone.kind,
            **numbers[zone.zone_id], "lon": float(lon), "lat": float(lat),
        }  # fmt: skip
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    note = "Outlines: GeoBasis-DE / BKG 2017 (simplified, divided by the stylised rule of SOURCES.md)"
    text = (
        '{"type":"FeatureCollection","attribution":'
        + json.dumps(note)
        + ',"features":[\n'
        + ",\n".join(lines)
        + "\n]}\n"
    )
    path.write_text(text, encoding="utf-8")
