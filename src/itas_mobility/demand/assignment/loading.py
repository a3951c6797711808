"""All-or-nothing loading: every trip on the shortest path at given costs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.hierarchy import hierarchy_of, sweeps, weights
from itas_mobility.demand.threads import in_threads
from itas_mobility.errors import DemandError
from itas_mobility.kernels import loading as kernels
from itas_mobility.kernels.hierarchy import LANES

N_BLOCKS = 16
"""Blocks of origins in solvers that keep something for each origin, whatever the number of threads."""
N_PARTS = 8
"""Parts of the origins, whatever the number of threads, so that sums do not depend on it; each holds volumes of all
arcs."""
HIERARCHY_NODES = 200
"""Networks from this size on are loaded by the hierarchy (measured: at 24 nodes trees are 4 times quicker, at 416 the
hierarchy is 2 times, at 1,000 nodes 7 times, at 13,000 nodes 15 times)."""

Search: TypeAlias = Literal["hierarchy", "trees"]


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
    search : {"hierarchy", "trees"}, optional
        How shortest paths are found: by sweeps over the contraction hierarchy, or as trees, one by one. Default: the
        hierarchy from `HIERARCHY_NODES` nodes on.

    Raises
    ------
    DemandError
        If matrix and network do not have the same zones.
    """

    def __init__(
        self,
        roads: RoadNetwork,
        demand_veh_per_h: FloatArray,
        *,
        search: Search | None = None,
    ) -> None:
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
        self._search = search or ("hierarchy" if roads.n_nodes >= HIERARCHY_NODES else "trees")

    @property
    def n_origins(self) -> int:
        """Number of zones that trips to other zones start from."""
        return self._origin.size

    @property
    def total_veh_per_h(self) -> float:
        """Demand between different zones."""
        return float(self._demand.sum())

    @property
    def _asked(self) -> kernels.Demand:
        return kernels.Demand(self._pair_ptr, self._destination, self._demand)

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
        out = np.empty(self._roads.n_links) if out is None else out
        sums = self._load_hierarchy(cost_s, out) if self._search == "hierarchy" else self._load_trees(cost_s, out)
        total = sums.sum(axis=0)
        return Load(out, float(total[kernels.PAID]), float(total[kernels.LOST]))

    def _load_trees(self, cost_s: FloatArray, out: FloatArray) -> FloatArray:
        """Fill `out` along trees, grown one by one; totals."""
        roads = self._roads
        sums = np.empty((1, 2))
        kernels.load_trees(
            self._origin,
            tuple(self._asked),
            roads.first_through,
            roads.ptr,
            roads.tail,
            roads.head,
            cost_s,
            out,
            sums[0],
        )
        return sums

    def _load_hierarchy(self, cost_s: FloatArray, out: FloatArray) -> FloatArray:
        """Fill `out` by sweeps over the hierarchy; totals of each part."""
        hierarchy = hierarchy_of(self._roads)
        weighted = weights(hierarchy, cost_s)
        over, row = self._sweeps
        up, down = (np.empty((N_PARTS, hierarchy.up.size)) for _ in range(2))
        volumes = kernels.PartVolumes(up, down, np.empty((N_PARTS, self._roads.n_links)))
        sums = np.empty((N_PARTS, 2))
        shape = (hierarchy.node.size, LANES)
        network, asked = (tuple(hierarchy), tuple(weighted)), tuple(self._asked)

        def load_parts(thread: int, n_threads: int) -> None:
            below, above = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.int32)
            space, through = kernels.PathSpace(np.empty(shape), below, above), np.zeros(shape)
            work = tuple(space), through
            for part in range(thread, N_PARTS, n_threads):
                own = tuple(rows[part] for rows in volumes)
                kernels.load_part(*network, tuple(over), row, part, N_PARTS, asked, *work, own, sums[part])

        in_threads(load_parts, N_PARTS)
        kernels.add_parts(*network, tuple(volumes), out)
        return sums

    @cached_property
    def _sweeps(self) -> tuple[kernels.Sweeps, IntArray]:
        """Blocks of origins, and the row of each origin in `pairs`."""
        over = sweeps(hierarchy_of(self._roads), self._origin, np.unique(self._destination))
        return over, np.searchsorted(self._origin, over.source).astype(np.int32)

    def without_path(self) -> BoolArray:
        """Which pairs of zones (see `pairs`) have no path."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import breadth_first_order

        roads = self._roads
        lost = np.zeros(len(self._demand), dtype=bool)
        passable = roads.tail >= roads.first_through
        for k, origin in enumerate(self._origin.tolist()):
            use = passable | (roads.tail == origin)
            graph = csr_matrix(
                (np.ones(int(use.sum()), dtype=np.int8), (roads.tail[use], roads.head[use])),
                shape=(roads.n_nodes, roads.n_nodes),
            )
            reached = np.zeros(roads.n_nodes, dtype=bool)
            reached[breadth_first_order(graph, origin, return_predecessors=False)] = True
            pairs = slice(self._pair_ptr[k], self._pair_ptr[k + 1])
            lost[pairs] = ~reached[self._destination[pairs]]
        return lost
