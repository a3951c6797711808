"""Stops, lines and timetables: what is done with them once they are read.

Edits are verbs named as the measures that use them (`remove_line`, `extend_line`, `change_headway`); each takes lines
with headways, a timetable or the service days of one, and gives back the form it was given. Files are read and written
by `network` (`network.read_gtfs`, `network.read_osm_lines`).
"""

from itas_mobility.network.transit.access import BikeAccess, CarAccess, Feeder, access_legs
from itas_mobility.network.transit.clipping import clip_timetable
from itas_mobility.network.transit.departures import change_headway, change_span, shift_trip
from itas_mobility.network.transit.diversions import divert_lines
from itas_mobility.network.transit.editing import (
    add_direction,
    add_line,
    add_stop,
    build_stop,
    extend_line,
    nearest_terminus,
    remove_line,
    remove_stop,
    reroute_line,
    speed_up_line,
)
from itas_mobility.network.transit.gtfs.checks import check_gtfs
from itas_mobility.network.transit.gtfs.merging import merge_timetables
from itas_mobility.network.transit.gtfs.publisher import feed_publisher
from itas_mobility.network.transit.gtfs.reading import dates_with_service
from itas_mobility.network.transit.mean_headways import headways_from_timetable
from itas_mobility.network.transit.operation import operating_figures
from itas_mobility.network.transit.parking import parking_stops
from itas_mobility.network.transit.timetable import timetable_from_headways, timetables_from_headways
from itas_mobility.network.transit.walk_transfers import add_walk_transfers
from itas_mobility.network.transit.weeks import week_of_days

__all__ = [
    "BikeAccess",
    "CarAccess",
    "Feeder",
    "access_legs",
    "add_direction",
    "add_line",
    "add_stop",
    "add_walk_transfers",
    "build_stop",
    "change_headway",
    "change_span",
    "check_gtfs",
    "clip_timetable",
    "dates_with_service",
    "divert_lines",
    "extend_line",
    "feed_publisher",
    "headways_from_timetable",
    "merge_timetables",
    "nearest_terminus",
    "operating_figures",
    "parking_stops",
    "remove_line",
    "remove_stop",
    "reroute_line",
    "shift_trip",
    "speed_up_line",
    "timetable_from_headways",
    "timetables_from_headways",
    "week_of_days",
]


def __dir__() -> list[str]:
    return sorted(__all__)
