"""The same region with zones, sites, nodes and links in another order: nothing that is unique may change."""

from dataclasses import fields, replace

import numpy as np

from itas_mobility.core import IndustrialSites, Region, RoadNetwork, Zones
from itas_mobility.network.forward_star import LINK_COLUMNS, Nodes, Shapes, Ways, assemble, ragged_rows, tables_of


def with_zones_in_order(region: Region, order: np.ndarray) -> Region:
    """Row *i* of the new zones is row ``order[i]`` of the old ones."""
    zones = Zones(**{field.name: getattr(region.zones, field.name)[order] for field in fields(Zones)})
    new_row = np.argsort(order)
    shares = None if region.home_charging_share is None else region.home_charging_share[order]
    sites = replace(region.sites, zone=new_row[region.sites.zone])
    return replace(region, zones=zones, sites=sites, home_charging_share=shares)


def with_sites_in_order(region: Region, order: np.ndarray) -> Region:
    """Row *i* of the new sites is row ``order[i]`` of the old ones."""
    sites = region.sites
    gate_ptr, gate = ragged_rows(sites.gate_ptr, order)
    columns = {}
    for field in fields(IndustrialSites):
        given = getattr(sites, field.name)
        if field.name == "gate_ptr":
            columns[field.name] = gate_ptr
        elif isinstance(given, tuple):
            columns[field.name] = tuple(given[i] for i in order)
        elif field.name == "provenance":
            columns[field.name] = given
        else:
            of_gates = field.name in {"gate_name", "gate_lon_deg", "gate_lat_deg", "gate_stop_name", "stop_to_gate_m"}
            columns[field.name] = given[gate] if of_gates else given[order]
    fares = None if region.site_fare_eur is None else region.site_fare_eur[order]
    return replace(region, sites=IndustrialSites(**columns), site_fare_eur=fares)


def with_nodes_in_order(roads: RoadNetwork, order: np.ndarray) -> RoadNetwork:
    """Row *i* of the new nodes is row ``order[i]`` of the old ones; links are sorted anew. Without zones."""
    assert roads.n_zones == 0
    new_row = np.argsort(order).astype(np.int32)
    links = {name: getattr(roads, name) for name in LINK_COLUMNS}
    links |= {"tail": new_row[roads.tail], "head": new_row[roads.head]}
    return assemble(
        nodes=Nodes(roads.node_id[order], roads.node_lon_deg[order], roads.node_lat_deg[order]),
        links=links,
        names=roads.names,
        shapes=Shapes(roads.shape_ptr, roads.shape_lon_deg, roads.shape_lat_deg),
        ways=Ways(roads.way_ptr, roads.way_id),
        tables=tables_of(roads),
        mode=roads.mode,
        report=roads.report,
    )
