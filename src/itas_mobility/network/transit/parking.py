"""Stops where a car or bicycle can be left, from the parking places of an OpenStreetMap file."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from itas_mobility.core import AccessMode
from itas_mobility.core.columns import FloatArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.network.nearest import sphere_points_m, tree_of
from itas_mobility.network.osm.osm_file import OsmText, opened
from itas_mobility.network.transit.walks import Stops

_WORDS: Final[Mapping[AccessMode, bytes]] = MappingProxyType(
    {AccessMode.CAR: b"park_ride=", AccessMode.BIKE: b"=bicycle_parking"}
)
_KEYS: Final = frozenset({"amenity", "park_ride"})


def parking_stops(
    path: str | Path, transit: Stops, *, mode: AccessMode = AccessMode.CAR, max_m: float = 300.0
) -> list[str]:
    """Stops near parking places that OpenStreetMap marks for changing to public transport.

    Parameters
    ----------
    path : str or Path
        File.
    transit : TransitNetwork or Timetable
        Stops.
    mode : AccessMode, default=CAR
        CAR: places with ``park_ride`` other than "no"; BIKE: ``amenity=bicycle_parking``.
    max_m : float, default=300
        Farthest beeline between place and stop.

    Returns
    -------
    list of str
        Ids of the stops, for `CarAccess` or `BikeAccess` of `access_legs`.

    Raises
    ------
    NetworkError
        If the file cannot be used, or people walk.
    """
    if mode not in _WORDS:
        raise NetworkError("parking_stops: mode must be AccessMode.CAR or AccessMode.BIKE")
    with opened(Path(path)) as text:
        lon, lat = _places(text, mode)
    if lon.size == 0 or transit.n_stops == 0:
        return []
    distance, _ = tree_of(lon, lat).query(sphere_points_m(transit.stop_lon_deg, transit.stop_lat_deg))
    return [str(stop) for stop in transit.stop_id[np.asarray(distance) <= max_m]]


def _is_place(tags: Mapping[str, str], mode: AccessMode) -> bool:
    if mode == AccessMode.BIKE:
        return tags.get("amenity") == "bicycle_parking"
    return tags.get("park_ride", "no") != "no"


def _places(text: OsmText, mode: AccessMode) -> tuple[FloatArray, FloatArray]:
    """Nodes, and the middles of ways and of areas made of several ways."""
    refs = _outlines(text, mode)
    single = text.node_ids(_WORDS[mode])
    nodes = text.nodes(np.concatenate([single, *refs]).astype(np.int64), tag_keys=_KEYS)
    chosen = [nodes.rows(np.array([node])) for node in single.tolist() if _is_place(nodes.tags.get(node, {}), mode)]
    chosen += [nodes.rows(ref) for ref in refs]
    known_rows = [one[one >= 0] for one in chosen]
    middles = [(nodes.lon_deg[one].mean(), nodes.lat_deg[one].mean()) for one in known_rows if one.size]
    lon, lat = np.array(middles, float).reshape(-1, 2).T
    return lon, lat


def _outlines(text: OsmText, mode: AccessMode) -> list[LongArray]:
    """Ids of the nodes along each way and each area that is a place."""
    areas = text.relations(lambda tags: _is_place(tags, mode))
    rings = [[ref for kind, ref, _ in area.members if kind == "w"] for area in areas]
    ways = text.ways(keys=_KEYS, name_keys=())
    fits = np.array([_is_place(tags, mode) for tags in ways.tag_sets] or [False])
    rows = np.flatnonzero(fits[ways.tag_row]) if len(ways.tag_row) else np.zeros(0, np.int64)
    row_of = {int(way): row for row, way in enumerate(ways.way_id)}
    groups = [[int(row)] for row in rows]
    groups += [known for ring in rings if (known := [row_of[ref] for ref in ring if ref in row_of])]
    return [np.concatenate([ways.ref[ways.ptr[row] : ways.ptr[row + 1]] for row in group]) for group in groups]
