"""An interactive map of a network in one HTML file that needs no other file, no library and no network.

Courses are thinned (Douglas, Peucker 1973), rounded to metres and written as differences from point to point. All texts
from outside stand in a block of JSON in which no ``<`` remains, and reach the page as text nodes. The page's content
security policy names the digests of its one script and one style sheet and forbids everything else, requests included.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from itas_mobility.atomic import write_text
from itas_mobility.core import LeftOut, RoadNetwork
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.pictures.drawing import (
    ATTRIBUTION,
    GROUPS,
    count_by,
    courses,
    drawable,
    group_of_class,
    length_text,
    piece_lengths_km,
    places_text,
    reason_styles,
    streets,
)
from itas_mobility.network.pictures.plane import Plane
from itas_mobility.units import METRES_PER_KILOMETRE
from itas_mobility.words import Language, Text, as_language, number

_GRID_M: Final = 1.0
"""Grid on which points are rounded: half a step is two pixels at the closest zoom the page allows."""
_TOLERANCE_M: Final = 2.0
"""Largest deviation of thinned courses."""
_USES: Final = (
    Text("Auto", "car"),
    Text("Lkw", "lorry"),
    Text("Bus", "bus"),
    Text("Rad", "bicycle"),
    Text("zu Fuß", "on foot"),
    Text("Straßenbahn", "tram"),
    Text("Bahn", "train"),
    Text("Pedelec", "pedelec"),
)
"""Names of the bits of `Mode`, lowest first."""
_TEXTS: Final[Mapping[str, Text]] = {
    "title": Text("Straßennetz", "Road network"),
    "kept": Text("Im Netz", "In the network"),
    "left": Text("Nicht im Netz", "Not in the network"),
    "kept_note": Text(
        "Straßen, mit denen gerechnet wird; Längen je Straße, nicht je Richtung.",
        "Roads the model uses; lengths by road, not by direction.",
    ),
    "left_note": Text(
        "Was die Datei enthält, aber nicht ins Netz kam, und warum. Punkte sind gesperrte Stellen. "
        "Wege, die ohnehin nicht dazugehören, sind anfangs ausgeblendet.",
        "What the file holds but the network does not, and why. Points are closed places. "
        "Ways that do not belong to it anyway are hidden at first.",
    ),
    "in": Text("Vergrößern", "Zoom in"),
    "out": Text("Verkleinern", "Zoom out"),
    "reset": Text("Alles zeigen", "Show all"),
    "lanes": Text("Fahrstreifen je Richtung", "lanes per direction"),
    "one_way": Text("nur in einer Richtung befahrbar", "open in one direction only"),
    "destination": Text("nur für Anlieger", "destination traffic only"),
    "way": Text("OSM-Weg", "OSM way"),
    "streets": Text("Straßenabschnitte", "pieces of road"),
    "map": Text("Karte; mit den Pfeiltasten verschieben, + und −", "Map; move with the arrow keys, + and −"),
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{script_digest}'; style-src '{style_digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p>{summary}</p></header>
<main>
<canvas id="map" tabindex="0" role="img" aria-label="{map}"></canvas>
<div class="buttons"><button id="zoom-in" aria-label="{in}" title="{in}">+</button><button id="zoom-out" aria-label="{out}" title="{out}">−</button><button id="zoom-reset" aria-label="{reset}" title="{reset}">⤢</button></div>
<div id="scale"></div>
<div id="source">{attribution}</div>
<div id="tip" hidden></div>
</main>
<aside>
<section id="kept"><h2><label><input type="checkbox" class="master">{kept}</label></h2><p>{kept_note}</p><ul></ul></section>
<section id="left-out"><h2><label><input type="checkbox" class="master">{left}</label></h2><p>{left_note}</p><ul></ul></section>
</aside>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""  # noqa: E501


def write_map(
    roads: RoadNetwork,
    path: str | Path,
    *,
    left_out: LeftOut | None = None,
    title: str | None = None,
    language: Language = "de",
) -> None:
    """Write an interactive map of a network as one HTML file that works without a network, all or nothing.

    The map pans and zooms with mouse, fingers or keys; pointing at a road shows its name, class, length, speed, lanes
    and who may use it. Groups of classes, and what was left out by reason, can be switched on and off; what is left out
    as a matter of course (footpaths in a network for cars) is off at first.

    Parameters
    ----------
    roads : RoadNetwork
        Network whose nodes have places.
    path : str or Path
        File ending with .html; an old one is replaced.
    left_out : LeftOut, optional
        Pieces that were left out; default: those of the network's report, if it holds any.
    title : str, optional
        Heading; default: the file the network was read from.
    language : {"de", "en"}, default="de"
        Of all texts and numbers.

    Raises
    ------
    InputError
        If the language is unknown.
    NetworkError
        If the name has another ending, the folder does not exist, or the network has nothing to draw.
    """
    language = as_language(language)
    target = Path(path)
    if target.suffix.lower() != ".html" or not target.parent.is_dir():
        raise NetworkError(f"{target}: give a name ending with .html in an existing folder")
    if left_out is None and roads.report is not None:
        left_out = roads.report.left_out
    links = drawable(roads)
    if not links.size:
        raise NetworkError("the network has no link that can be drawn (nodes without coordinates)")
    plane = Plane.around(courses(roads, links)[1], _GRID_M)
    texts = {name: text[language] for name, text in _TEXTS.items()}
    shown = _streets(roads, links, plane, language)
    data = {
        "language": language,
        "grid_m": _GRID_M,
        "texts": {name: texts[name] for name in ("left", "way", "lanes", "one_way", "destination")},
        "uses": [use[language] for use in _USES],
        "groups": shown.pop("groups"),
        "streets": shown,
        "left": _pieces(left_out, plane, language),
    }
    km = sum(group["km"] for group in data["groups"])
    heading = title or (Path(roads.report.file).name if roads.report else "") or texts["title"]
    summary = f"{number(len(shown['name']), 0, language)} {texts['streets']}, {number(km, 0, language)} km"
    canvas, viewer, style = (
        files("itas_mobility.network.pictures").joinpath(name).read_text("utf-8")
        for name in ("canvas.js", "viewer.js", "viewer.css")
    )
    script = canvas + viewer
    page = _PAGE.format(
        **{name: escape(text) for name, text in texts.items() if name != "title"},
        language=language,
        title=escape(heading),
        summary=escape(summary),
        attribution=escape(ATTRIBUTION[language]),
        script=script,
        style=style,
        script_digest=_digest(script),
        style_digest=_digest(style),
        data=_embedded(data),
    )
    write_text(target, page)


def _digest(text: str) -> str:
    """What a content security policy calls a script or style by (CSP level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(data: Any) -> str:
    """JSON that cannot end its script element."""
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _streets(roads: RoadNetwork, links: LongArray, plane: Plane, language: Language) -> dict[str, Any]:
    forward, backward = streets(roads, links)
    group = group_of_class()[roads.road_class[forward]]
    km = np.bincount(group, roads.length_m[forward], len(GROUPS)) / METRES_PER_KILOMETRE
    used, name = np.unique(roads.name_code[forward], return_inverse=True)
    speed, lanes = np.rint(roads.free_speed_km_per_h).astype(np.int64), np.round(roads.lanes, 1)
    return {
        "groups": [
            {"name": row.name[language], "colour": row.colour, "width": row.width_px, "km": round(float(length), 3)}
            | {"amount": _amount(float(length), 0, language)}
            for row, length in zip(GROUPS, km, strict=True)
        ],
        "lines": plane.thinned_lines(*courses(roads, forward), _TOLERANCE_M),
        "group": group.tolist(),
        "names": [str(text) for text in roads.names[used]],
        "name": name.tolist(),
        "length": np.rint(roads.length_m[forward]).astype(np.int64).tolist(),
        "speed": speed[forward].tolist(),
        "lanes": _plain(lanes[forward]),
        # of the other direction: speed and lanes; 0 where there is none
        "back": [
            [there, width] if row >= 0 else 0
            for row, there, width in zip(
                backward.tolist(), speed[backward].tolist(), _plain(lanes[backward]), strict=True
            )
        ],
        "access": roads.access[forward].tolist(),
        "modes": roads.modes[forward].tolist(),
    }


def _plain(values: FloatArray) -> list[float]:
    return [int(value) if value == int(value) else value for value in values.tolist()]


def _pieces(left_out: LeftOut | None, plane: Plane, language: Language) -> dict[str, Any]:
    if left_out is None or not len(left_out):
        return {"lines": {"n": [], "d": []}, "reason": [], "reasons": [], "way": []}
    size = np.diff(left_out.shape_ptr)
    drawn = np.flatnonzero(size > 0)
    ptr = np.append(left_out.shape_ptr[:-1][drawn], left_out.shape_ptr[-1])
    code = left_out.reason_code[drawn].astype(np.int64)
    shape = np.column_stack([left_out.shape_lon_deg, left_out.shape_lat_deg])
    styles = reason_styles(left_out, language)
    order = np.empty(len(styles), np.int64)  # painted and listed in the order of the styles
    order[[style.code for style in styles]] = np.arange(len(styles))
    km = np.bincount(left_out.reason_code, piece_lengths_km(left_out), len(styles))
    places = count_by(code[size[drawn] == 1], len(styles))
    return {
        "lines": plane.thinned_lines(ptr, shape, _TOLERANCE_M),
        "reason": order[code].tolist(),
        "reasons": [
            {
                "name": style.name,
                "colour": style.colour,
                "width": style.width_px,
                "is_place": bool(places[style.code] and km[style.code] == 0.0),
                "is_hidden": style.is_usual,
                "amount": _amount(float(km[style.code]), places[style.code], language),
            }
            for style in styles
        ],
        # numbers above 2^53 would lose digits in the page's script
        "way": [str(way) for way in left_out.way_id[drawn].tolist()],
    }


def _amount(km: float, places: int, language: Language) -> str:
    parts = [length_text(km, language)] if km > 0 or not places else []
    return ", ".join([*parts, *([places_text(places, language)] if places else [])])
