"""All-or-nothing loading: every trip on the shortest path at given costs."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from itas_mobility.core.columns import FloatArray, IntArray, LongArray
from itas_mobility.core.road import RoadNetwork
from itas_mobility.errors import DemandError
from itas_mobility.kernels import loading as kernels

N_BLOCKS = 16
"""Blocks of origins, whatever the number of threads, so that sums do not depend on it."""


@dataclass(frozen=True)
class Load:
    """What a loading gave."""

    volume_veh_per_h: FloatArray
    """Shape (n_links,)."""
    shortest_veh_s: float
    """Demand x cost of the shortest path, summed: SPTT."""
    unassigned_veh_per_h: float
    """Demand without a path."""


class Pairs(NamedTuple):
    """Demand between different zones, by origin; origins without demand are left out."""

    origin: IntArray
    """Zones (nodes) with demand, rising."""
    ptr: LongArray
    """Demand of origin *k* stands from ``ptr[k]`` to ``ptr[k + 1]``."""
    destination: IntArray
    demand: FloatArray
    """In veh/h."""


class Loader:
    """Loads one OD matrix on one network again and again, with costs that change little.

    Parameters
    ----------
    roads : RoadNetwork
        Zone *i* is node *i*.
    demand_veh_per_h : array of shape (n_zones, n_zones)
        Intrazonal trips are not loaded.
    tree_memory_bytes : int, default=1 GiB
        Trees are kept from call to call and repaired, which is several times quicker than growing them, if they fit
        into this much memory (8 bytes per origin and node). Both ways give shortest trees; which of several equally
        short paths is loaded may differ.

    Raises
    ------
    DemandError
        If matrix and network do not have the same zones.
    """

    def __init__(self, roads: RoadNetwork, demand_veh_per_h: FloatArray, *, tree_memory_bytes: int = 1 << 30) -> None:
        n = roads.n_zones
        if demand_veh_per_h.shape != (n, n):
            raise DemandError(
                f"the OD matrix has shape {demand_veh_per_h.shape}, the network {n} zones (its first {n} nodes): "
                "connect the network to the zones of the matrix"
            )
        between = demand_veh_per_h > 0
        np.fill_diagonal(between, val=False)
        origins = np.flatnonzero(between.any(axis=1))
        rows, columns = np.nonzero(between)
        self._roads = roads
        self._origin = origins.astype(np.int32)
        self._pair_ptr = np.concatenate(([0], np.cumsum(between[origins].sum(axis=1)))).astype(np.int64)
        self._destination = columns.astype(np.int32)
        self._demand = np.ascontiguousarray(demand_veh_per_h[rows, columns])
        self._keep = origins.size * roads.n_nodes * 8 <= tree_memory_bytes
        shape = (origins.size if self._keep else 0, roads.n_nodes)
        self._pred = np.empty(shape, dtype=np.int32)
        self._order = np.empty(shape, dtype=np.int32)
        self._settled = np.zeros(origins.size, dtype=np.int32)
        self._blocks = np.empty((max(1, min(N_BLOCKS, origins.size)), roads.n_links))
        self._sums = np.zeros((self._blocks.shape[0], 2))

    @property
    def n_origins(self) -> int:
        """Number of zones that trips to other zones start from."""
        return self._origin.size

    @property
    def total_veh_per_h(self) -> float:
        """Demand between different zones."""
        return float(self._demand.sum())

    @property
    def pairs(self) -> Pairs:
        """What is loaded."""
        return Pairs(self._origin, self._pair_ptr, self._destination, self._demand)

    def load(self, cost_s: FloatArray, out: FloatArray | None = None) -> Load:
        """Load all demand on shortest paths.

        Parameters
        ----------
        cost_s : array of shape (n_links,)
            Finite and not negative.
        out : array of shape (n_links,), optional
            Takes the volumes.

        Returns
        -------
        Load
            Volumes, shortest-path total and demand without a path.
        """
        roads = self._roads
        out = np.empty(roads.n_links) if out is None else out
        kernels.load_trees(
            self._origin, self._pair_ptr, self._destination, self._demand, roads.first_through, roads.ptr, roads.tail,
            roads.head, cost_s, self._keep, self._pred, self._order, self._settled, self._blocks, self._sums,
        )  # fmt: skip
        kernels.add_blocks(self._blocks, out)
        shortest, lost = self._sums.sum(axis=0)
        return Load(out, float(shortest), float(lost))

    def pairs_without_path(self) -> list[tuple[int, int, float]]:
        """Pairs of zones that have demand but no path: origin, destination, veh/h."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import breadth_first_order

        roads = self._roads
        pairs: list[tuple[int, int, float]] = []
        passable = roads.tail >= roads.first_through
        for k, origin in enumerate(self._origin.tolist()):
            use = passable | (roads.tail == origin)
            graph = csr_matrix(
                (np.ones(int(use.sum()), dtype=np.int8), (roads.tail[use], roads.head[use])),
                shape=(roads.n_nodes, roads.n_nodes),
            )
            reached = np.zeros(roads.n_nodes, dtype=bool)
            reached[breadth_first_order(graph, origin, return_predecessors=False)] = True
            for pair in range(int(self._pair_ptr[k]), int(self._pair_ptr[k + 1])):
                to = int(self._destination[pair])
                if not reached[to]:
                    pairs.append((origin, to, float(self._demand[pair])))
        return pairs
