"""Roads and lines of a place: asked from Overpass, kept as a file that `read_osm` reads like any other.

Asked for are ways (roads, railways, ferries, platforms) with all their nodes, restriction relations and the route
relations of public transport with their stops, all with all tags. ``osmnx.graph_from_place`` asks for ways only, so
that turn restrictions and lines would be lost; of OSMnx its settings are used (see `fetching`). The answers become one
``.osm.pbf`` file, sorted and without duplicates, in the cache: one reader, no second way into a network.

A large place is asked for in tiles of at most `OnlineSettings.tile_km2`; ways that reach over the border of a place or
tile come in full.
"""

import hashlib
import math
import re
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from itas_mobility import geo
from itas_mobility.atomic import write_file
from itas_mobility.caching import writable_cache_folder
from itas_mobility.errors import NetworkError
from itas_mobility.network.osm.clip import Area, Clip, find_clip
from itas_mobility.network.osm.online.fetching import (
    Answer,
    FetchedFile,
    FetchError,
    OnlineSettings,
    RefusedAnswerError,
    Sleep,
    cached_answer,
    kept_file,
    online_settings,
    parse_json,
    sha256_of,
    shown,
    write_manifest,
)
from itas_mobility.network.osm.online.geocoding import Place, find_place
from itas_mobility.units import METRES_PER_KILOMETRE
from itas_mobility.version import __version__

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

LICENCE: Final = "ODbL 1.0"
ATTRIBUTION: Final = "© OpenStreetMap contributors"
_FORMAT: Final = "1"
"""Counts up when the request or the file made of the answers changes."""
_ROUTES: Final = "train|light_rail|subway|tram|bus|trolleybus|share_taxi|ferry"
_GERMAN: Final = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
_SLACK_M: Final = 50.0
"""Outlines are sent to Overpass this much wider and simpler: fewer corners are quicker to search (assumption)."""
_STRAIGHT_M: Final = 10_000.0
_STRAIGHT_DEG: Final = 0.1
"""Longer edges get corners in between: a straight line of the plane is bent in degrees, by 2.5 m over this length."""
_MAX_TILES: Final = 2000
"""More requests for one place would be an abuse of public servers (assumption); an extract is the better way then."""


@dataclass(frozen=True, slots=True)
class FetchedPlace:
    """Roads and lines of a place in a file."""

    place: Place
    file: FetchedFile

    @property
    def path(self) -> Path:
        """The file, in the cache."""
        return self.file.path

    def clip(self, clip: Clip = None) -> "Area | None":
        """The outline of the place, cut by a clip where one is given.

        Parameters
        ----------
        clip : box, polygon, polygon file or area, optional
            What shall be left of the place, as in `read_osm`.

        Returns
        -------
        polygon
            In degrees.

        Raises
        ------
        NetworkError
            If place and clip do not meet, or the clip cannot be used.
        """
        import shapely

        area = find_clip(clip, map_file=self.path)
        if area is None:
            return find_clip(self.place.area)
        common = self.place.area.intersection(shapely.box(*area) if isinstance(area, tuple) else area)
        if common.area == 0.0:
            raise NetworkError(f"clip={clip!r}: does not meet the place {self.place.name!r}")
        return find_clip(common)


