"""Where a solver begins: nothing, or an earlier result of a network and demand that may have changed since."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment import bush_based
from itas_mobility.demand.assignment.loading import Loader
from itas_mobility.demand.assignment.vdf import TravelCost

FEASIBILITY = 1e-9
"""Imbalance at a node, relative to all demand, up to which earlier volumes count as a loading of the demand."""


def first_volumes(
    roads: RoadNetwork,
    loader: Loader,
    cost: TravelCost,
    demand: FloatArray,
    warm_start: AssignmentResult | None,
    digest: str,
) -> FloatArray:
    """Volumes to start from: all demand on shortest paths, or those of the earlier result where they still fit.

    Parameters
    ----------
    roads : RoadNetwork
        Present network.
    loader : Loader
        Loads the present demand.
    cost : TravelCost
        Cost of the present links.
    demand : array of shape (n_zones, n_zones)
        Vehicles per hour.
    warm_start : AssignmentResult, optional
        What came out earlier, here or on a network that shares some links.
    digest : str
        Of the present demand.

    Returns
    -------
    array of shape (n_links,)
        Vehicles per hour that carry the demand.
    """
    free = cost.value(np.zeros(roads.n_links))
    if warm_start is None:
        return loader.load(free).volume_veh_per_h
    known, row = join_links(roads.link_key, warm_start.link_key)
    if warm_start.demand_digest == digest:
        volume = np.where(known, warm_start.volume_veh_per_h[row], 0.0)
        if _carries(roads, volume, demand, warm_start):
            return volume
    return loader.load(np.where(known, np.maximum(warm_start.cost_s[row], free), free)).volume_veh_per_h


def first_bushes(
    roads: RoadNetwork,
    cost: TravelCost,
    classes: Sequence[UserClass],
    warm_start: AssignmentResult | None,
    digest: str,
) -> bush_based.Start | None:
    """What the bush-based solver begins with: nothing, or times and bushes of the earlier result.

    Parameters
    ----------
    roads : RoadNetwork
        Present network.
    cost : TravelCost
        Cost of the present links to the first class; its time is that of all classes.
    classes : sequence of UserClass
        Who travels now.
    warm_start : AssignmentResult, optional
        What came out earlier; classes are matched by name.
    digest : str
        Of the present demand.

    Returns
    -------
    Start, optional
        None without an earlier result.
    """
    if warm_start is None:
        return None
    free = cost.time(np.zeros(roads.n_links))
    is_known, row = join_links(roads.link_key, warm_start.link_key)
    first_time = np.where(is_known, np.maximum(warm_start.time_s[row], free), free)
    is_there, row_here = join_links(warm_start.link_key, roads.link_key)
    earlier = warm_start.bushes
    if earlier is None:
        return bush_based.Start(first_time, None, np.empty(0, dtype=np.int64), row_here, is_balanced=True)
    # a single class is the same whatever its name
    names = {user.name: m for m, user in enumerate(classes)}
    single = len(classes) == len(warm_start.class_name) == 1
    of_class = np.array([0 if single else names.get(str(name), -1) for name in warm_start.class_name])
    return bush_based.Start(
        first_time,
        earlier,
        of_class[earlier.class_row],
        np.where(is_there, row_here, -1),
        is_balanced=digest == warm_start.demand_digest
        and bool(is_known.all() and is_there.all())
        and np.array_equal(cost.time(warm_start.volume_veh_per_h[row]), warm_start.time_s[row]),
    )


def join_links(keys: LongArray, earlier: LongArray) -> tuple[BoolArray, LongArray]:
    """Rows of `keys` in `earlier`.

    Parameters
    ----------
    keys, earlier : int64 ndarray
        Keys of links, each different.

    Returns
    -------
    known : bool ndarray
        Which of `keys` are there.
    row : int64 ndarray
        Their rows, 0 elsewhere.
    """
    if earlier.size == 0:
        return np.zeros(keys.size, dtype=bool), np.zeros(keys.size, dtype=np.int64)
    if np.array_equal(keys, earlier):
        return np.ones(keys.size, dtype=bool), np.arange(keys.size)
    order = np.argsort(earlier)
    place = np.minimum(np.searchsorted(earlier, keys, sorter=order), earlier.size - 1)
    row = order[place]
    known = earlier[row] == keys
    return known, np.where(known, row, 0)


def _carries(roads: RoadNetwork, volume: FloatArray, demand: FloatArray, earlier: AssignmentResult) -> bool:
    """Whether the volumes of an earlier loading of the same demand are one on this network too.

    They are if everything was assigned and no volume is missing anywhere: the balance holds at each node, and at
    centroids that are not passed through it holds for leaving and arriving separately.
    """
    if earlier.unassigned_trips > 0.0:
        return False
    between = demand.copy()
    np.fill_diagonal(between, 0.0)
    n, zones = roads.n_nodes, roads.n_zones
    leaving = np.bincount(roads.tail, weights=volume, minlength=n)
    arriving = np.bincount(roads.head, weights=volume, minlength=n)
    produced = np.zeros(n)
    attracted = np.zeros(n)
    produced[:zones] = between.sum(axis=1)
    attracted[:zones] = between.sum(axis=0)
    allowed = FEASIBILITY * max(float(between.sum()), 1.0)
    closed = slice(0, roads.first_through)
    return bool(
        (np.abs(leaving - arriving - produced + attracted) <= allowed).all()
        and (np.abs(leaving - produced)[closed] <= allowed).all()
    )
