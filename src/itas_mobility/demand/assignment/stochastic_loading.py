"""Logit loading: trips spread over all efficient routes, the cheaper ones taken more often (Dial 1971).

A route is efficient if each of its links leads farther from the origin, by the cheapest way there at zero volume. A
route of cost c is taken in proportion to exp(-theta x c). Routes are never listed: two walks over the efficient links
of an origin do for all of its destinations (see `kernels.stochastic`).
"""

from dataclasses import dataclass

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.assignment.loading import N_BLOCKS, Pairs
from itas_mobility.errors import DemandError
from itas_mobility.kernels import stochastic as kernels
from itas_mobility.kernels.loading import add_blocks
from itas_mobility.kernels.stars import both_stars


@dataclass(frozen=True)
class LogitLoad:
    """What a loading gave."""

    volume_veh_per_h: FloatArray
    """Shape (n_links,)."""
    expected_veh_s: float
    """Demand x expected least perceived cost (minus the logsum over routes, by theta), summed over pairs."""


class LogitLoader:
    """Loads the same demand again and again on the same efficient links; memory: 12 bytes per origin and such link.

    Parameters
    ----------
    roads : RoadNetwork
        Zone *i* is node *i*.
    pairs : Pairs
        Demand by origin.
    free_cost_s : array of shape (n_links,)
        Costs that decide which links are efficient.
    theta_per_s : float
        How strongly cost decides: a route that is 1 / theta dearer is taken 1 / e times as often.
    """

    def __init__(self, roads: RoadNetwork, pairs: Pairs, free_cost_s: FloatArray, theta_per_s: float) -> None:
        n_origins = len(pairs.origin)
        n_blocks = max(1, min(N_BLOCKS, n_origins))
        level = np.empty((n_origins, roads.n_nodes), dtype=np.int32)
        order = np.empty((n_origins, roads.n_nodes), dtype=np.int32)
        n_useful = np.zeros(n_origins, dtype=np.int64)
        n_efficient = np.zeros(n_origins, dtype=np.int64)
        asked = kernels.OriginPairs(pairs.origin, pairs.ptr, pairs.destination, pairs.demand)
        self._network = both_stars(roads.first_through, roads.ptr, roads.tail, roads.head)
        kernels.find_levels(self._network, asked, free_cost_s, n_blocks, level, order, n_useful, n_efficient)
        self._start = np.concatenate(([0], np.cumsum(n_efficient))).astype(np.int64)
        self._link: IntArray = np.empty(self._start[-1], dtype=np.int32)
        kernels.list_links(self._network, pairs.origin, level, order, n_useful, self._start, n_blocks, self._link)
        row = np.repeat(np.arange(n_origins), np.diff(pairs.ptr))
        self.lost: BoolArray = level[row, pairs.destination] < 0
        """Which pairs of zones have no path."""
        self._pairs = asked._replace(demand=np.where(self.lost, 0.0, pairs.demand))
        self._share = np.empty(self._link.size)
        self._blocks = np.empty((n_blocks, roads.n_links))
        self._satisfaction = np.zeros(n_blocks)
        self._theta = theta_per_s

    def load(self, cost_s: FloatArray) -> LogitLoad:
        """Load all demand that has a path.

        Parameters
        ----------
        cost_s : array of shape (n_links,)
            Finite costs that route choice sees.

        Returns
        -------
        LogitLoad
            Volumes and expected cost.

        Raises
        ------
        DemandError
            If theta x cost is beyond what a number holds.
        """
        volume = np.empty_like(cost_s)
        kernels.load(
            self._network, self._pairs, self._start, self._link, self._theta, cost_s, self._share, self._blocks,
            self._satisfaction,
        )  # fmt: skip
        add_blocks(self._blocks, volume)
        expected = -float(self._satisfaction.sum()) / self._theta
        if not np.isfinite(expected):
            raise DemandError(f"theta_per_s: {self._theta:g} times the cost of a route is not a finite number")
        return LogitLoad(volume, expected)

    def change(self, cost_change_s: FloatArray) -> FloatArray:
        """Derivative of the volumes of the last `load` along a change of costs.

        Parameters
        ----------
        cost_change_s : array of shape (n_links,)
            Direction.

        Returns
        -------
        ndarray of shape (n_links,)
            Change of the volumes in veh/h; as much leaves each node as arrives.
        """
        volume = np.empty_like(cost_change_s)
        kernels.load_change(
            self._network, self._pairs, self._start, self._link, self._theta, self._share, cost_change_s, self._blocks
        )
        add_blocks(self._blocks, volume)
        return volume
