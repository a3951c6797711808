"""The part of a map that is wanted: a box, a polygon, a polygon file, or an administrative area of the map itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.osm.osm_file import OsmText, RawNodes, RawRelation, opened

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

Box: TypeAlias = tuple[float, float, float, float]
Clip: TypeAlias = "Box | BaseGeometry | Path | str | int | None"
"""(west, south, east, north) in degrees; shapely polygon; polygon file; name, official municipality key (AGS) or
relation id of an administrative area of the map."""
Area: TypeAlias = "Box | Polygon | MultiPolygon"
"""What clips become: a box or a polygon in degrees."""

_POLYGON_FILES: Final = (".poly", ".geojson", ".json", ".gpkg", ".shp")
_KEY_TAGS: Final = ("de:amtlicher_gemeindeschluessel", "de:regionalschluessel")
"""OpenStreetMap wiki: keys of the official German municipality keys (8 digits, or 5 for a district) and of the
regional keys (12 digits)."""


def find_clip(clip: Clip, *, map_file: Path | None = None) -> "Area | None":
    """The area that a clip stands for.

    Parameters
    ----------
    clip : box, polygon, Path, str, int or None
        (west, south, east, north) in degrees; a shapely polygon in degrees; a path to a polygon file (.poly of Osmosis,
        GeoJSON, GeoPackage, Shapefile; text with such an ending is a path too); other text is the name or the official
        key of an administrative area in the map file, a number the id of its relation.
    map_file : Path, optional
        OpenStreetMap file in which areas are looked up.

    Returns
    -------
    box, polygon or None
        Area in degrees; None for no clip.

    Raises
    ------
    NetworkError
        If the box or polygon is not possible, the polygon file cannot be read, or the map holds no such area, several,
        or not the whole of its border.
    """
    import shapely

    if clip is None:
        return None
    if isinstance(clip, tuple | list):
        if (
            len(clip) != 4
            or not all(isinstance(value, int | float | np.number) and np.isfinite(value) for value in clip)
            or not (clip[0] < clip[2] and clip[1] < clip[3])
        ):
            raise NetworkError(
                f"clip={clip!r}: must be (west, south, east, north) in degrees, west < east, south < north"
            )
        west, south, east, north = map(float, clip)
        return west, south, east, north
    if isinstance(clip, shapely.geometry.base.BaseGeometry):
        return _checked(clip, "clip")
    if isinstance(clip, Path) or (isinstance(clip, str) and clip.lower().endswith(_POLYGON_FILES)):
        return _from_file(Path(clip))
    if isinstance(clip, bool) or not isinstance(clip, str | int):
        raise NetworkError(f"clip={clip!r}: give a box, a polygon, a polygon file, or an area's name, key or relation")
    if map_file is None:
        raise NetworkError(f"clip={clip!r}: areas can be looked up in files only; give a box or a polygon")
    return _from_map(clip, map_file)


def is_inside(area: Area, lon_deg: FloatArray, lat_deg: FloatArray) -> BoolArray:
    """Which places lie in an area or on its border.

    Parameters
    ----------
    area : box or polygon
        From `find_clip`.
    lon_deg, lat_deg : float64 ndarray of shape (n,)
        Places.

    Returns
    -------
    bool ndarray of shape (n,)
        Whether each lies inside.
    """
    import shapely

    if isinstance(area, tuple):
        west, south, east, north = area
        return np.asarray((lon_deg >= west) & (lon_deg <= east) & (lat_deg >= south) & (lat_deg <= north))
    shapely.prepare(area)
    return np.asarray(shapely.intersects_xy(area, lon_deg, lat_deg))


def _checked(shape: "BaseGeometry", label: str) -> "Polygon | MultiPolygon":
    import shapely

    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        raise NetworkError(f"{label}: is a {shape.geom_type or 'nothing'}, not a polygon with an area")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise NetworkError(f"{label}: reaches from {west, south} to {east, north}; give longitude, latitude in degrees")
    if not shape.is_valid:
        raise NetworkError(f"{label}: is not a valid polygon ({shapely.is_valid_reason(shape)}); mend it")
    return shape


def _from_file(path: Path) -> "Polygon | MultiPolygon":
    import shapely

    if not path.is_file():
        raise NetworkError(f"{path}: no such polygon file")
    if path.suffix.lower() not in _POLYGON_FILES:
        raise NetworkError(f"{path}: not a polygon file; use one ending with {', '.join(_POLYGON_FILES)}")
    if path.suffix.lower() == ".poly":
        return _checked(_from_poly(path), str(path))
    import geopandas

    try:
        frame = geopandas.read_file(path)
        # a table without geometry has no such column
        column = frame.geometry if isinstance(frame, geopandas.GeoDataFrame) else geopandas.GeoSeries([])
        column = column if column.crs is None else column.to_crs("EPSG:4326")
        shapes = [shape for shape in column if shape is not None]
    except (OSError, ValueError, RuntimeError) as fault:
        raise NetworkError(f"{path}: polygons cannot be read: {str(fault).strip()}") from None
    flat = [part for shape in shapes for part in getattr(shape, "geoms", [shape])]
    for row, shape in enumerate(flat):
        _checked(shape, f"{path}: feature {row}")
    return _checked(shapely.union_all(flat), str(path))


def _from_poly(path: Path) -> "BaseGeometry":
    """Polygon of a .poly file: OpenStreetMap wiki, Osmosis polygon filter file format."""
    import shapely

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise NetworkError(f"{path}: cannot be read: {fault}") from None
    rings: list[tuple[bool, int, list[tuple[float, float]]]] = []
    is_open = False
    for number, line in enumerate(lines[1:], start=2):
        words = line.split()
        if not words:
            continue
        if words == ["END"]:
            if not is_open:
                break
            is_open = False
        elif not is_open:
            rings.append((words[0].startswith("!"), number, []))
            is_open = True
        else:
            try:
                lon, lat = map(float, words)
            except ValueError:
                raise NetworkError(f"{path}: line {number}: {line.strip()[:80]!r} is not two numbers") from None
            rings[-1][2].append((lon, lat))
    if is_open or not rings:
        raise NetworkError(f"{path}: line {len(lines)}: a ring is not closed by END; the file is cut off")
    area: BaseGeometry = shapely.Polygon()
    for is_hole, number, points in rings:
        if len(points) < 3:
            raise NetworkError(f"{path}: line {number}: the ring that begins here has fewer than three points")
        ring = shapely.Polygon(points)
        if not ring.is_valid:
            raise NetworkError(f"{path}: line {number}: the ring that begins here crosses itself")
        area = area.difference(ring) if is_hole else area.union(ring)
    return area


def _from_map(wanted: str | int, map_file: Path) -> "Polygon | MultiPolygon":
    """An administrative area, put together from the ways of its relation."""

    def is_wanted(tags: dict[str, str]) -> bool:
        if tags.get("boundary") != "administrative":
            return False
        keys = [tags[key].replace(" ", "") for key in _KEY_TAGS if key in tags]
        return tags.get("name") == wanted or any(wanted == key or wanted == key.rstrip("0") for key in keys)

    # a way of a border need not carry a tag: all ways are read, once
    with opened(map_file) as text:
        if isinstance(wanted, int):
            found = [r for r in text.relations(lambda _: True, word=b"") if r.relation_id == wanted]
        else:
            found = text.relations(is_wanted)
        if not found:
            names = {r.tags.get("name", "") for r in text.relations(lambda t: t.get("boundary") == "administrative")}
            known = ", ".join(sorted(names - {""})[:8]) or "none"
            raise NetworkError(f"{map_file}: holds no administrative area {wanted!r}; areas of the file: {known}")
        if len({r.relation_id for r in found}) > 1:
            raise NetworkError(
                f"{map_file}: several areas are called {wanted!r}: "
                + ", ".join(f"relation {r.relation_id} (level {r.tags.get('admin_level', '?')})" for r in found)
                + "; give the id of one as a number"
            )
        return _assembled(found[0], text, map_file)


def _assembled(relation: RawRelation, text: OsmText, map_file: Path) -> "Polygon | MultiPolygon":
    label = f"{map_file}: relation {relation.relation_id} ({relation.tags.get('name', 'no name')[:60]})"
    members = {ref: role for kind, ref, role in relation.members if kind == "w"}
    ids = np.array(list(members), np.int64)
    ways = text.ways(only=ids, keys=frozenset())
    lost = np.setdiff1d(ids, ways.way_id)
    if lost.size or not ids.size:
        what = f"way {lost[0]} (and {lost.size - 1} more)" if lost.size else "any way"
        raise NetworkError(f"{label}: its border is not whole: the file does not hold {what}; use a larger extract")
    nodes = text.nodes(ways.ref)
    row = nodes.rows(ways.ref)
    if (row < 0).any():
        missing = ways.ref[row < 0]
        raise NetworkError(
            f"{label}: its border is not whole: the file does not hold node {missing[0]} "
            f"(and {missing.size - 1} more); use a larger extract"
        )
    _, first = np.unique(ways.way_id, return_index=True)
    sides: dict[bool, list[LongArray]] = {False: [], True: []}
    for at in np.sort(first):
        refs = ways.ref[ways.ptr[at] : ways.ptr[at + 1]]
        if len(refs) > 1:
            sides[members[int(ways.way_id[at])] == "inner"].append(refs)
    outer, inner = (_filled(sides[is_inner], nodes, label) for is_inner in (False, True))
    return _checked(outer.difference(inner), label)


def _filled(parts: list[LongArray], nodes: RawNodes, label: str) -> "BaseGeometry":
    """The area inside of the rings that ways make, in any order and direction."""
    import shapely

    open_ends = [(refs[0], refs[-1]) for refs in parts if refs[0] != refs[-1]]
    ends, n_met = np.unique(np.array(open_ends, np.int64), return_counts=True)
    loose = ends[n_met % 2 == 1]
    if loose.size:
        raise NetworkError(f"{label}: its border is not whole: it ends at node {loose[0]}; use a larger extract")
    lines = []
    for refs in parts:
        row = nodes.rows(refs)
        lines.append(shapely.LineString(np.column_stack([nodes.lon_deg[row], nodes.lat_deg[row]])))
    faces, cuts, dangles, invalid = shapely.polygonize_full(lines)
    if not (cuts.is_empty and dangles.is_empty and invalid.is_empty):
        raise NetworkError(f"{label}: the ways of its border make no rings; mend them or give a polygon")
    return shapely.union_all(list(faces.geoms))
