"""Paths of a pair of zones, with their volumes, read out of a bush without storing paths in the solver."""

import heapq
import warnings
from collections.abc import Iterator

import numpy as np

from itas_mobility.core.columns import FloatArray, row_of
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.route_use import PathList
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment.loaded_bushes import LoadedBushes, Trips, class_cost, classes_of, load_bushes
from itas_mobility.errors import DataWarning, DemandError


def paths(
    roads: RoadNetwork,
    trips: Trips,
    result: AssignmentResult,
    origin: str,
    destination: str,
    *,
    class_name: str | None = None,
    max_paths: int = 100,
) -> PathList:
    """Paths that the trips of one pair of zones take, by falling volume; their volumes add up to the pair's demand.

    Trips of an origin mix at each node, so the volume of a path is the demand times, at each node on it, the share of
    the origin's trips that come in by the path's link: the most even split that agrees with the origin's volumes. These
    themselves are not unique in equilibrium; `proportionate` the result first to fix them.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned.
    result : AssignmentResult
        With bushes, as from ``assign(..., algorithm="bush")`` or `proportionate`.
    origin, destination : str
        Ids of the zones.
    class_name : str, optional
        User class; needed if there are several.
    max_paths : int, default=100
        Most paths to list; those of the largest volumes are.

    Returns
    -------
    PathList
        Empty for a pair without demand, or without a path.

    Raises
    ------
    InputError
        For zones or a class that are not known, or a result that has no bushes or belongs to other trips.

    Warns
    -----
    DataWarning
        If there are more paths; says how much volume is on them.
    """
    if max_paths < 1:
        raise DemandError(f"max_paths: {max_paths} must be at least 1")
    classes = classes_of(trips)
    user = _class_row(classes, class_name)
    bushes = load_bushes(roads, trips, result)
    start, end = row_of(bushes.zone_id, origin, "zone"), row_of(bushes.zone_id, destination, "zone")
    found: list[tuple[float, tuple[int, ...]]] = []
    left = 0.0
    bush = bushes.bush_of(start, user)
    if bush is not None:
        demand = _demand_to(bushes, bush, end)
        for volume, links in _largest_first(roads, bushes, bush, end, demand):
            if len(found) == max_paths:
                left = max(demand - sum(amount for amount, _ in found), 0.0)
                break
            found.append((volume, links))
    if left > 0.0:
        warnings.warn(
            f"paths from {origin} to {destination}: {left:g} veh/h are on more than the {max_paths} paths listed: "
            "raise max_paths to see them",
            DataWarning,
            stacklevel=2,
        )
    cost = class_cost(roads, trips, result)[user]
    rows = [np.array(links, dtype=np.int64) for _, links in found]

    def total(values: FloatArray) -> FloatArray:
        return np.array([values[links].sum() for links in rows])

    return PathList(
        origin=origin,
        destination=destination,
        class_name=classes[user].name,
        volume_veh_per_h=np.array([volume for volume, _ in found]),
        cost_s=total(cost),
        time_s=total(result.time_s),
        length_m=total(roads.length_m),
        link_ptr=np.concatenate(([0], np.cumsum([len(links) for links in rows]))),
        link_key=roads.link_key[np.concatenate([np.zeros(0, dtype=np.int64), *rows])],
        left_out_veh_per_h=left,
    )


def _class_row(classes: tuple[UserClass, ...], name: str | None) -> int:
    names = [user.name for user in classes]
    if name is None and len(names) == 1:
        return 0
    if name not in names:
        raise DemandError(f"class_name: {name!r} is not one of {', '.join(names)}")
    return names.index(name)


def _demand_to(bushes: LoadedBushes, bush: int, zone: int) -> float:
    part = slice(bushes.pair_ptr[bush], bushes.pair_ptr[bush + 1])
    return float(bushes.demand[part][bushes.destination[part] == zone].sum())


def _largest_first(
    roads: RoadNetwork, bushes: LoadedBushes, bush: int, zone: int, demand: float
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Paths by falling volume, ties by the links' keys: what is left of a path when walking back never grows."""
    if demand <= 0.0:
        return
    ways: dict[int, list[tuple[int, float]]] = {}
    for place in range(int(bushes.ptr[bush]), int(bushes.ptr[bush + 1])):
        row = int(bushes.link[place])
        ways.setdefault(int(roads.head[row]), []).append((row, float(bushes.share[place])))
    root = int(bushes.root[bush])
    heap: list[tuple[float, tuple[int, ...], int, tuple[int, ...]]] = [(-demand, (), zone, ())]
    while heap:
        minus, keys, node, links = heapq.heappop(heap)
        if node == root:
            yield -minus, links[::-1]
            continue
        for row, share in ways[node]:
            key = (*keys, int(roads.link_key[row]))
            heapq.heappush(heap, (minus * share, key, int(roads.tail[row]), (*links, row)))
