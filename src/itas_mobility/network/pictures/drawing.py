"""How roads look in pictures: groups of classes with colour and width, words in two languages, courses to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from itas_mobility.core import LeftOut, ReadReport, RoadClass, RoadNetwork
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.errors import NetworkError
from itas_mobility.geo import haversine_m
from itas_mobility.network.forward_star import ragged_rows
from itas_mobility.units import METRES_PER_KILOMETRE
from itas_mobility.words import Language, Text, number

ATTRIBUTION: Final = Text("© OpenStreetMap-Mitwirkende (ODbL)", "© OpenStreetMap contributors (ODbL)")
"""Asked for by the licence of OpenStreetMap data (ODbL 1.0, section 4.3)."""


@dataclass(frozen=True, slots=True)
class RoadGroup:
    """Classes that are drawn alike.

    Attributes
    ----------
    key : str
        Short name.
    classes : tuple of RoadClass
        Its classes.
    colour : str
        Colour as #rrggbb.
    width_px : float
        Width of the line on a picture of a town.
    name : Text
        In legends.
    """

    key: str
    classes: tuple[RoadClass, ...]
    colour: str
    width_px: float
    name: Text


_C = RoadClass
GROUPS: Final = (
    RoadGroup("motorway", (_C.MOTORWAY, _C.MOTORWAY_LINK), "#1f5fa8", 2.8, Text("Autobahn", "motorway")),
    RoadGroup(
        "federal",
        (_C.TRUNK, _C.TRUNK_LINK, _C.PRIMARY, _C.PRIMARY_LINK),
        "#d4620c",
        2.2,
        Text("Schnell- und Bundesstraße", "trunk and primary road"),
    ),
    RoadGroup("state", (_C.SECONDARY, _C.SECONDARY_LINK), "#c79a00", 1.8, Text("Landesstraße", "secondary road")),
    RoadGroup("district", (_C.TERTIARY, _C.TERTIARY_LINK), "#6f8f2e", 1.4, Text("Kreisstraße", "tertiary road")),
    RoadGroup(
        "local",
        (_C.UNCLASSIFIED, _C.RESIDENTIAL, _C.LIVING_STREET),
        "#6d7a84",
        1.0,
        Text("Gemeinde- und Wohnstraße", "local and residential street"),
    ),
    RoadGroup("access", (_C.SERVICE, _C.TRACK), "#b4a18f", 0.7, Text("Zufahrt, Wirtschaftsweg", "service road, track")),
    RoadGroup("cycle", (_C.CYCLEWAY,), "#1f9a6a", 0.9, Text("Radweg", "cycleway")),
    RoadGroup(
        "foot",
        (_C.PEDESTRIAN, _C.FOOTWAY, _C.PATH, _C.STEPS),
        "#a9668f",
        0.7,
        Text("Fußweg, Pfad", "footway, path"),
    ),
    RoadGroup("rail", (_C.RAIL, _C.TRAMWAY), "#4b3b6b", 1.2, Text("Schiene", "railway")),
    RoadGroup("ferry", (_C.FERRY,), "#3d9fd0", 1.2, Text("Fähre", "ferry")),
    RoadGroup("other", (_C.OTHER,), "#8b979f", 0.9, Text("Sonstige", "other")),
    RoadGroup(
        "connector",
        (_C.CONNECTOR,),
        "#c04a9a",
        0.8,
        Text("Anbindung der Verkehrszellen", "centroid connector"),
    ),
)
"""Main roads first. The German names are those OpenStreetMap's convention for Germany gives the classes (wiki, "Germany
roads tagging"); movements through junctions (`RoadClass.TURN`) have no course and are not drawn."""


@dataclass(frozen=True, slots=True)
class ReasonStyle:
    """How pieces that were left out for one reason are drawn.

    Attributes
    ----------
    code : int
        Row in the reasons of the pieces.
    name : str
        In the language of the picture.
    colour : str
        Colour as #rrggbb.
    width_px : float
        Width of the line.
    is_usual : bool
        Whether such pieces are no cause for worry (footpaths in a network for cars): drawn pale and below the others.
    """

    code: int
    name: str
    colour: str
    width_px: float
    is_usual: bool


