"""What a reader leaves out, gathered as pieces with reasons so that it can be drawn."""

from typing import Final

import numpy as np

from itas_mobility.core import RoadNetwork
from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.core.road import LeftOut
from itas_mobility.network.forward_star import ragged_rows
from itas_mobility.network.osm.cutting import Pieces
from itas_mobility.network.osm.osm_file import RawNodes

CLOSED: Final = "closed to the mode"
PLANNED: Final = "under construction or proposed"
UNKNOWN: Final = "not a class that carries traffic"
BARRIER: Final = "closed by a barrier"
UNCONNECTED: Final = "not connected"
REASONS: Final = (CLOSED, PLANNED, UNKNOWN, BARRIER, UNCONNECTED)


class Gathered:
    """Pieces gathered while a network is made."""

    def __init__(self) -> None:
        self._parts: list[tuple[LongArray, LongArray, FloatArray, FloatArray, int]] = []

    def add(self, reason: str, way_id: LongArray, ptr: LongArray, lon: FloatArray, lat: FloatArray) -> None:
        """Add pieces with one reason.

        Parameters
        ----------
        reason : str
            One of `REASONS`.
        way_id : int64 ndarray of shape (n_pieces,)
            Their ways.
        ptr : int64 ndarray of shape (n_pieces + 1,)
            Pointer into the course.
        lon, lat : float64 ndarray
            Course in degrees; ragged.
        """
        self._parts.append((way_id, np.diff(ptr), lon, lat, REASONS.index(reason)))

    def add_ways(
        self, reason: str, way_id: LongArray, ptr: LongArray, ref: LongArray, nodes: RawNodes, inside: BoolArray | None
    ) -> None:
        """Add whole ways, as far as the file holds their nodes.

        Parameters
        ----------
        reason : str
            One of `REASONS`.
        way_id : int64 ndarray of shape (n_ways,)
            Ways.
        ptr, ref : int64 ndarray
            Their node ids; ragged.
        nodes : RawNodes
            Nodes of the file.
        inside : bool ndarray, optional
            Which nodes lie inside the clip.
        """
        row = nodes.rows(ref)
        present = row >= 0
        if inside is not None and inside.size:
            present &= inside[np.maximum(row, 0)]
        way = np.repeat(np.arange(len(way_id)), np.diff(ptr))
        run = np.cumsum(~present)[present]
        way, row = way[present], row[present]
        is_first = np.ones(len(row), bool)
        is_first[1:] = (way[1:] != way[:-1]) | (run[1:] != run[:-1])
        begin = np.append(np.flatnonzero(is_first), len(row))
        long = np.flatnonzero(np.diff(begin) > 1)
        new_ptr, at = ragged_rows(begin, long)
        self.add(reason, way_id[way[begin[long]]], new_ptr, nodes.lon_deg[row[at]], nodes.lat_deg[row[at]])

    def add_barriers(self, pieces: Pieces, way_id: LongArray, nodes: RawNodes) -> None:
        """Add the places where barriers close a road, each as one point.

        Parameters
        ----------
        pieces : Pieces
            Parts of ways.
        way_id : int64 ndarray of shape (n_ways,)
            Ids of the ways.
        nodes : RawNodes
            Nodes of the file.
        """
        at = pieces.barrier_node
        first_way = way_id[pieces.barrier_way]
        self.add(BARRIER, first_way, np.arange(len(at) + 1), nodes.lon_deg[at], nodes.lat_deg[at])

    def add_unconnected(self, before: RoadNetwork, after: RoadNetwork) -> None:
        """Add the links that a network lost, both directions of a road once.

        Parameters
        ----------
        before, after : RoadNetwork
            Before and after the parts were dropped that are not connected.
        """
        lost_node = ~np.isin(before.node_id, after.node_id)
        lost = np.flatnonzero(lost_node[before.tail] | lost_node[before.head])
        low = np.minimum(before.tail[lost], before.head[lost])
        high = np.maximum(before.tail[lost], before.head[lost])
        way = before.way_id[before.way_ptr[lost]]
        _, first = np.unique(
            np.stack([way, low, high, before.length_m[lost].view(np.int64)]), axis=1, return_index=True
        )
        rows = lost[np.sort(first)]
        ptr, at = ragged_rows(before.shape_ptr, rows)
        ways = before.way_id[before.way_ptr[rows]]
        self.add(UNCONNECTED, ways, ptr, before.shape_lon_deg[at], before.shape_lat_deg[at])

    def result(self) -> LeftOut:
        """All pieces as a noun, in the order of `REASONS`.

        Returns
        -------
        LeftOut
            Pieces with reasons; only reasons that occur are named.
        """
        parts = sorted((part for part in self._parts if len(part[0])), key=lambda part: part[4])
        codes = sorted({part[4] for part in parts})
        none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0), 0)
        way_id, size, lon, lat = (np.concatenate([part[i] for part in [*parts, none]]) for i in range(4))
        reason = np.concatenate(
            [*(np.full(len(part[0]), codes.index(part[4]), np.uint8) for part in parts), np.zeros(0, np.uint8)]
        )
        return LeftOut(
            way_id=way_id,
            reason_code=reason,
            reasons=np.array([REASONS[code] for code in codes], dtype=str),
            shape_ptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(size, dtype=np.int64)]),
            shape_lon_deg=lon,
            shape_lat_deg=lat,
        )
