"""Skims (Kenngrößenmatrizen) of the road network: zone x zone times and distances."""

from typing import Literal, TypeAlias

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.road import RoadNetwork
from itas_mobility.errors import NetworkError
from itas_mobility.kernels.loading import skim_trees

N_BLOCKS = 16
"""Blocks of origins, whatever the number of threads."""

Intrazonal: TypeAlias = Literal["half_nearest", "zero"]


def skim(
    roads: RoadNetwork,
    *,
    time_s: FloatArray | None = None,
    cost_s: FloatArray | None = None,
    intrazonal: Intrazonal = "half_nearest",
    zone_id: np.ndarray | None = None,
) -> Skims:
    """Time and length of the best path between all zones, both along the same path.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*. Centroids are not passed through where `first_through` says so.
    time_s : array of shape (n_links,), optional
        Link times, e.g. of an `AssignmentResult`; default the free-flow times.
    cost_s : array of shape (n_links,), optional
        Generalised link costs; if given, the best path is the cheapest, and ``cost_s`` is skimmed too. Default: the
        quickest path.
    intrazonal : {"half_nearest", "zero"}
        Diagonal: half of the way to the nearest other zone (by the cost that chose the path; a usual approximation of
        trips inside a zone), or 0. A zone that reaches no other has inf under the first rule.
    zone_id : array of str of shape (n_zones,), optional
        Ids of the zones; default the numbers of their nodes.

    Returns
    -------
    Skims
        ``time_s``, ``length_m`` and, if given, ``cost_s``; inf where there is no path.

    Raises
    ------
    NetworkError
        If the network has no zones, or costs are missing, negative or of the wrong shape.
    """
    n = roads.n_zones
    if n == 0:
        raise NetworkError("skim: the network has no zones; connect it to zones first")
    times = roads.free_time_s if time_s is None else _link_values("time_s", time_s, roads)
    costs = times if cost_s is None else _link_values("cost_s", cost_s, roads)
    attributes = np.ascontiguousarray([roads.length_m] if cost_s is None else [roads.length_m, times])
    least = np.empty((n, n))
    along = np.empty((len(attributes), n, n))
    skim_trees(
        roads.first_through, roads.ptr, roads.tail, roads.head, costs, attributes, min(N_BLOCKS, n), least, along
    )
    named = {"time_s": least if cost_s is None else along[1], "length_m": along[0]}
    if cost_s is not None:
        named["cost_s"] = least
    if intrazonal == "half_nearest":
        others = least.copy()
        np.fill_diagonal(others, np.inf)
        nearest = others.argmin(axis=1)
        rows = np.arange(n)
        apart = np.isinf(others[rows, nearest])
        for matrix in named.values():
            matrix[rows, rows] = np.where(apart, np.inf, 0.5 * matrix[rows, nearest])
    elif intrazonal != "zero":
        raise NetworkError(f"skim: intrazonal {intrazonal!r} is not one of half_nearest, zero")
    ids = roads.node_id[:n].astype(str) if zone_id is None else np.asarray(zone_id, dtype=str)
    return Skims(zone_id=ids, matrices=named)


def _link_values(name: str, given: FloatArray, roads: RoadNetwork) -> FloatArray:
    values = np.array(given, dtype=np.float64, order="C")
    if values.shape != (roads.n_links,):
        raise NetworkError(f"skim: {name} has shape {values.shape}, expected {(roads.n_links,)}")
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise NetworkError(
            f"skim: {name} of link {row} (key {roads.link_key[row]}) is {values[row]}; "
            "it must be finite and not negative"
        )
    # read-only like the network's own columns, so that the compiled loop is the same
    values.flags.writeable = False
    return values