_USUAL_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "closed to the mode": ("für dieses Verkehrsmittel nicht zugelassen", "#a99bb8"),
    "not a class that carries traffic": ("keine Straße für den Verkehr", "#b9c1c6"),
}
_NOTABLE_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "under construction or proposed": ("im Bau oder nur geplant", "#0f6ea8"),
    "closed by a barrier": ("durch Schranke oder Poller gesperrt", "#b98a00"),
    "not connected": ("vom Netz abgeschnitten", "#b3261e"),
}
"""Reasons that readers give -> German words and colour; words of others stand as they are."""
_OTHER_COLOURS: Final = ("#7b3fb5", "#1f9a6a", "#d1499b", "#5c4a3d")
"""Of reasons that are not known here, in their order; from the fifth on, they repeat."""


def reason_styles(left_out: LeftOut, language: Language) -> list[ReasonStyle]:
    """Words and colours of the reasons.

    Parameters
    ----------
    left_out : LeftOut
        Pieces.
    language : {"de", "en"}
        Language.

    Returns
    -------
    list of ReasonStyle
        One per row of ``left_out.reasons``; the usual ones first, as they are painted.
    """
    styles = []
    for code, reason in enumerate(left_out.reasons.tolist()):
        is_usual = reason in _USUAL_REASONS
        unknown = (reason, _OTHER_COLOURS[code % len(_OTHER_COLOURS)])
        german, colour = _USUAL_REASONS.get(reason) or _NOTABLE_REASONS.get(reason, unknown)
        name = Text(german, reason)
        styles.append(ReasonStyle(code, name[language], colour, 0.9 if is_usual else 2.2, is_usual))
    return sorted(styles, key=lambda style: not style.is_usual)


def left_out_of(report: ReadReport | LeftOut | None) -> LeftOut:
    """The pieces a report holds.

    Parameters
    ----------
    report : ReadReport or LeftOut
        Report of a network, or the pieces themselves.

    Returns
    -------
    LeftOut
        The pieces.

    Raises
    ------
    NetworkError
        If the report holds none.
    """
    found = report.left_out if isinstance(report, ReadReport) else report
    if found is None:
        raise NetworkError(
            "the report holds no pieces that were left out; read the file again and ask for them (networks from .npz "
            "files do not carry them)"
        )
    return found


def group_of_class() -> LongArray:
    """Row in `GROUPS` of each class, -1 for those that are not drawn.

    Returns
    -------
    int64 ndarray of shape (n_classes,)
        Rows.
    """
    result = np.full(max(RoadClass) + 1, -1, np.int64)
    for row, group in enumerate(GROUPS):
        result[[int(road_class) for road_class in group.classes]] = row
    return result


def drawable(roads: RoadNetwork) -> LongArray:
    """Links that can be drawn: of a class that is, and with a course or with nodes that have places.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    int64 ndarray
        Rows of links.
    """
    placed = np.isfinite(roads.node_lon_deg) & np.isfinite(roads.node_lat_deg)
    there = (np.diff(roads.shape_ptr) > 1) | (placed[roads.tail] & placed[roads.head])
    return np.flatnonzero(there & (group_of_class()[roads.road_class] >= 0))


def streets(roads: RoadNetwork, links: LongArray) -> tuple[LongArray, LongArray]:
    """Links as streets: both directions of one road together, copies of one link (made for turns) once.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    links : int64 ndarray
        Rows of links.

    Returns
    -------
    forward, backward : int64 ndarray of shape (n_streets,)
        Rows of links; -1 in `backward` where only one direction is there. Two links are one street if they join the
        same nodes, are equally long to the millimetre (parallel pieces of one way may differ by little more), and
        agree in class, name, modes and access.
    """
    base = base_node_id(roads.node_id)
    tail, head = base[roads.tail[links]], base[roads.head[links]]
    is_back = tail > head
    columns = [
        np.minimum(tail, head),
        np.maximum(tail, head),
        np.round(roads.length_m[links], 3),
        roads.road_class[links],
        roads.name_code[links],
        roads.modes[links],
        roads.access[links],
    ]
    order = np.lexsort((links, is_back, *columns[::-1]))
    is_new = np.ones(len(order), bool)
    for values in columns:
        is_new[1:] &= values[order][1:] == values[order][:-1]
    is_new[1:] = ~is_new[1:]
    is_new[:1] = True
    street = np.cumsum(is_new) - 1
    n = int(street[-1]) + 1 if len(street) else 0
    found = np.full((n, 2), -1, np.int64)
    side = is_back[order].astype(np.int64)
    # backwards, so that the first link of each side stays; others are copies
    found[street[::-1], side[::-1]] = links[order][::-1]
    swap = found[:, 0] < 0
    found[swap] = found[swap][:, ::-1]
    return found[:, 0], found[:, 1]


