"""Select link analysis (Spinnenanalyse, Kordonanalyse): whose trips pass given links, and what they load elsewhere."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np

from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import LongArray
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.route_use import SelectedTrips
from itas_mobility.demand.assignment.loaded_bushes import Trips, load_bushes
from itas_mobility.errors import DemandError, NetworkError
from itas_mobility.kernels import route_use as kernels

Passing: TypeAlias = Literal["any", "all"]

MOST_TOGETHER = 8
"""Most links that a trip may have to pass together: work doubles with each."""


def select_links(
    roads: RoadNetwork,
    trips: Trips,
    result: AssignmentResult,
    link_keys: int | Sequence[int] | LongArray,
    *,
    passing: Passing = "any",
) -> SelectedTrips:
    """Trips that pass selected links: their OD matrix, and the volume they cause on every link.

    The selected trips of one link add up to its volume exactly. Which pairs use a link is not unique in equilibrium:
    `proportionate` the result first where the OD matrix itself is to be compared.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned.
    result : AssignmentResult
        With bushes, as from ``assign(..., algorithm="bush")`` or `proportionate`.
    link_keys : int or sequence of int
        `link_key` of the selected links.
    passing : {"any", "all"}
        Trips over at least one of the links (a cordon, a screen line), each counted once; or over all of them, in
        whatever order.

    Returns
    -------
    SelectedTrips
        By user class, in vehicles per hour.

    Raises
    ------
    NetworkError, DemandError
        For links that are not in the network, more than `MOST_TOGETHER` links to be passed together, or a result that
        has no bushes or belongs to other trips.
    """
    keys = exact_option("link_keys", link_keys, np.int64, NetworkError)
    selected = np.flatnonzero(np.isin(roads.link_key, keys))
    if len(keys) == 0:
        raise NetworkError("link_keys: no link is given")
    if len(selected) != len(keys):
        strange = [*keys[~np.isin(keys, roads.link_key)].tolist(), *_repeated(keys)]
        raise NetworkError(f"link_keys: {strange[0]} is not a link of the network, or is given twice")
    if passing not in get_args(Passing):
        raise DemandError(f"passing: {passing!r} is not one of {', '.join(get_args(Passing))}")
    if passing == "all" and len(selected) > MOST_TOGETHER:
        raise DemandError(
            f"link_keys: {len(selected)} links to be passed together, at most {MOST_TOGETHER} are possible"
        )
    bushes = load_bushes(roads, trips, result)
    mark = np.zeros(roads.n_links, dtype=np.int64)
    mark[selected] = 1 << np.arange(len(selected)) if passing == "all" else 1
    n_states = 2 ** len(selected) if passing == "all" else 2
    wanted = np.arange(n_states) == n_states - 1
    n = roads.n_zones
    demand = np.zeros((bushes.n_classes, n, n))
    volume = np.zeros((bushes.n_classes, roads.n_links))
    kernels.passing(bushes.route_use, roads.tail, roads.head, mark, wanted, demand, volume)
    return SelectedTrips(
        selected_key=keys,
        passing=passing,
        class_name=np.array(bushes.class_name),
        zone_id=bushes.zone_id,
        demand_veh_per_h=demand,
        link_key=roads.link_key,
        volume_veh_per_h=volume,
    )


def _repeated(keys: LongArray) -> list[int]:
    known, count = np.unique(keys, return_counts=True)
    return [int(key) for key in known[count > 1]]
