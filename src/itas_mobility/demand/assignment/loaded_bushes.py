"""Bushes of a result with the demand that they carry, made ready to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from itas_mobility.core.columns import ByteArray, FloatArray, IntArray, LongArray, StrArray
from itas_mobility.core.matrix import ODMatrix
from itas_mobility.core.result import AssignmentResult, Bushes
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment.vdf import fixed_cost
from itas_mobility.errors import DemandError, NetworkError
from itas_mobility.kernels import route_use as kernels

Trips: TypeAlias = ODMatrix | Sequence[UserClass]
"""What was assigned: one matrix, or user classes."""

AGREEMENT = 1e-6
"""Difference, relative to all demand, up to which bushes count as those of the demand and of the volumes: far above
rounding and below any change that matters."""


@dataclass(frozen=True)
class LoadedBushes:
    """Links with volume of each bush (see `Bushes`), and the demand of its origin and class."""

    root: IntArray
    """Origin of each bush: zone and node, shape (n_bushes,)."""
    class_row: ByteArray
    ptr: LongArray
    link: IntArray
    flow: FloatArray
    """Vehicles per hour, above zero."""
    share: FloatArray
    """Of the trips into the node that the link leads to, those that come over it."""
    pair_ptr: LongArray
    destination: IntArray
    demand: FloatArray
    """Vehicles per hour, of pairs that have a path; those of bush *k* are ``pair_ptr[k]`` to ``pair_ptr[k + 1]``."""
    class_name: tuple[str, ...]
    zone_id: StrArray

    @property
    def route_use(self) -> kernels.RouteUse:
        """The same, as compiled loops take it."""
        return kernels.RouteUse(
            root=self.root,
            class_row=self.class_row,
            ptr=self.ptr,
            link=self.link,
            flow=self.flow,
            share=self.share,
            pair_ptr=self.pair_ptr,
            destination=self.destination,
            demand=self.demand,
        )

    @property
    def n_classes(self) -> int:
        """Number of user classes."""
        return len(self.class_name)

    def bush_of(self, zone: int, class_row: int) -> int | None:
        """Bush of an origin and class, None where it has no demand."""
        found = np.flatnonzero((self.root == zone) & (self.class_row == class_row))
        return int(found[0]) if found.size else None


def classes_of(trips: Trips) -> tuple[UserClass, ...]:
    """User classes; a single matrix is one class without a name of its own.

    Parameters
    ----------
    trips : ODMatrix or sequence of UserClass
        What was assigned.

    Returns
    -------
    tuple of UserClass
        At least one.

    Raises
    ------
    DemandError
        If there is none.
    """
    if isinstance(trips, ODMatrix):
        return (UserClass(name=trips.label or "all", trips=trips),)
    if not trips:
        raise DemandError("trips: no user class is given")
    return tuple(trips)


def class_cost(roads: RoadNetwork, trips: Trips, result: AssignmentResult) -> FloatArray:
    """Generalised cost of each link for each user class, in seconds; infinite where the class may not drive.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned; a single matrix meets the costs of the result.
    result : AssignmentResult
        Gives times and costs.

    Returns
    -------
    float64 ndarray of shape (n_classes, n_links)
        Costs.
    """
    if isinstance(trips, ODMatrix):
        return result.cost_s[np.newaxis].copy()
    return np.stack([_cost_of(roads, user, result.time_s) for user in trips])


def _cost_of(roads: RoadNetwork, user: UserClass, time_s: FloatArray) -> FloatArray:
    cost = time_s + fixed_cost(roads, user.toll_weight_s_per_eur, user.distance_weight_s_per_m, user.extra_cost_s)
    return cost if user.banned is None else np.where(user.banned, np.inf, cost)


def load_bushes(roads: RoadNetwork, trips: Trips, result: AssignmentResult) -> LoadedBushes:
    """Bushes of a result with their demand, after checking that the three belong together.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned.
    result : AssignmentResult
        What came out, with bushes.

    Returns
    -------
    LoadedBushes
        Links without volume are left out.

    Raises
    ------
    DemandError
        If the result has no bushes, or its trips or zones are others.
    NetworkError
        If the network is another.
    """
    if result.bushes is None:
        raise DemandError(
            f"the result (algorithm {result.algorithm!r}) does not know which trips use a link: "
            'assign with algorithm="bush", which keeps them'
        )
    if not np.array_equal(roads.link_key, result.link_key):
        raise NetworkError("the network has other links than the result (link_key): give the one that was assigned to")
    classes = classes_of(trips)
    bushes = result.bushes
    if bushes.class_row.max(initial=0) >= len(classes):
        raise DemandError(f"the result has {bushes.class_row.max() + 1} user classes, trips has {len(classes)}")
    for user in classes:
        if len(user.trips) != roads.n_zones:
            raise DemandError(f"trips {user.name}: {len(user.trips)} zones, the network has {roads.n_zones}")
    root = _roots(roads, bushes)
    used = np.flatnonzero(bushes.volume_veh_per_h > 0)
    ptr = np.searchsorted(used, bushes.ptr).astype(np.int64)
    link, flow = bushes.link[used], bushes.volume_veh_per_h[used]
    share = np.empty(len(flow))
    kernels.shares(ptr, link, flow, roads.head, share)
    pair_ptr, destination, demand = _pairs(roads, classes, root, bushes.class_row, ptr, link)
    found = LoadedBushes(
        root, bushes.class_row, ptr, link, flow, share, pair_ptr, destination, demand,
        tuple(user.name for user in classes), classes[0].trips.zone_id,
    )  # fmt: skip
    _check_demand(roads, classes, found, result)
    return found


def _roots(roads: RoadNetwork, bushes: Bushes) -> IntArray:
    zones = roads.node_id[: roads.n_zones]
    order = np.argsort(zones)
    place = np.minimum(np.searchsorted(zones, bushes.origin_id, sorter=order), max(len(zones) - 1, 0))
    root = order[place] if len(zones) else np.zeros(len(bushes.origin_id), dtype=np.int64)
    strange = np.ones(len(root), dtype=bool) if not len(zones) else zones[root] != bushes.origin_id
    if strange.any():
        raise NetworkError(f"bushes: origin {bushes.origin_id[strange][0]} is not a zone of the network")
    return root.astype(np.int32)


def _pairs(
    roads: RoadNetwork,
    classes: tuple[UserClass, ...],
    root: IntArray,
    class_row: ByteArray,
    ptr: LongArray,
    link: IntArray,
) -> tuple[LongArray, IntArray, FloatArray]:
    """Demand of each bush to the zones that its volumes reach."""
    bush = np.repeat(np.arange(len(root)), np.diff(ptr))
    into_zone = roads.head[link] < roads.n_zones
    reached = np.zeros((len(root), roads.n_zones), dtype=bool)
    reached[bush[into_zone], roads.head[link[into_zone]]] = True
    per_hour = np.stack([user.trips.trips / user.trips.duration_h for user in classes])
    demand = np.where(reached, per_hour[class_row, root], 0.0)
    rows, destination = np.nonzero(demand)
    pair_ptr = np.searchsorted(rows, np.arange(len(root) + 1)).astype(np.int64)
    return pair_ptr, destination.astype(np.int32), demand[rows, destination]


def _check_demand(
    roads: RoadNetwork, classes: tuple[UserClass, ...], found: LoadedBushes, result: AssignmentResult
) -> None:
    """What leaves each origin must be its demand, and what no bush carries must be what had no path."""
    n = len(found.root)
    bush = np.repeat(np.arange(n), np.diff(found.ptr))
    leaves = roads.tail[found.link] == found.root[bush]
    leaving = np.bincount(bush[leaves], weights=found.flow[leaves], minlength=n)
    carried = np.bincount(np.repeat(np.arange(n), np.diff(found.pair_ptr)), weights=found.demand, minlength=n)
    lacking = 0.0
    total = 0.0
    for row, user in enumerate(classes):
        between = user.trips.total - float(np.trace(user.trips.trips))
        lacking += between - float(carried[found.class_row == row].sum()) * user.trips.duration_h
        total += between
    other = np.flatnonzero(np.abs(leaving - carried) > AGREEMENT * max(float(carried.sum()), 1.0))
    if other.size:
        k = other[0]
        raise DemandError(
            f"trips: the result carries other trips than these (from zone {found.zone_id[found.root[k]]} "
            f"{leaving[k]:g} instead of {carried[k]:g} veh/h): give those that were assigned"
        )
    if abs(lacking - result.unassigned_trips) > AGREEMENT * max(total, 1.0):
        raise DemandError(
            f"trips: {lacking:g} of these trips are on no link of the result, which counts {result.unassigned_trips:g} "
            "without a path: give the trips that were assigned"
        )