def courses(roads: RoadNetwork, links: LongArray) -> tuple[LongArray, FloatArray]:
    """Points of links from tail to head; straight between the nodes where a link has no course.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    links : int64 ndarray of shape (k,)
        Rows of links.

    Returns
    -------
    ptr : int64 ndarray of shape (k + 1,)
        Points of link *i* are rows ``ptr[i]`` to ``ptr[i + 1]``.
    lon_lat_deg : ndarray of shape (n_points, 2)
        Points in degrees.
    """
    size = np.diff(roads.shape_ptr)[links]
    bare = size < 2
    ptr = np.concatenate([[0], np.cumsum(np.where(bare, 2, size))]).astype(np.int64)
    points = np.empty((int(ptr[-1]), 2))
    _, at = ragged_rows(roads.shape_ptr, links[~bare])
    drawn = np.repeat(~bare, np.diff(ptr))
    points[drawn, 0], points[drawn, 1] = roads.shape_lon_deg[at], roads.shape_lat_deg[at]
    for step, nodes in enumerate((roads.tail, roads.head)):
        rows = nodes[links[bare]]
        points[ptr[:-1][bare] + step] = np.column_stack([roads.node_lon_deg[rows], roads.node_lat_deg[rows]])
    return ptr, points


def piece_lengths_km(left_out: LeftOut) -> FloatArray:
    """Lengths of pieces that were left out.

    Parameters
    ----------
    left_out : LeftOut
        Pieces.

    Returns
    -------
    ndarray of shape (n_pieces,)
        Kilometres; 0 for points.
    """
    lon, lat = left_out.shape_lon_deg, left_out.shape_lat_deg
    if len(lon) < 2:
        return np.zeros(len(left_out))
    step = np.append(haversine_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), 0.0)
    step[left_out.shape_ptr[1:][np.diff(left_out.shape_ptr) > 0] - 1] = 0.0  # from one piece to the next
    total = np.concatenate([[0.0], np.cumsum(step)])
    return np.asarray((total[left_out.shape_ptr[1:]] - total[left_out.shape_ptr[:-1]]) / METRES_PER_KILOMETRE)


def length_text(km: float, language: Language, *, digits: int = 1) -> str:
    """A length for people: metres below a kilometre, kilometres with a digit below a hundred.

    Parameters
    ----------
    km : float
        Length.
    language : {"de", "en"}
        Language.
    digits : int, default=1
        Digits of kilometres below a hundred.

    Returns
    -------
    str
        E.g. ``12,3 km``.
    """
    if km < 1.0:
        return f"{number(km * METRES_PER_KILOMETRE, 0, language)} m"
    return f"{number(km, digits if km < 100 else 0, language)} km"


def places_text(count: int, language: Language) -> str:
    """A number of places for people.

    Parameters
    ----------
    count : int
        Number.
    language : {"de", "en"}
        Language.

    Returns
    -------
    str
        E.g. ``20 Stellen``.
    """
    word = Text("Stelle", "place") if count == 1 else Text("Stellen", "places")
    return f"{number(count, 0, language)} {word[language]}"


def count_by(codes: Sequence[int] | LongArray, n: int) -> list[int]:
    """How often each code stands.

    Parameters
    ----------
    codes : sequence of int
        Codes from 0 to `n` - 1.
    n : int
        Number of codes.

    Returns
    -------
    list of int
        Counts.
    """
    return [int(count) for count in np.bincount(np.asarray(codes, np.int64), minlength=n)]
