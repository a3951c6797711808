"""Volume-delay functions by class of road."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from itas_mobility.core import Akcelik, Bpr, Conical, DelayTable, RoadClass, RoadNetwork, VdfKind, VolumeDelay
from itas_mobility.core.link_checks import check_functions
from itas_mobility.errors import NetworkError
from itas_mobility.network.forward_star import tables_of


def change_volume_delay(roads: RoadNetwork, functions: Mapping[RoadClass, VolumeDelay]) -> RoadNetwork:
    """The network with other volume-delay functions on the links of some classes.

    Links of other classes keep theirs. A class that has no link here is passed over, so that one set of functions
    serves many networks.

    Parameters
    ----------
    roads : RoadNetwork
        Network.
    functions : mapping of RoadClass to VolumeDelay
        `core.Bpr`, `core.Conical`, `core.Akcelik` or `core.DelayTable` by class.

    Returns
    -------
    RoadNetwork
        Changed network.

    Raises
    ------
    NetworkError
        If none of the classes has a link, or a key or value is of another type; naming the link, if one has no capacity
        but a function that needs it.
    """
    kind, alpha, beta = roads.vdf.copy(), roads.vdf_alpha.copy(), roads.vdf_beta.copy()
    changed = np.zeros(roads.n_links, bool)
    tables: list[DelayTable] = []
    first_table = len(roads.vdf_table_ptr) - 1
    for road_class, function in functions.items():
        if not isinstance(road_class, RoadClass):
            raise NetworkError(f"functions: {road_class!r} is no RoadClass")
        links = roads.road_class == road_class
        changed |= links
        kind[links], alpha[links], beta[links] = _columns_of(function, road_class, first_table + len(tables))
        if isinstance(function, DelayTable):
            tables.append(function)
    if not changed.any():
        named = ", ".join(road_class.name for road_class in functions)
        raise NetworkError(f"functions: no link is of class {named or '(none given)'}")
    columns: dict[str, Any] = {"vdf": kind, "vdf_alpha": alpha, "vdf_beta": beta, **_with_tables(roads, tables)}
    result = dataclasses.replace(roads, **columns)
    check_functions(result)
    return result


def _columns_of(function: VolumeDelay, road_class: RoadClass, table: int) -> tuple[VdfKind, float, float]:
    """Kind and two parameters of a link with this function, which would be table number `table`."""
    match function:
        case Bpr():
            return VdfKind.BPR, function.alpha, function.power
        case Conical():
            return VdfKind.CONICAL, function.alpha, 0.0
        case Akcelik():
            return VdfKind.AKCELIK, function.delay_parameter, function.period_h
        case DelayTable():
            return VdfKind.TABLE, float(table), 0.0
    raise NetworkError(f"functions: {road_class.name} has {function!r}; give a Bpr, Conical, Akcelik or DelayTable")


def _with_tables(roads: RoadNetwork, tables: list[DelayTable]) -> dict[str, Any]:
    """The network's tables and some more."""
    old = tables_of(roads)
    if not tables:
        return old
    ends = roads.vdf_table_ptr[-1] + np.cumsum([table.ratio.size for table in tables])
    return {
        "vdf_table_ptr": np.append(roads.vdf_table_ptr, ends),
        "vdf_table_ratio": np.concatenate([roads.vdf_table_ratio, *(table.ratio for table in tables)]),
        "vdf_table_factor": np.concatenate([roads.vdf_table_factor, *(table.factor for table in tables)]),
    }
