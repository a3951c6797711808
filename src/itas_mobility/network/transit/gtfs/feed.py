"""A feed with what is worked out of its tables once: sorted calls, lengths, calendar, stops."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from itas_mobility.core.columns import BoolArray, FloatArray, IntArray, LongArray
from itas_mobility.geo import haversine_m
from itas_mobility.network.transit.gtfs.calls import Calls, beelines_m, calls_of
from itas_mobility.network.transit.gtfs.service import Calendar
from itas_mobility.network.transit.gtfs.tables import Tables

STATION: Final = 1
"""Code of ``location_type`` for a place that holds stops."""
BOARDING_AREA: Final = 4
"""The last code of ``location_type``; those behind it do not exist and are taken as stops."""
FAR_M: Final = 300_000.0
FAR_MEDIANS: Final = 10.0
"""Assumption: a stop lies far outside if it is more than `FAR_M` and `FAR_MEDIANS` times as far as half of all stops
from the median of all places. Half of the stops of a feed for Germany lie within 250 km of it."""


@dataclass(frozen=True, eq=False)
class Feed:
    """A feed that is checked or read."""

    tables: Tables

    @cached_property
    def calls(self) -> Calls:
        """Calls by trip and sequence."""
        return calls_of(self.tables)

    @cached_property
    def beeline_m(self) -> FloatArray:
        """Beeline from each call to the next one of its trip."""
        return beelines_m(self.tables, self.calls)

    @cached_property
    def calendar(self) -> Calendar:
        """Services by day."""
        return Calendar(self.tables)

    @cached_property
    def is_called(self) -> BoolArray:
        """Which rows of stops.txt a trip calls at."""
        found = np.zeros(len(self.tables["stops.txt"]), dtype=bool)
        found[self.calls.stop[self.calls.stop >= 0]] = True
        return found

    @cached_property
    def is_stop(self) -> BoolArray:
        """Which rows of stops.txt are stops (and not stations, entrances and the like), or called at."""
        kind = self.tables["stops.txt"].wholes("location_type")
        found: BoolArray = (kind <= 0) | (kind > BOARDING_AREA) | self.is_called
        return found

    @cached_property
    def station(self) -> IntArray:
        """Row of the station of each row of stops.txt, -1 for none."""
        stops = self.tables["stops.txt"]
        return stops.keys["stop_id"].rows(stops.texts("parent_station"))

    @cached_property
    def has_place(self) -> BoolArray:
        """Which rows of stops.txt have both coordinates."""
        stops = self.tables["stops.txt"]
        return ~(np.isnan(stops.numbers("stop_lon")) | np.isnan(stops.numbers("stop_lat")))

    @cached_property
    def is_far(self) -> BoolArray:
        """Which rows of stops.txt lie far outside of all others."""
        lon, lat = (self.tables["stops.txt"].numbers(name) for name in ("stop_lon", "stop_lat"))
        if not self.has_place.any():
            return np.zeros(len(lon), dtype=bool)
        away_m = haversine_m(lon, lat, np.nanmedian(lon), np.nanmedian(lat))
        far: BoolArray = away_m > max(FAR_M, FAR_MEDIANS * float(np.nanmedian(away_m)))
        return far

    @cached_property
    def stops(self) -> LongArray:
        """Rows of stops.txt that make stops of a timetable; those that no trip calls at must lie where others do."""
        return np.flatnonzero(self.is_stop & (self.is_called | (self.has_place & ~self.is_far)))