def fetch_place(
    place: str, *, settings: OnlineSettings | None = None, refresh: bool = False, sleep: Sleep = time.sleep
) -> FetchedPlace:
    """Fetch the roads and lines of a place into a file in the cache.

    Parameters
    ----------
    place : str
        A place that Nominatim knows and that has an outline, or its id (R62717).
    settings : OnlineSettings, optional
        By default those of `online_settings`.
    refresh : bool, default=False
        Ask the servers even if the cache holds the answers. Otherwise what was once fetched is kept, so that a rerun
        gives the same network.
    sleep : callable, default=time.sleep
        Waits for a number of seconds.

    Returns
    -------
    FetchedPlace
        Outline and file.

    Raises
    ------
    FetchError
        If no server gives a usable answer; one message names each with what it answered.
    NetworkError
        If the place is not found, has no outline, is ambiguous or holds no way.
    """
    settings = settings or online_settings()
    found = find_place(place, settings=settings, refresh=refresh, sleep=sleep)
    bodies = [_query_body(tile) for tile in tiles(found.area, tile_km2=settings.tile_km2)]
    key = hashlib.sha256("\n".join([_FORMAT, found.osm_id, *bodies]).encode()).hexdigest()
    folder = writable_cache_folder("online", "places")
    path = folder / f"{file_stem(found.name)}-{key[:12]}.osm.pbf"
    if not refresh and (kept := kept_file(path, request_sha256=key)) is not None:
        return FetchedPlace(found, kept)
    fetched = _fetched_file(found, bodies, path, key, settings, refresh=refresh, sleep=sleep)
    return FetchedPlace(found, fetched)


def file_stem(name: str) -> str:
    """A name as the stem of a file: ASCII letters, digits and hyphens.

    Parameters
    ----------
    name : str
        Name of a place; what follows its first comma is left out.

    Returns
    -------
    str
        "place" where nothing is left.
    """
    german = name.partition(",")[0].lower().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", german).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "place"


def tiles(area: "BaseGeometry", *, tile_km2: float) -> "list[list[Polygon]]":
    """Parts of an area for one request each, halved until each is small enough.

    Parameters
    ----------
    area : shapely polygon or multipolygon
        In degrees.
    tile_km2 : float
        Largest area of a part, in square kilometres.

    Returns
    -------
    list of list of shapely polygon
        Per request the polygons that cover its part, in degrees, without holes, some 100 m wider and with few corners.

    Raises
    ------
    NetworkError
        If the area is too large for requests.
    """
    import shapely

    middle = area.centroid
    epsg = geo.utm_epsg(middle.x, middle.y)
    metric = _transformed(shapely.segmentize(area, _STRAIGHT_DEG), geo.to_metric, epsg)
    most_m2 = tile_km2 * METRES_PER_KILOMETRE**2
    if metric.area > most_m2 * _MAX_TILES:
        raise NetworkError(
            f"the place covers {metric.area / METRES_PER_KILOMETRE**2:,.0f} km2, too much for requests to Overpass; "
            "take an extract of its state or country (for instance from download.geofabrik.de) and read that file"
        )
    parts: list[list[Polygon]] = []
    for part in _halved(metric, most_m2):
        # simplifying takes back half of the slack at most
        wider = part.buffer(2 * _SLACK_M, join_style="mitre").simplify(_SLACK_M)
        shells = shapely.union_all([shapely.Polygon(one.exterior) for one in shapely.get_parts(wider)])
        outline = _transformed(shapely.segmentize(shells, _STRAIGHT_M), geo.to_degrees, epsg)
        parts.append([shapely.Polygon(one.exterior) for one in shapely.get_parts(outline)])
    return parts


def _transformed(area: "BaseGeometry", to: Any, epsg: int) -> "BaseGeometry":
    import numpy as np
    import shapely

    return shapely.transform(area, lambda xy: np.column_stack(to(xy[:, 0], xy[:, 1], epsg=epsg)))


def _halved(area: "BaseGeometry", most_m2: float) -> "list[BaseGeometry]":
    import shapely

    if area.area <= most_m2:
        return [area]
    west, south, east, north = area.bounds
    if east - west > north - south:
        middle = (west + east) / 2
        boxes = (shapely.box(west, south, middle, north), shapely.box(middle, south, east, north))
    else:
        middle = (south + north) / 2
        boxes = (shapely.box(west, south, east, middle), shapely.box(west, middle, east, north))
    halves = [shapely.intersection(area, box) for box in boxes]
    return [part for half in halves if half.area > 0 for part in _halved(half, most_m2)]


