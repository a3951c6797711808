"""Stops, lines and timetables."""

from itas_mobility.network.transit.access import access_legs
from itas_mobility.network.transit.lines import read_osm_lines

__all__ = ["access_legs", "read_osm_lines"]
