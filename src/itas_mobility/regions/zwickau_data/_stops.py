"""The real stops: reading, merging within 80 m, and looking up by "municipality: name"."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import DisjointSet
from scipy.spatial import cKDTree

from itas_mobility.regions.zwickau_data._geometry import Array, to_plane

MERGE_M = 80.0
MODES = ("national", "regional", "regionalExpress", "suburban", "subway", "tram", "ferry")


@dataclass(frozen=True)
class Stops:
    """Real stops in file order, and the street node (cluster) each one belongs to."""

    source_id: list[str]
    name: list[str]
    municipality: list[str]
    ags: list[str]
    bus: list[bool]
    rail: list[bool]
    tram: list[bool]
    lonlat: Array
    xy: Array
    cluster: list[int]
    cluster_xy: Array

    def find(self, spec: str, near: Array | None = None) -> int:
        """Row of the stop "municipality: name"; among equals the one nearest to `near`, else the first."""
        rows = self.rows(spec)
        if near is None:
            return rows[0]
        return min(rows, key=lambda i: (float(np.hypot(*(self.xy[i] - near))), i))

    def rows(self, spec: str) -> list[int]:
        """All rows that "municipality: name" fits; the name is compared without its ", town" ending."""
        town, _, name = spec.partition(": ")
        rows = [
            i
            for i, (m, n) in enumerate(zip(self.municipality, self.name, strict=True))
            if m == town and short(n) == name
        ]
        if not rows:
            raise ValueError(f"no stop {spec!r} in the stop file")
        return rows


def short(name: str) -> str:
    """Stop name without the ", town" ending."""
    return name.partition(",")[0].strip()


def _serves_bus(row: dict[str, str]) -> bool:
    """A stop for buses; one for which the register names no mode at all counts as one when it is named like one."""
    if row["bus"] not in ("", "0"):
        return True
    return "," in row["name"] and all(row[mode] in ("", "0") for mode in MODES)


def read_stops(path: Path) -> Stops:
    """Read the stop file and merge stops that lie within 80 m of each other."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["id"]))
    lonlat = np.array([[float(r["lon"]), float(r["lat"])] for r in rows])
    xy = to_plane(lonlat)
    sets = DisjointSet(range(len(rows)))
    for i, j in sorted(cKDTree(xy).query_pairs(MERGE_M)):
        sets.merge(i, j)
    first = [min(sets.subset(i)) for i in range(len(rows))]
    number = {root: k for k, root in enumerate(sorted(set(first)))}
    cluster = [number[root] for root in first]
    counts = np.bincount(cluster)
    cluster_xy = np.column_stack([np.bincount(cluster, weights=xy[:, d]) / counts for d in (0, 1)])
    return Stops(
        source_id=[r["id"] for r in rows],
        name=[r["name"] for r in rows],
        municipality=[r["GEN"] for r in rows],
        ags=[r["AGS"] for r in rows],
        bus=[_serves_bus(r) for r in rows],
        rail=[
            any(r[k] not in ("", "0") for k in ("national", "regional", "regionalExpress", "suburban")) for r in rows
        ],
        tram=[r["tram"] not in ("", "0") for r in rows],
        lonlat=lonlat,
        xy=xy,
        cluster=cluster,
        cluster_xy=cluster_xy,
    )
