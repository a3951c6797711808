"""Whether zones, gates and stops of a region lie where its roads are, and how far they are moved to reach them."""

from pathlib import Path
from typing import Final

import numpy as np

from itas_mobility.core.region import Region
from itas_mobility.core.road import RoadNetwork
from itas_mobility.core.sites import IndustrialSites
from itas_mobility.core.zones import ZoneKind, Zones
from itas_mobility.errors import InputError
from itas_mobility.network.attaching import Links
from itas_mobility.network.places import OFF_NETWORK_M, TOGETHER_M, TOWNS_TOGETHER_M, distances_m, lying_apart

_FAR_M: Final = 2000.0
"""Zones and gates of the region farther than this from the roads are named; `network.connect` warns of the same."""


def refuse_places_elsewhere(
    zones: Zones, sites: IndustrialSites, roads: RoadNetwork, *, zones_file: Path, sites_file: Path | None, osm: Path
) -> None:
    """Refuse zones and gates that do not lie where the roads are.

    Parameters
    ----------
    zones : Zones
        Zones; those of sites are told by their gates.
    sites : IndustrialSites
        Sites.
    roads : RoadNetwork
        Network.
    zones_file, sites_file, osm : Path
        Where they come from, for the message.

    Raises
    ------
    InputError
        With all files at fault: places of the region over 10 km, external zones over 1,000 km from the nearest node.
    """
    told = []
    names = np.array([f"{zones_file}: zone {zone}" for zone in zones.zone_id.tolist()], str)
    inside, outside = zones.is_kind(ZoneKind.INTERNAL), zones.is_kind(ZoneKind.EXTERNAL)
    of_region = (
        [*names[inside].tolist(), *gate_names(sites, sites_file)],
        np.append(zones.lon_deg[inside], sites.gate_lon_deg),
        np.append(zones.lat_deg[inside], sites.gate_lat_deg),
    )
    towns = names[outside].tolist(), zones.lon_deg[outside], zones.lat_deg[outside]
    for (what, lon, lat), limit_m in ((of_region, TOGETHER_M), (towns, TOWNS_TOGETHER_M)):
        told += lying_apart(
            what, lon, lat, of=f"the roads of {osm.name}", of_lon_deg=roads.node_lon_deg, of_lat_deg=roads.node_lat_deg,
            limit_m=limit_m,
        )  # fmt: skip
    _refuse(told, f"{osm}: the roads lie elsewhere than what is to be joined to them")


def refuse_gates_elsewhere(zones: Zones, sites: IndustrialSites, sites_file: Path) -> None:
    """Refuse gates that do not lie where the zones are, for sites that are checked without roads.

    Parameters
    ----------
    zones : Zones
        Zones, their places and polygons.
    sites : IndustrialSites
        Sites.
    sites_file : Path
        Where they come from, for the message.

    Raises
    ------
    InputError
        If a gate lies over 10 km from the places and outlines of all zones.
    """
    import shapely

    outside = zones.kind != ZoneKind.SITE
    outline = shapely.get_coordinates([polygon for polygon in zones.polygon if polygon is not None])
    told = lying_apart(
        gate_names(sites, sites_file), sites.gate_lon_deg, sites.gate_lat_deg, of="the zones",
        of_lon_deg=np.append(zones.lon_deg[outside], outline[:, 0]),
        of_lat_deg=np.append(zones.lat_deg[outside], outline[:, 1]),
    )  # fmt: skip
    _refuse(told, f"{sites_file}: gates lie elsewhere than the zones")


def _refuse(told: list[str], head: str) -> None:
    if told:
        raise InputError("\n  - ".join([head, *told]) if len(told) > 1 else told[0])


def gate_names(sites: IndustrialSites, sites_file: Path | None = None) -> list[str]:
    """What each gate is called in messages.

    Parameters
    ----------
    sites : IndustrialSites
        Sites.
    sites_file : Path, optional
        Where they come from.

    Returns
    -------
    list of str
        One text per gate.
    """
    of_site = np.repeat(sites.site_id, np.diff(sites.gate_ptr))
    where = "" if sites_file is None else f"{sites_file}: "
    return [
        f"{where}site {site}: gate {gate}"
        for site, gate in zip(of_site.tolist(), sites.gate_name.tolist(), strict=True)
    ]


def snaps(region: Region) -> tuple[dict[str, float | int], list[str]]:
    """How far places of a region lie from the nodes they are moved to.

    Parameters
    ----------
    region : Region
        Region.

    Returns
    -------
    summary : dict of str to float
        ``largest_zone_snap_m`` and ``largest_gate_snap_m`` (metres from zones of the region and gates to the nearest
        node of the roads), and ``stops_off_network``: stops over 500 m from the nearest street of the walking network,
        beyond its edge among them.
    far : list of str
        A sentence for each zone or gate over 2 km off.
    """
    zones, sites, lines, roads, walk = region.zones, region.sites, region.transit, region.roads, region.walk
    inside = zones.is_kind(ZoneKind.INTERNAL)
    names = [f"zone {zone}" for zone in zones.zone_id[inside].tolist()]
    to_roads = {"of_lon_deg": roads.node_lon_deg, "of_lat_deg": roads.node_lat_deg}
    zone_m = distances_m(zones.lon_deg[inside], zones.lat_deg[inside], **to_roads)
    gate_m = distances_m(sites.gate_lon_deg, sites.gate_lat_deg, **to_roads)
    stop_m = Links(walk).attach(lines.stop_lon_deg, lines.stop_lat_deg).off_m
    summary: dict[str, float | int] = {
        "largest_zone_snap_m": round(float(zone_m.max(initial=0.0)), 1),
        "largest_gate_snap_m": round(float(gate_m.max(initial=0.0)), 1),
        "stops_off_network": int((stop_m > OFF_NETWORK_M).sum()),
    }
    off = zip([*names, *gate_names(sites)], [*zone_m.tolist(), *gate_m.tolist()], strict=True)
    return summary, [f"{name} lies {metres:,.0f} m from the nearest road" for name, metres in off if metres > _FAR_M]
