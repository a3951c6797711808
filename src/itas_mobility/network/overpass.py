"""Roads of a place, fetched from Overpass."""

from collections.abc import Mapping

import numpy as np

from itas_mobility.core import Mode
from itas_mobility.errors import NetworkError
from itas_mobility.network import tags as osm_tags
from itas_mobility.network.osm_file import RawNodes, RawWays

_OSMNX_TYPES: Mapping[Mode, str] = {
    # "all" leaves the choice of ways to this library's own tag parsers
    Mode.CAR: "all",
    Mode.HGV: "all",
    Mode.BUS: "all",
    Mode.BIKE: "all",
    Mode.WALK: "all",
}


def fetch_place(place: str, mode: Mode, mode_name: str) -> tuple[RawWays, RawNodes]:
    """Ways and nodes of a place through OSMnx, with the tags this library reads and in the order of their nodes.

    OSMnx gives one edge per two neighbouring nodes of a way; directions are told by this library's own parsers.

    Parameters
    ----------
    place : str
        A place that Nominatim knows.
    mode : Mode
        One road mode.
    mode_name : str
        How the caller named it.

    Returns
    -------
    ways : RawWays
        Parts of ways.
    nodes : RawNodes
        Their nodes.

    Raises
    ------
    NetworkError
        If nothing could be fetched.
    """
    import osmnx

    if mode not in _OSMNX_TYPES:
        raise NetworkError(f"place={place!r}: mode {mode_name!r} can be read from files only")
    wanted = {
        "all_oneway": True,  # keeps the tag and the order of the nodes; no edge against the way
        "useful_tags_way": sorted({*osmnx.settings.useful_tags_way, *osm_tags.RELEVANT_KEYS, "name", "ref"}),
        "useful_tags_node": sorted({*osmnx.settings.useful_tags_node, *osm_tags.NODE_KEYS}),
    }
    saved = {key: getattr(osmnx.settings, key) for key in wanted}
    try:
        for key, value in wanted.items():
            setattr(osmnx.settings, key, value)
        graph = osmnx.graph_from_place(place, network_type=_OSMNX_TYPES[mode], simplify=False, retain_all=True)
    except (OSError, ValueError, TypeError, RuntimeError) as fault:
        raise NetworkError(f"place={place!r}: roads could not be fetched: {fault}") from fault
    finally:
        for key, value in saved.items():
            setattr(osmnx.settings, key, value)
    parts = []
    for u, v, data in graph.edges(data=True):
        tags = {str(key): str(value) for key, value in data.items() if isinstance(value, str)}
        # OSMnx turns ways that are open against their order only; turned back, the tag is right again
        parts.append((int(data["osmid"]), (v, u) if tags.get("oneway") in {"-1", "reverse"} else (u, v), tags))
    ways = RawWays.from_tags(parts, is_whole=False)
    ids = np.array(graph.nodes, np.int64)
    order = np.argsort(ids)
    lon, lat = (np.array([data[key] for _, data in graph.nodes(data=True)], float)[order] for key in ("x", "y"))
    tags_of = {
        int(node): {k: v for k, v in data.items() if isinstance(v, str)} for node, data in graph.nodes(data=True)
    }
    return ways, RawNodes(ids[order], lon, lat, {n: t for n, t in tags_of.items() if "barrier" in t}, 0)
