"""The contraction hierarchy of a road network, kept with it: in memory, and its node order on disk too."""

import hashlib
from collections import OrderedDict
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from itas_mobility.atomic import write_file
from itas_mobility.caching import files_hash, library_versions, writable_cache_folder
from itas_mobility.core.columns import FloatArray, IntArray
from itas_mobility.core.road import RoadNetwork
from itas_mobility.kernels import dissection
from itas_mobility.kernels.hierarchy import Hierarchy, Weights, ancestors, contract, customise, mark_end
from itas_mobility.kernels.loading import Sweeps, climbs, lowest_begin

STORED_NODES = 5000
"""Orders of networks from this size on are stored on disk (measured: below, finding one takes under 25 ms)."""
KEPT_TOPOLOGIES = 8
"""Hierarchies kept in memory for networks that differ in attributes only, the last used ones."""

_OF_NETWORK: "WeakKeyDictionary[RoadNetwork, Hierarchy]" = WeakKeyDictionary()
_OF_TOPOLOGY: "OrderedDict[str, Hierarchy]" = OrderedDict()


def hierarchy_of(roads: RoadNetwork) -> Hierarchy:
    """Contraction hierarchy of a network; found once for all networks of the same nodes and links.

    Networks that differ in attributes (capacities, times, ...) share it. The order of the nodes of a large network is
    stored in the user's cache directory under a digest of its topology, so that another process need not find it
    again; a hierarchy is the same whether the order was found or read.

    Parameters
    ----------
    roads : RoadNetwork
        Its nodes from `first_through` on are contracted.

    Returns
    -------
    Hierarchy
        Costs are put in by `weights`.
    """
    known = _OF_NETWORK.get(roads)
    if known is not None:
        return known
    digest = topology_digest(roads)
    found = _OF_TOPOLOGY.pop(digest, None)
    if found is None:
        order = _order(roads, digest)
        found = contract(
            roads.first_through,
            roads.ptr,
            roads.tail,
            roads.head,
            order,
            *dissection.neighbours(roads.n_nodes, roads.first_through, roads.tail, roads.head),
        )
    _OF_TOPOLOGY[digest] = found
    while len(_OF_TOPOLOGY) > KEPT_TOPOLOGIES:
        _OF_TOPOLOGY.popitem(last=False)
    _OF_NETWORK[roads] = found
    return found


def weights(hierarchy: Hierarchy, cost: FloatArray, *, with_paths: bool = True) -> Weights:
    """Costs of all arcs of a hierarchy.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of the network.
    cost : array of shape (n_links,)
        Not negative; inf closes a link. Must not change while the weights are in use.
    with_paths : bool, default=True
        Whether to keep what arcs stand for; labels alone do not need it.

    Returns
    -------
    Weights
        What sweeps over the hierarchy read.
    """
    fixed = np.ascontiguousarray(cost, dtype=np.float64).view()
    # read-only like the columns of networks, so that the compiled loop is the same
    fixed.flags.writeable = False
    m = hierarchy.up.size
    kept = m if with_paths else 0
    via = (np.empty((kept, 2), np.int32), np.empty((kept, 2), np.int32))
    found = Weights(fixed, np.empty(m), np.empty(m), *via)
    customise(tuple(hierarchy), tuple(found), np.empty(hierarchy.node.size, np.int32))
    return found


def sweeps(hierarchy: Hierarchy, source: IntArray, target: IntArray) -> Sweeps:
    """Cut sources into blocks for sweeps.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of the network.
    source, target : array of int
        Nodes of the network.

    Returns
    -------
    Sweeps
        The blocks and what they pass over.
    """
    arranged = source[np.argsort(lowest_begin(hierarchy, source), kind="stable")]
    marked = np.zeros(hierarchy.node.size, dtype=bool)
    mark_end(hierarchy, target, marked)
    climb_ptr, climb_node = climbs(hierarchy, arranged)
    return Sweeps(arranged, climb_ptr, climb_node, ancestors(hierarchy, marked))


def topology_digest(roads: RoadNetwork) -> str:
    """SHA-256 over what decides a hierarchy: numbers of nodes, ends of links, and which nodes are passed through.

    Parameters
    ----------
    roads : RoadNetwork
        Any network.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(f"topology {roads.n_nodes} {roads.first_through} {roads.n_links}".encode())
    digest.update(roads.tail.tobytes())
    digest.update(roads.head.tobytes())
    return digest.hexdigest()


def _order(roads: RoadNetwork, digest: str) -> IntArray:
    if roads.n_nodes < STORED_NODES:
        return _find_order(roads)
    path = _order_path(digest)
    stored = _read_order(path, roads.n_nodes - roads.first_through)
    if stored is not None:
        return stored
    order = _find_order(roads)
    write_file(path, lambda temporary: _write_order(temporary, order))
    return order


def _find_order(roads: RoadNetwork) -> IntArray:
    order: IntArray = dissection.nested_dissection(roads.n_nodes, roads.first_through, roads.tail, roads.head)
    return order


def _order_path(digest: str) -> Path:
    """File of an order, in a folder named by what found it: all sources of the library."""
    return writable_cache_folder("node_orders", files_hash((), *library_versions().values())) / f"{digest}.npy"


def _write_order(path: Path, order: IntArray) -> None:
    with path.open("wb") as stream:
        np.save(stream, order, allow_pickle=False)


def _read_order(path: Path, n: int) -> IntArray | None:
    """The stored order; None if there is none, or a damaged one, which is then found and stored anew."""
    if not path.exists():
        return None
    try:
        order = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = order.dtype == np.int32 and order.shape == (n,) and np.array_equal(np.sort(order), np.arange(n))
    return np.ascontiguousarray(order) if whole else None
