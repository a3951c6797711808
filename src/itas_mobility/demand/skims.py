"""Skims (Kenngrößenmatrizen) of the road network: zone x zone costs, times, distances, tolls."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, LongArray
from itas_mobility.core.matrix import Skims
from itas_mobility.core.road import RoadNetwork
from itas_mobility.demand.hierarchy import hierarchy_of, sweeps, weights
from itas_mobility.demand.threads import in_threads
from itas_mobility.errors import NetworkError
from itas_mobility.kernels.hierarchy import LANES, Hierarchy, Weights, add_along
from itas_mobility.kernels.loading import Attributes, PathSpace, skim_along, skim_costs
from itas_mobility.units import KM_PER_H_TO_M_PER_S

Intrazonal: TypeAlias = Literal["inner_length", "half_nearest", "zero"]

_TIE: Final = 1e-9
"""Zones that are equally near up to this share count alike, so that neither their order nor rounding decides."""

SHORTER_S_PER_M = 2.0**-23
"""What a metre counts for when attributes are added up along the best path: of paths that cost the same, the shortest
is taken. Large against rounding (1e-12 of an hour is undone by 3 cm), and small enough not to be seen in a time: a path
that is a millisecond slower is taken only where it is 8 km shorter. A power of two, so that taking it off again is
exact where costs are short numbers."""


def skim(
    roads: RoadNetwork,
    *,
    time_s: FloatArray | None = None,
    cost_s: FloatArray | None = None,
    intrazonal: Intrazonal = "inner_length",
    zone_id: np.ndarray | None = None,
    matrices: Sequence[str] | None = None,
    link_values: Mapping[str, FloatArray] | None = None,
) -> Skims:
    """Time, length and other attributes of the best path between all zones, all along the same path.

    Paths are found in a contraction hierarchy, which is made once per network (see `hierarchy_of`). Of paths that cost
    the same the shortest is taken (a metre counts `SHORTER_S_PER_M`), so that lengths do not hang on the last digit of
    a time; if these tie too, the one taken depends on the network and on the costs alone (see `kernels.hierarchy`), not
    on threads. In a loaded network trips take several paths of equal cost and different length: what they drive in the
    mean is told by `skim_used`.

    Parameters
    ----------
    roads : RoadNetwork
        Connected to the zones: zone *i* is node *i*. Centroids are not passed through where `first_through` says so.
    time_s : array of shape (n_links,), optional
        Link times, e.g. of an `AssignmentResult`; default the free-flow times.
    cost_s : array of shape (n_links,), optional
        Generalised link costs; if given, the best path is the cheapest, and ``cost_s`` is skimmed too. Default: the
        quickest path. Links of infinite cost (or time, without costs) are closed.
    intrazonal : {"inner_length", "half_nearest", "zero"}
        Diagonal: a way of the length of trips inside the zone (`RoadNetwork.zone_inner_length_m`), with the time, cost
        and so on per metre of the zone's connectors, which stand for minor streets; half of the way to the nearest
        other zone (by the cost that chose the path; a usual approximation, which takes zones for as large as their
        neighbours are near, and holds under the first rule for zones whose length is not known); or 0. Places without
        extent, such as the gates of works, are not the nearest zone of any other unless there are no others. A zone
        that reaches no other has inf where half of that way counts.
    zone_id : array of str of shape (n_zones,), optional
        Ids of the zones; default the numbers of their nodes.
    matrices : sequence of str, optional
        What to return: ``time_s``, ``length_m``, ``toll_eur``, ``cost_s`` and names of `link_values`. Default: time,
        length, the cost if given, and all `link_values`. What chooses the path comes at no extra cost.
    link_values : mapping of str to array of shape (n_links,), optional
        Further attributes of links to add up along the paths, by the name of their matrix.

    Returns
    -------
    Skims
        The matrices; inf where there is no path.

    Raises
    ------
    NetworkError
        If the network has no zones, a matrix is not known, or link values are missing, negative, infinite on an open
        link or of the wrong shape.
    """
    n = roads.n_zones
    if n == 0:
        raise NetworkError("skim: the network has no zones; connect it to zones first")
    if intrazonal not in get_args(Intrazonal):
        raise NetworkError(f"skim: intrazonal {intrazonal!r} is not one of {', '.join(get_args(Intrazonal))}")
    on_links = {"time_s": roads.free_time_s if time_s is None else time_s}
    chooser = "time_s"
    if cost_s is not None:
        on_links["cost_s"] = cost_s
        chooser = "cost_s"
    costs = _link_values(chooser, on_links[chooser], roads)
    on_links |= {"length_m": roads.length_m, "toll_eur": roads.toll_eur}
    further = {} if link_values is None else dict(link_values)
    if taken := sorted(on_links.keys() & further.keys()):
        raise NetworkError(f"skim: link_values {taken[0]!r} is the name of a matrix of its own; choose another name")
    on_links |= further
    wanted = _wanted(matrices, on_links, further, chooser)
    is_open = np.isfinite(costs)
    carried = {
        name: _link_values(name, on_links[name], roads, must_be_finite=is_open) for name in wanted if name != chooser
    }
    if carried:
        least, found = _sweep_shortest(roads, costs, carried)
    else:
        least, _ = _sweep(roads, costs, np.empty((0, roads.n_links)))
        found = {}
    found[chooser] = least
    if intrazonal != "zero":
        fill_diagonal(roads, least, found, on_links, is_open=is_open, intrazonal=intrazonal)
    ids = roads.node_id[:n].astype(str) if zone_id is None else np.asarray(zone_id, dtype=str)
    return Skims(zone_id=ids, matrices={name: found[name] for name in wanted})


def _wanted(
    matrices: Sequence[str] | None, on_links: Mapping[str, FloatArray], further: Mapping[str, FloatArray], chooser: str
) -> list[str]:
    """Names of the matrices to return."""
    if matrices is None:
        return list(dict.fromkeys(["time_s", "length_m", chooser, *further]))
    if isinstance(matrices, str):
        raise NetworkError(f"skim: matrices is the text {matrices!r}; give a list of names")
    for name in matrices:
        if name not in on_links:
            raise NetworkError(f"skim: matrix {name!r} is not known; known: {', '.join(on_links)}")
    return list(dict.fromkeys(matrices))


def fill_diagonal(
    roads: RoadNetwork,
    least: FloatArray,
    matrices: Mapping[str, FloatArray],
    on_links: Mapping[str, FloatArray],
    *,
    is_open: BoolArray,
    intrazonal: Intrazonal = "inner_length",
) -> None:
    """Put what trips inside zones have on the diagonal of matrices.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    least : ndarray of shape (n_zones, n_zones)
        Costs between zones, which tell the nearest.
    matrices : mapping of str to ndarray of shape (n_zones, n_zones)
        Changed in place.
    on_links : mapping of str to ndarray of shape (n_links,)
        What each matrix adds up.
    is_open : bool ndarray of shape (n_links,)
        Links that are not closed.
    intrazonal : {"inner_length", "half_nearest"}
        As in `skim`.
    """
    rows = np.arange(len(least))
    half = _half_of_nearest(least, np.asarray(roads.zone_inner_length_m != 0), list(matrices.values()))
    inner_m = roads.zone_inner_length_m
    is_known = np.asarray(inner_m > 0) if intrazonal == "inner_length" else np.zeros(len(rows), np.bool_)
    for (name, matrix), otherwise in zip(matrices.items(), half, strict=True):
        inside = inner_m * _per_metre(roads, name, on_links[name], is_open) if is_known.any() else otherwise
        matrix[rows, rows] = np.where(is_known & ~np.isnan(inside), inside, otherwise)


def _per_metre(roads: RoadNetwork, name: str, values: FloatArray, is_open: BoolArray) -> FloatArray:
    """Value per metre of the links at each zone's node; of those at all zones' nodes where they have no length.

    Where none has, a metre is a metre long and takes its time at the links' speed; what else it costs is not known.
    """
    zone, link = _links_at_zones(roads, is_open)
    metres = np.bincount(zone, roads.length_m[link], minlength=roads.n_zones)
    value = np.bincount(zone, np.asarray(values, np.float64)[link], minlength=roads.n_zones)
    total_m = metres.sum()
    if total_m > 0:
        unknown = value.sum() / total_m
    elif name == "length_m":
        unknown = 1.0
    elif name == "time_s" and link.size:
        unknown = float((1.0 / (roads.free_speed_km_per_h[link] * KM_PER_H_TO_M_PER_S)).mean())
    else:
        unknown = np.nan
    found = np.full(roads.n_zones, unknown)
    np.divide(value, metres, out=found, where=metres > 0)
    return found


def _links_at_zones(roads: RoadNetwork, is_open: BoolArray) -> tuple[LongArray, LongArray]:
    """Zones and the open links that begin or end there."""
    leave = np.flatnonzero(is_open[: roads.ptr[roads.n_zones]])
    reach = np.flatnonzero(is_open & (roads.head < roads.n_zones))
    return np.concatenate([roads.tail[leave], roads.head[reach]]).astype(np.int64), np.concatenate([leave, reach])


def _half_of_nearest(least: FloatArray, has_extent: BoolArray, matrices: Sequence[FloatArray]) -> list[FloatArray]:
    """Half of the way to the nearest other zone that has an extent, to any other where there is none; else inf."""
    rows = np.arange(len(least))
    away = np.where(rows[:, None] == rows, np.inf, least)
    among = np.where(has_extent, away, np.inf)
    away = np.where(np.isfinite(among).any(axis=1, keepdims=True), among, away)
    nearest = away.min(axis=1, keepdims=True, initial=np.inf)
    is_near = np.isfinite(away) & (away <= nearest * (1.0 + _TIE))
    n_near = is_near.sum(axis=1)
    found = [np.full(len(rows), np.inf) for _ in matrices]
    for half, matrix in zip(found, matrices, strict=True):
        np.divide(0.5 * np.where(is_near, matrix, 0.0).sum(axis=1), n_near, out=half, where=n_near > 0)
    return found


def _sweep_shortest(
    roads: RoadNetwork, costs: FloatArray, carried: Mapping[str, FloatArray]
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Least costs between zones, and attributes along the shortest of the paths that cost so little."""
    attributes = {"length_m": roads.length_m, **carried}
    values = np.array(list(attributes.values()))
    least, along = _sweep(roads, costs + SHORTER_S_PER_M * roads.length_m, values)
    found = dict(zip(attributes, along, strict=True))
    has_path = np.isfinite(least)
    # both are sums in orders of their own: nothing may be left below zero
    least[has_path] = np.maximum(least[has_path] - SHORTER_S_PER_M * found["length_m"][has_path], 0.0)
    return least, found


