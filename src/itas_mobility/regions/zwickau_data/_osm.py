"""OpenStreetMap XML with negative ids, written so that the same input gives the same bytes."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from itas_mobility.regions.zwickau_data._geometry import Array, to_lonlat

Tags = dict[str, str]
ATTRIBUTION = (
    "Stylised region, not a survey. Stops: DB InfraGO (CC BY 4.0) and OpenStreetMap contributors (ODbL 1.0). "
    "Federal-road nodes: official toll text. Everything tagged source=assumption is made up plausibly."
)


@dataclass
class OsmFile:
    """A growing set of elements; coordinates are metres in EPSG:25833 until written."""

    nodes: list[tuple[float, float]] = field(default_factory=list)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], Tags]] = field(default_factory=list)

    def node(self, xy: Array, tags: Tags | None = None) -> int:
        """Add a node; returns its index."""
        self.nodes.append((float(xy[0]), float(xy[1])))
        if tags:
            self.node_tags[len(self.nodes) - 1] = tags
        return len(self.nodes) - 1

    def way(self, nodes: list[int], tags: Tags) -> int:
        """Add a way over node indices; returns its index."""
        self.ways.append((nodes, tags))
        return len(self.ways) - 1

    def relation(self, members: list[tuple[str, int, str]], tags: Tags) -> None:
        """Add a relation; members are (type, index, role)."""
        self.relations.append((members, tags))

    def xy(self, nodes: list[int]) -> Array:
        """Coordinates of nodes."""
        return np.array([self.nodes[i] for i in nodes])

    def write(self, path: Path) -> None:
        """Write gzip-compressed OSM XML without a time stamp."""
        lonlat = np.round(to_lonlat(np.array(self.nodes)), 6)
        out = io.StringIO()
        out.write("<?xml version='1.0' encoding='UTF-8'?>\n")
        head = f'generator="itas_mobility stylised region" attribution={quoteattr(ATTRIBUTION)} upload="never"'
        out.write(f'<osm version="0.6" {head}>\n')
        (left, bottom), (right, top) = lonlat.min(axis=0), lonlat.max(axis=0)
        out.write(f'<bounds minlat="{bottom:.6f}" minlon="{left:.6f}" maxlat="{top:.6f}" maxlon="{right:.6f}"/>\n')
        for i, (lon, lat) in enumerate(lonlat):
            head = f'<node id="{-1 - i}" visible="true" version="1" lat="{lat:.6f}" lon="{lon:.6f}"'
            tags = self.node_tags.get(i)
            out.write(f"{head}>{_tags(tags)}</node>\n" if tags else f"{head}/>\n")
        for i, (nodes, tags) in enumerate(self.ways):
            refs = "".join(f'<nd ref="{-1 - n}"/>' for n in nodes)
            out.write(f'<way id="{-1 - i}" visible="true" version="1">{refs}{_tags(tags)}</way>\n')
        for i, (members, tags) in enumerate(self.relations):
            refs = "".join(f'<member type="{kind}" ref="{-1 - n}" role="{role}"/>' for kind, n, role in members)
            out.write(f'<relation id="{-1 - i}" visible="true" version="1">{refs}{_tags(tags)}</relation>\n')
        out.write("</osm>\n")
        path.write_bytes(gzip.compress(out.getvalue().encode("utf-8"), compresslevel=9, mtime=0))


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in sorted(tags.items()))
