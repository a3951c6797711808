"""Whether the links of a network have volume-delay functions that are defined, and how a message names a link."""

import numpy as np

from itas_mobility.core.columns import BoolArray
from itas_mobility.core.road import RoadNetwork, VdfKind
from itas_mobility.errors import NetworkError


def has_delay(roads: RoadNetwork) -> BoolArray:
    """Links whose travel time depends on the volume.

    It does not on links of infinite capacity, without free-flow time, with a delay factor, power or period of 0, or
    with a level table. (Akçelik's delay does not come from the free-flow time, so there it may be zero.)

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    bool array of shape (n_links,)
        Mask.
    """
    return np.isfinite(roads.capacity_veh_per_h) & _has_rising_function(roads)


def check_functions(roads: RoadNetwork) -> None:
    """Refuse links whose volume-delay function is not defined.

    Zero free-flow time, zero delay factor, power 0 and infinite capacity are legal (the time is then constant).

    Parameters
    ----------
    roads : RoadNetwork
        The network.

    Raises
    ------
    NetworkError
        Naming the first such link: zero capacity with a delay, or a conical function with alpha of 1 or less.
    """
    closed = _has_rising_function(roads) & (roads.capacity_veh_per_h == 0)
    if closed.any():
        row = int(np.flatnonzero(closed)[0])
        raise NetworkError(
            f"{describe_link(roads, row)} has capacity 0 but a volume-delay function (and {int(closed.sum()) - 1} more "
            "such links): give it a capacity, or remove it to close it"
        )
    flat = (roads.vdf == VdfKind.CONICAL) & (roads.vdf_alpha <= 1)
    if flat.any():
        row = int(np.flatnonzero(flat)[0])
        raise NetworkError(
            f"{describe_link(roads, row)} has a conical function with alpha {roads.vdf_alpha[row]:g}; "
            "alpha must be above 1"
        )


def _has_rising_function(roads: RoadNetwork) -> BoolArray:
    """Links whose function rises, were the capacity finite."""
    with_factor = roads.free_time_s > 0
    result = np.zeros(roads.n_links, dtype=bool)
    for kind, rises in (
        (VdfKind.BPR, with_factor & (roads.vdf_alpha > 0) & (roads.vdf_beta > 0)),
        (VdfKind.CONICAL, with_factor),
        (VdfKind.AKCELIK, roads.vdf_beta > 0),
        (VdfKind.TABLE, with_factor & _has_rising_table(roads)),
    ):
        result |= (roads.vdf == kind) & rises
    return result


def _has_rising_table(roads: RoadNetwork) -> BoolArray:
    """Links with a table whose last factor is above the first."""
    result = np.zeros(roads.n_links, dtype=bool)
    tabulated = np.flatnonzero(roads.vdf == VdfKind.TABLE)
    ptr, factor = roads.vdf_table_ptr, roads.vdf_table_factor
    table = roads.vdf_alpha[tabulated].astype(np.int64)
    result[tabulated] = factor[ptr[table + 1] - 1] > factor[ptr[table]]
    return result


def describe_link(roads: RoadNetwork, row: int) -> str:
    """Name a link in a message: row, key, end nodes and street."""
    name = f", {roads.name[row]}" if roads.name[row] else ""
    return (
        f"link {row} (key {roads.link_key[row]}, node {roads.node_id[roads.tail[row]]} to "
        f"{roads.node_id[roads.head[row]]}{name})"
    )