def _sweep(roads: RoadNetwork, costs: FloatArray, attributes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least costs between zones, and attributes along the paths."""
    hierarchy = hierarchy_of(roads)
    weighted = weights(hierarchy, costs)
    zones = np.arange(roads.n_zones, dtype=np.int32)
    over = sweeps(hierarchy, zones, zones)
    shape = (hierarchy.node.size, LANES)
    least = np.empty((roads.n_zones, roads.n_zones))
    along = np.empty((len(attributes), roads.n_zones, roads.n_zones))

    def costs_only(thread: int, n_threads: int) -> None:
        label, below = np.empty(shape), np.empty(shape, dtype=np.int32)
        skim_costs(*network, thread, n_threads, label, below, least)

    def with_attributes(thread: int, n_threads: int) -> None:
        space = PathSpace(np.empty(shape), np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.int32))
        value = np.empty(shape)
        skim_along(*network, thread, n_threads, tuple(carried), tuple(space), value, least, along)

    n_blocks = over.climb_ptr.size - 1
    network = tuple(hierarchy), tuple(weighted), tuple(over)
    if len(attributes) == 0:
        in_threads(costs_only, n_blocks)
    else:
        carried = Attributes(attributes, *_along_arcs(hierarchy, weighted, attributes))
        in_threads(with_attributes, n_blocks)
    return least, along


def _along_arcs(hierarchy: Hierarchy, weighted: Weights, attributes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Attributes of the arcs, upwards and downwards, each of shape (n_attributes, n_arcs)."""
    up_sum = np.empty((len(attributes), hierarchy.up.size))
    down_sum = np.empty_like(up_sum)
    network = tuple(hierarchy), tuple(weighted)
    for k, attribute in enumerate(attributes):
        add_along(*network, attribute, up_sum[k], down_sum[k])
    return up_sum, down_sum


def _link_values(
    name: str, given: FloatArray, roads: RoadNetwork, *, must_be_finite: np.ndarray | None = None
) -> FloatArray:
    """Values of links, checked; infinite ones are legal except where said."""
    values = np.array(given, dtype=np.float64, order="C")
    if values.shape != (roads.n_links,):
        raise NetworkError(f"skim: {name} has shape {values.shape}, expected {(roads.n_links,)}")
    bad = ~(values >= 0)
    if must_be_finite is not None:
        bad |= must_be_finite & np.isinf(values)
        values[np.isinf(values)] = 0.0  # of closed links, which no path uses
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise NetworkError(
            f"skim: {name} of link {row} (key {roads.link_key[row]}) is {given[row]}; "
            "it must not be negative or missing, and finite on open links"
        )
    return values
