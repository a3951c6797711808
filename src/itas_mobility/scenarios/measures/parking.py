"""Measures that let people leave a vehicle at a stop: bike and ride, park and ride."""

from abc import abstractmethod
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from itas_mobility import geo
from itas_mobility.core.region import Region
from itas_mobility.network.transit.courses import stop_rows
from itas_mobility.scenarios.measures.base import Measure, Setting, nothing_to_change, refused_by, setting
from itas_mobility.units import METRES_PER_KILOMETRE
from itas_mobility.words import Language

_ONE_PLACE_M = 500.0
"""Stops of one name within this distance are one place, as in `network.transit.access_legs`."""


class _ParkingAtStops(Measure):
    """Places for one kind of vehicle at existing stops, as many as are wanted."""

    stops: tuple[str, ...] = Field(min_length=1, description="names of existing stops")

    @property
    @abstractmethod
    def offer(self) -> str:
        """What the stops get, for messages."""

    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """What each stop offers."""
        del region
        return tuple(setting(self.offer, f"{self.offer} at {name}", ("stop", name.casefold())) for name in self.stops)

    def _with_stops(self, region: Region, known: tuple[str, ...]) -> tuple[str, ...]:
        """Stops that offer it, ids, with those named in addition."""
        offering = list(known)
        for name in self.stops:
            new = [stop for stop in self._stop_ids(region, name) if stop not in offering]
            if not new:
                raise nothing_to_change(self, f"stop {name!r} has {self.offer} already")
            offering += new
        return tuple(offering)

    def _stop_ids(self, region: Region, name: str) -> list[str]:
        """All stops of a name: the platforms of a station, the two sides of a road."""
        lines = region.transit
        with refused_by(self):
            first = int(stop_rows(lines, (name,))[0])
        lon, lat = lines.stop_lon_deg, lines.stop_lat_deg
        rows = np.flatnonzero([str(one).casefold() == name.casefold() for one in lines.stop_name])
        far_m = float(geo.haversine_m(lon[first], lat[first], lon[rows], lat[rows]).max())
        if far_m > _ONE_PLACE_M:
            apart = f"{far_m / METRES_PER_KILOMETRE:.1f} km apart ({', '.join(lines.stop_id[rows].tolist())})"
            raise nothing_to_change(
                self,
                f"stops named {name!r} lie up to {apart}: which one is meant is not clear, name another stop nearby",
            )
        if reserved := sorted(set(lines.stop_site[rows].tolist()) - {""}):
            raise nothing_to_change(self, f"stop {name!r} is for the workers of {', '.join(reserved)} alone")
        return [str(stop) for stop in lines.stop_id[rows]]


class BikeAndRide(_ParkingAtStops):
    """Let people come to stops by bicycle from home and leave it there."""

    type: Literal["bike_and_ride"]

    @property
    def offer(self) -> str:
        """Bike and ride."""
        return "bike and ride"

    def apply(self, region: Region) -> Region:
        """Put the stops among those where bicycles are left."""
        return replace(region, bike_stop_id=self._with_stops(region, region.bike_stop_id))

    def _described(self, language: Language) -> str:
        stops = ", ".join(self.stops)
        return f"Fahrrad abstellen (B+R): {stops}" if language == "de" else f"Bike and ride: {stops}"


class ParkAndRide(_ParkingAtStops):
    """Let people come to stops by car from home and leave it there.

    They count as passengers: the drive to the stop is in their time, not on the roads and not in kilometres or CO2.
    """

    type: Literal["park_and_ride"]

    @property
    def offer(self) -> str:
        """Park and ride."""
        return "park and ride"

    def apply(self, region: Region) -> Region:
        """Put the stops among those where cars are left."""
        return replace(region, car_stop_id=self._with_stops(region, region.car_stop_id))

    def _described(self, language: Language) -> str:
        stops = ", ".join(self.stops)
        return f"Auto abstellen (P+R): {stops}" if language == "de" else f"Park and ride: {stops}"
