"""Build the embedded, stylised region from its raw files: `python build.py --source DIR [--out DIR]`.

The same input gives the same bytes. The hand-entered facts lie beside this file (main_roads.toml, lines.toml,
externals.toml, sites_input.toml, towns.toml); SOURCES.md says where each number comes from and what is made up. The
build fails where the result is not believable: driving distances, connectivity, places without a line.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if not __package__:
    # run as a script: the folder of the package goes on the path, this folder leaves it
    sys.path[0] = str(Path(__file__).resolve().parents[3])

import numpy as np

from itas_mobility.regions.zwickau_data import _check, _lines, _roads, _sites, _statistics, _zones
from itas_mobility.regions.zwickau_data._geometry import to_plane
from itas_mobility.regions.zwickau_data._osm import OsmFile
from itas_mobility.regions.zwickau_data._stops import read_stops

HERE = Path(__file__).resolve().parent
TOWN_RESIDENTS = 8000


def build(source: Path, out: Path) -> list[str]:
    """Write all data files to `out`; returns what was made, line by line."""
    out.mkdir(parents=True, exist_ok=True)
    stops = read_stops(source / "stops_zwickau_region_db_ris.csv")
    municipalities = _zones.read_municipalities(source)
    main_roads = _roads.read_main_roads(HERE / "main_roads.toml")
    towns = [(m.name, m.lon, m.lat, m.residents_2018) for m in municipalities]

    roads = _roads.street_graph(stops, source, main_roads, towns)
    osm = OsmFile()
    _roads.draw_streets(osm, roads, stops)
    _roads.draw_motorways(osm, roads, main_roads)
    _draw_places(osm, municipalities)
    count = _lines.draw_lines(osm, roads, stops, _lines.read_lines(HERE / "lines.toml"))

    externals = _zones.read_externals(HERE / "externals.toml")
    outer, near = _zones.external_zones(externals, municipalities, stops, roads.gateways)
    zones = _zones.internal_zones(municipalities, stops) + outer
    _zones.fit_together(zones)
    sites = _sites.read_sites(HERE / "sites_input.toml", stops)
    pairs = _statistics.read_pairs(source)
    prefixes = {p: e["id"] for e in externals["external"] for p in e.get("prefixes", ())}
    shares = _statistics.kreis_shares(pairs, near, prefixes)
    shares += _statistics.shares_of_others(pairs, shares, set(prefixes.values()))
    totals = _statistics.read_totals(source)
    settlement, heads = _statistics.read_settlement(source), _sites.heads_by_zone(sites, zones)
    numbers = _statistics.zone_numbers(zones, municipalities, settlement, pairs, totals, shares, heads)

    place = {m.name: (m.lon, m.lat) for m in municipalities}
    place["VW gate Mosel"] = _sites.gate_lonlat(sites, "vw_mosel")
    distances = _check.read_distances(HERE / "towns.toml", place)
    report = _check.check_roads(osm, distances, {z.zone_id: z.xy for z in zones})
    own = {m.ags for m in municipalities if m.ags.startswith(_zones.KREIS)}
    _check.check_lines(osm, dict(zip(stops.source_id, stops.ags, strict=True)), own)

    osm.write(out / "network.osm.gz")
    _zones.write_zones(out / "zones.geojson", zones, numbers)
    _sites.write_sites(out / "sites.toml", sites)
    _statistics.write_commuters(out / "commuters.csv", pairs)
    _statistics.write_shares(out / "kreis_to_external.csv", shares)
    _statistics.write_facts(out / "facts.csv", source)
    _check.write_distances(out / "distances.csv", distances)
    inner = sum(z.kind == "internal" for z in zones)
    return [
        f"{inner} internal and {len(zones) - inner} external zones",
        f"{len(sites)} sites with {sum(s.heads for s in sites)} heads",
        f"{len(osm.nodes)} nodes, {len(osm.ways)} ways, {count} lines, {len(osm.relations)} route relations",
        *report,
    ]


def _draw_places(osm: OsmFile, municipalities: list[_zones.Municipality]) -> None:
    """Town centres as place nodes."""
    for m in municipalities:
        inside = m.ags.startswith(_zones.KREIS)
        if not inside and m.residents_2018 < TOWN_RESIDENTS:
            continue
        kind = "city" if m.residents_2018 >= 60_000 else "town" if m.residents_2018 >= 3500 else "village"
        tags = {
            "place": kind, "name": m.name, "population": str(m.residents_2018),
            "de:amtlicher_gemeindeschluessel": m.ags, "source": "Destatis 2018",
        }  # fmt: skip
        osm.node(to_plane(np.array([m.lon, m.lat]))[0], tags)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder with the raw files")
    parser.add_argument("--out", type=Path, default=HERE, help="where to write (default: beside this file)")
    arguments = parser.parse_args()
    print("\n".join(build(arguments.source, arguments.out)))


if __name__ == "__main__":
    main()
