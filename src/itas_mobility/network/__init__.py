"""Roads and lines from OpenStreetMap and other files."""

from itas_mobility.core.node_parts import base_node_id
from itas_mobility.network.clean import largest_component, simplify
from itas_mobility.network.connectors import connect
from itas_mobility.network.elevation import ElevationRaster, read_elevation
from itas_mobility.network.exchange import from_networkx, to_geodataframe, to_networkx
from itas_mobility.network.files.geopackage import read_geopackage, write_geopackage
from itas_mobility.network.files.gmns import read_gmns, write_gmns
from itas_mobility.network.files.graphml import read_graphml, write_graphml
from itas_mobility.network.files.link_volumes import read_link_volumes, write_link_volumes
from itas_mobility.network.files.npz import read_network, read_timetable, read_transit_network, write_network
from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips, write_tntp, write_tntp_trips
from itas_mobility.network.forward_star import original_links, select_links, with_links, without_links
from itas_mobility.network.osm.online.fetching import OnlineSettings, online_settings
from itas_mobility.network.osm.online.overpass import FetchedPlace, fetch_place
from itas_mobility.network.osm.reading import read_osm, read_osm_modes
from itas_mobility.network.pictures.maps import write_map
from itas_mobility.network.pictures.plotting import plot, plot_left_out
from itas_mobility.network.routing import Route, route_in_file, shortest_route
from itas_mobility.network.synthetic import grid
from itas_mobility.network.tags import LINK_DEFAULTS, LinkDefaults
from itas_mobility.network.transit.access import access_legs
from itas_mobility.network.transit.clipping import DROPPED_TRIPS, clipped_timetable
from itas_mobility.network.transit.courses import line_rows, stop_rows
from itas_mobility.network.transit.departures import shifted_trip, with_band_edges, with_headway, within_span
from itas_mobility.network.transit.diversions import ON_ROADS, diverted_lines
from itas_mobility.network.transit.editing import (
    accelerated_line,
    extended_line,
    leg_lengths_m,
    line_with_stop,
    line_without_stop,
    nearest_terminus,
    rerouted_line,
    with_departures,
    with_line,
    with_new_stop,
    without_line,
)
from itas_mobility.network.transit.gtfs.checks import check_gtfs
from itas_mobility.network.transit.gtfs.fare_reading import read_fares
from itas_mobility.network.transit.gtfs.merging import merge_timetables
from itas_mobility.network.transit.gtfs.publisher import feed_publisher
from itas_mobility.network.transit.gtfs.reading import dates_with_service, read_gtfs, read_gtfs_days
from itas_mobility.network.transit.gtfs.writing import write_gtfs
from itas_mobility.network.transit.lines import read_osm_lines
from itas_mobility.network.transit.mean_headways import headways_from_timetable
from itas_mobility.network.transit.operation import COST_PARAMETERS, operating_figures
from itas_mobility.network.transit.parking import parking_stops
from itas_mobility.network.transit.timetable import timetable_from_headways, timetables_from_headways
from itas_mobility.network.transit.walk_transfers import with_walk_transfers
from itas_mobility.network.transit.weeks import week_of_days
from itas_mobility.network.turns import JunctionDelays
from itas_mobility.network.volume_delays import with_volume_delay

__all__ = [
    "COST_PARAMETERS",
    "DROPPED_TRIPS",
    "LINK_DEFAULTS",
    "ON_ROADS",
    "ElevationRaster",
    "FetchedPlace",
    "JunctionDelays",
    "LinkDefaults",
    "OnlineSettings",
    "Route",
    "accelerated_line",
    "access_legs",
    "base_node_id",
    "check_gtfs",
    "clipped_timetable",
    "connect",
    "dates_with_service",
    "diverted_lines",
    "extended_line",
    "feed_publisher",
    "fetch_place",
    "from_networkx",
    "grid",
    "headways_from_timetable",
    "largest_component",
    "leg_lengths_m",
    "line_rows",
    "line_with_stop",
    "line_without_stop",
    "merge_timetables",
    "nearest_terminus",
    "online_settings",
    "operating_figures",
    "original_links",
    "parking_stops",
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
    "rerouted_line",
    "route_in_file",
    "select_links",
    "shifted_trip",
    "shortest_route",
    "simplify",
    "stop_rows",
    "timetable_from_headways",
    "timetables_from_headways",
    "to_geodataframe",
    "to_networkx",
    "week_of_days",
    "with_band_edges",
    "with_departures",
    "with_headway",
    "with_line",
    "with_links",
    "with_new_stop",
    "with_volume_delay",
    "with_walk_transfers",
    "within_span",
    "without_line",
    "without_links",
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
