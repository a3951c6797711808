"""Places joined to the nearest points of a network's links, and the ways between such places."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from itas_mobility import geo
from itas_mobility.core import RoadClass, RoadNetwork
from itas_mobility.core.columns import FloatArray, GeometryArray, IntArray, LongArray
from itas_mobility.errors import NetworkError
from itas_mobility.kernels.ways_to_places import Arriving, Graph, Leaving, ways_to_places

_Part: TypeAlias = tuple[IntArray | LongArray, IntArray | LongArray, FloatArray, FloatArray]
"""Origin, target, cost and second value of some ways."""
_Column = TypeVar("_Column", bound=NDArray[Any])
_TWIN_M = 0.01
"""Links that pass a place at the same distance, up to this, are all taken: both directions of a street."""
_BLOCKS = 16
"""Origins are searched in so many parts, however many threads there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """Where places touch a network: entries ``ptr[i]`` to ``ptr[i + 1]`` are the links of place *i*."""

    ptr: LongArray
    link: LongArray
    fraction: FloatArray
    """Part of the link that lies between its tail and the place."""
    off_m: FloatArray
    """Beeline from each place to the network."""

    def __len__(self) -> int:
        return len(self.off_m)


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Least-cost ways between pairs of places, sorted by origin, then target; pairs beyond the limit are absent."""

    origin: LongArray
    target: LongArray
    cost: FloatArray
    carried: FloatArray
    """The second value, added up along the way of least cost."""


class Links:
    """The links of a network that places may be joined to: all but connectors and turns, where they are drawn.

    Parameters
    ----------
    network : RoadNetwork
        Network, connected to zones or not.

    Raises
    ------
    NetworkError
        If no link has coordinates.
    """

    def __init__(self, network: RoadNetwork) -> None:
        import shapely

        self.network = network
        self.is_closed = np.isin(network.road_class, [RoadClass.CONNECTOR])
        usable = ~np.isin(network.road_class, [RoadClass.CONNECTOR, RoadClass.TURN])
        ends = (network.tail, network.head)
        for node in ends:
            usable &= np.isfinite(network.node_lon_deg[node]) & np.isfinite(network.node_lat_deg[node])
        self.row = np.flatnonzero(usable)
        if self.row.size == 0:
            raise NetworkError("the network has no link with coordinates that a place could be joined to")
        count, lon, lat = _courses(network, self.row)
        self._middle_deg = float(lat.mean())
        of_point = np.repeat(np.arange(len(count)), count)
        self._lines: GeometryArray = np.asarray(shapely.linestrings(self._plane(lon, lat), indices=of_point))
        self._tree = shapely.STRtree(self._lines)

    def _plane(self, lon_deg: FloatArray, lat_deg: FloatArray) -> FloatArray:
        """Metres on a plane that is true at the network's middle latitude: good enough to tell what is nearest."""
        per_degree = np.radians(1.0) * geo.EARTH_RADIUS_M
        narrow = np.cos(np.radians(self._middle_deg))
        return np.column_stack([lon_deg * per_degree * narrow, lat_deg * per_degree])

    def attach(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Attachment:
        """Join places to their nearest points on links.

        Parameters
        ----------
        lon_deg, lat_deg : array-like of shape (n,)
            Places.

        Returns
        -------
        Attachment
            At least one entry per place.
        """
        import shapely

        lon, lat = np.atleast_1d(np.asarray(lon_deg, float)), np.atleast_1d(np.asarray(lat_deg, float))
        points: GeometryArray = np.asarray(shapely.points(self._plane(lon, lat)))
        nearest = self._tree.query_nearest(points, all_matches=False)
        off = np.empty(len(lon))
        off[nearest[0]] = shapely.distance(points[nearest[0]], self._lines[nearest[1]])
        place, at = self._tree.query(points, predicate="dwithin", distance=off + _TWIN_M)
        order = np.lexsort((at, place))
        place, at = place[order], at[order]
        located = np.asarray(shapely.line_locate_point(self._lines[at], points[place], normalized=True))
        fraction = np.where(np.isfinite(located), np.clip(located, 0.0, 1.0), 0.0)  # nan: a link of no length
        return Attachment(
            ptr=np.searchsorted(place, np.arange(len(lon) + 1)).astype(np.int64),
            link=self.row[at].astype(np.int64),
            fraction=fraction,
            off_m=off,
        )


def _courses(network: RoadNetwork, rows: LongArray) -> tuple[LongArray, FloatArray, FloatArray]:
    """Number of points of each link's course, and the points; links without geometry run straight."""
    size = np.diff(network.shape_ptr)[rows]
    count = np.where(size >= 2, size, 2)
    ptr = np.concatenate([[0], np.cumsum(count)])
    is_drawn = np.repeat(size >= 2, count)
    position = np.arange(ptr[-1]) - np.repeat(ptr[:-1], count)
    link = np.repeat(rows, count)
    end = np.where(position == 0, network.tail[link], network.head[link])
    lon, lat = network.node_lon_deg[end], network.node_lat_deg[end]
    at = (network.shape_ptr[link] + position)[is_drawn]
    lon[is_drawn], lat[is_drawn] = network.shape_lon_deg[at], network.shape_lat_deg[at]
    return count, lon, lat


def ways_between(
    links: Links,
    origins: Attachment,
    targets: Attachment,
    *,
    cost: FloatArray,
    carried: FloatArray,
    to_network: tuple[FloatArray, FloatArray],
    from_network: tuple[FloatArray, FloatArray],
    limit: float,
) -> Ways:
    """Ways of least cost from places to all other places within a limit.

    Parameters
    ----------
    links : Links
        Network that both kinds of places are joined to.
    origins, targets : Attachment
        Places.
    cost, carried : ndarray of shape (n_links,)
        Cost of each link, and a second value that is added up along the way of least cost.
    to_network, from_network : tuple of two ndarray
        Cost and second value between each origin, or target, and the network.
    limit : float
        Costliest way that is kept.

    Returns
    -------
    Ways
        The same for any number of threads.
    """
    network = links.network
    cost, carried = np.where(links.is_closed, np.inf, cost), np.ascontiguousarray(carried)
    leave = _entries(origins, network.head, to_network, 1.0 - origins.fraction, cost, carried)
    arrive = _entries(targets, network.tail, from_network, targets.fraction, cost, carried)
    if len(origins) <= len(targets):
        parts = _searched((network.ptr, network.head, cost, carried), leave, arrive, limit)
    else:
        # fewer trees from the targets, against the links
        by_head = np.argsort(network.head, kind="stable")
        ptr = np.searchsorted(network.head[by_head], np.arange(network.n_nodes + 1)).astype(np.int64)
        against = (ptr, network.tail[by_head], cost[by_head], carried[by_head])
        parts = [(start, end, value, second) for end, start, value, second in _searched(against, arrive, leave, limit)]
    parts.append(
        _on_one_link(origins, targets, cost, carried, to_network, from_network, leave.place, arrive.place, limit)
    )
    origin, target = (np.concatenate([part[i] for part in parts]).astype(np.int64) for i in (0, 1))
    least, along = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    key = origin * max(len(targets), 1) + target
    order = np.lexsort((least, key))
    order = order[np.append(True, np.diff(key[order]) > 0)] if order.size else order
    return Ways(origin[order], target[order], least[order], along[order])


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Where places enter or leave a network: node, and cost and second value between it and the place."""

    ptr: LongArray
    place: LongArray
    node: IntArray
    cost: FloatArray
    carried: FloatArray


def _entries(
    places: Attachment,
    end: IntArray,
    off: tuple[FloatArray, FloatArray],
    share: FloatArray,
    cost: FloatArray,
    carried: FloatArray,
) -> _Entries:
    """Entries at one end of the links, by way of a share of each link, the way off the network included."""
    place = np.repeat(np.arange(len(places)), np.diff(places.ptr))
    link = places.link
    return _Entries(
        places.ptr, place, end[link], off[0][place] + share * cost[link], off[1][place] + share * carried[link]
    )


def _read_only(values: _Column) -> _Column:
    """The same values, not to be changed through this view."""
    view = values.view()
    view.flags.writeable = False
    return view


def _searched(
    graph: tuple[LongArray, IntArray, FloatArray, FloatArray], leave: _Entries, arrive: _Entries, limit: float
) -> list[_Part]:
    """Ways along a graph's nodes, block by block."""
    # all read-only: the kernel is compiled once for networks, whose columns are, and for graphs made of them
    ptr, head, cost, carried = graph
    links = Graph(_read_only(ptr), _read_only(head), _read_only(cost), _read_only(carried))
    order = np.argsort(arrive.node, kind="stable")
    at_node = np.searchsorted(arrive.node[order], np.arange(len(ptr))).astype(np.int64)
    n_origins, n_places = len(leave.ptr) - 1, len(arrive.ptr) - 1
    leaving = Leaving(leave.ptr, leave.node, leave.cost, leave.carried)
    arriving = Arriving(at_node, arrive.place[order], arrive.cost[order], arrive.carried[order])

    def searched(block: int) -> _Part:
        low, high = (n_origins * edge // _BLOCKS for edge in (block, block + 1))
        pair, value, used = ways_to_places(low, high, limit, links, leaving, arriving, n_places)
        pair, value = pair[: 2 * used].reshape(-1, 2), value[: 2 * used].reshape(-1, 2)
        return pair[:, 0], pair[:, 1], value[:, 0], value[:, 1]

    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        return list(pool.map(searched, range(_BLOCKS)))


def _on_one_link(
    origins: Attachment,
    targets: Attachment,
    cost: FloatArray,
    carried: FloatArray,
    to_network: tuple[FloatArray, FloatArray],
    from_network: tuple[FloatArray, FloatArray],
    origin_of: LongArray,
    target_of: LongArray,
    limit: float,
) -> _Part:
    """Ways that stay on one link: the target lies ahead of the origin."""
    order = np.argsort(targets.link, kind="stable")
    by_link = targets.link[order]
    low, high = (np.searchsorted(by_link, origins.link, side=side) for side in ("left", "right"))
    entry = np.repeat(np.arange(len(origins.link)), high - low)
    within = np.arange(len(entry)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    other = order[low[entry] + within]
    share = targets.fraction[other] - origins.fraction[entry]
    ahead = share >= 0.0
    entry, other, share = entry[ahead], other[ahead], share[ahead]
    link, origin, target = origins.link[entry], origin_of[entry], target_of[other]
    whole = to_network[0][origin] + share * cost[link] + from_network[0][target]
    along = to_network[1][origin] + share * carried[link] + from_network[1][target]
    near = whole <= limit
    return origin[near], target[near], whole[near], along[near]
