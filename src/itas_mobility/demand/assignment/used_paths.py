"""Skims along used paths: mean of link values over all paths that the trips of a pair take.

In user equilibrium a pair uses several paths of equal cost, which differ in length, toll or energy. The value along one
of them is chance; the mean over all, by how many trips take each, is not, once route flows are settled by the condition
of proportionality (see `proportions`). Volume x value over links then equals trips x mean over pairs.
"""

from collections.abc import Mapping, Sequence
from typing import Final, overload

import numpy as np

from itas_mobility.core.columns import FloatArray
from itas_mobility.core.matrix import ODMatrix, Skims
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.user_class import UserClass
from itas_mobility.demand.assignment.loaded_bushes import LoadedBushes, Trips, class_cost, load_bushes
from itas_mobility.demand.skims import Intrazonal, fill_diagonal, skim
from itas_mobility.errors import NetworkError
from itas_mobility.kernels import route_use as kernels

_OF_NETWORK: Final = ("time_s", "cost_s", "length_m", "toll_eur")


@overload
def skim_used(
    roads: RoadNetwork,
    trips: ODMatrix,
    result: AssignmentResult,
    *,
    matrices: Sequence[str] = ...,
    link_values: Mapping[str, FloatArray] | None = ...,
    intrazonal: Intrazonal = ...,
) -> Skims: ...


@overload
def skim_used(
    roads: RoadNetwork,
    trips: Sequence[UserClass],
    result: AssignmentResult,
    *,
    matrices: Sequence[str] = ...,
    link_values: Mapping[str, FloatArray] | None = ...,
    intrazonal: Intrazonal = ...,
) -> tuple[Skims, ...]: ...


def skim_used(
    roads: RoadNetwork,
    trips: Trips,
    result: AssignmentResult,
    *,
    matrices: Sequence[str] = ("time_s", "length_m"),
    link_values: Mapping[str, FloatArray] | None = None,
    intrazonal: Intrazonal = "inner_length",
) -> Skims | tuple[Skims, ...]:
    """Time, length and other attributes between zones, as means over the paths that trips use.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned.
    result : AssignmentResult
        With bushes; those of `proportionate` where the means are to be compared, for without it they depend on how the
        solver got there.
    matrices : sequence of str
        What to return: ``time_s``, ``cost_s``, ``length_m``, ``toll_eur``. All of `link_values` are returned as well.
    link_values : mapping of str to array of shape (n_links,), optional
        Further attributes of links, by the name of their matrix; they may depend on the loaded speed.
    intrazonal : {"inner_length", "half_nearest", "zero"}
        Diagonal, as in `skim`.

    Notes
    -----
    Two things are not settled by proportionality: how trips split over links without any cost that lead both ways
    between two nodes, which the order within the solver's bushes decides; and, where ways tie at free flow and volumes
    are so small that costs hardly rise, the split is only as good as the relative gap.

    Returns
    -------
    Skims, or tuple of Skims
        For a matrix of trips one, for user classes one each. Pairs with trips have the mean over the paths that their
        trips take, in each node's proportions of ways in. Pairs without trips have the path of least cost, and of
        equally cheap ones the shortest (see `skim`); inf where there is none.

    Raises
    ------
    DemandError
        If the result has no bushes or belongs to other trips.
    NetworkError
        If the network is another, a matrix is not known, or link values are missing, negative, infinite on an open link
        or of the wrong shape.
    """
    further = {} if link_values is None else dict(link_values)
    if isinstance(matrices, str) or not set(matrices) <= set(_OF_NETWORK):
        raise NetworkError(f"skim_used: matrices {matrices!r}; known: {', '.join(_OF_NETWORK)}")
    names = list(dict.fromkeys([*matrices, *further]))
    bushes = load_bushes(roads, trips, result)
    costs = class_cost(roads, trips, result)
    found = []
    for user, cost in enumerate(costs):
        best = skim(
            roads,
            time_s=np.where(np.isfinite(cost), result.time_s, np.inf),
            cost_s=cost,
            intrazonal="zero",
            zone_id=bushes.zone_id,
            matrices=list(dict.fromkeys([*names, "cost_s"])),
            link_values=further,
        )
        values = {"time_s": result.time_s, "cost_s": cost, "length_m": roads.length_m, "toll_eur": roads.toll_eur}
        found.append(_with_means(roads, bushes, user, best, {**values, **further}, names, intrazonal))
    return found[0] if isinstance(trips, ODMatrix) else tuple(found)


def _with_means(
    roads: RoadNetwork,
    bushes: LoadedBushes,
    user: int,
    best: Skims,
    values: Mapping[str, FloatArray],
    names: Sequence[str],
    intrazonal: Intrazonal,
) -> Skims:
    """Skims of best paths with the means of pairs that have trips in place."""
    on_links = np.column_stack([np.where(np.isfinite(values[name]), values[name], 0.0) for name in names])
    along = np.empty((len(bushes.destination), len(names)))
    values_at = np.ascontiguousarray(on_links, dtype=np.float64)
    kernels.means(bushes.route_use, roads.tail, roads.head, values_at, np.empty((roads.n_nodes, len(names))), along)
    bush = np.repeat(np.arange(len(bushes.root)), np.diff(bushes.pair_ptr))
    is_own = (bushes.class_row[bush] == user) & (bushes.root[bush] != bushes.destination)
    rows, columns = bushes.root[bush[is_own]], bushes.destination[is_own]
    means = {name: best[name].copy() for name in names}
    for place, name in enumerate(names):
        means[name][rows, columns] = along[is_own, place]
    if intrazonal != "zero":
        is_open = np.isfinite(values["cost_s"])
        fill_diagonal(roads, best["cost_s"], means, values, is_open=is_open, intrazonal=intrazonal)
    return Skims(best.zone_id, means)
