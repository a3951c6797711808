"""Places by name: their outlines, asked from Nominatim.

The request is that of ``osmnx.geocode_to_gdf`` and the server that of ``osmnx.settings.nominatim_url``; the choice
among the results is stricter: OSMnx takes the most important one with an outline, here two places of one name and
about the same importance are a question back to the user.
"""

import difflib
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from itas_mobility.errors import NetworkError
from itas_mobility.network.osm.online.fetching import (
    Answer,
    FetchError,
    OnlineSettings,
    RefusedAnswerError,
    Sleep,
    cached_answer,
    online_settings,
    parse_json,
)

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_LIMIT: Final = 10
"""Results asked for: enough to see that a name stands for several places."""
_CLEARLY_MORE: Final = 0.1
"""A place is meant without asking back if its importance (0 to 1, from Nominatim) leads by this much (assumption)."""
_OSM_ID: Final = re.compile(r"[NWRnwr]\d+")
_KINDS: Final = re.compile(
    r"(?i)\b(landkreis|kreis|stadt|gemeinde|region|bezirk|markt|district|county|city|town|of|von|der)\b"
)
"""Words that say what a place is: left out when a name is looked for more loosely."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of OpenStreetMap with its outline."""

    name: str
    """In full, as Nominatim shows it."""
    osm_id: str
    """Letter and number, e.g. R62717."""
    area: "BaseGeometry"
    """Polygon or multipolygon in degrees (longitude, latitude)."""
    fetched_at: str


def find_place(
    place: str, *, settings: OnlineSettings | None = None, refresh: bool = False, sleep: Sleep = time.sleep
) -> Place:
    """The place that a name stands for, with its outline.

    Parameters
    ----------
    place : str
        A name as one would type it into openstreetmap.org, the more of the address the better, or the id of an object
        of OpenStreetMap (R62717).
    settings : OnlineSettings, optional
        By default those of `online_settings`.
    refresh : bool, default=False
        Ask even if the cache holds the answer.
    sleep : callable, default=time.sleep
        Waits for a number of seconds.

    Returns
    -------
    Place
        The place.

    Raises
    ------
    FetchError
        If Nominatim gives no usable answer.
    NetworkError
        If there is no such place, it has no outline, or several are meant; the message names what is near.
    """
    text = " ".join(place.split())
    if not text:
        raise NetworkError("place='': give the name of a place, e.g. 'Landkreis Zwickau, Sachsen'")
    settings = settings or online_settings()
    if _OSM_ID.fullmatch(text):
        request = {"osm_ids": text.upper()}
        answer = _asked("lookup", request, text, settings, refresh=refresh, sleep=sleep)
    else:
        answer = _asked("search", {"q": text, "limit": str(_LIMIT)}, text, settings, refresh=refresh, sleep=sleep)
    if not answer.content:
        raise NetworkError(_not_found(text, settings, sleep))
    chosen = _chosen(text, answer.content)
    return Place(_title(chosen), _id(chosen), _area(text, chosen), answer.fetched_at)


def _asked(
    kind: str, request: Mapping[str, str], text: str, settings: OnlineSettings, *, refresh: bool, sleep: Sleep
) -> Answer[list[dict[str, Any]]]:
    query = {"format": "json", "polygon_geojson": "1", **request}
    key = json.dumps([kind, query, settings.accept_language], sort_keys=True)
    if settings.nominatim_key is not None:
        query["key"] = settings.nominatim_key
    return cached_answer(
        f"nominatim {key}",
        (f"{settings.nominatim.rstrip('/')}/{kind}",),
        _results,
        what=f"place {text!r}",
        settings=settings,
        query=query,
        refresh=refresh,
        sleep=sleep,
    )


def _results(body: bytes) -> list[dict[str, Any]]:
    content = parse_json(body)
    if isinstance(content, dict) and "error" in content:
        raise RefusedAnswerError(f"answered an error: {str(content['error'])[:200]!r}")
    if not isinstance(content, list) or not all(isinstance(result, dict) for result in content):
        raise RefusedAnswerError("answered JSON that is no list of places")
    for number, result in enumerate(content):
        missing = {"osm_type", "osm_id", "display_name"} - result.keys()
        if missing:
            raise RefusedAnswerError(f"answered a place without {', '.join(sorted(missing))} (number {number + 1})")
    return content


