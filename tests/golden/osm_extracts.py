"""The real extracts, and what is written down of each."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from itas_mobility.core import RoadClass, RoadNetwork
from itas_mobility.network import read_osm_modes
from itas_mobility.network.forward_star import junction_rows, original_links
from itas_mobility.network.osm.osm_file import opened

GOLDEN: Final = Path(__file__).with_name("osm_extracts.json")
MODES: Final = ("car", "bike", "walk")
EXTRACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "badhersfeld": "region_badhersfeld/badhersfeld.osm.gz",
        "bautzen": "osm/bautzen.osm",
        "berlin": "osm/berlin-siegessaeule.osm.gz",
        "krems": "osm/krems.osm.gz",
        "liechtenstein": "osm/liechtenstein.osm.pbf",
        "porto_alegre": "region_poa/poa_osm.pbf",
        "testfeldnds": "osm/testfeldnds_main_roads.osm.gz",
    }
)
"""Name -> file in the folder of test data."""


def networks_of(path: Path) -> tuple[dict[str, RoadNetwork], dict[str, RoadNetwork]]:
    """The networks of one extract by mode: with all defaults, and with every part and every node of a way.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    usual, whole : dict of str to RoadNetwork
        Mode -> network.
    """
    return read_osm_modes(path, MODES, report_pieces=True), read_osm_modes(path, MODES, keep="all", simplify=False)


def summary(path: Path, usual: Mapping[str, RoadNetwork], whole: Mapping[str, RoadNetwork]) -> dict[str, Any]:
    """What is written down of one extract.

    Parameters
    ----------
    path : Path
        File.
    usual, whole : mapping of str to RoadNetwork
        From `networks_of`.

    Returns
    -------
    dict
        By mode the counts of the report, kilometres by class, the share of nodes in the largest part and the pieces
        left out by reason; and how many relations of turn restrictions the file holds.
    """
    with opened(path, "relation") as text:
        relations = text.relations(lambda tags: tags.get("type", "").startswith("restriction"))
    content: dict[str, Any] = {"relations of turn restrictions": len(relations)}
    for mode, roads in usual.items():
        assert roads.report is not None
        once = original_links(roads) == np.arange(roads.n_links)
        content[mode] = {
            "counts": {name: int(count) for name, count in roads.report.counts.items()},
            "directed km by class": {
                road_class.name.lower(): float(roads.length_m[once & (roads.road_class == road_class)].sum() / 1000.0)
                for road_class in RoadClass
                if (roads.road_class == road_class).any() and road_class != RoadClass.TURN
            },
            "share of nodes in the largest part": _share_in_largest_part(whole[mode]),
            "pieces left out": _left_out(roads),
        }
    return content


def _share_in_largest_part(roads: RoadNetwork) -> float:
    # a junction that is taken apart is one place
    place = np.unique(junction_rows(roads.node_id), return_inverse=True)[1]
    n = int(place.max()) + 1
    graph = csr_array((np.ones(roads.n_links, np.int8), (place[roads.tail], place[roads.head])), shape=(n, n))
    _, label = connected_components(graph, directed=True, connection="strong")
    return float(np.bincount(label).max() / n)


def _left_out(roads: RoadNetwork) -> dict[str, int]:
    assert roads.report is not None
    left_out = roads.report.left_out
    if left_out is None:
        return {}
    pieces = np.bincount(left_out.reason_code, minlength=len(left_out.reasons))
    return dict(zip(left_out.reasons.tolist(), pieces.tolist(), strict=True))
