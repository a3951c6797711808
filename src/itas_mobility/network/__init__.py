"""Roads and lines from OpenStreetMap and other files.

A name has one home. Here stand the verbs on roads, and all that read and write files, of lines too (`read_gtfs`,
`read_osm_lines`, `read_timetable`, `write_gtfs` ...); what is done with lines once they are read stands in
`network.transit`. Nouns that verbs give back, and what only other rooms of the library need, are imported from their
own modules.
"""

from itas_mobility.network import transit
from itas_mobility.network.clean import largest_component, simplify
from itas_mobility.network.connectors import connect
from itas_mobility.network.elevation import read_elevation
from itas_mobility.network.exchange import from_networkx, to_geodataframe, to_networkx
from itas_mobility.network.files.geopackage import read_geopackage, write_geopackage
from itas_mobility.network.files.gmns import read_gmns, write_gmns
from itas_mobility.network.files.graphml import read_graphml, write_graphml
from itas_mobility.network.files.link_volumes import read_link_volumes, write_link_volumes
from itas_mobility.network.files.npz import read_network, read_timetable, read_transit_network, write_network
from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips, write_tntp, write_tntp_trips
from itas_mobility.network.forward_star import change_links, remove_links
from itas_mobility.network.osm.online.fetching import online_settings
from itas_mobility.network.osm.online.overpass import fetch_place
from itas_mobility.network.osm.reading import read_osm, read_osm_modes
from itas_mobility.network.pictures.maps import write_map
from itas_mobility.network.pictures.plotting import plot, plot_left_out
from itas_mobility.network.routing import shortest_route
from itas_mobility.network.speeds import change_speed
from itas_mobility.network.synthetic import grid
from itas_mobility.network.tags import LINK_DEFAULTS, LinkDefaults
from itas_mobility.network.transit.gtfs.fare_reading import read_fares
from itas_mobility.network.transit.gtfs.reading import read_gtfs, read_gtfs_days
from itas_mobility.network.transit.gtfs.writing import write_gtfs
from itas_mobility.network.transit.lines import read_osm_lines
from itas_mobility.network.turns import JunctionDelays
from itas_mobility.network.volume_delays import change_volume_delay

__all__ = [
    "LINK_DEFAULTS",
    "JunctionDelays",
    "LinkDefaults",
    "change_links",
    "change_speed",
    "change_volume_delay",
    "connect",
    "fetch_place",
    "from_networkx",
    "grid",
    "largest_component",
    "online_settings",
    "plot",
    "plot_left_out",
    "read_elevation",
    "read_fares",
    "read_geopackage",
    "read_gmns",
    "read_graphml",
    "read_gtfs",
    "read_gtfs_days",
    "read_link_volumes",
    "read_network",
    "read_osm",
    "read_osm_lines",
    "read_osm_modes",
    "read_timetable",
    "read_tntp",
    "read_tntp_trips",
    "read_transit_network",
    "remove_links",
    "shortest_route",
    "simplify",
    "to_geodataframe",
    "to_networkx",
    "transit",
    "write_geopackage",
    "write_gmns",
    "write_graphml",
    "write_gtfs",
    "write_link_volumes",
    "write_map",
    "write_network",
    "write_tntp",
    "write_tntp_trips",
]


def __dir__() -> list[str]:
    return sorted(__all__)