def _title(result: Mapping[str, Any]) -> str:
    return str(result["display_name"])


def _short(result: Mapping[str, Any]) -> str:
    return str(result.get("name") or _title(result).partition(",")[0]).strip()


def _id(result: Mapping[str, Any]) -> str:
    return f"{str(result['osm_type'])[:1].upper()}{result['osm_id']}"


def _importance(result: Mapping[str, Any]) -> float:
    try:
        return float(result.get("importance") or 0.0)
    except (TypeError, ValueError):
        return 0.0


def _has_area(result: Mapping[str, Any]) -> bool:
    shape = result.get("geojson")
    return isinstance(shape, dict) and shape.get("type") in {"Polygon", "MultiPolygon"}


def _chosen(text: str, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The one result that is meant."""
    areas = {_id(result): result for result in results if _has_area(result)}
    if not areas:
        raise NetworkError(
            f"place {text!r}: hat keinen Umriss / has no outline: {_listed(results)}; "
            "name the municipality or district it lies in"
        )
    # an outline of an administrative unit is meant before that of a building or a pond of the same name
    units = [r for r in areas.values() if r.get("class", r.get("category")) == "boundary"] or list(areas.values())
    wanted = text.partition(",")[0].strip().casefold()
    named = [r for r in units if _short(r).casefold() == wanted] or units
    named.sort(key=_importance, reverse=True)
    rivals = [r for r in named[1:] if _importance(named[0]) - _importance(r) < _CLEARLY_MORE]
    if rivals and not all(_nested(named[0], rival) for rival in rivals):
        raise NetworkError(
            f"place {text!r}: mehrdeutig / ambiguous: {_listed([named[0], *rivals])}; "
            "add more of the address or give the id, e.g. " + _id(named[0])
        )
    return named[0]


def _nested(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether one outline lies in the other: a town and its core of the same name are one place."""
    first, second = _area("", a), _area("", b)
    return bool(first.covers(second.representative_point()) or second.covers(first.representative_point()))


def _area(text: str, result: Mapping[str, Any]) -> "BaseGeometry":
    import shapely
    from shapely.geometry import shape

    try:
        area = shapely.make_valid(shape(result["geojson"]))
    except (KeyError, ValueError, TypeError, AttributeError, shapely.errors.ShapelyError) as fault:
        raise FetchError(f"place {text!r}: the outline of {_id(result)} is damaged ({fault})") from None
    parts = [part for part in shapely.get_parts(area) if part.geom_type in {"Polygon", "MultiPolygon"}]
    if not parts:
        raise NetworkError(f"place {text!r}: hat keinen Umriss / has no outline: {_listed([result])}")
    area = shapely.union_all(parts)
    west, south, east, north = area.bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise FetchError(f"place {text!r}: the outline of {_id(result)} lies outside the world: {area.bounds}")
    return area


def _listed(results: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{_title(result)} ({_id(result)})" for result in results)


def _not_found(text: str, settings: OnlineSettings, sleep: Sleep) -> str:
    """What to say where nothing has the name: with the names that a looser search finds."""
    words = [_KINDS.sub(" ", part) for part in re.split(r",", text)]
    loose = [" ".join(part.split()) for part in words if part.strip()]
    looser = dict.fromkeys(found for found in (", ".join(loose), *loose) if found and found != text)
    near: list[str] = []
    for attempt in looser:
        # Nominatim's usage policy allows one request a second
        sleep(settings.nominatim_pause_s)
        query = {"q": attempt, "limit": str(_LIMIT)}
        found = _asked("search", query, text, settings, refresh=False, sleep=sleep).content
        near += [_title(result) for result in sorted(found, key=_importance, reverse=True)]
        if near:
            break
    best = difflib.get_close_matches(text, near, n=3, cutoff=0.0)
    hint = f"; meinten Sie / did you mean: {'; '.join(map(repr, best))}?" if best else "; check the spelling"
    return f"place {text!r}: nicht gefunden / not found{hint}"