def _query_body(polygons: "Sequence[Polygon]") -> str:
    """The request for one tile in Overpass QL, without the line of settings."""
    # five digits are about a metre, far less than the slack
    outlines = [" ".join(f"{lat:.5f} {lon:.5f}" for lon, lat in polygon.exterior.coords[:-1]) for polygon in polygons]

    def anywhere(*filters: str) -> str:
        return "".join(f'{one}(poly:"{outline}");' for outline in outlines for one in filters)

    stops = "".join(f'{kind}(r.lines)(poly:"{outline}");' for outline in outlines for kind in ("node", "way"))
    platforms = ('rel["public_transport"="platform"]', 'rel["railway"="platform"]', 'rel["highway"="platform"]')
    return "\n".join(
        [
            f"({anywhere('way[highway]', 'way[railway]', 'way[route]', 'way[public_transport=platform]')})->.roads;",
            '(rel(bw.roads)["type"~"^restriction"];)->.restrictions;',
            f'(rel(bw.roads)["type"="route"]["route"~"^({_ROUTES})$"];)->.lines;',
            f"({anywhere(*platforms)})->.areas;",
            f"({stops}way(r.areas);)->.stops;",
            "(.roads;way.stops;)->.ways;",
            "(.ways;node(w.ways);.stops;.restrictions;.lines;.areas;);",
            "out body;",
        ]
    )


def _query(body: str, settings: OnlineSettings) -> str:
    memory = "" if settings.overpass_memory_bytes is None else f"[maxsize:{settings.overpass_memory_bytes}]"
    return f"[out:json][timeout:{math.ceil(settings.timeout_s)}]{memory};\n{body}"


def _interpreter(address: str) -> str:
    address = address.rstrip("/")
    return address if address.endswith("/interpreter") else f"{address}/interpreter"


def _fetched_file(
    place: Place,
    bodies: Sequence[str],
    path: Path,
    key: str,
    settings: OnlineSettings,
    *,
    refresh: bool,
    sleep: Sleep,
) -> FetchedFile:
    from tqdm import tqdm

    answers: list[Answer[dict[str, Any]]] = []
    n_ways = 0
    with tempfile.TemporaryDirectory(prefix="itas_mobility-") as scratch:
        parts: list[Path] = []
        for number, body in enumerate(tqdm(bodies, desc=f"Overpass: {file_stem(place.name)}", disable=None)):
            answer = cached_answer(
                f"overpass {_FORMAT} {body}",
                [_interpreter(address) for address in settings.overpass],
                _elements,
                what=f"{place.name} ({number + 1}/{len(bodies)})",
                settings=settings,
                form={"data": _query(body, settings)},
                is_kept=lambda content: any(element["type"] == "way" for element in content["elements"]),
                refresh=refresh,
                sleep=sleep,
            )
            n_ways += sum(element["type"] == "way" for element in answer.content["elements"])
            parts.append(Path(scratch) / f"{number}.osm.pbf")
            _write_part(parts[-1], answer.content["elements"], answer.address)
            # only what the manifest needs is kept: the elements of all tiles would fill the memory
            answer.content["elements"] = []
            answers.append(answer)
        if not n_ways:
            raise NetworkError(
                f"place {place.name!r} ({place.osm_id}): {shown(answers[0].address)} knows no road, railway or ferry "
                "there; check the place, or the server if it does not hold the whole world (ITAS_MOBILITY_OVERPASS)"
            )
        write_file(path, lambda temporary: _merge(parts, temporary, place.area.bounds))
    fetched = FetchedFile(
        path=path,
        title=place.name,
        address=", ".join(dict.fromkeys(answer.address for answer in answers)),
        fetched_at=min(answer.fetched_at for answer in answers),
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        licence=LICENCE,
        attribution=ATTRIBUTION,
    )
    state = sorted({str(answer.content["state"]) for answer in answers if answer.content["state"]})
    return write_manifest(fetched, request_sha256=key, osm_id=place.osm_id, tiles=len(bodies), state_of_data=state)


