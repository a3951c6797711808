"""Turn volumes (Abbiegeströme): how trips go on from one link to the next."""

from collections.abc import Sequence

import numpy as np

from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import IntArray, LongArray
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.core.result import AssignmentResult
from itas_mobility.core.road import RoadClass, RoadNetwork
from itas_mobility.core.route_use import TurnVolumes
from itas_mobility.demand.assignment.loaded_bushes import Trips, load_bushes
from itas_mobility.errors import NetworkError
from itas_mobility.kernels import route_use as kernels


def turns(
    roads: RoadNetwork,
    trips: Trips,
    result: AssignmentResult,
    *,
    junction_ids: Sequence[int] | LongArray | None = None,
) -> TurnVolumes:
    """Volume of each movement from a link to a next one, at some or all junctions.

    The movements from a link add up to its volume less the trips that end behind it; those onto a link to its volume
    less the trips that begin before it. Where a junction was taken apart for turn restrictions, movements are those
    between the roads that meet there. How the volume of a link splits over its movements is not unique in equilibrium
    where paths of equal cost meet and part again: `proportionate` the result to fix it.

    Parameters
    ----------
    roads : RoadNetwork
        What was assigned to.
    trips : ODMatrix or sequence of UserClass
        What was assigned.
    result : AssignmentResult
        With bushes, as from ``assign(..., algorithm="bush")`` or `proportionate`.
    junction_ids : sequence of int, optional
        Ids of junctions as the file has them (`core.node_parts.base_node_id`); default all.

    Returns
    -------
    TurnVolumes
        Movements without volume included, by user class, in vehicles per hour.

    Raises
    ------
    NetworkError, DemandError
        For a junction that is not in the network, or a result that has no bushes or belongs to other trips.
    """
    junction = base_node_id(roads.node_id)
    wanted = np.ones(roads.n_nodes, dtype=bool)
    if junction_ids is not None:
        ids = exact_option("junction_ids", junction_ids, np.int64, NetworkError)
        strange = ids[~np.isin(ids, junction)]
        if strange.size:
            raise NetworkError(f"junction_ids: {strange[0]} is not a node of the network")
        wanted = np.isin(junction, ids)
    bushes = load_bushes(roads, trips, result)
    within = np.asarray(roads.road_class == RoadClass.TURN)
    to_ptr, to_link = _movements(roads, within)
    volume = np.zeros((bushes.n_classes, len(to_link)))
    kernels.movements(bushes.route_use, roads.tail, roads.head, within, to_ptr, to_link, volume)
    from_link = np.repeat(np.arange(roads.n_links), np.diff(to_ptr))
    keep = wanted[roads.head[from_link]]
    return TurnVolumes(
        junction_id=junction[roads.head[from_link[keep]]],
        from_key=roads.link_key[from_link[keep]],
        to_key=roads.link_key[to_link[keep]],
        class_name=np.array(bushes.class_name),
        volume_veh_per_h=volume[:, keep],
    )


def _movements(roads: RoadNetwork, within: np.ndarray) -> tuple[LongArray, IntArray]:
    """Links that may follow each link, straight or over links within the junction: pointer and rows."""
    after = {node: _links_from(roads, within, node) for node in range(roads.n_nodes)}
    follow = [[] if within[row] else after[int(node)] for row, node in enumerate(roads.head)]
    to_ptr = np.concatenate(([0], np.cumsum([len(rows) for rows in follow]))).astype(np.int64)
    return to_ptr, np.array([row for rows in follow for row in rows], dtype=np.int32)


def _links_from(roads: RoadNetwork, within: np.ndarray, node: int) -> list[int]:
    """Links by which one can leave a node, having turned as one may; none where paths must end."""
    found: list[int] = []
    seen = {node}
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if at < roads.first_through:
            continue
        for row in range(int(roads.ptr[at]), int(roads.ptr[at + 1])):
            if not within[row]:
                found.append(row)
            elif int(roads.head[row]) not in seen:
                seen.add(int(roads.head[row]))
                waiting.append(int(roads.head[row]))
    return sorted(found)
