"""Roads in forward-star order: put together from unsorted links, thinned, and changed column by column."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from itas_mobility.core import Mode, ReadReport, RoadNetwork, VdfKind
from itas_mobility.core.casting import exact_option
from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.core.node_parts import junction_id
from itas_mobility.errors import NetworkError

LINK_COLUMNS: Final = (
    "tail", "head", "link_key", "length_m", "free_speed_km_per_h", "free_time_s", "lanes", "capacity_veh_per_h", "vdf",
    "vdf_alpha", "vdf_beta", "toll_eur", "road_class", "modes", "access", "name_code",
)  # fmt: skip
"""Columns of one value per link."""
RAGGED_COLUMNS: Final = (("shape_ptr", ("shape_lon_deg", "shape_lat_deg")), ("way_ptr", ("way_id",)))
TABLE_COLUMNS: Final = ("vdf_table_ptr", "vdf_table_ratio", "vdf_table_factor")
"""Tables of volume-delay functions, which stand beside the links."""
MIN_FREE_TIME_S: Final = 0.01
"""Least time of a link: pieces of no length still cost something, so that no path circles for free."""

_UINT = np.uint64


def ragged_rows(ptr: LongArray, rows: NDArray[np.integer[Any]]) -> tuple[LongArray, LongArray]:
    """Where the values of some rows of a ragged array lie.

    Parameters
    ----------
    ptr : ndarray of shape (n + 1,)
        Pointer.
    rows : ndarray of shape (k,)
        Wanted rows, in the wanted order.

    Returns
    -------
    new_ptr : ndarray of shape (k + 1,)
        Pointer of the thinned array.
    index : ndarray
        Positions of its values in the old one.
    """
    ptr = np.asarray(ptr, np.int64)
    size = ptr[rows + 1] - ptr[rows]
    new_ptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(size, out=new_ptr[1:])
    index = np.arange(new_ptr[-1], dtype=np.int64) + np.repeat(ptr[rows] - new_ptr[:-1], size)
    return new_ptr, index


def frozen(values: NDArray[Any]) -> NDArray[Any]:
    """An array that was made for a noun alone, read-only: nouns copy what could still change.

    Parameters
    ----------
    values : ndarray
        Array that nobody else will write to.

    Returns
    -------
    ndarray
        The same array; a view or a part of another one stays writable, because its owner could change it.
    """
    if values.base is None and values.flags.owndata:
        values.flags.writeable = False
    return values


def distinct(values: NDArray[np.integer[Any]]) -> LongArray:
    """Values that occur, sorted, by sorting: for millions of ids three times as fast as `numpy.unique`.

    Parameters
    ----------
    values : integer ndarray of shape (n,)
        Values in any order.

    Returns
    -------
    int64 ndarray
        Each value once.
    """
    ordered = np.sort(np.asarray(values, np.int64))
    is_new = np.ones(len(ordered), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered if is_new.all() else ordered[is_new]


def pointer(tail: IntArray, n_nodes: int) -> LongArray:
    """Forward-star pointer of sorted tails.

    Parameters
    ----------
    tail : int32 ndarray of shape (n_links,)
        Sorted.
    n_nodes : int
        Number of nodes.

    Returns
    -------
    int64 ndarray of shape (n_nodes + 1,)
        Pointer.
    """
    ptr = np.zeros(n_nodes + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=n_nodes), out=ptr[1:])
    return ptr


def mixed_key(*parts: NDArray[np.integer[Any]]) -> LongArray:
    """One 64-bit key per row from several whole-number columns, by chained splitmix64 (Steele, Lea, Flood 2014).

    Parameters
    ----------
    *parts : integer ndarrays of shape (n,)
        Columns; the key depends on their order and values, not on the row.

    Returns
    -------
    int64 ndarray of shape (n,)
        Keys.
    """
    state = np.zeros(len(parts[0]), _UINT)
    for part in parts:
        state = state ^ np.asarray(part, np.int64).view(_UINT)
        state = state + _UINT(0x9E3779B97F4A7C15)
        state = (state ^ (state >> _UINT(30))) * _UINT(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> _UINT(27))) * _UINT(0x94D049BB133111EB)
        state = state ^ (state >> _UINT(31))
    return state.view(np.int64)


def text_key(text: str) -> int:
    """A stable signed 64-bit number of a text (FNV-1a, Fowler, Noll, Vo).

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    int
        The number.
    """
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value - (1 << 64) if value >= 1 << 63 else value


def junction_rows(node_id: LongArray) -> IntArray:
    """For each node the row of the first node of its junction.

    Parameters
    ----------
    node_id : int64 ndarray of shape (n_nodes,)
        Ids of a network's nodes.

    Returns
    -------
    int32 ndarray of shape (n_nodes,)
        Rows; each node's own where no junction is taken apart.
    """
    _, first, inverse = np.unique(junction_id(node_id), return_index=True, return_inverse=True)
    return first[inverse].astype(np.int32)


def original_links(roads: RoadNetwork) -> IntArray:
    """For each link the first one of its piece of road.

    A piece of road stands more than once where paths must remember how they came (via ways of turn restrictions, roads
    for destination traffic). Its volume is the sum over its copies; its length must be counted once.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    int32 ndarray of shape (n_links,)
        Rows of links; each link's own where it is the only one.
    """
    place = junction_rows(roads.node_id)
    result = np.arange(roads.n_links, dtype=np.int32)
    rows = np.flatnonzero(roads.is_road & (np.diff(roads.way_ptr) > 0))
    if len(place) == len(np.unique(place)) or not rows.size:
        return result
    first, last = roads.way_id[roads.way_ptr[rows]], roads.way_id[roads.way_ptr[rows + 1] - 1]
    # parallel pieces of one way differ in length
    columns = (rows, np.round(roads.length_m[rows], 3), last, first, place[roads.head[rows]], place[roads.tail[rows]])
    order = np.lexsort(columns)
    is_new = np.zeros(len(order), bool)
    is_new[0] = True
    for column in columns[1:]:
        is_new[1:] |= column[order][1:] != column[order][:-1]
    begin = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))
    result[rows[order]] = rows[order[begin]]
    return result


class Nodes(NamedTuple):
    """Ids and places of nodes, each of shape (n_nodes,)."""

    node_id: LongArray
    lon_deg: FloatArray
    lat_deg: FloatArray


class Shapes(NamedTuple):
    """Courses of links, ragged: points ``ptr[i]`` to ``ptr[i + 1]`` are those of link i."""

    ptr: LongArray
    lon_deg: FloatArray
    lat_deg: FloatArray


class Ways(NamedTuple):
    """OSM ways of links, ragged: ids ``ptr[i]`` to ``ptr[i + 1]`` are those of link i."""

    ptr: LongArray
    way_id: LongArray


def assemble(
    *,
    nodes: Nodes,
    links: Mapping[str, NDArray[Any]],
    names: NDArray[np.str_] | None = None,
    shapes: Shapes | None = None,
    ways: Ways | None = None,
    tables: Mapping[str, NDArray[Any]] | None = None,
    n_zones: int = 0,
    first_through: int = 0,
    mode: Mode = Mode.CAR,
    zone_inner_length_m: FloatArray | None = None,
    report: ReadReport | None = None,
) -> RoadNetwork:
    """Put a network together from links in any order.

    Parameters
    ----------
    nodes : Nodes
        Nodes in their final order.
    links : mapping of str to ndarray of shape (n_links,)
        The columns `LINK_COLUMNS`; ``vdf``, ``vdf_alpha``, ``vdf_beta``, ``toll_eur``, ``access`` and ``name_code``
        may be left out. A column ``name`` may stand for ``name_code``.
    names : str ndarray, optional
        What ``name_code`` points into; needed where it is given.
    shapes : Shapes, optional
        Courses in the order of `links`; none has one if left out.
    ways : Ways, optional
        Ways in the order of `links`; none has one if left out.
    tables : mapping of str to ndarray, optional
        The columns `TABLE_COLUMNS`, where a link has a tabulated volume-delay function (see `tables_of`).
    n_zones, first_through : int, default=0
        As in `RoadNetwork`.
    mode : Mode, default=Mode.CAR
        Mode of the network.
    zone_inner_length_m : ndarray of shape (n_zones,), optional
        As in `RoadNetwork`.
    report : ReadReport, optional
        What the reader met.

    Returns
    -------
    RoadNetwork
        Links sorted by tail, then head, then key, so that the order of the input does not matter.
    """
    tail, head, key = links["tail"], links["head"], links["link_key"]
    order = np.lexsort((key, head, tail))
    m = len(tail)
    # links that come in order are taken as they are, which spares a copy of a large network
    is_sorted = bool((order == np.arange(m)).all())
    if "name" in links:
        names, code = np.unique(links["name"], return_inverse=True)
        links = {**links, "name_code": code.astype(np.int32)}
    columns = {
        "vdf": np.full(m, int(VdfKind.BPR), np.uint8),
        "vdf_alpha": np.full(m, 0.15),  # Bureau of Public Roads 1964
        "vdf_beta": np.full(m, 4.0),
        "toll_eur": np.zeros(m),
        "access": np.zeros(m, np.uint8),
        "name_code": np.zeros(m, np.int32),
        **links,
    }
    none, zeros = np.zeros(0), np.zeros(m + 1, np.int64)
    shapes = Shapes(zeros, none, none) if shapes is None else shapes
    ways = Ways(zeros, np.zeros(0, np.int64)) if ways is None else ways
    if not is_sorted:
        ptr, at = ragged_rows(shapes.ptr, order)
        shapes = Shapes(ptr, frozen(shapes.lon_deg[at]), frozen(shapes.lat_deg[at]))
        ptr, at = ragged_rows(ways.ptr, order)
        ways = Ways(ptr, frozen(ways.way_id[at]))
        columns = {name: frozen(np.asarray(values)[order]) for name, values in columns.items()}
    sorted_tail = exact_option("tail", columns["tail"], np.int32, NetworkError)
    return RoadNetwork(
        ptr=pointer(sorted_tail, len(nodes.node_id)),
        node_id=nodes.node_id,
        node_lon_deg=nodes.lon_deg,
        node_lat_deg=nodes.lat_deg,
        **{name: columns[name] for name in LINK_COLUMNS},
        names=np.array([""]) if names is None else names,
        shape_ptr=shapes.ptr,
        shape_lon_deg=shapes.lon_deg,
        shape_lat_deg=shapes.lat_deg,
        way_ptr=ways.ptr,
        way_id=ways.way_id,
        n_zones=n_zones,
        first_through=first_through,
        mode=mode,
        zone_inner_length_m=none if zone_inner_length_m is None else zone_inner_length_m,
        report=report,
        **(tables or {}),
    )


def tables_of(roads: RoadNetwork) -> dict[str, NDArray[Any]]:
    """The tables of volume-delay functions of a network, for one that is made from it.

    Parameters
    ----------
    roads : RoadNetwork
        Network.

    Returns
    -------
    dict of str to ndarray
        The columns `TABLE_COLUMNS`.
    """
    return {name: getattr(roads, name) for name in TABLE_COLUMNS}


def refuse_tables(roads: RoadNetwork, target: str) -> None:
    """Refuse to write a network with tabulated volume-delay functions in a form that cannot hold the tables.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    target : str
        File or form, for the message.

    Raises
    ------
    NetworkError
        Naming the first such link.
    """
    rows = np.flatnonzero(roads.vdf == VdfKind.TABLE)
    if rows.size:
        raise NetworkError(
            f"{target}: link {roads.link_key[rows[0]]} (and {rows.size - 1} more) has a tabulated volume-delay "
            "function, which this form cannot hold; write it with write_network, or change it by change_volume_delay"
        )


def keep_links(roads: RoadNetwork, mask: BoolArray) -> RoadNetwork:
    """The network with some of its links; nodes stay, also those without a link.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    mask : bool ndarray of shape (n_links,)
        Links to keep.

    Returns
    -------
    RoadNetwork
        Thinned network.

    Raises
    ------
    NetworkError
        If the mask has another shape.
    """
    mask = np.asarray(mask, bool)
    if mask.shape != (roads.n_links,):
        raise NetworkError(f"mask has shape {mask.shape}, the network {roads.n_links} links")
    if mask.all():
        return roads
    rows = np.flatnonzero(mask)
    changes: dict[str, Any] = {name: frozen(getattr(roads, name)[rows]) for name in LINK_COLUMNS}
    changes["ptr"] = pointer(changes["tail"], roads.n_nodes)
    for ptr_name, value_names in RAGGED_COLUMNS:
        changes[ptr_name], at = ragged_rows(getattr(roads, ptr_name), rows)
        for name in value_names:
            changes[name] = frozen(getattr(roads, name)[at])
    return dataclasses.replace(roads, **changes)


def remove_links(roads: RoadNetwork, mask: BoolArray) -> RoadNetwork:
    """The network without some of its links (a closed road); nodes stay.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    mask : bool ndarray of shape (n_links,)
        Links to drop.

    Returns
    -------
    RoadNetwork
        Thinned network.

    Raises
    ------
    NetworkError
        If the mask has another shape.
    """
    return keep_links(roads, ~np.asarray(mask, bool))


def change_links(roads: RoadNetwork, **columns: NDArray[Any]) -> RoadNetwork:
    """The network with some columns of its links replaced (another speed, capacity, toll).

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    **columns : ndarray of shape (n_links,)
        New values by name; tails and heads stay as they are.

    Returns
    -------
    RoadNetwork
        Changed network.

    Raises
    ------
    NetworkError
        If a name is no column of links that may be changed.
    """
    allowed = set(LINK_COLUMNS) - {"tail", "head"}
    if unknown := sorted(set(columns) - allowed):
        raise NetworkError(f"{', '.join(unknown)}: not a column of links; known: {', '.join(sorted(allowed))}")
    changes: dict[str, Any] = dict(columns)
    return dataclasses.replace(roads, **changes)


def keep_nodes(roads: RoadNetwork, mask: BoolArray) -> RoadNetwork:
    """The network with some of its nodes and the links between them.

    Parameters
    ----------
    roads : RoadNetwork
        Network that is not connected to zones.
    mask : bool ndarray of shape (n_nodes,)
        Nodes to keep.

    Returns
    -------
    RoadNetwork
        Thinned network.

    Raises
    ------
    NetworkError
        If the mask has another shape or centroids stand in the network.
    """
    mask = np.asarray(mask, bool)
    if mask.shape != (roads.n_nodes,):
        raise NetworkError(f"mask has shape {mask.shape}, the network {roads.n_nodes} nodes")
    if roads.n_zones:
        raise NetworkError("nodes cannot be dropped once zones are connected; drop them before connect()")
    thinned = keep_links(roads, mask[roads.tail] & mask[roads.head])
    row = np.cumsum(mask) - 1
    tail, head = row[thinned.tail].astype(np.int32), row[thinned.head].astype(np.int32)
    return dataclasses.replace(
        thinned,
        ptr=pointer(tail, int(mask.sum())),
        tail=tail,
        head=head,
        node_id=roads.node_id[mask],
        node_lon_deg=roads.node_lon_deg[mask],
        node_lat_deg=roads.node_lat_deg[mask],
    )