def _elements(body: bytes) -> dict[str, Any]:
    """What an answer of Overpass holds; refuses faults that come with status 200."""
    content = parse_json(body)
    if not isinstance(content, dict):
        raise RefusedAnswerError("answered JSON that is not Overpass' (no object)")
    if "remark" in content:
        text = " ".join(str(content["remark"]).split())[:300]
        raise RefusedAnswerError(
            f"broke the request off with the remark {text!r}; with smaller tiles (ITAS_MOBILITY_TILE_KM2) "
            "or more time (ITAS_MOBILITY_TIMEOUT_S) it may pass"
        )
    elements = content.get("elements")
    if not isinstance(elements, list):
        raise RefusedAnswerError("answered JSON that is not Overpass' (no list of elements)")
    for number, element in enumerate(elements):
        fault = _fault(element)
        if fault:
            raise RefusedAnswerError(f"answered a damaged element (number {number + 1}): {fault}")
    about = content.get("osm3s")
    return {"elements": elements, "state": about.get("timestamp_osm_base", "") if isinstance(about, dict) else ""}


def _fault(element: Any) -> str:
    """What is wrong with an element, '' if nothing is."""
    if not isinstance(element, dict):
        return "is not an object"
    kind, number = element.get("type"), element.get("id")
    label = f"{kind} {number}"
    if kind not in {"node", "way", "relation"} or not isinstance(number, int):
        return f"type {kind!r} and id {number!r}"
    tags = element.get("tags", {})
    if not isinstance(tags, dict) or not all(isinstance(v, str) and "\0" not in k + v for k, v in tags.items()):
        return f"{label}: tags are not texts"
    if kind == "node":
        lat, lon = element.get("lat", ""), element.get("lon", "")
        is_place = all(isinstance(v, int | float) for v in (lat, lon)) and abs(lat) <= 90 and abs(lon) <= 180
        return "" if is_place else f"{label}: lat={lat!r} lon={lon!r} is not a place"
    if kind == "way":
        refs = element.get("nodes")
        return "" if isinstance(refs, list) and all(isinstance(ref, int) for ref in refs) else f"{label}: no nodes"
    members = element.get("members", [])
    if isinstance(members, list) and all(_is_member(member) for member in members):
        return ""
    return f"{label}: damaged members"


def _is_member(member: Any) -> bool:
    return (
        isinstance(member, dict)
        and member.get("type") in {"node", "way", "relation"}
        and isinstance(member.get("ref"), int)
        and isinstance(member.get("role", ""), str)
    )


def _write_part(path: Path, elements: Iterable[Mapping[str, Any]], address: str) -> None:
    """One answer as a file, in the answer's order."""
    import osmium
    from osmium.osm import mutable

    element: Mapping[str, Any] = {}
    try:
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for element in elements:
                tags = element.get("tags", {})
                if element["type"] == "node":
                    writer.add_node(
                        mutable.Node(id=element["id"], location=(element["lon"], element["lat"]), tags=tags)
                    )
                elif element["type"] == "way":
                    writer.add_way(mutable.Way(id=element["id"], nodes=element["nodes"], tags=tags))
                else:
                    members = [(m["type"][0], m["ref"], m.get("role", "")) for m in element.get("members", [])]
                    writer.add_relation(mutable.Relation(id=element["id"], members=members, tags=tags))
    except (RuntimeError, ValueError, TypeError, OverflowError) as fault:
        raise FetchError(
            f"{address}: {element.get('type')} {element.get('id')}: cannot be written as OpenStreetMap data ({fault})"
        ) from None


def _merge(parts: Sequence[Path], path: Path, bounds: tuple[float, float, float, float]) -> None:
    """Sort the parts into one file; of what stands in several the first is kept."""
    import osmium

    west, south, east, north = bounds
    header = osmium.io.Header()
    header.set("generator", f"itas_mobility/{__version__}")
    header.add_box(osmium.osm.Box(west, south, east, north))
    reader = osmium.MergeInputReader()
    for part in parts:
        reader.add_file(str(part))
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True, header=header) as writer:
        reader.apply(writer)
